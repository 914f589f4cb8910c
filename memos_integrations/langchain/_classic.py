"""Memory for the chains of ``langchain-classic``. Upstream has deprecated them; new code takes ``MemOSMiddleware``."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, cast

from langchain_classic.base_memory import BaseMemory
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, get_buffer_string
from pydantic import ConfigDict, Field, PrivateAttr, SkipValidation

from .._adapters.calls import AnyFace, Port, ScopeArgs, both_ports, bound_scope, longest
from .._adapters.identity import Identity
from .._adapters.sessions import session_turns
from .._langchain_core.messages import from_episode, says_something, to_message, words_of
from .._loop import drive
from ..core.checks import number, positive
from ..errors import InvalidInput
from ..types import Episode, Recall, Sharing

__all__ = ["MemOSMemory"]

_ASKED = ("input", "question", "query", "human_input")
_ANSWERED = ("output", "response", "answer", "text", "result")
_WORDLESS = "?"


class MemOSMemory(BaseMemory):
    """Long-term memory for ``ConversationChain``, ``LLMChain`` and ``AgentExecutor``.

    The prompt's variable gets what memory recalls for the input, then the last turns of the session. What was recalled
    is never saved again.

    Example:
        >>> from memos_integrations import MemOS
        >>> from memos_integrations.langchain import MemOSMemory
        >>> with MemOS(":memory:", embedder=None) as memory:
        ...     buffer = MemOSMemory(memory=memory, user_id="alice")
        ...     buffer.save_context({"input": "Hello"}, {"output": "Hi!"})
        ...     buffer.load_memory_variables({"input": "Well?"})
        {'history': 'Human: Hello\\nAI: Hi!'}
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)

    memory: Annotated[AnyFace, SkipValidation, Field(exclude=True, repr=False)]
    """A ``MemOS`` or ``AsyncMemOS``, or a handle with its scope bound."""
    session_id: str = Field(default_factory=lambda: uuid.uuid4().hex)
    """The conversation; a new one for each object unless given."""
    user_id: str | None = None
    """Whose memory."""
    agent_id: str | None = None
    """The agent."""
    app_id: str | None = None
    """The application."""
    team: str | None = None
    """A team's memory."""
    sharing: Sharing | None = None
    """As in ``MemOS``."""
    memory_key: str = "history"
    """The prompt's variable."""
    input_key: str | None = None
    """Key of the user's words among the chain's inputs; None: the usual names, else the first text."""
    output_key: str | None = None
    """Key of the answer among its outputs; None: likewise."""
    return_messages: bool = False
    """Messages instead of text, for chat prompts."""
    max_tokens: int = 400
    """Budget for what is recalled."""
    window: int = 6
    """Most of the session's last messages that the prompt gets word for word; 0: none."""
    human_prefix: str = "Human"
    """What the user is called in text."""
    ai_prefix: str = "AI"
    """What the model is called in text."""

    _blocking: Port = PrivateAttr()
    _awaited: Port = PrivateAttr()
    _who: ScopeArgs = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:
        super().model_post_init(context)
        positive(self.max_tokens, field="max_tokens")
        number(self.window, 0, 1000, field="window")
        names = ("user_id", "agent_id", "app_id", "team", "sharing")
        fixed = cast("ScopeArgs", {name: getattr(self, name) for name in names if getattr(self, name) is not None})
        self._blocking, self._awaited = both_ports(self.memory)
        self._who = Identity(self.memory, None, fixed, owner="MemOSMemory").fixed(self.session_id)

    @property
    def memory_variables(self) -> list[str]:
        """The prompt's variable."""
        return [self.memory_key]

    def load_memory_variables(self, inputs: Mapping[str, object]) -> dict[str, object]:
        """What the prompt's variable holds for these inputs."""
        return drive(self._load(self._blocking, inputs))

    async def aload_memory_variables(self, inputs: Mapping[str, object]) -> dict[str, object]:
        """``load_memory_variables``, awaited."""
        return await self._load(self._awaited, inputs)

    def save_context(self, inputs: Mapping[str, object], outputs: Mapping[str, object]) -> None:
        """Hand a turn over; it is learnt from in the background."""
        drive(self._save(self._blocking, inputs, outputs))

    async def asave_context(self, inputs: Mapping[str, object], outputs: Mapping[str, object]) -> None:
        """``save_context``, awaited."""
        await self._save(self._awaited, inputs, outputs)

    def clear(self) -> None:
        """Forget the session for good, and what was learnt from it alone."""
        drive(self._clear(self._blocking))

    async def aclear(self) -> None:
        """``clear``, awaited."""
        await self._clear(self._awaited)

    async def _load(self, port: Port, inputs: Mapping[str, object]) -> dict[str, object]:
        last = await self._last(port)
        words = _words(self._picked(inputs, self.input_key, _ASKED))
        if not words.strip():
            words = next((turn.text for turn in reversed(last) if turn.role == "user" and turn.text.strip()), _WORDLESS)
        held = [source for turn in last for source in turn.sources]
        recall: Recall = await port.search_memory(words, max_tokens=self.max_tokens, exclude=held, **self._who)
        messages = [from_episode(turn) for turn in last]
        text = recall.instruction.text
        if self.return_messages:
            return {self.memory_key: [*([SystemMessage(text)] if text else []), *messages]}
        said = get_buffer_string(messages, human_prefix=self.human_prefix, ai_prefix=self.ai_prefix) if messages else ""
        return {self.memory_key: "\n\n".join(part for part in (text, said) if part)}

    async def _last(self, port: Port) -> list[Episode]:
        if not self.window:
            return []
        return await session_turns(port, self._who, self.session_id, bound=bound_scope(self.memory), newest=self.window)

    async def _save(self, port: Port, inputs: Mapping[str, object], outputs: Mapping[str, object]) -> None:
        messages: list[BaseMessage] = []
        for value, kind in (
            (self._picked(inputs, self.input_key, _ASKED), HumanMessage),
            (self._picked(outputs, self.output_key, _ANSWERED), AIMessage),
        ):
            messages += _messages(value, kind)
        # each call is a new turn, even of the same words
        most = longest(self.memory)
        said = [to_message(message, keep_raw=True, max_chars=most) for message in messages if says_something(message)]
        turns = [{**turn, "id": uuid.uuid4().hex} for turn in said]
        if turns:
            await port.add_message(turns, **self._who)

    async def _clear(self, port: Port) -> None:
        await port.forget(**self._who)

    def _picked(self, values: Mapping[str, object], key: str | None, usual: Sequence[str]) -> object:
        """The value that was meant: by its key, by a usual name, else the first that says something."""
        if key is not None:
            if key not in values:
                raise InvalidInput(f"there is no {key!r}; there are {', '.join(values) or 'none'}", field="input_key")
            return values[key]
        said = {name: value for name, value in values.items() if name not in self.memory_variables and _words(value).strip()}
        return next((said[name] for name in (*usual, *said) if name in said), None)


def _messages(value: object, kind: type[HumanMessage] | type[AIMessage]) -> list[BaseMessage]:
    """The messages in a value of a chain: text, a message, or a list of messages; anything else says nothing."""
    if isinstance(value, str):
        return [kind(value)]
    if isinstance(value, BaseMessage):
        return [value]
    some = cast("Sequence[object]", value) if isinstance(value, list | tuple) else ()
    return [one for one in some if isinstance(one, BaseMessage)]


def _words(value: object) -> str:
    messages = _messages(value, HumanMessage)
    return words_of(messages[-1]) if messages else ""
