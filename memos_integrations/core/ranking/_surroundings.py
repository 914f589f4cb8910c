"""What stands around a turn in its conversation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ._entry import Entry, talk_of

__all__ = ["SURROUNDINGS", "add_replies", "add_surroundings"]

SURROUNDINGS: Mapping[str, float] = {"session": 0.45, "beside": 0.15}
"""Weights of what is around a turn, against its own score of words and meaning, whose weight is 1.

Rounded, with ``MANNER``, between fits on several sets of conversations (softmax over the hits of each question).
"""
_BESIDE = {1: 1.0, 2: 0.5, 3: 0.25}  # weight of a turn so many places before or after
_STRETCH = 15  # turns before and after, of the same conversation
_STRETCH_TOP = 5  # hits of a stretch that say how much it is about the query
_REPLY = 0.25  # of an answer's own score goes to the turn that asked for it


def add_replies(entries: list[Entry]) -> None:
    """What an assistant answers tells what the user's turn before it was about, in more words."""
    turns = {(*talk_of(e), e.record.order): e for e in entries if e.record.kind == "episode" and e.record.conversation is not None}
    for (namespace, conversation, order), answer in turns.items():
        asking = turns.get((namespace, conversation, order - 1)) if answer.text_of("role") == "assistant" else None
        if asking is not None and asking.text_of("role") == "user":
            share = _REPLY * answer.fused
            asking.add("reply", share)
            asking.fused += share


def add_surroundings(entries: list[Entry], *, one_place: bool) -> None:
    """The turns beside a good one are likelier to hold the answer, and so is a stretch of talk that is about the query where that is
    a question, whose answer stands in ``one_place``; what is merely told calls up several.
    """
    turns = {e.key: e for e in entries if e.record.kind == "episode" and e.record.conversation is not None}
    talks: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
    for entry in turns.values():
        talks[talk_of(entry)][entry.record.order] = entry.fused
    around = {key: _around(e.record.order, talks[talk_of(e)]) for key, e in turns.items()}
    stretch, close = (max((found[i] for found in around.values()), default=0.0) for i in (0, 1))
    for entry in entries:
        at = next((around[k] for s in (entry.record.id, *entry.sources) if (k := (entry.record.namespace, s)) in around), None)
        if at is None:
            continue
        if one_place and stretch > 0 and len(talks) > 1:
            entry.add("session", SURROUNDINGS["session"] * at[0] / stretch)
        if close > 0:
            entry.add("beside", SURROUNDINGS["beside"] * at[1] / close)


def _around(at: int, talk: Mapping[int, float]) -> tuple[float, float]:
    """How good the best turns of the stretch around a place are, and those right beside it."""
    near = sorted((score for order, score in talk.items() if abs(order - at) <= _STRETCH), reverse=True)
    beside = sum(weight * (talk.get(at - far, 0.0) + talk.get(at + far, 0.0)) for far, weight in _BESIDE.items())
    return sum(near[:_STRETCH_TOP]), beside
