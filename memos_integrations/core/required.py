"""What stands in each text in which a pattern finds something: read off the pattern, and no more than is certain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import takewhile
from typing import Any, NamedTuple

__all__ = ["BEGINNING", "SCRIPT", "Need", "Reading", "Stretch", "read", "weight", "worth"]

# The standard library publishes no other way to see what a pattern is made of. It is asked for what it is sure of only.
_parser: Any = import_module("re._parser")
_MOST = 400  # alternatives: more are not worth reading
BEGINNING = 3
"""Letters by which a word is known."""
_WORD = re.compile(r"\w+")
_OUTSIDE = ("CATEGORY_SPACE", "CATEGORY_NOT_WORD")  # no character of a word is among these
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
SCRIPT = "\u2e80"
"""From here on one character says as much as three letters."""
_COMMON = frozenset("我你的了不是一有在要就都也还很这那个会能可以 ")
_Parts = Sequence[tuple[Any, Any]]


class Stretch(NamedTuple):
    """Neighbouring characters, in lower case.

    Attributes:
        text: The characters.
        begins: Its first word begins with it: no letter stands before it.
        ends: Its last word ends with it.
    """

    text: str
    begins: bool = False
    ends: bool = False

    def beginnings(self) -> list[str]:
        """The first letters of its words, where it is certain that words of a text begin so."""
        found: list[str] = []
        for word in _WORD.finditer(self.text):
            begins = word.start() > 0 or self.begins
            ends = word.end() < len(self.text) or self.ends
            if begins and (ends or len(word[0]) >= BEGINNING):
                found.append(word[0][:BEGINNING])
        return found


Need = frozenset[Stretch]
"""One of these has to stand in a text."""


class Reading(NamedTuple):
    """What a pattern tells of the texts in which it finds something.

    Attributes:
        needs: Each has to be met.
        at_start: It finds nothing but what stands at the beginning (or behind a line break, where the pattern reads lines).
        ends: A letter right behind what it finds begins a word.
    """

    needs: list[Need]
    at_start: bool
    ends: bool


def read(pattern: str) -> Reading:
    """What a pattern tells, as one that is to find something in a lower-case text."""
    parts = _parser.parse(pattern)
    needs, ends = _read(parts, begins=False, ends=False)
    return Reading(needs, _at_start(parts), ends)


def _at_start(parts: _Parts) -> bool:
    if not len(parts):
        return False
    name, value = str(parts[0][0]), parts[0][1]
    if name == "BRANCH":
        return all(map(_at_start, value[1]))
    return _at_start(value[3]) if name == "SUBPATTERN" else name == "AT" and str(value) in ("AT_BEGINNING", "AT_BEGINNING_STRING")


def _read(parts: _Parts, *, begins: bool, ends: bool) -> tuple[list[Need], bool]:
    """What a sequence needs, and whether a letter right behind it begins a word.

    Args:
        parts: The sequence.
        begins: A letter at its beginning begins a word.
        ends: A letter at its end ends a word.
    """
    found: list[Need] = []
    run: list[tuple[Any, Any]] = []  # letters that stand side by side
    at_run = begins  # a letter at their beginning begins a word
    behind = [ends]  # whether a letter before each part ends a word
    for part in reversed(parts):
        behind.append(_leaves(part, behind[-1]))
    for place, (kind, value) in enumerate(parts):
        name, here = str(kind), behind.pop()
        if name == "LITERAL":
            at_run = at_run if run else begins
            run.append((kind, value))
            begins = not _in_word(chr(value))
        elif name == "AT":
            begins = begins or str(value) in ("AT_BOUNDARY", "AT_BEGINNING", "AT_BEGINNING_STRING")
        elif name == "ASSERT_NOT" and value[0] < 0:
            begins = begins or _holds_letters(value[1])
        elif name == "ASSERT":
            _add(found, _read(value[1], begins=begins and value[0] > 0, ends=False)[0])
        elif name != "ASSERT_NOT":  # both take no room: what stands on both sides of them is neighbours
            at_run = at_run if run else begins
            tail = list(takewhile(_is_letter, parts[place + 1 :])) if name in _REPEATS and value[:2] == (0, 1) else []
            if tail:  # "e?mail" is "email" or "mail"
                ways = (None, [[*value[2], *tail], tail])
                _add(found, _of_part("BRANCH", ways, run, begins=at_run, ends=behind[-1 - len(tail)])[0])
            more, begins = _of_part(name, value, run, begins=at_run, ends=behind[-1])
            _add(found, more or [_stretch(run, at_run, here)])
            run = []
    _add(found, [_stretch(run, at_run, ends)])
    return found, begins


def _is_letter(part: tuple[Any, Any]) -> bool:
    return str(part[0]) == "LITERAL"


def _stretch(run: _Parts, begins: bool, ends: bool) -> Need:
    return frozenset((Stretch("".join(chr(code).lower() for _, code in run), begins, ends),))


def worth(need: Need) -> tuple[int, int]:
    """How seldom a need is met by chance, for comparing."""
    return min(sum(weight(letter) for letter in stretch.text) for stretch in need), -len(need)


def _worth_of_way(need: Need) -> tuple[bool, tuple[int, int]]:
    """How much a need of one of several ways is worth: where all ways have beginnings of words, these are soon asked about."""
    return all(stretch.beginnings() or max(stretch.text) >= SCRIPT for stretch in need), worth(need)


def weight(letter: str) -> int:
    """How much a character says."""
    return 1 if letter < SCRIPT or letter in _COMMON else 3


def _add(found: list[Need], more: Iterable[Need]) -> None:
    found.extend(need for need in more if need and len(need) <= _MOST and all(stretch.text.strip() for stretch in need))


def _of_part(name: str, value: Any, run: _Parts, *, begins: bool, ends: bool) -> tuple[list[Need], bool]:
    """What a part needs behind a run of letters, and whether a letter right behind it begins a word.

    ``begins``: one before the run does; ``ends``: one right before what follows ends it.
    """
    if name == "SUBPATTERN":
        return _read([*run, *value[3]], begins=begins, ends=ends)
    if name == "ATOMIC_GROUP":
        return _read([*run, *value], begins=begins, ends=ends)
    if name in _REPEATS:
        least, most, again = value
        once = most == 1
        needs, after = _read([*run, *again] if least else again, begins=begins, ends=ends and (once or _all_leave(again, ends)))
        after = after and (once or _read(again, begins=False, ends=False)[1])
        return (needs, after) if least else ([], after and (not _in_word(chr(run[-1][1])) if run else begins))
    if name == "BRANCH":
        ways = [_read([*run, *way], begins=begins, ends=ends) for way in value[1]]
        best = [max(needs, key=_worth_of_way) for needs, _ in ways if needs]
        return [frozenset[Stretch]().union(*best)] if len(best) == len(ways) else [], all(after for _, after in ways)
    if name == "IN":
        letters = [_stretch([*run, letter], begins, ends) for letter in value if str(letter[0]) == "LITERAL"]
        return [frozenset[Stretch]().union(*letters)] if len(letters) == len(value) else [], _outside(value)
    return [], False


def _all_leave(parts: _Parts, ends: bool) -> bool:
    """Whether a letter right before a sequence ends a word; ``ends``: one at its end does."""
    for part in reversed(parts):
        ends = _leaves(part, ends)
    return ends


def _leaves(part: tuple[Any, Any], ends: bool) -> bool:
    """Whether a letter right before a part ends a word; ``ends``: one right behind it does."""
    name, value = str(part[0]), part[1]
    if name == "LITERAL":
        return not _in_word(chr(value))
    if name == "AT":
        return ends or str(value) in ("AT_BOUNDARY", "AT_END", "AT_END_STRING")
    if name == "ASSERT":
        return ends or (value[0] > 0 and _all_leave(value[1], False))
    if name == "ASSERT_NOT":
        return ends or (value[0] > 0 and _holds_letters(value[1]))
    if name == "IN":
        return _outside(value)
    if name == "SUBPATTERN":
        return _all_leave(value[3], ends)
    if name == "ATOMIC_GROUP":
        return _all_leave(value, ends)
    if name == "BRANCH":
        return all(_all_leave(way, ends) for way in value[1])
    if name in _REPEATS:
        return _all_leave(value[2], ends) and (ends or value[0] > 0)
    return False


def _holds_letters(parts: _Parts) -> bool:
    """Whether a sequence is a set of characters in which all letters are."""
    return len(parts) == 1 and str(parts[0][0]) == "IN" and any(str(code) == "CATEGORY_WORD" for _, code in parts[0][1])


def _outside(members: Iterable[tuple[Any, Any]]) -> bool:
    """Whether no character of a set is one of a word."""
    return all(
        not _in_word(chr(code)) if str(kind) == "LITERAL" else str(kind) == "CATEGORY" and str(code) in _OUTSIDE for kind, code in members
    )


def _in_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
