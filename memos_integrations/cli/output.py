"""What commands print: plain in a pipe, fitted to the terminal else."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import StringIO

import typer
from pydantic import BaseModel, JsonValue
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from .pipes import leave_pipe

__all__ = ["Bar", "Output", "day", "emit", "one_line", "safe", "shortened"]

_PIPE_WIDTH = 100_000
_NARROW = 20  # a column this narrow is not broken: slots, dates, scores
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    """Text without what could steer a terminal: memories hold what anybody wrote."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Text on one line."""
    return " ".join(safe(text).split())


def shortened(text: str, cells: int) -> str:
    """Text on one line, at most so many cells wide; a Chinese character takes two."""
    line = one_line(text)
    if cell_len(line) <= cells:
        return line
    while line and cell_len(line) > cells - 1:
        line = line[:-1]
    return line.rstrip() + "…"


def day(time: datetime | None) -> str:
    """A date, or nothing."""
    return "" if time is None else f"{time:%Y-%m-%d}"


def emit(text: str) -> None:
    """Print a line; if the reader of the pipe has gone, end quietly."""
    try:
        print(text)
    except BrokenPipeError:
        leave_pipe()
        raise typer.Exit from None


class Bar:
    """Tells how far long work has come; silent where nobody looks."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)

    def show(self, what: str, done: int, total: int) -> None:
        """So much of a work is done."""
        self._progress.update(self._task, description=what, completed=min(done, total), total=max(total, 1))


class Output:
    """Standard output of one command."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()

    def line(self, text: str = "") -> None:
        """A line, as it is; the terminal may wrap it, we do not."""
        emit(safe(text))

    def heading(self, text: str) -> None:
        """The title of a section."""
        self.line()
        if self.terminal:
            self._render(Text(safe(text), style="bold"))
        else:
            self.line(text)

    def json(self, value: BaseModel | JsonValue | Sequence[BaseModel]) -> None:
        """One JSON document."""
        plain = _plain(value)
        emit(json.dumps(plain, ensure_ascii=False, indent=2 if self.terminal else None))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Columns under their names, aligned; only a terminal's width wraps a cell."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim" if self.terminal else "")
        cells = [[one_line(cell) for cell in row] for row in rows]
        for number, name in enumerate(columns):
            narrow = all(cell_len(row[number]) <= _NARROW for row in cells)
            table.add_column(Text(name), overflow="fold", no_wrap=narrow or not self.terminal)
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        self._render(table)

    def _render(self, what: Table | Text) -> None:
        buffer = StringIO()
        console = Console(
            file=buffer,
            force_terminal=self.terminal,
            width=None if self.terminal else _PIPE_WIDTH,
            color_system="auto" if self.terminal else None,
            highlight=False,
        )
        console.print(what)
        emit("\n".join(line.rstrip() for line in buffer.getvalue().rstrip("\n").split("\n")))

    @contextmanager
    def progress(self) -> Generator[Bar]:
        """Progress on stderr, on a terminal only."""
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as progress:
            yield Bar(progress)


def _plain(value: BaseModel | JsonValue | Sequence[BaseModel]) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value
