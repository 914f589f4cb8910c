"""From journalled turns to memories: extract, reconcile, commit. Runs in the worker; every step may be repeated."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from ..core.candidates import Candidate, DoubtingExtractor, Turn
from ..core.derived import Derived, candidate_words, derived_memory, ended_by, with_evidence
from ..core.fence import strip_injected
from ..core.identity import derived_id
from ..core.implicit import yielding
from ..core.masking import mask_secrets
from ..core.messages import micros, moment
from ..core.reconcile import Verdict, decide
from ..core.records import LEARNT_FROM, embedding_texts, memory_terms, outdated, session_of, to_memory, to_record
from ..core.statements import stated_in
from ..core.text import index_terms
from ..core.tombstones import tombstone_keys
from ..core.turns import turns_of
from ..errors import StoreConflict
from ..stores.base import Batch, Record, ScanQuery, SearchQuery
from ..types import Decision, Episode, Evidence, Fact, Preference
from .context import Context, now_utc
from .known import Known, KnownCache

__all__ = ["Learner"]

T = TypeVar("T")


class Learner:
    """Turns a task's episodes into memories."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known = KnownCache(context)

    def turns(self, records: Sequence[Record], *, learn: bool) -> list[Turn]:
        """Episodes as extraction reads them, in order."""
        return turns_of(records, self._context.settings.zone, learn=learn)

    def informed(self, turns: Sequence[Turn]) -> list[Turn]:
        """The turns, with what the extractor's head reads in those about which it is in doubt.

        Raises:
            EmbedderError: The embedder failed.
        """
        extractor = self._context.extractor
        if not isinstance(extractor, DoubtingExtractor):
            return list(turns)
        wanted = set(extractor.uncertain(turns, self._context.space))
        places = [place for place, turn in enumerate(turns) if turn.episode in wanted]
        told = list(turns)
        embedder = self._context.embedder
        units = embedder.readings([turns[place].text for place in places]) if embedder is not None and places else []
        for place, own in zip(places, units, strict=False):  # an embedder that shows its tokens to no head gives none
            told[place] = told[place].model_copy(update={"units": tuple(own)})
        return told

    def context_before(self, first: Record, count: int = 2) -> list[Record]:
        """The turns just before one, oldest first."""
        session = session_of(first)
        if session is None:
            return []
        page = self._context.store.scan(
            ScanQuery(
                namespaces=(first.namespace,),
                kinds=("episode",),
                conversation=session,
                before_order=first.order if session == first.conversation else None,
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

    def take_back(self, episodes: Sequence[str], namespace: str) -> None:
        """Retire what was learnt only from turns that have been revised."""
        self._context.again(lambda: self._take_back(set(episodes), namespace))

    def _take_back(self, changed: set[str], namespace: str) -> None:
        puts: list[Record] = []
        read: list[Record] = []
        query = ScanQuery(namespaces=(namespace,), kinds=("fact", "preference"), limit=1000)
        versions = {record.id: record.version for record in self._context.store.get(sorted(changed), namespaces=[namespace])}
        for record in self._context.scan_all(query):
            memory = to_memory(record)
            sources = [evidence.episode for evidence in memory.evidence]
            # what the task before, or a try of this one that broke off, learnt from the new words already would not be learnt again
            stays = LEARNT_FROM in record.payload and record.payload[LEARNT_FROM] == versions.get(sources[0] if sources else "")
            if sources and changed.issuperset(sources) and not stays:
                assert isinstance(memory, Fact | Preference)
                now = now_utc()
                ended = memory.model_copy(update={"status": "superseded", "valid_to": now, "updated_at": now})
                self.change(puts, read, memory, ended)
        if puts:
            self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))

    def reconcile(
        self,
        namespace: str,
        candidates: Sequence[Candidate],
        sources: Mapping[str, Record],
        known: Known,
        corrects: Sequence[Sequence[str]] = (),
    ) -> list[Decision]:
        """Decide about each candidate and commit the outcome, one source turn after the other.

        Args:
            namespace: Where they are learnt.
            candidates: What was found.
            sources: The turns that they were found in, by id.
            known: What is known there; brought up to date.
            corrects: For each candidate ids of memories whose place it takes, whatever else it is to them; none: as their words say.

        Raises:
            EmbedderError: The embedder failed; nothing of these candidates was stored.
            StoreConflict: Others kept changing what these candidates rest on.
        """
        context = self._context
        masked = [
            c.model_copy(update={k: mask_secrets(getattr(c, k)) for k in ("text", "value", "object", "directive")}) for c in candidates
        ]
        fresh = [c for c in masked if known.twin(c) is None]  # one more of the same needs no vector
        embedded = context.embed([candidate_words(c) for c in fresh])
        vectors = {id(c): vector for c, vector in zip(fresh, embedded, strict=False)}
        decisions: list[Decision] = []
        ordinals: dict[tuple[str, str], int] = {}
        for place, candidate in enumerate(masked):
            source = sources[candidate.episode]
            ordinal = ordinals[(candidate.episode, candidate.by)] = ordinals.get((candidate.episode, candidate.by), -1) + 1
            name = f"{candidate.by}{source.version}:{ordinal}"
            settle = partial(
                self._settle, namespace, candidate, source, name, vectors.get(id(candidate)), known, corrects[place] if corrects else ()
            )
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
        self,
        namespace: str,
        candidate: Candidate,
        source: Record,
        ordinal: str,
        vector: Sequence[float] | None,
        known: Known,
        corrects: Sequence[str],
    ) -> Decision:
        context = self._context
        said = moment(source.said)
        if any(known.forgotten.get(key, 0) >= micros(said) for key in tombstone_keys(candidate, context.secret)):
            return Decision(action="rejected", kind=candidate.memory_kind, reason="forgotten before", by=candidate.by)
        session = session_of(source)
        if candidate.kind == "preference" and not candidate.lasting and session is None:
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
        episodes = {id: memory for id, record in witnesses.items() if isinstance(memory := to_memory(record), Episode)}
        turn = to_memory(source).model_copy(update={"conversation_id": session})
        assert isinstance(turn, Episode)
        memory = derived_memory(identity, namespace, candidate, turn, beside=episodes, now=now_utc())
        twin = known.twin(candidate)
        if twin is not None:
            again = Verdict("merged", (twin.id,), "shown again")
            return self._apply(again, memory, candidate, source, None, known, tuple(witnesses.values()))
        if vector is None and (vectors := context.embed([candidate_words(candidate)])):
            vector = vectors[0]
        cosine = self._cosines(namespace, candidate, vector)
        neighbours = known.near(candidate, cosine)
        verdict = yielding(decide(candidate, neighbours, said_at=said, cosine=cosine, turn=source.text), candidate, neighbours)
        if corrects and verdict.action != "rejected" and (verdict.action != "merged" or not set(verdict.targets).isdisjoint(corrects)):
            also = verdict.targets if verdict.action == "superseded" else ()
            verdict = Verdict("superseded", tuple(dict.fromkeys((*corrects, *also))), "corrected by the user")
        return self._apply(verdict, memory, candidate, source, vector, known, tuple(witnesses.values()))

    def _cosines(self, namespace: str, candidate: Candidate, vector: Sequence[float] | None) -> dict[str, float]:
        result = self._context.store.search(
            SearchQuery(
                namespaces=(namespace,),
                terms=tuple(dict.fromkeys(index_terms(candidate_words(candidate))))[:64],
                vector=vector,
                space=self._context.space,
                kinds=("fact", "preference"),
                limit=12,
            )
        )
        return {hit.record.id: hit.dense if hit.dense is not None else 0.0 for hit in result.hits}

    def _apply(
        self,
        verdict: Verdict,
        memory: Derived,
        candidate: Candidate,
        source: Record,
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
            target = with_evidence(targets[0], memory, now)
            known.put(target)
            self.change(puts, read, targets[0], target)
            self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
            return Decision(action="merged", memory_id=target.id, kind=target.kind, reason=verdict.reason, by=by)
        said = memory.valid_from or now
        if verdict.action == "superseded" and targets:
            memory = memory.model_copy(update={"supersedes": tuple(t.id for t in targets)})
            for target in targets:
                known.drop(target.id)
                self.change(puts, read, target, ended_by(target, memory.id, said, now))
            newer = next((e.episode for e in memory.evidence), memory.id)
            self._outdate(puts, read, targets, {e.episode for e in memory.evidence}, newer)
        if verdict.reason == "older" and targets:
            winner = targets[0]
            memory = memory.model_copy(update={"status": "superseded", "valid_to": winner.valid_from, "superseded_by": winner.id})
        else:
            known.put(memory)
        record = to_record(memory, terms=memory_terms(memory), private={LEARNT_FROM: source.version})
        if vector is not None:
            more = context.embed(embedding_texts(memory)[1:])
            record = record.but(vectors=(vector, *more), space=context.space)
        puts.append(record)
        self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
        return Decision(action=verdict.action, memory_id=memory.id, kind=memory.kind, reason=verdict.reason, related=verdict.targets, by=by)

    def bear_out(self, namespace: str, memory: Derived, source: Record, known: Known) -> Decision:
        """A turn of the user says that a memory is right: one more witness, and no doubt left.

        Raises:
            StoreConflict: It was changed meanwhile.
        """
        said = moment(source.said)
        witness = Evidence(source=source.id, episode=source.id, quote=source.text, said_at=said)
        if any(evidence.episode == source.id for evidence in memory.evidence):
            return Decision(action="known", memory_id=memory.id, kind=memory.kind, reason="confirmed before", by="hand")
        sure = memory.model_copy(update={"evidence": (witness,)})
        kept = with_evidence(memory, sure, now_utc())
        if isinstance(kept, Preference) and kept.strength == "weak":
            kept = kept.model_copy(update={"strength": "normal"})
        puts: list[Record] = []
        read = [source]
        self.change(puts, read, memory, kept)
        self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
        if memory.namespace == namespace:
            known.put(kept)
        return Decision(action="merged", memory_id=memory.id, kind=memory.kind, reason="confirmed by the user", by="hand")

    def change(self, puts: list[Record], read: list[Record], known: Derived, memory: Derived) -> None:
        """Put another state of a memory, if it still is as it is known; its vectors stay.

        Raises:
            StoreConflict: It is not.
        """
        old = self._context.store.get([known.id], namespaces=[known.namespace], with_index=True)
        if not old or to_memory(old[0]) != known:
            raise StoreConflict("a memory was changed while something was learnt about it")
        read.append(old[0])
        kept = {key: value for key, value in old[0].payload.items() if key == LEARNT_FROM}
        puts.append(to_record(memory, terms=memory_terms(memory), private=kept).but(vectors=old[0].vectors, space=old[0].space))

    def _outdate(self, puts: list[Record], read: list[Record], ended: Sequence[Derived], but: set[str], newer: str) -> None:
        """Mark the turns that replaced memories came from, so that they rank below the newer one."""
        episodes = sorted({evidence.episode for memory in ended for evidence in memory.evidence} - but)
        namespaces = [memory.namespace for memory in ended[:1]]
        for record in self._context.store.get(episodes, namespaces=namespaces, with_index=True) if episodes else ():
            if record.kind == "episode" and record.status == "active":  # what was stated by hand is its own source
                read.append(record)
                over = [words for memory in ended for words in stated_in(memory, record.text)]
                puts.append(outdated(record, newer, over))
