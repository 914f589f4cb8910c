"""Memory as a block of LlamaIndex's own ``Memory``: each turn is taken in once, in short chats too."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.memory import InsertMethod, Memory, StaticMemoryBlock

from memos_integrations import InvalidScope, MemOS, Scope, Settings, StoreError
from memos_integrations.llama_index import MemOSMemoryBlock

from .llama_index_agents import UPSTREAM, ScriptedLLM, assistant, call, episodes, result, said, told, user

pytestmark = UPSTREAM


@pytest.fixture
def memos() -> Iterator[MemOS]:
    """Alice is allergic to peanuts and loves Thai food."""
    with MemOS(":memory:", embedder=None) as memos:
        memos.add_message(
            {"role": "user", "content": "I'm allergic to peanuts. I love Thai food."}, user_id="alice", conversation_id="before"
        )
        memos.wait(timeout=30)
        yield memos


OPENED: list[Memory] = []


@pytest.fixture(autouse=True)
def close_databases() -> Iterator[None]:
    """LlamaIndex's own memory leaves its database open."""
    yield
    while OPENED:
        engine = OPENED.pop().sql_store._async_engine  # type: ignore[attr-defined]
        if engine is not None:
            asyncio.run(engine.dispose())


def memory_of(*blocks: Any, session: str = "s1", **options: Any) -> Memory:
    OPENED.append(Memory.from_defaults(session_id=session, memory_blocks=[*blocks], **options))
    return OPENED[-1]


def book(place: str) -> str:
    """Book a table."""
    return f"A table at {place} is booked."


@pytest.mark.parametrize("insert", [InsertMethod.SYSTEM, InsertMethod.USER])
def test_a_short_chat_is_told_and_learnt_from(memos: MemOS, insert: InsertMethod) -> None:
    llm = ScriptedLLM(script=["One.", call("book", place="Thai Palace"), "Booked.", "Three."])
    memory = memory_of(MemOSMemoryBlock(memos, user_id="alice"), insert_method=insert)

    async def go() -> None:
        agent = FunctionAgent(tools=[book], llm=llm)
        for words in ("Where shall we eat?", "Book it. I live in Berlin.", "yes"):
            await agent.run(words, memory=memory)

    asyncio.run(go())
    assert all("Avoid peanuts" in told(prompt) for prompt in llm.prompts)
    assert said(memos, "alice", "s1") == [
        ("user", "Where shall we eat?"),
        ("assistant", "One."),
        ("user", "Book it. I live in Berlin."),
        ("assistant", ""),
        ("tool", "A table at Thai Palace is booked."),
        ("assistant", "Booked."),
        ("user", "yes"),
        ("assistant", "Three."),
    ]
    memos.wait(timeout=30)
    assert any("Berlin" in m.text for m in memos.list_memories(user_id="alice", kinds=["fact"]))


def test_what_is_said_twice_is_two_messages_and_what_is_read_twice_one(memos: MemOS) -> None:
    memory = memory_of(MemOSMemoryBlock(memos, user_id="alice"))
    for _ in range(3):
        memory.put(user("yes"))
        memory.get()
        memory.get(input="yes")
        memory.put(assistant("ok"))
        memory.get()
    assert [text for _, text in said(memos, "alice", "s1")] == ["yes", "ok"] * 3


def test_a_question_that_is_still_to_be_put_is_asked_and_stored_once(memos: MemOS) -> None:
    memory = memory_of(MemOSMemoryBlock(memos, user_id="alice"))
    assert "Thai" in told(memory.get(input="What food do I love?"))
    memory.put_messages([user("What food do I love?"), assistant("Thai.")])
    memory.get(input="Thanks.")
    assert [text for _, text in said(memos, "alice", "s1")] == ["What food do I love?", "Thai.", "Thanks."]


def test_what_leaves_the_short_term_memory_is_not_taken_in_again(memos: MemOS) -> None:
    memory = memory_of(MemOSMemoryBlock(memos, user_id="alice"), token_limit=300, token_flush_size=30)
    for number in range(30):
        memory.put_messages([user(f"Question {number % 3}? " + "word " * 10), assistant(f"Answer {number % 3}. " + "word " * 10)])
        if number % 2:
            memory.get()
    memory.get()
    texts = [text.split(" word")[0] for _, text in said(memos, "alice", "s1")]
    assert sorted(texts) == sorted(text for n in range(30) for text in (f"Question {n % 3}?", f"Answer {n % 3}."))


def test_another_process_takes_in_only_what_is_new(memos: MemOS) -> None:
    memory = memory_of(MemOSMemoryBlock(memos, user_id="alice"))
    memory.put_messages([user("yes"), call("book", place="x"), result("A " * 3000), assistant("ok"), user("yes")])
    memory.get()
    history = memory.get_all()
    again = memory_of(MemOSMemoryBlock(memos, user_id="alice"))
    again.put_messages([*history, assistant("ok"), user("yes")])
    again.get()
    assert [role for role, _ in said(memos, "alice", "s1")] == ["user", "assistant", "tool", "assistant", "user", "assistant", "user"]


def test_sessions_and_users_do_not_mix_in_one_block_or_several(memos: MemOS) -> None:
    """LlamaIndex's own vector block pins every later session to the filter of the first (run-llama/llama_index#22701)."""
    block = MemOSMemoryBlock(memos, user_id="alice")
    other = MemOSMemoryBlock(memos, user_id="bob")
    memory_of(block, session="a").put(user("x"))
    for one, session, words in ((block, "a", "I am Alice one."), (block, "b", "I am Alice two."), (other, "a", "I am Bob.")):
        memory = memory_of(one, session=session)
        memory.put(user(words))
        memory.get()
    assert said(memos, "alice", "a") == [("user", "I am Alice one.")]
    assert said(memos, "alice", "b") == [("user", "I am Alice two.")]
    assert said(memos, "bob", "a") == [("user", "I am Bob.")]
    memory = memory_of(other, session="c")
    memory.put(user("Who am I?"))
    assert "Alice" not in told(memory.get())


