"""What words tell of an attitude, by kind: liking, harm, negation, what ended. Knowledge of a language, not of the corpus."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Mark", "marks"]

_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTEST = 3  # letters of a stem


class Mark(NamedTuple):
    """Tokens from ``start`` up to ``end`` that tell an attitude of a kind."""

    kind: str
    start: int
    end: int


class _Lexicon(NamedTuple):
    phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]
    """By their first token: the tokens of each phrase and its kinds, longest first."""
    stems: dict[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    tables: dict[str, dict[str, str]] = tomllib.loads(files(__package__ or "").joinpath("attitudes.toml").read_text("utf-8"))
    kinds: dict[tuple[str, ...], list[str]] = {}
    stems: dict[str, list[str]] = {}
    for table in tables.values():
        for kind, words in table.items():
            for word in words.split():
                if word.endswith("*"):
                    stems.setdefault(word[:-1], []).append(kind)
                else:
                    kinds.setdefault(tuple(word if _HAN.match(word) else word.split("_")), []).append(kind)
    phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for phrase, own in sorted(kinds.items(), key=lambda item: -len(item[0])):
        phrases.setdefault(phrase[0], []).append((phrase, tuple(own)))
    return _Lexicon(phrases, {stem: tuple(own) for stem, own in stems.items()})


@lru_cache(maxsize=20_000)
def _of_stem(form: str) -> tuple[str, ...]:
    stems = _lexicon().stems
    return next((stems[form[:size]] for size in range(len(form), _SHORTEST - 1, -1) if form[:size] in stems), ())


def marks(forms: Sequence[str]) -> list[Mark]:
    """The attitudes that a row of tokens tells, in order, without overlap: the longest phrase at each place.

    Args:
        forms: Lower-case words and single Chinese characters.
    """
    phrases = _lexicon().phrases
    found: list[Mark] = []
    place = 0
    while place < len(forms):
        end = place + 1
        kinds: tuple[str, ...] = ()
        for phrase, own in phrases.get(forms[place], ()):
            if len(phrase) == 1 or tuple(forms[place : place + len(phrase)]) == phrase:
                kinds, end = own, place + len(phrase)
                break
        for kind in kinds or _of_stem(forms[place]):
            found.append(Mark(kind, place, end))
        place = end
    return found
