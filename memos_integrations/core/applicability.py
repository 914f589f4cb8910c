"""Whether a preference concerns a query."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..types import Preference
from .text import content_terms

__all__ = ["Topics", "applies", "is_exception"]

Topics = Callable[[str], frozenset[str]]

_EXCEPTION = re.compile(r"(?i)^\s*(?:unless|except|besides|apart from|other than|but not|除非|除了|除)")
_HIGH = 0.85
# Words that name no subject: sharing one of them says nothing.
_WEAK = content_terms(
    "want wants like likes love prefer prefers prefer preference hate dislike avoid never always use using make making made "
    "get give take need go going come see look know think tell say show find help let keep put try ask answer answers "
    "good better best great nice new old first last next more less most much many lot bit thing things stuff something "
    "anything someone people one two time times day days today tonight tomorrow week now again often usually really "
    "recommend suggest suggestion recommendation choose pick prepare plan way user users what's there's any all some "
    "only instead than rather kind kinds type sort write seem seems lean towards"
) | content_terms(
    "用户 喜欢 想要 希望 偏好 推荐 建议 帮忙 什么 怎么 怎样 今天 明天 现在 时候 东西 需要 不要 不用 不想 不能 应该 觉得 知道 "
    "告诉 可以 一下 一个 这个 那个 哪个 哪些 哪里 多少 准备 注意 选择 比较 最好 更好 所有 每次 总是 从不 避免 优先 不喜 讨厌 "
    "帮我 给我 一直 有没 没有 一些 请问 如何 为什 么样 似乎 户似 乎更 更喜 乎不 尽量 量优 量避"
)


def is_exception(condition: str) -> bool:
    """Whether a condition says when a preference does not hold."""
    return _EXCEPTION.match(condition) is not None


def applies(preference: Preference, query: str, *, score: float, dense: float | None, lexical: float | None, topics: Topics) -> bool:
    """Whether a preference concerns a query.

    Standing ones always do. Others share a topic or a telling word with it, or match it clearly better than the rest
    by meaning and by words. A condition that speaks of something else keeps a preference out.

    Args:
        preference: The preference.
        query: What is asked.
        score: Its fused score in this recall, 0 to 1.
        dense: Its cosine, if known.
        lexical: Its BM25, if known.
        topics: Topics of a text, such as ``{"food"}``.
    """
    if preference.standing:
        return True
    asked = content_terms(query) - _WEAK
    about = topics(query)
    own = _topics_of(preference, topics)
    condition = preference.condition
    if condition and not is_exception(condition):
        if (content_terms(condition) - _WEAK) & asked:
            return True
        subject = topics(condition)
        if subject:
            # neighbouring topics meet easily: the case it was said for is this one only if most of it is here
            return 2 * len(subject & about) > len(subject)
    quotes = " ".join(e.quote for e in preference.evidence[:2])
    words = content_terms(f"{preference.text} {preference.object} {preference.directive} {quotes}") - _WEAK
    if words & asked or own & about:
        return True
    return score >= _HIGH and bool(lexical) and dense is not None


def _topics_of(preference: Preference, topics: Topics) -> frozenset[str]:
    """Its slot says it best: the words of a preference touch more than it is about."""
    named = topics(preference.slot) if preference.slot != "other" else frozenset[str]()
    return named or topics(f"{preference.text} {preference.object}")
