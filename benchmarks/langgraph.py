"""What LangGraph's stores cost side by side, and what the memory nodes add to a step, in one run on one machine.

Run ``python -m benchmarks.langgraph [--sizes 1000,10000,50000] [--quick] [--store URL]``. See ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore, PutOp
from langgraph.store.memory import InMemoryStore
from langgraph.store.sqlite import SqliteStore

from memos_integrations import MemOS, Scope, Settings
from memos_integrations.embeddings import CallableEmbedder
from memos_integrations.langgraph import MemoryState, MemOSStore, recall, remember

_DIMENSION = 256
_WORDS = [
    f"{a}{b}"
    for a in ("ka", "lo", "mi", "ne", "pu", "ra", "so", "ti", "vu", "ze")
    for b in ("ban", "der", "fin", "gol", "hum", "jet", "kol")
]
_NAMESPACES = 50
_vectors: dict[str, list[float]] = {}


def embed(texts: list[str]) -> list[list[float]]:
    """Vectors of words, added up; known ones are looked up, so that embedding is on nobody's clock."""
    for text in texts:
        if text not in _vectors:
            _vectors[text] = _vector(text)
    return [_vectors[text] for text in texts]


def _vector(text: str) -> list[float]:
    total = np.zeros(_DIMENSION)
    for word in text.split():
        total += np.random.default_rng(zlib.crc32(word.encode())).standard_normal(_DIMENSION)
    return [float(x) for x in total / (np.linalg.norm(total) or 1.0)]


@dataclass
class Times:
    """Medians in milliseconds, by what was done: of the time that passed, and of the processor's."""

    name: str
    load_s: float = 0.0
    median: dict[str, float] = field(default_factory=dict)
    work: dict[str, float] = field(default_factory=dict)


def texts(size: int) -> list[str]:
    """Notes of eight words."""
    draw = random.Random(7)
    return [" ".join(draw.choices(_WORDS, k=8)) for _ in range(size)]


@contextmanager
def ours(**options: Any) -> Iterator[BaseStore]:
    with tempfile.TemporaryDirectory() as folder, MemOS(Path(folder) / "m.db", embedder=CallableEmbedder(embed)) as memory:
        yield MemOSStore(memory, **options)


@contextmanager
def in_memory() -> Iterator[BaseStore]:
    yield InMemoryStore(index={"dims": _DIMENSION, "embed": embed, "fields": ["text"]})


@contextmanager
def sqlite() -> Iterator[BaseStore]:
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "s.db", check_same_thread=False, isolation_level=None)
        store = SqliteStore(connection)
        store.setup()
        yield store
        connection.close()


_SIDES: dict[str, tuple[Callable[..., Any], bool]] = {
    "MemOSStore": (lambda: ours(index={"fields": ["text"]}), True),
    "MemOSStore, 50 partitions": (lambda: ours(index={"fields": ["text"]}, partition=2), True),
    "MemOSStore, index=False": (lambda: ours(index=False), False),
    "InMemoryStore": (in_memory, True),
    "SqliteStore": (sqlite, False),
}


def load(store: BaseStore, notes: list[str]) -> float:
    """Fill a store. Returns seconds."""
    begun = time.perf_counter()
    for start in range(0, len(notes), 500):
        some = enumerate(notes[start : start + 500], start)
        store.batch([PutOp(("docs", str(i % _NAMESPACES)), str(i), {"text": text, "n": i}) for i, text in some])
    return time.perf_counter() - begun


def calls(store: BaseStore, searches: bool, notes: list[str], queries: list[str], picks: list[int]) -> dict[str, Callable[[int], object]]:
    """What is measured."""
    found: dict[str, Callable[[int], object]] = {
        "get": lambda i: store.get(("docs", str(picks[i] % _NAMESPACES)), str(picks[i])),
        "put": lambda i: store.put(("docs", str(picks[i] % _NAMESPACES)), str(picks[i]), {"text": notes[picks[i]], "n": i}),
        "list": lambda i: store.search(("docs",), limit=10),
        "filter": lambda i: store.search(("docs",), filter={"n": {"$lt": 50}}, limit=10),
        "namespaces": lambda i: store.list_namespaces(prefix=("docs",)),
    }
    if searches:
        found["search"] = lambda i: store.search(("docs",), query=queries[i], limit=10)
        found["search in one"] = lambda i: store.search(("docs", "7"), query=queries[i], limit=10)
    return found


@contextmanager
def ours_at(url: str) -> Iterator[BaseStore]:
    """Ours on a server, in an app of its own, which is removed afterwards."""
    with MemOS(url, embedder=CallableEmbedder(embed), settings=Settings(worker="off")) as memory:
        scope = Scope(app_id=f"benchmark-{uuid.uuid4().hex}", agent_id="store")
        try:
            yield MemOSStore(memory, index={"fields": ["text"]}, scope=scope)
        finally:
            memory.delete_namespace(scope=scope)


