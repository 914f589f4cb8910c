"""What a turn states: its sentences, the parts of one that stand for themselves, and what is left of it when some of it is over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..types import Fact, Preference
from .text import content_terms, has_cjk, normalise, split_sentences

__all__ = ["comparable", "part_of", "parts", "remaining", "stated_in", "statements"]

_LONGEST = 120  # characters of what can be one statement
_FEW = 4  # statements of a turn that is compared
_LIMIT = 600
# who or what a statement is about, and how an order begins: what stands behind a joint and begins so stands for itself
_BEGINS = (
    r"(?:also |please |by the way,? )*(?:(?:I|we)(?:['’](?:m|ve|d|ll|re))?\b|(?:my|our|the|he|she|they|it)\b"
    r"|(?:please|don['’]?t|do not|never|always|call|answer|reply|use|keep|give|write|speak|stick|avoid|skip|remember)\b"
    r"|(?-i:[A-Z][\w'’-]+ (?:is|was|has|lives|works|moved)\b))"
)
_NAMED = re.compile(r"(?i)(?!(?:I|we)\b)(?:(?:my|our|the|both) )?[a-z'’-]+(?: [a-z'’-]+)?")  # who does what the next part tells
_OF_USER = re.compile(r"(?i)\b(?:I|we)\b(?!.*\bto \w+$)")
_DOES = re.compile(  # what the same subject does as well
    r"(?i)(?:also )?(?:live|work|have|play|drive|speak|teach|study|own|run|love|like|hate|prefer|need|am|eat|drink|collect|keep)\b"
)
_JOINT = re.compile(
    rf"(?i)(?<=\w)\s+and\s+(?={_DOES.pattern[4:]})|(?:\s*[,;—–-]+)?\s+(?:and|but|plus|also|oh and|while)\s+(?={_BEGINS})"
    rf"|(?:,|\s[—–-]|;|:)\s+(?={_BEGINS})|;\s+"
    r"|[，,；;]\s*(?:而且|另外|还有|并且|不过|但是?|对了|顺便说一句|同时|然后)?[，,]?\s*"
    r"(?=(?:我|咱|俺|请|别|不要|以后|今后|叫我|用|回答|[\u4e00-\u9fff]{0,4}(?:我|叫|住在|搬到)"
    r"|(?:也|还)?(?:是(?!的|吧|不是)|在(?!想)|有|会|当|做|养|开(?!始)|喜欢|讨厌|爱|不吃|不喝)))"
)
# what only says how something is said, and what a condition or a reason begins: all that follows hangs on it
_ASIDE = re.compile(
    r"(?i)(?:(?:and|but|so|oh|well|ok|hey|actually|sorry),? )*(?:by the way|btw|just so you know|you know|for your information|fyi"
    r"|(?:quick |small |just an? )*update|i think|i guess|i mean|to be honest|actually|it turns out|also|one more thing)?"
    r"|(?:对了|其实|说真的|更新(?:一下)?哈?|跟你说一下|告诉你一声|说一下|顺便|另外|还有)*"
)
_HANGS = re.compile(
    r"(?i)^(?:(?:and|but|so|oh|well|ok|hey|by the way),? )*(?:if|when|whenever|while|after|before|since|as|because|although|though|unless"
    r"|until|once|in case|now that|even|whether|not|let['’]s say)\b|^(?:如果|要是|因为|虽然|尽管|当|只要|每当|除非|自从|既然)"
    r"|(?:的话|的时候|时|之后|以后|以前|之前)$"
)
# what says nothing without the words before it: "I enjoy it", 我喜欢这样
_POINTS_BACK = re.compile(
    r"(?i)(?:(?:and|but|because|as|since) )?(?:I|we)(?:['’](?:m|ve|d|ll))? (?:\w+ ){1,2}(?:it|that|this|them)"
    r"(?: (?:a lot|so much|very much|too|best|more|(?:that|this) way|like (?:that|this)))?"
    r"|(?:因为)?(?:我|咱们?)?(?:就|很|挺|最|更|也|还|真|比较|觉得)*(?:喜欢|爱|享受|习惯)?(?:这样|那样|这个|这种|它)(?:挺|很|更|最|比较)?(?:好|舒服|方便|有意思)?"
)
_TRIMMED = " ,，;；、.。!！~—–-:："


def comparable(text: str) -> bool:
    """Whether a turn is short and says one thing, so that another one can take its place as a whole."""
    return len(text) <= _LONGEST and not text.rstrip().endswith(("?", "？")) and len(split_sentences(text)) <= 1


def statements(text: str) -> list[str]:
    """What a turn states, sentence by sentence; none of a long turn, nor questions."""
    spans = split_sentences(text) if len(text) <= _FEW * _LONGEST else []
    if len(spans) > _FEW:
        return []
    sentences = [text[start:stop] for start, stop in spans]
    return [one for one in sentences if len(one) <= _LONGEST and not one.endswith(("?", "？"))]


@lru_cache(maxsize=4096)
def parts(statement: str) -> tuple[str, ...]:
    """The parts of a statement that stand for themselves: "I live in Bergen" and "I play the cello" of both joined."""
    if len(statement) > _LIMIT:
        return (statement,)
    found: list[tuple[int, int]] = []
    start = 0
    for at, after in [*(match.span() for match in _JOINT.finditer(statement)), (len(statement), len(statement))]:
        part = statement[start:at]
        if part.strip(_TRIMMED):
            last = statement[slice(*found[-1])].strip(_TRIMMED) if found else ""
            if found and not _apart(last, part.strip(_TRIMMED)):
                found[-1] = (found[-1][0], at)
            else:
                found.append((start, at))
        start = after
    return tuple(statement[begin:end].strip() for begin, end in found) or (statement,)


def _apart(last: str, part: str) -> bool:
    """Whether two neighbours each stand for themselves."""
    if any(_ASIDE.fullmatch(one) or _HANGS.search(one) for one in (last, part)) or _NAMED.fullmatch(last):
        return False
    return not _DOES.match(part) or bool(_OF_USER.search(last))


def part_of(memory: Fact | Preference, statement: str) -> str:
    """The part of a statement that a memory was read from: the one that shares most of its words."""
    told = parts(statement)
    if len(told) == 1:
        return statement
    thing = normalise(memory.object if isinstance(memory, Preference) else memory.value)
    words = content_terms(memory.text)
    return max(told, key=lambda part: (len(words & content_terms(part)), bool(thing) and thing in normalise(part)))


def stated_in(memory: Fact | Preference, text: str) -> list[str]:
    """The parts of a turn that a memory was read from."""
    quotes = [evidence.quote for evidence in memory.evidence if evidence.quote in text]
    sentences = [text[start:stop] for start, stop in split_sentences(text)]
    return [part_of(memory, one) for one in sentences if any(quote in one or one in quote for quote in quotes)]


def remaining(text: str, over: Iterable[str]) -> str:
    """What a turn still says where some of its parts are over; empty: nothing that tells anything."""
    left: list[str] = []
    gone = [words.strip(_TRIMMED) for words in over]
    lost = False  # the words right before
    for start, stop in split_sentences(text):
        sentence = text[start:stop]
        whole, kept = sentence.strip(_TRIMMED) in gone, list[str]()
        for part in parts(sentence):
            words = part.strip(_TRIMMED)
            lost = whole or words in gone or (lost and _POINTS_BACK.fullmatch(words) is not None)
            kept += [] if lost else [part]
        if not kept:
            continue
        left.append(sentence if len(kept) == len(parts(sentence)) else _joined(kept, sentence))
    rest = ("" if has_cjk(text) else " ").join(left)
    return rest if content_terms(rest) else ""


def _joined(kept: Sequence[str], sentence: str) -> str:
    mark = sentence[-1] if sentence[-1] in ".!。！" else ""
    chinese = has_cjk(sentence)
    text = ("，" if chinese else "; ").join(part.rstrip(_TRIMMED) for part in kept)
    return text[:1].upper() + text[1:] + mark
