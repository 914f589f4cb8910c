"""The awaited face: the calls of ``MemOS``, by the same engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self, Unpack, cast

from pydantic import JsonValue

from ..core.candidates import Extractor
from ..core.scopes import parse_scope
from ..embeddings.base import Embedder
from ..engine.engine import Engine
from ..engine.runtime import AsyncRuntime
from ..errors import InvalidScope
from ..settings import Settings
from ..types import (
    Access,
    AnyMemory,
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
from ._items import AsyncItemStore
from ._open import EmbedderLike, LlmLike, ScopeArgs, Status, StoreLike, given_scopes, maybe_scope, scope_of, travelling

if TYPE_CHECKING:
    from ._calls import ScopedMemory
    from ._sync import MemOS

__all__ = ["AsyncMemOS", "AsyncScopedMemory"]


class _AsyncCalls:
    """The calls that a client and a scoped handle share; ``MemOS`` says what each means."""

    def __init__(self, engine: Engine, bound: Scope | None) -> None:
        self._engine = engine
        self._bound = bound
        self._rt = AsyncRuntime()

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

    async def add_message(
        self,
        messages: MessageInput | Iterable[MessageInput],
        *,
        metadata: Mapping[str, JsonValue] | None = None,
        learn: bool = True,
        idempotency_key: str | None = None,
        now: datetime | str | None = None,
        **who: Unpack[ScopeArgs],
    ) -> Receipt:
        """``MemOS.add_message``, awaited."""
        return await self._engine.add(
            self._rt,
            messages,
            scope=scope_of(who, self._bound),
            metadata=metadata,
            learn=learn,
            idempotency_key=idempotency_key,
            now=now,
        )

    async def search_memory(
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
        """``MemOS.search_memory``, awaited."""
        return await self._engine.recaller.search(
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

    async def get(self, id: str, **who: Unpack[ScopeArgs]) -> AnyMemory:
        """``MemOS.get``, awaited."""
        return await self._rt.call(self._engine.memories.get, id, maybe_scope(who, self._bound))

    async def list_memories(
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
        """``MemOS.list_memories``, awaited."""
        return await self._rt.call(
            self._engine.memories.page,
            scope_of(who, self._bound),
            kinds=kinds,
            status=status,
            filter=filter,
            newest_first=newest_first,
            cursor=cursor,
            limit=limit,
        )

    async def history(self, id: str, **who: Unpack[ScopeArgs]) -> History:
        """``MemOS.history``, awaited."""
        return await self._rt.call(self._engine.memories.history, id, maybe_scope(who, self._bound))

    async def remember(
        self,
        text: str,
        *,
        kind: Kind,
        metadata: Mapping[str, JsonValue] | None = None,
        idempotency_key: str | None = None,
        now: datetime | str | None = None,
        **who: Unpack[ScopeArgs],
    ) -> Receipt:
        """``MemOS.remember``, awaited."""
        scope = scope_of(who, self._bound)
        return await self._rt.call(
            self._engine.editor.remember, text, scope, kind=kind, metadata=metadata, idempotency_key=idempotency_key, now=now
        )

    async def update(
        self, id: str, *, text: str | None = None, metadata: Mapping[str, JsonValue] | None = None, **who: Unpack[ScopeArgs]
    ) -> Receipt:
        """``MemOS.update``, awaited."""
        return await self._rt.call(self._engine.editor.update, id, maybe_scope(who, self._bound), text=text, metadata=metadata)

    async def forget(self, ids: str | Sequence[str] | None = None, *, query: str | None = None, **who: Unpack[ScopeArgs]) -> Receipt:
        """``MemOS.forget``, awaited."""
        return await self._rt.call(self._engine.forgetter.forget, ids, query, maybe_scope(who, self._bound))

    async def restore(self, id: str, **who: Unpack[ScopeArgs]) -> Receipt:
        """``MemOS.restore``, awaited."""
        return await self._rt.call(self._engine.editor.restore, id, maybe_scope(who, self._bound))

    async def feedback(
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
        """``MemOS.feedback``, awaited."""
        return await self._engine.feedback(
            self._rt,
            text,
            scope=scope_of(who, self._bound),
            recall=recall,
            ids=ids,
            metadata=metadata,
            idempotency_key=idempotency_key,
            now=now,
        )

    async def promote(self, ids: str | Sequence[str], *, to: Scope, **who: Unpack[ScopeArgs]) -> Receipt:
        """``MemOS.promote``, awaited."""
        return await self._rt.call(self._engine.sharing.promote, ids, maybe_scope(who, self._bound), to=to)

    def items(self, **who: Unpack[ScopeArgs]) -> AsyncItemStore:
        """``MemOS.items``, with calls to await."""
        return AsyncItemStore(self._engine, scope_of(who, self._bound))

    async def wait(self, receipt: Receipt | str | None = None, *, timeout: float | None = None) -> Receipt | None:
        """``MemOS.wait``, awaited."""
        return await self._engine.wait(self._rt, receipt, timeout=timeout, scope=self._bound)

    async def receipt(self, task_id: str) -> Receipt:
        """``MemOS.receipt``, awaited."""
        return await self._rt.call(self._engine.receipt, task_id, self._bound)


class AsyncScopedMemory(_AsyncCalls):
    """The calls of ``AsyncMemOS`` with the scope bound."""

    @property
    def scope(self) -> Scope:
        """The scope that is bound."""
        return cast("Scope", self._bound)

    @property
    def sync(self) -> ScopedMemory:
        """The same handle, blocking."""
        from ._calls import ScopedMemory

        return ScopedMemory(self._engine, self._bound)


class AsyncMemOS(_AsyncCalls):
    """``MemOS``, awaited. Opening is blocking and takes a few milliseconds; ``sync`` is the same memory, blocking."""

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
        """Open a memory; see ``MemOS``."""
        from ._sync import MemOS

        opened = MemOS(store, embedder=embedder, llm=llm, settings=settings, extractor=extractor, token_counter=token_counter)
        super().__init__(opened._engine, None)  # pyright: ignore[reportPrivateUsage]  # two faces of one class
        self._recipe = opened._recipe  # pyright: ignore[reportPrivateUsage]

    @classmethod
    def _over(cls, engine: Engine, recipe: dict[str, object]) -> Self:
        memory = cls.__new__(cls)
        _AsyncCalls.__init__(memory, engine, None)
        memory._recipe = recipe
        return memory

    def __reduce__(self) -> tuple[Callable[..., AsyncMemOS], tuple[dict[str, object]]]:
        return _reopened, (travelling(self._recipe),)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    @property
    def sync(self) -> MemOS:
        """The same memory, blocking."""
        from ._sync import MemOS

        return MemOS._over(self._engine, self._recipe)  # pyright: ignore[reportPrivateUsage]  # two faces of one class

    def scoped(self, **who: Unpack[ScopeArgs]) -> AsyncScopedMemory:
        """The same calls with the scope bound."""
        scope = parse_scope(who)
        if scope is None:
            raise InvalidScope("say whose memory: pass user_id, agent_id or team", field="scope")
        return AsyncScopedMemory(self._engine, scope)

    async def drain(self, budget_s: float | None = None) -> int:
        """``MemOS.drain``, awaited."""
        return await self._rt.call(self._engine.drain, budget_s)

    async def pending(self) -> int:
        """``MemOS.pending``, awaited."""
        return await self._rt.call(self._engine.pending)

    async def failed(self) -> list[Receipt]:
        """``MemOS.failed``, awaited."""
        return await self._rt.call(self._engine.failed)

    async def grant(self, scope: Scope, *, to: Scope, access: Access = "read") -> Grant:
        """``MemOS.grant``, awaited."""
        return await self._rt.call(self._engine.sharing.grant, scope, to, access)

    async def revoke(self, scope: Scope, *, to: Scope) -> None:
        """``MemOS.revoke``, awaited."""
        await self._rt.call(self._engine.sharing.revoke, scope, to)

    async def search_items(
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
        """``MemOS.search_items``, awaited."""
        first, *others = given_scopes(scopes)
        return await self._engine.items.search(
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

    async def namespaces(self) -> list[NamespaceInfo]:
        """``MemOS.namespaces``, awaited."""
        return await self._rt.call(self._engine.sharing.namespaces)

    async def delete_namespace(self, **who: Unpack[ScopeArgs]) -> bool:
        """``MemOS.delete_namespace``, awaited."""
        return await self._rt.call(self._engine.forgetter.drop, scope_of(who, None))

    async def import_records(self, lines: Iterable[Mapping[str, JsonValue]]) -> int:
        """``MemOS.import_records``, awaited. To export, use ``sync.export_records`` in a thread."""
        return await self._rt.call(self._engine.transfer.load, lines)

    async def close(self, timeout: float = 5.0) -> None:
        """``MemOS.close``, awaited."""
        await self._rt.call(self._engine.close, timeout)


def _reopened(recipe: dict[str, object]) -> AsyncMemOS:
    return AsyncMemOS(**recipe)  # type: ignore[arg-type]  # the recipe was made from these arguments
