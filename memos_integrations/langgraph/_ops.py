"""LangGraph's operations, checked and translated: labels, filters, texts, results."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    SearchItem,
    SearchOp,
    get_text_at_path,
)
from langgraph.store.base import Item as GraphItem
from pydantic import JsonValue

from ..core.messages import json_value
from ..errors import InvalidInput
from ..types import FoundItem, Item, ItemInput

__all__ = ["checked_filter", "checked_op", "graph_item", "item_input", "listed", "literal_prefix", "search_item"]

Labels = tuple[str, ...]
_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte")


def checked_op(op: object) -> Op:
    """An operation with its labels checked, and tuples where lists were given.

    Raises:
        InvalidNamespaceError: A label is empty, no string, or holds a dot or a NUL.
        ValueError: It is no operation.
    """
    if isinstance(op, GetOp):
        return op._replace(namespace=_labels(op.namespace))
    if isinstance(op, PutOp):
        if not op.namespace:
            raise InvalidNamespaceError("Namespace cannot be empty.")
        return op._replace(namespace=_labels(op.namespace))
    if isinstance(op, SearchOp):
        return op._replace(namespace_prefix=_labels(op.namespace_prefix))
    if isinstance(op, ListNamespacesOp):
        return op._replace(match_conditions=tuple(_condition(one) for one in op.match_conditions or ()))
    raise ValueError(f"Unknown operation type: {type(op)}")


def _condition(condition: MatchCondition) -> MatchCondition:
    if condition.match_type not in ("prefix", "suffix"):
        raise ValueError(f"Unsupported match type: {condition.match_type}")
    return condition._replace(path=_labels(condition.path))


def _labels(namespace: object) -> Labels:
    # what a batch is given did not pass the checks of put() and get(); a string would be taken for a tuple of its letters
    if isinstance(namespace, str | bytes) or not isinstance(namespace, Iterable):
        raise InvalidNamespaceError(f"A namespace is a tuple of strings, not {type(namespace).__name__}.")
    labels = tuple(cast("Iterable[object]", namespace))
    for label in labels:
        if not isinstance(label, str) or not label or "." in label or "\0" in label:
            raise InvalidNamespaceError(
                f"Invalid namespace label {label!r}: labels are strings that are not empty and hold no period and no NUL."
            )
    return cast("Labels", labels)


def checked_filter(filter: Mapping[str, Any] | None) -> Mapping[str, JsonValue] | None:
    """A filter with none but the contract's operators, so that what works here works with every other store.

    Raises:
        InvalidInput: It has another one.
    """
    if not filter:
        return None
    value = json_value(_finite(filter), field="filter")
    _check_operators(value, "filter", top=True)
    return cast("Mapping[str, JsonValue]", value)


def _finite(value: object) -> object:
    """Infinity as the largest number there is: ``{"$lt": inf}`` is a way to say "any number", and no JSON."""
    if isinstance(value, float) and math.isinf(value):
        return math.copysign(sys.float_info.max, value)
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in cast("Mapping[object, object]", value).items()}
    return value


def _check_operators(value: JsonValue, field: str, *, top: bool = False) -> None:
    if not isinstance(value, dict):
        return
    operators = [] if top else [key for key in value if key.startswith("$")]
    for key, inner in value.items():
        here = f"{field}.{key[:60]}"
        if operators and key not in _OPERATORS:
            raise InvalidInput(f"Unsupported operator: use one of {', '.join(_OPERATORS)}", field=here)
        if top and key.startswith("$"):
            raise InvalidInput("a filter's own keys name fields of the value", field=here)
        if not operators:
            _check_operators(inner, here)


def item_input(op: PutOp, *, fields: Sequence[str] | Literal[False], most: int) -> ItemInput:
    """The item that a put asks for.

    Args:
        op: A put whose value is not None.
        fields: Paths of the texts to be found by, where the operation names none; False: none at all.
        most: Longest text to be found by, in characters; what is over it counts in the value only.
    """
    value = json_value(op.value, field=f"value of {op.key!r}")
    if not isinstance(value, dict):
        raise InvalidInput(f"must be a mapping, not {type(op.value).__name__}", field=f"value of {op.key!r}")
    paths = fields if op.index is None or fields is False else op.index
    texts = [text[:most] for path in paths or () for text in get_text_at_path(value, path)]
    return ItemInput(
        path=op.namespace,
        key=op.key,
        value=value,
        texts=tuple(dict.fromkeys(texts)),
        ttl=None if op.ttl is None else op.ttl * 60,
    )


def graph_item(item: Item) -> GraphItem:
    """An item as LangGraph has it."""
    return GraphItem(
        value=cast("dict[str, Any]", item.value),
        key=item.key,
        namespace=item.path,
        created_at=item.created_at,
        updated_at=item.updated_at,
    )


def search_item(found: FoundItem) -> SearchItem:
    """A found item as LangGraph has it."""
    item = found.item
    return SearchItem(
        namespace=item.path,
        key=item.key,
        value=cast("dict[str, Any]", item.value),
        created_at=item.created_at,
        updated_at=item.updated_at,
        score=found.score,
    )


def literal_prefix(op: ListNamespacesOp) -> Labels:
    """The labels that all wanted namespaces begin with."""
    best: Labels = ()
    for condition in op.match_conditions or ():
        if condition.match_type == "prefix":
            stop = condition.path.index("*") if "*" in condition.path else len(condition.path)
            best = max(best, tuple(condition.path[:stop]), key=len)
    return best


def listed(op: ListNamespacesOp, namespaces: Iterable[Labels]) -> list[Labels]:
    """The namespaces that an operation asks for, sorted, cut to its depth, one page of them."""
    fitting = {namespace[: op.max_depth] for namespace in namespaces if all(_fits(one, namespace) for one in op.match_conditions or ())}
    return sorted(fitting)[op.offset : op.offset + op.limit]


def _fits(condition: MatchCondition, namespace: Labels) -> bool:
    length = len(condition.path)
    if len(namespace) < length:
        return False
    part = namespace[:length] if condition.match_type == "prefix" else namespace[len(namespace) - length :]
    return all(wanted in ("*", label) for wanted, label in zip(condition.path, part, strict=True))
