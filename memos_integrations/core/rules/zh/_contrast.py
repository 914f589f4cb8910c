"""What is wrong with the other kind, beside the kind that is wanted: 大堂吵 of "I like private rooms, the hall is loud"."""

from __future__ import annotations

import re

from ....types import Polarity
from ...candidates import Candidate
from .._common import Sentence
from ._clauses import Clause
from ._slots import slot_of, slot_scores
from ._wording import directive, wording

__all__ = ["contrasted", "told_apart"]

_ADVERBS = (
    r"(?:真的?|太|都|就|也|简直|容易|老|总|总是|有点|根本|完全|反而|实在|又|特别|[听看吃喝用穿坐读摸住闻拿开睡骑]着|[吃喝用看]起来){0,3}"
)
_BAD = (
    r"我?(?:[会老就]?(?:晕|恶心|想吐|犯困|睡不着|头[疼晕])|胀气?|上火|长痘|烧心|[反返]酸|拉肚子|不(?:合适|[搭配]|对味)|没(?:劲|用|意思|味儿?|人[一-鿿]{1,2}|法[一-鿿]{1,3}|啥(?:意思|用))|有股[^，]{1,4}|出戏|不(?:顶[用事]|靠谱|放心|敢[一-鿿]|踏实|透气|耐[一-鿿]"
    r"|实用|卫生|干净|够[一-鿿]|顺手|舒服|自在|方便|习惯|[经禁][一-鿿]|会[开用骑玩])|[一二两三]股[^，]{1,4}|来不及|心[慌烦累]|来气|犯怵|发怵|[刺晃扎费伤累]眼睛?|伤[胃身肝牙皮手膝]\w?|[硌勒扎磨捂卡粘沾糊噎呛刺]\w{1,3}"
    r"|起(?:球|皮|毛|静电|褶)|掉(?:色|毛|渣|粉|漆|皮)|犯困|费(?:劲|事|钱|电|油|水|手|时间?|腿)|[一-鿿]着(?:累|闹心|别扭|难受|心慌)"
    r"|记不住|[一-鿿]不(?:进去|下去|清[^，]{0,4}|上|过|惯|住|了|动|来|起)|扯来扯去[^，]{0,2}|一[一-鿿]就(?:破|坏|漏|掉|断|皱|散|花)"
    r"|[一-鿿]?太[一-鿿]{1,2}|折腾(?:不起|人)?|老得?[^，]{1,6}|[一-鿿]{1,2}味儿?(?:太|特别|很|又)?[重大冲]|发[柴苦酸腻霉黄]|塞牙|[腻齁闷吵晒热挤]得慌|膈应"
    r"|[宰坑骗蒙唬]人|(?:吵|闹|挤|累|慢|贵|脏|臭|腥|腻|土|丑|俗|吵闹|死板|麻烦|拥挤|无聊|枯燥|嘈杂|浮夸|花哨|油腻|做作|啰嗦|寡淡|闹腾|遭罪|受罪|闹心|尴尬|假)"
    r"|[冷硬黏粘油湿脏臭空死乱傻干灰](?:冰冰|邦邦|糊糊|腻腻|漉漉|兮兮|烘烘|落落|板板|糟糟|巴巴|扑扑|蒙蒙)[^，]{0,4}|绕[路远]|死贵|排队|齁[一-鿿]{1,3}|谁[一-鿿]{1,3}(?:啊|呀)?|[吵烦闷腻累挤尬丑土卡臭甜油晃闹呛齁]死人?|难[看吃喝用闻听受])"
)
_WRONG = re.compile(
    r"^(?:但是?|可是?|而|不过|像|只有|光是?)?(?P<obj>(?!这|那|一点|因为|毕竟|反正|所以|省得|免得|其他|别的)(?:[^，我你他她的](?=的)|[^，我你他她的]{2,12}?))"
    rf"(?P<of>的)?{_ADVERBS}{_BAD}(?:得很|死了?|人|我|了)?{_ADVERBS}{_BAD}?$"
)
_TAKES = re.compile(  # 手冲喝浅烘: a liking only if what follows faults the other kind
    r"^(?:我|咱|俺)?(?:[^，我你他她它不没别]{1,6}?)?(?:都|只|就|一般|还是)?(?:看|吃|喝|听|用|买|住|坐|玩|穿|选|骑|开|戴|走)(?P<obj>[^，我不了过的吗]{2,6})$"
)
_VERBS = frozenset("看吃喝买坐打写做听玩穿住开学订选点送养追刷跑煮炒说讲用放走来去带发骑")
_BY_A_CHARACTER = 0.65  # what a slot is worth of which one character tells: 面 of 亮面
_HEADLESS = re.compile(  # 合金的戴一天就烂耳朵: of a kind told by what it is alone, a word of harm will do
    r"^(?P<obj>(?!这|那|别|其[他余它]|[上这]次|[昨今明]天|之前|以前|现在|刚才|家|店)[^，我你他她它的]{1,5})的[^，]{0,8}(?:就红|[发泛]红|[长爆冒]痘|显[胖老黑矮壮丑]|[烂歪坏伤痛疼痒病臭脏吵闹挤累苦腥腻黏卡漏破裂断掉皱缩褪锈霉糊焦烫冻闷呛吐晕刺扎硌勒磨刮摔夹堵塞慢贵假差糙死慌怕烦难丑土俗费浪虚散乱错丢不没])"
)
_WELL = re.compile(r"也|还[行好能可]|都(?:行|好|可以|爱)|不错|更|才|最|挺好|舒服|喜欢|可以|不贵|不[难差]|一般|我爱|行$|好$")
_SELF = re.compile(  # of the user's body or surroundings: a reason, and no other kind
    r"(?:膝盖?|腰|颈椎?|脖子|肩膀?|胃|肚子|嗓子|喉咙|头|脚|腿|手腕?|胳膊|眼睛?|眼神|牙齿?|牙口|耳朵|心脏?|后背|关节|皮肤|鼻子|肠胃|记性|脑子|力气|体力|身体"
    r"|上午|下午|中午|傍晚|凌晨|(?:周|星期|礼拜)[一二三四五六日天]|[一二三四五六七八九十\d]{1,2}[月点号]|家里|单位|公司|楼[上下]|小区|学校|隔壁|最近|现在|今年|平时|时间|工资|钱包|精力|高峰|天气|夏天|冬天|晚上|早上|白天|周末|节假日|屋里|路上|孩子|老人)"
    r"(?:里|上)?$"
)


