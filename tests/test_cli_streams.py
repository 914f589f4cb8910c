"""``memosctl`` and its streams: pipes, readers that go early, JSON of every command, and progress on a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .cli_runs import Run, at
from .cli_runs import run as run
from .test_cli import chat as chat
from .test_cli import store as store

ROOT = Path(__file__).parent.parent
COMMANDS: dict[str, list[str]] = {
    "add": ["add", "{chat}", "--user", "dana"],
    "search": ["search", "Where does the user live?", "--user", "dana"],
    "show": ["show", "--user", "dana"],
    "history": ["history", "{id}"],
    "export": ["export", "-"],
    "import": ["import", "{export}"],
    "stats": ["stats"],
    "doctor": ["doctor"],
    "demo": ["demo", "{chat}"],
    "reembed": ["reembed"],
    "forget": ["forget", "--query", "shellfish", "--user", "dana"],
}


@pytest.fixture
def places(run: Run, store: Path, chat: Path, tmp_path: Path) -> dict[str, str]:
    """What the commands speak of."""
    export = tmp_path / "all.jsonl"
    assert run("export", export, "--store", store).code == 0
    some = json.loads(run("show", *at(store), "--json").out)[0]["id"]
    return {"chat": str(chat), "id": some, "export": str(export), "store": str(store)}


def words(name: str, places: dict[str, str]) -> list[str]:
    embedder = "local" if name == "reembed" else "none"
    where = [] if name == "demo" else ["--store", places["store"]]
    return [*(part.format(**places) for part in COMMANDS[name]), *where, "--embedder", embedder]


def test_every_command_prints_json(run: Run, places: dict[str, str]) -> None:
    for name in COMMANDS:
        ran = run(*words(name, places), "--json")
        assert (ran.code, ran.err) == (0, ""), name
        documents = [json.loads(line) for line in ran.out.splitlines()]
        assert len(documents) == 1 or name == "export"


def test_every_command_works_in_a_pipe_and_ends_quietly_when_its_reader_goes(places: dict[str, str]) -> None:
    base = [sys.executable, "-W", "error", "-m", "memos_integrations.cli"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "20"}
    for name in COMMANDS:
        # the second reader is gone before anything is printed
        for gone in (False, True) if name in ("search", "show", "export", "demo") else (False,):
            reading, writing = os.pipe()
            command = [*base, *words(name, places)]
            process = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env)
            os.close(writing)
            if gone:
                os.close(reading)
                out = b""
            else:
                with os.fdopen(reading, "rb") as source:
                    out = source.read()
            assert process.stderr is not None
            errors = process.stderr.read()
            process.stderr.close()
            assert (process.wait(120), errors) == (0, b""), (name, gone)
            assert gone or out
            assert b"\x1b" not in out and b"\r" not in out


def read_terminal(command: list[str], env: dict[str, str], seconds: float) -> tuple[int, str]:
    """Run a command whose stderr is a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=slave, stdin=subprocess.DEVNULL, env=env)
    os.close(slave)
    seen = b""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                part = os.read(master, 65_536)
            except OSError:  # Linux says so when the other side has gone
                break
            if not part:
                break
            seen += part
        elif process.poll() is not None:
            break
    os.close(master)
    return process.wait(30), seen.decode("utf-8", "replace")


def test_ten_thousand_messages_show_their_progress(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    lines = (json.dumps({"role": "user" if n % 2 else "assistant", "content": f"Line {n}: the tap drips."}) for n in range(10_000))
    path.write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "memos_integrations.cli", "add", str(path), "--user", "dana", "--store", str(tmp_path / "m.db")]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    code, seen = read_terminal([*command, "--embedder", "none"], env, 300)
    assert code == 0, seen
    steps = [int(done) for done in re.findall(r"(\d+)/10000", seen)]
    assert "adding" in seen and "learning" in seen
    assert len(set(steps)) >= 5
    assert max(steps) == 10_000
