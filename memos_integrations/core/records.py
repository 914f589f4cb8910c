"""Between a store's records and the memories that users see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from pydantic import JsonValue, TypeAdapter, ValidationError

from ..errors import StoreCorrupt
from ..types import AnyMemory, Episode, Fact, Item, Preference
from ..types.record import Record
from .cases import case_topic
from .dates import date_terms, said_terms
from .events import event_terms
from .messages import micros, moment
from .statements import remaining
from .text import estimate_tokens, index_terms, split_sentences

__all__ = [
    "BEFORE",
    "CONTEXT_TURNS",
    "DOUBTED",
    "INDEX_RECIPE",
    "LEARNT_FROM",
    "OUTDATED",
    "OUTDATES",
    "PARTLY",
    "RETOLD",
    "SESSION",
    "UNLEARNT",
    "attribute_term",
    "embedding_texts",
    "episode_terms",
    "memory_terms",
    "outdated",
    "outdates",
    "over_in",
    "session_of",
    "to_memory",
    "to_record",
    "turns_before",
]

INDEX_RECIPE = "3"
"""Changes whenever the words that are embedded or indexed of a memory change."""

_ADAPTER: TypeAdapter[AnyMemory] = TypeAdapter(AnyMemory)
_COLUMNS = {
    "id", "namespace", "kind", "text", "status", "valid_from", "valid_to", "created_at", "updated_at", "version", "path",
    "conversation_id", "expires_at",
}  # fmt: skip
CONTEXT_TURNS = 2
"""So many turns before a turn are indexed with it."""
_CONTEXT_CHARS = 400  # of each of them: enough for what it answers
_FULL = 60  # tokens that a turn and the turns before it have in the index: a short turn says what it means by what it answers
_OWN = 2  # a turn's own words count so many times as those before it
_WHOLE = 400  # tokens, about: a turn up to this has one vector
_PIECE = 250  # tokens, about, of a piece of a longer one
_PIECES = 16  # no more of one turn
BEFORE = "~before"
"""Payload key: ids of the turns before a turn, the nearest first."""
PRIVATE = "~"
"""Payload keys that begin with it are the engine's own and not part of the memory."""
OUTDATED = "~outdated"
"""Payload key of a turn whose statement was replaced: id of the turn that did."""
PARTLY = "~partly"
"""Payload key of a turn of which something still holds: the words of it that do not; True where they are not told apart."""
OUTDATES = "~outdates"
"""Payload key of a turn that replaced statements of others: their ids."""
DOUBTED = "~doubted"
"""Payload key of a turn whose statement may have been replaced: id of the turn that may have. A question that finds both decides."""
RETOLD = frozenset((OUTDATED, DOUBTED, PARTLY))
"""Payload keys that tell what later turns made of a turn: they go when it is said anew, or holds again."""
LEARNT_FROM = "~version"
"""Payload key of what was learnt: the version of the turn that it was learnt from."""
UNLEARNT = "~unlearnt"
"""Payload key of a turn that was added with ``learn=False``."""
SESSION = "~session"
"""Payload key of a turn that was said in a session, but is none of its conversation's: what was told in feedback."""


def to_memory(record: Record) -> AnyMemory:
    """The memory that a record holds.

    Raises:
        StoreCorrupt: It holds none.
    """
    fields: dict[str, object] = {key: value for key, value in record.payload.items() if not key.startswith(PRIVATE)}
    fields |= {
        "id": record.id,
        "namespace": record.namespace,
        "kind": record.kind,
        "text": record.text,
        "status": record.status,
        "valid_from": None if record.valid_from is None else moment(record.valid_from),
        "valid_to": None if record.valid_to is None else moment(record.valid_to),
        "created_at": moment(record.created_at),
        "updated_at": moment(record.updated_at),
        "conversation_id": record.conversation,
        "version": record.version,
    }
    if record.kind == "item":
        fields["path"] = record.path
        fields["expires_at"] = None if record.expires_at is None else moment(record.expires_at)
        fields.setdefault("texts", (record.text,) if record.text else ())
    try:
        return _ADAPTER.validate_python(fields)
    except ValidationError:
        raise StoreCorrupt(f"record {record.id} holds no {record.kind}: the store is damaged. Restore a backup") from None


def to_record(
    memory: AnyMemory, *, terms: tuple[str, ...], order: int = 0, tokens: int = 0, private: Mapping[str, JsonValue] | None = None
) -> Record:
    """The record of a memory, not embedded yet. ``order`` and ``tokens`` are for turns."""
    payload = cast("dict[str, JsonValue]", memory.model_dump(mode="json", exclude=_COLUMNS, exclude_defaults=True))
    if isinstance(memory, Episode):
        payload["role"] = memory.role
    if isinstance(memory, Item):
        payload["value"] = memory.value
        if len(memory.texts) <= 1:
            payload.pop("texts", None)
    if private:
        payload |= private
    return Record(
        id=memory.id,
        namespace=memory.namespace,
        kind=memory.kind,
        text=memory.text,
        terms=terms,
        payload=payload,
        path=memory.path if isinstance(memory, Item) else (),
        conversation=memory.conversation_id,
        order=order,
        status=memory.status,
        valid_from=None if memory.valid_from is None else micros(memory.valid_from),
        valid_to=None if memory.valid_to is None else micros(memory.valid_to),
        created_at=micros(memory.created_at),
        updated_at=micros(memory.updated_at),
        expires_at=micros(memory.expires_at) if isinstance(memory, Item) and memory.expires_at is not None else None,
        version=memory.version,
        tokens=tokens,
    )


