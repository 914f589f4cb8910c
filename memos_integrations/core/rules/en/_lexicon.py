"""The rule files of English, compiled: rules, clauses, slots."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from .._common import Rule, load_toml

__all__ = ["Clause", "clauses", "flat", "guess_slot", "has_manner", "load", "macro", "slot_scores"]

_HERE = Path(__file__).parent
_BREAK = re.compile(
    r"(?:[,;()!?\n]|:(?!\d))+|\s+[-–—]+\s+|—|\.\.+|…|\.(?=\s|$)"
    r"|\s(?:but|so(?! (?:much|many|far|that))|because|cos|cuz|since|though|although|whereas|otherwise|yet)(?=\s)"
    r"|\sand(?!\s(?:i|me)(?:\s\w+){0,2}?\s(?:don't|do not|never|won't|aren't|not)(?:\s\w+){0,2}?\s(?:mix|get along|get on|agree|see eye))"
    r"(?=\s(?:i|i'm|i'd|i've|we|please|don't|do|no|never|nothing|keep|only|always|not|my|our|his|her|their|it|it's|he|she|they|avoid|skip|"
    r"use|give|put|leave|definitely|absolutely|stop|make|especially|anything|then|also|would|loves|likes|hates|lives|works|is|has|prefers|wants"
    r"|plays|moved|prefer|love|hate|dislike|enjoy|need|want|tend|try|can't|cannot"
    r"|mustn't|must not|shouldn't|won't|will|much|strongly|rather|instead)\b)"
    r"|\s&(?=\s)"
    r"|(?<!soon)(?<!long)(?<!much)(?<!far)(?<!many)(?<!same)(?<!well)\sas(?=\s(?:i|i'm|i've|it|it's|they|we)\b)"
)
_SHORT_ASIDE = re.compile(r"\((\w{1,8})\)")  # "virtual reality (VR) games" is one clause
_MANNER = frozenset(("answers.format", "answers.length", "answers.tone", "answers.language", "answers.content", "answers.process"))


class Clause:
    """A piece of a sentence: flattened words, with offsets into the sentence.

    ``implied`` words at the front stand in an earlier clause only: "I" of "I'm hungry and never eat late". ``start`` lies before
    the clause by as much, so that offsets into ``text`` hold.
    """

    __slots__ = ("end", "implied", "start", "text")

    def __init__(self, text: str, start: int, end: int, implied: str = "") -> None:
        self.text, self.start, self.end, self.implied = implied + text, start - len(implied), end, implied

    @property
    def said(self) -> int:
        """Offset of its own first word."""
        return self.start + len(self.implied)


def flat(text: str) -> str:
    """Lower case and straight apostrophes, equally long."""
    low = text.replace("’", "'").replace("`", "'")
    plain = low.lower()
    if len(plain) == len(low):
        return plain
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in low)


def clauses(text: str) -> list[Clause]:
    """The clauses of a flattened sentence."""
    text = _SHORT_ASIDE.sub(r" \1 ", text)
    found: list[Clause] = []
    start = 0
    for at, after in [*(m.span() for m in _BREAK.finditer(text)), (len(text), len(text))]:
        raw = text[start:at]
        own = raw.strip(" .*_~-•¤" if "¤" not in raw.strip() else " .*_~-•")
        if own:
            begin = start + raw.index(own)
            found.append(Clause(own, begin, begin + len(own)))
        start = after
    return found


def _expanded(pattern: str, macros: dict[str, str]) -> str:
    for _ in range(3):
        for name, value in macros.items():
            pattern = pattern.replace(f"~{name}~", value)
    return pattern


@lru_cache(maxsize=8)
def macro(name: str) -> str:
    """A macro of the rules, with the macros in it put in."""
    macros: dict[str, str] = load_toml(_HERE / "rules.toml")["macros"]
    return _expanded(macros[name], macros)


@lru_cache(maxsize=64)
def load(table: str, file: str = "rules.toml") -> tuple[Rule, ...]:
    """Rules of a table, macros put in."""
    tables = load_toml(_HERE / file)
    macros: dict[str, str] = tables["macros"]
    rows: list[dict[str, object]] = tables.get(table, [])
    made: list[Rule] = []
    for row in rows:
        pattern = str(row["pattern"])
        row["first"] = pattern.startswith(("~I~", "~Im~", r"\b(?:i|we)"))
        pattern = _expanded(pattern, macros)
        pattern = pattern.replace("~Im~", r"\b(?:i'm|im|i am|we're|we are|i've been|i have been) ")
        made.append(Rule(re.compile(pattern), row))
    return tuple(made)


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Slots by word, and by the beginning of a word."""
    whole: dict[str, list[str]] = {}
    stems: dict[str, list[str]] = {}
    slots: dict[str, str] = load_toml(_HERE / "slots.toml")["slots"]
    for slot, words in slots.items():
        for word in words.split():
            (stems if word.endswith("*") else whole).setdefault(word.removesuffix("*"), []).append(slot)
    return whole, stems


@lru_cache(maxsize=20_000)
def _slots_of(word: str) -> tuple[str, ...]:
    whole, stems = _words()
    found = list(whole.get(word, ()))
    if not found and word.endswith("s"):
        found = list(whole.get(word[:-1], ()))
    for length in range(max(1, len(word) - 5), len(word) + 1):
        found += stems.get(word[:length], ())
    return tuple(dict.fromkeys(found))


_TOKEN = re.compile(r"[a-z$€£0-9][a-z0-9'/&+.-]{0,30}[a-z0-9+]|[a-z€£$]")


_ADDED = re.compile(r"(?<=\w) (?:with|without|from|to|that|which|who|behind|near|beside) ")


def _tally(text: str, weight: float, score: dict[str, float]) -> None:
    words: list[str] = _TOKEN.findall(text[:400])
    pairs = [f"{a}-{b}" for a, b in pairwise(words)]
    for word in [*words, *pairs]:
        found = _slots_of(word)
        for slot in found:
            score[slot] = score.get(slot, 0.0) + weight * (1.5 if "-" in word else 1.0) / len(found) ** 0.5


def guess_slot(obj: str, around: str = "", before: str = "", *, without: str = "~") -> str:
    """The slot that most words speak for, but those that begin with ``without``; the object's own words count most."""
    score: dict[str, float] = {}
    # the head of an English noun phrase stands last, before what is added to it: films with a long intro are films
    phrase, *added = _ADDED.split(flat(obj), maxsplit=1)
    _tally(phrase, 3.0, score)
    _tally(phrase.rsplit(" ", 1)[-1], 1.5, score)
    for words in added:
        _tally(words, 1.5, score)
    _tally(around, 1.0, score)
    if before:
        _tally(flat(before), 0.3, score)
    score = {slot: value for slot, value in score.items() if not slot.startswith(without)}
    if not score:
        return "other"
    return max(score, key=lambda slot: (score[slot], slot))


def slot_scores(text: str) -> dict[str, float]:
    """How loudly the words of a text speak for each slot."""
    score: dict[str, float] = {}
    _tally(flat(text), 1.0, score)
    return score


def has_manner(text: str) -> bool:
    """Whether it speaks of how answers should be."""
    score: dict[str, float] = {}
    _tally(text, 1.0, score)
    return any(slot in _MANNER for slot in score)
