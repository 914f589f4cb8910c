"""A Weaviate store does what the Store port asks for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from memos_integrations.stores.base import Store
from memos_integrations.stores.weaviate import WeaviateStore
from memos_integrations.testing.store_contract import StoreContract


class TestWeaviateStore(StoreContract):
    @pytest.fixture
    def store(self, weaviate_url: str) -> Iterator[Store]:
        with closing(WeaviateStore(weaviate_url)) as store:
            yield store
