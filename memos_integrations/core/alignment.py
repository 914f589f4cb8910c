"""Which messages of a batch are stored already."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

__all__ = ["Incoming", "Known", "align"]

_RESENT_SHARE = 0.6  # of the shorter side must be found again, in order, to count as the history sent again
_FIRST_TURNS = 3  # fewer turns than these may open two sessions alike: a greeting and its answer
_MIDDLE = 4  # turns of a batch that stands somewhere in the middle: fewer may be said twice
_EDITS = 200  # edits that are looked for: bounds the time
_BORDERS = 64  # overlaps of equal words that are tried against the times


@dataclass(frozen=True, slots=True)
class Known:
    """A stored turn.

    Attributes:
        episode_id: Its episode.
        message_id: The caller's id, if one was given.
        fingerprint: Keyed hash of role, name and content.
        explicit_time: Its time in microseconds, if the caller gave one.
        order: Its place in the conversation.
    """

    episode_id: str
    message_id: str | None
    fingerprint: str
    explicit_time: int | None
    order: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A turn that arrives; as ``Known``."""

    message_id: str | None
    fingerprint: str
    explicit_time: int | None


Pairs = list[tuple[int, int]]


def align(stored: Sequence[Known], batch: Sequence[Incoming]) -> list[str | None]:
    """For each incoming message the episode that holds it already, or None where it is new.

    Ids decide first, then equal words at an equal explicit time. The rest is the longest overlap of the stored tail
    and the batch's head, or the history sent again from its start, perhaps with a few turns edited or put in, or a
    run of turns in the middle that is too long to be said twice.

    Args:
        stored: The end of the conversation, in order.
        batch: What arrives, in order.
    """
    result: list[str | None] = [None] * len(batch)
    taken: set[str] = set()
    by_id = {known.message_id: known.episode_id for known in stored if known.message_id is not None}
    for i, message in enumerate(batch):
        if message.message_id is not None and message.message_id in by_id:
            result[i] = by_id[message.message_id]
            taken.add(by_id[message.message_id])
    _by_time(stored, batch, result, taken)
    loose = [i for i, message in enumerate(batch) if result[i] is None and message.message_id is None]
    free = [known for known in stored if known.episode_id not in taken]
    if loose and free:
        for position, known in _in_order(free, [batch[i] for i in loose]):
            result[loose[position]] = free[known].episode_id
    return result


def _by_time(stored: Sequence[Known], batch: Sequence[Incoming], result: list[str | None], taken: set[str]) -> None:
    timed: dict[tuple[str, int], deque[Known]] = defaultdict(deque)
    for known in stored:
        if known.explicit_time is not None and known.episode_id not in taken:
            timed[known.fingerprint, known.explicit_time].append(known)
    if not timed:
        return
    for i, message in enumerate(batch):
        if result[i] is not None or message.explicit_time is None:
            continue
        same = timed.get((message.fingerprint, message.explicit_time))
        # two ids are two messages, whatever else is equal
        if same and (message.message_id is None or same[0].message_id is None):
            found = same.popleft()
            result[i] = found.episode_id
            taken.add(found.episode_id)


def _in_order(stored: Sequence[Known], batch: Sequence[Incoming]) -> Pairs:
    """Positions in the batch with positions in what is stored."""
    prints = [message.fingerprint for message in batch]
    table = _failure(prints)
    overlap = _overlap(stored, batch, table)
    tail = [(i, len(stored) - overlap + i) for i in range(overlap)]
    if overlap == len(batch):
        return tail
    again = _resent(stored, batch)
    if len(again) > overlap:
        return _late(again, stored, batch)
    return tail or _middle(stored, batch, table)


def _same(known: Known, message: Incoming) -> bool:
    if known.fingerprint != message.fingerprint:
        return False
    return known.explicit_time is None or message.explicit_time is None or known.explicit_time == message.explicit_time


def _failure(prints: Sequence[str]) -> list[int]:
    table = [0] * len(prints)
    k = 0
    for i in range(1, len(prints)):
        while k and prints[i] != prints[k]:
            k = table[k - 1]
        if prints[i] == prints[k]:
            k += 1
        table[i] = k
    return table


