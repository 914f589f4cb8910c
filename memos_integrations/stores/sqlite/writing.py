"""Applying a batch within a transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import StoreConflict
from ..base import Batch, Record, Touch, unchanged
from . import tasks
from .codec import INDEX, decoded, encoded, json_text, record_of, row_of

__all__ = ["Changes", "Deleted", "apply", "encode"]

_COLUMNS = (
    "kind, status, conversation, ord, valid_from, valid_to, created_at, updated_at, expires_at, version, "
    "tokens, space, dim, path, text, payload, words, postings, vectors"
)
_INSERT = f"INSERT INTO records (n, id, seq, {_COLUMNS}) VALUES ({', '.join('?' * 22)}) ON CONFLICT (id, n) DO NOTHING"
_UPDATE = f"UPDATE records SET seq = ?, {', '.join(f'{name} = ?' for name in _COLUMNS.split(', '))} WHERE rid = ?"
_FIND = "SELECT rid, kind, status, tokens FROM records WHERE id = ? AND n = ?"
_AS_READ = f"SELECT {INDEX} FROM records WHERE id = ? AND n = (SELECT n FROM namespaces WHERE key = ?)"
_OPEN = "SELECT n, seq, epoch, counts, updated_at, tokens, scope IS NOT NULL FROM namespaces WHERE key = ?"
_HELD = "SELECT 1 FROM tasks WHERE id = ? AND state = 'running' AND lease_owner = ?"


@dataclass(slots=True)
class Deleted:
    """Rows that went from a namespace, and its epochs around it."""

    n: int
    before: int
    after: int
    rids: list[int]


@dataclass(slots=True)
class Changes:
    """What a batch did that caches must know."""

    deleted: list[Deleted] = field(default_factory=list[Deleted])
    replaced: bool = False  # old words were overwritten: they go from the file as deleted ones do


@dataclass(slots=True)
class _Namespace:
    n: int
    seq: int
    epoch: int
    counts: dict[str, int]
    updated_at: int
    tokens: int
    registered: bool
    rids: list[int] = field(default_factory=list[int])

    def count(self, kind: str, status: str, tokens: int, by: int) -> None:
        if status != "deleted":
            self.tokens += by * tokens
            left = self.counts.get(kind, 0) + by
            if left > 0:
                self.counts[kind] = left
            else:
                self.counts.pop(kind, None)


class _Open:
    """Namespaces that a batch touches; each write to one makes its change number one higher."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.found: dict[str, _Namespace] = {}

    def known(self, key: str) -> _Namespace | None:
        """A namespace, if it exists."""
        found = self.found.get(key)
        if found is not None:
            return found
        row = self._connection.execute(_OPEN, (key,)).fetchone()
        if row is None:
            return None
        found = self.found[key] = _Namespace(row[0], row[1] + 1, row[2], decoded(row[3]), row[4], row[5], bool(row[6]))
        return found

    def get(self, key: str) -> _Namespace:
        """A namespace, made where it is missing."""
        found = self.known(key)
        if found is None:
            n = int(self._connection.execute("INSERT INTO namespaces (key, seq) VALUES (?, 0)", (key,)).lastrowid or 0)
            # A namespace that is dropped and made anew never repeats a number.
            found = self.found[key] = _Namespace(n, (n << 32) + 1, 0, {}, 0, 0, False)
        return found


def encode(batch: Batch) -> list[tuple[Any, ...]]:
    """Rows of the batch's records; raises ``InvalidInput`` before anything is written."""
    return [row_of(record) for record in batch.put]


def apply(connection: sqlite3.Connection, batch: Batch, rows: list[tuple[Any, ...]]) -> Changes:
    """Write a batch. A record that is both put and deleted is put."""
    _check(connection, batch)
    opened = _Open(connection)
    changes = Changes()
    put = {(r.namespace, r.id) for r in batch.put} if batch.delete else set[tuple[str, str]]()
    for key, id in batch.delete:
        if (key, id) not in put:
            _delete(connection, opened, key, id)
    for record, row in zip(batch.put, rows, strict=True):
        changes.replaced |= _put(connection, opened, record, row)
    for touch in batch.touch:
        _touch(connection, opened, touch)
    for name in batch.namespaces:
        _register(connection, opened, name.key, name.scope, name.updated_at)
    if batch.tasks:
        tasks.put(connection, batch.tasks)
    for namespace in opened.found.values():
        after = namespace.epoch + bool(namespace.rids)
        connection.execute(
            "UPDATE namespaces SET seq = ?, epoch = ?, counts = ?, updated_at = ?, tokens = ? WHERE n = ?",
            (namespace.seq, after, encoded(namespace.counts), namespace.updated_at, namespace.tokens, namespace.n),
        )
        if namespace.rids:
            changes.deleted.append(Deleted(namespace.n, namespace.epoch, after, namespace.rids))
    return changes


def _check(connection: sqlite3.Connection, batch: Batch) -> None:
    """Raises ``StoreConflict`` where the batch rests on something that is not so any more."""
    for record in batch.expects:
        row = connection.execute(_AS_READ, (record.id, record.namespace)).fetchone()
        if not unchanged(None if row is None else record_of(record.namespace, row), record):
            raise StoreConflict("a record was changed or deleted after it was read; nothing was written")
    for task in batch.leased:
        if connection.execute(_HELD, (task.id, task.lease_owner)).fetchone() is None:
            raise StoreConflict("the task is not leased to this worker any more; nothing was written")


def _delete(connection: sqlite3.Connection, opened: _Open, key: str, id: str) -> None:
    namespace = opened.known(key)
    if namespace is None:
        return
    found = connection.execute(_FIND, (id, namespace.n)).fetchone()
    if found is not None:
        connection.execute("DELETE FROM records WHERE rid = ?", (found[0],))
        namespace.rids.append(found[0])
        namespace.count(found[1], found[2], found[3], -1)


def _put(connection: sqlite3.Connection, opened: _Open, record: Record, row: tuple[Any, ...]) -> bool:
    namespace = opened.get(record.namespace)
    new = connection.execute(_INSERT, (namespace.n, record.id, namespace.seq, *row)).rowcount == 1
    if not new:
        found = connection.execute(_FIND, (record.id, namespace.n)).fetchone()
        connection.execute(_UPDATE, (namespace.seq, *row, found[0]))
        namespace.count(found[1], found[2], found[3], -1)
    namespace.count(record.kind, record.status, record.tokens, 1)
    namespace.updated_at = max(namespace.updated_at, record.updated_at)
    return not new


def _touch(connection: sqlite3.Connection, opened: _Open, touch: Touch) -> None:
    namespace = opened.known(touch.namespace)
    if namespace is not None:
        values = (namespace.seq, touch.expires_at, touch.id, namespace.n)
        connection.execute("UPDATE records SET seq = ?, expires_at = ? WHERE id = ? AND n = ?", values)


def _register(connection: sqlite3.Connection, opened: _Open, key: str, scope: Mapping[str, object], updated_at: int) -> None:
    known = opened.found.get(key)
    if known is None:
        row = connection.execute(_OPEN, (key,)).fetchone()
        if row is not None and row[6]:
            return
    elif known.registered:
        return
    namespace = opened.get(key)
    namespace.updated_at = max(namespace.updated_at, updated_at)
    connection.execute("UPDATE namespaces SET scope = ? WHERE n = ?", (json_text(dict(scope), f"namespace {key}.scope"), namespace.n))
