"""Memories on a Weaviate server: ``MemOS("weaviate://localhost:8080")``."""

from __future__ import annotations

from ...errors import MissingExtra

try:
    from .store import WeaviateStore
except ModuleNotFoundError as _error:
    if (_error.name or "").partition(".")[0] not in ("weaviate", "httpx", "grpc"):
        raise
    raise MissingExtra("weaviate-client", "weaviate") from _error

__all__ = ["WeaviateStore"]
