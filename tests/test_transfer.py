"""Export and import: the whole store, exactly, and what it means goes along."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import ForeignData, MemOS, Scope, Settings
from memos_integrations.embeddings import HashingEmbedder
from memos_integrations.stores.base import Batch, Record

from .turns import turn, user

ALICE: dict[str, Any] = {"user_id": "alice"}
OFF = Settings(worker="off")


def filled(path: Path) -> MemOS:
    """A memory that holds a bit of everything."""
    memory = MemOS(path, embedder=None, settings=OFF)
    talk = [
        user("I live in Trieste. I'm allergic to walnuts.", "m1", "2026-01-05T09:00:00Z", metadata={"channel": "mail", "n": 1.5}),
        turn("assistant", "Noted.", "m2", "2026-01-05T09:00:10Z"),
        user("我对花生过敏。以后回答请简短。", "m3", "2026-01-05T09:01:00Z"),
        turn("event", '{"song": "Aria"}', "m4", "2026-01-05T09:02:00Z", name="liked"),
        turn("tool", "22 degrees", "m5", "2026-01-05T09:03:00Z", tool_call_id="t1"),
    ]
    memory.add_message(talk, conversation_id="c", **ALICE)
    memory.drain()
    memory.add_message(user("I moved to Bologna.", "m6", "2026-04-02T18:00:00Z"), conversation_id="c", **ALICE)
    memory.add_message(user("Noted down: bay 18.", "m7", "2026-04-03T18:00:00Z"), conversation_id="c", **ALICE)
    memory.drain()
    memory.add_message(user("Noted down: bay 19.", "m7", "2026-04-03T18:00:00Z"), conversation_id="c", **ALICE)
    memory.drain()
    memory.remember("The user prefers trains.", kind="preference", metadata={"by": "form"}, **ALICE)
    memory.forget(query="walnut allergy", **ALICE)
    first = next(m for m in memory.list_memories(kinds=["fact"], **ALICE) if "Bologna" in m.text)
    memory.update(first.id, text="The user lives in Bologna, near the station.", **ALICE)
    peanut = next(m for m in memory.list_memories(kinds=["preference"], **ALICE) if "花生" in m.text)
    memory.promote(peanut.id, to=Scope(team="crew"))
    memory.add_message(user("I collect stamps."), user_id="bob")
    memory.add_message(user("I live in Ghent."), user_id="dora")
    memory.add_message(user("An agent's own note."), agent_id="scribe")
    memory.grant(Scope(user_id="alice"), to=Scope(user_id="bob"), access="read")
    memory.grant(Scope(team="crew"), to=Scope(agent_id="scribe"), access="write")
    stored = memory.list_memories(kinds=["episode"], user_id="bob").memories[0]
    store = memory._engine.context.store
    archived = Record(
        id="00000000-0000-4000-8000-000000000001", namespace=stored.namespace, kind="fact", text="archived words", status="archived",
        terms=("archiv", "word"), payload={"subject": "user"}, created_at=1, updated_at=2, valid_from=3, valid_to=4, version=7,
    )  # fmt: skip
    item = Record(
        id="00000000-0000-4000-8000-000000000002", namespace=stored.namespace, kind="item", path=("a", "", "b/c"),
        payload={"value": {"x": [1, None, "ü"]}}, created_at=5, updated_at=5, expires_at=4_000_000_000_000_000,
    )  # fmt: skip
    store.commit(Batch(put=(archived, item)))
    return memory


def lines(memory: MemOS, **who: Any) -> list[dict[str, Any]]:
    return [dict(line) for line in memory.export_records(**who)]


def test_an_export_taken_in_by_an_empty_store_is_the_same_to_the_byte(tmp_path: Path) -> None:
    with filled(tmp_path / "one.db") as one, MemOS(tmp_path / "two.db", embedder=None, settings=OFF) as two:
        out = [json.dumps(line, ensure_ascii=False) for line in lines(one)]
        statuses = {line["record"]["status"] for line in lines(one) if "record" in line}
        kinds = {line["record"]["kind"] for line in lines(one) if "record" in line}
        assert {"active", "superseded", "merged", "archived"} <= statuses
        assert sum("task" in line for line in lines(one)) == 3
        assert {"episode", "fact", "preference", "tombstone", "grant", "item"} <= kinds
        for _ in range(2):  # the second time all of it is there already
            assert two.import_records(json.loads(line) for line in out) == sum('"record"' in line for line in out)
            assert [json.dumps(line, ensure_ascii=False) for line in lines(two)] == out
        assert not any("walnut" in line for line in out)


def test_what_it_means_goes_along(tmp_path: Path) -> None:
    with filled(tmp_path / "one.db") as one, MemOS(tmp_path / "two.db", embedder=HashingEmbedder(64), settings=OFF) as two:
        two.import_records(lines(one))
        assert [n.model_dump() for n in two.namespaces()] == [n.model_dump() for n in one.namespaces()]
        for status in ("active", "superseded", "merged", "archived"):
            told = [m.list_memories(status=status, **ALICE).model_dump(mode="json") for m in (one, two)]
            assert told[0]["memories"] == told[1]["memories"]
        # grants hold: what was opened is open, nothing else is
        assert two.search_memory("Bologna", user_id="bob").memories
        assert not two.search_memory("stamps", **ALICE).memories
        # the story of a memory, and the way back
        home = next(m for m in two.list_memories(kinds=["fact"], **ALICE) if "Bologna" in m.text)
        story = two.history(home.id, **ALICE)
        assert [v.memory.text for v in story.versions] == [v.memory.text for v in one.history(home.id, **ALICE).versions]
        assert any("Trieste" in v.memory.text for v in story.versions)
        # turns sent again are known, and what was forgotten is not learnt again
        again = two.add_message(
            user("I live in Trieste. I'm allergic to walnuts.", "m1", "2026-01-05T09:00:00Z", metadata={"channel": "mail", "n": 1.5}),
            conversation_id="c", **ALICE,
        )  # fmt: skip
        assert [d.action for d in again.decisions] == ["known"]
        two.drain()
        assert "walnut" not in two.search_memory("walnut allergy", **ALICE).model_dump_json(exclude={"query"})
        # what waited to be learnt from still does, and is
        assert any("note" in m.text for m in two.list_memories(agent_id="scribe"))
        waited = [m.text for m in two.list_memories(kinds=["fact", "preference"], user_id="dora")]
        assert any("Ghent" in text for text in waited)
        # vectors are made anew
        assert two.pending() == 0
        assert two.search_memory("Bologna", **ALICE).ledger.dense


def test_one_scope_alone(tmp_path: Path) -> None:
    with filled(tmp_path / "one.db") as one, MemOS(tmp_path / "two.db", embedder=None, settings=OFF) as two:
        two.import_records(lines(one, user_id="bob"))
        assert [n.scope.user_id for n in two.namespaces()] == ["bob"]
        assert two.search_memory("stamps", user_id="bob").memories


def test_an_import_beside_what_is_there_leaves_that_alone(tmp_path: Path) -> None:
    with filled(tmp_path / "one.db") as one, MemOS(tmp_path / "two.db", embedder=None, settings=OFF) as two:
        two.add_message(user("I keep bees."), user_id="dave")
        two.drain()
        before = two.list_memories(user_id="dave").model_dump()
        two.import_records(lines(one))
        assert two.list_memories(user_id="dave").model_dump() == before
        assert two.search_memory("stamps", user_id="bob").memories


RECORD: dict[str, Any] = {"id": "i", "namespace": "n", "kind": "fact", "text": "x", "created_at": 1, "updated_at": 1}


@pytest.mark.parametrize(
    ("damaged", "said"),
    [
        ([], "empty"),
        ([{}], "no export"),
        ([{"memos_export": 2}], "version 2"),
        ([{"memos_export": 1, "secret": "xyz"}], "key is damaged"),
        ([{"memos_export": 1}, 5], "line 2"),
        ([{"memos_export": 1}, {"other": 1}], "line 2"),
        ([{"memos_export": 1}, {"record": 5}], "line 2"),
        ([{"memos_export": 1}, {"task": {"id": "t", "namespace": "n"}}], "line 2"),
        ([{"memos_export": 1}, {"task": {"id": "t", "namespace": "n", "kind": "learn", "state": "running"}}], "line 2"),
        ([{"memos_export": 1}, {"record": {**RECORD, "colour": "red"}}], "line 2"),
        ([{"memos_export": 1}, {"record": {**RECORD, "text": 5}}], "line 2"),
        ([{"memos_export": 1}, {"record": {**RECORD, "terms": 5}}], "line 2"),
        ([{"memos_export": 1}, {"record": {**RECORD, "payload": [1]}}], "line 2"),
        ([{"memos_export": 1}, {"record": {**RECORD, "created_at": "soon"}}], "line 2"),
        ([{"memos_export": 1}, {"record": {k: v for k, v in RECORD.items() if k != "namespace"}}], "line 2"),
    ],
)
def test_a_damaged_export_is_refused_with_its_line(tmp_path: Path, damaged: list[Any], said: str) -> None:
    with MemOS(tmp_path / "m.db", embedder=None, settings=OFF) as memory:
        with pytest.raises(ForeignData, match=said):
            memory.import_records(damaged)
        assert memory.namespaces() == []
