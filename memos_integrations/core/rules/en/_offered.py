"""What an English turn of the assistant offers, and how an option is worded."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from ...text import content_terms
from .._common import load_toml
from .._offers import Option, first_part, listed
from ._lexicon import flat, load
from ._wording import tidy

__all__ = ["BRIEF", "GENERIC", "as_noun", "options_of", "puts_up", "words"]

BRIEF = 300
"""Characters of a turn whose list needs no words that make it an offer."""

_LONG = 2_000  # characters beyond which a turn has to end with its question
_BRIEF_END = 200

GENERIC = frozenset(
    content_terms(
        "one ones option options choice two three four five first second third it with for please take go like want think best other"
    )
)
"""Terms that point to an option and name none."""

_OR = re.compile(r"[,;]?\s+or\s+(?:else\s+)?|[,;]\s+(?:either\s+)?")
_LISTED = re.compile(r"[,;]\s+(?:or\s+(?:else\s+)?|either\s+)?")
_AND = re.compile(r"[,;]?\s+and\s+|[,;]\s+")
_CHOICE = re.compile(r"[,;]?\s+or\s+(?:else\s+)?")
_COMMA = re.compile(r",\s+")
_SEMICOLON = re.compile(r";\s+(?:(?:or|and)\s+)?")
_BRACKETS = re.compile(r"[(][^()]*[)]")
_CLOSING = re.compile(
    r",\s+(?:whichever|whatever|what|which|how|if|as|depending|all|both|each|your (?:call|choice)|up to you|do you|would you)\b[^,]*$"
    r"|[,;]?\s+or$",
    re.IGNORECASE,
)
_INNER = re.compile(r"^and\s")
_ARTICLE = re.compile(r"^(?:a|an|the|some|one|two|three|another)\s", re.IGNORECASE)
_SECOND = (
    (re.compile(r"\b(?:you're|you are)\b", re.IGNORECASE), "the user is"),
    (re.compile(r"\byourself\b", re.IGNORECASE), "oneself"),
    (re.compile(r"\byours?\b", re.IGNORECASE), "the user's"),
    (re.compile(r"\byou\b", re.IGNORECASE), "the user"),
)


@lru_cache(maxsize=32)
def words(name: str) -> tuple[re.Pattern[str], ...]:
    """Patterns of the table ``words`` of the rule file."""
    found: str | list[str] = load_toml(Path(__file__).parent / "choices.toml")["words"][name]
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in ([found] if isinstance(found, str) else found))


@lru_cache(maxsize=256)
def options_of(before: str) -> tuple[Option, ...]:
    """The options that a turn offers, in a list or in a sentence."""
    lead = words("lead")[0]
    found = listed(before)
    if len(found) >= 2:
        return tuple(Option(o.mark, lead.sub("", o.text) or o.text, o.whole) for o in found)
    best = [(part, part) for part in _by_sentence(before)]
    for piece in re.split(r"(?<=[.?!])\s+|\n", before[-1_500:]):
        if len(before) > BRIEF and re.search(r"\bor\b|\b(?:options?|choices?)\b", piece) is None:
            continue  # in a long turn, what is joined by "and" is no alternative
        body = piece.rsplit(": ", 1)[-1] if ": " in piece else piece
        prefix = words("offering")[0].match(flat(body)) if ": " not in piece else None
        if prefix and not (prefix.group().rstrip().endswith("with") and "," in prefix.group()):
            body = body[prefix.end() :]
        parts = _enumerated(body.strip(" .?!"))
        if len(parts) > len(best) and len(parts) >= 2:
            best = parts
    if len(best) > 1 and best[0][0][1:2].islower() and all(part[:1].islower() for part, _ in best[1:]):
        best[0] = (best[0][0][:1].lower() + best[0][0][1:], best[0][1])  # a capital of the sentence's own
    return tuple(Option(None, lead.sub("", part) or part, whole) for part, whole in best[:8])


_BEGINS = re.compile(
    r"^(?:alternatively|or|another (?:option|idea|choice|possibility)|one (?:option|idea|choice|possibility)"
    r"|there(?:'s| are| is) also|you could|you might|if you prefer|otherwise"
    r"|a (?:second|third|last|final) (?:option|choice))\b[,:]?\s*(?:is\s+)?(?:to\s+)?",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(r"^(?:alternatively|or|otherwise|another|one|a (?:second|third|last|final))\b", re.IGNORECASE)


def _by_sentence(before: str) -> list[str]:
    """Options that have a sentence each: "You could … Alternatively, … Or …"."""
    pieces = [piece.strip() for piece in re.split(r"(?<=[.?!])\s+|\n", before[-1_500:])]
    found = [piece for piece in pieces if _BEGINS.match(piece)]
    if len(found) < 2 or not any(_OTHERWISE.match(piece) for piece in found):
        return []
    return [part for piece in found if (part := first_part(_BEGINS.sub("", piece)))]


def _cut(marks: re.Pattern[str], body: str) -> list[str]:
    """The parts between marks; marks inside brackets part nothing."""
    masked = _BRACKETS.sub(lambda match: "_" * len(match.group()), body)
    edges = [0, *(place for match in marks.finditer(masked) for place in match.span()), len(body)]
    return [part for a, b in zip(edges[::2], edges[1::2], strict=True) if (part := body[a:b].strip())]


def _enumerated(body: str) -> list[tuple[str, str]]:
    """The members of "a, b, or c", each with all that is said of it."""
    body = _CLOSING.sub("", body)
    found = _described(body) or [(member, member) for member in _members(body)]
    subjects = [match["own"].strip() if (match := words("finite")[0].match(flat(whole))) else "" for _, whole in found]
    if all(subjects) and len(set(subjects)) == len(subjects):  # "the cabin keeps its worth, the boat costs every year"
        return [(tidy(whole[: len(subject)]), whole) for subject, (_, whole) in zip(subjects, found, strict=True)]
    return found


def _described(body: str) -> list[tuple[str, str]]:
    """Members of which each is described behind a comma, as the last one shows: "the Canteen, loud, or the Library, silent"."""
    parts = [_cut(_COMMA, member) for member in _cut(_SEMICOLON, body)]
    if len(parts) < 2:
        last = max((len(_cut(_COMMA, member)) for member in _cut(_CHOICE, body)[-1:]), default=0)
        flat_parts = _cut(_OR, body)
        if last < 2 or len(flat_parts) < 2 * last or len(flat_parts) % last:
            return []
        parts = [flat_parts[at : at + last] for at in range(0, len(flat_parts), last)]
    return [(tidy(part[0]), ", ".join(part)) for part in parts if part and tidy(part[0])]


def _members(body: str) -> list[str]:
    """The members of "a, b, or c"; lists inside a member stay whole."""
    choice = re.search(r"\bor\b", body) is not None
    split = _AND if not choice else _LISTED if re.search(r",\s+or\b", body) else _OR
    parts = _cut(split, body)
    if not choice or len(parts) < 3:
        return [part for part in (tidy(part) for part in parts) if part and len(part) < 120]
    articles = _ARTICLE.match(parts[0]) is not None
    kept: list[str] = []
    for number, part in enumerate(parts):
        inner = _INNER.match(part) is not None
        # "…, nuts, and a dressing": with the "and" the short member before it belongs to the one before
        if kept and (inner or (articles and not _ARTICLE.match(part) and not part[:1].isupper() and number < len(parts) - 1)):
            if inner and len(kept) > 2 and len(kept[-1].split()) <= 3:
                last = kept.pop()
                kept[-1] = f"{kept[-1]}, {last}"
            kept[-1] = f"{kept[-1]}, {part}"
        else:
            kept.append(part)
    return [part for part in (tidy(part) for part in kept) if part and len(part) < 200]


def puts_up(before: str, options: tuple[Option, ...], *, named_so: bool = False) -> bool:
    """Whether a turn puts its options up for choice, rather than explain, instruct or ask about facts.

    ``named_so``: the answer speaks of options by their marks.
    """
    around = before[-6_000:]
    for option in options:  # what a marked option says is no question of the assistant's
        around = around.replace(option.whole, " ") if option.mark is not None else around
    around = flat(around)
    if any(rule.pattern.search(around[-1_500:]) for rule in load("no_offer", "choices.toml")):
        return False
    if len(before) <= BRIEF or named_so:
        return True
    if len(before) > _LONG and "?" not in before[-_BRIEF_END:]:
        return False
    if any(rule.pattern.search(around) for rule in load("no_offer_long", "choices.toml")):
        return False
    return any(rule.pattern.search(around) for rule in load("offer", "choices.toml"))


def as_noun(thing: str) -> str:
    """An option so that it can follow "prefer": a sentence or an order is set off by a colon."""
    what = re.sub(r"^(?:A|An|The)\b", lambda m: m.group().lower(), thing.strip(" .,;:"))
    for pattern, other in _SECOND:
        what = pattern.sub(other, what)
    if words("finite")[0].match(what) or words("imperative")[0].match(what):
        return f"this: {what}"
    return what
