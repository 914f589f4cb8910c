"""What the assistant offers: the options of a turn, and the one that an extreme points to ("the cheaper one")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ._common import load_toml

__all__ = ["Common", "Option", "beside", "extreme", "first_part", "listed", "outstanding", "place_of_mark"]

_FILE = Path(__file__).parent / "offers.toml"
_MOST = 12
_LONGEST = 160

_MARK = (
    r"(?:(?P<{0}d>\d{{1,2}})|(?P<{0}l>[a-hA-H])|(?P<{0}c>[①-⑨])|(?P<{0}z>[一二三四五六七八九](?![\u4e00-\u9fff]))|(?P<{0}t>[甲乙丙丁戊]))"
)
_NOUN = r"(?:option|draft|plan|version|route|tariff|choice|room|variant|suggestion|idea|number|no\.?|选项|方案|方法|版本|路线|[ABCD]?套餐)"
_LINE = re.compile(
    r"^[ \t]*(?:[-*•–·][ \t]+|#{1,4}[ \t]*)?(?:\*\*|__)?"
    rf"(?:(?:{_NOUN}[ \t]*)?[(（]?{_MARK.format('a')}[)）.．:：、][ \t]*"
    rf"|{_NOUN}[ \t]*{_MARK.format('b')}(?=[\s:：,，-])[ \t:：,，-]*|(?<=[-*•–·][ \t]))"
    r"(?P<rest>\S.*)$",
    re.MULTILINE | re.IGNORECASE,
)
_BULLET = re.compile(r"^[ \t]*[-*•–·][ \t]+(?P<rest>\S.*)$", re.MULTILINE)
_INLINE = re.compile(
    rf"(?:^|(?<=[\s(（,，;；。：:？?、\u4e00-\u9fff]))(?:{_NOUN}[ \t]*)?[(（]?{_MARK.format('a')}"
    r"(?:[)）:：、．]|\.(?!\d)|(?<=[①-⑨])|(?<=[甲乙丙丁])(?=[：:，、款]))[ \t]*"
    rf"|(?<!\w){_NOUN}[ \t]*{_MARK.format('b')}(?=\s|[，,是])[\s:：,，-]*(?:(?:is|covers|has|means|would be|tracks)\s+)?"
    r"|(?:^|(?<=[\s，,。：:；;、有是]))(?-i:(?P<el>[A-H]))(?:[ \t]|款)?(?=[\u4e00-\u9fff])"
    r"|(?:^|(?<=[\s，,。：:；;、]))(?P<ez>[一二三四五六七八九])号(?:方案|线路?|套餐|店)?(?:[：:是，])?",
    re.IGNORECASE,
)
_ROW = re.compile(r"^[ \t]*\|(.+)\|[ \t]*$", re.MULTILINE)
_EDGES = " ,，;；.。:：、"
_SENTENCE = re.compile(r"(?<=[^\d\s.])[.](?=\s|$)|[;；。！!？?\n]")
_SCALES = {("hour", "hr", "小时"): 60.0, ("day", "天"): 1440.0, ("万",): 10_000.0, ("km", "公里"): 1000.0, ("tb",): 1000.0}
_ORDINALS = "一二三四五六七八九"


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things offered.

    Attributes:
        mark: Its letter or number as a place from 0, if it is marked; else None.
        text: What it is, verbatim and short.
        whole: All words about it.
    """

    mark: int | None
    text: str
    whole: str


def place_of_mark(mark: str) -> int:
    """The place from 0 that a letter or number stands for."""
    if mark.isdigit() and mark.isascii():
        return int(mark) - 1
    for row in ("①②③④⑤⑥⑦⑧⑨", _ORDINALS, "甲乙丙丁戊"):
        if mark in row:
            return row.index(mark)
    return ord(mark.lower()) - ord("a")


def _mark(match: re.Match[str]) -> str | None:
    return next((value for name, value in match.groupdict().items() if name != "rest" and value), None)


