"""Three Weaviates with three copies of each memory: one is killed, nothing acknowledged is lost, and memories are read all the while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS, Settings, StoreUnavailable

from .turns import user
from .weaviate_server import WeaviateServer, running_cluster, with_options

OFF = Settings(worker="off")


@pytest.fixture(scope="module")
def nodes(weaviate_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[WeaviateServer]]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as servers:
        yield servers


def open_at(node: WeaviateServer, prefix: str, *, consistency: str = "QUORUM", settings: Settings = OFF) -> MemOS:
    url = with_options(node.url, prefix=prefix, replicas="3", consistency=consistency, timeout="5")
    return MemOS(url, embedder=None, settings=settings)


def eventually(call: Callable[[], Any], seconds: float = 20.0) -> Any:
    end = time.monotonic() + seconds
    while True:
        try:
            return call()
        except (StoreUnavailable, AssertionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def texts(memory: MemOS, who: str) -> set[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = memory.list_memories(user_id=who, kinds=["episode"], cursor=cursor, limit=500)
        found += [m.text for m in page]
        cursor = page.cursor
        if cursor is None:
            assert len(found) == len(set(found))
            return set(found)


class Load:
    """Turns of several users written through one node, and read through the same, until it is ended."""

    def __init__(self, memory: MemOS) -> None:
        self._memory = memory
        self._ended = threading.Event()
        self.acknowledged: dict[str, list[str]] = {"alice": [], "bob": []}
        self.refused = 0
        self.unanswered = 0
        self.empty = 0
        self.recalls = 0
        self._threads = [threading.Thread(target=self._write, args=(who,)) for who in self.acknowledged]
        self._threads.append(threading.Thread(target=self._read))
        for thread in self._threads:
            thread.start()

    def _write(self, who: str) -> None:
        number = 0
        while not self._ended.is_set():
            text = f"Line {number} of the ledger of {who}."
            try:
                self._memory.add_message(user(text, f"{who}{number}"), user_id=who, conversation_id="c")
            except StoreUnavailable:
                self.refused += 1
                continue
            self.acknowledged[who].append(text)
            number += 1

    def _read(self) -> None:
        while not self._ended.is_set():
            if not self.acknowledged["alice"]:
                continue
            try:
                found = self._memory.search_memory("ledger", user_id="alice")
            except StoreUnavailable:
                self.unanswered += 1
                continue
            self.recalls += 1
            self.empty += not found.memories

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    def count(self) -> int:
        return sum(map(len, self.acknowledged.values()))


def test_a_node_killed_under_load_loses_nothing_and_catches_up(nodes: list[WeaviateServer]) -> None:
    first, second, third = nodes
    with open_at(first, "Load") as memory:
        load = Load(memory)
        try:
            eventually(lambda: _at_least(load.count(), 40))
            third.kill()
            killed = load.count()
            eventually(lambda: _at_least(load.count(), killed + 60))  # writes go on with two of three
            recalls = load.recalls
            eventually(lambda: _at_least(load.recalls, recalls + 10))
            third.start()
            back = load.count()
            eventually(lambda: _at_least(load.count(), back + 40))
        finally:
            load.end()
    assert load.empty == 0
    assert load.refused + load.unanswered <= 5  # those under way when the node died
    with open_at(second, "Load") as memory:
        for who, told in load.acknowledged.items():
            assert set(told) <= texts(memory, who)
    with open_at(third, "Load", consistency="ONE") as memory:  # its own copy, whatever the others have
        for who, told in load.acknowledged.items():
            eventually(lambda who=who, told=told: _holds(memory, who, told))  # type: ignore[misc]


def _at_least(number: int, wanted: int) -> None:
    assert number >= wanted


def _holds(memory: MemOS, who: str, told: list[str]) -> None:
    assert set(told) <= texts(memory, who)


def test_a_new_user_is_taken_up_and_learnt_from_while_a_node_is_down(nodes: list[WeaviateServer]) -> None:
    _, second, third = nodes
    third.kill()
    try:
        with open_at(second, "Fresh", settings=Settings()) as memory:
            eventually(lambda: memory.add_message(user("I'm vegetarian. 我对花生过敏。", "one"), user_id="carol"))
            eventually(lambda: memory.wait(timeout=20))
            assert len(memory.list_memories(user_id="carol", kinds=["preference"]).memories) == 2
    finally:
        third.start()


def test_consistency_says_how_many_copies_answer(nodes: list[WeaviateServer]) -> None:
    first, second, third = nodes
    with open_at(first, "Levels", consistency="ONE") as one, open_at(first, "Levels", consistency="QUORUM") as quorum:
        quorum.add_message(user("The ferry leaves at nine."), user_id="dora")
        assert one.search_memory("ferry", user_id="dora").memories
        third.kill()
        try:
            with pytest.raises(StoreUnavailable), open_at(first, "Levels", consistency="ALL") as memory:
                memory.add_message(user("The train leaves at ten."), user_id="dora")
            eventually(lambda: quorum.add_message(user("The bus leaves at eleven.", "bus"), user_id="dora"))
            second.kill()
            with pytest.raises(StoreUnavailable):
                quorum.add_message(user("The plane leaves at noon."), user_id="dora")
            found = eventually(lambda: one.search_memory("ferry", user_id="dora")).memories
            assert "The ferry leaves at nine." in [m.memory.text for m in found]
        finally:
            for node in (second, third):
                if not node.running():
                    node.start(wait=False)
            for node in (second, third):
                node.wait_ready()
        assert {"The ferry leaves at nine.", "The bus leaves at eleven."} <= eventually(lambda: texts(quorum, "dora"))
