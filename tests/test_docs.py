"""Every Python snippet of README and docs runs as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").glob("*.md")])
SNIPPET = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_snippets_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MEMOS_STORE", str(tmp_path / "memory.db"))
    names: dict[str, object] = {}
    for number, snippet in enumerate(SNIPPET.findall(page.read_text(encoding="utf-8"))):
        exec(compile(snippet, f"{page.name}#{number}", "exec"), names)
