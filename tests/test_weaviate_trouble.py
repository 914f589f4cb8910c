"""A Weaviate in trouble: each call that cannot be answered raises in time, none looks like an empty memory, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import (
    AsyncMemOS,
    EmbedderMismatch,
    MemOS,
    Settings,
    StoreCorrupt,
    StoreDenied,
    StoreError,
    StoreFull,
    StoreUnavailable,
    StoreVersion,
)
from memos_integrations.embeddings import HashingEmbedder

from .tcp_gate import Gates, gates_before
from .turns import user
from .weaviate_server import WeaviateServer, drop_collections, running_server, schema_call, with_options

OFF = Settings(worker="off")
TIMEOUT_S = 1.0
IN_TIME_S = 4 * TIMEOUT_S  # several requests of one call may be under way at once, none after another that failed


@pytest.fixture(scope="module")
def shared_node(weaviate_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeaviateServer]:
    with running_server(tmp_path_factory.mktemp("trouble")) as server:
        yield server


@pytest.fixture
def node(shared_node: WeaviateServer) -> WeaviateServer:
    """A server that a test may do anything to; it runs again for the next one."""
    if not shared_node.running():
        shared_node.kill()
        shared_node.start()
    return shared_node


@pytest.fixture
def gates(node: WeaviateServer) -> Iterator[Gates]:
    with gates_before(node.ports.http, node.ports.grpc) as gates:
        yield gates


@pytest.fixture
def at(request: pytest.FixtureRequest) -> Iterator[Callable[..., str]]:
    """A URL with a short timeout, and the same new prefix each time."""
    prefix = f"T{uuid.uuid4().hex[:12]}"
    node: WeaviateServer | None = request.getfixturevalue("node") if "node" in request.fixturenames else None
    yield lambda where, **options: with_options(where.url, prefix=prefix, timeout=str(TIMEOUT_S), **options)
    if node is not None and node.ready():
        drop_collections(node.url, prefix)


@pytest.fixture
def opened(at: Callable[..., str]) -> Iterator[Callable[..., MemOS]]:
    """Opens memories, for what is the same in both faces; all are closed at the end."""
    with ExitStack() as stack:
        yield lambda url, **options: stack.enter_context(MemOS(url, **{"embedder": None, **options}))


def in_time(call: Callable[[], Any], error: type[StoreError] = StoreUnavailable, match: str | None = None) -> StoreError:
    begun = time.monotonic()
    with pytest.raises(error, match=match) as raised:
        call()
    assert time.monotonic() - begun < IN_TIME_S
    return raised.value


def texts(memory: Any, who: str = "alice", kind: str = "episode") -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = memory.list_memories(user_id=who, kinds=[kind], cursor=cursor, limit=500)
        found += [m.text for m in page]
        cursor = page.cursor
        if cursor is None:
            return sorted(found)


# -- A server that is not there


def test_a_server_that_is_down_at_the_start_is_said(open_memory: Callable[..., Any], node: WeaviateServer, at: Callable[..., str]) -> None:
    node.kill()
    url = at(node)
    error = in_time(lambda: open_memory(url, settings=OFF).search_memory("ferry", user_id="alice"))
    assert f"127.0.0.1:{node.ports.http}" in str(error)
    node.start()
    memory = open_memory(url, settings=OFF)
    memory.add_message(user("The ferry leaves at nine."), user_id="alice")
    assert texts(memory) == ["The ferry leaves at nine."]


CALLS: dict[str, Callable[[Any], Any]] = {
    "add_message": lambda memory: memory.add_message(user("The train leaves at ten."), user_id="alice"),
    "search_memory": lambda memory: memory.search_memory("ferry", user_id="alice"),
    "list_memories": lambda memory: memory.list_memories(user_id="alice"),
    "forget": lambda memory: memory.forget(query="nothing of the sort", user_id="alice"),
    "namespaces": lambda memory: memory.namespaces(),
    "drain": lambda memory: memory.drain(),
}


TROUBLES: dict[str, tuple[Callable[[WeaviateServer, Gates], None], Callable[[WeaviateServer, Gates], None]]] = {
    "killed": (lambda node, gates: node.kill(), lambda node, gates: node.start()),
    "held": (lambda node, gates: node.suspend(), lambda node, gates: node.resume()),
    "unanswered": (lambda node, gates: gates.hold(), lambda node, gates: gates.release()),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_server_that_went_away_fails_each_call_in_time(node: WeaviateServer, gates: Gates, at: Callable[..., str], trouble: str) -> None:
    begin, end = TROUBLES[trouble]
    with ExitStack() as opened:
        memories = {name: opened.enter_context(MemOS(at(gates), embedder=None, settings=OFF)) for name in CALLS}
        memories["list_memories"].add_message(user("The ferry leaves at nine."), user_id="alice")
        for memory in memories.values():
            assert memory.search_memory("ferry", user_id="alice").memories
        begin(node, gates)
        with ThreadPoolExecutor(len(CALLS)) as pool:
            calls = [pool.submit(in_time, lambda name=name: CALLS[name](memories[name])) for name in CALLS]  # type: ignore[misc]
        end(node, gates)
        for call in calls:
            call.result()
        for memory in memories.values():
            assert eventually(lambda memory=memory: memory.search_memory("ferry", user_id="alice")).memories  # type: ignore[misc]
        assert "The ferry leaves at nine." in texts(memories["add_message"])


async def test_a_server_that_hangs_fails_each_awaited_call_in_time(node: WeaviateServer, gates: Gates, at: Callable[..., str]) -> None:
    async with AsyncMemOS(at(gates), embedder=None, settings=OFF) as memory:
        await memory.add_message(user("The ferry leaves at nine."), user_id="alice")
        gates.hold()
        begun = time.monotonic()
        answers = await asyncio.gather(*(CALLS[name](memory) for name in CALLS), return_exceptions=True)
        assert time.monotonic() - begun < IN_TIME_S
        assert {type(answer) for answer in answers} == {StoreUnavailable}
        gates.release()


def eventually(call: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What a call returns once it does not raise any more."""
    end = time.monotonic() + seconds
    while True:
        try:
            return call()
        except StoreUnavailable:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_a_server_that_is_slow_is_waited_for(opened: Callable[..., Any], gates: Gates, at: Callable[..., str]) -> None:
    memory = opened(at(gates), settings=OFF)
    memory.add_message(user("The ferry leaves at nine."), user_id="alice")
    gates.slow(TIMEOUT_S / 20)
    memory.add_message(user("渡轮九点开。"), user_id="alice")
    assert len(memory.search_memory("ferry 渡轮", user_id="alice").memories) == 2
    gates.slow(2 * TIMEOUT_S)
    in_time(lambda: memory.search_memory("ferry", user_id="alice"))
    gates.slow(0)
    assert eventually(lambda: memory.search_memory("ferry", user_id="alice").memories)


