"""The blocking and the awaited handle on items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from ..engine.engine import Engine
from ..engine.runtime import AsyncRuntime, SyncRuntime, drive
from ..types import FoundItem, Item, ItemInput, ItemKey, Scope

__all__ = ["AsyncItemStore", "ItemStore"]


class ItemStore:
    """Opaque JSON values under paths and keys, in the namespace that a scope writes: what key-value adapters stand on.

    What comes back is a copy. Deleting the namespace deletes its items; ``forget`` with an item's id deletes one.

    Example:
        >>> from memos_integrations import ItemInput, MemOS
        >>> with MemOS(":memory:", embedder=None) as memory:
        ...     items = memory.items(user_id="alice")
        ...     _ = items.put([ItemInput(path=("settings",), key="theme", value={"dark": True}, texts=("dark theme",))])
        ...     items.get([(("settings",), "theme")])[0].value
        {'dark': True}
    """

    def __init__(self, engine: Engine, scope: Scope) -> None:
        self._items = engine.items
        self._scope = scope
        self._rt = SyncRuntime()

    @property
    def scope(self) -> Scope:
        """The scope that is bound."""
        return self._scope

    def put(
        self, items: ItemInput | Iterable[ItemInput], *, delete: Iterable[ItemKey] = (), now: datetime | str | None = None
    ) -> list[Item]:
        """Put items, and delete others, in one durable write. They can be found when this returns.

        Args:
            items: One item or many; of one path and key the last counts. What is replaced keeps its ``created_at``, its words and
                vectors are gone, and ``updated_at`` is later than before.
            delete: Paths and keys of items to delete; those that are not there, or are also put, are passed over.
            now: The time, for tests and replays.

        Returns:
            The items as they are stored, in the order of their last mention.

        Raises:
            InvalidInput: Naming the item and field; nothing was written.
            EmbedderError: The words of an item could not be embedded; nothing was written.
        """
        return drive(self._items.put(self._rt, items, scope=self._scope, delete=delete, now=now))

    def delete(self, keys: Iterable[ItemKey]) -> None:
        """Delete items; those that are not there are passed over."""
        drive(self._items.put(self._rt, (), scope=self._scope, delete=keys))

    def get(self, keys: Iterable[ItemKey], *, refresh_ttl: bool = True, now: datetime | str | None = None) -> list[Item | None]:
        """Items by path and key, in that order; None where there is none, or where it expired.

        Args:
            keys: Paths and keys.
            refresh_ttl: Whether items with a ``ttl`` live that long again from now.
            now: The time, for tests and replays.
        """
        return drive(self._items.get(self._rt, keys, scope=self._scope, refresh_ttl=refresh_ttl, now=now))

    def search(
        self,
        path: Sequence[str] = (),
        *,
        query: str | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool = True,
        now: datetime | str | None = None,
    ) -> list[FoundItem]:
        """Items at or below a path: the best answers to a query first, then (or without one) those changed last.

        Pages fit together: the order does not depend on ``limit`` and ``offset``.

        Args:
            path: A folder, label by label; empty: all.
            query: Words that the items' ``texts`` should answer.
            filter: What their values hold, as in ``search_memory``; keys are those of the value.
            limit: Most items returned.
            offset: So many are left out at the front.
            refresh_ttl: Whether what is returned lives its ``ttl`` again from now.
            now: The time, for tests and replays.
        """
        return drive(
            self._items.search(
                self._rt,
                path,
                scope=self._scope,
                query=query,
                filter=filter,
                limit=limit,
                offset=offset,
                refresh_ttl=refresh_ttl,
                now=now,
            )
        )

    def paths(self, path: Sequence[str] = (), *, now: datetime | str | None = None) -> list[tuple[str, ...]]:
        """The different paths at or below one that hold items, sorted."""
        return drive(self._items.paths(self._rt, path, scope=self._scope, now=now))

    def sweep(self, *, now: datetime | str | None = None) -> int:
        """Delete what has expired, which no call returns any more. Returns how many items that were."""
        return drive(self._items.sweep(self._rt, scope=self._scope, now=now))


class AsyncItemStore:
    """``ItemStore``, awaited."""

    def __init__(self, engine: Engine, scope: Scope) -> None:
        self._items = engine.items
        self._scope = scope
        self._rt = AsyncRuntime()

    @property
    def scope(self) -> Scope:
        """The scope that is bound."""
        return self._scope

    async def put(
        self, items: ItemInput | Iterable[ItemInput], *, delete: Iterable[ItemKey] = (), now: datetime | str | None = None
    ) -> list[Item]:
        """``ItemStore.put``, awaited."""
        return await self._items.put(self._rt, items, scope=self._scope, delete=delete, now=now)

    async def delete(self, keys: Iterable[ItemKey]) -> None:
        """``ItemStore.delete``, awaited."""
        await self._items.put(self._rt, (), scope=self._scope, delete=keys)

    async def get(self, keys: Iterable[ItemKey], *, refresh_ttl: bool = True, now: datetime | str | None = None) -> list[Item | None]:
        """``ItemStore.get``, awaited."""
        return await self._items.get(self._rt, keys, scope=self._scope, refresh_ttl=refresh_ttl, now=now)

    async def search(
        self,
        path: Sequence[str] = (),
        *,
        query: str | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool = True,
        now: datetime | str | None = None,
    ) -> list[FoundItem]:
        """``ItemStore.search``, awaited."""
        return await self._items.search(
            self._rt,
            path,
            scope=self._scope,
            query=query,
            filter=filter,
            limit=limit,
            offset=offset,
            refresh_ttl=refresh_ttl,
            now=now,
        )

    async def paths(self, path: Sequence[str] = (), *, now: datetime | str | None = None) -> list[tuple[str, ...]]:
        """``ItemStore.paths``, awaited."""
        return await self._items.paths(self._rt, path, scope=self._scope, now=now)

    async def sweep(self, *, now: datetime | str | None = None) -> int:
        """``ItemStore.sweep``, awaited."""
        return await self._items.sweep(self._rt, scope=self._scope, now=now)
