"""Records, tasks and rows."""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from hashlib import blake2b
from typing import Any, cast

import numpy as np
from pydantic import JsonValue

from ...errors import InvalidInput
from .._vectors import as_matrix
from ..base import Record, Task, Vector

__all__ = [
    "HEAD",
    "INDEX",
    "TASK",
    "Damaged",
    "decoded",
    "encoded",
    "json_text",
    "pack_path",
    "reading_rows",
    "record_of",
    "row_of",
    "task_of",
    "task_row",
    "term_hash",
    "unpack_path",
]

HEAD: str = (
    "id, kind, text, space, payload, path, conversation, ord, status, valid_from, valid_to, created_at, updated_at, expires_at, version, "
    "tokens"
)
"""Columns of a record without its index."""

INDEX = f"{HEAD}, words, vectors, dim"
"""Columns of a record with its index."""

TASK = "id, namespace, kind, conversation, payload, state, ready_at, created_at, attempts, lease_owner, lease_until, error"


class Damaged(ValueError):
    """A row of the file holds what was never written."""


_BROKEN = (ValueError, TypeError, AttributeError, IndexError)  # what reading such a row raises


@contextmanager
def reading_rows() -> Generator[None]:
    """What trips over a damaged row says so."""
    try:
        yield
    except _BROKEN as error:
        raise Damaged(f"{type(error).__name__}: {error}") from error


_END = b"\xfe"  # ends a label; UTF-8 never holds this byte, so no label can imitate it


@lru_cache(maxsize=131_072)
def term_hash(term: str) -> int:
    """64 bits of a token. Two tokens of one namespace share them about never: once in 10^19 / n^2."""
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


encoded: Callable[[object], str] = json.JSONEncoder(separators=(",", ":")).encode
"""JSON, as short as it gets."""
decoded: Callable[[str], Any] = json.JSONDecoder().decode
"""The value of such a text."""


def json_text(value: object, what: str) -> str:
    """JSON of an opaque value."""
    try:
        return encoded(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"must be JSON: {error}", field=what) from error


def pack_path(path: Sequence[str]) -> bytes:
    """Labels as bytes of which a shorter path is a prefix exactly where its labels are."""
    return b"".join(label.encode() + _END for label in path)


def unpack_path(blob: bytes | None) -> tuple[str, ...]:
    """The labels of packed bytes."""
    return () if not blob else tuple(label.decode() for label in blob.split(_END)[:-1])


def row_of(record: Record) -> tuple[Any, ...]:
    """Values of ``kind`` to ``vectors``, in the order of the table."""
    matrix = as_matrix(record.vectors, f"record {record.id}.vectors") if len(record.vectors) else None
    counts: dict[int, int] = {}
    for term, count in Counter(record.terms).items():
        key = term_hash(term)
        counts[key] = counts.get(key, 0) + count
    return (
        record.kind,
        record.status,
        record.conversation,
        record.order,
        record.valid_from,
        record.valid_to,
        record.created_at,
        record.updated_at,
        record.expires_at,
        record.version,
        record.tokens,
        record.space,
        0 if matrix is None else matrix.shape[1],
        pack_path(record.path) if record.path else None,
        record.text,
        json_text(record.payload if isinstance(record.payload, dict) else dict(record.payload), f"record {record.id}.payload"),
        encoded(record.terms) if record.terms else None,
        struct.pack(f"<{len(counts)}Q{len(counts)}I", *counts, *counts.values()) if counts else None,
        None if matrix is None else matrix.tobytes(),
    )


def record_of(namespace: str, row: Sequence[Any]) -> Record:
    """The record of a row of ``HEAD`` or ``INDEX`` columns.

    Raises:
        Damaged: The row holds none.
    """
    try:
        return _record_of(namespace, row)
    except _BROKEN as error:
        raise Damaged(f"{type(error).__name__}: {error}") from error


def _record_of(namespace: str, row: Sequence[Any]) -> Record:
    terms: tuple[str, ...] = ()
    vectors: tuple[Vector, ...] = ()
    if len(row) > 16:
        if row[16]:
            terms = tuple(decoded(row[16]))
        if row[17]:
            vectors = tuple(tuple(v) for v in np.frombuffer(row[17], "<f4").reshape(-1, row[18]).tolist())
    payload: Any = decoded(row[4])
    if not isinstance(payload, dict) or type(row[11]) is not int or type(row[12]) is not int:
        raise TypeError("a column of another type")
    return Record(
        row[0],
        namespace,
        row[1],
        row[2],
        terms,
        vectors,
        row[3],
        cast("dict[str, JsonValue]", payload),
        unpack_path(row[5]),
        row[6],
        row[7],
        row[8],
        row[9],
        row[10],
        row[11],
        row[12],
        row[13],
        row[14],
        row[15],
    )


def task_row(task: Task) -> tuple[Any, ...]:
    """Values of ``TASK`` columns."""
    return (
        task.id,
        task.namespace,
        task.kind,
        task.conversation,
        json_text(dict(task.payload), f"task {task.id}.payload"),
        task.state,
        task.ready_at,
        task.created_at,
        task.attempts,
        task.lease_owner,
        task.lease_until,
        task.error,
    )


def task_of(row: Sequence[Any]) -> Task:
    """The task of a row of ``TASK`` columns."""
    return Task(row[0], row[1], row[2], row[3], decoded(row[4]), *row[5:12])
