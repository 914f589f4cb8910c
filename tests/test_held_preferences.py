"""What is held ready for a view follows every change of its preferences, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS, Scope, Settings
from memos_integrations.embeddings import HashingEmbedder

WHO: dict[str, Any] = {"user_id": "alice", "conversation_id": "c"}


@pytest.fixture
def handles(tmp_path: Path) -> Iterator[tuple[MemOS, MemOS]]:
    """Two on one file, as two processes would be."""
    with ExitStack() as stack:
        one, two = (MemOS(str(tmp_path / "m.db"), embedder=HashingEmbedder(64), settings=Settings(worker="inline")) for _ in range(2))
        yield stack.enter_context(one), stack.enter_context(two)


def tell(memory: MemOS, text: str) -> None:
    memory.add_message({"role": "user", "content": text}, **WHO)


def head(memory: MemOS, query: str = "hello", who: str = "alice") -> str:
    return memory.search_memory(query, user_id=who).instruction.head


@pytest.mark.parametrize(
    ("first", "second", "word", "turn"),
    [
        ("I'm allergic to peanuts.", "Always answer in French.", "French", "The train was late."),
        ("我对花生过敏。", "以后都用法语回答我。", "法语", "火车晚点了。"),
    ],
)
def test_the_head_follows_what_others_learn_and_forget(handles: tuple[MemOS, MemOS], first: str, second: str, word: str, turn: str) -> None:
    one, two = handles
    tell(one, first)
    before = head(one)
    assert before
    assert word not in before
    tell(two, turn)
    assert head(one) == before
    tell(two, second)
    assert word in head(one)
    [french] = [m for m in two.list_memories(kinds=["preference"], user_id="alice") if word in m.text]
    two.forget(french.id, user_id="alice")
    assert head(one) == before


@pytest.mark.parametrize(
    ("wish", "turn", "query", "word"),
    [
        ("I love olives.", "The train was late.", "Which olives should I buy?", "olives"),
        ("我爱吃橄榄。", "火车晚点了。", "买什么橄榄好？", "橄榄"),
    ],
)
def test_a_wish_of_another_handle_is_weighed_at_once_and_no_more_once_it_is_gone(
    handles: tuple[MemOS, MemOS], wish: str, turn: str, query: str, word: str
) -> None:
    one, two = handles
    tell(one, turn)
    assert word not in one.search_memory(query, user_id="alice").instruction.tail
    tell(two, wish)
    assert [p.text for p in one.search_memory(query, user_id="alice").preferences] != []
    two.delete_namespace(user_id="alice")
    tell(two, turn)
    assert one.search_memory(query, user_id="alice").preferences == []
    assert word not in one.search_memory(query, user_id="alice").instruction.text


def test_a_namespace_that_was_granted_is_followed_too(handles: tuple[MemOS, MemOS]) -> None:
    one, two = handles

    def seen(query: str) -> str:
        recall = two.search_memory(query, user_id="bob")
        assert recall.instruction.head == ""  # what is another's commands nobody
        return " ".join(found.memory.text for found in recall.memories)

    tell(one, "I'm allergic to peanuts.")
    one.grant(Scope(user_id="alice"), to=Scope(user_id="bob"))
    assert "peanuts" in seen("Who is allergic to peanuts?")
    tell(one, "Always answer in French.")
    assert "French" in seen("Should I answer in French?")
    one.revoke(Scope(user_id="alice"), to=Scope(user_id="bob"))
    assert seen("Who is allergic to peanuts?") == ""


@pytest.mark.parametrize(
    ("gone", "wish", "query", "word"),
    [
        ("I prefer olive oil when I cook.", "I prefer window seats when I fly.", "Book me a flight.", "window"),
        ("我做菜的时候喜欢用橄榄油。", "我坐飞机的时候喜欢靠窗的座位。", "帮我订一张机票，坐飞机去北京。", "靠窗"),
    ],
)
def test_ids_that_come_again_after_all_was_forgotten_bring_no_old_wish_along(
    handles: tuple[MemOS, MemOS], gone: str, wish: str, query: str, word: str
) -> None:
    one, two = handles

    def told(memory: MemOS, who: str, *texts: str) -> str:
        for text in texts:
            if text != texts[0]:
                memory.delete_namespace(user_id=who)
            memory.add_message({"role": "user", "content": text, "id": "m1"}, user_id=who, conversation_id="c")
            answer = memory.search_memory(query, user_id=who).instruction.text
        return answer

    fresh = told(two, "bob", wish)
    assert word in fresh
    assert told(one, "alice", gone, wish) == fresh
