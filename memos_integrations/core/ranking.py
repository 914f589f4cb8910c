"""From hits of two arms to one order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..types import AnyMemory, Episode, Fact, Preference, Recalled, ScoreParts
from .text import content_terms, normalise

__all__ = ["RankInput", "rank", "says_little"]

_BASE = 0.86
_SPEAKER = 0.06
_SESSION = 0.03
_RECENT = 0.05
_OLDER = 0.08
_SHOWN = 0.05
_PREFERENCE_DENSE = 0.15
_COVERED = 0.5
_TOLD = 0.55
_ACKNOWLEDGEMENT = 0.5


@dataclass(slots=True, frozen=True)
class RankInput:
    """A hit as ranking reads it.

    Attributes:
        memory: The memory.
        namespace: Where it lives.
        lexical: BM25; None: no word matched.
        dense: Cosine; None: no vector.
    """

    memory: AnyMemory
    namespace: str
    lexical: float | None = None
    dense: float | None = None


@dataclass(slots=True)
class _Entry:
    given: RankInput
    score: float
    weights: dict[str, float]

    @property
    def memory(self) -> AnyMemory:
        return self.given.memory


def rank(
    inputs: Sequence[RankInput],
    *,
    query: str,
    dense_weight: float,
    now: datetime,
    conversation_id: str | None,
    limit: int,
    explain: bool = False,
) -> list[Recalled]:
    """Order hits by how much they matter for a query.

    Both arms are brought to 0..1 within this query and added by weight; a missing arm adds nothing. Speaker, session
    and recency decide among near-equals only. What was learnt from a turn stands before the turn, which then gives
    way to other sources.

    Args:
        inputs: Hits, in any order.
        query: What was asked.
        dense_weight: Weight of the dense arm against the lexical one, 0 to 1.
        now: The time of asking.
        conversation_id: The current session.
        limit: How many to return.
        explain: Whether to say how each score came about.

    Returns:
        The best first; scores lie in 0..1.
    """
    kept: dict[tuple[str, str], RankInput] = {}
    for given in inputs:
        memory = given.memory
        one_off = isinstance(memory, Preference) and not memory.lasting
        if one_off and (conversation_id is None or memory.conversation_id != conversation_id):
            continue
        key = (given.namespace, memory.id)
        known = kept.get(key)
        if known is not None:
            given = RankInput(memory, given.namespace, _larger(known.lexical, given.lexical), _larger(known.dense, given.dense))
        kept[key] = given
    entries = _fuse(list(kept.values()), dense_weight)
    asked = content_terms(query)
    _add_bonuses(entries, query, now, conversation_id)
    _prefer_newer_of_a_slot(entries)
    _step_back(entries, asked)
    _one_place_a_source(entries)
    entries.sort(key=_order)
    return [
        Recalled(
            memory=entry.memory,
            score=round(min(1.0, max(0.0, entry.score)), 6),
            namespace=entry.given.namespace,
            parts=ScoreParts(lexical=entry.given.lexical, dense=entry.given.dense, weights=entry.weights) if explain else None,
        )
        for entry in entries[:limit]
    ]


def _larger(a: float | None, b: float | None) -> float | None:
    return b if a is None else a if b is None else max(a, b)


def _order(entry: _Entry) -> tuple[float, float, int, str, str]:
    derived = 0 if not isinstance(entry.memory, Episode) else 1
    return (-round(entry.score, 6), -_said(entry.memory).timestamp(), derived, entry.memory.id, entry.given.namespace)


def _said(memory: AnyMemory) -> datetime:
    return memory.valid_from or memory.created_at


def _scaler(values: Iterable[float | None], floor: float | None = None) -> tuple[float, float]:
    present = [v for v in values if v is not None]
    if not present:
        return 0.0, 0.0
    low = min(present) if floor is None else floor
    return low, max(present) - low


def _scaled(value: float | None, scale: tuple[float, float]) -> float:
    if value is None:
        return 0.0
    low, width = scale
    return 1.0 if width <= 1e-9 else max(0.0, (value - low) / width)


def _fuse(inputs: list[RankInput], dense_weight: float) -> list[_Entry]:
    words = _scaler((i.lexical for i in inputs), floor=0.0)
    meaning = _scaler(i.dense for i in inputs)
    if all(i.dense is None for i in inputs):
        dense_weight = 0.0
    elif all(i.lexical is None for i in inputs):
        dense_weight = 1.0
    entries: list[_Entry] = []
    for given in inputs:
        share = dense_weight
        if isinstance(given.memory, Preference) and 0.0 < share < 1.0:
            share = min(0.9, share + _PREFERENCE_DENSE)
        score = (1 - share) * _scaled(given.lexical, words) + share * _scaled(given.dense, meaning)
        entries.append(_Entry(given, _BASE * score, {"lexical": round(1 - share, 4), "dense": round(share, 4)}))
    return entries


def _add_bonuses(entries: list[_Entry], query: str, now: datetime, conversation_id: str | None) -> None:
    times = sorted({_said(e.memory) for e in entries if _said(e.memory) <= now})
    place = {time: (i + 1) / len(times) for i, time in enumerate(times)}
    asked = f" {normalise(query)} "
    for entry in entries:
        memory = entry.memory
        bonus = {"recency": _RECENT * place.get(_said(memory), 1.0)}
        if memory.speaker and _named(memory.speaker, asked):
            bonus["speaker"] = _SPEAKER
        if conversation_id is not None and memory.conversation_id == conversation_id:
            bonus["session"] = _SESSION
        if memory.status == "active" and memory.valid_to is not None and memory.valid_to <= now:
            bonus["ended"] = -0.25 * entry.score
        if isinstance(memory, Preference) and memory.origin == "implicit":
            bonus["shown, not stated"] = -_SHOWN
        entry.score += sum(bonus.values())
        entry.weights.update({name: round(value, 4) for name, value in bonus.items()})


def _named(speaker: str, asked: str) -> bool:
    name = normalise(speaker)
    if not name or name in ("user", "assistant", "system", "tool"):
        return False
    if name.isascii():
        return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", asked) is not None
    return name in asked


def _prefer_newer_of_a_slot(entries: list[_Entry]) -> None:
    groups: dict[tuple[str, ...], list[_Entry]] = defaultdict(list)
    for entry in entries:
        memory = entry.memory
        if isinstance(memory, Fact) and memory.attribute not in ("state", ""):
            groups[("fact", entry.given.namespace, memory.subject or "", memory.attribute)].append(entry)
        elif isinstance(memory, Preference) and memory.slot != "other":
            groups[("preference", entry.given.namespace, memory.slot)].append(entry)
    for group in groups.values():
        newest = max(_said(e.memory) for e in group)
        for entry in group:
            if _said(entry.memory) < newest:
                entry.score = max(0.0, entry.score - _OLDER)
                entry.weights["older of its slot"] = -_OLDER


def says_little(episode: Episode, asked: set[str]) -> bool:
    """Whether an assistant's turn is a mere acknowledgement that has none of the words asked for."""
    if episode.role != "assistant":
        return False
    words = content_terms(episode.text)
    return len(words) <= 5 and not words & asked


