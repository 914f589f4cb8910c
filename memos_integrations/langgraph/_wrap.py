"""A ready graph around a model, an agent or a node: recall, it, remember."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias, Unpack, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AnyMessage, BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.pregel.protocol import PregelProtocol
from langgraph.store.base import BaseStore
from pydantic import JsonValue

from .._adapters.calls import AnyFace, ScopeArgs
from .._adapters.failures import OnError
from .._adapters.identity import IdentityLike
from .._langchain_core.messages import is_generated
from ..types import Kind
from ._nodes import Query, recall, remember
from ._state import MemoryState, messages_of, prompt_messages

__all__ = ["Inner", "around", "with_memory"]

Inner: TypeAlias = "BaseChatModel | Runnable[Any, Any] | Callable[..., Any]"
"""A chat model, a compiled graph or agent whose state has messages, or a node of your own."""


class _Prompted(Runnable[Any, "dict[str, Any]"]):
    """Runs a model or a graph on messages that memory was put into, and returns the messages that are new."""

    def __init__(self, inner: Runnable[Any, Any], *, into: str, messages: str) -> None:
        self.name = getattr(inner, "name", None) or type(inner).__name__
        self._inner = inner
        self._into = into
        self._messages = messages

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """Run it, blocking."""
        prompt = self._prompt(input)
        return self._new(prompt, self._inner.invoke(self._given(input, prompt), config, **kwargs))

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """Run it, awaited."""
        prompt = self._prompt(input)
        return self._new(prompt, await self._inner.ainvoke(self._given(input, prompt), config, **kwargs))

    def _prompt(self, state: Any) -> list[AnyMessage]:
        # each has an id, so that what a graph adds can be told from what it was given; the same one when it resumes
        prompt = prompt_messages(state, memories=self._into, messages=self._messages)
        return [message if message.id else message.model_copy(update={"id": f"memos-prompt-{at}"}) for at, message in enumerate(prompt)]

    def _given(self, state: Any, prompt: list[AnyMessage]) -> Any:
        if isinstance(self._inner, BaseChatModel):
            return prompt
        whole = cast("Mapping[str, object]", state if isinstance(state, Mapping) else vars(state))
        return {**{key: value for key, value in whole.items() if key != self._into}, self._messages: prompt}

    def _new(self, prompt: list[AnyMessage], result: Any) -> dict[str, Any]:
        if isinstance(result, BaseMessage):
            return {self._messages: [result]}
        # those that were given were given with memory in them, and a summary of them is nobody's words: only what is new is kept
        given = {message.id for message in prompt}
        said = [message for message in messages_of(result, self._messages) if message.id not in given and not is_generated(message)]
        return {self._messages: said}


def with_memory(
    inner: Inner,
    memory: AnyFace,
    *,
    state_schema: type[Any] = MemoryState,
    context_schema: type[Any] | None = None,
    into: str = "memories",
    messages: str = "messages",
    query: Query = None,
    record: bool = True,
    limit: int = 10,
    max_tokens: int = 400,
    kinds: Collection[Kind] | None = None,
    filter: Mapping[str, JsonValue] | None = None,
    deadline: float | None = None,
    identity: IdentityLike = None,
    tool_chars: int = 2000,
    on_error: OnError = "warn",
    checkpointer: BaseCheckpointSaver[Any] | bool | None = None,
    store: BaseStore | None = None,
    name: str | None = None,
    **who: Unpack[ScopeArgs],
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """A graph that recalls, runs something, and remembers; use it alone, or as a node of a larger one.

    A model or a compiled graph is given its messages with memory in them (as ``prompt_messages`` puts it there); what it adds goes
    into the state, memory does not. A node of your own gets the state, and reads ``state[into]`` itself.

    Args:
        inner: A chat model, a compiled graph whose state has ``messages``, or a node.
        memory: Of either face.
        state_schema: State of the graph; it has the keys ``messages`` and ``into``.
        context_schema: What ``runtime.context`` is, which says whose memory it is.
        into: As in ``recall``.
        messages: Key of the messages.
        query: As in ``recall``.
        record: Whether the user's words are durable before ``inner`` runs.
        limit: As in ``recall``.
        max_tokens: As in ``recall``.
        kinds: As in ``recall``.
        filter: As in ``recall``.
        deadline: As in ``recall``.
        identity: As in ``recall``.
        tool_chars: As in ``recall``.
        on_error: As in ``recall``.
        checkpointer: As in ``compile``.
        store: As in ``compile``.
        name: Of the graph.
        **who: What of the scope is fixed.

    Raises:
        InvalidInput: An option is wrong.
    """
    before = recall(
        memory,
        into=into,
        query=query,
        messages=messages,
        record=record,
        limit=limit,
        max_tokens=max_tokens,
        kinds=kinds,
        filter=filter,
        deadline=deadline,
        identity=identity,
        tool_chars=tool_chars,
        on_error=on_error,
        **who,
    )
    after = remember(memory, messages=messages, identity=identity, tool_chars=tool_chars, on_error=on_error, **who)
    return around(
        inner,
        before,
        after,
        state_schema=state_schema,
        context_schema=context_schema,
        into=into,
        messages=messages,
        checkpointer=checkpointer,
        store=store,
        name=name,
    )


def around(
    inner: Inner,
    before: Runnable[Any, dict[str, Any]],
    after: Runnable[Any, dict[str, Any]],
    *,
    state_schema: type[Any],
    context_schema: type[Any] | None,
    into: str = "memories",
    messages: str = "messages",
    checkpointer: BaseCheckpointSaver[Any] | bool | None,
    store: BaseStore | None,
    name: str | None,
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph of ``with_memory``, of given nodes."""
    node: Any = inner
    if isinstance(inner, BaseChatModel | PregelProtocol):
        node = _Prompted(cast("Runnable[Any, Any]", inner), into=into, messages=messages)
    builder = cast("Any", StateGraph(state_schema, context_schema))  # its generics are not all known to a strict checker
    builder.add_node("recall", before)
    builder.add_node("respond", node)
    builder.add_node("remember", after)
    builder.add_edge(START, "recall")
    builder.add_edge("recall", "respond")
    builder.add_edge("respond", "remember")
    builder.add_edge("remember", END)
    compiled: CompiledStateGraph[Any, Any, Any, Any] = builder.compile(checkpointer=checkpointer, store=store, name=name)
    return compiled
