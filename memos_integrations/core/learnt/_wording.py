"""How a preference that the models found is worded: its sentence and its directive, with the words of the rules."""

from __future__ import annotations

from ...types import Polarity
from ..rules.en._wording import depersonalise, sentence
from ..rules.en._wording import directive as english_directive
from ..rules.zh._wording import directive as chinese_directive
from ..rules.zh._wording import wording as chinese_wording
from ..text import Language

__all__ = ["worded"]


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
    said = depersonalise(clause)
    if "the user" not in said.lower():
        said = f"The user {'wants' if polarity == 'wants' else 'does not want'} {what}"
    reason = "the user is allergic" if slot == "health.allergy" and polarity == "avoids" else ""
    return sentence(said), english_directive(polarity, obj, reason=reason)
