"""What of a session's history stands in a prompt, and where memory stands in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from llama_index.core.base.llms.types import ChatMessage, ContentBlock, MessageRole, TextBlock

from ..types import Instruction
from ._messages import INTRODUCTION, call_ids, stored_form, words_of

__all__ = ["Position", "Turn", "Window", "injected", "is_system", "is_tool", "last_asked", "tokens_of", "window_of"]

Position: TypeAlias = Literal["split", "system"]
"""``split``: the head in the system text, the tail in the last user message; ``system``: all in the system text."""

_MEDIA = 256  # tokens of an image, a sound or a film, as LlamaIndex's own Memory counts them
_DOCUMENT = 512  # as its DocumentBlock does
_MESSAGE = 4  # tokens that a message costs beside its words

Count: TypeAlias = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a session.

    Attributes:
        id: Its id, as ``exclude`` of ``search_memory`` takes it.
        message: A copy of its own.
    """

    id: str
    message: ChatMessage


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a history that a prompt holds.

    Attributes:
        turns: Its messages, oldest first.
        left_out: How many messages of the session it leaves out; None: more than were looked at. They stay stored, and are recalled
            where they matter.
    """

    turns: tuple[Turn, ...]
    left_out: int | None = 0


def is_system(message: ChatMessage) -> bool:
    """Whether it is an instruction."""
    return message.role in (MessageRole.SYSTEM, MessageRole.DEVELOPER)


def is_tool(message: ChatMessage) -> bool:
    """Whether it is a tool's result."""
    return message.role in (MessageRole.TOOL, MessageRole.FUNCTION)


def tokens_of(message: ChatMessage, count: Count) -> int:
    """What a message takes of a prompt, estimated."""
    total = _MESSAGE
    for block in message.blocks:
        if isinstance(block, TextBlock):
            total += count(block.text)
        elif block.block_type in ("image", "audio", "video"):
            total += _MEDIA
        elif block.block_type == "document":
            total += _DOCUMENT
        else:
            total += count(json.dumps(stored_form(ChatMessage(blocks=[block]))["blocks"], ensure_ascii=False))
    calls = message.additional_kwargs.get("tool_calls")
    if calls:
        total += count(json.dumps(stored_form(message)["additional_kwargs"], ensure_ascii=False))
    return total


def window_of(history: Sequence[Turn], *, limit: int, count: Count, whole: bool = True) -> Window:
    """The newest turns that fit, the current one whole in any case, and all system messages.

    A turn is what the user said and all that answered it. One that does not fit whole is kept without its tool exchanges, if that
    fits; a call and its results stay or go together. Nothing begins with an answer to what is left out.

    Args:
        history: Messages, oldest first.
        limit: Most tokens.
        count: Token counter.
        whole: Whether the history begins with the session's first message.
    """
    parted = _parted(history)
    groups: list[list[int]] = [[]]
    for place, turn in enumerate(history):
        if place in parted or is_system(turn.message):
            continue
        if _opens(history, place):
            groups.append([])
        groups[-1].append(place)
    first, *groups = groups
    cost = [tokens_of(turn.message, count) for turn in history]
    room = limit - sum(tokens for turn, tokens in zip(history, cost, strict=True) if is_system(turn.message))
    kept: set[int] = set()
    for number in range(len(groups) - 1, -1, -1):
        group = groups[number]
        chosen = next((some for some in (group, _without_tools(history, group)) if sum(cost[i] for i in some) <= room), None)
        if chosen is None:
            if number < len(groups) - 1:
                break
            chosen = group  # a model that is asked too much says so; one that is not asked says nothing
        room -= sum(cost[i] for i in chosen)
        kept.update(chosen)
    else:
        if whole and sum(cost[i] for i in first) <= room:
            kept.update(first)
    turns = tuple(turn for place, turn in enumerate(history) if place in kept or is_system(turn.message))
    return Window(turns, len(history) - len(turns) if whole else None)


def last_asked(turns: Sequence[Turn]) -> Sequence[Turn]:
    """The user's messages that stand together last."""
    end = next((place for place in range(len(turns), 0, -1) if turns[place - 1].message.role == MessageRole.USER), 0)
    start = end
    while start and turns[start - 1].message.role == MessageRole.USER:
        start -= 1
    return turns[start:end]


def injected(messages: Sequence[ChatMessage], instruction: Instruction, position: Position, *, asked: bool) -> list[ChatMessage]:
    """A prompt with memory in it; what was given stays as it is.

    Args:
        messages: The history.
        instruction: What memory adds.
        position: Where.
        asked: Whether the last user message is the question. Else it is still to come, and the tail has no place but the system text.
    """
    prompt = list(messages)
    places = [place for place, message in enumerate(prompt) if message.role == MessageRole.USER]
    head, tail = (instruction.head, instruction.tail) if position == "split" and asked and places else (instruction.text, "")
    if tail:
        prompt[places[-1]] = _appended(prompt[places[-1]], tail)
    if head:
        leading = next((place for place, message in enumerate(prompt) if not is_system(message)), len(prompt))
        introduced = [] if leading else [ChatMessage(role=MessageRole.SYSTEM, content=INTRODUCTION)]
        prompt[leading:leading] = [*introduced, ChatMessage(role=MessageRole.SYSTEM, content=head)]
    return prompt


def _opens(history: Sequence[Turn], place: int) -> bool:
    """Whether a turn begins here: with the first of the user's messages that stand together."""
    if history[place].message.role != MessageRole.USER:
        return False
    return place == 0 or history[place - 1].message.role != MessageRole.USER


def _without_tools(history: Sequence[Turn], group: Sequence[int]) -> list[int]:
    return [place for place in group if not is_tool(history[place].message) and not call_ids(history[place].message)]


def _parted(history: Sequence[Turn]) -> set[int]:
    """Calls without all of their results, and results without their call: such a history, a provider refuses.

    One half may have been forgotten. A call that stands last still waits for its result.
    """
    parted: set[int] = set()
    place = 0
    while place < len(history):
        wanted = call_ids(history[place].message)
        after = place + 1
        while after < len(history) and is_tool(history[after].message):
            after += 1
        results = range(place + 1, after)
        answered = {str(history[i].message.additional_kwargs.get("tool_call_id") or "") for i in results}
        if wanted and "" not in wanted | answered and answered != wanted and after < len(history):
            parted.update((place, *results))
        elif not wanted and results and not is_tool(history[place].message) and "" not in answered:
            parted.update(results)
        place = after
    return parted


def _appended(message: ChatMessage, text: str) -> ChatMessage:
    """The message with a text behind its own, in the same block: agents write into a message's last block."""
    blocks: list[ContentBlock] = list(message.blocks)
    last = next((place for place in range(len(blocks) - 1, -1, -1) if isinstance(blocks[place], TextBlock)), None)
    if last is None:
        return message.model_copy(update={"blocks": [*blocks, TextBlock(text=text)]})
    own = words_of(ChatMessage(blocks=[blocks[last]]))
    blocks[last] = TextBlock(text=f"{own}\n\n{text}" if own else text)
    return message.model_copy(update={"blocks": blocks})
