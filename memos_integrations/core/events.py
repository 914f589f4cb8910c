"""What a message of role ``event`` shows of the user's taste, and what users tell of what they did once more.

An event is something that the user did in an app. Its words name what it was done to; they are the app's, not the
user's own statement, so they are read as names and as nothing else. How signals add up is in ``implicit``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from ..types import Polarity, Role
from .candidates import Turn
from .event_words import Event, actions, facet_of_key, family_of, ignored, is_name, names, plain, read_event, vocabulary
from .rules import slot_of_words
from .text import Language, has_cjk, normalise

__all__ = ["Signal", "event_terms", "signal_term", "signals"]

_MOST_SIGNALS = 12
_LONGEST_TOLD = 300  # characters of a turn that tells what was done again
_USUAL, _UNKNOWN = 2, 3  # signals needed under a known attribute, and under one that the vocabulary lacks
_SCALES = (5.0, 10.0, 100.0)
_DEGREE = re.compile(r"\d+(?:\.\d+)?(?: ?(?:[x×%℃倍度]|°[CF]?))?")


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that one event shows.

    Attributes:
        key: Signals with the same key are about the same thing, or about the same setting.
        value: The words for it, as in the event where the event names it.
        quote: Verbatim words of the event.
        label: What it is the value of (``genre``), in the language of the wording; empty for things themselves.
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
        fixed: The slot, or its domain, that the attribute says.
        hint: Words that tell the slot, where its own do not.
        told: All words of the event, in plain form.
        asks: Terms of what is asked for in a few words (``shaping``); nothing for what is done.
        alike: Independent ones that are enough where they ask in the same words.
        marked: Of what is asked for: whether it is plain that something shall be so, and not only named.
    """

    key: str
    value: str
    quote: str
    language: Language
    polarity: Polarity
    told: str
    episode: str = ""
    said_at: datetime = datetime.min
    session: str | None = None
    label: str = ""
    fixed: str = ""
    hint: str = ""
    clear: bool = False
    needed: int = _USUAL
    broad: bool = False
    setting: bool = False
    within: frozenset[str] = field(default_factory=frozenset[str])
    asks: frozenset[str] = field(default_factory=frozenset[str])
    alike: int = _USUAL
    marked: bool = True

    @property
    def slot(self) -> str:
        """Its place in the taxonomy."""
        return _place(self.hint or self.value, self.fixed, self.told)


def signals(turn: Turn) -> tuple[Signal, ...]:
    """What an event shows, or a user tells; nothing for other turns, unknown actions, and what says nothing of taste."""
    if not turn.learnable:
        return ()
    shown = _shown(turn.name, turn.text) if turn.role == "event" else _told(turn.text) if turn.role == "user" else ()
    return tuple(replace(signal, episode=turn.episode, said_at=turn.said_at, session=turn.session) for signal in shown)


@lru_cache(maxsize=1024)
def _shown(name: str | None, text: str) -> tuple[Signal, ...]:
    """What an event of these words shows, whenever it was."""
    event = read_event(name, text)
    if event is None:
        return ()
    if _for_somebody(event):
        return ()
    found = _settings(event) if "setting" in vocabulary()["actions"][event.family] else _things(event)
    return tuple(islice(found, _MOST_SIGNALS))


def _for_somebody(event: Event) -> bool:
    """Whether what was done was done for somebody else: a gift, an errand."""
    off = vocabulary()["switches"]["off"]
    if any(key in names("for_whom") and normalise(value) not in off for key, value in event.pairs):
        return True
    return re.search(vocabulary()["remarks"]["for_whom"], event.text, re.IGNORECASE) is not None


@lru_cache(maxsize=2)
def _telling(table: str) -> re.Pattern[str]:
    return re.compile(vocabulary()["told"][table], re.IGNORECASE)


