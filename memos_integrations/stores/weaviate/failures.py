"""What the client raises, in our words."""

from __future__ import annotations

from collections.abc import Iterable
from traceback import clear_frames

import httpx
from weaviate import exceptions as upstream

from ...errors import StoreDenied, StoreError, StoreFull, StoreUnavailable

__all__ = ["RAISED", "is_absent", "is_missing_tenant", "is_moving", "is_taken", "let_go", "refused", "translated"]

RAISED: tuple[type[BaseException], ...] = (upstream.WeaviateBaseError, httpx.HTTPError, TimeoutError, OSError)
"""All that a request may raise on its own account."""

_UNREACHABLE = (
    upstream.WeaviateConnectionError,
    upstream.WeaviateStartUpError,
    upstream.WeaviateGRPCUnavailableError,
    upstream.WeaviateRetryError,
    upstream.WeaviateClosedClientError,
    httpx.TransportError,
    ConnectionError,
)
# gRPC's errors reach us as text only
_NO_ANSWER = (
    "failed to connect",
    "connection refused",
    "connection reset",
    "unavailable",
    "deadline exceeded",
    "context deadline",
    "socket closed",
    "broken pipe",
    "after 5 retries",
    "not enough replicas",
    "cannot achieve consistency",
    "cannot reach enough replicas",
    "leader not found",
    "no active connection",
    "non-existing index",  # a collection that is not loaded yet, soon after a start
)
_MOVING = ("bucket for prop", "bucket not found", "shut or dropped", "shutdown in progress", "shutting down", "already closed")
_DENIED = ("unauthenticated", "unauthorized", "anonymous access not enabled", "permission_denied", "forbidden", "invalid api key")
_FULL = (
    "usage_limit_exceeded",
    "resource_exhausted",
    "read-only",
    "readonly",
    "read only",
    "no space left",
    "too many open files",
    "limit reached",
    "too many requests",
)


def is_moving(error: BaseException) -> bool:
    """Whether a request came upon a tenant that is being made, put to sleep or dropped at that moment."""
    said = str(error).lower()
    return any(sign in said for sign in _MOVING)


def is_missing_tenant(error: BaseException) -> bool:
    """Whether a request named a tenant that is not there."""
    return "tenant not found" in str(error).lower()


def is_taken(error: BaseException) -> bool:
    """Whether what should be made is there already."""
    return "already exists" in str(error).lower()


def is_absent(error: BaseException) -> bool:
    """Whether what should be changed is not there."""
    return "status code: 404" in str(error).lower()


def translated(error: BaseException, what: str, location: str, timeout_s: float) -> StoreError:
    """The error of ours for what a request raised."""
    if isinstance(error, TimeoutError | upstream.WeaviateTimeoutError | httpx.TimeoutException):
        return StoreUnavailable(f"{what}: no answer from {location} within {timeout_s:g} s")
    said = f"{type(error).__name__}: {error}"
    words = said.lower()
    status = error.status_code if isinstance(error, upstream.UnexpectedStatusCodeError) else 0
    if isinstance(error, upstream.InsufficientPermissionsError) or status in (401, 403) or any(sign in words for sign in _DENIED):
        return StoreDenied(f"{what}: {location} refuses the key, or there is none: set WEAVIATE_API_KEY, or ask for its rights. {said}")
    if status == 429:
        return _full(what, location, said)
    if isinstance(error, _UNREACHABLE) or status in (502, 503, 504):
        return _unreachable(what, location, said)
    return refused(what, location, [said])


def refused(what: str, location: str, reasons: Iterable[str]) -> StoreError:
    """The error of ours for objects that the server did not take, by what it says of them."""
    said = "; ".join(list(dict.fromkeys(reasons))[:3])
    words = said.lower()
    if any(sign in words for sign in _FULL):
        return _full(what, location, said)
    if any(sign in words for sign in _NO_ANSWER):
        return _unreachable(what, location, said)
    return StoreError(f"{what} failed on {location}: {said}")


def _full(what: str, location: str, said: str) -> StoreFull:
    return StoreFull(f"{what}: {location} takes no more: a quota is reached, or its disk is full and read-only. {said}")


def _unreachable(what: str, location: str, said: str) -> StoreUnavailable:
    return StoreUnavailable(f"{what}: {location} cannot be reached: {said}")


def let_go(error: BaseException | None) -> None:
    """Empty the frames that an error went through: the client's hold the error themselves, and with it the connection, after a close."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
