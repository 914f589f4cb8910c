"""``demo``: conversations played into a temporary store, and what the memory makes of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import JsonValue

from ..client import MemOS
from ..core.messages import parse_time
from ..core.text import Language, language
from ..demo import load_demo
from ..settings import Settings
from ..types import AnyMemory, Fact, Preference, Recall, Scope
from .options import Common, Usage
from .output import Bar, Output, day, one_line, shortened
from .phrases import Phrases, phrases, questions_about
from .reading import Conversation, read_conversations
from .working import add_all, work_off

__all__ = ["demo"]

_BUDGET = 300
_PACE = timedelta(seconds=30)


@dataclass(frozen=True)
class _Script:
    """What is played."""

    language: Language
    scope: Scope
    who: str
    conversations: Sequence[Conversation]
    questions: Sequence[str]


@dataclass(frozen=True)
class _Change:
    """A memory whose place another one took."""

    loser: Fact | Preference
    winner: Fact | Preference


@dataclass(frozen=True)
class _Learnt:
    """What a memory made of a script."""

    facts: Sequence[Fact]
    preferences: Sequence[Preference]
    changes: Sequence[_Change]
    recalls: Sequence[Recall]
    cited: dict[str, AnyMemory]


def demo(
    common: Common,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="Your own conversations instead; - is standard input.")] = None,
) -> None:
    """Play conversations in English and Chinese, or FILE, in a temporary store; show what is learnt and recalled."""
    if common.store is not None:
        raise Usage("demo plays in a temporary store; it takes no --store")
    scripts = [_shipped("en"), _shipped("zh")] if file is None else [_own(file, common)]
    out = common.out
    shown: list[JsonValue] = []
    for number, script in enumerate(scripts):
        with tempfile.TemporaryDirectory(prefix="memos-demo-") as folder, out.progress() as bar:
            embedder = None if common.embedder == "none" else common.embedder
            with MemOS(Path(folder) / "demo.db", embedder=embedder, llm=common.llm) as memory:
                learnt = _play(memory, script, bar)
        if common.json:
            shown.append(_as_json(script, learnt))
            continue
        if number:
            out.line()
        _show(out, script, learnt)
    if common.json:
        out.json({"demos": shown})


def _shipped(name: Language) -> _Script:
    loaded = load_demo(name)
    zone = Settings().zone
    conversations: list[Conversation] = []
    for one in loaded.conversations:
        start = parse_time(one.created_at, zone=zone, field="created_at")
        timed = tuple(m.model_copy(update={"created_at": start + i * _PACE}) for i, m in enumerate(one.messages))
        conversations.append(Conversation(one.id, timed))
    return _Script(loaded.language, Scope(user_id=loaded.user_id), loaded.user_id, conversations, loaded.questions)


def _own(file: str, common: Common) -> _Script:
    conversations = read_conversations(file)
    said = [m.content for c in conversations for m in c.messages if m.role == "user" and m.content]
    chinese = sum(language(text) == "zh" for text in said)
    scope = common.named() or Scope(user_id="you")
    return _Script("zh" if 2 * chinese > len(said) else "en", scope, scope.user_id or file, conversations, ())


def _play(memory: MemOS, script: _Script, bar: Bar) -> _Learnt:
    words = {"en": ("adding", "learning"), "zh": ("写入", "学习")}[script.language]
    added = add_all(memory, script.conversations, script.scope, bar, words[0])
    work_off(memory, bar, words[1])
    for one in added:
        one.finished(memory)
    everything = [m for m in _all(memory, script.scope) if isinstance(m, Fact | Preference)]
    by_id = {m.id: m for m in everything}
    active = [m for m in everything if m.status == "active"]
    facts = [m for m in active if isinstance(m, Fact)]
    preferences = sorted((m for m in active if isinstance(m, Preference)), key=lambda p: (not p.standing, p.slot))
    changes = [_Change(m, _winner(m, by_id)) for m in everything if m.status == "superseded" and m.superseded_by in by_id]
    questions = script.questions or questions_about(preferences, facts, script.language)
    # the last moment of the conversations: what is recent to the user, not what is to us
    last = max((m.created_at for c in script.conversations for m in c.messages if m.created_at), default=None)
    recalls = [memory.search_memory(q, scope=script.scope, max_tokens=_BUDGET, now=last) for q in questions]
    cited = {c.memory_id for recall in recalls for c in recall.instruction.citations}
    return _Learnt(facts, preferences, changes, recalls, {id: memory.get(id, scope=script.scope) for id in sorted(cited)})


def _winner(loser: Fact | Preference, by_id: dict[str, Fact | Preference]) -> Fact | Preference:
    winner = loser
    seen: set[str] = set()
    while winner.superseded_by in by_id and winner.id not in seen:
        seen.add(winner.id)
        winner = by_id[winner.superseded_by]
    return winner


def _all(memory: MemOS, scope: Scope) -> Iterable[AnyMemory]:
    cursor: str | None = None
    while True:
        page = memory.list_memories(scope=scope, kinds=["fact", "preference"], status="any", cursor=cursor, limit=500)
        yield from page
        cursor = page.cursor
        if cursor is None:
            return


def _show(out: Output, script: _Script, learnt: _Learnt) -> None:
    words = phrases(script.language)
    times = sorted(m.created_at for c in script.conversations for m in c.messages if m.created_at)
    title = words.title.format(
        user=script.who,
        sessions=len(script.conversations),
        messages=sum(len(c.messages) for c in script.conversations),
    )
    if times:
        title += words.span.format(start=day(times[0]), end=day(times[-1]))
    out.heading(f"=== {title} ===")
    out.heading(words.facts)
    if learnt.facts:
        out.table(words.fact_columns, [(_about(f, words), f.text, day(f.valid_from), _quote(f)) for f in learnt.facts])
    else:
        out.line(words.nothing)
    out.heading(words.preferences)
    if learnt.preferences:
        out.table(words.preference_columns, [_preference(p, words) for p in learnt.preferences])
    else:
        out.line(words.nothing)
    out.heading(words.changed)
    for change in learnt.changes:
        out.line(f"{day(change.winner.valid_from)}  {one_line(change.loser.text)}  →  {one_line(change.winner.text)}")
    if not learnt.changes:
        out.line(words.nothing)
    for number, recall in enumerate(learnt.recalls, 1):
        out.heading(words.question.format(number=number, query=recall.query))
        _show_recall(out, recall, learnt.cited, words)


def _show_recall(out: Output, recall: Recall, cited: dict[str, AnyMemory], words: Phrases) -> None:
    out.line(words.instruction)
    for line in (recall.instruction.text or words.empty).split("\n"):
        out.line(f"  | {line}")
    if recall.instruction.citations:
        out.line(words.citations)
    lines = {c.line for c in recall.instruction.citations}
    width = len(str(max(lines, default=0) + 1))
    for citation in recall.instruction.citations:
        memory = cited[citation.memory_id]
        where = words.line.format(line=f"{citation.line + 1:>{width}}")
        session = memory.conversation_id or memory.namespace
        out.line(f"  {where}  {day(memory.valid_from)}  {session}  {_quote(memory)}")
    ledger = recall.ledger
    share = ledger.tokens_injected / ledger.tokens_history if ledger.tokens_history else 0.0
    out.line(words.tokens.format(injected=ledger.tokens_injected, history=ledger.tokens_history, share=share))


def _about(fact: Fact, words: Phrases) -> str:
    return words.of_user if fact.subject in (None, "user") else fact.subject or ""


def _preference(preference: Preference, words: Phrases) -> tuple[str, ...]:
    return (
        preference.slot,
        words.wants if preference.polarity == "wants" else words.avoids,
        preference.object or preference.text,
        preference.condition or (words.always if preference.standing else ""),
        f"{day(preference.valid_from)} {_quote(preference)}",
    )


def _quote(memory: AnyMemory) -> str:
    said = memory.evidence[-1].quote if memory.evidence else memory.text
    return f"“{shortened(said, 100)}”"


def _as_json(script: _Script, learnt: _Learnt) -> dict[str, JsonValue]:
    return {
        "language": script.language,
        "scope": script.scope.model_dump(mode="json", exclude_defaults=True),
        "messages": sum(len(c.messages) for c in script.conversations),
        "facts": [f.model_dump(mode="json") for f in learnt.facts],
        "preferences": [p.model_dump(mode="json") for p in learnt.preferences],
        "changes": [{"from": c.loser.model_dump(mode="json"), "to": c.winner.model_dump(mode="json")} for c in learnt.changes],
        "questions": [
            {
                "query": r.query,
                "instruction": r.instruction.model_dump(mode="json"),
                "tokens_injected": r.ledger.tokens_injected,
                "tokens_history": r.ledger.tokens_history,
            }
            for r in learnt.recalls
        ],
    }
