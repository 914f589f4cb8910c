"""What is known in a namespace while something is learnt: found by its place, and held from task to task."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from threading import Lock

from ..core.candidates import Candidate
from ..core.derived import Derived
from ..core.events import Signal
from ..core.records import to_memory
from ..core.slots import domain
from ..core.text import normalise
from ..stores.base import NamespaceRow, Record, ScanQuery
from ..types import Fact, Preference
from .context import Context

__all__ = ["Known", "KnownCache"]

_HELD = 16_384  # memories that are held between tasks, of all namespaces


class Known:
    """The active facts and preferences of a namespace, in the order in which they came to be known.

    Attributes:
        forgotten: When something was forgotten, by the keyed hash that names it.
        signals: What events showed, by key.
        row: The registry's as it was before the memories were read.
    """

    def __init__(self, row: NamespaceRow | None = None) -> None:
        self.row = row
        self.forgotten: dict[str, int] = {}
        self.signals: dict[str, list[Signal]] = {}
        self._memories: dict[str, Derived] = {}
        self._order: dict[str, int] = {}
        self._next = 0
        self._places: dict[tuple[str, str], dict[str, None]] = {}
        self._turns: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._memories)

    def __iter__(self) -> Iterator[Derived]:
        return iter(self._memories.values())

    def get(self, id: str) -> Derived | None:
        """A memory, if it is active."""
        return self._memories.get(id)

    def put(self, memory: Derived) -> None:
        """Add a memory, or another state of it."""
        old = self._memories.get(memory.id)
        if old is None:
            self._order[memory.id] = self._next
            self._next += 1
        else:
            self._leave(old)
        self._memories[memory.id] = memory
        self._places.setdefault(_place(memory), {})[memory.id] = None
        for evidence in memory.evidence:
            self._turns.setdefault(evidence.episode, {})[memory.id] = None

    def drop(self, id: str) -> None:
        """A memory is not active any more."""
        memory = self._memories.pop(id, None)
        if memory is not None:
            del self._order[id]
            self._leave(memory)

    def _leave(self, memory: Derived) -> None:
        self._places[_place(memory)].pop(memory.id, None)
        for turn in {evidence.episode for evidence in memory.evidence}:
            held = self._turns[turn]
            held.pop(memory.id, None)
            if not held:
                del self._turns[turn]

    def become(self, other: Known) -> None:
        """Take over what another one knows."""
        self.row = other.row
        self.forgotten, self._memories, self._order = other.forgotten, other._memories, other._order
        self._next, self._places, self._turns = other._next, other._places, other._turns

    def read(self, record: Record) -> None:
        """Take in a fact, a preference or a tombstone of any status."""
        if record.kind == "tombstone":
            keys = record.payload.get("keys")
            for key in keys if isinstance(keys, list) else []:
                self.forgotten[str(key)] = max(self.forgotten.get(str(key), 0), record.valid_to or 0)
            return
        memory = to_memory(record)
        if memory.status != "active":
            self.drop(memory.id)
        elif isinstance(memory, Fact | Preference):
            self.put(memory)

    def twin(self, candidate: Candidate) -> Derived | None:
        """What a shown preference only bears out once more."""
        if candidate.kind != "preference" or candidate.origin != "implicit" or not candidate.beside:
            return None
        thing = normalise(candidate.object)
        for memory in self._at(("preference", domain(candidate.slot)), ()):
            if not isinstance(memory, Preference) or (memory.polarity, memory.slot) != (candidate.polarity, candidate.slot):
                continue
            if memory.condition == candidate.condition and normalise(memory.object) == thing:
                return memory
        return None

    def of_turn(self, episode: str) -> list[Derived]:
        """What was learnt from a turn, in order."""
        return [self._memories[id] for id in sorted(self._turns.get(episode, ()), key=self._order.__getitem__)]

    def near(self, candidate: Candidate, also: Iterable[str]) -> list[Derived]:
        """Those that a candidate could repeat or contradict: by slot or attribute, or found by search."""
        place = domain(candidate.slot) if candidate.kind == "preference" else candidate.attribute
        return self._at((candidate.kind, place), also)

    def of_places(self, places: Iterable[tuple[str, str]]) -> list[Derived]:
        """Those of some kinds and domains or attributes, in order."""
        ids = [id for place in places for id in self._places.get(place, ())]
        return [self._memories[id] for id in sorted(ids, key=self._order.__getitem__)]

    def _at(self, place: tuple[str, str], also: Iterable[str]) -> list[Derived]:
        """What is known of a place, and some others, in order."""
        ids = {*self._places.get(place, ()), *(id for id in also if id in self._memories)}
        return [self._memories[id] for id in sorted(ids, key=self._order.__getitem__)]


def _place(memory: Derived) -> tuple[str, str]:
    return ("preference", domain(memory.slot)) if isinstance(memory, Preference) else ("fact", memory.attribute)


class KnownCache:
    """What is known, read once and brought up to date with what was written since, where the store tells that."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._held: OrderedDict[str, Known] = OrderedDict()
        self._lock = Lock()

    def take(self, namespace: str) -> Known:
        """What is known now. The caller has it for himself until he gives it back by ``keep``."""
        with self._lock:
            known = self._held.pop(namespace, None)
        if known is None or known.row is None:
            return self.read(namespace)
        row = self._row(namespace)
        if row is None or row.epoch != known.row.epoch:
            return self.read(namespace)
        kinds = ("fact", "preference", "tombstone")
        query = ScanQuery(namespaces=(namespace,), kinds=kinds, statuses=(), since=known.row.version, limit=1000)
        known.row = row
        for record in self._context.scan_all(query):
            known.read(record)
        return known

    def read(self, namespace: str) -> Known:
        """What is known now, read anew."""
        known = Known(self._row(namespace))
        for kinds in (("fact", "preference"), ("tombstone",)):
            for record in self._context.scan_all(ScanQuery(namespaces=(namespace,), kinds=kinds, limit=1000)):
                known.read(record)
        return known

    def keep(self, namespace: str, known: Known) -> None:
        """Give back what was taken, with all that was committed meanwhile and nothing else."""
        if known.row is None:
            return
        known.signals.clear()  # events are added without it
        with self._lock:  # in ``inline`` mode each caller's thread learns
            self._held[namespace] = known
            while sum(len(held) for held in self._held.values()) > _HELD:
                self._held.popitem(last=False)

    def _row(self, namespace: str) -> NamespaceRow | None:
        """The registry's row of a namespace, if its store tells versions."""
        return next((row for row in self._context.store.namespaces([namespace]) if row.version is not None), None)
