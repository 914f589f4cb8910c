"""Memory in every way that an agent is run, and beside the middleware that others use."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import (
    HumanInTheLoopMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    PIIMiddleware,
    SummarizationMiddleware,
)
from langchain.agents.structured_output import ToolStrategy
from langchain.tools import ToolRuntime
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import Command
from pydantic import BaseModel

from memos_integrations import MemOS, Settings, StoreError
from memos_integrations.langchain import Injection, MemOSMiddleware

from .langchain_agents import ScriptedChat, User, asked, call, episodes, said, thread

QUESTION = "Where shall we eat Thai food?"


@pytest.fixture
def memory() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as memory:
        fill(memory)
        yield memory


def fill(memory: MemOS) -> None:
    """Alice is allergic to peanuts and loves Thai food."""
    memory.add_message({"role": "user", "content": "I'm allergic to peanuts. I love Thai food."}, user_id="alice", conversation_id="before")
    memory.wait(timeout=30)


@tool
def book(place: str) -> str:
    """Book a table."""
    return f"A table at {place} is booked."


def agent_of(memory: MemOS, model: ScriptedChat, *others: Any, before: bool = False, tools: Any = (), **options: Any) -> Any:
    ours = MemOSMiddleware(memory, **options.pop("ours", {}))
    options.setdefault("checkpointer", InMemorySaver())
    return create_agent(model, list(tools), middleware=[ours, *others] if before else [*others, ours], context_schema=User, **options)


def sees(model: ScriptedChat, number: int = -1) -> bool:
    """Whether memory was in a prompt, its head and its tail."""
    prompt = model.prompts[number]
    return "peanut" in prompt[0].text and any("Thai food" in m.text.partition("\n\n")[2] for m in prompt if isinstance(m, HumanMessage))


class TestWaysToRun:
    @pytest.mark.parametrize("mode", ["values", "updates", "messages", "custom", "debug", "checkpoints", "tasks"])
    def test_streams_show_nothing_of_it(self, memory: MemOS, mode: Any) -> None:
        model = ScriptedChat(script=[call("book", place="Ops"), "It is booked."])
        agent = agent_of(memory, model, tools=[book])
        shown = list(agent.stream(asked(QUESTION), thread("t"), context=User("alice"), stream_mode=mode))
        assert sees(model)
        assert "peanut" not in str(shown)
        assert shown or mode == "custom"
        assert len(said(memory, "alice", "t")) == 4

    def test_streams_of_events_show_it_only_where_the_model_is_called(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["The Thai place."])
        agent = agent_of(memory, model)

        async def run() -> list[Any]:
            return [event async for event in agent.astream_events(asked(QUESTION), thread("t"), context=User("alice"), version="v2")]

        events = asyncio.run(run())
        leaking = {event["event"] for event in events if "peanut" in str(event)}
        assert leaking <= {"on_chat_model_start", "on_chat_model_end", "on_chat_model_stream"}
        assert "on_chat_model_stream" in {event["event"] for event in events}
        assert said(memory, "alice", "t") == [("user", QUESTION), ("assistant", "The Thai place.")]

    @pytest.mark.parametrize("awaited", [False, True])
    def test_a_trace_shows_recall_apart_and_without_its_words(self, memory: MemOS, awaited: bool) -> None:
        class Tracer(BaseCallbackHandler):
            def __init__(self) -> None:
                self.runs: dict[Any, tuple[str, list[str]]] = {}
                self.recalls: list[tuple[list[str], Any]] = []

            def on_chain_start(self, serialized: Any, inputs: Any, *, run_id: Any, tags: Any = None, **options: Any) -> None:
                self.runs[run_id] = (str(options.get("name")), tags or [])

            def on_chain_end(self, outputs: Any, *, run_id: Any, **options: Any) -> None:
                name, tags = self.runs[run_id]
                if name == "memos.recall":
                    self.recalls.append((tags, outputs))

        tracer = Tracer()
        agent = agent_of(memory, ScriptedChat(script=["There."]))
        config = {**thread("t"), "callbacks": [tracer]}
        if awaited:
            asyncio.run(agent.ainvoke(asked(QUESTION), config, context=User("alice")))
        else:
            agent.invoke(asked(QUESTION), config, context=User("alice"))
        ((tags, outputs),) = tracer.recalls
        assert {"memos", "memos:recall"} <= set(tags)
        assert outputs["memory_ids"] and outputs["tokens"] > 0 and "peanut" not in str(outputs)

    @pytest.mark.parametrize("awaited", [False, True])
    def test_batches(self, memory: MemOS, awaited: bool) -> None:
        model = ScriptedChat(answer=lambda prompt: f"re: {prompt[-1].text.splitlines()[0]}")
        agent = create_agent(model, middleware=[MemOSMiddleware(memory, user_id="carol")], checkpointer=InMemorySaver())
        inputs = [asked(f"Question {i}") for i in range(8)]
        configs = [thread(f"t{i}") for i in range(8)]
        if awaited:
            asyncio.run(agent.abatch(inputs, configs))
        else:
            agent.batch(inputs, configs)
        for i in range(8):
            assert said(memory, "carol", f"t{i}") == [("user", f"Question {i}"), ("assistant", f"re: Question {i}")]

    @pytest.mark.parametrize("awaited", [False, True])
    def test_both_faces_do_the_same(self, memory: MemOS, awaited: bool) -> None:
        model = ScriptedChat(script=[call("book", place="Ops"), "It is booked."])
        agent = agent_of(memory.aio if awaited else memory, model, tools=[book])  # type: ignore[arg-type]
        if awaited:
            asyncio.run(agent.ainvoke(asked(QUESTION), thread("t"), context=User("alice")))
        else:
            agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        assert sees(model, 0) and sees(model, 1)
        assert [role for role, _ in said(memory, "alice", "t")] == ["user", "assistant", "tool", "assistant"]

    @pytest.mark.parametrize("before", [False, True])
    @pytest.mark.parametrize("awaited", [False, True])
    def test_an_interrupt_and_its_resume(self, memory: MemOS, before: bool, awaited: bool) -> None:
        injections: list[Injection] = []
        model = ScriptedChat(script=[call("book", place="Ops"), call("book", id="t2", place="Noma"), "Booked.", "Bye."])
        hitl = HumanInTheLoopMiddleware(interrupt_on={"book": True})
        agent = agent_of(memory, model, hitl, before=before, tools=[book], ours={"on_inject": injections.append})

        def run(given: Any) -> Any:
            if awaited:
                return asyncio.run(agent.ainvoke(given, thread("t"), context=User("alice")))
            return agent.invoke(given, thread("t"), context=User("alice"))

        assert run(asked(QUESTION))["__interrupt__"]
        memory.remember("Alice is allergic to shellfish.", kind="preference", user_id="alice")
        assert run(Command(resume={"decisions": [{"type": "approve"}]}))["__interrupt__"]
        assert sees(model, 1), "memory is there after the resume"
        run(Command(resume={"decisions": [{"type": "reject", "message": "no"}]}))
        assert sees(model, 2)
        assert "shellfish" not in model.prompts[0][0].text and "shellfish" in model.prompts[1][0].text
        assert len(injections) == 3, "one recall for the run and one for each resume"
        run(asked("Thanks."))
        roles = [role for role, _ in said(memory, "alice", "t")]
        assert roles == ["user", "assistant", "tool", "assistant", "tool", "assistant", "user", "assistant"]

    def test_after_a_resume_one_recall_serves_all_model_calls(self, memory: MemOS) -> None:
        injections: list[Injection] = []
        model = ScriptedChat(script=[call("book", place="A"), call("look", id="2"), call("look", id="3"), "Done."])

        @tool
        def look() -> str:
            """Look."""
            return "nothing"

        hitl = HumanInTheLoopMiddleware(interrupt_on={"book": True})
        agent = agent_of(memory, model, hitl, tools=[book, look], ours={"on_inject": injections.append})
        agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), thread("t"), context=User("alice"))
        assert len(model.prompts) == 4 and len(injections) == 2


class TestFailures:
    def test_a_failing_model_loses_nothing(self, memory: MemOS) -> None:
        model = ScriptedChat(script=[RuntimeError("down"), "Recovered."])
        agent = agent_of(memory, model)
        with pytest.raises(RuntimeError, match="down"):
            agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        assert said(memory, "alice", "t") == [("user", QUESTION)]
        agent.invoke(None, thread("t"), context=User("alice"))
        assert sees(model, 1)
        assert said(memory, "alice", "t") == [("user", QUESTION), ("assistant", "Recovered.")]

    def test_a_killed_process_loses_nothing_that_was_said(self, tmp_path: Path) -> None:
        code = """
