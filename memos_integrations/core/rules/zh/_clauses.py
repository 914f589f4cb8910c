"""Clauses of Chinese sentences, whom each speaks about, and under which condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ...finding import Sieve
from ...text import has_cjk
from .._common import Rule, Sentence, load_toml

__all__ = [
    "NO_WORD_BEFORE",
    "PRONOUNS",
    "RULES",
    "Clause",
    "Rule",
    "asks_what",
    "clauses",
    "compiled",
    "in_simplified",
    "last_person",
    "matches",
    "requested",
    "sieve",
    "simplify",
]

RULES = str(Path(__file__).parent / "rules.toml")

PRONOUNS = frozenset("他她它牠")
_LONGEST = 70  # of a clause: what follows is left out of rules

# One character for one, so that offsets stay: patterns are written in simplified characters only.
_FROM = (
    "愛歡說別請過點話語給寫講習慣貓飲讓應對還這個從來會時後們為無裡裏開關間門問題見覺讀聽書報紙車機電腦視頻訊飯麵雞魚藥醫體頭髮臉腳褲襯樣種類長張買賣價錢貴發"
    "現實際認識記憶計劃設備選擇優討厭煩嚴條簡單雙號碼網絡線紅綠藍東國區縣鎮鄉學業專職員當師兒媽爺親歲懷氣處檔館場樓層潔遠邊遊飛臺灣廣幫辦總結麼嗎幾許億萬與寧"
    "願戀誰兩週歷減壓療養護殺龍鳥馬蝦連運動樂戲劇麥鹽鹹湯熱涼凍盡儘務輕鬆緊鐵標詞譯華溫傳統圖畫輸項組參議環換顏齊離隨塊靜鬧規則鐘錄製產課團殼輪懼暈癲癇聾腎臟"
    "脈節嘔瀉腫癢證齋麩質堅膠盤囑導憂鬱獨樹絕陽陰靈積極補確診劑測試驗評圍續終雜訂購轉諒韓魯滷蔥薑蘋檸擔壞註釋達適鄰異狀態險聞淨籃鍵螢燈攝寬範勢僅純歐義煙菸糰"
    "鮮蠔貝腸膽縮擴僱傭奧蘭蓮萵筍莖葉溼濕嚐嘗臥舖鋪頓貼貨餓飽饞齡嬰嬤孫婦羅賓塗膚臘鴨鵝滾燙棗擠帳賬戶債稅額幣資殘廢癱瘓屍頸鏡穌猶喫葷風變繽監財輯廚營飢鄭衝祇"
    "綿絲織濃鹼膩醬滯懶憊競賽籌棄嚇嗆榮獎執誤談論諾謀謹譜贈趕跡踐輔輩輝農遲遺郵釀銀鍋鍛閉閒闊陣陳陸隊階雖霧響頁頂順須預領顆顧顯飄餅騎驚髒魷鯊鱉鱔鳳鳴鴿麗黨齒"
    "龜傷償內冊凱剛創勞勁勝勵勸匯卻叢嘆嘩噴圓墳壇壯壽夢奪奮妝姦娛嬌孿寢審寵尋屆屬島峽嶺帥帶幹庫廟彈徑復徵徹恆悶惡惱慘慮慶憐憑憤懸戰掃掛採揀揮損搖摺撐撥撿擁擊"
    "擋據擺攜攤敗敘敵數斷昇晝暫曆曉曬朧楊槍樞構樁橋檢欄權歎歸毀氈決沒況洩淚淺渾湊準滅滲滿漁漢漸潛潤濟瀏灑災烏煉燒燜爐爭牆牽獅獲獵瑪畝畢疊痠瘋瘡癮盜盧眾睏睜矚"
    "礎礙禮禪稱穩窩窮竊筆築籤糧糾紀紋納紐紛級細紹綁經綜維緒緣編緩練縫縱績繞繪繫繼罰罵聖聯聰聲肅脅脫臨舊艙艱藝蘇蝸螞蟲蟻蠟術衛裝複襪覽觀觸訓訪訴詢該詳誇誠調謊"
    "謝豐負貧販貪責費賀賞賠賴賺贏趙躍軌軍軟較載輛轎辭辯迴進違遙遞遷鄧醜釣鈣鉛銷鋼錯鑰難雲韋餵餘駕駛騙騰鮭鱈鱸鱷鴛鴦鷹黃"
    "鍾夠傢佔妳姊檯櫃廁乾捨啟佈搶撈攪鍊擾騷隱夥禦穀釘鈴鏈鎖鑼鴉籠籬蔣譽贊讚軸醃鋁韌顫餃餡饅駐鬥鯉鰻鴻黴醞闆隻攔灘滬瑣癬痺礦窯蝕蟬貫遜鉤錶鍬鏟閱顱騾鶴覆恥悅慚憲摟擬曠枴棧樸漲燦燭獸皺瞭虧蠅諧豬賤賭贖軒鈔銅鋸鎊鏽閘闢隸靦頑飾飼驕驢鴕"
)
_TO = (
    "爱欢说别请过点话语给写讲习惯猫饮让应对还这个从来会时后们为无里里开关间门问题见觉读听书报纸车机电脑视频讯饭面鸡鱼药医体头发脸脚裤衬样种类长张买卖价钱贵发"
    "现实际认识记忆计划设备选择优讨厌烦严条简单双号码网络线红绿蓝东国区县镇乡学业专职员当师儿妈爷亲岁怀气处档馆场楼层洁远边游飞台湾广帮办总结么吗几许亿万与宁"
    "愿恋谁两周历减压疗养护杀龙鸟马虾连运动乐戏剧麦盐咸汤热凉冻尽尽务轻松紧铁标词译华温传统图画输项组参议环换颜齐离随块静闹规则钟录制产课团壳轮惧晕癫痫聋肾脏"
    "脉节呕泻肿痒证斋麸质坚胶盘嘱导忧郁独树绝阳阴灵积极补确诊剂测试验评围续终杂订购转谅韩鲁卤葱姜苹柠担坏注释达适邻异状态险闻净篮键荧灯摄宽范势仅纯欧义烟烟团"
    "鲜蚝贝肠胆缩扩雇佣奥兰莲莴笋茎叶湿湿尝尝卧铺铺顿贴货饿饱馋龄婴嬷孙妇罗宾涂肤腊鸭鹅滚烫枣挤账账户债税额币资残废瘫痪尸颈镜稣犹吃荤风变缤监财辑厨营饥郑冲只"
    "绵丝织浓碱腻酱滞懒惫竞赛筹弃吓呛荣奖执误谈论诺谋谨谱赠赶迹践辅辈辉农迟遗邮酿银锅锻闭闲阔阵陈陆队阶虽雾响页顶顺须预领颗顾显飘饼骑惊脏鱿鲨鳖鳝凤鸣鸽丽党齿"
    "龟伤偿内册凯刚创劳劲胜励劝汇却丛叹哗喷圆坟坛壮寿梦夺奋妆奸娱娇孪寝审宠寻届属岛峡岭帅带干库庙弹径复征彻恒闷恶恼惨虑庆怜凭愤悬战扫挂采拣挥损摇折撑拨捡拥击"
    "挡据摆携摊败叙敌数断升昼暂历晓晒胧杨枪枢构桩桥检栏权叹归毁毡决没况泄泪浅浑凑准灭渗满渔汉渐潜润济浏洒灾乌炼烧焖炉争墙牵狮获猎玛亩毕叠酸疯疮瘾盗卢众困睁瞩"
    "础碍礼禅称稳窝穷窃笔筑签粮纠纪纹纳纽纷级细绍绑经综维绪缘编缓练缝纵绩绕绘系继罚骂圣联聪声肃胁脱临旧舱艰艺苏蜗蚂虫蚁蜡术卫装复袜览观触训访诉询该详夸诚调谎"
    "谢丰负贫贩贪责费贺赏赔赖赚赢赵跃轨军软较载辆轿辞辩回进违遥递迁邓丑钓钙铅销钢错钥难云韦喂余驾驶骗腾鲑鳕鲈鳄鸳鸯鹰黄"
    "钟够家占你姐台柜厕干舍启布抢捞搅炼扰骚隐伙御谷钉铃链锁锣鸦笼篱蒋誉赞赞轴腌铝韧颤饺馅馒驻斗鲤鳗鸿霉酝板只拦滩沪琐癣痹矿窑蚀蝉贯逊钩表锹铲阅颅骡鹤复耻悦惭宪搂拟旷拐栈朴涨灿烛兽皱了亏蝇谐猪贱赌赎轩钞铜锯镑锈闸辟隶腼顽饰饲骄驴鸵"
)
_WIDE = "０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ．"
_SIMPLE = str.maketrans(_FROM + _WIDE, _TO + "0123456789abcdefghijklmnopqrstuvwxyz.")
_WORDS = str(Path(__file__).parent / "dialect.toml")

_OF_THEIRS = re.compile(
    r"的[^，我]{1,8}(?:我(?![们家]?[爸妈哥姐弟妹])|(?:不|只|别|都)(?:买|选|挑|订|给|要|放|用))"
)  # 孩子的绘本我只挑…: the user decides
_BREAK = re.compile(
    r"[，。！？；!?;\n~～\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]|,(?!\d)|…{1,2}|——|：(?=.)"
    r"|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff]|[（(]?\d{1,2}[、.)）])"
)

NO_WORD_BEFORE = "(?<![特个区分告差级性类错])"
"""Before 别, where it is a word of its own and no part of 特别 or 错别字."""
_ONE_MORE = re.compile(  # 别绕弯子别拽词: one order and one more
    NO_WORD_BEFORE + r"(?:别|不要|甭)[^，。！？；,;别不\n]{2,8}?(?<!要)(?=(?:也|更)?(?:别(?![人的墅处名家国])|不要|甭)[\u4e00-\u9fff]{2})"
)
_TURNS = re.compile(  # 我喜欢猫但是对猫毛过敏: one statement and another against it
    r"(?<=[\u4e00-\u9fffa-z]{3})(?:(?=但是|可是(?=我|别|不|对))|(?=(?<![不非])但(?![凡愿是]))|(?=不过(?:我|别|不|对|平时|最近|要|请|如果)))"
)
_RUNS_ON = 8  # characters of a clause without a mark, from which it may be several: how speech is written down
_GREETS = r"(?:[你您]好啊?|大家好|哈[喽啰]|嗨|hello|hi) ?"
_ON_SELF = re.compile(
    rf"(?:{_GREETS})?(?:我|本人|俺)(?:叫|姓|是(?!不)|今年|住|家(?!里?不)|有|在[^，我]{{1,6}}(?:做|当|工作|上班|读|上学|开店|教|卖)"
    r"|[^，我]{0,3}(?:喜欢|爱|讨厌|不[吃喝]))"
)
_NEXT = re.compile(
    r"(?<=[^，]{2})(?:(?<![让给跟和对叫把帮教替陪带喊问找说是的为以与比像果诉到])(?=我(?:叫|姓|是|在|住|今年|有|家|不|对|喜欢|爱|讨厌|怕|平[时常]|一般|最近|只|也|从来?不|很|最|特别|更|超|习惯))"
    r"|(?<=[^我人住现正还就想是不])(?=在[^，]{1,6}(?:做|当|工作|上班|读|上学|教|开店))|(?=今年[一二三四五六七八九十\d])|(?<!我)(?=平[时常](?:我|喜欢|爱|不|只|都|就|也))"
    r"|(?<=[^我也都就很不最是太来向更还只特别的人])(?=(?:也|还|但)?(?:不(?:吃|喝|爱|喜欢|太?能吃|能喝|太喜欢)|(?:很|最|特别|超级?)?(?:喜欢|爱[吃喝看听玩]|讨厌)|对[^，我对]{1,6}过敏))"
    r"|(?=(?:以后|请)(?:你|都|就|别|不要|用|一律|叫|称呼|回答|说)|"
    + NO_WORD_BEFORE
    + r"别(?:给我|推荐|叫我|用)|回[答复](?:我|的时候|尽量|要|请|用)))"
)
_LEADS = re.compile(  # a number in a list, and the words that only lead to what is told
    rf"(?:(?:{_GREETS}(?=我|本人)"
    r"|[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})(?:[、)）:：]|[.](?!\d))|[①-⑩]"
    r"|第[一二三四五六七八九](?:点|条|个)?[、:：]?(?=[^，\d名次个家天年届层楼页]{3})|[-*•·–]"
    r"|(?:哈|嘿|嗯|呃|额|啊|哎|诶|欸|哦|噢|喔)+|然后(?!再)|另外(?!的)|此外|还有(?![点些一两三几个人什没])|对了|对啦|所以说?|因此"
    r"|就是说?(?![了个想要因不喜爱])|话说回?来?|说起来|说到这个?|反正|顺[便带](?:说|提|讲|告诉你|补充|一提)(?:一?[下句嘴点])?"
    r"|补充(?:说明)?一?[下点句][:：]?|跟你(?:说|讲)一?[下声句]?[:：]?|再?[说提]一[下句]"
    r"|(?:请|千万)?(?:别忘[了记]?|记[得住]|注意|要知道)[:：]?(?=我)) ?)+(?=.{2})"
)
_ASIDE = re.compile(r"对[了啦]|顺[便带]|话说|题外话|说回|言归正传|我(?:自己|本人|这边)")  # who says so leaves whom they spoke of
_AND_I = re.compile(r"(?:和|跟|与|还有|以及|、)(?:我|本人|咱)(?!们|家|说|讲|提|聊|吵|抱怨|吐槽|打听|推荐|介绍|要|借|不一样|不同|相反)")
_FORBIDS_ASKING = re.compile(
    r"^.{0,8}?(?:不用|不要|别|不必|无需|不需要|少)(?:再|给我|跟我|总|老|每次){0,2}(?:讲|说|问|解释|提|告诉|分析|追问|管|猜|写)"
    r"|先(?:给我|帮我)?(?:check|看|查|确认|核对|问)(?:一下|清楚|好)?(?:有没有|是不是|能不能|可不可以|会不会)"
)  # "need not say why" asks nothing
_REQUEST = re.compile(
    r"^(?:(?!我[能可])[^，]){0,10}?(?:能不能|可不可以|能否|可否|是否可以|是否能|可以|能|麻烦|方便)"
    r"(?=.*(?:每次|以后|今后|往后|一律|统一|都|回答|回复|答复|答案|跟我说|对我说|叫我|称呼我|解释))"
    r"|^(?:(?:你|您)?(?:回|答|跟|给|和|对)[^，]{1,8}?(?:的时候|时))?(?:你|您)?(?:能不能|可不可以|能否|可否|可以)(?:请|麻烦|你|您)?(?:以后)?(?:别|不要|少(?=[用说发来给讲加])|多(?=[用说发来给讲加]))"
    r"|(?:回答|回复|答复|答案|解释|说话)[^，我]{0,6}(?:能不能|可不可以|能否|能|可以)"
)  # of every answer: what is asked of one is a question of the moment
_PARTICLES = re.compile(r"(?<=[^嘻打哈啦啰哇])(?:[嘛啦呗哟噢咯嗷]|(?<![嘻打])哈)+[”\"'’」 ]*$")  # at the end they say nothing but the mood
_THE_REST = re.compile(r"(?:我|就)?(?:别的|其他|其它|其余|剩下)|[^，我你他她]{0,5}我(?:基本|几乎)?都")
_INSTEAD = re.compile(
    r"(?P<verb>[用写说吃走买放选订讲给发坐住])[^，别不我你他她了过]{1,12}，(?:别|不要|甭|勿)(?P=verb)"
)  # 用这个，别用那个
_ASKS_WHAT = re.compile(r"什么|怎么|多少|哪|几[个点种天]|谁|为啥|如何|帮我|推荐")
_SAYS_I = re.compile(r".{0,6}?(?:我(?!们?家?里?[爸妈哥姐])|本人|咱|俺)|家里不|全家|一家[人子]?[都也]")
_I_AND = re.compile(r"(?:我|本人|咱)(?:和|跟|与|还有|以及|、)(?=.{1,6}(?:都|全|也))")


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch between two marks.

    Attributes:
        start: Offset in the sentence.
        raw: Verbatim.
        plain: As long as ``raw``: simplified, lower-case, quoted characters masked.
        about: ``user``, or who else is its subject (own words, or carried on from the clause before).
        own: The subject stands in the clause itself.
        asks: It ends as a question.
        body: Where its words begin after a subject other than the user; 0: it has none.
        beside: Who shares its statement with the user: 妹 of 我和我妹都…; empty: nobody.
    """

    start: int
    raw: str
    plain: str
    about: str
    own: bool
    asks: bool
    body: int = 0
    beside: str = ""


