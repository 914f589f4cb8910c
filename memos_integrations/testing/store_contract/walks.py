"""Walks over what is stored: pages, orders, namespaces, and what was written since."""

from __future__ import annotations

import pytest

from ...errors import InvalidInput
from ...stores.base import Batch, NamespaceRow, Record, ScanQuery, SearchQuery, Sort, Store
from ._base import HOSTILE_NAMES, ContractBase, is_old, named, record, row_of, texts_of

__all__ = ["WalkContract"]


class WalkContract(ContractBase):
    """Walks over what is stored: pages, orders, namespaces, and what was written since."""

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
        row = row_of(store)
        if row.version is None:
            return
        store.commit(Batch(put=(record("c"), record("a", text="anew"))))
        store.commit(Batch(put=(record("d", namespace="m"),)))
        found = store.scan(ScanQuery(("n",), since=row.version)).records
        assert sorted(r.text for r in found) == ["anew", "c"]
        later = row_of(store)
        assert later.version is not None and later.version > row.version and later.epoch == row.epoch
        assert store.scan(ScanQuery(("n",), since=later.version)).records == ()
        store.commit(Batch(delete=(("n", named("c")),)))
        gone = row_of(store)
        assert gone.epoch != later.epoch
        store.drop_namespace("n")
        store.commit(Batch(put=(record("a"),)))
        assert row_of(store).epoch not in (later.epoch, gone.epoch)

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
            assert texts_of(store.get([named("same")], namespaces=[name])) == [f"w {i}"]
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
                assert self.scanned(store, sort=sort, kinds=kinds, limit=6) == texts_of(wanted)
                assert self.scanned(store, sort=sort, kinds=kinds, limit=6, descending=True) == texts_of(wanted)[::-1]
                below = [r for r in wanted if r.path == ("p", "1")]
                assert self.scanned(store, sort=sort, kinds=kinds, limit=3, path_prefix=("p", "1")) == texts_of(below)
            assert self.scanned(store, sort=sort, limit=2, where=is_old) == [r.text for r in wanted if is_old(r)]

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

    def test_limits_below_one_are_refused(self, store: Store) -> None:
        with pytest.raises(InvalidInput):
            store.search(SearchQuery(("n",), limit=0))
        with pytest.raises(InvalidInput):
            store.scan(ScanQuery(("n",), limit=0))
