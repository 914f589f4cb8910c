"""Preferences and requests written as people have them: by matter, and by person. The heads of the files tell their format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .corpus import OWN

_PREFERENCE = re.compile(r"(?P<letter>\w) (?P<slot>[\w.]+)(?: \{(?P<condition>.*?)\})?: (?P<text>.+)")
_REQUEST = re.compile(r"(?P<letters>-|[~\w ]+?) > (?P<query>.+)")


@dataclass
class Matter:
    """What people ask and wish about.

    Attributes:
        name: A short name.
        near: Names of the matters that touch it.
        said: Preferences about it.
        asked: Requests about it.
    """

    name: str
    near: set[str]
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@dataclass
class Person:
    """Somebody with preferences, and what they ask.

    Attributes:
        name: Who, unique.
        said: By letter: words, slot and condition of a preference.
        asked: Requests, each with the letters of those that concern it and of those that might.
    """

    name: str
    said: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    asked: list[tuple[str, set[str], set[str]]] = field(default_factory=list)


def matters() -> list[Matter]:
    """All matters; nearness holds both ways."""
    found: dict[str, Matter] = {}
    own = Matter("", set())
    for line in (OWN / "matters.txt").read_text("utf-8").splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "#":
            name, *near = rest.split()
            own = found[name] = Matter(name, {each.removeprefix("~") for each in near})
        elif kind in ("s", "q"):
            (own.said if kind == "s" else own.asked).extend(text.strip() for text in rest.split(" | "))
    for matter in found.values():
        for name in matter.near:
            found[name].near.add(matter.name)
    return list(found.values())


def people(language: str) -> list[Person]:
    """The people of one language ("mixed": who speak two)."""
    found: list[Person] = []
    for line in (OWN / f"profiles-{language}.txt").read_text("utf-8").splitlines():
        if line.startswith("= "):
            found.append(Person(f"{language} {len(found)} {line[2:]}"))
        elif request := _REQUEST.fullmatch(line):
            letters = request["letters"].replace(" ", "").replace("-", "")
            maybe = set(re.findall(r"~(\w)", letters))
            needed = set(re.sub(r"~\w", "", letters))
            if not needed | maybe <= found[-1].said.keys():
                raise ValueError(f"no such preference: {line}")
            found[-1].asked.append((request["query"], needed, maybe))
        elif told := _PREFERENCE.fullmatch(line):
            found[-1].said[told["letter"]] = (told["text"], told["slot"], told["condition"] or "")
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"neither a preference nor a request: {line}")
    return found
