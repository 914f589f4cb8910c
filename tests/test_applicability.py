"""Which preferences concern a query, by words alone."""

from __future__ import annotations

from typing import Any

import pytest

from memos_integrations import MemOS
from memos_integrations.core.applicability import Concern, always, concerned, needed, read_preference, wishes_of
from memos_integrations.core.kinds import kinds
from memos_integrations.core.learnt.queries import asks_about_user
from memos_integrations.core.rules.zh._clauses import in_simplified
from memos_integrations.types import Preference

from .memories import preference


def concerns(query: str, *preferences: Preference) -> list[Concern]:
    return concerned(preferences, wishes_of([read_preference(p, None) for p in preferences]), query, None)


def wanted(query: str, *preferences: Preference) -> set[str]:
    return {concern.preference.id for concern in needed(concerns(query, *preferences))}


def said(text: str, slot: str, **more: Any) -> Preference:
    return preference(text, text, of="e", slot=slot, object=text, **more)


@pytest.mark.parametrize(
    ("text", "slot", "query"),
    [
        ("I can't eat hazelnuts", "food.diet", "Which cake shall I order for my birthday?"),
        ("I stay away from wine and beer", "food.drink", "We closed the deal! How do we celebrate tonight?"),
        ("No stairs for me", "access.needs", "Find me a flat to rent in Leeds"),
        ("I only fly when there is no train", "travel.transport", "How do I get from Lyon to Turin?"),
        ("Black and white films only", "entertainment.film", "What should we watch tonight?"),
        ("我吃不了辣", "food.taste", "帮我安排四天的长沙行程"),
        ("我不喝酒", "food.drink", "项目验收了，今晚怎么庆祝？"),
        ("坐车我要靠窗", "travel.transport", "帮我买后天去武汉的票"),
        ("不要推荐恐怖片", "entertainment.film", "周末和室友看点什么？"),
        ("基金我只看低风险的", "finance.investing", "奖金到账了，放哪儿好？"),
    ],
)
def test_a_preference_is_found_though_no_word_is_shared(text: str, slot: str, query: str) -> None:
    others = (said("Unit tests go into their own folder", "tech.coding"), said("开会别超过半小时", "work.meetings"))
    found = concerns(query, said(text, slot), *others)
    assert text in wanted(query, said(text, slot), *others)
    assert max(found, key=lambda concern: concern.order).preference.id == found[0].preference.id == text


@pytest.mark.parametrize(
    "query", ["Prove that there are infinitely many primes", "What is the capital of Peru?", "水的沸点是多少度？", "把这句话翻译成法语"]
)
def test_a_question_for_knowledge_needs_no_preference(query: str) -> None:
    assert not wanted(
        query,
        said("I prefer aisle seats", "travel.transport"),
        said("No onions in my food", "food.taste"),
        said("我爱看纪录片", "entertainment.film"),
        said("我不吃羊肉", "food.diet"),
    )


@pytest.mark.parametrize(
    ("text", "condition", "met", "missed"),
    [
        ("Window seats please when I fly with my kids", "when I fly with my kids", "Flights to Rome with the children", "Flights to Rome for my business trip, alone"),
        ("No meetings before ten", "before ten", "Set up the review at nine", "Set up the review at three in the afternoon"),
        ("No news after nine in the evening", "after nine in the evening", "It's at ten that the report comes on, shall I watch?", "The report comes on at two in the afternoon, shall I watch?"),
        ("晚上九点以后我不看新闻", "晚上九点以后", "十点半有场直播，看吗？", "下午三点有场直播，看吗？"),
        ("跟客户吃饭的时候不要太辣", "跟客户吃饭的时候", "今晚请客户吃饭，点什么菜", "今晚和老同学吃饭，点什么菜"),
    ],
)  # fmt: skip
def test_a_condition_counts(text: str, condition: str, met: str, missed: str) -> None:
    slot = {"Wi": "travel.transport", "No": "work.meetings", "晚上": "work.schedule", "跟客": "food.taste"}[text[:2]]
    wish = said(text, slot, condition=condition)
    assert concerns(met, wish)[0].probability > concerns(missed, wish)[0].probability


