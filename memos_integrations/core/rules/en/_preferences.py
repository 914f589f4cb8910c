"""Preferences that an English sentence states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ....types import Polarity, Strength
from ...candidates import Candidate
from ...inflection import acting, is_verb
from ...text import content_terms
from .._common import QUOTED, Rule, Sentence
from ._joined import REASON_IN, disliked, goes_on, listed, why
from ._lexicon import Clause, clauses, flat, load
from ._patterns import (
    ALWAYS,
    ASKED_FOR,
    ASKS,
    ASKS_PLAINLY,
    AT_MOST,
    BARE,
    CONDITION,
    DROP,
    EDIT,
    FIRST,
    FOR,
    LEADING,
    LEADING_IN,
    MAKING,
    NEGATED,
    NEVER_DID,
    NO_ORDER,
    NOT_CONDITION,
    NOW,
    ONE_OFF,
    OTHERS,
    OWN,
    PUSH,
    SAFE,
    SAYS,
    SPEAKS,
    STRONG,
    TASK,
    THIS_ONCE,
    WEAK,
    YOU,
)
from ._slots import guess_slot, has_manner
from ._tables import table as rows
from ._wording import DOING, as_order, depersonalise, directive, sentence, tidy

__all__ = ["says_nothing", "stated", "turn_guard"]


# words after which "to" compares nothing: "listening to podcasts", "easy to follow", "open to all"
_TO_WHAT = re.compile(
    r"\b(?:listening|listen|going|talking|speaking|writing|access|accessible|adjusted|adapted|attention|belonging|close|closer|compared|connected"
    r"|dedicated|due|easy|easier|exposure|geared|hard|harder|loyal|near|next|open|prior|related|relevant|similar|specific|sticking|subscribing"
    r"|suited|tailored|ready|able|simple|quick|safe|free|likely|trips?|flights?|journeys?|travel|back|up|down"
    r"|responding|moving|hours?|days?|vacations?|holidays?|tickets?|routes?) to $"
)
_MUST_AVOID = re.compile(
    r"\b(?:and|so) (?:i )?(?:must|have to|need to|strictly|always|therefore)(?: strictly| always)?"
    r" (?:avoid|skip|stay away from) (?:all |any |every )?(?P<obj>.+)"
)
_GUARDING = ("food.", "health.", "access.", "travel.", "shopping.", "home.")  # what is said of them beside a task may well last
_ASIDE = re.compile(r", (?:(?!and |or )[\w'-]+ ){1,5}?(?:makes?|turns?|gives?|drives?|leaves?|keeps?|puts?|end|ends) (?:me|us|up|in)\b")
_AT = re.compile(r"(?:on|at|in|by|for|to|with|from|after|before) ", re.IGNORECASE)  # "the evening before, not on the day"
_SPOKEN_OF = re.compile(r"\b(?:mention(?:ing)?|bring(?:ing)? up|discuss(?:ing)?|refer(?:ring)? to|(?:talk|speak)(?:ing)? (?:about|of))\b")
_TO_ONE = re.compile(r"\b(?:i|me|my|we|us|you|your|please|when|if|remember|yes|no|ok|okay|thanks|hi|hello)\b")
_TALE = re.compile(r"\b(?:i|we|it|they|there) (?:had|was|were|went|got|saw|took|came|stayed|found|spent)\b(?!.*\b(?:but|so|now|please)\b)")
_HOW = re.compile(r"^(?:and |but |so )?(?:that|this|which|it)(?:'s| is) (?:how|what|why|where|when) (?:i|we)\b")
_INSTEAD = re.compile(r",? (?:rather than|instead of|and not|not|as opposed to) ")
_TOLD_OF = re.compile(
    r"(?:(?:so|and|now|please|can you|could you) )*(?:tell|teach|show) me (?:more|something|all|everything|a bit|a little) (?:about|of)\b"
)
_BRIEF = 300  # characters of a turn all of whose fragments are said of one time, if one of its sentences is
_NO_HARM = ("answers.", "work.", "finance.", "learning.", "service.", "tech.", "entertainment.")  # who is allergic to meetings jokes
_ALLERGIC = re.compile(
    r"\ballerg|\bepi-?pen|\banaphyl|\bhives\b|\brash(?:es)?\b|\bswell|\bswoll|\bitch|\bwelts\b|\bblister|\bwheez"
    r"|\b(?:throat|airways?|lips?|tongue)\b|\bintoleran"
)
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
_CLEFT = re.compile(
    r"^(?:and |but |so |because )?(?:what|all|one thing|something|(?:the|my) (?:(?:only|one|main|first|last|worst|best|other|biggest) )*"
    r"(?:things?|part|kind|sort|bit))(?: (?:that|which))? i(?:'m| am)? ?(?P<pred>(?:[a-z']+ ){0,5}?[a-z']+)"
    r"(?: (?:from|in|out of) (?:an? |the |my )?[a-z]+)?(?: most(?: of all)?| best| the most)?(?:'s| is| are) (?=[a-z])"
)
_PLACED = re.compile(r"^(?:in|at|on|by|with|to) (?:an?|the|my) (?=\w)", re.IGNORECASE)  # "than in a hotel"
_THEIR_OWN = re.compile(
    r"\b(?:my|our) (?!answers?|repl|response|summar|explanation|chats?|conversation)"
    r"|\bto (?:walk|drive|cycle|run|travel|work|live|sleep|eat|cook)\b"
)


@dataclass(frozen=True, slots=True)
class _Mood:
    task: bool
    past: bool
    asking: bool
    one_off: bool
    guarded: bool


def turn_guard(text: str) -> bool:
    """Whether the turn is sarcastic as a whole."""
    return any(rule.pattern.search(text) for rule in load("guard_turn"))


def _mood(sentence_: Sentence, low: str) -> _Mood | None:
    task = past = guarded = False
    for rule in load("guard_sentence"):
        if rule.pattern.search(low):
            if rule.data.get("task"):
                task = True
            elif rule.data.get("past") and NOW.search(low):
                continue
            elif rule.data.get("local"):
                guarded = True
            else:
                return None
    if not SPEAKS.search(low) and len(sentence_.turn.text) <= _BRIEF and THIS_ONCE.search(flat(sentence_.turn.text)):
        return None  # "Go on then, just this once. Cheesecake."
    one_off = bool(ONE_OFF.search(low)) or (task and not ALWAYS.search(low))
    asking = sentence_.question or bool(ASKS_PLAINLY.match(low))
    return _Mood(task, past, asking, one_off, guarded)


def says_nothing(sentence_: Sentence, at: int | None = None) -> bool:
    """Whether a sentence says nothing of what its speaker wants: a hypothesis, a denial, the past, somebody else's words.

    Args:
        sentence_: The sentence.
        at: Where in it; a doubt or a denial in another clause says nothing about this place. None: anywhere.
    """
    low = flat(sentence_.masked)
    mood = _mood(sentence_, low)
    if mood is None or not mood.guarded:
        return mood is None
    return at is None or any(part.start <= at < part.end and _guarded(part.text) for part in clauses(low))


def _guarded(clause: str, kind: str = "") -> bool:
    locally = (rule for rule in load("guard_sentence") if (rule.data.get("local") == kind if kind else rule.data.get("local")))
    return any(rule.pattern.search(clause) for rule in locally)


def stated(sentence_: Sentence, turn: str) -> list[Candidate]:
    """Preferences stated in a sentence; ``turn`` is the whole flattened turn."""
    low = flat(sentence_.masked)
    mood = _mood(sentence_, low)
    if mood is None:
        return []
    parts = listed(clauses(low), low)
    asks = _question_from(parts, mood)
    found: list[Candidate] = []
    leading: str | None = None
    others = False
    stated_before: Candidate | None = None
    for index, part in enumerate(parts):
        if index >= asks and not YOU.match(part.text):
            break
        if (mood.task and (index == 0 or SAYS.search(low[: part.start]))) or (mood.guarded and _guarded(part.text)):
            continue
        if others and BARE.match(part.text):
            continue
        part = _uncleft(part)
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
            leading = _verbatim(sentence_, part, *inner.span("c"))
            part = Clause(part.text[inner.end() :], part.start + inner.end(), part.end)
            lead = None
        elif lead and not NOT_CONDITION.match(lead["c"]) and len(part.text) < 90:
            condition = _verbatim(sentence_, part, *lead.span("c"))
            trailing = index == len(parts) - 1 or lead["c"].startswith(("unless", "except", "apart", "other than", "provided", "as long"))
            if trailing and found:
                found[-1] = found[-1].model_copy(update={"condition": found[-1].condition or condition})
                continue
            if not trailing:
                leading = condition
            continue
        # "I don't mind X but I hate Y": what stands against a denial is meant, what stands against a doubt is doubted
        contrast = mood.guarded and low[: part.said].endswith(" but ") and not _guarded(low, "doubted")
        new = _clause(sentence_, part, low, replace(mood, guarded=False) if contrast else mood, leading, turn, bool(found))
        if not new and stated_before and goes_on(part):
            new = [_one_more(sentence_, part, stated_before)]
        stated_before = new[0] if new and FIRST.search(part.text) else None
        found.extend(new)
    return found


def _uncleft(part: Clause) -> Clause:
    """ "What I love is rain" as "I love rain"."""
    found = _CLEFT.match(part.text)
    if found is None:
        return part
    rest = part.text[found.end() :]
    return Clause(rest, part.end - len(rest), part.end, f"i {found['pred']} ")


def _one_more(sentence_: Sentence, part: Clause, before: Candidate) -> Candidate:
    """What "…, and dates in long form" adds to a statement."""
    obj = tidy(re.sub(r"^(?:and|or) ", "", _verbatim(sentence_, part, 0, len(part.text)), flags=re.IGNORECASE))
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


def _question_from(parts: list[Clause], mood: _Mood) -> int:
    if not mood.asking:
        return len(parts)
    for index, part in enumerate(parts):
        if ASKS.match(part.text):
            return index
    return len(parts) if len(parts) > 1 and OWN.match(parts[0].text) else 0


def _verbatim(sentence_: Sentence, part: Clause, start: int, end: int) -> str:
    return sentence_.text[max(part.said, part.start + start) : part.start + end].strip(" .,;:!?")


_TABLES: tuple[tuple[str, Polarity], ...] = (
    ("order_avoid", "avoids"),
    ("avoid", "avoids"),
    ("order_want", "wants"),
    ("want", "wants"),
    ("implicit", "avoids"),
)


def _clause(sentence_: Sentence, part: Clause, low: str, mood: _Mood, leading: str | None, turn: str, more: bool) -> list[Candidate]:
    if len(part.text) < 4 or (mood.asking and not more and part.text.startswith("or ")):
        return []
    others = OTHERS.match(part.text)
    if _HOW.match(part.text):
        return []
    own = SPEAKS.search(part.text) is not None
    for table, polarity in _TABLES:
        only_guarding = mood.guarded or (mood.task and not table.startswith("order"))  # what harms if neglected is heard beside anything
        if only_guarding and table != "avoid":
            continue
        for rule, match in rows(table).matching(part.text, own=own):
            if only_guarding and "safety" not in rule.data and not (rule.data.get("diet") and own):
                continue
            if (others and match.start() <= others.end()) or _compares_nothing(part, match):
                continue
            made = _make(sentence_, part, low, mood, leading, turn, more, table, polarity, rule, match)
            if made:
                return made
    return []


def _cut(sentence_: Sentence, part: Clause, start: int, end: int, *, order: bool = False) -> tuple[str, str | None]:
    span = part.text[start:end]
    aside = _ASIDE.search(span)  # "co-op games, the others make us quarrel"
    if aside and aside.start() > 1:
        span, end = span[: aside.start()], start + aside.start()
    instead = _INSTEAD.search(span) if order else None
    if instead and instead.start() > 1:
        span, end = span[: instead.start()], start + instead.start()
    reason = REASON_IN.search(span)
    if reason and reason.start() > 1:
        span, end = span[: reason.start()], start + reason.start()
    condition: str | None = None
    match = CONDITION.search(span)
    if match and match.start() > 1 and not NOT_CONDITION.match(match["c"]):
        condition = _verbatim(sentence_, part, start + match.start("c"), end)
        end = start + match.start()
    elif match and match.start() > 1:
        end = start + match.start()
    return tidy(_verbatim(sentence_, part, start, end)), condition


def _compares_nothing(part: Clause, match: re.Match[str]) -> bool:
    """Whether the "to" before what something is compared with belongs to the word before it."""
    second = match.start("obj2") if "obj2" in match.groupdict() else -1
    return second > 0 and _TO_WHAT.search(part.text, 0, second) is not None


def _turned_down(sentence_: Sentence, part: Clause, match: re.Match[str]) -> tuple[str, str | None]:
    """What something is preferred to, and a condition; nothing is turned down in "I prefer diagrams to grasp it"."""
    over, condition = _cut(sentence_, part, *match.span("obj2"))
    before = part.text[: match.start("obj2")]
    if before.endswith("to ") and _is_purpose(over):
        return "", condition
    return _PLACED.sub("", over) if _PLACED.match(over) else over, condition


def _is_purpose(words: str) -> bool:
    """Whether what stands after "to" is what is to be done: "fully grasp it"."""
    adverb = re.match(r"[a-z]+ly ", words)
    head, _, rest = words[adverb.end() if adverb else 0 :].partition(" ")
    return bool(rest) and is_verb(head, "to", rest)


def _object(sentence_: Sentence, part: Clause, match: re.Match[str], data: Mapping[str, object], *, order: bool) -> tuple[str, str | None]:
    """What a rule found, and its condition; of "a nut allergy and must avoid all nuts and seeds" what is spelt out."""
    obj, condition = _cut(sentence_, part, *match.span("obj"), order=order)
    fuller = _MUST_AVOID.search(part.text, match.end("obj")) if data.get("safety") and obj else None
    if fuller is not None and re.search(rf"\b{re.escape(flat(obj))}", fuller["obj"]):
        return _cut(sentence_, part, *fuller.span("obj"))
    return obj, condition


def _limit_after(sentence_: Sentence, part: Clause, at: int) -> str | None:
    """A condition behind the object and what the pattern takes with it: "vegetarian, except for fish"."""
    match = CONDITION.search(part.text, at)
    return None if match is None or NOT_CONDITION.match(match["c"]) else _verbatim(sentence_, part, match.start("c"), len(part.text))


def _does_nothing(match: re.Match[str], obj: str) -> bool:
    """Whether the word that should be a verb is none."""
    return "verb" in match.groupdict() and not is_verb(match["verb"], "to", obj.partition(" ")[2])


def _tasted(slot: str, polarity: str, table: str, data: Mapping[str, object]) -> str:
    """The slot; who loves fish keeps no diet."""
    liked = slot == "food.diet" and polarity == "wants" and not table.startswith("order")
    return "food.taste" if liked and not data.get("diet") and not data.get("slot") else slot


def _make(
    sentence_: Sentence,
    part: Clause,
    low: str,
    mood: _Mood,
    leading: str | None,
    turn: str,
    more: bool,
    table: str,
    polarity: Polarity,
    rule: Rule,
    match: re.Match[str],
) -> list[Candidate]:
    data = rule.data
    obj, condition = _object(sentence_, part, match, data, order=table == "order_want")
    if not obj or len(obj) > 120 or DROP.match(obj.lower()) or obj.count(QUOTED) > 0:
        return []
    if match["obj"].count(QUOTED) > 60 or not any(c.isalnum() for c in obj) or _does_nothing(match, obj):
        return []
    order_text = ""
    if polarity == "wants" and NEGATED.match(obj) and NEGATED.sub("", obj):
        polarity, obj = "avoids", NEGATED.sub("", obj)
    elif polarity == "avoids" and table == "order_avoid" and AT_MOST.match(obj):
        polarity, obj = "wants", AT_MOST.sub("", obj)
        order_text = f"At most {obj}"
    spoken = flat(obj)
    if DROP.match(spoken):
        return []
    slot = str(data.get("slot", "")) or guess_slot(
        obj, part.text, sentence=low, condition=condition or leading or "", spoken=table.startswith("order") or None
    )
    always = bool(ALWAYS.search(low))
    if _not_an_order(part.text, low, spoken, slot, data, table, mood, more) or _too_thin(part.text, low, turn, spoken, slot, data, more):
        return []
    if _echoes(sentence_, turn, low, obj) or not _borne_out(data, part.text, turn, obj):
        return []
    if data.get("request") and not always and (data.get("asked") or not slot.startswith("answers.")) and _asks_for(turn, part.text, data):
        return []
    slot = _fitting(slot, obj, low, table, match.group(), data)
    answers = slot.startswith("answers.")
    condition = condition or _limit_after(sentence_, part, match.end("obj")) or leading
    bound = table.startswith("order") and not always and not condition
    guarding = bool(data.get("safety")) or (bool(data.get("diet")) and table == "avoid")
    passing = bool(ONE_OFF.search(part.text)) if guarding else mood.one_off
    lasting = not passing and not (bound and _at_work(turn if mood.task else turn.replace(part.text, " ", 1), slot))
    slot = _tasted(slot, polarity, table, data)
    standing = lasting and (bool(data.get("safety")) or slot in SAFE or answers or (table.startswith("order") and always))
    strength: Strength = _strength(low, part.text, data)
    if data.get("must"):
        order_text = re.sub(r"^(?:and|but|so|please) ", "", _verbatim(sentence_, part, 0, len(part.text)), flags=re.IGNORECASE)
    order = order_text or as_order(_verbatim(sentence_, part, 0, len(part.text))) if data.get("order") or order_text else ""
    if data.get("name") == "rather not" and "not to" in match.group() and is_verb(spoken.split(" ", 1)[0], "to", spoken.partition(" ")[2]):
        order = f"do not {obj}"
    if condition and order:
        order = order.replace(condition, "").strip(" ,.")
    reason = _because(low, data) or why(sentence_.text, part, low, match.start("obj"), contrasts=polarity == "avoids")
    over = ""
    if data.get("pair") and "obj2" in match.groupdict():
        over, second = _turned_down(sentence_, part, match)
        condition = condition or second
    before = part.text[: max(match.start("obj"), part.text.find(spoken, match.start("obj")))]
    diet = bool(data.get("diet")) and polarity == "wants"
    instead = over or (disliked(sentence_.text, part, low) if polarity == "wants" and not order else "")
    imperative = directive(polarity, obj, order, "" if instead else reason, instead, before=before, diet=diet)
    text = _text(sentence_, part, polarity, obj, condition, bool(table.startswith("order") or data.get("verbless")), order)
    if slot == "answers.address" and data.get("slot"):
        to_be = "to be called" if polarity == "wants" else "not to be called"
        text = sentence(f"The user wants {to_be} {depersonalise(obj)}")
        imperative = sentence(f"{'Call' if polarity == 'wants' else 'Do not call'} the user {depersonalise(obj)}")
    found = [
        Candidate(
            kind="preference",
            episode=sentence_.turn.episode,
            quote=_quote(sentence_, part),
            text=text,
            slot=slot,
            polarity=polarity,
            object=obj,
            strength=strength,
            origin="implicit" if table == "implicit" else "explicit",
            condition=condition,
            standing=standing,
            lasting=lasting,
            directive=imperative,
        )
    ]
    if over and not DROP.match(over.lower()) and not _AT.match(over):
        doing = "to" if DOING.search(before) else ""
        wanted = acting(depersonalise(obj), before)
        other = acting(depersonalise(over), doing)
        found.append(
            found[0].model_copy(
                update={
                    "object": over,
                    "polarity": "avoids",
                    "text": sentence(f"The user prefers {wanted} over {other}"),
                    "directive": directive("avoids", over, reason=f"the user prefers {wanted}", before=doing),
                }
            )
        )
    return found


def _fitting(slot: str, obj: str, low: str, table: str, matched: str, data: dict[str, Any]) -> str:
    """The slot after a second look: safety first, and nothing of the user's own is an answer."""
    drunk = slot == "food.drink" and " eat " not in matched
    eaten = slot == "other" or slot.startswith(("food.", "beliefs.", "health.", "environment."))  # "I don't touch" tobacco shares
    if data.get("diet") and table == "avoid" and eaten and slot not in ("health.allergy", "health.condition") and not drunk:
        slot = "food.diet"
    if table.startswith("order") and not slot.startswith("answers.") and _SPOKEN_OF.search(matched):
        return "answers.content"
    if slot == "other" and table == "order_want" and obj.lower().endswith(" first"):
        return "answers.process"
    if data.get("safety"):
        harmed = data["safety"] == "allergic" or _ALLERGIC.search(low)
        return "health.allergy" if harmed and data["safety"] != "ordered" else str(data.get("slot", slot))
    if re.search(r"\ballerg|\bepipen\b|\bintoleran", low) and slot.startswith("food"):
        return "health.allergy"
    if slot.startswith("answers.") and not table.startswith("order") and _THEIR_OWN.search(matched):
        return guess_slot(obj, without="answers.")
    return slot


