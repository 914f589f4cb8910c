"""Memory in every way that an agent of LlamaIndex is run."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import MockEmbedding, VectorStoreIndex
from llama_index.core.agent.workflow import AgentStream, AgentWorkflow, CodeActAgent, FunctionAgent, ReActAgent
from llama_index.core.chat_engine import CondensePlusContextChatEngine, CondenseQuestionChatEngine, ContextChatEngine, SimpleChatEngine
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import TextNode
from llama_index.core.workflow import Context, HumanResponseEvent, InputRequiredEvent, JsonPickleSerializer, JsonSerializer

from memos_integrations import MemOS
from memos_integrations.llama_index import MemOSMemory, register_memory

from .llama_index_agents import UPSTREAM, ScriptedLLM, assistant, call, calls, said, shape, systems, told, user

pytestmark = UPSTREAM
QUESTION = "Where shall we eat Thai food?"


def taught(memos: MemOS) -> MemOS:
    """Alice is allergic to peanuts and loves Thai food."""
    memos.add_message({"role": "user", "content": "I'm allergic to peanuts. I love Thai food."}, user_id="alice", conversation_id="before")
    memos.wait(timeout=30)
    return memos


@pytest.fixture
def memos() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as memos:
        yield taught(memos)


def book(place: str) -> str:
    """Book a table."""
    return f"A table at {place} is booked."


async def ask(ctx: Context) -> str:
    """Ask the human."""
    event = await ctx.wait_for_event(HumanResponseEvent, waiter_id="q", waiter_event=InputRequiredEvent(prefix="May I?"))
    return f"The human says {event.response}."


ask.__annotations__["ctx"] = Context  # LlamaIndex reads no annotation that is a string


def test_a_stream_is_remembered_whole(memos: MemOS) -> None:
    async def go() -> tuple[str, str]:
        llm = ScriptedLLM(script=["One two three."])
        agent = FunctionAgent(llm=llm, streaming=True)
        handler = agent.run(QUESTION, memory=MemOSMemory(memos, user_id="alice", session_id="s1"))
        streamed = "".join([event.delta async for event in handler.stream_events() if isinstance(event, AgentStream)])
        return streamed, str(await handler)

    assert asyncio.run(go()) == ("One two three.", "One two three.")
    assert said(memos, "alice", "s1") == [("user", QUESTION), ("assistant", "One two three.")]


def test_parallel_calls_keep_their_results(memos: MemOS) -> None:
    from llama_index.core.tools import ToolSelection

    both = calls(*(ToolSelection(tool_id=i, tool_name="book", tool_kwargs={"place": i}) for i in ("A", "B")))
    llm = ScriptedLLM(script=[both, "Both.", "Yes."])
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")

    async def go() -> None:
        agent = FunctionAgent(tools=[book], llm=llm)
        await agent.run("Book both.", memory=memory)
        await agent.run("Sure?", memory=memory)

    asyncio.run(go())
    prompt = [message for message in llm.prompts[-1] if message.role != "system"]
    assert shape(prompt) == ["user", "assistant", "tool", "tool", "assistant", "user"]
    assert {c.tool_id for c in prompt[1].additional_kwargs["tool_calls"]} == {"A", "B"}


def test_a_human_in_the_loop_answers_and_the_turn_is_stored_once(memos: MemOS) -> None:
    async def go() -> str:
        llm = ScriptedLLM(script=[call("ask"), "Done."])
        agent = FunctionAgent(tools=[ask], llm=llm)
        handler = agent.run("Do it.", memory=MemOSMemory(memos, user_id="alice", session_id="s1"))
        async for event in handler.stream_events():
            if isinstance(event, InputRequiredEvent):
                assert handler.ctx is not None
                handler.ctx.send_event(HumanResponseEvent(response="yes"))
        return str(await handler)

    assert asyncio.run(go()) == "Done."
    assert [text for _, text in said(memos, "alice", "s1")] == ["Do it.", "", "The human says yes.", "Done."]


@pytest.mark.parametrize("serializer", [JsonSerializer(), JsonPickleSerializer()])
def test_a_context_that_waits_for_a_human_is_saved_and_restored(memos: MemOS, serializer: Any) -> None:
    register_memory("runs", memos)
    llm = ScriptedLLM(script=[call("ask"), "Done."])
    agent = FunctionAgent(tools=[ask], llm=llm)

    async def begin() -> dict[str, Any]:
        handler = agent.run("Do it.", memory=MemOSMemory(memos, user_id="alice", session_id="s1"))
        async for event in handler.stream_events():
            if isinstance(event, InputRequiredEvent):
                break
        assert handler.ctx is not None
        saved = handler.ctx.to_dict(serializer=serializer)
        await handler.cancel_run()
        return saved

    async def end(saved: dict[str, Any]) -> str:
        ctx = Context.from_dict(agent, saved, serializer=serializer)
        handler = agent.run(ctx=ctx)
        assert handler.ctx is not None
        handler.ctx.send_event(HumanResponseEvent(response="yes"))
        return str(await handler)

    saved = json.loads(json.dumps(asyncio.run(begin())))
    assert asyncio.run(end(saved)) == "Done."
    assert [text for _, text in said(memos, "alice", "s1")] == ["Do it.", "", "The human says yes.", "Done."]
    assert all("Avoid peanuts" in systems(prompt) for prompt in llm.prompts)


def test_a_serializer_that_names_its_types_restores_it(memos: MemOS) -> None:
    register_memory("runs", memos)
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    saved = JsonSerializer().serialize(memory)
    for allowed in (MemOSMemory, "memos_integrations.llama_index._memory.MemOSMemory"):
        again = JsonSerializer(allowed_types=[allowed]).deserialize(saved)
        assert isinstance(again, MemOSMemory) and again.session_id == "s1"


OTHER_PROCESS = """
import asyncio, json, sys
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.workflow import Context, JsonSerializer
from tests.llama_index_agents import ScriptedLLM, told

