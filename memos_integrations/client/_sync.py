"""The blocking face."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self, Unpack, cast

from pydantic import JsonValue

from ..core.candidates import Extractor
from ..core.scopes import parse_scope
from ..embeddings.base import Embedder
from ..engine.engine import Engine
from ..engine.runtime import SyncRuntime, drive
from ..errors import InvalidScope
from ..settings import Settings
from ..types import (
    Access,
    AnyMemory,
    Copied,
    FoundItem,
    Grant,
    History,
    Kind,
    MessageInput,
    NamespaceInfo,
    Page,
    Recall,
    Receipt,
    Scope,
)
from ._items import ItemStore
from ._open import (
    EmbedderLike,
    LlmLike,
    ScopeArgs,
    Status,
    StoreLike,
    copy_stores,
    given_scopes,
    maybe_scope,
    open_engine,
    recipe_of,
    scope_of,
    travelling,
)
from ._reference import note_recipe

if TYPE_CHECKING:
    from ._async import AsyncMemOS, AsyncScopedMemory

__all__ = ["MemOS", "ScopedMemory"]


class _Calls:
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


class ScopedMemory(_Calls):
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


class MemOS(_Calls):
    """Long-term memory for agents: hand over turns, get back what matters as an instruction.

    Example:
        >>> from memos_integrations import MemOS
        >>> with MemOS(":memory:", embedder=None) as memory:
        ...     receipt = memory.add_message({"role": "user", "content": "I'm allergic to peanuts."}, user_id="alice")
        ...     done = memory.wait(receipt)
        ...     recall = memory.search_memory("Plan a picnic", user_id="alice")

    Thread-safe. ``aio`` is the same memory, awaited; closing one closes both.
    """

    def __init__(
        self,
        store: StoreLike = None,
        *,
        embedder: EmbedderLike = "auto",
        llm: LlmLike = None,
        settings: Settings | None = None,
        extractor: Extractor | None = None,
        token_counter: Callable[[str], int] | None = None,
    ) -> None:
        """Open a memory.

        Args:
            store: A path, ``":memory:"`` or a Store; None: the file named by ``MEMOS_STORE``, else one in the user's
                data folder.
            embedder: ``"auto"`` (the offline one if it is installed, else lexical only), ``"local"``,
                ``"openai:MODEL"``, an ``Embedder``, a callable, or None for lexical only.
            llm: ``"openai:MODEL"``, an ``Llm``, a callable, or None for rules only.
            settings: Numbers and switches.
            extractor: Your own in place of the rules.
            token_counter: Counts tokens for budgets; the default is an upper estimate.

        Raises:
            StoreError: The store cannot be opened.
            EmbedderMismatch: The store was indexed with another embedder.
            MissingExtra: What was asked for is not installed.
        """
        engine = open_engine(store, embedder=embedder, llm=llm, settings=settings, extractor=extractor, token_counter=token_counter)
        super().__init__(engine, None)
        self._recipe = recipe_of(
            store=store, embedder=embedder, llm=llm, settings=settings, extractor=extractor, token_counter=token_counter
        )
        note_recipe(engine, self._recipe)

    @classmethod
    def _over(cls, engine: Engine, recipe: dict[str, object]) -> Self:
        memory = cls.__new__(cls)
        _Calls.__init__(memory, engine, None)
        memory._recipe = recipe
        return memory

    def __reduce__(self) -> tuple[Callable[..., MemOS], tuple[dict[str, object]]]:
        return _reopened, (travelling(self._recipe),)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def aio(self) -> AsyncMemOS:
        """The same memory, awaited."""
        from ._async import AsyncMemOS

        return AsyncMemOS._over(self._engine, self._recipe)  # pyright: ignore[reportPrivateUsage]  # two faces of one class

    def scoped(self, **who: Unpack[ScopeArgs]) -> ScopedMemory:
        """The same calls with the scope bound."""
        scope = parse_scope(who)
        if scope is None:
            raise InvalidScope("say whose memory: pass user_id, agent_id or team", field="scope")
        return ScopedMemory(self._engine, scope)

    def drain(self, budget_s: float | None = None) -> int:
        """Work the queue off here and now, for at most so many seconds. Returns how many leases were worked off."""
        return self._engine.drain(budget_s)

    def pending(self) -> int:
        """How many turns wait to be learnt from, and records to be embedded."""
        return self._engine.pending()

    def failed(self) -> list[Receipt]:
        """Tasks that were set aside after too many tries, with their reasons."""
        return self._engine.failed()

    def grant(self, scope: Scope, *, to: Scope, access: Access = "read") -> Grant:
        """Open the memory of one scope to another, for reading or also for writing."""
        return self._engine.sharing.grant(scope, to, access)

    def revoke(self, scope: Scope, *, to: Scope) -> None:
        """Close it again, at once."""
        self._engine.sharing.revoke(scope, to)

    def search_items(
        self,
        path: Sequence[str] = (),
        *,
        scopes: Sequence[Scope],
        query: str | None = None,
        filter: Mapping[str, JsonValue] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool = True,
        now: datetime | str | None = None,
    ) -> list[FoundItem]:
        """Items of several scopes at once, as if their namespaces were one; see ``ItemStore.search``.

        Raises:
            InvalidInput: No scope is given, or an argument is wrong.
        """
        first, *others = given_scopes(scopes)
        return drive(
            self._engine.items.search(
                self._rt,
                path,
                scope=first,
                beside=others,
                query=query,
                filter=filter,
                limit=limit,
                offset=offset,
                refresh_ttl=refresh_ttl,
                now=now,
            )
        )

    def namespaces(self) -> list[NamespaceInfo]:
        """All namespaces and what is in them."""
        return self._engine.sharing.namespaces()

    def delete_namespace(self, **who: Unpack[ScopeArgs]) -> bool:
        """Delete the namespace that a scope writes, with everything of it; False: there was none."""
        return self._engine.forgetter.drop(scope_of(who, None))

    def export_records(self, **who: Unpack[ScopeArgs]) -> Iterator[dict[str, JsonValue]]:
        """Everything as JSON objects, a header first: all namespaces, or the one of a scope."""
        return self._engine.transfer.export(maybe_scope(who, None))

    def import_records(self, lines: Iterable[Mapping[str, JsonValue]]) -> int:
        """Take in what ``export_records`` gave. Returns the number of records.

        Raises:
            ForeignData: It is damaged, or from a newer version.
        """
        return self._engine.transfer.load(lines)

    @staticmethod
    def reembed(
        store: StoreLike = None,
        *,
        embedder: EmbedderLike = "auto",
        settings: Settings | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> int:
        """Index a store anew with another embedder.

        The vectors are made first, while others read and write as before; they are kept in a temporary file of this machine, so that a
        run that broke off goes on. Then the store changes to the new embedder, and they are put in their places. What others write
        meanwhile is embedded too; what they write with the former embedder afterwards is with the next run.

        Args:
            store: As in ``MemOS``.
            embedder: The new one.
            settings: As in ``MemOS``.
            progress: Called with how many of how many are done; each counts twice where the store changes its embedder.

        Returns:
            How many records were embedded.
        """
        # nobody works the queue off meanwhile: what waits there for an LLM must not be taken for done
        alone = (settings or Settings()).model_copy(update={"worker": "off"})
        engine = open_engine(store, embedder=embedder, llm=None, settings=alone, extractor=None, token_counter=None, take_over=True)
        try:
            return engine.transfer.reembed(progress)
        finally:
            engine.close()

    @staticmethod
    def copy(
        source: StoreLike,
        target: StoreLike,
        *,
        mirror: bool = False,
        settings: Settings | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Copied:
        """Copy a memory to another store, such as from a file to a server, with all namespaces, vectors, tasks and grants as they are.

        A copy that was interrupted goes on when it is called again, and one that was finished brings along what was written since.
        Until it is whole nobody can open the target. What the target holds under the same id is replaced.

        Args:
            source: As in ``MemOS``. It may be in use.
            target: Another store, empty or an earlier copy. It must not be in use.
            mirror: Whether what the source does not hold (any more) is removed from the target.
            settings: As in ``MemOS``.
            progress: Called with how many of how many records are done; each counts twice, since all are read back and compared.

        Raises:
            InvalidInput: Both are one store, or the target holds another memory.
            StoreError: There is no memory at the source, a store failed, or what was read back is not what was written.
        """
        return copy_stores(source, target, mirror=mirror, settings=settings, progress=progress)

    def info(self) -> dict[str, JsonValue]:
        """Store, embedder and LLM in use, without secrets."""
        self._engine.context.check_open()
        info = self._engine.context.store.info()
        llm = self._engine.context.llm
        return {
            "store": info.location,
            "schema_version": info.schema_version,
            "embedder": self._engine.context.space,
            "llm": llm.name if llm is not None else None,
            **info.details,
        }

    def close(self, timeout: float = 5.0) -> None:
        """Finish the item in hand, give leases back, close the store. What is not done is there at the next start."""
        self._engine.close(timeout)


def _reopened(recipe: dict[str, object]) -> MemOS:
    return MemOS(**recipe)  # type: ignore[arg-type]  # the recipe was made from these arguments
