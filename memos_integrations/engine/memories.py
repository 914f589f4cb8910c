"""Looking at memories, within a view. Plain blocking code: the async face runs it in a thread."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence

from pydantic import JsonValue

from ..core.checks import choice, flag, positive, shown
from ..core.identity import named_id
from ..core.masking import mask_secrets
from ..core.messages import micros, plain_text
from ..core.records import OUTDATED, outdates, to_memory, to_record
from ..core.scopes import SYSTEM_NAMESPACE, View, resolve_view
from ..errors import AccessDenied, InvalidInput, NotFound
from ..stores.base import Record, ScanQuery
from ..types import (
    AnyMemory,
    History,
    HistoryEntry,
    Page,
    Scope,
)
from .context import Context, now_utc
from .cursors import read_cursor, write_cursor
from .recalling import checked_kinds, where_filter

__all__ = ["Memories", "checked_ids", "may_change", "plain_words", "restated"]

_STATUSES = ("active", "superseded", "merged", "archived")


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
    """Get, list and history."""

    def __init__(self, context: Context) -> None:
        self._context = context

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
        turns: dict[str, tuple[AnyMemory, AnyMemory]] = {}
        while todo:
            records = self.records(todo, view)
            for record in records:
                seen[record.id] = to_memory(record)
            turns |= self._replaced_turns(records, view)
            todo = [
                link
                for memory in list(seen.values())
                for link in (*memory.supersedes, memory.superseded_by)
                if link is not None and link not in seen
            ]
            todo = [record.id for record in self.records(list(dict.fromkeys(todo)), view)]
        entries: list[HistoryEntry] = []
        for memory in seen.values():
            entries.append(HistoryEntry(memory=memory, event="learnt", at=memory.said_at))
            if memory.status in ("superseded", "merged", "archived"):
                entries.append(HistoryEntry(memory=memory, event=memory.status, at=memory.valid_to or memory.updated_at))
        told = {evidence.episode for memory in seen.values() for evidence in memory.evidence}
        for old, new in turns.values():
            if old.id not in seen and old.id not in told:  # else what was learnt from it tells of it
                entries.append(HistoryEntry(memory=old, event="learnt", at=old.said_at))
                entries.append(HistoryEntry(memory=old, event="superseded", at=new.said_at))
        entries.sort(key=lambda e: (e.at, e.event != "learnt", e.memory.id))
        return History(id=id, versions=tuple(entries))

    def _replaced_turns(self, records: Sequence[Record], view: View | None) -> dict[str, tuple[AnyMemory, AnyMemory]]:
        """Turns whose statement was replaced by one that these memories are, or came from, each with the turn that did it."""
        behind = [evidence.episode for record in records for evidence in to_memory(record).evidence]
        newer = {turn.id: turn for turn in (*records, *self.records(list(dict.fromkeys(behind)), view)) if turn.kind == "episode"}
        olds = self.records([id for turn in newer.values() for id in outdates(turn)], view)
        return {
            old.id: (to_memory(old), to_memory(newer[by]))
            for old in olds
            if isinstance(by := old.payload.get(OUTDATED), str) and by in newer
        }


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
