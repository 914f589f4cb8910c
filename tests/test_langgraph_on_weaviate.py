"""LangGraph on Weaviate: the same store, the same nodes and the same flows, asked on a real server."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

import pytest
from langgraph.store.base import BaseStore, IndexConfig, TTLConfig

from memos_integrations import MemOS, Scope, Settings
from memos_integrations.embeddings import CallableEmbedder
from memos_integrations.langgraph import MemOSStore
from memos_integrations.testing import StoreConformance
from memos_integrations.testing.conformance import SearchConformance, character_counts

from . import test_langgraph_agents as agents
from . import test_langgraph_nodes as nodes
from . import test_langgraph_store as stores
from .test_langgraph_conformance import Clock
from .test_langgraph_nodes import Runner
from .test_langgraph_store_differential import compare, indexing, letters, loop
from .weaviate_server import fresh_collections, schema_call

__all__ = ["loop"]  # a fixture

EXAMPLES = int(os.environ.get("MEMOS_EXAMPLES_ON_WEAVIATE", "3"))  # of each of eight ways to ask
KEY = os.environ.get("WEAVIATE_API_KEY")


def own() -> Scope:
    """Whose nothing is stored yet."""
    return Scope(agent_id=uuid.uuid4().hex)


@pytest.fixture
def memory(weaviate_url: str) -> Iterator[MemOS]:
    """A memory without a worker."""
    with MemOS(weaviate_url, embedder=None, settings=Settings(worker="off")) as memory:
        yield memory


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    return Runner(request.param, tmp_path / "checkpoints.db")


@pytest.fixture(scope="module")
def counting(weaviate_server: str) -> Iterator[MemOS]:
    """A memory that embeds by counting letters; each test has a scope of its own in it."""
    with (
        fresh_collections(weaviate_server, api_key=KEY) as url,
        MemOS(url, embedder=CallableEmbedder(character_counts), settings=Settings(worker="off")) as memory,
    ):
        yield memory


class Opened:
    """Opens stores for the conformance suite."""

    partition = 0
    memory: MemOS

    @pytest.fixture(autouse=True)
    def _memory(self, counting: MemOS) -> None:
        self.memory = counting

    @contextmanager
    def open_store(self, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> Iterator[BaseStore]:
        self.clock = Clock()
        kind: Any = index or False
        yield MemOSStore(self.memory, index=kind, ttl=ttl, partition=self.partition, scope=own(), clock=self.clock)

    def pass_time(self, store: BaseStore, minutes: float) -> None:
        self.clock.now += timedelta(minutes=minutes)


class TestStore(Opened, StoreConformance):
    """The whole conformance suite, in one namespace of the memory."""


class TestStoreInPartitions(Opened, SearchConformance):
    """What searches find in a tenant for each first label."""

    partition = 1
    faces: ClassVar[tuple[Literal["async"]]] = ("async",)


@pytest.fixture(scope="module")
def spelling(weaviate_server: str) -> Iterator[MemOS]:
    """A memory that embeds as the reference of the differential test does."""
    with (
        fresh_collections(weaviate_server, api_key=KEY) as url,
        MemOS(url, embedder=CallableEmbedder(letters, name="letters"), settings=Settings(worker="off")) as memory,
    ):
        yield memory


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("partition", [0, 1])
@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "plain"])
def test_any_sequence_of_batches_is_answered_alike(
    spelling: MemOS, face: str, partition: int, indexed: bool, loop: asyncio.AbstractEventLoop
) -> None:
    @contextmanager
    def opened() -> Iterator[BaseStore]:
        yield MemOSStore(spelling, partition=partition, index=indexing(indexed), scope=own())

    compare(opened, indexed=indexed, loop=None if face == "sync" else loop, examples=EXAMPLES)


def tenants(url: str) -> set[str]:
    """Of all collections of a store, as the server lists them."""
    prefix = dict(parse_qsl(urlsplit(url).query))["prefix"]
    names = [found["class"] for found in schema_call(url, api_key=KEY)["classes"] if found["class"].startswith(prefix)]
    several = [name for name in names if schema_call(url, path=f"/{name}", api_key=KEY)["multiTenancyConfig"]["enabled"]]
    return {tenant["name"] for name in several for tenant in schema_call(url, path=f"/{name}/tenants", api_key=KEY)}


def test_each_label_of_a_partition_has_a_tenant_of_its_own(memory: MemOS, weaviate_url: str) -> None:
    store = MemOSStore(memory, partition=2, index={"fields": ["text"]})
    labels = [("users", "alice"), ("users", "bob"), ("用户", "王")]
    for label in labels:
        for path in (label, (*label, "notes"), (*label, "cache")):
            store.put(path, "k", {"text": f"the violin of {label[-1]}"})
    there = tenants(weaviate_url)
    assert len(there) == len(labels)
    assert {found.namespace[:2] for found in store.search(("users", "bob"), query="violin", limit=50)} == {("users", "bob")}
    assert len(store.search(("users",), query="violin", limit=50)) == 6
    memory.delete_namespace(scope=store.scope_of(("users", "bob")))
    assert tenants(weaviate_url) < there and len(tenants(weaviate_url)) == 2
    assert store.search(("users", "bob")) == []
    assert len(store.search(("users",), query="violin", limit=50)) == 3
    store.put(("users", "bob"), "k", {"text": "a new violin"})
    assert tenants(weaviate_url) == there


@pytest.mark.parametrize("face", ["sync", "async"])
def test_what_expired_is_swept_from_the_server(counting: MemOS, face: str) -> None:
    times: list[datetime] = [stores.START_TIME]
    scope = own()
    store = MemOSStore(counting, ttl={"default_ttl": 10}, partition=1, scope=scope, clock=lambda: times[0])
    for user in ("a", "b"):
        for number in range(3):
            store.put((user,), str(number), {"n": number}, ttl=None if number == 2 else 10)
    times[0] += timedelta(minutes=11)
    assert len(store.search((), limit=50)) == 2
    assert held(counting, scope) == 6
    assert (store.sweep_ttl() if face == "sync" else asyncio.run(store.asweep_ttl())) == 4
    assert held(counting, scope) == 2
    assert len(store.search((), limit=50)) == 2


def held(memory: MemOS, scope: Scope) -> int:
    """Items of an agent's namespaces."""
    assert scope.agent_id is not None
    return sum(info.memories.get("item", 0) for info in memory.namespaces() if scope.agent_id in info.key)