@pytest.mark.parametrize(
    ("text", "met", "missed"),
    [
        ("In winter I ride the tram", "It's January and icy, how do I get to the pool?", "It's a July morning, how do I get to the pool?"),
        ("下雪天我坐地铁", "外面下着大雪，怎么去游泳馆？", "外面大晴天，怎么去游泳馆？"),
    ],
)
def test_a_time_that_a_wish_begins_with_counts_as_its_condition(text: str, met: str, missed: str) -> None:
    wish = said(text, "travel.transport")
    assert concerns(met, wish)[0].probability > concerns(missed, wish)[0].probability
    assert read_preference(wish, None).condition
    for once in ("Last winter I rode the tram", "去年冬天我坐地铁"):
        assert not read_preference(said(once, "travel.transport"), None).condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("For my gran I print everything large", "For my gran"), ("Abroad I only pay by card", "Abroad"),
        ("上台之前不吃东西", "上台之前"), ("请领导吃饭我不点火锅", "请领导吃饭"), ("My wife and I love jazz", ""), ("我不吃辣", ""),
    ],
)  # fmt: skip
def test_the_case_that_a_wish_begins_with_counts_as_its_condition(text: str, condition: str) -> None:
    assert read_preference(said(text, "other"), None).condition == condition


@pytest.mark.parametrize(
    ("text", "condition", "met", "denied"),
    [
        ("Nothing to eat before concerts", "before concerts", "The concert is at eight, shall I have supper now?", "No concert tonight, shall I have supper now?"),
        ("开庭前一天不喝酒", "开庭前一天", "明天开庭，今晚的饭局喝什么？", "这周没有开庭，今晚的饭局喝什么？"),
        ("A quiet hotel when I travel for work", "when I travel for work", "A hotel for the trade fair", "A hotel for our family holiday"),
        ("No chilli when I cook for the kids", "when I cook for the kids", "Curry for the kids, how?", "Curry for my boss, how?"),
        ("下雨天坐地铁", "下雨天", "外面下着大雨，怎么去？", "外面大太阳，怎么去？"),
    ],
)  # fmt: skip
def test_a_case_that_is_not_so_calls_for_no_wish(text: str, condition: str, met: str, denied: str) -> None:
    wish = said(text, "food.cuisine", condition=condition)
    assert not wanted(denied, wish)
    assert concerns(met, wish)[0].probability > concerns(denied, wish)[0].probability


@pytest.mark.parametrize(
    ("one", "other"),
    [("Order me a mocha", "I only drink decaf espresso"), ("An IPA or a pilsner?", "I like lager"), ("朋友家的布偶", "I'm scared of cats")],
)
def test_things_of_one_kind_are_known_for_it(one: str, other: str) -> None:
    assert kinds(one) & kinds(other)
    assert not kinds("订个酒店") & kinds("我不喝酒") and not kinds("No pie charts") & kinds("I bake pies")


def test_standing_ones_stand_in_the_head_and_are_needed_nowhere_else() -> None:
    brief = said("Answer briefly", "answers.length", standing=True)
    assert always(brief)
    assert not wanted("How shall I answer my landlord?", brief)


@pytest.mark.parametrize(
    ("text", "slot", "query"),
    [
        ("I only take a rucksack, no suitcases", "travel.style", "What do I pack for four days in the Alps?"),
        ("I only wear black", "fashion.style", "What do I wear to the office party?"),
    ],
)
def test_who_wonders_what_to_do_does_not_ask_what_is_known(text: str, slot: str, query: str) -> None:
    assert not asks_about_user(query)
    assert asks_about_user("Where do I live?") and asks_about_user("我住在哪儿？")
    assert concerns(query, said(text, slot))[0].probability > 0.25


