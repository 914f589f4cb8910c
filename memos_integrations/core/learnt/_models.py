"""The models of turns that the package carries, and how sure they are that a turn holds a preference."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ..candidates import Candidate
from ._linear import Linear, arrays_of, load
from ._reading import Reading
from ._showing import clause_features
from ._tagger import Tagger, load_tagger

__all__ = ["TurnModels", "heard", "holds", "read_features", "rule_features", "silent", "summed", "turn_models"]

_COUNTED = 3
_SURE = 6.0  # log-odds beyond which more is no surer
_SILENT = -1.5  # log-odds up to which a clause is as good as none


@dataclass(frozen=True, slots=True)
class TurnModels:
    """The models of the family ``turns``.

    Attributes:
        clauses: ``preference``, from one clause in its turn.
        alone: ``preference``, from the turn only.
        words: The same with what the rules found.
        shown: And with what the head reads in the turn.
        tagger: Objects and conditions.
        spans: ``polarity``, ``standing``, ``lasting``, ``origin``, ``strength`` of an object in its place.
        slots: ``slot`` of it, by words.
        domains: ``slot`` by what the head reads in the turn.
        accept: ``keep``: whether what was proposed is a preference.
        head: What a turn holds, by the greatest values of the head's units over its tokens.
        space: The embedder whose tokens the head reads.
    """

    clauses: Linear
    alone: Linear
    words: Linear
    shown: Linear
    tagger: Tagger
    spans: Linear
    slots: Linear
    domains: Linear
    accept: Linear
    head: Linear
    space: str

    def reads(self, space: str) -> bool:
        """Whether the tokens of a space (an embedder's fingerprint) mean to the head what it was learnt on."""
        return _release(space) == _release(self.space)


def _release(fingerprint: str) -> str:
    """Name and minor version of an embedder: a patch leaves its vectors as they are."""
    return fingerprint.partition("/")[0].rpartition(".")[0]


@lru_cache(maxsize=1)
def turn_models() -> TurnModels:
    """Those that the package carries."""
    models = load("turns")
    return TurnModels(
        clauses=models["clauses"],
        alone=models["alone"],
        words=models["words"],
        shown=models["shown"],
        tagger=load_tagger("turns"),
        spans=models["spans"],
        slots=models["slots"],
        domains=models["domains"],
        accept=models["accept"],
        head=models["head"],
        space=arrays_of("turns")["space"].tobytes().decode("utf-8"),
    )


def summed(scores: Iterable[float]) -> dict[str, float]:
    """What the clauses of a turn say together of its holding a preference; ``scores``: log-odds of each."""
    best = sorted(scores, reverse=True)
    shares = [1 / (1 + math.exp(-min(30.0, max(-30.0, score)))) for score in best]
    return {
        "clauses:first": (best[0] if best else 0.0) / 2,
        "clauses:second": (best[1] if len(best) > 1 else 0.0) / 2,
        "clauses:any": 2 * (1 - math.prod(1 - min(share, 0.99) for share in shares)),
        "clauses:mean": 2 * sum(shares) / max(1, len(shares)),
        "clauses:count": min(len(best), 6) / 3,
    }


def heard(models: TurnModels, reading: Reading) -> dict[int, float]:
    """Log-odds of each clause, by its number, that it states a preference."""
    return {shown.clause: float(models.clauses.scores(shown.features)[0]) for shown in clause_features(reading)}


def silent(clauses: Mapping[int, float]) -> bool:
    """Whether no clause of a turn sounds like a wish: of 1,700 such turns where the rules find none, no model took one for a wish."""
    return max(clauses.values(), default=_SILENT) <= _SILENT


def rule_features(found: Sequence[Candidate]) -> dict[str, float]:
    """What the rules say of a turn, for a model to weigh."""
    wishes = [c for c in found if c.kind == "preference"]
    if not wishes:
        return {"rules:none": 1.0}
    features = {"rules:some": 2.0, f"rules:n={min(len(wishes), _COUNTED)}": 1.0}
    for wish in wishes:
        features[f"rules:{wish.polarity}"] = 0.5
        features[f"rules:{wish.origin}"] = 2.0 if wish.origin == "implicit" else 1.0
        features[f"rules:{wish.strength}"] = 0.5
        features[f"rules:standing={wish.standing}"] = 0.5
        features[f"rules:slot={wish.slot.partition('.')[0]}"] = 0.3
    return features


def read_features(head: Linear, units: Sequence[float] | None) -> dict[str, float]:
    """What a head reads in a turn, for a model to weigh: log-odds by the name of what was asked; nothing where nobody read it."""
    if units is None:
        return {}
    scores = head.scores({}, units)
    return {f"read:{name}": max(-_SURE, min(_SURE, float(scores[decision.start]))) / _SURE for name, decision in head.decisions.items()}


def holds(models: TurnModels, features: Mapping[str, float], found: Sequence[Candidate] | None, shown: Mapping[str, float]) -> float:
    """Probability that a turn holds a preference.

    Args:
        models: The models.
        features: ``turn_features`` of the turn, and what its clauses say, ``summed``.
        found: What the rules found in it; None: nobody asked them.
        shown: What the head reads in it (``read_features``), if it was asked.
    """
    if found is None:
        return models.alone.probabilities(features)["preference"]["yes"]
    model = models.shown if shown else models.words
    return model.probabilities({**features, **rule_features(found), **shown})["preference"]["yes"]
