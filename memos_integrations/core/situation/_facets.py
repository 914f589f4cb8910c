"""The facets that a text names, by the words of ``en.toml`` and ``zh.toml``."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import cast

from ..text import CJK

__all__ = ["FACETS", "clipped", "facets", "values_of"]

FACETS = ("daytime", "day", "season", "weather", "holiday", "company", "place", "trip", "purpose", "document", "manner", "mood")
"""Names of the facets, in the order of the models' features."""

_HEAD, _TAIL = 700, 300  # what a text is about shows at both ends
_PIECES = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:['-][^\W_{CJK}]+)*", re.UNICODE)
_LONGEST_PHRASE = 3
_SHORTEST_STEM = 3
_WORKING_DAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday"})
_FREE_DAYS = frozenset({"saturday", "sunday"})

Place = tuple[str, str]


class _Lexicon:
    """Words of one language, found in time that grows with the text alone."""

    def __init__(self, table: Mapping[str, Mapping[str, list[str]]]) -> None:
        self.whole: dict[str, list[Place]] = {}
        self.stems: dict[str, list[Place]] = {}
        for facet, values in table.items():
            for value, words in values.items():
                for word in words:
                    target = self.stems if word.endswith("*") else self.whole
                    target.setdefault(word.rstrip("*"), []).append((facet, value))
        self.values = {facet: tuple(values) for facet, values in table.items()}
        self.longest = max(map(len, self.whole), default=0)

    def latin(self, words: list[str]) -> Iterator[Place]:
        for start, word in enumerate(words):
            for stop in range(_SHORTEST_STEM, len(word) + 1):
                yield from self.stems.get(word[:stop], ())
            for size in range(1, _LONGEST_PHRASE + 1):
                phrase = " ".join(words[start : start + size])
                yield from self.whole.get(phrase, ())
                if size > 1:
                    for stop in (len(phrase), len(phrase) - 1):
                        yield from self.stems.get(phrase[:stop], ())

    def chinese(self, run: str) -> Iterator[Place]:
        for start in range(len(run)):
            for stop in range(start + 1, min(len(run), start + self.longest) + 1):
                yield from self.whole.get(run[start:stop], ())


@lru_cache(maxsize=2)
def _lexicon(language: str) -> _Lexicon:
    raw = (files(__package__ or __name__) / f"{language}.toml").read_text(encoding="utf-8")
    return _Lexicon(cast("dict[str, dict[str, list[str]]]", tomllib.loads(raw)))


def values_of(facet: str) -> tuple[str, ...]:
    """The values that a facet can have, in the order of its file."""
    return _lexicon("en").values[facet]


def clipped(text: str) -> str:
    """A text as the words are looked up in it: NFKC, lower case, straight quotes, both ends of a long one."""
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]} {text[-_TAIL:]}"
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


@lru_cache(maxsize=4096)
def facets(text: str) -> Mapping[str, frozenset[str]]:
    """The facets that a text names, each with its values: ``{"day": {"saturday", "weekend"}, "company": {"kids"}}``."""
    found: dict[str, set[str]] = {}
    words: list[str] = []
    chinese, english = _lexicon("zh"), _lexicon("en")
    for piece in _PIECES.findall(clipped(text)):
        if piece[0] >= "\u3400" and re.match(f"[{CJK}]", piece):
            for facet, value in chinese.chinese(piece):
                found.setdefault(facet, set()).add(value)
        else:
            words.append(piece.removesuffix("'s"))  # "my daughter's with me" speaks of a daughter
    for facet, value in english.latin(words):
        found.setdefault(facet, set()).add(value)
    days = found.get("day")
    if days:
        if days & _WORKING_DAYS:
            days.add("weekday")
        if days & _FREE_DAYS:
            days.add("weekend")
    return {facet: frozenset(values) for facet, values in found.items()}
