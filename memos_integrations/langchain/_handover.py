"""What is new in a run goes to memory, whether the framework keeps the history, the client does, or nobody."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage

from .._adapters.calls import Port, ScopeArgs
from .._adapters.sessions import session_turns
from .._langchain_core.turns import Place, turn_start, turns
from ..types import Scope
from ._turn import Injection, known_signs, signs

__all__ = ["Handover", "Run"]

_CONVERSATIONS = 4096  # whose state is held; another is compared by memory itself
_LOOKED_AT = 200  # stored turns that a history is compared with after a restart


@dataclass(slots=True)
class Run:
    """What is known of a run: a name, what was handed over, and what was recalled for which message."""

    name: str
    handed: set[str] = field(default_factory=set)
    held: tuple[str, ...] = ()
    begun: tuple[int, int] | None = None
    asked: str | None = None
    injection: Injection | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """How far a conversation was handed over, so that a long one is not handed over whole in every run.

    Attributes:
        marks: Number and hash of the signs it is known by, at its end and as its last run began (which comes again if that run failed).
            Where the hash is another, somebody changed the history, and memory compares it itself.
        held: Ids under which memory holds it, where the messages have none that last.
    """

    marks: tuple[tuple[int, int], ...]
    held: tuple[str, ...]


class Handover:
    """Remembers how far each conversation was handed over."""

    def __init__(self, *, tool_chars: int, max_chars: int, bound: Scope | None) -> None:
        """Begin with nothing known.

        Args:
            tool_chars: So many characters of a tool's result are kept.
            max_chars: So many of any other message.
            bound: The scope of the memory's handle, if it has one.
        """
        self._bound = bound
        self._tool_chars = tool_chars
        self._max_chars = max_chars
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    async def hand_over(self, port: Port, place: Place, who: ScopeArgs, messages: Sequence[BaseMessage], run: Run) -> None:
        """Hand over what is new in this run. Memory knows again what it has: by ids, or by the words of a history sent again.

        Raises:
            MemOSError: It could not be stored; it is tried again with the next call of the run.
        """
        conversation = repr(sorted(who.items()))
        if who.get("conversation_id") is None:
            # nothing links the runs: a history that is sent again would be stored again
            who = {**who, "conversation_id": f"run-{run.name}"}
            if not run.handed:
                run.handed.update(message.id for message in messages[: turn_start(messages)] if message.id is not None)
        elif not run.handed:
            self._skip_known(conversation, messages, place, run)
            if not run.handed and not place.keeps_ids and turn_start(messages):
                await self._skip_stored(port, who, messages, run)
        new = [message for message in messages if message.id is None or message.id not in run.handed]
        batch = turns(new, keep_id=place.keeps_ids, tool_chars=self._tool_chars, max_chars=self._max_chars)
        if batch:
            receipt = await port.add_message(batch, **who)
            if not place.keeps_ids:  # else the prompt's own ids say what it holds
                run.held = tuple(dict.fromkeys((*run.held, *receipt.message_ids)))
        run.handed.update(message.id for message in new if message.id is not None)
        found = signs(messages, keeps_ids=place.keeps_ids)
        mark = (len(found), hash(tuple(sign for _, sign in found)))
        run.begun = run.begun or mark
        known = _Known((mark, run.begun), run.held)
        with self._lock:
            for key in (conversation, _thread_key(place)):
                self._known.pop(key, None)
                self._known[key] = known
            while len(self._known) > 2 * _CONVERSATIONS:
                self._known.popitem(last=False)

    def _skip_known(self, conversation: str, messages: Sequence[BaseMessage], place: Place, run: Run) -> None:
        own = self._known.get(conversation)
        # where ids say that it is the same thread, what was said to another scope in it is not handed over to this one
        others = self._known.get(_thread_key(place)) if place.keeps_ids else None
        found = signs(messages, keeps_ids=place.keeps_ids)
        for known in (own, others):
            for count, hashed in known.marks if known is not None else ():
                if count <= len(found) and hash(tuple(sign for _, sign in found[:count])) == hashed:
                    end = found[count - 1][0] + 1 if count else 0
                    run.handed.update(message.id for message in messages[:end] if message.id is not None)
                    break
        if own is not None:
            run.held = own.held

    async def _skip_stored(self, port: Port, who: ScopeArgs, messages: Sequence[BaseMessage], run: Run) -> None:
        """After a restart: a history that is sent again, perhaps without its tool calls, is known by the words that are stored."""
        stored = await session_turns(port, who, str(who.get("conversation_id")), bound=self._bound, newest=_LOOKED_AT)
        found = signs(messages, keeps_ids=False)
        count = known_signs(found, stored, whole=len(stored) < _LOOKED_AT)
        if count:
            run.handed.update(message.id for message in messages[: found[count - 1][0] + 1] if message.id is not None)
            run.held = tuple(source for turn in stored for source in turn.sources)


def _thread_key(place: Place) -> str:
    return f"thread {place.thread_id}"
