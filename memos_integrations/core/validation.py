"""What a model proposes is kept only where the user's own words bear it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import cast

from pydantic import JsonValue, ValidationError

from .candidates import Candidate, Turn
from .pasted import own_words
from .text import content_terms, has_cjk, language
from .wording import forbids, third_person

__all__ = ["validate_candidates"]

_PER_TURN = 8
_ITEMS = 200
_LENGTHS = {"quote": 600, "text": 300, "subject": 80, "attribute": 40, "value": 200, "when": 80, "slot": 60, "object": 200,
            "condition": 200, "directive": 200}  # fmt: skip
_FIRST_PERSON = re.compile(r"\b(?:i|i'm|i've|my|me|mine|we|our)\b|我", re.IGNORECASE)
_ALLOWED = ("kind", "quote", "text", "subject", "attribute", "value", "when", "correction", "slot", "polarity", "object",
            "strength", "origin", "condition", "standing", "lasting", "directive")  # fmt: skip
_CONTEXT_TURNS = 1
_PLACES = 200  # at which a quote begins inside a word, before it counts as not there: a limit on time
# How one takes something that was offered: without such words a nod to the assistant would be a preference.
_CHOICE = re.compile(
    r"\b(?:first|second|third|fourth|fifth|last|former|latter|\d+(?:st|nd|rd|th)?|(?:option|plan|number|draft|version) [a-h]"
    r"|one|both|that|this|those|these|take|pick|choose"
    r"|go with|going with|prefer|rather|want|like|book|order|let's do)\b"
    r"|^\W*[b-h]\W*$|第[一二三四五六\d]|选|我要|就要|就这|这个|那个|前者|后者|喜欢|来[一个份]",
    re.IGNORECASE,
)
_USER = frozenset({"", "user", "the user", "me", "i", "myself", "speaker", "用户", "使用者", "我", "本人"})
_QUOTE_MARKS = {"’": "'", "‘": "'", "“": '"', "”": '"'}


def _fold(text: str) -> tuple[str, list[int]]:
    """Text for comparing, with the position that each of its characters came from."""
    out: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        for piece in unicodedata.normalize("NFKD", char).casefold():  # decomposed, since each character goes alone
            piece = _QUOTE_MARKS.get(piece, piece)
            if piece.isspace():
                if out and out[-1] == " ":
                    continue
                piece = " "
            out.append(piece)
            places.append(place)
    return "".join(out), places


class _Text:
    """A text that quotes are looked for in: what is made of it is made once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def folded(self) -> tuple[str, list[int]]:
        return _fold(self.text)

    @cached_property
    def terms(self) -> set[str]:
        return content_terms(self.text)

    def span(self, quote: str) -> str | None:
        """The words that a quote stands for, letter by letter; None if they are not there."""
        wanted = _fold(quote)[0].strip().strip("\"'.。!！,，")
        folded, places = self.folded
        at = folded.find(wanted) if wanted else -1
        for _ in range(_PLACES):
            if at < 0:
                break
            end = at + len(wanted)
            if not _inside_word(folded, at) and not _inside_word(folded, end):
                while end < len(folded) and unicodedata.combining(folded[end]):
                    end += 1
                return self.text[places[at] : places[end - 1] + 1]
            at = folded.find(wanted, at + 1)
        return None


class _Shown:
    """The turns that a model was shown."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self.turns = turns
        self.texts = [_Text(turn.text) for turn in turns]
        self._own: dict[int, _Text] = {}

    def own(self, place: int) -> _Text:
        """The words of a turn that are its speaker's own."""
        if place not in self._own:
            own = own_words(self.turns[place].text)
            self._own[place] = self.texts[place] if own == self.turns[place].text else _Text(own)
        return self._own[place]

    def holds(self, place: int, quote: str) -> bool:
        """Whether a quote stands in a turn."""
        return self.texts[place].span(quote) is not None

    @cached_property
    def everything(self) -> _Text:
        """All that was shown, the speakers' names too."""
        return _Text(" ".join([turn.text for turn in self.turns] + [turn.speaker or "" for turn in self.turns]))


def _inside_word(text: str, at: int) -> bool:
    """Whether a place is between two letters of one Latin word."""
    return 0 < at < len(text) and all(c.isalnum() and not has_cjk(c) for c in text[at - 1 : at + 1])


def _mostly(words: str, borne: set[str]) -> bool:
    """Whether at least half of the words that carry meaning are borne out."""
    terms = content_terms(words)
    return 2 * len(terms & borne) >= len(terms)


def _known_subject(subject: str, shown: _Shown) -> bool:
    """Whether anybody spoke of it in what the model was shown."""
    if has_cjk(subject):
        return any(c in shown.everything.text for c in subject.removeprefix("用户") if has_cjk(c) and c not in "我的")
    return bool((content_terms(subject) - {"user"}) & shown.everything.terms)


