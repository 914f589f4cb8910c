"""How one memory is worded inside an instruction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..types import AnyMemory, Episode, Fact, Polarity, Preference
from . import slots
from .cut import is_cut, placed
from .fence import neutralise
from .inflection import acting
from .kinds import kinds
from .masking import mask_secrets
from .quoting import Count, quotes
from .text import Language, language, normalise

__all__ = [
    "Ended",
    "Seeming",
    "date_of",
    "episode_lines",
    "fact_line",
    "forbids",
    "imperative",
    "is_safety",
    "seeming",
    "third_person",
    "turn_line",
]

_STARTS_EN = re.compile(
    r"(?i)^(?:when|whenever|if|while|during|for|in|on|at|unless|except|besides|apart|after|before|until|only|with|as long)\b"
)
_EXCEPT_WHEN = re.compile(r"(?i)^except (?:when|if)\b")
_ENDS_ZH = re.compile(
    r"(?:时|时候|周[一二三四五六日末]|星期.|工作日|以内|[早晚]上|[上下中]午|夜里|平时|[春夏秋冬雨雪晴热冷]天|季|月|晚|节|的话|之前|之后|以前|以后|期间|前|后|中|里|上|外)$"
)
_STARTS_ZH = re.compile(r"^(?:给[^，]{1,5}$|如果|要是|假如|若|当|除非|除了|除|只有|只在|遇到|在)")
_PERSON_EN = (
    (re.compile(r"(?i)\bI(?:'|’)m\b|\bI am\b"), "the user is"),
    (re.compile(r"(?i)\bI(?:'|’)ve\b|\bI have\b"), "the user has"),
    (re.compile(r"(?i)\bI(?:'|’)(?:ll|d)\b"), "the user"),
    (re.compile(r"(?i)\b(?:my|mine|our)\b"), "the user's"),
    (re.compile(r"(?i)\b(?:me|myself|us|I|we)\b"), "the user"),
)
_VERB = re.compile(r"(?i)\b(?:I|we)\s+((?:only|just|really|already|often|always|never|usually|explicitly|also)\s+)?([a-z]+)\b")
_NO_VERB = frozenset(
    {"can", "could", "will", "would", "shall", "should", "may", "might", "must", "was", "were", "had", "did", "said", "asked", "and", "or"}
)
_PERSON_ZH = re.compile(r"我们|咱们|我自己|我")
_FORBIDS = re.compile(
    r"(?i)(?:please )?(?:do not|don['’]t|never|avoid|no|stop|skip|refrain|leave out|omit|drop|exclude|keep away|stay away)\b"
    r"|请?(?:不要|不|别|避免|勿|切勿|禁止|停止|跳过|省略|去掉|远离)"
)
Ended = Literal["all", "part"]
_ENDED: dict[Language, dict[Ended, str]] = {
    "en": {"all": " (no longer so)", "part": " (changed in part since)"},
    "zh": {"all": "（已不是这样）", "part": "（后来有变）"},
}
_SIGNED = re.compile(r"^(Prefer|Avoid|Lean towards|Rather avoid|优先|避免|尽量优先|尽量避免)( ?.+)$", re.DOTALL)
_THEN = (
    r"(?=\s*(?:[,.;:!?]|$)|\s(?:of|in|on|at|for|from|with|by|to|when|if|and|or|over|than|is|are|as|but|please|any|every"
    r"|makes?|gives?|drives?|puts?|hurts?|bothers?)\b)"
)
_ORDINARY = re.compile(  # a word with a capital only because a sentence began with it
    r"Loud|Long|Short|Big|Large|Small|Tiny|Cold|Hot|Warm|Sweet|Spicy|Cheap|Bright|Dark|Early|Late|Strong|Heavy|Old|New|Busy|Noisy|Fast|Slow|Raw"
    r"|Soft|Hard|Dry|Deep|Thin|Thick|Plain|Public|Group|Sour|Bitter|Salty|(?!Athens|Wales|Netherlands|Starbucks|Mercedes)[A-Z][a-z-]{2,}(?:ed|ing|[^aius]s)"
)
_QUALITIES_ZH = frozenset("硬甜咸油苦酸凉冷热吵贵软腻闷")
_DOING = r"(?:I|only|just|always|usually|ever|never|rarely|seldom|hardly|don['’]?t|can['’]?t|won['’]?t)"  # what follows is what one does
_DARE = re.compile(r"^Do not the assistant (?:(?:dare|ever|even|go)\s+)*")
_NOTED: dict[Language, str] = {"en": "Keep in mind: ", "zh": "注意："}
_ENDS = " \t.。!！,，;；"
_QUOTED = 160  # characters of what the user said, at most, in an order
_SHORT = 1000  # characters of a text that is held as it is shown


def is_safety(preference: Preference) -> bool:
    """Whether ignoring it can do harm."""
    return slots.is_safety(preference.slot, f"{preference.text} {preference.directive}")


def _clean(text: str) -> str:
    return _held_clean(text) if len(text) <= _SHORT else neutralise(mask_secrets(text))


@lru_cache(maxsize=4096)
def _held_clean(text: str) -> str:
    return neutralise(mask_secrets(text))


@lru_cache(maxsize=256)
def _masked(text: str) -> str:
    return mask_secrets(text)


def date_of(memory: AnyMemory) -> str:
    """The day on which it was said, as an ISO date."""
    return memory.said_at.date().isoformat()


def forbids(order: str) -> bool:
    """Whether an imperative says what not to do."""
    return _FORBIDS.match(order.strip()) is not None


def third_person(text: str, *, chinese: bool) -> str:
    """Words of the user told about the user."""
    if chinese:
        return _PERSON_ZH.sub("用户", text)
    for pattern, other in _PERSON_EN[:3]:
        text = pattern.sub(other, text)
    text = _VERB.sub(lambda m: f"the user {m.group(1) or ''}{_third_form(m.group(2))}", text)
    for pattern, other in _PERSON_EN[3:]:
        text = pattern.sub(other, text)
    return text


def _third_form(verb: str) -> str:
    if verb in _NO_VERB or verb.endswith("ed"):
        return verb
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    return verb[:-1] + "ies" if verb.endswith("y") and verb[-2:-1] not in "aeiou" else verb + "s"


def _condition(words: str, chinese: bool) -> str:
    """The condition of a preference, spelled out between brackets, in the language of its line."""
    words = words.strip().rstrip(_ENDS)
    if not words:
        return ""
    words = third_person(words, chinese=language(words) == "zh")
    if language(words) == "zh":
        if not _STARTS_ZH.match(words) and not _ENDS_ZH.search(words):
            words += "时"
    else:
        words = _EXCEPT_WHEN.sub("unless", words)
        words = words[0].lower() + words[1:] if words[:2].istitle() and _STARTS_EN.match(words) else words
        if not _STARTS_EN.match(words):
            words = f"when {words}"
    return f"（{words}）" if chinese else f" ({words})"


def imperative(preference: Preference, *, said: str = "") -> str:
    """A preference as an imperative that a model can follow, signed, with its condition.

    Args:
        preference: The preference.
        said: Day on which it was said, to be named; empty: not named.
    """
    order = _DARE.sub("Do not ", preference.directive.strip().rstrip(_ENDS))
    if not order:
        thing = (preference.object or preference.text).strip().rstrip(_ENDS)
        if language(thing) == "zh":
            order = f"优先{thing}" if preference.polarity == "wants" else f"避免{thing}"
        else:
            order = f"Prefer {thing}" if preference.polarity == "wants" else f"Avoid {thing}"
    signed, own = _SIGNED.match(order), preference.condition or ""
    quote = preference.evidence[0].quote if preference.evidence else ""
    if signed is not None and is_cut(
        signed[2].strip(), wanted="void" not in signed[1] and "避免" not in signed[1], quote=quote, condition=own
    ):
        order, own = _noted(preference), ""
    elif signed is not None:
        order = f"{signed[1]}{_done(signed[1], signed[2], quote)}"
    chinese = language(order) == "zh"
    condition = _condition(own, chinese) if normalise(own) not in normalise(order) else ""
    notes = [("推断" if chinese else "inferred")] if preference.origin == "implicit" else []
    if not preference.lasting:
        notes.append("仅本次会话" if chinese else "this session only")
    if said:
        notes.append(said)
    if chinese:
        end = f"（{'，'.join(notes)}）" if notes else ""
        return _clean(f"{order}{condition}{end}。")
    end = f" ({', '.join(notes)})" if notes else ""
    return _clean(f"{order}{condition}{end}.")


@lru_cache(maxsize=4096)
def _done(sign: str, thing: str, quote: str) -> str:
    """The object of a signed order as it reads: an action, or a thing with its article, no capital left from the user's sentence."""
    if not thing.startswith(" "):
        return f"{thing}的" if thing in _QUALITIES_ZH else thing
    thing, colon, reason = thing[1:].partition(":")
    first = thing.partition(" ")[0]
    if first.istitle() and quote.startswith(first) and (kinds(first) or _ORDINARY.fullmatch(first)):
        thing = thing[0].lower() + thing[1:]
    if placed(thing) and "void" in sign:
        thing = f"anything {thing}"
    elif len(quote) <= _SHORT and re.search(rf"(?i)\b(?:no|any|some)thing (?:too )?{re.escape(thing)}\b", quote):
        thing = f"{'anything' if 'void' in sign else 'something'} {thing}"
    elif (done := acting(thing, "to" if re.search(rf"(?i)\b{_DOING} {re.escape(thing)}\b", quote[:_SHORT]) else "")) != thing:
        thing = done
    elif len(quote) <= _SHORT:
        thing = " over ".join(_with_article(part, quote) for part in thing.split(" over "))
    return f" {thing}{colon}{reason}"


