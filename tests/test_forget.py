"""``forget`` takes what was asked for, everywhere, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS

from .turns import turn, user

ALICE = {"user_id": "alice"}


def everything(memory: Any, query: str) -> str:
    parts: list[str] = []
    for status in ("active", "superseded", "merged", "archived"):
        parts += [m.model_dump_json() for m in memory.list_memories(status=status, **ALICE)]
    recall = memory.search_memory(query, limit=50, include_archived=True, **ALICE)
    parts += [recall.instruction.text, *(r.memory.model_dump_json() for r in recall.memories)]
    return "\n".join(parts)


CASES = [
    ("I'm allergic to mango.", "I park in bay 17.", "mango allergy", "mango", "17"),
    ("我对芒果过敏。", "我的车停在17号位。", "芒果过敏", "芒果", "17"),
]


@pytest.mark.parametrize(("gone", "kept", "query", "word", "stays"), CASES)
def test_by_query_the_rest_stays(memory: Any, gone: str, kept: str, query: str, word: str, stays: str) -> None:
    memory.add_message([user(gone, "m1"), turn("assistant", "OK", "m2"), user(kept, "m3")], **ALICE)
    memory.wait(timeout=30)
    assert word in everything(memory, gone)
    receipt = memory.forget(query=query, **ALICE)
    assert {d.action for d in receipt.decisions} == {"forgotten"}
    assert word not in everything(memory, gone)
    assert stays in everything(memory, kept)


@pytest.mark.parametrize(("gone", "kept", "query", "word", "stays"), CASES)
def test_what_was_forgotten_is_not_learnt_again_when_sent_again(
    memory: Any, gone: str, kept: str, query: str, word: str, stays: str
) -> None:
    batch = [user(gone, "m1", "2026-03-02T09:00:00Z"), user(kept, "m2", "2026-03-02T09:01:00Z")]
    memory.add_message(batch, **ALICE)
    memory.wait(timeout=30)
    memory.forget(query=query, **ALICE)
    memory.add_message(batch, **ALICE)
    memory.add_message(user(gone, "m1"), **ALICE)
    memory.wait(timeout=30)
    assert word not in everything(memory, gone)


def test_said_anew_afterwards_it_counts(memory: Any) -> None:
    memory.add_message(user("I'm allergic to mango.", "m1"), **ALICE)
    memory.wait(timeout=30)
    memory.forget(query="mango allergy", **ALICE)
    memory.add_message(user("I'm allergic to mango.", "m2"), **ALICE)
    memory.wait(timeout=30)
    assert any("mango" in m.text for m in memory.list_memories(kinds=["preference", "fact"], **ALICE))


def test_a_turn_takes_along_what_was_learnt_from_it(memory: Any) -> None:
    receipt = memory.add_message(user("Always answer in rhymes."), **ALICE)
    memory.wait(timeout=30)
    assert "rhymes" in memory.search_memory("tides", **ALICE).instruction.head
    memory.forget(receipt.episode_ids[0], **ALICE)
    assert "rhymes" not in everything(memory, "rhymes")
    assert memory.search_memory("tides", **ALICE).instruction.head == ""


def test_a_memory_takes_along_its_words_but_not_its_neighbours(memory: Any) -> None:
    memory.add_message(user("I'm allergic to mango. My bike is a green Hercules."), **ALICE)
    memory.wait(timeout=30)
    ids = [m.id for m in memory.list_memories(kinds=["preference"], **ALICE) if "mango" in m.text]
    assert ids
    memory.forget(ids, **ALICE)
    text = everything(memory, "mango bike")
    assert "mango" not in text
    assert "Hercules" in text


def test_a_following_turn_is_no_longer_found_by_forgotten_words(memory: Any) -> None:
    receipt = memory.add_message([user("The xylograph is broken.", "m1"), turn("assistant", "Noted.", "m2")], conversation_id="c", **ALICE)
    memory.wait(timeout=30)
    memory.forget(receipt.episode_ids[0], **ALICE)
    memory.wait(timeout=30)
    assert memory.search_memory("xylograph", **ALICE).memories == ()


def test_all_of_a_scope_goes_and_is_not_taken_in_again(memory: Any) -> None:
    batch = [user("I'm allergic to mango.", "m1", "2026-03-02T09:00:00Z")]
    memory.add_message(batch, **ALICE)
    memory.add_message(user("I'm allergic to mango."), user_id="bob")
    memory.wait(timeout=30)
    memory.forget(**ALICE)
    assert len(memory.list_memories(**ALICE)) == 0
    memory.add_message(batch, **ALICE)
    memory.wait(timeout=30)
    assert "mango" not in everything(memory, "mango")
    assert len(memory.list_memories(user_id="bob")) >= 2


def test_the_bytes_are_gone_from_the_closed_file(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    with MemOS(path, embedder=None) as memory:
        memory.add_message([user("My passport is Zyxomatic."), user("Keep the Lighthouse.")], user_id="alice")
        memory.wait(timeout=30)
        memory.forget(query="passport", user_id="alice")
    data = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert b"Zyxomatic" not in data
    assert b"Lighthouse" in data


def test_forgetting_survives_a_new_start(open_memory: Callable[..., Any]) -> None:
    first = open_memory()
    first.add_message(user("I'm allergic to mango.", "m1"), **ALICE)
    first.wait(timeout=30)
    first.forget(query="mango allergy", **ALICE)
    first.close()
    second = open_memory()
    second.add_message(user("I'm allergic to mango.", "m1"), **ALICE)
    second.wait(timeout=30)
    assert "mango" not in everything(second, "mango")
