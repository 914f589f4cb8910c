"""Text that is ready for the prompt: the head, and a tail for one query, under a hard budget."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ..types import AnyMemory, Citation, Episode, Fact, Instruction, Item, Preference, Recalled
from .applicability import Concern, always
from .fence import DATA_MARK, NOTICE, SHORT_MARK, TAIL_LEAD, TAIL_MARK
from .fields import apart
from .head import Halves, Head, Line, fit_head, key_of, shown_last
from .learnt.queries import asks_about_user
from .quoting import Count
from .ranking import says_little, tells_all
from .text import Language, content_terms, language, normalise
from .wording import Ended, date_of, episode_lines, fact_line, imperative, is_safety, turn_line

__all__ = ["assemble"]

TurnOf = Callable[[str], Episode | None]
_ROOMY = 160
_WEAKEST = 0.33  # of the best turn's or fact's score
_SHORT_TURN = 240  # characters
_QUOTED = 160  # tokens of a turn that are told of it in any case, if they fit
_SHARE = 10  # and of a large budget, so large a part
_MISSES = 5  # lines in a row that do not fit, however short: the budget is used up
_MORE = 0.12
_USER = re.compile(r"(?i)\bthe user(?:'s)?\b|用户")


_NOBODY: Mapping[str, str] = {}
_NONE_ENDED: Mapping[str, Ended] = {}


def _no_turn(id: str) -> Episode | None:
    return None


class _Draft:
    """A tail that grows line by line and can be counted at any time."""

    def __init__(self, head: Head, own: Language, short: bool) -> None:
        self.head = head
        self.orders: list[Line] = []
        self.data: list[Line] = []
        self._own: Language = own
        self.short = short

    def text(self) -> str:
        tail = self.tail()
        return f"{self.head.text}\n\n{tail}" if self.head.text and tail else self.head.text or tail

    def tail(self) -> str:
        return "\n".join(text for text, _ in self._rows())

    def citations(self) -> tuple[Citation, ...]:
        found = [
            Citation(line=self.head.first_line + i, memory_id=line.memory_id, sources=line.sources)
            for i, line in enumerate(self.head.lines)
        ]
        offset = self.head.text.count("\n") + 2 if self.head.text else 0
        for number, (_, line) in enumerate(self._rows()):
            if line is not None:
                found.append(Citation(line=offset + number, memory_id=line.memory_id, sources=line.sources))
        return tuple(found)

    def _rows(self) -> list[tuple[str, Line | None]]:
        own = self._own
        rows: list[tuple[str, Line | None]] = []
        if self.orders:
            mark = SHORT_MARK[own] if self.short else TAIL_MARK[own]
            rows.append((f"<{mark}>", None))
            if not self.short:
                rows.append((TAIL_LEAD[own], None))
            rows += [(line.text, line) for line in self.orders]
            rows.append((f"</{mark}>", None))
        if self.data:
            rows.append((f"<{DATA_MARK[own]}>", None))
            if not self.short:  # the tag says it as well, for fewer tokens
                rows.append((NOTICE[own], None))
            rows += [(line.text, line) for line in self.data]
            rows.append((f"</{DATA_MARK[own]}>", None))
        return rows


def assemble(
    recalled: Sequence[Recalled],
    head: Head,
    *,
    concerns: Sequence[Concern],
    query: str,
    max_tokens: int | None,
    count: Count,
    now: datetime,
    tail_tokens: int | None = None,
    turn_of: TurnOf = _no_turn,
    others: Mapping[str, str] = _NOBODY,
    ended: Mapping[str, Ended] = _NONE_ENDED,
    past: bool = True,
) -> Instruction:
    """Join the head and what a query needs: preferences that apply, then facts and turns fenced as data.

    A long turn is told by its sentences around what is asked; see ``quotes``.

    Args:
        recalled: What was found, best first.
        head: The rendered head.
        concerns: Preferences that the query needs, most needed first; standing ones that were found need not be named.
        query: What is asked.
        max_tokens: Budget for all of the text; None: none.
        count: Token counter.
        now: The time of asking.
        tail_tokens: Budget for the tail; None: none.
        turn_of: A turn that was found as well, by its id: a fact is told by its turn where that says more.
        others: Namespaces that a grant opened, and whose they are: what somebody else wishes is told as data, no order.
        ended: Turns of which something is no longer so, by id, and how much of them.
        past: Whether what is no longer so at all is told, and marked.

    Returns:
        The text, with each line traced to its memory.
    """
    if max_tokens is not None and head.text and count(head.text) > max(1, max_tokens // 2):
        head = fit_head(head.lines, max_tokens=max(1, max_tokens // 2), count=count)
    if not past:
        recalled = [one for one in recalled if ended.get(one.memory.id) != "all"]
    own = language(query)
    draft = _Draft(head, own, short=max_tokens is not None and max_tokens < _ROOMY)

    def fits() -> bool:
        return (max_tokens is None or _within(draft.text(), max_tokens, count)) and (
            tail_tokens is None or _within(draft.tail(), tail_tokens, count)
        )

    seen = {key_of(line.text) for line in head.lines}
    shown = {line.memory_id for line in head.lines}
    told: dict[str, set[str]] = {}
    halves = Halves()
    mine = [one.memory for one in recalled if isinstance(one.memory, Preference) and one.namespace not in others]
    standing = [Concern(preference, 1.0) for preference in mine if always(preference)]
    concerns = [*standing, *concerns]
    needed = {concern.preference.id for concern in concerns}
    idle = [preference for preference in mine if preference.id not in needed]
    ordered = _in_order(concerns)
    for preference in ordered:
        halves.add(preference, key_of(f"- {imperative(preference)}"))
    # where there is little room, how to answer comes after what answers
    late = [p for p in ordered if draft.short and always(p) and not is_safety(p) and p.id not in shown]

    def give(preferences: Sequence[Preference]) -> None:
        for preference in preferences:
            if preference.id in shown:
                _tell(told, preference, imperative(preference))
                continue
            text = f"- {imperative(preference, said=date_of(preference))}"
            key = key_of(f"- {imperative(preference)}")
            if key in seen or halves.says(preference):
                continue
            draft.orders.append(Line(text, preference.id, preference.sources))
            if not fits():
                draft.orders.pop()
                continue
            seen.add(key)
            shown.add(preference.id)
            _tell(told, preference, text)

    def tell(most: int | None = None) -> None:
        trial = most is not None
        _add_data(
            draft,
            recalled,
            fits,
            seen=set(seen) if trial else seen,
            shown=set(shown) if trial else shown,
            told={turn: set(words) for turn, words in told.items()} if trial else told,
            idle=idle,
            query=query,
            quoted=max(_QUOTED, (max_tokens or tail_tokens or 0) // _SHARE),
            count=count,
            turn_of=_no_turn if draft.short else turn_of,
            others=others,
            ended=ended,
            most=most,
        )

    give([preference for preference in ordered if preference not in late])
    if late:
        tell(most=1)  # keeps its room
        give(late)
    tell()
    text = draft.text()
    return Instruction(head=head.text, tail=draft.tail(), text=text, tokens=count(text), citations=draft.citations())


def _within(text: str, tokens: int, count: Count) -> bool:
    return len(text.encode("utf-8", "surrogatepass")) <= tokens or count(text) <= tokens  # a token has a byte at least


def _tell(told: dict[str, set[str]], memory: AnyMemory, text: str) -> None:
    """Note which words of its turns a line has said already; its memory's own, too, where it leaves none of weight out."""
    turns = [memory.id] if isinstance(memory, Episode) else [evidence.episode for evidence in memory.evidence]
    words, own = content_terms(text), content_terms(memory.text)
    if isinstance(memory, Episode) or tells_all(words, own):
        words = words | own
    for turn in turns:
        told.setdefault(turn, set()).update(words)


