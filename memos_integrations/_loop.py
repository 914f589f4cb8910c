"""One private event loop on a thread of its own, for objects of the user that are asynchronous only."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["run_on_private_loop"]

T = TypeVar("T")
_guard = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_pid = 0


def run_on_private_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the private loop and wait for its result. Must not be called from that loop."""
    global _loop, _pid
    with _guard:
        if _loop is None or _pid != os.getpid():
            _loop, _pid = asyncio.new_event_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="memos-async", daemon=True).start()
        loop = _loop
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
