"""The validator of what an LLM proposes: only what the user's own words bear is kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.prompts import SCHEMA
from memos_integrations.core.validation import validate_candidates
from memos_integrations.testing import grows_in_proportion
from memos_integrations.types import Role

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def turn(text: str, role: Role = "user", learnable: bool | None = None, speaker: str | None = None) -> Turn:
    learns = role in ("user", "event") if learnable is None else learnable
    return Turn(episode=f"{role}:{text[:12]}", role=role, text=text, said_at=AT, learnable=learns, speaker=speaker)


def liking(**values: Any) -> dict[str, Any]:
    return {
        "kind": "preference",
        "turn": 1,
        "quote": "I adore sour plums",
        "text": "The user adores sour plums.",
        "polarity": "wants",
        "object": "sour plums",
        "slot": "food.like",
        "directive": "Suggest sour plums.",
        **values,
    }


def keep(item: Any, *turns: Turn) -> Candidate | None:
    kept, dropped = validate_candidates({"memories": [item]}, turns or (turn("I adore sour plums, always have."),))
    assert len(kept) + len(dropped) == 1
    return kept[0] if kept else None


def reason(item: Any, *turns: Turn) -> str:
    kept, dropped = validate_candidates({"memories": [item]}, turns or (turn("I adore sour plums, always have."),))
    assert not kept
    return dropped[0]


def test_what_the_user_said_is_kept() -> None:
    found = keep(liking())
    assert found is not None
    assert (found.quote, found.object, found.polarity, found.by) == ("I adore sour plums", "sour plums", "wants", "llm")
    assert found.directive == "Suggest sour plums."
    assert found.text == "The user adores sour plums."


def test_chinese_is_kept_in_chinese() -> None:
    item = liking(quote="我最爱酸梅汤", text="用户最爱酸梅汤。", object="酸梅汤", directive="推荐酸梅汤。")
    found = keep(item, turn("周末在家，我最爱酸梅汤了。"))
    assert found is not None
    assert (found.language, found.quote, found.text) == ("zh", "我最爱酸梅汤", "用户最爱酸梅汤。")


@pytest.mark.parametrize(
    ("said", "quote", "verbatim"),
    [
        ("I’d  never eat\n“blue” cheese.", 'i\'d never eat "blue" cheese', "I’d  never eat\n“blue” cheese"),
        ("I love ＣＡＦＥ noir", "I love cafe noir", "I love ＣＡＦＥ noir"),
        ("I love cafe\u0301s here", "I love cafés", "I love cafe\u0301s"),
        ("I love cafés here", "I love cafe\u0301s", "I love cafés"),
        ("我喜欢  大提琴！", "我喜欢 大提琴。", "我喜欢  大提琴"),
    ],
)
def test_the_quote_is_given_back_as_it_was_said(said: str, quote: str, verbatim: str) -> None:
    found = keep({"kind": "preference", "turn": 1, "quote": quote, "object": quote, "polarity": "wants"}, turn(said))
    assert found is not None
    assert found.quote == verbatim
    assert found.quote in said


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(liking(quote="I adore sweet plums"), id="never said"),
        pytest.param(liking(quote=""), id="empty quote"),
        pytest.param(liking(quote="I"), id="no content"),
        pytest.param(liking(quote="dore sour plu"), id="inside words"),
        pytest.param(liking(quote=None), id="no quote"),
        pytest.param(liking(quote=["I adore sour plums"]), id="list for text"),
        pytest.param(liking(object="lime pickles"), id="another object"),
        pytest.param(liking(object="plums with rice vinegar and garlic"), id="mostly another object"),
        pytest.param(liking(kind="fact", value="lives in Leeds"), id="another value"),
        pytest.param(liking(subject="Tobias"), id="nobody of that name"),
        pytest.param(liking(condition="on rainy Mondays"), id="a condition nobody made"),
        pytest.param(liking(kind="item"), id="another kind"),
        pytest.param(liking(kind=None), id="no kind"),
        pytest.param(liking(polarity="loves"), id="another polarity"),
        pytest.param(liking(strength=3), id="a number for a word"),
        pytest.param(liking(standing="yes"), id="a word for a truth"),
        pytest.param(liking(object="sour plums " * 40), id="too long"),
        pytest.param(liking(text="plums \ud800"), id="a lone surrogate"),
        pytest.param("I adore sour plums", id="no object"),
    ],
)
def test_what_nobody_said_is_dropped_without_repeating_it(item: Any) -> None:
    said = reason(item)
    assert said
    assert not any(word in said for word in ("plum", "Leeds", "pickle", "Tobias", "Mondays"))


@pytest.mark.parametrize("role", ["assistant", "system", "tool"])
@pytest.mark.parametrize("number", [1, 2, 0, -1, 99, 10**30, None, "1", 1.0, True])
def test_what_the_user_did_not_say_is_dropped_whatever_turn_is_claimed(role: Role, number: Any) -> None:
    assert keep(liking(turn=number), turn("I adore sour plums", role), turn("Good for you, sour plums!")) is None


def test_a_preference_for_nothing_is_dropped() -> None:
    for nothing in ("", "  ", None):
        assert keep(liking(object=nothing)) is None


def test_context_and_events_are_not_said_by_the_user() -> None:
    assert keep(liking(), turn("I adore sour plums", learnable=False)) is None
    assert keep(liking(quote="basket sour plums"), turn("basket sour plums", "event")) is None


def test_a_wrong_number_finds_the_turn_that_holds_the_quote() -> None:
    found = keep(liking(turn=1), turn("Hello there"), turn("I adore sour plums"))
    assert found is not None
    assert found.episode == "user:I adore sour"


def test_a_choice_takes_its_object_from_the_offer_and_only_a_choice_does() -> None:
    offer = turn("I can book the quiet cabin or the deck seat.", "assistant")
    choice = liking(turn=2, quote="the second one please", text="", object="the deck seat", origin="implicit", directive="")
    assert keep(choice, offer, turn("the second one please")) is not None
    assert keep({**choice, "origin": "explicit"}, offer, turn("the second one please")) is None
    nod = {**choice, "quote": "Thanks, interesting"}
    assert keep(nod, offer, turn("Thanks, interesting")) is None
    fact = {**choice, "kind": "fact", "value": "the deck seat"}
    assert keep(fact, offer, turn("the second one please")) is None
    far = {**choice, "turn": 3}
    assert keep(far, offer, turn("Hm.", "assistant"), turn("the second one please")) is None


def test_a_subject_that_was_spoken_of_is_kept_and_the_user_has_one_name() -> None:
    item = {"kind": "fact", "turn": 2, "quote": "She keeps bees", "subject": "Marit", "value": "keeps bees", "text": "Marit keeps bees."}
    found = keep(item, turn("Marit came by."), turn("She keeps bees"))
    assert found is not None
    assert found.subject == "Marit"
    zh = {"kind": "fact", "turn": 1, "quote": "我舅舅养蜂", "subject": "舅舅", "value": "养蜂"}
    assert keep(zh, turn("我舅舅养蜂")) is not None
    for name in ("the user", "User", "用户", ""):
        liked = keep(liking(subject=name))
        assert liked is not None
        assert liked.subject == "user"


def test_words_of_nobody_are_put_in_order() -> None:
    found = keep(liking(text="I adore sour plums", directive="Give me sour plums", when="last winter"))
    assert found is not None
    assert found.directive == ""
    assert found.when is None
    copied = keep(liking(text="The user is called Tom.", directive="Always answer in Spanish."))
    assert copied is not None
    assert copied.text == "The user adores sour plums"
    assert copied.directive == ""


@pytest.mark.parametrize(
    ("polarity", "directive", "kept"),
    [
        ("avoids", "Avoid sour plums.", True),
        ("avoids", "Do not suggest sour plums.", True),
        ("avoids", "Suggest sour plums.", False),
        ("wants", "Never suggest sour plums.", False),
        ("avoids", "不要推荐sour plums。", True),
        ("wants", "不要推荐sour plums。", False),
        ("wants", "推荐sour plums。", True),
    ],
)
def test_a_directive_of_the_other_sign_is_left_out(polarity: str, directive: str, kept: bool) -> None:
    found = keep(liking(polarity=polarity, directive=directive))
    assert found is not None
    assert found.directive == (directive if kept else "")


def test_a_long_turn_and_a_flood_of_proposals_take_time_in_proportion() -> None:
    items = [liking(turn=n, quote=f"I adore sour plums number {n}") for n in range(200)]
    assert grows_in_proportion(lambda times: validate_candidates({"memories": items}, [turn("I adore sour plums. " * times)]), 10_000)
    said = turn("I adore sour plums. " * 1_000)
    assert grows_in_proportion(lambda count: validate_candidates({"memories": items[:count]}, [said]), 200)


def test_a_condition_in_other_words_of_the_turn_is_kept() -> None:
    found = keep(liking(condition="when travelling"), turn("When I travel I adore sour plums"))
    assert found is not None
    assert found.condition == "when travelling"


def test_repetitions_and_floods_are_dropped() -> None:
    kept, dropped = validate_candidates({"memories": [liking(), liking()]}, [turn("I adore sour plums")])
    assert (len(kept), dropped) == (1, ["listed twice"])
    words = [f"word{n}" for n in range(30)]
    flood: list[Any] = [{"kind": "preference", "quote": w, "object": w, "polarity": "wants"} for w in words]
    kept, dropped = validate_candidates(flood, [turn(" ".join(words))])
    assert len(kept) < 12
    assert len(kept) + len(dropped) == 30
    kept, dropped = validate_candidates([liking()] * 100_000, [turn("I adore sour plums")])
    assert (kept, len(dropped)) == ([], 1)


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("raw", [None, 3, "x", True, {}, {"memories": None}, {"memories": {}}, {"memories": "x"}, deep(50_000)])
def test_hostile_shapes_never_raise(raw: Any) -> None:
    assert validate_candidates(raw, [turn("I adore sour plums")])[0] == []
    assert validate_candidates(raw, [])[0] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = list(SCHEMA["properties"]["memories"]["items"]["properties"])  # type: ignore[index,call-overload,arg-type]
WORDS = st.sampled_from(
    [
        "fact",
        "preference",
        "wants",
        "avoids",
        "implicit",
        "explicit",
        "user",
        "I adore sour plums",
        "sour plums",
        "plums",
        "好",
        "weak",
        "\ud800",
        "",
    ]
)
ITEM = st.dictionaries(st.sampled_from(FIELDS), WORDS | JSON | st.integers(-1, 4), max_size=len(FIELDS)).map(
    lambda more: {**liking(), **more}
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(JSON, st.lists(ITEM | JSON, max_size=4), st.lists(ITEM, max_size=4).map(lambda items: {"memories": items})))
def test_what_is_kept_stands_in_what_the_user_said_whatever_the_answer(raw: Any) -> None:
    turns = [turn("Some like sweet plums", "assistant"), turn("I adore sour plums, honest"), turn("sour plums are fine", "tool")]
    kept, dropped = validate_candidates(raw, turns)
    assert all(isinstance(why, str) and why for why in dropped)
    for candidate in kept:
        assert candidate.episode == turns[1].episode
        assert candidate.quote in turns[1].text
        assert candidate.by == "llm"
        assert candidate.text
        assert Candidate.model_validate_json(candidate.model_dump_json()) == candidate
