"""What goes on beyond the clause of an English statement: lists, reasons, and what is preferred instead."""

from __future__ import annotations

import re

from ...inflection import acting
from ...text import content_terms
from ._lexicon import Clause
from ._patterns import LEADING, LEADING_IN, SPEAKS
from ._wording import depersonalise

__all__ = ["REASON_IN", "disliked", "goes_on", "listed", "why", "why_after"]

REASON_IN = re.compile(
    r"\s(?:due to|owing to|on account of|because of|for (?:\w+ ){1,2}reasons|on (?:(?:my|the) )?(?:\w+'s?|medical) (?:advice|orders))\b"
)
"""Begins a reason inside a clause."""
_DISLIKED = re.compile(
    r"^[\s,;–—-]*(?:and|but|while|whereas)?,? ?(?:i |i'd |we )?(?:really |strongly |generally |absolutely |always |usually |do )*"
    r"(?:(?:must|have to|need to|try to|tend to) )?"
    r"(?:dislike|hate|avoid|avoiding|excluding|detest|loathe|can't stand|cannot stand|refuse|reject"
    r"|(?:don't|do not|won't|will not|cannot|can't|never) (?:like|enjoy|want|eat|consume|drink|use|touch))"
    r"(?: to)? (?P<why>[^.;!?¤]{3,110})"
)
_REASON = re.compile(
    r"^[\s,;–—-]*(?:mostly |mainly |partly |simply |just |only |also )?(?:because (?:of )?|due to |owing to |on account of |cos "
    r"|for the sake of |(?:since|as)(?= (?:i|i'm|i've|it|it's|they|they're|we|that|those|these|my|this)\b) )(?P<why>[^.;!?¤]{3,110})"
)
_CONTRAST = re.compile(
    r"^[\s,;–—-]*(?:and|but|so|as|because|since)?,? ?(?:i |i'd |we )?"
    r"(?:instead |would |much |strongly |generally |far |really |simply |just )*"
    r"(?:(?:prefer|favou?r|rather have)(?: to)? (?P<why>[^.;!?¤]{3,110})"
    r"|(?P<only>(?:(?:only|always|mostly|exclusively)"
    r" (?:eat|drink|have|wear|buy|watch|listen to|cook|read|play|use|take|travel|stay|shop|adopt|consume|choose|book|order|visit|work)"
    r"|(?:do|perform|learn|work|sleep|feel|function) (?:better|best) (?:with|in|on|at|from)|thrive (?:in|on|with))\b[^.;!?¤]{3,110}))"
)
_ATTITUDE = re.compile(r"(?:and |but )?(?:avoid|hate|dislike|detest|prefer|love|like|enjoy)\b")
_EXPLAINS = re.compile(
    r"(?:the|they|it|those|these|my) [^.;!?¤]{3,80}\b"
    r"(?:feels?|makes?|gives?|is|are|takes?|seems?|looks?|gets?|helps?)\b[^.;!?¤]{2,80}"
)
_LISTED = re.compile(
    r"^(?:and |or |and/or )?(?!(?:no|not|never|nothing|none|but|so|please|then|also|too|thanks|avoiding|excluding)\b)"
    r"[\w'’/&+-]+(?: [\w'’/&+-]+){0,13} ?$"
)
_SAYS_MORE = re.compile(
    r"^(?:and )?(?:my|our|his|her|their) (?:\w+ ){1,2}(?!\w+(?:ss|us|'s) )\w+(?<!ss)s (?!and\b)\w+|^my names? "
    r"|\b(?:i|im|ive|its|i'm|i've|i'd|i'll|we|you"
    r"|he|she|it|they|it's|that's|there's|is|are|was|were|am|be|been|do|does|did|don't|doesn't|didn't"
    r"|has|had|have|can|can't|could|will|won't|would|should|must|may|might|please|because|since|though|although|if|when|unless|until"
    r"|while|what|how|why|where|forgot|lost|broke|found|went|came|got|took|said|tried|wants|needs|likes|loves|hates|prefers|says"
    r"|thinks|goes|comes|gets|takes|makes|looks|keeps|helps|works|love|hate|prefer|enjoy|avoid|want|need|use|keep|give|make|try|tell|write|send|put"
    r"|add|find|suggest|recommend|except|instead|only|always|usually|thanks|thank|ok|okay"
    r"|isn't|aren't|never$|(?:every|any|each) (?:time|day|night|week)$|me|us|which|who|means|btw|anyway|ideally|maybe|perhaps|just"
    r"|really|at least|preferably|or else)\b"
)
_ORDERS = re.compile(
    r"(?:(?:please|just|always|and|so|also|in general|generally|from now on|in future|overall|you (?:can|should|must)|i(?:'d like| want"
    r"| need) you to|can you|could you) )*(?:be|keep|stay"
    r"|sound|use|make|answer|reply|write|speak|talk)\b"
)
_NOTHING_OF = re.compile(  # "no nuts, shellfish or kiwi"
    r"(?:(?:and|so|but|then|ok|also|please|absolutely) )*no (?!(?:more|one|idea|problems?|need|way|worries|rush|thanks|thank|longer|doubt"
    r"|wonder|matter|point|big deal|chance|clue|offen[cs]e)\b)\w"
)
_OR = re.compile(r"(?:, [\w'’-]+(?: [\w'’-]+){0,2}){0,6},? or ")
_FOR_ME = re.compile(r" for (?:me|us)(?: please| thanks)? ?$")
_AFTER_BUT = 2  # spaces
_NEXT = re.compile(
    r",? (?:and|but|so|because|since|as) (?=(?:i|i'm|i've|i'd|it|they|we|please|never|always|don't|avoid|prefer)\b)", re.IGNORECASE
)
_NO_OTHER = re.compile(r"(?:to )?(?:avoid|not|never|skip|them|it|that|those|these|this)\b", re.IGNORECASE)
_BY_NOUN = ("due", "owing", "on account", "because of", "for ")


