"""Extraction by rules for Chinese sentences."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

from ...candidates import Candidate
from .._common import Sentence
from ._borders import closed, closed_at, verbatim
from ._choices import Spoken, chosen, habitual
from ._clauses import PRONOUNS, RULES, Clause, asks_what, clauses, compiled, in_simplified, last_person, matches, requested, sieve, simplify
from ._contrast import contrasted, told_apart
from ._facts import facts_of
from ._limits import exception_after, with_exception
from ._lists import listed
from ._preferences import ALWAYS, of_clause, said_of
from ._shown import complained
from ._shown import habitual as done_as_a_rule
from ._slots import names_a_thing, slot_of, slot_scores
from ._states import of_others, states

__all__ = [
    "about_another",
    "closed",
    "extract",
    "in_simplified",
    "names_a_thing",
    "said_once",
    "says_nothing",
    "slot_of_words",
    "slot_scores",
    "states",
    "verbatim",
]

_FROM_NOW = re.compile(r"一律|统一|以后|今后|往后|从现在起|默认")  # an order for all times is no complaint about one answer
_TO_YOU = re.compile(r"你|您|回答|回复|解释|以后|今后|每次")  # an order about answers, whoever was spoken of
_ORDERS = re.compile(r"(?:让|叫|要求|希望|劝|催|逼|嘱咐|叮嘱|建议|提议|主张|想让|不让|非要|规定)(?!人|吃|我觉)")
_HOLDS_ON = re.compile(
    r"从此|从那以后|打那以后|那以后就|到现在[都也还]|至今|落下|留下(?:了|的)?(?:阴影|毛病|病根|习惯)|再也[不没]|现在[也还仍]|(?:现在|如今|后来|这两年)[^，]{0,8}[不没只改]"
    r"|(?:现在|如今|这两年|最近|这阵子)[^，]{0,4}(?:喜欢|爱|迷上|偏|更|倒|都|吃|喝|看|用|听|玩)"
)  # of the past: still so
_REPORTS = re.compile(r"(?:让(?:我|大家)|说|讲|要求|嫌|觉得|反馈|抱怨|提出|催)(?!明|话)")
_ME = re.compile(r"我|本人|咱|俺")
# a wish or a complaint put as a question; "could one use soy sauce instead?" asks what is so
_WISHES = re.compile(
    r"(?:能不能|可不可以|能否|可否)(?:请|麻烦|你|您|也|都|以后){0,2}(?:先|别|不要|少|多|改|换|把|直接|只)"
    r"|(?:你|您|给我|帮我|替我|以后|今后|每次|回答|回复|别|不要).*(?:[行好成](?:吗|不|么)$|可以吗|行不行|好不好)|又[^，]|老是|总是|干嘛|干吗|凭什么"
)
_HAD_IT = re.compile(  # 不要都江堰，去过了: for this time only
    r"^(?:我们?|咱们?|都|也|已经|上次|上回|上周|上个?月|去年|昨天|刚刚?|前几天|早就){0,3}(?:[去吃看试买用玩读住听学喝逛坐来写讲说]过(?:了|[两三几好]|.{0,3}[次回遍])|有了|买了|带了|够了|写了|说了|会了|懂了|知道了|明白了)[^，]{0,4}$"
    r"|^(?:上次|上回|昨天|前两天|去年)(?!.*(?:以后|就|我))[^，]{2,8}$"
)
_MAY_WISH = re.compile(r"[要别不想愿爱怕只烦请宁惯偏更受最嫌恨迷戒忌必得先少多好都常总]|喜欢|讨厌|尽量|优先|坚持|离不|平时|一般|从来|每")
_PLAIN_FACTS = (
    "name",
    "age",
    "birthday",
    "home",
    "origin",
    "work",
    "employer",
    "education",
    "family",
    "pet",
    "possession",
    "plan",
    "contact",
)
_ALL_BUT = re.compile(  # of 除了榴莲，水果我都吃 fruit is no wish, and of 除了下雨 nothing is one
    r"[^，我]{0,6}?除了(?:(?P<but>[^，]{1,16}，(?=[^，我你他她]{0,5}我(?:基本|几乎)?都(?!不)))|[^，我都]{1,14}$)"
)
_UNABLE = re.compile(
    r"(?:不能|不可以)(?:再|太|多)?(?![吃喝碰沾看玩用闻抹穿坐睡吹晒熬])"
)  # what they cannot do forbids the assistant nothing
_FOR_THEM = re.compile(r"给[他她它](?!们)")
_THEM = re.compile(r"[他她它牠](?!们)")
_MUST_NOT = re.compile(r"(?:都|也|可|是|绝对|千万|从来|一律){0,2}(?:不能|不可以|不许|不要|别|少)(?=.)")  # after whom it is forbidden
_CANNOT = re.compile(r"(?:都|也|可|是|绝对|千万|从来){0,2}(?:不能|不可以|不许)[吃喝碰沾看玩用]")
_NOR = re.compile(r"(?:也|更|可|就){0,2}(?:别|不要|不用|不必|甭|勿)")  # the other half of an order
_VISITS = re.compile("有个|有一?位|朋友|客人|同学|同事|亲戚|邻居")  # for whose sake one does it once
_SHORT = 400  # of a turn: irony is short
_MOST = 600  # clauses read of one turn: more is a document


def extract(sentences: Sequence[Sentence]) -> list[Candidate]:
    """Candidates of Chinese sentences."""
    found: list[Candidate] = []
    for _, group in groupby(sentences, key=lambda s: s.index):
        found.extend(_of_turn(list(group)))
    return found


def about_another(said: Sentence, at: int) -> bool:
    """Whether the clause at an offset has somebody else as its subject."""
    part = _clause_at(closed(said), closed_at(said, at))
    return part is not None and part.about != "user"


def says_nothing(said: Sentence, at: int) -> bool:
    """Whether words say nothing of what their speaker wants: a hypothesis, a denial, the past, a question, somebody else's words."""
    said, at = closed(said), closed_at(said, at)
    plain = simplify(said.masked)
    kinds = _guards(plain, "guard_sentence")
    if "hard" in kinds or ("past" in kinds and not _HOLDS_ON.search(plain)) or _in_irony(said.turn.text):
        return True
    part = _clause_at(said, at)
    if part is None:
        return False
    if _is_past(kinds, part):
        return True
    but = _ALL_BUT.match(part.plain)
    if but is not None and (not but["but"] or at - part.start >= but.end()):
        return True
    if part.asks and requested(part) is None and not (_WISHES.search(part.plain) and not asks_what(part)):
        return True
    if not _MAY_WISH.search(part.plain) and any(fact.attribute in _PLAIN_FACTS for fact in facts_of(said, [part])):
        return True  # it only tells what is so
    return matches("no_wish", part.plain) or at - part.start < said_of(part) or ("过敏" in part.plain and _ME.search(part.plain) is None)


