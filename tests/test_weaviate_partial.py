"""A namespace that is lost on the server fails the recall, or is named in it where the user allowed that."""

from __future__ import annotations

from typing import Any

import pytest

from memos_integrations import MemOS, Settings, StoreCorrupt
from memos_integrations.stores.weaviate.codec import tenant_of

from .weaviate_server import schema_call


def _lose(url: str, namespace: str) -> None:
    """Remove a tenant behind the memory's back, as an operator might."""
    prefix = url.partition("prefix=")[2]
    schema_call(url, "DELETE", f"/{prefix}_v1_Memory/tenants", body=[tenant_of(namespace)])


@pytest.fixture
def team(weaviate_url: str) -> Any:
    """The URL of a memory in which a user shares and one of two agents has something of its own."""
    with MemOS(weaviate_url, embedder=None) as memory:
        memory.add_message({"role": "user", "content": "My flat is in Lisbon."}, user_id="a")
        memory.add_message({"role": "user", "content": "我的公寓在里斯本，房租很贵。"}, user_id="a", agent_id="x", sharing="isolated")
        memory.wait()
    return weaviate_url


def test_a_lost_namespace_is_never_an_empty_recall(team: str) -> None:
    _lose(team, "app=default/user=a")
    with MemOS(team, embedder=None) as memory:
        for scope in ({"user_id": "a"}, {"user_id": "a", "agent_id": "x", "sharing": "layered"}):
            with pytest.raises(StoreCorrupt, match="user=a"):
                memory.search_memory("Where is my flat?", **scope)  # type: ignore[arg-type]
        with pytest.raises(StoreCorrupt):
            memory.add_message({"role": "user", "content": "I moved."}, user_id="a")
        assert memory.search_memory("公寓 在哪里", user_id="a", agent_id="x", sharing="isolated").memories
        assert memory.delete_namespace(user_id="a")
        assert not memory.search_memory("Where is my flat?", user_id="a").memories


def test_where_it_is_allowed_the_recall_names_what_is_missing(team: str) -> None:
    _lose(team, "app=default/user=a")
    with MemOS(team, embedder=None, settings=Settings(degraded="allow")) as memory:
        recall = memory.search_memory("公寓 在哪里", user_id="a", agent_id="x", sharing="layered")
        assert [one.namespace for one in recall.memories][:1] == ["app=default/user=a/agent=x"]
        assert recall.degraded is not None
        assert "app=default/user=a (" in recall.degraded
        with pytest.raises(StoreCorrupt):
            memory.search_memory("公寓 在哪里", user_id="a")
