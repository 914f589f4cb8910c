"""The standing preferences in a prompt: an instruction, in every call, beside the nodes and not among them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from llama_index.core.base.llms.types import TextBlock
from llama_index.core.prompts import BasePromptTemplate, ChatPromptTemplate, PromptTemplate, RichPromptTemplate, SelectorPromptTemplate
from llama_index.core.prompts.mixin import PromptMixin
from llama_index.core.response_synthesizers import BaseSynthesizer

from ..core.checks import shown
from ..errors import InvalidInput

__all__ = ["instructed", "instructed_prompts"]

_FIELD = "memos_instruction"
_SYNTHESIZER = "response_synthesizer"
_FIRST_CHAT = re.compile(r".*?\{%-?\s*chat\b[^%]*%\}\s*", re.DOTALL)  # the opening of the first message of a Jinja template

P = TypeVar("P", bound=BasePromptTemplate)


def instructed(template: str | BasePromptTemplate, head: Callable[[], str]) -> BasePromptTemplate:
    """A template that begins with what ``head`` says when it is formatted; the template given stays as it is.

    Raises:
        InvalidInput: It is no template of LlamaIndex's own.
    """

    def filled(**_: object) -> str:
        text = head()
        return f"{text}\n\n" if text else ""

    if isinstance(template, str):
        template = PromptTemplate(template)
    if isinstance(template, SelectorPromptTemplate):
        made = SelectorPromptTemplate(
            default_template=instructed(template.default_template, head),
            conditionals=[(condition, instructed(one, head)) for condition, one in template.conditionals or ()] or None,
        )
        made.output_parser = template.output_parser
        return made
    field = f"{{{_FIELD}}}"
    if isinstance(template, PromptTemplate):
        return _with(template, {"template": field + template.template}, filled)
    if isinstance(template, ChatPromptTemplate):
        first, *rest = template.message_templates
        message = first.model_copy(update={"blocks": [TextBlock(text=field), *first.blocks]})
        if first.blocks and isinstance(first.blocks[0], TextBlock):
            text = first.blocks[0].model_copy(update={"text": field + first.blocks[0].text})
            message = first.model_copy(update={"blocks": [text, *first.blocks[1:]]})
        return _with(template, {"message_templates": [message, *rest]}, filled)
    if isinstance(template, RichPromptTemplate):
        opening = _FIRST_CHAT.match(template.template_str) if template.is_chat_template else None
        at = opening.end() if opening is not None else 0
        words = template.template_str
        return _with(template, {"template_str": f"{words[:at]}{{{{ {_FIELD} }}}}{words[at:]}"}, filled)
    raise InvalidInput(f"must be a prompt template or text, not {shown(template)}", field="template")


def instructed_prompts(module: PromptMixin, head: Callable[[], str]) -> dict[str, BasePromptTemplate]:
    """The prompts of a query engine's synthesizer, or of a synthesizer, each instructed.

    Raises:
        InvalidInput: It has none.
    """
    prompts = module.get_prompts() if isinstance(module, PromptMixin) else {}  # pyright: ignore[reportUnnecessaryIsInstance]
    if not isinstance(module, BaseSynthesizer):
        prompts = {key: prompt for key, prompt in prompts.items() if _SYNTHESIZER in key.split(":")[:-1]}
    if not prompts:
        raise InvalidInput(f"must be a query engine or a response synthesizer with prompts, not {shown(module)}", field="module")
    return {key: prompt if _FIELD in prompt.template_vars else instructed(prompt, head) for key, prompt in prompts.items()}


def _with(template: P, update: dict[str, object], filled: Callable[..., str]) -> P:
    mappings: dict[str, Callable[..., str]] = {**(template.function_mappings or {}), _FIELD: filled}  # pyright: ignore[reportUnknownMemberType]
    more = {"template_vars": [_FIELD, *template.template_vars], "function_mappings": mappings, "kwargs": dict(template.kwargs)}
    return template.model_copy(update={**update, **more})
