"""The client, its deadline and its errors. All requests run on the private loop, whoever asks."""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import weaviate
from weaviate.classes.config import ConsistencyLevel
from weaviate.classes.init import AdditionalConfig, Auth, Timeout
from weaviate.collections.collection import CollectionAsync
from weaviate.config import ConnectionConfig
from weaviate.connect import ConnectionParams

from ..._loop import await_on_private_loop, run_on_private_loop
from ...errors import Closed, StoreUnavailable
from .address import Address
from .breaker import Breaker
from .failures import RAISED, let_go, translated

if TYPE_CHECKING:
    from weaviate import WeaviateAsyncClient, WeaviateClient

__all__ = ["Connection", "Handle"]

T = TypeVar("T")
Handle: TypeAlias = "CollectionAsync[Any, Any]"
"""A collection, or one of its tenants. Over a client of the user's its methods return values instead of coroutines."""

_AT_ONCE = 64  # requests under way; the server works on a few per core
_HANDLES = 4096
_THREADS = 16  # of a client that blocks
_LEAKED: list[object] = []
"""Clients of a parent process: closing them here would end the parent's connections, so they are kept for ever."""


class _Grpc:
    """Where gRPC's asynchronous stack runs: it does not survive a fork, and would take the parent's wake-ups if it were used in a child."""

    pid: int | None = None

    @classmethod
    def begin(cls) -> None:
        if cls.pid not in (None, os.getpid()):
            raise StoreUnavailable(
                "this process was forked from one that had a Weaviate memory open, and gRPC does not survive that: open the memory "
                "after the fork (in a post-fork hook), or start processes with the method 'spawn' or 'forkserver'"
            )
        cls.pid = os.getpid()


