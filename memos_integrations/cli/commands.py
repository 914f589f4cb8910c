"""The commands of ``memosctl``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

import typer
from pydantic import JsonValue

from .._version import __version__
from ..client import MemOS
from ..core.scopes import namespace_of
from ..types import AnyMemory, Kind, NamespaceInfo, Preference, Recall, Receipt, Scope
from .doctor import doctor
from .moving import copy, export, import_, reembed
from .options import Common, Usage, with_common
from .output import Output, day, shortened
from .play import demo
from .reading import read_conversations
from .working import add_all, counted, work_off

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Long-term memory for agents, from the command line.",
)

File = Annotated[str, typer.Argument(metavar="FILE", help="JSON or JSON lines; - is standard input.")]
Limit = Annotated[int, typer.Option(min=1, help="Most memories.")]


class KindName(StrEnum):
    """The choices of ``--kind``."""

    episode = "episode"
    fact = "fact"
    preference = "preference"
    summary = "summary"
    item = "item"


class StatusName(StrEnum):
    """The choices of ``--status``."""

    active = "active"
    superseded = "superseded"
    merged = "merged"
    archived = "archived"
    any = "any"


Kinds = Annotated[list[KindName] | None, typer.Option("--kind", help="Only this kind; may be given again.")]


def _kinds(chosen: list[KindName] | None) -> list[Kind] | None:
    return [kind.value for kind in chosen] if chosen else None


def _version(wanted: bool) -> None:
    if wanted:
        print(f"memosctl {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Long-term memory for agents, from the command line."""


def add(
    common: Common,
    file: File,
    learn: Annotated[bool, typer.Option(help="Learn facts and preferences, not only keep the turns.")] = True,
    wait: Annotated[bool, typer.Option(help="Wait until it is learnt.")] = True,
) -> None:
    """Add the conversations of FILE."""
    scope = common.scope()
    conversations = read_conversations(file)
    if common.conversation is not None:
        if len(conversations) > 1:
            raise Usage(f"{file} holds {len(conversations)} conversations; --conversation can name only one")
        scope = scope.model_copy(update={"conversation_id": None})
        conversations = [type(c)(common.conversation, c.messages) for c in conversations]
    out = common.out
    with common.open(create=True) as memory, out.progress() as bar:
        added = add_all(memory, conversations, scope, bar, "adding", learn=learn)
        if wait:
            work_off(memory, bar, "learning")
            decisions = [d for one in added for d in one.finished(memory)]
        else:
            decisions = [d for one in added for receipt in one.receipts for d in receipt.decisions]
    actions = counted(decisions)
    if common.json:
        listed: list[JsonValue] = [{"id": a.id, "messages": a.messages, "task_ids": list(a.task_ids)} for a in added]
        out.json({"conversations": listed, "actions": _as_json(actions)})
        return
    total = sum(a.messages for a in added)
    new = actions.get("journalled", {}).get("episode", 0)
    known = sum(actions.get("known", {}).values())
    out.line(f"{_number(total, 'message')} in {_number(len(added), 'conversation')}: {new} new, {known} known already")
    for action in ("added", "superseded", "merged", "refined", "narrowed"):
        kinds = actions.get(action)
        if kinds:
            out.line(f"{action}: " + ", ".join(_number(n, kind) for kind, n in kinds.items()))
    if not wait:
        out.line("not waited for; what is left is learnt when the store is opened next")


def search(
    common: Common,
    query: Annotated[str, typer.Argument(metavar="QUERY")],
    limit: Limit = 10,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Budget of the instruction.")] = None,
    kind: Kinds = None,
    as_of: Annotated[str | None, typer.Option(metavar="TIME", help="What was true then, ISO 8601.")] = None,
    archived: Annotated[bool, typer.Option("--archived", help="Search the archive as well.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show the parts of each score (with --json).")] = False,
    instruction: Annotated[bool, typer.Option("--instruction", help="Print only the text for the prompt.")] = False,
) -> None:
    """Find what matters for QUERY, as a prompt would get it."""
    scope = common.scope()
    out = common.out
    with common.open() as memory:
        recall = memory.search_memory(
            query,
            scope=scope,
            limit=limit,
            max_tokens=max_tokens,
            kinds=_kinds(kind),
            as_of=as_of,
            include_archived=archived,
            explain=explain,
        )
    if common.json:
        out.json(recall)
    elif instruction:
        out.line(recall.instruction.text)
    else:
        _show_recall(out, recall)


def _show_recall(out: Output, recall: Recall) -> None:
    if recall.degraded:
        print(f"memosctl: {recall.degraded}", file=sys.stderr)
    if not recall.memories:
        out.line("nothing found")
    else:
        rows = [(f"{r.score:.3f}", r.memory.kind, day(r.memory.valid_from), _said(out, r.memory), r.memory.id) for r in recall.memories]
        out.table(("score", "kind", "since", "text", "id"), rows)
    if recall.instruction.text:
        out.heading("instruction")
        out.line(recall.instruction.text)
    out.line()
    out.line(
        f"{recall.ledger.tokens_injected} tokens injected, {recall.ledger.tokens_history} in the full history"
        + "".join(f"; {note}" for note in recall.ledger.notes)
    )


