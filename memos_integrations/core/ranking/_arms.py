"""From what two arms found to one score: words and meaning."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest
from math import fsum

from ..text import Language, content_terms, language
from ._entry import Entry, RankInput

__all__ = ["fuse"]

_PREFERENCE_DENSE = 0.15
_NARROWEST = 0.05  # cosines that lie closer than this say little of what is meant
_FEW = 2  # texts of another language: with so many, half of what they lack on average is made up for
_SURE = 3  # words of a query that a hit has in common with it: fewer of several tell less
_SPOKEN = 0.7  # of the score comes from what somebody says in the query, the rest from all of it


def fuse(entries: list[Entry], dense_weight: float, query: str, spoken: str) -> None:
    """Scores of words and meaning for the whole of a query, and for what is spoken in it."""
    share = _SPOKEN if spoken else 0.0
    _add(entries, [entry.given for entry in entries], dense_weight, query, 1.0 - share)
    if spoken:
        _add(entries, [entry.spoken or RankInput(entry.record) for entry in entries], dense_weight, spoken, share)
    for entry in entries:
        entry.fused = entry.score = entry.words + entry.meaning


def _add(entries: list[Entry], hits: list[RankInput], dense_weight: float, query: str, part: float) -> None:
    asked = content_terms(query)
    words = _scaler((hit.lexical for hit in hits), floor=0.0)
    near = _nearness(hits, language(query))
    meaning = _scaler(near, least=_NARROWEST)
    if all(value is None for value in near):
        dense_weight = 0.0
    elif all(hit.lexical is None for hit in hits):
        dense_weight = 1.0
    sure = _told_by_words(entries, hits, asked) if dense_weight > 0 else 1.0
    for entry, hit, value in zip(entries, hits, near, strict=True):
        share = dense_weight
        if entry.record.kind == "preference" and 0.0 < share < 1.0:
            share = min(0.9, share + _PREFERENCE_DENSE)
        entry.words += part * sure * (1 - share) * _scaled(hit.lexical, words)
        entry.meaning += part * share * _scaled(value, meaning)


def _nearness(hits: list[RankInput], own: Language) -> list[float | None]:
    """Cosines to a query in the language ``own``. A model finds texts of one language more alike than what they say, so the others'
    are raised by what all of them lack on average, the more of it the more of them there are.
    """
    near = [hit.dense for hit in hits]
    foreign = [value is not None and language(hit.record.text) != own for hit, value in zip(hits, near, strict=True)]
    others = [value for value, far in zip(near, foreign, strict=True) if value is not None and far]
    same = [value for value, far in zip(near, foreign, strict=True) if value is not None and not far]
    if not others or not same:
        return near
    gap = max(0.0, fsum(same) / len(same) - fsum(others) / len(others)) * len(others) / (len(others) + _FEW)
    return [value + gap if value is not None and far else value for value, far in zip(near, foreign, strict=True)]


def _told_by_words(entries: list[Entry], hits: list[RankInput], asked: set[str]) -> float:
    """How far the best hits by words are told by them: one word out of several is likelier chance than what was meant."""
    found = [(hit.lexical, entry) for entry, hit in zip(entries, hits, strict=True) if hit.lexical is not None]
    best = nlargest(_SURE, found, key=lambda one: one[0])
    shared = max((len(content_terms(f"{e.text_of('speaker')} {e.record.text}") & asked) for _, e in best), default=0)
    return min(1.0, (1 + shared) / (1 + min(_SURE, len(asked))))


def _scaler(values: Iterable[float | None], *, floor: float | None = None, least: float = 0.0) -> tuple[float, float]:
    """Lower end and width of what is there, which has at least some width where it has any."""
    present = [v for v in values if v is not None]
    if not present:
        return 0.0, 0.0
    low = min(present) if floor is None else floor
    width = max(present) - low
    return low, max(width, least) if width > 0 else width


def _scaled(value: float | None, scale: tuple[float, float]) -> float:
    if value is None:
        return 0.0
    low, width = scale
    return 1.0 if width <= 1e-9 else max(0.0, (value - low) / width)
