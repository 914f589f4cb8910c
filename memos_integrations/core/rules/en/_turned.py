"""Clauses turned into their usual order: "what I love is rain", "rain, that's what I like", "rain I love" as "I love rain"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ...finding import Finder
from ...inflection import is_verb
from .._common import Sentence
from ._lexicon import Clause, clauses, flat
from ._patterns import ONE_OFF, OTHERS, SPEAKS
from ._reworded import forbidden, irked, its_own, last_time, out_of_it
from ._slots import guess_slot

__all__ = ["AS_WELL", "PUT_RIGHT", "in_order", "own_answers", "turned"]

PUT_RIGHT = re.compile(
    r"^(?:and |but |so |no |yes |well |as )*(?:i(?:'ve| have)? (?:already |just |clearly |only |actually )?(?:said|told you|mentioned"
    r"|meant|mean)(?: to say)?(?: that)?"
    r" (?=(?:i|i'm|i'd|i've|we|my|no|never|not|don't|always|only)\b)"
    r"|(?:(?:ngl|imo|imho|fwiw|lately|hand on heart|honestly|frankly|personally|tbh|to be (?:honest|fair|frank)|truthfully|basically"
    r"|admittedly|sadly|luckily|weirdly|oddly"
    r"|strangely|turns out)[ ,]+)+|(?:which|that|this|it)(?: also| basically)? (?:means|meant)(?: that)? )"
)
_CLEFT = re.compile(
    r"^(?:and |but |so |because )?(?:(?:if )?there(?:'s| is) (?=(?:one|only one|just one) thing)(?:only |just )?)?"
    r"(?:what|all|one thing|something|(?:the|my) (?:(?:only|one|main|first|last|worst|best|other|biggest) )*"
    r"(?:things?|part|kind|sort|bit|(?P<only>(?<=only )[a-z]+)))(?: (?:that|which))? i(?:'m| am)? ?(?P<pred>(?:[a-z']+ ){0,5}?[a-z']+)"
    r"(?: (?:from|in|out of) (?:an? |the |my )?[a-z]+)?(?: most(?: of all)?| best| the most)?,?(?: it)?(?:'s| is| are) (?=[a-z])"
)
_MORE_THAN = re.compile(  # "there's nothing I like more than an empty beach"
    r"^(?:and |but |so |because )?(?:there(?:'s| is| are) )?(?:nothing|no[a-z]* [a-z]+|few [a-z]+|not much"
    r"|little) (?:that )?i (?P<pred>[a-z]+)"
    r" (?:(?:more|better|worse)(?: in the world| in life)? than|(?:so|as) much as|quite like) (?=\w)"
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
_NOUNS = re.compile(
    r"(?:and |but |so )?(?:(?:my|our|biggest|one|another|main|current|only) )*"
    r"(?:pet (?:hate|peeve)s?|bugbears?|no-?gos?|dealbreakers?|turn-?offs?|(?P<good>favou?rites?|faves?|guilty pleasures?"
    r"|weakness(?:es)?|passions?"
    r"|must-?haves?|comfort food))"
)
_THAT_IS = re.compile(
    r"^(?:and )?(?:that|this|those|these|they|it)(?:'s|'re| is| are)(?: all| just| exactly| really"
    r"| always)* (?:(?P<so>how (?:i(?:'d)? (?:like|want|prefer) (?:you|your \w+) to"
    r" (?:sound|be|answer|write|talk|speak|reply)\b.*|you should (?:sound|be)\b.*))|how i(?:'d)? (?:like|want|prefer|take) (?:it|them"
    r"|things|my)\b.*"
    r"|what i(?:'d)? (?:like|want|need|prefer|love|enjoy|go for)(?: (?:most|best))?$|my (?:idea of (?!hell|torture|misery|a nightmare)"
    r"|kind of|sort of|favou?rite|thing|cup of tea|style|way|go-to)\b.*)"
)
_NO = (
    "no, nope, never, no way, no thanks, no thank you, not for me, hard no, never again, absolutely not, definitely not, please no, "
    "no please, god no, not with a bargepole, no chance, not a chance, never ever, yuck, nah, hate them, hate it, can't stand them, "
    "can't stand it, over my dead body, not in this lifetime, not if you paid me,"
    " can't bear them, can't bear it, don't like them, don't like it, don't eat them, don't eat it, avoid them, avoid it, detest them,"
    " not on my watch, you must be joking, not in a million years, not if i can help it"
)
_YES = (
    "yes, yes please, any time, anytime, always, every time, all day, all day long, love them, love it, like them, like it, adore them, "
    "adore it, yum"
)
_VERDICTS: dict[str, bool] = {
    **{words: False for words in _NO.split(", ")},
    **{words: True for words in _YES.split(", ")},
}  # "raw tomatoes, no"
_I_DO = re.compile(r"^i (?:(?:really|just|absolutely|simply|do|honestly|always) )*")  # "Mushrooms, I hate them"
_BARE_NAME = re.compile(
    r"(?!(?:and|but|so|oh|well|yes|no|ok|okay|thanks|sorry|sure|please|hi|hello|hey|again|now|then|what|who|how|why"
    r"|if|when) ?)[\w'&-]+(?: [\w'&-]+){0,4}"
)
_HEDGE = re.compile(
    r"(?:(?:in|to|for|at|by|of|on) )?(?:(?:be|all|my|your) )?(?:[a-z]+ly|actually|fair|honest|frank|honesty|fairness|general|fact"
    r"|course|tbh|nah|ugh|hmm+)"
)
_ALONE = 2  # clauses: a name and the verdict
_NOT_THIS = re.compile(
    r"^(?:and |but |no )?(?:it|that)(?:'s not| isn't| is not|'s never) [^ ].{1,40}? (?P<pred>i (?:(?:really|can't|don't|want to) )?"
    r"(?:love|like|enjoy|prefer|want|need|hate|dislike|mind|avoid|stand|bear|eat|drink|wear|trust|fear|object to|react to))$"
)
_BUT_THAT = re.compile(r"(?:but |and )?(?:it(?:'s| is) )(?!not\b)")
_WITH_ME = re.compile(r"^(?:i|it|we|they|you|your|he|she|this|that|there|my|our)\b|\b(?<!for )(?:me|i|us)$|\b(?:over|or|than|vs)\b")
_ONLY = re.compile(r"only (?:ever )?(?:when|while|if|in|on|at|for|with|during|after|before) ")
_TOUCH_NOT = re.compile(  # "energy drinks? I won't go near them"
    r"(?:and |but )?i (?:(?:just|really|simply|absolutely) )*(?:won't|wouldn't|don't|do not|never|refuse to|will (?:never|not)|would never)"
    r"(?: ever| even)? (?:go near|touch|eat|drink|buy|use|wear|watch|read|set foot in|consider|stand|bear|trust)(?: any of)?"
    r" (?:it|them|that|those)(?: (?:ever|at all|again|full stop|period))*"
)
_NOTHING_ELSE = re.compile(r"(?:and |or )?nothing else(?: will do| please| thanks)?")
_TAKES = re.compile(
    r"(?:and |so |but )*(?:i|we)(?:'ll|'d| will| would| can)? (?:take|have|want|eat|drink|buy|use|wear|read|accept|fly|book|order|need"
    r"|do) (?=\w)"
)
_COSTS = re.compile(
    r"even (?:if|when|though) (?:it|they|that|this|i|we|the|there)\b.*\b(?:costs?|takes?|means?|longer|slower|pricier|dearer|further|more"
    r"|expensive|hassle|trouble|pay|wait|walk|queue|drive)\b"
)
_NEVER_THAT = re.compile(r"never (?!better\b|mind\b|ever\b|again\b|once\b|had\b|been\b|seen\b|i\b|you\b|do\b|use\b)")
_FRONTED = re.compile(
    r"^(?:and |but |also |well |while |because |so )*(?:(?:it|that)(?:'s| is)(?: really| only| just| always)? (?!(?:him|her|them|us)\b))?"
    r"(?P<obj>(?!(?:i|we|you|what|which|that|it|this|who|how|why|things?|something|when"
    r"|if|where|all|not|(?:the )?(?:\w+ )?ones?|the (?:\w+ )?(?:things?|way|reason|day|time|place))\b)[^ ].{1,50}?)"
    r"(?: is| are|'s|'re)? (?P<only>the (?:one|only|first|last) (?:\w+ )?|all |something |things |one thing "
    r"|what |an? \w+ )?(?:that |which )?"
    r"(?:(?P<pred>i (?:(?:really|just|absolutely|simply|honestly|always|never|do|can|don't|do not|can't|cannot|won't|will not|couldn't"
    r"|could|would|refuse to|only ever|only) )*"
    r"(?:love|adore|like|enjoy|devour|prefer|want|need|ask(?: for)?|live for|swear by|(?:get|hear|see|eat"
    r"|read) enough of|resist|live without"
    r"|do without|say no to|tire of|hate"
    r"|stand|bear|avoid|loathe|detest|dread|eat|drink|wear|touch|skip|buy|use|watch|read|do|write|speak|listen to|trust))"
    r"|(?P<gladly>i(?:'m| am)(?: really| always)? (?:after|looking for)|i (?:go|come) for"
    r"|i(?:'ll| will|'d| would| could| can)(?: happily| gladly| easily)?"
    r" (?:listen to|watch|eat|drink|read|have|play|live on|live off|wear|dance to|take|do|sing|talk about|bake|cook|ride|go for)"
    r" (?:all (?:day|night|week|year)(?: long)?|forever|till the cows come home|until i drop|in my sleep|for (?:hours|days|ever)"
    r"|any (?:day|time|night)(?: of the (?:week|year))?"
    r"|every (?:single )?(?:day|night|meal|week|time)|anytime|day and night)))"
    r"(?(only)(?: (?:of|from|in|on|at|for|before|after) [^,]{2,30})?)"
    r"(?: (?:these days|now|nowadays|lately|at the moment|any ?more|most|best|every time))?$"
)
AS_WELL = Finder(  # "my flatmate can't stand garlic and neither can I"
    r"(?:^|,? )(?:and |but )?(?:(?:(?:so|neither|nor) )?(?:do|can|am|could|would|will|have|did|should|are) (?:i|we)|me (?:neither|too)"
    r"|same here|same for me)(?: too| either)?$"
)
_THIRD = re.compile(r"(?<=[^s]s)es$|(?<=sh|ch)es$|(?<=[xz])es$|(?<!^i)(?<!^wa)(?<!^ha)(?<=[a-z]{2})(?<!s)s$")
_IF_YOU = re.compile(
    r"^(?:and |but |so )*(?:(?:it|that)(?:'d| would| might)|i(?:'d| would)|could you|would you)\b[a-z' ]{2,40} (?:if"
    r"|when) you (?:could |would |always |only |just )*"
    r"(?P<not>didn't |did not |never )?(?P<verb>[a-z]{3,}) (?=.)"
)
_IRREGULAR_WORDS = (
    "gave give, kept keep, made make, wrote write, told tell, said say, put put, sent send, spoke speak, "
    "began begin, left leave, took take, did do, went go, stuck stick, showed show, spelt spell, chose choose, "
    "cut cut, set set, read read, got get, found find, let let, led lead"
)
_IRREGULAR: dict[str, str] = {past: base for past, _, base in (pair.partition(" ") for pair in _IRREGULAR_WORDS.split(", "))}
_SAID_AFTER = (
    "please",
    "pls",
    "plz",
    "ever",
    "though",
    "tops",
    "max",
    "maximum",
    "at most",
)  # behind a comma they belong to what stands before


def in_order(parts: list[Clause], low: str, *, alone: bool) -> list[Clause]:
    """Clauses with what they are about in its usual place: "rain, that's what I like" and "things I love: rain" as "I love rain".

    Args:
        parts: The clauses.
        low: The flattened sentence.
        alone: It is all of its turn.
    """
    moved: list[Clause] = []
    pred = ""
    for part in out_of_it(its_own(_shared(_not_this_but_that(parts))), low):
        said = _THAT_IS.match(part.text) if moved and not pred else None
        if said is not None and _leads(low, moved[-1], part):
            front = moved[0]
            implied = "be " if said["so"] else "i like "
            moved = (
                [Clause(low[front.said : moved[-1].end], front.said, moved[-1].end, implied)]
                if not SPEAKS.search(low[front.said : moved[-1].end])
                else [*moved, part]
            )
            continue
        if len(moved) == 1 and _ONLY.match(part.text) and _leads(low, moved[-1], part) and _thing(moved[-1].text, False):
            moved = [Clause(moved[-1].text, moved[-1].said, moved[-1].end, "i like "), part]  # "Podcasts? Only while ironing"
            continue
        if len(moved) == 1 and _NEVER_THAT.match(part.text) and _leads(low, moved[-1], part) and _thing(moved[-1].text):
            moved = [Clause(moved[-1].text, moved[-1].said, moved[-1].end, "i like "), part]  # "Medium-rare, never well done"
            continue
        if part.text in _SAID_AFTER and moved:
            moved[-1] = Clause(low[moved[-1].said : part.end], moved[-1].said, part.end, moved[-1].implied)
            continue
        if moved and _NOTHING_ELSE.fullmatch(part.text) and (all_of_it := _only(moved[-1])) is not None:
            moved[-1] = all_of_it
            continue
        if moved and _COSTS.match(part.text) and _leads(low, moved[-1], part):
            last = moved[-1]
            if _TAKES.match(last.text):
                moved[-1] = Clause(low[last.said : part.end], last.said, part.end, last.implied)
                continue
            if len(moved) == 1 and _thing(last.text):
                moved[-1] = Clause(last.text, last.said, last.end, "i like ")
                continue
        verdict = False if _TOUCH_NOT.fullmatch(part.text) else _VERDICTS.get(_I_DO.sub("", part.text))
        if verdict and moved and moved[-1].implied and _leads(low, moved[-1], part):
            continue
        if verdict is not None and moved and _names(moved[-1].text, alone and len(parts) == _ALONE) and _leads(low, moved[-1], part):
            moved[-1] = Clause(moved[-1].text, moved[-1].said, moved[-1].end, "i like " if verdict else "i dislike ")
            continue
        head = _headed_by(part.text) if low[part.end : part.end + 1] == ":" else ""
        if head:
            pred = head
            continue
        fronted = _FRONTED.match(part.text)
        if fronted is not None and not pred:
            begin = part.said + fronted.start("obj")
            moved.append(Clause(fronted["obj"], begin, begin + len(fronted["obj"]), _said_of(fronted)))
            continue
        moved.append(
            Clause(low[part.said : part.end], part.said, part.end, f"i {pred} ") if pred and not SPEAKS.search(part.text) else part
        )
    return moved


def _not_this_but_that(parts: list[Clause]) -> list[Clause]:
    """Clauses with "it's not meat I avoid, it's gelatine" as "I avoid gelatine"."""
    kept: list[Clause] = []
    pred = ""
    for part in parts:
        denied = _NOT_THIS.match(part.text)
        meant = _BUT_THAT.match(part.text) if pred else None
        if denied is not None:
            pred = denied["pred"]
        elif meant is not None:
            kept.append(Clause(part.text[meant.end() :], part.said + meant.end(), part.end, f"{pred} "))
            pred = ""
        else:
            kept.append(part)
    return kept


def _shared(parts: list[Clause]) -> list[Clause]:
    """Clauses with "my team hates stand-ups and so do I" as "I hate stand-ups"."""
    kept: list[Clause] = []
    for part in parts:
        too = AS_WELL.search(part.text)
        whose = part if too is None or too.start() else kept[-1] if kept else None
        other = None if too is None or whose is None else OTHERS.match(whose.text)
        if too is None or whose is None or other is None:
            kept.append(part)
            continue
        if whose is not part:
            kept.pop()
        kept.append(_as_own(whose, other.end() + 1, too.start() if whose is part else len(whose.text)))
    return kept


def _as_own(part: Clause, start: int, end: int) -> Clause:
    """What a clause says of somebody else from a place on, said by the user: "hates rain" as "I hate rain"."""
    words = re.sub(r",? and$", "", part.text[start:end])
    verb = words.partition(" ")[0]
    base = _THIRD.sub("", verb) if _THIRD.search(verb) else None
    at = start + (0 if base is None else len(verb) + 1)
    first = part.start + at
    return Clause(part.text[at : start + len(words)], first, part.start + start + len(words), "i " if base is None else f"i {base} ")


def own_answers(own: Sequence[Sentence]) -> list[Sentence]:
    """The sentences of a turn, with a name asked about and its speaker's own answer as one: "Oysters? Never."."""
    joined: list[Sentence] = []
    for said in own:
        last = joined[-1] if joined else None
        if last is not None and last.question and last.masked.rstrip().endswith("?") and _answers(last, said):
            gap = " " * (said.start - last.start - len(last.text))
            asked = last.masked.rstrip()
            masked = f"{asked[:-1]},{' ' * (len(last.masked) - len(asked))}{gap}{said.masked}"
            joined[-1] = replace(last, text=f"{last.text}{gap}{said.text}", masked=masked, question=said.question)
        else:
            joined.append(said)
    return joined