def contrasted(sentence: Sentence, clause: Clause, before: Clause, wanted: Candidate) -> Candidate | None:
    """The other kind of what the clause before wants, if this one tells what is wrong with it; None: it does not.

    It is known as such by what is said of it, or by its name: 白巧 beside 黑巧.
    """
    if clause.about != "user" or clause.asks or wanted.polarity != "wants" or _WELL.search(clause.plain):
        return None
    found = _WRONG.match(clause.plain) or _HEADLESS.match(clause.plain)
    end = found.end("obj") if found is not None else _namesake(clause.plain, wanted.object)
    start = found.start("obj") if found is not None else 0
    obj = clause.raw[start:end].strip()
    if (
        (len(obj) < 2 and clause.plain[end : end + 1] != "的")
        or "¤" in clause.plain
        or _SELF.search(clause.plain[start:end])
        or obj in wanted.object
        or wanted.object in obj
    ):
        return None
    named = slot_of(obj, order=False)
    if named is not None and named.partition(".")[0] != wanted.slot.partition(".")[0]:
        if slot_scores(obj)[named] > _BY_A_CHARACTER:
            return None
        named = None
    quote = sentence.text[before.start : clause.start + len(clause.raw)]
    slot = named or wanted.slot
    made = _stated(sentence, clause.raw, quote, obj, slot, "avoids")
    return made.model_copy(update={"condition": wanted.condition, "lasting": wanted.lasting})


def told_apart(sentence: Sentence, clause: Clause, before: Clause) -> list[Candidate]:
    """Both kinds of which the clause before names one, and this one, by a name like it, tells what is wrong with the other."""
    takes = _TAKES.match(before.plain) if before.about == "user" and not before.asks else None
    if takes is None or (wrong := _WRONG.match(clause.plain)) is None:
        return []
    obj = before.raw[takes.start("obj") : takes.end("obj")]
    if _namesake(clause.plain, obj) != wrong.end("obj"):
        return []
    wanted = _stated(sentence, before.raw, before.raw, obj, slot_of(obj, before.raw, sentence.text, order=False) or "other", "wants")
    other = contrasted(sentence, clause, before, wanted)
    return [wanted, other] if other is not None else []


def _stated(sentence: Sentence, said: str, quote: str, obj: str, slot: str, polarity: Polarity) -> Candidate:
    return Candidate(
        kind="preference",
        episode=sentence.turn.episode,
        quote=quote,
        language="zh",
        text=wording(said, obj, polarity, order=False, chosen=False),
        slot=slot,
        polarity=polarity,
        object=obj,
        directive=directive(said, obj, polarity, order=False, slot=slot),
    )


def _namesake(plain: str, wanted: str) -> int:
    """Where the name of another thing of the same kind ends, with which a clause begins; 0: it begins with none."""
    head = wanted.rstrip("的")[-1:].lower()
    at = plain.find(head, 1, 5) if head and head not in _VERBS and head > "一" else -1
    return at + 1 if 0 < at < len(plain) - 2 else 0
