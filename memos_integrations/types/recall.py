"""What ``search_memory`` returns, and what it becomes beside retrieved documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Self

from pydantic import Field, JsonValue, PrivateAttr

from ._base import Model
from .memory import AnyMemory, Episode, Fact, Preference

__all__ = [
    "Citation",
    "Fused",
    "Instruction",
    "Ledger",
    "Passage",
    "Recall",
    "Recalled",
    "ScoreParts",
]


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
