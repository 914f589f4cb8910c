"""Answers to questions, and the figures that they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

__all__ = ["OURS", "Aim", "Answer", "Figure", "figures", "recall_at"]

OURS = "ours"


@dataclass(frozen=True, slots=True)
class Aim:
    """What a measure should reach.

    Attributes:
        value: The bound.
        most: Whether it is an upper bound.
        above: Name of a baseline that is to be beaten by ``value``.
    """

    value: float
    most: bool = False
    above: str | None = None

    def __str__(self) -> str:
        sign = "≤" if self.most else "≥"
        return f"{sign} {self.above} + {self.value:.2f}" if self.above else f"{sign} {self.value:.2f}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question gave for one measure.

    Attributes:
        measure: Which figure it is part of.
        question: Its id within the set.
        values: By side (``ours`` and the baselines), 0 to 1.
        group: A kind of question, for a table of its own.
        tokens: Of the instruction; None: no search.
        seconds: Of the search, the embedding of the query left out where it was cached.
        note: What helps to see why, for ``--json`` only.
    """

    measure: str
    question: str
    values: Mapping[str, float]
    group: str = ""
    tokens: int | None = None
    seconds: float | None = None
    note: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table.

    Attributes:
        measure: Its name.
        questions: How many.
        means: By side.
        interval: 95 % of bootstrapped means of ours.
        tokens: Mean of the instructions; None: no search.
        search_ms: Mean; None: no search.
    """

    measure: str
    questions: int
    means: Mapping[str, float]
    interval: tuple[float, float]
    tokens: float | None
    search_ms: float | None


def recall_at(ranking: Sequence[str], wanted: Iterable[str], k: int) -> float:
    """Share of the wanted ids among the first ``k`` distinct ones."""
    gold = set(wanted)
    return len(gold & set(list(dict.fromkeys(ranking))[:k])) / len(gold)


def figures(answers: Iterable[Answer], *, by_group: bool = False) -> list[Figure]:
    """One figure a measure, in the order of their first answers; F1 after a pair of precision and recall."""
    groups: dict[str, list[Answer]] = {}
    for answer in answers:
        name = f"{answer.measure} · {answer.group}" if by_group and answer.group else answer.measure
        if not by_group or answer.group:
            groups.setdefault(name, []).append(answer)
    found = {name: _figure(name, some) for name, some in groups.items()}
    for name in list(found):
        task, _, what = name.rpartition(": ")
        if what == "precision" and f"{task}: recall" in found:
            found[f"{task}: F1"] = _f1(f"{task}: F1", found[name], found[f"{task}: recall"])
    return list(found.values())


def _f1(name: str, precision: Figure, recall: Figure) -> Figure:
    p, r = precision.means.get(OURS, 0.0), recall.means.get(OURS, 0.0)
    means = {OURS: 2 * p * r / (p + r) if p + r else 0.0}
    return Figure(name, recall.questions, means, (float("nan"), float("nan")), recall.tokens, recall.search_ms)


def _figure(name: str, answers: Sequence[Answer]) -> Figure:
    sides = dict.fromkeys(side for answer in answers for side in answer.values)
    means = {side: _mean([a.values[side] for a in answers if side in a.values]) for side in sides}
    tokens = [float(a.tokens) for a in answers if a.tokens is not None]
    seconds = [a.seconds for a in answers if a.seconds is not None]
    return Figure(
        measure=name,
        questions=len(answers),
        means=means,
        interval=_interval([a.values[OURS] for a in answers if OURS in a.values]),
        tokens=_mean(tokens) if tokens else None,
        search_ms=1000 * _mean(seconds) if seconds else None,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def _interval(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return float("nan"), float("nan")
    random = np.random.default_rng(0)
    drawn = random.choice(np.array(values), (2000, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return float(low), float(high)
