"""The calls that the adapters make, as coroutines over either face: over the blocking one nothing suspends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Protocol, Unpack, cast

from pydantic import JsonValue

from ..client._faces import AnyFace, bound_scope, faces_of
from ..client._open import ScopeArgs, Status
from ..types import AnyMemory, Kind, MessageInput, Page, Recall, Receipt

__all__ = ["AnyFace", "Port", "ScopeArgs", "Unsuspended", "both_ports", "bound_scope", "longest"]


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


class Unsuspended:
    """Something blocking, its public calls as coroutines that never suspend."""

    def __init__(self, blocking: object) -> None:
        self._blocking = blocking

    def __getattr__(self, name: str) -> Callable[..., Coroutine[Any, Any, object]]:
        if name.startswith("_"):
            raise AttributeError(name)  # copies and pickles ask before there is anything to ask
        call: Callable[..., object] = getattr(self._blocking, name)

        async def awaited(*args: object, **options: object) -> object:
            return call(*args, **options)

        return awaited


def both_ports(memory: AnyFace) -> tuple[Port, Port]:
    """The blocking and the awaited calls of one memory, whichever face was given.

    Raises:
        InvalidInput: It is no memory.
    """
    blocking, awaited = faces_of(memory)
    return cast("Port", Unsuspended(blocking)), cast("Port", awaited)  # basedpyright counts unpacked keywords against named ones


def longest(memory: AnyFace) -> int:
    """The most characters of text in a message that a memory takes."""
    return faces_of(memory)[0].settings.max_content_chars
