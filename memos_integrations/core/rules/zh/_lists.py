"""Lists of what a Chinese speaker asks for: "my conditions: facing south, a lift, no flatmates"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ....types import Polarity
from ...candidates import Candidate
from .._common import Sentence
from ._clauses import Clause
from ._slots import slot_of
from ._wording import directive, third_person, trimmed

__all__ = ["listed"]

_OPENS = re.compile(
    r"(?:我|咱|本人|俺)[^，]{0,10}?(?P<what>要求|条件|规矩|标准|偏好|喜好|需求|原则|讲究|习惯"
    r"|(?P<bad>雷点|雷区|禁忌|红线|黑名单|讨厌的|不喜欢的|不吃的|不要的|不能接受的))(?:如下|有|是|就?[一二两三四五六几\d]{1,2}[条个点])?[:：]?$"
    r"|(?:我|咱|本人|俺)[^，]{0,4}?(?:就|只(?:有|看|要求)?)?[一二两三四五六几\d]{1,2}(?:条|个|点)(?:要求|条件)?[:：]?$"
    r"|^(?:我|咱|先|那|那我){0,2}(?:列|说|写|讲|提)(?:一?下|个|几[个条点])?(?:我的)?(?:条件|要求|需求|标准)?(?:哈|啊|吧|呢|了)?[:：]?$"
    r"|^(?:以下是?)?(?:我的?|具体)?(?P<sought>要求|条件|需求|标准|诉求)(?:如下|有|是)?[:：]?$"
    r"|^(?:以下是?)?(?P<bare>忌口|雷点|雷区|喜好|偏好|口味)(?:如下|有|是|我来?(?:报|说|列)(?:一下)?|说一下)?[:：]?$"
)
_SEEKS = re.compile(
    r"(?:想|要|打算|在|帮我|给我|最近|准备)?(?:找|租|请|买|招|挑|选|看(?=[房车])|相(?=亲))(?![出到])"
)  # whoever looks for something
_BAD = ("忌口", "雷点", "雷区")
_MARK = re.compile(r"^\s*(?:[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[.、)）．:：]|[①-⑨]|[-*•·–—])\s*")
_ONLY_A_MARK = re.compile(r"^\s*(?:\d{1,2}|[一二三四五六七八九十])[.．、]\s*$")
_NOT = re.compile(r"^(?:不要|不能|不可以|不想要?|别|不许|拒绝|谢绝|禁止|没有|避免|无|不)(?=.)")
_HAS_TO = re.compile(r"^(?:必须|一定|最好|尽量|要|得|能|可以|希望)+(?=.)")
_NOTHING = re.compile(r"我|你|[吗呢?？]$|^(?:先|等|等等|其他|其它|没了|就这些|以上|谢谢|暂时|大概|差不多|还没).*")
_LONGEST = 16


def listed(read: Sequence[tuple[Sentence, Sequence[Clause]]]) -> dict[int, list[Candidate]]:
    """What the members of such lists ask for, by the identity of their clause."""
    found: dict[int, list[Candidate]] = {}
    opened: re.Match[str] | None = None
    header = sought = ""
    mark = False
    for sentence, parts in read:
        inline = False
        if _ONLY_A_MARK.match(sentence.text):  # "1." ends a sentence for who splits them
            mark = True
            continue
        marked = mark or _MARK.match(sentence.text) is not None
        mark = False
        if not marked:
            opened = None
        for clause in parts:
            opens = _OPENS.search(clause.plain)
            after = sentence.text[clause.start + len(clause.raw) :].lstrip()[:1]
            if opens and opens["sought"] and not _SEEKS.search(sought):
                opens = None
            sought = f"{sought[-40:]}，{clause.plain}"
            if opens and clause.about == "user" and (after in ("：", ":") or clause.raw[-1] in "：:"):
                opened, header, inline = opens, sentence.text[: clause.start + len(clause.raw)].strip(), True
            elif opened and (inline or marked):
                found[id(clause)] = list(_of_member(sentence, clause, header, opened))
    return found


def _of_member(sentence: Sentence, clause: Clause, header: str, opened: re.Match[str]) -> Iterator[Candidate]:
    bad = opened["bad"] is not None or opened["bare"] in _BAD
    if clause.asks:
        return
    for piece in re.split(r"、|；", _MARK.sub("", clause.raw)):
        start, end = trimmed(piece)
        thing = piece[start:end].strip()
        negative = _NOT.match(thing)
        polarity: Polarity = "avoids" if bad or negative else "wants"
        obj = (thing[negative.end() :] if negative else _HAS_TO.sub("", thing)).strip()
        if (len(obj) < 2 and slot_of(obj, order=False) is None) or len(obj) > _LONGEST or _NOTHING.search(obj) or "¤" in clause.plain:
            continue
        slot = slot_of(obj, header, order=False) or "other"
        yield Candidate(
            kind="preference",
            episode=sentence.turn.episode,
            quote=clause.raw,
            language="zh",
            text=f"{_told(header)}：{third_person(thing)}。",
            slot=slot,
            polarity=polarity,
            object=obj,
            certain=True,
            directive=directive(thing, obj, polarity, order=False, slot=slot),
        )


def _told(header: str) -> str:
    told = third_person(header).rstrip("：: ")
    return told if told.startswith("用户") else f"用户：{told}"
