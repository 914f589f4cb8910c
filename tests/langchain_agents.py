"""A chat model that says what a script says, and what tests of agents share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field, PrivateAttr

from memos_integrations import MemOS
from memos_integrations.types import AnyMemory, Episode

Step = str | AIMessage | Exception


class ScriptedChat(BaseChatModel):
    """Answers from a list, in order, or by a function of the prompt; raises what stands there; keeps the prompts it was given."""

    script: list[Any] = Field(default_factory=list)
    answer: Callable[[list[BaseMessage]], Any] | None = None
    prompts: list[list[BaseMessage]] = Field(default_factory=list)
    bound: list[str] = Field(default_factory=list)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Any:
        self.bound[:] = [getattr(tool, "name", str(tool)) for tool in tools]
        return self

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        with self._lock:
            self.prompts.append(messages)
            step = self.answer(messages) if self.answer is not None else self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step.model_copy() if isinstance(step, AIMessage) else AIMessage(step)

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        said = self._next(messages)
        words = said.text.split(" ")
        for i, word in enumerate(words):
            chunk = AIMessageChunk(word if i == 0 else f" {word}", tool_calls=said.tool_calls if i == 0 else [])
            yield ChatGenerationChunk(message=chunk)


@dataclass
class User:
    """A run's context."""

    user_id: str


def call(name: str, id: str = "t1", **args: Any) -> AIMessage:
    """The model calls a tool."""
    return AIMessage("", tool_calls=[{"name": name, "args": args, "id": id}])


def asked(words: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(words)]}


def thread(name: str) -> Any:
    return {"configurable": {"thread_id": name}}


def episodes(memory: MemOS, user: str, conversation: str | None = None) -> list[Episode]:
    filter = {"conversation_id": conversation} if conversation is not None else None
    found: list[AnyMemory] = list(memory.list_memories(kinds=["episode"], filter=filter, user_id=user, limit=1000))
    return [one for one in found if isinstance(one, Episode)]


def said(memory: MemOS, user: str, conversation: str | None = None) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in episodes(memory, user, conversation)]
