"""Whether memory and documents together reach the prompt: LlamaIndex retrievers at a token budget, in one run.

Run ``python -m benchmarks.llama_index_fusion [--budgets 150,250,400,800]``. The data is ``llama_index_fusion.toml`` beside this file. See
``docs/llama_index.md``.

For each question, what a model would be shown of the nodes is filled up to the budget, in the retriever's order, leaving out what does not
fit. Counted is whether the document that is needed is among them, whole, whether what the person said is, whether both are, and whether
what the person ordered for every answer is. The same embedder (the bundled one) embeds documents and memories for all.
"""

from __future__ import annotations

import argparse
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import BaseRetriever, QueryFusionRetriever
from llama_index.core.schema import MetadataMode, NodeWithScore, TextNode

from memos_integrations import MemOS
from memos_integrations.core.text import estimate_tokens
from memos_integrations.embeddings import resolve_embedder
from memos_integrations.llama_index import MemoryFusionRetriever, MemOSRetriever

_DATA = Path(__file__).with_suffix(".toml")
_BUDGETS = "150,250,400,800"
_TOP = 20  # nodes that each retriever may bring
_EMBEDDER = resolve_embedder("local")


class _Bundled(BaseEmbedding):
    """The bundled embedder as LlamaIndex wants one."""

    def _get_text_embedding(self, text: str) -> list[float]:
        return [float(x) for x in _EMBEDDER.embed_documents([text])[0]]

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(x) for x in _EMBEDDER.embed_query(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


@dataclass
class Found:
    """Of how many questions a side had what is needed."""

    asked: int = 0
    documents: int = 0
    said: int = 0
    both: int = 0
    standing: int = 0
    tokens: int = 0


def sides(index: VectorStoreIndex, memory: MemOS, who: str, budget: int) -> dict[str, BaseRetriever]:
    """What is compared."""
    documents = index.as_retriever(similarity_top_k=_TOP)
    memories = MemOSRetriever(memory, user_id=who, similarity_top_k=_TOP)

    def fusion(mode: str) -> QueryFusionRetriever:
        options: dict[str, Any] = {"mode": mode, "num_queries": 1, "similarity_top_k": 2 * _TOP, "use_async": False}
        return QueryFusionRetriever([documents, memories], llm=MockLLM(), **options)

    return {
        "documents alone": documents,
        "memory alone": memories,
        "reciprocal rank fusion": fusion("reciprocal_rerank"),
        "relative score fusion": fusion("relative_score"),
        "MemoryFusionRetriever": MemoryFusionRetriever([documents], memory, user_id=who, similarity_top_k=2 * _TOP, max_tokens=budget),
    }


def shown(found: Sequence[NodeWithScore], budget: int) -> list[NodeWithScore]:
    """What of it fits, in its order."""
    kept: list[NodeWithScore] = []
    for one in found:
        if tokens([*kept, one]) <= budget:
            kept.append(one)
    return kept


def tokens(some: Sequence[NodeWithScore]) -> int:
    """Tokens of what a model is shown."""
    return estimate_tokens("\n\n".join(one.get_content(MetadataMode.LLM) for one in some))


def look(
    question: Mapping[str, Any], person: Mapping[str, Any], kept: Sequence[NodeWithScore], texts: Mapping[str, str], into: Found
) -> None:
    """Count what one question got; a document that was cut does not count."""
    told = " ".join(one.text for one in kept if one.metadata.get("retriever") == "memory")
    documents = set(question["documents"]) <= {one.node_id for one in kept if one.text == texts.get(one.node_id)}
    said = all(any(word.lower() in told.lower() for word in group) for group in question["said"])
    into.asked += 1
    into.documents += documents
    into.said += said
    into.both += documents and said
    into.standing += all(any(word in told for word in group) for group in person["standing"])
    into.tokens += tokens(kept)


def fill(memory: MemOS, people: Sequence[Mapping[str, Any]]) -> None:
    """Let everybody talk, with answers that say nothing."""
    for person in people:
        answer = "好的。" if person["language"] == "zh" else "I see."
        for number, words in enumerate(person["said"]):
            turn = [{"role": "user", "content": words}, {"role": "assistant", "content": answer}]
            memory.add_message(turn, user_id=person["id"], conversation_id=f"{person['id']}-{number // 6}")
    memory.wait(timeout=300)


def measure(data: Mapping[str, Any], budgets: Sequence[int], *, say: Callable[[str], None]) -> dict[tuple[str, int, str], Found]:
    """All sides, budgets and languages."""
    results: dict[tuple[str, int, str], Found] = defaultdict(Found)
    texts = {document["id"]: document["text"] for document in data["documents"]}
    nodes = [TextNode(id_=document["id"], text=document["text"]) for document in data["documents"]]
    index = VectorStoreIndex(nodes=nodes, embed_model=_Bundled())
    with MemOS(":memory:", embedder=_EMBEDDER) as memory:
        fill(memory, data["people"])
        people = {person["id"]: person for person in data["people"]}
        for question in data["questions"]:
            for budget in budgets:
                for name, retriever in sides(index, memory, question["who"], budget).items():
                    kept = shown(retriever.retrieve(question["ask"]), budget)
                    look(question, people[question["who"]], kept, texts, results[people[question["who"]]["language"], budget, name])
                    if name == "MemoryFusionRetriever" and budget == max(budgets):
                        say(f"{question['ask']}  {[one.text[:60] for one in kept[:4]]}")
    return results


def main() -> None:
    """Measure, and print a table for each language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--budgets", default=_BUDGETS)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    budgets = [int(budget) for budget in options.budgets.split(",")]
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    results = measure(data, budgets, say=print if options.verbose else lambda _: None)
    names = list(dict.fromkeys(name for _, _, name in results))
    for language in sorted({language for language, _, _ in results}):
        asked = results[language, budgets[0], names[0]].asked
        print(f"\n{language}: {asked} questions. both (document, said) standing orders, per cent\n")
        print("| | " + " | ".join(f"{budget} tokens" for budget in budgets) + " |")
        print("|---|" + "---|" * len(budgets))
        for name in names:
            cells: list[str] = []
            for budget in budgets:
                found = results[language, budget, name]
                share = [round(100 * part / found.asked) for part in (found.both, found.documents, found.said, found.standing)]
                cells.append(f"**{share[0]}** ({share[1]}, {share[2]}) {share[3]}")
            print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
