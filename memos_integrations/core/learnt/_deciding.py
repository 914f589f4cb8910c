"""Which of what rules and models propose is kept: each proposal is voted on, with all that is known of its turn."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ..candidates import Candidate
from ._models import TurnModels
from ._objects import is_object
from ._proposing import Proposal, proposals, top, with_slots
from ._reading import Reading
from ._tagger import Span

__all__ = ["GUARDS", "acceptance_features", "settled"]

GUARDS = ("health.allergy", "health.condition", "access.needs")
"""Slots whose neglect does harm: the rules' finding is kept in doubt."""
_HOLDS = 0.5  # probability from which a turn is taken to hold a preference
_ALONE = 0.65  # and from which it is where the rules are silent: a wrong preference harms more than a missed one
_ALONE_BY_WORDS = 0.75  # the same without a head: words alone take many a request, or a remark, for a wish
_SHOWN = 0.93  # and from which it is where nothing is stated
_KEEP = 0.35  # and from which a proposal is kept; the best one of such a turn always is
_KEEP_BESIDE = 0.5  # and from which it is beside what the rules found
_KEEP_BESIDE_BY_WORDS = 0.7  # the same without a head
_DOUBTED = 0.25  # below it (plain "I hate X" stands near .3) a turn holds none, though the rules found one
_UNHEARD = 0.02  # below it not even what is plainly said: "I love my mum" is no wish
_SURE_NOT = 0.15  # below it not even what guards the user; what was chosen or shown is for the rules to say
_KEEP_RULE = 0.2  # a proposal of the rules is kept from here
_MOST = 8  # preferences of one turn that only the models see
_PLAIN = re.compile(
    r"\W*(?:(?:and|but|also|oh|well|yes|personally|honestly|by the way|btw),? )*i"
    r"(?: (?:really|also|just|do|absolutely|quite|so|truly|still|[a-z]{3,12}ly))*"
    r"(?: (?:don['’]t|do not|never|can['’]t|cannot)(?: really| particularly)?)?"
    r" (?:like|love|enjoy|adore|prefer|hate(?! to\b)|dislike|detest|loathe|despise|avoid|stand)"
    r" (?!it\b|th(?:is|at|ese|ose|em)\b|you|when\b|how\b|what\b|h(?:im|er)\b|my (?:mum|mom|mother|dad|father|wife|husband|kids?|family)\b)"
    r"|\W*(?:(?:and|but|also|oh|well|yes),? )*i (?:always|never|only ever) "
    r"(?!had\b|went\b|got\b|know\b|knew\b|get\b|forget\b|have\b|[a-z]+ed\b)"
    r"|\W*(?:另外|对了|其实|还有|不过|说实话)?[，,]?我(?:也|还|很|最|超|真|就|一直|从小|平时|特别|非常|真的)*(?:不太|不)?"
    r"(?:喜欢|爱|讨厌|偏爱|更喜欢)(?![你您他她它这那])|\W*(?:现在|最近)?最(?:喜欢|爱).{0,1}的.{0,6}(?<!不)是",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"(?i)\W*(?:(?:please|and|so|ok|could you|can you|would you),? )*(?:always|never|from now on|in future|every time|stop|quit|no more)\b"
    r"|\W*(?:请|拜托|麻烦|你|能不能|可以)*(?:总是|永远|每次|从来|以后|从现在起|任何时候|(?:别|不要)(?:再|老|总|每次|一上来|动不动|张口|开口|时不时))"
)
_FOR_A_CASE = re.compile(  # "At the theatre I want the balcony": of all times, where no time is named
    r"(?i)(?!.*\b(?:this|that|next|last|tonight|tomorrow|today|now|my|our|january|february|march|april|may|june|july|august|september|october"
    r"|november|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|.*\d)(?:at|in|on|for|with|when(?:ever)?|if|before|after|during) "
)
_OWN_WAY = re.compile(
    r"(?i)\W*i(?: (?:always|only|just|really|usually|mostly|generally))?(?:['’]d)? (?:want|need|like|take|prefer|sit|ask for|choose)\b"
)
_EVERY_ANSWER = re.compile(
    r"(?i)\byour (?:answers|replies|responses|messages|explanations|summaries)\b"
    r"|\b(?:reply|answer|respond|speak|talk|write)(?: to me| back)? in\b"
    r"|(?:回[答复]|答复|答案|跟我说话|和我说话)(?![了过完])"
)
_ANYTHING = re.compile(r"(?i)any(?:thing|one|body|where)$|answers?$")  # no thing by itself, but of a case: "book nothing on Mondays"
_TURN_WORDS = "but not no never without over than instead rather nor except don't 不 没 别 而 比 但 无 除 非"
_TURNS = frozenset(_TURN_WORDS.split())


