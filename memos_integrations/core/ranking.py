"""From hits of two arms to one order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from heapq import heapify, heappop, heappush, nlargest
from math import fsum
from typing import cast

from ..types import Episode, ScoreParts
from ..types.record import Record
from .messages import micros, moment
from .records import DOUBTED, OUTDATED
from .signals import Asked, asked, dated, manner, meant, numbered
from .text import Language, content_terms, language

__all__ = ["MANNER", "SURROUNDINGS", "RankInput", "Ranked", "rank", "says_little", "sources_of", "tells_all"]

SURROUNDINGS: Mapping[str, float] = {"session": 0.45, "beside": 0.15}
"""Weights of what is around a turn, against its own score of words and meaning, whose weight is 1.

Rounded, with ``MANNER``, between fits on several sets of conversations (softmax over the hits of each question).
"""
MANNER: Mapping[str, float] = {
    "speaker": 0.45,
    "another speaker": -0.13,
    "assistant": -0.6,
    "questions": -0.80,
    "telling": 0.35,
    "person": 0.22,
    "time": 0.36,
    "number": 0.30,
    "day": 0.38,
}
"""Weights of how a turn speaks, as shares of its own score: manner alone makes no turn relevant."""
_SCALE = 2.0  # brings the best turns near 1
_BESIDE = {1: 1.0, 2: 0.5, 3: 0.25}  # weight of a turn so many places before or after
_STRETCH = 15  # turns before and after, of the same conversation
_STRETCH_TOP = 5  # hits of a stretch that say how much it is about the query
_JUST_AFTER = timedelta(days=7)
_LEARNT = 0.15  # what was learnt stands above talk that is as near
_CURRENT = 0.03
_RECENT = 0.02
_LATEST = 0.3  # where a query goes on with something, the latest of what was found has it, what is two thirds as new a third of it
_OLDER = 0.08
_SHOWN = 0.05
_ENDED = 0.25
_PREFERENCE_DENSE = 0.15
_NARROWEST = 0.05  # cosines that lie closer than this say little of what is meant
_FEW = 2  # texts of another language: with so many, half of what they lack on average is made up for
_SURE = 3  # words of a query that a hit has in common with it: fewer of several tell less
_COVERED = 0.75
_UNTOLD = 0.1  # share of its words that a turn may have beside what was learnt from it, and one more
_ACKNOWLEDGEMENT = 0.5
_ACKNOWLEDGED = 400  # characters: whoever goes on for longer says more
_LONGER = 6  # times as long as all that was learnt from it: a turn says more
_OUTDATED = 0.1
_FOUND_TOO = 0.6  # of an earlier turn's score: a later one that is found as well is what was asked for
_MOMENT = 3  # turns before and after that belong to one moment of a conversation
_SPREAD_ANSWERS, _SPREAD_MOMENTS = 0.97, 0.85  # what each better turn of its moment leaves of a turn's score
_CHAPTER, _SPREAD_CHAPTERS = 20, 0.9  # and where an overview is asked: turns before and after that belong to one chapter
_REPLY = 0.25  # of an answer's own score goes to the turn that asked for it
_BEHIND = 0.001


@dataclass(slots=True, frozen=True)
class RankInput:
    """A hit.

    Attributes:
        record: What was found.
        lexical: BM25; None: no word matched.
        dense: Cosine; None: no vector.
    """

    record: Record
    lexical: float | None = None
    dense: float | None = None


@dataclass(slots=True, frozen=True)
class Ranked:
    """A hit in its place.

    Attributes:
        record: What was found.
        score: 0 to 1, comparable within one recall only.
        parts: How the score came about, if it was asked.
        ended: Whether something else that was found says that it is no longer so.
    """

    record: Record
    score: float
    parts: ScoreParts | None = None
    ended: bool = False


@dataclass(slots=True)
class _Entry:
    given: RankInput
    record: Record
    key: tuple[str, str]
    said: int
    words: float = 0.0
    meaning: float = 0.0
    fused: float = 0.0
    score: float = 0.0
    sources: tuple[str, ...] = ()
    ended: bool = False
    parts: dict[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def of(cls, given: RankInput) -> _Entry:
        record = given.record
        said = record.created_at if record.valid_from is None else record.valid_from
        return cls(given, record, (record.namespace, record.id), said, sources=sources_of(record))

    def text_of(self, name: str) -> str:
        value = self.record.payload.get(name)
        return value if isinstance(value, str) else ""

    def add(self, name: str, value: float) -> None:
        if value:
            self.score += value
            self.parts[name] = value


def rank(
    inputs: Sequence[RankInput],
    *,
    query: str,
    dense_weight: float,
    now: datetime,
    conversation_id: str | None,
    limit: int,
    explain: bool = False,
) -> list[Ranked]:
    """Order hits by how much they matter for a query.

    Both arms are brought to 0..1 within this query and added by weight; a missing arm adds nothing. To a turn's score
    come the conversation and the turns beside it, who speaks, and how; session and recency decide among
    near-equals only. What was learnt from a turn stands before the turn, which then gives way to other sources.

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
    entries = _entries(inputs, conversation_id)
    wanted = asked(query, now)
    words = content_terms(query)
    _fuse(entries, dense_weight, words, language(query))
    if not wanted.assistant:
        _add_replies(entries)
    _add_surroundings(entries, one_place=wanted.question)
    _add_manner(entries, wanted)
    for entry in entries:
        entry.score /= _SCALE
    _add_bonuses(entries, micros(now), conversation_id, latest=_LATEST if wanted.goes_on else 0.0)
    _prefer_newer_of_a_slot(entries)
    _step_back(entries, words)
    _one_place_a_source(entries)
    _yield_to_newer(entries)
    if wanted.overview:
        entries = _spread(entries, _SPREAD_CHAPTERS, _CHAPTER)
    else:
        entries = _spread(entries, _SPREAD_ANSWERS if wanted.question else _SPREAD_MOMENTS, _MOMENT)
    return [
        Ranked(entry.record, round(min(1.0, max(0.0, entry.score)), 6), _parts(entry) if explain else None, entry.ended)
        for entry in entries[:limit]
    ]


