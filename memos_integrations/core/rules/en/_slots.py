"""Which slot English words speak for: what a thing is called, weighed by where it stands.

The head of the object says most, then what its clause sets it in ("for reading", "with my savings"), then the words beside it,
the rest of the sentence, what was said before. How something is ("short", "formal") and its tongue or people ("Irish") tell of
answers only where the assistant's words are spoken of: a long walk is no answer, nor is Irish crime.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from ...inflection import is_verb
from .._common import load_toml
from ._lexicon import flat

__all__ = ["WRITTEN", "guess_slot", "has_manner", "names_a_thing", "slot_scores"]

_FILE = Path(__file__).parent / "slots.toml"
_MANNER = frozenset(
    ("answers.format", "answers.length", "answers.tone", "answers.language", "answers.content", "answers.process", "answers.address")
)

_HEAD, _PART, _ADDED, _FRAME, _BESIDE, _AROUND, _BEFORE = 4.0, 1.6, 1.2, 2.4, 1.0, 0.4, 0.25
"""What a word counts: the object's head, its other words, what is added to it, what the clause sets it in, the clause, the sentence,
what was said before."""
_PAIR = 1.5  # what two words that are one name count, to one word
_BARE = 0.4  # what a manner counts as the head of an object where no answer is spoken of
_OF_THING = 0.2  # what a people or a tongue counts, to another word, before what it is of: Irish crime, French films
_MOST = 400  # characters that are read

_TOKEN = re.compile(r"[a-z$€£0-9][a-z0-9'/&+#.:-]{0,30}[a-z0-9+#]|[a-z€£$]")
_ADDS = re.compile(  # what stands after it is added to a noun: films with a long intro are films
    r"(?<=\w),? (?:with|without|from|to|that|which|who|where|when|whose|behind|near|beside|in|on|at|by|for|before|after|during|about|over"
    r"|under|between|into|through|until|than|as|if|because|while|like|such as|instead of|rather than|but|made|done|served|written|based"
    r"|set)\b "
)
_JOINED = re.compile(r", |,? (?:and|or|nor|&|\+) ")
_OF = re.compile(  # names nothing by itself: a cup of tea is tea
    r"^(?:.* )?(?:bits?|lots?|loads|plenty|cups?|mugs?|glass|glasses|pots?|bottles?|pieces?|slices?|bowls?|plates?|kinds?|sorts?|types?"
    r"|pairs?|couple|handful|touch|hint|dash|amount|number|form|mix|range|any|all|some|most|one|none|half|rest|idea|sight|smell|sound|taste"
    r"|love|fear) of "
)
_ASKED = re.compile(  # what is done with it: "plan me anything early" is about early
    r"^(?:(?:please|ever|always|only|just|to|not|even|again) )*(?:plan|suggest|recommend|book|offer|give|send|show|find|get|mention|propose"
    r"|remind|push|sell|serve|cook|make|pick|choose|buy|order|schedule|use|include|keep|put|add|have|want|like|prefer|love|need|stick to"
    r"|go for|opt for|try)(?: me| us)?(?: of| about| with)? "
    r"(?:(?:an?|the|any|some|anything|something|more|my|those|these|all|only) )*(?=\w)"
)
_VAGUE_WORDS = (
    "ones one stuff things thing anything something everything nothing places place people person kind kinds type types sort sorts version"
    " versions lot bit way ways option options idea ideas again ever anymore too please always today tonight now then me you it them all"
    " only first best"
)
_VAGUE = frozenset(_VAGUE_WORDS.split())
_FRAMES = re.compile(  # what the clause sets it in
    r"(?:^|\b)(?:(?:and|but|so|well|now|oh) )*(?:when it comes to|as for|as regards|regarding|concerning|on the subject of|in terms of"
    r"|as far as|for|with|in|at|on|about|during|after|before|when(?:ever)? (?:i'm |i am |i |we |we're |you )?|if i |while )"
    r" ?((?:(?!\b(?:i|i'm|i'd|i've|we|please|keep|use|give|don't|do|avoid|never|always|no|only|you)\b)[\w'-]+ ?){1,5})"
)
_SPOKEN = re.compile(
    r"\b(?:your?|you're|answer(?:s|ed|ing)?|repl(?:y|ies)|respon[ds]\w*|explain\w*|explanations?|summar\w+|tell me|talk to me|speak to me"
    r"|write to me|show me|address me|call me|chats?|conversations?|correspondence|assistant|bot|ai)\b"
)
_SAID_IN = re.compile(r"\b(?:in|into|to|as)(?: an?)? ([a-z-]+)")
_WORKS = (
    r"(?:e-?mails?|letters?|newsletters?|reports?|memos?|speech(?:es)?|posters?|leaflets?|flyers?|brochures?|essays?|thesis|dissertation"
    r"|articles?|blog(?: ?posts?)?|posts?|slides?|slide decks?|decks?|presentations?|cards?|invitations?|minutes|proposals?|booklets?"
    r"|manuals?|press releases?|cvs?|resumes?|cover letters?|captions?|adverts?|listings?|notices?|contracts?|papers?|novel|chapters?"
    r"|story|stories|poems?|scripts?|website|web ?page|copy|documents?|documentation|commit messages?)"
)
_WHOSE = r"(?:the|my|our|an?|any|all|every|this|that|these|those)"
WRITTEN = re.compile(  # a text of the user's own is at hand
    rf"\b(?:in|on|for|into|to) {_WHOSE}? ?(?:[\w'-]+ ){{0,2}}{_WORKS}\b|\b(?:my|our|the|these|those) (?:[\w'-]+ ){{0,2}}{_WORKS}\b"
    rf"|\b(?:i|we) (?:write|send|draft|publish|post)\b|\bi'm writing\b"
    rf"|\b(?:write|draft|edit|proofread|rewrite|polish)(?:s|ing)? (?:me |us )?{_WHOSE}? ?(?:[\w'-]+ ){{0,2}}{_WORKS}\b"
)
_OWN_WORDS = re.compile(
    r"\byour (?:own )?(?:answers|repl|respon|messages|explanations|summaries)|\b(?:answer|reply|respond|talk|speak|write) (?:to )?me\b"
    r"|\bwhen(?:ever)? i write (?:to you|here)\b"
)
_ANSWERING = re.compile(
    r"^(?:(?:and|but|so|please|always|only|just|never|to|do|not|don't|from now on|in future),? )*(?:answer|reply|respond)(?: to)?(?: me)?"
    r" (?:in|with|as|using|like|only)\b"
)
_STANDS = re.compile(r"\b(?:in|at|by|near|next to|beside|on|outside|under|with|for) (?:the|an?|my|our|two|three|four|five|six) ")
_TONGUE_BEFORE_WORDS = "in into to speak speaks use using from only with or and than british american plain simple proper correct"
_TONGUE_BEFORE = frozenset(_TONGUE_BEFORE_WORDS.split())


class _Lexicon(NamedTuple):
    whole: dict[str, list[str]]
    stems: dict[str, list[str]]


def _compiled(table: dict[str, str]) -> _Lexicon:
    whole: dict[str, list[str]] = {}
    stems: dict[str, list[str]] = {}
    for slot, words in table.items():
        for word in dict.fromkeys(words.split()):
            (stems if word.endswith("*") else whole).setdefault(word.removesuffix("*"), []).append(slot)
    return _Lexicon(whole, stems)


@lru_cache(maxsize=1)
def _lexicons() -> tuple[_Lexicon, _Lexicon, frozenset[str]]:
    tables = load_toml(_FILE)
    origins: str = tables["origins"]["words"]
    return _compiled(tables["slots"]), _compiled(tables["spoken"]), frozenset(origins.split())


def _found_in(lexicon: _Lexicon, word: str, stems: list[str]) -> tuple[str, ...]:
    found = list(lexicon.whole.get(word, ()))
    if not found and word.endswith("s") and len(word) > 3:
        found = list(lexicon.whole.get(word[:-1], ()))
    for stem in stems:
        found += lexicon.stems.get(stem, ())
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _stems() -> frozenset[str]:
    things, manners, _ = _lexicons()
    return frozenset((*things.stems, *manners.stems))


@lru_cache(maxsize=20_000)
def _slots_of(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Slots by what a thing is called, and by how something is said."""
    things, manners, _ = _lexicons()
    known = _stems()
    word = word.removesuffix("'s") if word not in things.whole else word
    stems = [word[:length] for length in range(max(2, len(word) - 5), len(word) + 1) if word[:length] in known]
    return _found_in(things, word, stems), _found_in(manners, word, stems)


