"""The one converter between LlamaIndex's messages and ours."""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import cast

from llama_index.core.base.llms.types import ChatMessage, ContentBlock, MessageRole, TextBlock, ToolCallBlock
from llama_index.core.tools import ToolSelection
from pydantic import JsonValue, TypeAdapter, ValidationError

from .._adapters.plain import clean, clean_name, in_base64, plain, shortened
from ..core.fence import MARKS, strip_injected
from ..types import Episode, Role

__all__ = [
    "INTRODUCTION",
    "call_ids",
    "copied",
    "from_episode",
    "is_answer",
    "own_words",
    "stored_form",
    "to_message",
    "without_injected",
    "words_of",
]

INTRODUCTION = "This user is known from earlier conversations."
"""Stands before what memory adds to the system text: ``ReActAgent`` drops the first system message that it is given."""

_ROLES: dict[MessageRole, Role] = {
    MessageRole.USER: "user",
    MessageRole.ASSISTANT: "assistant", MessageRole.CHATBOT: "assistant", MessageRole.MODEL: "assistant",
    MessageRole.SYSTEM: "system", MessageRole.DEVELOPER: "system",
    MessageRole.TOOL: "tool", MessageRole.FUNCTION: "tool",
}  # fmt: skip
_BACK: dict[str, MessageRole] = {
    "user": MessageRole.USER,
    "assistant": MessageRole.ASSISTANT,
    "system": MessageRole.SYSTEM,
    "tool": MessageRole.TOOL,
    "event": MessageRole.USER,
}
_RAW = "llama_index"
_UNSAID = ("thinking", "cache", "tool_call")  # blocks that are no part of what was said
_LINKS = ("url", "path", "title", "source", "image_mimetype", "document_mimetype", "video_mimetype", "format")
_CALLS = "tool_calls"
_SELECTION = {"tool_id", "tool_name", "tool_kwargs"}
_BLOCK: TypeAdapter[ContentBlock] = TypeAdapter(ContentBlock)
_THOUGHT, _ANSWER = "\nThought:", "\nAnswer:"
_RECALLED = "(recalled from memory)"


def words_of(message: ChatMessage) -> str:
    """The text of a message, without its other blocks."""
    return clean("\n".join(block.text for block in message.blocks if isinstance(block, TextBlock)))


def own_words(message: ChatMessage) -> str:
    """What its speaker said: of the record of a ``ReActAgent``'s reasoning, the answer alone."""
    words = words_of(message)
    if _ROLES[message.role] == "assistant" and words.lstrip().startswith(_THOUGHT.strip()):
        thought = max(words.rfind(_THOUGHT), 0)
        answer = words.find(_ANSWER, thought)
        if answer >= 0:
            return words[answer + len(_ANSWER) :].strip()
    return words


def call_ids(message: ChatMessage) -> set[str]:
    """Ids of the calls that it makes; an empty one where a call has none."""
    return {str(call.get("id") or "") for call in _calls(message) if isinstance(call, dict)}


def is_answer(message: ChatMessage) -> bool:
    """Whether the assistant ends its turn with it: it speaks and calls nothing."""
    return _ROLES[message.role] == "assistant" and not call_ids(message)


def copied(message: ChatMessage) -> ChatMessage:
    """A copy that shares nothing that can be changed."""
    if all(type(block) is TextBlock for block in message.blocks):
        blocks = [block.model_copy() for block in message.blocks]
        extra = copy.deepcopy(message.additional_kwargs) if message.additional_kwargs else {}
        return message.model_copy(update={"blocks": blocks, "additional_kwargs": extra})
    return message.model_copy(deep=True)


def without_injected(message: ChatMessage) -> ChatMessage | None:
    """The message without what memory once put into it; None: nothing else was in it."""
    blocks: list[ContentBlock] = []
    changed = False
    for block in message.blocks:
        if not isinstance(block, TextBlock) or not (block.text == INTRODUCTION or any(mark in block.text for mark in MARKS)):
            blocks.append(block)
            continue
        text = "" if block.text == INTRODUCTION else strip_injected(block.text)
        if text == block.text:
            blocks.append(block)
            continue
        changed = True
        if not text.strip() and _ROLES[message.role] == "tool":
            blocks.append(TextBlock(text=_RECALLED))  # the call keeps its result
        elif text.strip():
            blocks.append(TextBlock(text=text.rstrip("\n")))
    if not changed:
        return message
    return message.model_copy(update={"blocks": blocks}) if blocks else None


def to_message(message: ChatMessage, *, keep_raw: bool = False, max_chars: int | None = None) -> dict[str, object]:
    """One LlamaIndex message as ``add_message`` takes it.

    Args:
        message: Any message. It is only read.
        keep_raw: Keep the whole message wherever the rest does not say all of it, so that ``from_episode`` gives it back. Without it,
            of an image or a file only what names it is kept.
        max_chars: So many characters of its text are remembered; None: all. ``raw`` holds them all.
    """
    role = _ROLES[message.role]
    words = shortened(own_words(message), max_chars)
    others = [_light(block) for block in message.blocks if not isinstance(block, TextBlock) and block.block_type not in _UNSAID]
    calls = _calls(message)
    said: dict[str, object] = {"role": role, "content": words}
    if others:
        said["content"] = [*([{"type": "text", "text": words}] if words else []), *others]
    if calls:
        said["tool_calls"] = calls
    call_id = message.additional_kwargs.get("tool_call_id")
    if role == "tool" and isinstance(call_id, str) and call_id.strip():
        said["tool_call_id"] = clean_name(call_id)
    name = message.additional_kwargs.get("name")
    if isinstance(name, str) and name.strip():
        said["name"] = clean_name(name)
    if not calls and not others and not words.strip():
        said["content"] = [{"type": "text", "text": words}]  # an empty turn is a turn of a transcript
    if keep_raw and not _says_all(message, role, words):
        said["raw"] = {_RAW: stored_form(message)}
    return said


