"""An LLM beside the rules: windows, cost, ceilings, and what happens when it is down, slow or talks garbage."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS, ModelAnswerError, ModelError, Settings
from memos_integrations.core.candidates import Candidate
from memos_integrations.core.scopes import SYSTEM_NAMESPACE
from memos_integrations.embeddings import CallableEmbedder, HashingEmbedder
from memos_integrations.llms import OpenAILlm, Prompt, ScriptedLlm
from memos_integrations.stores.base import Batch, ScanQuery
from memos_integrations.stores.sqlite import SQLiteStore
from memos_integrations.types import Usage

from .loopback import Reply, loopback
from .turns import turn, user

ALICE: dict[str, Any] = {"user_id": "alice"}
TALK: dict[str, Any] = {"user_id": "alice", "conversation_id": "c"}
OFF = Settings(worker="off", retry_base_s=0.05)
SAID = [
    user("I'm allergic to mango. The harbour smells of tar in the morning.", "m1"),
    turn("assistant", "Noted. You adore skiing.", "m2"),
    user("我对花生过敏。码头早上有一股柏油味。", "m3"),
]
FOUND = {
    "memories": [
        {"kind": "fact", "turn": 1, "quote": "The harbour smells of tar in the morning", "text": "The harbour smells of tar in the morning.",
         "subject": "harbour", "attribute": "state", "value": "smells of tar"},
        {"kind": "fact", "turn": 3, "quote": "码头早上有一股柏油味", "text": "码头早上有一股柏油味。", "subject": "码头", "attribute": "state",
         "value": "柏油味"},
        {"kind": "preference", "turn": 2, "quote": "You adore skiing", "text": "The user adores skiing.", "polarity": "wants", "object": "skiing"},
    ]
}  # fmt: skip


def learnt(memory: Any, **who: Any) -> str:
    return "\n".join(m.text for m in memory.list_memories(kinds=["fact", "preference"], **(who or ALICE)))


def kept_by_rules(memory: Any) -> None:
    """The journal is whole, what rules find is there, and turns are found."""
    assert len(memory.list_memories(kinds=["episode"], **ALICE)) == 3
    assert "mango" in learnt(memory) and "花生" in learnt(memory)
    assert memory.search_memory("tar in the harbour", **ALICE).memories


def test_what_the_user_said_is_learnt_and_nothing_else(open_memory: Callable[..., Any]) -> None:
    memory = open_memory(llm=ScriptedLlm([FOUND]), settings=OFF)
    receipt = memory.add_message(SAID, **TALK)
    memory.drain()
    done = memory.receipt(receipt.task_id)
    kept_by_rules(memory)
    assert "tar" in learnt(memory) and "柏油" in learnt(memory)
    assert "ski" not in learnt(memory)
    assert [d.reason for d in done.decisions if d.action == "rejected" and d.by == "llm"] == ["not said by the user"]
    assert (done.state, done.usage.calls, done.usage.input_tokens, done.usage.output_tokens) == ("done", 1, 100, 10)
    by = {d.by for d in done.decisions if d.action == "added"}
    assert by == {"rules", "llm"}


def numbers(prompt: Prompt) -> list[str]:
    """The numbered turns that a prompt asks about, context left out."""
    return [line for line in prompt.user.splitlines() if line[:1].isdigit() and "[context]" not in line]


def test_a_window_of_turns_is_one_call_and_not_one_a_message(open_memory: Callable[..., Any]) -> None:
    llm = ScriptedLlm([{"memories": []}])
    memory = open_memory(llm=llm, settings=Settings(worker="off", window_turns=4, window_idle_s=600))
    receipts = [memory.add_message(user(f"The lamp in room {n} flickers."), **TALK) for n in range(10)]
    memory.drain()
    assert [len(numbers(p)) for p in llm.prompts] == [4, 4, 2]
    told = [memory.receipt(r.task_id) for r in receipts]
    assert {r.state for r in told} == {"done"}
    assert [r.usage.calls for r in told] == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0]


def test_conversations_have_windows_of_their_own(open_memory: Callable[..., Any]) -> None:
    llm = ScriptedLlm([{"memories": []}])
    memory = open_memory(llm=llm, settings=OFF)
    for name in ("a", "b"):
        memory.add_message(user(f"The lamp of {name} flickers."), user_id="alice", conversation_id=name)
        memory.add_message(user(f"The door of {name} creaks."), user_id="alice", conversation_id=name)
    memory.drain()
    assert sorted(("of a" in p.user, "of b" in p.user) for p in llm.prompts) == [(False, True), (True, False)]


def test_an_open_window_waits_for_more_turns_for_rest_or_for_somebody_who_waits(open_memory: Callable[..., Any]) -> None:
    llm = ScriptedLlm([{"memories": []}])
    memory = open_memory(llm=llm, settings=Settings(window_turns=3, window_idle_s=600))
    one = memory.add_message(user("The lamp flickers."), **TALK)
    _until(lambda: _stage(memory, one) == "pending")
    time.sleep(0.7)
    two = memory.add_message(user("The door creaks."), **TALK)
    _until(lambda: _stage(memory, two) == "pending")
    time.sleep(0.7)
    assert llm.prompts == []
    memory.add_message(user("The tap drips."), **TALK)
    _until(lambda: memory.receipt(one.task_id).state == "done")
    assert [len(numbers(p)) for p in llm.prompts] == [3]
    last = memory.add_message(user("The roof leaks."), **TALK)
    assert memory.wait(last, timeout=30).state == "done"
    assert [len(numbers(p)) for p in llm.prompts] == [3, 1]


def test_a_conversation_that_rests_is_read(open_memory: Callable[..., Any]) -> None:
    llm = ScriptedLlm([{"memories": []}])
    memory = open_memory(llm=llm, settings=Settings(window_turns=50, window_idle_s=0.3))
    receipts = [memory.add_message(user(f"The lamp {n} flickers."), **TALK) for n in range(3)]
    _until(lambda: all(memory.receipt(r.task_id).state == "done" for r in receipts))
    assert len(llm.prompts) <= 2


def _stage(memory: Any, receipt: Any) -> str:
    store = (memory if isinstance(memory, MemOS) else memory.sync)._engine.context.store
    [task] = store.tasks(ids=[receipt.task_id])
    return str(task.state) if task.payload.get("stage") == "llm" else "rules"


def _until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_call_about_nothing_that_the_user_said_is_not_made(open_memory: Callable[..., Any]) -> None:
    llm = ScriptedLlm([{"memories": []}])
    memory = open_memory(llm=llm, settings=OFF)
    memory.add_message([turn("assistant", "Hello!"), turn("system", "Be kind."), turn("tool", "22 degrees")], **TALK)
    memory.add_message(user("I hum."), learn=False, **TALK)
    memory.drain()
    assert llm.prompts == []


def test_while_it_is_down_rules_learn_and_the_task_goes_on_when_it_is_back(open_memory: Callable[..., Any]) -> None:
    down: list[Any] = [ModelError("down", usage=Usage(calls=1))] * 2
    memory = open_memory(llm=ScriptedLlm([*down, FOUND]), settings=OFF)
    receipt = memory.add_message(SAID, **TALK)
    memory.drain()
    waiting = memory.receipt(receipt.task_id)
    assert (waiting.state, waiting.attempts, waiting.error) == ("pending", 1, "ModelError: down")
    kept_by_rules(memory)
    _until(lambda: memory.drain() >= 0 and memory.receipt(receipt.task_id).state == "done")
    done = memory.receipt(receipt.task_id)
    assert done.error is None
    assert done.usage.calls == 3
    assert "tar" in learnt(memory)


@pytest.mark.parametrize("garbage", ["no list", {"memories": "none"}, {"memories": [{"kind": "fact"}, 7, None]}, [], 3, None])
def test_an_answer_of_the_wrong_form_teaches_nothing_and_says_why(open_memory: Callable[..., Any], garbage: Any) -> None:
    memory = open_memory(llm=ScriptedLlm([garbage]), settings=OFF)
    receipt = memory.add_message(SAID, **TALK)
    memory.drain()
    done = memory.receipt(receipt.task_id)
    assert done.state == "done"
    assert garbage == [] or [d for d in done.decisions if d.by == "llm" and d.action == "rejected" and d.reason]
    kept_by_rules(memory)
    assert "tar" not in learnt(memory)


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ModelAnswerError("no JSON", usage=Usage(calls=1, input_tokens=50, output_tokens=5)), 3),
        (ModelError("no such model", retryable=False, usage=Usage(calls=1, input_tokens=50, output_tokens=5)), 1),
    ],
    ids=["garbage", "refused"],
)
def test_after_so_many_attempts_a_task_is_set_aside_with_its_reason(open_memory: Callable[..., Any], error: ModelError, calls: int) -> None:
    memory = open_memory(llm=ScriptedLlm([error]), settings=Settings(worker="off", retry_base_s=0.02, max_attempts=3))
    receipt = memory.add_message(SAID, **TALK)
    _until(lambda: memory.drain() >= 0 and memory.receipt(receipt.task_id).state == "failed")
    failed = memory.receipt(receipt.task_id)
    assert failed.attempts == calls
    assert failed.error == f"{type(error).__name__}: {error}"
    # what was spent on nothing stands on the receipt too
    assert (failed.usage.calls, failed.usage.input_tokens, failed.usage.output_tokens) == (calls, 50 * calls, 5 * calls)
    assert [r.task_id for r in memory.failed()] == [receipt.task_id]
    assert memory.wait(receipt, timeout=5).state == "failed"
    kept_by_rules(memory)


def test_new_turns_do_not_hurry_a_window_that_failed(open_memory: Callable[..., Any]) -> None:
    llm = ScriptedLlm([ModelError("down")])
    memory = open_memory(llm=llm, settings=Settings(worker="off", retry_base_s=600))
    memory.add_message(user("The lamp flickers."), **TALK)
    memory.drain()
    for n in range(8):
        memory.add_message(user(f"I live in Ghent, at number {n}."), **TALK)
        memory.drain()
    assert len(llm.prompts) == 1
    assert memory.failed() == []
    assert "Ghent" in learnt(memory)


def test_a_slow_model_holds_nobody_up(open_memory: Callable[..., Any]) -> None:
    asked, go = threading.Event(), threading.Event()

    def slow(words: str) -> str:
        asked.set()
        go.wait(30)
        return '{"memories": []}'

    memory = open_memory(llm=slow, settings=Settings(window_turns=1))
    memory.add_message(SAID, **TALK)
    assert asked.wait(30)
    begun = time.monotonic()
    again = memory.add_message(user("My dentist is Dr. Okafor.", "m4"), **TALK)
    assert memory.search_memory("dentist", **ALICE).memories[0].memory.sources == ("m4",)
    assert time.monotonic() - begun < 5
    assert memory.receipt(again.task_id).state == "pending"
    kept_by = learnt(memory)
    assert "mango" in kept_by
    go.set()
    assert memory.wait(again, timeout=30).state == "done"


def test_a_close_does_not_wait_for_a_slow_model_and_the_next_start_asks_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    asked, go = threading.Event(), threading.Event()

    def slow(words: str) -> str:
        asked.set()
        go.wait(30)
        return '{"memories": []}'

    memory = MemOS(tmp_path / "m.db", embedder=None, llm=slow, settings=Settings(window_turns=1))
    receipt = memory.add_message(SAID, **TALK)
    assert asked.wait(30)
    begun = time.monotonic()
    memory.close(timeout=0.3)
    assert time.monotonic() - begun < 5
    go.set()
    _until(lambda: not any(t.name == "memos-worker" for t in threading.enumerate()))
    assert [r.message for r in caplog.records if r.levelname == "ERROR"] == []
    with MemOS(tmp_path / "m.db", embedder=None, llm=ScriptedLlm([FOUND]), settings=OFF) as memory:
        memory.drain()
        done = memory.receipt(str(receipt.task_id))
        assert (done.state, done.attempts) == ("done", 1)
        assert "tar" in learnt(memory)
        assert memory.receipt(str(receipt.task_id)).usage.calls == 1


def test_an_answer_that_was_stored_is_not_asked_for_again(tmp_path: Path) -> None:
    calls: list[Prompt] = []
    broken = threading.Event()

    def embed(texts: list[str]) -> list[Any]:
        if calls and not broken.is_set():
            broken.set()
            raise ConnectionError
        return list(HashingEmbedder(32).embed_documents(texts))

    def answer(prompt: Prompt) -> Any:
        calls.append(prompt)
        return FOUND

    options: dict[str, Any] = {"embedder": CallableEmbedder(embed, name="e"), "settings": OFF}
    with MemOS(tmp_path / "m.db", llm=ScriptedLlm(answer), **options) as memory:
        receipt = memory.add_message(SAID, **TALK)
        memory.drain()
        assert broken.is_set()
        assert memory.receipt(str(receipt.task_id)).state == "pending"
    time.sleep(0.1)
    with MemOS(tmp_path / "m.db", llm=ScriptedLlm(answer), **options) as memory:
        memory.drain()
        done = memory.receipt(str(receipt.task_id))
        assert (done.state, done.usage.calls) == ("done", 1)
        assert "tar" in learnt(memory) and learnt(memory).count("harbour") == 1
    assert len(calls) == 1


def test_a_kill_between_answer_and_learning_costs_no_second_call(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import os, signal, sys
        from memos_integrations import MemOS, Settings
        from memos_integrations.engine.learning import Learner
        from memos_integrations.llms import ScriptedLlm
        from tests.test_learning_with_a_model import FOUND, OFF, SAID, TALK

        def die(prompt):
            Learner.reconcile = lambda *args: os.kill(os.getpid(), signal.SIGKILL)
            return FOUND

        memory = MemOS(sys.argv[1], embedder=None, llm=ScriptedLlm(die), settings=OFF)
        memory.add_message(SAID, **TALK)
        memory.drain()
        """
    )
    root = Path(__file__).parent.parent
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "m.db")], cwd=root, check=False, timeout=60, capture_output=True)
    assert killed.returncode == -9, killed.stderr
    llm = ScriptedLlm([ModelError("must not be asked", retryable=False)])
    with MemOS(tmp_path / "m.db", embedder=None, llm=llm, settings=OFF) as memory:
        memory.drain()
        assert llm.prompts == []
        assert "tar" in learnt(memory)
        assert memory.failed() == []


