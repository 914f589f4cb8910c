"""What the user's own retrievers found and what is remembered, in one order, whatever a framework calls a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import JsonValue

from ..core.checks import number, positive
from ..errors import InvalidInput
from ..types import Episode, Passage, Preference, Recall, Recalled

__all__ = ["CANDIDATES", "MEMORY", "FusedDocuments", "Fusion", "Own", "Placed", "memory_metadata", "named_sources"]

MEMORY = "memory"
"""The source of what is remembered."""

CANDIDATES = 30
"""Memories that are ranked beside the documents, however few are returned: what the documents speak of may stand low in the recall."""

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Own(Generic[D]):
    """A document of the user's.

    Attributes:
        document: In the framework's form.
        source: Name of the retriever that found it.
        text: What it says.
        score: The higher the better; None: its place counts.
        id: Its id.
    """

    document: D
    source: str
    text: str
    score: float | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Placed(Generic[D]):
    """A document or a memory in its place.

    Attributes:
        passage: Its text, perhaps shortened, and its fused score.
        own: The document; None: it is a memory.
        memory: The memory; None: it is a document.
    """

    passage: Passage
    own: Own[D] | None
    memory: Recalled | None


@dataclass(frozen=True, slots=True)
class FusedDocuments(Generic[D]):
    """Documents and memories under one budget.

    Attributes:
        head: The standing preferences, which matter whatever is asked; empty: there are none.
        placed: Best first.
    """

    head: str
    placed: tuple[Placed[D], ...]


@dataclass(frozen=True, slots=True)
class Fusion:
    """How they are joined.

    Attributes:
        max_tokens: Budget for all of them together, head included.
        limit: Most documents and memories, the head not counted.
        memory_weight: Weight of memory against documents, 0 to 1.
        weights: Weight of each retriever among them, 0 to 1; 1 for those not named.
    """

    max_tokens: int
    limit: int
    memory_weight: float
    weights: Mapping[str, float] | None

    def check(self, sources: Mapping[str, object], *, limit: str) -> None:
        """Raise what is wrong with it.

        Args:
            sources: The retrievers.
            limit: What the adapter calls ``limit``.

        Raises:
            InvalidInput: A number is out of its range, or a weight names none of the sources.
        """
        positive(self.max_tokens, field="max_tokens")
        positive(self.limit, field=limit)
        number(self.memory_weight, 0, 1, field="memory_weight")
        unknown = sorted((self.weights or {}).keys() - sources.keys())
        if unknown:
            raise InvalidInput(f"names {unknown[0]!r}; there are {', '.join(sources)}", field="weights")

    def of(self, recall: Recall, found: Sequence[Own[D]], *, shown: Callable[[Placed[D]], str] | None = None) -> FusedDocuments[D]:
        """Join what was found with what is remembered.

        Args:
            recall: What is remembered.
            found: Documents, the best of each source first.
            shown: What a prompt shows of each; None: a line of a fenced block.
        """
        passages = [
            Passage(text=own.text, source=own.source, score=own.score, id=own.id, metadata={"place": place})
            for place, own in enumerate(found)
        ]
        memories = {one.memory.id: one for one in recall.memories}

        def placed(passage: Passage) -> Placed[D]:
            if passage.memory_id is not None:
                return Placed(passage, None, memories[passage.memory_id])
            place = passage.metadata["place"]
            return Placed(passage, found[place if isinstance(place, int) else 0], None)

        fused = recall.fuse(
            passages,
            max_tokens=self.max_tokens,
            memory_weight=self.memory_weight,
            weights=self.weights,
            shown=None if shown is None else lambda passage: shown(placed(passage)),
        )
        return FusedDocuments(fused.head, tuple(placed(passage) for passage in fused.passages[: self.limit]))


def named_sources(retrievers: Mapping[str, D] | Sequence[D]) -> dict[str, D]:
    """Retrievers by name; those of a list are called ``documents``, ``documents-2``, …

    Raises:
        InvalidInput: One is called as memory is.
    """
    if isinstance(retrievers, Mapping):
        named = dict(retrievers)
    else:
        named = {"documents" if i == 1 else f"documents-{i}": one for i, one in enumerate(retrievers, 1)}
    if MEMORY in named:
        raise InvalidInput("'memory' is the name of memory itself; call the retriever something else", field="retrievers")
    return named


def memory_metadata(one: Recalled) -> dict[str, JsonValue]:
    """What is known of a memory that was found, as plain JSON."""
    memory = one.memory
    metadata: dict[str, JsonValue] = {
        **memory.metadata,
        "score": one.score,
        "kind": memory.kind,
        "namespace": one.namespace,
        "status": memory.status,
        "sources": list(memory.sources),
        "conversation_id": memory.conversation_id,
        "valid_from": memory.valid_from.isoformat() if memory.valid_from is not None else None,
        "valid_to": memory.valid_to.isoformat() if memory.valid_to is not None else None,
        "created_at": memory.created_at.isoformat(),
    }
    if isinstance(memory, Episode):
        metadata |= {"role": memory.role, "speaker": memory.speaker}
    else:
        metadata |= {"subject": memory.subject}
    if isinstance(memory, Preference):
        metadata |= {"polarity": memory.polarity, "slot": memory.slot, "condition": memory.condition, "directive": memory.directive}
    return metadata
