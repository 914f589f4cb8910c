"""What is asked for again was asked for before: the earlier turn bears it out."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from ..candidates import Candidate, Turn, Witness
from ..tasks import says
from ..text import content_terms, split_sentences
from ._common import mask

__all__ = ["borne_out"]

_LOOK_BACK = 24  # turns
_LONGEST = 160  # characters of a turn that corrects
_SHARED = 0.6  # of the object's words
_CORRECTS = re.compile(r"别|不要|不用|改|换|要|得|请|用|太|又|怎么|去掉|说|来|呢")


def borne_out(candidate: Candidate, turns: Sequence[Turn]) -> Candidate:
    """The candidate with the earlier turns of the user's that asked for the same as witnesses.

    They are looked for if its own turn says that it was so, or it is but a correction: made twice, that lasts.
    """
    place = next((n for n, turn in enumerate(turns) if turn.episode == candidate.episode), 0)
    corrects = candidate.origin == "implicit" and not candidate.lasting
    if candidate.kind != "preference" or candidate.beside or not (corrects or says("again", turns[place].text.lower())):
        return candidate
    terms = content_terms(candidate.object)
    found: list[Witness] = []
    for turn in turns[max(0, place - _LOOK_BACK) : place]:
        if turn.role != "user" or len(turn.text) > _LONGEST:
            continue
        for start, end in split_sentences(mask(turn.text)):
            said = turn.text[start:end]
            if _CORRECTS.search(said) and _names(said, candidate.object, terms):
                found.append(Witness(episode=turn.episode, quote=said.strip()))
                break
    if not found:
        return candidate
    lasting = {"lasting": True, "standing": candidate.slot.startswith("answers.")} if corrects else {}
    return candidate.model_copy(update={"beside": tuple(found), **lasting})


def _names(said: str, obj: str, terms: Set[str]) -> bool:
    """Whether words name an object; one that has no words of weight ("Go") stands in them as it is."""
    return len(terms & content_terms(said)) >= _SHARED * len(terms) if terms else obj.lower() in said.lower()
