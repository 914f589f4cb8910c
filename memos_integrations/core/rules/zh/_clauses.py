"""Clauses of Chinese sentences, whom each speaks about, and under which condition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from .._common import Sentence, load_toml

__all__ = ["PRONOUNS", "RULES", "Clause", "Rule", "clauses", "compiled", "matches", "simplify"]

RULES = Path(__file__).parent / "rules.toml"

PRONOUNS = frozenset("他她它")
_LONGEST = 70  # of a clause: what follows is left out of rules

# One character for one, so that offsets stay: patterns are written in simplified characters only.
_FROM = (
    "愛歡說別請過點話語給寫講習慣貓飲讓應對還這個從來會時後們為無裡裏開關間門問題見覺讀聽書報紙車機電腦視頻訊飯麵雞魚藥醫體頭髮臉腳褲襯樣種類長張買賣價錢貴"
    "發現實際認識記憶計劃設備選擇優討厭煩嚴條簡單雙號碼網絡線紅綠藍東國區縣鎮鄉學業專職員當師兒媽爺親歲懷氣處檔館場樓層潔遠邊遊飛臺灣廣幫辦總結麼嗎幾許億萬"
    "與寧願戀誰兩週歷減壓療養護殺龍鳥馬蝦連運動樂戲劇麥鹽鹹湯熱涼凍盡儘務輕鬆緊鐵標詞譯華溫傳統圖畫輸項組參議環換顏齊離隨塊靜鬧規則鐘錄製產課團"
)
_TO = (
    "爱欢说别请过点话语给写讲习惯猫饮让应对还这个从来会时后们为无里里开关间门问题见觉读听书报纸车机电脑视频讯饭面鸡鱼药医体头发脸脚裤衬样种类长张买卖价钱贵"
    "发现实际认识记忆计划设备选择优讨厌烦严条简单双号码网络线红绿蓝东国区县镇乡学业专职员当师儿妈爷亲岁怀气处档馆场楼层洁远边游飞台湾广帮办总结么吗几许亿万"
    "与宁愿恋谁两周历减压疗养护杀龙鸟马虾连运动乐戏剧麦盐咸汤热凉冻尽尽务轻松紧铁标词译华温传统图画输项组参议环换颜齐离随块静闹规则钟录制产课团"
)
_SIMPLE = str.maketrans(_FROM, _TO)

_BREAK = re.compile(r"[，。！？；!?;\n~～]|,(?!\d)|…{1,2}|——|：(?=.)|(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern of the rule file with the keys beside it."""

    pattern: re.Pattern[str]
    data: dict[str, Any]


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
    """

    start: int
    raw: str
    plain: str
    about: str
    own: bool
    asks: bool


def simplify(text: str) -> str:
    """Lower-case and in simplified characters, equally long."""
    low = text.lower()
    return (low if len(low) == len(text) else text).translate(_SIMPLE)


@lru_cache(maxsize=64)
def compiled(path: Path, table: str) -> tuple[Rule, ...]:
    """Rules of an array of tables, macros (``~name~``) put in."""
    data = load_toml(path)
    macros: dict[str, str] = data.get("macros", {})

    def expand(pattern: str) -> str:
        for _ in range(3):
            pattern = re.sub(r"~(\w+)~", lambda m: macros[m.group(1)], pattern)
        return pattern

    return tuple(Rule(re.compile(expand(row["pattern"])), row) for row in data.get(table, []))


def matches(table: str, text: str) -> bool:
    """Whether any rule of the table finds something."""
    return any(rule.pattern.search(text) for rule in compiled(RULES, table))


def clauses(sentence: Sentence, about: str = "user", person: str = "") -> Iterator[Clause]:
    """Its clauses in order; a subject carries on to the clauses without one, ``person`` is whom a pronoun means."""
    plain = simplify(sentence.masked)
    (others,) = compiled(RULES, "person")
    (asking,) = compiled(RULES, "asking")
    marks = [*((m.start(), m.end()) for m in _BREAK.finditer(plain)), (len(plain), len(plain))]
    begin = 0
    for stop, after in marks:
        if plain[stop:after] == "，" and plain[after : after + 1] == "再" and "先" in plain[begin:stop]:
            continue  # first this, then that: one order
        piece = plain[begin:stop]
        text = piece.strip(" 、·*-•\t\"'（）()【】[]")
        if text:
            start = begin + piece.index(text)
            end = min(start + len(text), start + _LONGEST)
            text = plain[start:end]
            other = others.pattern.match(text)
            own = True
            if other and other.group("who"):
                about = other.group("who")
                if about in PRONOUNS:
                    about = person or about
                else:
                    person = about
            elif re.match(r".{0,6}?(?:我(?!们?家?里?[爸妈哥姐])|本人|咱|俺)", text):
                about = "user"
            else:
                own = False
            mark = plain[stop:after]
            asks = mark in ("?", "？") or asking.pattern.search(text) is not None
            yield Clause(start, sentence.text[start:end], text, about, own, asks)
        begin = after
