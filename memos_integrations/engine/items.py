"""Items: opaque JSON values under paths and keys, for key-value adapters."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from typing import cast

from pydantic import JsonValue

from ..core.checks import positive
from ..core.filters import Predicate, compile_filter
from ..core.items import item_id, item_score
from ..core.masking import mask_secrets
from ..core.messages import json_value, micros, moment, parse_time, plain_text
from ..core.records import embedding_texts, memory_terms, to_memory, to_record
from ..core.scopes import namespace_of, writing_scope
from ..core.text import index_terms
from ..errors import EmbedderError, InvalidInput
from ..stores.base import Batch, Hit, NamespaceRow, Record, ScanQuery, SearchQuery, Touch
from ..types import FoundItem, Item, ItemInput, ItemKey, Scope
from .context import Context, now_utc
from .runtime import Runtime

__all__ = ["Items"]

_PAGE = 1000
_FIRST = 32  # hits that are asked for at first: of ten, all are nearly always among them
_QUERY_TERMS = 64
_LABEL_LIMIT = 512
_LONGEST_S = 1e11  # of a life: three thousand years, within what a date can tell


class Items:
    """Put, get, search and list the items of the namespace that a scope writes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def put(self, rt: Runtime, items: object, *, scope: Scope, delete: object = (), now: datetime | str | None = None) -> list[Item]:
        """Put and delete in one write; see ``ItemStore.put``."""
        context = self._context
        context.check_open()
        namespace, clock = namespace_of(scope), self._clock(now)
        gone = {item_id(namespace, *key) for key in _keys(delete, field="delete")}
        wanted: dict[str, ItemInput] = {}
        for number, one in enumerate([items] if isinstance(items, ItemInput) else _listed(items, field="items")):
            if not isinstance(one, ItemInput):
                raise InvalidInput(f"must be an ItemInput, not {type(one).__name__}", field=f"items[{number}]")
            checked = _checked(one, context.settings.max_content_chars, f"items[{number}]")
            identity = item_id(namespace, checked.path, checked.key)
            wanted.pop(identity, None)  # the last of one key counts, and its place
            wanted[identity] = checked
        fresh = [_item(namespace, identity, one, moment(micros(clock) + n)) for n, (identity, one) in enumerate(wanted.items())]
        texts = [embedding_texts(item) for item in fresh]
        flat = [text for of in texts for text in of]
        vectors = await rt.call(context.embedder.embed_documents, flat) if flat and context.embedder is not None else []
        if vectors and len(vectors) != len(flat):
            raise EmbedderError(f"{len(flat)} texts gave {len(vectors)} vectors")
        left = iter(vectors)
        embedded = [tuple(islice(left, len(of))) for of in texts]
        row = NamespaceRow(key=namespace, scope=dict(writing_scope(scope)))
        return await rt.call(self._write, row, fresh, embedded, gone - wanted.keys(), micros(clock))

    def _write(
        self, row: NamespaceRow, fresh: Sequence[Item], vectors: Sequence[Sequence[Sequence[float]]], gone: set[str], now: int
    ) -> list[Item]:
        context = self._context

        def attempt() -> list[Item]:
            there = {r.id: r for r in context.store.get([item.id for item in fresh], namespaces=[row.key])}
            put: list[Item] = []
            for item in fresh:
                old = there.get(item.id)
                put.append(item if old is None or _ended(old, now) else _replaced(item, old))
            records = tuple(
                to_record(item, terms=memory_terms(item) if item.text else ()).but(vectors=tuple(of), space=context.space if of else None)
                for item, of in zip(put, vectors, strict=True)
            )
            deleted = tuple((row.key, identity) for identity in sorted(gone))
            batch = Batch(put=records, delete=deleted, namespaces=(row,) if put else (), expects=tuple(there.values()))
            if batch:
                context.store.commit(batch)
            return put

        return context.again(attempt)

    async def get(
        self, rt: Runtime, keys: object, *, scope: Scope, refresh_ttl: bool = True, now: datetime | str | None = None
    ) -> list[Item | None]:
        """Items by path and key; see ``ItemStore.get``."""
        self._context.check_open()
        namespace, clock = namespace_of(scope), micros(self._clock(now))
        ids = [item_id(namespace, *key) for key in _keys(keys, field="keys")]

        def read() -> list[Item | None]:
            found = {r.id: r for r in self._context.store.get(ids, namespaces=[namespace]) if not _ended(r, clock)}
            found = self._touched(found.values(), clock, refresh_ttl)
            return [_told(found[i]) if i in found else None for i in ids]

        return await rt.call(read)

    async def search(
        self,
        rt: Runtime,
        path: object = (),
        *,
        scope: Scope,
        query: object = None,
        filter: Mapping[str, JsonValue] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool = True,
        beside: Sequence[Scope] = (),
        now: datetime | str | None = None,
    ) -> list[FoundItem]:
        """Items at or below a path; see ``ItemStore.search``."""
        context = self._context
        context.check_open()
        namespaces, clock = tuple(dict.fromkeys(map(namespace_of, (scope, *beside)))), micros(self._clock(now))
        prefix = _labels(path, field="path")
        positive(limit, field="limit")
        if isinstance(offset, bool) or not isinstance(offset, int) or offset < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInput("must be a whole number, 0 or more", field="offset")
        where = _where(compile_filter(filter, metadata=False)) if filter else None
        walk = ScanQuery(namespaces, kinds=("item",), path_prefix=prefix, now=clock, where=where, sort="updated", descending=True)
        ask: SearchQuery | None = None
        if query is not None:
            if not isinstance(query, str):
                raise InvalidInput(f"must be text, not {type(query).__name__}", field="query")
            words = plain_text(query, field="query")
            if words.strip():
                vector = None if context.embedder is None else await rt.call(context.embedder.embed_query, mask_secrets(words))
                ask = SearchQuery(
                    namespaces,
                    terms=tuple(dict.fromkeys(index_terms(words)))[:_QUERY_TERMS],
                    vector=vector,
                    space=None if vector is None else context.space,
                    kinds=("item",),
                    path_prefix=prefix,
                    now=clock,
                    where=where,
                )

        def read() -> list[FoundItem]:
            end = offset + limit
            found = [] if ask is None else self._ranked(ask, end)
            page = found[offset:end]
            if len(found) < end:
                scored = {record.id for record, _ in found}
                rest = self._walk(walk, max(0, offset - len(found)), end - max(offset, len(found)), scored)
                page += [(record, None) for record in rest]
            touched = self._touched([record for record, _ in page], clock, refresh_ttl)
            return [FoundItem(item=_told(touched[r.id]), score=score) for r, score in page]

        return await rt.call(read)

    async def paths(self, rt: Runtime, path: object = (), *, scope: Scope, now: datetime | str | None = None) -> list[tuple[str, ...]]:
        """The different paths that hold items; see ``ItemStore.paths``."""
        self._context.check_open()
        prefix, clock = _labels(path, field="path"), micros(self._clock(now))
        return await rt.call(self._context.store.paths, namespace_of(scope), prefix=prefix, now=clock)

    async def sweep(self, rt: Runtime, *, scope: Scope, now: datetime | str | None = None) -> int:
        """Delete what has expired; see ``ItemStore.sweep``."""
        context = self._context
        context.check_open()
        namespace, clock = namespace_of(scope), micros(self._clock(now))

        def remove() -> int:
            count = 0
            query = ScanQuery((namespace,), kinds=("item",), expired_at=clock, limit=_PAGE)
            while records := context.store.scan(query).records:
                # one that was read meanwhile lives on: it is not what was found here any more
                count += context.again(lambda records=records: self._remove(records, clock))  # type: ignore[misc]  # bound now
            return count

        return await rt.call(remove)

    def _remove(self, records: Sequence[Record], now: int) -> int:
        found = self._context.store.get([r.id for r in records], namespaces=[records[0].namespace])
        ended = [r for r in found if _ended(r, now)]
        if ended:
            self._context.store.commit(Batch(delete=tuple((r.namespace, r.id) for r in ended), expects=tuple(ended)))
        return len(ended)

    def _clock(self, now: datetime | str | None) -> datetime:
        return now_utc() if now is None else parse_time(now, zone=self._context.settings.zone, field="now")

    def _touched(self, records: Iterable[Record], now: int, refresh: bool) -> dict[str, Record]:
        """Records by id, with the expiry that reading them gives."""
        found = {record.id: record for record in records}
        touches: list[Touch] = []
        for record in list(found.values()):
            ttl = record.payload.get("ttl")
            if refresh and isinstance(ttl, int | float):
                until = now + int(ttl * 1_000_000)
                touches.append(Touch(record.namespace, record.id, until))
                found[record.id] = record.but(expires_at=until)
        if touches:
            self._context.store.commit(Batch(touch=tuple(touches)))
        return found

    def _walk(self, query: ScanQuery, skip: int, count: int, but: set[str]) -> list[Record]:
        """So many records after the first ones of what changed last, leaving some out."""
        if len(query.namespaces) == 1:
            return self._walk_one(query, skip, count, but)
        found = [r for name in query.namespaces for r in self._walk_one(replace(query, namespaces=(name,)), 0, skip + count, but)]
        found.sort(key=lambda record: (record.updated_at, record.id), reverse=True)
        return found[skip : skip + count]

    def _walk_one(self, query: ScanQuery, skip: int, count: int, but: set[str]) -> list[Record]:
        found: list[Record] = []
        query = replace(query, limit=min(_PAGE, skip + count + len(but)))
        while len(found) < skip + count:
            page = self._context.store.scan(query)
            found += [record for record in page.records if record.id not in but]
            if page.cursor is None:
                break
            query = replace(query, cursor=page.cursor)
        return found[skip : skip + count]

    def _ranked(self, query: SearchQuery, count: int) -> list[tuple[Record, float | None]]:
        """At least the best ``count`` by the score of both arms, and all that either arm found if there are fewer.

        The best by both may stand low in each arm: what was not seen scores less than the lowest of both arms together
        (Fagin's threshold), so more is asked for until that is low enough.
        """
        depth = max(_FIRST, count)
        while True:
            hits = self._context.store.search(replace(query, limit=depth)).hits
            scored = [(hit.record, item_score(hit.lexical, hit.dense)) for hit in hits]
            scored.sort(key=lambda pair: (-(pair[1] or 0.0), pair[0].id))
            unseen = item_score(_lowest(hits, lambda hit: hit.lexical, depth), _lowest(hits, lambda hit: hit.dense, depth))
            if unseen is None or (len(scored) >= count and (scored[count - 1][1] or 0.0) >= unseen):
                return scored
            depth *= 4


