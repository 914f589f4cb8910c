"""Wishes in plain Chinese as people say them every day: each with its sign, its limit, and for whom it holds."""

from __future__ import annotations

import pytest

from .turns import facts_by_rules, wishes_by_rules


@pytest.mark.parametrize(
    ("text", "polarity", "line"),
    [
        ("以后表格边距改成两厘米", "wants", "表格边距改成两厘米。"),
        ("打车一个月预算四百", "wants", "打车一个月预算四百。"),
        ("给老师的贺卡预算二十左右", "wants", "给老师的贺卡预算二十左右。"),
        ("我吃鸡蛋要全熟", "wants", "优先全熟。"),
        ("给银行的文件都抄送老周", "wants", "给银行的文件都抄送老周。"),
        ("最近爱看纪录片", "wants", "优先纪录片。"),
        ("我煮粥爱加红枣", "wants", "优先加红枣。"),
        ("屋里一吵我就心慌", "avoids", "避免屋里吵。"),
        ("除了苦瓜，蔬菜我都吃", "avoids", "避免苦瓜。"),
        ("除了周四，下午我都有空", "avoids", "避免周四。"),
        ("图表标题居中", "wants", "图表标题居中。"),
        ("讲语法多举例", "wants", "讲语法多举例。"),
        ("附件大于十兆的先问我", "wants", "附件大于十兆的先问用户。"),
        ("汇报材料至少留两天修改", "wants", "汇报材料至少留两天修改。"),
        ("批改作文完再给一份提纲", "wants", "批改作文完再给一份提纲。"),
        ("查药优先看说明书", "wants", "查药优先看说明书。"),
        ("我听不得泡沫摩擦的声音", "avoids", "避免泡沫摩擦的声音。"),
        ("桌游我玩不来狼人杀", "avoids", "避免狼人杀。"),
        ("枕头我睡软的", "wants", "枕头优先软的。"),
        ("爱上皮划艇了", "wants", "优先皮划艇。"),
        ("最喜欢的花是栀子", "wants", "优先栀子。"),
    ],
)
def test_what_is_said_plainly_is_told_as_it_was_meant(text: str, polarity: str, line: str) -> None:
    assert [(one.polarity, one.directive) for one in wishes_by_rules(text)] == [(polarity, line)]


def test_this_and_not_that_are_two_wishes_of_one_breath() -> None:
    found = {(one.polarity, one.object.strip()) for one in wishes_by_rules("画图用 drawio，别用 visio")}
    assert found == {("wants", "drawio"), ("avoids", "visio")}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Kotlin 里不许 print", "Kotlin 里"),
        ("女儿的饭盒别放香菜", "女儿的饭盒"),
        ("狗不能吃巧克力", "给狗"),
        ("外婆嗓子不好，给她熬的粥要稀一点", "给外婆熬的粥"),
        ("我爷爷血糖高，点心给他买无糖的", "给爷爷"),
        ("写祝福语别用谐音梗", "写祝福语"),
        ("炖汤少放胡椒", "炖汤"),
        ("去爬山避免走野路", "去爬山"),
        ("写租房合同要写全称", "写租房合同"),
        ("孩子练琴的视频，别传到网上", "孩子练琴的视频"),
        ("PR 超过三百行就拆开", "PR 超过三百行"),
    ],
)
def test_the_line_knows_for_whom_or_what_it_holds(text: str, condition: str) -> None:
    assert [one.condition for one in wishes_by_rules(text)] == [condition]


@pytest.mark.parametrize(
    "text",
    [
        "昨天我同桌说他不吃葱",
        "刚才我老板说讨厌长邮件",
        "我在减脂",
        "预算三千的手机哪款好",
        "我坐飞机要三个小时",
        "把这段话改成英文",
        "我妈过敏体质",
        "我爸不能开车了，眼睛不行",
        "总结先到这里",
        "我最喜欢的作家是谁来着",
    ],
)
def test_what_others_said_and_what_is_only_so_is_no_wish(text: str) -> None:
    assert wishes_by_rules(text) == []


def test_a_reason_names_no_second_thing_to_avoid() -> None:
    assert [one.object for one in wishes_by_rules("别给我打电话，我开会接不了")] == ["打电话"]


