"""What the Weaviate store costs beside the bare client doing the same calls, in one run against one real server.

Run ``python -m benchmarks.weaviate [--records 2000] [--rounds 40] [--tenants 10,500]``; it starts the server that the tests use.
With langchain-weaviate and llama-index-vector-stores-weaviate installed (in an environment of their own), they are measured too. See
``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import statistics
import tempfile
import time
import uuid
import warnings
from collections.abc import Awaitable, Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import weaviate
    from weaviate.classes.config import Configure, DataType, Property, Tokenization, VectorDistances
    from weaviate.classes.data import DataObject
    from weaviate.classes.query import MetadataQuery
    from weaviate.classes.tenants import Tenant

from memos_integrations import MemOS, Settings
from memos_integrations._loop import run_on_private_loop
from memos_integrations.embeddings import CallableEmbedder
from memos_integrations.stores.base import Batch, NamespaceRow, Record, SearchQuery, Task
from memos_integrations.stores.weaviate import WeaviateStore
from tests.weaviate_server import WeaviateServer, running_server

_DIMENSION = 384
_LIMIT = 50
_WORDS = [f"w{n}" for n in range(3000)]
_WEIGHTS = [1 / (n + 1) for n in range(3000)]
_SPACE = "bench"
_dice = random.Random(7)
_generator = np.random.default_rng(7)


def text(words: int = 20) -> list[str]:
    """Words, some frequent and most rare, as in language."""
    return _dice.choices(_WORDS, weights=_WEIGHTS, k=words)


def vector() -> list[float]:
    """A direction."""
    return [float(x) for x in _generator.standard_normal(_DIMENSION)]


def record(namespace: str, number: int, *, embedded: bool = True) -> Record:
    """A turn."""
    words = text()
    return Record(
        id=str(uuid.uuid4()), namespace=namespace, kind="episode", text=" ".join(words), terms=tuple(words),
        vectors=(vector(),) if embedded else (), space=_SPACE if embedded else None, conversation="c", order=number,
        created_at=1_700_000_000_000_000 + number, updated_at=1_700_000_000_000_000 + number,
    )  # fmt: skip


class Bare:
    """A collection and tenants as somebody would make them by hand: words, text and a vector."""

    def __init__(self, server: WeaviateServer) -> None:
        self._server = server
        self.client: Any = None
        self.collection: Any = None

    async def open(self) -> None:
        self.client = weaviate.use_async_with_local(port=self._server.ports.http, grpc_port=self._server.ports.grpc, skip_init_checks=True)
        await self.client.connect()
        flat = Configure.VectorIndex.flat(distance_metric=VectorDistances.COSINE)
        self.collection = await self.client.collections.create(
            "Bare",
            multi_tenancy_config=Configure.multi_tenancy(enabled=True, auto_tenant_activation=True),
            vector_config=Configure.Vectors.self_provided(vector_index_config=flat),
            properties=[
                Property(name="body", data_type=DataType.TEXT, index_filterable=False, index_searchable=False),
                Property(name="terms", data_type=DataType.TEXT, index_filterable=False, tokenization=Tokenization.WHITESPACE),
            ],
        )

    async def fill(self, tenant: str, records: Sequence[Record]) -> Any:
        await self.collection.tenants.create([Tenant(name=tenant)])
        handle = self.collection.with_tenant(tenant)
        for start in range(0, len(records), 200):
            await handle.data.insert_many([self.object(one) for one in records[start : start + 200]])
        return handle

    @staticmethod
    def object(one: Record) -> Any:
        return DataObject(
            properties={"body": one.text, "terms": " ".join(one.terms)}, uuid=one.id, vector=list(one.vectors[0]) if one.vectors else None
        )

    @staticmethod
    async def pair(handle: Any) -> None:
        await asyncio.gather(
            handle.query.bm25(
                " ".join(dict.fromkeys(text(6))), query_properties=["terms"], limit=_LIMIT, return_metadata=MetadataQuery(score=True),
                return_properties=["body"],
            ),
            handle.query.near_vector(vector(), limit=_LIMIT, return_metadata=MetadataQuery(distance=True), return_properties=["body"]),
        )  # fmt: skip


class Bench:
    """Calls, timed in turns, so that what else the machine does falls on all of them alike."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self.loop = (
            asyncio.new_event_loop()
        )  # of the awaited calls; gRPC runs on the store's own loop only, as two would disturb each other

    def awaited(self, call: Callable[[], Awaitable[object]]) -> Callable[[], object]:
        return lambda: self.loop.run_until_complete(_whole(call()))

    @staticmethod
    def bare(call: Callable[[], Awaitable[object]]) -> Callable[[], object]:
        return lambda: run_on_private_loop(_whole(call()))

    def compare(self, **calls: Callable[[], object]) -> dict[str, float]:
        """Medians, milliseconds."""
        times: dict[str, list[float]] = {name: [] for name in calls}
        for number in range(self._rounds + 2):
            for name, call in calls.items():
                start = time.perf_counter()
                call()
                if number >= 2:
                    times[name].append((time.perf_counter() - start) * 1e3)
        return {name: statistics.median(found) for name, found in times.items()}


