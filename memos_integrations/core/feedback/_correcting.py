"""What a correction puts in place of what was shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...types import Fact, Preference
from .._likeness import share
from .._values import attributes_of, values
from ..candidates import Candidate
from ..change import CHANGE, ONCE, says
from ..derived import Derived
from ..learnt.relations import telling_terms
from ..reconcile import decide
from ..text import content_terms, has_cjk, normalise, split_sentences
from ._reaction import END, Reaction, names

__all__ = ["corrected", "lasting", "named_among", "replaced_in", "said_with"]

_ABOUT_ONE_THING = 0.5
_SHORT = 60  # characters of a sentence that names a value and nothing else
_FEW = 4  # content words of a value; Chinese ones overlap
_WITHIN = re.compile(r"(?i)^(?P<new>.+?) (?:rather than|instead of|and not|(?<!,) not) (?P<old>.+)$")
_NOT_BUT = re.compile(
    r"(?i)^(?:it(?:['’]s| is) )?not (?P<old>.+?)(?:,? but|(?: any ?more| any longer),) (?P<new>.+)$"
    r"|^(?:不是|并非|早就不是)(?P<zold>.+?)(?:[，,]?(?:而)?是)(?P<znew>.+)$"
    r"|^不再?[上吃喝用住看听学打跑去做]?(?P<zold2>.{1,10}?)了[，,](?:改|换)(?:[成为上到]|[吃喝用住看听学打跑去做])?(?P<znew2>.{1,12}?)了?$"
)
_IS = r"(?:['’]s|['’]re|['’]m| is| are| am)"
_IS_NOT = r"(?:['’](?:s|re|m) not| isn['’]t| aren['’]t| is not| are not| am not)"
_IT = r"(?:he|she|it|they|i|that)"
_IS_AND_IS_NOT = re.compile(
    rf"(?i)^[^,;]{{1,40}}?{_IS} (?P<new>[^,;]{{1,40}}), (?:and |but )?(?:{_IT}{_IS_NOT}|not) (?P<old>.+)$"
    r"|^[^，]{0,12}?是(?P<znew>[^，不]{1,12})，(?:[他她它]|而|并){0,2}不是(?P<zold>.+)$"
)
_IS_NOT_BUT_IS = re.compile(rf"(?i)^[^,;]{{1,40}}?{_IS_NOT} (?P<old>[^,;]{{1,40}}), (?:but )?(?:{_IT}{_IS} )?(?P<new>.+)$")
_FRAMED = re.compile(
    r"(?i)(?:(?:no|nope|nah|well|actually|sorry|but),? )?(?:(?:it|that|this|he|she|they|i|we|mine|(?:his|her|its|their|the|my|our) \w+)"
    r"(?:['’]s|['’]re|['’]m| is| are| am| was| should be)|should be|make (?:it|that)|i meant?|you mean|i said)"
    r"(?: (?:called|named|actually|now|really|only))* (?P<a>\S.{0,40}?)(?: (?:now|actually|please|instead))*"
    r"|(?:应该|现在|其实|已经|明明|我说的|早就|[他她它](?:的?名字)?)*(?:是|叫|姓|改成|改为|换成|在)(?P<b>[^，,]{1,20}?)(?:了|才对|啊|呀|吧)*(?:[，,].*)?"
)
_OUGHT = re.compile(
    r"(?i)\b(?:should (?:be|read|say)|i meant?|you mean|i said|make (?:it|that))\b"
    r"|应该是|应为|才对|我说的是|^(?:其实|改)[成是为]|^是(?!的|啊|呀|吗|不是)"
)
_PRONOUN = re.compile(r"(?i)^(?:he|she|it|they|i|we|you)(?:['’](?:s|re|m|ve))?\s+|^(?:他们?|她们?|它|我)(?:现在|其实)?")
_NUMBER = re.compile(
    r"(?i)\b(?:\d+(?:[.,:]\d+)*(?=(?:st|nd|rd|th)?\b)|one(?!\w)|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|midnight)(?:(?<=\d)|\b)"
    r"|[零一二两三四五六七八九十百千万\d]+(?=[\u3400-\u9fff]|$)"
)
_PROPER = re.compile(r"[A-Z][\w&'’.-]*(?: [A-Z][\w&'’.-]*){0,2}")
_TO = re.compile(
    r"(?i)^(?P<old>.{1,60}?) (?:should be|->|→|=>) (?P<new>.{1,60})$"
    r"|^(?P<zold>.{1,20}?)(?:应该是|应改为|应改成|要改成|改成|改为|→)(?P<znew>.{1,20})$"
)
_OBJECT = re.compile(
    r"The user(?:['’]s \w+)? [a-z]+s (?P<a>(?:an? |the )?[\w'’-]+(?: [\w'’-]+)??)(?: (?:at|in|on|for|with|from|near|every|each|by)\b"
    r" ?(?P<of>[A-Z][\w'’.-]*(?: [A-Z][\w'’.-]*)*)?.*)?\.?$"
)
_THING = re.compile(
    r"(?i)(?!(?:no|not|never|always|really|yes|please|that|this|it|sorry|good|great|thanks)\b)"
    r"(?:an? |the )?[a-z][\w'’-]*(?: [a-z][\w'’-]*)?"
)
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:['’-][^\W\u3400-\u9fff]+)*|\s+|[^\w\s]")
_APART = 8  # words, spaces between them, or Chinese characters of a value


def _said(memory: Derived) -> str:
    """A memory with the words that it was learnt from."""
    thing = memory.object if isinstance(memory, Preference) else memory.value
    return " ".join((memory.text, thing, *(evidence.quote for evidence in memory.evidence[-2:])))


def named_among(words: str, shown: Sequence[Derived]) -> list[Derived]:
    """Those of some memories that some words name."""
    return [memory for memory in shown if names(words, _said(memory))]


def said_with(memory: Derived, shown: Sequence[Derived]) -> list[Derived]:
    """A memory and the others that were learnt from the same words: they say one thing."""
    words = _words(memory)
    return [one for one in shown if one.id == memory.id or (words and _words(one) == words)]


def _words(memory: Derived) -> list[tuple[str, str]]:
    return [(evidence.episode, evidence.quote.strip(END)) for evidence in memory.evidence]


def corrected(candidate: Candidate, reaction: Reaction, shown: Sequence[Derived]) -> list[Derived]:
    """Those of the memories shown whose place a statement takes that was made about them.

    More boldly than ``core.reconcile`` would where nothing was shown: the user looks at what is taken to be so and says what is.

    Args:
        candidate: The statement.
        reaction: The words that it was made with.
        shown: The memories, best first.
    """
    found: list[Derived] = []
    for memory in shown:
        if memory.kind != candidate.kind:
            continue
        firm = candidate.model_copy(update={"correction": bool(candidate.correction or reaction.stance or reaction.denied)})
        verdict = decide(firm, [memory], said_at=memory.said_at, cosine={})
        if verdict.action == "merged":
            return []  # it says what was shown
        if verdict.action == "superseded" or _denied(memory, candidate, reaction):
            found.append(memory)
    best = shown[0] if shown else None
    if not found and best is not None and says(CHANGE, candidate.quote):
        found = [best] if telling_terms(candidate.quote) & telling_terms(_said(best)) else []
    if not found and reaction.stance == "denies":
        found = [memory for memory in shown if memory.kind == candidate.kind and _about_one_thing(memory, candidate)][:1]
    return found


def lasting(candidate: Candidate, reaction: Reaction, shown: Sequence[Derived]) -> Candidate:
    """A wish that puts a lasting one right lasts as that one did: "in British English, not American English"."""
    if candidate.kind != "preference" or candidate.lasting or says(ONCE, candidate.quote) or not (reaction.stance or reaction.denied):
        return candidate
    kept = candidate.model_copy(update={"lasting": True})
    losers = [memory for memory in corrected(kept, reaction, shown) if isinstance(memory, Preference) and memory.lasting]
    return kept.model_copy(update={"standing": any(memory.standing for memory in losers)}) if losers else candidate


def _denied(memory: Derived, candidate: Candidate, reaction: Reaction) -> bool:
    """Whether the words deny a value of a memory, of which the statement gives another."""
    return any(names(words, _said(memory)) for words in reaction.denied) and (
        _about_one_thing(memory, candidate) or len(reaction.denied) == 1
    )


def _about_one_thing(memory: Derived, candidate: Candidate) -> bool:
    if isinstance(memory, Fact):
        own = candidate.text or candidate.quote
        return max(share(own, _said(memory)), share(memory.text, f"{own} {candidate.quote}")) >= _ABOUT_ONE_THING
    return memory.slot == candidate.slot


def replaced_in(memory: Derived, reaction: Reaction, *, episode: str) -> Candidate | None:
    """What a memory says with the value that was named in place of its own: "no, nine, not eight", 不是八岁，是九岁.

    None where the words name no value, or the memory holds none that it could take the place of.
    """
    found = _exchange(memory, reaction)
    if found is None:
        return None
    old, new = found
    told = new.lower() if old.islower() and "part of the day" in values(new) else new  # "Afternoons are better" begins with a capital
    words = {name: _exchanged(getattr(memory, name), old, told) for name in _TOLD_IN[memory.kind]}
    if new not in reaction.rest or words["text"] == memory.text:
        return None
    common = {"kind": memory.kind, "episode": episode, "quote": new, "language": "zh" if has_cjk(memory.text) else "en", "correction": True}
    kept = {name: getattr(memory, name) for name in _KEPT[memory.kind]}
    return Candidate.model_validate({**common, **kept, **words, "subject": memory.subject or "user"})


_TOLD_IN = {"fact": ("text", "value"), "preference": ("text", "object", "directive")}
_KEPT = {"fact": ("attribute",), "preference": ("slot", "polarity", "strength", "condition", "standing", "lasting")}


def _exchange(memory: Derived, reaction: Reaction) -> tuple[str, str] | None:
    """What of a memory's words is to be replaced, and by which words of the user."""
    rest = reaction.rest.strip(END)
    if any(names(words, rest) and words in normalise(rest) for words in reaction.denied):
        return None  # "I don't have a dog" says what is not so, and nothing instead
    for pattern in (_NOT_BUT, _TO, _IS_AND_IS_NOT, _IS_NOT_BUT_IS, _WITHIN):
        if match := pattern.fullmatch(rest):
            old, new = (
                next((said for key, said in match.groupdict().items() if said and key.strip("z2") == name), "") for name in ("old", "new")
            )
            old, new = _bare(old), _bare(new)
            place = _place(memory.text, old)
            if place and new:
                return place, new
    objects = reaction.stance in ("denies", "objects") or says(_OUGHT, rest)
    for start, stop in split_sentences(rest):
        sentence = rest[start:stop].strip(END)
        found = _by_attribute(memory, sentence) or (_by_frame(memory, sentence) if objects or reaction.denied else None)
        if found is not None:
            return found
    for old in reaction.denied:
        place = _place(memory.text, _bare(old))
        if found := _by_kind(place or memory.text, rest, memory.text):
            return found
        if place and (new := _value_of(rest)) and len(content_terms(new)) <= _FEW:
            return place, new
    changed = len(rest) <= _SHORT and (objects or says(CHANGE, rest))
    found = _by_kind(memory.text, rest, memory.text) if changed else None
    if found and (not objects or _only(_value_of(rest) or rest, found[1])):
        return found
    if not objects:
        return None
    new = _value_of(rest)
    found = _by_value(memory, new) if new != rest or _PROPER.fullmatch(new) else None
    return found or (_by_object(memory, new) if new == rest else None)


