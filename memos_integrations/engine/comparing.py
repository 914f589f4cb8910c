"""Turns beside earlier turns: what a new statement replaces though neither was understood as a fact or a wish."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..core.derived import Derived, ended_by
from ..core.records import DOUBTED, OUTDATED, UNLEARNT, said_at, to_memory
from ..core.succession import comparable, named_terms, replaces, tells_of_change
from ..stores.base import Batch, Record, SearchQuery
from ..types import Decision
from .context import Context, now_utc
from .known import Known
from .learning import Learner

__all__ = ["Comparer"]

_NEAR = 16  # earlier turns, by each arm, that a turn is laid beside


class Comparer:
    """Marks turns whose statement a later one replaced, and ends what was learnt from them alone."""

    def __init__(self, context: Context, learner: Learner) -> None:
        self._context = context
        self._learner = learner

    def compare(self, namespace: str, ids: Sequence[str], known: Known) -> list[Decision]:
        """Lay new turns of the user beside earlier ones. May be repeated: what has ended is not ended again.

        Args:
            namespace: Where they are.
            ids: The new turns, in order.
            known: What is known there; what ends is taken out of it.

        Returns:
            What ended, for the receipt.

        Raises:
            StoreConflict: Others kept changing what is compared.
        """
        records = self._context.store.get(list(ids), namespaces=[namespace], with_index=True)
        told = [r for r in sorted(records, key=lambda r: (said_at(r), r.order)) if _is_short(r) and tells_of_change(r.text)]
        found = [self._learner.again(namespace, known, partial(self._compare, namespace, record.id, known)) for record in told]
        return [decision for decision in found if decision is not None]

    def _compare(self, namespace: str, id: str, known: Known) -> Decision | None:
        records = self._context.store.get([id], namespaces=[namespace], with_index=True)
        if not records or not _is_short(records[0]) or not self._own_words(records[0]):
            return None  # somebody else's, or forgotten or changed meanwhile
        (record,) = records
        result = self._context.store.search(
            SearchQuery(
                namespaces=(namespace,),
                terms=named_terms(record.text),
                vector=record.vectors[0] if record.vectors else None,
                space=record.space,
                kinds=("episode",),
                limit=_NEAR,
            )
        )
        said = said_at(record)
        speaker = record.payload.get("speaker")
        ids = [
            hit.record.id
            for hit in result.hits
            if said_at(hit.record) < said and _is_short(hit.record) and hit.record.payload.get("speaker") == speaker
        ]
        found: list[tuple[bool, float, str, Record]] = []
        for old in self._context.store.get(ids, namespaces=[namespace], with_index=True) if ids else ():
            places = [_places(known.of_turn(turn.id)) for turn in (old, record)]
            succession = replaces(
                old.text, record.text, vectors=_vectors(old, record), space=self._context.space, one_place=bool(places[0] & places[1])
            )
            if succession is not None and self._own_words(old):
                found.append((succession.sure, succession.likely, old.id, old))
        if not found:
            return None
        sure, _, _, old = max(found)  # the likeliest only: whoever changes one thing says nothing of the others
        if sure:
            return self._end(old, record, known)
        doubted = old.but(payload={**old.payload, DOUBTED: record.id})
        self._context.store.commit(Batch(put=(doubted,), expects=(old, record)))
        return None

    def _own_words(self, record: Record) -> bool:
        """Whether a turn holds the user's own words and nothing else."""
        return any(turn.learnable and turn.text == record.text for turn in self._learner.turns([record], learn=True))

    def _end(self, old: Record, new: Record, known: Known) -> Decision | None:
        """One turn replaces another, and what was learnt from that one alone."""
        before, mine = known.of_turn(old.id), known.of_turn(new.id)
        if any(memory in mine for memory in before):
            return None  # taken to say the same
        losers = [memory for memory in before if all(evidence.episode == old.id for evidence in memory.evidence)]
        kinds = {memory.kind for memory in losers}
        winner: Derived | None = next((memory for memory in mine if memory.kind in kinds), mine[0] if mine else None)
        won, kept = new.id if winner is None else winner.id, winner
        puts, read = [old.but(payload={**old.payload, OUTDATED: new.id})], [old, new]
        for memory in losers:
            self._learner.change(puts, read, memory, ended_by(memory, won, said_at(new), now_utc()))
        if winner is not None and losers:
            supersedes = (*winner.supersedes, *(memory.id for memory in losers))
            kept = winner.model_copy(update={"supersedes": supersedes, "updated_at": now_utc(), "version": winner.version + 1})
            self._learner.change(puts, read, winner, kept)
        self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
        for memory in losers:
            known.drop(memory.id)
        if kept is not None:
            known.put(kept)
        related = tuple(memory.id for memory in losers) or (old.id,)
        kind = to_memory(new).kind if kept is None else kept.kind
        return Decision(
            action="superseded", memory_id=won, kind=kind, reason="the newer statement replaces it", related=related, by="model"
        )


def _is_short(record: Record) -> bool:
    """Whether a turn may be one statement of a user that still holds."""
    payload = record.payload
    return payload.get("role") == "user" and OUTDATED not in payload and UNLEARNT not in payload and comparable(record.text)


def _vectors(old: Record, new: Record) -> tuple[Sequence[float], Sequence[float]] | None:
    return (old.vectors[0], new.vectors[0]) if old.vectors and new.vectors and old.space == new.space else None


def _places(memories: Sequence[Derived]) -> set[str]:
    """Attributes of facts about the user."""
    return {memory.attribute for memory in memories if memory.kind == "fact" and memory.subject in (None, "user")}
