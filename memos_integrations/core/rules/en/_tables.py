"""The rules of a table against a clause: most cannot match, and are passed over together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ...finding import Sieve
from .._common import Rule
from ._lexicon import load

__all__ = ["Table", "table"]


class Table:
    """Rules in their order."""

    __slots__ = ("_all", "_others")

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._all = Sieve(rules)
        self._others = Sieve([rule for rule in rules if not rule.data["first"]])

    def matching(self, text: str, *, own: bool) -> Iterator[tuple[Rule, re.Match[str]]]:
        """Rules that match a clause, with where; ``own``: it speaks of its speaker."""
        return (self._all if own else self._others).matching(text)


@lru_cache(maxsize=32)
def table(name: str, file: str = "rules.toml") -> Table:
    """A table of a rule file."""
    return Table(load(name, file))
