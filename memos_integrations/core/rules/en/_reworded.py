"""Turns of speech put plainly: "it irks me when people shout" as "I hate it when …", "under no circumstances share" as "never share"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...inflection import is_verb
from ._lexicon import Clause
from ._patterns import OTHERS

__all__ = ["forbidden", "irked", "its_own", "last_time", "out_of_it"]

_IRKS = re.compile(
    r"^(?:and |but |because )*it (?:really |always |just |absolutely )?"
    r"(?:irritates|annoys|bothers|bugs|irks|infuriates|exhausts|stresses|upsets|winds|gets|drives|grates on|makes) me "
    r"(?:(?:up|out|down|mad|crazy|nuts|cross|furious|cringe|angry|up the wall|round the bend) )?"
    r"(?:when(?:ever)?|if) (?=(?:people|you|they) )"
)
_ON_IT = re.compile(
    r"^(?:and |but |though |while )*"
    r"i(?:'ve come to|'ve grown to|'ve learn(?:ed|t) to| really| just| absolutely| personally| do| honestly| actually)* "
    r"(?P<pred>love|like|enjoy|adore|hate|can't stand|cannot stand|can't bear|loathe|detest|dislike|avoid|don't (?:like|eat|drink|enjoy))"
    r" (?:it|them)(?: too| myself| though| anyway)?$"
)
_OF_THEIRS = re.compile(
    r"\b(?:likes?|liked|loves?|loved|adores?|adored|rav(?:es?|ed) about|recommend(?:s|ed)?|suggest(?:s|ed)?|sw(?:ears?|ore) by"
    r"|(?:is|are|was) (?:into|mad about|keen on)|prefers?|got me into|(?:should|told me to) try)"
    r" (?P<thing>(?!(?:me|it|them|that|this|to|my|our|your|his|her|their|him|us|you|too|so|very|with|at|in|on|for|from|being|when|how"
    r"|what)\b)[\w'-]+(?: (?!and\b|but\b|when\b|if\b)[\w'-]+){0,3})$"
)
_LAST_TIME = re.compile(
    r"^(?:and |but |so |well )*(?:that's|that is|this is) the (?:very )?last time (?:that )?"
    r"(?:i|we)(?:'ll|'d| will)?(?: ever)? (?P<verb>[a-z]+) "
)
_ON_NO_ACCOUNT = re.compile(
    r"^(?:and |but |so |please )*(?:under no circumstances|on no account|in no case|at no (?:time|point))"
    r"(?: (?:should|must|are|may|can|shall) you(?: to| ever)?| ever)? (?=[a-z])"
    r"(?!(?:does|did|was|were|is|are|am|has|had|will|would|can|could|should|must|may|(?:do|have) (?:i|we|you|they|he|she|it|people"
    r"|the|my|our))\b)"
)
_CASE = re.compile(  # of any such thing, and not of the one in hand: "if a film is dubbed"
    r"(?:and |but )*(?:if|whenever|once|as soon as) (?:an?|any|something|anything|somewhere|there(?:'s| is| are)) (?!.*\b(?:will|would)\b)"
)
_OUTS = (
    r"(?:then )?(?:i'm (?:straight )?(?:out|off|gone)|count me out"
    r"|i(?:'ll| will)? (?:pass|walk(?: straight| right)?(?: out| away)?|leave|bail|switch off"
    r"|skip it|turn it off|give up on it)|(?:it|that)(?:'s| is) a (?:hard |firm |definite )?no(?: from me| for me)?"
    r"|no (?:deal|thanks|thank you)|forget it|i'm not (?:interested|in|going|staying|\w+ing (?:it|there|them))"
    r"|i (?:won't|don't|can't) (?:\w+ )(?:it|them|there)|i don't want (?:it|to know)|(?:it|that)(?:'s| is) not for me)"
)
_OUT, _OUT_BEHIND = re.compile(_OUTS), re.compile(rf"(?<=[a-z\d] )(?:{_OUTS})$")


def irked(part: Clause) -> Clause:
    """ "It irritates me when people shout" as "I hate it when people shout"."""
    return _led_by(_IRKS, part, "i hate it when ")


def its_own(parts: Sequence[Clause]) -> list[Clause]:
    """Clauses with "my brother loves jazz, I can't stand it" as "I can't stand jazz" behind what it answers."""
    kept: list[Clause] = []
    for part in parts:
        own = _ON_IT.match(part.text)
        theirs = _OF_THEIRS.search(kept[-1].text) if own is not None and kept and OTHERS.match(kept[-1].text) else None
        if own is None or theirs is None:
            kept.append(part)
            continue
        begin = kept[-1].start + theirs.start("thing")
        kept.append(Clause(theirs["thing"], begin, begin + len(theirs["thing"]), f"i {own['pred']} "))
    return kept


def last_time(part: Clause) -> Clause:
    """ "That's the last time I book with them" as "I will never book with them"."""
    found = _LAST_TIME.match(part.text)
    if found is None or not is_verb(found["verb"], "to", part.text[found.end() :]):
        return part
    return Clause(part.text[found.start("verb") :], part.start + found.start("verb"), part.end, "i will never ")


def forbidden(part: Clause) -> Clause:
    """ "Under no circumstances share …" as "never share …"."""
    return _led_by(_ON_NO_ACCOUNT, part, "never ")


def _led_by(lead: re.Pattern[str], part: Clause, plainly: str) -> Clause:
    found = lead.match(part.text)
    return part if found is None else Clause(part.text[found.end() :], part.start + found.end(), part.end, plainly)


def out_of_it(parts: Sequence[Clause], low: str) -> list[Clause]:
    """Clauses with "if a film is dubbed, I'm out" as one, which the user avoids."""
    kept: list[Clause] = []
    for part in parts:
        if _CASE.match(part.text) and _OUT_BEHIND.search(part.text):
            kept.append(Clause(low[part.said : part.end], part.said, part.end, "i avoid it: "))
        elif kept and _OUT.fullmatch(part.text) and _CASE.match(kept[-1].text) and low[kept[-1].end : part.start].strip() == ",":
            case = kept.pop()
            kept.append(Clause(low[case.said : part.end], case.said, part.end, "i avoid it: "))
        else:
            kept.append(part)
    return kept
