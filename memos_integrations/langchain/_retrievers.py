"""Memories as documents, alone and beside the user's own retrievers."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, TypeAlias, cast

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever, RetrieverLike
from langchain_core.runnables import RunnableParallel
from pydantic import ConfigDict, Field, JsonValue, PrivateAttr, SkipValidation

from .._adapters.calls import AnyFace, Port, ScopeArgs, both_ports
from .._adapters.fusion import CANDIDATES, MEMORY, Fusion, Own, Placed, memory_metadata, named_sources
from .._adapters.identity import Identity
from .._adapters.plain import clean
from .._loop import drive
from ..core.checks import positive
from ..types import Kind, Recall, Recalled, Sharing

__all__ = ["MemOSRetriever", "MemoryFusionRetriever"]

Sources: TypeAlias = Mapping[str, RetrieverLike] | Sequence[RetrieverLike]
"""The user's retrievers, by name; those of a list are called ``documents``, ``documents-2``, …"""


class _MemoryRetriever(BaseRetriever):
    """A retriever with a memory and a scope.

    Each name of the scope is a field, so that ``configurable_fields`` can set it for each call.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)

    memory: Annotated[AnyFace, SkipValidation, Field(exclude=True, repr=False)]
    """A ``MemOS`` or ``AsyncMemOS``, or a handle with its scope bound."""
    user_id: str | None = None
    """Whose memory."""
    agent_id: str | None = None
    """The agent that asks."""
    app_id: str | None = None
    """The application."""
    team: str | None = None
    """A team's memory."""
    sharing: Sharing | None = None
    """As in ``MemOS``."""
    conversation_id: str | None = None
    """The current session."""
    kinds: Sequence[Kind] | None = None
    """Only these kinds; None: all but items."""
    filter: Mapping[str, JsonValue] | None = None
    """On fields and metadata; see ``docs/store.md``."""

    _blocking: Port = PrivateAttr()
    _awaited: Port = PrivateAttr()
    _identity: Identity = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:
        super().model_post_init(context)
        self._blocking, self._awaited = both_ports(self.memory)
        names = ("user_id", "agent_id", "app_id", "team", "sharing")
        fixed = cast("ScopeArgs", {name: getattr(self, name) for name in names if getattr(self, name) is not None})
        self._identity = Identity(self.memory, None, fixed, owner=type(self).__name__)

    def _scope(self) -> ScopeArgs:
        """The scope of a call; missing names are an error of the call, since they may be configured for each."""
        return self._identity.fixed(self.conversation_id)


class MemOSRetriever(_MemoryRetriever):
    """Memories as documents.

    A document has the memory's text and id; its metadata holds ``score``, ``kind``, ``namespace``, ``valid_from`` and ``valid_to``
    among others.

    Example:
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.langchain import MemOSRetriever
        >>> with MemOS(":memory:", embedder=None) as memory:
        ...     receipt = memory.remember("Alice plays the cello.", kind="fact", user_id="alice")
        ...     [document] = MemOSRetriever(memory=memory, user_id="alice", k=2).invoke("Which instrument?")
    """

    k: int = 4
    """Most documents returned."""

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
    ) -> list[Document]:
        return drive(self._found(self._blocking, query, k, kinds, filter))

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        k: int | None = None,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
    ) -> list[Document]:
        return await self._found(self._awaited, query, k, kinds, filter)

    async def _found(
        self, port: Port, query: str, k: int | None, kinds: Collection[Kind] | None, filter: Mapping[str, JsonValue] | None
    ) -> list[Document]:
        recall = await port.search_memory(
            clean(query),
            limit=positive(self.k if k is None else k, field="k"),
            kinds=self.kinds if kinds is None else kinds,
            filter=self.filter if filter is None else filter,
            **self._scope(),
        )
        return [_document(one) for one in recall.memories]


class MemoryFusionRetriever(_MemoryRetriever):
    """What the user's own retrievers find and what is remembered, ranked together, without repetitions, under one budget.

    The standing preferences come first, as a document of their own: they matter whatever is asked. The metadata's ``retriever``
    says where a document comes from; ``memory`` for memories.
    """

    retrievers: Annotated[Sources, SkipValidation]
    """The user's own, by name or in a list."""
    max_tokens: int = 1500
    """Budget for all documents together."""
    k: int = 10
    """Most documents returned, the standing preferences not counted."""
    memory_weight: float = 0.5
    """Weight of memory against documents, 0 to 1."""
    weights: Mapping[str, float] | None = None
    """Weight of each retriever among them, 0 to 1; 1 for those not named."""
    score_key: str | None = None
    """Key in the documents' metadata of a score, the higher the better; None: their order counts."""
    head: bool = True
    """Whether the standing preferences are a document."""

    _named: dict[str, RetrieverLike] = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:
        super().model_post_init(context)
        self._named = named_sources(self.retrievers)
        self._fusion(None, None).check(self._named, limit="k")

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, max_tokens: int | None = None, k: int | None = None
    ) -> list[Document]:
        recall = drive(self._recall(self._blocking, query, max_tokens, k))
        # threads for several, and each one's run is a child of this one in a trace
        found = RunnableParallel[str](dict(self._named)).invoke(query, {"callbacks": run_manager.get_child()}) if self._named else {}
        return self._fused(recall, found, max_tokens, k)

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, max_tokens: int | None = None, k: int | None = None
    ) -> list[Document]:
        others = RunnableParallel[str](dict(self._named)).ainvoke(query, {"callbacks": run_manager.get_child()})
        recall, found = await asyncio.gather(self._recall(self._awaited, query, max_tokens, k), others)
        return self._fused(recall, found, max_tokens, k)

    async def _recall(self, port: Port, query: str, max_tokens: int | None, k: int | None) -> Recall:
        return await port.search_memory(
            clean(query),
            limit=max(positive(self.k if k is None else k, field="k"), CANDIDATES),
            max_tokens=positive(self.max_tokens if max_tokens is None else max_tokens, field="max_tokens"),
            kinds=self.kinds,
            filter=self.filter,
            **self._scope(),
        )

    def _fusion(self, max_tokens: int | None, k: int | None) -> Fusion:
        return Fusion(
            max_tokens=self.max_tokens if max_tokens is None else max_tokens,
            limit=self.k if k is None else k,
            memory_weight=self.memory_weight,
            weights=self.weights,
        )

    def _fused(self, recall: Recall, found: Mapping[str, Sequence[Document]], max_tokens: int | None, k: int | None) -> list[Document]:
        own = [
            Own(document, name, document.page_content, self._score(document), document.id)
            for name, some in found.items()
            for document in some
        ]
        fused = self._fusion(max_tokens, k).of(recall, own)
        result: list[Document] = []
        if self.head and fused.head:
            result.append(Document(page_content=fused.head, metadata={"retriever": MEMORY, "kind": "instruction"}))
        return [*result, *(_placed(one) for one in fused.placed)]

    def _score(self, document: Document) -> float | None:
        score: object = document.metadata.get(self.score_key) if self.score_key is not None else None
        return float(score) if isinstance(score, int | float) and not isinstance(score, bool) else None


def _placed(one: Placed[Document]) -> Document:
    text = one.passage.text
    if one.own is not None:
        document = one.own.document
        return Document(id=document.id, page_content=text, metadata={**document.metadata, "retriever": one.own.source})
    told = _document(cast("Recalled", one.memory))
    return Document(id=told.id, page_content=text, metadata={**told.metadata, "retriever": MEMORY})


def _document(one: Recalled) -> Document:
    return Document(id=one.memory.id, page_content=one.memory.text, metadata=memory_metadata(one))
