"""What a user takes back in passing: "forget that I like tofu", "please forget my address", 忘掉我喜欢吃臭豆腐这件事.

Such words say nothing of the user themselves, so they are cut out of what is learnt from; and what they name ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ..types import Fact, Preference
from .bilingual import in_words_of
from .forgetting import described, mentions
from .pasted import own_words
from .text import split_sentences

__all__ = ["Withdrawal", "named_by", "names", "withdrawn", "without"]

_LONGEST = 2000  # characters of a turn that may hold one
_ASKED = (
    r"(?:please|kindly|(?:you|we) (?:can|may|should)|(?:can|could|would|will) you(?: please)?|i(?: would|['’]d)? (?:like|want|need) you to"
    r"|i['’]d rather you)"
)
_BEFORE = r"(?:(?:ok(?:ay)?|so|well|actually|oh|hey|and|but|also|now|just|then|again|sorry|hm+)[,\s]+)*"
_SAID = r"(?:said|say|told you|mentioned|wrote|shared)"
_WHEN = r"(?: (?:earlier|before|yesterday|just now|last (?:time|week|month)|(?:the )?other day))?"
_FROM_MEMORY = r"(?: (?:from|in|out of) (?:your |the |my )?(?:memory|memories|notes|records|mind|profile|preferences))"
_TOLD = rf"(?:what|everything|anything|all|whatever)(?: that)? (?:i|we)(?:['’]ve| have)?(?: just)? {_SAID}{_WHEN}(?: about| on| that| of)?"
_ENGLISH = re.compile(
    rf"(?i)^\W*{_BEFORE}(?P<asked>{_ASKED} (?:just )?)?"
    r"(?:(?:forget|disregard|unlearn|stop remembering"
    rf"|(?:(?:i )?(?:do not|don['’]?t)(?: want you to)?|no need to) (?:remember|keep|store|save){_FROM_MEMORY}?"
    rf"|(?:(?:erase|delete|remove|wipe|scrub|clear|strike|drop){_FROM_MEMORY}))(?: about)? "
    r"(?:(?:the fact )?that (?=(?:i|we|my|our|he|she|they|the)['’\s])"
    r"|(?=(?:where|who|how|when|what|which|whether) (?:i|we|my|our)\b)"
    r"|(?:the|that|this) (?:thing|bit|part|stuff|note|one|detail|line|story|business|memory) (?:about|on|with|where|that says) "
    r"|(?:everything|anything|all)"
    r"(?: (?:you|that you) (?:know|have|remember|saved|stored))? (?:about|on) (?=(?:me|my|our|[A-Z](?-i:[a-z])))"
    rf"|{_TOLD} )"
    rf"|(?:erase|delete|remove|wipe|scrub|clear|strike|scratch|drop|ignore|never mind|(?:i )?take back|i['’]d like to take back) "
    rf"(?:{_TOLD} |(?:the|that|this) (?:note|memory|record|entry|fact) (?:about|on|that|where|saying(?: that)?) )"
    r"|(?:(?P<mine>forget|unlearn|stop remembering)"
    r"|(?P<kept>erase|delete|remove|wipe|scrub)) (?=(?:my|our|that (?:i|we|my|our)|where|who"
    r"|the(?= [\w ]{2,40} (?:thing|bit|stuff|part|note|entry)))\b))"
    r"(?P<what>[^,;:.!?—\n]{2,120}?)"
    rf"(?P<memory>{_FROM_MEMORY}| for good| forever)?{_WHEN}(?:,? (?:please|ok(?:ay)?|thanks|thank you))?(?=\W*(?:[,;:.!?—\n]|$))"
)
_MARK = (
    r"(?:这(?:件|个|回|码)?事(?:儿|情)?|(?:的)?(?:那|这)(?:句|些|番)?话|的事(?:儿|情)?"
    r"|这(?:一)?(?:条|点)(?:记忆|记录|信息)?|的(?:记忆|记录|信息))"
)
_FROM = r"从(?:你的?)?(?:记忆|记录)[里中]"
_END = r"(?:[吧了啊呀哦]|好吗|可以吗|行吗|好不好|谢谢)*"
_STOP = r"(?=\s*(?:[，,。；;！!？?\n]|$))"
_LEAD = r"^[^\w]*(?:(?:那|好的?|哦|嗯|对了|请你?|麻烦你?|你|就|可以|能不能|能|帮我|直接)[，,\s]*)*"
_CHINESE = re.compile(
    rf"{_LEAD}"
    r"(?:(?P<sure>(?:我)?不(?:想|要|希望)(?:让|要)?你再?(?:记住|记得|记着)|忘掉|别再?记着?得?住?|不[要用]再?记着?得?住?)|忘记|忘了|删掉|删除|抹掉|清除)"
    r"(?:我(?:之前|以前|刚才|刚刚|上次|昨天)?(?:说过?|讲过?|提过?|告诉过?你)(?:的|过的)?|关于|有关)?"
    rf"(?P<what>[^，,。；;！!？?\n]{{2,60}}?)(?P<mark>{_MARK}|{_FROM})?{_END}{_STOP}"
    rf"|{_LEAD}"
    rf"(?:我(?:之前|以前|刚才|刚刚|上次|昨天)?(?:说过?|讲过?|提过?)的|(?:关于|有关))(?P<topic>[^，,。；;！!？?\n]{{2,40}}?)(?:这事|的事|的话)?[，,]?\s*"
    rf"(?:请|麻烦|你|您|就|都|可以|帮我)*(?:忘掉|忘了|忘记|删掉|删了|作废|不算数?)(?:它|了)?{_END}{_STOP}"
    rf"|{_LEAD}"
    rf"把(?:关于|有关)?(?P<object>(?:我|咱)[^，,。；;！!？?\n]{{2,60}}?)(?P<marked>{_MARK}|{_FROM})?"
    rf"(?:(?P<lose>忘了|忘掉|忘记)|删了|删掉|删除|抹掉|清除){_END}{_STOP}"
)
_QUOTES = '"“”「」『』'


class Withdrawal(NamedTuple):
    """Words that take something back.

    Attributes:
        start: Where they begin in the turn.
        end: Where they end.
        named: What they name.
    """

    start: int
    end: int
    named: str


@lru_cache(maxsize=1024)
def withdrawn(text: str) -> tuple[Withdrawal, ...]:
    """What a turn of the user takes back, in words of their own."""
    if len(text) > _LONGEST:
        return ()
    found: list[Withdrawal] = []
    text = own_words(text)
    for start, stop in split_sentences(text):
        if sum(text.count(mark, 0, start) for mark in _QUOTES) % 2:
            continue
        sentence = text[start:stop]
        for named, end in (_english(sentence), _chinese(sentence)):
            if named:
                found.append(Withdrawal(start, start + end, named))
                break
    return tuple(found)


def _english(sentence: str) -> tuple[str, int]:
    match = _ENGLISH.match(sentence)
    if match is None or (match["kept"] and not match["memory"]) or (match["mine"] and not (match["asked"] or match["memory"])):
        return "", 0  # "forget my diet, pizza tonight!", "please delete my last paragraph"
    return match["what"].strip(), match.end()


def _chinese(sentence: str) -> tuple[str, int]:
    match = _CHINESE.match(sentence)
    if match is None:
        return "", 0
    if match["topic"]:
        return match["topic"], match.end()
    if match["object"]:
        return (match["object"], match.end()) if match["marked"] or match["lose"] else ("", 0)
    meant = match["mark"] or (match["sure"] and match["what"].startswith(("我", "咱")))
    return (match["what"], match.end()) if meant else ("", 0)


def without(text: str, taken: Sequence[Withdrawal]) -> str:
    """A turn's words without those that take something back."""
    for one in reversed(taken):
        text = text[: one.start] + text[one.end :].lstrip(" ,，;；—.。!！?？")
    return text


def named_by(taken: Sequence[Withdrawal], memories: Sequence[Fact | Preference]) -> list[Fact | Preference]:
    """Those of some memories that are named: of what one turn says, that which says so itself."""
    ids = {id for one in taken for id, quotes in described(one.named, memories).items() if not quotes}
    for memory in memories:  # named in the other language
        met = [words for one in taken if (words := in_words_of(one.named, memory.text)) != one.named]
        ids.update(id for words in met for id, quotes in described(words, [memory]).items() if not quotes)
    found = [memory for memory in memories if memory.id in ids]
    themselves = {evidence.episode for memory in found if names(taken, memory.text) for evidence in memory.evidence}
    return [m for m in found if names(taken, m.text) or not any(evidence.episode in themselves for evidence in m.evidence)]


def names(taken: Sequence[Withdrawal], text: str) -> bool:
    """Whether the words of a turn are what is named."""
    return any(mentions(text, in_words_of(one.named, text)) for one in taken)
