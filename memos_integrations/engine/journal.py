"""The write road up to the receipt: validate, align, journal in one durable write."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypedDict, cast

from pydantic import JsonValue

from ..core.alignment import Incoming, Known, align
from ..core.checks import flag
from ..core.identity import episode_id, fingerprint, named_id
from ..core.masking import mask_json, mask_secrets
from ..core.messages import given_name, json_object, micros, parse_messages, parse_time
from ..core.records import BEFORE, CONTEXT_TURNS, RETOLD, SESSION, UNLEARNT, episode_terms, to_memory, to_record, turns_before
from ..core.scopes import namespace_of, writing_scope
from ..errors import InvalidMessage, StoreConflict
from ..stores.base import Batch, NamespaceRow, Record, Task
from ..types import ContentPart, Decision, Episode, Message, Receipt, Scope
from .context import Context, now_utc
from .runtime import Runtime

__all__ = ["ALL_BEFORE", "About", "Journal", "feedback_task", "stub"]

ALL_BEFORE = "tombstone-all"
"""Names the tombstone of a scope that was forgotten as a whole."""

_ATTEMPTS = 8
_TAIL = 64  # stored turns that are compared beyond the batch's own length


@dataclass(frozen=True, slots=True)
class About:
    """What a message is told about that is feedback, and who works it off at once.

    Attributes:
        shown: Ids of the memories that were shown, best first.
        chosen: Whether they were named one by one: then all of them are meant, else the best.
        session: The session that it is told in; it is no turn of it.
        owner: The worker that holds the task.
        until: When that ends, if the worker dies, in microseconds.
    """

    shown: tuple[str, ...]
    chosen: bool
    session: str | None
    owner: str
    until: int

    def task(self, task: Task) -> Task:
        """The task of the message, held by the worker from the beginning."""
        payload: dict[str, JsonValue] = {**task.payload, "about": {"shown": list(self.shown), "chosen": self.chosen}}
        return replace(task, payload=payload, state="running", attempts=1, lease_owner=self.owner, lease_until=self.until)


def feedback_task(namespace: str, episode: str) -> str:
    """Id of the task that works off a turn told as feedback."""
    return named_id("feedback", namespace, episode)


@dataclass(frozen=True, slots=True)
class _Plan:
    """One call's messages on their way into a conversation."""

    context: Context
    scope: Scope
    namespace: str
    messages: Sequence[Message]
    prints: Sequence[str]
    known: Mapping[str, Record]
    metadata: Mapping[str, JsonValue]
    learn: bool
    now: datetime
    nonce: str
    forgotten_before: int | None
    about: About | None

    def __call__(self, tail: Sequence[Record]) -> Batch:
        return self.build(tail)[0]

    def build(self, tail: Sequence[Record]) -> tuple[Batch, Receipt]:
        conversation = self.scope.conversation_id
        stored = {record.id: record for record in (*self.known.values(), *tail)}
        in_order = sorted(stored.values(), key=lambda r: r.order)
        incoming = [
            Incoming(m.id, p, None if m.created_at is None else micros(m.created_at))
            for m, p in zip(self.messages, self.prints, strict=True)
        ]
        aligned = align([_known(record) for record in in_order], incoming)
        order = max((record.order for record in tail), default=0) if conversation is not None else micros(self.now)
        before = list(tail[: -CONTEXT_TURNS - 1 : -1])
        puts: dict[str, Record] = {}
        decisions: list[Decision] = []
        ids: list[tuple[str, str]] = []
        todo: list[JsonValue] = []
        revised: list[JsonValue] = []
        read: list[Record] = []
        for number, (message, print_, match) in enumerate(zip(self.messages, self.prints, aligned, strict=True)):
            record = stored.get(match) if match is not None else None
            if record is not None:
                ids.append((message.id or _message_id(record), record.id))
                protected = record.status == "deleted" or "~redacted" in record.payload
                if message.id is not None and record.payload.get("~fp") != print_ and not protected:
                    changed = self._revision(record, message, print_, stored)
                    read.append(record)
                    puts[changed.id] = changed
                    stored[changed.id] = changed
                    todo.append(changed.id)
                    revised.append(changed.id)
                    decisions.append(Decision(action="revised", memory_id=changed.id, kind="episode", reason="same id, other content"))
                else:
                    reason = "forgotten" if protected else "already there"
                    decisions.append(Decision(action="known", memory_id=record.id, kind="episode", reason=reason))
                before = [stored[record.id], *before][:CONTEXT_TURNS]
                continue
            if self.forgotten_before is not None and message.created_at is not None and micros(message.created_at) <= self.forgotten_before:
                decisions.append(Decision(action="known", reason="forgotten"))
                continue
            order += 1
            key = message.id if message.id is not None else f"{self.nonce}{print_}@{order if conversation is not None else number}"
            record = self._episode(message, print_, key, order, number, before)
            puts[record.id] = record
            stored[record.id] = record
            before = [record, *before][:CONTEXT_TURNS]
            ids.append((message.id or record.id, record.id))
            todo.append(record.id)
            decisions.append(Decision(action="journalled", memory_id=record.id, kind="episode"))
        receipt = Receipt(
            namespace=self.namespace,
            message_ids=tuple(i for i, _ in ids),
            episode_ids=tuple(i for _, i in ids),
            decisions=tuple(decisions),
        )
        if not todo:
            return Batch(), receipt
        at = micros(self.now)
        task_id = (
            feedback_task(self.namespace, str(todo[0]))
            if self.about is not None
            else named_id("task", self.namespace, conversation, str(todo[0]), str(puts[str(todo[0])].payload["~fp"]), str(len(todo)))
        )
        task = Task(
            id=task_id,
            namespace=self.namespace,
            kind="learn",
            conversation=conversation if conversation is not None else f"\n{task_id}",
            payload={
                "episodes": todo,
                "revised": revised,
                "learn": self.learn,
                "agent": self.scope.agent_id,
                "stage": "rules",
                "receipt": receipt.model_dump(mode="json", exclude_defaults=True),
            },
            ready_at=min(at, micros(now_utc())),  # a replay may run ahead of the clock; its turns are learnt from now
            created_at=at,
        )
        task = task if self.about is None else self.about.task(task)
        row = NamespaceRow(key=self.namespace, scope=dict(writing_scope(self.scope)))
        receipt = receipt.model_copy(update={"task_id": task_id, "state": "pending"})
        return Batch(put=tuple(puts.values()), tasks=(task,), namespaces=(row,), expects=tuple(read)), receipt

    def _episode(self, message: Message, print_: str, key: str, order: int, number: int, before: Sequence[Record]) -> Record:
        said = message.created_at or self.now + timedelta(microseconds=number)
        identity = episode_id(self.namespace, self.scope.conversation_id, key)
        episode = Episode(
            id=identity,
            text=mask_secrets(message.content),
            namespace=self.namespace,
            sources=(message.id or identity,),
            speaker=message.name if message.role != "event" else None,
            subject=message.name if message.role == "event" else None,
            valid_from=said,
            created_at=self.now,
            updated_at=self.now,
            conversation_id=self.scope.conversation_id,
            agent_id=self.scope.agent_id,
            metadata={**self.metadata, **message.metadata},
            role=message.role,
            tool_call_id=message.tool_call_id,
            **_forms(message),
        )
        private: dict[str, JsonValue] = {"~fp": print_}
        if message.created_at is not None:
            private["~timed"] = True
        if not self.learn:
            private[UNLEARNT] = True
        if message.id is not None:
            private["~mid"] = message.id
        if self.about is not None and self.about.session is not None:
            private[SESSION] = self.about.session
        known = [r for r in before if r.status == "active"]
        if known:
            private[BEFORE] = [r.id for r in known]
        terms = episode_terms(episode, [r.text for r in known])
        return to_record(episode, terms=terms, order=order, tokens=self.context.count(episode.text), private=private)

    def _revision(self, record: Record, message: Message, print_: str, stored: Mapping[str, Record]) -> Record:
        episode = to_memory(record)
        assert isinstance(episode, Episode)
        episode = episode.model_copy(
            update={
                "text": mask_secrets(message.content),
                **_forms(message),
                "valid_from": message.created_at or episode.valid_from,
                "updated_at": self.now,
                "version": episode.version + 1,
            }
        )
        kept = {key: value for key, value in record.payload.items() if key.startswith("~") and key not in RETOLD}
        private = {**kept, "~fp": print_}
        before = [stored[id].text for id in turns_before(record) if id in stored and stored[id].status == "active"]
        tokens = self.context.count(episode.text)
        return to_record(episode, terms=episode_terms(episode, before), order=record.order, tokens=tokens, private=private)


