"""The sets as they lie in a folder, and the halves of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

__all__ = ["Half", "MissingData", "Source"]

Half = Literal["all", "dev", "test"]
Unit = TypeVar("Unit")


class MissingData(Exception):
    """A file is not there; its name is the message."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where sets are read from, and how much of them.

    Attributes:
        folder: The folder of ``*.jsonl.gz`` files.
        half: ``dev``: to fit on; ``test``: to report; they share no unit (conversation, user, preference).
        limit: Most questions of a measure; None: all.
    """

    folder: Path
    half: Half = "all"
    limit: int | None = None

    def read(self, name: str) -> list[Any]:
        """The records of a file.

        Raises:
            MissingData: It is not there.
        """
        path = self.folder / f"{name}.jsonl.gz"
        if not path.is_file():
            raise MissingData(str(path))
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def units(self, found: Sequence[Unit]) -> list[Unit]:
        """Those of this half: every other one, in the order of the file."""
        start = {"all": 0, "dev": 0, "test": 1}[self.half]
        return list(found[start :: 1 if self.half == "all" else 2])
