"""From what a caller passes to validated messages. Nothing is written before all of a batch is good."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from pydantic import JsonValue

from ..errors import InvalidInput, InvalidMessage
from ..settings import Settings
from ..types import ContentPart, Message
from .checks import choice, shown

__all__ = ["given_name", "json_object", "json_value", "micros", "moment", "parse_messages", "parse_time", "plain_text"]

_ROLES = ("user", "assistant", "system", "tool", "event")
_OWN_KEYS = {"role", "content", "id", "name", "created_at", "tool_calls", "tool_call_id", "metadata", "raw"}
# what OpenAI's and the frameworks' own messages carry besides; kept in `raw`, never an error
_FOREIGN_KEYS = {
    "annotations", "audio", "function_call", "refusal", "reasoning", "reasoning_content", "weight", "type",
    "response_metadata", "usage_metadata", "additional_kwargs", "invalid_tool_calls", "status", "artifact",
}  # fmt: skip
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_ID_LIMIT = 512
_JSON_DEPTH = 64
_JSON_BITS = 1023  # what every reader of JSON takes
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(time: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    delta = time - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def moment(value: int) -> datetime:
    """The UTC time of some microseconds since the epoch."""
    return _EPOCH + timedelta(0, 0, value)


def plain_text(value: str, *, field: str) -> str:
    """Text that every store can keep.

    Raises:
        InvalidInput: It holds a NUL character or a lone surrogate.
    """
    if "\0" in value:
        raise InvalidInput("holds a NUL character; remove it", field=field)
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput("holds a lone surrogate; the text was decoded wrongly", field=field) from None
    return value


def json_value(value: object, *, field: str, depth: int = 0) -> JsonValue:
    """A copy of a JSON value.

    Raises:
        InvalidInput: It is no JSON (a wrong type, NaN, a NUL, or nested too deeply).
    """
    if depth > _JSON_DEPTH:
        raise InvalidInput(f"is nested deeper than {_JSON_DEPTH} levels", field=field[:100])
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if value.bit_length() > _JSON_BITS:
            raise InvalidInput("is too large a number", field=field)
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInput("must be a finite number", field=field)
        return value
    if isinstance(value, str):
        return plain_text(value, field=field)
    if isinstance(value, Mapping):
        result: dict[str, JsonValue] = {}
        for key, item in value.items():  # pyright: ignore[reportUnknownVariableType]  # keys are checked below
            if not isinstance(key, str):
                raise InvalidInput("has a key that is no string", field=field)
            result[plain_text(key, field=field)] = json_value(item, field=f"{field}.{key[:40]}", depth=depth + 1)  # pyright: ignore[reportUnknownArgumentType]  # checked at run time
        return result
    if isinstance(value, list | tuple):
        items: Sequence[object] = value  # pyright: ignore[reportUnknownVariableType]  # items are checked below
        return [json_value(item, field=f"{field}[{i}]", depth=depth + 1) for i, item in enumerate(items)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # checked at run time
    raise InvalidInput(f"must be JSON, not {type(value).__name__}", field=field)


def json_object(value: object, *, field: str) -> dict[str, JsonValue]:
    """A copy of a JSON object; empty for None.

    Raises:
        InvalidInput: It is none.
    """
    if value is not None and not isinstance(value, Mapping):
        raise InvalidInput("must be a mapping", field=field)
    result = json_value(value, field=field)  # pyright: ignore[reportUnknownArgumentType]  # checked there
    return result if isinstance(result, dict) else {}


def parse_time(value: object, *, zone: tzinfo, field: str) -> datetime:
    """A timezone-aware time in UTC; a naive one is read in ``zone``.

    Raises:
        InvalidInput: It is no datetime or ISO 8601 string, or not between the years 1900 and 2200.
    """
    if isinstance(value, str):
        words = shown(value)
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidInput(f"{words} is no ISO 8601 time such as '2026-03-02T09:00:00+01:00'", field=field) from None
    if not isinstance(value, datetime):
        raise InvalidInput(f"must be a datetime or an ISO 8601 string, not {type(value).__name__}", field=field)
    try:
        aware = (value if value.tzinfo is not None else value.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise InvalidInput("is out of range", field=field) from None
    if not _EARLIEST <= aware < _LATEST:
        raise InvalidInput("must lie between the years 1900 and 2200", field=field)
    return aware


def parse_messages(messages: object, settings: Settings, *, field: str = "messages") -> list[Message]:
    """Validate a message or a batch of them.

    Raises:
        InvalidMessage: Naming the field at fault.
    """
    try:
        if isinstance(messages, Message | Mapping):
            return [_parse(messages, settings, field)]  # pyright: ignore[reportUnknownArgumentType]
        if isinstance(messages, str | bytes) or not isinstance(messages, Iterable):
            raise InvalidInput(
                f"must be a message or a list of messages such as {{'role': 'user', 'content': '…'}}, not {type(messages).__name__}",
                field=field,
            )
        batch: list[object] = list(messages)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if not batch:
            raise InvalidInput("must hold at least one message", field=field)
        if len(batch) > settings.max_batch_messages:
            raise InvalidInput(f"holds {len(batch)} messages; at most {settings.max_batch_messages} go into one call", field=field)
        return [_parse(one, settings, f"{field}[{i}]") for i, one in enumerate(batch)]
    except InvalidMessage:
        raise
    except InvalidInput as error:
        raise InvalidMessage(str(error).removeprefix(f"{error.field}: "), field=error.field) from None


def _parse(message: object, settings: Settings, field: str) -> Message:
    if isinstance(message, Message):
        parts: dict[str, object] = message.model_dump(exclude={"parts"})
        if message.parts is not None:
            parts["content"] = list(message.parts)
        message = {key: value for key, value in parts.items() if value is not None}
    if not isinstance(message, Mapping):
        raise InvalidInput(f"must be a mapping with 'role' and 'content', not {type(message).__name__}", field=field)
    given: dict[str, object] = dict(message)  # pyright: ignore[reportUnknownArgumentType]
    unknown = sorted(str(key) for key in given.keys() - _OWN_KEYS - _FOREIGN_KEYS)
    if unknown:
        raise InvalidInput(f"unknown key {shown(unknown[0])}; the caller's own data goes into 'metadata'", field=field)
    role = given.get("role")
    choice(role, _ROLES, field=f"{field}.role")
    calls = given.get("tool_calls")
    if calls is not None and not isinstance(calls, list | tuple):
        raise InvalidInput("must be a list of calls", field=f"{field}.tool_calls")
    tool_calls = json_value(calls or [], field=f"{field}.tool_calls")  # pyright: ignore[reportUnknownArgumentType]  # checked at run time
    for i, call in enumerate(tool_calls if isinstance(tool_calls, list) else ()):
        if not isinstance(call, dict):
            raise InvalidInput(f"must be a mapping, not {type(call).__name__}", field=f"{field}.tool_calls[{i}]")
    content, content_parts = _content(given.get("content"), role == "event", f"{field}.content")
    if not content.strip() and not tool_calls and not content_parts:
        raise InvalidInput("must not be empty", field=f"{field}.content")
    if len(content) > settings.max_content_chars:
        raise InvalidInput(
            f"holds {len(content)} characters; the limit is {settings.max_content_chars} (Settings.max_content_chars)",
            field=f"{field}.content",
        )
    metadata = json_object(given.get("metadata"), field=f"{field}.metadata")
    foreign = {key: given[key] for key in given.keys() & _FOREIGN_KEYS if given[key] is not None}
    raw = given.get("raw") if given.get("raw") is not None else (foreign or None)
    created_at = given.get("created_at")
    return Message.model_validate(
        {
            "role": role,
            "content": content,
            "parts": content_parts,
            "id": given_name(given.get("id"), field=f"{field}.id"),
            "name": given_name(given.get("name"), field=f"{field}.name"),
            "created_at": None if created_at is None else parse_time(created_at, zone=settings.zone, field=f"{field}.created_at"),
            "tool_calls": tool_calls or None,
            "tool_call_id": given_name(given.get("tool_call_id"), field=f"{field}.tool_call_id"),
            "metadata": metadata,
            "raw": json_value(raw, field=f"{field}.raw"),
        }
    )


def given_name(value: object, *, field: str) -> str | None:
    """A short string that names something, or None.

    Raises:
        InvalidInput: It is no text, empty, or too long.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise InvalidInput(f"must be a string, not {type(value).__name__}", field=field)
    if not value.strip():
        raise InvalidInput("must not be empty", field=field)
    if len(value) > _ID_LIMIT:
        raise InvalidInput(f"must be at most {_ID_LIMIT} characters, not {len(value)}", field=field)
    return plain_text(value, field=field)


