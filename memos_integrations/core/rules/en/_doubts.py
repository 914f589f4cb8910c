"""What speaks against reading an English clause as a preference."""

from __future__ import annotations

import re
from typing import Any

from ...in_hand import at_hand
from ...text import content_terms
from .._common import QUOTED, Sentence
from ._moods import Mood
from ._patterns import (
    ALWAYS,
    ASKED_FOR,
    CASES,
    EDIT,
    FIRST,
    FOR,
    FROM_NOW,
    IN_ANSWERS,
    LEADING,
    MAKING,
    NEVER_DID,
    NO_ORDER,
    NOT_A_NAME,
    PUSH,
    TASK,
)
from ._slots import guess_slot, has_manner

__all__ = [
    "AT",
    "COUNT",
    "asked_once",
    "asks_for",
    "at_work",
    "borne_out",
    "echoes",
    "not_an_order",
    "of_the_work",
    "of_this_answer",
    "too_thin",
    "unwilling",
]

_GUARDING = ("food.", "health.", "access.", "travel.", "shopping.", "home.")  # what is said of them beside a task may well last
AT = re.compile(r"(?:on|at|in|by|for|to|with|from|after|before) ", re.IGNORECASE)  # "the evening before, not on the day"
COUNT = re.compile(  # "at six, not seven"
    r"(?:half past |quarter (?:to|past) )?"
    r"(?:\d[\d:.,]*(?: ?[ap]m)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
)
_ONLY_WHEN = re.compile(
    r"(?:and |but )?(?:(?:never|not) (?:after|before|on|at|in|during|past) (?:\w+ ?){1,3}$|not even (?:as|if|when|for|in|on|at|with|one) )"
)
_TO_ONE = re.compile(r"\b(?:i|me|my|we|us|you|your|please|when|if|remember|yes|no|ok|okay|thanks|hi|hello)\b")
_FINITE = re.compile(r"(?:is|are|was|were|has|had|does|did|isn't|aren't|wasn't|weren't|doesn't|didn't) ")
_BACK = re.compile(r".+(?<! the)(?<! my) back(?: from\b.*)?$")  # "my deposit back from the agent"
_THIS_ONE = re.compile(r"(?:[\w-]+ ){1,2}ones?$")  # "the blue one"
_A_DAY = re.compile(
    r"(?:the )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|\d{1,2}(?:st|nd|rd|th)?)(?: (?:morning|afternoon"
    r"|evening|night))?$"
)
_WHO = re.compile(  # "a plumber who works Sundays", "a card for a colleague"
    r"^(?:[\w-]+ ){1,3}who\b|^(?:[\w-]+ ){1,4}for (?:an?|my|his|her|our|their|the|some) (?:[\w-]+ )?(?:man|woman|friend|colleague|boss"
    r"|teacher|neighbou?r|mum|mom|dad|mother|father|sister|brother|wife|husband|partner|son|daughter|nephew|niece|godson|goddaughter"
    r"|uncle|aunt|wedding|birthday|party|funeral|interview|christening|trip|exam|presentation|project|school)\b"
)  # "a plumber who works Sundays"
_CHOSEN = re.compile(  # "I like the second photo better"
    r"(?:first|second|third|fourth|last|latter|former|other|new|old|left|right|top|bottom)\b.* (?:better|best|more)$"
)
_POINTS = re.compile(  # what only the turns before can tell: "that one to log anything", "those till last", "a flash there"
    r"(?:that|this|those|these) (?:ones?|bits?)\b"
    r"|(?:those|these|them|it|that|this|him|her) (?:till|until|for|to|in|at|as|last|first|all|on|with|from|by|up|off|out|over)\b"
    r"|.* (?<!over )(?<!up )(?<!down )(?<!out )there$"
    r"|.*\b(?:of|in|on|for|with|about) (?:that|this|those|these)"
    r"(?: (?!(?:day|evening|morning|afternoon|night|weekend|hour|time)s?$)\w+)?$"
    r"|(?:first|second|third|fourth|last|other|latter|former) (?:option|version|choice|idea|draft|variant)\b"
    r"|.* (?:about|by|until) now$|(?:being )?(?:asked|told|teased|reminded|questioned) (?:about|of) (?:it|them|him|her)$"
)
_ONE_OF_THEM = re.compile(r"\b(?:that|this|those|these) ones?\b")
_THESE = re.compile(  # "I like that sofa", "I don't need it till Friday", "I'd prefer it if it stopped raining"
    r"\b(?:like|love|enjoy|prefer|fancy|dig|need|want) (?:(?:this|that|these|those) (?!way|kind|sort|type)\w"
    r"|(?:it|that|this|them) (?:till|until|by|before|after)\b|it if it\b)"
)
_MY_OWN = re.compile(  # "show me with my columns", "use whatever you've got", "don't quote me on that"
    r"(?:(?:and|so|now|ok|please) )*(?:show|give|do|try|write|make|use|take)(?: me| it| this| that)? (?:(?:with|for|using|on|from)"
    r" (?:my|our|these|this|those)\b"
    r"|what(?:ever)? (?:you(?:'ve| have)|there is|we(?:'ve| have))\b)"
    r""
)
_AT_THEM = re.compile(r"(?!.*\b(?:that|which|who|to|for|with|about|at|than|like)\b).+ [a-z]+ (?:me|us)$")  # "cut flowers depress me"
_KIN = re.compile(  # "I want my mum"
    r"(?:mum|mom|mam|dad|mother|father|nan|gran|kids|wife|husband|sister|brother|son|daughter|family|baby|bed|money back"
    r"|boss|team|colleagues?|neighbou?rs?)(?: [a-z]+)?(?:,? but)?$"
)
_FINITE_IN = re.compile(r"[^ ]+ (?:[^ ]+ )*?(?:is|are|was|were|isn't|aren't|doesn't|don't|didn't|won't|can't|does|did|has|had)\b")
_NOT_ONLY = re.compile(r" ?(?:because|since|as|due)\b")
_AND = re.compile(r"^(?:and|but|so) +(?=[a-z]+ )")
_REVISES = re.compile(  # "less soppy", "make line two rhyme better"
    r"(?:(?:and|but|so|ok|okay|now|great|nice) )*(?:(?:less|more|fewer) [a-z]+$"
    r"|(?:make|get|add|put|move|swap|change) (?!me\b|your?\b|my\b))"
)
_CLEARED = ("to go", "to go too", "can go")  # out of the house
_TOLD = re.compile(r"(?!(?:and|but|so|also|ok|okay|please|oh|yes|no|right|well|just|sorry|thanks|thank you|in|at|on|for|when)\b)\w")
_SETS_CASE = re.compile(r"(?:and |so |oh |also |the )*(?:what|same)(?: also)? (?:goes|holds|applies|counts|is true) for\b")
_DONE = re.compile(  # "my password reset", "the lamp repaired": brought about once
    r"(?:[\w'-]+ ){1,5}(?:reset|sent|cut|redone|rebuilt|(?:deliver|repair|fix|print|renew|cancel|refund|replac|return|install|collect"
    r"|update|translat|check|clean|mend|remov|updat|confirm|transfer|forward|block|unlock|activat|sign|stamp|bound|fram|book|ship"
    r"|paint)ed)$"
)
_NOW_WANTED = re.compile(
    r"(?:^|[,;.] )(?:(?:ok|okay|so|and|great|right) )*(?:now|next|then) (?:i|we)(?:'d| would)? (?:just |also )?(?:want|need|like)\b"
)
_A_THING = re.compile(
    r"\b(?:want|need|fancy|(?:i|we)'d (?:like|love|kill for)|could (?:do with|murder)) (?:an?|some|another) [a-z]+(?:$|[,.!;])"
)
_COUNTED = re.compile(
    r"(?:something|someone|somebody|somewhere)\b|(?:another |the |these |those )?(?:\d[\d.,]*|two|three|four|five|six|seven|eight"
    r"|nine|ten|eleven|twelve|fifteen|twenty|thirty|fifty"
    r"|(?:a )?(?:dozen|hundred|couple of|pair of|few)) (?!(?:full |whole |good )?(?:hours?|minutes?|mins?|days?|weeks?|nights?|percent"
    r"|degrees|meals|litres"
    r"|pounds?|euros?|dollars?|quid|steps|miles|km)\b)"
)
_REDO = re.compile(r"\b(?:shorter|longer|simpler|plainer|(?:a bit|a little|much) (?:more|less)|(?:more|less) \w+,? (?:please|pls))\b")
_WONT = re.compile(
    r"(?:(?:and|but|well|no|hm+) )*(?:i|we)(?:'d rather not| would rather not| (?:don't|do not|didn't) (?:really )?want to)\b"
)
_LACKS = re.compile(  # "no coconut milk in the house": what there is none of
    r"\b(?:in the (?:house|fridge|flat|kitchen|cupboard|shop|shops|area|box|file|log)|at (?:home|hand)|left|around here|available"
    r"|in stock|so far|yet)\b"
)
_TALE = re.compile(r"\b(?:i|we|it|they|there) (?:had|was|were|went|got|saw|took|came|stayed|found|spent)\b(?!.*\b(?:but|so|now|please)\b)")
_TOLD_OF = re.compile(
    r"(?:(?:so|and|now|please|can you|could you) )*(?:tell|teach|show) me (?:more|something|all|everything|a bit|a little) (?:about|of)\b"
)
_NO_HARM = ("answers.", "work.", "finance.", "learning.", "service.", "tech.", "entertainment.")  # who is allergic to meetings jokes


