"""Memories as documents, and beside the documents of the user's own retrievers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import ConfigurableField, RunnableLambda, RunnablePassthrough
from langchain_core.tools import create_retriever_tool
from pydantic import ValidationError

from memos_integrations import InvalidInput, InvalidScope, MemOS
from memos_integrations.core.text import estimate_tokens
from memos_integrations.langchain import MemoryFusionRetriever, MemOSRetriever


class Shelf(BaseRetriever):
    """Always the same documents."""

    texts: list[str]

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
        return [Document(text, id=f"d{i}", metadata={"page": i}) for i, text in enumerate(self.texts)]


@pytest.fixture
def memory() -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=None) as memory:
        fill(memory)
        yield memory


def fill(memory: MemOS) -> None:
    """What is known of cellos."""
    for text in (
        "Alice plays the cello.",
        "Alice's cello is from Cremona.",
        "Alice keeps her cello in the attic.",
        "艾丽丝的大提琴老师姓王。",
    ):
        memory.remember(text, kind="fact", user_id="alice", metadata={"shelf": "music" if "attic" not in text else "house"})
    memory.remember("Never mention violins.", kind="preference", user_id="alice")
    memory.remember("Bob's cello is red.", kind="fact", user_id="bob")


def find(retriever: Any, awaited: bool, query: str, **options: Any) -> list[Document]:
    return asyncio.run(retriever.ainvoke(query, **options)) if awaited else retriever.invoke(query, **options)


@pytest.mark.parametrize("awaited", [False, True])
class TestMemories:
    def test_are_documents(self, memory: MemOS, awaited: bool) -> None:
        retriever = MemOSRetriever(memory=memory.aio if awaited else memory, user_id="alice", kinds=["fact"])
        documents = find(retriever, awaited, "Where is the cello?")
        assert {document.page_content for document in documents} == {
            "Alice plays the cello.",
            "Alice's cello is from Cremona.",
            "Alice keeps her cello in the attic.",
        }
        for document in documents:
            assert memory.get(str(document.id)).text == document.page_content
            assert document.metadata["kind"] == "fact" and document.metadata["shelf"] in ("music", "house")
            assert document.metadata["namespace"] == "app=default/user=alice" and document.metadata["score"] > 0
            assert {"valid_from", "valid_to", "created_at"} <= document.metadata.keys()

    def test_as_many_as_are_asked_for(self, memory: MemOS, awaited: bool) -> None:
        retriever = MemOSRetriever(memory=memory, user_id="alice", k=1)
        assert len(find(retriever, awaited, "cello")) == 1
        assert len(find(retriever, awaited, "cello", k=2)) == 2
        with pytest.raises(InvalidInput, match="k"):
            find(retriever, awaited, "cello", k=0)

    def test_for_a_query_that_was_decoded_wrongly(self, memory: MemOS, awaited: bool) -> None:
        assert find(MemOSRetriever(memory=memory, user_id="alice", k=1), awaited, "cello \0 \ud83d")
        fusion = MemoryFusionRetriever(retrievers={"none": RunnableLambda(lambda _: [])}, memory=memory, user_id="alice")
        assert find(fusion, awaited, "cello \0 \ud83d")

    def test_by_filter_and_kind(self, memory: MemOS, awaited: bool) -> None:
        retriever = MemOSRetriever(memory=memory, user_id="alice", filter={"metadata.shelf": "house"})
        assert [d.page_content for d in find(retriever, awaited, "cello")] == ["Alice keeps her cello in the attic."]
        found = find(retriever, awaited, "violins", filter={}, kinds=["preference"])
        assert [d.metadata["kind"] for d in found] == ["preference"]

    def test_in_chinese(self, memory: MemOS, awaited: bool) -> None:
        retriever = MemOSRetriever(memory=memory, user_id="alice", k=1)
        assert [d.page_content for d in find(retriever, awaited, "大提琴老师是谁？")] == ["艾丽丝的大提琴老师姓王。"]

    def test_of_the_user_that_a_call_is_configured_for(self, memory: MemOS, awaited: bool) -> None:
        retriever: Any = MemOSRetriever(memory=memory).configurable_fields(user_id=ConfigurableField(id="user_id"))
        for user, other in (("alice", "Bob"), ("bob", "Alice")):
            documents = find(retriever, awaited, "cello", config={"configurable": {"user_id": user}})
            assert documents and other not in str(documents)
        with pytest.raises(InvalidScope):
            find(retriever, awaited, "cello")

    def test_what_is_unknown_is_refused(self, memory: MemOS, awaited: bool) -> None:
        with pytest.raises(ValidationError, match="colour"):
            MemOSRetriever(memory=memory, user_id="alice", colour="red")  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="colour"):
            find(MemOSRetriever(memory=memory, user_id="alice"), awaited, "cello", colour="red")

    def test_nobody_is_an_error(self, memory: MemOS, awaited: bool) -> None:
        with pytest.raises(InvalidScope, match="user_id"):
            find(MemOSRetriever(memory=memory), awaited, "cello")

    def test_a_bound_handle_needs_no_more(self, memory: MemOS, awaited: bool) -> None:
        assert "Bob" in find(MemOSRetriever(memory=memory.scoped(user_id="bob")), awaited, "cello")[0].page_content

    def test_in_a_chain_and_as_a_tool(self, memory: MemOS, awaited: bool) -> None:
        retriever = MemOSRetriever(memory=memory, user_id="alice", k=1)
        chain = {
            "context": retriever | RunnableLambda(lambda some: some[0].page_content),
            "question": RunnablePassthrough(),
        } | RunnableLambda(lambda given: f"{given['question']} {given['context']}")
        assert "Cremona" in str(find(chain, awaited, "From where in Cremona?"))
        tool = create_retriever_tool(retriever, "memories", "What is remembered.")
        answer = asyncio.run(tool.ainvoke({"query": "Cremona"})) if awaited else tool.invoke({"query": "Cremona"})
        assert answer == "Alice's cello is from Cremona."


@pytest.mark.parametrize("awaited", [False, True])
class TestFusion:
    DOCS = ("A cello has four strings.", "Alice's cello is from Cremona.", "Cremona lies in Lombardy.")

    def test_joins_documents_and_memories_once_each(self, memory: MemOS, awaited: bool) -> None:
        retriever = MemoryFusionRetriever(retrievers={"books": Shelf(texts=list(self.DOCS))}, memory=memory, user_id="alice")
        found = find(retriever, awaited, "Is the cello from Cremona?")
        texts = [d.page_content for d in found]
        assert "violins" in texts[0] and found[0].metadata == {"retriever": "memory", "kind": "instruction"}
        assert len([text for text in texts if "is from Cremona" in text]) == 1
        assert {d.metadata["retriever"] for d in found} == {"memory", "books"}
        books = [d for d in found if d.metadata["retriever"] == "books"]
        assert {(d.id, d.metadata["page"]) for d in books} <= {("d0", 0), ("d1", 1), ("d2", 2)}

    def test_keeps_to_its_budget(self, memory: MemOS, awaited: bool) -> None:
        shelf = Shelf(texts=[f"Sentence {i} about cellos and their strings, which are many. " * 5 for i in range(20)])
        retriever = MemoryFusionRetriever(retrievers=[shelf], memory=memory, user_id="alice", max_tokens=300)
        found = find(retriever, awaited, "cello strings")
        assert 0 < sum(estimate_tokens(d.page_content) for d in found) <= 300
        assert sum(estimate_tokens(d.page_content) for d in find(retriever, awaited, "cello strings", max_tokens=80)) <= 80

    def test_weighs(self, memory: MemOS, awaited: bool) -> None:
        shelves = {"good": Shelf(texts=["Cellos are tuned in fifths."]), "poor": Shelf(texts=["Cellos are big violas."])}
        options: Any = {"retrievers": shelves, "memory": memory, "user_id": "alice", "head": False, "kinds": ["fact"]}

        def order(**more: Any) -> list[str]:
            return [d.metadata["retriever"] for d in find(MemoryFusionRetriever(**options, **more), awaited, "cello")]

        assert order(memory_weight=0.0, weights={"poor": 0.1})[:2] == ["good", "poor"]
        assert order(memory_weight=0.0, weights={"good": 0.1})[:2] == ["poor", "good"]
        assert order(memory_weight=1.0)[0] == "memory"

    def test_takes_scores_where_they_are_named(self, memory: MemOS, awaited: bool) -> None:
        async def scored(query: str) -> list[Document]:
            return [Document("Second.", metadata={"rank": 0.2}), Document("First.", metadata={"rank": 0.9})]

        shelf = RunnableLambda(lambda query: asyncio.run(scored(query)), afunc=scored)
        retriever = MemoryFusionRetriever(retrievers=[shelf], memory=memory, user_id="carol", score_key="rank")
        assert [d.page_content for d in find(retriever, awaited, "which")] == ["First.", "Second."]

    def test_refuses_what_makes_no_sense(self, memory: MemOS, awaited: bool) -> None:
        with pytest.raises(ValidationError, match="weights"):
            MemoryFusionRetriever(retrievers={"a": Shelf(texts=[])}, memory=memory, user_id="a", weights={"b": 1})
        with pytest.raises(ValidationError, match="name of memory itself"):
            MemoryFusionRetriever(retrievers={"memory": Shelf(texts=[])}, memory=memory, user_id="a")
        with pytest.raises(ValidationError, match="memory_weight"):
            MemoryFusionRetriever(retrievers=[], memory=memory, user_id="a", memory_weight=2)
        with pytest.raises(ValidationError, match="colour"):
            MemoryFusionRetriever(retrievers=[], memory=memory, user_id="a", colour="red")  # type: ignore[call-arg]

    def test_memory_alone(self, memory: MemOS, awaited: bool) -> None:
        found = find(MemoryFusionRetriever(retrievers=[], memory=memory, user_id="alice"), awaited, "cello")
        assert {d.metadata["retriever"] for d in found} == {"memory"} and len(found) >= 3

    def test_each_retriever_is_a_run_of_its_own_in_a_trace(self, memory: MemOS, awaited: bool) -> None:
        class Tracer(BaseCallbackHandler):
            def __init__(self) -> None:
                self.started: list[str] = []

            def on_retriever_start(self, serialized: Any, query: str, *, name: str | None = None, **options: Any) -> None:
                self.started.append(str(name))

        tracer = Tracer()
        retriever = MemoryFusionRetriever(retrievers=[Shelf(texts=["a"]), Shelf(texts=["b"])], memory=memory, user_id="alice")
        find(retriever, awaited, "cello", config={"callbacks": [tracer]})
        assert sorted(tracer.started) == ["MemoryFusionRetriever", "Shelf", "Shelf"]
