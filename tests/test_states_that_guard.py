"""What harms if it is neglected stands in every prompt: aids and senses, illnesses, phobias and faith of the user, and nobody else's."""

from __future__ import annotations

import pytest

from memos_integrations import MemOS, Settings
from memos_integrations.types import Fact, Preference


def states(said: str) -> tuple[list[Preference], str]:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message({"role": "user", "content": said}, user_id="u", conversation_id="c")
        memory.wait(timeout=30)
        found = [m for m in memory.list_memories(user_id="u", kinds=["preference"]) if isinstance(m, Preference)]
        return found, memory.search_memory("Plan my day", user_id="u").instruction.head


@pytest.mark.parametrize(
    ("said", "slot", "line"),
    [
        ("I use a wheelchair.", "access.needs", "Take into account: the user relies on a wheelchair."),
        ("Hi! I'm colour-blind, by the way.", "access.needs", "Take into account: the user is colour-blind."),
        ("I have type 2 diabetes.", "health.condition", "Take into account: the user has type 2 diabetes."),
        ("I’m pregnant.", "health.condition", "Take into account: the user is pregnant."),
        ("I'm terrified of heights.", "health.condition", "Avoid heights: the user is afraid of that."),
        ("I'm a practising Muslim.", "beliefs.faith", "Respect the user's faith: Muslim."),
        ("我坐轮椅。", "access.needs", "请考虑到用户依靠轮椅。"),
        ("我是色盲。", "access.needs", "请考虑到用户是色盲。"),
        ("我有糖尿病。", "health.condition", "请考虑到用户有糖尿病。"),
        ("我恐高。", "health.condition", "避免触发用户的恐高。"),
        ("我有高血壓。", "health.condition", "请考虑到用户有高血壓。"),
        ("我是穆斯林。", "beliefs.faith", "尊重用户的信仰：穆斯林。"),
    ],
)
def test_a_state_of_the_user_is_a_standing_preference_once(said: str, slot: str, line: str) -> None:
    found, head = states(said)
    assert [(m.slot, m.standing, m.origin) for m in found] == [(slot, True, "explicit")]
    assert line.rstrip(".。") in head


@pytest.mark.parametrize(
    "said",
    [
        "I don't have diabetes.",
        "My mum has diabetes.",
        "If I had asthma, what should I do?",
        "Do I have epilepsy?",
        'He said "I have epilepsy".',
        "I have a question about asthma.",
        "I'm writing about how blind people read.",
        "我没有高血压。",
        "我妈妈有糖尿病。",
        "我是不是有糖尿病？",
        "如果我有哮喘怎么办？",
        "他说：“我有癫痫。”",
        "我坐高铁去。",
    ],
)
def test_nobody_else_s_and_nothing_asked_denied_or_supposed(said: str) -> None:
    found, head = states(said)
    assert found == [] and head == ""


@pytest.mark.parametrize(
    ("said", "slot", "line"),
    [
        ("我对花生过敏，小时候进过医院。", "health.allergy", "避免花生：用户过敏"),
        ("周六聚餐你看着排，有两个人不吃辣，我自己吃虾会起一身疹子，别的随意。", "health.allergy", "避免虾：用户会有过敏反应"),
        ("八岁那年吃了一块芒果，嘴肿得像香肠，从那以后碰都不敢碰。", "health.allergy", "避免芒果：用户会有过敏反应"),
        ("我海鲜过敏你推荐餐厅的时候注意点", "health.allergy", "避免海鲜：用户过敏"),
        ("我對帶殼海鮮過敏，上次差點送急診。", "health.allergy", "避免帶殼海鮮：用户过敏"),
        ("姜我没事，蒜也行，唯独花生，过敏。", "health.allergy", "避免花生：用户过敏"),
        ("青霉素皮试阳性，这个药我用不了。", "health.allergy", "避免青霉素：用户过敏"),
        ("过敏史：阿莫西林、磺胺", "health.allergy", "避免阿莫西林、磺胺：用户过敏"),
        ("从小就对牛奶蛋白过敏，到现在也喝不了。", "health.allergy", "避免牛奶蛋白：用户过敏"),
        ("我花粉过敏，能去郊外露营吗？", "health.allergy", "避免花粉：用户过敏"),
        ("牛奶我一喝就拉肚子。", "health.condition", "避免牛奶：用户不耐受"),
        ("本人二型糖尿病患者。", "health.condition", "请考虑到用户有二型糖尿病"),
        ("去年体检查出痛风，从此跟啤酒说拜拜。", "health.condition", "请考虑到用户有痛风"),
        ("我装了心脏起搏器，过安检要走人工通道。", "health.condition", "请考虑到用户装有心脏起搏器"),
        ("我在吃华法林，西柚得避着点。", "health.condition", "请考虑到用户在服用华法林"),
        ("我怀孕五个月了，想找个温和的运动。", "health.condition", "请考虑到用户怀孕五个月"),
        ("我特别怕狗，小时候被咬过。", "health.condition", "避免狗：用户害怕"),
        ("我左耳听不见，开会请坐我右边。", "access.needs", "请考虑到用户左耳听不见"),
        ("我腿脚不方便，爬不了楼梯。", "access.needs", "请考虑到用户腿脚不方便"),
        ("我吃清真。", "food.diet", "尊重用户的饮食：吃清真"),
        ("我们家信伊斯兰教。", "beliefs.faith", "尊重用户的信仰：伊斯兰教"),
    ],
)
def test_in_the_many_ways_of_saying_it(said: str, slot: str, line: str) -> None:
    found, head = states(said)
    assert (slot, True) in {(m.slot, m.standing) for m in found}
    assert line in head


