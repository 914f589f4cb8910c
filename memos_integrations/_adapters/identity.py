"""Whose memory it is: read from the run's context or config, never from what a model or a user wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast
from uuid import UUID

from ..core.scopes import parse_scope
from ..errors import InvalidScope
from ..types import Scope
from .calls import AnyFace, ScopeArgs, bound_scope

__all__ = ["Identity", "IdentityLike"]

IdentityLike: TypeAlias = "Mapping[str, str] | Callable[[object], Scope | Mapping[str, object]] | None"
"""Names of attributes or keys of the context, such as ``{"user_id": "uid"}``; or a function from the context to a scope."""

_NAMES = ("user_id", "agent_id", "app_id", "team")
_FIXED = (*_NAMES, "sharing", "conversation_id", "scope")


class Identity:
    """Finds the scope of a call."""

    def __init__(self, memory: AnyFace, identity: IdentityLike, who: ScopeArgs, *, owner: str) -> None:
        """Take what is fixed and what is to be looked up.

        Args:
            memory: With its scope bound, it is the scope.
            identity: Where to look the names up; None: under their own names.
            who: Names that are fixed.
            owner: What to call the adapter in errors.

        Raises:
            InvalidScope: The options contradict each other.
        """
        self._bound = bound_scope(memory)
        self._owner = owner
        self._fixed: dict[str, object] = {key: value for key, value in who.items() if value is not None}
        unknown = sorted(self._fixed.keys() - set(_FIXED))
        if unknown:
            raise InvalidScope("no such option", field=unknown[0])
        if self._bound is not None and (self._fixed or identity is not None):
            raise InvalidScope("this handle has its scope bound already: pass the MemOS itself", field=next(iter(self._fixed), "identity"))
        self._find = identity if callable(identity) else None
        keys: Mapping[str, str] = {} if identity is None or callable(identity) else identity
        self._keys = {**dict(zip(_NAMES, _NAMES, strict=True)), **keys}
        unknown = sorted(self._keys.keys() - set(_NAMES))
        if unknown:
            raise InvalidScope(f"names {unknown[0]!r}; there are {', '.join(_NAMES)}", field="identity")

    def scope(self, context: object, configurable: Mapping[str, object], conversation: str | None) -> ScopeArgs:
        """The scope of a call, as its keywords.

        Args:
            context: The run's context: an object with attributes, or a mapping.
            configurable: The run's config; looked at where the context says nothing.
            conversation: The session.

        Raises:
            InvalidScope: Nobody is named.
        """
        if conversation is None and self._bound is not None:
            conversation = self._bound.conversation_id
        session: ScopeArgs = {"conversation_id": conversation} if conversation is not None else {}
        if self._bound is not None:
            return session
        names: dict[str, object] = {**session, **self._fixed}
        if self._find is not None:
            found = self._find(context)
            names = {**session, **(found.model_dump(exclude_none=True) if isinstance(found, Scope) else dict(found)), **self._fixed}
        else:
            for name, key in self._keys.items():
                value = _look_up(context, key)
                value = configurable.get(key) if value is None else value
                if value is not None:
                    names.setdefault(name, str(value) if isinstance(value, UUID | int) and not isinstance(value, bool) else value)
            if names.get("user_id") is None and names.get("team") is None and "scope" not in names:
                # an agent alone would be one memory for everybody who talks to it: that must be said, not happen
                raise InvalidScope(self._missing(), field="user_id")
        parse_scope(names)
        return cast("ScopeArgs", names)

    def fixed(self, conversation: str | None) -> ScopeArgs:
        """The scope of a call outside of a run: what is fixed.

        Raises:
            InvalidScope: Nobody is named.
        """
        session: ScopeArgs = {"conversation_id": conversation} if conversation is not None else {}
        if self._bound is not None:
            return session
        if self._fixed.keys().isdisjoint({"user_id", "agent_id", "team", "scope"}):
            raise InvalidScope(f"say whose memory: {self._owner}(…, user_id=…), agent_id or team", field="user_id")
        parse_scope({**self._fixed, **session})
        return cast("ScopeArgs", {**self._fixed, **session})

    def _missing(self) -> str:
        key = self._keys["user_id"]
        return (
            f"nobody is named. Pass context=… with {key!r} (and context_schema=… to create_agent), or "
            f"config={{'configurable': {{{key!r}: …}}}}, or fix one: {self._owner}(memory, user_id=…); for an agent's own "
            "memory pass memory.scoped(agent_id=…)"
        )


def _look_up(context: object, key: str) -> object:
    if isinstance(context, Mapping):
        return cast("Mapping[str, object]", context).get(key)
    return cast("object", getattr(context, key, None))
