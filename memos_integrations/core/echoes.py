"""What an assistant repeats of words that are forgotten: an echo goes with what it repeats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .forgetting import ADDRESSED, telling
from .text import normalise, split_sentences

__all__ = ["Gone", "echoed"]

_HALF = 0.5  # of a sentence's telling words: it says little else
_THIRD = 0.34  # of them, in the very answer
_SHARED = 2  # telling words in the very answer
_NUMBER = re.compile(r"\d(?:[\s().-]{0,2}\d){2,}")
_OTHER = re.compile(r"\D")
_NAME = re.compile(r"(?<=[\w,;] )[A-Z][\w'’-]+")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class Gone:
    """What is forgotten, as an echo of it is told by.

    Attributes:
        things: What each of its sentences says, and what the memories that go are about, in telling words.
        words: The telling words of what the user said.
        numbers: Numbers of three digits and more in it, however they are spaced.
        names: Names within its sentences.
    """

    things: tuple[frozenset[str], ...]
    words: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(cls, said: Sequence[str], things: Iterable[str], kept: Iterable[str]) -> Gone:
        """What goes, but for what the user's other words say still.

        Args:
            said: The user's words that go.
            things: What the memories that go are about.
            kept: The user's words that stay.
        """
        words, numbers, names = _all_of(telling, said), _all_of(_numbers, said), _all_of(_names, said)
        about = {telling(text[s:e]) for text in said for s, e in split_sentences(text)} | {telling(thing) for thing in things}
        for text in kept:
            also = telling(text)
            words -= also
            about = {thing for thing in about if not thing <= also}
            numbers -= _numbers(text)
            names -= _all_words(text)
        return cls(tuple(thing for thing in about if thing), words, numbers, names)


def _all_of(found_in: Callable[[str], frozenset[str]], texts: Iterable[str]) -> frozenset[str]:
    return frozenset(one for text in texts for one in found_in(text))


def _numbers(text: str) -> frozenset[str]:
    return frozenset(_OTHER.sub("", n) for n in _NUMBER.findall(text))


def _names(text: str) -> frozenset[str]:
    return frozenset(normalise(name) for name in _NAME.findall(text))


def _all_words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(normalise(text)))


def echoed(turn: str, gone: Gone, *, answers: bool) -> tuple[str, ...]:
    """The sentences of an assistant's turn that repeat what is forgotten.

    Args:
        turn: The turn.
        gone: What is forgotten.
        answers: Whether it answers the very words; elsewhere only what is told of the user repeats them.
    """
    sentences = [turn[start:end] for start, end in split_sentences(turn)]
    return tuple(sentence for sentence in sentences if _repeats(sentence, gone, answers))


def _repeats(sentence: str, gone: Gone, answers: bool) -> bool:
    if gone.numbers & _numbers(sentence):
        return True
    if not answers and not ADDRESSED.search(sentence):
        return False
    words = telling(sentence)
    if any(thing <= words for thing in gone.things) or gone.names & _all_words(sentence):
        return True
    shared = len(words & gone.words)
    return shared > 0 and (shared >= _HALF * len(words) or (answers and (shared >= _SHARED or shared >= _THIRD * len(words))))