def _content(value: object, event: bool, field: str) -> tuple[str, tuple[ContentPart, ...] | None]:
    if value is None:
        return "", None
    if isinstance(value, str):
        return plain_text(value, field=field), None
    if event:
        return json.dumps(json_value(value, field=field), ensure_ascii=False), None
    if not isinstance(value, list | tuple):
        raise InvalidInput(f"must be text or a list of content parts, not {type(value).__name__}", field=field)
    parts: list[ContentPart] = []
    words: list[str] = []
    items: Sequence[object] = value  # pyright: ignore[reportUnknownVariableType]  # items are checked below
    for i, item in enumerate(items):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]  # checked at run time
        if isinstance(item, str):
            item = {"type": "text", "text": item}
        part = json_value(item, field=f"{field}[{i}]")  # pyright: ignore[reportUnknownArgumentType]  # checked at run time
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise InvalidInput("must be a content part such as {'type': 'text', 'text': '…'}", field=f"{field}[{i}]")
        text = part.get("text")
        if part["type"] in ("text", "input_text", "output_text"):
            if not isinstance(text, str):
                raise InvalidInput(f"must be text, not {type(text).__name__}", field=f"{field}[{i}].text")
            words.append(text)
        parts.append(part)
    return "\n".join(words), tuple(parts)
