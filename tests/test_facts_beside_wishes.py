"""A fact and a wish told in one breath: each is learnt as what it is, whichever stands first."""

from __future__ import annotations

import pytest

from memos_integrations import MemOS, Preference


def told(text: str) -> tuple[list[str], list[str]]:
    """Directives of the lasting preferences, and texts of the facts, that a message leaves."""
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message({"role": "user", "content": text}, user_id="u")
        memory.wait()
        found = memory.list_memories(user_id="u").memories
        wishes = [m.directive for m in found if isinstance(m, Preference) and m.lasting]
        return wishes, [m.text for m in found if m.kind == "fact"]


@pytest.mark.parametrize(
    ("text", "wish", "fact"),
    [
        ("I live in Lisbon and I don't eat pork.", "Avoid pork.", "Lisbon"),
        ("I prefer evening appointments and I have two kids.", "Prefer evening appointments.", "two kids"),
        ("I'm learning Italian; I can't stand loud bars.", "Avoid loud bars.", "Italian"),
        ("My name is Ana, I'm vegetarian.", "Respect the user's diet: vegetarian.", "Ana"),
        ("We live on the fourth floor, I hate musicals.", "Avoid musicals.", "fourth floor"),
        ("I moved to Berlin last year\nI want dates in ISO format", "Prefer dates in ISO format.", "Berlin"),
        ("My mum is visiting next week and I don't like surprises.", "Avoid surprises.", "mum"),
        ("My flatmate Niko is from Patras, please use metric units.", "Use metric units.", "Niko"),
        ("My boss is called Petra, and don't use emojis.", "Do not use emojis.", "Petra"),
    ],
)
def test_a_fact_beside_a_wish_is_no_wish_and_does_not_drown_it(text: str, wish: str, fact: str) -> None:
    wishes, facts = told(text)
    assert wishes == [wish]
    assert any(fact in known for known in facts)


@pytest.mark.parametrize(
    "text",
    ["I go swimming every Tuesday.", "I work night shifts.", "I commute by bike every day.", "I play the cello.", "Hi, my name is Ana."],
)
def test_how_one_lives_is_no_wish(text: str) -> None:
    wishes, facts = told(text)
    assert wishes == []
    assert facts


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("Don't call me sir, I'm vegan.", ["Do not call the user sir.", "Respect the user's diet: vegan."]),
        ("You got my name wrong, it's Saoirse.", ["Call the user Saoirse."]),
    ],
)
def test_only_a_name_is_what_somebody_is_called(text: str, wishes: list[str]) -> None:
    assert told(text)[0] == wishes


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("I'm from Cork but live in Vienna now.", "The user lives in Vienna now."),
        ("I've been vegan since 2018 and live near Bristol.", "The user lives near Bristol."),
        ("Moving to Ghent in May!", "The user is moving to Ghent in May."),
        ("I've worked at a bakery for ten years.", "The user has worked at a bakery for ten years."),
        ("My flatmate is Greek.", "The user's flatmate is Greek."),
        ("Finnish isn't my first language.", "Finnish isn't the user's first language."),
    ],
)
def test_a_fact_is_told_of_who_speaks_though_the_clause_leaves_them_out(text: str, fact: str) -> None:
    assert fact in told(text)[1]


@pytest.mark.parametrize(
    "text",
    [
        "Write a short story that begins with: I don't eat pork.",
        "Write a short story that begins with: I'm scared of dogs.",
        "We're expecting a baby in July.",
        "Lisbon isn't my hometown.",
    ],
)
def test_what_wishes_nothing_leaves_no_wish(text: str) -> None:
    assert told(text)[0] == []


def test_a_budget_says_what_it_is_for() -> None:
    assert told("My budget for birthday gifts is 80 euros.")[0] == ["Keep in mind: the user's budget for birthday gifts is 80 euros."]


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("Please address me as Dr. Lindqvist in all replies.", ["Call the user Dr. Lindqvist."]),
        ("Please stop with the emojis, I read these on an old terminal.", ["Avoid emojis."]),
        ("My favourite colour is teal and my daughter's is pink.", ["Prefer teal."]),
        ("Just got promoted to team lead!", []),
        ("People call me stubborn.", []),
        ("I love my wife Anna.", []),
        ("I prefer the second option for my sister's birthday.", []),
        ("I live with three flatmates.", []),
    ],
)
def test_no_more_than_what_is_wished_is_learnt(text: str, wishes: list[str]) -> None:
    assert told(text)[0] == wishes
