"""What a store keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import JsonValue

__all__ = ["Record", "Vector"]

Vector = Sequence[float]
"""One embedding, finite floats; stores keep it as float32."""


@dataclass(slots=True, frozen=True)
class Record:
    """What a store keeps. Times are microseconds since the epoch, UTC.

    Attributes:
        id: UUID; putting the same id again in the same namespace replaces the record.
        namespace: Encoded name of the namespace.
        kind: ``episode``, ``fact``, ``preference``, ``summary``, ``item``, or an internal kind (``tombstone``).
        text: The words, returned as they are.
        terms: Tokens for the lexical index, already normalised and stemmed; repetitions count.
        vectors: Embeddings of it, any number of one dimension; a search takes the best.
        space: Fingerprint of the embedder (and index recipe) of ``vectors``, all of one dimension; None: not embedded yet.
        payload: Everything else, opaque to the store, JSON.
        path: Labels, for items.
        conversation: The session; with ``order`` it says the sequence of its episodes.
        order: Order key within the namespace's conversation (episodes), else 0.
        status: ``active``, ``superseded``, ``merged``, ``archived`` or ``deleted``.
        valid_from: Since when it is true in the world.
        valid_to: Until when; None: still.
        created_at: When we learnt it.
        updated_at: When we last changed it.
        expires_at: After this it is not returned any more; None: never.
        version: Counts the changes of what it says, from 1; vectors, expiry and the engine's own marks may change beside it.
        tokens: What it adds to the full history: tokens of a turn, else 0. Stores keep the sum by namespace.
    """

    id: str
    namespace: str
    kind: str
    text: str = ""
    terms: tuple[str, ...] = ()
    vectors: tuple[Vector, ...] = ()
    space: str | None = None
    payload: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    path: tuple[str, ...] = ()
    conversation: str | None = None
    order: int = 0
    status: str = "active"
    valid_from: int | None = None
    valid_to: int | None = None
    created_at: int = 0
    updated_at: int = 0
    expires_at: int | None = None
    version: int = 1
    tokens: int = 0

    @property
    def said(self) -> int:
        """When it was said, or else when it came to be known."""
        return self.created_at if self.valid_from is None else self.valid_from

    def but(self, **changes: object) -> Record:
        """A copy with some fields changed."""
        return replace(self, **changes)  # type: ignore[arg-type]  # field names are checked by dataclasses.replace
