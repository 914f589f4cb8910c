"""A table a set, for eyes; JSON lines, for comparing two versions question by question."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from math import isnan
from typing import TextIO

from .baselines import NAIVE
from .bench import Counts
from .measures import OURS, Aim, Answer, Figure, figures

__all__ = ["table", "write_json"]


def table(name: str, answers: Sequence[Answer], aims: Mapping[str, Aim], counts: Counts, *, by_group: bool) -> str:
    """Figures as a Markdown table; a figure that misses its aim is marked."""
    head = ["measure", "n", *NAIVE, "ours", "95 %", "aim", "tokens", "ms/search"]
    rows: list[list[str]] = []
    for figure in [*figures(answers), *(figures(answers, by_group=True) if by_group else ())]:
        aim = aims.get(figure.measure)
        rows.append(
            [
                figure.measure,
                str(figure.questions),
                *(_number(figure.means.get(side)) for side in NAIVE),
                _number(figure.means.get(OURS)) + _mark(figure, aim),
                "–" if isnan(figure.interval[0]) else f"{_number(figure.interval[0])}–{_number(figure.interval[1])}",
                str(aim) if aim else "–",
                "–" if figure.tokens is None else f"{figure.tokens:.0f}",
                "–" if figure.search_ms is None else f"{figure.search_ms:.1f}",
            ]
        )
    lines = [f"## {name}", ""]
    if rows:
        widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
        lines += [_line(head, widths), _line(["-" * w for w in widths], widths), *(_line(row, widths) for row in rows)]
    if counts.messages:
        add, learn = (1000 * s / counts.messages for s in (counts.add_seconds, counts.learn_seconds))
        lines += ["", f"{counts.messages} messages told: {add:.2f} ms each until the receipt, {learn:.2f} ms each to learn."]
    return "\n".join(lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _number(value: float | None) -> str:
    return "–" if value is None or isnan(value) else f"{value:.3f}"


def _mark(figure: Figure, aim: Aim | None) -> str:
    if aim is None or OURS not in figure.means:
        return ""
    bound = aim.value + (figure.means.get(aim.above, 0.0) if aim.above else 0.0)
    ours = figure.means[OURS]
    return "" if (ours <= bound if aim.most else ours >= bound) else " ✗"


def write_json(file: TextIO, name: str, answers: Iterable[Answer]) -> None:
    """One line an answer."""
    for answer in answers:
        row = {
            "set": name,
            "measure": answer.measure,
            "question": answer.question,
            "group": answer.group,
            "values": dict(answer.values),
            "tokens": answer.tokens,
            "seconds": answer.seconds,
            "note": dict(answer.note),
        }
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
