"""What the calls that write return."""

from __future__ import annotations

from typing import Literal

from ._base import Model
from .memory import Kind

__all__ = [
    "Copied",
    "Decision",
    "Receipt",
    "TaskState",
    "Usage",
]

TaskState = Literal["pending", "running", "done", "failed"]

Action = Literal[
    "journalled",
    "revised",
    "known",
    "added",
    "merged",
    "refined",
    "superseded",
    "narrowed",
    "rejected",
    "updated",
    "restored",
    "promoted",
    "forgotten",
    "redacted",
]


class Usage(Model):
    """What models cost.

    Attributes:
        calls: LLM calls.
        input_tokens: Tokens sent.
        output_tokens: Tokens received.
        embedded_texts: Texts embedded.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    embedded_texts: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            embedded_texts=self.embedded_texts + other.embedded_texts,
        )


class Decision(Model):
    """What became of one message or candidate.

    Attributes:
        action: What was done.
        memory_id: The memory it was done to; None if nothing was stored.
        kind: Kind of that memory.
        reason: Why, in a few words; holds no words of the user.
        related: Ids of memories that it concerns as well, such as those superseded.
        by: Who proposed it: ``rules``, ``model``, ``llm`` or ``hand``.
    """

    action: Action
    memory_id: str | None = None
    kind: Kind | None = None
    reason: str = ""
    related: tuple[str, ...] = ()
    by: Literal["rules", "model", "llm", "hand"] | None = None


class Receipt(Model):
    """What a call that writes did, or will have done.

    Attributes:
        task_id: The background task; None where the work was done at once.
        state: ``pending``, ``running``, ``done`` or ``failed``.
        namespace: Where it was written.
        message_ids: Ids of the messages of this call, in order, known ones included.
        episode_ids: Ids of the episodes that hold them.
        decisions: What became of each message and candidate.
        usage: Model calls and tokens.
        error: Why the task failed, if it did, or why its last attempt did.
        attempts: How often it was tried.
    """

    task_id: str | None = None
    state: TaskState = "done"
    namespace: str = ""
    message_ids: tuple[str, ...] = ()
    episode_ids: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    usage: Usage = Usage()
    error: str | None = None
    attempts: int = 0


class Copied(Model):
    """What a copy of a memory to another store did.

    Attributes:
        namespaces: How many namespaces the source holds, that of grants among them.
        records: How many records were compared, read back and found the same.
        written: How many of them were written; the others were there already.
        removed: How many were removed from the target, because the source does not hold them.
        extra: How many of that kind were left there: forgotten in the source, or added to the target.
        tasks: How many tasks were written.
        checksum: Of all records with their vectors, in any order: that of another run is the same if nothing changed between them.
        changed: Namespaces that the source was written to meanwhile; another run brings that along.
    """

    namespaces: int
    records: int
    written: int
    removed: int
    extra: int
    tasks: int
    checksum: str
    changed: tuple[str, ...] = ()
