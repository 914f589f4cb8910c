"""What a request asks for plainly keeps wishes of other fields out, and brings in those of its own."""

from __future__ import annotations

import pytest

from memos_integrations.core.applicability import Concern, concerned, needed, read_preference, wishes_of
from memos_integrations.core.bounds import within
from memos_integrations.core.fields import apart, asked_for
from memos_integrations.types import Preference

from .memories import preference


def said(text: str, slot: str, condition: str | None = None) -> Preference:
    return preference(text, text, of="e", slot=slot, object=text, condition=condition)


def told(query: str, *wishes: Preference) -> set[str]:
    found: list[Concern] = concerned(wishes, wishes_of([read_preference(p, None) for p in wishes]), query, None)
    return {concern.preference.id for concern in needed(found)}


@pytest.mark.parametrize(
    ("query", "wish", "slot", "gone"),
    [
        ("What could I stream after supper?", "I don't touch olives", "food.taste", True),
        ("吃完饭打开电视看什么？", "我不吃茄子", "food.taste", True),
        ("How do we get to Ghent?", "No chilli for me", "food.taste", True),
        ("Which shirt should I wear?", "I only read crime novels", "entertainment.reading", True),
        ("帮我写个读表格的脚本", "我爱看老电影", "entertainment.film", True),
        ("Friends come over for a film, what do I need?", "I don't touch olives", "food.taste", False),  # guests are fed
        ("Five hours on the train, what should I read?", "I want a seat by the window", "travel.transport", False),
        ("Book us a table in Leeds", "I don't touch olives", "food.taste", False),
        ("What shall I run in?", "I don't touch olives", "food.taste", False),
        ("Which lamp suits our hall?", "I hate shiny metal", "fashion.style", False),  # looks are of clothes and of rooms
        ("Help me furnish the spare room", "Nothing striped, please", "fashion.style", False),
        ("客厅怎么布置？", "我不喜欢碎花图案", "fashion.style", False),
        ("What shall I watch tonight?", "Nothing striped, please", "fashion.style", True),
        ("How do I learn SQL?", "I can't follow long lectures", "learning.style", False),  # any subject is learnt
        ("想学编程，推荐个教程？", "我学东西得有人带", "learning.style", False),
        ("Find a tutor who suits me", "I learn best in the mornings", "learning.style", False),
        ("Which tablet goes with my furniture?", "I buy nothing made by Apple", "shopping.brand", False),  # a firm is no fruit
        ("Which lamp shall I get?", "I can't eat an apple", "food.taste", True),
    ],
)
def test_what_names_another_field_is_apart(query: str, wish: str, slot: str, gone: bool) -> None:
    assert apart(query, wish, slot) is gone


@pytest.mark.parametrize("query", ["Translate 'Shall we have curry for lunch?' into Dutch", "把“晚上吃火锅吗”翻译成英文"])
def test_words_to_be_worked_on_ask_for_nothing(query: str) -> None:
    assert "lunch" not in asked_for(query) and "火锅" not in asked_for(query)
    assert not told(query, said("Curries upset me, nothing hot", "food.taste"), said("火锅我不吃", "food.cuisine"))


def test_other_queries_keep_what_they_quote() -> None:
    assert asked_for("What does 'al dente' mean for my pasta?") == "What does 'al dente' mean for my pasta?"


@pytest.mark.parametrize(
    ("wish", "slot", "query"),
    [
        ("我打球只打羽毛球", "entertainment.sports", "想出出汗，约同事玩点什么？"),
        ("我只听评书", "entertainment.music", "路上放点什么好？"),
        ("I never wear wool", "fashion.style", "Which jumper should I buy?"),
    ],
)
def test_a_wish_about_the_very_thing_is_told(wish: str, slot: str, query: str) -> None:
    assert told(query, said(wish, slot), said("Unit tests go first", "tech.coding")) == {wish}


@pytest.mark.parametrize(
    ("case", "request_", "expected"),
    [
        ("if it takes over two hours", "It's a three hour drive", True),
        ("if it takes over two hours", "a 1.5 hour drive", False),
        ("for more than ten people", "We're a dozen people", None),
        ("for groups of eight people or more", "dinner for nine people", True),
        ("under 30 pounds", "there's one for £45", False),
        ("五个小时以上", "高铁要六个半小时", True),
        ("不到两百块", "这双三百五十块", False),
        ("超过二十个人", "这次来二十五个人", True),
        ("when I cook", "for three hours", None),
        ("over three hours", "for ten minutes", False),
        ("over three hours", "a walk of ten miles", None),
    ],
)
def test_an_amount_is_laid_beside_a_bound(case: str, request_: str, expected: bool | None) -> None:
    assert within(case, request_) is expected


def test_a_bound_decides_whether_a_case_is_met() -> None:
    coach = said("If it takes over three hours I go by coach", "travel.transport", "If it takes over three hours")
    assert told("It's five hours to Cork, how should I go?", coach) == {coach.id}
    assert not told("It's one hour to Cork, how should I go?", coach)


def test_a_request_that_repeats_a_case_meets_it() -> None:
    mild = said("给老人做饭的时候少放盐", "food.taste", "给老人做饭的时候")
    assert told("给老人做点什么？", mild) == {mild.id}


@pytest.mark.parametrize(
    ("words", "slot", "case", "request_"),
    [
        ("Keep my mornings free", "work.schedule", None, "When could we schedule the dentist?"),
        ("I don't do calls on Fridays", "social.communication", "on Fridays", "Set up a call with the bank"),
        ("早上别约我", "work.schedule", "早上", "什么时候约牙医？"),
        ("Never schedule anything before 4pm", "work.schedule", "before 4pm", "When should I book the dentist?"),
    ],
)
def test_when_somebody_has_no_time_concerns_what_is_arranged(words: str, slot: str, case: str | None, request_: str) -> None:
    busy = said(words, slot, case)
    assert told(request_, busy) == {busy.id}
    assert not told("What is the capital of Peru?", busy)
