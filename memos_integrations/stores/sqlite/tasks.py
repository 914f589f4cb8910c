"""The queue."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..base import Task
from .codec import TASK, task_of, task_row

__all__ = ["find", "lease", "prunable", "prune", "put", "ready"]

_OPEN = "state IN ('pending', 'running')"  # in these very words: SQLite then sees that the partial indexes apply
_PAST = "state = 'done' AND ready_at < ?"

_PUT = f"INSERT INTO tasks ({TASK}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in TASK.split(", ")[1:]
)

_DUE = """(
    (state = 'pending' AND (ready_at <= :now OR (:flush AND attempts = 0)))
    OR (state = 'running' AND COALESCE(lease_until, 0) <= :now)
)"""

_READY = f"""
SELECT namespace, conversation FROM tasks AS t
WHERE {_OPEN} AND {_DUE} AND NOT EXISTS (
    SELECT 1 FROM tasks AS held WHERE {_OPEN.replace("state", "held.state")} AND held.state = 'running' AND held.lease_until > :now
    AND held.namespace = t.namespace AND held.conversation IS t.conversation
)
ORDER BY created_at, tid LIMIT 1
"""

# what is ready is among them however many wait: it would be what makes the group ready again and again, and never be taken
_TAKEN = f"""
SELECT {TASK} FROM (
    SELECT * FROM tasks WHERE {_OPEN} AND namespace = :namespace AND conversation IS :conversation
    ORDER BY NOT {_DUE}, created_at, tid LIMIT :limit
) ORDER BY created_at, tid
"""


def put(connection: sqlite3.Connection, tasks: Iterable[Task]) -> None:
    """Insert or replace."""
    connection.executemany(_PUT, [task_row(t) for t in tasks])


def ready(connection: sqlite3.Connection, *, now: int, flush: bool) -> tuple[str, str | None] | None:
    """Namespace and conversation of the oldest task that is ready."""
    row = connection.execute(_READY, {"now": now, "flush": flush}).fetchone()
    return None if row is None else (row[0], row[1])


def lease(connection: sqlite3.Connection, *, owner: str, now: int, until: int, flush: bool, limit: int) -> list[Task]:
    """Take the tasks of one conversation."""
    group = ready(connection, now=now, flush=flush)
    if group is None:
        return []
    namespace, conversation = group
    rows = connection.execute(
        _TAKEN, {"now": now, "flush": flush, "namespace": namespace, "conversation": conversation, "limit": limit}
    ).fetchall()
    taken = [replace(t, state="running", attempts=t.attempts + 1, lease_owner=owner, lease_until=until) for t in map(task_of, rows)]
    put(connection, taken)
    return taken


def find(
    connection: sqlite3.Connection, *, ids: Sequence[str] | None, states: Sequence[str], namespaces: Sequence[str] | None, limit: int
) -> list[Task]:
    """Tasks by id, state and namespace, oldest first."""
    terms: list[str] = []
    values: list[str] = []
    for column, wanted in (("id", ids), ("namespace", namespaces), ("state", states or None)):
        if wanted is not None:
            terms.append(f"{column} IN (SELECT value FROM json_each(?))" if len(wanted) > 500 else f"{column} IN ({_marks(wanted)})")
            values.extend([_json(wanted)] if len(wanted) > 500 else wanted)
    if states and set(states) <= {"pending", "running"}:
        terms.append(_OPEN)
    if set(states) == {"parked"}:
        terms.append("state = 'parked'")
    where = f"WHERE {' AND '.join(terms)}" if terms else ""
    rows = connection.execute(f"SELECT {TASK} FROM tasks {where} ORDER BY created_at, tid LIMIT ?", (*values, limit)).fetchall()
    return [task_of(row) for row in rows]


def prunable(connection: sqlite3.Connection, done_before: int) -> bool:
    """Whether anything was done before a time."""
    return connection.execute(f"SELECT 1 FROM tasks WHERE {_PAST} LIMIT 1", (done_before,)).fetchone() is not None


def prune(connection: sqlite3.Connection, done_before: int) -> int:
    """Remove what was done before a time."""
    return connection.execute(f"DELETE FROM tasks WHERE {_PAST}", (done_before,)).rowcount


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _json(values: Sequence[str]) -> str:
    return json.dumps(list(values))
