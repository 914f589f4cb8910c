"""LLMs over the ``openai`` package: any endpoint that speaks its protocol."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Literal, TypeAlias

from .._loop import drive
from ..errors import MissingExtra, ModelAnswerError, ModelError
from ..types import Usage
from ._json import in_words, read_json
from .base import Answer, Llm, Prompt

try:
    import openai

    from .._openai import Clients
except ImportError as _error:
    raise MissingExtra("openai", "openai") from _error

__all__ = ["OpenAILlm"]

_Call: TypeAlias = Callable[[Callable[[Any], Any]], Awaitable[Any]]
_Form = Literal["json_schema", "json_object", "prompt"]
_FORMS: tuple[_Form, ...] = ("json_schema", "json_object", "prompt")
_NEW_LIMIT = "max_completion_tokens"  # older servers know its former name only
_FORMAT_TROUBLE = {400, 404, 415, 422, 500, 501}


class OpenAILlm(Llm):
    """A chat model behind an OpenAI-compatible endpoint.

    Asks with a JSON schema; a server that refuses it is asked for a JSON object, then in words. One that does not know
    ``max_completion_tokens`` is told ``max_tokens``. What it can is remembered.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        timeout: float = 60.0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        """Name the model and, if it is not OpenAI's own, the endpoint.

        Args:
            model: Name of the model.
            base_url: Endpoint; None: ``OPENAI_BASE_URL`` or OpenAI's.
            api_key: Key; None: ``OPENAI_API_KEY``.
            timeout: Seconds a call may take.
            options: Sent with each call, such as ``{"temperature": 0}``.
        """
        self._model = model
        self._options: dict[str, Any] = dict(options or {})
        self._form: _Form = "json_schema"
        self._limit = _NEW_LIMIT
        try:
            self._clients = Clients(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=0)
        except openai.OpenAIError:
            raise ModelError("no key for the LLM endpoint: pass api_key= or set OPENAI_API_KEY", retryable=False) from None

    def __reduce__(self) -> tuple[Callable[[], OpenAILlm], tuple[()]]:
        """Pickled without its key, which the other process takes from its own environment, and without headers."""
        options = {name: value for name, value in self._options.items() if name != "extra_headers"}
        return partial(OpenAILlm, self._model, **self._clients.endpoint, options=options), ()

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"openai:{self._model}"

    def ask(self, prompt: Prompt) -> Answer:
        """Ask for JSON, in the strictest form that the server takes."""
        return drive(self._ask(prompt, self._call))

    async def aask(self, prompt: Prompt) -> Answer:
        """``ask``, awaited: no thread is held while the model thinks."""
        return await self._ask(prompt, self._acall)

    async def _call(self, ask: Callable[[Any], Any]) -> Any:
        return self._clients.call(ask)

    async def _acall(self, ask: Callable[[Any], Any]) -> Any:
        return await self._clients.acall(ask)

    async def _ask(self, prompt: Prompt, call: _Call) -> Answer:
        spent = Usage()
        forms = list(_FORMS[_FORMS.index(self._form) :])
        while forms:
            form = forms[0]
            try:
                answer = await self._complete(prompt, form, call)
            except openai.APIStatusError as error:
                spent += Usage(calls=1)
                if self._limit == _NEW_LIMIT and error.status_code in (400, 422) and _NEW_LIMIT in error.response.text:
                    self._limit = "max_tokens"
                    continue
                if error.status_code in _FORMAT_TROUBLE and form != "prompt":
                    forms.pop(0)
                    continue
                raise _model_error(error, spent) from None
            except openai.OpenAIError as error:
                raise ModelError(f"the LLM endpoint failed: {type(error).__name__}", usage=spent + Usage(calls=1)) from None
            except ValueError:
                raise ModelAnswerError("the LLM endpoint answered with no JSON", usage=spent + Usage(calls=1)) from None
            spent += _used(answer)
            try:
                text = str(answer.choices[0].message.content or "")
            except (AttributeError, IndexError, TypeError):
                raise ModelAnswerError("the LLM endpoint answered with no message", usage=spent) from None
            value = read_json(text, spent)
            self._form = form
            return Answer(value=value, usage=spent)
        raise ModelAnswerError("the LLM endpoint takes no form of the question")  # pragma: no cover  # the last form returns or raises

    async def _complete(self, prompt: Prompt, form: _Form, call: _Call) -> Any:
        system = prompt.system
        options = {self._limit: prompt.max_tokens, **self._options}
        if form == "json_schema":
            schema = {"name": prompt.schema_name, "schema": dict(prompt.schema), "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": schema}
        else:
            system += in_words(prompt)
            if form == "json_object":
                options["response_format"] = {"type": "json_object"}
        return await call(
            lambda client: client.chat.completions.create(
                model=self._model,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": prompt.user}],
                **options,
            )
        )

    def ping(self) -> None:
        """One tiny question."""
        try:
            self._clients.call(lambda client: client.models.list())
        except openai.APIStatusError as error:
            raise _model_error(error) from None
        except openai.OpenAIError as error:
            raise ModelError(f"the LLM endpoint cannot be reached: {type(error).__name__}") from None

    def close(self) -> None:
        """Close the connections; a call after it opens others."""
        self._clients.close()


def _used(answer: Any) -> Usage:
    used = getattr(answer, "usage", None)
    sent, got = getattr(used, "prompt_tokens", None), getattr(used, "completion_tokens", None)
    return Usage(calls=1, input_tokens=sent if isinstance(sent, int) else 0, output_tokens=got if isinstance(got, int) else 0)


def _model_error(error: openai.APIStatusError, spent: Usage | None = None) -> ModelError:
    retryable = error.status_code in (408, 409, 429) or error.status_code >= 500
    hint = "; check the key" if error.status_code in (401, 403) else ""
    return ModelError(f"the LLM endpoint answered {error.status_code}{hint}", retryable=retryable, usage=spent)