def _entries(inputs: Sequence[RankInput], conversation_id: str | None) -> list[_Entry]:
    kept: dict[tuple[str, str], RankInput] = {}
    for given in inputs:
        record = given.record
        one_off = record.kind == "preference" and record.payload.get("lasting") is False
        if one_off and (conversation_id is None or record.conversation != conversation_id):
            continue
        key = (record.namespace, record.id)
        known = kept.get(key)
        if known is not None:
            given = RankInput(record, _larger(known.lexical, given.lexical), _larger(known.dense, given.dense))
        kept[key] = given
    return [_Entry.of(kept[key]) for key in sorted(kept)]


def sources_of(record: Record) -> tuple[str, ...]:
    """Turns that a derived memory came from."""
    if record.kind == "episode":
        return ()
    evidence = cast("Sequence[Mapping[str, str]]", record.payload.get("evidence") or ())
    return tuple(dict.fromkeys(e["episode"] for e in evidence))


def _larger(a: float | None, b: float | None) -> float | None:
    return b if a is None else a if b is None else max(a, b)


def _order(entry: _Entry) -> tuple[float, int, int, str, str]:
    return (-round(entry.score, 6), -entry.said, entry.record.kind == "episode", entry.record.id, entry.record.namespace)


def _parts(entry: _Entry) -> ScoreParts:
    values = {"words": entry.words, "meaning": entry.meaning, **entry.parts}
    return ScoreParts(
        lexical=entry.given.lexical, dense=entry.given.dense, weights={name: round(value, 4) for name, value in values.items()}
    )


def _scaler(values: Iterable[float | None], *, floor: float | None = None, least: float = 0.0) -> tuple[float, float]:
    """Lower end and width of what is there, which has at least some width where it has any."""
    present = [v for v in values if v is not None]
    if not present:
        return 0.0, 0.0
    low = min(present) if floor is None else floor
    width = max(present) - low
    return low, max(width, least) if width > 0 else width


