"""Who gives a kind of things up wants nothing of that kind any more."""

import pytest

from memos_integrations import MemOS

ENDED = [
    ("I love a pork pie with mustard.", "I turned vegetarian last year."),
    ("I like cheddar cheese on everything.", "We're both vegan now."),
    ("I love flat whites.", "No coffee for me any more: I quit caffeine in June."),
    ("I like a cold cider.", "I've stopped drinking."),
    ("I love vindaloo.", "Turns out I can't eat spicy food any more."),
    ("我最爱吃烤鸭。", "我现在吃素了。"),
    ("我喜欢喝拿铁。", "医生让我把咖啡戒了，我已经不喝咖啡了。"),
    ("我爱吃川菜。", "我做了手术，辣的不吃了。"),
    ("I love pork belly.", "我改吃素了。"),
    ("我爱吃火腿。", "我从立夏起就吃素了。"),
]
STANDS = [
    ("I love veggie burgers.", "I turned vegetarian last year."),
    ("I love flat whites.", "I've gone off lattes."),
    ("I love flat whites.", "I gave up coffee for Lent."),
    ("I love a pork pie with mustard.", "My wife turned vegetarian last year."),
    ("I like a cold cider.", "I'm thinking of giving up alcohol."),
    ("我最爱吃烤鸭。", "我妈现在吃素了。"),
    ("我最爱喝美式。", "我领导把咖啡戒了。"),
    ("我喜欢喝拿铁。", "我打算把咖啡戒了。"),
    ("我爱吃川菜。", "这周嗓子疼，辣的不吃了。"),
]


def _wishes(old: str, new: str) -> list[str]:
    with MemOS(":memory:", embedder=None) as memory:
        for day, text in enumerate((old, new), start=1):
            memory.add_message({"role": "user", "content": text, "created_at": f"2026-0{day}-01T10:00:00Z"}, user_id="u")
            memory.wait()
        found = memory.list_memories(kinds=["preference"], user_id="u").memories
        return [wish.text for wish in found if any(evidence.quote in old for evidence in wish.evidence)]


@pytest.mark.parametrize(("old", "new"), ENDED, ids=[new for _, new in ENDED])
def test_a_wish_ends_with_what_it_is_a_kind_of(old: str, new: str) -> None:
    assert _wishes(old, new) == []


@pytest.mark.parametrize(("old", "new"), STANDS, ids=[f"{old} {new}" for old, new in STANDS])
def test_a_wish_stands_where_its_kind_is_not_given_up_for_good(old: str, new: str) -> None:
    assert _wishes(old, new) != []
