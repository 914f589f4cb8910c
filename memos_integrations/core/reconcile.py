"""How a new statement relates to what is known: new, the same, more, the opposite, or narrower."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from ..types import Fact, Preference
from ._likeness import (
    Likeness,
    exclusive,
    frame_of_one_value,
    jaccard,
    negated_twin,
    opposed,
    owners,
    same_marks,
    same_thing,
    share,
    two_of_a_kind,
)
from ._over import likes_what_was_disliked
from .bilingual import in_words_of
from .candidates import Candidate
from .change import ALSO, CHANGE, CLAUSES, ENDED, EXCEPTION, ONCE, only_now, only_then, says
from .frames import which_of
from .recovery import misread
from .slots import domain, is_safety
from .text import has_cjk, normalise

__all__ = ["Verdict", "decide"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done with a candidate.

    Attributes:
        action: What it is to the known ones.
        targets: Ids of the known memories it concerns.
        reason: Why, in a few words; holds no words of the user.
    """

    action: Literal["added", "merged", "refined", "superseded", "narrowed", "rejected"]
    targets: tuple[str, ...]
    reason: str


Relation = Literal["same", "more", "replaces", "narrows"]

_SINGLE = {"name", "age", "birthday", "home", "employer", "relationship"}
_CHANGEABLE = {"work", "contact", "possession", "plan", "habit", "education", "health", "state", "event", "pet", "skill", "opinion"}
# places that hold as many values as a life does; only a change that names the old value ends it
_ENUMERABLE = {"health", "access", "beliefs", "food", "entertainment", "arts", "social", "shopping", "fashion", "environment"}
# what the rules of two turns may file differently though it is one thing
_KIN = ({"work", "employer"}, {"plan", "event"}, {"home", "contact"}, {"habit", "state"}, {"possession", "state"}, {"possession", "event"})

_LIVES = re.compile(
    r"\b(?:live|lives|living|moved?|address|home is|based|reside|settled|relocated)\b|住|搬|家在|我家|定居|地址|落户|户口", re.IGNORECASE
)
_NOT_SELF = re.compile(  # what has moved is no person
    r"(?i)把[^，。]{1,8}搬|(?:公司|单位|办公室|店|学校|总部|工厂)[^，。]{0,6}[搬迁]"
    r"|\b(?:company|office|firm|school|shop|team|store)\b[^.,;]{0,20}\b(?:moved|based|relocated)\b"
)
_FEW = re.compile(r"\d+|[一二三四五六七八九十]")
_NOW_NOT = re.compile(
    r"\bnow\b.{0,40}(?:\bnot\b|\bnever\b|n't\b|\bwithout\b)|(?:\bnot\b|n't\b|\bwithout\b).{0,60}\bnow\b|(?:现在|如今|改|已经).{0,20}(?:不|没|无)",
    re.IGNORECASE,
)
_SAME_MEANING = 0.93
_SAME_ACROSS_LANGUAGES = 0.9
_MENTIONED = 0.6


def decide(
    candidate: Candidate, neighbours: Sequence[Fact | Preference], *, said_at: datetime, cosine: Mapping[str, float], turn: str = ""
) -> Verdict:
    """Relate a candidate to the active memories near it.

    Careful by design: where nothing says that the new statement takes the place of the old one, both stand.

    Args:
        candidate: What is proposed.
        neighbours: Active facts and preferences of its slot, attribute or wording.
        said_at: When the candidate was said.
        cosine: Similarity of neighbours to the candidate, by id, where vectors exist.
        turn: What was said, with the words of the candidate in it.
    """
    if _is_misread(candidate, neighbours, turn or candidate.quote):
        return Verdict("rejected", (), "says that something is over")
    relations: dict[Relation, list[str]] = {}
    since: dict[str, datetime] = {}
    for memory in neighbours:
        if isinstance(memory, Preference):
            relation = _preference(candidate, memory, cosine.get(memory.id, 0.0)) if candidate.kind == "preference" else None
            if candidate.kind == "fact" and _gives_up(candidate, memory):
                relation = "replaces"
        else:
            relation = _fact(candidate, memory) if candidate.kind == "fact" else None
        if relation is not None:
            relations.setdefault(relation, []).append(memory.id)
            since[memory.id] = memory.said_at
    if same := relations.get("same"):
        return Verdict("merged", (same[0],), "said again")
    if replaced := relations.get("replaces"):
        older = tuple(i for i in replaced if since[i] <= said_at)
        if not older:
            return Verdict("added", tuple(replaced), "older")
        return Verdict("superseded", older, "the newer statement replaces it")
    if narrowed := relations.get("narrows"):
        return Verdict("narrowed", tuple(narrowed), "holds under a condition")
    if more := relations.get("more"):
        return Verdict("refined", tuple(more), "says more of it")
    return Verdict("added", (), "new")


