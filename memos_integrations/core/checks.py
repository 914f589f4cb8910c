"""Arguments that callers without a type checker get wrong: each check names the argument and repeats nothing long of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from ..errors import InvalidInput
from .masking import mask_secrets

__all__ = ["choice", "flag", "names", "number", "positive", "seconds", "shown", "strings"]

T = TypeVar("T", bound=str)

_SHOWN = 40
_LOOKED_AT = 200
_LONGEST_WAIT = 10.0**9  # seconds: what is longer is a mistake, and no clock takes it


def shown(value: object) -> str:
    """A value as an error may repeat it: short text and numbers, of all else the type."""
    if isinstance(value, bool | int | float):
        return str(value) if not isinstance(value, int) or abs(value) < 10**_SHOWN else "a huge number"
    if isinstance(value, str):
        words = mask_secrets(value[:_LOOKED_AT])
        return repr(words[:_SHOWN]) + ("…" if len(words) > _SHOWN else "")
    return type(value).__name__


def positive(value: object, *, field: str) -> int:
    """A whole number of at least 1.

    Raises:
        InvalidInput: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidInput(f"must be a whole number, not {type(value).__name__}", field=field)
    if value < 1:
        raise InvalidInput(f"must be at least 1, not {shown(value)}", field=field)
    return value


def seconds(value: object, *, field: str) -> float | None:
    """A positive number of seconds, or None.

    Raises:
        InvalidInput: It is something else, or no time that a clock can wait.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise InvalidInput("must be a positive number of seconds", field=field)
    return _LONGEST_WAIT if value > _LONGEST_WAIT else float(value)


def number(value: object, low: float, high: float, *, field: str) -> float:
    """A finite number between two bounds, both included.

    Raises:
        InvalidInput: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidInput(f"must lie between {low:g} and {high:g}", field=field)
    return float(value)


def flag(value: object, *, field: str) -> bool:
    """True or False.

    Raises:
        InvalidInput: It is something else.
    """
    if not isinstance(value, bool):
        raise InvalidInput(f"must be True or False, not {shown(value)}", field=field)
    return value


def choice(value: object, options: Sequence[T], *, field: str) -> T:
    """One of some names.

    Raises:
        InvalidInput: It is none of them.
    """
    for option in options if isinstance(value, str) else ():
        if option == value:
            return option
    raise InvalidInput(f"must be one of {', '.join(options)}; not {shown(value)}", field=field)


def strings(value: object, *, field: str, what: str) -> list[str]:
    """A collection of strings, which one string is not.

    Args:
        value: What was given.
        field: The argument.
        what: What the strings are, for the error.

    Raises:
        InvalidInput: It is something else.
    """
    if isinstance(value, str | bytes | bytearray | Mapping) or not isinstance(value, Iterable):
        raise InvalidInput(f"must be a list of {what}, not {type(value).__name__}", field=field)  # pyright: ignore[reportUnknownArgumentType]  # its name only
    found: list[str] = []
    items: Iterable[object] = value  # pyright: ignore[reportUnknownVariableType]  # items are checked below
    for item in items:
        if not isinstance(item, str):
            raise InvalidInput(f"must be a list of {what}; {shown(item)} is none", field=field)
        found.append(item)
    return found


def names(value: object, options: Sequence[T], *, field: str, what: str) -> list[T]:
    """Some of a few names, at least one, in the order of the options.

    Raises:
        InvalidInput: It is something else.
    """
    wanted = strings(value, field=field, what=what)
    unknown = [name for name in wanted if name not in options]
    if unknown or not wanted:
        raise InvalidInput(f"must be some of {', '.join(options)}" + (f"; not {shown(unknown[0])}" if unknown else ""), field=field)
    return [option for option in options if option in wanted]
