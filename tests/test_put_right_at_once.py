"""What the user said just before is put right or taken back by a turn that does not name it: "no, it's Tuesdays", 刚才那个忘掉."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from memos_integrations import MemOS, Settings

from .turns import turn, user

WHO: dict[str, Any] = {"user_id": "ann"}
RIGHTED = [
    ("My yoga class is on Mondays.", "Noted.", "No, it's Tuesdays.", "Monday", "Tuesday"),
    ("My sister's name is Clara.", "Nice name.", "Sorry, I meant Carla.", "Clara", "Carla"),
    ("I was born in 1985.", "Got it.", "Oops, 1986.", "1985", "1986"),
    ("My landlord is Mr Fox.", "Got it! Anything else?", "No, Mr Cox.", "Fox", "Cox"),
    ("My rent is 700.", "700 a month, noted.", "Correction: 750.", "700", "750"),
    ("我的瑜伽课在周一。", "好的。", "不对，是周二。", "周一", "周二"),
    ("我姐姐叫小兰。", "好名字。", "打错了，是小岚。", "小兰", "小岚"),
    ("我的房东姓胡。", "好的。", "不是姓胡，姓吴。", "姓胡", "姓吴"),
    ("我的航班九点起飞。", "好。", "说错了，是十点。", "九点", "十点"),
]
TAKEN_BACK = [
    ("I love sushi.", "Noted!", "Actually, forget I said that.", "sushi"),
    ("I live at 12 Elm Road.", "Got it.", "Forget that, please.", "Elm"),
    ("I play the harp and I'm 52.", "Lovely.", "Delete that from your memory.", "harp"),
    ("我住在榆树路12号。", "好的。", "刚才那个忘掉。", "榆树"),
    ("我爱吃寿司。", "记下了。", "当我没说。", "寿司"),
    ("我弟弟在闹离婚。", "抱歉听到这个。", "这个别记了。", "离婚"),
]
SAYS_NOTHING_OF_IT = [
    ("I hate olives.", "Shall I order pizza?", "Forget that, let's cook.", "olives"),
    ("I hate olives.", "Noted.", "Forget it, I'll do it myself.", "olives"),
    ("My flight leaves at nine.", "Lunch is at one.", "No, it's at two.", "nine"),
    ("My dog is called Rufus.", "Is he a beagle?", "No, he's a pug.", "Rufus"),
    ("我讨厌橄榄。", "要订披萨吗？", "算了，我自己来。", "橄榄"),
    ("我的航班九点起飞。", "午饭是一点。", "不对，是两点。", "九点"),
]


@pytest.fixture
def memory() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as opened:
        yield opened


def talk(said: str, answer: str, then: str) -> list[dict[str, Any]]:
    return [
        user("I'm afraid of dogs." if said.isascii() else "我怕狗。"),
        turn("assistant", "…"),
        user(said),
        turn("assistant", answer),
        user(then),
    ]


def learnt(memory: MemOS) -> str:
    return "\n".join(one.text for one in memory.list_memories(kinds=["fact", "preference"], **WHO))


@pytest.fixture(params=["at once", "one by one", "no conversation"])
def tell(request: pytest.FixtureRequest, memory: MemOS) -> Any:
    def told(messages: list[dict[str, Any]]) -> None:
        where: dict[str, Any] = {} if request.param == "no conversation" else {"conversation_id": "c"}
        for batch in [messages] if request.param == "at once" else [[message] for message in messages]:
            memory.add_message(batch, **where, **WHO)
            memory.wait(timeout=120)

    return told


@pytest.mark.parametrize(("said", "answer", "then", "gone", "right"), RIGHTED)
def test_it_is_put_right(memory: MemOS, tell: Any, said: str, answer: str, then: str, gone: str, right: str) -> None:
    tell(talk(said, answer, then))
    assert gone not in learnt(memory)
    assert right in learnt(memory)
    assert ("dogs" if said.isascii() else "狗") in learnt(memory)
    (one, *_) = [m for m in memory.list_memories(kinds=["fact", "preference"], **WHO) if right in m.text]
    assert any(gone in entry.memory.text for entry in memory.history(one.id).versions)


@pytest.mark.parametrize(("said", "answer", "then", "gone"), TAKEN_BACK)
def test_it_is_taken_back(memory: MemOS, tell: Any, said: str, answer: str, then: str, gone: str) -> None:
    tell(talk(said, answer, then))
    assert gone not in learnt(memory)
    assert ("dogs" if said.isascii() else "狗") in learnt(memory)
    assert gone not in memory.search_memory(said, **WHO).instruction.text


@pytest.mark.parametrize(("said", "answer", "then", "kept"), SAYS_NOTHING_OF_IT)
def test_what_speaks_of_the_answer_changes_nothing(memory: MemOS, tell: Any, said: str, answer: str, then: str, kept: str) -> None:
    tell(talk(said, answer, then))
    assert kept in memory.search_memory(said, **WHO).instruction.text
    assert kept in learnt(memory) or "flight" in said or "航班" in said


@pytest.mark.parametrize(
    ("game", "answer", "between", "right", "word"),
    [
        (
            "Let's role-play. You are a pirate and I am a captain.",
            "Arr!",
            "You like nuts, then.",
            "Actually, no, I'm allergic to nuts.",
            "nuts",
        ),
        ("我们来玩角色扮演，你是海盗，我是船长。", "好的，船长！", "那你喜欢吃坚果。", "不对，我对坚果过敏。", "坚果"),
    ],
)
@pytest.mark.parametrize("sizes", [(5,), (3, 2), (1, 1, 1, 1, 1), (2, 3)], ids=str)
def test_what_is_put_right_in_a_game_is_no_word_of_the_users_whatever_calls_it_came_in(
    game: str, answer: str, between: str, right: str, word: str, sizes: tuple[int, ...]
) -> None:
    talk = [("user", game), ("assistant", answer), ("user", "Aye."), ("assistant", between), ("user", right)]
    turns = iter([{"role": role, "content": text} for role, text in talk])
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        for size in sizes:
            memory.add_message([next(turns) for _ in range(size)], user_id="alice", conversation_id="c")
        assert word not in str([m.text for m in memory.list_memories(kinds=["preference", "fact"], user_id="alice")])
