"""A choice among what the assistant offered: the words are the user's, the thing is of the offer."""

from __future__ import annotations

import pytest

from memos_integrations import MemOS, Preference, Settings
from memos_integrations.testing import grows_in_proportion

from .turns import turn, user

DORA = {"user_id": "dora", "conversation_id": "c1"}

NUMBERED = "Where to next?\n1. A cabin above the fjord\n2. A flat by the old harbour\n3. A room over a bakery"
INLINE = "I found three stays: (a) a cabin above the fjord, (b) a flat by the old harbour, (c) a room over a bakery."
BULLETS = "Here are some ideas:\n- **Cabin**: above the fjord, €90\n- **Flat**: by the old harbour, €140\n- **Room**: over a bakery, €60"
TABLE = "Options:\n| stay | price |\n|---|---|\n| cabin above the fjord | €90 |\n| flat by the old harbour | €140 |\n| room over a bakery | €60 |"
SENTENCE = "Would you like the cabin above the fjord, the flat by the old harbour, or the room over a bakery?"

LISTE = "下次住哪儿？\n1. 峡湾上的木屋\n2. 老港口的公寓\n3. 面包房楼上的房间"
ZH_INLINE = "有三处可选：A、峡湾上的木屋；B、老港口的公寓；C、面包房楼上的房间。"
ZH_TABLE = "可选：\n| 住处 | 价格 |\n|---|---|\n| 峡湾上的木屋 | ¥700 |\n| 老港口的公寓 | ¥980 |\n| 面包房楼上的房间 | ¥420 |"
ZH_SENTENCE = "您想住峡湾上的木屋、老港口的公寓，还是面包房楼上的房间？"


def learnt(offer: str | None, answer: str) -> list[Preference]:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        said = [user(answer, "answer")]
        memory.add_message([turn("assistant", offer, "offer"), *said] if offer else said, **DORA)
        found = memory.list_memories(kinds=["preference"], **DORA)
        return [m for m in found if isinstance(m, Preference)]


def signed(offer: str | None, answer: str) -> list[tuple[str, str]]:
    return [(p.polarity, p.object) for p in learnt(offer, answer)]


@pytest.mark.parametrize("offer", [NUMBERED, INLINE, BULLETS, TABLE, SENTENCE])
@pytest.mark.parametrize(
    "answer", ["The second one please.", "I'll take the flat.", "Let's go with the harbour one, I love ships.", "Harbour!"]
)
def test_english_offers_and_answers(offer: str, answer: str) -> None:
    (found,) = [p for p in learnt(offer, answer) if p.origin == "implicit"]
    assert found.polarity == "wants"
    assert "old harbour" in found.object
    assert found.sources == ("answer",)
    assert found.evidence[0].quote in answer


@pytest.mark.parametrize(
    ("offer", "answer", "what", "case"),
    [
        ("Six miles, by bus or by canal boat.", "Whenever it's foggy, I prefer the canal boat.", "canal boat", "foggy"),
        ("六里地，坐公交或者坐船。", "下雪天我更喜欢坐船。", "船", "下雪"),
    ],
)
def test_what_is_said_of_a_case_is_stated_an_offer_before_it_or_not(offer: str, answer: str, what: str, case: str) -> None:
    (found,) = learnt(offer, answer)
    assert (found.origin, found.polarity) == ("explicit", "wants")
    assert what in found.object
    assert case in (found.condition or "")


@pytest.mark.parametrize("offer", [LISTE, ZH_INLINE, ZH_TABLE, ZH_SENTENCE])
@pytest.mark.parametrize("answer", ["选第二个。", "就公寓吧。", "还是老港口那个吧，我喜欢看船。", "我要住港口那套"])
def test_chinese_offers_and_answers(offer: str, answer: str) -> None:
    (found,) = [p for p in learnt(offer, answer) if p.origin == "implicit"]
    assert found.polarity == "wants"
    assert "老港口" in found.object
    assert found.sources == ("answer",)
    assert found.evidence[0].quote in answer


