"""The user's own documents and what is remembered, under one budget."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import TypeAlias

from ..errors import InvalidInput
from ..types import Episode, Fused, Item, Passage, Preference, Recall
from .checks import number, positive
from .fence import fenced, neutralise
from .masking import mask_secrets
from .quoting import Count, quotes
from .text import content_terms, estimate_tokens, language, normalise, split_sentences
from .wording import date_of

__all__ = ["fuse_passages"]

_MEMORY = "memory"
_ALIKE = 0.85
_LINK = 0.3  # of a memory's value: what it has in common with the documents found; the rest is what it has with the question
_LEAST = 60  # tokens

Told: TypeAlias = tuple[set[str], frozenset[str]]
"""Words that stand in the prompt, and the messages that they come from."""
_SOMEBODY = content_terms("user 用户")  # how what is learnt calls who said it
_SHARE = 4  # of the budget: a turn that is longer than so large a part is told by its sentences around what is asked


def fuse_passages(
    recall: Recall,
    passages: Sequence[Passage | str],
    *,
    max_tokens: int,
    memory_weight: float = 0.5,
    weights: Mapping[str, float] | None = None,
    count: Count | None = None,
    shown: Callable[[Passage], str] | None = None,
) -> Fused:
    """Join retrieved documents with what is remembered, under one budget.

    Scores of each source are brought to 0..1 on their own; passages without a score count by their place. A memory that has
    rare words in common with the documents that were found rises: "where do I park at home?" shares no word with "I live in
    Quay Street", but the document that answers it does. Of two equals, what the user said stands above what a document says.
    Nothing is said twice: neither what a document repeats, nor what a turn says and what was learnt from it.

    Args:
        recall: What was remembered.
        passages: Documents, best first.
        max_tokens: Budget for all of ``Fused.text``, head included.
        memory_weight: Weight of memory against documents, 0 to 1.
        weights: Weight of each source of documents among them, 0 to 1; 1 for those not named.
        count: Token counter; None: the default estimate.
        shown: What a prompt of the caller's own shows of a passage; None: a line of a fenced block.

    Returns:
        The head apart, then memories and documents by fused score, without repetitions.

    Raises:
        InvalidInput: If a budget is below 1 or a weight outside 0 to 1.
    """
    positive(max_tokens, field="max_tokens")
    number(memory_weight, 0, 1, field="memory_weight")
    shares = {source: number(weight, 0, 1, field=f"weights.{source[:40]}") for source, weight in (weights or {}).items()}
    if isinstance(passages, str | bytes | Mapping) or not isinstance(passages, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        raise InvalidInput(f"must be a list of passages, not {type(passages).__name__}", field="passages")
    count = count or estimate_tokens
    head = _fit_head(recall.instruction.head, max_tokens, count)
    documents = [_document(p, place) for place, p in enumerate(passages)]
    by_source: dict[str, list[Passage]] = {}
    for document in documents:
        by_source.setdefault(document.source, []).append(document)
    valued = {source: _values(group) for source, group in by_source.items()}
    memories = _memories(recall, max_tokens // _SHARE, count)
    pairs = [pair for source, group in by_source.items() for pair in zip(group, valued[source], strict=True)]
    scored = _placed(memories, _linked(memories, pairs, recall.query), float(memory_weight), 0)
    for source, group in by_source.items():
        scored += _placed(group, valued[source], (1.0 - float(memory_weight)) * shares.get(source, 1.0), 1)
    scored.sort(key=lambda one: (-round(one[0], 6), one[1], one[2]))
    distinct = _distinct([(score, passage) for score, _, _, passage in scored])
    return _fill(head, distinct, max_tokens, recall.query, count, shown, _head_lines(recall))


def _document(passage: object, place: int) -> Passage:
    if isinstance(passage, str):
        return Passage(text=passage)
    if not isinstance(passage, Passage):
        raise InvalidInput(f"must be a Passage or text, not {type(passage).__name__}", field=f"passages[{place}]")
    return passage


def _memories(recall: Recall, longest: int, count: Count) -> list[Passage]:
    asked = content_terms(recall.query)
    cited = {c.memory_id for c in recall.instruction.citations}
    in_head = {c.memory_id for c in recall.instruction.citations if c.line < len(recall.instruction.head.splitlines())}
    found: list[Passage] = []
    for one in recall.memories:
        memory = one.memory
        if isinstance(memory, Item) or memory.id in in_head:
            continue
        # a preference that does not concern the query was left out of the instruction, and is here
        if isinstance(memory, Preference) and cited and memory.id not in cited:
            continue
        who = f"{memory.speaker or memory.role}: " if isinstance(memory, Episode) else ""
        said = mask_secrets(memory.text)
        text = neutralise(who + next(quotes(said, asked, max_tokens=max(_LEAST, longest), count=count), said))
        found.append(
            Passage(
                text=text,
                source=_MEMORY,
                score=one.score,
                id=memory.id,
                metadata={"kind": memory.kind, "said": date_of(memory), "sources": list(memory.sources)},
                memory_id=memory.id,
            )
        )
    return found


def _values(group: Sequence[Passage]) -> list[float]:
    """Scores of one source as 0..1."""
    scores = [p.score for p in group if p.score is not None]
    if len(scores) < len(group):
        return [1.0 - place / len(group) for place in range(len(group))]
    low, high = (min(scores), max(scores)) if scores else (0.0, 0.0)
    return [(score - low) / (high - low) if high - low > 1e-12 else 1.0 for score in scores]


def _placed(group: Sequence[Passage], values: Sequence[float], weight: float, order: int) -> list[tuple[float, int, int, Passage]]:
    return [(weight * value, order, place, passage) for place, (passage, value) in enumerate(zip(group, values, strict=True))]


def _linked(memories: Sequence[Passage], documents: Sequence[tuple[Passage, float]], query: str) -> list[float]:
    """Values of the memories, 0..1, where what they have in common with the documents counts beside their score."""
    links = _links(memories, documents, query)
    mixed = [(1 - _LINK) * value + _LINK * link for value, link in zip(_values(memories), links, strict=True)]
    most = max(mixed, default=0.0)
    return [value / most for value in mixed] if most > 0 else mixed


def _links(memories: Sequence[Passage], documents: Sequence[tuple[Passage, float]], query: str) -> list[float]:
    """What each memory has in common with the documents, the words of the question aside, as a part of the most that any has.

    The cosine of rare words (weight: logarithm of how few passages have them), times the document's own value.
    """
    asked = content_terms(query)
    own = [content_terms(p.text) - asked for p in memories]
    theirs = [(content_terms(p.text) - asked, value) for p, value in documents if value > 0]
    frequency = Counter(term for terms in (*own, *(terms for terms, _ in theirs)) for term in terms)
    total = len(own) + len(theirs)
    rarity = {term: math.log(total / seen) ** 2 for term, seen in frequency.items()}

    def length(terms: Set[str]) -> float:
        return math.sqrt(sum(rarity[term] for term in terms)) or 1.0

    others = [(terms, value / length(terms)) for terms, value in theirs]
    links = [max((v * sum(rarity[t] for t in terms & has) for has, v in others), default=0.0) / length(terms) for terms in own]
    most = max(links, default=0.0)
    return [link / most for link in links] if most > 0 else links


def _head_lines(recall: Recall) -> list[tuple[str, Told]]:
    """The lines of the head, with what each says."""
    lines = recall.instruction.head.splitlines()
    cited = [c for c in recall.instruction.citations if c.line < len(lines)]
    return [(lines[c.line], (content_terms(lines[c.line]), frozenset(c.sources))) for c in cited]


def _distinct(scored: Sequence[tuple[float, Passage]]) -> list[Passage]:
    """Without repetitions. Where memory and a document say the same, memory keeps the better of both places."""
    kept: list[tuple[Passage, str, set[str]]] = []
    for score, passage in scored:
        plain, terms = normalise(passage.text), content_terms(passage.text)
        if not plain:
            continue
        twin = next((i for i, (_, p, t) in enumerate(kept) if _alike(plain, terms, p, t)), None)
        scored_passage = passage.model_copy(update={"score": round(score, 6)})
        if twin is None:
            kept.append((scored_passage, plain, terms))
        elif passage.memory_id is not None and kept[twin][0].memory_id is None:
            place = kept[twin][0].score
            kept[twin] = (passage.model_copy(update={"score": place}), plain, terms)
    return [passage for passage, _, _ in kept]


def _told(passage: Passage, told: Sequence[Told]) -> bool:
    """Whether what stands there already, and comes from the same messages, says all of it."""
    sources, own = _sources(passage), content_terms(passage.text) - _SOMEBODY
    if not sources or not own:
        return False
    there = {word for words, theirs in told if sources & theirs for word in words}
    return len(own & there) >= _ALIKE * len(own)


def _sources(passage: Passage) -> frozenset[str]:
    found = passage.metadata.get("sources") if passage.memory_id is not None else None
    return frozenset(str(source) for source in found) if isinstance(found, list) else frozenset()


def _alike(plain: str, terms: set[str], other: str, others: set[str]) -> bool:
    if plain == other:
        return True
    fewer, more = sorted((len(terms), len(others)))
    if fewer < _ALIKE * more:  # most pairs: there is no need to look
        return False
    shared = len(terms & others)
    both = fewer + more - shared
    return both >= 4 and shared >= _ALIKE * both


def _line(passage: Passage) -> str:
    said = passage.metadata.get("said") if passage.memory_id is not None else None
    tag = f"{passage.source} {said}" if isinstance(said, str) else passage.source
    return f"- [{neutralise(tag)[:80]}] {neutralise(mask_secrets(passage.text))}"


def _fenced_line(passage: Passage) -> str:
    return neutralise(_line(passage))


def _frame(query: str) -> tuple[list[str], list[str]]:
    """What stands before and after the lines of a fenced block."""
    block = fenced([""], language=language(query))
    return block[:-2], block[-1:]


def _fill(
    head: str,
    passages: Sequence[Passage],
    max_tokens: int,
    query: str,
    count: Count,
    shown: Callable[[Passage], str] | None,
    of_head: Sequence[tuple[str, Told]],
) -> Fused:
    lines_of_head = head.splitlines()
    there = [told for line, told in of_head if line in lines_of_head]
    line = shown or _fenced_line
    opening, closing = ([], []) if shown is not None else _frame(query)
    gap = "\n" if shown is None else "\n\n"
    chosen: list[Passage] = []
    lines: list[str] = []
    cut = False

    def text_with(more: Sequence[str]) -> str:
        block = gap.join([*opening, *lines, *more, *closing]) if lines or more else ""
        return f"{head}\n\n{block}" if head and block else head or block

    def fits(shown: str) -> bool:
        return count(text_with([shown])) <= max_tokens

    for passage in passages:
        if _told(passage, there):
            continue
        rendered = line(passage)
        if not fits(rendered):
            part = None if cut else _shortened(passage, lambda some: fits(line(some)))
            if part is None:
                continue
            passage, rendered, cut = part, line(part), True
        lines.append(rendered)
        chosen.append(passage)
        there.append((content_terms(passage.text), _sources(passage)))
    text = text_with([])
    return Fused(head=head, passages=tuple(chosen), text=text, tokens=count(text))


def _shortened(passage: Passage, fits: Callable[[Passage], bool]) -> Passage | None:
    spans = split_sentences(passage.text)
    low, high = 0, len(spans) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if fits(passage.model_copy(update={"text": passage.text[: spans[middle - 1][1]]})):
            low = middle
        else:
            high = middle - 1
    return passage.model_copy(update={"text": passage.text[: spans[low - 1][1]]}) if low >= 1 else None


def _fit_head(head: str, max_tokens: int, count: Count) -> str:
    """The head, without its last lines where it would take more than half of the budget."""
    lines = head.splitlines()
    while lines and count("\n".join(lines)) > max_tokens // 2:
        if len(lines) <= 3:
            return ""
        lines.pop(-2)
    return "\n".join(lines)
