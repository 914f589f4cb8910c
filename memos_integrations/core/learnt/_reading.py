"""What the models of turns read: tokens with their places, clauses, attitudes, and the words before."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..rules._common import QUOTED, mask
from ..rules.zh._clauses import simplify
from ..text import CJK
from ._attitudes import Mark, marks

__all__ = ["BREAKS", "FIRST_HAN", "Reading", "Token", "find", "read", "tokens_of"]

_HEAD, _TAIL = 1_200, 400  # characters that are read of a longer turn
_QUOTE = 24  # characters of a quotation that are still read: a longer one is somebody's speech
_TOKEN = re.compile(rf"[{CJK}]|[^\W\d_{CJK}]+(?:['-][^\W\d_{CJK}]+)*|\d+(?:[.:]\d+)*|[^\w\s]", re.UNICODE)
_QUOTED_RUN = re.compile(f"{QUOTED}+")
BREAKS = frozenset(",.;:?!…—()，。；：？！、（）~～\n")
"""Marks that end a clause."""
_JOINTS = frozenset(("but", "because", "so", "since", "although", "though", "而", "但"))
_BRIEF = 24  # characters of an acknowledgement
_OFFERING = re.compile(r"[?？:：、/\d]|\bor\b|还是|或者", re.IGNORECASE)
FIRST_HAN = "\u3400"
"""The first Chinese character."""


class Token(NamedTuple):
    """A word, a Chinese character or a mark: its form (lower case, simplified, numbers as ``0``) and its place."""

    form: str
    start: int
    end: int
    clause: int


class Reading(NamedTuple):
    """A turn as the models read it.

    Attributes:
        text: Verbatim.
        plain: As long; lower case, simplified, pasted blocks blank and long quotations as one mark.
        tokens: Of ``plain``, in order.
        before: Tokens of the assistant's words just before.
        marks: The attitudes that its tokens tell.
    """

    text: str
    plain: str
    tokens: list[Token]
    before: list[Token]
    marks: list[Mark]


def _plain(text: str) -> str:
    masked = mask(text)
    if masked != text:

        def restored(run: re.Match[str]) -> str:
            length = run.end() - run.start()
            return text[run.start() : run.end()] if length <= _QUOTE else QUOTED + " " * (length - 1)

        text = _QUOTED_RUN.sub(restored, masked)
    return simplify(text).replace("’", "'").replace("‘", "'")


def tokens_of(plain: str) -> list[Token]:
    """Words, Chinese characters and marks of a text in lower case, by clause."""
    found: list[Token] = []
    clause = 0
    for match in _TOKEN.finditer(plain):
        form = match.group()
        if form[0].isdigit():
            form = "0"
        if form in BREAKS:
            found.append(Token(form, match.start(), match.end(), clause))
            clause += 1
            continue
        if form in _JOINTS:
            clause += 1
        found.append(Token(form, match.start(), match.end(), clause))
    return found


def read(text: str, before: str = "") -> Reading:
    """A turn and the one before it; of a very long one its beginning is read (pasted text is no statement)."""
    plain = _plain(text[: _HEAD + _TAIL] if len(text) > _HEAD + _TAIL else text)
    said = "" if _asks_nothing(before) else before
    tokens = tokens_of(plain)
    return Reading(text, plain, tokens, tokens_of(_plain(said[-_TAIL:])) if said else [], marks([token.form for token in tokens]))


def _asks_nothing(before: str) -> bool:
    """Whether the words before a turn neither ask nor offer: a smile, "?", "Noted.": what follows is no answer to them."""
    return not any(c.isalnum() for c in before) or (len(before) <= _BRIEF and _OFFERING.search(before) is None)


def find(reading: Reading, words: str) -> tuple[int, int] | None:
    """First and one past the last token of words that stand in the turn."""
    forms = [token.form for token in tokens_of(simplify(words).replace("’", "'").replace("‘", "'"))]
    while forms and forms[-1] in BREAKS:
        forms.pop()
    size = len(forms)
    own = [token.form for token in reading.tokens]
    return next(((i, i + size) for i in range(len(own) - size + 1) if own[i : i + size] == forms), None) if size else None
