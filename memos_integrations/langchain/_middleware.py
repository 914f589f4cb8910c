"""Memory for ``create_agent``, in one line."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, TypeAlias, Unpack, cast

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain.agents.middleware.types import AgentState, ExtendedModelResponse, PrivateStateAttr
from langchain_core.messages import BaseMessage
from langgraph.channels.untracked_value import UntrackedValue
from langgraph.config import get_config
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import JsonValue

from .._adapters.calls import AnyFace, Port, ScopeArgs, both_ports, bound_scope, longest
from .._adapters.failures import Failures, OnError
from .._adapters.identity import Identity, IdentityLike
from .._adapters.tools import Confirm
from .._langchain_core.messages import words_of
from .._langchain_core.prompt import Position, injected
from .._langchain_core.turns import Place, last_asked, place_of
from .._loop import drive
from ..core.checks import choice, number, positive
from ..errors import MemOSError
from ..types import Kind
from ._handover import Handover, Run
from ._tools import create_memory_tools
from ._trace import AsyncTrace, BlockingTrace, Trace
from ._turn import Injection

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

__all__ = ["MemOSMiddleware", "MemOSState"]

_log = logging.getLogger("memos_integrations.langchain")
_RUNS = 4096  # runs whose recall is held: those that were broken off are forgotten at last
_WORDLESS = "?"  # what is asked for a picture without words: the head stands in every prompt

Request: TypeAlias = "ModelRequest[Any]"
Answer: TypeAlias = "ModelResponse[Any]"


class MemOSState(AgentState[Any]):
    """What the middleware adds to an agent's state: the name of the run, in no checkpoint, no input and no output."""

    memos_run: NotRequired[Annotated[str, UntrackedValue(str, guard=False), PrivateStateAttr]]


