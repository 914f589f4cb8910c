"""What rules and small models decide together: ordinary talk teaches nothing, plain statements are understood whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations import MemOS
from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.learnt.extractor import VotingExtractor
from memos_integrations.core.rules import RuleExtractor
from memos_integrations.types import Preference

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def found(text: str, extractor: VotingExtractor | RuleExtractor | None = None) -> list[Candidate]:
    """The preferences of a turn, by words alone."""
    turn = Turn(episode="said", role="user", text=text, said_at=WHEN)
    return [c for c in (extractor or VotingExtractor()).extract([turn]) if c.kind == "preference"]


def lasting(text: str) -> list[str]:
    """What of a turn outlives its session."""
    return [f"{c.polarity} {c.object}" for c in found(text) if c.lasting]


@pytest.mark.parametrize(
    "text",
    [
        "Can you recommend a quiet guesthouse near Ghent for me?",
        "I'm looking for a second-hand bicycle. Where would you start?",
        "I'm interested in beekeeping. What do I need to know?",
        "Tell me about the history of lighthouses.",
        "Write a limerick about a snail. No swearing, please.",
        "Translate into Dutch: I never drink coffee after lunch.",
        "Which of these is a noble gas? A. helium B. iron C. avoid D. none",
        "You are given a list of towns. Do not sort it. Return the longest name.",
        "Paraphrase: we always prefer small boats to large ones.",
        "Continue.",
        "I get seasick very badly.",
        "My optician is Ruth.",
        "You just read me ten lines in one breath.",
        "Ruth has retired, so my optician is Basil now.",
        "Tinned or not, I don't care any more.",
        "Given a list of towns, return the longest name. No sorting.",
        "我晕船很严重。",
        "我是左撇子。",
        "坐过山车必吐。",
        "一饿我就手抖。",
        "能推荐一家根特附近安静的民宿吗？",
        "我在找一辆二手自行车，从哪里看起？",
        "讲讲灯塔的历史",
        "写一首关于蜗牛的打油诗，不要脏话。",
        "翻译成英文：我午饭后从不喝咖啡。",
        "给定一组城镇名，不要排序，返回最长的名字。",
        "继续",
    ],
)
def test_requests_and_tasks_leave_no_lasting_wish(text: str) -> None:
    assert lasting(text) == []


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("I have a strong aversion to open fires.", "avoids open fires"),
        ("I have a lifelong fondness for canal boats.", "wants canal boats"),
        ("I make a point of avoiding motorway services.", "avoids motorway services"),
        ("I find puppet theatre deeply satisfying.", "wants puppet theatre"),
        ("I get very uneasy in glass lifts.", "avoids glass lifts"),
        ("My preference is clearly rye bread.", "wants rye bread"),
        ("我对木偶戏情有独钟。", "wants 木偶戏"),
        ("我对明火有强烈的抵触。", "avoids 明火"),
        ("我无法忍受高速服务区的饭。", "avoids 高速服务区的饭"),
        ("我觉得坐船特别放松。", "wants 坐船"),
        ("一坐上观光电梯我就心慌。", "avoids 观光电梯"),
        ("I'm watching my salt.", "avoids salt"),
        ("I'm trying to limit caffeine after noon.", "avoids caffeine"),
        ("我在控糖。", "avoids 糖"),
        ("医生让我控制碳水", "avoids 碳水"),
    ],
)
def test_a_plain_statement_has_its_object_and_sign(text: str, wish: str) -> None:
    assert wish in lasting(text)


def test_a_list_of_adjectives_stays_with_its_noun() -> None:
    (one,) = found("I dislike loud, crowded beaches.")
    assert one.object == "loud, crowded beaches"
    assert one.directive == "Avoid loud, crowded beaches."


def test_an_order_tells_why_as_far_as_the_user_said_it() -> None:
    assert found("I avoid night buses because they make me sick.")[0].directive == "Avoid night buses: they make the user sick."
    assert found("I stay away from wheat due to a medical condition.")[0].directive.startswith(
        "Avoid wheat: because of a medical condition"
    )
    first = found("I detest carpeted bathrooms and prefer plain wooden floors.")[0]
    assert first.directive == "Avoid carpeted bathrooms: the user prefers plain wooden floors."


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("I'd rather sleep in a tent than in a hotel.", "Prefer sleeping in a tent over hotel."),
        ("I'd sooner take the ferry than fly.", "Prefer taking the ferry over flying."),
        ("I never eat after nine.", "Avoid eating after nine."),
        ("I can't stand being rushed.", "Avoid being rushed."),
        ("I prefer to write by hand.", "Prefer writing by hand."),
        ("I like set menus.", "Prefer set menus."),
        ("Prefer grid over floats.", "Prefer grid over floats."),
        ("I always want type hints.", "Prefer type hints."),
    ],
)
def test_what_one_does_is_worded_as_doing(text: str, directive: str) -> None:
    assert directive in [c.directive for c in found(text, RuleExtractor())]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('From now on sign with "The Boatyard".', "The Boatyard"),
        ("以后落款写“船坞工作室”。", "船坞工作室"),
    ],
)
def test_an_order_may_quote_what_is_to_be_written(text: str, words: str) -> None:
    (one,) = found(text)
    assert one.polarity == "wants"
    assert one.standing
    assert words in one.directive


def test_orders_about_two_pieces_of_work_stand_side_by_side() -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message({"role": "user", "content": "变量名一律用英文，注释一律用中文。"}, user_id="wei", conversation_id="c")
        memory.wait(timeout=60)
        kept = [m for m in memory.list_memories(user_id="wei", kinds=["preference"]) if isinstance(m, Preference)]
    assert {(p.condition, p.object) for p in kept} == {("变量名", "英文"), ("注释", "中文")}


def test_two_halves_of_a_statement_are_one_line() -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message(
            {"role": "user", "content": "I'd rather travel by canal boat than by coach."}, user_id="ann", conversation_id="c"
        )
        memory.wait(timeout=60)
        text = memory.search_memory("How should I travel, by canal boat or by coach?", user_id="ann").instruction.text
    lines = [line for line in text.splitlines() if "coach" in line and line.startswith("- ") and ("Prefer" in line or "Avoid" in line)]
    assert len(lines) == 1


@pytest.mark.parametrize("text", ["I love jazz.", "Please never use emojis.", "我讨厌烟味。", "请用表格回答。"])
def test_models_take_nothing_from_a_plain_statement_of_the_rules(text: str) -> None:
    (by_rules,) = found(text, RuleExtractor())
    (both,) = found(text)
    assert (both.by, both.polarity, both.object) == ("rules", by_rules.polarity, by_rules.object)


@pytest.mark.parametrize(
    "text", ["Windows open at night, always, even in January.", "跟我说话别绕弯子。", "讲公式的时候能不能先举个生活里的例子？"]
)
def test_models_see_what_no_rule_finds_or_the_rules_do(text: str) -> None:
    assert found(text)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("At the opera I want the gallery.", ("gallery", "At the opera")),
        ("When I write to my godson, use easy words.", ("easy words", "When I write to my godson")),
    ],
)
def test_a_wish_for_a_case_stands_behind_any_answer(text: str, wish: tuple[str, str]) -> None:
    talk = ["Which bin do mirrors go into?", "General waste.", "And old batteries?", "The box at the shop.", text]
    turns = [
        Turn(episode=str(n), role="assistant" if n % 2 else "user", text=said, said_at=WHEN, learnable=n == 4)
        for n, said in enumerate(talk)
    ]
    (one,) = [c for c in VotingExtractor().extract(turns) if c.kind == "preference"]
    assert (one.object, one.condition, one.lasting) == (*wish, True)


def test_a_turn_is_read_alike_each_time_and_in_company() -> None:
    said = ["I love jazz.", "What is the capital of Peru?", "我讨厌烟味。"]
    turns = [Turn(episode=str(n), role="user", text=text, said_at=WHEN) for n, text in enumerate(said)]
    together = [(c.episode, c.object) for c in VotingExtractor().extract(turns) if c.kind == "preference"]
    assert together == [("0", "jazz"), ("2", "烟味")]
    assert together == [(c.episode, c.object) for c in VotingExtractor().extract(turns) if c.kind == "preference"]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Escalators give me the shivers and the creeps.", "avoids Escalators"),
        ("We've switched to buckwheat pancakes at home.", "wants buckwheat pancakes"),
        ("I can't resist a lemon tart.", "wants lemon tart"),
        ("Hard seats wreck my back and hurt for days.", "avoids Hard seats"),
        ("I gave up energy drinks last autumn.", "avoids energy drinks"),
        ("家里现在都换成荞麦面了。", "wants 荞麦面"),
        ("花生酱一吃我就头疼。", "avoids 花生酱"),
    ],
)
def test_what_words_do_to_their_object_tells_its_sign(text: str, wish: str) -> None:
    sign, _, words = wish.partition(" ")
    assert [c.polarity for c in found(text) if words in c.object] == [sign]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Mushy peas are disgusting.", "avoids mushy peas"),
        ("Dogs make me nervous, bad experience as a kid.", "avoids dogs"),
        ("My favourite team is Ajax, I watch every match.", "wants ajax"),
        ("小组作业我最怕了。", "avoids 小组作业"),
        ("一碗好的凉皮我没法拒绝。", "wants 凉皮"),
        ("Stop saying 'great question'.", "avoids saying 'great question'"),
        ("别老说“好问题”。", "avoids “好问题”"),
    ],
)
def test_what_models_are_sure_of_needs_no_form_of_a_wish(text: str, wish: str) -> None:
    memory = MemOS(":memory:")
    memory.add_message({"role": "user", "content": text}, user_id="ada")
    memory.wait(timeout=60)
    wishes = [m for m in memory.list_memories(user_id="ada", kinds=["preference"]).memories if isinstance(m, Preference)]
    memory.close()
    assert [f"{m.polarity} {m.object}".lower() for m in wishes] == [wish]
