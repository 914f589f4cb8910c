"""Preferences that an English sentence states."""

from __future__ import annotations

import re
from dataclasses import replace

from ....types import Polarity
from ...candidates import Candidate
from .._common import Sentence
from ._joined import goes_on, listed
from ._lexicon import Clause, clauses, flat
from ._moods import Mood, guarded, mood_of, question_from
from ._objects import compares_nothing, verbatim
from ._patterns import BARE, CASES, FIRST, IN_ANSWERS, LEADING, LEADING_IN, NOT_CONDITION, OTHERS, SAYS, SPEAKS, YOU
from ._reading import read
from ._slots import guess_slot
from ._tables import table as rows
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
_SAID = re.compile(
    r"^(?:and |but |so |no |yes |well |as )*(?:i(?:'ve| have)? (?:already |just |clearly |only |actually )?(?:said|told you|mentioned"
    r"|meant|mean)(?: to say)?(?: that)?"
    r" (?=(?:i|i'm|i'd|i've|we|my|no|never|not|don't|always|only)\b)"
    r"|(?:(?:honestly|frankly|personally|tbh|to be (?:honest|fair|frank)|truthfully|basically|admittedly|sadly|luckily|weirdly|oddly"
    r"|strangely|turns out)[ ,]+)+|(?:which|that|this|it)(?: also| basically)? (?:means|meant)(?: that)? )"
)
_CLEFT = re.compile(
    r"^(?:and |but |so |because )?(?:what|all|one thing|something|(?:the|my) (?:(?:only|one|main|first|last|worst|best|other|biggest) )*"
    r"(?:things?|part|kind|sort|bit))(?: (?:that|which))? i(?:'m| am)? ?(?P<pred>(?:[a-z']+ ){0,5}?[a-z']+)"
    r"(?: (?:from|in|out of) (?:an? |the |my )?[a-z]+)?(?: most(?: of all)?| best| the most)?(?:'s| is| are) (?=[a-z])"
)
_DOES = re.compile(
    r"^(?:and |but |so |because |while )*(?:what|the (?:(?:only|one|best|worst) )*thing (?:that|which))(?: (?:really|always|usually"
    r"|also|actually|definitely))*"
    r"(?P<not> (?:doesn't|does not|won't|never)(?: really)?)? "
    r"(?:(?P<good>helps?|works?|calms?|relaxes|suits?|motivates?|cheers?|soothes?|comforts?|(?:keeps?|makes?) me (?:happy|sane|calm"
    r"|going|smile|feel (?:good|better|safe)))"
    r"|annoys?|bothers?|irritates?|stresses|bores?|tires|confuses|distracts?|scares?|upsets?|hurts?|throws|(?:drives?|makes?"
    r"|puts?) me (?:mad|crazy|nuts|off|to sleep|up the wall|angry|sad|anxious|nervous|tired))"
    r"(?:(?: for| with)? me)?(?: (?:up|down|out|off|best|most|the most|better|focus|learn|relax|at all))*(?:'s| is| are)(?: when| if"
    r"| to (?:have|get|see))? (?=\w)"
)
_THINGS = re.compile(
    r"(?:and |but |so )?(?:(?:the|my|a|some|few|one|two|three|four|five|\d|other|main|only) )*(?:things?|foods?|dishes|places"
    r"|kinds? of \w+|what) (?:that |which )?i"
    r"(?: really| just| always| absolutely)? (?P<pred>(?:[a-z']+ ){0,4}?[a-z']+)"
)
_THAT_IS = re.compile(
    r"^(?:and )?(?:that|this|those|these|they|it)(?:'s|'re| is| are)(?: all| just| exactly| really"
    r"| always)* (?:(?P<so>how (?:i(?:'d)? (?:like|want|prefer) (?:you|your \w+) to"
    r" (?:sound|be|answer|write|talk|speak|reply)\b.*|you should (?:sound|be)\b.*))|how i(?:'d)? (?:like|want|prefer|take) (?:it|them"
    r"|things|my)\b.*"
    r"|what i(?:'d)? (?:like|want|need|prefer|love|enjoy|go for)(?: (?:most|best))?$|my (?:idea of (?!hell|torture|misery|a nightmare)"
    r"|kind of|sort of|favou?rite|thing|cup of tea|style|way|go-to)\b.*)"
)
_SAID_AFTER = ("please", "pls", "plz", "ever", "though")  # behind a comma they belong to what stands before
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
    parts = _in_order(listed(clauses(low), low), low)
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
        if part.text.startswith("not ") and found and flat(found[-1].object).startswith(("like ", "as ")):
            continue  # "like a friend, not a teacher"
        put_right = _SAID.match(part.text) is not None
        part = _uncleft(_unsaid(part))
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
            part = Clause(part.text[inner.end() :], part.start + inner.end(), part.end)
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
        new = _clause(sentence_, part, low, replace(mood, guarded=False) if contrast else mood, leading, turn, bool(found))
        if not new and stated_before and goes_on(part):
            new = [_one_more(sentence_, part, stated_before)]
        stated_before = new[0] if new and FIRST.search(part.text) else None
        found.extend(new)
    return found


