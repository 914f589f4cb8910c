"""A query and preferences laid over each other: the features by which the models of family ``applies`` decide."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from ..kinds import kinds
from ..situation import FACETS, OUTLINE, Outline, Span, outline
from ..slots import topics
from ..text import content_terms
from .queries import kind_of_question

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

__all__ = ["ALL_FEATURES", "WORD_FEATURES", "Asked", "Said", "Wishes"]

_SAFETY = frozenset({"health.allergy", "health.condition", "access.needs", "beliefs.faith"})
_SPANS = 2
_EXCEPTION = re.compile(r"(?i)^\s*(?:unless|except|besides|apart from|other than|but not|除非|除了|除)")
_MATTER = ("called for", "behind the most", "most", "first called for", "likely", "plain")
WORD_FEATURES = (
    "called for, words", "called for most, words", "behind the most, words", "idle, words", "asked, words",
    "knowledge", "request", "question mark", "for others", "about the user", "length",
    "shared terms", "share of terms shared", "terms shared with condition", "topic met", "share of topics met",
    "kinds met", "share of kinds met", "kinds missed",
    "orders answers", "orders all answers", "safety", "conditioned", "exception",
    *(f"matter {name}, words" for name in _MATTER),
    "conditioned: called for, words", "conditioned: idle, words", "conditioned: outlook alike, words", "condition silent",
    *(f"condition {name}" for name in ("met", "missed", "hours met", "hours missed", *FACETS)),
    "text hours missed", *(f"text {name}" for name in FACETS),
)  # fmt: skip
"""Features of a pair that need no vector."""
ALL_FEATURES = (
    *WORD_FEATURES,
    "called for, vector", "called for most, vector", "behind the most, vector", "idle, vector", "asked, vector", "cosine",
    "conditioned: called for, vector", *(f"matter {name}, vector" for name in _MATTER),
)  # fmt: skip
"""All features of a pair."""


@dataclass(frozen=True)
class Asked:
    """What a query calls for.

    Attributes:
        text: The query.
        calls: Log-odds that it calls for a preference of each slot, by words and by vector.
        idle: Log-odds that it calls for none.
        asked: Log-odds that a preference picked for its topic concerns it.
        matters: Log-odds that it is about each of the matters, by words and by vector.
        direction: Its vector without what all queries share, of length 1.
    """

    text: str
    calls: tuple[Floats, Floats | None]
    idle: tuple[float, float]
    asked: tuple[float, float]
    matters: tuple[Floats, Floats | None]
    direction: Floats | None


@dataclass(frozen=True)
class Said:
    """What a preference speaks of.

    Attributes:
        text: What it says, in the words it was said in.
        slot: Its place in the taxonomy, or ``other``.
        condition: When it holds, or when it does not; empty: always.
        shares: Its share in each slot; they sum to 1.
        matters: Its share in each matter, by words and by vector.
        outlook: Log-odds, by words, of what a query worded like its condition would call for; zeros without a condition.
        direction: Its vector without what all preferences share, of length 1.
    """

    text: str
    slot: str
    condition: str
    shares: Floats
    matters: tuple[Floats, Floats | None]
    outlook: Floats
    direction: Floats | None


class Wishes:
    """Preferences, ready to be laid beside a query."""

    def __init__(self, said: Sequence[Said], slots: Sequence[str]) -> None:
        """Take what they speak of apart.

        Args:
            said: The preferences.
            slots: Names of the slots, in the order of the shares.
        """
        import numpy as np

        self.said = tuple(said)
        many = len(self.said)
        self._terms = [content_terms(one.text) for one in self.said]
        self._conditioned = [content_terms(one.condition) if one.condition else set[str]() for one in self.said]
        self._topics = [(one.slot != "other" and topics(one.slot)) or topics(one.text) for one in self.said]
        self._kinds = [kinds(one.text) for one in self.said]
        self._shares = np.array([one.shares for one in self.said], dtype=np.float32).reshape(many, len(slots))
        self._outlook = _leaning(np.array([one.outlook for one in self.said], dtype=np.float32).reshape(many, len(slots)))
        self.embedded = many > 0 and all(one.direction is not None for one in self.said)
        self._directions = np.array([one.direction for one in self.said], dtype=np.float32) if self.embedded else None
        self._matters = [
            np.array([one.matters[place] for one in self.said], dtype=np.float32) for place in range(1 + self.embedded) if many
        ]
        self.conditioned = np.array([bool(one.condition) for one in self.said], dtype=bool)
        conditioned = self.conditioned.astype(np.float32)
        answers = np.array([slot.startswith("answers.") or slot == "learning.style" for slot in slots], dtype=np.float32)
        safety = np.array([slot in _SAFETY for slot in slots], dtype=np.float32)
        orders = self._shares @ answers
        exception = np.array([bool(_EXCEPTION.match(one.condition)) for one in self.said], dtype=np.float32)
        self._conditions, self._exceptions = conditioned, exception > 0
        self._own = np.stack([orders, orders * (1 - conditioned), self._shares @ safety, conditioned, exception], axis=1)
        self._supposed = _Outlines([outline(one.condition) if one.condition else Outline((0,) * OUTLINE, ()) for one in self.said])
        self._spoken = _Outlines([outline(one.text) for one in self.said])

    def features(self, query: Asked) -> Floats:
        """A row for each preference: ``ALL_FEATURES`` where both have vectors, else ``WORD_FEATURES``."""
        import numpy as np

        text, many = query.text, len(self.said)
        ones = np.ones(many, dtype=np.float32)
        terms = content_terms(text)
        if not many:
            return np.zeros((0, len(WORD_FEATURES)), dtype=np.float32)
        called, most = self._shares @ query.calls[0], float(query.calls[0].max())
        shared = np.array([len(own & terms) for own in self._terms], dtype=np.float32)
        under = np.array([len(own & terms) for own in self._conditioned], dtype=np.float32)
        about = topics(text)
        topic = np.array([len(own & about) for own in self._topics], dtype=np.float32)
        width = np.array([max(1, len(own)) for own in self._topics], dtype=np.float32)
        named = kinds(text)
        kind = np.array([len(own & named) for own in self._kinds], dtype=np.float32)
        fewest = np.array([max(1, min(len(own), len(named))) for own in self._kinds], dtype=np.float32)
        apart = np.array([bool(named and own) and not own & named for own in self._kinds], dtype=np.float32)
        alike = (self._outlook @ _leaning(query.calls[0][None])[0]) * self._conditions
        columns = [
            called, most * ones, called - most, query.idle[0] * ones, query.asked[0] * ones,
            *(value * ones for value in kind_of_question(text)),
            np.minimum(shared, 3), shared / max(1, len(terms)), np.minimum(under, 2), topic > 0, topic / width,
            kind > 0, kind / fewest, apart,
            *self._own.T, *_matter(self._matters[0], query.matters[0]), self._conditions * called, self._conditions * query.idle[0], alike,
        ]  # fmt: skip
        asked = outline(text)
        met, missed, silent, hours_met, hours_missed, by_facet = self._supposed.beside(asked)
        columns += [silent, met, missed, hours_met, hours_missed, *by_facet.T]
        _, _, _, _, hours_missed, by_facet = self._spoken.beside(asked)
        columns += [hours_missed, *by_facet.T]
        if self._directions is not None and query.direction is not None and query.calls[1] is not None:
            called, most = self._shares @ query.calls[1], float(query.calls[1].max())
            cosine = self._directions @ query.direction
            columns += [called, most * ones, called - most, query.idle[1] * ones, query.asked[1] * ones, cosine, self._conditions * called]
            if query.matters[1] is not None:
                columns += _matter(self._matters[1], query.matters[1])
        return np.stack(columns, axis=1).astype(np.float32)

    def unmet(self, text: str) -> list[bool]:
        """Whether a request names another situation than the one that a preference was said for, and nothing of that one."""

        met, _, _, hours_met, hours_missed, by_facet = self._supposed.beside(outline(text))
        other = (by_facet[:, [FACETS.index(name) for name in _TELLING]] < 0).any(axis=1) | (hours_missed > 0)
        found: list[bool] = (other & (met == 0) & (hours_met == 0) & self.conditioned & ~self._exceptions).tolist()
        return found


_TELLING = ("daytime", "day", "season", "weather", "company", "place", "trip", "mood")
"""Facets of which a condition that names another value than the request is not met; the other facets name too much at once."""


def _matter(shares: Floats, calls: Floats) -> list[Floats]:
    """How preferences' shares in the matters meet what a query is about: columns by the names of ``_MATTER``."""
    import numpy as np

    called, most = shares @ calls, calls.max(initial=-10.0)
    likely = shares @ (1 / (1 + np.exp(-np.clip(calls, -15, 15))))
    first = calls[shares.argmax(axis=1)]
    return [called, called - most, np.full(len(shares), most, dtype=np.float32), first, likely, shares.max(axis=1)]


