"""Wishes in plain English: what is turned down in a case, what is always so by choice, and what is nobody's order."""

from __future__ import annotations

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.learnt.extractor import VotingExtractor

from .turns import WHEN, wishes_by_rules


def _learnt(text: str) -> list[Candidate]:
    found = VotingExtractor().extract([Turn(episode="said", role="user", text=text, said_at=WHEN)])
    return [one for one in found if one.kind == "preference" and one.lasting]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("If a film is dubbed, I'm out.", "Keep in mind: if a film is dubbed, the user is out."),
        ("If a hotel has no lift, it's a no from me.", "Keep in mind: if a hotel has no lift, it's a no from the user."),
        ("If there's a queue I'm not going there.", "Keep in mind: if there's a queue the user is not going there."),
        (
            "Whenever a bar is loud I walk straight out.",
            "Keep in mind: whenever a bar is loud the user walks straight out.",
        ),
        ("Given up on guitar.", "Avoid guitar."),
        ("Mushrooms, I hate them.", "Avoid Mushrooms."),
        ("I get terrible heartburn from too much chilli.", "Avoid chilli: it makes the user ill."),
    ],
)
def test_what_is_turned_down_in_a_case_or_behind_its_name_is_avoided(text: str, line: str) -> None:
    (found,) = _learnt(text)
    assert (found.polarity, found.directive) == ("avoids", line)


@pytest.mark.parametrize(
    ("text", "line", "case"),
    [
        ("No problem with early flights.", "Prefer early flights.", None),
        ("I go weak at the knees for pistachio ice cream.", "Prefer pistachio ice cream.", None),
        ("Birthday presents from me are always books.", "Keep in mind: Birthday presents from the user are always books.", None),
        ("Sunday lunch at ours is always a roast.", "Keep in mind: Sunday lunch at the user's is always a roast.", None),
        ("I use Python for scripts.", "Prefer Python.", "for scripts"),
    ],
)
def test_what_is_gladly_or_always_taken_is_wanted(text: str, line: str, case: str | None) -> None:
    (found,) = wishes_by_rules(text)
    assert (found.polarity, found.directive, found.condition) == ("wants", line, case)
    assert not found.standing


def test_of_two_kinds_of_person_the_one_is_preferred_to_the_other() -> None:
    found = wishes_by_rules("I'm more of a shower person than a bath person.")
    assert [one.directive for one in found] == ["Prefer shower over bath.", "Avoid bath: the user prefers shower."]


@pytest.mark.parametrize(
    "text",
    [
        "Always look on the bright side.",
        "Rule one: always respect the chef.",
        "Always wear a helmet, that's what the instructor kept shouting.",
        "I only lent the book.",
        "No problems with the last delivery.",
        "If the meeting is at five, I'm out.",
        "If a friend cancels, it's off.",
        "My lunches are always late.",
        "Our holidays are always expensive.",
        "My password is always the same as my brother's.",
        "No problem with login now.",
        "No issues with payments on the site so far.",
        "We use ChatGPT for homework help and got caught.",
        "Too long, cut it down.",
        "I've cancelled my membership and joined the council pool instead.",
    ],
)
def test_mottos_and_what_only_tells_are_no_wish(text: str) -> None:
    assert _learnt(text) == []


@pytest.mark.parametrize(("text", "thing"), [("Mate, I hate queues.", "queues"), ("Keep it short, that's what I said.", "short")])
def test_whom_one_speaks_to_is_no_wish_and_what_one_said_oneself_is(text: str, thing: str) -> None:
    assert [one.object for one in _learnt(text)] == [thing]
