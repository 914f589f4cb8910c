"""What a process holds of its sessions beside the store."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import JsonValue

from ..core.masking import mask_json
from ..types import Recall
from ._messages import stored_form, words_of
from ._session import Incoming, Session
from ._window import Turn

__all__ = ["Held", "Process", "keep_live", "rename", "unmasked"]

_SESSIONS = 4096  # of which is held what a turn recalled
_LIVE = 256  # messages with secrets in them, kept as they are while the process lives


@dataclass(slots=True)
class Held:
    """What a process holds of a session beside the store.

    Attributes:
        asked: What the recall is for.
        recall: What was recalled for it; None: memory failed.
        seen: The history as it was last read.
        waiting: Messages that could not be stored yet.
        live: Messages whose stored form is masked, as they were.
    """

    asked: tuple[str, ...] | None = None
    recall: Recall | None = None
    seen: tuple[Turn, ...] = ()
    waiting: tuple[Incoming, ...] = ()
    live: OrderedDict[str, ChatMessage] = field(default_factory=OrderedDict)


class Process:
    """What a process holds of its sessions; one for all memories that came from one."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._held: OrderedDict[tuple[str, str], Held] = OrderedDict()

    def of(self, session: Session) -> Held:
        """What is held of a session."""
        with self.lock:
            held = self._held.setdefault(session.key, Held())
            self._held.move_to_end(session.key)
            idle = len(self._held) - _SESSIONS
            if idle > 0:
                for key in [key for key, one in self._held.items() if not one.waiting and one is not held][:idle]:
                    del self._held[key]
            return held

    def wait_for(self, held: Held, more: Sequence[Incoming], done: Sequence[Incoming]) -> None:
        """Note what could not be stored, and what is stored at last."""
        stored = {one.turn.id for one in done}
        with self.lock:
            held.waiting = (*(one for one in held.waiting if one.turn.id not in stored), *more)

    def drop(self, session: Session) -> None:
        """Hold nothing of a session any more."""
        with self.lock:
            self._held.pop(session.key, None)


def rename(held: Held, incoming: Sequence[Incoming]) -> None:
    """What was recalled for words that were to come is the recall of the turn that they are put in."""
    if held.asked is not None and held.asked[0] == "to come":
        for one in incoming:
            if one.turn.message.role == MessageRole.USER and words_of(one.turn.message) == held.asked[2]:
                held.asked = (one.turn.id,)
                return


def keep_live(held: Held, incoming: Sequence[Incoming]) -> None:
    """Hold messages with secrets in them as they are: the store masks them."""
    for one in incoming:
        form = cast("JsonValue", {key: one.form[key] for key in ("content", "raw", "tool_calls") if key in one.form})
        if mask_json(form) != form:
            held.live[one.turn.id] = one.turn.message
            while len(held.live) > _LIVE:
                held.live.popitem(last=False)


def unmasked(turn: Turn, held: Held) -> Turn:
    """A turn as it was said in this process: the store masks secrets, and an agent may need the key that it was just given."""
    live = held.live.get(turn.id)
    if live is None or mask_json(stored_form(live)) != mask_json(stored_form(turn.message)):
        return turn  # or some of it was forgotten since
    return Turn(turn.id, live)
