"""A store gets another embedder while others go on: nothing of their recall is lost until it changes, and nothing of what they write."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import pytest

from memos_integrations import EmbedderError, EmbedderMismatch, MemOS, Settings
from memos_integrations.embeddings import CallableEmbedder, HashingEmbedder
from memos_integrations.stores.base import Record, ScanQuery, Store
from memos_integrations.stores.sqlite import SQLiteStore
from memos_integrations.stores.weaviate import WeaviateStore

from .turns import user

OFF = Settings(worker="off")
OLD = HashingEmbedder(32)

BESIDE = textwrap.dedent(
    """
    import sys
    from memos_integrations import MemOS, Settings
    from memos_integrations.embeddings import HashingEmbedder
    from memos_integrations.stores.base import SearchQuery
    old = HashingEmbedder(32)
    memory = MemOS(sys.argv[1], embedder=old, settings=Settings(worker="off"))
    store, space = memory._engine.context.store, memory._engine.context.space
    key = memory.namespaces()[0].key
    written = 0
    for line in sys.stdin:
        if line == "write\\n":
            text = f"第{written}只猫 cat number {written}"
            memory.add_message({"role": "user", "content": text, "id": f"late{written}"}, user_id="mei", conversation_id="d")
            memory.drain()
            written += 1
        found = store.search(SearchQuery((key,), vector=old.embed_query("lamp"), space=space, kinds=("episode",), limit=1000))
        dense = sum(hit.dense is not None for hit in found.hits)
        print(dense, written, store.get_meta("embedder") == space, flush=True)
    memory.close()
    """
)


def open_store(where: str) -> Store:
    return WeaviateStore(where) if "://" in where else SQLiteStore(where)


def everything(where: str) -> list[Record]:
    with closing(open_store(where)) as store:
        keys = tuple(row.key for row in store.namespaces() if not row.key.startswith("~"))
        return [record for key in keys for record in store.scan(ScanQuery((key,), kinds=("episode",), limit=1000, with_index=True)).records]


@pytest.mark.parametrize("place", ["file", "server"])
def test_readers_lose_nothing_until_the_store_changes_and_writers_nothing_at_all(
    request: pytest.FixtureRequest, tmp_path: Path, place: str
) -> None:
    where = str(tmp_path / "m.db") if place == "file" else request.getfixturevalue("weaviate_url")
    with MemOS(where, embedder=OLD, settings=OFF) as memory:
        memory.add_message([user(f"The lamp in room {n} flickers. 灯{n}", f"m{n}") for n in range(60)], user_id="mei", conversation_id="c")
        memory.drain()
    told: list[tuple[int, int, bool]] = []
    command = [sys.executable, "-W", "ignore", "-c", BESIDE, where]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None and other.stdout is not None

        def ask(line: str) -> None:
            assert other.stdin is not None and other.stdout is not None
            other.stdin.write(f"{line}\n")
            other.stdin.flush()
            dense, written, before = other.stdout.readline().split()
            told.append((int(dense), int(written), before == "True"))

        ask("look")
        beside = HashingEmbedder(48)

        def embed(texts: list[str]) -> list[list[float]]:
            ask("write" if len(told) % 2 else "look")  # from another process, between any two calls of the new embedder
            return [list(vector) for vector in beside.embed_documents(texts)]

        new = CallableEmbedder(embed, name="new")
        done = MemOS.reembed(where, embedder=new)
        other.stdin.close()
        other.stdout.read()
    before = [(dense, written) for dense, written, unchanged in told if unchanged]
    assert len(before) >= 4
    assert all(dense == 60 + written for dense, written in before)  # each of its searches found all by meaning
    written = told[-1][1]
    assert written >= 2
    assert done >= 60 + written  # what was learnt from them too
    records = everything(where)
    assert len(records) == 60 + written
    assert {record.space for record in records} == {f"{new.fingerprint}|{records[0].space.partition('|')[2]}" if records[0].space else None}
    assert all(len(record.vectors[0]) == 48 for record in records)
    assert MemOS.reembed(where, embedder=new) == 0
    with pytest.raises(EmbedderMismatch):
        MemOS(where, embedder=OLD)


@pytest.mark.parametrize("place", ["file", "server"])
def test_one_that_breaks_off_changes_nothing_and_does_not_embed_twice(request: pytest.FixtureRequest, tmp_path: Path, place: str) -> None:
    where = str(tmp_path / "m.db") if place == "file" else request.getfixturevalue("weaviate_url")
    with MemOS(where, embedder=OLD, settings=OFF) as memory:
        memory.add_message([user(f"The lamp in room {n} flickers. 灯{n}", f"m{n}") for n in range(60)], user_id="mei")
        memory.drain()
    before = everything(where)
    asked: list[str] = []

    def embed(texts: list[str]) -> list[list[float]]:
        if len(asked) > 20 and "again" not in name:
            raise ConnectionError
        asked.extend(texts)
        return [list(vector) for vector in HashingEmbedder(48).embed_documents(texts)]

    name: list[str] = []
    new = CallableEmbedder(embed, name=f"new{time.time_ns()}")
    with pytest.raises(EmbedderError):
        MemOS.reembed(where, embedder=new)
    assert everything(where) == before
    MemOS(where, embedder=OLD, settings=OFF).close()
    name.append("again")
    assert MemOS.reembed(where, embedder=new) == 60
    assert len(asked) == len(set(asked))
    assert {len(record.vectors[0]) for record in everything(where)} == {48}
