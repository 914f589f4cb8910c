"""What a turn holds: whether there is a preference, of what, of which kind. Models for extraction.

Rules and models vote, so what the rules say is a feature. The rules were written with sight of this corpus: part of what they find
in it is hidden in training, so that their silence counts for no more than it does on turns that nobody has seen.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pycrfsuite

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.learnt._deciding import acceptance_features, settled
from memos_integrations.core.learnt._linear import Decision, Linear
from memos_integrations.core.learnt._models import TurnModels, heard, holds, read_features, rule_features, summed
from memos_integrations.core.learnt._proposing import Proposal, domain_features, place_features, proposals
from memos_integrations.core.learnt._reading import Reading, find, read
from memos_integrations.core.learnt._showing import ClauseShown, clause_features, token_features, turn_features
from memos_integrations.core.learnt._tagger import TAGS, Tagger
from memos_integrations.core.rules import RuleExtractor
from memos_integrations.core.text import content_terms
from memos_integrations.embeddings.local import LocalEmbedder

from . import frames, joined, marked
from .corpus import family, kept, rows
from .heads import Head, Told, fit_head
from .pack import Question, arrays_of, fit
from .states import states_of

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
# On turns that the rules' authors did not see, rules find less, and more that is none: shares of what they find that are hidden
# in training, and of turns without a preference where they are made to find one.
HIDDEN = {"en": 0.15, "zh": 0.25}
MADE_UP = {"en": 0.06, "zh": 0.1}
FRAMES = {"preferences": 1500, "others": 500}
JOINED = 700  # of each language
WEIGHTS = {"-frame-": 0.1, "-joined-": 0.4, "-own-marked-": 0.5, "-own-": 0.5}
"""How much a turn counts that is not the corpus', by a part of its id."""
_FOLDS = 4
_LEAST_WEIGHT = 0.035  # share of the greatest weight: with what weighs less the package's data would pass 3 MB, and no figure is better


@dataclass
class Example:
    """A labelled turn with all that is read of it."""

    row: dict[str, Any]
    reading: Reading
    features: dict[str, float]
    rules: list[Candidate]
    gold: list[dict[str, Any]]
    states: np.ndarray | None = None
    """The bundled embedder's last hidden states; None for a composed turn."""
    weight: float = 1.0
    clauses: list[tuple[ClauseShown, bool]] = field(default_factory=list)
    """What each clause shows, and whether it states a preference."""
    said: dict[int, float] = field(default_factory=dict)
    """What its clauses say, by a model that was fitted without this turn."""
    shown: dict[str, float] = field(default_factory=dict)
    """What a head reads in it that was fitted without it."""

    @property
    def language(self) -> str:
        """``en`` or ``zh``."""
        return str(self.row["id"][:2])

    @property
    def composed(self) -> bool:
        """Made of a frame."""
        return "-frame-" in self.row["id"]

    @property
    def origin(self) -> str:
        """Id of the turn that it was made of; its own, if it was not."""
        return str(self.row.get("of", self.row["id"]))

    @property
    def joined(self) -> bool:
        """Another turn with something beside it."""
        return "of" in self.row

    @property
    def own(self) -> bool:
        """Written for training: the rules' authors did not see it."""
        return self.composed or "-own-" in self.row["id"]

    @property
    def apart(self) -> bool:
        """Kept from training when the models are measured; marked turns never are: many say in Chinese what another says in English."""
        return not self.composed and "-own-marked-" not in self.origin and kept(family(self.origin))


def turns_of(row: dict[str, Any]) -> list[Turn]:
    """A row as extraction reads it."""
    before = [Turn(episode="b", role="assistant", text=row["before"], said_at=WHEN, learnable=False)] if row["before"] else []
    return [*before, Turn(episode="t", role="user", text=row["text"], said_at=WHEN)]


