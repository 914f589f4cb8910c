"""A chat history that lasts, and that memory learns from."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence
from typing import Unpack

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import BaseMessage

from .._adapters.calls import AnyFace, Port, ScopeArgs, both_ports, bound_scope, longest
from .._adapters.identity import Identity
from .._adapters.sessions import session_turns
from .._langchain_core.messages import from_episode, is_generated, to_message
from .._loop import drive
from ..core.checks import flag
from ..errors import MemOSError

__all__ = ["MemOSChatMessageHistory"]

_log = logging.getLogger("memos_integrations.langchain")


class MemOSChatMessageHistory(BaseChatMessageHistory):
    """The raw transcript of one session, for ``RunnableWithMessageHistory`` and for code of one's own.

    ``messages`` are what was added, in order and as they were: tool calls, parts, ids and usage (secrets are masked, and an artifact
    that is no JSON is left out). What is remembered beside it is recalled by ``search_memory``, not put among them. Adding the
    same id again changes nothing; a message without an id is another one each time.

    ``RunnableWithMessageHistory`` swallows what a failing ``add_messages`` raises: ``failed_writes`` and ``last_error`` say it.

    Example:
        >>> from langchain_core.messages import HumanMessage
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.langchain import MemOSChatMessageHistory
        >>> with MemOS(":memory:", embedder=None) as memory:
        ...     history = MemOSChatMessageHistory(memory, "session-1", user_id="alice")
        ...     history.add_messages([HumanMessage("Hello")])
        ...     len(history.messages)
        1
    """

    def __init__(self, memory: AnyFace, session_id: str, *, learn: bool = True, **who: Unpack[ScopeArgs]) -> None:
        """Open the transcript of a session.

        Args:
            memory: A ``MemOS`` or ``AsyncMemOS``, or a handle with its scope bound.
            session_id: The conversation.
            learn: Whether facts and preferences are learnt from what is added.
            **who: Whose it is: ``user_id``, ``agent_id``, ``team``, …

        Raises:
            InvalidScope: Nobody is named, or the session has no name.
        """
        self._blocking, self._awaited = both_ports(memory)
        self._who = Identity(memory, None, who, owner="MemOSChatMessageHistory").fixed(session_id)
        self._session = session_id
        self._max_chars = longest(memory)
        self._bound = bound_scope(memory)
        self._learn = flag(learn, field="learn")
        self.failed_writes = 0
        """How many calls of ``add_messages`` failed."""
        self.last_error: MemOSError | None = None
        """Why the last of them did."""

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]  # upstream declares an attribute and documents a property
        """All messages of the session, oldest first."""
        return drive(self._read(self._blocking))

    async def aget_messages(self) -> list[BaseMessage]:
        """``messages``, awaited."""
        return await self._read(self._awaited)

    def add_messages(self, messages: Sequence[BaseMessage]) -> None:
        """Add messages at the end; all of them or none.

        Raises:
            InvalidMessage: One of them cannot be kept.
            StoreError: The store failed.
        """
        drive(self._add(self._blocking, messages))

    async def aadd_messages(self, messages: Sequence[BaseMessage]) -> None:
        """``add_messages``, awaited."""
        await self._add(self._awaited, messages)

    def clear(self) -> None:
        """Forget the session for good, and what was learnt from it alone."""
        drive(self._clear(self._blocking))

    async def aclear(self) -> None:
        """``clear``, awaited."""
        await self._clear(self._awaited)

    async def _read(self, port: Port) -> list[BaseMessage]:
        turns = await session_turns(port, self._who, self._session, bound=self._bound)
        return [from_episode(turn) for turn in turns]

    async def _add(self, port: Port, messages: Sequence[BaseMessage]) -> None:
        try:
            turns: list[dict[str, object]] = []
            ids: set[str] = set()
            for message in messages:
                turn = to_message(message, keep_id=True, keep_raw=True, max_chars=self._max_chars)
                if is_generated(message):
                    turn["role"] = "system"  # nobody's words: kept, and never learnt from
                id = str(turn.get("id", ""))
                turn["id"] = id if id and id not in ids else uuid.uuid4().hex
                ids.add(str(turn["id"]))
                turns.append(turn)
            if turns:
                await port.add_message(turns, learn=self._learn, **self._who)
        except MemOSError as error:
            self.failed_writes += 1
            self.last_error = error
            _log.warning("MemOSChatMessageHistory: %d messages were not stored: %s: %s", len(messages), type(error).__name__, error)
            raise

    async def _clear(self, port: Port) -> None:
        await port.forget(**self._who)
