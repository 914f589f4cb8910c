"""The calls that the adapters make, as coroutines over either face: over the blocking one nothing suspends."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, Unpack, cast

from pydantic import JsonValue

from ..client import MemOS, ScopedMemory
from ..client._faces import AnyFace, bound_scope, faces_of
from ..client._open import ScopeArgs, Status
from ..types import AnyMemory, Kind, MessageInput, Page, Recall, Receipt

__all__ = ["AnyFace", "Port", "ScopeArgs", "both_ports", "bound_scope"]


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
    blocking, awaited = faces_of(memory)
    return _Blocking(blocking), cast("Port", awaited)  # basedpyright counts unpacked keywords against named ones