def _borne_out(data: dict[str, Any], clause: str, turn: str, obj: str) -> bool:
    """Whether the words that a rule needs stand in the clause (``with``) and in the turn (``around``), and harm is meant as harm."""
    if ("with" in data and not re.search(str(data["with"]), clause)) or ("around" in data and not re.search(str(data["around"]), turn)):
        return False
    return "safety" not in data or not guess_slot(obj).startswith(_NO_HARM)


def _not_an_order(clause: str, low: str, spoken: str, slot: str, data: dict[str, Any], table: str, mood: _Mood, more: bool) -> bool:
    if table == "order_avoid" and NO_ORDER.match(spoken if data.get("order") else clause):
        return True
    if _TOLD_OF.match(clause):
        return True
    if clause.startswith("not ") and (_AT.match(spoken) or (not more and not slot.startswith("answers.")) or mood.task):
        return True
    if table.startswith("order") and NEVER_DID.match(clause):
        return True
    before = low[: low.find(clause)].rstrip()
    if (
        data.get("name") == "always, whatever the verb"
        and before.endswith(",")
        and not LEADING.match(before)
        and not _TO_ONE.search(before)
    ):
        return True  # "works of art, whatever their subject, always carry …"
    if data.get("name") == "no X" and _TALE.search(low[: low.find(clause)]):
        return True
    if data.get("name") == "no more" and EDIT.search(f"{clause} "):
        return True
    return table == "order_want" and FOR.match(spoken) is not None


