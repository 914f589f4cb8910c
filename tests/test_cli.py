"""``memosctl``: every command as text and as JSON, exit codes, files, pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from memos_integrations import MemOS, ModelError
from memos_integrations.cli.output import one_line, safe, shortened
from memos_integrations.llms import ScriptedLlm

from .cli_runs import Run, at
from .cli_runs import run as run
from .loopback import loopback

CHAT = [
    {"role": "user", "content": "My name is Dana. I live in Graz.", "created_at": "2025-03-01T10:00:00Z"},
    {"role": "assistant", "content": "Nice to meet you, Dana.", "created_at": "2025-03-01T10:00:10Z"},
    {"role": "user", "content": "I'm allergic to shellfish. Keep answers short.", "created_at": "2025-03-01T10:01:00Z"},
    {"role": "assistant", "content": "Understood.", "created_at": "2025-03-01T10:01:10Z"},
    {"role": "user", "content": "I moved to Oslo last week.", "created_at": "2025-06-01T10:00:00Z"},
]


@pytest.fixture
def chat(tmp_path: Path) -> Path:
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(CHAT), encoding="utf-8")
    return path


@pytest.fixture
def store(run: Run, chat: Path, tmp_path: Path) -> Path:
    path = tmp_path / "memory.db"
    ran = run("add", chat, "--store", path, "--user", "dana", "--embedder", "none")
    assert ran.code == 0, ran.err
    return path


def process(*args: object, **options: object) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONWARNINGS": "error", "NO_COLOR": ""}
    return subprocess.run(
        [sys.executable, "-m", "memos_integrations.cli", *map(str, args)],
        capture_output=True,
        encoding="utf-8",
        env=env,
        check=False,
        timeout=120,
    )


class TestAdd:
    def test_says_what_became_of_it(self, run: Run, chat: Path, tmp_path: Path) -> None:
        ran = run("add", chat, *at(tmp_path / "a.db"))
        assert ran.code == 0
        assert "5 messages in 1 conversation: 5 new, 0 known already" in ran.out
        assert "added:" in ran.out

    def test_json(self, run: Run, chat: Path, tmp_path: Path) -> None:
        ran = run("add", chat, *at(tmp_path / "a.db"), "--json")
        conversations = ran.json["conversations"]
        assert isinstance(conversations, list)
        assert conversations[0]["messages"] == 5
        assert ran.json["actions"]["journalled"] == {"episode": 5}  # type: ignore[index]

    def test_the_same_file_again_is_known(self, run: Run, chat: Path, store: Path) -> None:
        ran = run("add", chat, *at(store))
        assert "0 new, 5 known already" in ran.out

    def test_a_file_that_grew_adds_the_rest(self, run: Run, chat: Path, store: Path) -> None:
        chat.write_text(json.dumps([*CHAT, {"role": "user", "content": "And I took up rowing."}]), encoding="utf-8")
        assert "1 new, 5 known already" in run("add", chat, *at(store)).out

    def test_without_learning(self, run: Run, chat: Path, tmp_path: Path) -> None:
        store = tmp_path / "a.db"
        assert run("add", chat, *at(store), "--no-learn").code == 0
        assert run("show", *at(store)).out == "nothing remembered\n"

    def test_a_long_conversation_sent_again_is_known(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "long.jsonl"
        path.write_text("\n".join(json.dumps({"role": "user", "content": f"Row {i} of the log."}) for i in range(950)), encoding="utf-8")
        store = tmp_path / "a.db"
        assert "950 messages in 1 conversation: 950 new, 0 known" in run("add", path, *at(store)).out
        assert "0 new, 950 known" in run("add", path, *at(store)).out

    def test_from_standard_input(self, run: Run, tmp_path: Path) -> None:
        ran = run("add", "-", *at(tmp_path / "a.db"), stdin='{"role": "user", "content": "Hi"}\n')
        assert "1 message in 1 conversation: 1 new" in ran.out

    def test_named_conversation(self, run: Run, chat: Path, tmp_path: Path) -> None:
        store = tmp_path / "a.db"
        run("add", chat, *at(store), "--conversation", "c1")
        with MemOS(store, embedder=None) as memory:
            page = memory.list_memories(kinds=["episode"], user_id="dana")
        assert {m.conversation_id for m in page} == {"c1"}

    def test_one_name_for_two_conversations_is_wrong(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "two.jsonl"
        path.write_text(
            '{"messages": [{"role": "user", "content": "a"}]}\n{"messages": [{"role": "user", "content": "b"}]}\n', encoding="utf-8"
        )
        assert run("add", path, *at(tmp_path / "a.db"), "--conversation", "c1").code == 2


class TestSearch:
    def test_text(self, run: Run, store: Path) -> None:
        ran = run("search", "Where does the user live?", *at(store))
        assert ran.code == 0
        assert "Oslo" in ran.out
        assert "tokens injected" in ran.out

    def test_json_is_a_recall(self, run: Run, store: Path) -> None:
        ran = run("search", "dinner with friends", *at(store), "--json", "--max-tokens", 200, "--limit", 3)
        assert "shellfish" in ran.json["instruction"]["head"]  # type: ignore[index]
        assert len(ran.json["memories"]) <= 3  # type: ignore[arg-type]

    def test_only_the_instruction(self, run: Run, store: Path) -> None:
        ran = run("search", "dinner", *at(store), "--instruction")
        text = run("search", "dinner", *at(store), "--json").json["instruction"]["text"]  # type: ignore[index]
        assert ran.out == f"{text}\n"

    def test_kinds(self, run: Run, store: Path) -> None:
        found = run("search", "Oslo", *at(store), "--json", "--kind", "episode").json["memories"]
        assert isinstance(found, list)
        assert {m["memory"]["kind"] for m in found} == {"episode"}

    def test_another_user_sees_nothing(self, run: Run, store: Path) -> None:
        assert run("search", "Oslo", *at(store, "eve")).out.startswith("nothing found")

    def test_blank_query(self, run: Run, store: Path) -> None:
        ran = run("search", " ", *at(store))
        assert ran.code == 1
        assert "query" in ran.err


class TestShow:
    def test_text_and_json_agree(self, run: Run, store: Path) -> None:
        listed = json.loads(run("show", *at(store), "--json").out)
        text = run("show", *at(store)).out
        assert listed
        assert all(m["id"] in text for m in listed)
        assert {m["kind"] for m in listed} <= {"fact", "preference", "summary"}

    def test_limit_and_status(self, run: Run, store: Path) -> None:
        assert len(json.loads(run("show", *at(store), "--json", "--limit", 1).out)) == 1
        past = json.loads(run("show", *at(store), "--json", "--status", "superseded").out)
        assert any("Graz" in m["text"] for m in past)

    def test_history(self, run: Run, store: Path) -> None:
        past = json.loads(run("show", *at(store), "--json", "--status", "superseded").out)
        loser = next(m for m in past if "Graz" in m["text"])
        story = run("history", loser["id"], "--store", store, "--json").json["versions"]
        assert isinstance(story, list)
        assert any("Oslo" in e["memory"]["text"] for e in story)
        text = run("history", loser["id"], "--store", store).out
        assert "Graz" in text and "Oslo" in text

    def test_history_of_nothing(self, run: Run, store: Path) -> None:
        ran = run("history", "no-such-id", "--store", store)
        assert ran.code == 1
        assert "no-such-id" in ran.err

    def test_no_memory_of_others_by_id(self, run: Run, store: Path) -> None:
        some = json.loads(run("show", *at(store), "--json").out)[0]["id"]
        assert run("history", some, *at(store, "eve")).code == 1


class TestForget:
    def test_ids(self, run: Run, store: Path) -> None:
        one = json.loads(run("show", *at(store), "--json").out)[0]["id"]
        ran = run("forget", one, *at(store))
        assert ran.code == 0
        assert "forgotten:" in ran.out
        assert one not in run("show", *at(store)).out

    def test_query(self, run: Run, store: Path) -> None:
        ran = run("forget", "--query", "shellfish", *at(store), "--json")
        assert ran.code == 0
        assert ran.json["decisions"]
        assert "shellfish" not in run("search", "shellfish allergy", *at(store)).out.replace("query", "")

    def test_all(self, run: Run, store: Path) -> None:
        ran = run("forget", "--all", "--yes", *at(store))
        assert ran.code == 0
        assert ran.out.startswith("forgotten: all ")
        assert "candidate" not in ran.out
        assert run("search", "Oslo", *at(store)).out.startswith("nothing found")

    @pytest.mark.parametrize("args", [(), ("--all", "--query", "x"), ("some-id", "--all")])
    def test_say_one_thing(self, args: tuple[str, ...], run: Run, store: Path) -> None:
        assert run("forget", *args, *at(store)).code == 2

    def test_everything_needs_a_name(self, run: Run, store: Path) -> None:
        assert run("forget", "--all", "--yes", "--store", store).code == 2
        assert "Oslo" in run("show", *at(store)).out

    def test_unknown_id(self, run: Run, store: Path) -> None:
        assert run("forget", "no-such-id", *at(store)).code == 1


class TestMoving:
    def test_round_trip_is_exact(self, run: Run, store: Path, tmp_path: Path) -> None:
        first, second, copy = tmp_path / "1.jsonl", tmp_path / "2.jsonl", tmp_path / "copy.db"
        ran = run("export", first, "--store", store)
        assert ran.code == 0 and "records written" in ran.out
        ran = run("import", first, "--store", copy, "--embedder", "none")
        assert ran.code == 0, ran.err
        run("export", second, "--store", copy)
        assert first.read_bytes() == second.read_bytes()
        for command in (("show",), ("show", "--status", "any"), ("search", "Oslo", "--instruction")):
            assert run(*command, *at(store)).out == run(*command, *at(copy)).out

    def test_header_first_then_lines(self, run: Run, store: Path) -> None:
        lines = run("export", "-", "--store", store).out.splitlines()
        assert json.loads(lines[0])["memos_export"] == 1
        assert len(lines) > 5

    def test_through_standard_streams(self, run: Run, store: Path, tmp_path: Path) -> None:
        text = run("export", "-", "--store", store).out
        ran = run("import", "-", "--store", tmp_path / "copy.db", "--embedder", "none", "--json", stdin=text)
        records = ran.json["records"]
        assert records == sum('"record"' in line for line in text.splitlines())
        assert run("export", "-", "--store", tmp_path / "copy.db").out == text

    def test_one_scope_only(self, run: Run, store: Path, chat: Path) -> None:
        run("add", chat, *at(store, "eve"))
        text = run("export", "-", "--store", store, "--user", "eve").out
        assert "user=eve" in text and "user=dana" not in text

    def test_a_sent_history_is_known_after_the_move(self, run: Run, store: Path, chat: Path, tmp_path: Path) -> None:
        copy = tmp_path / "copy.db"
        run("export", tmp_path / "1.jsonl", "--store", store)
        run("import", tmp_path / "1.jsonl", "--store", copy, "--embedder", "none")
        assert "0 new, 5 known already" in run("add", chat, *at(copy)).out

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "empty"),
            ("{}\n", "no export"),
            ('{"memos_export": 999}\n', "999"),
            ('{"memos_export": 1}\nhalf a li', "line 2"),
            ("[1]\n", "line 1"),
        ],
    )
    def test_damaged(self, text: str, said: str, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "bad.jsonl"
        path.write_text(text, encoding="utf-8")
        ran = run("import", path, "--store", tmp_path / "copy.db", "--embedder", "none")
        assert ran.code == 1
        assert said in ran.err

    def test_a_failed_export_leaves_the_old_one(self, run: Run, tmp_path: Path) -> None:
        target = tmp_path / "old.jsonl"
        target.write_text("old", encoding="utf-8")
        assert run("export", target, "--store", tmp_path / "none.db").code == 1
        assert target.read_text(encoding="utf-8") == "old"
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []

    def test_scope_does_not_belong_to_import(self, run: Run, tmp_path: Path) -> None:
        assert run("import", tmp_path / "x", "--user", "dana").code == 2

    def test_reembed(self, run: Run, store: Path) -> None:
        ran = run("reembed", "--store", store, "--embedder", "local", "--json")
        assert ran.code == 0, ran.err
        assert isinstance(ran.json["embedded"], int) and ran.json["embedded"] >= 5
        assert "0 records embedded" in run("reembed", "--store", store, "--embedder", "local").out
        assert run("reembed", "--store", store, "--embedder", "none").code == 2


class TestStats:
    def test_text(self, run: Run, store: Path) -> None:
        ran = run("stats", "--store", store)
        assert ran.code == 0
        assert "user=dana" in ran.out and "episode" in ran.out

    def test_json(self, run: Run, store: Path) -> None:
        ran = run("stats", "--store", store, "--json")
        infos = ran.json["namespaces"]
        assert isinstance(infos, list)
        assert infos[0]["memories"]["episode"] == 5
        assert (ran.json["pending"], ran.json["failed"]) == (0, [])

    def test_scope(self, run: Run, store: Path) -> None:
        assert run("stats", *at(store, "eve"), "--json").json["namespaces"] == []


class TestDoctor:
    def test_healthy(self, run: Run, store: Path) -> None:
        ran = run("doctor", "--store", store, "--embedder", "none")
        assert ran.code == 0, ran.out
        assert "FAULT" not in ran.out and "memos-integrations" in ran.out

    def test_local_embedder(self, run: Run, tmp_path: Path) -> None:
        ran = run("doctor", "--store", tmp_path / "new.db", "--embedder", "local", "--json")
        assert ran.code == 0, ran.out
        assert ran.json["ok"] is True
        checks = ran.json["checks"]
        assert isinstance(checks, list)
        assert "dimensions" in next(c["detail"] for c in checks if c["name"] == "embedder")

    def test_no_store_yet(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "typo.db"
        ran = run("doctor", "--store", path, "--embedder", "none")
        assert ran.code == 0
        assert f"there is none at {path}" in ran.out
        assert not path.exists()

    def test_a_store_of_another_embedder(self, run: Run, chat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "local.db"
        assert run("add", chat, "--store", path, "--user", "dana", "--embedder", "none").code == 0
        assert run("reembed", "--store", path, "--embedder", "local").code == 0
        with MemOS(path, embedder=None) as memory:
            assert memory.info()["embedder"] is None
        with loopback(lambda body: (200, {"data": [{"index": 0, "embedding": [1.0, 2.0]}]})) as server:
            monkeypatch.setenv("OPENAI_API_KEY", "none")
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            ran = run("doctor", "--store", path, "--embedder", "openai:m", "--json")
            refused = run("search", "Oslo", "--store", path, "--user", "dana", "--embedder", "openai:m")
        assert ran.code == 3
        faults = [c["name"] for c in ran.json["checks"] if not c["ok"]]  # type: ignore[index, union-attr]
        assert faults == ["together"]
        assert "reembed" in ran.out
        assert refused.code == 1 and "reembed" in refused.err

    @pytest.mark.parametrize(("status", "said"), [(200, "answers"), (401, "check the key"), (503, "503")])
    def test_llm(self, status: int, said: str, run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with loopback(lambda body: (status, {"object": "list", "data": []})) as server:
            monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-indeed-0000")
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            ran = run("doctor", "--store", store, "--embedder", "none", "--llm", "openai:m")
        assert ran.code == (0 if status == 200 else 3)
        assert said in ran.out
        assert "sk-very" not in ran.out + ran.err
        down = run("doctor", "--store", store, "--embedder", "none", "--llm", "openai:m")
        assert down.code == 3 and "cannot be reached" in down.out

    def test_failed_tasks(self, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "m.db"
        llm = ScriptedLlm([ModelError("no such model", retryable=False)])
        with MemOS(path, embedder=None, llm=llm) as memory:
            memory.add_message({"role": "user", "content": "The lamp flickers."}, user_id="dana")
            memory.wait(timeout=30)
        ran = run("doctor", "--store", path, "--embedder", "none")
        assert ran.code == 3
        assert "no such model" in ran.out
        assert "no such model" in run("stats", "--store", path).out

    def test_damaged_store(self, run: Run, tmp_path: Path) -> None:
        bad = tmp_path / "bad.db"
        bad.write_bytes(b"this is no database" * 500)
        ran = run("doctor", "--store", bad, "--embedder", "none")
        assert ran.code == 3
        assert "FAULT" in ran.out
        assert run("doctor", "--store", bad, "--embedder", "none", "--json").json["ok"] is False

    def test_unknown_models(self, run: Run, store: Path) -> None:
        assert run("doctor", "--store", store, "--embedder", "nonsense:x").code == 3
        assert run("doctor", "--store", store, "--embedder", "none", "--llm", "nonsense:x").code == 3


class TestUsage:
    def test_unknown_command_and_option(self, run: Run) -> None:
        assert run("sing").code == 2
        assert run("search", "x", "--loud").code == 2

    def test_somebody_must_be_named(self, run: Run, store: Path) -> None:
        ran = run("search", "x", "--store", store)
        assert ran.code == 2
        assert "--user" in ran.err

    def test_a_mistyped_store_is_no_empty_one(self, run: Run, tmp_path: Path) -> None:
        ran = run("search", "x", *at(tmp_path / "typo.db"))
        assert ran.code == 1
        assert "there is no store" in ran.err
        assert not (tmp_path / "typo.db").exists()

    def test_blank_name(self, run: Run, store: Path) -> None:
        assert run("search", "x", "--store", store, "--user", " ").code == 1

    def test_isolated_needs_an_agent(self, run: Run, store: Path) -> None:
        assert run("search", "x", *at(store), "--sharing", "isolated").code == 1

    def test_store_from_the_environment(self, run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MEMOS_STORE", str(store))
        assert "user=dana" in run("stats").out

    def test_help_and_version(self, run: Run) -> None:
        ran = run("--help")
        assert ran.code == 0
        for name in ("demo", "add", "search", "show", "history", "forget", "export", "import", "copy", "reembed", "stats", "doctor"):
            assert f"  {name} " in ran.out
            assert "--store" in run(name, "--help").out
        assert run("--version").out.startswith("memosctl ")

    def test_without_the_extra(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "typer", None)
        ran = run("stats")
        assert ran.code == 2
        assert "memos-integrations[cli]" in ran.err


class TestPipe:
    def test_no_colour_no_wrapping(self, store: Path) -> None:
        ran = process("show", *at(store))
        assert ran.returncode == 0, ran.stderr
        assert ran.stderr == ""
        assert "\x1b" not in ran.stdout
        listed = json.loads(process("show", *at(store), "--json").stdout)
        assert len(ran.stdout.splitlines()) == len(listed) + 1

    def test_a_reader_that_goes_early(self, store: Path) -> None:
        command = f'"{sys.executable}" -m memos_integrations.cli export - --store "{store}" | head -c 10'
        ran = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, encoding="utf-8", check=False, timeout=60)
        assert ran.stderr == ""
        assert ran.returncode == 0

    def test_errors_go_to_stderr(self, store: Path) -> None:
        ran = process("history", "nothing", "--store", store)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert ran.stderr.startswith("memosctl: ") and "Traceback" not in ran.stderr


class TestWords:
    def test_nothing_steers_the_terminal(self) -> None:
        assert "\x1b" not in safe("a\x1b[31mb") and "\u202e" not in safe("a\u202eb")
        assert one_line("a\n b\t c") == "a b c"

    def test_chinese_takes_two_cells(self) -> None:
        assert shortened("我住在厦门沙坡尾", 9) == "我住在厦…"
        assert shortened("short", 9) == "short"
