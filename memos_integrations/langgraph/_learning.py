"""Which values of a store are also learnt from, and whose words they are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from langgraph.store.base import PutOp

from .._adapters.calls import Port, ScopeArgs
from ..core.items import item_id
from ..core.messages import micros
from ..errors import InvalidInput
from ..types import Item

__all__ = ["Learning"]

_NAMES = ("user_id", "agent_id", "app_id", "team")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Learning:
    """Passes what is put under some namespaces on to the write road.

    Each item is a conversation of its own, so that its former words are revised with it and forgotten with it.

    Attributes:
        patterns: Namespaces, label by label, that stand for all below them: ``*`` is any label, ``{user_id}`` the label that names
            the user.
        bound: Whether the memory has its scope bound: then that is whose words they are.
    """

    patterns: tuple[tuple[str, ...], ...]
    bound: bool

    @staticmethod
    def of(patterns: Sequence[Sequence[str]], *, bound: bool) -> Learning:
        """Check patterns.

        Raises:
            InvalidInput: One is malformed, or says not whose words they are.
        """
        checked: list[tuple[str, ...]] = []
        for number, pattern in enumerate(patterns):
            here = f"learn[{number}]"
            labels = tuple(pattern)
            if isinstance(pattern, str) or not labels or not all(isinstance(label, str) and label for label in labels):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise InvalidInput("must be a tuple of labels such as ('users', '{user_id}')", field=here)
            slots = [match[1] for label in labels if (match := _SLOT.fullmatch(label))]
            wrong = [name for name in slots if name not in _NAMES]
            if wrong or len(set(slots)) < len(slots):
                raise InvalidInput(f"may name {', '.join(_NAMES)}, each once", field=here)
            if not bound and not {"user_id", "team"} & set(slots):
                raise InvalidInput("must say whose words they are: '{user_id}' or '{team}' in the place of a label", field=here)
            if bound and slots:
                raise InvalidInput("the memory has its scope bound; use '*'", field=here)
            checked.append(labels)
        return Learning(tuple(checked), bound)

    async def follow(self, port: Port, op: PutOp, item: Item | None, *, whole: bool) -> None:
        """Learn from what was put, and forget with what was deleted.

        Args:
            port: The memory.
            op: What was done.
            item: The item as it is stored; None: it was deleted.
            whole: Whether all strings of the value are learnt from, not only the texts that it is found by.
        """
        who = self._who(op.namespace)
        if who is None:
            return
        # nobody else ever speaks in this session
        who["conversation_id"] = f"store-{item_id('', op.namespace, op.key)}"
        words = "" if item is None else "\n".join(_strings(item.value) if whole else item.texts).strip()
        if item is None or not words:
            await port.forget(None, **who)
            return
        # what replaces an item is the same message, revised; what is put after a deletion is another one, said anew
        id = f"{item.id}-{micros(item.created_at)}"
        await port.add_message([{"role": "user", "content": words, "id": id, "created_at": item.updated_at}], **who)

    def _who(self, namespace: tuple[str, ...]) -> ScopeArgs | None:
        for pattern in self.patterns:
            if len(namespace) < len(pattern):
                continue
            names: dict[str, str] = {}
            for wanted, label in zip(pattern, namespace, strict=False):
                slot = _SLOT.fullmatch(wanted)
                if slot is not None:
                    names[slot[1]] = label
                elif wanted not in ("*", label):
                    break
            else:
                if "agent_id" in names and "user_id" in names:
                    names["sharing"] = "isolated"
                return cast("ScopeArgs", names)
        return None


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in cast("Mapping[str, object]", value).values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in cast("Sequence[object]", value):
            yield from _strings(inner)
