"""How a new statement relates to what is known: new, the same, more, the opposite, or narrower."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..types import Fact, Preference
from .candidates import Candidate
from .slots import domain
from .text import content_terms, has_cjk, normalise

__all__ = ["Verdict", "decide"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a candidate, to which known memories, and why."""

    action: Literal["added", "merged", "refined", "superseded", "narrowed", "rejected"]
    targets: tuple[str, ...]
    reason: str


_SINGLE = {"name", "age", "birthday", "home", "employer", "relationship", "origin"}
# an answer is in one language, of one length, and uses one name for the user
_ONE_VALUE_SLOTS = {"answers.language", "answers.length", "answers.address"}
_CHANGE = re.compile(
    r"\b(?:now|no longer|anymore|any more|moved|switched|changed|instead|new|these days|gave up|stopped|quit|retook|not .{1,30} but)\b"
    r"|现在|不再|搬|换|改|早就|已经不|戒|如今|新的",
    re.IGNORECASE,
)
_SAME_OBJECT = 0.6
_SAME_MEANING = 0.93
_SAME_ACROSS_LANGUAGES = 0.9
_FEW = re.compile(r"\d+|[一二三四五六七八九十]")


def decide(candidate: Candidate, neighbours: Sequence[Fact | Preference], *, said_at: datetime, cosine: Mapping[str, float]) -> Verdict:
    """Relate a candidate to the active memories near it.

    Args:
        candidate: What is proposed.
        neighbours: Active facts and preferences of its slot, attribute or wording.
        said_at: When the candidate was said.
        cosine: Similarity of neighbours to the candidate, by id, where vectors exist.
    """
    found = (
        _preference(candidate, [n for n in neighbours if isinstance(n, Preference)], cosine)
        if candidate.kind == "preference"
        else _fact(candidate, [n for n in neighbours if isinstance(n, Fact)], cosine)
    )
    if found.action != "superseded":
        return found
    by_id = {n.id: n for n in neighbours}
    older = [t for t in found.targets if _since(by_id[t]) is not None and _since(by_id[t]) <= said_at]  # type: ignore[operator]
    newer = [t for t in found.targets if t not in older]
    if newer and not older:
        return Verdict("added", tuple(newer), "older")
    return Verdict("superseded", tuple(older), found.reason)


def _since(memory: Fact | Preference) -> datetime | None:
    return memory.valid_from or memory.created_at


def _overlap(one: str, two: str) -> float:
    """Share of the smaller one's content words that the other holds."""
    a, b = content_terms(one), content_terms(two)
    if not a or not b:
        return 1.0 if normalise(one) == normalise(two) else 0.0
    return len(a & b) / min(len(a), len(b))


def _jaccard(one: str, two: str) -> float:
    a, b = content_terms(one), content_terms(two)
    return len(a & b) / len(a | b) if a | b else float(normalise(one) == normalise(two))


def _preference(candidate: Candidate, known: Sequence[Preference], cosine: Mapping[str, float]) -> Verdict:
    said = f"{candidate.quote} {candidate.text}"
    opposite: list[str] = []
    narrowed: list[str] = []
    for memory in known:
        object_ = memory.object or memory.text
        own = candidate.object or candidate.text
        same_place = domain(memory.slot) == domain(candidate.slot) or "other" in (memory.slot, candidate.slot)
        across = has_cjk(object_) != has_cjk(own) and cosine.get(memory.id, 0.0) >= _SAME_ACROSS_LANGUAGES
        same_object = _jaccard(object_, own) >= _SAME_OBJECT or across or normalise(object_) == normalise(own)
        similar = cosine.get(memory.id, 0.0) >= _SAME_MEANING and _overlap(object_, own) >= _SAME_OBJECT
        if memory.polarity == candidate.polarity:
            if (same_object or similar) and same_place:
                if normalise(memory.condition or "") == normalise(candidate.condition or ""):
                    return Verdict("merged", (memory.id,), "said again")
                narrowed.append(memory.id)
            elif (
                memory.slot == candidate.slot and candidate.slot in _ONE_VALUE_SLOTS and not candidate.condition and not memory.condition
            ) or (memory.slot == candidate.slot and _CHANGE.search(candidate.quote) and _overlap(object_, said) >= 0.5):
                opposite.append(memory.id)
        elif same_place and (same_object or (_overlap(object_, own) >= _SAME_OBJECT and _CHANGE.search(candidate.quote))):
            if candidate.condition and not memory.condition:
                narrowed.append(memory.id)
            elif memory.condition and not candidate.condition:
                continue
            else:
                opposite.append(memory.id)
        elif same_place and _CHANGE.search(candidate.quote) and _overlap(object_, candidate.quote) >= _SAME_OBJECT:
            opposite.append(memory.id)
    if opposite:
        return Verdict("superseded", tuple(opposite), "the newer statement replaces it")
    if narrowed:
        return Verdict("narrowed", tuple(narrowed), "holds under a condition")
    return Verdict("added", (), "new")


def _fact(candidate: Candidate, known: Sequence[Fact], cosine: Mapping[str, float]) -> Verdict:
    replaced: list[str] = []
    for memory in known:
        if normalise(memory.subject or "user") != normalise(candidate.subject):
            continue
        value, own = memory.value or memory.text, candidate.value or candidate.text
        if memory.attribute == candidate.attribute:
            if normalise(value) == normalise(own) or _jaccard(memory.text, candidate.text) >= 0.9:
                return Verdict("merged", (memory.id,), "said again")
            changed = candidate.correction or bool(_CHANGE.search(candidate.quote))
            single = candidate.attribute in _SINGLE and _jaccard(value, own) < 0.9
            if candidate.attribute == "contact":
                single = (
                    bool(_FEW.search(value))
                    and bool(_FEW.search(own))
                    and (changed or _kind_of_number(memory.text) == _kind_of_number(candidate.text))
                )
            if single or (
                changed
                and candidate.attribute in {"work", "contact", "possession", "plan", "habit", "education", "health", "state"}
                and (candidate.attribute in {"work", "contact"} or _overlap(memory.text, candidate.text) >= 0.4)
            ):
                replaced.append(memory.id)
        elif {memory.attribute, candidate.attribute} == {"work", "employer"} and _CHANGE.search(candidate.quote):
            replaced.append(memory.id)
    if replaced:
        return Verdict("superseded", tuple(replaced), "a newer value")
    return Verdict("added", (), "new")


_NUMBER_KINDS = ("phone", "mobile", "email", "locker", "code", "手机", "电话", "邮箱", "密码", "取件码", "工号")


def _kind_of_number(text: str) -> str:
    low = normalise(text)
    return next((word for word in _NUMBER_KINDS if word in low), "")
