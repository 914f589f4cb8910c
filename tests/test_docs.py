"""Every Python snippet and every ``memosctl`` command of README and docs runs as it stands."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")])
SNIPPET = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


SERVER = "weaviate://localhost:8080"  # in the pages; here it is the server of the tests


def at_hand(text: str, request: pytest.FixtureRequest) -> str:
    return text.replace(SERVER, request.getfixturevalue("weaviate_url")) if SERVER in text else text


# LlamaIndex's workflows look at every attribute of an agent, also those that pydantic deprecates
@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_snippets_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEMOS_STORE", str(tmp_path / "memory.db"))
    names: dict[str, object] = {}
    for number, snippet in enumerate(SNIPPET.findall(page.read_text(encoding="utf-8"))):
        snippet = at_hand(snippet, request)
        exec(compile(snippet, f"{page.name}#{number}", "exec", dont_inherit=True), names)


SHELL = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMANDS = [page for page in PAGES if "memosctl" in "".join(SHELL.findall(page.read_text(encoding="utf-8")))]


@pytest.mark.parametrize("page", COMMANDS, ids=lambda page: page.name)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    python = shlex.quote(sys.executable)
    script = f'set -eo pipefail\nmemosctl() {{ {python} -W error -m memos_integrations.cli "$@"; }}\n'
    script += at_hand("\n".join(SHELL.findall(page.read_text(encoding="utf-8"))), request)
    env = {**os.environ, "MEMOS_STORE": str(tmp_path / "memory.db"), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=env, capture_output=True, encoding="utf-8", check=False, timeout=300)
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "\x1b" not in ran.stdout


def test_the_commands_of_the_command_line_are_all_shown() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    shown = "".join(SHELL.findall(text))
    for name in ("demo", "add", "search", "show", "history", "forget", "export", "import", "copy", "reembed", "stats", "doctor"):
        assert f"memosctl {name}" in shown
