"""Filters over what a memory says of itself, decided here so that all stores answer alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pydantic import JsonValue

from ..errors import InvalidInput
from .messages import json_value

__all__ = ["Predicate", "compile_filter"]

Predicate = Callable[[Mapping[str, JsonValue]], bool]
_Test = Callable[[bool, JsonValue], bool]
_DEPTH = 16
_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$contains")


def compile_filter(filter: Mapping[str, object], *, metadata: bool = True) -> Predicate:
    """Turn a filter into a predicate.

    Keys name fields of a memory or, with ``metadata``, of its ``metadata``; a dotted key is looked up as it is, then as a
    path. A mapping is a filter on the mapping that is there. Other values are compared for equality, or by
    ``$eq $ne $gt $gte $lt $lte $in $nin $exists $contains``; ``$and``, ``$or`` and ``$not`` join filters. Only like types
    are ordered: a number is never less than a string.

    Raises:
        InvalidInput: Naming the place at fault.
    """
    return _compile(json_value(filter, field="filter"), "filter", 0, ("metadata",) if metadata else ())


def _compile(filter: object, field: str, depth: int, places: Sequence[str]) -> Predicate:
    if depth > _DEPTH:
        raise InvalidInput(f"is nested deeper than {_DEPTH} levels", field=field)
    if not isinstance(filter, Mapping):
        raise InvalidInput(f"must be a mapping such as {{'topic': 'travel'}}, not {type(filter).__name__}", field=field)
    parts: list[Predicate] = []
    for key, value in cast("Mapping[object, JsonValue]", filter).items():
        if not isinstance(key, str) or not key:
            raise InvalidInput("has a key that is no name", field=field)
        here = f"{field}.{key[:60]}"
        if key in ("$and", "$or"):
            parts.append(_joined(key, value, here, depth, places))
        elif key == "$not":
            inner = _compile(value, here, depth + 1, places)
            parts.append(lambda data, inner=inner: not inner(data))  # type: ignore[misc]  # bound now, not in the loop
        elif key.startswith("$"):
            raise InvalidInput("is no operator that joins filters; use $and, $or or $not", field=here)
        else:
            parts.append(_condition(key, value, here, depth, places))
    return lambda data: all(part(data) for part in parts)


def _joined(key: str, value: JsonValue, field: str, depth: int, places: Sequence[str]) -> Predicate:
    if not isinstance(value, list | tuple) or not value:
        raise InvalidInput("must be a list of filters", field=field)
    inner = [_compile(one, f"{field}[{i}]", depth + 1, places) for i, one in enumerate(value)]
    if key == "$and":
        return lambda data: all(part(data) for part in inner)
    return lambda data: any(part(data) for part in inner)


def _condition(key: str, value: JsonValue, field: str, depth: int, places: Sequence[str]) -> Predicate:
    if isinstance(value, Mapping) and any(str(name).startswith("$") for name in value):
        tests = [_test(name, wanted, f"{field}.{name}") for name, wanted in value.items()]
    elif isinstance(value, Mapping):
        tests = [_within(_compile(value, field, depth + 1, ()))]
    else:
        tests = [_test("$eq", value, field)]

    def check(data: Mapping[str, JsonValue]) -> bool:
        there, found = _lookup(data, key, places)
        return all(test(there, found) for test in tests)

    return check


def _within(inner: Predicate) -> _Test:
    return lambda there, found: isinstance(found, Mapping) and inner(found)


def _lookup(data: Mapping[str, JsonValue], key: str, places: Sequence[str]) -> tuple[bool, JsonValue]:
    for place in (data, *(data.get(name) for name in places)):
        if isinstance(place, Mapping):
            if key in place:
                return True, place[key]
            found: JsonValue = cast("JsonValue", place)
            for step in key.split("."):
                if isinstance(found, Mapping) and step in found:
                    found = found[step]
                elif isinstance(found, list) and step.isdecimal() and len(step) < 9 and int(step) < len(found):
                    found = found[int(step)]
                else:
                    break
            else:
                return True, found
    return False, None


def _test(name: str, wanted: JsonValue, field: str) -> _Test:
    if name not in _OPERATORS:
        raise InvalidInput(f"is no operator; use one of {', '.join(_OPERATORS)}", field=field)
    if name == "$eq":
        return lambda there, found: _equal(found, wanted)
    if name == "$ne":
        return lambda there, found: not _equal(found, wanted)
    if name == "$exists":
        if not isinstance(wanted, bool):
            raise InvalidInput("must be true or false", field=field)
        return lambda there, found: (there and found is not None) is wanted
    if name in ("$in", "$nin"):
        if not isinstance(wanted, Sequence) or isinstance(wanted, str):
            raise InvalidInput("must be a list of values", field=field)
        options = list(wanted)
        if name == "$in":
            return lambda there, found: any(_among(found, one) for one in options)
        return lambda there, found: not any(_among(found, one) for one in options)
    if name == "$contains":
        return lambda there, found: _contains(found, wanted)
    if isinstance(wanted, bool) or not isinstance(wanted, int | float | str):
        raise InvalidInput("must be a number or a string", field=field)
    return lambda there, found: _ordered(name, found, wanted)


def _equal(found: JsonValue, wanted: JsonValue) -> bool:
    if isinstance(found, bool) is not isinstance(wanted, bool):
        return False
    if isinstance(wanted, tuple):
        wanted = list(wanted)
    return found == wanted


def _among(found: JsonValue, wanted: JsonValue) -> bool:
    return _equal(found, wanted) or (isinstance(found, list) and any(_equal(one, wanted) for one in found))


def _contains(found: JsonValue, wanted: JsonValue) -> bool:
    if isinstance(found, str):
        return isinstance(wanted, str) and wanted.casefold() in found.casefold()
    if isinstance(found, list):
        return any(_equal(one, wanted) for one in found)
    return isinstance(found, Mapping) and isinstance(wanted, str) and wanted in found


def _ordered(name: str, found: JsonValue, wanted: int | float | str) -> bool:
    if isinstance(found, bool) or found is None:
        return False
    if isinstance(found, str):
        if not isinstance(wanted, str):
            return False
        order = (found > wanted) - (found < wanted)
    elif isinstance(found, int | float) and not isinstance(wanted, str):
        order = (found > wanted) - (found < wanted)
    else:
        return False
    return {"$lt": order < 0, "$lte": order <= 0, "$gt": order > 0, "$gte": order >= 0}[name]
