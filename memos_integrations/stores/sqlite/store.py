"""The embedded store."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from ...errors import InvalidInput, StoreError, StoreLocked
from ..base import Batch, Hit, NamespaceRow, Record, ScanPage, ScanQuery, SearchQuery, SearchResult, Store, StoreInfo, Task
from . import tasks as queue
from .codec import HEAD, INDEX, json_text, pack_path, record_of, unpack_path
from .connection import Connections, Durability
from .index import Cache, chunks
from .scanning import scan
from .schema import VERSION
from .search import Candidate, Question, candidates, ranked
from .writing import Changes, apply, encode

__all__ = ["SQLiteStore"]

_RETRIES = 8  # of a search whose hits another thread or process changed meanwhile
_RECORDS = 32 << 20  # bytes of decoded records that are kept
_VACUUM = 64 << 20  # files up to this size are rewritten by a purge, which also clears what page splits leave behind
_PER_QUERY = 500  # values of one IN (...)
_STEP = 10  # of their number, so that few statements are compiled


_TAIL = (
    "SELECT rid, seq, n FROM records WHERE n = (SELECT n FROM namespaces WHERE key = ?) AND conversation = ? "
    "AND kind = 'episode' ORDER BY ord DESC, id DESC LIMIT ?"
)


class _Walk:
    """The first candidates of an arm that a filter lets through, no more of them read than it takes."""

    def __init__(self, arm: Sequence[Candidate], limit: int) -> None:
        self._arm = arm
        self._limit = limit
        self._at = 0
        self.chosen: list[Candidate] = []

    def ahead(self) -> Sequence[Candidate]:
        """Those that are asked next."""
        return self._arm[self._at : self._at + self._limit - len(self.chosen)]

    def step(self, passes: Callable[[Candidate], bool]) -> None:
        """Ask them."""
        asked = self.ahead()
        self._at += len(asked)
        self.chosen += [c for c in asked if passes(c)]

    def short(self, depth: int) -> bool:
        """Whether more candidates than ``depth`` could fill a gap."""
        return len(self.chosen) < self._limit and len(self._arm) >= depth


class SQLiteStore(Store):
    """Memories in one SQLite file; several processes may open it.

    Records that come back may be shared with later answers: treat their payloads as read-only.

    Args:
        path: The file, made where it is missing with its folders; ``":memory:"``: nothing is kept.
        durability: ``process``: what was committed survives ``kill -9``; ``power``: also a power cut.
        busy_timeout_s: How long a write waits for another process's write.
        cache_mb: Memory for the indexes of recently searched namespaces. A bigger namespace is read from the file.
    """

    def __init__(
        self, path: str | Path, *, durability: Durability = "process", busy_timeout_s: float = 10.0, cache_mb: float = 256
    ) -> None:
        if not str(path).strip() or "\0" in str(path):
            raise InvalidInput("must be the name of a file, or ':memory:'", field="path")
        file = None if str(path) == ":memory:" else Path(os.path.abspath(path))
        self._durability: Durability = durability
        self._cache_bytes = int(cache_mb * (1 << 20))
        self._cache = Cache(self._cache_bytes)
        self._records: OrderedDict[tuple[int, int], tuple[Record, int]] = OrderedDict()
        self._records_bytes = 0
        self._records_lock = threading.Lock()
        self._dirty = False
        self._pid = os.getpid()
        self._connections = Connections(file, durability=durability, busy_timeout_s=busy_timeout_s)

    def _fresh(self) -> None:
        """After a fork: locks of the parent's threads, and what they were changing, are left behind."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._cache = Cache(self._cache_bytes)
            self._records_lock = threading.Lock()
            self._records, self._records_bytes = OrderedDict(), 0

    def commit(self, batch: Batch) -> None:
        """See ``Store``."""
        self._fresh()
        with self._connections.errors():
            rows = encode(batch)
        with self._connections.writing() as connection:
            changes = apply(connection, batch, rows)
        self._changed(changes)

    def append(self, namespace: str, conversation: str | None, tail: int, plan: Callable[[Sequence[Record]], Batch]) -> Batch:
        """See ``Store``. ``plan`` runs while this store holds the file's write lock."""
        self._fresh()
        with self._connections.writing() as connection:
            records: list[Record] = []
            if conversation is not None and tail > 0:
                rows = connection.execute(_TAIL, (namespace, conversation, tail)).fetchall()
                if rows:
                    found = self._load(connection, {rid: seq for rid, seq, _ in rows}, {rows[0][2]: namespace})
                    records = [found[rid] for rid, _, _ in reversed(rows)]
            batch = plan(records)
            changes = apply(connection, batch, encode(batch))
        self._changed(changes)
        return batch

    def _changed(self, changes: Changes) -> None:
        self._dirty |= changes.replaced or bool(changes.deleted)
        for gone in changes.deleted:
            self._cache.deleted(gone.n, gone.rids, gone.before, gone.after)

    def get(self, ids: Sequence[str], *, namespaces: Sequence[str] | None = None, with_index: bool = False) -> list[Record]:
        """See ``Store``."""
        self._fresh()
        columns = ", ".join(f"r.{name}" for name in (INDEX if with_index else HEAD).split(", "))
        allowed = None if namespaces is None else set(namespaces)
        found: dict[str, list[Record]] = {}
        wanted = list(dict.fromkeys(ids))
        with self._connections.reading() as connection:
            for start in range(0, len(wanted), _PER_QUERY):
                part = wanted[start : start + _PER_QUERY]
                rows = connection.execute(
                    f"SELECT {columns}, s.key FROM records AS r JOIN namespaces AS s ON s.n = r.n "
                    f"WHERE r.id IN ({', '.join('?' * len(part))}) ORDER BY r.rid",
                    part,
                ).fetchall()
                for row in rows:
                    if allowed is None or row[-1] in allowed:
                        found.setdefault(row[0], []).append(record_of(row[-1], row[:-1]))
        return [record for id in wanted for record in found.get(id, ())]

    def search(self, query: SearchQuery) -> SearchResult:
        """See ``Store``."""
        self._fresh()
        if query.limit < 1:
            raise InvalidInput("must be at least 1", field="limit")
        with self._connections.errors():
            question = Question.of(query)
        keys = tuple(dict.fromkeys(query.namespaces))
        with self._connections.reading() as connection:
            for attempt in range(_RETRIES):
                versions, result = self._search(connection, question, keys, partial=attempt == _RETRIES - 1)
                if result is not None:
                    return SearchResult(tuple(result), versions)
        raise AssertionError("the last attempt takes what there is")

    def _search(
        self, connection: sqlite3.Connection, question: Question, keys: Sequence[str], *, partial: bool
    ) -> tuple[dict[str, int], list[Hit] | None]:
        """Versions and hits; None: a hit was changed between the index and its record."""
        query = question.query
        rows: list[tuple[int, str, int, int]] = []
        wanted = tuple(dict.fromkeys((*keys, *query.watch)))
        for start in range(0, len(wanted), _PER_QUERY):
            part = wanted[start : start + _PER_QUERY]
            sql = f"SELECT n, key, seq, epoch FROM namespaces WHERE key IN ({', '.join('?' * len(part))})"
            rows.extend(connection.execute(sql, part).fetchall())
        versions = {key: seq for _, key, seq, _ in rows}
        searched = set(keys)
        states = [row for row in rows if row[1] in searched]
        names = {n: key for n, key, _, _ in states}
        verdicts: dict[int, bool] = {}
        known: dict[int, Record] = {}

        def passes(candidate: Candidate) -> bool:
            record = known.get(candidate.rid)
            if record is None or query.where is None:
                return record is not None
            verdict = verdicts.get(candidate.rid)
            if verdict is None:
                verdict = verdicts[candidate.rid] = bool(query.where(record))
            return verdict

        depth = query.limit if query.where is None else query.limit + query.limit // 2
        while True:
            found = [self._candidates(connection, question, n, seq, epoch, depth) for n, _, seq, epoch in states]
            walks = [_Walk(arm, query.limit) for arm in ranked(found, depth)]
            while any(walk.ahead() for walk in walks):
                missing = {c.rid: c.seq for walk in walks for c in walk.ahead() if c.rid not in known}
                records = self._load(connection, missing, names)
                if len(records) < len(missing) and not partial:
                    return {}, None
                known |= records
                for walk in walks:
                    walk.step(passes)
            if query.where is None or not any(walk.short(depth) for walk in walks):
                chosen = {c.rid: c for walk in walks for c in walk.chosen}
                return versions, [Hit(known[c.rid], c.lexical, c.dense) for c in chosen.values()]
            depth *= 8

    def _candidates(
        self, connection: sqlite3.Connection, question: Question, n: int, seq: int, epoch: int, depth: int
    ) -> tuple[list[Candidate], list[Candidate]]:
        with self._cache.lock:
            index, held = self._cache.index(connection, n, seq, epoch)
            if held:
                return candidates(index, lambda: index.segments, question, depth)
        index.code = {}
        return candidates(index, lambda: chunks(connection, n, index.code), question, depth)

    def _load(self, connection: sqlite3.Connection, wanted: Mapping[int, int], names: Mapping[int, str]) -> dict[int, Record]:
        """Records by row, from memory or the file; those that were changed after the number beside the row are left out."""
        found: dict[int, Record] = {}
        rids: list[int] = []
        with self._records_lock:
            for key in wanted.items():
                held = self._records.get(key)
                if held is None:
                    rids.append(key[0])
                else:
                    self._records.move_to_end(key)
                    found[key[0]] = held[0]
        for start in range(0, len(rids), _PER_QUERY):
            part = rids[start : start + _PER_QUERY]
            part += part[-1:] * (-len(part) % _STEP)
            sql = f"SELECT {HEAD}, rid, seq, n FROM records WHERE rid IN ({', '.join('?' * len(part))})"
            for row in connection.execute(sql, part).fetchall():
                rid, seq, n = row[-3:]
                if wanted[rid] != seq:
                    continue
                record = found[rid] = record_of(names[n], row[:-3])
                self._keep((rid, seq), record, 600 + 2 * len(record.text) + 2 * len(row[4]))
        return found

    def _keep(self, key: tuple[int, int], record: Record, size: int) -> None:
        with self._records_lock:
            if key not in self._records and size < _RECORDS // 8:
                self._records[key] = (record, size)
                self._records_bytes += size
                while self._records_bytes > _RECORDS:
                    self._records_bytes -= self._records.popitem(last=False)[1][1]

    def scan(self, query: ScanQuery) -> ScanPage:
        """See ``Store``."""
        self._fresh()
        with self._connections.reading() as connection:
            return scan(connection, query)

    def paths(self, namespace: str, *, prefix: Sequence[str] = (), now: int = 0) -> list[tuple[str, ...]]:
        """See ``Store``. Reads an index only."""
        self._fresh()
        low = pack_path(prefix)
        high = low[:-1] + b"\xff" if low else b"\xff"
        with self._connections.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT path FROM records WHERE n = (SELECT n FROM namespaces WHERE key = ?) AND path IS NOT NULL "
                "AND path >= ? AND path < ? AND kind = 'item' AND status = 'active' AND (expires_at IS NULL OR expires_at > ?)",
                (namespace, low, high, now or -1 << 63),
            ).fetchall()
        return sorted(unpack_path(row[0]) for row in rows)

    def namespaces(self, keys: Sequence[str] | None = None) -> list[NamespaceRow]:
        """See ``Store``. Lists all that hold anything, registered or not."""
        self._fresh()
        base = "SELECT key, scope, counts, updated_at, tokens, seq, n << 32 | epoch FROM namespaces"
        rows: list[tuple[str, str | None, str, int, int, int, int]] = []
        with self._connections.reading() as connection:
            if keys is None:
                rows = connection.execute(f"{base} ORDER BY key").fetchall()
            else:
                wanted = list(dict.fromkeys(keys))
                for start in range(0, len(wanted), _PER_QUERY):
                    part = wanted[start : start + _PER_QUERY]
                    rows.extend(connection.execute(f"{base} WHERE key IN ({', '.join('?' * len(part))})", part).fetchall())
                rows.sort()
            return [
                NamespaceRow(key, json.loads(scope or "{}"), json.loads(counts), tokens, updated, version, epoch)
                for key, scope, counts, updated, tokens, version, epoch in rows
            ]

    def drop_namespace(self, key: str) -> bool:
        """See ``Store``."""
        self._fresh()
        with self._connections.writing() as connection:
            queued = connection.execute("DELETE FROM tasks WHERE namespace = ?", (key,)).rowcount
            row = connection.execute("SELECT n FROM namespaces WHERE key = ?", (key,)).fetchone()
            if row is not None:
                connection.execute("DELETE FROM records WHERE n = ?", row)
                connection.execute("DELETE FROM namespaces WHERE n = ?", row)
        if row is not None:
            self._cache.drop(row[0])
        self._dirty |= row is not None or queued > 0
        return row is not None or queued > 0

    def lease(self, *, owner: str, now: int, until: int, flush: bool = False, limit: int = 64) -> list[Task]:
        """See ``Store``."""
        self._fresh()
        with self._connections.reading() as connection:
            if queue.ready(connection, now=now, flush=flush) is None:
                return []
        with self._connections.writing() as connection:
            return queue.lease(connection, owner=owner, now=now, until=until, flush=flush, limit=limit)

    def tasks(
        self, *, ids: Sequence[str] | None = None, states: Sequence[str] = (), namespaces: Sequence[str] | None = None, limit: int = 1000
    ) -> list[Task]:
        """See ``Store``."""
        self._fresh()
        with self._connections.reading() as connection:
            return queue.find(connection, ids=ids, states=states, namespaces=namespaces, limit=limit)

    def prune_tasks(self, done_before: int) -> int:
        """See ``Store``."""
        self._fresh()
        with self._connections.reading() as connection:
            if not queue.prunable(connection, done_before):
                return 0
        with self._connections.writing() as connection:
            return queue.prune(connection, done_before)

    def get_meta(self, key: str) -> JsonValue:
        """See ``Store``."""
        self._fresh()
        with self._connections.reading() as connection:
            return _meta(connection, key)

    def set_meta(self, key: str, value: JsonValue, *, only_if_absent: bool = False) -> JsonValue:
        """See ``Store``."""
        self._fresh()
        clash = "NOTHING" if only_if_absent else "UPDATE SET value = excluded.value"
        text = json_text(value, key)
        with self._connections.writing() as connection:
            connection.execute(f"INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO {clash}", (key, text))
            return _meta(connection, key)

    def purge(self) -> None:
        """See ``Store``."""
        self._fresh()
        with self._records_lock:
            self._records, self._records_bytes = OrderedDict(), 0
        if not self._truncate():
            raise StoreLocked("another process is reading an older state of the file, which keeps deleted words in its log; purge again")

    def _truncate(self) -> bool:
        size = 0 if self._connections.path is None else self._connections.path.stat().st_size
        done = self._connections.truncate(vacuum=self._dirty and 0 < size <= _VACUUM)
        self._dirty = self._dirty and not done
        return done

    def info(self) -> StoreInfo:
        """See ``Store``."""
        self._fresh()
        with self._connections.reading() as connection:
            pages, page = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
            namespaces = int(connection.execute("SELECT COUNT(*) FROM namespaces").fetchone()[0])
        details: dict[str, JsonValue] = {
            "kind": "sqlite",
            "sqlite": sqlite3.sqlite_version,
            "numpy": np.__version__,
            "durability": self._durability,
            "bytes": pages * page,
            "namespaces": namespaces,
            "cached_namespaces": len(self._cache),
            "cached_bytes": self._cache.bytes,
        }
        return StoreInfo(self._connections.where, VERSION, details)

    def close(self) -> None:
        """See ``Store``. Deleted words are gone from the file then, unless another process still reads it."""
        if self._connections.closed:
            return
        self._fresh()
        try:
            self._truncate()
        except StoreLocked:
            pass  # the process that is writing purges when it closes
        except StoreError:  # a full disk: all is in the log; but what should be gone may not be
            if self._dirty:
                raise
        finally:
            self._connections.close()
            self._cache.clear()
            self._records.clear()


def _meta(connection: sqlite3.Connection, key: str) -> JsonValue:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    value: JsonValue = None if row is None else json.loads(row[0])
    return value