def _told(text: str) -> tuple[Signal, ...]:
    """What a user says to have taken again."""
    if len(text) > _LONGEST_TOLD:
        return ()
    found: list[Signal] = []
    for piece in re.split(r"(?<=[.!?。！？])\s*|[，；;\n]", text):
        chinese = has_cjk(piece)
        match = _telling("zh" if chinese else "en").search(piece.strip(" .!。！"))
        if match is None or piece.endswith(("?", "？")) or _telling("nothing").match(match["obj"]):
            continue
        thing = match["obj"].strip()
        slot = _place(thing, "", plain(piece))
        if is_name(thing, short=True) and slot not in ("other", "shopping.product") and not slot.startswith(("answers.", "health.")):
            language: Language = "zh" if chinese else "en"
            found.append(Signal(f"item={normalise(thing)}", thing, thing, language=language, polarity="wants", told=plain(piece)))
    return tuple(found)


def event_terms(role: Role, name: str | None, text: str) -> tuple[str, ...]:
    """Index tokens by which later turns with the same signal find this one."""
    shown = _shown(name, text) if role == "event" else _told(text) if role == "user" else ()
    return tuple(dict.fromkeys(signal_term(signal.key) for signal in shown))


def signal_term(key: str) -> str:
    """The index token of what signals are about. It holds no words, so that none outlives its event."""
    return "#" + hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=9).hexdigest()


def _quote(event: Event, value: str) -> str:
    """The words of a value as they stand in the event."""
    if value in event.text:
        return value
    escaped = json.dumps(value)[1:-1]
    return escaped if escaped in event.text else event.text[:200]


def _made(
    event: Event, key: str, value: str, polarity: Polarity, *, quote: str = "", label: str = "", fixed: str = "", hint: str = ""
) -> Signal:
    return Signal(
        key=f"{key}={normalise(value)}",
        value=value,
        quote=quote or _quote(event, value),
        language="zh" if event.chinese or has_cjk(value) else "en",
        polarity=polarity,
        told=event.words,
        label=label,
        fixed=fixed,
        hint=hint,
    )


# -- settings


_OWN_NAME = re.compile(r"\b(?:settings?|preferences?|changed?|updated?|event|user|app)\b|已|了|用户")


def _named_by_action(event: Event) -> str:
    """What an action names besides itself: ``enable_dark_mode`` names the dark mode."""
    action = event.name or next((value for key, value in event.pairs if key in names("action")), "")
    pattern, families = actions()
    rest = pattern.sub(lambda match: " " if families[match.lastgroup or ""] == event.family else match.group(), plain(action))
    return " ".join(_OWN_NAME.sub(" ", rest).split())


def _settings(event: Event) -> Iterator[Signal]:
    row: dict[str, Any] = vocabulary()["actions"][event.family]
    switched = row["setting"] if row["setting"] in ("on", "off") else ""
    values = [value for key, value in event.pairs if key in names("value")]
    named = [value for key, value in event.pairs if key in names("setting")]
    kinds = [key for key, _ in event.pairs if key in facet_of_key() and key not in names("setting")]
    left_out = any(vocabulary()["facets"][facet_of_key()[key]].get("left_out") for key in kinds)
    if left_out or (switched and not named and kinds):
        yield from _things(event, polarity="avoids" if switched == "off" else "wants")  # of a kind of things, not a setting
        return
    own = _named_by_action(event)
    if own and not (named or values or own in names("setting")):
        yield from _set_on_something(event, own, switched)
        return
    if not named:
        named = [value for key, value in event.pairs if switched and key in names("item")]
    if named or own:
        found = [(named[0] if named else own, switched or (values[0] if values else ""))]
    else:
        keys = names("value") | names("item") | names("action")
        found = [(key, value) for key, value in event.pairs if row.get("flat") and key not in keys]
    for spoken, value in found:
        signal = _setting(event, spoken, value)
        if signal is not None:
            yield signal


