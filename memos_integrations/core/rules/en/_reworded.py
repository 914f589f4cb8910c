"""Turns of speech put plainly: "it irks me when people shout" as "I hate it when …", "under no circumstances share" as "never share"."""

from __future__ import annotations

import re

from ...inflection import is_verb
from ._lexicon import Clause

__all__ = ["forbidden", "irked", "last_time"]

_IRKS = re.compile(
    r"^(?:and |but |because )*it (?:really |always |just |absolutely )?"
    r"(?:irritates|annoys|bothers|bugs|irks|infuriates|exhausts|stresses|upsets|winds|gets|drives|grates on|makes) me "
    r"(?:(?:up|out|down|mad|crazy|nuts|cross|furious|cringe|angry|up the wall|round the bend) )?"
    r"(?:when(?:ever)?|if) (?=(?:people|you|they) )"
)
_LAST_TIME = re.compile(
    r"^(?:and |but |so |well )*(?:that's|that is|that was|this is) the (?:very )?last time (?:that )?"
    r"(?:i|we)(?:'ll|'d| will)?(?: ever)? (?P<verb>[a-z]+) "
)
_ON_NO_ACCOUNT = re.compile(
    r"^(?:and |but |so |please )*(?:under no circumstances|on no account|in no case|at no (?:time|point))"
    r"(?: (?:should|must|are|may|can|shall) you(?: to| ever)?| ever)? (?=[a-z])"
)


def irked(part: Clause) -> Clause:
    """ "It irritates me when people shout" as "I hate it when people shout"."""
    found = _IRKS.match(part.text)
    return part if found is None else Clause(part.text[found.end() :], part.start + found.end(), part.end, "i hate it when ")


def last_time(part: Clause) -> Clause:
    """ "That's the last time I book with them" as "I will never book with them"."""
    found = _LAST_TIME.match(part.text)
    if found is None or not is_verb(found["verb"], "to", part.text[found.end() :]):
        return part
    return Clause(part.text[found.start("verb") :], part.start + found.start("verb"), part.end, "i will never ")


def forbidden(part: Clause) -> Clause:
    """ "Under no circumstances share …" as "never share …"."""
    found = _ON_NO_ACCOUNT.match(part.text)
    return part if found is None else Clause(part.text[found.end() :], part.start + found.end(), part.end, "never ")
