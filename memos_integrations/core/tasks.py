"""What a task asks for holds for that task: it is no wish beyond it. The words: ``tasks.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from .finding import Finder, Sieve
from .pasted import own_words
from .pasted_code import code_lines
from .tables import tables
from .text import has_cjk, split_sentences

__all__ = ["FORM", "OWN_LIFE", "Task", "asked_of_a_task", "clause_around", "lowered", "said_beside_a_task", "says", "task_of"]

_LONGEST = 700  # characters of a sentence that are looked at
_MOST = 200  # sentences of a turn that are looked at: more is a document
_ALONE = 12  # words (of Chinese: characters, twice as many) of an order that stands by itself
_ITEM = re.compile(r"[ \t]*(?:[-*•·●–]|\(?\d{1,2}[.)、．:]|[(（]\d{1,2}[)）]|[a-hA-H][.)])[ \t]*\S")
_STOP = re.compile(r"[,;:.!?，；：。！？\n]| (?:with|without|that|which|but|and|so) ")
_TRACE = re.compile(r"^[ \t]*(?:\w+(?:Error|Exception)\b|Traceback |at [\w.$<>]+ ?\()", re.MULTILINE)
_BREAK = re.compile(r"[，,；;。.!！?？]")
_CASE = re.compile(r"\b(?:when(?:ever)?|each|every|at a time|if (?:i|you|we|it))\b")
_BLANKED = re.compile(r"[^\n]")
FORM = ("answers.", "work.writing")
"""Slots of how something is said or written."""
OWN_LIFE = ("food.", "health.", "access.", "travel.", "home.", "beliefs.")
"""Slots of what one wants for oneself, a letter beside it or not."""
_FIRST = re.compile(r"\b(?:i|i'm|i'd|i've|we)\b|我")
_OWN = re.compile(r"\b(?:my|your|me|you|every|each|always|from now on)\b|我|你|您|以后|每次|回答|回复")


@dataclass(frozen=True, slots=True)
class Task:
    """What a turn says of a task.

    Attributes:
        sentences: Spans.
        ordering: Of those that order that something be made, by number: how far the order goes.
        private: What is made is for the user's own life, or nothing but an answer.
        required: Spans that list what the work has to be.
        part: It hands out a part to play.
        exam: It is an exercise, or tells of invented people.
        code: It holds code, which is what the rest is about.
        made: Something is to be made, or is code: more than an answer.
    """

    sentences: tuple[tuple[int, int], ...]
    ordering: Mapping[int, int]
    private: bool
    required: tuple[tuple[int, int], ...]
    part: bool
    exam: bool
    code: bool
    made: bool

    @property
    def set(self) -> bool:
        """Whether there is a task."""
        return bool(self.ordering) or self.part or self.code


@lru_cache(maxsize=1)
def _sieves() -> dict[str, Sieve[Finder]]:
    return {table: Sieve([Finder(rule["pattern"], re.MULTILINE) for rule in rules]) for table, rules in tables("tasks.toml").items()}


def says(table: str, low: str) -> bool:
    """Whether a pattern of a table finds something in a lowered text."""
    return _sieves()[table].finds(low)


def asked_of_a_task(text: str, at: int, obj: str, slot: str) -> bool:
    """Whether words of a turn are asked of a piece of work in it, or are of its material, and so no wish of the user's beyond it.

    What the user says of themselves ("I'm allergic to …") and what is said of all times ("from now on …") is a wish beside any task.

    Args:
        text: The turn.
        at: Where the words begin.
        obj: What is wanted or avoided.
        slot: Its slot, as far as it is known.
    """
    low = lowered(text)
    if low is None or at < 0:
        return False
    task = task_of(text)
    if task.exam:
        return True
    number = next((n for n, (start, end) in enumerate(task.sentences) if start <= at < end), None)
    wanted = obj.lower().replace("’", "'")
    if says("part", wanted):
        return True
    if number is None:
        return False
    start, end = task.sentences[number]
    sentence = low[start : min(end, start + _LONGEST)]
    if _moment(sentence, at - start, wanted):
        return True
    return task.set and _asked(task, number, sentence, at, wanted, slot)


def _asked(task: Task, number: int, sentence: str, at: int, wanted: str, slot: str) -> bool:
    """Whether words in a sentence of a turn with a task are asked of it."""
    place = max(0, at - task.sentences[number][0])
    told = says("self", sentence[: _clause_end(sentence, place + len(wanted))])
    here = says("here", sentence)
    if task.part:
        return not told
    if any(first <= at < last for first, last in task.required):
        return not told or here
    if says("for_good", sentence):
        return False
    if task.ordering and says("content", sentence[:place]):
        return True
    if told and not here:
        return False
    if here or at < task.ordering.get(number, 0):
        return True
    if slot == "answers.address" or (number not in task.ordering and _is_aside(sentence, slot)):
        return False
    if slot.startswith("tech.") and not task.code and task.ordering and number < min(task.ordering):
        return False  # how one works, told before the work
    return not task.private or slot.startswith(FORM)


def _is_aside(sentence: str, slot: str) -> bool:
    """Whether a sentence beside the order speaks of all times, or of the user's own life."""
    own = slot.startswith(OWN_LIFE) and _FIRST.search(sentence) is not None and not says("its", sentence)
    return own or _of_all_times(sentence)