def spent_earlier(path: Path, micros: int) -> None:
    """As if the calls so far had been made so much earlier."""
    with closing(SQLiteStore(path)) as store:
        records = store.scan(ScanQuery((SYSTEM_NAMESPACE,), kinds=("spent",), limit=1000)).records
        assert records
        tasks = [replace(t, ready_at=t.ready_at - micros) for t in store.tasks(states=("pending",))]
        store.commit(Batch(put=tuple(r.but(created_at=r.created_at - micros) for r in records), tasks=tuple(tasks)))


@pytest.mark.parametrize("ceiling", [{"model_calls_per_hour": 2}, {"model_tokens_per_hour": 150}], ids=["calls", "tokens"])
def test_a_ceiling_holds_over_restarts_and_ends_after_an_hour(tmp_path: Path, ceiling: dict[str, int]) -> None:
    llm = ScriptedLlm([{"memories": []}])
    settings = Settings(worker="off", window_turns=1, **ceiling)  # type: ignore[arg-type]
    path = tmp_path / "m.db"
    with MemOS(path, embedder=None, llm=llm, settings=settings) as memory:
        for n in range(2):
            memory.add_message(user(f"The lamp {n} flickers."), user_id="alice", conversation_id=str(n))
        memory.drain()
    assert len(llm.prompts) == 2
    with MemOS(path, embedder=None, llm=llm, settings=settings) as memory:
        late = memory.add_message(user("I'm allergic to mango."), user_id="alice", conversation_id="late")
        begun = time.monotonic()
        memory.drain()
        put_off = memory.wait(late, timeout=20)
        assert memory.wait(timeout=20) is None
        assert time.monotonic() - begun < 15
        assert put_off is not None and put_off.state == "pending"
        assert put_off.error is not None and "ceiling" in put_off.error
        assert memory.pending() == 0
        assert "mango" in learnt(memory)
        # another namespace has an allowance of its own
        memory.add_message(user("The tap drips."), user_id="bob")
        memory.drain()
        assert len(llm.prompts) == 3
        assert "~" not in "".join(n.key[:1] for n in memory.namespaces())
        assert all(line["record"]["kind"] != "spent" for line in memory.export_records() if "record" in line)  # type: ignore[index,call-overload]
    spent_earlier(path, 3_600_000_000)
    with MemOS(path, embedder=None, llm=llm, settings=settings) as memory:
        memory.drain()
        assert len(llm.prompts) == 4
        assert memory.receipt(str(late.task_id)).state == "done"


