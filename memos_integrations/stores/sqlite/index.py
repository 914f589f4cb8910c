"""The index of a namespace in memory, and the bounded cache of such indexes."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import closing

from .segment import LOAD, Segment, build, merge

__all__ = ["Cache", "NamespaceIndex", "chunks"]

_CHUNK = 4096
_GROWTH = 4  # a segment is merged into the one before unless that is this much bigger


class NamespaceIndex:
    """Segments of one namespace, as of a change number.

    Attributes:
        n: The namespace.
        seq: Writes up to this one are in it.
        epoch: Deletions up to this one are in it.
        code: Numbers of kinds and statuses.
        segments: Big ones first.
        bytes: Memory that it takes, about.
    """

    def __init__(self, n: int) -> None:
        self.n = n
        self.seq = -1
        self.epoch = -1
        self.code: dict[str, int] = {}
        self.segments: list[Segment] = []
        self.bytes = 0

    def load(self, segments: Sequence[Segment]) -> None:
        """All rows anew."""
        self.segments = [merge(segments)] if len(segments) > 1 else list(segments)
        self._weigh()

    def add(self, segment: Segment) -> None:
        """Rows that were put or replaced."""
        self.kill(segment.rid.tolist())
        size, first = len(segment), len(self.segments)
        while first and len(self.segments[first - 1]) < _GROWTH * size:
            first -= 1
            size += len(self.segments[first])
        merged = [*self.segments[first:], segment]
        self.segments[first:] = [merge(merged) if len(merged) > 1 else segment]
        self._weigh()

    def kill(self, rids: Sequence[int]) -> None:
        """Rows that are not there any more."""
        for segment in self.segments:
            segment.kill(rids)

    def clear(self) -> None:
        """Forget all rows."""
        self.segments.clear()
        self.seq = self.epoch = -1
        self.bytes = 0

    def _weigh(self) -> None:
        self.bytes = sum(s.bytes for s in self.segments)


def chunks(connection: sqlite3.Connection, n: int, code: dict[str, int]) -> Iterator[Segment]:
    """A namespace as segments of a fixed size, read from the file."""
    with closing(connection.execute(f"SELECT {LOAD} FROM records INDEXED BY records_seq WHERE n = ?", (n,))) as cursor:
        while rows := cursor.fetchmany(_CHUNK):
            yield build(rows, code)


class Cache:
    """Indexes of the namespaces that were searched last, within a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[int, NamespaceIndex] = OrderedDict()
        self._big: dict[int, int] = {}
        self.lock = threading.RLock()

    @property
    def bytes(self) -> int:
        """What all of them take."""
        return sum(i.bytes for i in self._held.values())

    def __len__(self) -> int:
        return len(self._held)

    def index(self, connection: sqlite3.Connection, n: int, seq: int, epoch: int) -> tuple[NamespaceIndex, bool]:
        """An index that holds what was committed up to ``seq``; False: it is too big to hold, read it by ``chunks``.

        The caller holds ``lock`` for as long as it reads the index.
        """
        index = self._held.get(n)
        if index is None:
            index = NamespaceIndex(n)
        if self._big.get(n) == epoch:
            return index, False
        fits = self._sync(connection, index, seq, epoch)
        if fits:
            self._big.pop(n, None)
            self._held[n] = index
            self._held.move_to_end(n)
            while len(self._held) > 1 and self.bytes > self._limit:
                self._held.popitem(last=False)
        else:
            self._big[n] = epoch  # asked again once something was deleted from it
            self._held.pop(n, None)
        return index, fits

    def _sync(self, connection: sqlite3.Connection, index: NamespaceIndex, seq: int, epoch: int) -> bool:
        if index.seq >= seq and index.epoch >= epoch:
            return index.bytes <= self._limit
        if index.epoch < epoch:
            index.clear()
            loaded: list[Segment] = []
            taken = 0
            for segment in chunks(connection, index.n, index.code):
                loaded.append(segment)
                taken += segment.bytes
                if taken > self._limit:
                    return False
            index.load(loaded)
            index.seq, index.epoch = seq, epoch
            return True
        rows = connection.execute(f"SELECT {LOAD} FROM records WHERE n = ? AND seq > ?", (index.n, index.seq)).fetchall()
        if rows:
            index.add(build(rows, index.code))
        index.seq = seq
        return index.bytes <= self._limit

    def deleted(self, n: int, rids: Sequence[int], before: int, after: int) -> None:
        """This process deleted rows; ``before`` and ``after`` are the epochs around it."""
        with self.lock:
            index = self._held.get(n)
            if index is not None and index.epoch == before:
                index.kill(rids)
                index.epoch = after

    def drop(self, n: int) -> None:
        """Let go of a namespace."""
        with self.lock:
            self._held.pop(n, None)
            self._big.pop(n, None)

    def clear(self) -> None:
        """Let go of all."""
        with self.lock:
            self._held.clear()
            self._big.clear()
