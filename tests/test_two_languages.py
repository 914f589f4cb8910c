"""Who speaks English and Chinese is understood in both: across turns, and within one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from memos_integrations import MemOS

from .turns import facts_by_rules, user, wishes_by_rules

# what was said, what ends it in the other language, and words of what has ended
ENDED = [
    ("I play tennis every Saturday.", "网球我早就不打了。", "tennis"),
    ("我每周日去教堂。", "I stopped going to church.", "教堂"),
    ("I have a dog named Biscuit.", "我把狗送给我妹妹养了。", "Biscuit"),
    ("我女朋友叫小雨。", "My girlfriend and I broke up.", "小雨"),
    ("I like my noodles with lots of chilli.", "我现在吃面不放辣椒了。", "chilli"),
    ("我不喜欢狗。", "I've come to love dogs.", "避免狗"),
    ("My favourite colour is blue.", "我现在最喜欢的颜色是绿色。", "blue"),
    ("I use Notion for notes.", "笔记我现在都记在飞书里。", "Notion"),
    ("我坐地铁上班。", "I drive to work these days.", "地铁"),
    ("我周五要交报告。", "The report is due on Monday now.", "周五"),
    ("我讨厌 cilantro。", "我现在爱上香菜了。", "避免cilantro"),
    ("I'm on the keto diet.", "生酮我不坚持了，恢复正常吃饭。", "keto"),
    ("我一般晚上十点睡觉。", "I go to bed around midnight these days.", "十点"),
    # taken back
    ("我喜欢吃榴莲。", "Please forget that I like durian.", "榴莲"),
    ("I like durian.", "忘掉我喜欢吃榴莲这件事。", "durian"),
]
# what sounds near, and ends nothing
STANDS = [
    ("I like to watch films at night.", "我晚上不喝咖啡了。", "films"),
    ("我对花生过敏。", "I bought peanut butter for my daughter yesterday.", "花生"),
    ("我喜欢爬山。", "My sister doesn't like hiking any more.", "爬山"),
    ("我爸不抽烟。", "I quit smoking.", "我爸"),
    ("I love coffee.", "今天不喝咖啡了，睡不着。", "coffee"),
    ("我在学日语。", "I started learning French.", "日语"),
    ("I like Thai food.", "我现在不爱吃日料了。", "Thai"),
    ("I like window seats.", "这次给我订过道的。", "window"),
    ("我不吃猪肉。", "I love beef.", "猪肉"),
    ("我喜欢喝茶。", "Please forget that I like coffee.", "喝茶"),
]


@pytest.fixture(scope="module")
def memory() -> Iterator[MemOS]:
    """One memory; each dialogue is a user's own."""
    with MemOS(":memory:", embedder=None) as memory:
        yield memory


def _told(memory: MemOS, old: str, new: str) -> str:
    """What is told of two turns, a month later."""
    who: dict[str, Any] = {"user_id": f"{old}/{new}"}
    for content, at in ((old, "2026-02-01T12:00:00Z"), (new, "2026-03-02T12:00:00Z")):
        memory.add_message([user(content, at=at)], **who)
    memory.wait()
    known = [one.text + getattr(one, "directive", "") for one in memory.list_memories(**who).memories if one.kind != "episode"]
    return "\n".join([*known, memory.search_memory(old, **who, now="2026-04-01T12:00:00Z").instruction.text])


@pytest.mark.parametrize(("old", "new", "gone"), ENDED)
def test_what_is_over_in_one_language_ends_what_was_said_in_the_other(memory: MemOS, old: str, new: str, gone: str) -> None:
    assert gone not in _told(memory, old, new)


@pytest.mark.parametrize(("old", "new", "held"), STANDS)
def test_what_is_about_another_thing_or_person_or_day_ends_nothing(memory: MemOS, old: str, new: str, held: str) -> None:
    assert held in _told(memory, old, new)


@pytest.mark.parametrize(
    ("text", "polarity", "obj"),
    [
        ("写 commit message 不要用 emoji。", "avoids", "emoji"),
        ("以后回复用 English", "wants", "English"),
        ("I 对 seafood 过敏", "avoids", "seafood"),
        ("I really don't like 香菜, never put it in my recipes", "avoids", "香菜"),
        ("我对 peanuts 过敏。", "avoids", "peanuts"),
    ],
)
def test_words_of_the_other_language_are_objects_as_they_are_written(text: str, polarity: str, obj: str) -> None:
    assert (polarity, obj) in {(wish.polarity, wish.object) for wish in wishes_by_rules(text)}


@pytest.mark.parametrize(
    "text",
    [
        "My colleague 小李 对 seafood 过敏。",
        "my 奶奶 hates cilantro.",
        "我 boss 小王对海鲜过敏",
        "My 老婆 is allergic to shrimp",
        "My son Leo 喜欢 dinosaurs。",
    ],
)
def test_what_holds_of_somebody_else_in_both_languages_is_a_fact_about_them(text: str) -> None:
    assert wishes_by_rules(text) == []
    assert any(fact.subject != "user" for fact in facts_by_rules(text))


@pytest.mark.parametrize("text", ["这一条用中文写，是给我妈看的。", "这一条用 English 写"])
def test_the_language_of_one_message_is_none_for_good(text: str) -> None:
    assert not any(wish.lasting for wish in wishes_by_rules(text))
