"""Extraction by rules for English sentences."""

from __future__ import annotations

from collections.abc import Sequence

from ...candidates import Candidate, Turn
from .._common import Sentence, sentences
from ._lexicon import flat
from ._preferences import stated, turn_guard

__all__ = ["extract"]


def extract(turns: Sequence[Turn]) -> list[Candidate]:
    """Candidates of the English sentences of the learnable user turns."""
    found: list[Candidate] = []
    by_turn: dict[int, list[Sentence]] = {}
    for said in sentences(turns, "en"):
        by_turn.setdefault(said.index, []).append(said)
    for own in by_turn.values():
        whole = flat(" ".join(said.masked for said in own[:200]))[:8_000]
        if turn_guard(whole):
            continue
        for said in own:
            found.extend(stated(said, whole))
    return found
