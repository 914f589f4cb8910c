"""Bad input gets a typed error that names the field, before anything is written."""

from __future__ import annotations

import traceback
from datetime import datetime
from typing import Any

import pytest

from memos_integrations import InvalidInput, InvalidMessage, InvalidScope, MemOS, MemOSError, NotFound, Scope, Settings

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
    ([{"role": "user", "content": "x", "metadata": {"a": "b\0"}}], "messages[0].metadata.a"),
    ([{"role": "user", "content": "x", "raw": {"a": "b\ud800"}}], "messages[0].raw.a"),
    ([{"role": "user", "content": "x", "name": "a\0"}], "messages[0].name"),
    ([{"role": "user", "content": "x", "created_at": "1899-12-31T00:00:00Z"}], "messages[0].created_at"),
    ([{"role": "user", "content": "x", "created_at": "2200-01-01T00:00:00Z"}], "messages[0].created_at"),
    ([{"role": "user", "content": "x", "tool_calls": "none"}], "messages[0].tool_calls"),
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
    ({"exclude": 5}, "exclude"),
    ({"exclude": [5]}, "exclude"),
    ({"filter": "x"}, "filter"),
    ({"colour": "red"}, "colour"),
    ({"query": "a\ud800"}, "query"),
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


BAD_CALLS: list[tuple[str, Any]] = [
    ("limit", lambda m: m.list_memories(limit=0, user_id="alice")),
    ("status", lambda m: m.list_memories(status="lost", user_id="alice")),
    ("cursor", lambda m: m.list_memories(cursor="next", user_id="alice")),
    ("timeout", lambda m: m.wait(timeout=0)),
    ("timeout", lambda m: m.wait(timeout="long")),
    ("budget_s", lambda m: m.drain(-1)),
    ("receipt", lambda m: m.wait(5)),
    ("task_id", lambda m: m.receipt(5)),
    ("task_id", lambda m: m.receipt("\ud800")),
    ("ids", lambda m: m.forget(["\ud800"], user_id="alice")),
    ("ids", lambda m: m.forget([5], user_id="alice")),
    ("id", lambda m: m.get("a\0")),
    ("id", lambda m: m.get("")),
    ("id", lambda m: m.get(["a"])),
    ("id", lambda m: m.history(None)),
    ("query", lambda m: m.forget("x", query="y", user_id="alice")),
    ("query", lambda m: m.forget(query=" ", user_id="alice")),
    ("kind", lambda m: m.remember("x", kind="episode", user_id="alice")),
    ("text", lambda m: m.remember(" ", kind="fact", user_id="alice")),
    ("text", lambda m: m.remember("a\0", kind="fact", user_id="alice")),
    ("metadata", lambda m: m.remember("x", kind="fact", metadata=[1], user_id="alice")),
    ("metadata", lambda m: m.add_message(user("x"), metadata="x", user_id="alice")),
    ("metadata.a", lambda m: m.add_message(user("x"), metadata={"a": {1}}, user_id="alice")),
    ("idempotency_key", lambda m: m.add_message(user("x"), idempotency_key=" ", user_id="alice")),
    ("learn", lambda m: m.add_message(user("x"), learn="no", user_id="alice")),
    ("now", lambda m: m.add_message(user("x"), now="soon", user_id="alice")),
    ("colour", lambda m: m.add_message(user("x"), colour="red", user_id="alice")),
    ("to", lambda m: m.grant(Scope(user_id="alice"), to="bob")),
    ("access", lambda m: m.grant(Scope(user_id="alice"), to=Scope(user_id="bob"), access="all")),
    ("to", lambda m: m.promote("x", to="crew", user_id="alice")),
    ("max_tokens", lambda m: m.search_memory("x", user_id="alice").fuse(["a"], max_tokens=0)),
    ("memory_weight", lambda m: m.search_memory("x", user_id="alice").fuse(["a"], max_tokens=9, memory_weight=2)),
    ("passages", lambda m: m.search_memory("x", user_id="alice").fuse("a", max_tokens=9)),
    ("passages[1]", lambda m: m.search_memory("x", user_id="alice").fuse(["a", 5], max_tokens=9)),
]


