"""What the rules of both languages share: sentences, cut-out stretches, play-acting, and rule files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ..candidates import Turn
from ..finding import Finder, Sieve
from ..in_hand import NO_WORK, InHand, Work, carried
from ..pasted import own_words
from ..tasks import says
from ..text import Language, has_cjk, split_sentences

__all__ = ["QUOTED", "Rule", "Sentence", "Spoken", "load_toml", "mask", "rules", "sentences", "sieve", "spoken"]

QUOTED = "¤"
"""Stands for each character inside quote marks in ``Sentence.masked``."""

_GUARDS = Path(__file__).parent / "guards.toml"
_HEAD, _TAIL = 60_000, 20_000  # of a longer message only both ends are read: a limit on time
_TOPIC = 400  # of the user's turn before
_ASKED = 4_000  # of all that the user said before
_SHORT = 2_000  # characters of a text whose mask is remembered for a while
_LONGEST = 700  # of a sentence: what is longer is no sentence

_CITES_NOBODY = 120  # characters of a turn all of which stands between quote marks; a longer one is some text
_QUOTES = re.compile(
    r"\"[^\"\n]{1,600}\""
    r"|“[^”]{1,600}”"
    r"|«[^»]{1,600}»"
    r"|「[^」]{1,600}」"
    r"|『[^』]{1,600}』"
    r"|《[^》]{1,100}》"
    r"|(?<!\w)'[^'\n]{1,200}'(?!\w)"
    r"|‘[^’\n]{1,200}’(?!\w)"
)
# "My flatmate always says: I don't eat fish": cited without quote marks; what a doctor says, or one's own rule, is for the user
_REPORTED = re.compile(
    r"(?<![\w'’])(?:(?:my|our|his|her|their|the|an?|some|one|another)"
    r"(?: (?!doctor|gp\b|dentist|physio|nutritionist|dieti[tc]ian|specialist|consultant|surgeon|allergist|rules?\b|motto|polic|body\b|gut\b"
    r"|answer|question|request|wish)[\w'’-]{1,20}){1,5}?|he|she|they|someone|somebody|people|everyone|everybody)"
    r"(?: (?:always|often|just|usually|once|then|also|still|keeps?|kept|is|was|has|yesterday|today)){0,3}"
    r" (?:says?|said|saying|wrote|writes?|texted|texts|tells? me|told me|goes|went|replied|answered|commented|posted|complain(?:s|ed)"
    r"|messaged|like|asks?|asked|shouts|shouted)(?: (?:me|us|to me|back|this|yesterday|today))?: ?(?P<said>[^.!?\n]{1,300})"
    r"|(?:用户|客户|顾客|网友|读者|买家|粉丝|学生|学员|家长|同事|有人|对方|楼主|评论区?|弹幕|他们?|她们?|我?(?:妈妈?|爸爸?|[公婆]{2}|老[公婆板师]|姐姐?|哥哥?|弟弟?|妹妹?|室友|朋友|闺蜜|邻居|领导))(?:[^，。！？：:\n我]|我们){0,14}"
    r"(?:说|留言|写|评论|反馈|问|发|回|提|投诉|吐槽|抱怨)(?:了|道|过|着|的)?[：:] ?(?P<said_zh>[^。！？\n]{1,300})",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]{2}")
# a question that has lost its mark: its verb stands before its subject, to the end of the sentence
_ASKS = re.compile(
    r"\W*(?:(?:and|but|so|or|also|ok|okay|right|well|hi|hey|hello|oh|then|now|anyway|just|btw|by the way|quick question"
    r"|one more thing|thanks|thank you|thx|cheers|great|cool|hm+|hmm+|um|er|sorry|wait|hang on|hold on|k|yeah"
    r"|yes|no|ah|ooh|lol|haha)\b[,.:!]*\s+)*"
    r"(?:(?:do|does|did|don['’]?t|doesn['’]?t|didn['’]?t|is|are|am|was|were|isn['’]?t|aren['’]?t|has|have|had|can|could|should"
    r"|will|would|shall|may|might)\s"
    r"(?:i|we|he|she|it|they|there|this|that|these|those|the|an?|my|our|his|her|their|its|any|some|people|anyone|everyone|someone)\b"
    r"|(?:what|which|who|whom|whose|where|when|why|how)(?:['’]?(?:s|re|d|ll)|\s(?:is|are|was|were|do|does|did"
    r"|can|could|should|would|will|has|have"
    r"|might|may|much|many|long|far|often|old|big|late|early|come|about|else|kind|sort|time|day|year|one|of))\s"
    r"|(?:what|how|why)\s(?:not|if|exactly)\b)",
    re.IGNORECASE,
)
_TAGGED = re.compile(r", (?:right|correct)[\s.]*$", re.IGNORECASE)
# an English sentence with a Chinese name in it ("my 奶奶 hates cilantro"): words that only join others are of one language
_JOINS = re.compile(
    r"(?i)\b(?:i|my|me|we|our|you|your|he|she|his|her|they|their|it|the|an?|is|are|am|was|be|do|does|to|in|on|at|of|for|with|from|and|but"
    r"|or|not|never|always|please|no|any|can|will|have|has|had|that|this|when|if)(?:['’][a-z]{1,2})?\b|n['’]t\b"
)
_JOINS_CHINESE = re.compile("[我你您他她它咱是不没别把给对在了吗呢吧都也很太就要会能想请帮让喜爱恨讨吃喝看去来写用做买住说问有只每这那个]")
_LATIN, _HAN = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?"), re.compile(r"[\u4e00-\u9fff]+")
_ASKS_ONLY = re.compile(r"^[^.!。！]{1,60}[?？]\s*$|(?:什么|啥|怎么|为何|吗|呢)[^，。！？]{0,6}$")  # names a thing, and asks for none


class Rule(Finder):
    """A pattern of a rule file with the keys beside it (``data``)."""

    __slots__ = ("data",)

    def __init__(self, pattern: str, data: dict[str, Any], flags: int = 0, *, plainer: str | None = None) -> None:
        """See ``Finder``; a rule may name what it needs."""
        super().__init__(pattern, flags, plainer=plainer, needs=data.get("needs", ()))
        self.data = data


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that a user wrote for themselves.

    Attributes:
        turn: Where it stands.
        index: Place of the turn in the window.
        start: Offset in ``turn.text``.
        text: Verbatim.
        masked: As long as ``text``; quoted characters are ``QUOTED``, cut-out ones spaces.
        language: ``zh`` if it has a Chinese character, more than a name in an English sentence, or only marks an option of a Chinese turn.
        question: It ends in a question mark.
        before: The assistant's words just before the turn, or empty.
        topic: The user's own words before those, or empty: what the assistant answered.
        hand: The work in hand.
        first: It is the first of its turn.
    """

    turn: Turn
    index: int
    start: int
    text: str
    masked: str
    language: Language
    question: bool
    before: str
    first: bool
    topic: str = ""
    hand: InHand = NO_WORK


