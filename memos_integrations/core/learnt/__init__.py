"""Decisions by small models learnt offline (``make models``): linear, over words and characters, explainable."""

from __future__ import annotations

__all__: list[str] = []
