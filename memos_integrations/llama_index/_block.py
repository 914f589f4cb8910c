"""Memory as a block of LlamaIndex's own ``Memory``."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import uuid
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Unpack, cast

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.memory import BaseMemoryBlock
from pydantic import JsonValue, PrivateAttr

from .._adapters.calls import AnyFace, Port, ScopeArgs, both_ports, bound_scope, longest
from .._adapters.failures import Failures, OnError
from .._adapters.identity import Identity
from .._adapters.sessions import session_turns
from ..client._faces import faces_of
from ..core.alignment import Incoming, Known, align
from ..core.checks import flag, number, positive
from ..core.masking import mask_json
from ..errors import InvalidInput, MemOSError
from ..types import Episode, Kind, MessageInput, Scope
from ._events import observed
from ._messages import is_answer, to_message, without_injected, words_of
from ._window import is_system, is_tool

__all__ = ["MemOSMemoryBlock"]

_log = logging.getLogger("memos_integrations.llama_index")
_SESSIONS = 1024  # of which is known what was taken in; of another, the store is asked
_REMEMBERED = 2000  # messages of a session that are known again
_TOOL_WORDS = 80  # characters of a tool's result that it is known by
_SMALLEST = 24  # tokens: less is no memory
_SESSION = "session_id"


@dataclass(frozen=True, slots=True)
class _Taken:
    """A message that memory has: what it is known by, and its id there."""

    sign: str
    id: str


@dataclass(slots=True)
class _Session:
    """What was taken in of a session.

    Attributes:
        taken: Its last messages, in order.
        window: Those of them that the short-term memory held when it was last seen; None: this process has not seen it yet.
        waiting: Messages that could not be stored yet, as ``add_message`` takes them.
        stored: How often each was stored when this process first saw the session.
        asked: Number of the user's turn that ``content`` is for.
        content: What memory says in it.
        query: What it was asked.
        held: Ids of the messages that the prompt holds.
    """

    taken: list[_Taken] = field(default_factory=list)
    window: list[_Taken] | None = None
    waiting: list[dict[str, object]] = field(default_factory=list)
    stored: Counter[str] = field(default_factory=Counter)
    asked: str | None = None
    content: str = ""
    query: str = ""
    held: tuple[str, ...] = ()


class MemOSMemoryBlock(BaseMemoryBlock[str]):
    """Long-term memory as a block of ``Memory``, beside others.

    Turns are taken in whenever the block is asked, and when they leave the short-term memory, each once: short chats that never
    reach its limit are learnt from too. The last answer of a session arrives with its next call; ``MemOSMemory`` takes it in at once.

    Example:
        >>> from llama_index.core.memory import Memory
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.llama_index import MemOSMemoryBlock
        >>> block = MemOSMemoryBlock(MemOS(), user_id="alice")  # doctest: +SKIP
        >>> memory = Memory.from_defaults(session_id="s1", memory_blocks=[block])  # doctest: +SKIP
    """

    _port: Port = PrivateAttr()
    _who: ScopeArgs = PrivateAttr()
    _bound: Scope | None = PrivateAttr()
    _options: dict[str, Any] = PrivateAttr()
    _failures: Failures = PrivateAttr()
    _count: Callable[[str], int] = PrivateAttr()
    _learn: bool = PrivateAttr()
    _tool_chars: int = PrivateAttr()
    _max_chars: int = PrivateAttr()
    _sessions: OrderedDict[str, _Session] = PrivateAttr(default_factory=OrderedDict)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)
    _unnamed: str = PrivateAttr(default_factory=lambda: uuid.uuid4().hex)

    def __init__(
        self,
        memory: AnyFace,
        *,
        name: str = "memos",
        description: str | None = None,
        priority: int = 0,
        accept_short_term_memory: bool = True,
        max_tokens: int = 400,
        limit: int = 10,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        learn: bool = True,
        tool_chars: int = 2000,
        on_error: OnError = "warn",
        **who: Unpack[ScopeArgs],
    ) -> None:
        """Connect a block with a memory.

        Args:
            memory: A ``MemOS`` or ``AsyncMemOS``, or a handle with its scope bound.
            name: Names the block in the prompt.
            description: As in ``BaseMemoryBlock``.
            priority: 0: never shortened; else shortened where ``Memory`` runs out of tokens.
            accept_short_term_memory: As in ``BaseMemoryBlock``.
            max_tokens: Budget for all that memory adds.
            limit: Most memories recalled.
            kinds: Only these kinds; None: all.
            filter: As in ``search_memory``.
            learn: Whether memory learns from what is said.
            tool_chars: So many characters of a tool's result are remembered; 0: none.
            on_error: When memory fails: ``warn`` logs a warning and goes on without it, ``raise`` fails the call.
            **who: Whose it is: ``user_id``, ``agent_id``, ``team``, ``sharing``, … The ``Memory``'s session is the conversation.

        Raises:
            InvalidScope: Nobody is named.
            InvalidInput: An option is wrong.
        """
        fields: dict[str, Any] = {
            "name": name,
            "description": description,
            "priority": priority,
            "accept_short_term_memory": accept_short_term_memory,
        }
        super().__init__(**fields)
        self._who = Identity(memory, None, who, owner="MemOSMemoryBlock").fixed(who.get("conversation_id"))
        self._bound = bound_scope(memory)
        self._port = observed(both_ports(memory)[1])
        self._options = {
            "limit": positive(limit, field="limit"),
            "max_tokens": positive(max_tokens, field="max_tokens"),
            "kinds": kinds,
            "filter": filter,
        }
        self._count = faces_of(memory)[0].token_counter
        self._learn = flag(learn, field="learn")
        self._tool_chars = int(number(tool_chars, 0, 1_000_000, field="tool_chars"))
        self._max_chars = longest(memory)
        self._failures = Failures(on_error, log=_log, host="the agent")

    async def _aget(self, messages: list[ChatMessage] | None = None, **block_kwargs: Any) -> str:
        conversation = self._conversation(block_kwargs.get(_SESSION))
        said = self._said(messages or [], pending=True)
        try:
            session = await self._session(conversation)
            ids = await self._take(conversation, session, said)
            return await self._recalled(conversation, session, said, ids)
        except InvalidInput:
            raise
        except MemOSError as error:
            self._failures.meet("memory", error)
            return ""

    async def _aput(self, messages: list[ChatMessage]) -> None:
        by_session: dict[str, list[ChatMessage]] = {}
        for message in messages:
            by_session.setdefault(self._conversation(message.additional_kwargs.get(_SESSION)), []).append(message)
        for conversation, some in by_session.items():
            try:
                session = await self._session(conversation)
                await self._gone(conversation, session, self._said(some, pending=False))
            except InvalidInput:
                raise
            except MemOSError as error:
                self._failures.meet("storing the turn", error)

    async def atruncate(self, content: str, tokens_to_truncate: int) -> str | None:
        """What memory says, in so many tokens less: the most important of it; None: too little is left."""
        room = self._count(content) - tokens_to_truncate
        found = next(((name, one) for name, one in list(self._sessions.items()) if one.content == content), None)
        if found is None or room < _SMALLEST:
            return None
        conversation, session = found
        options: dict[str, Any] = {**self._options, "max_tokens": room}
        try:
            recall = await self._port.search_memory(session.query, exclude=session.held, **options, **self._in(conversation))
        except MemOSError as error:
            self._failures.meet("recall", error)
            return None
        return recall.instruction.text or None

    def _said(self, messages: Sequence[ChatMessage], *, pending: bool) -> list[ChatMessage]:
        said = _said(messages, pending=pending)
        return said if self._tool_chars else [message for message in said if not is_tool(message)]

    def _conversation(self, session_id: object) -> str:
        given = session_id if isinstance(session_id, str) and session_id.strip() else None
        return given or self._who.get("conversation_id") or self._unnamed

    def _in(self, conversation: str) -> ScopeArgs:
        return {**self._who, "conversation_id": conversation}

    async def _session(self, conversation: str) -> _Session:
        with self._lock:
            session = self._sessions.get(conversation)
            if session is not None:
                self._sessions.move_to_end(conversation)
                return session
        turns = await session_turns(self._port, self._in(conversation), conversation, bound=self._bound, newest=_REMEMBERED // 2)
        stored = [_Taken(_sign_of(one), one.sources[0] if one.sources else one.id) for one in turns]
        with self._lock:
            session = self._sessions.setdefault(conversation, _Session(stored, stored=Counter(one.sign for one in stored)))
            while len(self._sessions) > _SESSIONS:
                self._sessions.popitem(last=False)
        return session

    async def _take(self, conversation: str, session: _Session, said: Sequence[ChatMessage]) -> list[str]:
        """Take in what is new of a history; the ids of all of it."""
        signs = [_sign(message, self._max_chars) for message in said]
        with self._lock:
            window = session.window
            if window is not None and [one.sign for one in window] == signs[: len(window)]:
                had: list[_Taken | None] = [*window, *[None] * (len(signs) - len(window))]
            else:  # first seen here, or somebody set another history
                known = [Known(str(place), None, one.sign, None, place) for place, one in enumerate(session.taken)]
                found = align(known, [Incoming(None, sign, None) for sign in signs]) if signs else []
                had = [None if match is None else session.taken[int(match)] for match in found]
            now = [one or _Taken(sign, uuid.uuid4().hex) for one, sign in zip(had, signs, strict=True)]
            session.window = now
        new = [(message, one) for message, one, before in zip(said, now, had, strict=True) if before is None]
        await self._store(conversation, session, new)
        return [one.id for one in now]

    async def _gone(self, conversation: str, session: _Session, said: Sequence[ChatMessage]) -> None:
        """Messages leave the short-term memory, the oldest first: those that were never seen there are taken in now."""
        new: list[tuple[ChatMessage, _Taken]] = []
        with self._lock:
            for message in said:
                sign = _sign(message, self._max_chars)
                if session.window is None:
                    known = session.stored[sign] > 0
                    session.stored[sign] -= known
                else:
                    known = bool(session.window) and session.window[0].sign == sign
                    del session.window[:known]
                if not known:
                    new.append((message, _Taken(sign, uuid.uuid4().hex)))
        await self._store(conversation, session, new)

    async def _store(self, conversation: str, session: _Session, new: Sequence[tuple[ChatMessage, _Taken]]) -> None:
        with self._lock:  # noted before the write: another call of the same turn sees that it is under way
            session.taken += [one for _, one in new]
            del session.taken[:-_REMEMBERED]
            session.waiting += [{**to_message(message, max_chars=self._most(message)), "id": one.id} for message, one in new]
            batch = list(session.waiting)
        if not batch:
            return
        # what fails, or is cancelled, goes with the next call: by their ids, messages are stored once
        await self._port.add_message(cast("list[MessageInput]", batch), learn=self._learn, **self._in(conversation))
        stored = {form["id"] for form in batch}
        with self._lock:
            session.waiting = [form for form in session.waiting if form["id"] not in stored]

    def _most(self, message: ChatMessage) -> int:
        """So many characters of a message are remembered: one that is longer than memory takes must not keep all others from it."""
        return min(self._tool_chars, self._max_chars) if is_tool(message) else self._max_chars

    async def _recalled(self, conversation: str, session: _Session, said: Sequence[ChatMessage], ids: Sequence[str]) -> str:
        place = next((i for i in range(len(said) - 1, -1, -1) if said[i].role == MessageRole.USER), None)
        if place is None:
            return ""
        if session.asked != ids[place]:
            query = words_of(said[place]).strip() or "?"
            recall = await self._port.search_memory(query, exclude=sorted(ids), **self._options, **self._in(conversation))
            session.asked, session.query, session.held = ids[place], query, tuple(ids)
            session.content = recall.instruction.text
        return session.content


def _said(messages: Sequence[ChatMessage], *, pending: bool) -> list[ChatMessage]:
    """What was said in a history, without what was injected.

    Args:
        messages: The history.
        pending: Whether its last message may be the question once more: ``Memory`` puts ``input`` behind the history that holds it.
    """
    said = [own for message in messages if not is_system(message) and (own := without_injected(message)) is not None]
    said = [message for message in said if message.blocks or message.additional_kwargs.keys() - {_SESSION}]
    if pending and len(said) > 1 and said[-1].role == MessageRole.USER:
        before = next((i for i in range(len(said) - 2, -1, -1) if said[i].role == MessageRole.USER), None)
        if before is not None and words_of(said[before]) == words_of(said[-1]) and not any(is_answer(m) for m in said[before + 1 : -1]):
            said.pop()
    return said


def _sign(message: ChatMessage, max_chars: int) -> str:
    """What a message is known by, stored or not."""
    form = to_message(message, max_chars=max_chars)
    content = form["content"]
    parts = cast("list[dict[str, JsonValue]]", content) if isinstance(content, list) else [{"type": "text", "text": cast("str", content)}]
    words = "\n".join(str(part["text"]) for part in parts if part["type"] == "text")
    return _hashed(form["role"], words, form.get("tool_calls"), form.get("tool_call_id"))


def _sign_of(episode: Episode) -> str:
    return _hashed(episode.role, episode.text, list(episode.tool_calls) if episode.tool_calls else None, episode.tool_call_id)


def _hashed(role: object, words: str, calls: object, call_id: object) -> str:
    words = words[:_TOOL_WORDS] if role == "tool" else words  # only the first of a result's words are stored
    form = mask_json(cast("JsonValue", [role, words, calls, call_id]))
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()[:32]