@pytest.mark.parametrize(
    ("offer", "answer", "words"),
    [
        (INLINE, "B", "harbour"),
        (INLINE, "I'd go for C, it smells better.", "bakery"),
        (NUMBERED, "number 3", "bakery"),
        ("The Anchor, loud with a band, or the Reading Room, hardly a soul in there.", "The quieter of the two.", "Reading Room"),
        ("Oakes, firm springs; Fernhill, soft foam; or Dreamwell, in between.", "The second one, please.", "Fernhill"),
        ("By barge (slow, along the reeds) or by coach (cheap, on the motorway)?", "The latter.", "coach"),
        ("高铁25分钟，自驾一个半小时。", "前者。", "高铁"),
        ("方案一：纸质版，好收藏；方案二：电子版，随时能查。", "方案二吧，我记性差", "电子版"),
        ("有靠湖的 2B 和靠路的 2D，选哪个？", "2B，靠湖那个", "靠湖"),
        ("爬山、划船、摘草莓，都可以。", "爬山算了，太晒。划船好", "划船"),
        (NUMBERED, "the last one", "bakery"),
        (NUMBERED, "I think option 1, the one above the fjord, would be the most peaceful choice for us.", "fjord"),
        (BULLETS, "The cheapest one, thanks.", "Room"),
        (BULLETS, "I'd rather have the more expensive one.", "Flat"),
        (
            "The 7:40 express takes 2 hours, the regional train 4 hours. Which one?\n1. 7:40 express, 2 hours\n2. regional, 4 hours",
            "The slower one.",
            "regional",
        ),
        ("Tea or coffee?", "Tea, coffee makes me shaky.", "Tea"),
        ('Shall we watch "The Long Tide" or "Nine Bridges"?', 'Let\'s watch "Nine Bridges".', "Nine Bridges"),
        (
            "You could rent a canoe. Alternatively, there is a steam train. Or you take the cable car.",
            "I'll take the steam train.",
            "steam",
        ),
        ("You could walk along the dyke (1), cycle round the lake (2), or take the ferry (3).", "Option 2.", "lake"),
        (ZH_INLINE, "B", "港口"),
        (ZH_INLINE, "走C吧，闻着香", "面包房"),
        (LISTE, "最后一个", "面包房"),
        (ZH_TABLE, "要便宜的那个", "面包房"),
        (ZH_TABLE, "贵的那家吧", "公寓"),
        ("喝茶还是喝咖啡？", "茶吧，咖啡喝了心慌。", "茶"),
        ("座位有靠窗和靠过道两种，要哪种？", "靠过道的。", "过道"),
    ],
)
def test_by_mark_place_words_or_an_extreme(offer: str, answer: str, words: str) -> None:
    assert any(polarity == "wants" and words.lower() in thing.lower() for polarity, thing in signed(offer, answer))


@pytest.mark.parametrize(
    ("offer", "answer"),
    [
        (NUMBERED, "How much is the second one?"),
        (NUMBERED, "Tell me more about the first."),
        (NUMBERED, "If I were rich I'd take the second one."),
        (NUMBERED, "Not sure, maybe the first, maybe the third."),
        (NUMBERED, "Whichever, you decide."),
        (NUMBERED, "Book the second one for my brother."),
        ("1. Dear Sir\n2. Hi Tom", "Rewrite the second one more warmly."),
        ("Do you mean Perth in Scotland or Perth in Australia?", "Australia"),
        ("Quiz time! Which is a fruit? A) tomato B) carrot C) leek", "A"),
        ("To fix it: 1. Restart the router. 2. Reset the cache.", "I'll try the first one."),
        (LISTE, "第二个多少钱？"),
        (LISTE, "展开讲讲第一个"),
        (LISTE, "假如我有钱就选第二个"),
        (LISTE, "都行，你定吧"),
        (LISTE, "给我弟弟订第二个"),
        ("1. 尊敬的先生\n2. 你好老王", "把第二个改得热情一点"),
        ("您是说珀斯（苏格兰）还是珀斯（澳大利亚）？", "澳大利亚的"),
        ("抢答！哪个是水果？A. 番茄 B. 萝卜 C. 韭葱", "A"),
    ],
)
def test_questions_tasks_suppositions_and_the_choices_of_others_are_none(offer: str, answer: str) -> None:
    assert not [p for p in learnt(offer, answer) if p.origin == "implicit"]


