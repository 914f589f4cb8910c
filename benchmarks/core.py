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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5

from memos_integrations import MemOS, Scope, Settings
from memos_integrations.core.scopes import namespace_of
from memos_integrations.core.text import index_terms
from memos_integrations.stores.base import Batch, NamespaceRow, Record, ScanQuery, SearchQuery
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


def turns(embedder: KnownVectors) -> list[Record]:
    """A thousand turns of one user as the store holds them, in the order in which they were said."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        one = OurClient(Path(folder), embedder)
        try:
            one.fill(texts(1000, 4))
        finally:
            one.close()
        store = SQLiteStore(Path(folder) / "whole.db")
        try:
            query = ScanQuery((namespace_of(Scope(user_id="u")),), kinds=("episode",), sort="order", limit=1000, with_index=True)
            return list(store.scan(query).records)
        finally:
            store.close()


def spread(store: SQLiteStore, of_one: Sequence[Record], users: int, each: int) -> None:
    """Fill a file with many users' memories, in turns, so that no user's lie side by side."""
    for first in range(0, each, _TOGETHER):
        said = [replace(of_one[i % len(of_one)], conversation=f"c{i // 20}", order=i) for i in range(first, first + _TOGETHER)]
        for user in range(users):
            name = f"u{user}"
            namespace = namespace_of(Scope(user_id=name))
            put = tuple(replace(r, namespace=namespace, id=str(uuid5(NAMESPACE_URL, f"{name}/{r.order}"))) for r in said)
            store.commit(Batch(put=put, namespaces=(NamespaceRow(namespace, {"app_id": "default", "user_id": name}),)))


_TOGETHER = 10


def large(calls: int, users: int) -> None:
    """Ours at sizes that take a while to fill: the store's hybrid call, and the whole recall."""
    embedder = KnownVectors(_DIMENSION)
    asked = texts(calls * 2, 6)
    embedder.embed_documents(asked)
    of_one = turns(embedder)
    print("\n| memories | store, first (ms) | warm p50 | p95 | search_memory, first (ms) | warm p50 | p95 |\n|---|---|---|---|---|---|---|")
    for count, each, name in ((1, 1000, "1,000 alone"), (1, 50_000, "50,000 of one user"), (users, 1000, f"1,000 among {users * 1000:,}")):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = Path(folder) / "large.db"
            MemOS(str(path), embedder=embedder, settings=Settings(worker="off")).close()  # the file knows its embedder
            store = SQLiteStore(path)
            begin = time.perf_counter()
            spread(store, of_one, count, each)
            filled = time.perf_counter() - begin
            store.close()
            chosen = [f"u{i}" for i in range(0, count, max(1, count // 20))]
            figures = [*_of_store(path, embedder, of_one[0].space, chosen, asked), *_of_client(path, embedder, chosen, asked)]
            print(f"| {name} | {' | '.join(f'{figure:.3f}' for figure in figures)} |", flush=True)
            print(f"<!-- filled with {count * each / filled:,.0f} records/s -->", flush=True)


def _of_store(
    path: Path, embedder: KnownVectors, space: str | None, users: Sequence[str], asked: Sequence[str]
) -> tuple[float, float, float]:
    store = SQLiteStore(path)

    def search(user: str, text: str) -> object:
        vector = embedder.embed_query(text)
        namespaces = (namespace_of(Scope(user_id=user)),)
        return store.search(SearchQuery(namespaces, terms=index_terms(text), vector=vector, space=space, limit=LIMIT))

    try:
        return _cold_and_warm(search, users, asked)
    finally:
        store.close()


def _of_client(path: Path, embedder: KnownVectors, users: Sequence[str], asked: Sequence[str]) -> tuple[float, float, float]:
    with MemOS(str(path), embedder=embedder, settings=Settings(worker="off")) as memory:
        return _cold_and_warm(lambda user, text: memory.search_memory(text, user_id=user, limit=LIMIT), users, asked)


def _cold_and_warm(search: Callable[[str, str], object], users: Sequence[str], asked: Sequence[str]) -> tuple[float, float, float]:
    """Milliseconds of the first search of each user, and of later ones with other questions (median and p95)."""

    def once(at: int) -> object:
        return search(users[at % len(users)], asked[at // len(users)])

    half = len(users) * len(asked) // 2
    first = clocked(once, range(len(users)))
    clocked(once, range(len(users), half))  # warm: each user has asked as many other questions before
    warm = clocked(once, range(half, 2 * half))
    return point(first, 0.5), point(warm, 0.5), point(warm, 0.95)


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