def _scaled(value: float | None, scale: tuple[float, float]) -> float:
    if value is None:
        return 0.0
    low, width = scale
    return 1.0 if width <= 1e-9 else max(0.0, (value - low) / width)


def _fuse(entries: list[_Entry], dense_weight: float, asked: set[str], own: Language) -> None:
    words = _scaler((e.given.lexical for e in entries), floor=0.0)
    near = _nearness(entries, own)
    meaning = _scaler(near, least=_NARROWEST)
    if all(value is None for value in near):
        dense_weight = 0.0
    elif all(e.given.lexical is None for e in entries):
        dense_weight = 1.0
    sure = _told_by_words(entries, asked) if dense_weight > 0 else 1.0
    for entry, value in zip(entries, near, strict=True):
        share = dense_weight
        if entry.record.kind == "preference" and 0.0 < share < 1.0:
            share = min(0.9, share + _PREFERENCE_DENSE)
        entry.words = sure * (1 - share) * _scaled(entry.given.lexical, words)
        entry.meaning = share * _scaled(value, meaning)
        entry.fused = entry.score = entry.words + entry.meaning


def _nearness(entries: list[_Entry], own: Language) -> list[float | None]:
    """Cosines to a query in the language ``own``. A model finds texts of one language more alike than what they say, so the others'
    are raised by what all of them lack on average, the more of it the more of them there are.
    """
    near = [e.given.dense for e in entries]
    foreign = [value is not None and language(e.record.text) != own for e, value in zip(entries, near, strict=True)]
    others = [value for value, far in zip(near, foreign, strict=True) if value is not None and far]
    same = [value for value, far in zip(near, foreign, strict=True) if value is not None and not far]
    if not others or not same:
        return near
    gap = max(0.0, fsum(same) / len(same) - fsum(others) / len(others)) * len(others) / (len(others) + _FEW)
    return [value + gap if value is not None and far else value for value, far in zip(near, foreign, strict=True)]


def _told_by_words(entries: list[_Entry], asked: set[str]) -> float:
    """How far the best hits by words are told by them: one word out of several is likelier chance than what was meant."""
    best = nlargest(_SURE, (e for e in entries if e.given.lexical is not None), key=lambda e: e.given.lexical or 0.0)
    shared = max((len(content_terms(f"{e.text_of('speaker')} {e.record.text}") & asked) for e in best), default=0)
    return min(1.0, (1 + shared) / (1 + min(_SURE, len(asked))))


def _add_replies(entries: list[_Entry]) -> None:
    """What an assistant answers tells what the user's turn before it was about, in more words."""
    turns = {(*_talk(e), e.record.order): e for e in entries if e.record.kind == "episode" and e.record.conversation is not None}
    for (namespace, conversation, order), answer in turns.items():
        asking = turns.get((namespace, conversation, order - 1)) if answer.text_of("role") == "assistant" else None
        if asking is not None and asking.text_of("role") == "user":
            share = _REPLY * answer.fused
            asking.add("reply", share)
            asking.fused += share


def _add_surroundings(entries: list[_Entry], *, one_place: bool) -> None:
    """The turns beside a good one are likelier to hold the answer, and so is a stretch of talk that is about the query where that is
    a question, whose answer stands in ``one_place``; what is merely told calls up several.
    """
    turns = {e.key: e for e in entries if e.record.kind == "episode" and e.record.conversation is not None}
    talks: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for entry in turns.values():
        talks[_talk(entry)][entry.record.order] = entry.fused
    around = {key: _around(e.record.order, talks[_talk(e)]) for key, e in turns.items()}
    stretch, close = (max((found[i] for found in around.values()), default=0.0) for i in (0, 1))
    for entry in entries:
        at = next((around[k] for s in (entry.record.id, *entry.sources) if (k := (entry.record.namespace, s)) in around), None)
        if at is None:
            continue
        if one_place and stretch > 0 and len(talks) > 1:
            entry.add("session", SURROUNDINGS["session"] * at[0] / stretch)
        if close > 0:
            entry.add("beside", SURROUNDINGS["beside"] * at[1] / close)


