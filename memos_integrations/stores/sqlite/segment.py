"""A slice of a namespace as arrays: postings by term, vectors by space, and what filters look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .codec import reading_rows

__all__ = ["LOAD", "Block", "Floats", "Ints", "Mask", "Segment", "build", "merge"]

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Mask: TypeAlias = NDArray[np.bool_]
_Path: TypeAlias = bytes

LOAD = "rid, id, seq, kind, status, valid_from, valid_to, expires_at, path, space, dim, postings, vectors"
"""Columns that ``build`` reads, in this order."""

_MASKS = 8  # of the questions asked last, kept with a segment
_MIN = np.iinfo(np.int64).min
_MAX = np.iinfo(np.int64).max


class Block:
    """Vectors of one space and dimension, of length one, side by side where they belong to one record.

    Attributes:
        matrix: The vectors.
        owner: The row of each one's record.
        rows: The rows that have a vector.
        starts: The first vector of each of ``rows``; None: they have one each.
    """

    __slots__ = ("_place", "matrix", "owner", "rows", "starts")

    def __init__(self, matrix: NDArray[np.float32], owner: Ints) -> None:
        self.matrix = matrix
        self.owner = owner
        starts = np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1])))
        self.starts: Ints | None = None if len(starts) == len(owner) else starts
        self.rows: Ints = owner if self.starts is None else owner[starts]
        self._place: Ints | None = None

    def place(self, rows: Ints, count: int) -> Ints:
        """Where ``rows`` stand in ``self.rows``; -1: nowhere. ``count``: rows of the segment."""
        if len(self.rows) == count:
            return rows
        if self._place is None:
            self._place = np.full(count, -1, np.int64)
            self._place[self.rows] = np.arange(len(self.rows))
        return self._place[rows]

    def vectors(self, places: Ints) -> tuple[NDArray[np.float32], Ints | None]:
        """The vectors of some of ``rows``, and the first one of each; None: one each."""
        if self.starts is None:
            return self.matrix[places], None
        ends = np.append(self.starts[1:], len(self.owner))
        counts = (ends - self.starts)[places]
        first = np.cumsum(counts) - counts
        at = np.arange(int(counts.sum())) + np.repeat(self.starts[places] - first, counts)
        return self.matrix[at], first


@dataclass(slots=True)
class Segment:
    """Records as arrays. All arrays are fixed but ``alive``, which ``kill`` changes.

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
    paths: dict[int, _Path]
    length: Floats
    alive: Mask
    terms: NDArray[np.uint64]
    offsets: Ints
    docs: Ints
    tf: Floats
    blocks: dict[tuple[str | None, int], Block]
    _last: int = -1
    _soonest: int = 0
    _place: dict[int, int] | None = None
    _masks: dict[tuple[Sequence[str], Sequence[str]], tuple[Mask, int]] = field(
        default_factory=dict[tuple[Sequence[str], Sequence[str]], tuple[Mask, int]]
    )
    _below: dict[_Path, Mask] = field(default_factory=dict[_Path, Mask])
    _living: tuple[Mask, int, float] | None = None

    def __post_init__(self) -> None:
        self._last = int(self.rid.max()) if len(self.ids) else -1
        self._soonest = int(self.expires.min()) if len(self.ids) else _MAX

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def bytes(self) -> int:
        """Memory that it takes, about."""
        vectors = sum(b.matrix.nbytes + b.owner.nbytes for b in self.blocks.values())
        return vectors + 24 * len(self.docs) + 24 * len(self.terms) + 160 * len(self.ids)

    def kill(self, rids: Iterable[int]) -> None:
        """Rows that are deleted, or stand in a later segment."""
        for rid in rids:
            if rid > self._last:  # as a new record's always is
                continue
            if self._place is None:
                self._place = {rid: row for row, rid in enumerate(self.rid.tolist())}
            row = self._place.get(rid)
            if row is not None and self.alive[row]:
                self.alive[row] = False
                self._masks.clear()
                self._living = None

    def living(self, active: int | None) -> tuple[Mask, int, float]:
        """Active rows, their number, and the tokens of all of them; ``active``: the number of that status."""
        if self._living is None:
            live = self.alive & (self.status == (-1 if active is None else active))
            self._living = live, int(np.count_nonzero(live)), float(self.length[live].sum())
        return self._living

    def allowed(self, kinds: Sequence[str], statuses: Sequence[str], code: dict[str, int]) -> tuple[Mask, int]:
        """Rows of some kinds (none named: all) and statuses, and their number. Read only."""
        key = (kinds, statuses)
        found = self._masks.get(key)
        if found is None:
            mask = self.alive & _among(self.status, statuses, code)
            if kinds:
                mask &= _among(self.kind, kinds, code)
            if len(self._masks) >= _MASKS:
                self._masks.clear()
            found = self._masks[key] = mask, int(np.count_nonzero(mask))
        return found

    def below(self, path: _Path) -> Mask:
        """Rows at or below a packed path. Read only."""
        found = self._below.get(path)
        if found is None:
            found = np.zeros(len(self), np.bool_)
            found[[row for row, whole in self.paths.items() if whole.startswith(path)]] = True
            if len(self._below) >= _MASKS:
                self._below.clear()
            self._below[path] = found
        return found

    def none_expired(self, now: int) -> bool:
        """Whether all are there still."""
        return self._soonest > now

    def spans(self, terms: NDArray[np.uint64]) -> tuple[Ints, list[tuple[int, int]]]:
        """Which of some terms occur, and where the postings of those lie."""
        if not len(self.terms):
            return np.zeros(0, np.int64), []
        at = np.minimum(np.searchsorted(self.terms, terms), len(self.terms) - 1)
        which = np.flatnonzero(self.terms[at] == terms)
        at = at[which]
        return which, list(zip(self.offsets[at].tolist(), self.offsets[at + 1].tolist(), strict=True))


