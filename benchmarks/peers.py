"""The sides of ``core``: ours at two heights, and three peers, all with the same texts and the same vectors."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import sqlite3
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from memos_integrations import MemOS, Settings
from memos_integrations.core.text import index_terms
from memos_integrations.embeddings.hashing import HashingEmbedder
from memos_integrations.stores.base import Batch, NamespaceRow, Record, SearchQuery, Task
from memos_integrations.stores.sqlite import SQLiteStore
from memos_integrations.types.record import Vector

os.environ["MEM0_TELEMETRY"] = "False"
os.environ["ANONYMIZED_TELEMETRY"] = "False"
os.environ["MEM0_DIR"] = tempfile.mkdtemp(prefix="bench-mem0-")

__all__ = ["LIMIT", "Chroma", "KnownVectors", "LangGraph", "Mem0", "OurClient", "OurStore", "SQLiteAlone", "Side", "missing"]

LIMIT = 10
_FILL = 500


class KnownVectors(HashingEmbedder):
    """Looks vectors up that were computed before the clock ran: no side pays for embedding."""

    def __init__(self, dimension: int) -> None:
        super().__init__(dimension)
        self._known: dict[str, Vector] = {}

    def _embed(self, text: str) -> Vector:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = super()._embed(text)
        return found


class Side(ABC):
    """Something that remembers texts of one user."""

    name: str
    package: str | None = None

    @abstractmethod
    def __init__(self, folder: Path, embedder: KnownVectors) -> None: ...

    @abstractmethod
    def fill(self, texts: Sequence[str]) -> None:
        """Add many, off the clock."""

    @abstractmethod
    def add(self, text: str) -> None:
        """Add one; acknowledged when it returns."""

    @abstractmethod
    def search(self, text: str) -> int:
        """How many were found."""

    def close(self) -> None:
        """Release it."""
        return


def missing(side: type[Side]) -> bool:
    """Whether the package of a side is not installed."""
    if side.package is None:
        return False
    try:
        importlib.metadata.version(side.package)
    except importlib.metadata.PackageNotFoundError:
        return True
    return False


class SQLiteAlone(Side):
    """What no durable add over SQLite can be faster than: one row of the same size, no index, one transaction."""

    name = "SQLite alone: one row"

    def __init__(self, folder: Path, embedder: KnownVectors) -> None:
        self._connection = sqlite3.connect(folder / "alone.db", isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("CREATE TABLE records (id INTEGER PRIMARY KEY, row BLOB NOT NULL)")
        self._embedder = embedder

    def fill(self, texts: Sequence[str]) -> None:
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        row = text.encode() + bytes(4 * len(self._embedder.embed_query(text)))
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute("INSERT INTO records (row) VALUES (?)", (row,))
        self._connection.execute("COMMIT")

    def search(self, text: str) -> int:
        return len(self._connection.execute("SELECT row FROM records ORDER BY id DESC LIMIT ?", (LIMIT,)).fetchall())

    def close(self) -> None:
        self._connection.close()


class OurStore(Side):
    """The store alone: one record and its task in a durable batch; the hybrid call."""

    name = "store"
    durability: Literal["process", "power"] = "process"

    def __init__(self, folder: Path, embedder: KnownVectors) -> None:
        self._embedder = embedder
        self._store = SQLiteStore(folder / "memory.db", durability=self.durability)
        self._count = 0

    def _batch(self, texts: Sequence[str]) -> Batch:
        records: list[Record] = []
        for text in texts:
            self._count += 1
            id = str(uuid5(NAMESPACE_URL, str(self._count)))
            vector = self._embedder.embed_query(text)
            records.append(
                Record(
                    id=id,
                    namespace="u",
                    kind="episode",
                    text=text,
                    terms=index_terms(text),
                    vectors=(vector,),
                    space="s",
                    conversation="c",
                    order=self._count,
                )
            )
        task = Task(records[0].id, "u", "learn", "c", created_at=self._count)
        return Batch(put=tuple(records), tasks=(task,), namespaces=(NamespaceRow("u", {}),))

    def fill(self, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), _FILL):
            self._store.commit(self._batch(texts[start : start + _FILL]))

    def add(self, text: str) -> None:
        batch = self._batch([text])
        self._store.append("u", "c", 16, lambda tail: batch)

    def search(self, text: str) -> int:
        vector = self._embedder.embed_query(text)
        return len(self._store.search(SearchQuery(("u",), terms=index_terms(text), vector=vector, space="s", limit=LIMIT)).hits)

    def close(self) -> None:
        self._store.close()


class OurClient(Side):
    """The whole way: ``add_message`` and ``search_memory`` with view, ranking, standing preferences and rendered instruction."""

    name = "MemOS"
    durability: Literal["process", "power"] = "process"

    def __init__(self, folder: Path, embedder: KnownVectors) -> None:
        settings = Settings(worker="off", durability=self.durability)
        self._memory = MemOS(str(folder / "whole.db"), embedder=embedder, settings=settings)
        self._count = 0

    def _message(self, text: str) -> dict[str, Any]:
        self._count += 1
        return {"role": "user", "content": text}

    def fill(self, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), 20):
            part = [self._message(text) for text in texts[start : start + 20]]
            self._memory.add_message(part, user_id="u", conversation_id=f"c{start}")
        self._memory.drain(budget_s=3600)

    def add(self, text: str) -> None:
        self._memory.add_message([self._message(text)], user_id="u", conversation_id=f"a{self._count // 20}")

    def search(self, text: str) -> int:
        return len(self._memory.search_memory(text, user_id="u", limit=LIMIT).memories)

    def close(self) -> None:
        self._memory.close()


class LangGraph(Side):
    """``InMemoryStore`` with its vector index: a dictionary, nothing is kept on disk."""

    name = "LangGraph InMemoryStore"
    package = "langgraph"

    def __init__(self, folder: Path, embedder: KnownVectors) -> None:
        module = importlib.import_module("langgraph.store.memory")
        embed = embedder.embed_documents
        self._store: Any = module.InMemoryStore(index={"dims": 256, "embed": embed, "fields": ["text"]})
        self._count = 0

    def fill(self, texts: Sequence[str]) -> None:
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        self._count += 1
        self._store.put(("memories", "u"), str(self._count), {"text": text})

    def search(self, text: str) -> int:
        return len(self._store.search(("memories", "u"), query=text, limit=LIMIT))


class Chroma(Side):
    """A persistent Chroma collection, filtered by user."""

    name = "Chroma"
    package = "chromadb"

    def __init__(self, folder: Path, embedder: KnownVectors) -> None:
        chroma = importlib.import_module("chromadb")
        config = importlib.import_module("chromadb.config")
        client = chroma.PersistentClient(str(folder / "chroma"), settings=config.Settings(anonymized_telemetry=False))
        self._collection: Any = client.create_collection("memories", metadata={"hnsw:space": "cosine"}, embedding_function=None)
        self._embedder = embedder
        self._count = 0

    def _put(self, texts: Sequence[str]) -> None:
        ids = [str(self._count + i) for i in range(len(texts))]
        self._count += len(texts)
        vectors = [list(v) for v in self._embedder.embed_documents(texts)]
        self._collection.add(ids=ids, documents=list(texts), embeddings=vectors, metadatas=[{"user": "u"}] * len(texts))

    def fill(self, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), _FILL):
            self._put(texts[start : start + _FILL])

    def add(self, text: str) -> None:
        self._put([text])

    def search(self, text: str) -> int:
        vector = list(self._embedder.embed_query(text))
        found = self._collection.query(query_embeddings=[vector], n_results=LIMIT, where={"user": "u"})
        return len(found["ids"][0])


class Mem0(Side):
    """mem0 with its default local vector store, ``infer=False``: no model is asked on either road."""

    name = "mem0 (infer=False)"
    package = "mem0ai"

    def __init__(self, folder: Path, embedder: KnownVectors) -> None:
        os.environ.setdefault("OPENAI_API_KEY", "none")  # its constructor wants one; nothing is called with it
        mem0 = importlib.import_module("mem0")
        config = {
            "vector_store": {
                "provider": "qdrant",
                "config": {"path": str(folder / "qdrant"), "on_disk": True, "embedding_model_dims": 256, "collection_name": "memories"},
            },
            "history_db_path": str(folder / "history.db"),
        }
        self._memory: Any = mem0.Memory.from_config(config)
        self._memory.embedding_model = _Mem0Embedder(embedder)

    def fill(self, texts: Sequence[str]) -> None:
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        self._memory.add([{"role": "user", "content": text}], user_id="u", infer=False)

    def search(self, text: str) -> int:
        return len(self._memory.search(text, filters={"user_id": "u"}, top_k=LIMIT)["results"])


class _Mem0Embedder:
    def __init__(self, embedder: KnownVectors) -> None:
        self._embedder = embedder

    def embed(self, text: str, memory_action: str | None = None) -> list[float]:
        return list(self._embedder.embed_query(text))

    def embed_batch(self, texts: list[str], memory_action: str | None = None) -> list[list[float]]:
        return [list(v) for v in self._embedder.embed_documents(texts)]
