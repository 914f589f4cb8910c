"""Scores by an embedder's vector, and whether an embedder is the one that models were fitted with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

__all__ = ["Dense", "dense_of", "same_model"]


@dataclass(frozen=True)
class Dense:
    """Scores of a vector: ``vector @ weights + bias``."""

    weights: Floats
    bias: Floats

    def scores(self, vector: Floats) -> Floats:
        """A score for each column."""
        return vector @ self.weights + self.bias


def dense_of(array: Floats) -> Dense:
    """The weights, and as the last row the bias."""
    return Dense(array[:-1].astype("float32"), array[-1].astype("float32"))


def same_model(space: str | None, known: str) -> bool:
    """Whether an embedder is the one that models were fitted with."""
    return space is not None and _model_of(space) == _model_of(known)


def _model_of(space: str) -> tuple[str, str]:
    """Name and dimension of ``name-version/dimension``; a new version of the package holds the same model."""
    name, _, rest = space.partition("|")[0].partition("-")
    return name, rest.rpartition("/")[2]
