"""Wishes with terms in English: exceptions, limits, what is forbidden to children and animals, denials that are turned round."""

from __future__ import annotations

import pytest

from memos_integrations.core.candidates import Turn
from memos_integrations.core.rules import RuleExtractor

from .turns import WHEN, facts_by_rules, wishes_by_rules


@pytest.mark.parametrize(
    ("text", "thing", "line"),
    [
        ("Any jam is fine by me bar apricot.", "apricot", "Avoid apricot: any other jam is fine."),
        ("All seats apart from the back row are fine.", "back row", "Avoid back row: all other seats are fine."),
        ("Under no circumstances forward my letters to the landlord.", "my letters", "Never forward the user's letters to the landlord."),
        ("It annoys me when people shout at dogs.", "shout", "Avoid shouting at dogs."),
        ("I'd sooner starve than eat tripe.", "tripe", "Avoid eating tripe."),
        ("Don't book anything that starts before ten.", "before ten", "Do not book anything that starts before ten."),
        ("We fast on Fridays, so nothing on Friday mornings.", "Friday", "Avoid anything on Friday mornings."),
    ],
)
def test_what_is_excepted_or_forbidden_is_avoided_in_whole_words(text: str, thing: str, line: str) -> None:
    (found,) = wishes_by_rules(text)
    assert (found.polarity, found.directive) == ("avoids", line)
    assert thing in found.object


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("The kids can't have fizzy drinks after six", "Keep in mind: the kids can't have fizzy drinks after six."),
        ("Our puppy mustn't be given cheese", "Keep in mind: the user's puppy mustn't be given cheese."),
        ("My twins are only allowed one sweet a day", "Keep in mind: the user's twins are only allowed one sweet a day."),
        ("I'm on a budget of 60 a week for food", "Keep in mind: the user is on a budget of 60 a week for food."),
        ("Our toy budget is 30 euros a month", "Keep in mind: the user's toy budget is 30 euros a month."),
        ("We can spend up to 90 a night on rooms", "At most 90 a night on rooms."),
        ("I cap myself at two beers a week", "At most two beers a week."),
        ("Always cc my deputy on letters to suppliers", "Always cc the user's deputy on letters to suppliers."),
        ("Ring me only if it can't wait", "Ring the user."),
        ("Weights in stone, please", "Weights in stone."),
        ("A log fire wins me over", "Prefer log fire."),
        ("I buy refurbished whenever I can", "Prefer refurbished."),
        ("It's not that I hate opera, quite the opposite: I want opera on when I cook", "Prefer opera on."),
    ],
)
def test_limits_charges_and_standing_orders_read_as_they_were_meant(text: str, line: str) -> None:
    assert [found.directive for found in wishes_by_rules(text)] == [line]


def test_what_the_user_means_by_a_word_holds_when_it_is_said() -> None:
    (found,) = wishes_by_rules("When I say soon I mean within a week.")
    assert (found.condition, found.directive) == ("When I say soon", "Keep in mind: the user means within a week.")


@pytest.mark.parametrize(
    "text",
    [
        "It makes me itch.",
        "My neighbour can't have visitors after ten.",
        "We can spend up to 3 hours at the museum.",
        "It annoys me when the bus is late.",
        "Everybody laughs when I try to skip lunch.",
        "My colleagues hate stairs and never use them.",
    ],
)
def test_what_others_do_and_what_only_happens_is_no_wish(text: str) -> None:
    assert wishes_by_rules(text) == []


def test_an_order_to_the_assistant_behind_somebody_elses_trouble_is_the_users() -> None:
    assert [c.directive for c in wishes_by_rules("He comes out in hives from tuna, so never suggest tuna.")] == ["Never suggest tuna."]
    assert [c.object for c in wishes_by_rules("My daughter is allergic to sesame, so nothing with tahini for our dinners please.")] == [
        "tahini"
    ]


