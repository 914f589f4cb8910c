"""Extraction by rules for English sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from ...candidates import Candidate
from .._common import Sentence
from ._choices import chosen, of_offer, supposed
from ._ended import ended, of_another
from ._facts import facts
from ._headed import headed
from ._joined import why_after
from ._lexicon import clauses, flat
from ._moods import says_nothing, turn_guard
from ._patterns import ALWAYS, FIRST, ONE_OFF, OTHERS
from ._pointed import named, timed
from ._preferences import stated
from ._shown import complained, habitual
from ._slots import guess_slot, names_a_thing, slot_scores
from ._telling import describes
from ._turned import own_answers

__all__ = ["about_another", "describes", "extract", "names_a_thing", "said_once", "says_nothing", "slot_of_words", "slot_scores"]

_WOULD = re.compile(r"\b(?:I|we)(?:['’]d| would)\b", re.IGNORECASE)
_OF_LIFE = ("name", "home", "origin", "age", "birthday", "employer", "contact")  # what nobody wants or avoids: it is so
_THEY_DO = re.compile(  # "not the olives, he hates them"
    r"(?:she|he|they|my [a-z]+|the kids) (?:(?:really|just|absolutely|all) )?"
    r"(?:loves?|adores?|likes?|hates?|prefers?|(?:can't|cannot) stand"
    r"|(?:doesn't|don't|won't) (?:like|eat|want|touch)) (?:it|them|that|those|these)$"
)
_LIMIT = re.compile(r"\s(?:if|when(?:ever)?|unless|until|while|before|after)\s")  # "… but cries if I leave": it is she who cries


def extract(sentences: Sequence[Sentence]) -> list[Candidate]:
    """Candidates of English sentences."""
    found: list[Candidate] = []
    by_turn: dict[int, list[Sentence]] = {}
    for said in sentences:
        by_turn.setdefault(said.index, []).append(said)
    for own in map(own_answers, by_turn.values()):
        whole = flat(" ".join(said.masked for said in own[:200]))[:8_000]
        if turn_guard(whole):
            continue
        picked = chosen(own[0].turn, own[0].before, own[0].topic, own[0].hand)
        quotes = {candidate.quote for candidate in picked}
        following = {one.start: two for one, two in pairwise(own)}
        found.extend(picked)
        items = headed(own)
        about: str | None = None
        for place, said in enumerate(own):
            stated_here = stated(said, whole) or ([items[place]] if place in items else [])
            if picked and any(quote in said.text for quote in quotes):
                stated_here = [c for c in stated_here if c.polarity == "avoids" and not of_offer(c.object)]
            elif said.before and supposed(said.topic):
                stated_here = [c for c in stated_here if not _WOULD.search(said.masked)]
            elif said.before:
                stated_here = [c for c in stated_here if not of_offer(c.object)]
            stated_here = _with_shown(said, whole, [c for c in stated_here if not of_another(said, c)])
            earlier = own[place - 1].masked if place else ""
            stated_here = [named(c, said.masked[: said.text.find(c.object)], earlier, said.before) for c in stated_here]
            timed_here = (timed(c, said.masked[: said.text.find(c.object)]) for c in stated_here)
            stated_here = [c for c in timed_here if c is not None]
            told = facts(said, about)
            known = [flat(fact.value) for fact in told if fact.attribute in _OF_LIFE]
            stated_here = [c for c in stated_here if c.slot == "answers.address" or flat(c.object) not in known]
            found.extend(_explained(stated_here, said, following.get(said.start)))
            found.extend(ended(said))
            about = next((fact.subject for fact in reversed(told) if fact.subject != "user"), None)
            found.extend(told)
    return found


def _explained(stated_here: list[Candidate], said: Sentence, following: Sentence | None) -> list[Candidate]:
    """What a sentence states, its line with the reason that stands behind its semicolon."""
    if following is None or len(stated_here) != 1 or not said.text.rstrip().endswith(";"):
        return stated_here
    one = stated_here[0]
    reason = why_after(following.text, flat(following.masked))
    if not reason or ":" in one.directive or " over " in one.directive or not one.directive.startswith(("Avoid ", "Prefer ")):
        return stated_here
    if one.polarity == "wants" and reason.startswith("the user prefers"):
        return stated_here
    return [one.model_copy(update={"directive": f"{one.directive.rstrip('.')}: {reason}."})]


def _with_shown(said: Sentence, whole: str, stated_here: list[Candidate]) -> list[Candidate]:
    """What a sentence states and what it shows: a complaint is read as one, a habit where nothing is stated; an order names its case."""
    ordered = [flat(c.object) for c in stated_here if c.lasting and c.condition]
    grumbles = [
        (clause, c)
        for clause, c in complained(said, whole, [flat(c.object) for c in stated_here if c.lasting])
        if not any(thing in clause.text for thing in ordered)
    ]
    rest = [c for c in stated_here if not any(flat(c.object) in clause.text for clause, _ in grumbles)]
    rest = [c for c in rest if flat(c.object) not in ("last time", "next time", "before")]
    habits = [c for clause, c in habitual(said) if not any(flat(r.object) in clause.text for r in rest)]
    return [*(c for _, c in grumbles), *rest, *habits]


def slot_of_words(words: str) -> str | None:
    """The slot that the name of something speaks for; None: its words tell none."""
    found = guess_slot(words)
    return None if found == "other" else found


def about_another(said: Sentence, at: int) -> bool:
    """Whether the clause at an offset has somebody else as its subject, its own or the one before it gave it."""
    another = False
    parts = clauses(flat(said.masked))
    for part, following in zip_longest(parts, parts[1:]):
        another = OTHERS.match(part.text) is not None or (another and FIRST.search(_LIMIT.split(part.text, maxsplit=1)[0]) is None)
        if part.start <= at < part.end:
            return another or (following is not None and _THEY_DO.match(following.text) is not None and FIRST.search(part.text) is None)
    return False


def said_once(words: str) -> bool:
    """Whether words speak of one time only."""
    low = flat(words)
    return ONE_OFF.search(low) is not None and ALWAYS.search(low) is None
