"""From what the user passes to an engine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, cast

from ..core.candidates import Extractor
from ..core.learnt.extractor import VotingExtractor
from ..core.own_rules import OwnRules, WithOwnRules
from ..core.scopes import parse_scope
from ..embeddings import resolve_embedder
from ..embeddings.base import Embedder
from ..engine.copying import copy
from ..engine.engine import Engine
from ..errors import InvalidInput, InvalidScope, StoreError
from ..llms import resolve_llm
from ..llms.base import Llm
from ..settings import Settings
from ..stores.base import Store
from ..types import Copied, Scope, Sharing

if TYPE_CHECKING:
    from ..types.record import Vector

EmbedderLike: TypeAlias = "Embedder | str | Callable[[list[str]], Sequence[Vector]] | None"
"""``"auto"``, ``"local"``, ``"openai:MODEL"``, an ``Embedder``, a callable, or None for lexical only."""

LlmLike: TypeAlias = "Llm | str | Callable[[str], str] | None"
"""``"openai:MODEL"``, an ``Llm``, a callable from prompt to answer, or None for rules only."""

StoreLike: TypeAlias = "Store | str | Path | None"
"""A path, ``":memory:"``, a ``weaviate://`` URL, a Store, or None for ``MEMOS_STORE`` or the default file."""


class ScopeArgs(TypedDict, total=False):
    """The keywords that say who is asking or speaking."""

    user_id: str | None
    agent_id: str | None
    app_id: str
    conversation_id: str | None
    team: str | None
    sharing: Sharing
    scope: Scope | None


def default_path() -> Path:
    """The file in the user's data folder."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "memos" / "memory.db"


def located(store: StoreLike) -> Store | str:
    """The store itself, ``":memory:"``, a URL, or the file that a path, the environment or its default names, as an absolute path."""
    if isinstance(store, Store):
        return store
    if store is not None and not isinstance(store, str | Path):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidInput(f"must be a path, ':memory:', a URL or a Store, not {type(store).__name__}", field="store")
    where = store if store is not None else os.environ.get("MEMOS_STORE") or default_path()
    if isinstance(where, str):
        if not where.strip():
            raise InvalidInput("must not be empty", field="store")
        if "://" in where:
            if not is_weaviate(where):
                raise InvalidInput(f"no store for {where.split('://')[0]}://; pass weaviate://HOST, a path or ':memory:'", field="store")
            return where
    return ":memory:" if where == ":memory:" else os.path.abspath(Path(where).expanduser())


def is_weaviate(location: str) -> bool:
    """Whether a location is a Weaviate server's."""
    return location.startswith(("weaviate://", "weaviates://"))


def open_store(store: Store | str, settings: Settings) -> Store:
    """The store that ``located`` found."""
    if isinstance(store, Store):
        return store
    if is_weaviate(store):
        from ..stores.weaviate import WeaviateStore

        return WeaviateStore(store)
    from ..stores.sqlite import SQLiteStore

    return SQLiteStore(store, durability=settings.durability, busy_timeout_s=settings.busy_timeout_s, cache_mb=settings.cache_mb)


def copy_stores(
    source: StoreLike, target: StoreLike, *, mirror: bool, settings: Settings | None, progress: Callable[[int, int], None] | None
) -> Copied:
    """Open two stores, and copy one to the other."""
    places = located(source), located(target)
    for name, place in zip(("source", "target"), places, strict=True):
        if place == ":memory:":
            raise InvalidInput("must be a file, a URL or a Store: what is in memory is gone at the end", field=name)
    first = places[0]
    if isinstance(first, str) and not is_weaviate(first) and not os.path.exists(first):
        raise StoreError(f"there is no store at {first}")
    with ExitStack() as opened:
        stores: list[Store] = []
        for place in places:
            stores.append(open_store(place, settings or Settings()))
            if not isinstance(place, Store):
                opened.callback(stores[-1].close)
        return copy(*stores, mirror=mirror, progress=progress)


