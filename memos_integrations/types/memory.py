"""A stored record, by kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, JsonValue

from ._base import Model
from .messages import ContentPart, Role

__all__ = [
    "AnyMemory",
    "Episode",
    "Evidence",
    "Fact",
    "Item",
    "ItemInput",
    "ItemKey",
    "Kind",
    "Memory",
    "Origin",
    "Polarity",
    "Preference",
    "Status",
    "Strength",
    "Summary",
]

Kind = Literal["episode", "fact", "preference", "summary", "item"]
Status = Literal["active", "superseded", "merged", "archived", "deleted"]
Polarity = Literal["wants", "avoids"]
Origin = Literal["explicit", "implicit"]
Strength = Literal["strong", "normal", "weak"]


class Evidence(Model):
    """Where a derived memory comes from.

    Attributes:
        source: Id of the message.
        episode: Id of the episode that holds the message.
        quote: The speaker's own words.
        said_at: When they were said.
    """

    source: str
    episode: str
    quote: str
    said_at: datetime


class Memory(Model):
    """What every kind of memory has.

    Attributes:
        id: UUID, the same for the same memory in every store.
        kind: The kind; selects the subclass.
        text: What it says, in the language it was said in.
        namespace: Where it lives.
        sources: Ids of the messages it came from: the caller's own ids where given.
        speaker: Who said it.
        subject: Whom it is about (``user`` for the speaker).
        status: Where it stands in its life; only ``active`` ones are searched.
        valid_from: Since when it is true in the world (message time).
        valid_to: Until when; None: still.
        created_at: When we learnt it.
        updated_at: When we last changed it.
        conversation_id: The session it came from.
        agent_id: The agent that was there.
        metadata: The caller's own.
        evidence: The words it was learnt from.
        superseded_by: Id of the memory that took its place.
        supersedes: Ids of memories whose place it took.
        version: Counts its changes, from 1.
    """

    id: str
    kind: Kind
    text: str
    namespace: str
    sources: tuple[str, ...] = ()
    speaker: str | None = None
    subject: str | None = None
    status: Status = "active"
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    created_at: datetime
    updated_at: datetime
    conversation_id: str | None = None
    agent_id: str | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    superseded_by: str | None = None
    supersedes: tuple[str, ...] = ()
    version: int = 1

    @property
    def said_at(self) -> datetime:
        """When it was said, or else when it came to be known."""
        return self.valid_from or self.created_at


class Episode(Memory):
    """One message as it was said.

    Attributes:
        role: The message's role.
        parts: Its content parts, if it was given as parts.
        tool_calls: Calls that it makes.
        tool_call_id: The call that it answers.
        raw: A framework's own form of it.
    """

    kind: Literal["episode"] = "episode"  # pyright: ignore[reportIncompatibleVariableOverride]  # a kind narrows its base
    role: Role
    parts: tuple[ContentPart, ...] | None = None
    tool_calls: tuple[dict[str, JsonValue], ...] | None = None
    tool_call_id: str | None = None
    raw: JsonValue = None


class Fact(Memory):
    """Something that is so, about the user or about somebody or something the user spoke of.

    Attributes:
        attribute: What of the subject: ``name``, ``home``, ``work``, ``pet``, …
        value: The words that fill it.
        when: The time words as said, if any.
        occurs_at: Those words resolved against the message time, as an ISO date.
    """

    kind: Literal["fact"] = "fact"  # pyright: ignore[reportIncompatibleVariableOverride]  # a kind narrows its base
    attribute: str = "state"
    value: str = ""
    when: str | None = None
    occurs_at: str | None = None


class Preference(Memory):
    """What the user wants, or wants to avoid.

    Attributes:
        slot: Its place in the taxonomy, ``domain.aspect``, such as ``food.diet``.
        polarity: ``wants`` or ``avoids``.
        object: What it is about.
        strength: How firmly it was put.
        origin: ``explicit`` if stated, ``implicit`` if chosen or shown.
        condition: When it holds, or when it does not, in the user's words; None: always.
        standing: Whether it belongs into every prompt: orders about every answer, and safety.
        directive: It as an imperative that a model can follow, without its condition.
        lasting: False for a one-off, which lives in its session only.
    """

    kind: Literal["preference"] = "preference"  # pyright: ignore[reportIncompatibleVariableOverride]  # a kind narrows its base
    slot: str = "other"
    polarity: Polarity
    object: str = ""
    strength: Strength = "normal"
    origin: Origin = "explicit"
    condition: str | None = None
    standing: bool = False
    directive: str = ""
    lasting: bool = True


class Summary(Memory):
    """A shorter form of several memories."""

    kind: Literal["summary"] = "summary"  # pyright: ignore[reportIncompatibleVariableOverride]  # a kind narrows its base


class Item(Memory):
    """An opaque JSON value under a path and a key, for key-value adapters. ``text`` holds the words it is found by.

    Attributes:
        path: The folder it is in, label by label.
        key: Its name there.
        value: What was put there.
        texts: The words it is found by, one vector each.
        ttl: Seconds that it lives after it was put or last read; None: for ever.
        expires_at: When it ends, as things stand.
    """

    kind: Literal["item"] = "item"  # pyright: ignore[reportIncompatibleVariableOverride]  # a kind narrows its base
    path: tuple[str, ...] = ()
    key: str = ""
    value: JsonValue = None
    texts: tuple[str, ...] = ()
    ttl: float | None = None
    expires_at: datetime | None = None


ItemKey: TypeAlias = tuple[Sequence[str], str]
"""Path and key of an item."""


class ItemInput(Model):
    """An item to put.

    Attributes:
        path: The folder, label by label; at least one.
        key: Its name there; the same path and key again replace it.
        value: Any JSON value.
        texts: The words it is found by, one vector each; none: it is found by its path, by filters and by age.
        ttl: Seconds that it lives after it was put or last read; None: for ever.
    """

    path: tuple[str, ...]
    key: str
    value: JsonValue
    texts: tuple[str, ...] = ()
    ttl: float | None = None


AnyMemory: TypeAlias = Annotated[Episode | Fact | Preference | Summary | Item, Field(discriminator="kind")]
"""Any kind of memory; pydantic picks the class by ``kind``."""
