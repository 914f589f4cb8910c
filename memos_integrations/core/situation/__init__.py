"""What a situation is made of: when, with whom, where, what for. Words are data: ``en.toml`` and ``zh.toml``."""

from __future__ import annotations

from ._clock import Span, spans
from ._facets import FACETS, facets
from ._outline import OUTLINE, Outline, outline

__all__ = ["FACETS", "OUTLINE", "Outline", "Span", "facets", "outline", "spans"]
