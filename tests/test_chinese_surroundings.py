"""A Chinese statement means the same in whatever surrounds it: other statements, lists, speech without marks, emoji, asides."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.rules import RuleExtractor

SAID = datetime(2026, 3, 2, tzinfo=UTC)
STATED = (
    ("我不吃香菜", "avoids", "香菜"),
    ("奶茶要三分糖", "wants", "三分糖"),
    ("我对羽毛过敏", "avoids", "羽毛"),
    ("吃素", "wants", "素"),
)


def learnt(text: str) -> list[Candidate]:
    return RuleExtractor().extract([Turn(episode="u", role="user", text=text, said_at=SAID)])


def signed(text: str) -> set[tuple[str, str]]:
    return {(c.polarity, c.object) for c in learnt(text) if c.kind == "preference"}


def facts(text: str) -> set[tuple[str, str]]:
    return {(c.attribute, c.value) for c in learnt(text) if c.kind == "fact"}


@pytest.mark.parametrize(
    "around",
    [
        "我今年三十五，{}。",
        "{}；我住在绍兴",
        "我叫阿南，另外{}",
        "1. 我在读研二\n2. {}",
        "所以{}😂",
        "我家有只猫。对了，{}",
        "{}～我是会计",
    ],
)
@pytest.mark.parametrize(("said", "polarity", "thing"), STATED)
def test_a_wish_beside_a_fact_is_the_same_wish(around: str, said: str, polarity: str, thing: str) -> None:
    found = signed(around.format(said))
    assert len(found) == 1
    assert all(sign == polarity and thing in obj for sign, obj in found)


@pytest.mark.parametrize(
    ("text", "wishes", "told"),
    [
        (
            "我叫阿南今年二十八在绍兴做设计平时喜欢画画不爱喝酒",
            {("wants", "画画"), ("avoids", "酒")},
            {("name", "阿南"), ("employer", "绍兴")},
        ),
        ("你好我住在绍兴我不能吃螃蟹会过敏", {("avoids", "螃蟹")}, {("home", "绍兴")}),
        ("我喜欢茶但是别给我推荐红茶", {("wants", "茶"), ("avoids", "红茶")}, set()),
        ("我是不喜欢吃辣的", {("avoids", "辣")}, set()),
    ],
)
def test_speech_without_marks_is_read_statement_by_statement(text: str, wishes: set[tuple[str, str]], told: set[tuple[str, str]]) -> None:
    assert signed(text) == wishes
    assert told <= facts(text)


def test_a_list_in_any_numbering_is_read_member_by_member() -> None:
    assert signed("１．我不吃葱\n２．我不吃蒜") == {("avoids", "葱"), ("avoids", "蒜")}
    assert signed("跟你说几点：一、叫我阿南；二、别用感叹号") == {("wants", "阿南"), ("avoids", "感叹号")}
    assert signed("1、住在绍兴 2、我不吃葱 3、别用感叹号") == {("avoids", "葱"), ("avoids", "感叹号")}
    assert signed("关于我：\n- 住在绍兴\n- 不吃猪肉") == {("avoids", "猪肉")}


def test_an_aside_leaves_whom_was_spoken_of() -> None:
    assert signed("我女儿叫朵朵。顺便说一下，奶茶要三分糖") == {("wants", "三分糖")}
    assert signed("我妈不吃辣，也不吃羊肉") == set()


def test_one_s_own_name_is_nobody_else_s() -> None:
    subjects = {c.subject for c in learnt("我叫阿南，今年二十八") if c.kind == "fact"}
    assert subjects == {"user"}


@pytest.mark.parametrize(
    ("text", "polarity", "thing"),
    [
        ("理发我要找女师傅。", "wants", "女师傅"),
        ("靠马路的房间就算了。", "avoids", "靠马路的房间"),
        ("旅游别给我排满。", "avoids", "排满"),
        ("我不太能吃辣。", "avoids", "辣"),
        ("我不会喝酒。", "avoids", "酒"),
        ("我deadline前不接meeting。", "avoids", "接meeting"),
        ("喝咖啡必须燕麦奶。", "wants", "燕麦奶"),
        ("打车选开得稳的司机吧。", "wants", "开得稳的司机"),
        ("衣服推荐小个子款。", "wants", "小个子款"),
        ("下午三点前别提醒我。", "avoids", "提醒我"),
        ("出去玩我不爬山。", "avoids", "爬山"),
        ("饮料来冰的。", "wants", "冰"),
        ("我妈喜欢吃甜的，我不喜欢。", "avoids", "甜"),
        ("先给结论再讲理由。", "wants", "先给结论再讲理由"),
        ("不喝含糖飲料。", "avoids", "含糖飲料"),
        ("我伐欢喜吃羊肉。", "avoids", "羊肉"),
        ("杀虫剂千万别推荐。", "avoids", "杀虫剂"),
        ("我吃螃蟹过敏。", "avoids", "螃蟹"),
        ("别忘了我不吃香菜。", "avoids", "香菜"),
        ("你回我的时候能不能别一上来就总结我说的话？", "avoids", "总结我说的话"),
        ("馒头大葱离不了。", "wants", "馒头大葱"),
        ("菜谱里盐减半。", "wants", "盐减半"),
        ("行程里要留吃东西的时间。", "wants", "留吃东西的时间"),
        ("我周日不工作。", "avoids", "工作"),
        ("请把我当成小学生来讲解物理。", "wants", "小学生"),
        ("空调房是刚需。", "wants", "空调房"),
        ("十点前别叫我起床。", "avoids", "叫我起床"),
        ("我喝牛奶拉肚子。", "avoids", "牛奶"),
        ("能发消息绝不打电话。", "wants", "发消息"),
        ("我最怵打电话。", "avoids", "打电话"),
        ("酒店离电梯远点。", "wants", "离电梯远点"),
        ("麻烦以后把价格写成人民币。", "wants", "人民币"),
        ("步骤写细点。", "wants", "细点"),
        ("我老婆怀二胎了，全家都不吃生食。", "avoids", "生食"),
        ("我不合租。", "avoids", "合租"),
    ],
)
def test_a_plain_wish_keeps_its_object_and_its_sign(text: str, polarity: str, thing: str) -> None:
    assert signed(text) == {(polarity, thing)}


@pytest.mark.parametrize(
    "text",
    [
        "我爱我妈。",
        "我弟吃素，我不吃素。",
        "不是所有人都喜欢香菜。",
        "别忘记带伞。",
        "我有三个孩子都不喜欢吃菜。",
        "那就算了。",
        "我不喝了。",
        "她跟我说她不吃香菜。",
        "他让我别叫他老王，叫王哥。",
        "我梦见自己变成了素食者，每天不吃肉。",
        "帮我想个口号，主打“不加糖”。",
        "老师让写作文：我喜欢夏天。",
        "我个子不高才一米五八。",
    ],
)
def test_what_wishes_for_nothing_is_no_wish(text: str) -> None:
    assert signed(text) == set()


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("另外我每天六点起床", "habit", "六点"),
        ("我儿子今年上小学", "education", "上小学"),
        ("我和父母一起住", "family", "父母"),
        ("我在用Python", "possession", "Python"),
        ("我在苏州", "home", "苏州"),
        ("我开特斯拉", "possession", "特斯拉"),
        ("我穿43码鞋", "state", "43码"),
        ("最近在减肥", "state", "减肥"),
        ("我们家养鸟", "pet", "鸟"),
        ("我在福州开早餐店", "work", "早餐店"),
        ("我是小林", "name", "小林"),
        ("我是Cindy", "name", "Cindy"),
        ("我是夜猫子", "state", "夜猫子"),
        ("我孩子在国际学校", "education", "国际学校"),
        ("我英语很烂", "skill", "英语"),
    ],
)
def test_what_is_told_in_passing_is_kept_as_a_fact(text: str, attribute: str, value: str) -> None:
    assert any(name == attribute and value in said for name, said in facts(text))


def test_what_is_asked_of_the_assistant_is_no_fact_about_the_user() -> None:
    assert facts("帮我推荐个周末去处吧") == set()
