"""Settings: every number and switch that a user may turn, with its default and why."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = ["Settings"]


class Settings(BaseModel):
    """How a ``MemOS`` behaves. Immutable; unknown names are errors.

    Attributes:
        timezone: Zone of naive times and of relative dates ("yesterday"), an IANA name.
        worker: ``thread`` works in the background; ``inline`` inside ``add_message`` (serverless);
            ``off`` leaves the queue to another process or to ``drain()``.
        durability: ``process`` survives ``kill -9``; ``power`` also a power cut (slower writes).
        busy_timeout_s: How long a write waits for another process's write, in seconds.
        window_turns: An LLM reads this many messages of a conversation at once.
        window_idle_s: A shorter window is read once its conversation rests this many seconds.
        max_attempts: A task that failed this often is set aside with its reason.
        retry_base_s: First pause before a retry, in seconds; doubles each time.
        lease_s: A worker that is silent for this long loses its task, in seconds.
        receipt_ttl_s: Receipts of tasks that are done are kept for this long, in seconds; then ``receipt()`` finds them no more.
            Those of failed tasks stay.
        max_content_chars: Longest message accepted, in characters.
        max_batch_messages: Most messages accepted in one call.
        head_tokens: Most tokens of an instruction's head.
        tail_tokens: Most tokens of an instruction's tail where a call names no ``max_tokens``.
        cache_mb: Memory for vectors and postings of recently used namespaces.
        model_calls_per_hour: Ceiling of LLM calls per namespace and hour, over all processes of a store; None: none. A task
            that would go over it is put off (its receipt says until when), with what the rules found learnt already.
        model_tokens_per_hour: Ceiling of LLM tokens per namespace and hour, likewise. The call that reaches it is finished.
        rules: TOML files with rules of your own, read beside the package's when a memory is opened; see ``docs/preferences.md``.
        degraded: ``raise`` lets a recall fail where the embedder or a namespace of its view fails; ``allow`` answers lexically, or
            from the other namespaces, and ``Recall.degraded`` says what is missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    timezone: str = "UTC"
    worker: Literal["thread", "inline", "off"] = "thread"
    durability: Literal["process", "power"] = "process"
    busy_timeout_s: float = Field(default=10.0, gt=0, le=3600)
    window_turns: int = Field(default=12, ge=1, le=200)
    window_idle_s: float = Field(default=20.0, ge=0, le=86_400)
    max_attempts: int = Field(default=5, ge=1, le=100)
    retry_base_s: float = Field(default=2.0, gt=0, le=3600)
    lease_s: float = Field(default=120.0, gt=0, le=86_400)
    receipt_ttl_s: float = Field(default=7 * 86_400.0, ge=1)
    max_content_chars: int = Field(default=100_000, ge=1, le=10_000_000)
    max_batch_messages: int = Field(default=50_000, ge=1)
    head_tokens: int = Field(default=200, ge=16)
    tail_tokens: int = Field(default=2000, ge=16)
    cache_mb: int = Field(default=256, ge=1)
    model_calls_per_hour: int | None = Field(default=None, ge=1)
    model_tokens_per_hour: int | None = Field(default=None, ge=1)
    rules: tuple[Path, ...] = ()
    degraded: Literal["raise", "allow"] = "raise"

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("is no IANA time zone such as 'Europe/Berlin'") from error
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.timezone)
