"""The read road: view, search, rank, assemble, account."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ..core.applicability import needed
from ..core.checks import flag, names, positive, seconds, strings
from ..core.dates import asked_date_terms
from ..core.filters import compile_filter
from ..core.instruction import assemble
from ..core.masking import mask_secrets
from ..core.messages import micros, parse_time, plain_text
from ..core.placement import with_cases, with_concerns
from ..core.ranking import Ranked, RankInput, rank
from ..core.records import OUTDATED, PARTLY, attribute_term, over_in, to_memory
from ..core.scopes import SYSTEM_NAMESPACE, View, owner_of, resolve_view
from ..core.signals import asks_for_overview, spoken_words, tells_at_length
from ..core.slots import attributes
from ..core.statements import comparable, remaining
from ..core.succession import asks_about_past
from ..core.text import index_terms, language
from ..core.wording import Ended
from ..errors import EmbedderError, InvalidInput
from ..stores.base import Hit, Record, SearchQuery, SearchResult
from ..types import AnyMemory, Episode, Kind, Ledger, Recall, Recalled, Scope
from .activation import Activation
from .context import Context, now_utc
from .runtime import Runtime

__all__ = ["KINDS", "Recaller", "checked_kinds", "where_filter"]

KINDS: tuple[Kind, ...] = ("episode", "fact", "preference", "summary", "item")
_DEFAULT_KINDS: tuple[Kind, ...] = ("episode", "fact", "preference", "summary")
_QUERY_CHARS = 20_000
_QUERY_TERMS = 256


def checked_kinds(kinds: Collection[str] | None, default: Sequence[Kind] = _DEFAULT_KINDS) -> tuple[Kind, ...]:
    """The kinds asked for.

    Raises:
        InvalidInput: One of them is unknown, or none is given.
    """
    return tuple(default) if kinds is None else tuple(names(kinds, KINDS, field="kinds", what="kinds"))


class _Where:
    """A filter over a record: the caller's, what the prompt holds already, and one-offs of other sessions."""

    def __init__(self, filter: Mapping[str, object] | None, exclude: Collection[str], conversation: str | None) -> None:
        self._filter = compile_filter(filter) if filter is not None and filter != {} else None
        self._exclude = frozenset(exclude)
        self._conversation = conversation

    def __call__(self, record: Record) -> bool:
        payload = record.payload
        if payload.get("lasting") is False and (record.conversation is None or record.conversation != self._conversation):
            return False
        if self._exclude:
            sources = payload.get("sources")
            if record.id in self._exclude:
                return False
            if isinstance(sources, list) and sources and all(s in self._exclude for s in sources):
                return False
        if self._filter is None:
            return True
        memory = to_memory(record)
        return self._filter(memory.model_dump(mode="json"))


def where_filter(filter: Mapping[str, object] | None, exclude: Collection[str], conversation: str | None) -> _Where:
    """A filter for searches and scans."""
    return _Where(filter, exclude, conversation)