def _set_on_something(event: Event, own: str, switched: str) -> Iterator[Signal]:
    """What an action that names its setting sets, on one thing or on all.

    The value stands under a word of the setting's own name (``size`` of ``set_font_size``) or stands alone. What was
    set on one thing only (the speed of a lecture) tells by repetition, over different things.
    """
    pairs = [(key, value) for key, value in event.pairs if key not in names("action") | names("where")]
    own_words = set(own.split())
    named = [pair for pair in pairs if own_words & set(pair[0].split()) or (has_cjk(own) and (pair[0] in own or own in pair[0]))]
    free = named or [pair for pair in pairs if pair[0] not in names("item")]
    if switched:
        free = [("", switched)]
    for key, value in free:
        rest = frozenset(f"{k}={normalise(v)}" for k, v in pairs if k != key)
        signal = _setting(event, own, value)
        if signal is None:
            continue
        told_of = signal.key if not rest else f"{signal.key}:{key}={normalise(value)}"
        yield replace(signal, key=told_of, clear=not rest, setting=not rest, within=rest)


def _setting(event: Event, spoken: str, value: str) -> Signal | None:
    name = plain(spoken)
    if not value or not is_name(name, short=True):
        return None
    low = normalise(value)
    state = next((state for state in ("on", "off") if low in vocabulary()["switches"][state]), None)
    if state is None and not is_name(value, short=True) and not _DEGREE.fullmatch(value):
        return None
    slot = next((slot for slot, words in vocabulary()["settings"].items() if name in words), "")
    whole = name if state else f"{name} {value}" if value[:1].isdigit() else f"{value} {name}"
    if has_cjk(name) and (has_cjk(value) or value[:1].isdigit()):
        whole = whole.replace(" ", "")
    polarity: Polarity = "avoids" if state == "off" else "wants"
    quote = _quote(event, value if state is None else spoken)
    made = _made(event, "setting", name, polarity, quote=quote, fixed=slot, hint=name if state else f"{value} {name}")
    return replace(made, value=whole, clear=True, setting=True)


# -- things


def _rated(event: Event) -> tuple[Polarity, bool] | None:
    """The sign of a rating, and whether it is at the end of its scale."""
    found = {key: value for key, value in event.pairs if key in names("rating") | names("scale")}
    value = next((v for key, v in found.items() if key in names("rating")), "")
    marks = value.count("★") or value.count("⭐")
    if value.startswith(("👍", "👎")):
        return ("wants" if value.startswith("👍") else "avoids"), True
    match = re.match(r"(\d+(?:\.\d+)?)\s*(?:/|分|out of|of)?\s*(\d+)?", value)
    if not marks and match is None:
        return None
    number = float(marks or (match[1] if match else 0))
    top = next((float(v) for key, v in found.items() if key in names("scale") and v.isdigit()), None)
    top = top or (float(match[2]) if match and match[2] else next((s for s in _SCALES if number <= s), None))
    if not top or number > top:
        return None
    share = number / top
    if share >= 0.8:
        return "wants", share == 1.0
    return ("avoids", number <= 0.2 * top) if share <= 0.4 else None


def _things(event: Event, *, polarity: Polarity | None = None) -> Iterator[Signal]:
    row: dict[str, Any] = vocabulary()["actions"][event.family]
    rated = _rated(event) if row.get("rating") or event.family == "use" else None
    if row.get("rating") and rated is None:
        return
    sign: Polarity = rated[0] if rated else polarity or row["polarity"]
    clear = rated[1] if rated else bool(row.get("clear")) or bool(row.get("choice") and any(k in names("others") for k, _ in event.pairs))
    named = list(_named(event, sign))
    items = frozenset(signal.key for signal in named if signal.key.startswith("item="))
    narrow = frozenset(signal.key for signal in named if not signal.broad)
    telling = _most_telling(named)
    for signal in named:
        is_item = signal.key in items
        if is_item and not row.get("items"):
            continue
        strange = signal.needed > _USUAL
        rest = frozenset(other.key for other in named if other.key != signal.key)
        if strange and not rest and row.get("glance"):
            continue  # a glance at one place of an app, time and again
        within = frozenset[str]() if is_item else rest if strange else narrow if signal.broad else items
        needed = max(signal.needed, row.get("apart", 0))
        yield replace(signal, within=within, needed=needed, clear=clear and signal.key in telling)


