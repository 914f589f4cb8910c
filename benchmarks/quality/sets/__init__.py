"""The sets, one module each: ``AIMS`` by measure, and ``run(source, bench)`` that yields answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..bench import Bench
from ..data import Source
from ..measures import Aim, Answer
from . import beam, corpus, locomo, madial, precision, prefeval, realmem, updates, vehicle

__all__ = ["SETS", "QualitySet"]


@dataclass(frozen=True, slots=True)
class QualitySet:
    """A set of conversations with gold.

    Attributes:
        run: Tells the conversations, asks the questions.
        aims: By measure.
    """

    run: Callable[[Source, Bench], Iterator[Answer]]
    aims: Mapping[str, Aim]


SETS: dict[str, QualitySet] = {
    "locomo": QualitySet(locomo.run, locomo.AIMS),
    "prefeval": QualitySet(prefeval.run, prefeval.AIMS),
    "madial": QualitySet(madial.run, madial.AIMS),
    "vehiclemembench": QualitySet(vehicle.run, vehicle.AIMS),
    "realmem": QualitySet(realmem.run, realmem.AIMS),
    "precisionmembench": QualitySet(precision.run, precision.AIMS),
    "beam100k": QualitySet(beam.run, beam.AIMS),
    "corpus": QualitySet(corpus.run, corpus.AIMS),
    "updates": QualitySet(updates.run, updates.AIMS),
}
