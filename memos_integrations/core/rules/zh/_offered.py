"""What a Chinese turn of the assistant offers."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from .._common import load_toml
from .._offers import Option, listed, place_of_mark
from ._clauses import compiled, simplify

__all__ = ["CHOICES", "options_of", "put_side_by_side", "put_up_by_user", "puts_up", "words"]

CHOICES = str(Path(__file__).parent / "choices.toml")

_BRIEF = 160  # characters of a turn whose list needs no words that make it an offer
_SENTENCES = re.compile(r"[。！？?!\n]")
_MEMBERS = re.compile(r"、|[，,]?(?:还是|或者|或是|或|以及)|\s?/\s?")
_JOINED = re.compile(r"(?<=[\u4e00-\u9fff）)A-Za-z0-9])\s?(?:和|跟|与)\s?(?=[\u4e00-\u9fffA-Za-z])|、")
_COUNTED = re.compile(r"[两二俩](?:个|版|种|款|班|条|家|套|档|门|场|只|类|样)|哪|选|还剩")
_ASKED = re.compile(r"[，,](?:[^，,]{0,12})(?:哪|怎么选|选什么|要什么|如何选)[^，,]*$")
_PRICED = re.compile(r"(?:[^，,\d]{1,10}\d[^，,]{0,10}[，,]){1,}[^，,\d]{1,10}\d[^，,]{0,10}$")  # "专车120，大巴30"
_OR = re.compile(r"(?P<one>[^，,。！!？?\s]{1,12})还是(?P<other>[^，,。！!？?\s]{1,10}?)(?:好|呢|吗|啊|更好|合适|比较好)*[？?]*$")
_MARKED = re.compile(
    r"(?<![\w.])(?:方案|选项)?(?:([1-9])|([A-Da-d])|([①-⑨])|([一二三四五六])(?![\u4e00-\u9fff]))(?:[.．、)）]|[:：](?!\d)|(?<=[①-⑨]))\s?"
)
_CLAIMED = re.compile(
    r"(?:您|你|用户)(?:最|更|很|比较|平时|一直|通常|好像)*(?:不太|不|也)?(?:喜欢|爱|讨厌|偏好|偏爱|习惯|怕|信)(?!.*(?:还是|哪))"
)
_EDGES = ' “”"，,。；;：:'


@lru_cache(maxsize=32)
def words(name: str) -> re.Pattern[str]:
    """A pattern of the table ``words`` of the rule file."""
    return re.compile(load_toml(Path(CHOICES))["words"][name])


def put_up_by_user(topic: str, before: str) -> tuple[Option, ...]:
    """The two that the user asked about ("this or that?"), where the answer speaks of both; empty: they asked about no two."""
    found = _OR.search(topic.strip())
    if found is None:
        return ()
    other = found["other"]
    one = next((found["one"][at:] for at in range(len(found["one"])) if found["one"][at:] in before), "")
    return (Option(None, one, one), Option(None, other, other)) if len(one) > 1 and other in before else ()


def put_side_by_side(before: str) -> tuple[Option, ...]:
    """The two that a turn tells of one after the other: who says 后者 takes them for an offer."""
    last = next((piece for piece in reversed(_SENTENCES.split(before[-300:])) if piece.strip()), "")
    parts = [part.strip(_EDGES) for part in re.split(r"[，,；;]", last) if part.strip(_EDGES)]
    return tuple(Option(None, part, part) for part in parts) if len(parts) == 2 and max(map(len, parts)) <= 30 else ()


@lru_cache(maxsize=256)
def options_of(before: str) -> tuple[Option, ...]:
    """The options that a turn offers, in a list or in a sentence."""
    found = listed(before)
    if len(found) >= 2:
        return found
    found = next((row for row in map(_in_a_line, before[-1_000:].splitlines()) if len(row) >= 2), ())
    if found:
        return found
    best: list[str] = []
    for piece in _SENTENCES.split(before[-1_000:]):
        if _CLAIMED.search(piece):
            continue  # it says what the user likes, and offers nothing
        body = _ASKED.sub("", re.split(r"[：:](?!\d)", piece, maxsplit=1)[-1])
        whole = re.search(r"[：:](?!\d)", piece) is None
        members = [part for part in re.split(r"[；;]", body) if part.strip(_EDGES)] if "；" in body or ";" in body else []
        if len(members) < 2:
            members = [part for part in _outside(body, _MEMBERS) if part.strip(_EDGES)]
        if len(members) < 2 and _COUNTED.search(piece):
            members = [part for part in _outside(body, _JOINED) if part.strip(_EDGES)]
        if len(members) < 2 and (not whole or _PRICED.match(body)):
            members = [part for part in re.split(r"[，,]", body) if part.strip(_EDGES)]
        if len(members) >= 2 and (len(members) > len(best)):
            if whole:
                members[0] = words("opening").sub("", members[0]) or members[0]
            members[-1] = words("closing").sub("", members[-1]) or members[-1]
            best = members
    kept = [re.sub(r"^[（(]([^（）()]*)[）)]$", r"\1", part.strip(_EDGES)) for part in best]
    return tuple(Option(None, part, part) for part in kept if 1 <= len(part) <= 40)[:8]


def _in_a_line(line: str) -> tuple[Option, ...]:
    """Options that are numbered within a line, from the first on."""
    marks = list(_MARKED.finditer(line))
    ends = [*(mark.start() for mark in marks[1:]), len(line)][: len(marks)]
    found: list[Option] = []
    for number, (mark, end) in enumerate(zip(marks, ends, strict=True)):
        text = re.sub(r"^《(.+)》$", r"\1", _SENTENCES.split(line[mark.end() : end])[0].strip(_EDGES))
        if place_of_mark(next(group for group in mark.groups() if group)) != number or not 1 <= len(text) <= 40:
            return ()
        found.append(Option(number, text, text))
    return tuple(found)


def _outside(body: str, marks: re.Pattern[str]) -> list[str]:
    """Members of an enumeration; marks inside brackets part nothing."""
    masked = re.sub(r"[（(][^）)]{0,40}[）)]", lambda m: "一" * len(m.group()), body)
    spans = [(m.start(), m.end()) for m in marks.finditer(masked)]
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(body)]
    return [body[a:b] for a, b in zip(starts, ends, strict=True)]


def puts_up(before: str, options: tuple[Option, ...]) -> bool:
    """Whether a turn puts its options up for choice, rather than explain, instruct or ask about facts."""
    around = before[-3_000:]
    for option in options:
        around = around.replace(option.whole, " ") if option.mark is not None else around
    plain = simplify(around)
    if any(rule.pattern.search(plain) for rule in compiled(CHOICES, "no_offer")):
        return False
    return len(before) <= _BRIEF or any(rule.pattern.search(plain) for rule in compiled(CHOICES, "offer"))
