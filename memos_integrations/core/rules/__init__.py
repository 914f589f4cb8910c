"""Extraction by rules: no model, no key. English and Chinese sentences each have their own rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from ..candidates import Candidate, Turn
from ..in_hand import InHand, asked_of_work
from ..tasks import asked_of_a_task
from ..text import has_cjk, normalise
from . import en, zh
from ._borne_out import borne_out
from ._common import Sentence, sentences, spoken
from ._guarding import ALLERGY, SLOTS, guarding, guards
from ._offers import Common, outstanding
from ._polite import said_politely

__all__ = [
    "Common",
    "RuleExtractor",
    "about_another",
    "names_a_thing",
    "not_own",
    "of_some_work",
    "only_tells",
    "outstanding",
    "said_once",
    "said_politely",
    "slot_of_words",
    "slot_scores",
    "spoken",
    "states_among",
]

_OF_STATES = ("health", "state", "family", "pet", "habit")  # attributes under which a state of the user may be told as a fact


class RuleExtractor:
    """Proposes candidates with the English and the Chinese rules. Pure; safe to share between threads."""

    def extract(self, turns: Sequence[Turn]) -> list[Candidate]:
        """Candidates of the learnable turns, in order of turn and position, without duplicates."""
        said = _closed(turns)
        states = guarding(said)
        stated = [*en.extract([s for s in said if s.language == "en"]), *zh.extract([s for s in said if s.language == "zh"])]
        found = [*states, *(c for c in stated if not any(_part_of(c, state) for state in states))]
        order = {turn.episode: index for index, turn in enumerate(turns)}
        texts = {turn.episode: turn.text for turn in turns}
        found = [zh.verbatim(c, texts[c.episode]) if c.language == "zh" else c for c in found]
        hands = {sentence.turn.episode: sentence.hand for sentence in said}
        beyond_doubt = [c for c in found if guards(c)]
        found = [c for c in found if not any(_same_told(c, state) for state in beyond_doubt)]
        found.sort(key=lambda c: (order.get(c.episode, len(order)), texts.get(c.episode, "").find(c.quote)))
        seen: set[tuple[str, ...]] = set()
        kept: list[Candidate] = []
        for candidate in found:
            key = _key(candidate)
            if key in seen or _passing(candidate) or _of_a_task(candidate, texts[candidate.episode], hands[candidate.episode]):
                continue
            seen.add(key)
            kept.append(borne_out(candidate, turns) if candidate.language == "zh" else candidate)
        return kept


def _closed(turns: Sequence[Turn]) -> list[Sentence]:
    """Sentences of the turns, the Chinese ones without spaces around their Latin words."""
    return [zh.closed(s) if s.language == "zh" else s for s in sentences(turns)]


def states_among(turn: Turn, found: Sequence[Candidate]) -> list[Candidate]:
    """Those of a turn's candidates that the rules found to be states whose neglect does harm."""
    if not any(guards(candidate) for candidate in found):
        return []
    states = [zh.verbatim(c, turn.text) for c in guarding(_closed([turn]))]
    return [c for c in found if guards(c) and (c.slot == ALLERGY or c in states)]


def _same_told(candidate: Candidate, state: Candidate) -> bool:
    """Whether a fact about the user tells of a state that is a preference already."""
    if candidate.kind != "fact" or candidate.subject != "user" or candidate.episode != state.episode:
        return False
    if candidate.quote not in state.quote and state.quote not in candidate.quote:
        return False
    return candidate.attribute in _OF_STATES and normalise(state.object) in normalise(candidate.value)


def _part_of(candidate: Candidate, state: Candidate) -> bool:
    """Whether a preference is about a state that is known better: 高 of 恐高."""
    if candidate.kind != "preference" or candidate.episode != state.episode or candidate.quote not in state.quote:
        return False
    return normalise(candidate.object) in normalise(state.object) or normalise(state.object) in normalise(candidate.object)


def _passing(candidate: Candidate) -> bool:
    return candidate.kind == "preference" and candidate.origin == "explicit" and said_politely(candidate.quote)


def _of_a_task(candidate: Candidate, text: str, hand: InHand) -> bool:
    """Whether a stated preference is only what a piece of work asks for, this or one in hand; states that guard the user never are."""
    if candidate.kind != "preference" or candidate.origin != "explicit" or candidate.certain or candidate.slot in SLOTS:
        return False
    at = text.find(candidate.quote)
    at = max(at, text.find(candidate.object, max(at, 0)))
    return of_some_work(text, at, candidate.object, candidate.slot, hand)


def of_some_work(text: str, at: int, obj: str, slot: str, hand: InHand) -> bool:
    """Whether words of a turn are asked of a piece of work in it, or of the one in hand, and so no wish beyond it."""
    return asked_of_a_task(text, at, obj, slot) or asked_of_work(text, at, obj, slot, hand, thing=slot_of_words(obj))


def slot_of_words(words: str) -> str | None:
    """The slot that the name of something speaks for; None: its words tell none."""
    return zh.slot_of_words(words) if has_cjk(words) else en.slot_of_words(words)


def names_a_thing(obj: str, sentence: str) -> bool:
    """Whether an object's words name a thing in the world, in a sentence that does not speak of the assistant's answers."""
    return zh.names_a_thing(obj, sentence) if has_cjk(sentence) else en.names_a_thing(obj, sentence)


def about_another(turn: Turn, at: int) -> bool:
    """Whether the words at an offset of a turn are said of somebody else than the user."""
    said = _sentence(turn, at)
    if said is None:
        return False
    place = at - said.start
    return zh.about_another(said, place) if said.language == "zh" else en.about_another(said, place)


def not_own(turn: Turn, at: int) -> bool:
    """Whether the words at an offset of a turn are no wish of the user's: said of somebody else, denied, past, supposed, or only asked."""
    said = _sentence(turn, at)
    if said is None:
        return False
    if about_another(turn, at):
        return True
    place = at - said.start
    return zh.says_nothing(said, place) if said.language == "zh" else en.says_nothing(said, place)


def only_tells(turn: Turn, at: int) -> bool:
    """Whether an English clause at an offset of a turn sounds as if it told how something is, was or will be: hardly a wish."""
    said = _sentence(turn, at)
    return said is not None and said.language == "en" and en.describes(said, at - said.start)


def _sentence(turn: Turn, at: int) -> Sentence | None:
    return next((said for said in sentences([turn]) if said.start <= at < said.start + len(said.text)), None)


def said_once(words: str) -> bool:
    """Whether words speak of one time only ("tonight", 这次), and not of always."""
    return zh.said_once(words) if has_cjk(words) else en.said_once(words)


@lru_cache(maxsize=1024)
def slot_scores(words: str) -> Mapping[str, float]:
    """How loudly words speak for each slot; slots that they do not touch are left out."""
    return zh.slot_scores(words) if has_cjk(words) else en.slot_scores(words)


def _key(candidate: Candidate) -> tuple[str, ...]:
    if candidate.kind == "preference":
        parts: tuple[str, ...] = ("preference", candidate.polarity, candidate.object, candidate.condition or "")
    else:
        parts = ("fact", candidate.subject, candidate.attribute, candidate.value)
    return (candidate.episode, *(normalise(part) for part in parts))