def test_then_is_the_time_that_was_named() -> None:
    (found,) = wishes_by_rules("The baby naps from one to three, don't schedule anything then.")
    assert (found.condition, found.directive) == ("from one to three", "Do not schedule anything.")
    assert wishes_by_rules("Don't schedule anything then.") == []
    (found,) = wishes_by_rules("We're closed Mondays and Tuesdays, so don't suggest anything for staff on those days.")
    assert (found.directive, found.condition) == ("Do not suggest anything for staff.", "on Mondays and Tuesdays")
    assert wishes_by_rules("Don't suggest anything for staff on those days.") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("That's the last time I fly with Gull Air.", "Avoid Gull Air."),
        ("I'd appreciate it if you never used the word leverage.", "Never use the word leverage."),
        ("I'll eat anywhere minus food courts.", "Avoid food courts."),
        ("Any bread, rye being the exception, I'm happy.", None),
        ("Any vegetable is fine, sprouts being the exception.", "Avoid sprouts: any other vegetable is fine."),
        ("Answer in German again.", "Answer in German again."),
        ("Avoid Ryanair again.", "Avoid Ryanair."),
        ("Our limit for a tent is 200.", "Keep in mind: the user's limit for a tent is 200."),
        ("Everything is fine by me except tripe.", "Avoid tripe."),
        ("Our house rule is phones in the basket.", "Prefer phones in the basket."),
        ("Anything over 300 needs my approval.", "Keep in mind: Anything over 300 needs the user's approval."),
        ("My budget for a bike is 1,500 euros.", "Keep in mind: the user's budget for a bike is 1,500 euros."),
        ("Forty is my ceiling for a haircut.", "Keep in mind: Forty is the user's ceiling for a haircut."),
        ("I can do Mondays or Fridays, nothing else.", "Prefer Mondays or Fridays."),
        ("My brother loves jazz, I can't stand it.", "Avoid jazz."),
        ("Everything on the menu is fair game except the tripe.", "Avoid tripe."),
        ("Pickles sit badly with me.", "Avoid Pickles: the user does not tolerate it."),
        ("My mind's made up: no more cruises.", "Avoid cruises."),
    ],
)
def test_turns_of_speech_say_what_they_mean(text: str, line: str | None) -> None:
    assert [found.directive for found in wishes_by_rules(text)] == ([] if line is None else [line])


@pytest.mark.parametrize(
    ("text", "thing"), [("Feel free to disagree with me.", "disagree"), ("No coriander, not even as a garnish.", "coriander")]
)
def test_no_idiom_becomes_an_object(text: str, thing: str) -> None:
    assert {found.object for found in wishes_by_rules(text)} == {thing}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("My shoe size is 41.", "shoe size is 41"),
        ("I'm 179 cm tall.", "179 cm tall"),
        ("My degree is in botany.", "degree is in botany"),
        ("I'm an oboist with a wind band.", "oboist with a wind band"),
        ("My passport expires next June.", "passport expires next June"),
        ("I've got two kids, Tom and Ravi.", "two kids, Tom and Ravi"),
    ],
)
def test_measures_papers_trades_and_names_are_facts(text: str, value: str) -> None:
    assert value in [c.value for c in facts_by_rules(text)]


@pytest.mark.parametrize(
    "text",
    [
        "The ceiling is leaking.",
        "My red cap is in the car.",
        "My Max is six.",
        "The limit for luggage is 20 kilos.",
        "The kids can't have stolen it.",
        "My son can only use one hand.",
        "The weekly limit is stupid.",
        "The budget is due on Friday.",
        "My baby can't eat solids yet.",
        "My son can't use his left arm.",
        "The baby can't have slept more than two hours.",
        "The kids don't get maths.",
        "My daughter isn't supposed to have a fever.",
        "The baby only gets hiccups after milk.",
        "My flatmate eats my food, I hate it.",
        "My dad hates my boyfriend, I can't stand it.",
        "My boyfriend drinks too much, I hate it.",
        "That was the last time I read Proust.",
        "That was the last time I set foot in Paris.",
        "At no time do I feel safe.",
        "The verdict sits badly with me.",
        "The way she left sits heavily with me.",
        "Figures in the report are wrong.",
        "Prices in the shop went up.",
        "Everything works except the wifi.",
        "Everything is fine except for the printer.",
        "Bullet points again.",
    ],
)
def test_what_is_able_ill_broken_or_past_is_no_wish(text: str) -> None:
    assert wishes_by_rules(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "I'm an optimist at heart.",
        "I'm a tourist in Rome this week.",
        "I owe 3 people an apology.",
        "I saved 3 files on the server.",
        "I make 2 sandwiches every morning.",
    ],
)
def test_what_one_is_like_or_counts_is_neither_a_trade_nor_money(text: str) -> None:
    assert not [c.value for c in facts_by_rules(text) if c.attribute in ("work", "finance")]


