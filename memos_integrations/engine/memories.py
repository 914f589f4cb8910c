"""Looking at memories and changing them by hand. Plain blocking code: the async face runs it in a thread."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import JsonValue, ValidationError

from ..core.candidates import Candidate, Turn
from ..core.checks import choice, flag, positive, shown
from ..core.identity import named_id
from ..core.masking import mask_secrets
from ..core.messages import given_name, json_object, micros, parse_time, plain_text
from ..core.reconcile import decide
from ..core.records import DOUBTED, OUTDATED, memory_terms, to_memory, to_record
from ..core.scopes import SYSTEM_NAMESPACE, View, resolve_view, writing_scope
from ..core.slots import is_safety, slot_of
from ..core.text import language
from ..errors import AccessDenied, InvalidInput, NotFound
from ..stores.base import Batch, NamespaceRow, Record, ScanQuery
from ..types import (
    AnyMemory,
    Decision,
    Evidence,
    Fact,
    History,
    HistoryEntry,
    Page,
    Preference,
    Receipt,
    Scope,
    Summary,
)
from .context import Context, now_utc
from .cursors import read_cursor, write_cursor
from .recalling import checked_kinds, where_filter
from .worker import Worker

__all__ = ["Memories", "checked_ids", "may_change", "plain_words", "restated"]

_STATUSES = ("active", "superseded", "merged", "archived")
_BY_HAND = ("fact", "preference", "summary")


def checked_ids(ids: object, *, field: str = "ids") -> list[str]:
    """One id or several.

    Raises:
        InvalidInput: Something else was given.
    """
    if isinstance(ids, str):
        ids = [ids]
    if not isinstance(ids, Sequence) or not all(isinstance(i, str) and i for i in ids):  # pyright: ignore[reportUnknownVariableType]
        raise InvalidInput("must be an id or a list of ids", field=field)
    return [plain_text(id, field=field) for id in dict.fromkeys(ids)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def plain_words(text: object, context: Context, *, field: str = "text") -> str:
    """Text given by hand, masked.

    Raises:
        InvalidInput: It is empty, too long or no text.
    """
    if not isinstance(text, str):
        raise InvalidInput(f"must be text, not {type(text).__name__}", field=field)
    if not text.strip():
        raise InvalidInput("must not be empty", field=field)
    if len(text) > context.settings.max_content_chars:
        raise InvalidInput(f"holds {len(text)} characters; the limit is {context.settings.max_content_chars}", field=field)
    return mask_secrets(plain_text(text, field=field).strip())


class Memories:
    """Get, list, history, remember, update and restore."""

    def __init__(self, context: Context, worker: Worker) -> None:
        self._context = context
        self._worker = worker

    def view(self, scope: Scope | None) -> View | None:
        """What a scope may do; None for the operator, who may do everything."""
        self._context.check_open()
        return None if scope is None else resolve_view(scope, self._context.grants())

    def records(self, ids: Sequence[str], view: View | None, *, with_index: bool = False) -> list[Record]:
        """Live records by id, within a view."""
        found = self._context.store.get(ids, namespaces=None if view is None else view.reads, with_index=with_index)
        return [r for r in found if r.status != "deleted" and r.namespace != SYSTEM_NAMESPACE and r.kind != "tombstone"]

    def one(self, id: str, view: View | None, *, change: bool = False) -> Record:
        """One live record.

        Raises:
            NotFound: There is none, or not in this view.
            AccessDenied: It may be read but not changed.
        """
        if not isinstance(id, str) or not id:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise InvalidInput("must be the id of a memory", field="id")
        found = self.records([plain_text(id, field="id")], view)
        if not found:
            raise NotFound(f"no memory {shown(id)} in this view")
        if change:
            may_change(found[0], view)
        return found[0]

    def get(self, id: str, scope: Scope | None) -> AnyMemory:
        """One memory.

        Raises:
            NotFound: There is none, or not in the view.
        """
        return to_memory(self.one(id, self.view(scope)))

    def page(
        self,
        scope: Scope,
        *,
        kinds: Collection[str] | None = None,
        status: str = "active",
        filter: Mapping[str, object] | None = None,
        newest_first: bool = False,
        cursor: str | None = None,
        limit: int = 100,
    ) -> Page:
        """A page of the memories of a scope, in the order they were learnt."""
        view = self.view(scope)
        assert view is not None
        wanted = checked_kinds(kinds)
        choice(status, (*_STATUSES, "any"), field="status")
        positive(limit, field="limit")
        flag(newest_first, field="newest_first")
        if cursor is not None and not isinstance(cursor, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInput("must be the cursor of a page", field="cursor")
        conversation = _conversation(filter)
        where = where_filter(filter, (), scope.conversation_id)
        asked = named_id(*view.reads, "", *wanted, status, str(newest_first), json.dumps(filter, sort_keys=True, default=str))
        page = self._context.store.scan(
            ScanQuery(
                namespaces=view.reads,
                kinds=wanted,
                statuses=_STATUSES if status == "any" else (status,),
                conversation=conversation,
                sort="order" if conversation is not None and wanted == ("episode",) else "created",
                descending=newest_first,
                where=where,
                now=micros(now_utc()),
                cursor=read_cursor(cursor, asked),
                limit=min(limit, 1000),
            )
        )
        return Page(memories=tuple(to_memory(r) for r in page.records), cursor=write_cursor(page.cursor, asked))

    def history(self, id: str, scope: Scope | None) -> History:
        """The story of a memory, the losers included, oldest first."""
        view = self.view(scope)
        todo, seen = [self.one(id, view).id], dict[str, AnyMemory]()
        while todo:
            for record in self.records(todo, view):
                seen[record.id] = to_memory(record)
            todo = [
                link
                for memory in list(seen.values())
                for link in (*memory.supersedes, memory.superseded_by)
                if link is not None and link not in seen
            ]
            todo = [record.id for record in self.records(list(dict.fromkeys(todo)), view)]
        entries: list[HistoryEntry] = []
        for memory in seen.values():
            entries.append(HistoryEntry(memory=memory, event="learnt", at=memory.valid_from or memory.created_at))
            if memory.status in ("superseded", "merged", "archived"):
                entries.append(HistoryEntry(memory=memory, event=memory.status, at=memory.valid_to or memory.updated_at))
        entries.sort(key=lambda e: (e.at, e.event != "learnt", e.memory.id))
        return History(id=id, versions=tuple(entries))

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
        view = self.view(scope)
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
            names = ("slot", "polarity", "object", "strength", "origin", "condition", "standing", "directive", "lasting")
            memory = Preference.model_validate({**common, **{n: getattr(candidate, n) for n in names}, "lasting": True, **fields})
        else:
            memory = Summary.model_validate(common)
        row = NamespaceRow(key=namespace, scope=dict(writing_scope(scope)))

        def attempt() -> tuple[tuple[Record, ...], Decision]:
            if key is not None and self.records([identity], view):
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
        said = memory.valid_from or memory.created_at
        verdict = decide(candidate, neighbours, said_at=said, cosine={})
        by_id = {m.id: m for m in neighbours}
        if verdict.action != "superseded":
            return alone, Decision(action="added", memory_id=memory.id, kind=memory.kind, by="hand")
        losers = [by_id[t] for t in verdict.targets if t in by_id]
        memory = memory.model_copy(update={"supersedes": tuple(m.id for m in losers)})
        ended = [
            m.model_copy(
                update={"status": "superseded", "valid_to": said, "superseded_by": memory.id, "updated_at": said, "version": m.version + 1}
            )
            for m in losers
        ]
        puts = tuple(to_record(m, terms=memory_terms(m)) for m in (memory, *ended))
        return Batch(put=puts, expects=tuple(known[m.id] for m in losers)), Decision(
            action="superseded", memory_id=memory.id, kind=memory.kind, reason=verdict.reason, related=verdict.targets, by="hand"
        )

    def update(
        self, id: str, scope: Scope | None, *, text: object = None, metadata: Mapping[str, object] | None = None, **fields: object
    ) -> Receipt:
        """Change a memory; what it said before stays in its history."""
        context = self._context
        view = self.view(scope)
        if text is None and metadata is None and not fields:
            raise InvalidInput("pass what is to change: text=, metadata= or a field of the memory", field="text")

        def attempt() -> tuple[AnyMemory, AnyMemory]:
            record = self.one(id, view, change=True)
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
        view = self.view(scope)
        return self._context.again(lambda: self._restore(self.one(id, view, change=True).id, view))

    def _restore(self, id: str, view: View | None) -> Receipt:
        record = self.records([id], view, with_index=True)[0]
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
            for winner in self.records([memory.superseded_by], view, with_index=True):
                loser = to_memory(winner)
                if loser.status == "active" and loser.kind != "episode":  # what was said was said
                    read.append(winner)
                    related.append(loser.id)
                    changed[0] = back.model_copy(update={"supersedes": tuple(dict.fromkeys((*back.supersedes, loser.id)))})
                    changed.append(
                        loser.model_copy(
                            update={
                                "status": "superseded",
                                "valid_to": now,
                                "superseded_by": back.id,
                                "updated_at": now,
                                "version": loser.version + 1,
                                "supersedes": tuple(s for s in loser.supersedes if s != back.id),
                            }
                        )
                    )
        puts = [restated(self._context, old, new) for old, new in zip(read, changed, strict=True)]
        for turn in (
            self.records([e.episode for e in memory.evidence], view, with_index=True) if isinstance(memory, Fact | Preference) else ()
        ):
            if (OUTDATED in turn.payload or DOUBTED in turn.payload) and turn.namespace == record.namespace:  # what it says is so again
                read.append(turn)
                puts.append(turn.but(payload={key: value for key, value in turn.payload.items() if key not in (OUTDATED, DOUBTED)}))
        self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
        self._embed_later(record.namespace, [m.id for m in changed])
        decision = Decision(action="restored", memory_id=id, kind=back.kind, related=tuple(related), by="hand")
        return Receipt(namespace=record.namespace, decisions=(decision,))

    def _embed_later(self, namespace: str, ids: Sequence[str]) -> None:
        """Vectors of a few records changed by hand: at once, since the caller waits for nothing else."""
        self._worker.embed_soon(namespace, ids)


def restated(context: Context, record: Record, memory: AnyMemory) -> Record:
    """Another state of a memory that says the same words: its index stays."""
    tokens = context.count(memory.text) if memory.kind == "episode" and memory.status != "merged" else 0
    fresh = to_record(memory, terms=record.terms, order=record.order, tokens=tokens, private=_private(record))
    return fresh.but(vectors=record.vectors, space=record.space)


def may_change(record: Record, view: View | None) -> None:
    """Raises ``AccessDenied`` where a view may only read."""
    if view is not None and record.namespace not in view.changes:
        raise AccessDenied("this scope may read this memory but not change it; grant it access='write'")


def _conversation(filter: Mapping[str, object] | None) -> str | None:
    """The one conversation that a filter asks for: the store then reads no other."""
    wanted = filter.get("conversation_id") if isinstance(filter, Mapping) else None  # pyright: ignore[reportUnnecessaryIsInstance]  # checked later on
    return wanted if isinstance(wanted, str) else None


def _private(record: Record) -> dict[str, JsonValue]:
    return {k: v for k, v in record.payload.items() if k.startswith("~")}


def _validated(memory: AnyMemory, changes: Mapping[str, object]) -> AnyMemory:
    unknown = sorted(changes.keys() - type(memory).model_fields.keys())
    if unknown:
        raise InvalidInput(f"a {memory.kind} has no field {unknown[0][:40]!r}", field=unknown[0])
    try:
        return type(memory).model_validate({**memory.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(str(first["msg"]), field=".".join(map(str, first["loc"]))) from None
