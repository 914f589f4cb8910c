"""What a model call is given: where recalled memory stands in a prompt, and which of its messages are whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from ..core.masking import mask_secrets
from ..errors import MemOSError
from ..types import Episode, Instruction, Recall
from ._messages import is_generated, says_something, to_message, words_of
from ._tools import ARTIFACT

if TYPE_CHECKING:
    from ..types import MessageInput

__all__ = ["Injection", "Place", "Position", "injected", "known_signs", "last_asked", "place_of", "signs", "turn_start", "turns"]

Position: TypeAlias = Literal["split", "system"]
"""``split``: the head behind the system text, the tail in the last user message; ``system``: all behind the system text."""

_CHECKPOINTER = "__pregel_checkpointer"
_TOOLS = "tools"


@dataclass(frozen=True, slots=True)
class Injection:
    """What a run's model calls are given from memory.

    Attributes:
        thread_id: The thread; None: the run has none.
        query: What was asked of memory: the words of the last user message.
        head: What stands behind the system text.
        tail: What stands in the last user message.
        recall: All that was found, with citations and ledger; None: memory failed.
        error: Why it failed.
    """

    thread_id: str | None
    query: str
    head: str = ""
    tail: str = ""
    recall: Recall | None = None
    error: MemOSError | None = None


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


def turns(messages: Sequence[BaseMessage], *, keep_id: bool, tool_chars: int) -> list[MessageInput]:
    """The turns among some messages, as ``add_message`` takes them. Of a tool's result so many characters are kept."""
    kept: list[MessageInput] = []
    for message in messages:
        if is_generated(message) or not says_something(message):
            continue
        if isinstance(message, ToolMessage):
            words = words_of(message)
            artifact: object = message.artifact
            if not tool_chars or not words.strip() or (isinstance(artifact, dict) and ARTIFACT in artifact):
                continue
            message = ToolMessage(words[:tool_chars], tool_call_id=message.tool_call_id, name=message.name, id=message.id)
        kept.append(to_message(message, keep_id=keep_id))
    return kept


def signs(messages: Sequence[BaseMessage], *, keeps_ids: bool) -> list[tuple[int, object]]:
    """What a history is known by, each sign with the place of its message.

    Where messages keep their ids, all of each message; else the words of user and model alone: a client that keeps its own history
    may leave tool calls and results out of it.
    """
    found: list[tuple[int, object]] = []
    for place, message in enumerate(messages):
        content: object = message.content
        calls = message.tool_calls if isinstance(message, AIMessage) else []
        if keeps_ids:
            found.append((place, (message.id, message.type, content if isinstance(content, str) else repr(content), repr(calls))))
        elif not calls and isinstance(message, HumanMessage | AIMessage) and not is_generated(message):
            found.append((place, ("user" if isinstance(message, HumanMessage) else "assistant", mask_secrets(words_of(message)))))
    return found


def known_signs(found: Sequence[tuple[int, object]], stored: Sequence[Episode], *, whole: bool) -> int:
    """How many signs of a history, from its first, stand at the end of what is stored.

    Args:
        found: The history's signs, of words.
        stored: The last turns that are stored, oldest first.
        whole: Whether that is all there is.
    """
    theirs = [sign for _, sign in found]
    ours = [(turn.role, turn.text) for turn in stored if turn.role in ("user", "assistant") and not turn.tool_calls]
    for count in range(len(theirs), 0, -1):
        shared = min(count, len(ours))
        if shared and theirs[count - shared : count] == ours[-shared:] and (shared == count or not whole):
            return count
    return 0


def injected(
    system: SystemMessage | None, messages: Sequence[AnyMessage], instruction: Instruction, position: Position
) -> tuple[SystemMessage | None, list[AnyMessage]]:
    """A prompt with memory in it; what was given stays as it is.

    The tail never stands behind a tool's result: it would part the result from the call, and break the prefix that a provider
    caches while the agent loops.
    """
    prompt = list(messages)
    places = [i for i, message in enumerate(prompt) if isinstance(message, HumanMessage)]
    own = [i for i in places if not is_generated(prompt[i])]
    at = (own or places)[-1] if places and position == "split" else None
    behind_system = instruction.head
    if at is None:
        behind_system = instruction.text
    elif instruction.tail:
        message = prompt[at]
        prompt[at] = message.model_copy(update={"content": _appended(message.content, instruction.tail)})
    if behind_system:
        content = _appended(system.content, behind_system) if system is not None else behind_system
        system = system.model_copy(update={"content": content}) if system is not None else SystemMessage(content)
    return system, prompt


def _appended(content: str | list[str | dict[object, object]], text: str) -> str | list[str | dict[object, object]]:
    if isinstance(content, str):
        return f"{content}\n\n{text}" if content else text
    return [*content, {"type": "text", "text": text}]
