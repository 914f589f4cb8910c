"""What a message of role ``event`` shows of the user's taste. The vocabulary is data: ``events.toml``.

An event is something that the user did in an app. Its words name what it was done to; they are the app's, not the
user's own statement, so they are read as names and as nothing else. How signals add up is in ``implicit``.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

from pydantic import JsonValue

from ..types import Polarity
from .candidates import Turn
from .rules import slot_of_words
from .text import Language, has_cjk, normalise

__all__ = ["Signal", "event_terms", "signal_term", "signals"]

_MOST_CHARS = 20_000  # of an event's content
_MOST_PAIRS = 60
_MOST_SIGNALS = 12
_USUAL, _UNKNOWN = 2, 3  # signals needed under a known attribute, and under one that the vocabulary lacks
_SCALES = (5.0, 10.0, 100.0)


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that one event shows.

    Attributes:
        key: Signals with the same key are about the same thing, or about the same setting.
        value: The words for it, as in the event where the event names it.
        quote: Verbatim words of the event.
        label: What it is the value of (``genre``), in the language of the wording; empty for things themselves.
        slot: Its place in the taxonomy.
        language: The language to word it in.
        polarity: Whether the action speaks for or against it.
        clear: It is enough by itself.
        needed: How many independent ones are, otherwise.
        broad: Counts only over different narrower values.
        within: Keys of narrower things that the same event names.
        setting: It is the value of a setting, of which the newest holds.
        episode: The event.
        said_at: When.
        session: The conversation it belongs to.
    """

    key: str
    value: str
    quote: str
    label: str
    slot: str
    language: Language
    polarity: Polarity
    episode: str
    said_at: datetime
    session: str | None
    clear: bool = False
    needed: int = _USUAL
    broad: bool = False
    setting: bool = False
    within: frozenset[str] = field(default_factory=frozenset[str])


@dataclass(frozen=True, slots=True)
class _Event:
    turn: Turn
    family: str
    pairs: tuple[tuple[str, str], ...]
    chinese: bool

    @property
    def words(self) -> str:
        action = _BOOKING.sub("", self.turn.name or "")  # one books a table, one reads a book
        return f"{action} {' '.join(f'{k} {v}' for k, v in self.pairs if k not in _names('action'))}"


_BOOKING = re.compile(r"(?i)\bbook(?:ed|ing|ings)?\b")


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("events.toml").read_text(encoding="utf-8"))  # pyright: ignore[reportArgumentType]  # checked at run time


@lru_cache(maxsize=1)
def _facet_of_key() -> dict[str, str]:
    return {key: name for name, facet in _data()["facets"].items() for key in facet["keys"]}


@lru_cache(maxsize=16)
def _names(table: str) -> frozenset[str]:
    return frozenset(_data()["names"][table])


@lru_cache(maxsize=4)
def _ignored(table: str) -> frozenset[str]:
    return frozenset(_data()["ignored"][table])


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
def _actions() -> tuple[re.Pattern[str], dict[str, str]]:
    """Matches any phrase of the vocabulary, longest first; the group's name leads to its family."""
    phrases = [(word, family) for family, row in _data()["actions"].items() for word in row["words"]]
    phrases.sort(key=lambda pair: -len(pair[0]))
    parts: list[str] = []
    families: dict[str, str] = {}
    for number, (word, family) in enumerate(phrases):
        families[f"g{number}"] = family
        parts.append(f"(?P<g{number}>{re.escape(word) if has_cjk(word) else _inflected(word)})")
    return re.compile("|".join(parts)), families


_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_JOINTS = re.compile(r"[\s_\-./:]+")


def _plain(name: str) -> str:
    """A name of an action or a key in words: ``SkipTrack``, ``skip_track`` and ``skip-track`` alike."""
    return _JOINTS.sub(" ", normalise(_CAMEL.sub(" ", name[:120]))).strip()


