"""How a preference that the models found is worded: its sentence and its directive, with the words of the rules."""

from __future__ import annotations

from ...types import Polarity
from ..inflection import is_verb
from ..rules.en._wording import NEGATIVE, as_order, depersonalise, sentence
from ..rules.en._wording import directive as english_directive
from ..rules.zh._wording import directive as chinese_directive
from ..rules.zh._wording import wording as chinese_wording
from ..text import Language

__all__ = ["worded"]

_LONGEST = 90  # characters of an order that is repeated as it was given


def worded(language: Language, clause: str, obj: str, polarity: Polarity, slot: str, *, standing: bool) -> tuple[str, str]:
    """A sentence without first person, and a signed imperative.

    Args:
        language: Of both.
        clause: Verbatim words that hold the object.
        obj: The object, verbatim.
        polarity: Its sign.
        slot: Its slot.
        standing: It is an order about every answer, or safety.
    """
    order = standing and slot.startswith("answers.")
    if language == "zh":
        text = chinese_wording(clause, obj, polarity, order=order, chosen=False)
        return text, chinese_directive(clause, obj, polarity, order=order, slot=slot)
    what = depersonalise(obj)
    if slot == "answers.address" and order:
        wish = "to be called" if polarity == "wants" else "not to be called"
        call = "Call" if polarity == "wants" else "Do not call"
        return sentence(f"The user wants {wish} {what}"), sentence(f"{call} the user {what}")
    told = _order(clause, polarity, standing=standing)
    said = depersonalise(clause)
    if told:
        said = f"The user asks: {depersonalise(told[:1].lower() + told[1:])}"
    elif "the user" not in said.lower():
        said = f"The user {'wants' if polarity == 'wants' else 'does not want'} {what}"
    reason = "the user is allergic" if slot == "health.allergy" and polarity == "avoids" else ""
    before = clause[: max(0, clause.find(obj))]
    return sentence(said), english_directive(polarity, obj, told, reason, before=before)


def _order(clause: str, polarity: Polarity, *, standing: bool) -> str:
    """What the user tells the assistant to do or, with that sign, not to do, from the verb on; empty: the clause is no such order."""
    order = as_order(clause)
    if not order or len(order) > _LONGEST:
        return ""
    denied = NEGATIVE.match(order) is not None
    first, _, rest = order.partition(" ")
    return order if denied == (polarity == "avoids") and (denied or is_verb(first, "please" if standing else "", rest)) else ""
