"""What the words of a ``forget`` describe, and how a text reads without them. The words are data: ``forgetting.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

from ..types import AnyMemory, Episode, Fact, Preference
from .slots import domain
from .tables import tables
from .text import CJK, content_terms, has_cjk, normalise, split_sentences

__all__ = ["ADDRESSED", "described", "mentions", "redact", "taken", "telling"]

_WHOLE = 0.75  # of a query's telling words that a memory must hold
_ALIKE = 5  # letters that words of one family share: divorce, divorcing
_ENDINGS = frozenset(["er", "or", "ist", "ian", "ic", "ance", "ment", "ness", "ful", "ies", "ed", "ing", "s", "es"])
_WHICH = frozenset({"new", "old", "former", "current", "previous", "新", "旧"})
_SHORTEST = 3  # characters of a value that is looked for in an answer
_WORD = re.compile(rf"[{CJK}]+|[^\W\d_{CJK}]+(?:['’-][^\W\d_{CJK}]+)*|\d+(?:[.,]\d+)*")
_HAN = re.compile(f"[{CJK}]+")
_STARTS = re.compile(r"(?:\A|[.!?。！？:\n])[\s\"'“(*>-]*\Z")
ADDRESSED = re.compile(r"\byou(?:r|rs|'re|'ve|'ll)?\b|你|您", re.IGNORECASE)
"""How a sentence speaks to the user."""


@dataclass(frozen=True, slots=True)
class _Aspect:
    """Something about the user that can be named without saying what it is."""

    attributes: frozenset[str]
    slots: frozenset[str]
    kind: str | None
    asked: re.Pattern[str]
    states: re.Pattern[str] | None
    value: re.Pattern[str] | None

    def holds(self, memory: AnyMemory) -> bool:
        if isinstance(memory, Fact):
            mine = memory.attribute in self.attributes and (self.kind is None or memory.kind == self.kind)
            return mine and (self.value is None or self.value.search(memory.value or memory.text) is not None)
        return isinstance(memory, Preference) and (self.kind == "preference" or domain(memory.slot) in self.slots)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One way in which a query puts it.

    Attributes:
        words: Its telling words (stems, or Chinese runs).
        names: Those of them that are names; where only relations stand beside them, they alone count.
        capital: Those written with a capital.
        told: How a text tells the kind of event that it names beside them.
    """

    words: frozenset[str]
    names: frozenset[str]
    capital: frozenset[str]
    told: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class _Meaning:
    aspects: tuple[_Aspect, ...]
    phrases: tuple[_Phrase, ...]


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tables("forgetting.toml")


@lru_cache(maxsize=1)
def _aspects() -> tuple[_Aspect, ...]:
    def pattern(row: dict[str, Any], name: str) -> re.Pattern[str] | None:
        return re.compile(row[name], re.IGNORECASE) if name in row else None

    return tuple(
        _Aspect(
            attributes=frozenset(row.get("attributes", ())),
            slots=frozenset(row.get("slots", ())),
            kind=row.get("kind"),
            asked=re.compile(row["asked"], re.IGNORECASE),
            states=pattern(row, "states"),
            value=pattern(row, "value"),
        )
        for row in _data()["aspect"]
    )


@lru_cache(maxsize=8)
def _latin(*tables: str) -> re.Pattern[str]:
    words = [word for table in tables for word in _data()[table]["latin"]]
    return re.compile(rf"(?:{'|'.join(words)})", re.IGNORECASE)


@lru_cache(maxsize=8)
def _chinese(table: str) -> re.Pattern[str]:
    return re.compile("|".join(sorted(_data()[table]["chinese"], key=len, reverse=True)))


# ---- what is asked for


