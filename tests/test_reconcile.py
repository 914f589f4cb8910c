"""What becomes of a statement beside what is known, in English and Chinese."""

from __future__ import annotations

from typing import Any

import pytest

from memos_integrations.core.candidates import Candidate
from memos_integrations.core.reconcile import Verdict, decide
from memos_integrations.types import Fact, Preference

from .memories import NOON, day, fact, preference


def wish(quote: str, object_: str, slot: str = "food.taste", polarity: str = "wants", **more: Any) -> Candidate:
    fields = {"kind": "preference", "episode": "e1", "quote": quote, "text": quote, "object": object_, "slot": slot}
    return Candidate.model_validate({**fields, "polarity": polarity, "directive": quote, **more})


def said(quote: str, attribute: str, value: str, **more: Any) -> Candidate:
    fields = {"kind": "fact", "episode": "e1", "quote": quote, "text": quote, "attribute": attribute, "value": value}
    return Candidate.model_validate({**fields, **more})


def known(candidate: Candidate, id: str = "old", at: float = 0) -> Fact | Preference:
    """The memory that a candidate would have become."""
    if candidate.kind == "fact":
        return fact(
            id, candidate.quote, at=day(at), of="e0", subject=candidate.subject, attribute=candidate.attribute, value=candidate.value
        )
    fields = ("slot", "polarity", "object", "condition", "standing")
    return preference(id, candidate.quote, at=day(at), of="e0", **{name: getattr(candidate, name) for name in fields})


def verdict(before: Candidate, new: Candidate, **cosine: float) -> Verdict:
    return decide(new, [known(before)], said_at=day(9), cosine=cosine)


def lives(quote: str, value: str) -> Candidate:
    return said(quote, "home", value)


