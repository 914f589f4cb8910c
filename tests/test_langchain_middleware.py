"""An agent with memory: what the model sees, what is stored, and that nothing injected is left anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

from memos_integrations import InvalidScope, MemOS, Scope, Settings
from memos_integrations.langchain import Injection, MemOSMiddleware

from .langchain_agents import ScriptedChat, User, asked, call, said, thread

SYSTEM = "You are a concierge."


@pytest.fixture
def memory() -> Iterator[MemOS]:
    """Alice is allergic to peanuts, wants short answers and likes Thai food; Bob's dog is called Rex."""
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message(
            {"role": "user", "content": "I'm allergic to peanuts. Please keep your answers short. I love Thai food."},
            user_id="alice",
            conversation_id="before",
        )
        memory.add_message({"role": "user", "content": "My dog is called Rex."}, user_id="bob", conversation_id="before")
        memory.wait(timeout=30)
        yield memory


@tool
def book(place: str) -> str:
    """Book a table."""
    return f"A table at {place} is booked."


class TestWhatTheModelSees:
    def test_standing_wishes_behind_the_system_text_and_the_rest_in_the_users_message(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["At the Thai place."])
        agent = create_agent(model, system_prompt=SYSTEM, middleware=[MemOSMiddleware(memory)], context_schema=User)
        agent.invoke(asked("Where shall we eat Thai food?"), context=User("alice"))
        system, human = model.prompts[0]
        assert isinstance(system, SystemMessage) and system.text.startswith(SYSTEM + "\n\n")
        assert "peanut" in system.text and "short" in system.text
        assert isinstance(human, HumanMessage) and human.text.startswith("Where shall we eat Thai food?\n\n")
        assert "Thai food" in human.text.partition("\n\n")[2]

    def test_in_chinese(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["记下了。", "去素菜馆吧。"])
        agent = create_agent(model, system_prompt="你是礼宾。", middleware=[MemOSMiddleware(memory)], context_schema=User)
        agent.invoke(asked("我对海鲜过敏。以后回答请简短一些。我喜欢吃川菜。"), thread("周一"), context=User("林夏"))
        memory.wait(timeout=30)
        agent.invoke(asked("今晚去哪家川菜馆？"), thread("周二"), context=User("林夏"))
        system, human = model.prompts[-1]
        assert system.text.startswith("你是礼宾。\n\n") and "海鲜" in system.text and "简短" in system.text
        assert human.text.startswith("今晚去哪家川菜馆？\n\n") and "川菜" in human.text.partition("\n\n")[2]
        assert said(memory, "林夏", "周二") == [("user", "今晚去哪家川菜馆？"), ("assistant", "去素菜馆吧。")]

    def test_another_user_sees_nothing_of_it(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Somewhere."])
        agent = create_agent(model, system_prompt=SYSTEM, middleware=[MemOSMiddleware(memory)], context_schema=User)
        agent.invoke(asked("Where shall we eat Thai food?"), context=User("carol"))
        assert [message.text for message in model.prompts[0]] == [SYSTEM, "Where shall we eat Thai food?"]

    def test_in_a_tool_loop_it_stays_in_the_users_message(self, memory: MemOS) -> None:
        model = ScriptedChat(script=[call("book", place="Thai Palace"), "Booked."])
        agent = create_agent(model, [book], system_prompt=SYSTEM, middleware=[MemOSMiddleware(memory)], context_schema=User)
        agent.invoke(asked("Book a Thai table."), context=User("alice"))
        first, second = model.prompts
        assert second[: len(first)] == first
        assert isinstance(second[-1], ToolMessage) and second[-1].text == "A table at Thai Palace is booked."

    def test_all_in_the_system_message_for_those_who_want_it_there(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Here."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory, position="system", user_id="alice")])
        agent.invoke(asked("Where shall we eat Thai food?"))
        system, human = model.prompts[0]
        assert "peanut" in system.text and "Thai food" in system.text
        assert human.text == "Where shall we eat Thai food?"

    def test_what_the_prompt_holds_is_not_recalled_again(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Noted.", "Yes."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User, checkpointer=InMemorySaver())
        agent.invoke(asked("The tango class is on Monday evening."), thread("t"), context=User("carol"))
        agent.invoke(asked("When is the tango class?"), thread("t"), context=User("carol"))
        assert [message.text for message in model.prompts[1]] == [
            "The tango class is on Monday evening.",
            "Noted.",
            "When is the tango class?",
        ]

    def test_a_picture_is_a_question_too(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["A cat."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User)
        picture = HumanMessage([{"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}])
        agent.invoke({"messages": [picture]}, context=User("alice"))
        system, human = model.prompts[0]
        assert "peanut" in system.text and human.content[0] == picture.content[0]


class TestWhatIsStored:
    def test_each_turn_once_over_a_thread(self, memory: MemOS) -> None:
        model = ScriptedChat(script=[call("book", place="Ops"), "Booked.", "Yes.", "Yes."])
        agent = create_agent(model, [book], middleware=[MemOSMiddleware(memory)], context_schema=User, checkpointer=InMemorySaver())
        for words in ("Book Ops.", "Sure?", "Sure?"):
            agent.invoke(asked(words), thread("t"), context=User("carol"))
        assert said(memory, "carol", "t") == [
            ("user", "Book Ops."),
            ("assistant", ""),
            ("tool", "A table at Ops is booked."),
            ("assistant", "Booked."),
            ("user", "Sure?"),
            ("assistant", "Yes."),
            ("user", "Sure?"),
            ("assistant", "Yes."),
        ]

    def test_each_turn_once_where_the_history_is_sent_again(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["1", "2", "3"])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User)
        history: list[Any] = []
        for words in ("Hello", "Yes", "Yes"):
            history.append({"role": "user", "content": words})
            history.append(agent.invoke({"messages": list(history)}, thread("t"), context=User("carol"))["messages"][-1])
        expected = [("user", "Hello"), ("assistant", "1"), ("user", "Yes"), ("assistant", "2"), ("user", "Yes"), ("assistant", "3")]
        assert said(memory, "carol", "t") == expected

    def test_each_turn_once_without_a_thread(self, memory: MemOS) -> None:
        model = ScriptedChat(script=[call("book", place="Ops"), "1", "2"])
        agent = create_agent(model, [book], middleware=[MemOSMiddleware(memory)], context_schema=User)
        out = agent.invoke(asked("Book Ops."), context=User("carol"))
        agent.invoke({"messages": [*out["messages"], HumanMessage("Thanks")]}, context=User("carol"))
        assert [text for role, text in said(memory, "carol") if role in ("user", "assistant") and text] == ["Book Ops.", "1", "Thanks", "2"]

    def test_a_turn_that_was_changed_later_is_revised(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Noted.", "Yes."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User, checkpointer=InMemorySaver())
        out = agent.invoke(asked("My train leaves at nine."), thread("t"), context=User("carol"))
        agent.update_state(thread("t"), {"messages": [HumanMessage("My train leaves at ten.", id=out["messages"][0].id)]})
        agent.invoke(asked("Thanks"), thread("t"), context=User("carol"))
        assert [text for _, text in said(memory, "carol", "t")] == ["My train leaves at ten.", "Noted.", "Thanks", "Yes."]

    def test_a_long_thread_is_not_handed_over_again_in_every_run(self, memory: MemOS) -> None:
        handed: list[int] = []

        class Counting(MemOS):
            def add_message(self, messages: Any, **options: Any) -> Any:
                handed.append(len(messages))
                return super().add_message(messages, **options)

        model = ScriptedChat(answer=lambda prompt: "Yes.")
        with Counting(":memory:", embedder=None) as counting:
            agent = create_agent(model, middleware=[MemOSMiddleware(counting, user_id="carol")], checkpointer=InMemorySaver())
            for i in range(5):
                agent.invoke(asked(f"Question {i}?"), thread("t"))
        assert handed == [1] * 10

    def test_in_a_thread_of_two_users_each_ones_own_turns(self, memory: MemOS) -> None:
        model = ScriptedChat(answer=lambda prompt: f"Answer {len(prompt)}.")
        agent = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User, checkpointer=InMemorySaver())
        for user, words in (("carol", "I like jazz."), ("dave", "I like polka."), ("carol", "And now?"), ("dave", "And then?")):
            agent.invoke(asked(words), thread("shared"), context=User(user))
        assert [text for role, text in said(memory, "carol", "shared") if role == "user"] == ["I like jazz.", "And now?"]
        assert [text for role, text in said(memory, "dave", "shared") if role == "user"] == ["I like polka.", "And then?"]
        assert len(said(memory, "carol", "shared")) == len(said(memory, "dave", "shared")) == 4

    def test_nothing_that_was_injected(self, memory: MemOS) -> None:
        saver = InMemorySaver()
        model = ScriptedChat(script=["Here.", "There."])
        agent = create_agent(model, system_prompt=SYSTEM, middleware=[MemOSMiddleware(memory)], context_schema=User, checkpointer=saver)
        for words in ("Where shall we eat Thai food?", "And where tomorrow?"):
            out = agent.invoke(asked(words), thread("t"), context=User("alice"))
        assert "peanut" in str(model.prompts)
        assert set(out) == {"messages"}
        assert "peanut" not in str(out)
        for checkpoint in saver.list(thread("t")):
            assert "peanut" not in str(checkpoint)
            assert "memos_run" not in str(checkpoint.checkpoint["channel_values"])
        assert "peanut" not in str(said(memory, "alice", "t"))

    def test_what_langchain_wrote_is_nobodys_word(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Hm."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User)
        summary = HumanMessage("Summary: the user is a pilot.", additional_kwargs={"lc_source": "summarization"})
        agent.invoke({"messages": [HumanMessage("Do I fly?"), summary]}, thread("t"), context=User("carol"))
        assert said(memory, "carol", "t") == [("user", "Do I fly?"), ("assistant", "Hm.")]

    def test_a_message_of_white_space_is_no_turn(self, memory: MemOS) -> None:
        agent = create_agent(ScriptedChat(script=["Yes.", "Hm?"]), middleware=[MemOSMiddleware(memory)], context_schema=User)
        agent.invoke({"messages": [HumanMessage(" \n"), HumanMessage("Do the ferries run?")]}, thread("t"), context=User("carol"))
        agent.invoke({"messages": [HumanMessage(" ")]}, thread("t2"), context=User("carol"))
        assert said(memory, "carol", "t") == [("user", "Do the ferries run?"), ("assistant", "Yes.")]
        assert ("user", " ") not in said(memory, "carol", "t2")

    def test_a_tools_result_that_a_human_gave_in_its_place_is_one(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Sorry."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=User)
        refused = ToolMessage("User rejected it.", tool_call_id="t1", additional_kwargs={"lc_source": "hitl_interrupt_decision"})
        agent.invoke({"messages": [HumanMessage("Book Ops."), call("book", place="Ops"), refused]}, thread("t"), context=User("carol"))
        assert [role for role, _ in said(memory, "carol", "t")] == ["user", "assistant", "tool", "assistant"]

    def test_of_a_long_tool_result_the_beginning(self, memory: MemOS) -> None:
        @tool
        def read() -> str:
            """Read a book."""
            return "word " * 50_000

        model = ScriptedChat(script=[call("read"), "Read."])
        agent = create_agent(model, [read], middleware=[MemOSMiddleware(memory, tool_chars=100)], context_schema=User)
        agent.invoke(asked("Read it."), thread("t"), context=User("carol"))
        assert [len(text) for role, text in said(memory, "carol", "t") if role == "tool"] == [100]


class TestWho:
    @pytest.mark.parametrize(
        ("options", "run"),
        [
            ({}, {"context": User("alice")}),
            ({}, {"config": {"configurable": {"user_id": "alice"}}}),
            ({"identity": lambda context: Scope(user_id=context.user_id)}, {"context": User("alice")}),
            ({"identity": {"user_id": "uid"}}, {"config": {"configurable": {"uid": "alice"}}}),
            ({"identity": lambda context: {"user_id": context.user_id}}, {"context": User("alice")}),
            ({"user_id": "alice"}, {}),
        ],
    )
    def test_is_read_from_the_run(self, memory: MemOS, options: Any, run: Any) -> None:
        model = ScriptedChat(script=["Here."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory, **options)], context_schema=User)
        agent.invoke(asked("Where do we eat?"), **run)
        assert "peanut" in str(model.prompts)

    def test_agents_of_one_user_share_her_memory_or_keep_their_own(self, memory: MemOS) -> None:
        def run(words: str, thread_id: str, **options: Any) -> str:
            model = ScriptedChat(script=["Well."])
            agent = create_agent(model, middleware=[MemOSMiddleware(memory, **options)], context_schema=User)
            agent.invoke(asked(words), thread(thread_id), context=User("alice"))
            return str(model.prompts)

        planner: Any = {"agent_id": "planner", "sharing": "layered"}
        writer: Any = {"agent_id": "writer", "sharing": "isolated"}
        assert "peanut" in run("The picnic is at the lighthouse.", "t1", **planner)
        assert "peanut" not in run("The poem is about a harbour.", "t2", **writer)
        assert "lighthouse" in run("Where is the picnic?", "t3", **planner)
        assert "lighthouse" not in run("Where is the picnic?", "t4", **writer) and "lighthouse" not in run("Where is the picnic?", "t5")

    def test_is_a_key_of_a_mapping_too_and_need_not_be_text(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Hello.", "Hello."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory)], context_schema=dict)
        agent.invoke(asked("Hi"), thread("t"), context={"user_id": 7})
        assert said(memory, "7", "t") == [("user", "Hi"), ("assistant", "Hello.")]

    def test_two_options_that_contradict_each_other_are_refused(self, memory: MemOS) -> None:
        for options in ({"user_id": "bob"}, {"identity": {"user_id": "uid"}}):
            with pytest.raises(InvalidScope, match="bound"):
                MemOSMiddleware(memory.scoped(user_id="alice"), **options)
        with pytest.raises(InvalidScope, match="colour"):
            MemOSMiddleware(memory, identity={"colour": "red"})

    def test_a_bound_handle_needs_no_more(self, memory: MemOS) -> None:
        model = ScriptedChat(script=["Here."])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory.scoped(user_id="alice"))])
        agent.invoke(asked("Where do we eat?"))
        assert "peanut" in str(model.prompts)

    @pytest.mark.parametrize("options", [{}, {"agent_id": "planner"}, {"on_error": "warn"}])
    def test_nobody_is_an_error_before_anything_is_done(self, memory: MemOS, options: Any) -> None:
        model = ScriptedChat(script=["never"])
        agent = create_agent(model, middleware=[MemOSMiddleware(memory, **options)], context_schema=User)
        with pytest.raises(InvalidScope, match=r"context=.*user_id"):
            agent.invoke(asked("Hi"))
        assert model.prompts == []

    def test_a_hook_sees_what_is_injected(self, memory: MemOS) -> None:
        seen: list[Injection] = []
        model = ScriptedChat(script=[call("book", place="Ops"), "Here."])
        agent = create_agent(model, [book], middleware=[MemOSMiddleware(memory, on_inject=seen.append)], context_schema=User)
        agent.invoke(asked("Where shall we eat Thai food?"), thread("t"), context=User("alice"))
        (injection,) = seen
        assert (injection.thread_id, injection.query) == ("t", "Where shall we eat Thai food?")
        assert "peanut" in injection.head and injection.recall is not None
        assert AIMessage("").text not in (injection.head, injection.tail)


@pytest.mark.parametrize(
    "odd",
    [
        HumanMessage("from a file: \0\0"),
        HumanMessage("decoded wrongly: \ud83d"),
        HumanMessage("lorem " * 100),
        HumanMessage([{"type": "text", "text": "lorem " * 100}, {"type": "text", "text": "and more"}]),
        HumanMessage(" " * 300 + "indented"),
        HumanMessage("hi", name="n" * 600),
    ],
    ids=["nul", "surrogate", "long", "long parts", "blank at first", "long name"],
)
@pytest.mark.parametrize("kept", [True, False], ids=["checkpointer", "no checkpointer"])
def test_a_message_that_memory_cannot_take_as_it_is_keeps_none_of_its_thread_from_it(odd: HumanMessage, kept: bool) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(max_content_chars=200)) as memory:
        model = ScriptedChat(script=["One.", "Two."])
        middleware = MemOSMiddleware(memory, user_id="ann", on_error="raise")
        agent = create_agent(model, middleware=[middleware], checkpointer=InMemorySaver() if kept else None)
        state = agent.invoke({"messages": [odd]}, thread("t"))
        history = [] if kept else state["messages"]
        agent.invoke({"messages": [*history, HumanMessage("I hate olives.")]}, thread("t"))
        memory.wait(timeout=30)
        assert [role for role, _ in said(memory, "ann")] == ["user", "assistant", "user", "assistant"]
        assert [one.text for one in memory.list_memories(user_id="ann", kinds=["preference"])] == ["The user hates olives."]
        assert all(len(text) <= 200 for _, text in said(memory, "ann"))


def test_a_tools_result_that_memory_cannot_take_as_it_is_does_not_either() -> None:
    @tool
    def read() -> str:
        """Read a file."""
        return " " * 300 + "\0 binary"

    with MemOS(":memory:", embedder=None, settings=Settings(max_content_chars=200)) as memory:
        model = ScriptedChat(script=[call("read"), "One."])
        middleware = MemOSMiddleware(memory, user_id="ann", tool_chars=250, on_error="raise")
        agent = create_agent(model, [read], middleware=[middleware], checkpointer=InMemorySaver())
        agent.invoke(asked("Read it."), thread("t"))
        assert [text for role, text in said(memory, "ann") if role == "tool"] == ["\ufffd binary"]
