"""What a later turn asks of the work in hand is no wish beyond it; what is said of all times, or asked for again, is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.learnt.extractor import VotingExtractor

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
DONE = "好的，已经改好了。"


def found(said: Sequence[str]) -> list[Candidate]:
    """The preferences of the user's turns, each answered, by words alone."""
    turns: list[Turn] = []
    for place, text in enumerate(said):
        turns.append(Turn(episode=f"u{place}", role="user", text=text, said_at=WHEN))
        turns.append(Turn(episode=f"a{place}", role="assistant", text=DONE, said_at=WHEN, learnable=False))
    return [c for c in VotingExtractor().extract(turns) if c.kind == "preference"]


@pytest.mark.parametrize(
    "said",
    [
        ["帮我给教务处写封邮件，申请缓考", "再短一点，别那么啰嗦，老师很忙", "落款写赵磊"],
        ["这个接口返回的是一个数组", "加个缓存，最多五分钟", "日志用loguru，不要print"],
        ["改一下我的简历，应聘会计", "突出证书", "不能超过两页"],
        ["帮我写个停水通知", "再短点，客套话别写那么多，时间放最前面"],
        ["给我出八道应用题", "别全是分橘子的，换点新的，数字小一点"],
        ["帮我做个年会流程表", "抽奖提前，诗朗诵那段不要"],
        ["帮我排个一周的训练计划", "周三换成休息，跳绳去掉"],
        ["写个开业的朋友圈文案", "不要太正式，要有互动", "标题要抓人，不超过十五个字"],
        ["来玩个推理游戏，你当管家", "我从不相信巧合", "给我来一杯浓茶"],
        ["模拟面试，你当考官，我来回答", "我热爱出差，不怕加班"],
        ["帮我写一段期末评语", "短一点", "不要提成绩", "别用成语"],
        ["帮我写一篇短篇小说", "主角叫阿明", "讨厌啰嗦的描写，删掉一些"],
        ["帮我写个Python脚本", "日志里写上开始和结束的时间", "文件名按日期排", "别用第三方库"],
        [
            "Can you draft a post about our new sourdough?",
            "I need it shorter.",
            "Don't mention the price.",
            "We should use more adjectives.",
        ],
    ],
)
def test_what_is_asked_of_it_is_no_wish(said: list[str]) -> None:
    assert [f"{c.polarity} {c.object}" for c in found(said)] == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["帮我给教务处写封邮件，申请缓考", "以后给我写邮件都别用感叹号"], "感叹号"),
        (["这个接口返回的是一个数组", "我对芒果过敏"], "芒果"),
        (["写个开业的朋友圈文案", "对了，回答我的时候别用表格"], "表格"),
        (["来玩个推理游戏，你当管家", "不玩了", "我不喜欢吃香菜"], "香菜"),
        (["写个倒计时组件", "又没写类型，以后都用TypeScript"], "TypeScript"),
        (["帮我写一段期末评语", "我嗓子不好，能打字就不发语音"], "打字"),
        (["帮我写一段期末评语", "短一点", "做表格我用WPS，Excel用不惯"], "WPS"),
        (["Can you draft a post about our new loaf?", "I'm up at 3am most days so evenings after 8 are out for me."], "evenings"),
        (["Can you draft a post about our new loaf?", "Shorter.", "For spreadsheets I use Google Sheets."], "Google Sheets"),
        (
            ["Can you draft a post about our new loaf?", "We're closed Mondays, so don't plan anything for staff on those days."],
            "for staff",
        ),
        (["Can you draft a post about our new loaf?", "Text me when it's done, don't call."], "call"),
        (["Can you summarise the cardiac cycle for me?", "Not a fan of group study, I learn alone."], "group study"),
        (["帮我列一份复习计划", "不爱聚会，宁可一个人待着"], "聚会"),
        (["帮我列一份复习计划", "看电影我要看带字幕的，恐怖片绝对不行"], "恐怖片"),
        (["帮我列一份复习计划", "我弟弟在读高三", "我每天坐2号线上班", "点奶茶要三分糖去冰"], "三分糖"),
        (["Can you draft a post about our loaf?", "My son is ten.", "My wife plays chess.", "Links to iOS apps are no use to us."], "iOS"),
    ],
)
def test_what_is_said_of_all_times_or_of_oneself_is(said: list[str], words: str) -> None:
    assert any(words in c.object for c in found(said))


def test_what_is_asked_for_again_has_the_turn_that_asked_first_as_a_witness() -> None:
    said = ["写个下载文件的函数", "别用回调，改成async/await", "再写个上传的", "怎么又是回调，说了要async/await"]
    made = next(c for c in found(said) if c.object == "async/await")
    assert (made.polarity, made.episode, [w.episode for w in made.beside]) == ("wants", "u3", ["u1"])


@pytest.mark.parametrize(
    "question", ["能不能用生抽代替", "五花肉和排骨炖的时间一样吗", "alpine会不会有坑", "HR问我能不能接受出差，怎么回比较好"]
)
def test_a_question_without_its_mark_is_no_wish(question: str) -> None:
    assert found([question]) == []


