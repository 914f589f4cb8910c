"""Both faces of the memory, as one blocking object, so that one suite speaks for sync and async."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import AsyncMemOS, MemOS, Settings

from .weaviate_server import MISSING, find_server, fresh_collections, running_server


class Awaited:
    """An ``AsyncMemOS`` (or its scoped handle) whose calls are awaited on one loop of its own."""

    def __init__(self, target: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._target = target
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if not callable(attribute):
            return attribute

        def call(*args: Any, **kwargs: Any) -> Any:
            result = attribute(*args, **kwargs)
            if inspect.isawaitable(result):

                async def run() -> Any:
                    return await result

                return self._loop.run_until_complete(run())
            return Awaited(result, self._loop) if name in ("scoped", "items") else result

        return call


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest begin first, so that no process is left with one of them at the end."""
    items.sort(key=lambda item: not item.path.name.startswith(("test_weaviate", "test_cli", "test_docs")))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run the coroutine tests of other people's suites, each on a loop of its own; their plugin would change how ours run."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    signature = inspect.signature(pyfuncitem.obj)
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in signature.parameters}))
    return True


@pytest.fixture(params=["sync", "async"])
def open_memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens memories of either face; all are closed at the end."""
    opened: list[Any] = []
    loop = asyncio.new_event_loop()

    def open_(store: str | Path | None = None, **options: Any) -> Any:
        options.setdefault("embedder", None)
        where = tmp_path / "memory.db" if store is None else store
        memory: Any = MemOS(where, **options) if request.param == "sync" else Awaited(AsyncMemOS(where, **options), loop)
        opened.append(memory)
        return memory

    yield open_
    for memory in opened:
        memory.close()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


@pytest.fixture
def memory(open_memory: Callable[..., Any]) -> Any:
    """A memory on a file, lexical only, with a worker thread."""
    return open_memory()


@pytest.fixture
def idle(open_memory: Callable[..., Any]) -> Any:
    """A memory whose queue nobody works off."""
    return open_memory(settings=Settings(worker="off"))


@pytest.fixture(scope="session")
def weaviate_binary() -> Path:
    """A Weaviate server that tests can start."""
    found = find_server()
    if found is None:
        if os.environ.get("MEMOS_REQUIRE_WEAVIATE"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def weaviate_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Weaviate for the whole session: the one that ``WEAVIATE_URL`` names, else one that is started here."""
    given = os.environ.get("WEAVIATE_URL")
    if given:
        yield given
        return
    request.getfixturevalue("weaviate_binary")
    with running_server(tmp_path_factory.mktemp("weaviate")) as server:
        yield server.url


@pytest.fixture
def weaviate_url(weaviate_server: str) -> Iterator[str]:
    """A Weaviate store that only this test has: collections with a prefix of its own on the session's server."""
    with fresh_collections(weaviate_server, api_key=os.environ.get("WEAVIATE_API_KEY")) as url:
        yield url
