"""What memory adds to a turn of a LlamaIndex agent: time, model calls, and what a later session still knows.

Run ``python -m benchmarks.llama_index [--turns 40] [--embedder none]``. The same scripted model, conversation, limit of the history
and embedder for all sides: LlamaIndex's buffer alone, its ``Memory`` with a vector block, the same with fact extraction, with our
block, and ``MemOSMemory``. The scripted model takes no time: what is timed is memory. Ours writes to a file and learns between the
turns, off the clock; LlamaIndex's own keeps its turns in memory. All figures are of one run on one machine: look at ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.embeddings import BaseEmbedding
from llama_index.core.llms import MockFunctionCallingLLM
from llama_index.core.memory import BaseMemory, ChatMemoryBuffer, FactExtractionMemoryBlock, Memory, VectorMemoryBlock
from llama_index.core.schema import BaseNode
from llama_index.core.vector_stores.types import BasePydanticVectorStore, VectorStoreQuery, VectorStoreQueryResult
from pydantic import PrivateAttr

from memos_integrations import MemOS, Settings
from memos_integrations.embeddings import HashingEmbedder
from memos_integrations.embeddings.base import Embedder
from memos_integrations.embeddings.local import LocalEmbedder
from memos_integrations.llama_index import LlamaIndexEmbedder, MemOSMemory, MemOSMemoryBlock

LIMIT = 1500  # tokens of the history: after some turns it is full, so that LlamaIndex's blocks are fed
PLACES = ("Porto", "Kyoto", "Lima", "Oslo", "Hanoi", "Tunis", "Quito", "Riga", "Perth", "Malmö")
THINGS = ("a hotel near the river", "a train on Friday", "a quiet restaurant", "a guide for two hours", "a rental bike", "a museum pass")
TOLD = {
    "I'm allergic to peanuts.": ("What should the kitchen know before I order?", "peanut"),
    "I love window seats.": ("Which seat shall I book on the train?", "window"),
    "My sister lives in Oslo.": ("Where does my sister live?", "Oslo"),
    "I never fly at night.": ("Is the flight at 23:40 fine for me?", "night"),
    "My budget for a hotel is 120 euros.": ("What may the hotel cost?", "120"),
    "I work as a nurse.": ("What do I do for a living?", "nurse"),
    "Our dog is called Rex.": ("What is the name of our dog?", "Rex"),
    "Please keep your answers short.": ("Explain the visa rules.", "short"),
}


SIDES = ("ChatMemoryBuffer", "Memory, vector block", "Memory, vector and facts", "Memory, our block", "MemOSMemory")


class Counting(BaseEmbedding):
    """One of our embedders in LlamaIndex's form; counts its calls."""

    _inner: Embedder = PrivateAttr()
    _calls: int = PrivateAttr(default=0)

    def __init__(self, inner: Embedder) -> None:
        super().__init__(model_name=inner.fingerprint)
        self._inner = inner

    def _get_query_embedding(self, query: str) -> list[float]:
        self._calls += 1
        return [float(x) for x in self._inner.embed_query(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return await asyncio.to_thread(self._get_query_embedding, query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        self._calls += 1
        return [[float(x) for x in vector] for vector in self._inner.embed_documents(texts)]


class InMemory(BasePydanticVectorStore):
    """The least that the vector block takes: nodes with their texts, looked through one by one."""

    stores_text: bool = True
    _nodes: list[BaseNode] = PrivateAttr(default_factory=list)

    @property
    def client(self) -> Any:
        return None

    def add(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[str]:
        self._nodes += nodes
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **kwargs: Any) -> None:
        raise NotImplementedError

    def query(self, query: VectorStoreQuery, **kwargs: Any) -> VectorStoreQueryResult:
        wanted = {one.key: one.value for one in (query.filters.filters if query.filters else ())}  # type: ignore[union-attr]
        nodes = [node for node in self._nodes if all(node.metadata.get(key) == value for key, value in wanted.items())]
        asked = query.query_embedding or []
        nodes.sort(key=lambda node: -sum(a * b for a, b in zip(node.get_embedding(), asked, strict=True)))
        best = nodes[: query.similarity_top_k]
        return VectorStoreQueryResult(nodes=best, similarities=[1.0] * len(best), ids=[node.node_id for node in best])


class Scripted:
    """Answers at once, always the same; keeps its prompts."""

    def __init__(self) -> None:
        self.prompts: list[list[ChatMessage]] = []

    def __call__(self, messages: Sequence[ChatMessage], **options: Any) -> ChatMessage:
        self.prompts.append(list(messages))
        return ChatMessage(role="assistant", content="It is available, and I can hold it until tomorrow evening. Shall I?")


class Side:
    """One way to give an agent memory."""

    def __init__(self, name: str, embedder: Embedder, folder: Path) -> None:
        self.name = name
        self.embedding = Counting(embedder)
        self.facts = Scripted()
        self.memos = MemOS(folder / f"{SIDES.index(name)}.db", embedder=LlamaIndexEmbedder(self.embedding), settings=Settings(worker="off"))
        self._vectors = VectorMemoryBlock(vector_store=InMemory(), embed_model=self.embedding)
        self._block = MemOSMemoryBlock(self.memos, user_id="alice")
        self._made: dict[str, BaseMemory] = {}

    def memory(self, session: str) -> BaseMemory:
        """The memory of a session."""
        if session not in self._made:
            self._made[session] = self._new(session)
        return self._made[session]

    def _new(self, session: str) -> BaseMemory:
        if self.name == "ChatMemoryBuffer":
            return ChatMemoryBuffer.from_defaults(token_limit=LIMIT)
        if self.name == "MemOSMemory":
            return MemOSMemory(self.memos, user_id="alice", session_id=session, token_limit=LIMIT)
        extraction = FactExtractionMemoryBlock(llm=MockFunctionCallingLLM(response_generator=self.facts))
        blocks: dict[str, list[Any]] = {
            "Memory, vector block": [self._vectors],
            "Memory, vector and facts": [self._vectors, extraction],
            "Memory, our block": [self._block],
        }
        limits = {"token_limit": LIMIT, "token_flush_size": 300}
        return Memory.from_defaults(session_id=session, memory_blocks=blocks[self.name], **limits)  # type: ignore[arg-type]


def questions(turns: int) -> list[str]:
    """A conversation about many things; now and then the user tells something that lasts."""
    told = dict(zip(range(1, 3 * len(TOLD), 3), TOLD, strict=False))
    return [told.get(i) or f"Can you find {THINGS[i % len(THINGS)]} in {PLACES[(i * 7) % len(PLACES)]} for me, {i}?" for i in range(turns)]


async def measure(side: Side, turns: int) -> dict[str, float]:
    """One conversation, and then a question about each thing that was told, in a session of its own."""
    model = Scripted()
    agent = FunctionAgent(llm=MockFunctionCallingLLM(response_generator=model), system_prompt="You are a travel agent.", streaming=False)
    took: list[float] = []
    embedded = 0
    for words in questions(turns):
        before = side.embedding._calls
        begun = time.perf_counter()
        await agent.run(words, memory=side.memory("first"))
        took.append(time.perf_counter() - begun)
        embedded += side.embedding._calls - before
        await asyncio.to_thread(side.memos.drain)  # off the clock
    asked, facts = len(model.prompts), len(side.facts.prompts)
    known = 0
    for number, (question, word) in enumerate(TOLD.values()):
        await agent.run(question, memory=side.memory(f"later-{number}"))
        known += any(
            word in (message.content or "") for message in model.prompts[-1] if message.role in (MessageRole.SYSTEM, MessageRole.USER)
        )
    return {
        "turn_ms": statistics.median(took) * 1e3,
        "p95_ms": sorted(took)[math.ceil(len(took) * 0.95) - 1] * 1e3,
        "llm": (asked + facts) / turns,
        "embeddings": embedded / turns,
        "known": known,
    }


def main() -> None:
    """Run all sides and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--embedder", default="local", choices=["local", "none"])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    embedder = LocalEmbedder() if options.embedder == "local" else HashingEmbedder()
    print(f"{'side':26}{'turn, ms':>10}{'p95, ms':>10}{'LLM calls':>11}{'embeddings':>12}{'known later':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for name in SIDES:
            side = Side(name, embedder, Path(folder))
            made = asyncio.run(measure(side, options.turns))
            side.memos.close()
            known = f"{made['known']:.0f} of {len(TOLD)}"
            print(f"{name:26}{made['turn_ms']:10.1f}{made['p95_ms']:10.1f}{made['llm']:11.2f}{made['embeddings']:12.2f}{known:>13}")


if __name__ == "__main__":
    main()
