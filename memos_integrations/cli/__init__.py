"""``memosctl``: memories from the command line. Needs the extra ``cli``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from ..errors import MemOSError, MissingExtra

__all__ = ["main"]

FAILED = 1
USAGE = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``memosctl``.

    Args:
        argv: Arguments without the program's name; None: those of the process.

    Returns:
        0 done; 1 an error of ours, its message on stderr; 2 wrong usage; 3 ``doctor`` found a fault.
    """
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError as error:
        print(f"memosctl: {MissingExtra(error.name or 'typer', 'cli')}", file=sys.stderr)
        return USAGE
    from .commands import app

    code = FAILED
    try:
        app(args=None if argv is None else list(argv), prog_name="memosctl")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except MemOSError as error:
        _complain(str(error))
    except BrokenPipeError:
        code = 0
    except OSError as error:
        _complain(f"{error.filename or 'file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        code = INTERRUPTED
    return _flushed(code)


def _complain(message: str) -> None:
    print(f"memosctl: {message}", file=sys.stderr)


def _flushed(code: int) -> int:
    """The reader of a pipe may go before all is written; that is no fault, and the interpreter must not report one."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return 0
    return code
