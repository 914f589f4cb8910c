"""A memory copied from one store to another, as it is: records with their vectors, tasks, grants and settings."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import blake2b

import numpy as np

from ..errors import InvalidInput, StoreError
from ..stores.base import Batch, NamespaceRow, Record, ScanQuery, SearchQuery, Store, Task
from ..types import Copied
from .context import EMBEDDER, SECRET, UNFINISHED, check_whole

__all__ = ["copy"]

_PROBE = "probe"
_PAGE = 200
_TASKS = 500
_ALL_TASKS = 1_000_000
_PLAIN = tuple(field.name for field in fields(Record) if field.name != "vectors")


@dataclass(slots=True)
class _Sum:
    """A checksum of records in any order: the sum of the hashes of each."""

    count: int = 0
    value: int = 0

    def add(self, print_: bytes) -> None:
        self.count += 1
        self.value = (self.value + int.from_bytes(print_)) % (1 << 256)

    def take(self, print_: bytes) -> None:
        self.count -= 1
        self.value = (self.value - int.from_bytes(print_)) % (1 << 256)


def _print(record: Record) -> bytes:
    """Hash of all that a store keeps of a record: its fields as canonical JSON, its vectors in single precision."""
    plain = {name: getattr(record, name) for name in _PLAIN} | {"payload": dict(record.payload)}
    digest = blake2b(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode(), digest_size=32)
    vectors = np.asarray(record.vectors, dtype="<f4")
    digest.update(repr(vectors.shape).encode() + vectors.tobytes())
    return digest.digest()


def copy(source: Store, target: Store, *, mirror: bool, progress: Callable[[int, int], None] | None) -> Copied:
    """Make a store hold what another one holds.

    What is there already is left alone, so that a copy that was interrupted goes on where it was, and one that is run again
    brings along what was written since. Nobody may use the target meanwhile: until the copy is whole it cannot be opened.

    Args:
        source: The store that is read. It may be written to meanwhile: what was not read yet comes along, the rest with the next run.
        target: The store that is written: an empty one, or an earlier copy.
        mirror: Whether what the source does not hold (any more) is removed from the target.
        progress: Called with how many of how many records are done; each counts twice, since all are read back.

    Raises:
        InvalidInput: Both are one store, or the target holds another memory.
        StoreError: The source holds no memory, or what the target gave back is not what was written.
    """
    return _Copying(source, target, mirror=mirror, progress=progress).run()


class _Copying:
    """One run."""

    def __init__(self, source: Store, target: Store, *, mirror: bool, progress: Callable[[int, int], None] | None) -> None:
        self._source = source
        self._target = target
        self._mirror = mirror
        self._progress = progress
        self._steps = self._total = self._records = self._written = self._removed = self._extra = 0
        self._whole = _Sum()

    def run(self) -> Copied:
        source, target = self._source, self._target
        secret = source.get_meta(SECRET)
        if secret is None:
            raise StoreError(f"{source.info().location} holds no memory")
        check_whole(source)
        rows = source.namespaces()
        empty = not (there := target.namespaces())
        self._check(secret, empty=empty)
        target.set_meta(UNFINISHED, value=True)
        target.set_meta(SECRET, secret)
        embedder = source.get_meta(EMBEDDER)
        if empty:
            target.set_meta(EMBEDDER, embedder)
        keys = [row.key for row in rows]
        versions = self._versions(keys)
        tasks = source.tasks(limit=_ALL_TASKS)  # before the records: what a task speaks of is there when it is
        self._total = 2 * sum(sum(row.counts.values()) for row in rows)
        for row in rows:
            self._copy(row)
        for row in there:
            if row.key not in keys:
                self._left_over(row)
        written = self._copy_tasks(tasks)
        if self._removed:
            target.purge()
        target.set_meta(EMBEDDER, embedder)
        target.set_meta(UNFINISHED, value=None)
        after = self._versions(keys)
        return Copied(
            namespaces=len(rows),
            records=self._records,
            written=self._written,
            removed=self._removed,
            extra=self._extra,
            tasks=written,
            checksum=f"{self._whole.value:064x}",
            changed=tuple(key for key in keys if after.get(key) != versions.get(key)),
        )

    def _check(self, secret: object, *, empty: bool) -> None:
        probe = secrets.token_hex(16)
        self._target.set_meta(_PROBE, probe)
        same = self._source.get_meta(_PROBE) == probe
        self._target.set_meta(_PROBE, None)
        if same:
            raise InvalidInput("is the store that is copied: a copy goes to another one", field="target")
        if not empty and self._target.get_meta(SECRET) != secret:
            raise InvalidInput(
                f"{self._target.info().location} holds another memory; copy to an empty store, or merge both by export and import",
                field="target",
            )

    def _versions(self, keys: Sequence[str]) -> Mapping[str, int]:
        return self._source.search(SearchQuery((), watch=tuple(keys))).versions

    def _copy(self, row: NamespaceRow) -> None:
        if row.scope:
            self._target.commit(Batch(namespaces=(NamespaceRow(row.key, row.scope),)))
        read = _Sum()
        for page in _pages(self._source, row.key):
            prints = {record.id: _print(record) for record in page}
            for print_ in prints.values():
                read.add(print_)
            there = self._target.get(list(prints), namespaces=[row.key], with_index=True)
            known = {record.id: _print(record) for record in there}
            missing = tuple(record for record in page if known.get(record.id) != prints[record.id])
            if missing:
                self._target.commit(Batch(put=missing))
            self._written += len(missing)
            self._step(len(page))
        self._read_back(row.key, read)
        self._records += read.count
        self._whole.value = (self._whole.value + read.value) % (1 << 256)

    def _read_back(self, key: str, read: _Sum) -> None:
        """Compare what the target holds now with what was read."""
        stored = _Sum()
        for page in _pages(self._target, key):
            for record in page:
                stored.add(_print(record))
            self._step(len(page))
        if stored == read:
            return
        extra: list[str] = []
        for page in _pages(self._target, key):
            wanted = {record.id for record in self._source.get([record.id for record in page], namespaces=[key])}
            for record in page:
                if record.id not in wanted:
                    extra.append(record.id)
                    stored.take(_print(record))
        if stored != read:
            raise StoreError(
                f"namespace {key!r} of {self._target.info().location} is not what was copied there ({stored.count} records, {read.count} "
                "were read): let nobody use it, and run the copy again"
            )
        if self._mirror:
            for start in range(0, len(extra), _PAGE):
                self._target.commit(Batch(delete=tuple((key, id) for id in extra[start : start + _PAGE])))
            self._removed += len(extra)
        else:
            self._extra += len(extra)

    def _left_over(self, row: NamespaceRow) -> None:
        """A namespace that the source does not hold."""
        count = sum(len(page) for page in _pages(self._target, row.key))
        if self._mirror:
            self._target.drop_namespace(row.key)
            self._removed += count
        else:
            self._extra += count

    def _copy_tasks(self, tasks: Sequence[Task]) -> int:
        written = 0
        for start in range(0, len(tasks), _TASKS):
            part = [_unheld(task) for task in tasks[start : start + _TASKS]]
            there = {task.id: task for task in self._target.tasks(ids=[task.id for task in part])}
            missing = tuple(task for task in part if (known := there.get(task.id)) is None or (known != task and known.state != "done"))
            if missing:
                self._target.commit(Batch(tasks=missing))
            written += len(missing)
        return written

    def _step(self, records: int) -> None:
        self._steps += records
        if self._progress is not None:
            self._progress(self._steps, max(self._steps, self._total))


def _pages(store: Store, namespace: str) -> Iterator[tuple[Record, ...]]:
    query = ScanQuery((namespace,), statuses=(), limit=_PAGE, with_index=True)
    while True:
        page = store.scan(query)
        if page.records:
            yield page.records
        if page.cursor is None:
            return
        query = replace(query, cursor=page.cursor)


def _unheld(task: Task) -> Task:
    """A task as it is where no worker holds it."""
    if task.state != "running":
        return task
    return replace(task, state="pending", attempts=max(0, task.attempts - 1), lease_owner=None, lease_until=None)
