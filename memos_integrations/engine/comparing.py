"""Turns beside earlier turns: what a new statement replaces though neither was understood as a fact or a wish."""

from __future__ import annotations

from collections.abc import Container, Sequence
from functools import partial
from typing import Literal

from ..core._likeness import share
from ..core.abstaining import gives_up, tells_of_giving_up
from ..core.derived import Derived, ended_by
from ..core.messages import moment
from ..core.pasted import own_words
from ..core.records import DOUBTED, OUTDATED, OUTDATES, UNLEARNT, outdated, outdates, to_memory
from ..core.recovery import lifts, tells_of_recovery
from ..core.returning import goes_with, is_said_in, returned_to, said_again, strays_from
from ..core.statements import parts, stated_in, statements
from ..core.succession import Succession, named_terms, replaces, says_other_job, tells_of_change, terms_beside
from ..core.withdrawing import Withdrawal, named_by, names, withdrawn, without
from ..stores.base import Batch, Record, ScanQuery, SearchQuery
from ..types import Decision, Fact, Preference
from .context import Context, now_utc
from .known import Known
from .learning import Learner

__all__ = ["Comparer"]

# places of what guards the user, and of wishes and habits that may be given up
_ENDING = (
    *(("preference", place) for place in ("health", "access", "food", "entertainment", "social", "shopping", "other")),
    *(("fact", attribute) for attribute in ("health", "family", "habit", "possession")),
)
_MENTIONED = 0.6  # of the words of what a turn goes back to
_SHORT = 120  # characters of a turn that is read as a whole as well
_DOUBTS = 3  # earlier turns that one turn may have replaced, until a question decides
_NEAR = 16  # earlier turns, by each arm, that a turn is laid beside


