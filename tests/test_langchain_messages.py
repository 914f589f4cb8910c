"""What LangChain's messages are in memory, and that a transcript gives them back as they were."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from memos_integrations import InvalidMessage, MemOS, Settings
from memos_integrations.core.messages import parse_messages
from memos_integrations.langchain import from_episode, to_message
from memos_integrations.types import Episode

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=30)
NAMES = st.text(st.characters(categories=("L", "Nd")), min_size=1, max_size=12)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
PARTS = st.one_of(
    WORDS,
    st.builds(lambda text: {"type": "text", "text": text}, WORDS),
    st.builds(lambda url: {"type": "image_url", "image_url": {"url": f"https://example.org/{url}.png"}}, NAMES),
    st.builds(lambda data: {"type": "image", "base64": base64.b64encode(data).decode(), "mime_type": "image/png"}, st.binary(max_size=20)),
    st.builds(lambda thought: {"type": "reasoning", "reasoning": thought}, WORDS),
)
CONTENT = WORDS | st.lists(PARTS, max_size=3)
CALLS = st.lists(
    st.builds(lambda name, args, id: {"name": name, "args": args, "id": id, "type": "tool_call"}, NAMES, st.dictionaries(NAMES, JSON, max_size=2), NAMES),
    max_size=3,
)  # fmt: skip
USAGE = st.none() | st.builds(
    lambda a, b: {"input_tokens": a, "output_tokens": b, "total_tokens": a + b, "input_token_details": {"cache_read": a}},
    st.integers(0, 9999),
    st.integers(0, 9999),
)
COMMON = {
    "content": CONTENT,
    "id": st.none() | NAMES,
    "name": st.none() | NAMES,
    "additional_kwargs": st.dictionaries(NAMES, JSON, max_size=2),
}
MESSAGES = st.one_of(
    st.builds(HumanMessage, **COMMON),
    st.builds(SystemMessage, **COMMON),
    st.builds(AIMessage, **COMMON, tool_calls=CALLS, usage_metadata=USAGE, response_metadata=st.dictionaries(NAMES, JSON, max_size=2)),
    st.builds(ToolMessage, **COMMON, tool_call_id=NAMES, artifact=JSON, status=st.sampled_from(["success", "error"])),
    st.builds(FunctionMessage, **{**COMMON, "name": NAMES}),
    st.builds(ChatMessage, **COMMON, role=st.sampled_from(["user", "critic", "developer"])),
)


@settings(deadline=None, max_examples=60)
@example([HumanMessage(" \n"), AIMessage("")])
@given(st.lists(MESSAGES, min_size=1, max_size=6))
def test_a_transcript_gives_every_message_back_as_it_was(messages: list[BaseMessage]) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="off")) as memory:
        memory.add_message([to_message(message, keep_raw=True) for message in messages], user_id="u", conversation_id="c")
        page = memory.list_memories(kinds=["episode"], filter={"conversation_id": "c"}, user_id="u")
        assert [from_episode(turn) for turn in page if isinstance(turn, Episode)] == messages


@settings(deadline=None, max_examples=60)
@given(MESSAGES)
def test_what_the_engine_reads_of_a_message_survives_without_the_raw_form(message: BaseMessage) -> None:
    said = to_message(message, keep_id=True)
    if not (said["content"] or said.get("tool_calls")) or (isinstance(said["content"], str) and not said["content"].strip()):
        return  # says nothing: adapters leave it out
    with MemOS(":memory:", embedder=None, settings=Settings(worker="off")) as memory:
        receipt = memory.add_message(said, user_id="u", conversation_id="c")
        (turn,) = memory.list_memories(kinds=["episode"], user_id="u")
    assert isinstance(turn, Episode)
    (parsed,) = parse_messages(said, Settings())
    (again,) = parse_messages(to_message(from_episode(turn), keep_id=True), Settings())
    assert again.model_copy(update={"id": None}) == parsed.model_copy(update={"id": None})
    assert receipt.message_ids == (again.id,)
    assert message.id is None or again.id == message.id


@pytest.mark.parametrize(
    ("message", "role"),
    [
        (HumanMessage("hi"), "user"),
        (AIMessage("hi"), "assistant"),
        (AIMessageChunk("hi"), "assistant"),
        (SystemMessage("hi"), "system"),
        (ToolMessage("hi", tool_call_id="1"), "tool"),
        (FunctionMessage("hi", name="f"), "tool"),
        (ChatMessage("hi", role="user"), "user"),
        (ChatMessage("hi", role="critic"), "assistant"),
    ],
)
def test_nobody_but_the_user_speaks_as_the_user(message: BaseMessage, role: str) -> None:
    assert to_message(message)["role"] == role


def test_of_an_image_only_what_names_it_is_remembered() -> None:
    data = "data:image/png;base64," + "A" * 10_000
    seen = to_message(HumanMessage([{"type": "text", "text": "这是我的猫"}, {"type": "image_url", "image_url": {"url": data}}]))
    other = to_message(HumanMessage([{"type": "text", "text": "这是我的猫"}, {"type": "image_url", "image_url": {"url": data + "B"}}]))
    assert "AAAA" not in str(seen)
    assert seen["content"] != other["content"]


def test_an_order_to_delete_is_no_turn() -> None:
    with pytest.raises(InvalidMessage):
        to_message(RemoveMessage(id="1"))


def test_turns_of_other_frameworks_come_back_as_langchain_messages() -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="off")) as memory:
        call = {"id": "t1", "type": "function", "function": {"name": "book", "arguments": '{"place": "Porto"}'}}
        turns = [
            {"role": "user", "content": "Book a table."},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "booked", "tool_call_id": "t1"},
            {"role": "event", "name": "clicked", "content": "menu"},
        ]
        memory.add_message(turns, user_id="u", conversation_id="c")
        page = memory.list_memories(kinds=["episode"], filter={"conversation_id": "c"}, user_id="u")
        human, ai, tool, event = [from_episode(turn) for turn in page if isinstance(turn, Episode)]
    assert isinstance(human, HumanMessage) and human.text == "Book a table."
    assert isinstance(ai, AIMessage) and ai.tool_calls == [{"name": "book", "args": {"place": "Porto"}, "id": "t1", "type": "tool_call"}]
    assert isinstance(tool, ToolMessage) and tool.tool_call_id == "t1"
    assert event.text == "(clicked) menu"
