"""What a user says about what was shown: that it is right, that it is wrong, or what is right instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ..types import Fact, Preference
from ._likeness import share
from ._values import values
from .candidates import Candidate
from .change import ONCE, says
from .derived import Derived
from .reconcile import decide
from .text import content_terms, has_cjk, normalise

__all__ = ["Reaction", "corrected", "lasting", "named_among", "reaction_of", "replaced_in"]

_LONGEST = 2000  # characters: who writes more tells something; the reaction stands at its beginning or nowhere
_NAMED = 0.6  # of the content words of what is named
_ABOUT_ONE_THING = 0.5
_SHORT = 60  # characters of a sentence that names a value and nothing else
_FEW = 4  # content words of a value; Chinese ones overlap

Stance = Literal["confirms", "denies", "objects", ""]

_THAT = r"(?:that|this|it|what you (?:said|wrote|have|remember(?:ed)?)|your (?:memory|note|information)|the (?:memory|note))"
_VERY = r"(?:really |quite |just |simply |all |completely |totally |exactly |actually |even |still |also |so |absolutely )*"
_WRONG = (
    r"(?:wrong|incorrect|false|untrue|mistaken|inaccurate|a mistake|an error|outdated|out[- ]of[- ]date|nonsense|rubbish"
    r"|(?:a lie|made up|invented)|(?:in the )?past|history|over|old news|(?:years|ages|(?:a )?long(?: time)?) ago)"
)
_RIGHT = r"(?:right|true|correct|accurate|so|the case|what i (?:said|meant|wanted|asked for)|me|it|the one|good|fine|perfect)"
_LATER = r"(?:,? (?:any ?more|any longer|at all|now|these days|again|i'?m afraid|sorry|please|though|actually|either))*"
_IN_FULL: dict[Stance, re.Pattern[str]] = {
    "confirms": re.compile(
        rf"(?:oh |ah |and |well )?(?:(?:yes|yep|yeah|yup|yes yes|exactly|precisely|correct|right|true|indeed|absolutely"
        rf"|certainly|of course"
        rf"|spot on|quite so|perfect|you bet|bingo|thumbs[- ]up|\+1|well remembered|good memory|confirmed|agreed|very true)"
        rf"|(?:that|this|it)(?:['’]?s| is| was) {_VERY}{_RIGHT}{_LATER}|(?:that|this|it) (?:still )?(?:holds|stands|applies)"
        r"|still (?:true|right|correct|so|the case|valid)|(?:that|this|it) remains (?:true|so|right)"
        r"|you(?:['’]ve| have)? (?:got (?:it|that|this|me)(?: (?:exactly |quite )?right)?|remember(?:ed)? (?:right"
        r"|correctly|well|that well))"
        r"|you(?:['’]re| are) (?:quite |absolutely |so )?right|(?:please )?(?:keep|remember) (?:that|this|it)(?: please)?)"
        r"|对(?:对|的|啊|呀|了)*|没错(?:的|啊|呀)?|(?:完全|非常|很)?正确|是的?(?:呀|啊)?|嗯+|确实(?:如此|是这样|是的?)?|说得(?:很)?对|你说(?:得)?对了?"
        r"|(?:你)?(?:记|说|写)得(?:很|真)?(?:对|准|没错|清楚|好)|就(?:是|该)(?:这样|这个|它|如此)的?|(?:现在)?还是这样的?|是这样的?|好(?:的|极了)?|可以|完美|赞"
        r"|(?:👍|👌|💯|✅|❤️?|[\U0001f3fb-\U0001f3ff])+"
    ),
    "denies": re.compile(
        rf"(?:oh |but |sorry |well )?(?:{_THAT}(?:['’]s| is| was|['’]re| are)? {_VERY}{_WRONG}{_LATER}"
        rf"|{_THAT}(?:['’]s| is| was) (?:not|no longer|never) {_VERY}{_RIGHT}{_LATER}"
        rf"|{_THAT} (?:isn['’]?t|wasn['’]?t|ain['’]?t|no longer (?:holds|applies|stands|is)|doesn['’]?t (?:hold"
        rf"|apply))(?: {_VERY}{_RIGHT})?{_LATER}"
        rf"|{_VERY}{_WRONG}|not {_VERY}{_RIGHT}{_LATER}|not any ?more|no longer"
        r"|i(?:['’]ve)? (?:never|didn['’]?t|did not|have never|haven['’]?t)(?: ever| actually)? (?:said|say|told|tell"
        r"|mentioned|mention|claimed|claim"
        r"|wrote|write|meant|mean)(?: you| to you)?(?: that| this| it| so| such a thing| any such thing| (?:any"
        r"|some)thing (?:like (?:that|it)|of the (?:sort|kind)))?"
        r"|(?:please |just |you can |now )?(?:forget|drop|scrap|delete|remove|erase|disregard"
        r"|take back)(?: about)? (?:that|this|it|all that)(?: one| again| please| now)*"
        r"|you(?:['’]re| are)(?: \w+)? (?:wrong|mistaken|mixing (?:that|me|things) up(?: with .{1,30})?|confusing .{1,40})"
        r"|you(?:['’]ve| have)? (?:got (?:it|that|this|me) (?:all )?wrong|misunderst(?:ood|and)(?: me| that)?"
        r"|misremember(?:ed)?(?: that)?|mixed (?:that|things|me) up)"
        r"|(?:i (?:don['’]?t|do not) know )?where (?:did|do) you (?:get|have) (?:that|this|it)(?: from)?"
        r"|i don['’]?t know where you (?:got|get) (?:that|this|it)(?: from)?"
        r"|(?:it|that|this|things|that part)(?:['’]s| has| have)? (?:all )?changed(?: since)?)"
        r"|不(?:对|正确|准确|准)(?:的|啊|呀|了|吧)*|(?:这|那)?(?:个|条|句)?(?:话)?(?:全|都|完全|已经|早就|现在)*(?:错|不对|不是真的|不准|过时|不成立|不作数|作废|不是事实)(?:的|啦|啊|了)*"
        r"|(?:你|我)?(?:之前|上次|刚才)?(?:说|记|弄|搞|写|理解|听)(?:错|反|混)(?:了|啦)?|不是(?:这样|这么回事|那么回事|真的|事实|我)(?:的|了|啊)?|没(?:有)?(?:这|那)(?:回|个)?事(?:儿)?"
        r"|我(?:从来|可|根本|压根|从)?(?:就)?没(?:有)?(?:跟你|和你|对你)?(?:这么|这样|那么)?(?:说|提|讲)过(?:这|那)?(?:话|个|些|种话|样的话|件事|回事)?(?:啊|呀|的)?"
        r"|(?:请)?(?:把)?(?:这|那)?(?:个|条|件事)?(?:都)?(?:忘了?|忘掉|忘记|删掉?|删除|去掉|抹掉|作废|别记着?|不要记)(?:它|这个|那个|这条|那条|这件事|那件事|了|吧|掉)*"
        r"|(?:现在|已经|早就|早)+不(?:是|再是)?(?:这样|这么回事)?(?:的)?了|不再是(?:这样)?了|胡说(?:八道)?|瞎说|没有的事|👎+"
    ),
    "objects": re.compile(
        r"(?:oh |well |sorry |uh |um )*(?:no|nope|nah|no no|hang on|hold on|wait|actually|not quite|rather|i mean"
        r"|i meant)|不(?:是|不|了)?(?:的|啊|呀)?|不是不是|等等|等一下"
    ),
}
_BLANK = re.compile(
    r"(?:(?:no|yes),? )?(?:thanks?(?: you)?(?: (?:so|very) much)?|thank you|thx|cheers|please|ok(?:ay)?|sorry|hi|hello"
    r"|hey|hm+|uh+|oh|ah|great|good|nice|cool|fine|well"
    r"|my (?:mistake|bad|fault)|sure|lol|ha(?:ha)+)|谢谢(?:你|啦)?|多谢|好吧|哦|啊|唉|抱歉|不好意思|麻烦你?了?|哈+|请|你好"
)
_THANKS = re.compile(r"\bthank|\bcheers\b|谢")
_CLAUSE = re.compile(r"[^,，。.;；!！?？\n—–]+(?:(?<=\d)[.,](?=\d)[^,，。.;；!！?？\n—–]+)*[,，。.;；!！?？\n—–\s]*")
_ASKED = re.compile(r"[?？]")
# what a denial names: "I never said I play golf", 我没说过我养猫
_NAMES = re.compile(
    r"(?:i(?:['’]ve)? (?:never|didn['’]?t|did not|have never|haven['’]?t)(?: ever| actually)? (?:said|say|told you"
    r"|tell you|mentioned|mention|claimed|claim)(?: to you)?(?: that)? (?P<a>.+)"
    r"|it(?:['’]s| is) (?:not|no longer) (?:true|right|correct|the case) that (?P<b>.+)"
    r"|(?:please |just |you can |now )?(?:forget|drop|scrap|delete|remove|erase|disregard)(?: what (?:i|you) (?:said"
    r"|told you|know|have))?(?: about| that| the fact that)? (?P<c>.+)"
    rf"|(?P<d>.+?) (?:is|are|was|were|isn['’]t|aren['’]t)(?: (?:not|no longer))? {_VERY}(?:{_WRONG}|true|right|correct"
    rf"|accurate){_LATER}"
    r"|我(?:从来|可|根本|压根|从)?(?:就)?没(?:有)?(?:跟你|和你|对你)?(?:说|提|讲)过(?P<e>.+)|(?:请)?(?:忘了|忘掉|忘记|删掉|删除|去掉|别记)(?P<f>.+?)(?:吧|这件事|的事|这事|了)*"
    r"|(?:请)?把(?P<g>.+?)(?:忘了|忘掉|删了|删掉|删除|去掉)(?:吧)?|(?P<h>.+?)(?:是错的|不是真的|已经不对了?|不对|错了|过时了|不成立了?|作废了?))"
)
_NOT = re.compile(
    r"(?:and |but |it(?:['’]s| is|['’]?s) |that(?:['’]s| is) |he(?:['’]s| is) |she(?:['’]s| is) |they(?:['’]re| are) "
    r"|i(?:['’]m| am) |is |are |not )*"
    r"(?:not|no longer|rather than|instead of|and not|but not|isn['’]t|aren['’]t) (?P<a>.+)"
    r"|(?:而|并|已经|可|早就)?(?:不是|并非|不叫|不在|不住|不再是?)(?P<b>.+?)(?:了|的)?"
)
_WITHIN = re.compile(r"(?i)^(?P<new>.+?) (?:rather than|instead of|and not|(?<!,) not) (?P<old>.+)$")
_NOT_BUT = re.compile(
    r"(?i)^(?:it(?:['’]s| is) )?not (?P<old>.+?),? but (?P<new>.+)$|^(?:不是|并非)(?P<zold>.+?)(?:[，,]?(?:而)?是)(?P<znew>.+)$"
)
_FRAMED = re.compile(
    r"(?i)(?:(?:it|that|this|he|she|they|i|we|mine)(?:['’]s|['’]re|['’]m| is| are| am| was| should be)"
    r"|should be|make (?:it|that)|i meant?|i said)"
    r"(?: (?:called|named|actually|now|really|only))* (?P<a>\S.{0,40}?)(?: (?:now|actually|please|instead))*"
    r"|(?:应该|现在|其实|已经|明明|我说的|早就)*(?:是|叫|改成|改为|换成|在)(?P<b>.{1,20}?)(?:了|才对|啊|呀)*"
)
_PROPER = re.compile(r"[A-Z][\w&'’.-]*(?: [A-Z][\w&'’.-]*){0,2}")
_TO = re.compile(
    r"(?i)^(?P<old>.{1,60}?) (?:should be|->|→|=>) (?P<new>.{1,60})$"
    r"|^(?P<zold>.{1,20}?)(?:应该是|应改为|应改成|要改成|改成|改为|→)(?P<znew>.{1,20})$"
)
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:['’-][^\W\u3400-\u9fff]+)*|\s+|[^\w\s]")
_APART = 8  # words, spaces between them, or Chinese characters of a value
_END = ",，。.;；!！?？—– \n\t"


class Reaction(NamedTuple):
    """How a user takes what was shown.

    Attributes:
        stance: ``confirms``, ``denies`` ("that's wrong", "forget that"), ``objects`` (a mere "no": what comes next says what is so),
            or nothing.
        rest: What is said besides, verbatim and in one piece: what a turn would say.
        denied: What is named as not so: the words after "not", or after "I never said".
    """

    stance: Stance
    rest: str
    denied: tuple[str, ...] = ()

    @property
    def bare(self) -> bool:
        """Whether nothing is said besides."""
        return not self.rest and not self.denied


def _stance(clause: str) -> Stance | None:
    """What a clause says as a whole about what was shown; None: it says something else; nothing: a mere courtesy."""
    if _BLANK.fullmatch(clause):
        return ""
    return next((stance for stance, pattern in _IN_FULL.items() if pattern.fullmatch(clause)), None)


def reaction_of(text: str, shown: Sequence[str]) -> Reaction:
    """How some words take what was shown.

    Args:
        text: The words.
        shown: Texts of what was shown: "not eight" denies something only where an eight was shown.
    """
    if len(text) > _LONGEST:
        return Reaction("", text.strip())
    stances: list[Stance] = [""]
    denied: list[str] = []
    clauses = [(match.start(), match.end()) for match in _CLAUSE.finditer(text)]
    begin, end = 0, len(clauses)

    def words(place: int) -> str:
        return normalise(text[slice(*clauses[place])]).replace("’", "'").strip(_END)

    def heard(place: int) -> bool:
        if _ASKED.search(text, *clauses[place]):
            return False
        clause = words(place)
        if not clause:
            return True
        found = _stance(clause)
        if found is not None:
            stances.append(found)
            return True
        for pattern, taken in ((_NAMES, True), (_NOT, False)):
            match = pattern.fullmatch(clause)
            named = next((group for group in match.groups() if group), "") if match else ""
            if named and any(_names(named, one) for one in shown):
                denied.append(named)
                stances.append("denies" if taken else "")
                return True
        return False

    while begin < end and heard(begin):
        begin += 1
    while end > begin and heard(end - 1):
        end -= 1
    stance = max(stances, key=_WEIGHT.__getitem__)
    if stance == "objects" and any(_THANKS.search(words(place)) for place in (*range(begin), *range(end, len(clauses)))):
        stance = ""  # "no, thanks" turns something down and says nothing of what was shown
    rest = text[clauses[begin][0] : clauses[end - 1][1]].strip() if begin < end else ""
    rest = rest.rstrip(",，;；—– ") if rest and end < len(clauses) else rest
    return Reaction(stance, rest, tuple(denied))


_WEIGHT: dict[Stance, int] = {"": 0, "objects": 1, "confirms": 2, "denies": 3}


def _names(words: str, shown: str) -> bool:
    """Whether some words name what was shown."""
    if not content_terms(words):
        low = normalise(words).strip()
        return bool(low) and re.search(rf"(?<!\w){re.escape(low)}(?!\w)", normalise(shown)) is not None
    return share(words, shown) >= _NAMED


def _said(memory: Derived) -> str:
    """A memory with the words that it was learnt from."""
    thing = memory.object if isinstance(memory, Preference) else memory.value
    return " ".join((memory.text, thing, *(evidence.quote for evidence in memory.evidence[-2:])))


def named_among(words: str, shown: Sequence[Derived]) -> list[Derived]:
    """Those of some memories that some words name."""
    return [memory for memory in shown if _names(words, _said(memory))]


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
    return any(_names(words, _said(memory)) for words in reaction.denied) and (
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
    words = {name: _exchanged(getattr(memory, name), old, new) for name in _WORDS[memory.kind]}
    if new not in reaction.rest or words["text"] == memory.text:
        return None
    common = {"kind": memory.kind, "episode": episode, "quote": new, "language": "zh" if has_cjk(memory.text) else "en", "correction": True}
    kept = {name: getattr(memory, name) for name in _KEPT[memory.kind]}
    return Candidate.model_validate({**common, **kept, **words, "subject": memory.subject or "user"})


_WORDS = {"fact": ("text", "value"), "preference": ("text", "object", "directive")}
_KEPT = {"fact": ("attribute",), "preference": ("slot", "polarity", "strength", "condition", "standing", "lasting")}


def _exchange(memory: Derived, reaction: Reaction) -> tuple[str, str] | None:
    """What of a memory's words is to be replaced, and by which words of the user."""
    rest = reaction.rest.strip(_END)
    for pattern in (_NOT_BUT, _TO, _WITHIN):
        if match := pattern.fullmatch(rest):
            old, new = (next(filter(None, (match.groupdict().get(name), match.groupdict().get(f"z{name}"))), "") for name in ("old", "new"))
            old, new = _bare(old), _bare(new)
            place = _place(memory.text, old)
            if place and new:
                return place, new
    if reaction.stance in ("denies", "objects") and (found := _by_frame(memory, rest)):
        return found
    for old in reaction.denied:
        place = _place(memory.text, _bare(old))
        if place and (found := _by_kind(place, rest, memory.text)):
            return found
        if place and (new := _value_of(rest)) and len(content_terms(new)) <= _FEW:
            return place, new
    if reaction.stance not in ("denies", "objects"):
        return None
    if len(rest) <= _SHORT and (found := _by_kind(memory.text, rest, memory.text)) and _only(_value_of(rest) or rest, found[1]):
        return found
    new = _value_of(rest)
    return _by_value(memory, new) if new != rest or _PROPER.fullmatch(new) else None


