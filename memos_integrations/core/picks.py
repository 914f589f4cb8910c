"""What a user's choices have in common where no answer names it: time and again the cheapest, the earliest, the one without meat.

One such choice tells nothing; some in a row, with none between that passes such an option over, are signals that add up
like repeated behaviour. What counts is data: ``common`` of ``rules/offers.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .candidates import Candidate, Turn
from .events import Signal
from .rules import RuleExtractor, outstanding

__all__ = ["chosen_among", "naming", "picked"]

_KEY = "pick"
_BRIEF = 160  # characters of an answer that is read again
_MANY = 3  # options of an offer out of which a choice tells more
_NEEDED, _OF_TWO = 3, 4  # choices in a row, out of many options and out of two
_BARE = re.compile(r"(?:at |the )?\W*\d[\d:.,\s：]*(?:[ap]\.?m\.?|o'clock|点(?:半|整|\d+分?)?|分|号)?的?\W*", re.IGNORECASE)


def naming(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that name something: a time or a number that was taken once is nothing to prefer."""
    return [c for c in candidates if not (c.over and c.origin == "implicit" and _BARE.fullmatch(c.object))]


def chosen_among(turns: Sequence[Turn]) -> list[Candidate]:
    """The choices that the rules find in the turns of a conversation; only those that answer the assistant in short are read."""
    found: list[Candidate] = []
    for place, turn in enumerate(turns):
        if place and turn.learnable and turn.role == "user" and len(turn.text) <= _BRIEF and turns[place - 1].role == "assistant":
            beside = [earlier.model_copy(update={"learnable": False}) for earlier in turns[max(0, place - 2) : place]]
            found += RuleExtractor().extract([*beside, turn])
    return found


def picked(candidates: Sequence[Candidate], turns: Sequence[Turn]) -> list[Signal]:
    """What each choice among some candidates shows beside what it names.

    Args:
        candidates: What was found in the turns.
        turns: The turns.
    """
    told = {turn.episode: turn for turn in turns}
    found: list[Signal] = []
    taken: set[str] = set()
    for candidate in candidates:
        if not candidate.over or candidate.origin != "implicit" or candidate.polarity != "wants" or candidate.episode in taken:
            continue
        taken.add(candidate.episode)
        turn = told[candidate.episode]
        options = candidate.offered or (candidate.object, *candidate.over)
        for common in outstanding(options):
            wanted = 0 in common.places
            found.append(
                Signal(
                    key=f"{_KEY}={common.name}",
                    value=common.words[candidate.language],
                    quote=candidate.quote,
                    language=candidate.language,
                    polarity="wants" if wanted else "avoids",
                    told="",
                    episode=turn.episode,
                    said_at=turn.said_at,
                    session=turn.session,
                    fixed=common.slot or candidate.slot,
                    needed=_NEEDED if len(options) >= _MANY else _OF_TWO,
                    marked=wanted,  # to pass it over ends a row, and shows no more
                )
            )
    return found
