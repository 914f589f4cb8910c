"""What a plain retriever reaches on the same messages and questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log

import numpy as np
import snowballstemmer
from numpy.typing import NDArray

from memos_integrations.embeddings.base import Embedder

__all__ = ["NAIVE", "Baselines"]

NAIVE = ("bm25", "dense", "fusion")

_WORDS = re.compile(r"[一-鿿]+|[a-z0-9]+(?:'[a-z]+)?")
_STOP_WORDS = (
    "a an and are as at be been but by can could did do does for from had has have he her him his how i if in into is it its me my no not "
    "of on or our she should so that the their them then there these they this to was we were what when where which who why will with "
    "would you your 的 了 是 在 我 你 他 她 它 们 这 那 有 和 吗 呢 吧 啊"
)
_STOP = frozenset(_STOP_WORDS.split())
_stemmer = snowballstemmer.stemmer("english")

Scores = NDArray[np.float64]


def words(text: str) -> list[str]:
    """Stemmed Latin words without stop words; Chinese characters and pairs of them."""
    found: list[str] = []
    for run in _WORDS.findall(text.lower()):
        if run[0] >= "一":
            found += [c for c in run if c not in _STOP]
            found += [run[i : i + 2] for i in range(len(run) - 1)]
        elif run not in _STOP:
            found.append(_stemmer.stemWord(run))
    return found


class Baselines:
    """BM25 (k1 1.2, b .75), cosine, and both after min-max within a question, over a fixed list of messages."""

    def __init__(self, ids: Sequence[str], texts: Sequence[str], embedder: Embedder | None) -> None:
        self._ids = list(ids)
        self._embedder = embedder
        documents = [Counter(words(text)) for text in texts]
        self._lengths = np.array([sum(d.values()) for d in documents], np.float64)
        self._postings: dict[str, list[tuple[int, int]]] = {}
        for number, document in enumerate(documents):
            for term, count in document.items():
                self._postings.setdefault(term, []).append((number, count))
        self._vectors = np.array(embedder.embed_documents(list(texts)), np.float64) if embedder is not None and texts else None

    def _bm25(self, query: str) -> Scores:
        scores = np.zeros(len(self._ids))
        average = max(1.0, float(self._lengths.mean())) if len(self._ids) else 1.0
        for term in set(words(query)):
            found = self._postings.get(term, [])
            idf = log(1 + (len(self._ids) - len(found) + 0.5) / (len(found) + 0.5))
            for number, count in found:
                scores[number] += idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * self._lengths[number] / average))
        return scores

    def rankings(self, query: str, *, language: str) -> dict[str, list[str]]:
        """Ids, best first, by each baseline; no dense ones without an embedder."""
        lexical = self._bm25(query)
        orders = {"bm25": self._order(lexical)[: int(np.count_nonzero(lexical))]}
        if self._vectors is not None and self._embedder is not None:
            dense = self._vectors @ np.array(self._embedder.embed_query(query))
            weight = 0.7 if language == "zh" else 0.5
            orders["dense"] = self._order(dense)
            orders["fusion"] = self._order((1 - weight) * _minmax(lexical) + weight * _minmax(dense))
        return orders

    def _order(self, scores: Scores) -> list[str]:
        return [self._ids[i] for i in np.argsort(-scores, kind="stable")]


def _minmax(scores: Scores) -> Scores:
    width = float(scores.max() - scores.min()) if len(scores) else 0.0
    return (scores - scores.min()) / width if width > 0 else np.zeros(len(scores))
