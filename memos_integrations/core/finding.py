"""Patterns that are tried only where they can match: most texts hold none of the words that a rule needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any, Generic, TypeVar

__all__ = ["Finder", "Sieve", "required"]

# The standard library publishes no other way to see what a pattern is made of. It is asked for what it is sure of only.
_parser: Any = import_module("re._parser")
_MOST = 40  # alternatives: more are not worth asking
_SCRIPT = "\u2e80"  # from here on one character says as much as three letters
_NOTHING: frozenset[str] = frozenset()
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

    def __init__(self, pattern: str, flags: int = 0, *, plainer: str | None = None) -> None:
        """Compile a pattern.

        Args:
            pattern: A regular expression.
            flags: Of ``re.compile``.
            plainer: The same without some of what it asks for, where that spares reading long lists of words.
        """
        self.pattern = re.compile(pattern, flags)
        self.needs = required(pattern if plainer is None else plainer)

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
    """Rules in their order, by the letters of which one stands in all that each finds: for texts of many letters, as Chinese ones."""

    def __init__(self, rules: Sequence[_Ruled]) -> None:
        """Sort the rules.

        Args:
            rules: Rules with what their patterns require.
        """
        self._rules = tuple(rules)
        self._always = frozenset(number for number, rule in enumerate(rules) if not rule.needs)
        found: dict[str, list[int]] = {}
        for number, rule in enumerate(rules):
            for letter in {_rarest(words) for words in rule.needs}:
                found.setdefault(letter, []).append(number)
        self._by_letter = {letter: tuple(numbers) for letter, numbers in found.items()}

    def likely(self, text: str) -> list[_Ruled]:
        """The rules that may match a text, in their order."""
        numbers = set(self._always)
        for letter in set(text):
            numbers.update(self._by_letter.get(letter, ()))
        return [self._rules[number] for number in sorted(numbers)]


def _rarest(words: str) -> str:
    return next((letter for letter in words if letter not in _COMMON), words[0])
