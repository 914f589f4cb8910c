"""``recall`` and ``remember``: memory as nodes of a graph, with a blocking and an awaited face."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping
from time import perf_counter
from typing import Any, TypeAlias, Unpack, cast

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.config import get_config
from langgraph.runtime import get_runtime
from pydantic import JsonValue

from .._adapters.calls import AnyFace, Port, ScopeArgs, both_ports, longest
from .._adapters.failures import Failures, OnError
from .._adapters.handover import Handed, Said
from .._adapters.identity import Identity, IdentityLike
from .._adapters.plain import clean
from .._langchain_core.messages import words_of
from .._langchain_core.turns import last_asked, place_of
from .._loop import drive
from ..core.checks import number, positive, seconds
from ..errors import InvalidInput, MemOSError
from ..types import Kind, Receipt
from ._state import failed, messages_of, recollection
from ._turns import said_in

__all__ = ["Query", "recall", "remember"]

Query: TypeAlias = "str | Callable[[Any], str] | None"
"""Where a query comes from: a key of the state, a function of the state, or None for the user's last message."""

_log = logging.getLogger("memos_integrations.langgraph")


class _Node(Runnable[Any, "dict[str, Any]"]):
    """A node whose logic is one coroutine over either face."""

    def __init__(
        self, memory: AnyFace, identity: IdentityLike, who: ScopeArgs, *, name: str, messages: str, tool_chars: int, on_error: OnError
    ) -> None:
        self.name = name
        self._identity = Identity(memory, identity, who, owner=name)
        self._blocking, self._awaited = both_ports(memory)
        self._messages = messages
        self._max_chars = longest(memory)
        self._tool_chars = int(number(tool_chars, 0, 1_000_000, field="tool_chars"))
        self._failures = Failures(on_error, log=_log, host="the graph")
        self._handed = Handed()

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """Run it, blocking."""
        return drive(self._run(self._blocking, input))

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """Run it, awaited."""
        return await self._run(self._awaited, input)

    @abstractmethod
    async def _run(self, port: Port, state: object) -> dict[str, Any]: ...

    def _situation(self, state: object) -> tuple[Said, ScopeArgs]:
        """The turns of the state, and whose they are."""
        configurable: Mapping[str, object] = get_config().get("configurable", {})
        said = said_in(messages_of(state, self._messages), place_of(configurable), tool_chars=self._tool_chars, max_chars=self._max_chars)
        return said, self._identity.scope(cast("object", get_runtime().context), configurable, said.conversation)

    async def _hand_over(self, port: Port, said: Said, who: ScopeArgs) -> Receipt | None:
        """Store what is new; None: nothing was."""
        where = repr(sorted((key, repr(value)) for key, value in who.items()))
        batch = self._handed.new(where, said)
        if not batch:
            return None
        receipt = await port.add_message(batch, **who)
        self._handed.done(where, said)
        return receipt


class _Recall(_Node):
    def __init__(
        self,
        memory: AnyFace,
        identity: IdentityLike,
        who: ScopeArgs,
        *,
        into: str,
        query: Query,
        record: bool,
        limit: int,
        max_tokens: int,
        kinds: Collection[Kind] | None,
        filter: Mapping[str, JsonValue] | None,
        deadline: float | None,
        **options: Any,
    ) -> None:
        super().__init__(memory, identity, who, **options)
        self._into = into
        self._query = query
        self._record = record
        self._limit = positive(limit, field="limit")
        self._max_tokens = positive(max_tokens, field="max_tokens")
        self._kinds = kinds
        self._filter = filter
        self._deadline = seconds(deadline, field="deadline")

    async def _run(self, port: Port, state: object) -> dict[str, Any]:
        said, who = self._situation(state)
        begun = perf_counter()
        query = self._asked(state)
        try:
            held = set(said.ids)
            if self._record:
                receipt = await self._hand_over(port, said, who)
                held |= set(receipt.message_ids if receipt is not None else ())
            found = recollection(
                await port.search_memory(
                    query if query.strip() else "?",  # a picture without words: what stands in every prompt still does
                    limit=self._limit,
                    max_tokens=self._max_tokens,
                    kinds=self._kinds,
                    filter=self._filter,
                    exclude=sorted(held),
                    deadline=self._deadline,
                    **who,
                )
            )
        except MemOSError as error:
            found = failed(query, self._failures.meet("recall", error))
        _tell("recall", perf_counter() - begun, len(found["memories"]), found["error"], verb="recalled")
        return {self._into: found}

    def _asked(self, state: object) -> str:
        if callable(self._query):
            value: object = self._query(state)
        elif self._query is not None:
            value = (
                cast("Mapping[str, object]", state).get(self._query) if isinstance(state, Mapping) else getattr(state, self._query, None)
            )
        else:
            last = last_asked(messages_of(state, self._messages))
            value = "" if last is None else words_of(last)
        if not isinstance(value, str):
            raise InvalidInput(f"gave {type(value).__name__}, not text", field="query")
        return clean(value)


