"""Connections to one file: a writer under a lock, readers from a pool, new ones after a fork."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from ...errors import Closed, InvalidInput, MemOSError, StoreCorrupt, StoreError, StoreLocked
from .codec import Damaged
from .schema import migrate

__all__ = ["Connections", "Durability"]

Durability = Literal["process", "power"]

_LEAKED: list[sqlite3.Connection] = []
"""Connections of a parent process: closing them here would release the parent's locks, so they are kept for ever."""

_LOG_PAGES = 4096  # of the log before they move into the file: pages that are written again and again move once
_MAPPED = 1 << 30  # bytes of the file that are read where the operating system holds them, instead of being copied
_PRIMARY = 0xFF  # the low byte of an extended SQLite error code


class Connections:
    """The connections of one store.

    Args:
        path: The file; None: memory.
        durability: ``process``: SQLite hands each commit to the operating system, which outlives a killed process
            (synchronous=NORMAL). ``power``: each commit also waits for the disk (synchronous=FULL).
        busy_timeout_s: How long to wait for another process's write.
    """

    def __init__(self, path: Path | None, *, durability: Durability, busy_timeout_s: float) -> None:
        self.path = path
        self.where = ":memory:" if path is None else str(path)
        self._durability = durability
        self._timeout = busy_timeout_s
        self._closed = False
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._idle: list[sqlite3.Connection] = []
        with self.errors():
            if path is not None:
                self._create(path)
            self._writer = self._open()
            try:
                migrate(self._writer, self.where)
            except BaseException:
                self._writer.close()
                raise

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def _create(self, path: Path) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # what people tell an agent is nobody else's business
        except OSError as error:
            raise StoreError(f"cannot open {path}: {error.strerror}. Choose a path that this process may write") from error

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.where, timeout=self._timeout, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            connection.execute(f"PRAGMA synchronous = {'FULL' if self._durability == 'power' else 'NORMAL'}")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA cache_size = -16384")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
            connection.execute(f"PRAGMA mmap_size = {_MAPPED}")
            if self.path is not None:
                self._use_wal(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """WAL; two processes that create a file at once get "locked" here at once, whatever the timeout."""
        end = time.monotonic() + self._timeout
        while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & _PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(0.01)

    @contextmanager
    def errors(self) -> Generator[None]:
        """SQLite's errors as ours."""
        try:
            yield
        except sqlite3.Error as error:
            raise self._translated(error) from error
        except (Damaged, json.JSONDecodeError) as error:
            raise self._damaged("a row that holds no record") from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise InvalidInput(f"cannot be stored: {error}. Texts must be valid Unicode, numbers at most 64 bits") from error

    def _translated(self, error: sqlite3.Error) -> MemOSError:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY
        if self._closed:
            return Closed("the store was closed; open another one")
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreLocked(
                f"{self.where} was locked by another process for more than {self._timeout:g} s. "
                "Nothing was written; try again, or raise busy_timeout_s"
            )
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or "decode to UTF-8" in str(error):
            return self._damaged(str(error))
        if code == sqlite3.SQLITE_FULL:
            return StoreError(f"no room to write {self.where}. Free some disk space and try again")
        if code == sqlite3.SQLITE_IOERR:
            return StoreError(f"cannot read or write {self.where} ({error}). Look whether its disk is full or broken, and try again")
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return StoreError(f"cannot open or write {self.where} ({error}). Check the permissions of the file and of its folder")
        return StoreError(f"SQLite failed on {self.where}: {error}. Try again; if it stays, restore a backup")

    def _damaged(self, how: str) -> StoreCorrupt:
        return StoreCorrupt(f"{self.where} is damaged or no database ({how}). Restore a backup, or choose another path")

    def _check(self) -> None:
        if self._closed:
            raise Closed("the store was closed; open another one")
        if self._pid != os.getpid():
            self._after_fork()

    def _after_fork(self) -> None:
        self._lock = threading.RLock()  # the parent's may be held by a thread that does not exist here
        self._pid = os.getpid()
        if self.path is not None:  # memory was copied with the process
            _LEAKED.extend((self._writer, *self._idle))
            self._idle = []
            self._writer = self._open()

    @contextmanager
    def writing(self) -> Generator[sqlite3.Connection]:
        """A transaction that holds the write lock from its begin; rolled back if its body raises."""
        with self.errors():
            self._check()
            with self._lock:
                self._check()
                connection = self._writer
                if connection.in_transaction:
                    raise StoreError("the store was called from within a plan; a plan must not touch the store")
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """A connection that sees what was committed."""
        with self.errors():
            self._check()
            if self.path is None:
                with self._lock:
                    yield self._writer
                return
            pid = self._pid
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._open()
            try:
                yield connection
            finally:
                if self._closed or pid != os.getpid() or connection.in_transaction:
                    connection.close()
                else:
                    self._idle.append(connection)

    def truncate(self, *, vacuum: bool) -> bool:
        """Move the log into the file and empty it; False: a reader of another process is in the way."""
        with self.errors():
            self._check()
            with self._lock:
                self._check()
                if vacuum:
                    self._writer.execute("VACUUM")
                return self.path is None or not self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]

    def close(self) -> None:
        """Close all connections that no thread is using; the others close when they are done."""
        if self._closed:
            return
        if self._pid != os.getpid():
            self._closed = True
            _LEAKED.extend((self._writer, *self._idle))
            return
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()
            self._writer.close()