@pytest.mark.parametrize(
    "text",
    [
        "我睡沙发要腰疼",
        "我吃药要忌口",
        "通勤坐地铁太挤",
        "出差住酒店睡不好",
        "打完疫苗当天发烧",
        "工资次日发放",
        "体温超过三十七度五就发烧",
        "孩子哭超过十分钟就给奶",
        "下班后来个朋友",
        "开会时来个电话",
        "审批先走流程",
        "练车先交学费",
        "选座要额外付费",
        "投稿要花钱",
        "红绿灯要变红",
        "政府财政预算三万亿",
        "楼都盖到二十层",
        "山上都盖满雪",
        "公司位置居中",
        "除了北京，上海我都住过",
        "除了英语，日语我都会",
        "除了小提琴，钢琴我都会弹",
        "除了工作，家务我都做",
        "下雨天除外",
        "这电梯又坏了，真是受够了",
        "帮我看看有没有错别字",
        "每次来都给我带土特产",
        "物业公告：阳台一律不许晾晒",
        "我妈对虾过敏，年夜饭帮我避开",
        "第三段写具体点",
    ],
)
def test_a_state_a_complaint_or_what_one_suffers_is_no_order(text: str) -> None:
    assert wishes_by_rules(text) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("把回答换成要点形式", "把回答换成要点形式。"),
        ("把单位换成公制", "把单位换成公制。"),
        ("以后给我的文件字号都整大点儿", "给用户的文件字号都整大点儿。"),
    ],
)
def test_a_setting_of_the_assistant_is_a_wish_and_no_piece_of_work(text: str, line: str) -> None:
    assert [(one.polarity, one.directive) for one in wishes_by_rules(text)] == [("wants", line)]


def test_in_private_and_not_in_the_group() -> None:
    found = [(one.polarity, one.object, one.directive) for one in wishes_by_rules("孩子的事请私信我，别在家长群里说")]
    assert found == [("wants", "私信", "孩子的事请私信用户。"), ("avoids", "家长群里", "别在家长群里说。")]


def test_a_reminder_knows_the_days_that_are_left_out() -> None:
    assert [(one.directive, one.condition) for one in wishes_by_rules("每天早上七点提醒我浇花，下雨天除外")] == [
        ("每天早上七点提醒用户浇花。", "每天早上七点，下雨天除外")
    ]


def test_the_cause_of_what_one_suffers_is_avoided() -> None:
    found = [
        (one.polarity, one.object) for text in ("我喝酒要起疹子", "我吃海鲜要拉肚子", "我吃芒果要过敏") for one in wishes_by_rules(text)
    ]
    assert found == [("avoids", "酒"), ("avoids", "海鲜"), ("avoids", "芒果")]


@pytest.mark.parametrize(
    ("text", "polarity", "thing", "case"),
    [
        ("九点以前不要给我安排面试。", "avoids", "面试", "九点以前"),
        ("周三下午别给我安排会", "avoids", "安排会", "周三下午"),
        ("规划行程时，别排太满", "avoids", "排太满", "规划行程时"),
        ("辅导功课时，不要直接给结果。", "avoids", "直接给结果", "辅导功课时"),
        ("理发最好约在上午，只有周二不行", "wants", "上午", "只有周二不行"),
        ("例会控制在二十分钟以内", "wants", "二十分钟以内", None),
        ("屋里一点霉味都不能有", "avoids", "霉味", None),
        ("但是别让我值夜班", "avoids", "值夜班", None),
        ("语速要放慢", "wants", "放慢", None),
        ("运费统统到付", "wants", "到付", None),
        ("单位用公斤", "wants", "公斤", None),
        ("会议纪要写详细点", "wants", "详细点", "会议纪要"),
    ],
)
def test_an_order_keeps_what_it_is_about_and_when_it_holds(text: str, polarity: str, thing: str, case: str | None) -> None:
    (found,) = wishes_by_rules(text)
    assert (found.polarity, found.object, found.condition) == (polarity, thing, case)


@pytest.mark.parametrize(
    "text",
    ["南方人冬天喜欢烤火盆。", "孕妇一点酒都不能喝", "重庆人顿顿都吃辣", "我以前不要葱花", "我上厕所得排队", "我做手术必须要家属签字"],
)
def test_what_people_of_a_kind_do_and_what_was_before_is_no_wish(text: str) -> None:
    assert wishes_by_rules(text) == []


def test_a_trace_of_something_counts_nothing_of_an_answer() -> None:
    (wish,) = wishes_by_rules("碗里一点糖都不能有。")
    assert (wish.object, wish.standing) == ("糖", False)


def test_who_introduces_herself_as_pregnant_speaks_of_herself() -> None:
    (wish,) = wishes_by_rules("孕妇一枚，不吃生冷。")
    assert (wish.polarity, wish.object, wish.condition) == ("avoids", "生冷", None)


def test_we_of_a_kind_are_the_user() -> None:
    (found,) = wishes_by_rules("我们广东人喜欢喝汤")
    assert (found.polarity, found.object) == ("wants", "汤")


