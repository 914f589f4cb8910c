"""The taxonomy of preferences, and what a text touches. The words are data: ``slots.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from .tables import tables
from .text import has_cjk, normalise

__all__ = ["Words", "attributes", "domain", "is_safety", "slot_of", "stands_ordered", "topics"]

_TEXT_LIMIT = 4000  # what a text touches shows at its beginning

Table = dict[str, list[str]]


class Words:
    """Finds which of some names a text touches, in one pass over Latin words and one over Chinese ones."""

    def __init__(self, table: Mapping[str, Sequence[str]], *, whole: bool = False) -> None:
        self._names: dict[str, list[str]] = {}
        for name, words in table.items():
            for word in words:
                self._names.setdefault(word, []).append(name)
        # longest first, so that the alternation takes the most telling word
        latin = sorted((re.escape(w) for w in self._names if not has_cjk(w)), key=len, reverse=True)
        chinese = sorted((re.escape(w) for w in self._names if has_cjk(w)), key=len, reverse=True)
        self._latin = re.compile(r"\b(" + "|".join(latin) + (r")\b" if whole else ")")) if latin else None
        self._chinese = re.compile("(" + "|".join(chinese) + ")") if chinese else None

    def find(self, text: str) -> list[str]:
        text = normalise(text[:_TEXT_LIMIT])
        found: dict[str, None] = {}
        for pattern in (self._latin, self._chinese):
            for match in pattern.finditer(text) if pattern is not None else ():
                for name in self._names[match[1]]:
                    found[name] = None
        return list(found)


@lru_cache(maxsize=1)
def _data() -> dict[str, Table]:
    return tables("slots.toml")


@lru_cache(maxsize=8)
def _words(table: str) -> Words:
    return Words(_data()[table])


@lru_cache(maxsize=1)
def _safety() -> Words:
    return Words({"safety": _data()["safety"]["words"]})


def domain(slot: str) -> str:
    """The first part of a slot: ``food`` of ``food.diet``."""
    return slot.partition(".")[0]


@lru_cache(maxsize=4096)
def topics(text: str) -> frozenset[str]:
    """Domains that a text touches, at one remove too: a birthday touches food.

    A slot or domain name counts as itself, so that a preference's slot and a query meet in the same names.
    """
    data = _data()
    if text in data["domains"] or domain(text) in data["domains"]:
        return frozenset(data["domains"][domain(text)])
    found = set(_words("topics").find(text))
    for name in list(found):
        found.update(data["touches"].get(name, ()))
    return frozenset(found)


def attributes(text: str) -> frozenset[str]:
    """Attributes of facts that a text speaks of, such as ``home`` for "where I live"."""
    return frozenset(_words("attributes").find(text))


def slot_of(text: str) -> str:
    """The slot that fits a text best; ``other`` if none does."""
    found = set(_words("slot_words").find(text))
    return next((slot for slot in _data()["slot_words"] if slot in found), "other")


def is_safety(slot: str, text: str) -> bool:
    """Whether a preference guards the user: allergy, health limits, access, faith."""
    return slot in _data()["safety"]["slots"] or bool(_safety().find(text))


def stands_ordered(slot: str) -> bool:
    """Whether an order for always in this slot concerns whatever is asked."""
    return not {slot, domain(slot)}.isdisjoint(_data()["standing"]["slots"])