CASES = [
    # the opposite of the same thing
    ("superseded", wish("I love coriander", "coriander"), wish("I can't stand coriander", "coriander", polarity="avoids")),
    ("superseded", wish("我爱吃香菜", "香菜"), wish("我不吃香菜", "香菜", polarity="avoids")),
    ("superseded", wish("I don't like cilantro", "cilantro", polarity="avoids"), wish("I love cilantro now", "cilantro now")),
    ("superseded", wish("I love sugar", "sugar", "food.taste"), wish("我不再吃糖", "糖", polarity="avoids")),
    ("superseded", wish("我喜欢喝咖啡", "咖啡", "food.drink"), wish("我不再喝咖啡了", "再喝咖啡", "food.drink", "avoids")),
    # a new value
    ("superseded", lives("I live in Lisbon", "Lisbon"), lives("I moved to Oslo last week", "Oslo")),
    ("superseded", lives("我住在杭州", "杭州"), lives("我搬到成都了", "成都")),
    ("superseded", said("I work at Bluewhale", "employer", "Bluewhale"), said("I now work at Starfield", "employer", "Starfield")),
    ("superseded", said("我在蓝鲸上班", "employer", "蓝鲸"), said("我跳槽去了星野", "employer", "星野")),
    ("superseded", said("I'm 39", "age", "39"), said("I'm 40", "age", "40")),
    ("superseded", said("我的手机号是13900001111", "contact", "13900001111"), said("新号码是13700002222", "contact", "13700002222")),
    ("superseded", said("I'm single", "relationship", "single"), said("I got married", "relationship", "married")),
    ("superseded", said("The gig's at the Roundhouse on Friday", "plan", "x"), said("The gig's at the Academy on Friday", "plan", "y")),
    ("superseded", said("小说写到三万字了", "event", "小说写到三万字"), said("小说写到六万字了", "event", "小说写到六万字")),
    # orders of one value, and values that shut each other out
    ("superseded", wish("Answer in French", "French", "answers.language"), wish("Answer in German", "German", "answers.language")),
    ("superseded", wish("用英文回答", "英文", "answers.language"), wish("用中文回答", "中文", "answers.language")),
    ("superseded", wish("Keep it short", "short", "answers.length"), wish("Give me detailed answers", "detailed", "answers.length")),
    ("superseded", wish("Call me Sam", "Sam", "answers.address"), wish("Call me Doctor Lee", "Doctor Lee", "answers.address")),
    ("superseded", wish("A window seat", "window seat", "travel.transport"), wish("An aisle seat", "aisle seat", "travel.transport")),
    ("superseded", wish("我要靠窗的座", "靠窗的座", "travel.transport"), wish("给我选过道", "过道", "travel.transport")),
    ("superseded", wish("我只买低风险的产品", "低风险的产品", "shopping.product"), wish("不再只看低风险", "低风险", "other")),
    # said again
    ("merged", wish("I love jazz", "jazz", "entertainment.music"), wish("Jazz is my thing", "jazz", "entertainment.music")),
    ("merged", wish("我爱爵士", "爵士", "entertainment.music"), wish("I love jazz", "jazz", "entertainment.music")),
    ("merged", lives("I live in Lisbon", "Lisbon"), lives("My home is Lisbon", "Lisbon")),
    # a condition
    ("narrowed", wish("I love coffee", "coffee", "food.drink"), wish("No coffee after noon", "coffee", "food.drink", "avoids", condition="after noon")),
    ("narrowed", wish("我爱喝咖啡", "咖啡", "food.drink"), wish("晚上别给我咖啡", "咖啡", "food.drink", "avoids", condition="晚上")),
    ("narrowed", wish("I love cheese of every kind", "cheese"), wish("I love every kind of cheese but the blue ones", "cheese")),
    ("narrowed", wish("海鲜我都爱吃", "海鲜"), wish("除了生蚝，海鲜我都爱吃", "海鲜")),
    # more of it
    ("refined", wish("I like jazz", "jazz", "entertainment.music"), wish("I like late fifties jazz", "late fifties jazz", "entertainment.music")),
    ("refined", said("我生日在十一月", "birthday", "十一月"), said("我生日是十一月二十三号", "birthday", "十一月二十三号")),
    # both stand
    ("added", wish("I like green tea", "green tea", "food.drink"), wish("I like black tea", "black tea", "food.drink")),
    ("added", wish("我喜欢喝绿茶", "绿茶", "food.drink"), wish("我喜欢喝红茶", "红茶", "food.drink")),
    ("added", wish("I like tea", "tea", "food.drink"), wish("I like jazz", "jazz", "entertainment.music")),
    ("added", wish("我喜欢绿茶", "绿茶", "food.drink"), wish("我喜欢豆浆", "豆浆", "food.drink")),
    ("added", wish("I'm allergic to thistles", "thistles", "health.allergy", "avoids"), wish("I'm allergic to lanolin", "lanolin", "health.allergy", "avoids")),
    ("added", wish("我对螨虫过敏", "螨虫", "health.allergy", "avoids"), wish("我对乳胶过敏", "乳胶", "health.allergy", "avoids")),
    ("added", said("I'm allergic to thistles", "health", "thistles"), said("I'm allergic to lanolin", "health", "lanolin")),
    ("added", said("I'm allergic to thistles", "health", "allergic to thistles"), said("I'm allergic to lanolin now", "health", "allergic to lanolin")),
    ("added", said("我对螨虫过敏", "health", "对螨虫过敏"), said("我现在对乳胶过敏", "health", "对乳胶过敏")),
    ("superseded", said("I'm allergic to thistles", "health", "allergic to thistles"), said("I'm not allergic to thistles any more", "health", "not allergic to thistles")),
    ("added", said("I'm good at welding things", "skill", "welding"), said("I'm good at baking things", "skill", "baking")),
    ("added", said("我会说一点法语", "skill", "法语"), said("我会说一点俄语", "skill", "俄语")),
    ("added", wish("My favourite author is Ursula Bramley", "Ursula Bramley", "entertainment.reading"), wish("My favourite author is Tom Ashdown", "Tom Ashdown", "entertainment.reading")),
    # the same words with "not", though both are read with one sign
    ("superseded", wish("周六的饭局我参加。", "饭局", "other", "avoids"), wish("周六的饭局我不参加了。", "饭局", "other", "avoids")),
    ("superseded", wish("I go to the choir on Mondays", "the choir"), wish("I don't go to the choir on Mondays", "the choir")),
    ("merged", wish("我不吃香菜", "香菜", polarity="avoids"), wish("香菜我是真不吃", "香菜", polarity="avoids")),
    ("added", said("I have a dog called Rex", "pet", "a dog called Rex"), said("I have a cat called Miso", "pet", "a cat called Miso")),
    ("added", said("我养了一只猫叫咪咪", "pet", "猫叫咪咪"), said("我养了一条狗叫旺财", "pet", "狗叫旺财")),
    ("added", said("I have a sister in Leeds", "family", "a sister in Leeds"), said("I have a sister in York", "family", "a sister in York")),
    ("added", said("My budget for the laptop is £900", "state", "£900"), said("My budget for the trip is £1500", "state", "£1500")),
    ("added", said("I live in Lisbon", "home", "Lisbon"), said("My brother lives in Oslo", "home", "Oslo", subject="my brother")),
    ("added", wish("I love chocolate cake", "chocolate cake"), wish("No chocolate cake for me today", "chocolate cake", polarity="avoids")),
    ("added", wish("我爱吃辣", "辣"), wish("今天不吃辣", "辣", polarity="avoids", lasting=False)),
    ("added", said("My email is a@b.example", "contact", "a@b.example"), said("My phone is 555-0101", "contact", "555-0101")),
    ("added", wish("I love golf", "golf", "entertainment.sports"), wish("I sold the Golf", "Golf", "shopping.product", "avoids")),
    ("added", wish("Answer in French", "French", "answers.language"), wish("Comment code in English", "English", "answers.language", condition="code")),
]  # fmt: skip


