"""What feedback does to what was shown: correct it, end it, or bear it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

from ..core.candidates import Candidate, Turn
from ..core.derived import Derived
from ..core.feedback import (
    Reaction,
    corrected,
    lasting,
    may_react,
    named_among,
    names,
    overheard,
    reaction_of,
    replaced_in,
    said_with,
)
from ..core.learnt.relations import signs
from ..core.messages import moment
from ..core.records import OUTDATED, UNLEARNT, session_of, to_memory
from ..core.statements import comparable
from ..core.succession import names_what_ended
from ..core.text import has_cjk
from ..core.withdrawing import withdrawn
from ..core.wording import third_person
from ..stores.base import Record, ScanQuery, Task
from ..types import Decision, Evidence, Fact, Preference
from .comparing import Comparer
from .context import Context
from .known import Known
from .learning import Learner

__all__ = ["Heard", "Reactor", "is_feedback"]

_LATEST = 8  # turns of no conversation among which the one before is looked for
_SITTING = 3_600_000_000  # microseconds between two of them at most
_TOUCHED = ("added", "merged", "refined", "narrowed", "superseded", "known")


def is_feedback(task: Task) -> bool:
    """Whether the turn of a task was told about what was shown."""
    return "about" in task.payload


@dataclass(frozen=True, slots=True)
class Heard:
    """Feedback, and what it may be about.

    Attributes:
        turn: What was said.
        reaction: How it takes what was shown.
        shown: The active facts and preferences that were shown, or learnt from a turn that was, best first.
        meant: What a mere "that's wrong" is about: facts and preferences, or turns that nothing was learnt from.
        done: Whether it had its effect before: the task is worked off once more.
        overheard: Whether it is an ordinary turn about the one before it.
    """

    turn: Record
    reaction: Reaction
    shown: tuple[Derived, ...]
    meant: tuple[Derived | Record, ...]
    done: bool
    overheard: bool = False

    def told(self, turns: Sequence[Turn]) -> list[Turn]:
        """The turns as they are learnt from: of feedback that which it says besides taking what was shown for right or wrong."""
        rest = self.reaction.rest
        place = next(place for place, turn in enumerate(turns) if turn.episode == self.turn.id)
        if not any(turn.role == "assistant" for turn in turns[:place]):  # "too long" finds fault with an answer
            shown = " ".join(memory.text for memory in self.shown)
            answer = Turn(episode="", role="assistant", text=shown or "…", said_at=turns[place].said_at, learnable=False)
            turns = [*turns[:place], answer, *turns[place:]]
        return [t.model_copy(update={"text": rest, "learnable": bool(rest)}) if t.episode == self.turn.id else t for t in turns]

    def corrects(self, candidate: Candidate) -> list[str]:
        """Ids of the memories shown whose place a candidate takes."""
        told = [memory for memory in self.shown if replaced_in(memory, self.reaction, episode=self.turn.id) == candidate]
        if self.overheard and not told:
            return []
        found = [one.id for memory in told or corrected(candidate, self.reaction, self.shown) for one in said_with(memory, self.shown)]
        return list(dict.fromkeys(found))

    def proposed(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """What was found in it; where that puts nothing right, what was shown with the value that it names."""
        if self.overheard:
            there = (replaced_in(memory, self.reaction, episode=self.turn.id) for memory in self.shown)
            return [candidate for candidate in there if candidate is not None]
        candidates = [lasting(candidate, self.reaction, self.shown) for candidate in candidates]
        corrections = [candidate for candidate in candidates if self.corrects(candidate)]
        if any(not signs(candidate.quote).negated for candidate in corrections):
            return candidates
        for memory in self.shown:  # what says what is not so tells less than what is
            candidate = replaced_in(memory, self.reaction, episode=self.turn.id)
            if candidate is not None:
                return [candidate]
        return candidates


def _told(text: str) -> str:
    words = third_person(text.strip(), chinese=has_cjk(text))
    return words[:1].upper() + words[1:]


def _as_fact(turn: Record) -> Fact:
    """What a turn says as a whole, where nothing was learnt from it: it may be put right all the same."""
    episode = to_memory(turn)
    said = moment(turn.said)
    return Fact(
        id=turn.id,
        namespace=turn.namespace,
        text=_told(turn.text),
        value=turn.text,
        sources=episode.sources,
        valid_from=said,
        created_at=episode.created_at,
        updated_at=episode.updated_at,
        evidence=(Evidence(source=turn.id, episode=turn.id, quote=turn.text, said_at=said),),
    )


def _best(meant: Sequence[Derived | Record], shown: Sequence[Derived]) -> list[Derived | Record]:
    """The best of what was shown, with what was learnt from the same words."""
    first = meant[0] if meant else None
    return [] if first is None else [first] if isinstance(first, Record) else [*said_with(first, shown)]


class Reactor:
    """Applies feedback to what was shown."""

    def __init__(self, context: Context, learner: Learner, comparer: Comparer) -> None:
        self._context = context
        self._learner = learner
        self._comparer = comparer

    def hear(self, task: Task, turn: Record, known: Known) -> Heard:
        """What feedback says, and what it may be about."""
        about = cast("Mapping[str, object]", task.payload["about"])
        ids = cast("list[str]", about["shown"])
        places = {record.id: record for record in self._context.store.get(ids)}
        there = [places[id] for id in ids if id in places]
        memories = {r.id: memory for r in there if isinstance(memory := to_memory(r), Fact | Preference)}
        shown: dict[str, Derived] = {}
        meant: list[Derived | Record] = []
        for record in there:
            told = memories.get(record.id)
            if told is not None:
                if told.status == "active":
                    shown[told.id] = told
                    meant.append(told)
            elif record.kind == "episode" and record.status == "active" and record.payload.get("role") == "user":
                mine = known.of_turn(record.id)
                shown |= {one.id: one for one in mine if one.id not in shown}
                if not mine and OUTDATED not in record.payload:
                    meant.append(record)
                elif len(mine) == 1 and mine[0].id not in memories:
                    meant.append(mine[0])
        own = {memory.id for memory in known.of_turn(turn.id)} | {turn.id}
        done = any(memory.superseded_by in own for memory in memories.values()) or any(r.payload.get(OUTDATED) == turn.id for r in there)
        texts = [f"{memory.text} {memory.evidence[-1].quote if memory.evidence else ''}" for memory in shown.values()]
        texts += [record.text for record in meant if isinstance(record, Record)]
        return Heard(
            turn=turn,
            reaction=reaction_of(turn.text, texts),
            shown=tuple(shown.values()),
            meant=tuple(meant) if about["chosen"] else tuple(_best(meant, list(shown.values()))),
            done=done,
        )

    def overhear(self, turn: Record, before: Sequence[Record], known: Known) -> Heard | None:
        """How an ordinary turn takes what the user said just before it; None: it says something for itself.

        Args:
            turn: The turn.
            before: The turns before it, oldest first.
            known: What is known there.
        """
        if turn.payload.get("role") != "user" or not may_react(turn.text):
            return None
        answers: list[str] = []
        last: Record | None = None
        for record in reversed(before or self._just_before(turn)):
            if record.payload.get("role") != "assistant":
                last = record
                break
            answers.append(record.text)
        if last is None or last.status != "active" or last.payload.get("role") != "user" or UNLEARNT in last.payload:
            return None
        shown = known.of_turn(last.id)
        told = shown or ([_as_fact(last)] if comparable(last.text) and not withdrawn(last.text) else [])
        reaction = overheard(turn.text, " ".join(answers), told, episode=turn.id)
        if reaction is None:
            return None
        done = last.payload.get(OUTDATED) == turn.id
        return Heard(turn, reaction, shown=tuple(told), meant=tuple(shown) or (last,), done=done, overheard=True)

    def _just_before(self, turn: Record) -> list[Record]:
        """The turns told just before one that belongs to no conversation, oldest first."""
        if session_of(turn) is not None:
            return []
        query = ScanQuery(namespaces=(turn.namespace,), kinds=("episode",), sort="created", descending=True, limit=_LATEST)
        earlier = [r for r in self._context.store.scan(query).records if (r.said, r.order) < (turn.said, turn.order)]
        found = [r for r in earlier if session_of(r) is None and turn.said - r.said <= _SITTING]
        return sorted(found, key=lambda r: (r.said, r.order))

    def react(self, namespace: str, heard: Heard, decided: Sequence[tuple[Sequence[str], Decision]], known: Known) -> list[Decision]:
        """End or bear out what was shown, as feedback says.

        Args:
            namespace: Where it was told.
            heard: What it says.
            decided: For each thing learnt from it what it corrects, and what became of it.
            known: What is known there; brought up to date.

        Raises:
            StoreConflict: Others kept changing what it is about.
        """
        decisions: list[Decision] = []
        righted = False
        for ids, decision in decided:
            if not ids or decision.action not in _TOUCHED:
                continue
            righted = True
            left = [memory for memory in heard.shown if memory.id in ids and memory.id != decision.memory_id]
            decisions += self._ended(namespace, heard, left, known, won=decision.memory_id)
        reaction = heard.reaction
        if righted or heard.done:
            return decisions
        if reaction.stance == "confirms":
            targets = named_among(reaction.rest, heard.shown) if reaction.rest else []
            chosen = targets or [memory for memory in heard.meant if not isinstance(memory, Record)]
            for memory in chosen:
                decisions += self._learner.again(namespace, known, partial(self._bear_out, namespace, memory.id, heard.turn, known))
        elif over := [
            memory for memory in heard.shown if reaction.rest and any(names_what_ended(e.quote, reaction.rest) for e in memory.evidence)
        ]:
            decisions += self._ended(namespace, heard, over, known)
        elif reaction.denied:
            named = {memory.id: memory for words in reaction.denied for memory in named_among(words, heard.shown)}
            turns = [one for one in heard.meant if isinstance(one, Record) and any(names(words, one.text) for words in reaction.denied)]
            decisions += self._ended(namespace, heard, [*named.values(), *turns], known)
        elif reaction.stance == "denies" or (reaction.stance == "objects" and not reaction.rest):
            decisions += self._ended(namespace, heard, heard.meant, known)
        if reaction.stance and not decisions and not reaction.rest:
            decisions.append(Decision(action="rejected", reason="nothing was shown that it is about", by="hand"))
        return decisions

    def _ended(
        self, namespace: str, heard: Heard, targets: Sequence[Derived | Record], known: Known, *, won: str | None = None
    ) -> list[Decision]:
        ids = [target.id for target in targets]
        return self._learner.again(namespace, known, partial(self._end, ids, heard.turn, known, won)) if ids else []

    def _end(self, ids: Sequence[str], turn: Record, known: Known, won: str | None) -> list[Decision]:
        """End what is still so of some memories and turns, together with the words that they came from."""
        decisions: list[Decision] = []
        for record in self._context.store.get(ids, with_index=True):
            memory = to_memory(record)
            if memory.status != "active":
                continue
            losers = [memory] if isinstance(memory, Fact | Preference) else []
            turns = [record] if not losers else self._turns(record.namespace, [e.episode for e in memory.evidence], turn.id)
            held = {one.id for one in turns if any(other.id != memory.id for other in known.of_turn(one.id))}
            winner = known.get(won) if won is not None else None
            reason = "said to be wrong" if won is None else "corrected by the user"
            decisions.append(self._comparer.end(turns, turn, losers, known, won=winner, partly=held, reason=reason, by="hand"))
            turn = self._context.store.get([turn.id], namespaces=[turn.namespace], with_index=True)[0]
        return decisions

    def _turns(self, namespace: str, ids: Sequence[str], but: str) -> list[Record]:
        found = self._context.store.get(sorted(set(ids) - {but}), namespaces=[namespace], with_index=True)
        return [record for record in found if record.kind == "episode" and record.status == "active"]

    def _bear_out(self, namespace: str, id: str, turn: Record, known: Known) -> list[Decision]:
        found = [to_memory(record) for record in self._context.store.get([id])]
        return [
            self._learner.bear_out(namespace, memory, turn, known)
            for memory in found
            if isinstance(memory, Fact | Preference) and memory.status == "active"
        ]