def test_nothing_known_nothing_needed() -> None:
    assert concerns("What shall we eat?") == []


def test_the_same_question_gives_the_same_answer() -> None:
    wishes = [said("I love noodles", "food.taste"), said("我爱吃面", "food.taste")]
    assert concerns("今晚吃什么？", *wishes) == concerns("今晚吃什么？", *reversed(wishes))


def test_hostile_lengths_are_no_trouble() -> None:
    long = "when the kids come along at 7 pm 吃" * 6000
    assert len(concerns(long, said(long, "food.taste", condition=long))) == 1


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("In code, always indent with four spaces.", "four spaces"),
        ("代码里一律用四个空格缩进。", "四个空格"),
        ("Always book me an aisle seat on the train.", "aisle"),
        ("以后订票一律选靠窗的座位。", "靠窗"),
    ],
)
def test_an_order_for_always_of_one_kind_of_work_waits_for_its_kind(order: str, words: str) -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.wait(memory.add_message({"role": "user", "content": order}, user_id="u"))
        assert any(words in p.text for p in memory.list_memories(kinds=["preference"], user_id="u"))
        assert words not in memory.search_memory("How do I descale a kettle?", user_id="u").instruction.head


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("Never use emojis.", "emoji"),
        ("以后回答一律不要用表情符号。", "表情"),
        ("Never give my phone number to anyone.", "phone number"),
        ("以后一律别把我的手机号给别人。", "手机号"),
    ],
)
def test_an_order_for_always_that_any_request_may_touch_stands_in_the_head(order: str, words: str) -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.wait(memory.add_message({"role": "user", "content": order}, user_id="u"))
        assert words in memory.search_memory("How do I descale a kettle?", user_id="u").instruction.head


@pytest.mark.parametrize(
    ("case", "meets", "else_"),
    [
        ("写请柬", "帮我写张请柬", "帮我写份周报"),
        ("写请柬", "写一张婚礼请柬", "给客户发封邮件"),
        ("when I write a report", "Help me write a report on the harbour.", "Write a letter to my landlord."),
    ],
)
def test_what_is_said_of_one_kind_of_document_is_nothing_to_another(case: str, meets: str, else_: str) -> None:
    wish = preference("p", "成语" if "写" in case else "jargon", slot="work.writing", polarity="avoids", condition=case)
    assert wanted(meets, wish) == {"p"}
    assert wanted(else_, wish) == set()


@pytest.mark.parametrize(
    ("wish", "query", "slot", "condition"),
    [
        ("優先素食的餐廳", "幫我訂個餐廳", "food.diet", None),
        ("優先靠窗的座位", "幫我買張去臺北的車票", "travel.transport", None),
        ("要有兒童椅", "週六晚上幫我訂個餐廳", "other", "幫我訂餐廳的話"),
        ("避免高跟鞋", "幫我買雙鞋", "fashion.style", None),
    ],
)
def test_either_script_is_read_alike(wish: str, query: str, slot: str, condition: str | None) -> None:
    kept = preference("p", wish, of="e", slot=slot, object=wish[2:], condition=condition)
    plain = preference(
        "p", in_simplified(wish), of="e", slot=slot, object=in_simplified(wish[2:]), condition=condition and in_simplified(condition)
    )
    assert wanted(query, kept) == {"p"}
    (own,), (other,) = concerns(query, kept), concerns(in_simplified(query), plain)
    assert own[1:] == other[1:]


def test_what_was_said_for_the_same_case_is_told_together() -> None:
    first = preference("a", "结尾带话题", of="e", slot="work.writing", object="话题", condition="写游记")
    second = preference("b", "写游记要俏皮", of="e", slot="answers.tone", object="俏皮", condition="写游记")
    assert wanted("帮我写篇游记", first, second) == {"a", "b"}
