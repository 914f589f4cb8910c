"""What users of LlamaIndex's memories reported (run-llama/llama_index) does not happen here."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage

from memos_integrations import MemOS, Settings, StoreError
from memos_integrations.llama_index import MemOSMemory, MemOSMemoryBlock

from .llama_index_agents import UPSTREAM, ScriptedLLM, assistant, call, episodes, result, said, shape, system, told, user

pytestmark = UPSTREAM


def contents(messages: list[ChatMessage]) -> list[str | None]:
    return [message.content for message in messages]


def test_23144_a_system_message_is_not_evicted_at_the_token_limit() -> None:
    with MemOS(":memory:", embedder=None) as memos:
        memory = MemOSMemory(memos, user_id="alice", token_limit=50)
        memory.put(system("Answer in rhymes."))
        for number in range(200):
            memory.put_messages([user(f"Question {number}?"), assistant("Yes.")])
        assert "Answer in rhymes." in contents(memory.get())


def test_19389_messages_keep_their_order() -> None:
    with MemOS(":memory:", embedder=None) as memos:
        memory = MemOSMemory(memos, user_id="alice")
        history = [user("1"), call("f", "a"), result("2", "a"), assistant("3"), user("4"), assistant("5"), user("6")]
        memory.put_messages(history[:4])
        memory.put(history[4])
        memory.put_messages(history[5:])
        assert memory.get_all() == history


def test_23183_a_set_that_fails_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **kwargs: Any) -> Any:
        raise StoreError("the disk is full")

    with MemOS(":memory:", embedder=None) as memos:
        memory = MemOSMemory(memos, user_id="alice", on_error="raise")
        memory.put_messages([user("1"), assistant("2")])
        with monkeypatch.context() as patch:
            for name in ("append", "commit"):
                patch.setattr(memos._engine.context.store, name, broken)
            with pytest.raises(StoreError):
                memory.set([user("another")])
        assert contents(memory.get_all()) == ["1", "2"]


def test_23184_sessions_that_begin_at_once_on_a_new_file_all_work(tmp_path: Path) -> None:
    async def go(memos: MemOS) -> list[list[ChatMessage]]:
        async def one(number: int) -> list[ChatMessage]:
            memory = MemOSMemory(memos, user_id=f"user-{number}", session_id="s")
            await memory.aput(user(f"I am {number}."))
            return await memory.aget_all()

        return await asyncio.gather(*(one(number) for number in range(20)))

    with MemOS(tmp_path / "m.db", embedder=None) as memos:
        assert [contents(one) for one in asyncio.run(go(memos))] == [[f"I am {number}."] for number in range(20)]


def test_23185_an_empty_batch_is_no_error() -> None:
    with MemOS(":memory:", embedder=None) as memos:
        memory = MemOSMemory(memos, user_id="alice", session_id="s1")
        memory.put_messages([])
        memory.set([])
        assert memory.get() == [] == memory.get_all()
        asyncio.run(memory.aput_messages([]))
        asyncio.run(MemOSMemoryBlock(memos, user_id="alice").aput([], session_id="s1"))
        assert episodes(memos, "alice") == []


def test_19509_no_system_prompt_stands_in_a_prompt_twice() -> None:
    with MemOS(":memory:", embedder=None) as memos:
        memos.remember("Always answer in French.", kind="preference", user_id="alice")
        llm = ScriptedLLM(answer=lambda messages: "Oui.")
        memory = MemOSMemory(memos, user_id="alice", session_id="s1")

        async def go() -> None:
            for _ in range(3):
                await FunctionAgent(llm=llm, system_prompt="You are a concierge.").run("Hello?", memory=memory)

        asyncio.run(go())
        for prompt in llm.prompts:
            assert told(prompt).count("You are a concierge.") == 1 == told(prompt).count("French")
        assert "system" not in shape(memory.get_all())


def test_12264_a_long_session_is_read_as_fast_as_its_prompt_is_long(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None, settings=Settings(worker="off")) as memos:
        memory = MemOSMemory(memos, user_id="alice", session_id="s1", token_limit=500)

        def seconds(name: str) -> float:
            memory.put(user(f"{name}?"))
            start = time.perf_counter()
            memory.get()
            return time.perf_counter() - start

        memory.put_messages([user(f"Question {number}? " + "word " * 20) for number in range(100)])
        few = min(seconds(f"a{number}") for number in range(5))
        memory.put_messages([m for number in range(2000) for m in (user(f"Question {number}? " + "word " * 20), assistant("Yes."))])
        many = min(seconds(f"b{number}") for number in range(5))
        assert many < 20 * few + 0.2


def test_22701_a_later_session_is_not_pinned_to_the_first_ones_user() -> None:
    with MemOS(":memory:", embedder=None) as memos:
        for name in ("alice", "bob"):
            memory = MemOSMemory(memos, user_id=name, session_id="s1")
            memory.put_messages([user(f"My name is {name}."), assistant("Hello.")])
        memory = MemOSMemory(memos, user_id="bob", session_id="s2")
        memory.put(user("What is my name?"))
        assert "alice" not in told(memory.get()) and "bob" in told(memory.get())


def test_a_turn_is_written_in_as_few_calls_as_the_framework_makes() -> None:
    """Mem0's memory sends each message alone, and searches with every ``get``."""
    with MemOS(":memory:", embedder=None) as memos:
        llm = ScriptedLLM(script=[call("f"), "Done."])
        writes: list[int] = []
        real = memos._engine.add

        async def counted(rt: Any, messages: Any, **options: Any) -> Any:
            writes.append(len(messages))
            return await real(rt, messages, **options)

        memos._engine.add = counted  # type: ignore[method-assign]

        def f() -> str:
            """Do it."""
            return "x"

        async def go() -> None:
            await FunctionAgent(tools=[f], llm=llm).run("Hello", memory=MemOSMemory(memos, user_id="alice", session_id="s1"))

        asyncio.run(go())
        assert writes == [1, 3], "the user's words, and all that answers them"
        assert len(said(memos, "alice", "s1")) == 4
