"""``forget``: everywhere, and nothing else. Plain blocking code: the async face runs it in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from ..core.checks import shown
from ..core.echoes import Gone, echoed
from ..core.forgetting import described, redact, taken
from ..core.identity import named_id
from ..core.messages import micros
from ..core.records import episode_terms, memory_terms, session_of, to_memory, to_record, turns_before
from ..core.scopes import View, writing_scope
from ..core.tombstones import tombstone_id, tombstone_keys
from ..errors import InvalidInput, InvalidScope, NotFound, StoreLocked
from ..stores.base import Batch, NamespaceRow, Record, ScanQuery, Task
from ..types import Decision, Episode, Fact, Preference, Receipt, Scope
from .context import Context, log, now_utc
from .journal import ALL_BEFORE, stub
from .memories import Memories, checked_ids, may_change, plain_words
from .worker import Worker

__all__ = ["Forgetter"]

_DERIVED = ("fact", "preference", "summary")
_ALL = ("active", "superseded", "merged", "archived")
_TASKS = 1_000_000


@dataclass
class _Work:
    """What one forgetting changes in one namespace."""

    namespace: str
    quotes: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    whole: set[str] = field(default_factory=set[str])
    read: dict[str, Record] = field(default_factory=dict[str, Record])
    delete: dict[str, Record] = field(default_factory=dict[str, Record])
    put: dict[str, Record] = field(default_factory=dict[str, Record])
    decisions: list[Decision] = field(default_factory=list[Decision])
    reindexed: set[str] = field(default_factory=set[str])


class Forgetter:
    """Deletes what was asked for, what was learnt from it alone, and the words in the turns it came from."""

    def __init__(self, context: Context, memories: Memories, worker: Worker) -> None:
        self._context = context
        self._memories = memories
        self._worker = worker

    def forget(self, ids: object, query: object, scope: Scope | None) -> Receipt:
        """Forget memories by id, by what words describe, or all of a scope."""
        context = self._context
        view = self._memories.view(scope)
        if ids is not None and query is not None:
            raise InvalidInput("pass ids or query, not both", field="query")
        with context.lock:
            if ids is not None:
                receipt = self._records(self._by_id(checked_ids(ids), view), {}, view)
            elif query is not None:
                if view is None:
                    raise InvalidScope("say whose memories: pass user_id, agent_id or team", field="scope")
                found, told = self._by_query(plain_words(query, context, field="query"), view)
                receipt = self._records(found, told, view)
            elif scope is not None and view is not None:
                receipt = self._everything(scope, view) if scope.conversation_id is None else self._conversation(scope, view)
            else:
                raise InvalidInput("pass ids, query or a scope", field="ids")
            self._purge()
        return receipt

    def _purge(self) -> None:
        try:
            self._context.store.purge()
        except StoreLocked as error:
            # nobody finds it any more; the bytes go when the last process closes the file
            log.warning("forgotten, but not yet wiped from the file: %s", error)

    def drop(self, scope: Scope) -> bool:
        """Delete a namespace with everything of it, tombstones and grants too: who takes the name next begins with nothing."""
        if scope.conversation_id is not None:
            raise InvalidScope("a conversation is no namespace: forget(conversation_id=…) takes its turns", field="conversation_id")
        context = self._context
        view = self._memories.view(scope)
        assert view is not None
        with context.lock:
            there = context.store.drop_namespace(view.writes)
            for grant in context.grants():
                if view.writes in (grant.owner, grant.to):
                    context.put_grant(grant, remove=True)
            self._purge()
        return there

    def _by_id(self, ids: Sequence[str], view: View | None) -> list[Record]:
        found = {r.id: r for r in self._memories.records(ids, view)}
        missing = [i for i in ids if i not in found]
        if missing:
            raise NotFound(f"no memory {shown(missing[0])} in this view")
        for record in found.values():
            may_change(record, view)
        return list(found.values())

    def _by_query(self, words: str, view: View) -> tuple[list[Record], dict[str, tuple[str, ...]]]:
        records = self._context.scan_all(
            ScanQuery(
                namespaces=tuple(n for n in view.reads if n in view.changes),
                kinds=("episode", *_DERIVED),
                statuses=_ALL,
                limit=1000,
            )
        )
        told = described(words, [to_memory(r) for r in records])
        return [r for r in records if r.id in told], told

    def _conversation(self, scope: Scope, view: View) -> Receipt:
        """The turns of one conversation, and what was learnt from them alone."""
        query = ScanQuery(namespaces=(view.writes,), statuses=_ALL, conversation=scope.conversation_id, limit=1000)
        records = self._context.scan_all(query)
        aside = ScanQuery(
            namespaces=(view.writes,),
            kinds=("episode",),
            statuses=_ALL,
            where=lambda r: r.conversation is None and session_of(r) == scope.conversation_id,
            limit=1000,
        )
        records += self._context.scan_all(aside)
        turns = {r.id for r in records if r.kind == "episode"}
        alone = [r for r in records if r.kind in _DERIVED and {e.episode for e in to_memory(r).evidence} <= turns | {r.id}]
        return self._records([*(r for r in records if r.kind == "episode"), *alone], {}, view)

    def _everything(self, scope: Scope, view: View) -> Receipt:
        context = self._context
        now = micros(now_utc())
        rows = context.store.namespaces([view.writes])
        count = sum(n for kind, n in rows[0].counts.items() if kind != "tombstone") if rows else 0
        last = self._last_said(view.writes, now)
        context.store.drop_namespace(view.writes)
        mark = Record(
            id=named_id(ALL_BEFORE, view.writes), namespace=view.writes, kind="tombstone", valid_to=last, created_at=now, updated_at=now
        )
        context.store.commit(Batch(put=(mark,), namespaces=(NamespaceRow(key=view.writes, scope=dict(writing_scope(scope))),)))
        return Receipt(
            namespace=view.writes, decisions=(Decision(action="forgotten", reason=f"all {count} memories of the scope", by="hand"),)
        )

    def _last_said(self, namespace: str, now: int) -> int:
        """Time of the newest turn: what is said after it is said anew, also where times run behind the clock (a replay)."""
        last = 0

        def newer(record: Record) -> bool:
            nonlocal last
            if record.valid_from is not None and record.valid_from <= now:
                last = max(last, record.valid_from)
            return False

        self._context.scan_all(ScanQuery(namespaces=(namespace,), kinds=("episode",), statuses=(), where=newer))
        return last or now

    def _records(self, records: Sequence[Record], told: Mapping[str, tuple[str, ...]], view: View | None) -> Receipt:
        decisions: list[Decision] = []
        namespaces = list(dict.fromkeys(r.namespace for r in records))
        for namespace in namespaces:
            decisions += self._in_namespace(namespace, [r.id for r in records if r.namespace == namespace], told)
        return Receipt(namespace=namespaces[0] if len(namespaces) == 1 else (view.writes if view else ""), decisions=tuple(decisions))

    def _in_namespace(self, namespace: str, ids: Sequence[str], told: Mapping[str, tuple[str, ...]]) -> list[Decision]:
        work = self._context.again(lambda: self._write(namespace, ids, told))
        # a worker of another process may have learnt from the words between our reading and our writing; not since
        while (late := self._context.again(lambda: self._sweep(work))).read:
            work.decisions += late.decisions
            work.reindexed |= late.reindexed
        if work.reindexed:
            self._worker.embed_soon(namespace, sorted(work.reindexed))
        return work.decisions

    def _sweep(self, done: _Work) -> _Work:
        work = _Work(done.namespace, quotes=done.quotes, whole=done.whole)
        self._derived_with(work)
        if work.read:
            self._commit(work)
        return work

    def _write(self, namespace: str, ids: Sequence[str], told: Mapping[str, tuple[str, ...]]) -> _Work:
        context = self._context
        now = micros(now_utc())
        work = _Work(namespace)
        quotes, whole = work.quotes, work.whole
        for record in context.store.get(ids, namespaces=[namespace]):
            if record.status == "deleted":
                continue
            memory = to_memory(record)
            if isinstance(memory, Episode):
                if told.get(record.id):
                    quotes.setdefault(record.id, set()).update(told[record.id])
                else:
                    whole.add(record.id)
            else:
                work.delete[record.id] = work.read[record.id] = record
                meant = told.get(record.id)
                for evidence in memory.evidence:
                    if not meant or evidence.quote in meant:
                        quotes.setdefault(evidence.episode, set()).add(evidence.quote)
        self._derived_with(work)
        self._echoes(work)
        affected = sorted(quotes.keys() | whole)
        for episode in context.store.get(affected, namespaces=[namespace]):
            if episode.kind == "episode" and episode.status != "deleted":
                self._episode(work, episode, sorted(quotes.get(episode.id, ())), episode.id in whole, now)
        self._neighbours(work, set(affected))
        self._commit(work)
        return work

    def _commit(self, work: _Work) -> None:
        self._tombstones(work, micros(now_utc()))
        self._context.store.commit(
            Batch(
                put=tuple(work.put.values()),
                delete=tuple((work.namespace, i) for i in work.delete if i not in work.put),
                tasks=self._taken_back(work),
                expects=tuple(work.read.values()),
            )
        )

    def _derived_with(self, work: _Work) -> None:
        """What was learnt from the same words alone goes; what has other witnesses loses this one."""
        namespace, quotes, whole = work.namespace, work.quotes, work.whole
        derived = self._context.scan_all(ScanQuery(namespaces=(namespace,), kinds=_DERIVED, statuses=_ALL, limit=1000))
        versions = {named_id("version", r.id, str(n)) for r in work.delete.values() for n in range(1, r.version + 1)}
        for record in derived:
            if record.id in work.delete:
                continue
            memory = to_memory(record)
            kept = tuple(e for e in memory.evidence if e.episode not in whole and not _said_in(e.quote, quotes.get(e.episode, set())))
            if record.id in versions or (memory.evidence and not kept):
                work.delete[record.id] = work.read[record.id] = record
            elif len(kept) < len(memory.evidence):
                gone = {e.source for e in memory.evidence} - {e.source for e in kept}
                changed = memory.model_copy(update={"evidence": kept, "sources": tuple(s for s in memory.sources if s not in gone)})
                work.put[record.id] = to_record(changed, terms=memory_terms(changed))
                work.read[record.id] = record
                work.reindexed.add(record.id)
        for record in work.delete.values():
            work.decisions.append(Decision(action="forgotten", memory_id=record.id, kind=to_memory(record).kind, by="hand"))

    def _echoes(self, work: _Work) -> None:
        """What the assistant repeated of the user's words goes with them."""
        if not work.quotes and not work.whole:
            return
        records = self._context.scan_all(ScanQuery(namespaces=(work.namespace,), kinds=("episode",), statuses=_ALL, limit=1000))
        said: list[str] = []
        kept: list[str] = []
        gone_from: set[str] = set()
        for record in records:
            if record.payload.get("role") != "user":
                continue
            words = [record.text] if record.id in work.whole else taken(record.text, sorted(work.quotes.get(record.id, ())))
            said += words
            if words:
                gone_from.add(record.id)
            if record.id not in work.whole:
                kept.append(redact(record.text, words) or "" if words else record.text)
        things = [getattr(m, "value", "") or getattr(m, "object", "") for m in map(to_memory, work.delete.values())]
        gone = Gone.of(said, [thing for thing in things if thing], kept)
        for record in records:
            if record.payload.get("role") == "assistant" and record.id not in work.whole:
                answers = not gone_from.isdisjoint(turns_before(record))
                sentences = echoed(record.text, gone, answers=answers)
                if sentences:
                    work.quotes.setdefault(record.id, set()).update(sentences)

    def _episode(self, work: _Work, record: Record, quotes: Sequence[str], whole: bool, now: int) -> None:
        work.read[record.id] = record
        rest = None if whole else redact(record.text, quotes)
        if rest is None:
            work.put[record.id] = stub(record, now)
            work.decisions.append(Decision(action="forgotten", memory_id=record.id, kind="episode", by="hand"))
            return
        if rest == record.text:
            return
        episode = to_memory(record)
        changed = episode.model_copy(update={"text": rest, "parts": None, "raw": None, "tool_calls": None, "version": episode.version + 1})
        assert isinstance(changed, Episode)
        private = {k: v for k, v in record.payload.items() if k.startswith("~")} | {"~redacted": True}
        tokens = self._context.count(rest)
        work.put[record.id] = to_record(changed, terms=episode_terms(changed, ()), order=record.order, tokens=tokens, private=private)
        work.reindexed.add(record.id)
        work.decisions.append(Decision(action="redacted", memory_id=record.id, kind="episode", by="hand"))

    def _neighbours(self, work: _Work, affected: set[str]) -> None:
        """A turn is indexed together with those before it: the words leave that index as well."""
        if not affected:
            return

        def follows(record: Record) -> bool:
            return any(id in affected for id in turns_before(record)) and record.id not in work.put

        query = ScanQuery(namespaces=(work.namespace,), kinds=("episode",), statuses=_ALL, where=follows, with_index=True, limit=1000)
        followers = self._context.scan_all(query)
        context = self._context.store.get(sorted({id for r in followers for id in turns_before(r)}), namespaces=[work.namespace])
        texts = {r.id: r.text for r in (*context, *work.put.values()) if r.status == "active"}
        for gone in (r.id for r in work.put.values() if r.status != "active"):
            texts.pop(gone, None)
        for record in followers:
            episode = to_memory(record)
            assert isinstance(episode, Episode)
            terms = episode_terms(episode, [texts[id] for id in turns_before(record) if id in texts])
            work.put[record.id] = record.but(terms=terms)
            work.read[record.id] = record

    def _tombstones(self, work: _Work, now: int) -> None:
        gone = [m for m in map(to_memory, work.delete.values()) if isinstance(m, Fact | Preference)]
        last = self._last_said(work.namespace, now) if gone else now
        for memory in gone:
            keys = tombstone_keys(memory, self._context.secret)
            mark = tombstone_id(work.namespace, keys[0])
            said = max([last, *(micros(e.said_at) for e in memory.evidence)])
            work.put[mark] = Record(
                id=mark,
                namespace=work.namespace,
                kind="tombstone",
                payload={"keys": list(keys)},
                valid_to=said,
                created_at=now,
                updated_at=now,
            )

    def _taken_back(self, work: _Work) -> tuple[Task, ...]:
        """Tasks whose model answers may hold the words, stored or on their way: their workers lose them, and ask again."""
        waiting = self._context.store.tasks(states=("pending", "running", "failed"), namespaces=[work.namespace], limit=_TASKS)
        return tuple(
            replace(
                task,
                payload={**task.payload, "answer": None},
                state="pending" if task.state == "running" else task.state,
                attempts=task.attempts - (task.state == "running"),
                lease_owner=None,
                lease_until=None,
            )
            for task in waiting
            if task.payload.get("answer") is not None
            or not work.read.keys().isdisjoint(cast("list[str]", task.payload.get("episodes") or []))
        )


def _said_in(quote: str, quotes: set[str]) -> bool:
    return any(quote in other or other in quote for other in quotes)
