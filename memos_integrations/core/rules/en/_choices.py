"""Choices among what the assistant offered: the words are the user's, the object is of the offer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ....types import Polarity, Strength
from ...candidates import Candidate, Turn
from ...in_hand import NO_WORK, InHand, at_hand, of_what_is_made
from ...text import content_terms
from ...wording import seeming
from .._common import Rule, mask
from .._offers import Option, beside, extreme
from ._lexicon import Clause, clauses, flat, load
from ._offered import BRIEF, GENERIC, as_noun, options_of, puts_up, words
from ._slots import guess_slot
from ._wording import tidy

__all__ = ["chosen", "of_offer", "supposed"]

_LONGEST = 700  # of an answer that chooses
_CLAUSES = 12
_STUMP = 4  # letters by which a longer word is known
_SHORT = 4  # words of an answer that needs no verb
_BARE_SENTENCE, _BARE_TURN = 14, 40  # words of the sentence and of the turn that hold such an answer

_WORD_NUMBERS = {"one": 0, "two": 1, "three": 2, "four": 3, "five": 4}
_ALONE_MARK = re.compile(r"(?:^|\s)(?:[b-h]|[1-9])(?:'s)?(?:\s|$)|^\W*a\W*$")
_FILLER = frozenset(
    content_terms("ok okay yes yeah please thanks thank well so then now just really much maybe probably definitely honestly me us")
)
_JOINED = re.compile(r"\s(?:and|plus|&|with)\s")
_EITHER = re.compile(r"\b(?:or|over|than|not|instead|between|but)\b")
_LAST = re.compile(r"\b(?:the )?last (?:one|option|suggestion|idea)\b|^(?:the )?last$")
_OWN_OFFER = re.compile(r"[^.!?\n]*\bor\b[^.!?\n]*\?\s*$")
_MIDDLE = re.compile(r"\b(?:the )?(?:middle|mid) (?:one|option)?\b")
_QUOTE = re.compile('["“”«»]')
_OTHERS = re.compile(r"\b(?:others?|rest|remaining)\b")
_BEGINS_SHORT = re.compile(r"(?:by|in|on|as|via|through|at|with|from) ")
_SHARED = re.compile(r"(?P<what>[^,;.]{2,60}?) (?:by|in|on|as|via|through|at|with|from) \S")
_KIND_TAIL = re.compile(r"\s+(?:options?|ones?|choices?|alternatives?|suggestions?|ideas?)$")
_OPTIONS = re.compile(r"\boptions?\b")
_CODE = re.compile(r"[{}=<\[\]\\]|\w\(\w*\)|;\s*$|^\s*#", re.MULTILINE)
_OPINION = re.compile(r"^(?:(?:well|hmm+|ok|honestly|personally) )?(?:i (?:think|feel|believe|guess|reckon)|option|the|number)\b")
_OF_THEM = re.compile(r"\bof (?:the (?:two|three|four)|them|those|these)\b|\b(?:the|one)\b")
_SELF = re.compile(r"\b(?:i|we|you)$")  # "the quieter of the two, I can't …": says it of the user
_PRICED = re.compile(r"[£$€¥]\s?\d|\d\s?(?:pounds?|quid|euros?|dollars?|bucks|minutes?|mins?|hours?|am|pm)\b|\d:\d\d")
_ONE_OF_TWO = re.compile(r"\b(?:the )?(?:former|latter)\b")
_TASTE = re.compile(r"\b(?:too|for my (?:taste|liking)|my (?:style|taste|thing|preferences?))\b")
_STATES = re.compile(r"'s\b|\b(?:is|are|was|were|gave|has|my|makes?|hurts?|not)\b")
_SHALL_I = re.compile(r"\b(?:shall|should) i\b|\bme to\b")  # do: of every time, it may be
_TAG = re.compile(r"\b(?:right|ok|okay|please|yes)\?$")
_DOUBT = re.compile(r"(?:not sure|maybe|perhaps|depends|either|neither|no preference|i don't (?:know|mind|care))\b")
_OF_OTHERS = re.compile(
    r"\b(?:they|he|she|(?:the|my|our) \w+) "
    r"(?:sa(?:y|id|ys)|wants?|wanted|picked|chose|prefers?|preferred|likes?|liked|loves?|adores?|hates?"
    r"|goes (?:nuts|mad|crazy|wild) for|asked for|went (?:for|with))\b"
)
_OF_A_CASE = re.compile(  # "when it rains, I prefer the tram": said of all such times, an offer before it or not
    r"(?:^|[.;!?]\s+)(?:(?:and|but|so|well|ok|oh),? )?(?:when(?:ever)?|(?:each|every|any) ?time)"
    r" (?!possible|available|you)[^.;!?]{3,60}?,? i(?:'d| would)?(?: (?:[a-z]+ly|always|just|still|do|much|rather|tend to|also|never))*"
    r" (?:prefer|like|love|enjoy|adore|take|want|choose|pick|go (?:for|by|with|on)|have|use|need|hate|dislike|avoid|favou?r)\b[^.;!?]*"
)
_ARTICLE = re.compile(r"^(?:a|an|the)\s+(?=\S)", re.IGNORECASE)
_END = re.compile(r"[.!?\n](?=\s|$)")


def _matches(table: str, text: str) -> Rule | None:
    return next((rule for rule in load(table, "choices.toml") if rule.pattern.search(text)), None)


def of_offer(thing: str) -> bool:
    """Whether words only point into an offer ("the other options") and name nothing themselves."""
    return words("points")[0].search(thing) is not None


def supposed(topic: str) -> bool:
    """Whether what an offer answers speaks of a world that is not: what is taken of it is taken there."""
    return _matches("supposed", flat(topic)) is not None


def _of_a_case(quote: str, cases: Sequence[str]) -> bool:
    """Whether what was found lies in a sentence that speaks of a case."""
    return any(quote.strip(" .;!?") in case or case in quote for case in cases)


def chosen(turn: Turn, before: str, topic: str = "", hand: InHand = NO_WORK) -> list[Candidate]:
    """What an answer to an offer picks, and what it turns down beside it.

    Args:
        turn: The answer.
        before: The offer.
        topic: What the offer itself answers.
        hand: The work in hand: what is chosen for it is no wish beyond it.
    """
    if not before or len(turn.text) > _LONGEST or turn.text.count("\n") > 5 or _CODE.search(turn.text):
        return []
    options = options_of(before)
    if len(options) < 2 and len(topic) <= BRIEF and (own := _OWN_OFFER.search(topic)):  # the user put them up, the answer names none
        before, options = own.group(), options_of(own.group())
    # who answers "option 3" takes the list for an offer, whatever it was meant as
    if len(options) < 2 or not puts_up(before, options, named_so=words("numbered")[0].search(flat(turn.text)) is not None):
        return []
    asked = flat(topic)
    if (supposed(topic) or _matches("for_another", asked) or _matches("no_taste", asked)) and not _matches("habit", flat(turn.text)):
        return []
    cases = [found.group() for found in _OF_A_CASE.finditer(flat(turn.text))]
    answer = _Answer(turn, before, topic, options)
    made = [c for c in answer.candidates() if not _of_a_case(flat(c.quote), cases)]
    if not at_hand(hand, turn.text) or _matches("habit", flat(turn.text)):
        return made
    return [c for c in made if not of_what_is_made(topic, guess_slot(c.object), judged=answer.judges)]


class _Answer:
    """An answer to an offer, clause by clause."""

    def __init__(self, turn: Turn, before: str, topic: str, options: tuple[Option, ...]) -> None:
        self.turn = turn
        self.topic = topic
        self.before = before
        self.options = options
        # a choice may cite its option: the words stay, their marks go
        self.low = _QUOTE.sub(" ", flat(mask(_QUOTE.sub(" ", turn.text))))
        self.parts = clauses(self.low)[:_CLAUSES]
        put = options[0].mark is not None or re.search(r"[?:]|\bor\b|\bcould\b", before) is not None or len(_QUOTE.findall(before)) > 3
        put = put or _ONE_OF_TWO.search(self.low) is not None or all(_PRICED.search(option.whole) for option in options) or self._echoes()
        self.offered = put and (len(before) <= BRIEF or "?" in before[-200:])  # else a word or two may be about anything
        self.terms = [content_terms(flat(option.whole)) - GENERIC for option in options]
        self.own = [own - set[str]().union(*(other for other in self.terms if other is not own)) for own in self.terms]

    def _echoes(self) -> bool:
        """Whether the whole answer is the name of one of the options and nothing else."""
        said = content_terms(self.low) - _FILLER
        return bool(said) and sum(said <= content_terms(flat(option.text)) for option in self.options) == 1 and "?" not in self.low

    def candidates(self) -> Iterator[Candidate]:
        """What it picks, what it turns down."""
        named = {o.text for part in self.parts if len(part.text.split()) <= 2 and (o := self._named(part.text))}
        if len(named) > 1 and not _matches("takes", self.low):
            return  # names several of them: no choice
        if _OF_OTHERS.search(self.low):
            return
        picked: list[Option] = []
        for index, part in enumerate(self.parts):
            rejected = self._rejects(part)
            if rejected is not None:
                yield self._made(part, rejected, "avoids")
            elif not picked:
                picked = self._chooses(part, index)
                if not picked and index == 0 and _DOUBT.match(part.text):
                    return
                for option in picked:
                    yield self._made(part, self._of_what(option), "wants").model_copy(update=beside(option, picked, self.options))
        if picked:
            yield from self._turned_down(picked)

    def _of_what(self, option: Option) -> str:
        """An option that is taken for good, with what it is said of: "statements by e-mail" of "your statements by post or by e-mail"."""
        first = self.options[0]
        shared = _SHARED.match(first.text) if option is not first and _BEGINS_SHORT.match(option.text) else None
        return option.text if shared is None or not _matches("habit", self.low) else f"{shared['what']} {option.text}"

    def _sentence(self, part: Clause) -> tuple[int, int]:
        start = max(self.low.rfind(mark, 0, part.start) for mark in ".!?\n") + 1
        end = _END.search(self.low, part.end)
        return start, end.end() if end else len(self.low)

    def _chooses(self, part: Clause, index: int) -> list[Option]:
        start, end = self._sentence(part)
        whole = self.low[start:end].rstrip()
        taking = _matches("takes", part.text)
        if taking is None and _OPINION.match(part.text) and (words("numbered")[0].search(part.text) or self._named(part.text)):
            taking = _matches("takes", whole[part.start - start :])  # "I think the second, the one by the sea, would be best"
        if whole.endswith("?") and not (taking and taking.data.get("asks")) and not _TAG.search(whole):
            return []
        if (
            _matches("no_choice", part.text)
            or _matches("no_sentence", self.low[start : part.end])
            or (_OTHERS.search(part.text) and not taking)
        ):
            return []
        brief = len(whole.split()) <= _BARE_SENTENCE and len(self.low.split()) <= _BARE_TURN
        short = brief and len(_OF_THEM.sub("", part.text).split()) <= _SHORT and (index == 0 or not _STATES.search(part.text))
        if taking is None:
            found = self._pick(part.text, index, taking=False) if short and self.offered else []
            return [option for option in found if self._is_about(part.text, option)]
        mild = bool(taking.data.get("mild"))
        if mild and "?" in self.low:
            return []  # praise in a talk that goes on decides nothing
        rest = taking.pattern.sub(" ", part.text)
        strict = mild and len(self.before) > BRIEF and self.options[0].mark is None
        return [option for option in self._pick(part.text, index, taking=True) if self._is_about(rest, option, strict=strict)]

    def _is_about(self, rest: str, option: Option, *, strict: bool = False) -> bool:
        """Whether most of what is said beside the words of choosing points to the option; ``strict``: nearly all."""
        said = content_terms(rest) - GENERIC - _FILLER
        pointing = (words("numbered")[0], _LAST, _MIDDLE, *words("ordinals"))
        if not said or any(pattern.search(rest) for pattern in pointing):
            return True
        place = next((i for i, other in enumerate(self.options) if other is option), 0)
        known = self.terms[place]
        borne = sum(1 for word in said if word in known or (len(word) >= _STUMP and any(term.startswith(word) for term in known)))
        if strict:
            return borne >= 3 and 4 * borne >= 3 * len(said)
        return 2 * borne >= len(said) or (borne == 0 and extreme(rest, self.options) is option) or bool(_ALONE_MARK.search(rest))

    def _pick(self, text: str, index: int, *, taking: bool) -> list[Option]:
        numbered = words("numbered")[0]
        marks = [m["m"] for m in numbered.finditer(text)]
        alone = words("alone")[0].match(text)
        if not marks and alone and not words("no_mark")[0].match(alone["rest"]) and (index == 0 or taking or len(text.split()) <= 3):
            marks = [alone["m"], *re.findall(r"^ (?:and|&|\+) ([a-h]|[1-9])\b", alone["rest"])]
        places = [_WORD_NUMBERS[m] if m in _WORD_NUMBERS else int(m) - 1 if m.isdigit() else ord(m) - ord("a") for m in marks]
        places = places or [place for place, pattern in enumerate(words("ordinals")) if pattern.search(text)]
        if not places and _LAST.search(text):
            places = [len(self.options) - 1]
        if not places and _MIDDLE.search(text) and len(self.options) % 2:
            places = [len(self.options) // 2]
        found = [option for place in dict.fromkeys(places) if (option := self._at(place)) is not None]
        named = self._named(text)
        if found and named is not None and alone is not None and not numbered.search(text):
            return [named]
        if found:
            return found
        if taking and len(several := self._several(text)) > 1:
            return several
        option = named or extreme(text, self.options)
        return [option] if option is not None else []

    def _at(self, place: int) -> Option | None:
        if any(option.mark is not None for option in self.options):
            return next((option for option in self.options if option.mark == place), None)
        return self.options[place] if place < len(self.options) else None

    def _named(self, text: str) -> Option | None:
        """The option whose own words are said; words that several of them have tell nothing."""
        said = content_terms(text) - GENERIC
        scores = [len(said & own) for own in self.own]
        if not any(scores):  # "refurb" for "refurbished"
            begun = {word for word in said if len(word) >= _STUMP}
            scores = [sum(any(term.startswith(word) for term in own) for word in begun) for own in self.own]
        top = max(scores)
        if not top:
            return None
        if scores.count(top) > 1:
            scores = [len(said & terms) if score == top else 0 for terms, score in zip(self.terms, scores, strict=True)]
            top = max(scores)
        return self.options[scores.index(top)] if scores.count(top) == 1 else None

    def _several(self, text: str) -> list[Option]:
        """The options whose own words are said, joined by "and"."""
        if not _JOINED.search(text) or _EITHER.search(text):
            return []
        said = content_terms(text) - GENERIC
        return [option for option, own in zip(self.options, self.own, strict=True) if said & own]

    def _rejects(self, part: Clause) -> str | None:
        """What a clause turns down: the user's own words where they stand in the option, else the option."""
        match = next((m for rule in load("rejects", "choices.toml") if (m := rule.pattern.match(part.text))), None)
        if match is None or len(part.text.split()) > 8:
            return None
        start, end = self._sentence(part)
        if self.low[start:end].rstrip().endswith("?") or _matches("no_sentence", self.low[start:end]):
            return None
        found = self._pick(match["obj"], 1, taking=True)
        if len(found) != 1 or not self._is_about(match["obj"], found[0]):
            return None
        own = tidy(self.turn.text[part.start + match.start("obj") : part.start + match.end("obj")])
        return own if own in found[0].whole else found[0].text

    def _turned_down(self, picked: Sequence[Option]) -> Iterator[Candidate]:
        """What the user says against the others, once one is chosen."""
        for part in self.parts:
            start, end = self._sentence(part)
            if self.low[start:end].rstrip().endswith("?"):
                continue
            match = self._dismissal(part)
            if match is not None:
                thing, fault = self._fault(part, match)
                if thing:
                    yield self._made(part, thing, "avoids", said_as=f"what is too {thing}" if fault else "")
            elif _matches("named_fault", part.text):
                option = self._named(part.text)
                if option is not None and option not in picked:
                    yield self._made(part, option.text, "avoids")

    @property
    def judges(self) -> bool:
        """Whether the user says what is wrong with the others: a matter of taste, not of tonight."""
        return any(self._dismissal(part) is not None for part in self.parts)

    def _dismissal(self, part: Clause) -> re.Match[str] | None:
        clause = self.low[part.start : self._sentence(part)[1]].rstrip(" .!")
        rules = load("dismissal", "choices.toml")
        return next((m for rule in rules if (m := rule.pattern.match(clause) or rule.pattern.search(part.text))), None)

    def _fault(self, part: Clause, match: re.Match[str]) -> tuple[str, bool]:
        """A dismissal's object: the kind that is named, or what is wrong with the others; and which of the two it is."""
        groups = match.groupdict()
        named = groups["obj"].strip()
        thing = words("kind_of")[0].sub("", named)
        at = part.start + match.start("obj") + match["obj"].find(thing)
        too = " too " in f" {match.group()} " and "fault" in groups
        if _SELF.search(named):
            return "", False
        fault = not thing or words("only_others")[0].match(thing) is not None or (too and _OTHERS.search(match.group()) is not None)
        if fault:
            thing = words("for_taste")[0].sub("", (groups.get("fault") or "").strip())
            if not thing or not too or not _TASTE.search(match.group()):
                return "", True
            at = part.start + match.start("fault") + match["fault"].find(thing)
        thing = _KIND_TAIL.sub("", tidy(self.turn.text[at : at + len(thing)]))
        return (thing if 2 < len(thing) <= 120 and content_terms(thing) - GENERIC else ""), fault

    def _made(self, part: Clause, thing: str, polarity: Polarity, said_as: str = "") -> Candidate:
        start, end = self._sentence(part)
        quote = self.turn.text[start:end].strip()
        around = f"{self.topic} {self.before}"
        beside = f"{self.low[start:end]} {flat(self.topic)}"
        slot = guess_slot(_KIND_TAIL.sub("", thing), _OPTIONS.sub(" ", beside), _OPTIONS.sub(" ", flat(f"{self.before} {self.low}")))
        if slot == "work.schedule":  # the time of something belongs to it
            slot = next((place for place in [guess_slot(flat(self.topic))] if place != "other"), slot)
        about_answers = slot.startswith("answers.")
        if about_answers and not words("of_answers")[0].search(flat(self.before)):  # "simple explanations" of a book
            slot, about_answers = guess_slot(around), False
            slot = "other" if slot.startswith("answers.") else slot
        once = _matches("one_off", self.low[start:end]) is not None or _matches("occasion", flat(self.before[-400:])) is not None
        once = once or (not _matches("firm", self.low) and self._passing(thing))
        lasting = _matches("habit", self.low) is not None or not (once or about_answers)
        said = seeming(said_as or as_noun(thing), polarity, "en")
        return Candidate(
            kind="preference",
            episode=self.turn.episode,
            quote=quote if len(quote) <= 240 else self.turn.text[part.start : part.end],
            text=said.text,
            slot=slot,
            polarity=polarity,
            object=_ARTICLE.sub("", thing),
            strength=self._strength(),
            origin="implicit",
            standing=lasting and about_answers,
            lasting=lasting,
            directive=said.directive,
        )

    def _passing(self, thing: str) -> bool:
        """Whether what is taken is taken for now: a meal of tonight, a step of a repair."""
        step = words("imperative")[0].match(flat(thing)) is not None and guess_slot(thing).startswith(("other", "tech."))
        step = step and _SHALL_I.search(flat(self.before)) is None
        return step or (_matches("for_now", flat(self.topic)) is not None and not self.judges)

    def _strength(self) -> Strength:
        if _matches("hesitant", self.low):
            return "weak"
        return "strong" if _matches("firm", self.low) else "normal"
