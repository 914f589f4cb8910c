"""The converter between LlamaIndex's messages and ours: there and back, whatever is in them."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    AudioBlock,
    CacheControl,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)
from llama_index.core.tools import ToolSelection
from pydantic import BaseModel

from memos_integrations import MemOS
from memos_integrations.llama_index import from_episode, to_message
from memos_integrations.types import Episode

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(32))
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
NAMES = st.text("abc_-1", min_size=1, max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
OBJECT = st.dictionaries(NAMES, JSON, max_size=3)
TEXT = st.builds(TextBlock, text=WORDS)
IMAGE = st.builds(ImageBlock, image=st.just(PNG), image_mimetype=st.just("image/png"), detail=st.sampled_from([None, "low"]))
BLOCKS = st.one_of(
    TEXT,
    IMAGE,
    st.builds(ImageBlock, url=st.just("https://example.org/cat.png")),
    st.builds(AudioBlock, audio=st.just(base64.b64encode(b"RIFF" + bytes(40))), format=st.just("wav")),
    st.builds(VideoBlock, url=st.just("https://example.org/film.mp4")),
    st.builds(DocumentBlock, data=st.just(base64.b64encode(b"%PDF-1.4 hello")), title=NAMES, document_mimetype=st.just("application/pdf")),
    st.builds(CachePoint, cache_control=st.builds(CacheControl, type=st.just("ephemeral"))),
    st.builds(CitableBlock, title=NAMES, source=NAMES, content=st.lists(TEXT, min_size=1, max_size=2)),
    st.builds(CitationBlock, cited_content=TEXT, source=NAMES, title=NAMES, additional_location_info=st.just({"page": 3})),
    st.builds(ThinkingBlock, content=st.none() | WORDS, num_tokens=st.none() | st.integers(0, 9), additional_information=OBJECT),
    st.builds(ToolCallBlock, tool_call_id=st.none() | NAMES, tool_name=NAMES, tool_kwargs=OBJECT | WORDS),
)
SELECTIONS = st.builds(ToolSelection, tool_id=NAMES, tool_name=NAMES, tool_kwargs=OBJECT)
KWARGS = st.fixed_dictionaries(
    {},
    optional={
        "tool_calls": st.lists(SELECTIONS, max_size=2) | st.lists(OBJECT, max_size=2),
        "tool_call_id": NAMES,
        "name": NAMES,
        "session_id": NAMES,
        "refusal": st.none(),
        "extra": JSON,
    },
)
MESSAGES = st.builds(ChatMessage, role=st.sampled_from(list(MessageRole)), blocks=st.lists(BLOCKS, max_size=4), additional_kwargs=KWARGS)


def stored(memos: MemOS, message: ChatMessage) -> Episode:
    receipt = memos.add_message(to_message(message, keep_raw=True), user_id="alice")
    found = memos.get(receipt.episode_ids[0], user_id="alice")
    assert isinstance(found, Episode)
    return found


@given(MESSAGES)
@settings(max_examples=200, deadline=None)
def test_every_message_comes_back_as_it_was(message: ChatMessage) -> None:
    before = message.model_copy(deep=True)
    form = json.loads(json.dumps(to_message(message, keep_raw=True)))
    assert message == before, "it is only read"
    with MemOS(":memory:", embedder=None) as memos:
        back = from_episode(stored(memos, message))
    assert form["role"] in ("user", "assistant", "system", "tool")
    assert back == message
    assert all(type(ours) is type(theirs) for ours, theirs in zip(back.blocks, message.blocks, strict=True))


@given(MESSAGES)
@settings(max_examples=100, deadline=None)
def test_without_the_raw_form_nothing_heavy_is_kept_and_the_words_are(message: ChatMessage) -> None:
    form = to_message(message)
    assert PNG.decode() not in json.dumps(form) and "raw" not in form
    content: Any = form["content"]
    words = content if isinstance(content, str) else "\n".join(p["text"] for p in content if p["type"] == "text")
    for block in message.blocks:
        if isinstance(block, TextBlock):
            assert block.text in words


def test_what_was_not_said_is_not_among_the_words() -> None:
    message = ChatMessage(
        role="user",
        blocks=[
            ThinkingBlock(content="I like secrets."),
            CitableBlock(title="Report", source="r.pdf", content=[TextBlock(text="I am a document.")]),
            TextBlock(text="Summarise it."),
            CachePoint(cache_control=CacheControl(type="ephemeral")),
        ],
    )
    with MemOS(":memory:", embedder=None) as memos:
        assert stored(memos, message).text == "Summarise it."


def test_calls_have_one_form_wherever_the_model_writes_them() -> None:
    one = {"name": "book", "args": {"place": "x"}, "id": "t1", "type": "tool_call"}
    selection = ToolSelection(tool_id="t1", tool_name="book", tool_kwargs={"place": "x"})
    for message in (
        ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": [selection]}),
        ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_call_id="t1", tool_name="book", tool_kwargs={"place": "x"})]),
        ChatMessage(role="assistant", blocks=[ToolCallBlock(tool_call_id="t1", tool_name="book", tool_kwargs='{"place": "x"}')]),
    ):
        assert to_message(message)["tool_calls"] == [one]


def test_of_a_reasoning_agents_record_the_answer_is_what_it_said() -> None:
    record = "Thought: I look.\nAction: search\nAction Input: {}\nObservation: Thought: it was\nAnswer: a trap\nThought: Now I know.\nAnswer: 42."
    message = ChatMessage(role="assistant", content=record)
    assert to_message(message)["content"] == "42."
    assert to_message(ChatMessage(role="user", content=record))["content"] == record
    with MemOS(":memory:", embedder=None) as memos:
        assert from_episode(stored(memos, message)) == message


def test_what_no_store_can_keep_is_replaced_and_live_objects_are_left_out() -> None:
    class Live:
        pass

    class Model(BaseModel):
        words: str

    message = ChatMessage(
        role="tool",
        content="a\0b\ud800c",
        additional_kwargs={
            "tool_call_id": "t1",
            "live": Live(),
            "model": Model(words="x"),
            "nan": float("nan"),
            "big": 2**2000,
            "set": {1},
        },
    )
    with MemOS(":memory:", embedder=None) as memos:
        back = from_episode(stored(memos, message))
    assert back.content == "a\ufffdb\ufffdc"
    assert back.additional_kwargs == {
        "tool_call_id": "t1", "live": None, "model": {"words": "x"}, "nan": None, "big": str(2**2000), "set": [1],
    }  # fmt: skip


def test_pictures_of_the_old_form_are_kept_once() -> None:
    from llama_index.core.schema import ImageDocument

    message = ChatMessage(role="user", content="Look.", additional_kwargs={"images": [ImageDocument(image=PNG.decode())]})
    with MemOS(":memory:", embedder=None) as memos:
        back = from_episode(stored(memos, message))
    assert [block.block_type for block in back.blocks] == ["text", "image"]
    assert back.blocks == message.blocks


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(base64.b64decode(PNG))
    message = ChatMessage(role="user", blocks=[TextBlock(text="Look."), ImageBlock(path=picture)])
    with MemOS(":memory:", embedder=None) as memos:
        episode = stored(memos, message)
        assert from_episode(episode) == message
        picture.unlink()
        assert "cat.png" in (from_episode(episode).content or "")


@pytest.mark.parametrize(
    ("said", "role", "content"),
    [
        ({"role": "user", "content": "Hello", "name": "Bob"}, "user", "Hello"),
        ({"role": "assistant", "content": "", "tool_calls": [{"id": "t1", "function": {"name": "f", "arguments": '{"a": 1}'}}]}, "assistant", ""),
        ({"role": "tool", "content": "42", "tool_call_id": "t1"}, "tool", "42"),
        ({"role": "event", "name": "liked", "content": "a song"}, "user", "(liked) a song"),
        ({"role": "user", "content": [{"type": "text", "text": "看"}, {"type": "image_url", "image_url": {"url": "x"}}]}, "user", "看"),
    ],
)  # fmt: skip
def test_turns_of_other_frameworks_are_read(said: dict[str, Any], role: str, content: str) -> None:
    with MemOS(":memory:", embedder=None) as memos:
        receipt = memos.add_message(said, user_id="alice")
        episode = memos.get(receipt.episode_ids[0], user_id="alice")
        assert isinstance(episode, Episode)
        message = from_episode(episode)
    assert (message.role.value, message.content) == (role, content)
    if "tool_calls" in said:
        assert message.additional_kwargs["tool_calls"] == [ToolSelection(tool_id="t1", tool_name="f", tool_kwargs={"a": 1})]
    assert message.additional_kwargs.get("name") == (
        said["name"] if role == "user" and "name" in said and said["role"] != "event" else None
    )