@pytest.mark.parametrize(
    "said",
    [
        ["Write a cover letter for the museum job", "no semicolons, please"],
        [
            "Now draft the toast for my aunt's retirement, one minute long",
            "too stiff, she's the funny one",
            "skip the bit with the dates then",
        ],
        ["Can you check this function? def total(rows): return sum(rows)", "ugh no globals please, this is old code"],
        ["Make me a table of the three weeks, with no more than four rows a week", "drop the swim on Tuesday, the pool is shut"],
        ["Why is this query slow? SELECT * FROM carts", "no temp tables please"],
        ["Write a letter to my landlord about the broken heating.", "Make it firmer.", "No threats, and don't mention the rent."],
        ["Plan a 5 day trip to Lisbon for us in May.", "No museums on day 2."],
        ["Draft an email on the new hours.", "We open at nine.", "We use the side door on weekends.", "Less formal. No emojis."],
        ["Write a poem by a cat.", "The rug should come first.", "Give the moon a line.", "Put the sea last.", "No first person."],
    ],
)
def test_what_is_asked_of_it_in_english_does_not_last(said: list[str]) -> None:
    assert [f"{c.polarity} {c.object}" for c in found(said) if c.lasting] == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["Write a cover letter for the museum job", "From now on no semicolons, please"], "semicolons"),
        (["Write a cover letter for the museum job", "I hate liquorice"], "liquorice"),
        (["Can you check this function? def total(rows): return sum(rows)", "Please stop using emojis"], "emojis"),
        (["Write a cover letter for the museum job", "by the way, no nuts for me please, I'm allergic"], "nuts"),
    ],
)
def test_what_is_said_beside_it_in_english_of_all_times_or_of_oneself_lasts(said: list[str], words: str) -> None:
    assert any(words in c.object and c.lasting for c in found(said))


def answered(*said: str) -> list[Candidate]:
    """The lasting preferences of turns of user and assistant in turn, the user's first, by words alone."""
    turns = [
        Turn(episode=f"t{place}", role="assistant" if place % 2 else "user", text=text, said_at=WHEN, learnable=place % 2 == 0)
        for place, text in enumerate(said)
    ]
    return [c for c in VotingExtractor().extract(turns) if c.kind == "preference" and c.lasting]


@pytest.mark.parametrize(
    "said",
    [
        ("Write an essay on bees", "By season or by kind?", "by season"),
        ("what can I cook with two leeks", "A tart, a soup or a risotto.", "soup"),
        ("the wifi is so slow today", "You can reset the box, or change the channel.", "I don't want to reset the box, it's not mine"),
        ("And no sesame in it either, right", "Right.", "thanks"),
        ("explain tides, shorter please", "The moon pulls.", "haha that's too short"),
        ("作文题目是《桥》，怎么立意", "可以写亲情之桥、友谊之桥、时代之桥。", "第一个吧，写我外公"),
        ("晚饭吃啥好", "炒面、盖饭，或者馄饨。", "馄饨吧"),
        ("手机突然没声音了", "是听筒还是扬声器？", "听筒没声，扬声器有"),
        ("他嘴可刁了，香菜芹菜都不碰", "那很难得。", "是啊"),
        ("帮我看看高铁票，早上的，别太早", "好的。", "谢谢"),
        ("第一个看过了，第二个讲啥的", "几个人找一块玉。", "哦"),
        ("she turns forty on Friday, cake?", "Lemon, chocolate or nut.", "lemon, she adores it"),
        ("another quiz question?", "The longest: Nile, Po or Elbe?", "Nile", "Correct! The shortest: Po, Elbe or Rhine?", "Po"),
        ("the bus was too full", "How annoying.", "again! every time I take it"),
        ("外婆过寿送点什么", "围巾、茶具、按摩仪。", "围巾吧，她爱戴"),
        ("相机打不开", "是卡在开机还是闪退？", "闪退"),
        ("这家医院排队好久", "辛苦了。", "每次去都这样"),
    ],
)
def test_what_is_taken_or_faulted_for_now_does_not_last(said: tuple[str, ...]) -> None:
    assert [f"{c.polarity} {c.object}" for c in answered(*said)] == []


def test_an_order_to_leave_something_out_again_is_none_for_it() -> None:
    assert [c.polarity for c in answered("鸡蛋煮多久", "八分钟。😊", "别再用表情符号了。")] == ["avoids"]


def test_wishes_put_as_picks_go_on_lasting() -> None:
    assert [c.object for c in answered("Two seats to Bergen", "Window or aisle?", "Aisle.")] == ["aisle"]
    assert [c.object for c in answered("订张去昆明的票", "靠窗还是靠过道？", "靠窗")] == ["靠窗"]


@pytest.mark.parametrize(
    "said",
    [
        "My landlady always says: I never eat cucumbers.",
        "Somebody in the app store wrote: I hate purple buttons.",
        "有用户在我们网店留言：我讨厌紫色按钮。该怎么回？",
        'Draft a scene where the captain says: "From now on keep your reports under two lines."',
    ],
)
def test_what_somebody_else_is_cited_with_is_not_the_users(said: str) -> None:
    assert answered(said) == []


@pytest.mark.parametrize(("said", "words"), [("My doctor says: no grapefruit.", "grapefruit"), ("I said: no tables please", "tables")])
def test_what_is_said_to_the_user_for_their_health_or_by_them_is_heard(said: str, words: str) -> None:
    assert all(words in c.object for c in answered(said))
