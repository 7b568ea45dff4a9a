"""Be told to stop, even where a library swallows it.

Python drops what is raised in a ``__del__`` or a callback, an interrupt as well. So a
signal is raised where it arrives, and kept: long work asks between two steps.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Wanted = Mapping[int, Callable[[], BaseException]]
"""Signal -> what it raises."""
_asked: list[Callable[[], BaseException]] = []


@contextmanager
def listening(wanted: Wanted) -> Iterator[None]:
    """Raise at these signals for a while; only the main thread can. A second one kills."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in wanted}
    listen(wanted)
    try:
        yield
        check()
    finally:
        _asked[:] = [one for one in _asked if one not in wanted.values()]
        for number, handler in before.items():
            signal.signal(number, handler)


def listen(wanted: Wanted) -> None:
    """Raise at these signals from now on."""

    def stop(number: int, _: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        _asked.append(wanted[number])
        raise wanted[number]()

    for number in wanted:
        signal.signal(number, stop)


def check() -> None:
    """Stop now, if that was asked for and got lost."""
    if _asked:
        raise _asked[0]()
