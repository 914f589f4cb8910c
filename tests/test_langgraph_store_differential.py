"""The store answers as ``InMemoryStore`` does, but for the exceptions that are written out in ``Reference``."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from langgraph.store.base import BaseStore, GetOp, IndexConfig, ListNamespacesOp, MatchCondition, Op, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore

from memos_integrations import MemOS
from memos_integrations.embeddings import CallableEmbedder
from memos_integrations.langgraph import MemOSStore

EXAMPLES = int(os.environ.get("MEMOS_EXAMPLES", "40"))  # of each of twelve ways to ask; 350 were run before this landed
LETTERS = "qxzwvj"  # of each word there is but one form: two words are the same, or share no term


def letters(texts: list[str]) -> list[list[float]]:
    return [[float(text.count(letter)) for letter in LETTERS] + [0.01] for text in texts]


class Reference:
    """``InMemoryStore``, kept from each of its known deviations from the contract.

    What is left out of the comparison, since no rule of the contract says it: the order of what has no score (ours: what
    changed last first), and times.
    """

    def __init__(self, *, indexed: bool) -> None:
        self.store = InMemoryStore(index={"dims": 7, "embed": letters, "fields": ["t", "u"]} if indexed else None)

    def batch(self, ops: list[Op]) -> list[Any]:
        results = [None if isinstance(op, PutOp) else self._read(op) for op in ops]
        for op in ops:
            if isinstance(op, PutOp):
                # a vector of a field that the new value has not would stay
                self.store.batch([op._replace(value=None)])
                # two equal texts in one batch raise
                self.store.batch([op])
        # namespaces whose last item is gone, or that were only asked for, would be listed
        for namespace in [namespace for namespace, items in self.store._data.items() if not items]:
            del self.store._data[namespace]
        return results

    def _read(self, op: Op) -> Any:
        if isinstance(op, SearchOp):
            # an offset does not count for what has no score: ask for all, and cut here
            return self.store.batch([op._replace(limit=1000, offset=0)])[0]
        [result] = self.store.batch([op])
        for namespace in [namespace for namespace, items in self.store._data.items() if not items]:
            del self.store._data[namespace]
        return result


LABELS = ["a", "b", "ab", "A", "%", "用户", " "]
namespaces = st.lists(st.sampled_from(LABELS), min_size=1, max_size=3).map(tuple)
prefixes = st.lists(st.sampled_from(LABELS), max_size=2).map(tuple)
keys = st.sampled_from(["k", "j", "k ", "键"])
values = st.fixed_dictionaries(
    {},
    optional={
        "n": st.integers(-2, 2),
        "s": st.sampled_from(["p", "q"]),
        "f": st.booleans(),
        "x": st.none(),
        "d": st.fixed_dictionaries({"m": st.integers(0, 1)}, optional={"deep": st.fixed_dictionaries({"z": st.integers(0, 1)})}),
        "l": st.lists(st.integers(0, 1), max_size=2),
        "t": st.text("qxv", min_size=1, max_size=3),
        "u": st.text("zwj", min_size=1, max_size=3),
    },
)
# not here, since InMemoryStore raises on a value that has no order, or another one, and takes True for 1:
# an ordering operator where the field is missing or a string; numbers and booleans in one field
filters = st.fixed_dictionaries(
    {},
    optional={
        "n": st.one_of(
            st.integers(-2, 2), st.fixed_dictionaries({"$ne": st.integers(-2, 2)}), st.fixed_dictionaries({"$eq": st.integers(-2, 2)})
        ),
        "s": st.one_of(st.sampled_from(["p", "q"]), st.just({"$ne": "p"}), st.none()),
        "f": st.booleans(),
        "x": st.none(),
        "d": st.one_of(st.just({"m": 1}), st.just({"deep": {"z": 1}}), st.just({}), st.just({"m": {"$ne": 0}})),
        "l": st.lists(st.integers(0, 1), max_size=2),
        "missing": st.none(),
    },
)
conditions = st.builds(
    MatchCondition,
    st.sampled_from(["prefix", "suffix"]),
    st.lists(st.sampled_from([*LABELS, "*"]), min_size=1, max_size=2).map(tuple),
)
operations = st.one_of(
    st.builds(
        PutOp, namespaces, keys, st.one_of(values, values, st.none()), st.sampled_from([None, None, False, ["t"], ["u", "d.m"]]), st.none()
    ),
    st.builds(GetOp, namespaces, keys, st.just(True)),
    st.builds(
        SearchOp,
        prefixes,
        st.one_of(st.none(), filters),
        limit=st.integers(1, 12),
        offset=st.integers(0, 5),
        query=st.one_of(st.none(), st.text(LETTERS, min_size=1, max_size=3)),
        refresh_ttl=st.just(True),
    ),
    st.builds(
        ListNamespacesOp,
        st.one_of(st.none(), st.lists(conditions, max_size=2).map(tuple)),
        st.sampled_from([None, 1, 2]),
        limit=st.integers(1, 6),
        offset=st.integers(0, 3),
    ),
)
sequences = st.lists(st.lists(operations, min_size=1, max_size=4), min_size=1, max_size=12)


def told(item: Any) -> Any:
    return None if item is None else (item.namespace, item.key, item.value)


def agree(op: Op, ours: Any, whole: Any, theirs: Any, *, indexed: bool) -> None:
    """Ours, all of ours without paging, and theirs without paging, say the same."""
    if isinstance(op, GetOp):
        assert told(ours) == told(theirs)
    elif isinstance(op, ListNamespacesOp):
        assert ours == theirs
    elif isinstance(op, SearchOp):
        assert sorted(map(repr, map(told, whole))) == sorted(map(repr, map(told, theirs)))
        assert list(map(told, ours)) == list(map(told, whole))[op.offset : op.offset + op.limit]
        if indexed and op.query:
            wanted = sorted((one.score for one in theirs if one.score is not None), reverse=True)
            scored = [one.score for one in whole if one.score is not None]
            assert scored == pytest.approx(wanted, abs=1e-5)
            assert all(one.score is None for one in whole[len(scored) :])
            by_name = {(one.namespace, one.key): one.score for one in theirs}
            assert all((one.score is None) is (by_name[one.namespace, one.key] is None) for one in whole)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.mark.parametrize("face", ["sync", "async"])
@pytest.mark.parametrize("partition", [0, 1, 2])
@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "plain"])
def test_any_sequence_of_batches_is_answered_alike(face: str, partition: int, indexed: bool, loop: asyncio.AbstractEventLoop) -> None:
    @contextmanager
    def opened() -> Iterator[MemOSStore]:
        with MemOS(":memory:", embedder=CallableEmbedder(letters, name="letters") if indexed else None) as memory:
            yield MemOSStore(memory, partition=partition, index=indexing(indexed))

    compare(opened, indexed=indexed, loop=None if face == "sync" else loop, examples=EXAMPLES)


def indexing(indexed: bool) -> IndexConfig | Literal[False]:
    return {"fields": ["t", "u"]} if indexed else False  # dims and embed are the memory's


def compare(
    opened: Callable[[], AbstractContextManager[BaseStore]], *, indexed: bool, loop: asyncio.AbstractEventLoop | None, examples: int
) -> None:
    """Random sequences of batches, each on an empty store, beside the reference; awaited on ``loop`` if there is one."""

    @settings(max_examples=examples, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(sequences)
    def run(batches: list[list[Op]]) -> None:
        theirs = Reference(indexed=indexed)
        with opened() as store:

            def batch(ops: list[Op]) -> list[Any]:
                return store.batch(ops) if loop is None else loop.run_until_complete(store.abatch(ops))

            for ops in batches:
                wholes = [batch([op._replace(limit=1000, offset=0)])[0] if isinstance(op, SearchOp) else None for op in ops]
                for op, ours, whole, answer in zip(ops, batch(ops), wholes, theirs.batch(ops), strict=True):
                    agree(op, ours, whole, answer, indexed=indexed)

    run()