class TestLearning(stores.TestLearning):
    """What is put is learnt from, replaced and forgotten."""

    @pytest.fixture
    def memory(self, weaviate_url: str) -> Iterator[MemOS]:
        with MemOS(weaviate_url, embedder=None) as memory:
            yield memory

    test_a_wrong_pattern_is_named = None  # asks no server


class TestOnce(nodes.TestOnce):
    """Each turn is stored once: interrupts, failures, retries, replays and forks, with a checkpointer on a file."""

    @pytest.fixture
    def memory(self, memory: MemOS) -> MemOS:
        memory.remember("I am allergic to peanuts.", kind="preference", user_id="alice")
        memory.remember("Alice lives in Porto.", kind="fact", user_id="alice")
        return memory


class TestRecall:
    """What is found stands in the state, and in the prompt."""

    @pytest.fixture
    def memory(self, memory: MemOS) -> MemOS:
        memory.remember("I am allergic to peanuts.", kind="preference", user_id="alice")
        memory.remember("Alice lives in Porto.", kind="fact", user_id="alice")
        return memory

    graph = staticmethod(nodes.TestRecall.graph)
    test_it_is_typed_plain_and_no_message = nodes.TestRecall.test_it_is_typed_plain_and_no_message
    test_what_the_prompt_holds_is_not_recalled_once_more = nodes.TestRecall.test_what_the_prompt_holds_is_not_recalled_once_more
    test_an_agent_with_tools = nodes.TestWithMemory.test_an_agent_with_tools_is_given_memory_once_and_all_of_its_turn_is_stored


test_a_supervisor_with_two_workers = agents.test_a_supervisor_with_two_workers
test_a_swarm_with_handoffs = agents.test_a_swarm_with_handoffs
test_a_map_reduce_of_sixteen_branches_that_all_write = agents.test_a_map_reduce_of_sixteen_branches_that_all_write


def test_a_kill_between_the_answer_and_remember_loses_nothing(weaviate_url: str, tmp_path: Path) -> None:
    nodes.kill_and_resume(tmp_path, weaviate_url)