def _uncleft(part: Clause) -> Clause:
    """ "What I love is rain" as "I love rain", "what helps me is tea" as "I like tea"."""
    found = _CLEFT.match(part.text) or _DOES.match(part.text)
    if found is None:
        return part
    rest = part.text[found.end() :]
    if "pred" in found.groupdict():
        return Clause(rest, part.end - len(rest), part.end, f"i {found['pred']} ")
    good = (found["good"] is not None) == (found["not"] is None)
    return Clause(rest, part.end - len(rest), part.end, "i like " if good else "i dislike ")


def _in_order(parts: list[Clause], low: str) -> list[Clause]:
    """Clauses with what they are about in its usual place: "rain, that's what I like" and "things I love: rain" as "I love rain"."""
    moved: list[Clause] = []
    pred = ""
    for part in parts:
        said = _THAT_IS.match(part.text) if moved and not pred else None
        if said is not None and low[moved[-1].end : part.start].strip() in (",", "-", "–", "—", ":"):
            front = moved[0]
            implied = "be " if said["so"] else "i like "
            moved = (
                [Clause(low[front.said : moved[-1].end], front.said, moved[-1].end, implied)]
                if not SPEAKS.search(low[front.said : moved[-1].end])
                else [*moved, part]
            )
            continue
        if part.text in _SAID_AFTER and moved:
            moved[-1] = Clause(low[moved[-1].said : part.end], moved[-1].said, part.end, moved[-1].implied)
            continue
        head = _THINGS.fullmatch(part.text)
        if head is not None and low[part.end : part.end + 1] == ":":
            pred = head["pred"]
            continue
        moved.append(
            Clause(low[part.said : part.end], part.said, part.end, f"i {pred} ") if pred and not SPEAKS.search(part.text) else part
        )
    return moved


def _unsaid(part: Clause) -> Clause:
    """ "I said I hate rain" as "I hate rain", "which means no grapefruit" as "no grapefruit"."""
    found = _SAID.match(part.text)
    return part if found is None else Clause(part.text[found.end() :], part.start + found.end(), part.end)


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
    for_a_case = any(CASES.search(words) or IN_ANSWERS.search(words) for words in (part.text, flat(leading or "")))
    for table, polarity in _TABLES:
        only_guarding = mood.guarded or (mood.task and not table.startswith("order"))  # what harms if neglected is heard beside anything
        if only_guarding and table != "avoid":
            continue
        for rule, match in rows(table).matching(part.text, own=own):
            if "case" in rule.data and not for_a_case:
                continue
            if only_guarding and "safety" not in rule.data and not (rule.data.get("diet") and own):
                continue
            if (others and match.start() <= others.end()) or compares_nothing(part, match):
                continue
            made = read(sentence_, part, low, mood, leading, turn, more, table, polarity, rule, match)
            if made:
                return made
    return []
