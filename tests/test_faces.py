"""Two faces of one engine: sync and async share all, work in any surroundings, and travel as settings."""

from __future__ import annotations

import asyncio
import inspect
import pickle
from contextlib import closing
from pathlib import Path

import pytest

from memos_integrations import (
    AsyncItemStore,
    AsyncMemOS,
    AsyncScopedMemory,
    InvalidInput,
    ItemStore,
    MemOS,
    MissingExtra,
    ModelError,
    ScopedMemory,
    StoreConflict,
    Usage,
)
from memos_integrations.embeddings import HashingEmbedder, OpenAIEmbedder
from memos_integrations.llms import OpenAILlm
from memos_integrations.stores.sqlite import SQLiteStore

from .turns import user


def test_both_faces_offer_the_same_calls() -> None:
    for sync, awaited in ((MemOS, AsyncMemOS), (ScopedMemory, AsyncScopedMemory), (ItemStore, AsyncItemStore)):
        for name, call in inspect.getmembers(sync, inspect.isfunction):
            if name.startswith("_") or name in ("copy", "export_records", "info", "reembed"):
                continue
            twin = getattr(awaited, name)
            assert list(inspect.signature(call).parameters) == list(inspect.signature(twin).parameters), name
            assert inspect.iscoroutinefunction(twin) or name in ("scoped", "items"), name


def test_both_faces_share_one_memory() -> None:
    with MemOS(":memory:", embedder=None) as memory:

        async def go() -> None:
            await memory.aio.add_message(user("The key is under the mat."), user_id="a")
            await memory.aio.wait(timeout=20)
            found = await memory.aio.scoped(user_id="a").search_memory("key")
            assert found.memories

        asyncio.run(go())
        assert memory.search_memory("key", user_id="a").memories
        assert memory.aio.sync.search_memory("key", user_id="a").memories
        assert memory.scoped(user_id="a").aio.sync.search_memory("key").memories


def test_the_sync_face_works_inside_a_running_loop() -> None:
    async def go() -> None:
        with MemOS(":memory:", embedder=None) as memory:
            memory.add_message(user("I'm allergic to peanuts."), user_id="a")
            memory.wait(timeout=20)
            assert memory.search_memory("peanuts", user_id="a").memories

    asyncio.run(go())


def test_many_async_calls_run_side_by_side(tmp_path: Path) -> None:
    async def go() -> None:
        async with AsyncMemOS(tmp_path / "m.db", embedder=None) as memory:
            await asyncio.gather(*(memory.add_message(user(f"note{n}", str(n)), user_id="a", conversation_id="c") for n in range(100)))
            await memory.wait(timeout=60)
            page = await memory.list_memories(user_id="a", kinds=["episode"], limit=500)
            assert len(page) == 100

    asyncio.run(go())


def test_a_memory_pickles_as_its_settings(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None) as memory:
        memory.add_message(user("The key is under the mat."), user_id="a")
        with pickle.loads(pickle.dumps(memory)) as twin:
            assert twin.search_memory("key", user_id="a").memories


def test_a_memory_in_memory_does_not_pickle() -> None:
    with MemOS(":memory:", embedder=None) as memory, pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(memory)


def test_a_memory_that_cannot_travel_says_so_and_opens_no_other_file(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "m.db")) as store, MemOS(store, embedder=None) as memory:
        with pytest.raises(TypeError, match="by its path"):
            pickle.dumps(memory)
        with pytest.raises(TypeError, match="by its path"):
            pickle.dumps(memory.aio)


def test_what_a_memory_was_opened_with_travels_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with MemOS("m.db", embedder=HashingEmbedder(32), token_counter=len) as memory:
        blob = pickle.dumps(memory)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pickle.loads(blob) as twin:
        assert twin.info()["store"] == str(tmp_path / "m.db")
        assert "hashing" in twin.info()["embedder"]
        twin.add_message(user("The key is under the mat."), user_id="a")
        told = twin.search_memory("key", user_id="a").instruction
        assert told.tokens == len(told.text) > 0


def test_a_key_does_not_travel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "another-one")
    llm = OpenAILlm("small", api_key="hunter-two", base_url="http://127.0.0.1:9/v1", options={"temperature": 0})
    embedder = OpenAIEmbedder("tiny", api_key="hunter-two", base_url="http://127.0.0.1:9/v1", dimensions=8)
    with MemOS(tmp_path / "m.db", embedder=embedder, llm=llm) as memory:
        blob = pickle.dumps(memory)
        assert b"hunter-two" not in blob
        with pickle.loads(blob) as twin:
            assert (twin.info()["llm"], twin.info()["embedder"]) == (memory.info()["llm"], memory.info()["embedder"])


def test_errors_travel_between_processes() -> None:
    for error in (
        InvalidInput("is wrong", field="messages[0].role"),
        ModelError("is down", retryable=False, usage=Usage(calls=1)),
        MissingExtra("rich", "cli"),
        StoreConflict("changed"),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_results_survive_a_json_round_trip() -> None:
    with MemOS(":memory:", embedder=None) as memory:
        receipt = memory.add_message(user("I'm allergic to peanuts. 我住在成都。", at="2026-03-02T09:00:00Z"), user_id="a")
        done = memory.wait(receipt, timeout=20)
        recall = memory.search_memory("peanuts", user_id="a", explain=True)
        page = memory.list_memories(user_id="a")
        history = memory.history(page.memories[0].id)
        for value in (receipt, done, recall, page, history, *memory.namespaces()):
            assert value is not None
            assert type(value).model_validate_json(value.model_dump_json()) == value
