"""What is asked for in a few words, of one thing after another, seems to be wanted always; asked once, it was wanted once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS, Preference, Settings
from memos_integrations.testing import grows_in_proportion

OTTO = {"user_id": "otto"}


def told(*days: tuple[str, ...]) -> list[dict[str, Any]]:
    """A conversation: on each day the user speaks first, then the assistant and the user in turn."""
    return [
        {
            "role": ("user", "assistant")[place % 2],
            "content": words,
            "created_at": f"2026-05-{1 + 3 * day:02d}T10:{place:02d}:00Z",
            "id": f"{day}.{place}",
        }
        for day, turns in enumerate(days)
        for place, words in enumerate(turns)
    ]


def learnt(*days: tuple[str, ...]) -> list[Preference]:
    with MemOS(":memory:", embedder=None, settings=Settings(worker="inline")) as memory:
        memory.add_message(told(*days), **OTTO)
        return [p for p in memory.list_memories(kinds=["preference"], **OTTO) if isinstance(p, Preference)]


@pytest.mark.parametrize(
    ("days", "polarity", "words", "sources"),
    [
        pytest.param(
            [
                ("A taxi to the fair, please.", "Which kind of car would you like?", "Estate car."),
                ("And one to the quarry.", "Which car?", "Estate car, please."),
            ],
            "wants",
            "estate",
            {"0.2", "1.2"},
            id="the same answer to an open question",
        ),
        pytest.param(
            [
                ("写个请假条", "领导您好！我想请假！", "感叹号去掉", "好的。"),
                ("再写个报修单", "物业您好！水管坏了！", "不要感叹号", "好的。"),
            ],
            "avoids",
            "感叹号",
            {"0.2", "1.2"},
            id="put off at the end of the piece, then at its beginning",
        ),
        pytest.param(
            [("翻译这封邮件", "我们荣幸地告知……", "翻得太生硬了", "重译：……"), ("这封也翻一下", "兹通知……", "还是生硬", "抱歉。")],
            "avoids",
            "生硬",
            {"0.2", "1.2"},
            id="a fault in a word",
        ),
        pytest.param(
            [("什么是逆回购", "央行以国债为抵押品……", "说人话", "就是借钱。"), ("MLF呢", "中期借贷便利是指……", "说人话", "好。")],
            "wants",
            "人话",
            {"0.2", "1.2"},
            id="如何说",
        ),
        pytest.param(
            [
                ("Chart the tides.", "Here is a scatter plot.", "Make it a line chart."),
                ("Now the winds.", "Another scatter plot.", "Line chart again."),
                ("And the waves, as a line chart.", "Done."),
            ],
            "wants",
            "line chart",
            {"0.2", "1.2"},
            id="the same correction",
        ),
        pytest.param(
            [
                ("The ramen, please. Without sesame.", "Ordered."),
                ("Two dumpling soups. No sesame, please.", "Ordered."),
            ],
            "avoids",
            "sesame",
            {"0.0", "1.0"},
            id="the same beside a request",
        ),
        pytest.param(
            [("How do I get to the mill?", "By tram.", "By bike, please."), ("And to the weir, by bike?", "Along the towpath.")],
            "wants",
            "bike",
            {"0.2", "1.0"},
            id="a correction, then beside a request",
        ),
        pytest.param(
            [("去渡口怎么走？", "坐公交。", "骑车去。"), ("去水库，骑车去。", "沿着河走。")],
            "wants",
            "骑车",
            {"0.2", "1.0"},
            id="先纠正，后来一并说",
        ),
        pytest.param(
            [("约个洗牙。", "哪位医生？", "顾医生。"), ("再约个补牙。", "约哪位？", "还是顾医生。")],
            "wants",
            "顾医生",
            {"0.2", "1.2"},
            id="同样的回答",
        ),
        pytest.param(
            [("晾衣架怎么装？", "先打孔，再上膨胀螺丝。", "分步骤写。"), ("纱窗怎么拆？", "从内侧往上提。", "也分步骤写。")],
            "wants",
            "步骤",
            {"0.2", "1.2"},
            id="同样的纠正",
        ),
        pytest.param(
            [("来份米线，不要折耳根。", "好。"), ("今天吃卷粉。不要折耳根。", "好。")],
            "avoids",
            "折耳根",
            {"0.0", "1.0"},
            id="点单时说的",
        ),
        pytest.param(
            [
                ("Are there cabins by the loch with a sauna?", "Three."),
                ("Does the inn in Oban have a sauna?", "No."),
                ("Any lodge near Skye with sauna?", "One."),
            ],
            "wants",
            "sauna",
            {"0.0", "1.0", "2.0"},
            id="a property of what is looked for, three times",
        ),
        pytest.param(
            [("象山有带院子的民宿吗？", "两家。"), ("宁海呢，要带院子的。", "一家。"), ("奉化有没有带院子的？", "三家。")],
            "wants",
            "院子",
            {"0.0", "1.0", "2.0"},
            id="三次都找带院子的",
        ),
    ],
)
def test_asked_for_again_of_something_else_it_is_learnt_with_its_sources(
    days: list[tuple[str, ...]], polarity: str, words: str, sources: set[str]
) -> None:
    (found, *_) = [p for p in learnt(*days) if words in p.object.lower()]
    assert found.polarity == polarity
    assert sources <= set(found.sources)


@pytest.mark.parametrize(
    "days",
    [
        pytest.param([("Plot the rain.", "A bar chart.", "Make it a line chart.", "Done.", "Thanks, that's it.")], id="once"),
        pytest.param(
            [("Cut my letter down.", "Here.", "The second part too.", "Done.", "The third part too.", "Done.")], id="in one piece of work"
        ),
        pytest.param([("Kiosk hours?", "Ten to six.", "Great!"), ("Post office hours?", "Nine to five.", "Great!")], id="pleased twice"),
        pytest.param(
            [("A cab, please.", "What's the address?", "Mill Lane."), ("A cab.", "To which address?", "Mill Lane.")], id="an address"
        ),
        pytest.param([("Does the inn have a sauna?", "No."), ("Does the hotel have a sauna?", "Yes.")], id="a property, twice"),
        pytest.param([("象山有带院子的民宿吗？", "有。"), ("宁海有带院子的吗？", "有。")], id="带院子的，两次"),
        pytest.param([("Is the ferry late?", "Yes."), ("Is the ferry late?", "No.")], id="the same question"),
        pytest.param([("订一桌。", "您贵姓？", "欧阳。"), ("再订一桌。", "怎么称呼您？", "欧阳。")], id="姓氏"),
        pytest.param([("给小周点杯拿铁。", "好。"), ("老规矩，给小周拿铁。", "好。"), ("小周又要拿铁。", "好。")], id="给别人点的"),
        pytest.param([("明天下雨吗？", "下。", "好的，谢谢。"), ("后天下雨吗？", "不下。", "好的，谢谢。")], id="道谢两次"),
        pytest.param([("润色这段致辞。", "……", "第二段短一点。", "好。", "第三段也短一点。", "好。")], id="同一份稿子"),
    ],
)
def test_what_is_no_wish_about_how_things_shall_be_teaches_nothing(days: list[tuple[str, ...]]) -> None:
    assert not [p.text for p in learnt(*days) if p.lasting]


@pytest.mark.parametrize(
    ("question", "asked"), [("Which milk would you like?", "Oat milk."), ("要哪种奶？", "燕麦奶。"), ("用哪种奶？", "oat milk")]
)
def test_what_was_asked_for_before_counts_in_another_process_too(tmp_path: Path, question: str, asked: str) -> None:
    days = told(("One cortado to go.", question, asked), ("A mocha.", question, asked))
    for part in (days[:3], days[3:]):
        with MemOS(tmp_path / "memory.db", embedder=None, settings=Settings(worker="inline")) as memory:
            memory.add_message(part, **OTTO)
            found = [p for p in memory.list_memories(kinds=["preference"], **OTTO) if isinstance(p, Preference)]
    (only,) = found
    assert only.origin == "implicit"
    assert only.sources == ("0.2", "1.2")


@pytest.mark.parametrize("piece", ["no ice, ", "make it ", "now again ", "please ", "too too ", "and in ", "不要", "还是又", "，"])
def test_hostile_turns_take_time_in_proportion(piece: str) -> None:
    def read(size: int) -> None:
        learnt(("A tea.", "Which one would you like?", (piece * size)[:size]))

    assert grows_in_proportion(read, 230)


@pytest.mark.parametrize("one_by_one", [True, False])
def test_asked_again_within_minutes_of_one_chat_it_is_learnt_turn_by_turn_too(one_by_one: bool) -> None:
    talk = (
        "Plan my week",
        "On Monday you run.",
        "bullet points",
        "- Monday: run",
        "And the week after?",
        "You rest.",
        "bullet points again",
    )
    said = [
        {"id": f"m{n}", "role": "assistant" if n % 2 else "user", "content": text, "created_at": f"2026-03-02T09:0{n}:00Z"}
        for n, text in enumerate(talk)
    ]
    with MemOS(":memory:", embedder=None) as memory:
        for batch in [[message] for message in said] if one_by_one else [said]:
            memory.add_message(batch, user_id="ana", conversation_id="c")
        memory.wait()
        wishes = [p for p in memory.list_memories(user_id="ana", kinds=["preference"]) if isinstance(p, Preference)]
        assert [(p.polarity, p.object) for p in wishes] == [("wants", "bullet points")]
