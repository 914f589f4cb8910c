"""LangGraph: a store, nodes, and many agents on one memory. Needs the extra ``langgraph``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import MissingExtra

if TYPE_CHECKING:
    from ._store import MemOSStore

__all__ = ["MemOSStore"]

_PLACES = {"MemOSStore": "_store"}


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
