"""What an English rule found in a clause: its object in the speaker's words, its condition, what it is preferred to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...inflection import acts_on, is_verb
from .._common import Sentence
from ._joined import REASON_IN
from ._lexicon import Clause, flat
from ._patterns import CONDITION, NOT_CONDITION
from ._wording import tidy

__all__ = ["all_but", "compares_nothing", "cut", "does_nothing", "limit_after", "object_of", "turned_down", "verbatim"]

# words after which "to" compares nothing: "listening to podcasts", "easy to follow", "open to all"
_TO_WHAT = re.compile(
    r"\b(?:listening|listen|going|talking|speaking|writing|access|accessible|adjusted|adapted|attention|belonging|close|closer|compared"
    r"|connected"
    r"|dedicated|due|easy|easier|exposure|geared|hard|harder|loyal|near|next|open|prior|related|relevant|similar|specific|sticking"
    r"|subscribing"
    r"|suited|tailored|ready|able|simple|quick|safe|free|likely|trips?|flights?|journeys?|travel|back|up|down"
    r"|responding|moving|hours?|days?|vacations?|holidays?|tickets?|routes?) to $"
)
_MUST_AVOID = re.compile(
    r"\b(?:and|so) (?:i )?(?:must|have to|need to|strictly|always|therefore)(?: strictly| always)?"
    r" (?:avoid|skip|stay away from) (?:all |any |every )?(?P<obj>.+)"
)
_ASIDE = re.compile(r", (?:(?!and |or )[\w'-]+ ){1,5}?(?:makes?|turns?|gives?|drives?|leaves?|keeps?|puts?|end|ends) (?:me|us|up|in)\b")
_PAST = re.compile(  # when it came to be so is no part of what it is
    r",?(?: (?:[\w-]+ ){0,3}?(?:years?|months?|weeks?|days?|decades?|ages) (?:ago|back|now)| (?:back )?in (?:19|20)\d\d"
    r"|(?<! the) (?:early |late )?last"
    r" (?:year|month|week|night|time|winter|spring|summer|autumn|fall|christmas|easter|lent|[a-z]+day|january|february|march|april"
    r"|may|june|july"
    r"|august|september|october|november|december)"
    r"| since (?:i|we|my|last|the|(?:19|20)\d\d|[a-z]+day|january|february|march|april|may|june|july|august|september|october"
    r"|november|december)"
    r"| (?:when|after|before|once|as soon as) (?:i|we|(?:my|our|the) [\w-]+(?: and i)?) (?:was|were|got|had|became|left|lost|found"
    r"|met|[a-z]{2,}ed))\b.*$"
)
_GIVEN_UP = re.compile(
    r"\b(?:gave up|given up|quit|stopped|cut out|sw(?:ore|orn) off|(?:gone|went)(?: right)? off|packed (?:in|up)|kicked|went|gone"
    r"|became|turned)\b"
)
_ON_A_DAY = re.compile(
    r",? (?:on|in|at|over|during|for|this) (?:new year|my (?:\w+ )?birthday|(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|january"
    r"|february|march"
    r"|april|may|june|july|august|september|october|november|december|(?:the |this )?(?:spring|summer|autumn|winter)\b|lockdown|my \w+ties"
    r"|christmas|easter|(?:uni|college|school)\b|year\b).*$"
)
_HOUR = re.compile(r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2}(?:[:.]\d\d)?|o'clock)$")
_WHICH_DO = re.compile(
    r"\b(?:that|which|who)(?: \w+ly)? "
    r"(?:starts?|begins?|ends?|finish(?:es)?|runs?|opens?|closes?|arrives?|leaves?|departs?|lands?|goes|comes?)$"
)
_INSTEAD = re.compile(r",? (?:rather than|instead of|and not|not|as opposed to) ")
_TELLS = re.compile(r"(?:tell|warn|alert|ask) me (?:when|if) ")  # what is to be told is no condition
_THINGS = re.compile(r"(?:phone|text|book|film|train|garden|water|hand|party|voice|star|card) [a-z-]+s")
_BEFORE = 12  # characters: "any kind of "
_ALL_BUT = re.compile(
    r"\b(?:any|all|every|most)(?: kinds? of| sorts? of| of)?(?: the| my)? (?P<kind>[\w'-]+(?: [\w'-]+){0,2}?)"
    r"(?: (?:is|are|will|would)\b[^,]{0,30}?)?,? "
    r"(?:except(?: for)?|with the exception of|excluding|minus|apart from|other than|aside from|bar(?:ring)?|save(?: for)?|but) "
    r"(?!(?:when|if|in|on|at|for|during|after|before|with|while|until|by|not|also|i|we|it|they|that|this|you|only|always|never|please)\b)"
    r"(?P<but>[\w'-]+(?: (?!(?:is|are)\b)[\w'-]+){0,3})(?: (?:is|are) (?:fine|ok|okay|good|great|welcome|allowed|alright)\b.{0,20})?$"
)
_EXCEPTION = re.compile(  # "any vegetable, sprouts being the exception"
    r"\b(?:any|all|every|most)(?: kinds? of| sorts? of| of)?(?: the| my)? (?P<kind>[\w'-]+(?: [\w'-]+){0,2}?)"
    r"(?: (?:is|are)\b[^,]{0,40}?)?,? (?:with )?(?P<but>(?!with )[\w'-]+(?: [\w'-]+){0,2}) "
    r"(?:(?:being|is|are) the (?:only |one |sole )?exceptions?|excepted|excluded)$"
)
_EXCEPTED = re.compile(r"(?P<but>, (?:[\w'-]+ ){1,4}being the (?:only |one |sole )?exceptions?)(?=[\s.!;]*$)")
_PLACED = re.compile(r"^(?:in|at|on|by|with|to) (?:an?|the|my) (?=\w)", re.IGNORECASE)  # "than in a hotel"


def verbatim(sentence_: Sentence, part: Clause, start: int, end: int) -> str:
    """A stretch of a clause as it was written."""
    return sentence_.text[max(part.said, part.start + start) : part.start + end].strip(" .,;:!?")


def cut(sentence_: Sentence, part: Clause, start: int, end: int, *, order: bool = False) -> tuple[str, str | None]:
    """A stretch of a clause without what goes on behind its object: the object, and its condition."""
    span = part.text[start:end]
    aside = _ASIDE.search(span)  # "co-op games, the others make us quarrel"
    if aside and aside.start() > 1:
        span, end = span[: aside.start()], start + aside.start()
    if not order:
        for when in (_PAST, _ON_A_DAY) if _GIVEN_UP.search(part.text, 0, start) else (_PAST,):
            passed = when.search(span)
            if passed and passed.start() > 1:
                span, end = span[: passed.start()], start + passed.start()
    instead = _INSTEAD.search(span) if order else None
    if instead and instead.start() > 1:
        span, end = span[: instead.start()], start + instead.start()
    reason = REASON_IN.search(span)
    if reason and reason.start() > 1:
        span, end = span[: reason.start()], start + reason.start()
    condition: str | None = None
    match = CONDITION.search(span)
    if match is not None and _HOUR.search(span, 0, match.start()) and match["c"].startswith("in the "):
        match = None  # "before two in the afternoon"
    if match is not None and _WHICH_DO.search(span, 0, match.start()):
        match = None  # "anything that starts before ten"
    if match and match.start() > 1 and not NOT_CONDITION.match(match["c"]):
        condition = verbatim(sentence_, part, start + match.start("c"), end)
        end = start + match.start()
    elif match and match.start() > 1:
        end = start + match.start()
    return tidy(verbatim(sentence_, part, start, end)), condition


def all_but(sentence_: Sentence, part: Clause, at: int) -> tuple[str, str] | None:
    """What alone is not wanted of a kind, and that the rest is: "cashews" of "any nuts except cashews"; None: nothing is left out.

    Args:
        sentence_: The sentence.
        part: The clause.
        at: Where in it what is wanted begins.
    """
    start = max(0, at - _BEFORE)
    found = _ALL_BUT.search(part.text, start) or _EXCEPTION.search(part.text, start)
    if found is None and (aside := _EXCEPTED.match(flat(sentence_.text), part.end)):  # "any vegetable is fine, sprouts being the exception"
        found = _EXCEPTION.search(part.text + aside["but"], start)
    if found is None or not found.start() <= at <= found.end("kind"):
        return None
    kind = verbatim(sentence_, part, *found.span("kind"))
    rest = f"all other {kind} are fine" if kind.endswith("s") else f"any other {kind} is fine"
    return tidy(verbatim(sentence_, part, *found.span("but"))), rest


def compares_nothing(part: Clause, match: re.Match[str]) -> bool:
    """Whether the "to" before what something is compared with belongs to the word before it."""
    second = match.start("obj2") if "obj2" in match.groupdict() else -1
    return second > 0 and _TO_WHAT.search(part.text, 0, second) is not None


def turned_down(sentence_: Sentence, part: Clause, match: re.Match[str]) -> tuple[str, str | None]:
    """What something is preferred to, and a condition; nothing is turned down in "I prefer diagrams to grasp it"."""
    over, condition = cut(sentence_, part, *match.span("obj2"))
    before = part.text[: match.start("obj2")]
    if before.endswith("to ") and _is_purpose(over):
        return "", condition
    return _PLACED.sub("", over) if _PLACED.match(over) else over, condition


def _is_purpose(words: str) -> bool:
    """Whether what stands after "to" is what is to be done: "fully grasp it", and not "phone calls"."""
    adverb = re.match(r"[a-z]+ly ", words)
    head, _, rest = words[adverb.end() if adverb else 0 :].partition(" ")
    return bool(rest) and is_verb(head, "to", rest) and not _THINGS.fullmatch(f"{head} {rest}")


def object_of(
    sentence_: Sentence, part: Clause, match: re.Match[str], data: Mapping[str, object], *, order: bool
) -> tuple[str, str | None]:
    """What a rule found, and its condition; of "a nut allergy and must avoid all nuts and seeds" what is spelt out."""
    if order and _TELLS.match(match["obj"]):
        return tidy(verbatim(sentence_, part, *match.span("obj"))), None
    obj, condition = cut(sentence_, part, *match.span("obj"), order=order)
    fuller = _MUST_AVOID.search(part.text, match.end("obj")) if data.get("safety") and obj else None
    if fuller is not None and re.search(rf"\b{re.escape(flat(obj))}", fuller["obj"]):
        return cut(sentence_, part, *fuller.span("obj"))
    return obj, condition


def limit_after(sentence_: Sentence, part: Clause, at: int) -> str | None:
    """A condition behind the object and what the pattern takes with it: "vegetarian, except for fish"."""
    match = CONDITION.search(part.text, at)
    return None if match is None or NOT_CONDITION.match(match["c"]) else verbatim(sentence_, part, match.start("c"), len(part.text))


def does_nothing(match: re.Match[str], *, order: bool) -> bool:
    """Whether the word that should be a verb is none; where one orders, anything that acts on something is ("got the letter" is past)."""
    if "verb" not in match.groupdict():
        return False
    after = match["obj"].partition(" ")[2]
    return not is_verb(match["verb"], "to", after) and not (order and acts_on(match["verb"], after))
