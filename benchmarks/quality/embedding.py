"""An embedder that asks its model once for each text, ever: what it answered lies on disk between runs."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from memos_integrations.embeddings.base import Embedder
from memos_integrations.types.record import Vector

__all__ = ["CachedEmbedder", "default_cache"]

_AT_ONCE = 32  # texts between two writes: an interrupted run loses no more


def default_cache() -> Path:
    """The user's cache folder for these benchmarks, outside any tree."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "memos-integrations" / "quality"


class CachedEmbedder(Embedder):
    """Wraps an embedder; vectors are kept in a file by model and text. Several processes may share the folder.

    Args:
        inner: The model.
        folder: Where the file is kept; made where missing.
    """

    def __init__(self, inner: Embedder, folder: Path) -> None:
        self._inner = inner
        folder.mkdir(parents=True, exist_ok=True)
        name = "".join(c if c.isalnum() or c in "-._" else "_" for c in inner.fingerprint)
        self._connection = sqlite3.connect(folder / f"{name}.db", check_same_thread=False, timeout=60, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
        self._lock = threading.Lock()
        self.embedded = 0

    @property
    def fingerprint(self) -> str:
        """The model's own."""
        return self._inner.fingerprint

    def dense_weight(self, language: str) -> float:
        """The model's own."""
        return self._inner.dense_weight(language)

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text, from the file where it is known."""
        keys = [_key("d", text) for text in texts]
        known = self._known(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        todo = list(missing.items())
        for start in range(0, len(todo), _AT_ONCE):
            part = todo[start : start + _AT_ONCE]
            vectors = self._inner.embed_documents([text for _, text in part])
            known |= self._keep([key for key, _ in part], vectors)
        return [known[key] for key in keys]

    def embed_query(self, text: str) -> Vector:
        """The vector of a query."""
        key = _key("q", text)
        known = self._known([key])
        return known[key] if key in known else self._keep([key], [self._inner.embed_query(text)])[key]

    def readings(self, texts: Sequence[str]) -> list[Vector]:
        """The model's own, never kept: they change with the head."""
        return self._inner.readings(texts)

    def close(self) -> None:
        """Nothing: several memories share it, and it lives as long as the run."""

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        found: dict[bytes, Vector] = {}
        wanted = list(dict.fromkeys(keys))
        with self._lock:
            for start in range(0, len(wanted), 500):
                part = wanted[start : start + 500]
                rows = self._connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({', '.join('?' * len(part))})", part)
                found.update((key, np.frombuffer(vector, np.float32).tolist()) for key, vector in rows)
        return found

    def _keep(self, keys: Sequence[bytes], vectors: Sequence[Vector]) -> dict[bytes, Vector]:
        rows = [(key, np.asarray(vector, np.float32).tobytes()) for key, vector in zip(keys, vectors, strict=True)]
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            self._connection.execute("COMMIT")
        self.embedded += len(rows)
        return {key: np.frombuffer(vector, np.float32).tolist() for key, vector in rows}


def _key(kind: str, text: str) -> bytes:
    return hashlib.blake2b(f"{kind}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