def examples(*, states: bool = True, composed: bool = True, seed: int = 0) -> list[Example]:
    """The corpus, what was written for training, and composed turns."""
    rows_ = [*rows("turns"), *marked.turns("en"), *marked.turns("zh")]
    rows_ += joined.turns(rows_, count=JOINED, seed=seed)
    if composed:
        for language in ("en", "zh"):
            rows_ += frames.turns(language, seed=seed, **FRAMES)
    extractor = RuleExtractor()
    made: list[Example] = []
    for row in rows_:
        reading = read(row["text"], row["before"] or "")
        rules = extractor.extract(turns_of(row))
        gold = [label for label in row["labels"] if label["kind"] == "preference"]
        weight = next((weight for part, weight in WEIGHTS.items() if part in row["id"]), 1.0)
        made.append(Example(row, reading, turn_features(reading), rules, gold, weight=weight, clauses=_clauses(row, reading, gold)))
    if states:
        real = [example for example in made if not example.composed]
        for example, found in zip(real, states_of([example.row["text"] for example in real]), strict=True):
            example.states = found
    return made


def _clauses(row: dict[str, Any], reading: Reading, gold: Sequence[dict[str, Any]]) -> list[tuple[ClauseShown, bool]]:
    places = [(row["text"].find(label["evidence"]), len(label["evidence"])) for label in gold]
    spans = [(at, at + length) if at >= 0 else (0, len(row["text"])) for at, length in places]
    return [(shown, any(shown.start < stop and shown.end > at for at, stop in spans)) for shown in clause_features(reading)]


def overlap(a: str, b: str) -> float:
    """Shared content words over those of the shorter."""
    left, right = content_terms(a), content_terms(b)
    return len(left & right) / max(1, min(len(left), len(right)))


def jaccard(a: str, b: str) -> float:
    """Shared content words over all."""
    left, right = content_terms(a), content_terms(b)
    return len(left & right) / max(1, len(left | right))


def _place(example: Example, words: str) -> tuple[int, int] | None:
    """Where words stand in a turn; those of an offer: the longest stretch of them that the user takes up."""
    exact = find(example.reading, words)
    if exact is not None or words in example.row["text"]:
        return exact
    pieces = words.split() if " " in words else list(words)
    for size in range(len(pieces) - 1, 0, -1):
        for start in range(len(pieces) - size + 1):
            piece = (" " if " " in words else "").join(pieces[start : start + size])
            if content_terms(piece) and (size > 1 or piece.isascii()):
                place = find(example.reading, piece)
                if place is not None:
                    return place
    return None


def _tags(example: Example) -> list[str]:
    tags = ["O"] * len(example.reading.tokens)
    for label in example.gold:
        for words, mark in ((label["object"], ""), (label["condition"], "C")):
            place = _place(example, words) if words else None
            if place is not None and all(tag == "O" for tag in tags[place[0] : place[1]]):
                tags[place[0] : place[1]] = [f"B{mark}", *[f"I{mark}"] * (place[1] - place[0] - 1)]
    return tags


class _Unseen:
    """What the rules find, as if their authors had not seen the turn."""

    def __init__(self, told: Sequence[Example], seed: int) -> None:
        self._draw = random.Random(seed)
        self._pool = {
            lang: [e.rules for e in told if e.language == lang and any(c.kind == "preference" for c in e.rules)] for lang in HIDDEN
        }

    def hidden(self, e: Example) -> list[Candidate]:
        return [] if not e.own and e.rules and self._draw.random() < HIDDEN[e.language] else e.rules

    def noisy(self, e: Example) -> list[Candidate]:
        if not e.own and not e.gold and not e.rules and self._draw.random() < MADE_UP[e.language]:
            return self._draw.choice(self._pool[e.language])
        return self.hidden(e)


def fit_clauses(told: Sequence[Example], *, seed: int) -> Linear:
    """Whether a clause states a preference."""
    rows = [(e, shown, stated) for e in told if not e.composed for shown, stated in e.clauses]
    labels = ["yes" if stated else "no" for _, _, stated in rows]
    question = Question("preference", labels, ("no", "yes"), c=5.0, weights=[e.weight for e, _, _ in rows])
    return fit([shown.features for _, shown, _ in rows], [question], seed=seed)