def test_who_goes_on_talking_under_a_ceiling_is_learnt_from_by_rules(open_memory: Callable[..., Any]) -> None:
    memory = open_memory(llm=ScriptedLlm([{"memories": []}]), settings=Settings(worker="off", window_turns=1, model_calls_per_hour=1))
    for n in range(66):  # more than a worker takes at once
        memory.add_message(user(f"Lamp {n} flickers."), **TALK)
    memory.drain(budget_s=30)
    memory.add_message(user("I'm allergic to mango."), **TALK)
    begun = time.monotonic()
    memory.drain(budget_s=30)
    assert time.monotonic() - begun < 20, "what is put off is taken again and again"
    assert memory.pending() == 0
    assert "mango" in learnt(memory)


def test_a_ceiling_counts_what_failed(open_memory: Callable[..., Any]) -> None:
    llm = ScriptedLlm([ModelAnswerError("no JSON", usage=Usage(calls=1))])
    memory = open_memory(llm=llm, settings=Settings(worker="off", model_calls_per_hour=2, retry_base_s=0.01))
    receipt = memory.add_message(user("The lamp flickers."), **TALK)
    for _ in range(5):
        memory.drain()
        time.sleep(0.06)
    assert len(llm.prompts) == 2
    assert "ceiling" in memory.receipt(receipt.task_id).error


