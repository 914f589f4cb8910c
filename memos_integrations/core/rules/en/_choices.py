"""Choices among what the assistant offered: the words are the user's, the object is of the offer."""

from __future__ import annotations

import re
from functools import lru_cache

from ...candidates import Candidate, Turn
from ...text import content_terms
from .._common import mask
from ._lexicon import Clause, clauses, flat, guess_slot
from ._wording import depersonalise, sentence, tidy

__all__ = ["chosen"]

_ENUMERATED = re.compile(
    r"(?:^|[\s(,;])(?:option |draft |plan |version |route |tariff |choice |room |variant |number |no\.? ?)?\(?([a-h]"
    r"|[1-9])(?:[):.]|\s(?:is|covers|tracks|has|means|would)\b)\s*"
)
_LIST = re.compile(r"[^.?!:\n]{0,300}?(?:,|\bor\b)[^.?!\n]{1,300}")
_SPLIT = re.compile(r",\s*(?:or|and|either)\s+|\s+or\s+|,\s+|;\s*(?:or\s+)?|\s+and\s+")
_PREFIX = re.compile(
    r"^.*?\b(?:would you (?:like|prefer|rather)(?: me to| to| i)?|do you (?:want|prefer|like|need)(?: me to| to)?|should i"
    r"|shall (?:i|we)|"
    r"which [\w ]{1,40}?\s*(?:,|-)|you could(?: try)?|you can(?: have| take| choose)?|we could|i can (?:offer|do|teach|book|send"
    r"|make)?|i could|there(?:'s| is| are)|"
    r"i (?:found|have|suggest|recommend)|how about|what about|either|pick [\w ]{1,30}?,|choose (?:between|from)?|as a|between"
    r"|with|is it|are you after)\s+(?:a |an |the )?"
)
_ORDINALS = (
    r"\b(?:first|1st|former)\b(?! of all| time)",
    r"\b(?:second|2nd|latter)\b",
    r"\b(?:third|3rd)\b",
    r"\b(?:fourth|4th)\b",
    r"\b(?:fifth|5th)\b",
)
_LETTER = re.compile(
    r"^(?:(?:i'll (?:take|go with|go for|have|pick)|let's (?:go with|do|take)|go with|make it|definitely|ok|okay|hmm|yes|give me"
    r"|book|take|um|"
    r"option|number|no\.?|draft|plan|version|tariff|the|i'd say|i'd go (?:with|for)|i choose|i pick|i prefer|i want"
    r"|i like) ){0,4}#?([a-h]|[1-9])\b(?! (?:bit|few|lot|little|days?|people|hours?|minutes?))"
)
_TAKES = re.compile(
    r"\b(?:i'll (?:take|go|have|do|pick|choose|keep)|i'd (?:go|take|pick|choose|say|like|rather|prefer|love)|i (?:choose|pick"
    r"|want|prefer|like|took|picked|chose|went)|"
    r"let's (?:go|do|take|have|try|book|use|keep)|we'll (?:take|go|have|do)|go with|go for|make it|give me|book|please|definitely|works|"
    r"sounds (?:good|great|perfect|lovely)|for me|it is|wins|fine|perfect|obviously|duh|plenty|the .{1,30} one|thanks|ty|pls"
    r"|stays?|put me down for|"
    r"sign me up for|keep|order|reserve|ideal|as (?:usual|always|ever)|like always|easily|any day|any time|great|will do|feels right)\b"
)
_NOTCHOICE = re.compile(
    r"^(?:what|which|how|who|where|when|why|is|are|do|does|did|can|could|would|will|should|tell|explain|write|compare|show|either"
    r"|neither|none|both|"
    r"not sure|maybe|perhaps|hmm|i don't know|not|no|never|depends|any|whichever|whatever|if|thanks for|sorry|actually|he|she"
    r"|they|my \w+ (?:would|will|wants|likes|prefers))\b"
    r"|\b(?:haven't decided|can't decide|not sure|sleep on it|don't know|up to you|you (?:choose|pick|decide)|wondering"
    r"|part of me|torn|before (?:anything|i decide)|"
    r"trade-offs?|no preference|would be better|cheaper|difference|were you|said|same to me|don't mind|don't care|either)\b"
)
_ONE_OFF = re.compile(
    r"\b(?:tonight|today|tomorrow|this (?:time|once|evening|morning|week|weekend)|seat|birthday|for now"
    r"|just now|row)\b"
)
_STATES = re.compile(r"'s\b|\b(?:is|are|was|were|gave|has|my|like|makes?|hurts?|not)\b")
_STOP = frozenset(
    [
        "one",
        "ones",
        "option",
        "two",
        "three",
        "four",
        "five",
        "first",
        "second",
        "third",
        "it",
        "with",
        "for",
        "please",
        "take",
        "go",
        "like",
        "want",
    ]
)


