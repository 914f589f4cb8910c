"""The user's own documents and what is remembered, under one budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

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
_LEAST = 60  # tokens
_SHARE = 4  # of the budget: a turn that is longer than so large a part is told by its sentences around what is asked


def fuse_passages(
    recall: Recall,
    passages: Sequence[Passage | str],
    *,
    max_tokens: int,
    memory_weight: float = 0.5,
    weights: Mapping[str, float] | None = None,
    count: Count | None = None,
) -> Fused:
    """Join retrieved documents with what is remembered, under one budget.

    Scores of each source are brought to 0..1 on their own; passages without a score count by their place. Of two
    equals, what the user said stands above what a document says.

    Args:
        recall: What was remembered.
        passages: Documents, best first.
        max_tokens: Budget for all of ``Fused.text``, head included.
        memory_weight: Weight of memory against documents, 0 to 1.
        weights: Weight of each source of documents among them, 0 to 1; 1 for those not named.
        count: Token counter; None: the default estimate.

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
    scored = _scored(_memories(recall, max_tokens // _SHARE, count), float(memory_weight), 0)
    by_source: dict[str, list[Passage]] = {}
    for document in documents:
        by_source.setdefault(document.source, []).append(document)
    for source, group in by_source.items():
        scored += _scored(group, (1.0 - float(memory_weight)) * shares.get(source, 1.0), 1)
    scored.sort(key=lambda one: (-round(one[0], 6), one[1], one[2]))
    return _fill(head, _distinct([(score, passage) for score, _, _, passage in scored]), max_tokens, recall.query, count)


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


def _scored(group: Sequence[Passage], weight: float, order: int) -> list[tuple[float, int, int, Passage]]:
    if not group:
        return []
    scores = [p.score for p in group if p.score is not None]
    low, high = (min(scores), max(scores)) if scores else (0.0, 0.0)
    ranked = len(scores) < len(group)
    result: list[tuple[float, int, int, Passage]] = []
    for place, passage in enumerate(group):
        if ranked or passage.score is None:
            value = 1.0 - place / len(group)
        elif high - low <= 1e-12:
            value = 1.0
        else:
            value = (passage.score - low) / (high - low)
        result.append((weight * value, order, place, passage))
    return result


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


def _alike(plain: str, terms: set[str], other: str, others: set[str]) -> bool:
    if plain == other:
        return True
    both = len(terms | others)
    return both >= 4 and len(terms & others) >= _ALIKE * both


def _line(passage: Passage) -> str:
    said = passage.metadata.get("said") if passage.memory_id is not None else None
    tag = f"{passage.source} {said}" if isinstance(said, str) else passage.source
    return f"- [{neutralise(tag)[:80]}] {neutralise(mask_secrets(passage.text))}"


def _fill(head: str, passages: Sequence[Passage], max_tokens: int, query: str, count: Count) -> Fused:
    own = language(query)
    chosen: list[Passage] = []
    lines: list[str] = []

    def text_with(more: Sequence[str]) -> str:
        block = "\n".join(fenced([*lines, *more], language=own))
        return f"{head}\n\n{block}" if head and block else head or block

    for passage in passages:
        line = _line(passage)
        if count(text_with([line])) <= max_tokens:
            lines.append(line)
            chosen.append(passage)
            continue
        shorter = _shortened(passage, lambda cut: count(text_with([_line(cut)])) <= max_tokens)
        if shorter is not None:
            lines.append(_line(shorter))
            chosen.append(shorter)
            break
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
