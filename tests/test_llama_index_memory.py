"""One object gives an agent of LlamaIndex its history and its long-term memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.workflow import Context

from memos_integrations import MemOS
from memos_integrations.llama_index import MemOSMemory

from .llama_index_agents import UPSTREAM, ScriptedLLM, call, said, shape, systems, told, user

pytestmark = UPSTREAM
QUESTION = "Where shall we eat Thai food?"


@pytest.fixture
def memos() -> Iterator[MemOS]:
    """Alice is allergic to peanuts and loves Thai food."""
    with MemOS(":memory:", embedder=None) as memos:
        memos.add_message(
            {"role": "user", "content": "I'm allergic to peanuts. I love Thai food."}, user_id="alice", conversation_id="before"
        )
        memos.wait(timeout=30)
        yield memos


def book(place: str) -> str:
    """Book a table."""
    return f"A table at {place} is booked."


def run(agent: Any, words: str, **options: Any) -> str:
    async def go() -> str:
        return str(await agent.run(words, **options))

    return asyncio.run(go())


def test_a_function_agent_is_told_what_matters_and_its_turn_is_remembered(memos: MemOS) -> None:
    llm = ScriptedLLM(script=[call("book", place="Thai Palace"), "It is booked."])
    agent = FunctionAgent(tools=[book], llm=llm, system_prompt="You are a concierge.")
    answer = run(agent, QUESTION, memory=MemOSMemory(memos, user_id="alice", session_id="s1"))
    assert answer == "It is booked."
    first, second = llm.prompts
    assert first[0].content == "You are a concierge."
    assert "Avoid peanuts" in systems(first)
    assert first[-1].role == "user" and first[-1].content.startswith(QUESTION)
    assert "Thai food" in first[-1].content.removeprefix(QUESTION)
    assert second[: len(first)] == first, "the prefix that a provider caches stays"
    assert said(memos, "alice", "s1") == [
        ("user", QUESTION),
        ("assistant", ""),
        ("tool", "A table at Thai Palace is booked."),
        ("assistant", "It is booked."),
    ]


def test_a_react_agent_is_told_too_with_a_system_prompt_or_without(memos: MemOS) -> None:
    for number, prompt in enumerate([None, "You are a concierge."]):
        llm = ScriptedLLM(functions=False, script=[
            'Thought: I book.\nAction: book\nAction Input: {"place": "Thai Palace"}',
            "Thought: Done.\nAnswer: It is booked.",
        ])  # fmt: skip
        agent = ReActAgent(tools=[book], llm=llm, system_prompt=prompt)
        assert run(agent, QUESTION, memory=MemOSMemory(memos, user_id="alice", session_id=f"r{number}")) == "It is booked."
        assert all("Avoid peanuts" in systems(prompt) for prompt in llm.prompts)
        assert said(memos, "alice", f"r{number}") == [("user", QUESTION), ("assistant", "It is booked.")]


def test_a_workflow_hands_over_between_agents_with_one_memory(memos: MemOS) -> None:
    llm = ScriptedLLM(script=[call("handoff", to_agent="booker", reason="booking"), call("book", "t2", place="Thai Palace"), "Booked."])
    host = FunctionAgent(name="host", description="Talks.", llm=llm, can_handoff_to=["booker"], system_prompt="You are the host.")
    booker = FunctionAgent(name="booker", description="Books.", llm=llm, tools=[book], system_prompt="You book.")
    workflow = AgentWorkflow(agents=[host, booker], root_agent="host")
    memory = MemOSMemory(memos, user_id="alice", session_id="w1")
    assert run(workflow, QUESTION, memory=memory) == "Booked."
    assert all("Avoid peanuts" in systems(prompt) for prompt in llm.prompts)
    assert shape(memory.get_all()) == ["user", "assistant", "tool", "assistant", "tool", "assistant"]
    assert len(said(memos, "alice", "w1")) == 6


def test_what_is_injected_is_never_stored_even_where_an_agent_writes_its_state_into_the_prompt(memos: MemOS) -> None:
    llm = ScriptedLLM(script=["Hello.", "Again."])
    agent = FunctionAgent(llm=llm, initial_state={"mood": "calm"})
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    run(agent, QUESTION, memory=memory)
    assert "Current state" in told(llm.prompts[0]) and QUESTION in told(llm.prompts[0])
    assert said(memos, "alice", "s1") == [("user", QUESTION), ("assistant", "Hello.")]
    handed_back = memory.get()
    run(agent, "And now?", memory=memory, chat_history=handed_back)
    assert said(memos, "alice", "s1") == [("user", QUESTION), ("assistant", "Hello."), ("user", "And now?"), ("assistant", "Again.")]
    assert [m.content for m in memory.get_all()] == [QUESTION, "Hello.", "And now?", "Again."]


def test_memory_is_asked_once_in_a_turn(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    asked: list[str] = []
    real = memos._engine.recaller.search

    async def counted(rt: Any, query: str, **options: Any) -> Any:
        asked.append(query)
        return await real(rt, query, **options)

    memos._engine.recaller.search = counted  # type: ignore[method-assign]
    llm = ScriptedLLM(script=[call("book", "t1", place="A"), call("book", "t2", place="B"), "Booked.", "Yes."])
    agent = FunctionAgent(tools=[book], llm=llm)
    ctx = Context(agent)
    run(agent, QUESTION, memory=memory, ctx=ctx)
    assert asked == [QUESTION]
    memory.put(user("yes"))
    memory.get(), memory.get("yes"), memory.get(input="yes")
    assert asked == [QUESTION, "yes"]


def test_a_chat_engine_keeps_its_history_over_sessions(memos: MemOS) -> None:
    llm = ScriptedLLM(script=["Hi.", "Thai Palace."])
    engine = SimpleChatEngine.from_defaults(llm=llm, memory=MemOSMemory(memos, user_id="alice", session_id="s1"))
    engine.chat("yes")
    again = SimpleChatEngine.from_defaults(llm=llm, memory=MemOSMemory(memos, user_id="alice", session_id="s1"))
    again.chat("yes")
    assert [m.content for m in again.chat_history] == ["yes", "Hi.", "yes", "Thai Palace."]
    assert said(memos, "alice", "s1") == [("user", "yes"), ("assistant", "Hi."), ("user", "yes"), ("assistant", "Thai Palace.")]
