"""One private event loop on a thread of its own: everything asynchronous that is ours, or given to us, runs there.

An asynchronous HTTP client belongs to the loop that it was first used in and dies with it, and the callers' loops come
and go: ``asyncio.run`` makes a new one each time, two threads may run one each. On the private loop a client lives as
long as its owner, whoever calls, from whatever loop or from none.
"""

from __future__ import annotations

import asyncio
import atexit
import inspect
import os
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar, cast

__all__ = ["acall_function", "await_on_private_loop", "call_function", "drive", "on_private_loop", "private_loop", "run_on_private_loop"]

A = TypeVar("A")
T = TypeVar("T")


class _Private:
    """The loop, its thread, and the process that they live in."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._after_fork)
        atexit.register(self._stop)

    def get(self) -> asyncio.AbstractEventLoop:
        with self._guard:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="memos-async", daemon=True)
                self._thread.start()
            return self._loop

    def _after_fork(self) -> None:
        """The parent's thread does not exist here; its loop is kept for ever, since closing it would disturb the parent's."""
        _LEAKED.append(self._loop)
        self._guard = threading.Lock()
        self._loop = self._thread = None

    def _stop(self) -> None:
        with self._guard:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        asyncio.run_coroutine_threadsafe(_settle(loop), loop)
        thread.join(2 * _SETTLE_S)
        if not loop.is_running():
            loop.close()


_SETTLE_S = 1.0  # how long what still runs on the loop may take when the process ends
_LEAKED: list[object] = []


async def _settle(loop: asyncio.AbstractEventLoop) -> None:
    """Let connections finish closing; then end the loop."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        _, late = await asyncio.wait(others, timeout=_SETTLE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
    loop.stop()


_private = _Private()


def private_loop() -> asyncio.AbstractEventLoop:
    """The private loop of this process, started at its first use."""
    return _private.get()


def run_on_private_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the private loop and wait for its result.

    Raises:
        RuntimeError: This is the private loop's own thread, which cannot wait for itself.
    """
    loop = private_loop()
    if on_private_loop():
        coroutine.close()
        raise RuntimeError("a blocking call was made from within an asynchronous function of yours; await the asynchronous one there")
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # an interrupt while waiting; a result or an error that is there is not touched
        raise


async def await_on_private_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the private loop and await its result on the caller's; cancelled with its caller."""
    loop = private_loop()
    if on_private_loop():
        return await coroutine
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))


def on_private_loop() -> bool:
    """Whether the caller runs on the private loop."""
    try:
        return asyncio.get_running_loop() is private_loop()
    except RuntimeError:
        return False


def call_function(function: Callable[[A], T | Awaitable[T]], argument: A) -> T:
    """Call a function of the user's, blocking or not, and wait for its result."""
    result = function(argument)
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result) and on_private_loop():
            result.close()  # it would never be awaited
        return run_on_private_loop(_finish(cast("Awaitable[T]", result)))
    return result


async def acall_function(function: Callable[[A], T | Awaitable[T]], argument: A) -> T:
    """Await a function of the user's: a blocking one in a thread, another on the private loop."""
    result = function(argument) if inspect.iscoroutinefunction(function) else await asyncio.to_thread(function, argument)
    if inspect.isawaitable(result):
        return await await_on_private_loop(_finish(cast("Awaitable[T]", result)))
    return result


async def _finish(waiting: Awaitable[T]) -> T:
    return await waiting


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends to its end, without an event loop.

    Raises:
        RuntimeError: It suspended: a defect of ours.
    """
    try:
        coroutine.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    coroutine.close()
    raise RuntimeError("what must never suspend awaited something")