def test_it_stands_beside_other_blocks_and_is_shortened_before_the_limit(memos: MemOS) -> None:
    for number in range(12):
        memos.add_message({"role": "user", "content": f"Meeting {number} is about the budget of team {number}."}, user_id="alice")
    memos.wait(timeout=30)
    fixed = StaticMemoryBlock(name="fixed", static_content="The office is closed.", priority=0)
    block = MemOSMemoryBlock(memos, user_id="alice", priority=1, max_tokens=800)
    counts: list[int] = []
    for limit in (5000, 250, 20):
        memory = memory_of(fixed, block, session=f"t{limit}", token_limit=limit)
        memory.put(user("Which meeting is about the budget of a team?"))
        prompt = told(memory.get())
        assert "The office is closed." in prompt
        assert ("Avoid peanuts" in prompt) == (limit > 100)
        counts.append(prompt.count("about the budget of team"))
    assert counts[0] > counts[1] > counts[2] == 0


def test_what_is_injected_is_not_taken_in(memos: MemOS) -> None:
    memory = memory_of(MemOSMemoryBlock(memos, user_id="alice"), insert_method=InsertMethod.USER)
    memory.put(user("What food do I love?"))
    handed_back = memory.get()
    again = memory_of(MemOSMemoryBlock(memos, user_id="alice"), session="s2")
    again.put_messages(handed_back)
    again.get()
    assert said(memos, "alice", "s2") == [("user", "What food do I love?")]


def test_where_memory_fails_the_chat_goes_on(memos: MemOS, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    memory = memory_of(MemOSMemoryBlock(memos, user_id="alice"))
    strict = memory_of(MemOSMemoryBlock(memos, user_id="alice", on_error="raise"), session="s2")
    memory.put(user("One."))

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise StoreError("the disk is gone")

    store = memos._engine.context.store
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "memos_integrations.llama_index"):
        for name in ("append", "commit", "get", "scan", "search"):
            patch.setattr(store, name, broken)
        assert [m.content for m in memory.get()] == ["One."]
        strict.put(user("One."))
        with pytest.raises(StoreError):
            strict.get()
    assert "goes on without" in caplog.text
    memory.put_messages([assistant("Two."), user("Three.")])
    memory.get()
    assert [text for _, text in said(memos, "alice", "s1")] == ["One.", "Two.", "Three."]


def test_nobody_named_is_an_error_and_a_block_alone_has_a_session_of_its_own(memos: MemOS) -> None:
    with pytest.raises(InvalidScope):
        MemOSMemoryBlock(memos)
    block = MemOSMemoryBlock(memos.aio.scoped(user_id="carol"))

    async def go() -> None:
        await block.aget([user("Hello")])
        await block.aget([user("Hello"), assistant("Hi.")])
        await block.aput([user("Hello"), assistant("Hi."), user("Bye")])

    asyncio.run(go())
    assert [one.text for one in episodes(memos, "carol")] == ["Hello", "Hi.", "Bye"]


def test_a_write_that_is_cancelled_is_made_up_for(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> None:
    block = MemOSMemoryBlock(memos, user_id="carol")

    async def never(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(60)

    async def go() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(memos._engine, "add", never)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(block.aget([user("My cat is called Tom.")], session_id="s"), 0.05)
        await block.aget([user("My cat is called Tom.")], session_id="s")
        await asyncio.gather(
            *(block.aget([user("My cat is called Tom."), assistant("Ok."), user("Next.")], session_id="s") for _ in range(5))
        )

    asyncio.run(go())
    assert [text for _, text in said(memos, "carol", "s")] == ["My cat is called Tom.", "Ok.", "Next."]


def test_a_grant_opens_memories_not_a_session_of_the_same_name(memos: MemOS) -> None:
    memos.grant(Scope(user_id="bob"), to=Scope(user_id="carol"))
    for name in ("bob", "carol"):
        memory = memory_of(MemOSMemoryBlock(memos, user_id=name), session="s")
        memory.put(user("Hello"))
        memory.get()
    assert said(memos, "bob", "s") == [("user", "Hello")]
    assert [one.text for one in episodes(memos, "carol", "s") if "carol" in one.namespace] == ["Hello"]


@pytest.mark.parametrize("odd", ["from a file: \0", "decoded wrongly: \ud83d", "lorem " * 100])
def test_a_message_that_memory_cannot_take_as_it_is_keeps_none_of_its_session_from_it(odd: str) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(max_content_chars=200)) as memos:

        async def go() -> None:
            memory = memory_of(MemOSMemoryBlock(memos, user_id="ann", on_error="raise"))
            for words in (odd, "I hate olives.", "And?"):
                await memory.aput(user(words))
                await memory.aget()
                await memory.aput(assistant("Yes."))
            again = memory_of(MemOSMemoryBlock(memos, user_id="ann", on_error="raise"))  # another process
            await again.aput_messages(await memory.aget_all())
            await again.aget()

        asyncio.run(go())
        memos.wait(timeout=30)
        assert [words for role, words in said(memos, "ann", "s1") if role == "user"][1:] == ["I hate olives.", "And?"]
        assert [one.text for one in memos.list_memories(user_id="ann", kinds=["preference"])] == ["The user hates olives."]