async def _whole(call: Awaitable[object]) -> object:
    return await call


def query(*namespaces: str) -> SearchQuery:
    """A search with both arms."""
    return SearchQuery(namespaces, terms=tuple(dict.fromkeys(text(6))), vector=vector(), space=_SPACE, limit=_LIMIT, now=1)


def tell(name: str, times: dict[str, float], base: str) -> None:
    """A line: milliseconds, and the ratio to the first."""
    told = "  ".join(f"{key} {value:.2f} ms ({value / times[base]:.2f})" for key, value in times.items())
    print(f"{name:34} {told}", flush=True)


def other_frameworks(client: Any, records: Sequence[Record]) -> dict[str, Callable[[], object]]:
    """The same hybrid question to the vector stores of LangChain and LlamaIndex, where these are installed."""
    calls: dict[str, Callable[[], object]] = {}
    if find_spec("langchain_weaviate") is not None:
        from langchain_core.embeddings import Embeddings
        from langchain_weaviate import WeaviateVectorStore as LangChainStore

        class Known(Embeddings):
            def embed_documents(self, texts: list[str]) -> list[list[float]]:
                return [vector() for _ in texts]

            def embed_query(self, text: str) -> list[float]:
                return vector()

        store = LangChainStore(client, index_name="LangChainBench", text_key="text", embedding=Known())
        store.add_texts([one.text for one in records])
        calls["langchain"] = lambda: store.similarity_search(" ".join(text(6)), k=_LIMIT, alpha=0.5)
    if find_spec("llama_index.vector_stores.weaviate") is not None:
        from llama_index.core.schema import TextNode
        from llama_index.core.vector_stores.types import VectorStoreQuery, VectorStoreQueryMode
        from llama_index.vector_stores.weaviate import WeaviateVectorStore as LlamaStore

        nodes = LlamaStore(weaviate_client=client, index_name="LlamaIndexBench")
        nodes.add([TextNode(text=one.text, embedding=list(one.vectors[0])) for one in records])
        calls["llama_index"] = lambda: nodes.query(
            VectorStoreQuery(
                query_embedding=vector(), query_str=" ".join(text(6)), similarity_top_k=_LIMIT, mode=VectorStoreQueryMode.HYBRID, alpha=0.5
            )
        )
    return calls


