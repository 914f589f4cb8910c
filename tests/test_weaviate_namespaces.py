"""Namespaces on a Weaviate server: tenants that leave nothing behind, sleep when idle, and many processes that agree about them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import weaviate

from memos_integrations import ItemInput, MemOS, Settings
from memos_integrations.stores.weaviate import WeaviateStore
from memos_integrations.stores.weaviate.address import Address
from memos_integrations.stores.weaviate.codec import tenant_of

from .weaviate_server import schema_call, with_options

ALICE = "app=default/user=alice"


def _prefix(url: str) -> str:
    return dict(parse_qsl(urlsplit(url).query))["prefix"]


def _tenants(url: str) -> dict[str, str]:
    """Tenants on the server, with their states."""
    found = schema_call(url, path=f"/{_prefix(url)}_v1_Memory/tenants")
    return {one["name"]: one["activityStatus"] for one in found}


@pytest.fixture
def look(weaviate_url: str) -> Iterator[Any]:
    """Counts what a collection holds about a word, asked of the server without our store."""
    address = Address.parse(weaviate_url)
    client = weaviate.connect_to_local(host=address.host, port=address.port, grpc_port=address.grpc_port, skip_init_checks=True)

    def count(name: str, word: str) -> int:
        objects = client.collections.get(f"{_prefix(weaviate_url)}_v1_{name}").query.fetch_objects(limit=1000).objects
        return sum(word in json.dumps(one.properties, default=str) for one in objects)

    with client:
        yield count


def test_a_deleted_namespace_leaves_nothing_on_the_server(weaviate_url: str, look: Any) -> None:
    with MemOS(weaviate_url, embedder=None, settings=Settings(worker="off")) as memory:
        for user in ("alice", "bob"):
            said = [{"role": "user", "content": f"I'm {user} and I love sailing."}, {"role": "user", "content": "我对花生过敏。"}]
            memory.add_message(said, user_id=user, conversation_id="c")
            memory.drain(30)
            memory.items(user_id=user).put(ItemInput(path=("notes",), key="k", value={"who": user}))
        memory.add_message({"role": "user", "content": "alice says: I never learnt this."}, user_id="alice", conversation_id="c")
        assert look("Registry", ALICE) > 0 and look("Journal", ALICE) > 0
        assert memory.delete_namespace(user_id="alice")
        assert set(_tenants(weaviate_url)) == {tenant_of("app=default/user=bob")}
        assert [look(name, ALICE) for name in ("Registry", "Journal")] == [0, 0]
        assert look("Journal", "never learnt") == 0
        assert [row.scope.user_id for row in memory.namespaces()] == ["bob"]
        assert not memory.search_memory("sailing 花生", user_id="alice").memories
        assert memory.search_memory("sailing", user_id="bob").memories
        assert not memory.delete_namespace(user_id="alice")


def test_forgotten_words_are_in_no_copy_on_the_server(weaviate_url: str, look: Any) -> None:
    with MemOS(weaviate_url, embedder=None, settings=Settings(worker="off")) as memory:
        said = memory.add_message({"role": "user", "content": "My locker is zanzibar. I like tea."}, user_id="alice", conversation_id="c")
        assert look("Journal", "zanzibar") == 1
        memory.forget(said.episode_ids, user_id="alice")
        assert look("Journal", "zanzibar") == 0
        memory.drain(30)
        assert not memory.search_memory("zanzibar locker", user_id="alice").memories


def test_idle_namespaces_sleep_and_wake_at_their_next_use(weaviate_url: str) -> None:
    url = with_options(weaviate_url, idle_after="1")
    with closing(WeaviateStore(url)) as store, MemOS(store, embedder=None) as memory:
        for user in ("alice", "bob"):
            memory.wait(memory.add_message({"role": "user", "content": "I like sailing. 我喜欢帆船。"}, user_id=user))
            assert memory.search_memory("sailing", user_id=user).memories
        assert store.rest() == 0
        time.sleep(1.3)
        assert memory.search_memory("sailing", user_id="bob").memories
        store.rest()
        states = _tenants(url)
        assert (states[tenant_of(ALICE)], states[tenant_of("app=default/user=bob")]) == ("COLD", "HOT")
        assert "sailing" in memory.search_memory("What do I like? 帆船", user_id="alice").instruction.text
        assert _tenants(url)[tenant_of(ALICE)] == "HOT"
        time.sleep(1.3)
        assert store.rest() >= 1
        memory.wait(memory.add_message({"role": "user", "content": "I like chess."}, user_id="alice"))
        assert "chess" in memory.search_memory("chess", user_id="alice").instruction.text


def test_who_counts_and_searches_while_a_namespace_is_made_and_deleted_loses_nothing(weaviate_url: str) -> None:
    settings = Settings(worker="off")
    with MemOS(weaviate_url, embedder=None, settings=settings) as mine, MemOS(weaviate_url, embedder=None, settings=settings) as other:
        mine.add_message({"role": "user", "content": "I keep bees."}, user_id="bob", learn=False)
        done = threading.Event()

        def make_and_delete() -> None:
            for _ in range(15):
                mine.add_message({"role": "user", "content": "I love sailing."}, user_id="alice", learn=False)
                mine.delete_namespace(user_id="alice")
            done.set()

        with ThreadPoolExecutor(1) as pool:
            making = pool.submit(make_and_delete)
            while not done.is_set():
                assert "app=default/user=bob" in {one.key for one in other.namespaces()}
                found = other.search_memory("sailing", user_id="alice")  # there or not, and never lost
                assert len(found.memories) <= 1
            making.result()
        assert other.search_memory("sailing", user_id="alice").memories == ()


def test_a_view_of_fifty_namespaces_is_searched_as_one(weaviate_url: str) -> None:
    with MemOS(weaviate_url, embedder=None) as memory:
        for number in range(50):
            memory.add_message(
                {"role": "user", "content": f"Ship number {number} sails to port {number}. 船"}, user_id=f"u{number}", learn=False
            )
            memory.grant(memory.scoped(user_id=f"u{number}").scope, to=memory.scoped(user_id="boss").scope)
        found = memory.search_memory("Which ship sails to port 37?", user_id="boss", limit=60).memories
        assert found[0].memory.text.startswith("Ship number 37")
        assert len({one.namespace for one in found}) == 50
        assert not memory.search_memory("ship", user_id="stranger").memories
        memory.revoke(memory.scoped(user_id="u37").scope, to=memory.scoped(user_id="boss").scope)
        assert "37" not in memory.search_memory("Which ship sails to port 37?", user_id="boss").instruction.text


_WRITER = """
import sys
from memos_integrations import MemOS, Scope
url, number = sys.argv[1], int(sys.argv[2])
with MemOS(url, embedder=None) as memory:
    for turn in range(6):
        said = lambda where: {"role": "user", "content": f"Parcel {number}-{turn} {where} weighs {number}{turn} kilos."}
        memory.add_message(said("shared"), user_id="alice", conversation_id=f"c{number}")
        memory.add_message(said("own"), user_id="alice", agent_id=f"a{number}", sharing="isolated", conversation_id="c")
        memory.add_message(said("crew"), team="crew", agent_id=f"a{number}", conversation_id="one for all")
    memory.grant(Scope(user_id="alice", agent_id=f"a{number}", sharing="isolated"), to=Scope(user_id=f"reader{number}"))
    memory.wait(timeout=120)
"""


def test_many_processes_that_write_at_once_lose_double_and_leak_nothing(weaviate_url: str) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", _WRITER, weaviate_url, str(number)], stderr=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    for writer in writers:
        _, told = writer.communicate(timeout=180)
        assert writer.returncode == 0, told
    with MemOS(weaviate_url, embedder=None) as memory:
        memory.wait(timeout=60)

        def turns(**scope: Any) -> list[str]:
            return sorted(one.text.split()[1] for one in memory.list_memories(kinds=["episode"], limit=1000, **scope))

        everyone = sorted(f"{number}-{turn}" for number in range(3) for turn in range(6))
        assert turns(user_id="alice") == everyone
        assert turns(team="crew", agent_id="any") == everyone
        for number in range(3):
            mine = sorted(f"{number}-{turn}" for turn in range(6))
            assert turns(user_id="alice", agent_id=f"a{number}", sharing="isolated") == mine
            read = memory.search_memory("Which parcels?", user_id=f"reader{number}", limit=50, kinds=["episode"]).memories
            assert sorted(one.memory.text.split()[1] for one in read) == mine
        assert memory.failed() == []
