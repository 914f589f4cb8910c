"""Extraction by rules for Chinese sentences."""

from __future__ import annotations

from collections.abc import Sequence

from ...candidates import Candidate, Turn

__all__ = ["extract"]


def extract(turns: Sequence[Turn]) -> list[Candidate]:
    """Candidates of the Chinese sentences of the learnable user turns."""
    return []
