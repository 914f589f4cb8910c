"""How what was forgotten is named: by keyed hashes, without its words."""

from __future__ import annotations

from .candidates import Candidate
from .derived import Derived
from .identity import named_id, words_hash
from .text import normalise

__all__ = ["preference_key", "tombstone_id", "tombstone_keys"]


def tombstone_keys(memory: Derived | Candidate, secret: bytes) -> list[str]:
    """Keyed hashes that name what a memory says, without its words."""
    if memory.kind == "preference":
        return [preference_key(getattr(memory, "object", "") or getattr(memory, "text", ""), secret)]
    said = f"{memory.subject}|{getattr(memory, 'value', '') or getattr(memory, 'text', '')}"
    return [_key(memory.kind, said, secret)]


def preference_key(thing: str, secret: bytes) -> str:
    """The keyed hash of preferences for a thing, or against it."""
    return _key("preference", thing, secret)


def _key(kind: str, said: str, secret: bytes) -> str:
    return words_hash(secret, f"{kind}|{normalise(said)}")


def tombstone_id(namespace: str, key: str) -> str:
    """Id of the tombstone of a keyed hash."""
    return named_id("tombstone", namespace, key)
