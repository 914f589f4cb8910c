"""Short ways to write a turn."""

from __future__ import annotations

from typing import Any


def user(content: str, id: str | None = None, at: str | None = None, **more: Any) -> dict[str, Any]:
    """A user's turn."""
    return turn("user", content, id, at, **more)


def turn(role: str, content: str, id: str | None = None, at: str | None = None, **more: Any) -> dict[str, Any]:
    """A turn."""
    message: dict[str, Any] = {"role": role, "content": content, **more}
    if id is not None:
        message["id"] = id
    if at is not None:
        message["created_at"] = at
    return message
