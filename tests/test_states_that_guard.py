"""What harms if it is neglected stands in every prompt: aids and senses, illnesses, phobias and faith of the user, and nobody else's."""

from __future__ import annotations

import pytest

from memos_integrations import MemOS
from memos_integrations.types import Preference


def states(said: str) -> tuple[list[Preference], str]:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message({"role": "user", "content": said}, user_id="u", conversation_id="c")
        memory.wait(timeout=30)
        found = [m for m in memory.list_memories(user_id="u", kinds=["preference"]) if isinstance(m, Preference)]
        return found, memory.search_memory("Plan my day", user_id="u").instruction.head


@pytest.mark.parametrize(
    ("said", "slot", "line"),
    [
        ("I use a wheelchair.", "access.needs", "Take into account: the user relies on a wheelchair."),
        ("Hi! I'm colour-blind, by the way.", "access.needs", "Take into account: the user is colour-blind."),
        ("I have type 2 diabetes.", "health.condition", "Take into account: the user has type 2 diabetes."),
        ("I’m pregnant.", "health.condition", "Take into account: the user is pregnant."),
        ("I'm terrified of heights.", "health.condition", "Avoid heights: the user is afraid of that."),
        ("I'm a practising Muslim.", "beliefs.faith", "Respect the user's faith: Muslim."),
        ("我坐轮椅。", "access.needs", "请考虑到用户依靠轮椅。"),
        ("我是色盲。", "access.needs", "请考虑到用户是色盲。"),
        ("我有糖尿病。", "health.condition", "请考虑到用户有糖尿病。"),
        ("我恐高。", "health.condition", "避免触发用户的恐高。"),
        ("我有高血壓。", "health.condition", "请考虑到用户有高血壓。"),
        ("我是穆斯林。", "beliefs.faith", "尊重用户的信仰：穆斯林。"),
    ],
)
def test_a_state_of_the_user_is_a_standing_preference_once(said: str, slot: str, line: str) -> None:
    found, head = states(said)
    assert [(m.slot, m.standing, m.origin) for m in found] == [(slot, True, "explicit")]
    assert line.rstrip(".。") in head


@pytest.mark.parametrize(
    "said",
    [
        "I don't have diabetes.",
        "My mum has diabetes.",
        "If I had asthma, what should I do?",
        "Do I have epilepsy?",
        'He said "I have epilepsy".',
        "I have a question about asthma.",
        "I'm writing about how blind people read.",
        "我没有高血压。",
        "我妈妈有糖尿病。",
        "我是不是有糖尿病？",
        "如果我有哮喘怎么办？",
        "他说：“我有癫痫。”",
        "我坐高铁去。",
    ],
)
def test_nobody_else_s_and_nothing_asked_denied_or_supposed(said: str) -> None:
    found, head = states(said)
    assert found == [] and head == ""
