"""What a query asks for, and how a turn says it: cheap signs that tell an answer from talk about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from math import log1p

from .dates import mentions_date, resolve_dates
from .text import content_terms, normalise

__all__ = [
    "Asked",
    "Manner",
    "asked",
    "asks_for_overview",
    "dated",
    "manner",
    "meant",
    "numbered",
    "placed",
    "spoken_words",
    "tells_at_length",
]

_TELLING = 8  # content words: with fewer, a turn hardly says anything; more say no more by their number alone
_ASKING = 16  # content words: who asks with as many tells something as well
_READ = 2000  # characters: how a turn speaks shows at its beginning
_SAYS = 2  # content words: with fewer, what stands in quotation marks is a name

_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？\n]*")
_WORD = re.compile(r"\w")
_QUESTION = re.compile(r"[?？]\W*$|[吗呢][。.]?\s*$")
_PERSON = re.compile(r"(?i)\b(?:i|i'm|i've|i'd|i'll|my|mine|we|we're|we've|our)\b|我|咱")
_NUMBER = re.compile(
    r"(?i)\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|twice|once|dozen)\b|[一二两三四五六七八九][十百千万亿]|[一二两三四五六七八九十百千万](?=[个只条次岁年月天元块位本])"
)
_ASKS = re.compile(
    r"(?i)[?？]|^\s*(?:what|who|whom|whose|when|where|why|which|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b"
    r"|[吗呢]\s*[。.]?\s*$|什么|怎么|哪|谁|几|多少|为何|是否"
)
_ASKS_TIME = re.compile(
    r"(?i)^\s*(?:and |so )?when\b|\b(?:what|which) (?:\w+ )?(?:date|day|month|year|time|week)\b|\bsince when\b|\bhow long ago\b"
    r"|什么时候|何时|哪(?:一)?(?:天|年|月|日|周)|几(?:号|月|点|时)"
)
_ASKS_PLACE = re.compile(
    r"(?i)^\s*(?:and |so )?where\b|\b(?:in|at|to|from) (?:what|which) (?:\w+ )?(?:place|city|town|country|room|street|shop|store|state)\b"
    r"|哪[儿里]|哪个(?:地方|城市|国家|位置|房间)|什么(?:地方|位置)|[搁放住去在到]哪"
)
_PLACE = re.compile(
    r"\b(?:in|at|to|from|near|around) (?:the )?[A-Z][a-z]+"
    r"|\b(?:in|at|on|by|to|from|behind|beside|under|above|below|opposite|next to|inside|outside|near) (?:the|my|our|his|her|their|an?)\b"
    r"|在[^，。！？]{1,12}|[去到住往搬][\u4e00-\u9fff]{2}|[旁左右外里前后][边面]|[楼屋家柜山村城街镇][里上下]"
)
_ASKS_NUMBER = re.compile(r"(?i)\bhow (?:many|much|old|long|often|far|big|tall)\b|多少|多大|多久|多长|几(?![号月点时乎])")
_ASKS_ASSISTANT = re.compile(
    r"(?i)\b(?:did|had|have) you (?:\w+ )?(?:recommend|suggest|sa[iy]|t[eo]ll?d?|mention|advis|explain|propos|g[ai]ve|show|list|describ|wr[io]te)"
    r"|\byou(?:'d|'ve| had| have)? (?:\w+ly )?(?:recommended|suggested|said|told|mentioned|advised|explained|proposed|gave|showed|listed|described|wrote)\b"
    r"|\byour (?:\w+ )?(?:advice|recommendations?|suggestions?|explanations?|answers?)\b"
    r"|你(?:之前|上次|刚才|刚刚|曾经?|当时|以前|昨天|那时)\S{0,6}?(?:建议|推荐|说|提到|讲|告诉|解释|给|写|列)|你(?:建议|推荐|说|提到|讲|给|写|列)(?:过|的)|你的(?:建议|推荐|回答)"
)
_ASKS_OVERVIEW = re.compile(
    r"(?i)\bin (?:what |which |the )?(?:(?:right|correct|chronological) )?order\b|\bsummar|\bsum(?:med|s)? (?:(?:it|this|that|things|all) )?up\b|\boverview\b|\brecap\b|\btimeline\b"
    r"|\bchronolog|\bevolv|\bover time\b|\bthroughout\b|\bacross (?:our|my|all|the)\b|\bso far\b"
    r"|\bhow (?:have|has|did)\b.{0,60}\b(?:develop|progress|chang)"
    r"|总结|概括|回顾|概述|梳理|先后顺序|按.{0,4}顺序|历程|时间线|演变|来龙去脉|到目前为止|一路(?:走)?来"
)
_GOES_ON = re.compile(
    r"(?i)\b(?:(?:we|you)\b[^.?!\n]{0,30} last time|(?:from|since|as) last time|last time (?:that )?(?:we|you)"
    r"|(?:we|you) (?:\w+ )?(?:discussed|talked|mentioned|agreed|promised)|next (?:step|move|phase|thing)s?"
    r"|what(?:['’]s| is) next|continu\w*|carry(?:ing)? on|going on with"
    r"|(?:get|go|come)(?:ting|ing)? back to(?! (?:my|his|her|their|work|bed|sleep|school|normal)\b)"
    r"|pick(?:ing)? (?:\w+ )?up (?:where|from|again)|where (?:were|did) we|follow(?:ing)?[- ]up)\b"
    r"|(?<!我)上次|接着|继续|刚才|之前(?:说|聊|提|谈)|下一步|回到|接下来"
)
_SPOKEN = re.compile(
    r"""(?P<lead>[:：,，说道问答喊]\s{0,3})?(?:(?<!\w)"(?P<a>[^"]{4,600})"|(?<!\w)'(?=\w)(?P<b>[^"“”\n]{4,600}?)'(?!\w)"""
    r"""|“(?P<c>[^“”]{4,600})”|‘(?P<d>[^‘]{4,600}?)’(?!\w)|「(?P<e>[^「」]{4,600})」)"""
)
_SAID = re.compile(r"[.!?…。！？]\s*$")
_ROLES = frozenset({"user", "assistant", "system", "tool", "event"})


