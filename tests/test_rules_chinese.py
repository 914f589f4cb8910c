"""What is learnt from Chinese sentences without a model."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.rules import RuleExtractor
from memos_integrations.core.rules.zh._clauses import simplify
from memos_integrations.testing import grows_in_proportion

SAID = datetime(2026, 3, 2, tzinfo=UTC)


def learnt(text: str, before: str | None = None) -> list[Candidate]:
    turns = [] if before is None else [Turn(episode="a", role="assistant", text=before, said_at=SAID)]
    return RuleExtractor().extract([*turns, Turn(episode="u", role="user", text=text, said_at=SAID)])


def preferences(text: str, before: str | None = None) -> list[Candidate]:
    return [c for c in learnt(text, before) if c.kind == "preference"]


def signed(text: str, before: str | None = None) -> set[tuple[str, str]]:
    return {(c.polarity, c.object) for c in preferences(text, before)}


@pytest.mark.parametrize(
    ("text", "polarity", "thing", "slot"),
    [
        ("我对芒果过敏。", "avoids", "芒果", "health.allergy"),
        ("相比拿铁我更喜欢绿茶。", "wants", "绿茶", "food.drink"),
        ("以后请用中文回答。", "wants", "中文", "answers.language"),
        ("叫我阿澈就好。", "wants", "阿澈", "answers.address"),
        ("回答控制在两百字以内。", "wants", "两百字以内", "answers.length"),
        ("别动不动就夸我。", "avoids", "夸我", "answers.tone"),
        ("座位要靠过道的。", "wants", "靠过道", "travel.transport"),
        ("榴莲我受不了。", "avoids", "榴莲", "food.taste"),
        ("连块臭豆腐我都吃不下。", "avoids", "臭豆腐", "food.taste"),
        ("一丁点芥末都碰不了。", "avoids", "芥末", "food.taste"),
        ("除了豆浆，别的早饭饮料我一概喝不惯。", "wants", "豆浆", "food.drink"),
        ("去面馆我必点牛杂。", "wants", "牛杂", "food.taste"),
        ("我唔食羊肉嘅。", "avoids", "羊肉", "food.diet"),
        ("俺不待见那种花衬衫。", "avoids", "花衬衫", "fashion.style"),
        ("理发我非老师傅不找，飞机我非靠窗不坐。", "wants", "靠窗", "travel.transport"),
        ("凡是带“速成”的课，我一概不看。", "avoids", "课", "learning.style"),
        ("手机壳我都买磨砂的，亮面沾指纹。", "avoids", "亮面", "shopping.product"),
        ("家里常备黑巧，白巧齁甜。", "avoids", "白巧", "food.taste"),
        ("打羽毛球我只约双打，单打膝盖扛不住。", "avoids", "单打", "health.condition"),
        ("养花不养带刺的。", "avoids", "刺", "arts.hobby"),
        ("你说话别绕弯子别拽词。", "avoids", "拽词", "answers.tone"),
        ("鼠标没滚轮我用不惯。", "wants", "滚轮", "tech.devices"),
        ("长途的事儿一概别排。", "avoids", "长途", "travel.transport"),
        ("早饭我爱吃咸口的，甜的糊嗓子。", "avoids", "甜", "food.taste"),
        ("面包吃软欧，硬欧一股酸味。", "wants", "软欧", "food.taste"),
        ("别打电话，发短信。", "wants", "短信", "social.communication"),
        ("合同帮我多看两遍。", "wants", "多看两遍", "work.writing"),
        ("每周五雷打不动跑五公里。", "wants", "跑五公里", "health.exercise"),
        ("要住就住一楼。", "wants", "一楼", "other"),
        ("雨伞我老是弄丢。", "avoids", "雨伞", "shopping.product"),
        ("订餐厅先看有没有儿童椅。", "wants", "看有没有儿童椅", "food.cuisine"),
        ("花生酱里我要带颗粒的。", "wants", "颗粒", "food.taste"),
        ("外婆带大的，饭菜偏甜。", "wants", "偏甜", "food.taste"),
        ("拌面我不放醋放糖。", "wants", "糖", "food.taste"),
        ("我们那儿手工的月饼才有味道，盒装的硬邦邦。", "avoids", "盒装", "food.taste"),
        ("题做完顺手检查一遍。", "wants", "检查一遍", "answers.process"),
        ("项链我只戴银的，合金的戴两天脖子就发痒。", "avoids", "合金", "fashion.style"),
        ("喝茶喝惯了普洱，别的没味。", "wants", "普洱", "food.drink"),
        ("包裹放驿站就行。", "wants", "驿站", "service.support"),
        ("相声我听老段子的。", "wants", "老段子", "entertainment.film"),
        ("我想看到的是数字，不是形容词。", "avoids", "形容词", "other"),
        ("凡是要排队的馆子一律跳过。", "avoids", "馆子", "food.cuisine"),
        ("截图别给安卓的。", "avoids", "安卓", "tech.devices"),
        ("床垫得是硬的。", "wants", "硬", "home.living"),
        ("体检能躲就躲。", "avoids", "体检", "other"),
        ("比起拿铁我更乐意喝绿茶。", "wants", "绿茶", "food.drink"),
        ("写东西我离不了思维导图。", "wants", "思维导图", "work.tools"),
        ("只要不是榴莲味的都行。", "avoids", "榴莲味", "food.taste"),
        ("用不着安慰我，讲办法。", "wants", "办法", "answers.tone"),
        ("别直接给答案。", "avoids", "答案", "answers.content"),
        ("叫我小柳、柳姐都行。", "wants", "小柳、柳姐", "answers.address"),
        ("听见装修声我真头疼。", "avoids", "装修声", "home.living"),
        ("家里不铺地毯。", "avoids", "地毯", "home.living"),
        ("要说早点还得是豆腐脑。", "wants", "豆腐脑", "food.taste"),
        ("我鍾意飲熱檸茶。", "wants", "熱檸茶", "food.drink"),
        ("回复嘛，四行顶天了。", "wants", "四行", "answers.length"),
        ("论文翻译别直译。", "avoids", "直译", "work.writing"),
        ("我骑不了电动车。", "avoids", "电动车", "travel.transport"),
        ("麻将我信不过自动洗牌的。", "avoids", "自动洗牌", "entertainment.games"),
        ("我真的很hate早高峰的地铁。", "avoids", "早高峰的地铁", "travel.transport"),
        ("被人喊大叔我就来气。", "avoids", "大叔", "answers.address"),
        ("我對蝦過敏。", "avoids", "蝦", "health.allergy"),
    ],
)
def test_a_statement_or_an_order_is_learnt_with_its_sign(text: str, polarity: str, thing: str, slot: str) -> None:
    found = [c for c in preferences(text) if thing in c.object]
    assert [(c.polarity, c.slot) for c in found] == [(polarity, slot)]


def test_every_candidate_quotes_its_turn_and_speaks_of_the_user_in_third_person() -> None:
    text = "我不吃芹菜，提醒我用短信，不要打电话。先给结论，再说理由！"
    found = preferences(text)
    assert len(found) == 4
    for one in found:
        assert one.quote in text
        assert one.language == "zh"
        assert "我" not in one.text + one.directive
        assert one.text.startswith("用户")


def test_a_directive_carries_the_sign() -> None:
    for one in preferences("不要用项目符号。我讨厌电话会议。我喜欢靠窗的座位。我对芒果过敏。"):
        negative = any(word in one.directive for word in ("不要", "避免", "别", "勿"))
        assert negative == (one.polarity == "avoids")
    assert preferences("我对芒果过敏")[0].directive == "避免芒果：用户过敏。"


def test_two_things_in_one_sentence_are_two_preferences() -> None:
    assert {p for p, _ in signed("commit用英文，PR描述用中文")} == {"wants"}
    assert len(signed("commit用英文，PR描述用中文")) == 2
    assert signed("微甜可以，特甜不行。") == {("wants", "微甜"), ("avoids", "特甜")}


def test_what_someone_can_stand_is_no_avoidance() -> None:
    assert preferences("我不是不能吃辣") == []
    assert preferences("我不介意早起") == []


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("给客户写邮件时别用感叹号。", "给客户写邮件时"),
        ("要是刮风就别安排户外的。", "要是刮风"),
        ("带我妈出门尽量订低楼层的房。", "带我妈出门"),
        ("给我讲保险就说大白话。", "讲保险"),
        ("上课别给我打电话。", "上课"),
        ("术后两周内别给我推健身课。", "术后两周内"),
        ("要是天气好，我喜欢骑车上班。", "要是天气好"),
        ("周末我不接工作电话。", "周末"),
    ],
)
def test_what_limits_a_preference_is_kept_in_its_own_words(text: str, condition: str) -> None:
    (found,) = preferences(text)
    assert found.condition == condition


def test_an_order_about_every_answer_and_an_allergy_stand_always() -> None:
    assert all(c.standing for c in preferences("以后都用中文回答。我对花粉过敏。"))
    assert not preferences("我喜欢爬山。")[0].standing


def test_a_one_off_does_not_last() -> None:
    assert not preferences("今晚别做辣的。")[0].lasting
    assert preferences("以后别做辣的。")[0].lasting


@pytest.mark.parametrize(
    "text",
    [
        "你喜欢爬山吗？",
        "如果我是素食者，你会推荐什么？",
        "假如我喜欢滑雪，去哪儿好",
        "小时候我爱喝汽水。",
        "我没说过我喜欢爬山。",
        "我可没讲过我爱逛花市，别瞎安排。",
        "帮我翻译“我喜欢雨天，不要打伞”",
        "他在信里写“以后不要再来找我”。",
        "都行，你定。",
        "都说南方人爱吃甜。",
        "我在想要不要学日语",
        "（店小二躬身）小的只爱喝酒，不喝茶。",
        "写一份员工满意度问卷",
        "今天天气不错",
    ],
)
def test_what_is_not_the_users_own_present_claim_is_left_out(text: str) -> None:
    assert preferences(text) == []


def test_what_others_like_is_a_fact_about_them() -> None:
    (found,) = learnt("我同事爱吃榴莲。")
    assert (found.kind, found.subject, found.attribute) == ("fact", "同事", "opinion")
    assert "榴莲" in found.value


def test_a_part_that_is_played_teaches_nothing_until_it_ends() -> None:
    def said(text: str) -> Turn:
        return Turn(episode=text, role="user", text=text, said_at=SAID)

    turns = [said("我们来角色扮演，你扮演掌柜"), said("我最讨厌喝茶"), said("不演了，说回正事"), said("我喜欢喝茶")]
    assert [c.episode for c in RuleExtractor().extract(turns) if c.kind == "preference"] == ["我喜欢喝茶"]


@pytest.mark.parametrize(
    ("text", "before", "thing"),
    [
        ("第二个吧", "可以选：1. 海边民宿 2. 山里木屋 3. 市区酒店", "山里木屋"),
        ("那就地铁吧", "去机场可以坐地铁或者打车，您选哪个？", "地铁"),
        ("选B", "A：短途徒步；B：室内攀岩", "室内攀岩"),
    ],
)
def test_a_choice_takes_its_object_from_the_offer(text: str, before: str, thing: str) -> None:
    (found,) = preferences(text, before)
    assert (found.object, found.origin, found.polarity) == (thing, "implicit", "wants")


def test_thanks_after_an_offer_choose_nothing() -> None:
    assert preferences("好的，谢谢", "要A还是B？") == []


def test_a_complaint_about_an_answer_shows_what_to_avoid() -> None:
    (found,) = preferences("又太长了", "（一篇很长的回答）")
    assert (found.polarity, found.origin) == ("avoids", "implicit")


def test_facts_about_the_user() -> None:
    found = {c.attribute: c.value for c in learnt("我叫沈知秋，今年34岁，住在苏州工业园区，养了一只橘猫。")}
    assert found["name"] == "沈知秋"
    assert "34岁" in found["age"]
    assert found["home"] == "苏州工业园区"
    assert "橘猫" in found["pet"]


def test_a_plan_keeps_its_time_words_and_a_correction_is_marked() -> None:
    (plan,) = [c for c in learnt("下周三要去杭州出差。") if c.attribute == "plan"]
    assert plan.when == "下周三"
    assert [c.correction for c in learnt("不是周五，是周六", "好的，周五下午看牙已记下。")] == [True]


@pytest.mark.parametrize("piece", ["我喜欢", "不要", "的", "我不吃香菜，", "“", "我从不吃，每天", "宁可也不，", "除了", "对"])
def test_a_message_of_hostile_length_takes_time_in_proportion(piece: str) -> None:
    assert grows_in_proportion(lambda length: learnt(piece * (length // len(piece)), "要A还是B？" * (length // 200)), 200_000)


def test_an_order_not_to_use_something_avoids_it() -> None:
    for text in ("不要用表情符号", "请别用表格。", "以后都不要用英文。"):
        assert {c.polarity for c in preferences(text)} == {"avoids"}, text
        assert all(c.directive.startswith(("不要", "别", "避免")) for c in preferences(text))


def test_an_announced_request_is_no_request_and_a_switch_is_no_order() -> None:
    assert signed("先说个要求，不要用表情符号。") == {("avoids", "表情符号")}
    assert not any(c.standing for c in preferences("我不用旧软件了，改用达芬奇。"))


def test_a_hotel_is_no_drink() -> None:
    assert [c.slot for c in preferences("出差的时候我喜欢住安静的酒店")] == ["travel.lodging"]


def test_what_is_said_of_somebody_by_name_is_about_them() -> None:
    found = learnt("林雨对海鲜过敏。")
    assert {(c.kind, c.subject) for c in found} == {("fact", "林雨")}
    assert {(c.subject, c.attribute) for c in learnt("我养了一只猫叫年糕，今年四岁。")} == {("user", "pet"), ("年糕", "age")}


@pytest.mark.parametrize("text", ["提醒已经设好了，谢谢。", "国庆人太多了，算了。", "我真是受够了。", "不然下午犯困。", "那次之后再说吧。"])
def test_small_talk_and_verdicts_are_no_facts(text: str) -> None:
    assert not [c for c in learnt(text) if c.kind == "fact"]


def test_a_plan_is_what_stands_after_its_date() -> None:
    (plan,) = [c for c in learnt("下周三下午三点我有个面试。") if c.kind == "fact"]
    assert (plan.attribute, plan.value) == ("plan", "有个面试")


def test_a_pronoun_means_whom_the_turn_spoke_of() -> None:
    found = {(c.subject, c.text) for c in learnt("我妈最近失眠，她不喝咖啡。")}
    assert ("妈", "妈不喝咖啡。") in found
    assert not preferences("我妈最近失眠，她不喝咖啡。")


def test_duties_and_days_are_no_preferences_and_no_people() -> None:
    assert not preferences("我得先回家喂它。")
    assert {c.subject for c in learnt("周末想去海边走走。")} == {"user"}


def test_a_clause_that_says_more_limits_no_order_after_it() -> None:
    found = [c for c in preferences("我对花生过敏，严重的时候要去医院，千万别推荐带花生的。") if c.polarity == "avoids"]
    assert found and all(c.condition is None for c in found)


def test_an_exception_after_an_order_limits_it() -> None:
    (found,) = preferences("晚上九点以后别给我推送消息，除了我爸的。")
    assert found.polarity == "avoids"
    assert "九点以后" in str(found.condition) and "我爸" in str(found.condition)
    (meeting,) = preferences("会议尽量排在上午，周五上午除外。")
    assert (meeting.polarity, meeting.condition) == ("wants", "周五上午除外")


def test_what_is_no_longer_so_is_signed_against() -> None:
    assert ("avoids", "低风险") in signed("现在可以接受中等风险，不再只看低风险。")
    assert ("wants", "中等风险") in signed("现在可以接受中等风险，不再只看低风险。")
    assert signed("我现在喝茶不加糖了。") == {("avoids", "糖")}


def test_a_complaint_about_the_world_is_none_about_answers() -> None:
    assert not preferences("国庆人太多了，算了。", "要不要去西湖走走？")
    assert {(c.polarity, c.slot) for c in preferences("你写得太长了。", "好的，下面是详细说明……")} == {("avoids", "answers.length")}


def test_what_holds_a_thing_is_avoided_as_the_thing() -> None:
    assert signed("我对花生过敏，千万别推荐带花生的。") == {("avoids", "花生")}


@pytest.mark.parametrize(
    ("text", "polarity", "thing"),
    [
        ("回答的时候请用列表。", "wants", "列表"),
        ("能不能每次回答先给结论？", "wants", "结论"),
        ("我希望你回答的时候带上出处。", "wants", "出处"),
        ("是否可以在每个回答最后附上参考资料？", "wants", "参考资料"),
        ("你可以每次都叫我老周吗？", "wants", "老周"),
        ("往后聊天都说粤语吧。", "wants", "粤语"),
        ("解释概念的时候打个比方。", "wants", "打个比方"),
        ("翻译的时候保留原文。", "wants", "保留原文"),
        ("回答技术问题时，从底层原理讲起。", "wants", "原理"),
        ("以后改我的稿子，不用讲为什么这么改。", "avoids", "为什么"),
        ("帮我写个函数。以后都要带类型注解。", "wants", "类型注解"),
        ("写一下周报，另外我的周报都不写下周计划。", "avoids", "下周计划"),
    ],
)
def test_what_is_asked_politely_of_every_answer_is_an_order_for_good(text: str, polarity: str, thing: str) -> None:
    found = [c for c in preferences(text) if thing in c.object]
    assert [(c.polarity, c.lasting) for c in found] == [(polarity, True)]


def test_a_question_about_one_answer_is_no_order() -> None:
    for text in ("你能解释一下黑洞吗？", "我以后能吃辣吗？", "可以推荐几本书吗？", "你每次回答要多久？"):
        assert not preferences(text), text


def test_a_list_of_demands_is_as_many_preferences() -> None:
    found = signed("帮我找房，我的要求：\n1. 朝北，通风要好\n2. 要有阳台\n3. 不要合租\n就这些。")
    assert {("wants", "朝北"), ("wants", "通风要好"), ("wants", "有阳台"), ("avoids", "合租")} == found
    assert signed("我选自习室的标准：安静、有插座、不排队。") == {("wants", "安静"), ("wants", "有插座"), ("avoids", "排队")}
    assert signed("我看剧的雷点：出轨、失忆。") == {("avoids", "出轨"), ("avoids", "失忆")}
    assert not preferences("明天的安排：开会、买菜、接孩子。")


@pytest.mark.parametrize(
    ("text", "polarity", "thing"),
    [
        ("前任这个话题谁也别提。", "avoids", "前任这个话题"),
        ("猪肉不进门。", "avoids", "猪肉"),
        ("传真就不要发了。", "avoids", "传真"),
        ("除了豆浆我早上什么都不喝。", "wants", "豆浆"),
        ("我这人吃不了苦瓜，一点点都不行。", "avoids", "苦瓜"),
        ("说实话我挺烦那种咋咋呼呼的主播。", "avoids", "咋咋呼呼的主播"),
        ("字体统一思源宋体，比例用 4:3。", "wants", "思源宋体"),
        ("奶茶我从来都是三分糖去冰。", "wants", "三分糖去冰"),
        ("旅游我向来不赶景点。", "avoids", "赶景点"),
        ("我爸迷抗战剧，我是一集都看不下去。", "avoids", "抗战剧"),
        ("Excel 能不碰就不碰。", "avoids", "Excel"),
        ("每页不超过三个要点。", "wants", "不超过三个要点"),
        ("让我早起跑步我可不干。", "avoids", "早起跑步"),
        ("能不能每次都附上出处啊。", "wants", "出处"),
        ("跟我说话别一口一个亲。", "avoids", "亲"),
        ("开车的时候才听说唱。", "wants", "说唱"),
        ("女儿的绘本我只挑硬壳的。", "wants", "硬壳"),
        ("湖南人嘛，不辣不行。", "wants", "辣"),
        ("鞋子我买大不买小。", "wants", "大"),
        ("能走路就走路。", "wants", "走路"),
        ("听书的话女声更顺耳，男声听着费劲。", "avoids", "男声"),
        ("画图用plotly别用matplotlib。", "wants", "plotly"),
        ("你写的开头太花了，往后往平实了写。", "wants", "平实"),
        ("我手慢，你一次问一个问题。", "wants", "一次问一个问题"),
        ("苦瓜这个东西，谁爱吃谁吃，反正我不吃。", "avoids", "苦瓜"),
        ("排行榜通知全给我关了。", "avoids", "排行榜通知"),
        ("要说不爱吃的，也就是苦瓜。", "avoids", "苦瓜"),
        ("给孩子讲故事的时候结局要圆满。", "wants", "结局要圆满"),
        ("我住酒店要带浴缸的。", "wants", "浴缸"),
        ("医生说海鲜从此不许碰了。", "avoids", "海鲜"),
        ("道歉信写得诚恳一点。", "wants", "诚恳一点"),
        ("我给客人报价从不抹零。", "avoids", "抹零"),
        ("下午四点后只喝低因。", "wants", "低因"),
        ("上线之前先备份数据。", "wants", "先备份数据"),
        ("能不能少用点破折号？", "avoids", "破折号"),
        ("之前预算两千作废，改三千。", "wants", "三千"),
        ("大姨妈来的时候别让我喝冰的。", "avoids", "喝冰"),
    ],
)
def test_an_object_is_cut_where_it_stands(text: str, polarity: str, thing: str) -> None:
    assert (polarity, thing) in signed(text)


def test_a_time_in_the_place_of_an_object_is_none() -> None:
    assert ("avoids", "晚上") not in signed("晚上别打。")
    assert ("avoids", "吃饭的时候") not in signed("吃饭的时候别提。")


@pytest.mark.parametrize(
    "text",
    [
        "打算去云南拍一部讲茶农的片子。",
        "我是做后端的。",
        "我喜欢的人下个月结婚。",
        "喜欢的话就买呗。",
        "我怕迟到，先走了。",
        "不要紧，我再等等。",
        "我不太明白你的意思。",
        "这部片子讲的是一个不爱说话的男孩。",
        "客户说颜色太艳了，要换成灰的。",
        "我去年喜欢打羽毛球，今年没时间了。",
        "今天破个例，给我放点吵的，越吵越好。",
        "夜里打车发票抬头写公司全称对吧",
    ],
)
def test_plans_trades_worries_and_exceptions_are_no_preferences(text: str) -> None:
    assert not preferences(text)


def test_what_follows_from_somebody_else_s_state_holds_for_their_sake() -> None:
    (found,) = preferences("我婆婆有糖尿病，做菜少放糖。")
    assert (found.polarity, found.condition, found.standing) == ("avoids", "我婆婆有糖尿病", False)


@pytest.mark.parametrize(
    ("text", "polarity", "thing"),
    [
        ("我是夜猫子，上午十一点前别给我排事。", "avoids", "排事"),
        ("不管写什么代码，变量名都给我用英文。", "wants", "英文"),
        ("以后超过五百块的支出都得先问我。", "wants", "先问我"),
        ("猫片多来点。", "wants", "猫片"),
        ("韭菜少放点。", "avoids", "韭菜"),
        ("汇总给我用编号列表。", "wants", "编号列表"),
        ("我真的拒绝不了抹茶。", "wants", "抹茶"),
        ("苦瓜滚出地球。", "avoids", "苦瓜"),
        ("我带娃出门，餐厅得有儿童椅。", "wants", "有儿童椅"),
        ("葱姜蒜我真一口都吃不下。", "avoids", "葱姜蒜"),
        ("香水味我一闻就头疼。", "avoids", "香水味"),
        ("奶茶从今天起停了。", "avoids", "奶茶"),
        ("我住院那阵子落下个毛病，一闻到消毒水味就恶心。", "avoids", "消毒水味"),
    ],
)
def test_what_is_said_in_passing_or_in_slang_is_learnt(text: str, polarity: str, thing: str) -> None:
    assert [(c.polarity, c.lasting) for c in preferences(text) if c.object == thing] == [(polarity, True)]


@pytest.mark.parametrize(
    "text",
    [
        "她想让我别再熬夜。",
        "甲方要求首页必须用红色。",
        "我有个朋友是海归，爱喝红酒。",
        "要是能瘦十斤就好了。",
        "下午三点叫我开会。",
    ],
)
def test_what_others_want_of_the_user_and_what_is_only_dreamt_of_are_no_preferences(text: str) -> None:
    assert not preferences(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("小说我喜欢第一人称的。", "小说优先第一人称的。"),
        ("麻辣烫我一般选微辣。", "麻辣烫优先微辣。"),
        ("奶茶嘛我从不加珍珠。", "奶茶避免加珍珠。"),
        ("字号别小于24。", "字号别小于24。"),
    ],
)
def test_what_is_said_of_a_thing_is_told_of_that_thing(text: str, told: str) -> None:
    assert [c.directive for c in preferences(text)] == [told]


@pytest.mark.parametrize(
    ("text", "attribute", "value"),
    [
        ("我外婆今年七十六了。", "age", "七十六"),
        ("我现在base新加坡。", "home", "新加坡"),
        ("我在一家做纸箱的厂管仓库。", "employer", "一家做纸箱的厂"),
        ("我自己开了家面馆。", "work", "开了家面馆"),
        ("我爸牙口不好。", "health", "牙口不好"),
        ("我是88年腊八生的。", "birthday", "88年腊八"),
        ("我每个月十号定投一千。", "habit", "每个月十号定投一千"),
    ],
)
def test_what_is_told_in_passing_is_a_fact(text: str, attribute: str, value: str) -> None:
    assert (attribute, value) in {(c.attribute, c.value) for c in learnt(text) if c.kind == "fact"}


def test_a_list_of_what_is_looked_for_is_as_many_demands() -> None:
    text = "想请个钢琴老师，我列一下哈：\n- 女老师\n- 不推销课包的\n- 晚上七点以后能上课\n你先找找"
    assert signed(text) == {("wants", "女老师"), ("avoids", "推销课包"), ("wants", "晚上七点以后能上课")}
    assert not preferences("要求：\n1. 八百字\n2. 分三段")


def test_what_is_wanted_after_something_keeps_that_as_its_condition() -> None:
    found = preferences("孩子睡了以后别打电话。")
    assert [(c.object, c.condition) for c in found] == [("打电话", "孩子睡了以后")]


def test_an_order_of_the_moment_lives_in_its_session() -> None:
    assert all(not c.lasting for c in preferences("给我点一份黄焖鸡，不要辣椒。"))
    assert all(c.lasting for c in preferences("给我点一份黄焖鸡，我不吃辣椒。") if "辣椒" in c.object)


@pytest.mark.parametrize("text", ["对了我妈对芒果过敏，我倒是不过敏。", "话说我同事特别讨厌早会。", "顺便说一句，今天真冷。"])
def test_words_that_only_lead_to_a_statement_make_it_nobody_else_s(text: str) -> None:
    assert [c for c in learnt(text) if c.kind == "preference"] == []


def test_a_fact_is_told_without_the_words_that_lead_to_it() -> None:
    (fact,) = learnt("哦还有我老公不吃香菜。")
    assert fact.text == "用户老公不吃香菜。"


def test_one_s_own_taste_beside_a_task_for_somebody_else_is_heard() -> None:
    said = [
        turn
        for number, (role, text) in enumerate(
            [("user", "帮我女儿写一段开学自我介绍。"), ("assistant", "大家好……"), ("user", "可以，让她自己改改。我呢，就喜欢下棋。")]
        )
        for turn in [Turn(episode=f"t{number}", role=role, text=text, said_at=SAID, learnable=role == "user")]
    ]
    assert "下棋" in [c.object for c in RuleExtractor().extract(said) if c.kind == "preference"]


@pytest.mark.parametrize("text", ["我受不了别人叫我亲。", "我不喜欢被叫亲。"])
def test_a_name_that_is_not_liked_is_about_address(text: str) -> None:
    (wish,) = [c for c in learnt(text) if c.kind == "preference"]
    assert (wish.slot, wish.directive) == ("answers.address", "不要称呼用户为亲。")
    assert all(c.slot != "answers.address" for c in learnt("我讨厌半夜被叫醒，也不喜欢叫外卖。"))


def test_what_one_cannot_do_without_is_wanted() -> None:
    (wish,) = [c for c in learnt("我早上离不开豆浆。") if c.kind == "preference"]
    assert (wish.polarity, wish.object) == ("wants", "豆浆")


@pytest.mark.parametrize(
    "text",
    [
        "我们组长最喜欢写长邮件了。",
        "我那个徒弟最爱吃辣。",
        "隔壁大爷讨厌猫。",
        "我可真是太享受这场暴雨了，呵呵。",
        "我腰又疼了。",
        "我跟我弟不一样。",
        "这窗户我推都推不动。",
        "墙都发霉了。",
        "我前男友喜欢打呼噜。",
        "整天就知道催催催。",
        "颜色先不考虑。",
        "别光站着，坐啊。",
        "早知道就不买这车了。",
        "用Python写个记账小工具。",
        "别理他，他就那样。",
        "好啦好啦，我不生气了。",
        "没空做饭。",
        "我们部门新规：报销单不得手写。",
        "村口阿婆卖的豆腐从不放石膏。",
        "猜个谜语：不怕风不怕雨，就怕太阳。",
        "同事老婆怀孕了，闻不得油烟。",
        "给孩子出五道题，不要带括号的。",
        "坡起不用了，会了。",
        "别卖关子了，快说。",
        "不敢当不敢当。",
        "楼下超市只收现金。",
        "电影里那个杀手只喝牛奶。",
        "孩子老师建议别报太多班。",
        "我不想撕破脸。",
        "别哭了，都会过去的。",
        "别看他个子小，力气大着呢。",
        "字再少点。",
        "押金那条我不接受。",
        "我家那位睡觉磨牙。",
        "村里王大爷种瓜从来不打农药。",
        "凉菜不要海蜇，上次没人动。",
        "我的意思是先别告诉我爸。",
        "不用道歉，谁都有看错的时候。",
        "没事，别往心里去。",
        "别客气，我也就是顺嘴一问。",
        "不用讲历史了。",
        "不要故宫，去过了。",
        "我家没有蚝油，用生抽代替行不行？",
        "午饭不想动脑子。",
        "我可太会挑日子了，一出门就下雨。",
        "帮我给房东回一条：我不接受涨租。",
        "急得不想吃饭。",
        "药再苦我也能喝。",
        "我手腕受不住。",
        "对对对，您有理，我就爱挤地铁。",
    ],
)
def test_other_people_irony_and_what_aches_are_no_wishes(text: str) -> None:
    assert preferences(text) == []


def test_a_thing_that_is_left_out_after_de_is_that_of_the_clause_before() -> None:
    assert preferences("我喜欢带院子的房子，临街的不要。")[-1].directive == "房子避免临街的。"


def test_nothing_is_to_be_planned_is_told_with_its_verb_and_time() -> None:
    (wish,) = preferences("倒夜班第二天上午之前别给我安排任何事情。")
    assert (wish.polarity, wish.object, wish.condition) == ("avoids", "安排任何事情", "倒夜班第二天上午之前")


def test_every_word_of_a_dialect_keeps_the_letters_after_it_in_place() -> None:
    for text in ("唔好同我讲", "侬讲闲话慢一点好伐", "我hate早起", "九点后don't call me", "发消息就成"):
        assert len(simplify(text)) == len(text)
    assert simplify("I don't like it") == "i don't like it"


@pytest.mark.parametrize("text", ["德国客户嫌包装太薄，退了一半货。", "我嫌麻烦，就没去。"])
def test_what_somebody_else_faults_and_what_is_too_much_trouble_are_no_wishes(text: str) -> None:
    assert [c for c in learnt(text) if c.kind == "preference"] == []


def test_next_week_s_meetings_are_no_piece_of_work() -> None:
    said = ["帮我排下周的会。", "会议尽量排在下午，周三下午除外。"]
    turns = [Turn(episode=str(n), role="user", text=text, said_at=SAID) for n, text in enumerate(said)]
    assert [(c.polarity, c.object, c.condition) for c in RuleExtractor().extract(turns) if c.kind == "preference"] == [
        ("wants", "下午", "周三下午除外")
    ]