class Recaller:
    """``search_memory``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._activation = Activation(context)

    async def search(
        self,
        rt: Runtime,
        query: object,
        *,
        scope: Scope,
        limit: int = 10,
        max_tokens: int | None = None,
        kinds: Collection[str] | None = None,
        filter: Mapping[str, object] | None = None,
        exclude: Collection[str] | None = None,
        include_archived: bool = False,
        as_of: datetime | str | None = None,
        now: datetime | str | None = None,
        deadline: float | None = None,
        explain: bool = False,
    ) -> Recall:
        """Find what matters for a query; see ``MemOS.search_memory``."""
        begun = time.perf_counter()
        context = self._context
        context.check_open()
        if not isinstance(query, str):
            raise InvalidInput(f"must be text, not {type(query).__name__}", field="query")
        if not query.strip():
            raise InvalidInput("must not be empty", field="query")
        query = plain_text(query, field="query")[:_QUERY_CHARS]
        limit = positive(limit, field="limit")
        if max_tokens is not None:
            positive(max_tokens, field="max_tokens")
        deadline = seconds(deadline, field="deadline")
        flag(include_archived, field="include_archived")
        flag(explain, field="explain")
        wanted = checked_kinds(kinds)
        held = strings(() if exclude is None else exclude, field="exclude", what="message ids")
        zone = context.settings.zone
        clock = now_utc() if now is None else parse_time(now, zone=zone, field="now")
        world = None if as_of is None else micros(parse_time(as_of, zone=zone, field="as_of"))
        where = _Where(filter, held, scope.conversation_id)

        vector, degraded = await self._vector(rt, query, begun, deadline)
        statuses: tuple[str, ...] = ("active", "archived") if include_archived else ("active",)
        if world is not None:
            statuses = ("active", "superseded", "merged", "archived")
        asked = (attribute_term(name) for name in sorted(attributes(query)))
        terms = tuple(dict.fromkeys((*asked, *asked_date_terms(query[:2000], clock), *index_terms(query))))[:_QUERY_TERMS]
        search = SearchQuery(
            namespaces=(),
            terms=terms,
            vector=vector,
            space=context.space if vector is not None else None,
            kinds=wanted,
            statuses=statuses,
            as_of=world,
            now=micros(clock),
            where=where,
            watch=(SYSTEM_NAMESPACE,),
            partial=context.settings.degraded == "allow",
            limit=max(40, 3 * limit),
        )
        view, search, found = await self._search(rt, scope, search)
        if found.failed:
            view = view.without(found.failed)
            search = replace(search, namespaces=view.reads)
            missing = f"not searched: {'; '.join(f'{key} ({why})' for key, why in sorted(found.failed.items()))}"
            degraded = missing if degraded is None else f"{degraded}; {missing}"
        hits = list(found.hits)
        rows = await rt.call(self._activation.registry, view, found)
        if kinds is None and _is_full(hits, search.limit) and any(row.counts.get("preference") for row in rows):
            # preferences compete with every turn for the first places: give them a search of their own
            seen = {hit.record.id for hit in hits}
            own = await rt.call(context.store.search, _only_preferences(search))
            hits += [hit for hit in own.hits if hit.record.id not in seen]
        inputs = [RankInput(hit.record, hit.lexical, hit.dense) for hit in hits]
        said = await self._said_within(rt, query, search, begun, deadline)
        hits += said
        if world is None and "episode" in wanted and (newer := _replacing(hits)):
            # a question in the words of what is no longer so is answered by what took its place
            got = await rt.call(context.store.get, newer, namespaces=view.reads, with_index=True)
            inputs += [RankInput(record, None, None) for record in got if record.status == "active" and where(record)]
        weight = 0.0 if vector is None or context.embedder is None else context.embedder.dense_weight(language(query))
        ordered = rank(
            inputs,
            query=query,
            dense_weight=weight,
            now=clock,
            conversation_id=scope.conversation_id,
            limit=max(len(inputs) + len(said), 1),
            spoken=[RankInput(hit.record, hit.lexical, hit.dense) for hit in said],
            explain=explain,
        )
        wishes = None
        if "preference" in wanted and any(row.counts.get("preference") for row in rows):
            wishes = await rt.call(self._activation.wishes, view, found, query, vector, as_of=world, where=where)
            if not asks_for_overview(query):  # of what happened: turns tell it, and what the user wishes stands in the instruction
                ordered = with_concerns(ordered, wishes.concerns, wishes.records, query=query, explain=explain)
            ordered = with_cases(ordered, wishes.cases, wishes.records, asks=not tells_at_length(query), explain=explain)
        shown = max(limit, 10 if max_tokens is None else 20)
        ranked = [_recalled(one) for one in ordered[:shown]]
        head_budget = context.settings.head_tokens if max_tokens is None else min(context.settings.head_tokens, max_tokens // 2)
        head = await rt.call(self._activation.head, view, found, head_budget, world, scope.conversation_id)
        ended = _ended(ordered) if world is None else {}
        past = asks_about_past(query)
        instruction = assemble(
            ranked if past or world is not None else _as_it_is(ranked, ordered),
            head,
            concerns=needed(wishes.concerns, ordered, wishes.cases) if wishes is not None else (),
            query=query,
            max_tokens=max_tokens,
            count=context.count,
            now=clock,
            tail_tokens=context.settings.tail_tokens if max_tokens is None else None,
            turn_of=_turns([one for one in ordered if one.record.id not in ended]),
            others={name: owner_of(name) for name in view.reads if name not in view.own},
            ended=ended,
            past=past,
        )
        notes = [] if context.embedder is not None else ["lexical only: no embedder"]
        if context.embedder is not None and vector is not None and hits and all(hit.dense is None for hit in hits):
            notes.append("not embedded yet: found by words")
        recall = Recall(
            query=query,
            memories=tuple(ranked[:limit]),
            instruction=instruction,
            ledger=Ledger(
                tokens_injected=instruction.tokens,
                tokens_history=sum(row.tokens for row in rows),
                seconds=time.perf_counter() - begun,
                searched_namespaces=len(view.reads),
                dense=vector is not None,
                notes=tuple(notes),
            ),
            degraded=degraded,
        )
        return recall.counted_by(context.count)

    async def _search(self, rt: Runtime, scope: Scope, search: SearchQuery) -> tuple[View, SearchQuery, SearchResult]:
        """Search what a scope may see by the grants at hand, and once more where those were changed meanwhile: one call, nearly always."""
        held = self._context.held_grants
        version, grants = held if held is not None else await rt.call(self._context.ready_grants)
        view = resolve_view(scope, grants)
        search = replace(search, namespaces=view.reads)
        found = await rt.call(self._context.store.search, search)
        if found.versions.get(SYSTEM_NAMESPACE) != version:
            _, grants = await rt.call(self._context.ready_grants, fresh=True)
            now = resolve_view(scope, grants)
            if now.reads != view.reads:
                search = replace(search, namespaces=now.reads)
                found = await rt.call(self._context.store.search, search)
            view = now
        return view, search, found

    async def _said_within(self, rt: Runtime, query: str, search: SearchQuery, begun: float, deadline: float | None) -> list[Hit]:
        """What is found for the words that somebody speaks in a query: a scene around them names much that they are not about."""
        spoken = spoken_words(query)
        if not spoken or not search.namespaces:
            return []
        vector, _ = await self._vector(rt, spoken, begun, deadline) if search.vector is not None else (None, None)
        part = replace(search, terms=_terms(spoken), vector=vector, space=search.space if vector is not None else None)
        return list((await rt.call(self._context.store.search, part)).hits)

    async def _vector(self, rt: Runtime, query: str, begun: float, deadline: float | None) -> tuple[Sequence[float] | None, str | None]:
        context = self._context
        if context.embedder is None:
            return None, None
        words = mask_secrets(query)
        try:
            if deadline is None:
                return await rt.call(context.embedder.embed_query, words), None
            left = max(0.0, deadline - (time.perf_counter() - begun))
            return await rt.within(left, context.embedder.embed_query, words), None
        except TimeoutError:
            return None, "deadline: searched by words only"
        except EmbedderError as error:
            if context.settings.degraded == "raise":
                raise
            return None, f"embedder failed: {error}"


def _terms(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(index_terms(text)))[:_QUERY_TERMS]


def _is_full(hits: Sequence[Hit], limit: int) -> bool:
    """Whether an arm of a search found so many that it may have left some out."""
    return max(sum(hit.lexical is not None for hit in hits), sum(hit.dense is not None for hit in hits)) >= limit


def _replacing(hits: Sequence[Hit]) -> list[str]:
    """Ids of the turns that replaced what was found, and were not found themselves."""
    found = {hit.record.id for hit in hits}
    return [by for by in dict.fromkeys(hit.record.payload.get(OUTDATED) for hit in hits) if isinstance(by, str) and by not in found]


def _only_preferences(search: SearchQuery) -> SearchQuery:
    return replace(search, kinds=("preference",), limit=20)


def _recalled(one: Ranked) -> Recalled:
    return Recalled(memory=to_memory(one.record), score=one.score, namespace=one.record.namespace, parts=one.parts)


def _ended(ordered: Sequence[Ranked]) -> dict[str, Ended]:
    """What is no longer so: all of a fact, and of a turn that says one thing only or only takes something back; else a part."""
    return {
        one.record.id: "all" if one.record.kind == "fact" or _is_over(one.record) else "part"
        for one in ordered
        if one.ended or OUTDATED in one.record.payload
    }


def _as_it_is(ranked: Sequence[Recalled], ordered: Sequence[Ranked]) -> list[Recalled]:
    """What was found, turns without the words that are no longer so."""
    over = {one.record.id: words for one in ordered if (words := over_in(one.record))}
    return [
        one if one.memory.id not in over else one.model_copy(update={"memory": _without(one.memory, over[one.memory.id])}) for one in ranked
    ]


def _without(memory: AnyMemory, over: Sequence[str]) -> AnyMemory:
    return memory.model_copy(update={"text": remaining(memory.text, over)})


def _is_over(turn: Record) -> bool:
    payload = turn.payload
    return payload.get(OUTDATED) == turn.id or (comparable(turn.text) and PARTLY not in payload)


def _turns(ordered: Sequence[Ranked]) -> Callable[[str], Episode | None]:
    """The turns among what was found, read when asked for."""
    records = {one.record.id: one.record for one in ordered if one.record.kind == "episode"}

    def turn_of(id: str) -> Episode | None:
        record = records.get(id)
        memory = to_memory(record) if record is not None else None
        return memory if isinstance(memory, Episode) else None

    return turn_of
