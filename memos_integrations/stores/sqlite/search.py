"""Scores: BM25 and cosine over segments, and the best of each arm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import repeat
from math import inf, log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._vectors import as_matrix
from ..base import SearchQuery
from .codec import pack_path, term_hash
from .index import NamespaceIndex
from .segment import Block, Floats, Ints, Mask, Segment

__all__ = ["Candidate", "Question", "candidates", "ranked"]

_K1 = 1.2
_B = 0.75
_DIGITS = 6  # of a cosine: what is left does not depend on how the matrix lies in memory
_SLICES = 8  # for each place to be filled, when the least score that fills one is looked for
_SLACK = 1e-5  # more than single precision can be wrong by


class Candidate(NamedTuple):
    """A row that one of the arms found. The first three fields are the order: the best first, ties by id."""

    cost: float
    id: str
    n: int
    rid: int
    seq: int
    words: float
    cosine: float

    @property
    def lexical(self) -> float | None:
        """BM25; None: no term of the query is in it."""
        return self.words if self.words > 0 else None

    @property
    def dense(self) -> float | None:
        """Cosine; None: it has no vector."""
        return self.cosine if self.cosine > -inf else None


@dataclass(slots=True)
class Question:
    """A query in the form that arrays want."""

    query: SearchQuery
    terms: NDArray[np.uint64]
    vector: NDArray[np.float32] | None
    path: bytes

    @classmethod
    def of(cls, query: SearchQuery) -> Question:
        """The question of a query; raises ``InvalidInput``."""
        vector: NDArray[np.float32] | None = None
        if query.vector is not None:
            wide = as_matrix([query.vector], "vector")[0].astype(np.float64)
            norm = float(np.linalg.norm(wide))
            vector = (wide / norm).astype(np.float32) if norm else None  # no direction: nothing is nearer than anything else
        terms = np.array([term_hash(t) for t in dict.fromkeys(query.terms)], np.uint64)
        return cls(query, terms, vector, pack_path(query.path_prefix))


class _Statistics:
    """What BM25 needs to know of a namespace: its active records."""

    def __init__(self, segments: Iterable[Segment], terms: NDArray[np.uint64], code: dict[str, int]) -> None:
        count, length = 0, 0.0
        frequency = [0] * len(terms)
        for segment in segments:
            live, active, tokens = segment.living(code.get("active"))
            count += active
            length += tokens
            which, spans = segment.spans(terms)
            for term, (start, end) in zip(which.tolist(), spans, strict=True):
                frequency[term] += end - start if active == len(segment) else int(np.count_nonzero(live[segment.docs[start:end]]))
        self.average = length / count if length else 1.0
        self.idf = np.array([log(1 + (count - df + 0.5) / (df + 0.5)) for df in frequency])


def _allowed(segment: Segment, question: Question, code: dict[str, int]) -> tuple[Mask, int]:
    """Rows that the filters let through, and their number."""
    query = question.query
    mask, count = segment.allowed(tuple(query.kinds), tuple(query.statuses), code)
    if query.as_of is None and not question.path and segment.none_expired(query.now):
        return mask, count
    mask = mask & (segment.expires > query.now)
    if query.as_of is not None:
        mask &= (segment.since <= query.as_of) & (query.as_of < segment.until)
    if question.path:
        mask &= segment.below(question.path)
    return mask, int(np.count_nonzero(mask))


def _lexical(segment: Segment, terms: NDArray[np.uint64], statistics: _Statistics, mask: Mask, count: int) -> Floats | None:
    """BM25 of the allowed rows; None: none of them has one of the terms."""
    which, spans = segment.spans(terms)
    if not spans:
        return None
    docs = np.concatenate([segment.docs[start:end] for start, end in spans])
    tf = np.concatenate([segment.tf[start:end] for start, end in spans])
    idf = np.repeat(statistics.idf[which], [end - start for start, end in spans])
    if count < len(segment):
        kept = mask[docs]
        docs, tf, idf = docs[kept], tf[kept], idf[kept]
    norm = _K1 * (1 - _B + _B * segment.length / statistics.average)
    return np.bincount(docs, idf * tf * (_K1 + 1) / (tf + norm[docs]), len(segment)).astype(np.float64, copy=False)


def _least(values: NDArray[np.floating[Any]], limit: int) -> float:
    """Some of the values lie above this, at least ``limit`` of them, and not many more: the best of a few slices say where."""
    width = len(values) // (_SLICES * limit)
    if width < 2:
        return float(np.partition(values, len(values) - limit)[len(values) - limit])
    even = len(values) // width * width
    best = np.concatenate((values[:even].reshape(-1, width).max(axis=1), values[even:]))
    return float(np.partition(best, len(best) - limit)[len(best) - limit])


def _best_words(scores: Floats, ids: Sequence[str], limit: int) -> Ints:
    """Rows of the best scores above zero, ties by id."""
    if len(scores) <= limit:
        return np.flatnonzero(scores)
    least = _least(scores, limit)
    rows = np.flatnonzero(scores >= least) if least > 0 else np.flatnonzero(scores)
    if len(rows) > limit:
        found = scores[rows]
        last = np.partition(found, len(found) - limit)[len(found) - limit]
        above = rows[found > last]
        tied = nsmallest(limit - len(above), rows[found == last].tolist(), key=ids.__getitem__)
        rows = np.concatenate((above, np.array(tied, np.int64)))
    return rows


def _best_meaning(block: Block, vector: NDArray[np.float32], mask: Mask, count: int, limit: int) -> Ints:
    """Allowed rows that may be among the nearest: single precision, with slack."""
    size = len(mask)
    if 4 * count < size:
        rows = np.flatnonzero(mask)
        places = block.place(rows, size)
        rows, places = rows[places >= 0], places[places >= 0]
        if len(rows) <= limit:
            return rows
        vectors, starts = block.vectors(places)
        found = vectors @ vector
    else:
        rows, starts = block.rows, block.starts
        found = block.matrix @ vector
    if starts is not None:
        found = np.maximum.reduceat(found, starts)
    if 4 * count >= size > count:
        rows, found = rows[mask[rows]], found[mask[rows]]
    return rows if len(rows) <= limit else rows[found >= np.float32(_least(found, limit) - _SLACK)]


def _cosines(block: Block, vector: NDArray[np.float32], rows: Ints, count: int) -> Floats:
    """Cosines of rows, exactly; minus infinity where one has no vector."""
    scores = np.full(len(rows), -inf)
    places = block.place(rows, count)
    has = places >= 0
    if has.any():
        vectors, starts = block.vectors(places[has])
        found = vectors.astype(np.float64) @ vector.astype(np.float64)
        if starts is not None:
            found = np.maximum.reduceat(found, starts)
        scores[has] = np.clip(np.round(found, _DIGITS), -1.0, 1.0)
    return scores


def _found(n: int, segment: Segment, rows: Ints, order: Floats, words: Floats, cosines: Floats) -> list[Candidate]:
    at: list[int] = rows.tolist()
    ids = [segment.ids[row] for row in at]
    cost, rid, seq, word, cosine = (c.tolist() for c in (-order, segment.rid[rows], segment.seq[rows], words, cosines))
    return list(map(Candidate._make, zip(cost, ids, repeat(n, len(ids)), rid, seq, word, cosine, strict=True)))


def candidates(
    index: NamespaceIndex, segments: Callable[[], Iterable[Segment]], question: Question, limit: int
) -> tuple[list[Candidate], list[Candidate]]:
    """At least the best ``limit`` rows of a namespace by each arm, lexical and dense."""
    terms, vector = question.terms, question.vector
    statistics = _Statistics(segments(), terms, index.code) if len(terms) else None
    by_words: list[Candidate] = []
    by_meaning: list[Candidate] = []
    for segment in segments():
        mask, count = _allowed(segment, question, index.code)
        if not count:
            continue
        lexical = None if statistics is None else _lexical(segment, terms, statistics, mask, count)
        block = None if vector is None else segment.blocks.get((question.query.space, len(vector)))
        words = np.zeros(0, np.int64) if lexical is None else _best_words(lexical, segment.ids, limit)
        near = np.zeros(0, np.int64)
        if block is not None and vector is not None:
            near = _best_meaning(block, vector, mask, count, limit)
        rows = np.concatenate((words, near))
        if not len(rows):
            continue
        cosines = np.full(len(rows), -inf)
        if block is not None and vector is not None:
            cosines = _cosines(block, vector, rows, len(segment))
        scores = np.zeros(len(rows)) if lexical is None else lexical[rows]
        split = len(words)
        by_words += _found(index.n, segment, words, scores[:split], scores[:split], cosines[:split])
        by_meaning += _found(index.n, segment, near, cosines[split:], scores[split:], cosines[split:])
        if len(by_words) > 4 * limit:
            by_words = sorted(by_words)[:limit]
        if len(by_meaning) > 4 * limit:
            by_meaning = sorted(by_meaning)[:limit]
    return by_words, by_meaning


def ranked(found: list[tuple[list[Candidate], list[Candidate]]], limit: int) -> tuple[list[Candidate], list[Candidate]]:
    """The best of several namespaces, by each arm, best first."""
    return (
        sorted([c for words, _ in found for c in words])[:limit],
        sorted([c for _, meaning in found for c in meaning])[:limit],
    )
