"""From journalled turns to memories: extract, reconcile, commit, embed. Runs in the worker; every step may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from ..core.candidates import Candidate, Turn
from ..core.dates import resolve_dates
from ..core.fence import strip_injected
from ..core.identity import derived_id, named_id, words_hash
from ..core.masking import mask_secrets
from ..core.messages import micros
from ..core.reconcile import Verdict, decide
from ..core.records import embedding_text, memory_terms, to_memory, to_record
from ..core.slots import domain
from ..core.text import index_terms, normalise
from ..errors import EmbedderError
from ..stores.base import Batch, Record, ScanQuery, SearchQuery
from ..types import Decision, Episode, Evidence, Fact, Preference
from .context import Context, now_utc
from .journal import said_at

__all__ = ["Learner", "tombstone_id", "tombstone_keys"]

Derived: TypeAlias = Fact | Preference

_EMBED_BATCH = 16
_MARKED = "lc_source"  # how LangChain marks the messages that it wrote itself


def tombstone_keys(memory: Derived | Candidate, secret: bytes) -> list[str]:
    """Keyed hashes that name what a memory says, without its words."""
    if memory.kind == "preference":
        said = getattr(memory, "object", "") or getattr(memory, "text", "")
    else:
        said = f"{memory.subject}|{getattr(memory, 'value', '') or getattr(memory, 'text', '')}"
    return [words_hash(secret, f"{memory.kind}|{normalise(said)}")]


@dataclass
class _Known:
    """The active facts and preferences of a namespace while one task is worked on."""

    memories: dict[str, Derived] = field(default_factory=dict[str, Derived])
    forgotten: dict[str, int] = field(default_factory=dict[str, int])

    def near(self, candidate: Candidate, also: Iterable[str]) -> list[Derived]:
        """Those that a candidate could repeat or contradict: by slot, attribute or subject, or found by search."""
        wanted = set(also)
        place = domain(candidate.slot) if candidate.kind == "preference" else candidate.attribute
        result: list[Derived] = []
        for memory in self.memories.values():
            if isinstance(memory, Preference):
                same = candidate.kind == "preference" and domain(memory.slot) == place
            else:
                same = candidate.kind == "fact" and memory.attribute == place
            if same or memory.id in wanted:
                result.append(memory)
        return result


class Learner:
    """Turns a task's episodes into memories."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def turns(self, records: Sequence[Record], *, learn: bool) -> list[Turn]:
        """Episodes as extraction reads them, in order."""
        zone = self._context.settings.zone
        turns: list[Turn] = []
        for record in records:
            episode = to_memory(record)
            if not isinstance(episode, Episode) or episode.status != "active":
                continue
            text = strip_injected(episode.text)
            marked = _MARKED in str(episode.raw) if episode.raw is not None else False
            turns.append(
                Turn(
                    episode=episode.id,
                    role=episode.role,
                    text=text,
                    speaker=episode.speaker,
                    said_at=said_at(record).astimezone(zone),
                    name=episode.subject if episode.role == "event" else None,
                    learnable=learn and episode.role in ("user", "event") and bool(text.strip()) and not marked,
                )
            )
        return turns

    def context_before(self, first: Record, count: int = 2) -> list[Record]:
        """The turns just before one, oldest first."""
        if first.conversation is None:
            return []
        page = self._context.store.scan(
            ScanQuery(
                namespaces=(first.namespace,),
                kinds=("episode",),
                conversation=first.conversation,
                before_order=first.order,
                descending=True,
                limit=count,
            )
        )
        return sorted(page.records, key=lambda r: r.order)

    def load(self, namespace: str) -> _Known:
        """What is known in a namespace, to reconcile with."""
        known = _Known()
        query = ScanQuery(namespaces=(namespace,), kinds=("fact", "preference"), limit=1000)
        for record in self._context.scan_all(query):
            memory = to_memory(record)
            if isinstance(memory, Fact | Preference):
                known.memories[memory.id] = memory
        for record in self._context.scan_all(ScanQuery(namespaces=(namespace,), kinds=("tombstone",), limit=1000)):
            keys = record.payload.get("keys")
            for key in keys if isinstance(keys, list) else []:
                known.forgotten[str(key)] = max(known.forgotten.get(str(key), 0), record.valid_to or 0)
        return known

    def take_back(self, episodes: Sequence[str], namespace: str) -> None:
        """Retire what was learnt only from turns that have been revised."""
        changed = set(episodes)
        with self._context.lock:
            puts: list[Record] = []
            query = ScanQuery(namespaces=(namespace,), kinds=("fact", "preference"), limit=1000)
            for record in self._context.scan_all(query):
                memory = to_memory(record)
                sources = {evidence.episode for evidence in memory.evidence}
                if sources and sources <= changed:
                    now = now_utc()
                    memory = memory.model_copy(update={"status": "superseded", "valid_to": now, "updated_at": now})
                    puts.append(to_record(memory, terms=memory_terms(memory)))
            if puts:
                self._context.store.commit(Batch(put=tuple(puts)))

    def reconcile(self, namespace: str, candidates: Sequence[Candidate], sources: Mapping[str, Record], known: _Known) -> list[Decision]:
        """Decide about each candidate and commit the outcome, one source turn after the other.

        Raises:
            EmbedderError: The embedder failed; nothing of these candidates was stored.
        """
        context = self._context
        masked = [
            c.model_copy(update={k: mask_secrets(getattr(c, k)) for k in ("text", "value", "object", "directive")}) for c in candidates
        ]
        vectors = context.embed([_candidate_words(c) for c in masked])
        decisions: list[Decision] = []
        ordinals: dict[tuple[str, str], int] = {}
        for number, candidate in enumerate(masked):
            source = sources[candidate.episode]
            ordinal = ordinals[(candidate.episode, candidate.by)] = ordinals.get((candidate.episode, candidate.by), -1) + 1
            vector = vectors[number] if vectors else None
            with context.lock:
                decisions.append(self._settle(namespace, candidate, source, f"{candidate.by}{source.version}:{ordinal}", vector, known))
        return decisions

    def _settle(
        self, namespace: str, candidate: Candidate, source: Record, ordinal: str, vector: Sequence[float] | None, known: _Known
    ) -> Decision:
        context = self._context
        said = said_at(source)
        if any(known.forgotten.get(key, 0) >= micros(said) for key in tombstone_keys(candidate, context.secret)):
            return Decision(action="rejected", kind=candidate.memory_kind, reason="forgotten before", by=candidate.by)
        if candidate.kind == "preference" and not candidate.lasting and source.conversation is None:
            return Decision(action="rejected", kind="preference", reason="a one-off, and no conversation to keep it in", by=candidate.by)
        identity = derived_id(namespace, candidate.kind, candidate.episode, ordinal)
        fresh = context.store.get([identity, candidate.episode], namespaces=[namespace])
        if not any(r.id == candidate.episode and r.status == "active" for r in fresh):
            return Decision(action="rejected", kind=candidate.memory_kind, reason="its source is gone", by=candidate.by)
        if any(r.id == identity for r in fresh):
            return Decision(action="known", memory_id=identity, kind=candidate.memory_kind, reason="learnt before", by=candidate.by)
        cosine = self._cosines(namespace, candidate, vector)
        neighbours = known.near(candidate, cosine)
        verdict = decide(candidate, neighbours, said_at=said, cosine=cosine)
        memory = self._memory(namespace, identity, candidate, source)
        return self._apply(verdict, memory, candidate, vector, known)

    def _cosines(self, namespace: str, candidate: Candidate, vector: Sequence[float] | None) -> dict[str, float]:
        result = self._context.store.search(
            SearchQuery(
                namespaces=(namespace,),
                terms=tuple(dict.fromkeys(index_terms(_candidate_words(candidate))))[:64],
                vector=vector,
                space=self._context.space,
                kinds=("fact", "preference"),
                limit=12,
            )
        )
        return {hit.record.id: hit.dense if hit.dense is not None else 0.0 for hit in result.hits}

    def _memory(self, namespace: str, identity: str, candidate: Candidate, source: Record) -> Derived:
        now = now_utc()
        episode = to_memory(source)
        message = episode.sources[0] if episode.sources else source.id
        said = said_at(source)
        common = {
            "id": identity,
            "namespace": namespace,
            "text": candidate.text or candidate.quote,
            "sources": (message,),
            "speaker": episode.speaker,
            "subject": candidate.subject,
            "valid_from": said,
            "created_at": now,
            "updated_at": now,
            "conversation_id": source.conversation,
            "agent_id": episode.agent_id,
            "metadata": episode.metadata,
            "evidence": (Evidence(source=message, episode=source.id, quote=candidate.quote, said_at=said),),
        }
        if candidate.kind == "fact":
            return Fact.model_validate(
                {
                    **common,
                    "attribute": candidate.attribute,
                    "value": candidate.value,
                    "when": candidate.when,
                    "occurs_at": _occurs(candidate, said),
                }
            )
        fields = ("slot", "polarity", "object", "strength", "origin", "condition", "standing", "directive", "lasting")
        return Preference.model_validate({**common, **{name: getattr(candidate, name) for name in fields}})

    def _apply(self, verdict: Verdict, memory: Derived, candidate: Candidate, vector: Sequence[float] | None, known: _Known) -> Decision:
        now = now_utc()
        targets = [known.memories[t] for t in verdict.targets if t in known.memories]
        puts: list[Record] = []
        by = candidate.by
        if verdict.action == "rejected":
            return Decision(action="rejected", kind=memory.kind, reason=verdict.reason, related=verdict.targets, by=by)
        if verdict.action == "merged" and targets:
            target = _with_evidence(targets[0], memory, now)
            known.memories[target.id] = target
            self._put(puts, target, None)
            self._context.store.commit(Batch(put=tuple(puts)))
            return Decision(action="merged", memory_id=target.id, kind=target.kind, reason=verdict.reason, by=by)
        said = memory.valid_from or now
        if verdict.action == "superseded" and targets:
            memory = memory.model_copy(update={"supersedes": tuple(t.id for t in targets)})
            outdated: set[str] = set()
            for target in targets:
                end = max(said, target.valid_from or said)
                loser = target.model_copy(
                    update={
                        "status": "superseded",
                        "valid_to": end,
                        "superseded_by": memory.id,
                        "updated_at": now,
                        "version": target.version + 1,
                    }
                )
                known.memories.pop(target.id, None)
                self._put(puts, loser, None)
                outdated |= {evidence.episode for evidence in target.evidence}
            puts += self._outdated(memory.namespace, outdated - {e.episode for e in memory.evidence}, memory.id)
        if verdict.reason == "older" and targets:
            winner = targets[0]
            memory = memory.model_copy(update={"status": "superseded", "valid_to": winner.valid_from, "superseded_by": winner.id})
        else:
            known.memories[memory.id] = memory
        self._put(puts, memory, vector)
        self._context.store.commit(Batch(put=tuple(puts)))
        return Decision(action=verdict.action, memory_id=memory.id, kind=memory.kind, reason=verdict.reason, related=verdict.targets, by=by)

    def _put(self, puts: list[Record], memory: Derived, vector: Sequence[float] | None) -> None:
        record = to_record(memory, terms=memory_terms(memory))
        if vector is None:
            old = self._context.store.get([memory.id], namespaces=[memory.namespace], with_index=True)
            if old:
                record = record.but(vectors=old[0].vectors, space=old[0].space)
        else:
            record = record.but(vectors=(vector,), space=self._context.space)
        puts.append(record)

    def _outdated(self, namespace: str, episodes: set[str], winner: str) -> list[Record]:
        """Marks turns whose statement has been replaced, so that they rank below the newer one."""
        if not episodes:
            return []
        found = self._context.store.get(sorted(episodes), namespaces=[namespace], with_index=True)
        return [r.but(payload={**r.payload, "~outdated": winner}) for r in found if r.status == "active"]

    def fill_in(self, namespace: str, ids: Sequence[str], keep_on: Callable[[], bool]) -> int:
        """Embed records that have no vectors of the present space. Returns how many were embedded.

        Raises:
            EmbedderError: The embedder failed; what was embedded before is stored.
        """
        context = self._context
        done = 0
        for start in range(0, len(ids), _EMBED_BATCH):
            if not keep_on():
                break
            found = context.store.get(ids[start : start + _EMBED_BATCH], namespaces=[namespace])
            wanted = [r for r in found if r.space != context.space and r.status != "deleted" and r.kind not in ("tombstone", "item")]
            if not wanted:
                continue
            before = {r.id: r for r in context.store.get([str(r.payload["~prev"]) for r in wanted if "~prev" in r.payload])}
            texts = [_words(r, before) for r in wanted]
            vectors = context.embed(texts)
            if len(vectors) != len(texts):
                raise EmbedderError(f"{len(texts)} texts gave {len(vectors)} vectors")
            with context.lock:
                fresh = {r.id: r for r in context.store.get([r.id for r in wanted], namespaces=[namespace], with_index=True)}
                puts = [
                    fresh[old.id].but(vectors=(vector,), space=context.space)
                    for old, vector in zip(wanted, vectors, strict=True)
                    if old.id in fresh and fresh[old.id].text == old.text and fresh[old.id].status != "deleted"
                ]
                if puts:
                    context.store.commit(Batch(put=tuple(puts)))
            done += len(puts)
        return done


