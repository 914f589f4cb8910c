"""Vectors of a record, checked."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import InvalidInput
from ..types.record import Vector

__all__ = ["as_matrix"]


def as_matrix(vectors: Sequence[Vector], what: str) -> NDArray[np.float32]:
    """Vectors as rows of one finite matrix.

    Raises:
        InvalidInput: They are empty, of several dimensions, or not finite in single precision.
    """
    try:
        with np.errstate(over="ignore"):
            matrix = np.asarray(vectors, dtype="<f4")
    except (TypeError, ValueError) as error:
        raise InvalidInput("vectors must be numbers, all of one dimension", field=what) from error
    if matrix.ndim != 2 or not matrix.shape[1]:
        raise InvalidInput("vectors must not be empty and have one dimension", field=what)
    if not math.isfinite(float(np.abs(matrix).max())):
        raise InvalidInput("vectors must be finite in single precision; the embedder returned NaN or infinity", field=what)
    return matrix
