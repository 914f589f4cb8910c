"""What a run is given from memory, and what its history is known by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from .._langchain_core.messages import is_generated, words_of
from ..core.masking import mask_secrets
from ..errors import MemOSError
from ..types import Episode, Recall

__all__ = ["Injection", "known_signs", "signs"]


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
