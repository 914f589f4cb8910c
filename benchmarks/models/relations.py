"""How a later statement relates to an earlier one: the models of ``core.learnt.relations``."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, f1_score

from memos_integrations.core.learnt import relations as core
from memos_integrations.core.learnt._linear import Decision, Linear
from memos_integrations.core.statements import comparable, statements
from memos_integrations.core.text import content_terms
from memos_integrations.embeddings.local import LocalEmbedder

from . import marked
from .corpus import OWN, family, kept, rows
from .pack import arrays_of, matrix_of, vocabulary_of
from .vectors import vectors_of

FOLDS = 5
_LONGEST = 400
_OWN_WEIGHT = 0.4  # of pairs written for the training: plainer than the corpus's
_PLAIN_WEIGHT = 0.1  # of a filled template
_FILLED = 3
_CHAT_WEIGHT = 0.01  # of two statements of one chat, about what is at hand
_CHAT_TURNS = 6  # by so many turns they are apart at most
_CHANCE_WEIGHT = 0.03  # of two statements drawn at random: nearly all of what a user says
_CHANCES = 3000
_MET = 6  # nearest turns of other people that a turn is laid beside
_MET_ODDS = 3.0  # how heavy all of these are together, against all pairs of which one replaces the other
_SINGLE = ("name", "age", "birthday", "home", "employer", "work", "relationship", "contact")
_C_SENSES, _C_SENSES_VECTOR, _C = 10.0, 5.0, 0.15
# how heavy the groups of features are before regularisation, all of them brought to the same spread
_WORDS, _NAMED, _SENSES, _VECTOR = 3.0, 0.6, 0.2, 4.0


@dataclass
class Pair:
    """A labelled pair."""

    id: str
    old: str
    new: str
    relation: str
    language: str
    weight: float = 1.0


def corpus_pairs() -> list[Pair]:
    """The pairs of the corpus."""
    return [Pair(row["id"], row["old"], row["new"], row["relation"], row["lang"]) for row in rows("updates")]


def own_pairs() -> list[Pair]:
    """Pairs written for the training."""
    found: list[Pair] = []
    for path in sorted(OWN.glob("updates-*.jsonl")):
        told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        found += [Pair(row["id"], row["old"], row["new"], row["relation"], row["lang"], _OWN_WEIGHT) for row in told]
    return found


def plain_pairs() -> list[Pair]:
    """Everyday statements from templates."""
    table = tomllib.loads((OWN / "plain.toml").read_text("utf-8"))
    random = np.random.default_rng(0)
    found: list[Pair] = []
    for language, relations in table["pairs"].items():
        lists: dict[str, list[str]] = table["lists"][language]
        for relation, templates in relations.items():
            for template in templates:
                name, _, both = template.partition(": ")
                old, new = both.split(" | ")
                for _ in range(_FILLED):
                    a, b = (lists[name][place] for place in random.choice(len(lists[name]), 2, replace=False))
                    values = {key: some[random.integers(len(some))] for key, some in lists.items()} | {"a": a, "b": b}
                    one, two = (_sentence(side.format(**values)) for side in (old, new))
                    found.append(Pair(f"plain-{len(found)}", one, two, relation, language, _PLAIN_WEIGHT))
    return found


def crossed_pairs() -> list[Pair]:
    """The opposite attitude, and the same words around it, but to another thing: both stand."""
    table = tomllib.loads((OWN / "plain.toml").read_text("utf-8"))
    random = np.random.default_rng(1)
    found: list[Pair] = []
    for language, relations in table["pairs"].items():
        lists: dict[str, list[str]] = table["lists"][language]
        for relation in ("contradicts", "duplicates", "narrows", "refines"):
            for template in relations[relation]:
                name, _, both = template.partition(": ")
                old, new = both.split(" | ")
                if name not in ("thing", "form", "kin", "event", "trouble"):
                    continue
                for _ in range(_FILLED):
                    a, b = (lists[name][place] for place in random.choice(len(lists[name]), 2, replace=False))
                    values = {key: some[random.integers(len(some))] for key, some in lists.items()}
                    one, two = _sentence(old.format(**values | {"a": a})), _sentence(new.format(**values | {"a": b}))
                    found.append(Pair(f"crossed-{len(found)}", one, two, "independent", language, _PLAIN_WEIGHT))
    return found


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def chatted_pairs() -> list[Pair]:
    """What one user says turn by turn of what is at hand, answers and remarks: near each other, and all of it stands."""
    found: list[Pair] = []
    for language in ("en", "zh"):
        for chat in _chats(language):
            said = [(turn, statement) for turn, text in enumerate(chat) for statement in statements(text)]
            for place, (later, new) in enumerate(said):
                for earlier, old in said[:place]:
                    if 0 < later - earlier <= _CHAT_TURNS:
                        found.append(Pair(f"chat-{language}-{len(found)}", old, new, "independent", language, _CHAT_WEIGHT))
    return found


def _chats(language: str) -> list[list[str]]:
    """The user's turns of each ordinary chat among the marked turns, which stand there in their order."""
    chats: list[list[str]] = []
    going = False
    for row in marked.turns(language):
        chatting = row["none"] == "chat"
        if chatting and (not going or row["before"] is None):
            chats.append([])
        if chatting:
            chats[-1].append(row["text"])
        going = chatting
    return chats


