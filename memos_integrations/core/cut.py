"""Whether the object of a preference can stand in an order: one that was cut, or that no thing is, makes an order of nonsense."""

from __future__ import annotations

import re
from functools import lru_cache

from .text import normalise

__all__ = ["is_cut", "placed"]

_READ = 300  # characters of what was said
_ENDS = " \t.。!！,，;；"
_REASON = re.compile(r"[:：]")  # why, or what is wanted instead, stands behind it
_BROKEN = re.compile(  # it begins or ends in the middle of something
    r"(?i)^(?:but|and|or|so|than|then|because|which|who|whether)\b|\b(?:a|an|the|every|each|of|to|with|and|or|but|at|from|by|than|that|which|when|if|my"
    r"|our|your|is|are|was|very|so|not|ones|user's)$|\b(?:user|assistant)'d\b|^(?:但|而且|所以|因为|凡是|[能会得]|一[坐看听吃喝闻到进上碰喊睡])|[无非].不|[把被跟和与比给不]$"
    r"|的?时候|^(?!触发).{2,}用户|^the user (?:is|has|will|would|does|can)\b"
    r"|^(?:the user's|my) (?:eyes?|ears?|knees?|back|hips?|head|neck|stomach|skin|throat|lungs|feet|legs?|hands?|wrists?)\b"
    r"|^(?:online|outside|outdoors|indoors|inside|abroad|alone|late|early)$"
)
_PLACED = re.compile(r"(?i)(?:after|before|during|until|from|at|in|on|with|without)\s")
# what is no thing to be had more of: a time alone, an amount alone, what one does badly or what happens to one
_NO_THING = re.compile(
    r"(?i)^(?:(?:early|late|first thing)(?: (?:in|at|on) .+)?"
    r"|(?:[£$€¥]\s?\d|\d|(?:five|ten|fifteen|twenty|thirty|forty|fifty|a hundred)\b)[\w .,-]*"
    r"(?:pounds?|quid|euros?|dollars?|bucks|yuan|rmb|£|€|\$)?(?: (?:tops|max|a|an|per|each|at most)\b.*)?"
    r"|get (?:\w*sick|dizzy|ill|nervous|anxious|bored|lost|tired|cold|migraines?|headaches?|heartburn)\b.*"
    r"|.*\b(?:badly|poorly|impossible|unbearable)\b.*"
    r"|(?:周|星期|礼拜)[一二三四五六日天]|(?:早上|上午|中午|下午|晚上|凌晨|半夜|清晨)?[\d一二三四五六七八九十]*[点半]?(?:以?前|以?后|左右)?)$"
)
_ACTION_ZH = re.compile(r"[吃喝看听坐住买写做玩穿出开].{1,4}")  # a case more often than a thing, where 我 follows
_ALONE = re.compile(r"(?i)[a-z]+")


def placed(thing: str) -> bool:
    """Whether it begins with where or when: "with nuts", "before nine"."""
    return _PLACED.match(thing) is not None


@lru_cache(maxsize=4096)
def is_cut(thing: str, *, wanted: bool, quote: str, condition: str = "") -> bool:
    """Whether an object does not name what the preference is about.

    Args:
        thing: The object, with what follows it in its order.
        wanted: Its sign.
        quote: What the user said.
        condition: For which case.
    """
    words = _REASON.split(thing, maxsplit=1)[0].strip(_ENDS)
    case = normalise(condition)
    if _BROKEN.search(words) or (wanted and (placed(words) or _NO_THING.match(words))):
        return True
    if case and (len(case) > 2 * len(words) and case.removeprefix("the ").startswith(normalise(words))):
        return True
    return _stands_otherwise(words, wanted, quote[:_READ], case)


def _stands_otherwise(words: str, wanted: bool, quote: str, case: str) -> bool:
    """Whether what stands around it, where it was said, makes something else of it than a thing wanted or avoided."""
    name = re.escape(words)
    if not words.isascii():
        behind = rf"{name}(?:，?(?:我|咱)?们?就(?![不别没])|[之以除]外|是我的|一下|最(?![爱喜讨烦怕受]))"
        behind += rf"|最{name}|对{name}[很太挺]?(?:比较|特别|非常)?(?:敏感|讲究|在意)"
        behind += rf"|(?:别|不要|不许|不能)[^，。；！？,;]*{name}" if wanted else ""
        behind += rf"|(?:^|[，。；]){name}我(?:不要|要|只|都|一般|喜欢|爱)" if _ACTION_ZH.fullmatch(words) else ""
        return re.search(behind, quote) is not None
    # "drive me" mad; "olives taste" like soap, "hotels bore" us, "pens smudge" on me; love it when "recipes list the weights"
    if _ALONE.fullmatch(words):
        around = rf"\b(?:drives?|makes?|gets?|turns?) (?:me|us) {name}\b"
    else:
        around = rf"\b{name} (?:(?:on|to) )?(?:like|us|me|him)\b(?! to\b)"
    around += rf"|\b(?:love|like|hate|prefer|enjoy) it (?:when|if) {name}"
    around += rf"|\bI(?:['’]m| am) {name}\b|\b(?:work|study|eat) (?:from|at) {name}\b" if wanted else ""
    if re.search(rf"(?i){around}", quote):
        return True
    return wanted and bool(case) and re.search(rf"\b{re.escape(normalise(words))}\b", case) is not None
