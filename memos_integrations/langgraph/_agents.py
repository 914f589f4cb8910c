"""Many agents on one memory: what each of them writes, and what it may see."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from threading import Lock
from typing import Any, Literal, cast

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.config import get_config
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import get_runtime
from langgraph.store.base import BaseStore
from pydantic import JsonValue

from .._adapters.calls import ScopeArgs
from .._adapters.failures import OnError
from .._adapters.identity import Identity, IdentityLike
from .._langchain_core.turns import place_of
from ..client import AsyncMemOS, AsyncScopedMemory, MemOS, ScopedMemory
from ..core.checks import choice
from ..core.scopes import parse_scope
from ..errors import InvalidInput
from ..types import Access, Kind, Receipt, Scope, Sharing
from ._nodes import Query, recall, remember
from ._state import MemoryState
from ._wrap import Inner, around

__all__ = ["AgentScope", "agent_scope"]

Shared = Literal["user", "team"]


class AgentScope:
    """One agent's place in a memory. Made by ``agent_scope``.

    Whose memory it is (the user) comes from each run; what the agent is called, and what it shares, is fixed here. Its methods are
    called inside nodes and tools of a graph; outside one, name the user: ``scope(user_id="alice")``.
    """

    def __init__(
        self,
        memory: MemOS | AsyncMemOS,
        agent_id: str,
        *,
        sharing: Sharing,
        team: str | None,
        reads: Sequence[AgentScope],
        identity: IdentityLike,
    ) -> None:
        if not isinstance(memory, MemOS | AsyncMemOS):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise InvalidInput(f"must be a MemOS or an AsyncMemOS, not {type(memory).__name__}", field="memory")
        self._blocking = memory if isinstance(memory, MemOS) else memory.sync
        self._awaited = memory if isinstance(memory, AsyncMemOS) else memory.aio
        self._who: ScopeArgs = {"agent_id": agent_id, "sharing": choice(sharing, ("shared", "isolated", "layered"), field="sharing")}
        if team is not None:
            self._who["team"] = team
        self._identity_like = identity
        self._identity = Identity(memory, identity, self._who, owner="agent_scope")
        self._reads = tuple(reads)
        self._granted: set[tuple[Scope, Scope]] = set()
        self._lock = Lock()
        # a wrong name is told here, not in the middle of a run
        parse_scope({"user_id": "somebody", **self._who})

    @property
    def agent_id(self) -> str:
        """The agent's name."""
        return cast("str", self._who.get("agent_id"))

    def scope(self, *, user_id: str | None = None, conversation_id: str | None = None) -> Scope:
        """The agent's scope: of the run that it is called in, or of a user who is named.

        Raises:
            InvalidScope: Nobody is named.
        """
        names: Mapping[str, object]
        if user_id is not None:
            names = {**self._who, "user_id": user_id, "conversation_id": conversation_id}
        else:
            configurable: Mapping[str, object] = get_config().get("configurable", {})
            thread = conversation_id or place_of(configurable).thread_id
            names = cast("Mapping[str, object]", self._identity.scope(cast("object", get_runtime().context), configurable, thread))
        return cast("Scope", parse_scope(names))

    def here(self, **who: str) -> ScopedMemory:
        """The memory with the agent's scope bound: all calls of ``MemOS``, and no more than the agent may see.

        Args:
            **who: As in ``scope``.
        """
        scope = self.scope(**who)
        for owner, to in self._missing(scope):
            self._blocking.grant(owner, to=to)
            self._granted.add((owner, to))
        return self._blocking.scoped(scope=scope)

    async def ahere(self, **who: str) -> AsyncScopedMemory:
        """``here``, with calls to await."""
        scope = self.scope(**who)
        for owner, to in self._missing(scope):
            await self._awaited.grant(owner, to=to)
            self._granted.add((owner, to))
        return self._awaited.scoped(scope=scope)

    def note(self, text: str, *, kind: Kind = "fact", metadata: Mapping[str, JsonValue] | None = None, **who: str) -> Receipt:
        """Keep a finding in the agent's own memory; in one thread the same words once, however often a step is run again.

        Args:
            text: What was found out.
            kind: ``fact``, ``preference`` or ``summary``.
            metadata: Filterable.
            **who: As in ``scope``.
        """
        handle = self.here(**who)
        return handle.remember(text, kind=kind, metadata=metadata, idempotency_key=handle.scope.conversation_id)

    async def anote(self, text: str, *, kind: Kind = "fact", metadata: Mapping[str, JsonValue] | None = None, **who: str) -> Receipt:
        """``note``, awaited."""
        handle = await self.ahere(**who)
        return await handle.remember(text, kind=kind, metadata=metadata, idempotency_key=handle.scope.conversation_id)

    def share(self, found: Receipt | str | Sequence[str], *, to: Shared = "user", **who: str) -> Receipt:
        """Move memories of the agent's own to where the user's other agents, or the team, see them; with their provenance.

        Args:
            found: Ids of memories, or the receipt of what made them.
            to: ``user``: the user's shared memory; ``team``: the team's.
            **who: As in ``scope``.

        Raises:
            InvalidInput: The agent has no team.
            AccessDenied: The agent may not write there.
        """
        return self.here(**who).promote(_ids(found), to=self._target(to, self.scope(**who)))

    async def ashare(self, found: Receipt | str | Sequence[str], *, to: Shared = "user", **who: str) -> Receipt:
        """``share``, awaited."""
        return await (await self.ahere(**who)).promote(_ids(found), to=self._target(to, self.scope(**who)))

    def grant(self, *, to: AgentScope, access: Access = "read", **who: str) -> None:
        """Let another agent see what this one knows of the same user, from now on: what goes along with a handoff.

        Args:
            to: The agent that takes over.
            access: ``read``, or ``write``.
            **who: As in ``scope``.
        """
        scope = self.scope(**who)
        self._blocking.grant(scope, to=to.beside(scope), access=access)

    async def agrant(self, *, to: AgentScope, access: Access = "read", **who: str) -> None:
        """``grant``, awaited."""
        scope = self.scope(**who)
        await self._awaited.grant(scope, to=to.beside(scope), access=access)

    def revoke(self, *, to: AgentScope, **who: str) -> None:
        """Take that back, at once."""
        scope = self.scope(**who)
        self._blocking.revoke(scope, to=to.beside(scope))

    async def arevoke(self, *, to: AgentScope, **who: str) -> None:
        """``revoke``, awaited."""
        scope = self.scope(**who)
        await self._awaited.revoke(scope, to=to.beside(scope))

    def beside(self, scope: Scope) -> Scope:
        """This agent's scope, for the user of another agent's."""
        return cast("Scope", parse_scope({"app_id": scope.app_id, "user_id": scope.user_id, **self._who}))

    def recall(
        self,
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
        on_error: OnError = "warn",
        name: str = "recall",
    ) -> Runnable[Any, dict[str, Any]]:
        """The node ``recall`` with the agent's scope; see there."""
        node = recall(
            self._blocking,
            into=into,
            query=query,
            messages=messages,
            record=record,
            limit=limit,
            max_tokens=max_tokens,
            kinds=kinds,
            filter=filter,
            deadline=deadline,
            identity=self._identity_like,
            on_error=on_error,
            name=name,
            **self._who,
        )
        return _Granted(self, node, name)

    def remember(
        self,
        *,
        messages: str = "messages",
        into: str | None = None,
        tool_chars: int = 2000,
        on_error: OnError = "warn",
        name: str = "remember",
    ) -> Runnable[Any, dict[str, Any]]:
        """The node ``remember`` with the agent's scope; see there."""
        return remember(
            self._blocking,
            messages=messages,
            into=into,
            identity=self._identity_like,
            tool_chars=tool_chars,
            on_error=on_error,
            name=name,
            **self._who,
        )

    def with_memory(
        self,
        inner: Inner,
        *,
        state_schema: type[Any] = MemoryState,
        context_schema: type[Any] | None = None,
        max_tokens: int = 400,
        limit: int = 10,
        on_error: OnError = "warn",
        checkpointer: BaseCheckpointSaver[Any] | bool | None = None,
        store: BaseStore | None = None,
        name: str | None = None,
    ) -> CompiledStateGraph[Any, Any, Any, Any]:
        """The graph ``with_memory`` with the agent's scope; see there."""
        return around(
            inner,
            self.recall(record=True, max_tokens=max_tokens, limit=limit, on_error=on_error),
            self.remember(on_error=on_error),
            state_schema=state_schema,
            context_schema=context_schema,
            checkpointer=checkpointer,
            store=store,
            name=name or self.agent_id,
        )

    def _missing(self, scope: Scope) -> list[tuple[Scope, Scope]]:
        """Grants that what the agent reads rests on, and that were not given in this process yet."""
        mine = scope.model_copy(update={"conversation_id": None})
        wanted = [(other.beside(scope), mine) for other in self._reads]
        with self._lock:
            return [pair for pair in wanted if pair not in self._granted]

    def _target(self, to: Shared, scope: Scope) -> Scope:
        if choice(to, ("user", "team"), field="to") == "team":
            if scope.team is None:
                raise InvalidInput("this agent has no team: agent_scope(…, team=…)", field="to")
            return Scope(app_id=scope.app_id, team=scope.team)
        return Scope(app_id=scope.app_id, user_id=scope.user_id)