def _most_telling(named: Sequence[Signal]) -> frozenset[str]:
    """What a judgement is about: a thing, else somebody, else a narrow kind, else whatever is named."""
    whose = {facet.get("group", name) for name, facet in vocabulary()["facets"].items() if facet.get("who")}
    ranks: dict[int, list[str]] = {}
    for signal in named:
        group = signal.key.partition("=")[0]
        rank = 0 if group == "item" else 1 if group in whose else 4 if signal.broad else 3 if signal.needed > _USUAL else 2
        ranks.setdefault(rank, []).append(signal.key)
    return frozenset(ranks[min(ranks)]) if ranks else frozenset()


def _named(event: Event, polarity: Polarity) -> Iterator[Signal]:
    """What an event names: things, their attributes, and kinds that the names of things tell."""
    seen: set[str] = set()
    for key, value in event.pairs:
        for signal in _of_pair(event, key, value, polarity):
            if signal.key not in seen:
                seen.add(signal.key)
                yield signal


def _of_pair(event: Event, key: str, value: str, polarity: Polarity) -> Iterator[Signal]:
    data = vocabulary()
    if key in names("item"):
        if is_name(value, short=False):
            yield _made(event, "item", value, polarity)
        low = normalise(value)
        for word in data["qualities"]["words"]:
            if word in low and (has_cjk(word) or re.search(rf"\b{re.escape(word)}\b", low)):
                at = low.index(word)
                own = value[at : at + len(word)] if len(low) == len(value) else word
                yield _made(event, "quality", own, polarity, hint=f"{own} {value}")
        return
    silent = names("others") | names("scale") | names("where")
    if event.family != "refine":
        silent |= names("rating")
    if key in silent or (key in names("action") and (key != "type" or family_of(value))):
        return
    name = facet_of_key().get(key)
    facet: dict[str, Any] = data["facets"][name] if name else {}
    low = normalise(value)
    quote = ""
    if facet.get("coded"):
        quote = _quote(event, value)
        value = " ".join(token for token in value.split() if not any(c.isdigit() for c in token)) or value
        low = normalise(value)
    if facet.get("left_out"):
        polarity = "avoids" if polarity == "wants" else "wants"
    if "none" in facet and low in data["switches"]["off"]:
        quote, value = _quote(event, value), facet["none"][1 if event.chinese else 0]
    else:
        degree = "none" in facet and re.fullmatch(r"\d{1,3} ?%", value)
        if low in ignored("values") or key in names("value") or not (degree or is_name(value, short=True)):
            return
    label = key if name is None else "" if facet.get("left_out") else facet["zh"] if event.chinese or has_cjk(value) else name
    group = facet.get("group", name or key)
    around = _place("", "", event.words) if facet.get("placed") else "other"
    fixed = facet.get("slot", "") if around == "other" else around
    made = _made(event, group, value, polarity, quote=quote, label=label, fixed=fixed)
    yield replace(made, needed=_USUAL if name else _UNKNOWN, broad=bool(facet.get("broad")))


# -- places


@lru_cache(maxsize=2048)
def _place(words: str, fixed: str, told: str) -> str:
    """The slot of what an event names: as its attribute says, else as its own words, else as the action."""
    places: Mapping[str, Sequence[str]] = vocabulary()["places"]
    if "." in fixed:
        return fixed
    if not fixed:
        own = slot_of_words(words)
        if own is not None and not own.startswith("answers."):
            return own
    tokens = set(told.split())
    stems = {token.rstrip("s") for token in tokens} | {re.sub(r"(?:ed|ing|es)$", "", token) for token in tokens}
    for slot, names_ in places.items():
        if slot.startswith(fixed) and any(n in told if has_cjk(n) else n in tokens or n in stems for n in names_):
            return slot
    return "entertainment.film" if fixed == "entertainment" else "other"
