"""Bad input gets a typed error that names the field, before anything is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from memos_integrations import InvalidInput, InvalidMessage, InvalidScope, MemOS, NotFound, Scope, Settings

from .turns import user

DEEP: Any = "x"
for _ in range(200):
    DEEP = [DEEP]

BAD_MESSAGES: list[tuple[Any, str]] = [
    ("hello", "messages"),
    (17, "messages"),
    ([], "messages"),
    ([None], "messages[0]"),
    (["text"], "messages[0]"),
    ([{"content": "x"}], "messages[0].role"),
    ([{"role": "User", "content": "x"}], "messages[0].role"),
    ([{"role": "user"}], "messages[0].content"),
    ([{"role": "user", "content": ""}], "messages[0].content"),
    ([{"role": "user", "content": " \n"}], "messages[0].content"),
    ([{"role": "user", "content": 42}], "messages[0].content"),
    ([{"role": "user", "content": b"x"}], "messages[0].content"),
    ([{"role": "user", "content": {"text": "x"}}], "messages[0].content"),
    ([{"role": "user", "content": [1, 2]}], "messages[0].content[0]"),
    ([{"role": "user", "content": "a\0b"}], "messages[0].content"),
    ([{"role": "user", "content": "a\ud800b"}], "messages[0].content"),
    ([{"role": "user", "content": "x" * 100_001}], "messages[0].content"),
    ([{"role": "user", "content": "x", "id": 5}], "messages[0].id"),
    ([{"role": "user", "content": "x", "id": ""}], "messages[0].id"),
    ([{"role": "user", "content": "x", "id": "i" * 10_000}], "messages[0].id"),
    ([{"role": "user", "content": "x", "created_at": "soon"}], "messages[0].created_at"),
    ([{"role": "user", "content": "x", "created_at": "2026-02-30T10:00:00Z"}], "messages[0].created_at"),
    ([{"role": "user", "content": "x", "created_at": datetime.min}], "messages[0].created_at"),
    ([{"role": "user", "content": "x", "created_at": datetime.max}], "messages[0].created_at"),
    ([{"role": "user", "content": "x", "created_at": 1700000000}], "messages[0].created_at"),
    ([{"role": "user", "content": "x", "metadata": {"a": float("nan")}}], "messages[0].metadata.a"),
    ([{"role": "user", "content": "x", "metadata": {"a": object()}}], "messages[0].metadata.a"),
    ([{"role": "user", "content": "x", "metadata": DEEP}], "messages[0].metadata"),
    ([{"role": "user", "content": "x", "metadata": {"a": DEEP}}], "messages[0].metadata.a"),
    ([{"role": "user", "content": "x", "colour": "red"}], "messages[0]"),
    ([{"role": "user", "content": "x", "id": "a"}, {"role": "user", "content": "y", "id": "a"}], "messages[1].id"),
]


@pytest.mark.parametrize(("messages", "field"), BAD_MESSAGES)
def test_a_bad_message_is_refused_by_name_and_nothing_is_written(idle: Any, messages: Any, field: str) -> None:
    batch = [user("good"), *messages] if isinstance(messages, list) and messages else messages
    if isinstance(messages, list) and messages:
        field = field.replace("[1]", "[2]", 1).replace("[0]", "[1]", 1) if field.startswith("messages[") else field
    with pytest.raises(InvalidMessage) as caught:
        idle.add_message(batch, user_id="alice")
    assert caught.value.field.startswith(field)
    assert len(idle.list_memories(user_id="alice")) == 0


BAD_SCOPES: list[dict[str, Any]] = [
    {},
    {"user_id": None},
    {"user_id": ""},
    {"user_id": "  "},
    {"user_id": 123},
    {"user_id": ["alice"]},
    {"user_id": "a\0"},
    {"user_id": "a" * 513},
    {"user_id": "alice", "app_id": ""},
    {"user_id": "alice", "app_id": None},
    {"user_id": "alice", "sharing": "open"},
    {"user_id": "alice", "sharing": "isolated"},
    {"user_id": "alice", "usr": "x"},
    {"app_id": "shop"},
    {"scope": "alice"},
]


@pytest.mark.parametrize("scope", BAD_SCOPES)
def test_a_bad_scope_is_refused_by_every_call(idle: Any, scope: dict[str, Any]) -> None:
    for call in (
        lambda: idle.add_message(user("x"), **scope),
        lambda: idle.search_memory("x", **scope),
        lambda: idle.list_memories(**scope),
        lambda: idle.remember("x", kind="fact", **scope),
        lambda: idle.forget(query="x", **scope),
    ):
        with pytest.raises(InvalidScope):
            call()
    assert idle.namespaces() == []


BAD_SEARCHES: list[tuple[dict[str, Any], str]] = [
    ({"query": ""}, "query"),
    ({"query": None}, "query"),
    ({"query": "a\0"}, "query"),
    ({"limit": 0}, "limit"),
    ({"limit": -1}, "limit"),
    ({"limit": 2.5}, "limit"),
    ({"limit": True}, "limit"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_tokens": "many"}, "max_tokens"),
    ({"kinds": ["dream"]}, "kinds"),
    ({"kinds": "fact"}, "kinds"),
    ({"kinds": []}, "kinds"),
    ({"filter": {"a": {"$near": 1}}}, "filter"),
    ({"as_of": "yesterday"}, "as_of"),
    ({"now": 5}, "now"),
    ({"deadline": 0}, "deadline"),
    ({"exclude": "m1"}, "exclude"),
]


@pytest.mark.parametrize(("arguments", "field"), BAD_SEARCHES)
def test_a_bad_search_is_refused_by_name(idle: Any, arguments: dict[str, Any], field: str) -> None:
    query = arguments.get("query", "x")
    arguments = {key: value for key, value in arguments.items() if key != "query"}
    with pytest.raises(InvalidInput) as caught:
        idle.search_memory(query, user_id="alice", **arguments)
    assert caught.value.field.startswith(field)


def test_a_naive_time_is_read_in_the_settings_zone(open_memory: Any) -> None:
    memory = open_memory(settings=Settings(worker="off", timezone="Asia/Shanghai"))
    receipt = memory.add_message(user("x", at="2026-03-02T09:00:00"), user_id="alice")
    assert memory.get(receipt.episode_ids[0]).valid_from.isoformat() == "2026-03-02T01:00:00+00:00"


def test_unknown_ids_are_not_found(idle: Any) -> None:
    for call in (idle.get, idle.history, idle.restore, idle.forget, idle.receipt, lambda i: idle.update(i, text="x")):
        with pytest.raises(NotFound):
            call("no-such-id")


def test_settings_refuse_what_they_do_not_know() -> None:
    for wrong in ({"worker": "never"}, {"timezone": "Mars/Olympus"}, {"head_tokens": 0}, {"colour": "red"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Settings(**wrong)  # type: ignore[arg-type]


def test_wrong_models_and_stores_are_refused() -> None:
    for wrong in ({"store": 5}, {"store": "ftp://x"}, {"embedder": 5}, {"embedder": "unknown"}, {"llm": 5}, {"settings": {}}):
        with pytest.raises(InvalidInput):
            MemOS(**{"store": ":memory:", **wrong})  # type: ignore[arg-type]


def test_errors_hold_no_secret() -> None:
    with pytest.raises(InvalidScope) as caught:
        Scope.model_validate  # noqa: B018
        MemOS(":memory:", embedder=None).add_message(user("my key is sk-abcdefghijklmnopqrstuv"), user_id=["x"])  # type: ignore[arg-type]
    assert "sk-" not in str(caught.value)
