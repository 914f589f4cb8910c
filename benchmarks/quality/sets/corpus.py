"""The project's own labelled turns and pairs, told to a memory: the quarter that training never sees.

How the models alone do is told by ``python -m benchmarks.models evaluate``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from memos_integrations.types import Preference

from ...models.corpus import family, kept, rows
from ..bench import Bench
from ..data import Source
from ..measures import OURS, Aim, Answer
from ..wording import telling

__all__ = ["AIMS", "run"]

AIMS = {
    "en turn has a preference: F1": Aim(0.90),
    "zh turn has a preference: F1": Aim(0.92),
    "polarity of found": Aim(0.97),
    "slot of found": Aim(0.85),
    "object found": Aim(0.80),
    "applies to the query: F1": Aim(0.82),
}
Row = Mapping[str, Any]


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """Each turn is a user of its own, with the assistant's turn before it; each pair a preference and a query."""
    turns = [row for row in rows("turns") if kept(family(row["id"]))]
    yield from _turns(bench, source.units(turns)[: source.limit])
    pairs = [row for row in rows("applies") if kept(row["preference"]["text"])]
    yield from _applies(bench, source.units(pairs)[: source.limit])


def _turns(bench: Bench, turns: Sequence[Row]) -> Iterator[Answer]:
    with bench.open() as subject:
        for row in turns:
            before = [{"id": "b", "role": "assistant", "content": row["before"]}] if row.get("before") else []
            subject.tell(row["id"], [*before, {"id": "t", "role": "user", "content": row["text"]}], conversation="turn")
        subject.learn()
        for row in turns:
            gold = [label for label in row["labels"] if label["kind"] == "preference"]
            found = [m for m in subject.known(row["id"], "preference") if isinstance(m, Preference)]
            once = [label for label in gold if label.get("lasting") is False]
            if not found and len(once) == len(gold) > 0:
                continue  # one-offs are kept out of the list of what lasts
            language = "zh" if row["lang"] == "zh" else "en"
            note = {
                "text": row["text"],
                "gold": [g["object"] for g in gold],
                "found": [f"{p.polarity} {p.object} [{p.slot}]" for p in found],
            }
            name = f"{language} turn has a preference"
            if gold:
                yield Answer(f"{name}: recall", row["id"], {OURS: float(bool(found))}, note=note)
            if found:
                yield Answer(f"{name}: precision", row["id"], {OURS: float(bool(gold))}, note=note)
            for number, label in enumerate(gold if found else ()):
                best = max(found, key=partial(_overlap, label=label))
                question = f"{row['id']}.{number}"
                alike = _overlap(best, label) >= 0.5
                yield Answer("object found", question, {OURS: float(alike)}, note=note)
                if alike:
                    yield Answer("polarity of found", question, {OURS: float(best.polarity == label["polarity"])}, note=note)
                    yield Answer("slot of found", question, {OURS: float(best.slot == label["slot"])}, note=note)


def _overlap(preference: Preference, label: Row) -> float:
    wanted = telling(label["object"])
    return len(wanted & telling(f"{preference.object} {preference.text}")) / len(wanted) if wanted else 1.0


def _applies(bench: Bench, pairs: Sequence[Row]) -> Iterator[Answer]:
    with bench.open() as subject:
        for row in pairs:
            subject.tell(row["id"], [{"id": "p", "role": "user", "content": row["preference"]["text"]}], conversation="stated")
        subject.learn()
        for row in pairs:
            recall, seconds = subject.ask(row["id"], row["query"], limit=5)
            kinds = {m.memory.id: m.memory.kind for m in recall.memories}
            head = len(recall.instruction.head.splitlines())
            used = any(c.line < head or kinds.get(c.memory_id) == "preference" for c in recall.instruction.citations)
            note = {"preference": row["preference"]["text"], "query": row["query"], "text": recall.instruction.text}
            tokens, right = recall.instruction.tokens, {OURS: float(used == row["applies"])}
            yield Answer("applies to the query: accuracy", row["id"], right, "", tokens, seconds, note)
            if row["applies"]:
                yield Answer("applies to the query: recall", row["id"], {OURS: float(used)}, "", tokens, seconds, note)
            if used:
                yield Answer("applies to the query: precision", row["id"], {OURS: float(row["applies"])}, "", tokens, seconds, note)
