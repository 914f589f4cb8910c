"""A slice of a namespace as arrays: postings by term, vectors by space, and what filters look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["LOAD", "Block", "Floats", "Ints", "Mask", "Segment", "build", "merge"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]

LOAD = "rid, id, seq, kind, status, valid_from, valid_to, expires_at, path, space, dim, postings, vectors"
"""Columns that ``build`` reads, in this order."""

_MIN = np.iinfo(np.int64).min
_MAX = np.iinfo(np.int64).max


@dataclass(slots=True)
class Block:
    """Vectors of one space and dimension, of length one, and the row of each one's record."""

    matrix: NDArray[np.float32]
    owner: Ints


@dataclass(slots=True)
class Segment:
    """Records as arrays. All arrays are fixed but ``alive``.

    Attributes:
        rid, seq, ids: The records.
        kind, status: Small numbers; see ``NamespaceIndex.code``.
        since, until, expires: Times; absent ones at the far ends.
        paths: Packed path by row, of those that have one.
        length: Number of tokens.
        alive: False: deleted, or replaced in a later segment.
        terms, offsets: Postings of ``terms[i]`` are ``docs[offsets[i]:offsets[i + 1]]``.
        docs, tf: Rows and counts.
        blocks: Vectors by space and dimension.
    """

    rid: Ints
    seq: Ints
    ids: list[str]
    kind: Ints
    status: Ints
    since: Ints
    until: Ints
    expires: Ints
    paths: dict[int, bytes]
    length: Floats
    alive: Mask
    terms: NDArray[np.uint64]
    offsets: Ints
    docs: Ints
    tf: Floats
    blocks: dict[tuple[str | None, int], Block]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def bytes(self) -> int:
        """Memory that it takes, about."""
        vectors = sum(b.matrix.nbytes + b.owner.nbytes for b in self.blocks.values())
        return vectors + 24 * len(self.docs) + 24 * len(self.terms) + 160 * len(self.ids)

    def postings(self, term: np.uint64) -> tuple[Ints, Floats] | None:
        """Rows and counts of a term."""
        at = int(np.searchsorted(self.terms, term))
        if at == len(self.terms) or self.terms[at] != term:
            return None
        span = slice(self.offsets[at], self.offsets[at + 1])
        return self.docs[span], self.tf[span]


def _postings(hashes: NDArray[np.uint64], docs: Ints, tf: Floats) -> tuple[NDArray[np.uint64], Ints, Ints, Floats]:
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1]))) if len(hashes) else np.zeros(0, np.int64)
    return hashes[starts], np.append(starts, len(hashes)).astype(np.int64), docs[order], tf[order]


def _ints(values: Sequence[int | None], absent: int) -> Ints:
    return np.fromiter((absent if v is None else v for v in values), np.int64, len(values))


def build(rows: Sequence[Sequence[Any]], code: dict[str, int]) -> Segment:
    """A segment of rows of ``LOAD`` columns. ``code`` numbers kinds and statuses and grows."""
    rids, ids, seqs, kinds, statuses, since, until, expires, paths, spaces, dims, packed, raw = zip(*rows, strict=True)
    n = len(rows)
    sizes = np.fromiter((0 if p is None else len(p) // 12 for p in packed), np.int64, n)
    hashes = np.frombuffer(b"".join(p[: len(p) // 3 * 2] for p in packed if p), "<u8").astype(np.uint64, copy=False)
    tf = np.frombuffer(b"".join(p[len(p) // 3 * 2 :] for p in packed if p), "<u4").astype(np.float64)
    docs = np.repeat(np.arange(n), sizes)
    blocks: dict[tuple[str | None, int], Block] = {}
    for key in {(space, dim) for space, dim, blob in zip(spaces, dims, raw, strict=True) if blob}:
        mine = [i for i in range(n) if raw[i] and (spaces[i], dims[i]) == key]
        matrix = np.frombuffer(b"".join(raw[i] for i in mine), "<f4").reshape(-1, key[1])
        norms = np.linalg.norm(matrix.astype(np.float64), axis=1, keepdims=True)
        counts = [len(raw[i]) // (4 * key[1]) for i in mine]
        blocks[key] = Block((matrix / np.where(norms > 0, norms, 1.0)).astype(np.float32), np.repeat(np.array(mine, np.int64), counts))
    terms, offsets, ordered, counted = _postings(hashes, docs, tf)
    return Segment(
        rid=np.array(rids, np.int64),
        seq=np.array(seqs, np.int64),
        ids=list(ids),
        kind=np.fromiter((code.setdefault(k, len(code)) for k in kinds), np.int64, n),
        status=np.fromiter((code.setdefault(s, len(code)) for s in statuses), np.int64, n),
        since=_ints(since, _MIN),
        until=_ints(until, _MAX),
        expires=_ints(expires, _MAX),
        paths={i: p for i, p in enumerate(paths) if p},
        length=np.bincount(docs, tf, minlength=n).astype(np.float64),
        alive=np.ones(n, np.bool_),
        terms=terms,
        offsets=offsets,
        docs=ordered,
        tf=counted,
        blocks=blocks,
    )


def merge(first: Segment, second: Segment) -> Segment:
    """One segment of what is alive in two."""
    parts = (first, second)
    keep = [np.flatnonzero(s.alive) for s in parts]
    moved: list[Ints] = []
    base = 0
    for segment, kept in zip(parts, keep, strict=True):
        place = np.full(len(segment), -1, np.int64)
        place[kept] = np.arange(base, base + len(kept))
        moved.append(place)
        base += len(kept)

    def joined(name: str) -> Any:
        return np.concatenate([getattr(s, name)[k] for s, k in zip(parts, keep, strict=True)])

    hashes: list[NDArray[np.uint64]] = []
    docs: list[Ints] = []
    tf: list[Floats] = []
    vectors: dict[tuple[str | None, int], list[Block]] = {}
    for segment, place in zip(parts, moved, strict=True):
        at = place[segment.docs]
        live = at >= 0
        hashes.append(np.repeat(segment.terms, np.diff(segment.offsets))[live])
        docs.append(at[live])
        tf.append(segment.tf[live])
        for key, block in segment.blocks.items():
            owner = place[block.owner]
            vectors.setdefault(key, []).append(Block(block.matrix[owner >= 0], owner[owner >= 0]))
    terms, offsets, ordered, counted = _postings(np.concatenate(hashes), np.concatenate(docs), np.concatenate(tf))
    return Segment(
        rid=joined("rid"),
        seq=joined("seq"),
        ids=[s.ids[i] for s, k in zip(parts, keep, strict=True) for i in k.tolist()],
        kind=joined("kind"),
        status=joined("status"),
        since=joined("since"),
        until=joined("until"),
        expires=joined("expires"),
        paths={int(m[i]): p for s, m in zip(parts, moved, strict=True) for i, p in s.paths.items() if m[i] >= 0},
        length=joined("length"),
        alive=np.ones(base, np.bool_),
        terms=terms,
        offsets=offsets,
        docs=ordered,
        tf=counted,
        blocks={
            key: Block(np.concatenate([b.matrix for b in found]), np.concatenate([b.owner for b in found]))
            for key, found in vectors.items()
            if sum(len(b.owner) for b in found)
        },
    )