@pytest.mark.parametrize(
    "said",
    [
        "我对加班过敏哈哈",
        "如果我对花生过敏，该带什么药？",
        "我对花生过敏吗？",
        "我小时候对牛奶过敏，长大就好了。",
        "我没有食物过敏。",
        "查了过敏原，结果全是阴性，什么都不过敏。",
        "我在写一篇关于花生过敏的文章。",
        "小说主角对青霉素过敏，最后死在手术台上。",
        "这只狗对鸡肉过敏。",
        "医生问我对什么过敏，我说没有。",
        "孕妇能吃螃蟹吗？",
        "怕狗的人多吗？",
        "我在医院内分泌科工作，每天看糖尿病人。",
        "朋友说我有密集恐惧症，其实我没有。",
    ],
)
def test_what_only_sounds_like_it_guards_nobody(said: str) -> None:
    found, head = states(said)
    assert [m for m in found if m.standing] == [] and head == ""


@pytest.mark.parametrize(
    ("said", "who", "what"),
    [
        ("我女儿对花生过敏，幼儿园那边要交证明。", "女儿", "花生"),
        ("孩子他爸青霉素过敏。", "孩子他爸", "青霉素"),
        ("我弟吃芒果嘴会肿。", "弟", "芒果"),
        ("我婆婆有糖尿病，做菜得少放糖。", "婆婆", "糖尿病"),
        ("外公坐轮椅，酒店要无障碍房。", "外公", "轮椅"),
        ("我媽對蝦過敏。", "媽", "蝦"),
    ],
)
def test_of_somebody_else_it_is_a_fact_about_them(said: str, who: str, what: str) -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message({"role": "user", "content": said}, user_id="u", conversation_id="c")
        memory.wait(timeout=30)
        facts = [m for m in memory.list_memories(user_id="u", kinds=["fact"]) if isinstance(m, Fact)]
        assert any(m.subject == who and what in m.text for m in facts)
        assert memory.search_memory("安排一下", user_id="u").instruction.head == ""


def test_what_the_user_shares_with_somebody_is_both() -> None:
    found, head = states("我和我妹都对桃子过敏，夏天水果别买桃子。")
    assert [(m.slot, m.object) for m in found] == [("health.allergy", "桃子")]
    assert "避免桃子：用户过敏" in head