@pytest.mark.parametrize(
    ("offer", "answer", "avoided"),
    [
        (NUMBERED, "Not the flat by the old harbour, the gulls wake me.", "harbour"),
        ("闲庭、半山、拾光，三个备选", "第一个不要", "闲庭"),
        ("Options: a karaoke night, a pottery class, a paintball afternoon.", "Honestly anything but the last one.", "paintball"),
        (NUMBERED, "I'll take the cabin. The flat is too noisy.", "flat"),
        (NUMBERED, "The cabin sounds perfect. The other places seem too noisy for my taste.", "noisy"),
        (
            "1. A folk night\n2. A techno club\n3. A rave",
            "I'd pick the folk night. The electronic options don't really appeal to me.",
            "electronic",
        ),
        (LISTE, "不要老港口的公寓，海鸥太吵。", "公寓"),
        (LISTE, "选木屋，公寓那边太吵了。", "公寓"),
        ("1. 民谣夜\n2. 电音俱乐部\n3. 锐舞派对", "选民谣夜，其他的都太吵了。", "吵"),
    ],
)
def test_what_is_turned_down_beside_a_choice_is_avoided(offer: str, answer: str, avoided: str) -> None:
    assert any(polarity == "avoids" and avoided in thing for polarity, thing in signed(offer, answer))
    assert not any(polarity == "wants" and avoided in thing for polarity, thing in signed(offer, answer))


@pytest.mark.parametrize(
    ("offer", "once", "ever"),
    [
        ("Pancakes or porridge?", "Pancakes today.", "Pancakes, as always."),
        ("Should I write it as bullets or as prose?", "Bullets.", "Bullets, as always."),
        ("煎饼还是粥？", "今天吃煎饼。", "老样子，煎饼。"),
        ("用列表写还是用段落写？", "列表吧。", "还是列表，每次都一样。"),
    ],
)
def test_a_choice_for_once_does_not_last_and_a_habit_does(offer: str, once: str, ever: str) -> None:
    assert not any(p.lasting for p in learnt(offer, once) if p.origin == "implicit")
    assert any(p.lasting for p in learnt(offer, ever) if p.origin == "implicit")


@pytest.mark.parametrize(
    ("offer", "plain", "reasoned", "half"),
    [
        ("Plum jam or quince jam?", "Quince jam.", "Quince jam, because it is less sweet.", "Quince jam, I guess."),
        ("李子酱还是木瓜酱？", "木瓜酱。", "木瓜酱，毕竟没那么甜。", "要不木瓜酱吧"),
    ],
)
def test_a_reason_makes_a_choice_stronger(offer: str, plain: str, reasoned: str, half: str) -> None:
    strengths = [next(p.strength for p in learnt(offer, answer) if p.origin == "implicit") for answer in (plain, reasoned, half)]
    assert strengths == ["normal", "strong", "weak"]


@pytest.mark.parametrize(
    ("offer", "answer", "thing"),
    [
        ("糖度要几分？", "还是三分糖。", "三分糖"),
        ("哪种座位呢？", "老样子，靠过道。", "靠过道"),
        (None, "老规矩，来碗小馄饨。", "小馄饨"),
        (None, "照旧点一份小馄饨。", "小馄饨"),
        (None, "Same as ever, get me the night train.", "night train"),
        (None, "By night train, as always.", "night train"),
    ],
)
def test_what_is_taken_as_ever_is_shown_without_an_offer(offer: str | None, answer: str, thing: str) -> None:
    assert ("wants", thing) in signed(offer, answer)


def test_both_of_what_is_joined_are_taken_and_what_is_chosen_for_another_shows_nothing() -> None:
    offer = "There is fencing on Monday, rowing on Tuesday and judo on Thursday."
    assert {p.object.split()[0] for p in learnt(offer, "rowing and judo for me please")} == {"rowing", "judo"}
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        said = [user("My aunt turns 60. gift?", "u0"), turn("assistant", "A kite, a fern or a globe?", "a"), user("the globe", "u1")]
        memory.add_message(said, **DORA)
        assert not memory.list_memories(kinds=["preference"], **DORA).memories


