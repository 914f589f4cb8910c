"""The embedded store: one SQLite file and numpy."""

from .store import SQLiteStore

__all__ = ["SQLiteStore"]
