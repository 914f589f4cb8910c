"""Which turns of a state are to be stored, and under which ids, so that none is stored twice or lost."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from ..langchain._turn import Place, turn_start, turns
from ..types import MessageInput

__all__ = ["Handed", "Said", "said_in"]

_START = "start"
_THREADS = 4096  # threads of which is known what was handed over; of others all is, and memory knows it again


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


def said_in(messages: Sequence[BaseMessage], place: Place, *, tool_chars: int) -> Said:
    """The turns among the messages of a run.

    The user's messages keep their ids, which a checkpointer keeps. What a model says gets a new id each time it is called, so that
    an answer would be another one after a replay: it is named by the user's message before it and by its words. Without a
    checkpointer no ids are kept from run to run, and the words alone say what is known. Without a thread nothing links two
    runs: a history that is sent again is left out, and the run is a session of its own.
    """
    linked = list(messages)
    conversation = place.thread_id
    if conversation is None:
        linked = linked[turn_start(linked) :]
        conversation = f"run-{messages[0].id}" if messages and messages[0].id else None
    keep = place.keeps_ids or (place.thread_id is None and all(message.id for message in linked))
    named = _named(linked) if keep else linked
    kept = turns(named, keep_id=keep, tool_chars=tool_chars)
    return Said(conversation, tuple(kept), tuple(str(turn["id"]) for turn in kept if isinstance(turn, Mapping) and "id" in turn))


def _named(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    named: list[BaseMessage] = []
    anchor = _START
    seen: Counter[str] = Counter()
    for message in messages:
        if isinstance(message, HumanMessage) and message.id:
            anchor = message.id
            seen.clear()
            named.append(message)
            continue
        print_ = _print(message)
        seen[print_] += 1
        named.append(message.model_copy(update={"id": f"{anchor}~{print_}~{seen[print_]}"}))
    return named


def _print(message: BaseMessage) -> str:
    calls = [[call["name"], call["args"]] for call in message.tool_calls] if isinstance(message, AIMessage) else []
    said = json.dumps([message.type, message.name, message.content, calls], ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


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
            while len(self._known) > _THREADS:
                self._known.popitem(last=False)


def _leads(turn: MessageInput) -> bool:
    """Whether it stands before the first message of the user's."""
    return isinstance(turn, Mapping) and str(turn.get("id")).startswith(f"{_START}~")


def _key(turn: MessageInput) -> str:
    plain = dict(turn) if isinstance(turn, Mapping) else turn.model_dump()
    return hashlib.sha256(json.dumps(plain, sort_keys=True, default=str).encode()).hexdigest()
