"""Requests to a collection, made before they are sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from weaviate.classes.data import DataObject
from weaviate.classes.query import FilterReturn, MetadataQuery
from weaviate.collections.classes.grpc import _Sorting  # pyright: ignore[reportPrivateUsage]  # the type has no public name
from weaviate.outputs.data import DeleteManyReturn

from .connection import Connection, Handle
from .failures import refused

__all__ = ["Objects", "Order", "Request", "Where", "by_ids", "insert", "inserted", "matching", "nearest", "remove", "worded"]

_SCORE = MetadataQuery(score=True)
_DISTANCE = MetadataQuery(distance=True)

Request: TypeAlias = Callable[[Handle], Awaitable[Any]]
Objects: TypeAlias = Sequence[DataObject[Any, Any]]
Where: TypeAlias = FilterReturn
Order: TypeAlias = _Sorting


def by_ids(ids: Sequence[str], *, names: Sequence[str] | None = None, vectors: bool = False) -> Request:
    """Objects by the server's ids."""
    wanted = None if names is None else list(names)
    return lambda at: at.query.fetch_objects_by_ids(ids, limit=len(ids), include_vector=vectors, return_properties=wanted)


def matching(
    where: Where | None, *, limit: int, sort: Order | None = None, offset: int | None = None, names: Sequence[str] | None = None,
    vectors: bool = False,
) -> Request:  # fmt: skip
    """Objects by a filter."""
    wanted = None if names is None else list(names)
    return lambda at: at.query.fetch_objects(
        filters=where, limit=limit, offset=offset, sort=sort, include_vector=vectors, return_properties=wanted
    )


def worded(words: str, where: Where | None, *, limit: int, names: Sequence[str], space: str | None = None) -> Request:
    """Objects by BM25, with their scores, and their vectors of a name."""
    vectors = False if space is None else [space]
    return lambda at: at.query.bm25(
        words,
        query_properties=["terms"],
        limit=limit,
        filters=where,
        include_vector=vectors,
        return_metadata=_SCORE,
        return_properties=list(names),
    )


def nearest(vector: list[float], name: str, where: Where | None, *, limit: int, names: Sequence[str]) -> Request:
    """Objects by the distance of their vector of a name."""
    return lambda at: at.query.near_vector(
        vector, target_vector=name, limit=limit, filters=where, return_metadata=_DISTANCE, return_properties=list(names)
    )


def inserted(objects: Objects) -> Request:
    """Objects in place of those of the same ids."""
    return lambda at: at.data.insert_many(objects)


async def insert(connection: Connection, what: str, name: str, objects: Objects) -> None:
    """Insert objects in place of those of the same ids.

    Raises:
        StoreError: The server does not take some of them; see ``Connection.ask`` for the kinds.
    """
    result = await connection.ask_collection(what, name, inserted(objects))
    if result.has_errors:
        raise refused(what, connection.address.location, [error.message for error in result.errors.values()])


async def remove(connection: Connection, what: str, name: str, where: Where, *, tenant: str | None = None) -> tuple[int, bool]:
    """Remove objects that a filter finds; the server removes so many at a time.

    Args:
        connection: The server.
        what: What is being done, for errors.
        name: The collection.
        where: The filter.
        tenant: A tenant of it.

    Returns:
        How many, and whether these were all.

    Raises:
        StoreError: It refuses to remove some of them; see ``Connection.ask`` for the kinds.
    """
    result: DeleteManyReturn[Any] = await connection.ask_collection(what, name, lambda at: at.data.delete_many(where=where), tenant=tenant)
    if result.failed:  # no reason is told unless it is asked for
        again = await connection.ask_collection(what, name, lambda at: at.data.delete_many(where=where, verbose=True), tenant=tenant)
        reasons = [str(one.error) for one in again.objects or () if not one.successful]
        if reasons:
            raise refused(what, connection.address.location, reasons)
        result = again
    return int(result.successful), result.successful == 0 or result.matches == result.successful
