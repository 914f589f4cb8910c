"""Facts in Chinese clauses, about the user and about others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ...candidates import Candidate
from .._common import Sentence
from ._clauses import PRONOUNS, Clause, compiled, sieve, simplify
from ._wording import third_person, without_front

__all__ = ["facts_of"]

_FILE = str(Path(__file__).parent / "facts.toml")
_CORRECTS = re.compile(
    r"不是.{1,14}[，,]?\s*是|改成|改到|改在|改为|搞错|记错|弄错|填错|写错|说错|听错|换号|不再|取消|其实是|应该是|更正|纠正|早就不|现在不"
)
_IS = re.compile(r"^(?:而)?是(?P<value>[^，吗呢]{1,14})$")
_NOT = re.compile(r"不是(?P<value>[^，]{1,14})")
_TAIL = re.compile(r"(?:了|啊|吧|哈|呀|哦|嘛|啦|的|呢|\s)+$")
_LOOSE = frozenset(("event", "habit", "plan", "opinion", "state"))
_REQUESTS = re.compile(r"(?:请|麻烦|能)?(?:帮我|帮忙|给我|替我)|推荐|介绍一?[下个些]|^(?:请|麻烦)")  # what the assistant is to do
_SCENE = re.compile(
    r"^(?:不然|否则|要不|要么|万一|除非|如果|要是|谁|有人|大家|原来|没准|可能|应该|好像|听说|据说)"
)  # nothing is claimed of anybody
_NAMES = re.compile(r"(?<!我)(?<!我就)(?:名字?叫|起名叫?|取名叫?|叫)(?P<name>(?!我|你|他|她|它|做|什么|啥)[^，的了吗]{1,6})$")
_OF_IT = frozenset(("age", "birthday"))
_SINGLE = frozenset(("name", "age", "birthday", "home", "employer", "plan", "contact", "origin"))


def facts_of(sentence: Sentence, parts: list[Clause]) -> Iterator[Candidate]:
    """Facts of the clauses of a sentence that are no question."""
    corrects = sentence.before != "" and _CORRECTS.search(simplify(sentence.turn.text[:300])) is not None
    when: str | None = None
    named: str | None = None
    for place, part in enumerate(parts):
        time = next((r.pattern.search(part.plain) for r in compiled(_FILE, "when")), None)
        if time:
            when = part.raw[time.start() : time.end()]
        introduced = _NAMES.search(part.plain)
        if introduced:
            named = part.raw[slice(*introduced.span("name"))]
        if part.asks or "¤" in part.plain or _REQUESTS.match(part.plain):
            continue
        scene = _SCENE.match(part.plain) is not None
        seen: list[tuple[int, int]] = []
        for rule in sieve(_FILE, "fact").likely(part.plain):
            data = rule.data
            if (data.get("other") and part.about == "user") or (data.get("user") and part.about != "user"):
                continue
            found = None if scene and data["attribute"] in _LOOSE else rule.search(part.plain)
            if found is None:
                continue
            group = "value" if found.group("value") else "value2"
            start, end = found.span(group)
            if start < 0 or any(start < b and a < end for a, b in seen if data["attribute"] in _LOOSE):
                continue
            seen.append((start, end))
            subject = part.about
            if data.get("subject"):
                subject = part.raw[found.start("subj") : found.end("subj")]
            elif named is not None and not introduced and not part.own and data["attribute"] in _OF_IT:
                subject = named  # "a cat called X, four years old"
            yield _fact(sentence, part, str(data["attribute"]), (start, end), subject, when, corrects or bool(data.get("correction")))
        if corrects and not seen:
            yield from _corrected(sentence, part, parts[:place], when)


def _corrected(sentence: Sentence, part: Clause, before: list[Clause], when: str | None) -> Iterator[Candidate]:
    """The new value of "not X, but Y", where nothing else tells what it is."""
    found = _IS.match(part.plain)
    if found and any(_NOT.search(other.plain) for other in before):
        time = next((r.pattern.search(part.plain) for r in compiled(_FILE, "when")), None)
        yield _fact(sentence, part, "plan" if time else "state", found.span("value"), part.about, when if time else None, True)


def _fact(
    sentence: Sentence,
    part: Clause,
    attribute: str,
    span: tuple[int, int],
    subject: str,
    when: str | None,
    corrects: bool,
) -> Candidate:
    value = _TAIL.sub("", part.raw[span[0] : span[1]]).strip() or part.raw[span[0] : span[1]]
    plain = without_front(part.raw)
    said = third_person(plain)
    if subject == "user":
        text = said if said.startswith("用户") else f"用户{said}" if "用户" not in said else said
    else:
        text = said if subject in said else f"{subject}{said[1:] if said[:1] in PRONOUNS else said}"
        text = text if text.startswith("用户") else f"用户的{text}" if plain.startswith(("我", "咱")) else text
    return Candidate(
        kind="fact",
        episode=sentence.turn.episode,
        quote=part.raw,
        language="zh",
        text=f"{text}。",
        subject=subject,
        attribute=attribute,
        value=value,
        when=when if attribute in ("event", "plan", "habit", "health", "home", "work", "possession", "state", "birthday") else None,
        correction=corrects and (attribute in _SINGLE or attribute in ("state", "work", "habit", "event", "family", "health")),
    )
