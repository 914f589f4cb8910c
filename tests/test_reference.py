"""What holds a memory can be saved as JSON and restored elsewhere: by what the memory was opened with, or by a name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memos_integrations import AsyncMemOS, InvalidInput, MemOS, Settings
from memos_integrations.client._reference import by_reference, reference_of, register_memory


def test_a_memory_over_a_file_is_found_again_by_it(tmp_path: Path) -> None:
    path = str(tmp_path / "m.db")
    with MemOS(path, embedder=None, settings=Settings(timezone="Europe/Berlin")) as memory:
        memory.remember("The user lives in Berlin.", kind="fact", user_id="alice")
        reference = json.loads(json.dumps(reference_of(memory)))
        assert by_reference(reference)._engine is memory._engine, "what is open is not opened twice"
        assert reference_of(memory.scoped(user_id="alice")) == reference == reference_of(memory.aio)
    with by_reference(reference) as again:
        assert again.settings.timezone == "Europe/Berlin"
        assert again.embedder is None
        assert [m.text for m in again.list_memories(user_id="alice")] == ["The user lives in Berlin."]


def test_a_memory_in_memory_or_with_objects_of_ones_own_needs_a_name(tmp_path: Path) -> None:
    with MemOS(":memory:", embedder=None) as memory, MemOS(tmp_path / "m.db", embedder=None, llm=lambda prompt: "{}") as other:
        for one in (memory, other):
            with pytest.raises(InvalidInput, match="register_memory"):
                reference_of(one)
        register_memory("main", memory.aio)
        register_memory("other", other)
        assert reference_of(memory) == {"name": "main"}
        assert by_reference({"name": "other"})._engine is other._engine
        register_memory("main", other)
        with pytest.raises(InvalidInput, match="register_memory"):
            reference_of(memory)
    with pytest.raises(InvalidInput, match="'nobody'"):
        by_reference({"name": "nobody"})
    for broken in ({}, {"store": 3}, {"store": "x", "exec": "y"}):
        with pytest.raises(InvalidInput):
            by_reference(broken)  # type: ignore[arg-type]
    for name, wrong in (("", AsyncMemOS), ("x", "no memory")):
        with pytest.raises(InvalidInput):
            register_memory(name, wrong)  # type: ignore[arg-type]