import os, sys
from langchain.agents import create_agent
from memos_integrations import MemOS
from memos_integrations.langchain import MemOSMiddleware
from tests.langchain_agents import ScriptedChat, asked, thread
agent = create_agent(ScriptedChat(answer=lambda prompt: os._exit(9)), middleware=[MemOSMiddleware(MemOS(sys.argv[1], embedder=None), user_id="ann")])
agent.invoke(asked("My train leaves at nine."), thread("t"))
"""
        path = tmp_path / "memory.db"
        done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=Path(__file__).parent.parent, check=False, timeout=120)
        assert done.returncode == 9
        with MemOS(path, embedder=None) as reopened:
            assert said(reopened, "ann", "t") == [("user", "My train leaves at nine.")]

    @pytest.mark.parametrize("before", [False, True])
    def test_retries_recall_once_and_store_once(self, memory: MemOS, before: bool) -> None:
        injections: list[Injection] = []
        model = ScriptedChat(script=[RuntimeError("down"), RuntimeError("down"), "There."])
        retry = ModelRetryMiddleware(max_retries=2, initial_delay=0, jitter=False)
        agent = agent_of(memory, model, retry, before=before, ours={"on_inject": injections.append})
        agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        assert len(model.prompts) == 3 and sees(model) and len(injections) == 1
        assert said(memory, "alice", "t") == [("user", QUESTION), ("assistant", "There.")]

    def test_a_fallback_model_sees_it_too(self, memory: MemOS) -> None:
        broken, spare = ScriptedChat(script=[RuntimeError("down")]), ScriptedChat(script=["There."])
        agent = agent_of(memory, broken, ModelFallbackMiddleware(spare))
        agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        assert sees(spare)

    def test_a_failing_memory_is_said_and_the_agent_goes_on(self, memory: MemOS, caplog: pytest.LogCaptureFixture) -> None:
        injections: list[Injection] = []
        model = ScriptedChat(script=["Somewhere."])
        agent = agent_of(memory, model, ours={"on_inject": injections.append})
        memory.close()
        with caplog.at_level(logging.WARNING, logger="memos_integrations.langchain"):
            out = agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        assert out["messages"][-1].text == "Somewhere."
        assert [record.levelname for record in caplog.records] == ["WARNING"] * 3  # the question, the recall, the turn
        assert injections[0].recall is None and injections[0].error is not None

    def test_or_it_fails_the_run(self, memory: MemOS) -> None:
        agent = agent_of(memory, ScriptedChat(script=["never"]), ours={"on_error": "raise"})
        memory.close()
        with pytest.raises(Exception, match="closed") as caught:
            agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        assert not isinstance(caught.value, StoreError)


class TestOtherMiddleware:
    @pytest.mark.parametrize("before", [False, True])
    def test_what_is_masked_for_the_model_is_masked_for_memory(self, memory: MemOS, before: bool) -> None:
        model = ScriptedChat(script=["Noted.", "Sure."])
        agent = agent_of(memory, model, PIIMiddleware("email", strategy="redact"), before=before)
        agent.invoke(asked("Write to ann@example.org about the concert."), thread("t"), context=User("alice"))
        agent.invoke(asked("Do it."), thread("t"), context=User("alice"))
        memory.wait(timeout=30)
        assert "ann@example.org" not in str(model.prompts)
        everything = [one.model_dump_json() for one in memory.list_memories(status="any", user_id="alice")]
        assert "ann@example.org" not in "".join(everything)
        assert [text for _, text in said(memory, "alice", "t")] == [
            "Write to [REDACTED_EMAIL] about the concert.",
            "Noted.",
            "Do it.",
            "Sure.",
        ]

    @pytest.mark.parametrize("before", [False, True])
    def test_summaries_are_nobodys_words(self, memory: MemOS, before: bool) -> None:
        model = ScriptedChat(answer=lambda prompt: f"Answer {len(prompt)}.")
        summing = SummarizationMiddleware(
            model=ScriptedChat(answer=lambda prompt: "SUMMARY of it all"), trigger=("messages", 3), keep=("messages", 1)
        )
        agent = agent_of(memory, model, summing, before=before)
        for words in ("One fish.", "Two fish.", QUESTION):
            agent.invoke(asked(words), thread("t"), context=User("alice"))
        assert "SUMMARY of it all" in str(model.prompts[-1])
        assert sees(model)
        assert "SUMMARY" not in str(said(memory, "alice", "t"))
        assert [text for role, text in said(memory, "alice", "t") if role == "user"] == ["One fish.", "Two fish.", QUESTION]
        assert len([role for role, _ in said(memory, "alice", "t") if role == "assistant"]) == 3

    def test_a_summary_in_the_middle_of_a_turn(self, memory: MemOS) -> None:
        """The user's own message is gone from the prompt, and what it asked still counts."""
        model = ScriptedChat(script=[call("book", place="A"), call("book", id="t2", place="B"), "Done."])
        summing = SummarizationMiddleware(
            model=ScriptedChat(answer=lambda prompt: "SUMMARY"), trigger=("messages", 4), keep=("messages", 2)
        )
        agent = agent_of(memory, model, summing, tools=[book])
        agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        last = model.prompts[-1]
        assert "SUMMARY" in last[1].text and "peanut" in last[0].text
        assert isinstance(last[-1], ToolMessage) and last[-1].text == "A table at B is booked."
        assert [role for role, _ in said(memory, "alice", "t")] == ["user", "assistant", "tool", "assistant", "tool", "assistant"]

    def test_structured_output(self, memory: MemOS) -> None:
        class Choice(BaseModel):
            """Where to eat."""

            place: str

        model = ScriptedChat(script=[call("Choice", place="Ops")])
        agent = agent_of(memory, model, response_format=ToolStrategy(Choice))
        out = agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        assert out["structured_response"] == Choice(place="Ops")
        assert sees(model)
        assert [role for role, _ in said(memory, "alice", "t")] == ["user", "assistant", "tool"]

    def test_parallel_tool_calls(self, memory: MemOS) -> None:
        both = [{"name": "book", "args": {"place": place}, "id": place} for place in ("A", "B")]
        model = ScriptedChat(script=[AIMessage("", tool_calls=both), "Both are booked."])
        agent = agent_of(memory, model, tools=[book])
        agent.invoke(asked(QUESTION), thread("t"), context=User("alice"))
        turns = episodes(memory, "alice", "t")
        assert [turn.tool_call_id for turn in turns if turn.role == "tool"] == ["A", "B"]
        assert [len(turn.tool_calls or ()) for turn in turns if turn.role == "assistant"] == [2, 0]

    def test_a_second_one_of_another_scope(self, memory: MemOS) -> None:
        memory.remember("The office closes at six.", kind="fact", team="staff")
        model = ScriptedChat(script=[call("book", place="A"), "Done."])
        team = MemOSMiddleware(memory.scoped(team="staff"), name="staff", record=False)
        injections: list[Injection] = []
        agent = agent_of(memory, model, team, tools=[book], ours={"on_inject": injections.append})
        agent.invoke(asked("When does the office close, and is there Thai food?"), thread("t"), context=User("alice"))
        assert all("six" in str(prompt) and "peanut" in str(prompt) for prompt in model.prompts)
        assert len(injections) == 1
        assert episodes_of_team(memory) == []

    @pytest.mark.parametrize("awaited", [False, True])
    def test_an_agent_inside_a_tool_recalls_and_is_not_taken_for_the_user(self, memory: MemOS, awaited: bool) -> None:
        inner = ScriptedChat(script=["I found a place."])
        helper = create_agent(inner, middleware=[MemOSMiddleware(memory)], context_schema=User)

        @tool
        def research(task: str, runtime: ToolRuntime[User]) -> str:
            """Research something."""
            return str(helper.invoke(asked(task), context=runtime.context)["messages"][-1].text)

        @tool
        async def aresearch(task: str, runtime: ToolRuntime[User]) -> str:
            """Research something."""
            return str((await helper.ainvoke(asked(task), context=runtime.context))["messages"][-1].text)

        name = "aresearch" if awaited else "research"
        outer = ScriptedChat(script=[call(name, task="I love Thai food. Find some."), "There is one."])
        agent = agent_of(memory, outer, tools=[aresearch if awaited else research])
        if awaited:
            asyncio.run(agent.ainvoke(asked("Dinner?"), thread("t"), context=User("alice")))
        else:
            agent.invoke(asked("Dinner?"), thread("t"), context=User("alice"))
        assert sees(inner)
        assert said(memory, "alice", "t") == [
            ("user", "Dinner?"),
            ("assistant", ""),
            ("tool", "I found a place."),
            ("assistant", "There is one."),
        ]
        assert {turn.conversation_id for turn in episodes(memory, "alice")} == {"before", "t"}

    def test_an_agent_as_a_node_of_a_graph(self, memory: MemOS) -> None:
        model = ScriptedChat(answer=lambda prompt: f"Answer {len(prompt)}.")
        inner = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User)
        graph = StateGraph(MessagesState, context_schema=User)
        graph.add_node("concierge", inner)
        graph.add_edge(START, "concierge")
        outer = graph.compile(checkpointer=InMemorySaver())
        for words in ("Hello.", QUESTION):
            outer.invoke(asked(words), thread("t"), context=User("alice"))
        assert sees(model)
        assert [text for _, text in said(memory, "alice", "t")] == ["Hello.", "Answer 2.", QUESTION, "Answer 4."]

    def test_an_agent_in_a_workflow_that_sends_its_history_again(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Hi.", "Ops.", "Yes."])
        inner = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User)

        @entrypoint(checkpointer=InMemorySaver(), context_schema=User)
        def workflow(words: str, *, previous: Any) -> Any:
            history = [*(previous or []), {"role": "user", "content": words}]
            history.append({"role": "assistant", "content": inner.invoke({"messages": history})["messages"][-1].text})
            return entrypoint.final(value=history, save=history)

        for words in ("Hello.", QUESTION, "Really?"):
            workflow.invoke(words, thread("t"), context=User("alice"))
        assert [text for _, text in said(memory, "alice", "t")] == ["Hello.", "Hi.", QUESTION, "Ops.", "Really?", "Yes."]


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_in_a_thread_memory_holds_what_its_state_holds(memory: MemOS, seed: int) -> None:
    """Turns, tool calls, refused and approved interrupts, failing models, resumes, restarts of the application: each turn once, in order."""
    chance = random.Random(seed)
    saver = InMemorySaver()
    count = iter(range(10_000))

    def answer(prompt: list[Any]) -> Any:
        assert sum("peanut" in message.text for message in prompt) == 1, "once in every prompt"
        roll = chance.random()
        if roll < 0.2:
            return RuntimeError("down")
        if roll < 0.55:
            number = next(count)
            calls = [{"name": chance.choice(("book", "look")), "args": {"place": f"P{number}"}, "id": f"{number}-{i}"} for i in range(2)]
            return AIMessage(chance.choice(("", "Let me see.")), tool_calls=calls)
        return chance.choice(("Yes.", "No.", "Done."))

    @tool
    def look(place: str) -> str:
        """Look."""
        return chance.choice(("nothing", "something"))

    def fresh() -> Any:
        middleware = [MemOSMiddleware(memory), HumanInTheLoopMiddleware(interrupt_on={"book": True})]
        chance.shuffle(middleware)
        return create_agent(
            ScriptedChat(answer=answer),
            [book, look],
            system_prompt="Be kind.",
            middleware=middleware,
            context_schema=User,
            checkpointer=saver,
        )

    agent, given = fresh(), asked("Hello")
    for _ in range(25):
        if chance.random() < 0.2:
            agent = fresh()
        try:
            if chance.random() < 0.5:
                out = agent.invoke(given, thread("t"), context=User("alice"))
            else:
                out = asyncio.run(agent.ainvoke(given, thread("t"), context=User("alice")))
        except RuntimeError:
            given = chance.choice((None, asked("Hello?"), asked("Are you there?")))
            continue
        given = asked(chance.choice(("Yes", "Yes", "Go on", "And now?")))
        if asking := out.get("__interrupt__"):
            decisions = [chance.choice(({"type": "approve"}, {"type": "reject"})) for _ in asking[0].value["action_requests"]]
            given = Command(resume={"decisions": decisions})
    while agent.get_state(thread("t")).next:  # what is under way is handed over when it ends
        try:
            out = agent.invoke(given if isinstance(given, Command) else None, thread("t"), context=User("alice"))
        except RuntimeError:
            given = None
            continue
        if asking := out.get("__interrupt__"):
            given = Command(resume={"decisions": [{"type": "approve"} for _ in asking[0].value["action_requests"]]})
    roles = {"human": "user", "ai": "assistant", "tool": "tool"}
    held = [(roles[message.type], message.text) for message in agent.get_state(thread("t")).values["messages"]]
    assert said(memory, "alice", "t") == held
    assert "peanut" not in str(held)


