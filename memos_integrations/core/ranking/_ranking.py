"""From hits of two arms to one order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..messages import micros
from ..signals import asked, spoken_words
from ..text import content_terms
from ._arms import fuse
from ._entry import Entry, Ranked, RankInput, parts_of
from ._manner import add_bonuses, add_manner, prefer_newer_of_a_slot
from ._places import one_place_a_source, spread, step_back, yield_to_newer
from ._surroundings import add_replies, add_surroundings

__all__ = ["rank"]

_SCALE = 2.0  # brings the best turns near 1
_LATEST = 0.3  # where a query goes on with something, the latest of what was found has it, what is two thirds as new a third of it
_MOMENT = 3  # turns before and after that belong to one moment of a conversation
_SPREAD_ANSWERS, _SPREAD_MOMENTS = 0.97, 0.85  # what each better turn of its moment leaves of a turn's score
_CHAPTER, _SPREAD_CHAPTERS = 20, 0.9  # and where an overview is asked: turns before and after that belong to one chapter


def rank(
    inputs: Sequence[RankInput],
    *,
    query: str,
    dense_weight: float,
    now: datetime,
    conversation_id: str | None,
    limit: int,
    spoken: Sequence[RankInput] = (),
    explain: bool = False,
) -> list[Ranked]:
    """Order hits by how much they matter for a query.

    Both arms are brought to 0..1 within this query and added by weight; a missing arm adds nothing. To a turn's score
    come the conversation and the turns beside it, who speaks, and how; session and recency decide among
    near-equals only. A question wants what the user told and what was learnt from it; what is told at length, as
    talk goes on, calls up what was talked about, whoever said it. What was learnt from a turn stands before the
    turn, which then gives way to other sources.

    Args:
        inputs: Hits, in any order.
        query: What was asked.
        dense_weight: Weight of the dense arm against the lexical one, 0 to 1.
        now: The time of asking.
        conversation_id: The current session.
        limit: How many to return.
        spoken: Hits for what somebody says in the query (``spoken_words``), if it was searched for by itself.
        explain: Whether to say how each score came about.

    Returns:
        The best first; scores lie in 0..1.
    """
    entries = _entries(inputs, spoken, conversation_id)
    wanted = asked(query, now)
    words = content_terms(query)
    fuse(entries, dense_weight, query, spoken_words(query) if spoken else "")
    if not (wanted.assistant or wanted.tells):
        add_replies(entries)
    add_surroundings(entries, one_place=wanted.question)
    add_manner(entries, wanted)
    for entry in entries:
        entry.score /= _SCALE
    add_bonuses(entries, micros(now), conversation_id, latest=_LATEST if wanted.goes_on else 0.0)
    prefer_newer_of_a_slot(entries)
    step_back(entries, words)
    one_place_a_source(entries)
    yield_to_newer(entries, one_answer=wanted.question and not wanted.tells)
    if wanted.overview:
        entries = spread(entries, _SPREAD_CHAPTERS, _CHAPTER)
    else:
        entries = spread(entries, _SPREAD_ANSWERS if wanted.question else _SPREAD_MOMENTS, _MOMENT)
    return [
        Ranked(entry.record, round(min(1.0, max(0.0, entry.score)), 6), parts_of(entry) if explain else None, entry.ended)
        for entry in entries[:limit]
    ]


def _entries(inputs: Sequence[RankInput], spoken: Sequence[RankInput], conversation_id: str | None) -> list[Entry]:
    whole, part = _by_key(inputs, conversation_id), _by_key(spoken, conversation_id)
    return [Entry.of(whole.get(key) or RankInput(part[key].record), part.get(key)) for key in sorted({*whole, *part})]


def _by_key(inputs: Sequence[RankInput], conversation_id: str | None) -> dict[tuple[str, str], RankInput]:
    kept: dict[tuple[str, str], RankInput] = {}
    for given in inputs:
        record = given.record
        one_off = record.kind == "preference" and record.payload.get("lasting") is False
        if one_off and (conversation_id is None or record.conversation != conversation_id):
            continue
        key = (record.namespace, record.id)
        known = kept.get(key)
        if known is not None:
            given = RankInput(record, _larger(known.lexical, given.lexical), _larger(known.dense, given.dense))
        kept[key] = given
    return kept


def _larger(a: float | None, b: float | None) -> float | None:
    return b if a is None else a if b is None else max(a, b)