def _is_misread(candidate: Candidate, neighbours: Sequence[Fact | Preference], turn: str) -> bool:
    """Whether a wish was read from words that something is over, and is not the known one denied."""
    if candidate.kind != "preference":
        return False
    if candidate.polarity == "avoids" and any(memory.kind == "preference" and _has_come_to_like(memory, turn) for memory in neighbours):
        return True
    if not misread(candidate.quote, turn, thing=candidate.object, avoids=candidate.polarity == "avoids"):
        return False
    thing = normalise(candidate.object)
    known = [memory for memory in neighbours if isinstance(memory, Preference) and memory.polarity != candidate.polarity]
    return all(normalise(memory.object) != thing for memory in known)


def _has_come_to_like(memory: Preference, turn: str) -> bool:
    """Whether a turn likes what was disliked: "folk music has grown on me" dislikes nothing once more."""
    return memory.polarity == "avoids" and likes_what_was_disliked(_quote(memory), turn)


def _quote(memory: Fact | Preference) -> str:
    return memory.evidence[-1].quote if memory.evidence else memory.text


def _ends(quote: str, object_: str) -> bool:
    """Whether a clause says that something is over and names it."""
    return any(says(ENDED, clause) and share(object_, clause) >= _MENTIONED for clause in CLAUSES.split(quote)[:40])


def _preference(candidate: Candidate, memory: Preference, cosine: float) -> Relation | None:
    known, own = in_words_of(memory.object or memory.text, candidate.quote), candidate.object or candidate.text or candidate.quote
    if any(e.episode == candidate.episode and e.quote == candidate.quote for e in memory.evidence):
        # two halves of one statement: neither ends the other
        return "same" if memory.polarity == candidate.polarity and same_thing(known, own) == "same" else None
    near = domain(memory.slot) == domain(candidate.slot) or "other" in (memory.slot, candidate.slot)
    # one word may stand for two things, golf and a Golf: only a change that names it reaches beyond a domain
    if not near and (same_thing(known, own) != "same" or not (says(CHANGE, candidate.quote) or says(ENDED, candidate.quote))):
        return None
    other_language = has_cjk(_quote(memory)) != has_cjk(candidate.quote)  # the object may be a name in Latin letters
    across = other_language and memory.slot == candidate.slot and cosine >= _SAME_ACROSS_LANGUAGES
    likeness = "same" if across else same_thing(known, own)
    if likeness is None and cosine >= _SAME_MEANING and share(known, own) >= _MENTIONED and not two_of_a_kind(known, own):
        likeness = "same"
    if memory.polarity == candidate.polarity:
        return _agreeing(candidate, memory, likeness, known, own)
    return _opposed(candidate, memory, likeness, known)


