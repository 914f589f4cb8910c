"""Layout of the file, and how an older one is brought up to date."""

from __future__ import annotations

import sqlite3

from ...core.text import estimate_tokens
from ...errors import StoreCorrupt, StoreVersion

__all__ = ["APPLICATION_ID", "VERSION", "check", "migrate"]

APPLICATION_ID = 0x4D656D4F  # "MemO": says in the file's header whose it is

_FIRST = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE namespaces (
    n INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    scope TEXT,
    seq INTEGER NOT NULL,
    epoch INTEGER NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}',
    updated_at INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE records (
    rid INTEGER PRIMARY KEY,
    n INTEGER NOT NULL,
    id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    conversation TEXT,
    ord INTEGER NOT NULL,
    valid_from INTEGER,
    valid_to INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    expires_at INTEGER,
    version INTEGER NOT NULL,
    space TEXT,
    dim INTEGER NOT NULL,
    path BLOB,
    text TEXT NOT NULL,
    payload TEXT NOT NULL,
    words TEXT,
    postings BLOB,
    vectors BLOB
);
CREATE UNIQUE INDEX records_id ON records (id, n);
CREATE INDEX records_n ON records (n);
CREATE INDEX records_kind ON records (n, kind);
CREATE INDEX records_seq ON records (n, seq);
CREATE INDEX records_talk ON records (n, conversation, ord) WHERE conversation IS NOT NULL;
CREATE INDEX records_path ON records (n, path) WHERE path IS NOT NULL;
CREATE TABLE tasks (
    tid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    namespace TEXT NOT NULL,
    kind TEXT NOT NULL,
    conversation TEXT,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,
    ready_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    error TEXT
);
CREATE INDEX tasks_namespace ON tasks (namespace);
CREATE INDEX tasks_open ON tasks (created_at, tid) WHERE state IN ('pending', 'running');
CREATE INDEX tasks_group ON tasks (namespace, conversation) WHERE state IN ('pending', 'running');
"""

_SECOND = """
ALTER TABLE records ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE namespaces ADD COLUMN tokens INTEGER NOT NULL DEFAULT 0;
UPDATE records SET tokens = estimate_tokens(text) WHERE kind = 'episode' AND status NOT IN ('deleted', 'merged');
UPDATE namespaces SET tokens = (SELECT COALESCE(SUM(r.tokens), 0) FROM records AS r WHERE r.n = namespaces.n);
DELETE FROM meta WHERE key LIKE 'history:%';
"""
"""Tokens of the full history, kept with the records that they are of."""

_THIRD = """
DROP INDEX records_kind;
DROP INDEX records_path;
CREATE INDEX records_kind ON records (n, kind, created_at, ord);
CREATE INDEX records_path ON records (n, path, kind, status, updated_at, id, expires_at) WHERE path IS NOT NULL;
CREATE INDEX IF NOT EXISTS records_item ON records (n, updated_at, id, status, expires_at) WHERE kind = 'item';
CREATE INDEX IF NOT EXISTS records_expiry ON records (n, expires_at) WHERE expires_at IS NOT NULL;
"""
"""Walks by what the records hold, and items by path and age."""

_FOURTH = "CREATE INDEX IF NOT EXISTS tasks_parked ON tasks (created_at, tid) WHERE state = 'parked'"
"""Tasks that wait for an embedder."""

_FIFTH = "DROP INDEX IF EXISTS records_n"
"""Each index costs every write a page; ``records_seq`` begins with the same column."""

_STEPS = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH)
"""Step i brings a file of version i to version i + 1. Never edit a step that was released: add one."""

VERSION = len(_STEPS)


def check(connection: sqlite3.Connection, where: str) -> int:
    """The version of a file; 0: empty. Raises where it is not ours or from a newer version."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if owner == APPLICATION_ID:
        if version > VERSION:
            raise StoreVersion(f"{where} has layout {version}, this version knows up to {VERSION}. Upgrade memos-integrations to open it")
        return version
    if owner or version or connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise StoreCorrupt(f"{where} is a database of another program. Nothing was changed; choose another path")
    return 0


def migrate(connection: sqlite3.Connection, where: str) -> None:
    """Create or upgrade the layout, as one step against other processes that open the file."""
    if check(connection, where) == VERSION:
        return
    connection.create_function("estimate_tokens", 1, estimate_tokens, deterministic=True)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in _STEPS[check(connection, where) :]:
            for statement in step.split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
