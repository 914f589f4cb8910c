"""``memosctl``: memories from the command line. Needs the extra ``cli``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from ..errors import MemOSError, MissingExtra
from .pipes import flush_quietly

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
        for needed in ("typer", "rich"):
            importlib.import_module(needed)
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
    except OSError as error:
        _complain(f"{error.filename or 'file'}: {error.strerror or error}")
    except KeyboardInterrupt:
        code = INTERRUPTED
    flush_quietly()
    return code


def _complain(message: str) -> None:
    print(f"memosctl: {message}", file=sys.stderr)
