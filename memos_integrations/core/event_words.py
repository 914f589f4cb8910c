"""How events are read: actions, keys and names. The vocabulary is data: ``events.toml``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from pydantic import JsonValue

from .tables import tables
from .text import has_cjk, normalise

__all__ = ["Event", "actions", "facet_of_key", "family_of", "ignored", "is_name", "names", "plain", "read_event", "vocabulary"]

_MOST_CHARS = 20_000  # of an event's content
_MOST_PAIRS = 60
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Event:
    """An action and what it was done to.

    Attributes:
        name: The action, as the app calls it.
        text: The content.
        family: The row of the vocabulary that it belongs to.
        pairs: Keys, in plain words, with their values as text.
        chinese: It holds a Chinese character.
    """

    name: str
    text: str
    family: str
    pairs: tuple[tuple[str, str], ...]
    chinese: bool

    @property
    def words(self) -> str:
        """All that tells where its things belong."""
        action = _BOOKING.sub("", self.name)  # one books a table, one reads a book
        return plain(f"{action} {' '.join(f'{k} {v}' for k, v in self.pairs if k not in names('action'))}"[:2_000])


_BOOKING = re.compile(r"(?i)\bbook(?:ed|ing|ings)?\b")


@lru_cache(maxsize=1)
def vocabulary() -> dict[str, Any]:
    """The tables of ``events.toml``."""
    return tables("events.toml")


@lru_cache(maxsize=1)
def facet_of_key() -> dict[str, str]:
    """The attribute that each known key names."""
    return {key: name for name, facet in vocabulary()["facets"].items() for key in facet["keys"]}


@lru_cache(maxsize=16)
def names(table: str) -> frozenset[str]:
    """Keys under which events hold things, actions, settings, values or ratings."""
    return frozenset(vocabulary()["names"][table])


@lru_cache(maxsize=4)
def ignored(table: str) -> frozenset[str]:
    """Keys or values that say nothing of taste."""
    return frozenset(vocabulary()["ignored"][table])


def _inflected(phrase: str) -> str:
    """A pattern of a Latin phrase whose first word may be inflected."""
    first, _, rest = phrase.partition(" ")
    if first.endswith("e"):
        verb = f"{re.escape(first[:-1])}(?:e|es|ed|er|ing)"
    elif first.endswith("y"):
        verb = f"{re.escape(first[:-1])}(?:y|ies|ied|ying)"
    else:
        verb = f"{re.escape(first)}(?:s|es|ed|ing|{re.escape(first[-1])}(?:ed|ing))?"
    return rf"\b{verb}{' ' + re.escape(rest) if rest else ''}\b"


@lru_cache(maxsize=1)
def actions() -> tuple[re.Pattern[str], dict[str, str]]:
    """Matches any phrase of the vocabulary, longest first; the group's name leads to its family."""
    phrases = [(word, family) for family, row in vocabulary()["actions"].items() for word in row["words"]]
    phrases.sort(key=lambda pair: -len(pair[0]))
    parts: list[str] = []
    families: dict[str, str] = {}
    for number, (word, family) in enumerate(phrases):
        families[f"g{number}"] = family
        parts.append(f"(?P<g{number}>{re.escape(word) if has_cjk(word) else _inflected(word)})")
    return re.compile("|".join(parts)), families


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JOINTS = re.compile(r"[\s_\-./:]+")


def plain(name: str) -> str:
    """A name of an action or a key in words: ``SkipTrack``, ``skip_track`` and ``skip-track`` alike."""
    return _JOINTS.sub(" ", normalise(_CAMEL.sub(" ", name))).strip()


@lru_cache(maxsize=1024)
def family_of(name: str) -> str | None:
    """The row of the vocabulary that an action belongs to; None: it is not known."""
    pattern, families = actions()
    found = {families[match.lastgroup or ""] for match in pattern.finditer(plain(name[:120]))}
    return next((family for family in vocabulary()["actions"] if family in found), None)


