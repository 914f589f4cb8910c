"""PrecisionMemBench: what must, and what must not, come back for a query. Its beliefs are stored by hand.

What maps: a belief is remembered (``remember``); its domain, its type and whether it is pinned are metadata; what was
superseded or resolved is no active memory; another user's is another user's. Pinned facts and open questions are asked
for by ``list_memories`` with a filter, and must hold what is named and not what is excluded. ``relevantBeliefs`` is a
search of the rest of the domain, whose first memories must be those named. What does not map: that nothing at all may
come back (a search is ranked and has no threshold), the wording of a persona, an empty query.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from memos_integrations.types.memory import Kind

from ..bench import Bench, Subject
from ..data import Source
from ..measures import OURS, Aim, Answer

__all__ = ["AIMS", "run"]

AIMS = {"cases passed, of those that map": Aim(1.0)}
_LIMIT = 12
_USER = "test-user"
Case = Mapping[str, Any]


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """Every case against one memory of all beliefs."""
    record = source.read("precisionmembench")[0]
    beliefs = {belief["_id"]: belief for belief in record["beliefs"]}
    with bench.open() as subject:
        ids = _remember(subject, beliefs)
        subject.learn()
        for case in source.units(record["cases"])[: source.limit]:
            maps = bool(case["query"].strip()) and any(_needs(case))
            yield Answer("cases that map", case["caseId"], {OURS: float(maps)})
            if maps:
                yield _passes(subject, ids, case)


def _needs(case: Case) -> Iterator[object]:
    """What is asked of a case that our calls can give."""
    for name in ("pinnedFacts", "openQuestions"):
        group = case["expect"].get(name, {})
        yield group.get("mustInclude")
        yield group.get("mustExclude")
    yield case["expect"].get("relevantBeliefs", {}).get("shouldOnlyInclude")


def _domain(belief: Mapping[str, Any]) -> str:
    scopes = [scope.partition(":")[2] for scope in belief["scope"] if scope.startswith("domain:")]
    return scopes[0] if scopes else "universal"


def _remember(subject: Subject, beliefs: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for id, belief in beliefs.items():
        if belief["epistemic_status"] == "superseded" or belief.get("resolved_at"):
            continue  # what was superseded or resolved is no active memory
        names = " ".join([belief["canonical_name"].replace("_", " "), *belief["aliases"]])
        kind: Kind = "preference" if belief["type"] == "preference" else "fact"
        metadata = {"domain": _domain(belief), "type": belief["type"], "pinned": belief["pinned"], "belief": id}
        receipt = subject.memory.remember(f"{names}: {belief['content']}", kind=kind, metadata=metadata, user_id=belief["user_id"])
        ids[id] = str(receipt.decisions[0].memory_id)
    return ids


def _passes(subject: Subject, ids: Mapping[str, str], case: Case) -> Answer:
    domain = case["scope"][0].partition(":")[2]
    expect = case["expect"]
    asked: dict[str, Any] = {
        "pinnedFacts": {"metadata.pinned": True, "metadata.type": {"$ne": "open_question"}},
        "openQuestions": {"metadata.type": "open_question"},
    }
    right = True
    for name, filter in asked.items():
        page = subject.memory.list_memories(user_id=_USER, filter={"metadata.domain": domain, **filter}, limit=1000)
        listed = {str(m.metadata.get("belief")) for m in page}
        right &= all(id in listed for id in expect.get(name, {}).get("mustInclude", ()) if id in ids)
        right &= not any(id in listed for id in expect.get(name, {}).get("mustExclude", ()))
    wanted = [id for id in expect.get("relevantBeliefs", {}).get("shouldOnlyInclude", ()) if id in ids]
    rest = {"metadata.domain": domain, "metadata.pinned": False, "metadata.type": {"$ne": "open_question"}}
    recall, seconds = subject.ask(_USER, case["query"], limit=_LIMIT, filter=rest)
    found = [str(m.memory.metadata.get("belief")) for m in recall.memories]
    right &= set(found[: len(wanted)]) == set(wanted)
    note = {"query": case["query"], "found": found, "wanted": wanted}
    return Answer(
        "cases passed, of those that map", case["caseId"], {OURS: float(right)}, case["category"], recall.instruction.tokens, seconds, note
    )
