"""Tasks and leases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ...errors import StoreConflict
from ...stores.base import Batch, Store, Task
from ._base import ContractBase, record

__all__ = ["TaskContract"]


class TaskContract(ContractBase):
    """Tasks and leases."""

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

    def test_what_is_ready_is_taken_however_many_of_its_conversation_wait(self, store: Store) -> None:
        waiting = [Task(f"{n}", "n", "learn", "c", created_at=n, ready_at=99, attempts=1) for n in range(1, 6)]
        store.commit(Batch(tasks=(*waiting, Task("6", "n", "learn", "c", created_at=6), Task("7", "n", "learn", "c", created_at=7))))
        assert [t.id for t in store.lease(owner="w", now=10, until=20, limit=4)] == ["1", "2", "6", "7"]

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

    def test_done_tasks_are_pruned_by_the_time_they_were_done(self, store: Store) -> None:
        ended = (Task("old", "n", "k", ready_at=5, state="done"), Task("new", "n", "k", ready_at=10, state="done", created_at=1))
        kept = (Task("failed", "n", "k", ready_at=5, state="failed"), Task("waits", "n", "k", ready_at=5))
        store.commit(Batch(tasks=(*ended, *kept)))
        assert store.prune_tasks(5) == 0
        assert store.prune_tasks(10) == 1
        assert {t.id for t in store.tasks()} == {"new", "failed", "waits"}
