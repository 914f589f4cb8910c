"""The blocking face."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self, Unpack

from pydantic import JsonValue

from ..core.candidates import Extractor
from ..core.scopes import parse_scope
from ..engine.engine import Engine
from ..engine.runtime import drive
from ..errors import InvalidScope
from ..settings import Settings
from ..types import (
    Access,
    Copied,
    FoundItem,
    Grant,
    NamespaceInfo,
    Receipt,
    Scope,
)
from ._calls import Calls, ScopedMemory
from ._open import (
    EmbedderLike,
    LlmLike,
    ScopeArgs,
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
    from ._async import AsyncMemOS

__all__ = ["MemOS"]


class MemOS(Calls):
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
        Calls.__init__(memory, engine, None)
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