def first_part(text: str) -> str:
    """The words up to the end of the first sentence, without marks of a list around them."""
    text = text.replace("**", "").replace("__", "").strip(" \t*_|")
    end = _SENTENCE.search(text)
    if end is not None and end.start() > 0:
        text = text[: end.start()]
    if len(text) > _LONGEST:
        cut = max(text.rfind(sign, 0, _LONGEST) for sign in (",", "，", " ", "、"))
        text = text[: cut if cut > 20 else _LONGEST]
    return re.sub(r"[\s,，]+(?:or|and|或者?|和|以及)?$", "", text.strip(_EDGES)).strip(_EDGES)


@lru_cache(maxsize=256)
def listed(offer: str) -> tuple[Option, ...]:
    """Options that stand in a table, a list of lines, or marked in running text; empty: there is none."""
    text = offer[-6_000:]
    return (_rows(text) or _lines(text) or _trailing(text) or _inline(text))[:_MOST]


def _rows(text: str) -> tuple[Option, ...]:
    rows = [[cell.strip() for cell in match[1].split("|")] for match in _ROW.finditer(text)]
    rule = next((i for i, row in enumerate(rows) if all(re.fullmatch(r":?-+:?", cell) for cell in row)), None)
    if rule is None:
        return ()
    found: list[Option] = []
    for number, row in enumerate(rows[rule + 1 :]):
        marked = re.fullmatch(rf"(?:{_NOUN}\s*)?{_MARK.format('a')}", row[0], re.IGNORECASE) if len(row) > 1 else None
        cells = row[1:] if marked else row
        if any(cells):
            found.append(
                Option(
                    place_of_mark(_mark(marked) or "") if marked else number,
                    first_part(", ".join(cell for cell in cells[:3] if cell)),
                    " ".join(cells),
                )
            )
    return tuple(found) if len(found) >= 2 else ()


def _lines(text: str) -> tuple[Option, ...]:
    lines = [(match, _mark(match)) for match in _LINE.finditer(text)]
    marked = [(match, mark) for match, mark in lines if mark is not None]
    if len(marked) >= 2 and [place_of_mark(mark) for _, mark in marked[:2]] in ([0, 1], [1, 2]):
        # a second list begins anew: the last one is what is asked about
        begin = max(i for i, (_, mark) in enumerate(marked) if place_of_mark(mark) == place_of_mark(marked[0][1]))
        marked = marked[begin:]
        ends = [match.start() for match, _ in marked[1:]] + [len(text)]
        wholes = [_block(text[match.start("rest") : end]) for (match, _), end in zip(marked, ends, strict=True)]
        return tuple(
            Option(place_of_mark(mark), first_part(match["rest"]), whole) for (match, mark), whole in zip(marked, wholes, strict=True)
        )
    bullets = list(_BULLET.finditer(text))
    if len(bullets) >= 2:
        return tuple(Option(None, first_part(match["rest"]), match["rest"]) for match in bullets)
    return ()


def _block(text: str) -> str:
    """The lines of an item without what follows after an empty line."""
    return re.split(r"\n\s*\n", text, maxsplit=1)[0]


def _inline(text: str) -> tuple[Option, ...]:
    """Marks of one kind that count up from the first."""
    runs: dict[str, list[tuple[re.Match[str], int]]] = {}
    best: list[tuple[re.Match[str], int]] = []
    for match in _INLINE.finditer(text):
        mark = _mark(match)
        if mark is None:
            continue
        run = runs.setdefault(_kind(match), [])
        place = place_of_mark(mark)
        if place == 0:
            run.clear()
        if place == len(run):
            run.append((match, place))
            best = list(run) if len(run) >= len(best) else best
    if len(best) < 2:
        return ()
    ends = [match.start() for match, _ in best[1:]] + [len(text)]
    wholes = [first_part(text[match.end() : end]) for (match, _), end in zip(best, ends, strict=True)]
    return tuple(Option(place, whole, whole) for (_, place), whole in zip(best, wholes, strict=True)) if all(wholes) else ()


_BEHIND = re.compile(r"\s[(（](\d)[)）](?=[,，.。;；、]|\s(?:or|and)\b|$)")


