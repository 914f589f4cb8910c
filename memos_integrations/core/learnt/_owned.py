"""Which of what the models alone see in a turn is the user's wish, and no part of what is known, told, cited or suffered."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..candidates import Candidate, Turn
from ..in_hand import InHand
from ..rules import not_own, of_some_work, only_tells
from ..rules._common import QUOTED, mask
from ..text import normalise, split_sentences
from ._proposing import Proposal, top, words_at
from ._reading import BREAKS, Reading

__all__ = ["adds", "evidence", "is_named", "is_own", "said_at"]

_CERTAIN = 0.8  # probability of a preference from which the form of its clause is no doubt
_QUOTE = 240  # characters of evidence
_QUOTED_RUN = re.compile(f"{QUOTED}+")
_FIRST = re.compile(r"\b(?:i|i'm|my|we|our)\b|我|咱", re.IGNORECASE)
_ASSENT_WORDS = (
    "ok okay yes yeah yep no nope sure fine good great perfect lovely nice cool alright right thanks thank you sounds sound looks that "
    "it very so all well please then . , ! 好 的 行 可 以 嗯 对 是 没 问 题 不 错 谢 了 吧 啊 呀 太 很 就 这 样 。 ， ！"
)
_IS_ONE = re.compile(r"(?i)\b(?:i|we)(?:['’]m|['’]re| am| are) (?:such )?an? $|(?:^|[，,。；])我就?是(?:一?[个名位])?$")
_LEFT = re.compile(  # before what was left, what is left over, or what one is just getting
    r"(?i)\b(?:switched|moved|changed|went|gone|converted|migrated|upgraded)(?: over)? from $|从$"
    r"|\b(?:the rest|everything else) (?:is|are) $"
    r"|\b(?:i['’]m|we['’]re|i am|we are) (?:getting|having|ordering|buying|making|cooking)(?: (?:an?|some|the|my|our))? [一-鿿]?$"
)
_REASON = re.compile(r"(?i)\b(?:due to|because of|owing to|on account of) (?:[\w'-]+ ){0,4}$|(?:由于|出于)[^，。]{0,6}$")
_FOND_ONE = re.compile(r"(?i).*\b(?:person|lover|fan|eater|drinker|fanatic|addict|buff|guy|girl|enthusiast|nut)s?$|.*[控党派迷粉]$")
_EITHER_WAY = re.compile(r"(?i)\s+or (?:not|no)\b|或(?:者)?不")
_NOT_ALONE = re.compile(r"(?i)\bnot (?:only|just) $|不(?:光|只|仅)(?:是)?$")
_REPORTED = re.compile(  # "you just read me twelve lines": what was done, not what is wished
    r"(?i)\W*you (?:(?:just|only|already|have) |['’]ve )*(?:read|gave|given|told|sent|said|wrote|written|made|did|done|put|used)\b"
    r"|\W*你(?:刚才|刚刚|刚|上次|昨天|又)[^，。？]{1,14}了"
)
_SUFFERED = re.compile(r"(?:[必就会想要]|一[^，]{1,2}就)吐$|拉肚子|过敏|起疹|头[疼晕痛]|难受$|上[脸头火]$")
_SOUGHT = re.compile(r"(?:^|[，。！？；])(?:请|你|麻烦你?|再|快){0,2}[给帮]我(?:推荐?|找|选|挑|介绍|看看|查)[^，。！？；]{0,2}$")
_ERRAND = re.compile(  # what is to be got now
    r"(?:^|[，。！？；])(?:请|麻烦|你|先|再)*[帮给替]我 ?(?:book|order|buy|get|订|买|点|叫|约) ?(?:[了一两个下张间家份杯]|an? |the )* ?$",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(?:早上|上午|中午|下午|傍晚|晚上|夜里|凌晨)?[一二两三四五六七八九十\d]{1,3}点半?[之以]?[前后]?")  # when, and not what
_IN = re.compile("里面?|中(?!间)|内")
_NEAR = 8  # characters from a place to what is to be in it, or not
_STATES = re.compile(r"\w (?:is|are|was|were|isn't|aren't) | and \w+ed ")
_CALLS = re.compile(r"\W*\w+,\s+(?:i|we)(?:['’]\w+)? \w+ \w", re.IGNORECASE)  # "Mate, I hate queues"
_NOTED = "Keep in mind:"
_WITHIN = re.compile(r"(?i)(?:(?! (?:and|or|nor|but|not) )[^,.;:!?\n]){0,60} (?:out of|for|from|in|at|on|into)(?: (?:the|my|our|an?))? ")
_OF_ALL = frozenset(("favourite", "favorite", "fave"))
_ASSENT = frozenset(_ASSENT_WORDS.split())


def adds(reading: Reading, proposal: Proposal, ruled: Sequence[Candidate]) -> bool:
    """Whether what only the models see adds anything: mere assent does not, nor what the rules have, nor what is but shown beside it."""
    if proposal.place is None:
        return True
    first = proposal.place[0]
    tokens = reading.tokens[first : proposal.place[1]]
    if tokens[0].form == "longer" and first and reading.tokens[first - 1].form == "no":
        return False  # "no longer X" ends X: a change, for reconciliation to read
    start, end = tokens[0].start, tokens[-1].end
    if _IS_ONE.search(reading.text, 0, start) and not _FOND_ONE.match(reading.text, start, end):
        return False  # "I'm a night owl" says what one is
    if _is_aside(reading.text, start, top(proposal.answers["slot"])):
        return False
    if _EITHER_WAY.match(reading.text, end) or _NOT_ALONE.search(reading.text, 0, start):
        return False  # "organic or not", "not only thrillers"
    if ruled and first and reading.tokens[first - 1].form in _OF_ALL:
        return False  # "my favourite colour is teal": of what kind it is
    stated = [rule.quote for rule in ruled if rule.origin == "explicit"]
    if stated and top(proposal.answers["origin"]) == "implicit" and not _within(reading.text, stated, tokens[0].start):
        return False
    polarity = top(proposal.answers["polarity"])
    words = said_at(reading, proposal.place)
    if any(_part_of(reading.text, start, rule) for rule in ruled):
        return False  # "keep politics out of the drafts"
    if not ruled and polarity == "wants" and _ERRAND.search(reading.text, 0, start):
        return False
    if ruled and _SOUGHT.search(reading.text, 0, start):
        return False  # "给我推荐馆子，别推网红店": what is asked for now
    if _STATES.search(words) or _HOUR.fullmatch(words) or any(normalise(rule.object) == words for rule in ruled):
        return False  # a whole statement is no object; with the other sign it would contradict
    if any(rule.directive.startswith(_NOTED) and words in normalise(rule.directive) for rule in ruled):
        return False  # told whole, with what it says of it
    if any(rule.condition and words in normalise(rule.condition) for rule in ruled):
        return False  # "in my coffee": when, and not what
    if _IN.match(reading.text, end) and any(end <= reading.text.find(rule.object, end) < end + _NEAR for rule in ruled if rule.object):
        return False  # "房间里一点烟味都不能有": where, and not what
    known = [normalise(rule.object) for rule in ruled if rule.polarity == polarity]
    return any(t.form not in _ASSENT for t in tokens) and not is_named(words, known)


def _is_aside(text: str, start: int, slot: str) -> bool:
    """Whether what begins at a place is told beside a wish: "switched from X", "the rest is X", "we're getting X", "due to X"."""
    reason = _REASON.search(text, 0, start) is not None and not slot.startswith(("health.", "access."))
    return reason or _LEFT.search(text, 0, start) is not None


def _part_of(text: str, start: int, rule: Candidate) -> bool:
    """Whether what begins at a place only says where or for what a wish of the same clause is meant."""
    said = text.find(rule.object, 0, start) if rule.object else -1
    return said >= 0 and _WITHIN.fullmatch(text, said + len(rule.object), start) is not None


def said_at(reading: Reading, place: tuple[int, int]) -> str:
    """The words at a place, as they are compared."""
    return normalise(words_at(reading, place))


def is_named(said: str, known: Sequence[str]) -> bool:
    """Whether an object is one of those known, in more words or in fewer."""
    return any(own in said or said in own for own in known)


def _within(text: str, quotes: Sequence[str], at: int) -> bool:
    """Whether a place of a text lies in one of its quotations."""
    return any(0 <= text.find(quote) <= at < text.find(quote) + len(quote) for quote in quotes)


def is_own(turn: Turn, reading: Reading, proposal: Proposal, shown: Sequence[str], hand: InHand, sure: float) -> bool:
    """Whether what only the models see is the user's, and no part of what a choice or a habit shows already.

    ``sure``: how sure the models, with a head, are that the turn holds a wish: "Mushy peas are disgusting" only tells how they are.
    """
    if proposal.place is None:
        return True
    at = reading.tokens[proposal.place[0]].start
    sentence = evidence(turn.text, reading, proposal.place)[0]
    if _REPORTED.match(sentence) or _is_cited(turn.text, sentence, at):
        return False
    if _within(turn.text, shown, at) or not_own(turn, at) or (sure < _CERTAIN and only_tells(turn, at)):
        return False
    obj = turn.text[at : reading.tokens[proposal.place[1] - 1].end]
    if top(proposal.answers["polarity"]) == "wants" and (obj.lower().startswith(("太", "too ")) or _SUFFERED.search(obj)):
        return False
    if " " not in obj and sentence.startswith(obj) and _CALLS.match(sentence):
        return False  # whom it is said to, or a cry
    slot = top(proposal.answers["slot"])
    return not of_some_work(turn.text, at, obj, slot, hand)


def _is_cited(text: str, sentence: str, at: int) -> bool:
    """Whether an object is quoted, or its sentence quotes somebody who speaks of themselves: not the user's words."""
    masked = mask(text)
    if masked[at] == QUOTED:
        return True
    start = max(0, text.find(sentence))
    runs = _QUOTED_RUN.finditer(masked, start, start + len(sentence))
    return any(_FIRST.search(text, run.start(), run.end()) for run in runs)


def evidence(text: str, reading: Reading, place: tuple[int, int]) -> tuple[str, str]:
    """The sentence that holds an object (of a long one its clause), and its clause, both verbatim."""
    tokens = reading.tokens
    clause = tokens[place[0]].clause
    members = [t for t in tokens if t.clause == clause and t.form not in BREAKS]
    last = tokens[place[1] - 1]
    words = text[members[0].start : max(members[-1].end, last.end)].strip()
    spans = split_sentences(reading.text[: tokens[-1].end])
    sentence = next(((a, b) for a, b in spans if a <= tokens[place[0]].start < b), None)
    if sentence is None or not sentence[0] <= last.end <= sentence[1] or sentence[1] - sentence[0] > _QUOTE:
        return words, words
    return text[sentence[0] : sentence[1]], words
