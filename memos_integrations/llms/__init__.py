"""LLMs: one file per provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..errors import InvalidInput
from .base import Answer, Llm, Prompt

if TYPE_CHECKING:
    from .extractor import LlmExtractor
    from .function import AskFunction, CallableLlm, ScriptedLlm
    from .openai import OpenAILlm

__all__ = ["Answer", "CallableLlm", "Llm", "LlmExtractor", "OpenAILlm", "Prompt", "ScriptedLlm", "resolve_llm"]


def __getattr__(name: str) -> object:
    if name in ("CallableLlm", "ScriptedLlm"):
        from . import function as module

        return getattr(module, name)
    if name == "LlmExtractor":
        from .extractor import LlmExtractor

        return LlmExtractor
    if name == "OpenAILlm":
        from .openai import OpenAILlm

        return OpenAILlm
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def resolve_llm(spec: object) -> Llm | None:
    """The LLM that a user names.

    Args:
        spec: ``"openai:MODEL"``, an ``Llm``, a callable from prompt to answer, or None for none.

    Raises:
        InvalidInput: It is none of these.
        MissingExtra: What it names is not installed.
    """
    if spec is None or isinstance(spec, Llm):
        return spec
    if isinstance(spec, str) and spec.startswith("openai:") and len(spec) > len("openai:"):
        from .openai import OpenAILlm

        return OpenAILlm(spec.removeprefix("openai:"))
    if callable(spec):
        from .function import CallableLlm

        return CallableLlm(cast("AskFunction", spec))
    shown = repr(spec[:40]) if isinstance(spec, str) else type(spec).__name__
    raise InvalidInput(f"must be 'openai:MODEL', an Llm, a callable or None, not {shown}", field="llm")
