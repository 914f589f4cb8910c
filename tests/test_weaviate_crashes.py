"""A client that dies between any two requests to a Weaviate server loses nothing that was acknowledged, and leaves nothing half done.

The line to the server is cut after the first request, after the second, and so on until the call survives. Then another client,
which knows nothing of the first one, makes the call again as its caller would, works off the queue, and must end where a call
that nobody cut ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from memos_integrations import ItemInput, MemOS, Scope, Settings
from memos_integrations.stores.weaviate import WeaviateStore, journal

from .weaviate_server import with_options

_SETTINGS = Settings(worker="off", lease_s=1.0)
_MOST = 120  # requests of one call
ALICE = {"user_id": "alice", "conversation_id": "c"}
_SAID = [
    {"role": "user", "content": "I'm vegetarian, and I moved to Porto last week."},
    {"role": "assistant", "content": "Noted."},
    {"role": "user", "content": "我对花生过敏。回答请简短。"},
]

Call = Callable[[MemOS], object]


class Cut(BaseException):
    """The line is cut: nothing that the client does from now on reaches the server."""


def _cut(store: WeaviateStore, after: int) -> None:
    connection = store._connection  # pyright: ignore[reportPrivateUsage]
    ask, sent = connection.ask, 0

    async def counted(what: str, request: Callable[[Any], Awaitable[Any]]) -> Any:
        nonlocal sent
        if sent >= after:
            raise Cut
        sent += 1
        return await ask(what, request)

    connection.ask = counted  # type: ignore[method-assign,assignment]


def _survives(url: str, call: Call, after: int) -> bool:
    """Whether a call ends before the line is cut."""
    store = WeaviateStore(url)
    memory = MemOS(store, embedder=None, settings=_SETTINGS)
    reach = store._connection.ask  # pyright: ignore[reportPrivateUsage]
    _cut(store, after)
    try:
        call(memory)
    except Cut:
        return False
    finally:
        with suppress(Cut):
            memory.close()
        store._connection.ask = reach  # type: ignore[method-assign]  # pyright: ignore[reportPrivateUsage]
        store.close()
    return True


def _state(memory: MemOS) -> object:
    """All that a user would see."""
    memories = memory.list_memories(user_id="alice", status="any", limit=1000)
    team = memory.list_memories(team="crew", status="any", limit=1000)
    items = memory.items(user_id="alice").search((), limit=100)
    recall = memory.search_memory("What do I eat, and where do I live? 花生", user_id="alice", now="2030-01-01T00:00:00Z")
    return (
        sorted((one.kind, one.text, one.status) for one in memories),
        sorted((one.kind, one.text, one.status) for one in team),
        sorted((found.item.path, found.item.key, str(found.item.value)) for found in items),
        recall.instruction.head,
        sorted(one.memory.text for one in recall.memories),
        {row.scope.team or row.scope.user_id: dict(row.memories) for row in memory.namespaces()},
        len(memory.failed()),
    )


def _told(memory: MemOS) -> None:
    memory.add_message(_SAID, **ALICE, now="2026-11-20T10:00:00Z")  # type: ignore[arg-type]


def _learnt(memory: MemOS) -> None:
    _told(memory)
    memory.drain(60)


def _remembered(memory: MemOS) -> None:
    there = [one.text for one in memory.list_memories(user_id="alice", kinds=["fact"])]
    if "Alice's bike is red." not in there:  # each call is new: who calls again looks first
        memory.remember("Alice's bike is red.", kind="fact", user_id="alice")


def _promote(memory: MemOS) -> None:
    ids = [one.id for one in memory.list_memories(user_id="alice", kinds=["preference"]) if "peanut" in one.text or "花生" in one.text]
    memory.promote(ids, to=Scope(team="crew"))


def _kept(memory: MemOS) -> None:
    items = memory.items(user_id="alice")
    items.put(ItemInput(path=("notes",), key="k", value={"n": 1}, texts=("one", "two"), ttl=100_000))
    items.put([ItemInput(path=("notes",), key="k", value={"n": 2}), ItemInput(path=("notes", "b"), key="l", value=[1])])


CALLS: dict[str, tuple[Call | None, Call]] = {
    "add_message": (None, _told),
    "learning": (_told, lambda memory: memory.drain(60)),
    "remember": (_told, _remembered),
    "forget": (_learnt, lambda memory: memory.forget(query="花生过敏", user_id="alice")),
    "promote": (_learnt, _promote),
    "items": (None, _kept),
    "delete_namespace": (_learnt, lambda memory: memory.delete_namespace(user_id="alice")),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_that_is_cut_anywhere_is_made_good(name: str, weaviate_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_CONFIRM_S", 1)  # claims of the dead block for a second, not for a minute
    before, call = CALLS[name]
    prefix = weaviate_url.partition("prefix=")[2]

    def place(after: int) -> str:
        url = with_options(weaviate_url, prefix=f"{prefix}x{after}")
        if before is not None:
            with MemOS(url, embedder=None, settings=_SETTINGS) as memory:
                before(memory)
        return url

    cut: list[str] = []
    for after in range(_MOST):
        url = place(after)
        if _survives(url, call, after):
            break
        cut.append(url)
    else:
        pytest.fail(f"{name} takes more than {_MOST} requests")
    assert len(cut) > 1
    time.sleep(2.1)  # leases and claims of the dead end
    states = {}
    for whole in (url, *cut):
        with MemOS(whole, embedder=None, settings=_SETTINGS) as memory:
            if whole != url or name == "learning":
                call(memory)
            memory.drain(60)
            states[whole] = _state(memory)
    for number, whole in enumerate(cut):
        assert states[whole] == states[url], f"cut after {number} requests"


_WORKER = """
import sys
from memos_integrations import MemOS, Settings
with MemOS(sys.argv[1], embedder=None, settings=Settings(worker="off")) as memory:
    store = memory._engine.context.store
    commit = store.commit
    def dies(batch):
        if any(record.kind != "episode" for record in batch.put):
            print("working", flush=True)
            sys.stdin.read()
        commit(batch)
    store.commit = dies
    memory.drain(60)