def outdated(record: Record, by: str, over: Iterable[str], *, partly: bool = False) -> Record:
    """A turn that says something that is no longer so.

    Args:
        record: The turn.
        by: Id of the turn that says so.
        over: The words of it that are over; none: all of it.
        partly: Whether some of these still hold.
    """
    payload = {key: value for key, value in record.payload.items() if key != PARTLY}
    words = list(dict.fromkeys((*over_in(record), *over)))
    if partly:
        payload[PARTLY] = cast("JsonValue", list(over_in(record)) or True)
    elif words and remaining(record.text, words):
        payload[PARTLY] = cast("JsonValue", words)
    return record.but(payload={**payload, OUTDATED: by})


def over_in(record: Record) -> tuple[str, ...]:
    """The words of a turn that are no longer so, where others of it still are."""
    found = record.payload.get(PARTLY)
    return tuple(map(str, found)) if isinstance(found, list) else ()


def outdates(record: Record) -> list[str]:
    """Ids of the turns whose statements a turn replaced."""
    found = record.payload.get(OUTDATES)
    return [str(id) for id in found] if isinstance(found, list) else []


def session_of(record: Record) -> str | None:
    """The session that a turn was said in."""
    session = record.payload.get(SESSION)
    return session if isinstance(session, str) else record.conversation


def turns_before(record: Record) -> list[str]:
    """Ids of the turns that are indexed with a turn, the nearest first."""
    found = record.payload.get(BEFORE, record.payload.get("~prev"))  # a turn of recipe 1 names one
    return [str(id) for id in found] if isinstance(found, list) else [str(found)] if found else []


def episode_terms(episode: Episode, before: Sequence[str]) -> tuple[str, ...]:
    """Index tokens of a turn: its speaker and words, those of the turns before it at half their weight as far as it is short,
    the dates it speaks of, when it was said, and what an event shows.

    Args:
        episode: The turn.
        before: Texts of the turns before it, the nearest first.
    """
    said = episode.said_at
    speaker = index_terms(episode.speaker) if episode.speaker else ()
    own = speaker + index_terms(episode.text)
    context = tuple(term for text in before[:CONTEXT_TURNS] for term in index_terms(text[-_CONTEXT_CHARS:]))
    shown = event_terms(episode.role, episode.subject if episode.role == "event" else None, episode.text)
    return own * _OWN + context[: max(0, _FULL - len(own))] + date_terms(episode.text[:4000], said) + said_terms(said) + shown


def memory_terms(memory: AnyMemory) -> tuple[str, ...]:
    """Index tokens of a derived memory: its text and the words it came from."""
    said = memory.said_at
    quotes = " ".join(evidence.quote for evidence in memory.evidence[:3])
    place = (attribute_term(memory.attribute),) if isinstance(memory, Fact) else ()
    return index_terms(f"{memory.text} {quotes}") + date_terms(memory.text[:4000], said) + said_terms(said) + place


def attribute_term(attribute: str) -> str:
    """Index token of a fact's attribute, so that "where do I live" finds a home that shares no word with it."""
    return f"#{attribute}"


def embedding_texts(memory: AnyMemory) -> tuple[str, ...]:
    """The words that are embedded of a memory, one vector each.

    A turn stands for itself (the words before it find it by the other arm). A long one is cut at its sentences, so that
    what it says in one place is not drowned by the rest. An order for a case is found by the topic of its case as well, which
    comes second.
    """
    if isinstance(memory, Item):
        return tuple(piece for text in memory.texts for piece in _pieces(text))
    if not isinstance(memory, Episode):
        quote = memory.evidence[0].quote if memory.evidence else ""
        said = memory.text if not quote or quote in memory.text else f"{memory.text} ({quote})"
        topic = case_topic(memory) if isinstance(memory, Preference) else ""
        return (said, topic) if topic else (said,)
    lead = f"{memory.speaker}: " if memory.speaker else ""
    return tuple(f"{lead}{piece}" for piece in _pieces(memory.text))


def _pieces(text: str) -> list[str]:
    if estimate_tokens(text[: 4 * _WHOLE]) <= _WHOLE:
        return [text]
    pieces: list[str] = []
    begin = end = 0
    for start, stop in split_sentences(text):
        if end > begin and estimate_tokens(text[begin:stop]) > _PIECE:
            pieces.append(text[begin:end])
            begin = start
        end = stop
    pieces.append(text[begin:end])
    return pieces[:_PIECES]
