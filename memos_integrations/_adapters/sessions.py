"""The turns of a session."""

from __future__ import annotations

from ..core.scopes import namespace_of, parse_scope
from ..errors import InvalidScope
from ..types import Episode, Scope
from .calls import Port, ScopeArgs

__all__ = ["home_of", "session_turns"]

_PAGE = 1000


def home_of(who: ScopeArgs, bound: Scope | None) -> str:
    """The namespace that a call writes.

    Raises:
        InvalidScope: Nobody is named.
    """
    scope = parse_scope(who, bound=bound)
    if scope is None:
        raise InvalidScope("say whose memory: pass user_id, agent_id or team", field="scope")
    return namespace_of(scope)


async def session_turns(port: Port, who: ScopeArgs, conversation: str, *, bound: Scope | None, newest: int | None = None) -> list[Episode]:
    """The turns of a session, oldest first.

    Those of its own namespace only: a team, a grant or a layered scope shows others', which may have a session of the same name.

    Args:
        port: The calls.
        who: Whose session it is.
        conversation: Its name.
        bound: The scope of the memory's handle, if it has one.
        newest: The last so many; None: all.
    """
    home = home_of(who, bound)
    found: list[Episode] = []
    cursor: str | None = None
    while True:
        page = await port.list_memories(
            kinds=["episode"],
            filter={"conversation_id": conversation},
            newest_first=newest is not None,
            cursor=cursor,
            limit=min(newest or _PAGE, _PAGE),
            **who,
        )
        found += [turn for turn in page if isinstance(turn, Episode) and turn.namespace == home]
        cursor = page.cursor
        if newest is not None and (cursor is None or len(found) >= newest):
            return found[:newest][::-1]
        if cursor is None:
            return found
