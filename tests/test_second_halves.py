"""A statement in two halves is one thought: its line tells both, and loses no words that say what is meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Turn
from memos_integrations.core.learnt.extractor import VotingExtractor

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def lines(text: str) -> list[str]:
    """The lines of a turn's preferences, by words alone."""
    turn = Turn(episode="said", role="user", text=text, said_at=WHEN)
    return [c.directive for c in VotingExtractor().extract([turn]) if c.kind == "preference"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("I can't stand open-plan offices; I prefer small quiet rooms.", "Avoid open-plan offices: the user prefers small quiet rooms."),
        (
            "I don't enjoy group lessons; I learn best with a private tutor.",
            "Avoid group lessons: the user learns best with a private tutor.",
        ),
        ("I dislike opera; the arias always seem endless to me.", "Avoid opera: the arias always seem endless to the user."),
        ("I follow a strict keto diet, avoiding all bread and rice.", "Respect the user's diet: keto (all bread and rice excluded)."),
        ("I have a severe sesame allergy and must avoid all sesame seeds and tahini.", None),
        ("I avoid sugary drinks, including cola and lemonade.", "Avoid sugary drinks, including cola and lemonade."),
        ("I thrive in small seminars where I can ask questions.", "Prefer small seminars where the user can ask questions."),
    ],
)
def test_the_line_tells_both_halves(text: str, line: str | None) -> None:
    read = lines(text)
    if line is None:
        assert any("sesame seeds and tahini" in one and "allergic (severe)" in one for one in read)
    else:
        assert line in read


def test_an_unrelated_second_half_is_no_reason() -> None:
    assert lines("I dislike opera; my sister lives in Graz.") == ["Avoid opera."]
    assert "Avoid opera." in lines("I dislike opera; I like strong tea.")