@lru_cache(maxsize=256)
def _options(before: str) -> tuple[tuple[str, str], ...]:
    """Pairs of label (or empty) and words, verbatim."""
    text = before[-1_500:]
    low = flat(text)
    marks = list(_ENUMERATED.finditer(low))
    labels = [mark.group(1) for mark in marks]
    if len(marks) >= 2 and (labels[:2] in (["a", "b"], ["1", "2"])):
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        found = [(mark.group(1), _first_part(text[mark.end() : end])) for mark, end in zip(marks, ends, strict=True)]
        return tuple((label, words) for label, words in found if words)
    best: list[str] = []
    for piece in re.split(r"(?<=[.?!])\s+|\n", text):
        body = piece.rsplit(":", 1)[-1] if ":" in piece else piece
        prefix = _PREFIX.match(flat(body)) if ":" not in piece else None
        if prefix:
            body = body[prefix.end() :]
        parts = [tidy(part) for part in _SPLIT.split(body.strip(" .?!"))]
        parts = [part for part in parts if part and len(part) < 90]
        if len(parts) > len(best) and len(parts) >= 2:
            best = parts
    return tuple(("", part) for part in best[:8])


def _first_part(text: str) -> str:
    return tidy(re.split(r"[;.?!\n]|, (?:or|and) *$| or *$| and *$", text.strip(), maxsplit=1)[0].strip(" ,;"))


def chosen(turn: Turn, before: str) -> list[Candidate]:
    """The choice that a short answer makes, if it is clear."""
    if not before or len(turn.text) > 400:
        return []
    masked = mask(turn.text)
    low = flat(masked)
    options = _options(before)
    if len(options) < 2:
        return []
    parts = clauses(low)
    offered = "?" in before or ":" in before or re.search(r"\bor\b|\bcould\b|\(\w\)", before) is not None
    bare = {_pick(part, options, index) for index, part in enumerate(parts[:5]) if len(part.text.split()) <= 2} - {None}
    if len(bare) > 1 and not _TAKES.search(low):
        return []
    for index, part in enumerate(parts[:4]):
        if (not offered or (index and _STATES.search(part.text))) and not _TAKES.search(part.text):
            continue
        after = masked[part.end : part.end + 2].strip()
        if after.startswith("?") or _NOTCHOICE.search(part.text):
            if (
                index == 0
                and not after.startswith("?")
                and re.match(
                    r"^(?:not sure|maybe|perhaps|hmm|depends|either"
                    r"|neither)",
                    part.text,
                )
            ):
                return []
            continue
        picked = _pick(part, options, index)
        if picked is not None and not _asks(masked, part):
            return [_candidate(turn, part, picked, before, low)]
    return []


def _asks(masked: str, part: Clause) -> bool:
    end = re.search(r"[.!?\n]", masked[part.end :])
    return bool(end and end.group() == "?")


def _pick(part: Clause, options: tuple[tuple[str, str], ...], index: int) -> str | None:
    text = part.text
    count = len(text.split())
    clear = count <= 4 or bool(_TAKES.search(text))
    if not clear:
        return None
    letter = _LETTER.match(text)
    if letter and (index == 0 or count <= 3):
        mark = letter.group(1)
        for label, words in options:
            if label == mark:
                return words
        if mark.isdigit() and int(mark) <= len(options) and count <= 5 and not re.match(r"\d", text[letter.end() :]):
            named = _by_words(text, options)
            return named or options[int(mark) - 1][1]
    for place, pattern in enumerate(_ORDINALS):
        if re.search(pattern, text) and place < len(options):
            return options[place][1]
    if re.search(r"\b(?:the )?last (?:one|option)\b|^(?:the )?last$", text):
        return options[-1][1]
    return _by_words(text, options)


def _by_words(text: str, options: tuple[tuple[str, str], ...]) -> str | None:
    said = content_terms(text) - _STOP
    if not said:
        return None
    scores = [len(said & (content_terms(words) - _STOP)) for _, words in options]
    top = max(scores)
    if top and scores.count(top) == 1:
        return options[scores.index(top)][1]
    return None


def _candidate(turn: Turn, part: Clause, picked: str, before: str, low: str) -> Candidate:
    slot = guess_slot(picked, low, before)
    lasting = not _ONE_OFF.search(low + " " + flat(before))
    what = depersonalise(picked)
    return Candidate(
        kind="preference",
        episode=turn.episode,
        quote=turn.text[part.start : part.end],
        text=sentence(f"The user chose {what}"),
        slot=slot,
        polarity="wants",
        object=picked,
        origin="implicit",
        standing=lasting and slot.startswith("answers."),
        lasting=lasting,
        directive=sentence(f"Prefer {what}"),
    )
