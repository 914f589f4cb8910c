"""LlamaIndex's own models at work inside memory, and what its instrumentation is told of memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import MockEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.instrumentation import get_dispatcher
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.llms import MockLLM
from pydantic import PrivateAttr

from memos_integrations import InvalidInput, MemOS, ModelAnswerError, ModelError, StoreError
from memos_integrations.llama_index import (
    LlamaIndexEmbedder,
    LlamaIndexLlm,
    MemOSHistoryEvent,
    MemOSMemory,
    MemOSRecallEvent,
    MemOSToolSpec,
    MemOSWriteEvent,
)
from memos_integrations.llms import Prompt

from .llama_index_agents import ScriptedLLM, call, systems, user

FOUND = {"memories": [{"text": "The user lives in {Berlin}."}]}
PROMPT = Prompt(
    system="Find what the user says of {themselves}.",
    user="I live in {Berlin}.",
    schema_name="memories",
    schema={"type": "object", "properties": {"memories": {"type": "array", "items": {"type": "object"}}}, "required": ["memories"]},
)


def test_a_model_that_calls_functions_is_asked_with_the_schema() -> None:
    llm = ScriptedLLM(script=[call("memories", **FOUND)])
    answer = LlamaIndexLlm(llm).ask(PROMPT)
    assert answer.value == FOUND
    assert answer.usage.calls == 1 and answer.usage.input_tokens > 10 and answer.usage.output_tokens > 5
    assert llm.prompts[0][-1].content == PROMPT.user and systems(llm.prompts[0]) == PROMPT.system


def test_one_that_does_not_is_asked_in_words() -> None:
    llm = ScriptedLLM(functions=False, script=[f"Here it is:\n```json\n{json.dumps(FOUND)}\n```"])
    answer = LlamaIndexLlm(llm).ask(PROMPT)
    assert answer.value == FOUND and answer.usage.calls == 1
    assert '"memories"' in systems(llm.prompts[0]), "the schema is told in words"


@pytest.mark.parametrize("first", ["I cannot do that.", call("memories", wrong=1).model_copy(update={"additional_kwargs": {}})])
def test_one_that_answers_a_structured_call_with_words_is_asked_again_in_words(first: Any) -> None:
    llm = ScriptedLLM(script=[first, json.dumps(FOUND)])
    answer = LlamaIndexLlm(llm).ask(PROMPT)
    assert answer.value == FOUND and answer.usage.calls == 2


class Refused(Exception):
    def __init__(self, status_code: int) -> None:
        super().__init__("sk-secret")
        self.status_code = status_code


def test_a_server_that_refuses_the_form_is_asked_in_words_and_other_errors_are_told_apart() -> None:
    assert LlamaIndexLlm(ScriptedLLM(script=[Refused(400), json.dumps(FOUND)])).ask(PROMPT).value == FOUND
    for status, retryable in ((401, False), (429, True), (500, True)):
        with pytest.raises(ModelError) as caught:
            LlamaIndexLlm(ScriptedLLM(script=[Refused(status)])).ask(PROMPT)
        assert caught.value.retryable is retryable and "secret" not in str(caught.value)
        assert caught.value.usage is not None and caught.value.usage.calls == 1
    with pytest.raises(ModelAnswerError):
        LlamaIndexLlm(ScriptedLLM(functions=False, script=["No idea."])).ask(PROMPT)


def test_usage_that_a_model_reports_is_what_counts() -> None:
    class Reporting(ScriptedLLM):
        def chat(self, messages: Any, **kwargs: Any) -> ChatResponse:
            response = super().chat(messages, **kwargs)
            return response.model_copy(update={"raw": {"usage": {"prompt_tokens": 7, "completion_tokens": 3}}})

    answer = LlamaIndexLlm(Reporting(functions=False, script=[json.dumps(FOUND)])).ask(PROMPT)
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (7, 3)


def test_it_learns_for_a_memory() -> None:
    def extract(messages: list[ChatMessage]) -> Any:
        return "{}"

    llm = ScriptedLLM(answer=extract, functions=False)
    with MemOS(":memory:", embedder=None, llm=LlamaIndexLlm(llm)) as memos:
        assert memos.info()["llm"] == "llama_index:ScriptedLLM"
        memos.add_message({"role": "user", "content": "I moved to Lisbon for the surf."}, user_id="alice")
        memos.wait(timeout=60)
    assert any("Lisbon" in str(message.content) for prompt in llm.prompts for message in prompt)
    assert LlamaIndexLlm(MockLLM()).name == "llama_index:MockLLM"
    with pytest.raises(InvalidInput):
        LlamaIndexLlm("gpt")  # type: ignore[arg-type]


class TwoSided(BaseEmbedding):
    """Embeds queries otherwise than documents."""

    _asked: list[str] = PrivateAttr(default_factory=list)

    def _get_query_embedding(self, query: str) -> list[float]:
        self._asked.append(f"query: {query}")
        return [1.0, 0.0, float("cello" in query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        self._asked.append(f"text: {text}")
        return [0.0, 1.0, float("cello" in text)]


def test_queries_and_documents_are_embedded_as_the_model_does_each(tmp_path: Path) -> None:
    model = TwoSided(model_name="two-sided")
    with MemOS(tmp_path / "m.db", embedder=LlamaIndexEmbedder(model)) as memos:
        memos.remember("The user plays the cello.", kind="fact", user_id="alice")
        memos.wait(timeout=30)
        assert memos.search_memory("cello", user_id="alice").ledger.dense
        assert memos.embedder is not None and memos.embedder.fingerprint == "callable:llama_index:TwoSided:two-sided"
    assert "query: cello" in model._asked
    assert any(one.startswith("text: The user plays") for one in model._asked)
    assert LlamaIndexEmbedder(MockEmbedding(4), name="mine").fingerprint == "callable:mine"


@contextmanager
def watched() -> Iterator[list[BaseEvent]]:
    seen: list[BaseEvent] = []

    class Watch(BaseEventHandler):
        def handle(self, event: BaseEvent, **kwargs: Any) -> None:
            seen.append(event)

    root = get_dispatcher()
    root.add_event_handler(Watch())
    try:
        yield seen
    finally:
        root.event_handlers.pop()


def test_recalls_and_writes_are_told_to_the_instrumentation_without_the_users_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with MemOS(":memory:", embedder=None) as memos, watched() as seen:
        fact = memos.remember("The user plays the cello.", kind="fact", user_id="alice").decisions[0].memory_id
        memory = MemOSMemory(memos, user_id="alice", session_id="s1", token_limit=20)
        memory.put(user("An earlier question, which takes more room than there is in the prompt."))
        memory.put(user("x"))
        memory.put(ChatMessage(role="assistant", content="An answer."))
        memory.put(user("Who plays the cello?"))
        memory.get()
        MemOSToolSpec(memos, user_id="alice").remember("The user has a dog.")
        recalls = [event for event in seen if isinstance(event, MemOSRecallEvent)]
        writes = [event for event in seen if isinstance(event, MemOSWriteEvent)]
        windows = [event for event in seen if isinstance(event, MemOSHistoryEvent)]
        assert len(recalls) == 1 and fact in recalls[0].memory_ids and recalls[0].tokens > 0 and recalls[0].error is None
        assert [event.call for event in writes] == ["add_message"] * 4 + ["remember"]
        assert all(event.memory_ids and event.seconds >= 0 for event in writes)
        assert [event.left_out for event in windows] == [3]
        assert all("cello" not in event.model_dump_json() for event in (*recalls, *writes, *windows))
        assert recalls[0].class_name() == "MemOSRecallEvent"

        def broken(*args: Any, **kwargs: Any) -> Any:
            raise StoreError("the disk is gone")

        for name in ("append", "search", "get", "scan"):
            monkeypatch.setattr(memos._engine.context.store, name, broken)
        memory.get("another")
        assert [event.error for event in seen if isinstance(event, MemOSRecallEvent)][-1] == "StoreError: the disk is gone"
