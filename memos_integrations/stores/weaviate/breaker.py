"""A circuit breaker: a server that is down is not asked again by every call."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["Breaker"]


class Breaker:
    """Opens after some failures in a row; after a rest one call may try again, and closes it where it works.

    Args:
        failures: How many in a row open it.
        rest_s: How long it stays open, in seconds.
        clock: Seconds, growing.
    """

    def __init__(self, *, failures: int = 3, rest_s: float = 2.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failed = 0
        self._until: float | None = None

    def rests_for(self) -> float:
        """Seconds until a call may try again; 0: now. Whoever is told so is the one who tries."""
        if self._until is None:
            return 0.0
        left = self._until - self._clock()
        if left > 0:
            return left
        self._until = self._clock() + self._rest_s  # the others rest until this one knows
        return 0.0

    def worked(self) -> bool:
        """A call got an answer. Returns whether the breaker was open before."""
        was_open = self._until is not None
        self._failed, self._until = 0, None
        return was_open

    def failed(self) -> bool:
        """A call got none. Returns whether the breaker is open now."""
        self._failed += 1
        if self._failed >= self._most:
            self._until = self._clock() + self._rest_s
        return self._until is not None