class _Tally:
    """What the words say for each slot; ``spoken``: manners count as well."""

    def __init__(self, *, spoken: bool) -> None:
        self.score: dict[str, float] = {}
        self._spoken = spoken

    def add(self, text: str, weight: float, *, last: float = 0.0) -> None:
        """Count the words of a text; the last one ``last``."""
        words: list[str] = _TOKEN.findall(text[:_MOST])
        if not words:
            return
        while len(words) > 1 and words[-1] in _VAGUE:
            words.pop()
        end = len(words) - 1
        named: set[int] = set()
        for place, (a, b) in enumerate(pairwise(words)):
            if self._count(f"{a}-{b}", _PAIR * (last if last and place + 1 == end else weight), head=False):
                named.update((place, place + 1))
        for place, word in enumerate(words):
            head = bool(last) and place == end
            value = last if head else weight
            tongue = word in _lexicons()[2]
            if tongue and not head and not (place and words[place - 1] in _TONGUE_BEFORE):
                value *= _OF_THING
            self._count(word, value * (0.5 if place in named else 1.0), head=head and end == 0)

    def said(self, word: str) -> None:
        """Count the way in which something is to be told: in grams, in French, as a table."""
        things, manners = _slots_of(word)
        if self._spoken and (not things or word in _lexicons()[2]):
            self._give(manners, _HEAD + 1.0)

    def _count(self, word: str, weight: float, *, head: bool) -> bool:
        things, manners = _slots_of(word)
        self._give(things, weight)
        if manners and (self._spoken or (head and not things)):
            self._give(manners, weight if self._spoken else weight * _BARE / _HEAD)
        return bool(things)

    def _give(self, slots: tuple[str, ...], weight: float) -> None:
        for slot in slots:
            self.score[slot] = self.score.get(slot, 0.0) + weight / len(slots) ** 0.5


