"""Extraction by an LLM: what it proposes is kept only where the user's own words bear it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ..core.candidates import Candidate, Turn
from ..core.prompts import extraction_prompt
from ..core.validation import validate_candidates
from ..types import Usage
from .base import Llm, Prompt

__all__ = ["LlmExtractor", "Reading"]


@dataclass(slots=True, frozen=True)
class Reading:
    """What a model made of some turns.

    Attributes:
        kept: The candidates that hold.
        dropped: Why each of the others was dropped, in words that repeat nothing of it.
        usage: What it cost.
    """

    kept: tuple[Candidate, ...] = ()
    dropped: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)


class LlmExtractor:
    """Asks an LLM about a window of turns. An ``Extractor``, beside the rules or in their place."""

    def __init__(self, llm: Llm) -> None:
        """Read with a model."""
        self._llm = llm

    def extract(self, turns: Sequence[Turn]) -> list[Candidate]:
        """Candidates of the turns in which the user tells something; the others are context.

        Raises:
            ModelError: The model failed.
        """
        return list(self.read(turns).kept)

    def read(self, turns: Sequence[Turn]) -> Reading:
        """``extract``, with what was dropped and what it cost. Without a turn of the user nothing is asked.

        Raises:
            ModelError: The model failed.
        """
        if not any(turn.told for turn in turns):
            return Reading()
        request = extraction_prompt(turns)
        answer = self._llm.ask(Prompt(system=request.system, user=request.user, schema_name=request.schema_name, schema=request.schema))
        kept, dropped = validate_candidates(answer.value, turns)
        return Reading(tuple(kept), tuple(dropped), answer.usage)