class Journal:
    """``add_message``: durable when it returns, without embedding or extracting on the caller's path."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def add(
        self,
        rt: Runtime,
        messages: object,
        *,
        scope: Scope,
        metadata: Mapping[str, object] | None = None,
        learn: bool = True,
        idempotency_key: str | None = None,
        now: datetime | str | None = None,
        about: About | None = None,
    ) -> Receipt:
        """Validate, align and journal; see ``MemOS.add_message``. ``about``: the one message is feedback."""
        context = self._context
        context.check_open()
        batch = parse_messages(messages, context.settings)
        seen: dict[str, int] = {}
        for number, message in enumerate(batch):
            if message.id is not None and seen.setdefault(message.id, number) != number:
                raise InvalidMessage(f"{message.id[:40]!r} stands at messages[{seen[message.id]}] already", field=f"messages[{number}].id")
        flag(learn, field="learn")
        idempotency_key = given_name(idempotency_key, field="idempotency_key")
        extra = json_object(metadata, field="metadata")
        clock = now_utc() if now is None else parse_time(now, zone=context.settings.zone, field="now")
        namespace, conversation = namespace_of(scope), scope.conversation_id
        prints = [fingerprint(context.secret, m.role, m.name, m.content, _rest(m)) for m in batch]
        nonce = "" if conversation is not None else f"{'' if about is None else 'feedback:'}{idempotency_key or secrets.token_hex(8)}:"
        wanted = [episode_id(namespace, conversation, m.id) for m in batch if m.id is not None]
        if conversation is None and idempotency_key is not None:
            wanted += [
                episode_id(namespace, None, f"{nonce}{p}@{i}") for i, (m, p) in enumerate(zip(batch, prints, strict=True)) if m.id is None
            ]
        if any(m.created_at is not None for m in batch):  # only what is older than a forgotten scope is held against it
            wanted.append(named_id(ALL_BEFORE, namespace))

        async def append() -> Receipt:
            found = await rt.call(context.store.get, wanted, namespaces=[namespace]) if wanted else []
            known = {record.id: record for record in found if record.kind == "episode"}
            tombstone = next((record for record in found if record.kind == "tombstone"), None)
            if conversation is None and idempotency_key is not None:
                ids = [episode_id(namespace, None, f"{nonce}{p}@{i}") for i, p in enumerate(prints)]
                if known.keys() >= set(ids):
                    decisions = tuple(Decision(action="known", memory_id=i, kind="episode", reason="same idempotency key") for i in ids)
                    return Receipt(namespace=namespace, message_ids=tuple(ids), episode_ids=tuple(ids), decisions=decisions)
            plan = _Plan(
                context=context,
                scope=scope,
                namespace=namespace,
                messages=batch,
                prints=prints,
                known=known,
                metadata=extra,
                learn=learn,
                now=clock,
                nonce=nonce,
                forgotten_before=None if tombstone is None else tombstone.valid_to,
                about=about,
            )
            receipts: list[Receipt] = []

            def build(tail: Sequence[Record]) -> Batch:
                result, receipt = plan.build(tail)
                receipts.append(receipt)
                return result

            await rt.call(context.store.append, namespace, conversation, 2 * len(batch) + _TAIL, build)
            return receipts[-1]

        for _ in range(_ATTEMPTS - 1):
            try:
                return await append()
            except StoreConflict:  # a message that is sent again with other words was changed meanwhile
                continue
        return await append()


class _Forms(TypedDict):
    parts: tuple[ContentPart, ...] | None
    tool_calls: tuple[dict[str, JsonValue], ...] | None
    raw: JsonValue


def _forms(message: Message) -> _Forms:
    """What a message holds besides its text, masked as the text is."""
    masked = mask_json([list(message.parts or ()), list(message.tool_calls or ()), message.raw])
    parts, calls, raw = cast("tuple[list[ContentPart], list[dict[str, JsonValue]], JsonValue]", masked)
    return {"parts": tuple(parts) if message.parts is not None else None, "tool_calls": tuple(calls) or None, "raw": raw}


def _rest(message: Message) -> str | None:
    """What besides words makes two messages differ."""
    if message.tool_calls is None and message.tool_call_id is None and message.parts is None:
        return None
    rest = message.model_dump_json(include={"tool_calls", "tool_call_id", "parts"}, exclude_none=True)
    return rest


def _known(record: Record) -> Known:
    mid = record.payload.get("~mid")
    return Known(
        episode_id=record.id,
        message_id=mid if isinstance(mid, str) else None,
        fingerprint=str(record.payload.get("~fp")),
        explicit_time=record.valid_from if record.payload.get("~timed") else None,
        order=record.order,
    )


def _message_id(record: Record) -> str:
    mid = record.payload.get("~mid")
    return mid if isinstance(mid, str) else record.id


def stub(record: Record, now: int) -> Record:
    """What stays of a forgotten turn: no words, only what keeps it from being taken in again."""
    kept: dict[str, JsonValue] = {k: record.payload[k] for k in ("~fp", "~mid", "~timed") if k in record.payload}
    return Record(
        id=record.id,
        namespace=record.namespace,
        kind="episode",
        payload={**kept, "role": "system"},
        conversation=record.conversation,
        order=record.order,
        status="deleted",
        valid_from=record.valid_from,
        created_at=record.created_at,
        updated_at=now,
        version=record.version + 1,
    )
