"""A contract without pytest."""

from __future__ import annotations

from .embedder_contract import EmbedderContract
from .extractor_contract import ExtractorContract

__all__ = ["run_contract"]


def run_contract(contract: type[EmbedderContract | ExtractorContract]) -> list[str]:
    """Run each test of a contract, in a script or a notebook.

    Args:
        contract: Your subclass of ``EmbedderContract`` or ``ExtractorContract``. (That of a store needs pytest.)

    Returns:
        The names of the tests, all of which held.

    Raises:
        AssertionError: One of them did not; its message says which, and why.
    """
    names = list(dict.fromkeys(name for one in reversed(contract.__mro__) for name in vars(one) if name.startswith("test_")))
    for name in names:
        try:
            getattr(contract(), name)()
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error
    return names
