"""The work that a conversation is on: what a later turn asks of it ("shorter", 不能超过一页) is no wish beyond it either."""

from __future__ import annotations

import re
from typing import NamedTuple

from .tasks import FORM, OWN_LIFE, clause_around, lowered, says, task_of
from .text import has_cjk, split_sentences

__all__ = ["NO_WORK", "InHand", "Work", "asked_of_work", "at_hand", "carried", "of_what_is_made"]

_WORDS = 40  # of a turn that goes on with what is in hand (of Chinese: characters, twice as many); a longer one has a matter of its own
_TIME = "work.schedule"  # the user's own, where they say why
_PERSONAL = (_TIME, "social.communication")  # slots of the user's own day, where the words name their owner
_LIKED = ("entertainment.", "shopping.", "social.", "arts.")  # slots of what one likes, and says so of oneself
_MINE = re.compile("(?<![帮给替让])我")
_ME = re.compile(r"\b(?:i|we|me|us|my|our)\b")
_LONGEST = 700  # characters of a sentence that are looked at
_HEAD = 4_000  # characters of a turn that are looked at
_MADE_OF = (
    *FORM,
    "tech.",
    "work.",
    "learning.",
    "social.communication",
    "other",
)  # slots of what a piece of work has; English words name it by nothing else
_GUARDED = ("health.", "access.", "food.", "beliefs.")  # slots whose neglect does harm
_ADDRESS = "answers.address"
_IDLE = 2  # turns that tell of oneself and say nothing of the work: it is left, but for its form, which takes as many again
_OF_ONESELF = re.compile(r"\W*(?:(?:my|our) \w|(?:i|we)(?:'m|'re|'ve| am| are| have)\b(?! to\b)|我(?!要|想|觉得|需要|希望))")
_OF_IT = re.compile(r"\b(?:it|its|this|that|these|those|them)\b|[它这那]")
_BRIEF = 4  # words of a turn that is mostly about what is in hand (of Chinese: characters, twice as many)


class InHand(NamedTuple):
    """The work that a turn may go on with.

    Attributes:
        work: The turn of the user's that set it; empty: there is none.
        asked: What the user asked for before, in lower case: of this piece of work or of another.
        left: Whether the user has turned to themselves since: no more than its form is spoken of.
    """

    work: str = ""
    asked: str = ""
    left: bool = False


NO_WORK = InHand()


class Work(NamedTuple):
    """The work that a conversation is on.

    Attributes:
        set_by: The turn of the user's that set it; empty: there is none.
        idle: Turns since it was last spoken of in which the user told of themselves.
    """

    set_by: str = ""
    idle: int = 0

    @property
    def left(self) -> bool:
        """Whether the user has turned to themselves."""
        return self.idle >= _IDLE


def carried(work: Work, text: str) -> Work:
    """The work in hand after one more turn of the user's.

    Args:
        work: The work before it.
        text: What the user says now.
    """
    low = _low(text)
    set_by = _carried(work.set_by, text, low)
    if set_by != work.set_by or not set_by:
        return Work(set_by)
    if says("self", low):
        idle = work.idle + 1
    elif _touches(text, low):
        idle = 0
    else:  # "use two columns" tells of neither: nobody has left it
        idle = work.idle + (_OF_ONESELF.match(low) is not None)
    return Work(set_by, idle) if idle < 2 * _IDLE else Work()


def _touches(text: str, low: str) -> bool:
    """Whether a turn is, as far as it tells, about what is in hand."""
    brief = len(text) <= 2 * _BRIEF if has_cjk(text) else len(text.split()) <= _BRIEF
    brief = brief and not _OF_ONESELF.match(low)
    return brief or _OF_IT.search(low) is not None or any(says(table, low) for table in ("revises", "revised", "here", "work"))


def _low(text: str) -> str:
    return text[:_HEAD].lower().replace("’", "'")


def _carried(work: str, text: str, low: str) -> str:
    task = task_of(text)
    if task.part or (task.exam and not (work and says("revises", low))):
        return ""
    if task.made and not (work and task.exam):
        return text
    if work and _goes_on(text, low) and (task_of(work).made or not says("work", low)):
        return work
    return text if says("work", low) else ""


def _goes_on(text: str, low: str) -> bool:
    short = len(text) <= 2 * _WORDS if has_cjk(text) else len(text.split()) <= _WORDS
    return short and not says("elsewhere", low)


def at_hand(hand: InHand, text: str) -> bool:
    """Whether a turn goes on with a piece of work: in English one that is to be made, or that was asked about.

    Args:
        hand: The work.
        text: The turn.
    """
    return not hand.left and _of_the_work(hand, text)


def _of_the_work(hand: InHand, text: str) -> bool:
    if not hand.work or not _goes_on(text, _low(text)):
        return False
    return has_cjk(text) or "?" in hand.work or task_of(hand.work).made


def of_what_is_made(topic: str, thing: str | None, *, judged: bool) -> bool:
    """Whether something chosen while a piece of work is in hand is chosen for it.

    Args:
        topic: What the user had asked before they chose.
        thing: The slot for which the thing itself speaks.
        judged: Whether they say what is wrong with the others: that is their taste, unless something is to be made.
    """
    named = not judged and (thing is None or thing.startswith(_MADE_OF))
    return named or task_of(topic).made or says("work", topic.lower())


def asked_of_work(text: str, at: int, obj: str, slot: str, hand: InHand, *, thing: str | None) -> bool:
    """Whether words of a turn are asked of the work in hand.

    What the user says of themselves, of all times, of answers or of their own life is not, nor what they asked for before.

    Args:
        text: The turn.
        at: Where the words begin.
        obj: What is wanted or avoided.
        slot: Its slot, as far as it is known.
        hand: The work.
        thing: The slot for which the words themselves speak.
    """
    if hand.left and not slot.startswith(FORM):
        return False
    if not _of_the_work(hand, text) or at < 0 or (obj.strip() and obj.lower() in hand.asked):
        return False
    low = lowered(text)
    if low is None:
        return False
    start, end = next((span for span in split_sentences(low) if span[0] <= at < span[1]), (0, len(low)))
    sentence = low[start : min(end, start + _LONGEST)]
    if says("for_good", low) or says("again", low) or any(says(table, sentence) for table in ("always", "of_answers")):
        return False
    if not has_cjk(text):
        own = slot in _PERSONAL and _ME.search(sentence) is not None
        named = slot.startswith(_MADE_OF) or (thing is None and not slot.startswith(_GUARDED) and task_of(hand.work).made)
        return not own and not says("self", sentence) and named and slot != _ADDRESS
    if says("self", sentence):
        clause = clause_around(sentence, at - start)
        return says("revises", clause) and not says("self", clause)
    if says("revises", sentence):
        return True
    task = task_of(hand.work)
    mine = _MINE.search(sentence) is not None
    own = thing is not None and (
        (thing.startswith(OWN_LIFE) and (task.private or not task.made or mine)) or (thing.startswith(_LIKED) and mine)
    )
    own = own or (thing in _PERSONAL and mine)  # 会议尽量排在下午，周三除外，那天我要接孩子
    if says("of_talk", sentence) or (own and not says("here", sentence)):
        return False
    return not (task.made and task.private) or slot.startswith(FORM)
