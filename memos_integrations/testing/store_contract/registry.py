"""The registry of namespaces, and the settings of a store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from pydantic import JsonValue

from ...stores.base import Batch, NamespaceRow, SearchQuery, Store, Task
from ._base import ContractBase, named, record

__all__ = ["RegistryContract"]


class RegistryContract(ContractBase):
    """The registry of namespaces, and the settings of a store."""

    def test_the_registry_adds_up_the_tokens_of_all_but_deleted_records(self, store: Store) -> None:
        store.commit(Batch(put=(record("a", tokens=5), record("b", tokens=7), record("c", tokens=9, status="deleted"))))
        assert store.namespaces(["n"])[0].tokens == 12
        for _ in range(2):
            store.commit(Batch(put=(record("a", tokens=6), record("b", tokens=7)), delete=(("n", named("c")),)))
            assert store.namespaces(["n"])[0].tokens == 13
        store.commit(Batch(put=(record("a", tokens=6, status="deleted"),), delete=(("n", named("b")),)))
        assert store.namespaces(["n"])[0].tokens == 0
        assert store.get([named("a")])[0].tokens == 6

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