def measure(notes: list[str], repeat: int) -> list[Times]:
    """All stores at one size, each call of all in turn: whatever else the machine does, it does to all."""
    draw = random.Random(3)
    picks = [draw.randrange(len(notes)) for _ in range(repeat)]
    queries = [" ".join(draw.choices(_WORDS, k=3)) for _ in range(repeat)]
    embed(queries)
    with ExitStack() as stack:
        stores = {name: stack.enter_context(open_store()) for name, (open_store, _) in _SIDES.items()}
        times = [Times(name, load(store, notes)) for name, store in stores.items()]
        ready = [calls(stores[name], searches, notes, queries, picks) for name, (_, searches) in _SIDES.items()]
        for what in ready[0]:
            took: list[list[float]] = [[] for _ in ready]
            worked: list[list[float]] = [[] for _ in ready]
            begun = time.perf_counter()
            for i in range(repeat):
                for side, samples, work in zip(ready, took, worked, strict=True):
                    if what in side:
                        if not i:
                            side[what](0)
                        start, cpu = time.perf_counter(), time.process_time()
                        side[what](i)
                        work.append((time.process_time() - cpu) * 1000)
                        samples.append((time.perf_counter() - start) * 1000)
                if i > 3 and time.perf_counter() - begun > 60:
                    break
            for one, samples, work in zip(times, took, worked, strict=True):
                if samples:
                    one.median[what] = statistics.median(samples)
                    one.work[what] = statistics.median(work)
    return times


def stores(sizes: list[int], repeat: int) -> None:
    """A table a size."""
    for size in sizes:
        notes = texts(size)
        embed(notes)
        found = measure(notes, repeat)
        what = ["get", "put", "search", "search in one", "list", "filter", "namespaces"]
        for title, pick in (("time", lambda one: one.median), ("processor time", lambda one: one.work)):
            print(f"\n{size:,} items in {_NAMESPACES} namespaces: {title} (median, ms; in brackets: times MemOSStore)\n")
            print("| store | load, s | " + " | ".join(what) + " |")
            print("|---|---|" + "---|" * len(what))
            for one in found:
                cells = [_cell(pick(one).get(each), pick(found[0]).get(each)) for each in what]
                print(f"| {one.name} | {one.load_s:.1f} | " + " | ".join(cells) + " |", flush=True)


def _cell(value: float | None, base: float | None) -> str:
    if value is None or base is None:
        return "–"
    return f"{value:.3g} ({value / base:.2g})" if base else f"{value:.3g}"


def nodes(turns: int) -> None:
    """What recall and remember add to a step of a graph."""

    def answer(state: MemoryState) -> dict[str, Any]:
        return {"messages": [AIMessage(f"Answer {len(state['messages'])}")]}

    def graph(*around: Any) -> Any:
        builder = StateGraph(MemoryState)
        before, after = around or (lambda state: {}, lambda state: {})
        for name, node in (("recall", before), ("answer", answer), ("remember", after)):
            builder.add_node(name, node)
        builder.add_edge(START, "recall")
        builder.add_edge("recall", "answer")
        builder.add_edge("answer", "remember")
        return builder.compile()

    options: Any = {"embedder": CallableEmbedder(embed), "settings": Settings(worker="off")}
    with tempfile.TemporaryDirectory() as folder, MemOS(Path(folder) / "m.db", **options) as memory:
        for start, note in enumerate(texts(turns)):
            memory.add_message({"role": "user", "content": note}, user_id="alice", conversation_id=f"c{start // 20}")
        bare, remembering = graph(), graph(recall(memory), remember(memory))
        draw = random.Random(5)
        took: dict[str, list[float]] = {"without": [], "with": []}
        worked: dict[str, list[float]] = {"without": [], "with": []}
        for i in range(40):
            words = " ".join(draw.choices(_WORDS, k=5))
            embed([words])
            for name, one in (("without", bare), ("with", remembering)):
                config: Any = {"configurable": {"user_id": "alice", "thread_id": f"t{i}"}}
                begun, cpu = time.perf_counter(), time.process_time()
                one.invoke({"messages": [HumanMessage(words)]}, config)
                worked[name].append((time.process_time() - cpu) * 1000)
                took[name].append((time.perf_counter() - begun) * 1000)
        print(f"\nA run of three steps over {turns:,} turns (median, ms; in brackets: processor time)\n")
        for name, samples in took.items():
            print(f"- {name} recall and remember: {statistics.median(samples):.1f} ({statistics.median(worked[name]):.1f})")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,50000")
    parser.add_argument("--quick", action="store_true", help="a few seconds")
    parser.add_argument(
        "--store", metavar="URL", help="MemOSStore there too, such as weaviate://127.0.0.1:8080, and nothing but the stores"
    )
    options = parser.parse_args()
    if options.store:
        _SIDES["MemOSStore there"] = (lambda: ours_at(options.store), True)
    sizes = [300] if options.quick else [int(size) for size in options.sizes.split(",")]
    stores(sizes, 5 if options.quick else 30)
    if not options.store:
        nodes(200 if options.quick else 10_000)


if __name__ == "__main__":
    main()