def _is_past(kinds: Collection[str], part: Clause) -> bool:
    """Whether a clause tells only what was, in a sentence that is guarded for the sake of some kinds of things."""
    return "past" in kinds and "past" in _guards(part.plain, "guard_sentence") and not _HOLDS_ON.search(part.plain)


def _in_irony(text: str) -> bool:
    plain = simplify(text[:_SHORT])
    return any(rule.data.get("irony") and rule.search(plain) for rule in compiled(RULES, "guard_turn"))


def _clause_at(said: Sentence, at: int) -> Clause | None:
    return next((part for part in clauses(said) if part.start <= at < part.start + len(part.raw)), None)


def said_once(words: str) -> bool:
    """Whether words speak of one time only."""
    plain = simplify(words)
    return matches("oneoff", plain) and ALWAYS.search(plain) is None


@lru_cache(maxsize=256)  # a clause is asked more than once
def _guards(plain: str, table: str) -> frozenset[str]:
    """Which kinds of guard of a table find something: ``hard``, or the key that softens it."""
    kinds: set[str] = set()
    for rule in sieve(RULES, table).likely(plain):
        if rule.search(plain):
            kinds.add(next((key for key in ("soft", "past", "task") if rule.data.get(key)), "hard"))
    return frozenset(kinds)


def _of_turn(said: list[Sentence]) -> Iterator[Candidate]:
    whole = simplify("".join(s.masked for s in said))[:4_000]
    turn = _guards(whole, "guard_turn")
    if "hard" in turn or _guards(simplify(said[0].before[:400]), "guard_before"):
        return
    about = "user"
    person: str = ""
    left = _MOST
    read: list[tuple[Sentence, list[Clause]]] = []
    for sentence in said:
        parts: list[Clause] = list(clauses(sentence, about, person))
        if parts:
            about = parts[-1].about
            person = last_person(parts) or person
        left -= len(parts)
        if left < 0:
            break
        read.append((sentence, parts))
    picked = [] if "soft" in turn else _picked(read)
    yield from (candidate for _, candidate in picked)
    taken = {id(clause) for clause, _ in picked}
    members = {} if "soft" in turn else listed(read)
    for sentence, parts in read:
        yield from _of_sentence(sentence, parts, material="soft" in turn, taken=taken, members=members)
        if not turn and not _guards(simplify(sentence.masked), "guard_fact"):
            facts = [fact for fact in facts_of(sentence, parts) if not _SMALL_TALK.match(fact.quote)]
            told = {fact.quote for fact in facts if fact.attribute == "health" and fact.subject != "user"}
            yield from facts
            yield from (fact for fact in of_others(sentence, parts) if fact.quote not in told)


