"""What rules and the tagger propose of a turn: objects in their places, with what the models answer about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from ..candidates import Candidate
from ..rules import names_a_thing, slot_scores
from ..text import split_sentences
from ._models import TurnModels
from ._objects import EDGES, carrying
from ._reading import Reading, find
from ._showing import offer_features, slot_features, span_features, token_features
from ._tagger import Span

__all__ = ["BIAS", "Proposal", "domain_features", "place_features", "proposals", "top", "with_slots", "words_at"]

BIAS = 1.5
"""Taken from the tagger's score of "outside": it was learnt on words most of which are."""
_OF_ANSWERS = 0.7  # probability from which what sounds like a thing in the world is one of answers (below it one in four is)
_NO_PLACE = 0.4  # what the slot "other" counts: a place found is worth more than none
_LIMIT_WORDS = (
    "when if whenever while unless except for in at on with after before during as where from by to since until 当 如 除 在 每 要 只 从"
)
_LIMITS = frozenset(_LIMIT_WORDS.split())
_POINT_WORDS = (
    "it them they that this those these there so him her me you 它 他 她 它们"
    " first second third last one ones former latter option both either 第 一 二 三 四 个 那 这 款 种 版 前 后 你 定"
)
_POINTS = frozenset(_POINT_WORDS.split())


class Proposal(NamedTuple):
    """A preference that rules or the tagger propose.

    Attributes:
        rule: The rules' candidate, if they propose it.
        span: The tagger's object, if it proposes it.
        place: Tokens of the object; None: it stands in what was offered.
        features: Of its place.
        answers: Probability of each answer to each question about it; of its ``slot`` once that has been asked (``with_slots``).
    """

    rule: Candidate | None
    span: Span | None
    place: tuple[int, int] | None
    features: Mapping[str, float]
    answers: Mapping[str, Mapping[str, float]]

    @property
    def by(self) -> Literal["rules", "model"]:
        """Who proposes it."""
        return "model" if self.rule is None else "rules"


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


def top(answers: Mapping[str, float]) -> str:
    """The likeliest of some answers."""
    return max(answers, key=answers.__getitem__)


def words_at(reading: Reading, place: tuple[int, int]) -> str:
    """The words of a turn at a place, verbatim."""
    return reading.text[reading.tokens[place[0]].start : reading.tokens[place[1] - 1].end]


def _proposal(reading: Reading, rule: Candidate | None, span: Span | None, place: tuple[int, int] | None, words: str) -> Proposal:
    return Proposal(rule, span, place, place_features(reading, place, words, rule), {})


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
    if not names_a_thing(words_at(reading, place), reading.text[start:end]):
        return answers
    return {slot: 0.0 if slot.startswith("answers.") else value / (1 - share) for slot, value in answers.items()}


def _slots(models: TurnModels, shown: Mapping[str, float], beside: Mapping[str, float]) -> Mapping[str, float]:
    """Probability of each slot by words, and by what the head reads in the turn where it was asked: the one times the other."""
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
) -> tuple[list[Proposal], list[Span]]:
    """What rules and the tagger propose of a turn, each object once, and the conditions that the tagger sees.

    Args:
        models: The models.
        reading: The turn.
        found: What the rules found in it.
        force: The turn holds a preference: find an object, if only a doubtful one.
        bias: See ``BIAS``.
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
            made.append(_proposal(reading, None, span, place, words_at(reading, place)))
    answered = [p._replace(answers=models.spans.probabilities(p.features)) for p in made]
    return answered, [span for span in spans if span.kind == "condition"]


def with_slots(models: TurnModels, reading: Reading, kept: Sequence[Proposal], read: Mapping[str, float]) -> list[Proposal]:
    """The proposals with their slots, which nobody asks of those that are dropped.

    Args:
        models: The models.
        reading: The turn.
        kept: What is kept of its proposals.
        read: What the head reads in the turn (``read_features``), if it was asked.
    """
    beside = models.domains.probabilities(read)["slot"] if read and kept else {}
    found: list[Proposal] = []
    for p in kept:
        words = p.rule.object if p.rule is not None else words_at(reading, p.place) if p.place is not None else ""
        slots = _slots(models, domain_features(reading, p.place, words, p.rule), beside)
        found.append(p._replace(answers={**p.answers, "slot": _in_the_world(p, reading, slots)}))
    return found