class _Granted(Runnable[Any, "dict[str, Any]"]):
    """A node that first sees to it that the agent may read what it reads."""

    def __init__(self, agent: AgentScope, node: Runnable[Any, dict[str, Any]], name: str) -> None:
        self.name = name
        self._agent = agent
        self._node = node

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """Run it, blocking."""
        self._agent.here()
        return self._node.invoke(input, config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:
        """Run it, awaited."""
        await self._agent.ahere()
        return await self._node.ainvoke(input, config, **kwargs)


def _ids(found: Receipt | str | Sequence[str]) -> list[str]:
    if isinstance(found, Receipt):
        return [decision.memory_id for decision in found.decisions if decision.memory_id is not None]
    return [found] if isinstance(found, str) else list(found)


def agent_scope(
    memory: MemOS | AsyncMemOS,
    agent_id: str,
    *,
    sharing: Sharing = "layered",
    team: str | None = None,
    reads: Sequence[AgentScope] = (),
    identity: IdentityLike = None,
) -> AgentScope:
    """An agent's place in a memory that many agents share.

    Args:
        memory: Of either face.
        agent_id: The agent's name.
        sharing: ``layered``: reads what is shared, and its own, and writes its own; ``isolated``: its own and nothing else;
            ``shared``: reads and writes what is shared.
        team: A group whose memory it reads as well (where ``layered``), and to which it can ``share``.
        reads: Other agents whose memory of the same user it may read: a supervisor its workers', a subgraph its parent's. What it
            reads there is told as theirs, and commands nobody.
        identity: As in ``recall``.

    Raises:
        InvalidScope: A name is wrong.

    Example:
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.langgraph import agent_scope
        >>> memory = MemOS(":memory:", embedder=None)
        >>> worker = agent_scope(memory, "researcher")
        >>> chief = agent_scope(memory, "supervisor", reads=[worker])
        >>> _ = worker.note("The museum closes at six.", user_id="alice")
        >>> len(chief.here(user_id="alice").search_memory("When does the museum close?").memories)
        1
        >>> memory.close()
    """
    return AgentScope(memory, agent_id, sharing=sharing, team=team, reads=reads, identity=identity)