def _lowest(hits: Sequence[Hit], arm: Callable[[Hit], float | None], depth: int) -> float | None:
    """The last score that an arm gave; None: it gave all that it has."""
    scores = sorted((score for hit in hits if (score := arm(hit)) is not None), reverse=True)
    return scores[depth - 1] if len(scores) >= depth else None


def _told(record: Record) -> Item:
    """The item of a record; its value is a copy, since validation makes one."""
    return cast("Item", to_memory(record))


def _where(predicate: Predicate) -> Callable[[Record], bool]:
    def test(record: Record) -> bool:
        value = record.payload.get("value")
        return isinstance(value, Mapping) and predicate(value)

    return test


def _ended(record: Record, now: int) -> bool:
    return record.expires_at is not None and record.expires_at <= now


def _item(namespace: str, identity: str, given: ItemInput, now: datetime) -> Item:
    return Item(
        id=identity,
        namespace=namespace,
        text="\n".join(given.texts),
        path=given.path,
        key=given.key,
        value=given.value,
        texts=given.texts,
        ttl=given.ttl,
        expires_at=None if given.ttl is None else now + timedelta(seconds=given.ttl),
        created_at=now,
        updated_at=now,
    )


def _replaced(item: Item, old: Record) -> Item:
    """An item in the place of an older one: as old as that, and newer than its last change."""
    updated = max(micros(item.updated_at), old.updated_at + 1)
    return item.model_copy(update={"created_at": moment(old.created_at), "updated_at": moment(updated), "version": old.version + 1})


