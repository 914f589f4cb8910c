"""What a search finds, and how it scores it."""

from __future__ import annotations

import pytest

from ...stores.base import Batch, Record, SearchQuery, Store
from ._base import ContractBase, record, texts_of

__all__ = ["SearchContract"]


class SearchContract(ContractBase):
    """What a search finds, and how it scores it."""

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
        assert texts_of([h.record for h in found.hits]) == ["w b"]
        assert set(found.versions) == {"m", "n"}
        assert found.versions == store.search(SearchQuery(("m", "n", "unknown"))).versions
