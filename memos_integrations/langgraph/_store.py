"""``MemOSStore``: LangGraph's store on the memory's items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import Literal

from langgraph.store.base import (
    BaseStore,
    GetOp,
    IndexConfig,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchOp,
    TTLConfig,
)

from .._adapters.calls import both_ports
from .._adapters.items import AnyFace, ItemPort, both_item_ports
from .._loop import drive
from ..errors import InvalidInput
from ..types import FoundItem, ItemInput, ItemKey, Scope
from ._index import indexed_fields
from ._layout import Labels, Layout
from ._learning import Learning
from ._ops import checked_filter, checked_op, graph_item, item_input, listed, literal_prefix, search_item
from ._sweeper import Sweeper

__all__ = ["MemOSStore"]

_DEFAULT_AGENT = "langgraph-store"
_SWEEP_MINUTES = 5.0


class MemOSStore(BaseStore):
    """A LangGraph store that is durable, searches by words and meaning, and keeps the whole contract of ``BaseStore``.

    Namespaces are paths inside one namespace of the memory. Thread-safe; sync calls block, async calls do not, and both see
    the same items. What comes back is a copy. What is asked for by words comes first, best first (``score`` is 0 to 1, and
    means the same in every namespace); everything else follows, what changed last first. What expired is never returned.

    Example:
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.langgraph import MemOSStore
        >>> with MemOS(":memory:", embedder=None) as memory:
        ...     store = MemOSStore(memory, index={"fields": ["text"]})
        ...     store.put(("users", "alice"), "tea", {"text": "likes green tea", "cups": 2})
        ...     [found.key for found in store.search(("users",), query="tea", filter={"cups": {"$gte": 1}})]
        ['tea']
    """

    supports_ttl = True

    def __init__(
        self,
        memory: AnyFace,
        *,
        index: IndexConfig | Literal[False] | None = None,
        ttl: TTLConfig | None = None,
        partition: int = 0,
        scope: Scope | None = None,
        learn: Sequence[Sequence[str]] = (),
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Put a store on a memory.

        Args:
            memory: A memory of either face, or a handle with its scope bound, whose namespace then holds the items.
            index: ``fields`` says what items are found by, ``["$"]`` (the whole value) by default; ``embed`` may be left out, since
                the memory embeds; ``dims`` is not needed. None: whole values. False: items are found by namespace and filter only,
                and nothing is embedded.
            ttl: Minutes that items live, and whether reading them begins that time anew, as ``TTLConfig`` says.
            partition: The first so many labels of a namespace get a namespace of the memory of their own: for stores of many users,
                each in a partition of its own. Searches above that ask them all.
            scope: Whose items they are; None: the store's own, an agent called ``langgraph-store``.
            learn: Namespaces whose values are also taken for words of a user, and learnt from in the background, such as
                ``[("notes", "{user_id}")]`` for all at and below ``("notes", "alice")``. The store keeps them all the same; what is
                deleted is forgotten, with what was learnt from it alone; what is replaced is learnt anew.
            clock: The time, for tests and replays.

        Raises:
            InvalidInput: An argument is wrong, or ``embed`` is not the embedder that the memory was opened with.
        """
        self._sync, self._async = both_item_ports(memory)
        bound = self._sync.bound
        if bound is not None and (scope is not None or partition):
            raise InvalidInput(
                "a handle with its scope bound has one namespace; pass the memory itself", field="scope" if scope else "partition"
            )
        self._layout = Layout(bound or scope or Scope(agent_id=_DEFAULT_AGENT), partition)
        self._fields: tuple[str, ...] | Literal[False] = indexed_fields(index, memory.embedder)
        self._longest = memory.settings.max_content_chars
        self._clock = clock
        self._learning = Learning.of(learn, bound=bound is not None)
        self._talk = dict(zip((self._sync, self._async), both_ports(memory), strict=True))
        self._known = False
        self.ttl_config = _checked_ttl(ttl)
        self._sweeper = Sweeper(self.sweep_ttl)

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do many operations: what is read is the state before what is written, which is one durable write a partition.

        Raises:
            InvalidNamespaceError: A label is wrong; nothing was done.
            InvalidInput: A value, key or filter is wrong; nothing was written.
        """
        return drive(self._run(self._sync, ops))

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """``batch``, awaited."""
        return await self._run(self._async, ops)

    def scope_of(self, namespace: Sequence[str]) -> Scope:
        """The scope whose namespace of the memory holds a namespace: what ``delete_namespace`` and ``export_records`` take."""
        return self._layout.holding(tuple(namespace))

    def sweep_ttl(self) -> int:
        """Delete what has expired, which no call returns any more. Returns how many items that were."""
        return drive(self._sweep(self._sync))

    async def asweep_ttl(self) -> int:
        """``sweep_ttl``, awaited."""
        return await self._sweep(self._async)

    def start_ttl_sweeper(self, sweep_interval_minutes: float | None = None) -> Future[None]:
        """Sweep again and again in the background, until ``stop_ttl_sweeper`` or until the memory is closed.

        Args:
            sweep_interval_minutes: Minutes between two sweeps; None: that of the ``ttl`` configuration, else 5.

        Returns:
            What can be waited on, or cancelled.
        """
        interval = sweep_interval_minutes or (self.ttl_config or {}).get("sweep_interval_minutes") or _SWEEP_MINUTES
        return self._sweeper.start(interval * 60)

    def stop_ttl_sweeper(self, timeout: float | None = None) -> bool:
        """End the background sweeps; False: one was still at work after so many seconds."""
        return self._sweeper.stop(timeout)

    async def _run(self, port: ItemPort, given: Iterable[Op]) -> list[Result]:
        ops = [checked_op(op) for op in given]
        await self._check_layout(port)
        now = self._now()
        results: list[Result] = [None] * len(ops)
        puts = {(op.namespace, op.key): op for op in ops if isinstance(op, PutOp)}
        # before anything is read or written: a wrong value must not leave half a batch behind
        writes = self._writes(puts.values())
        await self._get(port, ops, results, now)
        searches = [(at, op) for at, op in enumerate(ops) if isinstance(op, SearchOp)]
        found = await port.each([partial(self._search, port, op, now) for _, op in searches])
        for (at, _), items in zip(searches, found, strict=True):
            results[at] = [search_item(one) for one in items]
        for at, op in enumerate(ops):
            if isinstance(op, ListNamespacesOp):
                results[at] = await self._list(port, op, now)
        stored = await port.each([partial(port.items(scope).put, put, delete=gone, now=now) for scope, (put, gone) in writes.items()])
        if self._learning.patterns:
            # behind the items: what fails here is put again by whoever put it, and known then
            there = {(item.path, item.key): item for some in stored for item in some}
            for name, op in puts.items():
                whole = op.index is None and self._fields in (False, ("$",))
                await self._learning.follow(self._talk[port], op, there.get(name), whole=whole)
        return results

    def _writes(self, ops: Iterable[PutOp]) -> dict[Scope, tuple[list[ItemInput], list[ItemKey]]]:
        writes: dict[Scope, tuple[list[ItemInput], list[ItemKey]]] = {}
        for op in ops:
            put, gone = writes.setdefault(self._layout.holding(op.namespace), ([], []))
            if op.value is None:
                gone.append((op.namespace, op.key))
            else:
                put.append(item_input(op, fields=self._fields, most=self._longest))
        return writes

    async def _get(self, port: ItemPort, ops: Sequence[Op], results: list[Result], now: datetime | None) -> None:
        groups: dict[tuple[Scope, bool], list[tuple[int, ItemKey]]] = {}
        for at, op in enumerate(ops):
            if isinstance(op, GetOp):
                groups.setdefault((self._layout.holding(op.namespace), op.refresh_ttl), []).append((at, (op.namespace, op.key)))
        for (scope, refresh), wanted in groups.items():
            items = await port.items(scope).get([key for _, key in wanted], refresh_ttl=refresh, now=now)
            for (at, _), item in zip(wanted, items, strict=True):
                results[at] = None if item is None else graph_item(item)

    async def _search(self, port: ItemPort, op: SearchOp, now: datetime | None) -> list[FoundItem]:
        filter = checked_filter(op.filter)
        query = op.query if self._fields is not False else None
        if op.limit == 0:
            return []
        return await port.search(
            op.namespace_prefix,
            scopes=await self._below(port, op.namespace_prefix),
            query=query,
            filter=filter,
            limit=op.limit,
            offset=op.offset,
            refresh_ttl=op.refresh_ttl,
            now=now,
        )

    async def _list(self, port: ItemPort, op: ListNamespacesOp, now: datetime | None) -> list[Labels]:
        prefix = literal_prefix(op)
        scopes = await self._below(port, prefix)
        paths = await port.each([partial(port.items(scope).paths, prefix, now=now) for scope in scopes])
        return listed(op, (path for some in paths for path in some))

    async def _below(self, port: ItemPort, prefix: Labels) -> list[Scope]:
        if not self._layout.spreads(prefix):
            return [self._layout.holding(prefix)]
        return self._layout.below(prefix, await port.namespaces())

    async def _sweep(self, port: ItemPort) -> int:
        now = self._now()
        return sum(await port.each([partial(port.items(scope).sweep, now=now) for scope in await self._below(port, ())]))

    async def _check_layout(self, port: ItemPort) -> None:
        """Whether the items were stored by the same number of labels; once: with another they would look lost."""
        if self._known:
            return
        before = self._layout.other(await port.namespaces())
        if before is None and self._layout.partition:
            whole = await port.items(self._layout.base).paths((), now=None)
            before = 0 if any(len(path) >= self._layout.partition for path in whole) else None
        if before is not None:
            raise InvalidInput(f"this store was filled with partition={before}; open it with that", field="partition")
        self._known = True

    def _now(self) -> datetime | None:
        return None if self._clock is None else self._clock()


def _checked_ttl(ttl: TTLConfig | None) -> TTLConfig | None:
    for name in ("default_ttl", "sweep_interval_minutes"):
        minutes = (ttl or {}).get(name)
        if minutes is not None and (isinstance(minutes, bool) or not isinstance(minutes, int | float) or not minutes > 0):
            raise InvalidInput("must be a positive number of minutes", field=f"ttl.{name}")
    return ttl
