"""Of what was said in one sentence, only that ends which is over: the rest stays, and is told without it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from memos_integrations import MemOS

from .turns import user

WHO: dict[str, Any] = {"user_id": "ann"}


@pytest.fixture
def memory() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as opened:
        yield opened


def tell(memory: MemOS, *texts: str) -> None:
    for month, text in enumerate(texts, 1):
        memory.add_message([user(text, f"m{month}", f"2026-{month:02}-10T10:00:00Z")], conversation_id=f"c{month}", **WHO)
        memory.wait(timeout=120)


def learnt(memory: MemOS) -> str:
    return "\n".join(one.text for one in memory.list_memories(kinds=["fact", "preference"], **WHO))


@pytest.mark.parametrize(
    ("old", "new", "gone", "kept"),
    [
        ("I live in Bergen and I play the cello.", "I've moved to Oslo.", "Bergen", "cello"),
        ("I hate coriander and I live in Bergen.", "I've moved to Oslo.", "Bergen", "coriander"),
        ("I drive an old Volvo and I have two kids.", "I traded the Volvo for a Kia.", "drives", "two kids"),
        ("By the way, I live in Bergen and my brother is a pilot.", "I moved to Oslo last week.", "Bergen", "pilot"),
        ("I go running on Tuesdays.", "I go running on Mondays now, and don't suggest seafood.", "Tuesday", "seafood"),
        ("I use Firefox and I work for a museum.", "I switched from Firefox to Vivaldi.", "uses Firefox", "museum"),
        ("我讨厌香菜，我的电话是13811112222。", "我的电话换成13933334444了。", "13811112222", "香菜"),
        ("我住在青岛，我有两个孩子。", "我搬到大连了。", "青岛", "孩子"),
        ("我讨厌香菜，我在学葡萄牙语。", "我不学葡萄牙语了，现在学希腊语。", "在学葡萄牙语", "香菜"),
        ("我住在青岛。", "我搬到大连了，还有，请用公制单位。", "青岛", "公制"),
    ],
)
def test_what_else_the_sentence_said_stays(memory: MemOS, old: str, new: str, gone: str, kept: str) -> None:
    tell(memory, old, new)
    assert gone not in learnt(memory)
    assert kept in learnt(memory)


@pytest.mark.parametrize(
    ("old", "new", "query", "gone", "kept"),
    [
        ("I live in Bergen and I play the cello.", "I've moved to Oslo.", "Which instrument do I play?", "Bergen", "cello"),
        ("I live in Bergen. I keep bees on the roof.", "I've moved to Oslo.", "What do I keep on the roof?", "Bergen", "bees"),
        ("我住在青岛。我在屋顶养蜂。", "我搬到大连了。", "我在屋顶养什么？", "青岛", "蜂"),
    ],
)
def test_the_rest_of_the_turn_is_told_without_what_is_over(memory: MemOS, old: str, new: str, query: str, gone: str, kept: str) -> None:
    tell(memory, old, new)
    told = memory.search_memory(query, **WHO).instruction.text
    assert kept in told
    assert gone not in told
    assert gone in memory.search_memory(query, as_of="2026-01-20T00:00:00Z", **WHO).instruction.text
    assert gone in memory.search_memory("Where did I live before?" if kept.isascii() else "我以前住哪？", **WHO).instruction.text


def test_what_ended_part_by_part_is_over(memory: MemOS) -> None:
    tell(memory, "I live in Bergen and I drive an old Volvo.", "I've moved to Oslo.", "I sold the Volvo.")
    told = memory.search_memory("Tell me where I live and what I drive.", **WHO).instruction.text
    assert "Bergen" not in told
    assert "old Volvo" not in told


@pytest.mark.parametrize(("home", "moved"), [("I come from Ghent.", "I've moved to Bruges."), ("我老家在海南。", "我搬到大连了。")])
def test_where_one_comes_from_stays_where_one_moves(memory: MemOS, home: str, moved: str) -> None:
    tell(memory, home, moved)
    assert ("Ghent" if home.isascii() else "海南") in learnt(memory)