def _of_object(obj: str, tally: _Tally) -> None:
    """Count the words of an object: of a noun phrase the last word is its head, of what is done the verb is."""
    for way in _SAID_IN.finditer(obj):
        tally.said(way[1])
    phrase, *added = _ADDS.split(_ASKED.sub("", obj) or obj)
    for words in added:
        tally.add(words, _ADDED)
    for one in _JOINED.split(phrase):
        one = _OF.sub("", one)
        named, _, rest = one.partition(" of ")
        if rest:
            tally.add(rest, _PART, last=_HEAD / 2)
        verb, _, after = named.partition(" ")
        if after and is_verb(verb, "to", after):
            tally.add(verb, _HEAD * 0.75)
            tally.add(after, _PART, last=_HEAD * 0.75)
        else:
            tally.add(named, _PART, last=_HEAD)


def _frames_of(clause: str) -> Iterator[str]:
    for found in _FRAMES.finditer(clause):
        yield found[1]


def guess_slot(
    obj: str,
    around: str = "",
    before: str = "",
    *,
    sentence: str = "",
    condition: str = "",
    without: str = "~",
    within: str = "",
    spoken: bool | None = None,
) -> str:
    """The slot that most words speak for.

    Args:
        obj: The object.
        around: Its clause.
        before: What was said before.
        sentence: Its sentence.
        condition: What limits it.
        without: Slots that begin so are none.
        within: Slots that do not begin so are none.
        spoken: Whether it may be about the assistant's words; None: if clause or sentence speak of them.
    """
    obj, around, sentence = flat(obj), flat(around), flat(sentence)
    if spoken is None:
        spoken = _SPOKEN.search(around) is not None or _SPOKEN.search(obj) is not None
    tally = _Tally(spoken=spoken)
    _of_object(obj, tally)
    beside = around.replace(obj, " ", 1)
    tally.add(beside, _BESIDE)
    for frame in _frames_of(beside):
        tally.add(frame, _FRAME - _BESIDE)
    if sentence:
        rest = sentence.replace(around, " ", 1)
        tally.add(rest, _AROUND)
        for frame in _frames_of(rest):
            tally.add(frame, _BESIDE - _AROUND)
    if condition:
        tally.add(flat(condition), _FRAME - _BESIDE)
    if before:
        tally.add(flat(before), _BEFORE)
    score = {slot: value for slot, value in tally.score.items() if slot.startswith(within) and not slot.startswith(without)}
    if not score:
        return "other"
    best = max(score, key=lambda slot: (score[slot], slot))
    if _ANSWERING.match(obj) or _ANSWERING.match(around):  # whatever they are to be made of: rhymes, Latin
        told = {slot: value for slot, value in score.items() if slot.startswith("answers.")}
        return max(told, key=lambda slot: (told[slot], slot)) if told else "answers.format"
    if not spoken and best.startswith("answers.") and score[best] <= _BARE and _STANDS.search(obj):
        return "other"  # a table by the window is no table of an answer
    if best.startswith("answers.") and WRITTEN.search(f"{around} {sentence}") and not _OWN_WORDS.search(f"{around} {sentence}"):
        return "work.writing"
    return best


def names_a_thing(obj: str, sentence: str) -> bool:
    """Whether an object's words name a thing in the world, in a sentence that does not speak of the assistant's answers."""
    slot = "other" if _SPOKEN.search(flat(sentence)) else guess_slot(obj, sentence, spoken=False)
    return slot != "other" and not slot.startswith("answers.")


def slot_scores(text: str) -> dict[str, float]:
    """How loudly the words of a text speak for each slot."""
    tally = _Tally(spoken=True)
    tally.add(flat(text), 1.0)
    return tally.score


def has_manner(text: str) -> bool:
    """Whether it speaks of how answers should be."""
    tally = _Tally(spoken=True)
    tally.add(text, 1.0)
    return any(slot in _MANNER for slot in tally.score)