def _words(record: Record, before: Mapping[str, Record]) -> str:
    previous = before.get(str(record.payload.get("~prev")))
    return embedding_text(to_memory(record), previous.text if previous is not None else "")


def _candidate_words(candidate: Candidate) -> str:
    text = candidate.text or candidate.quote
    return text if candidate.quote in text else f"{text} ({candidate.quote})"


def _occurs(candidate: Candidate, said: datetime) -> str | None:
    if candidate.when is None:
        return None
    found = resolve_dates(candidate.when, said)
    return found[0].start.isoformat() if found else None


def _with_evidence(target: Derived, memory: Derived, now: datetime) -> Derived:
    """The target with one more witness; a stated preference outweighs a shown one."""
    evidence = {(e.episode, e.quote): e for e in (*target.evidence, *memory.evidence)}
    update: dict[str, object] = {
        "evidence": tuple(evidence.values()),
        "sources": tuple(dict.fromkeys((*target.sources, *memory.sources))),
        "updated_at": now,
        "version": target.version + 1,
    }
    if isinstance(target, Preference) and isinstance(memory, Preference):
        update["standing"] = target.standing or memory.standing
        if memory.origin == "explicit":
            update["origin"] = "explicit"
        if memory.strength == "strong":
            update["strength"] = "strong"
    return target.model_copy(update=update)


def tombstone_id(namespace: str, key: str) -> str:
    """Id of the tombstone of a keyed hash."""
    return named_id("tombstone", namespace, key)
