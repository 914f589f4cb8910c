"""The collections: memories (a tenant per namespace), the journal (tasks), the registry (names, versions, settings)."""

from __future__ import annotations

from weaviate.classes.config import Configure, DataType, Property, StopwordsPreset, Tokenization, VectorDistances

from ...errors import StoreCorrupt, StoreError, StoreVersion
from .codec import space_name
from .connection import Connection
from .failures import is_taken

__all__ = ["VERSION", "Schema"]

VERSION = 1
"""Of the layout; part of the collections' names."""

_OLDEST = (1, 32)  # of the server: aliases
_NO_SPACE = "none"  # a collection without any vector cannot get one later


def _name(name: str) -> Property:
    return Property(name=name, data_type=DataType.TEXT, tokenization=Tokenization.FIELD, index_searchable=False)


def _names(name: str) -> Property:
    return Property(name=name, data_type=DataType.TEXT_ARRAY, tokenization=Tokenization.FIELD, index_searchable=False)


def _number(name: str) -> Property:
    return Property(name=name, data_type=DataType.INT, index_filterable=False, index_range_filters=True)


def _summed(name: str) -> Property:
    return Property(name=name, data_type=DataType.INT, index_filterable=True)  # sums are made of this index


def _kept(name: str, kind: DataType = DataType.TEXT) -> Property:
    searchable = False if kind == DataType.TEXT else None
    return Property(name=name, data_type=kind, index_filterable=False, index_searchable=searchable)


_WORDS = Property(
    name="terms", data_type=DataType.TEXT, tokenization=Tokenization.WHITESPACE, index_filterable=False, index_searchable=True
)
# each index of a property is files that every tenant in use keeps open: those that are not here are asked of the records themselves
_MEMORY = [
    _kept("body"),
    _WORDS,
    _name("of"),
    _kept("piece", DataType.INT),
    _name("key"),
    _name("kind"),
    _name("status"),
    _name("conversation"),
    _name("space"),
    _names("folders"),
    _number("order"),
    _number("created_at"),
    _number("updated_at"),
    _number("expires_at"),
    _kept("expiry"),
    _kept("counted"),
    _summed("tokens"),
]
_JOURNAL = [
    _name("what"),
    _kept("body"),
    _name("key"),
    _name("namespace"),
    _name("conversation"),
    _name("state"),
    _number("created_at"),
    _number("ready_at"),
    _summed("attempts"),
    _number("lease_until"),
    _names("about"),
]
_REGISTRY = [_name("what"), _kept("body"), _name("key"), _number("at")]


class Schema:
    """The collections of one memory, made at first use.

    Attributes:
        memory: Name of the collection of memories.
        journal: Name of that of tasks.
        registry: Name of that of names, versions and settings.
    """

    def __init__(self, connection: Connection) -> None:
        prefix = connection.address.prefix
        self._connection = connection
        self.memory, self.journal, self.registry = (f"{prefix}_v{VERSION}_{name}" for name in ("Memory", "Journal", "Registry"))
        self._made = False
        self._spaces: set[str] = set()

    def forget(self) -> None:
        """After a fork, or when a collection is gone: look again."""
        self._made = False
        self._spaces.clear()

    async def made(self) -> None:
        """See to it that the collections are there.

        Raises:
            StoreVersion: The server is too old, or holds a memory of a newer version of this package.
        """
        if self._made:
            return
        version = await self._connection.server_version()
        if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < _OLDEST:
            raise StoreVersion(f"Weaviate {version or '(unknown)'} is too old: at least {'.'.join(map(str, _OLDEST))} is needed")
        known = await self._connection.ask("reading the collections", lambda client: client.collections.list_all())
        prefix = f"{self._connection.address.prefix}_v"
        for name in known:
            number = name.removeprefix(prefix).partition("_")[0]
            if name.startswith(prefix) and number.isdigit() and int(number) > VERSION:
                raise StoreVersion(
                    f"{self._connection.address.location} holds a memory of a newer version of this package ({name}); upgrade it"
                )
        order = (self.registry, self.journal, self.memory)  # the last one is there: so were all
        lost = [name for name in order if name not in known] if self.memory in known else []
        if lost:
            raise StoreCorrupt(f"{self._connection.address.location} has {self.memory}, but lost {', '.join(lost)}: restore a backup")
        for name in order:
            if name not in known:
                await self._create(name)
        self._made = True

    async def _create(self, name: str) -> None:
        tenants = name == self.memory
        properties = {self.memory: _MEMORY, self.journal: _JOURNAL, self.registry: _REGISTRY}[name]
        flat = Configure.VectorIndex.flat(distance_metric=VectorDistances.COSINE)

        by_tenant = Configure.multi_tenancy(enabled=True, auto_tenant_creation=False, auto_tenant_activation=True)
        try:
            await self._connection.ask(
                f"making the collection {name}",
                lambda client: client.collections.create(
                    name,
                    properties=properties,
                    multi_tenancy_config=by_tenant if tenants else None,
                    vector_config=[Configure.Vectors.self_provided(name=_NO_SPACE, vector_index_config=flat)],
                    inverted_index_config=Configure.inverted_index(stopwords_preset=StopwordsPreset.NONE, index_null_state=False),
                    replication_config=Configure.replication(factor=self._connection.address.replicas),
                ),
            )
        except StoreError as error:
            if not is_taken(error):  # another process was faster
                raise

    async def has_space(self, space: str | None) -> bool:
        """Whether any vector of an embedding space was ever written."""
        name = space_name(space)
        if name not in self._spaces:
            config = await self._connection.ask_collection("reading the vector spaces", self.memory, lambda at: at.config.get())
            self._spaces.update(config.vector_config or {})
        return name in self._spaces

    async def make_space(self, space: str | None) -> str:
        """The named vector of an embedding space, made where it is missing."""
        name = space_name(space)
        if not await self.has_space(space):
            flat = Configure.VectorIndex.flat(distance_metric=VectorDistances.COSINE)
            added = Configure.Vectors.self_provided(name=name, vector_index_config=flat)
            try:
                await self._connection.ask_collection(
                    "making a vector space", self.memory, lambda at: at.config.add_vector(vector_config=added)
                )
            except StoreError:
                self._spaces.clear()  # another process was faster, or it failed
                if not await self.has_space(space):
                    raise
            self._spaces.add(name)
        return name
