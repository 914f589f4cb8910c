"""What a person has one of at a time: a home, a boss, an hour of getting up, a way of living; which of two statements holds."""

from __future__ import annotations

import re

from ._likeness import exclusive, one_at_a_time, words_for
from ._values import values
from .change import CHANGE, ENDED, TURN, UNSURE, says
from .kinds import kinds
from .learnt.relations import others, signs, telling_terms

__all__ = ["in_place_of_the_one", "speaks_of_another", "tells_how_one_lives"]

_PARTNERED = re.compile(  # how one lives, told of oneself
    r"(?i)\bI(?:['’]m| am|['’]ve been| have been)(?: now| \w+ly)* (?:single|married|engaged(?! in\b)|divorced"
    r"|separated|widowed|dating|seeing (?:someone|somebody))\b"
    r"|\b(?:I|we)(?:['’]ve|['’]re| have| are)? (?:got|getting|just got) (?:married|engaged|divorced)\b"
    r"|\bI(?:['’]ve got| have| got) a (?:girl|boy)friend\b"
    r"|我(?:是|有|谈|交|找|离|结|订|已|领|单|又|还|刚|们)[^，。]{0,5}(?:[男女]朋友|对象|恋爱|婚|证|单身)"
)
_PRONOUNS = frozenset(("he", "she", "his", "her", "they", "their", "他", "她"))
_PLAINLY = frozenset(("boss", "hours", "residence"))  # words that say it of nothing else
_WAYS = frozenset(("trains", "cars", "bikes", "public_transport", "taxis"))
_TIMES = frozenset(("weekday", "part of the day"))
_HOURLY = frozenset(("waking", "bedtime"))
_HAS_COME = re.compile(r"了\s*(?:$|[，,。！!；;])")
_CLAUSE = re.compile(r"[^,，。.;；!！?？\n]+")


def tells_how_one_lives(text: str) -> bool:
    """Whether the user says that they are single, married, or with somebody."""
    return says(_PARTNERED, text)


def speaks_of_another(old: str, new: str) -> bool:
    """Whether both speak of what a person has one of at a time, and the later one shows that something about it has changed."""
    both = one_at_a_time(old) & one_at_a_time(new)
    if not both or _whose(old, both) != _whose(new, both):
        return False
    return says(CHANGE, new) or says(ENDED, new) or says(TURN, new) or says(_HAS_COME, new)


def in_place_of_the_one(old: str, new: str) -> bool:
    """Whether both say plainly which is the one that a person has at a time: a home, a boss, an hour of getting up."""
    if says(_PARTNERED, new) and says(_PARTNERED, old) and exclusive(old, new):
        return not (others(old) ^ others(new)) - _PRONOUNS
    if not speaks_of_another(old, new) or says(UNSURE, new) or signs(new).negated:
        return False
    known, told = values(old), values(new)
    both = one_at_a_time(old) & one_at_a_time(new)
    plain = both & _PLAINLY
    if plain and not telling_terms(old) & telling_terms(new) - {*words_for(plain)}:
        return True
    if "commute" in both and not known.keys() & _TIMES ^ told.keys() & _TIMES:
        one, two = kinds(old) & _WAYS, kinds(new) & _WAYS
        return bool(one and two and not one & two)
    return bool(both & _HOURLY) and "hour" in known.keys() & told.keys() and known["hour"] != told["hour"]


def _whose(text: str, things: frozenset[str]) -> set[str]:
    """The people whom a text names before, or together with, some of what a person has one of at a time."""
    told = [clause.end() for clause in _CLAUSE.finditer(text) if one_at_a_time(clause.group()) & things]
    return others(text[: told[0]] if told else text)
