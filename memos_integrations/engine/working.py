"""What is done with a task: learning by rules, and filling in vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from pydantic import JsonValue

from ..core.candidates import Candidate, Turn, borne_out
from ..core.feedback import may_react
from ..core.identity import named_id
from ..core.messages import micros
from ..core.picks import naming, picked
from ..stores.base import Batch, Record, ScanQuery, Task
from ..types import Decision, Usage
from .behaviour import Behaviour
from .comparing import Comparer
from .context import Context, now_utc
from .filling import EMBEDDED, VectorFiller
from .learning import Learner
from .leases import Leases, episodes_of, noted
from .reacting import Reactor, is_feedback

__all__ = ["PARKED", "Working", "park"]

PARKED = "parked"
"""State of a task that waits for a process with an embedder."""

_CHUNK = 64  # turns that are extracted, or records that are embedded, between two commits of a task's progress
_BEFORE = 24  # turns before a task's own that its turns are read with: a game or a piece of work may have begun there
_SAVES = 32  # of a large task's progress at most: each writes its whole receipt
_EMBED_AT_ONCE = 256  # a larger import is embedded after its task is done


class Working:
    """Works off one task that is held."""

    def __init__(self, context: Context, learner: Learner, leases: Leases, stopped: Callable[[], bool]) -> None:
        self._context = context
        self._learner = learner
        self._behaviour = Behaviour(context)
        self._filler = VectorFiller(context)
        self._comparer = Comparer(context, learner)
        self._reactor = Reactor(context, learner, self._comparer)
        self._leases = leases
        self._stopped = stopped

    def rules(self, task: Task) -> Task | None:
        """Learn by rules from a task's turns. Returns the task, still held, if a model is to read them too."""
        context, learner = self._context, self._learner
        episodes = context.store.get(episodes_of(task), namespaces=[task.namespace])
        learn = bool(task.payload.get("learn", True))
        at = cast("int", task.payload.get("at") or 0)
        revised = cast("list[str]", task.payload.get("revised") or [])
        if revised and at == 0:
            learner.take_back(revised, task.namespace)
        known = learner.load(task.namespace) if learn else None
        while known is not None and at < len(episodes):
            chunk = _together(episodes[at : at + max(_CHUNK, len(episodes) // _SAVES)])
            before = episodes[max(0, at - _BEFORE) : at]
            if at < _BEFORE:
                before = [*learner.context_before(episodes[0], _BEFORE - at), *before]
            turns = [*learner.turns(before, learn=False), *learner.turns(chunk, learn=True)]
            heard = self._reactor.hear(task, chunk[0], known) if is_feedback(task) else self._reactor.overhear(chunk[0], before, known)
            if heard is not None:
                turns = heard.told(turns)
            if len(episodes) <= _EMBED_AT_ONCE:
                turns = learner.informed(turns)
            places = {turn.episode: place for place, turn in enumerate(turns)}
            extracted = context.extractor.extract(turns)
            proposed = [*naming(extracted), *self._behaviour.shown(task.namespace, turns, known, picked(extracted, turns))]
            candidates, decisions = _admitted(proposed if heard is None else heard.proposed(proposed), turns)
            candidates.sort(key=lambda c: places[c.episode])
            corrects = [] if heard is None else [heard.corrects(candidate) for candidate in candidates]
            decided = learner.reconcile(task.namespace, candidates, {r.id: r for r in chunk}, known, corrects)
            decisions += decided
            if heard is not None:
                decisions += self._reactor.react(task.namespace, heard, list(zip(corrects, decided, strict=True)), known)
            at += len(chunk)
            usage = Usage(embedded_texts=len(candidates) if context.embedder else 0)
            task = noted(_with(task, at=at), decisions, usage)
            self._leases.save([task], [task])
            if self._stopped() and at < len(episodes):
                self._leases.put_back(task)
                return None
        ids = [r.id for r in episodes]
        self._fill_in(task, ids)
        if known is not None:
            for start in range(0, len(ids), _CHUNK):
                if start and self._stopped():
                    self._leases.put_back(task)  # what has been compared is compared again: nothing ends twice
                    return None
                task = noted(task, self._comparer.compare(task.namespace, ids[start : start + _CHUNK], known), Usage())
            learner.keep(task.namespace, known)
        if context.llm is None or not learn:
            self._leases.done(task)
            return None
        task = _with(task, stage="llm")
        self._leases.save([task], [task])
        return task

    def _fill_in(self, task: Task, ids: Sequence[str]) -> None:
        if self._context.space is None:
            park(self._context, task.namespace)
            return
        self._filler.fill_in(task.namespace, ids[-_EMBED_AT_ONCE:], lambda: not self._stopped())
        rest = ids[:-_EMBED_AT_ONCE]
        if rest:
            payload: dict[str, JsonValue] = {"ids": list(rest), "at": 0}
            later = Task(
                id=named_id("embed", task.id),
                namespace=task.namespace,
                kind="embed",
                conversation=f"\nembed{task.id}",
                payload=payload,
                created_at=task.created_at,
                ready_at=task.ready_at,
            )
            self._leases.commit([task], [later])

    def embed(self, task: Task) -> None:
        """Embed the records that a task names, or all of its namespace that have no vectors."""
        if self._context.space is None:
            self._leases.commit([task], [replace(task, state=PARKED, attempts=0, lease_owner=None, lease_until=None)])
            return
        whole = bool(task.payload.get("whole"))
        ids = [] if whole else cast("list[str]", task.payload.get("ids") or [])
        at = 0 if whole else cast("int", task.payload.get("at") or 0)
        while not self._stopped():
            chunk = self._unembedded(task.namespace) if whole else ids[at : at + _CHUNK]
            done = self._filler.fill_in(task.namespace, chunk, lambda: not self._stopped())
            if self._stopped():
                break
            at += len(chunk)
            if not chunk or (whole and not done):
                self._leases.done(task)
                return
            task = task if whole else _with(task, at=at)
            self._leases.save([task], [task])
            if self._context.store.tasks(states=("pending",), limit=1):
                task = replace(task, created_at=micros(now_utc()))  # what is said meanwhile does not wait for a large import
                break
        self._leases.put_back(task)

    def _unembedded(self, namespace: str) -> list[str]:
        statuses = ("active", "superseded", "merged", "archived")
        query = ScanQuery((namespace,), kinds=EMBEDDED, statuses=statuses, unembedded_for=self._context.space, limit=_CHUNK)
        return [record.id for record in self._context.store.scan(query).records]


def _together(episodes: Sequence[Record]) -> Sequence[Record]:
    """The first of some turns, as many as are learnt from at once: what may put right the turn before it comes after that one."""
    for place, record in enumerate(episodes):
        if record.payload.get("role") == "user" and may_react(record.text):
            return episodes[: max(1, place)]
    return episodes


def park(context: Context, namespace: str) -> None:
    """Note that records of a namespace wait for vectors, where this process has no embedder to make them."""
    id = named_id("embed", namespace)
    found = context.store.tasks(ids=[id])
    if found and found[0].state == PARKED:
        return
    now = micros(now_utc())
    task = Task(
        id=id, namespace=namespace, kind="embed", conversation=f"\nembed{id}", payload={"whole": True}, state=PARKED, created_at=now,
        ready_at=now,
    )  # fmt: skip
    context.store.commit(Batch(tasks=(task,)))


def _with(task: Task, **changes: JsonValue) -> Task:
    return replace(task, payload={**task.payload, **changes})


def _admitted(proposed: Sequence[Candidate], turns: Sequence[Turn]) -> tuple[list[Candidate], list[Decision]]:
    """Without words of the user there is no memory, whoever proposes it."""
    kept = [c for c in proposed if borne_out(c, turns)]
    dropped = [c for c in proposed if not borne_out(c, turns)]
    return kept, [Decision(action="rejected", kind=c.memory_kind, reason="not in the user's own words", by=c.by) for c in dropped]
