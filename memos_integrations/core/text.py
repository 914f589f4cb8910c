"""Text as the index, the rules and the budget see it."""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import Literal

import snowballstemmer

__all__ = [
    "Language",
    "content_terms",
    "ends_abbreviation",
    "estimate_tokens",
    "has_cjk",
    "index_terms",
    "language",
    "normalise",
    "split_sentences",
]

Language = Literal["en", "zh"]

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CJK = re.compile(f"[{CJK}]")
_RUNS = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:['’][^\W\d_{CJK}]+)?", re.UNICODE)
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])|(?<=[.…])(?=\s|$)")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:(?P<leads>mr|mrs|ms|dr|prof|st|mt|cllr|capt|rev|hon|sgt|vs|e\.g|i\.e|approx)|(?P<number>no)"
    r"|(?:[a-z]\.)+[a-z]|etc|inc|ltd|jr|sr)\.$",
    re.IGNORECASE,
)

# Function words only: nothing that could be what a user asks for.
_STOP_EN = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "if",
        "then",
        "than",
        "so",
        "as",
        "of",
        "at",
        "by",
        "for",
        "with",
        "about",
        "into",
        "through",
        "to",
        "from",
        "in",
        "on",
        "off",
        "over",
        "under",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "am",
        "do",
        "does",
        "did",
        "doing",
        "have",
        "has",
        "had",
        "having",
        "i",
        "me",
        "my",
        "mine",
        "we",
        "our",
        "ours",
        "us",
        "you",
        "your",
        "yours",
        "he",
        "him",
        "his",
        "she",
        "her",
        "hers",
        "it",
        "its",
        "they",
        "them",
        "their",
        "theirs",
        "this",
        "that",
        "these",
        "those",
        "there",
        "here",
        "what",
        "which",
        "who",
        "whom",
        "whose",
        "when",
        "where",
        "why",
        "how",
        "will",
        "would",
        "shall",
        "should",
        "can",
        "could",
        "may",
        "might",
        "must",
        "not",
        "no",
        "nor",
        "just",
        "very",
        "too",
        "also",
        "i'm",
        "i've",
        "i'd",
        "i'll",
        "it's",
        "that's",
        "don't",
        "doesn't",
        "didn't",
        "isn't",
        "aren't",
        "wasn't",
        "you're",
        "we're",
        "they're",
        "s",
        "t",
        "re",
        "ve",
        "ll",
        "d",
        "m",
        "please",
    ]
)
_STOP_ZH = frozenset("的了吗呢吧啊呀么是在我你他她它们这那有和与就都也很还会要能可以个一上下到去来给把被让说".strip())

_SHORT = 1000  # characters of a text whose reading is kept for the next time
_LONG = 20_000  # and of one that is kept beside few others
_local = threading.local()


def has_cjk(text: str) -> bool:
    """Whether a Chinese character is in it."""
    return _CJK.search(text) is not None


def language(text: str) -> Language:
    """``zh`` if Chinese characters carry the text, else ``en``. A word counts as two characters."""
    if text.isascii():
        return "en"
    han = len(_CJK.findall(text))
    if not han:
        return "en"
    latin = len(re.findall(r"[A-Za-z]+", text))
    return "zh" if han >= 2 * latin or han >= 6 else "en"


def normalise(text: str) -> str:
    """NFKC, lower case, straight quotes, single spaces: for comparing, never for showing."""
    return _held_normal(text) if len(text) <= _SHORT else _normal(text)


def _normal(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    return " ".join(text.split())


_held_normal = lru_cache(maxsize=16_384)(_normal)


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    stemmer = getattr(_local, "stemmer", None)
    if stemmer is None:  # a snowball stemmer keeps state while it works: one per thread
        stemmer = _local.stemmer = snowballstemmer.stemmer("english")  # pyright: ignore[reportUnknownMemberType]  # no stubs
    return str(stemmer.stemWord(word))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]  # no stubs


def index_terms(text: str) -> tuple[str, ...]:
    """Tokens for the lexical index: stemmed Latin words without stop words, CJK uni- and bigrams, in order."""
    return _held_index_terms(text) if len(text) <= _SHORT else _index_terms(text)


def _index_terms(text: str) -> tuple[str, ...]:
    terms: list[str] = []
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _CJK.match(run):
            terms.extend(c for c in run if c not in _STOP_ZH)
            terms.extend(run[i : i + 2] for i in range(len(run) - 1))
        else:
            word = run.replace("’", "'")
            if word in _STOP_EN:
                continue
            terms.append(_stem(word.removesuffix("'s")))
    return tuple(terms)


_held_index_terms = lru_cache(maxsize=4096)(_index_terms)


def content_terms(text: str) -> set[str]:
    """Tokens that carry meaning, for overlaps: stemmed words, and CJK bigrams (a lone character as itself)."""
    if len(text) > _LONG:
        return _content_terms(text)
    return set(_held_terms(text) if len(text) <= _SHORT else _held_long_terms(text))


@lru_cache(maxsize=4096)
def _held_terms(text: str) -> frozenset[str]:
    return frozenset(_content_terms(text))


_held_long_terms = lru_cache(maxsize=512)(_held_terms.__wrapped__)


def _content_terms(text: str) -> set[str]:
    terms: set[str] = set()
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _CJK.match(run):
            kept = [c for c in run if c not in _STOP_ZH]
            terms.update(a + b for a, b in pairwise(run) if a not in _STOP_ZH and b not in _STOP_ZH)
            if len(kept) == 1:
                terms.add(kept[0])
        elif run not in _STOP_EN:
            terms.add(_stem(run.removesuffix("'s")))
    return terms


def estimate_tokens(text: str) -> int:
    """A deterministic upper estimate of a tokenizer's count: a CJK character is one, else one for three bytes."""
    han = len(_CJK.findall(text))
    other = len(text.encode("utf-8", "surrogatepass")) - sum(len(c.encode()) for c in _CJK.findall(text))
    return han + -(-other // 3)


def ends_abbreviation(text: str, end: int) -> bool:
    """Whether the full stop before a place belongs to a word, and the sentence goes on: "Dr. Hall", "No. 5", "6 a.m. every day"."""
    found = _ABBREVIATED.search(text[max(0, end - 12) : end])
    after = text[end : end + 40].lstrip()
    if found is None or not after:
        return False
    if found["number"]:
        return after[0].isdigit()
    return found["leads"] is not None or not after[0].isupper()


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a text, white space at both ends left out."""
    spans: list[tuple[int, int]] = []
    start = 0
    for mark in [*(m.start() for m in _SENTENCE_END.finditer(text)), len(text)]:
        if text[mark - 1 : mark] == "." and ends_abbreviation(text, mark):
            continue
        raw = text[start:mark]
        stripped = raw.strip()
        if stripped:
            begin = start + raw.index(stripped)
            spans.append((begin, begin + len(stripped)))
        start = mark
    return spans
