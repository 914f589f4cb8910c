"""How alike two statements are, by their words. Linear in the length of both."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, cast

from .slots import Words
from .tables import tables
from .text import CJK, content_terms, has_cjk, normalise

__all__ = [
    "Likeness",
    "bare",
    "exclusive",
    "frame_of_one_value",
    "jaccard",
    "negated_twin",
    "of_many",
    "one_at_a_time",
    "opposed",
    "owners",
    "same_marks",
    "same_thing",
    "share",
    "two_of_a_kind",
    "words_for",
]

Likeness = Literal["same", "narrower", "wider"]

_TEXT_LIMIT = 600
_HELD = 8192  # texts whose reading is held: each is compared with many others
_ALIKE = 0.6
_LONG = 6  # shared words beside which one that differs is a way of putting it
_TOKENS = re.compile(rf"[{CJK}]|[^\W_{CJK}]+(?:['’][^\W\d_{CJK}]+)?", re.UNICODE)
_NEGATION = frozenset(
    ["not", "don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "won't", "can't", "never", "no", "不", "没", "别", "非", "无"]
)
_FILLER = frozenset(
    [
        "the",
        "a",
        "an",
        "at",
        "all",
        "really",
        "just",
        "so",
        "very",
        "do",
        "does",
        "did",
        "is",
        "are",
        "了",
        "的",
        "啊",
        "呢",
        "吧",
        "都",
        "也",
        "很",
    ]
)
# a definite thing has one value at a time: "my phone is …", 我的手机是…; "I have a …" may be said of many
_DEFINITE = re.compile(
    r"^\s*(?:my|our|the|this|his|her|i weigh|i get up|i go to bed|\w+'s)\b"
    r"|^\s*(?:我们?的|咱们?的|这|那|我家|家里的)|^[^我\s,，]{1,8}(?:是|在|写到|到)",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"\b(?:sister|brother|friend|cousin|aunt|uncle|daughter|son|kid|child|cat|dog|pet|colleague|hobby|favou?rite|allerg\w*|intoleran\w*"
    r"|speak|play|read|collect|fan of|good at)s?\b"
    r"|姐|妹|哥|弟|朋友|表|堂|叔|姨|舅|女儿|儿子|孩子|猫|狗|同事|爱好|过敏|不耐受|会说|会弹|收集",
    re.IGNORECASE,
)
_MARK = re.compile(
    r"\d+(?:[.:]\d+)?|(?:周|星期|礼拜)[一二三四五六日天末]|[零一二两三四五六七八九十百千万]{2,}|\b(?:mon|tues|wednes|thurs|fri|satur"
    r"|sun)day\b"
    r"|\b(?:january|february|march|april|june|july|august|september|october|november|december|in may)\b|[一二三四五六七八九十]月",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\b(?:now|any ?more|again|these days|lately|at all|at the moment|currently|from now on|any|some|the|of that|all that)\b"
)
_AROUND = re.compile(r"^(?:现在|如今|再|又|还|一直|都|把|就)*(?:喝|吃|看|听|玩|用|坐|买|碰|抽)?|(?:了|啦|呢|吧|的|了吧)$")
_COPULA = frozenset(["is", "are", "was", "'s", "是", "在", "预", "叫"])
_WHOSE = re.compile(
    r"\b(?:my|our|his|her|their)\s+((?:\w+[ -])?(?:mum|mom|mother|dad|father|parent|sister|brother|wife|husband|partner|girlfriend"
    r"|boyfriend|son|daughter"
    r"|kid|child|friend|boss|colleague|neighbou?r|uncle|aunt|cousin|grand\w+|flatmate|roommate|dog|cat))s?['’]s?\b"
    r"|我(?:的|家)?((?:妈|爸|哥|姐|弟|妹|爷|奶|叔|姨|舅|姑){1,2}|父亲|母亲|外公|外婆|老婆|老公|妻子|丈夫|儿子"
    r"|女儿|孩子|[男女]?朋友|同事|老板|室友|邻居|猫|狗)的|(隔壁|对门|楼[上下])",
    re.IGNORECASE,
)
_RESIDES = re.compile(  # whoever is at a place these days lives there
    r"\b(?:I|[Ww]e)(?:['’]m|['’]re| am| are|['’]ve| have)?(?: (?:been|now|all|both|back|over|down|up|out|currently|happily))*"
    r"(?: (?:live|living|based|settled)(?: (?:now|down|back|over))*)? in [^,.;]{0,40}\b[A-Z]|^[Hh]ome is in [A-Z]"
    r"|(?:^|[，,。；])(?:我们?家?|咱们?家?)(?:现在|如今|都|已经|也|就|全家|搬家){0,3}(?:住在?|定居在?|搬到)(?!一起)"
)
_STAYS = re.compile(r"(?i)\b(?:liv(?:e|ing)|based|home is|settled|these days|nowadays|since|for good)\b|住|居|搬")
_COUNT = re.compile(
    r"\b(?:\d[\d.:]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|midnight)\b|[零一二两三四五六七八九十百千万]+"
)
_ONLY_NUMBER = re.compile(r"^[\d.,:%£$€¥零一二两三四五六七八九十百千万点半\s]+$")


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, list[str]] | dict[str, list[list[str]]]]:
    return tables("reconcile.toml")


@lru_cache(maxsize=1)
def _concepts() -> Words:
    table = cast("dict[str, list[str]]", _data()["same"])  # in their plural too; "tea" is no part of "teach"
    return Words({name: [*words, *(f"{word}{end}" for word in words for end in ("s", "es"))] for name, words in table.items()}, whole=True)


@lru_cache(maxsize=1)
def _alternatives() -> Words:
    lines = cast("dict[str, list[list[str]]]", _data()["alternatives"])
    return Words({f"{line}/{n}": words for line, values in lines.items() for n, words in enumerate(values)}, whole=True)


@lru_cache(maxsize=1)
def _single() -> Words:
    return Words(cast("dict[str, list[str]]", _data()["one_at_a_time"]), whole=True)


@lru_cache(maxsize=_HELD)
def _terms(text: str) -> frozenset[str]:
    return frozenset(content_terms(text[:_TEXT_LIMIT]))


@lru_cache(maxsize=_HELD)
def _named(text: str) -> frozenset[str]:
    return frozenset(_concepts().find(text[:_TEXT_LIMIT]))


def jaccard(one: str, two: str) -> float:
    """Shared content words of all content words."""
    a, b = _terms(one), _terms(two)
    return len(a & b) / len(a | b) if a | b else float(normalise(one) == normalise(two))


def share(part: str, whole: str) -> float:
    """Share of the content words of one text that the other holds, in either language."""
    a, b = _terms(part), _terms(whole)
    if not a:
        return float(bool(part.strip()) and normalise(part) in normalise(whole))
    words = len(a & b) / len(a)
    concepts = _named(part)
    return max(words, len(concepts & _named(whole)) / len(concepts)) if concepts and _plain(part) else words


def _plain(text: str) -> bool:
    """Whether a text is short enough for one concept to be all that it says."""
    return len(_terms(text)) <= 4


@lru_cache(maxsize=_HELD)
def bare(object_: str) -> str:
    """An object without the time words and verbs that were cut along with it."""
    low = normalise(object_[:_TEXT_LIMIT])
    return (_AROUND.sub("", low) if has_cjk(low) else _WHEN.sub(" ", low)).strip(" ,.，。") or low


_SIDE = re.compile("[上下]")


def same_thing(known: str, own: str) -> Likeness | None:
    """Whether two objects are one, or the new one is a narrower or a wider one; None: different things."""
    known, own = bare(known), bare(own)
    if known == own:
        return "same"
    sides = [_SIDE.findall(known), _SIDE.findall(own)]
    if all(sides) and sides[0] != sides[1]:
        return None  # 上铺 and 下铺, 上午 and 下午: the terms leave out what tells them apart
    a, b = _terms(known), _terms(own)
    if a and b:
        both = a & b
        if both and len(both) / len(a | b) >= _ALIKE and not (len(a - both) == len(b - both) == 1 and len(both) < _LONG):
            return "same"  # one word in the place of another is another thing: to take insulin, or the tram, every day
        if both == a:
            return "narrower"
        if both == b:
            return "wider"
    if has_cjk(known) and has_cjk(own) and min(len(known), len(own)) > 1 and (known in own or own in known):
        return "narrower" if known in own else "wider"
    if _named(known) and _named(known) == _named(own) and _plain(known) and _plain(own) and not _apart(known, own):
        return "narrower" if known in own else "wider" if own in known else "same"
    return None


def _apart(one: str, two: str) -> bool:
    """Whether two objects of one concept are told apart: green tea and black tea, calls before nine and calls before ten."""
    told, other = _COUNT.findall(one), _COUNT.findall(two)
    return two_of_a_kind(one, two) or bool(told and other and told != other)


def two_of_a_kind(one: str, two: str) -> bool:
    """Whether two objects end alike and begin unlike: green tea and black tea, 绿茶 and 红茶."""
    a, b = (tuple(t for t in _tokens(side) if t not in _FILLER) for side in (one, two))
    ends = next((i for i, (x, y) in enumerate(zip(reversed(a), reversed(b), strict=False)) if x != y), min(len(a), len(b)))
    return 0 < ends < min(len(a), len(b))


def exclusive(one: str, two: str) -> bool:
    """Whether each names a value of one line, such as a seat at the window and one on the aisle, and not the same."""
    lines_a, lines_b = _one_each(one), _one_each(two)
    return any(line in lines_b and lines_b[line] != value for line, value in lines_a.items())


@lru_cache(maxsize=_HELD)
def one_at_a_time(text: str) -> frozenset[str]:
    """What a text speaks of that a person has one of at a time: a home, a dentist, a hour of getting up."""
    found = _single().find(text[:_TEXT_LIMIT])
    resides = _RESIDES.search(text[:_TEXT_LIMIT]) and _STAYS.search(text[:_TEXT_LIMIT])
    return frozenset((*found, "home", "residence") if resides else found)


@lru_cache(maxsize=256)
def words_for(things: frozenset[str]) -> tuple[str, ...]:
    """Index tokens of the words that speak of what a person has one of at a time."""
    table = cast("dict[str, list[str]]", _data()["one_at_a_time"])
    words = " ".join(word for name in sorted(things & table.keys()) for word in table[name])
    return tuple(sorted(content_terms(words)))


@lru_cache(maxsize=_HELD)
def owners(text: str) -> frozenset[str]:
    """Who is named as the owner of what a sentence tells: my mum's number is not mine."""
    return frozenset(next(filter(None, found.groups())).casefold() for found in _WHOSE.finditer(text[:_TEXT_LIMIT]))