@pytest.mark.parametrize("seed", [1, 5, 9, 10, 14, 16])
@pytest.mark.parametrize("keeps_tools", [True, False])
def test_whatever_a_client_sends_again_its_words_are_stored_once(memory: MemOS, seed: int, keeps_tools: bool) -> None:
    """No checkpointer: the client keeps the history, with or without tool calls, and tries again after errors and restarts."""
    chance = random.Random(seed)
    count = iter(range(10_000))

    def answer(prompt: list[Any]) -> Any:
        roll = chance.random()
        if roll < 0.2:
            return RuntimeError("down")
        if roll < 0.5:
            return call("book", id=str(next(count)), place=f"P{next(count)}")
        return chance.choice(("Yes.", "No.", f"Done {next(count)}."))

    def fresh() -> Any:
        return create_agent(ScriptedChat(answer=answer), [book], middleware=[MemOSMiddleware(memory)], context_schema=User)

    agent, history = fresh(), []
    for _ in range(15):
        if chance.random() < 0.15:
            agent = fresh()
        history.append(HumanMessage(chance.choice(("Yes", "Go on", f"Question {next(count)}"))))
        out = None
        while out is None:
            sent = {"messages": [message.model_copy(update={"id": None}) for message in history]}
            with contextlib.suppress(RuntimeError):
                out = agent.invoke(sent, thread("t"), context=User("alice"))
        history = [m for m in out["messages"] if keeps_tools or m.type == "human" or (m.type == "ai" and not m.tool_calls)]
    words = [("user" if m.type == "human" else "assistant", m.text) for m in history if m.type != "tool" and m.text]
    assert [(role, text) for role, text in said(memory, "alice", "t") if role != "tool" and text] == words


