"""The calls of a key-value store over a memory's items, as coroutines over either face: over the blocking one nothing suspends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypedDict, TypeVar, Unpack, cast

from pydantic import JsonValue

from ..client import AsyncMemOS, AsyncScopedMemory, MemOS, ScopedMemory
from ..client._faces import AnyFace, bound_scope, faces_of
from ..types import FoundItem, Item, ItemInput, ItemKey, NamespaceInfo, Scope
from .calls import Unsuspended

__all__ = ["AnyFace", "ItemPort", "Items", "SearchOptions", "both_item_ports"]

T = TypeVar("T")
_AT_ONCE = 8  # namespaces that are asked at the same time


class SearchOptions(TypedDict):
    """What a search is told."""

    query: str | None
    filter: Mapping[str, JsonValue] | None
    limit: int
    offset: int
    refresh_ttl: bool
    now: datetime | None


class Items(Protocol):
    """The awaited calls of ``AsyncItemStore``."""

    async def put(self, items: Sequence[ItemInput], *, delete: Sequence[ItemKey], now: datetime | None) -> list[Item]: ...
    async def get(self, keys: Sequence[ItemKey], *, refresh_ttl: bool, now: datetime | None) -> list[Item | None]: ...
    async def paths(self, path: Sequence[str], *, now: datetime | None) -> list[tuple[str, ...]]: ...
    async def sweep(self, *, now: datetime | None) -> int: ...


class ItemPort(Protocol):
    """One face of a memory."""

    @property
    def bound(self) -> Scope | None:
        """The scope of a handle that has one."""
        ...

    def items(self, scope: Scope) -> Items:
        """The items of the namespace that a scope writes."""
        ...

    async def search(self, path: Sequence[str], *, scopes: Sequence[Scope], **options: Unpack[SearchOptions]) -> list[FoundItem]:
        """Items of several scopes at once."""
        ...

    async def namespaces(self) -> list[NamespaceInfo]:
        """The registry; empty for a handle whose scope is bound."""
        ...

    async def each(self, calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        """The results of calls that do not depend on each other."""
        ...


class _SyncPort:
    def __init__(self, memory: MemOS | ScopedMemory) -> None:
        self._memory = memory

    @property
    def bound(self) -> Scope | None:
        return bound_scope(self._memory)

    def items(self, scope: Scope) -> Items:
        memory = self._memory
        return cast("Items", Unsuspended(memory.items(scope=scope) if isinstance(memory, MemOS) else memory.items()))

    async def search(self, path: Sequence[str], *, scopes: Sequence[Scope], **options: Unpack[SearchOptions]) -> list[FoundItem]:
        if isinstance(self._memory, MemOS):
            return self._memory.search_items(path, scopes=scopes, **options)
        return self._memory.items().search(path, **options)

    async def namespaces(self) -> list[NamespaceInfo]:
        return self._memory.namespaces() if isinstance(self._memory, MemOS) else []

    async def each(self, calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        return [await call() for call in calls]


class _AsyncPort:
    def __init__(self, memory: AsyncMemOS | AsyncScopedMemory) -> None:
        self._memory = memory

    @property
    def bound(self) -> Scope | None:
        return bound_scope(self._memory)

    def items(self, scope: Scope) -> Items:
        memory = self._memory
        return memory.items(scope=scope) if isinstance(memory, AsyncMemOS) else memory.items()

    async def search(self, path: Sequence[str], *, scopes: Sequence[Scope], **options: Unpack[SearchOptions]) -> list[FoundItem]:
        if isinstance(self._memory, AsyncMemOS):
            return await self._memory.search_items(path, scopes=scopes, **options)
        return await self._memory.items().search(path, **options)

    async def namespaces(self) -> list[NamespaceInfo]:
        return await self._memory.namespaces() if isinstance(self._memory, AsyncMemOS) else []

    async def each(self, calls: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
        some = asyncio.Semaphore(_AT_ONCE)

        async def run(call: Callable[[], Awaitable[T]]) -> T:
            async with some:
                return await call()

        return await asyncio.gather(*(run(call) for call in calls))


def both_item_ports(memory: AnyFace) -> tuple[ItemPort, ItemPort]:
    """The blocking and the awaited face of one memory, whichever was given.

    Raises:
        InvalidInput: It is no memory.
    """
    blocking, awaited = faces_of(memory)
    return _SyncPort(blocking), _AsyncPort(awaited)
