"""Which slot Chinese words speak for: what a thing is called, weighed by where it stands.

The end of the object, its head, says most, then what the clause sets it in (在看书上, 我的积蓄), then the words beside it, the rest
of the sentence, what was said before. How something is (短, 直接) tells of answers only where the assistant's words are spoken of.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from .._common import load_toml
from ._clauses import simplify

__all__ = ["names_a_thing", "slot_of", "slot_scores", "speaks_of_answers"]

_FILE = Path(__file__).parent / "slots.toml"
_HEAD, _PART, _FRAME, _BESIDE, _AROUND, _BEFORE = 4.0, 1.8, 2.4, 1.0, 0.4, 0.25
"""What a word counts: at the end of the object, elsewhere in it, in what the clause is set in, in the clause, in the sentence, before."""
_SINGLE = 0.6  # what one character counts, to a word of more
_MOST = 300  # characters that are read
_LONGEST = 8

_LATIN = re.compile(r"[a-z0-9][a-z0-9+#./-]*")
_COUNTED = re.compile(
    r"(?!一点[^以之])(?:\d|[一二两三四五六七八九十百千半几])+来?个?(?:字|句|行|段|条|点)(?:话|以内|之内|封顶|左右|就够|为限)?"
)
_VAGUE = re.compile(r"(?:的)?(?:东西|那种|这种|之类|类型|一类|类|款|版本?|的|地方|场合|事情?|活动|时候|就行|就好|一点|点儿?)+$")
_FRAMES = re.compile(
    r"(?:在|关于|对于|至于|说到|提到|论|就|轮到|凡是|只要|一到|每到)(?P<a>[^，。！？,]{1,10}?)"
    r"(?:上面|上|方面|里|中|的时候|时|来说|而言|这块|这方面|的话|时候)"
    r"|^(?P<b>[^，。！？,我]{1,8})(?:我|的话|方面|这块)|(?P<c>[^，。！？,我]{1,8})(?:的时候|时候|时|的话|方面|这块)"
)
_SPOKEN = re.compile(
    r"你|您|回答|回复|回覆|答复|答案|解释|讲解|说明|说话|跟我说|和我说|给我讲|给我说|告诉我|跟我讲|对我说|回我|答我|聊|输出|总结|概括"
    r"|语气|语速|口吻|称呼|叫我|喊我|消息|问题|问答|助手|写给我|发给我"
)
_WORKS = (
    r"(?:邮件|报告|周报|日报|月报|论文|简历|ppt|幻灯片?|文案|公文|公众号|推文|请柬|请帖|通知|发言稿|讲稿|稿子?|合同|贺卡|海报|传单|信|工单"
    r"|备注|述职|致辞|作文|文章|小红书|朋友圈|群发|标书|新闻稿|说明书|手册|悼词|情书|评语|文档|材料)"
)
_WRITTEN = re.compile(
    rf"(?:写|发|改|润色|起草|拟|校对|编)(?:[^，。！？]{{0,6}}){_WORKS}"
    rf"|{_WORKS}(?:里|中|上|的)?(?:[^，。！？]{{0,8}})(?:用|写|别|不要|要|得|不用|保持|统一)|在{_WORKS}"
)
_OWN_WORDS = re.compile(r"回答|回复我|回复(?=[要用别不])|答复|跟我说|给我讲|你说|你回|你讲|回我|答我|跟我聊")


@lru_cache(maxsize=1)
def _words() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Slots by what a thing is called, and by how something is said."""
    made: list[dict[str, tuple[str, ...]]] = []
    for name in ("slots", "spoken"):
        table: dict[str, str] = load_toml(_FILE)[name]
        found: dict[str, list[str]] = {}
        for slot, words in table.items():
            for word in dict.fromkeys(words.split()):
                found.setdefault(word, []).append(slot)
        made.append({word: tuple(slots) for word, slots in found.items()})
    return made[0], made[1]


