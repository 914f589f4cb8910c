"""No call sees a namespace outside its view: ten thousand public calls with hostile names, beside a model of who may see what."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_integrations import AccessDenied, MemOS, NotFound, Scope, Settings
from memos_integrations.testing.store_contract import HOSTILE_NAMES

from .turns import user

NASTY = st.text(alphabet=st.sampled_from("aAé\u0301е/=%._-~|:;*'\"\\ \n\t${}《龙\u200b\u202e&?#@"), min_size=1, max_size=5)
NAMES = st.lists(
    (NASTY | st.sampled_from(HOSTILE_NAMES)).filter(lambda name: bool(name.strip()) and "\0" not in name),
    min_size=3,
    max_size=4,
    unique=True,
)
Key = tuple[str | None, ...]
CALLS: Counter[str] = Counter()
MIX = ["add"] * 4 + ["search"] * 6 + ["list"] * 3 + ["by_id"] * 6 + ["grant", "revoke", "forget", "promote", "export", "drop"]


@dataclass
class Model:
    """Who wrote what where, by the words of the design alone: nothing is encoded, so nothing can be mistaken."""

    words: dict[str, tuple[Key, str]] = field(default_factory=dict[str, tuple[Key, str]])
    grants: dict[tuple[Key, Key], str] = field(default_factory=dict[tuple[Key, Key], str])

    def levels(self, s: Scope) -> dict[str, Key]:
        found: dict[str, Key] = {}
        if s.user_id is not None:
            found["user"] = ("user", s.app_id, s.user_id)
        if s.agent_id is not None:
            found["agent"] = ("agent", s.app_id, s.user_id, s.agent_id)
        if s.team is not None:
            found["team"] = ("team", s.app_id, s.team)
        return found

    def own(self, s: Scope) -> Key:
        levels = self.levels(s)
        order = ("team", "user", "agent") if s.sharing == "shared" else ("agent", "user", "team")
        return next(levels[name] for name in order if name in levels)

    def view(self, s: Scope) -> tuple[set[Key], set[Key]]:
        """What a scope reads, and what it may change."""
        levels = self.levels(s)
        reads, changes = {self.own(s)}, {self.own(s)}
        if s.sharing == "layered":
            reads |= {levels[name] for name in ("user", "team") if name in levels}
        mine = {self.own(s)} if s.sharing == "isolated" else set(levels.values())
        for (owner, to), access in self.grants.items():
            if to in mine:
                reads.add(owner)
                if access == "write":
                    changes.add(owner)
        return reads, changes

    def seen(self, s: Scope) -> dict[str, str]:
        reads, _ = self.view(s)
        return {id: word for id, (where, word) in self.words.items() if where in reads}


def scopes_of(names: list[str]) -> list[Scope]:
    """Every shape of a scope, each level named like the others."""
    found: list[Scope] = []
    for a, b in zip(names, names[1:] + names[:1], strict=True):
        found += [
            Scope(user_id=a),
            Scope(agent_id=a),
            Scope(team=a),
            Scope(user_id=a, app_id=b),
            Scope(user_id=a, team=b),
            Scope(user_id=a, agent_id=b, sharing="isolated"),
            Scope(user_id=a, agent_id=b, team=b, sharing="layered"),
        ]
    return found


class Player:
    """Makes one random call after the other and holds each answer against the model."""

    def __init__(self, memory: MemOS, scopes: list[Scope], dice: random.Random) -> None:
        self.memory, self.scopes, self.dice = memory, scopes, dice
        self.model = Model()
        self.count = 0

    def turn(self) -> None:
        name = self.dice.choice(MIX)
        CALLS[name] += 1
        getattr(self, name)(self.dice.choice(self.scopes))

    def some_id(self) -> str | None:
        return self.dice.choice(sorted(self.model.words)) if self.model.words else None

    def add(self, s: Scope) -> None:
        self.count += 1
        word = f"lantern number{self.count}x"
        receipt = self.memory.add_message(user(word), scope=s)
        self.model.words[receipt.episode_ids[0]] = (self.model.own(s), word)

    def search(self, s: Scope) -> None:
        found = self.memory.search_memory("lantern", limit=1000, scope=s)
        seen = self.model.seen(s)
        assert {r.memory.id: r.memory.text for r in found.memories} == seen
        lines = [line for line in found.instruction.text.split("\n") if line.startswith("- ")]
        assert all(any(word in line for word in seen.values()) for line in lines)
        if (id := self.some_id()) is not None:
            word = self.model.words[id][1]
            told = self.memory.search_memory(word, limit=3, scope=s)
            assert (word in {r.memory.text for r in told.memories}) == (id in seen)

    def list(self, s: Scope) -> None:
        assert {m.id: m.text for m in self.memory.list_memories(limit=1000, scope=s)} == self.model.seen(s)

    def by_id(self, s: Scope) -> None:
        if (id := self.some_id()) is None:
            return
        reads, changes = self.model.view(s)
        where, word = self.model.words[id]
        name = self.dice.choice(["get", "history", "restore", "forget"])
        handle: Any = self.memory.scoped(scope=s)
        try:
            answer = getattr(handle, name)(id)
        except NotFound:
            assert where not in reads
        except AccessDenied:
            assert where in reads - changes
        else:
            assert where in (reads if name in ("get", "history") else changes)
            if name == "get":
                assert answer.text == word
            if name == "forget":
                del self.model.words[id]

    def grant(self, s: Scope) -> None:
        to, write = self.dice.choice(self.scopes), self.dice.random() < 0.5
        self.memory.grant(s, to=to, access="write" if write else "read")
        self.model.grants[self.model.own(s), self.model.own(to)] = "write" if write else "read"

    def revoke(self, s: Scope) -> None:
        for owner, to in list(self.model.grants)[: self.dice.randint(1, 4)]:
            one, other = (next(x for x in self.scopes if self.model.own(x) == key) for key in (owner, to))
            self.memory.revoke(one, to=other)
            del self.model.grants[owner, to]

    def forget(self, s: Scope) -> None:
        if (id := self.some_id()) is None:
            return
        where, word = self.model.words[id]
        self.memory.forget(query=word.split()[-1], scope=s)
        reads, changes = self.model.view(s)
        if where in reads & changes:
            del self.model.words[id]

    def promote(self, s: Scope) -> None:
        mine = [id for id, (where, _) in self.model.words.items() if where == self.model.own(s)]
        if s.sharing != "layered" or not mine:
            return
        id, target = self.dice.choice(mine), Scope(user_id=s.user_id, app_id=s.app_id)
        decision = self.memory.scoped(scope=s).promote(id, to=target).decisions[0]
        assert decision.action == "promoted"
        assert decision.memory_id is not None
        self.model.words[decision.memory_id] = (self.model.own(target), self.model.words.pop(id)[1])

    def export(self, s: Scope) -> None:
        records: list[Any] = [line["record"] for line in self.memory.export_records(scope=s) if "record" in line]
        told = {record["text"] for record in records if record.get("text")}
        assert told >= {word for where, word in self.model.words.values() if where == self.model.own(s)}
        assert {record["namespace"] for record in records} <= {info.key for info in self.memory.namespaces()}
        assert len({record["namespace"] for record in records}) <= 1

    def drop(self, s: Scope) -> None:
        if self.dice.random() < 0.3:
            own = self.model.own(s)
            self.memory.delete_namespace(scope=s)
            self.model.words = {id: one for id, one in self.model.words.items() if one[0] != own}
            self.model.grants = {pair: access for pair, access in self.model.grants.items() if own not in pair}


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, st.integers(0, 2**32))
def play(names: list[str], seed: int) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="off")) as memory:
        player = Player(memory, scopes_of(names), random.Random(seed))
        for _ in range(420):
            player.turn()


def test_ten_thousand_calls_see_their_own_view_only() -> None:
    play()
    assert CALLS.total() >= 10_000
    assert min(CALLS[name] for name in MIX) >= 200
