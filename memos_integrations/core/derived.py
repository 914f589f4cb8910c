"""A memory that was learnt: made from a candidate, borne out once more, ended by another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypeAlias, TypeVar

from ..types import Episode, Evidence, Fact, Memory, Preference
from .candidates import Candidate
from .dates import resolve_dates
from .implicit import EVIDENCE_KEPT, OCCASION
from .slots import stands_ordered

__all__ = ["WORDED", "Derived", "candidate_words", "derived_memory", "ended_by", "with_evidence"]

Derived: TypeAlias = Fact | Preference
"""What is learnt from turns."""

M = TypeVar("M", bound=Memory)

WORDED = ("slot", "polarity", "object", "strength", "origin", "condition", "standing", "directive", "lasting")
"""Fields that a preference has from the candidate that it was."""


def candidate_words(candidate: Candidate) -> str:
    """What a candidate says and the words it says it from: what is embedded of it before it is a memory."""
    text = candidate.text or candidate.quote
    return text if candidate.quote in text else f"{text} ({candidate.quote})"


def derived_memory(
    id: str, namespace: str, candidate: Candidate, source: Episode, *, beside: Mapping[str, Episode], now: datetime
) -> Derived:
    """The memory that a candidate becomes.

    Args:
        id: Its id.
        namespace: Where it lives.
        candidate: What was found.
        source: The turn that it was found in.
        beside: Other turns that bear it out, by id; those that are gone bear witness no more.
        now: The time of writing.
    """
    said = source.said_at
    evidence = [_evidence(beside[w.episode], w.quote) for w in candidate.beside if w.episode in beside]
    evidence.append(_evidence(source, candidate.quote))
    evidence.sort(key=lambda e: e.said_at)
    fields: dict[str, object] = {
        "id": id,
        "namespace": namespace,
        "text": candidate.text or candidate.quote,
        "sources": tuple(dict.fromkeys(e.source for e in evidence)),
        "speaker": source.speaker,
        "subject": candidate.subject,
        "valid_from": said,
        "created_at": now,
        "updated_at": now,
        "conversation_id": source.conversation_id,
        "agent_id": source.agent_id,
        "metadata": source.metadata,
        "evidence": tuple(evidence),
    }
    if candidate.kind == "fact":
        occurs = {"attribute": candidate.attribute, "value": candidate.value, "when": candidate.when, "occurs_at": _occurs(candidate, said)}
        return Fact.model_validate({**fields, **occurs})
    return Preference.model_validate({**fields, **{name: getattr(candidate, name) for name in WORDED}})


def _evidence(source: Episode, quote: str) -> Evidence:
    message = source.sources[0] if source.sources else source.id
    return Evidence(source=message, episode=source.id, quote=quote, said_at=source.said_at)


def _occurs(candidate: Candidate, said: datetime) -> str | None:
    if candidate.when is None:
        return None
    found = resolve_dates(candidate.when, said)
    return found[0].start.isoformat() if found else None


def with_evidence(target: Derived, memory: Derived, now: datetime) -> Derived:
    """The target with one more witness; a stated preference outweighs a shown one."""
    merged = {(e.episode, e.quote): e for e in (*target.evidence, *memory.evidence)}
    evidence = tuple(merged.values())
    if isinstance(target, Preference) and target.origin == "implicit" and len(evidence) > EVIDENCE_KEPT:
        evidence = (evidence[0], *evidence[1 - EVIDENCE_KEPT :])
    update: dict[str, object] = {
        "evidence": evidence,
        "sources": tuple(dict.fromkeys(e.source for e in evidence)),
        "updated_at": now,
        "version": target.version + 1,
    }
    if isinstance(target, Preference) and isinstance(memory, Preference):
        update["standing"] = target.standing or memory.standing
        if memory.origin == "explicit" and target.origin == "implicit":
            update |= {name: getattr(memory, name) for name in ("origin", "text", "directive", "strength", "lasting", "slot", "object")}
        elif not target.lasting and (memory.lasting or _apart(target, memory)):
            update |= {"lasting": True, "standing": update["standing"] or stands_ordered(target.slot)}
        if memory.strength == "strong":
            update["strength"] = "strong"
    return target.model_copy(update=update)


def _apart(one: Preference, other: Preference) -> bool:
    """Whether what holds for once was asked for on two occasions: in two conversations, or with a while between."""
    if one.origin != "implicit" or other.origin != "implicit":
        return False
    if one.conversation_id != other.conversation_id:
        return True
    return one.valid_from is not None and other.valid_from is not None and abs(other.valid_from - one.valid_from) >= OCCASION


def ended_by(memory: M, winner: str, said: datetime, now: datetime) -> M:
    """A memory whose place another one took.

    Args:
        memory: The memory.
        winner: Id of what took its place.
        said: When that was said.
        now: The time of writing.
    """
    end = max(said, memory.valid_from or said)
    update = {"status": "superseded", "valid_to": end, "superseded_by": winner, "updated_at": now, "version": memory.version + 1}
    return memory.model_copy(update=update)