def borne_out(data: dict[str, Any], clause: str, turn: str, obj: str) -> bool:
    """Whether the words that a rule needs stand in the clause (``with``) and in the turn (``around``), a name is
    written as one (``proper``), and harm is meant as harm."""
    if ("with" in data and not re.search(str(data["with"]), clause)) or ("around" in data and not re.search(str(data["around"]), turn)):
        return False
    if "proper" in data and not (obj[:1].isupper() and NOT_A_NAME.search(obj) is None):
        return False
    return "safety" not in data or not guess_slot(obj).startswith(_NO_HARM)


def not_an_order(clause: str, low: str, spoken: str, slot: str, data: dict[str, Any], table: str, mood: Mood, more: bool) -> bool:
    """Whether what looks like an order is a turn of speech, a tale, or part of another sentence."""
    if table.startswith("order") and _FINITE.match(spoken):
        return True  # "text is better for me"
    if table.startswith("order") and (_MY_OWN.match(clause) or (data.get("name") == "no more" and _AT_THEM.match(spoken))):
        return True
    if table.startswith("order") and clause.endswith((" any day", " any time", " any day of the week")) and clause.startswith("give me "):
        return True  # "give me tea over coffee any day"
    if clause.startswith(("never a ", "never an ")) and not more:
        return True  # "never a dull moment"
    if clause.startswith("forget ") and slot.startswith("answers."):
        return False
    if table == "order_avoid" and NO_ORDER.match(spoken if data.get("order") else _AND.sub("", FROM_NOW.sub("", clause).strip())):
        return True
    if _TOLD_OF.match(clause):
        return True
    if _ONLY_WHEN.match(clause) and data.get("name") in ("do not", "no more", "no X"):
        return True  # "I take my coffee black, and never after noon", "no coriander, not even as a garnish"
    if clause.startswith("not ") and (
        AT.match(spoken) or COUNT.fullmatch(spoken) or (not more and not slot.startswith("answers.")) or mood.task
    ):
        return True
    if table.startswith("order") and NEVER_DID.match(clause):
        return True
    before = low[: low.find(clause)].rstrip()
    if data.get("name") == "always, whatever the verb" and _says_what_is(before, low, slot):
        return True
    if data.get("name") == "no X" and _LACKS.search(spoken):
        return True
    if data.get("name") == "no X" and _TALE.search(low[: low.find(clause)]):
        return True
    if data.get("name") == "no more" and EDIT.search(f"{clause} "):
        return True
    return table == "order_want" and FOR.match(spoken) is not None


