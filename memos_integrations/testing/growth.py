"""Whether work grows in proportion to its input, on a machine of any speed that others use as well."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["grows_in_proportion"]


def grows_in_proportion(work: Callable[[int], object], size: int, *, at_once: float = 0.05) -> bool:
    """Whether four times as much takes about four times as long: ``work`` that grows with the square takes sixteen.

    The least processor time of a few runs of each size is compared, so that a machine that is slow or busy does not decide.

    Args:
        work: Does so much work.
        size: How much is asked of it at most.
        at_once: Seconds beside its share that are quick enough: clocks are coarse, and what is longer may take another way.
    """

    def seconds(amount: int) -> float:
        begun = time.process_time()
        work(amount)
        return time.process_time() - begun

    seconds(max(size // 100, 1))  # what is compiled and loaded once
    few, many = float("inf"), float("inf")
    for _ in range(4):
        few, many = min(few, seconds(size // 4)), min(many, seconds(size))
        if many <= 8 * few + at_once:
            return True
    return False