_PAIR = re.compile(r"^\s*([^\s:：=][^:：=]{0,30}?)\s*[:：=]\s*(\S.{0,200})$")
_NAMED = re.compile(r"[《“\"「‘](?P<name>[^》”\"」’]{1,60})[》”\"」’]|(?<!\w)'(?P<plain>[^'\n]{2,60})'(?!\w)")


def _flat(value: JsonValue, key: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Pairs of key and text of a JSON value, without what is under a key that says nothing of taste."""
    if isinstance(value, Mapping):
        for own, inner in value.items():
            name = plain(own[:120])
            if depth < _DEEPEST and name not in ignored("keys"):
                yield from _flat(inner, name, depth + 1)
    elif isinstance(value, list):
        for inner in value[:8]:
            if depth < _DEEPEST:
                yield from _flat(inner, key, depth + 1)
    elif isinstance(value, bool):
        yield key, "true" if value else "false"
    elif isinstance(value, int | float):
        yield key, f"{value:g}"
    elif isinstance(value, str) and value.strip():
        yield key, value.strip()


def _told(text: str) -> list[tuple[str, str]]:
    """Pairs that plain text tells: ``genre: horror; item: Night Ward``, or the name of a thing."""
    parts = [_PAIR.match(part) for part in re.split(r"[\n;；,，]", text)]
    pairs = [(plain(match[1]), match[2].strip()) for match in parts if match is not None]
    known = names("item") | names("setting") | names("value") | names("rating") | facet_of_key().keys()
    if pairs and len(pairs) == len(parts) and any(key in known for key, _ in pairs):
        return [(key, value) for key, value in pairs if key not in ignored("keys")]
    named = _NAMED.search(text)
    if named is None:
        return [("item", text)]
    rest = re.sub(
        r"(?i)^(?:the|an?|这[部个首本]|一[部个首本])\s*", "", (text[: named.start()] + text[named.end() :]).strip(" ,.，。:：()（）了过的")
    )
    return [("item", named["name"] or named["plain"]), *([("tag", rest)] if rest else [])]


def read_event(name: str | None, content: str) -> Event | None:
    """What an event says was done to what; None: nothing that the vocabulary knows, or nothing about taste."""
    text = content[:_MOST_CHARS].strip()
    family = family_of(name) if name else None
    if text[:1] in "{[":
        try:
            value: JsonValue = json.loads(text)
        except (ValueError, RecursionError):
            return None
        pairs = list(islice(_flat(value, "item"), _MOST_PAIRS))
    else:
        if family is None:
            match = actions()[0].match(text.casefold()[:60])
            family = actions()[1][match.lastgroup or ""] if match else None
            text = text[match.end() :].strip(" :：,，") if match else text
        pairs = _told(text)
    if family is None:
        family = next((f for key, value in pairs if key in names("action") and (f := family_of(value))), None)
    if family is None and name and any(plain(name) in words for words in vocabulary()["settings"].values()):
        family = "change"  # named by the setting itself
    if family is None or family == "neutral":
        return None
    return Event(name or "", content, family, tuple(pairs), has_cjk(f"{name or ''}{content[:_MOST_CHARS]}"))


@lru_cache(maxsize=1)
def _orders() -> re.Pattern[str]:
    return re.compile(vocabulary()["orders"]["pattern"], re.IGNORECASE)


_MARKS = re.compile(r"[<>{}\[\]|`\\\n\r\t]|[.!?。！？;；](?=.)|https?:")
_CODE = re.compile(r"^(?=.*\d)[0-9A-Fa-f\-]{8,}$|^[\W\d_]+$|^v?\d+\.\d+(?:\.\d+)*\b|^[A-Za-z]{0,4}[-#]\d{4,}$")


def is_name(value: str, *, short: bool) -> bool:
    """Whether it reads as the name of something and cannot be taken for a sentence or an order."""
    if (
        not value
        or (len(value) < 2 and not has_cjk(value))
        or _MARKS.search(value.replace("e.g.", ""))
        or _CODE.match(value)
        or _orders().search(value)
    ):
        return False
    if has_cjk(value):
        return len(value) <= (16 if short else 30)
    return len(value) <= (40 if short else 80) and len(value.split()) <= (5 if short else 12)
