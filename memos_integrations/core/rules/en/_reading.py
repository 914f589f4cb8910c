"""A clause and the rule that matches it, as candidates: sign, slot, strength, whether it stands, its lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from ....types import Polarity, Strength
from ...candidates import Candidate
from ...inflection import acting, is_verb
from .._common import QUOTED, Rule, Sentence
from ._doubts import (
    AT,
    COUNT,
    asked_once,
    asks_for,
    at_work,
    borne_out,
    echoes,
    not_an_order,
    of_the_work,
    of_this_answer,
    too_thin,
    unwilling,
)
from ._joined import disliked, why
from ._lexicon import Clause, flat
from ._moods import Mood
from ._objects import all_but, does_nothing, limit_after, object_of, turned_down, verbatim
from ._patterns import ALWAYS, AT_MOST, CASES, DROP, FROM_NOW, IN_ANSWERS, NEGATED, ONE_OFF, SAFE, STRONG, WEAK
from ._slots import WRITTEN, guess_slot, has_manner
from ._wording import DOING, as_order, depersonalise, directive, sentence

__all__ = ["for_a_case", "read"]

_SPOKEN_OF = re.compile(r"\b(?:mention(?:ing)?|bring(?:ing)? up|discuss(?:ing)?|refer(?:ring)? to|(?:talk|speak)(?:ing)? (?:about|of))\b")
_ALLERGIC = re.compile(
    r"\ballerg|\bepi-?pen|\banaphyl|\bhives\b|\brash(?:es)?\b|\bswell|\bswoll|\bitch|\bwelts\b|\bblister|\bwheez"
    r"|\b(?:throat|airways?|lips?|tongue)\b|\bintoleran"
)
_DONE_TO_ME = re.compile(  # "don't baby me": how the assistant is not to be
    r"^(?!(?:call|text|e-?mail|ring|phone|wake|disturb|visit|contact|message|book|pay|touch|hug|tag|meet|send|sell|charge|sit|seat|put"
    r"|feed)\b)[a-z-]{3,}(?: down to| at| over| around)? me$"
)
_TITLE = re.compile(r"(?:mr|mrs|ms|miss|mx|dr|doctor|prof(?:essor)?|sir|madam|ma'am)\.?(?: \w+)?", re.IGNORECASE)
_ARTICLE = re.compile("(?:The|An?|If|Whenever|Once) ")
_CUT_OFF = re.compile(r"(?:^| )(?:when|if|that|which|who|because|whenever|while|where|than)$", re.IGNORECASE)
_OPTION = re.compile(r"[A-D]'s\b", re.IGNORECASE)  # "C's the only one …"
_ADVISED = re.compile(
    r"\b(?:doctor'?s'? orders|on medical advice|(?:doctor|gp|consultant|surgeon|physio)(?:'s| has)? (?:says?|said"
    r"|orders?|ordered|advice))\b"
)
_TREATED = re.compile(
    r"\bi(?:'m| am|'ve been)? (?:(?:now|currently|still|also|a|\w+ (?:weeks|months)) )*(?:pregnant|breast-?feeding|diabetic"
    r"|on (?:warfarin|statins|chemo\w*|dialysis"
    r"|blood thinners|antibiotics|lithium|insulin|maois?)|tak(?:e|ing) (?:warfarin|statins|blood thinners|antibiotics|lithium|insulin"
    r"|maois?|metformin))\b"
)
_THEIR_OWN = re.compile(
    r"\b(?:my|our) (?!answers?|repl|response|summar|explanation|chats?|conversation)"
    r"|\bto (?:walk|drive|cycle|run|travel|work|live|sleep|eat|cook)\b"
)
_CALLED = re.compile(
    r"(?:(?:to be|being|be|getting) )?(?:called|addressed as|referred to as)(?: my| the| an?)? (?=\S)"
    r"(?!(?:at|in|on|off|after|before|by|back|up|out|when|while|during|every|late|early|so|too|again|about|for|from|over|away|upon)\b)",
    re.IGNORECASE,
)
_IN_ALL = re.compile(r" (?:in|from|for) (?:all|every|each|any|your|our|this|now|here)\b.*$", re.IGNORECASE)  # "Dr Lindqvist in all replies"


def _name(obj: str, table: str, data: Mapping[str, object]) -> tuple[bool, str]:
    """Whether an object says how one is called, whatever the name means; and the object, a name without what stands around it."""
    named = _CALLED.match(obj) if not table.startswith("order") else None
    obj = obj[named.end() :] if named else obj
    return named is not None, _IN_ALL.sub("", obj) if named or data.get("slot") == "answers.address" else obj


def _tasted(slot: str, polarity: str, table: str, data: Mapping[str, object]) -> str:
    """The slot; who loves fish keeps no diet."""
    liked = slot == "food.diet" and polarity == "wants" and not table.startswith("order")
    return "food.taste" if liked and not data.get("diet") and not data.get("slot") else slot


def read(
    sentence_: Sentence,
    part: Clause,
    low: str,
    mood: Mood,
    leading: str | None,
    turn: str,
    more: bool,
    table: str,
    polarity: Polarity,
    rule: Rule,
    match: re.Match[str],
) -> list[Candidate]:
    """What a rule that matches a clause finds.

    Args:
        sentence_: The sentence.
        part: The clause.
        low: The flattened sentence.
        mood: How the sentence is said.
        leading: A condition that a clause before it sets.
        turn: The flattened turn.
        more: Something was found before it in the sentence.
        table: The table of the rule.
        polarity: The sign that the table stands for.
        rule: The rule.
        match: Where it matches.

    Returns:
        Nothing, a preference, or two: what is preferred, and what it is preferred to.
    """
    data = rule.data
    obj, condition = object_of(sentence_, part, match, data, order=table == "order_want")
    but = all_but(sentence_, part, match.start("obj")) if table == "want" else None
    polarity, obj, condition = (polarity, obj, condition) if but is None else ("avoids", but[0], None)
    if _names_nothing(match, obj, condition, order=table.startswith("order")):
        return []
    polarity, obj, order_text = _signed(polarity, obj, table, data)
    named, obj = _name(obj, table, data)
    spoken = flat(obj)
    if DROP.match(spoken):
        return []
    slot = (
        "answers.address"
        if named
        else str(data.get("slot", ""))
        or guess_slot(obj, part.text, sentence=low, condition=condition or leading or "", spoken=table.startswith("order") or None)
    )
    always = bool(ALWAYS.search(low))
    if not_an_order(part.text, low, spoken, slot, data, table, mood, more) or too_thin(
        part.text, low, turn, spoken, slot, data, more or but is not None
    ):
        return []
    if echoes(sentence_, turn, low, obj) or not borne_out(data, part.text, turn, obj):
        return []
    if data.get("request") and not always and (data.get("asked") or not slot.startswith("answers.")) and asks_for(turn, part.text, data):
        return []
    if data.get("slots") and not (guess_slot(obj, part.text) if "slot" in data else slot).startswith(tuple(data["slots"])):
        return []
    slot = _fitting(slot, obj, low, table, polarity, match.group(), data)
    answers = slot.startswith("answers.")
    condition = _condition(sentence_, part, match, condition) or leading
    if data.get("bound") and not condition:
        return []
    bound = table.startswith("order") and not always and not condition
    guarding = bool(data.get("safety")) or (bool(data.get("diet")) and table == "avoid")
    passing = (
        bool(ONE_OFF.search(part.text)) if guarding else mood.one_off and not (ALWAYS.search(part.text) and not ONE_OFF.search(part.text))
    )
    passing = passing or (sentence_.hand.work != "" and not always and not condition and of_the_work(part.text, slot, table, data))
    passing = passing or (table == "avoid" and unwilling(sentence_, part.text, spoken, slot))
    passing = passing or (table == "implicit" and not always and of_this_answer(sentence_))
    passing = passing or (not guarding and not condition and asked_once(spoken, slot, data, low))
    passing = passing or (data.get("name") == "X please" and _ordered(sentence_, turn, low, slot))
    lasting = not passing and not (bound and at_work(_beside(turn, part, low, mood, slot), slot))
    slot = _tasted(slot, polarity, table, data)
    standing = lasting and (bool(data.get("safety")) or slot in SAFE or answers or (table.startswith("order") and always))
    strength: Strength = _strength(low, part.text, data)
    if data.get("must"):
        order_text = re.sub(r"^(?:and|but|so|please) ", "", verbatim(sentence_, part, 0, len(part.text)), flags=re.IGNORECASE)
    order = order_text or as_order(part.implied + verbatim(sentence_, part, 0, len(part.text))) if data.get("order") or order_text else ""
    if data.get("name") == "rather not" and "not to" in match.group() and is_verb(spoken.split(" ", 1)[0], "to", spoken.partition(" ")[2]):
        order = f"do not {obj}"
    if condition and order and not data.get("must"):
        order = order.replace(condition, "").strip(" ,.")
    reason = _because(low, data) or why(sentence_.text, part, low, match.start("obj"), contrasts=polarity == "avoids")
    reason = reason if but is None else but[1]
    over = ""
    if data.get("pair") and "obj2" in match.groupdict():
        over, second = turned_down(sentence_, part, match)
        condition = condition or second
    before = part.text[: max(match.start("obj"), part.text.find(spoken, match.start("obj")))]
    diet = bool(data.get("diet")) and polarity == "wants"
    instead = over or (disliked(sentence_.text, part, low) if polarity == "wants" and not order else "")
    imperative = directive(polarity, obj, order, "" if instead else reason, instead, before=before, diet=diet)
    text = _text(sentence_, part, polarity, obj, condition, bool(table.startswith("order") or data.get("verbless")), order)
    if data.get("noted"):
        told = depersonalise(verbatim(sentence_, part, match.start(), match.end()))
        imperative = sentence(f"Keep in mind: {_ARTICLE.sub(lambda m: m.group().lower(), told)}")
    if slot == "answers.address" and (named or data.get("slot") or _TITLE.fullmatch(obj)):
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
            certain=lasting
            and (
                bool(data.get("certain"))
                or (bool(FROM_NOW.search(low)) and bool(table.startswith("order") or data.get("request")))
                or part.implied == "i love "
                or (table.startswith("order") and for_a_case(part.text, leading))
            ),
        )
    ]
    if over and not DROP.match(over.lower()) and not AT.match(over) and not COUNT.fullmatch(flat(over)):
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


def _ordered(sentence_: Sentence, turn: str, low: str, slot: str) -> bool:
    """Whether a whole turn that nothing asked for orders a dish or a drink: "Tomato soup please"."""
    told = turn.strip() == low.strip() and low.rstrip(" .!").endswith((" please", " pls", " plz"))
    return told and slot.startswith("food.") and not sentence_.before.rstrip().endswith("?")


def _names_nothing(match: re.Match[str], obj: str, condition: str | None, *, order: bool) -> bool:
    """Whether what was found is a pronoun, a quotation, no verb where one should be, or the beginning of another clause."""
    if not obj or len(obj) > 120 or DROP.match(obj.lower()) or QUOTED in obj or _OPTION.match(obj) or _CUT_OFF.search(obj):
        return True
    if condition and _CUT_OFF.fullmatch(condition):
        return True
    return match["obj"].count(QUOTED) > 60 or not any(c.isalnum() for c in obj) or does_nothing(match, order=order)


def _signed(polarity: Polarity, obj: str, table: str, data: Mapping[str, object]) -> tuple[Polarity, str, str]:
    """Sign and object where the object says itself that it is not wanted, or how much of it at most; with the order that it is then."""
    if polarity == "wants" and NEGATED.match(obj) and NEGATED.sub("", obj):
        return "avoids", NEGATED.sub("", obj), ""
    if polarity == "avoids" and table == "order_avoid" and AT_MOST.match(obj):
        obj = AT_MOST.sub("", obj)
        return "wants", obj, f"At most {obj[:1].lower()}{obj[1:]}"
    return polarity, obj, f"At most {obj[:1].lower()}{obj[1:]}" if data.get("limit") else ""


def _condition(sentence_: Sentence, part: Clause, match: re.Match[str], within: str | None) -> str | None:
    """The condition of what a rule found: as the rule names it, within its object, or behind it."""
    if match.groupdict().get("c"):
        return verbatim(sentence_, part, *match.span("c"))
    return within or limit_after(sentence_, part, match.end("obj"))


def for_a_case(clause: str, leading: str | None) -> bool:
    """Whether an order says for which cases, or which answers, it is given."""
    return any(CASES.search(words) or IN_ANSWERS.search(words) for words in (clause, flat(leading or "")))


def _beside(turn: str, part: Clause, low: str, mood: Mood, slot: str) -> str:
    """What of the turn may set the work in hand; how one works with code is told before it."""
    if mood.task:
        return turn
    own = part.text[len(part.implied) :]
    if slot.startswith("tech."):
        return turn[: max(0, turn.find(own))]
    return turn.replace(low if part.implied.startswith(("please ", "don't ")) else own, " ", 1)


def _fitting(slot: str, obj: str, low: str, table: str, polarity: Polarity, matched: str, data: dict[str, Any]) -> str:
    """The slot after a second look: safety first, and nothing of the user's own is an answer."""
    drunk = slot == "food.drink" and " eat " not in matched
    eaten = slot == "other" or slot.startswith(("food.", "beliefs.", "health.", "environment."))  # "I don't touch" tobacco shares
    if data.get("diet") and table == "avoid" and eaten and slot not in ("health.allergy", "health.condition") and not drunk:
        slot = "food.diet"
    if table.startswith("order") and not slot.startswith("answers.") and _SPOKEN_OF.search(matched):
        return "answers.content"
    if table.startswith("order") and not slot.startswith("answers.") and IN_ANSWERS.search(matched) and not WRITTEN.search(low):
        told = guess_slot(obj, matched, within="answers.", spoken=True)
        return "answers.format" if told == "other" else told
    if table == "order_avoid" and _DONE_TO_ME.match(obj.lower()):
        return slot if slot.startswith("answers.") else "answers.tone"
    if slot == "other" and table == "order_want" and obj.lower().endswith(" first"):
        return "answers.process"
    if data.get("fallback") and not slot.startswith("answers."):
        return str(data["fallback"])
    if data.get("name") == "sign" and has_manner(obj.lower()) and not WRITTEN.search(low):
        told = guess_slot(obj, matched, within="answers.", spoken=True)
        return slot if told == "other" else told
    if polarity == "avoids" and _ADVISED.search(low) and not slot.startswith("answers."):
        return "health.condition"
    if data.get("safety"):
        harmed = data["safety"] == "allergic" or _ALLERGIC.search(low)
        return "health.allergy" if harmed and data["safety"] != "ordered" else str(data.get("slot", slot))
    if polarity == "avoids" and slot.startswith("food"):
        if re.search(r"\ballerg|\bepipen\b|\bintoleran", low):
            return "health.allergy"
        if _TREATED.search(low):
            return "health.condition"
    if slot == "health.condition" and polarity == "wants" and guess_slot(obj) != "health.condition":
        return guess_slot(obj)  # "weak at the knees for pistachio"
    if slot.startswith("answers.") and not table.startswith("order") and _THEIR_OWN.search(matched):
        return guess_slot(obj, without="answers.")
    return slot


def _because(low: str, data: dict[str, Any]) -> str:
    kind = data.get("safety")
    if kind == "allergic":
        return "the user is allergic" + (" (severe)" if "sever" in low or "anaphyl" in low or "epipen" in low else "")
    if kind == "intolerant":
        return "the user does not tolerate it"
    if kind == "ordered":
        return "for the user's health"
    return "it makes the user ill" if kind and kind != "limit" else ""


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
