"""Memory as tools that a model calls. Whose memory it is comes from the run, never from the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Annotated, Literal, TypeAlias, Unpack, cast

from langchain_core.runnables import ensure_config
from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, Field

from .._loop import acall_function, call_function, drive
from ..core.checks import names, positive
from ..core.fence import fenced
from ..core.masking import mask_secrets
from ..core.text import language
from ..core.wording import date_of
from ..errors import InvalidScope, MemOSError
from ..types import AnyMemory, Episode, Recall, Receipt
from ._identity import Identity, IdentityLike
from ._port import AnyFace, Port, ScopeArgs, both_ports

__all__ = ["ARTIFACT", "Confirm", "create_memory_tools"]

Confirm: TypeAlias = "Callable[[Sequence[AnyMemory]], bool | Awaitable[bool]]"
"""Says whether these memories may be deleted; blocking or ``async def``."""

Answer: TypeAlias = tuple[str, dict[str, object]]
Ask: TypeAlias = "Callable[[Sequence[AnyMemory]], Awaitable[bool]]"

ARTIFACT = "memos"
"""Key in the artifact of a tool's result that says that it is ours: such a result is not stored again."""

_TOOLS = ("search_memory", "remember", "update_memory", "forget_memory")
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


class _Calls:
    """The tools' calls, written once for both faces."""

    def __init__(self, memory: AnyFace, identity: Identity, confirm: Confirm | None, limit: int) -> None:
        self.blocking, self.awaited = both_ports(memory)
        self._identity = identity
        self._confirm = confirm
        self._limit = limit

    def who(self) -> ScopeArgs:
        configurable: Mapping[str, object] = ensure_config().get("configurable", {})
        thread = configurable.get("thread_id")
        return self._identity.scope(_context(), configurable, None if thread is None else str(thread))

    async def search(self, port: Port, query: str) -> Answer:
        try:
            recall = await port.search_memory(query, limit=self._limit, **self.who())
        except MemOSError as error:
            raise _told(error) from error
        return _shown(recall), {ARTIFACT: [one.memory.id for one in recall.memories]}

    async def remember(self, port: Port, text: str, kind: Literal["preference", "fact"]) -> Answer:
        try:
            receipt = await port.remember(text, kind=kind, **self.who())
        except MemOSError as error:
            raise _told(error) from error
        return _done(receipt, "Remembered")

    async def update(self, port: Port, memory_id: str, text: str) -> Answer:
        try:
            receipt = await port.update(memory_id, text=text, **self.who())
        except MemOSError as error:
            raise _told(error) from error
        return _done(receipt, "Updated")

    async def forget(self, port: Port, ask: Ask, memory_ids: Sequence[str]) -> Answer:
        try:
            who = self.who()
            if self._confirm is not None:
                memories = [await port.get(id, **who) for id in memory_ids]
                if not await ask(memories):
                    return "The user did not allow it: nothing was forgotten.", {ARTIFACT: []}
            receipt = await port.forget(list(memory_ids), **who)
        except MemOSError as error:
            raise _told(error) from error
        return _done(receipt, "Forgotten")

    async def ask_blocking(self, memories: Sequence[AnyMemory]) -> bool:
        return self._confirm is None or call_function(self._confirm, memories) is True

    async def ask_awaited(self, memories: Sequence[AnyMemory]) -> bool:
        return self._confirm is None or await acall_function(self._confirm, memories) is True


