"""Which place in the taxonomy a stated preference gets: by what it names, by what it is set in, never an answer for a thing in the world."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.rules import RuleExtractor

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def stated(text: str) -> Candidate:
    found = RuleExtractor().extract([Turn(episode="said", role="user", text=text, said_at=WHEN)])
    return next(c for c in found if c.kind == "preference")


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("I like Scottish folk songs.", "entertainment.music"),
        ("I love Swedish crime novels.", "entertainment.reading"),
        ("I prefer long walks.", "health.exercise"),
        ("I hate warm beer.", "food.drink"),
        ("I can't stand formal shoes.", "fashion.style"),
        ("I love cups of jasmine tea.", "food.drink"),
    ],
)
def test_the_head_of_the_object_tells_the_slot_not_how_or_whence_it_is(text: str, slot: str) -> None:
    found = stated(text)
    assert (found.slot, found.standing) == (slot, False)


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("With my pension I don't touch oil companies.", "finance.investing"),
        ("For music I always go for Cuban things.", "entertainment.music"),
        ("When it comes to cinema I prefer slow ones.", "entertainment.film"),
    ],
)
def test_what_a_clause_is_set_in_tells_the_slot_of_what_it_names(text: str, slot: str) -> None:
    assert stated(text).slot == slot


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("I like to swim before breakfast.", "health.exercise"),
        ("I like to read on the balcony.", "entertainment.reading"),
        ("I prefer to pay by card.", "finance.spending"),
    ],
)
def test_what_is_done_tells_the_slot_not_when_or_where(text: str, slot: str) -> None:
    assert stated(text).slot == slot


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("Please answer in Portuguese.", "answers.language"),
        ("Always give me weights in grams.", "answers.language"),
        ("Keep your replies short.", "answers.length"),
        ("Don't use emojis.", "answers.format"),
    ],
)
def test_an_order_about_the_assistants_words_is_about_answers(text: str, slot: str) -> None:
    found = stated(text)
    assert (found.slot, found.standing) == (slot, True)


@pytest.mark.parametrize(
    "text",
    [
        "In the club newsletter, use short sentences.",
        "For my grandfather's birthday card, keep it formal.",
        "When I write to the mayor, use no abbreviations.",
    ],
)
def test_how_a_text_of_the_users_own_should_read_is_no_order_about_answers(text: str) -> None:
    found = stated(text)
    assert (found.slot, found.standing) == ("work.writing", False)


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("我喜欢苏格兰民谣。", "entertainment.music"),
        ("我讨厌太正式的皮鞋。", "fashion.style"),
        ("我爱喝热的普洱茶。", "food.drink"),
        ("我不喜欢长途红眼航班。", "travel.transport"),
        ("我喜欢木头茶几。", "home.living"),
    ],
)
def test_a_chinese_object_is_what_its_last_word_says(text: str, slot: str) -> None:
    found = stated(text)
    assert (found.slot, found.standing) == (slot, False)


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("在看书上，我只喜欢北欧的。", "entertainment.reading"),
        ("理财方面我只要稳的。", "finance.investing"),
    ],
)
def test_what_a_chinese_clause_is_set_in_tells_the_slot(text: str, slot: str) -> None:
    assert stated(text).slot == slot


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("以后用葡萄牙语的地方都换成中文回答我。", "answers.language"),
        ("回答别超过三句话。", "answers.length"),
        ("以后回复我别用表情符号。", "answers.format"),
    ],
)
def test_a_chinese_order_about_the_assistants_words_is_about_answers(text: str, slot: str) -> None:
    found = stated(text)
    assert (found.slot, found.standing) == (slot, True)


@pytest.mark.parametrize("text", ["别再推那种带孜然的了。", "以后阳台的东西不要动。", "公众号的推文别用感叹号。"])
def test_a_chinese_order_about_a_thing_in_the_world_is_none_about_answers(text: str) -> None:
    assert not stated(text).slot.startswith("answers.")
