"""A pipe whose reader has gone."""

from __future__ import annotations

import os
import sys

__all__ = ["flush_quietly", "leave_pipe"]


def leave_pipe() -> None:
    """Send what is still to come nowhere: the interpreter flushes at its end and would complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def flush_quietly() -> None:
    """Write what is buffered; a reader that went early is no fault."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        leave_pipe()
