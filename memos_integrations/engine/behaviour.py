"""What the user's deeds show, told together with those that are stored: clicks, choices, what is asked for again and again."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.candidates import Candidate, Turn
from ..core.events import Signal, signal_term, signals
from ..core.implicit import shown
from ..core.messages import micros
from ..core.picks import chosen_among, picked
from ..core.records import UNLEARNT, session_of
from ..core.shaping import asked_before, asked_for, shaping_terms
from ..core.tombstones import preference_key
from ..core.turns import turns_of
from ..stores.base import Record, ScanQuery, SearchQuery
from .context import Context
from .known import Known

__all__ = ["Behaviour"]

_EARLIER = 64  # events with the same signal that are looked at
_LATEST = 256  # turns among which earlier choices are looked for


class Behaviour:
    """Reads signals out of turns and counts them with the earlier ones."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def shown(self, namespace: str, turns: Sequence[Turn], known: Known, choices: Sequence[Signal] = ()) -> list[Candidate]:
        """Preferences that the events among some turns show, together with the events before them.

        Args:
            namespace: Where they are learnt.
            turns: The turns.
            known: What is known there; brought up to date.
            choices: What choices in these turns show beside what they name.
        """
        new: dict[str, list[Signal]] = {}
        for turn in turns:
            for signal in signals(turn):
                new.setdefault(signal.key, []).append(signal)
        told_in = {turn.episode for turn in turns if turn.told}
        around: dict[str, list[Signal]] = {}
        for signal in (*asked_for(turns), *choices):
            (new if signal.episode in told_in else around).setdefault(signal.key, []).append(signal)
        if any(signal.key not in known.signals for signal in choices):
            earlier = self._chosen(namespace)
            known.signals.update({choice.key: [s for s in earlier if s.key == choice.key] for choice in choices})
        found: list[Candidate] = []
        for key, told in new.items():
            if key not in known.signals:
                known.signals[key] = self._earlier(namespace, key)
            history = {signal.episode: signal for signal in known.signals[key]}
            history |= {s.episode: s for s in around.get(key, ()) if s.episode in history} | {s.episode: s for s in told}
            known.signals[key] = sorted(history.values(), key=lambda s: s.said_at)[-_EARLIER:]
            since = max(known.forgotten.get(preference_key(s.value, self._context.secret), 0) for s in history.values())
            counted = [s for s in known.signals[key] if micros(s.said_at) > since]
            found += shown(counted, {signal.episode for signal in told})
        return found

    def _chosen(self, namespace: str) -> list[Signal]:
        """What the latest choices that are stored show beside what they name."""
        query = ScanQuery(namespaces=(namespace,), kinds=("episode",), descending=True, limit=_LATEST)
        sessions: dict[str, list[Record]] = {}
        for record in self._context.store.scan(query).records:
            session = session_of(record)
            if session is not None:
                sessions.setdefault(session, []).append(record)
        found: list[Signal] = []
        for records in sessions.values():
            records.sort(key=lambda r: r.order)
            turns = [t for r in records for t in self._turns([r], learn=UNLEARNT not in r.payload)]
            found += picked(chosen_among(turns), turns)
        return found

    def _earlier(self, namespace: str, key: str) -> list[Signal]:
        """Signals of one key in the events that are stored."""
        result = self._context.store.search(
            SearchQuery(
                namespaces=(namespace,),
                terms=shaping_terms(key) or (signal_term(key),),
                kinds=("episode",),
                where=lambda record: UNLEARNT not in record.payload,
                limit=_EARLIER,
            )
        )
        events = self._turns([hit.record for hit in result.hits], learn=True)
        return [signal for turn in events for signal in (*signals(turn), *asked_before(turn)) if signal.key == key]

    def _turns(self, records: Sequence[Record], *, learn: bool) -> list[Turn]:
        return turns_of(records, self._context.settings.zone, learn=learn)
