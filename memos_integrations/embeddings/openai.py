"""Embeddings over the ``openai`` package: any endpoint that speaks its protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from .._loop import drive
from ..errors import EmbedderError, InvalidInput, MissingExtra
from ..types.record import Vector
from ._check import checked, sendable
from .base import Embedder

try:
    import openai

    from .._openai import Clients
except ImportError as _error:
    raise MissingExtra("openai", "openai") from _error

__all__ = ["OpenAIEmbedder"]

_Call: TypeAlias = Callable[[Callable[[Any], Any]], Awaitable[Any]]


class OpenAIEmbedder(Embedder):
    """An embedding model behind an OpenAI-compatible endpoint."""

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        dimensions: int | None = None,
        timeout: float = 30.0,
        batch: int = 128,
    ) -> None:
        """Name the model and, if it is not OpenAI's own, the endpoint.

        Args:
            model: Name of the model.
            base_url: Endpoint; None: ``OPENAI_BASE_URL`` or OpenAI's.
            api_key: Key; None: ``OPENAI_API_KEY``.
            dimensions: Shorten the vectors, where the model can.
            timeout: Seconds a call may take.
            batch: Texts a call.

        Raises:
            EmbedderError: There is no key.
            InvalidInput: A number is below 1.
        """
        if batch < 1:
            raise InvalidInput("must be at least 1", field="batch")
        if dimensions is not None and dimensions < 1:
            raise InvalidInput("must be at least 1", field="dimensions")
        self._model = model
        self._dimensions = dimensions
        self._batch = batch
        try:
            self._clients = Clients(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=2)
        except openai.OpenAIError:
            raise EmbedderError("no key for the embedding endpoint: pass api_key= or set OPENAI_API_KEY") from None

    def __reduce__(self) -> tuple[Callable[[], OpenAIEmbedder], tuple[()]]:
        """Pickled without its key, which the other process takes from its own environment."""
        return partial(OpenAIEmbedder, self._model, **self._clients.endpoint, dimensions=self._dimensions, batch=self._batch), ()

    @property
    def fingerprint(self) -> str:
        """Model and, if set, dimension."""
        return f"openai:{self._model}" + (f"/{self._dimensions}" if self._dimensions is not None else "")

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text."""
        return drive(self._all(texts, self._call))

    async def aembed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """``embed_documents``, awaited: no thread is held while the endpoint works."""
        return await self._all(texts, self._acall)

    def embed_query(self, text: str) -> Vector:
        """The vector of a query."""
        return drive(self._all([text], self._call))[0]

    async def aembed_query(self, text: str) -> Vector:
        """``embed_query``, awaited."""
        return (await self._all([text], self._acall))[0]

    async def _call(self, ask: Callable[[Any], Any]) -> Any:
        return self._clients.call(ask)

    async def _acall(self, ask: Callable[[Any], Any]) -> Any:
        return await self._clients.acall(ask)

    async def _all(self, texts: Sequence[str], call: _Call) -> list[Vector]:
        vectors: list[Vector] = []
        for start in range(0, len(texts), self._batch):
            vectors += await self._some([sendable(text) for text in texts[start : start + self._batch]], call)
        return checked(vectors, len(texts), self._dimensions)

    async def _some(self, texts: list[str], call: _Call) -> list[Vector]:
        dimensions = self._dimensions if self._dimensions is not None else openai.omit
        try:
            answer = await call(
                lambda client: client.embeddings.create(model=self._model, input=texts, encoding_format="float", dimensions=dimensions)
            )
            ordered = sorted(answer.data, key=lambda item: item.index)
            vectors = [item.embedding for item in ordered]
        # not chained: an endpoint's own words may repeat the key or the texts
        except openai.APIStatusError as error:
            raise EmbedderError(f"the embedding endpoint answered {error.status_code}") from None
        except openai.OpenAIError as error:
            raise EmbedderError(f"the embedding endpoint failed: {type(error).__name__}") from None
        except (ValueError, TypeError, AttributeError):
            raise EmbedderError("the embedding endpoint answered with no list of vectors") from None
        if [item.index for item in ordered] != list(range(len(texts))):
            raise EmbedderError("the embedding endpoint answered for other texts than were sent")
        return checked(vectors, len(texts), self._dimensions)

    def close(self) -> None:
        """Close the connections; a call after it opens others."""
        self._clients.close()
