"""A small library for tests of retrieval with LlamaIndex: an embedding without a network, and a model that shows its prompts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core import VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, LLMMetadata
from llama_index.core.llms import CustomLLM
from llama_index.core.schema import NodeRelationship, RelatedNodeInfo, TextNode
from pydantic import Field

from memos_integrations.embeddings import HashingEmbedder


class Hashing(BaseEmbedding):
    """The hashing embedder as LlamaIndex wants one."""

    def _get_text_embedding(self, text: str) -> list[float]:
        [vector] = HashingEmbedder().embed_documents([text])
        return [float(x) for x in vector]

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(x) for x in HashingEmbedder().embed_query(query)]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


class Parrot(CustomLLM):
    """Answers ``ok`` and keeps what it was shown, as one text for each call."""

    prompts: list[str] = Field(default_factory=list)
    window: int = 8000
    chat_model: bool = True

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=self.window, num_output=64, is_chat_model=self.chat_model)

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        self.prompts.append(prompt)
        return CompletionResponse(text="Which trail suits my knee and my dog?" if "Standalone question:" in prompt else "ok")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        self.prompts.append(prompt)
        yield CompletionResponse(text="ok", delta="ok")

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        self.prompts.append("\n\n".join(f"[{message.role.value}] {message.content}" for message in messages))
        return ChatResponse(message=ChatMessage(role="assistant", content="ok"))


def nodes(texts: Sequence[str], *, of: str = "handbook") -> list[TextNode]:
    """Nodes of one document, each of which knows its document and the next."""
    made = [TextNode(id_=f"{of}-{i}", text=text, metadata={"file_name": f"{of}.md", "page": i}) for i, text in enumerate(texts)]
    for i, node in enumerate(made):
        node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=of)
        if i + 1 < len(made):
            node.relationships[NodeRelationship.NEXT] = RelatedNodeInfo(node_id=made[i + 1].node_id)
    return made


def index(texts: Sequence[str], *, of: str = "handbook") -> VectorStoreIndex:
    """A real vector index over them."""
    return VectorStoreIndex(nodes=nodes(texts, of=of), embed_model=Hashing())