# -- A server that dies in mid call


def test_kill_under_load_loses_nothing_acknowledged_and_doubles_nothing(node: WeaviateServer, at: Callable[..., str]) -> None:
    memory = MemOS(at(node), embedder=None, settings=OFF)
    acknowledged: list[str] = []
    refused: list[str] = []
    ended = threading.Event()

    def write(name: str) -> None:
        number = 0
        while not ended.is_set():
            text = f"Line {name}x{number} of the ledger."
            message = user(text, f"{name}{number}")
            try:
                memory.add_message(message, user_id="alice", conversation_id=name)
            except StoreUnavailable:
                refused.append(text)
                time.sleep(0.05)
                continue  # the same again: a retry is no second message
            acknowledged.append(text)
            number += 1

    writers = [threading.Thread(target=write, args=(name,)) for name in ("a", "b", "c")]
    for writer in writers:
        writer.start()
    for turn in range(3):  # into the middle of what three writers do, twice; then all goes on
        before = len(acknowledged)
        eventually(lambda before=before: _none_under(len(acknowledged) > before + 12), 30)  # type: ignore[misc]
        if turn < 2:
            node.kill()
            time.sleep(0.2)
            node.start()
    ended.set()
    for writer in writers:
        writer.join(30)
    memory.close()
    assert refused
    with MemOS(at(node), embedder=None, settings=OFF) as again:
        stored = texts(again)
        assert set(acknowledged) <= set(stored)
        assert len(stored) == len(set(stored))
        sample = acknowledged[:: max(1, len(acknowledged) // 20)]
        assert all(again.search_memory(text, user_id="alice").memories[0].memory.text == text for text in sample)


def _none_under(reached: bool) -> None:
    if not reached:
        raise StoreUnavailable("not yet")


def test_a_write_cut_at_any_byte_is_whole_once_it_is_repeated(gates: Gates, at: Callable[..., str], node: WeaviateServer) -> None:
    url = at(gates)
    with MemOS(url, embedder=HashingEmbedder(), settings=OFF) as memory:
        memory.add_message(user("The first line."), user_id="alice", conversation_id="c")
        begun = gates.grpc.passed
        memory.add_message(user("The second line."), user_id="alice", conversation_id="c")
        size = gates.grpc.passed - begun
    cut = 0
    steps = range(1, size, size // 10)
    with MemOS(url, embedder=HashingEmbedder(), settings=OFF) as memory:
        for number in steps:
            message = user(f"I'm allergic to thing{number}.", f"m{number}")
            gates.grpc.cut_after(number)
            for _ in range(100):
                try:
                    memory.add_message(message, user_id="alice", conversation_id="c")
                    break
                except StoreUnavailable:
                    cut += 1
                    time.sleep(0.05)
            else:
                raise AssertionError("it never got through")
            gates.grpc.cut_after(1 << 40)
    with MemOS(at(node), embedder=HashingEmbedder(), settings=OFF) as memory:
        memory.drain()
        assert texts(memory) == sorted([f"I'm allergic to thing{number}." for number in steps] + ["The first line.", "The second line."])
        assert len(texts(memory, kind="preference")) == len(steps)


def test_the_worker_goes_on_when_the_server_is_back(opened: Callable[..., Any], node: WeaviateServer, at: Callable[..., str]) -> None:
    memory = opened(at(node), settings=Settings(worker="off"))
    receipt = memory.add_message(user("I'm vegetarian. 我对花生过敏。"), user_id="alice")
    memory.close()
    working = opened(at(node), settings=Settings(retry_base_s=0.1))
    node.kill()
    time.sleep(1.5)
    node.start()
    eventually(lambda: working.wait(receipt, timeout=30))
    assert len(working.list_memories(user_id="alice", kinds=["preference"]).memories) == 2


# -- A circuit breaker


def test_a_server_that_is_down_is_not_asked_by_every_call(opened: Callable[..., Any], node: WeaviateServer, at: Callable[..., str]) -> None:
    memory = opened(at(node), settings=OFF)
    memory.add_message(user("The ferry leaves at nine."), user_id="alice")
    node.suspend()
    try:
        for _ in range(4):
            in_time(lambda: memory.search_memory("ferry", user_id="alice"))
        begun = time.monotonic()
        fast = 0
        for _ in range(10):
            each = time.monotonic()
            in_time(lambda: memory.search_memory("ferry", user_id="alice"))
            fast += time.monotonic() - each < 0.1
        assert fast >= 8
        assert time.monotonic() - begun < 3 * TIMEOUT_S
    finally:
        node.resume()
    begun = time.monotonic()
    assert eventually(lambda: memory.search_memory("ferry", user_id="alice").memories)
    assert time.monotonic() - begun < 5


# -- What the server refuses


@pytest.fixture(scope="module")
def locked_node(weaviate_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeaviateServer]:
    with running_server(tmp_path_factory.mktemp("locked"), api_key="s3cret-right-key-0123456789") as server:
        yield server


@pytest.mark.parametrize("key", [None, "s3cret-wrong-key-9876543210"])
def test_a_wrong_or_missing_key_is_denied_and_never_shown(
    open_memory: Callable[..., Any],
    locked_node: WeaviateServer,
    at: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.delenv("WEAVIATE_API_KEY", raising=False)
    caplog.set_level("DEBUG")
    url = at(locked_node)
    if key is not None:
        url = url.replace("weaviate://", f"weaviate://:{key}@")
    error = in_time(lambda: open_memory(url, settings=OFF).search_memory("ferry", user_id="alice"), StoreDenied, "WEAVIATE_API_KEY")
    assert key is None or key not in f"{error!r}{error}{error.__cause__!r}{caplog.text}"


def test_the_right_key_opens_from_the_url_and_the_environment(
    opened: Callable[..., Any],
    locked_node: WeaviateServer,
    at: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = locked_node.api_key
    assert key is not None
    monkeypatch.delenv("WEAVIATE_API_KEY", raising=False)
    caplog.set_level("DEBUG")
    first = opened(at(locked_node).replace("weaviate://", f"weaviate://:{key}@"), settings=OFF)
    first.add_message(user("The ferry leaves at nine."), user_id="alice")
    monkeypatch.setenv("WEAVIATE_API_KEY", key)
    second = opened(at(locked_node), settings=OFF)
    assert texts(second) == ["The ferry leaves at nine."]
    assert key not in f"{first!r}{second!r}{caplog.text}"


def set_status(node: WeaviateServer, collection: str, status: str) -> None:
    for shard in schema_call(node.url, path=f"/{collection}/shards"):
        schema_call(node.url, "PUT", f"/{collection}/shards/{shard['name']}", body={"status": status})


def collections(node: WeaviateServer, url: str) -> dict[str, str]:
    """Names of our collections by their last word."""
    prefix = url.split("prefix=")[1].split("&")[0]
    names = [found["class"] for found in schema_call(node.url)["classes"] if found["class"].startswith(prefix)]
    return {name.rpartition("_")[2]: name for name in names}


@pytest.mark.parametrize("which", ["Memory", "Journal", "Registry"])
def test_a_read_only_server_refuses_writes_and_answers_reads(
    opened: Callable[..., Any], node: WeaviateServer, at: Callable[..., str], which: str
) -> None:
    memory = opened(at(node), settings=OFF)
    memory.add_message(user("The ferry leaves at nine."), user_id="alice")
    name = collections(node, at(node))[which]
    set_status(node, name, "READONLY")
    in_time(lambda: memory.add_message(user("The train leaves at ten."), user_id="alice"), StoreFull, "read-only")
    assert [m.memory.text for m in memory.search_memory("ferry", user_id="alice").memories][:1] == ["The ferry leaves at nine."]
    in_time(lambda: memory.forget(query="ferry", user_id="alice"), StoreError)
    set_status(node, name, "READY")
    memory.add_message(user("The train leaves at ten.", "again"), user_id="alice")
    memory.forget(query="ferry", user_id="alice")
    assert "The train leaves at ten." in texts(memory)
    assert "The ferry leaves at nine." not in texts(memory)


def test_a_server_out_of_quota_refuses_the_new_and_keeps_the_old(
    opened: Callable[..., Any], weaviate_binary: Path, tmp_path: Path, at: Callable[..., str]
) -> None:
    quota = {"MAXIMUM_ALLOWED_TENANTS_PER_COLLECTION": "3", "REPLICATION_MAXIMUM_FACTOR": "1"}
    with running_server(tmp_path, environment=quota) as server:
        memory = opened(at(server), settings=OFF)
        fitting = 0
        for number in range(5):
            try:
                memory.add_message(user("The ferry leaves at nine."), user_id=f"user{number}")
                fitting += 1
            except StoreFull:
                break
        assert 1 <= fitting <= 3
        in_time(lambda: memory.add_message(user("The ferry leaves at nine."), user_id="user9"), StoreFull, "quota")
        for number in range(fitting):
            memory.add_message(user("The train leaves at ten."), user_id=f"user{number}")
            assert len(texts(memory, f"user{number}")) == 2
        memory.close()


# -- What is on the server is not what we left there


def test_a_lost_tenant_is_no_empty_memory(open_memory: Callable[..., Any], node: WeaviateServer, at: Callable[..., str]) -> None:
    memory = open_memory(at(node), settings=OFF)
    memory.add_message(user("The ferry leaves at nine."), user_id="alice")
    lose_tenants(node, collections(node, at(node))["Memory"])
    another = open_memory(at(node), settings=OFF)
    for one in (memory, another):
        in_time(lambda one=one: one.search_memory("ferry", user_id="alice"), StoreCorrupt, "tenant")  # type: ignore[misc]
        in_time(lambda one=one: one.list_memories(user_id="alice"), StoreCorrupt)  # type: ignore[misc]
        in_time(lambda one=one: one.add_message(user("The train."), user_id="alice"), StoreCorrupt)  # type: ignore[misc]


def lose_tenants(node: WeaviateServer, collection: str, keep: Callable[[str], bool] = lambda name: False) -> None:
    names = [tenant["name"] for tenant in schema_call(node.url, path=f"/{collection}/tenants")]
    schema_call(node.url, "DELETE", f"/{collection}/tenants", body=[name for name in names if not keep(name)])


@pytest.mark.parametrize("which", ["Memory", "Journal", "Registry"])
def test_a_lost_collection_is_no_empty_memory(opened: Callable[..., Any], node: WeaviateServer, at: Callable[..., str], which: str) -> None:
    memory = opened(at(node), settings=OFF)
    memory.add_message(user("The ferry leaves at nine."), user_id="alice")
    schema_call(node.url, "DELETE", f"/{collections(node, at(node))[which]}")
    in_time(lambda: memory.add_message(user("The train leaves at ten."), user_id="alice"), StoreError)
    if which != "Journal":
        in_time(lambda: memory.search_memory("ferry", user_id="alice"), StoreError)
        in_time(lambda: opened(at(node), settings=OFF).search_memory("ferry", user_id="alice"), StoreError)


def test_a_memory_of_a_newer_version_is_refused(opened: Callable[..., Any], node: WeaviateServer, at: Callable[..., str]) -> None:
    prefix = at(node).split("prefix=")[1].split("&")[0]
    schema_call(node.url, "POST", body={"class": f"{prefix}_v99_Memory", "vectorizer": "none"})
    in_time(lambda: opened(at(node), settings=OFF).search_memory("ferry", user_id="alice"), StoreVersion, "upgrade")
    assert set(collections(node, at(node)).values()) == {f"{prefix}_v99_Memory"}


def test_a_memory_of_another_embedder_is_refused(opened: Callable[..., Any], node: WeaviateServer, at: Callable[..., str]) -> None:
    opened(at(node), embedder=HashingEmbedder(dimension=64), settings=OFF).add_message(user("The ferry."), user_id="alice")
    with pytest.raises(EmbedderMismatch, match="reembed"):
        opened(at(node), embedder=HashingEmbedder(dimension=32), settings=OFF)


# -- What close() leaves


def test_close_leaves_no_connection_and_no_thread(open_memory: Callable[..., Any], gates: Gates, at: Callable[..., str]) -> None:
    def use() -> None:
        memory = open_memory(at(gates), settings=Settings())
        memory.add_message(user("I'm vegetarian."), user_id="alice")
        memory.search_memory("food", user_id="alice")
        memory.wait(timeout=30)
        memory.close()

    use()  # the private loop, and what gRPC keeps per process, are there from now on
    until(lambda: gates.connections == 0)
    before = threads()
    for _ in range(3):
        use()
    until(lambda: gates.connections == 0)
    until(lambda: threads() <= before)


def threads() -> set[str]:
    """Names of threads, but for those of the gates and of the caller's own event loop."""
    return {thread.name for thread in threading.enumerate() if not thread.name.startswith(("gate", "asyncio_"))}


@pytest.mark.parametrize("trouble", ["killed", "unanswered"])
def test_close_does_not_wait_for_a_server_that_is_gone(
    opened: Callable[..., Any], gates: Gates, node: WeaviateServer, at: Callable[..., str], trouble: str
) -> None:
    memory = opened(at(gates), settings=Settings())
    memory.add_message(user("I'm vegetarian."), user_id="alice")
    (node.kill if trouble == "killed" else gates.hold)()
    begun = time.monotonic()
    with suppress(StoreUnavailable):
        memory.close()
    assert time.monotonic() - begun < 5 + IN_TIME_S  # ``close`` gives the worker five seconds
    gates.release()
    until(lambda: gates.connections == 0)


def until(reached: Callable[[], bool], seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < end, json.dumps([thread.name for thread in threading.enumerate()])
        time.sleep(0.02)
