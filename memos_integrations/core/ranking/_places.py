"""Which of several hits that say one thing stands for them."""

from __future__ import annotations

import re
from collections import defaultdict
from heapq import heapify, heappop, heappush

from ...types import Episode
from ..records import DOUBTED, OUTDATED
from ..text import content_terms
from ._entry import Entry, place_of, talk_of

__all__ = ["one_place_a_source", "says_little", "spread", "step_back", "tells_all", "yield_to_newer"]

_COVERED = 0.75
_UNTOLD = 0.1  # share of its words that a turn may have beside what was learnt from it, and one more
_NUMBER = re.compile(
    r"\d|^(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelv|(?:thir|four|fif|six|seven|eigh|nine)(?:teen|ti)|for?ti|twenti"
    r"|hundr|thousand|dozen|twice|half)$|[二两三四五六七八九十百千万亿]"
)
"""A number, as a content word (stemmed)."""
_ACKNOWLEDGEMENT = 0.5
_ACKNOWLEDGED = 400  # characters: whoever goes on for longer says more
_LONGER = 6  # times as long as all that was learnt from it: a turn says more
_OUTDATED = 0.1
_FOUND_TOO = 0.6  # of an earlier turn's score: a later one that is found as well is what was asked for
_BEHIND = 0.001


def says_little(episode: Episode, asked: set[str]) -> bool:
    """Whether an assistant's turn is a mere acknowledgement that has none of the words asked for."""
    return episode.role == "assistant" and _little(episode.text, asked)


def _little(text: str, asked: set[str]) -> bool:
    words = content_terms(text[:_ACKNOWLEDGED])
    return len(words) <= 5 and not words & asked


def tells_all(told: set[str], said: set[str]) -> bool:
    """Whether what was learnt from a turn leaves nothing out that it says, least of all a number; both as content words."""
    left = said - told
    return len(left) <= max(1, _UNTOLD * len(said)) and not any(map(_NUMBER.search, left))


def step_back(entries: list[Entry], asked: set[str]) -> None:
    """A turn that was found by the words of the turn before it only, and says little itself, is no answer."""
    for entry in entries:
        if entry.record.kind == "episode" and entry.text_of("role") == "assistant" and _little(entry.record.text, asked):
            entry.add("says little", -_ACKNOWLEDGEMENT * max(0.0, entry.score))


def one_place_a_source(entries: list[Entry]) -> None:
    """What was learnt takes its turn's place, and the turn gives way, unless the turn says more."""
    turns = {e.key: e for e in entries if e.record.kind == "episode"}
    drawn: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.record.kind in ("fact", "preference") and entry.record.status == "active":
            for source in entry.sources:
                if (entry.record.namespace, source) in turns:
                    drawn[(entry.record.namespace, source)].append(entry)
    for key in sorted(drawn):
        turn, derived = turns[key], drawn[key]
        if len(turn.record.text) > _LONGER * sum(len(entry.record.text) for entry in derived):
            continue
        said = content_terms(turn.record.text)
        told: set[str] = set()
        for entry in derived:
            told |= content_terms(entry.record.text)
        if not tells_all(told, said):
            continue
        best = min(derived, key=place_of)
        best.add("its turn", max(0.0, turn.score - best.score))
        turn.add("told already", -_COVERED * max(0.0, turn.score))


def yield_to_newer(entries: list[Entry], *, one_answer: bool) -> None:
    """What replaced a turn's statement takes the turn's place, and the turn stands behind it.

    Of two turns of which the later one may have replaced the earlier one, a question that finds both and wants ``one_answer`` says
    that they are about one thing; then what was learnt from the earlier one alone is over as well. Talk that goes on calls up several
    moments, of which none replaces another.
    """
    for entry in sorted((e for e in entries if e.record.kind == "episode"), key=lambda e: e.said):
        outdated = entry.text_of(OUTDATED)
        turn = outdated or (entry.text_of(DOUBTED) if one_answer else "")
        if not turn:
            continue
        newer = [e for e in entries if e.record.namespace == entry.record.namespace and turn in (e.record.id, *e.sources)]
        best = min(newer, key=place_of) if newer else None
        if not outdated and (best is None or best.score < _FOUND_TOO * entry.score):
            continue
        # what was learnt from a turn that is over in part and is still active is so; where that is in doubt, it goes with the turn
        learnt = (e for e in entries if e.record.kind == "fact" and set(e.sources) == {entry.record.id})
        over = [entry] if outdated else [entry, *learnt]
        if best is not None:
            best.add("replaces", max(0.0, max(e.score for e in over) + _BEHIND - best.score))
        for one in over:
            one.ended = True
            one.add("replaced", -_OUTDATED * max(0.0, one.score))


def spread(entries: list[Entry], share: float, moment: int) -> list[Entry]:
    """The best first; a turn beside some that stand before it says less that is new, and gives way to other moments.

    A question has its answer in one place; what is merely told calls up several moments; an overview needs all chapters.
    """
    heap = [(*place_of(entry), 0, n) for n, entry in enumerate(entries)]
    heapify(heap)
    placed: dict[tuple[str, str], list[int]] = defaultdict(list)
    ordered: list[Entry] = []
    while heap:
        *_, seen, n = heappop(heap)
        entry = entries[n]
        record = entry.record
        if record.kind == "episode" and record.conversation is not None:
            beside = sum(abs(order - record.order) <= moment for order in placed[talk_of(entry)])
            if beside > seen:
                entry.add("beside better ones", -max(0.0, entry.score) * (1 - share ** (beside - seen)))
                heappush(heap, (*place_of(entry), beside, n))
                continue
            placed[talk_of(entry)].append(record.order)
        ordered.append(entry)
    return ordered
