"""Extraction by rules and small models that vote: no LLM, no key, no network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from ...types import Origin, Polarity, Strength
from ..candidates import Candidate, Turn
from ..cases import of_a_question
from ..in_hand import NO_WORK, InHand
from ..rules import RuleExtractor, said_once, said_politely, states_among
from ..rules._common import QUOTED, mask, spoken
from ..slots import domain, is_safety, stands_ordered
from ..tasks import said_beside_a_task
from ..text import Language, has_cjk, normalise, split_sentences
from ._deciding import GUARDS, settled
from ._models import TurnModels, heard, holds, read_features, silent, summed, turn_models
from ._owned import adds, evidence, is_named, is_own, said_at
from ._proposing import Proposal, top
from ._reading import Reading, read
from ._showing import turn_features
from ._tagger import Span
from ._told import without_facts
from ._wording import worded

__all__ = ["VotingExtractor"]

_WORTH = 0.12  # probability of a preference from which the head is worth its cost: it tells the slot as well
_STANDING = ("answers", "health", "access", "beliefs")  # domains of slots
_ORDERED = re.compile(r"(?i)\b(?:please|from now on|in future)\b|请(?![假客教问])|以后|从现在起|千万|不许|不准")


class VotingExtractor:
    """Rules and models propose, models weigh what both say. Pure; safe to share between threads.

    A preference is kept where the turn holds one: by words, by what the rules found, and by what a head of the models' own reads in
    the bundled embedder's tokens of the turn, where it was asked (``Turn.units``). What the models are sure is none is dropped,
    though a rule proposes it; where the rules are silent, the models' own finding counts. Facts, events and choices are the rules'.
    """

    def __init__(self, rules: RuleExtractor | None = None) -> None:
        """Vote on what these rules propose.

        Args:
            rules: The rules; the package's own if None.
        """
        self._rules = rules or RuleExtractor()

    def uncertain(self, turns: Sequence[Turn], space: str | None) -> list[str]:
        """Turns (ids of their episodes) that may hold a preference, if the head reads the tokens of that space."""
        models = turn_models()
        if space is None or not models.reads(space):
            return []
        ruled = {c.episode for c in self._rules.extract(turns) if c.kind == "preference"}  # words may doubt what a head bears out
        doubtful: list[str] = []
        for said in spoken(turns):
            turn = turns[said.place]
            if turn.units is None:
                reading = read(turn.text, said.before)
                sure = holds(models, {**turn_features(reading), **summed(heard(models, reading).values())}, None, {})
                if sure >= _WORTH or turn.episode in ruled:
                    doubtful.append(turn.episode)
        return doubtful

    def extract(self, turns: Sequence[Turn]) -> list[Candidate]:
        """Candidates of the learnable turns, in order of turn and position."""
        by_turn: dict[str, list[Candidate]] = {}
        for candidate in self._rules.extract(turns):
            by_turn.setdefault(candidate.episode, []).append(candidate)
        models = turn_models()
        for said in spoken(turns):
            turn = turns[said.place]
            found = by_turn.get(turn.episode, [])
            voted = _voted(models, turn, said.before, found, said.hand)
            by_turn[turn.episode] = [*voted, *_beside(models, turn, found, voted)]
        return [candidate for turn in turns for candidate in by_turn.get(turn.episode, [])]


def _voted(models: TurnModels, turn: Turn, before: str, found: list[Candidate], hand: InHand = NO_WORK) -> list[Candidate]:
    """What is kept of a turn. States that guard the user are put to no vote: what they are is plain, their neglect does harm."""
    states = states_among(turn, found)
    reading = read(without_facts(turn.text, found), before)._replace(text=turn.text)
    clauses = heard(models, reading)
    if silent(clauses) and all(c.kind != "preference" for c in found):
        return _in_order(turn, found)
    shown = read_features(models.head, turn.units)
    features = {**turn_features(reading), **summed(clauses.values())}
    sure = holds(models, features, found, shown)
    borne = max(sure, holds(models, features, found, {})) if shown and found else sure
    others = [c for c in found if c.kind != "preference" or c in states]
    wishes = [c for c in found if c.kind == "preference" and c not in states]
    kept, conditions = settled(models, reading, [*wishes, *states], clauses, sure, shown, borne)
    kept = [p for p in kept if p.rule is None or p.rule not in states]
    implied = [c.quote for c in wishes if c.origin == "implicit"]
    ruled = [p.rule for p in kept if p.rule is not None]
    known = [normalise(state.object) for state in states]
    kept = [p for p in kept if p.place is None or not is_named(said_at(reading, p.place), known)]
    heard_so = sure if shown else 0.0
    if before.rstrip().endswith(("?", "？")):  # what an answer shows is for the rules to read: "yellow" may be of a light
        kept = [p for p in kept if p.rule is not None or top(p.answers["origin"]) == "explicit"]
    own = [p for p in kept if p.rule is not None or (adds(reading, p, ruled) and is_own(turn, reading, p, implied, hand, heard_so))]
    found_own = [_candidate(turn, reading, proposal, conditions) for proposal in own]
    candidates = [*(c for c in found_own if c.by == "rules" or not said_politely(c.quote)), *others]
    if any(c.by == "rules" and c.origin == "implicit" for c in candidates):  # what else is said beside a choice is stated
        candidates = [c.model_copy(update={"origin": "explicit"}) if c.by == "model" else c for c in candidates]
    return _in_order(turn, candidates)


def _in_order(turn: Turn, candidates: Sequence[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: (turn.text.find(c.quote), turn.text.find(c.object) if c.kind == "preference" else 0))


def _beside(models: TurnModels, turn: Turn, found: Sequence[Candidate], voted: Sequence[Candidate]) -> list[Candidate]:
    """What is said of all times beside a task, read for itself: in the whole turn the task drowns it."""
    words = said_beside_a_task(turn.text)
    if words is None:
        return []
    masked = mask(turn.text)
    words = "".join(own if masked[place] != QUOTED else " " for place, own in enumerate(words))
    aside = turn.model_copy(update={"text": words, "units": None})
    ruled = [c for c in found if c.kind == "preference" and c.quote in words]
    known = [normalise(c.object) for c in voted if c.kind == "preference"]
    return [c for c in _voted(models, aside, "", ruled) if not is_named(normalise(c.object), known)]


def _candidate(turn: Turn, reading: Reading, proposal: Proposal, conditions: Sequence[Span]) -> Candidate:
    answers = proposal.answers
    slot = top(answers["slot"])
    lasting = top(answers["lasting"]) == "yes"
    standing = top(answers["standing"]) == "yes" and lasting
    if proposal.rule is not None:
        rule = proposal.rule
        special = rule.slot in GUARDS or rule.slot == "answers.address"
        if slot.startswith("answers.") and not (standing or rule.standing or rule.slot.startswith("answers.")):
            slot = rule.slot  # what is no order is about no answer
        elif not slot.startswith("answers.") and (
            (rule.standing and rule.slot.startswith("answers.")) or (rule.slot == "other" and of_a_question(rule.condition or ""))
        ):
            slot = top({name: share for name, share in answers["slot"].items() if name.startswith("answers.")})
        waits = not (rule.condition or stands_ordered(slot) or is_safety(slot, rule.quote))  # for a request of its kind
        ordered = rule.standing and rule.lasting and not waits
        limited = rule.condition is not None and not (
            rule.standing or slot.startswith("answers.")
        )  # "the hotel for granddad": no order for every answer
        standing = (standing and not limited and _may_stand(slot, rule.quote)) or ordered
        return rule.model_copy(update={} if special else {"slot": slot, "standing": standing})
    assert proposal.place is not None  # the models propose only what stands in the turn
    start, end = (reading.tokens[proposal.place[0]].start, reading.tokens[proposal.place[1] - 1].end)
    obj = turn.text[start:end]
    quote, clause = evidence(turn.text, reading, proposal.place)
    lasting = lasting and not said_once(quote)
    polarity = cast("Polarity", top(answers["polarity"]))
    if polarity == "wants" and slot == "health.allergy":  # nobody wants one
        slot = top({name: share for name, share in answers["slot"].items() if name != slot})
    standing = standing and _may_stand(slot, quote)
    origin = "explicit" if _ORDERED.search(quote) else cast("Origin", top(answers["origin"]))
    language: Language = "zh" if has_cjk(clause) else "en"
    text, directive = worded(language, clause, obj, polarity, slot, standing=standing and lasting)
    return Candidate(
        kind="preference",
        episode=turn.episode,
        quote=quote,
        language=language,
        text=text,
        slot=slot,
        polarity=polarity,
        object=obj,
        strength=cast("Strength", top(answers["strength"])),
        origin=origin,
        condition=_condition(turn.text, reading, proposal.place, conditions),
        standing=standing and lasting,
        lasting=lasting,
        directive=directive,
        by="model",
    )


def _may_stand(slot: str, quote: str) -> bool:
    """Whether a preference of a slot may hold whatever is asked: orders about answers, and what guards the user. A taste does not."""
    return domain(slot) in _STANDING or slot == "food.diet" or is_safety(slot, quote)


def _condition(text: str, reading: Reading, place: tuple[int, int], conditions: Sequence[Span]) -> str | None:
    """The condition nearest to an object in its sentence; one that opens the turn holds for all of it."""
    tokens = reading.tokens
    spans = split_sentences(text)

    def sentence(at: int) -> int:
        return next((number for number, (a, b) in enumerate(spans) if a <= at < b), -1)

    own = sentence(tokens[place[0]].start)
    near = [span for span in conditions if sentence(tokens[span.start].start) == own and not place[0] <= span.start < place[1]]
    if not near:
        return None
    best = min(near, key=lambda span: abs(span.start - place[0]))
    words = text[tokens[best.start].start : tokens[best.end - 1].end].strip()
    return words if len(normalise(words)) > 1 else None