def hear_clauses(told: Sequence[Example], *, seed: int) -> None:
    """Fill in what the clauses of each turn say, by models that did not see it."""
    parts = _parts(told)
    for number, part in enumerate(parts):
        model = fit_clauses([e for other, p in enumerate(parts) if other != number for e in p], seed=seed)
        for e in part:
            e.said = {shown.clause: float(model.scores(shown.features)[0]) for shown, _ in e.clauses}


def fit_head_of(told: Sequence[Example], *, seed: int) -> Head:
    """Units on the bundled embedder's tokens."""
    return fit_head([Told(e.states, e.row, e.weight) for e in told if e.states is not None], seed=seed)


def read_heads(told: Sequence[Example], *, seed: int) -> None:
    """Fill in what a head reads in each turn, by heads that did not see it."""
    parts = _parts(told)
    for number, part in enumerate(parts):
        head = fit_head_of([e for other, p in enumerate(parts) if other != number for e in p], seed=seed)
        for e in part:
            e.shown = shown(head, e)


def shown(head: Head, e: Example) -> dict[str, float]:
    """What a head reads in a turn."""
    return {} if e.states is None else read_features(head.answers, head.units(e.states).tolist())


def fit_words(told: Sequence[Example], *, heads: bool, seed: int, rules: bool = True) -> Linear:
    """Whether a turn holds a preference."""
    told = [e for e in told if not e.composed]
    unseen = _Unseen(told, seed)
    features = [
        {**e.features, **summed(e.said.values()), **(rule_features(unseen.noisy(e)) if rules else {}), **(e.shown if heads else {})}
        for e in told
    ]
    answers = ["yes" if e.gold else "no" for e in told]
    return fit(
        features, [Question("preference", answers, ("no", "yes"), c=3.0 if heads else 12.0, weights=[e.weight for e in told])], seed=seed
    )


def fit_tagger(told: Sequence[Example], *, seed: int) -> Tagger:
    """Objects and conditions, on turns that have some."""
    trainer = pycrfsuite.Trainer(algorithm="lbfgs", verbose=False)
    draw = random.Random(seed)
    for e in told:
        if e.gold and e.reading.tokens and (not e.composed or draw.random() < 0.3):
            trainer.append(token_features(e.reading), _tags(e))
    trainer.set_params({"c1": 0.3, "c2": 0.05, "max_iterations": 100, "feature.possible_transitions": True})
    tagger = pycrfsuite.Tagger()
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "tagger.crf")
        trainer.train(path)
        tagger.open(path)
        info = tagger.info()
        tagger.close()
    places = {tag: place for place, tag in enumerate(TAGS)}
    weights: dict[str, np.ndarray] = {}
    for (feature, tag), value in info.state_features.items():
        weights.setdefault(feature, np.zeros(len(TAGS), dtype=np.float32))[places[tag]] = value
    transitions = np.zeros((len(TAGS), len(TAGS)), dtype=np.float32)
    for (before, after), value in info.transitions.items():
        transitions[places[before], places[after]] = value
    names = sorted(weights)
    model = Linear(
        names, np.array([weights[name] for name in names]), np.zeros(len(TAGS), dtype=np.float32), [Decision("tag", TAGS, "softmax", 0)]
    )
    return Tagger(model, transitions)


@dataclass
class _Object:
    """A labelled object in its place, with what the rules say of it."""

    example: Example
    label: dict[str, Any]
    place: tuple[int, int] | None
    rule: Candidate | None

    @property
    def weight(self) -> float:
        return self.example.weight if not self.example.composed else 0.2


def _objects(told: Sequence[Example], seed: int) -> list[_Object]:
    unseen = _Unseen(told, seed)
    found: list[_Object] = []
    for e in told:
        known = unseen.hidden(e)
        for label in e.gold:
            rule = next((c for c in known if c.kind == "preference" and overlap(c.object, label["object"]) >= 0.5), None)
            found.append(_Object(e, label, _place(e, label["object"]), rule))
    return found


