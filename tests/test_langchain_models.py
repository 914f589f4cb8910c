"""The user's own LangChain models at work inside memory."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage

from memos_integrations import EmbedderError, InvalidInput, MemOS, ModelAnswerError, ModelError, Settings
from memos_integrations.embeddings import Embedder
from memos_integrations.langchain import LangChainEmbedder, LangChainLlm
from memos_integrations.llms.base import Prompt
from memos_integrations.testing.embedder_contract import EmbedderContract

from .langchain_agents import ScriptedChat

FOUND = {
    "memories": [
        {
            "kind": "fact", "turn": 1, "quote": "my left knee forecasts rain", "text": "The user's left knee forecasts rain.",
            "subject": "user", "attribute": "health", "value": "my left knee forecasts rain",
        }
    ]
}  # fmt: skip
SAID = "Rumour has it my left knee forecasts rain."
PROMPT = Prompt(
    system="Read.", user="turns", schema_name="memories", schema={"type": "object", "properties": {"memories": {"type": "array"}}}
)


def structured(**answer: Any) -> AIMessage:
    usage: Any = {"input_tokens": 70, "output_tokens": 9, "total_tokens": 79}
    return AIMessage("", tool_calls=[{"name": "memories", "args": answer, "id": "1"}], usage_metadata=usage)


@pytest.mark.parametrize(
    "model",
    [
        ScriptedChat(script=[structured(**FOUND)]),
        ScriptedChat(script=["I will not.", AIMessage(f"Here: {json.dumps(FOUND)}")]),
        FakeListChatModel(responses=[f"```json\n{json.dumps(FOUND)}\n```"]),
    ],
    ids=["by a form", "in words after the form was ignored", "in words"],
)
def test_a_chat_model_finds_what_the_rules_do_not(model: Any) -> None:
    with MemOS(":memory:", embedder=None, llm=LangChainLlm(model), settings=Settings(window_turns=1)) as memory:
        receipt = memory.add_message({"role": "user", "content": SAID}, user_id="ann", conversation_id="c")
        done = memory.wait(receipt, timeout=30)
        assert done is not None and done.state == "done" and done.usage.calls >= 1
        facts = [one.text for one in memory.list_memories(kinds=["fact"], user_id="ann")]
    assert "The user's left knee forecasts rain." in facts


def test_what_it_cost_is_counted() -> None:
    answer = LangChainLlm(ScriptedChat(script=[structured(memories=[])])).ask(PROMPT)
    assert answer.value == {"memories": []}
    assert (answer.usage.calls, answer.usage.input_tokens, answer.usage.output_tokens) == (1, 70, 9)


def test_a_trace_shows_extraction_apart() -> None:
    class Tracer(BaseCallbackHandler):
        def __init__(self) -> None:
            self.tags: list[list[str]] = []

        def on_chat_model_start(self, serialized: Any, messages: Any, *, tags: list[str] | None = None, **options: Any) -> None:
            self.tags.append(tags or [])

    tracer = Tracer()
    model = ScriptedChat(script=[structured(memories=[])], callbacks=[tracer])
    LangChainLlm(model).ask(PROMPT)
    assert {"memos", "memos:memories"} <= set(tracer.tags[0])


class Refused(Exception):
    status_code = 401


def test_failures_say_whether_to_try_again() -> None:
    with pytest.raises(ModelError) as caught:
        LangChainLlm(ScriptedChat(script=[TimeoutError("slow")])).ask(PROMPT)
    assert caught.value.retryable and caught.value.usage is not None and caught.value.usage.calls == 1
    with pytest.raises(ModelError) as caught:
        LangChainLlm(ScriptedChat(script=[Refused(), Refused()])).ask(PROMPT)
    assert not caught.value.retryable
    with pytest.raises(ModelAnswerError):
        LangChainLlm(ScriptedChat(script=["no", "and no"])).ask(PROMPT)


def test_a_form_that_the_server_refuses_is_asked_for_in_words() -> None:
    class NoForm(Exception):
        status_code = 400

    answer = LangChainLlm(ScriptedChat(script=[NoForm(), '{"memories": []}'])).ask(PROMPT)
    assert answer.value == {"memories": []} and answer.usage.calls == 2


def test_only_chat_models() -> None:
    with pytest.raises(InvalidInput, match="chat model"):
        LangChainLlm("gpt")  # type: ignore[arg-type]
    assert LangChainLlm(FakeListChatModel(responses=["x"])).name == "langchain:FakeListChatModel"


class TestEmbeddings(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return LangChainEmbedder(DeterministicFakeEmbedding(size=16), name="fake-16")


class Letters(Embeddings):
    """One number for each of a few letters."""

    def __init__(self, letters: str = "abcdefgh") -> None:
        self.model = f"letters-{letters}"
        self._letters = letters

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float(text.count(letter)) + 0.1 for letter in self._letters] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def test_embeddings_index_what_is_said() -> None:
    with MemOS(":memory:", embedder=LangChainEmbedder(Letters())) as memory:
        memory.add_message([{"role": "user", "content": "aaaa aaaa"}, {"role": "user", "content": "hhhh hhhh"}], user_id="ann")
        memory.wait(timeout=30)
        recall = memory.search_memory("haha hhh", user_id="ann")
    assert recall.ledger.dense and recall.memories[0].memory.text == "hhhh hhhh"
    assert LangChainEmbedder(Letters()).fingerprint == LangChainEmbedder(Letters()).fingerprint
    assert LangChainEmbedder(Letters("xyz")).fingerprint != LangChainEmbedder(Letters()).fingerprint


def test_failing_embeddings_are_an_error() -> None:
    class Broken(Letters):
        def embed_query(self, text: str) -> list[float]:
            raise ConnectionError("down")

    with MemOS(":memory:", embedder=LangChainEmbedder(Broken())) as memory, pytest.raises(EmbedderError):
        memory.search_memory("hello", user_id="ann")
