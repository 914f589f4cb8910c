"""Sentences without first person, and signed imperatives."""

from __future__ import annotations

import re
from functools import lru_cache

from ...inflection import acting, is_verb
from ._lexicon import expanded

__all__ = ["DOING", "NEGATIVE", "as_order", "depersonalise", "directive", "sentence", "tidy"]

_LEAD = re.compile(
    r"^(?:(?:the|a|an|any|some|of|to|all|those|that|these|any more|more|even|just|really|only|being(?! \w+(?:ed|en)\b)|having|with|me|us|"
    r"your|it|very|also|about)\s+){1,4}(?=\S)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:[\s,]+(?:please|pls|plz|thanks|thank you|ty|at all|either|ever|though|too|again|any ?more|already"
    r"|any day(?: of the week)?|any time|all the way|"
    r"with a barge ?pole|anyway|for me|with me|in general|"
    r"(?:right )?now|lol|tho|ok|okay|you know|if possible|as well|ever again|whatsoever|by the way|btw|from now on|going forward|"
    r"in future|every (?:single )?time|anyway|personally|instead|"
    r"as usual|like always|as always|thx|honestly|tbh|and|or|full stop|period|these days|"
    r"whenever possible|where possible|at all costs|on principle|as a matter of principle|under any circumstances|"
    r"above (?:all|everything)(?: else)?|in all its forms|in any form|entirely|altogether|most of all|as much as possible|"
    r"in (?:this|our) (?:house|family|household|home)|as far as possible|any more than necessary|completely|for good|haha|lately"
    r"|recently|nowadays|and (?:stay|leave it|keep it)(?: there| that way| like that| so| at that)))+[\s.!]*$",
    re.IGNORECASE,
)
_SWAPS = [
    (re.compile(pattern, re.IGNORECASE), repl)
    for pattern, repl in [
        (r"\b(?:I'm|Im|I am|we're|we are)\b", "the user is"),
        (r"\b(?:I've|I have|we've|we have)\b", "the user has"),
        (r"\b(?:I'd|we'd)\b", "the user would"),
        (r"\b(?:I'll|we'll)\b", "the user will"),
        (r"\b(?:I|we) (?:don't|dont|do not)\b", "the user does not"),
        (r"\b(?:I|we) were\b", "the user was"),
        (r"\b(?:my|our)\b", "the user's"),
        (r"\b(?:mine|ours)\b", "the user's"),
        (r"\b(?:myself|ourselves)\b", "themselves"),
        (r"\b(?:me|(?-i:us|Us))\b", "the user"),  # and not the US
        (r"\byou're\b", "the assistant is"),
        (r"\b(?:yours|your|ur)\b", "the assistant's"),
        (r"\b(?:you|(?<!\ba )u)\b", "the assistant"),  # not the letter
    ]
]
_SUBJECT = re.compile(
    r"\b(?:I|we) ((?:(?:really|just|also|still|absolutely|generally|usually|mostly|always|actually|honestly|never|only|rarely|"
    r"normally|often|both|all|definitely|quite|rather|now|currently|almost|hardly|ever|even|barely|seldom|sometimes|"
    r"[A-Za-z]{3,12}ly) ){0,3})([A-Za-z']+)",
    re.IGNORECASE,
)
_YOU_DO = re.compile(
    r"\b(when|whenever|time|if|while|before|after|unless|until|once|because|since|what|how|where) you "
    r"((?:(?:really|just|also|still|ever|always|never|only|first|[A-Za-z]{3,12}ly) ){0,2})(?!all\b|both\b|guys\b|to\b|and\b)([A-Za-z']+)",
    re.IGNORECASE,
)
_YOU_VERB = re.compile(  # "the law you mean", and not "can you mean", "let you go"
    r"((?<![\w'])(?!(?:can|could|would|will|should|must|may|might|do|did|don't|didn't|let|lets|help|make|makes|have|has|see|hear|watch"
    r"|want|need|like|thank|to|of|for"
    r"|with|and|or|as|tell|ask|give|show)\b)[\w']+ )you ((?:(?:just|also|ever|always|never|only|first) )?)(?!all\b|both\b|guys\b|to\b"
    r"|and\b)([a-z]+)\b",
    re.IGNORECASE,
)
_PLAIN = frozenset(
    [
        "can",
        "can't",
        "cannot",
        "cant",
        "could",
        "couldn't",
        "will",
        "won't",
        "would",
        "wouldn't",
        "should",
        "shouldn't",
        "must",
        "mustn't",
        "may",
        "might",
        "had",
        "did",
        "didn't",
        "was",
        "wasn't",
        "got",
        "went",
        "grew",
        "moved",
        "left",
        "lost",
        "found",
        "broke",
        "bought",
        "started",
        "did",
        "made",
        "met",
        "took",
        "sold",
        "gave",
        "knew",
        "said",
        "told",
        "taught",
        "felt",
        "kept",
        "came",
        "meant",
        "ran",
        "won",
        "quit",
        "built",
        "ate",
        "drank",
        "slept",
        "spent",
        "rather",
        "as",
        "sooner",
        "used",
        "need's",
        "is",
        "has",
        "does",
        "isn't",
        "hasn't",
        "doesn't",
    ]
)
_IRREGULAR = {
    "don't": "does not",
    "dont": "does not",
    "haven't": "has not",
    "aren't": "is not",
    "weren't": "was not",
    "have": "has",
    "do": "does",
    "go": "goes",
    "am": "is",
    "are": "is",
}


