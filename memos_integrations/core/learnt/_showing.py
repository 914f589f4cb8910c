"""What a turn shows to the models: features of the whole, of its clauses, of its tokens, and of an object in its place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..rules import slot_scores
from ..rules.zh._clauses import simplify
from ._attitudes import Mark
from ._reading import FIRST_HAN, Reading, Token, tokens_of

__all__ = [
    "ClauseShown",
    "clause_features",
    "offer_features",
    "slot_features",
    "span_features",
    "token_features",
    "turn_features",
]

_GRAMS = (1, 2, 3, 4)
_CLAUSES = 40  # clauses of a turn that are read one by one
_TOLD = 0.7  # how heavy attitudes are beside the words
_OWN = frozenset(("i", "i'm", "i've", "i'd", "i'll", "me", "my", "mine", "we", "us", "our", "we're", "we've", "我", "咱", "俺"))


def _words(tokens: Sequence[Token], prefix: str) -> list[str]:
    forms = ["^", *(token.form for token in tokens if token.form not in ",.，。"), "$"]
    found = [f"{prefix}{form}" for form in forms[1:-1]]
    found += [f"{prefix}{a} {b}" for a, b in pairwise(forms)]
    found += [f"{prefix}{a} {b} {c}" for a, b, c in zip(forms, forms[1:], forms[2:], strict=False) if max(a[0], b[0], c[0]) >= FIRST_HAN]
    return found


def _put(into: dict[str, float], names: Iterable[str], weight: float = 1.0) -> None:
    """Add features of one kind, so heavy together as ``weight`` says."""
    kept = dict.fromkeys(names)
    value = weight / math.sqrt(max(1, len(kept)))
    for name in kept:
        into[name] = value


def _attitudes(kinds: Sequence[str], prefix: str) -> list[str]:
    """Names of features: attitudes, and what follows what."""
    return [f"{prefix}{kind}" for kind in kinds] + [f"{prefix}{a}>{b}" for a, b in pairwise(kinds)]


def _by_clause(reading: Reading) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = {}
    for mark in reading.marks:
        found.setdefault(reading.tokens[mark.start].clause, []).append(mark)
    return found


def turn_features(reading: Reading) -> dict[str, float]:
    """What a turn shows as a whole: its words, its strings of characters, the words before it."""
    found: dict[str, float] = {}
    _put(found, _words(reading.tokens, ""))
    squeezed = " ".join(reading.plain.split()).rstrip(" .。")
    _put(found, [f"#{squeezed[i : i + n]}" for n in _GRAMS for i in range(len(squeezed) - n + 1)])
    if reading.before:
        _put(found, _words(reading.before, "b:"))
        found["before"] = 0.3
    return found


def _spoken(part: Sequence[Token]) -> list[str]:
    """The forms of a clause; whether somebody sets full stops tells nothing."""
    return [token.form for token in part if token.form not in ",.，。"]


class ClauseShown(NamedTuple):
    """A clause by its number, its first and one past its last offset, and what it shows."""

    clause: int
    start: int
    end: int
    features: dict[str, float]


def clause_features(reading: Reading) -> list[ClauseShown]:
    """What each clause of a turn shows: its words, its strings of characters, what stands around it."""
    members: dict[int, list[Token]] = {}
    for token in reading.tokens:
        members.setdefault(token.clause, []).append(token)
    parts = [part for part in members.values() if any(token.form[0].isalnum() for token in part)][:_CLAUSES]
    asks = reading.plain.rstrip().endswith(("?", "？"))
    told = {clause: [mark.kind for mark in some] for clause, some in _by_clause(reading).items()}
    found: list[ClauseShown] = []
    for place, part in enumerate(parts):
        start, end = part[0].start, part[-1].end
        forms = _spoken(part)
        padded = ["^", *forms, "$"]
        own: dict[str, float] = {}
        threes = [f"{a} {b} {c}" for a, b, c in zip(padded, padded[1:], padded[2:], strict=False)]
        _put(own, [*forms, *(f"{a} {b}" for a, b in pairwise(padded)), *threes])
        said = reading.plain[start:end].rstrip(" ,.，。")
        _put(own, [f"#{said[i : i + n]}" for n in _GRAMS[1:] for i in range(len(said) - n + 1)])
        kinds = told.get(part[0].clause, [])
        whose = "mine:" if any(form in _OWN for form in forms) else ""
        _put(own, [*_attitudes(kinds, "a:"), *(f"a:{whose}{kind}" for kind in kinds if whose)], _TOLD)
        if place:
            _put(own, [f"p:{form}" for form in _spoken(parts[place - 1])], 0.5)
            _put(own, [f"pa:{kind}" for kind in told.get(parts[place - 1][0].clause, ())], 0.4)
        if place + 1 < len(parts):
            _put(own, [f"n:{form}" for form in _spoken(parts[place + 1])], 0.5)
            _put(own, [f"na:{kind}" for kind in told.get(parts[place + 1][0].clause, ())], 0.4)
        _put(own, [f"t:{form}" for other, p in enumerate(parts) if abs(other - place) > 1 for form in _spoken(p)], 0.3)
        own[f"place={min(place, 2)}"] = 0.2
        if asks:
            own["asks"] = 0.5
        if reading.before:
            _put(own, [f"b:{token.form}" for token in reading.before], 0.4)
            own["before"] = 0.3
        found.append(ClauseShown(part[0].clause, start, end, own))
    return found


def token_features(reading: Reading) -> list[list[str]]:
    """What each token shows to the tagger: itself, its neighbours, and the words of its clause on either side."""
    tokens = reading.tokens
    forms = ["<", "<", "<", *(token.form for token in tokens), ">", ">", ">"]
    members: dict[int, list[int]] = {}
    for place, token in enumerate(tokens):
        members.setdefault(token.clause, []).append(place)
    offered = {token.form for token in reading.before}
    told: dict[int, str] = {}
    for mark in reading.marks:
        for place in range(mark.start, mark.end):
            told[place] = f"{told[place]}+{mark.kind}" if place in told else mark.kind
    found: list[list[str]] = []
    for place, token in enumerate(tokens):
        at, form = place + 3, token.form
        han = form[0] >= FIRST_HAN
        before, after = forms[at - 1], forms[at + 1]
        own = [
            f"0={form}",
            f"-1={before}",
            f"+1={after}",
            f"-2={forms[at - 2]}",
            f"+2={forms[at + 2]}",
            f"-1|0={before}|{form}",
            f"0|+1={form}|{after}",
            f"-2|-1={forms[at - 2]}|{before}",
            f"+1|+2={after}|{forms[at + 2]}",
        ]
        if han:
            own += [
                f"-3={forms[at - 3]}",
                f"+3={forms[at + 3]}",
                f"-2|-1|0={forms[at - 2]}|{before}|{form}",
                f"0|+1|+2={form}|{after}|{forms[at + 2]}",
                f"-1|0|+1={before}|{form}|{after}",
                f"-3|-2|-1={forms[at - 3]}|{forms[at - 2]}|{before}",
            ]
        elif len(form) > 3:
            own += [f"s3={form[-3:]}", f"s2={form[-2:]}", f"p3={form[:3]}"]
        if not form[0].isalnum():
            own.append("mark")
        if reading.text[token.start : token.start + 1].isupper():
            own.append("capital")
        near = members[token.clause]
        own += [f"L:{tokens[other].form}" for other in near if other < place]
        own += [f"R:{tokens[other].form}" for other in near if other > place]
        own += [f"L2:{tokens[a].form}|{tokens[b].form}" for a, b in pairwise(near) if b < place]
        own += [f"R2:{tokens[a].form}|{tokens[b].form}" for a, b in pairwise(near) if a > place]
        left = next((told[other] for other in range(place - 1, near[0] - 1, -1) if other in told), "")
        right = next((told[other] for other in range(place + 1, near[-1] + 1) if other in told), "")
        own += [f"aL={left}", f"aR={right}", f"aLR={left}|{right}"]
        if place in told:
            own += [f"a={told[place]}", f"aL|a={left}|{told[place]}"]
        own.append("first" if place == near[0] else "last" if place == near[-1] else "within")
        own.append(f"clause={min(token.clause, 5)}")
        if offered:
            own.append("answering")
            if form in offered and (han or len(form) > 3):
                own.append("offered")
        found.append(own)
    return found


def offer_features(reading: Reading, words: str) -> dict[str, float]:
    """What an object shows that stands in the words before the turn, not in the turn."""
    found = {f"o:{token.form}": 0.7 for token in tokens_of(simplify(words))[:12]}
    found.update({f"t:{token.form}": 0.25 for token in reading.tokens[:60]})
    found.update({f"b:{token.form}": 0.15 for token in reading.before[-60:]})
    found["offer"] = 1.0
    found["before"] = 1.0
    return found


def span_features(reading: Reading, start: int, end: int) -> dict[str, float]:
    """What an object shows in its place: its words, its clause on either side, the clauses around, the rest of the turn.

    Args:
        reading: The turn.
        start: First token of the object.
        end: One past its last token.
    """
    tokens = reading.tokens
    clause = tokens[start].clause
    forms = [token.form for token in tokens]
    left = [forms[i] for i in range(start) if tokens[i].clause == clause]
    right = [forms[i] for i in range(end, len(forms)) if tokens[i].clause == clause]
    found: dict[str, float] = {}

    def put(prefix: str, words: Sequence[str], weight: float) -> None:
        for word in words:
            found[f"{prefix}{word}"] = weight
        for a, b in pairwise(words):
            found[f"{prefix}{a} {b}"] = weight
        if words and words[0][0] >= FIRST_HAN:
            for a, b, c in zip(words, words[1:], words[2:], strict=False):
                found[f"{prefix}{a} {b} {c}"] = weight

    put("l:", left[-12:], 1.0)
    put("r:", right[:12], 1.0)
    put("o:", forms[start:end][:12], 0.7)
    put("p:", [t.form for t in tokens if clause - 2 <= t.clause < clause][-20:], 0.5)
    put("n:", [t.form for t in tokens if clause < t.clause <= clause + 2][:20], 0.5)
    put("t:", [t.form for t in tokens if abs(t.clause - clause) > 2][:60], 0.25)
    put("b:", [t.form for t in reading.before][-60:], 0.15)
    told = _by_clause(reading)
    own = told.get(clause, [])
    before = [mark.kind for mark in own if mark.start < start]
    within = [mark.kind for mark in own if start <= mark.start < end]
    after = [mark.kind for mark in own if mark.start >= end]
    for names in (_attitudes(before, "la:"), _attitudes(within, "oa:"), _attitudes(after, "ra:")):
        found.update(dict.fromkeys(names, 1.0))
    found[f"lra:{'>'.join(before[-2:])}|{'>'.join(after[:2])}"] = 1.0
    found.update({f"pa:{mark.kind}": 0.5 for mark in told.get(clause - 1, ())})
    found.update({f"na:{mark.kind}": 0.5 for mark in told.get(clause + 1, ())})
    for size in (1, 2, 3):
        found[f"l{size}:{' '.join(left[-size:]) if left else '<'}"] = 1.0
    for size in (1, 2):
        found[f"r{size}:{' '.join(right[:size]) if right else '>'}"] = 1.0
    if reading.before:
        found["before"] = 1.0
    if reading.plain.rstrip().endswith(("?", "？")):
        found["asks"] = 1.0
    return found


def _pairs(words: Sequence[str]) -> list[str]:
    return [*words, *(f"{a} {b}" for a, b in pairwise(words))]


def _stems(words: Iterable[str]) -> list[str]:
    return [f"<{word}>"[:size] for word in words if word[0] < FIRST_HAN for size in (4, 5, 6) if len(word) + 2 >= size]


def slot_features(reading: Reading, place: tuple[int, int] | None, words: str) -> dict[str, float]:
    """What tells the domain of an object: its words and how they begin, the words around, the slots that words speak for.

    Args:
        reading: The turn.
        place: Tokens of the object; None: it stands in what was offered.
        words: The object.
    """
    tokens = reading.tokens
    if place is None:
        own = [token.form for token in tokens_of(simplify(words))]
        beside, near, rest = [token.form for token in tokens], list[str](), list[str]()
    else:
        start, end = place
        clause = tokens[start].clause
        own = [token.form for token in tokens[start:end]]
        beside = [t.form for i, t in enumerate(tokens) if t.clause == clause and not start <= i < end]
        near = [t.form for t in tokens if t.clause != clause and abs(t.clause - clause) <= 2]
        rest = [t.form for t in tokens if abs(t.clause - clause) > 2]
    found: dict[str, float] = {}
    _put(found, [f"o:{name}" for name in _pairs(own[:12])], 2.0)
    _put(found, [f"g:{name}" for name in _stems(own[:12])], 1.5)
    _put(found, [f"c:{name}" for name in _pairs(beside[:40])], 1.3)
    _put(found, [f"n:{name}" for name in _pairs(near[:40])], 0.8)
    _put(found, [f"gn:{name}" for name in _stems([*beside, *near][:60])], 0.8)
    _put(found, [f"t:{name}" for name in rest[:60]], 0.5)
    _put(found, [f"b:{name}" for name in _pairs([t.form for t in reading.before[-60:]])], 0.8)
    for slot, score in slot_scores(words[:200]).items():
        found[f"slot:{slot}"] = min(1.5, score)
    around = sorted(slot_scores(reading.text[:400]).items(), key=lambda item: (-item[1], item[0]))
    for slot, score in around[:4]:
        found[f"around:{slot}"] = min(1.0, score / 2)
    if reading.before:
        offered = sorted(slot_scores(" ".join(t.form for t in reading.before[:80])).items(), key=lambda item: (-item[1], item[0]))
        for slot, score in offered[:3]:
            found[f"before:{slot}"] = min(1.0, score / 2)
    return found
