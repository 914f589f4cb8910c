"""Ceilings of what models may cost: kept in the store, so that all processes share them and a restart forgets nothing."""

from __future__ import annotations

import uuid

from ..core.messages import micros
from ..core.scopes import SYSTEM_NAMESPACE
from ..stores.base import Batch, Record, ScanQuery
from ..types import Usage
from .context import Context, now_utc

__all__ = ["SPENT", "Ceiling"]

SPENT = "spent"
"""Kind of the records of what was spent in the last hour, in the system's namespace, at the path of the namespace spent for."""

_HOUR = 3_600_000_000


class Ceiling:
    """What may be spent on LLM calls, by namespace and hour."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def _set(self) -> bool:
        settings = self._context.settings
        return settings.model_calls_per_hour is not None or settings.model_tokens_per_hour is not None

    def reached(self, namespace: str) -> int | None:
        """When a namespace may ask again, in microseconds; None: now."""
        if not self._set:
            return None
        settings = self._context.settings
        now = micros(now_utc())
        calls, tokens = settings.model_calls_per_hour, settings.model_tokens_per_hour
        spent = sorted(self._spent(namespace), key=lambda r: -r.created_at)
        for record in spent:  # from the newest: what must have become an hour old before there is room again
            if record.created_at <= now - _HOUR:
                break
            calls = None if calls is None else calls - int(str(record.payload["calls"]))
            tokens = None if tokens is None else tokens - int(str(record.payload["tokens"]))
            if (calls is not None and calls <= 0) or (tokens is not None and tokens <= 0):
                return record.created_at + _HOUR
        return None

    def spend(self, namespace: str, usage: Usage) -> None:
        """Keep what was spent; what is older than an hour goes."""
        if not self._set:
            return
        now = micros(now_utc())
        record = Record(
            id=str(uuid.uuid4()),
            namespace=SYSTEM_NAMESPACE,
            kind=SPENT,
            path=(namespace,),
            payload={"calls": usage.calls, "tokens": usage.input_tokens + usage.output_tokens},
            created_at=now,
            updated_at=now,
        )
        old = tuple((SYSTEM_NAMESPACE, r.id) for r in self._spent(namespace) if r.created_at <= now - _HOUR)
        self._context.store.commit(Batch(put=(record,), delete=old))

    def _spent(self, namespace: str) -> list[Record]:
        query = ScanQuery(namespaces=(SYSTEM_NAMESPACE,), kinds=(SPENT,), path_prefix=(namespace,), limit=1000)
        return self._context.scan_all(query)
