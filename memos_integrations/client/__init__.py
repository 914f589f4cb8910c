"""Floor 5: the two faces."""

from ._async import AsyncMemOS, AsyncScopedMemory
from ._sync import MemOS, ScopedMemory

__all__ = ["AsyncMemOS", "AsyncScopedMemory", "MemOS", "ScopedMemory"]
