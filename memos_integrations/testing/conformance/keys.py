"""Keys and values, namespaces, filters, pages, batches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

import pytest
from langgraph.store.base import GetOp, ListNamespacesOp, MatchCondition, PutOp, SearchOp

from .running import ConformanceBase, Face

__all__ = ["KeyValueConformance"]

_VALUES: list[dict[str, Any]] = [
    {},
    {"": "", "a b": 0, "键": "值", "~": None},
    {"n": 1, "x": 1.5, "big": 2**40, "yes": True, "no": False, "none": None},
    {"deep": {"er": [{"and": ["deeper", [], {}]}]}},
    {"quote": "'; DROP TABLE store; --", "json": '{"a": 1}', "lines": "a\nb\r\n\tc", "face": "\U0001f600", "e": "e\u0301"},
]
_LABELS = [
    "a",
    "A",
    "ab",
    "a_",
    "a%",
    "a*",
    "a/b",
    "a\\b",
    'a"b',
    "a'b",
    "a:b",
    "a|b",
    "a,b",
    "[a]",
    "a\n",
    " ",
    "用户",
    "é",
    "e\u0301",
    "null",
    "~",
]
_ROWS: dict[str, dict[str, Any]] = {
    "one": {"n": 1, "s": "b", "d": {"m": 1, "z": {"k": "v"}}, "l": [1, 2], "f": True},
    "two": {"n": 2.5, "s": "a", "d": {"m": 2}, "f": False, "x": None},
    "ten": {"n": 10, "s": "ten", "a.b": "dotted"},
    "none": {"other": 1},
}


def _keys(found: list[Any]) -> list[str]:
    return [item.key for item in found]


class KeyValueConformance(ConformanceBase):
    """Exact keys and values, segment-safe namespaces, filters, paging, batches, no aliases."""

    @pytest.mark.parametrize("value", _VALUES, ids=str)
    def test_what_is_put_is_got_back_exactly(self, store: Face, value: dict[str, Any]) -> None:
        """Any JSON object, under its own name and no other."""
        store.put(("a", "b"), "k", value)
        item = store.get(("a", "b"), "k")
        assert item is not None
        assert (item.value, item.key, item.namespace) == (value, "k", ("a", "b"))
        assert store.get(("a",), "k") is None
        assert store.get(("a", "b"), "K") is None
        assert store.get(("a", "b", "k"), "k") is None

    def test_overwriting_keeps_the_birthday(self, store: Face) -> None:
        """``created_at`` says when the item was made."""
        store.put(("a",), "k", {"v": 1})
        first = store.get(("a",), "k")
        sleep(self.resolution_s)
        store.put(("a",), "k", {"v": 2})
        second = store.get(("a",), "k")
        assert first is not None and second is not None
        assert second.value == {"v": 2}
        assert second.created_at == first.created_at

    def test_overwriting_moves_the_last_change(self, store: Face) -> None:
        """``updated_at`` grows with each put, and both times know their zone."""
        store.put(("a",), "k", {"v": 1})
        first = store.get(("a",), "k")
        store.put(("a",), "k", {"v": 2})
        second = store.get(("a",), "k")
        assert first is not None and second is not None
        assert second.updated_at > first.updated_at
        assert first.created_at.tzinfo is not None
        assert first.updated_at.tzinfo is not None

    def test_what_is_deleted_is_gone(self, store: Face) -> None:
        """From get, search and listing; what was not there is passed over."""
        store.put(("a",), "k", {})
        store.put(("a",), "j", {})
        store.delete(("a",), "k")
        store.delete(("a",), "never")
        assert store.get(("a",), "k") is None
        assert _keys(store.search(("a",))) == ["j"]

    def test_nobody_changes_what_is_stored_through_a_value(self, store: Face) -> None:
        """Neither through what was given nor through what came back."""
        given: dict[str, Any] = {"l": [1], "d": {"m": 1}}
        store.put(("a",), "k", given)
        given["l"].append(2)
        for _ in range(2):
            item = store.get(("a",), "k")
            assert item is not None and item.value == {"l": [1], "d": {"m": 1}}
            item.value["d"]["m"] = 9
            [found] = store.search(("a",))
            assert found.value == {"l": [1], "d": {"m": 1}}
            found.value["l"].append(3)

    def test_labels_and_keys_are_data(self, store: Face) -> None:
        """No label or key passes for another, or for a pattern."""
        for label in _LABELS:
            store.put((label,), label, {"of": label})
            store.put((label, "x"), label, {"of": label})
        for label in _LABELS:
            item = store.get((label,), label)
            assert item is not None and item.value == {"of": label}
            assert {one.namespace for one in store.search((label,), limit=100)} == {(label,), (label, "x")}
            assert set(store.namespaces(prefix=(label,), limit=100)) == {(label,), (label, "x")}
        assert len(store.namespaces(limit=100)) == 2 * len(_LABELS)

    @pytest.mark.parametrize("namespace", [("a.b",), ("",), ("a", ""), ("a\0",)], ids=repr)
    def test_labels_that_cannot_be_kept_apart_are_refused(self, store: Face, namespace: tuple[str, ...]) -> None:
        """By the methods and by batches alike; nothing is written."""
        with pytest.raises(ValueError):
            store.put(namespace, "k", {})
        for op in (PutOp(namespace, "k", {}), GetOp(namespace, "k"), SearchOp(namespace)):
            with pytest.raises(ValueError):
                store.batch([op])
        assert store.search(()) == []

    def test_a_prefix_holds_label_by_label(self, store: Face) -> None:
        """("foo",) is above ("foo", "bar"), not above ("foobar",); an empty one is above all."""
        for namespace in [("foo",), ("foobar",), ("foo", "bar"), ("Foo",), ("foo", "bar", "x")]:
            store.put(namespace, "k", {"n": list(namespace)})
        assert {one.namespace for one in store.search(("foo",))} == {("foo",), ("foo", "bar"), ("foo", "bar", "x")}
        assert {one.namespace for one in store.search(("foo", "bar"))} == {("foo", "bar"), ("foo", "bar", "x")}
        assert len(store.search(())) == 5

    def test_a_list_is_as_good_as_a_tuple(self, store: Face) -> None:
        """Namespaces come from JSON, too."""
        store.put(("a", "b"), "k", {})
        assert _keys(store.search(["a"])) == ["k"]
        item = store.batch([GetOp(["a", "b"], "k")])[0]  # type: ignore[arg-type]  # what JSON gives
        assert item is not None

    def test_what_changed_last_comes_first(self, store: Face) -> None:
        """Without a query."""
        for key in "abcd":
            store.put(("n",), key, {"v": 1})
        store.put(("n",), "b", {"v": 2})
        assert _keys(store.search(("n",))) == ["b", "d", "c", "a"]

    def test_pages_fit_together(self, store: Face) -> None:
        """Each item is on one page, in the order of the whole."""
        for i in range(11):
            store.put(("n", str(i % 2)), f"k{i}", {"i": i})
        whole = _keys(store.search(("n",), limit=50))
        assert len(set(whole)) == 11
        assert [key for at in range(0, 12, 3) for key in _keys(store.search(("n",), limit=3, offset=at))] == whole
        filtered = _keys(store.search(("n",), filter={"i": {"$gte": 4}}, limit=50))
        assert [
            key for at in range(0, 8, 2) for key in _keys(store.search(("n",), filter={"i": {"$gte": 4}}, limit=2, offset=at))
        ] == filtered

    @pytest.mark.parametrize(
        ("filter", "wanted"),
        [
            ({"n": 1}, ["one"]),
            ({"s": "a", "n": 2.5}, ["two"]),
            ({"n": {"$eq": 10}}, ["ten"]),
            ({"f": True}, ["one"]),
            ({"s": {"$ne": "ten"}, "n": {"$eq": 1}}, ["one"]),
        ],
        ids=str,
    )
    def test_equal_and_not_equal(self, store: Face, filter: dict[str, Any], wanted: list[str]) -> None:
        """Of what is there; all fields of a filter must hold."""
        self._holds(store, filter, wanted)

    def test_what_is_missing_is_not_equal(self, store: Face) -> None:
        """To anything, so ``$ne`` finds it."""
        self._holds(store, {"n": {"$ne": 1}, "s": {"$ne": "ten"}}, ["none", "two"])

    @pytest.mark.parametrize(
        ("filter", "wanted"),
        [
            ({"n": {"$gt": 1}}, ["ten", "two"]),
            ({"n": {"$gte": 2.5, "$lt": 10}}, ["two"]),
            ({"n": {"$lte": 1}}, ["one"]),
            ({"n": {"$gt": float("-inf"), "$lt": float("inf")}}, ["one", "ten", "two"]),
        ],
        ids=str,
    )
    def test_numbers_are_ordered_as_numbers_and_what_is_missing_is_no_match(
        self, store: Face, filter: dict[str, Any], wanted: list[str]
    ) -> None:
        """2.5 is less than 10; a value without the field has no order and is no error."""
        self._holds(store, filter, wanted)

    def test_strings_are_ordered_as_text(self, store: Face) -> None:
        """Dates in ISO form depend on it."""
        self._holds(store, {"s": {"$gt": "a"}}, ["one", "ten"])

    @pytest.mark.parametrize(
        ("filter", "wanted"),
        [({"d": {"m": 1}}, ["one"]), ({"d": {"z": {"k": "v"}}}, ["one"]), ({"d": {"m": {"$gt": 1}}}, ["two"])],
        ids=str,
    )
    def test_a_nested_filter_asks_for_a_part(self, store: Face, filter: dict[str, Any], wanted: list[str]) -> None:
        """What the filter does not mention may be there."""
        self._holds(store, filter, wanted)

    def test_none_is_found_where_the_field_is_missing_or_none(self, store: Face) -> None:
        """As ``InMemoryStore`` has it."""
        self._holds(store, {"n": None}, ["none"])
        self._holds(store, {"x": None}, ["none", "one", "ten", "two"])

    def test_a_dot_in_a_field_s_name_is_a_dot(self, store: Face) -> None:
        """A field that is called so is found."""
        self._holds(store, {"a.b": "dotted"}, ["ten"])

    @pytest.mark.parametrize("operator", ["$in", "$near", "$; DROP TABLE store"])
    def test_an_unknown_operator_is_an_error(self, store: Face, operator: str) -> None:
        """Passed over, it would let through what it was to keep out."""
        store.put(("n",), "k", {"n": 1})
        with pytest.raises(ValueError):
            store.search(("n",), filter={"n": {operator: [1]}})

    @pytest.mark.parametrize("key", ["n') OR 1=1 --", 'n"', "n'", "$.n", "*", "n[0]", "键"])
    def test_a_hostile_field_lets_nothing_through(self, store: Face, key: str) -> None:
        """It is refused, or taken for the name of a field that no value has."""
        store.put(("n",), "k", {"n": 1})
        try:
            found = store.search(("n",), filter={key: 1})
        except ValueError:
            found = []
        assert found == []

    def _holds(self, store: Face, filter: dict[str, Any], wanted: list[str]) -> None:
        for key, value in _ROWS.items():
            store.put(("rows",), key, value)
        assert sorted(_keys(store.search(("rows",), filter=filter))) == wanted

    def test_namespaces_are_listed_by_prefix_suffix_and_wildcard(self, store: Face) -> None:
        """A wildcard stands for one label."""
        every = [("a", "b", "c"), ("a", "b", "d", "e"), ("a", "b", "d", "i"), ("a", "b", "f"), ("a", "c", "f"), ("b", "c", "f")]
        for namespace in every:
            store.put(namespace, "k", {})
        assert store.namespaces() == every
        assert store.namespaces(prefix=("a", "b")) == every[:4]
        assert store.namespaces(suffix=("f",)) == every[3:]
        assert store.namespaces(prefix=("a",), suffix=("c", "f")) == [("a", "c", "f")]
        assert store.namespaces(prefix=("*", "c")) == [("a", "c", "f"), ("b", "c", "f")]
        assert store.namespaces(suffix=("d", "*")) == [("a", "b", "d", "e"), ("a", "b", "d", "i")]
        assert store.namespaces(prefix=("a", "b", "c", "d", "e")) == []

    def test_namespaces_are_cut_to_a_depth_and_paged(self, store: Face) -> None:
        """Cut ones are named once."""
        for namespace in [("a", "b", "c"), ("a", "b", "d"), ("a", "e"), ("f",)]:
            store.put(namespace, "k", {})
        assert store.namespaces(max_depth=2) == [("a", "b"), ("a", "e"), ("f",)]
        assert store.namespaces(max_depth=1, prefix=("a",)) == [("a",)]
        assert store.namespaces(max_depth=2, limit=2) == [("a", "b"), ("a", "e")]
        assert store.namespaces(max_depth=2, limit=2, offset=2) == [("f",)]

    def test_a_namespace_is_where_an_item_is(self, store: Face) -> None:
        """Not where one was, nor where one was looked for."""
        store.put(("a",), "k", {})
        store.get(("b",), "k")
        store.search(("c",))
        assert store.namespaces() == [("a",)]
        store.delete(("a",), "k")
        assert store.namespaces() == []

    def test_a_batch_answers_in_order_and_reads_before_it_writes(self, store: Face) -> None:
        """What it reads is the state before it."""
        store.put(("a",), "k", {"v": 1})
        got, put, found, listed, deleted = store.batch(
            [
                GetOp(("a",), "k"),
                PutOp(("a",), "k", {"v": 2}),
                SearchOp(("a",)),
                ListNamespacesOp(match_conditions=(MatchCondition("prefix", ("a",)),)),
                PutOp(("a",), "j", None),
            ]
        )
        assert got is not None and got.value == {"v": 1}  # type: ignore[union-attr]  # the result of a get
        assert put is None and deleted is None
        assert [item.value for item in found] == [{"v": 1}]  # type: ignore[union-attr]  # the result of a search
        assert listed == [("a",)]
        item = store.get(("a",), "k")
        assert item is not None and item.value == {"v": 2}

    def test_of_several_puts_in_a_batch_the_last_counts(self, store: Face) -> None:
        """Deletions included."""
        store.batch([PutOp(("a",), "k", {"v": 1}), PutOp(("a",), "j", {"v": 1}), PutOp(("a",), "k", {"v": 2}), PutOp(("a",), "j", None)])
        assert [item.value for item in store.search(("a",))] == [{"v": 2}]
        assert store.batch([]) == []

    def test_writers_in_parallel_lose_nothing(self, store: Face) -> None:
        """Sixteen threads, as the branches of a graph are."""

        def write(i: int) -> None:
            store.store.put(("n", str(i % 4)), str(i), {"i": i})

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(write, range(160)))
        assert sorted(item.value["i"] for item in store.search(("n",), limit=500)) == list(range(160))
