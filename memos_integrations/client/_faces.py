"""The two faces of one memory, whichever was given: what every adapter starts from."""

from __future__ import annotations

from typing import TypeAlias

from ..errors import InvalidInput
from ..types import Scope
from ._async import AsyncMemOS, AsyncScopedMemory
from ._calls import ScopedMemory
from ._sync import MemOS

__all__ = ["AnyFace", "bound_scope", "faces_of"]

AnyFace: TypeAlias = MemOS | AsyncMemOS | ScopedMemory | AsyncScopedMemory
"""A memory, or a handle with its scope bound, of either face."""


def faces_of(memory: AnyFace) -> tuple[MemOS | ScopedMemory, AsyncMemOS | AsyncScopedMemory]:
    """The blocking and the awaited face of one memory.

    Raises:
        InvalidInput: It is no memory.
    """
    if isinstance(memory, MemOS | ScopedMemory):
        return memory, memory.aio
    if isinstance(memory, AsyncMemOS | AsyncScopedMemory):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        return memory.sync, memory
    raise InvalidInput(f"must be a MemOS, an AsyncMemOS or a scoped handle, not {type(memory).__name__}", field="memory")


def bound_scope(memory: AnyFace) -> Scope | None:
    """The scope of a handle that has one."""
    return memory.scope if isinstance(memory, ScopedMemory | AsyncScopedMemory) else None
