"""Which turns of a state are to be stored, and under which ids, so that none is stored twice or lost."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from .._adapters.handover import START, Said
from .._langchain_core.turns import Place, turn_start, turns

__all__ = ["said_in"]


def said_in(messages: Sequence[BaseMessage], place: Place, *, tool_chars: int, max_chars: int) -> Said:
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
    kept = turns(named, keep_id=keep, tool_chars=tool_chars, max_chars=max_chars)
    return Said(conversation, tuple(kept), tuple(str(turn["id"]) for turn in kept if isinstance(turn, Mapping) and "id" in turn))


def _named(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    named: list[BaseMessage] = []
    anchor = START
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
