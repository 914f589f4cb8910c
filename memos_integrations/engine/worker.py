"""The scheduler: works the queue off in the background, in the call, or when asked."""

from __future__ import annotations

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import cast

from pydantic import JsonValue

from ..core.candidates import Candidate, Turn
from ..core.messages import micros, moment
from ..core.prompts import extraction_prompt
from ..core.validation import validate_candidates
from ..errors import ModelError, StoreConflict
from ..llms.base import Answer, Llm, Prompt
from ..stores.base import Batch, Record, Task
from ..types import Decision, Receipt, Usage
from .ceiling import Ceiling
from .context import Context, log, now_utc
from .learning import Learner

__all__ = ["Worker"]

_CHUNK = 64  # turns that are extracted between two commits of a task's progress
_EMBED_AT_ONCE = 256  # a larger import is embedded after its task is done
_HOUR = 3600.0


class _LeaseLost(Exception):
    """A task is not this worker's any more: it must write nothing about it."""


class Worker:
    """Leases tasks and works them off. Thread-safe; one thread at most, started when there is work."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._learner = Learner(context)
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:12]}"
        self._thread: threading.Thread | None = None
        self._guard = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._flush = threading.Event()
        self._ceiling = Ceiling(context)
        self._prune_at = 0.0

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
        self._give_back()

    def reclaim(self) -> None:
        """Take back what a process of this machine held that is no more: no need to wait for its lease to end."""
        self._release(_dead)

    def _give_back(self) -> None:
        self._release(lambda owner: owner == self._owner)

    def _prune(self) -> None:
        """Drop the receipts of what was done long ago."""
        ttl = self._context.settings.receipt_ttl_s
        if time.monotonic() >= self._prune_at:
            self._prune_at = time.monotonic() + min(ttl, _HOUR)
            self._context.store.prune_tasks(micros(now_utc()) - int(ttl * 1e6))

    def _release(self, wanted: Callable[[str], bool]) -> None:
        mine = [t for t in self._context.store.tasks(states=("running",)) if t.lease_owner is not None and wanted(t.lease_owner)]
        if mine:
            self._context.store.commit(
                Batch(
                    tasks=tuple(
                        replace(t, state="pending", lease_owner=None, lease_until=None, attempts=max(0, t.attempts - 1)) for t in mine
                    )
                )
            )

    def _loop(self) -> None:
        idle_until = 0.0
        while not self._stop.is_set():
            try:
                worked = self.step(flush=self._flush.is_set())
            except Exception:  # noqa: BLE001  # the worker's outermost boundary: a store that is down must not end the thread
                log.exception("memory worker: the store failed; trying again")
                worked = False
                self._stop.wait(1.0)
            if worked:
                idle_until = time.monotonic() + 30
                continue
            self._flush.clear()
            if self._wake.wait(timeout=0.5):
                self._wake.clear()
            elif time.monotonic() > idle_until and not self._waiting():
                return

    def _waiting(self) -> bool:
        return bool(self._context.store.tasks(states=("pending", "running"), limit=1))

    def embed_soon(self, namespace: str, ids: Sequence[str]) -> None:
        """Queue the embedding of records that were changed by hand."""
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
        context = self._context
        self._prune()
        now = micros(now_utc())
        tasks = context.store.lease(owner=self._owner, now=now, until=now + int(context.settings.lease_s * 1e6), flush=flush)
        if not tasks:
            return False
        for task in tasks:
            if self._stop.is_set():
                self._give_back()
                return False
            try:
                self._work(task, flush=flush)
            except _LeaseLost:
                log.info("memory task %s was taken away; whoever holds it goes on", task.id)
            except Exception as error:  # noqa: BLE001  # the worker's outermost boundary: the task keeps its reason
                self._failed(task, error)
        return True

    def _failed(self, task: Task, error: Exception) -> None:
        context = self._context
        settings = context.settings
        final = task.attempts >= settings.max_attempts or (isinstance(error, ModelError) and not error.retryable)
        pause = settings.retry_base_s * 2 ** max(0, task.attempts - 1)
        current = context.store.tasks(ids=[task.id])
        if not current:
            return
        reason = f"{type(error).__name__}: {error}"[:500]
        log.warning("memory task %s failed (attempt %d): %s", task.id, task.attempts, reason)
        ended = replace(
            current[0],
            state="failed" if final else "pending",
            ready_at=micros(now_utc()) + int(pause * 1e6),
            lease_owner=None,
            lease_until=None,
            error=reason,
        )
        with suppress(_LeaseLost):
            self._commit(task, ended)

    def _commit(self, held: Task, *tasks: Task) -> None:
        """Write tasks, if one is still held.

        Raises:
            _LeaseLost: It is not: its lease ended and another worker has it, or what it reads was forgotten.
        """
        try:
            self._context.store.commit(Batch(tasks=tasks, leased=(held,)))
        except StoreConflict:
            raise _LeaseLost from None

    def _save(self, task: Task, **changes: JsonValue) -> Task:
        """Store a task's progress and prolong its lease."""
        until = micros(now_utc()) + int(self._context.settings.lease_s * 1e6)
        saved = replace(task, payload={**task.payload, **changes}, lease_until=until)
        self._commit(task, saved)
        return saved

    def _finish(self, task: Task, *, state: str = "done", ready_at: int | None = None, **changes: JsonValue) -> None:
        if ready_at is None:
            ready_at = micros(now_utc()) if state == "done" else task.ready_at
        ended = replace(
            task,
            payload={**task.payload, **changes} | ({"answer": None} if state == "done" and "answer" in task.payload else {}),
            state=state,
            ready_at=ready_at,
            attempts=0 if state == "pending" else task.attempts,
            lease_owner=None,
            lease_until=None,
            error=None,
        )
        self._commit(task, ended)

    def _work(self, task: Task, *, flush: bool) -> None:
        if task.kind == "embed":
            self._embed(task)
        elif task.payload.get("stage") == "llm":
            self._ask(task)
        else:
            self._apply_rules(task, flush=flush)

    def _episodes(self, task: Task) -> list[Record]:
        ids = cast("list[str]", task.payload.get("episodes") or [])
        return self._context.store.get(ids, namespaces=[task.namespace])

    def _apply_rules(self, task: Task, *, flush: bool) -> None:
        context, learner = self._context, self._learner
        episodes = self._episodes(task)
        learn = bool(task.payload.get("learn", True))
        at = cast("int", task.payload.get("at") or 0)
        revised = cast("list[str]", task.payload.get("revised") or [])
        if revised and at == 0:
            learner.take_back(revised, task.namespace)
        known = learner.load(task.namespace) if learn else None
        while known is not None and at < len(episodes):
            chunk = episodes[at : at + _CHUNK]
            before = episodes[max(0, at - 2) : at] or learner.context_before(chunk[0])
            turns = [*learner.turns(before, learn=False), *learner.turns(chunk, learn=True)]
            places = {turn.episode: place for place, turn in enumerate(turns)}
            candidates = [*context.extractor.extract(turns), *learner.behaviour(task.namespace, turns, known)]
            candidates.sort(key=lambda c: places.get(c.episode, len(places)))
            decisions = learner.reconcile(task.namespace, candidates, {r.id: r for r in chunk}, known)
            at += len(chunk)
            task = self._save(
                task, at=at, receipt=_receipt(task, decisions, Usage(embedded_texts=len(candidates) if context.embedder else 0))
            )
            if self._stop.is_set() and at < len(episodes):
                self._finish(task, state="pending")
                return
        self._fill_in(task, [r.id for r in episodes])
        if context.llm is not None and learn:
            now = micros(now_utc())
            open_turns = sum(
                len(cast("list[str]", t.payload.get("episodes") or []))
                for t in context.store.tasks(states=("pending", "running"), namespaces=[task.namespace])
                if t.conversation == task.conversation
            )
            full = flush or open_turns >= context.settings.window_turns
            self._finish(task, state="pending", stage="llm", ready_at=now if full else now + int(context.settings.window_idle_s * 1e6))
        else:
            self._finish(task)

    def _fill_in(self, task: Task, ids: Sequence[str]) -> None:
        if self._context.space is None:
            return
        self._learner.fill_in(task.namespace, ids[-_EMBED_AT_ONCE:], lambda: not self._stop.is_set())
        rest = ids[:-_EMBED_AT_ONCE] if len(ids) > _EMBED_AT_ONCE else []  # pyright: ignore[reportUnknownVariableType]  # checked at run time
        if rest:
            later = Task(
                id=f"{task.id[:-1]}e",
                namespace=task.namespace,
                kind="embed",
                conversation=f"\nembed{task.id}",
                payload={"ids": list(rest), "at": 0},  # pyright: ignore[reportUnknownArgumentType]  # checked at run time
                created_at=task.created_at,
                ready_at=task.ready_at,
            )
            self._commit(task, later)

    def _embed(self, task: Task) -> None:
        ids = cast("list[str]", task.payload.get("ids") or [])
        at = cast("int", task.payload.get("at") or 0)
        while at < len(ids) and not self._stop.is_set():
            self._learner.fill_in(task.namespace, ids[at : at + _CHUNK], lambda: not self._stop.is_set())
            if self._stop.is_set():
                break
            at += _CHUNK
            task = self._save(task, at=at)
        self._finish(task, state="done" if at >= len(ids) else "pending")

    def _ask(self, task: Task) -> None:
        """Ask the LLM about a task's turns; its answer is stored before anything is made of it."""
        context, learner = self._context, self._learner
        llm = context.llm
        episodes = self._episodes(task)
        if llm is None or not episodes:
            self._finish(task)
            return
        at = cast("int", task.payload.get("asked") or 0)
        known = learner.load(task.namespace)
        size = context.settings.window_turns
        while at < len(episodes):
            chunk = episodes[at : at + size]
            before = episodes[max(0, at - 2) : at] or learner.context_before(chunk[0])
            turns = [*learner.turns(before, learn=False), *learner.turns(chunk, learn=True)]
            answer = task.payload.get("answer")
            if answer is None and any(t.told for t in turns):
                until = self._ceiling.reached(task.namespace)
                if until is not None:
                    self._defer(task, until)
                    return
                result = self._answered(task, llm, turns)
                kept, dropped = validate_candidates(result.value, turns)
                answer = {"kept": [c.model_dump(mode="json") for c in kept], "dropped": list(dropped)}
                task = self._save(task, answer=cast("JsonValue", answer), receipt=_receipt(task, [], result.usage), deferred=None)
            stored = cast("dict[str, list[JsonValue]]", answer or {"kept": [], "dropped": []})
            candidates = [Candidate.model_validate({**cast("dict[str, object]", c), "by": "llm"}) for c in stored["kept"]]
            decisions = learner.reconcile(task.namespace, candidates, {r.id: r for r in chunk}, known)
            decisions += [Decision(action="rejected", reason=str(reason), by="llm") for reason in stored["dropped"]]
            at += len(chunk)
            task = self._save(task, answer=None, asked=at, receipt=_receipt(task, decisions, Usage()))
        self._finish(task)

    def _answered(self, task: Task, llm: Llm, turns: Sequence[Turn]) -> Answer:
        """Ask; what it cost counts, whatever came of it."""
        request = extraction_prompt(turns)
        prompt = Prompt(system=request.system, user=request.user, schema_name=request.schema_name, schema=request.schema)
        try:
            result = llm.ask(prompt)
        except ModelError as error:
            if error.usage is not None:
                self._ceiling.spend(task.namespace, error.usage)
                self._save(task, receipt=_receipt(task, [], error.usage))
            raise
        self._ceiling.spend(task.namespace, result.usage)
        return result

    def _defer(self, task: Task, until: int) -> None:
        """Put a task off until its namespace may spend again. An attempt stays on it: nobody who waits takes it before."""
        reason = f"the ceiling of model calls or tokens is reached; goes on after {moment(until):%Y-%m-%d %H:%M:%S} UTC"
        later = replace(
            task,
            payload={**task.payload, "deferred": True},
            state="pending",
            ready_at=until,
            attempts=1,
            lease_owner=None,
            lease_until=None,
            error=reason,
        )
        self._commit(task, later)


def _receipt(task: Task, decisions: Sequence[Decision], usage: Usage) -> JsonValue:
    receipt = Receipt.model_validate(task.payload.get("receipt") or {})
    receipt = receipt.model_copy(update={"decisions": (*receipt.decisions, *decisions), "usage": receipt.usage + usage})
    return cast("JsonValue", receipt.model_dump(mode="json", exclude_defaults=True))


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
