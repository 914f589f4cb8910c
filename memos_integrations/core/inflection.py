"""How English verbs change their form. The words are data: ``verbs.toml``."""

from __future__ import annotations

import re
from functools import lru_cache

from .tables import tables

__all__ = ["acting", "acts_on", "gerund", "is_verb"]

_WORD = re.compile(r"[A-Za-z'’-]+")
_JOINED = re.compile(r"(?i)\b(and|or) ([a-z]+)\b(?! (?:is|are|of)\b)")
_BASE_FORM = re.compile(r"(?![a-z]+(?:ing|[^e]ed|[^s]s|ly)$)[^\W\d_]{3,}(?:-[a-z]{2,})?")  # not "running", "hated", "cards", "nearly"
_MADE = re.compile(r"[a-z]{3}(?:i[sz]e|ify)$")  # "alphabetise lists"
_ONE_BEAT = re.compile(r"[^aeiou]*(?:qu)?[aeiou][^aeiouwxy]")


@lru_cache(maxsize=1)
def _data() -> dict[str, frozenset[str]]:
    return {name: frozenset(str(words).split()) for name, words in tables("verbs.toml").items()}


def is_verb(word: str, before: str = "", after: str = "") -> bool:
    """Whether a word is the base form of a verb.

    Args:
        word: The word.
        before: The words before it: they tell "a walk" from "to walk".
        after: The words after it: they tell "work from home" from "work meetings".
    """
    data, low = _data(), word.lower()
    if low in data["only"]:
        return True
    last, following = before.lower().replace("’", "'").split()[-1:], after.lower().split()[:1]
    cued = bool(last) and last[0] in data["cues"]
    return (low in data["often"] and (cued or (bool(following) and following[0] in data["going_with"]))) or (cued and low in data["shared"])


def acts_on(word: str, after: str) -> bool:
    """Whether a word where a verb may stand does something to what follows, whatever it means: "deckle the edges"."""
    data, low, following = _data(), word.lower(), after.lower().split()[:1]
    if low in data["none"] or not following or _BASE_FORM.fullmatch(low) is None:
        return False
    return following[0] in data["taken"] or _MADE.search(low) is not None


def gerund(verb: str) -> str:
    """The form in -ing: staying, sitting, lying, writing."""
    low = verb.lower()
    if low.endswith("ie"):
        return f"{verb[:-2]}ying"
    if low.endswith("e") and not low.endswith(("ee", "oe", "ye")) and low != "be":
        return f"{verb[:-1]}ing"
    if _ONE_BEAT.fullmatch(low) or low in _data()["doubled"]:
        return f"{verb}{verb[-1]}ing"
    return f"{verb}ing"


def acting(phrase: str, before: str = "") -> str:
    """A verb phrase as what one does: "stay in and cook" is "staying in and cooking"; anything else as it is.

    Args:
        phrase: The words.
        before: What was said just before them.
    """
    head, place = before, 0
    first = _WORD.match(phrase)
    while first is not None and first.group().lower() in _data()["adverbs"]:
        head, place = f"{head} {first.group()}", first.end() + 1
        first = _WORD.match(phrase, place)
    if first is None or _is_named(phrase, first):
        return phrase
    cued, after = head.lower().split()[-1:], phrase[first.end() :]
    if not is_verb(first.group(), head, after) and not (cued and cued[0] in _data()["cues"] and acts_on(first.group(), after)):
        return phrase
    rest = _JOINED.sub(lambda m: f"{m[1]} {gerund(m[2]) if is_verb(m[2]) else m[2]}", phrase[first.end() :])
    return f"{phrase[:place]}{gerund(first.group())}{rest}"


def _is_named(phrase: str, first: re.Match[str]) -> bool:
    """Whether the word is part of a name, or stands alone for a thing."""
    following = phrase[first.end() : first.end() + 1]
    if phrase[first.end() :].startswith(" of "):
        return True
    return following not in ("", " ", ",", ".") or first.group().isupper()
