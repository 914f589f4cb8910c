"""What a user takes back in passing ends, and is not told again; what only sounds like it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from memos_integrations import MemOS

USER = "alice"


def _told(*texts: str) -> MemOS:
    memory = MemOS(":memory:")
    for place, text in enumerate(texts):
        memory.add_message({"role": "user", "content": text, "created_at": f"2026-03-{place + 1:02d}T10:00:00Z"}, user_id=USER)
    memory.wait(timeout=60)
    return memory


def _known(memory: MemOS) -> str:
    return "\n".join(one.text for one in memory.list_memories(user_id=USER, kinds=["fact", "preference"]))


@pytest.mark.parametrize(
    ("said", "taken_back", "gone", "left", "asked"),
    [
        (["I love stinky tofu.", "I like pepper cake."], "Forget that I love stinky tofu.", "tofu", "pepper cake", "snacks"),
        (["I hate jazz and I love blues."], "Please forget what I said about hating jazz.", "jazz", "blues", "music"),
        (["My address is 12 Mill Lane.", "My dog is called Bo."], "Could you forget my address?", "Mill Lane", "Bo", "address"),
        (["I live in Graz.", "I work as a baker."], "You can forget where I live.", "Graz", "baker", "where do I live"),
        (["I love tofu.", "I like pie."], "Please delete from your memory that I love tofu.", "tofu", "pie", "snacks"),
        (["I hate tofu.", "I like pie."], "You can forget the thing about tofu, please.", "tofu", "pie", "snacks"),
        (["I hate tofu.", "I like pie."], "I take back what I said about tofu earlier.", "tofu", "pie", "snacks"),
        (["Bertil owes me 20 euros.", "I like pie."], "Forget everything you know about Bertil.", "Bertil", "pie", "snacks"),
        (["My sister Ana is moving to Oslo.", "I like Oslo."], "Forget what I told you about my sister moving.", "Ana", "Oslo", "Oslo"),
        (["我喜欢吃臭豆腐。", "我喜欢吃米粉。"], "忘掉我喜欢吃臭豆腐这件事。", "臭豆腐", "米粉", "推荐小吃"),
        (["I love polka.", "I like pie."], "I don't want you to remember that I love polka.", "polka", "pie", "snacks"),
        (["I hate tofu.", "I like pie."], "Remove the tofu thing from my profile.", "tofu", "pie", "snacks"),
        (["我爱听波尔卡。", "我爱看画展。"], "我不想让你记住我爱听波尔卡。", "波尔卡", "画展", "周末"),
        (["我不吃羊肉。", "我爱吃鸭肉。"], "我之前说的不吃羊肉，你忘掉吧。", "羊肉", "鸭肉", "晚饭"),
        (["我爱喝茶。", "我爱看画展。"], "把我爱喝茶的事忘了吧", "茶", "画展", "喝什么"),
        (["我女朋友叫小美。", "我的猫叫团子。"], "请忘掉我有女朋友这件事。", "小美", "团子", "女朋友"),
    ],
)
def test_what_is_taken_back_ends_and_the_rest_stays(said: Sequence[str], taken_back: str, gone: str, left: str, asked: str) -> None:
    with _told(*said, taken_back) as memory:
        known = _known(memory)
        told = memory.search_memory(asked, user_id=USER).instruction
    assert gone not in known
    assert left in known
    assert gone not in told.head
    assert all(gone not in line or "changed" in line for line in told.tail.splitlines())
    assert taken_back not in told.text


@pytest.mark.parametrize(
    ("taken_back", "also"),
    [
        ("Actually, forget that I like jazz, I'm into blues now.", "blues"),
        ("忘了我说过的喜欢爵士这件事吧，我现在喜欢蓝调。", "蓝调"),
    ],
)
def test_what_is_said_besides_is_learnt(taken_back: str, also: str) -> None:
    with _told("I like jazz.", "我喜欢爵士。", taken_back) as memory:
        assert also in _known(memory)


@pytest.mark.parametrize(
    ("said", "sounds_like_it", "left"),
    [
        ("I love stinky tofu.", "Don't forget that I love stinky tofu.", "stinky tofu"),
        ("I love stinky tofu.", "I always forget that I love stinky tofu until I smell it.", "stinky tofu"),
        ("I like Thai food for dinner.", "Forget about dinner, let's talk about the trip.", "Thai"),
        ("I prefer short paragraphs.", "Delete the part about short paragraphs in my essay.", "paragraphs"),
        ("I eat vegan.", "Forget my diet, tonight it's pizza!", "vegan"),
        ("I prefer short paragraphs.", "Could you delete my last paragraph?", "paragraphs"),
        ("I love stinky tofu.", 'My aunt wrote: "Hi! Forget that I love stinky tofu." Translate it.', "stinky tofu"),
        ("我喜欢吃臭豆腐。", "别忘了我喜欢吃臭豆腐。", "臭豆腐"),
        ("我住在上海。", "忘了告诉你，我住在上海浦东。", "上海"),
        ("I love sailing.", "Delete the file about sailing from my desktop.", "sailing"),
        ("I love sailing.", "Forget it, too expensive.", "sailing"),
        ("我喜欢写短段落。", "把第三个段落删掉。", "段落"),
    ],
)
def test_what_only_sounds_like_it_ends_nothing(said: str, sounds_like_it: str, left: str) -> None:
    with _told(said, sounds_like_it) as memory:
        assert left in _known(memory)


def test_it_stays_in_the_history_and_counts_when_it_is_said_anew() -> None:
    with _told("I love stinky tofu.", "Forget that I love stinky tofu.") as memory:
        (ended,) = memory.list_memories(user_id=USER, kinds=["preference"], status="superseded")
        assert "superseded" in [entry.event for entry in memory.history(ended.id, user_id=USER).versions]
        memory.add_message({"role": "user", "content": "I love stinky tofu again."}, user_id=USER)
        memory.wait(timeout=60)
        assert "stinky tofu" in _known(memory)


def test_what_is_taken_back_before_it_is_said_again_in_one_call_holds() -> None:
    with MemOS(":memory:") as memory:
        texts = ["I love tofu.", "Forget that I love tofu.", "I do love tofu after all."]
        memory.add_message([{"role": "user", "content": text} for text in texts], user_id=USER)
        memory.wait(timeout=60)
        assert "tofu" in _known(memory)
