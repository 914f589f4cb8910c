"""BEAM, 100k tokens a chat: projects over months, ten kinds of question; told as the user's messages alone, or as whole dialogues."""

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

AIMS = {
    "user only: recall@10": Aim(0.82),
    "user only: standing instructions recall@5": Aim(0.85),
    "dialogues: recall@10": Aim(0.75),
    "dialogues: standing instructions recall@5": Aim(0.80),
}
_MODES = (("user only", {"user"}), ("dialogues", {"user", "assistant"}))
_STANDING = "instruction_following"


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """Both ways of telling; evidence is the user's messages in both, so that they can be compared."""
    for mode, roles in _MODES:
        left = source.limit
        for chat in source.units(source.read("beam100k")):
            questions = _questions(chat)[:left]
            if not questions:
                break
            left = None if left is None else left - len(questions)
            yield from _ask(bench, chat, questions, mode, roles)


def _questions(chat: dict[str, Any]) -> list[dict[str, Any]]:
    said = {turn["id"] for turn in chat["turns"] if turn["role"] == "user"}
    found = [{**q, "wanted": [str(e) for e in q["evidence"] if e in said]} for q in chat["queries"]]
    return [q for q in found if q["wanted"]]


def _ask(bench: Bench, chat: dict[str, Any], questions: list[dict[str, Any]], mode: str, roles: set[str]) -> Iterator[Answer]:
    turns = [turn for turn in chat["turns"] if turn["role"] in roles and turn["text"].strip()]
    baselines = Baselines([str(t["id"]) for t in turns], [t["text"] for t in turns], bench.embedder)
    with bench.open() as subject:
        now = _tell(subject, chat["id"], turns) + timedelta(days=1)
        for question in questions:
            recall, seconds = subject.ask(chat["id"], question["text"], limit=30, now=now)
            naive = baselines.rankings(question["text"], language="en")
            wanted, group = question["wanted"], question["category"]
            name = f"{mode}: recall"
            yield from recall_answers(question["id"], recall, seconds, naive, wanted, (5, 10), group=group, name=name)
            if group == _STANDING:
                name = f"{mode}: standing instructions recall"
                yield from recall_answers(question["id"], recall, seconds, naive, wanted, (5,), name=name)


def _tell(subject: Subject, user: str, turns: list[dict[str, Any]]) -> datetime:
    said = datetime(2024, 1, 1, tzinfo=UTC)
    for session, found in groupby(turns, key=lambda t: t["session"]):
        messages: list[dict[str, Any]] = []
        for turn in found:
            if turn["time"]:  # a day is named where it begins; what follows is of that day
                said = max(said, datetime.strptime(turn["time"], "%B-%d-%Y").replace(tzinfo=UTC))
            said += timedelta(seconds=30)
            messages.append({"id": str(turn["id"]), "role": turn["role"], "content": turn["text"], "created_at": said})
        subject.tell(user, messages, conversation=f"session {session}")
    subject.learn()
    return said
