"""Conversations from the files that people have."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from ..core.messages import parse_messages, parse_time
from ..errors import InvalidInput
from ..settings import Settings
from ..types import Message

__all__ = ["Conversation", "read_conversations", "read_text"]

_SPACE = re.compile(r"\s*")
_SEPARATOR = re.compile(r"\s*,?\s*")
_PACE = timedelta(seconds=30)  # between two turns where only the conversation has a time: keeps them in order


@dataclass(frozen=True)
class Conversation:
    """A conversation of a file.

    Attributes:
        id: Its id in the file, or one made of the file's name and its first words: the same file again is known.
        messages: Its messages, checked.
        named: Whether the id is the file's.
    """

    id: str
    messages: tuple[Message, ...]
    named: bool = True


def read_text(file: str) -> str:
    """The text of a file; ``-`` is standard input.

    Raises:
        InvalidInput: It is not UTF-8.
    """
    data = sys.stdin.buffer.read() if file == "-" else Path(file).expanduser().read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"line {line}: is not UTF-8 text", field=file) from None


def read_conversations(file: str, settings: Settings | None = None) -> list[Conversation]:
    """The conversations of a file.

    A JSON list of messages, JSON lines, ``{"messages": […]}``, ``{"conversations": […]}``, or a list or lines of such
    conversations.

    Raises:
        InvalidInput: Naming the file and the line.
    """
    settings = settings or Settings()
    name = "stdin" if file == "-" else Path(file).stem
    try:
        items = list(_items(read_text(file)))
        found = [_conversation(item, name, settings) for item in _grouped(items)]
    except InvalidInput as error:
        if error.field == file:
            raise
        raise InvalidInput(str(error), field=file) from None
    if not found:
        raise InvalidInput("holds no messages", field=file)
    return list(_told_apart(found, file))


@dataclass(frozen=True)
class _Item:
    """A JSON value and the line it begins on."""

    line: int
    value: JsonValue


def _items(text: str) -> Iterator[_Item]:
    """Messages and conversations of a text, in order; lists of them and ``conversations`` are opened."""
    top = list(_values(text, 0, len(text), _SPACE))
    for start, item in top:
        if isinstance(item.value, list) and len(top) == 1:
            inner = text.index("[", start) + 1
            yield from (one for _, one in _values(text, inner, text.rindex("]"), _SEPARATOR))
        elif isinstance(item.value, dict) and "conversations" in item.value:
            conversations = item.value["conversations"]
            if not isinstance(conversations, list):
                raise InvalidInput(f"line {item.line}: 'conversations' must be a list")
            yield from (_Item(item.line, one) for one in conversations)
        else:
            yield item


def _values(text: str, at: int, end: int, between: re.Pattern[str]) -> Iterator[tuple[int, _Item]]:
    decoder = json.JSONDecoder()
    line, counted = 1, 0
    at = _skip(_SPACE, text, at)
    while at < end:
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, after = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"line {error.lineno}: is no JSON ({error.msg}, column {error.colno})") from None
        except RecursionError:
            raise InvalidInput(f"line {line}: is nested too deeply") from None
        yield at, _Item(line, value)
        at = _skip(between, text, after)


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _grouped(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    """Messages that stand beside each other are one conversation; a conversation stands for itself."""
    loose: list[_Item] = []
    for item in items:
        if isinstance(item.value, dict) and "messages" not in item.value:
            loose.append(item)
            continue
        if loose:
            raise InvalidInput(f"line {item.line}: messages and conversations are mixed")
        yield [item]
    if loose and len(loose) != len(items):
        raise InvalidInput(f"line {loose[0].line}: messages and conversations are mixed")
    if loose:
        yield loose


def _conversation(items: list[_Item], name: str, settings: Settings) -> Conversation:
    first = items[0]
    given: dict[str, JsonValue] = {}
    if isinstance(first.value, list):
        messages = [_Item(first.line, one) for one in first.value]
    elif isinstance(first.value, dict) and "messages" in first.value:
        given = first.value
        inner = given["messages"]
        if not isinstance(inner, list):
            raise InvalidInput(f"line {first.line}: 'messages' must be a list")
        messages = [_Item(first.line, one) for one in inner]
    elif isinstance(first.value, dict):
        messages = items
    else:
        raise InvalidInput(f"line {first.line}: is neither a message nor a conversation")
    if not messages:
        raise InvalidInput(f"line {first.line}: the conversation holds no messages")
    parsed = [_message(item, number, len(messages) > 1 and len(items) == 1, settings) for number, item in enumerate(messages, 1)]
    start = _time(given.get("created_at"), first.line, settings)
    if start is not None:
        parsed = [m if m.created_at else m.model_copy(update={"created_at": start + i * _PACE}) for i, m in enumerate(parsed)]
    own = _id(given, first.line)
    return Conversation(own or f"{name}-{_mark(parsed[0])}", tuple(parsed), own is not None)


def _message(item: _Item, number: int, numbered: bool, settings: Settings) -> Message:
    where = f"line {item.line}" + (f", message {number}" if numbered else "")
    try:
        return parse_messages(item.value if isinstance(item.value, dict) else [item.value], settings, field="message")[0]
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {str(error).removeprefix('message.').removeprefix('message: ')}") from None


def _time(value: object, line: int, settings: Settings) -> datetime | None:
    if value is None:
        return None
    try:
        return parse_time(value, zone=settings.zone, field="created_at")
    except InvalidInput as error:
        raise InvalidInput(f"line {line}: {error}") from None


def _id(given: dict[str, JsonValue], line: int) -> str | None:
    value = given.get("id", given.get("conversation_id"))
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise InvalidInput(f"line {line}: the id of a conversation must be text")
    return str(value)


def _mark(message: Message) -> str:
    return hashlib.sha256(f"{message.role}\n{message.content}".encode()).hexdigest()[:8]


def _told_apart(found: Sequence[Conversation], file: str) -> Iterator[Conversation]:
    seen: set[str] = set()
    for one in found:
        if one.id in seen and one.named:
            raise InvalidInput(f"two conversations have the id {one.id[:80]!r}", field=file)
        number, id = 1, one.id
        while id in seen:
            number += 1
            id = f"{one.id}-{number}"
        seen.add(id)
        yield replace(one, id=id)
