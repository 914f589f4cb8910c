"""What is put, read back, replaced and deleted, and writes that rest on what was read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ...errors import Closed, InvalidInput, StoreConflict
from ...stores.base import Batch, NamespaceRow, Record, SearchQuery, Store, Task, Touch
from ._base import ContractBase, named, record, texts_of

__all__ = ["RecordsContract"]


class RecordsContract(ContractBase):
    """What is put, read back, replaced and deleted, and writes that rest on what was read."""

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
        assert texts_of(store.get([named("b"), named("nobody"), named("a")])) == ["b", "a"]
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

    def test_append_shows_the_tail_and_commits_the_plan(self, store: Store) -> None:
        shown: list[list[str]] = []

        def plan(tail: Sequence[Record]) -> Batch:
            shown.append(texts_of(tail))
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