def fit_spans(told: Sequence[Example], *, seed: int) -> Linear:
    """Of which kind a preference is; its sign is asked where the rules are silent, so it is learnt from their silence alone."""
    objects = _objects(told, seed)
    asked = [(o, o.rule) for o in objects] + [(o, None) for o in objects]
    features = [place_features(o.example.reading, o.place, o.label["object"], rule) for o, rule in asked]
    weights = [o.weight / 2 for o, _ in asked]

    def ask(name: str, classes: tuple[str, ...], c: float) -> Question:
        return Question(name, [str(o.label[name]) for o, _ in asked], classes, c=c, weights=weights)

    def yes(name: str, c: float) -> Question:
        return Question(name, ["yes" if o.label[name] else "no" for o, _ in asked], ("no", "yes"), c=c, weights=weights)

    signs = [str(o.label["polarity"]) if rule is None else None for o, rule in asked]
    return fit(
        features,
        [
            Question("polarity", signs, ("avoids", "wants"), c=3.0, weights=weights),
            yes("standing", 0.5),
            yes("lasting", 0.5),
            ask("origin", ("explicit", "implicit"), 0.5),
            ask("strength", ("weak", "normal", "strong"), 0.3),
        ],
        seed=seed,
    )


def fit_slots(told: Sequence[Example], *, seed: int) -> tuple[Linear, Linear]:
    """The slot of a preference: by words, and by what a head reads in its turn."""
    objects = _objects(told, seed)
    slots = tuple(sorted({o.label["slot"] for o in objects}))

    def ask(some: Sequence[_Object], c: float) -> Question:
        return Question("slot", [o.label["slot"] for o in some], slots, c=c, weights=[o.weight for o in some])

    by_words = fit(
        [domain_features(o.example.reading, o.place, o.label["object"], o.rule) for o in objects], [ask(objects, 10.0)], seed=seed
    )
    seen = [o for o in objects if o.example.shown]
    return by_words, fit([o.example.shown for o in seen], [ask(seen, 1.0)], seed=seed)


def _right(e: Example, proposal: Proposal) -> bool:
    words = (
        proposal.rule.object
        if proposal.rule
        else e.row["text"][e.reading.tokens[proposal.place[0]].start : e.reading.tokens[proposal.place[1] - 1].end]
    )  # type: ignore[index]
    return any(overlap(label["object"], words) >= 0.5 for label in e.gold)


def _parts(told: Sequence[Example]) -> list[list[Example]]:
    parts: list[list[Example]] = [[] for _ in range(_FOLDS)]
    draw = random.Random(7)
    homes: dict[str, int] = {}
    for e in told:
        if not e.composed:
            parts[homes.setdefault(family(e.origin), draw.randrange(_FOLDS))].append(e)
    return parts


_NO_SLOT = Linear(
    [], np.zeros((0, 1), dtype=np.float32), np.zeros(1, dtype=np.float32), [Decision("slot", ("some", "other"), "sigmoid", 0)]
)


