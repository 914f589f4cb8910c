"""Ordered walks."""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Sequence

from ...errors import InvalidInput
from ..base import Record, ScanPage, ScanQuery
from .codec import HEAD, INDEX, pack_path, record_of

__all__ = ["scan"]

_CHUNK = 500


def _read_cursor(cursor: str | None, names: int) -> tuple[int, int | None]:
    if cursor is None:
        return 0, None
    try:
        at, rid = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        if not (isinstance(at, int) and isinstance(rid, int) and 0 <= at < names):
            raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput("is no cursor of this query; pass a page's own cursor, or None to begin", field="cursor") from error
    return at, rid


def _write_cursor(at: int, rid: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([at, rid]).encode()).decode()


def _conditions(query: ScanQuery) -> tuple[list[str], list[object]]:
    terms: list[str] = []
    values: list[object] = []

    def add(term: str, *new: object) -> None:
        terms.append(term)
        values.extend(new)

    if query.kinds:
        add(f"kind IN ({', '.join('?' * len(query.kinds))})", *query.kinds)
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
        add("path >= ? AND path < ?", path, path[:-1] + b"\xff")
    if query.unembedded_for is not None:
        add("space IS NOT ?", query.unembedded_for)
    if query.now:
        add("(expires_at IS NULL OR expires_at > ?)", query.now)
    if query.as_of is not None:
        add("(valid_from IS NULL OR valid_from <= ?) AND (valid_to IS NULL OR valid_to > ?)", query.as_of, query.as_of)
    return terms, values


def scan(connection: sqlite3.Connection, query: ScanQuery) -> ScanPage:
    """A page."""
    if query.limit < 1:
        raise InvalidInput("must be at least 1", field="limit")
    begin, last = _read_cursor(query.cursor, len(query.namespaces))
    terms, values = _conditions(query)
    columns = INDEX if query.with_index else HEAD
    order = "DESC" if query.descending else "ASC"
    found: list[tuple[int, int, Record]] = []
    for at in range(begin, len(query.namespaces)):
        key = query.namespaces[at]
        row = connection.execute("SELECT n FROM namespaces WHERE key = ?", (key,)).fetchone()
        while row is not None:
            size = min(_CHUNK, query.limit + 1) if query.where is None else _CHUNK
            after = [] if last is None else [f"rid {'<' if query.descending else '>'} ?"]
            sql = f"SELECT {columns}, rid FROM records WHERE {' AND '.join(['n = ?', *terms, *after])} ORDER BY rid {order} LIMIT {size}"
            rows: Sequence[Sequence[object]] = connection.execute(sql, (row[0], *values, *([] if last is None else [last]))).fetchall()
            for one in rows:
                last = int(str(one[-1]))
                record = record_of(key, one[:-1])
                if query.where is None or query.where(record):
                    found.append((at, last, record))
                    if len(found) > query.limit:
                        page = found[: query.limit]
                        return ScanPage(tuple(r for _, _, r in page), _write_cursor(*page[-1][:2]))
            if len(rows) < size:
                break
        last = None
    return ScanPage(tuple(r for _, _, r in found), None)
