"""Bounds that a case names ("over three hours", 四小时以内) beside an amount that a request names."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

__all__ = ["within"]

_READ = 1000  # characters
_WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBERS = {
    **{word: n for n, word in enumerate(_WORDS, 1)},
    **{"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60},
    **{"a hundred": 100, "half an": 0.5, "an": 1, "a": 1},
}
_DIGITS_ZH = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2, "半": 0.5}
_NUMBER = r"\d[\d,]*(?:\.\d+)?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_NUMBER_ZH = r"\d[\d,]*(?:\.\d+)?|[零一二两三四五六七八九十百千半]+"
_UNITS = {
    "hour": (r"hours?|hrs?|h", "个?半?(?:小时|钟头)"),
    "minute": (r"minutes?|mins?", "分钟"),
    "day": (r"days?", "天"),
    "night": (r"nights?", "晚"),
    "person": (r"people|persons?|guests|of us|heads", "个?人"),
    "money": (r"pounds?|quid|euros?|dollars?|bucks|yuan", "元|块钱?"),
    "distance": (r"kilomet(?:re|er)s?|km|miles?|k", "公里|千米"),
    "degree": (r"degrees?|°c?", "度"),
    "page": (r"pages?", "页"),
}
_UNIT = "|".join(f"(?P<{name}>{latin})" for name, (latin, _) in _UNITS.items())
_UNIT_ZH = "|".join(f"(?P<{name}>{han})" for name, (_, han) in _UNITS.items())
_AMOUNT = re.compile(rf"(?i)\b(?P<number>{_NUMBER})[\s-]*(?:{_UNIT})\b")
_MONEY = re.compile(r"[£$€¥]\s?(?P<number>\d[\d,]*(?:\.\d+)?)")
_AMOUNT_ZH = re.compile(rf"(?P<number>{_NUMBER_ZH})(?:{_UNIT_ZH})")
_OVER = re.compile(r"(?i)\b(?:over|more than|longer than|above|at least|upwards of|exceed\w*|beyond)\s*$|(?:超过|多于|大于|高于|超)\s*$")
_UNDER = re.compile(r"(?i)\b(?:under|less than|below|shorter than|up to|within|fewer than|at most)\s*$|(?:不到|少于|低于|小于|不超过)\s*$")
_OR_MORE = re.compile(r"(?i)\s*(?:or|and) (?:more|longer|over|above)\b|\s*[及或]?以上")
_OR_LESS = re.compile(r"(?i)\s*or (?:less|under|fewer|shorter)\b|\s*[及或]?[以之][内下]")


class _Amount(NamedTuple):
    number: float
    unit: str
    start: int
    end: int


def within(case: str, request: str) -> bool | None:
    """Whether an amount that a request names is one that a case speaks of; None: either names none."""
    bound = _bound(case[:_READ])
    if bound is None:
        return None
    over, least = bound
    amounts = [one.number for one in _amounts(request[:_READ]) if one.unit == least.unit]
    if not amounts:
        return None
    return any(amount >= least.number if over else amount <= least.number for amount in amounts)


@lru_cache(maxsize=1024)
def _bound(case: str) -> tuple[bool, _Amount] | None:
    for amount in _amounts(case):
        before, after = case[: amount.start], case[amount.end :]
        if _UNDER.search(before) or _OR_LESS.match(after):
            return False, amount
        if _OVER.search(before) or _OR_MORE.match(after):
            return True, amount
    return None


@lru_cache(maxsize=256)
def _amounts(text: str) -> tuple[_Amount, ...]:
    found: list[_Amount] = []
    for pattern in (_AMOUNT, _AMOUNT_ZH, _MONEY):
        for match in pattern.finditer(text):
            unit = next((name for name, words in match.groupdict().items() if words and name != "number"), "money")
            number = _number(match["number"].lower()) + (0.5 if "个半" in match[0] else 0.0)
            unit, number = ("minute", 60 * number) if unit == "hour" else (unit, number)
            found.append(_Amount(number, unit, match.start(), match.end()))
    return tuple(found)


def _number(word: str) -> float:
    if word[0].isdigit():
        return float(word.replace(",", ""))
    if word in _NUMBERS:
        return _NUMBERS[word]
    total, last = 0.0, 0.0
    for place, c in enumerate(word):
        if c in _DIGITS_ZH:
            last = _DIGITS_ZH[c]
            if c == "半" and place:
                return total + last
        else:
            times = {"十": 10, "百": 100, "千": 1000}[c]
            total, last = total + (last or 1) * times, 0.0
    return total + last
