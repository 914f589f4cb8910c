"""What is known is held from task to task, and is still what all handles on the file have made of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS, Settings
from memos_integrations.embeddings import HashingEmbedder
from memos_integrations.types import Fact

INLINE = Settings(worker="inline")
WHO: dict[str, Any] = {"user_id": "alice", "conversation_id": "c"}


def opened(path: Path) -> MemOS:
    return MemOS(str(path), embedder=HashingEmbedder(64), settings=INLINE)


def tell(memory: MemOS, *words: str) -> None:
    for text in words:
        memory.add_message({"role": "user", "content": text}, **WHO)


def active(memory: MemOS, kind: Any) -> list[str]:
    return sorted(m.text for m in memory.list_memories(kinds=[kind], user_id="alice"))


@pytest.mark.parametrize(
    ("other", "first", "second", "left"),
    [
        ("I have a cat called Mo.", "I live in Lisbon.", "I live in Oslo now.", "Oslo"),
        ("我养了一只猫叫小墨。", "我住在杭州。", "我现在住在北京。", "北京"),
    ],
)
def test_what_another_handle_learnt_is_superseded_too(tmp_path: Path, other: str, first: str, second: str, left: str) -> None:
    with opened(tmp_path / "m.db") as one, opened(tmp_path / "m.db") as two:
        tell(one, other)
        tell(two, first)
        tell(one, second)
        homes = [m for m in one.list_memories(kinds=["fact"], user_id="alice") if isinstance(m, Fact) and m.attribute == "home"]
        assert [left in home.text for home in homes] == [True]


@pytest.mark.parametrize(
    ("first", "second", "third"),
    [("I love olives.", "I really love olives.", "I do love olives."), ("我喜欢吃橄榄。", "我很喜欢吃橄榄。", "我特别喜欢吃橄榄。")],
)
def test_what_another_handle_forgot_and_is_said_anew_is_learnt_anew(tmp_path: Path, first: str, second: str, third: str) -> None:
    with opened(tmp_path / "m.db") as one, opened(tmp_path / "m.db") as two:
        tell(one, first, second)
        [wish] = one.list_memories(kinds=["preference"], user_id="alice")
        assert len(wish.sources) == 2
        two.forget(wish.id, user_id="alice")
        assert active(one, "preference") == []
        tell(one, third)
        [again] = one.list_memories(kinds=["preference"], user_id="alice")
        assert again.id != wish.id
        assert len(again.sources) == 1


def test_what_another_handle_restored_is_known_again(tmp_path: Path) -> None:
    with opened(tmp_path / "m.db") as one, opened(tmp_path / "m.db") as two:
        tell(one, "I live in Lisbon.", "I live in Rome now.")
        [old] = one.list_memories(kinds=["fact"], status="superseded", user_id="alice")
        two.restore(old.id, user_id="alice")
        tell(one, "I live in Oslo now.")
        assert [("Oslo" in text) for text in active(one, "fact")] == [True]


def test_a_namespace_that_was_dropped_and_made_anew_knows_nothing_of_the_old_one(tmp_path: Path) -> None:
    with opened(tmp_path / "m.db") as one, opened(tmp_path / "m.db") as two:
        tell(one, "I love olives.")
        two.delete_namespace(user_id="alice")
        tell(one, "I love olives.")
        [wish] = one.list_memories(kinds=["preference"], user_id="alice")
        assert len(wish.sources) == 1