def episodes_of_team(memory: MemOS) -> list[Any]:
    return list(memory.list_memories(kinds=["episode"], team="staff"))


def test_a_thousand_interleaved_runs_of_two_users() -> None:
    """One agent object; nothing leaks, nothing is lost, nothing is doubled."""
    with MemOS(":memory:", embedder=None, settings=Settings(worker="off")) as memory:
        interleave(memory, 500)


def interleave(memory: MemOS, count: int) -> None:
    """So many runs of each of two users, through one agent, all at once, on a memory that nobody works for."""
    for user, what in (("alice", "peanuts"), ("bob", "shellfish")):
        memory.add_message({"role": "user", "content": f"I'm allergic to {what}."}, user_id=user, conversation_id="before")
    memory.drain()
    shuffled = random.Random(7)

    def answer(prompt: list[Any]) -> Any:
        words = next(m.text for m in reversed(prompt) if isinstance(m, HumanMessage)).splitlines()[0]
        mine, other = ("peanut", "shellfish") if words.startswith("alice") else ("shellfish", "peanut")
        assert mine in prompt[0].text and other not in str(prompt)
        return f"re: {words}"

    agent = create_agent(ScriptedChat(answer=answer), middleware=[MemOSMiddleware(memory)], context_schema=User)

    async def one(user: str, i: int) -> None:
        await asyncio.sleep(shuffled.random() / 10)
        await agent.ainvoke(asked(f"{user} asks number {i}"), thread(f"{user}-{i}"), context=User(user))

    async def run() -> None:
        jobs = [one(user, i) for i in range(count) for user in ("alice", "bob")]
        shuffled.shuffle(jobs)
        await asyncio.gather(*jobs)

    asyncio.run(run())
    for user in ("alice", "bob"):
        stored = sorted(turn.text for turn in all_turns(memory, user) if turn.conversation_id != "before")
        wanted = [f"{lead}{user} asks number {i}" for i in range(count) for lead in ("", "re: ")]
        assert stored == sorted(wanted)


def all_turns(memory: MemOS, user: str) -> list[Any]:
    found: list[Any] = []
    cursor = None
    while True:
        page = memory.list_memories(kinds=["episode"], user_id=user, limit=1000, cursor=cursor)
        found += page
        cursor = page.cursor
        if cursor is None:
            return found
