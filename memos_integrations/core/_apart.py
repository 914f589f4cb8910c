"""Things of one kind that two statements tell apart: "yoga class" and "pottery class", 浴室预算 and 厨房预算."""

from __future__ import annotations

import re

from .text import normalise

__all__ = ["told_apart"]

_LOOSE = re.compile(
    r"an?|the|my|our|your|his|her|its|their|this|that|some|any|no|of|for|to|at|in|on|from|with|and|or|is|are|was|new|old|next|last|first"
    r"|second|other|same|each|every|[下上这那]个|我的|我家|我们|新的"
)
_KIND_OF = re.compile(  # a kind of thing, and what tells one of it from others
    r"([a-z][a-z'’-]+) (class|course|budget|bill|meeting|lesson|fee|group|account|trip|flight|order"
    r"|subscription|deadline|card|club|permit|insurance"
    r"|appointment)\b"
)
_KIND_FOR = re.compile(r"\b(budget|bill|fee|deadline|insurance|appointment) (?:for|with) (?:the |my |our |a |an )?([a-z][a-z'’-]+)")
_KIND_OF_CHINESE = re.compile(r"(?:^|[，,。；！\s我家的])([\u4e00-\u9fff]{2})(预算|课|会议|快递|航班|票|费|保险)")


def _kinds_of(text: str) -> dict[str, str]:
    """Kinds of things that a text names, each with what tells one of it from others."""
    low = normalise(text)
    found = [(match[2], match[1]) for match in (*_KIND_OF.finditer(low), *_KIND_OF_CHINESE.finditer(text))]
    found += [(match[1], match[2]) for match in _KIND_FOR.finditer(low)]
    return {kind: which for kind, which in found if not _LOOSE.fullmatch(which)}


def told_apart(old: str, new: str) -> bool:
    """Whether both name a thing of one kind and tell it apart by another word: "yoga class" and "pottery class", 浴室预算 and 厨房预算."""
    one, two = _kinds_of(old), _kinds_of(new)
    return any(one[kind] != two[kind] for kind in one.keys() & two.keys())
