"""What a turn holds: models for extraction."""

from __future__ import annotations

from typing import Any

import numpy as np

from memos_integrations.core.learnt._features import scaled, word_features
from memos_integrations.core.learnt._linear import Features

from .corpus import family, kept, rows
from .pack import Question, arrays_of, fit


def features(row: dict[str, Any]) -> Features:
    """What the models read of a labelled turn."""
    return scaled(word_features(row["text"]))


def _has_preference(row: dict[str, Any]) -> str:
    return "yes" if any(label["kind"] == "preference" for label in row["labels"]) else "no"


def train(*, seed: int) -> dict[str, np.ndarray]:
    """Fit on the whole corpus but the part kept apart."""
    told = [row for row in rows("turns") if not kept(family(row["id"]))]
    questions = [Question("preference", [_has_preference(row) for row in told], ("no", "yes"), c=100.0)]
    return arrays_of("words", fit([features(row) for row in told], questions, seed=seed))


def evaluate(*, seed: int) -> None:
    """Print how the models do on the part kept apart."""
    told = [row for row in rows("turns") if not kept(family(row["id"]))]
    apart = [row for row in rows("turns") if kept(family(row["id"]))]
    questions = [Question("preference", [_has_preference(row) for row in told], ("no", "yes"), c=100.0)]
    model = fit([features(row) for row in told], questions, seed=seed)
    for language in ("en", "zh"):
        some = [row for row in apart if row["id"].startswith(language)]
        said = [model.probabilities(features(row))["preference"]["yes"] >= 0.5 for row in some]
        gold = [_has_preference(row) == "yes" for row in some]
        hit = sum(a and b for a, b in zip(said, gold, strict=True))
        precision, recall = hit / max(1, sum(said)), hit / max(1, sum(gold))
        f1 = 2 * hit / max(1, sum(said) + sum(gold))
        print(f"{language}: {len(some)} turns, P {precision:.3f} R {recall:.3f} F1 {f1:.3f}")
