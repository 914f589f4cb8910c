"""Complaints about answers, corrections of their style and habits show wishes that nobody stated."""

from __future__ import annotations

import pytest

from memos_integrations import MemOS, Preference, Settings

from .turns import turn, user

EWA = {"user_id": "ewa", "conversation_id": "c1"}
ANSWER = "Here is everything about glaciers, from their origin to the present day."
ANTWORT = "下面从成因到现状完整介绍冰川。"


def learnt(*texts: str, before: str | None = ANSWER) -> list[Preference]:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        for number, text in enumerate(texts):
            offer = [turn("assistant", f"{before} {number}", f"a{number}")] if before else []
            memory.add_message([*offer, user(text, f"u{number}")], **EWA)
        found = memory.list_memories(kinds=["preference"], **EWA)
        return [m for m in found if isinstance(m, Preference)]


@pytest.mark.parametrize(
    ("text", "polarity", "words"),
    [
        ("Too wordy again.", "avoids", "too wordy"),
        ("That was way too technical.", "avoids", "too technical"),
        ("Too many footnotes.", "avoids", "footnotes"),
        ("Can you redo it without footnotes?", "avoids", "footnotes"),
        ("Enough with the emojis.", "avoids", "emojis"),
        ("Why do you always open with an apology?", "avoids", "apology"),
        ("You keep using bullet points.", "avoids", "bullet points"),
        ("Didn't I say no tables?", "avoids", "tables"),
        ("Another war film? Seriously?", "avoids", "war film"),
        ("How many times do I have to ask for metric units?", "wants", "metric units"),
        ("You forgot the sources again.", "wants", "sources"),
        ("Result first, I said.", "wants", "result first"),
        ("No preamble, give me the numbers first.", "wants", "numbers first"),
        ("Must you be so jolly?", "avoids", "jolly"),
        ("That's a bit too gory for my taste.", "avoids", "too gory"),
        ("Footnotes again, without them please.", "avoids", "footnotes"),
        ("The table is a mess on my phone.", "avoids", "table"),
        ("Without footnotes please, same as last time.", "avoids", "footnotes"),
    ],
)
def test_english_complaints(text: str, polarity: str, words: str) -> None:
    found = [p for p in learnt(text) if words in p.object.lower()]
    assert [(p.polarity, p.origin, p.lasting) for p in found] == [(polarity, "implicit", True)]


@pytest.mark.parametrize(
    ("text", "polarity", "words"),
    [
        ("又写得这么啰嗦。", "avoids", "啰嗦"),
        ("太学术了。", "avoids", "太学术"),
        ("每次末尾都来一段祝福，没必要。", "avoids", "祝福"),
        ("这一堆缩写我哪看得懂。", "avoids", "缩写"),
        ("又用表格了。", "avoids", "表格"),
        ("能不能不用列表再写一遍？", "avoids", "列表"),
        ("怎么还在用表情？", "avoids", "表情"),
        ("你怎么老是道歉？", "avoids", "道歉"),
        ("说过多少次了别用英文。", "avoids", "英文"),
        ("又给我推战争片。", "avoids", "战争片"),
        ("不是说好了用中文吗？", "wants", "中文"),
        ("又没标来源。", "wants", "来源"),
        ("别铺垫，先给结论。", "wants", "结论"),
        ("又绕来绕去，先说答案行不行？", "wants", "答案"),
    ],
)
def test_chinese_complaints(text: str, polarity: str, words: str) -> None:
    found = [p for p in learnt(text, before=ANTWORT) if words in p.object]
    assert [(p.polarity, p.origin, p.lasting) for p in found] == [(polarity, "implicit", True)]


@pytest.mark.parametrize(("once", "again"), [("Shorter, please.", "Shorter, like last time."), ("简短点。", "以后都简短点。")])
def test_a_correction_lives_in_its_session_until_it_is_asked_for_again(once: str, again: str) -> None:
    assert [p.lasting for p in learnt(once)] == [False]
    assert [p.lasting for p in learnt(again)] == [True]


def test_what_is_asked_of_one_piece_of_work_after_another_is_a_wish() -> None:
    asked = ("写个解析日志的小函数。", "用Rust写。", "再写一个缓存。", "用Rust写，谢谢。")
    (wish,) = learnt(*asked, before="好的，这是Python版：……")
    assert (wish.polarity, wish.object, wish.origin) == ("wants", "Rust", "implicit")
    assert set(wish.sources) == {"u1", "u3"}
    assert learnt(*asked[:3], before="好的，这是Python版：……") == []


def test_a_correction_asked_for_in_two_conversations_lasts() -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        for conversation in ("c1", "c2"):
            said = [turn("assistant", ANSWER, f"{conversation}a"), user("A bit shorter.", f"{conversation}u")]
            memory.add_message(said, user_id="ewa", conversation_id=conversation)
            lasting = list(memory.list_memories(kinds=["preference"], user_id="ewa"))
            assert len(lasting) == (conversation == "c2")
    (found,) = lasting
    assert isinstance(found, Preference)
    assert (found.lasting, found.origin, found.sources) == (True, "implicit", ("c1u", "c2u"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Usually I cycle to work.", "cycl"),
        ("Normally I walk.", "walking"),
        ("Most days I have porridge.", "porridge"),
        ("As a rule we book refundable rooms.", "refundable rooms"),
        ("我一般坐地铁。", "地铁"),
        ("我一看推理就停不下来。", "推理"),
        ("下班路上我基本都听评书。", "评书"),
        ("平时喝美式居多。", "美式"),
        ("早餐我多半吃面。", "面"),
    ],
)
def test_a_habit_told_is_a_preference_shown(text: str, words: str) -> None:
    (found,) = learnt(text, before=None)
    assert (found.polarity, found.origin) == ("wants", "implicit")
    assert words in found.text
    assert found.text.startswith(("The user seems to prefer", "用户似乎更喜欢"))


@pytest.mark.parametrize(
    "text",
    [
        "It is raining again.",
        "Another day, another dollar.",
        "It still fails with the same error.",
        "Redo it without the second paragraph.",
        "I usually get up at six.",
        "First of all, hello.",
        "又下雨了。",
        "我又加班了。",
        "还是报错。",
        "怎么又涨价了？",
        "还有别的吗？",
        "把第二段去掉再发一遍。",
        "我一般六点起床。",
    ],
)
def test_the_same_words_about_other_things_show_nothing(text: str) -> None:
    assert not [p for p in learnt(text) if p.origin == "implicit"]


@pytest.mark.parametrize(("first", "second"), [("Too wordy.", "Too wordy again!"), ("太啰嗦了。", "还是太啰嗦了。")])
def test_said_again_it_has_both_sources(first: str, second: str) -> None:
    (found,) = learnt(first, second)
    assert found.sources == ("u0", "u1")
    assert found.polarity == "avoids"