def in_simplified(text: str) -> str:
    """The text in simplified characters, equally long: words are known in these."""
    return text.translate(_SIMPLE) if has_cjk(text) else text


@lru_cache(maxsize=128)  # a sentence is read by many
def simplify(text: str) -> str:
    """Lower-case, in simplified characters and common words, equally long."""
    low = text.lower()
    plain = (low if len(low) == len(text) else text).translate(_SIMPLE)
    found = next(sieve(_WORDS, "word").matching(plain), None)
    return _common(plain, found[0]) if found is not None and has_cjk(plain) else plain


def _common(plain: str, first: Rule) -> str:
    """The words of a dialect, or English ones among Chinese, by the common ones; ``first``: the first rule that finds one."""
    rules = compiled(_WORDS, "word")
    for rule in rules[rules.index(first) :]:
        if rule.search(plain):
            plain = rule.pattern.sub(_filled(rule.data["common"]), plain)
    return plain


def _filled(common: str) -> Callable[[re.Match[str]], str]:
    """A word in place of another, filled up to its length."""
    return lambda found: common.ljust(len(found[0]))


@lru_cache(maxsize=64)
def compiled(path: str, table: str) -> tuple[Rule, ...]:
    """Rules of an array of tables, macros (``~name~``) put in."""
    data = load_toml(Path(path))
    macros: dict[str, str] = data.get("macros", {})

    def expand(pattern: str) -> str:
        for _ in range(3):
            pattern = re.sub(r"~(\w+)~", lambda m: macros[m.group(1)], pattern)
        return pattern

    return tuple(Rule(expand(row["pattern"]), row) for row in data.get(table, []))