def _clause_end(sentence: str, at: int) -> int:
    """Where the clause around a place ends: what is said of an object may stand after it."""
    found = _BREAK.search(sentence, at)
    return len(sentence) if found is None else found.start()


def _clause_begin(sentence: str, at: int) -> int:
    """Where the clause around a place begins."""
    return max((found.end() for found in _BREAK.finditer(sentence, 0, max(at, 0))), default=0)


def clause_around(sentence: str, at: int, length: int = 0) -> str:
    """The clause around a place of a sentence, and to the end of so many characters from there."""
    return sentence[_clause_begin(sentence, at) : _clause_end(sentence, at + length)].strip()


def _moment(sentence: str, at: int, wanted: str) -> bool:
    """Whether the words at a place are asked for now, and for once."""
    if says("for_good", sentence) or says("always", sentence):
        return False
    first = wanted.partition(" ")[0]
    if says("hard", sentence[: at + len(wanted)]):
        return True
    clause = clause_around(sentence, at, len(wanted))
    if says("revised", clause) and _CASE.search(clause) is None:
        return True
    return any(says("moment", sentence[: at + reach]) for reach in {0, len(first), len(wanted)})


def said_beside_a_task(text: str) -> str | None:
    """The text, equally long, with nothing left but what is said of all times beside a task; None: no task, or nothing beside it.

    Whoever reads the turn as a whole sees the task and hears no wish in it.
    """
    low = lowered(text)
    if low is None or not (says("for_good", low) or says("always", low)):
        return None
    task = task_of(text)
    if task.exam or task.part or not task.set:
        return None
    beside = [
        (start, end)
        for number, (start, end) in enumerate(task.sentences)
        if number not in task.ordering
        and not any(first <= start < last for first, last in task.required)
        and _of_all_times(low[start : min(end, start + _LONGEST)])
    ]
    if not beside:
        return None
    parts: list[str] = []
    at = 0
    for start, end in beside:
        parts += [_BLANKED.sub(" ", text[at:start]), text[start:end]]
        at = end
    return "".join([*parts, _BLANKED.sub(" ", text[at:])])


def _of_all_times(sentence: str) -> bool:
    return says("for_good", sentence) or (says("always", sentence) and not says("its", sentence) and _short(sentence))


def lowered(text: str) -> str | None:
    """For matching; None: its letters do not stay where they are."""
    low = text.lower().replace("’", "'")
    return low if len(low) == len(text) else None


def _short(sentence: str) -> bool:
    return len(sentence) <= 2 * _ALONE if has_cjk(sentence) else len(sentence.split()) <= _ALONE


@lru_cache(maxsize=64)
def task_of(text: str) -> Task:
    """What a turn says of a task."""
    own = own_words(text).lower().replace("’", "'")
    sentences = tuple(split_sentences(own)[:_MOST])
    said = [own[start : min(end, start + _LONGEST)] for start, end in sentences]
    ordering: dict[int, int] = {}
    code = "```" in text or _TRACE.search(text) is not None or next(code_lines(text), None) is not None
    private = not code
    made = code
    for number, words in enumerate(said):
        order = _sieves()["making"].first(words)
        if order is not None:
            made = True
            stop = _STOP.search(words, order.end())
            goes = stop.start() if stop is not None else len(words)
            ordering[number] = sentences[number][0] + goes
            private = private and says("private", words[order.start() : goes])
        elif says("answering", words):
            ordering[number] = sentences[number][0]
    return Task(
        sentences,
        ordering,
        private,
        tuple(_required(own)) if ordering else (),
        any(says("persona", words) for words in said[:3]),
        says("exam", own[:4_000]),
        code,
        made,
    )


def _required(own: str) -> list[tuple[int, int]]:
    """Lists, and what follows a heading on its line or on the lines below."""
    spans: list[tuple[int, int]] = []
    at = 0
    under: bool | None = None  # under a heading: of what is required, or of the user's own wishes
    for line in own.splitlines(keepends=True):
        begin = max(line.rfind(mark, 0, len(line.rstrip()) - 1) for mark in ".!?。！？") + 1  # "Write X. Constraints:"
        words, head = line[begin:].strip(), _sieves()["heading"].first(line[begin:])
        if _OWN.search(words) and words.endswith((":", "：")):
            under = False
        elif head is not None:
            under = True
            spans.append((at + begin + head.end(), at + len(line)))
        elif not words:
            under = under if under is False else None
        elif under or (under is None and _ITEM.match(line)):
            spans.append((at, at + len(line)))
        at += len(line)
    for start, end in split_sentences(own)[:_MOST]:  # "Write X. Constraints: …" on one line
        if says("heading", own[start:end]):
            line_end = own.find("\n", end)
            spans.append((start, line_end if line_end >= 0 else len(own)))
    return spans
