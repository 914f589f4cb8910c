"""Memory for LangChain. Needs the extra ``langchain``; ``MemOSMemory`` needs ``langchain-classic``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import MissingExtra

if TYPE_CHECKING:
    from .._langchain_core.messages import from_episode, to_message
    from ._classic import MemOSMemory
    from ._history import MemOSChatMessageHistory
    from ._middleware import MemOSMiddleware
    from ._models import LangChainEmbedder, LangChainLlm
    from ._retrievers import MemoryFusionRetriever, MemOSRetriever
    from ._tools import create_memory_tools
    from ._turn import Injection

__all__ = [
    "Injection",
    "LangChainEmbedder",
    "LangChainLlm",
    "MemOSChatMessageHistory",
    "MemOSMemory",
    "MemOSMiddleware",
    "MemOSRetriever",
    "MemoryFusionRetriever",
    "create_memory_tools",
    "from_episode",
    "to_message",
]

_PLACES = {
    "Injection": "_turn",
    "LangChainEmbedder": "_models",
    "LangChainLlm": "_models",
    "MemOSChatMessageHistory": "_history",
    "MemOSMemory": "_classic",
    "MemOSMiddleware": "_middleware",
    "MemOSRetriever": "_retrievers",
    "MemoryFusionRetriever": "_retrievers",
    "create_memory_tools": "_tools",
    "from_episode": "._langchain_core.messages",
    "to_message": "._langchain_core.messages",
}
_EXTRAS = {"langchain_core": "langchain", "langchain": "langchain", "langgraph": "langchain", "langchain_classic": "langchain-classic"}


def __getattr__(name: str) -> object:
    # loaded at first use: the retriever needs no agent, and nobody needs the classic package who does not ask for it
    if name in _PLACES:
        try:
            module = import_module(f".{_PLACES[name]}", __name__)
        except ImportError as error:
            missing = (error.name or "").partition(".")[0]
            if missing not in _EXTRAS:
                raise
            raise MissingExtra(missing.replace("_", "-"), _EXTRAS[missing]) from error
        value: object = getattr(module, name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
