"""Preferences that an English sentence states."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ....types import Polarity, Strength
from ...candidates import Candidate
from ...text import content_terms
from .._common import QUOTED, Rule, Sentence
from ._lexicon import Clause, clauses, flat, guess_slot, has_manner, load
from ._wording import as_order, depersonalise, directive, sentence, tidy

__all__ = ["stated", "turn_guard"]

_CONDITION = re.compile(
    r"\s(?P<c>(?:when(?:ever)?|if|unless|except(?: when| for| if| in| on)?|while|whilst|until|provided|as long as|apart from|"
    r"other than|whatever|only if|even if|during|on (?:weekdays|weekends|work ?days|week ?nights|school nights|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?)|at (?:night|home|work|the office|breakfast|lunch|dinner)|"
    r"in (?:the )?(?:mornings?|evenings?|afternoons?|winter|summer|meetings|emails|reports?|code|public|bed|this (?:thread|chat|conversation|project))|"
    r"in (?:my|our) [\w ]{3,30}|for (?:work|breakfast|lunch|dinner|the|my|our|this|holidays|business|long|short|client|code)\b[\w' ]{0,40}|"
    r"after (?:\w+)|before (?:bed|noon|lunch|\d+\w*)|with (?:clients?|customers?|guests|kids|patients|my \w+|strangers))\b.*)$"
)
_LEADING = re.compile(
    r"^(?:and |but |so |please )?(?P<c>(?:when(?:ever)?|if|unless|except|while|whilst|during|for|in|on|at|after|before|with|as long as|"
    r"provided|only if|once|outside|apart from|other than|until|any time|anytime)\b.*)$"
)
_LEADING_IN = re.compile(
    r"^(?P<c>(?:when(?:ever)?|if|in|on|at|for|after|before|during|with|while|once)\b [^,]{2,45}?)(?<! you)(?<! i)(?<! we)(?<!when)(?<!if) (?=(?:i|we|please|keep|use|give|don't|do not|"
    r"never|no|always|only|write|answer|nothing|just)\b)"
)
_NOT_CONDITION = re.compile(
    r"^(?:if (?:possible|you (?:can|could|don't mind|please|wouldn't mind|must)|so|not|anything|it helps)|for (?:me|example|now|once|ever|sure|real|"
    r"the record|what it's worth|a change|starters|instance|god's sake)|in (?:general|fact|short|future|the future|my (?:opinion|experience|view|case))|"
    r"on (?:the other hand|that note|top of)|at (?:all|least|the moment|this point|times|first|last|once)|with (?:that|all)|before (?:i forget|you)|"
    r"once (?:again|and for all)|after all|for (?:tonight|today|this (?:one|time|trip|email|letter|task)))\b"
)
_ONE_OFF = re.compile(
    r"\b(?:tonight|today|tomorrow|this (?:time|once|one|evening|afternoon|morning|week|weekend|trip|email|letter|quote|task|meal|message|"
    r"question|thread|chat|conversation|session|answer|post|report|text|draft|piece|dinner|party|event|weekend's|order|particular)|"
    r"just (?:for )?(?:now|once|today)|for now|right now|for once|at the moment|for the next|on this occasion|today's|tonight's)\b"
)
_ALWAYS = re.compile(
    r"\b(?:always|never|from now on|every time|in future|in the future|going forward|henceforth|ever|by default|each time|at all times|"
    r"permanently|from here on|from today|remember|whenever|in general|for good|forever|please note)\b"
)
_STRONG = re.compile(
    r"\b(?:hate|detest|loathe|despise|can't stand|cannot stand|can't bear|can't abide|must|non-negotiable|absolutely|strictly|under no|"
    r"ever again|forbidden|severe|severely|deadly|anaphyl\w*|never ever|crime|god no|at any cost|no exceptions|dealbreaker|deal-breaker|"
    r"refuse|insist|every time|adore|obsessed|epipen|hell no|unforgivable|period|full stop)\b|!!"
)
_WEAK = re.compile(
    r"\b(?:a bit|slightly|kind of|sort of|kinda|lately|if possible|ideally|i guess|prefer not|not too|don't mind|is fine|are fine|if you can|"
    r"could do without|not very|not that|maybe|somewhat|generally|tend to|alright|ok with|fine with|not really|not much of)\b"
)
_TASK = re.compile(
    r"\b(?:write|draft|translate|compose|plan|help me|make me|find me|book|suggest|recommend|ideas\?|give me (?:a|an|some)|can you|could you|"
    r"i need (?:a|an|some)|need (?:a|an)|design|list|turn (?:this|these|it)|edit|check|tidy|rewrite|summari[sz]e|explain)\b"
)
_ASKS = re.compile(
    r"^(?:and |but |so |ok |then |now )?(?:what|which|how|who|whose|where|when|why|is|are|am|do|does|did|can|could|would|will|should|shall|any|has|"
    r"have|had|was|were|isn't|aren't|don't you|doesn't|didn't|won't|may|anything|worth|wouldn't|whats|what's|who's|where's|how's|remind|or)\b"
)
_OWN = re.compile(r"^(?:i|i'm|i've|i'd|we|we're|my|as a)\b")
_OTHERS = re.compile(
    r"^(?:and |but |because |so |who |which )?(?:she|he|they|his|her|their|who|which|mum|dad|mom|grandma|grandpa|granddad|our boss|my (?:wife|husband|partner|"
    r"mum|mom|mother|dad|father|sister|brother|son|daughter|kids?|boss|friend|colleague|reg|neighbour|cousin|aunt|uncle|flatmate|roommate|girlfriend|"
    r"boyfriend|manager|supervisor|client|team|team's|stepson|niece|nephew|eldest|youngest)|(?:the|our|this|that|a) (?:\w+ )?(?:client|boss|manager|customer|teacher|landlord|"
    r"architect|trainee|tenant|team|board|council|company|patient|professor|editor))\b"
)
_BARE = re.compile(
    r"^(?:and |but )?(?:don't|doesn't|never|always|hates?|loves?|likes?|prefers?|only|won't|can't|refuses?|wants?|drinks?|eats?|avoids?)\b"
)
_SAYS = re.compile(
    r"\b(?:says?|saying|said|that says|in which|where (?:he|she|a|the)|says that|should say|must say|called|titled|about)\b|:"
)
_YOU = re.compile(r"^(?:please |and |so |hey |ok )?(?:can|could|would|will) (?:you|u)\b")
_ASKS_PLAINLY = re.compile(
    r"^(?:why|how|what's|whats|what|where|when|who|which) (?:is|are|do|does|did|can|could|would|should|was|were|to|much|many|a|the|s)\b|^(?:is|are|does|did|should) (?:the|it|there|a|my|this|i|we)\b"
)
_SAFE = ("food.diet", "health.allergy", "health.condition", "access.needs")
_DROP = re.compile(
    r"^(?:it|that|this|them|one|so|to|you|me|be|do|is|not|no|yes|idea|clue|problem|worries|rush|way|matter|doubt|wonder|need|thanks|thank you|"
    r"reason|luck|point|more|longer|one|things|know|think|understand|mean|see|remember|worry|worries|bother|forget|hesitate|get it|"
    r"what|who|how|when|why|whether|where|there|here|the time|time|help|some help|your help|an idea|ideas|advice|kidding|pressure|hurry|big deal|"
    r"surprise|offence|offense|hard feelings|chance|rest|change|fine|good|ok|right|wrong|sure|really|and|or|but|at all|ever|just|anyone|anything|"
    r"everything|nothing|something|someone|stuff|a lot|lots|much|too|well|talk|out|up|in|on|off|the end|joke|jokes aside|exceptions?)$"
)
_PUSH = re.compile(
    r"^(?:(?:\w+ )?way to|cook|make|build|tell|write|fix|buy|sell|send|file|apply|change|move|set up|surprise|start|finish|open|visit|plant|say|show|join|quit|a (?:\w+ )?way|a template|template|(?:the )?spare|book|understand|check|switch|convert|run|wants?|get\b|give|thank|propose|ask|talk|invite|look|(?:do )?this|it to|this to|(?:a |an |some )?(?:help|advice|quick|hand|list|summary|letter|plan|name|names|recipe|gift|speech|toast|present)\b|to know|to understand|to hear about|help|know|ask|you to tell|figure|find out|see if|check)\b"
)
_FOR = re.compile(r"^(?:through|for|that|whether|one that|if)\b")
_FIRST = re.compile(r"\b(?:i|i'm|i've|i'd|we|my)\b")
_NEGATED = re.compile(
    r"^(?:absolutely |the |a |to |be |have |it |them |things? )?(?:no|zero|nothing|without|not|none of|never|less|fewer)\b\s*(?:to |too |more |any )?",
    re.IGNORECASE,
)
_AT_MOST = re.compile(r"^(?:more )?than\s+", re.IGNORECASE)
_NO_ORDER = re.compile(
    r"^(?:once|in|been|had|used|heard|through|for|(?:please )?never (?:in|once|had|been|got|heard|knew|again|mind|talks?|[a-z]+s)\b|worry|get me|get mad|mind|know|think|remember|understand|see\b|"
    r"have (?:time|any|an)|even|forget|look|be silly|hesitate|laugh|be (?:sorry|shy|mad|afraid)|feel bad|ask me (?:why|how)|blame|take it|get it|"
    r"tell (?:him|her|them|anyone|my)|yet|only|all|every|everyone|because|if|to mention|she|he|it|an? issue|much|sure|bad|until|really|that|there|"
    r"(?:no|less|fewer) (?:than|matter|idea|wonder|problem|worries|rush|one|clue|doubt|way|longer)|matter)\b"
)
_NOW = re.compile(r"\b(?:now|these days|nowadays|still|anymore|any more|today|since then|instead|no longer|haven't|currently|i've gone)\b")


@dataclass(frozen=True, slots=True)
class _Mood:
    task: bool
    past: bool
    asking: bool
    one_off: bool


def turn_guard(text: str) -> bool:
    """Whether the turn is sarcastic as a whole."""
    return any(rule.pattern.search(text) for rule in load("guard_turn"))


def _mood(sentence_: Sentence, low: str) -> _Mood | None:
    task = past = False
    for rule in load("guard_sentence"):
        if rule.pattern.search(low):
            if rule.data.get("task"):
                task = True
            elif rule.data.get("past") and _NOW.search(low):
                continue
            else:
                return None
    one_off = bool(_ONE_OFF.search(low)) or (task and not _ALWAYS.search(low))
    asking = sentence_.question or bool(_ASKS_PLAINLY.match(low))
    return _Mood(task, past, asking, one_off)


def stated(sentence_: Sentence, turn: str) -> list[Candidate]:
    """Preferences stated in a sentence; ``turn`` is the whole flattened turn."""
    low = flat(sentence_.masked)
    mood = _mood(sentence_, low)
    if mood is None:
        return []
    parts = clauses(low)
    asks = _question_from(parts, mood)
    found: list[Candidate] = []
    leading: str | None = None
    others = False
    for index, part in enumerate(parts):
        if index >= asks and not _YOU.match(part.text):
            break
        if mood.task and (index == 0 or _SAYS.search(low[: part.start])):
            continue
        if others and _BARE.match(part.text):
            continue
        others = bool(_OTHERS.match(part.text) or re.search(r"\b(?:who|which)\b", part.text))
        lead = _LEADING.match(part.text)
        inner = _LEADING_IN.match(part.text)
        if inner and not _NOT_CONDITION.match(part.text):
            leading = _verbatim(sentence_, part, *inner.span("c"))
            part = Clause(part.text[inner.end() :], part.start + inner.end(), part.end)
            lead = None
        elif lead and not _NOT_CONDITION.match(lead["c"]) and len(part.text) < 90:
            condition = _verbatim(sentence_, part, *lead.span("c"))
            trailing = index == len(parts) - 1 or lead["c"].startswith(("unless", "except", "apart", "other than", "provided", "as long"))
            if trailing and found:
                found[-1] = found[-1].model_copy(update={"condition": found[-1].condition or condition})
                continue
            if not trailing:
                leading = condition
            continue
        new = _clause(sentence_, part, low, mood, leading, turn, bool(found))
        found.extend(new)
    return found


def _question_from(parts: list[Clause], mood: _Mood) -> int:
    if not mood.asking:
        return len(parts)
    for index, part in enumerate(parts):
        if _ASKS.match(part.text):
            return index
    return len(parts) if len(parts) > 1 and _OWN.match(parts[0].text) else 0


def _verbatim(sentence_: Sentence, part: Clause, start: int, end: int) -> str:
    return sentence_.text[part.start + start : part.start + end].strip(" .,;:!?")


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
    others = _OTHERS.match(part.text)
    for table, polarity in _TABLES:
        if mood.task and not table.startswith("order"):
            continue
        for rule in load(table):
            match = rule.pattern.search(part.text)
            if match is None or (others and (match.start() <= others.end())):
                continue
            made = _make(sentence_, part, low, mood, leading, turn, more, table, polarity, rule, match)
            if made:
                return made
    return []


def _cut(sentence_: Sentence, part: Clause, start: int, end: int) -> tuple[str, str | None]:
    span = part.text[start:end]
    condition: str | None = None
    match = _CONDITION.search(span)
    if match and match.start() > 1 and not _NOT_CONDITION.match(match["c"]):
        condition = _verbatim(sentence_, part, start + match.start("c"), end)
        end = start + match.start()
    elif match and match.start() > 1:
        end = start + match.start()
    return tidy(_verbatim(sentence_, part, start, end)), condition


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
    obj, condition = _cut(sentence_, part, *match.span("obj"))
    if not obj or len(obj) > 120 or _DROP.match(obj.lower()) or obj.count(QUOTED) > 0:
        return []
    if match["obj"].count(QUOTED) > 60 or not any(c.isalnum() for c in obj):
        return []
    order_text = ""
    if polarity == "wants" and _NEGATED.match(obj) and _NEGATED.sub("", obj):
        polarity, obj = "avoids", _NEGATED.sub("", obj)
    elif polarity == "avoids" and table == "order_avoid" and _AT_MOST.match(obj):
        polarity, obj = "wants", _AT_MOST.sub("", obj)
        order_text = f"At most {obj}"
    spoken = flat(obj)
    slot = str(data.get("slot", "")) or guess_slot(obj, f"{part.text} {low}")
    manner = has_manner(spoken)
    always = bool(_ALWAYS.search(low))
    if data.get("manner") and not manner and not always:
        return []
    if table == "order_avoid" and _NO_ORDER.match(spoken if data.get("order") else part.text):
        return []
    if part.text.startswith("not ") and ((not more and not answers_like(slot)) or mood.task):
        return []
    if re.match(r"(?:and |but )?never [a-z]+(?:[^s]s|ed)\b", part.text) and table.startswith("order"):
        return []
    if re.search(r" from (?:the|my|this|that|our) ", f"{part.text} ") and data.get("name") == "no more":
        return []
    if table == "order_want" and _FOR.match(spoken):
        return []
    if (
        sentence_.before
        and turn.rstrip(" ¤").endswith("?")
        and not _FIRST.search(low)
        and content_terms(obj) <= content_terms(sentence_.before)
    ):
        return []
    if data.get("weakrule") and not more and slot == "other":
        return []
    if data.get("verbless") and slot == "other" and not more and len(part.text) < len(low) * 0.4:
        return []
    if data.get("request") and (_PUSH.match(spoken) or (_TASK.search(turn) and slot == "other")):
        return []
    if data.get("diet") and table == "avoid":
        slot = "food.diet" if slot not in ("health.allergy", "health.condition", "food.drink") else slot
    if data.get("safety") == "allergic" or (re.search(r"\ballerg|\bepipen\b|\bintoleran", low) and slot.startswith("food")):
        slot = "health.allergy"
    answers = slot.startswith("answers.")
    lasting = not mood.one_off and not (
        answers and not always and bool(_TASK.search(turn.replace(low.rstrip(" .!?"), " "))) and table.startswith("order")
    )
    condition = condition or leading
    standing = lasting and (slot in _SAFE or answers or (table.startswith("order") and always))
    strength: Strength = _strength(low, part.text, data)
    order = order_text or as_order(_verbatim(sentence_, part, 0, len(part.text))) if data.get("order") or order_text else ""
    if condition and order:
        order = order.replace(condition, "").strip(" ,.")
    reason = ""
    if data.get("safety") == "allergic":
        reason = "the user is allergic" + (" (severe)" if "sever" in low or "anaphyl" in low or "epipen" in low else "")
    elif data.get("safety") == "intolerant":
        reason = "the user does not tolerate it"
    elif data.get("safety"):
        reason = "it makes the user ill"
    over = ""
    if data.get("pair") and "obj2" in match.groupdict():
        over, second = _cut(sentence_, part, *match.span("obj2"))
        condition = condition or second
    imperative = directive(polarity, obj, order, reason, over, diet=bool(data.get("diet")) and polarity == "wants")
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
    if over and not _DROP.match(over.lower()):
        found.append(
            found[0].model_copy(
                update={
                    "object": over,
                    "polarity": "avoids",
                    "text": sentence(f"The user prefers {depersonalise(obj)} over {depersonalise(over)}"),
                    "directive": sentence(f"Avoid {depersonalise(over)}: the user prefers {depersonalise(obj)}"),
                }
            )
        )
    return found


def answers_like(slot: str) -> bool:
    """Whether the slot is about answers."""
    return slot.startswith("answers.")


def _strength(low: str, clause: str, data: dict[str, object]) -> Strength:
    if data.get("strength") == "strong" or _STRONG.search(clause):
        return "strong"
    if _WEAK.search(clause):
        return "weak"
    return "strong" if "!!" in low else "normal"


def _quote(sentence_: Sentence, part: Clause) -> str:
    whole = sentence_.text.strip()
    return whole if len(whole) <= 240 else sentence_.text[part.start : part.end]


def _text(sentence_: Sentence, part: Clause, polarity: Polarity, obj: str, condition: str | None, orders: bool, order: str) -> str:
    words = sentence_.text[part.start : part.end]
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