def _by_attribute(memory: Derived, sentence: str) -> tuple[str, str] | None:
    """What a thing of the user's is said to be, where it was said to be another: "my boss is Tomasz now"."""
    told = attributes_of(sentence)
    for evidence in memory.evidence[-1:]:
        known = attributes_of(evidence.quote)
        for name in told.keys() & known.keys():
            old, new = _place(memory.text, known[name]), _place(sentence, told[name])
            if old and new and old != new:
                return old, new
    return None


def _value_of(rest: str) -> str:
    """What some words name, where they name a value: "it's blue", "blue", 是蓝色."""
    framed = _FRAMED.fullmatch(rest)
    return _bare(framed["a"] or framed["b"]) if framed else rest


def _bare(words: str) -> str:
    return words.strip(END).strip()


def _place(text: str, words: str) -> str:
    """Some words as a text writes them; empty where it does not hold them."""
    match = _whole(words).search(text) if words else None
    return match.group() if match else ""


def _by_kind(known: str, new: str, text: str) -> tuple[str, str] | None:
    """The one number, day, hour or address of what is known, where another one is named."""
    told, there = values(new), values(known)
    for kind, some in told.items():
        mine = there.get(kind, frozenset())
        if len(some) == 1 and len(mine) == 1 and some != mine:
            old, other = _place(text, next(iter(mine))), _place(new, next(iter(some)))
            if kind in ("part of the day", "weekday") and other.endswith("s") and not old.endswith("s"):
                other = other[:-1]
            return (old, other) if old and other else None
    numbers = [_NUMBER.findall(text) for text in (known, new)]
    if all(len(some) == 1 for some in numbers) and numbers[0] != numbers[1]:  # "at six" and "seven": kinds of their own
        old, other = _place(text, numbers[0][0]), _place(new, numbers[1][0])
        return (old, other) if old and other else None
    return None