class _Remember(_Node):
    def __init__(self, memory: AnyFace, identity: IdentityLike, who: ScopeArgs, *, into: str | None, **options: Any) -> None:
        super().__init__(memory, identity, who, **options)
        self._into = into

    async def _run(self, port: Port, state: object) -> dict[str, Any]:
        said, who = self._situation(state)
        begun = perf_counter()
        problem: str | None = None
        receipt: Receipt | None = None
        try:
            receipt = await self._hand_over(port, said, who)
        except MemOSError as error:
            problem = self._failures.meet("remember", error)
        count = sum(decision.action in ("journalled", "revised") for decision in receipt.decisions) if receipt is not None else 0
        _tell("remember", perf_counter() - begun, count, problem, verb="stored")
        if self._into is None:
            return {}
        return {self._into: receipt.model_dump(mode="json") if receipt is not None else None}


def _tell(node: str, took: float, count: int, error: str | None, *, verb: str) -> None:
    """Tell whoever streams ``custom`` events."""
    things = "memories" if node == "recall" else "turns"
    text = error or f"{verb} {count} {things} in {took * 1000:.0f} ms"
    get_runtime().stream_writer({"type": f"memos.{node}", "count": count, "seconds": took, "error": error, "text": text})


def recall(
    memory: AnyFace,
    *,
    into: str = "memories",
    query: Query = None,
    messages: str = "messages",
    record: bool = False,
    limit: int = 10,
    max_tokens: int = 400,
    kinds: Collection[Kind] | None = None,
    filter: Mapping[str, JsonValue] | None = None,
    deadline: float | None = None,
    identity: IdentityLike = None,
    tool_chars: int = 2000,
    on_error: OnError = "warn",
    name: str = "recall",
    **who: Unpack[ScopeArgs],
) -> Runnable[Any, dict[str, Any]]:
    """A node that finds what matters and puts it under a key of the state, as a ``Recollection``; never into the messages.

    Streams a ``custom`` event ("recalled 3 memories in 4 ms").

    Args:
        memory: Of either face; with its scope bound (``memory.scoped(…)``) it is one user's.
        into: Key of the state; give it the reducer ``latest``, as ``MemoryState`` does.
        query: A key of the state, or a function of it; None: the user's last message.
        messages: Key of the messages; those that the state holds are not recalled once more.
        record: Hand the turns over first: they are durable before a model is called.
        limit: Most memories.
        max_tokens: Budget for head and tail together.
        kinds: Only these kinds; None: all.
        filter: As in ``search_memory``.
        deadline: Seconds after which what is slow is left out.
        identity: Names of the context's attributes (``{"user_id": "uid"}``), or a function from the context to a scope. By default
            ``user_id``, ``agent_id``, ``app_id`` and ``team`` of ``runtime.context``, else of ``config["configurable"]``. The
            thread is the conversation.
        tool_chars: So many characters of a tool's result count.
        on_error: When memory fails: ``warn`` goes on with an empty recollection that says why, ``raise`` fails the step (so that a
            retry policy applies). A missing identity always raises.
        name: Of the node, where ``add_node`` is given none.
        **who: What of the scope is fixed, such as ``agent_id`` and ``sharing``.

    Raises:
        InvalidInput: An option is wrong.
    """
    return _Recall(
        memory,
        identity,
        who,
        into=into,
        query=query,
        record=record,
        limit=limit,
        max_tokens=max_tokens,
        kinds=kinds,
        filter=filter,
        deadline=deadline,
        name=name,
        messages=messages,
        tool_chars=tool_chars,
        on_error=on_error,
    )


def remember(
    memory: AnyFace,
    *,
    messages: str = "messages",
    into: str | None = None,
    identity: IdentityLike = None,
    tool_chars: int = 2000,
    on_error: OnError = "warn",
    name: str = "remember",
    **who: Unpack[ScopeArgs],
) -> Runnable[Any, dict[str, Any]]:
    """A node that hands over the turns that are new, each once: after interrupts, resumes, retries, replays and forks, too.

    They are durable when the node is done; what is learnt from them is learnt in the background. Streams a ``custom`` event.

    Args:
        memory: Of either face.
        messages: Key of the messages.
        into: Key of the state for the receipt, as JSON; None: nowhere.
        identity: As in ``recall``.
        tool_chars: So many characters of a tool's result are remembered; 0: none.
        on_error: As in ``recall``; what was not stored is handed over with the next turn.
        name: Of the node, where ``add_node`` is given none.
        **who: What of the scope is fixed.

    Raises:
        InvalidInput: An option is wrong.
    """
    return _Remember(memory, identity, who, into=into, name=name, messages=messages, tool_chars=tool_chars, on_error=on_error)
