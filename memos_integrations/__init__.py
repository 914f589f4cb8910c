"""Long-term memory that drops into LangChain, LlamaIndex and LangGraph."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .client import (
        AsyncItemStore,
        AsyncMemOS,
        AsyncScopedMemory,
        ItemStore,
        MemOS,
        ScopedMemory,
    )
    from .errors import (
        AccessDenied,
        Closed,
        EmbedderError,
        EmbedderMismatch,
        ForeignData,
        InvalidInput,
        InvalidMessage,
        InvalidScope,
        MemOSError,
        MissingExtra,
        ModelAnswerError,
        ModelError,
        NotFound,
        StoreConflict,
        StoreCorrupt,
        StoreDenied,
        StoreError,
        StoreFull,
        StoreLocked,
        StoreUnavailable,
        StoreVersion,
        WaitTimeout,
    )
    from .settings import (
        Settings,
    )
    from .types import (
        AnyMemory,
        Citation,
        Copied,
        Decision,
        Episode,
        Evidence,
        Fact,
        FoundItem,
        Fused,
        Grant,
        History,
        HistoryEntry,
        Instruction,
        Item,
        ItemInput,
        Ledger,
        Memory,
        Message,
        NamespaceInfo,
        Page,
        Passage,
        Preference,
        Recall,
        Recalled,
        Receipt,
        Scope,
        ScoreParts,
        Summary,
        Usage,
    )

__all__ = [
    "AccessDenied",
    "AnyMemory",
    "AsyncItemStore",
    "AsyncMemOS",
    "AsyncScopedMemory",
    "Citation",
    "Closed",
    "Copied",
    "Decision",
    "EmbedderError",
    "EmbedderMismatch",
    "Episode",
    "Evidence",
    "Fact",
    "ForeignData",
    "FoundItem",
    "Fused",
    "Grant",
    "History",
    "HistoryEntry",
    "Instruction",
    "InvalidInput",
    "InvalidMessage",
    "InvalidScope",
    "Item",
    "ItemInput",
    "ItemStore",
    "Ledger",
    "MemOS",
    "MemOSError",
    "Memory",
    "Message",
    "MissingExtra",
    "ModelAnswerError",
    "ModelError",
    "NamespaceInfo",
    "NotFound",
    "Page",
    "Passage",
    "Preference",
    "Recall",
    "Recalled",
    "Receipt",
    "Scope",
    "ScopedMemory",
    "ScoreParts",
    "Settings",
    "StoreConflict",
    "StoreCorrupt",
    "StoreDenied",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreUnavailable",
    "StoreVersion",
    "Summary",
    "Usage",
    "WaitTimeout",
    "__version__",
]

_PLACES = ("errors", "settings", "types", "client")


def __getattr__(name: str) -> object:
    # loaded at first use, so that importing the package costs next to nothing
    if name in __all__:
        for place in _PLACES:
            module = import_module(f".{place}", __name__)
            if name in module.__all__:
                value: object = getattr(module, name)
                globals()[name] = value
                return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