def used(pid: int) -> tuple[float, int]:
    """Memory in MB, and open files, of a process; Linux only."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    rss = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return rss / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def namespaced(store: WeaviateStore, name: str, count: int) -> None:
    """A namespace with records."""
    for start in range(0, count, 200):
        store.commit(
            Batch(
                put=tuple(record(name, n) for n in range(start, min(count, start + 200))),
                namespaces=(NamespaceRow(name, {"user_id": name}),),
            )
        )


def run(server: WeaviateServer, size: int, rounds: int, tenants: Sequence[int]) -> None:
    """All measurements."""
    bench, bare = Bench(rounds), Bare(server)
    store = WeaviateStore(f"{server.url}&idle_after=100000")
    run_on_private_loop(bare.open())
    records = [record("bare", n) for n in range(size)]
    handle = run_on_private_loop(bare.fill("bare", records))
    namespaced(store, "one", size)

    pair = bench.bare(lambda: bare.pair(handle))
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # gRPC complains there of two kinds of clients in one process
    client = weaviate.connect_to_local(port=server.ports.http, grpc_port=server.ports.grpc, skip_init_checks=True)
    others = other_frameworks(client, records)
    told = bench.compare(
        pair=pair, search=lambda: store.search(query("one")), asearch=bench.awaited(lambda: store.asearch(query("one"))), **others
    )
    tell(f"recall of {size} records", told, "pair")
    client.close()

    names = [f"many{n}" for n in range(50)]
    handles = []
    for name in names:
        namespaced(store, name, 100)
        handles.append(run_on_private_loop(bare.fill(name, [record(name, n) for n in range(100)])))
    for face in ("sync", "async"):

        def over(*keys: str, awaited: bool = face == "async") -> Callable[[], object]:
            return bench.awaited(lambda: store.asearch(query(*keys))) if awaited else lambda: store.search(query(*keys))

        async def pairs(count: int) -> None:
            await asyncio.gather(*(bare.pair(one) for one in handles[:count]))

        told = bench.compare(one=over(names[0]), eight=over(*names[:8]), fifty=over(*names))
        tell(f"namespaces of 100 records, {face}", told, "one")
    told = bench.compare(one=bench.bare(lambda: pairs(1)), eight=bench.bare(lambda: pairs(8)), fifty=bench.bare(lambda: pairs(50)))
    tell("  the bare pairs", told, "one")

    place = iter(range(10**6))

    def add() -> None:
        number = next(place)

        def plan(tail: Sequence[Record]) -> Batch:
            task = Task(str(uuid.uuid4()), "adds", "learn", "c", created_at=number)
            return Batch(put=(record("adds", number, embedded=False),), tasks=(task,), namespaces=(NamespaceRow("adds", {"user_id": "a"}),))

        store.append("adds", "c", 22, plan)

    async def insert() -> None:
        await handle.data.insert_many([bare.object(record("bare", 0, embedded=False))])

    tell("one turn added, acknowledged", bench.compare(insert=bench.bare(insert), append=add), "insert")

    async def sleep(*, ours: bool) -> None:
        client, name = (bare.client, "MemOS_v1_Memory") if ours else (bare.client, "Bare")
        collection = client.collections.get(name)
        found = await collection.tenants.get()
        await collection.tenants.deactivate([one for one in found if (one == _tenant("one") if ours else one == "bare")])

    cold: list[float] = []
    cold_bare: list[float] = []
    for _ in range(max(5, rounds // 4)):
        for ours, times, call in ((True, cold, lambda: store.search(query("one"))), (False, cold_bare, pair)):
            run_on_private_loop(sleep(ours=ours))
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1e3)
    warm = bench.compare(warm=lambda: store.search(query("one")), pair=pair)
    told = {"warm": warm["warm"], "first": statistics.median(cold), "warm pair": warm["pair"], "first pair": statistics.median(cold_bare)}
    tell("first recall of one put to sleep", told, "warm")

    with MemOS(
        f"{server.url}&prefix=Whole",
        embedder=CallableEmbedder(lambda texts: [vector() for _ in texts], name="v"),
        settings=Settings(worker="off"),
    ) as memory:
        for _ in range(0, size // 4, 100):
            memory.add_message([{"role": "user", "content": " ".join(text())} for _ in range(100)], user_id="a", learn=False)
        memory.drain()
        told = bench.compare(pair=pair, search_memory=lambda: memory.search_memory(" ".join(text(6)), user_id="a"))
        tell(f"search_memory over {size // 4} turns", told, "pair")

    made = 0
    first: float | None = None
    before = used(server.pid)
    for count in tenants:
        for number in range(made, count):
            namespaced(store, f"small{number}", 5)
        told = bench.compare(search=lambda: store.search(query("one")))
        first = first or told["search"]
        rss, files = used(server.pid)
        share = f"{(rss - before[0]) / count:.2f} MB and {(files - before[1]) / count:.1f} open files each"
        name = f"recall with {count} more tenants"
        print(f"{name:34} {told['search']:.2f} ms ({told['search'] / first:.2f}); server {rss:.0f} MB, {share}", flush=True)
        made = count
    store.close()
    run_on_private_loop(bare.client.close())
    bench.loop.close()


def _tenant(namespace: str) -> str:
    from memos_integrations.stores.weaviate.codec import tenant_of

    return tenant_of(namespace)


def main() -> None:
    """Read the options, start a server, measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--tenants", default="10,500")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder), environment={"AUTOSCHEMA_ENABLED": "true"}) as server,
    ):  # LlamaIndex needs it
        run(server, options.records, options.rounds, [int(count) for count in options.tenants.split(",")])


if __name__ == "__main__":
    main()