def validate_candidates(raw: JsonValue, turns: Sequence[Turn]) -> tuple[list[Candidate], list[str]]:
    """Keep what holds of a model's answer.

    Args:
        raw: The answer, of whatever shape.
        turns: The turns that the model was shown, in that order.

    Returns:
        The candidates that hold, and for each other one why it was dropped, in words that repeat nothing of it.
    """
    items = raw.get("memories") if isinstance(raw, Mapping) else raw
    if not isinstance(items, list):
        return [], ["the answer holds no list of memories"]
    if len(items) > _ITEMS:
        return [], ["the answer holds more than any conversation could"]
    kept: list[Candidate] = []
    dropped: list[str] = []
    per_turn: dict[str, int] = {}
    shown = _Shown(turns)
    for item in items:
        found = _one(item, shown)
        if isinstance(found, str):
            dropped.append(found)
            continue
        per_turn[found.episode] = per_turn.get(found.episode, 0) + 1
        if per_turn[found.episode] > _PER_TURN:
            dropped.append("too many from one turn")
        elif any(found.quote == k.quote and found.kind == k.kind and found.object == k.object and found.value == k.value for k in kept):
            dropped.append("listed twice")
        else:
            kept.append(found)
    return kept, dropped


def _one(item: JsonValue, shown: _Shown) -> Candidate | str:
    if not isinstance(item, Mapping):
        return "no object"
    values: dict[str, object] = {key: item[key] for key in _ALLOWED if key in item and item[key] is not None}
    for key, limit in _LENGTHS.items():
        value = values.get(key)
        if value is not None and (not isinstance(value, str) or len(value) > limit or (not value.isascii() and _broken(value))):
            return f"{key} is no short text"
    quote = values.get("quote")
    if not isinstance(quote, str) or not quote.strip():
        return "no quote"
    place = _place(item.get("turn"), quote, shown)
    if isinstance(place, str):
        return place
    turn = shown.turns[place]
    words = shown.texts[place].span(quote)
    if words is None or not content_terms(words):
        return "the quote is not in the turn"
    if shown.own(place).span(quote) is None:
        return "the quote is pasted, not said by the user"
    borne = content_terms(words)
    if values.get("kind") == "preference" and values.get("origin") == "implicit" and _CHOICE.search(words):
        offers = shown.turns[max(0, place - _CONTEXT_TURNS) : place]
        borne |= content_terms(" ".join(t.text for t in offers if t.role == "assistant"))
    wrong = _unborne(values, borne, place, shown)
    if wrong is not None:
        return wrong
    lang = language(words)
    text = str(values.get("text") or words)
    if not content_terms(text) & borne or _FIRST_PERSON.search(text):
        told = third_person(words, chinese=lang == "zh")
        text = told[:1].upper() + told[1:]
    directive = str(values.get("directive") or "")
    signed = forbids(directive) == (values.get("polarity") == "avoids")
    if not signed or _FIRST_PERSON.search(directive) or not content_terms(directive) & borne:
        directive = ""  # one is built from polarity and object instead
    try:
        return Candidate.model_validate(
            {**values, "quote": words, "episode": turn.episode, "language": lang, "text": text, "directive": directive, "by": "llm"},
            strict=True,
        )
    except ValidationError:
        return "a field of a wrong form"


def _unborne(values: dict[str, object], borne: set[str], place: int, shown: _Shown) -> str | None:
    """What of a candidate nobody said; the subject and the time words are put in order on the way."""
    told = cast("str", values.get("value" if values.get("kind") == "fact" else "object", ""))
    if values.get("kind") == "preference" and not told.strip():
        return "a preference for nothing"
    if not _mostly(told, borne):
        return "its object is not in the quote"
    subject = cast("str", values.get("subject", "user")).strip()
    if subject.casefold() in _USER:
        values["subject"] = "user"
    elif not _known_subject(subject, shown):
        return "its subject is in no turn"
    text = shown.texts[place]
    values["when"] = text.span(cast("str", values.get("when", "")))
    if not _mostly(cast("str", values.get("condition", "")), text.terms):
        return "its condition is not in the turn"
    return None


def _broken(text: str) -> bool:
    """Whether it holds a lone surrogate, which no store can keep."""
    return any("\ud800" <= c <= "\udfff" for c in text)


def _place(number: JsonValue, quote: str, shown: _Shown) -> int | str:
    """The learnable turn that holds the quote: the one claimed, or else the last that does."""
    turns = shown.turns
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= len(turns) and shown.holds(number - 1, quote):
        return number - 1 if turns[number - 1].told else "not said by the user"
    for place in range(len(turns) - 1, -1, -1):
        if turns[place].told and shown.holds(place, quote):
            return place
    return "the quote is not in any turn of the user"
