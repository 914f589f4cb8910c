"""The registry: which namespaces there are, their versions and activity, settings of the memory, and claims of which one wins."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from typing import Any, TypeVar, cast

from pydantic import JsonValue
from weaviate.classes.aggregate import Metrics
from weaviate.classes.data import DataObject
from weaviate.classes.query import Filter
from weaviate.classes.tenants import Tenant
from weaviate.outputs.aggregate import AggregateReturn

from ...errors import StoreCorrupt, StoreError, StoreUnavailable
from ..base import NamespaceRow
from .codec import json_of, object_id, tenant_of, value_of
from .connection import Connection
from .failures import is_missing_tenant, is_moving, is_taken
from .requests import by_ids, insert, matching, remove
from .schema import Schema

__all__ = ["NoTenant", "Registry"]

T = TypeVar("T")

_PAGE = 1000
_ABOUT = ("made", "name", "version", "preferences")  # rows of a namespace
_KINDS = 1000  # different kinds of records that are told apart
_RESTS_S = (0.01, 0.05, 0.2)  # until a tenant that is being made, put to sleep or dropped is asked again
_WINNER_S = 5.0  # how long the winner of a claim may take to write


_COUNTED = Metrics("counted").text(top_occurrences_count=True, top_occurrences_value=True, limit=_KINDS)
_SUMMED = Metrics("tokens").integer(sum_=True)


def _row(what: str, key: str) -> str:
    return object_id(f"{what}\n{key}")


class NoTenant(StoreError):
    """A namespace is not there, or not any more."""


class Registry:
    """Rows of one collection, by what they say and of whom.

    ``made``: a namespace is there; ``name``: the scope that writes there; ``version``: changes with each write to it; ``preferences``: with
    each that may concern preferences; ``use``: when it was last used,
    or ``rest`` if its tenant is asleep; ``meta``: a setting.
    """

    def __init__(self, connection: Connection, schema: Schema) -> None:
        self._connection = connection
        self._schema = schema
        self._tenants: set[str] = set()
        self._named: set[str] = set()
        self._used: dict[str, float] = {}

    def forget(self) -> None:
        """After a fork: look again."""
        self._tenants.clear()
        self._named.clear()
        self._used.clear()

    async def _write(self, what: str, rows: Sequence[tuple[str, str, object, int]]) -> None:
        """Rows of ``(what, key, body, at)``, in place of what was there."""
        objects = [
            DataObject(properties={"what": kind, "key": key, "body": json_of(body, what), "at": at}, uuid=_row(_place(kind), key))
            for kind, key, body, at in rows
        ]
        await insert(self._connection, what, self._schema.registry, objects)

    async def _read(self, what: str, keys: Iterable[tuple[str, str]]) -> list[Mapping[str, Any]]:
        ids = [_row(kind, key) for kind, key in keys]
        rows: list[Mapping[str, Any]] = []
        for start in range(0, len(ids), _PAGE):
            part = ids[start : start + _PAGE]
            reply = await self._connection.ask_collection(what, self._schema.registry, by_ids(part))
            rows += [one.properties for one in reply.objects]
        return rows

    async def versions(self, keys: Sequence[str]) -> dict[str, int]:
        """The version of each namespace that was ever written to."""
        rows = await self._read("reading versions", [("version", key) for key in dict.fromkeys(keys)])
        return {row["key"]: int(value_of(row)) for row in rows}

    async def bump(self, keys: Iterable[str], now: int, *, preferences: Iterable[str] = ()) -> None:
        """Say that something was written.

        Args:
            keys: The namespaces.
            now: The time, microseconds.
            preferences: Those of them in which preferences may have changed; said first, for whoever sees the version asks for that.
        """
        for what, names in (("preferences", preferences), ("version", keys)):
            rows = [(what, key, uuid.uuid4().int >> 66, now) for key in dict.fromkeys(names)]
            if rows:
                await self._write("writing a version", rows)

    async def tenant(self, key: str) -> str:
        """The tenant of a namespace, made where it is new: one that the registry knows is there, or lost."""
        name = tenant_of(key)
        if key not in self._tenants:
            if not await self._is_made(key):
                await self._connection.ask_collection(
                    "making a tenant", self._schema.memory, lambda at: at.tenants.create([Tenant(name=name)])
                )
                await self._write("registering a namespace", [("made", key, None, 0)])
            self._tenants.add(key)
        return name

    def lost(self, key: str) -> None:
        """A tenant turned out not to be there."""
        self._tenants.discard(key)
        self._named.discard(key)
        self._used.pop(key, None)

    async def of_tenant(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """What a request to the tenant of a namespace gives. The request may be made several times.

        Raises:
            NoTenant: There is none: it was never made, or was dropped.
            StoreCorrupt: There is none, and the registry knows it: its memories are lost.
        """
        rests = iter(_RESTS_S)
        while True:
            try:
                return await ask()
            except StoreError as error:
                missing = is_missing_tenant(error)
                if not (missing or is_moving(error)):
                    raise
                self.lost(key)
                if not await self._is_made(key):
                    raise NoTenant(str(error)) from error
                rest = next(rests, None)
                if rest is None:
                    if missing:
                        raise _lost(key) from error
                    raise
            await asyncio.sleep(rest)  # it may have been made between the two looks, or is being put to sleep

    async def _is_made(self, key: str) -> bool:
        # versions and uses are no sign of it: who writes while another one drops the namespace may leave them behind
        return bool(await self._read("reading the registry", [("made", key)]))

    async def register(self, rows: Iterable[NamespaceRow]) -> None:
        """Insert rows where they are missing."""
        for row in rows:
            if row.key not in self._named:
                await self.tenant(row.key)
                await self._insert_name(row)
                self._named.add(row.key)

    async def _insert_name(self, row: NamespaceRow) -> None:
        properties = {"what": "name", "key": row.key, "body": json_of({"scope": dict(row.scope)}, "scope"), "at": row.updated_at}
        place = _row("name", row.key)
        try:
            await self._connection.ask_collection(
                "registering a namespace", self._schema.registry, lambda at: at.data.insert(properties, uuid=place)
            )
        except StoreError as error:
            if not is_taken(error):
                raise

    async def keys(self) -> list[str]:
        """All namespaces that there are."""
        return sorted({row["key"] for row in await self._all("made")})

    async def rows(self, keys: Sequence[str] | None) -> list[NamespaceRow]:
        """The registry's rows with exact counts, by key."""
        if keys is None:
            listed = await self._all(*_ABOUT)
        else:
            listed = await self._read("reading the registry", [(what, key) for key in dict.fromkeys(keys) for what in _ABOUT])
        made: set[str] = set()
        scopes: dict[str, Mapping[str, JsonValue]] = {}
        written: dict[str, int] = {}
        preferences: dict[str, int] = {}
        for row in listed:
            if row["what"] == "name":
                scopes[row["key"]] = cast("Mapping[str, JsonValue]", value_of(row)["scope"])
            elif row["what"] == "preferences":
                preferences[row["key"]] = int(value_of(row))
            elif row["what"] == "version":
                written[row["key"]] = int(row["at"])
            else:
                made.add(row["key"])
        made &= scopes.keys() | written.keys()  # one whose maker died before it was named holds nothing
        counted = await asyncio.gather(*(self._counted(key, scopes.get(key, {}), written.get(key, 0)) for key in sorted(made)))
        return [replace(row, preferences=preferences.get(row.key, 0)) for row in counted if row is not None]

    async def _all(self, *kinds: str, before: int | None = None) -> list[Mapping[str, Any]]:
        wanted = Filter.by_property("what").contains_any(list(kinds))
        if before is not None:
            wanted = wanted & Filter.by_property("at").less_than(before)
        rows: dict[str, Mapping[str, Any]] = {}
        offset = 0
        while True:
            reply = await self._connection.ask_collection(
                "reading the registry", self._schema.registry, matching(wanted, limit=_PAGE, offset=offset)
            )
            rows |= {str(one.uuid): one.properties for one in reply.objects}
            offset += _PAGE
            if len(reply.objects) < _PAGE:
                return list(rows.values())

    async def _counted(self, key: str, scope: Mapping[str, JsonValue], written: int) -> NamespaceRow | None:
        try:
            reply = await self.of_tenant(key, lambda: self._totals(key))
        except NoTenant:  # dropped meanwhile
            return None
        kinds: Any = reply.properties.get("counted")
        tokens: Any = reply.properties.get("tokens")
        counts = {one.value: one.count for one in (kinds.top_occurrences if kinds is not None else ()) if one.value and one.count}
        return NamespaceRow(key, scope, dict(sorted(counts.items())), int((tokens.sum_ if tokens is not None else 0) or 0), written)

    async def _totals(self, key: str) -> AggregateReturn:
        return await self._connection.ask_collection(
            "counting memories",
            self._schema.memory,
            lambda at: at.aggregate.over_all(total_count=False, return_metrics=[_COUNTED, _SUMMED]),
            tenant=tenant_of(key),
        )

    async def drop(self, key: str) -> bool:
        """Remove a namespace: its rows first, so that a missing tenant is never one that the registry knows."""
        there = await self._is_made(key)
        ids = [_row(what, key) for what in (*_ABOUT, "use")]
        await remove(self._connection, "dropping a namespace", self._schema.registry, Filter.by_id().contains_any(ids))
        name = tenant_of(key)
        await self._connection.ask_collection("dropping a namespace", self._schema.memory, lambda at: at.tenants.remove([name]))
        self.lost(key)
        return there

    async def use(self, keys: Iterable[str], now: int) -> None:
        """Note that namespaces are used, now and then."""
        idle = self._connection.address.idle_after_s
        if not idle:
            return
        at = time.monotonic()
        due = [key for key in keys if at - self._used.get(key, -idle) >= idle / 4]
        if due:
            self._used.update(dict.fromkeys(due, at))
            with suppress(StoreError):  # whoever reads a memory that takes no writes is answered all the same
                await self._write("noting a use", [("use", key, None, now) for key in due])

    async def rest(self, now: int) -> int:
        """Put namespaces to sleep that nobody used for the set time. The server wakes them at their next use. Returns how many."""
        idle = self._connection.address.idle_after_s
        if not idle:
            return 0
        unused = [row["key"] for row in await self._all("use", before=now - int(idle * 1e6))]
        for start in range(0, len(unused), 100):  # as many as one request takes
            part = unused[start : start + 100]
            try:
                await self._deactivate([tenant_of(key) for key in part])
            except StoreUnavailable:
                raise
            except StoreError:  # one of them was dropped meanwhile
                continue
            for key in part:
                self._used.pop(key, None)
            await self._write("noting a rest", [("rest", key, None, now) for key in part])
        return len(unused)

    async def _deactivate(self, names: list[str]) -> None:
        await self._connection.ask_collection("putting namespaces to sleep", self._schema.memory, lambda at: at.tenants.deactivate(names))

    async def get_meta(self, key: str) -> JsonValue:
        """A setting."""
        rows = await self._read("reading a setting", [("meta", key)])
        return cast("JsonValue", value_of(rows[0])) if rows else None

    async def set_meta(self, key: str, value: JsonValue, *, only_if_absent: bool) -> JsonValue:
        """Set it, or keep what is there: of many who do so at once, one wins."""
        if not only_if_absent:
            await self._write("writing a setting", [("meta", key, value, 0)])
            return value
        end = time.monotonic() + _WINNER_S
        while (there := await self.get_meta(key)) is None:
            claim = f"meta\n{key}\n{int(time.time() // _WINNER_S)}"
            if await self.claim(claim):
                try:
                    if (there := await self.get_meta(key)) is None:
                        await self._write("writing a setting", [("meta", key, value, 0)])
                        there = value
                finally:
                    await self.unclaim(claim)
                return there
            if time.monotonic() > 2 * _WINNER_S + end:
                raise StoreUnavailable(f"who began to write the setting {key!r} did not finish; try again")
            await asyncio.sleep(0.01)
        return there

    async def claim(self, what: str) -> bool:
        """Whether we are the first to claim something. Making an alias goes through the cluster's log: of many, one succeeds."""
        name = self._alias(what)
        try:
            await self._connection.ask(
                "claiming", lambda client: client.alias.create(alias_name=name, target_collection=self._schema.registry)
            )
        except StoreError as error:
            if is_taken(error):
                return False
            raise
        return True

    async def unclaim(self, what: str) -> None:
        """Give a claim back."""
        name = self._alias(what)
        await self._connection.ask("giving a claim back", lambda client: client.alias.delete(alias_name=name))

    def _alias(self, what: str) -> str:
        return f"{self._connection.address.prefix}_c{blake2b(what.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"


def _place(kind: str) -> str:
    """Rows of use and of rest are one row."""
    return "use" if kind == "rest" else kind


def _lost(key: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"the registry knows namespace {key!r}, but its tenant {tenant_of(key)} is gone from the server: restore it from a backup, or "
        "give it up with delete_namespace"
    )
