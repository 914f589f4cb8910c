"""A hit on its way to its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from ...types import ScoreParts
from ...types.record import Record

__all__ = ["Entry", "RankInput", "Ranked", "parts_of", "place_of", "sources_of", "talk_of"]


@dataclass(slots=True, frozen=True)
class RankInput:
    """A hit.

    Attributes:
        record: What was found.
        lexical: BM25; None: no word matched.
        dense: Cosine; None: no vector.
    """

    record: Record
    lexical: float | None = None
    dense: float | None = None


@dataclass(slots=True, frozen=True)
class Ranked:
    """A hit in its place.

    Attributes:
        record: What was found.
        score: 0 to 1, comparable within one recall only.
        parts: How the score came about, if it was asked.
        ended: Whether something else that was found says that it is no longer so.
    """

    record: Record
    score: float
    parts: ScoreParts | None = None
    ended: bool = False


@dataclass(slots=True)
class Entry:
    given: RankInput
    record: Record
    key: tuple[str, str]
    said: int
    spoken: RankInput | None = None
    words: float = 0.0
    meaning: float = 0.0
    fused: float = 0.0
    score: float = 0.0
    sources: tuple[str, ...] = ()
    ended: bool = False
    parts: dict[str, float] = field(default_factory=dict[str, float])

    @classmethod
    def of(cls, given: RankInput, spoken: RankInput | None = None) -> Entry:
        record = given.record
        return cls(given, record, (record.namespace, record.id), record.said, spoken, sources=sources_of(record))

    def text_of(self, name: str) -> str:
        value = self.record.payload.get(name)
        return value if isinstance(value, str) else ""

    def add(self, name: str, value: float) -> None:
        if value:
            self.score += value
            self.parts[name] = value


def sources_of(record: Record) -> tuple[str, ...]:
    """Turns that a derived memory came from."""
    if record.kind == "episode":
        return ()
    evidence = cast("Sequence[Mapping[str, str]]", record.payload.get("evidence") or ())
    return tuple(dict.fromkeys(e["episode"] for e in evidence))


def place_of(entry: Entry) -> tuple[float, int, int, str, str]:
    return (-round(entry.score, 6), -entry.said, entry.record.kind == "episode", entry.record.id, entry.record.namespace)


def talk_of(entry: Entry) -> tuple[str, str]:
    return (entry.record.namespace, entry.record.conversation or "")


def parts_of(entry: Entry) -> ScoreParts:
    values = {"words": entry.words, "meaning": entry.meaning, **entry.parts}
    return ScoreParts(
        lexical=entry.given.lexical, dense=entry.given.dense, weights={name: round(value, 4) for name, value in values.items()}
    )
