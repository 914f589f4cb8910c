"""Kinds of things that a text names: a mocha is a coffee, 泰迪 a dog. The words are data: ``kinds.toml``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import cast

from .tables import tables
from .text import has_cjk, normalise

__all__ = ["kinds"]

_READ = 1000  # characters: what a text speaks of shows at its beginning
# a firm, not a fruit: a name inside a sentence, or before what it makes
_FIRM = re.compile(r"(?:(?<=[a-z] )Apple\b(?! Pay\b)|\bApple (?i:device|product|phone|laptop|computer|tablet|watch|music|tv|store)s?\b)")


class _Names:
    """Names of kinds, found longest first: a 酒店 is no 酒, a pie chart no pie."""

    def __init__(self) -> None:
        self._whole: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        for table in cast("dict[str, dict[str, list[str]]]", tables("kinds.toml")).values():
            for kind, words in table.items():
                for word in map(str.lower, words):
                    target = self._stems if word.endswith("*") else self._whole
                    target.setdefault(word.rstrip("*"), []).append(kind)
        both = sorted({*self._whole, *self._stems}, key=len, reverse=True)
        latin = [re.escape(w) + (r"\w*" if w in self._stems else r"s?\b") for w in both if not has_cjk(w)]
        self._latin = re.compile(rf"\b(?:{'|'.join(latin)})")
        self._chinese = re.compile("|".join(re.escape(w) for w in both if has_cjk(w)))

    def of(self, text: str) -> set[str]:
        found: set[str] = set()
        for match in self._chinese.findall(text):
            found.update(self._whole[match])
        for match in self._latin.findall(text):
            found.update(self._whole.get(match) or self._whole.get(match[:-1]) or self._stem(match))
        return found

    def _stem(self, word: str) -> list[str]:
        for stop in range(len(word), 0, -1):
            if word[:stop] in self._stems:
                return self._stems[word[:stop]]
        return []


@lru_cache(maxsize=1)
def _names() -> _Names:
    return _Names()


@lru_cache(maxsize=4096)
def kinds(text: str) -> frozenset[str]:
    """The kinds of which a text names something."""
    return frozenset(_names().of(normalise(_FIRM.sub(" ", text[:_READ]))))
