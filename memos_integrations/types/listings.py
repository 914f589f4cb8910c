"""What the calls that look at memories return."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pydantic import Field

from ._base import Model
from .memory import AnyMemory, Item
from .scope import Scope

__all__ = [
    "FoundItem",
    "History",
    "HistoryEntry",
    "NamespaceInfo",
    "Page",
]


class Page(Model):
    """Some of the memories of a scope.

    Attributes:
        memories: The memories.
        cursor: Pass it on for the next page; None: this was the last.
    """

    memories: tuple[AnyMemory, ...] = ()
    cursor: str | None = None

    def __iter__(self) -> Iterator[AnyMemory]:  # type: ignore[override]  # a page iterates its memories, not its fields
        return iter(self.memories)

    def __len__(self) -> int:
        return len(self.memories)


class FoundItem(Model):
    """An item that a search found.

    Attributes:
        item: The item.
        score: How well it answers the query, 0 to 1, by the same measure everywhere; None: it was not asked for by words, or
            shares none with the query and has no vector.
    """

    item: Item
    score: float | None = None


class HistoryEntry(Model):
    """One state that a memory, or one it took the place of, was in.

    Attributes:
        memory: The memory as it is, or was.
        event: What happened: ``learnt``, ``superseded``, ``updated``, ``restored``, …
        at: When.
    """

    memory: AnyMemory
    event: str
    at: datetime


class History(Model):
    """The story of a memory, oldest first, the losers included.

    Attributes:
        id: The memory asked about.
        versions: Its states and those of the memories linked with it.
    """

    id: str
    versions: tuple[HistoryEntry, ...] = ()


class NamespaceInfo(Model):
    """A namespace and what is in it.

    Attributes:
        key: Its encoded name.
        scope: The scope that writes there.
        memories: Number of records, by kind.
        updated_at: When something was last written.
    """

    key: str
    scope: Scope
    memories: dict[str, int] = Field(default_factory=dict)
    updated_at: datetime | None = None
