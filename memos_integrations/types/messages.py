"""One raw turn: what ``add_message`` takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import Field, JsonValue

from ._base import Model

__all__ = ["ContentPart", "Message", "MessageInput", "Role"]

Role = Literal["user", "assistant", "system", "tool", "event"]

ContentPart: TypeAlias = dict[str, JsonValue]
"""A part of a multimodal message as OpenAI writes it, such as ``{"type": "text", "text": "…"}``."""

MessageInput: TypeAlias = "Message | Mapping[str, object]"
"""What ``add_message`` accepts for one turn."""


class Message(Model):
    """One raw turn, validated.

    Attributes:
        role: ``user``, ``assistant``, ``system``, ``tool``, or ``event`` (something that the user did in an
            app: ``name`` is the action, ``content`` text or JSON).
        content: The text of the turn. Parts that are no text are kept in ``parts``.
        parts: The content parts as given, if they were given as parts.
        id: The caller's id, unique within the conversation and stable from call to call.
        name: The speaker (or the action of an event).
        created_at: When it was said, timezone-aware; None: when it is added.
        tool_calls: Calls that an assistant turn makes, as the framework wrote them.
        tool_call_id: The call that a tool turn answers.
        metadata: The caller's own, filterable.
        raw: A framework's own form of the message, kept as it is.
    """

    role: Role
    content: str = ""
    parts: tuple[ContentPart, ...] | None = None
    id: str | None = None
    name: str | None = None
    created_at: datetime | None = None
    tool_calls: tuple[dict[str, JsonValue], ...] | None = None
    tool_call_id: str | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    raw: JsonValue = None
