"""An order for good is known from its shape, whatever its verb; it keeps its case, and for whom it is given."""

from __future__ import annotations

import pytest

from memos_integrations import MemOS
from memos_integrations.types import Preference

from .turns import user, wishes_by_rules


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("From now on, laminate whatever you print for me.", "laminate"),
        ("From here on emboss the edges of every card.", "emboss the edges of every card"),
        ("Always caramelise the onions first.", "caramelise the onions"),
        ("Could you always decant the wine an hour before?", "decant the wine"),
        ("In future, anonymise names in my minutes.", "anonymise names"),
        ("Make a habit of checking my sums twice.", "checking my sums twice"),
        ("以后看病都帮我挂专家号。", "挂专家号"),
        ("每次出门前替我把窗户关好。", "窗户关好"),
        ("今后有快递麻烦你签收一下。", "签收"),
        ("以后我一发表格你就先算个合计。", "先算个合计"),
    ],
)
def test_what_is_to_be_done_from_now_on_lasts(text: str, words: str) -> None:
    (found,) = wishes_by_rules(text)
    assert words in found.object
    assert (found.polarity, found.lasting, found.origin) == ("wants", True, "explicit")


@pytest.mark.parametrize(
    ("text", "words", "condition"),
    [
        ("Whenever I send you a photo, solarise it.", "solarise it", "Whenever I send you a photo"),
        ("Each time you draft a lease, shade the clauses I should check.", "shade the clauses", "Each time you draft a lease"),
        ("Replies to my landlord should be short.", "short", "Replies to my landlord"),
        ("Letters to the council have to sound firm.", "firm", "Letters to the council"),
        ("Texts to my son: keep them under ten words.", "ten words", "Texts to my son"),
        ("For my grandma, print everything in large type.", "large type", "For my grandma"),
        ("Whenever you book me a hotel, ask for a room without carpet.", "room without carpet", "Whenever you book me a hotel"),
        ("Dates in my reports must follow the British order.", "British order", "Dates in my reports"),
        ("Ask before you share anything of mine.", "Ask", "before you share anything of mine"),
        ("Give me homework after every piano lesson.", "homework", "after every piano lesson"),
        ("给客户的email要用formal的语气。", "formal的语气", "给客户的email"),
        ("给team的要casual一点。", "casual一点", "给team的"),
        ("带我妈出去玩，路上要多留点休息时间。", "休息时间", "带我妈出去玩"),
        ("给孩子讲睡前故事，语速要放慢。", "放慢", "给孩子讲睡前故事"),
        ("讲数学题请一步一步来。", "一步一步", "讲数学题"),
        ("以后翻译合同，专有名词都保留原文。", "原文", "翻译合同"),
        ("账单一到就提醒我。", "提醒我", "账单一到"),
        ("聊天随意，写文档就正经点。", "正经点", "写文档"),
        ("With emails from recruiters, just decline politely.", "decline politely", "With emails from recruiters"),
        ("谈工资的事私下跟我说。", "私下跟我说", "谈工资"),
        ("下单之前务必让我确认。", "让我确认", "下单之前"),
        ("每周日晚上把下周日程发我一份。", "下周日程", "每周日晚上"),
        ("凡是发给律师的东西，先让我过目。", "先让我过目", "凡是发给律师的东西"),
        ("往后我发语音，你都回文字。", "文字", "我发语音"),
        ("我上网课必须开倍速。", "开倍速", "上网课"),
    ],
)
def test_its_case_is_kept(text: str, words: str, condition: str) -> None:
    (found,) = wishes_by_rules(text)
    assert words in found.object
    assert found.condition == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Emails to my supervisor should sound respectful but not stiff.", "Emails to my supervisor"),
        ("When you change my code, show me the diff, not the whole file.", "When you change my code"),
        ("If I'm learning something new, an analogy helps more than a definition.", "If I'm learning something new"),
        ("讲历史的时候多讲点野史，别光念年份。", "讲历史的时候"),
    ],
)
def test_both_halves_of_an_order_are_for_its_case(text: str, condition: str) -> None:
    wanted, other = wishes_by_rules(text)
    assert (wanted.polarity, other.polarity) == ("wants", "avoids")
    assert wanted.condition == other.condition == condition


@pytest.mark.parametrize(
    "text",
    [
        "Our dog can't use the stairs.",
        "My daughter can't play the violin.",
        "Whenever my mother calls, the dog barks.",
        "I only met him once.",
        "For my mum, I need a present.",
        "I never got the confirmation letter.",
        "I read that cats avoid citrus.",
        "人总要有梦想。",
        "小区规定不许养大型犬。",
        "她在群里发：谁都别叫我起床！",
        "以后你就知道了。",
        "以后我请你吃饭。",
        "每次你都答非所问。",
        "给老师的礼物要送到学校。",
    ],
)
def test_what_only_has_its_shape_orders_nothing(text: str) -> None:
    assert wishes_by_rules(text) == []


def test_a_dish_that_is_ordered_is_for_now() -> None:
    assert [one.lasting for one in wishes_by_rules("Tomato soup please.")] == [False]


@pytest.mark.parametrize(
    ("text", "polarity", "words", "line"),
    [
        ("I only garden organically.", "wants", "garden organically", "Keep in mind: the user only gardens organically."),
        ("I get around by bike mostly.", "wants", "get around by bike", "Prefer getting around by bike."),
        (
            "The fewer apps on my phone the better.",
            "avoids",
            "apps on my phone",
            "Keep in mind: the fewer apps on the user's phone the better.",
        ),
        (
            "My phone stays off the dinner table.",
            "wants",
            "phone stays off the dinner table",
            "The user's phone stays off the dinner table.",
        ),
        ("I can't sleep unless the window is open.", "wants", "window", "Keep in mind: the user can't sleep unless the window is open."),
        ("Please phrase feedback as questions.", "wants", "feedback as questions", "Phrase feedback as questions."),
        ("动画能省就省。", "avoids", "动画", "避免动画。"),
        ("空调永远二十六度。", "wants", "二十六度", "空调永远二十六度。"),
        ("我睡觉一点光都不能有。", "avoids", "光", "避免光。"),
        ("剧透是我的雷区。", "avoids", "剧透", "避免剧透。"),
        ("孩子学琴，别总拿别人家孩子来比。", "avoids", "别人家孩子来比", "别总拿别人家孩子来比。"),
    ],
)
def test_a_way_that_is_ones_own_is_worded_whole(text: str, polarity: str, words: str, line: str) -> None:
    (found,) = wishes_by_rules(text)
    assert (found.polarity, found.object, found.directive) == (polarity, words, line)


@pytest.mark.parametrize(
    "text",
    ["Picture this: I hate wine.", "Two notes: I hate wine.", "Recipe: do not boil the milk.", "I dress for the bike: nothing white."],
)
def test_what_only_leads_to_a_wish_is_no_case(text: str) -> None:
    assert [one.condition for one in wishes_by_rules(text)] == [None]


@pytest.mark.parametrize("text", ["Keep politics out of the newsletter drafts.", "太贵的东西我宁可租。"])
def test_where_or_of_what_it_is_said_is_no_wish_of_its_own(text: str) -> None:
    with MemOS(":memory:") as memory:
        memory.add_message([user(text)], user_id="ann")
        memory.wait(timeout=30)
        found = [one for one in memory.list_memories(user_id="ann").memories if isinstance(one, Preference)]
    assert not [one for one in found if "drafts" in one.directive or "太贵" in one.directive]
