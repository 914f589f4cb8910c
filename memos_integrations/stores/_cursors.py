"""Cursors of walks: the place of the last record of a page, opaque to callers."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TypeAlias

from ..errors import InvalidInput

__all__ = ["Place", "read_cursor", "write_cursor"]

Place: TypeAlias = tuple[int | str, ...]
"""What a walk sorts by, ending with an id."""


def read_cursor(cursor: str | None, names: int, width: int) -> tuple[int, Place | None]:
    """Which of so many namespaces a walk goes on in, and after which place of so many parts; None: at its beginning.

    Raises:
        InvalidInput: It is no cursor of such a walk.
    """
    if cursor is None:
        return 0, None
    try:
        at, *last = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        whole = isinstance(at, int) and 0 <= at < names and len(last) == width
        if not (whole and all(isinstance(part, int) for part in last[:-1]) and isinstance(last[-1], str)):
            raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput("is no cursor of this query; pass a page's own cursor, or None to begin", field="cursor") from error
    return at, tuple(last)


def write_cursor(at: int, last: Place) -> str:
    """The cursor after a place in a namespace."""
    return base64.urlsafe_b64encode(json.dumps([at, *last]).encode()).decode()
