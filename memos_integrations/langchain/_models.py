"""The user's own LangChain models, at work inside memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from pydantic import JsonValue

from .._langchain_core.messages import words_of
from ..embeddings.function import CallableEmbedder
from ..errors import InvalidInput, ModelAnswerError, ModelError
from ..llms._json import in_words, read_json
from ..llms.base import Answer, Llm, Prompt
from ..types import Usage

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.runnables import Runnable, RunnableConfig

__all__ = ["LangChainEmbedder", "LangChainLlm"]

_NAMES = ("model_name", "model", "model_id", "deployment_name", "repo_id")
_FATAL = (400, 401, 403, 404, 422)


def _model_name(model: object) -> str:
    named = next((value for key in _NAMES if isinstance(value := cast("object", getattr(model, key, None)), str) and value), None)
    return f"{type(model).__name__}:{named}" if named else type(model).__name__


class LangChainLlm(Llm):
    """Any LangChain chat model as the LLM that extracts: ``MemOS(llm=LangChainLlm(model))``.

    Asks by ``with_structured_output`` where the model can, else in words, and reads JSON from what comes. Callbacks and tracing
    of the model go on; its runs are called ``memos.<what is asked>`` and tagged ``memos``, so that a trace shows them apart. It is asked
    in a thread of memory's, by the model's blocking call.
    """

    def __init__(self, model: BaseChatModel, *, structured: bool = True, name: str | None = None) -> None:
        """Wrap a chat model.

        Args:
            model: The model.
            structured: Whether to try ``with_structured_output``.
            name: Name for receipts; None: the model's class and name.
        """
        if not isinstance(model, BaseChatModel):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise InvalidInput(f"must be a chat model, not {type(model).__name__}", field="model")
        self._model = model
        self._structured = structured
        self._name = name or f"langchain:{_model_name(model)}"

    @property
    def name(self) -> str:
        """Class and name of the model."""
        return self._name

    def ask(self, prompt: Prompt) -> Answer:
        """Ask for JSON, in the strictest form that the model takes."""
        spent = Usage()
        if self._structured:
            try:
                asked = self._model.with_structured_output(_titled(prompt), include_raw=True)
            except (NotImplementedError, ValueError, TypeError):
                self._structured = False  # it cannot, and never will
            else:
                value, spent = self._parsed(prompt, cast("Runnable[object, object]", asked))
                if value is not None:
                    return Answer(value=value, usage=spent)
        message = self._invoke(self._model, prompt, prompt.system + in_words(prompt), spent)
        spent += _used(message)
        text = words_of(message) if isinstance(message, AIMessage) else ""
        return Answer(value=read_json(text, spent), usage=spent)

    def _parsed(self, prompt: Prompt, asked: Runnable[object, object]) -> tuple[JsonValue, Usage]:
        """What a structured call gave, or None where the model refused the form or answered something else."""
        try:
            found = self._invoke(asked, prompt, prompt.system, Usage())
        except ModelError as error:
            if error.retryable or error.usage is None:
                raise
            return None, error.usage  # many a server refuses the form with an error: it is asked in words
        if not isinstance(found, Mapping):
            return None, Usage(calls=1)
        answer = cast("Mapping[str, object]", found)
        raw, parsed = answer.get("raw"), answer.get("parsed")
        spent = _used(raw)
        if isinstance(parsed, Mapping):
            return cast("JsonValue", json.loads(json.dumps(dict(cast("Mapping[str, object]", parsed)), default=str))), spent
        try:
            return (read_json(words_of(raw), spent) if isinstance(raw, AIMessage) else None), spent
        except ModelAnswerError:
            return None, spent

    def _invoke(self, model: Runnable[object, object] | BaseChatModel, prompt: Prompt, system: str, spent: Usage) -> object:
        config: RunnableConfig = {
            "run_name": f"memos.{prompt.schema_name}",
            "tags": ["memos", f"memos:{prompt.schema_name}"],
            "metadata": {"memos": prompt.schema_name},
        }
        try:
            return cast("Runnable[object, object]", model).invoke([SystemMessage(system), HumanMessage(prompt.user)], config)
        except ModelError:
            raise
        except Exception as error:  # the boundary to the user's model, which may raise anything
            status = getattr(error, "status_code", None)
            usage = spent + Usage(calls=1)
            raise ModelError(f"{self._name} raised {type(error).__name__}", retryable=status not in _FATAL, usage=usage) from error


def _titled(prompt: Prompt) -> dict[str, object]:
    """The schema with the name and description that LangChain's converters ask for."""
    return {"title": prompt.schema_name, "description": f"The {prompt.schema_name} found.", **prompt.schema}


def _used(message: object) -> Usage:
    counted = message.usage_metadata if isinstance(message, AIMessage) else None
    if counted is None:
        return Usage(calls=1)
    return Usage(calls=1, input_tokens=counted["input_tokens"], output_tokens=counted["output_tokens"])


class LangChainEmbedder(CallableEmbedder):
    """Any LangChain ``Embeddings`` as the embedder: ``MemOS(embedder=LangChainEmbedder(embeddings))``.

    Its blocking calls are made in threads of memory's.
    """

    def __init__(self, embeddings: Embeddings, *, name: str | None = None) -> None:
        """Wrap an embedding model.

        Args:
            embeddings: The model.
            name: Says which vectors may be compared: change it with the model. None: the model's class and name.
        """
        self._embeddings = embeddings
        super().__init__(
            embeddings.embed_documents,
            name=name or f"langchain:{_model_name(embeddings)}",
            query=lambda texts: [embeddings.embed_query(text) for text in texts],
        )