def _answers(asked: Sentence, said: Sentence) -> bool:
    """Whether a sentence is a verdict on the bare name before it."""
    name, verdict = clauses(flat(asked.masked)), clauses(flat(said.masked))
    return len(name) == 1 and bool(verdict) and _verdict(verdict[0].text) and _names(name[0].text, " " not in verdict[0].text)


def _verdict(words: str) -> bool:
    return words in _VERDICTS or _ONLY.match(words) is not None or _TOUCH_NOT.fullmatch(words) is not None


def _headed_by(words: str) -> str:
    """What is said of the things that stand under such a heading: "hate" of "pet hates:"; empty: it is none."""
    named = _THINGS.fullmatch(words)
    if named is not None:
        return named["pred"]
    noun = _NOUNS.fullmatch(words)
    return "" if noun is None else "love" if noun["good"] else "hate"


def _said_of(fronted: re.Match[str]) -> str:
    """What is said of what stands in front: "I only eat"."""
    pred = re.sub(r"\bask(?: for)?$", "want", fronted["pred"] or "i love")
    return f"i only {pred[2:]} " if (fronted["only"] or "").startswith("the only") and " only" not in pred else f"{pred} "


def _only(part: Clause) -> Clause | None:
    """ "I'll take aisle seats", behind which "and nothing else" stands, as "I only want aisle seats"; None: it names no thing."""
    takes = _TAKES.match(part.text)
    if takes is None and not (part.implied == "" and _thing(part.text)):
        return None
    at = 0 if takes is None else takes.end()
    return Clause(part.text[at:], part.start + at, part.end, "i only want ")