class Comparer:
    """Marks turns whose statement a later one replaced, and ends what was learnt from them alone."""

    def __init__(self, context: Context, learner: Learner) -> None:
        self._context = context
        self._learner = learner

    def compare(self, namespace: str, ids: Sequence[str], known: Known) -> list[Decision]:
        """Lay new turns of the user beside earlier ones, and end what they take back. May be repeated: what has ended is not ended again.

        Args:
            namespace: Where they are.
            ids: The new turns, in order.
            known: What is known there; what ends is taken out of it.

        Returns:
            What ended, for the receipt.

        Raises:
            StoreConflict: Others kept changing what is compared.
        """
        records = self._context.store.get(list(ids), namespaces=[namespace], with_index=True)
        found: list[Decision | None] = []
        for record in sorted(records, key=lambda r: (r.said, r.order)):
            taken = withdrawn(record.text)
            if taken:
                found.append(self._learner.again(namespace, known, partial(self._withdraw, namespace, record.id, taken, known)))
            if not _is_short(record):
                continue
            if tells_of_recovery(record.text) or tells_of_giving_up(record.text):
                found.append(self._learner.again(namespace, known, partial(self._lift, namespace, record.id, known)))
            if any(map(tells_of_change, statements(record.text))):
                found.append(self._learner.again(namespace, known, partial(self._compare, namespace, record.id, known)))
            if returned_to(record.text):
                found += self._learner.again(namespace, known, partial(self._return, namespace, record.id, known))
        return [decision for decision in found if decision is not None]

    def _lift(self, namespace: str, id: str, known: Known) -> Decision | None:
        """End what guarded the user where a turn says that it is over, and wishes for what it says is given up."""
        records = self._context.store.get([id], namespaces=[namespace], with_index=True)
        if not records or not self._own_words(records[0]):
            return None
        (record,) = records
        mine = {memory.id for memory in known.of_turn(record.id)}
        said = moment(record.said)
        losers = [
            memory
            for memory in known.of_places(_ENDING)
            if memory.id not in mine and memory.said_at < said and (lifts(record.text, memory) or gives_up(record.text, memory))
        ]
        if not losers:
            return None
        turns = sorted({evidence.episode for memory in losers for evidence in memory.evidence} - {record.id})
        olds = self._context.store.get(turns, namespaces=[namespace], with_index=True)
        return self.end(
            [r for r in olds if r.kind == "episode" and r.status == "active"], record, losers, known, won=self._won(record, losers, known)
        )

    def _withdraw(self, namespace: str, id: str, taken: Sequence[Withdrawal], known: Known) -> Decision | None:
        """End what a turn takes back, and the words that it came from."""
        records = self._context.store.get([id], namespaces=[namespace], with_index=True)
        if not records or records[0].payload.get("role") != "user" or UNLEARNT in records[0].payload:
            return None
        (record,) = records
        named = named_by(taken, list(known))
        near = SearchQuery(
            namespaces=(namespace,), terms=named_terms(" ".join(one.named for one in taken)), kinds=("episode",), limit=_NEAR
        )
        told = {hit.record.id for hit in self._context.store.search(near).hits if names(taken, hit.record.text)}
        turns = sorted((told | {evidence.episode for memory in named for evidence in memory.evidence}) - {record.id})
        found = self._context.store.get(turns, namespaces=[namespace], with_index=True)
        olds = [old for old in found if _is_said_before(old, record)]
        before = {old.id for old in olds}
        losers = [memory for memory in named if all(evidence.episode in before for evidence in memory.evidence)]
        if not losers and all(OUTDATED in old.payload for old in olds):
            return None
        lost = {memory.id for memory in losers}
        held = {old.id for old in olds if any(memory.id not in lost for memory in known.of_turn(old.id))}
        spent = not without(record.text, taken).strip()
        return self.end(olds, record, losers, known, won=None, partly=held, spent=spent, reason="the user took it back", by="rules")

    def _return(self, namespace: str, id: str, known: Known) -> list[Decision]:
        """End what had taken the place of that which a turn goes back to; that is so again, where the turn says too little of it."""
        records = self._context.store.get([id], namespaces=[namespace], with_index=True)
        if not records or not self._own_words(records[0]):
            return []
        (record,) = records
        thing = returned_to(record.text)
        near = SearchQuery(namespaces=(namespace,), terms=named_terms(thing), kinds=("episode",), limit=_NEAR)
        there = [hit.record for hit in self._context.store.search(near).hits if _is_said_before(hit.record, record)]
        strayed = self._strayed(thing, there, record, known)
        if strayed is None:
            return []
        old, newer = strayed
        mine = known.of_turn(record.id)
        decisions: list[Decision] = []
        told = known.of_turn(newer.id)
        losers = [memory for memory in told if memory not in mine and _took(memory, newer, known) and goes_with(thing, memory.text)]
        if not mine:
            again = [said_again(memory, episode=record.id, quote=thing) for memory in self._ended_of(namespace, old)[:1]]
            corrects = [[memory.id for memory in losers] for _ in again]
            decisions = self._learner.reconcile(namespace, again, {record.id: record}, known, corrects)
            losers = [memory for memory in losers if known.get(memory.id) is not None]
        found = self._context.store.get([newer.id, record.id], namespaces=[namespace], with_index=True)
        newer, record = (next(r for r in found if r.id == id) for id in (newer.id, record.id))
        if losers or OUTDATED not in newer.payload:
            decisions.append(self.end([newer], record, losers, known, won=self._won(record, losers, known)))
        return decisions

    def _strayed(self, thing: str, there: Sequence[Record], record: Record, known: Known) -> tuple[Record, Record] | None:
        """The last turn that says a thing, and the one that took its place, or tells of a change away from it; None: there are none."""
        ended = [old for old in there if OUTDATED in old.payload and share(thing, old.text) >= _MENTIONED]
        old = max(ended, key=lambda r: (r.said, r.order), default=None)
        if old is not None and (newer := self._in_place_of(old, record)) is not None:
            return old, newer
        told = {e.episode for memory in known for e in memory.evidence if is_said_in(thing, e.quote) or strays_from(thing, e.quote)}
        more = self._context.store.get(sorted(told - {one.id for one in there}), namespaces=[record.namespace], with_index=True)
        there = [*there, *(one for one in more if _is_said_before(one, record))]
        old = max((old for old in there if is_said_in(thing, old.text)), key=lambda r: (r.said, r.order), default=None)
        if old is None:
            return None
        changes = [new for new in there if _is_said_before(old, new) and _is_short(new) and strays_from(thing, new.text)]
        changes = [new for new in changes if new.payload.get(OUTDATED) in (None, record.id) and self._own_words(new)]
        return (old, max(changes, key=lambda r: (r.said, r.order))) if changes else None

    def _in_place_of(self, old: Record, record: Record) -> Record | None:
        """The last turn before another that took the place of what an earlier one says."""
        last: Record | None = None
        for _ in range(_NEAR):
            by = old.payload.get(OUTDATED)
            found = self._context.store.get([by], namespaces=[old.namespace], with_index=True) if isinstance(by, str) else []
            if not found or not _is_said_before(found[0], record) or found[0].id == old.id:
                return last
            old = last = found[0]
        return last

    def _ended_of(self, namespace: str, old: Record) -> list[Derived]:
        """What was learnt from a turn and is over, a wish first."""
        query = ScanQuery(namespaces=(namespace,), kinds=("fact", "preference"), statuses=("superseded",), limit=1000)
        found = [memory for record in self._context.scan_all(query) if isinstance(memory := to_memory(record), Fact | Preference)]
        mine = [memory for memory in found if any(evidence.episode == old.id for evidence in memory.evidence)]
        return sorted(mine, key=lambda memory: (memory.kind != "preference", memory.id))

    def _compare(self, namespace: str, id: str, known: Known) -> Decision | None:
        records = self._context.store.get([id], namespaces=[namespace], with_index=True)
        if not records or not _is_short(records[0]) or not self._own_words(records[0]):
            return None  # somebody else's, or forgotten or changed meanwhile
        (record,) = records
        result = self._context.store.search(
            SearchQuery(
                namespaces=(namespace,),
                terms=named_terms(record.text) if record.vectors else terms_beside(record.text),
                vector=record.vectors[0] if record.vectors else None,
                space=record.space,
                kinds=("episode",),
                limit=_NEAR,
            )
        )
        speaker = record.payload.get("speaker")
        ids = [
            hit.record.id
            for hit in result.hits
            if hit.record.said < record.said and _may_end(hit.record, known) and hit.record.payload.get("speaker") == speaker
        ]
        found: list[tuple[bool, float, str, Succession, Record]] = []
        for old in self._context.store.get(ids, namespaces=[namespace], with_index=True) if ids else ():
            succession = self._succeeds(old, record, known)
            if succession is not None and self._own_words(old):
                found.append((succession.sure, succession.likely, old.id, succession, old))
        if not found:
            return None
        found.sort(key=lambda one: one[:3], reverse=True)
        sure, _, _, succession, old = found[0]  # the likeliest only: whoever changes one thing says nothing of the others
        if sure:
            return self._replace(old, record, succession, known)
        doubted = [old.but(payload={**old.payload, DOUBTED: record.id}) for *_, old in found[:_DOUBTS]]
        self._context.store.commit(Batch(put=tuple(doubted), expects=(*(old for *_, old in found[:_DOUBTS]), record)))
        return None

    def _succeeds(self, old: Record, new: Record, known: Known) -> Succession | None:
        """The likeliest of a turn's statements, or of their parts, to take the place of one of an earlier turn's."""
        found: list[tuple[bool, float, int, Succession]] = []
        for before in statements(old.text):
            for after in filter(tells_of_change, _told(new.text)):
                for one, two in _pairs(before, after):
                    places = [_places(known.of_turn(turn.id), turn.text, said) for turn, said in ((old, one), (new, two))]
                    whole = one == old.text.strip() and two == new.text.strip()  # else vectors are those of more than is compared
                    succession = replaces(
                        one,
                        two,
                        vectors=_vectors(old, new) if whole else None,
                        space=self._context.space,
                        one_place=bool(places[0] & places[1]),
                    )
                    if succession is not None:
                        found.append((succession.sure, succession.likely, -len(one), succession))
        return max(found, key=lambda one: one[:3])[3].narrowed() if found else None

    def _own_words(self, record: Record) -> bool:
        """Whether a turn holds the user's own words and nothing else."""
        turns = self._learner.turns([record], learn=True)
        return any(turn.learnable and turn.text == record.text == own_words(turn.text) for turn in turns)

    def _replace(self, old: Record, new: Record, succession: Succession, known: Known) -> Decision | None:
        """One statement replaces another one of an earlier turn, and what was learnt from that one alone."""
        mine = known.of_turn(new.id)
        before = [
            memory for memory in known.of_turn(old.id) if any(_within(said, succession.ended) for said in stated_in(memory, old.text))
        ]
        if any(memory in mine for memory in before):
            return None  # taken to say the same
        alone = [memory for memory in before if all(evidence.episode == old.id for evidence in memory.evidence)]
        losers = [memory for memory in alone if succession.ends(memory)]
        partly = {old.id} if len(losers) < len(alone) or succession.partly else set[str]()
        return self.end(
            [old], new, losers, known, won=self._won(new, losers, known, succession.by), over=(succession.ended,), partly=partly
        )

    def _won(self, new: Record, losers: Sequence[Derived], known: Known, by: str = "") -> Derived | None:
        """What was learnt from a turn, or from one statement of it, that takes the place of what it ends."""
        mine = [memory for memory in known.of_turn(new.id) if not by or any(_within(said, by) for said in stated_in(memory, new.text))]
        kinds = [kind for kind in ("fact", "preference") if any(memory.kind == kind for memory in losers)]
        alone = mine[0] if mine and len(statements(new.text)) == 1 else None  # of several statements it may be another one's
        return next((memory for kind in kinds for memory in mine if memory.kind == kind), alone)

    def end(
        self,
        olds: Sequence[Record],
        new: Record,
        losers: Sequence[Derived],
        known: Known,
        *,
        won: Derived | None,
        over: Sequence[str] = (),
        partly: Container[str] = (),
        spent: bool = False,
        reason: str = "the newer statement replaces it",
        by: Literal["model", "rules", "hand"] = "model",
    ) -> Decision:
        """A turn ends memories, and marks the turns that they came from.

        Args:
            olds: Those turns.
            new: The turn.
            losers: The memories.
            known: What is known; what ends is taken out of it.
            won: What takes their place; None: the turn itself.
            over: The words of those turns that are no longer so; none: those that the memories came from.
            partly: Ids of those turns of whose words something still holds.
            spent: Whether the turn says nothing else, and is over itself.
            reason: Why, for the receipt.
            by: Who says so.

        Raises:
            StoreConflict: One of them was changed meanwhile.
        """
        winner, kept = new.id if won is None else won.id, won
        puts = [
            outdated(old, new.id, over or [words for memory in losers for words in stated_in(memory, old.text)], partly=old.id in partly)
            for old in olds
        ]
        read = [*olds, new]
        own = {OUTDATES: sorted({*outdates(new), *(old.id for old in olds)}), **({OUTDATED: new.id} if spent else {})}
        puts.append(new.but(payload={**new.payload, **own}))
        for memory in losers:
            self._learner.change(puts, read, memory, ended_by(memory, winner, moment(new.said), now_utc()))
        if won is not None and losers:
            supersedes = (*won.supersedes, *(memory.id for memory in losers))
            kept = won.model_copy(update={"supersedes": supersedes, "updated_at": now_utc(), "version": won.version + 1})
            self._learner.change(puts, read, won, kept)
        self._context.store.commit(Batch(put=tuple(puts), expects=tuple(read)))
        for memory in losers:
            known.drop(memory.id)
        if kept is not None:
            known.put(kept)
        related = tuple(memory.id for memory in losers) or tuple(old.id for old in olds)
        kind = to_memory(new).kind if kept is None else kept.kind
        return Decision(action="superseded", memory_id=winner, kind=kind, reason=reason, related=related, by=by)


