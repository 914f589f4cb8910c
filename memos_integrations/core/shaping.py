"""What users ask of one request after another, in a few words: how it shall be ("no ice", "in metres?", 分步骤写), or what it
shall have ("with a garden", 带电梯的).

Said once it shapes what it is said of, and no more; said again of something else it is a signal that adds up with the
first, like a thing that is chosen time and again. The words are data: ``shaping.toml``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, cast

from ..types import Polarity
from .candidates import Turn
from .events import Signal
from .pasted_code import code_lines
from .rules import slot_of_words, spoken
from .tables import tables
from .tasks import OWN_LIFE
from .text import Language, content_terms, has_cjk, index_terms, normalise

__all__ = ["asked_before", "asked_for", "shaping_terms"]

_NEXT = re.compile(r"(?i)^\W*(?:and|what about|how about|now)\b.*\?\s*$|^那?.{1,20}呢[?？]?\s*$")  # "And the week after?": another request
_LONGEST = 240  # characters of a turn that asks for something in a few words
_PIECES = 6
_MOST_SOUGHT = 3
_ALONE = 2  # pieces of a turn that says nothing else
_MOST_TERMS: Mapping[Language, int] = {"en": 3, "zh": 6}  # of what is asked for
_PIECE = 120  # characters of a piece that asks for something
_TAIL = 40  # characters at its end that may say nothing
_ANSWERING = timedelta(minutes=30)  # what is said later answers nothing
_AGAIN, _PARTLY = 2, 3  # times that it must be asked for in the same words, and in words that share some
_KEY = "ask"
_WHEN = "work.schedule"  # the time of something belongs to it
_SENTENCE_END = re.compile(r"[.!?。！？\n]\s*")
_EDGES = " .!?;:。！？\"'“”‘’「」()（）"
_WORD = re.compile(r"[\w'’.:+#-]+")
_NUMBER = re.compile(r"\d[\d.:]*")
_NEVER = re.compile(r"(?!)")
_SENTENCE = re.compile(r"[^\s.!?。！？\n][^.!?。！？\n]*[.!?。！？]*")
_CITED = re.compile(r"[\"“«「『][^\"”»」』]{25,}[\"”»」』]")


class _Ask(NamedTuple):
    """What a piece of a turn asks for.

    Attributes:
        words: The words for it.
        terms: Their terms.
        polarity: Its sign.
        language: Of the piece.
        again: It says that it was asked for before.
        marked: A word marks it as a way in which something shall be.
        sought: It is a property of what is looked for.
        first: Nothing that says anything stands before it in its turn.
        alone: Nothing but such pieces is in its turn.
    """

    words: str
    terms: frozenset[str]
    polarity: Polarity
    language: Language
    again: bool
    marked: bool
    sought: bool = False
    first: bool = False
    alone: bool = False


@lru_cache(maxsize=1)
def _tables() -> Mapping[Language, Mapping[str, str | Sequence[str]]]:
    return cast("Mapping[Language, Mapping[str, str | Sequence[str]]]", tables("shaping.toml"))


@lru_cache(maxsize=1)
def _patterns() -> Mapping[Language, Mapping[str, re.Pattern[str]]]:
    return {
        language: defaultdict(
            lambda: _NEVER, {name: re.compile(pattern, re.IGNORECASE) for name, pattern in rows.items() if isinstance(pattern, str)}
        )
        for language, rows in _tables().items()
    }


@lru_cache(maxsize=2)
def _properties_of(language: Language) -> Sequence[re.Pattern[str]]:
    return [re.compile(pattern) for pattern in _tables()[language]["property"]]


def shaping_terms(key: str) -> tuple[str, ...]:
    """Index tokens of the turns in which what a key stands for may have been asked for; nothing for keys of another kind."""
    kind, _, term = key.partition("=")
    return index_terms(term) if kind == _KEY else ()


def asked_before(turn: Turn) -> list[Signal]:
    """What an earlier turn may have asked for in a few words, read without what was said before it."""
    return [signal for ask in (*_asks(turn.text), *_properties(turn.text)) for signal in _signals(turn, ask, "")] if turn.told else []


def asked_for(turns: Sequence[Turn]) -> list[Signal]:
    """What turns ask for in a few words, in answer to the assistant or beside a request; each with the request that it shapes.

    Those of turns that are but context are among them: what shapes another request shows only beside the turns around it.

    Args:
        turns: Consecutive turns of one conversation.
    """
    if not any(turn.told and (_asks(turn.text) or _properties(turn.text)) for turn in turns):
        return []
    turns = [turn.model_copy(update={"learnable": True}) if turn.role == "user" else turn for turn in turns]
    found: list[Signal] = []
    matter = ""
    hands = {said.place: said for said in spoken(turns)}
    for place, turn in enumerate(turns):
        if turn.role != "user":
            continue
        asks = _asks(turn.text)
        if not asks or not asks[0].alone or _NEXT.search(turn.text[:200]):
            matter = turn.episode
        if place not in hands:
            continue
        for ask in _properties(turn.text):
            found += _signals(turn, ask, _slot(ask.words, turn.text, chosen=True))
        if not asks:
            continue
        said = hands[place]
        previous = turns[place - 1] if place else None
        answers = previous is not None and previous.role == "assistant" and turn.said_at - previous.said_at < _ANSWERING
        question = _last_question(said.before)
        table = _patterns()["zh" if has_cjk(question) else "en"]
        if table["asks_who"].search(question):
            continue
        around = f"{said.topic} {said.before[:200]}" if asks[0].alone else turn.text
        chosen = answers and table["choice"].search(question) is not None
        language: Language = "zh" if has_cjk(turn.text + said.before + said.topic) else "en"
        for ask in asks:
            if answers or not ask.first:
                beside = ask.alone and not ask.first and not question  # "cat litter, after six": how, said beside what
                slot = _slot(ask.words, around, chosen=bool(question) or not ask.alone)
                shaping = _signals(turn, ask._replace(language=language, marked=ask.marked or chosen or beside), slot)
                found += [replace(signal, within=frozenset((matter,))) for signal in shaping]
    return found


def _last_question(text: str) -> str:
    """The question, or what is left open, that ends a text, lower-cased; empty: none does."""
    text = text.rstrip()
    return f"{_SENTENCE_END.split(text[-300:-1])[-1].lower().strip()}?" if text.endswith(("?", "？", ":", "：")) else ""


def _slot(words: str, around: str, *, chosen: bool) -> str:
    """Where it belongs: as its own words say, else, and where the assistant asked how it shall be, as what it is asked of."""
    own, beside = slot_of_words(words), slot_of_words(around)
    if own == _WHEN and beside is not None:
        return beside
    if own is not None and not (chosen and own.startswith("answers.")):
        return own
    return beside if beside is not None and beside.startswith(OWN_LIFE) else own or ("other" if chosen else "answers.format")


def _signals(turn: Turn, ask: _Ask, slot: str) -> Iterator[Signal]:
    for term in sorted(ask.terms):
        yield Signal(
            key=f"{_KEY}={term}",
            value=ask.words,
            quote=ask.words,
            language=ask.language,
            polarity=ask.polarity,
            told="",
            episode=turn.episode,
            said_at=turn.said_at,
            session=turn.session,
            fixed=slot,
            needed=_AGAIN if ask.again else _PARTLY,
            alike=_PARTLY if ask.sought else _AGAIN,
            asks=ask.terms,
            marked=ask.marked,
        )


@lru_cache(maxsize=2048)
def _asks(text: str) -> tuple[_Ask, ...]:
    """What the pieces of a turn ask for, in order; nothing of a long turn, or of one with code in it."""
    if len(text) > _LONGEST or text.count("\n") > 2 or "```" in text:
        return ()
    language: Language = "zh" if has_cjk(text) else "en"
    table = _patterns()[language]
    if table["narrates"].search(text.replace("’", "'")):
        return ()
    pieces = list(islice(filter(str.strip, table["split"].split(text)), _PIECES + 1))
    heard = [_heard(piece, language) for piece in pieces] if len(pieces) <= _PIECES else []
    if not any(heard):
        return ()
    telling = (place for place, one in enumerate(heard) if one or not _says_nothing(pieces[place], language))
    begin = next(telling, 0)
    alone = heard[begin] is not None and all(heard[place] for place in telling)
    found: dict[int, _Ask] = {}
    for place, one in enumerate(heard):
        if one and (alone or (one.marked and place != begin)):
            terms = _terms(one, language)
            alone = alone and bool(terms)
            if terms:
                found[place] = _Ask(one.words, terms, one.polarity, language, again=one.again, marked=one.marked, first=place == begin)
    if not found or _CITED.search(text) or next(code_lines(text), None) is not None:
        return ()
    if alone:
        return tuple(ask._replace(alone=True) for ask in found.values()) if len(found) <= _ALONE else ()
    return tuple(ask for ask in found.values() if ask.marked and not ask.first)


@lru_cache(maxsize=2048)
def _properties(text: str) -> tuple[_Ask, ...]:
    """What a turn that looks for something says that it shall have."""
    language: Language = "zh" if has_cjk(text) else "en"
    table = _patterns()[language]
    low = text.lower().replace("’", "'")
    if len(text) > _LONGEST // 2 or len(low) != len(text) or not table["seeks"].search(low):
        return ()
    found: dict[frozenset[str], _Ask] = {}
    for said in _SENTENCE.finditer(low):
        if not table["seeks"].search(said.group()) or table["not_sought"].search(said.group()):
            continue
        for match in (match for pattern in _properties_of(language) for match in pattern.finditer(low, *said.span())):
            words, terms = text[slice(*match.span("obj"))], frozenset(content_terms(match["obj"]))
            if 1 <= len(terms) <= _MOST_SOUGHT and not table["routine"].match(match["obj"]):
                found.setdefault(terms, _Ask(words, terms, "wants", language, again=False, marked=True, sought=True))
    return tuple(found.values())[:2]


def _says_nothing(piece: str, language: Language) -> bool:
    low = normalise(piece).strip(" .!?\"'")
    table = _patterns()[language]
    bare = table["tail"].sub("", table["lead"].sub("", low)).strip(" .!?")
    return not bare or not _telling_words(bare, language)


def _telling_words(core: str, language: Language) -> list[str]:
    """The words that say more than any talk does; Chinese ones stand as one."""
    routine = _patterns()[language]["routine"]
    return [word for word in ([core] if language == "zh" else _WORD.findall(core)) if not routine.match(word.strip(".:-"))]


class _Heard(NamedTuple):
    """What a piece may ask for, its terms not yet read.

    Attributes:
        words: Its words as they stand.
        core: The same in lower case.
        told: Those of them that tell something.
        polarity: Its sign.
        again: It says that it was asked for before.
        marked: A word marks it as a way in which something shall be.
    """

    words: str
    core: str
    told: list[str]
    polarity: Polarity
    again: bool
    marked: bool


def _heard(piece: str, language: Language) -> _Heard | None:
    """One walk over a piece from both ends: what leads up to it, whether it is refused or shaped, what trails behind."""
    table = _patterns()[language]
    own = piece.strip(_EDGES)
    low = own.lower().replace("’", "'")
    if len(low) != len(own) or not 0 < len(low) <= _PIECE or table["question"].search(low):
        return None
    start, end = 0, len(low)

    def strip(name: str) -> bool:
        nonlocal start
        match = table[name].match(low[start:end])
        start += match.end() if match else 0
        return match is not None

    marked = table["marked"].search(low) is not None
    strip("lead")
    tail = table["tail"].search(low, max(start, end - _TAIL))
    end = tail.start() if tail and tail.start() > start else end
    refused = strip("without") or strip("too")
    if not refused and strip("shape"):
        marked, refused = True, strip("without")
    marked = marked or table["marks"].search(low[start:]) is not None
    out = table["out"].search(low[start:end])
    if out:
        end, refused = start + out.start(), True
    if end < len(low) and end - start == 1 and has_cjk(low[start:end]):
        end = len(low)  # 缩写 is one word, though 写 may trail behind
    strip("frame")
    core = low[start:end].strip(" \"'“”")
    if not core or not table["brief"].match(core) or table["sentence"].search(core):
        return None
    told = _telling_words(core, language)
    if not told and not table["keeps"].match(core):
        return None
    begin = start + low[start:end].index(core)
    again = table["again"].search(low) is not None
    sign: Polarity = "avoids" if refused else "wants"
    return _Heard(own[begin : begin + len(core)], core, told, sign, again, marked or again or refused)


def _terms(heard: _Heard, language: Language) -> frozenset[str]:
    """The terms of what is asked for; empty: it says nothing, or too much."""
    words = [*heard.told, *_NUMBER.findall(heard.core)] if heard.told else []  # 30 degrees are not 60
    found = content_terms(" ".join(words)) - {"too"}
    if _patterns()[language]["keeps"].match(heard.core):
        found |= content_terms(heard.core)
    return frozenset(found) if len(found) <= _MOST_TERMS[language] else frozenset()
