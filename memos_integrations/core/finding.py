"""Patterns that are tried only where they can match: most texts hold none of the words that a rule needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Generic, TypeVar

from .required import BEGINNING, SCRIPT, Need, Stretch, read, weight, worth

__all__ = ["Finder", "Sieve", "required"]

_OFTEN = " etaoinshrdlu"  # the letters of English, the commonest first
_FEW = 40  # strings: more are not worth looking for one by one
_ASKED = 3  # needs of a rule that are asked about
_WORTH = 20  # characters whose marks are found in the time in which one string is looked for
_BEGINNINGS = re.compile(rf"\b\w{{1,{BEGINNING}}}")
_Mark = str | tuple[str, str]


def required(pattern: str) -> tuple[str, ...]:
    """Strings in lower case, one of which stands in each text that a pattern finds something in; none: there is nothing of the kind.

    Args:
        pattern: A regular expression. It is read as one that finds lower-case texts.
    """
    return _best(read(pattern).needs)


def _best(needs: Sequence[Need]) -> tuple[str, ...]:
    few = [need for need in needs if len(need) <= _FEW]
    return tuple(sorted({stretch.text for stretch in max(few, key=worth)})) if few else ()


class Finder:
    """A pattern for lower-case texts that is tried only on those that hold what it needs, which is cheaper to ask.

    Attributes:
        pattern: The pattern.
        needs: What ``required`` says of it.
        all_needs: All that it needs.
    """

    __slots__ = ("_find", "all_needs", "needs", "pattern")

    def __init__(self, pattern: str, flags: int = 0, *, plainer: str | None = None, needs: Sequence[str] = ()) -> None:
        """Compile a pattern.

        Args:
            pattern: A regular expression.
            flags: Of ``re.compile``.
            plainer: The same without some of what it asks for, where that spares reading long lists of words.
            needs: What a text must hold one of, chosen by hand; none: what the pattern tells.
        """
        self.pattern = re.compile(pattern, flags)
        told = read(pattern if plainer is None else plainer)
        self.all_needs = [frozenset(map(Stretch, needs)), *told.needs] if needs else told.needs
        self.needs = tuple(needs) or _best(told.needs)
        once = told.at_start and not flags & re.MULTILINE
        self._find = self.pattern.match if once else self.pattern.search  # a search would look for the beginning at each letter

    def search(self, text: str) -> re.Match[str] | None:
        """Where the pattern finds something."""
        if self.needs:
            for words in self.needs:
                if words in text:
                    break
            else:
                return None
        return self._find(text)


_Ruled = TypeVar("_Ruled", bound=Finder)


class Sieve(Generic[_Ruled]):
    """Rules in their order, by marks that all texts bear in which each finds something: most rules are passed over at once.

    A mark is the beginning of a word or of two in a row, or one or two Chinese characters. For each rule and each of its needs there is
    a bit, which the marks of a text set or not; a rule whose bits are all set may match.
    """

    def __init__(self, rules: Sequence[_Ruled], *, chinese: bool = False) -> None:
        """Sort the rules.

        Args:
            rules: Rules with what their patterns require.
            chinese: They are for Chinese texts: what is asked for in other letters is known by two of these, as characters are.
        """
        self._rules = tuple(rules)
        marked = [_marked(rule, _of_letters if chinese else _of_words) for rule in rules]
        self._marks: Callable[[str], frozenset[_Mark]] = _letters if chinese else _words
        self._unasked = (1 << len(rules) * _ASKED) - 1
        self._bits: dict[_Mark, int] = {}
        for number, needs in enumerate(marked):
            for place, marks in enumerate(needs):
                bit = 1 << number + place * len(rules)
                self._unasked &= ~bit
                for one in marks:
                    self._bits[one] = self._bits.get(one, 0) | bit
        self._first = (1 << len(rules)) - 1
        self._known = frozenset(self._bits)
        self._always = self._chosen(())
        self._longest = _WORTH * sum(len(marks) for needs in marked for marks in needs)  # of a text whose marks are worth finding

    def likely(self, text: str) -> Sequence[_Ruled]:
        """The rules that may match a lower-case text, in their order."""
        if len(text) > self._longest:
            return self._rules
        marks = self._known & self._marks(text)
        return self._chosen(marks) if marks else self._always

    def _chosen(self, marks: Iterable[_Mark]) -> tuple[_Ruled, ...]:
        """The rules none of whose needs is missing in a text that bears some marks."""
        bits = self._unasked
        for mark in marks:
            bits |= self._bits[mark]
        for _ in range(_ASKED - 1):
            bits &= bits >> len(self._rules)
        bits &= self._first
        chosen: list[_Ruled] = []
        while bits:
            lowest = bits & -bits
            chosen.append(self._rules[lowest.bit_length() - 1])
            bits ^= lowest
        return tuple(chosen)

    def matching(self, text: str) -> Iterator[tuple[_Ruled, re.Match[str]]]:
        """The rules that find something in a lower-case text, in their order, with what each finds first."""
        for rule in self.likely(text):
            match = rule.search(text)
            if match is not None:
                yield rule, match

    def first(self, text: str) -> re.Match[str] | None:
        """What the first rule that finds something finds in a lower-case text."""
        for rule in self.likely(text):
            match = rule.search(text)
            if match is not None:
                return match
        return None

    def finds(self, text: str) -> bool:
        """Whether a rule finds something in a lower-case text."""
        return self.first(text) is not None


# -- marks


@lru_cache(maxsize=64)  # several sieves are asked about a clause
def _words(text: str) -> frozenset[_Mark]:
    words: list[str] = _BEGINNINGS.findall(text)
    found = frozenset[_Mark](words).union(pairwise(words))
    return found if text.isascii() else found | _letters(text)


@lru_cache(maxsize=64)
def _letters(text: str) -> frozenset[_Mark]:
    return frozenset[_Mark](text).union(pairwise(text))


def _of_words(stretch: Stretch) -> _Mark | None:
    """The mark of a text that holds a stretch: how a word of it begins, where that is certain, or Chinese characters."""
    if any(letter >= SCRIPT for letter in stretch.text):
        return _of_letters(stretch)
    pairs = list(pairwise(stretch.beginnings()))
    return max(pairs or stretch.beginnings(), key=_rarity, default=None)


def _of_letters(stretch: Stretch) -> _Mark:
    """The mark of a text that holds a stretch: a character of it, or two neighbours."""
    return max(pairwise(stretch.text), key=_rarity, default=stretch.text)


def _marked(rule: Finder, mark: Callable[[Stretch], _Mark | None]) -> list[list[_Mark]]:
    """The marks of which a text must bear one, for those needs of a rule that are met most seldom; a need without marks is left out."""
    found = [[one for stretch in need if (one := mark(stretch)) is not None] for need in rule.all_needs]
    whole = [marks for marks, need in zip(found, rule.all_needs, strict=True) if len(marks) == len(need)]
    return sorted(whole, key=_seldom, reverse=True)[:_ASKED]


def _seldom(marks: Sequence[_Mark]) -> tuple[int, int]:
    """How seldom a text bears one of some marks, for comparing."""
    return min(_rarity(mark) for mark in marks), -len(marks)


def _rarity(mark: _Mark) -> int:
    return sum(_OFTEN.find(letter) if letter in _OFTEN else len(_OFTEN) + 10 * weight(letter) for letter in "".join(mark))
