"""What users ask of one request after another, in a few words: how it shall be ("no ice", "in metres?", 分步骤写), or what it
shall have ("with a garden", 带电梯的).

Said once it shapes what it is said of, and no more; said again of something else it is a signal that adds up with the
first, like a thing that is chosen time and again. The words are data: ``shaping.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from ..types import Polarity
from .candidates import Turn
from .events import Signal
from .pasted_code import code_lines
from .rules import slot_of_words, spoken
from .tasks import OWN_LIFE
from .text import Language, content_terms, has_cjk, index_terms, normalise

__all__ = ["asked_before", "asked_for", "shaping_terms"]

_LONGEST = 240  # characters of a turn that asks for something in a few words
_PIECES = 6
_ALONE = 2  # pieces of a turn that says nothing else
_WORDS, _CHARS = 6, 8  # of what is asked for
_MOST_TERMS = 3
_ANSWERING = timedelta(minutes=30)  # what is said later answers nothing
_AGAIN, _PARTLY = 2, 3  # times that it must be asked for in the same words, and in words that share some
_KEY = "ask"
_WHEN = "work.schedule"  # the time of something belongs to it
_SENTENCE_END = re.compile(r"[.!?。！？\n]\s*")
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
    text = files(__package__).joinpath("shaping.toml").read_text(encoding="utf-8")  # pyright: ignore[reportArgumentType]  # checked at run time
    return tomllib.loads(text)  # type: ignore[return-value]  # checked by the tests of both languages


@lru_cache(maxsize=1)
def _patterns() -> Mapping[Language, Mapping[str, re.Pattern[str]]]:
    return {
        language: {name: re.compile(pattern, re.IGNORECASE) for name, pattern in rows.items() if isinstance(pattern, str)}
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

    Args:
        turns: Consecutive turns of one conversation.
    """
    if not any(turn.told and (_asks(turn.text) or _properties(turn.text)) for turn in turns):
        return []
    found: list[Signal] = []
    matter = ""
    hands = {said.place: said for said in spoken(turns)}
    for place, turn in enumerate(turns):
        if turn.role != "user":
            continue
        asks = _asks(turn.text)
        if not asks or not asks[0].alone:
            matter = turn.episode
        if not turn.told or place not in hands:
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
    if len(text) > _LONGEST or _CITED.search(text) or "```" in text or text.count("\n") > 2 or next(code_lines(text), None) is not None:
        return ()
    language: Language = "zh" if has_cjk(text) else "en"
    table = _patterns()[language]
    if table["narrates"].search(text.replace("’", "'")):
        return ()
    spans: list[tuple[int, int]] = []
    at = 0
    for stop in [*table["split"].finditer(text), None]:
        end = stop.start() if stop is not None else len(text)
        if text[at:end].strip():
            spans.append((at, end))
        at = stop.end() if stop is not None else end
    if len(spans) > _PIECES:
        return ()
    read = [_chinese(text[s:e]) if language == "zh" else _english(text[s:e]) for s, e in spans]
    silent = [_says_nothing(text[s:e], language) for s, e in spans]
    alone = all(ask is not None or quiet for ask, quiet in zip(read, silent, strict=True))
    found = [(place, ask) for place, ask in enumerate(read) if ask is not None]
    begin = next((place for place, quiet in enumerate(silent) if not quiet), 0)
    if alone:
        return tuple(ask._replace(first=place == begin, alone=True) for place, ask in found) if len(found) <= _ALONE else ()
    return tuple(ask._replace(first=place == begin) for place, ask in found if ask.marked and place != begin)