def _agreeing(candidate: Candidate, memory: Preference, likeness: Likeness | None, known: str, own: str) -> Relation | None:
    conditions = (normalise(memory.condition or ""), normalise(candidate.condition or ""))
    if likeness == "same" and conditions[1] and conditions[0] != conditions[1] and only_now(candidate.quote):
        return "replaces"  # in this case only, from now on
    if all(conditions) and same_thing(*conditions) != "same":
        return None  # each holds where its condition does
    exception = says(EXCEPTION, candidate.quote) and not says(EXCEPTION, _quote(memory))
    if likeness is not None and candidate.polarity == "wants" and _ends(candidate.quote, own) and not _ends(_quote(memory), known):
        return "replaces"  # its object is what is over, not what is wanted
    if likeness == "same":
        if conditions[0] == conditions[1]:
            if negated_twin(_quote(memory), candidate.quote):
                return "replaces"  # the same words with "not": the sign of one of them was misread
            return "narrows" if exception else "same"
        return "narrows" if conditions[1] else "more"
    one_off = _one_off(candidate)
    if not any(conditions) and not one_off and not says(ALSO, candidate.quote) and not only_then(candidate.quote):
        if exclusive(known, own) and (memory.slot == candidate.slot or domain(memory.slot) == "answers" or says(CHANGE, candidate.quote)):
            return "replaces"
        if candidate.slot == memory.slot == "answers.address":
            return "replaces"
        if _of_one_value(candidate.slot) and memory.slot == candidate.slot and frame_of_one_value(_quote(memory), candidate.quote):
            return "replaces"
    if (
        not one_off
        and not conditions[1]
        and memory.slot == candidate.slot
        and (_ends(candidate.quote, known) or _instead(candidate, known))
    ):
        return "replaces"
    if likeness == "narrower":
        return "narrows" if exception or conditions[1] else "more"
    return None


def _of_one_value(slot: str) -> bool:
    """Whether two values of a slot can be rivals: two allergies, two cuisines or two books stand side by side."""
    return domain(slot) not in _ENUMERABLE and slot != "other"


def _instead(candidate: Candidate, known: str) -> bool:
    """Whether the old value is named beside the new one, with a word of change."""
    return says(CHANGE, candidate.quote) and share(known, candidate.object) < _MENTIONED <= share(known, candidate.quote)


def _opposed(candidate: Candidate, memory: Preference, likeness: Likeness | None, known: str) -> Relation | None:
    if likeness is None:
        return "replaces" if _ends(candidate.quote, known) and not _one_off(candidate) else None
    if _one_off(candidate):
        return None
    changed = bool(says(CHANGE, candidate.quote) or says(ENDED, candidate.quote))
    if candidate.condition and not memory.condition:
        return "narrows"
    if memory.condition and not candidate.condition:
        return "replaces" if changed and likeness == "same" else None
    if memory.condition and candidate.condition and same_thing(memory.condition, candidate.condition) != "same":
        return None
    if likeness == "same":
        return "narrows" if says(EXCEPTION, candidate.quote) and not changed else "replaces"
    if likeness == "narrower":
        return "narrows"
    return "replaces" if changed else None


def _gives_up(candidate: Candidate, memory: Preference) -> bool:
    """Whether a fact says that the user no longer does what a preference wants."""
    if _subject(candidate.subject) != "user" or memory.polarity != "wants" or memory.condition:
        return False
    if domain(memory.slot) in ("answers", "health", "access", "beliefs"):
        return False  # orders and what guards the user end by their own kind only
    known = in_words_of(memory.object or memory.text, candidate.quote)
    if _ends(candidate.quote, known):
        return True
    clauses = CLAUSES.split(candidate.quote)[:40]
    return any(_NOW_NOT.search(clause) and share(known, clause) >= _MENTIONED for clause in clauses)


def _one_off(candidate: Candidate) -> bool:
    return not candidate.lasting or bool(says(ONCE, candidate.quote) and not says(CHANGE, candidate.quote))


