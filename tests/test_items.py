"""Items: what key-value adapters rest on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memos_integrations import InvalidInput, ItemInput, MemOS, NotFound, Scope
from memos_integrations.embeddings import CallableEmbedder

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def item(
    key: str, value: Any = None, *, path: tuple[str, ...] = ("docs",), texts: tuple[str, ...] = (), ttl: float | None = None
) -> ItemInput:
    return ItemInput(path=path, key=key, value=value, texts=texts, ttl=ttl)


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.fixture
def items(memory: Any) -> Any:
    return memory.items(user_id="alice")


def keys(found: list[Any]) -> list[str]:
    return [one.item.key for one in found]


VALUES = [None, True, 0, 1.5, "", "用户", [], {}, {"a": [1, {"b": None}], "~x": "y", "": {"kind": "episode", "id": 1}}, [[["deep"]]]]


@pytest.mark.parametrize("value", VALUES)
def test_what_is_put_is_got_back_at_once(items: Any, value: Any) -> None:
    items.put([item("k", value, path=("a", "", "b/c", "'; --"), texts=("some words",))])
    [got, missing, elsewhere] = items.get([(("a", "", "b/c", "'; --"), "k"), (("a",), "k"), (("a", "", "b/c", "'; --"), "K")])
    assert (got.value, got.path, got.key, got.texts) == (value, ("a", "", "b/c", "'; --"), "k", ("some words",))
    assert missing is None
    assert elsewhere is None


def test_a_path_and_a_key_are_not_one_name(items: Any) -> None:
    items.put([item("c", 1, path=("a", "b")), item("b", 2, path=("a",)), item("b", 3, path=("a", "b", "c"))])
    assert [one.value for one in items.get([(("a", "b"), "c"), (("a",), "b"), (("a", "b", "c"), "b")])] == [1, 2, 3]
    assert {one.item.value for one in items.search(("a", "b"))} == {1, 3}


def test_replacing_keeps_the_birthday_and_moves_the_last_change(items: Any) -> None:
    [first] = items.put([item("k", 1, texts=("apple",))], now=START)
    [second] = items.put([item("k", 2, texts=("pear",))], now=START)
    [third] = items.put([item("k", 3)], now=START - timedelta(days=1))
    assert first.created_at == second.created_at == third.created_at == START
    assert first.updated_at < second.updated_at < third.updated_at
    assert [first.version, second.version, third.version] == [1, 2, 3]
    assert [one.score for one in items.search(query="apple pear")] == [None]


def test_in_one_call_the_last_of_a_key_counts_and_putting_beats_deleting(items: Any) -> None:
    items.put(item("old", 0))
    items.put(item("gone", 0))
    stored = items.put(
        [item("k", 1), item("j", 2), item("k", 3), item("old", 4)], delete=[(("docs",), "gone"), (("docs",), "old"), (("docs",), "x")]
    )
    assert [(one.key, one.value) for one in stored] == [("j", 2), ("k", 3), ("old", 4)]
    assert [one and one.value for one in items.get([(("docs",), key) for key in ("k", "j", "old", "gone")])] == [3, 2, 4, None]
    items.delete([(("docs",), "k"), (("docs",), "never")])
    assert keys(items.search()) == ["old", "j"]


def test_nobody_can_change_what_is_stored_through_an_answer(items: Any) -> None:
    value = {"list": [1]}
    items.put([item("k", value, texts=("word",))])
    value["list"].append(2)
    for answer in (
        lambda: items.get([(("docs",), "k")])[0].value,
        lambda: items.search(query="word")[0].item.value,
        lambda: items.search()[0].item.value,
    ):
        for _ in range(2):
            assert answer() == {"list": [1]}
            answer()["list"].append(3)


def test_without_a_query_the_last_changed_come_first_page_by_page(items: Any) -> None:
    for i in range(23):
        items.put([item(f"k{i:02}", {"i": i}, path=("docs", str(i % 3)))])
    items.put([item("k05", {"i": 5}, path=("docs", "2"))])
    order = ["k05", *(f"k{i:02}" for i in range(22, -1, -1) if i != 5)]
    assert keys(items.search(limit=100)) == order
    assert [key for start in range(0, 30, 4) for key in keys(items.search(limit=4, offset=start))] == order
    assert keys(items.search(("docs", "1"), limit=3, offset=1)) == ["k19", "k16", "k13"]
    assert keys(items.search(filter={"i": {"$gte": 3, "$lt": 9}}, limit=2, offset=1)) == ["k08", "k07"]
    assert items.search(offset=23) == []


def test_prefixes_hold_label_by_label(items: Any) -> None:
    paths = [("foo",), ("foobar",), ("foo", "bar"), ("Foo",), ("f%",), ("foo", "b*"), ("foo\n",), ("用户",)]
    items.put([item("k", list(path), path=path) for path in paths])
    for path in paths:
        found = {tuple(one.item.value) for one in items.search(path, limit=50)}
        assert found == {p for p in paths if p[: len(path)] == path}
    assert set(items.paths()) == set(paths)
    assert items.paths(("foo",)) == [("foo",), ("foo", "b*"), ("foo", "bar")]
    items.delete([(("foo", "bar"), "k")])
    assert items.paths(("foo", "bar")) == []


def test_words_rank_first_and_what_has_none_comes_after_them(items: Any) -> None:
    items.put([item("plain", {"n": 1})])
    items.put([item("tea", {"n": 2}, texts=("green tea from Hangzhou",)), item("teas", {"n": 3}, texts=("black tea", "tea, tea and tea"))])
    items.put([item("茶", {"n": 4}, texts=("我喜欢绿茶",)), item("coffee", {"n": 5}, texts=("coffee",))])
    found = items.search(query="tea")
    assert set(keys(found)[:2]) == {"tea", "teas"}
    assert keys(found)[2:] == ["coffee", "茶", "plain"]
    assert [one.score is None for one in found] == [False, False, True, True, True]
    assert found[0].score > found[1].score > 0
    assert keys(items.search(query="绿茶", limit=1)) == ["茶"]
    assert keys(items.search(query="tea", filter={"n": {"$ne": 3}}, limit=2)) == ["tea", "coffee"]
    assert [key for at in range(5) for key in keys(items.search(query="tea", limit=1, offset=at))] == keys(found)


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def letters(texts: list[str]) -> list[list[float]]:
    return [[float(text.count(letter)) for letter in LETTERS] + [0.01] for text in texts]


def test_meaning_counts_at_once_by_the_best_of_several_texts(open_memory: Callable[..., Any]) -> None:
    items = open_memory(embedder=CallableEmbedder(letters, name="letters")).items(user_id="alice")
    items.put([item("two", 1, texts=("qqq", "zzzz")), item("one", 2, texts=("zzzq",)), item("none", 3)])
    found = items.search(query="zz")
    assert keys(found) == ["two", "one", "none"]
    assert found[0].score == pytest.approx(1.0, abs=1e-4)
    assert found[2].score is None
    items.put([item("two", 1)])
    assert [(one.item.key, one.score is None) for one in items.search(query="zz")] == [("one", False), ("two", True), ("none", True)]


def test_the_order_of_a_query_does_not_depend_on_the_page(open_memory: Callable[..., Any]) -> None:
    items = open_memory(embedder=CallableEmbedder(letters, name="letters")).items(user_id="alice")
    items.put(
        [
            item(f"k{i}", i, texts=(f"{'tea ' * (i % 7 + 1)}{LETTERS[i % 26] * (i % 11)} {LETTERS[(3 * i) % 26] * 3} word{i}",))
            for i in range(300)
        ]
    )
    whole = items.search(query="tea aaa", limit=300)
    scores = [one.score for one in whole]
    assert scores == sorted(scores, reverse=True)
    for at in (0, 7, 60, 290):
        assert [(one.item.key, one.score) for one in items.search(query="tea aaa", limit=9, offset=at)] == [
            (one.item.key, one.score) for one in whole[at : at + 9]
        ]


def test_an_item_lives_its_time_after_it_was_put_or_read(items: Any) -> None:
    items.put([item("short", 1, ttl=60, texts=("word",)), item("long", 2)], now=START)
    assert items.get([(("docs",), "short")], refresh_ttl=False, now=after(59))[0].expires_at == after(60)
    assert items.get([(("docs",), "short")], refresh_ttl=False, now=after(60)) == [None]
    assert keys(items.search(query="word", refresh_ttl=False, now=after(60))) == ["long"]
    assert keys(items.search(limit=1, refresh_ttl=False, now=after(60))) == ["long"]
    assert items.get([(("docs",), "short")], now=after(50))[0].expires_at == after(110)
    assert keys(items.search(query="word", now=after(100))) == ["short", "long"]
    assert items.get([(("docs",), "short")], refresh_ttl=False, now=after(159))[0].version == 1
    assert items.get([(("docs",), "short")], now=after(160)) == [None]


def test_what_expired_is_swept_and_not_brought_back(memory: Any, items: Any) -> None:
    [first] = items.put([item("k", 1, ttl=1), item("j", 2, path=("other",), ttl=1), item("kept", 3)], now=START)[:1]
    assert items.paths(now=after(2)) == [("docs",)]
    [again] = items.put([item("k", 4)], now=after(2))
    assert (again.created_at, again.version) == (after(2), 1)
    assert first.created_at == START
    assert items.sweep(now=after(2)) == 1
    assert items.sweep(now=after(2)) == 0
    [row] = memory.namespaces()
    assert row.memories == {"item": 2}


def test_items_of_two_scopes_never_meet(memory: Any) -> None:
    alice, bob = memory.items(user_id="alice"), memory.scoped(user_id="bob").items()
    alice.put([item("k", "hers", texts=("secret word",))])
    assert bob.get([(("docs",), "k")]) == [None]
    assert bob.search(query="secret word") == []
    assert bob.paths() == []
    bob.put([item("k", "his")], delete=[(("docs",), "k")])
    assert alice.get([(("docs",), "k")])[0].value == "hers"
    assert bob.scope.user_id == "bob"


def test_items_are_no_memories_unless_asked_for_and_can_be_forgotten(memory: Any, items: Any) -> None:
    [stored] = items.put([item("k", {"note": 1}, texts=("the blue bicycle",))])
    memory.add_message({"role": "user", "content": "My bicycle is red."}, user_id="alice")
    assert [m.memory.kind for m in memory.search_memory("bicycle", user_id="alice", kinds=["item"]).memories] == ["item"]
    assert "item" not in {m.memory.kind for m in memory.search_memory("bicycle", user_id="alice").memories}
    assert "item" not in {m.kind for m in memory.list_memories(user_id="alice")}
    assert memory.get(stored.id, user_id="alice") == stored
    memory.forget(stored.id, user_id="alice")
    assert items.get([(("docs",), "k")]) == [None]
    with pytest.raises(NotFound):
        memory.get(stored.id, user_id="alice")
    items.put([item("k", 2)])
    memory.forget(user_id="alice")
    assert items.search() == []


def test_items_go_out_and_in_with_their_words(tmp_path: Path) -> None:
    with MemOS(":memory:", embedder=CallableEmbedder(letters, name="letters")) as one:
        [stored] = one.items(user_id="a").put([item("k", {"v": 1}, texts=("qqq", "zzz"), ttl=1e6)])
        lines = list(one.export_records())
    with MemOS(tmp_path / "m.db", embedder=CallableEmbedder(letters, name="letters")) as other:
        other.import_records(lines)
        other.wait(timeout=30)
        [found] = other.items(user_id="a").search(query="zz", refresh_ttl=False)
        assert found.item == stored
        assert found.score == pytest.approx(1.0, abs=1e-4)
    MemOS.reembed(tmp_path / "m.db", embedder=CallableEmbedder(lambda texts: [[1.0, 2.0] for _ in texts], name="flat"))
    with MemOS(tmp_path / "m.db", embedder=CallableEmbedder(lambda texts: [[1.0, 2.0] for _ in texts], name="flat")) as third:
        assert third.items(user_id="a").search(query="anything", refresh_ttl=False)[0].score == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda items: items.put([{"key": "k"}]), "items[0]"),
        (lambda items: items.put("k"), "items"),
        (lambda items: items.put([item("k", path=())]), "items[0].path"),
        (lambda items: items.put([item("fine"), item("k\0")]), "items[1].key"),
        (lambda items: items.put([item("k", path=("x" * 513,))]), "items[0].path[0]"),
        (lambda items: items.put([item("k", {"a": float("nan")})]), "items[0].value.a"),
        (lambda items: items.put([item("k", texts=("\ud800",))]), "items[0].texts[0]"),
        (lambda items: items.put([item("k", ttl=0)]), "items[0].ttl"),
        (lambda items: items.put([item("k", ttl=float("inf"))]), "items[0].ttl"),
        (lambda items: items.put([item("k", ttl=1e12)]), "items[0].ttl"),
        (lambda items: items.put([], delete=["k"]), "delete[0]"),
        (lambda items: items.get([("docs", "k")]), "keys[0].path"),
        (lambda items: items.get([(("docs",), "k", "x")]), "keys[0]"),
        (lambda items: items.search("docs"), "path"),
        (lambda items: items.search(limit=0), "limit"),
        (lambda items: items.search(offset=-1), "offset"),
        (lambda items: items.search(query=3), "query"),
        (lambda items: items.search(filter={"a": {"$near": 1}}), "filter.a.$near"),
        (lambda items: items.paths((1,)), "path[0]"),
        (lambda items: items.sweep(now="yesterday"), "now"),
    ],
)
def test_bad_input_names_the_field_and_writes_nothing(items: Any, call: Callable[[Any], Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        call(items)
    assert caught.value.field == field
    assert items.search() == []


def test_two_processes_see_each_other_s_items(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None) as one, MemOS(tmp_path / "m.db", embedder=None) as other:
        for i in range(5):
            one.items(user_id="a").put([item("k", i)])
            [seen] = other.items(user_id="a").get([(("docs",), "k")])
            assert seen is not None and seen.value == i
            other.items(user_id="a").put([item("k", -i)])
        [last] = one.items(user_id="a").get([(("docs",), "k")])
        assert last is not None and last.version == 10


label = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=3)
key = st.tuples(st.lists(label, min_size=1, max_size=3).map(tuple), label)
step = st.one_of(
    st.tuples(st.just("put"), key, st.integers()),
    st.tuples(st.just("delete"), key, st.none()),
    st.tuples(st.just("get"), key, st.none()),
    st.tuples(st.just("search"), key, st.none()),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(step, max_size=12))
def test_items_are_what_a_dictionary_would_hold(steps: list[Any]) -> None:
    model: dict[tuple[tuple[str, ...], str], int] = {}
    with MemOS(":memory:", embedder=None) as memory:
        items = memory.items(user_id="a")
        for what, at, value in steps:
            if what == "put":
                items.put([ItemInput(path=at[0], key=at[1], value=value)])
                model.pop(at, None)
                model[at] = value
            elif what == "delete":
                items.delete([at])
                model.pop(at, None)
            elif what == "get":
                [got] = items.get([at])
                assert (None if got is None else got.value) == model.get(at)
            else:
                prefix = at[0]
                found = items.search(prefix, limit=50)
                below = [k for k in reversed(model) if k[0][: len(prefix)] == prefix]
                assert [(one.item.path, one.item.key) for one in found] == below
            assert items.paths() == sorted({path for path, _ in model})


def test_items_of_several_scopes_are_searched_as_one(memory: Any) -> None:
    scopes = [Scope(user_id=name) for name in ("alice", "bob", "carol")]
    for i in range(24):
        one = item(f"k{i:02}", {"i": i}, texts=("tea " * (i % 4) + f"word{i}",), ttl=60)
        memory.items(scope=scopes[i % 3]).put([one], now=after(i))
    newest = [f"k{i:02}" for i in range(23, -1, -1)]
    assert keys(memory.search_items(scopes=scopes, limit=50, refresh_ttl=False, now=after(30))) == newest
    pages = [keys(memory.search_items(scopes=scopes, limit=7, offset=at, refresh_ttl=False, now=after(30))) for at in (0, 7, 14, 21)]
    assert [key for page in pages for key in page] == newest
    found = memory.search_items(scopes=scopes, query="tea", limit=50, refresh_ttl=False, now=after(30))
    assert [one.score is not None for one in found] == [True] * 18 + [False] * 6
    paged = [
        memory.search_items(scopes=scopes, query="tea", limit=5, offset=at, refresh_ttl=False, now=after(30)) for at in range(0, 25, 5)
    ]
    assert [key for page in paged for key in keys(page)] == keys(found)
    assert set(keys(memory.search_items(scopes=scopes[:1], limit=50, refresh_ttl=False, now=after(30)))) == {
        f"k{i:02}" for i in range(0, 24, 3)
    }
    assert keys(memory.search_items(("docs",), scopes=scopes, filter={"i": {"$lt": 2}}, now=after(30))) == ["k01", "k00"]
    # only what was returned lives on
    assert set(keys(memory.search_items(scopes=scopes, limit=50, now=after(83)))) == {"k00", "k01"}


@pytest.mark.parametrize("scopes", [[], "alice", [Scope(user_id="a"), "bob"], None])
def test_scopes_are_scopes(memory: Any, scopes: Any) -> None:
    with pytest.raises(InvalidInput, match="scope"):
        memory.search_items(scopes=scopes)
