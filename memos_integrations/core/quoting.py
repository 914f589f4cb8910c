"""A long turn by the sentences that matter for a query."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice, takewhile

from .text import content_terms, split_sentences

__all__ = ["Count", "quotes"]

Count = Callable[[str], int]
"""Tokens of a text."""
_READ = 50_000  # characters: what stands further back in one turn is not looked through
_TRIED = 40  # sentences of a turn that may be told
_GAP = "…"
_LEAD_INS = (":", "：")
_NUMBER = re.compile(r"[#>*\s-]*\(?\d{1,3}[.、)）]")
_ITEM = re.compile(r"\s*(?:[-*•·–]\s|\(?(?:\d{1,3}|[a-z])[.、)）]|[一二三四五六七八九十]{1,3}[、.])")


def quotes(text: str, asked: set[str], *, max_tokens: int, count: Count) -> Iterator[str]:
    """A text whole, if it is short, else by its sentences around the words that are asked for; then by fewer of them.

    Sentences stand in their order and are never cut; what is left out shows as "…". Without a word in common the
    beginning is taken.

    Args:
        text: What was said.
        asked: Content words of the query.
        max_tokens: How long the first one may be, about. A single sentence may be longer, and comes last.
        count: Token counter.
    """
    if 4 * len(text) <= max_tokens or count(text) <= max_tokens:
        yield text
    read = text[:_READ]
    spans = _sentences(read)
    if len(text) > _READ and len(spans) > 1:
        spans.pop()  # it may be cut
    found = _order([read[a:b] for a, b in spans], asked)
    order = found or list(range(min(len(spans), _TRIED)))
    sizes = {n: count(text[spans[n][0] : spans[n][1]]) + 1 for n in order}
    said: str | None = None
    while order:
        kept = _fitting(order, sizes, max_tokens, in_order=not found)
        told = _joined(text, spans, kept)
        if told not in (text, said):
            yield told
        if len(kept) == 1:
            return
        said = told
        max_tokens //= 2


def _sentences(text: str) -> list[tuple[int, int]]:
    """Spans of sentences; the number of an item in a list belongs to it."""
    spans: list[tuple[int, int]] = []
    for start, end in split_sentences(text):
        if spans and _NUMBER.fullmatch(text[spans[-1][0] : spans[-1][1]]):
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def _order(sentences: list[str], asked: set[str]) -> list[int]:
    """Numbers of sentences: those that have most of the words asked for, the rarer ones in the text counting more; then what
    stands beside those. A line that leads to a list takes the list along.
    """
    found = [content_terms(sentence) & asked for sentence in sentences]
    spread = Counter(term for terms in found for term in terms)
    worth = [sum(1 / spread[term] for term in sorted(terms)) for terms in found]
    best = sorted((n for n, value in enumerate(worth) if value > 0), key=lambda n: (-worth[n], n))[:_TRIED]
    order: dict[int, None] = {}
    for n in best:
        order[n] = None
        if sentences[n].rstrip("*_ ").endswith(_LEAD_INS):
            listed = takewhile(lambda m: _ITEM.match(sentences[m]), range(n + 1, len(sentences)))
            order.update(dict.fromkeys(islice(listed, _TRIED)))
    for n in best:
        order.update(dict.fromkeys(m for m in (n + 1, n - 1) if 0 <= m < len(found)))
    return list(order)


def _fitting(order: list[int], sizes: dict[int, int], max_tokens: int, *, in_order: bool) -> list[int]:
    """As many sentences, the best first, as fit one by one; the best in any case. ``in_order``: none is left out between others."""
    kept, used = order[:1], sizes[order[0]]
    for n in order[1:]:
        if used + sizes[n] <= max_tokens:
            kept.append(n)
            used += sizes[n]
        elif in_order:
            break
    return kept


def _joined(text: str, spans: list[tuple[int, int]], kept: list[int]) -> str:
    runs: list[tuple[int, int]] = []
    last = -2
    for n in sorted(kept):
        start, end = spans[n]
        if n == last + 1:
            start = runs.pop()[0]
        runs.append((start, end))
        last = n
    told = f" {_GAP} ".join(text[start:end] for start, end in runs)
    if text[: runs[0][0]].strip():
        told = f"{_GAP} {told}"
    return f"{told} {_GAP}" if text[runs[-1][1] :].strip() else told