@lru_cache(maxsize=_HELD)
def _one_each(text: str) -> dict[str, str]:
    """The values that a text names, by line; lines of which it names several are left out. Read only."""
    lines: dict[str, str] = {}
    twice: set[str] = set()
    for name in dict.fromkeys(_alternatives().find(text)):
        line, _, value = name.partition("/")
        if line in lines:
            twice.add(line)
        lines[line] = value
    return {line: value for line, value in lines.items() if line not in twice}


@lru_cache(maxsize=_HELD)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKENS.findall(normalise(text[:_TEXT_LIMIT])))


@lru_cache(maxsize=_HELD)
def _negations(text: str) -> int:
    return sum(token in _NEGATION for token in _tokens(text))


@lru_cache(maxsize=_HELD)
def _marks(text: str) -> frozenset[str]:
    return frozenset(mark.casefold() for mark in _MARK.findall(normalise(text[:_TEXT_LIMIT])))


def frame_of_one_value(one: str, two: str) -> bool:
    """Whether two sentences say the same of a definite thing, but for the value: "the gig is at A / at B on Friday"."""
    a, b = _tokens(one), _tokens(two)
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    left, right = a[start : len(a) - end], b[start : len(b) - end]
    if not left or not right or start < 2 or _COPULA & {*left, *right}:
        return False
    common = start + end
    if all(_ONLY_NUMBER.match(t) for t in left) and all(_ONLY_NUMBER.match(t) for t in right):
        return common >= 3
    if not _DEFINITE.search(one) or not _DEFINITE.search(two) or _MANY.search(one):
        return False
    return start >= 3 and common >= max(3, len(left), len(right) // 2)


def of_many(text: str) -> bool:
    """Whether a text speaks of what a person may have several of: a sister, a cat, an allergy."""
    return _MANY.search(text) is not None


def opposed(one: str, two: str) -> bool:
    """Whether one of two sentences is negated and the other is not."""
    return _negations(one) % 2 != _negations(two) % 2


def negated_twin(one: str, two: str) -> bool:
    """Whether two sentences differ in a negation alone."""
    if not opposed(one, two):
        return False
    left, right = ({t for t in _tokens(side) if t not in _NEGATION and t not in _FILLER} for side in (one, two))
    return len(left) >= 3 and len(left & right) / len(left | right) >= 0.8


def same_marks(one: str, two: str) -> bool:
    """Whether the numbers and days that both name agree."""
    a, b = _marks(one), _marks(two)
    return not a or not b or a <= b or b <= a
