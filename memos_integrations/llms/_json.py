from __future__ import annotations

import json
import re
from typing import cast

from pydantic import JsonValue

from ..errors import ModelAnswerError

_FENCE = re.compile(r"```(?:json)?\s*", re.IGNORECASE)


def parse_json(text: str) -> JsonValue:
    """The first JSON object or array in an answer, code fences and chatter around it left out.

    Raises:
        ModelAnswerError: There is none.
    """
    cleaned = _FENCE.sub("", text)
    decoder = json.JSONDecoder()
    for match in re.finditer(r"[{\[]", cleaned):
        try:
            return cast("JsonValue", decoder.raw_decode(cleaned, match.start())[0])
        except (ValueError, RecursionError):
            continue
    raise ModelAnswerError("the model's answer holds no JSON")