def drawn(pairs: Sequence[Pair]) -> list[Pair]:
    """Statements of different pairs put together: they have nothing to do with each other."""
    random = np.random.default_rng(0)
    pairs = [p for p in pairs if not p.id.startswith("chat-")]
    found: list[Pair] = []
    for n in range(_CHANCES):
        one, two = (pairs[place] for place in random.choice(len(pairs), 2, replace=False))
        if one.language == two.language and family(one.id) != family(two.id):
            found.append(Pair(f"drawn-{n}", one.old, two.new if n % 2 else two.old, "independent", one.language, _CHANCE_WEIGHT))
    return found


def met(reading: Reading) -> list[Pair]:
    """Turns of different people that are near each other: as near as what one user says of two things, and both stand.

    Left out are those that could be about one thing: orders about answers, facts that have one value, and one object in both.
    """
    turns = [row for row in _turns() if comparable(row["text"])]
    directions = np.array([reading.read[row["text"]].direction for row in turns])
    found: list[Pair] = []
    for place, row in enumerate(turns):
        own = _held(row)
        order = np.argsort(-(directions @ directions[place]))
        near = [n for n in order if turns[n]["lang"] == row["lang"] and family(turns[n]["id"]) != family(row["id"])]
        for n in [n for n in near[: 3 * _MET] if not own & _held(turns[n])][:_MET]:
            found.append(Pair(f"met-{len(found)}", turns[n]["text"], row["text"], "independent", row["lang"]))
    return found


def _held(row: dict[str, Any]) -> set[str]:
    """What of a turn could contradict another one."""
    held = {label["attribute"] for label in _facts(row) if label["subject"] == "user" and label["attribute"] in _SINGLE}
    for label in _preferences(row):
        held |= {label["slot"]} if label["slot"].startswith("answers.") else content_terms(label["object"])
    return held


def _turns() -> list[dict[str, Any]]:
    return [row for row in rows("turns") if len(row["text"]) < _LONGEST and not kept(family(row["id"]))]


def _labels(kind: str) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    return lambda row: [label for label in row["labels"] if label["kind"] == kind]


_preferences, _facts = _labels("preference"), _labels("fact")


def _sense(name: str, row: dict[str, Any]) -> bool | None:
    """Whether a labelled turn has a sense; None: the turn says nothing about it."""
    wishes, facts, nothing = _preferences(row), _facts(row), row["none"]
    if name in ("avoids", "condition", "lasting", "standing"):
        if not wishes:
            return None
        if name == "avoids":
            return bool(wishes[0]["polarity"] == "avoids")
        return any(wish["condition"] for wish in wishes) if name == "condition" else bool(wishes[0][name])
    if name in ("of another", "correction"):
        if not facts:
            return None
        return any(fact["subject"] != "user" for fact in facts) if name == "of another" else any(fact["correction"] for fact in facts)
    found = {
        "preference": bool(wishes),
        "fact": bool(facts),
        "nothing": nothing is not None,
        "question": nothing in ("question", "task"),
        "third person": nothing == "third_person",
    }
    return found[name]


