"""Hours of the day that a text speaks of: "after six", 下午三点以后, "at 8.30 pm"."""

from __future__ import annotations

import re
from functools import lru_cache

from ._facets import clipped, facets

__all__ = ["Span", "spans"]

Span = tuple[float, float]
"""From one hour to another; past 24 it is the next day."""

_DAY_END = 29.0
_PARTS: dict[str, Span] = {"morning": (5, 11), "noon": (11, 14), "afternoon": (12, 18), "evening": (17, 23), "night": (20, _DAY_END)}
_WORDS = {
    w: n for n, w in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], start=1)
}
_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}
_UNITS = r"(?!\s*(?:%|percent|per|minute|hour|day|week|month|year|people|person|km|mile|euro|pound|dollar|\.\d|,\d|-?year))"
_HOW = "at|before|after|until|till|by|past|from|since"
_EN = re.compile(
    rf"(?:\b(?P<how>{_HOW})\s+)?"
    r"(?:\b(?P<h>\d{1,2})(?:[:.]\d\d)?\s*(?P<half>[ap]\.?m\b|o'clock)|\b(?P<h24>\d{1,2}):\d\d\b)"
    rf"|\b(?P<how_bare>{_HOW})\s+(?P<bare>\d{{1,2}}|{'|'.join(_WORDS)})\b{_UNITS}"
)
_ZH = re.compile(
    r"(?P<part>早上|早晨|上午|中午|下午|晚上|夜里|凌晨|傍晚|今晚|明早|晚)?\s*"
    r"(?P<h>二?十[一二三四五六七八九]?|[一二三四五六七八九两]|\d{1,2})\s*[点點时:](?P<half>半|\d\d)?(?:钟|鐘)?(?P<how>之?前|以前|之?后|以后|以後)?"
)
_LATE_PARTS = ("下午", "晚上", "夜里", "傍晚", "今晚", "晚")
_DARK = re.compile(r"\b(?:evening|night|tonight|dinner|supper|bed)\b|晚|夜")
_EARLY = re.compile(r"\b(?:morning|breakfast|dawn|wake|alarm)\b|早|上午")


def _number(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word in _WORDS:
        return _WORDS[word]
    tens, mark, ones = word.partition("十")
    if not mark:
        return _DIGITS.get(word, 0)
    return (_DIGITS.get(tens, 0) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)


def _bare(hour: int, text: str) -> int:
    """An hour without its half of the day: up to seven it is the later one, and in the evening always."""
    if hour >= 12 or _EARLY.search(text):
        return hour
    return hour + 12 if hour <= 7 or _DARK.search(text) else hour


@lru_cache(maxsize=4096)
def spans(text: str) -> tuple[Span, ...]:
    """Hours of the day that a text speaks of; by its words ("breakfast") where it names no hour. Empty: none."""
    low = clipped(text)
    found: list[Span] = []
    for match in _EN.finditer(low):
        half = match["half"] or ""
        hour = _number(match["h"] or match["h24"] or match["bare"])
        if half.startswith("p"):
            hour = hour % 12 + 12
        elif half.startswith("o") or match["bare"]:
            hour = _bare(hour, low)
        how = match["how"] or match["how_bare"] or ""
        if 0 < hour <= 24:
            found.append(_open(hour, how))
            if match["bare"] and how == "at":
                found += _other_half(hour, low)
    for match in _ZH.finditer(low):
        hour = _number(match["h"])
        part = match["part"] or ""
        if part in _LATE_PARTS and hour < 12:
            hour += 12
        elif not part:
            hour = _bare(hour, low)
        how = match["how"] or ("after" if low[max(0, match.start() - 2) : match.start()].endswith(("过了", "过")) else "")
        if 0 < hour <= 24:
            found.append(_open(hour, how))
            if not part and not how:
                found += _other_half(hour, low)
    return tuple(found) or tuple(_PARTS[part] for part in _PARTS if part in facets(text).get("daytime", ()))


def _other_half(hour: int, text: str) -> list[Span]:
    """The same hour in the other half of the day, where a text does not say which it means."""
    if _EARLY.search(text) or _DARK.search(text) or facets(text).get("daytime") or hour == 12 or hour > 23:
        return []
    return [_open(hour - 12 if hour > 12 else hour + 12, "")]


def _open(hour: int, how: str) -> Span:
    if how in ("before", "until", "till", "by") or how.endswith("前"):
        return (0, hour)
    if how in ("after", "past", "from", "since") or how.endswith(("后", "後")):
        return (hour, _DAY_END)
    return (hour, hour + 1)
