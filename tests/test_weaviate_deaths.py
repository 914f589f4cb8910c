"""Processes that die in the middle of their work on one memory do not trouble the others, and many that live do not either."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from memos_integrations import ItemInput, MemOS, Settings
from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.rules import RuleExtractor
from memos_integrations.embeddings import HashingEmbedder
from memos_integrations.stores.weaviate import journal

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="lives are forks")

SAID = [
    {"role": "user", "content": "I'm allergic to peanuts.", "id": "m1"},
    {"role": "user", "content": "我喜欢喝绿茶。", "id": "m2"},
]
_CLAIM_S = 1  # a claim that nobody made good ends sooner than for users


def act(memory: Any, what: str, who: str, said: Any) -> None:
    """The call that is died in, and made again."""
    if what == "add_message":
        memory.add_message(said, user_id=who, conversation_id="c")
    else:
        memory.items(user_id=who).put(ItemInput(path=("a",), key="k", value={"n": 1}, texts=("peanuts",)))


# Lives one after the other, each of which dies when so many of its requests were answered.
LIVES = (
    textwrap.dedent(
        """
        import json, os, sys, traceback
        from typing import Any
        from memos_integrations import ItemInput, MemOS, Scope, Settings
        from memos_integrations.embeddings import HashingEmbedder
        from memos_integrations.stores.weaviate import connection, journal

        journal._CONFIRM_S = int(sys.argv[1])
        """
    )
    + inspect.getsource(act)
    + textwrap.dedent(
        """
        def live(url, what, who, last, said):
            memory = MemOS(url, embedder=HashingEmbedder(64), settings=Settings(worker="off", lease_s=1))
            memory.pending()
            answered, sent = 0, connection.Connection._sent

            async def counted(self, client, request):
                nonlocal answered
                result = await sent(self, client, request)
                answered += 1
                if answered == last:
                    os._exit(9)
                return result

            connection.Connection._sent = counted
            act(memory, what, who, said)

        for line in sys.stdin:
            pid = os.fork()
            if pid == 0:
                try:
                    live(*json.loads(line))
                except BaseException:
                    traceback.print_exc()
                    os._exit(1)
                os._exit(0)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
        """
    )
)


class Lives:
    """Processes that begin an act and die in it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", LIVES, str(_CLAIM_S)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def dies(self, what: str, who: str, last: int) -> bool:
        """Whether it died after so many answers; else the act was done before."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([self._url, what, who, last, SAID]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        assert code in (0, 9)
        return code == 9

    def close(self) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture
def lives(weaviate_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lives]:
    monkeypatch.setattr(journal, "_CONFIRM_S", _CLAIM_S)
    with closing(Lives(weaviate_url)) as lives:
        yield lives


def opened(url: str) -> MemOS:
    """What a new process sees."""
    return MemOS(url, embedder=HashingEmbedder(64), settings=Settings(lease_s=1))


def settled(memory: MemOS) -> None:
    memory.wait(timeout=30)
    assert memory.pending() == 0
    assert memory.failed() == []


def texts(memory: MemOS, kinds: Sequence[str] | None = None, **scope: Any) -> list[str]:
    return sorted(one.text for one in memory.list_memories(kinds=list(kinds) if kinds else None, limit=1000, **scope))


def check(memory: MemOS, what: str, who: str, *, acknowledged: bool) -> None:
    """What a new process finds: first as it is, then after the same call once more."""
    spoken = sorted(one["content"] for one in SAID)
    items = memory.items(user_id=who)
    if what == "add_message":
        assert texts(memory, ["episode"], user_id=who) in ([spoken] if acknowledged else [[], spoken])
    else:
        [item] = items.get([(("a",), "k")])
        assert item is not None or not acknowledged
    if not acknowledged:
        act(memory, what, who, SAID)
        settled(memory)
    if what == "add_message":
        assert texts(memory, ["episode"], user_id=who) == spoken
        wishes = texts(memory, ["preference"], user_id=who)
        assert (len(wishes), sum("peanuts" in text for text in wishes)) == (2, 1)
        found = memory.search_memory("Which drink?", user_id=who)
        assert found.ledger.dense and not any("embedded" in note for note in found.ledger.notes)
    else:
        assert [(found.item.key, found.item.value) for found in items.search(("a",), query="peanuts")] == [("k", {"n": 1})]
        assert items.paths() == [("a",)]
    held = memory.list_memories(user_id=who, kinds=["episode", "fact", "preference", "item"], status="any", limit=1000).memories
    assert [sum(row.memories.values()) for row in memory.namespaces() if row.scope.user_id == who] == [len(held)]


@pytest.mark.parametrize("what", ["add_message", "put"])  # all kinds of calls: test_weaviate_crashes
def test_a_client_that_dies_after_any_answer_leaves_what_the_next_makes_whole(weaviate_url: str, lives: Lives, what: str) -> None:
    begun: list[str] = []
    died = True
    while died:
        who = f"u{len(begun) + 1}"
        begun.append(who)
        died = lives.dies(what, who, len(begun))
    assert len(begun) > 3  # it had some points to die at
    with opened(weaviate_url) as memory:
        known = {row.scope.user_id for row in memory.namespaces()}
        assert begun[-1] in known <= set(begun)
        settled(memory)
        for who in begun:
            check(memory, what, who, acknowledged=who == begun[-1])


def test_a_task_taken_twice_leaves_one_result(weaviate_url: str) -> None:
    """The worst that can be: a worker stalls until its lease ends, another does its work, and the first goes on."""
    waits, rules = Settings(worker="off", lease_s=0.3), RuleExtractor()
    slow, quick = (MemOS(weaviate_url, embedder=HashingEmbedder(64), extractor=rules, settings=waits) for _ in range(2))
    stalled, go_on = threading.Event(), threading.Event()

    class Stalling:
        def extract(self, turns: Sequence[Turn]) -> Sequence[Candidate]:
            stalled.set()
            assert go_on.wait(30)
            return rules.extract(turns)

    with (
        closing(slow),
        closing(quick),
        MemOS(weaviate_url, embedder=HashingEmbedder(64), extractor=Stalling(), settings=waits) as stalling,
        ThreadPoolExecutor(1) as pool,
    ):
        slow.add_message(SAID, user_id="u", conversation_id="c")
        first = pool.submit(stalling.drain)
        assert stalled.wait(30)
        time.sleep(0.4)
        quick.drain()
        done = texts(quick, ["preference"], user_id="u")
        assert len(done) == 2
        go_on.set()
        first.result(timeout=60)
        assert texts(quick, ["preference"], user_id="u") == done
        assert quick.pending() == 0
        assert quick.failed() == []


_MANY = """
import sys, time
from memos_integrations import MemOS, Scope, Settings
url, role, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
with MemOS(url, embedder=None, settings=Settings(worker="off")) as memory:
    if role == "writer":
        for turn in range(3):
            said = lambda where: {"role": "user", "content": f"I'm allergic to {where}{number}x{turn}.", "id": f"{number}-{turn}"}
            memory.add_message(said("shared"), user_id="alice", agent_id=f"a{number}", conversation_id="one")
            memory.add_message(said("own"), user_id="alice", agent_id=f"a{number}", sharing="isolated", conversation_id="one")
            memory.add_message(said("layer"), user_id="bob", agent_id=f"a{number}", sharing="layered", conversation_id="one")
            memory.add_message(said("crew"), team="crew", agent_id=f"a{number}", conversation_id="one")
        memory.grant(Scope(user_id="alice", agent_id=f"a{number}", sharing="isolated"), to=Scope(user_id=f"reader{number}"))
    else:
        end = time.monotonic() + 8
        while time.monotonic() < end:
            memory.drain(2)
