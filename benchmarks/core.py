"""How long an acknowledged add and a search take, against peers, in one run on one machine.

Run ``python -m benchmarks.core [--quick] [--large] [--learn] [--sizes 1000,10000]``. See ``benchmarks/README.md``.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from memos_integrations import MemOS, Settings
from memos_integrations.stores.base import Batch, Record, SearchQuery
from memos_integrations.stores.sqlite import SQLiteStore

from .peers import LIMIT, Chroma, KnownVectors, LangGraph, Mem0, OurClient, OurStore, Side, SQLiteAlone, missing

_DIMENSION = 256
_T = TypeVar("_T")


class PowerStore(OurStore):
    name = "store, durability=power"
    durability = "power"


class PowerClient(OurClient):
    name = "MemOS, durability=power"
    durability = "power"


_SIDES: tuple[type[Side], ...] = (SQLiteAlone, OurStore, PowerStore, OurClient, PowerClient, LangGraph, Chroma, Mem0)


@dataclass
class Result:
    name: str
    add: list[float]
    search: list[float]


def texts(count: int, seed: int) -> list[str]:
    """Sentences with a vocabulary of Zipf's shape."""
    chance = random.Random(seed)
    words = [f"{a}{b}{c}" for a in ("ta", "ri", "mo", "kel", "su", "fan", "ob", "ne") for b in "aeiou" for c in _ENDINGS]
    weights = [1 / (i + 1) for i in range(len(words))]
    return [" ".join(chance.choices(words, weights, k=12)) for _ in range(count)]


_ENDINGS = ("n", "l", "rk", "st", "d", "mp", "sh", "lt", "g", "nd", "v", "rt", "b", "x", "ck", "ph", "w", "zz", "th", "p")


def clocked(call: Callable[[_T], object], values: Sequence[_T]) -> list[float]:
    """Seconds that the call takes with each value."""
    found: list[float] = []
    for value in values:
        begin = time.perf_counter()
        call(value)
        found.append(time.perf_counter() - begin)
    return found


