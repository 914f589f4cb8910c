"""What a statement says of one definite thing, in plain words of now: where it is kept, who sees to it, or which value it has.

Of two such statements about one thing the later one holds, though it says nothing of a change: "the spare keys hang by the back
door" after "the spare keys are in the blue bowl", 财务交给老周了 after 财务是小刘在管.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from ._likeness import of_many
from ._values import MAIL, values, without_values
from .bilingual import called_alike
from .change import CLAUSES, UNSURE, says
from .learnt.relations import others, telling_terms
from .slots import Words
from .tables import tables
from .text import content_terms, has_cjk, normalise

__all__ = ["says_another", "states", "which_of"]

_LIMIT = 120
_WORDS = r"[\w'’.-]+(?: [\w'’.-]+){0,3}?"
_LEAD = r"(?:(?:and|but|so|oh|well|by the way|btw|just so you know|fyi|these days|nowadays),? )*"
_AT = r"(?:in|on|at|by|under|behind|inside|above|below|beside|next to|with|near|between|underneath)\b"
_STILL = r"(?: (?:now|all|always|usually|just|kept|stored|stashed|hidden|parked|locked|tucked|up|down|over|out|back|away))*"
_KEPT = re.compile(
    rf"(?i)^{_LEAD}(?:the|my|our|all (?:the|my|our)) (?P<thing>{_WORDS})(?:['’]s| is| are| (?P<hangs>lives?|hangs?|sits?|goes|go)){_STILL}"
    rf" (?P<place>{_AT} [^,.;!?]{{2,60}})"
    rf"|\b(?:I|we)(?:['’]ve| have)?{_STILL} (?P<put>put|stuck|keep|kept|moved|hid|hang|hung|parked|park|stored?|stash(?:ed)?|tuck(?:ed)?"
    rf"|lock(?:ed)?) (?:up |away )?(?:the|my|our) (?P<it>{_WORDS}) (?:up |away |down |over )?(?P<there>(?:{_AT}"
    rf"|(?:in)?to\b) [^,.;!?]{{2,60}})"
)
_KEPT_CHINESE = re.compile(
    r"^(?:(?:现在|如今|以后)|(?:我们?家?|家里|咱们?家?)的?)*(?P<thing>[药车]|[A-Za-z\u4e00-\u9fff]{2,8}?)(?:我"
    r"|现在|都|已经|改|就|给|被|一般|平时){0,3}"
    r"(?P<put>放|挪|搬|收|挂|存|停|藏|锁|搁|塞|摆|移)?(?:在|到|进)了?(?P<place>[^，,。；;！!？?]{2,20})"
    r"|把(?:我的?)?(?P<it>[A-Za-z\u4e00-\u9fff]{1,8}?)(?:放|挪|搬|收|挂|存|停|藏|锁|搁|塞|摆|移)(?:在|到"
    r"|进)了?(?P<there>[^，,。；;！!？?]{2,20})"
)
_SEES_TO = re.compile(
    rf"(?i)^{_LEAD}(?:(?P<when>(?:on|at) [\w ]{{3,20}}?),? (?=it['’]s |[a-z]))?(?:it['’]s )?"
    r"(?P<who>(?-i:[A-Z])[\w'’-]*(?: (?-i:[A-Z])[\w'’-]+)?|(?:my|our|the) \w+) (?:(?:who|that|now|usually|always|normally) )*"
    r"(?:(?P<own>does?|feeds?|walks?|picks? up|drops? off|cooks?|hosts?) (?=(?:the|our|my|all)\b)"
    r"|(?:handles?|manages?|leads?|chairs?|heads?|looks? after|takes? care of|sees? to|(?:is|am|are"
    r"|['’]s) (?:in charge of|responsible for)) )"
    r"(?:the |our |my |all )*(?P<thing>[\w'’ -]{3,60})"
)
_TOOL = r"(?P<{}>(?-i:[A-Z])[\w.+#]*(?: (?-i:[A-Z])[\w.+#]*)?)"
_DONE_IN = re.compile(
    rf"(?i)\b(?:I|we|(?:our|the) team)(?: \w+ly| now| all| mostly)? uses? {_TOOL.format('a')} (?:for"
    rf"|to \w+) (?:all |my |our |the )*(?P<for>[\w-]+(?: [\w-]+)?)\W*$"
    rf"|\b(?:I|we)(?: \w+ly| now| all)? (?:track|keep|manage|plan|store|log|file|host|book) (?:all |my |our "
    rf"|the )*(?P<what>[\w-]+(?: [\w-]+)?)"
    rf" (?:in|on|with|via|using) {_TOOL.format('b')}"
    rf"|^(?:all |my |our |the )*(?P<thing>[\w-]+(?: [\w-]+)?)(?: all| now)? (?:live|lives|go|goes|(?:are|is|get"
    rf"|gets) (?:now )?(?:kept|tracked|written|done|managed|stored))"
    rf"(?: all| now)* (?:in|on|via|through|to|with) {_TOOL.format('c')}"
)
_DONE_IN_CHINESE = re.compile(
    r"(?:用|拿)(?P<a>[A-Za-z][\w.+ ]*|[\u4e00-\u9fff]{2,5}?)(?:来)?(?:记|管|写|画|做|存|订|看|算|排|剪|修"
    r"|开)(?P<for>[\u4e00-\u9fff]{2,4})(?=$|[，,。；;了])"
    r"|(?:^|[，,。；])(?:我的?|我们的?)?(?P<thing>[\u4e00-\u9fff]{2,4}?)(?:我|们|现在|都|全|已经|也|改|就){0,4}"
    r"(?:(?:搬|挪|转|迁|记|写|存|放)[进到在]|用|换成|换到)了?(?P<b>[A-Za-z][\w.+ ]*|[\u4e00-\u9fff]{2,5}?)(?:里|上)?了?(?=$|[，,。；;])"
)
_CONTACT = re.compile(rf"(?ai)(?P<mail>{MAIL})|(?P<phone>(?<![\w.,@])\+?\d(?:[ -]?\d){{6,14}}(?![\w,@]))")
_MINE = re.compile(
    r"(?i)\b(?:my|our) (?:[\w-]+ ){0,2}(?:number|e-?mail|mail|mobile|phone|cell|address)\b|\b(?:reach|call|ring"
    r"|text|mail|e-?mail|contact|write|whatsapp)"
    r"(?: to)?(?: me| us)? (?:at|on|to|via)\b|\b(?:write|mail|send (?:it|everything|mail)?) ?to\b|我们?的?(?:新"
    r"|工作|私人|办公)?(?:邮箱|手机|电话|号码|联系方式)"
    r"|[发打寄]到?给?我|联系我|加我|找我"
)
_WHICH = re.compile(
    r"(?i)\b(?:work|office|business|private|personal|home|landline|school|uni|emergency|backup|second)\b|工作"
    r"|公司|单位|办公|私人|个人|家里|座机|学校|备用|紧急"
)
_FOR = re.compile(r" (?:at|for|on|in|with|since|when|because|from|every|after|before|instead|and|now|these)\b")
_SEES_TO_CHINESE = re.compile(
    r"^(?:(?:现在|以后|如今)|(?:我们?|咱们?)(?:公司|组|家"
    r"|部门)?的?)*(?P<thing>[A-Za-z\u4e00-\u9fff]{2,8}?)(?:这[块边一]{1,2}|的事情?|方面|工作)?"
    r"(?:现在|以后|都|就|一直|已经|改)*(?:(?:是|由|让|归|换成?)(?P<who>[A-Za-z\u4e00-\u9fff]{1,5}?)(?:现在|一直|在|来|去|全权)*"
    r"(?:管|负责|带|做|接|弄|主持|盯|处理|跟|送|教)(?:着|了)*|(?:交给|转给|移交给?)了?(?P<to>[A-Za-z\u4e00-\u9fff]{1,5}?)(?:来|去)?"
    r"(?:管|负责|带|做|接|弄|盯|处理)?了?)(?=$|[，,。；;！])"
    r"|^(?:(?:现在|以后|如今)|(?:我们|咱们)(?:公司|组|家|部门)?的?)*(?P<doer>[A-Za-z\u4e00-\u9fff]{1,4}?)(?:现在|一直|在|也)*"
    r"(?:负责|主管|接管|接手|主持|管着)了?(?P<it>[A-Za-z\u4e00-\u9fff]{2,8}?)(?:这[块边]|的事情?|方面|工作)?了?(?=$|[，,。；;！])"
)
_MOVES = (
    r"(?:moved?s?|push(?:ed)?|shift(?:ed)?|bump(?:ed)?|cut|put|changed?|switch(?:ed)?|raised?|upp?ed|lower(?:ed)?|dropp?e?d?|reduced?"
    r"|trim(?:med)?|increased?|postponed?|extend(?:ed)?|brought|bring|reschedul(?:ed?)|slipped|slid|fell|fallen|rose|risen|went|gone|goes"
    r"|crept|jumped|doubled|stretch(?:ed)?|shorten(?:ed)?|delay(?:ed)?|set|capp?(?:ed)?|upgraded?|updated?|migrated?|corrected|revised?)"
)
_AWAY = r"(?: (?:me|us|up|down|back|forward|over|out|again|from|it|by))*"
_MOVED = re.compile(
    rf"(?i)\b(?P<move>{_MOVES}) (?:up |down |back |forward )?(?:the|our|my|this) (?P<thing>{_WORDS}){_AWAY}(?: (?:to|until|till))? #"
    rf"|(?:\b(?:the|our|my|this) |^)(?P<it>{_WORDS})(?:['’]s| is| was| has| have| got| been| had| now"
    rf"| just)* {_MOVES}{_AWAY}(?: (?:to|until|till))? #"
)
_MOVED_CHINESE = re.compile(
    r"(?:[\u4e00-\u9fff]{0,6}?把)?(?P<thing>[A-Za-z\u4e00-\u9fff]{2,10}?)(?:被|又|都|已经|现在"
    r"|从#)*(?P<move>[\u4e00-\u9fff]{1,2}[到成至为在])了? *#"
)
_VERBS_CHINESE = re.compile(r"[改挪调推提延换涨降砍加减升缩移压拖放订定约减增][前后迟期低高少]?[到成至为在]")
_PLAIN = re.compile(
    r"(?i)^(?:the|my|our|[A-Z][\w'’-]+['’]s)\b|^(?!(?:I|we|you|he|she|it|they|that|this|there)\b)[A-Z][\w-]+(?: \w+)? (?:is|are|costs?)\b"
)
_PLANNED = content_terms("plan planned planning due booked scheduled set fixed held happen takes place cost costs still only exactly now")
_ORDINAL = re.compile(
    r"(?i)\b(?:first|second|third|last|next|other|early|late|old|older|younger|elder)\b|第[一二三四五六]"
    r"|[上下]一?[个次]|[大小老二]的?(?=儿|女|班)"
)
_NUMBERED = re.compile(  # one of several: "Gate 12 is closed", 3号会议室在二楼
    r"(?i)^(?:(?!(?:is|are|was|has|costs?|at|in|on|to|by|for|from|until|till|takes?|weighs?|needs?)\b)[\w'’-]+ ){1,4}(?:no\.? ?)?\d+"
    r"(?= (?:is|are|has|have|was|costs?|deals?|covers?|belongs?|opens?|closes?|starts?|ends?|goes|takes?|needs?|lives?)\b)"
    r"|^(?:第?[\d一二三四五六七八九十]+[号组队章课期班楼室栋]|[\u4e00-\u9fff]{1,6}\d+号?)[\u4e00-\u9fff]{0,4}?(?=[是在的讲归由有])"
)
_AROUND_CHINESE = re.compile(
    r"[是在的了就都要要把被给让我们咱家现如今每共约定为有上]|之前|以前|大概|差不多|一共|预计|目前|已经|大约|左右"
    r"|早上|上午|中午|下午|晚上|\s"
)
_THEN = re.compile(
    r"(?i)\b(?:had (?!to\b)|used to|ago|back (?:then|in)|at first|originally|almost|nearly|wanted|for now"
    r"|normally|temporarily|just for)\b|以前|之前是|当年|曾|原来|原本|本来|差点|过$|过。|明天|暂时|先(?:放|停)|临时|这几天|这两天"
)
_UNTIL = re.compile(r"(?i)\b(?:until|till|tomorrow)\b")
_TIMES = frozenset(("date", "weekday"))
_DAY = re.compile(r"\b\d{1,2}(?:st|nd|rd|th)?(?: of)?\b|\b(?:end|middle|beginning|start|early|late|mid)(?:[- ]of)?[- ]|(?<=月).*$")
_WAS = re.compile(r"(?i)\b(?:was|were|did)\b")
_TO = re.compile(r"^(?:in|at|to|until|till|by|from|for|since|the) ")
_TOGETHER = re.compile(r"(?i)\b(?:with|and|alongside)\b|[和跟与]")


class _Frame(NamedTuple):
    """One thing, and what is said of it."""

    kind: str
    thing: frozenset[str]
    value: str
    sure: bool


@lru_cache(maxsize=1)
def _kept_things() -> Words:
    return Words(tables("frames.toml")["kept"], whole=True)


def which_of(text: str) -> frozenset[str]:
    """Which of several numbers or addresses a text gives: the one at work, the private one."""
    return frozenset(_WHICH.findall(_CONTACT.sub(" ", text).casefold()))


def states(text: str) -> bool:
    """Whether a statement says of a definite thing where it is kept, who sees to it, or which value it has."""
    return len(text) <= _LIMIT and (bool(_frames(text)) or (bool(values(text)) and _names_value(text)))


def says_another(old: str, new: str) -> bool:
    """Whether a later statement says of the one thing of an earlier one another place, person or value; see above."""
    if max(len(old), len(new)) > _LIMIT or says(_THEN, new) or says(UNSURE, new) or _ordinals(old) != _ordinals(new):
        return False
    one, two = _frames(old), _frames(new)
    if not says(_UNTIL, new) and any(
        _differ(a, b) for b in two for a in one if a.kind.strip() == b.kind.strip() and _one_thing(a, b) and (a.sure or b.sure)
    ):
        return True
    known, told = _bare_values(old), _bare_values(new)
    kinds = {kind for kind in known.keys() & told.keys() if known[kind] != told[kind]}
    if "date" in kinds and any(_DAY.sub("", a).strip() == _DAY.sub("", b).strip() for a in known["date"] for b in told["date"]):
        kinds -= {"date"} if not all(any(_DAY.search(value) for value in some["date"]) for some in (known, told)) else set()
    other_time = known.keys() & _TIMES and told.keys() & _TIMES and not known.keys() & told.keys()
    if (kinds or other_time) and _has_moved(old, new):
        return True
    return bool(kinds) and not says(_UNTIL, new) and _has_other_value(old, new, kinds)


@lru_cache(maxsize=4096)
def _bare_values(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for kind, some in values(text).items():
        found.setdefault("date" if kind == "month" else kind, set()).update(_TO.sub("", value) for value in some)
    return {kind: frozenset(some) for kind, some in found.items()}


def _ordinals(text: str) -> set[str]:
    return set(_ORDINAL.findall(normalise(text)))


def _one_thing(one: _Frame, two: _Frame) -> bool:
    """Whether two frames are about one thing, in one language or in two."""
    return one.thing == two.thing or called_alike(" ".join(sorted(one.thing)), " ".join(sorted(two.thing)))


def _differ(one: _Frame, two: _Frame) -> bool:
    if one.kind == "contact":
        return one.value != two.value
    a, b = (telling_terms(frame.value) or {frame.value} for frame in (one, two))
    if two.kind == "kept":
        return not (a <= b or b <= a)
    return not a & b and one.value not in two.value and two.value not in one.value


@lru_cache(maxsize=4096)
def _frames(text: str) -> tuple[_Frame, ...]:
    found = (_frames_chinese if has_cjk(text) else _frames_english)(text[:_LIMIT].strip())
    if (match := _CONTACT.search(text)) and says(_MINE, text) and not others(text):
        found.append(
            _Frame("contact", frozenset((match.lastgroup or "", *which_of(text))), re.sub(r"[ -]", "", match.group()).casefold(), True)
        )
    return tuple(frame for frame in found if frame.thing)


def _frames_english(text: str) -> list[_Frame]:
    found: list[_Frame] = []
    if match := _KEPT.search(text):
        thing, place = match["thing"] or match["it"], match["place"] or match["there"]
        if not values(place) and not others(f"my {thing}"):
            portable = bool(_kept_things().find(thing.rsplit(" ", 1)[-1]))
            found.append(_Frame("kept", frozenset(content_terms(thing)), place, portable or bool(match["put"] or match["hangs"])))
    if match := _DONE_IN.search(text):
        thing, tool = match["for"] or match["what"] or match["thing"], match["a"] or match["b"] or match["c"]
        if not values(tool) and not others(f"my {thing}"):
            found.append(_Frame("done in", frozenset(content_terms(thing)), normalise(tool), True))
    if match := _SEES_TO.search(text):
        thing, *rest = _FOR.split(match["thing"], maxsplit=1)
        whose = match["own"].split()[0].removesuffix("s").removesuffix("e") if match["own"] else ""
        when = "/".join(sorted(value for some in values(text).values() for value in some))
        about = content_terms(thing)
        if about and not (rest and says(_TOGETHER, match["thing"][len(thing) :])):
            found.append(_Frame(f"{whose} {when}", frozenset(about), normalise(match["who"]), True))
    return found


def _frames_chinese(text: str) -> list[_Frame]:
    found: list[_Frame] = []
    if match := _KEPT_CHINESE.search(text):
        thing, place = match["thing"] or match["it"], (match["place"] or match["there"]).rstrip("了里吧的")
        if not values(place) and not others(thing) and thing[0] not in "我你他她它咱这那大谁":
            portable = bool(_kept_things().find(thing))
            found.append(_Frame("kept", frozenset((thing,)), place, portable or bool(match["it"] or match["put"])))
    if match := _DONE_IN_CHINESE.search(text):
        thing, tool = match["for"] or match["thing"], match["a"] or match["b"]
        if not values(tool) and not others(thing) and thing[0] not in "我你他她它咱这那":
            found.append(_Frame("done in", frozenset((thing,)), normalise(tool), bool(match["for"])))
    if match := _SEES_TO_CHINESE.search(text):
        thing, who = match["thing"] or match["it"], match["who"] or match["to"] or match["doer"]
        if not says(_TOGETHER, who) and thing[0] not in "我你他她它咱这那":
            when = "/".join(sorted(value for some in values(text).values() for value in some))
            found.append(_Frame(when, frozenset((thing,)), who, True))
    return found


def _names_value(text: str) -> bool:
    return says(_PLAIN, text) or bool(_moved(text)) if not has_cjk(text) else True


@lru_cache(maxsize=4096)
def _moved(text: str) -> tuple[str, ...]:
    """The things that a statement says have got another value."""
    low = re.sub(r"\s+", " ", without_values(text))
    pattern = _MOVED_CHINESE if has_cjk(text) else _MOVED
    return tuple(
        match["thing"] or match["it"] for match in pattern.finditer(low) if not has_cjk(text) or _VERBS_CHINESE.search(match["move"])
    )


def _has_moved(old: str, new: str) -> bool:
    """Whether the later one says that what the earlier one gives a value of has got another one: "they cut the kitchen to 6,500"."""
    if others(new) - others(old) - {"they", "their"}:
        return False
    for thing in _moved(new):
        if has_cjk(thing):
            bare = _AROUND_CHINESE.sub("", thing)
            if len(bare) > 1 and _AROUND_CHINESE.sub("", old).startswith(bare):
                return True
        elif (terms := telling_terms(thing)) and terms <= telling_terms(old):
            return True
    return False


def _has_other_value(old: str, new: str, kinds: set[str]) -> bool:
    """Whether both say plainly the same of a definite thing, but for one value: "the wedding's in September"."""
    known, told = _bare_values(old), _bare_values(new)
    if not told.keys() <= known.keys() or len(kinds) != 1 or of_many(old) or of_many(new):
        return False
    if any(len(known[kind]) != len(told[kind]) for kind in kinds) or says(_NUMBERED, new) or without_values(new).count("#") > 1:
        return False
    if has_cjk(new):
        one, two = (_AROUND_CHINESE.sub("", without_values(text).replace("#", "")).strip("。，,.！! ") for text in (old, new))
        plain = not re.match(r"我(?!们?的|们?家|们)", new) or "how often" in told
        return plain and len(one) > 1 and one == two
    about, too = (telling_terms(without_values(text)) - _PLANNED for text in (old, new))
    return bool(about) and about == too and says(_PLAIN, new) and not says(_WAS, new) and not CLAUSES.search(new.rstrip(" .!"))
