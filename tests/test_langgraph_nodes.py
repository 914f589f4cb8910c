"""``recall``, ``remember`` and ``with_memory`` in real graphs: each turn is stored once, whatever a run goes through."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, RetryPolicy, interrupt

from memos_integrations import AsyncMemOS, InvalidInput, InvalidScope, MemOS, Settings, StoreError
from memos_integrations.langgraph import MemoryState, Recollection, agent_scope, latest, prompt_messages, recall, remember, with_memory

from .langchain_agents import ScriptedChat, User, asked, call, said, thread
from .loops import Watch

ROOT = Path(__file__).resolve().parent.parent
ALICE = User("alice")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[MemOS]:
    with MemOS(tmp_path / "memory.db", embedder=None, settings=Settings(worker="off")) as memory:
        memory.remember("I am allergic to peanuts.", kind="preference", user_id="alice")
        memory.remember("Alice lives in Porto.", kind="fact", user_id="alice")
        yield memory


class Runner:
    """Runs graphs by one face, with a checkpointer on a file."""

    def __init__(self, face: str, path: Path) -> None:
        self.face = face
        self.path = str(path)

    def __call__(self, build: Callable[[Any], Any], steps: Callable[[Runner, Any], Any]) -> Any:
        """Build a graph on a checkpointer, and let ``steps``, a coroutine, ask it."""

        async def run() -> Any:
            async with self._saver() as saver:
                return await steps(self, build(saver))

        return asyncio.run(run())

    @asynccontextmanager
    async def _saver(self) -> AsyncIterator[Any]:
        if self.face == "async":
            async with AsyncSqliteSaver.from_conn_string(self.path) as saver:
                yield saver
        else:
            with SqliteSaver.from_conn_string(self.path) as saver:
                yield saver

    async def invoke(self, graph: Any, input: Any, config: Any, **options: Any) -> Any:
        options.setdefault("context", ALICE)
        return await graph.ainvoke(input, config, **options) if self.face == "async" else graph.invoke(input, config, **options)

    async def history(self, graph: Any, config: Any) -> list[Any]:
        if self.face == "async":
            return [state async for state in graph.aget_state_history(config)]
        return list(graph.get_state_history(config))

    async def update(self, graph: Any, config: Any, values: Any, **options: Any) -> Any:
        return (
            await graph.aupdate_state(config, values, **options) if self.face == "async" else graph.update_state(config, values, **options)
        )


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    return Runner(request.param, tmp_path / "checkpoints.db")


def scripted(*answers: Any) -> ScriptedChat:
    return ScriptedChat(script=list(answers))


def echo() -> ScriptedChat:
    """Says the same whenever it is asked the same."""
    return ScriptedChat(answer=lambda prompt: f"You said: {prompt[-1].text.split(chr(10))[0]}")


class TestRecall:
    """What it finds stands under a key of the state."""

    @staticmethod
    def graph(saver: Any, memory: MemOS, **options: Any) -> Any:
        builder = StateGraph(MemoryState, User)
        builder.add_node(recall(memory, **options))
        builder.add_edge(START, "recall")
        return builder.compile(checkpointer=saver)

    def test_it_is_typed_plain_and_no_message(self, run: Runner, memory: MemOS) -> None:
        async def steps(run: Runner, graph: Any) -> None:
            state = await run.invoke(graph, asked("Where does Alice live, and may she eat peanuts?"), thread("t"))
            found: Recollection = state["memories"]
            assert [message.text for message in state["messages"]] == ["Where does Alice live, and may she eat peanuts?"]
            assert "peanuts" in found["head"]
            assert "Porto" in found["tail"]
            assert found["text"] == f"{found['head']}\n\n{found['tail']}" or found["text"].startswith(found["head"])
            assert {one["kind"] for one in found["memories"]} == {"preference", "fact"}
            assert found["error"] is None
            for _ in range(3):
                state = await run.invoke(graph, asked("Peanuts?"), thread("t"))
            assert len(state["memories"]["memories"]) <= 2
            assert said(memory, "alice") == []

        run(lambda saver: self.graph(saver, memory), steps)

    def test_the_query_may_come_from_the_state(self, run: Runner, memory: MemOS) -> None:
        class Asking(MemoryState):
            topic: str

        for query in ("topic", lambda state: state["topic"]):
            builder = StateGraph(Asking, User)
            builder.add_node("look", recall(memory, query=query))
            builder.add_edge(START, "look")
            graph = builder.compile()
            assert graph.invoke({"messages": [HumanMessage("hm")], "topic": "Porto"}, context=ALICE)["memories"]["query"] == "Porto"

    def test_what_the_prompt_holds_is_not_recalled_once_more(self, run: Runner, memory: MemOS) -> None:
        async def steps(run: Runner, graph: Any) -> None:
            for words in ("My bicycle is red.", "Where is my bicycle?"):
                state = await run.invoke(graph, asked(words), thread("t"))
            assert not [one for one in state["memories"]["memories"] if one["kind"] == "episode"]
            state = await run.invoke(graph, asked("Where is my bicycle?"), thread("other"))
            assert "red" in state["memories"]["tail"]

        run(lambda saver: self.graph(saver, memory, record=True), steps)

    def test_two_branches_may_recall_for_one_state(self, memory: MemOS) -> None:
        builder = StateGraph(MemoryState, User)
        for name in ("one", "two"):
            builder.add_node(name, recall(memory, kinds=["fact"] if name == "one" else None))
            builder.add_edge(START, name)
        assert builder.compile().invoke(asked("Porto?"), context=ALICE)["memories"]["memories"]
        assert latest({"query": "old"}, None) == {"query": "old"}  # type: ignore[typeddict-item]

    def test_whose_memory_it_is_must_be_said(self, memory: MemOS) -> None:
        graph = self.graph(None, memory, on_error="warn")
        with pytest.raises(InvalidScope, match="nobody is named"):
            graph.invoke(asked("Hello"))
        assert graph.invoke(asked("Porto?"), {"configurable": {"user_id": "alice"}})["memories"]["memories"]
        assert not graph.invoke(asked("Porto?"), context=User("bob"))["memories"]["memories"]
        bound = self.graph(None, memory.scoped(user_id="alice"))  # type: ignore[arg-type]
        assert bound.invoke(asked("Porto?"))["memories"]["memories"]

    def test_a_failing_memory_is_told_or_raised(self, memory: MemOS, caplog: pytest.LogCaptureFixture) -> None:
        warned, strict = self.graph(None, memory), self.graph(None, memory, on_error="raise")
        memory.close()
        state = warned.invoke(asked("Porto?"), context=ALICE)
        assert state["memories"]["error"].startswith("Closed")
        assert state["memories"]["text"] == ""
        assert "goes on without it" in caplog.text
        with pytest.raises(Exception, match="was closed"):
            strict.invoke(asked("Porto?"), context=ALICE)

    @pytest.mark.parametrize("option", [{"deadline": 0}, {"limit": 0}, {"max_tokens": 0}, {"on_error": "quietly"}, {"tool_chars": -1}])
    def test_wrong_options_are_named(self, memory: MemOS, option: Any) -> None:
        with pytest.raises(InvalidInput) as caught:
            recall(memory, **option)
        assert caught.value.field == next(iter(option))

    def test_a_deadline_is_kept(self, memory: MemOS) -> None:
        assert self.graph(None, memory, deadline=5.0).invoke(asked("Porto?"), context=ALICE)["memories"]["memories"]


class TestWithMemory:
    """A ready graph around a model, an agent or a node."""

    def test_a_model_sees_memory_and_the_state_does_not(self, run: Runner, memory: MemOS) -> None:
        model = scripted("In Porto.", "No.")

        async def steps(run: Runner, graph: Any) -> None:
            await run.invoke(graph, {"messages": [SystemMessage("Be brief."), HumanMessage("Where does Alice live?")]}, thread("t"))
            state = await run.invoke(graph, asked("Peanuts?"), thread("t"))
            system, last = model.prompts[0][0], model.prompts[0][-1]
            assert system.text.startswith("Be brief.")
            assert "peanuts" in system.text
            assert last.text.startswith("Where does Alice live?")
            assert "Porto" in last.text
            assert [message.text for message in state["messages"]] == [
                "Be brief.",
                "Where does Alice live?",
                "In Porto.",
                "Peanuts?",
                "No.",
            ]

        run(lambda saver: with_memory(model, memory, context_schema=User, checkpointer=saver), steps)
        assert said(memory, "alice", "t")[1:] == [
            ("user", "Where does Alice live?"),
            ("assistant", "In Porto."),
            ("user", "Peanuts?"),
            ("assistant", "No."),
        ]

    def test_an_agent_with_tools_is_given_memory_once_and_all_of_its_turn_is_stored(self, run: Runner, memory: MemOS) -> None:
        @tool
        def weather(city: str) -> str:
            """The weather of a city."""
            return f"Sun in {city}."

        model = scripted(call("weather", city="Porto"), "It is sunny in Porto.")
        agent = create_agent(model, [weather])

        async def steps(run: Runner, graph: Any) -> None:
            state = await run.invoke(graph, asked("How is the weather where Alice lives?"), thread("t"))
            assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "ai"]
            assert "Porto" in model.prompts[1][1].text
            assert isinstance(model.prompts[1][-1], ToolMessage)

        run(lambda saver: with_memory(agent, memory, context_schema=User, checkpointer=saver), steps)
        assert [role for role, _ in said(memory, "alice", "t")] == ["user", "assistant", "tool", "assistant"]

    def test_an_agent_that_shortens_its_messages_still_answers(self, run: Runner, memory: MemOS) -> None:
        model = scripted("A summary of bicycles.", "It is red.")
        shorten = SummarizationMiddleware(model=model, trigger=("messages", 3), keep=("messages", 1))
        agent = create_agent(model, middleware=[shorten])

        async def steps(run: Runner, graph: Any) -> None:
            history = [HumanMessage("My bicycle is red."), AIMessage("Nice."), HumanMessage("Which colour has it?")]
            state = await run.invoke(graph, {"messages": history}, thread("t"))
            assert [message.text for message in state["messages"]] == [*(message.text for message in history), "It is red."]

        run(lambda saver: with_memory(agent, memory, context_schema=User, checkpointer=saver), steps)
        assert len(said(memory, "alice", "t")) == 4

    def test_a_node_of_one_s_own_reads_the_state_and_may_send_elsewhere(self, run: Runner, memory: MemOS) -> None:
        def answer(state: MemoryState) -> Any:
            assert state["memories"] is not None
            return Command(update={"messages": [AIMessage(f"{len(state['memories']['memories'])} memories")]}, goto="remember")

        async def steps(run: Runner, graph: Any) -> None:
            state = await run.invoke(graph, asked("Peanuts in Porto?"), thread("t"))
            assert state["messages"][-1].text == "2 memories"

        run(lambda saver: with_memory(answer, memory, context_schema=User, checkpointer=saver), steps)
        assert len(said(memory, "alice", "t")) == 2

    def test_as_a_node_of_a_larger_graph_it_keeps_its_own_scope(self, memory: MemOS) -> None:
        inner = with_memory(echo(), memory, context_schema=User, agent_id="writer", sharing="layered")
        builder = StateGraph(MemoryState, User)
        builder.add_node("write", inner)
        builder.add_node("remember", remember(memory))
        builder.add_edge(START, "write")
        builder.add_edge("write", "remember")
        graph = builder.compile()
        state = graph.invoke(asked("Peanuts?"), thread("t"), context=ALICE)
        assert "peanuts" in state["memories"]["head"]
        scopes = {(info.scope.user_id, info.scope.agent_id): info.memories.get("episode", 0) for info in memory.namespaces()}
        assert scopes == {("alice", None): 2, ("alice", "writer"): 2}


class TestOnce:
    """Each turn is stored once."""

    @staticmethod
    def build(model: Any, memory: MemOS, **options: Any) -> Callable[[Any], Any]:
        return lambda saver: with_memory(model, memory, context_schema=User, checkpointer=saver, **options)

    def test_over_an_interrupt_and_its_resume(self, run: Runner, memory: MemOS) -> None:
        def approve(state: MemoryState) -> Any:
            answer = interrupt("Shall I?")
            return {"messages": [AIMessage(f"Done: {answer}")]}

        async def steps(run: Runner, graph: Any) -> None:
            await run.invoke(graph, asked("Book a table."), thread("t"))
            assert said(memory, "alice") == [("user", "Book a table.")]
            await run.invoke(graph, Command(resume="yes"), thread("t"))

        run(self.build(approve, memory), steps)
        assert said(memory, "alice") == [("user", "Book a table."), ("assistant", "Done: yes")]

    def test_over_an_interrupt_inside_an_agent_s_tool(self, run: Runner, memory: MemOS) -> None:
        @tool
        def book(place: str) -> str:
            """Books a table."""
            return f"{interrupt('Sure?')}: {place}"

        agent = create_agent(scripted(call("book", place="Tasca"), "Booked."), [book])

        async def steps(run: Runner, graph: Any) -> None:
            await run.invoke(graph, asked("Book a table."), thread("t"))
            state = await run.invoke(graph, Command(resume="yes"), thread("t"))
            assert [message.text for message in state["messages"]] == ["Book a table.", "", "yes: Tasca", "Booked."]

        run(self.build(agent, memory), steps)
        assert [role for role, _ in said(memory, "alice")] == ["user", "assistant", "tool", "assistant"]

    def test_over_a_failing_model_and_the_next_attempt(self, run: Runner, memory: MemOS) -> None:
        model = scripted(RuntimeError("overloaded"), "Here.")

        async def steps(run: Runner, graph: Any) -> None:
            with pytest.raises(RuntimeError, match="overloaded"):
                await run.invoke(graph, asked("Where are you?"), thread("t"))
            assert said(memory, "alice") == [("user", "Where are you?")]
            await run.invoke(graph, None, thread("t"))

        run(self.build(model, memory), steps)
        assert said(memory, "alice") == [("user", "Where are you?"), ("assistant", "Here.")]

    def test_over_retries_of_the_node_itself(self, memory: MemOS) -> None:
        failures = [StoreError("locked"), StoreError("locked")]

        node = remember(memory, on_error="raise")
        true = node._blocking.add_message  # type: ignore[attr-defined]

        async def flaky(*args: Any, **options: Any) -> Any:
            receipt = await true(*args, **options)
            if failures:
                raise failures.pop()  # after the write: the caller cannot know
            return receipt

        node._blocking.add_message = flaky  # type: ignore[attr-defined]
        builder = StateGraph(MemoryState, User)
        builder.add_node(node, retry_policy=RetryPolicy(initial_interval=0.001, max_attempts=5, retry_on=StoreError))
        builder.add_edge(START, "remember")
        builder.compile().invoke({"messages": [HumanMessage("Hi."), AIMessage("Hello.")]}, thread("t"), context=ALICE)
        assert said(memory, "alice") == [("user", "Hi."), ("assistant", "Hello.")]

    @pytest.mark.parametrize("named", [True, False], ids=["named", "nameless"])
    def test_over_a_replay_from_every_checkpoint(self, run: Runner, memory: MemOS, named: bool) -> None:
        async def steps(run: Runner, graph: Any) -> None:
            for i, words in enumerate(("My cat is called Miso.", "yes", "yes")):
                await run.invoke(graph, {"messages": [HumanMessage(words, id=f"u{i}" if named else None)]}, thread("t"))
            before = said(memory, "alice")
            assert len(before) == 6
            for state in await run.history(graph, thread("t")):
                # a replay of the input itself sends it again: LangGraph gives it a new id then, unless it has one
                if state.next and (named or state.next != ("__start__",)):
                    await run.invoke(graph, None, state.config)
            assert said(memory, "alice") == before

        run(self.build(echo(), memory), steps)

    def test_a_fork_adds_what_is_new_and_revises_what_was_changed(self, run: Runner, memory: MemOS) -> None:
        async def steps(run: Runner, graph: Any) -> None:
            await run.invoke(graph, asked("My cat is called Miso."), thread("t"))
            state = await run.invoke(graph, asked("She is black."), thread("t"))
            history = await run.history(graph, thread("t"))
            before = next(one for one in history if one.next == ("respond",))
            changed = HumanMessage("She is white.", id=state["messages"][2].id)
            fork = await run.update(graph, before.config, {"messages": [changed]}, as_node="recall")
            await run.invoke(graph, None, fork)
            again = await run.update(graph, before.config, {"messages": [HumanMessage("And old.")]}, as_node="recall")
            await run.invoke(graph, None, again)

        run(self.build(echo(), memory), steps)
        turns = said(memory, "alice")
        assert [text for role, text in turns if role == "user"].count("My cat is called Miso.") == 1
        assert ("user", "And old.") in turns
        assert len([text for role, text in turns if role == "user" and text.startswith("She is")]) == 1

    def test_of_a_history_that_is_cut_nothing_is_stored_again(self, run: Runner, memory: MemOS) -> None:
        def cut(state: MemoryState) -> Any:
            if len(state["messages"]) < 4:
                return {"messages": [AIMessage(f"Answer {len(state['messages'])}")]}
            first = state["messages"][0].id
            assert first is not None
            return {"messages": [RemoveMessage(first), AIMessage("Cut.")]}

        async def steps(run: Runner, graph: Any) -> None:
            states = [await run.invoke(graph, asked(f"Question {i}."), thread("t")) for i in range(4)]
            assert [state["messages"][0].type for state in states] == ["human", "human", "ai", "human"]

        run(self.build(cut, memory), steps)
        turns = [text for _, text in said(memory, "alice", "t")]
        assert len(turns) == len(set(turns)) + 1  # "Cut." was said twice
        assert len(turns) == 8

    def test_without_a_checkpointer_a_history_that_is_sent_again_is_known_by_its_words(self, memory: MemOS) -> None:
        graph = with_memory(echo(), memory, context_schema=User)
        history: list[Any] = []
        for words in ("One.", "yes", "yes"):
            history = [*history, ("user", words)]
            answer = graph.invoke({"messages": history}, thread("t"), context=ALICE)["messages"][-1].text
            history = [*history, ("assistant", answer)]
        assert [text for _, text in said(memory, "alice", "t")] == [text for _, text in history]

    def test_without_a_thread_each_run_is_a_session_of_its_own(self, memory: MemOS) -> None:
        graph = with_memory(echo(), memory, context_schema=User)
        first = graph.invoke(asked("One."), context=ALICE)["messages"]
        graph.invoke({"messages": [(message.type, message.text) for message in first] + [("user", "Two.")]}, context=ALICE)
        assert [text for role, text in said(memory, "alice") if role == "user"] == ["One.", "Two."]

    def test_after_memory_failed_the_next_turn_brings_what_is_missing(self, run: Runner, memory: MemOS, tmp_path: Path) -> None:
        async def steps(run: Runner, graph: Any) -> None:
            await run.invoke(graph, asked("One."), thread("t"))

        closed = MemOS(tmp_path / "other.db", embedder=None)
        closed.close()
        run(self.build(echo(), closed), steps)
        run(self.build(echo(), memory), steps)
        assert [text for role, text in said(memory, "alice", "t") if role == "user"] == ["One.", "One."]


class TestOptions:
    """What a node is told."""

    def test_a_receipt_may_stand_in_the_state(self, memory: MemOS) -> None:
        class Told(MemoryState):
            receipt: dict[str, Any] | None

        builder = StateGraph(Told, User)
        builder.add_node(remember(memory, into="receipt"))
        builder.add_edge(START, "remember")
        state = builder.compile().invoke({"messages": [HumanMessage("Hi.")]}, thread("t"), context=ALICE)
        assert state["receipt"]["state"] == "pending"
        assert len(state["receipt"]["message_ids"]) == 1

    def test_the_names_of_a_context_may_be_others(self, memory: MemOS) -> None:
        builder = StateGraph(MemoryState, dict)
        builder.add_node("one", recall(memory, identity={"user_id": "uid"}))
        builder.add_node("two", recall(memory, identity=lambda context: {"user_id": context["account"]["owner"]}))
        builder.add_edge(START, "one")
        builder.add_edge("one", "two")
        context = {"uid": "alice", "account": {"owner": "bob"}}
        found = list(builder.compile().stream(asked("Porto?"), context=context, stream_mode="updates"))
        assert [len(next(iter(event.values()))["memories"]["memories"]) for event in found] == [1, 0]

    def test_a_result_of_a_tool_is_kept_up_to_a_length(self, memory: MemOS) -> None:
        turn = [HumanMessage("Read it."), call("read", id="1"), ToolMessage("x" * 500, tool_call_id="1"), AIMessage("Done.")]
        for chars in (0, 100):
            builder = StateGraph(MemoryState, User)
            builder.add_node(remember(memory, tool_chars=chars))
            builder.add_edge(START, "remember")
            builder.compile().invoke({"messages": turn}, thread(f"t{chars}"), context=ALICE)
        assert [len(text) for role, text in said(memory, "alice") if role == "tool"] == [100]


def test_no_node_blocks_the_event_loop(tmp_path: Path) -> None:
    async def steps() -> None:
        memory = AsyncMemOS(tmp_path / "memory.db", embedder=None)
        async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "checkpoints.db")) as saver:
            agent = agent_scope(memory, "one", reads=[agent_scope(memory, "two")])

            async def answer(state: MemoryState) -> Any:
                receipt = await agent.anote("The castle opens at ten.")
                await agent.ashare(receipt)
                return {"messages": [AIMessage("Noted.")]}

            graph = agent.with_memory(answer, context_schema=User, checkpointer=saver)
            with Watch() as watch:
                for i in range(3):
                    await graph.ainvoke(asked(f"When does castle {i} open?"), thread("t"), context=ALICE)
                assert watch.seen == []
                memory.sync.list_memories(user_id="alice")
                assert watch.seen != []
        await memory.close()

    asyncio.run(steps())


class TestStreaming:
    """Who streams sees what memory did."""

    def test_custom_events_say_what_was_recalled_and_stored(self, run: Runner, memory: MemOS) -> None:
        async def steps(run: Runner, graph: Any) -> None:
            options: Any = {"stream_mode": ["custom", "updates", "messages"], "context": ALICE}
            if run.face == "async":
                events = [event async for event in graph.astream(asked("Peanuts in Porto?"), thread("t"), **options)]
            else:
                events = list(graph.stream(asked("Peanuts in Porto?"), thread("t"), **options))
            custom = [event for mode, event in events if mode == "custom"]
            assert [event["type"] for event in custom] == ["memos.recall", "memos.remember"]
            assert custom[0]["text"].startswith("recalled 2 memories in ")
            assert custom[1]["count"] == 1
            updates = [event for mode, event in events if mode == "updates"]
            assert [next(iter(event)) for event in updates] == ["recall", "respond", "remember"]
            assert "".join(chunk.text for mode, (chunk, _) in ((m, e) for m, e in events if m == "messages")).startswith("You said")

        run(lambda saver: with_memory(echo(), memory, context_schema=User, checkpointer=saver), steps)


def test_the_prompt_is_made_without_changing_the_state() -> None:
    state: Any = {
        "messages": [HumanMessage("Hi", id="1")],
        "memories": {"query": "", "head": "HEAD", "tail": "TAIL", "text": "", "tokens": 0, "memories": [], "degraded": None, "error": None},
    }
    prompt = prompt_messages(state, system="Be kind.")
    assert [message.text for message in prompt] == ["Be kind.\n\nHEAD", "Hi\n\nTAIL"]
    assert [message.text for message in state["messages"]] == ["Hi"]
    assert [message.text for message in prompt_messages({"messages": state["messages"]})] == ["Hi"]


CRASH = """
import os, signal, sys
from langchain_core.messages import AIMessage
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import START, StateGraph
from memos_integrations import MemOS
from memos_integrations.langgraph import MemoryState, recall, remember

