"""``forget`` takes what was asked for, everywhere, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import MemOS

from .turns import turn, user

ALICE = {"user_id": "alice"}


def everything(memory: Any, query: str) -> str:
    parts: list[str] = []
    for status in ("active", "superseded", "merged", "archived"):
        parts += [m.model_dump_json() for m in memory.list_memories(status=status, **ALICE)]
    recall = memory.search_memory(query, limit=50, include_archived=True, **ALICE)
    parts += [recall.instruction.text, *(r.memory.model_dump_json() for r in recall.memories)]
    return "\n".join(parts)


CASES = [
    ("I'm allergic to mango.", "I park in bay 17.", "mango allergy", "mango", "17"),
    ("我对芒果过敏。", "我的车停在17号位。", "芒果过敏", "芒果", "17"),
]


@pytest.mark.parametrize(("gone", "kept", "query", "word", "stays"), CASES)
def test_by_query_the_rest_stays(memory: Any, gone: str, kept: str, query: str, word: str, stays: str) -> None:
    memory.add_message([user(gone, "m1"), turn("assistant", "OK", "m2"), user(kept, "m3")], **ALICE)
    memory.wait(timeout=30)
    assert word in everything(memory, gone)
    receipt = memory.forget(query=query, **ALICE)
    assert {d.action for d in receipt.decisions} == {"forgotten"}
    assert word not in everything(memory, gone)
    assert stays in everything(memory, kept)


@pytest.mark.parametrize(("gone", "kept", "query", "word", "stays"), CASES)
def test_what_was_forgotten_is_not_learnt_again_when_sent_again(
    memory: Any, gone: str, kept: str, query: str, word: str, stays: str
) -> None:
    batch = [user(gone, "m1", "2026-03-02T09:00:00Z"), user(kept, "m2", "2026-03-02T09:01:00Z")]
    memory.add_message(batch, **ALICE)
    memory.wait(timeout=30)
    memory.forget(query=query, **ALICE)
    memory.add_message(batch, **ALICE)
    memory.add_message(user(gone, "m1"), **ALICE)
    memory.wait(timeout=30)
    assert word not in everything(memory, gone)


def test_said_anew_afterwards_it_counts(memory: Any) -> None:
    memory.add_message(user("I'm allergic to mango.", "m1"), **ALICE)
    memory.wait(timeout=30)
    memory.forget(query="mango allergy", **ALICE)
    memory.add_message(user("I'm allergic to mango.", "m2"), **ALICE)
    memory.wait(timeout=30)
    assert any("mango" in m.text for m in memory.list_memories(kinds=["preference", "fact"], **ALICE))


def test_a_turn_takes_along_what_was_learnt_from_it(memory: Any) -> None:
    receipt = memory.add_message(user("Always answer in rhymes."), **ALICE)
    memory.wait(timeout=30)
    assert "rhymes" in memory.search_memory("tides", **ALICE).instruction.head
    memory.forget(receipt.episode_ids[0], **ALICE)
    assert "rhymes" not in everything(memory, "rhymes")
    assert memory.search_memory("tides", **ALICE).instruction.head == ""


def test_a_memory_takes_along_its_words_but_not_its_neighbours(memory: Any) -> None:
    memory.add_message(user("I'm allergic to mango. My bike is a green Hercules."), **ALICE)
    memory.wait(timeout=30)
    ids = [m.id for m in memory.list_memories(kinds=["preference"], **ALICE) if "mango" in m.text]
    assert ids
    memory.forget(ids, **ALICE)
    text = everything(memory, "mango bike")
    assert "mango" not in text
    assert "Hercules" in text


def test_a_following_turn_is_no_longer_found_by_forgotten_words(memory: Any) -> None:
    receipt = memory.add_message([user("The xylograph is broken.", "m1"), turn("assistant", "Noted.", "m2")], conversation_id="c", **ALICE)
    memory.wait(timeout=30)
    memory.forget(receipt.episode_ids[0], **ALICE)
    memory.wait(timeout=30)
    assert memory.search_memory("xylograph", **ALICE).memories == ()


def test_all_of_a_scope_goes_and_is_not_taken_in_again(memory: Any) -> None:
    batch = [user("I'm allergic to mango.", "m1", "2026-03-02T09:00:00Z")]
    memory.add_message(batch, **ALICE)
    memory.add_message(user("I'm allergic to mango."), user_id="bob")
    memory.wait(timeout=30)
    memory.forget(**ALICE)
    assert len(memory.list_memories(**ALICE)) == 0
    memory.add_message(batch, **ALICE)
    memory.wait(timeout=30)
    assert "mango" not in everything(memory, "mango")
    assert len(memory.list_memories(user_id="bob")) >= 2


def test_the_bytes_are_gone_from_the_closed_file(tmp_path: Path) -> None:
    path = tmp_path / "memory.db"
    with MemOS(path, embedder=None) as memory:
        memory.add_message([user("My passport is Zyxomatic."), user("Keep the Lighthouse.")], user_id="alice")
        memory.wait(timeout=30)
        memory.forget(query="passport", user_id="alice")
    data = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert b"Zyxomatic" not in data
    assert b"Lighthouse" in data


def test_forgetting_survives_a_new_start(open_memory: Callable[..., Any]) -> None:
    first = open_memory()
    first.add_message(user("I'm allergic to mango.", "m1"), **ALICE)
    first.wait(timeout=30)
    first.forget(query="mango allergy", **ALICE)
    first.close()
    second = open_memory()
    second.add_message(user("I'm allergic to mango.", "m1"), **ALICE)
    second.wait(timeout=30)
    assert "mango" not in everything(second, "mango")


DESCRIBED = [
    # what is there, what is asked, what goes
    (
        ["My ex-husband Viktor has my piano.", "Viktor calls on Sundays.", "My husband bakes."],
        "everything about my ex-husband Viktor",
        [0, 1],
    ),
    (["My brother Martin owes me money.", "My colleague Martina plays chess."], "Martin", [0]),
    (["I have an aunt called Ann.", "Annabel is my boss."], "forget Ann", [0]),
    (["I like green tea.", "I like black tea with milk."], "that I love green tea", [0]),
    (["My phone number is 07700 900123.", "My email address is lena@post.example."], "my phone number", [0]),
    (["I live in Ghent.", "I love to stay home on Sundays.", "I moved to Lyon."], "my address", [0, 2]),
    (["I plan a trip to Oslo.", "My plants need water."], "the trip I plan", [0]),
    (["I am allergic to nuts.", "I wear size 41."], "Allergies", [0]),
    (["我前男友大刚欠我钱。", "大刚周日打电话。", "我男朋友是厨师。"], "关于我前男友大刚的一切", [0, 1]),
    (["张丽欠我一本书。", "我同事张丽华会下围棋。"], "张丽", [0]),
    (["我喜欢喝绿茶。", "我讨厌喝黑咖啡。"], "我爱喝绿茶", [0]),
    (["我的手机号是13912345678。", "我的邮箱是 lin@post.example。"], "我的手机号", [0]),
    (["我住在昆明。", "我喜欢在家看书。", "我搬到大理了。"], "我住在哪里", [0, 2]),
    (["My birthday is May 3.", "My mum's birthday is June 1."], "my birthday", [0]),
    (["我的生日是五月三日。", "我妈妈的生日是六月一日。"], "我的生日", [0]),
    (["我住在鼓楼区。", "我弟弟住在江北区。"], "我的住址", [0]),
    (["My phone is 555-201-3344.", "My mum's phone is 555-999-1212."], "my phone number", [0]),
    (["My phone is 555-201-3344.", "My mum's phone is 555-999-1212."], "my mum's phone number", [1]),
    (["I take insulin every day.", "I take the tram every day."], "insulin", [0]),
    (["我膝盖动过手术。", "我的护膝是蓝色的。"], "膝盖手术", [0]),
    (["我三月被公司辞退了。", "我辞去了社团职务。"], "被辞退", [0]),
    (["I have diabetes.", "我有糖尿病。", "我喜欢 jazz。"], "my diabetes 糖尿病", [0, 1]),
    (["I earn 41,000 a year.", "I earned a medal for rowing."], "how much I earn", [0]),
    (["我月薪一万八。", "我跑步赚了一身汗。"], "我的工资", [0]),
    (["I weigh 71 kilos.", "I lift weights on Mondays."], "my weight", [0]),
    (["我周末爱去唱K。", "我爱吃凉皮。"], "我爱唱K这件事", [0]),
    (["We fly to Bergen on 4 June.", "I was born in Bergen.", "We fly to Malta."], "the Bergen trip", [0]),
    (["我们六月飞卑尔根。", "秋天去马耳他。"], "卑尔根之行", [0]),
    (["我每个月挣一万九。", "我每个月跑步。"], "我挣多少钱", [0]),
    (["My kids go to Larkfield Primary.", "My kids like tea."], "where my kids go to school", [0]),
    (["我老板欧阳静很凶。", "我理发师叫欧文。"], "我老板欧阳静", [0]),
    (["我每天抽十根烟。", "烟台很美，我抽空去。"], "我抽烟这件事", [0]),
    (["我的 Netflix 账号要续费。", "我的银行账号在抽屉里。"], "我的 Netflix 账号", [0]),
]


@pytest.mark.parametrize(("said", "query", "gone"), DESCRIBED)
def test_a_query_takes_what_it_describes_and_nothing_beside_it(memory: Any, said: list[str], query: str, gone: list[int]) -> None:
    memory.add_message([user(text, f"m{i}") for i, text in enumerate(said)], **ALICE)
    memory.wait(timeout=30)
    memory.forget(query=query, **ALICE)
    left = {s for m in memory.list_memories(kinds=["episode"], **ALICE) for s in m.sources}
    assert left == {f"m{i}" for i in range(len(said)) if i not in gone}


@pytest.mark.parametrize("query", ["everything", "all of it please", "忘记所有事情", "my submarine", "我的潜水艇"])
def test_a_query_that_describes_nothing_takes_nothing(memory: Any, query: str) -> None:
    memory.add_message([user("I like jazz."), user("我住在里加。")], **ALICE)
    memory.wait(timeout=30)
    assert memory.forget(query=query, **ALICE).decisions == ()
    assert len(memory.list_memories(kinds=["episode"], **ALICE)) == 2


@pytest.mark.parametrize(("words", "word"), [("I'm allergic to mango.", "mango"), ("我对芒果过敏。", "芒果")])
def test_a_replay_behind_the_clock_may_say_it_anew(memory: Any, words: str, word: str) -> None:
    memory.add_message(user(words, "m1", "2026-03-02T09:00:00Z"), **ALICE)
    memory.wait(timeout=30)
    memory.forget(query=words, **ALICE)
    memory.add_message(user(words, "other id", "2026-03-02T09:00:00Z"), **ALICE)
    memory.wait(timeout=30)
    assert not memory.list_memories(kinds=["preference", "fact"], **ALICE).memories
    memory.add_message(user(words, "m3", "2026-03-04T09:00:00Z"), **ALICE)
    memory.wait(timeout=30)
    assert word in memory.search_memory(words, **ALICE).instruction.head


def test_a_conversation_can_be_forgotten_without_the_others(memory: Any) -> None:
    for name, food in (("c1", "mango"), ("c2", "papaya")):
        memory.add_message([user(f"I'm allergic to {food}."), user("I like jazz.")], conversation_id=name, **ALICE)
    memory.wait(timeout=30)
    memory.forget(conversation_id="c1", **ALICE)
    text = everything(memory, "mango papaya jazz")
    assert "mango" not in text
    assert "papaya" in text
    assert "jazz" in text


def test_words_that_wait_to_be_learnt_are_not_learnt_after_all(idle: Any) -> None:
    receipt = idle.add_message(user("I'm allergic to mango. My bike is a green Hercules."), **ALICE)
    idle.forget(query="mango", **ALICE)
    idle.drain()
    assert idle.receipt(receipt.task_id).state == "done"
    text = everything(idle, "mango bike")
    assert "mango" not in text
    assert "Hercules" in text


ECHOES = [
    # what the user says, what the assistant answers, what of it must go, what must stay
    ("I have asthma.", "I'm sorry about your asthma. Drink some water.", "asthma", ["Drink some water."]),
    ("我得了哮喘。", "哮喘要注意保暖。多喝水。", "哮喘", ["多喝水。"]),
    ("My landline number is 0711 482 9955.", "Saved: 0711-482-9955.", "482-9955", []),
    ("我的手机号是13912345678。", "已记下 139 1234 5678。", "139 1234 5678", []),
    ("I'm moving to Kolding in May.", "Kolding is windy, pack a coat.", "Kolding", []),
]


@pytest.mark.parametrize("by", ["id", "query"])
@pytest.mark.parametrize(("said", "answer", "gone", "stays"), ECHOES)
def test_what_the_assistant_repeated_goes_along(memory: Any, said: str, answer: str, gone: str, stays: list[str], by: str) -> None:
    receipt = memory.add_message(
        [user(said), turn("assistant", answer), user("I bake on Sundays."), turn("assistant", "Nice bread!")], **ALICE
    )
    memory.wait(timeout=30)
    if by == "id":
        memory.forget(receipt.episode_ids[0], **ALICE)
    else:
        memory.forget(query=said, **ALICE)
    left = [m.text for m in memory.list_memories(kinds=["episode"], **ALICE)]
    assert left == [*stays, "I bake on Sundays.", "Nice bread!"]
    assert gone not in everything(memory, said)


@pytest.mark.parametrize(
    ("said", "question", "answer"),
    [
        ("I like tea.", "How hot should the water for tea be?", "Green tea wants 80 degrees, black tea boiling water."),
        ("I plan a trip to Oslo.", "What is the capital of Norway?", "Oslo is the capital of Norway."),
        ("我喜欢喝茶。", "泡茶用多热的水？", "绿茶八十度，红茶用开水。"),
    ],
)
def test_answers_about_the_world_are_no_echo(memory: Any, said: str, question: str, answer: str) -> None:
    receipt = memory.add_message([user(said), turn("assistant", "OK."), user(question), turn("assistant", answer)], **ALICE)
    memory.wait(timeout=30)
    memory.forget(receipt.episode_ids[0], **ALICE)
    assert [m.text for m in memory.list_memories(kinds=["episode"], **ALICE)][-1] == answer


def test_what_the_user_says_still_is_no_echo(memory: Any) -> None:
    said = [
        user("I'm allergic to mango."),
        turn("assistant", "OK."),
        user("My dog is called Mango."),
        turn("assistant", "Mango is a fine name for your dog!"),
    ]
    receipt = memory.add_message(said, **ALICE)
    memory.wait(timeout=30)
    memory.forget(receipt.episode_ids[0], **ALICE)
    assert [m.text for m in memory.list_memories(kinds=["episode"], **ALICE)][-1] == "Mango is a fine name for your dog!"