def _says_what_is(before: str, low: str, slot: str) -> bool:
    """Whether "always do" tells of others ("works of art, whatever their subject, always carry …") or is a motto about nothing."""
    others = before.endswith(",") and not LEADING.match(before) and not _TO_ONE.search(before)
    return others or (slot == "other" and not _TO_ONE.search(low))


def too_thin(clause: str, low: str, turn: str, spoken: str, slot: str, data: dict[str, Any], more: bool) -> bool:
    """Whether a weak rule found too little to say what is wished."""
    if data.get("safety"):
        return False
    if _POINTS.match(spoken) or (spoken.startswith("one") and _ONE_OF_THEM.search(clause)):
        return True
    if data.get("name") == "no X" and slot == "other" and not more and "please" not in low and _TOLD.match(low[: low.find(clause)]):
        return True  # "done, no drip"
    if _THESE.search(clause) or (spoken.startswith("sure ") and not IN_ANSWERS.search(low)):
        return True
    if (data.get("verbless") or data.get("weakrule")) and (
        _FINITE_IN.match(spoken) or (clause.endswith(" only") and _NOT_ONLY.match(low, low.find(clause) + len(clause)))
    ):
        return True  # "the door doesn't open all the way", "the pump runs at night only because …"
    if data.get("name") == "X not mine" and clause.startswith(("the ", "my ", "that ", "this ")) and clause.endswith(_CLEARED):
        return True
    if (data.get("request") or data.get("name") == "love") and _KIN.match(spoken):
        return True
    if clause.startswith(("enjoy your ", "enjoy the ")):
        return True
    if data.get("name") == "love" and _CHOSEN.match(spoken):
        return True
    if data.get("name") == "love" and spoken.startswith(("this ", "that ", "these ", "my job", "job", "you")):
        return True
    if data.get("manner") and not has_manner(spoken) and not spoken.endswith(" first") and not ALWAYS.search(low):
        return not CASES.search(low) and not IN_ANSWERS.search(low)
    if data.get("name") == "find it hard" and slot.startswith(("service.", "tech.", "other", "work.tools")):
        return True  # trouble to be helped with, now
    if (
        slot == "other"
        and not more
        and not _SETS_CASE.match(low)
        and (
            data.get("weakrule")
            or (data.get("verbless") and len(clause) < len(low) * 0.4 and not clause.endswith((" please", " for me", " for us")))
        )
    ):
        return True
    return bool(data.get("request") and (PUSH.match(spoken) or _BACK.match(spoken) or (slot == "other" and TASK.search(turn))))


