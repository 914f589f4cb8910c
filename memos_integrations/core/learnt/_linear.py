"""Linear models learnt offline: what is decided from which features, and what spoke for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

__all__ = ["Contribution", "Decision", "Features", "Linear", "arrays_of", "load"]

Features: TypeAlias = Mapping[str, float]
"""What a text shows: names of features and their values. Names that a model has not learnt count nothing."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One question that a model answers.

    Attributes:
        name: Of the question.
        classes: The answers, ``(no, yes)`` for ``sigmoid``.
        link: ``sigmoid``: one column, for the second class; ``softmax``: a column each.
        start: Its first column.
    """

    name: str
    classes: tuple[str, ...]
    link: Literal["sigmoid", "softmax"]
    start: int

    @property
    def stop(self) -> int:
        """One past its last column."""
        return self.start + (1 if self.link == "sigmoid" else len(self.classes))


@dataclass(frozen=True, slots=True)
class Contribution:
    """How far a feature pushed a decision towards a class (log-odds; negative: away from it)."""

    feature: str
    weight: float


class Linear:
    """Decisions that share their features: logistic regressions over one vocabulary. Immutable.

    A score is ``bias + sum(value * weight) + vector @ dense``; its probability the sigmoid or softmax of it.
    """

    def __init__(
        self, vocabulary: Sequence[str], weights: Floats, bias: Floats, decisions: Sequence[Decision], dense: Floats | None = None
    ) -> None:
        """Take a model apart or together.

        Args:
            vocabulary: Names of the features; a row of ``weights`` each.
            weights: Features by columns.
            bias: One a column.
            decisions: Which columns answer what.
            dense: Dimensions of a vector by columns, for a model that reads one as well.
        """
        self._rows = {name: row for row, name in enumerate(vocabulary)}
        self._weights, self._bias, self._dense = weights, bias, dense
        self.decisions = {decision.name: decision for decision in decisions}

    def emissions(self, rows: Sequence[Sequence[str]]) -> Floats:
        """The scores of all columns for many rows of features that count 1 each; a model without a vector."""
        import numpy as np

        known: list[int] = []
        starts: list[int] = []
        get = self._rows.get
        for names in rows:
            starts.append(len(known))
            known.append(-1)  # so that no stretch is empty
            known += [row for name in names if (row := get(name)) is not None]
        found = self._weights[known]
        found[starts] = 0
        return np.add.reduceat(found, starts, axis=0) + self._bias if rows else np.zeros((0, len(self._bias)), dtype=np.float32)

    @property
    def dimensions(self) -> int:
        """Of the vector that it reads beside the features; 0: none."""
        return 0 if self._dense is None else int(self._dense.shape[0])

    def scores(self, features: Features, vector: Sequence[float] | None = None) -> Floats:
        """The scores of all columns.

        Raises:
            ValueError: The model reads a vector and got none, or one of another length.
        """
        import numpy as np

        found = list(map(self._rows.get, features))  # most names are unknown: no bytecode for each
        rows = [row for row in found if row is not None]
        values = [value for row, value in zip(found, features.values(), strict=True) if row is not None]
        total = self._bias
        if rows:
            chosen = self._weights.take(rows, axis=0)
            total = total + np.array(values, dtype=np.float32) @ chosen
        if self._dense is not None:
            if vector is None or len(vector) != self.dimensions:
                raise ValueError(f"this model reads a vector of {self.dimensions} numbers")
            total = total + np.asarray(vector, dtype=np.float32) @ self._dense
        return total.astype(np.float32, copy=False)

    def probabilities(self, features: Features, vector: Sequence[float] | None = None) -> dict[str, dict[str, float]]:
        """Probability of each class of each decision."""
        import numpy as np

        scores = self.scores(features, vector)
        found: dict[str, dict[str, float]] = {}
        for name, decision in self.decisions.items():
            own = scores[decision.start : decision.stop]
            if decision.link == "sigmoid":
                yes = float(1.0 / (1.0 + np.exp(-np.clip(own[0], -30, 30))))
                found[name] = {decision.classes[0]: 1.0 - yes, decision.classes[1]: yes}
            else:
                powers = np.exp(own - own.max())
                shares: list[float] = (powers / powers.sum()).tolist()
                found[name] = dict(zip(decision.classes, shares, strict=True))
        return found

    def explain(
        self, name: str, label: str, features: Features, vector: Sequence[float] | None = None, *, top: int = 8
    ) -> list[Contribution]:
        """What pushed a decision most towards a class or away from it, strongest first; the vector counts as one.

        Raises:
            KeyError: No such decision.
            ValueError: No such class.
        """
        import numpy as np

        decision = self.decisions[name]
        place = decision.classes.index(label)
        columns = slice(decision.start, decision.stop)

        def push(row: Floats) -> float:
            if decision.link == "sigmoid":
                return float(row[0]) * (1 if place else -1)
            return float(row[place] - row.mean())

        found = [
            Contribution(feature, value * push(self._weights[self._rows[feature], columns]))
            for feature, value in features.items()
            if feature in self._rows
        ]
        if self._dense is not None and vector is not None:
            found.append(Contribution("(vector)", push(np.asarray(vector, dtype=np.float32) @ self._dense[:, columns])))
        found.sort(key=lambda each: (-abs(each.weight), each.feature))
        return found[:top]


@lru_cache(maxsize=8)
def arrays_of(family: str) -> Mapping[str, NDArray[np.generic]]:
    """The arrays of a family's data file by name (``numpy.savez_compressed``); read once."""
    import numpy as np

    with as_file(files(__name__.rpartition(".")[0]) / "data" / f"{family}.npz") as path, np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


@lru_cache(maxsize=8)
def load(family: str) -> Mapping[str, Linear]:
    """The models of a family by name.

    A model is ``NAME/meta`` (JSON: vocabulary and decisions), ``NAME/weights`` (8-bit, a scale per column in ``NAME/scale``),
    ``NAME/bias``, and ``NAME/dense`` if it reads a vector.
    """
    import numpy as np

    arrays = arrays_of(family)
    models: dict[str, Linear] = {}
    for key in arrays:
        name, _, part = key.partition("/")
        if part != "meta":
            continue
        meta = json.loads(arrays[key].tobytes().decode("utf-8"))
        dense = arrays.get(f"{name}/dense")
        models[name] = Linear(
            meta["vocabulary"],
            arrays[f"{name}/weights"].astype(np.float32) * arrays[f"{name}/scale"].astype(np.float32),
            arrays[f"{name}/bias"].astype(np.float32),
            [Decision(d["name"], tuple(d["classes"]), d["link"], d["start"]) for d in meta["decisions"]],
            None if dense is None else dense.astype(np.float32),
        )
    return models