_OWNER = re.compile(r"^(?:my|our|the|his|her|我们?的?|咱们?的?)\s*", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _subject(name: str | None) -> str:
    low = _OWNER.sub("", normalise(name or "user"))
    return low or "user"


def _fact(candidate: Candidate, memory: Fact) -> Relation | None:
    if _subject(memory.subject) != _subject(candidate.subject) or owners(_quote(memory)) != owners(candidate.quote):
        return None
    one, two = memory.attribute, candidate.attribute
    if one == "contact" and two in ("event", "state") and says(CHANGE, candidate.quote):
        return "replaces" if _kinds_of_number(_quote(memory)) & _kinds_of_number(candidate.quote) else None
    if one != two and not any(one in kin and two in kin for kin in _KIN):
        return None
    quote, known = (in_words_of(words, candidate.quote) for words in (_quote(memory), memory.value or memory.text))
    own = candidate.value or candidate.text or candidate.quote
    if one == two and same_marks(quote, candidate.quote):
        exception = says(EXCEPTION, candidate.quote) and not says(EXCEPTION, quote) and not only_now(candidate.quote)
        if normalise(known) == normalise(own) or jaccard(quote, candidate.quote) >= 0.9 or same_thing(known, own) == "same":
            return "narrows" if exception else "replaces" if opposed(quote, candidate.quote) else "same"
        if exception and share(known, own) >= _MENTIONED:
            return "narrows"
        if only_now(candidate.quote) and share(known, own) >= _MENTIONED:
            return "replaces"
    if negated_twin(quote, candidate.quote):
        return "replaces"
    if one == two == "contact":
        return "replaces" if _other_number(candidate, memory, known, own) else None
    if says(ALSO, candidate.quote) and not candidate.correction:
        return None
    if _replaced(candidate, memory, known, own):
        return "replaces"
    return "more" if one == two and one in _SINGLE and share(known, own) >= _MENTIONED else None


def _replaced(candidate: Candidate, memory: Fact, known: str, own: str) -> bool:
    one, two, quote = memory.attribute, candidate.attribute, _quote(memory)
    changed = candidate.correction or says(CHANGE, candidate.quote)
    if one == two and one in _SINGLE and same_thing(known, own) is None:
        if (
            one in ("birthday", "age", "name")
            and not changed
            and share(quote, candidate.quote) >= 0.5
            and same_marks(quote, candidate.quote)
        ):
            return False
        stated = one != "home" or ((changed or says(_LIVES, candidate.quote)) and not says(_NOT_SELF, candidate.quote))
        return stated and (
            one != "relationship" or changed or exclusive(quote, candidate.quote) or frame_of_one_value(quote, candidate.quote)
        )
    if (is_safety("", quote) or is_safety("", candidate.quote)) and share(known, candidate.quote) < _MENTIONED:
        return False  # two allergies stand side by side, however late the second one was found
    if frame_of_one_value(quote, candidate.quote):
        return True
    if exclusive(quote, candidate.quote) and changed:
        return True
    if not changed:
        return False
    if {one, two} <= {"work", "employer"}:
        return one == two or same_thing(known, own) is None
    if candidate.correction and one == two and one in _CHANGEABLE | {"origin"}:
        return share(quote, candidate.quote) >= 0.3
    return one in _CHANGEABLE and (share(known, candidate.quote) >= _MENTIONED or share(quote, candidate.quote) >= 0.5)


_NUMBER_KINDS = (
    ("phone", "mobile", "cell", "number", "手机", "电话", "号码", "换号"),
    ("email", "e-mail", "邮箱"),
    ("wechat", "微信"),
    ("locker", "取件码", "储物柜"),
    ("code", "密码"),
    ("工号", "staff number", "employee number"),
    ("address", "地址", "寄到"),
)


@lru_cache(maxsize=4096)
def _kinds_of_number(text: str) -> frozenset[int]:
    low = normalise(text)
    return frozenset(i for i, words in enumerate(_NUMBER_KINDS) if any(word in low for word in words))


def _other_number(candidate: Candidate, memory: Fact, known: str, own: str) -> bool:
    changed = candidate.correction or says(CHANGE, candidate.quote)
    if not (_FEW.search(known + _quote(memory)) or "@" in known) or says(ALSO, candidate.quote):
        return False
    if which_of(_quote(memory)) != which_of(candidate.quote) and not changed:
        return False
    one, two = _kinds_of_number(f"{memory.text} {_quote(memory)}"), _kinds_of_number(f"{candidate.text} {candidate.quote}")
    if one and two:
        return bool(one & two) and normalise(known) != normalise(own)
    return changed or (not one and not two)
