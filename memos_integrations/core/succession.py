"""Which later turn of the user takes the place of an earlier one, though neither need be understood as a fact or a wish."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from ..types import Fact, Preference
from ._apart import told_apart
from ._likeness import exclusive, one_at_a_time, owners, words_for
from ._one import in_place_of_the_one, speaks_of_another, tells_how_one_lives
from ._over import (
    corrects,
    likes_what_was_disliked,
    names_what_ended,
    says_anew,
    says_other_job,
    says_over,
    says_who_left,
    widens,
)
from ._values import attributes_of, other_value, values, without_values
from .bilingual import also_called, called_alike, in_words_of
from .change import ALSO, CHANGE, ENDED, EXCEPTION, ONCE, SELF, TURN, only_then, says
from .frames import says_another, states
from .learnt.relations import models, numbers, others, signs, telling_terms
from .recovery import keeps_diet
from .returning import is_said_in, returned_to
from .slots import is_safety
from .statements import parts
from .text import has_cjk, index_terms, normalise

__all__ = [
    "Succession",
    "asks_about_past",
    "named_terms",
    "names_what_ended",
    "replaces",
    "says_other_job",
    "tells_of_change",
    "terms_beside",
]

_MOST_TERMS, _MOST_TERMS_CHINESE = 14, 24  # content words of what is one statement; Chinese ones overlap
_MOST_BESIDE = 60
_SHARED = 0.3  # of the content words of the shorter one, where a model sees a change
_NAMED = 0.5  # of the content words of the shorter one
# from which probability a turn ends another one, by vectors and by words alone: where both name one thing, and where they do not
_BY_VECTORS, _BY_WORDS = (0.28, 0.6), (0.35, 0.8)
_DOUBT, _FOUND = 0.4, 1.5  # from which probability it may, and log-odds by which a question that finds both speaks for one thing
_PLACE = 1.5  # log-odds by which facts of one attribute speak for one thing
_TOLD_ANEW = 0.5  # the same thing with another value, from which probability of a change or a contradiction
_TOLD = 0.9  # the later one says itself that the thing of the earlier one is over
_Vectors: TypeAlias = tuple[Sequence[float], Sequence[float]] | None
_PAST = re.compile(
    r"(?i)\b(?:previous\w*|used to|did \w+ use to|formerly|former|earlier|originally|back then|at first|ago|last (?:year|month|week)"
    r"|history|have (?:I|we) (?:\w+ )?changed|has (?:\w+ ){1,4}changed|in (?:19|20)\d\d"
    r"|before (?:that|this|then|now|the change|(?:I|we) (?:moved|changed|switched)))\b|\bbefore\s*[?.!]*$|\b(?:my|our|the) old\b"
    r"|以前|之前|从前|原来|原先|曾|过去|当时|那时|最早|最初|上次|去年|上个月|历史|变化|变过|改过|换过"
)
_VALUE = re.compile(
    r"(?:half past |quarter (?:past|to) )?(?:\d[\d.,:]*"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty"
    r"|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|noon|midnight)\b)"
    r"|[零一二两三四五六七八九十百千万半]+(?:点半?|岁|块|号|楼|路|页|公里)?"
)
_AROUND_VALUE = re.compile(
    r"\b(?:now|these days|currently|at present|just|already|in the (?:morning|evening|afternoon)|from now on)\b"
    r"|现在|如今|今年|已经|目前|早上|上午|中午|下午|晚上|以后|[\s.。,，!！了]"
)
_COPULA = re.compile(r"\b(?:is|are)\b|是|叫")
_OWN = re.compile(r"(?i)\b(?:I|my|we|our)\b|我|咱|俺")
_PLACED = re.compile(  # a verb, and where or with whom it is done
    r"\b([a-z]{3,}?)(?:s|es|ed|ing)? (?:held )?(in|at|on|with|from) ((?:the |our |my |a )?[\w'’-]+(?: (?!and\b|but\b|so\b|until\b|now\b"
    r"|because\b|from\b|on\b|at\b|instead\b)[\w'’-]+){0,3})"
)
_ROLE = re.compile(r"的?([\u4e00-\u9fff]{2})(?:是|叫|姓)")
_OWNED = re.compile(r"(?i)^(?!let['’]s\b|let me\b)(?:.*\b)?(?:I|my|mine|we|our|the)\b")
_ANY_NEW = re.compile(
    r"(?i)\bnew (?=things?\b|stuff\b|people\b|ways?\b|\w+s\b)|\b(?:some|any|a|positive|amazing|real|big|the) changes?\b|^changes?\b"
)
_TO_YOU = re.compile(r"(?i)\b(?:you|your|yours|you['’](?:re|ve|ll|d))\b|[你您]")
_SMALL_TALK = re.compile(
    r"(?i)^(?:oh,? |and |but |so |well,? |aww?,? |yeah,? |yes,? |ok,? )*"
    r"(?:wow|hey|hi|hello|bye|thanks?|thank|congrat\w*|cheers|glad|happy for|nice|great|awesome|cool|amazing|wonderful|fantastic|good"
    r"|woohoo|yay|agreed|definitely|absolutely|way to go|no (?:worries|problem)|take care|sounds|see (?:you|ya)|sorry to hear"
    r"|that (?:sounds|looks|must)|(?:that['’]s|it['’]s) (?:so |really |such )?(?:great|tough|good|nice|awesome|amazing|cool|lovely|hard))\b"
    r"|^(?:哇|嗨|你好|早上好|早安|晚安|再见|拜拜|谢谢|多谢|恭喜|祝|加油|辛苦|太好了|太棒了|真棒|真好|不错|没关系|没事|哈哈|好[的吧呀啊])"
)
_BACK = re.compile(r"(?i)\b(?:back to|switch to|go with|stick to|return to|instead)\b|换[成回]|改[成回用]|用回|恢复")
_REST = re.compile(
    r"(?i)\b(?:stays?|stay|remains?|still (?:the same|stands|at|on)|unchanged"
    r"|as (?:before|it is|it was|usual)|the rest|keeps? (?:its|the same))\b"
    r"|不变|照旧|照常|照[上去吃做来跑]|照样|还是老|保持|不动|仍[然旧]?"
)
_BEFORE_TOPIC = re.compile(
    r"^(?:现在|以后|如今|今天|昨天|上周|这周|下周)?(?:我们的|我们|我家的|我家|我的|我|咱们)?(?:现在|以后|如今|一般|都)?"
)
_CASE = re.compile(
    r"(?i)\b(?:when|if|while|during|at work|at night|at weekends|(?:after|before|past) (?!all\b)\w+"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)days?|in the (?:morning|evening|afternoon))\b"
    r"|(?:点|晚|早上|中午|下午|周[一二三四五六日末]|节|月)[^，,。]{0,3}(?:以后|之后|后|以前|之前|前)|时候|期间|的话"
)
_NOT_DONE = re.compile(  # what did not come about
    r"(?i)\b(?:nearly|almost|(?:was|were) (?:going|about) to|(?:thought (?:of|about)|considered) \w+ing|had planned)\b"
    r"|差[点一]|考虑过|想过|本来[想要打]"
)
_YESTERDAY = re.compile(r"(?i)\byesterday\b|昨天|昨晚")  # what happened may last
_TOPIC = re.compile(r"[\u4e00-\u9fff]{2}")


class Succession(NamedTuple):
    """A later turn that takes the place of an earlier one.

    Attributes:
        likely: How likely it does, 0 to 1.
        sure: Whether it does; else only where a question finds both, which says that they are about one thing.
        ended: The statement that it takes the place of.
        by: The statement that does.
    """

    likely: float
    sure: bool
    ended: str
    by: str

    @property
    def partly(self) -> bool:
        """Whether something of what was said before still holds: "the evening one moves to ten, the morning one stays"."""
        return says(_REST, self.by)

    def narrowed(self) -> Succession:
        """The same with the one part of the earlier statement that the later one is about, where that shows."""
        near = {part: _nearness(part, self.by) for part in parts(self.ended)}
        best = max(near, key=near.__getitem__)
        told = len(near) > 1 and near[best] > max(own for part, own in near.items() if part != best)
        return self._replace(ended=best) if told else self

    def ends(self, memory: Fact | Preference) -> bool:
        """Whether what was learnt from the earlier statement goes with it: not where only somebody else's part of it has changed."""
        if self.partly:
            return memory.kind == "fact"  # it says all of it; the turn that it came from says the rest
        whom = others(self.by) & others(self.ended)
        return not whom or says(SELF, self.by) or memory.subject not in (None, "user") or bool(whom & others(memory.text))