@lru_cache(maxsize=256)
def _meaning(query: str) -> _Meaning:
    aspects = tuple(a for a in _aspects() if a.asked.search(query))
    if aspects:
        rest = query
        for aspect in aspects:
            rest = aspect.asked.sub(" ", rest)
        if not any(w for p in _phrases(rest) for w in p.words if w not in _WHICH and not _is_relation(w)):
            return _Meaning(aspects, ())
    return _Meaning((), _phrases(query))


def _is_relation(word: str) -> bool:
    return _latin("relation").fullmatch(word) is not None or _chinese("relation").fullmatch(word) is not None


@lru_cache(maxsize=1)
def _happenings() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    rows = _data()["happening"]
    return tuple((re.compile(row["asked"], re.IGNORECASE), re.compile(row["told"], re.IGNORECASE)) for row in rows)


def _phrases(query: str) -> tuple[_Phrase, ...]:
    """The query's phrases; the kind of an event that stands beside what it is of ("the Oslo trip") may be told in other words."""
    for asked, told in _happenings():
        found = _plain_phrases(asked.sub(" ", query)) if asked.search(query) else ()
        if found:
            return tuple(replace(phrase, told=told) for phrase in found)
    return _plain_phrases(query)


def _plain_phrases(query: str) -> tuple[_Phrase, ...]:
    """The query as one phrase, or as two where it says the same in two languages ("my diabetes 糖尿病")."""
    scripts = [bool(_HAN.match(run)) for run in re.findall(rf"[{CJK}]+|[^\W\d_{CJK}]+", query)]
    switches = sum(a is not b for a, b in pairwise(scripts))
    latin, han = " ".join(_HAN.sub(" | ", query).split()), " ".join(_HAN.findall(query))
    if switches == 1 and any(re.fullmatch(r"[a-z]+", word) for word in latin.split()):
        found = [_phrase(latin, ""), _phrase("", han)]
    else:
        found = [_phrase(latin, han)]
    return tuple(p for p in found if p.words)


def _phrase(latin: str, han: str) -> _Phrase:
    own: dict[str, str] = {}  # stem → as written
    starts: set[str] = set()
    for match in _WORD.finditer(latin):
        word = re.sub(r"['’]s$", "", match.group())
        for stem in sorted(content_terms(word)):
            if not _latin("request").fullmatch(word):
                own.setdefault(stem, word)
                if _STARTS.search(latin[: match.start()]):
                    starts.add(stem)
    capital = {stem for stem, word in own.items() if word[:1].isupper()}
    names = {stem for stem in capital - starts if len(stem) > 1 and not _latin("relation").fullmatch(own[stem])}
    bare = {stem for stem, word in own.items() if not _latin("weak").fullmatch(word)}
    related = {stem for stem, word in own.items() if _latin("relation").fullmatch(word)}
    words = bare or set(own)
    pieces, persons = _pieces(han, least=1 if own else 2)
    if (names and words <= names | related) or persons:
        alone = names | persons | pieces
        return _Phrase(frozenset(alone), frozenset(alone), frozenset(capital))
    return _Phrase(frozenset(words | pieces), frozenset(), frozenset(capital))


def _pieces(han: str, *, least: int) -> tuple[set[str], set[str]]:
    """What Chinese words of a query name, and which persons among them."""
    parts = [part for run in han.split() for part in _chinese("request").sub(" ", run).split()]
    pieces: set[str] = set()
    persons: set[str] = set()
    for part in parts:
        rest = part
        while (match := _chinese("weak").match(rest)) and len(rest) - match.end() >= least:  # "唱K" is one word
            rest = rest[match.end() :]
        relation = _chinese("relation").match(rest)
        name = rest[relation.end() :] if relation else rest
        names = _data()["names"]
        called = (2 <= len(name) <= 3 and name[0] in names["begin"]) or (3 <= len(name) <= 4 and name[:2] in names["compound"])
        if called and (relation or len(parts) == 1):
            persons.add(name)
        else:
            pieces.add(rest)
    return pieces, persons if not pieces else set()


# ---- what a text holds