def _talk(entry: _Entry) -> tuple[str, str]:
    return (entry.record.namespace, entry.record.conversation or "")


def _around(at: int, talk: Mapping[int, float]) -> tuple[float, float]:
    """How good the best turns of the stretch around a place are, and those right beside it."""
    near = sorted((score for order, score in talk.items() if abs(order - at) <= _STRETCH), reverse=True)
    beside = sum(weight * (talk.get(at - far, 0.0) + talk.get(at + far, 0.0)) for far, weight in _BESIDE.items())
    return sum(near[:_STRETCH_TOP]), beside


def _add_manner(entries: list[_Entry], wanted: Asked) -> None:
    """Who speaks, and whether a turn tells something of the kind that is asked."""
    wanted_speakers = meant({e.text_of("speaker") for e in entries}, wanted)
    for entry in entries:
        speaker = entry.text_of("speaker")
        how: dict[str, float] = {}
        if wanted_speakers and speaker:
            how["speaker" if speaker in wanted_speakers else "another speaker"] = 1.0
        if entry.record.kind == "episode":
            how |= _manner(entry, wanted)
        else:
            entry.add("learnt", _LEARNT)
        for name, value in how.items():
            entry.add(name, MANNER[name] * value * entry.fused)


def _manner(entry: _Entry, wanted: Asked) -> dict[str, float]:
    said = manner(entry.record.text)
    how = {"questions": said.questions, "telling": said.telling, "person": said.person}
    if entry.text_of("role") == "assistant" and not wanted.assistant:
        how["assistant"] = 1.0
    if wanted.time:
        how["time"] = float(dated(entry.record.text))
    if wanted.number:
        how["number"] = float(numbered(entry.record.text))
    if wanted.days:
        how["day"] = _in_time(entry.said, wanted.days)
    return how


def _in_time(said: int, days: Sequence[tuple[date, date]]) -> float:
    """1: said in one of the spans; half: in the week after one, when people tell what has just been."""
    day = moment(said).date()
    if any(first <= day <= last for first, last in days):
        return 1.0
    return 0.5 if any(last < day <= last + _JUST_AFTER for _, last in days) else 0.0


def _add_bonuses(entries: list[_Entry], now: int, conversation_id: str | None, *, latest: float) -> None:
    times = sorted({e.said for e in entries if e.said <= now})
    place = {time: (i + 1) / len(times) for i, time in enumerate(times)}
    for entry in entries:
        record = entry.record
        if record.status == "active" and record.valid_to is not None and record.valid_to <= now:
            entry.add("ended", -_ENDED * entry.score)
        entry.add("recency", _RECENT * place.get(entry.said, 1.0))
        entry.add("latest", latest * place.get(entry.said, 1.0) ** 3)
        if conversation_id is not None and record.conversation == conversation_id:
            entry.add("current session", _CURRENT)
        if record.kind == "preference" and record.payload.get("origin") == "implicit":
            entry.add("shown, not stated", -_SHOWN)


def _prefer_newer_of_a_slot(entries: list[_Entry]) -> None:
    groups: dict[tuple[str, ...], list[_Entry]] = defaultdict(list)
    for entry in entries:
        if entry.record.kind == "episode":
            continue
        attribute, slot = entry.text_of("attribute") or "state", entry.text_of("slot") or "other"
        if entry.record.kind == "fact" and attribute != "state":
            groups[("fact", entry.record.namespace, entry.text_of("subject"), attribute)].append(entry)
        elif entry.record.kind == "preference" and slot != "other":
            groups[("preference", entry.record.namespace, slot)].append(entry)
    for group in groups.values():
        newest = max(entry.said for entry in group)
        for entry in group:
            if entry.said < newest:
                entry.add("older of its slot", -min(_OLDER, max(0.0, entry.score)))