def _among(values: Ints, names: Sequence[str], code: dict[str, int]) -> Mask:
    wanted = np.zeros(len(code), np.bool_)
    wanted[[code[name] for name in names if name in code]] = True
    return wanted[values]


def _postings(hashes: NDArray[np.uint64], docs: Ints, tf: Floats) -> tuple[NDArray[np.uint64], Ints, Ints, Floats]:
    order = np.argsort(hashes, kind="stable")
    hashes = hashes[order]
    starts = np.flatnonzero(np.concatenate(([True], hashes[1:] != hashes[:-1]))) if len(hashes) else np.zeros(0, np.int64)
    return hashes[starts], np.append(starts, len(hashes)).astype(np.int64), docs[order], tf[order]


def _unpacked(packed: Sequence[bytes | None]) -> tuple[NDArray[np.uint64], Ints, Floats]:
    """Hashes, rows and counts of the postings of some rows: each has all of its hashes and then all of its counts."""
    sizes = np.array([0 if p is None else len(p) // 12 for p in packed], np.int64)
    words = np.frombuffer(b"".join([p for p in packed if p]), "<u4")
    of_hash = np.repeat(np.tile([True, False], len(packed)), np.column_stack((2 * sizes, sizes)).ravel())
    hashes = words[of_hash].view("<u8").astype(np.uint64, copy=False)
    return hashes, np.repeat(np.arange(len(packed)), sizes), words[~of_hash].astype(np.float64)


def _block(raw: Sequence[bytes], rows: Ints, dim: int) -> Block:
    matrix = np.frombuffer(b"".join(raw), "<f4").reshape(-1, dim)
    norms = np.linalg.norm(matrix.astype(np.float64), axis=1, keepdims=True)
    owner = rows if len(matrix) == len(rows) else np.repeat(rows, [len(blob) // (4 * dim) for blob in raw])
    return Block((matrix / np.where(norms > 0, norms, 1.0)).astype(np.float32), owner)


def _blocks(spaces: Sequence[str | None], dims: Sequence[int], raw: Sequence[bytes | None]) -> dict[tuple[str | None, int], Block]:
    rows: dict[tuple[str | None, int], list[int]] = {}
    for row, key in enumerate(zip(spaces, dims, strict=True)):
        if raw[row]:
            rows.setdefault(key, []).append(row)
    return {key: _block([raw[row] or b"" for row in mine], np.array(mine, np.int64), key[1]) for key, mine in rows.items()}


def _ints(values: Sequence[int | None], absent: int) -> Ints:
    return np.array([absent if v is None else v for v in values], np.int64)


def _numbers(names: Sequence[str], code: dict[str, int]) -> Ints:
    for name in dict.fromkeys(names):
        code.setdefault(name, len(code))
    return np.array([code[name] for name in names], np.int64)


def build(rows: Sequence[Sequence[Any]], code: dict[str, int]) -> Segment:
    """A segment of rows of ``LOAD`` columns. ``code`` numbers kinds and statuses and grows.

    Raises:
        Damaged: The rows hold something else.
    """
    with reading_rows():
        return _built(rows, code)


def _built(rows: Sequence[Sequence[Any]], code: dict[str, int]) -> Segment:
    rids, ids, seqs, kinds, statuses, since, until, expires, paths, spaces, dims, packed, raw = zip(*rows, strict=True)
    n = len(rows)
    hashes, docs, tf = _unpacked(packed)
    terms, offsets, ordered, counted = _postings(hashes, docs, tf)
    return Segment(
        rid=np.array(rids, np.int64),
        seq=np.array(seqs, np.int64),
        ids=list(ids),
        kind=_numbers(kinds, code),
        status=_numbers(statuses, code),
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
        blocks=_blocks(spaces, dims, raw),
    )


def merge(parts: Sequence[Segment]) -> Segment:
    """One segment of what is alive in several."""
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
    vectors: dict[tuple[str | None, int], list[tuple[NDArray[np.float32], Ints]]] = {}
    for segment, place in zip(parts, moved, strict=True):
        at = place[segment.docs]
        live = at >= 0
        hashes.append(np.repeat(segment.terms, np.diff(segment.offsets))[live])
        docs.append(at[live])
        tf.append(segment.tf[live])
        for key, block in segment.blocks.items():
            owner = place[block.owner]
            vectors.setdefault(key, []).append((block.matrix[owner >= 0], owner[owner >= 0]))
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
            key: Block(np.concatenate([matrix for matrix, _ in found]), np.concatenate([owner for _, owner in found]))
            for key, found in vectors.items()
            if sum(len(owner) for _, owner in found)
        },
    )