async def go():
    llm = ScriptedLLM(script=["Mango."])
    agent = FunctionAgent(llm=llm)
    ctx = Context.from_dict(agent, json.load(sys.stdin), serializer=JsonSerializer())
    await agent.run("And for dessert?", ctx=ctx)
    print(json.dumps({"prompt": told(llm.prompts[0])}))

asyncio.run(go())
"""


def test_a_saved_context_goes_on_in_another_process(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None) as memos:
        taught(memos)

        async def go() -> dict[str, Any]:
            agent = FunctionAgent(llm=ScriptedLLM(script=["Thai Palace."]))
            ctx = Context(agent)
            await agent.run(QUESTION, memory=MemOSMemory(memos, user_id="alice", session_id="s1"), ctx=ctx)
            return ctx.to_dict(serializer=JsonSerializer())

        saved = json.dumps(asyncio.run(go()))
        assert QUESTION not in saved.replace(f'"user_msg_str": "\\"{QUESTION}\\""', "")
        done = subprocess.run(
            [sys.executable, "-c", OTHER_PROCESS],
            input=saved,
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).parent.parent,
        )
        assert done.returncode == 0, done.stderr
        prompt = json.loads(done.stdout)["prompt"]
        assert "Avoid peanuts" in prompt and QUESTION in prompt and "Thai Palace." in prompt and "And for dessert?" in prompt
        assert said(memos, "alice", "s1") == [
            ("user", QUESTION), ("assistant", "Thai Palace."), ("user", "And for dessert?"), ("assistant", "Mango."),
        ]  # fmt: skip


def test_several_workers_serve_one_session_in_turn(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None) as one, MemOS(tmp_path / "m.db", embedder=None) as two:

        async def go() -> None:
            for number in range(6):
                memory = MemOSMemory((one, two)[number % 2], user_id="alice", session_id="s1")
                await FunctionAgent(llm=ScriptedLLM(script=[f"Answer {number}."])).run(f"Question {number}?", memory=memory)

        asyncio.run(go())
        texts = [text for _, text in said(two, "alice", "s1")]
        assert texts == [text for n in range(6) for text in (f"Question {n}?", f"Answer {n}.")]


def test_agents_of_a_workflow_share_a_user_or_keep_to_themselves(memos: MemOS) -> None:
    def run(agent: str, sharing: Any, words: str) -> list[Any]:
        llm = ScriptedLLM(script=[call("handoff", to_agent="second", reason="x"), "Done."])
        first = FunctionAgent(name="first", description="d", llm=llm, can_handoff_to=["second"])
        second = FunctionAgent(name="second", description="d", llm=llm)
        memory = MemOSMemory(memos, user_id="bob", agent_id=agent, sharing=sharing)

        async def go() -> None:
            await AgentWorkflow(agents=[first, second], root_agent="first").run(words, memory=memory)

        asyncio.run(go())
        memos.wait(timeout=30)
        return llm.prompts

    run("tutor", "shared", "I'm vegetarian.")
    run("nurse", "isolated", "I'm allergic to penicillin.")
    shared = run("cook", "shared", "What shall I eat?")
    assert len(shared) == 2 and all("vegetarian" in told(prompt) and "penicillin" not in told(prompt) for prompt in shared)
    isolated = run("nurse", "isolated", "What do you know?")
    assert all("penicillin" in told(prompt) and "vegetarian" not in told(prompt) for prompt in isolated)
    layered = run("nurse", "layered", "What do you know?")
    assert all("penicillin" in told(prompt) and "vegetarian" in told(prompt) for prompt in layered)


def test_a_model_that_fails_leaves_the_users_words(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")

    async def go() -> None:
        agent = FunctionAgent(llm=ScriptedLLM(script=[RuntimeError("overloaded"), "Hello."]))
        with pytest.raises(RuntimeError):
            await agent.run("Hello?", memory=memory)
        assert said(memos, "alice", "s1") == [("user", "Hello?")]
        await agent.run("Hello?", memory=memory)

    asyncio.run(go())
    assert [text for _, text in said(memos, "alice", "s1")] == ["Hello?", "Hello?", "Hello."]


def test_a_reasoning_agent_that_is_corrected_and_one_that_runs_code_are_told(memos: MemOS) -> None:
    llm = ScriptedLLM(functions=False, script=["nonsense\nAction: {", "Thought: I know.\nAnswer: Hello."])
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    coder = ScriptedLLM(script=["<execute>1</execute>", "Hello."])

    async def go() -> list[str]:
        first = str(await ReActAgent(llm=llm).run(QUESTION, memory=memory))
        agent = CodeActAgent(code_execute_fn=lambda code: "1", llm=coder)
        return [first, str(await agent.run("And now?", memory=memory))]

    assert asyncio.run(go()) == ["Hello.", "Hello."]
    assert all("Avoid peanuts" in told(prompt) for prompt in (*llm.prompts, *coder.prompts))
    assert [text for _, text in said(memos, "alice", "s1")][:2] == [QUESTION, "Hello."]


def test_an_agent_stopped_for_its_length_still_knows(memos: MemOS) -> None:
    llm = ScriptedLLM(answer=lambda messages: "So far." if "maximum" in told(messages[-1:]).lower() else call("book", place="x"))
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")

    async def go() -> str:
        agent = FunctionAgent(tools=[book], llm=llm, early_stopping_method="generate")
        return str(await agent.run(QUESTION, memory=memory, max_iterations=2))

    assert asyncio.run(go()) == "So far."
    assert "Avoid peanuts" in systems(llm.prompts[-1])


def index() -> VectorStoreIndex:
    return VectorStoreIndex([TextNode(text="Thai Palace serves peanut-free dishes.")], embed_model=MockEmbedding(8))


def engines(llm: ScriptedLLM, memory: MemOSMemory) -> dict[str, Any]:
    retriever = index().as_retriever()
    return {
        "simple": SimpleChatEngine.from_defaults(llm=llm, memory=memory),
        "context": ContextChatEngine.from_defaults(retriever=retriever, llm=llm, memory=memory),
        "condense_plus_context": CondensePlusContextChatEngine.from_defaults(retriever=retriever, llm=llm, memory=memory),
        "condense_question": CondenseQuestionChatEngine.from_defaults(
            query_engine=RetrieverQueryEngine.from_args(retriever, llm=llm), llm=llm, memory=memory
        ),
    }


@pytest.mark.parametrize("kind", ["simple", "context", "condense_plus_context", "condense_question"])
@pytest.mark.parametrize("way", ["chat", "stream", "achat", "astream"])
def test_every_chat_engine_is_told_and_remembers_each_turn_once(memos: MemOS, kind: str, way: str) -> None:
    llm = ScriptedLLM(answer=lambda messages: "Thai Palace.")
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    engine = engines(llm, memory)[kind]

    def ask(words: str) -> None:
        if way == "chat":
            engine.chat(words)
        elif way == "stream":
            for _ in engine.stream_chat(words).response_gen:
                pass
        elif way == "achat":
            asyncio.run(engine.achat(words))
        else:

            async def go() -> None:
                async for _ in (await engine.astream_chat(words)).async_response_gen():
                    pass

            asyncio.run(go())

    ask(QUESTION)
    assert kind == "condense_question" or any("Avoid peanuts" in told(prompt) for prompt in llm.prompts)
    ask("yes")
    assert any("Avoid peanuts" in told(prompt) for prompt in llm.prompts)
    assert [m.content for m in memory.get_all()] == [QUESTION, "Thai Palace.", "yes", "Thai Palace."]
    assert [text for _, text in said(memos, "alice", "s1")] == [QUESTION, "Thai Palace.", "yes", "Thai Palace."]
    engine.reset()
    assert engine.chat_history == []


def test_words_that_are_template_fields_are_not_filled_in(memos: MemOS) -> None:
    memos.add_message({"role": "user", "content": "I like {context_str} and {query_str}."}, user_id="bob", conversation_id="before")
    memos.wait(timeout=30)
    llm = ScriptedLLM(answer=lambda messages: "Fine.")
    engine = ContextChatEngine.from_defaults(
        retriever=index().as_retriever(), llm=llm, memory=MemOSMemory(memos, user_id="bob", session_id="s1")
    )
    engine.chat("What do I like?")
    assert "I like Thai Palace serves" not in told(llm.prompts[-1])


def test_the_head_is_the_same_bytes_in_every_turn(memos: MemOS) -> None:
    llm = ScriptedLLM(answer=lambda messages: "Fine.")
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")

    async def go() -> None:
        for words in (QUESTION, "What else?", "And tomorrow?"):
            await FunctionAgent(llm=llm, system_prompt="S").run(words, memory=memory)

    asyncio.run(go())
    heads = {systems(prompt) for prompt in llm.prompts}
    assert len(heads) == 1
    assert llm.prompts[1][:3] == llm.prompts[0][:3], "so does the prefix that a provider caches"


def test_all_of_it_can_stand_in_the_system_text(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1", position="system")
    memory.put(user(QUESTION))
    prompt = memory.get()
    assert prompt[-1].content == QUESTION
    assert "Avoid peanuts" in systems(prompt) and "Thai food" in systems(prompt)


def test_a_picture_without_words_gets_the_head_and_comes_back(memos: MemOS) -> None:
    from llama_index.core.llms import ChatMessage, ImageBlock

    picture = ChatMessage(role="user", blocks=[ImageBlock(url="https://example.org/cat.png")])
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    memory.put(picture)
    assert "Avoid peanuts" in systems(memory.get())
    assert memory.get_all() == [picture]


def test_an_unsaved_memory_is_no_silent_loss(memos: MemOS, caplog: pytest.LogCaptureFixture) -> None:
    async def go() -> dict[str, Any]:
        agent = FunctionAgent(llm=ScriptedLLM(script=["Hi."]))
        ctx = Context(agent)
        await agent.run("Hello", memory=MemOSMemory(memos, user_id="carol"), ctx=ctx)
        return ctx.to_dict(serializer=JsonSerializer())

    with MemOS(":memory:", embedder=None) as other, caplog.at_level(logging.ERROR, "memos_integrations.llama_index"):
        memos = other
        with pytest.warns(match="memory"):
            asyncio.run(go())
    assert "register_memory" in caplog.text


def test_assistants_words_are_not_learnt_as_the_users(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="dora", session_id="s1")
    memory.put_messages([user("Tell me something."), assistant("I love Italian food and I'm allergic to nuts.")])
    memos.wait(timeout=30)
    learnt = " ".join(one.text for one in memos.list_memories(user_id="dora", kinds=["preference", "fact"]))
    assert "Italian" not in learnt and "nuts" not in learnt
