"""The rules of a table against a clause: most cannot match, and those that begin alike are ruled out together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .._common import Rule
from ._lexicon import expanded, load

__all__ = ["Row", "table"]

_BEGINNINGS = ("(?:~I~|^)", "(?:~Im~|^)", "~I~", "~Im~", "~lead~", r"\b(?:i|we)", r"\b(?:i'm|im|i am)")  # the longest first
_FEWEST = 2  # rules that are worth a pattern of their own
_NAME = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as it is tried.

    Attributes:
        rule: The rule.
        first: Its clause speaks of its speaker.
        beginning: Number of the rules that begin alike, or None.
        needs: Words of which every match holds one, chosen by hand where that beats ruling out by beginnings; none: not known.
    """

    rule: Rule
    first: bool
    beginning: int | None
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rules in their order.

    Attributes:
        rows: The rules.
        others: Of them those that can match what is not said of its speaker.
        any_of: For each number of ``Row.beginning`` a pattern that is found wherever one of its rules is.
    """

    rows: tuple[Row, ...]
    others: tuple[Row, ...]
    any_of: tuple[re.Pattern[str], ...]

    def matching(self, text: str, *, own: bool) -> Iterator[tuple[Rule, re.Match[str]]]:
        """Rules that match a clause, with where; ``own``: it speaks of its speaker."""
        found: dict[int, bool] = {}
        for row in self.rows if own else self.others:  # the loop that costs most of reading a turn: no calls but of patterns
            if row.needs:
                for word in row.needs:
                    if word in text:
                        break
                else:
                    continue
            group = row.beginning
            if group is not None:
                if group not in found:
                    found[group] = self.any_of[group].search(text) is not None
                if not found[group]:
                    continue
            match = row.rule.pattern.search(text)
            if match is not None:
                yield row.rule, match


@lru_cache(maxsize=32)
def table(name: str, file: str = "rules.toml") -> Table:
    """A table of a rule file."""
    rules = load(name, file)
    rests: dict[str, list[str]] = {}
    begins: list[str | None] = []
    for rule in rules:
        raw = str(rule.data["pattern"])
        begin = next((b for b in _BEGINNINGS if raw.startswith(b)), None)
        if begin is not None and "case" not in rule.data and _is_one(raw[len(begin) :]):
            rests.setdefault(begin, []).append(raw[len(begin) :])
        else:
            begin = None
        begins.append(begin)
    worth = [begin for begin, own in rests.items() if len(own) >= _FEWEST]
    any_of = tuple(
        re.compile(_NAME.sub("(?:", expanded(f"{begin}(?:{'|'.join(f'(?:{rest})' for rest in rests[begin])})", file))) for begin in worth
    )
    rows = tuple(
        Row(rule, bool(rule.data["first"]), worth.index(begin) if begin in worth else None, tuple(rule.data.get("needs", ())))
        for rule, begin in zip(rules, begins, strict=True)
    )
    return Table(rows, tuple(row for row in rows if not row.first), any_of)


def _is_one(pattern: str) -> bool:
    """Whether a pattern has no alternatives outside its groups, and does not begin with what repeats the words before it."""
    if pattern[:1] in "?*+{":
        return False
    depth = at = 0
    while at < len(pattern):
        mark = pattern[at]
        if mark == "\\":
            at += 1
        elif mark == "[":
            at = pattern.index("]", at + 2)
        elif mark in "()":
            depth += 1 if mark == "(" else -1
        elif mark == "|" and not depth:
            return False
        at += 1
    return True
