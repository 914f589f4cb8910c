"""What every store must do, as a pytest class.

A store of your own is checked by a subclass in one of your test files::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            with closing(MyStore()) as store:
                yield store

Each test gets an empty store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from pydantic import JsonValue

from ..errors import Closed, InvalidInput, StoreConflict
from ..stores.base import Batch, NamespaceRow, Record, ScanQuery, SearchQuery, Sort, Store, Task, Touch

__all__ = ["HOSTILE_NAMES", "StoreContract", "named", "record"]

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


def _texts(records: Sequence[Record]) -> list[str]:
    return [r.text for r in records]


def _row(store: Store) -> NamespaceRow:
    """The registry's row of the namespace ``n``."""
    [row] = store.namespaces(["n"])
    return row


def _old(record: Record) -> bool:
    return record.updated_at < -2


class StoreContract:
    """The Store port in words of behaviour. Subclasses give the fixture ``store``."""

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
            texts += _texts(page.records)
            cursor = page.cursor
            if cursor is None:
                return texts

    def test_what_is_put_comes_back_as_it_was(self, store: Store) -> None:
        whole = record(
            "whole",
            text="two words\nand more, 用户 \x00",
            terms=("two", "word", "two", "用户"),
            vectors=((0.5, -1.0), (0.25, 2.0)),
            space="s",
            payload={"a": [1, None, {"b": "ü"}], "c": 1.5, "d": True},
            path=("docs", "", "a/b"),
            conversation="c",
            order=7,
            status="archived",
            valid_from=-5,
            valid_to=9,
            created_at=1,
            updated_at=2,
            expires_at=3,
            version=4,
            tokens=11,
        )
        store.commit(Batch(put=(whole,)))
        assert store.get([whole.id], namespaces=["n"], with_index=True) == [whole]
        bare = store.get([whole.id])[0]
        assert bare.but(terms=whole.terms, vectors=whole.vectors) == whole

    def test_get_keeps_the_order_asked_for_and_leaves_out_what_is_missing(self, store: Store) -> None:
        store.commit(Batch(put=(record("a"), record("b"))))
        assert _texts(store.get([named("b"), named("nobody"), named("a")])) == ["b", "a"]
        assert store.get([named("a")], namespaces=["other"]) == []
        assert store.get([]) == []

    def test_a_replaced_record_keeps_its_place_and_loses_its_old_words(self, store: Store) -> None:
        store.commit(Batch(put=(record("a", text="apple", created_at=1), record("b", created_at=2))))
        store.commit(Batch(put=(record("a", text="pear", created_at=1),)))
        assert self.scanned(store) == ["pear", "b"]
        assert self.found(store, terms=("apple",)) == []
        assert self.found(store, terms=("pear",)) == ["pear"]

    def test_the_same_batch_twice_is_the_same_as_once(self, store: Store) -> None:
        batch = Batch(
            put=(record("a", created_at=1), record("b", kind="preference", created_at=2)),
            delete=(("n", named("c")),),
            tasks=(Task(named("t"), "n", "learn"),),
            namespaces=(NamespaceRow("n", {"user_id": "u"}),),
        )
        for _ in range(2):
            store.commit(batch)
            assert self.scanned(store) == ["a", "b"]
            assert store.tasks() == list(batch.tasks)
            row = store.namespaces(["n"])[0]
            assert (row.scope, row.counts) == ({"user_id": "u"}, {"fact": 1, "preference": 1})

    def test_a_deleted_record_is_found_by_nothing(self, store: Store) -> None:
        store.commit(Batch(put=(record("a", vectors=((1.0, 0.0),), space="s"), record("b"))))
        assert self.found(store, terms=("a",)) == ["a"]
        store.commit(Batch(delete=(("n", named("a")), ("nowhere", named("b")))))
        assert self.found(store, terms=("a",), vector=(1.0, 0.0), space="s") == []
        assert store.get([named("a")]) == []
        assert self.scanned(store) == ["b"]
        assert store.namespaces()[0].counts == {"fact": 1}

    def test_rarer_words_and_more_of_them_score_higher(self, store: Store) -> None:
        store.commit(
            Batch(put=tuple(record(str(i), text=t) for i, t in enumerate(["tea green", "tea black", "tea milk", "tea rare rare"])))
        )
        hits = {h.record.text: h.lexical or 0 for h in store.search(SearchQuery(("n",), terms=("tea", "rare"))).hits}
        assert len(hits) == 4
        assert hits["tea rare rare"] > 2 * hits["tea green"]
        assert hits["tea green"] == pytest.approx(hits["tea black"])

    def test_bm25_is_computed_as_documented_with_the_statistics_of_the_namespace(self, store: Store) -> None:
        store.commit(Batch(put=(record("1", text="x y"), record("2", text="y z z z"), record("3", "other", text="x x x"))))
        hit = store.search(SearchQuery(("n",), terms=("x",))).hits[0]
        idf = 0.6931471805599453  # ln(1 + (2 - 1 + .5) / (1 + .5))
        assert hit.lexical == pytest.approx(idf * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 3)))

    def test_the_best_vector_of_the_same_space_counts(self, store: Store) -> None:
        store.commit(
            Batch(
                put=(
                    record("two", vectors=((0.0, 3.0), (4.0, 3.0)), space="s"),
                    record("against", vectors=((-2.0, 0.0),), space="s"),
                    record("elsewhere", vectors=((1.0, 0.0),), space="t"),
                    record("longer", vectors=((1.0, 0.0, 0.0),), space="u"),
                    record("none"),
                )
            )
        )
        hits = {h.record.text: h.dense for h in store.search(SearchQuery(("n",), vector=(2.0, 0.0), space="s")).hits}
        assert hits == {"two": pytest.approx(0.8), "against": pytest.approx(-1.0)}

    def test_a_hit_of_one_arm_has_the_score_of_the_other_too(self, store: Store) -> None:
        store.commit(
            Batch(
                put=(
                    record("both", text="tea", vectors=((0.0, 1.0),), space="s"),
                    record("words", text="tea tea"),
                    record("near", text="coffee", vectors=((1.0, 0.0),), space="s"),
                )
            )
        )
        query = SearchQuery(("n",), terms=("tea",), vector=(1.0, 0.0), space="s", limit=2)
        hits = {h.record.text: (h.lexical is not None, h.dense is not None) for h in store.search(query).hits}
        assert hits == {"tea": (True, True), "tea tea": (True, False), "coffee": (False, True)}

    def test_each_arm_gives_its_best(self, store: Store) -> None:
        many = [record(f"m{i}", text="word " * (1 + i % 10) + "other " * (10 - i % 10)) for i in range(20)]
        store.commit(Batch(put=tuple(many)))
        hits = store.search(SearchQuery(("n",), terms=("word",), limit=3)).hits
        assert len(hits) == 3
        assert [h.record.text.count("word") for h in sorted(hits, key=lambda h: -(h.lexical or 0))] == [10, 10, 9]

    def test_filters_of_kind_status_and_path(self, store: Store) -> None:
        store.commit(
            Batch(
                put=(
                    record("f", text="w f", created_at=1),
                    record("p", text="w p", created_at=2, kind="preference"),
                    record("o", text="w o", created_at=3, status="superseded"),
                    record("i", text="w i", created_at=4, kind="item", path=("a", "b")),
                    record("j", text="w j", created_at=5, kind="item", path=("ab",)),
                )
            )
        )
        w = ("w",)
        assert self.found(store, terms=w) == ["w f", "w i", "w j", "w p"]
        assert self.found(store, terms=w, kinds=("preference", "fact")) == ["w f", "w p"]
        assert self.found(store, terms=w, statuses=("superseded",)) == ["w o"]
        assert self.found(store, terms=w, path_prefix=("a",)) == ["w i"]
        assert self.found(store, terms=w, path_prefix=("a", "b")) == ["w i"]
        assert self.scanned(store, path_prefix=("a",)) == ["w i"]
        assert self.scanned(store, statuses=()) == ["w f", "w p", "w o", "w i", "w j"]
        assert self.scanned(store, kinds=("item", "preference")) == ["w p", "w i", "w j"]

    def test_times_of_validity_and_expiry(self, store: Store) -> None:
        store.commit(
            Batch(
                put=(
                    record("old", text="w old", created_at=1, valid_from=10, valid_to=20),
                    record("new", text="w new", created_at=2, valid_from=20),
                    record("gone", text="w gone", created_at=3, expires_at=30),
                )
            )
        )
        assert self.found(store, terms=("w",), as_of=19) == ["w gone", "w old"]
        assert self.found(store, terms=("w",), as_of=20) == ["w gone", "w new"]
        assert self.found(store, terms=("w",), as_of=5) == ["w gone"]
        assert self.found(store, terms=("w",), now=30) == ["w new", "w old"]
        assert self.scanned(store, as_of=19, now=30) == ["w old"]
        assert self.scanned(store) == ["w old", "w new", "w gone"]
        assert self.scanned(store, expired_at=29) == []
        assert self.scanned(store, expired_at=30) == ["w gone"]

    def test_a_filter_on_the_record_is_asked_until_the_limit_is_full(self, store: Store) -> None:
        store.commit(Batch(put=tuple(record(f"r{i}", text="w " * (i + 1), payload={"i": i}) for i in range(200))))

        def odd(one: Record) -> bool:
            return one.payload["i"] in (3, 77, 150)

        hits = store.search(SearchQuery(("n",), terms=("w",), where=odd, limit=2)).hits
        assert len(hits) == 2
        assert len(store.search(SearchQuery(("n",), terms=("w",), where=odd, limit=10)).hits) == 3
        assert len(self.scanned(store, where=odd, limit=2)) == 3

    def test_several_namespaces_are_searched_and_walked_at_once(self, store: Store) -> None:
        store.commit(Batch(put=(record("a", "n", text="w a"), record("b", "m", text="w b"), record("c", "o", text="w c"))))
        assert self.found(store, namespaces=("m", "n", "unknown"), terms=("w",)) == ["w a", "w b"]
        assert self.scanned(store, namespaces=("m", "unknown", "n"), limit=1) == ["w b", "w a"]
        found = store.search(SearchQuery(("m", "unknown"), terms=("w",), watch=("n", "m", "nobody")))
        assert _texts([h.record for h in found.hits]) == ["w b"]
        assert set(found.versions) == {"m", "n"}
        assert found.versions == store.search(SearchQuery(("m", "n", "unknown"))).versions

    def test_a_version_changes_with_every_write_to_its_namespace_only(self, store: Store) -> None:
        seen: list[int] = []
        for batch in (Batch(put=(record("a"),)), Batch(put=(record("a", text="b"),)), Batch(delete=(("n", named("a")),))):
            store.commit(batch)
            store.commit(Batch(put=(record("z", "other"),)))
            seen.append(store.search(SearchQuery(("n",))).versions["n"])
        assert len(set(seen)) == 3
        assert store.search(SearchQuery(("n",))).versions["n"] == seen[-1]

    def test_what_was_written_since_a_version_is_found(self, store: Store) -> None:
        store.commit(Batch(put=(record("a"), record("b"), record("a", namespace="m"))))
        row = _row(store)
        if row.version is None:
            return
        store.commit(Batch(put=(record("c"), record("a", text="anew"))))
        store.commit(Batch(put=(record("d", namespace="m"),)))
        found = store.scan(ScanQuery(("n",), since=row.version)).records
        assert sorted(r.text for r in found) == ["anew", "c"]
        later = _row(store)
        assert later.version is not None and later.version > row.version and later.epoch == row.epoch
        assert store.scan(ScanQuery(("n",), since=later.version)).records == ()
        store.commit(Batch(delete=(("n", named("c")),)))
        gone = _row(store)
        assert gone.epoch != later.epoch
        store.drop_namespace("n")
        store.commit(Batch(put=(record("a"),)))
        assert _row(store).epoch not in (later.epoch, gone.epoch)

    def test_no_name_reaches_into_another_namespace(self, store: Store) -> None:
        store.commit(
            Batch(
                put=tuple(record("same", name, text=f"w {i}") for i, name in enumerate(HOSTILE_NAMES)),
                namespaces=tuple(NamespaceRow(name, {"i": i}) for i, name in enumerate(HOSTILE_NAMES)),
            )
        )
        for i, name in enumerate(HOSTILE_NAMES):
            assert self.found(store, namespaces=(name,), terms=("w",)) == [f"w {i}"]
            assert self.scanned(store, namespaces=(name,)) == [f"w {i}"]
            assert _texts(store.get([named("same")], namespaces=[name])) == [f"w {i}"]
            assert [(r.key, r.scope) for r in store.namespaces([name])] == [(name, {"i": i})]
        assert store.drop_namespace("a")
        assert len(store.namespaces()) == len(HOSTILE_NAMES) - 1

    def test_pages_follow_one_another_both_ways(self, store: Store) -> None:
        names = [f"r{i:02}" for i in range(25)]
        for i, name in sorted(enumerate(names), key=lambda pair: pair[1][::-1]):
            store.commit(Batch(put=(record(name, created_at=i, kind="fact" if i % 3 else "preference"),)))
        for limit in (1, 7, 25):
            assert self.scanned(store, limit=limit) == names
            assert self.scanned(store, limit=limit, descending=True) == names[::-1]
            assert self.scanned(store, limit=limit, kinds=("preference", "fact")) == names
            assert self.scanned(store, limit=limit, kinds=("preference",)) == names[::3]
        for cursor in ("no cursor", "WzBd", "WzAsMSwyXQ=="):
            with pytest.raises(InvalidInput):
                store.scan(ScanQuery(("n",), cursor=cursor))

    def test_every_order_is_made_of_what_the_records_hold(self, store: Store) -> None:
        many = [
            record(f"r{i}", kind="item", path=("p", str(i % 2)), created_at=i // 3, updated_at=-(i // 4), order=(7 * i) % 5)
            for i in range(20)
        ]
        store.commit(Batch(put=tuple(many)))
        orders: dict[Sort, list[Record]] = {
            "created": sorted(many, key=lambda r: (r.created_at, r.order, r.id)),
            "updated": sorted(many, key=lambda r: (r.updated_at, r.id)),
            "order": sorted(many, key=lambda r: (r.order, r.id)),
        }
        for sort, wanted in orders.items():
            for kinds in ((), ("item",), ("fact", "item")):
                assert self.scanned(store, sort=sort, kinds=kinds, limit=6) == _texts(wanted)
                assert self.scanned(store, sort=sort, kinds=kinds, limit=6, descending=True) == _texts(wanted)[::-1]
                below = [r for r in wanted if r.path == ("p", "1")]
                assert self.scanned(store, sort=sort, kinds=kinds, limit=3, path_prefix=("p", "1")) == _texts(below)
            assert self.scanned(store, sort=sort, limit=2, where=_old) == [r.text for r in wanted if _old(r)]

    def test_a_touch_sets_the_expiry_and_nothing_else(self, store: Store) -> None:
        whole = record("a", text="w a", vectors=((1.0, 2.0),), space="s", payload={"k": 1}, expires_at=5, updated_at=3, version=2)
        store.commit(Batch(put=(whole, record("b", text="w b"))))
        assert self.found(store, terms=("w",), now=5) == ["w b"]
        before = store.search(SearchQuery(("n",))).versions["n"]
        touches = (Touch("n", whole.id, 9), Touch("n", named("nobody"), 9), Touch("nowhere", whole.id, 9))
        for _ in range(2):
            store.commit(Batch(touch=touches))
            assert store.get([whole.id], with_index=True) == [whole.but(expires_at=9)]
        assert self.found(store, terms=("w",), now=5) == ["w a", "w b"]
        assert self.found(store, terms=("w",), now=9) == ["w b"]
        assert self.scanned(store, now=9) == ["w b"]
        assert store.search(SearchQuery(("n",))).versions["n"] != before
        assert [(r.key, r.counts) for r in store.namespaces()] == [("n", {"fact": 2})]
        store.commit(Batch(touch=(Touch("n", whole.id, None),)))
        assert store.get([whole.id])[0].expires_at is None

    def test_the_paths_of_items_are_listed_once_each(self, store: Store) -> None:
        paths = [("a",), ("a", "b"), ("a", "b"), ("a", "c"), ("ab",), ("用户", "'; --", "a/b"), ("a", "", "b")]
        store.commit(
            Batch(
                put=(
                    *(record(f"i{i}", kind="item", path=path) for i, path in enumerate(paths)),
                    record("gone", kind="item", path=("old",), expires_at=5),
                    record("dead", kind="item", path=("dead",), status="deleted"),
                    record("fact"),
                    record("elsewhere", "m", kind="item", path=("other",)),
                )
            )
        )
        assert store.paths("n", now=5) == sorted(set(paths))
        assert store.paths("n") == sorted({*paths, ("old",)})
        assert store.paths("n", prefix=("a",)) == [("a",), ("a", "", "b"), ("a", "b"), ("a", "c")]
        assert store.paths("n", prefix=("a", "b")) == [("a", "b")]
        assert store.paths("m") == [("other",)]
        assert store.paths("unknown") == []
        store.commit(Batch(delete=(("n", named("i6")),)))
        assert ("a", "", "b") not in store.paths("n")

    def test_a_walk_by_conversation_order_and_missing_vectors(self, store: Store) -> None:
        store.commit(
            Batch(
                put=tuple(
                    record(f"{c}{i}", kind="episode", conversation=c, order=i, space="s" if i % 2 else None) for c in "xy" for i in range(4)
                )
            )
        )
        assert self.scanned(store, conversation="x") == ["x0", "x1", "x2", "x3"]
        assert self.scanned(store, conversation="y", after_order=0, before_order=3) == ["y1", "y2"]
        assert sorted(self.scanned(store, unembedded_for="s")) == ["x0", "x2", "y0", "y2"]
        assert len(self.scanned(store, unembedded_for="t")) == 8

    def test_append_shows_the_tail_and_commits_the_plan(self, store: Store) -> None:
        shown: list[list[str]] = []

        def plan(tail: Sequence[Record]) -> Batch:
            shown.append(_texts(tail))
            order = tail[-1].order + 1 if tail else 0
            return Batch(put=(record(f"t{order}", kind="episode", conversation="c", order=order),))

        for _ in range(3):
            store.append("n", "c", 2, plan)
        assert (shown[0], shown[-1]) == ([], ["t0", "t1"])
        store.append("n", None, 2, plan)
        store.append("m", "c", 2, plan)
        assert shown[-2:] == [[], []]
        assert self.scanned(store, conversation="c") == ["t0", "t1", "t2"]

    def test_a_plan_that_fails_writes_nothing(self, store: Store) -> None:
        def plan(tail: Sequence[Record]) -> Batch:
            raise LookupError("no")

        with pytest.raises(LookupError):
            store.append("n", "c", 2, plan)
        assert store.namespaces() == []
        store.commit(Batch(put=(record("a"),)))
        assert self.scanned(store) == ["a"]

    def test_vectors_that_make_no_sense_write_nothing(self, store: Store) -> None:
        for vectors in (((1.0, float("nan")),), ((1.0, float("inf")),), ((1.0,), (1.0, 2.0)), ((),)):
            with pytest.raises(InvalidInput):
                store.commit(Batch(put=(record("fine"), record("bad", vectors=vectors, space="s"))))
        assert self.scanned(store) == []

    def test_a_lease_takes_the_tasks_of_one_conversation_oldest_first(self, store: Store) -> None:
        store.commit(
            Batch(
                tasks=(
                    Task("3", "n", "learn", "c", created_at=3, ready_at=99),
                    Task("1", "n", "learn", "c", created_at=1),
                    Task("2", "n", "learn", "d", created_at=2),
                )
            )
        )
        first = store.lease(owner="w", now=10, until=20)
        assert [(t.id, t.state, t.attempts, t.lease_owner, t.lease_until) for t in first] == [
            ("1", "running", 1, "w", 20),
            ("3", "running", 1, "w", 20),
        ]
        assert [t.id for t in store.lease(owner="v", now=10, until=20)] == ["2"]
        assert store.lease(owner="v", now=10, until=20) == []
        assert [t.state for t in store.tasks()] == ["running"] * 3

    def test_a_lease_that_ended_is_taken_over(self, store: Store) -> None:
        store.commit(Batch(tasks=(Task("1", "n", "learn", "c"),)))
        store.lease(owner="dead", now=1, until=5)
        assert store.lease(owner="w", now=4, until=9) == []
        assert [(t.id, t.attempts, t.lease_owner) for t in store.lease(owner="w", now=5, until=9)] == [("1", 2, "w")]

    def test_nobody_joins_a_conversation_that_is_being_worked_on(self, store: Store) -> None:
        store.commit(Batch(tasks=(Task("1", "n", "learn", "c"),)))
        store.lease(owner="w", now=1, until=50)
        store.commit(Batch(tasks=(Task("2", "n", "learn", "c"), Task("3", "m", "learn", "c"))))
        assert [t.id for t in store.lease(owner="v", now=2, until=50, flush=True)] == ["3"]

    def test_a_flush_takes_what_waits_for_its_window_but_no_pause_before_a_retry(self, store: Store) -> None:
        store.commit(Batch(tasks=(Task("1", "n", "learn", "c", ready_at=100), Task("2", "n", "learn", "d", ready_at=100, attempts=1))))
        assert store.lease(owner="w", now=1, until=9) == []
        assert [t.id for t in store.lease(owner="w", now=1, until=9, flush=True)] == ["1"]
        assert store.lease(owner="w", now=1, until=9, flush=True) == []

    def test_tasks_are_found_by_id_state_and_namespace(self, store: Store) -> None:
        store.commit(
            Batch(
                tasks=(
                    Task("b", "n", "k", created_at=2, state="done", payload={"x": [1]}),
                    Task("a", "m", "k", created_at=1, error="why", state="failed"),
                )
            )
        )
        assert [t.id for t in store.tasks()] == ["a", "b"]
        assert [t.id for t in store.tasks(limit=1)] == ["a"]
        assert store.tasks(ids=["b", "z"])[0].payload == {"x": [1]}
        assert [t.error for t in store.tasks(states=["failed"])] == ["why"]
        assert [t.id for t in store.tasks(namespaces=["n"])] == ["b"]
        assert store.tasks(ids=[]) == []

    def test_a_write_that_rests_on_what_was_read_is_refused_once_that_is_another(self, store: Store) -> None:
        store.commit(Batch(put=(record("a", text="one"), record("b"))))
        one, other = store.get([named("a"), named("b")])
        rested = Batch(put=(record("c"),), expects=(one, other))
        store.commit(rested)
        for change in (Batch(put=(record("a", text="two"),)), Batch(put=(record("a", text="one", status="archived"),))):
            store.commit(change)
            with pytest.raises(StoreConflict):
                store.commit(Batch(put=(record("d"), record("b", text="lost")), tasks=(Task("t", "n", "k"),), expects=(other, one)))
        store.commit(Batch(delete=(("n", named("a")),)))
        with pytest.raises(StoreConflict):
            store.commit(Batch(put=(record("d"),), delete=(("n", named("b")),), expects=(one,)))
        assert self.scanned(store) == ["b", "c"]
        assert store.tasks() == []

    def test_what_was_read_with_its_index_must_have_it_still(self, store: Store) -> None:
        store.commit(Batch(put=(record("a", text="same", terms=("old",), vectors=((1.0, 2.0),), space="s"),)))
        [bare] = store.get([named("a")])
        [whole] = store.get([named("a")], with_index=True)
        store.commit(Batch(put=(whole,), expects=(whole,)))
        store.commit(Batch(put=(whole.but(terms=("new",)),)))
        store.commit(Batch(expects=(bare,), put=(record("b"),)))
        with pytest.raises(StoreConflict):
            store.commit(Batch(put=(whole.but(vectors=((3.0, 4.0),)),), expects=(whole,)))
        assert self.found(store, terms=("new",)) == ["same"]

    def test_a_plan_that_rests_on_what_is_gone_writes_nothing(self, store: Store) -> None:
        store.commit(Batch(put=(record("a"),)))
        [read] = store.get([named("a")])
        store.commit(Batch(delete=(("n", named("a")),)))
        with pytest.raises(StoreConflict):
            store.append("n", "c", 2, lambda tail: Batch(put=(record("b"),), expects=(read,)))
        assert self.scanned(store) == []

    def test_only_its_holder_writes_about_a_leased_task(self, store: Store) -> None:
        store.commit(Batch(tasks=(Task("1", "n", "learn", "c"),)))
        [held] = store.lease(owner="w", now=1, until=5)
        store.commit(Batch(tasks=(replace(held, payload={"at": 1}),), leased=(held,)))
        [taken] = store.lease(owner="v", now=9, until=20)
        with pytest.raises(StoreConflict):
            store.commit(Batch(tasks=(replace(held, state="done"),), put=(record("a"),), leased=(held,)))
        store.commit(Batch(tasks=(replace(taken, state="done", lease_owner=None),), leased=(taken,)))
        with pytest.raises(StoreConflict):
            store.commit(Batch(tasks=(taken,), leased=(taken,)))
        assert [(t.state, t.payload) for t in store.tasks()] == [("done", {"at": 1})]
        assert self.scanned(store) == []

    def test_the_registry_adds_up_the_tokens_of_all_but_deleted_records(self, store: Store) -> None:
        store.commit(Batch(put=(record("a", tokens=5), record("b", tokens=7), record("c", tokens=9, status="deleted"))))
        assert store.namespaces(["n"])[0].tokens == 12
        for _ in range(2):
            store.commit(Batch(put=(record("a", tokens=6), record("b", tokens=7)), delete=(("n", named("c")),)))
            assert store.namespaces(["n"])[0].tokens == 13
        store.commit(Batch(put=(record("a", tokens=6, status="deleted"),), delete=(("n", named("b")),)))
        assert store.namespaces(["n"])[0].tokens == 0
        assert store.get([named("a")])[0].tokens == 6

    def test_done_tasks_are_pruned_by_the_time_they_were_done(self, store: Store) -> None:
        ended = (Task("old", "n", "k", ready_at=5, state="done"), Task("new", "n", "k", ready_at=10, state="done", created_at=1))
        kept = (Task("failed", "n", "k", ready_at=5, state="failed"), Task("waits", "n", "k", ready_at=5))
        store.commit(Batch(tasks=(*ended, *kept)))
        assert store.prune_tasks(5) == 0
        assert store.prune_tasks(10) == 1
        assert {t.id for t in store.tasks()} == {"new", "failed", "waits"}

    def test_of_many_who_set_what_is_absent_one_wins(self, store: Store) -> None:
        def claim(value: int) -> JsonValue:
            return store.set_meta("k", value, only_if_absent=True)

        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(claim, range(8)))
        assert told == [store.get_meta("k")] * 8

    def test_settings_of_the_file(self, store: Store) -> None:
        assert store.get_meta("k") is None
        assert store.set_meta("k", {"a": 1}) == {"a": 1}
        assert store.set_meta("k", 2, only_if_absent=True) == {"a": 1}
        assert store.set_meta("k", 3) == 3
        assert store.get_meta("k") == 3

    def test_the_registry_keeps_the_first_scope_and_counts_all_but_deleted(self, store: Store) -> None:
        store.commit(Batch(namespaces=(NamespaceRow("n", {"user_id": "u"}),)))
        store.commit(Batch(put=(record("a"), record("b", status="archived"), record("c", status="deleted"), record("z", "m"))))
        store.commit(Batch(namespaces=(NamespaceRow("n", {"user_id": "v"}),)))
        rows = {r.key: r for r in store.namespaces()}
        assert (rows["n"].scope, rows["n"].counts) == ({"user_id": "u"}, {"fact": 2})
        assert list(rows) == ["m", "n"]
        assert store.namespaces(["unknown"]) == []

    def test_a_dropped_namespace_leaves_nothing(self, store: Store) -> None:
        store.commit(
            Batch(
                put=(record("a"), record("b", "m")), tasks=(Task("1", "n", "k"), Task("2", "m", "k")), namespaces=(NamespaceRow("n", {}),)
            )
        )
        before = store.search(SearchQuery(("n",), terms=("a",))).versions["n"]
        assert store.drop_namespace("n")
        assert not store.drop_namespace("n")
        assert self.scanned(store) == []
        assert self.found(store, terms=("a",)) == []
        assert [t.id for t in store.tasks()] == ["2"]
        assert [r.key for r in store.namespaces()] == ["m"]
        store.commit(Batch(put=(record("a"),)))
        assert store.search(SearchQuery(("n",))).versions["n"] != before

    def test_limits_below_one_are_refused(self, store: Store) -> None:
        with pytest.raises(InvalidInput):
            store.search(SearchQuery(("n",), limit=0))
        with pytest.raises(InvalidInput):
            store.scan(ScanQuery(("n",), limit=0))

    def test_a_purged_store_goes_on(self, store: Store) -> None:
        store.commit(Batch(put=(record("a"), record("b"))))
        store.commit(Batch(delete=(("n", named("a")),)))
        store.purge()
        assert self.found(store, terms=("b",)) == ["b"]
        assert store.info().schema_version >= 1

    def test_after_close_every_call_says_so(self, store: Store) -> None:
        store.close()
        store.close()
        with pytest.raises(Closed):
            store.commit(Batch(put=(record("a"),)))
        with pytest.raises(Closed):
            store.search(SearchQuery(("n",), terms=("a",)))
        with pytest.raises(Closed):
            store.get(["a"])
        with pytest.raises(Closed):
            store.lease(owner="w", now=1, until=2)
