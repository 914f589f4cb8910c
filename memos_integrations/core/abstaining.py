"""What a statement says the user has given up, and which wishes end with it: a latte with coffee, a steak with meat."""

from __future__ import annotations

import re
from functools import lru_cache

from ..types import Fact, Preference
from .change import CLAUSES, SELF, UNSURE, says
from .learnt.relations import others, signs
from .slots import Words
from .tables import tables
from .text import split_sentences

__all__ = ["gives_up", "tells_of_giving_up"]

_LIMIT = 600
_EAT = r"(?:eat|eating|drink|drinking|have|having|touch|touching|do|doing|use|using|buy|buying|order|ordering|stand|handle|take)"
# giving up, and what is given up
_GIVEN_UP = re.compile(
    r"(?i)\b(?:gave up|given up|giving up|quit|sworn off|swore off|cut(?:ting)? out|cut .{1,24}? out\b|done with|finished with|came off"
    rf"|come off|kicked|ditched|(?:am|'m) off|gone off|stopped(?: {_EAT})?|no longer {_EAT}"
    rf"|(?:don't|do not|won't|can't|cannot|mustn't|not allowed to|never) (?:\w+ )?{_EAT}(?=[^.;!]*\b(?:any ?more|ever again|any longer)\b)"
    r"|no more)\s+(?P<a>[^.;,!?]{2,40})"
    r"|(?:戒掉?了?|戒|不再(?:吃|喝|碰|沾|抽|用|玩|刷|去)?|再也不(?:吃|喝|碰|沾|抽|用|玩|刷|去)?|告别了?|不能(?:再)?(?:吃|喝|碰|沾))(?P<b>[\u4e00-\u9fff]{1,6})"
    r"|不(?:吃|喝|碰|沾|抽|用|玩|刷)(?P<c>[\u4e00-\u9fff]{1,6}?)了|(?P<d>[\u4e00-\u9fff]{1,4}?)(?:已经|都|我|早就|也|给|全){0,2}(?:戒掉?了|不(?:吃|喝|碰|沾|抽|玩|刷)了)"
)
_KEEPS = re.compile(
    r"(?i)\b(?:I|we)(?:'m| am|'ve| have|'re| are)?\s+(?:(?:now|gone|become|turned|been|going|went|became|fully|strictly|a|an|strict|also"
    r"|completely|officially|both) )*(?P<diet>vegan|vegetarian|veggie|pescatarian|teetotal|plant-based)(?=$|[.,;!]| (?:now|since|for good"
    r"|these days|as of|in (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*|last|this|from)\b)"
    r"|^(?:\w+ )?(?P<since>sober|teetotal|vegan|vegetarian)(?= (?:for good|since|now|these days)\b)"
    r"|(?:开始|改|起|已经|现在|都|一直|只|长期|^我?|，我?)就?(?P<zh>吃全素|吃纯素|吃素|吃斋|茹素)"
)
_DIETS = {
    "sober": "teetotal",
    "veggie": "vegetarian",
    "plant-based": "vegan",
    "吃素": "vegetarian",
    "吃斋": "vegetarian",
    "茹素": "vegetarian",
}
# not for good, not yet, or another way round, beside what is unsure
_NOT_SO = re.compile(
    r"(?i)\b(?:trying to|try to|want to|thinking (?:of|about)|considering"
    r"|lent|dry january|for (?:a|one|two|three|\d+) (?:days?|weeks?|months?)|until|till|except|apart from|weekdays|weekends|at home|at work"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)days?|this (?:week|month)|during|while|used to|when I|before|after|because|so that"
    r"|never (?:quit|gave up|stopped|give up))\b"
    r"|想要?(?:戒|吃素)|打算|准备|试着|考虑|没(?:有)?戒|不戒|除了|周[一二三四五六日末]|初一|十五|期间|的时候|以前"
)

_SOMEBODY = re.compile(
    r"(?i)\bmy (?:coach|trainer|landlady|teacher|supervisor)\b|我们?的?(?:领导|老板|上司|经理|师傅|导师|房东|老师|主任|教练|徒弟)"
)
_FOR_NOW = re.compile(
    r"(?i)\b(?:today|tonight|tomorrow|this (?:time|once|morning|evening|week|weekend|month)|for now|for the moment)\b(?<!as of today)"
    r"|今天|今晚|明天|这[次回顿周]|这几天|这个(?:月|星期)|暂时|[几两三]天|一个(?:月|星期)"
)


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, list[str]]]:
    return tables("abstaining.toml")


@lru_cache(maxsize=4)
def _words(table: str) -> Words:
    return Words(_data()[table], whole=True)


@lru_cache(maxsize=4096)
def _given_up(text: str) -> frozenset[str]:
    """The kinds of things that a turn says the user does without from now on."""
    low = text[:_LIMIT].replace("’", "'")
    found: set[str] = set()
    for start, stop in split_sentences(low):
        sentence = low[start:stop]
        for match in _GIVEN_UP.finditer(sentence):
            if not _lasts(sentence, match):
                continue
            thing = next(filter(None, match.groups()), "")
            found.update(_words("named").find(thing))
        for match in _KEEPS.finditer(sentence):
            diet = match["diet"] or match["since"] or match["zh"]
            if _lasts(sentence, match):
                found.update(_data()["diets"][_DIETS.get(diet.lower(), "vegan" if match["zh"] else diet.lower())])
    return frozenset(found)


def _lasts(sentence: str, match: re.Match[str]) -> bool:
    """Whether the clause of a match tells of the user, and of now on."""
    begin = max((found.end() for found in CLAUSES.finditer(sentence, 0, match.start() + 1)), default=0)
    end = CLAUSES.search(sentence, match.end())
    clause = sentence[begin : len(sentence) if end is None else end.end()]
    if says(UNSURE, clause) or says(_NOT_SO, clause) or says(_FOR_NOW, sentence):
        return False
    if says(_SOMEBODY, clause):
        return False
    return not others(clause) or says(SELF, clause)


def tells_of_giving_up(text: str) -> bool:
    """Whether a turn says that the user does without a kind of things from now on."""
    return bool(_given_up(text))


def gives_up(text: str, memory: Fact | Preference) -> bool:
    """Whether a wish or a habit is of a kind that a later turn gives up: a latte, where coffee is given up."""
    given_up = _given_up(text)
    if not given_up:
        return False
    if isinstance(memory, Preference):
        thing = memory.object if memory.polarity == "wants" else ""
    else:
        thing = memory.value if memory.attribute == "habit" and memory.subject in (None, "user") and not signs(memory.value).negated else ""
    said = f"{thing} {memory.text}"
    kinds = set(_words("things").find(thing))
    kinds.update(wider for kind in tuple(kinds) for wider in _data()["within"].get(kind, ()))
    return bool(kinds & given_up - set(_words("without").find(said)))
