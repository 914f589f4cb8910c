"""The notebooks run as they stand, offline, and print what they show."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


def verdicts(text: str) -> list[str]:
    """The lines that say yes or no; how a memory is worded may change."""
    return [line for line in text.splitlines() if set(line.split()) <= {"True", "False"}]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("MEMOS_STORE", str(tmp_path / "memory.db"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    names: dict[str, object] = {}
    shown = 0
    for number, cell in enumerate(json.loads(notebook.read_text(encoding="utf-8"))["cells"]):
        if cell["cell_type"] != "code":
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), f"{notebook.name}#{number}", "exec", dont_inherit=True), names)
        stored = "".join("".join(output["text"]) for output in cell["outputs"])
        assert bool(printed.getvalue()) == bool(stored)
        assert verdicts(printed.getvalue()) == verdicts(stored)
        shown += len(verdicts(stored))
    assert shown >= 4
