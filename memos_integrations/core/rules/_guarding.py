"""States of the user whose neglect does harm: aids and senses, illnesses, phobias, faith."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...types import Polarity
from ..candidates import Candidate
from ..tasks import says
from . import en, zh
from ._common import Sentence, sieve

__all__ = ["ALLERGY", "SLOTS", "guarding", "guards"]

_FILE = Path(__file__).parent / "guarding.toml"
_KINDS = {"access": "access.needs", "condition": "health.condition", "fear": "health.condition", "faith": "beliefs.faith"}
ALLERGY = "health.allergy"
"""Where what one is allergic to belongs: each language has rules of its own for it."""
SLOTS = frozenset((*_KINDS.values(), ALLERGY, "food.diet"))
"""Where such states belong."""


def guarding(said: Iterable[Sentence]) -> list[Candidate]:
    """Standing preferences that such states are, in the order said; questions and what is only supposed are left out."""
    spoken = list(said)
    found = [candidate for sentence in spoken if sentence.language == "en" for candidate in _of(sentence)]
    return [*found, *zh.states([sentence for sentence in spoken if sentence.language == "zh"])]


def guards(candidate: Candidate) -> bool:
    """Whether a candidate is a standing preference whose neglect does harm."""
    return candidate.kind == "preference" and candidate.standing and candidate.slot in SLOTS


def _of(said: Sentence) -> list[Candidate]:
    found: list[Candidate] = []
    low = said.masked.lower().replace("’", "'")
    if said.question:
        return found
    for rule in sieve(_FILE, said.language).likely(low):
        match = rule.search(low)
        if match is None or en.says_nothing(said, match.start()) or en.about_another(said, match.start("obj")):
            continue
        if says("content", low[: match.start()]):
            continue  # "Write a story that begins with: I'm scared of dogs"
        obj = said.text[match.start("obj") : match.end("obj")]
        kind = str(rule.data["kind"])
        polarity: Polarity = "avoids" if kind == "fear" else "wants"
        text, directive = _told(kind, obj, match.group().lower(), str(rule.data.get("told", "")))
        found.append(
            Candidate(
                kind="preference",
                episode=said.turn.episode,
                quote=said.text,
                language=said.language,
                text=text,
                slot=_KINDS[kind],
                polarity=polarity,
                object=obj,
                strength="strong",
                standing=True,
                directive=directive,
            )
        )
    return found


def _told(kind: str, obj: str, words: str, verb: str) -> tuple[str, str]:
    if kind == "fear":
        return f"The user is afraid of {obj}.", f"Avoid {obj}: the user is afraid of that."
    if kind == "faith":
        return f"The user's faith: {obj}.", f"Respect the user's faith: {obj}."
    if verb:
        told = f"The user {verb} {obj}"
    elif words.startswith(("i'm in", "i am in", "i'm using", "i am using")):
        told = f"The user is in a {obj}"
    else:
        told = f"The user {'relies on' if kind == 'access' else 'has'} {'a ' if obj in _COUNTED else ''}{obj}"
    return f"{told}.", f"Take into account: t{told[1:]}."


_COUNTED = frozenset(
    {"wheelchair", "mobility scooter", "walking frame", "walking stick", "zimmer frame", "rollator", "white cane", "guide dog"}
    | {"assistance dog", "screen reader", "screen-reader", "screen magnifier", "prosthetic leg", "sign language interpreter"}
)
