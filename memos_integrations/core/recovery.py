"""What a statement says is over of that which guarded the user, or which the user kept away from: an allergy, a diet, a vow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from ..types import Fact, Preference
from ._likeness import bare, share
from .change import UNSURE, says
from .learnt.relations import others
from .slots import Words, domain
from .tables import tables
from .text import content_terms, normalise, split_sentences

__all__ = ["keeps_diet", "lifts", "misread", "tells_of_recovery"]

_LIMIT = 600
_MENTIONED = 0.6
_GUARDED = ("health", "access", "food")
_FREE = re.compile(
    r"(?i)\b(?:no longer|not|isn't|aren't|wasn't)\b[^.;,]{0,24}\b(?:allergic|intolerant|diabetic|coeliac|celiac|pregnant|vegan|vegetarian"
    r"|pescatarian|on (?:a |the )?(?:\w+ )?diet)\b(?=.*\b(?:any ?more|after all|now|it turns out)\b)"
    r"|\bno longer\b[^.;,]{0,24}\b(?:allerg\w*|intoleran\w*|diabetic|coeliac|celiac|pregnant|vegan|vegetarian|pescatarian|on)\b"
    r"|\bturns? out\b[^.;]{0,16}\bnot (?:allergic|intolerant|diabetic|coeliac|celiac)\b"
    r"|\b(?:allerg\w*|intoleran\w*|asthma|phobia|fear|injury|diet|ban)\b[^.;]{0,40}\b(?:gone|over|cleared|disappeared|resolved|cured"
    r"|history|healed"
    r"|behind me|lifted|vanished)\b"
    r"|\b(?:outgr[eo]w\w*|(?:grown|grew) out of|got over|gotten over|recovered from|cured of)\b"
    r"|\b(?:test\w*|results?)\b[^.;]{0,30}\bnegative\b|\ball[- ]clear\b|\bmisdiagnos\w*"
    r"|不再?(?:对[^，。；]{1,8})?过敏|(?:过敏|不耐受?|忌口)[^，。；]{0,10}(?:好了|没了|没有了|消失|治好|痊愈|成功|不犯)"
    r"|脱敏[^，。；]{0,8}(?:成功|做完|完成|结束)"
    r"|误诊|(?:检查|复查|测试|化验|结果)[^，。；]{0,8}(?:阴性|正常|没事|没问题)"
)
_MAY = re.compile(
    r"(?i)\b(?:can|may|allowed to|able to|safe to|fine to|okay to|ok to|free to)\b[^.;]{0,24}\b(?:eat|have|drink|handle|tolerate"
    r"|enjoy|take|wear|touch|do)\b"
    r"(?=[^.;]*\b(?:again|now|after all|at last|these days|finally)\b)"
    r"|\b(?:eat|eating|drink|drinking|having|have|order|ordering)\b[^.;,]{0,30}\bagain\b"
    r"|\b(?:started|begun|(?:gone|went|am|i'm|going) back to|back on|resumed|returned to|taken up)\b[^.;,]{0,20}\b(?:eating|drinking"
    r"|having|meat|fish|dairy"
    r"|carbs|sugar|alcohol|gluten)\b"
    r"|\b(?:fine|okay|ok|safe|allowed|no problem|not a problem)\b(?=[^.;]*\b(?:now|again|after all|these days|for me)\b)"
    r"|\bback on the menu\b"
    r"|\b(?:gave up|given up|quit|stopped|done with|came off|come off)\b[^.;,]{0,12}\b(?:being|vegan\w*|vegetarian\w*|keto|(?:\w+ )?diet)\b"
    r"|(?:可以|能(?!不)|敢|让|允许|开始|恢复|又|重新)[^，。；]{0,6}(?:吃|喝|碰|沾|摸)[^，。；]{0,10}(?:了|$)|恢复(?:吃|喝)|(?:吃|喝|碰"
    r"|沾)[^，。；]{0,8}(?:没事|没问题|无碍|不要紧)"
    r"|开荤|不(?:再|用)?(?:吃素|忌口|戒)了?|(?:吃素|戒酒|戒糖|忌口|素)[^，。；]{0,4}(?:不吃了|不戒了|结束|取消)"
)
# what it was not, and what it was: "not peanuts, I'm allergic to cashews", 不是花生，是对腰果过敏
_MISTAKEN = re.compile(
    r"(?i)\b(?:it(?:['’]s| is| was)|i['’]m|turns? out|allerg\w+ is) not (?:allergic to |the )?(?P<a>[\w'’-]+(?: [\w'’-]+)?) ?[,;—-] ?"
    r"(?:but |rather |it['’]s |it is |i['’]m |i am |that i['’]m )+allergic to (?P<b>[\w'’-]+)"
    r"|(?<![这那上下]次)(?:不是|并非)(?:对|吃)?(?P<c>[\u4e00-\u9fff]{1,6}?)(?:过敏)?[，,]\s*(?:而?是|其实是"
    r"|应该是)对?(?P<d>[\u4e00-\u9fff]{1,5}?)过敏"
)
# a complaint that is over, by its name: what was learnt of it must name the same
_HEALED = re.compile(
    r"(?i)\b(?:my|the) (?P<a>[a-z][a-z' -]{2,30}?)(?: has|'s| have| is| are)(?: \w+ly| all| now)*"
    r" (?:gone|cleared(?: up)?|healed(?: up)?|cured|disappeared|vanished|resolved|behind me|back to normal)\b"
    r"|(?:^|[，,。；])(?:我的?)?(?P<b>[\u4e00-\u9fff]{2,6}?)(?:已经|都|全|终于|现在|早就|差不多){0,2}(?:好全?了|治好了?|痊愈|康复|治愈)"
)
_CURED = re.compile(r"(?i)\b(?:cured|healed)\b|治好|痊愈|康复|治愈")
_NO_THING = re.compile("[严轻重急慢][重微性]|所有|[的都也了]")  # how, or of how much, not what
# it is not so yet, or still the other way round, beside what is unsure
_NOT_SO = re.compile(
    r"(?i)\b(?:until|hoping|hopefully|can't|cannot|can not|couldn't|won't"
    r"|don't (?:think|know|believe)|never|not yet|still"
    r"|once i|less|fewer)\b"
    r"|但愿|等[^，。]{0,12}(?:再|就)|也许|可能|不能|不可以|不敢|还没|还不|仍|(?:开始|又|恢复|重新)(?:吃素|忌口|戒)"
)
_HEARSAY = re.compile(
    r"(?i)\b(?:some people|somebody|someone|heard (?:of|that|about)|read (?:that|about)|they say)\b|听说|据说"
    r"|有人|有些人|别人|人家|新闻|网上"
)
_LEFT_OFF = re.compile(
    r"(?i)\b(?:gave up|given up|giving up|quit|done with|finished with|came off|come off|dropped|ditched"
    r"|stopped (?:being|eating|doing|with))\b"
    r"|(?:不再?|没(?:有|能)?)坚持|坚持不(?:下去|住|了)|(?<![不没别])(?<!不[会想能])放弃"
)
_GIVEN_UP = re.compile(
    r"(?i)\b(?:no longer|any ?more|gave up|given up|quit|stopped|done with|came off|come off|not (?:a )?(?:vegan|vegetarian))\b|不"
    r"|结束|取消|放弃"
)


@lru_cache(maxsize=1)
def _data() -> dict[str, dict[str, list[str]]]:
    return tables("recovery.toml")


@lru_cache(maxsize=4)
def _words(table: str) -> Words:
    return Words(_data()[table])


@lru_cache(maxsize=4096)
def _recoveries(text: str) -> tuple[str, ...]:
    """The sentences of a turn that say that something is over which guarded the user."""
    low = text[:_LIMIT].replace("’", "'")
    sentences = [low[start:stop] for start, stop in split_sentences(low)]
    return tuple(one for one in sentences if _is_over(one))


def _is_over(sentence: str) -> bool:
    if says(UNSURE, sentence) or says(_NOT_SO, sentence) or _of_another(sentence):
        return False
    if says(_LEFT_OFF, sentence) and _words("diets").find(sentence):
        return True
    return says(_FREE, sentence) or says(_MAY, sentence) or bool(_words("passed").find(sentence))


def _of_another(sentence: str) -> bool:
    return bool(_HEARSAY.search(sentence)) or (bool(others(sentence)) and not _words("passed").find(sentence))


def tells_of_recovery(text: str) -> bool:
    """Whether a turn says that something is over which guarded the user, or never did."""
    return bool(_recoveries(text) or _mistaken(text) or _healed(text))


@lru_cache(maxsize=4096)
def _healed(text: str) -> tuple[str, ...]:
    """The complaints that a turn says are over."""
    low = text[:_LIMIT].replace("’", "'")
    sentences = [low[start:stop] for start, stop in split_sentences(low)]
    return tuple(
        match["a"] or match["b"]
        for one in sentences
        if not (says(UNSURE, one) or says(_NOT_SO, one) or _of_another(one))
        for match in _HEALED.finditer(one)
    )


def _has_healed(thing: str, memory: Fact | Preference) -> bool:
    """Whether a memory tells of a complaint that is over."""
    if isinstance(memory, Preference) and domain(memory.slot) != "health":
        return False
    core = _CONDITION.sub(" ", bare(memory.object if isinstance(memory, Preference) else memory.value)).strip()
    return bool(core) and share(core, thing) >= _MENTIONED and not _healed(memory.text)


@lru_cache(maxsize=4096)
def _mistaken(text: str) -> tuple[str, ...]:
    """What a turn says was taken to harm the user and does not: another thing, which it names, does."""
    low = text[:_LIMIT].replace("’", "'")
    sentences = [low[start:stop] for start, stop in split_sentences(low)]
    return tuple(
        match["a"] or match["c"]
        for one in sentences
        if not says(UNSURE, one) and not _of_another(one)
        for match in _MISTAKEN.finditer(one)
        if match["b"] or not _NO_THING.search(match["d"])
    )


def keeps_diet(text: str) -> bool:
    """Whether a text names a diet."""
    return bool(_words("diets").find(text))


def lifts(text: str, memory: Fact | Preference) -> bool:
    """Whether a later turn says that a memory guards the user no more: the allergy is outgrown, the diet given up.

    What guards the user must be named itself; what was a habit also by one thing of its kind.
    """
    if isinstance(memory, Fact) and memory.attribute == "possession":  # "I have bronchitis", until it is cured
        return says(_CURED, text) and any(normalise(bare(memory.value)) == thing for thing in _healed(text))
    if not _may_end(memory):
        return False
    avoided = memory.object if isinstance(memory, Preference) and memory.polarity == "avoids" else ""
    if avoided and any(normalise(bare(avoided)) == normalise(bare(thing)) for thing in _mistaken(text)):
        return True
    return any(_names(sentence, memory) for sentence in _recoveries(text)) or any(_has_healed(thing, memory) for thing in _healed(text))


def misread(quote: str, turn: str, *, thing: str, avoids: bool) -> bool:
    """Whether a wish was read from words that say that something is over: "my peanut allergy is gone" wants and avoids nothing.

    Args:
        quote: The words that it was read from.
        turn: The turn that holds them.
        thing: What was taken to be wished or avoided.
        avoids: Whether it was read as something to avoid.
    """
    told = [one for one in _recoveries(turn) if normalise(one) in normalise(quote) or normalise(quote) in normalise(one)]
    told = [one for one in told if says(_FREE, one) or says(_MAY, one) or says(_LEFT_OFF, one) or _words("passed").find(quote)]
    return any(avoids or (says(_FREE, one) and not says(_MAY, one)) or _diet_ended(thing, one) for one in told)


def _may_end(memory: Fact | Preference) -> bool:
    if isinstance(memory, Fact):
        return memory.attribute in ("health", "family") and memory.subject in (None, "user")
    return domain(memory.slot) in _GUARDED


def _names(sentence: str, memory: Fact | Preference) -> bool:
    if isinstance(memory, Fact):
        value = memory.value or memory.text
        if memory.attribute == "family":
            return _passed(value, sentence)
        return _passed(value, sentence) or (_named(value, sentence) and not _recoveries(value))
    said = f"{memory.object} {memory.text}"
    if memory.polarity == "wants":
        return _diet_ended(memory.object, sentence) or _passed(said, sentence)
    if _named(memory.object, sentence):
        return True
    return domain(memory.slot) == "food" and bool(_one_kind(memory.object, sentence))


def _named(thing: str, sentence: str) -> bool:
    """Whether a sentence names a thing: all that it is made of, but for words of being allergic."""
    core = _CONDITION.sub(" ", bare(thing)).strip()
    if not core:
        return share(thing, sentence) >= _MENTIONED
    return share(core, sentence) >= _MENTIONED or normalise(core) in normalise(sentence)


_CONDITION = re.compile(
    r"(?i)\b(?:am|is|been|be|the user|severely|slightly|a|an|the|to|from|allergic|allerg(?:y|ies)|intoleran(?:t|ce))\b"
    r"|用户|对|过敏|不耐受?|不能|有点?|患有?|得了?|一点|点|吃|喝|碰"
)


def _diet_ended(diet: str, sentence: str) -> bool:
    kept = [name for name in _words("diets").find(diet) if name in _data()["excludes"]]
    if not kept:
        return False
    if says(_GIVEN_UP, sentence) and any(name in kept for name in _words("diets").find(sentence)):
        return True
    eaten = content_terms(sentence)
    low = normalise(sentence)
    return any(_holds(word, eaten, low) for name in kept for word in _data()["excludes"][name])


def _holds(word: str, terms: set[str], low: str) -> bool:
    return word in low if word > "\u3400" else bool(content_terms(word) & terms)


def _passed(state: str, sentence: str) -> bool:
    return any(name in normalise(state) for name in _words("passed").find(sentence))


def _one_kind(thing: str, sentence: str) -> Sequence[str]:
    known = set(_words("kinds").find(thing))
    return [name for name in _words("kinds").find(sentence) if name in known]
