"""Preferences in Chinese clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ....types import Polarity, Strength
from ...candidates import Candidate
from ...finding import Sieve
from .._common import Sentence
from ._clauses import NO_WORD_BEFORE, RULES, Clause, Rule, compiled, matches, sieve, simplify
from ._limits import THEN, condition_of
from ._slots import slot_of, speaks_of_answers
from ._wording import directive, trimmed, wording

__all__ = ["ALWAYS", "of_clause", "said_of"]

_DOUBLE = re.compile(r"不是不|不是没|不能不|不得不|没有?不|不是说不|并非不|不会不|不至于不|不讨厌|不反感|不怕|不嫌|不介意|不排斥|不抗拒")
_EMPTY = re.compile(
    r"^(?:[这那]口|真是|实在|真的|已经|[哎唉嗨嘿哇哟呀]{1,3}|一律|[他她它你您我这那]|自己|一下|一点|一口|绝|(?:以后|今后|往后)?(?:都|就|也|一直){0,3}(?:这样|那样|这么[办来]|照旧)|一滴|一点点|一点儿|半点|什么|怎么|事|人|的|了|着急?|急|担心|谢|客气|说了|问了|想|看|了解|知道|这个|那个|这样|那样|它|吃|好|行|是|太|去|来|再|都|也|就|有|要|会|能|掉|别|用|小|完|考虑|出来|起来|提|说|讲|给|打|排|出现|发|推|推荐|写|放|加|记得|注意|最好|尽量|得[很慌要]|(?:好|行|对)[啦了吧的](?:好|行|对)?|算了|如果|要是|万一|许给|问|碰|送|带|超过?|就[行好是可]|就可以|让|[忘望](?:记|了)?|喜欢|爱|[喝听买玩穿坐住睡做])?$"
)
_DOES_NOT = re.compile(r"不(?:碰|吃|喝|沾|买|去|看|玩|穿|爱|喜|听|坐|住|养|抽|用)")  # what somebody does, no order
_FORBIDS = re.compile(r"(?:以后|以後|今后|今後|每次|请|請|都){0,2}(?:别|別|不要|不准|勿|甭)")  # its sign is not the rule's
_FORBIDDEN = re.compile(
    rf"(?:{NO_WORD_BEFORE}别|不要|不用|不必|用不着|勿|甭)(?:再|总|老|每次|一上来|动不动|都|给我|直接|先){{0,3}}[一-鿿]?$"
)  # it is forbidden
_NO_SUCH = re.compile(rf"(?:{NO_WORD_BEFORE}别|不要|勿|甭)[^，超过多长大高满]*$")  # "no more than so much" is a size
_ANNOUNCES = re.compile(
    r"^(?:我)?(?:先|再|还)?(?:说|提|讲|问|聊)(?:一?下|个|一个|几个|点|件|一件)(?:要求|事|问题|情况|需求|条件|想法|正事|别的|话)?$"
)
_FOR_EVERY_TIME = re.compile(r"(?:以后|今后|往后|从现在起)(?!再说|的事|再聊)|每[次个条段]|一律|统统|凡是|始终|从今")
_BARE_ACT = re.compile(
    r"(?:写|发|回|画|拍|剪|录|炒|煮|炖|烧|拌|蒸|煲|熬|烤|煎|翻译|起草|拟|寄|改)[^一个封份篇条张段几这那本完了]{1,6}$"
)  # no one piece
_BRIEF = 9  # characters
_ACTS = "出旅聚看吃喝买租逛坐打写做听玩穿住开学订选约点送唱养装追刷跑煮炒挑找请"  # with these a topic begins that is something done
_HEADLESS = re.compile(
    r"的(?:我)?(?:都|也|就|一律|坚决|可|统统|绝对){0,2}(?:不要|别|不考虑|不行|不选|不买|不住|不看|免谈|pass)?[了吧哈啊呀呗]*$"
)
_HEADED = re.compile(r"(?:的|我(?:只|就|要|想|喜欢|找|买|选|挑)+)(?P<head>(?!时候|话|事情?|东西|人)[一-鿿]{2,4})$")
_TOPIC_NOT = re.compile(r"^(?:其实|因为|所以|反正|但是?|不过|可是?|而且|另外|还有|说实话|看来|看样子|打小|打死)")
_EATEN = ("吃", "喝", "玩", "穿", "用")  # "what is eaten" is a thing, "eat" is none
_BARE = re.compile(
    r"^(?:事情?|活动?|会|人|话|课|班|单|稿|车|岗|任务|东西|得?(?:太|那么|这么)?[满紧赶密])$"
)  # says something with its verb only: "don't plan things"
_ROUSES = re.compile(r"(?:叫|喊|带|拉|让)我$")  # 叫我起床
_OURS = re.compile(r"^们(?:[那这][儿边里]|家|都)?(?=.)")
_NAMED = re.compile(r"[a-z一-鿿]", re.IGNORECASE)  # "16:9" says nothing without what it is the measure of
_OCCASION = re.compile(
    r"(?:时候?|的话|[之以]?[前后]|里面?|中|上|下|期间|[时天周月年钟点]内|[早晚]|天|面前|[那这]个|[理经孕哺考暑寒]期)$|^(?:在|给|跟|和|对|把|如果|要是)|^(?:上[课班学]|下[课班]|开[会车]|加班|值班|出门|做饭|带娃|睡觉|走路|骑车|坐车|排队)$"
)
_NO_MORE = re.compile(r"不再|再也不|早就不|已经不|(?<!是)不(?:只|光|单)?(?=只)")
_IF_LESS = re.compile(r"(?:要是|如果|假如|倘若|万一)(?!.*(?:就|那么?|的话|请))[^别勿不]*[多少]")  # "if there is less", no order for less
_DUTY = re.compile(
    r"^(?:那|但|所以|不过|等下|一会儿?|现在|今天|晚上|待会儿?){0,2}我(?:得|该|还得|必须|要)(?:先|去|回|赶)"
)  # what the user has to do
_SWITCHES = re.compile(r"(?:所以|现在|就|已经|最近|后来){0,2}(?:改用|换成|换用|换了|改喝|改吃|改坐)")  # after "I …": what the user did
_GUARDING = ("food.", "health.", "access.", "travel.", "shopping.", "home.")  # what is said of them beside a task may well last
_ANSWERING = re.compile(r"来?(?:回答|回复|回覆|答复|作答|交流|沟通)我?$")  # "in Chinese" of "answer in Chinese"
_CASE_FIRST = re.compile(r"^[^，]{1,10}?(?:的话|的时候|时候)(?=.{2})")
_BEFORE_SUBJECT = re.compile(r"^(?P<topic>[^我别]{1,10}?)(?:我|别|不要|勿)")
_PARTICLES = "了的啊呀吧呢嘛哦"
_ON_BEHALF = re.compile(r"给[他她它][们]?(?:推荐|买|做|挑|选|安排|准备|订|点)")  # what the assistant does for them
_EACH_OF_A_KIND = re.compile(r"^(?!.*[这那本完了]).*(?:的时候|时候?|里面?|中|上)$")  # "when writing tests": of every one
_AT_HAND = re.compile(r"[那这]一?(?:条|段|句|个|款|件|份|张|版|章|页|步|行|部分|[两几]个)$")  # what is spoken of now
_AILING = re.compile(  # what suffers by it: 膝盖 of 单打膝盖扛不住
    r"(?<=[^的]{2})的?(?:膝盖|腰|颈椎|脖子|肩膀|胃|肠胃|肚子|嗓子|喉咙|脚|手腕|胳膊|眼睛|牙|耳朵|心脏|皮肤|脑袋|血压|血糖)$"
)
_BELOVED = re.compile(
    r"(?:我|咱)?(?:们?家)?(?:爸妈?|妈|老[爸妈婆公]|爸爸|妈妈|父母|家人|家|孩子|儿子|女儿|闺女|[哥姐弟妹爷奶]{1,2}|祖国|对象|男友|女友|大家)$"
)
_FOR_SO_LONG = re.compile(
    r"(?<=[^，])(?:了|快|有)?(?:好|快)?[一二两三四五六七八九十几半\d]{1,3}个?多?(?:月|年|天|周|星期|礼拜)(?:多|了)?$"
)  # 烟三个月
_TO_ME = re.compile(r"(?:咬|骂|找|追|缠|盯|打|怼|催|说|笑)我$")  # what others like to do to the user
_OF_A_WORK = re.compile(
    r"^(?:以后|今后|从现在起|请|麻烦|另外|还有|凡是|所有的?|我的?|我们的?|公司的?)*"
    r"(?P<topic>(?!不|别|勿|少|多|禁|避免|能|可以|可否|希望|最好|尽量|直接|只|再|也|还|就|先|我想|我要|你|您"
    r"|以后|今后|往后|从现在|从今|每次|平时|所有|凡是|一律|统一|默认|全部|都"
    r"|单位|日期|时间|金额|货币|温度|距离|重量|数字|语言|称呼|语[气速]|标点)[a-z一-鿿][a-z _一-鿿-]{1,15}?(?<![不别没勿]))"
    r"(?:请|麻烦|以后|今后|都|一律|统一|全部|默认|就|最好|必须|(?<![纪摘概提])要|一定|只|得|[帮给替]我){0,4}(?:用|使用|改用|换成|写成|写|配|按)"
)
_OF_ANSWERS = re.compile(r"回答|回复|答复|答案|解释|说明|说话|聊|跟我|给我|你|您|输出|消息|问题|每次|平时")
_MOST_OF_ALL = re.compile(
    r"^(?:我|咱|平时|其实|也|就|反正){0,3}最(?:讨厌|烦|反感|受不了|膈应|怕|喜欢|爱)(?![这那你他她它了死]|.{0,4}(?:了|天)$)"
)  # said without its subject it is the user's all the same
_SAID_PLAINLY = re.compile(  # before its object: no doubt of what one eats
    r"(?:[吃喝看听用坐住穿玩买读]?[^，我你他她不]{1,2})?(?:我(?!妈|爸)|本人|咱|俺|平[时常]|一般){0,2}(?:也|都|就|还|从来|从|向来|一直|平[时常]|一般|真的?|最|很|特别|超级?|更|比较|挺|蛮|实在|绝对|坚决|现在){0,3}"
    r"(?:不(?:太|怎么|大|能)?(?:喜欢|爱)?(?:吃|喝|看|听|用|坐|住|穿|碰)|不(?:太|怎么|大)?(?:喜欢|爱)|(?:喜欢|爱|只|偏爱|讨厌|习惯)(?:吃|喝|看|听|用|坐|住|穿|买)?|(?:喜欢|爱)去)$"
)
_NO_LONGER = re.compile(r"别再|不要再|再也")  # what was done before is to end: that is no part of the work in hand
_ALLERGY = "health.allergy"
_ACCESS = "access.needs"
_STANDING = re.compile(r"^answers\.|^health\.allergy|^health\.condition|^access\.")
ALWAYS = re.compile(r"以后|今后|往后|从现在起|每次|一律|永远|始终|凡是|所有|任何|千万|绝对|全程|默认|统统|不管|无论|不论")


def _strength(plain: str, rule: Rule) -> Strength:
    if rule.data.get("strong") or matches("strong", plain):
        return "strong"
    return "weak" if matches("weak", plain) else "normal"


@lru_cache(maxsize=8)
def _rules(*, orders: bool, strict: bool, alone: bool) -> Sieve[Rule]:
    """The rules to try: orders only, no loose ones, none that asks for a clause before."""
    return Sieve(
        [
            rule
            for rule in compiled(RULES, "pref")
            if not (orders and not rule.data.get("order"))
            and not (strict and rule.data.get("loose"))
            and not (alone and (rule.data.get("prior") or rule.data.get("names")))
        ],
        chinese=True,
    )


def of_clause(sentence: Sentence, clause: Clause, before: list[Clause], *, shy: bool) -> Iterator[Candidate]:
    """Preferences that a clause states. ``shy``: only what is beyond doubt (a question follows, a task is set)."""
    double = _DOUBLE.search(clause.plain)
    own = clause.about == "user" or _ON_BEHALF.search(clause.plain) is not None
    told = own and not (shy and all("我" not in part.plain for part in [*before, clause]))
    for rule in _rules(orders=not told, strict=shy or not own, alone=not before).likely(clause.plain):
        found = rule.search(clause.plain)
        if found is None:
            continue
        data = rule.data
        if not own and data.get("thing") and _DOES_NOT.search(clause.plain, found.end("obj")):
            continue  # he is picky, coriander he does not touch
        if clause.own and not own and data.get("strongslot") and found.start("obj") < clause.body:
            continue  # "her knee won't do": of somebody else
        need = data.get("need")
        if need and not re.search(need, clause.plain):
            continue
        names = data.get("names")
        if names:
            place = next((one for one in reversed(before[-2:]) if re.search(names, one.plain)), None)
            named = re.search(names, place.plain) if place else None
            made = _of_named(sentence, clause, place, rule, named) if place and named else None
            if made is None:
                continue
            yield made
            return
        spared = data.get("not_after")  # "he is allergic to X, leave it out of the sweets": the sweets are not what is left out
        if spared and before and re.search(spared, f"{before[-1].plain}，{clause.plain}"):
            continue
        prior = data.get("prior")
        if prior and not any(re.search(prior, part.plain) for part in before):
            continue
        if data.get("order") and _IF_LESS.search(clause.plain[: found.end()]):
            continue
        if double and found.start() <= double.end() and found.end() >= double.start():
            continue
        group = "obj" if found["obj"] else "like"
        made = _candidate(sentence, clause, before, rule, found, group, data["polarity"])
        if made is None or (shy and made.object in sentence.before):
            continue
        yield made
        if found.re.groupindex.get("other"):
            opposite: Polarity = "wants" if data["polarity"] == "avoids" else "avoids"
            other = _candidate(sentence, clause, before, rule, found, "other", opposite)
            if other is not None:
                yield other
        return


def _of_named(sentence: Sentence, clause: Clause, first: Clause, rule: Rule, named: re.Match[str]) -> Candidate | None:
    """What a clause says of what one before names: "he likes X, I can't stand it"."""
    start, end = trimmed(first.raw[slice(*named.span("obj"))])
    obj = first.raw[slice(named.start("obj") + start, named.start("obj") + end)]
    if _EMPTY.match(obj):
        return None
    quote = sentence.text[first.start : clause.start + len(clause.raw)]
    polarity: Polarity = rule.data["polarity"]
    slot = slot_of(obj, clause.raw, sentence.text, order=False) or "other"
    return Candidate(
        kind="preference",
        episode=sentence.turn.episode,
        quote=quote,
        language="zh",
        text=wording(clause.raw, obj, polarity, order=False, chosen=False),
        slot=slot,
        polarity=polarity,
        object=obj,
        strength=_strength(clause.plain, rule),
        directive=directive(clause.raw, obj, polarity, order=False, slot=slot),
    )


def _topic(clause: Clause, found: re.Match[str]) -> str | None:
    """The thing that a clause puts first and then says which kind of it: 小说 of "小说我喜欢第一人称的"; None: it names no thing."""
    if "topic" not in found.re.groupindex or not found["topic"]:
        return None
    topic = clause.raw[slice(*found.span("topic"))].strip()
    if _is_occasion(topic) or _TOPIC_NOT.match(simplify(topic)):
        return None
    return topic if topic[0] in _ACTS or slot_of(topic, order=False) is not None else None


def _head(clause: Clause, end: int, before: list[Clause]) -> str | None:
    """The thing that the clause before names and this one leaves out after 的: 房子 of "朝南的房子，不要一楼的"; None: there is none."""
    if not _HEADLESS.match(clause.plain, end):
        return None
    named = next((found for part in reversed(before[-2:]) if (found := _HEADED.search(part.plain))), None)
    return named["head"] if named is not None else None


def said_of(clause: Clause) -> int:
    """One past the last character of what a clause only says something of; 0: it has no such words.

    In "理财别跟我提私募" the object is 私募: what stands before the user or the order is its topic.
    """
    for rule in sieve(RULES, "pref").likely(clause.plain):
        if rule.data.get("prior") or rule.data.get("names"):
            continue
        found = rule.search(clause.plain)
        if found is not None and (found["obj"] or "").strip(_PARTICLES):
            topic = _BEFORE_SUBJECT.match(clause.plain[: found.start("obj")])
            return topic.end("topic") if topic else 0
    return 0


def _candidate(
    sentence: Sentence,
    clause: Clause,
    before: list[Clause],
    rule: Rule,
    found: re.Match[str],
    group: str,
    polarity: Polarity,
) -> Candidate | None:
    if group not in found.re.groupindex or not found.group(group):
        return None
    begin = found.start(group) + len(found[group]) - len(found[group].lstrip())
    start, end = trimmed(clause.raw[begin : found.end(group)])
    start -= polarity == "avoids" and "order" in rule.data and clause.raw[: begin + start].endswith("太")  # too much of it
    obj = clause.raw[begin + start : begin + end]
    if said := _CASE_FIRST.match(obj):  # "as for audiobooks, women's voices"
        obj = obj[said.end() :]
        start += said.end()
    if polarity == "avoids" and rule.data.get("state") and (ailing := _AILING.search(obj)):
        obj = obj[: ailing.start()]
    if rule.data.get("state") and (lasts := _FOR_SO_LONG.search(obj)):
        obj = obj[: lasts.start()]
    obj = THEN.sub("", _OURS.sub("", obj), count=1)
    if obj in _EATEN and clause.raw[begin + end : begin + end + 1] == "的":
        obj += "的"
    if (_BARE.match(obj) or _ROUSES.search(found.groupdict().get("use") or "")) and found.re.groupindex.get("use") and found["use"]:
        obj = clause.raw[found.start("use") : begin + end]
    if not _NAMED.search(obj) and rule.data.get("whole_if_bare"):
        obj = clause.raw[found.start() : found.end()].strip()
    if rule.data.get("order") and (said := _ANSWERING.search(obj)) and said.start() > 1:
        obj = obj[: said.start()]
    if (
        (_BELOVED.match(obj) and polarity == "wants" and rule.data.get("state"))
        or (_TO_ME.match(obj) and not (rule.data.get("order") and matches("condition", clause.plain)))
        or (_DUTY.match(clause.plain) and rule.data.get("order"))
        or obj.startswith("俩")  # of "we two", which is no object
        or _ANNOUNCES.search(obj)
        or _EMPTY.match(obj)
        or _AT_HAND.search(obj)
        or (polarity == "avoids" and obj == "问我" and "再" in clause.plain and len(clause.plain) < _BRIEF)  # "and don't ask me again"
        or (rule.data.get("thing") and _is_occasion(obj))
        or (polarity == "wants" and _is_forbidden(rule, obj, clause.plain[:begin]))
    ):
        return None
    topic = _topic(clause, found)
    if topic is None and found.re.groupindex.get("topic") and rule.data.get("mine") and found["topic"]:
        return None
    headed = _head(clause, begin + end, before) if topic is None else None
    switched = _SWITCHES.match(clause.plain) is not None and any("我" in part.plain for part in before)
    order = bool(rule.data.get("order")) and not switched
    if polarity == "wants" and not order and _NO_MORE.search(clause.plain[:begin]):
        polarity = "avoids"
    context = sentence.text
    slot = (
        rule.data.get("slot")
        or slot_of(obj, clause.raw, context, order=order)
        or slot_of("", sentence.turn.text[:300], before=sentence.before[:200], order=False)
        or ("answers.content" if order and speaks_of_answers(context) else "other")
    )
    if slot == _ALLERGY and polarity == "wants":  # nobody wants one: peanut butter is wanted as food
        slot = "food.taste"
    condition = condition_of(sentence, clause, before, obj)
    if condition is None and order and slot.startswith("answers."):
        condition = _work(clause, begin)
    around = _plain(before, clause)
    stated = bool(rule.data.get("state")) and not rule.data.get("wish")  # a liking beside a plan is none for that time only
    oneoff = (
        matches("oneoff", clause.plain if stated else around)
        or (order and matches("errand", around))
        or bool(rule.data.get("wish") and "一直" not in clause.plain)
    )
    always = ALWAYS.search(clause.plain) is not None
    if (
        order
        and not (condition and (condition in clause.raw or _EACH_OF_A_KIND.search(condition)))
        and not (slot_of(obj, clause.raw, order=order) or "").startswith(_GUARDING)
        and not ALWAYS.search(simplify(sentence.masked))
        and not _NO_LONGER.search(clause.plain)
        and matches("at_work", simplify(sentence.turn.text[:600]))
    ):
        oneoff = True
    standing = bool(rule.data.get("standing")) or (
        not (oneoff and not always)
        and (
            (
                _STANDING.match(slot) is not None
                and not (order and condition and slot == _ACCESS)
                and (order or not slot.startswith("answers."))
            )
            or (always and order)
        )
    )
    quote = clause.raw
    return Candidate(
        kind="preference",
        episode=sentence.turn.episode,
        quote=quote,
        language="zh",
        text=wording(quote, obj, polarity, order=order, chosen=False, of=headed or ""),
        slot=slot,
        polarity=polarity,
        object=obj,
        strength=_strength(clause.plain, rule),
        condition=condition,
        standing=standing,
        lasting=always or not oneoff,
        certain=(
            order
            and not oneoff
            and condition is not None
            and clause.raw.startswith(condition)
            and _BARE_ACT.match(simplify(condition)) is not None
        )
        or (order and not oneoff and (bool(rule.data.get("general")) or _FOR_EVERY_TIME.search(clause.plain) is not None))
        or (stated and before != [] and _MOST_OF_ALL.match(clause.plain) is not None)
        or (stated and not oneoff and _SAID_PLAINLY.match(clause.plain, 0, begin) is not None and _names_a_thing(obj)),
        directive=directive(quote, obj, polarity, order=order, slot=slot, topic=topic or headed or ""),
    )


def _work(clause: Clause, begin: int) -> str | None:
    """The piece of work that an order is for, other than answers: "commit message" of "commit message用英文写"."""
    found = _OF_A_WORK.match(clause.plain)
    if found is None or found.end("topic") > begin or _OF_ANSWERS.search(found["topic"]):
        return None
    return clause.raw[found.start("topic") : found.end("topic")].strip()


def _is_forbidden(rule: Rule, obj: str, before: str) -> bool:
    """Whether what a rule takes for wanted is forbidden by what stands before it."""
    if rule.data.get("size"):
        return _NO_SUCH.search(before) is not None
    return _FORBIDS.match(obj) is not None or _FORBIDDEN.search(before) is not None


def _names_a_thing(obj: str) -> bool:
    """Whether words name a thing in the world that one may like or not."""
    slot = slot_of(obj, order=False)
    return slot is not None and not slot.startswith(("answers.", "social.", "beliefs."))


def _is_occasion(words: str) -> bool:
    """Whether words in the place of an object say when or where: "at night, don't call"."""
    plain = simplify(words)
    return _OCCASION.search(plain) is not None or any(
        rule.pattern.fullmatch(plain) for rule in compiled(RULES, "condition") if not rule.data.get("topic")
    )


def _plain(before: list[Clause], clause: Clause) -> str:
    return "，".join(part.plain for part in [*before[-2:], clause])