def _nearness(old: str, new: str) -> int:
    """How much speaks for two statements being about one thing."""
    shared = len(telling_terms(old) & telling_terms(new)) + len(one_at_a_time(old) & one_at_a_time(new))
    return shared + exclusive(old, new) + bool(values(old).keys() & values(new).keys())


def named_terms(text: str) -> tuple[str, ...]:
    """What a statement is about, as index tokens of both languages: by these the earlier statements about it are found."""
    return (*sorted(telling_terms(text))[: _most(text)], *sorted(telling_terms(also_called(text)))[:_MOST_TERMS])


def terms_beside(text: str) -> tuple[str, ...]:
    """The same and more where there are no vectors: other words for what a person has one of at a time, and all pairs of a Chinese text."""
    pairs = (term for term in index_terms(text) if len(term) == 2 and has_cjk(term))
    return tuple(dict.fromkeys((*named_terms(text), *pairs, *words_for(one_at_a_time(text)))))[:_MOST_BESIDE]


def _most(text: str) -> int:
    return _MOST_TERMS_CHINESE if has_cjk(text) else _MOST_TERMS


def asks_about_past(query: str) -> bool:
    """Whether a query wants to know what was, so that what has ended answers it."""
    return _PAST.search(query[:1000]) is not None


def tells_of_change(text: str) -> bool:
    """Whether a statement can end another one: it speaks of a change, denies something, or gives a number of the user's own."""
    return _may_change(text) or states(text) or tells_how_one_lives(text)


