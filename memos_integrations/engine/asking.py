"""What a model reads: the turns of a conversation that it has not read yet, a window at a time, never a call per message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import cast

from pydantic import JsonValue

from ..core.candidates import Candidate, Turn
from ..core.messages import micros
from ..errors import ModelError
from ..llms.base import Llm
from ..llms.extractor import LlmExtractor, Reading
from ..stores.base import Record, Task
from ..types import Decision, Usage
from .ceiling import Ceiling
from .context import Context, now_utc
from .learning import Learner
from .leases import Leases, ended, episodes_of, noted, resting

__all__ = ["Window"]


class Window:
    """The tasks of one conversation that wait for the model, leased together.

    What is read at once is closed by its number of turns, by rest (``window_idle_s`` since the last turn was learnt
    from by rules), or by somebody who waits.
    """

    def __init__(self, context: Context, learner: Learner, leases: Leases, tasks: Sequence[Task], stopped: Callable[[], bool]) -> None:
        self._context = context
        self._learner = learner
        self._leases = leases
        self._ceiling = Ceiling(context)
        self._stopped = stopped
        self._tasks = {task.id: task for task in tasks}
        self._namespace = tasks[0].namespace
        self._asking: tuple[str, ...] = tuple(self._tasks)

    @property
    def asking(self) -> list[Task]:
        """The tasks whose turns are being read: those that fail if the model does."""
        return [self._tasks[id] for id in self._asking if id in self._tasks]

    def work(self, llm: Llm, *, flush: bool, fresh: frozenset[str]) -> None:
        """Read what is due, and give back the rest.

        Args:
            llm: The model.
            flush: Whether somebody waits.
            fresh: The tasks whose turns are new: the conversation does not rest.

        Raises:
            ModelError: The model failed, for ``asking``; the other tasks are still held.
            LeaseLost: Some tasks are not held any more.
        """
        now = micros(now_utc())
        for id in fresh:
            self._tasks[id] = replace(self._tasks[id], ready_at=now + int(self._context.settings.window_idle_s * 1e6))
        paused = [task.ready_at for id, task in self._tasks.items() if id not in fresh and resting(task, now)]
        if paused:  # the same question would fail again: all of the window shares the pause
            for task in self._tasks.values():
                self._leases.put_back(task, ready_at=max(paused), attempts=max(1, task.attempts - 1))
            return
        due = flush or all(task.ready_at <= now or task.payload.get("deferred") for task in self._tasks.values())
        self._replay()
        size = self._context.settings.window_turns
        while self._tasks:
            unread = [(task.id, id) for task in self._tasks.values() for id in episodes_of(task)[_asked(task) :]]
            if unread and (self._stopped() or (len(unread) < size and not due)):
                self._rest()
                return
            part = unread[:size]
            until = self._read(llm, part)
            if until is not None:
                self._leases.defer(*self._tasks.values(), until=until)
                return

    def _rest(self) -> None:
        ready = max((t.ready_at for t in self._tasks.values() if not t.payload.get("deferred")), default=0)
        for task in self._tasks.values():
            if task.payload.get("deferred"):
                self._leases.put_back(task, attempts=1)
            else:
                self._leases.put_back(task, ready_at=ready)

    def _read(self, llm: Llm, part: Sequence[tuple[str, str]]) -> int | None:
        """Ask about some turns and learn from the answer, which is stored first. Returns until when that must wait."""
        learner = self._learner
        self._asking = tuple(dict.fromkeys(task for task, _ in part)) or tuple(self._tasks)
        records = self._context.store.get([id for _, id in part], namespaces=[self._namespace])
        before = learner.context_before(records[0]) if records else []
        turns = [*learner.turns(before, learn=False), *learner.turns(records, learn=True)]
        answer: dict[str, JsonValue] = {"turns": [list(pair) for pair in part], "kept": [], "dropped": []}
        if any(turn.told for turn in turns):
            until = self._ceiling.reached(self._namespace)
            if until is not None:
                return until
            reading = self._ask(llm, turns)
            answer |= {"kept": [c.model_dump(mode="json") for c in reading.kept], "dropped": list(reading.dropped)}
            self._save(_with(self._tasks[self._asking[0]], answer=answer, deferred=None))
        self._learn(answer, {r.id: r for r in records})
        return None

    def _ask(self, llm: Llm, turns: Sequence[Turn]) -> Reading:
        """Ask; what it cost counts, whatever came of it, and stands on the receipt of the window's first task."""
        lead = self._asking[0]
        try:
            reading = LlmExtractor(llm).read(turns)
        except ModelError as error:
            if error.usage is not None:
                self._ceiling.spend(self._namespace, error.usage)
                self._save(noted(self._tasks[lead], (), error.usage))
            raise
        self._ceiling.spend(self._namespace, reading.usage)
        self._tasks[lead] = noted(self._tasks[lead], (), reading.usage)
        return reading

    def _replay(self) -> None:
        """Learn from an answer that was stored by a process that is gone: it is not asked for again."""
        for task in list(self._tasks.values()):
            answer = task.payload.get("answer")
            if not isinstance(answer, dict):
                continue
            part = cast("list[list[str]]", answer["turns"])
            if all(id in self._tasks for id, _ in part):
                self._asking = tuple(dict.fromkeys(id for id, _ in part))
                records = self._context.store.get([id for _, id in part], namespaces=[self._namespace])
                self._learn(answer, {r.id: r for r in records})
            else:
                self._tasks[task.id] = _with(task, answer=None)

    def _learn(self, answer: Mapping[str, JsonValue], sources: Mapping[str, Record]) -> None:
        part = cast("list[list[str]]", answer["turns"])
        owner = {episode: task for task, episode in part}
        kept = [Candidate.model_validate({**cast("dict[str, object]", c), "by": "llm"}) for c in cast("list[JsonValue]", answer["kept"])]
        kept = [c for c in kept if c.episode in sources]
        known = self._learner.load(self._namespace)
        decisions = self._learner.reconcile(self._namespace, kept, sources, known)
        self._learner.keep(self._namespace, known)
        told: dict[str, list[Decision]] = {id: [] for id in self._asking}
        for candidate, decision in zip(kept, decisions, strict=True):
            told[owner[candidate.episode]].append(decision)
        for reason in cast("list[str]", answer["dropped"]):
            told[self._asking[0]].append(Decision(action="rejected", reason=reason, by="llm"))
        changed: list[Task] = []
        for id in self._asking:
            task = self._tasks[id]
            asked = _asked(task) + sum(owner == id for owner, _ in part)
            task = noted(_with(task, asked=asked, answer=None), told[id], Usage())
            changed.append(ended(task) if asked >= len(episodes_of(task)) else task)
        self._save(*changed)

    def _save(self, *changed: Task) -> None:
        """Store some tasks and prolong the leases of all; those that are done are held no more."""
        tasks = {**self._tasks, **{task.id: task for task in changed}}
        self._leases.save(list(self._tasks.values()), list(tasks.values()))
        self._tasks = {id: task for id, task in tasks.items() if task.state == "running"}


def _asked(task: Task) -> int:
    return cast("int", task.payload.get("asked") or 0)


def _with(task: Task, **changes: JsonValue) -> Task:
    return replace(task, payload={**task.payload, **changes})
