"""The conformance suite, run against LangGraph's own stores and ours; what upstream does otherwise is written out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from langgraph.store.base import BaseStore, IndexConfig, TTLConfig
from langgraph.store.memory import InMemoryStore
from langgraph.store.sqlite import SqliteStore

from memos_integrations import AsyncMemOS, MemOS
from memos_integrations.embeddings import CallableEmbedder
from memos_integrations.langgraph import MemOSStore
from memos_integrations.testing import StoreConformance
from memos_integrations.testing.conformance import ExpiryConformance, KeyValueConformance, SearchConformance, character_counts


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now


class TestMemOSStore(StoreConformance):
    """Ours, in one namespace."""

    partition = 0

    @contextmanager
    def open_store(self, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> Iterator[BaseStore]:
        with MemOS(":memory:", embedder=CallableEmbedder(character_counts) if index else None) as memory:
            self.clock = Clock()
            yield MemOSStore(memory, index=index, ttl=ttl, partition=self.partition, clock=self.clock)

    def pass_time(self, store: BaseStore, minutes: float) -> None:
        self.clock.now += timedelta(minutes=minutes)


class TestMemOSStoreInPartitions(TestMemOSStore):
    """Ours, a namespace of the memory for each first label."""

    partition = 1


class TestMemOSStoreOnAnAsyncMemory(TestMemOSStore):
    """Ours, given the awaited face."""

    @contextmanager
    def open_store(self, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> Iterator[BaseStore]:
        memory = AsyncMemOS(":memory:", embedder=CallableEmbedder(character_counts) if index else None)
        self.clock = Clock()
        yield MemOSStore(memory, index=index, ttl=ttl, clock=self.clock)
        memory.sync.close()


class TestInMemoryStore(KeyValueConformance, SearchConformance):
    """LangGraph's store of reference; its items do not expire."""

    deviations: ClassVar[dict[str, str]] = {
        "test_overwriting_keeps_the_birthday": "created_at is set anew",
        "test_nobody_changes_what_is_stored_through_a_value": "it returns its own objects",
        "test_labels_that_cannot_be_kept_apart_are_refused": "batches are not checked",
        "test_a_list_is_as_good_as_a_tuple": "a list is no prefix of anything, and raises in a batch",
        "test_what_changed_last_comes_first": "the order is that of the first put",
        "test_numbers_are_ordered_as_numbers_and_what_is_missing_is_no_match": "a missing field raises TypeError",
        "test_strings_are_ordered_as_text": "a string raises ValueError",
        "test_a_namespace_is_where_an_item_is": "emptied namespaces, and those that were asked for, are listed",
        "test_overwriting_drops_what_was_indexed": "vectors of the old value stay",
        "test_the_same_text_may_stand_in_several_fields_and_items": "it raises ValueError: number of embeddings",
        "test_pages_of_a_query_fit_together": "what has no score is repeated on each page",
    }

    @contextmanager
    def open_store(self, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> Iterator[BaseStore]:
        yield InMemoryStore(index=index)


OMIT = "omit_expired is not read: what expired is returned until a sweep, and lives again"


class TestSqliteStore(KeyValueConformance, ExpiryConformance):
    """LangGraph's store on SQLite; its vectors need loadable extensions, which this Python has not."""

    faces: ClassVar[tuple[Literal["sync"]]] = ("sync",)  # its awaited face is a class of its own
    resolution_s = 1.0
    deviations: ClassVar[dict[str, str]] = {
        "test_overwriting_keeps_the_birthday": "created_at is set anew",
        "test_overwriting_moves_the_last_change": "times are whole seconds, and know no zone",
        "test_a_list_is_as_good_as_a_tuple": "a list raises TypeError in a batch",
        "test_what_changed_last_comes_first": "within a second the order is left to chance",
        "test_what_is_missing_is_not_equal": "a missing field is no match for $ne",
        "test_a_nested_filter_asks_for_a_part": "it raises ValueError: unsupported operator",
        "test_a_dot_in_a_field_s_name_is_a_dot": "a dotted field is taken for a path only",
        "test_an_item_lives_its_minutes": OMIT,
        "test_what_expired_is_nowhere": OMIT,
        "test_reading_may_leave_the_time_alone": OMIT,
        "test_only_what_a_page_returns_lives_on": OMIT,
        "test_a_default_holds_where_a_put_says_nothing": OMIT,
        "test_an_expired_item_is_not_brought_back": OMIT,
    }

    @contextmanager
    def open_store(self, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> Iterator[BaseStore]:
        connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        store = SqliteStore(connection, ttl=ttl)
        store.setup()
        yield store
        connection.close()

    def pass_time(self, store: BaseStore, minutes: float) -> None:
        connection: sqlite3.Connection = store.conn  # type: ignore[attr-defined]  # all its times are in the file
        connection.execute("UPDATE store SET expires_at = datetime(expires_at, ?)", (f"-{minutes} minutes",))


def test_every_deviation_that_is_listed_is_a_test_of_the_suite() -> None:
    for store in (TestInMemoryStore, TestSqliteStore):
        known: dict[str, Any] = store.deviations
        assert known.keys() <= set(dir(store))