def fit_accept(told: Sequence[Example], *, seed: int) -> Linear:
    """Whether what rules or the tagger propose is a preference; fitted on proposals for turns that the proposers did not see.

    Each proposal is weighed without a head and with one: where there is none, nothing but the words speaks.
    """
    unseen = _Unseen(told, seed)
    features: list[dict[str, float]] = []
    labels: list[str] = []
    weights: list[float] = []
    parts = _parts(told)
    for number, part in enumerate(parts):
        rest = [e for other, p in enumerate(parts) if other != number for e in p] + [e for e in told if e.composed]
        models = TurnModels(
            clauses=None,  # type: ignore[arg-type]
            alone=None,  # type: ignore[arg-type]
            space="",
            words=fit_words(rest, heads=False, seed=seed),
            shown=fit_words(rest, heads=True, seed=seed),
            head=None,  # type: ignore[arg-type]
            tagger=fit_tagger(rest, seed=seed),
            spans=fit_spans(rest, seed=seed),
            slots=_NO_SLOT,  # says nothing of whether it is one
            domains=_NO_SLOT,
            accept=None,  # type: ignore[arg-type]
        )
        for e in part:
            known = unseen.hidden(e)
            for heard_by_head in ({}, e.shown):
                sure = holds(models, {**e.features, **summed(e.said.values())}, known, heard_by_head)
                if sure < 0.2:
                    continue
                made, _ = proposals(models, e.reading, known, force=sure >= 0.5)
                for proposal in made:
                    features.append(acceptance_features(proposal, e.reading, e.said, heard_by_head, sure, len(made)))
                    labels.append("yes" if _right(e, proposal) else "no")
                    weights.append(e.weight / 2)
    return fit(features, [Question("keep", labels, ("no", "yes"), c=0.3, weights=weights)], seed=seed)


def fit_all(told: Sequence[Example], *, seed: int) -> tuple[TurnModels, Head]:
    """All models of the family, and the head that they read."""
    hear_clauses(told, seed=seed)
    read_heads(told, seed=seed)
    slots, domains = fit_slots(told, seed=seed)
    head = fit_head_of(told, seed=seed)
    return TurnModels(
        clauses=fit_clauses(told, seed=seed),
        alone=fit_words(told, heads=False, rules=False, seed=seed),
        space=LocalEmbedder().fingerprint,
        words=fit_words(told, heads=False, seed=seed),
        shown=fit_words(told, heads=True, seed=seed),
        head=head.answers,
        tagger=fit_tagger(told, seed=seed),
        spans=fit_spans(told, seed=seed),
        slots=slots,
        domains=domains,
        accept=fit_accept(told, seed=seed),
    ), head


def train(*, seed: int) -> dict[str, np.ndarray | bytes]:
    """Fit on all there is: what the models are worth is measured by ``evaluate``, which fits anew without the part kept apart."""
    models, head = fit_all(examples(seed=seed), seed=seed)
    return {**pack(models), "turns.head": head.packed()}


def pack(models: TurnModels) -> dict[str, np.ndarray]:
    """The models as arrays of the data file."""
    arrays: dict[str, np.ndarray] = {}
    for name, model in (
        ("clauses", models.clauses),
        ("alone", models.alone),
        ("words", models.words),
        ("shown", models.shown),
        ("tagger", models.tagger._model),
        ("spans", models.spans),
        ("slots", models.slots),
        ("domains", models.domains),
        ("accept", models.accept),
        ("head", models.head),
    ):
        arrays.update(arrays_of(name, model, least_weight=_LEAST_WEIGHT))
    arrays["tagger/transitions"] = models.tagger._transitions.astype(np.float32)
    arrays["space"] = np.frombuffer(models.space.encode(), dtype=np.uint8)
    return arrays


Found = dict[str, Any]
"""A preference that was found: ``object``, and each answer about it, ``slots`` ranked; ``by`` rules or model."""


def _said(p: Proposal) -> Found:
    def top(question: str) -> str:
        return max(p.answers[question], key=p.answers[question].__getitem__)

    return {
        "by": p.by,
        "polarity": p.rule.polarity if p.rule else top("polarity"),
        "slots": sorted(p.answers["slot"], key=lambda slot: -p.answers["slot"][slot]),
        "standing": top("standing") == "yes",
        "lasting": top("lasting") == "yes",
        "origin": top("origin"),
        "strength": top("strength"),
    }


def decided(models: TurnModels, e: Example, head: Head | None = None, *, rules: bool = True) -> list[Found]:
    """What models, or rules and models, make of a turn, with what a head reads in it or without: as the extractor decides."""
    known = [c for c in e.rules if c.kind == "preference"] if rules else []
    clauses = heard(models, e.reading)
    read = shown(head, e) if head is not None else {}
    features = {**e.features, **summed(clauses.values())}
    sure = holds(models, features, known if rules else None, read)
    borne = max(sure, holds(models, features, known, {})) if rules and known else sure
    return [{"object": _words(e, p), **_said(p)} for p in settled(models, e.reading, known, clauses, sure, read, borne)[0]]


