"""Writes, in an order of which a crash leaves nothing that a lease or the caller's own retry does not repair."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter

from ...errors import StoreConflict, StoreError
from ..base import Batch, Record, Touch, unchanged
from .asking import Asking
from .codec import expiry, object_id, piece_id, properties_of, space_name, tenant_of, vectors_of
from .connection import Connection
from .failures import is_absent, refused
from .journal import Journal
from .registry import NoTenant, Registry
from .requests import Objects, Where, inserted, remove
from .schema import Schema

__all__ = ["Writing"]

_AT_ONCE = 200  # objects of one request
_BYTES = 8 << 20  # of one request, about: the server takes 100 MB
_GONE = 500  # ids of one removal
_OPEN = ("pending", "running")  # states of a task that is not done


class Writing:
    """Writes batches."""

    def __init__(self, connection: Connection, schema: Schema, registry: Registry, journal: Journal, asking: Asking) -> None:
        self._connection = connection
        self._schema = schema
        self._registry = registry
        self._journal = journal
        self._asking = asking

    async def commit(self, batch: Batch, now: int) -> None:
        """Write a batch: names, tasks that wait with copies of the records, records, expiries, removals, versions, other tasks.

        What rests on a namespace that was dropped meanwhile does not make it anew; what is new is written into a new one.
        """
        try:
            await self._commit(batch, now)
        except NoTenant:
            await self._commit(batch, now)

    async def _commit(self, batch: Batch, now: int) -> None:
        vectors = {id(record): vectors_of(record) for record in batch.put}
        objects = {id(record): properties_of(record, vectors[id(record)]) for record in batch.put}
        await self._check(batch)
        await self._registry.register(batch.namespaces)
        held = {task.id for task in batch.leased}
        waiting = [task for task in batch.tasks if task.state in _OPEN and task.id not in held]
        if waiting:
            await self._journal.write(waiting, batch.put)
        rests_on = {record.namespace for record in batch.expects} | {task.namespace for task in batch.leased}
        await self._put(batch.put, objects, vectors, there=rests_on)
        kept = {(record.namespace, record.id) for record in batch.put}
        touched = await self._touch(batch.touch)
        gone = [place for place in batch.delete if place not in kept]
        emptied = await self._delete(gone)
        preferences = [*(record.namespace for record in batch.put if record.kind == "preference"), *emptied]
        await self._registry.bump([*(key for key, _ in kept), *touched, *emptied], now, preferences=preferences)
        others = [task for task in batch.tasks if task.state not in _OPEN and task.id not in held]
        if others:
            await self._journal.write(others)
        await self._journal.replace([task for task in batch.tasks if task.id in held])

    async def _check(self, batch: Batch) -> None:
        by_namespace: dict[str, list[Record]] = {}
        for record in batch.expects:
            by_namespace.setdefault(record.namespace, []).append(record)
        for namespace, records in by_namespace.items():
            index = any(record.terms or record.vectors for record in records)
            found = await self._asking.get([record.id for record in records], [namespace], with_index=index)
            now = {record.id: record for record in found}
            for record in records:
                if not unchanged(now.get(record.id), record):
                    raise StoreConflict(f"memory {record.id} was changed meanwhile")
        if batch.leased:
            await self._journal.check_leased(batch.leased)

    async def _put(
        self,
        records: Sequence[Record],
        objects: Mapping[int, dict[str, Any]],
        vectors: Mapping[int, list[list[float]]],
        *,
        there: Container[str],
    ) -> None:
        """Put records. Namespaces that are ``there`` are not made, but for their having gone in between a ``StoreConflict``."""
        latest: dict[str, dict[str, Record]] = {}
        for record in records:
            latest.setdefault(record.namespace, {})[record.id] = record
        for namespace, mine in latest.items():
            if namespace not in there:
                await self._registry.tenant(namespace)
            try:
                await self._registry.of_tenant(namespace, partial(self._put_into, namespace, list(mine.values()), objects, vectors))
            except NoTenant as error:
                if namespace in there:
                    raise StoreConflict(f"namespace {namespace!r} was dropped meanwhile") from error
                raise

    async def _put_into(
        self, namespace: str, records: Sequence[Record], objects: Mapping[int, dict[str, Any]], vectors: Mapping[int, list[list[float]]]
    ) -> None:
        tenant = tenant_of(namespace)
        for space in dict.fromkeys(record.space for record in records if vectors[id(record)]):
            await self._schema.make_space(space)
        whole: list[DataObject[Any, Any]] = []
        for record in records:
            properties, name = objects[id(record)], space_name(record.space)
            first, more = vectors[id(record)][:1], vectors[id(record)][1:]
            whole.append(DataObject(properties=properties, uuid=object_id(record.id), vector={name: first[0]} if first else {}))
            for number, vector in enumerate(more):  # several vectors of one name are not for indexes on disk
                piece = properties | {"of": record.id, "body": "", "terms": "", "piece": number, "counted": "", "tokens": 0}
                whole.append(DataObject(properties=piece, uuid=piece_id(record.id, number), vector={name: vector}))
        several = [record for record in records if record.kind != "episode"]  # a turn has one vector; and reads pass over what is left
        await asyncio.gather(self._stale(namespace, several, vectors), self._insert(tenant, whole))

    async def _stale(self, namespace: str, records: Sequence[Record], vectors: Mapping[int, list[list[float]]]) -> None:
        """Remove the further vectors that records had, and have no more."""
        left = {record.id: max(0, len(vectors[id(record)]) - 1) for record in records}
        ids = list(left)
        for start in range(0, len(ids), _GONE):
            there = await self._asking.further(namespace, ids[start : start + _GONE])
            gone = [place for place, owner, number in there if number >= left[owner]]
            if gone:
                await self._remove(namespace, tenant_of(namespace), Filter.by_id().contains_any(gone))

    async def _remove(self, namespace: str, tenant: str, where: Where) -> None:
        await remove(self._connection, f"removing from namespace {namespace!r}", self._schema.memory, where, tenant=tenant)

    async def _insert(self, tenant: str, objects: Objects) -> None:
        for part in _portions(objects):
            result = await self._connection.ask_collection("writing memories", self._schema.memory, inserted(part), tenant=tenant)
            if result.has_errors:
                failed: dict[int, Any] = result.errors
                told = "; ".join(f"{_key(part[n])}: {error.message}" for n, error in sorted(failed.items())[:3])
                what = f"{len(failed)} of {len(part)} memories were not written (writing them again is safe)"
                raise refused(what, self._connection.address.location, [told])

    async def _touch(self, touches: Iterable[Touch]) -> list[str]:
        """Set expiries. Returns the namespaces in which there was something to set."""
        wanted: dict[str, dict[str, Touch]] = {}
        for touch in touches:
            wanted.setdefault(touch.namespace, {})[touch.id] = touch
        changed: list[str] = []
        for namespace, mine in wanted.items():
            tenant, there = tenant_of(namespace), await self._asking.pieces(namespace, list(mine))
            if there:
                changed.append(namespace)
            await asyncio.gather(
                *(
                    self._expire(tenant, place, expiry(mine[id].expires_at))
                    for id, more in there.items()
                    for place in (object_id(id), *(piece_id(id, number) for number in range(more)))
                )
            )
        return changed

    async def _expire(self, tenant: str, place: str, properties: dict[str, Any]) -> None:
        try:
            await self._connection.ask_collection(
                "setting an expiry", self._schema.memory, lambda at: at.data.update(uuid=place, properties=properties), tenant=tenant
            )
        except StoreError as error:
            if not is_absent(error):  # removed meanwhile
                raise

    async def _delete(self, places: Sequence[tuple[str, str]]) -> list[str]:
        """Remove records. Returns the namespaces that are there."""
        by_namespace: dict[str, list[str]] = {}
        there: list[str] = []
        for namespace, id in places:
            by_namespace.setdefault(namespace, []).append(id)
        for namespace, ids in by_namespace.items():
            await self._uncopy(namespace, ids)
            with suppress(NoTenant):
                await self._registry.of_tenant(namespace, partial(self._delete_from, namespace, ids))
                there.append(namespace)
        return there

    async def _delete_from(self, namespace: str, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), _GONE):
            part = ids[start : start + _GONE]
            mine = Filter.by_id().contains_any([object_id(id) for id in part]) | Filter.by_property("of").contains_any(part)
            await self._remove(namespace, tenant_of(namespace), mine)

    async def _uncopy(self, namespace: str, ids: Sequence[str]) -> None:
        """What goes must not come back from a copy: those that hold it are used up now."""
        copies: list[str] = []
        for start in range(0, len(ids), _GONE):
            copies += await self._journal.copies_about(namespace, ids[start : start + _GONE])
        if copies:
            await self.replay(list(dict.fromkeys(copies)))

    async def replay(self, copies: Sequence[str]) -> set[str]:
        """Put what copies hold where it is missing, or stored in a lower version, and remove them. Returns where something was put."""
        records = await self._journal.copies(copies)
        by_namespace: dict[str, list[Record]] = {}
        for record in records:
            by_namespace.setdefault(record.namespace, []).append(record)
        repaired: set[str] = set()
        for namespace, mine in by_namespace.items():
            found = await self._asking.get([record.id for record in mine], [namespace], with_index=False)
            there = {record.id: record.version for record in found}
            missing = [record for record in mine if there.get(record.id, 0) < record.version]
            if missing:
                vectors = {id(record): vectors_of(record) for record in missing}
                objects = {id(record): properties_of(record, vectors[id(record)]) for record in missing}
                with suppress(StoreConflict):  # it was dropped meanwhile
                    await self._put(missing, objects, vectors, there=[namespace])
                    repaired.add(namespace)
        await self._journal.drop_copies(copies)
        return repaired


def _portions(objects: Objects) -> Iterable[list[DataObject[Any, Any]]]:
    """Parts that one request takes."""
    part: list[DataObject[Any, Any]] = []
    size = 0
    for one in objects:
        properties: Mapping[str, Any] = one.properties
        mine = 3000 + 3 * len(properties["body"]) + len(properties["terms"])
        if part and (len(part) >= _AT_ONCE or size + mine > _BYTES):
            yield part
            part, size = [], 0
        part.append(one)
        size += mine
    if part:
        yield part


def _key(one: DataObject[Any, Any]) -> str:
    properties: Mapping[str, Any] = one.properties
    return str(properties["key"])
