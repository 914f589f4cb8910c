"""The embedded store."""

from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from memos_integrations import MemOS, Settings
from memos_integrations.core.text import estimate_tokens
from memos_integrations.embeddings import HashingEmbedder
from memos_integrations.errors import InvalidInput, StoreCorrupt, StoreError, StoreLocked, StoreVersion
from memos_integrations.stores.base import Batch, Record, ScanQuery, SearchQuery, Store
from memos_integrations.stores.sqlite import SQLiteStore
from memos_integrations.testing.store_contract import StoreContract, named, record


class TestFile(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with closing(SQLiteStore(tmp_path / "deep" / "down" / "memory.db", durability="power")) as store:
            yield store


class TestMemory(StoreContract):
    @pytest.fixture
    def store(self) -> Iterator[Store]:
        with closing(SQLiteStore(":memory:")) as store:
            yield store


class TestTooBigForTheCache(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        with closing(SQLiteStore(tmp_path / "memory.db", cache_mb=0)) as store:
            yield store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


def found(store: Store, *words: str, namespace: str = "n") -> list[str]:
    return sorted(h.record.text for h in store.search(SearchQuery((namespace,), terms=words)).hits)


def files_hold(path: Path, words: bytes) -> list[str]:
    return [f.name for f in path.parent.iterdir() if words in f.read_bytes()]


def write_many(path: str, who: int, count: int) -> None:
    with closing(SQLiteStore(path)) as store:
        for i in range(count):

            def plan(tail: object, i: int = i) -> Batch:
                assert isinstance(tail, list)
                order = tail[-1].order + 1 if tail else 0
                return Batch(put=(record(f"{who}-{i}", kind="episode", conversation="c", order=order, text=f"w p{who}"),))

            store.append("n", "c", 1, plan)


def test_two_processes_write_one_conversation_without_a_gap(path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_many, args=(str(path), who, 40)) for who in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    with closing(SQLiteStore(path)) as store:
        page = store.scan(ScanQuery(("n",), limit=100))
        assert [r.order for r in page.records] == list(range(80))
        assert store.namespaces()[0].counts == {"episode": 80}


def test_a_cache_notices_what_another_connection_wrote_and_deleted(path: Path) -> None:
    with closing(SQLiteStore(path)) as one, closing(SQLiteStore(path)) as other:
        one.commit(Batch(put=tuple(record(f"r{i}", text=f"w r{i}") for i in range(50))))
        assert len(found(one, "w")) == 50 == len(found(other, "w"))
        other.commit(Batch(put=(record("new", text="fresh"), record("r0", text="changed"))))
        assert found(one, "fresh") == ["fresh"]
        assert found(one, "changed") == ["changed"]
        assert "w r0" not in found(one, "w")
        other.commit(Batch(delete=(("n", named("new")),)))
        assert found(one, "fresh") == []
        other.drop_namespace("n")
        assert found(one, "w") == []
        other.commit(Batch(put=(record("r1", text="again"),)))
        assert found(one, "again") == ["again"]
        assert found(one, "w") == []


def test_scores_do_not_depend_on_how_the_index_came_about(path: Path) -> None:
    chance = random.Random(7)
    words = [f"w{i}" for i in range(40)]

    def some(i: int) -> Record:
        return record(
            f"r{i}", text=" ".join(chance.choices(words, k=chance.randint(1, 9))), vectors=((chance.random(), chance.random()),), space="s"
        )

    def answer(store: Store) -> dict[str, tuple[float | None, float | None]]:
        hits = store.search(SearchQuery(("n",), terms=("w1", "w2", "w3"), vector=(0.3, 0.9), space="s", limit=20)).hits
        return {h.record.id: (h.lexical, h.dense) for h in hits}

    with closing(SQLiteStore(path)) as grown:
        for step in range(60):
            grown.commit(
                Batch(put=tuple(some(chance.randrange(200)) for _ in range(5)), delete=(("n", named(f"r{chance.randrange(200)}")),))
            )
            mine = answer(grown)
            if step % 20 == 19:
                with closing(SQLiteStore(path)) as loaded, closing(SQLiteStore(path, cache_mb=0)) as streamed:
                    for store in (loaded, streamed):
                        theirs = answer(store)
                        assert theirs.keys() == mine.keys()
                        for id, scores in theirs.items():
                            assert scores == pytest.approx(mine[id], abs=2e-6)


def test_threads_read_and_write_at_once(path: Path) -> None:
    def work(store: Store, who: int) -> None:
        for i in range(60):
            store.commit(Batch(put=(record(f"{who}-{i}", text=f"w t{who}"),), delete=(("n", named(f"{who}-{i - 5}")),)))
            assert found(store, f"t{who}")

    for place in (path, ":memory:"):
        with closing(SQLiteStore(place)) as store, ThreadPoolExecutor(6) as pool:
            for done in [pool.submit(work, store, who) for who in range(6)]:
                done.result()
            assert store.namespaces()[0].counts == {"fact": 30}


def test_the_cache_keeps_to_its_bound(path: Path) -> None:
    with closing(SQLiteStore(path, cache_mb=1)) as store:
        vector = tuple(float(i + 1) for i in range(64))
        for i in range(40):
            store.commit(Batch(put=tuple(record(f"{i}-{k}", f"n{i}", text="w", vectors=(vector,), space="s") for k in range(100))))
            assert len(store.search(SearchQuery((f"n{i}",), terms=("w",), limit=10)).hits) == 10
        details = store.info().details
        assert 1 < int(str(details["cached_namespaces"])) < 40
        assert int(str(details["cached_bytes"])) <= 1 << 20


def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreVersion, match="Upgrade"):
        SQLiteStore(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (999,)


def test_a_file_from_before_tokens_were_kept_is_brought_up_to_date(path: Path) -> None:
    kept = record("kept", kind="episode", text="one two three 用户")
    with closing(SQLiteStore(path)) as store:
        store.commit(Batch(put=(kept, record("fact"), record("gone", kind="episode", text="", status="deleted"))))
    with closing(sqlite3.connect(path)) as raw:
        for table in ("records", "namespaces"):
            raw.execute(f"ALTER TABLE {table} DROP COLUMN tokens")
        raw.execute("PRAGMA user_version = 1")
    with closing(SQLiteStore(path)) as store:
        [read] = store.get([kept.id])
        assert read.tokens == store.namespaces()[0].tokens == estimate_tokens(kept.text) > 0
        assert len(store.scan(ScanQuery(("n",), statuses=())).records) == 3


def test_a_file_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"my shopping list\n" * 100)
    with pytest.raises(StoreCorrupt, match="Restore a backup"):
        SQLiteStore(path)
    assert path.read_bytes().startswith(b"my shopping list")
    path.unlink()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    with pytest.raises(StoreCorrupt, match="another program"):
        SQLiteStore(path)


def test_a_damaged_file_is_an_error_and_no_empty_answer(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        store.commit(Batch(put=tuple(record(f"r{i}", text="w " * 200) for i in range(300))))
    content = bytearray(path.read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(bytes(content))
    with pytest.raises(StoreCorrupt), closing(SQLiteStore(path)) as store:
        found(store, "w")


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE records SET payload = '{half'",
        'UPDATE records SET payload = \'{"role": "alien"}\'',
        "UPDATE records SET payload = '[]'",
        "UPDATE records SET text = CAST(x'ff2e' AS TEXT)",
        "UPDATE records SET vectors = x'00'",
        "UPDATE records SET path = x'ff'",
        "UPDATE records SET created_at = 'yesterday'",
        "UPDATE records SET postings = x'00'",
        "UPDATE records SET words = 'x'",
        "UPDATE namespaces SET counts = 'many'",
    ],
)
def test_a_damaged_record_is_an_error_of_ours(path: Path, damage: str) -> None:
    with MemOS(path, embedder=HashingEmbedder(8)) as memory:
        memory.add_message([{"role": "user", "content": "The key is under the mat."}] * 3, user_id="a")
        memory.wait(timeout=20)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(damage)
        raw.commit()
    with MemOS(path, embedder=HashingEmbedder(8), settings=Settings(worker="off")) as memory:
        for call in (
            lambda: memory.search_memory("key", user_id="a"),
            lambda: memory.list_memories(user_id="a"),
            lambda: memory.namespaces(),
            lambda: memory.forget(query="key", user_id="a"),
            lambda: list(memory.export_records()),
        ):
            with suppress(StoreCorrupt):  # and nothing else; what a call does not read cannot trouble it
                call()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Choose a path"):
        SQLiteStore(tmp_path)
    with pytest.raises(InvalidInput):
        SQLiteStore("  ")


def test_a_writer_that_never_ends_is_an_error_and_reading_goes_on(path: Path) -> None:
    with closing(SQLiteStore(path, busy_timeout_s=0.05)) as store, closing(sqlite3.connect(path)) as other:
        store.commit(Batch(put=(record("a"),)))
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="try again"):
            store.commit(Batch(put=(record("b"),)))
        assert found(store, "a") == ["a"]
        other.execute("ROLLBACK")
        store.commit(Batch(put=(record("b"),)))


