"""Which preference concerns which query: the models of ``core.learnt.applies``."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score

from memos_integrations.core.applicability import LEAST, LIKELY
from memos_integrations.core.learnt import applies as core
from memos_integrations.core.learnt._linear import Decision, Linear
from memos_integrations.embeddings.local import LocalEmbedder

from .corpus import OWN, kept, rows
from .lives import Matter, matters, people
from .pack import arrays_of, matrix_of, vocabulary_of
from .vectors import vectors_of

FOLDS = 5
_C_CALLS, _C_CALLS_VECTOR, _C_ASKED, _C_ASKED_VECTOR, _C_SLOT, _C_SLOT_VECTOR, _C_PAIR = 10.0, 20.0, 3.0, 1.0, 30.0, 10.0, 0.01
_C_CONDITIONED = 0.03  # of the pairs with a condition alone
_OWN_WEIGHT = 0.5  # pairs written for the training: their traps are plainer than the corpus's
_BANK_WEIGHT = 0.15  # of a request without a preference, in "asked"
_ORDER_WEIGHT = 0.3  # of a labelled pair, where preferences drawn at random count fully
_CHANCE_WEIGHT = 0.03  # of a request with a preference drawn at random
_LISTED_WEIGHT = 2.0  # of a corpus query, in "calls"
_LIFE_WEIGHT = 0.15  # of a request beside each preference of a person: most have nothing to do with it
_LIFE_CASE_WEIGHT = 0.5  # the same, where the preference was said for a case
_OTHER_WEIGHT = 0.2  # of such a request beside a preference that it does not need, in "calls"
_C_MATTER, _C_MATTER_VECTOR = 10.0, 20.0
_MATTER_SHARE = 1 / 6  # of all that the requests of a matter weigh, beside all others


class Request(NamedTuple):
    """A query of the bank: which slots it calls for, and which it might."""

    query: str
    slots: frozenset[str]
    maybe: frozenset[str]
    idle: bool

    @property
    def fold(self) -> int:
        """Where it is held out."""
        return _fold(self.query)


@dataclass
class Pair:
    """A labelled pair."""

    text: str
    slot: str
    condition: str
    query: str
    applies: bool
    language: str
    weight: float = 1.0
    person: str = ""

    @property
    def fold(self) -> int:
        """Pairs of one preference stay together, and those of one person."""
        return _fold(self.person or self.text)


def _fold(text: str) -> int:
    return int(hashlib.sha256(f"fold {text}".encode()).hexdigest(), 16) % FOLDS


def met_by_chance(requests: Sequence[Request], pairs: Sequence[Pair], slots: Sequence[str]) -> list[Pair]:
    """Requests with preferences drawn at random, as a user has them: most have nothing to do with it.

    The labels are those of the slots; of each request one preference of a slot that it calls for and two of others.
    """
    said = list({p.text: p for p in pairs if not p.condition and p.slot in slots}.values())
    random = np.random.default_rng(0)
    found: list[Pair] = []
    for request in requests:
        near = [p for p in said if p.slot in request.slots]
        far = [p for p in said if p.slot not in request.slots | request.maybe]
        for some, many in ((near, 1), (far, 2)):
            for place in random.permutation(len(some))[:many]:
                p = some[place]
                found.append(Pair(p.text, p.slot, "", request.query, some is near, "", _CHANCE_WEIGHT))
    return found


def bank() -> list[Request]:
    """Requests by situation, written for the training."""
    table = tomllib.loads((OWN / "situations.toml").read_text("utf-8"))
    return [
        Request(query, frozenset(each.get("slots", ())), frozenset(each.get("maybe", ())), name.startswith("idle"))
        for name, each in table.items()
        for language in ("en", "zh")
        for query in each[language]
    ]


def _pair(row: dict[str, Any], weight: float = 1.0) -> Pair:
    said = row["preference"]
    return Pair(said["text"], said["slot"], said["condition"] or "", row["query"], bool(row["applies"]), row["lang"], weight)


def corpus_pairs() -> list[Pair]:
    """The pairs of the corpus."""
    return [_pair(row) for row in rows("applies")]


def own_pairs() -> list[Pair]:
    """Pairs written for the training."""
    found: list[Pair] = []
    for path in sorted(OWN.glob("applies-*.jsonl")):
        found += [_pair(json.loads(line), _OWN_WEIGHT) for line in path.read_text("utf-8").splitlines()]
    return found


def life_pairs() -> list[Pair]:
    """Each preference of a person beside each of their requests."""
    return [
        Pair(*person.said[letter], query, letter in needed, language, 1.0 if letter in needed else _OTHER_WEIGHT, person.name)
        for name, language in (("en", "en"), ("zh", "zh"), ("mixed", "cross"))
        for person in people(name)
        for query, needed, maybe in person.asked
        for letter in person.said
        if letter not in maybe
    ]


def stated() -> list[tuple[str, str]]:
    """Words of preferences and their slots, of the turns of the corpus."""
    return [
        (label["evidence"], label["slot"])
        for row in rows("turns")
        for label in row["labels"]
        if label["kind"] == "preference" and not kept(row["id"])
    ]


class Reading:
    """All texts of the training as words and vectors."""

    def __init__(self, queries: Sequence[str], said: Sequence[str]) -> None:
        self.queries = {text: place for place, text in enumerate(dict.fromkeys(queries))}
        self.said = {text: place for place, text in enumerate(dict.fromkeys(said))}
        asked_rows = [core.query_words(text) for text in self.queries]
        said_rows = [core.said_words(text) for text in self.said]
        self.query_vocabulary, self.said_vocabulary = vocabulary_of(asked_rows), vocabulary_of(said_rows)
        self.query_words = matrix_of(asked_rows, self.query_vocabulary)
        self.said_words = matrix_of(said_rows, self.said_vocabulary)
        asked, told = vectors_of(list(self.queries), queries=True), vectors_of(list(self.said))
        self.centre = (asked.mean(axis=0).astype(np.float16).astype(np.float32), told.mean(axis=0).astype(np.float16).astype(np.float32))
        self.query_vectors, self.said_vectors = _directions(asked, self.centre[0]), _directions(told, self.centre[1])


def _directions(vectors: np.ndarray, centre: np.ndarray) -> np.ndarray:
    own = vectors - centre
    return own / np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)


def _logistic(x: Any, y: np.ndarray, c: float, weights: np.ndarray | None = None, *, balanced: bool = False) -> LogisticRegression:
    model = LogisticRegression(C=c, max_iter=2000, class_weight="balanced" if balanced else None)
    return model.fit(x, y, sample_weight=weights)


def unmoved(pairs: Sequence[Pair]) -> list[str]:
    """Requests of people that none of their preferences concerns."""
    moved = {(p.person, p.query) for p in pairs if p.applies}
    return sorted({p.query for p in pairs if p.person and (p.person, p.query) not in moved})


class Step:
    """The models of the first two steps, fitted on some of the pairs."""

    def __init__(self, reading: Reading, requests: Sequence[Request], pairs: Sequence[Pair], slots: Sequence[str]) -> None:
        self._reading, self._slots = reading, slots
        places = [reading.queries[r.query] for r in requests]
        told = [reading.queries[p.query] for p in pairs]
        self.query_words = self._queries(reading.query_words, places, told, requests, pairs, _C_CALLS, _C_ASKED)
        self.query_vector = self._queries(reading.query_vectors, places, told, requests, pairs, _C_CALLS_VECTOR, _C_ASKED_VECTOR)
        named = dict(stated()) | {p.text: p.slot for p in pairs}
        named = {text: slot for text, slot in named.items() if slot in slots and text in reading.said}
        where, label = [reading.said[text] for text in named], np.array([slots.index(slot) for slot in named.values()])
        about = matters()
        self.said_words = self._said(reading.said_words, where, label, _C_SLOT, len(slots))
        self.said_vector = self._said(reading.said_vectors, where, label, _C_SLOT_VECTOR, len(slots))
        told = [(reading.said[text], place) for place, matter in enumerate(about) for text in matter.said]
        where, label = [place for place, _ in told], np.array([place for _, place in told])
        of_words = self._said(reading.said_words, where, label, _C_MATTER, len(about))
        of_vector = self._said(reading.said_vectors, where, label, _C_MATTER_VECTOR, len(about))
        self.said_words, self.said_vector = np.hstack([self.said_words, of_words]), np.hstack([self.said_vector, of_vector])
        idle = [r.query for r in requests if r.idle] + unmoved(pairs)
        of_words = self._matters(reading.query_words, about, idle, _C_MATTER)
        of_vector = self._matters(reading.query_vectors, about, idle, _C_MATTER_VECTOR)
        self.query_words, self.query_vector = np.hstack([self.query_words, of_words]), np.hstack([self.query_vector, of_vector])

    def _queries(
        self, x: Any, places: list[int], told: list[int], requests: Sequence[Request], pairs: Sequence[Pair], c: float, c_asked: float
    ) -> np.ndarray:
        stack: Callable[[list[Any]], Any] = vstack if isinstance(x, csr_matrix) else np.vstack  # type: ignore[assignment]
        columns: list[np.ndarray] = []
        useful = [n for n, p in enumerate(pairs) if p.applies or not p.condition]
        for slot in self._slots:
            some = [n for n, r in enumerate(requests) if slot not in r.maybe]
            yes = np.array([slot in requests[n].slots for n in some])
            heavy = np.where(yes, max(1.0, (~yes).sum() / max(1, 2 * yes.sum())), 1.0)
            also = [n for n in useful if pairs[n].slot == slot]
            y = np.concatenate([yes, [pairs[n].applies for n in also]]).astype(bool)
            if y.all() or not y.any():
                columns.append(np.append(np.zeros(x.shape[1]), 0.0))
                continue
            w = np.concatenate([heavy, [_LISTED_WEIGHT * pairs[n].weight for n in also]])
            rows_ = x[[places[n] for n in some]] if not also else stack([x[[places[n] for n in some]], x[[told[n] for n in also]]])
            columns.append(_column(_logistic(rows_, y, c, w)))
        columns.append(_column(_logistic(x[places], np.array([r.idle for r in requests]), c, balanced=True)))
        y = np.concatenate([[p.applies for p in pairs], [not r.idle for r in requests]]).astype(bool)
        w = np.concatenate([[p.weight for p in pairs], np.full(len(requests), _BANK_WEIGHT)])
        columns.append(_column(_logistic(stack([x[told], x[places]]), y, c_asked, w)))
        return np.stack(columns, axis=1)

    def _matters(self, x: Any, about: Sequence[Matter], idle: Sequence[str], c: float) -> np.ndarray:
        columns: list[np.ndarray] = []
        for own in about:
            others = [query for matter in about if matter is not own and matter.name not in own.near for query in matter.asked]
            texts = [*own.asked, *others, *idle]
            y = np.array([n < len(own.asked) for n in range(len(texts))])
            w = np.where(y, (~y).sum() / y.sum() * _MATTER_SHARE, 1.0)
            columns.append(_column(_logistic(x[[self._reading.queries[text] for text in texts]], y, c, w)))
        return np.stack(columns, axis=1)

    def _said(self, x: Any, where: list[int], label: np.ndarray, c: float, many: int) -> np.ndarray:
        model = _logistic(x[where], label, c)
        found = np.zeros((x.shape[1] + 1, many))
        found[-1] = -12.0
        for row, place in enumerate(model.classes_):
            found[:-1, place], found[-1, place] = model.coef_[row], model.intercept_[row]
        return found

    def ask(self, query: str) -> core.Asked:
        """A query, as ``core`` would read it."""
        place = self._reading.queries[query]
        words = np.asarray(self._reading.query_words[[place]] @ self.query_words[:-1])[0] + self.query_words[-1]
        dense = self._reading.query_vectors[place] @ self.query_vector[:-1] + self.query_vector[-1]
        return core.asked_from(query, len(self._slots), words, dense, self._reading.query_vectors[place])

    def read(self, pair: Pair, slot: str) -> core.Said:
        """A preference, as ``core`` would read it."""
        place = self._reading.said[pair.text]
        words = np.asarray(self._reading.said_words[[place]] @ self.said_words[:-1])[0] + self.said_words[-1]
        dense = self._reading.said_vectors[place] @ self.said_vector[:-1] + self.said_vector[-1]
        outlook = None
        if pair.condition:
            row = matrix_of([core.query_words(pair.condition)], self._reading.query_vocabulary)
            outlook = np.asarray(row @ self.query_words[:-1])[0] + self.query_words[-1]
        direction = self._reading.said_vectors[place]
        return core.said_from(pair.text, slot, pair.condition, self._slots, words, outlook, dense, direction)


def _column(model: LogisticRegression) -> np.ndarray:
    return np.append(model.coef_[0], model.intercept_[0])


def _features(step: Step, pairs: Sequence[Pair], slots: Sequence[str], declared: bool) -> np.ndarray:
    rows_ = np.zeros((len(pairs), len(core.ALL_FEATURES)))
    beside: dict[str, list[int]] = {}
    for place, pair in enumerate(pairs):
        beside.setdefault(pair.query, []).append(place)
    said: dict[tuple[str, str, str], core.Said] = {}
    for query, places in beside.items():
        own: list[core.Said] = []
        for pair in (pairs[place] for place in places):
            key = (pair.text, pair.slot if declared else "other", pair.condition)
            own.append(said[key] if key in said else said.setdefault(key, step.read(pair, key[1])))
        rows_[places] = core.Wishes(own, slots).features(step.ask(query))
    return rows_


@dataclass
class Fitted:
    """All steps, fitted."""

    step: Step
    slots: tuple[str, ...]
    pair: tuple[core.Head, core.Head]
    order: tuple[core.Head, core.Head]

    def decided(self, pairs: Sequence[Pair], *, vectors: bool, declared: bool) -> tuple[np.ndarray, np.ndarray]:
        """Probability of each pair that it applies, and whether it is taken to."""
        features = _features(self.step, pairs, self.slots, declared)
        conditioned = np.array([bool(p.condition) for p in pairs])
        features = features[:, : len(self.pair[vectors].plain) - 1]
        likely, order = (head.scores(features, conditioned) for head in (self.pair[vectors], self.order[vectors]))
        likely, order = 1 / (1 + np.exp(-likely)), 1 / (1 + np.exp(-order / 2))
        return likely, (likely >= LIKELY) & (order >= LEAST)


def fitted(train: Sequence[Pair], reading: Reading) -> Fitted:
    """Fit all steps; the last one on what the first two say of pairs that they have not seen."""
    requests = bank()
    slots = tuple(sorted({slot for r in requests for slot in r.slots}))
    features, labels, weights, ordering, conditioned = [], [], [], [], []
    for fold in range(FOLDS):
        inner = Step(reading, [r for r in requests if r.fold != fold], [p for p in train if p.fold != fold], slots)
        outer = [p for p in train if p.fold == fold]
        outer += met_by_chance([r for r in requests if r.fold == fold], outer, slots)
        for declared, heavy in ((True, 1.0), (False, 0.5)):
            features.append(_features(inner, outer, slots, declared))
            labels += [p.applies for p in outer]
            weights += [_weight(p) * heavy for p in outer]
            conditioned += [bool(p.condition) for p in outer]
            ordering += [(1.0 if p.person or p.weight == _CHANCE_WEIGHT else p.weight * _ORDER_WEIGHT) * heavy for p in outer]
    x, y, w, order, some = np.concatenate(features), np.array(labels), np.array(weights), np.array(ordering), np.array(conditioned)
    pair, ordered = ((_head(x[:, : len(core.WORD_FEATURES)], y, w, some), _head(x, y, w, some)) for w in (w, order))
    return Fitted(Step(reading, requests, train, slots), slots, pair, ordered)


def _weight(pair: Pair) -> float:
    if not pair.person:
        return pair.weight
    return _LIFE_CASE_WEIGHT if pair.condition else _LIFE_WEIGHT


def _head(x: np.ndarray, y: np.ndarray, w: np.ndarray, conditioned: np.ndarray) -> core.Head:
    own = _unscaled(x[conditioned], y[conditioned], w[conditioned], _C_CONDITIONED)
    return core.Head(_unscaled(x, y, w, _C_PAIR), own)


def _unscaled(x: np.ndarray, y: np.ndarray, w: np.ndarray, c: float) -> np.ndarray:
    """Weights for features as they are, fitted on features of equal spread; the bias last."""
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-3)
    model = _logistic((x - mean) / spread, y, c, w)
    weights = model.coef_[0] / spread
    return np.append(weights, model.intercept_[0] - weights @ mean)


def _reading(pairs: Sequence[Pair]) -> Reading:
    about = matters()
    asked = [*(r.query for r in bank()), *(p.query for p in pairs), *(query for matter in about for query in matter.asked)]
    return Reading(asked, [*(text for text, _ in stated()), *(p.text for p in pairs), *(text for matter in about for text in matter.said)])


def train(*, seed: int) -> dict[str, np.ndarray]:
    """Fit on the whole corpus but the part kept apart, and on what was written for it."""
    pairs = [*(p for p in corpus_pairs() if not kept(p.text)), *own_pairs(), *life_pairs()]
    reading = _reading(pairs)
    model = fitted(pairs, reading)
    names = {"slots": model.slots, "space": LocalEmbedder().fingerprint}
    arrays = {
        "names": np.frombuffer(json.dumps(names).encode(), dtype=np.uint8),
        "centres": np.stack(reading.centre).astype(np.float16),
        "query vector": model.step.query_vector.astype(np.float16),
        "said vector": model.step.said_vector.astype(np.float16),
    }
    for name, head in zip(core.HEADS, (*model.pair, *model.order), strict=True):
        arrays[name], arrays[core.CONDITIONED + name] = head.plain.astype(np.float32), head.conditioned.astype(np.float32)
    for name, vocabulary, weights in (
        ("query words", reading.query_vocabulary, model.step.query_words),
        ("said words", reading.said_vocabulary, model.step.said_words),
    ):
        decisions = [Decision(f"{name} {n}", ("no", "yes"), "sigmoid", n) for n in range(weights.shape[1])]
        arrays |= arrays_of(name, Linear(vocabulary, weights[:-1].astype(np.float32), weights[-1].astype(np.float32), decisions))
    return arrays


def evaluate(*, seed: int) -> None:
    """Print how the models do on the preferences kept apart, and, fold by fold, on all of the corpus."""
    corpus, own = corpus_pairs(), [*own_pairs(), *life_pairs()]
    reading = _reading([*corpus, *own])
    apart = [p for p in corpus if kept(p.text)]
    model = fitted([*(p for p in corpus if not kept(p.text)), *own], reading)
    print(f"kept apart: {len(apart)} pairs of {len({p.text for p in apart})} preferences")
    for vectors in (False, True):
        for declared in (True, False):
            name = f"{'words and vectors' if vectors else 'words'}, slot {'given' if declared else 'not given'}"
            _report(name, apart, *model.decided(apart, vectors=vectors, declared=declared))
    print("fold by fold")
    modes = [(vectors, declared) for vectors in (False, True) for declared in (True, False)]
    found = {mode: (np.zeros(len(corpus)), np.zeros(len(corpus), dtype=bool)) for mode in modes}
    for fold in range(4):
        outer = [n for n, p in enumerate(corpus) if _outer(p) == fold]
        model = fitted([*(p for p in corpus if _outer(p) != fold), *own], reading)
        for (vectors, declared), (likely, said) in found.items():
            likely[outer], said[outer] = model.decided([corpus[n] for n in outer], vectors=vectors, declared=declared)
    for (vectors, declared), (likely, said) in found.items():
        _report(f"{'words and vectors' if vectors else 'words'}, slot {'given' if declared else 'not given'}", corpus, likely, said)


def _outer(pair: Pair) -> int:
    return int(hashlib.sha256(f"outer {pair.text}".encode()).hexdigest(), 16) % 4


def _report(name: str, pairs: Sequence[Pair], probabilities: np.ndarray, said: np.ndarray) -> None:
    gold = np.array([p.applies for p in pairs])
    parts = [f"F1 {f1_score(gold, said):.3f}", f"accuracy {(gold == said).mean():.3f}", f"AUC {roc_auc_score(gold, probabilities):.3f}"]
    for language in ("en", "zh", "cross"):
        some = np.array([p.language == language for p in pairs])
        parts.append(f"{language} {f1_score(gold[some], said[some]):.3f}")
    some = np.array([bool(p.condition) for p in pairs])
    parts.append(f"with condition {f1_score(gold[some], said[some]):.3f}")
    print(f"{name}: {', '.join(parts)}")