def _names(words: str, alone: bool) -> bool:
    """Whether words name a thing of some kind: "raw tomatoes", and not "honestly", "next week" or, said alone, "Marta"."""
    if _BARE_NAME.fullmatch(words) is None or _WITH_ME.search(words) or _HEDGE.fullmatch(words) or ONE_OFF.search(words):
        return False
    return not alone or " " in words or guess_slot(words) != "other"


def _thing(words: str, alone: bool = True) -> bool:
    """Whether words name a thing, and nothing that is to be done."""
    first, _, rest = words.partition(" ")
    return _names(words, alone) and not words.startswith("the ") and not (rest and is_verb(first, "to", rest))


def _leads(low: str, one: Clause, other: Clause) -> bool:
    """Whether a clause only names what the one behind it speaks of: nothing but a comma, a dash or a colon stands between."""
    return low[one.end : other.start].strip() in (",", "-", "–", "—", ":")


def turned(part: Clause) -> Clause:
    """A clause without what only leads up to it, its verb before its object."""
    return forbidden(_asked(_uncleft(last_time(irked(_unsaid(part))))))


def _asked(part: Clause) -> Clause:
    """ "I'd prefer it if you asked before …" as "please ask before …"."""
    found = _IF_YOU.match(part.text)
    if found is None:
        return part
    base = "don't" if found["not"] and found["not"] != "never " else _base(found["verb"])
    if base is None:
        return part
    lead = {None: "please ", "never ": "never "}.get(found["not"], "")
    at = found.start("verb") if base == "don't" else found.end()
    return Clause(part.text[at:], part.end - (len(part.text) - at), part.end, f"{lead}{base} ")


def _base(past: str) -> str | None:
    """The base form of a verb in the past; None: it is in no past that is known."""
    if past in _IRREGULAR:
        return _IRREGULAR[past]
    forms = (past[:-1], past[:-2], past[:-3]) if past.endswith("ed") else ()
    return next((form for form in forms if is_verb(form, "to", "it")), None)


def _unsaid(part: Clause) -> Clause:
    """ "I said I hate rain" as "I hate rain", "which means no grapefruit" as "no grapefruit"."""
    found = PUT_RIGHT.match(part.text)
    return part if found is None else part.after(found.end())


def _uncleft(part: Clause) -> Clause:
    """ "What I love is rain" as "I love rain", "what helps me is tea" as "I like tea"."""
    found = _CLEFT.match(part.text) or _MORE_THAN.match(part.text) or _DOES.match(part.text)
    if found is None:
        return part
    rest = part.text[found.end() :]
    if "pred" in found.groupdict():
        only = "only " if found.groupdict().get("only") else ""
        return Clause(rest, part.end - len(rest), part.end, f"i {only}{found['pred']} ")
    good = (found["good"] is not None) == (found["not"] is None)
    return Clause(rest, part.end - len(rest), part.end, "i like " if good else "i dislike ")
