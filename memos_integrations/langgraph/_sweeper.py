"""Deletes what has expired, now and then."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from ..errors import Closed, MemOSError

__all__ = ["Sweeper"]

log = logging.getLogger("memos_integrations")


class Sweeper:
    """One thread that calls a function until it is stopped, or the memory was closed."""

    def __init__(self, sweep: Callable[[], int]) -> None:
        self._sweep = sweep
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._done: Future[None] = Future()

    def start(self, interval_s: float) -> Future[None]:
        """Begin; a second start changes nothing. Cancelling the future stops it."""
        if self._thread is None or not self._thread.is_alive():
            self._stop, self._done = threading.Event(), Future()
            self._done.add_done_callback(lambda done: self._stop.set() if done.cancelled() else None)
            self._thread = threading.Thread(
                target=self._run, args=(interval_s, self._stop, self._done), name="memos-store-sweeper", daemon=True
            )
            self._thread.start()
        return self._done

    def stop(self, timeout: float | None) -> bool:
        """End it; False: it was still at work when time ran out."""
        thread = self._thread
        if thread is None:
            return True
        self._stop.set()
        thread.join(timeout)
        return not thread.is_alive()

    def _run(self, interval_s: float, stop: threading.Event, done: Future[None]) -> None:
        while not stop.wait(interval_s):
            try:
                self._sweep()
            except Closed:
                break
            except MemOSError as error:
                log.warning("expired items could not be deleted: %s", error)
        with suppress(InvalidStateError):  # cancelled meanwhile
            done.set_result(None)