@dataclass(frozen=True, slots=True)
class Manner:
    """How a turn speaks, each 0 to 1.

    Attributes:
        questions: Share of it that asks, in characters, as far as it is short: a long question tells something as well.
        telling: Whether it says something: its content words up to a few, on a logarithmic scale.
        person: Whether its speaker speaks of himself: two mentions are enough.
    """

    questions: float
    telling: float
    person: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks for.

    Attributes:
        question: Whether it asks, rather than tells something.
        tells: Whether it tells something at length, in several sentences most of which ask nothing: talk goes on.
        time: Whether it asks when.
        place: Whether it asks where.
        number: Whether it asks how many.
        assistant: Whether it asks what the assistant said.
        overview: Whether it asks for what was told over a long time: a summary, an order of events.
        goes_on: Whether it goes on with something: the latest of it is meant.
        text: The query, to look for names in.
        days: First and last day of each span of time that it names.
    """

    question: bool
    tells: bool
    time: bool
    place: bool
    number: bool
    assistant: bool
    overview: bool
    goes_on: bool
    text: str
    days: tuple[tuple[date, date], ...] = ()


@lru_cache(maxsize=65_536)
def manner(text: str) -> Manner:
    """How a turn speaks, read off its words."""
    text = text[:_READ]
    sentences = [s for s in _SENTENCE.findall(text) if s.strip()]
    asking = sum(len(s) for s in sentences if _QUESTION.search(s))
    words = len(content_terms(text))
    return Manner(
        questions=max(0.0, 1 - words / _ASKING) * asking / sum(map(len, sentences)) if sentences else 0.0,
        telling=min(1.0, log1p(words) / log1p(_TELLING)),
        person=min(1.0, len(_PERSON.findall(text)) / 2),
    )


@lru_cache(maxsize=65_536)
def dated(text: str) -> bool:
    """Whether a turn names a time."""
    return mentions_date(text[:_READ])


@lru_cache(maxsize=65_536)
def placed(text: str) -> bool:
    """Whether a turn names a place."""
    return _PLACE.search(text, 0, _READ) is not None


def numbered(text: str) -> bool:
    """Whether a turn names a number."""
    return _NUMBER.search(text, 0, _READ) is not None


def asked(query: str, now: datetime) -> Asked:
    """What a query asks for, at a time."""
    return Asked(
        question=_ASKS.search(query) is not None,
        tells=tells_at_length(query),
        time=_ASKS_TIME.search(query) is not None,
        place=_ASKS_PLACE.search(query) is not None,
        number=_ASKS_NUMBER.search(query) is not None,
        assistant=_ASKS_ASSISTANT.search(query) is not None,
        overview=asks_for_overview(query),
        goes_on=_GOES_ON.search(query[:_READ]) is not None,
        text=f" {normalise(query)} ",
        days=tuple((mention.start, mention.end) for mention in resolve_dates(query[:_READ], now)),
    )


def asks_for_overview(query: str) -> bool:
    """Whether a query asks for what was told over a long time: a summary, an order of events."""
    return _ASKS_OVERVIEW.search(query[:_READ]) is not None


def spoken_words(query: str) -> str:
    """What somebody says within a query that tells more than that: direct speech, no name or title. Empty: nobody speaks."""
    query = query[:_READ]
    found = [(match, match["a"] or match["b"] or match["c"] or match["d"] or match["e"]) for match in _SPOKEN.finditer(query)]
    spoken = " ".join(said for match, said in found if (match["lead"] or _SAID.search(said)) and len(content_terms(said)) >= _SAYS)
    return spoken if spoken and content_terms(_SPOKEN.sub(" ", query)) else ""


def tells_at_length(query: str) -> bool:
    """Whether a query tells something in several sentences, most of which ask nothing: talk goes on."""
    query = query[:_READ]
    sentences = [s for s in _SENTENCE.findall(query) if _WORD.search(s)]
    asking = sum(len(s) for s in sentences if _ASKS.search(s))
    return len(sentences) > 1 and 2 * asking <= sum(map(len, sentences))


def meant(speakers: Iterable[str], query: Asked) -> set[str]:
    """The speaker whose words a query asks for: the one that it names. Where it names several, one that it names as an owner
    only ("what does Ann say about Ben's plan") is spoken of; where several are left, it tells who was there, not who said it.
    """
    named: set[str] = set()
    owners: set[str] = set()
    for speaker in speakers:
        name = normalise(speaker)
        if not name or name in _ROLES:
            continue
        places = re.findall(
            rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])('s)?" if name.isascii() else f"{re.escape(name)}(的)?", query.text
        )
        if places:
            (named if "" in places else owners).add(speaker)
    found = named or owners
    return found if len(found) == 1 else set()
