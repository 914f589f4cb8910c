"""Vectors made ahead of the moment in which a store changes to another embedder."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np

from ..embeddings.base import Embedder
from ..errors import StoreError
from ..types.record import Vector

__all__ = ["Ahead"]


class Ahead(Embedder):
    """An embedder that remembers, in a file of this machine, what it was asked before: no words, only their hashes and vectors.

    Args:
        inner: The embedder.
        key: The store's key: hashes of two stores differ, and a run that broke off finds its file again.

    Raises:
        StoreError: The folder of such files belongs to somebody else.
    """

    def __init__(self, inner: Embedder, key: bytes) -> None:
        self._inner = inner
        self._key = key
        name = blake2b(inner.fingerprint.encode("utf-8", "surrogatepass"), key=key[:64], digest_size=12).hexdigest()
        owner = os.getuid() if hasattr(os, "getuid") else 0
        folder = Path(tempfile.gettempdir()) / f"memos-reembed-{owner}"
        folder.mkdir(mode=0o700, exist_ok=True)
        there = folder.lstat()
        if hasattr(os, "getuid") and (there.st_uid != owner or folder.is_symlink() or there.st_mode & 0o077):
            raise StoreError(f"{folder} is not yours alone: remove it, or set TMPDIR to a folder of your own")
        self._path = folder / f"{name}.db"
        self._file = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
        self._file.execute("CREATE TABLE IF NOT EXISTS vectors (hash BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    @property
    def fingerprint(self) -> str:
        """The embedder's own."""
        return self._inner.fingerprint

    def embed_documents(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text; those that are known are not asked for again."""
        hashes = [self._hash(text) for text in texts]
        found = {hash_: vector for hash_ in dict.fromkeys(hashes) if (vector := self._known(hash_)) is not None}
        missing = {hash_: text for hash_, text in zip(hashes, texts, strict=True) if hash_ not in found}
        if missing:
            made = [np.asarray(vector, dtype="<f4") for vector in self._inner.embed_documents(list(missing.values()))]
            with self._file:
                self._file.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)", [(h, v.tobytes()) for h, v in zip(missing, made, strict=False)]
                )
            found |= dict(zip(missing, made, strict=False))
        return [found[hash_].tolist() for hash_ in hashes if hash_ in found]

    def embed_query(self, text: str) -> Vector:
        """The embedder's own."""
        return self._inner.embed_query(text)

    def readings(self, texts: Sequence[str]) -> list[Vector]:
        """The embedder's own."""
        return self._inner.readings(texts)

    def _hash(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._key[:64], digest_size=20).digest()

    def _known(self, hash_: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]] | None:
        row = self._file.execute("SELECT vector FROM vectors WHERE hash = ?", (hash_,)).fetchone()
        return None if row is None else np.frombuffer(row[0], dtype="<f4")

    def close(self) -> None:
        """Close the file; it stays for the next run."""
        self._file.close()

    def done(self) -> None:
        """Close the file and remove it."""
        self.close()
        self._path.unlink(missing_ok=True)
