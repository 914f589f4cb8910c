"""What becomes of an allergy, a diet and a habit that the user says are over, and what a turn of several sentences ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from memos_integrations import MemOS

from .turns import user

WHO: dict[str, Any] = {"user_id": "ann"}

OVER = [
    ("I'm allergic to sesame.", "I outgrew my sesame allergy.", "sesame"),
    ("I'm allergic to sesame.", "My sesame allergy is gone, the clinic has tested it.", "sesame"),
    ("I'm allergic to sesame.", "Turns out I'm not allergic to sesame after all.", "sesame"),
    ("I'm allergic to sesame.", "The allergist says I can eat sesame again.", "sesame"),
    ("I'm vegetarian.", "I've started eating meat again.", "vegetarian"),
    ("I'm vegan.", "Cheese is back on the menu for me.", "vegan"),
    ("I don't drink alcohol.", "I drink wine again, a glass on Sundays.", "alcohol"),
    ("我对芝麻过敏。", "芝麻过敏已经好了。", "芝麻"),
    ("我对芝麻过敏。", "复查说芝麻可以吃了。", "芝麻"),
    ("我对芝麻过敏。", "我对芝麻不过敏了。", "芝麻"),
    ("我吃素。", "我又开始吃肉了。", "素"),
    ("我不喝酒。", "现在能喝点酒了。", "酒"),
]
NOT_OVER = [
    ("I'm allergic to sesame.", "I wish my sesame allergy was gone."),
    ("I'm allergic to sesame.", "My nephew outgrew his sesame allergy."),
    ("I'm allergic to sesame.", "Can I have sesame again?"),
    ("I'm allergic to sesame.", "My mustard allergy is gone."),
    ("I'm allergic to sesame.", "I still can't have sesame."),
    ("I'm vegetarian.", "I've started eating less fish sauce."),
    ("我对芝麻过敏。", "要是芝麻过敏好了就好了。"),
    ("我对芝麻过敏。", "我侄子的芝麻过敏好了。"),
    ("我对芝麻过敏。", "芝麻可以吃了吗？"),
    ("我对芝麻过敏。", "芥末可以吃了。"),
    ("我吃素。", "我又开始吃素了。"),
]


@pytest.fixture(params=["auto", None], ids=["vectors", "words"])
def memory(request: pytest.FixtureRequest) -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=request.param) as opened:
        yield opened


def tell(memory: MemOS, old: str, new: str) -> None:
    for name, text, at in (("old", old, "2026-01-10T10:00:00Z"), ("new", new, "2026-05-04T10:00:00Z")):
        memory.add_message(user(text, name, at), conversation_id=name, **WHO)
        memory.wait(timeout=120)


@pytest.mark.parametrize(("old", "new", "thing"), OVER, ids=[new for _, new, _ in OVER])
def test_what_is_over_guards_no_more_and_can_be_looked_up(memory: MemOS, old: str, new: str, thing: str) -> None:
    tell(memory, old, new)
    assert not [m.text for m in memory.list_memories(**WHO, kinds=["preference", "fact"]) if m.sources == ("old",)]
    assert any(thing in m.text for m in memory.list_memories(**WHO, kinds=["preference", "fact"], status="superseded"))
    assert thing not in memory.search_memory("Plan a dinner", **WHO).instruction.head
    then = memory.search_memory(old, **WHO, as_of="2026-03-01T12:00:00Z")
    assert any(thing in one.memory.text for one in then.memories)


@pytest.mark.parametrize(("old", "new"), NOT_OVER, ids=[new for _, new in NOT_OVER])
def test_what_is_only_wished_or_somebody_elses_guards_on(memory: MemOS, old: str, new: str) -> None:
    tell(memory, old, new)
    assert [m.text for m in memory.list_memories(**WHO, kinds=["preference"]) if "old" in m.sources]
    assert not memory.list_memories(**WHO, kinds=["preference", "fact"], status="superseded").memories


@pytest.mark.parametrize(
    ("old", "new", "gone", "kept"),
    [
        ("I live in Leeds. I collect stamps.", "Boxes everywhere! We moved to Bristol on Saturday.", "Leeds", "stamps"),
        ("我住在苏州。我养了一只猫。", "到处都是箱子！我们上周搬到无锡了。", "苏州", "猫"),
    ],
)
def test_of_a_turn_that_says_two_things_one_ends(memory: MemOS, old: str, new: str, gone: str, kept: str) -> None:
    tell(memory, old, new)
    active = " ".join(m.text for m in memory.list_memories(**WHO, kinds=["preference", "fact"]))
    assert gone not in active
    assert kept in active


@pytest.mark.parametrize(
    ("old", "new", "question"),
    [
        ("I drive a Polo.", "I traded the Polo in for a Yaris.", "What do I drive?"),
        ("My dentist is Dr. Hale.", "I changed dentists, it's Dr. Moreno now.", "Who is my dentist?"),
        (
            "Always keep answers to one paragraph.",
            "Forget the one paragraph rule. From now on I want detailed answers.",
            "Why is the sky blue?",
        ),
        ("儿子的教练是刘老师。", "教练换成陈老师了。", "儿子的教练是谁？"),
        ("我每天六点起床。", "现在七点半才起。", "我几点起床？"),
        ("我在备考注会。", "注会考过了！", "注会怎么样了？"),
    ],
)
def test_a_thing_that_the_user_says_is_over_ends(old: str, new: str, question: str) -> None:
    with MemOS(":memory:") as memory:
        tell(memory, old, new)
        _newest_holds(memory, question)


def _newest_holds(memory: MemOS, question: str) -> None:
    assert not [m.text for m in memory.list_memories(**WHO, kinds=["preference", "fact"]) if m.sources == ("old",)]
    recall = memory.search_memory(question, **WHO)
    places = [one.memory.sources for one in recall.memories]
    assert places.index(("new",)) < places.index(("old",)) if ("old",) in places else ("new",) in places


@pytest.mark.parametrize(("told", "question", "line"), [("我骑车上班。", "我怎么去上班？", "骑车"), ("I cycle.", "Do I cycle?", "cycl")])
def test_what_is_said_in_a_word_is_told(memory: MemOS, told: str, question: str, line: str) -> None:
    memory.add_message(user(told, "m1"), conversation_id="c", **WHO)
    memory.wait(timeout=120)
    assert line in memory.search_memory(question, **WHO).instruction.text
