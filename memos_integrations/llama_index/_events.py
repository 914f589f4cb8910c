"""What memory does in a run, told to LlamaIndex's own instrumentation. No words of the user's are in it: ids say which memories."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.base import BaseEvent

from .._adapters.calls import Port
from ..errors import MemOSError
from ..types import Recall, Receipt

__all__ = ["MemOSHistoryEvent", "MemOSRecallEvent", "MemOSWriteEvent", "left_out", "observed"]

_dispatcher = get_dispatcher("memos_integrations.llama_index")
_WRITES = ("add_message", "remember", "update", "forget")


class MemOSRecallEvent(BaseEvent):
    """Memory was asked.

    Attributes:
        memory_ids: What was found, best first.
        tokens: Tokens of the instruction.
        seconds: How long it took.
        degraded: Why the recall is weaker than it should be; None: it is not.
        error: Why it failed; None: it did not.
    """

    memory_ids: list[str]
    tokens: int
    seconds: float
    degraded: str | None = None
    error: str | None = None

    @classmethod
    def class_name(cls) -> str:
        """Its name."""
        return "MemOSRecallEvent"


class MemOSWriteEvent(BaseEvent):
    """Something was written.

    Attributes:
        call: ``add_message``, ``remember``, ``update`` or ``forget``.
        memory_ids: The memories that it concerns: of messages, their episodes.
        task_id: The background task that learns from it; None: there is none.
        seconds: How long it took.
        error: Why it failed; None: it did not.
    """

    call: str
    memory_ids: list[str]
    task_id: str | None = None
    seconds: float
    error: str | None = None

    @classmethod
    def class_name(cls) -> str:
        """Its name."""
        return "MemOSWriteEvent"


class MemOSHistoryEvent(BaseEvent):
    """A prompt does not hold all of a session.

    Attributes:
        session_id: The session.
        messages: How many of its messages the prompt holds.
        left_out: How many it leaves out; None: not counted. They are stored, and recalled where they matter.
    """

    session_id: str
    messages: int
    left_out: int | None

    @classmethod
    def class_name(cls) -> str:
        """Its name."""
        return "MemOSHistoryEvent"


def left_out(session_id: str, *, messages: int, left_out: int | None) -> None:
    """Tell that a prompt does not hold all of a session."""
    _dispatcher.event(MemOSHistoryEvent(session_id=session_id, messages=messages, left_out=left_out))


def observed(port: Port) -> Port:
    """The same calls, each told to LlamaIndex's dispatcher when it is done."""
    return cast("Port", _Observed(port))


class _Observed:
    def __init__(self, port: Port) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Callable[..., Awaitable[object]]:
        if name.startswith("_"):
            raise AttributeError(name)
        call: Callable[..., Awaitable[object]] = getattr(self._port, name)
        if name == "search_memory":
            return _told(call, _recalled)
        if name in _WRITES:
            return _told(call, lambda result, seconds, error: _written(name, result, seconds, error))
        return call


def _told(
    call: Callable[..., Awaitable[object]], event: Callable[[object, float, str | None], BaseEvent]
) -> Callable[..., Awaitable[object]]:
    async def awaited(*args: Any, **options: Any) -> object:
        start = time.perf_counter()
        try:
            result = await call(*args, **options)
        except MemOSError as error:
            _dispatcher.event(event(None, time.perf_counter() - start, f"{type(error).__name__}: {error}"))
            raise
        _dispatcher.event(event(result, time.perf_counter() - start, None))
        return result

    return awaited


def _recalled(result: object, seconds: float, error: str | None) -> BaseEvent:
    if not isinstance(result, Recall):
        return MemOSRecallEvent(memory_ids=[], tokens=0, seconds=seconds, error=error)
    ids = [one.memory.id for one in result.memories]
    return MemOSRecallEvent(memory_ids=ids, tokens=result.instruction.tokens, seconds=seconds, degraded=result.degraded)


def _written(name: str, result: object, seconds: float, error: str | None) -> BaseEvent:
    if not isinstance(result, Receipt):
        return MemOSWriteEvent(call=name, memory_ids=[], seconds=seconds, error=error)
    ids = result.episode_ids or tuple(one.memory_id for one in result.decisions if one.memory_id is not None)
    return MemOSWriteEvent(call=name, memory_ids=list(dict.fromkeys(ids)), task_id=result.task_id, seconds=seconds)
