"""What a user complains of in an answer."""

from __future__ import annotations

from collections.abc import Iterator

from ....types import Polarity
from ...candidates import Candidate
from .._common import Sentence
from ._clauses import RULES, Clause, compiled
from ._wording import directive, slot_of, third_person, trimmed, wording

__all__ = ["complained"]


def complained(sentence: Sentence, clause: Clause) -> Iterator[Candidate]:
    """What a clause faults in the answer before it."""
    if not sentence.before or len(sentence.turn.text) > 120 or clause.about != "user":
        return
    for rule in compiled(RULES, "complaint"):
        found = rule.pattern.search(clause.plain)
        if found and not (clause.asks and "又" not in clause.plain and "还" not in clause.plain):
            begin = found.start("obj")
            start, end = trimmed(clause.raw[begin : found.end("obj")])
            obj = clause.raw[begin + start : begin + end]
            if len(obj) >= 2:
                yield _made(sentence, clause, obj, "avoids", sentence.before[:300])
            return


def _made(sentence: Sentence, clause: Clause, obj: str, polarity: Polarity, offer: str) -> Candidate:
    order = polarity == "avoids"
    slot = slot_of(obj, clause.raw, sentence.text, order=order) or slot_of(offer, order=False) or "other"
    said = directive(clause.raw, obj, polarity, order=False, slot=slot)
    return Candidate(
        kind="preference",
        episode=sentence.turn.episode,
        quote=clause.raw,
        language="zh",
        text=wording(clause.raw, obj, polarity, order=False, chosen=True),
        slot=slot,
        polarity=polarity,
        object=obj,
        origin="implicit",
        directive=third_person(said),
    )