def _said_in_turns(memory: AnyMemory, told: Mapping[str, set[str]]) -> bool:
    """Whether the turns of a memory have been told, and say all of it; that it speaks of the user, its speaker, is no more."""
    words = content_terms(_USER.sub("", memory.text))
    turns = [told.get(evidence.episode) for evidence in memory.evidence]
    return bool(turns) and all(turn is not None and tells_all(turn, words) for turn in turns)


def _in_order(concerns: Sequence[Concern]) -> list[Preference]:
    """Most needed first, without what one of more authority contradicts."""
    by_rank = sorted((concern.preference for concern in concerns), key=lambda p: (_authority(p), p.id))
    winners: dict[tuple[str, str], Preference] = {}
    for preference in by_rank:
        winners.setdefault((preference.slot, normalise(preference.object or preference.text)), preference)
    kept = {id(p) for p in winners.values()}
    order = [concern.preference for concern in concerns if id(concern.preference) in kept]
    # within one slot the one with more authority is said first; slots keep the order of need; shown ones come last
    places: dict[str, int] = {}
    for place, preference in enumerate(order):
        places.setdefault(preference.slot if preference.slot != "other" else preference.id, place)
    order.sort(key=lambda p: (shown_last(p) if p.lasting else 0, places[p.slot if p.slot != "other" else p.id], *_authority(p)))
    return order


