"""Properties of the embedded store under many small operations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_integrations.stores.base import Batch, Record, ScanQuery, SearchQuery
from memos_integrations.stores.sqlite import SQLiteStore
from memos_integrations.testing.store_contract import HOSTILE_NAMES, named

_ANY = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = st.sampled_from(HOSTILE_NAMES) | text
numbers = st.integers(-(2**62), 2**62)
floats = st.floats(-(2.0**99), 2.0**99, width=32)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
records = st.integers(0, 3).flatmap(
    lambda dim: st.builds(
        Record,
        id=st.sampled_from([named(str(i)) for i in range(6)]),
        namespace=names,
        kind=st.sampled_from(["fact", "episode", "item", "tombstone"]),
        text=text,
        terms=st.lists(text, max_size=6).map(tuple),
        vectors=st.lists(st.lists(floats, min_size=dim, max_size=dim).map(tuple), max_size=3).map(tuple) if dim else st.just(()),
        space=st.none() | text,
        payload=st.dictionaries(text, json_values, max_size=3),
        path=st.lists(text, max_size=3).map(tuple),
        conversation=st.none() | text,
        order=numbers,
        status=st.sampled_from(["active", "archived", "deleted"]),
        valid_from=st.none() | numbers,
        valid_to=st.none() | numbers,
        created_at=numbers,
        updated_at=numbers,
        expires_at=st.none() | numbers,
        version=st.integers(1, 1000),
    )
)
steps = st.lists(st.tuples(st.sampled_from(["put", "put", "put", "delete", "drop"]), records), min_size=15, max_size=40)


@contextmanager
def empty() -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(":memory:")) as store:
        yield store


def _created(record: Record) -> tuple[int, int, str]:
    return record.created_at, record.order, record.id


@_ANY
@given(st.lists(records, max_size=8, unique_by=lambda r: (r.namespace, r.id)))
def test_records_come_back_as_they_were_and_twice_is_once(some: list[Record]) -> None:
    with empty() as store:
        for _ in range(2):
            store.commit(Batch(put=tuple(some)))
            for one in some:
                assert store.get([one.id], namespaces=[one.namespace], with_index=True) == [one]
            for name in {r.namespace for r in some}:
                wanted = sorted((r for r in some if r.namespace == name), key=_created)
                assert list(store.scan(ScanQuery((name,), statuses=(), with_index=True)).records) == wanted


@_ANY
@given(steps)
def test_a_store_holds_what_a_dictionary_would(some: list[tuple[str, Record]]) -> None:
    model: dict[tuple[str, str], Record] = {}
    with empty() as store:
        for what, one in some:
            if what == "put":
                store.commit(Batch(put=(one,)))
                model[one.namespace, one.id] = one
            elif what == "delete":
                store.commit(Batch(delete=((one.namespace, one.id),)))
                model.pop((one.namespace, one.id), None)
            else:
                store.drop_namespace(one.namespace)
                model = {key: value for key, value in model.items() if key[0] != one.namespace}
            mine = sorted((r for (name, _), r in model.items() if name == one.namespace), key=_created)
            assert list(store.scan(ScanQuery((one.namespace,), statuses=(), with_index=True)).records) == mine
            for term in one.terms[:2]:
                hits = store.search(SearchQuery((one.namespace,), terms=(term,), now=-(2**63), limit=1000)).hits
                assert {h.record.id for h in hits} == {r.id for r in mine if term in r.terms and r.status == "active"}
                assert all(h.record.namespace == one.namespace for h in hits)
        counted = {row.key: sum(row.counts.values()) for row in store.namespaces()}
        for name in {key[0] for key in model}:
            assert counted[name] == sum(r.status != "deleted" for (n, _), r in model.items() if n == name)