@pytest.mark.parametrize(
    ("asked", "offered", "answer"),
    [
        ("The router keeps dropping.", "Is the light red, amber or green?", "Amber"),
        ("You're in a cave with two doors.", "The left one or the right one?", "The right one"),
        ("A quiz on rivers, please.", "The longest in Europe: the Volga, the Danube or the Rhine?", "Volga"),
        ("My neighbour asked me to order her a heater: oil or fan?", "Oil is quieter.", "The oil one then."),
        ("Mum's after a kettle, glass or steel?", "Steel lasts longer.", "The steel one then."),
        ("A colour for the shed?", "Neon pink, beige or forest green?", "Oh sure, neon pink, they'll love it."),
        ("打印机没反应", "指示灯是红的、黄的还是绿的？", "黄的"),
        ("出道历史选择题", "赤壁之战在哪年？A.200年 B.208年", "B"),
        ("情人节送女朋友什么", "项链、香水、花束，选哪个？", "选香水"),
        ("领导让我订会议室，大的还是小的", "大的能坐30人，小的8人。", "订大的"),
        ("选个窗帘颜色", "荧光绿、米白、深灰，选哪个？", "呵呵，选荧光绿"),
    ],
)
def test_an_answer_that_is_none_of_taste_shows_nothing(asked: str, offered: str, answer: str) -> None:
    assert not chosen_on([(asked, offered, answer)])


@pytest.mark.parametrize("offer", ["Sure?", "?", "Or?", "Anything else, or?", "還是？"])
def test_an_offer_that_names_nothing_offers_nothing(offer: str) -> None:
    assert not signed(offer, "The second one.")


def test_what_is_taken_in_a_world_that_is_not_shows_nothing() -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        asked = user("If I ever won the lottery, a vineyard or a yacht?", "u0")
        memory.add_message([asked, turn("assistant", "A vineyard lasts, a yacht costs.", "a"), user("I'll take the yacht", "u1")], **DORA)
        assert not memory.list_memories(kinds=["preference"], **DORA).memories


@pytest.mark.parametrize(
    ("offer", "answer", "start"), [(NUMBERED, "The second one.", "The user seems to prefer"), (LISTE, "选第二个。", "用户似乎更喜欢")]
)
def test_a_choice_is_worded_with_care(offer: str, answer: str, start: str) -> None:
    (found,) = learnt(offer, answer)
    assert found.text.startswith(start)
    assert found.directive.startswith(("Lean towards", "尽量"))


