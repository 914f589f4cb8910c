"""Long work of the commands: journalling a file and waiting until it is learnt."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..client import MemOS
from ..errors import MemOSError, WaitTimeout
from ..settings import Settings
from ..types import Decision, Receipt, Scope
from .output import Bar
from .reading import Conversation

__all__ = ["Added", "add_all", "counted", "work_off"]

# as much as a call takes: a history that is sent again is recognised as a whole, not by its parts
_CHUNK = Settings().max_batch_messages
_LOOK = 0.5  # seconds between two looks at the queue


@dataclass
class Added:
    """What became of one conversation."""

    id: str
    messages: int
    receipts: list[Receipt] = field(default_factory=list[Receipt])

    @property
    def task_ids(self) -> list[str]:
        """Its background tasks."""
        return [r.task_id for r in self.receipts if r.task_id is not None]

    def finished(self, memory: MemOS) -> list[Decision]:
        """All decisions, those of the finished tasks included.

        Raises:
            MemOSError: A task failed.
        """
        latest = [memory.receipt(r.task_id) if r.task_id is not None else r for r in self.receipts]
        for receipt in latest:
            if receipt.state == "failed":
                raise MemOSError(f"the messages of {self.id} are stored, but learning from them failed: {receipt.error}")
        return [decision for receipt in latest for decision in receipt.decisions]


def add_all(memory: MemOS, conversations: Sequence[Conversation], scope: Scope, bar: Bar, what: str, *, learn: bool = True) -> list[Added]:
    """Journal conversations; each is durable when its call is through."""
    total = sum(len(c.messages) for c in conversations)
    done = 0
    added: list[Added] = []
    for conversation in conversations:
        own = scope.model_copy(update={"conversation_id": conversation.id})
        one = Added(conversation.id, len(conversation.messages))
        for start in range(0, len(conversation.messages), _CHUNK):
            chunk = conversation.messages[start : start + _CHUNK]
            bar.show(what, done, total)
            one.receipts.append(memory.add_message(chunk, scope=own, learn=learn))
            done += len(chunk)
        added.append(one)
    return added


def work_off(memory: MemOS, bar: Bar, what: str) -> None:
    """Until nothing waits to be learnt from or to be embedded."""
    total = left = memory.pending()
    while left:
        bar.show(what, total - left, total)
        try:
            memory.wait(timeout=_LOOK)
        except WaitTimeout:
            pass
        else:
            # what is left is a large embedding, which wait() does not wait for
            if memory.pending():
                time.sleep(_LOOK / 5)
        left = memory.pending()
        total = max(total, left)
    bar.show(what, total, total)


def counted(decisions: Iterable[Decision]) -> dict[str, dict[str, int]]:
    """How often each action was taken, by kind of memory."""
    counts: dict[str, Counter[str]] = {}
    for decision in decisions:
        counts.setdefault(decision.action, Counter())[decision.kind or "candidate"] += 1
    return {action: dict(sorted(counter.items())) for action, counter in sorted(counts.items())}
