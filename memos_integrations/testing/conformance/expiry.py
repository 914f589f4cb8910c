"""Items that expire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from langgraph.store.base import GetOp, PutOp

from .running import ConformanceBase, Face

__all__ = ["ExpiryConformance"]


def _keys(found: list[Any]) -> list[str]:
    return sorted(item.key for item in found)


def _expiring(opened: Callable[..., Face], **ttl: Any) -> Face:
    return opened(ttl={"omit_expired": True, **ttl})


class ExpiryConformance(ConformanceBase):
    """Minutes to live, begun anew by reading; what expired is hidden (``omit_expired``)."""

    def test_an_item_lives_its_minutes(self, opened: Callable[..., Face]) -> None:
        """One without lives for ever."""
        store = _expiring(opened)
        store.put(("n",), "short", {}, ttl=5)
        store.put(("n",), "long", {})
        self.pass_time(store.store, 4)
        assert store.get(("n",), "short", refresh_ttl=False) is not None
        self.pass_time(store.store, 2)
        assert store.get(("n",), "short") is None
        assert store.get(("n",), "long") is not None

    def test_what_expired_is_nowhere(self, opened: Callable[..., Face]) -> None:
        """Not in a search, whatever its page, nor among the namespaces; before any sweep."""
        store = _expiring(opened)
        for i in range(5):
            store.put(("old",), str(i), {}, ttl=1)
        store.put(("n",), "k", {})
        for i in range(5, 8):
            store.put(("old",), str(i), {}, ttl=1)
        self.pass_time(store.store, 2)
        assert _keys(store.search((), limit=1, refresh_ttl=False)) == ["k"]
        assert store.search((), offset=1) == []
        assert store.namespaces() == [("n",)]

    def test_reading_begins_the_time_anew(self, opened: Callable[..., Face]) -> None:
        """By get and by search, if nothing else is said."""
        store = _expiring(opened)
        store.put(("n",), "got", {}, ttl=5)
        store.put(("m",), "found", {}, ttl=5)
        self.pass_time(store.store, 4)
        store.get(("n",), "got")
        store.search(("m",))
        self.pass_time(store.store, 4)
        assert store.get(("n",), "got", refresh_ttl=False) is not None
        assert store.get(("m",), "found", refresh_ttl=False) is not None

    def test_reading_may_leave_the_time_alone(self, opened: Callable[..., Face]) -> None:
        """By call, by operation, and by configuration."""
        store = _expiring(opened, refresh_on_read=False)
        for key in ("got", "asked"):
            store.put(("n",), key, {}, ttl=5)
        self.pass_time(store.store, 4)
        store.get(("n",), "got")
        store.batch([GetOp(("n",), "asked", refresh_ttl=False)])
        store.search(("n",), refresh_ttl=False)
        self.pass_time(store.store, 2)
        assert store.search(("n",)) == []

    def test_only_what_a_page_returns_lives_on(self, opened: Callable[..., Face]) -> None:
        """The rest was not read."""
        store = _expiring(opened)
        for key in ("first", "last"):
            store.put(("n",), key, {"v": key}, ttl=5)
        self.pass_time(store.store, 4)
        store.search(("n",), filter={"v": "last"}, limit=1)
        self.pass_time(store.store, 2)
        assert _keys(store.search(("n",))) == ["last"]

    def test_a_default_holds_where_a_put_says_nothing(self, opened: Callable[..., Face]) -> None:
        """None says never."""
        store = _expiring(opened, default_ttl=5)
        store.put(("n",), "default", {})
        store.put(("n",), "own", {}, ttl=20)
        store.put(("n",), "never", {}, ttl=None)
        self.pass_time(store.store, 6)
        assert _keys(store.search(("n",), refresh_ttl=False)) == ["never", "own"]
        self.pass_time(store.store, 15)
        assert _keys(store.search(("n",), refresh_ttl=False)) == ["never"]

    def test_an_expired_item_is_not_brought_back(self, opened: Callable[..., Face]) -> None:
        """Reading it does nothing, and a new one in its place is new."""
        store = _expiring(opened)
        store.put(("n",), "k", {"v": 1}, ttl=1)
        before = store.get(("n",), "k", refresh_ttl=False)
        self.pass_time(store.store, 2)
        store.get(("n",), "k")
        store.search(("n",))
        assert store.get(("n",), "k") is None
        store.batch([PutOp(("n",), "k", {"v": 2})])
        after = store.get(("n",), "k")
        assert before is not None and after is not None
        assert after.value == {"v": 2}
        assert after.updated_at > before.updated_at
        self.pass_time(store.store, 100)
        assert store.get(("n",), "k") is not None

    def test_a_sweep_deletes_what_expired_and_nothing_else(self, opened: Callable[..., Face]) -> None:
        """It says how many items that were."""
        store = _expiring(opened)
        store.put(("n",), "k", {}, ttl=1)
        store.put(("m",), "j", {}, ttl=10)
        store.put(("n",), "kept", {})
        self.pass_time(store.store, 2)
        sweep = getattr(store.store, "sweep_ttl")  # noqa: B009  # not a part of BaseStore
        assert sweep() == 1
        assert sweep() == 0
        assert _keys(store.search((), refresh_ttl=False)) == ["j", "kept"]
