"""Search by meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langgraph.store.base import PutOp

from .running import ConformanceBase, Face, character_counts

__all__ = ["SearchConformance"]


def _keys(found: list[Any]) -> list[str]:
    return [item.key for item in found]


def _indexed(opened: Callable[..., Face], *fields: str) -> Face:
    return opened(index={"dims": 38, "embed": character_counts, "fields": list(fields or ("text",))})


class SearchConformance(ConformanceBase):
    """Ranking, fields, what is not indexed, pages, filters beside a query."""

    def test_the_nearest_comes_first_with_a_falling_score(self, opened: Callable[..., Face]) -> None:
        """Each item once."""
        store = _indexed(opened)
        store.put(("n",), "far", {"text": "mmmm"})
        store.put(("n",), "near", {"text": "qqqq"})
        store.put(("n",), "between", {"text": "qqmm"})
        found = store.search(("n",), query="qqq")
        assert _keys(found) == ["near", "between", "far"]
        scores = [item.score for item in found]
        assert all(score is not None for score in scores)
        assert scores == sorted(scores, key=lambda score: -(score or 0))

    def test_only_the_fields_named_are_searched(self, opened: Callable[..., Face]) -> None:
        """Nested ones and those of lists too; the best text of an item counts."""
        store = _indexed(opened, "text", "meta.title", "notes[*].body")
        store.put(("n",), "text", {"text": "qqq", "other": "zzz"})
        store.put(("n",), "title", {"meta": {"title": "vvv"}, "text": "mmm"})
        store.put(("n",), "notes", {"notes": [{"body": "xxx"}, {"body": "jjj"}]})
        assert store.search(("n",), query="qqq")[0].key == "text"
        assert store.search(("n",), query="vvv")[0].key == "title"
        assert store.search(("n",), query="xxx")[0].key == "notes"
        assert store.search(("n",), query="jjj")[0].key == "notes"
        assert (store.search(("n",), query="zzz")[0].score or 0) < 0.1

    def test_a_put_may_name_fields_of_its_own_or_none(self, opened: Callable[..., Face]) -> None:
        """What is not indexed is still there, after what is, without a score."""
        store = _indexed(opened)
        store.put(("n",), "own", {"text": "mmm", "title": "qqq"}, index=["title"])
        store.put(("n",), "default", {"text": "qqm", "title": "zzz"})
        store.put(("n",), "off", {"text": "qqq"}, index=False)
        found = store.search(("n",), query="qqq")
        assert _keys(found) == ["own", "default", "off"]
        assert found[2].score is None
        assert store.get(("n",), "off") is not None

    def test_overwriting_drops_what_was_indexed(self, opened: Callable[..., Face]) -> None:
        """A value that is not indexed any more is not found by its former words."""
        store = _indexed(opened)
        store.put(("n",), "changed", {"text": "qqq"})
        store.put(("n",), "changed", {"other": 1})
        store.put(("n",), "hidden", {"text": "qqq"})
        store.put(("n",), "hidden", {"text": "qqq"}, index=False)
        assert [item.score for item in store.search(("n",), query="qqq")] == [None, None]

    def test_the_same_text_may_stand_in_several_fields_and_items(self, opened: Callable[..., Face]) -> None:
        """Also within one batch."""
        store = _indexed(opened, "a", "b")
        store.put(("n",), "twice", {"a": "qqq", "b": "qqq"})
        store.batch([PutOp(("n",), "one", {"a": "vvv"}), PutOp(("n",), "two", {"b": "vvv"})])
        assert store.search(("n",), query="qqq")[0].key == "twice"
        assert set(_keys(store.search(("n",), query="vvv", limit=2))) == {"one", "two"}

    def test_pages_of_a_query_fit_together(self, opened: Callable[..., Face]) -> None:
        """Those with a score, then those without, each once."""
        store = _indexed(opened)
        for i in range(7):
            store.put(("n",), f"q{i}", {"text": "q" * (i + 1) + "m" * (9 - i)})
        for i in range(4):
            store.put(("n",), f"plain{i}", {"text": "qqq"}, index=False)
        whole = _keys(store.search(("n",), query="qqq", limit=50))
        assert len(set(whole)) == 11
        assert whole[:7] == [f"q{i}" for i in range(6, -1, -1)]
        assert [key for at in range(0, 12, 3) for key in _keys(store.search(("n",), query="qqq", limit=3, offset=at))] == whole

    def test_a_filter_and_a_prefix_hold_beside_a_query(self, opened: Callable[..., Face]) -> None:
        """They leave out; the query orders."""
        store = _indexed(opened)
        for i in range(30):
            store.put(("n", "even" if i % 2 == 0 else "odd"), f"k{i}", {"text": "q" * 30 + "m" * i, "i": i})
        assert _keys(store.search(("n", "odd"), query="qqq", filter={"i": {"$gt": 20}}, limit=3)) == ["k21", "k23", "k25"]

    def test_a_deleted_item_is_not_found(self, opened: Callable[..., Face]) -> None:
        """Its vectors go with it."""
        store = _indexed(opened)
        store.put(("n",), "k", {"text": "qqq"})
        store.put(("n",), "j", {"text": "mmm"})
        store.delete(("n",), "k")
        assert _keys(store.search(("n",), query="qqq")) == ["j"]

    def test_without_an_index_a_query_is_no_error(self, store: Face) -> None:
        """What is there comes back."""
        store.put(("n",), "k", {"text": "qqq"}, index=["text"])
        assert _keys(store.search(("n",), query="qqq")) == ["k"]
