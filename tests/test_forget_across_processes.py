"""What one process forgets does not come back from another that is working on it at that moment."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS, Settings
from memos_integrations.embeddings import CallableEmbedder, HashingEmbedder
from memos_integrations.stores.base import Record, ScanQuery
from memos_integrations.stores.sqlite import SQLiteStore

from .turns import turn, user

WHO: dict[str, Any] = {"user_id": "alice", "conversation_id": "c"}
OFF = Settings(worker="off")

# Works the queue off; before each answer of a model or extractor it tells what it is about to do, and waits.
WORKER = textwrap.dedent(
    """
    import json, sys
    from memos_integrations import MemOS, Settings
    from memos_integrations.core.rules import RuleExtractor
    from memos_integrations.embeddings import CallableEmbedder, HashingEmbedder

    def told(what):
        print(what, flush=True)
        sys.stdin.readline()

    class Extractor:
        def extract(self, turns):
            told("extract")
            return RuleExtractor().extract(turns)

    def embed(texts):
        told("embed " + json.dumps(texts))
        return HashingEmbedder(64).embed_documents(texts)

    def ask(prompt):
        told("ask")
        return sys.argv[2]

    memory = MemOS(sys.argv[1], embedder=CallableEmbedder(embed, name="slow"), llm=ask, extractor=Extractor(), settings=Settings(worker="off"))
    while memory.pending():
        memory.drain()
    assert not memory.failed(), memory.failed()
    memory.close()
    print("done", flush=True)
    """
)


def while_working(path: Path, answer: dict[str, Any], when: Callable[[str], bool], then: Callable[[], None]) -> list[str]:
    """Run the worker, and do something the first time that it stands where ``when`` says. Returns where it stood."""
    command = [sys.executable, "-W", "error", "-c", WORKER, str(path), json.dumps(answer)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    stood: list[str] = []
    waiting = True
    try:
        for line in process.stdout:
            if line.strip() == "done":
                break
            stood.append(line.strip())
            if waiting and when(line):
                waiting = False
                then()
            process.stdin.write("\n")
            process.stdin.flush()
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 0, errors
    assert not waiting, f"it was never there: {stood}"
    return stood


def records(path: Path) -> list[Record]:
    with closing(SQLiteStore(path)) as store:
        keys = tuple(row.key for row in store.namespaces())
        return list(store.scan(ScanQuery(namespaces=keys, statuses=(), limit=1000, with_index=True)).records)


def bytes_of(path: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(path.parent.glob(f"{path.name}*")))


CASES = [
    ("I'm allergic to mango.", "Keep answers short, please.", "mango allergy", "mango", "I'm allergic to mango"),
    ("我对芒果过敏。", "回答请简短一点。", "芒果过敏", "芒果", "我对芒果过敏"),
]
MOMENTS: list[tuple[str, Callable[[str, str], bool]]] = [
    ("it reads the turns", lambda line, gone: line.startswith("extract")),
    ("it embeds what it learnt", lambda line, gone: line.startswith("embed") and gone not in json.loads(line[6:])),
    ("it embeds the turns", lambda line, gone: line.startswith("embed") and gone in json.loads(line[6:])),
    ("the model thinks", lambda line, gone: line.startswith("ask")),
]


@pytest.mark.parametrize("at", [when for _, when in MOMENTS], ids=[name for name, _ in MOMENTS])
@pytest.mark.parametrize(("gone", "kept", "query", "word", "quote"), CASES, ids=["en", "zh"])
def test_forgotten_while_another_process_works_on_it(
    tmp_path: Path, at: Callable[[str, str], bool], gone: str, kept: str, query: str, word: str, quote: str
) -> None:
    path = tmp_path / "memory.db"
    item = {"kind": "preference", "turn": 1, "quote": quote, "text": quote, "polarity": "avoids", "object": word, "slot": "food.allergy"}
    with MemOS(path, embedder=None, settings=OFF) as memory:
        # known already, and said once more: the worker would put the known one again
        memory.add_message(user(gone, "m0"), user_id="alice", conversation_id="before")
        memory.drain()
        memory.add_message([user(gone, "m1"), turn("assistant", "OK.", "m2"), user(kept, "m3")], **WHO)

        def forget() -> None:
            memory.forget(query=query, user_id="alice")

        stood = while_working(path, {"memories": [item]}, lambda line: at(line, gone), forget)
        assert any(line.startswith("embed") for line in stood)
    with MemOS(path, embedder=CallableEmbedder(HashingEmbedder(64).embed_documents, name="slow"), settings=OFF) as memory:
        memory.drain()  # what a process without an embedder changed
        assert memory.pending() == 0
    found = records(path)
    assert all(word not in json.dumps([r.text, r.payload, r.terms], default=dict, ensure_ascii=False) for r in found)
    live = {r.text: r for r in found if r.kind == "episode" and r.status == "active"}
    assert kept in live and gone not in live
    assert all(not r.vectors for r in found if r.status == "deleted")
    # the turn after it was to be embedded together with it
    assert live["OK."].vectors[0] == pytest.approx(HashingEmbedder(64).embed_query("OK."), abs=1e-6)
    assert any(r.kind == "preference" and kept[:4] in r.payload["evidence"][0]["quote"] for r in found)  # type: ignore[index,call-overload,operator]
    assert word.encode() not in bytes_of(path)


def test_a_scope_that_was_forgotten_as_a_whole_stays_empty(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    with MemOS(path, embedder=None, settings=OFF) as memory:
        memory.add_message([user("I'm allergic to mango.", "m1"), user("I live in Ghent.", "m2")], **WHO)
        while_working(path, {"memories": []}, lambda line: line.startswith("embed"), lambda: _forget_all(memory))
        assert len(memory.list_memories(user_id="alice", status="any")) == 0
        assert memory.pending() == 0
    assert {r.kind for r in records(path)} == {"tombstone"}
    assert b"mango" not in bytes_of(path) and b"Ghent" not in bytes_of(path)


def _forget_all(memory: MemOS) -> None:
    memory.forget(user_id="alice")


def test_words_that_are_changed_by_hand_meanwhile_are_not_learnt_over(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    with MemOS(path, embedder=None, settings=OFF) as memory:
        memory.add_message(user("I live in Ghent.", "m1", "2026-01-01T10:00:00Z"), user_id="alice", conversation_id="before")
        memory.drain()
        [home] = memory.list_memories(user_id="alice", kinds=["fact"])
        memory.add_message(user("I live in Bruges.", "m2", "2026-02-01T10:00:00Z"), **WHO)

        def change() -> None:
            memory.update(home.id, metadata={"checked": True}, user_id="alice")

        while_working(path, {"memories": []}, lambda line: line.startswith("extract"), change)
        story = memory.history(home.id, user_id="alice")
        assert any(e.memory.metadata == {"checked": True} for e in story.versions if e.memory.id == home.id)
        assert any("Bruges" in m.text for m in memory.list_memories(user_id="alice", kinds=["fact"], status="any"))
