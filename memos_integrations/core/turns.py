"""Journalled turns as extraction reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from ..types import Episode
from ..types.record import Record
from .candidates import Turn
from .fence import strip_injected
from .messages import moment
from .records import session_of, to_memory
from .withdrawing import withdrawn, without

__all__ = ["turns_of"]

_MARKED = "lc_source"  # how LangChain marks the messages that it wrote itself


def turns_of(records: Sequence[Record], zone: tzinfo, *, learn: bool) -> list[Turn]:
    """Active episodes in the order in which they are given, without what was injected into them or is taken back in them.

    Args:
        records: Their records.
        zone: What dates in them are relative to.
        learn: Whether they are to be learnt from, where their words are the user's.
    """
    turns: list[Turn] = []
    for record in records:
        episode = to_memory(record)
        if not isinstance(episode, Episode) or episode.status != "active":
            continue
        text = strip_injected(episode.text)
        if episode.role == "user":
            text = without(text, withdrawn(text))
        marked = _MARKED in str(episode.raw) if episode.raw is not None else False
        turns.append(
            Turn(
                episode=episode.id,
                role=episode.role,
                text=text,
                speaker=episode.speaker,
                said_at=moment(record.said).astimezone(zone),
                name=episode.subject if episode.role == "event" else None,
                session=session_of(record),
                learnable=learn and episode.role in ("user", "event") and bool(text.strip()) and not marked,
            )
        )
    return turns
