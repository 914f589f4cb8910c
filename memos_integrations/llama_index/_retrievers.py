"""Memories as nodes, alone and beside the user's own retrievers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias, TypeVar, Unpack

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.callbacks.base import CallbackManager
from llama_index.core.prompts import BasePromptTemplate
from llama_index.core.prompts.mixin import PromptMixin
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import JsonValue

from .._adapters.calls import AnyFace, Port, ScopeArgs, both_ports
from .._adapters.failures import Failures, OnError
from .._adapters.fusion import CANDIDATES, Fusion, Own, named_sources
from .._adapters.identity import Identity
from .._adapters.plain import clean
from .._loop import drive
from ..core.checks import flag, positive, seconds, shown
from ..errors import InvalidInput, MemOSError
from ..types import Kind, Recall
from . import _nodes
from ._events import observed
from ._prompts import instructed, instructed_prompts

__all__ = ["MemOSRetriever", "MemoryFusionRetriever"]

Sources: TypeAlias = "Mapping[str, BaseRetriever] | Sequence[BaseRetriever]"
"""The user's retrievers, by name; those of a list are called ``documents``, ``documents-2``, …"""

M = TypeVar("M", bound=PromptMixin)

_log = logging.getLogger("memos_integrations.llama_index")
_WORDLESS = "?"  # what is asked for a picture without words


class _MemoryRetriever(BaseRetriever):
    """A retriever with a memory and a scope, which holds the standing preferences that it last saw there."""

    def __init__(
        self,
        memory: AnyFace,
        *,
        similarity_top_k: int,
        kinds: Collection[Kind] | None,
        filter: Mapping[str, JsonValue] | None,
        deadline: float | None,
        on_error: OnError,
        callback_manager: CallbackManager | None,
        who: ScopeArgs,
    ) -> None:
        blocking, awaited = both_ports(memory)
        self._blocking, self._awaited = observed(blocking), observed(awaited)
        self._who = Identity(memory, None, who, owner=type(self).__name__).fixed(who.get("conversation_id"))
        self._limit = positive(similarity_top_k, field="similarity_top_k")
        self._candidates = self._limit
        self._kinds = kinds
        self._filter = filter
        self._deadline = seconds(deadline, field="deadline")
        self._failures = Failures(on_error, log=_log, host="the query")
        self._head = ""
        super().__init__(callback_manager=callback_manager)  # pyright: ignore[reportUnknownMemberType]

    def instruct(self, module: M) -> M:
        """Put the user's standing preferences into every prompt of a query engine's synthesizer, above the nodes.

        They are those of the last retrieval, in each call that a synthesizer makes: a refinement keeps to them as the first
        answer does, and no reranker can drop them. They depend on the scope alone, never on the question.

        Args:
            module: A query engine with a response synthesizer, or a synthesizer; its prompts are replaced.

        Returns:
            The same.

        Raises:
            InvalidInput: It has no such prompts. For a chat engine, pass ``context_prompt=retriever.instructed(…)``.
        """
        module.update_prompts(instructed_prompts(module, _held(self)))
        return module

    def instructed(self, template: str | BasePromptTemplate) -> BasePromptTemplate:
        """A prompt template that begins with the user's standing preferences; the one given stays as it is.

        Raises:
            InvalidInput: It is no template of LlamaIndex's own.
        """
        return instructed(template, _held(self))

    @property
    def instruction(self) -> str:
        """The user's standing preferences as of the last retrieval; empty: there are none, or memory failed."""
        return self._head

    async def _recall(self, port: Port, query: str, max_tokens: int | None = None) -> Recall:
        """What is remembered; nothing where memory fails and that is no error."""
        query = clean(query) if query.strip() else _WORDLESS
        try:
            recall = await port.search_memory(
                query,
                limit=self._candidates,
                max_tokens=max_tokens,
                kinds=self._kinds,
                filter=self._filter,
                deadline=self._deadline,
                **self._who,
            )
        except InvalidInput:
            raise  # a mistake in the call, not a failure of memory
        except MemOSError as error:
            self._failures.meet(f"{type(self).__name__}: recall", error)
            return Recall(query=query, degraded=f"{type(error).__name__}: {error}")
        return recall


class MemOSRetriever(_MemoryRetriever):
    """Memories as nodes, for everything that takes a retriever.

    A node has the memory's id and text; its metadata holds ``retriever`` (``memory``), ``kind``, ``namespace``, ``said``,
    ``valid_from``, ``valid_to`` and ``sources`` among others, of which a model is shown the first and the day.

    Example:
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.llama_index import MemOSRetriever
        >>> with MemOS(":memory:", embedder=None) as memory:
        ...     receipt = memory.remember("Alice plays the cello.", kind="fact", user_id="alice")
        ...     [node] = MemOSRetriever(memory, user_id="alice").retrieve("Which instrument?")
        >>> node.text
        'Alice plays the cello.'
    """

    def __init__(
        self,
        memory: AnyFace,
        *,
        similarity_top_k: int = 4,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        deadline: float | None = None,
        on_error: OnError = "warn",
        callback_manager: CallbackManager | None = None,
        **who: Unpack[ScopeArgs],
    ) -> None:
        """Connect a retriever with a memory.

        Args:
            memory: A ``MemOS`` or ``AsyncMemOS``, or a handle with its scope bound.
            similarity_top_k: Most nodes returned.
            kinds: Only these kinds; None: all but items.
            filter: On fields and metadata; see ``docs/store.md``.
            deadline: Seconds after which what is slow is left out.
            on_error: When memory fails: ``warn`` logs a warning and finds nothing, ``raise`` raises. A missing identity and a
                wrong argument always raise.
            callback_manager: LlamaIndex's.
            **who: Whose memory: ``user_id``, ``agent_id``, ``team``, …, and the session: ``conversation_id``.

        Raises:
            InvalidScope: Nobody is named.
            InvalidInput: An option is wrong.
        """
        super().__init__(
            memory,
            similarity_top_k=similarity_top_k,
            kinds=kinds,
            filter=filter,
            deadline=deadline,
            on_error=on_error,
            callback_manager=callback_manager,
            who=who,
        )

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return drive(self._found(self._blocking, query_bundle.query_str))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await self._found(self._awaited, query_bundle.query_str)

    async def _found(self, port: Port, query: str) -> list[NodeWithScore]:
        recall = await self._recall(port, query)
        self._head = recall.instruction.head
        return [_nodes.memory_node(one) for one in recall.memories]


