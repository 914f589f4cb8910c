"""The pictures of the page on LangGraph are drawn by the graphs that its snippets build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .test_docs import SNIPPET

PAGE = Path(__file__).resolve().parent.parent / "docs" / "langgraph.md"


def picture(graph: Any) -> str:
    drawn: str = graph.get_graph().draw_mermaid()
    lines = drawn.rpartition("---\n")[2].rstrip().splitlines()  # without the settings before it, and the colours after it
    return "\n".join(line for line in lines if "classDef" not in line)


def test_each_picture_is_that_of_its_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    for number, snippet in enumerate(SNIPPET.findall(text)):
        exec(compile(snippet, f"{PAGE.name}#{number}", "exec", dont_inherit=True), names)
    for name in ("graph", "supervisor", "swarm", "map_reduce"):
        assert f"```mermaid\n{picture(names[name])}\n```" in text, name
    assert text.count("```mermaid") == 4
