"""Search and walks over the tenants of a view."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from weaviate.classes.query import Filter, Sort

from ...errors import InvalidInput, StoreError
from .._cursors import Place, read_cursor, write_cursor
from .._vectors import as_matrix
from ..base import Hit, Record, ScanPage, ScanQuery, SearchQuery, Vector
from .codec import PIECE, RECORD, object_id, piece_id, record_of, space_name, tenant_of, token, value_of
from .conditions import KEYS, all_of, beyond_of, conditions, passes_of, place_of, walk_conditions
from .connection import Connection
from .registry import NoTenant, Registry
from .requests import Request, Where, by_ids, matching, nearest, worded
from .schema import Schema

__all__ = ["Asking"]

_PAGE = 500
_WALKED = 1001  # objects of one step of a walk
_MOST = 10_000  # objects of one answer, by the server's default
_BM25 = 2.2
"""The server leaves out the factor k1 + 1 of BM25, which changes no order; the Store port has it."""


@dataclass(slots=True)
class _Arms:
    """What both arms found in a namespace: objects by id of their record, and scores."""

    properties: dict[str, Mapping[str, Any]]
    lexical: dict[str, float]
    dense: dict[str, float]
    full: tuple[bool, bool] = (False, False)


class Asking:
    """Reads records."""

    def __init__(self, connection: Connection, schema: Schema, registry: Registry) -> None:
        self._connection = connection
        self._schema = schema
        self._registry = registry

    async def _objects(self, namespace: str, what: str, request: Request) -> list[Any]:
        """The objects that a request to a tenant finds; none where there is no such tenant, and never was."""
        try:
            return await self._registry.of_tenant(namespace, lambda: self._found(namespace, what, request))
        except NoTenant:
            return []

    async def _found(self, namespace: str, what: str, request: Request) -> list[Any]:
        reply = await self._connection.ask_collection(what, self._schema.memory, request, tenant=tenant_of(namespace))
        return list(reply.objects)

    async def get(self, ids: Sequence[str], namespaces: Sequence[str], *, with_index: bool) -> list[Record]:
        """Records by id, in the order of ``ids``, of each namespace in turn."""
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return []
        parts = await asyncio.gather(*(self._get(key, wanted, with_index=with_index) for key in dict.fromkeys(namespaces)))
        found: dict[str, list[Record]] = {}
        for part in parts:
            for record in part:
                found.setdefault(record.id, []).append(record)
        return [record for id in wanted for record in found.get(id, ())]

    async def pieces(self, namespace: str, ids: Sequence[str]) -> dict[str, int]:
        """Which of some records are there, and how many vectors each has after its first."""
        objects = await self._fetch(namespace, [object_id(id) for id in ids], with_index=False)
        return {
            one.record.id: one.more for one in (record_of(namespace, found.properties) for found in objects if not found.properties["of"])
        }

    async def further(self, namespace: str, ids: Sequence[str]) -> list[tuple[str, str, int]]:
        """The vectors after the first of some records: the server's id, whose, and which."""
        places = await self._objects(
            namespace,
            "reading further vectors",
            matching(Filter.by_property("of").contains_any(list(ids)), limit=_MOST, names=PIECE),
        )
        return [(str(one.uuid), str(one.properties["of"]), int(one.properties["piece"])) for one in places]

    async def _get(self, namespace: str, ids: Sequence[str], *, with_index: bool) -> list[Record]:
        found: list[Record] = []
        for start in range(0, len(ids), _PAGE):
            part = [object_id(id) for id in ids[start : start + _PAGE]]
            objects = await self._fetch(namespace, part, with_index=with_index)
            found += await self._records(namespace, objects, with_index=with_index)
        return found

    async def _fetch(self, namespace: str, ids: Sequence[str], *, with_index: bool) -> list[Any]:
        names = [*RECORD, "terms"] if with_index else [*RECORD]
        return await self._objects(
            namespace,
            "reading memories",
            by_ids(ids, names=names, vectors=with_index),
        )

    async def _records(self, namespace: str, objects: Sequence[Any], *, with_index: bool) -> list[Record]:
        """The records of objects, in their order, with all of their vectors where these are asked for."""
        stored = [
            record_of(namespace, one.properties, _vectors(one.vector) if with_index else ()) for one in objects if not one.properties["of"]
        ]
        pieces = [piece_id(one.record.id, number) for one in stored for number in range(one.more)] if with_index else []
        if not pieces:
            return [one.record for one in stored]
        vectors: dict[str, Vector] = {}
        for start in range(0, len(pieces), _PAGE):
            for piece in await self._fetch(namespace, pieces[start : start + _PAGE], with_index=True):
                vectors |= {str(piece.uuid): vector for vector in _vectors(piece.vector)}
        return [
            one.record.but(vectors=(*one.record.vectors, *_known(vectors, (piece_id(one.record.id, n) for n in range(one.more)))))
            for one in stored
        ]

    async def search(self, query: SearchQuery) -> tuple[list[Hit], dict[str, str]]:
        """Hits of all namespaces, the best of each arm; and the namespaces that a partial search had to leave out, and why."""
        if query.limit < 1:
            raise InvalidInput("must be at least 1", field="limit")
        vector = None if query.vector is None else as_matrix([query.vector], "vector")[0]
        near = None
        if vector is not None and np.any(vector) and await self._schema.has_space(query.space):
            near = cast("list[float]", vector.tolist())
        words = " ".join(dict.fromkeys(map(token, query.terms)))
        keys = tuple(dict.fromkeys(query.namespaces))
        failures: dict[str, StoreError] = {}
        found = await asyncio.gather(*(self._searched(key, query, words, near, failures) for key in keys))
        if failures and len(failures) == len(keys):
            raise next(iter(failures.values()))
        hits = [hit for part in found for hit in part]
        chosen: dict[tuple[str, str], Hit] = {}
        for arm in (_lexical, _dense):
            best = sorted((hit for hit in hits if arm(hit) is not None), key=lambda hit: (-(arm(hit) or 0.0), hit.record.id))
            chosen |= {(hit.record.namespace, hit.record.id): hit for hit in best[: query.limit]}
        return list(chosen.values()), {key: str(error) for key, error in failures.items()}

    async def _searched(
        self, namespace: str, query: SearchQuery, words: str, near: list[float] | None, failures: dict[str, StoreError]
    ) -> list[Hit]:
        try:
            return await self._search(namespace, query, words, near)
        except StoreError as error:
            if not query.partial:
                raise
            failures[namespace] = error
            return []

    async def _search(self, namespace: str, query: SearchQuery, words: str, near: list[float] | None) -> list[Hit]:
        """The hits in one namespace that the filter lets through: more are asked for where it turned some away."""
        depth, passes = query.limit, passes_of(query)
        while True:
            arms = await self._arms(namespace, query, words, near, depth)
            hits: list[Hit] = []
            for id, properties in arms.properties.items():
                record = record_of(namespace, properties).record
                if passes is None or passes(record):
                    hits.append(Hit(record, arms.lexical.get(id), arms.dense.get(id)))
            lexical, dense = sum(hit.lexical is not None for hit in hits), sum(hit.dense is not None for hit in hits)
            short = (arms.full[0] and lexical < query.limit) or (arms.full[1] and dense < query.limit)
            if passes is None or not short:
                return hits
            depth *= 8

    async def _arms(self, namespace: str, query: SearchQuery, words: str, near: list[float] | None, depth: int) -> _Arms:
        """What each arm finds, and what it says of that which only the other found."""
        wanted = all_of(conditions(query))
        space = None if near is None else space_name(query.space)
        by_words, by_meaning = await asyncio.gather(
            self._by_words(namespace, words, wanted, depth, space=space), self._by_meaning(namespace, near, query.space, wanted, depth)
        )
        arms = _Arms({}, {}, {}, (len(by_words) >= depth, len(by_meaning) >= depth))
        for one in by_words:
            arms.properties[str(one.uuid)] = one.properties
            arms.lexical[str(one.uuid)] = _BM25 * one.metadata.score
        pieces = _take(by_meaning, arms)
        unread = [id for id in arms.dense if id not in arms.lexical] if arms.full[0] else []
        several: list[str] = []
        if near is not None and space is not None and arms.full[1]:
            several = _cosines([one for one in by_words if str(one.uuid) not in arms.dense], near, space, arms)
        if not (pieces or unread or several):
            return arms
        owners = sorted({object_id(piece.properties["of"]) for piece in pieces})
        further = Filter.by_property("of").contains_any(several) if several else None
        records, lexical, dense = await asyncio.gather(
            self._fetch(namespace, owners, with_index=False) if owners else _nothing(),
            self._by_words(namespace, words, Filter.by_id().contains_any(unread), len(unread), scores=True) if unread else _nothing(),
            self._by_meaning(namespace, near, query.space, further, _MOST, scores=True) if several else _nothing(),
        )
        arms.properties |= {str(one.uuid): one.properties for one in records}
        _take([*pieces, *dense], arms)
        arms.lexical |= {str(one.uuid): _BM25 * one.metadata.score for one in lexical}
        for scores in (arms.lexical, arms.dense):  # a record that went meanwhile
            for id in scores.keys() - arms.properties.keys():
                del scores[id]
        return arms

    async def _by_words(
        self, namespace: str, words: str, wanted: Where | None, limit: int, *, scores: bool = False, space: str | None = None
    ) -> list[Any]:
        if not words:
            return []
        names = [] if scores else [*RECORD]
        return await self._objects(namespace, "searching by words", worded(words, wanted, limit=limit, names=names, space=space))

    async def _by_meaning(
        self, namespace: str, near: list[float] | None, space: str | None, wanted: Where | None, limit: int, *, scores: bool = False
    ) -> list[Any]:
        if near is None:
            return []
        names = [*PIECE] if scores else [*RECORD]
        depth = limit
        while True:
            request = nearest(near, space_name(space), wanted, limit=depth, names=names)
            found = await self._objects(namespace, "searching by meaning", request)
            if scores or len(found) < depth or len({one.properties["of"] or str(one.uuid) for one in found}) >= limit:
                return found
            depth *= 4  # several vectors of one record

    async def scan(self, query: ScanQuery) -> ScanPage:
        """A page of a walk."""
        if query.limit < 1:
            raise InvalidInput("must be at least 1", field="limit")
        keys = KEYS[query.sort]
        begin, last = read_cursor(query.cursor, len(query.namespaces), len(keys))
        passes = passes_of(query)
        found: list[tuple[int, Place, Record]] = []
        for at in range(begin, len(query.namespaces)):
            namespace = query.namespaces[at]
            size = min(_WALKED, query.limit + 1) if passes is None else _WALKED
            while True:
                objects = await self._walk(namespace, query, last, size)
                records = await self._records(namespace, objects, with_index=query.with_index)
                for record in records:
                    last = place_of(record, query.sort)
                    if passes is None or passes(record):
                        found.append((at, last, record))
                        if len(found) > query.limit:
                            page = found[: query.limit]
                            return ScanPage(tuple(one for _, _, one in page), write_cursor(*page[-1][:2]))
                if len(objects) < size:
                    break
            last = None
        return ScanPage(tuple(one for _, _, one in found), None)

    async def paths(self, namespace: str, prefix: Sequence[str], now: int) -> list[tuple[str, ...]]:
        """The different paths of active items at or below a path, sorted. Reads the paths only."""
        query = ScanQuery((namespace,), kinds=("item",), path_prefix=tuple(prefix), now=now)
        wanted = [*conditions(query), Filter.by_property("of").equal("")]
        found: set[tuple[str, ...]] = set()
        last = ""
        while True:
            beyond = [Filter.by_property("key").greater_than(last)] if last else []
            request = matching(Filter.all_of([*wanted, *beyond]), limit=_WALKED, sort=Sort.by_property("key"), names=("key", "folders"))
            objects = await self._objects(namespace, "walking over paths", request)
            found.update(tuple(json.loads(one.properties["folders"][-1])) for one in objects if one.properties["folders"])
            if len(objects) < _WALKED:
                return sorted(found)
            last = objects[-1].properties["key"]

    async def _walk(self, namespace: str, query: ScanQuery, last: Place | None, size: int) -> list[Any]:
        keys = KEYS[query.sort]
        wanted = [*conditions(query), Filter.by_property("of").equal(""), *walk_conditions(query)]
        if last is not None:
            wanted.append(beyond_of(keys, last, descending=query.descending))
        order = Sort.by_property(keys[0], ascending=not query.descending)
        for key in keys[1:]:
            order = order.by_property(key, ascending=not query.descending)
        names = [*RECORD, "terms"] if query.with_index else [*RECORD]
        return await self._objects(
            namespace,
            "walking over memories",
            matching(all_of(wanted), limit=size, sort=order, names=names, vectors=query.with_index),
        )


