"""An order for a case ("always cite sources when I ask about medicine") stands among the first when its case comes up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from memos_integrations import MemOS
from memos_integrations.core.cases import Case, case_topic, met
from memos_integrations.core.learnt.applies import models
from memos_integrations.types import Preference

from .memories import preference

TALK = {
    "en": [
        f"The {thing} report number {n} came in late again and I had to read all of it"
        for n, thing in enumerate(["invoice", "garden", "train", "school", "garage", "harbour"] * 4)
    ],
    "zh": [
        f"今天又写了第{n}份{thing}的记录，花了我一个下午" for n, thing in enumerate(["做菜", "花园", "火车", "学校", "车库", "港口"] * 4)
    ],
}


@pytest.mark.parametrize(
    ("lang", "order", "case", "else_"),
    [
        (
            "en",
            "Always name the currency when I ask about invoices.",
            "Which invoice reports came in late?",
            "When did the train report come?",
        ),
        ("en", "When I ask about gardens, never mention pesticides.", "Any garden report from spring?", "Is the school report here?"),
        ("zh", "聊到做菜时，总是用公制单位。", "做菜的记录有哪些？", "火车的记录有哪些？"),
        ("zh", "我问花园的事的时候，一定要先说天气。", "花园的记录写了吗？", "学校的记录写了吗？"),
    ],
)
def test_it_is_found_before_the_talk_about_the_same_thing_and_only_then(lang: str, order: str, case: str, else_: str) -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message([{"role": "user", "content": text} for text in (*TALK[lang], order)], user_id="ann", conversation_id="c")
        memory.wait(timeout=30)
        wish = memory.list_memories(user_id="ann", kinds=["preference"]).memories[-1]
        found = memory.search_memory(case, user_id="ann", explain=True)
        place = [one.memory.id for one in found.memories].index(wish.id)
        assert place <= 1
        parts = found.memories[place].parts
        assert parts is not None and parts.weights["case"] > 0
        assert wish.id in {citation.memory_id for citation in found.instruction.citations}
        other = memory.search_memory(else_, user_id="ann")
        assert wish.id not in [one.memory.id for one in other.memories[:2]]


@pytest.mark.parametrize(
    ("condition", "topic"),
    [
        ("when I ask about medicine", "medicine"),
        ("Whenever we talk about code", "code"),
        ("when discussing meetings", "meetings"),
        ("When answering questions about law", "law"),
        ("for cooking questions", "cooking"),
        ("in emails to my boss", "emails to my boss"),
        ("我问医学问题的时候", "医学"),
        ("聊到做菜时", "做菜"),
        ("如果我问翻译的话", "翻译"),
        ("回答法律问题时", "法律"),
    ],
)
def test_what_a_case_is_about(condition: str, topic: str) -> None:
    assert case_topic(preference("p", "Always keep it short", standing=True, condition=condition)) == topic


def test_what_is_no_order_for_a_case_has_no_topic() -> None:
    assert case_topic(preference("p", "Always keep it short", standing=True)) == ""
    assert case_topic(preference("p", "Keep it short", standing=True, condition="unless I ask for more")) == ""
    made = preference("p", "Prefer aisle seats", standing=True, condition="when I fly").model_copy(update={"evidence": ()})
    assert case_topic(made) == ""
    assert case_topic(preference("p", "Keep it short", condition="when I fly")) == ""


def test_vectors_bring_a_case_and_a_question_together_that_share_no_word() -> None:
    orders = [preference(id, "Always be brief", standing=True, condition=f"when I ask about {id}") for id in ("taxes", "tides")]
    size = len(models().centre[0])

    def towards(place: int, centre: int) -> Sequence[float]:
        vector = models().centre[centre].copy()
        vector[place % size] += 1.0
        return [float(v) for v in vector]

    cases = [Case(orders[0], towards(3, 1)), Case(orders[1], towards(7, 1))]
    assert [p.id for p, _ in met(cases, "What do I owe the state?", towards(3, 0), fitting={}, calibrated=True)] == ["taxes"]
    assert met(cases, "What do I owe the state?", towards(3, 0), fitting={}, calibrated=False) == []
    assert met(cases, "What do I owe the state?", towards(90, 0), fitting={}, calibrated=True) == []


def _learnt(text: str) -> list[Preference]:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message({"role": "user", "content": text}, user_id="ann", conversation_id="c")
        memory.wait(timeout=30)
        return [m for m in memory.list_memories(user_id="ann", kinds=["preference"]) if isinstance(m, Preference)]


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("Always maintain a friendly tone when I ask about complaints.", "Always maintain a friendly tone."),
        ("Please always double-check the units whenever we talk about baking.", "Always double-check the units."),
        ("Always tailor the plan to beginners when I ask about training.", "Always tailor the plan to beginners."),
    ],
)
def test_it_is_an_order_whatever_its_verb(text: str, directive: str) -> None:
    (order,) = _learnt(text)
    assert (order.directive, order.standing) == (directive, True)
    assert case_topic(order)


@pytest.mark.parametrize(
    "text",
    [
        "They always laugh at me when I ask about money.",
        "I always feel silly when I ask about maths.",
        "Always happy to hear from you when I ask about the garden.",
        "Why do you always change the subject when I ask about prices?",
    ],
)
def test_talk_about_asking_is_no_order(text: str) -> None:
    assert _learnt(text) == []


@pytest.mark.parametrize(
    "text", ["I prefer tea over coffee, can you help me choose one?", "I like the tram more than the bus, could you help me buy a ticket?"]
)
def test_a_request_beside_a_wish_is_no_wish(text: str) -> None:
    assert not [p.object for p in _learnt(text) if "you" in p.object.split()]


@pytest.mark.parametrize(
    ("order", "case", "else_"),
    [
        ("For recipes always use grams.", "Give me a recipe for flatbread.", "Set up a meeting with product."),
        ("推荐书的话，别推荐成功学。", "推荐几本书。", "给老婆挑个礼物。"),
    ],
)
def test_an_order_is_told_in_its_case_and_not_to_what_is_merely_near(order: str, case: str, else_: str) -> None:
    with MemOS(":memory:") as memory:
        memory.add_message([{"role": "user", "content": order}], user_id="ann")
        memory.wait(timeout=60)
        (wish,) = memory.list_memories(user_id="ann", kinds=["preference"]).memories
        assert wish.directive.rstrip("。.") in memory.search_memory(case, user_id="ann").instruction.text
        assert wish.directive.rstrip("。.") not in memory.search_memory(else_, user_id="ann").instruction.text


@pytest.mark.parametrize("made", ["给家长看的东西", "发给家长的材料", "写给家长的内容"])
def test_what_is_made_for_somebody_is_about_who_reads_it(made: str) -> None:
    order = preference("给家长看的东西都口语一点", condition=made, standing=True, object="口语一点", directive="都口语一点。")
    assert case_topic(order) == "家长"
