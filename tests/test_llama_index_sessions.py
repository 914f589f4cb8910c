"""The history of a session: its limit, what is set and reset, what other processes see, and what happens where the store fails."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.tools import ToolSelection

from memos_integrations import InvalidInput, InvalidScope, MemOS, Scope, Settings, StoreError
from memos_integrations.llama_index import MemOSMemory, register_memory

from .llama_index_agents import assistant, call, calls, episodes, result, said, system, systems, told, user


@pytest.fixture
def memos() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as memos:
        yield memos


def contents(messages: list[ChatMessage]) -> list[str | None]:
    return [message.content for message in messages]


def failing(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """From now on the store fails, until undone."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise StoreError("the disk is gone")

    store = memos._engine.context.store
    for name in ("append", "commit", "get", "scan", "search"):
        monkeypatch.setattr(store, name, broken)
    return monkeypatch


def test_what_is_put_comes_back_and_is_a_copy(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    said_by_user = user("Hello")
    memory.put(said_by_user)
    said_by_user.content = "changed"
    for read in (memory.get_all, memory.get):
        read()[-1].content = "changed"
    assert contents(memory.get_all()) == ["Hello"]


def test_a_second_yes_is_a_second_message(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice")
    for _ in range(3):
        memory.put_messages([user("yes"), assistant("ok")])
    assert contents(memory.get_all()) == ["yes", "ok"] * 3


def test_the_newest_turns_that_fit_are_given_and_the_rest_stays_stored(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1", token_limit=400)
    memory.put(system("Be kind."))
    memory.put_messages([user("My bicycle is a green Peugeot."), assistant("Nice.")])
    for number in range(60):
        memory.put_messages([user(f"Question {number}? " + "word " * 20), assistant(f"Answer {number}.")])
    memory.put(user("Which bicycle do I have?"))
    prompt = memory.get()
    assert systems(prompt).startswith("Be kind.")
    assert prompt[-1].role == "user"
    assert "Question 59" in told(prompt) and "Question 3?" not in told(prompt)
    assert "Peugeot" in (prompt[-1].content or ""), "what the limit leaves out is recalled where it matters"
    history = [message for message in prompt if message.role != "system"]
    assert history[0].role == "user"
    assert len(memory.get_all()) == 124 == len(episodes(memos, "alice", "s1"))


def test_the_limit_counts_as_the_client_does() -> None:
    def words(text: str) -> int:
        return len(text.split())

    with MemOS(":memory:", embedder=None, token_counter=words) as memos:
        assert memos.token_counter is words and memos.aio.token_counter is words
        memory = MemOSMemory(memos, user_id="alice", token_limit=30, max_tokens=1)
        memory.put_messages([user("a" * 5000), assistant("b" * 5000), user("c")])
        assert len(memory.get()) == 3


def test_a_system_message_stays_however_small_the_limit(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", token_limit=1)
    memory.put_messages([system("Be kind."), user("One."), assistant("Two."), system("Be brief."), user("Three.")])
    assert contents(memory.get()) == ["Be kind.", "Be brief.", "Three."]


def test_a_call_and_its_results_stay_or_go_together(memos: MemOS) -> None:
    both = calls(ToolSelection(tool_id="a", tool_name="f", tool_kwargs={}), ToolSelection(tool_id="b", tool_name="g", tool_kwargs={}))
    history = [
        user("First."), both, result("A " * 200, "a"), result("B " * 200, "b"), assistant("One."),
        user("Second."), call("f", "c"), result("C " * 30, "c"), assistant("Two."),
        user("Third."),
    ]  # fmt: skip
    for limit in range(1, 1200, 23):
        memory = MemOSMemory(memos, user_id="alice", token_limit=limit)
        memory.set(history)
        prompt = memory.get()
        ids = {c.tool_id for m in prompt for c in m.additional_kwargs.get("tool_calls", [])}
        assert ids == {m.additional_kwargs["tool_call_id"] for m in prompt if m.role == "tool"}
        assert prompt[0].role == "user" and (prompt[-1].content or "").startswith("Third.")
    assert contents(MemOSMemory(memos, user_id="alice", token_limit=120).session().get()) == []


def test_a_turn_whose_tools_do_not_fit_keeps_its_words(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", token_limit=100)
    memory.set([user("First."), call("f", "a"), result("A " * 400, "a"), assistant("One."), user("Second.")])
    assert contents(memory.get()) == ["First.", "One.", "Second."]


def test_a_result_whose_call_was_forgotten_goes_with_it(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    memory.put_messages([user("Look it up."), call("f", "a"), result("The code is blue.", "a"), assistant("Done."), user("And now?")])
    by_role = {one.role: one.id for one in episodes(memos, "alice", "s1")}
    memos.forget(by_role["tool"], user_id="alice")
    assert contents(memory.get()) == ["Look it up.", "Done.", "And now?"]


def test_what_is_forgotten_leaves_the_history(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    memory.put_messages([user("My pin for the shed is 4711, and I like tea."), assistant("Noted.")])
    memos.wait(timeout=30)
    memos.forget(query="pin for the shed", user_id="alice")
    assert "4711" not in told(memory.get_all())


def test_set_stores_only_what_is_new(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    history = [user("I am Alice."), assistant("Hello Alice.")]
    memory.set(history)
    memory.set(history)
    memory.set([*history, user("I live in Berlin.")])
    assert contents(memory.get_all()) == ["I am Alice.", "Hello Alice.", "I live in Berlin."]
    assert len(episodes(memos, "alice", "s1")) == 3


def test_set_makes_the_history_what_it_says_and_loses_nothing(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    memory.put_messages([user("One."), call("f"), result("x"), assistant("Two."), user("Three."), assistant("Four.")])
    wanted: list[list[ChatMessage]] = [
        [user("One."), assistant("Two.")],
        [user("Three."), assistant("Four."), user("Five.")],
        [user("One."), call("f"), result("x"), assistant("Two."), user("Three."), assistant("Four."), user("Five.")],
        [],
    ]
    for messages in wanted:
        memory.set(messages)
        assert memory.get_all() == messages
        memory.put(assistant("Then."))
        assert contents(memory.get_all()) == [*contents(messages), "Then."]
        memory.set(messages)
    assert sorted(text for _, text in said(memos, "alice", "s1") if text != "Then.") == sorted(
        ["One.", "", "x", "Two.", "Three.", "Four.", "Five."]
    )


def test_a_client_that_sends_the_last_few_messages_adds_each_turn_once(memos: MemOS) -> None:
    history: list[ChatMessage] = []
    for number in range(6):
        memory = MemOSMemory(memos, user_id="alice", session_id="s1")
        memory.set([*history[-3:], user("yes")])
        memory.put(assistant(f"Answer {number}"))
        history += [user("yes"), assistant(f"Answer {number}")]
    assert [text for _, text in said(memos, "alice", "s1")] == contents(history)


def test_a_client_that_sends_its_history_each_time_adds_each_turn_once(memos: MemOS) -> None:
    history: list[ChatMessage] = []
    for number in range(5):
        memory = MemOSMemory(memos, user_id="alice", session_id="s1")
        if history:
            memory.set(history)
        memory.put(user(f"Question {number}"))
        memory.put_messages([call("f"), result("x"), assistant(f"Answer {number}")])
        history += [user(f"Question {number}"), assistant(f"Answer {number}")]  # it leaves the tools out
        assert contents(memory.get_all())[: len(history) - 2] == contents(history[:-2])
    spoken = [text for role, text in said(memos, "alice", "s1") if text and role in ("user", "assistant")]
    assert spoken == contents(history)


def test_reset_begins_anew_in_every_process_and_what_was_said_stays_remembered(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    other = MemOSMemory(memos, user_id="alice", session_id="s1")
    memory.put_messages([user("My bicycle is a green Peugeot."), assistant("Nice.")])
    memory.reset()
    assert memory.get_all() == [] == other.get_all()
    other.put(user("Which bicycle do I have?"))
    assert contents(memory.get_all()) == ["Which bicycle do I have?"]
    assert "Peugeot" in told(memory.get())
    memory.reset()
    memory.set([user("My bicycle is a green Peugeot.")])
    assert contents(other.get_all()) == ["My bicycle is a green Peugeot."]


def test_sessions_and_users_do_not_mix_and_one_object_serves_several(memos: MemOS) -> None:
    alice = MemOSMemory(memos, user_id="alice", session_id="s")
    bob = MemOSMemory(memos, user_id="bob", session_id="s")
    second = alice.session("s2")
    carol = alice.session("s", user_id="carol")
    for memory, name in ((alice, "Alice"), (bob, "Bob"), (second, "Alice again"), (carol, "Carol")):
        memory.put(user(f"I am {name}."))
        memory.get()
    assert contents(alice.get_all()) == ["I am Alice."]
    assert contents(second.get_all()) == ["I am Alice again."]
    assert contents(bob.get_all()) == ["I am Bob."]
    assert contents(carol.get_all()) == ["I am Carol."]
    alice.session_id = "s2"
    assert contents(alice.get_all()) == ["I am Alice again."]
    assert "Alice" not in told(bob.get()) and "Bob" not in told(carol.get())


def test_a_grant_opens_memories_not_a_session_of_the_same_name(memos: MemOS) -> None:
    memos.grant(Scope(user_id="bob"), to=Scope(user_id="alice"))
    MemOSMemory(memos, user_id="bob", session_id="s").put(user("I am Bob."))
    memory = MemOSMemory(memos, user_id="alice", session_id="s")
    memory.put(user("I am Alice."))
    assert contents(memory.get_all()) == ["I am Alice."]


def test_a_session_without_anybody_is_an_error(memos: MemOS) -> None:
    with pytest.raises(InvalidScope, match="user_id"):
        MemOSMemory(memos)
    with pytest.raises(InvalidInput):
        MemOSMemory(memos, user_id="alice", token_limit=0)
    with pytest.raises(InvalidInput):
        MemOSMemory(memos, user_id="alice", position="anywhere")  # type: ignore[arg-type]
    with pytest.raises(InvalidScope):
        MemOSMemory(memos.scoped(user_id="alice"), user_id="bob")


def test_handles_and_the_awaited_face_serve_as_well(memos: MemOS) -> None:
    for memory in (memos.scoped(user_id="alice", conversation_id="s1"), memos.aio.scoped(user_id="alice", conversation_id="s1")):
        opened = MemOSMemory(memory)
        assert opened.session_id == "s1"
        opened.put(user("Hello"))
    assert contents(MemOSMemory(memos.aio, user_id="alice", session_id="s1").get_all()) == ["Hello", "Hello"]


def test_a_secret_is_masked_in_the_store_and_the_running_agent_still_has_it(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    key = "sk-" + "abcdEFGH1234" * 3
    memory.put(user(f"Deploy with the key {key}."))
    assert key in told(memory.get())
    assert key not in told(MemOSMemory(memos, user_id="alice", session_id="s1").get_all())
    assert all(key not in text for _, text in said(memos, "alice", "s1"))
    memos.forget(episodes(memos, "alice", "s1")[0].id, user_id="alice")
    assert memory.get_all() == []


def test_no_session_has_the_name_that_another_goes_on_under_after_a_reset(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="chat")
    others = [MemOSMemory(memos, user_id="alice", session_id=name) for name in ("chat#1", "chat#", "chat~1")]
    for other in others:
        other.put(user(f"I belong to {other.session_id}."))
    memory.put(user("First."))
    memory.reset()
    memory.put(user("After the reset."))
    assert contents(memory.get_all()) == ["After the reset."]
    assert [contents(other.get_all()) for other in others] == [[f"I belong to {other.session_id}."] for other in others]
    longest = MemOSMemory(memos, user_id="alice", session_id="x" * 512)
    longest.reset()
    longest.put(user("Hello"))
    assert contents(longest.get_all()) == ["Hello"]


@pytest.mark.parametrize("name", ["", " ", "x" * 513])
def test_a_name_that_is_none_is_an_error(memos: MemOS, name: str) -> None:
    for memory in (memos, memos.scoped(user_id="alice")):
        with pytest.raises(InvalidInput, match="session_id"):
            MemOSMemory(memory, session_id=name, **({"user_id": "alice"} if memory is memos else {}))  # type: ignore[arg-type]


def test_system_messages_that_are_put_at_once_all_stay(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1", token_limit=20)
    threads = [threading.Thread(target=memory.put, args=(system(f"Rule {number}."),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(30):
        memory.put_messages([user(f"Question {number}?"), assistant("Yes.")])
    assert sorted(contents([m for m in memory.get() if m.role == "system"]), key=str) == [f"Rule {number}." for number in range(8)]


@pytest.mark.parametrize("way", ["put", "set", "reset"])
def test_a_call_that_is_cancelled_loses_nothing(memos: MemOS, monkeypatch: pytest.MonkeyPatch, way: str) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    with monkeypatch.context() as patch:
        failing(memos, patch)
        memory.put(user("One."))

    async def never(*args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(60)

    async def cancelled() -> None:
        act = {"put": lambda: memory.aput(user("Two.")), "set": lambda: memory.aset([user("x")]), "reset": memory.areset}[way]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(act(), 0.05)

    with monkeypatch.context() as patch:
        patch.setattr(memos._engine, "add", never)
        asyncio.run(cancelled())
    memory.put(user("Three."))
    expected = ["One.", "Two.", "Three."] if way == "put" else ["One.", "Three."]
    assert contents(memory.get_all()) == expected
    assert [text for _, text in said(memos, "alice", "s1")] == expected


def test_what_waits_is_stored_before_another_history_is_set_or_begun(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> None:
    for session in ("set", "reset"):
        memory = MemOSMemory(memos, user_id="alice", session_id=session)
        with monkeypatch.context() as patch:
            failing(memos, patch)
            memory.put(user("My bicycle is green."))
        if session == "set":
            memory.set([user("Hello")])
        else:
            memory.reset()
        assert ("user", "My bicycle is green.") in said(memos, "alice", session)
        assert contents(memory.get_all()) == (["Hello"] if session == "set" else [])


@pytest.mark.parametrize("reads", [False, True])
def test_where_the_store_fails_the_agent_goes_on_and_nothing_is_lost(
    memos: MemOS, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, reads: bool
) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    memory.put_messages([user("One."), assistant("Two.")])
    if reads:
        memory.get()
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "memos_integrations.llama_index"):
        failing(memos, patch)
        memory.put(user("Three."))
        assert contents(memory.get()) == (["One.", "Two.", "Three."] if reads else ["Three."])
        memory.put(assistant("Four."))
    assert "goes on without" in caplog.text
    memory.put(user("Five."))
    assert contents(memory.get_all()) == ["One.", "Two.", "Three.", "Four.", "Five."]
    assert [text for _, text in said(memos, "alice", "s1")] == ["One.", "Two.", "Three.", "Four.", "Five."]


def test_or_it_fails_where_that_is_wanted(memos: MemOS, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1", on_error="raise")
    with monkeypatch.context() as patch:
        failing(memos, patch)
        for act in (lambda: memory.put(user("One.")), memory.get, memory.get_all, memory.reset, lambda: memory.set([user("x")])):
            with pytest.raises(StoreError):
                act()
    memory.put(user("Two."))
    assert contents(memory.get_all()) == ["Two."]


def test_threads_put_into_one_session_without_loss(memos: MemOS) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")

    def talk(name: str) -> None:
        for number in range(25):
            memory.put(user(f"{name} {number}"))
            memory.get()

    threads = [threading.Thread(target=talk, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(contents(memory.get_all()), key=str) == sorted(f"{name} {number}" for name in "abcd" for number in range(25))


def test_it_travels_as_a_dict_and_as_a_pickle_without_secrets(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None) as memos:
        memory = MemOSMemory(
            memos, user_id="alice", session_id="s1", token_limit=99, max_tokens=50, kinds=["preference"], filter={"a": 1}, agent_id="x"
        )
        memory.put(user("Hello"))
        data = json.loads(json.dumps(memory.to_dict()))
        assert data["class_name"] == "MemOSMemory" and "Hello" not in json.dumps(data)
        for again in (MemOSMemory.from_dict(data), pickle.loads(pickle.dumps(memory)), copy.copy(memory), copy.deepcopy(memory)):
            assert again.model_dump() == memory.model_dump()
            assert contents(again.get_all()) == ["Hello"]
        assert MemOSMemory.from_dict(data, token_limit=7).token_limit == 7


def test_what_cannot_travel_says_so(memos: MemOS, caplog: pytest.LogCaptureFixture) -> None:
    memory = MemOSMemory(memos, user_id="alice", session_id="s1")
    with caplog.at_level(logging.ERROR, "memos_integrations.llama_index"), pytest.raises(InvalidInput, match="register_memory"):
        memory.to_dict()
    assert "cannot be saved" in caplog.text
    with pytest.raises(InvalidInput, match="register_memory"):
        pickle.dumps(memory)
    assert copy.deepcopy(memory).session_id == "s1"
    register_memory("tests", memos)
    memory.put(user("Hello"))
    assert contents(MemOSMemory.from_dict(memory.to_dict()).get_all()) == ["Hello"]
    for broken in ({}, {"scope": {"user_id": "x"}}, {**memory.to_dict(), "memory": {"name": "elsewhere"}}):
        with pytest.raises(InvalidInput):
            MemOSMemory.from_dict(broken)


def test_without_a_memory_it_is_the_default_store_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMOS_STORE", str(tmp_path / "default.db"))
    one = MemOSMemory.from_defaults(user_id="alice", session_id="s1")
    two = MemOSMemory.from_defaults(user_id="alice", session_id="s1", token_limit=100)
    one.put(user("Hello"))
    assert contents(two.get_all()) == ["Hello"] and two.token_limit == 100
    assert one._memory._engine is two._memory._engine
    one._memory.close()  # type: ignore[union-attr]


def test_another_process_sees_the_same_session(tmp_path: Path) -> None:
    path = tmp_path / "m.db"
    code = """
import pickle, sys
memory = pickle.loads(bytes.fromhex(sys.argv[1]))
from llama_index.core.llms import ChatMessage
memory.put(ChatMessage(role="assistant", content="From the other side."))
print([m.content for m in memory.get_all()])
"""
    with MemOS(path, embedder=None) as memos:
        memory = MemOSMemory(memos, user_id="alice", session_id="s1")
        memory.put(user("Hello"))
        done = subprocess.run([sys.executable, "-c", code, pickle.dumps(memory).hex()], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == "['Hello', 'From the other side.']"
        assert contents(memory.get_all()) == ["Hello", "From the other side."]


def test_two_users_talk_at_once_and_nothing_leaks_is_lost_or_doubled(tmp_path: Path) -> None:
    turns = 500

    async def talk(memory: MemOSMemory, name: str) -> int:
        leaks = 0
        other = "Bob" if name == "Alice" else "Alice"
        for number in range(turns):
            await memory.aput(user(f"{name} says number {number}."))
            prompt = await memory.aget()
            leaks += other in told(prompt)
            assert (prompt[-1].content or "").startswith(f"{name} says number {number}.")
            await memory.aput_messages([assistant(f"{name} heard {number}.")])
        return leaks

    async def both(memos: MemOS) -> list[int]:
        shared = MemOSMemory(memos.aio, user_id="alice", session_id="s", token_limit=300)
        return await asyncio.gather(talk(shared, "Alice"), talk(shared.session("s", user_id="bob"), "Bob"))

    with MemOS(tmp_path / "m.db", embedder=None, settings=Settings(worker="off")) as memos:
        assert asyncio.run(both(memos)) == [0, 0]
        for name in ("Alice", "Bob"):
            texts = [text for _, text in said(memos, name.lower(), "s")]
            assert texts == [text for i in range(turns) for text in (f"{name} says number {i}.", f"{name} heard {i}.")]
