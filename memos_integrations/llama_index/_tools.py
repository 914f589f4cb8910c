"""Memory as tools for agents."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, Unpack

from llama_index.core.tools import FunctionTool, ToolMetadata
from llama_index.core.tools.tool_spec.base import SPEC_FUNCTION_TYPE, BaseToolSpec
from pydantic import ValidationError

from .._adapters.calls import AnyFace, ScopeArgs
from .._adapters.identity import Identity
from .._adapters.tools import TOOLS, Confirm, ToolCalls, ToolName
from .._loop import drive
from ..core.checks import names
from ._events import observed

__all__ = ["MemOSToolSpec"]

_ALL: tuple[ToolName, ...] = tuple(TOOLS)


class _ToolError(Exception):
    """Tells the model what went wrong: agents hand its words to the model as the tool's answer."""


class MemOSToolSpec(BaseToolSpec):
    """The tools ``search_memory``, ``remember``, ``update_memory`` and ``forget_memory``.

    Whose memory it is, the model neither sees nor says: it is fixed here. Making one costs nothing: make it for each request. What
    goes wrong is told to the model in words that it can act on.

    Example:
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.llama_index import MemOSToolSpec
        >>> with MemOS(":memory:", embedder=None) as memory:
        ...     [tool.metadata.name for tool in MemOSToolSpec(memory, user_id="alice").to_tool_list()]
        ['search_memory', 'remember', 'update_memory', 'forget_memory']
    """

    def __init__(
        self,
        memory: AnyFace,
        *,
        only: Collection[ToolName] | None = None,
        confirm: Confirm | None = None,
        limit: int = 8,
        **who: Unpack[ScopeArgs],
    ) -> None:
        """Connect tools with a memory.

        Args:
            memory: A ``MemOS`` or ``AsyncMemOS``, or a handle with its scope bound.
            only: Some of the tools.
            confirm: Asked before memories are deleted.
            limit: Most memories that a search shows.
            **who: Whose memory: ``user_id``, ``agent_id``, ``team``, ``sharing``, …

        Raises:
            InvalidScope: Nobody is named.
            InvalidInput: An option is wrong.
        """
        scope = Identity(memory, None, who, owner="MemOSToolSpec").fixed(who.get("conversation_id"))
        self._calls = ToolCalls(memory, who=lambda: scope, told=_ToolError, confirm=confirm, limit=limit)
        self._blocking, self._awaited = observed(self._calls.blocking), observed(self._calls.awaited)
        wanted = _ALL if only is None else tuple(names(only, _ALL, field="only", what="tools"))
        self.spec_functions: list[SPEC_FUNCTION_TYPE] = [(name, f"a{name}") for name in _ALL if name in wanted]

    def to_tool_list(
        self,
        spec_functions: list[SPEC_FUNCTION_TYPE] | None = None,
        func_to_metadata_mapping: dict[str, ToolMetadata] | None = None,
    ) -> list[FunctionTool]:
        """The tools, for agents and for direct calls.

        Args:
            spec_functions: Some of them, as ``(name, name of the awaited twin)`` or by name.
            func_to_metadata_mapping: Names, descriptions and arguments of your own, by name.
        """
        own: dict[str, ToolMetadata] = {}
        for name, text in TOOLS.items():
            own[name] = own[f"a{name}"] = ToolMetadata(name=name, description=text.description, fn_schema=text.schema)
        return super().to_tool_list(spec_functions, {**own, **(func_to_metadata_mapping or {})})

    def search_memory(self, query: str) -> str:
        """Search what is remembered."""
        _check("search_memory", query=query)
        return drive(self._calls.search(self._blocking, query)).text

    async def asearch_memory(self, query: str) -> str:
        """``search_memory``, awaited."""
        _check("search_memory", query=query)
        return (await self._calls.search(self._awaited, query)).text

    def remember(self, text: str, kind: Literal["preference", "fact"] = "fact") -> str:
        """Remember something."""
        _check("remember", text=text, kind=kind)
        return drive(self._calls.remember(self._blocking, text, kind)).text

    async def aremember(self, text: str, kind: Literal["preference", "fact"] = "fact") -> str:
        """``remember``, awaited."""
        _check("remember", text=text, kind=kind)
        return (await self._calls.remember(self._awaited, text, kind)).text

    def update_memory(self, memory_id: str, text: str) -> str:
        """Correct a memory."""
        _check("update_memory", memory_id=memory_id, text=text)
        return drive(self._calls.update(self._blocking, memory_id, text)).text

    async def aupdate_memory(self, memory_id: str, text: str) -> str:
        """``update_memory``, awaited."""
        _check("update_memory", memory_id=memory_id, text=text)
        return (await self._calls.update(self._awaited, memory_id, text)).text

    def forget_memory(self, memory_ids: list[str]) -> str:
        """Delete memories for good."""
        _check("forget_memory", memory_ids=memory_ids)
        return drive(self._calls.forget(self._blocking, self._calls.ask_blocking, memory_ids)).text

    async def aforget_memory(self, memory_ids: list[str]) -> str:
        """``forget_memory``, awaited."""
        _check("forget_memory", memory_ids=memory_ids)
        return (await self._calls.forget(self._awaited, self._calls.ask_awaited, memory_ids)).text


def _check(name: ToolName, **arguments: object) -> None:
    """LlamaIndex calls a tool with whatever the model wrote."""
    try:
        TOOLS[name].schema.model_validate(arguments)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors())
        raise _ToolError(f"Not done, an argument is wrong: {wrong}") from None
