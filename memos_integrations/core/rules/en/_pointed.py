"""What "them" and "it" stand for in "I like them mild": the line of a preference must say it, for the turn before is not there then."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...candidates import Candidate
from ._lexicon import flat
from ._slots import guess_slot

__all__ = ["named", "timed"]

_POINTS = re.compile(r"(?:them|those|these|mine|ours|it) ")
_PRONOUN = re.compile(r"\b(?P<it>them|those|these|mine|ours|it|the user's) ", re.IGNORECASE)
_WORD = re.compile(r"[a-z][a-z'-]{2,}")
_YOURS = re.compile(r"\byour ((?:[a-z-]+ )?[a-z-]{3,})")
_MANY = re.compile(r"[a-z'-]+(?<![suio])s$")
_THEN = re.compile(
    r" (?:(?<!and )(?<!since )(?<!by )(?<!until )(?<!before )then"
    r"|(?:on|at|in|for|during|over) (?:that|those) (?:day|evening|morning|afternoon|night|weekend|hour|time)s?)$",
    re.IGNORECASE,
)
_WHEN = re.compile(  # "on Wednesdays", "most Saturdays", "between one and three"
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days(?:(?:,|,? and|,? or| &) (?:mon|tues|wednes|thurs|fri|satur|sun)days)*\b"
    r"|(?:on|every|each|most|in|at|during|over|from|between|after|before|until|till) (?:the |my )?(?:\w+ )?"
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|mornings?|afternoons?|evenings?|nights?|weekends?|weekdays|noon|midnight"
    r"|lunch\w*|dinner|breakfast|bedtime|term|holidays|summer|winter|spring|autumn|ramadan|lent|january|february|march|april|may|june|july|august|september"
    r"|october|november|december|\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b"
    r"(?: ?(?:am|pm|mornings?|afternoons?|evenings?|nights?|(?:to|and|till|until) (?:\w+)(?: ?[ap]m)?|o'clock)\b)*)",
    re.IGNORECASE,
)
_DONE = re.compile(r"\b(?:you|i|we|they|to|please|can|could|should|would|will|don't) $")  # before what is done, no thing
_BACK = 200  # characters before it that are looked at


def named(candidate: Candidate, *before: str) -> Candidate:
    """The preference with its pronoun told by what was named last; as it is, if nothing was.

    Args:
        candidate: The preference.
        before: What stands before it, the nearest first: its sentence, the one before, what the assistant said.
    """
    if candidate.kind != "preference" or not candidate.object:
        return candidate
    how = _POINTS.sub("", candidate.object, count=1) if _POINTS.match(flat(candidate.object)) else candidate.object
    said = next(_pointing(candidate.quote, how), None)
    thing = "" if said is None else next((noun for noun in (_noun(flat(text[-_BACK:]), said["it"]) for text in before) if noun), "")
    if not thing:
        return candidate
    plain = _put(candidate.directive, how, "")
    at = plain.find(how)
    return candidate.model_copy(
        update={
            "object": how,
            "text": _put(candidate.text, how, f"{thing} "),
            "directive": candidate.directive if at < 0 else f"{plain[:at]}{thing} {plain[at:]}",
        }
    )


def timed(candidate: Candidate, before: str) -> Candidate | None:
    """The preference with the time that "then", or "those days", stands for as its case, "on Fridays"; None: none was told."""
    if candidate.kind != "preference" or candidate.condition or not _THEN.search(candidate.object):
        return candidate
    when = next((found.group() for found in reversed(list(_WHEN.finditer(before[-_BACK:])))), "")
    if not when:
        return None
    when = when if when.split(" ", 1)[0].islower() else f"on {when}"
    told = {"object": _THEN.sub("", candidate.object), "condition": when}
    lines = {name: _THEN.sub("", getattr(candidate, name).rstrip(".")) + "." for name in ("text", "directive")}
    return candidate.model_copy(update={**told, **lines})


def _pointing(text: str, how: str) -> Iterator[re.Match[str]]:
    """The pronouns right before what is said of them."""
    low, after = flat(text), flat(how)
    return (found for found in _PRONOUN.finditer(low) if low.startswith(after, found.end()))


def _put(text: str, how: str, thing: str) -> str:
    """A text with its pronouns before what is said of them replaced."""
    for found in reversed(list(_pointing(text, how))):
        text = text[: found.start()] + thing + text[found.end() :]
    return text


def _noun(words: str, pronoun: str) -> str:
    """The thing that was named last, one or many as the pronoun says; empty: none."""
    asked = _YOURS.findall(words)
    if asked:
        return str(asked[-1])
    for found in reversed(list(_WORD.finditer(words))):
        word = found.group()
        fits = pronoun in ("mine", "ours") or (_MANY.fullmatch(word) is not None) == (pronoun != "it")
        if fits and not _DONE.search(words, 0, found.start()) and guess_slot(word) != "other":
            return word
    return ""
