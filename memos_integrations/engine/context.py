"""What all rooms of the engine share."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from ..core.candidates import Extractor
from ..core.identity import named_id
from ..core.messages import micros
from ..core.records import INDEX_RECIPE
from ..core.scopes import SYSTEM_NAMESPACE
from ..embeddings.base import Embedder
from ..errors import Closed, EmbedderMismatch, StoreConflict, StoreError
from ..llms.base import Llm
from ..settings import Settings
from ..stores.base import Batch, Record, ScanQuery, SearchQuery, Store
from ..types import Grant

__all__ = ["EMBEDDER", "SECRET", "UNFINISHED", "Context", "check_whole", "log", "now_utc"]

log = logging.getLogger("memos_integrations")

T = TypeVar("T")
_ATTEMPTS = 8
SECRET = "secret"
EMBEDDER = "embedder"
UNFINISHED = "unfinished"
"""Settings of a store: the key of its fingerprints, the space of its vectors, and whether it is a copy that is not whole yet."""


def now_utc() -> datetime:
    """The time, where the caller gave none."""
    return datetime.now(UTC)


def check_whole(store: Store) -> None:
    """Raises ``StoreError`` if a store is a copy that was not finished: half a memory must not pass for a whole one."""
    if store.get_meta(UNFINISHED):
        raise StoreError(f"{store.info().location} is a copy that is not finished: run the copy again, it goes on where it was")


@dataclass
class Context:
    """One store with its models and settings: what both faces and the worker stand on.

    Attributes:
        store: Where memories live.
        embedder: None: lexical only.
        llm: None: rules only.
        extractor: The rules.
        settings: Numbers and switches.
        count: Token counter.
        secret: Key of the store's fingerprints.
        held_grants: All grants, and the version of the registry they were read at; see ``ready_grants``.
        lock: Held while something is read and written back in this process.
    """

    store: Store
    embedder: Embedder | None
    llm: Llm | None
    extractor: Extractor
    settings: Settings
    count: Callable[[str], int]
    secret: bytes = b""
    held_grants: tuple[int | None, tuple[Grant, ...]] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)
    closed: bool = False

    def open(self, *, take_over: bool = False) -> None:
        """Read or make what the store keeps about itself.

        Args:
            take_over: Whether the store may have been indexed with another embedder.

        Raises:
            EmbedderMismatch: The store was indexed with another embedder.
            StoreError: It is a copy that is not whole yet.
        """
        check_whole(self.store)
        self.secret = bytes.fromhex(str(self.store.set_meta(SECRET, secrets.token_hex(32), only_if_absent=True)))
        space = self.space
        if space is None:
            log.info("no embedder: recall is lexical only; install memos-integrations[local] or pass embedder=")
            return
        known = self.store.set_meta(EMBEDDER, space, only_if_absent=True)
        if known != space and not take_over:
            raise EmbedderMismatch(
                f"the store was indexed with {known!r}, not with {space!r}. Open it with that embedder, with embedder=None "
                "(lexical only), or index it anew: MemOS.reembed(store, embedder=…) or `memosctl reembed`."
            )

    @property
    def space(self) -> str | None:
        """What vectors of this embedder and recipe are marked with."""
        return None if self.embedder is None else f"{self.embedder.fingerprint}|{INDEX_RECIPE}"

    def set_space(self) -> None:
        """Take over the store for this embedder; its other vectors are filled in anew."""
        self.store.set_meta(EMBEDDER, self.space)

    def check_open(self) -> None:
        """Raises ``Closed`` once the client was closed."""
        if self.closed:
            raise Closed("this MemOS was closed; open another one")

    def grants(self) -> list[Grant]:
        """All grants, read anew: a revoked one must end at once, whoever revoked it."""
        grants: list[Grant] = []
        cursor: str | None = None
        while True:
            page = self.store.scan(ScanQuery(namespaces=(SYSTEM_NAMESPACE,), kinds=("grant",), cursor=cursor, limit=500))
            grants += [Grant.model_validate(record.payload) for record in page.records]
            cursor = page.cursor
            if cursor is None:
                return grants

    def ready_grants(self, *, fresh: bool = False) -> tuple[int | None, tuple[Grant, ...]]:
        """Grants that were read before, and the version of the registry at that time: whoever uses them sees to it that it still is."""
        held = self.held_grants
        if held is None or fresh:
            version = self.store.search(SearchQuery((), watch=(SYSTEM_NAMESPACE,))).versions.get(SYSTEM_NAMESPACE)
            held = self.held_grants = (version, tuple(self.grants()))
        return held

    def put_grant(self, grant: Grant, *, remove: bool = False) -> None:
        """Store a grant, or take it away."""
        key = named_id("grant", grant.owner, grant.to)
        now = micros(now_utc())
        if remove:
            self.store.commit(Batch(delete=((SYSTEM_NAMESPACE, key),)))
        else:
            record = Record(
                id=key, namespace=SYSTEM_NAMESPACE, kind="grant", payload=grant.model_dump(mode="json"), created_at=now, updated_at=now
            )
            self.store.commit(Batch(put=(record,)))

    def scan_all(self, query: ScanQuery) -> list[Record]:
        """Every record of a scan, page by page."""
        records: list[Record] = []
        while True:
            page = self.store.scan(query)
            records += page.records
            if page.cursor is None:
                return records
            query = replace(query, cursor=page.cursor)

    def embed(self, texts: Sequence[str]) -> list[Sequence[float]]:
        """Vectors of some texts; empty without an embedder."""
        if self.embedder is None or not texts:
            return []
        return list(self.embedder.embed_documents(list(texts)))

    def again(self, attempt: Callable[[], T]) -> T:
        """Run what reads, decides and writes back; anew where somebody else changed meanwhile what it rests on.

        Raises:
            StoreConflict: It was changed each time.
        """
        for _ in range(_ATTEMPTS - 1):
            try:
                with self.lock:
                    return attempt()
            except StoreConflict:
                continue
        with self.lock:
            return attempt()
