"""Clauses that state facts and wish nothing: models take their words for wishes, and a wish beside them is drowned by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..candidates import Candidate
from ..rules._common import mask
from ..rules.en._lexicon import clauses, flat
from ._attitudes import marks
from ._reading import tokens_of

__all__ = ["without_facts"]

_WISHED = frozenset(("like", "dislike", "comparing"))
_CHANGED = frozenset(("asked", "ended", "begun", "only"))
_TOLD_APART = ("health", "state")  # attributes of which the rules alone cannot tell a fact from what guards the user
_SHOWN_BY = ("habit", "event", "possession")  # attributes under which a taste may be told: "I switched to oat milk"
_STATION = re.compile(
    r"\b(?:job|work|school|course|degree|uni|university|college|business|company|flat|house|apartment)\b"
)  # of a life, no taste
_FIRST = re.compile(r"\b(?:i|i'm|i've|i'd|me|my|we|us)\b")
_LEAD = re.compile(r"(?:(?:and|but|so|because|since) )?(?:my|our)\b")


def without_facts(text: str, found: Sequence[Candidate]) -> str:
    """The text, equally long, without the clauses that state facts and neither wish nor judge anything.

    Args:
        text: A turn.
        found: What the rules found in it.
    """
    wished = [c.object for c in found if c.kind == "preference"]
    for start, end in {span for c in found if c.kind == "fact" and c.language == "en" for span in _clauses_of(text, c)}:
        if not any(re.search(rf"\b{re.escape(thing)}\b", text[start:end]) for thing in wished):
            text = text[:start] + " " * (end - start) + text[end:]
    return text


def _clauses_of(text: str, fact: Candidate) -> Iterator[tuple[int, int]]:
    """The clause that tells a fact, if it tells nothing else."""
    begin = text.find(fact.quote)
    at = text.find(fact.value, begin)
    if begin < 0 or at < 0 or fact.attribute in _TOLD_APART:
        return
    for part in clauses(flat(mask(text)[begin : begin + len(fact.quote)])):
        if part.start <= at - begin < part.end:
            own = fact.subject == "user"
            if not (_judges(part.text, fact.attribute) if own else _FIRST.search(_LEAD.sub("", part.text, count=1))):
                yield begin + part.start, begin + part.end


def _judges(clause: str, attribute: str) -> bool:
    """Whether a clause tells an attitude beside the fact."""
    forms = [token.form for token in tokens_of(clause) if token.form != "just"]
    kinds = {mark.kind for mark in marks(forms)}
    return bool(kinds & (_WISHED | _CHANGED if attribute in _SHOWN_BY and not _STATION.search(clause) else _WISHED))