class MemOSMiddleware(AgentMiddleware[AgentState[Any], Any, Any]):
    """Gives an agent long-term memory.

    Before the model is called, the user's words are journalled and what matters for them is recalled, once in a run (and again when
    a run resumes); afterwards the whole turn is handed over, and learnt from in the background. What is injected reaches the
    model only: it is in no state, no checkpoint and no output, and is never stored.

    Put it behind ``PIIMiddleware`` or before it: in both orders memory sees what the model sees.

    Example:
        >>> from langchain.agents import create_agent
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.langchain import MemOSMiddleware
        >>> agent = create_agent("openai:gpt-5-mini", middleware=[MemOSMiddleware(MemOS())], context_schema=dict)  # doctest: +SKIP
        >>> agent.invoke({"messages": "Where do we eat?"}, context={"user_id": "alice"})  # doctest: +SKIP
    """

    state_schema: type[AgentState[Any]] = MemOSState

    def __init__(
        self,
        memory: AnyFace,
        *,
        identity: IdentityLike = None,
        max_tokens: int = 400,
        limit: int = 10,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        position: Position = "split",
        record: bool | None = None,
        tool_chars: int = 2000,
        tools: bool = False,
        confirm: Confirm | None = None,
        on_inject: Callable[[Injection], None] | None = None,
        on_error: OnError = "warn",
        name: str | None = None,
        **who: Unpack[ScopeArgs],
    ) -> None:
        """Connect an agent with a memory.

        Args:
            memory: A ``MemOS`` or ``AsyncMemOS``; with its scope bound (``memory.scoped(…)``) it is one user's.
            identity: Names of the context's attributes or keys (``{"user_id": "uid"}``), or a function from the context to a
                scope. By default ``user_id``, ``agent_id``, ``app_id`` and ``team`` of ``runtime.context``, else of
                ``config["configurable"]``. The thread is the conversation.
            max_tokens: Budget for all that is injected.
            limit: Most memories recalled.
            kinds: Only these kinds; None: all.
            filter: As in ``search_memory``.
            position: ``split``: what stands in every prompt behind the system text, what this question needs in the last user
                message, so that a provider's prompt cache holds; ``system``: all behind the system text.
            record: Whether turns are handed over; None: unless the agent runs inside another agent's tool, where the
                "user" is a model.
            tool_chars: So many characters of a tool's result are remembered; 0: none.
            tools: Give the model the tools of ``create_memory_tools``.
            confirm: As in ``create_memory_tools``.
            on_inject: Called with what a run is given from memory.
            on_error: When memory fails: ``warn`` logs a warning and goes on without it, ``raise`` fails the run. A missing
                identity always raises.
            name: Tells several of them in one agent apart.
            **who: What of the scope is fixed, such as ``agent_id`` and ``sharing``.

        Raises:
            InvalidInput: An option is wrong.
        """
        super().__init__()
        self._identity = Identity(memory, identity, who, owner="MemOSMiddleware")
        self._blocking, self._awaited = both_ports(memory)
        self._max_tokens = positive(max_tokens, field="max_tokens")
        self._limit = positive(limit, field="limit")
        self._kinds = kinds
        self._filter = filter
        self._position: Position = choice(position, ("split", "system"), field="position")
        self._record = record
        self._on_inject = on_inject
        self._failures = Failures(on_error, log=_log, host="the agent")
        self._name = name
        self._runs: OrderedDict[str, Run] = OrderedDict()
        kept = int(number(tool_chars, 0, 1_000_000, field="tool_chars"))
        self._handover = Handover(tool_chars=kept, max_chars=longest(memory), bound=bound_scope(memory))
        self._lock = threading.Lock()
        self.tools: Sequence[BaseTool] = create_memory_tools(memory, identity=identity, confirm=confirm, **who) if tools else ()

    @property
    def name(self) -> str:
        """The name given, or the class's."""
        return self._name or type(self).__name__

    def before_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, str] | None:
        """Name the run; fail if nobody says whose it is.

        Raises:
            InvalidScope: Nobody is named.
        """
        self._where(runtime)
        return None if _name_of(state) else {"memos_run": uuid.uuid4().hex}

    async def abefore_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, str] | None:
        """``before_agent``, awaited."""
        return self.before_agent(state, runtime)

    def wrap_model_call(self, request: Request, handler: Callable[[Request], Answer]) -> Answer | ExtendedModelResponse[Any]:
        """Journal what is new, recall, inject, call the model."""
        run = self._run(request.state)
        response = handler(drive(self._prompt(self._blocking, BlockingTrace(), request, run)))
        return _named(response, request, run)

    async def awrap_model_call(
        self, request: Request, handler: Callable[[Request], Awaitable[Answer]]
    ) -> Answer | ExtendedModelResponse[Any]:
        """``wrap_model_call``, awaited."""
        run = self._run(request.state)
        response = await handler(await self._prompt(self._awaited, AsyncTrace(), request, run))
        return _named(response, request, run)

    def after_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> None:
        """Hand the rest of the turn over."""
        drive(self._finish(self._blocking, state, runtime))

    async def aafter_agent(self, state: AgentState[Any], runtime: Runtime[Any]) -> None:
        """``after_agent``, awaited."""
        await self._finish(self._awaited, state, runtime)

    def _where(self, runtime: Runtime[Any]) -> tuple[Place, ScopeArgs]:
        configurable = get_config().get("configurable", {})
        place = place_of(configurable)
        return place, self._identity.scope(cast("object", runtime.context), configurable, place.thread_id)

    def _run(self, state: AgentState[Any], *, end: bool = False) -> Run:
        """The run of a state; one of a new name where it resumes: then memory may have changed, and is asked again."""
        name = _name_of(state) or uuid.uuid4().hex
        with self._lock:
            run = self._runs.pop(name, None) or Run(name)
            if not end:
                self._runs[name] = run
                while len(self._runs) > _RUNS:
                    self._runs.popitem(last=False)
        return run

    async def _prompt(self, port: Port, trace: Trace, request: Request, run: Run) -> Request:
        place, who = self._where(request.runtime)
        said = cast("Sequence[BaseMessage]", request.state["messages"])
        await self._hand_over(port, place, who, said, run)
        asked = last_asked(request.messages) or last_asked(said)
        key = (asked.id or words_of(asked)) if asked is not None else ""
        if run.injection is None or run.asked != key:
            held = {message.id for message in request.messages if message.id is not None} | set(run.held)
            run.injection = await self._recalled(port, trace, place, who, words_of(asked) if asked is not None else "", held)
            run.asked = key
            if self._on_inject is not None:
                self._on_inject(run.injection)
        state = cast("AgentState[Any]", {**request.state, "memos_run": run.name})
        if run.injection.recall is None:
            return request.override(state=state)
        system, messages = injected(request.system_message, request.messages, run.injection.recall.instruction, self._position)
        return request.override(system_message=system, messages=messages, state=state)

    async def _recalled(self, port: Port, trace: Trace, place: Place, who: ScopeArgs, words: str, held: Collection[str]) -> Injection:
        await trace.begin(get_config())
        try:
            recall = await port.search_memory(
                words if words.strip() else _WORDLESS,
                limit=self._limit,
                max_tokens=self._max_tokens,
                kinds=self._kinds,
                filter=self._filter,
                exclude=sorted(held),
                **who,
            )
        except MemOSError as error:
            await trace.fail(error)
            self._failures.meet(f"{self.name}: recall", error)
            return Injection(thread_id=place.thread_id, query=words, error=error)
        await trace.end(recall)
        made = recall.instruction
        head, tail = (made.head, made.tail) if self._position == "split" else (made.text, "")
        return Injection(thread_id=place.thread_id, query=words, head=head, tail=tail, recall=recall)

    async def _finish(self, port: Port, state: AgentState[Any], runtime: Runtime[Any]) -> None:
        place, who = self._where(runtime)
        await self._hand_over(port, place, who, cast("Sequence[BaseMessage]", state["messages"]), self._run(state, end=True))

    async def _hand_over(self, port: Port, place: Place, who: ScopeArgs, messages: Sequence[BaseMessage], run: Run) -> None:
        if self._record is False or (self._record is None and place.in_tool):
            return
        try:
            await self._handover.hand_over(port, place, who, messages, run)
        except MemOSError as error:
            self._failures.meet(f"{self.name}: storing the turn", error)


def _name_of(state: AgentState[Any]) -> str | None:
    """The run's name, if the state has one: it has none after a resume."""
    return cast("MemOSState", state).get("memos_run")


def _named(response: Answer, request: Request, run: Run) -> Answer | ExtendedModelResponse[Any]:
    """The response, with the run's name for the state where it has none, so that the next call of the run knows it."""
    if _name_of(request.state):
        return response
    return ExtendedModelResponse(model_response=response, command=Command(update={"memos_run": run.name}))
