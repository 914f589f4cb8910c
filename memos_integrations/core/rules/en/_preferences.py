"""Preferences that an English sentence states."""

from __future__ import annotations

import re
from dataclasses import replace

from ....types import Polarity
from ...candidates import Candidate
from ...inflection import is_verb
from .._common import Sentence
from ._joined import goes_on, listed
from ._lexicon import Clause, clauses, flat
from ._moods import Mood, guarded, mood_of, question_from, without_reminder
from ._objects import compares_nothing, verbatim
from ._patterns import BARE, FIRST, LEADING, LEADING_IN, NOT_CONDITION, ONE_OFF, OTHERS, SAYS, SPEAKS, YOU
from ._reading import for_a_case, read
from ._slots import guess_slot
from ._tables import table as rows
from ._turned import PUT_RIGHT, in_order, turned
from ._wording import depersonalise, directive, sentence, tidy

__all__ = ["stated"]

_HOW = re.compile(r"^(?:and |but |so )?(?:that|this|which|it)(?:'s| is) (?:how|what|why|where|when) (?:i|we)\b")
_JOINS = re.compile(r"[\s,;]*(?:and|but|&|\+)?\s*")
_AND = re.compile(r"^(?:and|but) ")
_SUBJECT = re.compile(
    r"^(?:(?:and|but|so|because|since|also|well|plus) )*(?:i|i'm|i've|we|we're|we've) (?!want you|need you|'d like you|would like you|ask)"
)
# verbs that go on with the subject of the clause before; what may be an order ("keep", "use", "give") is taken for one
_GOES_ON = re.compile(
    r"^(?:and |but )?(?:(?:never|(?:only|always|mostly|usually|generally|normally|rarely|really|just|strictly|exclusively|now|so)"
    r" (?:ever )?)*(?:eat|drink|have|wear|buy|watch|listen to|cook|stick to|live on|go for|opt for|shop|read|play|work|travel|sleep|drive"
    r"|take|follow|keep to|prefer|favou?r|love|like|enjoy|hate|dislike|detest|avoid|loathe|refuse|despise|tend to|try to"
    r"|can't|cannot|mustn't|must not|won't|shouldn't)"
    r"|(?:don't|do not|dont) (?:really |ever |even )?"
    r"(?:eat|drink|like|want|enjoy|wear|buy|watch|smoke|touch|tolerate|cook|drive|fly|travel|trust|need))\b"
)
_KINDS = re.compile(
    r"^(?:for|in|with) (?:all |any |my )?(?!(?:\w+ )?(?:times|cases|terms|days|weeks|months|hours|minutes|years"
    r"|starters|pounds|euros|dollars)$)(?:[a-z]+ )?[a-z]+(?<!s)s$"
)  # "for recipes"
_NOT_SO = re.compile(r"not (?:buried|hidden|tucked|stuck|left|put|placed|scattered|mixed|spread) ")  # "at the top, not buried at the end"
_OF_SELF = re.compile(  # what one says of oneself beside a task is none of it
    r"^(?:and |but |so |because |since |as )*(?:i|we|i'm|we're|i've|my \w+ and i|we both)(?: both| all)?(?: (?:really|absolutely|always"
    r"|never|usually|also|both|all|do|just|still|generally|mostly|only))*"
    r" (?:love|like|enjoy|hate|dislike|detest|loathe|can't stand|cannot stand|prefer|avoid|don't (?:like|eat|drink|enjoy|do|fly|drive)"
    r"|do not (?:like|eat|drink)|never (?:eat|drink|fly)|can't (?:eat|drink|do|have)|eat|vegetarian|vegan"
    r"|both|big fans?|not (?:keen|fond|big)|keen|fond|into|afraid|scared|allergic|fans?)\b"
)
_TABLES: tuple[tuple[str, Polarity], ...] = (
    ("order_avoid", "avoids"),
    ("avoid", "avoids"),
    ("order_want", "wants"),
    ("want", "wants"),
    ("implicit", "avoids"),
)


