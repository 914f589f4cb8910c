"""Orders of several halves, wishes at a cost, all but one, names: what is said in one breath is learnt whole, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.rules import RuleExtractor

SAID = datetime(2026, 3, 2, tzinfo=UTC)


def lasting(text: str, before: str = "") -> list[Candidate]:
    turns = [Turn(episode="a", role="assistant", text=before, said_at=SAID)] if before else []
    found = RuleExtractor().extract([*turns, Turn(episode="u", role="user", text=text, said_at=SAID)])
    return [one for one in found if one.kind == "preference" and one.lasting]


@pytest.mark.parametrize(
    ("text", "wants", "avoids", "case"),
    [
        ("写Kotlin的时候，空值要用Elvis处理，不许写双感叹号", ["用Elvis处理"], ["双感叹号"], "写Kotlin的时候"),
        ("周报里标题用英文，正文用中文，别放表情", ["英文", "中文"], ["表情"], "周报里"),
        ("给客户的邮件里称呼用您，落款写全名", ["称呼用您", "全名"], [], "给客户的邮件里"),
        (
            "In Terraform prefer modules for anything shared and never hard-code regions.",
            ["modules for anything shared"],
            ["hard-code regions"],
            "In Terraform",
        ),
        ("When you plan meals put vegetables first and leave red meat out.", ["vegetables first"], ["red meat"], "When you plan meals"),
    ],
)
def test_every_half_of_an_order_for_a_case_holds_for_it(text: str, wants: list[str], avoids: list[str], case: str) -> None:
    found = lasting(text)
    assert [one.object for one in found if one.polarity == "wants"] == wants
    assert [one.object for one in found if one.polarity == "avoids"] == avoids
    assert {one.condition for one in found} == {case}


@pytest.mark.parametrize(
    ("text", "signed"),
    [
        ("睡眠时长统统按小时记，精确到半小时", {("wants", "小时记"), ("wants", "精确到半小时")}),
        ("日期一律写成年月日，不要斜杠", {("wants", "年月日"), ("avoids", "斜杠")}),
        ("我只要公募基金。期货我沾都不会沾。", {("wants", "公募基金"), ("avoids", "期货")}),
        ("我只用现金。信用卡免谈。", {("wants", "现金"), ("avoids", "信用卡")}),
        ("菌菇我都吃，唯独香菇不行", {("avoids", "香菇")}),
        ("音乐我都听，除了重金属", {("avoids", "重金属")}),
        ("我宁可多等两班，也不坐拥挤的地铁", {("avoids", "坐拥挤的地铁")}),
        ("我宁愿坐火车也不坐飞机", {("wants", "坐火车"), ("avoids", "坐飞机")}),
        ("哪怕贵点我也要直飞", {("wants", "直飞")}),
        ("不要叫我老师，直接叫名字，我叫林晓", {("avoids", "老师"), ("wants", "林晓")}),
        ("别一口一个老板，叫我建国就行", {("avoids", "老板"), ("wants", "建国")}),
        ("Track my weight in stone, one decimal.", {("wants", "Track my weight in stone, one decimal")}),
        ("I'll take aisle seats and nothing else.", {("wants", "aisle seats")}),
        ("I want pension funds only. Single stocks? I would never touch them.", {("wants", "pension funds"), ("avoids", "Single stocks")}),
        ("I'm fine with any cheese except blue.", {("avoids", "blue")}),
        ("I can eat any fish but mackerel.", {("avoids", "mackerel")}),
        ("Paper maps, even if it takes me longer.", {("wants", "Paper maps")}),
        ("I buy local veg even if it means a longer trip.", {("wants", "local veg")}),
        ("dont call me doc pls, my names Ruth", {("avoids", "doc"), ("wants", "Ruth")}),
        ("I've gone back to film cameras.", {("wants", "film cameras")}),
    ],
)
def test_both_halves_are_learnt(text: str, signed: set[tuple[str, str]]) -> None:
    assert {(one.polarity, one.object) for one in lasting(text)} == signed


@pytest.mark.parametrize(
    ("text", "before", "thing"),
    [
        ("电子的，以后都这样。", "账单要寄纸质的还是发电子的？", "账单发电子的"),
        ("靠过道，以后都这么订。", "座位要靠窗还是靠过道？", "座位靠过道"),
        ("By email. Always, please.", "Do you want your statements by post or by email?", "statements by email"),
        ("English. And keep it that way from now on.", "Should I write the summary in French or English?", "English"),
    ],
)
def test_a_choice_for_good_says_what_it_is_of(text: str, before: str, thing: str) -> None:
    assert [one.object for one in lasting(text, before)] == [thing]


@pytest.mark.parametrize(
    "text",
    [
        "这张上面先别印电话了",
        "这一版别放logo",
        "这几页先不打印",
        "做蛋糕的时候，面粉要过筛",
        "他海鲜都能吃，就生蚝不行",
        "下周我都有空，除了周四",
        "信用卡我都剪了，信号故障",
        "翻译下面这句：我宁可走路也不挤地铁",
        "写一个函数，输入要校验，不许用eval",
        "Leave my title off this badge.",
        "She's fine with any nuts except cashews.",
        "I've read all the chapters except the last one.",
        "I'm back on Monday.",
        "I've switched back to the main branch.",
        "The new manager? I don't trust him.",
        "Tuesday? I can't do it.",
        "Kale? She won't touch it.",
        "Record my voice in the hall.",
        "I'd rather not say.",
    ],
)
def test_the_piece_in_hand_other_people_and_recipes_are_no_wish(text: str) -> None:
    assert lasting(text) == []