folder, crash = sys.argv[1], sys.argv[2] == "crash"
memory = MemOS(sys.argv[3], embedder=None)

def answer(state):
    open(folder + "/asked", "a").write("x")
    return {"messages": [AIMessage("Noted: Miso.")]}

def between(state):
    if crash:
        os.kill(os.getpid(), signal.SIGKILL)
    return {}

builder = StateGraph(MemoryState)
for node in (recall(memory), ("answer", answer), ("between", between), remember(memory)):
    builder.add_node(*node) if isinstance(node, tuple) else builder.add_node(node)
for a, b in ((START, "recall"), ("recall", "answer"), ("answer", "between"), ("between", "remember")):
    builder.add_edge(a, b)
with SqliteSaver.from_conn_string(folder + "/checkpoints.db") as saver:
    graph = builder.compile(checkpointer=saver)
    config = {"configurable": {"thread_id": "t", "user_id": "alice"}}
    graph.invoke({"messages": "My cat is called Miso."} if crash else None, config, durability="sync")
memory.close()
"""


def test_a_kill_between_the_answer_and_remember_loses_nothing(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, str(tmp_path / "memory.db"))


def kill_and_resume(folder: Path, store: str) -> None:
    """Kill a process between the model's answer and ``remember``, and go on in two others."""

    def start(mode: str) -> int:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run([sys.executable, "-c", CRASH, str(folder), mode, store], env=env, check=False, timeout=120).returncode

    assert start("crash") == -signal.SIGKILL
    assert start("resume") == 0
    assert start("resume") == 0
    assert (folder / "asked").read_text() == "x"
    with MemOS(store, embedder=None) as memory:
        assert said(memory, "alice", "t") == [("user", "My cat is called Miso."), ("assistant", "Noted: Miso.")]
        memory.wait(timeout=60)
        assert "Miso" in memory.search_memory("What is the name of my cat?", user_id="alice").instruction.text


@pytest.mark.parametrize("odd", ["from a file: \0", "decoded wrongly: \ud83d", "lorem " * 100])
def test_a_message_that_memory_cannot_take_as_it_is_keeps_none_of_its_thread_from_it(odd: str) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(max_content_chars=200)) as memory:
        graph = with_memory(ScriptedChat(script=["One.", "Two."]), memory, user_id="ann", on_error="raise", checkpointer=InMemorySaver())
        graph.invoke(asked(odd), thread("t"))
        graph.invoke(asked("I hate olives."), thread("t"))
        memory.wait(timeout=30)
        assert len(said(memory, "ann")) == 4
        assert [one.text for one in memory.list_memories(user_id="ann", kinds=["preference"])] == ["The user hates olives."]
