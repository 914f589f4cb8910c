"""LLMs over the ``openai`` package: any endpoint that speaks its protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..errors import MissingExtra, ModelAnswerError, ModelError
from ..types import Usage
from ._json import in_words, parse_json
from .base import Answer, Llm, Prompt

try:
    import openai
except ImportError as _error:
    raise MissingExtra("openai", "openai") from _error

__all__ = ["OpenAILlm"]

_Form = Literal["json_schema", "json_object", "prompt"]
_FORMS: tuple[_Form, ...] = ("json_schema", "json_object", "prompt")
_FORMAT_TROUBLE = {400, 404, 415, 422, 500, 501}


class OpenAILlm(Llm):
    """A chat model behind an OpenAI-compatible endpoint.

    Asks with a JSON schema; a server that refuses it is asked for a JSON object, then in words. What it can is
    remembered.
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
        try:
            self._client = openai.OpenAI(base_url=base_url, api_key=api_key, timeout=timeout, max_retries=0)
        except openai.OpenAIError:
            raise ModelError("no key for the LLM endpoint: pass api_key= or set OPENAI_API_KEY", retryable=False) from None

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"openai:{self._model}"

    def ask(self, prompt: Prompt) -> Answer:
        """Ask for JSON, in the strictest form that the server takes."""
        refused = 0
        for form in _FORMS[_FORMS.index(self._form) :]:
            try:
                text, used = self._complete(prompt, form)
            except openai.APIStatusError as error:
                if error.status_code in _FORMAT_TROUBLE and form != "prompt":
                    refused += 1
                    continue
                raise _model_error(error) from None
            except openai.OpenAIError as error:
                raise ModelError(f"the LLM endpoint failed: {type(error).__name__}") from None
            value = parse_json(text)
            self._form = form
            return Answer(value=value, usage=used + Usage(calls=refused))
        raise ModelAnswerError("the LLM endpoint takes no form of the question")  # pragma: no cover  # the last form returns or raises

    def _complete(self, prompt: Prompt, form: _Form) -> tuple[str, Usage]:
        system = prompt.system
        options = dict(self._options)
        if form == "json_schema":
            schema = {"name": prompt.schema_name, "schema": dict(prompt.schema), "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": schema}
        else:
            system += in_words(prompt)
            if form == "json_object":
                options["response_format"] = {"type": "json_object"}
        try:
            answer: Any = self._client.chat.completions.create(  # pyright: ignore[reportUnknownVariableType]  # checked at run time
                model=self._model,
                messages=[{"role": "system", "content": system}, {"role": "user", "content": prompt.user}],
                max_completion_tokens=prompt.max_tokens,
                **options,
            )
        except ValueError as error:
            if isinstance(error, openai.OpenAIError):
                raise
            raise ModelAnswerError("the LLM endpoint answered with no JSON") from None
        used = getattr(answer, "usage", None)  # pyright: ignore[reportUnknownArgumentType]  # checked at run time
        usage = Usage(
            calls=1,
            input_tokens=int(getattr(used, "prompt_tokens", 0) or 0),
            output_tokens=int(getattr(used, "completion_tokens", 0) or 0),
        )
        try:
            return str(answer.choices[0].message.content or ""), usage  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]  # checked at run time
        except (AttributeError, IndexError, TypeError):
            raise ModelAnswerError("the LLM endpoint answered with no message") from None

    def ping(self) -> None:
        """One tiny question."""
        try:
            self._client.models.list()
        except openai.APIStatusError as error:
            raise _model_error(error) from None
        except openai.OpenAIError as error:
            raise ModelError(f"the LLM endpoint cannot be reached: {type(error).__name__}") from None

    def close(self) -> None:
        """Close the connection pool."""
        self._client.close()


def _model_error(error: openai.APIStatusError) -> ModelError:
    retryable = error.status_code in (408, 409, 429) or error.status_code >= 500
    hint = "; check the key" if error.status_code in (401, 403) else ""
    return ModelError(f"the LLM endpoint answered {error.status_code}{hint}", retryable=retryable)
