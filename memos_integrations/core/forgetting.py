"""What the words of a ``forget`` describe, and how a text reads without them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..types import AnyMemory, Episode, Fact
from .slots import attributes
from .text import content_terms, has_cjk, normalise, split_sentences

__all__ = ["described", "mentions", "redact"]

# words of the request itself, and words that say nothing of what is meant
_REQUEST = frozenset(
    [
        "forget",
        "delet",
        "remov",
        "erase",
        "about",
        "thing",
        "everyth",
        "anyth",
        "all",
        "fact",
        "inform",
        "memori",
        "said",
        "told",
        "tell",
        "忘记",
        "忘掉",
        "删除",
        "关于",
        "事情",
        "这件",
        "记忆",
    ]
)
_WHOLE = 0.75  # of a query's telling words that a memory must hold
_PREFIX = 4  # letters that words of one family share: allergy, allergic


def _telling(query: str) -> set[str]:
    return {term for term in content_terms(query) if term not in _REQUEST}


def _holds(terms: set[str], text: str, word: str) -> bool:
    if word in terms:
        return True
    if has_cjk(word):
        return word in text
    if len(word) < _PREFIX:
        return False
    stem = word[: max(_PREFIX, len(word) - 3)]
    return any(term.startswith(stem) and abs(len(term) - len(word)) <= 4 for term in terms)


def mentions(text: str, query: str) -> bool:
    """Whether a text speaks of what a query names: most of its telling words, in any inflection."""
    wanted = _telling(query)
    if not wanted:
        return False
    terms, low = content_terms(text), normalise(text)
    hits = sum(_holds(terms, low, word) for word in wanted)
    return hits >= max(1, _WHOLE * len(wanted))


def _named_attributes(query: str) -> frozenset[str]:
    """Attributes that a query names as such, rather than a value of them."""
    return attributes(query)


_GENERIC = {
    "home": re.compile(r"\b(?:live|home|address|reside|moved?)\b|住|地址|搬", re.IGNORECASE),
    "contact": re.compile(r"\b(?:phone|number|email|contact)\b|手机|电话|号码|邮箱", re.IGNORECASE),
    "work": re.compile(r"\b(?:job|work|employer|company)\b|工作|上班|公司", re.IGNORECASE),
    "employer": re.compile(r"\b(?:job|work|employer|company)\b|工作|上班|公司", re.IGNORECASE),
    "name": re.compile(r"\bname\b|名字|姓名", re.IGNORECASE),
    "age": re.compile(r"\b(?:age|old)\b|年龄|几岁", re.IGNORECASE),
    "birthday": re.compile(r"\bbirthday\b|生日", re.IGNORECASE),
}


def _is_generic(query: str) -> frozenset[str]:
    """The attributes a query names and nothing more: its words are all names of the attribute."""
    named = [a for a in _named_attributes(query) if a in _GENERIC]
    rest = query
    for attribute in named:
        rest = _GENERIC[attribute].sub(" ", rest)
    left = _telling(rest) - {"where", "my", "我的", "我"}
    return frozenset(named) if named and not {t for t in left if len(t) > 1} else frozenset()


def described(query: str, memories: Sequence[AnyMemory]) -> list[str]:
    """Ids of the memories that the words of a query describe, and no others.

    A query that names an attribute ("where I live") takes the facts of it, old and new, and the turns they come
    from. Any other takes what holds most of its telling words.
    """
    chosen: dict[str, None] = {}
    generic = _is_generic(query)
    sources: set[str] = set()
    for memory in memories:
        if isinstance(memory, Fact) and memory.attribute in generic and memory.subject in (None, "user"):
            chosen[memory.id] = None
            sources |= {e.episode for e in memory.evidence}
        elif not isinstance(memory, Episode) and mentions(_all_words(memory), query):
            chosen[memory.id] = None
    for memory in memories:
        if not isinstance(memory, Episode):
            continue
        if mentions(memory.text, query):
            chosen[memory.id] = None
        elif memory.id in sources:
            continue  # the facts bring the sentences they came from
        elif generic and memory.role == "user" and any(_GENERIC[a].search(memory.text) for a in generic) and _first_person(memory.text):
            chosen[memory.id] = None
    return list(chosen)


def _all_words(memory: AnyMemory) -> str:
    return f"{memory.text} {' '.join(e.quote for e in memory.evidence)}"


def _first_person(text: str) -> bool:
    return bool(re.search(r"\b(?:i|my|i'm|i've)\b|我", text, re.IGNORECASE))


def redact(text: str, quotes: Sequence[str]) -> str | None:
    """A text without the sentences that hold the quotes; None if nothing of weight is left."""
    spans = split_sentences(text)
    kept = [(s, e) for s, e in spans if not any(q and (q in text[s:e] or text[s:e].strip() in q) for q in quotes)]
    crossing = [q for q in quotes if q and q in text and not any(q in text[s:e] for s, e in spans)]
    for quote in crossing:
        at = text.index(quote)
        kept = [(s, e) for s, e in kept if e <= at or s >= at + len(quote)]
    if len(kept) == len(spans):
        return text
    rest = " ".join(text[s:e] for s, e in kept).strip()
    return rest if content_terms(rest) else None
