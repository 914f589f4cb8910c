"""Models that say what a script says, and what tests of LlamaIndex share."""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.tools import ToolSelection
from pydantic import Field, PrivateAttr

from memos_integrations import MemOS
from memos_integrations.types import AnyMemory, Episode

# LlamaIndex's workflows look at every attribute of an agent, also those that pydantic deprecates; ReActAgent asks what they deprecate
UPSTREAM = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]


class ScriptedLLM(FunctionCallingLLM):
    """Answers from a list, in order, or by a function of the prompt; raises what stands there; keeps the prompts it was given."""

    script: list[Any] = Field(default_factory=list)
    answer: Callable[[list[ChatMessage]], Any] | None = None
    prompts: list[list[ChatMessage]] = Field(default_factory=list)
    functions: bool = True
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_function_calling_model=self.functions, is_chat_model=True, model_name="scripted")

    def _next(self, messages: Sequence[ChatMessage]) -> ChatResponse:
        with self._lock:
            self.prompts.append([message.model_copy(deep=True) for message in messages])
            step = self.answer(list(messages)) if self.answer is not None else self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        message = step.model_copy(deep=True) if isinstance(step, ChatMessage) else ChatMessage(role="assistant", content=step)
        return ChatResponse(message=message, delta=message.content or "")

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return self._next(messages)

    async def achat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        return self._next(messages)

    def stream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        whole = self._next(messages)
        return _pieces(whole)

    async def astream_chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> Any:
        whole = self._next(messages)

        async def pieces() -> AsyncGenerator[ChatResponse]:
            for piece in _pieces(whole):
                yield piece

        return pieces()

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return CompletionResponse(text=self._next([ChatMessage(content=prompt)]).message.content or "")

    async def acomplete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        return self.complete(prompt)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        yield self.complete(prompt)

    async def astream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
        async def pieces() -> AsyncGenerator[CompletionResponse]:
            yield self.complete(prompt)

        return pieces()

    def _prepare_chat_with_tools(
        self, tools: Any, user_msg: Any = None, chat_history: Any = None, verbose: bool = False, allow_parallel_tool_calls: bool = False,
        tool_required: bool = False, **kwargs: Any,
    ) -> dict[str, Any]:  # fmt: skip
        said = [*(chat_history or [])]
        if user_msg is not None:
            said.append(ChatMessage(content=user_msg) if isinstance(user_msg, str) else user_msg)
        return {"messages": said}

    def get_tool_calls_from_response(self, response: ChatResponse, error_on_no_tool_call: bool = True, **kwargs: Any) -> Any:
        return response.message.additional_kwargs.get("tool_calls", [])


def _pieces(whole: ChatResponse) -> Generator[ChatResponse]:
    words = (whole.message.content or "").split(" ")
    for end, word in enumerate(words, 1):
        message = whole.message.model_copy(deep=True)
        if message.content:
            message.content = " ".join(words[:end])
        yield ChatResponse(message=message, delta=word if end == 1 else f" {word}")


def call(name: str, id: str = "t1", **args: Any) -> ChatMessage:
    """The model calls a tool."""
    return calls(ToolSelection(tool_id=id, tool_name=name, tool_kwargs=args))


def calls(*selections: ToolSelection) -> ChatMessage:
    """The model calls several at once."""
    return ChatMessage(role="assistant", content="", additional_kwargs={"tool_calls": list(selections)})


def user(words: str) -> ChatMessage:
    return ChatMessage(role="user", content=words)


def assistant(words: str) -> ChatMessage:
    return ChatMessage(role="assistant", content=words)


def system(words: str) -> ChatMessage:
    return ChatMessage(role="system", content=words)


def result(words: str, id: str = "t1") -> ChatMessage:
    return ChatMessage(role="tool", content=words, additional_kwargs={"tool_call_id": id})


def told(messages: Sequence[ChatMessage]) -> str:
    """All that a prompt says."""
    return "\n".join(message.content or "" for message in messages)


def systems(messages: Sequence[ChatMessage]) -> str:
    """What a prompt's system messages say."""
    return told([message for message in messages if message.role == MessageRole.SYSTEM])


def shape(messages: Sequence[ChatMessage]) -> list[str]:
    return [message.role.value for message in messages]


def episodes(memory: MemOS, user: str, conversation: str | None = None) -> list[Episode]:
    filter = {"conversation_id": conversation} if conversation is not None else None
    found: list[AnyMemory] = []
    cursor: str | None = None
    while True:
        page = memory.list_memories(user_id=user, kinds=["episode"], filter=filter, cursor=cursor, limit=1000)
        found += page
        cursor = page.cursor
        if cursor is None:
            return [one for one in found if isinstance(one, Episode)]


def said(memory: MemOS, user: str, conversation: str | None = None) -> list[tuple[str, str]]:
    return [(one.role, one.text) for one in episodes(memory, user, conversation)]
