"""A session is read back turn by turn, in order, without reading the others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from memos_integrations import MemOS
from memos_integrations.types import Episode

ALICE: dict[str, Any] = {"user_id": "alice"}


def turns(memory: MemOS, conversation: str, **options: Any) -> list[str]:
    page = memory.list_memories(kinds=["episode"], filter={"conversation_id": conversation}, **options, **ALICE)
    return [m.text for m in page]


def test_a_session_comes_back_in_order_and_from_its_end(idle: Any) -> None:
    for i in range(6):
        idle.add_message(
            [{"role": "user", "content": f"问题 {i}"}, {"role": "assistant", "content": f"answer {i}"}], conversation_id="c", **ALICE
        )
        idle.add_message({"role": "user", "content": f"elsewhere {i}"}, conversation_id="d", **ALICE)
        idle.add_message({"role": "user", "content": f"nowhere {i}"}, **ALICE)
    whole = [text for i in range(6) for text in (f"问题 {i}", f"answer {i}")]
    assert turns(idle, "c") == whole
    assert turns(idle, "c", newest_first=True, limit=3) == whole[:-4:-1]
    assert turns(idle, "nobody's") == []
    paged: list[str] = []
    cursor = None
    while True:
        page = idle.list_memories(kinds=["episode"], filter={"conversation_id": "c"}, newest_first=True, cursor=cursor, limit=5, **ALICE)
        paged += [m.text for m in page]
        cursor = page.cursor
        if cursor is None:
            break
    assert paged == whole[::-1]


def test_a_framework_s_own_form_of_a_turn_comes_back_whole(idle: Any) -> None:
    raw = {"type": "ai", "data": {"content": "", "tool_calls": [{"name": "book", "args": {"地点": ["a", None, 1.5]}, "id": "t1"}]}}
    idle.add_message({"role": "assistant", "content": "", "tool_calls": [{"name": "book"}], "raw": raw}, conversation_id="c", **ALICE)
    [turn] = idle.list_memories(kinds=["episode"], filter={"conversation_id": "c"}, **ALICE)
    assert isinstance(turn, Episode)
    assert turn.raw == raw


def test_turns_stand_in_the_order_they_came_in_whatever_the_clock_said(idle: Any) -> None:
    late, early = datetime(2024, 5, 2, tzinfo=UTC), datetime(2024, 5, 1, tzinfo=UTC)
    idle.add_message({"role": "user", "content": "asked first"}, conversation_id="c", now=late, **ALICE)
    idle.add_message({"role": "user", "content": "asked second"}, conversation_id="c", now=early, **ALICE)
    assert turns(idle, "c") == ["asked first", "asked second"]
