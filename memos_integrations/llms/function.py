"""Any function from prompt to answer as an LLM, and a scripted double for tests."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from pydantic import JsonValue

from .._loop import acall_function, call_function
from ..core.text import estimate_tokens
from ..errors import InvalidInput, ModelAnswerError, ModelError
from ..types import Usage
from ._json import in_words, read_json
from .base import Answer, Llm, Prompt

__all__ = ["CallableLlm", "ScriptedLlm"]

AskFunction: TypeAlias = "Callable[[str], str | Awaitable[str]]"


class CallableLlm(Llm):
    """Wraps ``str -> str``, blocking or ``async def``. Tokens are estimated, since nobody counts them.

    An asynchronous function always runs on one private loop, whichever face calls, from whatever loop: a client that it
    keeps stays usable. A blocking one runs in a thread under the asynchronous face.
    """

    def __init__(self, function: AskFunction, *, name: str = "callable") -> None:
        """Wrap a function that takes a prompt and returns the answer's text."""
        self._function = function
        self._name = name

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    def ask(self, prompt: Prompt) -> Answer:
        """Ask, and read JSON from the answer."""
        words = _words(prompt)
        try:
            text: object = call_function(self._function, words)
        except ModelError:
            raise
        except Exception as error:  # the boundary to the user's code, which may raise anything
            raise _raised(error) from error
        return _answer(words, text)

    async def aask(self, prompt: Prompt) -> Answer:
        """``ask``, awaited."""
        words = _words(prompt)
        try:
            text: object = await acall_function(self._function, words)
        except ModelError:
            raise
        except Exception as error:  # the boundary to the user's code, which may raise anything
            raise _raised(error) from error
        return _answer(words, text)


def _words(prompt: Prompt) -> str:
    return f"{prompt.system}{in_words(prompt)}\n\n{prompt.user}"


def _raised(error: Exception) -> ModelError:
    return ModelError(f"the LLM function raised {type(error).__name__}", usage=Usage(calls=1))


def _answer(words: str, text: object) -> Answer:
    if not isinstance(text, str):
        raise ModelAnswerError(f"the LLM function returned {type(text).__name__} where text was expected", usage=Usage(calls=1))
    usage = Usage(calls=1, input_tokens=estimate_tokens(words), output_tokens=estimate_tokens(text))
    return Answer(value=read_json(text, usage), usage=usage)


class ScriptedLlm(Llm):
    """A test double: answers from a list or a function, or raises what stands there; keeps the prompts it was asked."""

    __test__ = False

    def __init__(self, answers: Sequence[JsonValue | ModelError] | Callable[[Prompt], JsonValue | ModelError]) -> None:
        """Answers are given in order, the last one again and again; a function makes one from each prompt.

        Raises:
            InvalidInput: There is no answer.
        """
        self._make = answers if callable(answers) else None
        self._answers = [] if callable(answers) else list(answers)
        if self._make is None and not self._answers:
            raise InvalidInput("must hold an answer", field="answers")
        self._lock = threading.Lock()
        self.prompts: list[Prompt] = []

    @property
    def name(self) -> str:
        """``scripted``."""
        return "scripted"

    def ask(self, prompt: Prompt) -> Answer:
        """The next answer."""
        with self._lock:
            self.prompts.append(prompt)
            scripted = self._answers[:1]
            if len(self._answers) > 1:
                self._answers.pop(0)
        answer = self._make(prompt) if self._make is not None else scripted[0]
        if isinstance(answer, ModelError):
            raise answer
        return Answer(value=answer, usage=Usage(calls=1, input_tokens=100, output_tokens=10))
