"""One engine behind both faces."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from typing import cast

from ..core.candidates import Extractor
from ..core.checks import seconds, shown
from ..core.learnt.extractor import VotingExtractor
from ..core.messages import plain_text
from ..core.text import estimate_tokens
from ..embeddings.base import Embedder
from ..errors import InvalidInput, MemOSError, NotFound, WaitTimeout
from ..llms.base import Llm
from ..settings import Settings
from ..stores.base import Store, Task
from ..types import Receipt, Scope, TaskState
from .context import Context, log
from .editing import Editor
from .feedback import Feedback
from .forgetting import Forgetter
from .items import Items
from .journal import Journal
from .memories import Memories
from .recalling import Recaller
from .runtime import Runtime
from .sharing import Sharing
from .transfer import Transfer
from .worker import Worker

__all__ = ["Engine"]

_open: weakref.WeakSet[Engine] = weakref.WeakSet()
_POLL_S = 0.01
_SOME_TASKS, _ALL_TASKS = 100, 1_000_000


class Engine:
    """Store, models, roads and scheduler of one ``MemOS``."""

    def __init__(
        self,
        store: Store,
        *,
        embedder: Embedder | None,
        llm: Llm | None,
        settings: Settings,
        extractor: Extractor | None = None,
        token_counter: Callable[[str], int] | None = None,
        own_store: bool = True,
        take_over: bool = False,
    ) -> None:
        self.context = Context(
            store=store,
            embedder=embedder,
            llm=llm,
            extractor=extractor or VotingExtractor(),
            settings=settings,
            count=token_counter or estimate_tokens,
        )
        self._own_store = own_store
        self.context.open(take_over=take_over)
        self.worker = Worker(self.context)
        self.journal = Journal(self.context)
        self.recaller = Recaller(self.context)
        self.memories = Memories(self.context)
        self.editor = Editor(self.context, self.memories, self.worker)
        self.sharing = Sharing(self.context, self.memories)
        self.feedbacks = Feedback(self.context, self.memories, self.journal, self.worker)
        self.forgetter = Forgetter(self.context, self.memories, self.worker)
        self.items = Items(self.context)
        self.transfer = Transfer(self.context, self.worker)
        self.worker.unpark()
        if store.tasks(states=("pending", "running"), limit=1):
            self.worker.reclaim()
            self.worker.notify()
        _open.add(self)

    async def add(self, rt: Runtime, messages: object, *, scope: Scope, **options: object) -> Receipt:
        """``add_message``."""
        receipt = await self.journal.add(rt, messages, scope=scope, **options)  # type: ignore[arg-type]  # checked there
        if receipt.task_id is not None:
            if self.context.settings.worker == "inline":
                await rt.call(self.worker.drain, None)
                return await rt.call(self.receipt, receipt.task_id)
            self.worker.notify()
        return receipt

    async def feedback(self, rt: Runtime, text: object, *, scope: Scope, **options: object) -> Receipt:
        """``feedback``."""
        receipt = await self.feedbacks.give(rt, text, scope=scope, **options)  # type: ignore[arg-type]  # checked there
        if self.context.settings.worker == "inline":
            await rt.call(self.worker.drain, None)
        else:
            self.worker.notify()
        found = await rt.call(self.context.store.tasks, ids=[receipt.task_id or ""])
        return _receipt_of(found[0]) if found else receipt.model_copy(update={"task_id": None})

    def receipt(self, task_id: object, scope: Scope | None = None) -> Receipt:
        """What became of a task.

        Raises:
            NotFound: There is no such task, or not in the view of the scope.
        """
        self.context.check_open()
        if not isinstance(task_id, str):
            raise InvalidInput("must be the id of a task", field="task_id")
        plain_text(task_id, field="task_id")
        found = self.context.store.tasks(ids=[task_id])
        view = self.memories.view(scope)
        if not found or (view is not None and found[0].namespace not in view.reads):
            raise NotFound(f"no task {shown(task_id)}")
        return _receipt_of(found[0])

    async def wait(
        self, rt: Runtime, receipt: Receipt | str | None, *, timeout: float | None, scope: Scope | None = None
    ) -> Receipt | None:
        """Until a task, or all of them, are done, failed, or put off by a cost ceiling. Open windows are closed."""
        self.context.check_open()
        if receipt is not None and not isinstance(receipt, Receipt | str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInput("must be a receipt or the id of a task", field="receipt")
        timeout = seconds(timeout, field="timeout")
        task_id = receipt.task_id if isinstance(receipt, Receipt) else receipt
        if isinstance(receipt, Receipt) and task_id is None:
            return receipt
        if task_id is not None:
            await rt.call(self.receipt, task_id, scope)
        begun = time.monotonic()
        end = None if timeout is None else begun + timeout
        pause = _POLL_S / 10
        while True:
            self.worker.notify(flush=True)
            if self.context.settings.worker == "inline":  # there is no thread: what is to be tried again is tried by who waits
                await rt.call(self.worker.drain, None if end is None else max(0.0, end - time.monotonic()))
            if not await rt.call(self._is_open, task_id):
                return None if task_id is None else await rt.call(self.receipt, task_id)
            if end is not None and time.monotonic() >= end:
                goes_on = (
                    "another process works it off, or drain() here"
                    if self.context.settings.worker != "thread"
                    else "the work goes on in the background"
                )
                raise WaitTimeout(f"not all is done after {timeout:g} s; {goes_on}")
            await rt.sleep(pause)
            # long work is looked at less often: each look reads the tasks that are left
            pause = min(pause * 2, max(_POLL_S, (time.monotonic() - begun) / 50), 0.25)

    def _is_open(self, task_id: str | None) -> bool:
        """Whether there is something to wait for."""
        if task_id is not None:
            found = self.context.store.tasks(ids=[task_id])
            return any(t.state in ("pending", "running") and not _deferred(t) for t in found)
        for limit in (_SOME_TASKS, _ALL_TASKS):
            found = self.context.store.tasks(states=("pending", "running"), limit=limit)
            if any((t.kind == "learn" or _small(t)) and not _deferred(t) for t in found):
                return True
            if len(found) < limit:
                break
        return False

    def pending(self) -> int:
        """How many texts wait for the worker: turns to learn from and records to embed, those put off by a cost ceiling left out."""
        self.context.check_open()
        total = 0
        for task in self.context.store.tasks(states=("pending", "running"), limit=_ALL_TASKS):
            if _deferred(task):
                continue
            items = cast("list[str]", task.payload.get("episodes") or task.payload.get("ids") or [])
            total += max(0, len(items) - cast("int", task.payload.get("at") or 0)) or 1
        return total

    def failed(self) -> list[Receipt]:
        """Tasks that were set aside, with their reasons."""
        self.context.check_open()
        return [_receipt_of(t) for t in self.context.store.tasks(states=("failed",))]

    def drain(self, budget_s: float | None) -> int:
        """Work the queue off here and now."""
        self.context.check_open()
        return self.worker.drain(seconds(budget_s, field="budget_s"))

    def close(self, timeout: float = 5.0) -> None:
        """Finish the item in hand, give leases back, release everything."""
        if self.context.closed:
            return
        self.context.closed = True
        _open.discard(self)
        with ExitStack() as ending:  # one that fails keeps none of the others open
            for model in (self.context.embedder, self.context.llm):
                if model is not None:
                    ending.callback(model.close)
            if self._own_store:
                ending.callback(self.context.store.close)
            self.worker.close(timeout)

    def after_fork(self) -> None:
        """Locks and threads of the parent do not exist here."""
        self.context.lock = threading.RLock()
        self.worker.after_fork()


def _small(task: Task) -> bool:
    """Few records wait for their vectors: worth waiting for. A large import is found by words until then."""
    return not task.payload.get("whole") and len(cast("list[str]", task.payload.get("ids") or [])) <= 64


def _deferred(task: Task) -> bool:
    """It waits until a cost ceiling lets it go on, which may take an hour: nobody waits for that."""
    return bool(task.payload.get("deferred"))


def _receipt_of(task: Task) -> Receipt:
    receipt = Receipt.model_validate(task.payload.get("receipt") or {})
    return receipt.model_copy(
        update={
            "task_id": task.id,
            "state": cast("TaskState", task.state),
            "error": task.error,
            "attempts": task.attempts,
            "namespace": task.namespace,
        }
    )


def _close_all() -> None:
    for engine in list(_open):
        try:
            engine.close()
        except MemOSError as error:
            log.warning("a MemOS was not closed in good order: %s", error)


def _after_fork() -> None:
    for engine in list(_open):
        engine.after_fork()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