def asked_once(spoken: str, slot: str, data: dict[str, Any], low: str) -> bool:
    """Whether so many of something are asked for: "two crates of water" are brought once."""
    if not data.get("request") or slot.startswith("answers.") or ALWAYS.search(low) or CASES.search(low):
        return False
    done = _DONE.match(spoken) is not None and not slot.startswith(("food.", "work.writing"))
    if spoken.startswith("new ") or _A_DAY.match(spoken) or _A_THING.search(low) or _NOW_WANTED.search(low) or _WHO.search(spoken):
        return True
    return done or _COUNTED.match(spoken) is not None or _THIS_ONE.match(spoken) is not None


def echoes(sentence_: Sentence, turn: str, low: str, obj: str) -> bool:
    """Whether a question only repeats what the assistant said."""
    if not sentence_.before or not turn.rstrip(f" {QUOTED}").endswith("?") or FIRST.search(low):
        return False
    return content_terms(obj) <= content_terms(sentence_.before)


def at_work(beside: str, slot: str) -> bool:
    """Whether a piece of work is in hand, so that an order holds for it only."""
    if slot.startswith(("answers.", "work.", "tech.", "learning.", "other")) and TASK.search(beside):
        return True
    return not slot.startswith(_GUARDING) and MAKING.search(beside) is not None


def of_the_work(clause: str, slot: str, table: str, data: dict[str, Any]) -> bool:
    """Whether a clause, said while a piece of work is in hand, tells what that has to be: "no photos", "the total should be green"."""
    if slot.startswith(_GUARDING) or "please" in clause:
        return False
    if table.startswith("order") and _REVISES.match(clause) and not IN_ANSWERS.search(clause):
        return True
    return data.get("name") == "no X" or (bool(data.get("must")) and clause.startswith(("the ", "it ", "that ")))


def unwilling(sentence_: Sentence, clause: str, spoken: str, slot: str) -> bool:
    """Whether a step that the assistant proposed is not to be taken: "I don't want to touch the router"."""
    if not sentence_.before or not slot.startswith(("tech.", "other", "service.")) or _WONT.match(clause) is None:
        return False
    return bool(content_terms(spoken) & content_terms(sentence_.before))


def of_this_answer(sentence_: Sentence) -> bool:
    """Whether what is faulted is a piece of work in hand, or an answer that was to be so: "shorter" came out too short."""
    return at_hand(sentence_.hand, sentence_.turn.text) or _REDO.search(sentence_.topic.lower()) is not None


def asks_for(turn: str, clause: str, data: dict[str, Any]) -> bool:
    """Whether a need is told for the sake of one answer: the rest of the turn asks for it."""
    rest = turn.replace(clause, " ", 1)
    return "?" in rest if not data.get("asked") else ASKED_FOR.search(rest) is not None