def _leaning(calls: Floats) -> Floats:
    """Log-odds as rows of length 1 that say where they lean to."""
    import numpy as np

    shares = 1 / (1 + np.exp(-np.clip(calls / 2, -15, 15)))
    leaning: Floats = (shares / np.maximum(np.linalg.norm(shares, axis=1, keepdims=True), 1e-6)).astype(np.float32)
    return leaning


class _Outlines:
    """Situations that preferences suppose."""

    def __init__(self, outlines: Sequence[Outline]) -> None:
        import numpy as np

        self._bits = np.array([one.bits for one in outlines], dtype=np.int64).reshape(len(outlines), OUTLINE)
        nowhere: Span = (99.0, 98.0)
        padded = [[*one.spans[:_SPANS], *[nowhere] * (_SPANS - len(one.spans[:_SPANS]))] for one in outlines]
        self._spans = np.array(padded, dtype=np.float32).reshape(len(outlines), _SPANS, 2)
        self._timed = np.array([bool(one.spans) for one in outlines])

    def beside(self, asked: Outline) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
        """Facets met, missed and passed over in silence, hours met and missed, and each facet: 1 met, -1 missed."""
        import numpy as np

        other = np.array(asked.bits, dtype=np.int64)
        met = (self._bits & other) != 0
        named = self._bits != 0
        both = named & (other != 0)
        # single days by name where both name some, else the working week against the weekend
        day = FACETS.index("day")
        met[:, day] = np.where(both[:, -1], met[:, -1], met[:, day])
        met, named, both = met[:, :-1] & both[:, :-1], named[:, :-1], both[:, :-1]
        hours = np.zeros(len(self._bits))
        if asked.spans:
            overlap = np.zeros(len(self._bits), dtype=bool)
            for start, stop in asked.spans[:_SPANS]:
                overlap |= ((self._spans[:, :, 0] < stop) & (start < self._spans[:, :, 1])).any(axis=1)
            hours = np.where(self._timed, np.where(overlap, 1.0, -1.0), 0.0)
        facet = np.where(met, 1.0, 0.0) - np.where(both & ~met, 1.0, 0.0)
        # the clock says it more exactly than the parts of the day
        daytime = FACETS.index("daytime")
        facet[hours != 0, daytime] = 0.0
        silent = (named & ~both).sum(axis=1)
        parts = ((facet > 0).sum(axis=1), (facet < 0).sum(axis=1), silent, hours > 0, hours < 0, facet)
        first, second, third, fourth, fifth, last = (np.asarray(part, dtype=np.float32) for part in parts)
        return first, second, third, fourth, fifth, last
