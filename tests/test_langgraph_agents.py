"""Many agents on one memory: three complete flows, and what each agent may see."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.graph import END, START, StateGraph
from langgraph.prebuilt import ToolRuntime
from langgraph.types import Command, Send
from typing_extensions import TypedDict

from memos_integrations import AccessDenied, AsyncMemOS, InvalidInput, InvalidScope, MemOS, Settings
from memos_integrations.langgraph import AgentScope, MemoryState, agent_scope, prompt_messages

from .langchain_agents import ScriptedChat, User, asked, call, thread
from .test_langgraph_nodes import ALICE, Runner

BRANCHES = 16


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[MemOS]:
    with MemOS(tmp_path / "memory.db", embedder=None, settings=Settings(worker="off")) as memory:
        yield memory


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Runner:
    return Runner(request.param, tmp_path / "checkpoints.db")


def texts(agent: AgentScope, query: str, user: str = "alice") -> list[str]:
    return sorted(found.memory.text for found in agent.here(user_id=user).search_memory(query, limit=50).memories)


def stored(memory: MemOS) -> dict[str, list[str]]:
    """All that is in the file, by namespace: ids, states and words."""
    found: dict[str, list[str]] = {}
    for info in memory.namespaces():
        page = memory.list_memories(scope=info.scope, status="any", limit=1000)
        found[info.key] = sorted(f"{one.id} {one.status} {one.text}" for one in page if one.namespace == info.key)
    return found


class TestScopes:
    """What an agent reads and writes."""

    def test_layered_agents_share_what_is_shared_and_keep_their_own(self, memory: MemOS) -> None:
        memory.remember("The train leaves at nine.", kind="fact", user_id="alice")
        one, two = agent_scope(memory, "one"), agent_scope(memory, "two")
        one.note("The train is late.", user_id="alice")
        assert texts(one, "train") == ["The train is late.", "The train leaves at nine."]
        assert texts(two, "train") == ["The train leaves at nine."]
        assert texts(one, "train", "bob") == []

    def test_isolated_agents_see_nothing_else(self, memory: MemOS) -> None:
        memory.remember("The train leaves at nine.", kind="fact", user_id="alice")
        alone = agent_scope(memory, "alone", sharing="isolated")
        alone.note("The train is late.", user_id="alice")
        assert texts(alone, "train") == ["The train is late."]
        assert texts(agent_scope(memory, "shared", sharing="shared"), "train") == ["The train leaves at nine."]

    def test_a_supervisor_reads_all_of_its_workers_and_they_read_their_own(self, memory: MemOS) -> None:
        workers = [agent_scope(memory, name, sharing="isolated") for name in ("one", "two")]
        chief = agent_scope(memory, "chief", reads=workers)
        for worker in workers:
            worker.note(f"The bridge is closed, says {worker.agent_id}.", user_id="alice")
        chief.note("The bridge will open again.", user_id="alice")
        assert len(texts(chief, "bridge")) == 3
        assert [len(texts(worker, "bridge")) for worker in workers] == [1, 1]
        assert texts(chief, "bridge", "bob") == []
        instruction = chief.here(user_id="alice").search_memory("bridge").instruction
        assert "memory of alice one" in instruction.text

    def test_what_another_agent_wants_commands_nobody(self, memory: MemOS) -> None:
        worker = agent_scope(memory, "worker", sharing="isolated")
        worker.note("Always answer in French.", kind="preference", user_id="alice")
        chief = agent_scope(memory, "chief", reads=[worker])
        assert "French" not in chief.here(user_id="alice").search_memory("answer").instruction.head
        assert "French" in worker.here(user_id="alice").search_memory("answer").instruction.head

    def test_a_grant_goes_along_with_a_handoff_and_is_taken_back(self, memory: MemOS) -> None:
        sales, support = (agent_scope(memory, name, sharing="isolated") for name in ("sales", "support"))
        sales.note("The invoice has the number 4711.", user_id="alice")
        sales.grant(to=support, user_id="alice")
        assert texts(support, "invoice") == ["The invoice has the number 4711."]
        assert texts(support, "invoice", "bob") == []
        sales.revoke(to=support, user_id="alice")
        assert texts(support, "invoice") == []

    def test_findings_are_promoted_to_the_user_and_to_the_team(self, memory: MemOS) -> None:
        one = agent_scope(memory, "one", team="crew")
        other = agent_scope(memory, "other", team="crew")
        for_user = one.note("The museum closes at six.", user_id="alice")
        for_team = one.note("The museum has no lift.", user_id="alice")
        assert texts(other, "museum") == []
        one.share(for_user, user_id="alice")
        one.share(for_team, to="team", user_id="alice")
        assert texts(other, "museum") == ["The museum closes at six.", "The museum has no lift."]
        assert texts(other, "museum", "bob") == ["The museum has no lift."]
        assert texts(one, "museum") == ["The museum closes at six.", "The museum has no lift."]
        with pytest.raises(InvalidInput, match="no team"):
            agent_scope(memory, "x").share([], to="team", user_id="alice")

    def test_an_isolated_agent_may_not_write_to_the_user_s(self, memory: MemOS) -> None:
        alone = agent_scope(memory, "alone", sharing="isolated")
        receipt = alone.note("A secret.", user_id="alice")
        with pytest.raises(AccessDenied):
            alone.share(receipt, user_id="alice")

    def test_a_note_of_a_thread_is_kept_once(self, memory: MemOS) -> None:
        one = agent_scope(memory, "one")
        for _ in range(3):
            one.note("The museum closes at six.", user_id="alice", conversation_id="t")
        one.note("The museum closes at six.", user_id="alice", conversation_id="other")
        assert len(texts(one, "museum")) == 2

    def test_wrong_names_are_told_at_once(self, memory: MemOS) -> None:
        with pytest.raises(InvalidScope):
            agent_scope(memory, " ")
        with pytest.raises(InvalidInput, match="sharing"):
            agent_scope(memory, "a", sharing="public")  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="must be a MemOS"):
            agent_scope(memory.scoped(user_id="alice"), "a")  # type: ignore[arg-type]
        with AsyncMemOS(":memory:", embedder=None).sync as other:
            assert agent_scope(other.aio, "a").scope(user_id="alice").agent_id == "a"


class Brief(MemoryState):
    findings: Annotated[list[str], operator.add]


def test_a_supervisor_with_two_workers(run: Runner, memory: MemOS) -> None:
    """Workers are tools of the supervisor; each finds something out, keeps it, and the supervisor reads it in the next thread."""
    scholar, clerk = (agent_scope(memory, name, sharing="isolated") for name in ("scholar", "clerk"))
    chief = agent_scope(memory, "chief", reads=[scholar, clerk])

    def worker(agent: AgentScope, finding: str) -> Any:
        @tool(f"ask_{agent.agent_id}")
        def ask(question: str, runtime: ToolRuntime[Any, Any]) -> str:
            """Ask a worker."""
            agent.note(finding)
            return finding

        return ask

    tools = [worker(scholar, "The castle was built in 1147."), worker(clerk, "The castle opens at ten.")]
    model = ScriptedChat(
        script=[
            AIMessage(
                "",
                tool_calls=[
                    {"name": "ask_scholar", "args": {"question": "When was it built?"}, "id": "1"},
                    {"name": "ask_clerk", "args": {"question": "When does it open?"}, "id": "2"},
                ],
            ),
            "Built in 1147, opens at ten.",
            "At ten.",
        ]
    )
    supervisor = create_agent(model, tools, context_schema=User)

    async def steps(run: Runner, graph: Any) -> None:
        await run.invoke(graph, asked("Tell me about the castle."), thread("one"))
        state = await run.invoke(graph, asked("When does the castle open?"), thread("two"))
        known = {one["text"]: one["namespace"] for one in state["memories"]["memories"]}
        assert known["The castle opens at ten."] == "app=default/user=alice/agent=clerk"
        before = stored(memory)
        for step in await run.history(graph, thread("two")):
            if step.next == ("remember",):
                await run.invoke(graph, None, step.config)
        assert stored(memory) == before

    run(lambda saver: chief.with_memory(supervisor, context_schema=User, checkpointer=saver), steps)
    assert texts(scholar, "castle") == ["The castle was built in 1147."]
    assert texts(clerk, "castle") == ["The castle opens at ten."]
    assert "castle" not in " ".join(texts(agent_scope(memory, "stranger"), "castle"))


class Swarm(MemoryState):
    active: str


def test_a_swarm_with_handoffs(run: Runner, memory: MemOS) -> None:
    """Two agents hand a conversation over; the next may see what the first knows while it is in charge, and no longer."""
    sales = agent_scope(memory, "sales", sharing="isolated")
    support = agent_scope(memory, "support", sharing="isolated")
    seen: dict[str, list[str]] = {}

    def hand_over(giver: AgentScope, taker: AgentScope) -> Any:
        @tool(f"to_{taker.agent_id}")
        def transfer(runtime: ToolRuntime[Any, Any]) -> Command[str]:
            """Hand the conversation over."""
            giver.grant(to=taker)
            taker.revoke(to=giver)
            answer = ToolMessage("Handed over.", tool_call_id=runtime.tool_call_id)
            update = {"messages": [*runtime.state["messages"][-1:], answer], "active": taker.agent_id}
            return Command(goto=taker.agent_id, update=update, graph=Command.PARENT)

        return transfer

    def member(agent: AgentScope, other: AgentScope, *script: Any) -> Any:
        model = ScriptedChat(script=list(script))
        inner = create_agent(model, [hand_over(agent, other)], context_schema=User, name=agent.agent_id)

        def speak(state: Swarm) -> Any:
            found = agent.here().search_memory("order number", limit=10).memories
            seen.setdefault(agent.agent_id, []).append(" ".join(one.memory.text for one in found))
            result = inner.invoke({"messages": prompt_messages(state)})
            agent.note("The order number is 4711." if agent is sales else "The order arrived broken.")
            return {"messages": result["messages"][len(state["messages"]) :]}

        return speak

    builder = StateGraph(Swarm, User)
    builder.add_node("sales", member(sales, support, "Which order?", call("to_support", id="a")))
    builder.add_node("support", member(support, sales, "I see order 4711.", call("to_sales", id="b")))
    for agent in (sales, support):
        builder.add_node(f"{agent.agent_id}_remembers", agent.remember())
        builder.add_edge(agent.agent_id, f"{agent.agent_id}_remembers")
    builder.add_conditional_edges(START, lambda state: state.get("active") or "sales", ["sales", "support"])

    async def steps(run: Runner, graph: Any) -> None:
        await run.invoke(graph, asked("I have a question about my order."), thread("t"))
        state = await run.invoke(graph, asked("It is broken."), thread("t"))
        assert state["active"] == "support"
        assert state["messages"][-1].text == "I see order 4711."
        assert "4711" in seen["support"][0]
        before = stored(memory)
        for step in await run.history(graph, thread("t")):
            if step.next in (("sales_remembers",), ("support_remembers",)):
                await run.invoke(graph, None, step.config)
        assert stored(memory) == before

    run(lambda saver: builder.compile(checkpointer=saver), steps)
    assert "arrived" not in " ".join(texts(sales, "order"))
    words = {info.scope.agent_id: info.memories for info in memory.namespaces() if info.scope.user_id == "alice"}
    assert set(words) == {"sales", "support"}


class Wide(TypedDict):
    topics: list[str]
    found: Annotated[list[str], operator.add]
    digest: str


class Branch(TypedDict):
    topic: str


def test_a_map_reduce_of_sixteen_branches_that_all_write(run: Runner, memory: MemOS) -> None:
    """Nothing is lost, doubled or leaked, and a replay from any checkpoint changes nothing that is stored."""
    names = [f"reader{i}" for i in range(BRANCHES)]
    readers = {name: agent_scope(memory, name, sharing="isolated") for name in names}
    chief = agent_scope(memory, "chief", team="desk", reads=list(readers.values()))

    def fan_out(state: Wide) -> list[Send]:
        return [Send("read", {"topic": topic}) for topic in state["topics"]]

    def read(state: Branch) -> dict[str, Any]:
        agent = readers[state["topic"]]
        # all at once, into their own namespaces, into a shared one, and as turns
        agent.note(f"Chapter {state['topic']} tells of whales.")
        chief.note(f"Read: {state['topic']}, whales.")
        agent.here().add_message([{"role": "event", "name": "read", "content": f"whales in {state['topic']}", "id": state["topic"]}])
        return {"found": [state["topic"]]}

    def digest(state: Wide) -> dict[str, Any]:
        found = chief.here().search_memory("whales", limit=200).memories
        chief.share([one.memory.id for one in found if one.memory.text.startswith("Read: reader0,")], to="team")
        return {"digest": str(len({one.memory.text for one in found if one.memory.text.startswith("Chapter")}))}

    builder = StateGraph(Wide, User)
    builder.add_node("read", read)
    builder.add_node("digest", digest)
    builder.add_conditional_edges(START, fan_out, ["read"])
    builder.add_edge("read", "digest")
    builder.add_edge("digest", END)

    async def steps(run: Runner, graph: Any) -> None:
        state = await run.invoke(graph, {"topics": names, "found": []}, thread("t"))
        assert sorted(state["found"]) == sorted(names)
        assert state["digest"] == str(BRANCHES)
        before = stored(memory)
        for name in names:
            mine = before[f"app=default/user=alice/agent={name}"]
            assert len(mine) == 2
            assert all(name in one for one in mine)
        assert len(before["app=default/user=alice/agent=chief"]) == BRANCHES
        assert len(before["app=default/team=desk"]) == 1
        assert set(before) == {f"app=default/user=alice/agent={name}" for name in [*names, "chief"]} | {"app=default/team=desk"}
        for step in await run.history(graph, thread("t")):
            if step.next:
                await run.invoke(graph, None, step.config)
        assert stored(memory) == before

    run(lambda saver: builder.compile(checkpointer=saver), steps)
    assert texts(agent_scope(memory, "chief", team="desk"), "whales", "bob") == ["Read: reader0, whales."]


def test_a_subgraph_with_its_own_scope_reads_through_to_its_parent_s(memory: MemOS) -> None:
    parent = agent_scope(memory, "parent", sharing="isolated")
    child = agent_scope(memory, "child", sharing="isolated", reads=[parent])
    parent.note("The deadline is Friday.", user_id="alice")
    model = ScriptedChat(script=["On Friday."])
    inner = child.with_memory(model, context_schema=User)
    builder = StateGraph(MemoryState, User)
    builder.add_node("ask", inner)
    builder.add_node("remember", parent.remember())
    builder.add_edge(START, "ask")
    builder.add_edge("ask", "remember")
    builder.compile().invoke({"messages": [HumanMessage("When is the deadline?")]}, thread("t"), context=ALICE)
    assert "Friday" in model.prompts[0][-1].text
    counts = {info.scope.agent_id: info.memories for info in memory.namespaces() if info.scope.user_id == "alice"}
    assert counts == {"parent": {"episode": 2, "fact": 1}, "child": {"episode": 2}}
