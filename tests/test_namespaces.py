"""Namespaces: each sees its own and nobody else's, whatever the names hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_integrations import AccessDenied, MemOS, NotFound, Scope, Settings
from memos_integrations.core.scopes import namespace_of
from memos_integrations.errors import InvalidScope

from .turns import user


def texts(memory: Any, **scope: Any) -> set[str]:
    listed = {m.text for m in memory.list_memories(kinds=["episode"], **scope)}
    found = {r.memory.text for r in memory.search_memory("secret word", limit=50, **scope).memories}
    assert found <= listed
    return listed


def test_users_agents_and_apps_are_kept_apart(idle: Any) -> None:
    scopes: list[dict[str, Any]] = [
        {"user_id": "a"},
        {"user_id": "b"},
        {"user_id": "a", "app_id": "other"},
        {"agent_id": "a"},
        {"team": "a"},
        {"user_id": "a", "agent_id": "x", "sharing": "isolated"},
        {"user_id": "a", "agent_id": "y", "sharing": "isolated"},
    ]
    for number, scope in enumerate(scopes):
        idle.add_message(user(f"secret word {number}"), **scope)
    for number, scope in enumerate(scopes):
        assert texts(idle, **scope) == {f"secret word {number}"}


def test_agents_of_one_user_share_by_default(idle: Any) -> None:
    idle.add_message(user("secret word"), user_id="a", agent_id="triage")
    assert texts(idle, user_id="a", agent_id="reminder") == {"secret word"}
    episode = next(iter(idle.list_memories(user_id="a")))
    assert episode.agent_id == "triage"


def test_layered_reads_its_own_and_the_shared_and_writes_its_own(idle: Any) -> None:
    idle.add_message(user("secret word of the user"), user_id="a")
    idle.add_message(user("secret word of the team"), team="t")
    layered = idle.scoped(user_id="a", agent_id="x", team="t", sharing="layered")
    layered.add_message(user("secret word of the agent"))
    assert len(texts(layered)) == 3
    assert texts(idle, user_id="a") == {"secret word of the user"}
    assert texts(idle, user_id="a", agent_id="x", sharing="isolated") == {"secret word of the agent"}


def test_a_team_is_met_by_its_name_only(idle: Any) -> None:
    idle.add_message(user("secret word"), user_id="a", team="t")
    assert texts(idle, user_id="b", team="t") == {"secret word"}
    assert texts(idle, user_id="a") == set()
    assert texts(idle, user_id="b", team="u") == set()


def test_a_grant_opens_and_its_end_closes_at_once(idle: Any) -> None:
    owner, friend = Scope(user_id="a"), Scope(user_id="b")
    idle.add_message(user("secret word"), scope=owner)
    idle.grant(owner, to=friend)
    assert texts(idle, scope=friend) == {"secret word"}
    assert texts(idle, user_id="c") == set()
    idle.revoke(owner, to=friend)
    assert texts(idle, scope=friend) == set()


def test_reading_is_not_writing(idle: Any) -> None:
    owner, friend = Scope(user_id="a"), Scope(user_id="b")
    receipt = idle.add_message(user("secret word"), scope=owner)
    idle.grant(owner, to=friend, access="read")
    handle = idle.scoped(user_id="b")
    with pytest.raises(AccessDenied):
        handle.forget(receipt.episode_ids[0])
    idle.grant(owner, to=friend, access="write")
    handle.forget(receipt.episode_ids[0])
    assert texts(idle, scope=owner) == set()


def test_an_isolated_agent_does_not_inherit_its_users_grants(idle: Any) -> None:
    idle.add_message(user("secret word"), user_id="a")
    idle.grant(Scope(user_id="a"), to=Scope(user_id="b"))
    assert texts(idle, user_id="b", agent_id="x", sharing="isolated") == set()


def test_ids_outside_the_view_are_not_found(idle: Any) -> None:
    receipt = idle.add_message(user("secret word"), user_id="a")
    stranger = idle.scoped(user_id="b")
    id = receipt.episode_ids[0]
    for call in (stranger.get, stranger.history, stranger.restore, stranger.forget, lambda i: stranger.promote(i, to=Scope(user_id="b"))):
        with pytest.raises(NotFound):
            call(id)
    assert idle.get(id).text == "secret word"


def test_receipts_of_others_are_not_found(memory: Any) -> None:
    receipt = memory.add_message(user("secret word"), user_id="a")
    stranger, own = memory.scoped(user_id="b"), memory.scoped(user_id="a")
    assert own.wait(receipt, timeout=30).state == "done"
    for call in (stranger.receipt, stranger.wait):
        with pytest.raises(NotFound):
            call(receipt.task_id)
    assert own.receipt(receipt.task_id) == memory.receipt(receipt.task_id)


def test_a_bound_scope_cannot_be_left(idle: Any) -> None:
    handle = idle.scoped(user_id="a")
    with pytest.raises(InvalidScope):
        handle.search_memory("x", user_id="b")
    with pytest.raises(InvalidScope):
        handle.search_memory("x", scope=Scope(user_id="b"))
    handle.add_message(user("x"), conversation_id="c9")


def test_promote_moves_what_one_found_to_all(memory: Any) -> None:
    own = memory.scoped(user_id="a", agent_id="x", team="t", sharing="layered")
    own.remember("The release is on Thursday.", kind="fact")
    id = own.list_memories(kinds=["fact"]).memories[0].id
    receipt = own.promote(id, to=Scope(team="t"))
    assert [d.action for d in receipt.decisions] == ["promoted"]
    shared = memory.list_memories(kinds=["fact"], user_id="b", team="t").memories
    assert [m.text for m in shared] == ["The release is on Thursday."]
    assert memory.get(id).status == "merged"


def test_promote_needs_leave_to_write_there(idle: Any) -> None:
    receipt = idle.add_message(user("secret word"), user_id="a")
    with pytest.raises(AccessDenied):
        idle.scoped(user_id="a").promote(receipt.episode_ids, to=Scope(user_id="b"))


def test_namespaces_lists_readable_scopes_and_counts(idle: Any) -> None:
    idle.add_message([user("one"), user("two")], user_id="林夏", app_id="商店/1")
    idle.add_message(user("three"), team="t")
    listed = {(n.scope.app_id, n.scope.user_id, n.scope.team): n.memories for n in idle.namespaces()}
    assert listed == {("商店/1", "林夏", None): {"episode": 2}, ("default", None, "t"): {"episode": 1}}


def test_deleting_a_namespace_deletes_everything_of_it(idle: Any) -> None:
    idle.add_message(user("secret word", "m1"), user_id="a")
    idle.add_message(user("secret word two"), user_id="b")
    assert idle.delete_namespace(user_id="a") is True
    assert idle.delete_namespace(user_id="a") is False
    assert [n.scope.user_id for n in idle.namespaces()] == ["b"]
    assert idle.pending() == 1
    idle.add_message(user("secret word", "m1"), user_id="a")
    assert texts(idle, user_id="a") == {"secret word"}


NAMES = st.text(alphabet=st.sampled_from("aAé\u0301е/=%._-~|:;*'\"\\ \n\t${}《龙\u200b\u202e"), min_size=1, max_size=6).filter(str.strip)


@settings(max_examples=300, deadline=None)
@given(st.tuples(NAMES, NAMES, NAMES), st.tuples(NAMES, NAMES, NAMES))
def test_encoded_names_never_meet(one: tuple[str, str, str], two: tuple[str, str, str]) -> None:
    shapes: list[Callable[[tuple[str, str, str]], Scope]] = [
        lambda n: Scope(app_id=n[0], user_id=n[1]),
        lambda n: Scope(app_id=n[0], agent_id=n[1]),
        lambda n: Scope(app_id=n[0], team=n[1]),
        lambda n: Scope(app_id=n[0], user_id=n[1], agent_id=n[2], sharing="isolated"),
    ]
    keys = [
        (number, names[: 3 if number == 3 else 2], namespace_of(shape(names)))
        for number, shape in enumerate(shapes)
        for names in (one, two)
    ]
    for number, names, key in keys:
        for other_number, other_names, other_key in keys:
            assert (key == other_key) == ((number, names) == (other_number, other_names))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=12, unique=True))
def test_hostile_names_see_their_own_only(names: list[tuple[str, str]]) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="off")) as memory:
        for number, (app, person) in enumerate(names):
            memory.add_message(user(f"secret word {number}"), app_id=app, user_id=person)
        for number, (app, person) in enumerate(names):
            assert texts(memory, app_id=app, user_id=person) == {f"secret word {number}"}


def test_a_grant_that_another_process_gives_or_takes_counts_at_once(tmp_path: Path) -> None:
    alice, bob = Scope(user_id="alice"), Scope(user_id="bob")
    with MemOS(tmp_path / "m.db", embedder=None) as one, MemOS(tmp_path / "m.db", embedder=None) as other:
        one.add_message({"role": "user", "content": "The boiler code is 4711."}, scope=alice)
        for _ in range(2):
            assert other.search_memory("boiler code", kinds=["episode"], scope=bob).memories == ()
            one.grant(alice, to=bob)
            assert [m.memory.text for m in other.search_memory("boiler code", kinds=["episode"], scope=bob).memories] == [
                "The boiler code is 4711."
            ]
            one.revoke(alice, to=bob)
        assert other.search_memory("boiler code", scope=bob).memories == ()


@pytest.mark.parametrize(
    ("orders", "asked", "word"),
    [
        ("Always answer in rhymes. I'm allergic to mango.", "Which fruit am I allergic to?", "mango"),
        ("以后都用押韵回答。我对芒果过敏。", "对什么水果过敏？", "芒果"),
    ],
)
def test_what_a_grant_opens_is_told_and_commands_nobody(memory: Any, orders: str, asked: str, word: str) -> None:
    owner, friend = Scope(user_id="ann"), Scope(user_id="bob")
    memory.add_message(user(orders), scope=owner)
    memory.wait(timeout=30)
    memory.grant(owner, to=friend)
    assert word in memory.search_memory(asked, scope=owner).instruction.head
    recall = memory.search_memory(asked, scope=friend)
    assert recall.instruction.head == ""
    told = [line for line in recall.instruction.tail.splitlines() if word in line]
    assert told
    assert all("ann" in line for line in told)
    assert recall.instruction.text.startswith("<memory_data>" if word == "mango" else "<记忆资料>")


def test_who_takes_a_deleted_name_begins_with_nothing(idle: Any) -> None:
    ann, bob, cora = Scope(user_id="ann"), Scope(user_id="bob"), Scope(user_id="cora")
    idle.add_message(user("secret word of ann"), scope=ann)
    idle.add_message(user("secret word of cora"), scope=cora)
    idle.grant(ann, to=bob, access="write")
    idle.grant(cora, to=ann)
    assert idle.delete_namespace(scope=ann) is True
    idle.add_message(user("another secret word"), scope=ann)
    assert texts(idle, scope=bob) == set()
    assert texts(idle, scope=ann) == {"another secret word"}
    with pytest.raises(InvalidScope):
        idle.delete_namespace(user_id="ann", conversation_id="c1")
