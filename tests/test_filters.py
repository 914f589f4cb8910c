"""Filters over fields and metadata."""

from __future__ import annotations

from typing import Any

import pytest

from memos_integrations.core.filters import compile_filter
from memos_integrations.errors import InvalidInput

DATA: dict[str, Any] = {
    "kind": "fact",
    "text": "Lives in Lisbon",
    "sources": ["m1", "m2"],
    "version": 3,
    "valid_from": "2026-03-02T09:00:00Z",
    "valid_to": None,
    "metadata": {"topic": "travel", "rank": 4, "draft": True, "place": {"city": "Lisbon"}, "a.b": 1, "tags": ["x", "y"], "kind": "own"},
}


@pytest.mark.parametrize(
    ("filter", "wanted"),
    [
        ({}, True),
        ({"kind": "fact"}, True),
        ({"metadata.kind": "own"}, True),
        ({"topic": "travel"}, True),
        ({"metadata.topic": "travel", "rank": {"$gte": 4, "$lt": 5}}, True),
        ({"place.city": "Lisbon"}, True),
        ({"a.b": 1}, True),
        ({"tags.0": "x"}, True),
        ({"draft": 1}, False),
        ({"draft": {"$eq": True}}, True),
        ({"rank": {"$gt": "3"}}, False),
        ({"valid_from": {"$gte": "2026-01-01", "$lt": "2027-01-01"}}, True),
        ({"topic": {"$in": ["food", "travel"]}}, True),
        ({"tags": {"$in": ["y"]}}, True),
        ({"tags": {"$contains": "x"}}, True),
        ({"tags": ["x", "y"]}, True),
        ({"text": {"$contains": "lisbon"}}, True),
        ({"topic": {"$nin": ["travel"]}}, False),
        ({"absent": {"$nin": ["travel"]}}, True),
        ({"absent": {"$ne": 1}}, True),
        ({"absent": None}, True),
        ({"valid_to": {"$exists": False}}, True),
        ({"topic": {"$exists": True}}, True),
        ({"$or": [{"topic": "food"}, {"rank": 4}]}, True),
        ({"$and": [{"topic": "travel"}, {"rank": 5}]}, False),
        ({"$not": {"topic": "food"}}, True),
        ({"place": {"city": "Lisbon"}}, True),
        ({"metadata": {"rank": {"$lt": 5}, "place": {"city": "Lisbon"}}}, True),
        ({"metadata": {"rank": 4, "topic": "food"}}, False),
        ({"topic": {}}, False),
        ({"place": {}}, True),
    ],
)
def test_matches(filter: Any, wanted: bool) -> None:
    assert compile_filter(filter)(DATA) is wanted


@pytest.mark.parametrize(
    ("filter", "field"),
    [
        ("topic", "filter"),
        ({"$nor": []}, "filter.$nor"),
        ({"$or": []}, "filter.$or"),
        ({"$or": {"a": 1}}, "filter.$or"),
        ({"$and": ["x"]}, "filter.$and[0]"),
        ({"$not": 3}, "filter.$not"),
        ({"rank": {"$near": 3}}, "filter.rank.$near"),
        ({"rank": {"$gt": None}}, "filter.rank.$gt"),
        ({"rank": {"$in": "abc"}}, "filter.rank.$in"),
        ({"rank": {"$exists": 1}}, "filter.rank.$exists"),
        ({3: 4}, "filter"),
    ],
)
def test_bad_filters_name_the_place(filter: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        compile_filter(filter)
    assert caught.value.field == field


def test_deep_nesting_is_refused() -> None:
    filter: Any = {"a": 1}
    for _ in range(100):
        filter = {"$not": filter}
    with pytest.raises(InvalidInput):
        compile_filter(filter)


def test_without_metadata_only_own_fields_count() -> None:
    assert compile_filter({"topic": "travel"}, metadata=False)(DATA) is False
    assert compile_filter({"metadata.topic": "travel"}, metadata=False)(DATA) is True
    assert compile_filter({"place": {"city": "Lisbon"}}, metadata=False)({"metadata": {"place": {"city": "Lisbon"}}}) is False