def _step_back(entries: list[_Entry], asked: set[str]) -> None:
    """A turn that was found by the words of the turn before it only, and says little itself, is no answer."""
    for entry in entries:
        memory = entry.memory
        if isinstance(memory, Episode) and says_little(memory, asked):
            entry.score *= _ACKNOWLEDGEMENT


def _one_place_a_source(entries: list[_Entry]) -> None:
    turns = {(e.given.namespace, e.memory.id): e for e in entries if isinstance(e.memory, Episode)}
    drawn: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for entry in entries:
        if isinstance(entry.memory, Fact | Preference) and entry.memory.status == "active":
            for episode in dict.fromkeys(e.episode for e in entry.memory.evidence):
                if (entry.given.namespace, episode) in turns:
                    drawn[(entry.given.namespace, episode)].append(entry)
    for key in sorted(drawn):
        turn, derived = turns[key], drawn[key]
        said = content_terms(turn.memory.text)
        told: set[str] = set()
        for entry in derived:
            quotes = " ".join(e.quote for e in entry.memory.evidence if e.episode == key[1])
            told |= content_terms(f"{entry.memory.text} {quotes}")
        if said and len(said & told) < _TOLD * len(said):
            continue
        best = min(derived, key=_order)
        if turn.score > best.score:
            best.score = turn.score
        turn.score *= _COVERED