def _may_change(text: str) -> bool:
    return _shows_change(text) or signs(text).negated or says_over(text) or corrects(text) or _gives_another(text)


def _gives_another(text: str) -> bool:
    """Whether a statement gives a number of the user's own, or a value beside what stays as it was."""
    return (says(_OWN, text) and bool(numbers(text))) or (says(_REST, text) and bool(values(text)))


def replaces(old: str, new: str, *, vectors: _Vectors, space: str | None, one_place: bool = False) -> Succession | None:
    """Whether the later one of two statements takes the place of the earlier one; None: both stand.

    Careful by design: most turns have nothing to do with each other, and a model that compares whole turns finds changes wherever
    there is talk of change. The probability is that of being about one thing, times that of contradicting it or changing its value;
    and more is asked of turns that do not name one thing.

    Args:
        old: The earlier statement.
        new: The later one.
        vectors: Of the turns of both, if they have some.
        space: Of the vectors.
        one_place: Whether facts of one attribute were learnt from both.
    """
    meeting = in_words_of(old, new)
    if meeting != old and others(meeting) and not says(SELF, old) and not others(new):
        return None  # of somebody else, in the other language
    if _another_attribute(old, new) and not _stand_apart(meeting, new):
        return Succession(_TOLD, sure=True, ended=old, by=new)
    found = _succeeds(meeting, new, vectors=vectors, space=space, one_place=one_place, said=old)
    return None if found is None else found._replace(ended=old)


def _succeeds(old: str, new: str, *, vectors: _Vectors, space: str | None, one_place: bool, said: str) -> Succession | None:
    if not is_safety("", old) and not keeps_diet(old) and widens(old, new):
        return Succession(_TOLD, sure=True, ended=old, by=new)
    if _is_so_again(old, new):
        return None
    if says_anew(old, new) or (one_place and says_other_job(new)):
        return Succession(_TOLD, sure=True, ended=old, by=new)
    if _stand_apart(old, new):
        return None
    if says_another(said, new) or says_another(old, new) or in_place_of_the_one(old, new):
        return Succession(_TOLD, sure=True, ended=old, by=new)
    return _replaces(old, new, vectors=vectors, space=space, one_place=one_place) if _may_change(new) else None