class MemoryFusionRetriever(_MemoryRetriever):
    """What the user's own retrievers find and what is remembered, ranked together, without repetitions, under one budget.

    Scores of each retriever are brought to one scale, whatever theirs was; where what the user said and what a document says are
    alike or rank alike, what the user said comes first. The standing preferences stand apart: they are the first node, or an
    instruction in the prompts (``instruct``). The metadata's ``retriever`` says where a node comes from; ``memory`` for
    memories. Of the user's own nodes copies are returned, with their ids, documents and neighbours.

    Example:
        >>> from llama_index.core.query_engine import RetrieverQueryEngine
        >>> retriever = MemoryFusionRetriever([index.as_retriever()], memory, user_id="alice", head=False)  # doctest: +SKIP
        >>> engine = retriever.instruct(RetrieverQueryEngine.from_args(retriever, llm=llm))  # doctest: +SKIP
        >>> engine.query("Which of these trails suits me?")  # doctest: +SKIP
    """

    def __init__(
        self,
        retrievers: Sources,
        memory: AnyFace,
        *,
        similarity_top_k: int = 10,
        max_tokens: int = 1500,
        memory_weight: float = 0.5,
        weights: Mapping[str, float] | None = None,
        head: bool = True,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        deadline: float | None = None,
        on_error: OnError = "warn",
        callback_manager: CallbackManager | None = None,
        **who: Unpack[ScopeArgs],
    ) -> None:
        """Join retrievers with a memory.

        Args:
            retrievers: The user's own, by name or in a list.
            memory: A ``MemOS`` or ``AsyncMemOS``, or a handle with its scope bound.
            similarity_top_k: Most nodes returned, the standing preferences not counted.
            max_tokens: Budget for all that a model is shown of the nodes, the standing preferences included, wherever they stand.
            memory_weight: Weight of memory against documents, 0 to 1.
            weights: Weight of each retriever among them, 0 to 1; 1 for those not named.
            head: Whether the standing preferences are a node, the first. Set it to False where they reach the prompt in another way:
                by ``instruct``, or by a ``MemOSMemory`` of the chat engine.
            kinds: Only these kinds of memories; None: all but items.
            filter: As in ``MemOSRetriever``.
            deadline: As in ``MemOSRetriever``.
            on_error: When memory fails: ``warn`` logs a warning and returns the documents alone, ``raise`` raises. What the user's
                own retrievers raise is raised; so are a missing identity and a wrong argument.
            callback_manager: LlamaIndex's.
            **who: As in ``MemOSRetriever``.

        Raises:
            InvalidScope: Nobody is named.
            InvalidInput: An option is wrong.
        """
        super().__init__(
            memory,
            similarity_top_k=similarity_top_k,
            kinds=kinds,
            filter=filter,
            deadline=deadline,
            on_error=on_error,
            callback_manager=callback_manager,
            who=who,
        )
        self._named = named_sources(retrievers)
        for name, retriever in self._named.items():
            if not isinstance(retriever, BaseRetriever):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
                raise InvalidInput(f"{name!r} must be a retriever such as index.as_retriever(), not {shown(retriever)}", field="retrievers")
        self._fusion = Fusion(max_tokens=max_tokens, limit=similarity_top_k, memory_weight=memory_weight, weights=weights)
        self._fusion.check(self._named, limit="similarity_top_k")
        self._as_node = flag(head, field="head")
        self._candidates = max(self._limit, CANDIDATES)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        recall = drive(self._recall(self._blocking, query_bundle.query_str, self._fusion.max_tokens))
        return self._fused(recall, [retriever.retrieve(query_bundle) for retriever in self._named.values()])

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        recall, found = await asyncio.gather(
            self._recall(self._awaited, query_bundle.query_str, self._fusion.max_tokens),
            asyncio.gather(*(retriever.aretrieve(query_bundle) for retriever in self._named.values())),
        )
        return self._fused(recall, found)

    def _fused(self, recall: Recall, found: Sequence[Sequence[NodeWithScore]]) -> list[NodeWithScore]:
        own: list[Own[NodeWithScore]] = []
        wordless: list[NodeWithScore] = []
        for name, some in zip(self._named, found, strict=True):
            for one in some:
                text = _nodes.text_of(one.node)
                if text.strip():
                    own.append(Own(one, name, text, one.score, one.node.node_id))
                else:
                    wordless.append(NodeWithScore(node=_nodes.own_node(one.node, source=name, text=text), score=0.0))
        fused = self._fusion.of(recall, own, shown=_nodes.shown)
        nodes = [_nodes.node_of(placed) for placed in fused.placed]
        self._head = fused.head
        head = [_nodes.head_node(fused.head)] if self._as_node and fused.head else []
        # pictures cost no tokens of the budget, and nothing can be said of their likeness
        return [*head, *nodes, *wordless][: len(head) + self._limit]


def _held(retriever: _MemoryRetriever) -> Callable[[], str]:
    # a function of its own, since LlamaIndex copies prompts deeply: a bound method would copy the memory as well
    return lambda: retriever.instruction
