"""What memory adds to a graph's state: plain JSON, so that every checkpointer keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, cast

from langchain_core.messages import AnyMessage, BaseMessage, SystemMessage, convert_to_messages
from langgraph.graph import MessagesState
from typing_extensions import TypedDict

from .._langchain_core.prompt import injected
from ..errors import InvalidInput
from ..types import Instruction, Recall

__all__ = ["MemoryState", "RecollectedMemory", "Recollection", "latest", "messages_of", "prompt_messages", "recollection"]


class RecollectedMemory(TypedDict):
    """One memory that was found.

    Attributes:
        id: Its id.
        kind: ``preference``, ``fact``, ``episode`` or ``summary``.
        text: What it says.
        score: Comparable within one recall only.
        namespace: Where it lives.
        sources: Ids of the messages it came from.
    """

    id: str
    kind: str
    text: str
    score: float
    namespace: str
    sources: list[str]


class Recollection(TypedDict):
    """What a ``recall`` node found.

    Attributes:
        query: What was asked.
        head: Standing preferences as imperatives; belongs behind the system text.
        tail: What this question needs; belongs into the last user message.
        text: Head and tail.
        tokens: Tokens of ``text``.
        memories: What was found, best first.
        degraded: Why it is weaker than it should be; None: it is not.
        error: Why memory failed, where the graph goes on without it; None: it did not.
    """

    query: str
    head: str
    tail: str
    text: str
    tokens: int
    memories: list[RecollectedMemory]
    degraded: str | None
    error: str | None


def latest(old: Recollection | None, new: Recollection | None) -> Recollection | None:
    """The reducer of a recollection: the newer one takes the place of the older. It never grows; branches may all write it."""
    return old if new is None else new


class MemoryState(MessagesState):
    """Messages, and what was recalled for them. Subclass it for more, or declare the key ``memories`` alike in a state of yours."""

    memories: Annotated[Recollection | None, latest]


def recollection(recall: Recall) -> Recollection:
    """A recall as plain JSON."""
    made = recall.instruction
    return {
        "query": recall.query,
        "head": made.head,
        "tail": made.tail,
        "text": made.text,
        "tokens": made.tokens,
        "memories": [
            {
                "id": found.memory.id,
                "kind": found.memory.kind,
                "text": found.memory.text,
                "score": found.score,
                "namespace": found.namespace,
                "sources": list(found.memory.sources),
            }
            for found in recall.memories
        ],
        "degraded": recall.degraded,
        "error": None,
    }


def failed(query: str, error: str) -> Recollection:
    """What stands in the state where memory failed."""
    return {"query": query, "head": "", "tail": "", "text": "", "tokens": 0, "memories": [], "degraded": None, "error": error}


def messages_of(state: object, key: str) -> list[BaseMessage]:
    """The messages of a state; empty where it has none yet.

    Raises:
        InvalidInput: What stands there is no list of messages.
    """
    found: object = cast("Mapping[str, object]", state).get(key) if isinstance(state, Mapping) else getattr(state, key, None)
    if found is None:
        return []
    if not isinstance(found, Sequence) or isinstance(found, str):
        raise InvalidInput(f"must hold a list of messages, not {type(found).__name__}", field=f"state.{key}")
    return convert_to_messages(found)  # pyright: ignore[reportUnknownArgumentType]  # checked there


def prompt_messages(
    state: object, *, memories: str = "memories", messages: str = "messages", system: str | SystemMessage | None = None
) -> list[AnyMessage]:
    """The messages of a state as a model should see them, with memory in its place; nothing of it is to be stored.

    What stands in every prompt is put behind the system text, what this question needs into the last user message: so the prefix
    that a provider caches stays the same, and a tool's result stays behind its call.

    Args:
        state: The graph's state.
        memories: Key of what ``recall`` found.
        messages: Key of the messages.
        system: The system text; None: a system message at the front of the messages is it, if there is one.
    """
    said = cast("list[AnyMessage]", messages_of(state, messages))
    text = SystemMessage(system) if isinstance(system, str) else system
    if text is None and said and isinstance(said[0], SystemMessage):
        text, said = said[0], said[1:]
    found: object = cast("Mapping[str, object]", state).get(memories) if isinstance(state, Mapping) else getattr(state, memories, None)
    if found:
        known = cast("Recollection", found)
        text, said = injected(text, said, Instruction(head=known["head"], tail=known["tail"], text=known["text"]), "split")
    return [*([text] if text is not None else []), *said]
