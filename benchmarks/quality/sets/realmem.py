"""RealMem: a person and an assistant, hundreds of sessions on several projects; which earlier sessions an answer needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from memos_integrations.types import Fact, Preference

from ..baselines import Baselines
from ..bench import Bench, Subject, ranking
from ..data import Source
from ..measures import OURS, Aim, Answer, recall_at
from ..wording import covers

__all__ = ["AIMS", "run"]

AIMS = {"session recall@5": Aim(0.10, above="bm25")}
_CUTS = (5, 10)


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """Sessions are told in their order; a question is asked before its own session is told."""
    left = source.limit
    for person in source.units(source.read("realmem")):
        sessions = person["dialogues"]
        questions = [found for number, session in enumerate(sessions) for found in _questions(number, session, sessions)][:left]
        if not questions:
            break
        left = None if left is None else left - len(questions)
        name = person["_metadata"]["person_name"]
        with bench.open() as subject:
            yield from _ask(subject, bench, name, sessions, questions)
            yield from _covered(subject, name, sessions[: questions[-1][0] + 1])


def _questions(number: int, session: Mapping[str, Any], sessions: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, str, list[str]]]:
    before = {s["session_uuid"] for s in sessions[:number]}
    turns = session["dialogue_turns"]
    for turn, answer in pairwise(turns):
        wanted = [s for s in answer.get("memory_session_uuids") or () if s in before]
        if turn["is_query"] and wanted:
            yield number, turn["content"], wanted


def _ask(
    subject: Subject, bench: Bench, user: str, sessions: Sequence[Mapping[str, Any]], questions: Sequence[tuple[int, str, list[str]]]
) -> Iterator[Answer]:
    until = questions[-1][0]
    told = [(f"{s['session_uuid']}.{i}", t) for s in sessions[:until] for i, t in enumerate(s["dialogue_turns"]) if t["content"].strip()]
    baselines = Baselines([i for i, _ in told], [t["content"] for _, t in told], bench.embedder)
    place = {s["session_uuid"]: n for n, s in enumerate(sessions)}
    done = 0
    for question, (number, query, wanted) in enumerate(questions):
        for session in sessions[done:number]:
            _tell(subject, user, session)
        if number > done:
            subject.learn()
            done = number
        recall, seconds = subject.ask(user, query, limit=40, now=_day(sessions[number]))
        orders = {OURS: ranking(recall), **baselines.rankings(query, language="en")}
        found = {
            side: [s for s in dict.fromkeys(i.partition(".")[0] for i in order) if place[s] < number] for side, order in orders.items()
        }
        for k in _CUTS:
            values = {side: recall_at(order, wanted, k) for side, order in found.items()}
            note = {"query": query, "wanted": wanted, "found": found[OURS][:k]}
            yield Answer(f"session recall@{k}", f"{user}.{question}", values, "", recall.instruction.tokens, seconds, note)


def _day(session: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(session["current_time"].split()[0]).replace(tzinfo=UTC)


def _tell(subject: Subject, user: str, session: Mapping[str, Any]) -> None:
    uuid, day = session["session_uuid"], _day(session) + timedelta(hours=9)
    messages = [
        {"id": f"{uuid}.{i}", "role": t["speaker"].lower(), "content": t["content"], "created_at": day + timedelta(minutes=i)}
        for i, t in enumerate(session["dialogue_turns"])
        if t["content"].strip()
    ]
    if messages:
        subject.tell(user, messages, conversation=uuid)


def _covered(subject: Subject, user: str, sessions: Sequence[Mapping[str, Any]]) -> Iterator[Answer]:
    """Of what the set's authors extracted from what the user said: how much one of ours covers."""
    known = [m for m in subject.known(user, "fact", "preference") if isinstance(m, Fact | Preference)]
    by_session: dict[str, list[str]] = {}
    for memory in known:
        text = f"{memory.text} {' '.join(e.quote for e in memory.evidence)}"
        for source in memory.sources:
            by_session.setdefault(source.partition(".")[0], []).append(text)
    for session in sessions:
        for number, gold in enumerate(session["extracted_memory"]):
            if gold.get("source_role_snapshot") == "User":
                text = gold["content"].rpartition("】")[2]
                value = float(any(covers(ours, text) for ours in by_session.get(session["session_uuid"], ())))
                yield Answer("extracted memory covered", f"{user}.{session['session_uuid']}.{number}", {OURS: value}, note={"gold": text})