def test_the_cost_of_finding_out_what_a_server_takes_is_told(open_memory: Callable[..., Any]) -> None:
    def reply(body: dict[str, Any]) -> Reply:
        if body.get("response_format", {}).get("type") != "json_object":
            return 400, {"error": {"message": "unknown response_format"}}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": '{"memories": []}'}}
        usage = {"prompt_tokens": 70, "completion_tokens": 3, "total_tokens": 73}
        return 200, {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}

    with loopback(reply) as server:
        memory = open_memory(llm=OpenAILlm("m", base_url=server.url, api_key="none"), settings=OFF)
        first = memory.add_message(user("The lamp flickers."), **TALK)
        memory.drain()
        second = memory.add_message(user("The door creaks."), **TALK)
        memory.drain()
        costs = [memory.receipt(r.task_id).usage for r in (first, second)]
        memory.close()
    assert [body.get("response_format", {}).get("type") for body in server.bodies] == ["json_schema", "json_object", "json_object"]
    assert [(c.calls, c.input_tokens, c.output_tokens) for c in costs] == [(2, 70, 3), (1, 70, 3)]


def test_a_task_of_a_model_that_is_not_there_any_more_is_done(tmp_path: Path) -> None:
    llm = ScriptedLlm([ModelError("down")])
    with MemOS(tmp_path / "m.db", embedder=None, llm=llm, settings=OFF) as memory:
        receipt = memory.add_message(SAID, **TALK)
        memory.drain()
    time.sleep(0.2)
    with MemOS(tmp_path / "m.db", embedder=None, settings=OFF) as memory:
        memory.drain()
        assert memory.receipt(str(receipt.task_id)).state == "done"


