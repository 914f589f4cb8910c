"""What extraction proposes: turns in, candidates out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from pydantic import Field

from ..types import Kind, Origin, Polarity, Role, Strength
from ..types._base import Model

__all__ = ["Candidate", "DoubtingExtractor", "Extractor", "Turn", "Witness", "borne_out"]


class Turn(Model):
    """One message as extraction reads it.

    Attributes:
        episode: Id of its episode.
        role: Who speaks.
        text: The words, with injected blocks and pasted documents already cut out.
        speaker: Name of the speaker, if known.
        said_at: When, timezone-aware in the zone of the settings.
        name: The action, for role ``event``.
        session: Its conversation, if it has one.
        learnable: False: context only; nothing is learnt from it.
        units: What an extractor's own head reads in the embedder's tokens of the text, where it asked (``Embedder.readings``).
    """

    episode: str
    role: Role
    text: str
    speaker: str | None = None
    said_at: datetime
    name: str | None = None
    session: str | None = None
    learnable: bool = True
    units: tuple[float, ...] | None = None

    @property
    def told(self) -> bool:
        """Whether it may tell of the user: an event shows what was done, its words are not the user's."""
        return self.learnable and self.role == "user"


class Witness(Model):
    """Another turn that bears a candidate out.

    Attributes:
        episode: Id of its episode.
        quote: Verbatim words of it.
    """

    episode: str
    quote: str = Field(min_length=1)


class Candidate(Model):
    """A proposed fact or preference. Without a quote from its source turn it is dropped.

    Attributes:
        kind: ``fact`` or ``preference``.
        episode: The turn it came from.
        quote: Verbatim words of that turn.
        language: ``en`` or ``zh``: the language it is worded in.
        text: It as a sentence without first person: what is stored and searched.
        subject: ``user``, or the person or thing as named.
        attribute: For facts; see ``Fact``.
        value: For facts: verbatim words.
        when: For facts: verbatim time words.
        correction: It replaces something said before.
        slot: For preferences; the taxonomy of ``core.slots``.
        polarity: For preferences.
        object: For preferences: verbatim words (for a choice, of the offer).
        strength: For preferences.
        origin: For preferences.
        condition: For preferences: verbatim words (when …, except …, unless …).
        standing: For preferences: an order about every answer, or safety.
        lasting: For preferences: False for a one-off.
        directive: For preferences: an imperative sentence in ``language``, signed (do / don't), no first person,
            without the condition.
        certain: For preferences of the rules: the words leave no doubt (an order that says itself for every time, a member of a
            list of demands), so that no model may doubt them away.
        by: Who proposes it.
        beside: Other turns that bear it out, oldest first: what is shown by repetition has several sources.
        ends: For preferences: objects of shown ones of the same slot whose place it takes.
        over: For preferences: what else was offered where it was chosen; a shown one of these that was chosen but once goes.
        offered: For preferences: all that was said of each option, of the chosen one first.
    """

    kind: Literal["fact", "preference"]
    episode: str
    quote: str = Field(min_length=1)
    language: Literal["en", "zh"] = "en"
    text: str = ""
    subject: str = "user"
    attribute: str = "state"
    value: str = ""
    when: str | None = None
    correction: bool = False
    slot: str = "other"
    polarity: Polarity = "wants"
    object: str = ""
    strength: Strength = "normal"
    origin: Origin = "explicit"
    condition: str | None = None
    standing: bool = False
    lasting: bool = True
    directive: str = ""
    certain: bool = False
    by: Literal["rules", "model", "llm"] = "rules"
    beside: tuple[Witness, ...] = ()
    ends: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()

    @property
    def memory_kind(self) -> Kind:
        """The kind of memory it would become."""
        return self.kind


def borne_out(candidate: Candidate, turns: Sequence[Turn]) -> bool:
    """Whether a candidate's words stand in a turn, among some, that may be learnt from."""
    return any(turn.episode == candidate.episode and turn.learnable and candidate.quote in turn.text for turn in turns)


class Extractor(Protocol):
    """Proposes candidates from a window of consecutive turns of one conversation. Pure."""

    def extract(self, turns: Sequence[Turn]) -> list[Candidate]:
        """Candidates of the learnable turns, in the order said. Turns that are not learnable are context."""
        ...


@runtime_checkable
class DoubtingExtractor(Extractor, Protocol):
    """An extractor that decides better about some turns by what a head of its own reads in an embedder's tokens. Pure."""

    def uncertain(self, turns: Sequence[Turn], space: str | None) -> list[str]:
        """Episodes of the turns whose ``units`` are worth their cost, if its head reads that space (an embedder's fingerprint)."""
        ...
