"""Words by which a statement shows that something has changed, is over, or holds with an exception."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["ALSO", "CHANGE", "CLAUSES", "ENDED", "EXCEPTION", "ONCE", "SELF", "TURN", "UNSURE", "only_now", "only_then", "says"]

CHANGE = re.compile(
    r"\b(?:now|no longer|anymore|any more|moved|switch(?:ed)?|changed?|swapped|instead|new|these days|upgraded|migrated|replaced|actually"
    r"|from (?:now|today|here) on|going forward|gave up|given up|stopped|quit|bec[ao]me|turned|joined|started at|retook"
    r"|not .{1,30} but)\b"
    r"|现在|如今|不再|搬|换|改|早就|已经不|戒|新的|往后|今后|从今|刚|变成|调成|挪到|升|跳[槽到]|入职|转[到去行业岗]|重新"
    r"|(?:(?<=不过)|(?<![点分时刻号日天年月周期晚上午饭餐课班会学业婚岁完了过]))以后",  # 十点以后: after ten
    re.IGNORECASE,
)
ENDED = re.compile(
    r"\b(?:no longer|anymore|any more|used to|stopped|quit|gave up|given up|gone off|went off|fed up with|had it with"
    r"|over with|done with|sick of|instead of|rather than|not just)\b"
    r"|不再|早就不|已经不|戒|腻|再也不|不只|不光|以前|过去|原来",
    re.IGNORECASE,
)
EXCEPTION = re.compile(
    r"\b(?:except|unless|apart from|other than|besides|but not|only (?:if|when|on|in|after|before)|as long as|so long as|provided"
    r"|another matter|the exception"
    r"|though|however)\b|\b(?:every|all|any)\b.{1,40}\bbut\b|除了|除非|除外|例外|另说|另算|不算|的话|只有|才行|为止|以内|([\u4e00-\u9fff]{1,3})归\1",
    re.IGNORECASE,
)
ALSO = re.compile(
    r"\b(?:also|too(?! (?!and\b|but\b|now\b|these\b)\w)|as well|another|second|both|besides|part[- ]time|on the side|freelance)\b"
    r"|(?<!再)也|还有|另外|另一|又(?!开始|恢复|重新|刷新|破|[改换搬用]|回到|转[到去]|调[到回])|(?<![不别想])再(?![也不接厉说见])|兼职|第二|都行",
    re.IGNORECASE,
)
ONCE = re.compile(
    r"\b(?:today|tonight|this (?:time|once|morning|evening|week|weekend|(?:mon|tues|wednes|thurs|fri|satur|sun)day)|just once|for once"
    r"|in this (?:one|answer|letter|mail|e-?mail|message|text|report|case|essay|post))\b"
    r"|这[封篇份]|[这本]周[一二三四五六日天末]|今天|今晚|今早|这次|这回|这顿|昨天|昨晚",
    re.IGNORECASE,
)
SELF = re.compile(
    r"\b(?:I|we|me|us)\b|我们|咱们"
    r"|(?:我|咱|俺)(?!家?[表堂大小二]?(?:爸|妈|哥|姐|弟|妹|婆|公|岳|舅|姨|叔|爷|奶|孙|侄|女儿|[男女]朋友|儿子|老[公婆]|朋友|同事|室友|邻居)|[的们])",
    re.IGNORECASE,
)
UNSURE = re.compile(  # it is asked, wished for, or depends
    r"\b(?:if|unless|wish|hope|might|maybe|perhaps|would|should|almost|nearly)\b|[?？]\s*$|如果|要是|希望|吗", re.IGNORECASE
)
TURN = re.compile(
    r"(?i)\b(?:sold|bought|got|took|left|signed|finished|over|done|since|rather|prefer|better|only|plenty|leave|left|grown|become|came"
    r"|passed|failed"
    r"|until further notice|relocated|traded|turned|retired|gone|won|lost|postponed|put off|brought forward|rescheduled|renamed|raised"
    r"|went (?:up|down)"
    r"|(?:up|down) to|slipped|extended|stretch\w*|shrunk|rose"
    r"|cancell?ed|moves|bumped|pushed|puts?|mistyped|mistook|mixed up|meant|let['’]s make|make (?:it|that)|go up to|decided"
    r"|forget|drop|scrap|no more|these days|handed|promoted|divorced|engaged|pregnant|born|opened|closed|renewed|ended|fell)\b"
    r"|买|卖|拿到|到手|签|毕业|完|结束|还是|就够|够了|只|宁|考过|涨|降|[加减缩提调]到|推迟|延|推到|提前|生了|分手|离婚|订婚|结婚|停|退|交回|取消|辞|满"
)
_ONLY_CASE = re.compile(
    r"\bonly (?:[\w'’-]+ ){0,4}?(?:when|if|on|at|in|after|before|during|while|with|once|twice|every)\b"
    r"|只(?!是)[^，。]{0,8}(?:周[一二三四五六日末]|[节天晚早时季月日候次])|(?:周[一二三四五六日末]|[节天晚早时季月日候])[^，。]{0,3}才",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\bused to\b|\b(?:years|ages|decades) ago\b|\bback (?:then|in (?:19|20|the|my))|\bas a (?:kid|child|teen\w*|student)\b"
    r"|\bwhen I was\b|\bgrowing up\b|以前|曾|当年|从前|小时候|那时候|年前",
    re.IGNORECASE,
)
CLAUSES = re.compile(r"[,，。.;；!！?？\n]")


@lru_cache(maxsize=16_384)
def says(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a pattern is found in a text. Held: a statement is compared with many others."""
    return pattern.search(text) is not None


def only_now(text: str) -> bool:
    """Whether a statement says that from now on something holds for a case only: "I only swim at weekends now", 现在周末才游泳."""
    return says(_ONLY_CASE, text) and says(CHANGE, text)


def only_then(text: str) -> bool:
    """Whether a statement tells of what was, and of nothing that has changed: "I used to run a bookshop, years ago"."""
    return says(_PAST, text) and not says(CHANGE, text)
