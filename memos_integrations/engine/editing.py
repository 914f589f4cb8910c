"""Changing memories by hand. Plain blocking code: the async face runs it in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import ValidationError

from ..core.candidates import Candidate, Turn
from ..core.checks import choice
from ..core.derived import WORDED, ended_by
from ..core.identity import named_id
from ..core.messages import given_name, json_object, micros, parse_time
from ..core.reconcile import decide
from ..core.records import RETOLD, memory_terms, to_memory, to_record
from ..core.scopes import View, writing_scope
from ..core.slots import is_safety, slot_of
from ..core.text import language
from ..errors import InvalidInput
from ..stores.base import Batch, NamespaceRow, Record, ScanQuery
from ..types import AnyMemory, Decision, Evidence, Fact, Preference, Receipt, Scope, Summary
from .context import Context, now_utc
from .memories import Memories, plain_words, restated
from .worker import Worker

__all__ = ["Editor"]

_BY_HAND = ("fact", "preference", "summary")


class Editor:
    """Remember, update and restore."""

    def __init__(self, context: Context, memories: Memories, worker: Worker) -> None:
        self._context = context
        self._memories = memories
        self._worker = worker

    def remember(
        self,
        text: object,
        scope: Scope,
        *,
        kind: str,
        metadata: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        now: datetime | str | None = None,
        **fields: object,
    ) -> Receipt:
        """Store a fact, preference or summary that the application states itself."""
        context = self._context
        view = self._memories.view(scope)
        assert view is not None
        words = plain_words(text, context)
        choice(kind, _BY_HAND, field="kind")
        extra = json_object(metadata, field="metadata")
        clock = now_utc() if now is None else parse_time(now, zone=context.settings.zone, field="now")
        namespace = view.writes
        key = given_name(idempotency_key, field="idempotency_key")
        # no name of a time begins with a letter
        identity = named_id("hand", namespace, kind, words, str(micros(clock)) if key is None else f"key:{key}")
        candidate = self._candidate(words, kind, identity, clock)
        common: dict[str, object] = {
            "id": identity,
            "namespace": namespace,
            "text": words,
            "sources": (identity,),
            "subject": candidate.subject,
            "valid_from": clock,
            "created_at": clock,
            "updated_at": clock,
            "conversation_id": scope.conversation_id,
            "agent_id": scope.agent_id,
            "metadata": extra,
            "evidence": (Evidence(source=identity, episode=identity, quote=words, said_at=clock),),
        }
        memory: AnyMemory
        if kind == "fact":
            memory = Fact.model_validate({**common, "attribute": candidate.attribute, "value": candidate.value, **fields})
        elif kind == "preference":
            memory = Preference.model_validate({**common, **{n: getattr(candidate, n) for n in WORDED}, "lasting": True, **fields})
        else:
            memory = Summary.model_validate(common)
        row = NamespaceRow(key=namespace, scope=dict(writing_scope(scope)))

        def attempt() -> tuple[tuple[Record, ...], Decision]:
            if key is not None and self._memories.records([identity], view):
                return (), Decision(action="known", memory_id=identity, kind=memory.kind, reason="remembered before", by="hand")
            batch, decision = self._reconciled(memory, candidate)
            context.store.commit(replace(batch, namespaces=(row,)))
            return batch.put, decision

        puts, decision = context.again(attempt)
        self._embed_later(namespace, [r.id for r in puts])
        return Receipt(namespace=namespace, decisions=(decision,))

    def _candidate(self, words: str, kind: str, identity: str, now: datetime) -> Candidate:
        turn = Turn(episode=identity, role="user", text=words, said_at=now)
        for candidate in self._context.extractor.extract([turn]):
            if candidate.kind == kind:
                return candidate
        slot = slot_of(words)
        return Candidate(
            kind="preference" if kind == "preference" else "fact",
            episode=identity,
            quote=words,
            language=language(words),
            text=words,
            value=words,
            object=words,
            slot=slot,
            standing=kind == "preference" and (slot.startswith("answers.") or is_safety(slot, words)),
            directive=words if kind == "preference" else "",
        )

    def _reconciled(self, memory: AnyMemory, candidate: Candidate) -> tuple[Batch, Decision]:
        context = self._context
        alone = Batch(put=(to_record(memory, terms=memory_terms(memory)),))
        if not isinstance(memory, Fact | Preference):
            return alone, Decision(action="added", memory_id=memory.id, kind=memory.kind, by="hand")
        known = {r.id: r for r in context.scan_all(ScanQuery(namespaces=(memory.namespace,), kinds=(memory.kind,), limit=1000))}
        neighbours = [m for m in map(to_memory, known.values()) if isinstance(m, Fact | Preference)]
        said = memory.said_at
        verdict = decide(candidate, neighbours, said_at=said, cosine={})
        by_id = {m.id: m for m in neighbours}
        if verdict.action != "superseded":
            return alone, Decision(action="added", memory_id=memory.id, kind=memory.kind, by="hand")
        losers = [by_id[t] for t in verdict.targets if t in by_id]
        memory = memory.model_copy(update={"supersedes": tuple(m.id for m in losers)})
        ended = [ended_by(m, memory.id, said, said) for m in losers]
        puts = tuple(to_record(m, terms=memory_terms(m)) for m in (memory, *ended))
        return Batch(put=puts, expects=tuple(known[m.id] for m in losers)), Decision(
            action="superseded", memory_id=memory.id, kind=memory.kind, reason=verdict.reason, related=verdict.targets, by="hand"
        )

    def update(
        self, id: str, scope: Scope | None, *, text: object = None, metadata: Mapping[str, object] | None = None, **fields: object
    ) -> Receipt:
        """Change a memory; what it said before stays in its history."""
        context = self._context
        view = self._memories.view(scope)
        if text is None and metadata is None and not fields:
            raise InvalidInput("pass what is to change: text=, metadata= or a field of the memory", field="text")

        def attempt() -> tuple[AnyMemory, AnyMemory]:
            record = self._memories.one(id, view, change=True)
            memory = to_memory(record)
            if memory.kind in ("episode", "item"):
                raise InvalidInput(f"an {memory.kind} is kept as it was said; update what was learnt from it", field="id")
            now = now_utc()
            before = memory.model_copy(
                update={
                    "id": named_id("version", memory.id, str(memory.version)),
                    "status": "superseded",
                    "valid_to": now,
                    "superseded_by": memory.id,
                    "updated_at": now,
                }
            )
            changes: dict[str, object] = {
                "updated_at": now,
                "version": memory.version + 1,
                "supersedes": (*memory.supersedes, before.id),
                "valid_from": now,
            }
            if text is not None:
                words = plain_words(text, context)
                changes["text"] = words
                candidate = self._candidate(words, memory.kind, memory.id, now)
                if isinstance(memory, Preference):
                    changes |= {n: getattr(candidate, n) for n in ("polarity", "object", "condition", "directive")}
                    changes["slot"] = candidate.slot if candidate.slot != "other" else memory.slot
                elif isinstance(memory, Fact):
                    changes["value"] = candidate.value
                changes["evidence"] = (*memory.evidence, Evidence(source=memory.id, episode=memory.id, quote=words, said_at=now))
            if metadata is not None:
                changes["metadata"] = json_object(metadata, field="metadata")
            changed = _validated(memory, {**changes, **fields})
            puts = (to_record(before, terms=memory_terms(before)), to_record(changed, terms=memory_terms(changed)))
            context.store.commit(Batch(put=puts, expects=(record,)))
            return before, changed

        before, changed = context.again(attempt)
        self._embed_later(changed.namespace, [changed.id])
        decision = Decision(action="updated", memory_id=changed.id, kind=changed.kind, related=(before.id,), by="hand")
        return Receipt(namespace=changed.namespace, decisions=(decision,))

    def restore(self, id: str, scope: Scope | None) -> Receipt:
        """Make a superseded, merged or archived memory active again; what took its place steps back."""
        view = self._memories.view(scope)
        return self._context.again(lambda: self._restore(self._memories.one(id, view, change=True).id, view))

    def _restore(self, id: str, view: View | None) -> Receipt:
        record = self._memories.records([id], view, with_index=True)[0]
        memory = to_memory(record)
        if memory.status == "active":
            decision = Decision(action="known", memory_id=id, kind=memory.kind, reason="active")
            return Receipt(namespace=record.namespace, decisions=(decision,))
        now = now_utc()
        back = memory.model_copy(
            update={"status": "active", "valid_to": None, "superseded_by": None, "updated_at": now, "version": memory.version + 1}
        )
        read, changed, related = [record], [back], list[str]()
        if memory.status == "superseded" and memory.superseded_by is not None:
            for winner in self._memories.records([memory.superseded_by], view, with_index=True):
                loser = to_memory(winner)
                if loser.status == "active" and loser.kind != "episode":  # what was said was said
                    read.append(winner)
                    related.append(loser.id)
                    changed[0] = back.model_copy(update={"supersedes": tuple(dict.fromkeys((*back.supersedes, loser.id)))})
                    kept = tuple(s for s in loser.supersedes if s != back.id)
                    changed.append(ended_by(loser.model_copy(update={"supersedes": kept}), back.id, now, now))
        puts = [restated(self._context, old, new) for old, new in zip(read, changed, strict=True)]
        evidence = memory.evidence if isinstance(memory, Fact | Preference) else ()
        for turn in self._memories.records([e.episode for e in evidence], view, with_index=True):
            if RETOLD & turn.payload.keys() and turn.namespace == record.namespace:  # what it says is so again
                read.append(turn)
                puts.append(turn.but(payload={key: value for key, value in turn.payload.items() if key not in RETOLD}))
        self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
        self._embed_later(record.namespace, [m.id for m in changed])
        decision = Decision(action="restored", memory_id=id, kind=back.kind, related=tuple(related), by="hand")
        return Receipt(namespace=record.namespace, decisions=(decision,))

    def _embed_later(self, namespace: str, ids: Sequence[str]) -> None:
        """Vectors of a few records changed by hand: at once, since the caller waits for nothing else."""
        self._worker.embed_soon(namespace, ids)


def _validated(memory: AnyMemory, changes: Mapping[str, object]) -> AnyMemory:
    unknown = sorted(changes.keys() - type(memory).model_fields.keys())
    if unknown:
        raise InvalidInput(f"a {memory.kind} has no field {unknown[0][:40]!r}", field=unknown[0])
    try:
        return type(memory).model_validate({**memory.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(str(first["msg"]), field=".".join(map(str, first["loc"]))) from None
