"""What the models say of a turn: whether it holds a preference, of what, and of which kind."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from ..candidates import Candidate
from ..rules import names_a_thing, slot_scores
from ..text import split_sentences
from ._linear import Linear, arrays_of, load
from ._objects import EDGES, carrying, is_object
from ._reading import Reading, clause_features, find, offer_features, slot_features, span_features, token_features
from ._tagger import Span, Tagger, load_tagger

__all__ = [
    "BIAS",
    "Proposal",
    "TurnModels",
    "acceptance_features",
    "domain_features",
    "heard",
    "holds",
    "place_features",
    "proposals",
    "rule_features",
    "summed",
    "turn_models",
]

BIAS = 1.5
"""Taken from the tagger's score of "outside": it was learnt on words most of which are."""
GUARDS = ("health.allergy", "health.condition", "access.needs")
"""Slots whose neglect does harm: the rules' finding is kept in doubt."""
_HOLDS = 0.5  # probability from which a turn is taken to hold a preference
_ALONE = 0.7  # and from which it is where the rules are silent: a wrong preference harms more than a missed one
_ALONE_BY_WORDS = 0.8  # the same without a vector: words alone take many a request, or a remark, for a wish
_SHOWN = 0.93  # and from which it is where nothing is stated
_KEEP = 0.35  # and from which a proposal is kept; the best one of such a turn always is
_KEEP_BESIDE = 0.5  # and from which it is beside what the rules found
_KEEP_BESIDE_BY_WORDS = 0.7  # the same without a vector
_DOUBTED = 0.25  # below it (plain "I hate X" stands near .3) a turn holds none, though the rules found one
_UNHEARD = 0.02  # below it not even what is plainly said: "I love my mum" is no wish
_SURE_NOT = 0.15  # below it not even what guards the user; what was chosen or shown is for the rules to say
_KEEP_RULE = 0.2  # a proposal of the rules is kept from here
_OF_ANSWERS = 0.7  # probability from which what sounds like a thing in the world is one of answers (below it one in four is)
_NO_PLACE = 0.4  # what the slot "other" counts: a place found is worth more than none
_MOST = 8  # preferences of one turn that only the models see
_COUNTED = 3
_PLAIN = re.compile(
    r"\W*(?:(?:and|but|also|oh|well|yes|personally|honestly|by the way|btw),? )*i"
    r"(?: (?:really|also|just|do|absolutely|quite|so|truly|still|[a-z]{3,12}ly))*"
    r"(?: (?:don['’]t|do not|never|can['’]t|cannot)(?: really| particularly)?)?"
    r" (?:like|love|enjoy|adore|prefer|hate(?! to\b)|dislike|detest|loathe|despise|avoid|stand)"
    r" (?!it\b|th(?:is|at|ese|ose|em)\b|you|when\b|how\b|what\b|h(?:im|er)\b|my (?:mum|mom|mother|dad|father|wife|husband|kids?|family)\b)"
    r"|\W*(?:另外|对了|其实|还有|不过|说实话)?[，,]?我(?:也|还|很|最|超|真|就|一直|从小|平时|特别|非常|真的)*(?:不太|不)?"
    r"(?:喜欢|爱|讨厌|偏爱|更喜欢)(?![你您他她它这那])",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"(?i)\W*(?:please,? )?(?:always|never|from now on|in future|every time)\b|\W*请?(?:总是|永远|每次|从来|以后|从现在起|任何时候)"
)
_EVERY_ANSWER = re.compile(
    r"(?i)\byour (?:answers|replies|responses|messages|explanations|summaries)\b"
    r"|\b(?:reply|answer|respond|speak|talk|write)(?: to me| back)? in\b"
)
_LIMIT_WORDS = (
    "when if whenever while unless except for in at on with after before during as where from by to since until 当 如 除 在 每 要 只 从"
)
_LIMITS = frozenset(_LIMIT_WORDS.split())
_TURN_WORDS = "but not no never without over than instead rather nor except don't 不 没 别 而 比 但 无 除 非"
_TURNS = frozenset(_TURN_WORDS.split())
_POINT_WORDS = (
    "it them they that this those these there so him her me you 它 他 她 它们"
    " first second third last one ones former latter option both either 第 一 二 三 四 个 那 这 款 种 版 前 后 你 定"
)
_POINTS = frozenset(_POINT_WORDS.split())