def acceptance_features(
    proposal: Proposal, reading: Reading, clauses: Mapping[int, float], shown: Mapping[str, float], sure: float, count: int
) -> dict[str, float]:
    """What speaks for a proposal: who makes it, how sure the tagger and the turn are, what stands around it.

    Args:
        proposal: The proposal.
        reading: The turn.
        clauses: What its clauses say, by number.
        shown: What the head reads in it (``read_features``), if it was asked.
        sure: Probability that the turn holds a preference.
        count: How many proposals the turn has.
    """
    features = {f"{name[:2]}{name[2:]}": value * 0.5 for name, value in proposal.features.items() if name[0] in "lro" and ":" in name}
    rule, span = proposal.rule, proposal.span
    features[f"by:{proposal.by}{'+' if rule and span else ''}"] = 1.0
    features["sure"] = 2 * sure
    features.update(shown)
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
    shown: Mapping[str, float],
    borne: float,
) -> tuple[list[Proposal], list[Span]]:
    """What is kept of what rules and models propose, and the conditions in the turn.

    Args:
        models: The models.
        reading: The turn.
        found: The preferences that the rules found in it.
        clauses: What its clauses say (``heard``).
        sure: Probability that it holds one.
        shown: What the head reads in the turn (``read_features``), if it was asked.
        borne: The greater of what words and head say, each with the rules: what one of them bears out is not doubted away, for the
            head may miss a wish behind other talk.
    """
    if borne < _DOUBTED:
        found = [c for c in found if c.origin == "implicit" or borne >= _bar(c)]
    sound = [c for c in found if _is_sound(c)]
    alone, beside = (_ALONE, _KEEP_BESIDE) if shown else (_ALONE_BY_WORDS, _KEEP_BESIDE_BY_WORDS)
    if not sound and sure < (_HOLDS if found else alone):
        return [], []
    found = sound
    made, conditions = proposals(models, reading, found, force=True)
    if sure < _HOLDS:
        made = [p for p in made if p.rule is not None]
    asked = [(acceptance_features(p, reading, clauses, shown, sure, len(made)), p) for p in made]
    scored = [(models.accept.probabilities(features)["keep"]["yes"], p) for features, p in asked]
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
    return [p for p in with_slots(models, reading, kept, shown) if not _wants_harm(p)], conditions


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
    if rule.lasting and rule.condition and rule.quote.startswith(rule.condition) and _FOR_A_CASE.match(rule.condition):
        return _OWN_WAY.match(rule.quote[len(rule.condition) :]) is not None
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


def _wants_harm(proposal: Proposal) -> bool:
    """Whether the models alone take what somebody is allergic to for something that they want."""
    return proposal.rule is None and top(proposal.answers["slot"]) == "health.allergy" and top(proposal.answers["polarity"]) == "wants"


def _is_sound(rule: Candidate) -> bool:
    """Whether what the rules found can be an object, or needs none to be told."""
    if rule.slot in GUARDS or rule.origin == "implicit" or rule.certain or is_object(rule.object):
        return True
    return rule.condition is not None and _ANYTHING.match(rule.object) is not None


def _bar(rule: Candidate) -> float:
    """Probability of a preference in the turn below which a candidate of the rules is dropped."""
    if _plain(rule):
        return _UNHEARD
    return _SURE_NOT if rule.slot in GUARDS else _DOUBTED


def _firm(rule: Candidate) -> bool:
    """A candidate of the rules that guards the user, is certain, or that a choice or a habit shows: words of the turn say little of it."""
    return rule.slot in GUARDS or rule.origin == "implicit" or rule.certain
