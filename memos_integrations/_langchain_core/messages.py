"""The one converter between langchain-core's messages and ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    messages_from_dict,
)
from pydantic import JsonValue

from .._adapters.plain import clean, clean_name, plain, shortened, shortened_parts
from ..errors import InvalidMessage
from ..types import Episode, Role

__all__ = ["from_episode", "is_generated", "says_something", "to_message", "words_of"]

_ROLES: dict[str, Role] = {
    "human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "tool",
    "user": "user", "assistant": "assistant", "developer": "system",
}  # fmt: skip
_KINDS: tuple[tuple[type[BaseMessage] | tuple[type[BaseMessage], ...], Role], ...] = (
    (HumanMessage, "user"),
    (AIMessage, "assistant"),
    (SystemMessage, "system"),
    ((ToolMessage, FunctionMessage), "tool"),
)
_TEXT = ("text", "input_text", "output_text")
_LINKS = ("url", "file_id", "mime_type", "filename", "name", "title")
_PART_CHARS = 2000  # of a part that is no text, as JSON: what is longer holds the bytes of an image or a file


def is_generated(message: BaseMessage) -> bool:
    """Whether LangChain itself wrote it, such as the summary of a history: nobody's words.

    A tool's result is not taken for anybody's words in any case, and stays what it is, even where a human answered for the tool.
    """
    return "lc_source" in message.additional_kwargs and not isinstance(message, ToolMessage)


def words_of(message: BaseMessage) -> str:
    """The text of a message, without its other parts."""
    return clean(str(message.text))


def says_something(message: BaseMessage) -> bool:
    """Whether there is anything in it that could be remembered."""
    return not _is_wordless(message) or (isinstance(message, AIMessage) and bool(message.tool_calls))


def _is_wordless(message: BaseMessage) -> bool:
    """Whether it has neither words nor other parts."""
    content = message.content
    return not (content.strip() if isinstance(content, str) else content)


def to_message(message: BaseMessage, *, keep_id: bool = False, keep_raw: bool = False, max_chars: int | None = None) -> dict[str, object]:
    """One LangChain message as ``add_message`` takes it. What no store keeps (NUL, lone surrogates) becomes a replacement character.

    Args:
        message: Any but a ``RemoveMessage``.
        keep_id: Pass its id on: only where LangChain keeps it from call to call.
        keep_raw: Keep the whole message, so that ``from_episode`` gives it back as it is, usage and all (but an artifact that
            is no JSON). Without it, of an image or a file only what names it is kept.
        max_chars: So many characters of its text are remembered; None: all. ``raw`` holds them all.

    Raises:
        InvalidMessage: It is a ``RemoveMessage``, which says nothing.
    """
    if isinstance(message, RemoveMessage):
        raise InvalidMessage("a RemoveMessage is an order to LangGraph, not a turn", field="messages")
    said: dict[str, object] = {"role": _role(message), "content": _content(message.content, whole=keep_raw, most=max_chars)}
    calls = [_call(call) for call in message.tool_calls] if isinstance(message, AIMessage) else []
    if calls:
        said["tool_calls"] = calls
    if isinstance(message, ToolMessage) and message.tool_call_id.strip():
        said["tool_call_id"] = clean_name(message.tool_call_id)
    name = message.role if isinstance(message, ChatMessage) and message.role not in _ROLES else message.name
    if name and name.strip():
        said["name"] = clean_name(name)
    if keep_id and message.id:
        said["id"] = message.id
    if keep_raw:
        said["raw"] = {"type": message.type, "data": plain(message.model_dump())}
        if not calls and _is_wordless(message):
            said["content"] = [{"type": "text", "text": ""}]  # an empty turn is a turn of a transcript
    return said


def from_episode(episode: Episode) -> BaseMessage:
    """The LangChain message that a stored turn was, or, where another framework said it, one that says the same."""
    raw = episode.raw
    if isinstance(raw, dict) and raw.keys() == {"type", "data"} and isinstance(raw["type"], str) and isinstance(raw["data"], dict):
        return messages_from_dict([dict(raw)])[0]
    content: str | list[str | dict[object, object]] = episode.text
    if episode.parts is not None:
        content = [cast("dict[object, object]", dict(part)) for part in episode.parts]
    name = {"name": episode.speaker} if episode.speaker else {}
    id = episode.sources[0] if episode.sources else episode.id
    if episode.role == "user":
        return HumanMessage(content=content, id=id, **name)
    if episode.role == "assistant":
        return AIMessage(content=content, id=id, tool_calls=[_langchain_call(call) for call in episode.tool_calls or ()], **name)
    if episode.role == "tool":
        return ToolMessage(content=content, id=id, tool_call_id=episode.tool_call_id or "", **name)
    if episode.role == "system":
        return SystemMessage(content=content, id=id, **name)
    return HumanMessage(content=f"({episode.subject}) {episode.text}" if episode.subject else episode.text, id=id)


def _role(message: BaseMessage) -> Role:
    if isinstance(message, ChatMessage):
        return _ROLES.get(message.role, "assistant")  # somebody else's words, in any case not the user's
    for kinds, role in _KINDS:
        if isinstance(message, kinds):
            return role
    return _ROLES.get(message.type, "assistant")


def _content(content: str | Sequence[object], *, whole: bool, most: int | None) -> str | list[JsonValue]:
    if isinstance(content, str):
        return shortened(clean(content), most)
    parts = [_part(part, whole=whole) for part in content]
    return parts if most is None else shortened_parts(parts, most)


def _part(part: object, *, whole: bool) -> JsonValue:
    if isinstance(part, str):
        return {"type": "text", "text": clean(part)}
    form = plain(part)
    if not isinstance(form, dict):
        return {"type": "data", "data": form}
    kind = form.get("type")
    if isinstance(form.get("text"), str) and (kind is None or kind in _TEXT):
        return {**form, "type": kind or "text"}
    if not isinstance(kind, str) or kind in _TEXT:
        form = {**form, "type": "data"}
    return form if whole else _light(form)


def _light(part: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A part that is no text; of a long one only what names it, and a hash that tells it from others."""
    encoded = json.dumps(part, ensure_ascii=True, sort_keys=True)
    if len(encoded) <= _PART_CHARS:
        return part
    light: dict[str, JsonValue] = {"type": part["type"]}
    for key in _LINKS:
        value = part.get(key)
        if isinstance(value, str) and len(value) <= _PART_CHARS // 10:
            light[key] = value
    return {**light, "sha256": hashlib.sha256(encoded.encode()).hexdigest()}


def _call(call: Mapping[str, object]) -> dict[str, JsonValue]:
    return {str(key): plain(value) for key, value in call.items()}


def _langchain_call(call: Mapping[str, JsonValue]) -> dict[str, object]:
    """A call as LangChain writes it, from that or from OpenAI's form."""
    function = call.get("function")
    inner = function if isinstance(function, dict) else call
    args = inner.get("args", inner.get("arguments", {}))
    if isinstance(args, str):
        try:
            args = json.loads(args)
        except ValueError:
            args = {"input": args}
    id = call.get("id")
    return {
        "name": str(inner.get("name", "")),
        "args": args if isinstance(args, dict) else {"input": args},
        "id": id if isinstance(id, str) else None,
        "type": "tool_call",
    }