@pytest.mark.parametrize(("field", "call"), BAD_CALLS, ids=[f"{n}-{field}" for n, (field, _) in enumerate(BAD_CALLS)])
def test_a_bad_call_is_refused_by_name(idle: Any, field: str, call: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        call(idle)
    assert caught.value.field == field
    assert len(idle.list_memories(user_id="alice")) == 0


def test_wrong_models_and_stores_are_refused() -> None:
    for wrong in (
        {"store": 5},
        {"store": "ftp://x"},
        {"embedder": 5},
        {"embedder": "unknown"},
        {"llm": 5},
        {"settings": {}},
        {"extractor": 5},
        {"token_counter": 5},
    ):
        with pytest.raises(InvalidInput):
            MemOS(**{"store": ":memory:", **wrong})  # type: ignore[arg-type]


KEY = "sk-abcdefghijklmnopqrstuvwxyz0123456789"
LEAKS: list[Any] = [
    lambda m: m.add_message({"role": KEY, "content": "x"}, user_id="alice"),
    lambda m: m.add_message({"role": "user", "content": "x", KEY: 1}, user_id="alice"),
    lambda m: m.add_message(user("x", at=KEY), user_id="alice"),
    lambda m: m.add_message(user(f"my key is {KEY}"), user_id=["x"]),
    lambda m: m.add_message(user("x"), metadata={KEY: {1}}, user_id="alice"),
    lambda m: m.search_memory("x", user_id="alice", **{KEY: 1}),
    lambda m: m.search_memory("x", user_id="alice", as_of=KEY),
    lambda m: m.search_memory("x", user_id="alice", kinds=[KEY]),
    lambda m: m.search_memory("x", user_id="alice", filter={KEY: {"$near": 1}}),
    lambda m: m.list_memories(user_id="alice", status=KEY),
    lambda m: m.remember("x", kind=KEY, user_id="alice"),
    lambda m: m.grant(Scope(user_id="alice"), to=Scope(user_id="bob"), access=KEY),
    lambda m: m.get(KEY),
    lambda m: m.receipt(KEY),
    lambda m: Settings(timezone=KEY),
    lambda m: Settings(worker=KEY),  # type: ignore[arg-type]
    lambda m: Scope(user_id=f"{KEY}\0"),
    lambda m: MemOS(f"ftp://me:{KEY}@host/x"),
    lambda m: MemOS(":memory:", embedder=f"none:{KEY}"),
    lambda m: MemOS(":memory:", llm=KEY),
]


@pytest.mark.parametrize("call", LEAKS, ids=range(len(LEAKS)))
def test_errors_hold_no_secret(idle: Any, call: Any) -> None:
    with pytest.raises((MemOSError, ValueError)) as caught:
        call(idle)
    assert "sk-abc" not in "".join(traceback.format_exception_only(caught.value))
    assert "sk-abc" not in str(getattr(caught.value, "field", ""))


CYCLE: dict[str, Any] = {}
CYCLE["again"] = CYCLE
WRONG: dict[str, Any] = {
    "a flag": True, "a number": 5, "a negative number": -1, "a vast number": 10**400, "no number": float("nan"), "bytes": b"x",
    "NUL": "a\0b", "surrogate": "a\ud800b", "empty": "", "blank": " \n", "list": [1, 2], "list of none": [None], "set": {1},
    "mapping": {1: 2}, "bad key": {"\ud800": 1}, "cycle": CYCLE, "deep": DEEP, "object": object(), "type": dict, "scope": Scope(user_id="x"),
    "date": datetime.min, "words": "2026-02-30",
}  # fmt: skip
ALICE = {"user_id": "alice"}
TURN = {"role": "user", "content": "hello there"}
ARGUMENTS: dict[str, Any] = {
    "messages": lambda m, v: m.add_message([TURN, v], **ALICE),
    "messages[1].role": lambda m, v: m.add_message([TURN, {**TURN, "role": v}], **ALICE),
    "messages[1].tool_calls": lambda m, v: m.add_message([TURN, {**TURN, "tool_calls": v}], **ALICE),
    "messages[1].metadata": lambda m, v: m.add_message([TURN, {**TURN, "metadata": v}], **ALICE),
    "messages[1].content[0].text": lambda m, v: m.add_message([TURN, {**TURN, "content": [{"type": "text", "text": v}]}], **ALICE),
    "metadata": lambda m, v: m.add_message(TURN, metadata=v, **ALICE),
    "learn": lambda m, v: m.add_message(TURN, learn=v, **ALICE),
    "idempotency_key": lambda m, v: m.add_message(TURN, idempotency_key=v, **ALICE),
    "query": lambda m, v: m.search_memory(v, **ALICE),
    "limit": lambda m, v: m.search_memory("x", limit=v, **ALICE),
    "max_tokens": lambda m, v: m.search_memory("x", max_tokens=v, **ALICE),
    "kinds": lambda m, v: m.search_memory("x", kinds=v, **ALICE),
    "filter": lambda m, v: m.search_memory("x", filter=v, **ALICE),
    "filter.a": lambda m, v: m.search_memory("x", filter={"a": {"$in": v}}, **ALICE),
    "exclude": lambda m, v: m.search_memory("x", exclude=v, **ALICE),
    "include_archived": lambda m, v: m.search_memory("x", include_archived=v, **ALICE),
    "explain": lambda m, v: m.search_memory("x", explain=v, **ALICE),
    "deadline": lambda m, v: m.search_memory("x", deadline=v, **ALICE),
    "as_of": lambda m, v: m.search_memory("x", as_of=v, **ALICE),
    "kinds of a list": lambda m, v: m.list_memories(kinds=v, **ALICE),
    "filter of a list": lambda m, v: m.list_memories(filter=v, **ALICE),
    "status": lambda m, v: m.list_memories(status=v, **ALICE),
    "cursor": lambda m, v: m.list_memories(cursor=v, **ALICE),
    "limit of a list": lambda m, v: m.list_memories(limit=v, **ALICE),
    "id": lambda m, v: m.get(v),
    "ids": lambda m, v: m.forget(v),
    "text": lambda m, v: m.remember(v, kind="fact", **ALICE),
    "kind": lambda m, v: m.remember("x y", kind=v, **ALICE),
    "metadata by hand": lambda m, v: m.remember("x y", kind="fact", metadata=v, **ALICE),
    "to": lambda m, v: m.grant(Scope(user_id="a"), to=v),
    "to of revoke": lambda m, v: m.revoke(Scope(user_id="a"), to=v),
    "access": lambda m, v: m.grant(Scope(user_id="a"), to=Scope(user_id="b"), access=v),
    "timeout": lambda m, v: m.wait(timeout=v),
    "budget_s": lambda m, v: m.drain(v),
    "passages": lambda m, v: m.search_memory("x", **ALICE).fuse(v, max_tokens=50),
    "passages[0]": lambda m, v: m.search_memory("x", **ALICE).fuse([v], max_tokens=50),
    "memory_weight": lambda m, v: m.search_memory("x", **ALICE).fuse(["x"], max_tokens=50, memory_weight=v),
    "lines": lambda m, v: m.import_records(v),
}
# what is right after all
RIGHT = {
    "learn": {"a flag"}, "include_archived": {"a flag"}, "explain": {"a flag"}, "limit": {"a number", "a vast number"},
    "max_tokens": {"a number", "a vast number"}, "limit of a list": {"a number", "a vast number"}, "deadline": {"a number", "a vast number"},
    "timeout": {"a number", "a vast number"}, "budget_s": {"a number", "a vast number"}, "to": {"scope"}, "to of revoke": {"scope"},
    "query": {"words"}, "text": {"words"}, "idempotency_key": {"words"}, "messages[1].content[0].text": {"words", "empty", "blank"},
    "filter.a": {"list", "list of none"}, "passages[0]": {"words", "NUL", "surrogate", "empty", "blank"},
}  # fmt: skip


@pytest.mark.parametrize("argument", ARGUMENTS)
def test_no_wrong_value_gets_through_or_breaks_anything(argument: str) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="off")) as memory:
        for name, value in WRONG.items():
            if name in RIGHT.get(argument, ()):
                continue
            with pytest.raises(MemOSError) as caught:
                ARGUMENTS[argument](memory, value)
            assert len(str(caught.value)) < 300
        assert memory.namespaces() == []
        for name in RIGHT.get(argument, ()):
            ARGUMENTS[argument](memory, WRONG[name])
