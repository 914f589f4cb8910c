"""The calls that the adapters make, as coroutines over either face: over the blocking one nothing suspends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, TypeAlias, Unpack, cast

from pydantic import JsonValue

from ..client import AsyncMemOS, AsyncScopedMemory, MemOS, ScopedMemory
from ..client._open import ScopeArgs, Status
from ..errors import InvalidInput
from ..types import AnyMemory, Kind, MessageInput, Page, Recall, Receipt, Scope

__all__ = ["AnyFace", "Port", "ScopeArgs", "both_ports", "bound_scope"]

AnyFace: TypeAlias = MemOS | AsyncMemOS | ScopedMemory | AsyncScopedMemory
"""A memory, or a handle with its scope bound, of either face."""


class Port(Protocol):
    """The awaited calls."""

    async def add_message(self, messages: Sequence[MessageInput], *, learn: bool = True, **who: Unpack[ScopeArgs]) -> Receipt: ...

    async def search_memory(
        self,
        query: str,
        *,
        limit: int = 10,
        max_tokens: int | None = None,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        exclude: Collection[str] | None = None,
        deadline: float | None = None,
        **who: Unpack[ScopeArgs],
    ) -> Recall: ...

    async def get(self, id: str, **who: Unpack[ScopeArgs]) -> AnyMemory: ...

    async def list_memories(
        self,
        *,
        kinds: Collection[Kind] | None = None,
        status: Status = "active",
        filter: Mapping[str, JsonValue] | None = None,
        newest_first: bool = False,
        cursor: str | None = None,
        limit: int = 100,
        **who: Unpack[ScopeArgs],
    ) -> Page: ...

    async def remember(self, text: str, *, kind: Kind, **who: Unpack[ScopeArgs]) -> Receipt: ...

    async def update(self, id: str, *, text: str | None = None, **who: Unpack[ScopeArgs]) -> Receipt: ...

    async def forget(self, ids: str | Sequence[str] | None = None, *, query: str | None = None, **who: Unpack[ScopeArgs]) -> Receipt: ...


class _Blocking:
    """The blocking face behind coroutines that never suspend."""

    def __init__(self, memory: MemOS | ScopedMemory) -> None:
        self._memory = memory

    async def add_message(self, messages: Sequence[MessageInput], *, learn: bool = True, **who: Unpack[ScopeArgs]) -> Receipt:
        return self._memory.add_message(messages, learn=learn, **who)

    async def search_memory(
        self,
        query: str,
        *,
        limit: int = 10,
        max_tokens: int | None = None,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        exclude: Collection[str] | None = None,
        deadline: float | None = None,
        **who: Unpack[ScopeArgs],
    ) -> Recall:
        return self._memory.search_memory(
            query, limit=limit, max_tokens=max_tokens, kinds=kinds, filter=filter, exclude=exclude, deadline=deadline, **who
        )

    async def get(self, id: str, **who: Unpack[ScopeArgs]) -> AnyMemory:
        return self._memory.get(id, **who)

    async def list_memories(
        self,
        *,
        kinds: Collection[Kind] | None = None,
        status: Status = "active",
        filter: Mapping[str, JsonValue] | None = None,
        newest_first: bool = False,
        cursor: str | None = None,
        limit: int = 100,
        **who: Unpack[ScopeArgs],
    ) -> Page:
        return self._memory.list_memories(
            kinds=kinds, status=status, filter=filter, newest_first=newest_first, cursor=cursor, limit=limit, **who
        )

    async def remember(self, text: str, *, kind: Kind, **who: Unpack[ScopeArgs]) -> Receipt:
        return self._memory.remember(text, kind=kind, **who)

    async def update(self, id: str, *, text: str | None = None, **who: Unpack[ScopeArgs]) -> Receipt:
        return self._memory.update(id, text=text, **who)

    async def forget(self, ids: str | Sequence[str] | None = None, *, query: str | None = None, **who: Unpack[ScopeArgs]) -> Receipt:
        return self._memory.forget(ids, query=query, **who)


def both_ports(memory: AnyFace) -> tuple[Port, Port]:
    """The blocking and the awaited calls of one memory, whichever face was given.

    Raises:
        InvalidInput: It is no memory.
    """
    if isinstance(memory, MemOS | ScopedMemory):
        return _Blocking(memory), cast("Port", memory.aio)  # basedpyright counts unpacked keywords against named ones
    if isinstance(memory, AsyncMemOS | AsyncScopedMemory):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        return _Blocking(memory.sync), cast("Port", memory)
    raise InvalidInput(f"must be a MemOS, an AsyncMemOS or a scoped handle, not {type(memory).__name__}", field="memory")


def bound_scope(memory: AnyFace) -> Scope | None:
    """The scope of a handle that has one."""
    return memory.scope if isinstance(memory, ScopedMemory | AsyncScopedMemory) else None