"""


def test_a_task_survives_the_death_of_the_process_that_took_it(weaviate_url: str) -> None:
    with MemOS(weaviate_url, embedder=None, settings=Settings(worker="off")) as memory:
        _told(memory)
        worker = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", _WORKER, weaviate_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with worker:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "working\n"
            assert memory.drain(5) == 0  # it is held
            os.kill(worker.pid, signal.SIGKILL)
        assert not memory.search_memory("vegetarian", user_id="alice", kinds=["preference"]).memories
    with MemOS(weaviate_url, embedder=None, settings=Settings(worker="off")) as memory:  # which takes back what the dead held
        memory.drain(60)
        learnt = memory.list_memories(user_id="alice", kinds=["preference"]).memories
        assert sorted("花生" in one.text or "peanut" in one.text for one in learnt).count(True) == 1
        assert memory.failed() == []


def test_two_workers_on_one_task_leave_one_result(weaviate_url: str) -> None:
    """The worst case: both hold it. What they write has the same ids, so it is there once."""
    with MemOS(weaviate_url, embedder=None, settings=_SETTINGS) as memory:
        _told(memory)
    first, second = (WeaviateStore(weaviate_url) for _ in range(2))
    try:
        now = int(time.time() * 1e6)
        taken = first.lease(owner="one", now=now, until=now + 60_000_000)
        assert len(taken) == 1
        assert second.lease(owner="two", now=now, until=now + 60_000_000) == []
        assert [task.id for task in second.lease(owner="two", now=now + 61_000_000, until=now + 90_000_000)] == [taken[0].id]
    finally:
        first.close()
        second.close()
    time.sleep(1.1)
    with MemOS(weaviate_url, embedder=None, settings=_SETTINGS) as one, MemOS(weaviate_url, embedder=None, settings=_SETTINGS) as two:
        tasks = one._engine.context.store.tasks()  # pyright: ignore[reportPrivateUsage]
        assert [task.state for task in tasks] == ["running"]
        results = []
        for memory in (one, two):  # each believes that the task is his
            store = memory._engine.context.store  # pyright: ignore[reportPrivateUsage]
            working = memory._engine.worker._working  # pyright: ignore[reportPrivateUsage]
            store.commit(_mine(tasks[0], working))
            working.rules(store.tasks()[0])
            found = one.list_memories(user_id="alice", kinds=["fact", "preference"], status="any")
            results.append(sorted((memory.id, memory.text, memory.status) for memory in found))
        assert results[0] == results[1]
        assert len(results[0]) >= 3


def _mine(task: Any, working: Any) -> Any:
    from dataclasses import replace

    from memos_integrations.stores.base import Batch

    return Batch(tasks=(replace(task, state="running", lease_owner=working._leases._owner, lease_until=1 << 60),))
