"""The errors of this package: one tree, each error says what to do.

MemOSError
 ├─ InvalidInput (ValueError)       what the caller passed; nothing was written
 │   ├─ InvalidMessage
 │   └─ InvalidScope
 ├─ NotFound (LookupError)          no such memory, task or namespace in the view
 ├─ AccessDenied (PermissionError)  the view may not do this
 ├─ WaitTimeout (TimeoutError)      wait() ran out of time; the work goes on
 ├─ Closed                          the client was closed
 ├─ StoreError                      the store failed; never looks like "no memories"
 │   ├─ StoreLocked
 │   ├─ StoreCorrupt
 │   ├─ StoreConflict                what a write rested on was changed meanwhile
 │   ├─ StoreUnavailable             the server cannot be reached, or does not answer in time
 │   ├─ StoreDenied                  the server refuses the key, or what the key may do
 │   ├─ StoreFull                    the server takes no more: quota, or a disk that is read-only
 │   └─ StoreVersion                the file is from a newer version
 ├─ EmbedderError                   the embedder failed or answered nonsense
 │   └─ EmbedderMismatch            the file was indexed with another embedder
 ├─ ModelError                      the LLM failed
 │   └─ ModelAnswerError            it answered, but not in the asked form
 ├─ ForeignData                     an import file is damaged or from a newer version
 └─ MissingExtra (ImportError)      an optional dependency is not installed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .types import Usage

__all__ = [
    "AccessDenied",
    "Closed",
    "EmbedderError",
    "EmbedderMismatch",
    "ForeignData",
    "InvalidInput",
    "InvalidMessage",
    "InvalidScope",
    "MemOSError",
    "MissingExtra",
    "ModelAnswerError",
    "ModelError",
    "NotFound",
    "StoreConflict",
    "StoreCorrupt",
    "StoreDenied",
    "StoreError",
    "StoreFull",
    "StoreLocked",
    "StoreUnavailable",
    "StoreVersion",
    "WaitTimeout",
]


def _masked(text: str) -> str:
    from .core.masking import mask_secrets

    return mask_secrets(text)


class MemOSError(Exception):
    """The root: whatever this package raises on purpose. What it says holds no secret, even where it repeats what was passed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(_masked(message))


class InvalidInput(MemOSError, ValueError):
    """An argument is wrong; nothing was written.

    Attributes:
        field: The argument at fault, as a path such as ``messages[2].created_at``.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = ".".join(_masked(part) for part in field.split("."))

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.field}: {message}" if self.field else message


class InvalidMessage(InvalidInput):
    """A message of ``add_message`` is wrong; none of its batch was written."""


class InvalidScope(InvalidInput):
    """A scope names nobody, or names somebody in a way that cannot be kept apart."""


class NotFound(MemOSError, LookupError):
    """No such memory, task or namespace, or not in this view."""


class AccessDenied(MemOSError, PermissionError):
    """The view may read here but not write, or not at all."""


class WaitTimeout(MemOSError, TimeoutError):
    """``wait()`` ran out of time. What was waited for goes on in the background."""


class Closed(MemOSError):
    """The client was closed; open another one."""


class StoreError(MemOSError):
    """The store failed."""


class StoreLocked(StoreError):
    """Another process holds the store's write lock for longer than the busy timeout."""


class StoreCorrupt(StoreError):
    """The store's file is damaged or is no store of ours."""


class StoreConflict(StoreError):
    """What a write rested on was changed meanwhile by somebody else; nothing was written. Read again and decide anew."""


class StoreUnavailable(StoreError):
    """The store's server cannot be reached, or does not answer in time. Nothing is known about a write that was under way: repeat it."""


class StoreDenied(StoreError):
    """The store's server refuses the key, or what is asked with it."""


class StoreFull(StoreError):
    """The store's server takes no more: a quota is reached, or its disk is full and read-only."""


class StoreVersion(StoreError):
    """The store was written by a newer version of this package."""


class EmbedderError(MemOSError):
    """The embedder failed, or returned vectors of a wrong shape."""


class EmbedderMismatch(EmbedderError):
    """The store was indexed with another embedder; ``reembed`` is the way out."""


class ModelError(MemOSError):
    """The LLM could not be reached or refused.

    Attributes:
        retryable: Whether the same call may succeed later.
        usage: What was spent all the same; None: nothing was sent.
    """

    def __init__(self, message: str, *, retryable: bool = True, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.usage = usage


class ModelAnswerError(ModelError):
    """The LLM answered, but not in the form that was asked for."""


class ForeignData(MemOSError, ValueError):
    """An import file is damaged, or was written by a newer version."""


class MissingExtra(MemOSError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f'{package} is not installed. Run: pip install "memos-integrations[{extra}]"')
        self.package, self.extra = package, extra

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return MissingExtra, (self.package, self.extra)
