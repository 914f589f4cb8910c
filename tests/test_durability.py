"""What was acknowledged survives: ``kill -9``, two processes at once, a close in the middle, a fork."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import Closed, MemOS, Settings

from .turns import user

WRITER = textwrap.dedent(
    """
    import sys
    from memos_integrations import MemOS
    memory = MemOS(sys.argv[1], embedder=None)
    for n in range(100_000):
        memory.add_message({"role": "user", "content": f"I'm allergic to thing{n}.", "id": f"{sys.argv[2]}{n}"},
                           user_id="alice", conversation_id=sys.argv[2])
        print(n, flush=True)
    """
)


def start(path: Path, name: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("after", [1, 7, 150])
def test_kill_loses_no_acknowledged_message(tmp_path: Path, after: int) -> None:
    path = tmp_path / "memory.db"
    process = start(path, "w")
    assert process.stdout is not None
    last = -1
    for _ in range(after):
        last = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    last = max([last, *(int(line) for line in process.stdout.read().split("\n")[:-1])])
    process.stdout.close()
    process.wait()
    with MemOS(path, embedder=None) as memory:
        memory.wait(timeout=60)
        found = _sources(memory)
        assert {f"w{n}" for n in range(last + 1)} <= found["episode"]
        assert {f"w{n}" for n in range(last + 1)} <= found["learnt"]
        assert len(found["episodes"]) == len(set(found["episodes"]))


LIVES = textwrap.dedent(
    """
    import os, random, signal, sys, time
    from memos_integrations import MemOS
    path, lives, dice = sys.argv[1], int(sys.argv[2]), random.Random(7)
    MemOS(path, embedder=None).close()  # loads what a writer needs: each life below is a fork, and short
    for life in range(lives):
        reads, writes = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reads)
            memory = MemOS(path, embedder=None)
            for n in range(100_000):
                text = f"I'm allergic to thing{life}x{n}." if n % 16 == 0 else f"Line {life}x{n} of the ledger."
                memory.add_message({"role": "user", "content": text, "id": f"{life}-{n}"}, user_id="alice", conversation_id=str(life))
                os.write(writes, b"%d " % n)
        os.close(writes)
        got = os.read(reads, 1) if life % 4 else b""  # every fourth is killed while it opens, or soon after
        time.sleep(dice.random() * 0.06)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        while more := os.read(reads, 65536):
            got += more
        os.close(reads)
        print(life, *got.decode().split()[-1:] or [-1], flush=True)
    """
)


def test_kill_at_sixty_points_loses_and_doubles_nothing(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    told = subprocess.run([sys.executable, "-c", LIVES, str(path), "60"], capture_output=True, text=True, timeout=240, check=True)
    last = {int(life): int(end) for life, end in (line.split() for line in told.stdout.splitlines())}
    assert len(last) == 60
    acknowledged = {f"{life}-{n}" for life, end in last.items() for n in range(end + 1)}
    assert len(acknowledged) > 60
    with MemOS(path, embedder=None) as memory:
        memory.wait(timeout=120)
        found = _sources(memory)
    assert acknowledged <= found["episode"]
    assert {id for id in acknowledged if int(id.split("-")[1]) % 16 == 0} <= found["learnt"]
    assert len(found["episodes"]) == len(set(found["episodes"]))


def test_two_processes_write_one_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    MemOS(path, embedder=None).close()
    one, two = start(path, "one"), start(path, "two")
    acknowledged: dict[str, int] = {}
    for name, process in (("one", one), ("two", two)):
        assert process.stdout is not None
        for _ in range(60):
            acknowledged[name] = int(process.stdout.readline())
    for process in (one, two):
        process.kill()
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
    with MemOS(path, embedder=None) as memory:
        memory.wait(timeout=60)
        found = _sources(memory)
        for name, last in acknowledged.items():
            assert {f"{name}{n}" for n in range(last + 1)} <= found["episode"] & found["learnt"]


def _sources(memory: MemOS) -> dict[str, Any]:
    found: dict[str, Any] = {"episode": set(), "learnt": set(), "episodes": []}
    cursor = None
    while True:
        page = memory.list_memories(user_id="alice", cursor=cursor, limit=500)
        for m in page:
            found["episode" if m.kind == "episode" else "learnt"] |= set(m.sources)
            if m.kind == "episode":
                found["episodes"].append(m.text)
        cursor = page.cursor
        if cursor is None:
            return found


def test_many_threads_lose_and_double_nothing(open_memory: Callable[..., Any], tmp_path: Path) -> None:
    with MemOS(tmp_path / "memory.db", embedder=None) as memory:

        def work(name: int) -> None:
            for n in range(20):
                memory.add_message(user(f"I collect stamps{name}x{n}.", f"{name}-{n}"), user_id="alice", conversation_id=str(name))
                memory.search_memory(f"stamps{name}x{n}", user_id="alice")

        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        memory.wait(timeout=60)
        assert len(_sources(memory)["episodes"]) == 160


def test_what_a_close_leaves_is_there_at_the_next_start(open_memory: Callable[..., Any]) -> None:
    first = open_memory(settings=Settings(worker="off"))
    receipt = first.add_message(user("I'm allergic to peanuts."), user_id="alice")
    first.close()
    second = open_memory()
    assert second.wait(receipt, timeout=30).state == "done"


def test_closed_says_so(memory: Any) -> None:
    memory.close()
    memory.close()
    with pytest.raises(Closed):
        memory.search_memory("x", user_id="alice")
    with pytest.raises(Closed):
        memory.add_message(user("x"), user_id="alice")


def test_a_change_in_one_client_is_seen_in_another(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None) as one, MemOS(tmp_path / "m.db", embedder=None) as two:
        one.add_message(user("The key is under the mat."), user_id="alice")
        assert "mat" in two.search_memory("key", user_id="alice").memories[0].memory.text
        two.add_message(user("The key is in the shed now."), user_id="alice")
        assert len(one.search_memory("key", user_id="alice").memories) == 2


def test_a_fork_reopens(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import os, sys
        from memos_integrations import MemOS
        memory = MemOS(sys.argv[1], embedder=None)
        memory.add_message({"role": "user", "content": "parent"}, user_id="a")
        memory.wait(timeout=20)
        pid = os.fork()
        memory.add_message({"role": "user", "content": "child" if pid == 0 else "parent again"}, user_id="a")
        memory.wait(timeout=20)
        if pid == 0:
            memory.close()
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
        assert len(memory.list_memories(user_id="a", kinds=["episode"])) == 3
        memory.close()
        """
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "m.db")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_an_exit_without_close_keeps_what_is_not_done(tmp_path: Path) -> None:
    code = "import sys\nfrom memos_integrations import MemOS\nm = MemOS(sys.argv[1], embedder=None)\nm.add_message({'role': 'user', 'content': 'I live in Leeds.'}, user_id='a')\n"
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "m.db")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begun < 15
    with MemOS(tmp_path / "m.db", embedder=None) as memory:
        memory.wait(timeout=30)
        assert any(m.kind != "episode" for m in memory.list_memories(user_id="a"))
