"""The concurrency port: engine logic is written once, as coroutines that only ever await a ``Runtime``.

Under ``SyncRuntime`` nothing suspends, so ``drive`` runs a coroutine to its end without an event loop, inside a
running one too. Under ``AsyncRuntime`` a blocking port method runs in a thread, unless the port has a coroutine
twin of it (``asearch`` beside ``search``), which is then awaited.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar, cast

from .._loop import drive

__all__ = ["AsyncRuntime", "Runtime", "SyncRuntime", "drive"]

P = ParamSpec("P")
T = TypeVar("T")


class Runtime(ABC):
    """How a port is called and how time passes."""

    @abstractmethod
    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a port's blocking method, or its coroutine twin."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None:
        """Let time pass."""


class SyncRuntime(Runtime):
    """Calls at once, in this thread."""

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class AsyncRuntime(Runtime):
    """Calls without blocking the running event loop."""

    async def call(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        owner = getattr(function, "__self__", None)
        twin = getattr(owner, f"a{function.__name__}", None) if owner is not None else None
        if twin is not None:
            return await cast("Callable[P, Awaitable[T]]", twin)(*args, **kwargs)
        return await asyncio.to_thread(function, *args, **kwargs)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
