"""States of the user whose neglect does harm: aids and senses, illnesses, phobias, faith."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...types import Polarity
from ..candidates import Candidate
from . import en, zh
from ._common import Sentence, rules
from .zh._clauses import simplify

__all__ = ["SLOTS", "guarding"]

_FILE = Path(__file__).parent / "guarding.toml"
_KINDS = {"access": "access.needs", "condition": "health.condition", "fear": "health.condition", "faith": "beliefs.faith"}
SLOTS = frozenset(_KINDS.values())
"""Where such states belong."""


def guarding(said: Iterable[Sentence]) -> list[Candidate]:
    """Standing preferences that such states are, in the order said; questions and what is only supposed are left out."""
    return [candidate for sentence in said for candidate in _of(sentence)]


def _of(said: Sentence) -> list[Candidate]:
    found: list[Candidate] = []
    low = simplify(said.masked).replace("’", "'")
    if said.question:
        return found
    for rule in rules(_FILE, said.language):
        match = rule.pattern.search(low)
        if match is None or _is_no_statement(said, match.start()):
            continue
        obj = said.text[match.start("obj") : match.end("obj")]
        kind = str(rule.data["kind"])
        polarity: Polarity = "avoids" if kind == "fear" else "wants"
        text, directive = (_in_chinese if said.language == "zh" else _in_english)(kind, obj, match.group().lower())
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


def _is_no_statement(said: Sentence, at: int) -> bool:
    if said.language == "zh":
        return zh.says_nothing(said) or zh.about_another(said, at)
    return en.says_nothing(said) or en.about_another(said, at)


def _in_english(kind: str, obj: str, words: str) -> tuple[str, str]:
    if kind == "fear":
        return f"The user is afraid of {obj}.", f"Avoid {obj}: the user is afraid of that."
    if kind == "faith":
        return f"The user's faith: {obj}.", f"Respect the user's faith: {obj}."
    if words.startswith(("i'm in", "i am in", "i'm using", "i am using")):
        told = f"The user is in a {obj}"
    elif words.startswith(("i'm ", "i am ")):
        told = f"The user is {obj}"
    else:
        told = f"The user {'relies on' if kind == 'access' else 'has'} {'a ' if obj in _COUNTED else ''}{obj}"
    return f"{told}.", f"Take into account: t{told[1:]}."


_COUNTED = frozenset({"wheelchair", "mobility scooter", "walking frame", "walking stick", "white cane", "guide dog", "screen reader"})


def _in_chinese(kind: str, obj: str, _words: str) -> tuple[str, str]:
    if kind == "faith":
        return f"用户的信仰：{obj}。", f"尊重用户的信仰：{obj}。"
    if kind == "fear":
        return f"用户{obj}。", f"避免触发用户的{obj}。"
    verb = "依靠" if kind == "access" and obj in _AIDS else "" if obj.startswith(("怀", "乳糖")) else "有"
    verb = "是" if obj.endswith(("人", "色盲", "色弱")) else verb
    return f"用户{verb}{obj}。", f"请考虑到用户{verb}{obj}。"


_AIDS = frozenset({"轮椅", "拐杖", "助听器", "人工耳蜗", "导盲犬", "盲杖", "读屏", "读屏软件", "读屏器", "助行器"})
