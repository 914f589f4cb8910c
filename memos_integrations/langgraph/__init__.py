"""LangGraph: a store, nodes, and many agents on one memory. Needs the extra ``langgraph``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import MissingExtra

if TYPE_CHECKING:
    from ._agents import AgentScope, agent_scope
    from ._nodes import recall, remember
    from ._state import MemoryState, RecollectedMemory, Recollection, latest, prompt_messages
    from ._store import MemOSStore
    from ._wrap import with_memory

__all__ = [
    "AgentScope",
    "MemOSStore",
    "MemoryState",
    "RecollectedMemory",
    "Recollection",
    "agent_scope",
    "latest",
    "prompt_messages",
    "recall",
    "remember",
    "with_memory",
]

_PLACES = {
    "AgentScope": "_agents",
    "agent_scope": "_agents",
    "MemOSStore": "_store",
    "MemoryState": "_state",
    "RecollectedMemory": "_state",
    "Recollection": "_state",
    "latest": "_state",
    "prompt_messages": "_state",
    "recall": "_nodes",
    "remember": "_nodes",
    "with_memory": "_wrap",
}


def __getattr__(name: str) -> object:
    # loaded at first use: the store needs no graph
    if name in _PLACES:
        try:
            module = import_module(f".{_PLACES[name]}", __name__)
        except ImportError as error:
            if (error.name or "").partition(".")[0] not in ("langgraph", "langchain_core"):
                raise
            raise MissingExtra("langgraph", "langgraph") from error
        value: object = getattr(module, name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