def listed(parts: list[Clause], low: str) -> list[Clause]:
    """The clauses of a sentence with those joined that only go on with a list: "modern, shiny finishes", "tea, cake and jam"."""
    joined: list[Clause] = []
    going_on = False  # "…, and times in 24-hour format" alone begins no list
    for part in parts:
        last = joined[-1] if joined else None
        if (
            last is not None
            and _goes_on_after(low[last.end : part.start].strip(" "), part)
            and _LISTED.match(part.text)
            and not _SAYS_MORE.search(_FOR_ME.sub("", part.text))
            and _begins_list(last, low)
            and (not LEADING.match(last.text) or LEADING_IN.match(last.text))
            and (going_on or not part.text.startswith(("and ", "or ")))
        ):
            joined[-1] = Clause(low[last.start : part.end], last.start, part.end)
            going_on = True
        else:
            joined.append(part)
            going_on = False
    return joined


def _begins_list(part: Clause, low: str) -> bool:
    """Whether what stands behind the comma of a clause may go on with it; of what is not to be, if an "or" closes the list."""
    if SPEAKS.search(part.text) or _ORDERS.match(part.text) or _CONTRAST.match(part.text) or _ATTITUDE.match(part.text):
        return True
    return _NOTHING_OF.match(part.text) is not None and _OR.match(low, part.end) is not None


def _goes_on_after(between: str, part: Clause) -> bool:
    """Whether what stands between two clauses may stand inside a list: a comma, or "but" before a word or two ("firm but friendly")."""
    return between == "," or (between in ("but", ", but", "yet", ", yet") and part.text.count(" ") <= _AFTER_BUT)


def goes_on(part: Clause) -> bool:
    """Whether a clause is but one thing more: "and dates in long form"."""
    return part.text.startswith("and ") and _LISTED.match(part.text) is not None and _SAYS_MORE.search(part.text) is None


def why(text: str, part: Clause, low: str, at: int, *, contrasts: bool) -> str:
    """Why the user says so, or what they prefer to it, as far as the same sentence tells; empty: it does not.

    Args:
        text: The sentence.
        part: The clause that states something.
        low: The sentence, flattened.
        at: Where in the clause its object begins.
        contrasts: What is preferred instead counts as well.
    """
    inside = REASON_IN.search(part.text, at)
    begin = part.start + inside.start() if inside else part.end
    rest = low[begin:]
    contrast = _CONTRAST.match(rest) if not inside else None
    if contrast and not contrasts and contrast["only"] is None:
        contrast = None
    found = contrast or _REASON.match(rest)
    if found is None:
        return ""
    group = "why" if found["why"] is not None else "only"
    told = _NEXT.split(text[begin + found.start(group) : begin + found.end(group)].strip(" ,"), maxsplit=1)[0]
    if not content_terms(told) or (contrast and _NO_OTHER.match(told)):
        return ""
    if contrast and group == "only":
        return depersonalise(f"I {told}")
    if contrast:
        return f"the user prefers {acting(depersonalise(told), 'to')}"
    by_noun = found.group().strip(" ,;").startswith(_BY_NOUN)
    return f"because of {depersonalise(told)}" if by_noun else depersonalise(told)


def why_after(text: str, low: str) -> str:
    """Why the user says what stands before a semicolon, as far as the words after it tell; empty: they do not.

    Args:
        text: What stands after it.
        low: The same, flattened.
    """
    contrast = _CONTRAST.match(low)
    if contrast is not None:
        group = "why" if contrast["why"] is not None else "only"
        told = text[contrast.start(group) : contrast.end(group)].strip(" ,.")
        if not content_terms(told) or _NO_OTHER.match(told):
            return ""
        return depersonalise(f"I {told}") if group == "only" else f"the user prefers {acting(depersonalise(told), 'to')}"
    reason = _EXPLAINS.match(low)
    return depersonalise(text[: reason.end()].strip(" ,.")) if reason is not None else ""


def disliked(text: str, part: Clause, low: str) -> str:
    """What the user says right after a liking to dislike or avoid, as one does it; empty: nothing."""
    found = _DISLIKED.match(low[part.end :])
    if found is None:
        return ""
    told = text[part.end + found.start("why") : part.end + found.end("why")].strip(" ,")
    told = _NEXT.split(REASON_IN.split(told, maxsplit=1)[0], maxsplit=1)[0]
    return "" if not content_terms(told) or _NO_OTHER.match(told) else depersonalise(told)
