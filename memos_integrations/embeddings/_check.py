from __future__ import annotations

import math
from collections.abc import Sequence

from ..errors import EmbedderError
from ..types.record import Vector


def checked(vectors: Sequence[Vector], count: int, dimension: int | None = None) -> list[Vector]:
    """Vectors of the right number, one dimension, and finite.

    Raises:
        EmbedderError: They are not.
    """
    try:
        result: list[Vector] = [[float(x) for x in vector] for vector in vectors]
    except (TypeError, ValueError):
        raise EmbedderError(f"what should be {count} vectors of numbers is something else") from None
    if len(result) != count:
        raise EmbedderError(f"{count} texts gave {len(result)} vectors")
    sizes = {len(vector) for vector in result} | ({dimension} if dimension is not None else set())  # pyright: ignore[reportUnknownVariableType]  # checked at run time
    if count and (len(sizes) != 1 or 0 in sizes):  # pyright: ignore[reportUnknownArgumentType]  # checked at run time
        raise EmbedderError(f"vectors of {sorted(sizes)} dimensions where one was expected")  # pyright: ignore[reportUnknownArgumentType]  # checked at run time
    if not all(math.isfinite(x) for vector in result for x in vector):
        raise EmbedderError("a vector holds a number that is not finite")
    return result


def sendable(text: str) -> str:
    """A text that every model takes: not empty, no NUL (which ends a C string), no lone surrogate."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ") or " "