def _words(e: Example, p: Proposal) -> str:
    if p.rule is not None:
        return p.rule.object
    start, end = p.place  # type: ignore[misc]
    return e.row["text"][e.reading.tokens[start].start : e.reading.tokens[end - 1].end]


def by_rules(e: Example) -> list[Found]:
    """The rules alone."""
    wishes = [c for c in e.rules if c.kind == "preference"]
    keys = ("object", "polarity", "standing", "lasting", "origin", "strength")
    return [{"by": "rules", "slots": [c.slot], **{key: getattr(c, key) for key in keys}} for c in wishes]


_KEYS = ("polarity", "slot", "slot2", "standing", "lasting", "origin", "strength")


def _count(e: Example, found: Sequence[Found], count: Counter[str]) -> None:
    plain = e.row["none"] in ("question", "task", "smalltalk")
    count.update(
        gold=bool(e.gold),
        said=bool(found),
        hit=bool(e.gold and found),
        plain=plain,
        alarm=plain and bool(found),
        trap=not e.gold,
        trapped=not e.gold and bool(found),
        made=len(found),
        good=sum(any(overlap(label["object"], f["object"]) >= 0.5 for label in e.gold) for f in found),
    )
    for label in e.gold:
        count["labels"] += 1
        count["jaccard"] += any(jaccard(label["object"], f["object"]) >= 0.5 for f in found)
        near = [f for f in found if overlap(label["object"], f["object"]) >= 0.5]
        if near:
            best = max(near, key=lambda f: (overlap(label["object"], f["object"]), jaccard(label["object"], f["object"])))
            count["found"] += 1
            count["slot"] += best["slots"][0] == label["slot"]
            count["slot2"] += label["slot"] in best["slots"][:2]
            for key in ("polarity", "standing", "lasting", "origin", "strength"):
                count[key] += best[key] == label[key]


def report(name: str, apart: Sequence[Example], run: Callable[[Example], list[Found]]) -> None:
    """Print the figures of one way to decide, by language."""
    for language in ("en", "zh"):
        some = [e for e in apart if e.language == language]
        count: Counter[str] = Counter()
        for e in some:
            _count(e, run(e), count)

        def share(a: str, b: str, count: Counter[str] = count) -> str:
            return f"{count[a] / max(1, count[b]):.3f}"

        f1 = 2 * count["hit"] / max(1, count["said"] + count["gold"])
        print(
            f"{name:12} {language} {len(some):4} | turn P {share('hit', 'said')} R {share('hit', 'gold')} F1 {f1:.3f}"
            f" | alarms: plain {count['alarm']}/{count['plain']}, all {count['trapped']}/{count['trap']}"
            f" | object {share('found', 'labels')} ({share('jaccard', 'labels')}) precision {share('good', 'made')} | "
            + " ".join(f"{key} {share(key, 'found')}" for key in _KEYS),
            flush=True,
        )


def evaluate(*, seed: int) -> None:
    """Print how rules, models and both do on the part kept apart: of the corpus, and of what was written for training."""
    every = examples(seed=seed)
    models, head = fit_all([e for e in every if not e.apart], seed=seed)
    apart = [e for e in every if e.apart]
    for title, some in (
        ("corpus", [e for e in apart if not e.own]),
        ("fresh", [e for e in apart if e.own and not e.joined]),
        ("in one breath with a fact or other talk", [e for e in apart if e.joined]),
    ):
        print(f"--- {title}")
        report("rules", some, by_rules)
        report("models", some, lambda e: decided(models, e, rules=False))
        report("both", some, lambda e: decided(models, e))
        report("both+head", some, lambda e: decided(models, e, head))
