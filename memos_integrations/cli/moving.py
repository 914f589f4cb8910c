"""``export``, ``import``, ``copy`` and ``reembed``."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, cast

import typer
from pydantic import JsonValue

from ..client import MemOS
from ..errors import ForeignData
from .options import Common, Usage
from .output import Bar, emit
from .working import work_off

__all__ = ["copy", "export", "import_", "reembed"]

_STEP = 200  # lines between two moves of the bar


def export(common: Common, file: Annotated[str, typer.Argument(metavar="FILE", help="- is standard output.")]) -> None:
    """Write everything, or what belongs to the scope, as JSON lines."""
    out = common.out
    with common.open(embedder=None) as memory:
        lines = memory.export_records(scope=common.named())
        if file == "-":
            for line in lines:
                emit(json.dumps(line, ensure_ascii=False))
            return
        with out.progress() as bar:
            records = _write(lines, Path(file).expanduser(), bar, _expected(memory))
    if common.json:
        out.json({"records": records, "file": file})
    else:
        out.line(f"{records} records written to {file}")


def _expected(memory: MemOS) -> int:
    return sum(sum(info.memories.values()) for info in memory.namespaces())


def _write(lines: Iterable[dict[str, JsonValue]], path: Path, bar: Bar, total: int) -> int:
    """Beside the file first: a half export must never pass for a whole one."""
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    records = 0
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as target:
            for line in lines:
                target.write(json.dumps(line, ensure_ascii=False) + "\n")
                records += "record" in line
                if records % _STEP == 0:
                    bar.show("exporting", records, max(records, total))
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return records


def import_(
    common: Common,
    file: Annotated[str, typer.Argument(metavar="FILE", help="- is standard input.")],
    wait: Annotated[bool, typer.Option(help="Wait until it is embedded.")] = True,
) -> None:
    """Take in what export wrote; what is there already is replaced."""
    if common.named() is not None:
        raise Usage("an export holds the names it belongs to; import takes no scope")
    out = common.out
    with common.open(create=True) as memory, out.progress() as bar:
        records = memory.import_records(_read(file, bar))
        if wait:
            work_off(memory, bar, "embedding")
    if common.json:
        out.json({"records": records})
    else:
        out.line(f"{records} records taken in")


def _read(file: str, bar: Bar) -> Iterator[dict[str, JsonValue]]:
    if file == "-":
        yield from _parsed(sys.stdin.buffer, file, bar, 0)
        return
    path = Path(file).expanduser()
    with path.open("rb") as source:
        yield from _parsed(source, file, bar, path.stat().st_size)


def _parsed(source: Iterable[bytes], file: str, bar: Bar, size: int) -> Iterator[dict[str, JsonValue]]:
    read = 0
    for number, raw in enumerate(source, 1):
        read += len(raw)
        if number % _STEP == 0:
            bar.show("importing", read // 1024, max(size, read) // 1024)
        try:
            line = json.loads(raw.decode("utf-8"))
        except (ValueError, RecursionError):
            raise ForeignData(f"{file}: line {number} is no JSON") from None
        if not isinstance(line, dict):
            raise ForeignData(f"{file}: line {number} is no JSON object")
        yield cast("dict[str, JsonValue]", line)


def copy(
    common: Common,
    source: Annotated[str, typer.Argument(metavar="FROM", help="A file or a URL.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Another one: empty, or an earlier copy.")],
    mirror: Annotated[bool, typer.Option("--mirror", help="Remove from TO what FROM does not hold.")] = False,
) -> None:
    """Copy a whole memory from one store to another, as it is; again: what is missing there."""
    if common.named() is not None:
        raise Usage("a store is copied as a whole; copy takes no scope")
    if common.store is not None:
        raise Usage("copy takes its stores as FROM and TO, not --store")
    out = common.out
    with out.progress() as bar:
        done = MemOS.copy(source, target, mirror=mirror, progress=lambda ready, total: bar.show("copying", ready, total))
    if common.json:
        out.json(done)
        return
    out.line(f"{done.records} records in {done.namespaces} namespaces are the same in both; {done.written} of them were written now")
    if done.removed:
        out.line(f"{done.removed} records were removed from TO")
    if done.extra:
        out.line(f"{done.extra} more stand in TO only: forgotten in FROM, or added to TO; --mirror removes them")
    if done.changed:
        out.line(f"FROM was written to meanwhile ({len(done.changed)} namespaces): copy again to bring that along")


def reembed(common: Common) -> None:
    """Index the store anew with another embedder."""
    if common.named() is not None:
        raise Usage("a store is indexed as a whole; reembed takes no scope")
    if common.embedder == "none":
        raise Usage("reembed needs an embedder: --embedder auto, local or openai:MODEL")
    common.check_store()
    out = common.out
    with out.progress() as bar:
        done = MemOS.reembed(common.store, embedder=common.embedder, progress=lambda ready, total: bar.show("embedding", ready, total))
    if common.json:
        out.json({"embedded": done})
    else:
        out.line(f"{done} records embedded")