@dataclass(frozen=True, slots=True)
class TurnModels:
    """The models of the family ``turns``.

    Attributes:
        clauses: ``preference``, from one clause in its turn.
        alone: ``preference``, from the turn only.
        words: The same with what the rules found.
        vectors: And with the bundled embedder's vector of the turn.
        tagger: Objects and conditions.
        spans: ``polarity``, ``standing``, ``lasting``, ``origin``, ``strength`` of an object in its place.
        slots: ``slot`` of it, by words.
        domains: ``slot`` by the bundled embedder's vector of the turn.
        accept: ``keep``: whether what was proposed is a preference.
        space: The embedder whose vectors they read.
    """

    clauses: Linear
    alone: Linear
    words: Linear
    vectors: Linear
    tagger: Tagger
    spans: Linear
    slots: Linear
    domains: Linear
    accept: Linear
    space: str

    def reads(self, space: str) -> bool:
        """Whether vectors of a space (an embedder's fingerprint) mean to the models what they were learnt on."""
        return _release(space) == _release(self.space)


def _release(fingerprint: str) -> str:
    """Name and minor version of an embedder: a patch leaves its vectors as they are."""
    return fingerprint.partition("/")[0].rpartition(".")[0]


class Proposal(NamedTuple):
    """A preference that rules or the tagger propose.

    Attributes:
        rule: The rules' candidate, if they propose it.
        span: The tagger's object, if it proposes it.
        place: Tokens of the object; None: it stands in what was offered.
        features: Of its place.
        domain: What tells its slot.
        answers: Probability of each answer to each question about it.
    """

    rule: Candidate | None
    span: Span | None
    place: tuple[int, int] | None
    features: Mapping[str, float]
    domain: Mapping[str, float]
    answers: Mapping[str, Mapping[str, float]]

    @property
    def by(self) -> Literal["rules", "model"]:
        """Who proposes it."""
        return "model" if self.rule is None else "rules"


