"""Where recalled memory stands in a prompt of messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from langchain_core.messages import AnyMessage, HumanMessage, SystemMessage

from ..types import Instruction
from .messages import is_generated

__all__ = ["Position", "injected"]

Position: TypeAlias = Literal["split", "system"]
"""``split``: the head behind the system text, the tail in the last user message; ``system``: all behind the system text."""


def injected(
    system: SystemMessage | None, messages: Sequence[AnyMessage], instruction: Instruction, position: Position
) -> tuple[SystemMessage | None, list[AnyMessage]]:
    """A prompt with memory in it; what was given stays as it is.

    The tail never stands behind a tool's result: it would part the result from the call, and break the prefix that a provider
    caches while the agent loops.
    """
    prompt = list(messages)
    places = [i for i, message in enumerate(prompt) if isinstance(message, HumanMessage)]
    own = [i for i in places if not is_generated(prompt[i])]
    at = (own or places)[-1] if places and position == "split" else None
    behind_system = instruction.head
    if at is None:
        behind_system = instruction.text
    elif instruction.tail:
        message = prompt[at]
        prompt[at] = message.model_copy(update={"content": _appended(message.content, instruction.tail)})
    if behind_system:
        content = _appended(system.content, behind_system) if system is not None else behind_system
        system = system.model_copy(update={"content": content}) if system is not None else SystemMessage(content)
    return system, prompt


def _appended(content: str | list[str | dict[object, object]], text: str) -> str | list[str | dict[object, object]]:
    if isinstance(content, str):
        return f"{content}\n\n{text}" if content else text
    return [*content, {"type": "text", "text": text}]
