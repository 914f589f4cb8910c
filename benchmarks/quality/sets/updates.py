"""The project's own updates: something is said, and months later something else; which of them holds now, and which held then.

The pairs are in the format of the corpus, with a question each, and no model is fitted on them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..bench import Bench, Subject, ranking
from ..data import Source
from ..measures import OURS, Aim, Answer

__all__ = ["AIMS", "run"]

AIMS = {
    "replaced: newest above outdated": Aim(0.98),
    "replaced: outdated in the context": Aim(0.02, most=True),
    "replaced: as-of answers the old": Aim(0.98),
    "others: both stand": Aim(0.98),
}
_OWN = Path(__file__).parent.parent / "own"
_THEN = datetime(2026, 1, 5, 10, tzinfo=UTC)
_LATER = _THEN + timedelta(days=90)
_BETWEEN = _THEN + timedelta(days=30)
_NOW = _LATER + timedelta(days=30)
_REPLACED = ("replaces", "contradicts")
_FILLER = {
    "en": (("What's a good way to descale a kettle?", "Vinegar and water, then rinse it."), ("Thanks!", "You're welcome.")),
    "zh": (("水壶里的水垢怎么去？", "白醋兑水煮一下，再冲干净。"), ("谢谢！", "不客气。")),
}

Row = Mapping[str, Any]


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """All measures of the set; the folder of data is not needed."""
    rows = [json.loads(line) for path in sorted(_OWN.glob("updates-*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    rows = source.units(rows)[: source.limit]
    with bench.open() as subject:
        for row in rows:
            _tell(subject, row)
        subject.learn()
        for row in rows:
            yield from _replaced(subject, row) if row["relation"] in _REPLACED else _others(subject, row)


def _tell(subject: Subject, row: Row) -> None:
    for name, at in (("old", _THEN), ("new", _LATER)):
        turns = [("user", row[name]), ("assistant", "OK." if row["lang"] == "en" else "好的。")]
        turns += [turn for user, assistant in _FILLER[row["lang"]] for turn in (("user", user), ("assistant", assistant))]
        messages = [
            {"id": name if not n else f"{name}-{n}", "role": role, "content": text, "created_at": at + timedelta(minutes=n)}
            for n, (role, text) in enumerate(turns)
        ]
        subject.tell(row["id"], messages, conversation=name)


def _replaced(subject: Subject, row: Row) -> Iterator[Answer]:
    user, group = row["id"], f"{row['relation']}, {row['lang']}"
    recall, seconds = subject.ask(user, row["question"], limit=10, now=_NOW)
    order = ranking(recall)
    told = subject.memory.list_memories(user_id=user, kinds=["fact", "preference"], status="any").memories
    note = {
        **{key: row[key] for key in ("old", "new", "question")},
        "memories": [f"{m.status} {m.kind} {m.text} <- {','.join(m.sources)}" for m in told],
        "text": recall.instruction.text,
        "order": order,
    }
    first = "new" in order and ("old" not in order or order.index("new") < order.index("old"))
    yield Answer("replaced: newest above outdated", user, {OURS: float(first)}, group, recall.instruction.tokens, seconds, note)
    outdated = any(set(citation.sources) == {"old"} for citation in recall.instruction.citations)
    yield Answer("replaced: outdated in the context", user, {OURS: float(outdated)}, group, note=note)
    newest = any("new" in citation.sources for citation in recall.instruction.citations)
    yield Answer("replaced: newest in the context", user, {OURS: float(newest)}, group, note=note)
    past, _ = subject.ask(user, row["question"], limit=10, now=_NOW, as_of=_BETWEEN)
    cited = {source for citation in past.instruction.citations for source in citation.sources}
    yield Answer("replaced: as-of answers the old", user, {OURS: float("old" in cited and "new" not in cited)}, group, note=note)
    ended = any(m.status == "superseded" and set(m.sources) == {"old"} for m in told)
    yield Answer("replaced: what was learnt has ended", user, {OURS: float(ended)}, group, note=note)


def _others(subject: Subject, row: Row) -> Iterator[Answer]:
    user, group = row["id"], f"{row['relation']}, {row['lang']}"
    told = subject.memory.list_memories(user_id=user, kinds=["fact", "preference"], status="any").memories
    note = {
        **{key: row[key] for key in ("old", "new")},
        "memories": [f"{m.status} {m.kind} {m.text} <- {','.join(m.sources)}" for m in told],
    }
    lost = any(m.status == "superseded" for m in told)
    yield Answer("others: both stand", user, {OURS: float(not lost)}, group, note=note)
