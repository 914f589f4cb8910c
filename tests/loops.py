"""What tests of asynchronous code share."""

from __future__ import annotations

import sys
from typing import Any


class Watch:
    """Sees SQLite being used in the thread that it was entered in."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __enter__(self) -> Watch:
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *exc: object) -> None:
        sys.setprofile(None)

    def _profile(self, frame: Any, event: str, argument: Any) -> None:
        if event == "c_call" and type(getattr(argument, "__self__", None)).__module__ == "sqlite3":
            self.seen.append(str(argument))