def _trailing(text: str) -> tuple[Option, ...]:
    """Marks that stand behind their options: "a walk (1), a swim (2), or a nap (3)"."""
    marks = list(_BEHIND.finditer(text))
    if len(marks) < 2 or [int(match[1]) for match in marks] != list(range(1, len(marks) + 1)):
        return ()
    begin = max(text.rfind(mark, 0, marks[0].start()) for mark in (": ", ". ", "? ", "：", "。", "？", "\n")) + 1
    starts = [begin, *(match.end() for match in marks[:-1])]
    wholes = [re.sub(r"^[\s,，;；、.]*(?:or|and)?\s*", "", text[a : m.start()]) for a, m in zip(starts, marks, strict=True)]
    return tuple(Option(place, first_part(whole), whole) for place, whole in enumerate(wholes)) if all(wholes) else ()


def _kind(match: re.Match[str]) -> str:
    """Digits go on with digits, letters with letters."""
    return next((name[-1] for name, value in match.groupdict().items() if value), "")


# -- extremes


class _Extreme(NamedTuple):
    asked: re.Pattern[str]
    number: re.Pattern[str]
    words: re.Pattern[str]
    against: re.Pattern[str]
    most: bool
    common: dict[str, str]


@lru_cache(maxsize=1)
def _extremes() -> list[_Extreme]:
    def read(row: dict[str, Any], name: str) -> re.Pattern[str]:
        return re.compile(row.get(name, "(?!)"), re.IGNORECASE)

    rows = load_toml(_FILE)["extreme"]
    return [
        _Extreme(read(r, "asked"), read(r, "number"), read(r, "words"), read(r, "against"), bool(r.get("most")), r.get("common", {}))
        for r in rows
    ]


def extreme(asked: str, options: tuple[Option, ...]) -> Option | None:
    """The option that words such as "the cheaper one" or 最近的那家 point to; None: they name no extreme, or it cannot be told."""
    for row in _extremes():
        if not row.asked.search(asked):
            continue
        values = [_value(row.number, option.whole) for option in options]
        known = [value for value in values if value is not None]
        if len(known) == len(options) and len(set(known)) == len(known):
            return options[values.index((max if row.most else min)(known))]
        holding = [option for option in options if row.words.search(option.whole) and not row.against.search(option.whole)]
        if len(holding) != 1:
            holding = [option for option in options if not row.against.search(option.whole)]
        if len(holding) == 1:
            return holding[0]
    return None


def beside(option: Option, picked: Sequence[Option], options: Sequence[Option]) -> dict[str, tuple[str, ...]]:
    """What a candidate for a choice holds of the offer: the options that were passed over, and all that was said of each."""
    others = [other for other in options if other not in picked]
    return {"over": tuple(other.text for other in others), "offered": (option.whole, *(other.whole for other in others))}


class Common(NamedTuple):
    """What sets some of several options apart, for the common of many choices.

    Attributes:
        name: By which it is known.
        words: For it, by language.
        slot: Where it belongs; empty: where the choice does.
        places: Of the options that have it; others have not.
    """

    name: str
    words: Mapping[str, str]
    slot: str
    places: frozenset[int]


def outstanding(options: Sequence[str]) -> Iterator[Common]:
    """What sets some of the options apart from the others, as far as all of them tell."""
    for row in _extremes():
        if not row.common:
            continue
        values = [_value(row.number, option) for option in options]
        sure = row.common.get("sure", "(?!)")
        if None not in values and len(set(values)) == len(values) and all(re.search(sure, option) for option in options):
            best = (max if row.most else min)(value for value in values if value is not None)
            places = {values.index(best)}
        elif row.number.pattern == "(?!)":
            against = {place for place, option in enumerate(options) if row.against.search(option)}
            holding = {place for place, option in enumerate(options) if row.words.search(option)} - against
            places = holding if against and holding else set[int]()
        else:
            continue
        if 0 < len(places) < len(options):
            yield Common(row.common["en"], row.common, row.common.get("slot", ""), frozenset(places))


def _value(pattern: re.Pattern[str], text: str) -> float | None:
    match = pattern.search(text)
    if match is None:
        return None
    groups = {name: words for name, words in match.groupdict().items() if words}
    value = next(float(words.replace(",", "")) for name, words in groups.items() if name.startswith("n"))
    value += float(groups.get("m", 0)) / 60
    unit = groups.get("u", "").lower()
    if unit == "pm" and value < 12:
        value += 12
    return value * next((scale for names, scale in _SCALES.items() if unit and unit.startswith(names)), 1.0)