def _value_of(rest: str) -> str:
    """What some words name, where they name a value: "it's blue", "blue", 是蓝色."""
    framed = _FRAMED.fullmatch(rest)
    return _bare(framed["a"] or framed["b"]) if framed else rest


def _bare(words: str) -> str:
    return words.strip(_END).strip()


def _place(text: str, words: str) -> str:
    """Some words as a text writes them; empty where it does not hold them."""
    edge = "" if has_cjk(words) else r"\b"
    match = re.search(rf"{edge}{re.escape(words)}{edge}", text, re.IGNORECASE) if words else None
    return match.group() if match else ""


def _by_kind(known: str, new: str, text: str) -> tuple[str, str] | None:
    """The one number, day, hour or address of what is known, where another one is named."""
    told, there = values(new), values(known)
    for kind, some in told.items():
        mine = there.get(kind, frozenset())
        if len(some) == 1 and len(mine) == 1 and some != mine:
            old, other = _place(text, next(iter(mine))), _place(new, next(iter(some)))
            return (old, other) if old and other else None
    return None


def _by_frame(memory: Derived, rest: str) -> tuple[str, str] | None:
    """The words that differ, where the same sentence is said with others in one place of it."""
    for evidence in memory.evidence[-1:]:
        before, after = (_TOKEN.findall(text.strip(_END)) for text in (evidence.quote, rest))
        least = min(len(before), len(after))
        head = next((n for n in range(least) if before[n].lower() != after[n].lower()), least)
        tail = next((n for n in range(least - head) if before[-1 - n].lower() != after[-1 - n].lower()), least - head)
        old, new = ("".join(some[head : len(some) - tail]).strip() for some in (before, after))
        apart = max(len(before), len(after)) - head - tail
        if not old or not new or apart > _APART or 2 * (head + tail) < max(len(before), len(after)):
            return None
        place = _place(memory.text, old)
        return (place, new) if place else None
    return None


def _only(words: str, value: str) -> bool:
    """Whether words hold a value and hardly anything else."""
    return len(content_terms(words.replace(value, " "))) <= 1


def _by_value(memory: Derived, new: str) -> tuple[str, str] | None:
    """The value of a memory that has a name for it: "no, it's blue" beside "the favourite colour is red"."""
    if not new or len(content_terms(new)) > _FEW:
        return None
    match = re.search(
        r"(?i)\b(?:is|are|was|called|named|lives in|works (?:at|for|as(?: an?)?))\s+(?P<a>[^,.;]{1,40})\W*$|(?:是|叫"
        r"|在)(?P<b>[^，。；]{1,20})\W*$",
        memory.text,
    )
    if match is None:
        return None
    return _bare(match["a"] or match["b"]), new


def _exchanged(text: str, old: str, new: str) -> str:
    edge = "" if has_cjk(old) else r"\b"
    return re.sub(rf"{edge}{re.escape(old)}{edge}", lambda _: new, text, count=1, flags=re.IGNORECASE)
