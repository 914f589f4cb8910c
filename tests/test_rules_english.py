"""English rules: what a user who writes English may expect to be understood."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.rules import RuleExtractor
from memos_integrations.testing import grows_in_proportion

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def extract(text: str, before: str | None = None) -> list[Candidate]:
    turns = [Turn(episode="said", role="user", text=text, said_at=WHEN)]
    if before:
        turns.insert(0, Turn(episode="offer", role="assistant", text=before, said_at=WHEN, learnable=False))
    return RuleExtractor().extract(turns)


def preferences(text: str, before: str | None = None) -> list[Candidate]:
    return [c for c in extract(text, before) if c.kind == "preference"]


@pytest.mark.parametrize(
    ("text", "polarity", "word", "slot"),
    [
        ("I love rye bread.", "wants", "rye bread", "food.taste"),
        ("I can't stand cold soup.", "avoids", "cold soup", "food.taste"),
        ("Don't use footnotes.", "avoids", "footnotes", "answers.format"),
        ("I'm severely allergic to mango.", "avoids", "mango", "health.allergy"),
        ("Please be brief.", "wants", "brief", "answers.length"),
        ("No horror films please.", "avoids", "horror films", "entertainment.film"),
        ("Sleeper trains work best for me.", "wants", "Sleeper trains", "travel.transport"),
        ("I find wine tastings too slow and boring.", "avoids", "wine tastings", "food.drink"),
        ("I find modern art unsettling.", "avoids", "modern art", "arts.hobby"),
        ("Text me when the van is here rather than knocking.", "wants", "Text me", "social.communication"),
        ("I find it tedious to play games that need a manual.", "avoids", "games that need a manual", "entertainment.games"),
        ("I have a firm ethical stance against fast fashion.", "avoids", "fast fashion", "environment.sustainability"),
    ],
)
def test_a_stated_preference_has_sign_object_and_slot(text: str, polarity: str, word: str, slot: str) -> None:
    (found,) = preferences(text)
    assert (found.polarity, found.slot) == (polarity, slot)
    assert word in found.object
    assert found.quote in text


def test_a_safety_statement_and_an_order_about_every_answer_stand() -> None:
    assert preferences("I'm allergic to kiwis.")[0].standing
    assert preferences("Always answer in Dutch.")[0].standing
    assert not preferences("I love rye bread.")[0].standing


def test_what_is_not_wanted_is_avoided_where_it_is_a_thing() -> None:
    (_, refused) = preferences("I'd like to read about the lighthouse keepers, not the shipwrecks.")
    assert refused.directive == "Avoid shipwrecks."


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("I can't stand being called dear.", "Do not call the user dear."),
        ("I'd rather be addressed as Ms Okafor.", "Call the user Ms Okafor."),
    ],
)
def test_how_one_is_called_is_about_address_whatever_the_name_means(text: str, directive: str) -> None:
    assert [(c.slot, c.directive) for c in preferences(text)] == [("answers.address", directive)]
    assert [c.slot for c in preferences("I can't stand being called after ten.")] != ["answers.address"]


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("I don't fancy anything that takes an hour to set up.", "Avoid anything that takes an hour to set up."),
        ("I only want things that are made to be repaired.", "Prefer things that are made to be repaired."),
        ("Nothing that smells of lavender, please.", "Avoid anything that smells of lavender."),
    ],
)
def test_what_is_told_by_a_clause_keeps_its_head(text: str, directive: str) -> None:
    assert [c.directive for c in preferences(text)] == [directive]


def test_the_directive_carries_the_sign_and_no_first_person() -> None:
    avoids = preferences("Never put my surname in the headers.")[0]
    assert "never" in avoids.directive.lower() or "not" in avoids.directive.lower()
    assert " my " not in avoids.directive
    assert "user's" in avoids.directive
    wants = preferences("From now on, call me Captain.")[0]
    assert wants.directive == "Call the user Captain."


def test_the_text_is_worded_without_first_person() -> None:
    assert preferences("I'm allergic to kiwis.")[0].text == "The user is allergic to kiwis."


def test_two_objects_in_one_sentence_are_two_preferences() -> None:
    found = preferences("I love the opera but I hate the interval crowds.")
    assert [c.polarity for c in found] == ["wants", "avoids"]


@pytest.mark.parametrize("text", ["I'd rather avoid buffets.", "I prefer to stay away from buffets.", "I would sooner skip buffets."])
def test_a_wish_to_stay_away_is_no_wish_for_the_thing(text: str) -> None:
    assert [(c.polarity, c.object) for c in preferences(text)] == [("avoids", "buffets")]


def test_a_comparison_gives_both_sides() -> None:
    first, second = preferences("I prefer cycling over driving.")
    assert (first.polarity, first.object, second.polarity, second.object) == ("wants", "cycling", "avoids", "driving")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("I prefer window seats when flying.", "when flying"),
        ("When I'm abroad, I want hotels with a gym.", "When I'm abroad"),
        ("Answer me in Welsh unless I write in German.", "unless I write in German"),
        ("In lab reports I want bullet points.", "In lab reports"),
    ],
)
def test_a_condition_is_kept_verbatim_and_out_of_the_object(text: str, condition: str) -> None:
    found = preferences(text)[0]
    assert found.condition == condition
    assert condition not in found.object
    assert condition not in found.directive


@pytest.mark.parametrize(
    "text",
    [
        "Do you like herring?",
        "Suppose I hated boats. How would I get to Malta?",
        "If I were rich I'd love a yacht.",
        'My aunt wrote: "I love herring, never bring cheese".',
        "> I hate herring",
        "```\nI hate herring\n```",
        "People like herring.",
        "My sister Ann hates herring.",
        "I used to love herring.",
        "As a kid I hated herring.",
        "I never said I like herring.",
        "Write a poem that says I love herring.",
        "Say we skip herring and serve cheese.",
        "The vet told my aunt to avoid herring.",
        "client says they want herring and no cheese",
        "so my cousin goes, I can't stand your herring",
        "Oh great, I just love waiting in line.",
        "I wonder whether I like herring.",
        "Either is fine.",
        "Thanks, that helped!",
        "My boss listens to nothing but audiobooks.",
        "C's the only one that fits.",
        "My students all like short videos.",
        "I like the second photo better.",
        "I don't want to sound rude, but the file is empty.",
        "Honestly, no.",
        "I want my deposit back from the agent.",
        "Sure, because I love doing taxes at midnight.",
    ],
)
def test_what_is_not_the_users_own_present_wish_is_left_out(text: str) -> None:
    assert preferences(text) == []


def test_what_another_person_likes_is_a_fact_about_them() -> None:
    (found,) = extract("My sister Ann hates herring.")[-1:]
    assert (found.kind, found.subject, found.attribute) == ("fact", "Ann", "opinion")


def test_nothing_is_learnt_from_a_part_until_the_play_is_over() -> None:
    says = ["Let's role-play, I'm a pirate.", "I love rum!", "I hate parrots.", "OK, end of the game.", "I love herring."]
    turns = [Turn(episode=str(i), role="user", text=text, said_at=WHEN) for i, text in enumerate(says)]
    assert [c.episode for c in RuleExtractor().extract(turns) if c.kind == "preference"] == ["4"]


@pytest.mark.parametrize("answer", ["The second one.", "I'll take the cabin", "2"])
def test_a_clear_choice_takes_its_object_from_the_offer(answer: str) -> None:
    found = preferences(answer, "Two options: (1) a hostel downtown, (2) a cabin by the lake.")
    assert [(c.object, c.origin, c.polarity) for c in found] == [("cabin by the lake", "implicit", "wants")]
    assert found[0].quote in answer


@pytest.mark.parametrize("answer", ["Either works.", "Hmm, not sure yet.", "Which is cheaper?"])
def test_an_open_answer_is_no_choice(answer: str) -> None:
    assert preferences(answer, "Would you like the hostel or the cabin?") == []


@pytest.mark.parametrize(
    ("text", "liked", "not_liked"),
    [
        ("Swimming's my thing, running isn't.", "Swimming", "running"),
        ("Salsa is a no, tango is a yes.", "tango", "Salsa"),
        ("Medium-rare, never well done.", "Medium-rare", "well done"),
        ("Documentaries I'll watch any day of the week, reality shows never.", "Documentaries", "reality shows"),
    ],
)
def test_the_other_half_of_a_contrast_leaves_its_verb_out(text: str, liked: str, not_liked: str) -> None:
    assert {(c.object, c.polarity) for c in preferences(text)} == {(liked, "wants"), (not_liked, "avoids")}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("I don't want calls while I'm teaching, except when it's the nursery.", "while I'm teaching, except when it's the nursery"),
        ("What goes for every label you design for me: nothing in italics.", "for every label you design for me"),
        ("Never well done, and that goes for any steak.", "for any steak"),
        ("Podcasts? Only while ironing.", "Only while ironing"),
        ("When you plan nights out for the team leave the bars off.", "When you plan nights out for the team"),
    ],
)
def test_cases_given_together_apart_or_without_a_comma_are_kept(text: str, condition: str) -> None:
    assert [c.condition for c in preferences(text)] == [condition]


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("I quit smoking on New Year's Day.", "smoking"),
        ("I gave up alcohol when my son was born.", "alcohol"),
        ("I packed in smoking eight years ago this March.", "smoking"),
        ("I've gone right off instant coffee lately.", "instant coffee"),
    ],
)
def test_since_when_something_is_over_is_no_part_of_it(text: str, thing: str) -> None:
    (found,) = preferences(text)
    assert (found.object, found.polarity, found.condition) == (thing, "avoids", None)


def test_what_another_does_is_told_of_them() -> None:
    told = [c for c in extract("My son likes dinosaurs, and he hates peas. He can only read large print.")]
    assert [c.text for c in told] == [
        "The user's son likes dinosaurs.",
        "The user's son hates peas.",
        "The user's son can only read large print.",
    ]
    assert {(c.kind, c.subject) for c in told} == {("fact", "son")}


@pytest.mark.parametrize(
    "text", ["I'd like two crates of water delivered.", "I need my password reset.", "I want the blue one.", "I'd prefer Tuesday."]
)
def test_what_is_ordered_once_does_not_last(text: str) -> None:
    assert not any(c.lasting for c in preferences(text))


@pytest.mark.parametrize(
    "said", ["Look up trains please", "Search the web please", "open the file please", "Book a table, please.", "find a plumber pls"]
)
def test_what_is_to_be_done_now_is_no_wish_though_it_says_please(said: str) -> None:
    assert preferences(said) == []


@pytest.mark.parametrize("said", ["Decaf please", "Window seat, please", "Open sandwiches please", "Vegetarian please"])
def test_what_is_named_and_asked_for_is_one(said: str) -> None:
    assert len(preferences(said)) == 1


def test_a_one_off_does_not_last() -> None:
    assert not preferences("Tonight I want something spicy.")[0].lasting
    assert preferences("I like spicy food.")[0].lasting


def test_a_correction_is_marked() -> None:
    assert any(c.correction and c.value == "Wednesday" for c in extract("No, I meant Wednesday, not Tuesday."))


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("I live in Leeds.", "home", "Leeds"),
        ("I work as a nurse.", "work", "nurse"),
        ("My birthday is on 3 June.", "birthday", "3 June"),
        ("I'm flying to Oslo on 12 May.", "plan", "flying to Oslo on 12 May"),
        ("My phone number is 0171 555 233.", "contact", "0171 555 233"),
    ],
)
def test_facts_about_the_user(text: str, attribute: str, value: str) -> None:
    assert (attribute, value) in [(c.attribute, c.value) for c in extract(text)]


@pytest.mark.parametrize("piece", ["I like tea ", "no ", "don't ", "a, ", "I love x. ", "`", '"', "\n> ", "my sister Ann is ", "never, "])
def test_a_message_of_hostile_length_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(lambda length: extract((piece * length)[:length]), 200_000)


@pytest.mark.parametrize(
    "text",
    [
        "We want to go to Norway in June.",
        "We want to drive to Scotland next summer.",
        "Another thing: I have to be in Turin for a client.",
        "Another question: how do I boil an egg?",
        "We don't have a car.",
        "My daughter has to take the bus.",
    ],
)
def test_plans_duties_and_circumstances_are_no_preferences(text: str) -> None:
    assert not preferences(text)


def test_one_thing_over_another_has_two_signs() -> None:
    assert {(c.polarity, c.object) for c in preferences("I prefer tea to coffee.")} == {("wants", "tea"), ("avoids", "coffee")}
    assert [c.object for c in preferences("I prefer to walk to work.")] == ["walk to work"]


def test_a_demand_on_a_thing_keeps_the_thing() -> None:
    (found,) = preferences("The huts must allow dogs.")
    assert found.directive == "The huts must allow dogs."


def test_even_when_limits_nothing() -> None:
    (found,) = preferences("I'd like you to be honest with me even when it hurts.")
    assert (found.object, found.condition) == ("honest", "even when it hurts")


def test_one_clause_tells_one_person() -> None:
    facts = [(c.subject, c.attribute, c.value, c.text) for c in extract("My husband Jo cooks at seven and our daughter Mia is six.")]
    assert ("Mia", "age", "six", "The user's daughter Mia is six.") in facts
    assert all("Mia" not in text for subject, _, _, text in facts if subject != "Mia")


def test_work_in_an_apposition_and_a_firm_after_at() -> None:
    found = {(c.attribute, c.value) for c in extract("I'm Priya, a nurse from Leeds.")}
    assert found == {("name", "Priya"), ("work", "nurse from Leeds")}
    assert ("employer", "Bosch") in {(c.attribute, c.value) for c in extract("I'm at Bosch now.")}
    assert not extract("I'm at home.")


def test_a_number_told_after_its_name_is_a_contact() -> None:
    (found,) = extract("I have a new number, 555-0199.")
    assert (found.attribute, found.value, found.text) == ("contact", "555-0199", "The user has a new number: 555-0199.")


def test_things_of_ones_own_are_no_orders_about_answers() -> None:
    (slides,) = preferences("I like my slides with dark backgrounds.")
    (walk,) = preferences("I prefer to walk to work when it's dry.")
    assert not slides.standing and not walk.standing
    assert preferences("I like my answers short.")[0].standing


def test_the_second_of_two_halves_keeps_the_first_one_s_subject() -> None:
    first, second = preferences("I avoid lamb and only eat kosher meat.")
    assert (first.polarity, first.object) == ("avoids", "lamb") and "only eats kosher meat" in first.directive
    assert (second.polarity, second.slot) == ("wants", "food.diet")
    (wish,) = preferences("I work nights and don't want calls before noon.")
    assert (wish.polarity, wish.object, wish.condition) == ("avoids", "calls", "before noon")
    (order,) = preferences("I'm tired and please keep it short.")
    assert order.directive == "Keep it short."


def test_a_time_of_day_is_not_cut() -> None:
    assert preferences("Nothing before 9:30 please.")[0].object == "before 9:30"


@pytest.mark.parametrize(
    ("text", "polarity", "directive"),
    [
        ("Would it be possible to keep your answers under 80 words?", "wants", "Keep your answers under 80 words."),
        ("Would you mind using bullet points?", "wants", "Use bullet points."),
        ("Would you mind not using acronyms?", "avoids", "Do not use acronyms."),
        ("It'd be great if you could always name your sources.", "wants", "Always name your sources."),
        ("Any chance you could stop flattering me?", "avoids", "Avoid flattering the user."),
        ("I was hoping you could explain things with examples.", "wants", "Explain things with examples."),
        ("Can we agree on British spelling?", "wants", "Use British spelling."),
        ("Do me a favour and never use the word synergy.", "avoids", "Never use the word synergy."),
        ("It would help me if you put the result first.", "wants", "Put the result first."),
        ("Give me weights in grams rather than ounces.", "wants", "Give the user weights in grams rather than ounces."),
        ("Please don't send me links to videos.", "avoids", "Do not send the user links to videos."),
    ],
)
def test_a_polite_order_about_answers_is_an_order(text: str, polarity: str, directive: str) -> None:
    (found,) = preferences(text)
    assert (found.polarity, found.directive, found.standing) == (polarity, directive, True)
    assert found.slot.startswith("answers.")


@pytest.mark.parametrize(
    ("text", "polarity", "thing"),
    [
        ("What I love is a corner seat.", "wants", "corner seat"),
        ("The one thing I can't stand is elevator music.", "avoids", "elevator music"),
        ("All I want from a hotel is silence.", "wants", "silence"),
        ("What I get on with is one topic at a time.", "wants", "one topic at a time"),
        ("What I don't like is ringing bells.", "avoids", "ringing bells"),
    ],
)
def test_what_is_put_last_is_the_thing(text: str, polarity: str, thing: str) -> None:
    (found,) = preferences(text)
    assert (found.polarity, found.object) == (polarity, thing)


def test_items_under_a_heading_of_ones_own_rules_are_wishes() -> None:
    found = preferences("My preferences for trips:\n1. aisle seat\n2. no night buses\n3. hotels near a park\nCan you look at Porto?")
    assert [(c.polarity, c.object) for c in found] == [("wants", "aisle seat"), ("avoids", "night buses"), ("wants", "hotels near a park")]
    assert found[0].condition == "for trips"
    assert preferences("Put these in the calendar:\n- dentist, Monday\n- call with Bergen") == []
    found = preferences("Ground rules for when you edit my texts: keep the Oxford comma, don't touch quotations.")
    assert [(c.polarity, c.lasting) for c in found] == [("wants", True), ("avoids", True)]


def test_what_is_taken_out_twice_is_not_wanted() -> None:
    (found,) = preferences("Animations out again, please.", before="Ready, with a gentle wipe from slide to slide.")
    assert (found.polarity, found.origin) == ("avoids", "implicit")
    assert preferences("Turn it off again.", before="It's on.") == []


def test_a_limit_behind_the_object_is_kept() -> None:
    (diet,) = preferences("I'm vegetarian except for oysters in winter.")
    assert (diet.object, diet.condition) == ("vegetarian", "except for oysters in winter")
    (order,) = preferences("When you suggest novels skip anything with vampires.")
    assert (order.object, order.condition) == ("anything with vampires", "When you suggest novels")


@pytest.mark.parametrize(
    "text",
    [
        "Good morning!",
        "We had a lovely day at the river, no midges at all.",
        "I prefer not to answer that.",
        "I have trouble connecting to the printer.",
        "I must have left it at the pool.",
        "Same colours.",
    ],
)
def test_what_only_has_the_words_of_a_wish_is_none(text: str) -> None:
    assert preferences(text) == []


@pytest.mark.parametrize(
    ("text", "thing", "slot"),
    [
        ("i listen to pretty much anything except polka", "polka", "entertainment.music"),
        ("I'll eat anything but liver.", "liver", "food."),
        ("We don't do fizzy drinks in this house.", "fizzy drinks", "food."),
    ],
)
def test_all_but_one_thing(text: str, thing: str, slot: str) -> None:
    (found,) = preferences(text)
    assert (found.polarity, found.object) == ("avoids", thing) and found.slot.startswith(slot)


def test_what_stands_against_a_denial_is_meant_and_against_a_doubt_is_not() -> None:
    (found,) = preferences("I don't mind crowds but loud music is a dealbreaker.")
    assert (found.polarity, found.object) == ("avoids", "loud music")
    assert preferences("I'm not sure yet but I think I prefer tea.") == []


def test_what_need_not_be_done_is_not_wanted() -> None:
    for text in ("You needn't explain the basics to me.", "You don't have to explain the basics to me."):
        (found,) = preferences(text)
        assert found.polarity == "avoids" and "basics" in found.object


@pytest.mark.parametrize(
    ("text", "polarity", "word"),
    [
        ("Podcasts I adore.", "wants", "Podcasts"),
        ("What helps me is a quiet room.", "wants", "quiet room"),
        ("What annoys me most is hold music.", "avoids", "hold music"),
        ("Two things I always enjoy: ferries and lighthouses.", "wants", "ferries and lighthouses"),
        ("Ferries and long walks, that's what I like.", "wants", "Ferries and long walks"),
        ("Boiled carrots, no thanks.", "avoids", "Boiled carrots"),
        ("Nothing cheers me up like a brass band.", "wants", "brass band"),
        ("I'd never go back to contact lenses.", "avoids", "contact lenses"),
        ("I said I dislike folk clubs.", "avoids", "folk clubs"),
        ("Frankly can't stand hot yoga.", "avoids", "hot yoga"),
        ("It's rye bread I'm after, every time.", "wants", "rye bread"),
        ("The only cheese I eat is goat's.", "wants", "goat's"),
        ("If there's one thing I can't abide it's people being late.", "avoids", "people being late"),
        ("Squash I could play every day.", "wants", "Squash"),
        ("It's not meat I avoid, it's gelatine.", "avoids", "gelatine"),
        ("Hostels? Never again.", "avoids", "Hostels"),
        ("There's nothing I like more than an empty beach.", "wants", "empty beach"),
        ("Pet hate: split infinitives.", "avoids", "split infinitives"),
        ("My mum can't do stairs and I can't do heat.", "avoids", "heat"),
        ("I take my tea black.", "wants", "tea black"),
        ("I steer well clear of anything with raisins.", "avoids", "raisins"),
        ("My sister can't abide coriander and neither can I.", "avoids", "coriander"),
        ("My whole team hates stand-ups and so do I.", "avoids", "stand-ups"),
        ("A dry bed is all I ask of a campsite.", "wants", "dry bed"),
        ("Cold porridge is a crime.", "avoids", "Cold porridge"),
        ("The car died, so it's the bus for me now.", "wants", "bus"),
        ("I don't leave keys in jackets.", "avoids", "leave keys"),
        ("What goes with trout? Nothing oaky for me, thanks.", "avoids", "oaky"),
        ("You can keep your energy drinks.", "avoids", "energy drinks"),
        ("There's no room in my life for gossip.", "avoids", "gossip"),
        ("Where's good for lunch? Nowhere that plays the radio, please.", "avoids", "plays the radio"),
        ("Cut flowers depress me.", "avoids", "Cut flowers"),
        ("How do I prune a fig, and in future leave out the history.", "avoids", "history"),
    ],
)
def test_a_wish_in_another_order_of_words_is_the_same_wish(text: str, polarity: str, word: str) -> None:
    (found,) = preferences(text)
    assert (found.polarity, word in found.object) == (polarity, True)


@pytest.mark.parametrize(
    ("text", "directive", "condition", "stands"),
    [
        (
            "When you suggest a campsite, tell me if dogs are welcome.",
            "Tell the user if dogs are welcome.",
            "When you suggest a campsite",
            False,
        ),
        ("End every reply with a short recap.", "End every reply with a short recap.", None, True),
        ("Use my title only in formal mail.", "Use the user's title.", "only in formal mail", True),
        ("Be firm but friendly.", "Be firm but friendly.", None, True),
        ("Talk to me like I'm an old friend.", "Talk to the user like the user is an old friend.", None, True),
        ("Speak slowly and clearly.", "Speak slowly and clearly.", None, True),
        ("Replies in Dutch, please.", "Prefer in Dutch.", None, True),
        ("Three sentences, tops.", "At most three sentences.", None, True),
        ("I'd appreciate it if you numbered your points.", "Number your points.", None, True),
    ],
)
def test_an_order_names_its_case_or_stands(text: str, directive: str, condition: str | None, stands: bool) -> None:
    (found,) = preferences(text)
    assert (found.directive, found.condition, found.standing) == (directive, condition, stands)


@pytest.mark.parametrize(
    "text",
    [
        "Don't call me before nine.",
        "In cafés I want a table near the door.",
        "I can spend up to 40 euros on it.",
    ],
)
def test_what_is_no_matter_of_answers_does_not_stand(text: str) -> None:
    (found,) = preferences(text)
    assert not found.standing and not found.slot.startswith("answers.")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Curries? I like them mild.", "Prefer curries mild."),
        ("How long do I boil eggs? I like mine runny.", "Prefer eggs runny."),
        ("I drink a lot of coffee. I like it black.", "Prefer coffee black."),
    ],
)
def test_a_line_names_what_a_pronoun_stands_for(text: str, line: str) -> None:
    assert line in [found.directive for found in preferences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "If time were no object I'd walk to Rome.",
        "I wouldn't say I'm scared of dogs.",
        "I'm useless with maps.",
        "Whoever invented hold music should be ashamed.",
        "We have an old drain, is bleach okay",
        "I can't afford that without selling the boat.",
        "Done, no leak.",
        "It flickers for a second. I don't want a gap there",
        "I need a card for a colleague who is leaving.",
        "I need to be in Leeds by noon.",
        "No names in the notes of Tuesday's call.",
        "I need it by Friday, wait do I need a stamp for it",
        "I'd prefer it if it stopped snowing.",
        "I don't like the sound of that engine.",
        "No luck with the scanner.",
        "Nothing helps.",
        "I love that armchair though.",
        "Now I want the rows under 20 in green.",
        "It rattles, the lid doesn't close all the way.",
        "The heater runs at night only because of the tariff.",
        "The dresser has to go too, nobody uses it.",
        "Three vegans are coming on Sunday, so no butter in the crust.",
        "I say over my dead body.",
        "I'd be a vegan if it weren't for cheese.",
        "Nothing yet.",
        "No chemist open now.",
        "Enjoy your weekend.",
        "Never say never.",
        "If only I liked running.",
        "Leave the prices off this leaflet.",
        "Leave the discount out of this invoice.",
        "Text me the address of the yard.",
        "Only for the wedding: everything in silver.",
        "I need a new toaster.",
    ],
)
def test_a_guess_a_lack_a_report_and_a_need_of_the_day_are_no_wishes(text: str) -> None:
    assert [found for found in preferences(text) if found.lasting] == []


@pytest.mark.parametrize(
    "text", ["Be right back.", "Never a dull moment!", "I can take or leave kale.", "When the bell rings, open the door."]
)
def test_what_is_said_in_passing_orders_nothing(text: str) -> None:
    assert preferences(text) == []


def test_always_behind_a_subject_is_no_order() -> None:
    assert preferences("Works of art, whatever their theme, always carry a piece of their time.") == []
    assert preferences("Thanks, always cite your sources.")[0].standing


@pytest.mark.parametrize("text", ["...", "I love rye bread. ...", "!!! - (*)"])
def test_marks_alone_say_nothing(text: str) -> None:
    found = [candidate.object for candidate in preferences(text)]
    assert found == (["rye bread"] if "rye" in text else [])