class Reading:
    """All statements as vectors, and what the models of senses say of them."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        turns = _turns()
        texts = list(dict.fromkeys([*(row["text"] for row in turns), *(t for p in pairs for t in (p.old, p.new))]))
        vectors = vectors_of(texts)
        said = [texts.index(t) for p in pairs for t in (p.old, p.new)]
        self.centre = vectors[said].mean(axis=0).astype(np.float16).astype(np.float32)
        own = vectors - self.centre
        own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
        words = [core.statement_words(text) for text in texts]
        vocabulary = vocabulary_of(words)
        matrix = matrix_of(words, vocabulary)
        columns, dense = [], []
        for name in core.SENSES:
            told = [(place, label) for place, row in enumerate(turns) if (label := _sense(name, row)) is not None]
            places, labels = [texts.index(turns[place]["text"]) for place, _ in told], np.array([label for _, label in told])
            columns.append(_fit(matrix[places], labels, _C_SENSES))
            dense.append(_fit(own[places], labels, _C_SENSES_VECTOR))
        weights, self.senses_vector = np.stack(columns, axis=1), np.stack(dense, axis=1).astype(np.float16).astype(np.float32)
        decisions = [Decision(name, ("no", "yes"), "sigmoid", n) for n, name in enumerate(core.SENSES)]
        self.senses = Linear(vocabulary, weights[:-1].astype(np.float32), weights[-1].astype(np.float32), decisions)
        by_words = np.asarray(matrix @ weights[:-1]) + weights[-1]
        by_vector = own @ self.senses_vector[:-1] + self.senses_vector[-1]
        self.read = {text: core.Statement(text, by_words[n], own[n], by_vector[n]) for n, text in enumerate(texts)}


def _fit(x: Any, y: np.ndarray, c: float) -> np.ndarray:
    model = LogisticRegression(C=c, max_iter=1000, class_weight="balanced").fit(x, y)
    return np.append(model.coef_[0], model.intercept_[0])


@dataclass
class Fitted:
    """The models of the last step, as ``core`` keeps them: without vectors, and with them."""

    vocabulary: list[str]
    words: list[np.ndarray]
    named: list[np.ndarray]
    vector: np.ndarray
    near: list[np.ndarray]

    def probabilities(self, reading: Reading, pairs: Sequence[Pair], *, vectors: bool) -> np.ndarray:
        """Of each relation, a row for each pair."""
        x, named, dense = _matrices(reading, pairs, self.vocabulary, vectors)
        scores = np.asarray(x @ self.words[vectors]) + np.hstack([named, np.ones((len(named), 1))]) @ self.named[vectors]
        if vectors:
            scores = scores + dense @ self.vector
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)


def _matrices(reading: Reading, pairs: Sequence[Pair], vocabulary: Sequence[str], vectors: bool) -> tuple[Any, np.ndarray, np.ndarray]:
    words = matrix_of([core.words_of_pair(p.old, p.new) for p in pairs], vocabulary)
    named, dense = [], []
    for pair in pairs:
        old, new = reading.read[pair.old], reading.read[pair.new]
        named.append([*core.features_of_pair(pair.old, pair.new), *core.senses_of_pair(old, new, vectors=vectors)])
        if vectors:
            dense.append(core.vector_of_pair(old, new))
    return words, np.array(named), np.array(dense)


def fitted(train: Sequence[Pair], reading: Reading) -> Fitted:
    """Fit the last step, without vectors and with them."""
    pairs = [*train, *drawn(train)]
    vocabulary = vocabulary_of([core.words_of_pair(p.old, p.new) for p in train])
    y = np.array([core.RELATIONS.index(p.relation) for p in pairs])
    weights = np.array([p.weight for p in pairs])
    labelled = len(train)
    words, named, vector = [], [], np.zeros(0)
    for vectors in (False, True):
        x, features, dense = _matrices(reading, pairs, vocabulary, vectors)
        mean, spread = features[:labelled].mean(axis=0), np.maximum(features[:labelled].std(axis=0), 1e-3)
        plain = len(core.features_of_pair("", ""))
        heavy = np.full(features.shape[1], _SENSES)
        heavy[:plain] = _NAMED
        if vectors:
            heavy[-2:] = _NAMED  # the cosine
        standard = (features - mean) / spread * heavy
        parts = [x * _WORDS, csr_matrix(standard), *([csr_matrix(dense * _VECTOR)] if vectors else [])]
        model = LogisticRegression(C=_C, max_iter=1000).fit(hstack(parts).tocsr(), y, sample_weight=weights)
        coefficients = model.coef_.T
        many = len(vocabulary)
        own = coefficients[many : many + features.shape[1]] * (heavy / spread)[:, None]
        words.append(coefficients[:many] * _WORDS)
        named.append(np.vstack([own, model.intercept_ - mean @ own]))
        if vectors:
            vector = coefficients[many + features.shape[1] :] * _VECTOR
    return Fitted(vocabulary, words, named, vector, [_near(train, reading, vectors=vectors) for vectors in (False, True)])


def _near(train: Sequence[Pair], reading: Reading, *, vectors: bool) -> np.ndarray:
    """What tells two statements about one thing from two drawn at random, or worded alike."""
    yes = [p for p in train if not p.id.startswith(("plain", "crossed", "chat-")) or p.relation != "independent"]
    no = [*drawn(train), *(p for p in train if p.id.startswith("crossed")), *met(reading)]
    x = np.array([_nearness(reading, p, vectors=vectors) for p in (*yes, *no)])
    y = np.r_[np.ones(len(yes)), np.zeros(len(no))]
    near = sum(p.id.startswith("met") for p in no)  # grows with the turns that there are, and must not tell how likely a succession is
    heavy_no = {"drawn": 1.0, "crossed": 0.3, "met": _MET_ODDS * sum(p.weight for p in yes) / max(1, near)}
    weights = np.array([*(p.weight for p in yes), *(heavy_no[p.id.partition("-")[0]] for p in no)])
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-3)
    heavy = np.ones(x.shape[1])
    if vectors:
        plain = len(core.nearness_of_pair("", "")) + 3
        mean[plain:], spread[plain:], heavy[plain:] = 0, 1, 2
    model = LogisticRegression(C=0.1, max_iter=2000).fit((x - mean) / spread * heavy, y, sample_weight=weights)
    own = model.coef_[0] * heavy / spread
    return np.append(own, model.intercept_[0] - mean @ own)


def _nearness(reading: Reading, pair: Pair, *, vectors: bool) -> list[float]:
    named = core.nearness_of_pair(pair.old, pair.new)
    return [*named, *core.vector_nearness(reading.read[pair.old], reading.read[pair.new]).tolist()] if vectors else named


def _beside_the_corpus() -> list[Pair]:
    return [*own_pairs(), *plain_pairs(), *crossed_pairs(), *chatted_pairs()]


def train(*, seed: int) -> dict[str, np.ndarray]:
    """Fit on the whole corpus but the part kept apart, and on what was written for it."""
    pairs = [*(p for p in corpus_pairs() if not kept(family(p.id))), *_beside_the_corpus()]
    reading = Reading(pairs)
    model = fitted(pairs, reading)
    arrays = {
        "names": np.frombuffer(json.dumps({"space": LocalEmbedder().fingerprint}).encode(), dtype=np.uint8),
        "centre": reading.centre.astype(np.float16),
        "senses vector": reading.senses_vector.astype(np.float16),
        "named words": model.named[0].astype(np.float32),
        "named all": model.named[1].astype(np.float32),
        "vector": model.vector.astype(np.float16),
        "near words": model.near[0].astype(np.float32),
        "near all": model.near[1].astype(np.float32),
    }
    arrays |= arrays_of("senses", reading.senses)
    for name, weights in zip(("words", "words beside"), model.words, strict=True):
        whole = [Decision("relation", core.RELATIONS, "softmax", 0)]
        arrays |= arrays_of(name, Linear(model.vocabulary, weights.astype(np.float32), np.zeros(6, dtype=np.float32), whole))
    return arrays


def evaluate(*, seed: int) -> None:
    """Print how the models do on the pairs kept apart, and, fold by fold, on all of the corpus."""
    corpus, own = corpus_pairs(), _beside_the_corpus()
    reading = Reading([*corpus, *own])
    apart = [p for p in corpus if kept(family(p.id))]
    model = fitted([*(p for p in corpus if not kept(family(p.id))), *own], reading)
    print(f"kept apart: {len(apart)} pairs")
    for vectors in (False, True):
        _report("words and vectors" if vectors else "words", apart, model.probabilities(reading, apart, vectors=vectors))
    print("fold by fold")
    found = [np.zeros((len(corpus), 6)) for _ in range(2)]
    for fold in range(FOLDS):
        outer = [n for n, p in enumerate(corpus) if _fold(p) == fold]
        model = fitted([*(p for p in corpus if _fold(p) != fold), *own], reading)
        for vectors in (False, True):
            found[vectors][outer] = model.probabilities(reading, [corpus[n] for n in outer], vectors=vectors)
    for vectors in (False, True):
        _report("words and vectors" if vectors else "words", corpus, found[vectors])


def _fold(pair: Pair) -> int:
    return int(hashlib.sha256(f"fold {family(pair.id)}".encode()).hexdigest(), 16) % FOLDS


def _report(name: str, pairs: Sequence[Pair], probabilities: np.ndarray) -> None:
    gold = np.array([core.RELATIONS.index(p.relation) for p in pairs])
    said = probabilities.argmax(axis=1)
    parts = [f"macro F1 {f1_score(gold, said, average='macro'):.3f}"]
    for language in ("en", "zh"):
        some = np.array([p.language == language for p in pairs])
        parts.append(f"{language} {f1_score(gold[some], said[some], average='macro'):.3f}")
    replaced = probabilities[:, [core.RELATIONS.index(name) for name in ("contradicts", "replaces")]].sum(axis=1)
    ended = np.isin(gold, [core.RELATIONS.index(name) for name in ("contradicts", "replaces")])
    for least in (0.5, 0.7, 0.85):
        sure = replaced >= least
        parts.append(f"replaced at {least}: P {ended[sure].mean() if sure.any() else float('nan'):.2f} R {sure[ended].mean():.2f}")
    print(f"{name}: {', '.join(parts)}")
    if name.endswith("vectors"):
        print(confusion_matrix(gold, said))
