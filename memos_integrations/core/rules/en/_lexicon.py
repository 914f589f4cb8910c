"""The rule files of English, compiled: rules and clauses."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from ...finding import Sieve
from ...required import read
from ...text import ends_abbreviation
from .._common import Rule, load_toml

__all__ = ["Clause", "clauses", "expanded", "flat", "load", "sieve"]

_HERE = Path(__file__).parent
_BREAK = re.compile(
    r"(?=[;()!?\s,:.—…])"  # at any other character nothing is tried
    r"(?:(?:[;()!?\n]|,(?!\d{3}(?!\d))|:(?!\d))+|[—…]|\.(?:\.+|(?=\s|$))"
    r"|\s(?:\s*[-–—]+\s+"
    r"|but(?=\s)(?<!anything\sbut)(?<!everything\sbut)(?<!anywhere\sbut)(?<!nothing\sbut)(?<!nowhere\sbut)"
    r"|(?:so(?! (?:much|many|far|that))|because|cos|cuz|since|though|although|whereas|otherwise|yet)(?=\s)"
    r"|and(?!\s(?:i|me)(?:\s\w+){0,2}?\s(?:don't|do not|never|won't|aren't|not)(?:\s\w+){0,2}?\s(?:mix|get along|get on|agree|see eye))"
    r"(?=\s(?:i|i'm|i'd|i've|we|im|yeah|yes|um|oh|btw|by the way|please"
    r"|don't|dont|do|no|never|nothing|keep|only|always|not|my|our|his|her|their|it|it's|he|she|they|avoid|skip|"
    r"use|give|put|leave|definitely|absolutely|stop|make|especially|anything|then|also|would|loves|likes|hates|lives|works|is|has"
    r"|prefers|wants"
    r"|plays|moved|prefer|love|hate|dislike|enjoy|need|want|tend|try|can't|cannot"
    r"|mustn't|must not|shouldn't|won't|will|call me|(?:answer|reply|speak|write) (?:in|to me)|live (?:in|near|at|with|on)"
    r"|work (?:at|for|in|as|from)|have (?:an?|one|two|three|four)"
    r"|much|strongly|rather|instead|off|allergic|avoiding|averse)\b"
    r"|\s(?:[\w'-]+\s){1,4}(?:lose|bore|stress|overwhelm|confuse|hurt|trigger|upset|scare|kill|wind|exhaust|distract|annoy|irritate"
    r"|drive|make|give|put|suit|help|calm)s?"
    r"\s(?:me|my)\b|\s(?:[\w'-]+\s){1,4}(?:is|are)\s(?:hard|difficult|tough|painful|easier|best|fine|great|perfect)\s(?:for|on)\sme\b)"
    r"|&(?=\s)|as(?=\s(?:i|i'm|i've|it|it's|they|we)\b)"
    r"(?<!soon\sas)(?<!long\sas)(?<!much\sas)(?<!far\sas)(?<!many\sas)(?<!same\sas)(?<!well\sas)))"
)
_MACRO = re.compile(r"~(\w+)~")
_LONG = 400  # characters of a macro: what it needs takes too long to read
_SHORT_ASIDE = re.compile(r"\((\w{1,8})\)")  # "virtual reality (VR) games" is one clause


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

    def after(self, at: int) -> Clause:
        """The clause from a place on."""
        return Clause(self.text[at:], self.start + at, self.end)


@lru_cache(maxsize=128)  # a sentence is read by many
def flat(text: str) -> str:
    """Lower case and straight apostrophes, equally long."""
    low = text.replace("’", "'").replace("`", "'")
    plain = low.lower()
    if len(plain) == len(low):
        return plain
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in low)


def clauses(text: str) -> list[Clause]:
    """The clauses of a flattened sentence."""
    return list(_clauses(text))


@lru_cache(maxsize=64)
def _clauses(text: str) -> tuple[Clause, ...]:  # each reader of a sentence asks for them
    text = _SHORT_ASIDE.sub(r" \1 ", text) if "(" in text else text
    found: list[Clause] = []
    start = 0
    for at, after in [*(m.span() for m in _BREAK.finditer(text)), (len(text), len(text))]:
        if text[at:after] == "." and ends_abbreviation(text, after):
            continue
        raw = text[start:at]
        own = raw.strip(" .*_~-•¤" if "¤" not in raw.strip() else " .*_~-•")
        if own:
            begin = start + raw.index(own)
            found.append(Clause(own, begin, begin + len(own)))
        start = after
    return tuple(found)


def _expanded(pattern: str, macros: dict[str, str]) -> str:
    for _ in range(3):
        for name, value in macros.items():
            pattern = pattern.replace(f"~{name}~", value)
    return pattern


def expanded(pattern: str, file: str = "rules.toml") -> str:
    """A pattern of a rule file with its macros put in."""
    pattern = _expanded(pattern, _macros(file))
    return pattern.replace("~Im~", r"\b(?:i'm|im|i am|i are|we're|we are|i've been|i have been) ")


@lru_cache(maxsize=8)
def _macros(file: str) -> dict[str, str]:
    macros: dict[str, str] = load_toml(_HERE / file)["macros"]
    return macros


def _plainer(pattern: str, macros: dict[str, str]) -> str:
    """A pattern with its long macros left out, but for whether a word begins behind them."""
    short = _expanded(pattern, {name: value for name, value in macros.items() if len(value) <= _LONG})
    return _MACRO.sub(lambda found: r"(?:\w?\W)" if read(_plainer(macros[found[1]], macros)).ends else r"\w?", short)


@lru_cache(maxsize=64)
def load(table: str, file: str = "rules.toml") -> tuple[Rule, ...]:
    """Rules of a table, macros put in."""
    rows: list[dict[str, object]] = load_toml(_HERE / file).get(table, [])
    made: list[Rule] = []
    for row in rows:
        pattern = str(row["pattern"])
        row["table"] = table
        row["first"] = pattern.startswith(("~I~", "~Im~", r"\b(?:i|we)"))
        made.append(Rule(expanded(pattern, file), row, plainer=_plainer(pattern, _macros(file))))
    return tuple(made)


@lru_cache(maxsize=32)
def sieve(*tables: str, file: str = "rules.toml", own: bool = True) -> Sieve[Rule]:
    """The rules of tables that have many, one table after the other; ``own``: those too that need a clause about its speaker."""
    rules = [rule for table in tables for rule in load(table, file)]
    return Sieve([rule for rule in rules if own or not rule.data["first"]])
