"""Preferences that an English sentence states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ....types import Polarity
from ...candidates import Candidate
from ...inflection import acts_on, is_verb
from .._common import Sentence
from ._joined import goes_on, listed
from ._lexicon import Clause, clauses, expanded, flat, sieve
from ._moods import Mood, guarded, mood_of, question_from, without_reminder
from ._objects import compares_nothing, verbatim
from ._patterns import ALWAYS, BARE, FIRST, FROM_NOW, LEADING, LEADING_IN, NOT_CONDITION, ONE_OFF, OTHERS, SAYS, SPEAKS, YOU
from ._reading import for_a_case, read
from ._slots import guess_slot
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
    r"^(?:for|in|with) (?:all |any |my )?(?:(?:any|every)thing [a-z]+$|[a-z]{3,}(?<!s)s (?:from|about|to) (?!(?:me|you|it)\b)[a-z' ]{3,30}$"
    r"|(?!(?:\w+ )?(?:times|cases|terms|days|weeks|months|hours|minutes|years|starters|pounds|euros|dollars)$)(?:[a-z]+ )?[a-z]+(?<!s)s$)"
)  # "for recipes", "for anything legal"
_NOT_SO = re.compile(r"not (?:buried|hidden|tucked|stuck|left|put|placed|scattered|mixed|spread) ")  # "at the top, not buried at the end"
_QUITE_OPPOSITE = re.compile(r"(?:^|, )(?:far from it|(?:quite |just |exactly )?the (?:opposite|contrary|reverse)|on the contrary)$")
_WHEN_ASKED = re.compile(r"(?:when(?:ever)?|if|each time|every time) (?:i ask|you)\b")  # what all of it is said of
_LONGEST_CASE = 90  # characters
_BUT = re.compile(r"unless|except|apart|other than|provided|as long")
_PLAIN = re.compile(  # a thing named, and no more: "prices without the euro sign"
    r"(?:and )?(?!(?:no|not|never|nothing|don't|do|avoid|skip|always|only|please|use|keep|put|give|make|write|leave|i|we|you|it"
    r"|that)\b)[\w'-]+s"
    r"(?: (?:in|without|with|as|by|before|after|on|at|under|to) .{2,60})?"
)
_HEADER = re.compile(  # "texts to my son: …", "recipes: …": of what is told behind it
    r"(?!(?:i|we|you|it|he|she|they|this|that)\b|.*\b(?:this|is|was|has|does|as|us|says|notes|rules|things|thanks|questions|answers|details"
    r"|ingredients|steps|instructions|options|examples|updates|requirements|constraints|characters|needs|likes|dislikes|preferences|yes"
    r"|always|news)$)(?:and |but |so |also |for |my |our |the |any |all )*"
    r"(?:(?:[a-z'-]+ )?[a-z'-]{3,}(?<!s)s|[a-z'-]+(?: [a-z'-]+)? (?:to|for|with|from) (?:my|our|the) [\w' -]{2,30})"
)
_FOR_WHOM = re.compile(expanded(r"(?:and |but |so |also )*(?:for|with) (?=my |our )(?:~folk~|~charge~)"))
_OF_ALL = re.compile(r"\b(?:everything|anything|all|every|any|never|no|don't|do not|only|nothing)\b")
_GOES_FOR = re.compile(
    r"^(?:and |so |oh |also )*(?P<head>what|the same|same|that|this|it)(?: also)? (?:goes|holds|applies|counts"
    r"|is true) (?P<c>(?:for|in|to|with|at|on) .+)$"
)
_OF_SELF = re.compile(  # what one says of oneself beside a task is none of it
    r"^(?:and |but |so |because |since |as )*(?:i|we|i'm|we're|i've|my \w+ and i|we both)(?: both| all)?(?: (?:really|absolutely|always"
    r"|never|usually|also|both|all|do|just|still|generally|mostly|only))*"
    r" (?:love|like|enjoy|hate|dislike|detest|loathe|can't stand|cannot stand|prefer|avoid|don't (?:like|eat|drink|enjoy|do|fly|drive)"
    r"|do not (?:like|eat|drink)|never (?:eat|drink|fly)|can't (?:eat|drink|do|have)|eat|vegetarian|vegan"
    r"|both|big fans?|not (?:keen|fond|big)|keen|fond|into|afraid|scared|allergic|fans?)\b"
)
_ORDER = re.compile(r"^(?:and |but )?(?:don't|dont|always|never|only) (?P<verb>(?![a-z]*[^s]s )[a-z]{3,}) ")
_ONE_PERSON = re.compile(
    r"\b(?:is|has|does|was|lives|works|likes|loves|hates|wants)\b|'s\b"
    r"|^(?:and |but |because |since )?(?:(?:he|she|it)|(?:my|our) [a-z]+(?<![^s]s)) "
    r"(?:[a-z]+ly |always |still |only )?(?!always |[a-z]*(?:ss|us) )[a-z]{3,}s\b"
)
_IN_CASE = re.compile(r"(?<=[a-z] )(?:when(?:ever)?|if|unless|(?:each|every) time) $")
_TO_ASSISTANT = re.compile(r"(?:suggest|recommend|propose|mention)$")  # what they do not do, the assistant does
_JUST = re.compile(r"^(?:(?:and|but|so|just|only|for|also) )*")
_TABLES: dict[str, Polarity] = {"order_avoid": "avoids", "avoid": "avoids", "order_want": "wants", "want": "wants", "implicit": "avoids"}
_WHO = re.compile(r"\b(?:who|which)\b")


def stated(sentence_: Sentence, turn: str) -> list[Candidate]:
    """Preferences stated in a sentence; ``turn`` is the whole flattened turn."""
    low = flat(sentence_.masked)
    mood = mood_of(sentence_, low)
    if mood is None:
        return []
    parts = in_order(listed(clauses(low), low), low, alone=turn == low)
    mood = _for_somebody(mood, parts, low)
    found: list[Candidate] = []
    leading: str | None = None
    others = ruled = False
    stated_before: Candidate | None = None
    for index, part in _not_asked(parts, question_from(parts, mood), low):
        if (mood.task and (index == 0 or SAYS.search(low[: part.start]))) or (mood.guarded and guarded(part.text)):
            continue
        if others and BARE.match(part.text) and not _orders(part, parts[index - 1]):
            continue
        if part.text.startswith("not ") and found and (flat(found[-1].object).startswith(("like ", "as ")) or _NOT_SO.match(part.text)):
            continue  # "like a friend, not a teacher"
        put_right = PUT_RIGHT.match(part.text) is not None
        part = turned(without_reminder(part))
        if index:
            part = _with_subject(part, parts[index - 1], low)
        others = bool(OTHERS.match(part.text) or _WHO.search(part.text))
        case = _case(sentence_, part, index == len(parts) - 1, bool(found))
        if case is None and index == 0 and _heads(part, low):
            case = _Case(verbatim(sentence_, part, 0, len(part.text)))
        if case is not None:
            if case.behind:
                found = _limited_by(found, case)
            elif case.words:
                leading, ruled = case.words, case.every
            if case.rest is None:
                continue
            part = case.rest
        # "I don't mind X but I hate Y": what stands against a denial is meant, what stands against a doubt is doubted
        against = low[: part.said].endswith(" but ") or put_right or (index and _QUITE_OPPOSITE.search(parts[index - 1].text))
        contrast = mood.guarded and against and not guarded(low, "doubted")
        heard = replace(mood, guarded=False) if contrast else mood
        if (mood.task or mood.one_off) and _OF_SELF.match(part.text) and not _of_that_time(part, parts):
            heard = replace(heard, task=False, one_off=ONE_OFF.search(part.text) is not None)
        if ruled and _PLAIN.fullmatch(part.text):
            part = Clause(part.text, part.said, part.end, "i like ")
        new = _clause(sentence_, part, low, heard, leading, turn, found[-1] if found else None)
        if not new and stated_before and goes_on(part):
            new = [_one_more(sentence_, part, stated_before)]
        new = [_of_same_case(one, part, found) for one in new]
        stated_before = new[0] if new and FIRST.search(part.text) else None
        found.extend(new)
    return found


def _orders(part: Clause, before: Clause) -> bool:
    """Whether a verb cannot go on with the person before it, one alone: "my boss is Petra, and always use euros"."""
    found = _ORDER.match(part.text)
    if found is not None and _TO_ASSISTANT.match(found["verb"]):
        return True
    return found is not None and _ONE_PERSON.search(before.text) is not None and is_verb(found["verb"], "to", part.text[found.end() :])


def _does(verb: str, after: str) -> bool:
    """Whether a word where an order may begin is a verb."""
    return is_verb(verb, "to", after) or acts_on(verb, after)


def _of_that_time(part: Clause, parts: list[Clause]) -> bool:
    """Whether a clause is said of the one time that a bare adverbial of the sentence names: "Tonight, I'm not keen on fish"."""
    return any(ONE_OFF.fullmatch(_JUST.sub("", other.text)) for other in parts if other is not part)


def _not_asked(parts: list[Clause], asks: int, low: str) -> Iterator[tuple[int, Clause]]:
    """The clauses, with their numbers, that a question of the sentence does not ask: "How do I prune roses, and in future be brief?"."""
    for index, part in enumerate(parts):
        if index < asks or YOU.match(part.text) or FROM_NOW.search(part.text):
            yield index, part
        elif FROM_NOW.search(low, part.end) is None:
            return


@dataclass(frozen=True, slots=True)
class _Case:
    """A clause that says for which case something is stated.

    Attributes:
        words: The case, as it was written; empty: it says nothing of what is stated.
        behind: It belongs to what stands before it, not to what follows.
        every: It says so of all that stands there: "that goes for any steak".
        rest: What the clause states behind its case; None: nothing.
    """

    words: str
    behind: bool = False
    every: bool = False
    rest: Clause | None = None


def _case(sentence_: Sentence, part: Clause, last: bool, told: bool) -> _Case | None:
    """The case that a clause names; ``last``: of its sentence, ``told``: something was stated before it."""
    every = _GOES_FOR.match(part.text)
    if every is not None:
        return _Case(verbatim(sentence_, part, *every.span("c")), told and every["head"] in ("that", "this", "it"), True)
    if NOT_CONDITION.match(part.text):
        return None
    inner = LEADING_IN.match(part.text)
    if inner is not None:
        return _Case(verbatim(sentence_, part, *inner.span("c" if inner["c"] else "case")), rest=part.after(inner.end()))
    lead = LEADING.match(part.text)
    if lead is None or NOT_CONDITION.match(lead["c"]) or len(part.text) >= _LONGEST_CASE:
        return None
    behind = last or (told and _BUT.match(lead["c"]) is not None)
    return _Case(verbatim(sentence_, part, *lead.span("c")) if told or not behind else "", behind and told)


def _heads(part: Clause, low: str) -> bool:
    """Whether a clause that something follows says of what that is told: "texts to my son: …"."""
    return low[part.end : part.end + 1] == ":" and low[part.end + 1 :].strip() != "" and _HEADER.fullmatch(part.text) is not None


def _for_somebody(mood: Mood, parts: list[Clause], low: str) -> Mood:
    """The mood of the rest, where a sentence first says for whom it orders something for good: "for my dad, everything in large type"."""
    if len(parts) < 2 or _FOR_WHOM.fullmatch(parts[0].text) is None or not (ALWAYS.search(low) or _OF_ALL.search(low)):
        return mood
    return replace(mood, guarded=any(guarded(part.text) for part in parts[1:]))


def _of_same_case(one: Candidate, part: Clause, found: list[Candidate]) -> Candidate:
    """The other half of an order with the case of the first: "respectful, not stiff"."""
    if not found or one.condition or not part.text.startswith("not "):
        return one
    return one.model_copy(update={"condition": found[-1].condition})


def _limited_by(found: list[Candidate], case: _Case) -> list[Candidate]:
    """What was found, held for a case behind it; an exception is added to the case that it had."""
    changed = found if case.every or _WHEN_ASKED.match(case.words.lower()) else found[-1:]
    also = _BUT.match(case.words.lower()) is not None
    held = [f"{one.condition}, {case.words}" if one.condition and also else one.condition or case.words for one in changed]
    rest = found[: len(found) - len(changed)]
    return [*rest, *(one.model_copy(update={"condition": words}) for one, words in zip(changed, held, strict=True))]


def _with_subject(part: Clause, before: Clause, low: str) -> Clause:
    """A clause with the "I" of the one before it, if it goes on with it: "and never eat late"."""
    if not (_GOES_ON.match(part.text) and _SUBJECT.match(before.text) and _JOINS.fullmatch(low[before.end : part.start])):
        return part
    words = _AND.sub("", part.text)
    return Clause(words, part.end - len(words), part.end, "i ")


def _limited(clause: str, low: str, leading: str | None) -> bool:
    """Whether an order says for which cases, which answers or which kinds of thing it is given, or that it is given for good."""
    if for_a_case(clause, leading) or FROM_NOW.search(low) is not None:
        return True
    case = flat(leading or "")
    return _KINDS.match(case) is not None or (_FOR_WHOM.fullmatch(case) is not None and _OF_ALL.search(clause) is not None)


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


def _clause(
    sentence_: Sentence, part: Clause, low: str, mood: Mood, leading: str | None, turn: str, before: Candidate | None
) -> list[Candidate]:
    more = before is not None
    if len(part.text) < 4 or (mood.asking and not more and part.text.startswith("or ")):
        return []
    others = OTHERS.match(part.text)
    if _HOW.match(part.text):
        return []
    own = SPEAKS.search(part.text) is not None
    for rule, match in sieve(*_TABLES, own=own).matching(part.text):
        table = rule.data["table"]
        only_guarding = mood.guarded or (mood.task and not table.startswith("order"))  # what harms if neglected is heard beside anything
        if only_guarding and table not in ("avoid", "want"):
            continue
        if "case" in rule.data and not (_does(match["verb"], part.text[match.end("verb") :]) and _limited(part.text, low, leading)):
            continue
        if "after" in rule.data and (before is None or before.polarity != rule.data["after"]):
            continue
        if only_guarding and "safety" not in rule.data and not (rule.data.get("diet") and own):
            continue
        if (others and match.start() <= others.end() and "theirs" not in rule.data) or compares_nothing(part, match):
            continue
        if "safety" not in rule.data and match.start() and _IN_CASE.search(part.text, 0, match.start()):
            continue  # "push back when I try to skip practice"
        made = read(sentence_, part, low, mood, leading, turn, more, table, _TABLES[table], rule, match)
        if made:
            return made
    return []
