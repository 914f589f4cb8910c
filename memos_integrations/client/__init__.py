"""Floor 5: the two faces."""

from ._async import AsyncMemOS, AsyncScopedMemory
from ._calls import ScopedMemory
from ._items import AsyncItemStore, ItemStore
from ._sync import MemOS

__all__ = ["AsyncItemStore", "AsyncMemOS", "AsyncScopedMemory", "ItemStore", "MemOS", "ScopedMemory"]