@lru_cache(maxsize=1)
def turn_models() -> TurnModels:
    """Those that the package carries."""
    models = load("turns")
    return TurnModels(
        clauses=models["clauses"],
        alone=models["alone"],
        words=models["words"],
        vectors=models["vectors"],
        tagger=load_tagger("turns"),
        spans=models["spans"],
        slots=models["slots"],
        domains=models["domains"],
        accept=models["accept"],
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


def holds(
    models: TurnModels, features: Mapping[str, float], found: Sequence[Candidate] | None, vector: Sequence[float] | None = None
) -> float:
    """Probability that a turn holds a preference.

    Args:
        models: The models.
        features: ``turn_features`` of the turn, and what its clauses say, ``summed``.
        found: What the rules found in it; None: nobody asked them.
        vector: The bundled embedder's vector of it, of unit length.
    """
    if found is None:
        return models.alone.probabilities(features)["preference"]["yes"]
    model = models.words if vector is None else models.vectors
    return model.probabilities({**features, **rule_features(found)}, vector)["preference"]["yes"]


def _rule_answers(rule: Candidate | None) -> dict[str, float]:
    if rule is None:
        return {"by:model": 1.0}
    return {
        f"rule:{rule.polarity}": 1.5,
        f"rule:standing={rule.standing}": 1.0,
        f"rule:lasting={rule.lasting}": 1.0,
        f"rule:{rule.origin}": 1.0,
        f"rule:{rule.strength}": 1.0,
        f"rule:slot={rule.slot}": 1.0,
    }


def place_features(reading: Reading, place: tuple[int, int] | None, words: str, rule: Candidate | None) -> dict[str, float]:
    """What a proposed object shows in its place, and what the rules say of it."""
    features = {**(offer_features(reading, words) if place is None else span_features(reading, *place)), **_rule_answers(rule)}
    for slot, score in slot_scores(words[:200]).items():
        features[f"slot:{slot}"] = min(1.0, score)
        features[f"slot.{slot.partition('.')[0]}"] = 0.7
    return features


def domain_features(reading: Reading, place: tuple[int, int] | None, words: str, rule: Candidate | None) -> dict[str, float]:
    """What tells the slot of a proposed object."""
    features = slot_features(reading, place, words)
    if rule is not None:
        features[f"rule:slot={rule.slot}"] = 1.0
    return features


def _words(reading: Reading, place: tuple[int, int]) -> str:
    return reading.text[reading.tokens[place[0]].start : reading.tokens[place[1] - 1].end]


def _proposal(reading: Reading, rule: Candidate | None, span: Span | None, place: tuple[int, int] | None, words: str) -> Proposal:
    return Proposal(rule, span, place, place_features(reading, place, words, rule), domain_features(reading, place, words, rule), {})


def _points(reading: Reading, place: tuple[int, int], *, offered: bool) -> bool:
    """Whether an object only points at what the assistant offered, or takes up its words: a choice is for the rules to read."""
    known = {token.form for token in reading.before} if offered else frozenset[str]()
    own = [token.form for token in reading.tokens[place[0] : place[1]] if token.form[0].isalnum() and token.form not in EDGES]
    return all(form in _POINTS or form in known for form in own)


def _in_the_world(proposal: Proposal, reading: Reading, answers: Mapping[str, float]) -> Mapping[str, float]:
    """Slots without those of answers, where these are in doubt and the words name a thing in the world: an answer stands everywhere."""
    share = sum(value for slot, value in answers.items() if slot.startswith("answers."))
    rule, place = proposal.rule, proposal.place
    if place is None or share >= _OF_ANSWERS or (rule is not None and rule.slot.startswith("answers.")):
        return answers
    if not max(answers, key=answers.__getitem__).startswith("answers."):
        return answers
    at = reading.tokens[place[0]].start
    spans = split_sentences(reading.text)
    start, end = next(((a, b) for a, b in spans if a <= at < b), (0, len(reading.text)))
    if not names_a_thing(_words(reading, place), reading.text[start:end]):
        return answers
    return {slot: 0.0 if slot.startswith("answers.") else value / (1 - share) for slot, value in answers.items()}


def _slots(models: TurnModels, shown: Mapping[str, float], beside: Mapping[str, float]) -> Mapping[str, float]:
    """Probability of each slot by words, and by the turn's vector where there is one: the one times the other."""
    answers = models.slots.probabilities(shown)["slot"]
    answers["other"] = answers.get("other", 0.0) * _NO_PLACE
    if beside:
        both = {slot: share * beside.get(slot, 0.0) for slot, share in answers.items()}
        total = sum(both.values()) or 1.0
        answers = {slot: share / total for slot, share in both.items()}
    return answers


def proposals(
    models: TurnModels,
    reading: Reading,
    found: Sequence[Candidate],
    *,
    force: bool,
    bias: float = BIAS,
    vector: Sequence[float] | None = None,
) -> tuple[list[Proposal], list[Span]]:
    """What rules and the tagger propose of a turn, each object once, and the conditions that the tagger sees.

    Args:
        models: The models.
        reading: The turn.
        found: What the rules found in it.
        force: The turn holds a preference: find an object, if only a doubtful one.
        bias: See ``BIAS``.
        vector: The bundled embedder's vector of the turn.
    """
    rules = [(c, find(reading, c.object)) for c in found if c.kind == "preference"]
    spans = models.tagger.spans(token_features(reading), bias=bias, force=force and not rules)
    objects = [(span, carrying(reading, span.start, span.end)) for span in spans if span.kind == "object"]
    if force and not rules and all(place is None for _, place in objects):  # "curtains drawn at night, always": taken for a condition
        objects = [(span, carrying(reading, span.start, span.end)) for span in spans if reading.tokens[span.start].form not in _LIMITS]
    chosen = any(rule.origin == "implicit" for rule, _ in rules)
    made: list[Proposal] = []
    taken: list[tuple[int, int]] = []
    for rule, place in rules:
        near = next((s for s, _ in objects if place is not None and s.start < place[1] and s.end > place[0]), None)
        if place is not None:
            taken.append(place)
        made.append(_proposal(reading, rule, near, place, rule.object))
    for span, place in objects:
        if (
            place is not None
            and not any(place[0] < end and place[1] > start for start, end in taken)
            and not _points(reading, place, offered=chosen)
        ):
            made.append(_proposal(reading, None, span, place, _words(reading, place)))
    beside = models.domains.probabilities({}, vector)["slot"] if vector is not None and made else {}
    answered = [
        p._replace(answers={**models.spans.probabilities(p.features), "slot": _in_the_world(p, reading, _slots(models, p.domain, beside))})
        for p in made
    ]
    return answered, [span for span in spans if span.kind == "condition"]


def acceptance_features(proposal: Proposal, reading: Reading, clauses: Mapping[int, float], sure: float, count: int) -> dict[str, float]:
    """What speaks for a proposal: who makes it, how sure the tagger and the turn are, what stands around it.

    Args:
        proposal: The proposal.
        reading: The turn.
        clauses: What its clauses say, by number.
        sure: Probability that the turn holds a preference.
        count: How many proposals the turn has.
    """
    features = {f"{name[:2]}{name[2:]}": value * 0.5 for name, value in proposal.features.items() if name[0] in "lro" and ":" in name}
    rule, span = proposal.rule, proposal.span
    features[f"by:{proposal.by}{'+' if rule and span else ''}"] = 1.0
    features["sure"] = 2 * sure
    if proposal.place is not None:
        said = clauses.get(reading.tokens[proposal.place[0]].clause, -4.0)
        features["clause"] = max(-4.0, min(4.0, said)) / 2
        features["most said" if said >= max(clauses.values(), default=0.0) else "less said"] = 1.0
    features["margin"] = max(-3.0, min(3.0, span.margin)) / 2 if span else 0.0
    features[f"count={min(count, 4)}"] = 0.5
    if rule is not None:
        features[f"rule:{rule.origin}"] = 0.5
        features[f"rule:{rule.strength}"] = 0.5
    for name in ("polarity", "standing", "origin"):
        best = max(proposal.answers[name], key=proposal.answers[name].__getitem__) if proposal.answers else ""
        features[f"{name}={best}"] = 0.3
    return features


def settled(
    models: TurnModels,
    reading: Reading,
    found: Sequence[Candidate],
    clauses: Mapping[int, float],
    sure: float,
    vector: Sequence[float] | None = None,
) -> tuple[list[Proposal], list[Span]]:
    """What is kept of what rules and models propose, and the conditions in the turn.

    Args:
        models: The models.
        reading: The turn.
        found: The preferences that the rules found in it.
        clauses: What its clauses say (``heard``).
        sure: Probability that it holds one.
        vector: The bundled embedder's vector of the turn.
    """
    if sure < _DOUBTED:
        found = [c for c in found if c.origin == "implicit" or sure >= _bar(c)]
    sound = [c for c in found if is_object(c.object) or c.slot in GUARDS or c.origin == "implicit"]
    alone, beside = (_ALONE_BY_WORDS, _KEEP_BESIDE_BY_WORDS) if vector is None else (_ALONE, _KEEP_BESIDE)
    if not sound and sure < (_HOLDS if found else alone):
        return [], []
    found = sound
    made, conditions = proposals(models, reading, found, force=True, vector=vector)
    if sure < _HOLDS:
        made = [p for p in made if p.rule is not None]
    scored = [(models.accept.probabilities(acceptance_features(p, reading, clauses, sure, len(made)))["keep"]["yes"], p) for p in made]
    firsts = [score for score, p in scored if p.rule is not None] or [score for score, _ in scored]
    best = max(firsts, default=0.0)  # what the rules find best stands, whatever the tagger sees beside it
    kept: list[Proposal] = []
    own = 0
    for score, proposal in sorted(scored, key=lambda pair: -pair[0]):
        rule = proposal.rule
        if not found and sure < _SHOWN and proposal.answers["origin"]["implicit"] > 0.5:
            continue
        if rule is not None:
            if score >= _KEEP_RULE or score == best or _firm(rule):
                kept.append(proposal)
        elif own < _MOST and (score >= (beside if found else _KEEP) or (score == best and not found)):
            own += 1
            kept.append(_as_beside(reading, proposal, kept))
    return kept, conditions


def _plain(rule: Candidate) -> bool:
    """Whether the user says in so many words what they like or not: the models saw few turns that say nothing else, and doubt them."""
    if rule.certain:
        return True
    if (
        rule.standing
        and rule.slot.startswith(("answers.", "work.writing"))
        and (rule.condition or _FOR_GOOD.match(rule.quote) or _EVERY_ANSWER.search(rule.quote))
    ):
        return True  # an order about every answer that says so itself, or names its case
    return rule.lasting and _PLAIN.match(rule.quote) is not None


def _as_beside(reading: Reading, proposal: Proposal, kept: Sequence[Proposal]) -> Proposal:
    """The proposal with the sign of what the rules found in the same clause, if no word between the two turns it."""
    for other in kept:
        if other.rule is None or other.place is None or proposal.place is None or other.rule.origin == "implicit":
            continue
        first, last = sorted((other.place, proposal.place))
        between = reading.tokens[first[1] : last[0]]
        if reading.tokens[first[0]].clause == reading.tokens[last[0]].clause and not any(token.form in _TURNS for token in between):
            sign = {"wants": 0.0, "avoids": 0.0, other.rule.polarity: 1.0}
            return proposal._replace(answers={**proposal.answers, "polarity": sign})
    return proposal


def _bar(rule: Candidate) -> float:
    """Probability of a preference in the turn below which a candidate of the rules is dropped."""
    if _plain(rule):
        return _UNHEARD
    return _SURE_NOT if rule.slot in GUARDS else _DOUBTED


def _firm(rule: Candidate) -> bool:
    """A candidate of the rules that guards the user, is certain, or that a choice or a habit shows: words of the turn say little of it."""
    return rule.slot in GUARDS or rule.origin == "implicit" or rule.certain
