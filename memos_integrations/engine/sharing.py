"""Who may see what: promoting memories, grants, and the registry of namespaces. Plain blocking code: the async face runs it in a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from ..core.checks import choice, shown
from ..core.identity import named_id
from ..core.messages import moment
from ..core.records import to_memory, to_record
from ..core.scopes import View, namespace_of, resolve_view, writing_scope
from ..errors import AccessDenied, InvalidInput, NotFound
from ..stores.base import Batch, NamespaceRow, Record
from ..types import Access, Decision, Grant, NamespaceInfo, Receipt, Scope
from .context import Context, now_utc
from .memories import Memories, checked_ids, may_change, restated

__all__ = ["Sharing"]


class Sharing:
    """Promote, grant, revoke and namespaces."""

    def __init__(self, context: Context, memories: Memories) -> None:
        self._context = context
        self._memories = memories

    def promote(self, ids: object, scope: Scope | None, *, to: Scope) -> Receipt:
        """Move memories into a shared namespace; their provenance goes along."""
        context = self._context
        view = self._memories.view(scope)
        if not isinstance(to, Scope):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
            raise InvalidInput(f"must be a Scope, not {type(to).__name__}", field="to")
        target = namespace_of(to)
        if (
            view is not None
            and scope is not None
            and target not in (view.changes | set(resolve_view(to, ()).reads if _of_scope(scope, to) else ()))
        ):
            raise AccessDenied(f"this scope may not write to {target!r}; grant it access='write' first")
        return context.again(lambda: self._promote(checked_ids(ids), view, target, dict(writing_scope(to))))

    def _promote(self, wanted: Sequence[str], view: View | None, target: str, scope: Mapping[str, JsonValue]) -> Receipt:
        found = {r.id: r for r in self._memories.records(wanted, view, with_index=True)}
        missing = [i for i in wanted if i not in found]
        if missing:
            raise NotFound(f"no memory {shown(missing[0])} in this view")
        decisions: list[Decision] = []
        puts: list[Record] = []
        read: list[Record] = []
        now = now_utc()
        for id in wanted:
            record = found[id]
            memory = to_memory(record)
            if record.namespace == target or memory.kind == "item":
                decisions.append(Decision(action="known", memory_id=id, kind=memory.kind, reason="stays where it is"))
                continue
            may_change(record, view)
            moved = memory.model_copy(
                update={
                    "id": named_id("promoted", target, id),
                    "namespace": target,
                    "updated_at": now,
                    "supersedes": (),
                    "superseded_by": None,
                }
            )
            left = memory.model_copy(
                update={"status": "merged", "superseded_by": moved.id, "updated_at": now, "version": memory.version + 1}
            )
            tokens = self._context.count(moved.text) if moved.kind == "episode" else 0
            there = to_record(moved, terms=record.terms, tokens=tokens)
            puts += [there.but(vectors=record.vectors, space=record.space), restated(self._context, record, left)]
            read.append(record)
            decisions.append(Decision(action="promoted", memory_id=moved.id, kind=moved.kind, related=(id,), by="hand"))
        row = NamespaceRow(key=target, scope=scope)
        self._context.store.commit(Batch(put=tuple(puts), namespaces=(row,), expects=tuple(read)))
        return Receipt(namespace=target, decisions=tuple(decisions))

    def grant(self, owner: Scope, to: Scope, access: Access) -> Grant:
        """Open the namespace of one scope to another."""
        self._context.check_open()
        _checked_scopes(owner, to)
        given: Access = choice(access, ("read", "write"), field="access")
        grant = Grant(owner=namespace_of(owner), to=namespace_of(to), access=given)
        self._context.put_grant(grant)
        return grant

    def revoke(self, owner: Scope, to: Scope) -> None:
        """Close it again; nothing happens if it was not open."""
        self._context.check_open()
        _checked_scopes(owner, to)
        self._context.put_grant(Grant(owner=namespace_of(owner), to=namespace_of(to)), remove=True)

    def namespaces(self) -> list[NamespaceInfo]:
        """All namespaces, with what is in them."""
        self._context.check_open()
        return [
            NamespaceInfo(
                key=row.key,
                scope=Scope.model_validate(dict(row.scope)),
                memories={k: n for k, n in row.counts.items() if k != "tombstone"},
                updated_at=moment(row.updated_at) if row.updated_at else None,
            )
            for row in self._context.store.namespaces()
            if not row.key.startswith("~")
        ]


def _checked_scopes(owner: object, to: object) -> None:
    for name, scope in (("scope", owner), ("to", to)):
        if not isinstance(scope, Scope):
            raise InvalidInput(f"must be a Scope, not {type(scope).__name__}", field=name)


def _of_scope(scope: Scope, to: Scope) -> bool:
    """Whether a target is the scope's own user or team: sharing upwards needs no grant."""
    if to.app_id != scope.app_id:
        return False
    own_user = to.user_id is not None and to.user_id == scope.user_id and to.agent_id is None and to.team is None
    own_team = to.team is not None and to.team == scope.team
    return (own_user or own_team) and scope.sharing != "isolated"