def load_toml(path: Path) -> dict[str, Any]:
    """The tables of a rule file."""
    with path.open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=64)
def rules(path: Path, table: str) -> tuple[Rule, ...]:
    """The compiled rules of an array of tables in a rule file; each has a ``pattern``, in which ~name~ is a macro."""
    tables = load_toml(path)
    rows: list[dict[str, Any]] = tables.get(table, [])
    macros: dict[str, str] = tables.get("macros", {})
    for row in rows:
        for name, value in macros.items():
            row["pattern"] = row["pattern"].replace(f"~{name}~", value)
    return tuple(Rule(row["pattern"], row, re.IGNORECASE) for row in rows)


@lru_cache(maxsize=8)
def sieve(path: Path, table: str) -> Sieve[Rule]:
    """The rules of an array of tables that are many."""
    return Sieve(rules(path, table))


def _quoted(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", QUOTED, match.group())


def _reported(match: re.Match[str]) -> str:
    said = match["said"] or match["said_zh"]
    if said.lstrip().startswith(QUOTED):
        return match[0]  # its quote marks say how far it goes
    return match[0][: -len(said)] + re.sub(r"\S", QUOTED, said)


def mask(text: str) -> str:
    """The text, equally long, with code, cited lines and pasted forms as spaces and quotations as ``QUOTED``."""
    return _mask_short(text) if len(text) <= _SHORT else _mask(text)


@lru_cache(maxsize=256)
def _mask_short(text: str) -> str:
    return _mask(text)  # rules and models each read a turn


def _mask(text: str) -> str:
    whole, text = text, own_words(text)
    bare = text.strip()
    if text != whole and '"' in whole:  # what is the user's own beside a pasted text may begin within a quotation
        cited = _QUOTES.sub(_quoted, whole)
        text = "".join(QUOTED if mark == QUOTED and not own.isspace() else own for own, mark in zip(text, cited, strict=True))
    elif len(bare) <= _CITES_NOBODY and _QUOTES.fullmatch(bare):  # a whole turn between quote marks
        start = text.index(bare)
        text = f"{text[:start]} {bare[1:-1]} {text[start + len(bare) :]}"
    if any(mark in text for mark in "\"'“«「『《‘"):
        text = _QUOTES.sub(_quoted, text)
    if ":" in text or "：" in text:
        text = _REPORTED.sub(_reported, text)
    return text


@lru_cache(maxsize=256)  # a turn is met again as what was said before the next ones
def _matches(table: str, text: str) -> bool:
    return sieve(_GUARDS, table).finds(text)


class Spoken(NamedTuple):
    """A learnable turn of the user's.

    Attributes:
        place: Among the turns.
        before: The assistant's words just before, or empty.
        topic: The user's own words before those, or empty: what the assistant answered.
        hand: The work in hand.
    """

    place: int
    before: str
    topic: str
    hand: InHand


def spoken(turns: Sequence[Turn]) -> Iterator[Spoken]:
    """The learnable user turns, what is said while playing a part left out."""
    playing = False
    before = topic = asked = ""
    work = Work()
    last: str | None = None  # the user's turn before, if it was said in earnest
    for index, turn in enumerate(turns):
        if turn.role == "assistant":
            before = turn.text
            continue
        if turn.role != "user":
            continue
        work = carried(work, last) if last is not None else Work()
        said = turn.text[:2_000].lower()
        if playing and (_matches("roleplay_stop", said) or says("elsewhere", said)):
            playing = False
        elif not playing and _matches("roleplay_start", said):
            playing = not _matches("roleplay_stop", said)
            before, last = "", None
            continue
        if turn.learnable and not playing:
            yield Spoken(index, before, topic if before else "", InHand(work.set_by, asked, work.left))
        before, topic, last = "", turn.text[:_TOPIC], None if playing else turn.text
        if not _ASKS_ONLY.search(turn.text[:_TOPIC]):
            asked = f"{asked}\n{turn.text[:_TOPIC].lower()}"[-_ASKED:]


def sentences(turns: Sequence[Turn]) -> Iterator[Sentence]:
    """Sentences of the learnable user turns; what is said while playing a part is left out."""
    for said in spoken(turns):
        yield from _of_turn(turns[said.place], said)


def _of_turn(turn: Turn, said: Spoken) -> Iterator[Sentence]:
    text = turn.text
    parts = [(0, text)] if len(text) <= _HEAD + _TAIL else [(0, text[:_HEAD]), (len(text) - _TAIL, text[-_TAIL:])]
    first = True
    for offset, part in parts:
        masked = mask(part)
        chinese = has_cjk(part)
        for start, end in split_sentences(masked):
            end = min(end, start + _LONGEST)
            own = masked[start:end]
            spoken = part[start:end]
            # a letter or a number alone is said in the language of what it answers, or of what it stands in
            of_chinese = has_cjk(spoken) and not _is_english(own)
            found: Language = "zh" if of_chinese or (not _WORD.search(spoken) and (chinese or has_cjk(said.before))) else "en"
            if own.strip():
                question = own.rstrip(f"{QUOTED} )!").endswith(("?", "？")) or (
                    found == "en" and (_ASKS.match(own) or _TAGGED.search(own)) is not None
                )
                yield Sentence(
                    turn, said.place, offset + start, part[start:end], own, found, question, said.before, first, said.topic, said.hand
                )
            first = False


def _is_english(sentence: str) -> bool:
    """Whether a sentence with Chinese words in it is an English one that names something in Chinese."""
    if _JOINS_CHINESE.search(sentence) or (joins := len(_JOINS.findall(sentence))) == 0:
        return False
    words, names = _LATIN.findall(sentence), _HAN.findall(sentence)
    return len(words) >= 2 * len(names) and (joins > 1 or sentence.lstrip()[:1].isascii())