def _replaces(old: str, new: str, *, vectors: _Vectors, space: str | None, one_place: bool) -> Succession | None:
    one, two = telling_terms(old), telling_terms(new)
    if not one or not two:
        return None
    if any(
        tells(old, new)
        for tells in (names_what_ended, says_who_left, likes_what_was_disliked, _another_value, _another_attribute, _new_in_its_place)
    ):
        return Succession(_TOLD, sure=True, ended=old, by=new)
    if len(one) > _most(old) or len(two) > _most(new) or told_apart(old, new):
        return None
    known = models()
    full = vectors is not None and known.reads(space)
    one_thing = speaks_of_another(old, new) or (exclusive(old, new) and says(_BACK, new)) or _elsewhere(old, new)
    other = _shows_change(new) and other_value(old, new)
    if says(_REST, new) and other_value(old, new, by_characters=True):
        return Succession(_TOLD, sure=True, ended=old, by=new)
    if not other and not _borne_out(old, new):
        return None
    one_place = one_place or one_thing
    named, unnamed = _BY_VECTORS if full else _BY_WORDS
    least = named if one_place or _name_one_thing(old, new) else unnamed
    before, after = (known.read(text, vectors[place] if vectors is not None and full else None) for place, text in enumerate((old, new)))
    near = known.nearness(before, after) + (_PLACE if one_place else 0.0)
    near = max(near, 0.0) if one_thing or other else near
    if _sigmoid(near + _FOUND) < _DOUBT:
        return None
    shares = known.relate(before, after)
    ends = shares["contradicts"] + shares["replaces"]
    if ends <= shares["narrows"]:
        return None
    likely = _sigmoid(near) * ends
    if other and ends >= _TOLD_ANEW:
        return Succession(max(likely, ends), sure=True, ended=old, by=new)
    if likely >= least:
        return Succession(likely, sure=True, ended=old, by=new)
    return Succession(likely, sure=False, ended=old, by=new) if full and _sigmoid(near + _FOUND) * ends >= _DOUBT else None


def _is_so_again(old: str, new: str) -> bool:
    """Whether the later one goes back to what the earlier one says."""
    thing = returned_to(new)
    return bool(thing) and is_said_in(thing, old)


def _stand_apart(old: str, new: str) -> bool:
    """Whether both stand: the later one adds to the earlier one, tells of once or of an exception, or nothing of its speaker."""
    if says(ALSO, new) or (says(ONCE, _YESTERDAY.sub("", new)) and not says(CHANGE, new)) or says(EXCEPTION, new):
        return True
    if only_then(new) and (exclusive(old, new) or not telling_terms(old) & telling_terms(new)):
        return True
    if says(_NOT_DONE, new):
        return True
    if owners(new) - owners(old) and not says(SELF, new):
        return True
    if _is_small_talk(old) or _is_small_talk(new):
        return True
    if is_safety("", old) or is_safety("", new) or keeps_diet(old):
        return True  # what guards the user ends by its own kind only, see ``core.recovery``
    return signs(old).negated != signs(new).negated and says(_CASE, new) and not says(_CASE, old)  # the opposite for a case


def _is_small_talk(text: str) -> bool:
    """Whether a statement tells nothing of its speaker: a greeting, thanks, praise, or how the one is that it is told to."""
    if says(_OWN, text) or says(SELF, text) or _shows_change(text):
        return False
    return _TO_YOU.search(text) is not None or _SMALL_TALK.match(text.strip()) is not None


def _shows_change(text: str) -> bool:
    """Whether a statement itself speaks of a change: meeting 3 beside meeting 4 is another meeting."""
    return signs(text).changed or signs(text).ended or says(CHANGE, text) or says(ENDED, text) or says(TURN, text)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def _name_one_thing(old: str, new: str) -> bool:
    """Whether two statements name one thing first of all, and the later one shows that something about it has changed."""
    one, two = telling_terms(old), telling_terms(new)
    told, known = numbers(new), numbers(old)
    other_number = bool(told and known and told != known)
    if exclusive(old, new) and one & two:
        return True
    if not (signs(new).changed or signs(new).ended or signs(old).negated != signs(new).negated or other_number):
        return False
    if one & two and (len(one & two) >= _NAMED * min(len(one), len(two)) or _same_topic(old, new)):
        return True
    return other_number and _frame(old) == _frame(new)