@lru_cache(maxsize=4096)
def _found(text: str) -> tuple[tuple[int, int, tuple[str, ...], bool], ...]:
    """Words in a text: start, end, slots, and whether they tell a manner. The longest at each place."""
    things, manners = _words()
    found: list[tuple[int, int, tuple[str, ...], bool]] = []
    at = 0
    while at < len(text):
        if text[at].isascii():
            latin = _LATIN.match(text, at)
            if latin is None:
                at += 1
                continue
            stops: list[int] = [latin.end()]
        else:
            stops = list(range(min(len(text), at + _LONGEST), at, -1))
        after = stops[0] if text[at].isascii() else at + 1
        for stop in stops:
            word = text[at:stop]
            if word in things or word in manners:
                if word in things:
                    found.append((at, stop, things[word], False))
                if word in manners:
                    found.append((at, stop, manners[word], True))
                after = stop
                break
        at = after
    return tuple(found)


class _Tally:
    """What the words say for each slot; ``spoken``: manners count as well."""

    def __init__(self, *, spoken: bool) -> None:
        self.score: dict[str, float] = {}
        self._spoken = spoken

    def add(self, text: str, weight: float, *, last: float = 0.0, without: tuple[int, int] = (0, 0)) -> None:
        """Count the words of a text, but those that lie in ``without``; one that ends it ``last``."""
        found = _found(text[:_MOST])
        for start, stop, slots, manner in found:
            if without[0] <= start < without[1] or (manner and not self._spoken):
                continue
            value = last if last and stop == len(text) else weight
            value *= _SINGLE if stop - start == 1 else 1.0
            for slot in slots:
                self.score[slot] = self.score.get(slot, 0.0) + value / len(slots) ** 0.5
        if self._spoken and _COUNTED.search(text):
            self.score["answers.length"] = self.score.get("answers.length", 0.0) + (last or weight)


def speaks_of_answers(text: str) -> bool:
    """Whether words speak of what the assistant says."""
    return _SPOKEN.search(simplify(text)) is not None


def slot_of(obj: str, clause: str = "", sentence: str = "", before: str = "", *, order: bool) -> str | None:
    """The slot that most words speak for; None: no word tells one.

    Args:
        obj: The object.
        clause: Its clause.
        sentence: Its sentence.
        before: What was said before.
        order: The user tells the assistant what to do.
    """
    obj, clause, sentence = simplify(obj), simplify(clause), simplify(sentence)
    obj = _VAGUE.sub("", obj) or obj
    tally = _Tally(spoken=order or _SPOKEN.search(clause) is not None)
    tally.add(obj, _PART, last=_HEAD)
    at = clause.find(obj) if obj else -1
    own = (at, at + len(obj)) if at >= 0 else (0, 0)
    tally.add(clause, _BESIDE, without=own)
    for frame in _FRAMES.finditer(clause):
        words = frame["a"] or frame["b"] or frame["c"] or ""
        if words and words not in obj and obj not in words:
            tally.add(words, _FRAME - _BESIDE)
    if sentence and sentence != clause:
        at = sentence.find(clause) if clause else -1
        tally.add(sentence, _AROUND, without=(at, at + len(clause)) if at >= 0 else (0, 0))
    if before:
        tally.add(simplify(before), _BEFORE)
    if not tally.score:
        return None
    best = max(tally.score, key=lambda slot: (tally.score[slot], slot))
    beside = f"{sentence} {clause}"
    if best.startswith("answers.") and _WRITTEN.search(beside) and not _OWN_WORDS.search(beside):
        return "work.writing"
    return best


def names_a_thing(obj: str, sentence: str) -> bool:
    """Whether an object's words name a thing in the world, in a sentence that does not speak of the assistant's answers."""
    slot = None if speaks_of_answers(sentence) else slot_of(obj, sentence, order=False)
    return slot is not None and not slot.startswith("answers.")


def slot_scores(text: str) -> dict[str, float]:
    """How loudly the words of a text speak for each slot."""
    tally = _Tally(spoken=True)
    tally.add(simplify(text), 1.0)
    return tally.score
