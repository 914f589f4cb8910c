"""What a framework's message holds, as JSON and text that every store can keep."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pydantic import BaseModel, JsonValue

__all__ = ["clean", "clean_name", "in_base64", "plain", "shortened", "shortened_parts"]

_NAME = 512  # characters of the longest name that memory takes
_DEPTH = 48
_INT_BITS = 1000
_UNSAVED = re.compile("[\0\ud800-\udfff]")


def clean(text: str) -> str:
    """The text, with a replacement character for what no store keeps: a NUL, a lone surrogate."""
    return _UNSAVED.sub("\ufffd", text)


def clean_name(name: str) -> str:
    """A name or an id that is no longer than memory takes."""
    return clean(name)[:_NAME]


def in_base64(value: bytes) -> str:
    """Bytes in JSON."""
    return base64.b64encode(value).decode("ascii")


def plain(value: object, *, bytes_: Callable[[bytes], str] = in_base64, depth: int = 0) -> JsonValue:
    """A copy in JSON; what has no form there (a live object in an artifact) is left out.

    Args:
        value: Anything.
        bytes_: How bytes are written.
        depth: How deep in a larger value it stands.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return clean(str(value))
    if isinstance(value, int):
        return int(value) if value.bit_length() <= _INT_BITS else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return bytes_(value)
    if depth > _DEPTH:
        return clean(repr(value))[:1000]
    if isinstance(value, BaseModel):
        return plain(value.model_dump(), bytes_=bytes_, depth=depth)
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value)
        return {clean(str(key)): plain(item, bytes_=bytes_, depth=depth + 1) for key, item in items.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, bytes_=bytes_, depth=depth + 1) for item in cast("Sequence[object]", value)]
    return _named(value)


def _named(value: object) -> JsonValue:
    """A link, a path or an enum by its words; anything else has no form."""
    name = type(value).__name__
    if name.endswith(("Url", "Path")):
        return clean(str(value))
    inner = getattr(value, "value", None)
    return inner if isinstance(inner, str | int) else None


def shortened(text: str, most: int | None) -> str:
    """The beginning of a text that is longer than so many characters; None: all of any."""
    return text if most is None or len(text) <= most else text.lstrip()[:most]


def shortened_parts(content: Sequence[JsonValue], most: int) -> list[JsonValue]:
    """Parts of a content of which only so many characters of text are kept."""
    left = most
    parts: list[JsonValue] = []
    for part in content:
        if isinstance(part, dict) and isinstance(text := part.get("text"), str):
            if left <= 0:
                continue
            part = {**part, "text": shortened(text, left)}
            left -= len(text) + 1  # texts are joined by a line's end
        parts.append(part)
    return parts
