"""The Llm port: one call that answers in a JSON form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from ..types import Usage

__all__ = ["Answer", "Llm", "Prompt"]


@dataclass(slots=True, frozen=True)
class Prompt:
    """What is asked of a model.

    Attributes:
        system: The system message.
        user: The user message.
        schema_name: Name of the answer's form.
        schema: JSON schema of the answer.
        max_tokens: Most tokens of the answer.
    """

    system: str
    user: str
    schema_name: str
    schema: Mapping[str, JsonValue]
    max_tokens: int = 2000


@dataclass(slots=True, frozen=True)
class Answer:
    """A parsed answer and what it cost."""

    value: JsonValue
    usage: Usage


class Llm(ABC):
    """A language model. Thread-safe. May offer the coroutine twin ``aask``."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Provider and model, for receipts and logs; holds no secret."""

    @abstractmethod
    def ask(self, prompt: Prompt) -> Answer:
        """Ask for JSON of the prompt's schema.

        Raises:
            ModelError: The model cannot be reached or refused (``retryable`` says whether to try again).
            ModelAnswerError: It answered, but not in JSON.
        """

    def ping(self) -> None:
        """Raise ``ModelError`` if the model cannot be reached; for ``doctor``."""

    def close(self) -> None:
        """Release what the model holds."""