def show(
    common: Common,
    kind: Kinds = None,
    status: Annotated[StatusName, typer.Option(help="Only this status.")] = StatusName.active,
    limit: Annotated[int | None, typer.Option(min=1, help="Most memories; all by default.")] = None,
) -> None:
    """List what is remembered: facts and preferences, or other kinds with --kind."""
    scope = common.scope()
    kinds = _kinds(kind) or ["fact", "preference", "summary"]
    memories: list[AnyMemory] = []
    with common.open(embedder=None) as memory:
        cursor: str | None = None
        while limit is None or len(memories) < limit:
            size = 500 if limit is None else min(500, limit - len(memories))
            page = memory.list_memories(scope=scope, kinds=kinds, status=status.value, cursor=cursor, limit=size)
            memories += page
            cursor = page.cursor
            if cursor is None:
                break
    out = common.out
    if common.json:
        out.json(memories)
    elif not memories:
        out.line("nothing remembered")
    else:
        out.table(
            ("kind", "since", "status", "text", "slot", "id"),
            [(m.kind, day(m.valid_from), m.status, _said(out, m), m.slot if isinstance(m, Preference) else "", m.id) for m in memories],
        )


def _said(out: Output, memory: AnyMemory) -> str:
    return shortened(memory.text, 300) if out.terminal else memory.text


def history(common: Common, id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Tell the story of a memory: its versions, and what it took the place of."""
    with common.open(embedder=None) as memory:
        told = memory.history(id, scope=common.named())
    out = common.out
    if common.json:
        out.json(told)
        return
    rows = [(day(e.at), e.event, e.memory.status, e.memory.text, _quote(e.memory), e.memory.id) for e in told.versions]
    out.table(("when", "what", "now", "text", "said", "id"), rows)


def _quote(memory: AnyMemory) -> str:
    return f"“{memory.evidence[0].quote}”" if memory.evidence else ""


def forget(
    common: Common,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…")] = None,
    query: Annotated[str | None, typer.Option(metavar="TEXT", help="What these words describe.")] = None,
    all: Annotated[bool, typer.Option("--all", help="Everything of the scope.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --all.")] = False,
) -> None:
    """Delete memories for good, everywhere, the words in the turns included."""
    if sum((bool(ids), query is not None, all)) != 1:
        raise Usage("say what to forget: either IDs, or --query, or --all")
    scope = common.named() if ids else common.scope()
    if all and not yes and sys.stdin.isatty():
        typer.confirm("Forget everything of this scope? It cannot be undone.", abort=True, err=True)
    with common.open() as memory:
        receipt = _forget(memory, ids, query, scope)
    out = common.out
    if common.json:
        out.json(receipt)
        return
    actions = counted(d for d in receipt.decisions if d.kind is not None)
    if not receipt.decisions:
        out.line("nothing to forget")
    for whole in (d for d in receipt.decisions if d.kind is None):
        out.line(f"{whole.action}: {whole.reason}")
    for action, kinds in actions.items():
        out.line(f"{action}: " + ", ".join(_number(n, kind) for kind, n in kinds.items()))


def _forget(memory: MemOS, ids: list[str] | None, query: str | None, scope: Scope | None) -> Receipt:
    if query is not None:
        return memory.forget(query=query, scope=scope)
    return memory.forget(ids or None, scope=scope)


def stats(common: Common) -> None:
    """Count what is in the store, by namespace."""
    scope = common.named()
    with common.open(embedder=None) as memory:
        infos = [n for n in memory.namespaces() if scope is None or n.key == namespace_of(scope)]
        pending, failed = memory.pending(), memory.failed()
    out = common.out
    if common.json:
        out.json(
            {
                "namespaces": [n.model_dump(mode="json") for n in infos],
                "pending": pending,
                "failed": [r.model_dump(mode="json") for r in failed],
            }
        )
        return
    kinds = sorted({kind for info in infos for kind in info.memories})
    if infos:
        rows = [(_whose(n), *(str(n.memories.get(kind, 0)) for kind in kinds), day(n.updated_at)) for n in infos]
        out.table(("whose", *kinds, "changed"), rows)
    else:
        out.line("the store is empty" if scope is None else "nothing of this scope is in the store")
    if pending:
        out.line(f"{pending} texts wait to be learnt from or embedded")
    for receipt in failed:
        out.line(f"failed: {receipt.task_id}: {receipt.error}")


def _whose(info: NamespaceInfo) -> str:
    scope = info.scope
    names = {"app": scope.app_id if scope.app_id != "default" else None, "user": scope.user_id, "agent": scope.agent_id, "team": scope.team}
    return " ".join(f"{key}={value}" for key, value in names.items() if value is not None)


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _as_json(actions: dict[str, dict[str, int]]) -> dict[str, JsonValue]:
    return {action: dict(kinds.items()) for action, kinds in actions.items()}


_COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo,
    "add": add,
    "search": search,
    "show": show,
    "history": history,
    "forget": forget,
    "export": export,
    "import": import_,
    "copy": copy,
    "reembed": reembed,
    "stats": stats,
    "doctor": doctor,
}
for _name, _command in _COMMANDS.items():
    app.command(_name)(with_common(_command))
