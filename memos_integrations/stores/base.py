"""The Store port: a small, batch-first interface that every store keeps.

A port's methods block. A store that is natively asynchronous may offer a coroutine twin of any of them under the
same name with the prefix ``a`` (``asearch``); the engine then awaits it under the async face and uses the blocking
one elsewhere. See ``engine.runtime``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from pydantic import JsonValue

from ..types.record import Record, Vector

__all__ = [
    "Batch",
    "Hit",
    "NamespaceRow",
    "Record",
    "ScanPage",
    "ScanQuery",
    "SearchQuery",
    "SearchResult",
    "Sort",
    "Store",
    "StoreInfo",
    "Task",
    "Touch",
    "Vector",
    "unchanged",
]


@dataclass(slots=True, frozen=True)
class Task:
    """A unit of background work, at-least-once.

    Attributes:
        id: UUID.
        namespace: Where it works.
        kind: What is to be done, such as ``learn``.
        conversation: Tasks of one namespace and conversation are leased together.
        payload: What it needs and what became of it, opaque to the store, JSON.
        state: ``pending``, ``running``, ``done``, ``failed``, or ``parked``: never ready until somebody queues it.
        ready_at: Not before this time, microseconds; of one that is done: when it was.
        created_at: When it was queued.
        attempts: How often it was leased.
        lease_owner: Worker that holds it; None: nobody.
        lease_until: When that ends.
        error: Why its last attempt failed.
    """

    id: str
    namespace: str
    kind: str
    conversation: str | None = None
    payload: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    state: str = "pending"
    ready_at: int = 0
    created_at: int = 0
    attempts: int = 0
    lease_owner: str | None = None
    lease_until: int | None = None
    error: str | None = None


@dataclass(slots=True, frozen=True)
class NamespaceRow:
    """A namespace in the registry.

    Attributes:
        key: Encoded name.
        scope: The scope that writes there, JSON.
        counts: Number of records by kind, all states but ``deleted``.
        tokens: Sum of their ``Record.tokens``.
        updated_at: Last write, microseconds.
        version: Grows with every write, while ``epoch`` stays the same; None: the store does not tell.
        epoch: Changes when a record was deleted, or the namespace dropped and made anew.
        preferences: A token that changes with every write or removal of a preference, for stores that tell no ``version``; None: nor
            that. It is written before the namespace's token of ``SearchResult.versions``.
    """

    key: str
    scope: Mapping[str, JsonValue]
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    tokens: int = 0
    updated_at: int = 0
    version: int | None = None
    epoch: int | None = None
    preferences: int | None = None


@dataclass(slots=True, frozen=True)
class Touch:
    """A new expiry of a record, and no other change: it is not read before, so nobody's write is lost.

    Attributes:
        namespace: Its namespace.
        id: Its id.
        expires_at: After this it is not returned any more, microseconds; None: never.
    """

    namespace: str
    id: str
    expires_at: int | None


@dataclass(slots=True, frozen=True)
class Batch:
    """What is written together, durably, all or nothing where the store has transactions.

    Attributes:
        put: Records to insert or replace. One that is also in ``delete`` is put.
        delete: ``(namespace, id)`` of records to remove, with everything indexed of them.
        touch: Expiries to set, after ``put``; of records that are not there: nothing. ``updated_at`` and ``version`` stay.
        tasks: Tasks to insert or replace.
        namespaces: Registry rows to insert where missing.
        expects: Records as they were read. If one of them is gone or another now (``unchanged``), nothing is written.
        leased: Tasks as they were leased. If one of them is gone or not held by its owner any more, nothing is written.
    """

    put: tuple[Record, ...] = ()
    delete: tuple[tuple[str, str], ...] = ()
    touch: tuple[Touch, ...] = ()
    tasks: tuple[Task, ...] = ()
    namespaces: tuple[NamespaceRow, ...] = ()
    expects: tuple[Record, ...] = ()
    leased: tuple[Task, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.put or self.delete or self.touch or self.tasks or self.namespaces)


def unchanged(now: Record | None, read: Record) -> bool:
    """Whether a record is still what was read, its index included where it was read along."""
    if now is None:
        return False
    return now == read if read.terms or read.vectors else now.but(terms=(), vectors=()) == read


Where = Callable[[Record], bool]
"""A filter decided in core, so that all stores answer alike."""


@dataclass(slots=True, frozen=True)
class SearchQuery:
    """A hybrid search over several namespaces at once.

    Attributes:
        namespaces: Where to search; unknown ones hold nothing.
        terms: Query tokens, made as ``Record.terms`` are; empty: no lexical arm.
        vector: Query vector; None, or all zeros: no dense arm.
        space: Only vectors of this space are compared.
        kinds: Only these kinds; empty: all.
        statuses: Only these statuses.
        as_of: Only records with ``valid_from <= as_of < valid_to`` (an absent bound is open), microseconds.
        now: Records that expired before are left out.
        path_prefix: Only items at or below this path, label by label.
        where: Filter on the whole record.
        watch: Namespaces that are not searched but whose versions are wanted too.
        partial: Namespaces that fail by themselves are left out and named, unless all of them do.
        limit: Hits per arm; the union of both arms is returned. Among equal scores a store may choose.
    """

    namespaces: tuple[str, ...]
    terms: tuple[str, ...] = ()
    vector: Vector | None = None
    space: str | None = None
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("active",)
    as_of: int | None = None
    now: int = 0
    path_prefix: tuple[str, ...] = ()
    where: Where | None = None
    watch: tuple[str, ...] = ()
    partial: bool = False
    limit: int = 50


@dataclass(slots=True, frozen=True)
class Hit:
    """A record that one of the arms found, with the score of each arm where it has one.

    Attributes:
        record: The record. ``vectors`` and ``terms`` may be left empty.
        lexical: BM25 (k1 = 1.2, b = 0.75, statistics of its own namespace) of the query's terms; None: no term in it.
        dense: Best cosine of its vectors, -1 to 1; None: no vector of that space, or no query vector.
    """

    record: Record
    lexical: float | None = None
    dense: float | None = None


@dataclass(slots=True, frozen=True)
class SearchResult:
    """Hits in no particular order, and the version of each namespace they were read at.

    Attributes:
        hits: The union of both arms.
        versions: A token per namespace that changes with every write to it (absent: unknown namespace). A store that cannot
            read both at once may read the token beside the hits, and writes it after the records: what is read after an
            answer is never older than its tokens.
        failed: Namespaces that a ``partial`` search had to leave out, and why.
    """

    hits: tuple[Hit, ...] = ()
    versions: Mapping[str, int] = field(default_factory=dict[str, int])
    failed: Mapping[str, str] = field(default_factory=dict[str, str])


Sort: TypeAlias = Literal["created", "updated", "order"]
"""Orders of a walk, each made of what the record itself holds, so that all stores walk alike: ``created`` by
``(created_at, order, id)``, ``updated`` by ``(updated_at, id)``, ``order`` by ``(order, id)``."""


@dataclass(slots=True, frozen=True)
class ScanQuery:
    """An ordered walk over records.

    Attributes:
        namespaces: Where; several are walked one after the other in the order given.
        kinds: Only these kinds; empty: all.
        statuses: Only these statuses; empty: all.
        conversation: Only this conversation's; None: any.
        after_order: Only records with a higher order key.
        before_order: Only records with a lower order key.
        path_prefix: Only items at or below this path.
        unembedded_for: Only records whose ``space`` differs from this one.
        now: Records that expired before are left out (0: none is).
        expired_at: Only records that have expired by then, microseconds.
        as_of: As in ``SearchQuery``.
        since: Only records that were written after this ``NamespaceRow.version``; for stores that tell one.
        where: Filter on the whole record.
        sort: The order within a namespace.
        descending: The other way round.
        cursor: Where the page before ended.
        limit: Records per page.
        with_index: Also load ``terms`` and ``vectors``.
    """

    namespaces: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("active",)
    conversation: str | None = None
    after_order: int | None = None
    before_order: int | None = None
    path_prefix: tuple[str, ...] = ()
    unembedded_for: str | None = None
    now: int = 0
    expired_at: int | None = None
    as_of: int | None = None
    since: int | None = None
    where: Where | None = None
    sort: Sort = "created"
    descending: bool = False
    cursor: str | None = None
    limit: int = 100
    with_index: bool = False


@dataclass(slots=True, frozen=True)
class ScanPage:
    """Records in the order asked for, and where to go on."""

    records: tuple[Record, ...] = ()
    cursor: str | None = None


@dataclass(slots=True, frozen=True)
class StoreInfo:
    """What the store says of itself.

    Attributes:
        location: Path or URL, without secrets.
        schema_version: Version of its layout.
        details: Anything else worth a line of ``doctor``.
    """

    location: str
    schema_version: int
    details: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])


class Store(ABC):
    """Where memories live. All methods are thread-safe and raise ``StoreError`` when the store fails."""

    @abstractmethod
    def commit(self, batch: Batch) -> None:
        """Write a batch durably. Idempotent: the same batch twice changes nothing more.

        A store without transactions writes registry rows, pending tasks, ``put``, ``touch``, ``delete`` and the other tasks in this
        order, and takes up what a crash leaves when the task is leased: a pending task that is put together with records stands
        for them.

        Raises:
            StoreConflict: What ``expects`` or ``leased`` say is not so any more; nothing was written.
        """

    @abstractmethod
    def append(self, namespace: str, conversation: str | None, tail: int, plan: Callable[[Sequence[Record]], Batch]) -> Batch:
        """Read the last ``tail`` episodes of a conversation (all statuses, in order), and commit what ``plan`` makes of them.

        Reading and writing are one step against other writers of the conversation where the store has transactions.
        Elsewhere two writers may see the same tail and give two turns one order key. ``conversation`` None reads nothing.
        ``plan`` may run more than once and must not touch the store.

        Returns:
            The batch that was committed.
        """

    @abstractmethod
    def get(self, ids: Sequence[str], *, namespaces: Sequence[str] | None = None, with_index: bool = False) -> list[Record]:
        """Records by id, in the order of ``ids``, missing ones left out; None: in any namespace, which may ask each of them."""

    @abstractmethod
    def search(self, query: SearchQuery) -> SearchResult:
        """Hybrid search; see ``SearchQuery``."""

    @abstractmethod
    def scan(self, query: ScanQuery) -> ScanPage:
        """An ordered page of records."""

    def paths(self, namespace: str, *, prefix: Sequence[str] = (), now: int = 0) -> list[tuple[str, ...]]:
        """The different paths of active items at or below a path, sorted; items without one have none.

        A store that need not read the items for it overrides this.
        """
        query = ScanQuery((namespace,), kinds=("item",), path_prefix=tuple(prefix), now=now, limit=1000)
        found: set[tuple[str, ...]] = set()
        while True:
            page = self.scan(query)
            found.update(record.path for record in page.records if record.path)
            if page.cursor is None:
                return sorted(found)
            query = replace(query, cursor=page.cursor)

    @abstractmethod
    def namespaces(self, keys: Sequence[str] | None = None) -> list[NamespaceRow]:
        """The registry, with exact counts; None: all, ordered by key. A recall asks for it only after a write."""

    @abstractmethod
    def drop_namespace(self, key: str) -> bool:
        """Remove a namespace with all of its records, tasks and its registry row; False: it was not there."""

    @abstractmethod
    def lease(self, *, owner: str, now: int, until: int, flush: bool = False, limit: int = 64) -> list[Task]:
        """Take ready tasks of one namespace and conversation, oldest first, and mark them ``running``.

        Ready: ``pending`` with ``ready_at <= now`` (any ``ready_at`` with ``flush``, unless ``attempts`` > 0), or
        ``running`` with a lease that ended. If one pending task of a conversation is ready, its other pending ones
        come along. Each leased task's ``attempts`` is one higher. A conversation with a live lease is left alone.
        """

    @abstractmethod
    def tasks(
        self, *, ids: Sequence[str] | None = None, states: Sequence[str] = (), namespaces: Sequence[str] | None = None, limit: int = 1000
    ) -> list[Task]:
        """Tasks by id or state, oldest first."""

    @abstractmethod
    def prune_tasks(self, done_before: int) -> int:
        """Remove the tasks that were done before a time, microseconds. Returns how many."""

    def rest(self) -> int:
        """Put to sleep what nobody used for long, where the store knows sleep; called now and then by workers. Returns how many."""
        return 0

    @abstractmethod
    def get_meta(self, key: str) -> JsonValue:
        """A value of the file's own settings (embedder fingerprint, secret key); None: not set."""

    @abstractmethod
    def set_meta(self, key: str, value: JsonValue, *, only_if_absent: bool = False) -> JsonValue:
        """Set it, or keep what is there with ``only_if_absent``: of many who do so at once, one wins. Returns what is there now."""

    @abstractmethod
    def purge(self) -> None:
        """Make sure that nothing deleted can be read from the underlying files any more."""

    @abstractmethod
    def info(self) -> StoreInfo:
        """Location, layout version and details."""

    @abstractmethod
    def close(self) -> None:
        """Release everything. Calls after it raise ``Closed``. Closing twice is fine."""
