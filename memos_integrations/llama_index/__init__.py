"""Memory for LlamaIndex. Needs the extra ``llama-index``, which brings ``llama-index-core`` alone."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import MissingExtra

if TYPE_CHECKING:
    from ..client._reference import register_memory
    from ._block import MemOSMemoryBlock
    from ._events import MemOSHistoryEvent, MemOSRecallEvent, MemOSWriteEvent
    from ._memory import MemOSMemory
    from ._messages import from_episode, to_message
    from ._models import LlamaIndexEmbedder, LlamaIndexLlm
    from ._retrievers import MemoryFusionRetriever, MemOSRetriever
    from ._tools import MemOSToolSpec

__all__ = [
    "LlamaIndexEmbedder",
    "LlamaIndexLlm",
    "MemOSHistoryEvent",
    "MemOSMemory",
    "MemOSMemoryBlock",
    "MemOSRecallEvent",
    "MemOSRetriever",
    "MemOSToolSpec",
    "MemOSWriteEvent",
    "MemoryFusionRetriever",
    "from_episode",
    "register_memory",
    "to_message",
]

_PLACES = {
    "LlamaIndexEmbedder": "_models",
    "LlamaIndexLlm": "_models",
    "MemOSHistoryEvent": "_events",
    "MemOSMemory": "_memory",
    "MemOSMemoryBlock": "_block",
    "MemOSRecallEvent": "_events",
    "MemOSRetriever": "_retrievers",
    "MemOSToolSpec": "_tools",
    "MemOSWriteEvent": "_events",
    "MemoryFusionRetriever": "_retrievers",
    "from_episode": "_messages",
    "register_memory": "_memory",
    "to_message": "_messages",
}
_NEEDED = ("llama_index", "llama_index_instrumentation", "workflows")  # all come with llama-index-core


def __getattr__(name: str) -> object:
    # loaded at first use: importing this package imports no framework
    if name in _PLACES:
        try:
            module = import_module(f".{_PLACES[name]}", __name__)
        except ImportError as error:
            if (error.name or "").partition(".")[0] not in _NEEDED:
                raise
            raise MissingExtra("llama-index-core", "llama-index") from error
        value: object = getattr(module, name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
