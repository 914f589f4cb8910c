"""What no longer holds, and needs that are somebody else's."""

from __future__ import annotations

import re

from ....types import Polarity
from ...candidates import Candidate
from ...slots import slot_of
from .._common import Sentence
from ._lexicon import clauses, expanded, flat
from ._turned import AS_WELL

__all__ = ["ended", "of_another"]

_ENDED = re.compile(
    r"\bi(?:'m| am) (?:no longer (?:an? )?(?P<one>\w+)|not (?:an? )?(?P<two>\w+) any ?more)\b"
    r"|\bi (?:stopped|quit) being (?:an? )?(?P<three>\w+)",
    re.IGNORECASE,
)
_ANOTHER = re.compile(
    expanded(
        r"^\W*(?:she|he|they|(?:my|our) (?:[\w-]+ )?(?:~kin~|~tie~|~pet~)s?)(?:'s| is| has| have| had| can't| cannot| needs?)\b",
        "facts.toml",
    ),
    re.IGNORECASE,
)
_OWN = re.compile(r"(?:and |but |while |whereas |because |so )*(?:i|i'm|i've|i'd|i'll)\b|.*\b(?:us|our|ours|we)\b")
_ORDERED = re.compile(  # what the user has the assistant do for them: "my husband works nights, so never plan anything for Mondays"
    r"(?:and |but |so |please )*(?:never|don't|do not|always|only) (?:ever )?"
    r"(?:suggest|recommend|propose|plan|book|schedule|order|offer|include|add"
    r"|put|mention|send|arrange|invite|cook|choose|pick)\b"
)
_FRAGMENT = re.compile(r"^\W*(?:so |and )?(?:no|nothing|not)\b", re.IGNORECASE)
_STATES = {"hungry", "sure", "here", "there", "able", "tired", "sick", "going", "working", "worried", "interested"}
_HOW_TO_TELL = ("answers.address", "answers.format", "answers.language")  # of the assistant's words, whoever was spoken of before
_POLARITY: Polarity = "avoids"


def ended(said: Sentence) -> list[Candidate]:
    """ "I'm not vegetarian anymore": ends what was stated of the user before."""
    match = _ENDED.search(said.masked)
    if match is None:
        return []
    word = match["one"] or match["two"] or match["three"]
    slot = slot_of(word)
    if word.lower() in _STATES or slot == "other":
        return []
    return [
        Candidate(
            kind="preference",
            episode=said.turn.episode,
            quote=said.text[match.start() : match.end()],
            text=f"The user is no longer {word}.",
            slot=slot,
            polarity=_POLARITY,
            object=word,
            directive=f"Do not assume that the user is {word}.",
        )
    ]


def of_another(said: Sentence, candidate: Candidate) -> bool:
    """ "She has a bad knee, so nothing steep": an order for somebody else, in a sentence about them."""
    if candidate.kind != "preference" or candidate.certain or not _ANOTHER.search(said.text):
        return False
    at = said.text.find(candidate.quote)
    place = said.text.find(candidate.object)
    own = next((part.text for part in clauses(flat(said.masked)) if part.start <= place < part.end), "")
    if _OWN.match(own) or AS_WELL.search(own) or _ORDERED.match(own):
        return False  # "My mum can't do stairs and I can't do heat", "… and neither can I"
    if candidate.slot in _HOW_TO_TELL:
        return False  # "My boss is Greek, please use metric units"
    return at >= 0 and bool(_ANOTHER.search(candidate.quote) or _FRAGMENT.search(candidate.quote))
