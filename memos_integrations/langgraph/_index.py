"""What a store's ``index`` means for a memory that embeds by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from langchain_core.embeddings import Embeddings
from langgraph.store.base import IndexConfig

from ..embeddings import CallableEmbedder, Embedder, resolve_embedder
from ..errors import InvalidInput

__all__ = ["indexed_fields"]


def indexed_fields(index: IndexConfig | Literal[False] | None, embedder: Embedder | None) -> tuple[str, ...] | Literal[False]:
    """Paths of the texts that items are found by; False: none.

    Raises:
        InvalidInput: The index is malformed, or wants another embedder than the memory's.
    """
    if index is False:
        return False
    if index is None:
        return ("$",)
    if not isinstance(index, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        raise InvalidInput("must be a mapping such as {'fields': ['text']}, False or None", field="index")
    wanted = index.get("embed")
    if wanted is not None and not _is(wanted, embedder):
        own = "has no embedder" if embedder is None else f"was opened with another embedder ({embedder.fingerprint})"
        raise InvalidInput(
            f"the memory {own}, and a memory has one for all that is in it. Leave 'embed' out to use the memory's, or open the "
            "memory with yours: MemOS(…, embedder=LangChainEmbedder(embeddings)), or CallableEmbedder(function, name='my-model')",
            field="index.embed",
        )
    fields = index.get("fields")
    if fields is None:
        return ("$",)
    if isinstance(fields, str) or not all(isinstance(path, str) for path in fields):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInput("must be a list of paths such as ['text', 'notes[*].body']", field="index.fields")
    return tuple(fields)


def _is(wanted: object, embedder: Embedder | None) -> bool:
    """Whether that is what the memory embeds with."""
    if embedder is None:
        return False
    if isinstance(wanted, Embedder):
        return wanted is embedder or wanted.fingerprint == embedder.fingerprint
    if isinstance(wanted, str):
        return resolve_embedder(wanted).fingerprint == embedder.fingerprint  # type: ignore[union-attr]  # a name gives one
    if not isinstance(embedder, CallableEmbedder):
        return False
    if isinstance(wanted, Embeddings):
        return embedder.wraps(wanted.embed_documents) or embedder.wraps(wanted.aembed_documents)
    return embedder.wraps(wanted)
