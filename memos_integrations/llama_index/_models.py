"""The user's own LlamaIndex models, at work inside memory."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, cast

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.llms.llm import LLM
from llama_index.core.prompts import ChatPromptTemplate
from pydantic import BaseModel, ConfigDict, JsonValue, model_validator

from ..core.text import estimate_tokens
from ..embeddings.function import CallableEmbedder
from ..errors import InvalidInput, ModelError
from ..llms._json import in_words, read_json
from ..llms.base import Answer, Llm, Prompt
from ..types import Usage
from ._messages import words_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llama_index.core.base.embeddings.base import BaseEmbedding

__all__ = ["LlamaIndexEmbedder", "LlamaIndexLlm"]

_NAMES = ("model_name", "model")
_FATAL = (400, 401, 403, 404, 422)
_FORM = (400, 404, 422)  # many a server refuses the form with an error: it is asked in words
_ASKED = ChatPromptTemplate.from_messages([("system", "{memos_system}"), ("user", "{memos_user}")])


def _model_name(model: object) -> str:
    named = next((value for key in _NAMES if isinstance(value := cast("object", getattr(model, key, None)), str) and value), None)
    return f"{type(model).__name__}:{named}" if named else type(model).__name__


class LlamaIndexLlm(Llm):
    """Any LlamaIndex ``LLM`` as the LLM that extracts: ``MemOS(llm=LlamaIndexLlm(model))``.

    Asks by ``structured_predict`` where the model can, else in words, and reads JSON from what comes. The model's own instrumentation
    goes on. Tokens are what the model reports, or an estimate where it reports none. It is asked in a thread of memory's, by the
    model's blocking call.
    """

    def __init__(self, model: LLM, *, structured: bool = True, name: str | None = None) -> None:
        """Wrap a model.

        Args:
            model: The model.
            structured: Whether to try ``structured_predict``: where the model calls functions, or has a form of its own for it.
            name: Name for receipts; None: the model's class and name.
        """
        if not isinstance(model, LLM):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise InvalidInput(f"must be a LlamaIndex LLM, not {type(model).__name__}", field="model")
        self._model = model
        # LlamaIndex wraps methods of subclasses for its instrumentation
        own = inspect.unwrap(type(model).structured_predict) is not inspect.unwrap(LLM.structured_predict)
        self._structured = structured and (own or model.metadata.is_function_calling_model)
        self._name = name or f"llama_index:{_model_name(model)}"

    @property
    def name(self) -> str:
        """Class and name of the model."""
        return self._name

    def ask(self, prompt: Prompt) -> Answer:
        """Ask for JSON, in the strictest form that the model takes."""
        spent = Usage()
        if self._structured:
            value, spent = self._predicted(prompt)
            if value is not None:
                return Answer(value=value, usage=spent)
        system = prompt.system + in_words(prompt)
        messages = [ChatMessage(role=MessageRole.SYSTEM, content=system), ChatMessage(role=MessageRole.USER, content=prompt.user)]
        try:
            response = self._model.chat(messages)
        except Exception as error:  # the boundary to the user's model, which may raise anything
            raise self._failed(error, spent + Usage(calls=1)) from error
        text = words_of(response.message)
        spent += _reported(response.raw) or _estimated(system + prompt.user, text)
        return Answer(value=read_json(text, spent), usage=spent)

    def _predicted(self, prompt: Prompt) -> tuple[JsonValue, Usage]:
        """What a structured call gave, or None where the model refused the form or answered something else."""
        asked = prompt.system + prompt.user + json.dumps(prompt.schema)
        try:
            found = self._model.structured_predict(_form(prompt), _ASKED, memos_system=prompt.system, memos_user=prompt.user)
        except NotImplementedError:
            self._structured = False  # it cannot, and never will
            return None, Usage()
        except (ValueError, TypeError, AttributeError, LookupError):
            return None, _estimated(asked, "")  # it answered in another form, which LlamaIndex could not read
        except Exception as error:  # the boundary to the user's model, which may raise anything
            if getattr(error, "status_code", None) in _FORM:
                return None, Usage(calls=1)
            raise self._failed(error, Usage(calls=1)) from error
        if not isinstance(found, BaseModel):  # pyright: ignore[reportUnnecessaryIsInstance]  # whatever the model's own class gives
            return None, _estimated(asked, "")
        value = cast("JsonValue", json.loads(found.model_dump_json()))
        return value, _estimated(asked, json.dumps(value))

    def _failed(self, error: Exception, usage: Usage) -> ModelError:
        retryable = getattr(error, "status_code", None) not in _FATAL
        return ModelError(f"{self._name} raised {type(error).__name__}", retryable=retryable, usage=usage)


def _form(prompt: Prompt) -> type[BaseModel]:
    """A class that stands for a JSON schema: the validator of memory's own reads what it holds."""
    schema = {"title": prompt.schema_name, "description": f"The {prompt.schema_name} found.", **prompt.schema}
    required = prompt.schema.get("required")
    wanted = {str(key) for key in required} if isinstance(required, list) else set[str]()

    class Asked(BaseModel):
        model_config = ConfigDict(extra="allow", title=prompt.schema_name)

        @model_validator(mode="before")
        @classmethod
        def _holds_what_it_must(cls, value: object) -> object:
            if not isinstance(value, dict) or not wanted <= cast("dict[str, object]", value).keys():
                raise ValueError("does not hold what was asked for")
            return cast("dict[str, object]", value)

        @classmethod
        def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
            return json.loads(json.dumps(schema))  # type: ignore[no-any-return]  # a copy: some models change it

    Asked.__name__ = Asked.__qualname__ = prompt.schema_name
    Asked.__doc__ = f"The {prompt.schema_name} found."
    return Asked


def _estimated(asked: str, answered: str) -> Usage:
    return Usage(calls=1, input_tokens=estimate_tokens(asked), output_tokens=estimate_tokens(answered))


def _reported(raw: object) -> Usage | None:
    """The usage of a raw response, where it has one in the form that most servers answer in."""
    usage = _of(raw, "usage")
    counts = [
        (_of(usage, one), _of(usage, other)) for one, other in (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))
    ]
    for sent, received in counts:
        if isinstance(sent, int) and isinstance(received, int):
            return Usage(calls=1, input_tokens=sent, output_tokens=received)
    return None


def _of(value: object, key: str) -> object:
    if isinstance(value, dict):
        return cast("Mapping[str, object]", value).get(key)
    return cast("object", getattr(value, key, None))


class LlamaIndexEmbedder(CallableEmbedder):
    """Any LlamaIndex ``BaseEmbedding`` as the embedder: ``MemOS(embedder=LlamaIndexEmbedder(model))``.

    Documents and queries are embedded as the model does each. Its blocking calls are made in threads of memory's.
    """

    def __init__(self, model: BaseEmbedding, *, name: str | None = None) -> None:
        """Wrap an embedding model.

        Args:
            model: The model.
            name: Says which vectors may be compared: change it with the model. None: the model's class and name.
        """
        self._model = model
        super().__init__(
            model.get_text_embedding_batch,
            name=name or f"llama_index:{_model_name(model)}",
            query=lambda texts: [model.get_query_embedding(text) for text in texts],
        )
