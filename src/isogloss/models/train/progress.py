"""Progress bars: rate and time left, only on a terminal and after two seconds."""

from __future__ import annotations

from typing import Any

from isogloss.core.machine import Machine


def bar(what: str, total: int, machine: Machine, *, done: int = 0, unit: str = "step") -> Any:
    """Open a bar for work that may take over two seconds; silent off a terminal."""
    from tqdm import tqdm

    return tqdm(
        desc=what,
        total=total,
        initial=done,
        unit=unit,
        delay=2,
        leave=False,
        disable=None if machine.progress else True,
        dynamic_ncols=True,
    )
