"""The words that core's code reads stand in TOML beside it."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["tables"]


@cache
def tables(name: str) -> dict[str, Any]:
    """The tables of a file, read once. Not to be changed."""
    return tomllib.loads(files(__package__ or __name__).joinpath(name).read_text(encoding="utf-8"))