def _too_thin(clause: str, low: str, turn: str, spoken: str, slot: str, data: dict[str, Any], more: bool) -> bool:
    if data.get("name") == "love" and spoken.startswith(("this ", "that ", "these ", "my job", "job", "you")):
        return True
    if data.get("manner") and not has_manner(spoken) and not spoken.endswith(" first") and not ALWAYS.search(low):
        return True
    if data.get("name") == "find it hard" and slot.startswith(("service.", "tech.", "other", "work.tools")):
        return True  # trouble to be helped with, now
    if slot == "other" and not more and (data.get("weakrule") or (data.get("verbless") and len(clause) < len(low) * 0.4)):
        return True
    return bool(data.get("request") and (PUSH.match(spoken) or (slot == "other" and TASK.search(turn))))


def _echoes(sentence_: Sentence, turn: str, low: str, obj: str) -> bool:
    """Whether a question only repeats what the assistant said."""
    if not sentence_.before or not turn.rstrip(f" {QUOTED}").endswith("?") or FIRST.search(low):
        return False
    return content_terms(obj) <= content_terms(sentence_.before)


def _because(low: str, data: dict[str, Any]) -> str:
    kind = data.get("safety")
    if kind == "allergic":
        return "the user is allergic" + (" (severe)" if "sever" in low or "anaphyl" in low or "epipen" in low else "")
    if kind == "intolerant":
        return "the user does not tolerate it"
    if kind == "ordered":
        return "for the user's health"
    return "it makes the user ill" if kind and kind != "limit" else ""