def stored_form(message: ChatMessage) -> dict[str, JsonValue]:
    """The whole message as JSON. What has no form there, such as a live object, is left out."""
    extra = {key: value for key, value in message.additional_kwargs.items() if key != "images"}  # those are among the blocks
    return {
        "role": message.role.value,
        "blocks": [_form(block.model_dump()) for block in message.blocks],
        "additional_kwargs": _form(extra),
    }


def from_episode(episode: Episode) -> ChatMessage:
    """The LlamaIndex message that a stored turn was, or, where another framework said it, one that says the same."""
    raw = episode.raw
    form = raw.get(_RAW) if isinstance(raw, dict) else None
    if isinstance(form, dict):
        return _restored(form)
    role = _BACK[episode.role]
    extra: dict[str, object] = {}
    if episode.tool_calls:
        extra[_CALLS] = [_selection(call) for call in episode.tool_calls]
    if episode.tool_call_id:
        extra["tool_call_id"] = episode.tool_call_id
    if episode.speaker:
        extra["name"] = episode.speaker
    text = f"({episode.subject}) {episode.text}" if episode.role == "event" and episode.subject else episode.text
    return ChatMessage(role=role, content=text, additional_kwargs=extra)


def _says_all(message: ChatMessage, role: Role, words: str) -> bool:
    """Whether role and words are all there is to it."""
    plain = not message.additional_kwargs and len(message.blocks) == 1 and isinstance(message.blocks[0], TextBlock)
    return plain and message.role.value == role and words_of(message) == words and bool(words.strip())


def _restored(form: Mapping[str, JsonValue]) -> ChatMessage:
    blocks = form.get("blocks")
    extra = form.get("additional_kwargs")
    kwargs: dict[str, object] = dict(extra) if isinstance(extra, dict) else {}
    calls = kwargs.get(_CALLS)
    if isinstance(calls, list):
        kwargs[_CALLS] = [_revived(call) for call in cast("list[object]", calls)]
    return ChatMessage(
        role=MessageRole(str(form.get("role"))),
        blocks=[_block(block) for block in blocks] if isinstance(blocks, list) else [],
        additional_kwargs=kwargs,
    )


def _block(form: JsonValue) -> ContentBlock:
    try:
        return _BLOCK.validate_python(form)
    except ValidationError:
        # a file that is no longer there, or a kind of block that this version does not know
        names = {key: form[key] for key in ("block_type", *_LINKS) if key in form} if isinstance(form, dict) else {}
        return TextBlock(text=f"({', '.join(str(value) for value in names.values() if value)}: no longer there)")


def _revived(call: object) -> object:
    """A ``ToolSelection`` again, where it was one."""
    if isinstance(call, dict) and cast("dict[str, object]", call).keys() == _SELECTION:
        return ToolSelection.model_validate(call)
    return call  # pyright: ignore[reportUnknownVariableType]  # whatever the user's model put there


def _selection(call: Mapping[str, JsonValue]) -> ToolSelection:
    """A call of another framework's, as LlamaIndex writes it."""
    function = call.get("function")
    inner = function if isinstance(function, dict) else call
    args = inner.get("args", inner.get("arguments", {}))
    if isinstance(args, str):
        try:
            args = cast("JsonValue", json.loads(args))
        except ValueError:
            args = {"input": args}
    return ToolSelection(
        tool_id=str(call.get("id") or ""),
        tool_name=str(inner.get("name", "")),
        tool_kwargs=args if isinstance(args, dict) else {"input": args},
    )


def _calls(message: ChatMessage) -> list[JsonValue]:
    """The calls that it makes, in one form whatever the model's own is."""
    blocks = [block for block in message.blocks if isinstance(block, ToolCallBlock)]
    if blocks:
        return [_call(block.tool_name, block.tool_kwargs, block.tool_call_id) for block in blocks]
    given: object = message.additional_kwargs.get(_CALLS)
    if not isinstance(given, list | tuple):
        return []
    calls: list[JsonValue] = []
    for one in cast("Sequence[object]", given):
        if isinstance(one, ToolSelection):
            calls.append(_call(one.tool_name, one.tool_kwargs, one.tool_id))
            continue
        form = _form(one)
        if isinstance(form, dict):
            calls.append(form)
    return calls


def _call(name: str, arguments: object, id: str | None) -> JsonValue:
    args = _form(arguments)
    if isinstance(args, str):
        try:
            read = cast("JsonValue", json.loads(args))
        except ValueError:
            read = None
        args = read if isinstance(read, dict) else cast("JsonValue", {"input": args})
    return {"name": clean(name), "args": args, "id": clean(id) if id else None, "type": "tool_call"}


def _light(block: ContentBlock) -> dict[str, JsonValue]:
    """A block that is no text: what names it, and a hash that tells it from others."""
    form = _form(block.model_dump())
    assert isinstance(form, dict)
    light: dict[str, JsonValue] = {"type": block.block_type}
    for key in _LINKS:
        value = form.get(key)
        if isinstance(value, str) and value and len(value) <= 200:
            light[key] = value
    encoded = json.dumps(form, sort_keys=True)
    return {**light, "sha256": hashlib.sha256(encoded.encode()).hexdigest()}


def _form(value: object) -> JsonValue:
    """A copy in JSON."""
    return plain(value, bytes_=_encoded)


def _encoded(value: bytes) -> str:
    """Bytes as base64; blocks hold theirs in that form already."""
    try:
        base64.b64decode(value, validate=True)
        return value.decode("ascii")
    except (binascii.Error, ValueError):
        return in_base64(value)
