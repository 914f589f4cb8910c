"""States of the user in Chinese turns whose neglect does harm: allergies, illnesses, medicines, fears, faith, diets, access."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from ....types import Polarity
from ...candidates import Candidate
from .._common import Sentence
from ._clauses import Clause, Rule, clauses, last_person, sieve, simplify
from ._wording import third_person, trimmed

__all__ = ["of_others", "states"]

_STATES = str(Path(__file__).parent / "states.toml")
_FIRST = re.compile(r"我|本人|咱|俺")
_ASKS_NO_MORE = 3  # characters after a state whose clause asks: the question is about the state itself
_OF_THINGS = ("allergy", "reaction", "intolerance")
_OWN = re.compile(r"我|咱|俺")
_NEAR = 3  # clauses in which what was once is said to hold on, or to be over
_LONG = 120  # of a sentence: of a longer one the clause alone is the evidence
_MOST = 60  # clauses read of one turn: more is a document


class _Told(NamedTuple):
    """How a kind of state is told; ``{obj}``, ``{verb}``, ``{said}`` (the clause, of the user) are put in."""

    slot: str
    polarity: Polarity
    text: str
    directive: str


_KINDS: Mapping[str, _Told] = {
    "allergy": _Told("health.allergy", "avoids", "用户对{obj}过敏。", "避免{obj}：用户过敏。"),
    "reaction": _Told("health.allergy", "avoids", "用户{said}（过敏反应）。", "避免{obj}：用户会有过敏反应。"),
    "intolerance": _Told("health.condition", "avoids", "用户{said}（不耐受）。", "避免{obj}：用户不耐受。"),
    "condition": _Told("health.condition", "wants", "用户{verb}{obj}。", "请考虑到用户{verb}{obj}。"),
    "medicine": _Told("health.condition", "wants", "用户在服用{obj}。", "请考虑到用户在服用{obj}。"),
    "fear": _Told("health.condition", "avoids", "用户{obj}。", "避免触发用户的{obj}。"),
    "afraid": _Told("health.condition", "avoids", "用户害怕{obj}。", "避免{obj}：用户害怕。"),
    "faith": _Told("beliefs.faith", "wants", "用户的信仰：{obj}。", "尊重用户的信仰：{obj}。"),
    "diet": _Told("food.diet", "wants", "用户的饮食：{obj}。", "尊重用户的饮食：{obj}。"),
    "access": _Told("access.needs", "wants", "用户{verb}{obj}。", "请考虑到用户{verb}{obj}。"),
    "doctor": _Told("health.condition", "avoids", "医生要求用户避免{obj}。", "避免{obj}：医嘱。"),
}


def states(said: Sequence[Sentence]) -> Iterator[Candidate]:
    """Standing preferences that such states of the user are; what is asked, denied, supposed, over or somebody else's is left out."""
    for _, group in groupby(said, key=lambda s: s.index):
        yield from _of_turn(list(group))


def _of_turn(said: list[Sentence]) -> Iterator[Candidate]:
    if _matches("no_turn", simplify("".join(s.masked for s in said))[:4_000]):
        return
    read: list[tuple[Sentence, Clause]] = []
    about, person = "user", ""
    for sentence in said:
        parts = list(clauses(sentence, about, person))
        if parts:
            about, person = parts[-1].about, last_person(parts) or person
        read.extend((sentence, part) for part in parts)
        if len(read) > _MOST:
            break
    known: set[tuple[str, str]] = set()
    for place, (sentence, clause) in enumerate(read[:_MOST]):
        if clause.about != "user":
            continue
        taken: list[tuple[int, int]] = []
        for rule in sieve(_STATES, "state").likely(clause.plain):
            found = _found(rule, read, place)
            if found is None or any(found.start < end and start < found.end for start, end in taken):
                continue
            taken.append((found.start, found.end))
            made = _candidate(rule, sentence, found)
            if made is not None and (made.slot, made.object) not in known:
                known.add((made.slot, made.object))
                yield made


