"""A file opened with no, another or a new embedder: words always work, vectors are never mixed, and there is a way out."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import EmbedderMismatch, MemOS, Settings
from memos_integrations.embeddings import CallableEmbedder, HashingEmbedder
from memos_integrations.errors import EmbedderError
from memos_integrations.stores.base import ScanQuery
from memos_integrations.stores.sqlite import SQLiteStore

from .turns import user

ALICE: dict[str, Any] = {"user_id": "alice"}
OFF = Settings(worker="off")
ONE, OTHER = HashingEmbedder(64), HashingEmbedder(96)


def spaces(path: Path) -> set[str | None]:
    """Of what models the vectors are; None: a memory has none."""
    with closing(SQLiteStore(path)) as store:
        keys = tuple(row.key for row in store.namespaces())
        found = store.scan(ScanQuery(keys, kinds=("episode", "fact", "preference"), statuses=(), limit=1000)).records
        assert found
        return {record.space for record in found if record.status != "deleted"}


def fill(memory: MemOS, *texts: str) -> None:
    for text in texts:
        memory.add_message(user(text), **ALICE)
    memory.drain()


def test_without_an_embedder_recall_says_so(open_memory: Callable[..., Any]) -> None:
    memory = open_memory(settings=OFF)
    memory.add_message(user("I'm allergic to mango."), **ALICE)
    memory.drain()
    ledger = memory.search_memory("mango", **ALICE).ledger
    assert (ledger.dense, ledger.notes) == (False, ("lexical only: no embedder",))


def test_without_an_embedder_the_log_says_so_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "memos_integrations")
    with MemOS(tmp_path / "m.db", embedder=None, settings=OFF) as memory:
        fill(memory, "I'm allergic to mango.", "I live in Ghent.")
        for _ in range(3):
            memory.search_memory("mango", **ALICE)
    assert [r.message.split(":")[0] for r in caplog.records] == ["no embedder"]


def test_what_was_written_without_an_embedder_is_filled_in_once_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    with MemOS(path, embedder=None, settings=OFF) as memory:
        fill(memory, "I'm allergic to mango.", "我住在成都。")
        memory.remember("Prefers trains", kind="preference", **ALICE)
        memory.add_message(user("I live in Ghent."), user_id="bob")
        memory.drain()
        assert memory.pending() == 0
    assert spaces(path) == {None}
    with MemOS(path, embedder=ONE) as memory:
        end = time.monotonic() + 30
        while memory.pending():
            assert time.monotonic() < end
            time.sleep(0.02)
        assert memory.search_memory("mango", **ALICE).ledger.dense
    [space] = spaces(path)
    assert space is not None and space.startswith(ONE.fingerprint)


def test_a_process_without_an_embedder_writes_beside_one_that_has_one(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    with MemOS(path, embedder=ONE, settings=OFF) as memory, MemOS(path, embedder=None, settings=OFF) as plain:
        fill(memory, "I'm allergic to mango.")
        fill(plain, "I live in Ghent.")
        plain.update(plain.list_memories(kinds=["fact"], **ALICE).memories[0].id, text="The user lives in Ghent, by the canal.")
        # its own work waits for a model, and a task of the other's that it came upon too
        memory.add_message(user("The tap drips."), learn=False, **ALICE)
        plain.drain()
        assert plain.failed() == []
    with MemOS(path, embedder=ONE, settings=OFF) as memory:
        memory.drain()
    [space] = spaces(path)
    assert space is not None


def test_another_embedder_is_refused_with_the_way_out_and_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    with MemOS(path, embedder=ONE, settings=OFF) as memory:
        fill(memory, "I'm allergic to mango.")
    before = spaces(path)
    for _ in range(2):
        with pytest.raises(EmbedderMismatch, match="reembed") as refused:
            MemOS(path, embedder=OTHER)
        assert ONE.fingerprint in str(refused.value) and OTHER.fingerprint in str(refused.value)
    with MemOS(path, embedder=None, settings=OFF) as memory:
        assert memory.search_memory("mango", **ALICE).memories
    with MemOS(path, embedder=ONE, settings=OFF) as memory:
        assert memory.search_memory("mango", **ALICE).ledger.dense
    assert spaces(path) == before


def test_reembed_is_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    with MemOS(path, embedder=ONE, settings=OFF) as memory:
        fill(memory, "I live in Ghent.", "I live in Bruges now.")
        superseded = memory.list_memories(status="superseded", **ALICE).memories
        assert superseded
    steps: list[tuple[int, int]] = []
    done = MemOS.reembed(path, embedder=OTHER, progress=lambda ready, total: steps.append((ready, total)))
    assert steps[-1] == (2 * done, 2 * done) and done >= 4  # made, then put in their places
    [space] = spaces(path)
    assert space is not None and space.startswith(OTHER.fingerprint)
    with pytest.raises(EmbedderMismatch):
        MemOS(path, embedder=ONE)
    with MemOS(path, embedder=OTHER, settings=OFF) as memory:
        assert memory.search_memory("Ghent", **ALICE).ledger.dense
        memory.restore(superseded[0].id)


def test_a_reembedding_that_breaks_off_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    with MemOS(path, embedder=ONE, settings=OFF) as memory:
        fill(memory, *(f"The lamp in room {n} flickers." for n in range(120)))
    calls: list[int] = []

    def embed(texts: list[str]) -> list[Any]:
        calls.append(len(texts))
        if len(calls) == 3:
            raise ConnectionError
        return list(OTHER.embed_documents(texts))

    embedder = CallableEmbedder(embed, name="other")
    with pytest.raises(EmbedderError):
        MemOS.reembed(path, embedder=embedder)
    assert MemOS.reembed(path, embedder=embedder) == 120
    assert sum(calls) - calls[2] == 120  # what was made before it broke off is not made again
    assert MemOS.reembed(path, embedder=embedder) == 0


def test_a_failing_embedder_fails_the_recall_or_weakens_it_marked(tmp_path: Path) -> None:
    def embed(texts: list[str]) -> list[Any]:
        if texts == ["mango"]:
            raise ConnectionError
        return list(ONE.embed_documents(texts))

    embedder = CallableEmbedder(embed, name="half")
    with MemOS(tmp_path / "m.db", embedder=embedder, settings=OFF) as memory:
        fill(memory, "I'm allergic to mango.")
        with pytest.raises(EmbedderError):
            memory.search_memory("mango", **ALICE)
    with MemOS(tmp_path / "m.db", embedder=embedder, settings=Settings(worker="off", degraded="allow")) as memory:
        recall = memory.search_memory("mango", **ALICE)
        assert recall.memories and recall.degraded is not None and "ConnectionError" in recall.degraded
        assert not recall.ledger.dense
