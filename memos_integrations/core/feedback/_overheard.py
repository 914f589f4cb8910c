"""Ordinary turns that put right, or take back, what the user said just before: "no, it's Tuesdays", "forget that", 刚才那个忘掉."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .._values import values
from ..derived import Derived
from ..text import normalise
from ._correcting import replaced_in
from ._reaction import Reaction, reaction_of

__all__ = ["may_react", "overheard"]

_LONGEST = 80  # characters: who says more tells something new
_NOTED = 80  # characters of an answer that only takes note
_LEAD = re.compile(  # that something was said wrongly
    r"(?i)^\s*(?:(?:oh|ah|uh|um|hm+|ugh|argh|hey|sorry|oops|whoops|wait|no|nope|nah|actually|well|correction|my (?:bad|mistake)"
    r"|scratch that|typo|i misspoke|i mean|i meant)\b[\s,.:;!—–-]*)+"
    r"(?:(?:i meant?(?: to say)?|make (?:that|it)|that should be|it should be)\s+)?"
    r"|^\s*(?:(?:哦|啊|哎呀?|诶|抱歉|不好意思|等等|等一下|不对|不是(?=[，,。！\s])|错了|(?:我)?(?:刚才)?(?:说|打|写|记|搞|弄|输)错了|口误|笔误"
    r"|更正(?:一下)?|纠正(?:一下)?)[\s，,。.：:；!！~]*)+"
)
_INSTEAD = re.compile(r"(?i)^\s*(?:not\s.{1,30}[,;—–-]|不是.{1,12}[，,])")
_FROM_MEMORY = r"(?: (?:from|in|out of) (?:your |the |my )?(?:memory|memories|notes|records|mind))"
_LAST = (
    r"(?:(?:that|this)(?: (?:one|bit|part|last (?:bit|part|thing|one)))?"
    r"|what i(?:['’]ve)? just (?:said|told you|wrote)|the last (?:thing|bit)(?: i said)?)"
)
_TAKEN_BACK = re.compile(
    r"(?i)^\W*(?:(?:ok(?:ay)?|so|well|actually|oh|hey|sorry|no|wait|hm+|on second thoughts?)[,.\s]+)*"
    r"(?:(?:please|kindly|(?:can|could|would|will) you(?: please)?|i(?:['’]d| would)? (?:like|want|need) you to|you can|let['’]s)\s+)?"
    r"(?:just )?"
    rf"(?:(?:forget|disregard|unlearn|strike)(?: about)? {_LAST}{_FROM_MEMORY}?"
    r"|(?:forget|pretend|disregard)(?: that)? i (?:ever |just )?(?:said|told you|mentioned|didn['’]t say|never said)"
    r"(?: that| this| it| anything| so)?"
    rf"|(?:don['’]?t|do not|no need to) (?:remember|keep|store|save|memori[sz]e|note) {_LAST}(?: down)?{_FROM_MEMORY}?"
    rf"|(?:erase|delete|remove|wipe|drop) {_LAST}{_FROM_MEMORY}|i (?:take|took) (?:that|it) back)"
    r"(?:[,\s]+(?:please|again|thanks|thank you|ok(?:ay)?|for good))*\W*$"
    r"|^[^\w]*(?:(?:那|好的?|哦|嗯|算了|请你?|麻烦你?|你|就|还是|哎)[，,\s]*)*(?:"
    r"(?:把)?(?:我)?(?:刚才?|刚刚|上面|上一句|前面)(?:我)?(?:说的?)?(?:的?(?:那个|那句话?|那条|那件事|这个|这句话?|话|事))?(?:请|你|就|都|帮我|可以|能)*"
    r"(?:忘掉|忘了|忘记|删掉|删了|别记(?:住|着)?|不[要用]记(?:住|着)?|作废|不算(?:数)?)(?:它)?"
    r"|(?:把)?(?:那个|那句话?|那条|这个|这句话?|这条|这件事|那件事)(?:请|你|就|都|帮我|可以)*(?:忘掉|别记(?:住|着)?|不[要用]记(?:住|着)?)(?:它)?"
    r"|(?:忘掉|忘了|忘记|别记(?:住|着)?|不[要用]记(?:住|着)?|删掉)(?:我)?(?:刚才?|刚刚|上面)(?:我)?(?:说的?)?(?:那个|那句话?|那条|话|这个|这句话?)?"
    r"|当我没(?:有)?(?:说|讲|提)(?:过)?|(?:我)?收回(?:刚才|刚刚|我)?(?:的|那句|说的|这句)?话)(?:[吧了啊呀哦哈]|好吗|谢谢)*\W*$"
)
_ASKS = re.compile(r"[?？]")
_OFFERS = re.compile(  # a question that is none about what was said
    r"(?i)[^.!?。！？]*\b(?:anything|something) else\b[^?]*\?|[^.!?]*\b(?:can|may|could|shall) i (?:help|do|assist)\b[^?]*\?"
    r"|[^。！？]*(?:还有|别的|其他|帮)[^？]*[？?]"
)


def may_react(text: str) -> bool:
    """Whether a turn begins as one that puts right or takes back what was just said."""
    return len(text) <= _LONGEST and any(pattern.match(text) for pattern in (_LEAD, _INSTEAD, _TAKEN_BACK))


def overheard(text: str, answer: str | None, told: Sequence[Derived], *, episode: str) -> Reaction | None:
    """How a turn takes what the user said just before; None: it says something for itself, or speaks of the answer.

    Args:
        text: The turn.
        answer: What the assistant said between the two; None: nothing.
        told: What the turn before says.
        episode: Id of the turn.
    """
    if not told or not may_react(text):
        return None
    answer = _OFFERS.sub(" ", answer or "")
    if _TAKEN_BACK.match(text):
        return None if _ASKS.search(answer) else Reaction("denies", "")
    lead = _LEAD.match(text)
    begin = lead.end() if lead else 0
    reaction = reaction_of(text[begin:], [memory.text for memory in told])
    if reaction.stance == "confirms" or _ASKS.search(reaction.rest):
        return None
    reaction = reaction._replace(stance="objects")
    for memory in told:
        candidate = replaced_in(memory, reaction, episode=episode)
        if candidate is not None and _takes_note(answer, memory, reaction.rest):
            return reaction
    return None


def _takes_note(answer: str, memory: Derived, right: str) -> bool:
    """Whether an answer says no more than what the user had said, of what is said to be right: else it may be what is put right."""
    said, known = values(answer), values(memory.text)
    if any(said[kind] - known.get(kind, frozenset()) for kind in said.keys() & values(right).keys()):
        return False
    if _ASKS.search(answer):
        return any(said[kind] & known[kind] for kind in said.keys() & known.keys()) or normalise(_value(memory)) in normalise(answer)
    return len(answer) <= _NOTED


def _value(memory: Derived) -> str:
    return (memory.object if memory.kind == "preference" else memory.value) or memory.text
