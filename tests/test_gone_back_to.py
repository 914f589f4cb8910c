"""What the user goes back to holds again, and what had taken its place has ended."""

from __future__ import annotations

from typing import Any

import pytest

from memos_integrations import MemOS

from .turns import user

WHO: dict[str, Any] = {"user_id": "ann"}


def learnt_of(*texts: str) -> str:
    with MemOS(":memory:", embedder=None) as memory:
        for month, text in enumerate(texts, 1):
            memory.add_message([user(text, f"m{month}", f"2026-{month:02}-10T10:00:00Z")], conversation_id=f"c{month}", **WHO)
            memory.wait(timeout=120)
        return "\n".join(one.text for one in memory.list_memories(kinds=["fact", "preference"], **WHO))


@pytest.mark.parametrize(
    ("first", "then", "back", "holds", "over"),
    [
        ("I live in Graz.", "I moved to Linz.", "I've moved back to Graz.", "Graz", "Linz"),
        ("Use dark mode in your screenshots.", "Use light mode from now on.", "Go back to dark mode.", "dark", "light"),
        ("我住在绵阳。", "我搬到德阳了。", "我又搬回绵阳了。", "绵阳", "德阳"),
        ("I love mochas.", "I've gone off mochas, these days I drink rooibos.", "I'm back to mochas.", "mochas", "rooibos"),
        ("I like tea.", "I've switched to coffee.", "Actually, back to tea.", "tea", "coffee"),
        ("我爱喝茶。", "我改喝咖啡了。", "我又喝回茶了。", "茶", "咖啡"),
        ("我爱喝美式。", "我现在不喝美式了。", "我又喝回美式了。", "美式", "不喝"),
    ],
)
def test_it_holds_again(first: str, then: str, back: str, holds: str, over: str) -> None:
    told = learnt_of(first, then, back)
    assert holds in told
    assert over not in told


@pytest.mark.parametrize(
    "said", ["I'd like to go back to Graz some day.", "My uncle moved back to Graz.", "I'm back to work on Monday.", "我想搬回绵阳。"]
)
def test_what_only_sounds_like_it_ends_nothing(said: str) -> None:
    told = learnt_of("I live in Graz.", "I moved to Linz.", said)
    assert "Linz" in told


def test_a_change_of_something_else_is_not_what_had_taken_its_place() -> None:
    told = learnt_of("I drink black coffee.", "I love sailing now.", "I love hiking.", "I'm back to black coffee.")
    assert "sailing" in told
    assert "hiking" in told


def test_an_allergy_is_no_change_away_from_a_thing() -> None:
    assert "allergic to milk" in learnt_of("I drink black coffee.", "I'm allergic to milk in my coffee now.", "I'm back to black coffee.")


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        ("I'm allergic to walnuts.", "I'm allergic to almonds now too.", "walnuts"),
        ("I'm allergic to walnuts.", "If it's not walnuts, I may be allergic to almonds.", "walnuts"),
        ("I play the cello every evening.", "I only run at weekends now.", "cello"),
        ("我是兽医。", "我妹妹转行了，现在开面包店。", "兽医"),
        ("我是兽医。", "我修改行程了，周五出发。", "兽医"),
        ("我是兽医。", "我没有跳槽。", "兽医"),
        ("I'm a vet.", "I've never changed careers.", "vet"),
        ("I'm allergic to walnuts.", "It's not a walnut intolerance, it's a proper walnut allergy.", "walnuts"),
        ("I'm allergic to walnuts.", "The doctor says it's not a mild walnut allergy, it's a severe one.", "walnuts"),
        ("I'm allergic to walnuts.", "It's not only walnuts, it's almonds I'm allergic to as well.", "walnuts"),
        ("I'm allergic to walnuts.", "The label says it's not walnut butter, it's almond butter, so no allergy trouble.", "walnuts"),
        ("我对核桃过敏。", "不是轻微核桃过敏，是严重过敏。", "核桃"),
        ("我对核桃过敏。", "不是核桃酱过敏，是所有核桃都过敏。", "核桃"),
        ("我对核桃过敏。", "这次不是核桃，是虾引起的过敏。", "核桃"),
        ("I play tennis on Tuesdays.", "Sorry, I also play squash on Tuesdays.", "tennis"),
        ("My sister plays the harp on Sundays.", "Sorry, my sister sings in a choir on Sundays too.", "harp"),
        ("I live in Linz.", "Back in Graz for the weekend.", "Linz"),
    ],
)
def test_what_changes_nothing_of_it(first: str, then: str, stands: str) -> None:
    assert stands in learnt_of(first, then)


@pytest.mark.parametrize(
    ("first", "then", "over"),
    [
        ("No calls before nine.", "No calls before ten now.", "nine"),
        ("I don't want emoji in your answers.", "Feel free to use emoji again.", "not want emoji"),
        ("我每天早上打太极。", "我现在只有周末才打太极。", "每天"),
        ("I'm allergic to walnuts.", "Turns out it's not walnuts, I'm allergic to almonds.", "walnuts"),
        ("我对核桃过敏。", "查清楚了，不是核桃，是对杏仁过敏。", "核桃"),
        ("我弟弟在兰州上大学。", "说错了，我弟弟在西宁上大学。", "兰州"),
        ("我是兽医。", "我转行了，现在开面包店。", "兽医"),
        ("I hate audiobooks.", "I've come to love audiobooks.", "hates"),
        ("I only buy organic eggs.", "I'm not fussy about organic eggs any more.", "only buy"),
    ],
)
def test_a_condition_or_a_sign_that_changes(first: str, then: str, over: str) -> None:
    assert over not in learnt_of(first, then)