def stated(sentence_: Sentence, turn: str) -> list[Candidate]:
    """Preferences stated in a sentence; ``turn`` is the whole flattened turn."""
    low = flat(sentence_.masked)
    mood = mood_of(sentence_, low)
    if mood is None:
        return []
    parts = in_order(listed(clauses(low), low), low)
    asks = question_from(parts, mood)
    found: list[Candidate] = []
    leading: str | None = None
    others = False
    stated_before: Candidate | None = None
    for index, part in enumerate(parts):
        if index >= asks and not YOU.match(part.text):
            break
        if (mood.task and (index == 0 or SAYS.search(low[: part.start]))) or (mood.guarded and guarded(part.text)):
            continue
        if others and BARE.match(part.text):
            continue
        if part.text.startswith("not ") and found and (flat(found[-1].object).startswith(("like ", "as ")) or _NOT_SO.match(part.text)):
            continue  # "like a friend, not a teacher"
        put_right = PUT_RIGHT.match(part.text) is not None
        part = turned(without_reminder(part))
        if (
            index
            and _GOES_ON.match(part.text)
            and _SUBJECT.match(parts[index - 1].text)
            and _JOINS.fullmatch(low[parts[index - 1].end : part.start])
        ):
            part = Clause(_AND.sub("", part.text), part.end - len(_AND.sub("", part.text)), part.end, "i ")
        others = bool(OTHERS.match(part.text) or re.search(r"\b(?:who|which)\b", part.text))
        lead = LEADING.match(part.text)
        inner = LEADING_IN.match(part.text)
        if inner and not NOT_CONDITION.match(part.text):
            leading = verbatim(sentence_, part, *inner.span("c"))
            part = part.after(inner.end())
            lead = None
        elif lead and not NOT_CONDITION.match(lead["c"]) and len(part.text) < 90:
            condition = verbatim(sentence_, part, *lead.span("c"))
            trailing = index == len(parts) - 1 or lead["c"].startswith(("unless", "except", "apart", "other than", "provided", "as long"))
            if trailing and found:
                found[-1] = found[-1].model_copy(update={"condition": found[-1].condition or condition})
                continue
            if not trailing:
                leading = condition
            continue
        # "I don't mind X but I hate Y": what stands against a denial is meant, what stands against a doubt is doubted
        contrast = mood.guarded and (low[: part.said].endswith(" but ") or put_right) and not guarded(low, "doubted")
        heard = replace(mood, guarded=False) if contrast else mood
        if mood.task and _OF_SELF.match(part.text):
            heard = replace(heard, task=False, one_off=ONE_OFF.search(part.text) is not None)
        new = _clause(sentence_, part, low, heard, leading, turn, bool(found))
        if not new and stated_before and goes_on(part):
            new = [_one_more(sentence_, part, stated_before)]
        stated_before = new[0] if new and FIRST.search(part.text) else None
        found.extend(new)
    return found


def _limited(clause: str, leading: str | None) -> bool:
    """Whether an order says for which cases, which answers or which kinds of thing it is given."""
    return for_a_case(clause, leading) or _KINDS.match(flat(leading or "")) is not None


def _one_more(sentence_: Sentence, part: Clause, before: Candidate) -> Candidate:
    """What "…, and dates in long form" adds to a statement."""
    obj = tidy(re.sub(r"^(?:and|or) ", "", verbatim(sentence_, part, 0, len(part.text)), flags=re.IGNORECASE))
    verb = "wants" if before.polarity == "wants" else "does not want"
    slot = guess_slot(obj, part.text)
    return before.model_copy(
        update={
            "object": obj,
            "slot": before.slot if slot == "other" else slot,
            "text": sentence(f"The user {verb} {depersonalise(obj)}"),
            "directive": directive(before.polarity, obj),
        }
    )


def _clause(sentence_: Sentence, part: Clause, low: str, mood: Mood, leading: str | None, turn: str, more: bool) -> list[Candidate]:
    if len(part.text) < 4 or (mood.asking and not more and part.text.startswith("or ")):
        return []
    others = OTHERS.match(part.text)
    if _HOW.match(part.text):
        return []
    own = SPEAKS.search(part.text) is not None
    for table, polarity in _TABLES:
        only_guarding = mood.guarded or (mood.task and not table.startswith("order"))  # what harms if neglected is heard beside anything
        if only_guarding and table not in ("avoid", "want"):
            continue
        for rule, match in rows(table).matching(part.text, own=own):
            if "case" in rule.data and not (is_verb(match["verb"], "to", part.text[match.end("verb") :]) and _limited(part.text, leading)):
                continue
            if only_guarding and "safety" not in rule.data and not (rule.data.get("diet") and own):
                continue
            if (others and match.start() <= others.end()) or compares_nothing(part, match):
                continue
            made = read(sentence_, part, low, mood, leading, turn, more, table, polarity, rule, match)
            if made:
                return made
    return []