def _by_frame(memory: Derived, sentence: str) -> tuple[str, str] | None:
    """The words that differ, where a sentence is said once more with others in one place of it, be it with a pronoun: "she plays golf"."""
    quote = memory.evidence[-1].quote.strip(END) if memory.evidence else memory.text
    before, after = _TOKEN.findall(quote), _TOKEN.findall(sentence)
    bare = _TOKEN.findall(_PRONOUN.sub("", sentence))
    starts = [n for n in range(1, len(before)) if bare and before[n].lower() == bare[0].lower()]
    for one, two in ((before, after), *((before[n:], bare) for n in starts)):
        least = min(len(one), len(two))
        head = next((n for n in range(least) if one[n].lower() != two[n].lower()), least)
        tail = next((n for n in range(least - head) if one[-1 - n].lower() != two[-1 - n].lower()), least - head)
        old, new = ("".join(some[head : len(some) - tail]).strip() for some in (one, two))
        apart = max(len(one), len(two)) - head - tail
        place = _place(memory.text, old) if old and new and head and apart <= _APART else ""
        if place and 2 * (head + tail) >= max(len(one), len(two)) - (two is bare):
            return place, new
    return None


def _only(words: str, value: str) -> bool:
    """Whether words hold a value and hardly anything else."""
    return len(content_terms(words.replace(value, " "))) <= 1