@lru_cache(maxsize=1024)
def _family(name: str) -> str | None:
    pattern, families = _actions()
    found = {families[match.lastgroup or ""] for match in pattern.finditer(_plain(name))}
    return next((family for family in _data()["actions"] if family in found), None)


_PAIR = re.compile(r"^\s*([^\s:：=][^:：=]{0,30}?)\s*[:：=]\s*(\S.{0,200})$")
_NAMED = re.compile(r"[《“\"「](?P<name>[^》”\"」]{1,60})[》”\"」]")


def _flat(value: JsonValue, key: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Pairs of key and text of a JSON value, without what is under a key that says nothing of taste."""
    if isinstance(value, Mapping):
        for own, inner in value.items():
            name = _plain(own)
            if depth < 3 and name not in _ignored("keys"):
                yield from _flat(inner, name, depth + 1)
    elif isinstance(value, list):
        for inner in value[:8]:
            if depth < 3:
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
    pairs = [(_plain(match[1]), match[2].strip()) for match in parts if match is not None]
    known = _names("item") | _names("setting") | _names("value") | _names("rating") | _facet_of_key().keys()
    if pairs and len(pairs) == len(parts) and any(key in known for key, _ in pairs):
        return [(key, value) for key, value in pairs if key not in _ignored("keys")]
    named = _NAMED.search(text)
    if named is None:
        return [("item", text)]
    rest = re.sub(r"(?i)^(?:the|an?|这[部个首本]|一[部个首本])\s*", "", (text[: named.start()] + text[named.end() :]).strip(" ,.，。:："))
    return [("item", named["name"]), *([("tag", rest)] if rest else [])]


def _read(turn: Turn) -> _Event | None:
    if turn.role != "event" or not turn.learnable:
        return None
    text = turn.text[:_MOST_CHARS].strip()
    pairs: list[tuple[str, str]] = []
    family = _family(turn.name) if turn.name else None
    if text[:1] in "{[":
        try:
            content: JsonValue = json.loads(text)
        except (ValueError, RecursionError):
            return None
        pairs = [pair for pair, _ in zip(_flat(content, "item"), range(_MOST_PAIRS), strict=False)]
    else:
        if family is None:
            match = _actions()[0].match(text.casefold()[:60])
            family = _actions()[1][match.lastgroup or ""] if match else None
            text = text[match.end() :].strip(" :：,，") if match else text
        pairs = _told(text)
    if family is None:
        family = next((f for key, value in pairs if key in _names("action") and (f := _family(value))), None)
    if family is None or family == "neutral":
        return None
    return _Event(turn, family, tuple(pairs), has_cjk(f"{turn.name or ''}{turn.text[:_MOST_CHARS]}"))


@lru_cache(maxsize=1)
def _orders() -> re.Pattern[str]:
    return re.compile(_data()["orders"]["pattern"], re.IGNORECASE)


_MARKS = re.compile(r"[<>{}\[\]|`\\\n\r\t]|[.!?。！？;；](?=.)|https?:")
_CODE = re.compile(r"^(?=.*\d)[0-9A-Fa-f\-]{8,}$|^[\W\d_]+$")


def _is_name(value: str, *, short: bool) -> bool:
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


def signals(turn: Turn) -> tuple[Signal, ...]:
    """What an event shows; nothing for other turns, for unknown actions, and for what says nothing of taste."""
    event = _read(turn)
    if event is None:
        return ()
    if "setting" in _data()["actions"][event.family]:
        return tuple(_settings(event))[:_MOST_SIGNALS]
    return tuple(_things(event))[:_MOST_SIGNALS]


def event_terms(name: str | None, text: str) -> tuple[str, ...]:
    """Index tokens by which later events find this one."""
    probe = Turn(episode="", role="event", text=text, name=name, said_at=datetime.min)
    return tuple(dict.fromkeys(signal_term(signal.key) for signal in signals(probe)))


def signal_term(key: str) -> str:
    """The index token of what signals are about. It holds no words, so that none outlives its event."""
    return "#" + hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=9).hexdigest()


def _quote(turn: Turn, value: str) -> str:
    """The words of a value as they stand in the event."""
    if value in turn.text:
        return value
    escaped = json.dumps(value)[1:-1]
    return escaped if escaped in turn.text else turn.text[:200]


def _made(event: _Event, key: str, value: str, label: str, slot: str, polarity: Polarity, **more: Any) -> Signal:
    turn = event.turn
    return Signal(
        key=f"{key}={normalise(value)}",
        value=value,
        quote=more.pop("quote", None) or _quote(turn, value),
        label=label,
        slot=slot,
        language="zh" if event.chinese or has_cjk(value) else "en",
        polarity=polarity,
        episode=turn.episode,
        said_at=turn.said_at,
        session=turn.session,
        **more,
    )


# -- settings


def _settings(event: _Event) -> Iterator[Signal]:
    switch: str = _data()["actions"][event.family]["setting"]
    values = [value for key, value in event.pairs if key in _names("value")]
    named = [value for key, value in event.pairs if key in _names("setting") or (switch in ("on", "off") and key in _names("item"))]
    if named:
        found = [(named[0], switch if switch in ("on", "off") else values[0] if values else "")]
    else:
        found = [(key, switch if switch in ("on", "off") else value) for key, value in event.pairs if key not in _names("action")]
        found = [(key, value) for key, value in found if key not in _names("value") | _names("item")]
    for spoken, value in found:
        name = _plain(spoken)
        if not value or not _is_name(name, short=True):
            continue
        low = normalise(value)
        state = next((state for state in ("on", "off") if low in _data()["switches"][state]), None)
        if state is None and not _is_name(value, short=True) and not value.replace(".", "").isdigit():
            continue
        slot = next((slot for slot, words in _data()["settings"].items() if name in words), None)
        slot = slot or _place(event, name if state else f"{value} {name}", "")
        whole = name if state else f"{name} {value}" if value[:1].isdigit() else f"{value} {name}"
        if has_cjk(whole):
            whole = whole.replace(" ", "")
        polarity: Polarity = "avoids" if state == "off" else "wants"
        quote = _quote(event.turn, value if state is None else spoken)
        made = _made(event, "setting", name, "", slot, polarity, clear=True, setting=True, quote=quote)
        yield replace(made, value=whole)


# -- things


def _rated(event: _Event) -> tuple[Polarity, bool] | None:
    """The sign of a rating, and whether it is at the end of its scale."""
    found = {key: value for key, value in event.pairs if key in _names("rating") | _names("scale")}
    value = next((v for key, v in found.items() if key in _names("rating")), "")
    marks = value.count("★") or value.count("⭐")
    if value.startswith(("👍", "👎")):
        return ("wants" if value.startswith("👍") else "avoids"), True
    match = re.match(r"(\d+(?:\.\d+)?)\s*(?:/|分|out of|of)?\s*(\d+)?", value)
    if not marks and match is None:
        return None
    number = float(marks or (match[1] if match else 0))
    top = next((float(v) for key, v in found.items() if key in _names("scale") and v.isdigit()), None)
    top = top or (float(match[2]) if match and match[2] else next((s for s in _SCALES if number <= s), None))
    if not top or number > top:
        return None
    share = number / top
    if share >= 0.8:
        return "wants", share == 1.0
    return ("avoids", number <= 0.2 * top) if share <= 0.4 else None


def _things(event: _Event) -> Iterator[Signal]:
    row: dict[str, Any] = _data()["actions"][event.family]
    rated = _rated(event) if row.get("rating") or event.family == "use" else None
    if row.get("rating") and rated is None:
        return
    polarity: Polarity = rated[0] if rated else row["polarity"]
    clear = rated[1] if rated else bool(row.get("clear")) or bool(row.get("choice") and any(k in _names("others") for k, _ in event.pairs))
    named = list(_named(event, polarity))
    items = frozenset(signal.key for signal in named if signal.key.startswith("item="))
    narrow = frozenset(signal.key for signal in named if not signal.broad)
    telling = _most_telling(named)
    for signal in named:
        is_item = signal.key in items
        if is_item and not row.get("items"):
            continue
        within = frozenset[str]() if is_item else narrow if signal.broad else items
        yield replace(signal, within=within, clear=clear and signal.key in telling)


def _most_telling(named: Sequence[Signal]) -> frozenset[str]:
    """What a judgement is about: a thing, else somebody, else a narrow kind, else whatever is named."""
    whose = {facet.get("group", name) for name, facet in _data()["facets"].items() if facet.get("who")}
    ranks: dict[int, list[str]] = {}
    for signal in named:
        group = signal.key.partition("=")[0]
        rank = 0 if group == "item" else 1 if group in whose else 4 if signal.broad else 3 if signal.needed > _USUAL else 2
        ranks.setdefault(rank, []).append(signal.key)
    return frozenset(ranks[min(ranks)]) if ranks else frozenset()


def _named(event: _Event, polarity: Polarity) -> Iterator[Signal]:
    """What an event names: things, their attributes, and kinds that the names of things tell."""
    seen: set[str] = set()
    for key, value in event.pairs:
        for signal in _of_pair(event, key, value, polarity):
            if signal.key not in seen:
                seen.add(signal.key)
                yield signal


def _of_pair(event: _Event, key: str, value: str, polarity: Polarity) -> Iterator[Signal]:
    data = _data()
    if key in _names("item"):
        if _is_name(value, short=False):
            yield _made(event, "item", value, "", _place(event, value, ""), polarity)
        low = normalise(value)
        for word in data["qualities"]["words"]:
            if word in low and (has_cjk(word) or re.search(rf"\b{re.escape(word)}\b", low)):
                at = low.index(word)
                own = value[at : at + len(word)] if len(low) == len(value) else word
                yield _made(event, "quality", own, "", _place(event, f"{own} {value}", ""), polarity)
        return
    if key in _names("others") | _names("scale") | _names("rating") or (key in _names("action") and (key != "type" or _family(value))):
        return
    name = _facet_of_key().get(key)
    facet: dict[str, Any] = data["facets"][name] if name else {}
    low = normalise(value)
    quote = None
    if "none" in facet and low in data["switches"]["off"]:
        quote, value = _quote(event.turn, value), facet["none"][1 if event.chinese else 0]
    else:
        degree = "none" in facet and re.fullmatch(r"\d{1,3} ?%", value)
        if low in _ignored("values") or key in _names("value") or not (degree or _is_name(value, short=True)):
            return
    label = key if name is None else facet["zh"] if event.chinese or has_cjk(value) else name
    group = facet.get("group", name or key)
    slot = _place(event, value, facet.get("slot", ""))
    needed = _USUAL if name else _UNKNOWN
    yield _made(event, group, value, label, slot, polarity, needed=needed, broad=bool(facet.get("broad")), quote=quote)


# -- places


def _place(event: _Event, words: str, fixed: str) -> str:
    """The slot of what an event names: as its attribute says, else as its own words, else as the action."""
    places: Mapping[str, Sequence[str]] = _data()["places"]
    if "." in fixed:
        return fixed
    if not fixed:
        own = slot_of_words(words)
        if own is not None and not own.startswith("answers."):
            return own
    told = _plain(event.words[:2_000])
    tokens = set(told.split())
    stems = {token.rstrip("s") for token in tokens} | {re.sub(r"(?:ed|ing|es)$", "", token) for token in tokens}
    for slot, names in places.items():
        if slot.startswith(fixed) and any(n in told if has_cjk(n) else n in tokens or n in stems for n in names):
            return slot
    return "entertainment.film" if fixed == "entertainment" else "other"
