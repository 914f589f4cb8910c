"""What the parts of the contract share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from ...stores.base import NamespaceRow, Record, ScanQuery, SearchQuery, Store

__all__ = ["HOSTILE_NAMES", "ContractBase", "is_old", "named", "record", "row_of", "texts_of"]

HOSTILE_NAMES = (
    "a",
    "A",
    "a/",
    "a/b",
    "a%2Fb",
    "a_b",
    "a%",
    "a*",
    "'; DROP TABLE records; --",
    'a"b',
    "a\x00b",
    "a\x00",
    "é",
    "e\u0301",
    "用户",
    " ",
    "../a",
    "\U0001f600",
    "null",
    "x" * 500,
)
"""Names of namespaces that careless stores confuse with each other."""


def record(name: str, namespace: str = "n", **fields: Any) -> Record:
    """A record whose id is made of a name; its terms are the words of its text if none are given."""
    text = str(fields.pop("text", name))
    values: dict[str, Any] = {"kind": "fact", "terms": tuple(text.split())} | fields
    return Record(id=named(name), namespace=namespace, text=text, **values)


def named(name: str) -> str:
    """The id that ``record`` gives."""
    return str(uuid5(NAMESPACE_URL, name))


def texts_of(records: Sequence[Record]) -> list[str]:
    """Texts of records, in their order."""
    return [r.text for r in records]


def row_of(store: Store) -> NamespaceRow:
    """The registry's row of the namespace ``n``."""
    [row] = store.namespaces(["n"])
    return row


def is_old(record: Record) -> bool:
    """A filter of the test itself."""
    return record.updated_at < -2


class ContractBase:
    """What the tests of the parts ask. Subclasses give the fixture ``store``."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        """An empty store, closed afterwards."""
        raise NotImplementedError("give a fixture named 'store' that yields an empty store")

    def found(self, store: Store, **query: Any) -> list[str]:
        """Texts that a search finds, sorted."""
        values: dict[str, Any] = {"namespaces": ("n",)} | query
        return sorted(h.record.text for h in store.search(SearchQuery(**values)).hits)

    def scanned(self, store: Store, **query: Any) -> list[str]:
        """Texts that a walk over all pages finds, in order."""
        values: dict[str, Any] = {"namespaces": ("n",)} | query
        texts: list[str] = []
        cursor: str | None = None
        while True:
            page = store.scan(ScanQuery(**values, cursor=cursor))
            texts += texts_of(page.records)
            cursor = page.cursor
            if cursor is None:
                return texts
