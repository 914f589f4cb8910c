"""A memory under measurement: the public calls, and the time that each takes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from memos_integrations import MemOS, Settings
from memos_integrations.embeddings.base import Embedder
from memos_integrations.types import AnyMemory, Recall
from memos_integrations.types.memory import Kind

from .measures import OURS, Answer, recall_at

__all__ = ["Bench", "Counts", "Subject", "ranking", "recall_answers"]


_SETTINGS = Settings(max_content_chars=1_000_000)  # a chat of BEAM holds a message of 350,000 characters


@dataclass
class Counts:
    """What was told in all."""

    messages: int = 0
    add_seconds: float = 0.0
    learn_seconds: float = 0.0


@dataclass
class Bench:
    """Opens memories for a set, all alike, and counts what they cost.

    Attributes:
        embedder: Cached; None: lexical only.
        llm: Anything that ``MemOS`` takes; None: rules only.
        store: A Weaviate's URL; each memory has collections of its own there, which are emptied at its end. None: embedded, in memory.
        counts: Of all memories opened so far.
    """

    embedder: Embedder | None
    llm: Any = None
    store: str | None = None
    counts: Counts = field(default_factory=Counts)

    def open(self) -> Subject:
        """A fresh memory."""
        return Subject(self)


class Subject:
    """One memory; users in it are namespaces of their own."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._users: set[str] = set()
        where = ":memory:" if bench.store is None else f"{bench.store}{'&' if '?' in bench.store else '?'}prefix=Q{uuid.uuid4().hex[:12]}"
        self.memory = MemOS(where, embedder=bench.embedder, llm=bench.llm, settings=_SETTINGS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bench.store is not None:
            for user in self._users:
                self.memory.delete_namespace(user_id=user)
        self.memory.close()

    def tell(self, user: str, messages: Sequence[Mapping[str, Any]], *, conversation: str | None) -> None:
        """Tell messages of one conversation; ``learn`` afterwards."""
        counts = self._bench.counts
        self._users.add(user)
        begun = time.perf_counter()
        self.memory.add_message([dict(m) for m in messages], user_id=user, conversation_id=conversation)
        counts.add_seconds += time.perf_counter() - begun
        counts.messages += len(messages)

    def learn(self) -> None:
        """Wait until all that was told has been learnt from."""
        begun = time.perf_counter()
        self.memory.wait()
        self._bench.counts.learn_seconds += time.perf_counter() - begun

    def known(self, user: str, *kinds: Kind) -> list[AnyMemory]:
        """All active memories of some kinds."""
        found: list[AnyMemory] = []
        cursor: str | None = None
        while True:
            page = self.memory.list_memories(user_id=user, kinds=kinds, cursor=cursor, limit=1000)
            found += page.memories
            cursor = page.cursor
            if cursor is None:
                return found

    def ask(self, user: str, query: str, *, limit: int, now: datetime | None = None, **more: Any) -> tuple[Recall, float]:
        """A search, and the seconds that it took; the embedding of the query is cached before the clock runs."""
        if self._bench.embedder is not None:
            self._bench.embedder.embed_query(query)
        begun = time.perf_counter()
        recall = self.memory.search_memory(query, user_id=user, limit=limit, now=now, **more)
        return recall, time.perf_counter() - begun


def ranking(recall: Recall) -> list[str]:
    """Ids of the messages that the memories found came from, best first, each once."""
    return list(dict.fromkeys(source for memory in recall.memories for source in memory.memory.sources))


def recall_answers(
    question: str,
    recall: Recall,
    seconds: float,
    naive: Mapping[str, Sequence[str]],
    wanted: Sequence[str],
    cuts: Sequence[int],
    *,
    group: str = "",
    name: str = "recall",
    note: Mapping[str, object] | None = None,
) -> list[Answer]:
    """Evidence recall of ours and of the baselines at some cuts."""
    ours = ranking(recall)
    return [
        Answer(
            measure=f"{name}@{k}",
            question=question,
            values={OURS: recall_at(ours, wanted, k)} | {side: recall_at(order, wanted, k) for side, order in naive.items()},
            group=group,
            tokens=recall.instruction.tokens,
            seconds=seconds,
            note={"found": ours[: max(cuts)], "wanted": list(wanted), **(note or {})},
        )
        for k in cuts
    ]