@pytest.mark.parametrize(("action", "old", "new"), CASES, ids=[f"{a}-{n.quote}" for a, _, n in CASES])
def test_what_becomes_of_it(action: str, old: Candidate, new: Candidate) -> None:
    result = verdict(old, new)
    assert result.action == action
    assert result.targets == (() if action == "added" else ("old",))


@pytest.mark.parametrize(
    ("quote", "old"), [("我现在喝咖啡不加糖了", "coffee with lots of sugar"), ("I stopped putting sugar in my coffee", "咖啡加很多糖")]
)
def test_a_fact_that_gives_it_up_ends_a_wish(quote: str, old: str) -> None:
    assert verdict(wish(old, old, "food.drink"), said(quote, "event", quote)).action == "superseded"


def test_an_older_statement_never_wins() -> None:
    newer = known(lives("I live in Oslo", "Oslo"), at=20)
    result = decide(lives("I live in Lisbon", "Lisbon"), [newer], said_at=NOON, cosine={})
    assert result == Verdict("added", ("old",), "older")


def test_the_same_across_languages_by_vectors() -> None:
    old, new = wish("我爱喝豆汁儿", "豆汁儿", "food.drink"), wish("I love fermented bean juice", "fermented bean juice", "food.drink")
    assert verdict(old, new, old=0.95).action == "merged"
    assert verdict(old, new, old=0.8).action == "added"


def test_reasons_hold_no_words_of_the_user() -> None:
    for _, old, new in CASES:
        assert not set(verdict(old, new).reason.split()) & {"coriander", "Lisbon", "杭州"}


def test_long_quotes_are_no_trouble() -> None:
    long = "I no longer " * 3000
    assert decide(wish(long, long), [known(wish(long[:5000], "no"))], said_at=day(9), cosine={}).action


def test_a_name_in_latin_letters_is_no_other_language() -> None:
    known = preference("p1", "用户不用 Premiere 了", object="Premiere", slot="social.communication", polarity="avoids")
    verdict = decide(
        wish("我讨厌人多的地方", "人多的地方", "social.communication", "avoids"), [known], said_at=NOON, cosine={known.id: 0.96}
    )
    assert verdict.action == "added"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("green tea", "black tea"),
        ("绿茶", "红茶"),
        ("red wine", "white wine"),
        ("白葡萄酒", "红葡萄酒"),
        ("dark chocolate", "milk chocolate"),
    ],
)
def test_two_of_a_kind_are_two_however_near_their_vectors(one: str, two: str) -> None:
    first, second = (wish(f"I like {thing}", thing, "food.drink") for thing in (one, two))
    assert verdict(first, second, old=0.99).action == "added"


@pytest.mark.parametrize(
    ("wants", "avoids"), [("下铺", "上铺"), ("下午", "上午"), ("the lower bunk", "the upper bunk"), ("the afternoon", "the morning")]
)
def test_what_stands_against_it_does_not_end_what_is_wanted(wants: str, avoids: str) -> None:
    first, second = wish(wants, wants, "travel.transport"), wish(avoids, avoids, "travel.transport", "avoids")
    assert verdict(first, second, old=0.9).action == "added"


@pytest.mark.parametrize(("wide", "narrow"), [("tea", "black tea"), ("茶", "红茶")])
def test_the_narrower_wish_is_kept_beside_the_wider(wide: str, narrow: str) -> None:
    first, second = (wish(f"I like {thing}", thing, "food.drink") for thing in (wide, narrow))
    assert verdict(first, second, old=0.99).action == "refined"
