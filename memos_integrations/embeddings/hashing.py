"""A deterministic test double: hashed words, no model."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from ..core.text import index_terms
from ..errors import InvalidInput
from ..types.record import Vector
from .base import Embedder

__all__ = ["HashingEmbedder"]


class HashingEmbedder(Embedder):
    """Texts that share words get near vectors. For tests and benchmarks; knows nothing of meaning."""

    def __init__(self, dimension: int = 256) -> None:
        """Make one of so many dimensions, 2 at least."""
        if dimension < 2:
            raise InvalidInput("must be at least 2", field="dimension")
        self._dimension = dimension

    @property
    def fingerprint(self) -> str:
        """Name and dimension."""
        return f"hashing-1/{self._dimension}"

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text."""
        return [self._embed(text) for text in texts]

    def embed_query(self, text: str) -> Vector:
        """The vector of a query, as of any text."""
        return self._embed(text)

    def _embed(self, text: str) -> Vector:
        vector = [0.0] * self._dimension
        for term in index_terms(text) or (text,):
            digest = hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            number = int.from_bytes(digest, "big")
            vector[number % self._dimension] += 1.0 if number >> 63 else -1.0
        length = math.sqrt(sum(x * x for x in vector)) or 1.0
        return [x / length for x in vector]
