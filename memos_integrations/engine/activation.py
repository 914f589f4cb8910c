"""What is held ready for a view without a search: the rendered head, the registry, and its preferences, read and waiting for a query."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..core.applicability import Concern, concerned, read_preference, reads, wishes_of
from ..core.cases import Case, case_topic, met
from ..core.head import Head, render_head
from ..core.learnt.applies import Said, Wishes
from ..core.records import to_memory
from ..core.scopes import View
from ..stores.base import NamespaceRow, Record, ScanQuery, SearchResult, Where
from ..types import Preference
from .context import Context

__all__ = ["Activation", "Weighed"]

_HEADS = 1024
_VIEWS = 64
_SAID = 8192
_PREFERENCES = 500  # of a view: the newest; older ones are found by search
_ENDED = ("active", "superseded", "merged", "archived")

T = TypeVar("T")


class _Held(Generic[T]):
    """What was made last, by what it was made of."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[tuple[object, ...], T] = OrderedDict()

    def get(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """What is held under a key that names the versions it was made of, or made anew."""
        value = self._values.pop(key, None)
        if value is None:
            value = make()
        self._values[key] = value
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return value


@dataclass(frozen=True)
class _Ready:
    """The preferences of a view, newest first."""

    records: Mapping[str, Record]
    preferences: tuple[Preference, ...]
    wishes: Wishes
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class _Mark:
    """Of a namespace: the version and epoch it was seen at, and the version at which its preferences had last changed."""

    version: int
    epoch: int | None
    changed: int


@dataclass(frozen=True)
class Weighed:
    """Preferences beside a query.

    Attributes:
        concerns: How likely each concerns it, the likeliest first.
        cases: The orders whose case it is, the nearest first, with their nearness.
        records: The same as stored, by id.
    """

    concerns: tuple[Concern, ...]
    cases: tuple[tuple[Preference, float], ...]
    records: Mapping[str, Record]


class Activation:
    """Held for each view until something is written there."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._heads: _Held[Head] = _Held(_HEADS)
        self._rows: _Held[list[NamespaceRow]] = _Held(_HEADS)
        self._ready: _Held[_Ready] = _Held(_VIEWS)
        self._said: _Held[Said] = _Held(_SAID)
        self._marks: OrderedDict[str, _Mark] = OrderedDict()
        self._sets: _Held[Wishes] = _Held(_VIEWS)

    def registry(self, view: View, found: SearchResult) -> list[NamespaceRow]:
        """What the registry says of a view's namespaces."""
        return self._rows.get(_key(view, found), lambda: self._context.store.namespaces(view.reads))

    def head(self, view: View, found: SearchResult, budget: int, as_of: int | None, conversation: str | None) -> Head:
        """The rendered head."""
        key = (*self._state(view, found), budget, as_of, conversation)
        return self._heads.get(key, lambda: self._render(view, budget, as_of, conversation))

    def _render(self, view: View, budget: int, as_of: int | None, conversation: str | None) -> Head:
        memories = [to_memory(record) for record in self._scan(view, as_of, _standing)]
        preferences = [m for m in memories if isinstance(m, Preference) and (m.lasting or m.conversation_id == conversation)]
        return render_head(preferences, max_tokens=max(1, budget), count=self._context.count)

    def wishes(
        self, view: View, found: SearchResult, query: str, vector: Sequence[float] | None, *, as_of: int | None, where: Where
    ) -> Weighed:
        """The preferences of a view beside a query.

        Args:
            view: Whose preferences.
            found: What a search of the view found just now; tells its version.
            query: What is asked.
            vector: Its vector, if there is one.
            as_of: As in ``ScanQuery``.
            where: Preferences that it refuses are left out.
        """
        ready = self._ready.get((*self._state(view, found), as_of), lambda: self._read_all(view, as_of))
        allowed = {id for id, record in ready.records.items() if where(record)}
        concerns = concerned(ready.preferences, ready.wishes, query, vector) if allowed else []
        open_cases = [case for case in ready.cases if case.preference.id in allowed]
        fitting = {concern.preference.id: concern.order for concern in concerns}
        cases = met(open_cases, query, vector, fitting=fitting, calibrated=reads(self._context.space))
        return Weighed(tuple(c for c in concerns if c.preference.id in allowed), tuple(cases), ready.records)

    def _state(self, view: View, found: SearchResult) -> tuple[object, ...]:
        """Names the state of the preferences of a view: most writes are turns, and leave it as it is."""
        rows = {row.key: row for row in self.registry(view, found)}
        return (view.own, *(self._changed(rows[name], found.versions.get(name)) if name in rows else None for name in view.own))

    def _changed(self, row: NamespaceRow, version: int | None) -> int | None:
        """The version at which the preferences of a namespace were last seen to be others; without one, any write counts."""
        if row.version is None:
            return version if row.preferences is None else row.preferences
        mark = self._marks.pop(row.key, None)
        if mark is None or mark.epoch != row.epoch:
            mark = _Mark(row.version, row.epoch, row.version)
        elif row.version > mark.version:
            query = ScanQuery((row.key,), kinds=("preference",), statuses=(), since=mark.version, limit=1)
            new = bool(self._context.store.scan(query).records)
            mark = _Mark(row.version, row.epoch, row.version if new else mark.changed)
        self._marks[row.key] = mark
        while len(self._marks) > _HEADS:
            self._marks.popitem(last=False)
        return mark.changed

    def _read_all(self, view: View, as_of: int | None) -> _Ready:
        space = self._context.space
        records = sorted(self._scan(view, as_of, None, with_index=True), key=lambda r: (-r.said, r.id))
        pairs = [(record, to_memory(record)) for record in records]
        known = [(record, memory) for record, memory in pairs if isinstance(memory, Preference)][:_PREFERENCES]
        embedded = reads(space) and all(record.vectors and record.space == space for record, _ in known)
        # most writes leave the preferences as they are
        key = (embedded, *(_state_of(record) for record, _ in known))
        wishes = self._sets.get(key, lambda: wishes_of([self._read(record, memory, embedded) for record, memory in known]))
        cases = tuple(
            Case(memory, record.vectors[1] if record.space == space and len(record.vectors) > 1 else None)
            for record, memory in known
            if case_topic(memory)
        )
        return _Ready({record.id: record.but(vectors=(), terms=()) for record, _ in known}, tuple(m for _, m in known), wishes, cases)

    def _read(self, record: Record, preference: Preference, embedded: bool) -> Said:
        key = (*_state_of(record), embedded)
        return self._said.get(key, lambda: read_preference(preference, record.vectors[0] if embedded else None))

    def _scan(self, view: View, as_of: int | None, where: Where | None, *, with_index: bool = False) -> list[Record]:
        return self._context.scan_all(
            ScanQuery(
                namespaces=view.own,
                kinds=("preference",),
                statuses=("active",) if as_of is None else _ENDED,
                as_of=as_of,
                where=where,
                limit=500,
                with_index=with_index,
            )
        )


def _key(view: View, found: SearchResult) -> tuple[object, ...]:
    """Names the state of a view that was searched."""
    return (view.reads, *(found.versions.get(name) for name in view.reads))


def _state_of(record: Record) -> tuple[object, ...]:
    """Names a state of a memory. Of a namespace that was emptied and filled anew, ids and versions come again, with other words."""
    return record.namespace, record.id, record.version, record.created_at


def _standing(record: Record) -> bool:
    return record.payload.get("standing") is True
