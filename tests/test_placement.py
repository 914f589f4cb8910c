"""Preferences in their place among talk and facts."""

from __future__ import annotations

import pytest

from memos_integrations.core.applicability import Concern
from memos_integrations.core.placement import with_concerns
from memos_integrations.core.ranking import Ranked
from memos_integrations.core.records import to_record
from memos_integrations.types import AnyMemory, Preference

from .memories import episode, fact, preference


def _placed(*found: tuple[AnyMemory, float], concerns: dict[str, tuple[float, float]], query: str = "lunch") -> list[Ranked]:
    ranked = [Ranked(to_record(memory, terms=()), score) for memory, score in found]
    known = {memory.id: memory for memory, _ in found if isinstance(memory, Preference)}
    beside = [Concern(known[id], likely, order) for id, (likely, order) in concerns.items()]
    return with_concerns(ranked, beside, {id: to_record(memory, terms=()) for id, memory in known.items()}, query=query, explain=False)


def _ids(ranked: list[Ranked]) -> list[str]:
    return [one.record.id for one in ranked]


@pytest.mark.parametrize("said", [("The bakery opens at nine", "No hazelnuts for the user"), ("面包店九点开门", "用户不吃榛子")])
def test_a_preference_that_concerns_the_query_passes_talk_that_is_a_little_nearer(said: tuple[str, str]) -> None:
    talk, wish = episode("talk", said[0]), preference("wish", said[1])
    assert _ids(_placed((talk, 0.7), (wish, 0.5), concerns={"wish": (0.9, 0.8)})) == ["wish", "talk"]
    assert _ids(_placed((talk, 0.7), (wish, 0.5), concerns={"wish": (0.1, 0.2)})) == ["talk", "wish"]


def test_a_fact_found_by_words_of_the_query_stays_above_the_preferences_behind_it() -> None:
    known, wish = fact("known", "The bakery opens at nine"), preference("wish", "No hazelnuts for the user")
    asked = {"wish": (0.9, 0.8)}
    assert _ids(_placed((known, 0.7), (wish, 0.5), concerns=asked, query="When does the bakery open?")) == ["known", "wish"]
    assert _ids(_placed((known, 0.7), (wish, 0.5), concerns=asked, query="A cake for tea?")) == ["wish", "known"]
    assert _ids(_placed((known, 0.2), (wish, 0.5), concerns=asked, query="When does the bakery open?")) == ["wish", "known"]


def test_an_order_about_every_answer_gives_way_to_what_concerns_the_query() -> None:
    order, allergy = preference("order", "Answer in short", standing=True), preference("allergy", "No hazelnuts")
    assert _ids(_placed((order, 0.6), (allergy, 0.5), concerns={"order": (0.2, 0.15), "allergy": (0.9, 0.7)})) == ["allergy", "order"]


def test_scores_stay_within_their_bounds_and_the_order_of_all_else_as_it_was() -> None:
    talk = [(episode(f"e{n}", "talk"), 1.0 - n / 4) for n in range(4)]
    ranked = _placed((preference("p", "Tea"), 1.0), *talk, concerns={"p": (1.0, 1.0)})
    assert all(0 <= one.score <= 1 for one in ranked)
    assert _ids(ranked) == ["p", "e0", "e1", "e2", "e3"]