def create_memory_tools(
    memory: AnyFace,
    *,
    identity: IdentityLike = None,
    only: Collection[Literal["search_memory", "remember", "update_memory", "forget_memory"]] | None = None,
    confirm: Confirm | None = None,
    limit: int = 8,
    **who: Unpack[ScopeArgs],
) -> list[BaseTool]:
    """The tools ``search_memory``, ``remember``, ``update_memory`` and ``forget_memory``, for any agent or for direct calls.

    Whose memory it is, the model neither sees nor says: it is read from the run as ``MemOSMiddleware`` reads it, or fixed here.
    What goes wrong is told to the model in words it can act on; a missing identity is raised.

    Args:
        memory: A ``MemOS`` or ``AsyncMemOS``, or a handle with its scope bound.
        identity: As in ``MemOSMiddleware``.
        only: Some of the tools.
        confirm: Asked before memories are deleted. In an agent ``HumanInTheLoopMiddleware(interrupt_on={"forget_memory": True})``
            does the same with an interrupt.
        limit: Most memories that a search shows.
        **who: What of the scope is fixed.

    Raises:
        InvalidInput: An option is wrong.
    """
    wanted = _TOOLS if only is None else tuple(names(only, _TOOLS, field="only", what="tools"))
    calls = _Calls(memory, Identity(memory, identity, who, owner="create_memory_tools"), confirm, positive(limit, field="limit"))
    made = {tool.name: tool for tool in (_search(calls), _remember(calls), _update(calls), _forget(calls))}
    return [made[name] for name in wanted]


def _search(calls: _Calls) -> BaseTool:
    def search_memory(query: str) -> Answer:
        return drive(calls.search(calls.blocking, query))

    async def asearch_memory(query: str) -> Answer:
        return await calls.search(calls.awaited, query)

    return _tool(
        "search_memory",
        "Search what is remembered of the user from earlier conversations: preferences, facts, what was said. Gives ids.",
        _Search,
        search_memory,
        asearch_memory,
    )


def _remember(calls: _Calls) -> BaseTool:
    def remember(text: str, kind: Literal["preference", "fact"] = "fact") -> Answer:
        return drive(calls.remember(calls.blocking, text, kind))

    async def aremember(text: str, kind: Literal["preference", "fact"] = "fact") -> Answer:
        return await calls.remember(calls.awaited, text, kind)

    return _tool("remember", "Remember something about the user for later conversations.", _Remember, remember, aremember)


def _update(calls: _Calls) -> BaseTool:
    def update_memory(memory_id: str, text: str) -> Answer:
        return drive(calls.update(calls.blocking, memory_id, text))

    async def aupdate_memory(memory_id: str, text: str) -> Answer:
        return await calls.update(calls.awaited, memory_id, text)

    return _tool("update_memory", "Correct what is remembered. Search for its id first.", _Update, update_memory, aupdate_memory)


def _forget(calls: _Calls) -> BaseTool:
    def forget_memory(memory_ids: list[str]) -> Answer:
        return drive(calls.forget(calls.blocking, calls.ask_blocking, memory_ids))

    async def aforget_memory(memory_ids: list[str]) -> Answer:
        return await calls.forget(calls.awaited, calls.ask_awaited, memory_ids)

    return _tool(
        "forget_memory",
        "Delete memories for good, when the user asks for it. Search for their ids first.",
        _Forget,
        forget_memory,
        aforget_memory,
    )


def _tool(
    name: str, description: str, schema: type[BaseModel], function: Callable[..., Answer], coroutine: Callable[..., Awaitable[Answer]]
) -> BaseTool:
    return StructuredTool.from_function(
        func=function,
        coroutine=coroutine,
        name=name,
        description=description,
        args_schema=schema,
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def _context() -> object:
    """The context of the run that the call is part of; None outside of one."""
    from langgraph.runtime import get_runtime

    try:
        runtime: object = get_runtime()
    except RuntimeError:
        return None
    return cast("object", getattr(runtime, "context", None))


def _told(error: MemOSError) -> Exception:
    """What the model is told; a missing identity is no matter of the model's."""
    return error if isinstance(error, InvalidScope) else ToolException(f"{type(error).__name__}: {error}")


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
        return f"Not done: {'; '.join(refused)}", {ARTIFACT: []}
    return f"{word}: {', '.join(ids)}" if ids else f"{word}.", {ARTIFACT: ids}