@pytest.mark.parametrize(
    ("said", "thing", "slot"),
    [
        ("I've been allergic to geese since I was four.", "geese", "health.allergy"),
        ("Got a lupin allergy btw.", "lupin", "health.allergy"),
        ("Mango brings me out in hives.", "mango", "health.allergy"),
        ("I break out in a rash if I wear mohair.", "mohair", "health.allergy"),
        ("My lips swell whenever I eat papaya.", "papaya", "health.allergy"),
        ("Celery is the one thing I'm allergic to.", "celery", "health.allergy"),
        ("In May I ended up in hospital after a hornet sting, and I carry an EpiPen since.", "hornet sting", "health.allergy"),
        ("Oats don't agree with me.", "oats", "health.condition"),
        ("My stomach can't handle cream.", "cream", "health.condition"),
        ("Incense triggers my asthma.", "incense", "health.condition"),
        ("My kidney specialist told me to stay away from bananas.", "bananas", "health.condition"),
        ("I'm not allowed alcohol with these tablets.", "alcohol", "health.condition"),
        ("I can't combine liquorice with my medication.", "liquorice", "health.condition"),
        ("Spiders scare the life out of me.", "spiders", "health.condition"),
        ("I panic in tunnels.", "tunnels", "health.condition"),
        ("I'm a Sikh and don't eat beef.", "beef", "food.diet"),
        ("I've a bad back and can't lift more than four kilos.", "more than four kilos", "health.condition"),
    ],
)
def test_what_harms_is_avoided_however_it_is_said(said: str, thing: str, slot: str) -> None:
    found, head = states(said)
    assert [(m.slot, m.polarity) for m in found if thing in m.object.lower() and m.standing] == [(slot, "avoids")]
    assert thing in head.lower()


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("As a diabetic I count everything.", "diabetic"),
        ("I'm on warfarin.", "takes warfarin"),
        ("I've had a heart condition since birth.", "has a heart condition"),
        ("I'm a wheelchair user.", "wheelchair user"),
        ("I read with a screen reader.", "screen reader"),
        ("I'm breastfeeding.", "breastfeeding"),
        ("We keep Shabbat.", "Shabbat"),
        ("My wife and I are both coeliac.", "coeliac"),
        ("I don't hear well on the left.", "does not hear well on the left"),
        ("I'm recovering from an eating disorder.", "eating disorder"),
    ],
)
def test_a_state_is_heard_by_any_of_its_names(said: str, state: str) -> None:
    found, head = states(said)
    assert len(found) == 1 and found[0].standing and state in head


@pytest.mark.parametrize(
    "said",
    [
        "Suggest a menu for tonight, twelve people, and I can't eat cashews.",
        "I'm not sure about the wine yet, but I'm allergic to cashews.",
        "Twelve people on Saturday, Jo brings drinks, oh and I'm allergic to cashews, and the hall has an oven.",
    ],
)
def test_an_aside_in_a_task_or_beside_a_doubt_is_heard(said: str) -> None:
    found, head = states(said)
    assert [m.lasting for m in found if m.object == "cashews"] == [True] and "cashews" in head


@pytest.mark.parametrize(
    "said",
    [
        "I thought I was allergic to oats, but the test came back negative.",
        "Do I have to declare an oat allergy?",
        "They asked me whether I have asthma.",
        "Our son Theo has an oat allergy.",
        "Theo, our eldest, comes out in hives from oats.",
        "The guest in room 4 has an oat allergy, where do I note that?",
        "I'm not allergic to anything.",
        "I'm going blind over this form.",
        "I was scared of losing the bet.",
    ],
)
def test_what_is_another_s_or_not_so_guards_nobody(said: str) -> None:
    found, head = states(said)
    assert found == [] and head == ""


def test_a_state_is_told_once_and_another_s_is_a_fact_about_them() -> None:
    with MemOS(":memory:", embedder=None) as memory:
        said = ["I'm badly allergic to cashews.", "My partner can't eat gluten.", "My mum's on warfarin."]
        memory.add_message([{"role": "user", "content": text} for text in said], user_id="u", conversation_id="c")
        memory.wait(timeout=30)
        known = list(memory.list_memories(user_id="u", kinds=["preference", "fact"]))
        assert sorted((m.kind, m.subject) for m in known) == [("fact", "mum"), ("fact", "partner"), ("preference", "user")]


@pytest.mark.parametrize(
    ("game", "said", "thing"),
    [
        ("Let's play 20 questions.", "By the way, I'm allergic to cashews. What can I cook tonight?", "cashews"),
        ("Let's play a text adventure in a lighthouse.", "What should I cook tonight? I'm allergic to cashews.", "cashews"),
        ("我们来玩角色扮演，你当掌柜。", "帮我推荐个菜谱，我对腰果过敏。", "腰果"),
    ],
)
def test_what_is_said_after_a_game_that_nobody_ended_is_heard(game: str, said: str, thing: str) -> None:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        for text in (game, said):
            memory.add_message([{"role": "user", "content": text}, {"role": "assistant", "content": "…"}], user_id="u", conversation_id="c")
        found = memory.list_memories(kinds=["preference"], user_id="u")
    assert [p.object for p in found if isinstance(p, Preference) and p.slot == "health.allergy"] == [thing]
