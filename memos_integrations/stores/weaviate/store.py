"""The store on a Weaviate server."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import JsonValue

from ...errors import InvalidInput
from ..base import Batch, NamespaceRow, Record, ScanPage, ScanQuery, SearchQuery, SearchResult, Store, StoreInfo, Task
from .address import Address
from .asking import Asking
from .connection import Connection
from .journal import Journal
from .registry import Registry
from .schema import VERSION, Schema
from .writing import Writing

if TYPE_CHECKING:
    from weaviate import WeaviateClient

__all__ = ["WeaviateStore"]

T = TypeVar("T")
_STRIPES = 64
_CONVERSATIONS = 10_000


class WeaviateStore(Store):
    """Memories on a Weaviate server: a tenant per namespace, shared by all processes that open it.

    The same calls as the embedded store, and the same answers; a request that fails or takes too long raises. Writes are not
    transactions: see ``docs/weaviate.md`` for their order and what a crash leaves.

    Args:
        url: ``weaviate://[:KEY@]HOST:PORT``, or ``weaviates://`` for TLS, with options; see ``Address.parse``.
        api_key: A key, if it is not in the URL; default ``WEAVIATE_API_KEY``.
        client: A connected ``weaviate.WeaviateClient`` of your own, to be used instead of one of ours. It is never closed.

    Raises:
        InvalidInput: The URL is none of ours, or the client is another.
    """

    def __init__(self, url: str = "weaviate://localhost:8080", *, api_key: str | None = None, client: WeaviateClient | None = None) -> None:
        self._address = Address.parse(url, api_key=api_key)
        if client is not None:
            import weaviate

            if not isinstance(client, weaviate.WeaviateClient):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidInput(
                    f"must be a weaviate.WeaviateClient, not {type(client).__name__}; asynchronous clients belong to one event loop: "
                    "pass the URL instead",
                    field="client",
                )
        self._connection = Connection(self._address, client)
        self._schema = Schema(self._connection)
        self._registry = Registry(self._connection, self._schema)
        self._journal = Journal(self._connection, self._schema, self._registry)
        self._asking = Asking(self._connection, self._schema, self._registry)
        self._writing = Writing(self._connection, self._schema, self._registry, self._journal, self._asking)
        self._locks = [threading.Lock() for _ in range(_STRIPES)]
        self._last: OrderedDict[tuple[str, str], int] = OrderedDict()

    def __repr__(self) -> str:
        return f"WeaviateStore({self._address.location!r})"

    async def _ready(self) -> None:
        if self._connection.check_open():
            self._schema.forget()
            self._registry.forget()
            self._locks = [threading.Lock() for _ in range(_STRIPES)]
        await self._schema.made()

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._connection.run(self._after_ready(coroutine))

    async def _arun(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return await self._connection.arun(self._after_ready(coroutine))

    async def _after_ready(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            await self._ready()
        except BaseException:
            coroutine.close()
            raise
        return await coroutine

    def commit(self, batch: Batch) -> None:
        """See ``Store``. Not one step: see ``docs/weaviate.md``."""
        self._run(self._writing.commit(batch, _now()))

    def append(self, namespace: str, conversation: str | None, tail: int, plan: Callable[[Sequence[Record]], Batch]) -> Batch:
        """See ``Store``. One step against other writers of this process only."""
        with self._locks[hash((namespace, conversation)) % _STRIPES]:
            records: Sequence[Record] = ()
            if conversation is not None and tail > 0:
                records = self._run(self._tail(namespace, conversation, tail))
            batch = plan(records)
            if batch:
                self._run(self._writing.commit(batch, _now()))
        return batch

    async def _tail(self, namespace: str, conversation: str, tail: int) -> Sequence[Record]:
        """The last turns of a conversation, in order. To sort a long one is slow: what was last before tells where to begin."""
        query = ScanQuery(
            (namespace,), kinds=("episode",), statuses=(), conversation=conversation, sort="order", descending=True, limit=tail
        )
        key = (namespace, conversation)
        last = self._last.pop(key, None)
        records: Sequence[Record] = ()
        if last is not None:
            records = (await self._asking.scan(replace(query, after_order=last - tail))).records
        if len(records) < tail and (last is None or last > tail):  # the first time, or some were forgotten
            records = (await self._asking.scan(query)).records
        if records:
            self._last[key] = records[0].order
            if len(self._last) > _CONVERSATIONS:
                self._last.popitem(last=False)
        return records[::-1]

    def get(self, ids: Sequence[str], *, namespaces: Sequence[str] | None = None, with_index: bool = False) -> list[Record]:
        """See ``Store``."""
        return self._run(self._get(ids, namespaces, with_index))

    async def aget(self, ids: Sequence[str], *, namespaces: Sequence[str] | None = None, with_index: bool = False) -> list[Record]:
        """``get``, awaited."""
        return await self._arun(self._get(ids, namespaces, with_index))

    async def _get(self, ids: Sequence[str], namespaces: Sequence[str] | None, with_index: bool) -> list[Record]:
        keys = await self._registry.keys() if namespaces is None else namespaces
        return await self._asking.get(ids, keys, with_index=with_index)

    def search(self, query: SearchQuery) -> SearchResult:
        """See ``Store``."""
        return self._run(self._search(query))

    async def asearch(self, query: SearchQuery) -> SearchResult:
        """``search``, awaited."""
        return await self._arun(self._search(query))

    async def _search(self, query: SearchQuery) -> SearchResult:
        versions, (hits, failed) = await asyncio.gather(
            self._registry.versions((*query.namespaces, *query.watch)), self._asking.search(query)
        )
        await self._registry.use([key for key in query.namespaces if key in versions], _now())
        return SearchResult(tuple(hits), versions, failed)

    def scan(self, query: ScanQuery) -> ScanPage:
        """See ``Store``."""
        return self._run(self._asking.scan(query))

    async def ascan(self, query: ScanQuery) -> ScanPage:
        """``scan``, awaited."""
        return await self._arun(self._asking.scan(query))

    def paths(self, namespace: str, *, prefix: Sequence[str] = (), now: int = 0) -> list[tuple[str, ...]]:
        """See ``Store``."""
        return self._run(self._asking.paths(namespace, prefix, now))

    async def apaths(self, namespace: str, *, prefix: Sequence[str] = (), now: int = 0) -> list[tuple[str, ...]]:
        """``paths``, awaited."""
        return await self._arun(self._asking.paths(namespace, prefix, now))

    def namespaces(self, keys: Sequence[str] | None = None) -> list[NamespaceRow]:
        """See ``Store``."""
        return self._run(self._registry.rows(keys))

    def drop_namespace(self, key: str) -> bool:
        """See ``Store``."""
        return self._run(self._drop(key))

    async def _drop(self, key: str) -> bool:
        queued = await self._journal.drop(key)
        there = await self._registry.drop(key)
        await self._journal.drop(key, waiting=False)  # what workers said of its tasks meanwhile; what is new waits, and stays
        return there or queued

    def lease(self, *, owner: str, now: int, until: int, flush: bool = False, limit: int = 64) -> list[Task]:
        """See ``Store``. What a crash left undone of the tasks' writes is done first."""
        return self._run(self._lease(owner=owner, now=now, until=until, flush=flush, limit=limit))

    async def _lease(self, *, owner: str, now: int, until: int, flush: bool, limit: int) -> list[Task]:
        tasks, copies = await self._journal.take(owner=owner, now=now, until=until, flush=flush, limit=limit)
        if copies:
            await self._repair(copies)
        return tasks

    async def _repair(self, copies: Sequence[str]) -> None:
        repaired = await self._writing.replay(copies)
        await self._registry.bump(repaired, _now(), preferences=repaired)

    def tasks(
        self, *, ids: Sequence[str] | None = None, states: Sequence[str] = (), namespaces: Sequence[str] | None = None, limit: int = 1000
    ) -> list[Task]:
        """See ``Store``."""
        return self._run(self._journal.tasks(ids=ids, states=states, namespaces=namespaces, limit=limit))

    def prune_tasks(self, done_before: int) -> int:
        """See ``Store``."""
        return self._run(self._journal.prune(done_before))

    def rest(self) -> int:
        """See ``Store``. A namespace that nobody used for the address's ``idle_after_s`` sleeps; the server wakes it at its next use."""
        return self._run(self._registry.rest(_now()))

    def get_meta(self, key: str) -> JsonValue:
        """See ``Store``."""
        return self._run(self._registry.get_meta(key))

    def set_meta(self, key: str, value: JsonValue, *, only_if_absent: bool = False) -> JsonValue:
        """See ``Store``."""
        return self._run(self._registry.set_meta(key, value, only_if_absent=only_if_absent))

    def purge(self) -> None:
        """See ``Store``. Copies go; the server's own files lose what was removed when it merges them."""
        self._run(self._purge())

    async def _purge(self) -> None:
        while copies := await self._journal.some_copies():
            await self._repair(copies)

    def info(self) -> StoreInfo:
        """See ``Store``."""
        return self._run(self._info())

    async def _info(self) -> StoreInfo:
        details: dict[str, JsonValue] = {"server": await self._connection.server_version(), "collection": self._schema.memory}
        return StoreInfo(self._address.location, VERSION, details)

    def close(self) -> None:
        """See ``Store``."""
        self._connection.close()


def _now() -> int:
    return int(time.time() * 1e6)