def _checked(given: ItemInput, most: int, field: str) -> ItemInput:
    if given.ttl is not None and not (math.isfinite(given.ttl) and 0 < given.ttl <= _LONGEST_S):
        raise InvalidInput(f"must be a positive number of seconds, at most {_LONGEST_S:.0e}", field=f"{field}.ttl")
    path = _labels(given.path, field=f"{field}.path")
    if not path:
        raise InvalidInput("must hold at least one label", field=f"{field}.path")
    texts: list[str] = []
    for number, text in enumerate(given.texts):
        here = f"{field}.texts[{number}]"
        if len(text) > most:
            raise InvalidInput(f"holds {len(text)} characters; the limit is {most}", field=here)
        texts.append(mask_secrets(plain_text(text, field=here)))
    return ItemInput(
        path=path,
        key=_label(given.key, field=f"{field}.key"),
        value=json_value(given.value, field=f"{field}.value"),
        texts=tuple(text for text in texts if text.strip()),
        ttl=given.ttl,
    )


def _listed(values: object, *, field: str) -> list[object]:
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise InvalidInput(f"must be a list, not {type(values).__name__}", field=field)  # pyright: ignore[reportUnknownArgumentType]
    return list(cast("Iterable[object]", values))


def _label(value: object, *, field: str) -> str:
    if not isinstance(value, str):
        raise InvalidInput(f"must be a string, not {type(value).__name__}", field=field)
    if len(value) > _LABEL_LIMIT:
        raise InvalidInput(f"must be at most {_LABEL_LIMIT} characters, not {len(value)}", field=field)
    return plain_text(value, field=field)


def _labels(path: object, *, field: str) -> tuple[str, ...]:
    return tuple(_label(label, field=f"{field}[{number}]") for number, label in enumerate(_listed(path, field=field)))


def _keys(keys: object, *, field: str) -> list[ItemKey]:
    found: list[ItemKey] = []
    for number, one in enumerate(_listed(keys, field=field)):
        here = f"{field}[{number}]"
        parts = _listed(one, field=here)
        if len(parts) != 2:
            raise InvalidInput("must be a path and a key", field=here)
        found.append((_labels(parts[0], field=f"{here}.path"), _label(parts[1], field=f"{here}.key")))
    return found
