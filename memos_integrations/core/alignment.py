"""Which messages of a batch are stored already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

__all__ = ["Incoming", "Known", "align"]

_RESENT_SHARE = 0.6  # of a batch must be known, in order, to count as the history sent again


@dataclass(frozen=True, slots=True)
class Known:
    """A stored turn: its episode, the caller's id, a fingerprint of its words, and its time if one was given."""

    episode_id: str
    message_id: str | None
    fingerprint: str
    explicit_time: int | None
    order: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A turn that arrives."""

    message_id: str | None
    fingerprint: str
    explicit_time: int | None


def align(stored: Sequence[Known], batch: Sequence[Incoming]) -> list[str | None]:
    """For each incoming message the episode that holds it already, or None where it is new.

    Ids decide first. Without them the longest overlap of the stored tail and the batch's head counts, or else the
    whole history sent again, perhaps with a few turns edited or put in.

    Args:
        stored: The end of the conversation, in order.
        batch: What arrives, in order.
    """
    result: list[str | None] = [None] * len(batch)
    by_id = {known.message_id: known.episode_id for known in stored if known.message_id is not None}
    taken: set[str] = set()
    for i, message in enumerate(batch):
        if message.message_id is not None:
            result[i] = by_id.get(message.message_id)
            if result[i] is not None:
                taken.add(str(result[i]))
    loose = [i for i, message in enumerate(batch) if message.message_id is None]
    if not loose or not stored:
        return result
    free = [known for known in stored if known.episode_id not in taken]
    timed = {(known.fingerprint, known.explicit_time): known for known in free if known.explicit_time is not None}
    overlap = _overlap(free, [batch[i] for i in loose])
    if overlap:
        pairs = list(zip(range(overlap), free[len(free) - overlap :], strict=True))
    else:
        pairs = _resent(free, [batch[i] for i in loose])
    for position, known in pairs:
        result[loose[position]] = known.episode_id
        taken.add(known.episode_id)
    for i in loose:
        message = batch[i]
        if result[i] is None and message.explicit_time is not None:
            same = timed.get((message.fingerprint, message.explicit_time))
            if same is not None and same.episode_id not in taken:
                result[i] = same.episode_id
                taken.add(same.episode_id)
    return result


def _same(known: Known, message: Incoming) -> bool:
    if known.fingerprint != message.fingerprint:
        return False
    return known.explicit_time is None or message.explicit_time is None or known.explicit_time == message.explicit_time


def _overlap(stored: Sequence[Known], batch: Sequence[Incoming]) -> int:
    """Length of the longest stored tail that the batch begins with (Knuth, Morris and Pratt: linear)."""
    window = stored[max(0, len(stored) - len(batch)) :]
    best = 0
    failure = _failure(batch)
    for known in window:
        while best and (best == len(batch) or not _same(known, batch[best])):
            best = failure[best - 1]
        if _same(known, batch[best]):
            best += 1
    return best


def _failure(batch: Sequence[Incoming]) -> list[int]:
    table = [0] * len(batch)
    k = 0
    for i in range(1, len(batch)):
        while k and batch[i].fingerprint != batch[k].fingerprint:
            k = table[k - 1]
        if batch[i].fingerprint == batch[k].fingerprint:
            k += 1
        table[i] = k
    return table


def _resent(stored: Sequence[Known], batch: Sequence[Incoming]) -> list[tuple[int, Known]]:
    """The history sent again with edits: matched in order, if most of it is known."""
    if len(batch) < 2 or len(stored) < 2:
        return []
    known_prints = {known.fingerprint for known in stored}
    if sum(message.fingerprint in known_prints for message in batch) < 2:
        return []
    matcher = SequenceMatcher(None, [k.fingerprint for k in stored], [m.fingerprint for m in batch], autojunk=False)
    pairs = [
        (block.b + n, stored[block.a + n])
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
        if _same(stored[block.a + n], batch[block.b + n])
    ]
    begins = any(position <= 1 for position, _ in pairs)
    return pairs if begins and len(pairs) >= _RESENT_SHARE * min(len(batch), len(stored)) and len(pairs) >= 2 else []
