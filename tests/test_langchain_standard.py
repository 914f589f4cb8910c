"""LangChain's own standard suites."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.tools import BaseTool

# installed without its dependencies, whose pytest plugins would change how all other tests run: see the Makefile
from langchain_tests import integration_tests as integration
from langchain_tests import unit_tests as unit

from memos_integrations import MemOS
from memos_integrations.langchain import MemoryFusionRetriever, MemOSRetriever, create_memory_tools

TOOLS: dict[str, dict[str, Any]] = {
    "search_memory": {"query": "cello"},
    "remember": {"text": "Ann swims on Sundays.", "kind": "fact"},
    "update_memory": {"text": "Ann plays the viola."},
    "forget_memory": {},
}


class _WithMemory:
    """A memory that holds a few facts about cellos."""

    memory: MemOS

    @pytest.fixture(autouse=True)
    def _memory(self) -> Iterator[None]:
        with MemOS(":memory:", embedder=None) as memory:
            for text in ("Ann plays the cello.", "The cello's maker is Amati.", "A cello case is red.", "Her first cello broke in Rome."):
                memory.remember(text, kind="fact", user_id="ann")
            self.memory = memory
            yield


class TestMemOSRetriever(_WithMemory, integration.RetrieversIntegrationTests):  # type: ignore[name-defined]
    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return MemOSRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"memory": self.memory, "user_id": "ann"}

    @property
    def retriever_query_example(self) -> str:
        return "cello"


class TestMemoryFusionRetriever(_WithMemory, integration.RetrieversIntegrationTests):  # type: ignore[name-defined]
    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return MemoryFusionRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"memory": self.memory, "user_id": "ann", "retrievers": []}

    @property
    def retriever_query_example(self) -> str:
        return "cello"


class _Tool(_WithMemory):
    name: str

    @property
    def tool_constructor(self) -> BaseTool:
        [tool] = [one for one in create_memory_tools(self.memory, user_id="ann") if one.name == self.name]
        return tool

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        args = dict(TOOLS[self.name])
        first = self.memory.list_memories(user_id="ann", limit=1).memories[0].id
        if self.name == "update_memory":
            args["memory_id"] = first
        if self.name == "forget_memory":
            args["memory_ids"] = [first]
        return args


class TestSearchMemoryUnit(_Tool, unit.ToolsUnitTests):  # type: ignore[name-defined]
    name = "search_memory"


class TestSearchMemory(_Tool, integration.ToolsIntegrationTests):  # type: ignore[name-defined]
    name = "search_memory"


class TestRememberUnit(_Tool, unit.ToolsUnitTests):  # type: ignore[name-defined]
    name = "remember"


class TestRemember(_Tool, integration.ToolsIntegrationTests):  # type: ignore[name-defined]
    name = "remember"


class TestUpdateMemoryUnit(_Tool, unit.ToolsUnitTests):  # type: ignore[name-defined]
    name = "update_memory"


class TestUpdateMemory(_Tool, integration.ToolsIntegrationTests):  # type: ignore[name-defined]
    name = "update_memory"


class TestForgetMemoryUnit(_Tool, unit.ToolsUnitTests):  # type: ignore[name-defined]
    name = "forget_memory"


class TestForgetMemory(_Tool, integration.ToolsIntegrationTests):  # type: ignore[name-defined]
    name = "forget_memory"
