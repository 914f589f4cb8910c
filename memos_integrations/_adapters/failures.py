"""Where memory fails: fail with it, or warn and go on without it."""

from __future__ import annotations

import logging
from typing import Literal, TypeAlias

from ..core.checks import choice
from ..errors import MemOSError

__all__ = ["Failures", "OnError"]

OnError: TypeAlias = Literal["raise", "warn"]
"""``warn``: log a warning and go on without memory. A missing identity is no failure of memory: it is raised in either case."""


class Failures:
    """What an adapter does about them."""

    def __init__(self, on_error: OnError, *, log: logging.Logger, host: str) -> None:
        """Take the choice.

        Args:
            on_error: What to do.
            log: Where to warn.
            host: What goes on without memory: ``the agent``.

        Raises:
            InvalidInput: There is no such choice.
        """
        self._strict = choice(on_error, ("raise", "warn"), field="on_error") == "raise"
        self._log = log
        self._host = host

    def meet(self, what: str, error: MemOSError) -> str:
        """Say what failed and why, or raise it."""
        if self._strict:
            raise error
        text = f"{type(error).__name__}: {error}"
        self._log.warning("%s failed, %s goes on without it: %s", what, self._host, text)
        return text