def _take(found: Sequence[Any], arms: _Arms) -> list[Any]:
    """Take up what was found by meaning. Returns the vectors of records that are not known yet."""
    unknown: list[Any] = []
    for one in sorted(found, key=lambda one: bool(one.properties["of"])):  # records before their further vectors
        owner = one.properties["of"]
        id = object_id(owner) if owner else str(one.uuid)
        if not owner:
            arms.properties.setdefault(id, one.properties)
        elif id not in arms.properties:
            unknown.append(one)
            continue
        elif int(one.properties["piece"]) >= value_of(arms.properties[id])["more"]:
            continue  # of a vector that the record has no more
        arms.dense[id] = max(arms.dense.get(id, -2.0), 1.0 - one.metadata.distance)
    return unknown


def _cosines(found: Sequence[Any], near: Sequence[float], space: str, arms: _Arms) -> list[str]:
    """Take up the vectors of what was found by words. Returns whose vectors are not all of them."""
    vectors = [(str(one.uuid), one) for one in found if one.vector.get(space)]
    if not vectors:
        return []
    matrix = np.asarray([one.vector[space] for _, one in vectors], dtype=np.float32)
    query = np.asarray(near, dtype=np.float32)
    lengths = np.linalg.norm(matrix, axis=1) * np.linalg.norm(query)
    for (id, _), cosine in zip(vectors, (matrix @ query) / np.where(lengths > 0, lengths, 1), strict=True):
        arms.dense[id] = float(cosine)
    return [value_of(one.properties)["id"] for _, one in vectors if value_of(one.properties)["more"]]


async def _nothing() -> list[Any]:
    return []


def _lexical(hit: Hit) -> float | None:
    return hit.lexical


def _dense(hit: Hit) -> float | None:
    return hit.dense


def _vectors(named_vectors: Mapping[str, Any]) -> tuple[Vector, ...]:
    return tuple(tuple(cast("Sequence[float]", vector)) for vector in named_vectors.values() if vector)[:1]


def _known(vectors: Mapping[str, Vector], ids: Iterable[str]) -> list[Vector]:
    return [vectors[id] for id in ids if id in vectors]