def _by_value(memory: Derived, new: str) -> tuple[str, str] | None:
    """The value of a memory that has a name for it: "no, it's blue" beside "the favourite colour is red"."""
    if not new or len(content_terms(new)) > _FEW:
        return None
    match = re.search(
        r"(?i)\b(?:is|are|was|called|named|lives in|works (?:at|for|as(?: an?)?))\s+(?P<a>[^,.;]{1,40})\W*$|(?:是|叫|姓"
        r"|在)(?P<b>[^，。；]{1,20})\W*$",
        memory.text,
    )
    if match is None:
        return None
    return _bare(match["a"] or match["b"]), new


def _by_object(memory: Derived, new: str) -> tuple[str, str] | None:
    """What a memory says is done, where nothing but another thing is named: "physics, actually" beside "teaches maths at …"."""
    match = _OBJECT.match(memory.text)
    if match is None or not _THING.fullmatch(new):
        return None
    known = match["of"] if len(new.split()) > 1 and _PROPER.fullmatch(new) and match["of"] else match["a"]
    return _bare(known), new


def _exchanged(text: str, old: str, new: str) -> str:
    return _whole(old).sub(lambda _: new, text, count=1)


def _whole(words: str) -> re.Pattern[str]:
    """Some words where they are no part of others; 1951年 holds a 1951."""
    if has_cjk(words):
        return re.compile(re.escape(words))
    return re.compile(rf"(?<![^\W\u3400-\u9fff]){re.escape(words)}(?:(?<=\d)(?=(?:st|nd|rd|th)\b)|(?![^\W\u3400-\u9fff]))", re.IGNORECASE)
