"""A recall that may not wait: what is slow is left out, and it says so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from memos_integrations import Settings
from memos_integrations.embeddings import CallableEmbedder, Embedder

from .turns import user


class Stuck(Embedder):
    """An embedder that hangs until it is let go; it has no coroutine twins."""

    def __init__(self) -> None:
        self.go = threading.Event()

    @property
    def fingerprint(self) -> str:
        return "stuck-1"

    def embed_documents(self, texts: Any) -> Any:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> Any:
        self.go.wait(20)
        return [1.0, 0.0]


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    embedder = Stuck()
    yield embedder
    embedder.go.set()


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("degraded", ["raise", "allow"])
def test_a_deadline_leaves_a_slow_embedder_behind(open_memory: Callable[..., Any], stuck: Stuck, own: bool, degraded: Any) -> None:
    embedder = stuck if own else CallableEmbedder(stuck.embed_documents, name="stuck")
    memory = open_memory(embedder=embedder, settings=Settings(worker="off", degraded=degraded))
    memory.add_message(user("The ferry leaves at nine."), user_id="a")
    begun = time.monotonic()
    recall = memory.search_memory("When does the ferry leave?", user_id="a", deadline=0.2)
    assert time.monotonic() - begun < 5
    assert [m.memory.text for m in recall.memories] == ["The ferry leaves at nine."]
    assert recall.degraded == "deadline: searched by words only"
    assert not recall.ledger.dense
    stuck.go.set()


def test_a_deadline_that_is_kept_changes_nothing(open_memory: Callable[..., Any], stuck: Stuck) -> None:
    stuck.go.set()
    memory = open_memory(embedder=stuck, settings=Settings(worker="off"))
    memory.add_message(user("The ferry leaves at nine."), user_id="a")
    in_time = memory.search_memory("the ferry", user_id="a", deadline=20)
    assert in_time.degraded is None
    assert in_time.memories == memory.search_memory("the ferry", user_id="a").memories