def _matches(stored: Sequence[Known], batch: Sequence[Incoming], table: Sequence[int]) -> Iterator[tuple[int, int]]:
    """After each stored turn, how much of the batch's head ends there (Knuth, Morris and Pratt: linear)."""
    k = 0
    for end, known in enumerate(stored, 1):
        while k and (k == len(batch) or known.fingerprint != batch[k].fingerprint):
            k = table[k - 1]
        if known.fingerprint == batch[k].fingerprint:
            k += 1
        yield end, k


def _fits(stored: Sequence[Known], start: int, batch: Sequence[Incoming], length: int) -> bool:
    return all(_same(stored[start + i], batch[i]) for i in range(length))


def _overlap(stored: Sequence[Known], batch: Sequence[Incoming], table: Sequence[int]) -> int:
    """Length of the longest stored tail that the batch begins with."""
    window = stored[max(0, len(stored) - len(batch)) :]
    length = 0
    for _, head in _matches(window, batch, table):
        length = head
    for _ in range(_BORDERS):
        if not length or _fits(window, len(window) - length, batch, length):
            return length
        length = table[length - 1]
    return 0


def _middle(stored: Sequence[Known], batch: Sequence[Incoming], table: Sequence[int]) -> Pairs:
    if len(batch) < _MIDDLE:
        return []
    whole = (end - len(batch) for end, k in _matches(stored, batch, table) if k == len(batch))
    for start in islice(whole, _BORDERS):
        if _fits(stored, start, batch, len(batch)):
            return [(i, start + i) for i in range(len(batch))]
    return []


def _resent(stored: Sequence[Known], batch: Sequence[Incoming]) -> Pairs:
    """The history from its start with the fewest edits, until one side ends (Myers), if most of it is there."""
    shorter = min(len(stored), len(batch))
    limit = min(_EDITS, int(2 * (1 - _RESENT_SHARE) * shorter) + 1)
    # furthest[k]: how far into the stored turns a path on diagonal k (stored minus batch) has come; trail: how it came
    furthest: dict[int, int] = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(limit + 1):
        trail.append(dict(furthest))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            y = x - k
            while x < len(stored) and 0 <= y < len(batch) and _same(stored[x], batch[y]):
                x, y = x + 1, y + 1
            furthest[k] = x
            if x >= len(stored) or y >= len(batch):
                pairs = _walk_back(trail, min(x, len(stored)), min(y, len(batch)), stored, batch)
                return pairs if _is_history(pairs, len(stored), shorter) else []
    return []


def _is_history(pairs: Pairs, stored: int, shorter: int) -> bool:
    share = len(pairs) >= _RESENT_SHARE * shorter and len(pairs) >= 2
    return share and (len(pairs) >= _FIRST_TURNS or len(pairs) >= _RESENT_SHARE * stored)


def _late(pairs: Pairs, stored: Sequence[Known], batch: Sequence[Incoming]) -> Pairs:
    """With the turns that an earlier copy of this history had put in: they were stored at the end, out of order."""
    last_position, last_known = pairs[-1]
    used = {known for _, known in pairs}
    matched = {position for position, _ in pairs}
    left: dict[str, deque[int]] = defaultdict(deque)
    for i, known in enumerate(stored):
        if i not in used:
            left[known.fingerprint].append(i)
    found = list(pairs)
    for position, message in enumerate(batch):
        rest = left.get(message.fingerprint)
        while position > last_position and rest and rest[0] < last_known:
            rest.popleft()  # what comes after the matched part was not said within it
        if position not in matched and rest and _same(stored[rest[0]], message):
            found.append((position, rest.popleft()))
    return found


def _walk_back(trail: Sequence[dict[int, int]], x: int, y: int, stored: Sequence[Known], batch: Sequence[Incoming]) -> Pairs:
    pairs: Pairs = []
    for edits in range(len(trail) - 1, -1, -1):
        before = trail[edits]
        k = x - y
        down = k == -edits or (k != edits and before.get(k - 1, -1) < before.get(k + 1, -1))
        k_before = k + 1 if down else k - 1
        x_before = before.get(k_before, 0)
        y_before = x_before - k_before
        while x > x_before and y > y_before and x > 0 and y > 0 and _same(stored[x - 1], batch[y - 1]):
            x, y = x - 1, y - 1
            pairs.append((y, x))
        x, y = x_before, y_before
    pairs.reverse()
    return pairs