def test_a_failing_store_of_one_task_leaves_the_others(open_memory: Callable[..., Any]) -> None:
    calls: list[int] = []

    def embed(texts: list[str]) -> list[Any]:
        calls.append(len(texts))
        if any("mango" in text for text in texts):
            raise ConnectionError
        return list(HashingEmbedder(32).embed_documents(texts))

    memory = open_memory(embedder=CallableEmbedder(embed, name="e"), settings=Settings(worker="off", retry_base_s=600))
    bad = memory.add_message(user("I'm allergic to mango."), **TALK)
    good = memory.add_message(user("I live in Ghent."), **TALK)
    memory.drain()
    assert memory.receipt(bad.task_id).error == "EmbedderError: the embedding function raised ConnectionError"
    assert memory.receipt(good.task_id).state == "done"
    assert "Ghent" in learnt(memory)


def test_turns_of_an_extractor_of_ones_own_need_words_of_the_user(open_memory: Callable[..., Any]) -> None:
    class Dreamer:
        def extract(self, turns: Any) -> list[Candidate]:
            last = turns[-1]
            return [
                Candidate(kind="fact", episode=turns[0].episode, quote=turns[0].text, text="from context", value=turns[0].text),
                Candidate(kind="fact", episode=last.episode, quote="never said", text="invented", value="never said"),
                Candidate(kind="fact", episode="nowhere", quote="x", text="from nowhere", value="x"),
                Candidate(kind="fact", episode=last.episode, quote=last.text, text=f"told: {last.text}", value=last.text),
            ]

    memory = open_memory(extractor=Dreamer(), settings=OFF)
    memory.add_message([turn("assistant", "You adore skiing."), turn("assistant", "Truly.")], **TALK)
    memory.drain()
    receipt = memory.add_message(user("The lamp flickers."), **TALK)
    memory.drain()
    done = memory.receipt(receipt.task_id)
    assert done.state == "done"
    assert learnt(memory) == "told: The lamp flickers."
    assert sum(d.action == "rejected" for d in done.decisions) == 3
