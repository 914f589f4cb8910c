"""The order of what was found."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_integrations.core.ranking import Ranked, RankInput, rank
from memos_integrations.core.records import DOUBTED, to_record
from memos_integrations.core.signals import spoken_words
from memos_integrations.types import AnyMemory

from .memories import day, episode, fact, preference


def _rank(
    *hits: tuple[AnyMemory, float | None, float | None], query: str = "a question?", weight: float = 0.5, **more: Any
) -> list[Ranked]:
    inputs = [RankInput(to_record(memory, terms=()), lexical, dense) for memory, lexical, dense in hits]
    options: dict[str, Any] = {"now": day(30), "conversation_id": None, "limit": 50, **more}
    return rank(inputs, query=query, dense_weight=weight, **options)


def _ids(ranked: list[Ranked]) -> list[str]:
    return [one.record.id for one in ranked]


def test_both_arms_count_and_a_missing_arm_adds_nothing() -> None:
    ranked = _rank((episode("both", "one"), 4.0, 0.82), (episode("words", "two"), 4.0, None), (episode("meaning", "three"), None, 0.80))
    assert _ids(ranked)[0] == "both"
    assert all(0 <= one.score <= 1 for one in ranked)


def test_without_vectors_words_decide_alone() -> None:
    assert _ids(_rank((episode("b", "one"), 2.0, None), (episode("a", "two"), 4.0, None), weight=0.7)) == ["a", "b"]


def test_turns_lean_on_words_and_preferences_on_meaning() -> None:
    ranked = _rank((preference("p", "Prefer tea"), 1.0, 0.9), (episode("e", "something"), 2.0, 0.8))
    assert _ids(ranked) == ["p", "e"]


@pytest.mark.parametrize(
    ("query", "chance", "meant"),
    [
        ("Which cake could I bake to get my team through Friday?", "Our team lost again", "I can't eat hazelnuts"),
        ("周五想给团队烤个蛋糕，做什么口味好？", "团队又输了", "我吃不了榛子"),
    ],
)
def test_one_word_of_many_that_were_asked_for_tells_less_than_meaning(query: str, chance: str, meant: str) -> None:
    ranked = _rank(
        (episode("chance", chance), 3.0, 0.74), (episode("meant", meant), None, 0.86), (episode("far", "x"), None, 0.70), query=query
    )
    assert _ids(ranked)[0] == "meant"


@pytest.mark.parametrize(
    ("query", "own", "other"),
    [("我的自行车停在哪儿？", "路由器的灯在闪", "My bike is behind the shed"), ("Where is my bike?", "A red lamp", "车在棚子后面")],
)
def test_what_was_said_in_another_language_is_found_by_what_it_says(query: str, own: str, other: str) -> None:
    same = [(episode(f"s{n}", own), None, 0.81 + n / 100) for n in range(3)]
    foreign = [(episode(f"f{n}", other), None, 0.73 + n / 1000) for n in range(4)]
    assert _ids(_rank((episode("said", other), None, 0.80), *same, *foreign, query=query))[0] == "said"


@pytest.mark.parametrize(
    ("query", "asked", "told"),
    [
        ("How much have I paid?", "And what does the ferry cost per person?", "Deposit was 1,800, the rest is due later"),
        ("我付了多少钱？", "快递放柜子里要收费吗？", "押金交了两万，发票在我妈包里"),
    ],
)
def test_who_only_asked_told_nothing(query: str, asked: str, told: str) -> None:
    hits = ((episode("asked", asked), None, 0.82), (episode("told", told), None, 0.81), (episode("far", "x"), None, 0.78))
    assert _ids(_rank(*hits, query=query))[0] == "told"


@pytest.mark.parametrize(
    ("query", "spoken"),
    [
        ("At noon Ruth met Ada at the gate. Ruth said to her: 'The left pedal of my bike squeaks.'", "The left pedal of my bike squeaks."),
        ('The plumber asked "where does the water come from?", what shall I tell him?', "where does the water come from?"),
        ("中午老周在门口碰到阿岚，说：“我自行车的左脚踏老响。”", "我自行车的左脚踏老响。"),
        ("师傅问「水是从哪儿漏出来的」，我怎么回？", "水是从哪儿漏出来的"),
        ("What did Tim think of 'Wide Sargasso Sea'?", ""),
        ("'How do I get the stain out of my coat?'", ""),
        ("The drivers' room was Ada's, and that's fine", ""),
        ("你看过《红楼梦》吗？“好”在哪儿？", ""),
    ],
)
def test_what_somebody_says_in_a_query_is_told_from_a_title(query: str, spoken: str) -> None:
    assert spoken_words(query) == spoken


def test_what_somebody_says_in_a_query_counts_beside_the_scene_around_it() -> None:
    query = "At noon Ruth met Ada at the gate. Ruth said to her: 'The left pedal of my bike squeaks.'"
    scene, pedal = episode("scene", "Ruth is at the gate at noon"), episode("pedal", "I oiled the bike")
    hits = ((scene, 9.0, 0.84), (pedal, 2.0, 0.82))
    assert _ids(_rank(*hits, query=query)) == ["scene", "pedal"]
    spoken = [RankInput(to_record(pedal, terms=()), 6.0, 0.88), RankInput(to_record(scene, terms=()), None, 0.78)]
    assert _ids(_rank(*hits, query=query, spoken=spoken)) == ["pedal", "scene"]


def test_newer_wins_among_equals_and_among_facts_of_one_attribute() -> None:
    assert _ids(_rank((episode("a-old", "one"), 2.0, 0.8), (episode("b-new", "two", at=day(3)), 2.0, 0.8))) == ["b-new", "a-old"]
    old = fact("old", "Lives in Lisbon", attribute="home")
    new = fact("new", "Lives in Porto", attribute="home", at=day(5))
    assert _ids(_rank((old, 2.1, 0.81), (new, 2.0, 0.80), (episode("x", "far"), 0.5, 0.6))) == ["new", "old", "x"]


def test_recency_does_not_beat_relevance() -> None:
    assert _ids(_rank((episode("old", "one"), 4.0, 0.9), (episode("new", "two", at=day(9)), 1.0, 0.7)))[0] == "old"


@pytest.mark.parametrize(("query", "speaker"), [("What did Joan bring?", "Joan"), ("孙蕾负责什么？", "孙蕾")])
def test_a_speaker_named_in_the_query_is_a_signal(query: str, speaker: str) -> None:
    ranked = _rank((episode("other", "one", speaker="Jo"), 2.0, 0.8), (episode("named", "two", speaker=speaker), 2.0, 0.8), query=query)
    assert _ids(ranked) == ["named", "other"]


@pytest.mark.parametrize("query", ["Joan drove Jo home. Who left the umbrella?", "孙蕾送孙磊回家，伞是谁落下的？"])
def test_several_named_in_the_query_were_there_and_need_not_have_said_it(query: str) -> None:
    names = ("Joan", "Jo", "Ada") if query.isascii() else ("孙蕾", "孙磊", "王芳")
    ranked = _rank(*((episode(f"e{n}", "one", speaker=name), 2.0 + n / 50, 0.8) for n, name in enumerate(names)), query=query)
    assert _ids(ranked)[0] == "e2"


def test_the_current_session_comes_first_among_equals() -> None:
    hits = ((episode("a", "one", conversation_id="c1"), 2.0, 0.8), (episode("b", "two", conversation_id="c2"), 2.0, 0.8))
    assert _ids(_rank(*hits, conversation_id="c2")) == ["b", "a"]


def test_one_offs_live_in_their_own_session() -> None:
    one_off = preference("p", "Answer in verse", lasting=False, conversation_id="c1")
    assert _ids(_rank((one_off, 2.0, 0.8), conversation_id="c1")) == ["p"]
    assert _rank((one_off, 2.0, 0.8), conversation_id="c2") == []
    assert _rank((one_off, 2.0, 0.8)) == []


@pytest.mark.parametrize(
    ("said", "learnt"), [("I moved to Porto in May", "Lives in Porto since May"), ("我五月搬到了波尔图", "用户五月搬到波尔图")]
)
def test_what_was_learnt_stands_before_its_turn_which_gives_way(said: str, learnt: str) -> None:
    turn = episode("e1", said)
    drawn = fact("f1", learnt, of="e1").model_copy(update={"evidence": fact("q", said, of="e1").evidence})
    ranked = _rank((turn, 5.0, 0.9), (drawn, 3.0, 0.8), (episode("e2", "Something else that was asked"), 3.0, 0.85))
    assert _ids(ranked) == ["f1", "e2", "e1"]


@pytest.mark.parametrize(
    ("said", "learnt"),
    [
        ("I sold the old piano to Ines, 2,300.", "The user sold the old piano to Ines."),
        ("We had the old stove swept, fifty.", "The user had the old stove swept."),
        ("旧锅炉换成了壁挂的，花了一万三。", "用户旧锅炉换成了壁挂的，花了。"),
    ],
)
def test_what_leaves_a_number_out_does_not_stand_for_its_turn(said: str, learnt: str) -> None:
    turn, known = episode("turn", said), fact("known", learnt, of="turn")
    assert _ids(_rank((turn, 4.0, 0.88), (known, 3.0, 0.85), (episode("far", "x"), 1.0, 0.8), query="How much?"))[0] == "turn"


def test_a_turn_that_says_more_than_what_was_learnt_keeps_its_place() -> None:
    turn = episode("e1", "I moved to Porto in May, my sister runs a bakery there, and the doctor prescribed iron tablets every morning")
    drawn = fact("f1", "Lives in Porto", of="e1")
    assert _ids(_rank((turn, 5.0, 0.9), (drawn, 2.0, 0.7)))[0] == "e1"


def test_acknowledgements_step_back() -> None:
    ranked = _rank(
        (episode("ack", "Noted.", role="assistant"), 5.0, 0.85), (episode("e", "The gate code is 77"), 4.0, 0.85), query="gate code"
    )
    assert _ids(ranked) == ["e", "ack"]


def test_an_ended_fact_steps_back() -> None:
    ended = fact("a", "Works nights", valid_to=day(2))
    assert _ids(_rank((ended, 2.2, 0.82), (fact("b", "Works days"), 2.0, 0.8), (episode("z", "far"), 1.0, 0.5)))[0] == "b"


def test_a_conversation_about_the_query_lifts_its_turns() -> None:
    def at(id: str, conversation: str, order: int, words: float) -> RankInput:
        return RankInput(to_record(episode(id, "part of it", conversation_id=conversation), terms=(), order=order), words, 0.8)

    inputs = [at("a1", "about", 1, 3.0), at("a2", "about", 9, 3.0), at("twin", "about", 5, 2.9), at("lonely", "other", 1, 3.0)]
    ranked = rank(inputs, query="a question?", dense_weight=0.5, now=day(30), conversation_id=None, limit=9)
    assert _ids(ranked)[-1] == "lonely"


@pytest.mark.parametrize(
    ("query", "first"), [("the fence again", ["a1", "b1"]), ("又说到篱笆", ["a1", "b1"]), ("Where is the fence?", ["a1", "a2"])]
)
def test_talk_calls_up_several_moments_and_a_question_one(query: str, first: list[str]) -> None:
    def at(id: str, order: int, words: float) -> RankInput:
        return RankInput(to_record(episode(id, "The fence by the brook", conversation_id="c"), terms=(), order=order), words, None)

    inputs = [at("a1", 10, 6.0), at("a2", 11, 5.5), at("a3", 12, 5.4), at("b1", 40, 5.2), at("b2", 41, 5.0), at("c", 80, 1.0)]
    ranked = rank(inputs, query=query, dense_weight=0.5, now=day(30), conversation_id=None, limit=9)
    assert _ids(ranked)[:2] == first


@pytest.mark.parametrize(
    "query",
    [
        "Can you summarise how the fence was built?",
        "In what order did we work on the fence?",
        "How has the fence changed over time?",
        "总结一下修篱笆的经过",
        "按时间顺序说说篱笆的事",
    ],
)
def test_an_overview_takes_something_of_each_chapter(query: str) -> None:
    def at(id: str, order: int, words: float) -> RankInput:
        return RankInput(to_record(episode(id, "The fence by the brook", conversation_id="c"), terms=(), order=order), words, None)

    inputs = [at("a1", 10, 6.0), at("a2", 15, 5.8), at("a3", 20, 5.7), at("b1", 40, 5.6), at("b2", 46, 5.4), at("c1", 80, 5.5)]
    ranked = rank(inputs, query=query, dense_weight=0.5, now=day(30), conversation_id=None, limit=9)
    assert sorted(_ids(ranked)[:3]) == ["a1", "b1", "c1"]
    ranked = rank(inputs, query="Where is the fence?", dense_weight=0.5, now=day(30), conversation_id=None, limit=9)
    assert _ids(ranked)[:3] == ["a1", "a2", "a3"]


@pytest.mark.parametrize(
    ("overview", "asks"),
    [("Give me an overview of the shed project", "Which roof felt is on the shed?"), ("回顾一下棚子这个项目", "棚子用的是什么油毡？")],
)
def test_an_overview_begins_where_talk_about_a_thing_began(overview: str, asks: str) -> None:
    def at(id: str, order: int, words: float) -> RankInput:
        return RankInput(to_record(episode(id, "The shed by the pond", conversation_id=id[0]), terms=(), order=order), words, None)

    inputs = [at("a", 1, 5.0), at("b", 60, 5.8), at("c", 1, 4.9), at("d", 45, 5.6)]
    for query, first in ((overview, ["a", "c"]), (asks, ["b", "d"])):
        ranked = rank(inputs, query=query, dense_weight=0.5, now=day(30), conversation_id=None, limit=9)
        assert sorted(_ids(ranked)[:2]) == first


@pytest.mark.parametrize(
    ("goes_on", "asks"),
    [
        ("Let's get back to the fence, what is the next step?", "Which wood is the fence made of?"),
        ("继续说篱笆，下一步做什么？", "篱笆是什么木头的？"),
        ("What did you say last time about the fence?", "I have to pick up paint for the fence, the last time was long ago"),
        ("我们上次说到篱笆", "我上次刷的篱笆掉色了"),
    ],
)
def test_who_goes_on_with_something_means_the_latest_of_it(goes_on: str, asks: str) -> None:
    hits = tuple(
        (episode(id, "The fence by the brook", at=day(at)), words, None) for id, at, words in (("a", 1, 3.0), ("b", 5, 2.6), ("c", 9, 2.4))
    )
    assert _ids(_rank(*hits, query=goes_on)) == ["c", "b", "a"]
    assert _ids(_rank(*hits, query=asks)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("asking", "other", "reply", "query"),
    [
        (
            "And how do I stop it?",
            "And who was there?",
            "A leaking tap needs a new washer and some tape",
            "What did I do about the leaking tap?",
        ),
        ("那怎么才能不漏？", "那还有谁在？", "水龙头漏水要换垫圈，再缠生料带", "水龙头漏水我是怎么处理的？"),
    ],
)
def test_what_an_assistant_answers_tells_what_was_asked(asking: str, other: str, reply: str, query: str) -> None:
    def at(memory: AnyMemory, order: int, words: float | None, dense: float) -> RankInput:
        return RankInput(to_record(memory, terms=(), order=order), words, dense)

    inputs = [
        at(episode("asks", asking, conversation_id="c"), 10, None, 0.80),
        at(episode("replies", reply, role="assistant", conversation_id="c"), 11, 6.0, 0.84),
        at(episode("other", other, conversation_id="c"), 9, None, 0.80),
        at(episode("far", other, conversation_id="c"), 60, 1.0, 0.79),
    ]
    ranked = rank(inputs, query=query, dense_weight=0.5, now=day(30), conversation_id=None, limit=9, explain=True)
    places = _ids(ranked)
    assert places.index("asks") < places.index("other")
    parts = ranked[places.index("asks")].parts
    assert parts is not None and parts.weights["reply"] > 0


def test_a_turn_beside_a_good_one_is_lifted() -> None:
    def at(id: str, order: int, words: float) -> RankInput:
        return RankInput(to_record(episode(id, "said so", conversation_id="c"), terms=(), order=order), words, 0.8)

    inputs = [at("good", 10, 5.0), at("beside", 11, 2.0), at("far", 30, 2.0)]
    ranked = rank(inputs, query="a question?", dense_weight=0.5, now=day(30), conversation_id=None, limit=9)
    assert _ids(ranked) == ["good", "beside", "far"]


@pytest.mark.parametrize(
    ("mine", "yours", "asks_yours"),
    [
        ("I keep the spare key in the shed", "You could keep the spare key in the shed", "Where did you suggest to keep the key?"),
        ("备用钥匙我放在棚子里", "备用钥匙可以放在棚子里", "你上次建议钥匙放哪里？"),
    ],
)
def test_the_users_words_stand_above_the_assistants_unless_those_are_asked_for(mine: str, yours: str, asks_yours: str) -> None:
    hits = ((episode("user", mine), 3.0, 0.8), (episode("assistant", yours, role="assistant"), 3.2, 0.82))
    assert _ids(_rank(*hits))[0] == "user"
    assert _ids(_rank(*hits, query=asks_yours))[0] == "assistant"


@pytest.mark.parametrize(
    ("mine", "yours", "talk", "asks"),
    [
        (
            "I keep the spare key in the shed",
            "You could keep the spare key in the shed",
            "I am back from the shed. The rain got in again and the hook had come off. Where else would it go?",
            "I am back. Where else in the shed would the spare key that I used to keep there for the neighbours go now?",
        ),
        (
            "备用钥匙我放在棚子里",
            "备用钥匙可以放在棚子里",
            "我刚从棚子那边回来。雨又漏进来了，挂钩也掉了。还能放哪儿？",
            "我回来了。备用钥匙除了放在棚子里给邻居用以外，现在还可以放在哪里呢？",
        ),
    ],
)  # fmt: skip
def test_talk_that_goes_on_calls_up_what_was_talked_about_whoever_said_it(mine: str, yours: str, talk: str, asks: str) -> None:
    hits = ((episode("user", mine), 3.0, 0.8), (episode("assistant", yours, role="assistant"), 3.2, 0.82))
    assert _ids(_rank(*hits, query=talk))[0] == "assistant"
    assert _ids(_rank(*hits, query=asks))[0] == "user"


@pytest.mark.parametrize(
    ("asking", "telling"),
    [
        ("Where did you put the ladder? Is it in the yard?", "I put the ladder in the yard behind the shed"),
        ("梯子在院子里吗？", "梯子我放在院子棚子后面"),
    ],
)
def test_who_tells_stands_above_who_asks(asking: str, telling: str) -> None:
    assert _ids(_rank((episode("asks", asking), 3.0, 0.8), (episode("tells", telling), 3.0, 0.8)))[0] == "tells"


@pytest.mark.parametrize(
    ("query", "asked_for", "spoken_of"), [("What does Ann say about Ben's move?", "Ann", "Ben"), ("小安怎么看小本的搬家？", "小安", "小本")]
)
def test_whose_words_are_asked_for_and_who_is_spoken_of(query: str, asked_for: str, spoken_of: str) -> None:
    hits = [(episode(name, "The move is wise", speaker=name), 3.0, 0.8) for name in (spoken_of, asked_for)]
    assert _ids(_rank(*hits, query=query))[0] == asked_for


def test_a_replaced_statement_stands_behind_what_replaced_it() -> None:
    old = RankInput(to_record(episode("old", "The desk is by the door"), terms=(), private={"~outdated": "e-new"}), 5.0, 0.9)
    new = RankInput(to_record(fact("new", "The desk is by the window", at=day(2), of="e-new"), terms=()), 2.0, 0.8)
    other = RankInput(to_record(episode("other", "Nothing of it"), terms=()), 0.5, 0.6)
    ranked = rank([old, new, other], query="desk", dense_weight=0.5, now=day(30), conversation_id=None, limit=9)
    assert _ids(ranked)[:2] == ["new", "old"]


@pytest.mark.parametrize(
    ("question", "talk"),
    [
        ("Which boat do I row?", "We were out on the river today. I love how quiet the boat is. Nobody else was there."),
        ("我划的是哪条船？", "今天我们又去河上了。船上真安静。一个人也没有。"),
    ],
)
def test_what_may_have_been_replaced_yields_to_a_question_and_not_to_talk(question: str, talk: str) -> None:
    old = to_record(episode("old", "I row the red boat", at=day(1)), terms=())
    hits = [
        RankInput(old.but(payload={**old.payload, DOUBTED: "new"}), 4.0, None),
        RankInput(to_record(episode("new", "I row the white boat with Ada", at=day(9)), terms=()), 3.6, None),
    ]
    for query, first in ((question, "new"), (talk, "old")):
        ranked = rank(hits, query=query, dense_weight=0.5, now=day(30), conversation_id=None, limit=9)
        assert _ids(ranked)[0] == first
        assert any(one.ended for one in ranked) == (first == "new")


@pytest.mark.parametrize(
    ("query", "dated", "plain"),
    [
        ("When was the boiler serviced?", "They serviced it on March 3", "They serviced it again"),
        ("锅炉什么时候检修的？", "三月三日检修的", "又检修了一次"),
    ],
)
def test_a_question_of_time_is_answered_by_a_date(query: str, dated: str, plain: str) -> None:
    assert _ids(_rank((episode("plain", plain), 3.0, 0.8), (episode("dated", dated), 3.0, 0.8), query=query))[0] == "dated"


@pytest.mark.parametrize(
    ("query", "placed", "plain"),
    [
        ("Where do we keep the geese?", "There are nine geese behind the old mill", "I went to feed those geese and they bit me"),
        ("鹅养在哪儿？", "九只鹅养在老磨坊后面", "今天喂鹅，被一只大白鹅狠狠咬了一口"),
    ],
)
def test_a_question_of_place_is_answered_by_a_place(query: str, placed: str, plain: str) -> None:
    hits = ((episode("plain", plain), 3.0, 0.8), (episode("placed", placed), 2.9, 0.8))
    assert _ids(_rank(*hits, query=query))[0] == "placed"
    assert _ids(_rank(*hits, query="How are the geese?" if query.isascii() else "鹅怎么样？"))[0] == "plain"


def test_explain_tells_how() -> None:
    one = _rank((episode("a", "one"), 2.0, 0.8), query="one", explain=True)[0]
    assert one.parts is not None
    assert (one.parts.lexical, one.parts.dense) == (2.0, 0.8)
    assert (one.parts.weights["words"], one.parts.weights["meaning"]) == (0.5, 0.5)
    assert "recency" in one.parts.weights
    assert _rank((episode("a", "one"), 2.0, 0.8))[0].parts is None


def test_a_hit_given_twice_is_one() -> None:
    assert len(_rank((episode("a", "one"), 2.0, None), (episode("a", "one"), None, 0.8))) == 1


scores = st.one_of(st.none(), st.floats(0, 30))


@given(st.lists(st.tuples(scores, scores, st.integers(0, 3)), max_size=12), st.floats(0, 1), st.randoms())
def test_order_does_not_depend_on_the_order_of_hits(
    rows: list[tuple[float | None, float | None, int]], weight: float, rng: random.Random
) -> None:
    hits: list[tuple[AnyMemory, float | None, float | None]] = [
        (fact(f"i{i}", f"text {i}", at=day(d), attribute="home", of=f"e{d}"), a, b) for i, (a, b, d) in enumerate(rows)
    ]
    first = _rank(*hits, weight=weight)
    rng.shuffle(hits)
    assert _rank(*hits, weight=weight) == first
    assert all(0 <= one.score <= 1 for one in first)
    assert [one.score for one in first] == sorted((one.score for one in first), reverse=True)