def _picked(read: list[tuple[Sentence, list[Clause]]]) -> list[tuple[Clause, Candidate]]:
    """Choices of a turn, each with its clause."""
    said: list[Spoken] = [
        (sentence, clause)
        for sentence, parts in read[:10]
        for clause in parts
        if not _guards(clause.plain, "guard_sentence") & {"hard", "past"}
    ]
    return chosen(said) or list(habitual(said))


# thanks and greetings say nothing about anybody
_SMALL_TALK = re.compile(
    r"^(?:谢谢|多谢|感谢|辛苦|麻烦你|好的|嗯|哈|你好|您好|再见|拜拜|晚安|收到|明白|不客气"
    r"|我?(?:又|先|这就|马上)?(?:回来|知道|明白|懂|走|下线|来|去忙|忙|睡)(?:了|啦)?$)"
)


def _of_sentence(
    sentence: Sentence, parts: list[Clause], *, material: bool, taken: set[int], members: Mapping[int, list[Candidate]]
) -> Iterator[Candidate]:
    plain = simplify(sentence.masked)
    kinds = _guards(plain, "guard_sentence")
    if "hard" in kinds or ("past" in kinds and not _HOLDS_ON.search(plain)):
        return
    asks = any(part.asks for part in parts)
    excepted = False
    wanted: tuple[int, Candidate] | None = None  # what the clause before wants
    for place, part in enumerate(parts):
        if _is_past(kinds, part):
            continue
        if excepted:
            excepted = False
            continue
        if id(part) in taken or _reported(parts[:place], part):
            continue
        grumbles = list(complained(sentence, part)) if place < 4 and not material and not _FROM_NOW.search(part.plain) else []
        yield from grumbles
        order = requested(part)
        after = parts[place + 1].plain if place + 1 < len(parts) else ""
        if grumbles or (part.asks and order is None) or matches("no_wish", part.plain) or _HAD_IT.match(after):
            continue
        found = list(of_clause(sentence, order or part, parts[:place], shy=material or (asks and order is None) or "task" in kinds))
        if id(part) in members:
            found = [one.model_copy(update={"certain": True}) for one in found] or members[id(part)]
        if not found and wanted is not None and wanted[0] == place - 1:
            other = contrasted(sentence, part, parts[place - 1], wanted[1])
            found = [] if other is None else [other]
        elif not found and place and not material:
            found = told_apart(sentence, part, parts[place - 1])
        if found and wanted is not None and wanted[0] == place - 1 and _NOR.match(part.plain):  # "讲历史时多讲野史，别光念年份"
            found = [one.model_copy(update={"condition": one.condition or wanted[1].condition}) for one in found]
        if found and found[0].polarity == "wants":
            wanted = (place, found[0])
        if not found and not material and not asks and not kinds:
            yield from done_as_a_rule(sentence, part)
        found = [] if part.own and part.about != "user" and _UNABLE.match(part.plain, part.body) else [_of_whom(part, one) for one in found]
        sake = _for_whom(sentence, parts[:place], part) if found else None
        if sake is not None:
            passing = {"lasting": False} if _VISITS.search(sake) else {}
            found = [one.model_copy(update={"condition": one.condition or sake, "standing": False, **passing}) for one in found]
        exception = exception_after(parts, place) if found else None
        yield from (one if exception is None else with_exception(one, exception) for one in found)
        excepted = exception is not None


def _reported(before: list[Clause], part: Clause) -> bool:
    """Whether a clause without a subject goes on with what somebody else says: "the client finds it loud, make it grey"."""
    if part.about == "user":
        return False
    if part.own:
        return _ORDERS.search(part.plain[part.body : part.body + 10]) is not None
    return bool(before) and not _TO_YOU.search(part.plain) and bool(_REPORTS.search(before[-1].plain))


def _of_whom(part: Clause, candidate: Candidate) -> Candidate:
    """An order of which somebody else is the subject holds for them: "the child mustn't have nuts", "cook it soft for her"."""
    if part.about == "user" or part.about in PRONOUNS:
        return candidate
    if candidate.condition is not None:
        return candidate.model_copy(update={"condition": _THEM.sub(part.about, candidate.condition)})
    if (_MUST_NOT if part.own else _CANNOT).match(part.plain, part.body) or _FOR_THEM.search(part.plain):
        whom = f"我{part.about}" if part.plain[: part.body].endswith(f"我{part.about}") else part.about
        return candidate.model_copy(update={"condition": f"给{whom}", "standing": False})
    return candidate


def _for_whom(sentence: Sentence, before: list[Clause], part: Clause) -> str | None:
    """The clause just before that tells a state of somebody else: what is ordered then is for their sake."""
    if part.about == "user" or part.own or not before or _TO_YOU.search(part.plain):
        return None
    return next((fact.quote for fact in of_others(sentence, before[-1:])), None)


def slot_of_words(words: str) -> str | None:
    """The slot that the name of something speaks for; None: its words tell none."""
    return slot_of(words, order=False)
