"""MADial: a child chats; which of its memories should come to mind, though nobody asks for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ..baselines import Baselines
from ..bench import Bench, recall_answers
from ..data import MissingData, Source
from ..measures import Aim, Answer

__all__ = ["AIMS", "run"]

AIMS = {"zh recall@5": Aim(0.68), "en recall@5": Aim(0.58)}
_CUTS = (1, 5, 10)


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """Tell each child's memories on the days they happened, then read its chats up to the turn in question."""
    for language in ("zh", "en"):
        try:
            memories: dict[str, dict[str, Any]] = {}
            for record in source.read(f"madial_{language}_memory"):
                memories |= record
            dialogues = source.read(f"madial_{language}_dialogue")
        except MissingData:
            if language == "en":
                raise
            continue
        yield from _ask(source, bench, language, memories, _owners(memories, dialogues), dialogues)


def _owners(memories: dict[str, dict[str, Any]], dialogues: list[dict[str, Any]]) -> dict[str, int]:
    """Whose memory it is: where the file does not say, the name in it does."""
    spoke: dict[int, Counter[str]] = defaultdict(Counter)
    for dialogue in dialogues:
        spoke[dialogue["user-id"]].update(
            line[1:].partition(">")[0] for line in dialogue["dialogue"] if line.startswith("<") and ":" in line
        )
    names = {owner: next(name for name, _ in found.most_common() if name != "Assistant") for owner, found in spoke.items()}
    owners: dict[str, int] = {}
    for key, memory in memories.items():
        named = [owner for owner, name in names.items() if name in memory["event"]]
        owners[key] = int(memory.get("user-id", named[0] if named else max(names)))
    return owners


def _ask(
    source: Source,
    bench: Bench,
    language: str,
    memories: dict[str, dict[str, Any]],
    owners: dict[str, int],
    dialogues: list[dict[str, Any]],
) -> Iterator[Answer]:
    kept = sorted(memories, key=lambda k: (memories[k]["time"], int(k)))
    with bench.open() as subject:
        baselines: dict[int, Baselines] = {}
        for owner in sorted(set(owners.values())):
            mine = [k for k in kept if owners[k] == owner]
            baselines[owner] = Baselines(mine, [memories[k]["event"] for k in mine], bench.embedder)
            for key in mine:
                said = datetime.fromisoformat(memories[key]["time"]).replace(tzinfo=UTC)
                message = {"id": key, "role": "user", "content": memories[key]["event"], "created_at": said}
                subject.tell(f"{language}{owner}", [message], conversation=f"day {key}")
        subject.learn()
        for number, dialogue in enumerate(source.units(dialogues)[: source.limit]):
            query = _so_far(dialogue)
            wanted = [str(i) for i in dialogue["relevant-id"] if str(i) in memories]
            owner = dialogue["user-id"]
            recall, seconds = subject.ask(f"{language}{owner}", query, limit=30)
            naive = baselines[owner].rankings(query, language=language)
            yield from recall_answers(f"{language}{number}", recall, seconds, naive, wanted, _CUTS, name=f"{language} recall")


def _so_far(dialogue: dict[str, Any]) -> str:
    """What the child has said before the turn in which a memory should come up."""
    lines = dialogue["dialogue"][1 : min(dialogue["test-turn"])]
    said = [line.partition(":")[2].strip().strip('"“”') for line in lines if not line.startswith("<Assistant>")]
    return "\n".join(said)
