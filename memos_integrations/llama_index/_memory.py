"""Memory for agents and chat engines, in one line."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Self, Unpack, cast

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.memory import BaseMemory
from pydantic import ConfigDict, Field, JsonValue, PrivateAttr

from .._adapters.calls import AnyFace, ScopeArgs, bound_scope, longest
from .._adapters.failures import Failures, OnError
from .._adapters.identity import Identity
from .._loop import drive
from ..client._faces import faces_of
from ..client._reference import by_reference, default_memory, reference_of, register_memory
from ..core.checks import choice, flag, number, positive
from ..core.messages import given_name
from ..core.scopes import parse_scope
from ..errors import InvalidInput, MemOSError
from ..types import Kind, Recall, Scope
from ._events import left_out
from ._held import Held, Process, keep_live, rename, unmasked
from ._messages import copied
from ._question import Question, question_of
from ._session import Face, Incoming, Session, View, both_faces
from ._window import Position, Turn, Window, injected, tokens_of, window_of

__all__ = ["MemOSMemory", "register_memory"]

_log = logging.getLogger("memos_integrations.llama_index")
_SHORT_TURN = 50  # tokens of a short message: how many are read at a time
_WORDLESS = "?"  # what is asked for a picture without words: the head stands in every prompt
_OPTIONS = ("token_limit", "max_tokens", "limit", "filter", "position", "learn", "tool_chars", "on_error")


class MemOSMemory(BaseMemory):
    """Gives an agent, a workflow of agents or a chat engine short-term history and long-term memory in one object.

    What is put is durable at once and learnt from in the background. ``get`` gives the newest turns of the session that fit into
    ``token_limit`` and, with them, what memory knows that matters for the user's last words; it is recalled once in a turn. What
    is injected reaches the model only, and is never stored. Another process that opens the same store sees the same session.

    Example:
        >>> from llama_index.core.agent.workflow import FunctionAgent
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.llama_index import MemOSMemory
        >>> memory = MemOSMemory(MemOS(), user_id="alice", session_id="s1")  # doctest: +SKIP
        >>> await FunctionAgent(llm=llm).run("Where do we eat?", memory=memory)  # doctest: +SKIP
    """

    model_config = ConfigDict(extra="forbid")

    session_id: str = Field(description="The session whose history it is.")
    scope: Scope = Field(description="Whose memory it is.")
    token_limit: int = Field(description="Most tokens of the history that stand in a prompt.")
    max_tokens: int = Field(description="Budget for all that memory adds.")
    limit: int = Field(description="Most memories recalled.")
    kinds: tuple[Kind, ...] | None = Field(description="Only these kinds; None: all.")
    filter: dict[str, JsonValue] | None = Field(description="As in `search_memory`.")
    position: Position = Field(description="Where memory stands in a prompt.")
    learn: bool = Field(description="Whether memory learns from what is said.")
    tool_chars: int = Field(description="So many characters of a tool's result are remembered.")
    on_error: OnError = Field(description="What to do where memory fails.")

    _blocking: Face = PrivateAttr()
    _awaited: Face = PrivateAttr()
    _memory: AnyFace = PrivateAttr()
    _failures: Failures = PrivateAttr()
    _process: Process = PrivateAttr()

    def __init__(
        self,
        memory: AnyFace,
        *,
        session_id: str | None = None,
        token_limit: int = 30_000,
        max_tokens: int = 400,
        limit: int = 10,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        position: Position = "split",
        learn: bool = True,
        tool_chars: int = 2000,
        on_error: OnError = "warn",
        **who: Unpack[ScopeArgs],
    ) -> None:
        """Connect a session with a memory.

        Args:
            memory: A ``MemOS`` or ``AsyncMemOS``; with its scope bound (``memory.scoped(…)``) it is one user's.
            session_id: The session; None: a new one.
            token_limit: Most tokens of the history that stand in a prompt. Older turns stay stored: they are recalled where they
                matter. The current turn and system messages stand there in any case.
            max_tokens: Budget for all that memory adds.
            limit: Most memories recalled.
            kinds: Only these kinds; None: all.
            filter: As in ``search_memory``.
            position: ``split``: what stands in every prompt as system text, what this question needs in the last user message,
                so that a provider's prompt cache holds; ``system``: all as system text.
            learn: Whether memory learns from what is said.
            tool_chars: So many characters of a tool's result are remembered; the session's history has them all.
            on_error: When memory fails: ``warn`` logs a warning and goes on with what this process knows of the session,
                ``raise`` fails the call. A missing identity always raises.
            **who: Whose it is: ``user_id``, ``agent_id``, ``team``, ``sharing``, …

        Raises:
            InvalidScope: Nobody is named.
            InvalidInput: An option is wrong.
        """
        bound = bound_scope(memory)
        session = given_name(session_id if session_id is not None else who.pop("conversation_id", None), field="session_id")
        if session is None:
            session = (bound.conversation_id if bound is not None else None) or uuid.uuid4().hex
        fixed = Identity(memory, None, who, owner="MemOSMemory").fixed(session)
        scope = bound or parse_scope(fixed)
        assert scope is not None
        fields: dict[str, Any] = dict(
            session_id=session,
            scope=scope.model_copy(update={"conversation_id": None}),
            token_limit=positive(token_limit, field="token_limit"),
            max_tokens=positive(max_tokens, field="max_tokens"),
            limit=positive(limit, field="limit"),
            kinds=None if kinds is None else tuple(kinds),
            filter=None if filter is None else dict(filter),
            position=choice(position, ("split", "system"), field="position"),
            learn=flag(learn, field="learn"),
            tool_chars=int(number(tool_chars, 0, 1_000_000, field="tool_chars")),
            on_error=choice(on_error, ("raise", "warn"), field="on_error"),
        )
        super().__init__(**fields)
        self._connect(memory, Process())

    def _connect(self, memory: AnyFace, process: Process) -> None:
        self._memory = memory
        self._blocking, self._awaited = both_faces(memory)
        self._failures = Failures(self.on_error, log=_log, host="the agent")
        self._process = process

    @classmethod
    def class_name(cls) -> str:
        """Its name in serialised contexts."""
        return "MemOSMemory"

    def to_dict(self, **kwargs: Any) -> dict[str, Any]:
        """The session's name, whose it is and how the memory is found again, as JSON; the history is in the store.

        Raises:
            InvalidInput: The memory is not found again by what it was opened with: ``register_memory`` names it. A workflow's ``Context``
                swallows this, saves itself without the memory and warns; it is logged as an error.
        """
        try:
            reference = reference_of(self._memory)
        except InvalidInput as error:
            _log.error("%s cannot be saved: %s", self.class_name(), error)
            raise
        options = {name: getattr(self, name) for name in _OPTIONS}
        return {
            **options,
            "kinds": None if self.kinds is None else list(self.kinds),
            "session_id": self.session_id,
            "scope": self.scope.model_dump(mode="json", exclude_none=True),
            "memory": reference,
            "class_name": self.class_name(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any], **kwargs: Any) -> Self:
        """The memory that ``to_dict`` wrote down, over the same store.

        Args:
            data: What it wrote.
            **kwargs: Options that count instead, such as ``memory``.

        Raises:
            InvalidInput: It is no such thing, or names a memory that is not registered in this process.
        """
        given = {key: value for key, value in {**data, **kwargs}.items() if key != "class_name"}
        memory, scope = given.pop("memory", None), given.pop("scope", None)
        if not isinstance(scope, Mapping):
            raise InvalidInput("is not what MemOSMemory.to_dict wrote", field="data")
        if isinstance(memory, Mapping):
            memory = by_reference(cast("Mapping[str, JsonValue]", memory))
        if bound_scope(memory) is None:
            given["scope"] = parse_scope(dict(cast("Mapping[str, object]", scope)))
        return cls(memory, **given)

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], Self], tuple[dict[str, Any]]]:
        return type(self).from_dict, (self.to_dict(),)

    def __copy__(self) -> Self:
        copy = super().__copy__()
        copy._connect(self._memory, self._process)
        return copy

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self.__copy__()

    def session(self, session_id: str | None = None, **who: Unpack[ScopeArgs]) -> Self:
        """The same memory for another session, or for somebody else.

        Args:
            session_id: The session; None: a new one.
            **who: Whose it is; nothing: the same.

        Raises:
            InvalidScope: Nobody is named, or the memory is a handle whose scope is bound.
        """
        options = {name: getattr(self, name) for name in (*_OPTIONS, "kinds")}
        whose: Any = who if who or bound_scope(self._memory) is not None else {"scope": self.scope}
        other = type(self)(self._memory, session_id=session_id, **options, **whose)
        other._process = self._process
        return other

    @classmethod
    def from_defaults(cls, memory: AnyFace | None = None, **options: Any) -> Self:
        """As the constructor; without a memory, over the default store (``MEMOS_STORE``, else a file in the user's data folder)."""
        return cls(default_memory() if memory is None else memory, **options)

    def get(self, input: str | None = None, **kwargs: Any) -> list[ChatMessage]:
        """The history that fits, with what memory adds for the user's last words. Copies.

        Args:
            input: What the user asks now, where that is not put yet.
            **kwargs: ``initial_token_count``: tokens that the prompt holds already; others are passed over.
        """
        return drive(self._get(self._blocking, input, kwargs.get("initial_token_count")))

    async def aget(self, input: str | None = None, **kwargs: Any) -> list[ChatMessage]:
        """``get``, awaited."""
        return await self._get(self._awaited, input, kwargs.get("initial_token_count"))

    def get_all(self) -> list[ChatMessage]:
        """The whole history, without what memory adds. Copies."""
        return drive(self._get_all(self._blocking))

    async def aget_all(self) -> list[ChatMessage]:
        """``get_all``, awaited."""
        return await self._get_all(self._awaited)

    def put(self, message: ChatMessage) -> None:
        """Add a message. It is durable when this returns."""
        drive(self._put(self._blocking, [message]))

    async def aput(self, message: ChatMessage) -> None:
        """``put``, awaited."""
        await self._put(self._awaited, [message])

    def put_messages(self, messages: list[ChatMessage]) -> None:
        """Add messages, all in one write."""
        drive(self._put(self._blocking, messages))

    async def aput_messages(self, messages: list[ChatMessage]) -> None:
        """``put_messages``, awaited."""
        await self._put(self._awaited, messages)

    def set(self, messages: list[ChatMessage]) -> None:
        """Make these the history. What is stored already is not stored again, and what was said stays remembered."""
        drive(self._set(self._blocking, messages))

    async def aset(self, messages: list[ChatMessage]) -> None:
        """``set``, awaited."""
        await self._set(self._awaited, messages)

    def reset(self) -> None:
        """Begin an empty history, in every process. What was said stays remembered, as an earlier session."""
        drive(self._reset(self._blocking))

    async def areset(self) -> None:
        """``reset``, awaited."""
        await self._reset(self._awaited)

    def _session(self) -> Session:
        return Session(
            self.scope,
            self.session_id,
            bound=bound_scope(self._memory) is not None,
            tool_chars=self.tool_chars,
            learn=self.learn,
        )

    async def _get(self, face: Face, input: str | None, taken: object) -> list[ChatMessage]:
        session = self._session()
        held = self._process.of(session)
        limit = self.token_limit - (taken if isinstance(taken, int) else 0)
        count = faces_of(self._memory)[0].token_counter

        def enough(turns: Sequence[Turn]) -> bool:
            tokens = sum(tokens_of(turn.message, count) for turn in turns)
            return tokens > limit and any(turn.message.role == MessageRole.USER for turn in turns)

        history, whole, view = await self._history(face, session, held, enough)
        window = window_of(history, limit=limit, count=count, whole=whole)
        if window.left_out != 0:
            left_out(self.session_id, messages=len(window.turns), left_out=window.left_out)
        question = question_of(window, input)
        recall = await self._recalled(face, session, held, view, window, question)
        messages = [copied(turn.message) for turn in window.turns]
        if recall is None:
            return messages
        return injected(messages, recall.instruction, self.position, asked=question.asked)

    async def _get_all(self, face: Face) -> list[ChatMessage]:
        session = self._session()
        history, _, _ = await self._history(face, session, self._process.of(session), None)
        return [copied(turn.message) for turn in history]

    async def _history(
        self, face: Face, session: Session, held: Held, enough: Callable[[Sequence[Turn]], bool] | None
    ) -> tuple[list[Turn], bool, View]:
        """The session's turns, those that wait to be stored last; whether these are all; and which they are."""
        try:
            view = await session.view(face)
            if enough is None:
                turns, whole = await session.all(face, view), True
            else:
                page = min(max(self.token_limit // _SHORT_TURN, 10), 1000)
                turns, whole = await session.newest(face, view, enough, page=page)
        except MemOSError as error:
            self._failures.meet("reading the session", error)
            turns, whole, view = list(held.seen), True, View()
        else:
            held.seen = tuple(turns)
        known = {turn.id for turn in turns}
        turns = [*turns, *(one.turn for one in held.waiting if one.turn.id not in known)]
        return [unmasked(turn, held) for turn in turns], whole, view

    async def _recalled(self, face: Face, session: Session, held: Held, view: View, window: Window, question: Question) -> Recall | None:
        if held.asked == question.key:
            return held.recall
        try:
            recall: Recall | None = await face.port.search_memory(
                question.words if question.words.strip() else _WORDLESS,
                limit=self.limit,
                max_tokens=self.max_tokens,
                kinds=self.kinds,
                filter=self.filter,
                exclude=sorted(turn.id for turn in window.turns),
                **session.who(view),
            )
        except InvalidInput:
            raise  # a mistake in the call, not a failure of memory
        except MemOSError as error:
            self._failures.meet("recall", error)
            recall = None
        with self._process.lock:
            held.asked, held.recall = question.key, recall
        return recall

    async def _put(self, face: Face, messages: Sequence[ChatMessage]) -> None:
        session = self._session()
        held = self._process.of(session)
        incoming = session.incoming(messages, max_chars=longest(self._memory))
        if not incoming:
            return
        with self._process.lock:
            waiting = held.waiting
            keep_live(held, incoming)
            rename(held, incoming)
        kept: Sequence[Incoming] = incoming  # also where the call is cancelled: by their ids, they are stored once
        done: Sequence[Incoming] = ()
        try:
            await session.add(face, await session.view(face), [*waiting, *incoming])
            kept, done = (), waiting
        except InvalidInput:
            kept = ()
            raise
        except MemOSError as error:
            kept = () if self.on_error == "raise" else incoming  # who is told puts them again
            self._failures.meet("storing the turn", error)
        finally:
            self._process.wait_for(held, kept, done)

    async def _set(self, face: Face, messages: Sequence[ChatMessage]) -> None:
        session = self._session()
        held = self._process.of(session)
        incoming = session.incoming(messages, max_chars=longest(self._memory))
        with self._process.lock:
            keep_live(held, incoming)
        try:
            view = await self._store_waiting(face, session, held)
            await session.replace(face, view, incoming)
        except InvalidInput:
            raise
        except MemOSError as error:
            self._failures.meet("storing the history", error)
            held.seen = tuple(one.turn for one in incoming)

    async def _reset(self, face: Face) -> None:
        session = self._session()
        held = self._process.of(session)
        try:
            await session.reset(face, await self._store_waiting(face, session, held))
        except MemOSError as error:
            self._failures.meet("resetting the session", error)
        else:
            self._process.drop(session)

    async def _store_waiting(self, face: Face, session: Session, held: Held) -> View:
        """Store what could not be stored before, while the history is still the one it belongs to."""
        view = await session.view(face)
        waiting = held.waiting
        if waiting:
            await session.add(face, view, waiting)
            self._process.wait_for(held, (), waiting)
        return view
