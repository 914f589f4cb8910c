"""Vectors for records that have none of the present space. Every step may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from ..core.records import embedding_texts, episode_terms, memory_terms, to_memory, turns_before
from ..errors import EmbedderError, StoreConflict
from ..stores.base import Batch, Record
from ..types import Episode
from .context import Context

__all__ = ["EMBEDDED", "VectorFiller"]

EMBEDDED = ("episode", "fact", "preference", "summary", "item")
"""Kinds of records that have vectors."""

_BATCH = 16
_TRIES = 5  # to embed a record that is changed each time meanwhile


class VectorFiller:
    """Embeds records and writes their vectors back, where nobody changed them meanwhile."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def fill_in(self, namespace: str, ids: Sequence[str], keep_on: Callable[[], bool], *, reindex: bool = False) -> int:
        """Embed records that have no vectors of the present space. Returns how many were embedded.

        Args:
            namespace: Where they are.
            ids: The records; those that have such vectors are left alone.
            keep_on: Asked between batches.
            reindex: Whether their words are indexed anew as well.

        Raises:
            EmbedderError: The embedder failed; what was embedded before is stored.
        """
        done = 0
        for start in range(0, len(ids), _BATCH):
            todo = list(ids[start : start + _BATCH])
            for _ in range(_TRIES):
                if not todo or not keep_on():
                    break
                put, todo = self._embed(namespace, todo, reindex=reindex)
                done += put
        return done

    def _embed(self, namespace: str, ids: Sequence[str], *, reindex: bool) -> tuple[int, list[str]]:
        """Embed some records. Returns how many have vectors now, and the ids of those that were changed meanwhile."""
        context = self._context
        found = context.store.get(ids, namespaces=[namespace], with_index=True)
        wanted = [r for r in found if r.space != context.space and r.status != "deleted" and r.kind in EMBEDDED]
        if not wanted:
            return 0, []
        texts = [embedding_texts(to_memory(record)) for record in wanted]  # an item may have none
        vectors = context.embed([text for of in texts for text in of])
        if len(vectors) != sum(map(len, texts)):
            raise EmbedderError(f"{sum(map(len, texts))} texts gave {len(vectors)} vectors")
        left = iter(vectors)
        before = self._before(namespace, wanted) if reindex else {}
        batches: list[Batch] = []
        for record, of in zip(wanted, texts, strict=True):
            embedded = record.but(vectors=tuple(islice(left, len(of))), space=context.space)
            turns = [before[id] for id in turns_before(record) if id in before]
            if reindex:
                embedded = embedded.but(terms=_terms(record, turns))
            batches.append(Batch(put=(embedded,), expects=(record, *turns)))
        changed = self._write_back(batches)
        return len(wanted) - len(changed), changed

    def _before(self, namespace: str, records: Sequence[Record]) -> dict[str, Record]:
        ids = dict.fromkeys(id for record in records for id in turns_before(record))
        return {r.id: r for r in self._context.store.get(list(ids), namespaces=[namespace]) if r.status == "active"}

    def _write_back(self, batches: Sequence[Batch]) -> list[str]:
        """Commit in one, or else those that nothing came between. Returns the ids of the others' records.

        Words that were forgotten while they were embedded must not come back as a vector.
        """
        whole = Batch(put=tuple(r for b in batches for r in b.put), expects=tuple(r for b in batches for r in b.expects))
        try:
            with self._context.lock:
                self._context.store.commit(whole)
        except StoreConflict:
            if len(batches) == 1:
                return [batches[0].put[0].id]
            # from the last: a turn may expect those before it as they were read, and their own vectors would change them
            return [id for batch in reversed(batches) for id in self._write_back([batch])]
        return []


def _terms(record: Record, before: Sequence[Record]) -> tuple[str, ...]:
    memory = to_memory(record)
    return episode_terms(memory, [turn.text for turn in before]) if isinstance(memory, Episode) else memory_terms(memory)
