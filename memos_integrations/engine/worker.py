"""The scheduler: works the queue off in the background, in the call, or when asked."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from ..core.messages import micros
from ..errors import Closed, StoreError, StoreUnavailable
from ..stores.base import Batch, Task
from .asking import Window
from .context import Context, log, now_utc
from .learning import Learner
from .leases import LeaseLost, Leases, resting
from .working import PARKED, Working, park

__all__ = ["Worker"]

_HOUR = 3600.0
_PARKED_S = 5.0  # between two looks for what waits for an embedder
_FIRST_PAUSE_S, _LAST_PAUSE_S = 1.0, 30.0  # after the store failed
_IDLE_S = 30.0  # without work, then the thread ends
_REST_S = 60.0  # between two looks for what nobody uses


class Worker:
    """Leases tasks and works them off. Thread-safe; one thread at most, started when there is work."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._learner = Learner(context)
        self._leases = Leases(context)
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._flush = threading.Event()
        self._working = Working(context, self._learner, self._leases, self._stop.is_set)
        self._prune_at = 0.0
        self._unpark_at = 0.0
        self._rest_at = time.monotonic() + _REST_S

    def notify(self, *, flush: bool = False) -> None:
        """There is work: wake the thread, or start it. ``flush`` closes open windows."""
        if flush:
            self._flush.set()
        if self._context.settings.worker != "thread" or self._stop.is_set():
            return
        self._wake.set()
        with self._guard:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._loop, name="memos-worker", daemon=True)
                self._thread.start()

    def after_fork(self) -> None:
        """A child process has no thread of its parent's; it starts its own when there is work."""
        self.__init__(self._context)  # type: ignore[misc]  # a fork leaves locks in an unknown state: all is made anew

    def close(self, timeout: float) -> None:
        """Finish the item in hand, give leases back, stop."""
        self._stop.set()
        self._wake.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout)
        try:
            self._leases.give_back()
        except StoreError as error:
            log.warning("memory worker: leases are not given back, and end by themselves: %s", error)

    def reclaim(self) -> None:
        """Take back what a process of this machine held that is no more: no need to wait for its lease to end."""
        self._leases.reclaim()

    def _loop(self) -> None:
        idle_until = 0.0
        pause = _FIRST_PAUSE_S
        while not self._stop.is_set():
            try:
                if self.step(flush=self._flush.is_set()):
                    idle_until = time.monotonic() + _IDLE_S
                    continue
                self._flush.clear()
                if self._wake.wait(timeout=0.5):
                    self._wake.clear()
                elif time.monotonic() > idle_until and not self._waiting() and self._ends():
                    return
                pause = _FIRST_PAUSE_S
            except Closed:  # while a model was thinking; what it was asked is asked again at the next start
                return
            except Exception as error:  # noqa: BLE001  # the worker's outermost boundary: a store that is down must not end the thread
                where = None if isinstance(error, StoreUnavailable) or pause > _FIRST_PAUSE_S else error
                log.warning("memory worker: the store failed; trying again in %g s: %s", pause, error, exc_info=where)
                self._stop.wait(pause)
                pause = min(2 * pause, _LAST_PAUSE_S)

    def _ends(self) -> bool:
        """Whether the thread may end: whoever has work from now on starts one anew."""
        with self._guard:
            if self._wake.is_set():
                return False
            self._thread = None
            return True

    def _waiting(self) -> bool:
        return bool(self._context.store.tasks(states=("pending", "running"), limit=1))

    def embed_soon(self, namespace: str, ids: Sequence[str]) -> None:
        """Queue the embedding of records that were changed by hand."""
        if self._context.space is None:
            park(self._context, namespace)
            return
        now = micros(now_utc())
        name = uuid.uuid4()
        task = Task(
            id=str(name),
            namespace=namespace,
            kind="embed",
            conversation=f"\nembed{name}",
            payload={"ids": list(ids), "at": 0},
            created_at=now,
            ready_at=now,
        )
        self._context.store.commit(Batch(tasks=(task,)))
        if self._context.settings.worker == "inline":
            self.drain(None)
        else:
            self.notify()

    def drain(self, budget_s: float | None) -> int:
        """Work here and now until nothing is left or time is up. Returns the number of leases worked off."""
        end = None if budget_s is None else time.monotonic() + budget_s
        done = 0
        while (end is None or time.monotonic() < end) and self.step(flush=True):
            done += 1
        return done

    def step(self, *, flush: bool) -> bool:
        """Work off one lease; False: there was none."""
        self._tidy()
        tasks = self._leases.take(flush=flush)
        window: list[Task] = []
        fresh: set[str] = set()
        for task in tasks:
            if self._stop.is_set():
                self._leases.give_back(tasks)
                return False
            if task.payload.get("stage") == "llm":
                window.append(task)
                continue
            left = self._tried(task)
            if left is not None:
                window.append(left)
                fresh.add(left.id)
        if window:
            self._ask(window, flush=flush, fresh=frozenset(fresh))
        return bool(tasks)

    def hold(self) -> tuple[str, int]:
        """Name of this worker, and until when it holds what it takes now: for a task that is journalled as its own."""
        return self._leases.owner, self._leases.until(micros(now_utc()))

    def at_once(self, task_id: str) -> None:
        """Work off a task that was journalled as held by this worker; what a model is to read of it waits as any other."""
        for task in self._context.store.tasks(ids=[task_id], states=("running",)):
            left = self._tried(task)
            if left is not None:
                self._leases.put_back(left)

    def _tried(self, task: Task) -> Task | None:
        """Work off one task. Returns it, still held, if a model is to read it too."""
        try:
            return self._one(task)
        except LeaseLost:
            log.info("memory task %s was taken away; whoever holds it goes on", task.id)
        except Exception as error:  # noqa: BLE001  # the worker's outermost boundary: the task keeps its reason
            self._leases.failed([task], error)
        return None

    def _one(self, task: Task) -> Task | None:
        if resting(task, micros(now_utc())):
            self._leases.put_back(task)
            return None
        if task.kind == "embed":
            self._working.embed(task)
            return None
        return self._working.rules(task)

    def _ask(self, tasks: Sequence[Task], *, flush: bool, fresh: frozenset[str]) -> None:
        llm = self._context.llm
        if llm is None:  # it was there when they were queued
            self._leases.done(*tasks)
            return
        window = Window(self._context, self._learner, self._leases, tasks, self._stop.is_set)
        try:
            window.work(llm, flush=flush, fresh=fresh)
        except LeaseLost:
            log.info("some of %d memory tasks were taken away; whoever holds them goes on", len(tasks))
        except Exception as error:  # noqa: BLE001  # the worker's outermost boundary: the tasks keep their reason
            self._leases.failed(window.asking, error)
        self._leases.give_back(tasks)

    def _tidy(self) -> None:
        """Now and then: receipts of long ago go, what waited for an embedder is queued where there is one, what nobody uses sleeps."""
        now = time.monotonic()
        ttl = self._context.settings.receipt_ttl_s
        if now >= self._prune_at:
            self._prune_at = now + min(ttl, _HOUR)
            present = micros(now_utc())
            self._context.store.prune_tasks(present - int(min(ttl * 1e6, present)))  # a ttl may be without end
        if now >= self._unpark_at:
            self._unpark_at = now + _PARKED_S
            self.unpark()
        if now >= self._rest_at:
            self._rest_at = now + _REST_S
            self._context.store.rest()

    def unpark(self) -> None:
        """Queue what waits for an embedder, where there is one."""
        parked = [] if self._context.space is None else self._context.store.tasks(states=(PARKED,))
        if parked:
            now = micros(now_utc())
            self._context.store.commit(Batch(tasks=tuple(replace(t, state="pending", ready_at=now, attempts=0) for t in parked)))
