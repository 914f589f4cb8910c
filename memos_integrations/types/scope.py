"""Who is asking or speaking."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from ._base import Model

__all__ = ["Access", "Grant", "Scope", "Sharing"]

Sharing = Literal["shared", "isolated", "layered"]
Access = Literal["read", "write"]

NAME_LIMIT = 512


class Scope(Model):
    """Who is asking or speaking. The caller's word is trusted: authentication is the application's.

    Attributes:
        user_id: The person.
        agent_id: The agent that speaks for, or with, the person.
        app_id: The application; memories of two applications never meet.
        conversation_id: The current session: a signal for ranking, not a wall.
        team: A named group that shares one namespace.
        sharing: ``shared``: one memory per user; ``isolated``: the agent's own, nothing else;
            ``layered``: reads its own and the shared, writes its own.
    """

    user_id: str | None = None
    agent_id: str | None = None
    app_id: str = "default"
    conversation_id: str | None = None
    team: str | None = None
    sharing: Sharing = "shared"

    @field_validator("user_id", "agent_id", "app_id", "conversation_id", "team", mode="before")
    @classmethod
    def _name(cls, value: object) -> object:
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValueError(f"must be a string, not {type(value).__name__}")
        if not value.strip():
            raise ValueError("must not be empty or blank")
        if len(value) > NAME_LIMIT:
            raise ValueError(f"must be at most {NAME_LIMIT} characters, not {len(value)}")
        if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
            raise ValueError("must hold no NUL character and no lone surrogate")
        return value

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.app_id is None:  # pyright: ignore[reportUnnecessaryComparison]  # None passes the before-validator
            raise ValueError("app_id must not be None")
        if self.user_id is None and self.agent_id is None and self.team is None:
            raise ValueError("names nobody: pass user_id, agent_id or team")
        if self.sharing == "isolated" and self.agent_id is None:
            raise ValueError("sharing='isolated' keeps an agent's memory apart: pass agent_id")
        return self


class Grant(Model):
    """That one scope may see, or also change, the memory of another.

    Attributes:
        owner: Namespace that is opened.
        to: Namespace whose scopes may enter.
        access: ``read``, or ``write`` (which includes reading).
    """

    owner: str = Field(min_length=1)
    to: str = Field(min_length=1)
    access: Access = "read"
