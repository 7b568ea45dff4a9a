"""What some work costs, in calls: the same on every machine, as seconds are not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def calls(work: Callable[[], object]) -> int:
    """Count the calls that some work makes, of Python's functions and of C's."""
    count = 0

    def see(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def growth(work: Callable[[int], object], size: int) -> float:
    """Tell how many times the calls grow when the size doubles, once all is warm."""
    work(size)
    return calls(lambda: work(2 * size)) / calls(lambda: work(size))
