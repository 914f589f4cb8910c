"""From a scope to namespaces: names are encoded, views deny by default."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from pydantic import ValidationError

from ..errors import InvalidScope
from ..types import Grant, Scope

__all__ = ["SYSTEM_NAMESPACE", "View", "identities", "namespace_of", "owner_of", "parse_scope", "resolve_view", "writing_scope"]

SYSTEM_NAMESPACE = "~system"
"""Registry records such as grants; no encoded name can begin with a tilde."""


@dataclass(frozen=True, slots=True)
class View:
    """What a scope may do.

    Attributes:
        reads: Namespaces it reads, its own first.
        own: Those of them that are the scope's own, not opened to it by a grant: what stands there may be an order to it.
        writes: The namespace it writes.
        changes: Namespaces whose memories it may change.
    """

    reads: tuple[str, ...]
    own: tuple[str, ...]
    writes: str
    changes: frozenset[str]

    def without(self, names: Container[str]) -> View:
        """The same, but for some namespaces that cannot be read now."""
        reads, own = (tuple(key for key in keys if key not in names) for keys in (self.reads, self.own))
        return replace(self, reads=reads, own=own)


def _encode(**names: str | None) -> str:
    # every name is percent-encoded, so no name can hold a separator or pass for another
    return "/".join(f"{key}={quote(name, safe='', errors='strict')}" for key, name in names.items() if name is not None)


def _user(scope: Scope) -> str | None:
    return _encode(app=scope.app_id, user=scope.user_id) if scope.user_id is not None else None


def _agent(scope: Scope) -> str | None:
    if scope.agent_id is None:
        return None
    return _encode(app=scope.app_id, user=scope.user_id, agent=scope.agent_id)


def _team(scope: Scope) -> str | None:
    return _encode(app=scope.app_id, team=scope.team) if scope.team is not None else None


def namespace_of(scope: Scope) -> str:
    """The namespace that a scope writes."""
    if scope.sharing in ("isolated", "layered"):
        own = _agent(scope) or _user(scope) or _team(scope)
    else:
        own = _team(scope) or _user(scope) or _agent(scope)
    if own is None:
        raise InvalidScope("names nobody: pass user_id, agent_id or team", field="scope")
    return own


def identities(scope: Scope) -> tuple[str, ...]:
    """Namespaces that a grant may name to mean this scope."""
    if scope.sharing == "isolated":
        return (namespace_of(scope),)
    return tuple(name for name in (_user(scope), _agent(scope), _team(scope)) if name is not None)


def resolve_view(scope: Scope, grants: Iterable[Grant]) -> View:
    """What a scope may read and write, with the grants that were given to it."""
    own = namespace_of(scope)
    reads = [own]
    if scope.sharing == "layered":
        reads += [name for name in (_user(scope), _team(scope)) if name is not None]
    mine = set(identities(scope))
    owned = tuple(dict.fromkeys(reads))
    changes = {own}
    for grant in sorted((g for g in grants if g.to in mine), key=lambda g: (g.owner, g.to)):
        reads.append(grant.owner)
        if grant.access == "write":
            changes.add(grant.owner)
    return View(reads=tuple(dict.fromkeys(reads)), own=owned, writes=own, changes=frozenset(changes))


def owner_of(namespace: str) -> str:
    """Whose a namespace is, in words: the names in it without the application."""
    names = (part.partition("=") for part in namespace.split("/"))
    return " ".join(unquote(name) for key, _, name in names if key != "app")


def writing_scope(scope: Scope) -> dict[str, str]:
    """The names that make up the scope's namespace, for the registry; empty ones left out."""
    names = {"app_id": scope.app_id}
    own = namespace_of(scope)
    if own == _team(scope):
        names["team"] = scope.team or ""
    else:
        if scope.user_id is not None:
            names["user_id"] = scope.user_id
        if own == _agent(scope) and scope.agent_id is not None:
            names["agent_id"] = scope.agent_id
            if scope.user_id is not None:
                names["sharing"] = "isolated"
    return names


def parse_scope(names: Mapping[str, object], *, bound: Scope | None = None) -> Scope | None:
    """The scope that a call names by keywords, or the one that is bound to its handle; None: none named.

    Raises:
        InvalidScope: A name is empty, of a wrong type, or repeats what is bound.
    """
    given = {key: value for key, value in names.items() if key != "scope"}
    whole = names.get("scope")
    if bound is not None:
        extra = sorted((given.keys() - {"conversation_id"}) | ({"scope"} if whole is not None else set()))
        if extra:
            raise InvalidScope(f"{', '.join(extra)}: this handle has its scope bound already", field=extra[0])
        whole, given = bound, given
    if whole is not None and not isinstance(whole, Scope):
        raise InvalidScope(f"must be a Scope, not {type(whole).__name__}", field="scope")
    if whole is None and not given:
        return None
    values = {**(whole.model_dump() if whole is not None else {}), **given}
    try:
        return Scope.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "scope"
        message = "no such option" if first["type"] == "extra_forbidden" else str(first["msg"]).removeprefix("Value error, ")
        raise InvalidScope(message, field=field) from None
