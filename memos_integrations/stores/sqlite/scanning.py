"""Ordered walks."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from ...errors import InvalidInput
from .._cursors import Place, read_cursor, write_cursor
from ..base import Record, ScanPage, ScanQuery, Sort
from .codec import HEAD, INDEX, pack_path, record_of

__all__ = ["scan"]

_CHUNK = 500
_KEYS: dict[Sort, tuple[str, ...]] = {
    "created": ("created_at", "ord", "id"),
    "updated": ("updated_at", "id"),
    "order": ("ord", "id"),
}


def _conditions(query: ScanQuery) -> tuple[list[str], list[object]]:
    """What holds for all kinds."""
    terms: list[str] = []
    values: list[object] = []

    def add(term: str, *new: object) -> None:
        terms.append(term)
        values.extend(new)

    if query.statuses:
        add(f"status IN ({', '.join('?' * len(query.statuses))})", *query.statuses)
    if query.conversation is not None:
        add("conversation = ?", query.conversation)
    if query.after_order is not None:
        add("ord > ?", query.after_order)
    if query.before_order is not None:
        add("ord < ?", query.before_order)
    if query.path_prefix:
        path = pack_path(query.path_prefix)
        add("path IS NOT NULL AND path >= ? AND path < ?", path, path[:-1] + b"\xff")
    if query.unembedded_for is not None:
        add("space IS NOT ?", query.unembedded_for)
    if query.now:
        add("(expires_at IS NULL OR expires_at > ?)", query.now)
    if query.expired_at is not None:
        add("expires_at IS NOT NULL AND expires_at <= ?", query.expired_at)
    if query.since is not None:
        add("seq > ?", query.since)
    if query.as_of is not None:
        add("(valid_from IS NULL OR valid_from <= ?) AND (valid_to IS NULL OR valid_to > ?)", query.as_of, query.as_of)
    return terms, values


def _kinds(connection: sqlite3.Connection, n: int) -> list[str]:
    """All kinds of a namespace, one seek each."""
    found: list[str] = []
    row = connection.execute("SELECT MIN(kind) FROM records WHERE n = ?", (n,)).fetchone()
    while row[0] is not None:
        found.append(row[0])
        row = connection.execute("SELECT MIN(kind) FROM records WHERE n = ? AND kind > ?", (n, found[-1])).fetchone()
    return found


def _statement(connection: sqlite3.Connection, query: ScanQuery, n: int, last: Place | None, size: int) -> tuple[str, list[object]]:
    """The next rows of a namespace. Walks the index that is already in the order asked for, or the one that leaves little to sort."""
    columns = INDEX if query.with_index else HEAD
    keys = _KEYS[query.sort]
    direction = "DESC" if query.descending else "ASC"
    order = f"ORDER BY {', '.join(f'{key} {direction}' for key in keys)} LIMIT {size}"
    terms, values = _conditions(query)
    if last is not None:
        terms.append(f"({', '.join(keys)}) {'<' if query.descending else '>'} ({', '.join('?' * len(keys))})")
        values.extend(last)
    kinds = list(dict.fromkeys(query.kinds))
    if query.sort == "updated":
        if kinds == ["item"]:
            terms.append("kind = 'item'")  # in these very words: SQLite then sees that the partial indexes apply
        elif kinds:
            terms.append(f"kind IN ({', '.join('?' * len(kinds))})")
            values.extend(kinds)
        rows = f"SELECT rid AS r FROM records WHERE {' AND '.join(['n = ?', *terms])} {order}"
        return f"SELECT {columns} FROM ({rows}) JOIN records ON rid = r {order}", [n, *values]
    if query.conversation is not None or query.path_prefix or query.expired_at is not None or query.since is not None:
        if kinds:
            terms.append(f"+kind IN ({', '.join('?' * len(kinds))})")
            values.extend(kinds)
        return f"SELECT {columns} FROM records WHERE {' AND '.join(['n = ?', *terms])} {order}", [n, *values]
    arm = f"SELECT {columns} FROM records WHERE {' AND '.join(['n = ? AND kind = ?', *terms])}"
    arms = kinds or _kinds(connection, n) or [""]
    return f"{' UNION ALL '.join([arm] * len(arms))} {order}", [value for kind in arms for value in (n, kind, *values)]


def scan(connection: sqlite3.Connection, query: ScanQuery) -> ScanPage:
    """A page."""
    if query.limit < 1:
        raise InvalidInput("must be at least 1", field="limit")
    keys = _KEYS[query.sort]
    begin, last = read_cursor(query.cursor, len(query.namespaces), len(keys))
    columns: Sequence[str] = HEAD.split(", ")
    places = [columns.index(key) for key in keys]
    found: list[tuple[int, Place, Record]] = []
    for at in range(begin, len(query.namespaces)):
        key = query.namespaces[at]
        row = connection.execute("SELECT n FROM namespaces WHERE key = ?", (key,)).fetchone()
        while row is not None:
            size = min(_CHUNK, query.limit + 1) if query.where is None else _CHUNK
            rows: list[tuple[Any, ...]] = connection.execute(*_statement(connection, query, row[0], last, size)).fetchall()
            for one in rows:
                last = tuple(one[place] for place in places)
                record = record_of(key, one)
                if query.where is None or query.where(record):
                    found.append((at, last, record))
                    if len(found) > query.limit:
                        page = found[: query.limit]
                        return ScanPage(tuple(r for _, _, r in page), write_cursor(*page[-1][:2]))
            if len(rows) < size:
                break
        last = None
    return ScanPage(tuple(r for _, _, r in found), None)