def test_text_that_is_no_unicode_and_numbers_too_big_are_the_callers_fault(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        for bad in (record("a", text="\ud800"), record("a", order=1 << 70)):
            with pytest.raises(InvalidInput):
                store.commit(Batch(put=(bad,)))
        assert store.namespaces() == []


def test_a_plan_must_not_write(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:

        def plan(tail: object) -> Batch:
            store.commit(Batch(put=(record("a"),)))
            return Batch()

        with pytest.raises(StoreError, match="plan"):
            store.append("n", None, 0, plan)


def test_only_the_owner_may_read_the_file(path: Path) -> None:
    with closing(SQLiteStore(path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_purge_leaves_no_word_of_what_was_deleted_or_replaced(path: Path) -> None:
    chance = random.Random(3)
    with closing(SQLiteStore(path)) as store:
        gone: list[int] = []
        for i in range(400):
            text = f"quetzal{i} " + "filler " * chance.randint(1, 700)
            store.commit(Batch(put=(record(f"r{i}", text=text, payload={"quote": text[:30]}),)))
            if i % 3 == 0:
                gone.append(i)
        store.commit(Batch(delete=tuple(("n", named(f"r{i}")) for i in gone[::2])))
        store.commit(Batch(put=tuple(record(f"r{i}", text="redacted") for i in gone[1::2])))
        store.purge()
        assert not [i for i in gone if files_hold(path, b"quetzal%d " % i)]
        assert files_hold(path, b"quetzal1 ")
        store.commit(Batch(delete=(("n", named("r1")),)))
    assert not files_hold(path, b"quetzal1 ")
    with closing(SQLiteStore(path)) as store:
        store.drop_namespace("n")
    assert not files_hold(path, b"quetzal")


def test_what_was_committed_outlives_a_process_that_is_killed(path: Path) -> None:
    child = os.fork()
    if child == 0:
        store = SQLiteStore(path)
        store.commit(Batch(put=(record("kept"),)))
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    with closing(SQLiteStore(path)) as store:
        assert found(store, "kept") == ["kept"]


def test_a_forked_child_reopens(path: Path) -> None:
    for place in (path, ":memory:"):
        with closing(SQLiteStore(place)) as store:
            store.commit(Batch(put=(record("parent"),)))
            assert found(store, "parent") == ["parent"]
            child = os.fork()
            if child == 0:
                try:
                    store.commit(Batch(put=(record("child"),)))
                    good = found(store, "child", "parent") == ["child", "parent"]
                    store.close()
                    os._exit(0 if good else 1)
                finally:
                    os._exit(2)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            store.commit(Batch(put=(record("later"),)))
            assert found(store, "child", "later") == (["later"] if place == ":memory:" else ["child", "later"])