def _elsewhere(old: str, new: str) -> bool:
    """Whether the later one says that the same is done at another place, or with somebody else: "the choir rehearses in the gym now"."""
    if not (says(CHANGE, new) or says(TURN, new)):
        return False
    one, two = ({(found[1], found[2]): telling_terms(found[3]) for found in _PLACED.finditer(normalise(text))} for text in (old, new))
    known, told = telling_terms(old), telling_terms(new)
    return any(
        one[key] and two[key] and not one[key] & two[key] and len(known & told - one[key] - two[key]) > 1 for key in one.keys() & two.keys()
    )


def _borne_out(old: str, new: str) -> bool:
    """Whether words bear out what a model may take for a change: talk of one topic goes on without one.

    Both speak of what a person has one of at a time, or give a value of one kind; or the earlier one tells of the user's own, and the
    later one says the opposite, or speaks of a change and names the same.
    """
    if exclusive(old, new) or speaks_of_another(old, new) or _elsewhere(old, new):
        return True
    one, two = telling_terms(old), telling_terms(new)
    if not one & two:
        return False
    told, known = values(new), values(old)
    if any(told[kind] != known[kind] for kind in told.keys() & known.keys()):
        return True
    if not has_cjk(old) and not says(_OWNED, old):
        return False
    if one_at_a_time(old) & one_at_a_time(new):
        return True
    changes = signs(old).negated != signs(new).negated or says(CHANGE, _ANY_NEW.sub("", new))
    return changes and (says(_BACK, new) or len(one & two) >= _SHARED * min(len(one), len(two)))


def _same_topic(old: str, new: str) -> bool:
    """Whether two Chinese sentences begin with the same topic."""
    one, two = (_BEFORE_TOPIC.sub("", text.strip()) for text in (old, new))
    return len(one) > 1 and one[:2] == two[:2] and bool(_TOPIC.match(one))


def _another_attribute(old: str, new: str) -> bool:
    """Whether the later one says that what a thing of the user's is has become another: "so my physio is Declan now"."""
    if not tells_of_change(new) or signs(old).negated != signs(new).negated or others(old) != others(new):
        return False
    one, two = attributes_of(old), attributes_of(new)
    shared = [(one[a], two[b]) for a in one for b in two if a == b or called_alike(a, b)]
    return any(a != b and not telling_terms(a) & telling_terms(b) for a, b in shared)


def _new_in_its_place(old: str, new: str) -> bool:
    """Whether the later one tells of another one in the place of what the earlier one names: "a new accountant", 换了个会计."""
    if others(old) != others(new):
        return False
    roles = [name.rsplit(" ", 1)[-1] for name in attributes_of(old)] + _ROLE.findall(old)
    told = normalise(new)
    for role in roles:
        if has_cjk(role):
            found = re.search(rf"(?:换|另找|新找|改找|新请)了?(?:一?[个位名家])?(?:新的?)?{re.escape(role[-2:])}", told)
        else:
            found = re.search(rf"\b(?:new|another|different) {re.escape(role)}\b", told)
        if found:
            return True
    return False


def _another_value(old: str, new: str) -> bool:
    """Whether the later one says the same words of now with another value in them: "my favourite season is autumn these days"."""
    if not signs(new).changed or signs(old).negated != signs(new).negated:
        return False
    one, two = (_COPULA.split(_AROUND_VALUE.sub(" ", normalise(text)), maxsplit=1) for text in (old, new))
    (left, *value), (also, *other) = ([re.sub(r"\s", "", part) for part in parts] for parts in (one, two))
    if value and other and left == also:
        return bool(telling_terms(one[0])) and value != other
    if _frame(old) == _frame(new) and _VALUE.findall(normalise(old)) != _VALUE.findall(normalise(new)):
        return True
    known, told = values(old), values(new)
    frames = [_AROUND_VALUE.sub("", without_values(text)) for text in (old, new)]
    return known.keys() == told.keys() and known != told and frames[0] == frames[1]


def _frame(text: str) -> str:
    """What a statement says but for its numbers, and for words of now and then."""
    return _AROUND_VALUE.sub("", _VALUE.sub("#", normalise(text)))
