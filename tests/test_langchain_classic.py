"""The memory of classic chains: what the prompt gets, and what is saved."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder, PromptTemplate
from langchain_core.tools import tool
from pydantic import ValidationError

from memos_integrations import InvalidInput, InvalidScope, MemOS
from memos_integrations.langchain import MemOSMemory

from .langchain_agents import ScriptedChat, call, said

pytestmark = pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainDeprecationWarning")


@pytest.fixture
def memory() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as memory:
        fill(memory)
        yield memory


def fill(memory: MemOS) -> None:
    """Ann is allergic to peanuts and loves Thai food."""
    memory.add_message({"role": "user", "content": "I'm allergic to peanuts. I love Thai food."}, user_id="ann", conversation_id="old")
    memory.wait(timeout=30)


def load(buffer: MemOSMemory, awaited: bool, **inputs: Any) -> Any:
    given: Any = inputs
    return (asyncio.run(buffer.aload_memory_variables(given)) if awaited else buffer.load_memory_variables(given))["history"]


def save(buffer: MemOSMemory, awaited: bool, inputs: Any, outputs: Any) -> None:
    if awaited:
        asyncio.run(buffer.asave_context(inputs, outputs))
    else:
        buffer.save_context(inputs, outputs)


@pytest.mark.parametrize("awaited", [False, True])
class TestTheVariable:
    def test_holds_what_is_recalled_and_the_last_turns(self, memory: MemOS, awaited: bool) -> None:
        buffer = MemOSMemory(memory=memory.aio if awaited else memory, user_id="ann", session_id="s")
        save(buffer, awaited, {"input": "Hello"}, {"response": "Hi!"})
        text = load(buffer, awaited, input="Where to eat Thai food?")
        assert "peanut" in text and "Thai food" in text
        assert text.endswith("Human: Hello\nAI: Hi!")
        assert text.count("Hello") == 1

    def test_as_messages(self, memory: MemOS, awaited: bool) -> None:
        buffer = MemOSMemory(memory=memory, user_id="ann", return_messages=True)
        save(buffer, awaited, {"input": "Hello"}, {"response": "Hi!"})
        system, human, ai = load(buffer, awaited, input="Where to eat Thai food?")
        assert isinstance(system, SystemMessage) and "peanut" in system.text
        assert (human.type, human.text, ai.type, ai.text) == ("human", "Hello", "ai", "Hi!")

    def test_holds_so_many_turns(self, memory: MemOS, awaited: bool) -> None:
        for window, shown in ((2, "Human: 3\nAI: re 3"), (0, "")):
            buffer = MemOSMemory(memory=memory, user_id="bob", session_id=f"s{window}", window=window, max_tokens=5)
            for i in range(4):
                save(buffer, awaited, {"input": str(i)}, {"output": f"re {i}"})
            assert load(buffer, awaited, input="?!") == shown

    def test_stands_without_an_input(self, memory: MemOS, awaited: bool) -> None:
        assert "peanut" in load(MemOSMemory(memory=memory, user_id="ann"), awaited)

    def test_sessions_of_two_objects_are_apart(self, memory: MemOS, awaited: bool) -> None:
        one, two = MemOSMemory(memory=memory, user_id="bob"), MemOSMemory(memory=memory, user_id="bob")
        save(one, awaited, {"input": "Hello"}, {"output": "Hi!"})
        assert one.session_id != two.session_id and "Human: Hello" not in load(two, awaited, input="x")

    def test_is_empty_once_cleared(self, memory: MemOS, awaited: bool) -> None:
        buffer = MemOSMemory(memory=memory, user_id="bob")
        save(buffer, awaited, {"input": "My dog is called Rex."}, {"output": "Nice."})
        memory.wait(timeout=30)
        if awaited:
            asyncio.run(buffer.aclear())
        else:
            buffer.clear()
        assert load(buffer, awaited, input="What is my dog called?") == ""


class TestWhatIsSaved:
    @pytest.mark.parametrize(
        ("inputs", "outputs"),
        [
            ({"input": "Hello"}, {"output": "Hi!"}),
            ({"language": "en", "question": "Hello", "history": "peanuts"}, {"answer": "Hi!", "source_documents": [1]}),
            ({"anything": "Hello", "history": "peanuts"}, {"something": "Hi!"}),
            ({"input": [HumanMessage("Hello")]}, {"output": AIMessage("Hi!")}),
        ],
    )
    def test_is_the_turn(self, memory: MemOS, inputs: Any, outputs: Any) -> None:
        MemOSMemory(memory=memory, user_id="bob", session_id="s").save_context(inputs, outputs)
        assert said(memory, "bob", "s") == [("user", "Hello"), ("assistant", "Hi!")]

    def test_is_found_by_the_keys_given(self, memory: MemOS) -> None:
        buffer = MemOSMemory(memory=memory, user_id="bob", session_id="s", input_key="b", output_key="d")
        buffer.save_context({"a": "no", "b": "Hello"}, {"c": "no", "d": "Hi!"})
        assert said(memory, "bob", "s") == [("user", "Hello"), ("assistant", "Hi!")]
        with pytest.raises(InvalidInput, match="'b'"):
            buffer.save_context({"a": "no"}, {"d": "Hi!"})

    def test_is_the_same_words_again(self, memory: MemOS) -> None:
        buffer = MemOSMemory(memory=memory, user_id="bob", session_id="s")
        for _ in range(2):
            buffer.save_context({"input": "Go on"}, {"output": "…"})
        assert len(said(memory, "bob", "s")) == 4


def test_nobody_is_an_error(memory: MemOS) -> None:
    with pytest.raises((InvalidScope, ValidationError), match="user_id"):
        MemOSMemory(memory=memory)
    with pytest.raises(ValidationError, match="colour"):
        MemOSMemory(memory=memory, user_id="ann", colour="red")  # type: ignore[call-arg]


def test_subclassing_warns_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        type("Own", (MemOSMemory,), {})


@pytest.mark.parametrize("awaited", [False, True])
class TestInChains:
    def test_conversation_chain(self, memory: MemOS, awaited: bool) -> None:
        from langchain_classic.chains import ConversationChain

        model = ScriptedChat(script=["Try Ops.", "At eight."])
        chain = ConversationChain(llm=model, memory=MemOSMemory(memory=memory, user_id="ann", session_id="s"))
        for words in ("Where to eat Thai food?", "When?"):
            asyncio.run(chain.ainvoke({"input": words})) if awaited else chain.invoke({"input": words})
        assert "peanut" in str(model.prompts[0]) and "AI: Try Ops." in str(model.prompts[1])
        assert [text for _, text in said(memory, "ann", "s")] == ["Where to eat Thai food?", "Try Ops.", "When?", "At eight."]

    def test_llm_chain(self, memory: MemOS, awaited: bool) -> None:
        from langchain_classic.chains import LLMChain

        prompt = PromptTemplate.from_template("{history}\n{language}: {question}")
        chain = LLMChain(
            llm=FakeListChatModel(responses=["Try Ops."]), prompt=prompt, memory=MemOSMemory(memory=memory, user_id="ann", session_id="s")
        )
        given = {"question": "Where?", "language": "en"}
        asyncio.run(chain.ainvoke(given)) if awaited else chain.invoke(given)
        assert said(memory, "ann", "s") == [("user", "Where?"), ("assistant", "Try Ops.")]

    def test_agent_executor(self, memory: MemOS, awaited: bool) -> None:
        from langchain_classic.agents import AgentExecutor, create_tool_calling_agent

        @tool
        def book(place: str) -> str:
            """Book a table."""
            return f"{place} is booked."

        prompt = ChatPromptTemplate.from_messages(
            [("system", "Be kind."), MessagesPlaceholder("history"), ("human", "{input}"), MessagesPlaceholder("agent_scratchpad")]
        )
        model = ScriptedChat(script=[call("book", place="Ops"), "Done."])
        buffer = MemOSMemory(memory=memory, user_id="ann", session_id="s", return_messages=True)
        agent: Any = create_tool_calling_agent(model, [book], prompt)
        executor = AgentExecutor(agent=agent, tools=[book], memory=buffer, return_intermediate_steps=True)
        given = {"input": "Book Thai food."}
        out = asyncio.run(executor.ainvoke(given)) if awaited else executor.invoke(given)
        assert out["output"] == "Done." and "peanut" in str(model.prompts[0])
        assert said(memory, "ann", "s") == [("user", "Book Thai food."), ("assistant", "Done.")]
