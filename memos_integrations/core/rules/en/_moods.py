"""What an English sentence is said as: a task, a question, a hypothesis, a denial, something for one time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .._common import Sentence
from ._lexicon import Clause, clauses, flat, sieve
from ._patterns import ALWAYS, ASKS, ASKS_PLAINLY, NOW, ONE_OFF, OWN, SPEAKS, THIS_ONCE

__all__ = ["Mood", "guarded", "mood_of", "question_from", "says_nothing", "turn_guard", "without_reminder"]

_BRIEF = 300  # characters of a turn all of whose fragments are said of one time, if one of its sentences is
# "explain jargon the first time you use it", and not "explain what happens every time you …"
_OF_ALL_TIMES = re.compile(
    r"(?!.*\b(?:what|how|why|where|whether|that|who)\b).*\b(?:(?:whenever|(?:each|every|the first) time) (?:i|you|we)\b"
    r"|when you (?:answer|reply|write|change|edit|suggest|recommend|explain|review|quote|list|give|show|send|draft|plan|make|summari[sz]e"
    r"|translate|compare|find|book|describe)\b)"
)


_REMINDS = re.compile(
    r"^(?:(?:but|and|so|hey|um|wait) )*(?:(?:did|have|do|had|didn't|haven't|don't) you (?:(?:already|just|not|really|honestly) )*"
    r"(?:forget|forgot|forgotten|remember|recall|know)|you(?:'ve| have)? (?:forgot|forgotten|know|remember)|remember)(?: that)? "
    r"(?=(?:i|i'm|i've|i'd|my|we|we're)\b)"
)
_TURNS_TO_ASK = re.compile(  # "we have a septic tank, is vinegar okay"
    r"^(?:and |but |so |or |wait |hm+ |hang on )*(?:(?:is|are|was|were|does|did|should|has|can|could|will|would) (?:it|that|this"
    r"|there|they|he|she|the|an?|i|we)\b"
    r"|do (?:i|we|they) |(?:is|are) [^,]{2,40} (?:ok|okay|fine|good|enough|possible|allowed|right|safe|better|bad|true|necessary)$)"
)


@dataclass(frozen=True, slots=True)
class Mood:
    """How a sentence is said.

    Attributes:
        task: It sets a piece of work, whose words are material.
        past: It tells of the past.
        asking: It is a question.
        one_off: It is said of one time.
        guarded: A clause of it doubts or denies.
    """

    task: bool
    past: bool
    asking: bool
    one_off: bool
    guarded: bool


def turn_guard(text: str) -> bool:
    """Whether the turn is sarcastic as a whole."""
    return sieve("guard_turn").finds(text)


def mood_of(sentence_: Sentence, low: str) -> Mood | None:
    """How a flattened sentence is said; None: nothing in it is its speaker's wish."""
    task = past = guarded = False
    for rule, _ in sieve("guard_sentence").matching(low):
        if rule.data.get("task"):
            task = not _OF_ALL_TIMES.match(low)
        elif rule.data.get("past") and NOW.search(low):
            continue
        elif rule.data.get("local"):
            guarded = True
        else:
            return None
    if not SPEAKS.search(low) and len(sentence_.turn.text) <= _BRIEF and THIS_ONCE.search(flat(sentence_.turn.text)):
        return None  # "Go on then, just this once. Cheesecake."
    one_off = bool(ONE_OFF.search(low)) or (task and not ALWAYS.search(low))
    asking = sentence_.question or bool(ASKS_PLAINLY.match(low))
    return Mood(task, past, asking, one_off, guarded)


def says_nothing(sentence_: Sentence, at: int | None = None) -> bool:
    """Whether a sentence says nothing of what its speaker wants: a hypothesis, a denial, the past, somebody else's words.

    Args:
        sentence_: The sentence.
        at: Where in it; a doubt or a denial in another clause says nothing about this place. None: anywhere.
    """
    low = flat(sentence_.masked)
    mood = mood_of(sentence_, low)
    if mood is None or not mood.guarded:
        return mood is None
    return at is None or any(part.start <= at < part.end and guarded(part.text) for part in clauses(low))


def guarded(clause: str, kind: str = "") -> bool:
    """Whether a clause doubts, denies or speaks of the past; ``kind``: which of these is asked for."""
    return any(
        rule.search(clause) is not None
        for rule in sieve("guard_sentence").likely(clause)
        if (rule.data.get("local") == kind if kind else rule.data.get("local"))
    )


def without_reminder(part: Clause) -> Clause:
    """ "Did you forget that I don't eat meat?" as "I don't eat meat"."""
    found = _REMINDS.match(part.text)
    return part if found is None else part.after(found.end())


def question_from(parts: list[Clause], mood: Mood) -> int:
    """From which clause on a sentence asks; their number, if it asks nothing."""
    if not mood.asking:
        return next((index for index, part in enumerate(parts) if index and _TURNS_TO_ASK.match(part.text)), len(parts))
    if parts and _REMINDS.match(parts[0].text):
        return len(parts)  # "Did you forget that I don't eat meat?" asks nothing
    for index, part in enumerate(parts):
        if ASKS.match(part.text):
            return index
    return len(parts) if len(parts) > 1 and OWN.match(parts[0].text) else 0
