"""Receipts: they are kept for a documented while, and then found no more; failed ones stay."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from memos_integrations import InvalidInput, ModelError, NotFound, Settings
from memos_integrations.llms import ScriptedLlm

from .turns import user

ALICE: dict[str, Any] = {"user_id": "alice"}


def test_a_receipt_is_kept_for_a_week_by_default(memory: Any) -> None:
    assert Settings().receipt_ttl_s == 7 * 24 * 3600
    receipt = memory.add_message(user("I live in Ghent."), **ALICE)
    memory.wait(receipt, timeout=30)
    memory.drain()
    assert memory.receipt(receipt.task_id).state == "done"


def test_a_receipt_of_long_ago_is_found_no_more_and_what_was_learnt_stays(open_memory: Callable[..., Any]) -> None:
    memory = open_memory(settings=Settings(worker="off", receipt_ttl_s=1))
    receipt = memory.add_message(user("I live in Ghent."), **ALICE)
    time.sleep(1.1)
    memory.drain()
    # its time begins when it is done, not when it was queued
    assert memory.receipt(receipt.task_id).state == "done"
    time.sleep(1.1)
    memory.drain()
    for call in (memory.receipt, memory.wait):
        with pytest.raises(NotFound):
            call(receipt.task_id)
    assert any("Ghent" in m.text for m in memory.list_memories(kinds=["fact"], **ALICE))


@pytest.mark.parametrize("ttl", [float("inf"), 1e14])
def test_receipts_may_be_kept_for_ever(open_memory: Callable[..., Any], ttl: float) -> None:
    memory = open_memory(settings=Settings(worker="off", receipt_ttl_s=ttl))
    receipt = memory.add_message(user("I live in Ghent."), **ALICE)
    memory.drain()
    assert memory.receipt(receipt.task_id).state == "done"


def test_a_failed_task_stays_with_its_reason(open_memory: Callable[..., Any]) -> None:
    llm = ScriptedLlm([ModelError("no such model", retryable=False)])
    memory = open_memory(llm=llm, settings=Settings(worker="off", receipt_ttl_s=1))
    receipt = memory.add_message(user("I live in Ghent."), **ALICE)
    memory.drain()
    time.sleep(1.1)
    memory.drain()
    assert memory.receipt(receipt.task_id).state == "failed"
    assert [r.error for r in memory.failed()] == ["ModelError: no such model"]


def test_what_is_remembered_under_a_key_is_stored_once_whatever_became_of_it(memory: Any) -> None:
    words = "The museum closes at six."
    [first] = memory.remember(words, kind="fact", user_id="alice", idempotency_key="step-1").decisions
    [again] = memory.remember(words, kind="fact", user_id="alice", idempotency_key="step-1").decisions
    assert (first.action, again.action, again.memory_id) == ("added", "known", first.memory_id)
    [other] = memory.remember(words, kind="fact", user_id="alice", idempotency_key="step-2").decisions
    [bob] = memory.remember(words, kind="fact", user_id="bob", idempotency_key="step-1").decisions
    assert len({first.memory_id, other.memory_id, bob.memory_id}) == 3
    memory.forget(first.memory_id, user_id="alice")
    [anew] = memory.remember(words, kind="fact", user_id="alice", idempotency_key="step-1").decisions
    assert anew.action == "added"
    with pytest.raises(InvalidInput, match="idempotency_key"):
        memory.remember(words, kind="fact", user_id="alice", idempotency_key=" ")
