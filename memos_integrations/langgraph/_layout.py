"""From LangGraph's namespaces to ours: which namespace of the memory holds a tuple of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from ..errors import InvalidInput
from ..types import NamespaceInfo, Scope

__all__ = ["Layout"]

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the items of a store live.

    Attributes:
        base: The scope of the store's own namespace.
        partition: The first so many labels have a namespace of their own.
    """

    base: Scope
    partition: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.partition, bool) or not isinstance(self.partition, int) or self.partition < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidInput("must be a whole number of labels, 0 or more", field="partition")
        if self.partition and (self.base.agent_id is None or self.base.user_id is not None or self.base.team is not None):
            raise InvalidInput("partitions need a store whose scope names an agent alone: Scope(agent_id=…)", field="scope")

    def holding(self, namespace: Labels) -> Scope:
        """The scope that writes the items of a namespace."""
        if not self.partition or self.spreads(namespace):
            return self.base
        return self._part(namespace[: self.partition])

    def spreads(self, prefix: Labels) -> bool:
        """Whether what is below a prefix may live in several namespaces."""
        return len(prefix) < self.partition

    def below(self, prefix: Labels, registry: Sequence[NamespaceInfo]) -> list[Scope]:
        """The scopes that may hold something at or below a prefix."""
        if not self.spreads(prefix):
            return [self.holding(prefix)]
        parts = sorted(labels for labels in map(self._labels, registry) if labels is not None and labels[: len(prefix)] == prefix)
        return [self.base, *(self._part(labels) for labels in parts)]

    def other(self, registry: Sequence[NamespaceInfo]) -> int | None:
        """The number of labels by which the store was partitioned before, if it was another."""
        for info in registry:
            name, _, number = (info.scope.agent_id or "").rpartition("/")
            ours = info.scope.app_id == self.base.app_id and name == self.base.agent_id and info.scope.user_id is not None
            if ours and number.isdecimal() and int(number) != self.partition and info.memories.get("item"):
                return int(number)
        return None

    @property
    def _agent(self) -> str:
        return f"{self.base.agent_id}/{self.partition}"

    def _part(self, labels: Labels) -> Scope:
        # a label holds no dot, so joined by dots no two tuples are the same
        user = ".".join(label.replace("%", "%25") for label in labels)
        if not user.strip():
            user = "".join(f"%{byte:02X}" for byte in user.encode())
        return Scope(app_id=self.base.app_id, user_id=user, agent_id=self._agent, sharing="isolated")

    def _labels(self, info: NamespaceInfo) -> Labels | None:
        scope = info.scope
        if scope.app_id != self.base.app_id or scope.agent_id != self._agent or scope.user_id is None:
            return None
        return tuple(unquote(label) for label in scope.user_id.split("."))
