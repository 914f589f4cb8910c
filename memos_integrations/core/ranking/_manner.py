"""How a hit speaks, who says it, when, and of what kind it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from ..messages import moment
from ..signals import Asked, dated, manner, meant, numbered, placed
from ._entry import Entry

__all__ = ["MANNER", "add_bonuses", "add_manner", "prefer_newer_of_a_slot"]

MANNER: Mapping[str, float] = {
    "speaker": 0.45,
    "another speaker": -0.13,
    "assistant": -0.6,
    "questions": -0.80,
    "telling": 0.35,
    "person": 0.22,
    "time": 0.36,
    "place": 0.36,
    "number": 0.30,
    "day": 0.38,
    "opens": 0.8,
}
"""Weights of how a turn speaks, as shares of its own score: manner alone makes no turn relevant."""
_JUST_AFTER = timedelta(days=7)
_OPENING = 3  # turns of a conversation until one opens it half as much as the first
_LEARNT = 0.15  # what was learnt stands above talk that is as near
_CURRENT = 0.03
_RECENT = 0.02
_OLDER = 0.08
_SHOWN = 0.05
_ENDED = 0.25


def add_manner(entries: list[Entry], wanted: Asked) -> None:
    """Who speaks, and whether a turn tells something of the kind that is asked."""
    wanted_speakers = meant({e.text_of("speaker") for e in entries}, wanted)
    for entry in entries:
        speaker = entry.text_of("speaker")
        how: dict[str, float] = {}
        if wanted_speakers and speaker:
            how["speaker" if speaker in wanted_speakers else "another speaker"] = 1.0
        if entry.record.kind == "episode":
            how |= _manner(entry, wanted)
        elif not wanted.tells:
            entry.add("learnt", _LEARNT)
        for name, value in how.items():
            entry.add(name, MANNER[name] * value * entry.fused)


def _manner(entry: Entry, wanted: Asked) -> dict[str, float]:
    said = manner(entry.record.text)
    how = {"questions": said.questions, "telling": said.telling, "person": said.person}
    if entry.text_of("role") == "assistant" and not (wanted.assistant or wanted.tells):
        how["assistant"] = 1.0
    if wanted.time:
        how["time"] = float(dated(entry.record.text))
    if wanted.place:
        how["place"] = float(placed(entry.record.text))
    if wanted.number:
        how["number"] = float(numbered(entry.record.text))
    if wanted.days:
        how["day"] = _in_time(entry.said, wanted.days)
    if wanted.overview and entry.record.conversation is not None:
        how["opens"] = 0.5 ** (max(0, entry.record.order - 1) / _OPENING)  # what is taken up is said where talk begins
    return how


def _in_time(said: int, days: Sequence[tuple[date, date]]) -> float:
    """1: said in one of the spans; half: in the week after one, when people tell what has just been."""
    day = moment(said).date()
    if any(first <= day <= last for first, last in days):
        return 1.0
    return 0.5 if any(last < day <= last + _JUST_AFTER for _, last in days) else 0.0


def add_bonuses(entries: list[Entry], now: int, conversation_id: str | None, *, latest: float) -> None:
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


def prefer_newer_of_a_slot(entries: list[Entry]) -> None:
    groups: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
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
