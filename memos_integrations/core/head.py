"""The stable head of an instruction: standing preferences as lines, under a budget; and what makes two lines one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..types import Preference
from .applicability import always
from .fence import HEAD_MARK, LEAD, SHORT_MARK
from .inflection import acting
from .quoting import Count
from .text import Language, language, normalise
from .wording import imperative, is_safety

__all__ = ["Halves", "Head", "Line", "fit_head", "key_of", "render_head", "shown_last"]

_STRENGTH = {"strong": 0, "normal": 1, "weak": 2}
_ARTICLE = re.compile(r"\b(?:an?|the) ")


class Line(NamedTuple):
    """A rendered line and what it rests on."""

    text: str
    memory_id: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """The rendered standing preferences.

    Attributes:
        text: Empty where there are none.
        lines: Its lines that come from a memory, most important first, in the order of the text.
        language: The language of its heading.
        first_line: Number of the first of them in ``text``.
    """

    text: str = ""
    lines: tuple[Line, ...] = ()
    language: Language = "en"
    first_line: int = 1


def render_head(preferences: Sequence[Preference], *, max_tokens: int, count: Count) -> Head:
    """Render standing preferences as imperatives: allergies, then what else is safety, then stated ones before shown ones, the
    strongest and newest before others.

    The same preferences give the same bytes in whatever order they come. Whole lines only.

    Args:
        preferences: Preferences; those that do not hold whatever is asked are left out.
        max_tokens: Budget for all of the head's text.
        count: Token counter.
    """
    standing = [p for p in preferences if always(p) and p.status != "deleted"]
    standing.sort(key=_head_order)
    lines: list[Line] = []
    seen: set[str] = set()
    halves = Halves()
    for preference in standing:
        halves.add(preference, key_of(f"- {imperative(preference)}"))
    for preference in standing:
        text = f"- {imperative(preference)}"
        key = key_of(text)
        if key in seen or halves.says(preference):
            continue
        seen.add(key)
        lines.append(Line(text, preference.id, preference.sources))
    return fit_head(lines, max_tokens=max_tokens, count=count)


def fit_head(lines: Sequence[Line], *, max_tokens: int, count: Count) -> Head:
    """As many of the head's lines as fit, in the roomiest form that holds them all, else in the smallest."""
    if not lines:
        return Head()
    own = _majority(line.text for line in lines)
    forms = ((HEAD_MARK[own], LEAD[own]), (HEAD_MARK[own], ""), (SHORT_MARK[own], ""))
    for mark, lead in forms:
        head = _wrap(lines, mark, lead, own)
        if count(head.text) <= max_tokens:
            return head
    kept: list[Line] = []
    best = Head()
    for line in lines:
        head = _wrap([*kept, line], forms[-1][0], "", own)
        if count(head.text) <= max_tokens:
            kept.append(line)
            best = head
    return best


def _wrap(lines: Sequence[Line], mark: str, lead: str, own: Language) -> Head:
    parts = [f"<{mark}>", *([lead] if lead else []), *(line.text for line in lines), f"</{mark}>"]
    return Head("\n".join(parts), tuple(lines), own, 2 if lead else 1)


def _head_order(preference: Preference) -> tuple[int, int, int, float, str]:
    return (
        2 - is_safety(preference) - (preference.slot == "health.allergy"),
        shown_last(preference),
        _STRENGTH[preference.strength],
        -preference.said_at.timestamp(),
        preference.id,
    )


def shown_last(preference: Preference) -> int:
    """What was shown stands below what was stated."""
    return 1 if preference.origin == "implicit" else 0


def _majority(texts: Iterable[str]) -> Language:
    votes = [language(text) for text in texts]
    return "zh" if votes.count("zh") * 2 > len(votes) else "en"


class Halves:
    """Lines by the words they rest on: one that names both halves of a statement ("tea over coffee") says the other's as well."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], dict[str, str]] = {}

    def add(self, preference: Preference, line: str) -> None:
        for evidence in preference.evidence:
            self._lines.setdefault((evidence.episode, evidence.quote), {})[preference.id] = _bare(line)

    def says(self, preference: Preference) -> bool:
        """Whether the line of another preference says what this one wants or avoids; of two that do so, the wanted one speaks."""
        thing = normalise(preference.object)
        if not thing or not preference.evidence:
            return False
        names = dict.fromkeys(_bare(name) for name in (thing, normalise(acting(preference.object, "to"))))
        marks = [f"over {name}" for name in names] if preference.polarity == "avoids" else [f"the user prefers {name}" for name in names]
        own = tuple(f"prefer {name} over " for name in names)
        for evidence in preference.evidence:
            lines = self._lines.get((evidence.episode, evidence.quote), {})
            others = [line for id, line in lines.items() if id != preference.id]
            if lines.get(preference.id, "").startswith(own):
                return False
            if not any(mark in line for line in others for mark in marks):
                return False
        return True


def _bare(words: str) -> str:
    """Words without articles: "Prefer the train over flying" speaks of "train"."""
    return _ARTICLE.sub("", words)


def key_of(line: str) -> str:
    return normalise(line.removeprefix("- ")).rstrip(".。!！")
