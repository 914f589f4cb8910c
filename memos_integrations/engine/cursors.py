"""Cursors of pages: opaque, and taken only by the question that they were given for."""

from __future__ import annotations

import base64
import json

from ..errors import InvalidInput

__all__ = ["read_cursor", "write_cursor"]


def write_cursor(cursor: str | None, asked: str) -> str | None:
    """A cursor that only the same question takes.

    Args:
        cursor: The store's own.
        asked: Names the question.
    """
    if cursor is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([cursor, asked[:8]]).encode()).decode()


def read_cursor(cursor: str | None, asked: str) -> str | None:
    """The store's own cursor of one that a caller passes on.

    Raises:
        InvalidInput: It is none, or of another question.
    """
    if cursor is None:
        return None
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        inner, of = value
    except (ValueError, TypeError):
        raise InvalidInput("is no cursor of a page", field="cursor") from None
    if of != asked[:8] or not isinstance(inner, str):
        raise InvalidInput("belongs to a page of another scope or another question", field="cursor")
    return inner
