"""What the user goes back to: "I'm back to tea", "go back to dark mode", 我又改回喝茶了."""

from __future__ import annotations

import re
from functools import lru_cache

from ..types import Fact, Preference
from .candidates import Candidate
from .change import CHANGE, ENDED, says
from .fields import fields
from .kinds import kinds
from .learnt.relations import others, signs, telling_terms
from .slots import is_safety
from .text import content_terms, has_cjk, normalise

__all__ = ["goes_with", "is_said_in", "returned_to", "said_again", "strays_from"]

_LONGEST = 120  # characters of a turn that may tell of it
_RIVALS = (  # one at a time, mostly
    frozenset({"coffee", "tea", "milk_tea"}),
    frozenset({"trains", "cars", "bikes", "public_transport"}),
)
_ENGLISH = re.compile(
    r"(?i)(?:\b(?:i|we)(?:['’]m|['’]re|['’]ve| am| are| have)?(?: \w+ly| now| just)?(?: gone| went| moved| switched| changed| turned)?"
    r"|^(?:(?:ok(?:ay)?|actually|right|anyway|no|so),? |please |now |it['’]s )*"
    r"(?:(?:let['’]s )?(?:go|switch|change|return|move)|(?=back (?:to|on|onto) ))) ?back (?:to|on|onto|with|in|at) "
    r"(?:using |drinking |eating |taking |living in |working (?:at|for) |my |the |our )*(?P<thing>[\w'’-]+(?: (?!now\b|again\b|and\b|but\b"
    r"|in\b|on\b|at\b|for\b|from\b|because\b|please\b|these\b|since\b)[\w'’-]+){0,2})"
)
_CHINESE = re.compile(
    r"(?:改|换|用|搬|喝|吃|转|调|切)回(?:了|到|去|来|成)?(?:喝|吃|用|住|坐|看|听)?"
    r"(?P<thing>[^，。,.！!；;\s]{1,8}?)(?:[了吧啦呢啊]+)?(?=$|[，。,.！!；;\s])"
)
# no thing of the user's, or not so yet
_ELSE = re.compile(
    r"(?i)\b(?:work|school|normal|bed|sleep|you|the point|topic|question|square one|basics|what|business|reality|that|this|it|home)\b"
    r"|正题|原题|家|来|去"
)
_NOT_SO = re.compile(
    r"(?i)\b(?:if|might|maybe|perhaps|would|could|want to|wish|hope|thinking|considering|until|before|can['’]t|won['’]t|never|not|today"
    r"|tonight|this (?:week|morning|evening|time))\b|[?？]|如果|要是|想|打算|可能|不|别|今天|今晚|这[周次]"
)


@lru_cache(maxsize=1024)
def returned_to(text: str) -> str:
    """What a turn says that the user has gone back to; empty: nothing."""
    if len(text) > _LONGEST or _NOT_SO.search(text) or others(text):
        return ""
    match = (_CHINESE if has_cjk(text) else _ENGLISH).search(text)
    thing = match["thing"].strip() if match else ""
    return "" if not thing or _ELSE.fullmatch(thing) else thing


def is_said_in(thing: str, text: str) -> bool:
    """Whether a statement says the very thing that the user goes back to, and not that it is over."""
    terms = content_terms(thing)
    said = terms <= content_terms(text) if terms and not has_cjk(thing) else normalise(thing) in normalise(text)
    return said and not (signs(text).negated or says(ENDED, text))


def strays_from(thing: str, text: str) -> bool:
    """Whether a statement tells of a change away from a thing: "I take milk in my coffee now", of black coffee."""
    if not (says(CHANGE, text) or says(ENDED, text)) or others(text) or is_safety("", text) or is_said_in(thing, text):
        return False
    one, two = kinds(f"喝{thing}" if len(thing) == 1 else thing), kinds(text)
    if telling_terms(thing) & telling_terms(text) or one & two:
        return True
    return any(one & rivals and two & rivals for rivals in _RIVALS)


def goes_with(thing: str, text: str) -> bool:
    """Whether words are of the field of a thing, or of none that they name."""
    return not (fields(thing) and fields(text)) or not fields(thing).isdisjoint(fields(text))


def said_again(memory: Fact | Preference, *, episode: str, quote: str) -> Candidate:
    """What was said once, as a later turn says it anew.

    Args:
        memory: What was said.
        episode: Id of the later turn.
        quote: Words of it.
    """
    kept = (
        ("slot", "polarity", "object", "strength", "condition", "standing", "lasting", "directive")
        if isinstance(memory, Preference)
        else ("attribute", "value")
    )
    language = "zh" if has_cjk(memory.text) else "en"
    common = {"kind": memory.kind, "episode": episode, "quote": quote, "language": language, "text": memory.text}
    return Candidate.model_validate({**common, **{name: getattr(memory, name) for name in kept}, "subject": memory.subject or "user"})
