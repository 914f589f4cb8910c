"""The clients of the ``openai`` package, as both of its ports use them."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from typing import TypedDict, TypeVar

import openai

from ._loop import await_on_private_loop, on_private_loop, private_loop

__all__ = ["Clients", "Endpoint"]

T = TypeVar("T")

_LEAKED: list[object] = []
"""Clients of a parent process: closing them here would end the parent's connections, so they are kept for ever."""


class Endpoint(TypedDict):
    """What an endpoint is reached by, but for its key."""

    base_url: str | None
    timeout: float


class _Held:
    """The clients that are open; apart from their owner, so that they can be closed when it is gone."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.sync: openai.OpenAI | None = None
        self.aio: openai.AsyncOpenAI | None = None


class Clients:
    """A blocking and an asynchronous client of one endpoint, each made at its first use, and anew after a fork or a close.

    The asynchronous one lives on the private loop, so that it may be awaited from any loop, and from several at once.
    """

    def __init__(self, *, base_url: str | None, api_key: str | None, timeout: float, max_retries: int) -> None:
        """Take the endpoint, and make the blocking client.

        Raises:
            openai.OpenAIError: There is no key.
        """
        self._base_url, self._api_key, self._timeout, self._max_retries = base_url, api_key, timeout, max_retries
        self._held = _Held()
        self._held.sync = self._sync()
        weakref.finalize(self, _release, self._held)

    @property
    def endpoint(self) -> Endpoint:
        """Where it is and how long it may take, without the key."""
        return {"base_url": self._base_url, "timeout": self._timeout}

    def _sync(self) -> openai.OpenAI:
        return openai.OpenAI(base_url=self._base_url, api_key=self._api_key, timeout=self._timeout, max_retries=self._max_retries)

    def _aio(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(base_url=self._base_url, api_key=self._api_key, timeout=self._timeout, max_retries=self._max_retries)

    def call(self, ask: Callable[[openai.OpenAI], T]) -> T:
        """Ask with the blocking client."""
        held = self._fresh()
        if held.sync is None:
            held.sync = self._sync()
        return ask(held.sync)

    async def acall(self, ask: Callable[[openai.AsyncOpenAI], Awaitable[T]]) -> T:
        """Ask with the asynchronous client."""
        held = self._fresh()

        async def there() -> T:
            if held.aio is None:  # only ever made on the private loop: no two at once
                held.aio = self._aio()
            return await ask(held.aio)

        return await await_on_private_loop(there())

    def close(self) -> None:
        """Close what is open, and wait for it."""
        closing = _release(self._fresh())
        if closing is not None and not on_private_loop():
            closing.result()

    def _fresh(self) -> _Held:
        if self._held.pid != os.getpid():
            _LEAKED.append(self._held)
            self._held = _Held()
            weakref.finalize(self, _release, self._held)
        return self._held


def _release(held: _Held) -> Future[None] | None:
    """Close the clients of this process; the asynchronous one closes on its loop, in its own time."""
    if held.pid != os.getpid():
        return None
    if held.sync is not None:
        held.sync.close()
    aio, held.sync, held.aio = held.aio, None, None
    return None if aio is None else asyncio.run_coroutine_threadsafe(aio.close(), private_loop())