def mentions(text: str, query: str) -> bool:
    """Whether a text speaks of what a query names: most of its telling words, in any inflection."""
    return any(_says(text, phrase) for phrase in _meaning(query).phrases)


def _says(text: str, phrase: _Phrase) -> bool:
    if phrase.told is not None and phrase.told.search(text) is None:
        return False
    tokens: dict[str, bool] = {}  # stem → whether it stands there as a plain word
    for match in _WORD.finditer(text):
        plain = not match.group()[0].isupper()
        for stem in content_terms(match.group()):
            # what begins a sentence may be either; a query in lower case takes it for a word
            tokens[stem] = tokens.get(stem, False) or plain
            if not plain and _STARTS.search(text[max(0, match.start() - 8) : match.start()]):
                tokens[stem] = tokens[stem] or not phrase.capital
    low = normalise(text)
    units = hits = 0
    for word in phrase.words:
        if has_cjk(word):
            bigrams = [word] if len(word) <= 2 or word in phrase.names else [a + b for a, b in pairwise(word)]
            units += len(bigrams)
            apart = len(word) >= 4 and len(word) % 2 == 0 and all(word[i : i + 2] in low for i in range(0, len(word), 2))
            parted = len(word) == 2 and word[0] in _data()["parted"]["chinese"] and _parted(word).search(low) is not None
            hits += len(bigrams) if apart or parted else sum(_stands(low, b) if word in phrase.names else b in low for b in bigrams)
        else:
            units += 1
            hits += word in tokens or any(plain and _family(word, term) for term, plain in tokens.items())
    needed = units if phrase.names else _WHOLE * units
    return units > 0 and hits >= max(1, needed)


@lru_cache(maxsize=256)
def _parted(word: str) -> re.Pattern[str]:
    """A verb and its object, with how much or which between them."""
    return re.compile(rf"{word[0]}[^，,。；;！!？?\s]{{1,5}}{word[1]}")


def _family(one: str, two: str) -> bool:
    """Whether two stems belong together: allergy and allergic, pregnancy and pregnant."""
    short, long = sorted((one, two), key=len)
    shared = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if shared == len(short) >= 4 and long[shared:] in _ENDINGS:
        return True
    return shared >= max(_ALIKE, len(short) - 2) and len(long) - shared <= 4


def _stands(text: str, name: str) -> bool:
    """Whether a Chinese name stands there, and not as the beginning of a longer one."""
    at = text.find(name)
    while at >= 0:
        after = text[at + len(name) : at + len(name) + 1]
        if len(name) > 2 or not after or after not in _data()["names"]["longer"]:
            return True
        at = text.find(name, at + 1)
    return False


def described(query: str, memories: Sequence[AnyMemory]) -> dict[str, tuple[str, ...]]:
    """Which memories the words of a query describe, and no others.

    A query that names something about the user as such ("where I live") takes the facts of it, old and new, and the
    turns that say it. Any other takes what holds most of its telling words; a name alone takes all that holds it.

    Returns:
        Ids; for a turn also the sentences that are meant, for another memory the quotes (empty: all of it).
    """
    meaning = _meaning(query)
    chosen: dict[str, tuple[str, ...]] = {}
    values: set[str] = set()
    for memory in memories:
        if isinstance(memory, Episode):
            continue
        named = memory.subject in (None, "user") and any(a.holds(memory) for a in meaning.aspects) and not _of_another(_said(memory), query)
        quotes = tuple(e.quote for e in memory.evidence if mentions(e.quote, query))
        if named or (quotes and len(quotes) == len(memory.evidence)) or (not quotes and mentions(_all_words(memory), query)):
            chosen[memory.id] = ()
        elif mentions(memory.text, query):
            chosen[memory.id] = quotes  # its other witnesses say nothing of it; where only they do, it loses this one
        if named and isinstance(memory, Fact) and len(memory.value) >= _SHORTEST:
            values.add(normalise(memory.value))
    for memory in memories:
        if not isinstance(memory, Episode):
            continue
        sentences = [memory.text[s:e] for s, e in split_sentences(memory.text)]
        told = tuple(s for s in sentences if _told(s, memory.role, query, meaning.aspects, values))
        if told or mentions(memory.text, query):
            chosen[memory.id] = () if len(told) == len(sentences) else told
    return chosen


