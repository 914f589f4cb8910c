"""What every store must do, as a pytest class.

A store of your own is checked by a subclass in one of your test files::

    class TestMyStore(StoreContract):
        @pytest.fixture
        def store(self):
            with closing(MyStore()) as store:
                yield store

Each test gets an empty store.
"""

from __future__ import annotations

from ._base import HOSTILE_NAMES, named, record
from .records import RecordsContract
from .registry import RegistryContract
from .search import SearchContract
from .tasks import TaskContract
from .walks import WalkContract

__all__ = ["HOSTILE_NAMES", "StoreContract", "named", "record"]


class StoreContract(RecordsContract, SearchContract, WalkContract, TaskContract, RegistryContract):
    """The Store port in words of behaviour. Subclasses give the fixture ``store``."""