def _at_work(beside: str, slot: str) -> bool:
    """Whether a piece of work is in hand, so that an order holds for it only."""
    if slot.startswith(("answers.", "work.", "tech.", "learning.", "other")) and TASK.search(beside):
        return True
    return not slot.startswith(_GUARDING) and MAKING.search(beside) is not None


def _asks_for(turn: str, clause: str, data: dict[str, Any]) -> bool:
    """Whether a need is told for the sake of one answer: the rest of the turn asks for it."""
    rest = turn.replace(clause, " ", 1)
    return "?" in rest if not data.get("asked") else ASKED_FOR.search(rest) is not None


def _strength(low: str, clause: str, data: dict[str, Any]) -> Strength:
    if data.get("strength") == "strong" or STRONG.search(clause):
        return "strong"
    if WEAK.search(clause):
        return "weak"
    return "strong" if "!!" in low else "normal"


def _quote(sentence_: Sentence, part: Clause) -> str:
    whole = sentence_.text.strip()
    return whole if len(whole) <= 240 else sentence_.text[part.said : part.end]


def _text(sentence_: Sentence, part: Clause, polarity: Polarity, obj: str, condition: str | None, orders: bool, order: str) -> str:
    words = part.implied.capitalize() + sentence_.text[part.said : part.end]
    first = re.search(r"\b(?:i|i'm|i've|i'd|i'll|we|my|me|our|im)\b", flat(words))
    if first and not (orders and not flat(words).startswith(("i ", "i'", "we "))):
        said = depersonalise(words)
    elif order and not order.startswith("At most"):
        said = f"The user asks: {depersonalise(order[:1].lower() + order[1:])}"
    else:
        verb: Literal["wants", "does not want"] = "wants" if polarity == "wants" else "does not want"
        said = f"The user {verb} {depersonalise(obj)}"
    if condition and condition not in words:
        lower = condition if condition.startswith(("I ", "I'")) else condition[:1].lower() + condition[1:]
        said = f"{said} {depersonalise(lower)}"
    return sentence(said)
