"""Whole stores in and out, and indexing anew with another embedder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from functools import cache
from typing import cast

from pydantic import JsonValue, TypeAdapter, ValidationError

from ..core.records import embedding_texts, to_memory
from ..core.scopes import SYSTEM_NAMESPACE, namespace_of
from ..errors import ForeignData, InvalidInput
from ..stores.base import Batch, NamespaceRow, Record, ScanQuery, Task
from ..types import Scope
from .ahead import Ahead
from .ceiling import SPENT
from .context import EMBEDDER, SECRET, Context
from .filling import EMBEDDED, VectorFiller
from .worker import Worker

__all__ = ["EXPORT_VERSION", "Transfer"]

EXPORT_VERSION = 1
_BATCH = 500
_LEFT_OUT = ("vectors", "space")
_FIELDS = {f.name for f in fields(Record)}
_TASK_FIELDS = {f.name for f in fields(Task)}
_ALL_TASKS = 1_000_000
_ROUNDS = 20  # of looking for what others wrote meanwhile
_EMBED_BATCH = 16
_STATUSES = ("active", "superseded", "merged", "archived")


@cache
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


@cache
def _tasks() -> TypeAdapter[Task]:
    return TypeAdapter(Task)


def _settled(task: Task) -> Task:
    """A task as it is where nobody works on it."""
    payload = {key: value for key, value in task.payload.items() if key not in ("answer", "deferred")}
    state = "failed" if task.state == "failed" else "pending"
    attempts = task.attempts if state == "failed" else 0
    return replace(task, payload=payload, state=state, attempts=attempts, ready_at=task.created_at, lease_owner=None, lease_until=None)


class Transfer:
    """``export_records``, ``import_records`` and ``reembed``."""

    def __init__(self, context: Context, worker: Worker) -> None:
        self._context = context
        self._worker = worker

    def export(self, scope: Scope | None) -> Iterator[dict[str, JsonValue]]:
        """Header, namespaces, records and turns that wait to be learnt from, one dict each; vectors are made anew."""
        context = self._context
        context.check_open()
        rows = context.store.namespaces(None if scope is None else [namespace_of(scope)])
        yield {"memos_export": EXPORT_VERSION, "secret": context.secret.hex()}
        for row in rows:
            if row.key != SYSTEM_NAMESPACE:
                yield {"namespace": row.key, "scope": dict(row.scope)}
        keys = [row.key for row in rows if row.key != SYSTEM_NAMESPACE]
        for key in [*keys, *([SYSTEM_NAMESPACE] if scope is None else [])]:
            query = ScanQuery(namespaces=(key,), statuses=(), limit=_BATCH, with_index=True)
            while True:
                page = context.store.scan(query)
                for record in page.records:
                    if record.kind == SPENT:
                        continue
                    line = {k: v for k, v in asdict(record).items() if k not in _LEFT_OUT and v not in (None, (), {})}
                    yield {"record": cast("JsonValue", _listed(line))}
                if page.cursor is None:
                    break
                query = ScanQuery(namespaces=(key,), statuses=(), limit=_BATCH, with_index=True, cursor=page.cursor)
        waiting = context.store.tasks(states=("pending", "running", "failed"), namespaces=keys, limit=_ALL_TASKS)
        for task in sorted(waiting, key=lambda t: (t.created_at, t.id)):
            if task.kind == "learn":
                yield {"task": cast("JsonValue", _listed(asdict(_settled(task))))}

    def load(self, lines: Iterable[Mapping[str, JsonValue]]) -> int:
        """Take in an export. Returns the number of records; what is there already is replaced by the same id."""
        context = self._context
        context.check_open()
        _checked_lines(lines)
        batch: list[Record] = []
        names: list[NamespaceRow] = []
        tasks: list[Task] = []
        ids: dict[str, list[str]] = {}
        count = 0
        header = False
        for number, line in enumerate(lines):
            if not isinstance(line, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # lines come from a file
                raise ForeignData(f"line {number + 1} is no JSON object")
            if not header:
                version = line.get("memos_export")
                if not isinstance(version, int):
                    raise ForeignData("this is no export: its first line must hold 'memos_export'")
                if version > EXPORT_VERSION:
                    raise ForeignData(f"the export has version {version}; this package reads up to {EXPORT_VERSION}. Update it.")
                self._take_secret(line.get("secret"))
                header = True
            elif "namespace" in line:
                names.append(NamespaceRow(key=str(line["namespace"]), scope=cast("dict[str, JsonValue]", line.get("scope") or {})))
            elif isinstance(line.get("task"), Mapping):
                tasks.append(self._task(dict(cast("dict[str, JsonValue]", line["task"])), number + 1))
            elif isinstance(line.get("record"), Mapping):
                record = self._record(dict(cast("dict[str, JsonValue]", line["record"])), number + 1)
                batch.append(record)
                count += 1
                if record.kind not in ("tombstone", "grant") and record.status != "deleted":
                    ids.setdefault(record.namespace, []).append(record.id)
            else:
                raise ForeignData(f"line {number + 1} is neither a namespace nor a record nor a task")
            if len(batch) >= _BATCH:
                context.store.commit(Batch(put=tuple(batch), namespaces=tuple(names)))
                batch, names = [], []
        if not header:
            raise ForeignData("the file is empty")
        there = {task.id for task in context.store.tasks(ids=[task.id for task in tasks], limit=_ALL_TASKS)}
        waiting = tuple(task for task in tasks if task.id not in there)
        context.store.commit(Batch(put=tuple(batch), namespaces=tuple(names), tasks=waiting))
        for namespace, wanted in ids.items():
            self._worker.embed_soon(namespace, wanted)
        if waiting:
            self._worker.notify()
        return count

    def _task(self, values: dict[str, JsonValue], number: int) -> Task:
        try:
            task = _tasks().validate_python(values)
        except (ValidationError, TypeError):
            raise ForeignData(f"line {number} is no task of this version") from None
        if values.keys() - _TASK_FIELDS or task.kind != "learn" or task.state not in ("pending", "failed"):
            raise ForeignData(f"line {number} is no task of this version")
        return task

    def _record(self, values: dict[str, JsonValue], number: int) -> Record:
        if values.keys() - _FIELDS:
            raise ForeignData(f"line {number} is no record of this version")
        try:
            for name in ("terms", "path"):
                values[name] = tuple(cast("list[str]", values.get(name) or ()))  # type: ignore[assignment]  # JSON has no tuples
            record = _adapter().validate_python(values)
        except (ValidationError, TypeError):
            raise ForeignData(f"line {number} is no record of this version") from None
        if "tokens" not in values and record.kind == "episode" and record.status not in ("deleted", "merged"):
            record = record.but(tokens=self._context.count(record.text))  # an export from before they were kept
        return record

    def _take_secret(self, secret: JsonValue) -> None:
        """An empty store takes over the export's key, so that turns sent again are still known."""
        context = self._context
        if isinstance(secret, str) and not [r for r in context.store.namespaces() if r.key != SYSTEM_NAMESPACE]:
            try:
                context.secret = bytes.fromhex(secret)
            except ValueError:
                raise ForeignData("the export's key is damaged") from None
            context.store.set_meta(SECRET, secret)

    def reembed(self, progress: Callable[[int, int], None] | None) -> int:
        """Embed and index anew every record that has no vectors of the present embedder and recipe. Returns how many were embedded.

        All vectors are made ahead, while others read and write with the embedder before; then the store changes to this one, and
        the vectors are put in their places. What was written meanwhile is embedded then.
        """
        context = self._context
        context.check_open()
        embedder, space = context.embedder, context.space
        if embedder is None or space is None:
            raise InvalidInput("there is no embedder to index with", field="embedder")
        if context.store.get_meta(EMBEDDER) in (None, space):
            context.set_space()
            return self._index(progress, 0)
        ahead = Ahead(embedder, context.secret)
        try:
            wanted = self._unembedded(space)
            for start in range(0, len(wanted), _BATCH // 10):
                part = wanted[start : start + _BATCH // 10]
                for key in dict.fromkeys(k for k, _ in part):
                    found = context.store.get([i for k, i in part if k == key], namespaces=[key])
                    texts = [text for record in found if record.status != "deleted" for text in embedding_texts(to_memory(record))]
                    for first in range(0, len(texts), _EMBED_BATCH):
                        ahead.embed_documents(texts[first : first + _EMBED_BATCH])
                if progress is not None:
                    progress(min(start + len(part), len(wanted)), 2 * len(wanted))
            context.set_space()
            context.embedder = ahead
            done = self._index(progress, len(wanted))
        except BaseException:
            ahead.close()
            raise
        finally:
            context.embedder = embedder
        ahead.done()
        return done

    def _unembedded(self, space: str) -> list[tuple[str, str]]:
        context = self._context
        wanted: list[tuple[str, str]] = []
        for row in context.store.namespaces():
            if not row.key.startswith("~"):
                query = ScanQuery((row.key,), kinds=EMBEDDED, statuses=_STATUSES, unembedded_for=space, limit=1000)
                wanted += [(row.key, record.id) for record in context.scan_all(query)]
        return wanted

    def _index(self, progress: Callable[[int, int], None] | None, before: int) -> int:
        """Embed until nothing is left that has other vectors: others may write meanwhile."""
        filler = VectorFiller(self._context)
        done = 0
        for _ in range(_ROUNDS):
            wanted = self._unembedded(self._context.space or "")
            some = 0
            for start in range(0, len(wanted), _BATCH // 10):
                part = wanted[start : start + _BATCH // 10]
                for key in dict.fromkeys(k for k, _ in part):
                    some += filler.fill_in(key, [i for k, i in part if k == key], lambda: True, reindex=True)
                if progress is not None:
                    ready, total = done + min(start + len(part), len(wanted)), done + len(wanted)
                    progress(before + ready, before + total)
            done += some
            if not some:
                break
        return done


def _checked_lines(lines: object) -> None:
    if isinstance(lines, str | bytes | Mapping) or not isinstance(lines, Iterable):
        raise ForeignData(f"an export is a list of JSON objects, not {type(lines).__name__}")  # pyright: ignore[reportUnknownArgumentType]  # its name only


def _listed(value: object) -> object:
    if isinstance(value, Mapping):
        pairs = cast("Mapping[object, object]", value)
        return {str(k): _listed(v) for k, v in pairs.items()}
    if isinstance(value, list | tuple):
        return [_listed(v) for v in cast("Sequence[object]", value)]
    return value
