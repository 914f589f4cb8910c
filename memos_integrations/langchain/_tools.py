"""Memory as tools that a model calls. Whose memory it is comes from the run, never from the model."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Literal, TypeAlias, Unpack, cast

from langchain_core.runnables import ensure_config
from langchain_core.tools import BaseTool, StructuredTool, ToolException

from .._adapters.calls import AnyFace, ScopeArgs
from .._adapters.identity import Identity, IdentityLike
from .._adapters.tools import ARTIFACT, TOOLS, Answer, Confirm, ToolCalls, ToolName
from .._loop import drive
from ..core.checks import names

__all__ = ["create_memory_tools"]

Result: TypeAlias = tuple[str, dict[str, object]]


def create_memory_tools(
    memory: AnyFace,
    *,
    identity: IdentityLike = None,
    only: Collection[ToolName] | None = None,
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
    wanted = tuple(TOOLS) if only is None else names(only, tuple(TOOLS), field="only", what="tools")
    found = Identity(memory, identity, who, owner="create_memory_tools")
    calls = ToolCalls(memory, who=lambda: _who(found), told=ToolException, confirm=confirm, limit=limit)
    made = {tool.name: tool for tool in (_search(calls), _remember(calls), _update(calls), _forget(calls))}
    return [made[name] for name in wanted]


def _search(calls: ToolCalls) -> BaseTool:
    def search_memory(query: str) -> Result:
        return _result(drive(calls.search(calls.blocking, query)))

    async def asearch_memory(query: str) -> Result:
        return _result(await calls.search(calls.awaited, query))

    return _tool("search_memory", search_memory, asearch_memory)


def _remember(calls: ToolCalls) -> BaseTool:
    def remember(text: str, kind: Literal["preference", "fact"] = "fact") -> Result:
        return _result(drive(calls.remember(calls.blocking, text, kind)))

    async def aremember(text: str, kind: Literal["preference", "fact"] = "fact") -> Result:
        return _result(await calls.remember(calls.awaited, text, kind))

    return _tool("remember", remember, aremember)


def _update(calls: ToolCalls) -> BaseTool:
    def update_memory(memory_id: str, text: str) -> Result:
        return _result(drive(calls.update(calls.blocking, memory_id, text)))

    async def aupdate_memory(memory_id: str, text: str) -> Result:
        return _result(await calls.update(calls.awaited, memory_id, text))

    return _tool("update_memory", update_memory, aupdate_memory)


def _forget(calls: ToolCalls) -> BaseTool:
    def forget_memory(memory_ids: list[str]) -> Result:
        return _result(drive(calls.forget(calls.blocking, calls.ask_blocking, memory_ids)))

    async def aforget_memory(memory_ids: list[str]) -> Result:
        return _result(await calls.forget(calls.awaited, calls.ask_awaited, memory_ids))

    return _tool("forget_memory", forget_memory, aforget_memory)


def _tool(name: ToolName, function: Callable[..., Result], coroutine: Callable[..., Awaitable[Result]]) -> BaseTool:
    return StructuredTool.from_function(
        func=function,
        coroutine=coroutine,
        name=name,
        description=TOOLS[name].description,
        args_schema=TOOLS[name].schema,
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def _result(answer: Answer) -> Result:
    return answer.text, {ARTIFACT: answer.ids}


def _who(identity: Identity) -> ScopeArgs:
    configurable: Mapping[str, object] = ensure_config().get("configurable", {})
    thread = configurable.get("thread_id")
    return identity.scope(_context(), configurable, None if thread is None else str(thread))


def _context() -> object:
    """The context of the run that the call is part of; None outside of one."""
    from langgraph.runtime import get_runtime

    try:
        runtime: object = get_runtime()
    except RuntimeError:
        return None
    return cast("object", getattr(runtime, "context", None))
