"""What LangGraph's stores cost side by side, and what the memory nodes add to a step, in one run on one machine.

Run ``python -m benchmarks.langgraph [--sizes 1000,10000,50000] [--quick]``. See ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.graph import START, StateGraph
from langgraph.store.base import BaseStore, PutOp
from langgraph.store.memory import InMemoryStore
from langgraph.store.sqlite import SqliteStore

from memos_integrations import MemOS, Settings
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
    return [_vectors.setdefault(text, _vector(text)) for text in texts]


def _vector(text: str) -> list[float]:
    total = np.zeros(_DIMENSION)
    for word in text.split():
        total += np.random.default_rng(zlib.crc32(word.encode())).standard_normal(_DIMENSION)
    return [float(x) for x in total / (np.linalg.norm(total) or 1.0)]


@dataclass
class Times:
    """Milliseconds, by what was done."""

    name: str
    load_s: float = 0.0
    median: dict[str, float] = field(default_factory=dict)


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


def measure(name: str, open_store: Callable[..., Any], searches: bool, notes: list[str], repeat: int) -> Times:
    """One store at one size."""
    times = Times(name)
    with open_store() as store:
        begun = time.perf_counter()
        for start in range(0, len(notes), 500):
            store.batch(
                [
                    PutOp(("docs", str((start + i) % _NAMESPACES)), str(start + i), {"text": text, "n": start + i})
                    for i, text in enumerate(notes[start : start + 500])
                ]
            )
        times.load_s = time.perf_counter() - begun
        draw = random.Random(3)
        picks = [draw.randrange(len(notes)) for _ in range(repeat)]
        queries = [" ".join(draw.choices(_WORDS, k=3)) for _ in range(repeat)]
        embed(queries)
        calls: dict[str, Callable[[int], object]] = {
            "get": lambda i: store.get(("docs", str(picks[i] % _NAMESPACES)), str(picks[i])),
            "put": lambda i: store.put(("docs", str(picks[i] % _NAMESPACES)), str(picks[i]), {"text": notes[picks[i]], "n": i}),
            "list": lambda i: store.search(("docs",), limit=10),
            "filter": lambda i: store.search(("docs",), filter={"n": {"$lt": 50}}, limit=10),
            "namespaces": lambda i: store.list_namespaces(prefix=("docs",)),
        }
        if searches:
            calls["search"] = lambda i: store.search(("docs",), query=queries[i], limit=10)
            calls["search in one"] = lambda i: store.search(("docs", "7"), query=queries[i], limit=10)
        for what, call in calls.items():
            call(0)
            took: list[float] = []
            for i in range(repeat):
                begun = time.perf_counter()
                call(i)
                took.append((time.perf_counter() - begun) * 1000)
                if sum(took) > 20_000:
                    break
            times.median[what] = statistics.median(took)
    return times


def stores(sizes: list[int], repeat: int) -> None:
    """A table a size."""
    for size in sizes:
        notes = texts(size)
        embed(notes)
        found = [measure(name, open_store, searches, notes, repeat) for name, (open_store, searches) in _SIDES.items()]
        what = ["get", "put", "search", "search in one", "list", "filter", "namespaces"]
        print(f"\n{size:,} items in {_NAMESPACES} namespaces (median, ms; in brackets: times MemOSStore)\n")
        print("| store | load, s | " + " | ".join(what) + " |")
        print("|---|---|" + "---|" * len(what))
        for one in found:
            cells = [_cell(one.median.get(each), found[0].median.get(each)) for each in what]
            print(f"| {one.name} | {one.load_s:.1f} | " + " | ".join(cells) + " |")


def _cell(value: float | None, base: float | None) -> str:
    if value is None or base is None:
        return "–"
    return f"{value:.3g} ({value / base:.2g})"


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
        for i in range(40):
            words = " ".join(draw.choices(_WORDS, k=5))
            embed([words])
            for name, one in (("without", bare), ("with", remembering)):
                config: Any = {"configurable": {"user_id": "alice", "thread_id": f"t{i}"}}
                begun = time.perf_counter()
                one.invoke({"messages": [HumanMessage(words)]}, config)
                took[name].append((time.perf_counter() - begun) * 1000)
        without, with_ = statistics.median(took["without"]), statistics.median(took["with"])
        print(f"\nA run of three steps over {turns:,} turns: {without:.1f} ms without memory, {with_:.1f} ms with recall and remember")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,10000,50000")
    parser.add_argument("--quick", action="store_true", help="a few seconds")
    options = parser.parse_args()
    sizes = [300] if options.quick else [int(size) for size in options.sizes.split(",")]
    stores(sizes, 5 if options.quick else 30)
    nodes(200 if options.quick else 10_000)


if __name__ == "__main__":
    main()