def _with_article(thing: str, quote: str) -> str:
    found = re.search(rf"(?i)\b(an?|the) {re.escape(thing)}{_THEN}", quote)
    return thing if found is None else f"{found[1].lower()} {thing}"


def _noted(preference: Preference) -> str:
    """The user's sentence, told about the user, where no order can be made of it."""
    quote, text = preference.evidence[0].quote if preference.evidence else "", preference.text.strip().rstrip(_ENDS)
    own = language(quote or text)
    if quote and len(quote) <= _QUOTED and normalise(preference.condition or "") in normalise(quote):
        text = third_person(quote.strip().rstrip(_ENDS), chinese=own == "zh")
    elif preference.condition and normalise(preference.condition) not in normalise(text):
        text += _condition(preference.condition, own == "zh")
    first = text.split(" ", 1)[0]
    lower = _STARTS_EN.match(first) or first in ("The", "My", "A", "An") or kinds(first) or _ORDINARY.fullmatch(first)
    return _NOTED[own] + (text[:1].lower() + text[1:] if lower else text)


def fact_line(memory: AnyMemory, *, of: str | None = None) -> str:
    """A fact or summary as one line of data, with the day on which it was said; ``of``: whose memory it is, if not the user's."""
    text = memory.text
    if isinstance(memory, Fact) and memory.occurs_at and memory.occurs_at not in text:
        text = text.rstrip(_ENDS)
        text += f"（{memory.occurs_at}）" if language(text) == "zh" else f" ({memory.occurs_at})"
    whose = "" if of is None else f"（{_clean(of)[:60]}的记忆）" if language(text) == "zh" else f" (memory of {_clean(of)[:60]})"
    return f"- {date_of(memory)}{whose}: {_clean(text)}"


