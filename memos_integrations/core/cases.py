"""Orders for a case ("always cite sources when I ask about medicine"): which of them a query is a case of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..types import Preference
from .learnt.applies import models
from .text import content_terms

__all__ = ["Case", "case_topic", "is_exception", "met", "of_a_question"]

_LEAD = re.compile(
    r"(?i)^\s*(?:(?:when|whenever|if|while|(?:each|every|any) ?time|in case|once|as soon as|as)\b\s*)?"
    r"(?:(?:i|we|you|someone|the user)(?:['’](?:m|re))?\s+(?:(?:am|are|is|happen to|want to|should)\s+)?)?"
    r"(?:(?:ask|talk|discuss|speak|chat|answer|explain|mention|bring up|inquir|enquir|respond|reply)\w*\s*"
    r"(?:(?:you|me|to|with|for|about|on|of|questions?|anything|something)\s+)*)?"
    r"(?:(?:for|in|on|with|during|about|regarding|concerning)\s+)?"
    r"(?:(?:questions?|anything|something|chats?|talks?)\s+(?:about|on|in|related to)\s+)?"
)
_LEAD_ZH = re.compile(
    r"^\s*(?:如果|要是|假如|若是?|每当|每次|当|在)?(?:我们?|你|用户)?(?:想|要|来)?"
    r"(?:(?:问|聊|谈|说|提|讨论|咨询|回答|解释|介绍|涉及|遇)(?:你|到|起|及)?)?(?:关于|有关)?"
)
_END_ZH = re.compile(r"(?:(?:相关|有关|方面|之类)?的?(?:问题|话题|事情?|内容)?的?(?:时候|时|的话|情况下)?)$")
# what is made is told by who reads it
_READER_ZH = re.compile(r"(?:发|写|寄|交)?给(.{1,8}?)(?:[看用读听])?的(?:东西|内容|文字|材料|消息|文案)")
_END = re.compile(r"(?i)\s+(?:questions?|topics?|matters?|issues?)\s*$")
_EXCEPTION = re.compile(r"(?i)^\s*(?:unless|except|besides|apart from|other than|but not|除非|除了|除)")
_ASKED = re.compile(  # a case that comes up when the assistant is asked
    r"(?i)\b(?:i|we) (?:ask|talk|discuss|chat|speak)\b|\b(?:answering|discussing|talking about|chatting about)\b"
    r"|(?:我们?|咱们?)(?:想|要|来)?(?:问|聊|谈|咨询)|(?:问|聊|谈|说)[到起及]"
)
_MADE = re.compile(r"(?:Prefer|Avoid|Lean towards|Rather avoid)\s+\S+|(?:优先|避免|尽量优先|尽量避免)\S{1,2}")
_MET, _PLAINLY = 0.2, 0.28
"""Nearness from which a query is a case of an order that fits it otherwise as well, and from which it is in any event."""
_FITS = 0.12  # an order among what concerns the query, from which it fits
_WORDS = 0.5  # of nearness comes from words in common
_MOST = 2  # orders that are set before what was found


class Case(NamedTuple):
    """An order for a case.

    Attributes:
        preference: The order.
        vector: Of its case's topic; None: not embedded.
    """

    preference: Preference
    vector: Sequence[float] | None


def is_exception(condition: str) -> bool:
    """Whether a condition says when a preference does not hold."""
    return _EXCEPTION.match(condition) is not None


def of_a_question(condition: str) -> bool:
    """Whether a condition is one that comes up when the assistant is asked: "when I ask about medicine"."""
    return _ASKED.search(condition) is not None


def case_topic(preference: Preference) -> str:
    """What the case of an order is about; empty where it is no order, or one for every answer."""
    condition = preference.condition
    if not preference.standing or preference.origin != "explicit" or not condition or is_exception(condition) or _is_worded(preference):
        return ""
    reader = _READER_ZH.fullmatch(condition.strip())
    topic = reader[1] if reader else _END.sub("", _END_ZH.sub("", _LEAD_ZH.sub("", _LEAD.sub("", condition.strip()))))
    return topic.strip(" ,.;:，。；：") or condition.strip()


def _is_worded(preference: Preference) -> bool:
    """Whether its imperative was made of a wish, and is not what the user ordered."""
    made = _MADE.match(preference.directive)
    return not preference.directive or (
        made is not None and not any(made.group().lower() in evidence.quote.lower() for evidence in preference.evidence)
    )


def met(
    cases: Sequence[Case], query: str, vector: Sequence[float] | None, *, fitting: Mapping[str, float], calibrated: bool
) -> list[tuple[Preference, float]]:
    """The orders that a query is a case of, the nearest first, each with its nearness.

    A question is like many topics a little: only the nearest ones count, and what is not plainly near must fit.

    Args:
        cases: The orders.
        query: What is asked.
        vector: Its vector.
        fitting: How each preference, by id, stands among those that concern the query, 0 to 1.
        calibrated: Whether vectors are of the space that the package's models know; others say nothing by their size.
    """
    words = content_terms(query)
    found: list[tuple[Preference, float]] = []
    for preference, own in cases:
        terms = content_terms(case_topic(preference))
        near = _WORDS * len(terms & words) / len(terms) if terms else 0.0
        if calibrated and vector is not None and own is not None:
            near += models().nearness(vector, own)
        if near >= (_MET if fitting.get(preference.id, 1.0) >= _FITS else _PLAINLY):
            found.append((preference, round(near, 4)))
    return sorted(found, key=lambda one: (-one[1], one[0].id))[:_MOST]