def test_what_is_said_next_of_a_kind_of_writing_holds_for_it_too() -> None:
    found = [(one.object, one.condition) for one in wishes_by_rules("写朋友圈文案要俏皮，结尾带话题")]
    assert found == [("俏皮", "写朋友圈文案"), ("话题", "写朋友圈文案")]


def test_what_begins_anew_is_not_of_the_case_before() -> None:
    assert [one.condition for one in wishes_by_rules("写邮件别用感叹号，回答我别用表格")] == ["写邮件", None]


def test_what_is_for_the_assistant_is_not_of_the_case_before() -> None:
    assert [(one.object, one.condition) for one in wishes_by_rules("拍电影要花钱，别剧透") if one.polarity == "avoids"] == [("剧透", None)]


@pytest.mark.parametrize(
    "text", ["写邮件别用敬语，老婆带饭", "画图要清晰，车走高速", "发微信不要语音，地铁靠站", "写代码要有注释，楼下放鞭炮"]
)
def test_what_others_do_is_no_more_of_an_order_about_writing(text: str) -> None:
    assert not [one for one in wishes_by_rules(text) if one.quote not in text.split("，")[0]]


def test_a_body_that_was_hurt_and_what_it_finds_hard_is_kept_in_mind() -> None:
    found = {(one.slot, one.object, one.standing) for one in wishes_by_rules("我跟腱断过，上楼梯费劲")}
    assert found == {("health.condition", "跟腱断过", True), ("access.needs", "上楼梯费劲", True)}


def test_the_weather_is_no_event_of_the_user() -> None:
    assert facts_by_rules("今天天气真好") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("别每次都先夸我一句", "别每次都先夸用户一句。"),
        ("不要每次都先问我一遍", "不要每次都先问用户一遍。"),
        ("你能不能别一上来就道歉", "别一上来就道歉。"),
    ],
)
def test_how_often_or_how_soon_does_not_turn_the_sign_of_what_is_forbidden(text: str, line: str) -> None:
    assert [(one.polarity, one.directive) for one in wishes_by_rules(text)] == [("avoids", line)]


@pytest.mark.parametrize(
    ("text", "case", "obj"),
    [
        ("我周三下午有教研活动，别往那个时间安排事情。", "周三下午", "安排事情"),
        ("我每天九点接娃，那个点别约我。", "每天九点", "约我"),
        ("周末我带娃，那两天别给我派活。", "周末", "派活"),
    ],
)
def test_that_time_is_the_one_that_was_named(text: str, case: str, obj: str) -> None:
    assert [(one.polarity, one.object, one.condition) for one in wishes_by_rules(text)] == [("avoids", obj, case)]


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("能打字就不发语音", [("wants", "打字"), ("avoids", "发语音")]),
        ("能当面说就不打电话", [("wants", "当面说"), ("avoids", "打电话")]),
        ("能睡觉就不错了", []),
        ("天黑前能到就不急", []),
        ("做表格我用WPS，Excel用不惯", [("wants", "WPS"), ("avoids", "Excel")]),
        ("画图我用什么好？", []),
        ("我平时休息还是画水彩的多", [("wants", "画水彩")]),
        ("点奶茶要三分糖去冰", [("wants", "三分糖去冰")]),
        ("点餐要多久", []),
        ("以前爱看谍战剧，现在喜欢看家庭剧", [("wants", "家庭剧")]),
        ("以前喜欢打篮球，现在都没时间了", []),
        ("每次最多教两个步骤", [("wants", "每次最多教两个步骤")]),
        ("先打个比方，不要讲术语", [("wants", "先打个比方"), ("avoids", "术语")]),
    ],
)
def test_what_is_done_where_it_can_be_and_what_one_uses_for_something(text: str, signs: list[tuple[str, str]]) -> None:
    assert [(one.polarity, one.object) for one in wishes_by_rules(text)] == signs


@pytest.mark.parametrize(
    "text",
    [
        "每次来五个人",
        "同事每次发三条消息都要我回",
        "一次发五个红包",
        "点菜要等很久",
        "点餐要扫码",
        "点奶茶要三十分钟",
        "平时还是孩子哭的时候多",
        "下班都是堵车的时候多",
        "在家都是老公做饭多",
        "能见面就不容易",
        "反正能睡着就不影响",
        "会员价统统八折",
        "东西统统被偷",
        "快递统统丢失",
        "通通是骗人的",
        "音量得加大到八十才听得见",
        "先打个电话问问",
        "姐姐菜切得细一点",
        "字幕列得清楚些，观众爱看",
    ],
)
def test_what_happens_and_how_others_do_it_is_no_wish(text: str) -> None:
    assert wishes_by_rules(text) == []
