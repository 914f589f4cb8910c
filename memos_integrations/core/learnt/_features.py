"""What a text shows to a model: its words, pairs of words, and strings of characters."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from ..text import CJK

__all__ = ["scaled", "tokens", "word_features"]

_TOKEN = re.compile(rf"[{CJK}]|[^\W\d_{CJK}]+(?:['’][^\W\d_{CJK}]+)?|\d+|[?!？！…:：;；\"“”「」]", re.UNICODE)
_HEAD, _TAIL = 1_200, 400  # characters that are read of a longer text


def tokens(text: str) -> list[str]:
    """Latin words, single Chinese characters, numbers as ``0``, and the marks that tell the kind of a sentence."""
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]} {text[-_TAIL:]}"
    found = _TOKEN.findall(unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    return ["0" if token[0].isdigit() else token for token in found]


def word_features(text: str, prefix: str = "") -> list[str]:
    """Names of features, each once: words (Chinese: characters), pairs of neighbours, threes of Chinese characters.

    Args:
        text: The text; of a long one both ends are read.
        prefix: Put before each name, so that two texts can be told apart.
    """
    read = ["^", *tokens(text), "$"]
    found = dict.fromkeys(f"{prefix}{token}" for token in read[1:-1])
    found.update(dict.fromkeys(f"{prefix}{a} {b}" for a, b in pairwise(read)))
    found.update(
        dict.fromkeys(
            f"{prefix}{a} {b} {c}" for a, b, c in zip(read, read[1:], read[2:], strict=False) if max(a[0], b[0], c[0]) >= "\u3400"
        )
    )
    return list(found)


def scaled(names: Iterable[str]) -> dict[str, float]:
    """Features of one kind, each as heavy as makes the length of them all 1."""
    kept = dict.fromkeys(names)
    value = 1 / math.sqrt(max(1, len(kept)))
    return dict.fromkeys(kept, value)
