"""One store, asked by blocking or by awaited calls."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, ClassVar, Literal, cast

import pytest
from langgraph.store.base import BaseStore, IndexConfig, Item, Op, Result, SearchItem, TTLConfig

__all__ = ["ConformanceBase", "Face", "character_counts"]

_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789 "


def character_counts(texts: list[str]) -> list[list[float]]:
    """An embedder that needs no model: how often each letter and digit occurs, in 38 dimensions."""
    return [[float(text.lower().count(one)) for one in _CHARACTERS] + [0.01] for text in texts]


class Face:
    """A store behind blocking calls, whichever of its two faces answers them.

    Attributes:
        store: The store.
    """

    def __init__(self, store: BaseStore, loop: asyncio.AbstractEventLoop | None) -> None:
        self.store = store
        self._loop = loop

    def put(self, namespace: Sequence[str], key: str, value: Mapping[str, Any], **options: Any) -> None:
        """``put`` or ``aput``."""
        self._call("put", namespace, key, value, **options)

    def get(self, namespace: Sequence[str], key: str, **options: Any) -> Item | None:
        """``get`` or ``aget``."""
        return cast("Item | None", self._call("get", namespace, key, **options))

    def delete(self, namespace: Sequence[str], key: str) -> None:
        """``delete`` or ``adelete``."""
        self._call("delete", namespace, key)

    def search(self, prefix: Sequence[str], **options: Any) -> list[SearchItem]:
        """``search`` or ``asearch``."""
        return cast("list[SearchItem]", self._call("search", prefix, **options))

    def namespaces(self, **options: Any) -> list[tuple[str, ...]]:
        """``list_namespaces`` or ``alist_namespaces``."""
        return cast("list[tuple[str, ...]]", self._call("list_namespaces", **options))

    def batch(self, ops: Sequence[Op]) -> list[Result]:
        """``batch`` or ``abatch``."""
        return cast("list[Result]", self._call("batch", ops))

    def _call(self, name: str, *args: Any, **options: Any) -> object:
        if self._loop is None:
            return getattr(self.store, name)(*args, **options)

        async def run() -> object:
            return await getattr(self.store, f"a{name}")(*args, **options)

        return self._loop.run_until_complete(run())


class ConformanceBase:
    """What the parts of the suite share.

    Attributes:
        deviations: By name of a test, why the store is known to fail it.
        resolution_s: Seconds by which two times differ at least for the store to tell them apart.
        faces: ``sync`` for blocking calls, ``async`` for awaited ones.
    """

    __test__ = False
    deviations: ClassVar[Mapping[str, str]] = {}
    resolution_s: ClassVar[float] = 0.0
    faces: ClassVar[Sequence[Literal["sync", "async"]]] = ("sync", "async")

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.__test__ = not cls.__module__.startswith("memos_integrations.")

    @abstractmethod
    def open_store(self, *, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> AbstractContextManager[BaseStore]:
        """A new, empty store, closed when its test is over.

        Args:
            index: As in ``InMemoryStore``; ``embed`` is always ``character_counts``.
            ttl: As LangGraph's configuration says.
        """

    def pass_time(self, store: BaseStore, minutes: float) -> None:
        """Let that much time pass for a store: turn its clock, or make its items older."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def expected(self, request: pytest.FixtureRequest) -> None:
        """Marks what is known to fail."""
        name = getattr(request.node, "originalname", None) or request.node.name
        if name in self.deviations:
            request.node.add_marker(pytest.mark.xfail(reason=self.deviations[name], strict=True))

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each test, by each face."""
        if "face" in metafunc.fixturenames:
            metafunc.parametrize("face", self.faces)

    @pytest.fixture
    def opened(self, face: str) -> Iterator[Callable[..., Face]]:
        """Opens stores of the face under test."""
        loop = asyncio.new_event_loop() if face == "async" else None
        with ExitStack() as stack:

            def opened(*, index: IndexConfig | None = None, ttl: TTLConfig | None = None) -> Face:
                return Face(stack.enter_context(self.open_store(index=index, ttl=ttl)), loop)

            yield opened
            if loop is not None:
                loop.run_until_complete(loop.shutdown_default_executor())
        if loop is not None:
            loop.close()

    @pytest.fixture
    def store(self, opened: Callable[..., Face]) -> Face:
        """An empty store without index and expiry."""
        return opened()