_SPOKEN = re.compile(
    r"^(?:i|we)(?:['’](?:d|ll|ve)| would| will| have)? (?:(?:always|only|just|mostly|usually|really|often|still|also|never|now|all) )*"
    r"(?:(?:use|have|like|love|prefer|want|need|take|pick|choose|buy|drink|eat|read|watch|play|wear) )?(?=\w)",
    re.IGNORECASE,
)


_BACK = re.compile(r"^(?:back|over) to (?!back\b)(?=\S)", re.IGNORECASE)


def tidy(text: str) -> str:
    """An object without filler at its ends."""
    text = _BACK.sub("", text)
    text = _SPOKEN.sub("", text.strip(" .,;:!?*_-–—"))
    text = _TAIL.sub("", text).strip(" .,;:!?*_-–—")
    shorter = _LEAD.sub("", text)
    return shorter or text


def _third(match: re.Match[str]) -> str:
    return f"the user {_acts(*match.groups())}"


def _acts(adverbs: str, verb: str) -> str:
    """The verb as of one who does it: "explains"."""
    low = verb.lower().replace("’", "'")
    if low in _PLAIN or (low.endswith("ed") and len(low) > 4):
        return f"{adverbs}{verb}"
    if low in _IRREGULAR:
        return f"{adverbs}{_IRREGULAR[low]}"
    if low.endswith("y") and len(low) > 2 and low[-2] not in "aeiou":
        return f"{adverbs}{verb[:-1]}ies"
    if low.endswith(("s", "sh", "ch", "x", "z")):
        return f"{adverbs}{verb}es"
    return f"{adverbs}{verb}s"


_TOGETHER = re.compile(r"\b(I|we) (?:both|all) (?=[a-z])", re.IGNORECASE)  # nobody else is told of


_PERSONS = re.compile(
    r"\b(?:i|i'm|im|i've|i'd|i'll|we|we're|we've|we'd|we'll|me|us|my|our|mine|ours|myself|ourselves|you|you're|yours?|ur?)\b", re.IGNORECASE
)


def depersonalise(text: str) -> str:
    """The words with ``I`` and ``you`` as the user and the assistant."""
    text = text.replace("’", "'")
    if _PERSONS.search(text) is None:
        return " ".join(text.split())
    text = _TOGETHER.sub(r"\1 ", text)
    for pattern, repl in _SWAPS[:6]:
        text = pattern.sub(repl, text)
    text = _SUBJECT.sub(_third, text)
    text = _YOU_VERB.sub(lambda m: f"{m[1]}the assistant {_acts(m[2], m[3])}" if is_verb(m[3], "you") else m.group(), text)
    text = re.sub(r"\b(?:you|u) (?:don't|dont|do not)\b", "the assistant does not", text, flags=re.IGNORECASE)
    text = _YOU_DO.sub(lambda m: f"{m[1]} the assistant {_acts(m[2], m[3])}", text)
    text = re.sub(r"\bI\b", "the user", text)
    for pattern, repl in _SWAPS[6:]:
        text = pattern.sub(repl, text)
    return " ".join(text.split())


def sentence(text: str) -> str:
    """Capital at the front, full stop at the end."""
    text = text.strip(" .,;:!?-–—*")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


_ASKS_KINDLY = re.compile(r"[\s,]+(?:please|pls|plz|thanks|thank you|thx|ty)$", re.IGNORECASE)
_AGREED = re.compile(r"^(?:agree|settle) on (?=\S)", re.IGNORECASE)
_RING = 5  # letters: "ring" is no form in -ing
_BASES = {"using": "use", "giving": "give", "making": "make", "writing": "write", "including": "include", "doing": "do", "going": "go"}
NEGATIVE = re.compile(r"^(?:don't|dont|do not|not|stop|quit|don't ever|cease|never)\s+(?:to\s+)?(.+)$", re.IGNORECASE)


