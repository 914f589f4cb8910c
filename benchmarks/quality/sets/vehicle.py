"""VehicleMemBench: several people share a car for months; which events decide how to set it now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from ..baselines import Baselines
from ..bench import Bench, Subject, ranking
from ..data import Source
from ..measures import OURS, Aim, Answer

__all__ = ["AIMS", "run"]

AIMS = {"event recall@10": Aim(0.65), "event recall@30": Aim(0.80)}
_CUTS = (10, 30)
_AROUND = timedelta(minutes=30)
_LINE = re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d)\] ([^:]+): (.*)")
_EVENT = re.compile(r"\[(\w+ \d{1,2}, \d{4})\]\D*?(\d{1,2}:\d\d ?[AP]M)")


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """An event counts as found by a message of its day within half an hour of it."""
    left = source.limit
    for car in source.units(source.read("vehiclemembench")):
        questions = [(i, q, events) for i, q in enumerate(car["qa"]) if (events := _events(q["gold_memory"]))][:left]
        if not questions:
            break
        left = None if left is None else left - len(questions)
        lines = [m.groups() for m in map(_LINE.match, car["history"].splitlines()) if m]
        turns = [(f"m{i}", datetime.fromisoformat(at).replace(tzinfo=UTC), who, text) for i, (at, who, text) in enumerate(lines)]
        times = {id: at for id, at, _, _ in turns}
        baselines = Baselines([t[0] for t in turns], [f"{who}: {text}" for _, _, who, text in turns], bench.embedder)
        user = f"car {car['id']}"
        with bench.open() as subject:
            _tell(subject, user, turns)
            for number, question, events in questions:
                recall, seconds = subject.ask(user, question["query"], limit=60, now=turns[-1][1] + timedelta(days=1))
                orders = {OURS: ranking(recall), **baselines.rankings(question["query"], language="en")}
                for k in _CUTS:
                    values = {side: _found(order[:k], events, times) for side, order in orders.items()}
                    yield Answer(
                        f"event recall@{k}",
                        f"{user}.{number}",
                        values,
                        question["reasoning_type"],
                        recall.instruction.tokens,
                        seconds,
                        {"query": question["query"], "gold": question["gold_memory"], "found": orders[OURS][:k]},
                    )


def _events(gold: str) -> list[datetime]:
    found: list[datetime] = []
    for line in gold.splitlines():
        match = _EVENT.search(line)
        if match:
            found.append(datetime.strptime(f"{match[1]} {match[2].replace(' ', '')}", "%B %d, %Y %I:%M%p").replace(tzinfo=UTC))
    return found


def _found(order: Sequence[str], events: Sequence[datetime], times: dict[str, datetime]) -> float:
    return sum(any(abs(times[i] - event) <= _AROUND for i in order) for event in events) / len(events)


def _tell(subject: Subject, user: str, turns: Sequence[tuple[str, datetime, str, str]]) -> None:
    for day, found in groupby(turns, key=lambda t: t[1].date()):
        messages: list[dict[str, Any]] = [
            {"id": i, "role": "user", "name": who, "content": text, "created_at": at} for i, at, who, text in found
        ]
        subject.tell(user, messages, conversation=str(day))
    subject.learn()