@lru_cache(maxsize=64)
def sieve(path: str, table: str) -> Sieve[Rule]:
    """The rules of a table that has many."""
    return Sieve(compiled(path, table), chinese=True)


def matches(table: str, text: str) -> bool:
    """Whether any rule of the table finds something."""
    return sieve(RULES, table).finds(text)


def clauses(sentence: Sentence, about: str = "user", person: str = "") -> tuple[Clause, ...]:
    """Its clauses in order; a subject carries on to the clauses without one, ``person`` is whom a pronoun means."""
    return _clauses(sentence.text, sentence.masked, about, person)


@lru_cache(maxsize=256)  # several read the same sentence
def _clauses(raw: str, masked: str, about: str, person: str) -> tuple[Clause, ...]:
    return tuple(_split(raw, masked, about, person))


def _split(raw: str, masked: str, about: str, person: str) -> Iterator[Clause]:
    plain = simplify(masked)
    (others,) = compiled(RULES, "person")
    (asking,) = compiled(RULES, "asking")
    marks = [(m.start(), m.end()) for m in _BREAK.finditer(plain)]
    marks = [*sorted(marks + [(at, at) for at in _unmarked(plain, [end for end, _ in marks])]), (len(plain), len(plain))]
    begin = 0
    for stop, after in marks:
        if plain[stop:after] == "，" and _goes_on(plain[begin:stop], plain[after : after + 10]):
            continue
        piece = plain[begin:stop]
        spoken = _PARTICLES.search(piece)
        piece = piece if spoken is None else piece[: spoken.start()]
        text = piece.strip(" 、·*-•\t\"'（）()【】[]")
        if _ASIDE.match(text):
            about = "user"
        if text:
            start = begin + piece.index(text)
            if leads := _LEADS.match(text):
                start, text = start + leads.end(), text[leads.end() :]
            end = min(start + len(text), start + _LONGEST)
            text = plain[start:end]
            other = others.pattern.match(text)
            own = True
            body = 0
            beside = _beside(others, text, other)
            if beside:
                about = "user"
                beside = raw[start + text.index(beside) :][: len(beside)]
            elif other and other.group("who") and not _OF_THEIRS.match(text, other.end("who")):
                about = raw[slice(start + other.start("who"), start + other.end("who"))]
                body = other.end()
                if about in PRONOUNS:
                    about = person or about
                else:
                    person = about
            elif _SAYS_I.match(text):
                about = "user"
            else:
                own = False
            mark = plain[stop:after]
            asks = mark in ("?", "？") or (asking.pattern.search(text) is not None and not _FORBIDS_ASKING.search(text))
            yield Clause(start, raw[start:end], text, about, own, asks, body, beside)
        begin = after


