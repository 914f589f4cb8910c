"""How some words take what was shown: whether a user says that it is right or wrong, and what is said besides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from .._likeness import share
from ..text import content_terms, has_cjk, normalise

__all__ = ["END", "Reaction", "names", "reaction_of"]

_LONGEST = 2000  # characters: who writes more tells something; the reaction stands at its beginning or nowhere
_NAMED = 0.6  # of the content words of what is named

Stance = Literal["confirms", "denies", "objects", ""]

_THAT = (
    r"(?:that|this|it|(?:that|this) (?:info(?:rmation)?|entry|note|one|bit|part)"
    r"|what you (?:said|wrote|have|remember(?:ed)?)|your (?:memory|note|information)|the (?:memory|note))"
)
_VERY = r"(?:really |quite |just |simply |all |completely |totally |exactly |actually |even |still |also |so |absolutely )*"
_WRONG = (
    r"(?:wrong|incorrect|false|untrue|mistaken|inaccurate|a mistake|an error|outdated|out[- ]of[- ]date"
    r"|nonsense|rubbish"
    r"|stale|(?:just |only )?(?:a )?(?:lie|joke)|made up|invented|(?:in the )?past|history"
    r"|over|old news|(?:years|ages|(?:a )?long(?: time)?) ago)"
)
_RIGHT = r"(?:right|true|correct|accurate|so|the case|what i (?:said|meant|wanted|asked for)|me|it|the one|good|fine|perfect)"
_LATER = r"(?:,? (?:any ?more|any longer|at all|now|these days|again|i'?m afraid|sorry|please|though|actually|either))*"
_OVER_IT = (
    r"(?:(?:and|but|well|actually|because|since) )?(?:i|we|he|she|they)(?:['’]ve|['’]s| have| has)?"
    r" (?:already |long |since |just |actually |finally )*"
    r"(?:(?:gave up|given up|quit|stopped|left|sold|cancell?ed|returned|dropped|ended|lost|finished|did away with|got rid of"
    r"|moved (?:out|away)|broke up|split up|divorced|retired|resigned|(?:got|was|were|been) (?:laid off|fired|sacked|made redundant|let go)"
    r"|(?:don['’]?t|do not|doesn['’]?t|does not) (?:do|have|work|live|go|use|play|want|need|own|like|study|see|eat|drink))"
    r"(?: doing| on| with| of| from)*(?: (?:that|this|it|there|them|him|her|one|each other))?)"
    r"(?: (?:any ?more|any longer|now|already|(?:a while |a long time |long |ages |years |months |weeks |some time )ago|last \w+|in \w+"
    r"|this \w+|back then|since))*"
)
_OVER_IT_CHINESE = (
    r"(?:我们?|他们?|她们?|咱们?)?(?:(?:早就?|已经|现在|后来|去年|上个?月|上周|前阵子|[\d一二三四五六七八九十]月份?|年初|年底)+|(?=分手|离婚|辞职|离职|被裁|被辞退|下岗))"
    r"(?:不再?[\u4e00-\u9fff]{1,2}(?:那儿|那里|那边|这个|它)?|[离退辞]职|退休|分手|离婚|被裁|被辞退|下岗|失业|卖掉?|搬走|毕业|取消|停掉?|戒掉?|退掉?|放弃|结束|没有?)了(?:啊|呀|哦)?"
)
_MENTION = (
    r"(?:please )?(?:don['’]?t|do not|stop|never|no need to) (?:bring|bringing|mention|mentioning|raise|raising|show|showing)(?: me)?"
    r" (?:that|it|this)(?: one)?(?: up)?(?: again| any ?more| to me| please)*"
)
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
        r"|对(?:对|的|啊|呀|了)*|没错(?:的|啊|呀)?|(?:完全|非常|很)?正确|就是(?:那|这)(?:家|个|里|样|位|条)?的?|是的?(?:呀|啊)?|嗯+|确实(?:如此|是这样|是的?)?|说得(?:很)?对|你说(?:得)?对了?"
        r"|(?:你)?(?:记|说|写)得(?:很|真)?(?:对|准|没错|清楚|好)|就(?:是|该)(?:这样|这个|它|如此)的?|(?:现在)?还是这样的?|是这样的?|好(?:的|极了)?|可以|完美|赞"
        r"|(?:👍|👌|💯|✅|❤️?|[\U0001f3fb-\U0001f3ff])+"
    ),
    "denies": re.compile(
        rf"(?:oh |but |sorry |well )?(?:{_THAT}(?:['’]?s| is| was|['’]?re| are)? {_VERY}{_WRONG}{_LATER}"
        rf"|{_THAT}(?:['’]?s| is| was) (?:not|no longer|never) {_VERY}{_RIGHT}{_LATER}"
        r"|(?:you(?:['’]ve| have)? (?:got|have) )?(?:the )?wrong (?:day|date|time|hour|name|place|city|town|country|number|year|month|age"
        r"|address"
        r"|firm|company"
        r"|school|job|colou?r|one|person)"
        rf"|{_THAT} (?:isn['’]?t|wasn['’]?t|ain['’]?t|no longer (?:holds|applies|stands|is)|doesn['’]?t (?:hold"
        rf"|apply))(?: {_VERY}{_RIGHT})?{_LATER}"
        rf"|{_VERY}(?!history$){_WRONG}|not {_VERY}{_RIGHT}{_LATER}|not any ?more|no longer"
        r"|i(?:['’]ve)? (?:never|didn['’]?t|did not|have never|haven['’]?t)(?: ever| actually)? (?:said|say|told|tell"
        r"|mentioned|mention|claimed|claim"
        r"|wrote|write|meant|mean)(?: you| to you)?(?: that| this| it| so| such a thing| any such thing| (?:any"
        r"|some)thing (?:like (?:that|it)|of the (?:sort|kind)))?"
        r"|(?:please |just |you can |now )?(?:forget(?! it)|drop|scrap|delete|remove|erase|disregard"
        r"|take back)(?: about)? (?:that|this|it|all that)(?: one| again| please| now)*"
        r"|you(?:['’]re| are)(?: \w+)? (?:wrong|mistaken|(?:mixing|confusing|mistaking) .{1,40})"
        r"|you(?:['’]ve| have)? (?:got (?:it|that|this|me) (?:all )?wrong|misunderst(?:ood|and)(?: me| that)?"
        r"|misremember(?:ed)?(?: that)?|(?:mixed|confused|mistaken) .{1,40}|mistook .{1,40})"
        r"|(?:i (?:don['’]?t|do not) know )?where (?:did|do) you (?:get|have) (?:that|this|it)(?: from)?"
        r"|i don['’]?t know where you (?:got|get) (?:that|this|it)(?: from)?"
        r"|(?:it|that|this|things|that part)(?:['’]s| has| have)? (?:all )?changed(?: since)?"
        rf"|{_OVER_IT}|{_OVER_IT_CHINESE}|{_MENTION}|(?:请)?(?:别|不要)再?(?:提|说|显示)(?:它|这个|那个|这事|那事|这件事)?了?)"
        r"|(?:日子|日期|时间|名字|地方|地址|号码|人|数字?|年份)(?:给)?(?:记|说|弄|搞|写)?错(?:了|啦|吧)*"
        r"|(?:那|这)(?:都|已经)?是?(?:好?[几多]|很多|\d+)年(?:以)?前的(?:事|老黄历)(?:情)?了?|(?:那|这)?(?:都|已经)*是?(?:老黄历|过去的事|陈年旧事)了?"
        r"|不(?:对|正确|准确|准)(?:的|啊|呀|了|吧)*|(?:这|那)?(?:个|条|句)?(?:话)?(?:全|都|完全|已经|早就|现在)*(?:错|不对|不是真的|不准|过时|不成立|不作数|作废|不是事实)(?:的|啦|啊|了)*"
        r"|(?:你|我)?(?:之前|上次|刚才)?(?:说|记|弄|搞|写|理解|听)(?:错|反|混)(?:了|啦|吧)*|不是(?:这样|这么回事|那么回事|真的|事实|我)(?:的|了|啊)?|没(?:有)?(?:这|那)(?:回|个)?事(?:儿)?"
        r"|我(?:从来|可|根本|压根|从)?(?:就)?没(?:有)?(?:跟你|和你|对你)?(?:这么|这样|那么)?(?:说|提|讲)过(?:这|那)?(?:话|个|些|种话|样的话|件事|回事)?(?:啊|呀|的)?"
        r"|(?:请)?(?:把)?(?:这|那)?(?:个|条|件事)?(?:都)?(?:忘了?|忘掉|忘记|删掉?|删除|去掉|抹掉|作废|别记着?|不要记)(?:它|这个|那个|这条|那条|这件事|那件事|了|吧|掉)*"
        r"|(?:现在|已经|早就|早)+不(?:是|再是)?(?:这样|这么回事)?(?:的)?了|不再是(?:这样)?了|(?:你)?(?:是不是)?把.{1,8}[和跟与同].{1,8}(?:弄|搞|记)(?:混|错|反)了?(?:吧|啊)?|胡说(?:八道)?|瞎说|没有的事|👎+"
    ),
    "objects": re.compile(
        r"(?:oh |well |sorry |uh |um )*(?:no|nope|nah|no no|hang on|hold on|wait|actually|in fact|to be precise|not quite|rather|i mean"
        r"|i meant)|不(?:是|不|了)?(?:的|啊|呀)?|(?:没有|不是|不对)+(?:的|啊|呀|了)*|(?:其实|实际上|确切地说)|等等|等一下"
    ),
}
_LEAD = re.compile(r"(?:yes|yep|yeah|yup|no|nope|nah|oh|ah|ok|okay|well|sorry|hey|but|and|sure|hm+) ")
_BLANK = re.compile(
    r"(?:(?:no|yes),? )?(?:thanks?(?: you)?(?: (?:so|very) much)?|thank you|thx|cheers|please|ok(?:ay)?|sorry|hi|hello"
    r"|hey|hm+|uh+|oh|ah|great|good|nice|cool|fine|well"
    r"|my (?:mistake|bad|fault)|sure|lol|ha(?:ha)+)|谢谢(?:你|啦)?|多谢|好吧|哦|啊|唉|抱歉|不好意思|麻烦你?了?|哈+|请|你好"
)
_FORGET_IT = re.compile(r"(?:please |just |oh )?forget(?: about)? it(?: please)?")
_ORDINAL = re.compile(r"(?i)\b(\d+)(?:st|nd|rd|th)\b")
_HAS_NONE = re.compile(
    r"(?:but )?(?:i|we) (?:don['’]?t|do not|never) (?:have|had|own|owned|keep)(?: got)? (?:an? |any )?(?P<a>.+?)"
    r"(?: any ?more| at all| though)*"
    r"|(?:我们?|我家)(?:从来|现在|根本|又)?(?:就)?没(?:有|养|买|生)(?:过)?(?P<b>.+?)(?:啊|呀|了|的)*"
)
_BY_THE_WAY = "对了"  # which says "right" only where nothing else is said
_THANKS = re.compile(r"\bthank|\bcheers\b|谢")
_CLAUSE = re.compile(
    r"(?:(?! - )[^,，。.;；!！?？\n—–]|(?<=\d)[.,](?=\d))+(?:[,，。.;；!！?？\n—–\s]| - )*|(?:[,，。.;；!！?？\n—–\s]| - )+"
)
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
_ABOUT = re.compile(
    r"^(?:(?:all |everything |what |anything |whatever )*(?:that )?(?:you|i|we)(?:['’]ve| have|['’]d)? (?:said|know|have|wrote"
    r"|written|told \w+|think|remember|noted|stored)|the (?:part|bit|thing|one|entry|note|memory|fact))(?: about| on| with| of| that)*\s+"
    r"|^(?:你)?(?:说的|记的)?(?:关于|有关)"
)
_NOT = re.compile(
    r"(?:and |but |it(?:['’]s| is|['’]?s) |that(?:['’]s| is) |he(?:['’]s| is) |she(?:['’]s| is) |they(?:['’]re| are) "
    r"|i(?:['’]m| am) |is |are |not )*"
    r"(?:not|no longer|rather than|instead of|and not|but not|isn['’]t|aren['’]t) (?P<a>.+)"
    r"|(?:而|并|已经|可|早就)?(?:不是|并非|不叫|不在|不住|不再是?)(?P<b>.+?)(?:了|的)?"
)
END = ",，。.;；!！?？—–- \n\t"
"""What may stand around a clause."""


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


def _stance(clause: str) -> Stance | None:
    """What a clause says as a whole about what was shown; None: it says something else; nothing: a mere courtesy."""
    if _BLANK.fullmatch(clause):
        return ""
    found: Stance | None = next((stance for stance, pattern in _IN_FULL.items() if pattern.fullmatch(clause)), None)
    if found is None and (lead := _LEAD.match(clause)):  # "nope that's wrong", without a comma
        return _stance(clause[lead.end() :])
    return found


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
        return normalise(text[slice(*clauses[place])]).replace("’", "'").strip(END)

    def heard(place: int) -> bool:
        if _ASKED.search(text, *clauses[place]):
            return False
        clause = words(place)
        if not clause:
            return True
        idiom = _FORGET_IT.fullmatch(clause) or (clause == _BY_THE_WAY and place == 0 and len(clauses) > 1)  # unless nothing else is said
        found = "" if idiom else _stance(clause)
        if found is not None:
            stances.append(found)
            return True
        for pattern, taken in ((_NAMES, True), (_NOT, False)):
            match = pattern.fullmatch(clause)
            named = _ABOUT.sub("", next((group for group in match.groups() if group), "")) if match else ""
            if named and any(names(named, one) for one in shown):
                denied.append(named)
                stances.append("denies" if taken else "")
                return True
        match = _HAS_NONE.fullmatch(clause)
        if match and any(names(match["a"] or match["b"], one) for one in shown):
            denied.append(match["a"] or match["b"])
        return False

    while begin < end and heard(begin):
        begin += 1
    while end > begin and heard(end - 1):
        end -= 1
    if begin == end and any(_FORGET_IT.fullmatch(words(place)) for place in range(len(clauses))):
        stances.append("denies")
    stance = max(stances, key=_WEIGHT.__getitem__)
    if stance == "objects" and any(_THANKS.search(words(place)) for place in (*range(begin), *range(end, len(clauses)))):
        stance = ""  # "no, thanks" turns something down and says nothing of what was shown
    rest = text[clauses[begin][0] : clauses[end - 1][1]].strip() if begin < end else ""
    rest = rest.rstrip(",，;；—– ") if rest and end < len(clauses) else rest
    return Reaction(stance, rest, tuple(denied))


_WEIGHT: dict[Stance, int] = {"": 0, "objects": 1, "confirms": 2, "denies": 3}


def names(words: str, shown: str) -> bool:
    """Whether some words name what was shown."""
    words, shown = (_ORDINAL.sub(r"\1", text) for text in (words, shown))
    if not content_terms(words):
        low = normalise(words).strip()
        return bool(low) and re.search(rf"(?<!\w){re.escape(low)}(?!\w)", normalise(shown)) is not None
    return share(words, shown) >= _NAMED or (has_cjk(words) and normalise(words) in normalise(shown))
