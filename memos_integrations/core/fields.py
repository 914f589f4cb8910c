"""Fields of life that a text names plainly: food, films, clothes, the way somewhere. The words are data: ``fields.toml``."""

from __future__ import annotations

import re
from functools import lru_cache

from .kinds import kinds
from .tables import tables
from .text import has_cjk, normalise

__all__ = ["DIARY", "apart", "asked_for", "fields"]

DIARY = "diary"
"""The field of when one has time: it keeps none other out, for all that is arranged has its hour."""
_READ = 1000  # characters
# what joins fields: guests are fed and entertained, a present may be anything, a day is planned with all that is in it
_OPEN = re.compile(
    r"(?i)\b(?:part(?:y|ies)|guests?|friends?|host\w*|visit\w*|celebrat\w*|birthday\w*|anniversar\w*|wedding\w*|christmas|gift\w*"
    r"|presents?|voucher|plan|itinerary|ideas? for|day out|weekend|holiday\w*|trip|travel\w*|abroad|(?:evening|night) in|date|treat"
    r"|pack\w*|bag|luggage|shopping list|interview|kit|watch out)\b"
    r"|聚|客|庆|生日|礼物|送|周末|过节|过年|春节|国庆|旅|行程|安排|攻略|约会|出差|带点|准备|婚|团建|玩|逛|打包|行李|野餐|注意"
)
# where and when it is, not what is asked for: "on the sofa", "after lunch", "book me a seat"
_SETTING = re.compile(
    r"(?i)\b(?:on|at|in|to) (?:the|my|a|our) (?:sofa|couch|desk|table|bed|pub|bar)\b"
    r"|\bbook(?:ed|ing)?\b(?! (?:club|for (?:me|us) to read))(?= \w)|\bsuits? (?:me|my|us|our|you|your|the|both|all|every\w*)\b"
    r"|\b(?:before|after|during|by|over|until) (?:\w+ )?(?:lunch|dinner|breakfast|supper|tea|work)\b"
    r"|沙发上?|[早午晚]?[饭餐][之以]?[前后]|吃[完过]了?[早午晚]?饭|饭桌"
)
# fields that go together: one reads on a train, listens while running
_BESIDE = frozenset(
    frozenset(pair.split())
    for pair in (
        "sound page",
        "show page",
        "study page",
        "move wear",
        "move sound",
        "move table",
        "move show",
        "move play",
        "stay home",
        "stay way",
    )
)
_ON_THE_WAY = frozenset({"show", "sound", "page", "play", "table", "wear"})
_ROUTE = re.compile(
    r"(?i)\bhow (?:do|should|can|would) (?:i|we) (?:best )?(?:get|go|travel)\b"
    r"(?! (?:the|a|an|my|it|rid|over|through|along|about|with|back to)\b)"
    r"|\broute\b|怎么[走去过]|怎么回家|路线|[机车]票|的票|票怎么"
)
# work on somebody's words: what these speak of is not asked for
_ON_WORDS = re.compile(
    r"(?i)^\s*(?:(?:please|can you|could you) )?(?:fix|correct|check|translate|proofread|rewrite|rephrase|paraphrase|spell)\b"
    r"|^(?:请|帮我)?(?:把|翻译|改写|润色|修改)"
)
_QUOTED = re.compile(r"[\"“”][^\"“”]+[\"“”]|(?:(?<=\s)|(?<=:))['‘][^\n]+?['’](?=\W|$)|「[^」]+」|『[^』]+』|《[^》]+》")


def asked_for(query: str) -> str:
    """A query without the words that it wants worked on: "Translate 'the meeting is off'"."""
    return _QUOTED.sub(" ", query) if _ON_WORDS.match(query) else query


class _Fields:
    def __init__(self) -> None:
        table: dict[str, dict[str, list[str]]] = tables("fields.toml")
        self.of_kind: dict[str, list[str]] = {}
        self.slots: list[tuple[str, str]] = []
        latin: list[str] = []
        chinese: list[str] = []
        for name, each in table.items():
            for kind in each.get("kinds", ()):
                self.of_kind.setdefault(kind, []).append(name)
            self.slots += [(slot, name) for slot in each.get("slots", ())]
            words = each.get("words", [])
            plain = "|".join(re.escape(w.rstrip("*")) + (r"\w*" if w.endswith("*") else "") for w in words if not has_cjk(w))
            han = "|".join(re.escape(w) for w in words if has_cjk(w))
            latin += [rf"(?P<{name}>{plain})"] if plain else []
            chinese += [rf"(?P<{name}>{han})"] if han else []
        self._latin = re.compile(rf"\b(?:{'|'.join(latin)})\b")
        self._chinese = re.compile("|".join(chinese))

    def named(self, text: str) -> set[str]:
        found = {match.lastgroup for pattern in (self._latin, self._chinese) for match in pattern.finditer(text)}
        return {name for name in found if name is not None}


@lru_cache(maxsize=1)
def _table() -> _Fields:
    return _Fields()


@lru_cache(maxsize=4096)
def fields(text: str, slot: str = "") -> frozenset[str]:
    """The fields that a text names; of a wish that names none, the field of its slot."""
    table = _table()
    text = _SETTING.sub(" ", text[:_READ])
    found = (
        ({"way"} if _ROUTE.search(text) else set[str]())
        | table.named(normalise(text))
        | {field for kind in kinds(text) for field in table.of_kind.get(kind, ())}
    )
    return frozenset(found or {name for start, name in table.slots if slot.startswith(start)})


def apart(query: str, wish: str, slot: str = "") -> bool:
    """Whether a query and a wish plainly name fields that have nothing to do with each other."""
    if _OPEN.search(query[:_READ]):
        return False
    asked, wished = fields(query) - {DIARY}, fields(wish, slot) - {DIARY}
    if not asked or not wished or not asked.isdisjoint(wished):
        return False
    if "way" in asked and not _ON_THE_WAY.isdisjoint(wished) and not _ROUTE.search(query[:_READ]):
        return False
    return not any(frozenset((one, other)) in _BESIDE for one in asked for other in wished)
