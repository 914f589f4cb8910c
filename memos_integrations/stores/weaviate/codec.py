"""Records, tasks and names, as a Weaviate server keeps them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import blake2b
from typing import Any, cast
from uuid import UUID, uuid5

from ...errors import InvalidInput, StoreCorrupt
from .._vectors import as_matrix
from ..base import Record, Task, Vector

__all__ = [
    "FAR",
    "PIECE",
    "RECORD",
    "Stored",
    "expiry",
    "folder",
    "json_of",
    "named",
    "object_id",
    "piece_id",
    "properties_of",
    "record_of",
    "space_name",
    "task_of",
    "task_properties",
    "tenant_of",
    "token",
    "value_of",
    "vectors_of",
]

FAR = 1 << 62
"""An absent bound; a whole number that a double holds exactly."""

RECORD = ("body", "expiry", "of", "piece")
"""Properties that a record without its index is made of."""

PIECE = ("of", "piece")
"""Properties that say whose further vector an object is."""

_NAMES = UUID("6f0b7c1e-52c9-5f0e-9a39-8f3c1f7f9d27")
_BREAKS = re.compile(r"[\s%\x00-\x1f\x7f\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_OTHERWISE = ("terms", "vectors", "expires_at", "namespace")  # kept beside the body, or known from its place


def tenant_of(namespace: str) -> str:
    """The tenant of a namespace. Tenants' names hold few characters, and some servers' file systems tell no case: 200 bits of a hash."""
    digest = blake2b(namespace.encode("utf-8", "surrogatepass"), digest_size=25).digest()
    return "n" + base64.b32encode(digest).decode().lower()


@lru_cache(maxsize=16_384)
def object_id(id: str) -> str:
    """The server's id of a record, a task or a row: its own where that is a UUID."""
    try:
        if str(UUID(id)) == id:
            return id
    except ValueError:
        pass
    return str(uuid5(_NAMES, "id\n" + id.encode("utf-8", "surrogatepass").hex()))


def piece_id(id: str, number: int) -> str:
    """The server's id of a record's vector after its first."""
    return str(uuid5(_NAMES, f"piece\n{number}\n{id.encode('utf-8', 'surrogatepass').hex()}"))


@lru_cache(maxsize=65_536)
def token(term: str) -> str:
    """A token in which the server sees one word."""
    return _BREAKS.sub(lambda found: f"%{ord(found[0]):x};", term) or "%"


def _term(written: str) -> str:
    return "" if written == "%" else re.sub(r"%([0-9a-f]+);", lambda found: chr(int(found[1], 16)), written)


def folder(path: Sequence[str]) -> str:
    """A path as one value."""
    return json.dumps(list(path))


def space_name(space: str | None) -> str:
    """The named vector of an embedding space."""
    return "v_" + blake2b((space or "").encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def json_of(value: object, what: str) -> str:
    """JSON of an opaque value; what UTF-8 cannot hold is escaped."""
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return json.dumps(value, separators=(",", ":")) if _SURROGATE.search(text) else text
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"must be JSON: {error}", field=what) from error


def value_of(properties: Mapping[str, Any], name: str = "body") -> Any:
    """The value of a JSON property.

    Raises:
        StoreCorrupt: It holds none.
    """
    try:
        return json.loads(properties[name])
    except (KeyError, TypeError, ValueError) as error:
        raise StoreCorrupt(f"an object of the server holds what was never written ({type(error).__name__}: {error})") from error


def vectors_of(record: Record) -> list[list[float]]:
    """Its vectors, finite and of one dimension.

    Raises:
        InvalidInput: They are not.
    """
    if not len(record.vectors):
        return []
    return cast("list[list[float]]", as_matrix(record.vectors, f"record {record.id}.vectors").tolist())


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it lies on the server: its own properties, and the vectors after its first as objects beside it."""

    record: Record
    more: int


def properties_of(record: Record, vectors: Sequence[Sequence[float]]) -> dict[str, Any]:
    """The properties of a record."""
    body: dict[str, Any] = {
        "id": record.id,
        "kind": record.kind,
        "text": record.text,
        "space": record.space,
        "payload": record.payload if isinstance(record.payload, dict) else dict(record.payload),
        "path": list(record.path),
        "conversation": record.conversation,
        "order": record.order,
        "status": record.status,
        "valid_from": record.valid_from,
        "valid_to": record.valid_to,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "version": record.version,
        "tokens": record.tokens,
        "more": max(0, len(vectors) - 1),
    }
    counted = record.status != "deleted"
    return {
        "body": json_of(body, f"record {record.id}.payload"),
        "terms": " ".join(map(token, record.terms)),
        "of": "",
        "piece": 0,
        "key": record.id,
        "kind": record.kind,
        "status": record.status,
        "conversation": named(record.conversation),
        "space": named(record.space),
        "folders": [folder(record.path[: depth + 1]) for depth in range(len(record.path))],
        "order": record.order,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        **expiry(record.expires_at),
        "counted": record.kind if counted else "",
        "tokens": record.tokens if counted else 0,
    }


def expiry(expires_at: int | None) -> dict[str, Any]:
    """The properties of an expiry: to filter by, and exact."""
    return {"expires_at": FAR if expires_at is None else expires_at, "expiry": "" if expires_at is None else str(expires_at)}


def named(name: str | None) -> str:
    """A name to filter by. The server cuts white space off both ends of a value, and takes an absent one for an empty one."""
    return "" if name is None else f"<{_SURROGATE.sub(lambda found: f'%u{ord(found[0]):x}', name)}>"


def record_of(namespace: str, properties: Mapping[str, Any], vectors: tuple[Vector, ...] = ()) -> Stored:
    """The record of an object; with its terms where they were read along.

    Raises:
        StoreCorrupt: It holds none.
    """
    body = value_of(properties)
    try:
        more, body["path"] = int(body.pop("more")), tuple(body["path"])
        written = properties.get("terms")
        ends = properties["expiry"]
        record = Record(
            **body,
            namespace=namespace,
            terms=tuple(map(_term, written.split(" "))) if written else (),
            vectors=vectors,
            expires_at=int(ends) if ends else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreCorrupt(f"an object of the server is no record ({type(error).__name__}: {error})") from error
    return Stored(record, more)


_TASK = tuple(field.name for field in fields(Task))


def task_properties(task: Task, copies: Sequence[str]) -> dict[str, Any]:
    """The properties of a task in the journal.

    Args:
        task: The task.
        copies: Ids of the objects that hold a copy of what was put beside it.
    """
    body: dict[str, Any] = {name: getattr(task, name) for name in _TASK} | {"payload": dict(task.payload), "copies": list(copies)}
    return {
        "what": "task",
        "body": json_of(body, f"task {task.id}.payload"),
        "key": task.id,
        "namespace": named(task.namespace),
        "conversation": named(task.conversation),
        "state": task.state,
        "created_at": task.created_at,
        "ready_at": task.ready_at,
        "attempts": task.attempts,
        "lease_until": FAR if task.lease_until is None else task.lease_until,
        "about": [],
    }


def task_of(properties: Mapping[str, Any]) -> tuple[Task, list[str]]:
    """A task, and the ids of its copies.

    Raises:
        StoreCorrupt: The object holds none.
    """
    body = value_of(properties)
    try:
        copies = list(body.pop("copies"))
        return Task(**body), copies
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreCorrupt(f"an object of the server is no task ({type(error).__name__}: {error})") from error