def recipe_of(**arguments: object) -> dict[str, object]:
    """The arguments of a client as it travels to another process: the file or server it opened, wherever that one runs, and no key."""
    return {**arguments, "store": without_key(located(cast("StoreLike", arguments["store"])))}


def without_key(store: Store | str) -> Store | str:
    """A location without the key that its URL may hold: where it goes, ``WEAVIATE_API_KEY`` says it."""
    scheme, mark, rest = store.partition("://") if isinstance(store, str) else ("", "", "")
    return f"{scheme}://{rest.rpartition('@')[2]}" if mark else store


def travelling(recipe: dict[str, object]) -> dict[str, object]:
    """A recipe to be pickled.

    Raises:
        TypeError: Its store does not travel.
    """
    if recipe["store"] == ":memory:":
        raise TypeError("a MemOS in memory cannot be pickled: its contents live in this process only")
    if isinstance(recipe["store"], Store):
        raise TypeError("a MemOS over a Store object cannot be pickled: open it by its path")
    return recipe


def open_engine(
    store: StoreLike,
    *,
    embedder: EmbedderLike,
    llm: LlmLike,
    settings: Settings | None,
    extractor: Extractor | None,
    token_counter: Callable[[str], int] | None,
    take_over: bool = False,
) -> Engine:
    """An engine over a store; the store is closed again if anything else is wrong."""
    if settings is None:
        settings = Settings()
    elif not isinstance(settings, Settings):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        raise InvalidInput(f"must be Settings, not {type(settings).__name__}", field="settings")
    if extractor is not None and not callable(getattr(extractor, "extract", None)):
        raise InvalidInput(f"must have a method 'extract', which {type(extractor).__name__} has not", field="extractor")
    if token_counter is not None and not callable(token_counter):  # pyright: ignore[reportUnnecessaryComparison]
        raise InvalidInput(f"must be callable, not {type(token_counter).__name__}", field="token_counter")
    if settings.rules:
        extractor = WithOwnRules(extractor or VotingExtractor(), [_own_rules(path) for path in settings.rules])
    embedding = resolve_embedder(embedder)
    model = resolve_llm(llm)
    opened = open_store(located(store), settings)
    try:
        return Engine(
            opened,
            embedder=embedding,
            llm=model,
            settings=settings,
            extractor=extractor,
            token_counter=token_counter,
            own_store=opened is not store,
            take_over=take_over,
        )
    except BaseException:
        if opened is not store:
            opened.close()
        raise


def _own_rules(path: Path) -> OwnRules:
    try:
        text = path.expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}", field="rules") from error
    return OwnRules.parse(text, name=str(path))


def scope_of(names: ScopeArgs, bound: Scope | None) -> Scope:
    """The scope of a call that needs one."""
    scope = parse_scope(names, bound=bound)
    if scope is None:
        raise InvalidScope("say whose memory: pass user_id, agent_id or team", field="scope")
    return scope


def given_scopes(scopes: object) -> list[Scope]:
    """The scopes of a call that takes several.

    Raises:
        InvalidInput: There is none, or something else among them.
    """
    if isinstance(scopes, str | bytes | Scope) or not isinstance(scopes, Sequence) or not scopes:
        raise InvalidInput("must be a list of scopes, one at least", field="scopes")
    for number, one in enumerate(cast("Sequence[object]", scopes)):
        if not isinstance(one, Scope):
            raise InvalidInput(f"must be a Scope, not {type(one).__name__}", field=f"scopes[{number}]")
    return list(cast("Sequence[Scope]", scopes))


def maybe_scope(names: ScopeArgs, bound: Scope | None) -> Scope | None:
    """The scope of a call that the operator may make without one."""
    return parse_scope(names, bound=bound)


Status: TypeAlias = Literal["active", "superseded", "merged", "archived", "any"]