def of_others(sentence: Sentence, parts: Sequence[Clause]) -> Iterator[Candidate]:
    """Facts that such states of other people are, and of who shares the user's."""
    read = [(sentence, part) for part in parts]
    for place, part in enumerate(parts):
        who = part.beside if part.about == "user" else part.about
        if not who or part.asks:
            continue
        for rule in sieve(_STATES, "state").likely(part.plain):
            found = _found(rule, read, place)
            if found is None:
                continue
            own = part.raw.find(who, 0, part.body)
            said = part.raw if part.beside else part.raw[own:] if own >= 0 else f"{who}{part.raw[part.body :]}"
            told = third_person(said)
            yield Candidate(
                kind="fact",
                episode=sentence.turn.episode,
                quote=part.raw,
                language="zh",
                text=f"{told}。" if told.startswith("用户") else f"用户的{told}。" if _OWN.match(part.raw) else f"{told}。",
                subject=who,
                attribute="health",
                value=sentence.text[found.start : found.end],
            )
            break


class _Found(NamedTuple):
    """An object of a state: its span in the sentence, and that of the words that state it."""

    start: int
    end: int
    first: int
    last: int
    clause: Clause


def _found(rule: Rule, read: Sequence[tuple[Sentence, Clause]], place: int) -> _Found | None:
    sentence, clause = read[place]
    plain, data = clause.plain[clause.body :], rule.data
    after = data.get("after")
    if after and not any(re.search(after, part.plain) for _, part in read[max(0, place - 2) : place]):
        return None
    match = rule.search(plain)
    if match is None:
        return None
    named = data.get("names")
    if named:
        before = read[place - 1][1] if place and read[place - 1][0] is sentence else None
        named_in = (
            re.search(named, before.plain[before.body :])
            if before is not None and before.about == clause.about and not before.asks
            else None
        )
        if before is None or named_in is None:
            return None
        holder, (first, last), claimed_at = before, named_in.span("obj"), match.start()
    else:
        holder, (first, last), claimed_at = clause, match.span("obj"), match.start("obj")
    first, last = first + holder.body, last + holder.body
    if not _is_claim(rule, read, place, plain[:claimed_at], plain[match.end() :]):
        return None
    start, end = trimmed(holder.raw[first:last])
    start, end = first + start, first + end
    thing = holder.plain[start:end]
    if not thing or (data["kind"] in _OF_THINGS and (_matches("joke", thing) or _matches("no_thing", thing))):
        return None
    return _Found(holder.start + start, holder.start + end, holder.start, clause.start + len(clause.raw), clause)


def _is_claim(rule: Rule, read: Sequence[tuple[Sentence, Clause]], place: int, before: str, rest: str) -> bool:
    clause = read[place][1]
    if _matches("no_claim", before) or _matches("no_claim_after", rest):
        return "是" in before[-4:] and not _matches("no_claim", before)  # "I am one who fears dogs"
    if clause.asks and (len(rest) <= _ASKS_NO_MORE or not _FIRST.search(clause.plain)):
        return False
    next_ones = [part.plain for _, part in read[place + 1 : place + 1 + _NEAR]]
    if any(_matches("ended", text) for text in [rest, *next_ones]):
        return False
    holds = any(_matches("holds_on", text) for text in [clause.plain, *next_ones])
    if _matches("past", before) and not rule.data.get("lasts") and not holds:
        return False
    if rule.data.get("holds") and not holds:
        return False
    return not (rule.data.get("passing") and _matches("passing", clause.plain))


def _candidate(rule: Rule, sentence: Sentence, found: _Found) -> Candidate | None:
    told = _KINDS[str(rule.data["kind"])]
    obj = sentence.text[found.start : found.end]
    if not obj.strip():
        return None
    words = {"obj": obj, "verb": str(rule.data.get("verb", "有")), "said": _of_user(sentence.text[found.first : found.last])}
    return Candidate(
        kind="preference",
        episode=sentence.turn.episode,
        quote=sentence.text if len(sentence.text) <= _LONG else sentence.text[found.first : found.last],
        language="zh",
        text=told.text.format(**words),
        slot=told.slot,
        polarity=told.polarity,
        object=obj,
        strength="strong",
        standing=True,
        directive=told.directive.format(**words),
    )


def _of_user(words: str) -> str:
    return re.sub(r"^用户", "", third_person(words).strip())


def _matches(table: str, text: str) -> bool:
    return sieve(_STATES, table).finds(text)
