"""Which preferences concern a query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..types import Preference, ScoreParts
from ..types.record import Record
from .learnt.applies import Said, Wishes, models
from .ranking import Ranked
from .text import normalise

__all__ = ["LIKELY", "Concern", "concerned", "is_exception", "needed", "read_preference", "reads", "with_concerns", "wishes_of"]

_EXCEPTION = re.compile(r"(?i)^\s*(?:unless|except|besides|apart from|other than|but not|除非|除了|除)")
LIKELY = 0.4
"""From which probability a preference is taken to concern a query: where precision and recall of kept-apart pairs meet."""
_HANDFUL = 5
_LEAST = 0.2  # of order: below it a preference has nothing to do with the query, whatever the query is
_BESIDE = 0.4  # of the best one's order: what stands further back is not said
_ORDER = 0.4  # of a preference's score that comes from how it stands among the others


class Concern(NamedTuple):
    """A preference beside a query.

    Attributes:
        preference: The preference.
        probability: How likely it concerns the query, 0 to 1.
        order: How it stands among others that do, 0 to 1.
    """

    preference: Preference
    probability: float
    order: float = 0.5

    @property
    def likely(self) -> bool:
        """Whether it is more likely to concern the query than not."""
        return self.probability >= LIKELY


def is_exception(condition: str) -> bool:
    """Whether a condition says when a preference does not hold."""
    return _EXCEPTION.match(condition) is not None


def reads(space: str | None) -> bool:
    """Whether the vectors of a space help to decide; else words alone do."""
    return models().reads(space)


def read_preference(preference: Preference, vector: Sequence[float] | None) -> Said:
    """What a preference speaks of, to be kept until it changes.

    Args:
        preference: The preference.
        vector: Its vector, of a space that ``reads`` accepts; None: by words alone.
    """
    return models().read(_words(preference), preference.slot, preference.condition or "", vector)


def wishes_of(said: Sequence[Said]) -> Wishes:
    """Preferences of a view, ready to be laid beside any query."""
    return Wishes(said, models().slots)


def concerned(preferences: Sequence[Preference], wishes: Wishes, query: str, vector: Sequence[float] | None) -> list[Concern]:
    """How likely each preference concerns a query, the likeliest first. Standing ones always do.

    Args:
        preferences: The preferences.
        wishes: The same, ready.
        query: What is asked.
        vector: Its vector, of a space that ``reads`` accepts; None: by words alone.
    """
    if not preferences:
        return []
    known = models()
    found = known.concerns(wishes, known.ask(query, vector if wishes.embedded else None))
    concerns = [
        Concern(p, 1.0 if p.standing else round(likely, 4), round(order, 4)) for p, (likely, order) in zip(preferences, found, strict=True)
    ]
    return sorted(concerns, key=lambda c: (-c.probability, c.preference.id))


def needed(concerns: Sequence[Concern], ranked: Sequence[Ranked] = ()) -> list[Concern]:
    """Those that a query needs: a handful of the likely ones, in the order of a ranking, else by their own."""
    places = {one.record.id: place for place, one in enumerate(ranked)}
    likely = [concern for concern in concerns if concern.likely and not concern.preference.standing]
    best = max((concern.order for concern in likely), default=0.0)
    likely = [concern for concern in likely if concern.order >= max(_LEAST, _BESIDE * best)]
    likely.sort(key=lambda c: (places.get(c.preference.id, len(places)), -c.order, c.preference.id))
    return likely[:_HANDFUL]


def _words(preference: Preference) -> str:
    """The words it was said in; with its own where they do not name its object (a choice, an action)."""
    quote = preference.evidence[0].quote if preference.evidence else ""
    if not quote:
        return preference.text
    return quote if normalise(preference.object) in normalise(quote) else f"{preference.text} {quote}"


def with_concerns(
    ranked: Sequence[Ranked], concerns: Iterable[Concern], records: Mapping[str, Record], *, explain: bool
) -> list[Ranked]:
    """A ranking in which preferences stand by what they mean for the query as well, and those that it needs are there.

    Args:
        ranked: Best first.
        concerns: Preferences beside the query.
        records: The same preferences as stored, by id.
        explain: Whether scores say how they came about.
    """
    by_id = {concern.preference.id: concern for concern in concerns if not concern.preference.standing}
    if not by_id:
        return list(ranked)
    found: list[Ranked] = []
    for one in ranked:
        concern = by_id.pop(one.record.id, None)
        found.append(one if concern is None else _reordered(one, concern))
    for concern in by_id.values():
        if concern.likely:
            missing = Ranked(records[concern.preference.id], 0.0, ScoreParts() if explain else None)
            found.append(_reordered(missing, concern))
    return sorted(found, key=lambda one: -one.score)


def _reordered(one: Ranked, concern: Concern) -> Ranked:
    parts = one.parts
    if parts is not None:
        weights = {**parts.weights, "applies": concern.probability, "order": concern.order}
        parts = parts.model_copy(update={"weights": weights})
    return replace(one, score=round((1 - _ORDER) * one.score + _ORDER * concern.order, 6), parts=parts)