def _took(memory: Derived, turn: Record, known: Known) -> bool:
    """Whether a memory came from the words of a turn that took the place of others: all of them, where no memory of it did so."""
    took = [words for one in known.of_turn(turn.id) if one.supersedes for words in stated_in(one, turn.text)]
    return not took or any(words in took for words in stated_in(memory, turn.text))


def _is_short(record: Record) -> bool:
    """Whether a turn holds a few statements of a user."""
    payload = record.payload
    return payload.get("role") == "user" and UNLEARNT not in payload and bool(statements(record.text))


def _may_end(record: Record, known: Known) -> bool:
    """Whether a turn holds a few statements of a user, something of which may still hold."""
    return _is_short(record) and (OUTDATED not in record.payload or len(statements(record.text)) > 1 or bool(known.of_turn(record.id)))


def _is_said_before(old: Record, new: Record) -> bool:
    """Whether a turn of the user was said before another turn."""
    of_user = old.kind == "episode" and old.status == "active" and old.payload.get("role") == "user"
    return of_user and (old.said, old.order) < (new.said, new.order)


def _told(text: str) -> list[str]:
    """What a turn states, sentence by sentence, and as a whole if it is short."""
    found = statements(text)
    return [*found, text.strip()] if len(found) > 1 and len(text) <= _SHORT else found


def _within(quote: str, statement: str) -> bool:
    """Whether words of a turn belong to one of its statements."""
    return quote in statement or statement in quote


def _vectors(old: Record, new: Record) -> tuple[Sequence[float], Sequence[float]] | None:
    return (old.vectors[0], new.vectors[0]) if old.vectors and new.vectors and old.space == new.space else None


def _places(memories: Sequence[Derived], turn: str, statement: str) -> set[str]:
    """Attributes of what a statement of a turn tells about the user: of facts learnt from it, and of work that it says is another."""
    facts = [memory for memory in memories if memory.kind == "fact" and memory.subject in (None, "user")]
    found = {fact.attribute for fact in facts if any(_within(said, statement) for said in stated_in(fact, turn))}
    return found | {"work", "employer"} if says_other_job(statement) else found


def _pairs(before: str, after: str) -> list[tuple[str, str]]:
    """What of two statements may be laid beside each other: both as they are, and each part of one beside each of the other."""
    olds, news = dict.fromkeys((before, *parts(before))), dict.fromkeys((after, *filter(tells_of_change, parts(after))))
    return [(one, two) for one in olds for two in news]