def _yield_to_newer(entries: list[_Entry]) -> None:
    """What replaced a turn's statement takes the turn's place, and the turn stands behind it.

    Of two turns of which the later one may have replaced the earlier one, a question that finds both says that they are about one
    thing; then what was learnt from the earlier one alone is over as well.
    """
    for entry in sorted((e for e in entries if e.record.kind == "episode"), key=lambda e: e.said):
        outdated = entry.text_of(OUTDATED)
        turn = outdated or entry.text_of(DOUBTED)
        if not turn:
            continue
        newer = [e for e in entries if e.record.namespace == entry.record.namespace and turn in (e.record.id, *e.sources)]
        best = min(newer, key=_order) if newer else None
        if not outdated and (best is None or best.score < _FOUND_TOO * entry.score):
            continue
        over = [entry, *(e for e in entries if e.record.kind == "fact" and set(e.sources) == {entry.record.id})]
        if best is not None:
            best.add("replaces", max(0.0, max(e.score for e in over) + _BEHIND - best.score))
        for one in over:
            one.ended = True
            one.add("replaced", -_OUTDATED * max(0.0, one.score))


def _spread(entries: list[_Entry], share: float, moment: int) -> list[_Entry]:
    """The best first; a turn beside some that stand before it says less that is new, and gives way to other moments.

    A question has its answer in one place; what is merely told calls up several moments; an overview needs all chapters.
    """
    heap = [(*_order(entry), 0, n) for n, entry in enumerate(entries)]
    heapify(heap)
    placed: dict[tuple[str, str], list[int]] = defaultdict(list)
    ordered: list[_Entry] = []
    while heap:
        *_, seen, n = heappop(heap)
        entry = entries[n]
        record = entry.record
        if record.kind == "episode" and record.conversation is not None:
            beside = sum(abs(order - record.order) <= moment for order in placed[_talk(entry)])
            if beside > seen:
                entry.add("beside better ones", -max(0.0, entry.score) * (1 - share ** (beside - seen)))
                heappush(heap, (*_order(entry), beside, n))
                continue
            placed[_talk(entry)].append(record.order)
        ordered.append(entry)
    return ordered


def says_little(episode: Episode, asked: set[str]) -> bool:
    """Whether an assistant's turn is a mere acknowledgement that has none of the words asked for."""
    return episode.role == "assistant" and _little(episode.text, asked)


def _little(text: str, asked: set[str]) -> bool:
    words = content_terms(text[:_ACKNOWLEDGED])
    return len(words) <= 5 and not words & asked


def tells_all(told: set[str], said: set[str]) -> bool:
    """Whether what was learnt from a turn leaves nothing out that it says; both as content words."""
    return len(said - told) <= max(1, _UNTOLD * len(said))


def _step_back(entries: list[_Entry], asked: set[str]) -> None:
    """A turn that was found by the words of the turn before it only, and says little itself, is no answer."""
    for entry in entries:
        if entry.record.kind == "episode" and entry.text_of("role") == "assistant" and _little(entry.record.text, asked):
            entry.add("says little", -_ACKNOWLEDGEMENT * max(0.0, entry.score))


def _one_place_a_source(entries: list[_Entry]) -> None:
    """What was learnt takes its turn's place, and the turn gives way, unless the turn says more."""
    turns = {e.key: e for e in entries if e.record.kind == "episode"}
    drawn: dict[tuple[str, str], list[_Entry]] = defaultdict(list)
    for entry in entries:
        if entry.record.kind in ("fact", "preference") and entry.record.status == "active":
            for source in entry.sources:
                if (entry.record.namespace, source) in turns:
                    drawn[(entry.record.namespace, source)].append(entry)
    for key in sorted(drawn):
        turn, derived = turns[key], drawn[key]
        if len(turn.record.text) > _LONGER * sum(len(entry.record.text) for entry in derived):
            continue
        said = content_terms(turn.record.text)
        told: set[str] = set()
        for entry in derived:
            told |= content_terms(entry.record.text)
        if not tells_all(told, said):
            continue
        best = min(derived, key=_order)
        best.add("its turn", max(0.0, turn.score - best.score))
        turn.add("told already", -_COVERED * max(0.0, turn.score))
