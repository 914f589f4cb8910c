"""The Embedder port."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from ..types.record import Vector

__all__ = ["Embedder"]


class Embedder(ABC):
    """Turns text into vectors. Thread-safe. May offer coroutine twins ``aembed_documents`` and ``aembed_query``.

    Raises:
        EmbedderError: From any call, when the model cannot be reached or returns nonsense.
    """

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Name, version and dimension of the model: vectors of different fingerprints are never compared."""

    @abstractmethod
    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text, in order."""

    @abstractmethod
    def embed_query(self, text: str) -> Vector:
        """The vector of a query (some models embed queries differently)."""

    def dense_weight(self, language: str) -> float:
        """Weight of this model's cosines against words in a fused score, 0 to 1, for a query's language."""
        return 0.7 if language == "zh" else 0.5

    def readings(self, texts: Sequence[str]) -> list[Vector]:
        """What the head of the package's models (``core.learnt``) reads in the tokens of each text, in order.

        Empty: this embedder shows its tokens to no head, as all but the bundled one do. Words decide alone then.
        """
        return []

    def close(self) -> None:
        """Release what the embedder holds."""