def as_order(clause: str) -> str:
    """The clause from its verb on: "use tables" of "would you mind using tables"."""
    order = _ASKS_KINDLY.sub("", _led().sub("", clause.replace("’", "'").strip()).strip(" .,;:!?"))
    order = _AGREED.sub("use ", order)
    denied = "not " if order.lower().startswith("not ") else ""
    verb, _, rest = order[len(denied) :].partition(" ")
    if verb.lower().endswith("ing") and rest and not is_verb(verb):  # "bring" is a verb as it is
        verb = _BASES.get(verb.lower(), verb[:-3] if len(verb) > _RING else verb)
    return f"{denied}{verb} {rest}".strip()


@lru_cache(maxsize=1)
def _led() -> re.Pattern[str]:
    return re.compile(rf"^(?:{expanded('~led~')} ){{1,6}}", re.IGNORECASE)


_PLACED = re.compile(
    r"^(?:after|before|at|on|in|with|without|from|by|until|alone|late|early|outside|abroad|home|out|off|through|past|near|next to)\b",
    re.IGNORECASE,
)
_DETERMINERS = frozenset(["the", "a", "an", "any", "some", "this", "that", "these", "those", "my", "our", "your", "his", "her", "their"])
_SAYS_NOT = re.compile(r"^(?:no|not|never|don't|do not)\s+(?:to\s+)?", re.IGNORECASE)
_THAT = re.compile(
    r"\b(anything|something|everything|nothing|things|stuff|those|ones) (that|which|who|with|involving|containing|made (?:of|with)"
    r"|in|from|over|under) (an? )?$"
)
DOING = re.compile(r"\b(?:rather|sooner|to)\b", re.IGNORECASE)  # after it comes what one does
_SAYS_SO = re.compile(r"^(?:i(?:'d| would)? |please |always )*(?:prefer|avoid)\s+", re.IGNORECASE)


def _thing(obj: str, before: str) -> str:
    """What to prefer or to avoid: a verb phrase in -ing, with its verb where only "after eight" is left of "eat after eight"."""
    what = depersonalise(obj).strip(" .")
    what = _SAYS_SO.sub("", what) or what
    *rest, last = before.split() or [""]
    told = _THAT.search(before)
    if told is not None:  # "nothing that begins with a joke": what is meant is told by a clause
        things = "anything" if told[1].endswith("thing") else told[1]
        return f"{things} {'that' if told[2] in ('which', 'who') else told[2]} {told[3] or ''}{what}"
    if last in ("nothing", "anything") and _PLACED.match(what):
        return f"anything {what}"
    if last in ("be", "being"):
        return f"being {what}"
    if _PLACED.match(what) and is_verb(last, " ".join(rest)):
        return acting(f"{last} {what}", " ".join(rest))
    if before.strip() and what[:1].isupper():
        return what  # "back to Polish" names a language
    return acting(what, before)


def _addressed(order: str) -> str:
    """An order in words of the user's, to the assistant: its answers are "your answers"."""
    return depersonalise(order).replace("the assistant's", "your")


def directive(polarity: str, obj: str, order: str = "", reason: str = "", over: str = "", *, before: str = "", diet: bool = False) -> str:
    """An imperative sentence that carries its sign.

    Args:
        polarity: ``wants`` or ``avoids``.
        obj: What it is about.
        order: The user's own order, from its verb on; empty: none.
        reason: Why to avoid it.
        over: What is wanted less.
        before: What was said just before the object: it tells a verb from a noun.
        diet: It is what the user eats.
    """
    if polarity == "avoids":
        if order:
            match = NEGATIVE.match(order)
            if match and not order.lower().startswith(("stop", "quit", "cease")):
                head = "Never" if order.lower().startswith("never") else "Do not"
                first, _, rest = match.group(1).partition(" ")
                names = first in _DETERMINERS or not is_verb(first, "to", rest)
                if order.lower().startswith(("not ", "never ")) and names:
                    return sentence(f"Avoid {depersonalise(obj)}")  # "not spaces": a thing, nothing that one does
                return sentence(f"{head} {_addressed(match.group(1))}")
        what = _thing(obj, before)
        return sentence(f"Avoid {what}: {reason}" if reason else f"Avoid {what}")
    what = depersonalise(obj).strip(" .")
    if diet:
        return sentence(f"Respect the user's diet: {what} ({depersonalise(over)} excluded)" if over else f"Respect the user's diet: {what}")
    if order and not NEGATIVE.match(order):
        return sentence(_addressed(order))
    denied = _SAYS_NOT.match(what)
    if denied and what[denied.end() :]:
        return sentence(f"Avoid {_thing(what[denied.end() :], 'not')}")
    what = _thing(obj, before)
    if over:
        other = depersonalise(over)
        doing = what.split(" ", 1)[0].lower().endswith("ing") or DOING.search(before) is not None
        other = acting(other, "to") if doing else other
        return sentence(f"Prefer {what} over {other}")
    return sentence(f"Prefer {what}: {reason}" if reason else f"Prefer {what}")
