"""Deterministic ids, and keyed fingerprints of what was said."""

from __future__ import annotations

import hashlib
import json
import uuid

__all__ = ["derived_id", "episode_id", "fingerprint", "named_id", "words_hash"]

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_ROOT = uuid.UUID("6f0c7c0e-0d67-5a0e-9b2c-5d1c8f3f7a11")


def named_id(*parts: str | None) -> str:
    """UUIDv5 of some names; their order and borders count."""
    digest = bytearray(hashlib.sha1(_ROOT.bytes + _encode(parts).encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    name = digest.hex()  # what uuid.uuid5 says, in a third of its time
    return f"{name[:8]}-{name[8:12]}-{name[12:16]}-{name[16:20]}-{name[20:]}"


def episode_id(namespace: str, conversation: str | None, key: str) -> str:
    """Id of an episode: ``key`` is the message's id, or its content and occurrence."""
    return named_id("episode", namespace, conversation, key)


def derived_id(namespace: str, kind: str, episode: str, ordinal: str) -> str:
    """Id of what was learnt from an episode: the same again when it is learnt again."""
    return named_id("derived", namespace, kind, episode, ordinal)


def fingerprint(secret: bytes, *parts: str | None) -> str:
    """Keyed hash of a message's role, name and content: says whether two are the same, and nothing else."""
    data = _encode(parts).encode()
    return hashlib.blake2b(data, key=secret, digest_size=16).hexdigest()


def words_hash(secret: bytes, words: str) -> str:
    """Keyed hash of normalised words, for tombstones."""
    return hashlib.blake2b(words.encode("utf-8", "surrogatepass"), key=secret, digest_size=16).hexdigest()