@pytest.mark.parametrize("piece", ["1. a, ", "a or ", "| a ", "(1) ", "、还是", "A、"])
@pytest.mark.parametrize("answer", ["The second one.", "选第二个。"])
def test_hostile_offers_take_time_in_proportion(piece: str, answer: str) -> None:
    assert grows_in_proportion(lambda length: learnt(piece * (length // len(piece)) + "?", answer), 90_000)


@pytest.mark.parametrize("offer", [NUMBERED, "Solid ground, then.", ZH_SENTENCE])
@pytest.mark.parametrize("thing", ["first-person narrators", "second-hand paperbacks", "third-party browsers"])
def test_a_number_within_a_word_points_at_nothing(offer: str, thing: str) -> None:
    (one,) = learnt(offer, f"In general I prefer {thing}.")
    assert (one.origin, one.polarity) == ("explicit", "wants")
    assert thing in one.text


def told_on_days(*days: tuple[str, str]) -> list[str]:
    """The objects of what is learnt from answers to offers, one a day."""
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        for day, (offer, answer) in enumerate(days, 1):
            at = f"2026-06-{day:02d}T09:00:00Z"
            turns = [{"role": "assistant", "content": offer, "created_at": at}, {"role": "user", "content": answer, "created_at": at}]
            memory.add_message(turns, user_id="u")
        found = memory.list_memories(kinds=["preference"], user_id="u")
        return [p.object for p in found if isinstance(p, Preference)]


@pytest.mark.parametrize(
    ("offer", "one", "other"),
    [("Plum jam, quince jam or honey?", "plum jam", "honey"), ("李子酱、木瓜酱还是蜂蜜？", "李子酱", "蜂蜜")],
)
def test_what_was_chosen_once_goes_when_something_else_of_the_same_offer_is_chosen(offer: str, one: str, other: str) -> None:
    assert told_on_days((offer, one), (offer, other)) == [other]
    assert one in told_on_days((offer, one), (offer, one), (offer, other)), "what was chosen twice does not go at once"


@pytest.mark.parametrize("answer", ["Honey, they say.", "The client wants honey.", "Plum, she said."])
def test_what_others_say_is_no_choice_of_the_users(answer: str) -> None:
    assert not told_on_days(("Plum jam, quince jam or honey?", answer))


def chosen_on(days: list[tuple[str, str, str]]) -> list[Preference]:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        for number, (asked, offered, answer) in enumerate(days):
            said = [user(asked, "u0"), turn("assistant", offered, "a"), user(answer, "u1")]
            at = [{**message, "created_at": f"2026-05-{number + 3:02d}T09:0{minute}:00Z"} for minute, message in enumerate(said)]
            memory.add_message(at, user_id="dora", conversation_id=f"c{number}")
        found = memory.list_memories(kinds=["preference"], user_id="dora")
        return [m for m in found if isinstance(m, Preference)]


QUIET = [
    ("A hotel in Bath?", "The Crown, busy till late, or Orchard House, secluded behind a garden?", "Orchard House"),
    ("And in Wells?", "The Swan, lively with a bar, or the Lodge, quiet and small?", "The Lodge please."),
    ("Frome?", "The Sun, noisy at weekends; Babington, peaceful; or the Archangel, crowded.", "Babington."),
]
CHEAP = [
    ("Which coach to Hull?", "Swift 14 pounds, Arrow 9 pounds, Fleet 11 pounds.", "Arrow"),
    ("And to York?", "Swift 22 pounds, Arrow 19 pounds, Fleet 15 pounds.", "Fleet then"),
    ("To Leeds next month?", "Swift 8 pounds, Arrow 12 pounds, Fleet 10 pounds.", "Swift."),
]
EARLY = [
    ("Flights to Oslo on the 3rd?", "06:40, 11:15 or 17:50.", "The 06:40."),
    ("And to Bergen?", "07:05, 12:30 or 19:10.", "07:05 please."),
    ("Back from Kiel, Friday.", "06:20, 13:00 or 20:45.", "I'll take the 06:20."),
]
MEATLESS = [
    ("周二呢？", "有水煮鱼、香菇青菜、糖醋里脊，选哪个？", "香菇青菜"),
    ("周三呢？", "有牛腩煲、家常豆腐、烤鸭饭，选哪个？", "豆腐"),
    ("周四呢？", "有卤肉饭、清炒时蔬、炸鸡排，选哪个？", "时蔬吧"),
]


@pytest.mark.parametrize(("days", "words"), [(CHEAP, "cheapest"), (QUIET, "quieter"), (EARLY, "earliest"), (MEATLESS, "素菜")])
def test_what_choices_have_in_common_is_learnt_where_no_answer_names_it(days: list[tuple[str, str, str]], words: str) -> None:
    assert not any(words in p.object for p in chosen_on(days[:2]))
    (found,) = [p for p in chosen_on(days) if words in p.object]
    assert (found.polarity, found.origin, len(found.evidence)) == ("wants", "implicit", 3)


def test_a_choice_that_passes_it_over_ends_what_choices_had_in_common() -> None:
    dear = ("And to Hove?", "Swift 30 pounds, Arrow 18 pounds, Fleet 25 pounds.", "Swift, it stops nearby.")
    assert not any("cheapest" in p.object for p in chosen_on([*CHEAP[:2], dear, CHEAP[2]]))


def test_a_time_that_was_taken_once_is_nothing_to_prefer() -> None:
    assert not chosen_on(EARLY[:1])


@pytest.mark.parametrize(
    ("topic", "offer", "answer", "wanted"),
    [
        (
            "What shall we eat tonight?",
            "1. Red curry with chilli 2. Mild korma with rice 3. Peppered steak",
            "The korma please. The others are a bit too spicy for my taste.",
            "korma",
        ),
        ("今晚吃什么？", "1. 麻辣香锅 2. 清蒸鲈鱼 3. 水煮肉片", "选清蒸鲈鱼吧，其他的都太辣了", "清蒸鲈鱼"),
        (
            "Which calendar app should I use?",
            "1. Almanac, open source 2. Dayplan, tied to one phone maker 3. Boardly, made of adverts",
            "I'll take Almanac. The others seem too closed for my taste.",
            "Almanac",
        ),
    ],
)
def test_who_says_what_is_wrong_with_the_others_shows_a_taste_though_it_is_asked_for_now(
    topic: str, offer: str, answer: str, wanted: str
) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        memory.add_message([user(topic, "topic"), turn("assistant", offer, "offer"), user(answer, "answer")], **DORA)
        found = [m for m in memory.list_memories(kinds=["preference"], **DORA) if isinstance(m, Preference)]
    assert [(p.polarity, p.lasting) for p in found if wanted in p.object] == [("wants", True)]
