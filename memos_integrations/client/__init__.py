"""Floor 5: the two faces."""

from ._async import AsyncMemOS, AsyncScopedMemory
from ._items import AsyncItemStore, ItemStore
from ._sync import MemOS, ScopedMemory

__all__ = ["AsyncItemStore", "AsyncMemOS", "AsyncScopedMemory", "ItemStore", "MemOS", "ScopedMemory"]
