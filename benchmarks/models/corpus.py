"""The labelled corpus, and the part of it that training never sees."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
TWINS = CORPUS / "twins.json"
OWN = Path(__file__).parent / "own"
SHARE_KEPT = 4  # one in so many is kept apart


def rows(kind: str) -> list[dict[str, Any]]:
    """The rows of the files ``kind-*.jsonl`` (``turns``, ``applies``, ``updates``), in order."""
    found: list[dict[str, Any]] = []
    for path in sorted(CORPUS.glob(f"{kind}-*.jsonl")):
        found += [{**json.loads(line), "file": path.stem} for line in path.read_text("utf-8").splitlines() if line.strip()]
    return found


@lru_cache(maxsize=1)
def _families() -> dict[str, str]:
    return json.loads(TWINS.read_text("utf-8")) if TWINS.exists() else {}


def family(identity: str) -> str:
    """What an id is split by: English and Chinese rows of one scenario share it (``twins.json``)."""
    return _families().get(identity, identity)


def kept(key: str) -> bool:
    """Whether what has this key is kept apart from training. Use ``family(id)``, or the text of a preference."""
    return int(hashlib.sha256(f"kept apart: {key}".encode()).hexdigest(), 16) % SHARE_KEPT == 0


def groups(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Ids joined by pairs, each with the least id of its group."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for a, b in pairs:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    joined: dict[str, list[str]] = defaultdict(list)
    for name in list(parent):
        joined[root(name)].append(name)
    return {name: least for least, members in joined.items() for name in members}
