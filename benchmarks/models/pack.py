"""Fit logistic regressions that share their features, and write them as the package reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

import memos_integrations
from memos_integrations.core.learnt._linear import Decision, Features, Linear

DATA = Path(memos_integrations.__file__).parent / "core" / "learnt" / "data"


@dataclass
class Question:
    """A decision to fit.

    Attributes:
        name: Of the decision.
        labels: An answer for each row; None: this row says nothing about it.
        classes: The answers; two: ``(no, yes)``.
        c: Inverse of the strength of regularisation.
        weights: How much each row counts; empty: all the same.
        balanced: Rare classes count as much as frequent ones.
    """

    name: str
    labels: Sequence[str | None]
    classes: tuple[str, ...]
    c: float = 1.0
    weights: Sequence[float] = field(default_factory=list)
    balanced: bool = False


def vocabulary_of(rows: Sequence[Features], *, least: int = 2, most: int = 60_000) -> list[str]:
    """Features that occur in at least ``least`` rows, the most frequent first."""
    counts = Counter(name for row in rows for name in row)
    return [name for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most] if count >= least]


def matrix_of(rows: Sequence[Features], vocabulary: Sequence[str]) -> csr_matrix:
    """Rows by vocabulary."""
    places = {name: place for place, name in enumerate(vocabulary)}
    indptr, indices, values = [0], [], []
    for row in rows:
        for name, value in row.items():
            place = places.get(name)
            if place is not None:
                indices.append(place)
                values.append(value)
        indptr.append(len(indices))
    return csr_matrix((values, indices, indptr), shape=(len(rows), len(vocabulary)), dtype=np.float64)


def fit(
    rows: Sequence[Features],
    questions: Sequence[Question],
    *,
    vectors: Sequence[Sequence[float]] | None = None,
    least: int = 2,
    most: int = 60_000,
    seed: int = 0,
) -> Linear:
    """Fit each question on the rows that answer it. Deterministic.

    Args:
        rows: Features of each row.
        questions: What to decide.
        vectors: A dense vector for each row, for a model that reads one.
        least: A feature is learnt if so many rows have it.
        most: And if it is among so many most frequent ones.
        seed: For the solver.
    """
    vocabulary = vocabulary_of(rows, least=least, most=most)
    sparse = matrix_of(rows, vocabulary)
    dense = None if vectors is None else np.asarray(vectors, dtype=np.float64)
    full = sparse if dense is None else hstack([sparse, csr_matrix(dense)], format="csr")
    weights, bias, decisions = [], [], []
    start = 0
    for question in questions:
        told = [place for place, label in enumerate(question.labels) if label is not None]
        labels = np.array([question.classes.index(question.labels[place]) for place in told])  # type: ignore[arg-type]
        heavy = np.array([question.weights[place] for place in told]) if question.weights else None
        model = LogisticRegression(C=question.c, max_iter=3000, random_state=seed, class_weight="balanced" if question.balanced else None)
        model.fit(full[told], labels, sample_weight=heavy)
        two = len(question.classes) == 2
        width = 1 if two else len(question.classes)
        own, offset = np.zeros((full.shape[1], width)), np.full(width, 0.0 if two else -20.0)
        if two:
            own[:, 0], offset[0] = model.coef_[0], model.intercept_[0]
        else:
            for row, label in enumerate(model.classes_):
                own[:, label], offset[label] = model.coef_[row], model.intercept_[row]
        weights.append(own)
        bias.append(offset)
        decisions.append(Decision(question.name, question.classes, "sigmoid" if two else "softmax", start))
        start += width
    together = np.hstack(weights).astype(np.float32)
    split = len(vocabulary)
    return Linear(
        vocabulary,
        together[:split],
        np.concatenate(bias).astype(np.float32),
        decisions,
        None if dense is None else together[split:],
    )


def arrays_of(name: str, model: Linear, *, least_weight: float = 0.01) -> dict[str, np.ndarray]:
    """A model as arrays for its data file: weights in 8 bits; features that weigh nothing anywhere are left out.

    Args:
        name: Of the model inside its family.
        model: The model.
        least_weight: A feature is kept if any of its weights is at least this share of the greatest of its column.
    """
    weights = model._weights
    scale = np.maximum(np.abs(weights).max(axis=0, initial=0.0), 1e-6) / 127
    whole = np.rint(weights / scale).astype(np.int8)
    kept = np.flatnonzero(np.abs(whole).max(axis=1, initial=0) >= max(1, 127 * least_weight))
    vocabulary = list(model._rows)
    meta = {
        "vocabulary": [vocabulary[row] for row in kept],
        "decisions": [{"name": d.name, "classes": d.classes, "link": d.link, "start": d.start} for d in model.decisions.values()],
    }
    arrays: dict[str, np.ndarray] = {
        f"{name}/meta": np.frombuffer(json.dumps(meta, ensure_ascii=False).encode("utf-8"), dtype=np.uint8),
        f"{name}/weights": whole[kept],
        f"{name}/scale": scale.astype(np.float32),
        f"{name}/bias": model._bias.astype(np.float32),
    }
    if model._dense is not None:
        arrays[f"{name}/dense"] = model._dense.astype(np.float16)
    return arrays


def write(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write a data file; the same arrays give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **dict(sorted(arrays.items())))