class Connection:
    """One server, reached by a client of ours or of the user's.

    Args:
        address: The server, and how long a request to it may take.
        client: The user's own client, connected; it is used from threads, and never closed.
    """

    def __init__(self, address: Address, client: WeaviateClient | None = None) -> None:
        self.address = address
        self._given = client
        self._closed = False
        self._pid = os.getpid()
        self._begin()

    def _begin(self) -> None:
        self._client: WeaviateAsyncClient | WeaviateClient | None = None
        self._connecting: asyncio.Lock | None = None
        self._slots: asyncio.Semaphore | None = None
        self._handles: OrderedDict[tuple[str, str | None], Handle] = OrderedDict()
        self._threads: ThreadPoolExecutor | None = None
        self._breaker = Breaker()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Wait for requests, from any thread but the private loop's."""
        return run_on_private_loop(coroutine)

    async def arun(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await requests, on any event loop."""
        return await await_on_private_loop(coroutine)

    def check_open(self) -> bool:
        """Raises ``Closed`` once the store was closed. Returns whether this is the first call after a fork."""
        if self._closed:
            raise Closed("this store was closed; open another one")
        if self._pid != os.getpid():
            _LEAKED.append((self._client, self._handles, self._threads))
            self._pid = os.getpid()
            self._begin()
            return True
        return False

    async def ask(self, what: str, request: Callable[[WeaviateAsyncClient], Awaitable[T]]) -> T:
        """One request, within the deadline.

        Args:
            what: What is being done, for errors.
            request: Makes the request with a client.

        Raises:
            StoreUnavailable: The server cannot be reached or does not answer in time, or did not just before.
            StoreDenied: It refuses the key.
            StoreFull: It takes no more.
            StoreError: It failed otherwise.
        """
        self.check_open()
        if self._given is None:
            _Grpc.begin()
        rest = self._breaker.rests_for()
        if rest > 0:
            raise StoreUnavailable(f"{what}: {self.address.location} did not answer just before; it is asked again in {rest:.1f} s")
        try:
            async with asyncio.timeout(self.address.timeout_s):
                client = await self._connected()
                if self._slots is None:
                    self._slots = asyncio.Semaphore(_AT_ONCE)
                async with self._slots:
                    result = await self._sent(client, request)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            let_go(error)  # nobody cancelled us: another request gave the connection up, and gRPC ends those under way like this
            raise StoreUnavailable(f"{what}: {self.address.location} did not answer another request, and was given up") from None
        except RAISED as error:
            mine = translated(error, what, self.address.location, self.address.timeout_s)
            let_go(error)
            if isinstance(mine, StoreUnavailable):
                if self._breaker.failed():
                    await self._drop()  # channels wait longer and longer before they try again; a new client tries at once
            else:
                self._breaker.worked()
            raise mine from error
        self._breaker.worked()
        return result

    async def _sent(self, client: WeaviateAsyncClient | WeaviateClient, request: Callable[[WeaviateAsyncClient], Awaitable[T]]) -> T:
        asked = cast("WeaviateAsyncClient", client)
        if self._given is None:
            return await request(asked)
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="memos-weaviate")
        result = await asyncio.get_running_loop().run_in_executor(self._threads, request, asked)
        return cast("T", result)

    async def _connected(self) -> WeaviateAsyncClient | WeaviateClient:
        if self._client is not None:
            return self._client
        if self._given is not None:
            self._client = self._given
            return self._client
        if self._connecting is None:
            self._connecting = asyncio.Lock()
        async with self._connecting:
            if self._client is None:
                client = self._made()
                try:
                    await client.connect()
                except BaseException:
                    with suppress(*RAISED):
                        await client.close()
                    raise
                self._client = client
        return self._client

    def _made(self) -> WeaviateAsyncClient:
        a = self.address
        params = ConnectionParams.from_params(
            http_host=a.host, http_port=a.port, http_secure=a.secure, grpc_host=a.grpc_host, grpc_port=a.grpc_port, grpc_secure=a.secure
        )
        config = AdditionalConfig(
            timeout=Timeout(init=a.timeout_s, query=a.timeout_s, insert=a.timeout_s), connection=ConnectionConfig(), trust_env=a.trust_env
        )
        key = None if a.api_key is None else Auth.api_key(a.api_key)
        return weaviate.WeaviateAsyncClient(params, auth_client_secret=key, additional_config=config, skip_init_checks=True)

    async def _drop(self) -> None:
        if self._given is not None:
            return
        client, self._client = self._client, None
        self._handles.clear()
        if client is not None:
            with suppress(*RAISED):
                await cast("WeaviateAsyncClient", client).close()

    def handle(self, client: WeaviateAsyncClient, name: str, tenant: str | None = None) -> Handle:
        """A collection or a tenant of it; kept, since making one costs more than a request's own work here."""
        key = (name, tenant)
        held = self._handles.get(key)
        if held is None:
            held = client.collections.get(name).with_consistency_level(ConsistencyLevel[self.address.consistency])
            if tenant is not None:
                held = held.with_tenant(tenant)
            self._handles[key] = held
            if len(self._handles) > _HANDLES:
                self._handles.popitem(last=False)
        return held

    async def ask_collection(self, what: str, name: str, request: Callable[[Handle], Awaitable[T]], *, tenant: str | None = None) -> T:
        """``ask`` of a collection, or of one of its tenants."""
        return await self.ask(what, lambda client: request(self.handle(client, name, tenant)))

    async def server_version(self) -> str:
        """The version that the server tells."""
        meta = await self.ask("reading the server's version", _meta)
        return str(meta.get("version", ""))

    def close(self) -> None:
        """End the connection; a client of the user's stays open."""
        if self._closed:
            return
        forked = self._pid != os.getpid()
        self._closed = True
        if self._threads is not None and not forked:
            self._threads.shutdown(wait=False, cancel_futures=True)
        if self._given is None and self._client is not None and not forked:
            run_on_private_loop(self._drop())


def _meta(client: WeaviateAsyncClient) -> Awaitable[dict[str, Any]]:
    return cast("Awaitable[dict[str, Any]]", client.get_meta())  # pyright: ignore[reportUnknownMemberType]  # upstream's dict of anything
