"""Any function from texts to vectors as an embedder."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from .._loop import run_on_private_loop
from ..errors import EmbedderError
from ..types.record import Vector
from ._check import checked
from .base import Embedder

__all__ = ["CallableEmbedder"]

EmbedFunction: TypeAlias = "Callable[[list[str]], Sequence[Vector] | Awaitable[Sequence[Vector]]]"


class CallableEmbedder(Embedder):
    """Wraps ``list[str] -> list[vector]``, blocking or ``async def``.

    An asynchronous function runs on a private loop, so that both faces can use it.
    """

    def __init__(self, function: EmbedFunction, *, name: str | None = None, query: EmbedFunction | None = None) -> None:
        """Wrap a function.

        Args:
            function: Embeds documents.
            name: Says which vectors may be compared: change it with the model.
            query: Embeds queries, where the model does that differently.
        """
        self._function = function
        self._query = query or function
        self._name = name or f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', type(function).__name__)}"

    @property
    def fingerprint(self) -> str:
        """The name given."""
        return f"callable:{self._name}"

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text.

        Raises:
            EmbedderError: The function raised, or returned something else.
        """
        return checked(_result(self._function, list(texts)), len(texts)) if texts else []

    def embed_query(self, text: str) -> Vector:
        """The vector of a query."""
        return checked(_result(self._query, [text]), 1)[0]


def _result(function: EmbedFunction, texts: list[str]) -> Sequence[Vector]:
    try:
        result = function(texts)
        if inspect.isawaitable(result):

            async def finish() -> Sequence[Vector]:
                return await result

            return run_on_private_loop(finish())
    except EmbedderError:
        raise
    except Exception as error:  # the boundary to the user's code, which may raise anything
        raise EmbedderError(f"the embedding function raised {type(error).__name__}") from error
    return result
