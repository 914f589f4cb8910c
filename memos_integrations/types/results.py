"""What the calls return."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, Self

from pydantic import Field, JsonValue, PrivateAttr

from ._base import Model
from .memory import AnyMemory, Episode, Fact, Item, Kind, Preference
from .scope import Scope

__all__ = [
    "Citation",
    "Copied",
    "Decision",
    "FoundItem",
    "Fused",
    "History",
    "HistoryEntry",
    "Instruction",
    "Ledger",
    "NamespaceInfo",
    "Page",
    "Passage",
    "Recall",
    "Recalled",
    "Receipt",
    "ScoreParts",
    "TaskState",
    "Usage",
]

TaskState = Literal["pending", "running", "done", "failed"]

Action = Literal[
    "journalled",
    "revised",
    "known",
    "added",
    "merged",
    "refined",
    "superseded",
    "narrowed",
    "rejected",
    "updated",
    "restored",
    "promoted",
    "forgotten",
    "redacted",
]


class Usage(Model):
    """What models cost.

    Attributes:
        calls: LLM calls.
        input_tokens: Tokens sent.
        output_tokens: Tokens received.
        embedded_texts: Texts embedded.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    embedded_texts: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            embedded_texts=self.embedded_texts + other.embedded_texts,
        )


class Decision(Model):
    """What became of one message or candidate.

    Attributes:
        action: What was done.
        memory_id: The memory it was done to; None if nothing was stored.
        kind: Kind of that memory.
        reason: Why, in a few words; holds no words of the user.
        related: Ids of memories that it concerns as well, such as those superseded.
        by: Who proposed it: ``rules``, ``model``, ``llm`` or ``hand``.
    """

    action: Action
    memory_id: str | None = None
    kind: Kind | None = None
    reason: str = ""
    related: tuple[str, ...] = ()
    by: Literal["rules", "model", "llm", "hand"] | None = None


class Receipt(Model):
    """What a call that writes did, or will have done.

    Attributes:
        task_id: The background task; None where the work was done at once.
        state: ``pending``, ``running``, ``done`` or ``failed``.
        namespace: Where it was written.
        message_ids: Ids of the messages of this call, in order, known ones included.
        episode_ids: Ids of the episodes that hold them.
        decisions: What became of each message and candidate.
        usage: Model calls and tokens.
        error: Why the task failed, if it did, or why its last attempt did.
        attempts: How often it was tried.
    """

    task_id: str | None = None
    state: TaskState = "done"
    namespace: str = ""
    message_ids: tuple[str, ...] = ()
    episode_ids: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    usage: Usage = Usage()
    error: str | None = None
    attempts: int = 0


class ScoreParts(Model):
    """How a score came about.

    Attributes:
        lexical: BM25 of the words, as the store gave it; None: no word matched.
        dense: Cosine of the vectors; None: no vector.
        weights: Weight of each part after fusion, by name.
    """

    lexical: float | None = None
    dense: float | None = None
    weights: dict[str, float] = Field(default_factory=dict)


class Recalled(Model):
    """A memory that was found.

    Attributes:
        memory: The memory.
        score: Comparable within one recall only, higher is better.
        namespace: Where it lives.
        parts: How the score came about, with ``explain=True``.
    """

    memory: AnyMemory
    score: float
    namespace: str
    parts: ScoreParts | None = None


class Citation(Model):
    """What a line of the instruction rests on.

    Attributes:
        line: Number of the line in ``Instruction.text``, from 0.
        memory_id: The memory.
        sources: Ids of the messages behind it.
    """

    line: int
    memory_id: str
    sources: tuple[str, ...] = ()


class Instruction(Model):
    """Text that is ready for the prompt.

    Attributes:
        head: Standing preferences as imperatives; the same bytes until one of them changes.
        tail: What this query needs: preferences that apply, then facts and episodes fenced as data.
        text: Head and tail.
        tokens: Tokens of ``text`` by the counter in use.
        citations: What each line rests on.
    """

    head: str = ""
    tail: str = ""
    text: str = ""
    tokens: int = 0
    citations: tuple[Citation, ...] = ()


class Ledger(Model):
    """What a recall cost and saved.

    Attributes:
        tokens_injected: Tokens of the instruction.
        tokens_history: Tokens of all turns that the view holds, exact: what the full history would cost.
        seconds: Wall time of the call.
        searched_namespaces: How many namespaces were searched.
        dense: Whether vectors took part.
        notes: What the caller should know, such as ``lexical only``.
    """

    tokens_injected: int = 0
    tokens_history: int = 0
    seconds: float = 0.0
    searched_namespaces: int = 0
    dense: bool = False
    notes: tuple[str, ...] = ()


class Passage(Model):
    """A retrieved piece of the user's own documents, or of memory after fusion.

    Attributes:
        text: The text.
        source: Where it comes from; ``memory`` for memories.
        score: Score in the scale of its own retriever; None: only its rank counts.
        id: The retriever's id.
        metadata: The retriever's own.
        memory_id: The memory, for one that came from memory.
    """

    text: str
    source: str = "documents"
    score: float | None = None
    id: str | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    memory_id: str | None = None


class Fused(Model):
    """Memories and passages under one budget.

    Attributes:
        head: The instruction's head, apart.
        passages: Memories and documents, best first.
        text: Ready for the prompt.
        tokens: Tokens of ``text``.
    """

    head: str = ""
    passages: tuple[Passage, ...] = ()
    text: str = ""
    tokens: int = 0


