"""What only sounds like a wish leaves nothing; the wishes beside it do."""

from __future__ import annotations

from typing import Any

import pytest

from .turns import turn, user

NONE = [
    "可以可以",
    "好好好，行行",
    "I like that idea.",
    "I love your suggestion!",
    "Great, I really like the plan.",
    "I hate to bother you again.",
    "I hate it when that happens.",
    "I'd prefer not to say.",
    "I'd like to return these shoes.",
    "I would like a refund.",
    "I'd love to know what it costs.",
    "One mushroom risotto, please.",
    "Hello! Three lemon teas to go, thanks.",
    "I'll take the blue one.",
    "Could we get two lattes and a scone?",
    "I'd like a slice of the plum tart, please.",
    "All right, just this once. Doughnuts.",
    "No need to answer if you're in a meeting.",
    "Please don't trouble yourself over the layout.",
    "You shouldn't have gone to such lengths!",
    "Feel free to ask if my notes are unclear.",
    "I like your optimism.",
    "I don't want to keep you.",
    "Thx you saved me an hour",
    "fab. off to the shop",
    "What goes with celeriac?",
    "One more question please, a nasty one",
    "Baby naps at one so something quiet",
    "Tell me about lighthouses",
    "Thanks for keeping me calm, I panic easily",
    "这个主意我很喜欢。",
    "我很喜欢你的建议。",
    "不好意思，我不想麻烦你。",
    "我想退款。",
    "我想查一下订单。",
]
WISHES = [
    ("好，以后都用中文", "中文"),
    ("I like short answers.", "short answers"),
    ("I'd like you to always answer in French.", "French"),
    ("I'd like a quiet room whenever I travel.", "quiet room"),
    ("I hate cold coffee.", "cold coffee"),
    ("The usual: one ginger tea, as always.", "ginger tea"),
    ("I normally just have porridge in the morning.", "porridge"),
    ("No raisins, please.", "raisins"),
    ("No need to thank me every time.", "thank"),
    ("Feel free to be blunt in every review.", "blunt"),
    ("我喜欢简短的回答。", "简短"),
    ("我讨厌冷咖啡。", "冷咖啡"),
    ("以后我都要靠窗的座位。", "靠窗"),
]


@pytest.mark.parametrize("text", NONE)
def test_pleasantries_and_errands_are_no_preferences(memory: Any, text: str) -> None:
    memory.add_message([user(text), turn("assistant", "OK.")], user_id="alice")
    memory.wait(timeout=30)
    assert list(memory.list_memories(user_id="alice", kinds=["preference"])) == []


@pytest.mark.parametrize(("text", "wish"), WISHES)
def test_wishes_that_sound_alike_are_kept(memory: Any, text: str, wish: str) -> None:
    memory.add_message([user(text), turn("assistant", "OK.")], user_id="alice")
    memory.wait(timeout=30)
    assert wish in " ".join(m.text for m in memory.list_memories(user_id="alice", kinds=["preference"]))


@pytest.mark.parametrize("text", ["I love fish.", "I like the squirrel fish from the old shop.", "I prefer soft eggs.", "我爱吃鱼。"])
def test_a_taste_does_not_stand_in_every_prompt(memory: Any, text: str) -> None:
    memory.add_message(user(text), user_id="alice")
    memory.wait(timeout=30)
    assert len(memory.list_memories(user_id="alice", kinds=["preference"])) == 1
    assert memory.search_memory("Fix my code", user_id="alice").instruction.head == ""


@pytest.mark.parametrize("text", ["I keep kosher.", "I don't eat fish.", "I'm on a low-salt diet.", "I only eat halal meat.", "我吃素。"])
def test_a_diet_does(memory: Any, text: str) -> None:
    memory.add_message(user(text), user_id="alice")
    memory.wait(timeout=30)
    assert memory.search_memory("Fix my code", user_id="alice").instruction.head != ""
