"""Turns told in one breath with a fact, other talk or another wish: a wish stays what it is, whatever stands beside it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from .corpus import OWN, family, kept

_JOINTS = {"en": (" and ", ", and ", ". ", ". ", "; ", " - ", ", ", "\n"), "zh": ("，", "，", "。", "。", "；", " ", "，另外", "\n")}
_ENDS = " .!。！；;，,…"
_SHORT = {"en": 110, "zh": 45}  # characters
_LOWERED = ("We ", "We'", "My ", "The ", "Our ", "It ", "It'", "There ", "You ", "Your ", "No ", "Never ", "Always ", "Please ", "Nothing ")
_CITED = ("evidence", "object", "condition")
_FACTS_SHARE, _WISHES_SHARE, _FIRST_SHARE = 0.55, 0.25, 0.65


def facts(language: str) -> list[str]:
    """Statements that hold a fact and no wish."""
    return [line for line in (OWN / f"facts-{language}.txt").read_text("utf-8").splitlines() if not line.startswith("#")]


def turns(told: Sequence[dict[str, Any]], *, count: int, seed: int) -> list[dict[str, Any]]:
    """Rows of the corpus that hold a wish, each joined to a fact, a row that holds none or one of another wish; the same for a seed.

    Args:
        told: Rows of the corpus.
        count: Rows to make for each language.
        seed: Of what is drawn.

    Returns:
        Rows; ``of`` is the id of the row that was joined. Two wishes that are joined are both training's or both kept apart.
    """
    found: list[dict[str, Any]] = []
    for language in ("en", "zh"):
        draw = random.Random(f"joined{language}{seed}")
        short = [row for row in told if row["id"].startswith(language) and len(row["text"]) <= _SHORT[language] and not row["before"]]
        wishes = [row for row in short if row["labels"] and all(label["kind"] == "preference" for label in row["labels"])]
        others = [row for row in short if row["none"] in ("question", "task", "smalltalk")]
        known = [{"text": text, "labels": []} for text in facts(language)]
        for row in draw.sample(wishes, min(count, len(wishes))):
            other = _beside(row, known, others, wishes, draw)
            text = _one_breath(row["text"], other["text"], language, draw)
            labels = [{**label, **{key: _as_in(text, label[key]) for key in _CITED}} for label in [*row["labels"], *other["labels"]]]
            made = {
                "id": f"{language}-own-joined-{len(found):04d}",
                "of": row["id"],
                "text": text,
                "labels": labels,
                "facts": "not labelled",
            }
            found.append({**row, **made})
    return found


def _beside(
    row: dict[str, Any],
    known: Sequence[dict[str, Any]],
    others: Sequence[dict[str, Any]],
    wishes: Sequence[dict[str, Any]],
    draw: random.Random,
) -> dict[str, Any]:
    chance = draw.random()
    if chance < _FACTS_SHARE:
        return draw.choice(known)
    if chance >= _FACTS_SHARE + _WISHES_SHARE:
        return draw.choice(others)
    apart = kept(family(row["id"]))
    return draw.choice([wish for wish in wishes if wish is not row and kept(family(wish["id"])) == apart])


def _as_in(text: str, words: str | None) -> str | None:
    """Words of a turn as they stand in the joined one, where a capital or the end may be gone."""
    bare = (words or "").rstrip(_ENDS)
    return text[at : at + len(bare)] if bare and (at := text.lower().find(bare.lower())) >= 0 else words


def _one_breath(wish: str, other: str, language: str, draw: random.Random) -> str:
    first, second = (other, wish) if draw.random() < _FIRST_SHARE else (wish, other)
    joint = draw.choice(_JOINTS[language])
    if first.rstrip()[-1] in "?？":
        joint = " " if language == "en" else ""
    else:
        first = first.rstrip(_ENDS)
        if joint[0] in " ,;" and second.startswith(_LOWERED):
            second = second[0].lower() + second[1:]
    return f"{first}{joint}{second}"
