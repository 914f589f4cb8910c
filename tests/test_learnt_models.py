"""The small models that the package carries: what they read, what they answer, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

import memos_integrations
from memos_integrations import MemOS
from memos_integrations.core.learnt._features import scaled, tokens, word_features
from memos_integrations.core.learnt._linear import Decision, Linear, load
from memos_integrations.core.learnt._models import read_features, turn_models
from memos_integrations.embeddings import HashingEmbedder
from memos_integrations.embeddings.local import LocalEmbedder
from memos_integrations.types import Preference

DATA = Path(memos_integrations.__file__).parent / "core" / "learnt" / "data"


def small(dense: bool = False) -> Linear:
    import numpy as np

    weights = np.array([[2.0, 0.0, 1.0, 0.0], [-2.0, 0.5, 0.0, 0.0]], dtype=np.float32)
    return Linear(
        ["tea", "coffee"],
        weights,
        np.zeros(4, dtype=np.float32),
        [Decision("wants", ("no", "yes"), "sigmoid", 0), Decision("slot", ("travel", "drink", "other"), "softmax", 1)],
        np.array([[1.0, 0, 0, 0], [0, 0, 0, 0]], dtype=np.float32) if dense else None,
    )


def test_features_push_a_decision_and_say_so() -> None:
    model = small()
    found = model.probabilities({"tea": 1.0, "never seen": 1.0})
    assert found["wants"]["yes"] > 0.8
    assert max(found["slot"], key=found["slot"].__getitem__) == "drink"
    assert abs(sum(found["slot"].values()) - 1) < 1e-6
    reasons = model.explain("wants", "yes", {"tea": 1.0, "coffee": 0.5, "never seen": 1.0})
    assert [(reason.feature, reason.weight) for reason in reasons] == [("tea", 2.0), ("coffee", -1.0)]
    assert model.explain("wants", "no", {"tea": 1.0})[0].weight == -2.0


def test_nothing_known_leaves_the_bias() -> None:
    assert small().probabilities({})["wants"] == {"no": 0.5, "yes": 0.5}


def test_a_model_that_reads_a_vector_says_what_it_did() -> None:
    model = small(dense=True)
    assert model.probabilities({}, [3.0, 0.0])["wants"]["yes"] > 0.9
    assert model.explain("wants", "yes", {}, [3.0, 0.0])[0].feature == "(vector)"
    with pytest.raises(ValueError, match="vector of 2"):
        model.scores({}, [1.0])


def test_words_and_characters_are_read_in_both_languages() -> None:
    assert tokens("I don’t eat 12 eggs!") == ["i", "don't", "eat", "0", "eggs", "!"]
    assert {"don't", "don't eat", "^ i", "! $"} <= set(word_features("I don't eat eggs!"))
    assert {"不", "不 吃", "不 吃 辣"} <= set(word_features("我不吃辣"))
    assert word_features("茶", "q:")[0] == "q:茶"
    assert sum(value**2 for value in scaled(word_features("one two three")).values()) - 1 < 1e-9


def test_a_very_long_text_is_read_at_both_ends() -> None:
    assert len(tokens("word " * 100_000)) < 400


def test_the_package_carries_its_models_and_stays_light() -> None:
    stored = list(DATA.glob("*.npz"))
    assert stored
    assert sum(path.stat().st_size for path in DATA.iterdir()) <= 3_000_000
    for path in stored:
        assert load(path.stem), path.name


def test_a_plain_wish_is_not_doubted_away_with_the_bundled_embedder() -> None:
    said = {
        "I hate tobacco.": "tobacco",
        "I prefer to pay monthly.": "monthly",
        "I love jazz.": "jazz",
        "I love green tea.": "green tea",
        "I love tart cherries from Michigan.": "cherries",
        "I like the apple pie from the shop near the pier.": "apple pie",
        "我讨厌烟味。": "烟味",
        "我更喜欢按月付款。": "按月付款",
    }
    with MemOS(":memory:") as memory:
        for text in said:
            memory.add_message(
                [{"role": "user", "content": text}, {"role": "assistant", "content": "Noted."}], user_id="ann", conversation_id="c"
            )
        memory.wait(timeout=120)
        objects = " ".join(p.text for p in memory.list_memories(user_id="ann", kinds=["preference"]))
    assert [word for word in said.values() if word not in objects] == []


@pytest.mark.parametrize(
    "said",
    [
        "Drives me up the wall.",
        "I've switched from Notion to Obsidian.",
        "I get carsick.",
        "My hostel mess shuts at eight.",
        "We're getting 下午茶 for the whole floor.",
        "My 老板 prefers long emails.",
    ],
)
def test_idioms_plans_and_what_was_left_are_no_wishes(said: str) -> None:
    with MemOS(":memory:") as memory:
        memory.add_message([{"role": "user", "content": said}], user_id="ann")
        memory.wait(timeout=60)
        assert [one.text for one in memory.list_memories(user_id="ann", kinds=["preference"])] == []


@pytest.mark.parametrize(
    ("offered", "said", "wishes"),
    [
        ("I've moved the meeting to three.", "Sounds good.", []),
        ("Shall I add it to your calendar?", "Okay, great.", []),
        ("How long did the train take?", "Very fast. I can't stand crowded parks, by the way.", ["crowded parks"]),
        ("Understood.", "When I write to clients, use a formal tone.", ["formal tone"]),
        ("会议已经改到三点了。", "好的，没问题。", []),
        ("Anything else?", "No longer meals than an hour, please.", []),  # which of two things that means, nobody knows
        ("有忌口吗？", "有，我对花生过敏，千万别推荐带花生的。", ["花生"]),
    ],
)
def test_assent_repetition_and_what_stands_beside_a_statement_are_no_wishes(offered: str, said: str, wishes: list[str]) -> None:
    with MemOS(":memory:", embedder=None) as memory:
        memory.add_message([{"role": "assistant", "content": offered}, {"role": "user", "content": said}], user_id="u", conversation_id="c")
        memory.wait(timeout=30)
        found = memory.list_memories(user_id="u", kinds=["preference"])
        assert [m.object for m in found if isinstance(m, Preference)] == wishes


@pytest.mark.parametrize(
    ("before", "order", "word"),
    [
        ("Noted.", "Always answer in short paragraphs.", "short paragraphs"),
        ("OK.", "Never reply in capitals.", "capitals"),
        ("好的。", "每次回答都用短句。", "短句"),
    ],
)
def test_an_order_for_good_is_not_doubted_away_whatever_was_answered_before(before: str, order: str, word: str) -> None:
    with MemOS(":memory:", embedder=None) as memory:
        talk = [{"role": "assistant", "content": before}, {"role": "user", "content": order}]
        memory.add_message(talk, user_id="ann", conversation_id="c")
        memory.wait(timeout=120)
        assert word in memory.search_memory("Tell me about tides.", user_id="ann").instruction.head


@pytest.mark.parametrize(
    ("wish", "look_alike"),
    [
        ("Pickled beetroot and I have never got along.", "My aunt swears by pickled beetroot."),
        ("The trouble with bus rides is that I arrive green.", "What is the trouble with the bus to Green Park?"),
        ("酸黄瓜跟我八字不合。", "我姨就爱吃酸黄瓜。"),
        ("坐长途大巴我是真扛不住，能高铁就高铁。", "坐长途大巴去敦煌要几个小时？"),
    ],
)
def test_a_head_reads_a_wish_in_the_embedders_tokens_and_less_of_one_in_what_looks_alike(wish: str, look_alike: str) -> None:
    embedder = LocalEmbedder()
    models = turn_models()
    assert models.reads(embedder.fingerprint)
    first, again, other = embedder.readings([wish, wish, look_alike])
    assert first == again and min(first) >= 0
    assert read_features(models.head, first)["read:preference"] > read_features(models.head, other)["read:preference"] + 0.3


def test_what_no_word_tells_is_learnt_where_there_is_a_head() -> None:
    said = {"role": "user", "content": "The trouble with bus rides is that I arrive green."}
    found: list[list[str]] = []
    for embedder in (None, "local"):
        with MemOS(":memory:", embedder=embedder) as memory:
            memory.add_message(said, user_id="una")
            memory.wait(timeout=60)
            found.append([m.object for m in memory.list_memories(user_id="una") if isinstance(m, Preference) and m.polarity == "avoids"])
    assert found == [[], ["bus rides"]]


def test_other_embedders_show_their_tokens_to_no_head() -> None:
    assert HashingEmbedder().readings(["I like tea."]) == []
