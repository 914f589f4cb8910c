from __future__ import annotations

import json
import re
from typing import NoReturn, cast

from pydantic import JsonValue

from ..errors import ModelAnswerError
from ..types import Usage
from .base import Prompt

_LIMIT = 100_000  # characters of an answer that are looked at
_TRIES = 50  # brackets at which JSON may begin
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|"|[{}\[\]]', re.DOTALL)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def in_words(prompt: Prompt) -> str:
    """The form of the answer, said in words at the end of a system message."""
    return "\n\nAnswer with one JSON object of this schema and nothing else:\n" + json.dumps(dict(prompt.schema), ensure_ascii=False)


def read_json(text: str, usage: Usage) -> JsonValue:
    """``parse_json``; an error of it tells what the answer cost."""
    try:
        return parse_json(text)
    except ModelAnswerError as error:
        error.usage = usage
        raise


def parse_json(text: str) -> JsonValue:
    """The longest JSON object or array in an answer, code fences and chatter around it left out.

    An answer that was cut off in the middle gives what was whole before the cut.

    Raises:
        ModelAnswerError: There is none.
    """
    text = text[:_LIMIT]
    best: object = None
    length = at = 0
    for _ in range(_TRIES):
        start = min((p for p in (text.find("{", at), text.find("[", at)) if p >= 0), default=-1)
        if start < 0:
            break
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (ValueError, RecursionError):
            closed = _closed(text[start:])
            if closed is not None and length == 0:
                return closed
            at = start + 1
            continue
        if end - start > length:
            best, length = value, end - start
        at = end
    if not length:
        raise ModelAnswerError("the model's answer holds no JSON")
    return cast("JsonValue", best)


def _closed(text: str) -> JsonValue | None:
    """JSON that was cut off, closed after its last whole object; None if it is broken in another way."""
    open_: list[str] = []
    whole: tuple[int, str] | None = None
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "{[":
            open_.append("}" if token == "{" else "]")
        elif token in "}]":
            if not open_ or open_.pop() != token or not open_:
                return None
            if token == "}":
                whole = (match.end(), "".join(reversed(open_)))
    if whole is None:
        return None
    try:
        return cast("JsonValue", json.loads(text[: whole[0]] + whole[1], parse_constant=_refuse))
    except (ValueError, RecursionError):
        return None