"""


def test_writers_and_workers_of_many_processes_lose_double_and_leak_nothing(weaviate_url: str) -> None:
    roles = [*(("writer", n) for n in range(4)), *(("worker", n) for n in range(2))]
    run = [sys.executable, "-W", "ignore", "-c", _MANY, weaviate_url]
    processes = [
        subprocess.Popen([*run, role, str(number)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for role, number in roles
    ]
    for process in processes:
        _, told = process.communicate(timeout=180)
        assert process.returncode == 0, told
    with MemOS(weaviate_url, embedder=None) as memory:
        memory.wait(timeout=60)
        assert (memory.pending(), memory.failed()) == (0, [])

        def learnt(**scope: Any) -> list[str]:
            turns = sorted(word for text in texts(memory, ["episode"], **scope) for word in re.findall(r"[a-z]+\dx\d", text))
            wishes = sorted(word for text in texts(memory, ["preference"], **scope) for word in re.findall(r"[a-z]+\dx\d", text))
            assert turns == wishes
            return wishes

        def by(where: str, *numbers: int) -> list[str]:
            return sorted(f"{where}{number}x{turn}" for number in numbers for turn in range(3))

        assert learnt(user_id="alice") == by("shared", 0, 1, 2, 3)
        assert learnt(team="crew", agent_id="any") == by("crew", 0, 1, 2, 3)
        assert learnt(user_id="bob") == []
        for number in range(4):
            assert learnt(user_id="alice", agent_id=f"a{number}", sharing="isolated") == by("own", number)
            assert learnt(user_id="bob", agent_id=f"a{number}", sharing="layered") == by("layer", number)
            read = memory.search_memory("allergic", user_id=f"reader{number}", limit=50, kinds=["preference"]).memories
            assert sorted(word for one in read for word in re.findall(r"own\dx\d", one.memory.text)) == by("own", number)
        assert not memory.search_memory("allergic", user_id="stranger").memories
