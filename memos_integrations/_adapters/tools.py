"""Memory as tools that a model calls: their names, arguments, calls and answers. Whose memory it is, the model never says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, Field

from .._loop import acall_function, call_function
from ..core.checks import positive
from ..core.fence import fenced
from ..core.masking import mask_secrets
from ..core.text import language
from ..core.wording import date_of
from ..errors import InvalidScope, MemOSError
from ..types import AnyMemory, Episode, Recall, Receipt
from .calls import AnyFace, Port, ScopeArgs, both_ports

__all__ = ["ARTIFACT", "TOOLS", "Answer", "Ask", "Confirm", "Told", "ToolCalls", "ToolName", "ToolText"]

ToolName: TypeAlias = Literal["search_memory", "remember", "update_memory", "forget_memory"]

Confirm: TypeAlias = "Callable[[Sequence[AnyMemory]], bool | Awaitable[bool]]"
"""Says whether these memories may be deleted; blocking or ``async def``."""

Ask: TypeAlias = "Callable[[Sequence[AnyMemory]], Awaitable[bool]]"
Told: TypeAlias = Callable[[str], Exception]
"""The exception of the framework's that tells a model what went wrong."""

ARTIFACT = "memos"
"""Key in the artifact of a tool's result that says that it is ours: such a result is not stored again."""

_LONGEST = 600  # characters of a memory that a search shows

Id = Annotated[str, Field(description="Id of a memory, as search_memory gave it.")]


class _Search(BaseModel):
    query: str = Field(description="What to look for, in the user's words.")


class _Remember(BaseModel):
    text: str = Field(description="One thing, as one sentence that can be understood alone.")
    kind: Literal["preference", "fact"] = Field(
        default="fact", description="preference: how the user wants to be treated or what they like; fact: anything else."
    )


class _Update(BaseModel):
    memory_id: Id
    text: str = Field(description="What it shall say from now on.")


class _Forget(BaseModel):
    memory_ids: list[Id] = Field(min_length=1, description="Ids of what to forget, as search_memory gave them.")


class ToolText(NamedTuple):
    """What a model reads of a tool.

    Attributes:
        description: What it does.
        schema: Its arguments.
    """

    description: str
    schema: type[BaseModel]


TOOLS: dict[ToolName, ToolText] = {
    "search_memory": ToolText(
        "Search what is remembered of the user from earlier conversations: preferences, facts, what was said. Gives ids.", _Search
    ),
    "remember": ToolText("Remember something about the user for later conversations.", _Remember),
    "update_memory": ToolText("Correct what is remembered. Search for its id first.", _Update),
    "forget_memory": ToolText("Delete memories for good, when the user asks for it. Search for their ids first.", _Forget),
}


class Answer(NamedTuple):
    """What a tool answers.

    Attributes:
        text: For the model.
        ids: The memories that it is about.
    """

    text: str
    ids: list[str]


class ToolCalls:
    """The tools' calls, written once for both faces."""

    def __init__(self, memory: AnyFace, *, who: Callable[[], ScopeArgs], told: Told, confirm: Confirm | None, limit: int) -> None:
        """Connect tools with a memory.

        Args:
            memory: Of either face.
            who: Whose memory it is in the run that a call is part of.
            told: Makes the exception that a failure is told to the model by. A missing identity is raised as it is: it is no
                matter of the model's.
            confirm: Asked before memories are deleted.
            limit: Most memories that a search shows.

        Raises:
            InvalidInput: An option is wrong.
        """
        self.blocking, self.awaited = both_ports(memory)
        self._who = who
        self._told = told
        self._confirm = confirm
        self._limit = positive(limit, field="limit")

    async def search(self, port: Port, query: str) -> Answer:
        """Show what is remembered about something."""
        with self._telling():
            recall = await port.search_memory(query, limit=self._limit, **self._who())
        return Answer(_shown(recall), [one.memory.id for one in recall.memories])

    async def remember(self, port: Port, text: str, kind: Literal["preference", "fact"]) -> Answer:
        """Keep something."""
        with self._telling():
            receipt = await port.remember(text, kind=kind, **self._who())
        return _done(receipt, "Remembered")

    async def update(self, port: Port, memory_id: str, text: str) -> Answer:
        """Correct a memory."""
        with self._telling():
            receipt = await port.update(memory_id, text=text, **self._who())
        return _done(receipt, "Updated")

    async def forget(self, port: Port, ask: Ask, memory_ids: Sequence[str]) -> Answer:
        """Delete memories, if it is allowed."""
        with self._telling():
            who = self._who()
            if self._confirm is not None:
                memories = [await port.get(id, **who) for id in memory_ids]
                if not await ask(memories):
                    return Answer("The user did not allow it: nothing was forgotten.", [])
            receipt = await port.forget(list(memory_ids), **who)
        return _done(receipt, "Forgotten")

    async def ask_blocking(self, memories: Sequence[AnyMemory]) -> bool:
        """Ask, without suspending."""
        return self._confirm is None or call_function(self._confirm, memories) is True

    async def ask_awaited(self, memories: Sequence[AnyMemory]) -> bool:
        """Ask, awaited."""
        return self._confirm is None or await acall_function(self._confirm, memories) is True

    @contextmanager
    def _telling(self) -> Generator[None]:
        try:
            yield
        except InvalidScope:
            raise
        except MemOSError as error:
            raise self._told(f"{type(error).__name__}: {error}") from error


def _shown(recall: Recall) -> str:
    lines: list[str] = []
    for one in recall.memories:
        memory = one.memory
        who = f"{memory.speaker or memory.role}: " if isinstance(memory, Episode) else ""
        text = mask_secrets(memory.text)
        lines.append(f"- [{memory.id}] {memory.kind}, {date_of(memory)}: {who}{text[:_LONGEST]}{'…' if len(text) > _LONGEST else ''}")
    return "\n".join(fenced(lines, language=language(recall.query))) or "Nothing about this is remembered."


def _done(receipt: Receipt, word: str) -> Answer:
    ids = list(dict.fromkeys(d.memory_id for d in receipt.decisions if d.memory_id is not None))
    refused = [d.reason for d in receipt.decisions if d.action == "rejected"]
    if refused and len(refused) == len(receipt.decisions):
        return Answer(f"Not done: {'; '.join(refused)}", [])
    return Answer(f"{word}: {', '.join(ids)}" if ids else f"{word}.", ids)
