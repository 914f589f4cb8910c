"""Spaces between Chinese and Latin: some write them and some do not, and the patterns know none."""

from __future__ import annotations

import re
from dataclasses import replace

from ...candidates import Candidate
from .._common import Sentence

__all__ = ["closed", "closed_at", "verbatim"]

_HAN, _LATIN = r"[\u4e00-\u9fff]", "[A-Za-z]"  # before a number a space may part the members of a list
_SPACES = re.compile(rf"(?<={_HAN}) +(?={_LATIN})|(?<={_LATIN}) +(?={_HAN})")
_BORDER = re.compile(rf"(?<={_HAN})(?={_LATIN})|(?<={_LATIN})(?={_HAN})")
_WORDS = ("quote", "object", "condition", "value", "subject", "when")  # fields that hold words of the turn


def closed(said: Sentence) -> Sentence:
    """The sentence without such spaces."""
    spans = [found.span() for found in _SPACES.finditer(said.text)]
    if not spans:
        return said
    return replace(said, text=_without(said.text, spans), masked=_without(said.masked, spans))


def closed_at(said: Sentence, at: int) -> int:
    """Where an offset of the sentence is in it without such spaces."""
    return at - sum(min(found.end(), at) - found.start() for found in _SPACES.finditer(said.text) if found.start() < at)


def verbatim(candidate: Candidate, turn: str) -> Candidate:
    """What was found in a sentence without such spaces, in the words of the turn."""
    if " " not in turn or not _SPACES.search(turn):  # a long turn has many candidates
        return candidate
    fields = {name: getattr(candidate, name) for name in _WORDS}
    said = {name: _as_written(words, turn) for name, words in fields.items() if words and words not in turn}
    return candidate.model_copy(update=said) if said else candidate


def _as_written(words: str, turn: str) -> str:
    found = re.search(" *".join(map(re.escape, _BORDER.split(words))), turn)
    return found[0] if found else words


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    starts, ends = (0, *(end for _, end in spans)), (*(start for start, _ in spans), len(text))
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True))
