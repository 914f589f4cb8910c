"""The blocking calls that a memory and a handle with a bound scope share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Unpack, cast

from pydantic import JsonValue

from ..embeddings.base import Embedder
from ..engine.engine import Engine
from ..engine.runtime import SyncRuntime, drive
from ..settings import Settings
from ..types import (
    AnyMemory,
    History,
    Kind,
    MessageInput,
    Page,
    Recall,
    Receipt,
    Scope,
)
from ._items import ItemStore
from ._open import (
    ScopeArgs,
    Status,
    maybe_scope,
    scope_of,
)

if TYPE_CHECKING:
    from ._async import AsyncScopedMemory

__all__ = ["Calls", "ScopedMemory"]


class Calls:
    """The calls that a client and a scoped handle share."""

    def __init__(self, engine: Engine, bound: Scope | None) -> None:
        self._engine = engine
        self._bound = bound
        self._rt = SyncRuntime()

    @property
    def embedder(self) -> Embedder | None:
        """What embeds the texts of this memory; None: lexical only."""
        return self._engine.context.embedder

    @property
    def settings(self) -> Settings:
        """The settings it was opened with."""
        return self._engine.context.settings

    @property
    def token_counter(self) -> Callable[[str], int]:
        """How tokens of a text are counted for budgets."""
        return self._engine.context.count

    def add_message(
        self,
        messages: MessageInput | Iterable[MessageInput],
        *,
        metadata: Mapping[str, JsonValue] | None = None,
        learn: bool = True,
        idempotency_key: str | None = None,
        now: datetime | str | None = None,
        **who: Unpack[ScopeArgs],
    ) -> Receipt:
        """Hand over raw turns. They are durable, and can be recalled, when this returns.

        Facts and preferences are learnt from them in the background. Turns that are stored already (a retry, the
        whole history sent again) are recognised and not stored twice.

        Args:
            messages: One message or several, in the order said; see ``Message`` for the keys.
            metadata: Put on each message of the call, filterable.
            learn: False: keep and recall the turns, but learn nothing from them.
            idempotency_key: Names a call without conversation and message ids, so that a retry is recognised.
            now: The time, for tests and replays.
            **who: The scope: ``user_id``, ``agent_id``, ``app_id``, ``conversation_id``, ``team``, ``sharing`` or ``scope``.

        Returns:
            What was journalled, and the task that learns from it.

        Raises:
            InvalidMessage: A message is wrong; none of the batch was written.
            InvalidScope: The scope is wrong.
            StoreError: The store failed.
        """
        return drive(
            self._engine.add(
                self._rt,
                messages,
                scope=scope_of(who, self._bound),
                metadata=metadata,
                learn=learn,
                idempotency_key=idempotency_key,
                now=now,
            )
        )

    def search_memory(
        self,
        query: str,
        *,
        limit: int = 10,
        max_tokens: int | None = None,
        kinds: Collection[Kind] | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        exclude: Collection[str] | None = None,
        include_archived: bool = False,
        as_of: datetime | str | None = None,
        now: datetime | str | None = None,
        deadline: float | None = None,
        explain: bool = False,
        **who: Unpack[ScopeArgs],
    ) -> Recall:
        """Find what matters for a query, ranked, and already turned into an instruction.

        Args:
            query: What the user asks, in any words.
            limit: Most memories returned.
            max_tokens: Budget for all of ``recall.instruction.text``, in tokens of the counter in use; None: ``head_tokens`` for its
                head and ``tail_tokens`` for its tail, of the settings.
            kinds: Only these kinds; None: all but items.
            filter: On fields and metadata; see ``docs/store.md``.
            exclude: Ids of messages that the prompt already holds.
            include_archived: Search the archive as well.
            as_of: What was true at that time.
            now: The time, for tests and replays.
            deadline: Seconds after which what is slow is left out.
            explain: Show the parts of each score.
            **who: The scope.

        Raises:
            InvalidInput: An argument is wrong.
            StoreError: The store failed; this never looks like "no memories".
            EmbedderError: The embedder failed (unless ``Settings.degraded`` is ``allow``).
        """
        return drive(
            self._engine.recaller.search(
                self._rt,
                query,
                scope=scope_of(who, self._bound),
                limit=limit,
                max_tokens=max_tokens,
                kinds=kinds,
                filter=filter,
                exclude=exclude,
                include_archived=include_archived,
                as_of=as_of,
                now=now,
                deadline=deadline,
                explain=explain,
            )
        )

    def get(self, id: str, **who: Unpack[ScopeArgs]) -> AnyMemory:
        """One memory.

        Raises:
            NotFound: There is none, or not in the view of the scope.
        """
        return self._engine.memories.get(id, maybe_scope(who, self._bound))

    def list_memories(
        self,
        *,
        kinds: Collection[Kind] | None = None,
        status: Status = "active",
        filter: Mapping[str, JsonValue] | None = None,
        newest_first: bool = False,
        cursor: str | None = None,
        limit: int = 100,
        **who: Unpack[ScopeArgs],
    ) -> Page:
        """A page of the memories of a scope, in the order they were learnt; a view's own namespace comes first.

        Args:
            kinds: Only these kinds; None: all but items.
            status: Only memories of this status; ``any`` for all.
            filter: As in ``search_memory``. ``{"conversation_id": …}`` gives the turns of one session, and reads no others.
            newest_first: The other way round: the last turns of a session are its first page.
            cursor: The cursor of the page before.
            limit: Most memories on the page, 1,000 at most.
            **who: The scope.
        """
        return self._engine.memories.page(
            scope_of(who, self._bound), kinds=kinds, status=status, filter=filter, newest_first=newest_first, cursor=cursor, limit=limit
        )

    def history(self, id: str, **who: Unpack[ScopeArgs]) -> History:
        """The story of a memory: its versions, what it took the place of, and what took its place.

        Raises:
            NotFound: There is no such memory in the view.
        """
        return self._engine.memories.history(id, maybe_scope(who, self._bound))

    def remember(
        self,
        text: str,
        *,
        kind: Kind,
        metadata: Mapping[str, JsonValue] | None = None,
        idempotency_key: str | None = None,
        now: datetime | str | None = None,
        **who: Unpack[ScopeArgs],
    ) -> Receipt:
        """Store a fact, preference or summary that you state yourself.

        Args:
            text: What is so.
            kind: ``fact``, ``preference`` or ``summary``.
            metadata: Filterable.
            idempotency_key: The same words under the same key are stored once: for steps that may be run again.
            now: The time, for tests and replays.
            **who: The scope.

        Raises:
            InvalidInput: The text is empty, or the kind is not one of these three.
        """
        return self._engine.editor.remember(
            text, scope_of(who, self._bound), kind=kind, metadata=metadata, idempotency_key=idempotency_key, now=now
        )

    def update(
        self, id: str, *, text: str | None = None, metadata: Mapping[str, JsonValue] | None = None, **who: Unpack[ScopeArgs]
    ) -> Receipt:
        """Change what a memory says; its former words stay in its history.

        Raises:
            NotFound: There is no such memory in the view.
            AccessDenied: It may be read but not changed.
        """
        return self._engine.editor.update(id, maybe_scope(who, self._bound), text=text, metadata=metadata)

    def forget(self, ids: str | Sequence[str] | None = None, *, query: str | None = None, **who: Unpack[ScopeArgs]) -> Receipt:
        """Delete memories for good: by id, by what words describe, or, with neither, all of the scope (of one conversation, if named).

        What was learnt from them alone goes too, and the words themselves in the turns they came from. What was
        said before is not learnt again when it is sent again.

        Returns:
            What went.

        Raises:
            NotFound: One of the ids is not in the view; nothing was deleted.
        """
        return self._engine.forgetter.forget(ids, query, maybe_scope(who, self._bound))

    def restore(self, id: str, **who: Unpack[ScopeArgs]) -> Receipt:
        """Make a superseded, merged or archived memory active again; what took its place steps back."""
        return self._engine.editor.restore(id, maybe_scope(who, self._bound))

    def feedback(
        self,
        text: str,
        *,
        recall: Recall | None = None,
        ids: str | Sequence[str] | None = None,
        metadata: Mapping[str, JsonValue] | None = None,
        idempotency_key: str | None = None,
        now: datetime | str | None = None,
        **who: Unpack[ScopeArgs],
    ) -> Receipt:
        """Hand over what the user says about what was shown: that it is right, that it is wrong, or what is right instead.

        The words are kept as the user's own, and worked off before this returns. "Theo is nine, not eight" takes the place of what was
        shown; "that's not true any more" and "forget that" end it; "yes, exactly" bears it out. What they say besides ("too long",
        "don't suggest hotels again") is learnt as from any turn, and so are words that concern nothing of what was shown. What ends
        stays in the history, answers ``as_of``, and can be restored; ``forget`` deletes.

        Args:
            text: What the user says.
            recall: What ``search_memory`` returned. "That's wrong" by itself is about the best of it.
            ids: Ids of the memories that were shown instead; "that's wrong" by itself is about all of them.
            metadata: Put on the words, filterable.
            idempotency_key: The same words under the same key are taken in once: for calls that may be tried again.
            now: The time, for tests and replays.
            **who: The scope. ``conversation_id`` is the session that it is told in; it becomes no turn of it.

        Returns:
            What it did: ``superseded`` with the ids that ended in ``related``, ``merged`` for what it bore out, ``added``, …;
            ``pending`` where a model is still to read it, or it has to be tried again (``error`` says why).

        Raises:
            InvalidInput: The text is empty, or both ``recall`` and ``ids`` are given.
            NotFound: One of the ids is not in the view; nothing was written.
            AccessDenied: One of them may be read but not changed. Of a recall such memories are passed over.
        """
        return drive(
            self._engine.feedback(
                self._rt,
                text,
                scope=scope_of(who, self._bound),
                recall=recall,
                ids=ids,
                metadata=metadata,
                idempotency_key=idempotency_key,
                now=now,
            )
        )

    def promote(self, ids: str | Sequence[str], *, to: Scope, **who: Unpack[ScopeArgs]) -> Receipt:
        """Move memories into a shared namespace, with their provenance.

        Raises:
            AccessDenied: The scope may not write there.
        """
        return self._engine.sharing.promote(ids, maybe_scope(who, self._bound), to=to)

    def items(self, **who: Unpack[ScopeArgs]) -> ItemStore:
        """Opaque JSON values under paths and keys, in the namespace that a scope writes; for key-value adapters."""
        return ItemStore(self._engine, scope_of(who, self._bound))

    def wait(self, receipt: Receipt | str | None = None, *, timeout: float | None = None) -> Receipt | None:
        """Until that task, or everything, has been learnt from. Open windows are closed.

        Args:
            receipt: A receipt, or the id of its task; None: everything.
            timeout: Seconds to wait at most.

        Returns:
            The finished receipt, if one was asked for; a task that a cost ceiling put off is ``pending`` still, with
            the reason in ``error``.

        Raises:
            WaitTimeout: Time ran out; the work goes on.
        """
        return drive(self._engine.wait(self._rt, receipt, timeout=timeout, scope=self._bound))

    def receipt(self, task_id: str) -> Receipt:
        """What became of a task so far.

        Raises:
            NotFound: There is no such task, or it was done longer ago than ``Settings.receipt_ttl_s``.
        """
        return self._engine.receipt(task_id, self._bound)


class ScopedMemory(Calls):
    """The calls of ``MemOS`` with the scope bound: what adapters and agents hold.

    An id outside the scope's view is not found, whoever asks.
    """

    @property
    def scope(self) -> Scope:
        """The scope that is bound."""
        return cast("Scope", self._bound)

    @property
    def aio(self) -> AsyncScopedMemory:
        """The same handle, awaited."""
        from ._async import AsyncScopedMemory

        return AsyncScopedMemory(self._engine, self._bound)
