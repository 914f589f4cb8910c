"""Any function from texts to vectors as an embedder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from .._loop import acall_function, call_function
from ..errors import EmbedderError
from ..types.record import Vector
from ._check import checked
from .base import Embedder

__all__ = ["CallableEmbedder"]

EmbedFunction: TypeAlias = "Callable[[list[str]], Sequence[Vector] | Awaitable[Sequence[Vector]]]"


class CallableEmbedder(Embedder):
    """Wraps ``list[str] -> list[vector]``, blocking or ``async def``.

    An asynchronous function always runs on one private loop, whichever face calls, from whatever loop: a client that it
    keeps stays usable. A blocking one runs in a thread under the asynchronous face.
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

    def wraps(self, function: object) -> bool:
        """Whether this is the function that embeds the documents; of an object's method, that of the same object."""
        return function == self._function

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text.

        Raises:
            EmbedderError: The function raised, or returned something else.
        """
        return checked(_called(self._function, list(texts)), len(texts)) if texts else []

    async def aembed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """``embed_documents``, awaited."""
        return checked(await _acalled(self._function, list(texts)), len(texts)) if texts else []

    def embed_query(self, text: str) -> Vector:
        """The vector of a query."""
        return checked(_called(self._query, [text]), 1)[0]

    async def aembed_query(self, text: str) -> Vector:
        """``embed_query``, awaited."""
        return checked(await _acalled(self._query, [text]), 1)[0]


def _called(function: EmbedFunction, texts: list[str]) -> Sequence[Vector]:
    try:
        return call_function(function, texts)
    except EmbedderError:
        raise
    except Exception as error:  # the boundary to the user's code, which may raise anything
        raise EmbedderError(f"the embedding function raised {type(error).__name__}") from error


async def _acalled(function: EmbedFunction, texts: list[str]) -> Sequence[Vector]:
    try:
        return await acall_function(function, texts)
    except EmbedderError:
        raise
    except Exception as error:  # the boundary to the user's code, which may raise anything
        raise EmbedderError(f"the embedding function raised {type(error).__name__}") from error
