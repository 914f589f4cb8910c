"""A memory by its name, or by what it was opened with: how what holds one travels as JSON, without secrets."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary, WeakValueDictionary

from pydantic import JsonValue

from ..core.checks import shown
from ..core.masking import mask_secrets
from ..core.messages import given_name
from ..engine.engine import Engine
from ..errors import InvalidInput
from ..settings import Settings
from ..stores.base import Store
from ._open import located

if TYPE_CHECKING:
    from ._async import AsyncMemOS, AsyncScopedMemory
    from ._calls import ScopedMemory
    from ._sync import MemOS

__all__ = ["by_reference", "default_memory", "note_recipe", "reference_of", "register_memory"]

_lock = threading.Lock()
_named: dict[str, MemOS] = {}
_recipes: WeakKeyDictionary[Engine, dict[str, object]] = WeakKeyDictionary()
_known: WeakValueDictionary[str, Engine] = WeakValueDictionary()


def register_memory(name: str, memory: MemOS | AsyncMemOS) -> None:
    """Give a memory a name in this process, under which what holds it can be saved and restored.

    A memory over a file, with models that are named by strings, needs none: it is opened again by what it was opened with. One in
    memory, or with objects of your own, does. Whoever restores, in whatever process, registers under that name first.

    Args:
        name: The name. What had it before is no longer found by it.
        memory: The memory.

    Raises:
        InvalidInput: The name is empty, or it is no memory.
    """
    from ._async import AsyncMemOS
    from ._sync import MemOS

    given = given_name(name, field="name")
    if given is None or not isinstance(memory, MemOS | AsyncMemOS):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        raise InvalidInput(f"must be a MemOS or an AsyncMemOS, not {type(memory).__name__}", field="memory")
    with _lock:
        _named[given] = memory if isinstance(memory, MemOS) else memory.sync


def note_recipe(engine: Engine, recipe: dict[str, object]) -> None:
    """Remember what an engine was opened with."""
    _recipes[engine] = recipe


def reference_of(memory: MemOS | AsyncMemOS | ScopedMemory | AsyncScopedMemory) -> dict[str, JsonValue]:
    """What ``by_reference`` finds it by, in any process: its name, or what it was opened with.

    Raises:
        InvalidInput: It has no name, and was opened with something that cannot be written down, or with a secret.
    """
    engine = memory._engine  # pyright: ignore[reportPrivateUsage]  # one package
    with _lock:
        for name, one in _named.items():
            if one._engine is engine:  # pyright: ignore[reportPrivateUsage]  # one package
                return {"name": name}
    recipe = _recipes.get(engine, {})
    settings = recipe.get("settings")
    reference: dict[str, JsonValue] = {}
    for key, value in recipe.items():
        if key == "settings":
            continue
        if not _travels(key, value):
            what = "lives in this process only" if value == ":memory:" else f"has a {type(value).__name__} of your own as its {key}"
            raise InvalidInput(f"this memory {what}: call register_memory(name, memory) here and where it is restored", field="memory")
        if value is not None or key == "embedder":
            reference[key] = cast("str | None", value)
    if isinstance(settings, Settings):
        reference["settings"] = settings.model_dump(mode="json", exclude_defaults=True)
    written = json.dumps(reference, sort_keys=True)
    if mask_secrets(written) != written:
        raise InvalidInput(
            "this memory was opened with a secret: call register_memory(name, memory) here and where it is restored", field="memory"
        )
    with _lock:
        _known[written] = engine
    return reference


def by_reference(reference: Mapping[str, JsonValue]) -> MemOS:
    """The memory of a reference: the one that has the name, the one that is open, or opened anew.

    Raises:
        InvalidInput: No memory of that name is registered in this process, or it is no reference.
        StoreError: The store cannot be opened.
    """
    from ._sync import MemOS

    if "name" in reference:
        name = reference["name"]
        with _lock:
            found = _named.get(name) if isinstance(name, str) else None
        if found is None:
            raise InvalidInput(f"no memory is registered as {shown(name)} in this process: call register_memory first", field="memory")
        return found
    unknown = sorted(reference.keys() - {"store", "embedder", "llm", "settings"})
    if unknown or not isinstance(reference.get("store"), str):
        raise InvalidInput("is no reference to a memory", field="memory")
    written = json.dumps(dict(reference), sort_keys=True)
    with _lock:
        engine = _known.get(written)
        if engine is not None and not engine.context.closed:
            return MemOS._over(engine, _recipes[engine])  # pyright: ignore[reportPrivateUsage]  # one package
    settings = reference.get("settings")
    options: dict[str, Any] = {key: value for key, value in reference.items() if key != "settings"}
    opened = MemOS(**options, settings=Settings.model_validate(settings) if settings is not None else None)
    with _lock:
        _known[written] = opened._engine  # pyright: ignore[reportPrivateUsage]  # one package
    return opened


def default_memory() -> MemOS:
    """The memory of the default store: the one that is open, or opened anew.

    Raises:
        StoreError: The store cannot be opened.
    """
    return by_reference({"store": str(located(None)), "embedder": "auto"})


def _travels(key: str, value: object) -> bool:
    if key == "store":
        return isinstance(value, str) and value != ":memory:" and not isinstance(value, Store)
    return value is None or (isinstance(value, str) and key in ("embedder", "llm"))
