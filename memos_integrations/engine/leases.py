"""Tasks in a worker's hands: progress is stored, and a lease ends, only while it is the worker's own."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import cast

from pydantic import JsonValue

from ..core.messages import micros, moment
from ..errors import ModelError, StoreConflict
from ..stores.base import Batch, Task
from ..types import Decision, Usage
from .context import Context, log, now_utc

__all__ = ["LeaseLost", "Leases", "ended", "episodes_of", "noted", "resting"]

_ALL_TASKS = 1_000_000


class LeaseLost(Exception):
    """A task is not this worker's any more: it must write nothing about it."""


def episodes_of(task: Task) -> list[str]:
    """Ids of the turns that a task is about, in order."""
    return cast("list[str]", task.payload.get("episodes") or [])


def noted(task: Task, decisions: Sequence[Decision], usage: Usage) -> Task:
    """A task whose receipt tells some more. What it tells already is not read: a large import has thousands of decisions."""
    receipt = dict(cast("dict[str, JsonValue]", task.payload.get("receipt") or {}))
    told = cast("list[JsonValue]", receipt.get("decisions") or [])
    spent = Usage.model_validate(receipt.get("usage") or {}) + usage
    receipt["decisions"] = [*told, *(decision.model_dump(mode="json", exclude_defaults=True) for decision in decisions)]
    receipt["usage"] = spent.model_dump(mode="json", exclude_defaults=True)
    return replace(task, payload={**task.payload, "receipt": receipt})


def resting(task: Task, now: int) -> bool:
    """Whether a leased task failed before, and its pause is not over: it came along with others of its conversation."""
    return task.attempts > 1 and task.ready_at > now and not task.payload.get("deferred")


class Leases:
    """The leases of one worker."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:12]}"

    def take(self, *, flush: bool) -> list[Task]:
        """Lease the ready tasks of one conversation; see ``Store.lease``."""
        now = micros(now_utc())
        return self._context.store.lease(owner=self._owner, now=now, until=self.until(now), flush=flush)

    @property
    def owner(self) -> str:
        """The name of this worker."""
        return self._owner

    def until(self, now: int) -> int:
        """When a lease ends that is taken now."""
        return now + int(self._context.settings.lease_s * 1e6)

    def commit(self, held: Sequence[Task], tasks: Iterable[Task]) -> None:
        """Write tasks, if some are still held.

        Raises:
            LeaseLost: They are not: another worker took one over, or what it reads was forgotten.
        """
        try:
            self._context.store.commit(Batch(tasks=tuple(tasks), leased=tuple(held)))
        except StoreConflict:
            raise LeaseLost from None

    def save(self, held: Sequence[Task], tasks: Sequence[Task]) -> None:
        """Store the progress of tasks that are held, and prolong their leases."""
        until = self.until(micros(now_utc()))
        self.commit(held, [replace(task, lease_until=until) if task.state == "running" else task for task in tasks])

    def done(self, *tasks: Task) -> None:
        """End tasks; a model's answer that one still holds goes."""
        self.commit(tasks, [ended(task) for task in tasks])

    def put_back(self, *tasks: Task, ready_at: int | None = None, attempts: int | None = None) -> None:
        """Give tasks back: not before a time (None: when they were ready before), and with so many attempts on them (None: as before)."""
        self.commit(tasks, [_waiting(t, t.ready_at if ready_at is None else ready_at, attempts) for t in tasks])

    def defer(self, *tasks: Task, until: int) -> None:
        """Put tasks off until their namespace may spend again. An attempt stays on them: nobody who waits takes them before."""
        reason = f"the ceiling of model calls or tokens is reached; goes on after {moment(until):%Y-%m-%d %H:%M:%S} UTC"
        self.commit(
            tasks, [replace(_waiting(t, until, 1), payload={**t.payload, "answer": None, "deferred": True}, error=reason) for t in tasks]
        )

    def failed(self, tasks: Iterable[Task], error: Exception) -> None:
        """Tasks that are still held try again after a pause; after too many times, or where it is no use, they are set aside."""
        settings = self._context.settings
        for task in self._mine(tasks):
            final = task.attempts >= settings.max_attempts or (isinstance(error, ModelError) and not error.retryable)
            pause = settings.retry_base_s * 2 ** max(0, task.attempts - 1)
            reason = f"{type(error).__name__}: {error}"[:500]
            log.warning("memory task %s failed (attempt %d): %s", task.id, task.attempts, reason)
            later = _waiting(task, micros(now_utc()) + int(pause * 1e6), task.attempts)
            self._try([task], [replace(later, state="failed" if final else "pending", error=reason)])

    def give_back(self, tasks: Iterable[Task] | None = None) -> None:
        """Give back what is still held of some tasks, or of all."""
        for task in self._mine(tasks):
            self._try([task], [_waiting(task, task.ready_at, None)])

    def reclaim(self) -> None:
        """Take back what a process of this machine held that is no more: no need to wait for its lease to end."""
        for task in self._running(_dead):
            self._try([task], [_waiting(task, task.ready_at, None)])

    def _try(self, held: Sequence[Task], tasks: Sequence[Task]) -> None:
        with suppress(LeaseLost):  # somebody else has it by now
            self.commit(held, tasks)

    def _mine(self, tasks: Iterable[Task] | None) -> list[Task]:
        """Those still held, as they are stored."""
        if tasks is None:
            return self._running(lambda owner: owner == self._owner)
        found = self._context.store.tasks(ids=[task.id for task in tasks])
        return [t for t in found if t.state == "running" and t.lease_owner == self._owner]

    def _running(self, wanted: Callable[[str], bool]) -> list[Task]:
        found = self._context.store.tasks(states=("running",), limit=_ALL_TASKS)
        return [t for t in found if t.lease_owner is not None and wanted(t.lease_owner)]


def ended(task: Task) -> Task:
    """A task that is done."""
    payload = {k: v for k, v in task.payload.items() if k not in ("answer", "deferred")}
    return replace(task, payload=payload, state="done", ready_at=micros(now_utc()), lease_owner=None, lease_until=None, error=None)


def _waiting(task: Task, ready_at: int, attempts: int | None) -> Task:
    left = max(0, task.attempts - 1) if attempts is None else attempts
    return replace(task, state="pending", ready_at=ready_at, attempts=left, lease_owner=None, lease_until=None)


def _dead(owner: str) -> bool:
    """Whether the worker was a process of this machine that is gone."""
    host, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    if os.name == "nt" or host != socket.gethostname() or not pid.isdigit() or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
