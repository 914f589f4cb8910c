"""Vectors of the bundled embedder, kept on disk: 20 to 40 texts a second is slow."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from memos_integrations.embeddings.local import LocalEmbedder

CACHE = Path(__file__).parent / ".cache"


def vectors_of(texts: Sequence[str], *, queries: bool = False) -> np.ndarray:
    """A row for each text, in order; unit length. ``queries``: as they are asked, not stored."""
    embedder = LocalEmbedder()
    path = CACHE / f"{hashlib.sha256(embedder.fingerprint.encode()).hexdigest()[:12]}.npz"
    known: dict[str, np.ndarray] = {}
    if path.exists():
        with np.load(path) as stored:
            known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
    role = "query: " if queries else ""
    keys = [hashlib.sha256(f"{role}{text}".encode("utf-8", "surrogatepass")).hexdigest()[:24] for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    todo = list(missing.items())
    for start in range(0, len(todo), 200):
        part = todo[start : start + 200]
        wanted = [text for _, text in part]
        found = [embedder.embed_query(text) for text in wanted] if queries else embedder.embed_documents(wanted)
        known.update({key: np.asarray(vector, dtype=np.float32) for (key, _), vector in zip(part, found, strict=True)})
        print(f"embedded {min(start + 200, len(todo))} of {len(todo)}", flush=True)
    if todo:
        CACHE.mkdir(exist_ok=True)
        np.savez(path, keys=np.array(list(known)), vectors=np.array(list(known.values()), dtype=np.float32))
    rows = np.array([known[key] for key in keys], dtype=np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
