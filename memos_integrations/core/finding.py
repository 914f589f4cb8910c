"""Patterns that are tried only where they can match: most texts hold none of the words that a rule needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Generic, TypeVar

__all__ = ["Finder", "Sieve", "required"]

# The standard library publishes no other way to see what a pattern is made of. It is asked for what it is sure of only.
_parser: Any = import_module("re._parser")
_MOST = 40  # alternatives: more are not worth asking
_SCRIPT = "\u2e80"  # from here on one character says as much as three letters
_NOTHING: frozenset[str] = frozenset()
_OFTEN = " etaoinshrdlu"  # the letters of English, the commonest first
_WIDEST, _WIDEST_HAN = 3, 2  # letters that are looked for together
_WORTH = 3  # characters that are sorted in the time in which one string is looked for
_Gram = tuple[str, ...]
_COMMON = frozenset("我你的了不是一有在要就都也还很这那个会能可以 ")


def required(pattern: str) -> tuple[str, ...]:
    """Strings in lower case, one of which stands in each text that a pattern finds something in; none: there is nothing of the kind.

    Args:
        pattern: A regular expression. It is read as one that finds lower-case texts.
    """
    return tuple(sorted(_of_sequence(_parser.parse(pattern))))


def _of_sequence(parts: Iterable[tuple[Any, Any]]) -> frozenset[str]:
    """The best of what the parts of a sequence require: all of them must match."""
    return max(_each(parts), key=_worth, default=_NOTHING)


def _each(parts: Iterable[tuple[Any, Any]]) -> Iterator[frozenset[str]]:
    run = ""
    for kind, value in parts:
        name = str(kind)
        if name == "LITERAL":
            run += chr(value).lower()
            continue
        if name in ("AT", "ASSERT", "ASSERT_NOT"):
            continue  # takes no room: what stands on both sides of it is neighbours
        if run.strip():
            yield frozenset((run,))
        run = ""
        found = _of_part(name, value)
        if found and len(found) <= _MOST and all(words.strip() for words in found):
            yield found
    if run.strip():
        yield frozenset((run,))


def _of_part(name: str, value: Any) -> frozenset[str]:
    if name == "SUBPATTERN":
        return _of_sequence(value[3])
    if name == "ATOMIC_GROUP":
        return _of_sequence(value)
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _of_sequence(value[2]) if value[0] else _NOTHING
    if name == "BRANCH":
        ways = [_of_sequence(way) for way in value[1]]
        return _NOTHING.union(*ways) if all(ways) else _NOTHING
    if name == "IN" and all(str(kind) == "LITERAL" for kind, _ in value):
        return frozenset(chr(code).lower() for _, code in value)
    return _NOTHING


def _worth(words: frozenset[str]) -> tuple[int, int]:
    return min(sum(_weight(letter) for letter in word) for word in words), -len(words)


def _weight(letter: str) -> int:
    return 1 if letter < _SCRIPT or letter in _COMMON else 3


class Finder:
    """A pattern for lower-case texts that is tried only on those that hold what it needs, which is cheaper to ask.

    Attributes:
        pattern: The pattern.
        needs: What ``required`` says of it.
    """

    __slots__ = ("needs", "pattern")

    def __init__(self, pattern: str, flags: int = 0, *, plainer: str | None = None, needs: Sequence[str] = ()) -> None:
        """Compile a pattern.

        Args:
            pattern: A regular expression.
            flags: Of ``re.compile``.
            plainer: The same without some of what it asks for, where that spares reading long lists of words.
            needs: What a text must hold one of, chosen by hand; none: what the pattern tells.
        """
        self.pattern = re.compile(pattern, flags)
        self.needs = tuple(needs) or required(pattern if plainer is None else plainer)

    def search(self, text: str) -> re.Match[str] | None:
        """Where the pattern finds something."""
        if self.needs:
            for words in self.needs:
                if words in text:
                    break
            else:
                return None
        return self.pattern.search(text)


_Ruled = TypeVar("_Ruled", bound=Finder)


class Sieve(Generic[_Ruled]):
    """Rules in their order, by a few letters of which some stand in all that each finds: many rules are passed over at once."""

    def __init__(self, rules: Sequence[_Ruled]) -> None:
        """Sort the rules.

        Args:
            rules: Rules with what their patterns require.
        """
        self._rules = tuple(rules)
        self._always = sum(1 << number for number, rule in enumerate(rules) if not rule.needs)
        han = any(letter >= _SCRIPT for rule in rules for word in rule.needs for letter in word)
        by_gram: dict[int, dict[_Gram, int]] = {}
        for number, rule in enumerate(rules):
            for gram in [_rarest(word, _WIDEST_HAN if han else _WIDEST) for word in rule.needs]:
                if len(gram) < _WIDEST and not han:
                    self._always |= 1 << number  # not worth sorting letters once more
                    continue
                found = by_gram.setdefault(len(gram), {})
                found[gram] = found.get(gram, 0) | 1 << number
        self._longest = _WORTH * sum(len(rule.needs) for rule in rules)  # of a text whose letters are worth sorting
        self._by_gram = tuple((width, found, frozenset(found)) for width, found in by_gram.items())

    def likely(self, text: str) -> Sequence[_Ruled]:
        """The rules that may match a lower-case text, in their order."""
        if len(text) > self._longest:
            return self._rules
        bits = self._always
        for width, found, known in self._by_gram:
            for gram in known & _grams(text, width):
                bits |= found[gram]
        likely: list[_Ruled] = []
        while bits:
            lowest = bits & -bits
            likely.append(self._rules[lowest.bit_length() - 1])
            bits ^= lowest
        return likely

    def matching(self, text: str) -> Iterator[tuple[_Ruled, re.Match[str]]]:
        """The rules that find something in a lower-case text, in their order, with what each finds first."""
        for rule in self.likely(text):
            match = rule.search(text)
            if match is not None:
                yield rule, match

    def finds(self, text: str) -> bool:
        """Whether a rule finds something in a lower-case text."""
        return any(rule.search(text) for rule in self.likely(text))


@lru_cache(maxsize=64)  # several sieves are asked about a clause
def _grams(text: str, width: int) -> frozenset[_Gram]:
    return frozenset(zip(*(text[start:] for start in range(width)), strict=False))


def _rarest(words: str, widest: int) -> _Gram:
    """Of neighbouring letters in words, those that are seldom found in others."""
    width = min(len(words), widest)
    grams = [tuple(words[at : at + width]) for at in range(len(words) - width + 1)]
    return max(grams, key=lambda gram: sum(map(_rarity, gram)))


def _rarity(letter: str) -> int:
    return _OFTEN.find(letter) if letter in _OFTEN else len(_OFTEN) + 10 * _weight(letter)