class _Counter:
    """How tokens are counted: no part of what was found, so that two recalls are equal without it."""

    __slots__ = ("count",)

    def __init__(self, count: Callable[[str], int] | None = None) -> None:
        self.count = count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Counter)

    def __hash__(self) -> int:
        return hash(_Counter)

    def __reduce__(self) -> tuple[type[_Counter], tuple[()]]:
        return _Counter, ()


class Recall(Model):
    """What ``search_memory`` found.

    Attributes:
        query: The query.
        memories: What was found, best first.
        instruction: Text ready for the prompt.
        ledger: What it cost and saved.
        degraded: Why the recall is weaker than it should be; None: it is not.
    """

    query: str
    memories: tuple[Recalled, ...] = ()
    instruction: Instruction = Instruction()
    ledger: Ledger = Ledger()
    degraded: str | None = None
    _counter: _Counter = PrivateAttr(default_factory=lambda: _Counter(None))

    def counted_by(self, count: Callable[[str], int] | None) -> Self:
        """The same recall, whose ``fuse`` counts tokens by ``count``; None: by the default estimate.

        ``search_memory`` returns recalls that count as the client does. A recall that was read from JSON, or pickled,
        counts by the default estimate until it is told otherwise.
        """
        recall = self.model_copy()
        recall._counter = _Counter(count)
        return recall

    @property
    def preferences(self) -> list[Preference]:
        """The preferences among the memories."""
        return [m.memory for m in self.memories if isinstance(m.memory, Preference)]

    @property
    def facts(self) -> list[Fact]:
        """The facts among the memories."""
        return [m.memory for m in self.memories if isinstance(m.memory, Fact)]

    @property
    def episodes(self) -> list[Episode]:
        """The episodes among the memories."""
        return [m.memory for m in self.memories if isinstance(m.memory, Episode)]

    def fuse(
        self,
        passages: Sequence[Passage | str],
        *,
        max_tokens: int,
        memory_weight: float = 0.5,
        weights: Mapping[str, float] | None = None,
        shown: Callable[[Passage], str] | None = None,
    ) -> Fused:
        """Join retrieved documents with what is remembered, under one budget.

        Args:
            passages: Documents, best first; plain strings count by their rank.
            max_tokens: Budget for all of ``Fused.text``, head included.
            memory_weight: Weight of memory against documents, 0 to 1.
            weights: Weight of each source of documents among them, 0 to 1; 1 for those not named.
            shown: What a prompt of your own shows of a passage; ``text`` is then the head and those, apart by blank lines, and the
                budget is for that. None: a line of a fenced block.

        Returns:
            The head apart, then memories and documents by fused score, without repetitions.

        Raises:
            InvalidInput: If a budget is below 1 or a weight outside 0 to 1.
        """
        from ..core.fusion import fuse_passages

        count = self._counter.count
        return fuse_passages(self, passages, max_tokens=max_tokens, memory_weight=memory_weight, weights=weights, count=count, shown=shown)


class Page(Model):
    """Some of the memories of a scope.

    Attributes:
        memories: The memories.
        cursor: Pass it on for the next page; None: this was the last.
    """

    memories: tuple[AnyMemory, ...] = ()
    cursor: str | None = None

    def __iter__(self) -> Iterator[AnyMemory]:  # type: ignore[override]  # a page iterates its memories, not its fields
        return iter(self.memories)

    def __len__(self) -> int:
        return len(self.memories)


class FoundItem(Model):
    """An item that a search found.

    Attributes:
        item: The item.
        score: How well it answers the query, 0 to 1, by the same measure everywhere; None: it was not asked for by words, or
            shares none with the query and has no vector.
    """

    item: Item
    score: float | None = None


class HistoryEntry(Model):
    """One state that a memory, or one it took the place of, was in.

    Attributes:
        memory: The memory as it is, or was.
        event: What happened: ``learnt``, ``superseded``, ``updated``, ``restored``, …
        at: When.
    """

    memory: AnyMemory
    event: str
    at: datetime


class History(Model):
    """The story of a memory, oldest first, the losers included.

    Attributes:
        id: The memory asked about.
        versions: Its states and those of the memories linked with it.
    """

    id: str
    versions: tuple[HistoryEntry, ...] = ()


class NamespaceInfo(Model):
    """A namespace and what is in it.

    Attributes:
        key: Its encoded name.
        scope: The scope that writes there.
        memories: Number of records, by kind.
        updated_at: When something was last written.
    """

    key: str
    scope: Scope
    memories: dict[str, int] = Field(default_factory=dict)
    updated_at: datetime | None = None


class Copied(Model):
    """What a copy of a memory to another store did.

    Attributes:
        namespaces: How many namespaces the source holds, that of grants among them.
        records: How many records were compared, read back and found the same.
        written: How many of them were written; the others were there already.
        removed: How many were removed from the target, because the source does not hold them.
        extra: How many of that kind were left there: forgotten in the source, or added to the target.
        tasks: How many tasks were written.
        checksum: Of all records with their vectors, in any order: that of another run is the same if nothing changed between them.
        changed: Namespaces that the source was written to meanwhile; another run brings that along.
    """

    namespaces: int
    records: int
    written: int
    removed: int
    extra: int
    tasks: int
    checksum: str
    changed: tuple[str, ...] = ()
