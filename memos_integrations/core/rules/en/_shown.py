"""What an English sentence shows without stating it: complaints, corrections of style, habits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ....types import Polarity
from ...candidates import Candidate
from ...tasks import says
from ...text import content_terms
from ...wording import seeming
from .._common import Rule, Sentence
from ._doubts import of_this_answer
from ._lexicon import Clause, clauses, flat, load, sieve
from ._patterns import ASKS, CONDITION, DROP, NOT_CONDITION
from ._slots import guess_slot, has_manner
from ._wording import depersonalise, sentence, tidy

__all__ = ["complained", "habitual"]

_LONGEST = 300  # of a turn that complains
_QUIP = 60  # of a sentence that is read as one clause as well
_ANSWERS = re.compile(r"^answers\.")
_PLACES = {
    "travel.transport": ("go by", "travel by", "travel in", "ride", "drive", "walk", "cycle", "fly", "fly with"),
    "food.taste": ("eat", "have", "cook"),
    "food.drink": ("drink",),
    "entertainment.reading": ("read",),
    "entertainment.film": ("watch",),
    "entertainment.music": ("listen to",),
    "fashion.style": ("wear",),
    "travel.lodging": ("stay in", "stay at"),
}
_AS_EVER = re.compile(
    r"(?:(?:the )?same )?(?:as (?:ever|always|usual|before|last time)|like (?:always|ever|last time|every time))$"
    r"|the usual$|same (?:again|old)$"
)
_MOVING = {"cycle": "cycling", "walk": "walking", "drive": "driving", "ride": "riding", "fly": "flying", "cook": "cooking"}
_TABLES: tuple[Polarity, ...] = ("avoids", "wants")


def complained(said: Sentence, turn: str, stated: Sequence[str]) -> Iterator[tuple[Clause, Candidate]]:
    """Each complaint and correction of a sentence with its clause.

    Args:
        said: The sentence.
        turn: The whole flattened turn.
        stated: What the sentence states for good, flattened: a bare language or unit beside it corrects nothing.
    """
    if len(said.turn.text) <= _LONGEST:
        low = flat(said.masked)
        parts = clauses(low)[:8]
        if len(parts) > 1 and len(low) <= _QUIP:
            whole = Clause(low[parts[0].start :].rstrip(" .!?"), parts[0].start, len(low.rstrip(" .!?")))
            parts = [whole, *parts]  # "must you be so chirpy" is one, though "so" may begin a clause
        for part in parts:
            found = _of_answer(said, part, turn, yields=any(thing in part.text for thing in stated))
            if found is not None:
                yield part, found


def habitual(said: Sentence) -> Iterator[tuple[Clause, Candidate]]:
    """What the user says to do, or to take, as ever, with its clause."""
    if said.question:
        return
    parts = clauses(flat(said.masked))[:8]
    for place, part in enumerate(parts):
        beside = [p.text for p in (*parts[max(0, place - 1) : place], *parts[place + 1 : place + 2])]
        found = _habit(said, part, "habit") or (_habit(said, part, "once_more") if said.before.rstrip().endswith("?") else None)
        if found is None:
            found = _habit(said, part, "as_ever", as_ever=any(_AS_EVER.match(text) for text in beside))
        if found is not None:
            yield part, found


def _of_answer(said: Sentence, part: Clause, turn: str, *, yields: bool) -> Candidate | None:
    asks = said.question or ASKS.match(part.text) is not None
    for rule in sieve(*_TABLES, file="shown.toml").likely(part.text):
        if yields and rule.data.get("yields"):
            continue
        if (rule.data.get("after") and not said.before) or (asks and not rule.data.get("asks") and "grumble" not in rule.data):
            continue
        match = rule.search(part.text)
        if match is None or not _bears(rule, part, match, turn):
            continue
        found = _candidate(said, part, match, rule, rule.data["table"], turn)
        if found is not None:
            return found
    return None


def _bears(rule: Rule, part: Clause, match: re.Match[str], turn: str) -> bool:
    """Whether the words that a rule needs stand beside the object, or in the turn."""
    need, grumble = rule.data.get("need"), rule.data.get("grumble")
    beside = f"{part.text[: match.start('obj')]} {part.text[match.end('obj') :]}"
    return not (need and not re.search(need, beside)) and not (grumble and not re.search(grumble, turn))


def _candidate(said: Sentence, part: Clause, match: re.Match[str], rule: Rule, polarity: Polarity, turn: str) -> Candidate | None:
    thing = tidy(said.text[part.start + match.start("obj") : part.start + match.end("obj")])
    spoken = flat(thing)
    if not 1 < len(thing) <= 100 or DROP.match(spoken) or not content_terms(thing):
        return None
    slot = guess_slot(thing, part.text)
    if rule.data.get("style") and not (_ANSWERS.match(slot) or has_manner(spoken) or spoken.endswith(" first")):
        return None
    if spoken.endswith(" first"):
        slot = "answers.process"
    elif rule.data.get("after") and not _ANSWERS.match(slot):
        slot = "answers.content" if polarity == "wants" else slot
    if of_this_answer(said):
        lasting = any(says(table, turn) for table in ("again", "always", "for_good"))
    else:
        lasting = not rule.data.get("once") or any(r.pattern.search(turn) for r in load("again", "shown.toml"))
    answers = _ANSWERS.match(slot) is not None
    what = depersonalise(thing)
    if not said.masked[: part.start + match.start("obj")].strip() and what[1:2].islower():
        what = what[:1].lower() + what[1:]  # a capital of the sentence's own
    if answers and what.startswith("too "):
        what = f"answers {'with' if re.match('too (?:many|much) ', what) else 'that are'} {what}"
    elif what.startswith("too "):
        what = f"what is {what}"
    return Candidate(
        kind="preference",
        episode=said.turn.episode,
        quote=said.text.strip()[:240],
        text=seeming(what, polarity, "en").text,
        slot=slot,
        polarity=polarity,
        object=thing,
        origin="implicit",
        standing=answers and lasting,
        lasting=lasting,
        directive=sentence(f"Avoid {what}" if polarity == "avoids" else f"Prefer {what}"),
    )


def _habit(said: Sentence, part: Clause, table: str, *, as_ever: bool = True) -> Candidate | None:
    for rule in load(table, "shown.toml"):
        if not as_ever and not rule.data.get("within"):
            continue
        match = rule.pattern.match(part.text)
        if match is None:
            continue
        verb = match["verb"] or ""
        end = match.end("obj")
        limit = CONDITION.search(match["obj"])
        if limit and limit.start() > 1 and not NOT_CONDITION.match(limit["c"]):
            end = match.start("obj") + limit.start()
        thing = tidy(said.text[part.start + match.start("obj") : part.start + end])
        if not thing and verb not in _MOVING:
            return None
        whole = said.text[part.start + match.start("verb" if verb else "obj") : part.start + end].strip()
        slot = guess_slot(thing or verb, part.text)
        if slot == "other" and said.before:
            slot = guess_slot(thing, flat(said.before), flat(said.turn.text))
        if slot == "other":
            slot = next((place for place, verbs in _PLACES.items() if verb in verbs), "other")
        if thing[:1].isdigit() or (verb.startswith("have") and not slot.startswith("food.")):
            return None
        if (slot == "other" and not rule.data.get("sure")) or _ANSWERS.match(slot) or len(thing) > 80 or DROP.match(flat(thing)):
            return None
        what = depersonalise(thing)
        if verb in _MOVING:
            thing, what = whole, f"{_MOVING[verb]}{whole[len(verb) :]}"
        words = seeming(what, "wants", "en")
        return Candidate(
            kind="preference",
            episode=said.turn.episode,
            quote=said.text.strip()[:240],
            text=words.text,
            slot=slot,
            polarity="wants",
            object=thing,
            origin="implicit",
            condition=said.text[part.start + end : part.start + match.end("obj")].strip(" .,;:!?") or None,
            directive=words.directive,
        )
    return None
