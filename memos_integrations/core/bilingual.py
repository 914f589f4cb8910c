"""Words of daily life in English and Chinese: "I play tennis" and 网球我早就不打了 are about one thing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from .tables import tables
from .text import has_cjk, normalise

__all__ = ["also_called", "called_alike", "in_words_of"]

_LIMIT = 600
_JOINT = re.compile(r"[的\s]")
_LATIN = re.compile(r"[A-Za-z]{2}")


class _Named(NamedTuple):
    """A thing that a text names, and where."""

    thing: str
    start: int
    stop: int


class _Vocabulary:
    """Finds the things that a text names in either language, longest words first: 红茶 is no 茶."""

    def __init__(self) -> None:
        self._things: dict[str, list[str]] = {}
        own = tables("bilingual.toml")
        self.times = frozenset(own["times"])
        for table in (own["times"], own["words"], tables("reconcile.toml")["same"]):
            for thing, words in table.items():
                for word in words:
                    self._things.setdefault(word, []).append(thing)
        self._words: dict[str, list[str]] = {}
        for word, things in self._things.items():
            for thing in things:
                self._words.setdefault(thing, []).append(word)
        words = sorted(self._things, key=len, reverse=True)
        latin = "|".join(re.escape(word) for word in words if not has_cjk(word))
        chinese = "|".join(re.escape(word) for word in words if has_cjk(word))
        self._pattern = re.compile(rf"\b(?P<en>{latin})(?:e?s)?\b|(?P<zh>{chinese})")

    def others(self, thing: str, word: str) -> list[str]:
        """What a thing that a word names is called in the other language."""
        return [other for other in self._words[thing] if has_cjk(other) != has_cjk(word)]

    def find(self, text: str) -> Iterator[_Named]:
        for match in self._pattern.finditer(text):
            for thing in self._things[match["en"] or match["zh"]]:
                yield _Named(thing, *match.span())


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    return _Vocabulary()


@lru_cache(maxsize=4096)
def _named(text: str) -> tuple[_Named, ...]:
    return tuple(_vocabulary().find(text))


@lru_cache(maxsize=8192)
def _languages(text: str) -> tuple[bool, bool]:
    return has_cjk(text), _LATIN.search(text) is not None


def in_words_of(text: str, other: str) -> str:
    """A text in which what another one names in the other language is called as there; the text itself if they share a language, or
    nothing but a time.

    "I play tennis" beside 网球我早就不打了 is "I play 网球": whoever compares words finds what both are about.
    """
    chinese, latin = _languages(text)
    also_chinese, also_latin = _languages(other)
    if not ((latin and also_chinese) or (chinese and also_latin)):
        return text
    said = normalise(other[:_LIMIT])
    words = {named.thing: said[named.start : named.stop] for named in _named(said)}
    if not words:
        return text
    low = normalise(text[:_LIMIT])
    spelt = text if len(text) == len(low) else low  # names keep their capitals
    at, parts, met = 0, list[str](), set[str]()
    for named in _named(low):
        word = words.get(named.thing)
        own = low[named.start : named.stop]
        if word is None or named.start < at or has_cjk(word) == has_cjk(own):
            continue
        parts += [spelt[at : named.start], f" {word} "]
        at = named.stop
        met.add(named.thing)
    return text if met <= _vocabulary().times else " ".join("".join([*parts, spelt[at:]]).split())


@lru_cache(maxsize=4096)
def also_called(text: str) -> str:
    """What is named in a text, in the words of the other language: by these what was said in it is found."""
    low = normalise(text[:_LIMIT])
    others = (word for named in _named(low) for word in _vocabulary().others(named.thing, low[named.start : named.stop]))
    return " ".join(dict.fromkeys(others))


def called_alike(one: str, two: str) -> bool:
    """Whether two names are one in two languages: "favourite colour" and 最喜欢的颜色."""
    met = in_words_of(one, two)
    return met != one and _JOINT.sub("", met) == _JOINT.sub("", two)
