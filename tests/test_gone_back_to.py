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


@pytest.mark.parametrize(
    ("first", "then", "over"),
    [
        ("No calls before nine.", "No calls before ten now.", "nine"),
        ("I don't want emoji in your answers.", "Feel free to use emoji again.", "not want emoji"),
    ],
)
def test_a_condition_or_a_sign_that_changes(first: str, then: str, over: str) -> None:
    assert over not in learnt_of(first, then)
