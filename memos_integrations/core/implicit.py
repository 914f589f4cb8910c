"""What was shown rather than stated: how signals add up, and how it yields to what is stated."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from ..types import Fact, Preference
from .candidates import Candidate, Witness
from .events import Signal
from .reconcile import Verdict
from .slots import domain
from .text import content_terms, normalise
from .wording import seeming

__all__ = ["EVIDENCE_KEPT", "OCCASION", "shown", "yielding"]

OCCASION = timedelta(minutes=30)
"""What lies further apart was done, or asked for, on two occasions."""
EVIDENCE_KEPT = 16
"""Witnesses that a shown preference keeps: the first and the newest ones."""

_ANOTHER_REQUEST = timedelta(minutes=10)  # what is asked for again after that is asked of something else
_LOOK_BACK = 12
_SAME = 0.5


# -- how signals add up


def shown(history: Sequence[Signal], new: Collection[str]) -> list[Candidate]:
    """The preferences that behaviour shows, in the order in which it came to show them.

    One clear signal is enough, otherwise independent ones are needed, all of the same sign and with none of the
    other sign between them. To turn what was shown before takes at least half as many as had spoken for it.

    Args:
        history: All signals of one key that are known, oldest first.
        new: Ids of the events to learn from.
    """
    found: list[Candidate] = []
    for place, signal in enumerate(history):
        if signal.episode not in new:
            continue
        bearing = _bearing([s for s in history[: place + 1] if not signal.asks or _akin(s, signal)])
        if not bearing:
            continue
        earlier = [s.value for s in history[:place]] if signal.setting else []
        made = _candidate(bearing, [value for value in dict.fromkeys(earlier) if value != signal.value])
        last = found[-1] if found else None
        if last is not None and (last.polarity, last.object) == (made.polarity, made.object):
            witnesses = {w.episode: w for w in (*last.beside, *made.beside, Witness(episode=made.episode, quote=made.quote))}
            witnesses.pop(last.episode, None)
            found[-1] = last.model_copy(update={"beside": _kept(list(witnesses.values()))})
        else:
            found.append(made)
    return found


def _kept(witnesses: Sequence[Witness]) -> tuple[Witness, ...]:
    return tuple(witnesses) if len(witnesses) < EVIDENCE_KEPT else (witnesses[0], *witnesses[2 - EVIDENCE_KEPT :])


def _bearing(history: Sequence[Signal]) -> list[Signal]:
    """The signals that bear out what the newest one shows, oldest first; empty: they are too few."""
    newest = history[-1]
    recent = history[-_LOOK_BACK:]
    if newest.setting:
        return [newest]
    run: list[Signal] = []
    for signal in reversed(recent):
        if signal.polarity != newest.polarity:
            break
        run.append(signal)
    if not any(signal.marked for signal in run):
        return []
    apart = _apart(run)
    needed = newest.alike if newest.asks and any(s is not newest and s.asks == newest.asks for s in apart) else newest.needed
    against = _apart([signal for signal in reversed(recent[: len(recent) - len(run)]) if signal.polarity != newest.polarity])
    if newest.clear or any(s.clear for s in run) or (len(apart) >= needed and 2 * len(apart) >= len(against)):
        return list(reversed(run))
    return []


def _apart(signals: Sequence[Signal]) -> list[Signal]:
    """As many of them as are independent of each other."""
    kept: list[Signal] = []
    for signal in signals:
        if all(_independent(signal, other) for other in kept):
            kept.append(signal)
    return kept


def _independent(one: Signal, other: Signal) -> bool:
    if one.episode == other.episode:
        return False
    if one.within and other.within:
        if not one.within & other.within:
            return True
        if one.broad:
            return False
    if one.session is not None and other.session is not None and one.session != other.session:
        return True
    return abs(one.said_at - other.said_at) >= (_ANOTHER_REQUEST if one.asks else OCCASION)


def _akin(one: Signal, other: Signal) -> bool:
    """Whether two requests in a few words ask for the same, as far as half of the shorter one tells."""
    return 2 * len(one.asks & other.asks) >= min(len(one.asks), len(other.asks))


def _shared(bearing: Sequence[Signal]) -> Signal:
    """The newest of some requests in a few words, with the words of whichever says the least: all have that in common."""
    newest = bearing[-1]
    return replace(newest, value=min(reversed(bearing), key=lambda s: len(s.asks)).value) if newest.asks else newest


def _candidate(bearing: Sequence[Signal], ends: Sequence[str]) -> Candidate:
    newest = _shared(bearing)
    language = newest.language
    said = seeming(newest.value, newest.polarity, language, label=newest.label)
    order = seeming(f"“{newest.value}”", newest.polarity, language, label=newest.label)
    answers = newest.slot.startswith("answers.")
    return Candidate(
        kind="preference",
        episode=newest.episode,
        quote=newest.quote,
        language=language,
        text=said.text,
        slot=newest.slot,
        polarity=newest.polarity,
        object=newest.value,
        strength="normal" if any(s.clear for s in bearing) else "weak",
        origin="implicit",
        standing=answers,
        directive=order.directive,
        beside=_kept([Witness(episode=s.episode, quote=s.quote) for s in bearing[:-1]]),
        ends=tuple(ends),
    )


# -- how it yields


def yielding(verdict: Verdict, candidate: Candidate, neighbours: Sequence[Fact | Preference]) -> Verdict:
    """The verdict after what was stated has outweighed what was shown, and the newer of two shown the older.

    Args:
        verdict: How the candidate relates to its neighbours, whatever the origin of either.
        candidate: What is proposed.
        neighbours: The active memories near it.
    """
    if candidate.kind != "preference":
        return verdict
    near = [n for n in neighbours if isinstance(n, Preference)]
    against = [n for n in near if _opposed(candidate, n)]
    if candidate.origin == "implicit":
        stated = [n.id for n in against if n.origin == "explicit" and not n.condition]
        stated += [n.id for n in near if n.origin == "explicit" and n.id in verdict.targets and verdict.action == "superseded"]
        if stated:
            return Verdict("rejected", tuple(dict.fromkeys(stated)), "a stated preference outweighs a shown one")
        ended = [n.id for n in against if normalise(n.object) == normalise(candidate.object)]
        ended += [n.id for n in near if n.origin == "implicit" and n.slot == candidate.slot and n.object in candidate.ends]
        ended += [n.id for n in near if _chosen_otherwise(candidate, n)]
    elif candidate.condition or not candidate.lasting:
        return verdict
    else:
        ended = [n.id for n in against if n.origin == "implicit"]
    if not ended or verdict.action in ("merged", "rejected") or verdict.reason == "older":
        return verdict
    targets = verdict.targets if verdict.action == "superseded" else ()
    return replace(verdict, action="superseded", targets=tuple(dict.fromkeys((*targets, *ended))), reason="the newer one replaces it")


def _chosen_otherwise(candidate: Candidate, memory: Preference) -> bool:
    """Whether what was chosen once, and no more, is passed over for something else now."""
    if not candidate.lasting or memory.origin != "implicit" or memory.polarity != candidate.polarity or len(memory.evidence) > 1:
        return False
    return normalise(memory.object) in {normalise(option) for option in candidate.over}


def _opposed(candidate: Candidate, memory: Preference) -> bool:
    """Whether the two cannot both hold: opposite signs about one thing, or no to a kind that holds the other's thing."""
    if memory.polarity == candidate.polarity:
        return False
    own, known = content_terms(candidate.object), content_terms(memory.object)
    same_place = domain(memory.slot) == domain(candidate.slot) or "other" in (memory.slot, candidate.slot)
    if not own or not known or not (same_place or own == known):
        return False
    if len(own & known) >= _SAME * len(own | known):
        return True
    broad, narrow = (own, known) if candidate.polarity == "avoids" else (known, own)
    return broad <= narrow
