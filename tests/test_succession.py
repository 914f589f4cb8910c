"""What becomes of a statement when the user says something else later on: what holds now, what stays, and what was true then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from memos_integrations import MemOS
from memos_integrations.types import Recall

from .turns import turn, user

WHO: dict[str, Any] = {"user_id": "ann"}
BETWEEN = "2026-03-01T12:00:00Z"

CHANGED = [
    # a new value of one thing
    ("My gym membership is 40 a month.", "The gym membership went up to 55.", "What does the gym membership cost?"),
    ("装修预算十五万。", "预算加到二十万。", "装修预算是多少？"),
    ("My locker is number 88.", "My locker is number 143 now.", "Which locker is mine?"),
    ("The piano lesson is on Mondays.", "The piano lesson has moved to Thursdays.", "When is the piano lesson?"),
    ("My rent is 700 a month.", "My rent is 780 a month now.", "How much is my rent?"),
    ("My favourite season is spring.", "My favourite season is autumn these days.", "What's my favourite season?"),
    ("My email is ann@fern.example.", "My email has changed, it's ann@moss.example now.", "What's my email?"),
    ("I only buy low-risk bonds.", "I've thought about it, high-risk bonds are fine for me now.", "How much risk do I take with bonds?"),
    ("我的储物柜是88号。", "我的储物柜换成143号了。", "我的储物柜是几号？"),
    ("钢琴课在周一。", "钢琴课改到周四了。", "钢琴课是周几？"),
    ("我的房租是每月七百。", "我的房租涨到每月七百八了。", "我的房租是多少？"),
    ("我最喜欢的季节是春天。", "我现在最喜欢的季节是秋天。", "我最喜欢哪个季节？"),
    ("我的邮箱是ann@fern.example。", "我的邮箱换了，现在是ann@moss.example。", "我的邮箱是什么？"),
    # the opposite of it
    ("Put the totals in a table.", "Don't put the totals in a table any more.", "How shall I lay out the totals?"),
    ("I like getting up early.", "I don't like getting up early any more.", "Do I like getting up early?"),
    ("回答里多举例子。", "回答里别举例子了。", "回答里要举例子吗？"),
    ("我喜欢早起。", "我不喜欢早起了。", "我喜欢早起吗？"),
    # the later one says that the thing of the earlier one is over, or gives another number in the same place
    ("I ride a green moped.", "I sold the moped and bought a scooter.", "Do I still ride the moped?"),
    ("我骑一辆绿色的摩托。", "我把摩托卖了，买了辆滑板车。", "我骑什么车？"),
    ("I swim forty lengths.", "I swim sixty lengths these days.", "How many lengths do I swim?"),
    ("我早上五点浇花。", "我现在八点浇花。", "我几点浇花？"),
    # in other words, with a value of the same kind, or of what a thing of the user's is
    ("Choir practice is on Wednesdays at six.", "Choir has moved to Fridays because the organ is being mended.", "Which day is choir?"),
    ("We pay 42 euros a month for the garage.", "They've put the garage up, it's 51 euros from June.", "What do we pay for the garage?"),
    ("My optician is Ruth.", "Ruth has retired, so my optician is Basil now.", "Who is my optician?"),
    ("I row with the Tuesday crew in an old Janousek.", "Traded the Janousek in and got a Filippi.", "Which boat do I row?"),
    ("房东姓白，每月收一千二。", "房租房东涨到一千五了。", "房租每月多少？"),
    ("Give me lengths in feet and inches.", "Bought a metric tape, so metres please, not feet.", "Do I want lengths in feet or in metres?"),
    ("I can't stand folk music.", "I've come round to folk music since the festival.", "Do I like folk music?"),
    ("I can't stand brass bands.", "Brass bands have really grown on me.", "Do I like brass bands?"),
    ("写注释的时候用拼音就行。", "注释别再用拼音了，新同事看不懂。", "注释用拼音吗？"),
    ("我在一家钟表店当学徒。", "我已经从钟表店出来了，现在自己摆摊。", "我在哪里干活？"),
    ("我不爱吃苦菊。", "最近爱上苦菊了，天天凉拌。", "我爱吃苦菊吗？"),
    ("合唱团每周三晚上六点排练。", "排练改了，以后每周五晚上七点。", "合唱团哪天排练？"),
    ("My accountant is called Bea.", "I found a new accountant, Bea was too dear.", "Who is my accountant?"),
    ("给我报税的会计是老孟。", "老孟太慢，换了个会计，姓苗。", "我的会计是谁？"),
    # somebody has left a place, something is done elsewhere, what was left out is let in
    ("My physiotherapist is Ms Adeyemi.", "Ms Adeyemi is on maternity leave, so I see Mr Falk now.", "Who is my physiotherapist?"),
    ("我的理疗师是邵医生。", "邵医生调去分院了，现在由贺医生负责。", "我的理疗师是谁？"),
    ("Our brass band practises in the fire station.", "The brass band practises in the town hall until further notice.", "Where does the band practise?"),
    ("I'm at desk 12 upstairs.", "They've moved me off desk 12, I sit by the lift now.", "Where's my desk?"),
    ("I only write with fountain pens.", "Biros will do now, not only fountain pens.", "What do I write with?"),
    ("我不坐轮船。", "现在轮船也可以坐。", "我能坐轮船吗？"),
]  # fmt: skip
BOTH_STAND = [
    # what guards the user ends by its own kind only
    ("I'm allergic to thing4.", "I'm allergic to thing5."),
    ("I'm allergic to celery.", "I'm allergic to mustard now."),
    ("我对芹菜过敏。", "我现在对芥末也过敏。"),
    ("我对芹菜过敏。", "我对芥末过敏了。"),
    # somebody else, another thing, one time
    ("My yoga class is on Mondays.", "My pottery class was moved to Fridays."),
    ("My grandfather taught me chess.", "Grandfather retired long before I was born."),
    ("I love Bowie.", "Bowie died ten years ago today."),
    ("浴室预算四万。", "厨房预算加到八万。"),
    ("The curtains were 1,400 in total.", "Sold the old sofa to Jo, 90 in total."),
    ("地毯订了蓝灰色的，每平米95，一共要32平。", "旧冰箱卖给了门口收废品的老金，一共两百二。"),
    ("I live in Ghent.", "My uncle moved to Bruges."),
    ("I love rowing.", "I love sailing now."),
    ("My budget for the sofa is 900.", "My budget for the lamp is 120 now."),
    ("I always drink green tea.", "No green tea for me today."),
    ("我住在温州。", "我舅舅搬到台州了。"),
    ("我喜欢划船。", "我现在喜欢帆船。"),
    ("沙发的预算是九百。", "台灯的预算改成一百二了。"),
    ("我一直喝绿茶。", "今天就不喝绿茶了。"),
    ("I drive a green moped to work.", "My niece sold her moped."),
    ("我骑摩托上班。", "我侄女把摩托卖了。"),
    ("The dog sees the vet on the 3rd.", "I see the dentist on the 9th."),
    ("I work for a library.", "I take the 7:15, it was late three times this month."),
    ("狗三号打疫苗。", "我九号去看牙。"),
    ("Meeting 3 is about the roof.", "Meeting 4 is about the roof."),
    ("I can't stand folk music.", "My cousin has come round to folk music."),
    ("我不爱吃苦菊。", "我表弟最近爱上苦菊了。"),
    ("Use headings in your answers.", "No headings in this letter, please."),
    # small talk tells nothing of its speaker
    ("Hey Nora!", "Hey Nora! You found your new place and now you're settled."),
    ("It's great that you're teaching.", "You stopped teaching and now you're painting."),
    ("你真厉害。", "你现在换了方向，更厉害了。"),
    # talk of one topic goes on
    ("The allotment keeps me going after long days.", "Just got back from the allotment, it was lovely after the rain."),
    ("We learn a lot from our own allotment.", "Working on the allotment together makes a real change."),
    ("I'm passionate about old clocks.", "Next week I have a club evening about old clocks."),
    ("菜地让我很放松。", "昨天又去了趟菜地，雨后特别舒服。"),
    ("My sister Ines plays the harp.", "Ines has left for Spain, so I water her plants now."),
    ("I teach at a primary school.", "I drink green tea now."),
    # a condition narrows
    ("I love ginger beer.", "No ginger beer after four, though."),
    ("我爱喝姜汁汽水。", "四点以后就不要姜汁汽水了。"),
]  # fmt: skip


@pytest.fixture(params=["auto", None], ids=["vectors", "words"])
def memory(request: pytest.FixtureRequest) -> Iterator[MemOS]:
    with MemOS(":memory:", embedder=request.param) as opened:
        yield opened


def tell(memory: MemOS, old: str, new: str, **more: Any) -> None:
    """Two sessions with talk between them."""
    for name, text, at in (("old", old, "2026-01-10T10:00:00Z"), ("new", new, "2026-05-04T10:00:00Z")):
        talk = [user(text, name, at, **more), turn("assistant", "Noted.", f"{name}-1", at)]
        memory.add_message(talk, conversation_id=name, **WHO)
        memory.wait(timeout=120)


def order(recall: Recall) -> list[str]:
    return list(dict.fromkeys(source for one in recall.memories for source in one.memory.sources))


def cited(recall: Recall) -> set[str]:
    return {source for citation in recall.instruction.citations for source in citation.sources}


@pytest.mark.parametrize(("old", "new", "question"), CHANGED, ids=[new for _, new, _ in CHANGED])
def test_the_newest_holds_and_the_outdated_is_not_told(memory: MemOS, old: str, new: str, question: str) -> None:
    tell(memory, old, new)
    now = memory.search_memory(question, **WHO)
    assert order(now)[0] == "new"
    assert "new" in cited(now)
    assert not any(set(citation.sources) == {"old"} for citation in now.instruction.citations)
    assert not [m.text for m in memory.list_memories(kinds=["fact", "preference"], **WHO) if m.sources == ("old",)]


@pytest.mark.parametrize(("old", "new", "question"), CHANGED, ids=[new for _, new, _ in CHANGED])
def test_the_past_is_answered_by_what_was_so_then(memory: MemOS, old: str, new: str, question: str) -> None:
    tell(memory, old, new)
    then = memory.search_memory(question, as_of=BETWEEN, **WHO)
    assert "old" in cited(then)
    assert "new" not in cited(then)
    assert "no longer" not in then.instruction.text and "已不是" not in then.instruction.text


@pytest.mark.parametrize(("old", "new"), BOTH_STAND, ids=[new for _, new in BOTH_STAND])
def test_both_stand(memory: MemOS, old: str, new: str) -> None:
    tell(memory, old, new)
    alone = MemOS(":memory:", embedder=None)
    with alone:
        alone.add_message(user(old, "old"), conversation_id="old", **WHO)
        alone.wait(timeout=120)
        learnt = {m.text for m in alone.list_memories(kinds=["fact", "preference"], **WHO)}
    assert not memory.list_memories(kinds=["fact", "preference"], status="superseded", **WHO).memories
    assert learnt <= {m.text for m in memory.list_memories(kinds=["fact", "preference"], **WHO)}
    asked = memory.search_memory(old, **WHO)
    assert "no longer" not in asked.instruction.text and "已不是" not in asked.instruction.text


@pytest.mark.parametrize(
    ("old", "new", "question", "mark"),
    [
        ("The shed key hangs by the door.", "The shed key hangs in the cellar now.", "Where did the shed key hang before?", "no longer so"),
        ("钢琴课在周一。", "钢琴课改到周四了。", "钢琴课以前是周几？", "已不是这样"),
    ],
)
def test_who_asks_about_the_past_is_told_and_told_that_it_is_over(memory: MemOS, old: str, new: str, question: str, mark: str) -> None:
    tell(memory, old, new)
    recall = memory.search_memory(question, **WHO)
    lines = [line for line in recall.instruction.text.splitlines() if mark in line]
    assert [old in line for line in lines] == [True]
    assert "new" in cited(recall)


@pytest.mark.parametrize(
    ("old", "new", "rest", "mark"),
    [
        (
            "I get up at six. The bakery below has opened by then and sells me the first rolls.", "I get up at half past seven now.",
            "the first rolls", "changed in part",
        ),
        ("我早上六点起床。楼下的面包房那时已经开门，头一炉面包卖给我。", "我现在七点半起床。", "头一炉面包", "后来有变"),
    ],
)  # fmt: skip
def test_a_turn_that_says_more_is_not_lost(memory: MemOS, old: str, new: str, rest: str, mark: str) -> None:
    tell(memory, old, new)
    lines = memory.search_memory(rest, **WHO).instruction.text.splitlines()
    assert any(rest in line for line in lines)
    assert all(mark in line for line in lines if old in line) or not memory.list_memories(status="superseded", **WHO).memories


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("I work at Amber Mills.", "I left Amber Mills and work at Cobalt Press now."),
        ("我在琥珀磨坊上班。", "我离开琥珀磨坊，现在在钴蓝出版社上班。"),
    ],
)
def test_the_history_tells_both(memory: MemOS, old: str, new: str) -> None:
    tell(memory, old, new)
    lost = memory.list_memories(kinds=["fact"], status="superseded", **WHO).memories
    assert lost
    for memory_ in lost:
        story = memory.history(memory_.id)
        assert [entry.event for entry in story.versions if entry.memory.id == memory_.id] == ["learnt", "superseded"]
        assert memory_.superseded_by in {entry.memory.id for entry in story.versions}
        winner = memory.get(str(memory_.superseded_by))
        if winner.kind != "episode":
            assert memory_.id in {entry.memory.id for entry in memory.history(winner.id).versions}


@pytest.mark.parametrize(
    ("old", "new"),
    [("Bridge is on Thursdays at seven.", "Bridge has moved to Tuesdays."), ("桥牌每周四晚上七点。", "桥牌改到周二了。")],
)
def test_the_history_of_a_turn_tells_the_turn_that_it_replaced(memory: MemOS, old: str, new: str) -> None:
    tell(memory, old, new)
    turns = {m.text: m.id for m in memory.list_memories(kinds=["episode"], **WHO)}
    told = [(entry.memory.text, entry.event) for entry in memory.history(turns[new], **WHO).versions if entry.memory.id == turns[old]]
    assert [event for _, event in told] in (["learnt", "superseded"], [])
    story = " ".join(
        entry.memory.text + " ".join(e.quote for e in entry.memory.evidence) for entry in memory.history(turns[new], **WHO).versions
    )
    assert old in story or any(old in e.quote for m in memory.list_memories(status="superseded", **WHO) for e in m.evidence)


@pytest.mark.parametrize(
    ("old", "new", "rest"),
    [
        ("The morning feed is at six, the evening feed at nine.", "The evening feed moves to ten, the morning one stays.", "at six"),
        ("早上六点喂鸡，晚上九点喂鸡。", "晚上喂鸡改到十点了，早上的不变。", "早上六点"),
    ],
)
def test_what_changed_in_part_is_told_beside_the_change(memory: MemOS, old: str, new: str, rest: str) -> None:
    tell(memory, old, new)
    text = memory.search_memory(old, **WHO).instruction.text
    assert rest in text
    assert new[:8] in text


@pytest.mark.parametrize(
    ("old", "new", "rest", "stays"),
    [
        ("Be sarcastic, I enjoy it.", "Stop being sarcastic.", "enjoy it", False),
        ("I live in Bergen and I love it. I play the cello.", "I moved to Oslo.", "love it", False),
        ("回答毒舌一点，我喜欢这样。", "回答别再毒舌了。", "喜欢这样", False),
        ("I live in Bergen and I play the cello.", "I moved to Oslo.", "cello", True),
    ],
)
def test_what_only_points_back_at_what_is_over_is_not_told(memory: MemOS, old: str, new: str, rest: str, stays: bool) -> None:
    tell(memory, old, new)
    assert (rest in memory.search_memory(old, **WHO).instruction.text) is stays


def test_what_somebody_else_changed_leaves_what_is_the_users(memory: MemOS) -> None:
    tell(memory, "My brother lives in Ghent and I live in Namur.", "My brother's moved to Bruges.")
    facts = [m.text for m in memory.list_memories(kinds=["fact"], **WHO)]
    assert any("Namur" in text for text in facts)


def test_what_is_restored_is_told_again(memory: MemOS) -> None:
    tell(memory, "My locker is number 88.", "My locker is number 143 now.")
    for lost in memory.list_memories(kinds=["fact"], status="superseded", **WHO):
        memory.restore(lost.id, **WHO)
    if memory.list_memories(kinds=["fact"], **WHO).memories:
        assert "88" in memory.search_memory("Which locker is mine?", **WHO).instruction.text


@pytest.mark.parametrize(
    ("old", "new"), [("I sleep on the left side.", "I sleep on the right side now."), ("我睡左边。", "我现在睡右边了。")]
)
def test_two_speakers_do_not_end_each_others_statements(memory: MemOS, old: str, new: str) -> None:
    memory.add_message(user(old, "old", "2026-01-10T10:00:00Z", name="Ann"), conversation_id="c", **WHO)
    memory.add_message(user(new, "new", "2026-05-04T10:00:00Z", name="Ben"), conversation_id="c", **WHO)
    memory.wait(timeout=120)
    assert "old" in cited(memory.search_memory(old, **WHO))


@pytest.mark.parametrize("role", ["assistant", "tool"])
def test_nobody_but_the_user_ends_what_the_user_said(memory: MemOS, role: str) -> None:
    memory.add_message(user("My locker is number 88.", "old", "2026-01-10T10:00:00Z"), conversation_id="c", **WHO)
    said = turn(role, "My locker is number 143 now.", "new", "2026-05-04T10:00:00Z", **({"tool_call_id": "t"} if role == "tool" else {}))
    memory.add_message(said, conversation_id="c", **WHO)
    memory.wait(timeout=120)
    assert "old" in cited(memory.search_memory("Which locker is mine?", **WHO))
    assert not memory.list_memories(status="superseded", **WHO).memories


def test_what_is_not_to_be_learnt_from_ends_nothing(memory: MemOS) -> None:
    memory.add_message(user("My locker is number 88.", "old", "2026-01-10T10:00:00Z"), conversation_id="c", **WHO)
    memory.add_message(user("My locker is number 143 now.", "new", "2026-05-04T10:00:00Z"), conversation_id="c", learn=False, **WHO)
    memory.wait(timeout=120)
    assert "old" in cited(memory.search_memory("Which locker is mine?", **WHO))


def test_an_older_statement_that_comes_late_ends_nothing(memory: MemOS) -> None:
    memory.add_message(user("My locker is number 143 now.", "new", "2026-05-04T10:00:00Z"), conversation_id="c", **WHO)
    memory.wait(timeout=120)
    memory.add_message(user("My locker is number 88.", "old", "2026-01-10T10:00:00Z"), conversation_id="d", **WHO)
    memory.wait(timeout=120)
    assert "new" in cited(memory.search_memory("Which locker is mine?", **WHO))


def test_the_receipt_tells_what_ended(memory: MemOS) -> None:
    tell(memory, "The gong at home is made of brass.", "The gong at home is made of bronze now.")
    receipt = memory.add_message(
        user("The gong at home is made of steel now.", "third", "2026-06-04T10:00:00Z"), conversation_id="e", **WHO
    )
    done = memory.wait(receipt, timeout=120)
    assert [decision.action for decision in done.decisions if decision.action == "superseded"] == ["superseded"]


def test_there_and_back(memory: MemOS) -> None:
    said = ("My locker is number 88.", "My locker is number 143 now.", "My locker is number 88 again now.")
    for number, text in enumerate(said):
        memory.add_message(user(text, f"m{number}", f"2026-0{number + 1}-04T10:00:00Z"), conversation_id=f"c{number}", **WHO)
        memory.wait(timeout=120)
    recall = memory.search_memory("Which locker is mine?", **WHO)
    assert order(recall)[0] == "m2"
    assert "143" not in recall.instruction.text


def test_hostile_lengths_are_no_trouble() -> None:
    with MemOS(":memory:", embedder=None) as memory:
        tell(memory, "I now " * 8000, "不再" * 20_000)
        assert not memory.list_memories(status="superseded", **WHO).memories


def test_after_an_hour_is_no_change() -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message([user("我刚换到绍兴一家做黄酒的公司上班，做会计。")], user_id="an")
        memory.add_message([user("我一般九点以后才到公司，早会别给我安排。")], user_id="an")
        memory.wait(timeout=30)
        assert "绍兴一家做黄酒的公司" in memory.search_memory("我在哪上班？", user_id="an").instruction.text
