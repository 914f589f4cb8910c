"""Whether a preference concerns a query: the models of family ``applies``.

Three steps. *What a query calls for*: for each slot of preferences, and for each of the matters that people ask and wish about
(finer than slots, and across them: shoes, a night's stay, how to be reached), how far a request like this one calls for such a
preference, and whether it asks for help at all or for knowledge. *What a preference speaks of*: its shares in the slots, by its
own slot and by its words, and in the matters. *The pair*: both laid over each other, with the words they share, and the condition
beside the situation. Words alone decide, or words and the vectors of the embedder that the models were fitted with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from ..kinds import kinds
from ..situation import facets
from ..slots import topics
from ..text import content_terms
from ._dense import Dense, dense_of, same_model
from ._features import scaled, word_features
from ._linear import Features, Linear, load
from ._wishes import ALL_FEATURES, WORD_FEATURES, Asked, Said, Wishes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

__all__ = [
    "ALL_FEATURES",
    "CONDITIONED",
    "HEADS",
    "WORD_FEATURES",
    "Asked",
    "Head",
    "Models",
    "Said",
    "Wishes",
    "asked_from",
    "models",
    "query_words",
    "said_from",
    "said_words",
]

_DECLARED = 0.2
"""How much of what a preference speaks of its own slot says; its words say the rest."""
HEADS = ("pair words", "pair all", "order words", "order all")
CONDITIONED = "conditioned "
"""Names of the heads, in the order of ``Models.pair`` and ``order``; before it, of those for what was said for a case."""


def query_words(text: str) -> Features:
    """What the word models read of a query: its words and their stems, topics and kinds, the situation it names."""
    named = [f"#{facet}={value}" for facet, values in facets(text).items() for value in sorted(values)]
    return scaled(word_features(text)) | scaled([*_stems(text), *_topics(text), *_kinds(text), *named])


def said_words(text: str) -> Features:
    """What the word models read of a preference: its words and their stems, topics and kinds."""
    return scaled(word_features(text)) | scaled([*_stems(text), *_topics(text), *_kinds(text)])


def _stems(text: str) -> list[str]:
    return [f"~{term}" for term in sorted(content_terms(text))]


def _topics(text: str) -> list[str]:
    return [f"@{topic}" for topic in sorted(topics(text))]


def _kinds(text: str) -> list[str]:
    return [f"%{kind}" for kind in sorted(kinds(text))]


class Head(NamedTuple):
    """Weights of features, the bias last: of preferences that hold always, and of those that were said for a case, of which much more
    has to be met.
    """

    plain: Floats
    conditioned: Floats

    def scores(self, rows: Floats, conditioned: NDArray[np.bool_]) -> Floats:
        """Log-odds of each row of features."""
        import numpy as np

        always: Floats = rows @ self.plain[:-1] + self.plain[-1]
        for_a_case: Floats = rows @ self.conditioned[:-1] + self.conditioned[-1]
        return np.where(conditioned, for_a_case, always)


@dataclass(frozen=True)
class Models:
    """The models of the family, and what reads with them.

    Attributes:
        slots: Names of the slots, in the order of shares and calls.
        space: Name of the embedder whose vectors the models read.
        query_words: Decisions about a query by its words: a call for each slot, idle, asked, and a call for each matter.
        query_vector: The same by its vector.
        said_words: Scores of a preference by its words: one for each slot, then one for each matter.
        said_vector: The same by its vector.
        centre: What all queries, and all preferences, share.
        pair: Whether it applies: by ``WORD_FEATURES``, and by ``ALL_FEATURES``; features are scaled in.
        order: Which of many applies most: the same, fitted on preferences drawn at random.
    """

    slots: tuple[str, ...]
    space: str
    query_words: Linear
    query_vector: Dense
    said_words: Linear
    said_vector: Dense
    centre: tuple[Floats, Floats]
    pair: tuple[Head, Head]
    order: tuple[Head, Head]

    def reads(self, space: str | None) -> bool:
        """Whether vectors of an embedder mean something to the models."""
        return same_model(space, self.space)

    def ask(self, text: str, vector: Sequence[float] | None) -> Asked:
        """Read a query; ``vector`` of a space that the models read."""
        words = self.query_words.scores(query_words(text))
        if vector is None:
            return asked_from(text, len(self.slots), words)
        direction = _direction(vector, self.centre[0])
        return asked_from(text, len(self.slots), words, self.query_vector.scores(direction), direction)

    def read(self, text: str, slot: str, condition: str, vector: Sequence[float] | None) -> Said:
        """Read a preference; ``vector`` of a space that the models read."""
        words = self.said_words.scores(said_words(text))
        outlook = self.query_words.scores(query_words(condition)) if condition else None
        if vector is None:
            return said_from(text, slot, condition, self.slots, words, outlook)
        direction = _direction(vector, self.centre[1])
        return said_from(text, slot, condition, self.slots, words, outlook, self.said_vector.scores(direction), direction)

    def nearness(self, query: Sequence[float], said: Sequence[float]) -> float:
        """Cosine of a query and something said, both without what all of their kind share: near 0 where they have nothing in common."""
        return float(_direction(query, self.centre[0]) @ _direction(said, self.centre[1]))

    def concerns(self, wishes: Wishes, query: Asked) -> list[tuple[float, float]]:
        """How likely each preference concerns the query, and how it stands among others that do (both 0 to 1)."""
        if not wishes.said:
            return []
        rows = wishes.features(query)
        full = 1 if rows.shape[1] == len(ALL_FEATURES) else 0
        likely = _sigmoid(self.pair[full].scores(rows, wishes.conditioned))
        standing = _sigmoid(self.order[full].scores(rows, wishes.conditioned), slope=0.5)
        return list(zip(likely, standing, strict=True))

    def explain(self, wishes: Wishes, query: Asked, place: int, *, top: int = 8) -> list[tuple[str, float]]:
        """What spoke most for (positive) or against one of the preferences, in log-odds."""
        row = wishes.features(query)[place]
        names = ALL_FEATURES if len(row) == len(ALL_FEATURES) else WORD_FEATURES
        head = self.pair[len(row) == len(ALL_FEATURES)]
        weights = (head.conditioned if wishes.conditioned[place] else head.plain)[:-1]
        parts = [(name, float(value * weight)) for name, value, weight in zip(names, row, weights, strict=True)]
        return sorted(parts, key=lambda part: -abs(part[1]))[:top]


def asked_from(text: str, slots: int, words: Floats, dense: Floats | None = None, direction: Floats | None = None) -> Asked:
    """A query by its scores: for each slot, idle, asked, for each matter; by words, and by vector if it has one."""
    own = words if dense is None else dense
    return Asked(
        text,
        (words[:slots], None if dense is None else dense[:slots]),
        (float(words[slots]), float(own[slots])),
        (float(words[slots + 1]), float(own[slots + 1])),
        (words[slots + 2 :], None if dense is None else dense[slots + 2 :]),
        direction,
    )


def said_from(
    text: str,
    slot: str,
    condition: str,
    slots: Sequence[str],
    words: Floats,
    outlook: Floats | None,
    dense: Floats | None = None,
    direction: Floats | None = None,
) -> Said:
    """A preference by its scores: for each slot, then for each matter; and by those of its condition, read as a query."""
    import numpy as np

    many = len(slots)
    shares, matters = _softmax(words[:many]), (_softmax(words[many:]), None if dense is None else _softmax(dense[many:]))
    if dense is not None:
        shares = ((shares + _softmax(dense[:many])) / 2).astype(np.float32)
    if slot in slots:
        shares = (shares * (1 - _DECLARED)).astype(np.float32)
        shares[slots.index(slot)] += _DECLARED
    ahead = np.zeros(many) if outlook is None else outlook[:many]
    return Said(text, slot, condition, shares, matters, ahead.astype(np.float32), direction)


def _direction(vector: Sequence[float], centre: Floats) -> Floats:
    import numpy as np

    own = np.asarray(vector, dtype=np.float32)
    own = own / max(1e-9, float(np.linalg.norm(own))) - centre
    return (own / max(1e-9, float(np.linalg.norm(own)))).astype(np.float32)


def _sigmoid(scores: Floats, *, slope: float = 1.0) -> list[float]:
    import numpy as np

    found: list[float] = (1 / (1 + np.exp(-np.clip(scores * slope, -30, 30)))).tolist()
    return found


def _softmax(scores: Floats) -> Floats:
    import numpy as np

    powers = np.exp(scores - scores.max())
    shares: Floats = (powers / powers.sum()).astype(np.float32)
    return shares


@lru_cache(maxsize=1)
def models() -> Models:
    """The models of the package; read once."""
    import numpy as np

    parts = load("applies")
    heads = [(key, CONDITIONED + key) for key in HEADS]
    with as_file(files(__name__.rpartition(".")[0]) / "data" / "applies.npz") as path, np.load(path, allow_pickle=False) as archive:
        own = {
            name: archive[name] for name in ("centres", "names", "query vector", "said vector", *(name for head in heads for name in head))
        }
    names = json.loads(own["names"].tobytes().decode("utf-8"))
    found = [Head(own[plain].astype(np.float32), own[conditioned].astype(np.float32)) for plain, conditioned in heads]
    return Models(
        slots=tuple(names["slots"]),
        space=names["space"],
        query_words=parts["query words"],
        query_vector=dense_of(own["query vector"]),
        said_words=parts["said words"],
        said_vector=dense_of(own["said vector"]),
        centre=(own["centres"][0].astype(np.float32), own["centres"][1].astype(np.float32)),
        pair=(found[0], found[1]),
        order=(found[2], found[3]),
    )
