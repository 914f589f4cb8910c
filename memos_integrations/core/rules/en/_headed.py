"""Items of a list whose heading calls them the user's rules or preferences: what needs no verb there is a wish."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ....types import Polarity
from ...candidates import Candidate
from ...inflection import is_verb
from .._common import Sentence
from ._lexicon import flat
from ._patterns import DROP
from ._slots import guess_slot
from ._wording import depersonalise, directive, sentence, tidy

__all__ = ["headed"]

_HEADING = re.compile(
    r"\b(?:(?:my|our|here are (?:the|my|some|a few)|these are (?:the|my)|a few|some|house|ground|standing|personal) (?:[\w-]+ ){0,2}"
    r"(?:rules?|preferences?|likes|dislikes|needs|wishes|musts|must-haves|no-gos|dealbreakers|habits|defaults)"
    r"|how i (?:like|want|prefer) (?:it|things|them|my \w+)|what i (?:need|want|like|prefer))\b[^:.!?\n]{0,80}:\s*$"
)
_NOT_MINE = re.compile(r"\b(?:his|her|their|your|the (?:game|house's|company|club|team|school|board|exam|task))\b")
_FOR = re.compile(r"\b(?P<c>(?:for|when|in|on|at) (?!me\b|us\b|you\b)[^:]{2,50}?)\s*:\s*$")
_MARK = re.compile(r"^\s*(?:[-*•·–—]|\(?\d{1,2}[.)]|[a-h][.)])\s*")
_ONLY_MARK = re.compile(r"^\s*(?:[-*•·–—]|\(?\d{1,2}[.)]|[a-h][.)])\s*$")
_NEGATIVE = re.compile(r"^(?:no|never|nothing|not|don't|do not|avoid|without|zero|nobody) (?:any |too |more )?", re.IGNORECASE)
_ASIDE = re.compile(r"\s*(?:[,;(]|\s[–—-]\s).*$")
_SAYS = re.compile(
    r"^(?:always|only|at least|at most|max)\b|\b(?:stays?|remains?|is|are|must|should|has to|have to|needs?|comes?|goes|before)\b"
)
_LONGEST, _MOST = 120, 20


def headed(own: Sequence[Sentence]) -> dict[int, Candidate]:
    """What each item under such a heading wishes, by its place among the sentences of the turn."""
    found: dict[int, Candidate] = {}
    heading: Sentence | None = None
    for place, said in enumerate(own):
        low = flat(said.masked)
        if low.rstrip().endswith(":"):
            heading = said if _HEADING.search(low) and not _NOT_MINE.search(low) else None
        elif heading is not None and _is_item(said):
            made = _item(said, heading)
            if made is not None and len(found) < _MOST:
                found[place] = made
        elif not _ONLY_MARK.match(said.text):
            heading = None
    return found


def _is_item(said: Sentence) -> bool:
    begin = said.turn.text.rfind("\n", 0, said.start) + 1
    return _MARK.match(said.turn.text[begin : said.start + len(said.text)]) is not None and _ONLY_MARK.match(said.text) is None


def _item(said: Sentence, heading: Sentence) -> Candidate | None:
    words = _MARK.sub("", said.text).strip(" .,;!")
    if said.question or not 2 < len(words) <= _LONGEST:
        return None
    denied = _NEGATIVE.match(words)
    polarity: Polarity = "avoids" if denied else "wants"
    thing = _ASIDE.sub("", words[denied.end() :] if denied else words)
    obj = tidy(thing)
    if DROP.match(flat(obj)) or len(obj) < 3:
        return None
    slot = guess_slot(obj, flat(words), heading.text)
    told = depersonalise(_ASIDE.sub("", words))
    first, _, rest = flat(words).partition(" ")
    order = not denied and (_SAYS.search(flat(words)) is not None or is_verb(first, "to", rest))
    limit = _FOR.search(heading.text)
    answers = slot.startswith("answers.")
    return Candidate(
        kind="preference",
        episode=said.turn.episode,
        quote=said.text.strip(),
        text=sentence(f"The user's rule: {told}"),
        slot=slot,
        polarity=polarity,
        object=obj,
        condition=limit["c"].strip() if limit else None,
        standing=answers,
        directive=sentence(told) if order else directive(polarity, obj),
    )
