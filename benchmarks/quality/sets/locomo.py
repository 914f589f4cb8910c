"""LoCoMo: two people talk over months; which turns answer a question. Categories 1 to 4, as its authors count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from ..baselines import Baselines
from ..bench import Bench, Subject, recall_answers
from ..data import Source
from ..measures import Aim, Answer

__all__ = ["AIMS", "run"]

AIMS = {"recall@10": Aim(0.80)}
_CUTS = (5, 10, 20)


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """Tell each conversation session by session, then ask."""
    left = source.limit
    for conversation in source.units(source.read("locomo")):
        questions = [q for q in conversation["queries"] if q["category"] != "adversarial" and q["evidence"]][:left]
        if not questions:
            break
        left = None if left is None else left - len(questions)
        turns = conversation["turns"]
        baselines = Baselines([t["id"] for t in turns], [f"{t['role']}: {t['text']}" for t in turns], bench.embedder)
        with bench.open() as subject:
            now = _tell(subject, conversation["id"], turns) + timedelta(days=1)
            for question in questions:
                recall, seconds = subject.ask(conversation["id"], question["text"], limit=20, now=now)
                naive = baselines.rankings(question["text"], language="en")
                yield from recall_answers(question["id"], recall, seconds, naive, question["evidence"], _CUTS, group=question["category"])


def _tell(subject: Subject, user: str, turns: list[dict[str, Any]]) -> datetime:
    said = datetime(2023, 1, 1, tzinfo=UTC)
    for session, found in groupby(turns, key=lambda t: t["session"]):
        messages: list[dict[str, Any]] = []
        for number, turn in enumerate(found):
            said = datetime.strptime(turn["time"], "%I:%M %p on %d %B, %Y").replace(tzinfo=UTC) + timedelta(seconds=number)
            messages.append({"id": turn["id"], "role": "user", "name": turn["role"], "content": turn["text"], "created_at": said})
        subject.tell(user, messages, conversation=f"session {session}")
    subject.learn()
    return said
