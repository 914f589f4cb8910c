"""A chat history that lasts: what is added comes back, in order and as it was, and failures are seen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import RunnableLambda

from memos_integrations import Closed, InvalidScope, MemOS, Scope, Settings
from memos_integrations.langchain import MemOSChatMessageHistory

TURNS: list[BaseMessage] = [
    SystemMessage("Be kind."),
    HumanMessage("Book a table.", id="h1", name="Ann"),
    AIMessage(
        "",
        id="a1",
        tool_calls=[{"name": "book", "args": {"seats": 2}, "id": "t1", "type": "tool_call"}],
        usage_metadata={"input_tokens": 5, "output_tokens": 3, "total_tokens": 8},
    ),
    ToolMessage("booked", tool_call_id="t1", artifact={"table": 7}),
    HumanMessage([{"type": "text", "text": "这张图呢？"}, {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]),
    AIMessage(""),
]


@pytest.fixture
def memory() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as memory:
        yield memory


@pytest.mark.parametrize("awaited", [False, True])
def test_what_is_added_comes_back(memory: MemOS, awaited: bool) -> None:
    history = MemOSChatMessageHistory(memory.aio if awaited else memory, "s1", user_id="ann")

    async def run() -> list[BaseMessage]:
        await history.aadd_messages(TURNS[:3])
        await history.aadd_messages(TURNS[3:])
        return await history.aget_messages()

    if awaited:
        assert asyncio.run(run()) == TURNS
    else:
        history.add_messages(TURNS[:3])
        history.add_messages(TURNS[3:])
        assert history.messages == TURNS
    assert isinstance(history, BaseChatMessageHistory)


def test_it_lasts(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None) as memory:
        MemOSChatMessageHistory(memory, "s1", user_id="ann").add_messages(TURNS)
    with MemOS(tmp_path / "m.db", embedder=None) as memory:
        assert MemOSChatMessageHistory(memory, "s1", user_id="ann").messages == TURNS


def test_the_same_words_again_are_said_again(memory: MemOS) -> None:
    history = MemOSChatMessageHistory(memory, "s1", user_id="ann")
    for _ in range(3):
        history.add_messages([HumanMessage("yes"), AIMessage("ok")])
    assert [m.text for m in history.messages] == ["yes", "ok"] * 3
    history.add_messages([HumanMessage("once", id="x")])
    history.add_messages([HumanMessage("once", id="x")])
    assert [m.text for m in history.messages][6:] == ["once"]


def test_sessions_and_users_are_apart(memory: MemOS) -> None:
    one, two = MemOSChatMessageHistory(memory, "s1", user_id="ann"), MemOSChatMessageHistory(memory, "s2", user_id="ann")
    other = MemOSChatMessageHistory(memory, "s1", user_id="bob")
    one.add_user_message("Hello")
    assert (len(one.messages), len(two.messages), len(other.messages)) == (1, 0, 0)


def test_more_than_a_page(memory: MemOS) -> None:
    history = MemOSChatMessageHistory(memory, "s1", user_id="ann", learn=False)
    history.add_messages([HumanMessage(f"number {i}") for i in range(2300)])
    assert [m.text for m in history.messages] == [f"number {i}" for i in range(2300)]


@pytest.mark.parametrize("awaited", [False, True])
def test_clearing_forgets_the_session_and_what_it_taught(memory: MemOS, awaited: bool) -> None:
    history = MemOSChatMessageHistory(memory, "s1", user_id="ann")
    history.add_user_message("I'm allergic to peanuts.")
    MemOSChatMessageHistory(memory, "s2", user_id="ann").add_user_message("My dog is called Rex.")
    memory.wait(timeout=30)
    assert "peanut" in memory.search_memory("dinner", user_id="ann").instruction.head
    if awaited:
        asyncio.run(history.aclear())
    else:
        history.clear()
    assert history.messages == []
    left = [one.text for one in memory.list_memories(user_id="ann")]
    assert left and not any("peanut" in text for text in left)


def test_memory_learns_from_it_or_not(memory: MemOS) -> None:
    MemOSChatMessageHistory(memory, "s1", user_id="ann", learn=False).add_user_message("I'm allergic to peanuts.")
    memory.wait(timeout=30)
    assert memory.search_memory("dinner", user_id="ann", kinds=["preference"]).memories == ()


def test_a_summary_by_langchain_is_kept_and_not_learnt_from(memory: MemOS) -> None:
    summary = HumanMessage("I'm allergic to peanuts.", additional_kwargs={"lc_source": "summarization"})
    history = MemOSChatMessageHistory(memory, "s1", user_id="ann")
    history.add_messages([summary])
    memory.wait(timeout=30)
    assert history.messages == [summary]
    assert memory.search_memory("dinner", user_id="ann", kinds=["preference"]).memories == ()


def test_nobody_is_an_error(memory: MemOS) -> None:
    with pytest.raises(InvalidScope, match="user_id"):
        MemOSChatMessageHistory(memory, "s1")
    with pytest.raises(InvalidScope):
        MemOSChatMessageHistory(memory, " ", user_id="ann")


def test_a_failed_write_is_counted_logged_and_raised(memory: MemOS, caplog: pytest.LogCaptureFixture) -> None:
    history = MemOSChatMessageHistory(memory, "s1", user_id="ann")
    memory.close()
    with pytest.raises(Closed):
        history.add_user_message("Hello")
    assert history.failed_writes == 1 and isinstance(history.last_error, Closed)
    assert "1 messages were not stored" in caplog.text


@pytest.mark.filterwarnings("ignore:.*RunnableWithMessageHistory.*")
@pytest.mark.parametrize("awaited", [False, True])
@pytest.mark.parametrize("keyed", [False, True])
def test_under_a_runnable_with_message_history(memory: MemOS, awaited: bool, keyed: bool, caplog: pytest.LogCaptureFixture) -> None:
    from langchain_core.runnables.history import RunnableWithMessageHistory

    model = RunnableLambda(lambda prompt: AIMessage(f"heard {len(getattr(prompt, 'messages', prompt))}"))
    opened: list[MemOSChatMessageHistory] = []

    def open_(session_id: str) -> MemOSChatMessageHistory:
        opened.append(MemOSChatMessageHistory(memory, session_id, user_id="ann"))
        return opened[-1]

    chain: Any
    if keyed:
        prompt = ChatPromptTemplate.from_messages([("system", "Be kind."), MessagesPlaceholder("history"), ("human", "{question}")])
        chain = RunnableWithMessageHistory(prompt | model, open_, input_messages_key="question", history_messages_key="history")
    else:
        chain = RunnableWithMessageHistory(model, open_)

    def ask(words: str) -> AIMessage:
        given: Any = {"question": words} if keyed else [HumanMessage(words)]
        config: Any = {"configurable": {"session_id": "s1"}}
        return asyncio.run(chain.ainvoke(given, config)) if awaited else chain.invoke(given, config)

    first, second = ask("One"), ask("Two")
    assert [m.text for m in open_("s1").messages] == ["One", first.text, "Two", second.text]
    memory.close()
    with pytest.raises(Closed):
        ask("Three")


def test_a_grant_opens_memories_not_a_session_of_the_same_name() -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.grant(Scope(user_id="bob"), to=Scope(user_id="alice"))
        for name in ("bob", "alice"):
            MemOSChatMessageHistory(memory, "s", user_id=name).add_messages([HumanMessage(f"I am {name}.")])
        assert [m.text for m in MemOSChatMessageHistory(memory, "s", user_id="alice").messages] == ["I am alice."]


def test_what_is_longer_than_memory_takes_comes_back_whole_and_what_no_store_keeps_is_replaced() -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(max_content_chars=200)) as memory:
        history = MemOSChatMessageHistory(memory, "s1", user_id="ann")
        history.add_messages([HumanMessage("word " * 100), HumanMessage("a\0b\ud800c")])
        assert [message.text for message in history.messages] == ["word " * 100, "a\ufffdb\ufffdc"]