@lru_cache(maxsize=2048)
def _properties(text: str) -> tuple[_Ask, ...]:
    """What a turn that looks for something says that it shall have."""
    language: Language = "zh" if has_cjk(text) else "en"
    table = _patterns()[language]
    low = text.lower().replace("’", "'")
    if len(text) > _LONGEST // 2 or len(low) != len(text) or not table["seeks"].search(low) or table["not_sought"].search(low):
        return ()
    found: dict[frozenset[str], _Ask] = {}
    for pattern in _properties_of(language):
        for match in pattern.finditer(low):
            terms = frozenset(content_terms(match["obj"]))
            if 1 <= len(terms) <= _MOST_TERMS and not table["routine"].match(match["obj"]):
                found.setdefault(
                    terms, _Ask(text[slice(*match.span("obj"))], terms, "wants", language, again=False, marked=True, sought=True)
                )
    return tuple(found.values())[:2]


def _says_nothing(piece: str, language: Language) -> bool:
    low = normalise(piece).strip(" .!?\"'")
    table = _patterns()[language]
    bare = table["tail"].sub("", table["lead"].sub("", low)).strip(" .!?")
    return not bare or all(table["routine"].match(word) for word in ([bare] if language == "zh" else bare.split()))


def _english(piece: str) -> _Ask | None:
    table = _patterns()["en"]
    own = piece.strip(" .!?;:。！？\"'“”‘’()")
    low = own.lower().replace("’", "'")
    if len(low) != len(own) or len(low.split()) > 2 * _WORDS:
        return None
    polarity: Polarity = "wants"
    start, end = 0, len(low)

    def strip(name: str) -> bool:
        nonlocal start
        match = table[name].match(low[start:end])
        start += match.end() if match else 0
        return match is not None

    strip("lead")
    tail = table["tail"].search(low, start)
    end = tail.start() if tail and tail.start() > start else end
    shaped = False
    if strip("without") or strip("too"):
        polarity = "avoids"
    else:
        shaped = strip("shape")
        if shaped and strip("without"):
            polarity = "avoids"
    marked = shaped or table["marks"].search(low[start:]) is not None
    out = table["out"].search(low[start:end])
    if out:
        end, polarity = start + out.start(), "avoids"
    strip("frame")
    core = low[start:end].strip(" \"'“”")
    if not core or len(core.split()) > _WORDS or table["sentence"].search(core):
        return None
    words = [w for w in re.findall(r"[\w'’.:+#-]+", core) if not table["routine"].match(w.strip(".:-"))]
    if words:
        words += re.findall(r"\d[\d.:]*", core)  # 30 degrees are not 60
    terms = frozenset(content_terms(" ".join(words))) - {"too"}
    if table["keeps"].match(core):
        terms |= frozenset(content_terms(core))
    if not 1 <= len(terms) <= _MOST_TERMS:
        return None
    begin = start + low[start:end].index(core)
    again = table["again"].search(low) is not None
    return _Ask(own[begin : begin + len(core)], terms, polarity, "en", again, marked or again or polarity == "avoids")


def _chinese(piece: str) -> _Ask | None:
    table = _patterns()["zh"]
    own = piece.strip(" \"'“”「」()（）")
    if len(own) > 3 * _CHARS or table["question"].search(own):
        return None
    low = own.lower()
    polarity: Polarity = "wants"
    start, end = 0, len(low)

    def strip(name: str) -> bool:
        nonlocal start
        match = table[name].match(low[start:end])
        start += match.end() if match else 0
        return match is not None

    again = table["again"].match(low) is not None
    if strip("too") or strip("without"):
        polarity = "avoids"
    else:
        strip("lead")
        if strip("without"):
            polarity = "avoids"
    tail = table["tail"].search(low, start)
    end = tail.start() if tail and tail.start() > start else end
    core = low[start:end].strip()
    if not core or len(core) > (_CHARS if has_cjk(core) else 2 * _CHARS) or table["sentence"].search(core) or table["routine"].match(core):
        return None
    terms = frozenset(content_terms(core))
    if not terms or len(terms) > 2 * _MOST_TERMS:
        return None
    begin = start + low[start:end].index(core)
    return _Ask(
        own[begin : begin + len(core)], terms, polarity, "zh", again, table["marks"].search(low) is not None or polarity == "avoids"
    )
