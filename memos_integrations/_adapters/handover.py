"""What was handed over already: turns whose ids last from call to call."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from ..types import MessageInput

__all__ = ["START", "Handed", "Said"]

START = "start"
"""Names what stands before the first message of the user's: ``start~…``."""

_CONVERSATIONS = 4096  # of which is known what was handed over; of others all is, and memory knows it again


@dataclass(frozen=True, slots=True)
class Said:
    """The turns of a state.

    Attributes:
        conversation: The session that they belong to; None: there are none.
        turns: As ``add_message`` takes them.
        ids: Their ids there; empty where the framework keeps none from call to call.
    """

    conversation: str | None
    turns: tuple[MessageInput, ...]
    ids: tuple[str, ...]


class Handed:
    """What was handed over already, by conversation, so that a long history is not sent again with every turn.

    It only saves work: of what it does not know, memory does.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, set[str]] = OrderedDict()
        self._lock = Lock()

    def new(self, where: str, said: Said) -> list[MessageInput]:
        """From the first turn on that is not known, or was changed since."""
        if not said.ids:
            return list(said.turns)
        with self._lock:
            known = self._known.get(where, set())
        # of a history that was cut behind a user's message, what answered it was handed over under that message's name
        turns = [turn for turn in said.turns if not known or _key(turn) in known or not _leads(turn)]
        first = next((i for i, turn in enumerate(turns) if _key(turn) not in known), len(turns))
        return turns[first:]

    def done(self, where: str, said: Said) -> None:
        """Note that all of it was handed over."""
        with self._lock:
            self._known[where] = {_key(turn) for turn in said.turns}
            self._known.move_to_end(where)
            while len(self._known) > _CONVERSATIONS:
                self._known.popitem(last=False)


def _leads(turn: MessageInput) -> bool:
    """Whether it stands before the first message of the user's."""
    return isinstance(turn, Mapping) and str(turn.get("id")).startswith(f"{START}~")


def _key(turn: MessageInput) -> str:
    plain = dict(turn) if isinstance(turn, Mapping) else turn.model_dump()
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()
