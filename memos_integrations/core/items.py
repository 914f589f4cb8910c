"""Items: their ids, and how well one answers a query."""

from __future__ import annotations

from collections.abc import Sequence

from .identity import named_id

__all__ = ["item_id", "item_score"]

_HALF = 4.0  # BM25 at which words count half as much as they ever can


def item_id(namespace: str, path: Sequence[str], key: str) -> str:
    """Id of the item of a path and key."""
    return named_id("item", namespace, key, *path)


def item_score(lexical: float | None, dense: float | None) -> float | None:
    """One score of both arms, 0 to 1, by the same measure whatever else was found: pages fit together, and so do namespaces.

    Each arm leaves so much of the doubt that the other left: ``1 - (1 - words) * (1 - meaning)``. Grows with each arm.

    Args:
        lexical: BM25; None: no word matched.
        dense: Cosine; None: no vector.
    """
    if lexical is None and dense is None:
        return None
    words = 0.0 if lexical is None else lexical / (lexical + _HALF)
    meaning = 0.0 if dense is None else min(1.0, max(0.0, dense))
    return 1.0 - (1.0 - words) * (1.0 - meaning)
