"""``feedback``: what the user says about what was shown, durable as any turn, and worked off at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..errors import InvalidInput
from ..types import Recall, Receipt, Scope
from .context import Context
from .journal import About, Journal, feedback_task
from .memories import Memories, checked_ids, may_change, plain_words
from .runtime import Runtime
from .worker import Worker

__all__ = ["Feedback"]


class Feedback:
    """Takes feedback in."""

    def __init__(self, context: Context, memories: Memories, journal: Journal, worker: Worker) -> None:
        self._context = context
        self._memories = memories
        self._journal = journal
        self._worker = worker

    async def give(
        self,
        rt: Runtime,
        text: object,
        *,
        scope: Scope,
        recall: object = None,
        ids: object = None,
        metadata: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        now: datetime | str | None = None,
    ) -> Receipt:
        """Journal it and work it off; see ``MemOS.feedback``. The receipt names the task, which has the rest."""
        words = plain_words(text, self._context)
        shown = await rt.call(self._shown, recall, ids, scope)
        owner, until = self._worker.hold()
        receipt = await self._journal.add(
            rt,
            {"role": "user", "content": words},
            scope=scope.model_copy(update={"conversation_id": None}),
            metadata=metadata,
            idempotency_key=idempotency_key,
            now=now,
            about=About(shown, chosen=ids is not None, session=scope.conversation_id, owner=owner, until=until),
        )
        if receipt.task_id is not None:
            await rt.call(self._worker.at_once, receipt.task_id)
            return receipt
        return receipt.model_copy(update={"task_id": feedback_task(receipt.namespace, receipt.episode_ids[0])})

    def _shown(self, recall: object, ids: object, scope: Scope) -> tuple[str, ...]:
        """Ids of what was shown that the scope may change, best first.

        Raises:
            NotFound: One of the ids is not in the view.
            AccessDenied: One of them may be read but not changed.
        """
        if recall is not None and ids is not None:
            raise InvalidInput("pass recall or ids, not both", field="ids")
        if recall is not None and not isinstance(recall, Recall):
            raise InvalidInput("must be what search_memory returned", field="recall")
        view = self._memories.view(scope)
        if recall is not None:
            told = [one.memory.id for one in recall.memories] + [one.memory_id for one in recall.instruction.citations]
            found = self._memories.records(list(dict.fromkeys(told)), view)
            return tuple(r.id for r in found if r.kind != "item" and (view is None or r.namespace in view.changes))
        records = [self._memories.one(id, view) for id in checked_ids(ids)] if ids is not None else []
        for record in records:
            may_change(record, view)
            if record.kind == "item":
                raise InvalidInput("an item is nothing that the user said; put another one", field="ids")
        return tuple(record.id for record in records)