def _unmarked(plain: str, stops: Sequence[int]) -> Iterator[int]:
    """Where a clause ends and the next begins without a mark."""
    yield from (found.end() for found in _ONE_MORE.finditer(plain))
    yield from (found.start() for found in _TURNS.finditer(plain))
    begin = 0
    for stop in [*stops, len(plain)]:
        if stop - begin >= _RUNS_ON and (own := _ON_SELF.match(plain, begin)) is not None:
            yield from (found.start() for found in _NEXT.finditer(plain, own.end(), stop))
        begin = stop + 1


def _goes_on(clause: str, after: str) -> bool:
    """Whether a clause is one statement with the next: first this, then that; but for this, nothing else; this, and not that."""
    if after.startswith(("别", "不要", "甭", "勿")) and _INSTEAD.search(f"{clause}，{after[:3]}"):
        return True
    return ("先" in clause and after.startswith("再")) or ("除了" in clause and _THE_REST.match(after) is not None)


def requested(clause: Clause) -> Clause | None:
    """The order that a question asks for politely: "could you always answer briefly?"; None: it asks something else."""
    if not clause.asks or not _REQUEST.search(clause.plain) or asks_what(clause):
        return None
    end = len(clause.plain.rstrip("吗么呢嘛吧?？ "))
    return replace(clause, raw=clause.raw[:end], plain=clause.plain[:end], asks=False)


def asks_what(clause: Clause) -> bool:
    """Whether a question asks for what is so, or for help with something, and no favour beyond it."""
    return _ASKS_WHAT.search(clause.plain) is not None


def _beside(others: Rule, text: str, first: re.Match[str] | None) -> str:
    """Who shares a statement with the user: 妹 of 我和我妹都…, 爸 of 我爸和我都…; empty: nobody."""
    if first and first.group("who") and _AND_I.match(text, first.end()):
        return first.group("who")
    with_me = _I_AND.match(text)
    other = others.pattern.match(text[with_me.end() :]) if with_me else None
    return other.group("who") if other and other.group("who") else ""


def last_person(parts: Sequence[Clause]) -> str:
    """Whom the clauses speak about last, other than the user; empty: nobody."""
    return next((part.about for part in reversed(parts) if part.about != "user"), "")