def test_a_case_that_an_answer_tells_of_leaves_its_choice() -> None:
    turns = [
        Turn(episode="put", role="assistant", text="Shall I book the bus or the train?", said_at=WHEN),
        Turn(episode="said", role="user", text="When we get there late, I am always tired. The train.", said_at=WHEN),
    ]
    assert [c.object for c in RuleExtractor().extract(turns) if c.kind == "preference"] == ["train"]


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("Unless the nurse is off, don't give me night duty.", "Unless the nurse is off"),
        ("Except on Mondays, don't plan walks.", "Except on Mondays"),
    ],
)
def test_an_exception_that_is_said_first_is_kept(text: str, case: str) -> None:
    (found,) = wishes_by_rules(text)
    assert (found.polarity, found.condition) == ("avoids", case)


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("Drop me a text, don't ring.", "Drop the user a text.", "Do not ring."),
        ("Please write me an email, never phone.", "Write the user an email.", "Never phone."),
        ("Send me a message, please don't call.", "Send the user a message.", "Do not call."),
    ],
)
def test_how_one_wants_to_be_reached_is_told_with_what_one_does_not_want(text: str, wanted: str, unwanted: str) -> None:
    assert {(one.polarity, one.directive) for one in wishes_by_rules(text)} == {("wants", wanted), ("avoids", unwanted)}


@pytest.mark.parametrize(
    "text",
    [
        "Write me an email to the landlord.",
        "Write me an email, two paragraphs, asking for a refund.",
        "Will you always love me?",
        "Can you always trust reviews?",
        "Soap works better than sanitiser.",
        "We only split the bill.",
        "Deliver the news in person to my boss.",
        "昨晚的面试简直是我的噩梦。",
        "疫情终于控制在小范围内。",
        "If I earned more, I'd keep horses.",
        "The rest are tied to one maker, which I'd prefer to avoid.",
        "Always shut the gate, said the miller.",
        "Dr Moss took over my case.",
        "Lena took over from me.",
        "As grandad put it, never sell the boat.",
        "Every time I ring the council they put me on hold.",
    ],
)
def test_a_task_a_dream_and_a_clause_that_points_back_are_no_wish(text: str) -> None:
    assert wishes_by_rules(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Always name your sources.", "Always name your sources."),
        ("Never book flights to the US.", "Never book flights to the US."),
        ("When you translate something for me, always keep it informal.", "Always keep it informal."),
    ],
)
def test_an_order_speaks_to_the_assistant_and_takes_no_verb_for_a_thing(text: str, line: str) -> None:
    (found,) = wishes_by_rules(text)
    assert found.directive == line


def test_a_full_stop_within_a_name_ends_no_fact() -> None:
    (work, *_) = facts_by_rules("I just started as a porter at St. Anne's in Bath.")
    assert "St. Anne's in Bath" in work.text


@pytest.mark.parametrize(
    ("text", "thing", "case"),
    [
        ("When we visit a water park, we only go on schooldays.", "go on schooldays", "When we visit a water park"),
        ("At the pool I only train in the mornings.", "in the mornings", "At the pool"),
    ],
)
def test_the_one_way_in_which_something_is_done_is_what_is_wished(text: str, thing: str, case: str) -> None:
    (found,) = wishes_by_rules(text)
    assert (found.polarity, found.object, found.condition) == ("wants", thing, case)


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("No onion, garlic or root veg for me.", ["onion, garlic or root veg"]),
        ("No nuts, shellfish, kiwi or sesame, please, I'm allergic.", ["nuts, shellfish, kiwi or sesame"]),
        ("No pets, two beds, near the station.", ["pets"]),
        ("No cheese, or if you must, cheddar.", ["cheese"]),
    ],
)
def test_all_that_an_or_closes_is_what_there_is_to_be_none_of(text: str, things: list[str]) -> None:
    assert [one.object for one in wishes_by_rules(text) if one.polarity == "avoids"] == things
    assert [one.object for one in wishes_by_rules(text) if one.polarity == "wants"] == []


def test_what_one_likes_now_is_told_without_the_now() -> None:
    assert [(one.polarity, one.object) for one in wishes_by_rules("I used to read crime. I like long sagas now.")] == [
        ("wants", "long sagas")
    ]
