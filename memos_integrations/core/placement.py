"""Preferences among what was found for a query: they stand by what they mean for it, not by words and likeness alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..types import Preference, ScoreParts
from ..types.record import Record
from .applicability import Concern, always
from .ranking import Ranked, sources_of
from .records import DOUBTED, OUTDATED
from .text import content_terms

__all__ = ["with_cases", "with_concerns"]

_MET_WELL = 0.4  # nearness from which an order is set before what was found where a query tells, and asks little
_BEHIND = 1e-4  # an order whose case is met stands so much behind what is found best, and a turn behind what replaced it
_ORDER = 0.8  # weight of how a preference stands among the others, against its score among all that was found
_AS_GOOD = 0.6  # of the best score: from there a fact is among the best
_MIDDLING = 0.3  # an order from which it rises
_MOST = 1 + _ORDER * (1 - _MIDDLING)  # brings scores back to 0..1


def with_cases(
    ranked: Sequence[Ranked],
    cases: Sequence[tuple[Preference, float]],
    records: Mapping[str, Record],
    *,
    asks: bool = True,
    explain: bool,
) -> list[Ranked]:
    """A ranking in which the orders that a query is a case of stand right behind the best.

    Args:
        ranked: Best first.
        cases: Orders with their nearness, the nearest first.
        records: The same as stored, by id.
        asks: Whether the query asks, more than it tells.
        explain: Whether scores say how they came about.
    """
    near = {preference.id: value for preference, value in cases if asks or value >= _MET_WELL}
    if not near:
        return list(ranked)
    found = {one.record.id: one for one in ranked}
    rest = [one for one in ranked if one.record.id not in near]
    best = rest[0].score if rest else 1.0
    lifted: list[Ranked] = []
    for place, (id, value) in enumerate(near.items(), 1):
        one = found.get(id) or Ranked(records[id], 0.0, ScoreParts() if explain else None)
        parts = one.parts and one.parts.model_copy(update={"weights": {**one.parts.weights, "case": value}})
        lifted.append(replace(one, score=round(max(one.score, best - place * _BEHIND, 0.0), 6), parts=parts))
    return sorted([*rest[:1], *lifted, *rest[1:]], key=lambda one: -one.score)


def with_concerns(
    ranked: Sequence[Ranked], concerns: Iterable[Concern], records: Mapping[str, Record], *, query: str, explain: bool
) -> list[Ranked]:
    """A ranking in which preferences stand by what they mean for the query as well, and those that it needs are there.

    Beside talk and facts, a preference that has more to do with the query than most rises. That holds for those that stand in every
    head as well: an allergy belongs to what was found for a meal, an order about every answer seldom. One that has little to do with
    it keeps its place: its words may answer a question that asks for no wish.

    Args:
        ranked: Best first.
        concerns: Preferences beside the query.
        records: The same preferences as stored, by id.
        query: What is asked.
        explain: Whether scores say how they came about.
    """
    by_id = {concern.preference.id: concern for concern in concerns}
    if not by_id:
        return list(ranked)
    found: list[Ranked] = []
    for one in ranked:
        concern = by_id.pop(one.record.id, None)
        found.append(_weighed(one, concern))
    for concern in by_id.values():
        if concern.likely and (concern.guards or not always(concern.preference)):  # the head says an order about every answer
            missing = Ranked(records[concern.preference.id], 0.0, ScoreParts() if explain else None)
            found.append(_weighed(missing, concern))
    found = _answers_kept(ranked, found, content_terms(query))
    places = {one.record.id: place for place, one in enumerate(found)}
    return sorted(_newer_first(found), key=lambda one: (-one.score, places[one.record.id]))


def _answers_kept(ranked: Sequence[Ranked], weighed: Sequence[Ranked], asked: set[str]) -> list[Ranked]:
    """A fact that was found among the best, by words of the query, stays above the preferences that stood behind it."""
    score = {one.record.id: one.score for one in weighed}
    least = _AS_GOOD * max((one.score for one in ranked), default=0.0)
    behind = 0.0  # the best score of the preferences behind
    for one in reversed(ranked):
        id = one.record.id
        if one.record.kind == "preference":
            behind = max(behind, score[id] + _BEHIND)
        elif one.record.kind == "fact" and one.score >= least and content_terms(one.record.text) & asked:
            score[id] = max(score[id], behind)
    return [one if score[one.record.id] == one.score else replace(one, score=round(score[one.record.id], 6)) for one in weighed]


def _newer_first(ranked: Sequence[Ranked]) -> list[Ranked]:
    """What replaced a turn may have moved: the turn stays behind it."""
    best: dict[str, float] = {}
    for one in ranked:
        for turn in (one.record.id, *sources_of(one.record)):
            best[turn] = max(best.get(turn, 0.0), one.score)
    found: list[Ranked] = []
    for one in sorted(ranked, key=lambda one: -one.record.said):
        by = one.record.payload.get(OUTDATED) or (one.record.payload.get(DOUBTED) if one.ended else None)
        newer = best.get(by) if isinstance(by, str) else None
        if newer is not None and one.score >= newer:
            one = replace(one, score=round(max(0.0, newer - _BEHIND), 6))
            best[one.record.id] = one.score
        found.append(one)
    return found


def _weighed(one: Ranked, concern: Concern | None) -> Ranked:
    score, parts = one.score, one.parts
    if concern is not None:
        score += _ORDER * max(0.0, concern.order - _MIDDLING)
        if parts is not None:
            parts = parts.model_copy(update={"weights": {**parts.weights, "applies": concern.probability, "order": concern.order}})
    return Ranked(one.record, round(score / _MOST, 6), parts, one.ended)
