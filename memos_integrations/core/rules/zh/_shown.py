"""What a Chinese clause shows without stating it: complaints, corrections of style, habits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ....types import Polarity
from ...candidates import Candidate
from ...text import has_cjk
from ...wording import seeming
from .._common import Sentence
from ._clauses import Clause, Rule, compiled, sieve, simplify
from ._slots import slot_of
from ._wording import directive, third_person, trimmed

__all__ = ["complained", "habitual"]

_SHOWN = str(Path(__file__).parent / "shown.toml")
_LONGEST = 160  # of a turn that complains
_TABLES: tuple[tuple[str, Polarity], ...] = (("avoids", "avoids"), ("wants", "wants"))
_PLACES = {
    "food.taste": "吃",
    "food.drink": "喝",
    "travel.transport": "坐骑开",
    "entertainment.film": "看",
    "entertainment.music": "听",
    "fashion.style": "穿",
    "travel.lodging": "住",
    "entertainment.reading": "读",
    "entertainment.games": "玩",
}


def _matches(table: str, text: str) -> bool:
    return sieve(_SHOWN, table).finds(text)


def complained(sentence: Sentence, clause: Clause) -> Iterator[Candidate]:
    """What a clause faults in the assistant's answers, or wants otherwise."""
    if len(sentence.turn.text) > _LONGEST or "算了" in sentence.turn.text or (clause.about != "user" and clause.own):
        return
    for table, polarity in _TABLES:
        for rule in sieve(_SHOWN, table).likely(clause.plain):
            match = rule.search(clause.plain)
            if match is None or ((rule.data.get("after") or rule.data.get("first")) and not sentence.before):
                continue
            if not _fits(rule, sentence, clause):
                continue
            if sentence.hand.work and not rule.data.get("twice") and _of_the_work(sentence, rule):
                continue
            found = _candidate(sentence, clause, match, rule, polarity)
            if found is not None:
                yield found
                return


def _fits(rule: Rule, sentence: Sentence, clause: Clause) -> bool:
    """Whether what else a rule asks of its clause and its turn is there."""
    if "not" in rule.data and re.search(rule.data["not"], clause.plain):
        return False
    if "turn" in rule.data and not re.search(rule.data["turn"], simplify(sentence.turn.text)):
        return False
    if rule.data.get("tongue"):  # asks for the other language than the answer had
        return has_cjk(sentence.before) == (re.search("英|日语|粤", clause.plain) is not None)
    return True


def _of_the_work(sentence: Sentence, rule: Rule) -> bool:
    """Whether what is faulted or wanted is of the text in hand: a part of it is to be changed, or it is to be so for once."""
    said = simplify(sentence.turn.text)
    return not _matches("repeated", said) and (bool(rule.data.get("once")) or _matches("edits", said))


def _span(clause: Clause, match: re.Match[str]) -> str:
    begin = match.start("obj")
    start, end = trimmed(clause.raw[begin : match.end("obj")])
    return clause.raw[begin + start : begin + end]


def _candidate(sentence: Sentence, clause: Clause, match: re.Match[str], rule: Rule, polarity: Polarity) -> Candidate | None:
    thing = _span(clause, match)
    if len(thing) < 1 or _matches("no_thing", simplify(thing)):
        return None
    first = bool(rule.data.get("first"))
    slot = slot_of(thing, clause.raw, order=True)
    about_answers = first or (slot or "").startswith("answers.")
    if rule.data.get("twice") and thing.lower() not in sentence.hand.asked:
        return None
    if not sentence.hand.work and ((rule.data.get("style") and not about_answers) or (rule.data.get("place") and slot is None)):
        return None
    if first:
        slot = "answers.process"
    elif slot is None:
        slot = slot_of("", sentence.text, before=sentence.before[:300], order=False) or "answers.content"
    said = simplify(sentence.turn.text)
    lasting = _matches("repeated", said) if sentence.hand.work else not rule.data.get("once") or _matches("again", said)
    what = third_person(f"先给{thing}" if first else thing)
    if about_answers and re.match(r"太|过于|这么|那么", thing):
        what = f"{what}的回答"
    return Candidate(
        kind="preference",
        episode=sentence.turn.episode,
        quote=clause.raw,
        language="zh",
        text=seeming(what, polarity, "zh").text,
        slot=slot,
        polarity=polarity,
        object=thing,
        origin="implicit",
        standing=lasting and slot.startswith("answers."),
        lasting=lasting,
        directive=f"{what}。" if first else third_person(directive(clause.raw, what, polarity, order=False, slot=slot)),
    )


def habitual(sentence: Sentence, clause: Clause) -> Iterator[Candidate]:
    """What the user says to do as a rule."""
    if clause.about != "user" or clause.asks:
        return
    for rule in compiled(_SHOWN, "habit"):
        match = rule.pattern.match(clause.plain)
        if match is None or not _fits(rule, sentence, clause):
            continue
        thing = _span(clause, match) if match["obj"] else ""
        verb = match["verb"]
        if thing and _matches("no_thing", simplify(thing)):
            return
        slot = slot_of(thing, clause.raw, order=False) if thing else None
        slot = slot or next((place for place, verbs in _PLACES.items() if verb in verbs), None)
        if not thing or slot is None or slot.startswith("answers."):
            return
        said = seeming(third_person(f"{verb}{thing}" if verb in "骑坐开" else thing), "wants", "zh")
        yield Candidate(
            kind="preference",
            episode=sentence.turn.episode,
            quote=clause.raw,
            language="zh",
            text=said.text,
            slot=slot,
            polarity="wants",
            object=thing,
            origin="implicit",
            directive=said.directive,
        )
        return
