"""Dates as people say them, resolved against the time of the message, in English and Chinese."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

__all__ = ["DateMention", "asked_date_terms", "date_terms", "mentions_date", "resolve_dates", "said_terms"]


@dataclass(frozen=True, slots=True)
class DateMention:
    """Words of a text that name a day or a span of days, both ends included."""

    span: tuple[int, int]
    words: str
    start: date
    end: date


_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_NUMBERS = {
    w: i for i, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"])
} | {"a": 1, "an": 1}
_ZH_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_MONTH = "|".join(f"{m[:3]}(?:{m[3:]})?" if len(m) > 3 else m for m in _MONTHS)
_DAY = "|".join(_DAYS)
_ZH = "[零〇一二两三四五六七八九十]{1,3}|\\d{1,2}"
_ZH_YEARS = {"去": -1, "前": -2, "今": 0, "明": 1, "后": 2}
_NEAR = {
    "today": 0,
    "tonight": 0,
    "yesterday": -1,
    "tomorrow": 1,
    "今天": 0,
    "今晚": 0,
    "昨天": -1,
    "昨晚": -1,
    "前天": -2,
    "明天": 1,
    "明晚": 1,
    "后天": 2,
    "大后天": 3,
}


def _zh_number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_ZH_DIGITS.get(tens, 1) if tens else 1) * 10 + (_ZH_DIGITS.get(ones, 0) if ones else 0)
    return int("".join(str(_ZH_DIGITS.get(c, 0)) for c in text))


def _month(year: int, month: int) -> tuple[date, date]:
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _week(day: date, weeks: int) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=6)


def _near_year(said: date, month: int, day: int) -> tuple[date, date]:
    # without a year the nearest such day is meant, and people speak of what is to come a little more
    options = [date(year, month, day) for year in (said.year - 1, said.year, said.year + 1) if day <= monthrange(year, month)[1]]
    best = min(options, key=lambda d: abs((d - said).days) - (30 if d >= said else 0))
    return best, best


def _iso(m: re.Match[str], said: date) -> tuple[date, date]:
    day = date(int(m[1]), int(m[2]), int(m[3]))
    return day, day


def _named(m: re.Match[str], said: date) -> tuple[date, date]:
    month = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith((m["mon"] or m["mon2"])[:3].lower()))
    day = int(m["day"] or m["day2"])
    if m["year"]:
        exact = date(int(m["year"]), month, day)
        return exact, exact
    return _near_year(said, month, day)


def _ago(m: re.Match[str], said: date) -> tuple[date, date]:
    sign = -1 if m["ago"] else 1
    word = (m["n"] or m["n2"]).lower()
    n = int(word) if word.isdigit() else _NUMBERS.get(word, 1)
    return _shift(said, sign * n, (m["unit"] or m["unit2"]).lower())


def _shift(said: date, n: int, unit: str) -> tuple[date, date]:
    if unit in ("day", "天", "日"):
        day = said + timedelta(days=n)
        return day, day
    if unit in ("week", "周", "星期", "礼拜"):
        day = said + timedelta(weeks=n)
        return day, day
    if unit in ("month", "月"):
        return _month(said.year, said.month + n)
    return date(said.year + n, 1, 1), date(said.year + n, 12, 31)


def _last_next(m: re.Match[str], said: date) -> tuple[date, date]:
    step = {"last": -1, "this": 0, "next": 1}[m[1].lower()]
    unit = m[2].lower()
    if unit in _DAYS:
        ahead = (_DAYS.index(unit) - said.weekday()) % 7
        day = said + timedelta(days=ahead if step >= 0 and ahead else (7 if step > 0 else ahead - 7 if step < 0 else 0))
        return day, day
    if unit == "week":
        return _week(said, step)
    if unit == "weekend":
        monday, sunday = _week(said, step)
        return monday + timedelta(days=5), sunday
    return _shift(said, step, unit)


def _zh_weekday(m: re.Match[str], said: date) -> tuple[date, date]:
    steps = {"上上": -2, "上": -1, "这": 0, "本": 0, "下": 1, "下下": 2, "": 0}
    monday, sunday = _week(said, steps[m[1] or ""])
    if m[2] == "末":
        return monday + timedelta(days=5), sunday
    day = monday + timedelta(days="一二三四五六日天".index(m[2]) if m[2] != "天" else 6)
    return day, day


def _zh_span(m: re.Match[str], said: date) -> tuple[date, date]:
    word = m[0]
    if "年" in word:
        return _shift(said, _ZH_YEARS[word[0]], "year")
    n = -1 if word[0] == "上" else 1 if word[0] == "下" else 0
    return _week(said, n) if word[-1] in "周期拜" else _shift(said, n, "month")


def _zh_ago(m: re.Match[str], said: date) -> tuple[date, date]:
    n = _zh_number(m[1]) * (-1 if "前" in m[3] else 1)
    return _shift(said, n, "year" if m[2] == "年" else m[2].removeprefix("个"))


def _zh_date(m: re.Match[str], said: date) -> tuple[date, date]:
    month, day = _zh_number(m[2]), _zh_number(m[3])
    if m[1]:
        exact = date(int(m[1]), month, day)
        return exact, exact
    return _near_year(said, month, day)


def _month_of(m: re.Match[str], said: date) -> tuple[date, date]:
    month = next(i for i, name in enumerate(_MONTHS, 1) if name.startswith(m["mon"][:3].lower()))
    if m["year"]:
        return _month(int(m["year"]), month)
    return _near_month(said, month, {"last": -1, "next": 1}.get(m["which"].lower(), 0))


def _zh_month(m: re.Match[str], said: date) -> tuple[date, date]:
    month = _zh_number(m[2])
    if not 1 <= month <= 12:
        raise ValueError(month)
    return _month(int(m[1]), month) if m[1] else _near_month(said, month, 0)


def _near_month(said: date, month: int, step: int) -> tuple[date, date]:
    # without a year the nearest such month is meant, or the nearest before or after
    options = [_month(year, month) for year in (said.year - 1, said.year, said.year + 1)]
    fit = [o for o in options if step == 0 or (o[1] < said if step < 0 else o[0] > said)]
    return min(fit or options, key=lambda o: abs((o[0] + timedelta(days=14) - said).days))


def _zh_year_month(m: re.Match[str], said: date) -> tuple[date, date]:
    month = _zh_number(m[2])
    if not 1 <= month <= 12:
        raise ValueError(month)
    return _month(said.year + _ZH_YEARS[m[1]], month)


def _year(m: re.Match[str], said: date) -> tuple[date, date]:
    year = int(m[1] or m[2])
    return date(year, 1, 1), date(year, 12, 31)


def _near(m: re.Match[str], said: date) -> tuple[date, date]:
    day = said + timedelta(days=_NEAR[m[0].lower()])
    return day, day


_RULES: list[tuple[str, Callable[[re.Match[str], date], tuple[date, date]]]] = [
    (r"(?<!\d)(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)日?", _iso),
    (
        rf"\b(?:(?P<mon>{_MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<mon2>{_MONTH}))"
        r"\b(?:,? (?P<year>\d{4}))?",
        _named,
    ),
    (
        r"\b(?:(?P<n>\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten) (?P<unit>day|week|month|year)s? (?P<ago>ago)"
        r"|in (?P<n2>\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten) (?P<unit2>day|week|month|year)s?)\b",
        _ago,
    ),
    (rf"\b(last|this|next) (week|weekend|month|year|{_DAY})\b", _last_next),
    (rf"(?:(\d{{4}})年)?({_ZH})月({_ZH})[日号]", _zh_date),
    (rf"\b(?P<mon>{_MONTH})\.?,? (?:of )?(?P<year>\d{{4}})\b", _month_of),
    (rf"\b(?P<which>in|during|since|until|by|of|last|next|this|early|late|mid)[ -](?P<mon>{_MONTH})\b(?P<year>)(?! \d)", _month_of),
    (rf"([去前今明后])年({_ZH})月(?:份|初|底|末|中旬|上旬|下旬|里)?", _zh_year_month),
    (rf"(?:(\d{{4}})年)?(?<![个几数零〇一二两三四五六七八九十\d])({_ZH})月(?:份|初|底|末|中旬|上旬|下旬|里)?", _zh_month),
    (r"(上上|上|这|本|下下|下)?(?:个)?(?:周|星期|礼拜)([一二三四五六日天末])", _zh_weekday),
    (r"(?:上|下|这|本)个?(?:周|星期|礼拜|月)|[去前今明后]年", _zh_span),
    (r"([零〇一二两三四五六七八九十]{1,3}|\d{1,3})(天|个?月|年|周|个?星期|个?礼拜)(以?前|之前|以?后|之后)", _zh_ago),
    (r"\b(?:in|since|during|of|year) ((?:19|20)\d\d)\b(?![-/.]\d)|(?<!\d)((?:19|20)\d\d)年", _year),
    (r"\b(?:today|tonight|yesterday|tomorrow)\b|大后天|今天|今晚|昨天|昨晚|前天|明天|明晚|后天", _near),
]


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[re.Pattern[str], Callable[[re.Match[str], date], tuple[date, date]]]]:
    return [(re.compile(pattern, re.IGNORECASE), resolve) for pattern, resolve in _RULES]


_HINT = re.compile(r"\d|day|week|month|year|tonight|tomorrow|[年月日号周天晚期拜]|" + "|".join(m[:3] for m in _MONTHS), re.IGNORECASE)


def resolve_dates(text: str, said_at: datetime) -> list[DateMention]:
    """Dates that a text names, in the order named; relative ones count from ``said_at`` in its own zone."""
    if not _HINT.search(text):
        return []
    said = said_at.date()
    found: list[DateMention] = []
    covered: list[tuple[int, int]] = []
    for pattern, resolve in _compiled():
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < e and s < end for s, e in covered):
                continue
            try:
                first, last = resolve(match, said)
            except (ValueError, OverflowError, KeyError):
                continue
            covered.append((start, end))
            found.append(DateMention(span=(start, end), words=match[0], start=first, end=last))
    return sorted(found, key=lambda mention: mention.span)


def mentions_date(text: str) -> bool:
    """Whether a text names a day or a span of days."""
    return _HINT.search(text) is not None and any(pattern.search(text) for pattern, _ in _compiled())


def date_terms(text: str, said_at: datetime) -> tuple[str, ...]:
    """Extra index tokens, so that a date is found by either form: ``@2026-03-28`` and ``@2026-03``."""
    terms: list[str] = []
    for mention in resolve_dates(text, said_at)[:8]:
        if mention.start == mention.end:
            terms.append(f"@{mention.start.isoformat()}")
        terms.append(f"@{mention.start.isoformat()[:7]}")
    return tuple(dict.fromkeys(terms))


def said_terms(said_at: datetime) -> tuple[str, ...]:
    """Index tokens for when something was said: ``=2026-03-28`` and ``=2026-03``."""
    day = said_at.date().isoformat()
    return (f"={day}", f"={day[:7]}")


def asked_date_terms(query: str, now: datetime) -> tuple[str, ...]:
    """Tokens that find what speaks of a date that a query names, and what was said then: each day of a week, each month."""
    terms: list[str] = []
    for mention in resolve_dates(query, now)[:8]:
        length = (mention.end - mention.start).days
        days = [mention.start + timedelta(days=n) for n in range(length + 1)] if length < 8 else []
        months = [mention.start.isoformat()[:7]] if length < 32 else []
        terms += [f"{sign}{when}" for when in (*(day.isoformat() for day in days), *months) for sign in "@="]
    return tuple(dict.fromkeys(terms))