def turn_line(episode: Episode) -> str:
    """A turn as one line of data, whole."""
    return _prefix(episode, None, None) + _clean(episode.text)


def _prefix(episode: Episode, of: str | None, ended: Ended | None) -> str:
    who = _clean(episode.speaker or episode.subject or (of if of is not None and episode.role == "user" else episode.role))[:60]
    note = "" if ended is None else _ENDED[language(episode.text)][ended]
    return f"- {date_of(episode)} {who}{note}: "


def episode_lines(
    episode: Episode, asked: set[str], *, max_tokens: int, count: Count, of: str | None = None, ended: Ended | None = None
) -> Iterator[str]:
    """A turn as one line of data, by ``quotes``: whole if it is short, else its sentences around what is asked, then fewer of them.

    Args:
        episode: The turn.
        asked: Content words of what is asked.
        max_tokens: Budget for the line.
        count: Token counter.
        of: Whose memory it is, if not the user's.
        ended: How much of it is no longer so.
    """
    prefix = _prefix(episode, of, ended)
    text = episode.text if len(episode.text) <= _SHORT else _masked(episode.text)
    yield from (prefix + _clean(said) for said in quotes(text, asked, max_tokens=max_tokens, count=count))


@dataclass(frozen=True, slots=True)
class Seeming:
    """How something shown is worded.

    Attributes:
        text: The sentence that is stored and searched.
        directive: The imperative, signed and with care.
    """

    text: str
    directive: str


def seeming(thing: str, polarity: Polarity, language: Language, *, label: str = "") -> Seeming:
    """Word what a user seems to prefer or to avoid.

    Args:
        thing: What it is about.
        polarity: Its sign.
        language: The language to word it in.
        label: What the thing is the value of, such as ``genre``.
    """
    if language == "zh":
        what = f"{thing}（{label}）" if label else thing
        if polarity == "wants":
            return Seeming(f"用户似乎更喜欢{what}。", f"尽量优先{what}。")
        return Seeming(f"用户似乎不喜欢{what}。", f"尽量避免{what}。")
    what = f"{acting(thing)} ({label})" if label else acting(thing)
    if polarity == "wants":
        return Seeming(f"The user seems to prefer {what}.", f"Lean towards {what}.")
    return Seeming(f"The user seems not to like {what}.", f"Rather avoid {what}.")
