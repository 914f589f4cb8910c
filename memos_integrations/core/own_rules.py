"""Rules that a user adds to those of the package."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from typing import cast

from pydantic import ConfigDict, Field, ValidationError, field_validator

from ..errors import InvalidInput
from ..types import Polarity, Strength
from ..types._base import Model
from .candidates import Candidate, DoubtingExtractor, Extractor, Turn
from .learnt._wording import worded
from .rules import about_another, said_once
from .rules._common import Sentence, sentences
from .text import normalise

__all__ = ["OwnRule", "OwnRules", "WithOwnRules"]


class OwnRule(Model):
    """One rule: a row ``[[preference]]`` of a file.

    Attributes:
        pattern: Regular expression, looked for in each sentence of the user with quotations blanked, whatever the case. What its
            group ``obj`` finds is the preference's object.
        polarity: ``wants`` or ``avoids``.
        slot: ``domain.name``, such as ``answers.format`` or one of your own.
        strength: ``weak``, ``normal`` or ``strong``.
        standing: It holds for every answer, or guards the user.
        questions: Questions are read as well.
        reason: Why it is there, for whoever reads the file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str = Field(min_length=1)
    polarity: Polarity
    slot: str = Field(default="other", pattern=r"^[a-z_]+(?:\.[a-z_]+)?$")
    strength: Strength = "normal"
    standing: bool = False
    questions: bool = False
    reason: str = ""

    @field_validator("pattern")
    @classmethod
    def _has_an_object(cls, value: str) -> str:
        try:
            compiled = re.compile(value, re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        if "obj" not in compiled.groupindex:
            raise ValueError("has no group (?P<obj>…) for the object")
        return value


class OwnRules:
    """Proposes what a user's own rules find. Pure; safe to share between threads."""

    def __init__(self, rules: Sequence[OwnRule]) -> None:
        """Compile them.

        Args:
            rules: In the order in which they are tried; a sentence may be found by several.
        """
        self._rules = [(re.compile(rule.pattern, re.IGNORECASE), rule) for rule in rules]

    @classmethod
    def parse(cls, text: str, *, name: str) -> OwnRules:
        """The rules of a TOML file.

        Args:
            text: What stands in it.
            name: What to call it in an error.

        Raises:
            InvalidInput: It is no TOML, or a rule is wrong; the message says which.
        """
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InvalidInput(f"{name} is no TOML: {error}", field="rules") from error
        rows: object = tables.pop("preference", [])
        if tables or not isinstance(rows, list):
            raise InvalidInput(f"{name}: holds [[preference]] tables only, not {', '.join(tables) or 'a single one'}", field="rules")
        rules: list[OwnRule] = []
        for number, row in enumerate(cast("list[object]", rows), 1):
            try:
                rules.append(OwnRule.model_validate(row))
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(str(part) for part in first["loc"])
                said = str(first["msg"]).removeprefix("Value error, ")
                raise InvalidInput(f"{name}, rule {number}, {where}: {said}", field="rules") from None
        return cls(rules)

    def extract(self, turns: Sequence[Turn]) -> list[Candidate]:
        """Candidates of the turns that may be learnt from, in the order said."""
        return [candidate for said in sentences(turns) for candidate in self._of(said)]

    def _of(self, said: Sentence) -> list[Candidate]:
        found: list[Candidate] = []
        for pattern, rule in self._rules:
            if said.question and not rule.questions:
                continue
            match = pattern.search(said.masked)
            if match is None or match["obj"] is None or not match["obj"].strip():
                continue
            if about_another(said.turn, said.start + match.start()):
                continue
            obj = said.text[match.start("obj") : match.end("obj")].strip()
            text, directive = worded(said.language, said.text, obj, rule.polarity, rule.slot, standing=rule.standing)
            lasting = rule.standing or not said_once(said.text)
            found.append(
                Candidate(
                    kind="preference",
                    episode=said.turn.episode,
                    quote=said.text,
                    language=said.language,
                    text=text,
                    slot=rule.slot,
                    polarity=rule.polarity,
                    object=obj,
                    strength=rule.strength,
                    standing=rule.standing,
                    lasting=lasting,
                    directive=directive,
                )
            )
        return found


class WithOwnRules:
    """An extractor, and a user's own rules beside it: where both find one thing, the user's rule says what it is."""

    def __init__(self, base: Extractor, own: Sequence[OwnRules]) -> None:
        """Join them.

        Args:
            base: The extractor.
            own: The rules of one or more files.
        """
        self._base = base
        self._own = tuple(own)

    def uncertain(self, turns: Sequence[Turn], space: str | None) -> list[str]:
        """What the extractor is in doubt about."""
        return self._base.uncertain(turns, space) if isinstance(self._base, DoubtingExtractor) else []

    def extract(self, turns: Sequence[Turn]) -> list[Candidate]:
        """Candidates of the turns that may be learnt from, in the order of the turns."""
        own = [candidate for rules in self._own for candidate in rules.extract(turns)]
        others = [c for c in self._base.extract(turns) if not any(_same(c, mine) for mine in own)]
        place = {turn.episode: index for index, turn in enumerate(turns)}
        return sorted([*own, *others], key=lambda candidate: place[candidate.episode])


def _same(candidate: Candidate, mine: Candidate) -> bool:
    """Whether two candidates of a turn speak of one object."""
    if candidate.kind != "preference" or candidate.episode != mine.episode:
        return False
    one, two = normalise(candidate.object), normalise(mine.object)
    return bool(one and two) and (one in two or two in one)
