"""What ``add_message`` guarantees: nothing lost, nothing doubled, nothing waited for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import Settings
from memos_integrations.embeddings import CallableEmbedder, HashingEmbedder

from .turns import turn, user

ALICE = {"user_id": "alice", "conversation_id": "c1"}


def episodes(memory: Any, **scope: Any) -> list[str]:
    return [m.text for m in memory.list_memories(kinds=["episode"], **(scope or ALICE))]


def test_a_turn_can_be_recalled_right_after_its_receipt(idle: Any) -> None:
    receipt = idle.add_message(user("The spare key hangs behind the boiler."), **ALICE)
    assert receipt.state == "pending"
    recall = idle.search_memory("Where is the spare key?", user_id="alice")
    assert "boiler" in recall.memories[0].memory.text
    assert "boiler" in recall.instruction.tail


def test_chinese_turns_are_found_by_their_words(idle: Any) -> None:
    idle.add_message(user("备用钥匙挂在锅炉后面。"), **ALICE)
    recall = idle.search_memory("钥匙在哪里", user_id="alice")
    assert "锅炉" in recall.memories[0].memory.text


@pytest.mark.parametrize("explicit", [True, False])
def test_a_retry_adds_nothing(idle: Any, explicit: bool) -> None:
    batch = [user("Hello", "m1" if explicit else None), turn("assistant", "Hi", "m2" if explicit else None)]
    first = idle.add_message(batch, **ALICE)
    again = idle.add_message(batch, **ALICE)
    assert again.episode_ids == first.episode_ids
    assert again.task_id is None
    assert [d.action for d in again.decisions] == ["known", "known"]
    assert episodes(idle) == ["Hello", "Hi"]


def test_the_whole_history_sent_again_adds_only_what_is_new(idle: Any) -> None:
    history: list[dict[str, Any]] = []
    for number in range(5):
        history += [user(f"question {number}"), turn("assistant", f"answer {number}")]
        idle.add_message(history, **ALICE)
    assert len(episodes(idle)) == 10


def test_a_second_yes_is_a_second_message(idle: Any) -> None:
    idle.add_message([turn("assistant", "Book it?"), user("yes")], **ALICE)
    idle.add_message([turn("assistant", "Pay now?"), user("yes")], **ALICE)
    assert episodes(idle) == ["Book it?", "yes", "Pay now?", "yes"]


def test_paris_london_paris_are_three_turns(idle: Any) -> None:
    for place in ("I live in Paris.", "I live in London.", "I live in Paris."):
        idle.add_message(user(place), **ALICE)
    assert len(episodes(idle)) == 3


def test_equal_turns_of_one_batch_stay_two(idle: Any) -> None:
    idle.add_message([user("ha"), user("ha")], **ALICE)
    assert episodes(idle) == ["ha", "ha"]


def test_an_edited_message_is_revised_and_learnt_anew(memory: Any) -> None:
    memory.add_message(user("I'm allergic to peanuts.", "m1"), **ALICE)
    memory.wait(timeout=30)
    receipt = memory.add_message(user("I'm allergic to walnuts.", "m1"), **ALICE)
    assert [d.action for d in receipt.decisions] == ["revised"]
    memory.wait(timeout=30)
    assert episodes(memory) == ["I'm allergic to walnuts."]
    text = " ".join(m.text for m in memory.list_memories(kinds=["preference", "fact"], user_id="alice"))
    assert "walnut" in text
    assert "peanut" not in text


@pytest.mark.parametrize("learnt_before", [0, 1], ids=["none of it learnt yet", "the first learnt already"])
@pytest.mark.parametrize(
    ("said", "found"),
    [
        (("I'm vegetarian.", "I'm allergic to peanuts."), "peanut"),
        (("I'm vegetarian.", "I'm allergic to peanuts.", "I'm allergic to shrimp."), "shrimp"),
        (("我吃素。", "我对花生过敏。"), "花生"),
        (("I'm vegetarian.", "I'm allergic to peanuts.", "I'm vegetarian."), "vegetarian"),
        (("I'm vegan.", "I'm allergic to peanuts. Please note: I'm allergic to peanuts."), "peanut"),
    ],
)
def test_a_message_that_is_edited_before_it_was_learnt_from_is_learnt_from(
    idle: Any, said: tuple[str, ...], found: str, learnt_before: int
) -> None:
    for number, words in enumerate(said):
        idle.add_message(user(words, "m1"), **ALICE)
        if number < learnt_before:
            idle.drain()
    idle.drain()
    [learnt] = [m.text for m in idle.list_memories(kinds=["preference", "fact"], user_id="alice")]
    assert found in learnt


def test_without_conversation_and_ids_each_call_is_new(idle: Any) -> None:
    idle.add_message(user("ping"), user_id="alice")
    idle.add_message(user("ping"), user_id="alice")
    assert len(episodes(idle, user_id="alice")) == 2


def test_an_idempotency_key_makes_a_call_repeatable(idle: Any) -> None:
    first = idle.add_message([user("ping"), user("ping")], user_id="alice", idempotency_key="k1")
    again = idle.add_message([user("ping"), user("ping")], user_id="alice", idempotency_key="k1")
    other = idle.add_message([user("ping"), user("ping")], user_id="alice", idempotency_key="k2")
    assert set(first.episode_ids) == set(again.episode_ids)
    assert not set(first.episode_ids) & set(other.episode_ids)
    assert len(episodes(idle, user_id="alice")) == 4


def test_a_message_keeps_all_that_it_was_given(idle: Any) -> None:
    message = {
        "role": "assistant",
        "content": [{"type": "text", "text": "Looking."}, {"type": "image_url", "image_url": {"url": "data:x"}}],
        "id": "m1",
        "created_at": "2026-03-02T09:00:00+08:00",
        "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
        "metadata": {"channel": "web"},
        "raw": {"type": "ai", "extra": [1, None]},
    }
    receipt = idle.add_message(message, metadata={"build": 7}, **ALICE)
    episode = idle.get(receipt.episode_ids[0])
    assert episode.text == "Looking."
    assert [p["type"] for p in episode.parts] == ["text", "image_url"]
    assert episode.tool_calls[0]["id"] == "t1"
    assert episode.metadata == {"build": 7, "channel": "web"}
    assert episode.raw == {"type": "ai", "extra": [1, None]}
    assert episode.sources == ("m1",)
    assert episode.valid_from.isoformat() == "2026-03-02T01:00:00+00:00"


def test_learn_false_keeps_the_turn_and_learns_nothing(memory: Any) -> None:
    memory.add_message(user("I'm allergic to peanuts."), learn=False, **ALICE)
    memory.wait(timeout=30)
    assert [m.kind for m in memory.list_memories(user_id="alice")] == ["episode"]


def test_the_receipt_tells_what_was_learnt(memory: Any) -> None:
    receipt = memory.add_message(user("I'm allergic to peanuts.", "m1"), **ALICE)
    done = memory.wait(receipt, timeout=30)
    assert done.state == "done"
    added = [d for d in done.decisions if d.action == "added"]
    assert added
    learnt = memory.get(added[0].memory_id)
    assert learnt.sources == ("m1",)
    assert learnt.evidence[0].quote in "I'm allergic to peanuts."
    assert memory.receipt(receipt.task_id) == done


def test_a_large_batch_goes_in_one_call(open_memory: Callable[..., Any]) -> None:
    memory = open_memory(settings=Settings(worker="off"))
    batch = [user(f"note {n} about topic {n % 97}") for n in range(10_000)]
    receipt = memory.add_message(batch, **ALICE)
    assert len(receipt.episode_ids) == 10_000
    assert memory.pending() == 10_000
    again = memory.add_message(batch, **ALICE)
    assert again.task_id is None


def test_what_is_said_meanwhile_does_not_wait_for_a_large_import(open_memory: Callable[..., Any]) -> None:
    answered = threading.Event()

    def embed(texts: list[str]) -> list[list[float]]:
        answered.wait(0.06 * len(texts))  # slow until what was said meanwhile is learnt, on a busy machine too
        return [[1.0, float(len(text))] for text in texts]

    memory = open_memory(embedder=CallableEmbedder(embed, name="slow"))
    imported = memory.add_message([user(f"note {n}") for n in range(1000)], **ALICE)
    memory.wait(imported, timeout=180)
    said = memory.add_message(user("I'm allergic to mango."), **ALICE)
    assert memory.wait(said, timeout=180).state == "done"
    assert memory.pending() > 200  # the vectors of the import come later
    answered.set()
    while memory.pending():
        time.sleep(0.05)


def test_a_large_import_is_learnt_whatever_its_task_is_called(open_memory: Callable[..., Any], tmp_path: Path) -> None:
    # the vectors of what is beyond 256 are a task of their own: once it took the name, and the place, of the one that ended in "e"
    for n in count():
        memory = open_memory(tmp_path / f"{n}.db", embedder=HashingEmbedder(), settings=Settings(worker="off"))
        receipt = memory.add_message([user(f"note {i}") for i in range(257)], **ALICE)
        if receipt.task_id.endswith("e"):
            break
        memory.close()
    memory.drain(60)
    done = memory.receipt(receipt.task_id)
    assert (done.state, done.episode_ids) == ("done", receipt.episode_ids)
    assert memory.pending() == 0


def test_inline_what_failed_is_tried_again_by_who_waits(open_memory: Callable[..., Any]) -> None:
    tries = count(1)

    def embed(texts: list[str]) -> list[list[float]]:
        if next(tries) == 1:
            raise ConnectionError("down")
        return [[1.0, 0.5]] * len(texts)

    memory = open_memory(embedder=CallableEmbedder(embed, name="e"), settings=Settings(worker="inline", retry_base_s=0.1))
    receipt = memory.add_message(user("I'm allergic to peanuts."), **ALICE)
    assert receipt.state == "pending"
    assert memory.wait(receipt, timeout=20).state == "done"
    assert memory.pending() == 0


def test_turns_of_a_time_to_come_are_learnt_from_now(memory: Any) -> None:
    memory.add_message(user("I'm allergic to peanuts."), now="2100-01-01T00:00:00Z", **ALICE)
    end = time.monotonic() + 20
    while not (learnt := list(memory.list_memories(kinds=["preference"], user_id="alice"))) and time.monotonic() < end:
        time.sleep(0.05)
    assert learnt, "nobody waits for the queue, and it waits for the time of the turns"


def test_inline_learns_inside_the_call(open_memory: Callable[..., Any]) -> None:
    memory = open_memory(settings=Settings(worker="inline"))
    receipt = memory.add_message(user("Always answer in French."), **ALICE)
    assert receipt.state == "done"
    assert "French" in memory.search_memory("hello", user_id="alice").instruction.head


def test_off_waits_for_another_worker(open_memory: Callable[..., Any]) -> None:
    memory = open_memory(settings=Settings(worker="off"))
    receipt = memory.add_message(user("Always answer in French."), **ALICE)
    assert memory.receipt(receipt.task_id).state == "pending"
    memory.drain(30)
    assert memory.receipt(receipt.task_id).state == "done"
