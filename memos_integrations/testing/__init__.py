"""Contract suites to run against a store, an embedder or an extractor of your own, and ``StoreConformance`` for any LangGraph store.

They need pytest only where they say so.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conformance import StoreConformance
    from .embedder_contract import EmbedderContract
    from .extractor_contract import ExtractorContract
    from .growth import grows_in_proportion
    from .running import run_contract
    from .store_contract import StoreContract

__all__ = ["EmbedderContract", "ExtractorContract", "StoreConformance", "StoreContract", "grows_in_proportion", "run_contract"]

_PLACES = {
    "EmbedderContract": "embedder_contract",
    "ExtractorContract": "extractor_contract",
    "StoreConformance": "conformance",
    "StoreContract": "store_contract",
    "grows_in_proportion": "growth",
    "run_contract": "running",
}


def __getattr__(name: str) -> object:
    if name in _PLACES:
        return getattr(import_module(f".{_PLACES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
