"""The concurrency port: engine logic is written once, as coroutines that only ever await a ``Runtime``.

Under ``SyncRuntime`` nothing suspends, so ``drive`` runs a coroutine to its end without an event loop, inside a
running one too. Under ``AsyncRuntime`` a blocking port method runs in a thread, unless the port has a coroutine
twin of it (``asearch`` beside ``search``), which is then awaited.
"""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import ParamSpec, TypeVar, cast

from .._loop import drive

__all__ = ["AsyncRuntime", "Runtime", "SyncRuntime", "drive"]

A = TypeVar("A")
P = ParamSpec("P")
T = TypeVar("T")


class Runtime(ABC):
    """How a port is called and how time passes."""

    @abstractmethod
    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a port's blocking method, or its coroutine twin."""

    @abstractmethod
    async def within(self, seconds: float, function: Callable[[A], T], argument: A, /) -> T:
        """``call``, given up after so many seconds: what was called goes on by itself, and nobody waits for it.

        Raises:
            TimeoutError: Time ran out.
        """

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Let time pass."""


def _aside(function: Callable[[A], T], argument: A) -> Future[T]:
    """Call in a thread of its own, which does not keep the process alive."""
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(function(argument))
        except BaseException as error:  # noqa: BLE001  # it is raised where somebody waits for it
            future.set_exception(error)

    threading.Thread(target=copy_context().run, args=(run,), name="memos-aside", daemon=True).start()
    return future


def _twin(function: Callable[P, T]) -> Callable[P, Awaitable[T]] | None:
    """The coroutine twin of a port's method."""
    owner = getattr(function, "__self__", None)
    return cast("Callable[P, Awaitable[T]] | None", getattr(owner, f"a{function.__name__}", None)) if owner is not None else None


class SyncRuntime(Runtime):
    """Calls at once, in this thread."""

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    async def within(self, seconds: float, function: Callable[[A], T], argument: A, /) -> T:
        return _aside(function, argument).result(seconds)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class AsyncRuntime(Runtime):
    """Calls without blocking the running event loop."""

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        twin = _twin(function)
        if twin is not None:
            return await twin(*args, **kwargs)
        return await asyncio.to_thread(function, *args, **kwargs)

    async def within(self, seconds: float, function: Callable[[A], T], argument: A, /) -> T:
        twin = _twin(function)
        waiting = twin(argument) if twin is not None else asyncio.wrap_future(_aside(function, argument))
        return await asyncio.wait_for(waiting, seconds)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
