"""The full history that a recall is measured against is exact: it counts each turn that is held, once, whatever happened."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS, Scope, Settings
from memos_integrations.core.text import estimate_tokens

from .test_durability import start
from .turns import turn, user

ALICE: dict[str, Any] = {"user_id": "alice"}
TALK = [
    user("My dog Biscuit is afraid of thunder.", "m1"),
    turn("assistant", "Poor thing! A quiet room helps.", "m2"),
    user("我对花生过敏。I park in bay 17.", "m3"),
]


def history(memory: Any, **who: Any) -> int:
    tokens: int = memory.search_memory("thunder", **(who or ALICE)).ledger.tokens_history
    return tokens


def said(*texts: str) -> int:
    return sum(estimate_tokens(text) for text in texts)


ALL = said(*(str(t["content"]) for t in TALK))


def test_it_counts_from_the_receipt_on_and_not_twice(memory: Any) -> None:
    assert history(memory) == 0
    receipt = memory.add_message(TALK, conversation_id="c", **ALICE)
    assert history(memory) == ALL
    memory.wait(receipt, timeout=30)
    memory.add_message(TALK, conversation_id="c", **ALICE)
    memory.wait(timeout=30)
    assert history(memory) == ALL
    assert history(memory, user_id="eve") == 0
    recall = memory.search_memory("thunder", kinds=["episode"], **ALICE)
    assert recall.ledger.tokens_history == ALL


def test_it_follows_what_is_changed_forgotten_and_moved(memory: Any) -> None:
    memory.add_message(TALK, conversation_id="c", **ALICE)
    memory.add_message(user("My dog Biscuit is afraid of thunder and of balloons.", "m1"), conversation_id="c", **ALICE)
    memory.wait(timeout=30)
    changed = said("My dog Biscuit is afraid of thunder and of balloons.", *(str(t["content"]) for t in TALK[1:]))
    assert history(memory) == changed
    memory.forget(query="花生过敏", **ALICE)
    rest = [m.text for m in memory.list_memories(kinds=["episode"], **ALICE)]
    assert len(rest) == 3 and all("花生" not in text for text in rest)
    assert history(memory) == said(*rest) < changed
    first = next(m for m in memory.list_memories(kinds=["episode"], **ALICE) if "Biscuit" in m.text)
    memory.promote(first.id, to=Scope(team="crew"))
    assert history(memory, team="crew") == said(first.text)
    assert history(memory) == said(*rest) - said(first.text)
    memory.restore(first.id)
    assert history(memory) == said(*rest)
    memory.forget(**ALICE)
    assert history(memory) == 0


def test_it_is_counted_by_the_counter_given(open_memory: Callable[..., Any]) -> None:
    memory = open_memory(token_counter=len)
    memory.add_message(TALK, **ALICE)
    assert history(memory) == sum(len(t["content"]) for t in TALK)


def test_it_moves_with_an_export(memory: Any, tmp_path: Path) -> None:
    memory.add_message(TALK, **ALICE)
    memory.wait(timeout=30)
    with MemOS(tmp_path / "other.db", embedder=None) as other:
        lines = list((memory if isinstance(memory, MemOS) else memory.sync).export_records())
        other.import_records(lines)
        assert history(other) == ALL
        other.import_records(lines)
        assert history(other) == ALL
        for line in lines:
            line.get("record", {}).pop("tokens", None)  # type: ignore[union-attr]  # an export from before they were kept
    with MemOS(tmp_path / "third.db", embedder=None) as third:
        third.import_records(lines)
        assert history(third) == ALL


@pytest.mark.parametrize("after", [3, 40])
def test_a_kill_does_not_unsettle_it(tmp_path: Path, after: int) -> None:
    path = tmp_path / "memory.db"
    process: subprocess.Popen[str] = start(path, "w")
    assert process.stdout is not None
    for _ in range(after):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with MemOS(path, embedder=None) as memory:
        before = history(memory)
        memory.wait(timeout=60)
        texts: list[str] = []
        cursor: str | None = None
        while True:
            page = memory.list_memories(kinds=["episode"], cursor=cursor, limit=500, **ALICE)
            texts += [m.text for m in page]
            cursor = page.cursor
            if cursor is None:
                break
        assert len(texts) >= after
        assert history(memory) == before == said(*texts)


def test_nothing_is_counted_by_the_worker(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom memos_integrations import MemOS, Settings\n"
        "with MemOS(sys.argv[1], embedder=None, settings=Settings(worker='off')) as memory:\n"
        "    memory.add_message({'role': 'user', 'content': 'I live in Ghent.'}, user_id='alice')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "m.db")], check=True)
    with MemOS(tmp_path / "m.db", embedder=None, settings=Settings(worker="off")) as memory:
        assert history(memory) == said("I live in Ghent.")
        memory.drain()
        assert history(memory) == said("I live in Ghent.")
