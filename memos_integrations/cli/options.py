"""The options that every command has."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Concatenate, ParamSpec

import typer

from ..client import MemOS
from ..client._open import default_path
from ..core.scopes import parse_scope
from ..errors import StoreError
from ..types import Scope
from .output import Output

__all__ = ["Common", "Sharing", "Usage", "with_common"]

P = ParamSpec("P")


class Sharing(StrEnum):
    """The choices of ``--sharing``."""

    shared = "shared"
    isolated = "isolated"
    layered = "layered"


class Usage(typer.BadParameter):
    """The command line is wrong: exit code 2."""


@dataclass(frozen=True)
class Common:
    """What the common options were set to."""

    store: Annotated[str | None, typer.Option(metavar="PATH|URL", help="Default: MEMOS_STORE, else a file in your data folder.")] = None
    user: Annotated[str | None, typer.Option(metavar="NAME", help="Whose memory.")] = None
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="The agent that speaks.")] = None
    app: Annotated[str | None, typer.Option(metavar="NAME", help="The application; its own world.")] = None
    team: Annotated[str | None, typer.Option(metavar="NAME", help="A team's shared memory.")] = None
    sharing: Annotated[Sharing | None, typer.Option(help="How agents share a user's memory.")] = None
    conversation: Annotated[str | None, typer.Option(metavar="ID", help="The current session.")] = None
    embedder: Annotated[str, typer.Option(metavar="NAME", help="auto, none, local or openai:MODEL.")] = "auto"
    llm: Annotated[str | None, typer.Option(metavar="NAME", help="Such as openai:gpt-5-mini; none by default.")] = None
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False

    @property
    def out(self) -> Output:
        """Where the command prints."""
        return Output()

    def named(self) -> Scope | None:
        """The scope of the options; None: nobody is named."""
        names: dict[str, object] = {
            "user_id": self.user,
            "agent_id": self.agent,
            "app_id": self.app,
            "team": self.team,
            "conversation_id": self.conversation,
            "sharing": None if self.sharing is None else self.sharing.value,
        }
        given = {key: value for key, value in names.items() if value is not None}
        if not given:
            return None
        self._somebody()
        return parse_scope(given)

    def scope(self) -> Scope:
        """The scope of the options.

        Raises:
            Usage: Nobody is named.
        """
        self._somebody()
        scope = self.named()
        assert scope is not None
        return scope

    def _somebody(self) -> None:
        if self.user is None and self.agent is None and self.team is None:
            raise Usage("say whose memory: --user, --agent or --team")

    def check_store(self) -> None:
        """Whether there is a store: a mistyped path must not look like "no memories".

        Raises:
            StoreError: There is none.
        """
        where = self.store or os.environ.get("MEMOS_STORE")
        if where and self.missing_store() is not None:
            raise StoreError(f"there is no store at {where}; `memosctl add` makes one")

    def missing_store(self) -> str | None:
        """Where the store would be, if there is none yet."""
        where = self.store or os.environ.get("MEMOS_STORE") or str(default_path())
        return where if "://" not in where and where != ":memory:" and not Path(where).expanduser().exists() else None

    @contextmanager
    def open(self, *, create: bool = False, embedder: str | None = "") -> Generator[MemOS]:
        """The client of the options.

        Args:
            create: Whether a store may be made where there is none.
            embedder: Another embedder than the option's.

        Raises:
            StoreError: There is no such store.
        """
        if not create:
            self.check_store()
        chosen = self.embedder if embedder == "" else embedder
        with MemOS(self.store, embedder=None if chosen == "none" else chosen, llm=self.llm) as memory:
            yield memory


def with_common(command: Callable[Concatenate[Common, P], None]) -> Callable[..., None]:
    """Give a command the common options, as one object in its first argument."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    shared = [
        inspect.Parameter(f.name, inspect.Parameter.KEYWORD_ONLY, default=f.default, annotation=kind)
        for f, kind in zip(fields(Common), inspect.get_annotations(Common, eval_str=True).values(), strict=True)
    ]
    names = {f.name for f in fields(Common)}

    @wraps(command)
    def run(**given: object) -> None:
        common = Common(**{k: v for k, v in given.items() if k in names})  # type: ignore[arg-type]  # typer checked them
        command(common, **{k: v for k, v in given.items() if k not in names})  # type: ignore[arg-type,call-arg]

    plain = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own]
    run.__signature__ = inspect.Signature([*plain, *shared])  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {p.name: p.annotation for p in (*plain, *shared)}
    return run
