"""What a user chose among what the assistant offered, and what they complain of in an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....types import Polarity
from ...candidates import Candidate
from ...text import content_terms
from .._common import Sentence
from ._clauses import RULES, Clause, compiled, simplify
from ._wording import directive, slot_of, third_person, trimmed, wording

__all__ = ["chosen", "complained"]

_CUT = re.compile(r"[、；;，,。！？?!\n]|还是|或者|或|以及|和")
_MARK = re.compile(
    r"(?:^|[\s，。：:；;、（(？?])"
    r"(?:[①-⑨]|[a-f][.．、：: ]|[a-f](?=[\u4e00-\u9fff])|[一二三四五六七八九][、是：]|\d[.、．)）])"
)
_OFFER = re.compile(r"[？?]|[两三四五几]|还是|或者|、.{1,30}、|[①②]|(?:哪|选|任选|可选|候选)|a[.：:、].{1,60}b|；")
_PLACE = re.compile(
    r"第([一二三四五六七八九十\d])|(?:^|[^a-z])([a-f])(?![a-z])|([①-⑨])|(?:前面|左边|前者|头一个)"
    r"|(后者|后面|右边|最后)|(中间)"
)
_DIGITS = "一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨"


def _options(offer: str) -> list[str]:
    plain = simplify(offer)
    marks = [m.end() for m in _MARK.finditer(plain)]
    if len(marks) >= 2:
        ends = [*[m.start() for m in _MARK.finditer(plain)][1:], len(plain)]
        spans = [(a, b) for a, b in zip(marks, ends, strict=True)]
        found = [re.split(r"[；;。？?\n]", offer[a:b].strip())[0].strip(" ，、；;。？?") for a, b in spans]
        return [x for x in found if x]
    body = re.split(r"[：:]", offer, maxsplit=1)[-1]
    found = [x.strip(' “”"（）()') for x in _CUT.split(body)]
    return [x for x in found if 1 <= len(x) <= 30]


def _place(pick: str, count: int) -> int | None:
    found = _PLACE.search(pick)
    if found is None:
        return None
    number, letter, ring, last, middle = found.groups()
    if number:
        place = _DIGITS.find(number) if number in _DIGITS else int(number) - 1 if number.isdigit() else 9
    elif letter:
        place = ord(letter) - ord("a")
    elif ring:
        place = _CIRCLED.find(ring)
    elif last:
        place = count - 1
    else:
        place = 1 if middle else 0
    return place if 0 <= place < count else None


def _named(pick: str, options: list[str]) -> str | None:
    chars = set(re.sub(r"[那这个款的种版家套间吧就选要是了]", "", pick))
    best, score = None, 0.0
    for option in options:
        plain = simplify(option)
        shared = len(content_terms(pick) & content_terms(plain)) * 2 + len(chars & set(plain)) / max(1, len(chars))
        if shared > score:
            best, score = option, shared
    return best if score >= 0.5 else None


def chosen(sentence: Sentence, clause: Clause) -> Candidate | None:
    """The option that the clause picks, in the words of the offer."""
    offer = sentence.before[:1_200]
    if not sentence.first or clause.asks or not offer or len(sentence.turn.text) > 80 or not _OFFER.search(simplify(offer)):
        return None
    options = _options(offer)
    if len(options) < 2:
        return None
    for rule in compiled(RULES, "choice"):
        found = rule.pattern.match(clause.plain)
        if found is None:
            continue
        pick = found.group("pick")
        place = _place(pick, len(options))
        picked = options[place] if place is not None else _named(pick, options)
        if picked is None and "那" in pick:
            start, end = trimmed(clause.raw[found.start("pick") : found.end("pick")])
            picked = clause.raw[found.start("pick") + start : found.start("pick") + end]
        if picked is None:
            continue
        own = clause.raw[found.start("pick") : found.end("pick")]
        start, end = trimmed(own)
        if 2 <= end - start < len(picked) / 2 and own[start:end] in picked:
            picked = own[start:end]
        return _made(sentence, clause, picked, "wants", offer)
    return None


def complained(sentence: Sentence, clause: Clause) -> Iterator[Candidate]:
    """What a clause faults in the answer before it."""
    if not sentence.before or len(sentence.turn.text) > 120 or clause.about != "user":
        return
    for rule in compiled(RULES, "complaint"):
        found = rule.pattern.search(clause.plain)
        if found and not (clause.asks and "又" not in clause.plain and "还" not in clause.plain):
            begin = found.start("obj")
            start, end = trimmed(clause.raw[begin : found.end("obj")])
            obj = clause.raw[begin + start : begin + end]
            if len(obj) >= 2:
                yield _made(sentence, clause, obj, "avoids", sentence.before[:300])
            return


def _made(sentence: Sentence, clause: Clause, obj: str, polarity: Polarity, offer: str) -> Candidate:
    order = polarity == "avoids"
    slot = slot_of(obj, clause.raw, sentence.text, order=order) or slot_of(offer, order=False) or "other"
    said = directive(clause.raw, obj, polarity, order=False, slot=slot)
    return Candidate(
        kind="preference",
        episode=sentence.turn.episode,
        quote=clause.raw,
        language="zh",
        text=wording(clause.raw, obj, polarity, order=False, chosen=True),
        slot=slot,
        polarity=polarity,
        object=obj,
        origin="implicit",
        directive=third_person(said),
    )