def point(values: Sequence[float], share: float) -> float:
    """A percentile in milliseconds."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def measure(side: type[Side], size: int, calls: int) -> Result:
    """One side with ``size`` memories of one user."""
    embedder = KnownVectors(_DIMENSION)
    stored, added, asked = texts(size, 1), texts(calls, 2), texts(calls, 3)
    embedder.embed_documents([*stored, *added, *asked])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        one = side(Path(folder), embedder)
        try:
            one.fill(stored)
            assert one.search(asked[0]) >= LIMIT, f"{side.name} found too little"
            search = clocked(one.search, asked)
            add = clocked(one.add, added)
        finally:
            one.close()
    return Result(side.name, add, search)


def table(results: Sequence[Result], size: int) -> None:
    """Milliseconds, and how many times ours."""
    base = {r.name: r for r in results}["MemOS"]
    own_add, own_search = statistics.median(base.add), statistics.median(base.search)
    print(f"\n{size:,} memories of one user (ms; x: times MemOS's median)\n")
    print("| side | add p50 | p95 | x | search p50 | p95 | x |\n|---|---|---|---|---|---|---|")
    for r in results:
        add, search = statistics.median(r.add), statistics.median(r.search)
        print(
            f"| {r.name} | {add * 1e3:.3f} | {point(r.add, 0.95):.3f} | {add / own_add:.2f} "
            f"| {search * 1e3:.3f} | {point(r.search, 0.95):.3f} | {search / own_search:.2f} |",
            flush=True,
        )


def spread(store: SQLiteStore, users: int, each: int) -> None:
    """Fill a file with many users' memories, in turns, so that no user's lie side by side."""
    chance = np.random.default_rng(5)
    pool = texts(5000, 4)
    per_batch = 10
    for at in range(0, each, per_batch):
        for first in range(0, users, 100):
            matrix = chance.standard_normal((100 * per_batch, _DIMENSION), dtype=np.float32)
            store.commit(
                Batch(
                    put=tuple(
                        _large(f"u{first + i % 100}", at + i // 100, pool[int(row[0] * 1e6) % len(pool)], row)
                        for i, row in enumerate(matrix)
                        if first + i % 100 < users
                    )
                )
            )


def _large(user: str, number: int, text: str, row: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Record:
    return Record(
        id=f"{user}-{number}",
        namespace=user,
        kind="episode",
        text=text,
        terms=tuple(text.split()),
        vectors=(row.tolist(),),
        space="s",
        conversation="c",
        order=number,
    )


def ask(store: SQLiteStore, users: Sequence[str], calls: int, seed: int) -> list[float]:
    """Seconds of hybrid searches, one user after the other."""
    chance = random.Random(seed)
    asked = texts(calls, seed)
    queries = [
        SearchQuery(
            (users[i % len(users)],),
            terms=tuple(asked[i].split()),
            vector=[chance.gauss(0, 1) for _ in range(_DIMENSION)],
            space="s",
            limit=LIMIT,
        )
        for i in range(calls)
    ]
    return clocked(store.search, queries)


def large(calls: int, users: int) -> None:
    """Our store at sizes that take a while to fill."""
    print("\n| our store, hybrid search | first (ms) | warm p50 | warm p95 |\n|---|---|---|---|")

    def line(name: str, first: Sequence[float], warm: Sequence[float]) -> None:
        print(f"| {name} | {point(first, 0.5):.2f} | {point(warm, 0.5):.3f} | {point(warm, 0.95):.3f} |", flush=True)

    for count, each, name in ((1, 1000, "1,000 alone"), (1, 50_000, "50,000 of one user"), (users, 1000, f"1,000 among {users * 1000:,}")):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            store = SQLiteStore(Path(folder) / "large.db")
            try:
                begin = time.perf_counter()
                spread(store, count, each)
                filled = time.perf_counter() - begin
                chosen = [f"u{i}" for i in range(0, count, max(1, count // 20))]
                first = ask(store, chosen, len(chosen), 6)
                ask(store, chosen, calls * len(chosen), 7)  # warm: as many other questions to each user before
                line(name, first, ask(store, chosen, calls * 2, 8))
                print(f"<!-- filled with {count * each / filled:,.0f} records/s -->", flush=True)
            finally:
                store.close()


def learn(counts: Sequence[int]) -> None:
    """One call with many messages that are full of facts, and the learning behind it."""
    print("\n| messages in one call | acknowledged (s) | learnt (s) | memories | ms each |\n|---|---|---|---|---|")
    for count in counts:
        settings = Settings(worker="off")
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            MemOS(str(Path(folder) / "learn.db"), embedder=None, settings=settings) as memory,
        ):
            said = [{"role": "user", "content": text} for text in told(count, 9)]
            begin = time.perf_counter()
            memory.add_message(said, user_id="u", conversation_id="c")
            acknowledged = time.perf_counter() - begin
            begin = time.perf_counter()
            memory.drain()
            learnt = time.perf_counter() - begin
            held = sum(row.memories.get(kind, 0) for row in memory.namespaces() for kind in ("fact", "preference"))
            print(f"| {count:,} | {acknowledged:.2f} | {learnt:.1f} | {held:,} | {learnt / count * 1e3:.1f} |", flush=True)


def told(count: int, seed: int) -> list[str]:
    """Sentences that each hold a fact or a preference, about things that hardly repeat."""
    chance = random.Random(seed)

    def name() -> str:
        return "".join(chance.choices(("ka", "lo", "mi", "ren", "tos", "vel", "dra", "ni", "sho", "lin", "gor", "fu"), k=3)).capitalize()

    return [chance.choice(_TOLD).format(name(), name(), chance.randint(1000, 9999)) for _ in range(count)]


_TOLD = (
    "My colleague {0} lives in {1}.",
    "I have a dog called {0}.",
    "My sister {0} works at {1}.",
    "I bought a {0} from {1} last week.",
    "I love {0} with {1}.",
    "I hate {0}.",
    "I'm allergic to {0}.",
    "My boss is {0}.",
    "I'm learning {0}.",
    "We moved to {0} in 2019.",
    "I own a {0}.",
    "My daughter {0} goes to {1} school.",
    "I prefer {0} over {1}.",
    "I play {0} every Tuesday.",
    "I'm planning a trip to {0} in June.",
    "My phone number ends with {2}.",
    "I work as a {0} at {1}.",
)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 memories and 50 calls")
    parser.add_argument("--large", action="store_true", help="also 50,000 of one user and 1,000,000 of 1,000 users, ours only")
    parser.add_argument("--learn", action="store_true", help="also how long learning from 1,000 to 10,000 messages takes")
    parser.add_argument("--users", type=int, default=1000, help="users of --large, with 1,000 memories each")
    parser.add_argument("--sizes", default="1000,10000", help="numbers of memories of one user")
    args = parser.parse_args()
    sizes = [1000] if args.quick else [int(s) for s in str(args.sizes).split(",") if s]
    calls = 50 if args.quick else 200
    absent = [s.name for s in _SIDES if missing(s)]
    if absent:
        print(f"Not installed, left out: {', '.join(absent)} (pip install -r benchmarks/requirements.txt)")
    for size in sizes:
        table([measure(side, size, calls) for side in _SIDES if not missing(side)], size)
    if args.large:
        large(calls, args.users)
    if args.learn:
        learn((1000, 2000, 5000, 10_000))


if __name__ == "__main__":
    main()
