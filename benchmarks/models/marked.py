"""Training turns that are marked where they stand: ``own/turns-*.txt``, easy to write and to read."""

from __future__ import annotations

import re
from typing import Any

from .corpus import OWN

_LABEL = re.compile(r"\[(?P<sign>[+-])(?P<slot>[\w.]+)(?P<flags>[!~?*]*) (?P<object>[^\]]+)\]")
_CONDITION = re.compile(r"\{([^}]+)\}")
_NONE = re.compile(r"none (?P<reason>\w+): ")
# What the corpus cites: a sentence, in Chinese the clause, for a Chinese sentence may run on through many.
_CITED = re.compile(r"[^.!?。！？，；]*[.!?。！？，；]*\s*")


def turns(language: str) -> list[dict[str, Any]]:
    """The marked turns of a language, as rows of the corpus.

    Raises:
        ValueError: A line is marked wrongly.
    """
    rows: list[dict[str, Any]] = []
    for line in (OWN / f"turns-{language}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            rows.append(
                {**_row(line), "id": f"{language}-own-marked-{len(rows):04d}", "lang": language, "file": f"turns-{language}-marked"}
            )
    return rows


def _row(line: str) -> dict[str, Any]:
    none = _NONE.match(line)
    if none:
        line = line[none.end() :]
    before, _, said = line.rpartition(" ||| ")
    conditions = _CONDITION.findall(said)
    marked = _CONDITION.sub(r"\1", said)
    text = _LABEL.sub(lambda label: label["object"], marked)
    labels = [_label(found, text, conditions) for found in _LABEL.finditer(marked)]
    if bool(labels) == bool(none) or "[" in text or "{" in text:
        raise ValueError(f"marked wrongly: {line}")
    return {"before": before or None, "text": text, "labels": labels, "none": none["reason"] if none else None, "facts": "not labelled"}


def _label(found: re.Match[str], text: str, conditions: list[str]) -> dict[str, Any]:
    flags, words = found["flags"], found["object"]
    cited = next(
        s.group().strip("，； ") for s in _CITED.finditer(text) if words[-1] in s.group() and s.end() >= text.find(words) + len(words)
    )
    return {
        "kind": "preference",
        "evidence": cited,
        "object": words,
        "polarity": "wants" if found["sign"] == "+" else "avoids",
        "slot": found["slot"],
        "condition": conditions[0] if conditions else None,
        "standing": "!" in flags,
        "origin": "implicit" if "?" in flags else "explicit",
        "strength": "strong" if "*" in flags else "normal",
        "lasting": "~" not in flags,
    }
