"""Short ways to write a turn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.rules import RuleExtractor

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


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


def facts_by_rules(text: str) -> list[Candidate]:
    """The facts that the rules alone find in a turn of the user."""
    return [one for one in _by_rules(text) if one.kind == "fact"]


def wishes_by_rules(text: str) -> list[Candidate]:
    """The preferences that the rules alone find in a turn of the user."""
    return [one for one in _by_rules(text) if one.kind == "preference"]


def _by_rules(text: str) -> list[Candidate]:
    return RuleExtractor().extract([Turn(episode="said", role="user", text=text, said_at=WHEN)])
