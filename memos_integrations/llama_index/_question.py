"""What memory is asked in a turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._adapters.plain import clean
from ._messages import is_answer, words_of
from ._window import Turn, Window, last_asked

__all__ = ["Question", "question_of"]


@dataclass(frozen=True, slots=True)
class Question:
    """What memory is asked in a turn.

    Attributes:
        words: The user's words.
        key: Names the turn.
        asked: Whether they stand in the history already.
    """

    words: str
    key: tuple[str, ...]
    asked: bool


def question_of(window: Window, input: str | None) -> Question:
    """What memory is asked: the last words of the user's in the history, or those that are still to be put."""
    input = None if input is None else clean(input)
    last = last_asked(window.turns)
    words = "\n".join(words_of(turn.message) for turn in last)
    id = last[-1].id if last else ""
    if input is not None and input.strip() and not _stands(window, last, input):
        return Question(input, ("to come", id, input), asked=False)
    return Question(words, (id,), asked=True)


def _stands(window: Window, last: Sequence[Turn], input: str) -> bool:
    """Whether the input is the last thing that the user said, and not answered yet: agents ask with words that they have put."""
    if not last or input not in (words_of(last[-1].message), "\n".join(words_of(turn.message) for turn in last)):
        return False
    return not is_answer(window.turns[-1].message)
