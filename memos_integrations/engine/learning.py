"""From journalled turns to memories: extract, reconcile, commit, embed. Runs in the worker; every step may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeVar

from ..core.candidates import Candidate, DoubtingExtractor, Turn
from ..core.dates import resolve_dates
from ..core.events import Signal, signal_term, signals
from ..core.fence import strip_injected
from ..core.identity import derived_id, named_id, words_hash
from ..core.implicit import EVIDENCE_KEPT, shown, yielding
from ..core.masking import mask_secrets
from ..core.messages import micros
from ..core.reconcile import Verdict, decide
from ..core.records import OUTDATED, UNLEARNT, embedding_texts, episode_terms, memory_terms, to_memory, to_record, turns_before
from ..core.text import index_terms, normalise
from ..errors import EmbedderError, StoreConflict
from ..stores.base import Batch, Record, ScanQuery, SearchQuery
from ..types import Decision, Episode, Evidence, Fact, Preference
from .context import Context, now_utc
from .journal import said_at
from .known import Derived, Known, KnownCache

__all__ = ["EMBEDDED", "Learner", "ended_by", "tombstone_id", "tombstone_keys"]

EMBEDDED = ("episode", "fact", "preference", "summary", "item")
"""Kinds of records that have vectors."""

T = TypeVar("T")

_EMBED_BATCH = 16
_EARLIER = 64  # events with the same signal that are looked at
_TRIES = 5  # to embed a record that is changed each time meanwhile
_MARKED = "lc_source"  # how LangChain marks the messages that it wrote itself


def tombstone_keys(memory: Derived | Candidate, secret: bytes) -> list[str]:
    """Keyed hashes that name what a memory says, without its words."""
    if memory.kind == "preference":
        said = getattr(memory, "object", "") or getattr(memory, "text", "")
    else:
        said = f"{memory.subject}|{getattr(memory, 'value', '') or getattr(memory, 'text', '')}"
    return [_tombstone_key(memory.kind, said, secret)]


def _tombstone_key(kind: str, said: str, secret: bytes) -> str:
    return words_hash(secret, f"{kind}|{normalise(said)}")


class Learner:
    """Turns a task's episodes into memories."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known = KnownCache(context)

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
                    session=episode.conversation_id,
                    learnable=learn and episode.role in ("user", "event") and bool(text.strip()) and not marked,
                )
            )
        return turns

    def informed(self, turns: Sequence[Turn]) -> list[Turn]:
        """The turns, with vectors of those about which the extractor is in doubt.

        Raises:
            EmbedderError: The embedder failed.
        """
        extractor = self._context.extractor
        if not isinstance(extractor, DoubtingExtractor):
            return list(turns)
        wanted = set(extractor.uncertain(turns, self._context.space))
        places = [place for place, turn in enumerate(turns) if turn.episode in wanted]
        told = list(turns)
        for place, vector in zip(places, self._context.embed([turns[place].text for place in places]), strict=True):
            told[place] = told[place].model_copy(update={"vector": tuple(vector)})
        return told

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
                sort="order",
                descending=True,
                limit=count,
            )
        )
        return sorted(page.records, key=lambda r: r.order)

    def load(self, namespace: str) -> Known:
        """What is known in a namespace, to reconcile with; to be given back by ``keep``."""
        return self._known.take(namespace)

    def keep(self, namespace: str, known: Known) -> None:
        """Hold what is known for the next task."""
        self._known.keep(namespace, known)

    def behaviour(self, namespace: str, turns: Sequence[Turn], known: Known) -> list[Candidate]:
        """Preferences that the events among some turns show, together with the events before them."""
        new: dict[str, list[Signal]] = {}
        for turn in turns:
            for signal in signals(turn):
                new.setdefault(signal.key, []).append(signal)
        found: list[Candidate] = []
        for key, told in new.items():
            if key not in known.signals:
                known.signals[key] = self._earlier(namespace, key)
            history = {signal.episode: signal for signal in (*known.signals[key], *told)}
            known.signals[key] = sorted(history.values(), key=lambda s: s.said_at)[-_EARLIER:]
            since = max(known.forgotten.get(_tombstone_key("preference", s.value, self._context.secret), 0) for s in history.values())
            counted = [s for s in known.signals[key] if micros(s.said_at) > since]
            found += shown(counted, {signal.episode for signal in told})
        return found

    def _earlier(self, namespace: str, key: str) -> list[Signal]:
        """Signals of one key in the events that are stored."""
        result = self._context.store.search(
            SearchQuery(
                namespaces=(namespace,),
                terms=(signal_term(key),),
                kinds=("episode",),
                where=lambda record: UNLEARNT not in record.payload,
                limit=_EARLIER,
            )
        )
        events = self.turns([hit.record for hit in result.hits], learn=True)
        return [signal for turn in events for signal in signals(turn) if signal.key == key]

    def take_back(self, episodes: Sequence[str], namespace: str) -> None:
        """Retire what was learnt only from turns that have been revised."""
        self._context.again(lambda: self._take_back(set(episodes), namespace))

    def _take_back(self, changed: set[str], namespace: str) -> None:
        puts: list[Record] = []
        read: list[Record] = []
        query = ScanQuery(namespaces=(namespace,), kinds=("fact", "preference"), limit=1000)
        for record in self._context.scan_all(query):
            memory = to_memory(record)
            sources = {evidence.episode for evidence in memory.evidence}
            if sources and sources <= changed:
                assert isinstance(memory, Fact | Preference)
                now = now_utc()
                ended = memory.model_copy(update={"status": "superseded", "valid_to": now, "updated_at": now})
                self.change(puts, read, memory, ended)
        if puts:
            self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))

    def reconcile(self, namespace: str, candidates: Sequence[Candidate], sources: Mapping[str, Record], known: Known) -> list[Decision]:
        """Decide about each candidate and commit the outcome, one source turn after the other.

        Raises:
            EmbedderError: The embedder failed; nothing of these candidates was stored.
            StoreConflict: Others kept changing what these candidates rest on.
        """
        context = self._context
        masked = [
            c.model_copy(update={k: mask_secrets(getattr(c, k)) for k in ("text", "value", "object", "directive")}) for c in candidates
        ]
        fresh = [c for c in masked if known.twin(c) is None]  # one more of the same needs no vector
        embedded = context.embed([_candidate_words(c) for c in fresh])
        vectors = {id(c): vector for c, vector in zip(fresh, embedded, strict=False)}
        decisions: list[Decision] = []
        ordinals: dict[tuple[str, str], int] = {}
        for candidate in masked:
            source = sources[candidate.episode]
            ordinal = ordinals[(candidate.episode, candidate.by)] = ordinals.get((candidate.episode, candidate.by), -1) + 1
            name = f"{candidate.by}{source.version}:{ordinal}"
            settle = partial(self._settle, namespace, candidate, source, name, vectors.get(id(candidate)), known)
            decisions.append(self.again(namespace, known, settle))
        return decisions

    def again(self, namespace: str, known: Known, attempt: Callable[[], T]) -> T:
        """Run what rests on what is known; anew, with what is known read anew, where somebody else changed it meanwhile.

        Raises:
            StoreConflict: It was changed each time.
        """

        def fresh() -> T:
            try:
                return attempt()
            except StoreConflict:
                known.become(self._known.read(namespace))
                raise

        return self._context.again(fresh)

    def _settle(
        self, namespace: str, candidate: Candidate, source: Record, ordinal: str, vector: Sequence[float] | None, known: Known
    ) -> Decision:
        context = self._context
        said = said_at(source)
        if any(known.forgotten.get(key, 0) >= micros(said) for key in tombstone_keys(candidate, context.secret)):
            return Decision(action="rejected", kind=candidate.memory_kind, reason="forgotten before", by=candidate.by)
        if candidate.kind == "preference" and not candidate.lasting and source.conversation is None:
            return Decision(action="rejected", kind="preference", reason="a one-off, and no conversation to keep it in", by=candidate.by)
        identity = derived_id(namespace, candidate.kind, candidate.episode, ordinal)
        ids = [identity, candidate.episode, *(w.episode for w in candidate.beside)]
        fresh = {r.id: r for r in context.store.get(ids, namespaces=[namespace])}
        now = fresh.get(candidate.episode)
        if now is None or now.status != "active" or (now.text != source.text and candidate.quote not in strip_injected(now.text)):
            return Decision(action="rejected", kind=candidate.memory_kind, reason="its source is gone", by=candidate.by)
        if identity in fresh:
            return Decision(action="known", memory_id=identity, kind=candidate.memory_kind, reason="learnt before", by=candidate.by)
        witnesses = {r.id: r for r in fresh.values() if r.status == "active"}
        memory = self._memory(namespace, identity, candidate, source, witnesses)
        twin = known.twin(candidate)
        if twin is not None:
            return self._apply(Verdict("merged", (twin.id,), "shown again"), memory, candidate, None, known, tuple(witnesses.values()))
        if vector is None and (vectors := context.embed([_candidate_words(candidate)])):
            vector = vectors[0]
        cosine = self._cosines(namespace, candidate, vector)
        neighbours = known.near(candidate, cosine)
        verdict = yielding(decide(candidate, neighbours, said_at=said, cosine=cosine), candidate, neighbours)
        return self._apply(verdict, memory, candidate, vector, known, tuple(witnesses.values()))

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

    def _memory(self, namespace: str, identity: str, candidate: Candidate, source: Record, sources: Mapping[str, Record]) -> Derived:
        now = now_utc()
        episode = to_memory(source)
        said = said_at(source)
        evidence = [_evidence(sources[w.episode], w.quote) for w in candidate.beside if w.episode in sources]
        evidence.append(_evidence(source, candidate.quote))
        evidence.sort(key=lambda e: e.said_at)
        common = {
            "id": identity,
            "namespace": namespace,
            "text": candidate.text or candidate.quote,
            "sources": tuple(dict.fromkeys(e.source for e in evidence)),
            "speaker": episode.speaker,
            "subject": candidate.subject,
            "valid_from": said,
            "created_at": now,
            "updated_at": now,
            "conversation_id": source.conversation,
            "agent_id": episode.agent_id,
            "metadata": episode.metadata,
            "evidence": tuple(evidence),
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

    def _apply(
        self,
        verdict: Verdict,
        memory: Derived,
        candidate: Candidate,
        vector: Sequence[float] | None,
        known: Known,
        witnesses: Sequence[Record],
    ) -> Decision:
        context = self._context
        now = now_utc()
        targets = [target for target in map(known.get, verdict.targets) if target is not None]
        puts: list[Record] = []
        read = list(witnesses)
        by = candidate.by
        if verdict.action == "rejected":
            return Decision(action="rejected", kind=memory.kind, reason=verdict.reason, related=verdict.targets, by=by)
        if verdict.action == "merged" and targets:
            target = _with_evidence(targets[0], memory, now)
            known.put(target)
            self.change(puts, read, targets[0], target)
            self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
            return Decision(action="merged", memory_id=target.id, kind=target.kind, reason=verdict.reason, by=by)
        said = memory.valid_from or now
        if verdict.action == "superseded" and targets:
            memory = memory.model_copy(update={"supersedes": tuple(t.id for t in targets)})
            outdated: set[str] = set()
            for target in targets:
                known.drop(target.id)
                self.change(puts, read, target, ended_by(target, memory.id, said, now))
                outdated |= {evidence.episode for evidence in target.evidence}
            newer = next((e.episode for e in memory.evidence), memory.id)
            self._outdate(puts, read, memory.namespace, outdated - {e.episode for e in memory.evidence}, newer)
        if verdict.reason == "older" and targets:
            winner = targets[0]
            memory = memory.model_copy(update={"status": "superseded", "valid_to": winner.valid_from, "superseded_by": winner.id})
        else:
            known.put(memory)
        record = to_record(memory, terms=memory_terms(memory))
        if vector is not None:
            more = context.embed(embedding_texts(memory)[1:])
            record = record.but(vectors=(vector, *more), space=context.space)
        puts.append(record)
        self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
        return Decision(action=verdict.action, memory_id=memory.id, kind=memory.kind, reason=verdict.reason, related=verdict.targets, by=by)

    def change(self, puts: list[Record], read: list[Record], known: Derived, memory: Derived) -> None:
        """Put another state of a memory, if it still is as it is known; its vectors stay.

        Raises:
            StoreConflict: It is not.
        """
        old = self._context.store.get([known.id], namespaces=[known.namespace], with_index=True)
        if not old or to_memory(old[0]) != known:
            raise StoreConflict("a memory was changed while something was learnt about it")
        read.append(old[0])
        puts.append(to_record(memory, terms=memory_terms(memory)).but(vectors=old[0].vectors, space=old[0].space))

    def _outdate(self, puts: list[Record], read: list[Record], namespace: str, episodes: set[str], newer: str) -> None:
        """Mark turns whose statement has been replaced, so that they rank below the newer one."""
        for record in self._context.store.get(sorted(episodes), namespaces=[namespace], with_index=True) if episodes else ():
            if record.status == "active":
                read.append(record)
                puts.append(record.but(payload={**record.payload, OUTDATED: newer}))

    def fill_in(self, namespace: str, ids: Sequence[str], keep_on: Callable[[], bool], *, reindex: bool = False) -> int:
        """Embed records that have no vectors of the present space. Returns how many were embedded.

        Args:
            namespace: Where they are.
            ids: The records; those that have such vectors are left alone.
            keep_on: Asked between batches.
            reindex: Whether their words are indexed anew as well.

        Raises:
            EmbedderError: The embedder failed; what was embedded before is stored.
        """
        done = 0
        for start in range(0, len(ids), _EMBED_BATCH):
            todo = list(ids[start : start + _EMBED_BATCH])
            for _ in range(_TRIES):
                if not todo or not keep_on():
                    break
                put, todo = self._embed(namespace, todo, reindex=reindex)
                done += put
        return done

    def _embed(self, namespace: str, ids: Sequence[str], *, reindex: bool) -> tuple[int, list[str]]:
        """Embed some records. Returns how many have vectors now, and the ids of those that were changed meanwhile."""
        context = self._context
        found = context.store.get(ids, namespaces=[namespace], with_index=True)
        wanted = [r for r in found if r.space != context.space and r.status != "deleted" and r.kind in EMBEDDED]
        if not wanted:
            return 0, []
        texts = [embedding_texts(to_memory(record)) for record in wanted]  # an item may have none
        vectors = context.embed([text for of in texts for text in of])
        if len(vectors) != sum(map(len, texts)):
            raise EmbedderError(f"{sum(map(len, texts))} texts gave {len(vectors)} vectors")
        left = iter(vectors)
        before = self._before(namespace, wanted) if reindex else {}
        batches: list[Batch] = []
        for record, of in zip(wanted, texts, strict=True):
            embedded = record.but(vectors=tuple(islice(left, len(of))), space=context.space)
            turns = [before[id] for id in turns_before(record) if id in before]
            if reindex:
                embedded = embedded.but(terms=_terms(record, turns))
            batches.append(Batch(put=(embedded,), expects=(record, *turns)))
        changed = self._write_back(batches)
        return len(wanted) - len(changed), changed

    def _before(self, namespace: str, records: Sequence[Record]) -> dict[str, Record]:
        ids = dict.fromkeys(id for record in records for id in turns_before(record))
        return {r.id: r for r in self._context.store.get(list(ids), namespaces=[namespace]) if r.status == "active"}

    def _write_back(self, batches: Sequence[Batch]) -> list[str]:
        """Commit in one, or else those that nothing came between. Returns the ids of the others' records.

        Words that were forgotten while they were embedded must not come back as a vector.
        """
        whole = Batch(put=tuple(r for b in batches for r in b.put), expects=tuple(r for b in batches for r in b.expects))
        try:
            with self._context.lock:
                self._context.store.commit(whole)
        except StoreConflict:
            if len(batches) == 1:
                return [batches[0].put[0].id]
            # from the last: a turn may expect those before it as they were read, and their own vectors would change them
            return [id for batch in reversed(batches) for id in self._write_back([batch])]
        return []


def ended_by(memory: Derived, winner: str, said: datetime, now: datetime) -> Derived:
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


def _terms(record: Record, before: Sequence[Record]) -> tuple[str, ...]:
    memory = to_memory(record)
    return episode_terms(memory, [turn.text for turn in before]) if isinstance(memory, Episode) else memory_terms(memory)


def _candidate_words(candidate: Candidate) -> str:
    text = candidate.text or candidate.quote
    return text if candidate.quote in text else f"{text} ({candidate.quote})"


def _occurs(candidate: Candidate, said: datetime) -> str | None:
    if candidate.when is None:
        return None
    found = resolve_dates(candidate.when, said)
    return found[0].start.isoformat() if found else None


def _evidence(source: Record, quote: str) -> Evidence:
    episode = to_memory(source)
    message = episode.sources[0] if episode.sources else source.id
    return Evidence(source=message, episode=source.id, quote=quote, said_at=said_at(source))


def _with_evidence(target: Derived, memory: Derived, now: datetime) -> Derived:
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
        if memory.strength == "strong":
            update["strength"] = "strong"
    return target.model_copy(update=update)


def tombstone_id(namespace: str, key: str) -> str:
    """Id of the tombstone of a keyed hash."""
    return named_id("tombstone", namespace, key)
