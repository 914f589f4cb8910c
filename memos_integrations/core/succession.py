"""Which later turn of the user takes the place of an earlier one, though neither need be understood as a fact or a wish."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ._likeness import exclusive
from .change import ALSO, CHANGE, EXCEPTION, ONCE, says
from .learnt.relations import models, numbers, signs, telling_terms
from .slots import is_safety
from .text import split_sentences

__all__ = ["asks_about_past", "comparable", "replaces", "tells_of_change"]

_LONGEST = 120  # characters of what can be one statement
_MOST_TERMS = 14  # content words of what is one statement
_NAMED = 0.5  # of the content words of the shorter one
# from which log-odds two turns are about one thing, and from which probability the later one ends the earlier one
_BY_VECTORS, _BY_WORDS = (0.5, 0.55), (1.5, 0.65)
_PAST = re.compile(
    r"(?i)\b(?:previous\w*|used to|did \w+ use to|formerly|former|earlier|originally|back then|at first|ago|last (?:year|month|week)"
    r"|history|have (?:I|we) (?:\w+ )?changed|has (?:\w+ ){1,4}changed|in (?:19|20)\d\d"
    r"|before (?:that|this|then|now|the change|(?:I|we) (?:moved|changed|switched)))\b|\bbefore\s*[?.!]*$|\b(?:my|our|the) old\b"
    r"|以前|之前|从前|原来|原先|曾|过去|当时|那时|最早|最初|上次|去年|上个月|历史|变化|变过|改过|换过"
)
_BEFORE_TOPIC = re.compile(
    r"^(?:现在|以后|如今|今天|昨天|上周|这周|下周)?(?:我们的|我们|我家的|我家|我的|我|咱们)?(?:现在|以后|如今|一般|都)?"
)
_TOPIC = re.compile(r"[\u4e00-\u9fff]{2}")


def comparable(text: str) -> bool:
    """Whether a turn is short and says one thing, so that another one can take its place as a whole."""
    return len(text) <= _LONGEST and not text.rstrip().endswith(("?", "？")) and len(split_sentences(text)) <= 1


def asks_about_past(query: str) -> bool:
    """Whether a query wants to know what was, so that what has ended answers it."""
    return _PAST.search(query[:1000]) is not None


def tells_of_change(text: str) -> bool:
    """Whether a statement can end another one: it speaks of a change, denies something, or gives a number that may be another now."""
    told = signs(text)
    return told.negated or told.changed or told.ended or bool(numbers(text))


def replaces(old: str, new: str, *, vectors: tuple[Sequence[float], Sequence[float]] | None, space: str | None) -> float | None:
    """How near two turns are where the later one takes the place of the earlier one; None: both stand.

    Careful by design: both must be about one thing, and the later one must contradict the earlier one or change its value.

    Args:
        old: The earlier turn.
        new: The later one.
        vectors: Of both, if they have some.
        space: Of the vectors.
    """
    if says(ALSO, new) or (says(ONCE, new) and not says(CHANGE, new)) or says(EXCEPTION, new):
        return None
    if is_safety("", old) or is_safety("", new):
        return None  # what guards the user ends by its own kind only
    if not _about_one_thing(old, new):
        return None
    known = models()
    full = vectors is not None and known.reads(space)
    one, two = (known.read(text, vectors[place] if vectors is not None and full else None) for place, text in enumerate((old, new)))
    near = known.nearness(one, two)
    least_near, least_sure = _BY_VECTORS if full else _BY_WORDS
    if near < least_near:
        return None
    shares = known.relate(one, two)
    return near if shares["contradicts"] + shares["replaces"] >= least_sure else None


def _about_one_thing(old: str, new: str) -> bool:
    """Whether two statements name one thing first of all, and the later one shows that something about it has changed.

    Said without a model, and needed beside it: a model that compares whole turns finds changes wherever there is talk of change.
    """
    one, two = telling_terms(old), telling_terms(new)
    if not one & two or max(len(one), len(two)) > _MOST_TERMS:
        return False
    told, known = numbers(new), numbers(old)
    other_number = bool(told and known and told != known)
    if not (signs(new).changed or signs(new).ended or signs(old).negated != signs(new).negated or other_number or exclusive(old, new)):
        return False
    return len(one & two) >= _NAMED * min(len(one), len(two)) or _same_topic(old, new)


def _same_topic(old: str, new: str) -> bool:
    """Whether two Chinese sentences begin with the same topic."""
    one, two = (_BEFORE_TOPIC.sub("", text.strip()) for text in (old, new))
    return len(one) > 1 and one[:2] == two[:2] and bool(_TOPIC.match(one))
