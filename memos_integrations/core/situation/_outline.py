"""A situation in numbers, so that many conditions can be laid beside one request at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from ._clock import Span, spans
from ._facets import FACETS, facets, values_of

__all__ = ["OUTLINE", "Outline", "outline"]

OUTLINE = len(FACETS) + 1
"""How many numbers an outline has."""

_GROUPS = ("weekday", "weekend")


class Outline(NamedTuple):
    """What a text says of its situation.

    Attributes:
        bits: For each facet a number with a bit for each value named, and last the single days named (the facet ``day`` has the
            working week and the weekend only, named or meant by a day of them).
        spans: Hours of the day.
    """

    bits: tuple[int, ...]
    spans: tuple[Span, ...]


@lru_cache(maxsize=1)
def _places() -> Mapping[str, Mapping[str, int]]:
    return {facet: {value: 1 << place for place, value in enumerate(values_of(facet))} for facet in FACETS}


@lru_cache(maxsize=4096)
def outline(text: str) -> Outline:
    """The outline of a text."""
    found = facets(text)
    places = _places()
    bits = [
        sum(places[facet][value] for value in found.get(facet, ()) if facet != "day" or value in _GROUPS)
        for facet in FACETS
    ]  # fmt: skip
    days = sum(places["day"][value] for value in found.get("day", ()) if value not in _GROUPS)
    return Outline((*bits, days), spans(text))
