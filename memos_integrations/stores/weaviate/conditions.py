"""What a query or a walk asks of the objects of a tenant, and where a walk stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from weaviate.classes.query import Filter

from .._cursors import Place
from ..base import Record, ScanQuery, SearchQuery
from ..base import Sort as Order
from ..base import Where as Passes
from .codec import folder, named
from .requests import Where

__all__ = ["KEYS", "all_of", "beyond_of", "conditions", "passes_of", "place_of", "walk_conditions"]

KEYS: Mapping[Order, tuple[str, ...]] = {
    "created": ("created_at", "order", "key"),
    "updated": ("updated_at", "key"),
    "order": ("order", "key"),
}
"""What a walk goes by."""


def all_of(conditions: Sequence[Where]) -> Where | None:
    return Filter.all_of(list(conditions)) if conditions else None


def passes_of(query: SearchQuery | ScanQuery) -> Passes | None:
    """What is asked of the records themselves: the filter, and what was true at a time."""
    where, as_of = query.where, query.as_of
    if as_of is None:
        return where

    def passes(record: Record) -> bool:
        begun = record.valid_from is None or record.valid_from <= as_of
        return begun and (record.valid_to is None or as_of < record.valid_to) and (where is None or where(record))

    return passes


def conditions(query: SearchQuery | ScanQuery) -> list[Where]:
    by = Filter.by_property
    found: list[Where] = []
    if query.kinds:
        found.append(by("kind").contains_any(list(query.kinds)))
    if query.statuses:
        found.append(by("status").contains_any(list(query.statuses)))
    if query.now or isinstance(query, SearchQuery):  # a walk at 0 shows what has expired, a search never
        found.append(by("expires_at").greater_than(query.now))
    if query.path_prefix:
        found.append(by("folders").contains_any([folder(query.path_prefix)]))
    return found


def walk_conditions(query: ScanQuery) -> list[Where]:
    by = Filter.by_property
    found: list[Where] = []
    if query.conversation is not None:
        found.append(by("conversation").equal(named(query.conversation)))
    if query.after_order is not None:
        found.append(by("order").greater_than(query.after_order))
    if query.before_order is not None:
        found.append(by("order").less_than(query.before_order))
    if query.unembedded_for is not None:
        found.append(by("space").not_equal(named(query.unembedded_for)))
    if query.expired_at is not None:
        found.append(by("expires_at").less_or_equal(query.expired_at))
    return found


def beyond_of(keys: Sequence[str], last: Place, *, descending: bool) -> Where:
    """What comes after a place of the walk."""
    first, *rest = keys
    by = Filter.by_property(first)
    beyond = by.less_than(last[0]) if descending else by.greater_than(last[0])
    if not rest:
        return beyond
    return beyond | (by.equal(last[0]) & beyond_of(rest, last[1:], descending=descending))


def place_of(record: Record, sort: Order) -> Place:
    """The place of a record in a walk, as the server has it: it keeps numbers as doubles."""
    if sort == "created":
        return _double(record.created_at), _double(record.order), record.id
    return _double(record.updated_at if sort == "updated" else record.order), record.id


def _double(number: int) -> int:
    return int(float(number))