def _authority(preference: Preference) -> tuple[int, int, float]:
    return (0 if not preference.lasting else 1, shown_last(preference), -preference.said_at.timestamp())


def _add_data(
    draft: _Draft,
    recalled: Sequence[Recalled],
    fits: Callable[[], bool],
    *,
    seen: set[str],
    shown: set[str],
    told: dict[str, set[str]],
    idle: Sequence[Preference],
    query: str,
    quoted: int,
    count: Count,
    turn_of: TurnOf,
    others: Mapping[str, str],
    ended: Mapping[str, Ended],
    most: int | None = None,
) -> None:
    asked = content_terms(query)
    wishes = _wishes(idle)
    answer = recalled[0].memory.id if recalled and asks_about_user(query) else ""  # was it a wish that was told there, it answers
    top = max((one.score for one in recalled if not isinstance(one.memory, Preference)), default=0.0)
    facts: list[Line] = []
    turns: list[Line] = []
    misses = 0
    for one in recalled:
        if misses >= _MISSES or (most is not None and len(facts) + len(turns) >= most):
            break
        memory, of = one.memory, others.get(one.namespace)
        wished = isinstance(memory, Preference) and of is None
        if isinstance(memory, Item) or memory.id in shown or (wished and memory.id != answer):
            continue
        if one.score < _WEAKEST * top and not content_terms(memory.text) & asked:
            continue
        if not wished and memory.id != answer and not content_terms(memory.text) & asked and apart(query, memory.text):
            continue  # of another field of life, and no word in common
        if isinstance(memory, Episode):
            words = content_terms(memory.text)
            wish = memory.id in wishes and not words & asked and tells_all(wishes[memory.id], words)
            if (wish and memory.id != answer) or says_little(memory, asked):
                continue
            if memory.id in told and tells_all(told[memory.id], words):
                continue
            options: Iterator[tuple[AnyMemory, str]] = (
                (memory, text) for text in episode_lines(memory, asked, max_tokens=quoted, count=count, of=of, ended=ended.get(memory.id))
            )
        elif _said_in_turns(memory, told):
            continue
        elif isinstance(memory, Preference) and of is None:
            options = _turns_of(memory, turn_of, shown)
        elif of is not None:
            options = iter([(memory, fact_line(memory, of=of))])
        else:
            options = _told_by(memory, turn_of, shown, told)
        for said, text in options:
            key = key_of(text)
            if key in seen:
                break
            group = turns if isinstance(said, Episode) else facts
            group.append(Line(text, said.id, said.sources))
            draft.data = [*facts, *turns]
            if fits():
                seen.add(key)
                shown.update((memory.id, said.id))
                _tell(told, memory, text)
                misses = 0
                break
            group.pop()
        else:
            misses += 1
    draft.data = [*facts, *turns]


def _wishes(idle: Iterable[Preference]) -> dict[str, set[str]]:
    """Words of the wishes that are not needed, by the turn that they came from: one that tells no more is left out as well."""
    found: dict[str, set[str]] = {}
    for preference in idle:
        for evidence in preference.evidence:
            found.setdefault(evidence.episode, set()).update(content_terms(preference.text))
    return found


def _turns_of(memory: Preference, turn_of: TurnOf, shown: set[str]) -> Iterator[tuple[AnyMemory, str]]:
    """How a wish that is not needed may be told: by the turns that it came from, as what was said."""
    for evidence in memory.evidence:
        turn = turn_of(evidence.episode)
        if turn is not None and turn.id not in shown and turn.status == "active" and len(turn.text) <= _SHORT_TURN:
            yield turn, turn_line(turn)


def _told_by(memory: AnyMemory, turn_of: TurnOf, shown: set[str], told: Mapping[str, set[str]]) -> Iterator[tuple[AnyMemory, str]]:
    """How a fact may be told: by its whole turn, if that is short and says clearly more, else by itself."""
    line = fact_line(memory)
    turn = turn_of(memory.evidence[0].episode) if isinstance(memory, Fact) and len(memory.evidence) == 1 else None
    if turn is not None and turn.id not in shown and turn.status == "active" and len(turn.text) <= _SHORT_TURN:
        words = content_terms(turn.text)
        known = content_terms(line) | told.get(turn.id, set())
        if len(words - known) > _MORE * len(words):
            date = memory.occurs_at if isinstance(memory, Fact) else None
            yield turn, turn_line(turn) + (f" ({date})" if date and date not in turn.text else "")
    yield memory, line
