"""Memories for tests, with few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from memos_integrations.types import AnyMemory, Episode, Evidence, Fact, Preference

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def day(number: float) -> datetime:
    """Noon, some days later."""
    return NOON + timedelta(days=number)


def _common(id: str, text: str, at: datetime, episode: str | None) -> dict[str, Any]:
    evidence = (Evidence(source=f"m-{episode}", episode=episode, quote=text, said_at=at),) if episode else ()
    return {
        "id": id, "text": text, "namespace": "n", "created_at": at, "updated_at": at, "valid_from": at,
        "sources": (f"m-{episode or id}",), "evidence": evidence,
    }  # fmt: skip


def episode(id: str, text: str, *, at: datetime = NOON, role: str = "user", **more: Any) -> Episode:
    return Episode.model_validate({**_common(id, text, at, None), "role": role, **more})


def fact(id: str, text: str, *, at: datetime = NOON, of: str | None = None, **more: Any) -> Fact:
    return Fact.model_validate({**_common(id, text, at, of), **more})


def preference(id: str, directive: str, *, at: datetime = NOON, of: str | None = None, **more: Any) -> Preference:
    fields = {**_common(id, directive, at, of), "directive": directive, "polarity": "wants", **more}
    return Preference.model_validate(fields)


def ids(memories: list[AnyMemory]) -> list[str]:
    return [memory.id for memory in memories]