def _told(sentence: str, role: str, query: str, aspects: Sequence[_Aspect], values: set[str]) -> bool:
    if mentions(sentence, query):
        return True
    if role == "user":
        return any(a.states is not None and a.states.search(sentence) for a in aspects) and not _of_another(sentence, query)
    low = normalise(sentence)
    return bool(ADDRESSED.search(sentence)) and any(value in low for value in values)


def _of_another(text: str, query: str) -> bool:
    """Whether it tells of somebody else than the query names: my address is not my brother's."""
    return _owners(text) != _owners(query)


@lru_cache(maxsize=1)
def _relations() -> re.Pattern[str]:
    """Who owns or does what is said: named with an "'s", or where a clause begins ("I live with my sister" is of the user)."""
    chinese = "|".join(sorted((w for w in _data()["relation"]["chinese"] if not w.endswith("叫")), key=len, reverse=True))
    latin = "|".join(_data()["relation"]["latin"])
    begin = r"(?:\A|[.!?;,，。！？；\n])\s*(?:and |but |而|但|不过)?"
    return re.compile(
        rf"\b(?:my|our)\s+(?:\w+\s)?({latin})['’]s?\b|{begin}(?:my|our)\s+(?:\w+\s)?({latin})\b|{begin}(?:我|我的|我家)?({chinese})",
        re.IGNORECASE,
    )


@lru_cache(maxsize=4096)
def _owners(text: str) -> frozenset[str]:
    return frozenset(next(filter(None, found.groups())).casefold() for found in _relations().finditer(text))


def _said(memory: AnyMemory) -> str:
    return memory.evidence[0].quote if memory.evidence else memory.text


def _all_words(memory: AnyMemory) -> str:
    return "\n".join((memory.text, *(e.quote for e in memory.evidence)))


def telling(text: str) -> frozenset[str]:
    """The words of a text that say something: stems, and Chinese bigrams, without those that any request holds."""
    spoken = _latin("request", "weak")
    words = (match.group() for match in _WORD.finditer(_HAN.sub(" ", text)))
    stems = frozenset(stem for word in words if not spoken.fullmatch(word) for stem in content_terms(word))
    han = _chinese("request").sub(" ", _chinese("weak").sub(" ", " ".join(_HAN.findall(text))))
    return stems.union(*(content_terms(run) for run in han.split()))


def taken(text: str, quotes: Sequence[str]) -> list[str]:
    """The sentences of a text that hold one of the quotes."""
    return [text[s:e] for s, e in split_sentences(text) if _holds(text[s:e], quotes)]


def _holds(sentence: str, quotes: Sequence[str]) -> bool:
    return any(q and (q in sentence or sentence.strip() in q) for q in quotes)


def redact(text: str, quotes: Sequence[str]) -> str | None:
    """A text without the sentences that hold the quotes; None if nothing of weight is left."""
    spans = split_sentences(text)
    kept = [(s, e) for s, e in spans if not _holds(text[s:e], quotes)]
    for at, end in _crossing(text, spans, quotes):
        kept = [(s, e) for s, e in kept if e <= at or s >= end]
    if len(kept) == len(spans):
        return text
    rest = " ".join(text[s:e] for s, e in kept).strip()
    return rest if content_terms(rest) else None


def _crossing(text: str, spans: Sequence[tuple[int, int]], quotes: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where quotes stand that go over the end of a sentence."""
    for quote in quotes:
        if quote and quote in text and not any(quote in text[s:e] for s, e in spans):
            yield text.index(quote), text.index(quote) + len(quote)
