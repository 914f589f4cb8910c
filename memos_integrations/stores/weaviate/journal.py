"""The journal: tasks, and copies of what was put beside those that wait, so that a crash between two writes loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, cast
from uuid import UUID, uuid5

from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter, Sort

from ...errors import StoreConflict, StoreCorrupt, StoreError
from ..base import Record, Task
from .codec import json_of, named, object_id, task_of, task_properties, value_of
from .connection import Connection
from .failures import is_absent
from .registry import Registry
from .requests import Objects, Where, by_ids, insert, matching, remove
from .schema import Schema

__all__ = ["Journal"]

_PAGE = 500
_LIGHT = ("key", "namespace", "conversation", "created_at", "lease_until")  # of a task, as much as choosing one takes
_COPIED = 200  # records of one copy
_CONFIRM_S = 60  # after so long a claim that nobody made good does not count any more


class Journal:
    """Tasks of all namespaces."""

    def __init__(self, connection: Connection, schema: Schema, registry: Registry) -> None:
        self._connection = connection
        self._schema = schema
        self._registry = registry

    async def write(self, tasks: Sequence[Task], records: Sequence[Record] = ()) -> None:
        """Insert or replace tasks; with copies of records that are put beside them and must not be lost."""
        objects: list[DataObject[Any, Any]] = []
        copies: dict[str, list[str]] = {}
        for namespace in dict.fromkeys(task.namespace for task in tasks):
            mine = [record for record in records if record.namespace == namespace]
            first = next(task for task in tasks if task.namespace == namespace)
            for number, start in enumerate(range(0, len(mine), _COPIED)):
                part = mine[start : start + _COPIED]
                id = str(uuid5(UUID(object_id(first.id)), f"copy {number}"))
                copies.setdefault(namespace, []).append(id)
                properties = {
                    "what": "copy",
                    "body": json_of([_copied(record) for record in part], "records"),
                    "key": id,
                    "namespace": named(namespace),
                    "created_at": first.created_at,
                    "about": [record.id for record in part],
                }
                objects.append(DataObject(properties=properties, uuid=id))
        for task in tasks:
            properties = task_properties(task, copies.get(task.namespace, ()))
            objects.append(DataObject(properties=properties, uuid=object_id(task.id)))
        for start in range(0, len(objects), _PAGE):
            await self._insert(objects[start : start + _PAGE])

    async def tasks(
        self, *, ids: Sequence[str] | None = None, states: Sequence[str] = (), namespaces: Sequence[str] | None = None, limit: int
    ) -> list[Task]:
        """Tasks by id or state, oldest first."""
        if ids is not None:
            listed = await self._by_id(ids)
            chosen = [
                task
                for task, _ in listed
                if (not states or task.state in states) and (namespaces is None or task.namespace in set(namespaces))
            ]
            return sorted(chosen, key=lambda task: (task.created_at, task.id))[:limit]
        if namespaces is not None and not namespaces:
            return []
        wanted = Filter.by_property("what").equal("task")
        if states:
            wanted = wanted & Filter.by_property("state").contains_any(list(states))
        if namespaces is not None:
            wanted = wanted & Filter.by_property("namespace").contains_any([named(key) for key in namespaces])
        tasks: list[Task] = []
        while len(tasks) < limit:
            size = min(_PAGE, limit - len(tasks))
            page = await self._page(wanted, size, after=tasks[-1] if tasks else None)
            tasks += [task for task, _ in page]
            if len(page) < size:
                break
        return tasks

    async def _page(self, wanted: Where, size: int, *, after: Task | None) -> list[tuple[Task, list[str]]]:
        if after is not None:
            time, key = Filter.by_property("created_at"), Filter.by_property("key")
            later = time.equal(after.created_at) & key.greater_than(after.id)
            wanted = wanted & (time.greater_than(after.created_at) | later)
        reply = await self._connection.ask_collection(
            "reading the journal",
            self._schema.journal,
            matching(wanted, limit=size, sort=Sort.by_property("created_at").by_property("key"), names=["body"]),
        )
        return [task_of(one.properties) for one in reply.objects]

    async def _by_id(self, ids: Sequence[str]) -> list[tuple[Task, list[str]]]:
        places = [object_id(id) for id in dict.fromkeys(ids)]
        listed: list[tuple[Task, list[str]]] = []
        for start in range(0, len(places), _PAGE):
            part = places[start : start + _PAGE]
            reply = await self._connection.ask_collection("reading the journal", self._schema.journal, by_ids(part))
            listed += [task_of(one.properties) for one in reply.objects if one.properties["what"] == "task"]
        return listed

    async def replace(self, tasks: Sequence[Task]) -> None:
        """Replace tasks that are there.

        Raises:
            StoreConflict: One of them is not, any more.
        """
        await asyncio.gather(*(self._replace(task) for task in tasks))

    async def _replace(self, task: Task) -> None:
        properties = task_properties(task, ())
        try:
            await self._connection.ask_collection(
                "writing the journal", self._schema.journal, lambda at: at.data.update(uuid=object_id(task.id), properties=properties)
            )
        except StoreError as error:
            if not is_absent(error):
                raise
            raise StoreConflict(f"task {task.id} was removed meanwhile") from error

    async def check_leased(self, leased: Sequence[Task]) -> None:
        """Raises ``StoreConflict`` unless all of them are held as they were."""
        now = {task.id: task for task, _ in await self._by_id([task.id for task in leased])}
        for task in leased:
            there = now.get(task.id)
            if there is None or there.state != "running" or there.lease_owner != task.lease_owner:
                raise StoreConflict(f"task {task.id} is not held by {task.lease_owner} any more")

    async def take(self, *, owner: str, now: int, until: int, flush: bool, limit: int) -> tuple[list[Task], list[str]]:
        """Lease the ready tasks of one conversation; with the ids of the copies that they carry."""
        state, ready, tries = Filter.by_property("state"), Filter.by_property("ready_at"), Filter.by_property("attempts")
        is_task = Filter.by_property("what").equal("task")
        due = ready.less_or_equal(now) | tries.equal(0) if flush else ready.less_or_equal(now)
        running, waiting = await asyncio.gather(
            self._light(is_task & state.equal("running")), self._light(is_task & state.equal("pending") & due)
        )
        held = {_conversation(row) for row in running if row["lease_until"] > now}
        over = [row for row in running if row["lease_until"] <= now]
        for first in sorted((*over, *waiting), key=lambda row: (row["created_at"], row["key"])):
            if _conversation(first) in held:
                continue
            taken = await self._take(first, due, owner=owner, now=now, until=until, limit=limit)
            if taken is not None:
                return taken
            held.add(_conversation(first))  # somebody else was faster
        return [], []

    async def _light(self, wanted: Where) -> list[Mapping[str, Any]]:
        reply = await self._connection.ask_collection(
            "looking for tasks",
            self._schema.journal,
            matching(
                wanted,
                limit=_PAGE,
                sort=Sort.by_property("created_at").by_property("key"),
                names=_LIGHT,
            ),
        )
        return [one.properties for one in reply.objects]

    async def _take(
        self, first: Mapping[str, Any], due: Where, *, owner: str, now: int, until: int, limit: int
    ) -> tuple[list[Task], list[str]] | None:
        group = (
            Filter.by_property("what").equal("task")
            & Filter.by_property("state").contains_any(["pending", "running"])
            & Filter.by_property("namespace").equal(first["namespace"])
            & Filter.by_property("conversation").equal(first["conversation"])
        )
        there = await self._page(group, limit, after=None)
        if len(there) == limit:  # what is ready is among them however many wait, or it would never be taken
            ready = await self._page(group & (due | Filter.by_property("state").equal("running")), limit, after=None)
            first_ids = {task.id for task, _ in ready}
            there = [*ready, *(one for one in there if one[0].id not in first_ids)][:limit]
            there.sort(key=lambda one: (one[0].created_at, one[0].id))
        if not there or not _free([task for task, _ in there], now):
            return None
        # of many workers, whoever makes this claim has the tasks; one that died before it took them blocks them for a while only
        claim = "\n".join(["lease", *(f"{t.id} {t.attempts} {t.lease_until}" for t, _ in there), str(now // (_CONFIRM_S * 1_000_000))])
        if not await self._registry.claim(claim):
            return None
        try:
            again = await self._by_id([task.id for task, _ in there])
            if sorted(again, key=lambda one: (one[0].created_at, one[0].id)) != there:
                return None
            taken = [
                (replace(task, state="running", attempts=task.attempts + 1, lease_owner=owner, lease_until=until), copies)
                for task, copies in there
            ]
            await self._insert([DataObject(properties=task_properties(t, copies), uuid=object_id(t.id)) for t, copies in taken])
        finally:
            await self._registry.unclaim(claim)
        return [task for task, _ in taken], sorted({id for _, copies in taken for id in copies})

    async def _insert(self, objects: Objects) -> None:
        await insert(self._connection, "writing the journal", self._schema.journal, objects)

    async def copies(self, ids: Sequence[str]) -> list[Record]:
        """What copies hold."""
        if not ids:
            return []
        reply = await self._connection.ask_collection("reading the journal", self._schema.journal, by_ids(ids))
        return [record for one in reply.objects for record in _copy_of(value_of(one.properties))]

    async def copies_about(self, namespace: str, ids: Sequence[str]) -> list[str]:
        """Ids of copies that hold one of some records."""
        wanted = (
            Filter.by_property("what").equal("copy")
            & Filter.by_property("namespace").equal(named(namespace))
            & Filter.by_property("about").contains_any(list(ids))
        )
        reply = await self._connection.ask_collection(
            "reading the journal",
            self._schema.journal,
            matching(wanted, limit=_PAGE, names=["key"]),
        )
        return [str(one.uuid) for one in reply.objects]

    async def some_copies(self) -> list[str]:
        """Ids of some copies, if there are any."""
        wanted = Filter.by_property("what").equal("copy")
        reply = await self._connection.ask_collection(
            "reading the journal",
            self._schema.journal,
            matching(wanted, limit=50, names=["key"]),
        )
        return [str(one.uuid) for one in reply.objects]

    async def drop_copies(self, ids: Sequence[str]) -> None:
        """Remove copies: what they hold is in its place."""
        if ids:
            await self._delete(Filter.by_id().contains_any(list(ids)))

    async def prune(self, done_before: int) -> int:
        """Remove tasks that were done before a time, and copies that no task waits for any more."""
        done = (
            Filter.by_property("what").equal("task")
            & Filter.by_property("state").equal("done")
            & Filter.by_property("ready_at").less_than(done_before)
        )
        await self._delete(Filter.by_property("what").equal("copy") & Filter.by_property("created_at").less_than(done_before))
        return await self._delete(done)

    async def drop(self, namespace: str, *, waiting: bool = True) -> bool:
        """Remove all of a namespace, or all but the tasks that wait, with their copies."""
        gone = Filter.by_property("namespace").equal(named(namespace))
        if not waiting:
            gone = gone & Filter.by_property("what").equal("task") & Filter.by_property("state").not_equal("pending")
        return await self._delete(gone) > 0

    async def _delete(self, where: Where) -> int:
        gone = 0
        while True:  # the server removes so many at a time
            number, all_of_them = await remove(self._connection, "removing from the journal", self._schema.journal, where)
            gone += number
            if all_of_them:
                return gone


def _conversation(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["namespace"], row["conversation"]


def _free(tasks: Sequence[Task], now: int) -> bool:
    """Whether nobody works on a conversation."""
    return not any(task.state == "running" and (task.lease_until or 0) > now for task in tasks)


def _copied(record: Record) -> dict[str, Any]:
    return asdict(record) | {"payload": dict(record.payload), "vectors": [[float(x) for x in vector] for vector in record.vectors]}


def _copy_of(body: object) -> list[Record]:
    try:
        return [_record(one) for one in cast("list[dict[str, Any]]", body)]
    except (KeyError, TypeError, ValueError) as error:
        raise StoreCorrupt(f"a copy in the journal is damaged ({type(error).__name__}: {error})") from error


def _record(one: dict[str, Any]) -> Record:
    record = Record(**one)
    return record.but(terms=tuple(record.terms), path=tuple(record.path), vectors=tuple(tuple(vector) for vector in record.vectors))
