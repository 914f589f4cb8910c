"""A memory copied to another store is the same memory: nothing is embedded anew, lost, doubled or left half."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import Copied, InvalidInput, ItemInput, MemOS, Scope, Settings, StoreError
from memos_integrations.embeddings import HashingEmbedder
from memos_integrations.stores.base import Batch, Record, ScanQuery, Store
from memos_integrations.stores.sqlite import SQLiteStore
from memos_integrations.stores.weaviate import WeaviateStore

from .cli_runs import Run, run  # noqa: F401  # a fixture
from .turns import turn, user
from .weaviate_server import with_options

OFF = Settings(worker="off")
NOW = "2026-05-01T12:00:00Z"
QUESTIONS = (
    ("alice", "Where does she live, and what may she not eat?"),
    ("alice", "中午吃什么好？"),
    ("mei", "我搬到哪里了？"),
    ("mei", "Which music do I like?"),
    ("bob", "walnuts"),
)


def open_(store: str | Path, **more: Any) -> MemOS:
    return MemOS(store, embedder=HashingEmbedder(64), settings=OFF, **more)


def filled(store: str | Path) -> None:
    """A memory with all that a store can hold, English and Chinese."""
    with open_(store) as memory:
        talk = [
            user("I live in Trieste. I'm allergic to walnuts.", "m1", "2026-01-05T09:00:00Z", metadata={"channel": "mail", "n": 1.5}),
            turn("assistant", "Noted.", "m2", "2026-01-05T09:00:10Z"),
            user("我对花生过敏。以后回答请简短。", "m3", "2026-01-05T09:01:00Z"),
            turn("event", '{"song": "Aria"}', "m4", "2026-01-05T09:02:00Z", name="liked"),
        ]
        memory.add_message(talk, user_id="alice", conversation_id="c")
        memory.add_message(user("I moved to Bologna.", "m6", "2026-04-02T18:00:00Z"), user_id="alice", conversation_id="c")
        memory.add_message(user("我从上海搬到了成都。我喜欢爵士乐。", "z1", "2026-03-01T08:00:00Z"), user_id="mei", conversation_id="c")
        memory.drain()
        memory.remember("The user prefers trains.", kind="preference", user_id="alice")
        memory.forget(query="I moved to Bologna", user_id="alice")
        memory.add_message(user("I collect stamps."), user_id="bob")
        memory.drain()
        memory.grant(Scope(user_id="alice"), to=Scope(user_id="bob"), access="read")
        memory.items(user_id="bob").put(ItemInput(path=("a", "b/c"), key="k", value={"x": [1, None, "ü"]}, texts=("one", "二")))
        memory.add_message(user("I play chess on Sundays.", "m9"), user_id="alice", conversation_id="c")  # waits to be learnt from


def many(store: str | Path, count: int) -> None:
    """A memory with many records in several namespaces."""
    with closing(SQLiteStore(store)) as there:
        there.set_meta("secret", "00" * 32)
        for place in ("app=a/user=one", "app=a/user=two", "app=a/user=三"):
            records = tuple(
                Record(id=f"{n:08x}-0000-4000-8000-000000000000", namespace=place, kind="fact", text=f"{place} 事实 {n}", terms=("fact", str(n)),
                       vectors=((float(n), 1.5, -0.25), (1.0, float(n), 3.0))[: 1 + n % 2], space="s", created_at=n // 7, updated_at=n)
                for n in range(count)
            )  # fmt: skip
            there.commit(Batch(put=records))


def recalls(store: str | Path) -> list[str]:
    """What is recalled, to the byte."""
    with open_(store) as memory:
        found = [memory.search_memory(query, user_id=who, now=NOW, max_tokens=300) for who, query in QUESTIONS]
        assert all(recall.ledger.dense and recall.degraded is None for recall in found)
        return [
            json.dumps([recall.instruction.text, [(m.namespace, m.memory.model_dump(mode="json")) for m in recall.memories]])
            for recall in found
        ]


def exported(store: str | Path) -> list[str]:
    with open_(store) as memory:
        return [json.dumps(line, ensure_ascii=False, sort_keys=True) for line in memory.export_records()]


def records(store: Store) -> list[Record]:
    found: list[Record] = []
    for row in store.namespaces():
        cursor = None
        while True:
            page = store.scan(ScanQuery((row.key,), statuses=(), with_index=True, cursor=cursor, limit=500))
            found += page.records
            cursor = page.cursor
            if cursor is None:
                break
    return [record.but(vectors=tuple(tuple(map(float, vector)) for vector in record.vectors)) for record in found]


def test_a_copied_file_exports_and_recalls_to_the_byte_and_embeds_nothing(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    filled(one)
    steps: list[tuple[int, int]] = []
    done = MemOS.copy(one, two, progress=lambda ready, total: steps.append((ready, total)))
    assert done.records == done.written > 15
    assert (done.extra, done.removed, done.changed) == (0, 0, ())
    assert steps[-1][0] == steps[-1][1] == 2 * done.records
    assert exported(two) == exported(one)
    assert recalls(two) == recalls(one)
    with closing(SQLiteStore(one)) as a, closing(SQLiteStore(two)) as b:
        assert records(a) == records(b)
        assert a.tasks() == b.tasks()
        assert {task.state for task in a.tasks()} >= {"done", "pending"}


def test_it_goes_to_a_server_and_back_and_recalls_the_same(tmp_path: Path, weaviate_url: str) -> None:
    one, back = tmp_path / "one.db", tmp_path / "back.db"
    filled(one)
    there = MemOS.copy(one, weaviate_url)
    again = MemOS.copy(weaviate_url, back)
    assert there.checksum == again.checksum
    assert there.records == again.records == there.written
    assert recalls(weaviate_url) == recalls(one)
    assert recalls(back) == recalls(one)
    assert exported(back) == exported(weaviate_url) == exported(one)
    with closing(SQLiteStore(one)) as a, closing(WeaviateStore(weaviate_url)) as w, closing(SQLiteStore(back)) as b:
        assert records(a) == records(w) == records(b)
        assert a.tasks() == w.tasks() == b.tasks()


def test_what_waited_is_learnt_where_it_went_and_what_was_sent_is_known(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    filled(one)
    with closing(SQLiteStore(one)) as store:  # a worker that holds the task dies with the machine
        assert store.lease(owner="elsewhere/1/x", now=1 << 60, until=1 << 61, flush=True)
    MemOS.copy(one, two)
    with open_(two) as memory:
        assert memory.pending() == 1
        memory.drain()
        assert "chess" in " ".join(m.text for m in memory.list_memories(kinds=["fact", "preference"], user_id="alice"))
        sent = memory.add_message(user("I live in Trieste. I'm allergic to walnuts.", "m1"), user_id="alice", conversation_id="c")
        assert [decision.action for decision in sent.decisions] == ["known"]
        assert "Bologna" not in memory.search_memory("Bologna", user_id="alice", now=NOW).instruction.text


KILLED = """
import sys
from memos_integrations import MemOS
MemOS.copy(sys.argv[1], sys.argv[2], progress=lambda done, total: print(done, total, flush=True))
"""


@pytest.mark.parametrize("target", ["file", "server"])
@pytest.mark.parametrize("part", [0.1, 0.4, 0.8])
def test_a_copy_that_was_killed_cannot_be_opened_and_goes_on(
    request: pytest.FixtureRequest, tmp_path: Path, target: str, part: float
) -> None:
    one = tmp_path / "one.db"
    where = str(tmp_path / "two.db") if target == "file" else request.getfixturevalue("weaviate_url")
    many(one, 700)
    with subprocess.Popen([sys.executable, "-W", "ignore", "-c", KILLED, str(one), where], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            done, total = map(int, line.split())
            if done >= part * total:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.read()
    assert process.returncode == -signal.SIGKILL
    with pytest.raises(StoreError, match="run the copy again"):
        MemOS(where, embedder=None)
    with pytest.raises(StoreError, match="run the copy again"):
        MemOS.copy(where, tmp_path / "three.db")  # half a memory is not passed on
    done_ = MemOS.copy(one, where)
    assert done_.records == 3 * 700
    assert done_.written < 3 * 700
    store: Store = SQLiteStore(where) if target == "file" else WeaviateStore(where)
    with closing(SQLiteStore(one)) as a, closing(store) as b:
        assert records(a) == records(b)
    assert MemOS.copy(one, where) == done_.model_copy(update={"written": 0})
    MemOS(where, embedder=None).close()


@pytest.mark.parametrize("target", ["file", "server"])
def test_another_run_brings_along_what_was_written_since(request: pytest.FixtureRequest, tmp_path: Path, target: str) -> None:
    one = tmp_path / "one.db"
    two = str(tmp_path / "two.db") if target == "file" else request.getfixturevalue("weaviate_url")
    filled(one)
    late: list[str] = []
    with open_(one) as memory:

        def write(done: int, total: int) -> None:
            if not late:
                late.append(memory.add_message(user("我养了一只猫。 I keep a cat."), user_id="mei").episode_ids[0])

        first = MemOS.copy(one, two, progress=write)
        assert any("mei" in key for key in first.changed)
        second = MemOS.copy(one, two)
        assert second.changed == ()
        memory.drain()
        gone = memory.forget(query="I'm allergic to walnuts", user_id="alice")
        assert gone.decisions
    third = MemOS.copy(one, two)
    assert third.extra > 0  # forgotten at the source, and told
    assert third.removed == 0
    with open_(two) as copy:
        assert copy.get(late[0], user_id="mei").text.startswith("我养了一只猫")
    fourth = MemOS.copy(one, two, mirror=True)
    assert (fourth.removed, fourth.extra) == (third.extra, 0)
    assert exported(two) == exported(one)
    assert fourth.checksum == third.checksum


def test_what_only_the_target_holds_stays_until_it_is_mirrored(tmp_path: Path) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    filled(one)
    MemOS.copy(one, two)
    with open_(two) as memory:
        memory.remember("Likes ferries.", kind="fact", user_id="alice")
        memory.remember("喜欢渡轮。", kind="fact", user_id="new")
    assert MemOS.copy(one, two).extra == 2
    with open_(two) as memory:
        assert memory.list_memories(user_id="new").memories
    assert MemOS.copy(one, two, mirror=True).removed == 2
    assert exported(two) == exported(one)


def test_a_copy_onto_itself_is_refused_whatever_it_is_called(tmp_path: Path, weaviate_url: str) -> None:
    one = tmp_path / "one.db"
    filled(one)
    link = tmp_path / "link.db"
    link.symlink_to(one)
    before = exported(one)
    for other in (one, link, os.path.relpath(one)):
        with pytest.raises(InvalidInput, match="is the store that is copied"):
            MemOS.copy(one, other)
    MemOS.copy(one, weaviate_url)
    with pytest.raises(InvalidInput, match="is the store that is copied"):
        MemOS.copy(weaviate_url, weaviate_url.replace("127.0.0.1", "localhost"))
    assert exported(one) == exported(weaviate_url) == before


def test_another_memory_is_never_overwritten(tmp_path: Path, weaviate_url: str) -> None:
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    filled(one)
    with open_(two) as memory:
        memory.remember("Likes ferries.", kind="fact", user_id="alice")
    before = exported(two)
    for target in (two, weaviate_url):
        if target == weaviate_url:
            MemOS.copy(two, weaviate_url)
        with pytest.raises(InvalidInput, match="holds another memory"):
            MemOS.copy(one, target)
        assert exported(target) == before
    with open_(tmp_path / "empty.db"):
        pass
    assert MemOS.copy(one, tmp_path / "empty.db").records  # opened once, and never used
    assert exported(tmp_path / "empty.db") == exported(one)


def test_there_must_be_a_memory_to_copy(tmp_path: Path, weaviate_url: str) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        MemOS.copy(tmp_path / "none.db", tmp_path / "two.db")
    with pytest.raises(StoreError, match="holds no memory"):
        MemOS.copy(weaviate_url, tmp_path / "two.db")
    for places in ((":memory:", tmp_path / "two.db"), (tmp_path / "none.db", ":memory:")):
        with pytest.raises(InvalidInput, match="gone at the end"):
            MemOS.copy(*places)


class Forgetful(SQLiteStore):
    """A store that says it wrote what it did not."""

    def __init__(self, path: Path, spoil: Callable[[Record], Record | None]) -> None:
        super().__init__(path)
        self._spoil = spoil

    def commit(self, batch: Batch) -> None:
        kept = tuple(record for one in batch.put if (record := self._spoil(one)) is not None)
        super().commit(Batch(put=kept, delete=batch.delete, tasks=batch.tasks, namespaces=batch.namespaces))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda record: None if record.text.endswith(" 13") else record,
        lambda record: record.but(text="?") if record.text.endswith(" 13") else record,
        lambda record: record.but(vectors=((0.0, 0.5, 1.0),)) if record.text.endswith(" 13") else record,
    ],
    ids=["lost", "changed", "another vector"],
)
def test_what_the_target_did_not_keep_is_found(tmp_path: Path, spoil: Callable[[Record], Record | None]) -> None:
    many(tmp_path / "one.db", 20)
    with closing(Forgetful(tmp_path / "two.db", spoil)) as target, pytest.raises(StoreError, match="is not what was copied there"):
        MemOS.copy(tmp_path / "one.db", target)
    with pytest.raises(StoreError, match="run the copy again"):
        MemOS(tmp_path / "two.db", embedder=None)


def test_the_command_copies_and_says_what_it_did(run: Run, tmp_path: Path, weaviate_url: str) -> None:  # noqa: F811
    one, two = tmp_path / "one.db", tmp_path / "two.db"
    filled(one)
    ran = run("copy", one, weaviate_url)
    assert ran.code == 0, ran.err
    assert "are the same in both" in ran.out
    ran = run("copy", weaviate_url, two, "--json")
    done = Copied.model_validate(ran.json)
    assert done.written == done.records > 0
    assert exported(two) == exported(one)
    ran = run("copy", one, one)
    assert ran.code == 1
    assert "is the store that is copied" in ran.err
    assert run("copy", one, two, "--user", "x").code == 2
    assert run("copy", one, two, "--store", one).code == 2
    assert run("copy", tmp_path / "none.db", two).code == 1


def test_what_the_server_cannot_answer_is_an_error(tmp_path: Path) -> None:
    one = tmp_path / "one.db"
    filled(one)
    with pytest.raises(StoreError):
        MemOS.copy(one, with_options("weaviate://127.0.0.1:9", timeout="1"))
    assert exported(one)
