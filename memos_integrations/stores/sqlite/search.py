"""Scores: BM25 and cosine over segments, and the best of each arm."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import log

import numpy as np
from numpy.typing import NDArray

from ..base import SearchQuery
from .codec import as_matrix, pack_path, term_hash
from .index import NamespaceIndex
from .segment import Floats, Mask, Segment

__all__ = ["Candidate", "Question", "candidates", "ranked"]

_K1 = 1.2
_B = 0.75
_DIGITS = 6  # of a cosine: what is left does not depend on how the matrix lies in memory


@dataclass(slots=True)
class Candidate:
    """A row that one of the arms found."""

    n: int
    rid: int
    seq: int
    id: str
    lexical: float | None
    dense: float | None


@dataclass(slots=True)
class Question:
    """A query in the form that arrays want."""

    query: SearchQuery
    terms: list[np.uint64]
    vector: NDArray[np.float32] | None
    path: bytes

    @classmethod
    def of(cls, query: SearchQuery) -> Question:
        """The question of a query; raises ``InvalidInput``."""
        vector: NDArray[np.float32] | None = None
        if query.vector is not None:
            wide = as_matrix([query.vector], "vector")[0].astype(np.float64)
            norm = float(np.linalg.norm(wide))
            vector = (wide / norm if norm else wide).astype(np.float32)
        terms = [np.uint64(term_hash(t)) for t in dict.fromkeys(query.terms)]
        return cls(query, terms, vector, pack_path(query.path_prefix))


@dataclass(slots=True)
class _Statistics:
    """What BM25 needs to know of a namespace: its active records."""

    count: int = 0
    length: float = 0.0
    frequency: dict[np.uint64, int] = field(default_factory=dict[np.uint64, int])

    def add(self, segment: Segment, terms: Iterable[np.uint64], active: int | None) -> None:
        live = segment.alive & (segment.status == (-1 if active is None else active))
        self.count += int(np.count_nonzero(live))
        self.length += float(segment.length[live].sum())
        for term in terms:
            found = segment.postings(term)
            if found is not None:
                self.frequency[term] = self.frequency.get(term, 0) + int(np.count_nonzero(live[found[0]]))

    def idf(self, term: np.uint64) -> float:
        df = self.frequency.get(term, 0)
        return log(1 + (self.count - df + 0.5) / (df + 0.5))


def _allowed(segment: Segment, question: Question, code: dict[str, int]) -> Mask:
    query = question.query
    mask = segment.alive & np.isin(segment.status, [code[s] for s in query.statuses if s in code])
    if query.kinds:
        mask &= np.isin(segment.kind, [code[k] for k in query.kinds if k in code])
    if query.as_of is not None:
        mask &= (segment.since <= query.as_of) & (query.as_of < segment.until)
    mask &= segment.expires > query.now
    if question.path:
        below = [row for row, path in segment.paths.items() if path.startswith(question.path)]
        at = np.zeros(len(segment), np.bool_)
        at[below] = True
        mask &= at
    return mask


def _lexical(segment: Segment, question: Question, statistics: _Statistics) -> Floats:
    scores = np.zeros(len(segment))
    average = statistics.length / statistics.count if statistics.length else 1.0
    for term in question.terms:
        found = segment.postings(term)
        if found is not None:
            docs, tf = found
            norm = _K1 * (1 - _B + _B * segment.length[docs] / average)
            scores[docs] += statistics.idf(term) * tf * (_K1 + 1) / (tf + norm)
    return scores


def _dense(segment: Segment, question: Question) -> Floats | None:
    vector = question.vector
    block = None if vector is None else segment.blocks.get((question.query.space, len(vector)))
    if vector is None or block is None:
        return None
    scores = np.full(len(segment), -np.inf)
    found = np.clip(np.round((block.matrix @ vector).astype(np.float64), _DIGITS), -1.0, 1.0)
    starts = np.flatnonzero(np.concatenate(([True], block.owner[1:] != block.owner[:-1])))
    if len(starts) < len(found):  # several vectors of a record lie side by side
        found = np.maximum.reduceat(found, starts)
    scores[block.owner[starts]] = found
    return scores


def _top(scores: Floats, limit: int) -> set[int]:
    """Rows of the best scores, with all that tie with the last of them."""
    rows = np.flatnonzero(scores > -np.inf)
    if len(rows) > limit:
        found = scores[rows]
        least = np.partition(found, len(found) - limit)[len(found) - limit]
        rows = rows[found >= least]
    return set(rows.tolist())


def candidates(
    index: NamespaceIndex, segments: Callable[[], Iterable[Segment]], question: Question, limit: int
) -> tuple[list[Candidate], list[Candidate]]:
    """At least the best ``limit`` rows of a namespace by each arm, lexical and dense."""
    statistics = _Statistics()
    if question.terms:
        for segment in segments():
            statistics.add(segment, question.terms, index.code.get("active"))
    by_words: list[Candidate] = []
    by_meaning: list[Candidate] = []
    for segment in segments():
        mask = _allowed(segment, question, index.code)
        lexical = np.where(mask, _lexical(segment, question, statistics), 0.0) if question.terms else None
        dense = _dense(segment, question)
        words: set[int] = set() if lexical is None else _top(np.where(lexical > 0, lexical, -np.inf), limit)
        meaning: set[int] = set() if dense is None else _top(np.where(mask, dense, -np.inf), limit)
        rows = sorted(words | meaning)
        rids, seqs = segment.rid[rows].tolist(), segment.seq[rows].tolist()
        word_scores = [0.0] * len(rows) if lexical is None else lexical[rows].tolist()
        cosines = [-np.inf] * len(rows) if dense is None else dense[rows].tolist()
        for row, rid, seq, word, cosine in zip(rows, rids, seqs, word_scores, cosines, strict=True):
            found = Candidate(index.n, rid, seq, segment.ids[row], word if word > 0 else None, cosine if cosine > -np.inf else None)
            if row in words:
                by_words.append(found)
            if row in meaning:
                by_meaning.append(found)
        if len(by_words) > limit:
            by_words = _best(by_words, limit, _by_words)
        if len(by_meaning) > limit:
            by_meaning = _best(by_meaning, limit, _by_meaning)
    return by_words, by_meaning


def _by_words(found: Candidate) -> float:
    return found.lexical or 0.0


def _by_meaning(found: Candidate) -> float:
    return -2.0 if found.dense is None else found.dense


def _best(found: list[Candidate], limit: int | None, score: Callable[[Candidate], float]) -> list[Candidate]:
    """The first ``limit``, ties by id."""
    return sorted(found, key=lambda c: (-score(c), c.id, c.n))[:limit]


def ranked(found: list[tuple[list[Candidate], list[Candidate]]], limit: int) -> tuple[list[Candidate], list[Candidate]]:
    """The best of several namespaces, by each arm."""
    return (
        _best([c for words, _ in found for c in words], limit, _by_words),
        _best([c for _, meaning in found for c in meaning], limit, _by_meaning),
    )
