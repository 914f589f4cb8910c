"""Values that a statement names, by kind: the days, hours, dates, amounts and addresses that change while the thing stays the same."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from .change import SELF, says
from .learnt.relations import others, telling_terms
from .text import content_terms, has_cjk, normalise

__all__ = ["MAIL", "attributes_of", "other_value", "values", "without_values"]

MAIL = r"(?a:[\w.+-]+@[\w.-]+\.\w+)"
"""An e-mail address; Chinese letters before it are no part of it."""
_LIMIT = 600
_COUNTED = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    "|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)"
)
# A later kind reads what the earlier ones left: the 9 of "9 March" is no number of its own.
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("address", rf"{MAIL}|https?://\S+"),
        ("weekday", r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|(?:周|星期|礼拜)[一二三四五六日天末](?!次)"),
        (
            "date",
            rf"\b(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}\b|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b"
            r"|\bthe \d{1,2}(?:st|nd|rd|th)\b"
            r"|(?:[一二三四五六七八九十]{1,3}|\d{1,2})月(?:[初廿]?[一二三四五六七八九十]{1,3}|\d{1,2})?[号日]?"
            r"|初[一二三四五六七八九十]|(?:[一二三四五六七八九十]{1,3}|\d{1,2})号",
        ),
        (
            "month",
            rf"\b(?:end|middle|beginning|start|early|late|mid)[- ](?:of )?{_MONTH}\b|\b(?:in|to|until|till|by|from|for|since) {_MONTH}\b"
            r"|(?:[一二三四五六七八九十]{1,3}|\d{1,2})月(?:初|中|底)?",
        ),
        (
            "hour",
            rf"\b\d{{1,2}}(?:[:.]\d\d)? ?(?:am|pm|o'clock)\b|\b\d{{1,2}}:\d\d\b|\b(?:half|quarter) (?:past|to) (?:\d{{1,2}}|{_COUNTED})\b"
            rf"|\b(?:at|to|until|till|from|by|before|after|around(?= (?:noon|midnight)))"
            rf" (?:1?\d|2[0-4]|{_COUNTED}|noon|midnight)\b(?![,.]\d)"
            r"(?! ?(?:\w+ )?(?:mg|grams?|ml|percent|pages?|minutes|hours|days"
            r"|weeks|months|years|kilos?|kg|stone|pounds|euros|dollars|people|guests|km|miles)\b)"
            r"|(?:[一二两三四五六七八九十]{1,3}|\d{1,2})点半?",
        ),
        ("how long", r"[\d一二两三四五六七八九十]+个?(?:小时|钟头)半?(?:[\d一二三四五六七八九十]+分钟?)?"),
        (
            "how often",
            r"\b(?:daily|weekly|fortnightly|monthly|quarterly|yearly|(?:every|each) (?:day|morning|evening|night|week|fortnight|month|year)"
            r"|(?:once|twice) (?:a|every) (?:day|week|fortnight|month|year))\b"
            r"|[一每](?:天|周|个?星期|个?月|年)[一两三四五六]次|每(?:天|日|周|个?星期|个?月|季度|年)|天天|隔天|每隔?[一两三]天",
        ),
        (
            "part of the day",
            r"\b(?:mornings?|afternoons?|evenings?|nights?|noon|midday|lunchtime|bedtime)\b"
            r"|早晚|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|睡前|饭前|饭后",
        ),
        (
            "amount",
            rf"[£$€¥] ?\d[\d,.]*k?|\b\d[\d,.]*(?:k|%)?(?: ?(?:euros?|pounds?|dollars?|quid|kg|kilos?|stone|km|miles|minutes|hours|mg|ml"
            r"))?\b"
            r"|(?<![\d.])\d[\d,.]*(?=[\u4e00-\u9fff])|(?<=[a-z])\d+(?:\.\d+)*\b"
            rf"|\b(?:{_COUNTED})(?:[ -](?:{_COUNTED}))*(?: (?:hundred|thousand))?\b"
            r"|(?:[一二两三四五六七八九十]+|\d+)米(?:[一二三四五六七八九]|\d{1,2})?"
            r"|[两零一二三四五六七八九十百千万]*[百千万][零一二三四五六七八九十百千万]*|[二两三四五六七八九十零]{2,}"
            r"|[半一二两三四五六七八九十](?=[块元岁码号楼层斤页片杯次节遍天周年])"
            r"|[两三四五六七八九十](?=[只条头匹棵盆间套辆台箱亩座支口])",
        ),
    )
)
_AGO = re.compile(  # when something was tells nothing that could change
    rf"\b(?:\d+|{_COUNTED}|a few|some) (?:days|weeks|months|years) ago\b|[\d零一二两三四五六七八九十几]+(?:天|周|个?月|年)(?:之|以)?前"
)
_CLAUSES = re.compile(r"[，。;；!！?？\n]|[.,](?!\d)|\s[-–—]\s|\b(?:but|because|so)\b")
_KIN = frozenset(  # whose hours and numbers are not the user's
    [
        "wife", "husband", "son", "daughter", "mum", "mom", "dad", "mother", "father", "brother", "sister",
        "cousin", "aunt", "uncle", "friend", "flatmate", "partner", "niece", "roommate", "爸", "妈", "哥", "姐",
        "弟", "妹", "婶", "叔", "姨", "舅", "姑", "老公", "老婆", "儿子", "女儿", "室友", "朋友", "爱人",
        "neighbour", "neighbor", "next door", "邻居", "隔壁", "对门",
    ]
)  # fmt: skip
_UNITS = frozenset(
    content_terms(
        "day days week weeks month months year years time times hour hours minute minutes half first"
        " 分钟 小时 个月 星期 半天 共 总共 合计 平 total altogether"
    )
)
_COMMON = frozenset(
    "我你他她它们的了是在有每天一二三四五六七八九十个改成到从和不也都把这那就上下去来要还没再又次大小多少好点变照旧老样周月号早晚中午"
)
_NAMED = re.compile(
    r"\b(?:my|our|the) ((?:[a-z][\w'-]* ){0,2}[a-z][\w'-]*?)(?: (?:is|are|was|will be)(?: now| going to be)?|'s(?: now)?) "
    r"(?!not\b|no\b|gone|over|off|the same|been|being|\w+ing\b)([^,.;:!?]{2,40})"
    r"|(?:^|[，,。；;：:\s])(?:现在|如今|以后|以后我?|新的)?(?:我们?家?的?|咱们?家?的?|家里的?)?(?:现在|如今)?([\u4e00-\u9fff]{2,6}?)"
    r"(?:现在|如今|已经|改|换)*(?:是|叫|改成|换成|改为|换了|改到)(?!不|没)([^，,。；;！？]{1,20})"
)
_NOW = re.compile(r"\b(?:now|currently|these days|just|already)\b|现在|如今|已经|了$")


@lru_cache(maxsize=8192)
def values(text: str) -> dict[str, frozenset[str]]:
    """The values that a text names, by kind, as they are written but for case. Read only."""
    low = _AGO.sub(" ", normalise(text[:_LIMIT]))
    found: dict[str, frozenset[str]] = {}
    for kind, pattern in _KINDS:
        if said := frozenset(match.group().strip() for match in pattern.finditer(low)):
            found[kind] = said
            low = pattern.sub(" # ", low)
    return found


def without_values(text: str) -> str:
    """A text with a mark in the place of each value."""
    low = normalise(text[:_LIMIT])
    for _, pattern in _KINDS:
        low = pattern.sub(" # ", low)
    return low


class _Said(NamedTuple):
    """A value of a kind, and what the words around it are about."""

    kind: str
    value: str
    topics: frozenset[str]
    whom: frozenset[str]

    @property
    def characters(self) -> frozenset[str]:
        """The Chinese characters of what it is about, but for those of many words."""
        return frozenset(character for topic in self.topics if has_cjk(topic) for character in topic) - _COMMON


@lru_cache(maxsize=8192)
def _said(text: str) -> tuple[_Said, ...]:
    """The values of a text, each with what its clause is about, and the clause before where its own names nothing."""
    found: list[_Said] = []
    before: frozenset[str] = frozenset()
    for clause in _CLAUSES.split(normalise(text[:_LIMIT])):
        rest = clause
        for _, pattern in _KINDS:
            rest = pattern.sub(" # ", rest)
        own = frozenset(telling_terms(rest)) - _UNITS
        about = own if len(own) > 1 else own | before
        whom = frozenset(others(clause) & _KIN) if not says(SELF, clause) else frozenset[str]()
        found += [_Said(kind, value, about, whom) for kind, some in values(clause).items() for value in some]
        before = own or before
    return tuple(found)


def other_value(old: str, new: str, *, by_characters: bool = False) -> bool:
    """Whether two statements name one thing and, of one kind, another value of it: "bridge is on Thursdays", "bridge moved to Tuesday".

    Args:
        old: The earlier one.
        new: The later one.
        by_characters: A Chinese word is shared where one character of it is: 跑 of 跑步.
    """
    one = _said(old)
    known = {(said.kind, said.value) for said in one}
    return any(
        a.kind == b.kind and not b.whom - a.whom and (a.topics & b.topics or (by_characters and a.characters & b.characters))
        for b in _said(new)
        if (b.kind, b.value) not in known
        for a in one
    )


@lru_cache(maxsize=8192)
def attributes_of(text: str) -> dict[str, str]:
    """What a text says that things of the user's are: "my physio is Declan now" → physio: declan. Read only."""
    found: dict[str, str] = {}
    for match in _NAMED.finditer(normalise(text[:_LIMIT])):
        name, value = (match[1], match[2]) if match[1] else (match[3], match[4])
        found[name.strip()] = _NOW.sub("", value).strip()
    return found
