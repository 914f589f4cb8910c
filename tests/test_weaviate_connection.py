"""A Weaviate memory is opened by its URL or over a client of the user's, from any loop, and tells nobody its key."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
import weaviate

from memos_integrations import AsyncMemOS, Closed, InvalidInput, MemOS, StoreDenied, StoreUnavailable
from memos_integrations.stores.weaviate import WeaviateStore
from memos_integrations.stores.weaviate.address import Address

from .weaviate_server import running_server

KEY = "wcs-k3y-that-nobody-may-see"


def test_a_url_says_where_and_how() -> None:
    plain = Address.parse("weaviate://db.example:8081?grpc_port=50052&prefix=Team&timeout=2.5&consistency=all&replicas=3&idle_after=60")
    assert (plain.host, plain.port, plain.secure, plain.grpc_host, plain.grpc_port) == ("db.example", 8081, False, "db.example", 50052)
    assert (plain.prefix, plain.timeout_s, plain.consistency, plain.replicas, plain.idle_after_s) == ("Team", 2.5, "ALL", 3, 60.0)
    secure = Address.parse("weaviates://db.example?grpc_host=grpc.db.example")
    assert (secure.port, secure.secure, secure.grpc_host, secure.grpc_port) == (443, True, "grpc.db.example", 443)
    for address in (plain, secure, Address.parse("weaviate://[::1]")):
        assert Address.parse(address.location) == address


@pytest.mark.parametrize(
    "url",
    [
        "weaviate://",
        "weaviate:///path",
        "weaviate://h/path",
        "weaviate://h:0x1",
        "weaviate://h:99999",
        "weaviate://h?colour=red",
        "weaviate://h?timeout=0",
        "weaviate://h?timeout=nan",
        "weaviate://h?timeout=soon",
        "weaviate://h?consistency=most",
        "weaviate://h?prefix=lower",
        "weaviate://h?prefix=A&prefix=B",
        "weaviate://h?replicas=-1",
        "weaviate://h#part",
    ],
)
def test_another_url_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(InvalidInput, match="store"):
        MemOS(url)


def test_a_key_comes_from_the_url_the_argument_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEAVIATE_API_KEY", "from-env")
    assert Address.parse("weaviate://h").api_key == "from-env"
    assert Address.parse(f"weaviate://:{KEY}@h").api_key == KEY
    assert Address.parse("weaviate://:a%40b@h").api_key == "a@b"
    assert Address.parse("weaviate://h", api_key=KEY).api_key == KEY
    monkeypatch.delenv("WEAVIATE_API_KEY")
    assert Address.parse("weaviate://h").api_key is None


def test_nothing_tells_the_key(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    url = f"weaviate://:{KEY}@127.0.0.1:1?timeout=0.3"
    with closing(WeaviateStore(url)) as store:
        assert KEY not in repr(store)
        assert KEY not in repr(Address.parse(url))
    with pytest.raises(StoreUnavailable) as failed:
        MemOS(url)
    told = f"{failed.value!r} {failed.value} {failed.value.__cause__!r} {caplog.text}"
    assert KEY not in told


def test_it_travels_without_its_key(weaviate_binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEAVIATE_API_KEY", raising=False)
    with running_server(tmp_path, api_key=KEY) as server:
        with MemOS(server.url.replace("://", f"://:{KEY}@", 1), embedder=None) as memory:
            memory.add_message({"role": "user", "content": "I like tea."}, user_id="a")
            sent = pickle.dumps(memory)
        assert KEY.encode() not in sent
        with pytest.raises(StoreDenied, match="WEAVIATE_API_KEY"):
            pickle.loads(sent)
        monkeypatch.setenv("WEAVIATE_API_KEY", KEY)
        with pickle.loads(sent) as arrived:
            [found] = arrived.search_memory("tea", user_id="a", kinds=["episode"]).memories
            assert found.memory.text == "I like tea."


def test_one_memory_serves_several_event_loops_and_none(weaviate_url: str) -> None:
    memory = AsyncMemOS(weaviate_url, embedder=None)
    asyncio.run(memory.add_message({"role": "user", "content": "我喜欢喝茶。"}, user_id="a"))

    async def ask() -> int:
        together = await asyncio.gather(*(memory.search_memory("喝茶", user_id="a", kinds=["episode"]) for _ in range(5)))
        return min(len(recall.memories) for recall in together)

    assert [asyncio.run(ask()) for _ in range(3)] == [1, 1, 1]
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(asyncio.run(ask()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1, 1, 1]

    async def blocking_inside() -> int:
        return len(memory.sync.search_memory("喝茶", user_id="a", kinds=["episode"]).memories)

    assert asyncio.run(blocking_inside()) == 1
    asyncio.run(memory.close())
    with pytest.raises(Closed):
        asyncio.run(memory.search_memory("喝茶", user_id="a", kinds=["episode"]))


def test_a_client_of_the_users_is_used_and_never_closed(weaviate_url: str) -> None:
    address = Address.parse(weaviate_url)
    with weaviate.connect_to_custom(
        http_host=address.host,
        http_port=address.port,
        http_secure=address.secure,
        grpc_host=address.grpc_host,
        grpc_port=address.grpc_port,
        grpc_secure=address.secure,
        auth_credentials=None if address.api_key is None else weaviate.auth.Auth.api_key(address.api_key),
        skip_init_checks=True,
    ) as client:
        store = WeaviateStore(weaviate_url, client=client)
        with MemOS(store, embedder=None) as memory:
            memory.wait(memory.add_message({"role": "user", "content": "I'm allergic to peanuts."}, user_id="a"))
            assert "peanut" in memory.search_memory("What about a snack?", user_id="a").instruction.text
        store.close()
        assert client.is_ready()
    other = weaviate.use_async_with_local(skip_init_checks=True)
    with pytest.raises(InvalidInput, match="event loop"):
        WeaviateStore(weaviate_url, client=other)  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_child_of_a_fork_says_what_to_do_and_leaves_its_parent_alone(weaviate_url: str) -> None:
    script = """
import os, sys
from memos_integrations import MemOS, StoreDenied, StoreUnavailable
memory = MemOS(sys.argv[1], embedder=None)
memory.add_message({"role": "user", "content": "I like tea."}, user_id="a")
child = os.fork()
if child == 0:
    try:
        memory.search_memory("tea", user_id="a")
    except StoreUnavailable as error:
        os._exit(0 if "after the fork" in str(error) else 3)
    os._exit(4)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert len(memory.search_memory("tea", user_id="a").memories) == 1
memory.close()
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, weaviate_url], check=True, timeout=60)
