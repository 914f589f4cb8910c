"""Memory as tools of LlamaIndex: what a model may ask for, for whom, and what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent, ToolCallResult
from llama_index.core.tools import ToolMetadata, ToolSelection
from llama_index.core.tools.calling import call_tool_with_selection

from memos_integrations import InvalidInput, InvalidScope, MemOS
from memos_integrations.llama_index import MemOSMemory, MemOSToolSpec

from .llama_index_agents import UPSTREAM, ScriptedLLM, call, said, told

pytestmark = UPSTREAM


@pytest.fixture
def memos() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as memos:
        memos.remember("The user plays the cello.", kind="fact", user_id="alice")
        yield memos


def facts(memos: MemOS, **who: str) -> list[str]:
    return [one.text for one in memos.list_memories(kinds=["fact", "preference"], **who)]  # type: ignore[arg-type]


def test_a_tool_list_shows_the_model_no_identity(memos: MemOS) -> None:
    tools = MemOSToolSpec(memos, user_id="alice").to_tool_list()
    assert [tool.metadata.name for tool in tools] == ["search_memory", "remember", "update_memory", "forget_memory"]
    shown = json.dumps([tool.metadata.to_openai_tool() for tool in tools])
    assert "alice" not in shown and "user_id" not in shown
    assert set(tools[0].metadata.get_parameters_dict()["properties"]) == {"query"}
    assert [t.metadata.name for t in MemOSToolSpec(memos, only=["search_memory"], user_id="alice").to_tool_list()] == ["search_memory"]
    own = ToolMetadata(name="look_up", description="Look it up.")
    [tool] = MemOSToolSpec(memos, only=["search_memory"], user_id="alice").to_tool_list(func_to_metadata_mapping={"search_memory": own})
    assert tool.metadata.name == "look_up"


@pytest.mark.parametrize("awaited", [False, True])
def test_each_tool_does_what_it_says(memos: MemOS, awaited: bool) -> None:
    tools = {tool.metadata.name: tool for tool in MemOSToolSpec(memos.aio if awaited else memos, user_id="alice").to_tool_list()}

    def use(name: str, **arguments: object) -> str:
        output = asyncio.run(tools[name].acall(**arguments)) if awaited else tools[name].call(**arguments)
        return str(output.content)

    found = use("search_memory", query="cello")
    assert "plays the cello" in found
    id = found.split("[", 1)[1].split("]", 1)[0]
    assert use("update_memory", memory_id=id, text="The user plays the viola.").startswith("Updated")
    assert use("remember", text="The user has a dog.").startswith("Remembered")
    assert sorted(facts(memos, user_id="alice")) == ["The user has a dog.", "The user plays the viola."]
    found = use("search_memory", query="viola")
    assert use("forget_memory", memory_ids=[found.split("[", 1)[1].split("]", 1)[0]]).startswith("Forgotten")
    assert facts(memos, user_id="alice") == ["The user has a dog."]
    assert use("search_memory", query="zebra crossing") == "Nothing about this is remembered."


def test_nobody_named_is_an_error_at_once(memos: MemOS) -> None:
    with pytest.raises(InvalidScope, match="MemOSToolSpec"):
        MemOSToolSpec(memos)
    with pytest.raises(InvalidInput):
        MemOSToolSpec(memos, user_id="alice", only=["drop_table"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("name", "arguments", "told_so"),
    [
        ("forget_memory", {"memory_ids": ["no-such-id"]}, "NotFound"),
        ("forget_memory", {"memory_ids": "abc"}, "memory_ids: Input should be a valid list"),
        ("remember", {"text": "x", "kind": "rumour"}, "kind"),
        ("remember", {"text": " "}, "text"),
        ("search_memory", {"query": 7}, "query: Input should be a valid string"),
        ("update_memory", {"memory_id": "no-such-id", "text": "x"}, "NotFound"),
    ],
)
def test_what_goes_wrong_is_told_to_the_model(memos: MemOS, name: str, arguments: dict[str, object], told_so: str) -> None:
    llm = ScriptedLLM(script=[call(name, **arguments), "Sorry."])
    agent = FunctionAgent(tools=MemOSToolSpec(memos, user_id="alice").to_tool_list(), llm=llm)  # type: ignore[arg-type]

    async def go() -> list[ToolCallResult]:
        handler = agent.run("Do it.")
        results = [event async for event in handler.stream_events() if isinstance(event, ToolCallResult)]
        await handler
        return results

    [output] = asyncio.run(go())
    assert output.tool_output.is_error and told_so in str(output.tool_output.content)
    assert facts(memos, user_id="alice") == ["The user plays the cello."]


def test_one_users_tools_do_not_reach_anothers_memories(memos: MemOS) -> None:
    [other] = memos.list_memories(user_id="alice", kinds=["fact"])
    spec = MemOSToolSpec(memos, user_id="bob")
    assert spec.search_memory("cello") == "Nothing about this is remembered."
    with pytest.raises(Exception, match="NotFound"):
        spec.forget_memory([other.id])
    assert facts(memos, user_id="alice") == ["The user plays the cello."]


def test_deletions_can_be_confirmed(memos: MemOS) -> None:
    [one] = memos.list_memories(user_id="alice", kinds=["fact"])
    spec = MemOSToolSpec(memos, user_id="alice", confirm=lambda memories: "cello" not in memories[0].text)
    assert "did not allow" in spec.forget_memory([one.id])
    assert facts(memos, user_id="alice") == ["The user plays the cello."]


def test_agents_of_a_workflow_have_tools_for_what_they_share_and_for_what_they_keep(memos: MemOS) -> None:
    llm = ScriptedLLM(script=[
        call("remember", "t1", text="The user has a secret garden."),
        call("handoff", "t2", to_agent="host", reason="done"),
        call("search_memory", "t3", query="garden cello"),
        "Only the cello.",
    ])  # fmt: skip
    own = MemOSToolSpec(memos, user_id="alice", agent_id="nurse", sharing="isolated").to_tool_list()
    shared = MemOSToolSpec(memos, user_id="alice", agent_id="host").to_tool_list()
    nurse = FunctionAgent(name="nurse", description="d", llm=llm, tools=own, can_handoff_to=["host"])  # type: ignore[arg-type]
    host = FunctionAgent(name="host", description="d", llm=llm, tools=shared)  # type: ignore[arg-type]
    memory = MemOSMemory(memos, user_id="alice", session_id="s1", learn=False, kinds=["preference"])

    async def go() -> None:
        await AgentWorkflow(agents=[nurse, host], root_agent="nurse").run("Go.", memory=memory)

    asyncio.run(go())
    results = [text for role, text in said(memos, "alice", "s1") if role == "tool"]
    assert "The user has a secret garden." in facts(memos, user_id="alice", agent_id="nurse", sharing="isolated")
    assert facts(memos, user_id="alice") == ["The user plays the cello."]
    assert "plays the cello" in told(llm.prompts[-1]) and "secret garden" not in told(llm.prompts[-1][-1:])
    assert all("cello" not in text for text in results), "what a search showed is not stored again"


def test_what_a_search_showed_is_not_stored_in_a_reasoning_agents_record_either(memos: MemOS) -> None:
    llm = ScriptedLLM(functions=False, script=[
        'Thought: I search.\nAction: search_memory\nAction Input: {"query": "cello"}',
        "Thought: I know.\nAnswer: You play.",
    ])  # fmt: skip
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    agent = ReActAgent(tools=MemOSToolSpec(memos, user_id="alice").to_tool_list(), llm=llm)  # type: ignore[arg-type]

    async def go() -> None:
        await agent.run("What do I play?", memory=memory)

    asyncio.run(go())
    assert "plays the cello" in told(llm.prompts[-1])
    assert "plays the cello" not in told(memory.get_all()) and "You play." in told(memory.get_all())


def test_a_selection_that_came_back_as_a_dict_is_called_all_the_same(memos: MemOS) -> None:
    selection = ToolSelection(tool_id="t1", tool_name="search_memory", tool_kwargs={"query": "cello"})
    again = ToolSelection.model_validate(json.loads(selection.model_dump_json()))
    tools = MemOSToolSpec(memos, user_id="alice").to_tool_list()
    assert "cello" in str(call_tool_with_selection(again, tools).content)
