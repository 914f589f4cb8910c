"""Which messages of a run are whose turns, and where the run takes place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from .._adapters.plain import shortened
from .._adapters.tools import ARTIFACT
from .messages import is_generated, says_something, to_message, words_of

if TYPE_CHECKING:
    from ..types import MessageInput

__all__ = ["Place", "last_asked", "place_of", "turn_start", "turns"]

_CHECKPOINTER = "__pregel_checkpointer"
_TOOLS = "tools"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run takes place.

    Attributes:
        thread_id: The thread; None: it has none.
        keeps_ids: Whether messages keep their ids from run to run: without a checkpointer the same input gets new ones, and so
            it may where a graph around the agent hands it messages of its own.
        in_tool: Whether the agent runs inside another's tool: a model, not a user, writes to it.
    """

    thread_id: str | None
    keeps_ids: bool
    in_tool: bool


def place_of(configurable: Mapping[str, object]) -> Place:
    """Read a run's place off its config."""
    thread = configurable.get("thread_id")
    around = str(configurable.get("checkpoint_ns") or "").split("|")[:-1]
    return Place(
        thread_id=None if thread is None else str(thread),
        keeps_ids=thread is not None and not around and configurable.get(_CHECKPOINTER) is not None,
        in_tool=any(step.partition(":")[0] == _TOOLS for step in around),
    )


def last_asked(messages: Sequence[BaseMessage]) -> HumanMessage | None:
    """The last message that the user wrote."""
    return next((m for m in reversed(messages) if isinstance(m, HumanMessage) and not is_generated(m)), None)


def turn_start(messages: Sequence[BaseMessage]) -> int:
    """Where the current turn begins: at the first of the user's messages that stand together last."""
    last = last_asked(messages)
    if last is None:
        return 0
    start = next(i for i in range(len(messages) - 1, -1, -1) if messages[i] is last)
    while start and isinstance(messages[start - 1], HumanMessage) and not is_generated(messages[start - 1]):
        start -= 1
    return start


def turns(messages: Sequence[BaseMessage], *, keep_id: bool, tool_chars: int, max_chars: int) -> list[MessageInput]:
    """The turns among some messages, as ``add_message`` takes them.

    Args:
        messages: The messages.
        keep_id: Whether their ids are passed on.
        tool_chars: So many characters of a tool's result are kept; 0: none.
        max_chars: So many of any other message: one that is longer than memory takes must not keep all others from it.
    """
    kept: list[MessageInput] = []
    for message in messages:
        if is_generated(message) or not says_something(message):
            continue
        if isinstance(message, ToolMessage):
            words = words_of(message)
            artifact: object = message.artifact
            if not tool_chars or not words.strip() or (isinstance(artifact, dict) and ARTIFACT in artifact):
                continue
            message = ToolMessage(shortened(words, tool_chars), tool_call_id=message.tool_call_id, name=message.name, id=message.id)
        kept.append(to_message(message, keep_id=keep_id, max_chars=max_chars))
    return kept
