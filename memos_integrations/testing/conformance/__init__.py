"""A conformance suite for LangGraph stores, as pytest classes. Needs the extra ``langgraph``, and pytest.

Any store is checked by a subclass in a test file of yours::

    class TestMyStore(StoreConformance):
        @contextmanager
        def open_store(self, *, index=None, ttl=None):
            yield MyStore(index=index, ttl=ttl)

Each test runs with blocking and with awaited calls on an empty store. A store that does not search by meaning, or whose items do
not expire, subclasses the parts that it has: ``KeyValueConformance``, ``SearchConformance``, ``ExpiryConformance``. Deviations
that are known are named in ``deviations``; their tests must then fail, so that a repair shows.
"""

from __future__ import annotations

from ...errors import MissingExtra

try:
    from .expiry import ExpiryConformance
    from .keys import KeyValueConformance
    from .running import ConformanceBase, Face, character_counts
    from .search import SearchConformance
except ImportError as _error:
    if (_error.name or "").partition(".")[0] != "langgraph":
        raise
    raise MissingExtra("langgraph", "langgraph") from _error

__all__ = [
    "ConformanceBase",
    "ExpiryConformance",
    "Face",
    "KeyValueConformance",
    "SearchConformance",
    "StoreConformance",
    "character_counts",
]


class StoreConformance(KeyValueConformance, SearchConformance, ExpiryConformance):
    """All that LangGraph's ``BaseStore`` promises: keys and values, namespaces, filters, search by meaning, and expiry."""
