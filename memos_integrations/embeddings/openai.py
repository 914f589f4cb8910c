"""Embeddings over the ``openai`` package: any endpoint that speaks its protocol."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import EmbedderError, InvalidInput, MissingExtra
from ..types.record import Vector
from ._check import checked, sendable
from .base import Embedder

try:
    import openai
except ImportError as _error:
    raise MissingExtra("openai", "openai") from _error

__all__ = ["OpenAIEmbedder"]


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
            self._client = openai.OpenAI(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=2)
        except openai.OpenAIError:
            raise EmbedderError("no key for the embedding endpoint: pass api_key= or set OPENAI_API_KEY") from None

    @property
    def fingerprint(self) -> str:
        """Model and, if set, dimension."""
        return f"openai:{self._model}" + (f"/{self._dimensions}" if self._dimensions is not None else "")

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), self._batch):
            vectors += self._call(list(texts[start : start + self._batch]))
        return checked(vectors, len(texts), self._dimensions)

    def embed_query(self, text: str) -> Vector:
        """The vector of a query."""
        return self._call([text])[0]

    def _call(self, texts: list[str]) -> list[Vector]:
        try:
            answer = self._client.embeddings.create(
                model=self._model,
                input=[sendable(text) for text in texts],
                encoding_format="float",
                dimensions=self._dimensions if self._dimensions is not None else openai.omit,
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
        """Close the connection pool."""
        self._client.close()
