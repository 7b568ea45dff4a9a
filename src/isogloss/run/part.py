"""Opened models of other runs: kept in memory, and handed out as copies.

Whoever is given a part may change its weights: they are its own.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.core.run import Run

if TYPE_CHECKING:
    from isogloss.models.model import Model

SHARE = 0.25
"""Share of the machine's memory that the opened parts of all its processes may take."""
UNKNOWN = 8 * 2**30
"""Bytes of memory that a machine is taken to have where it can't be asked."""
CGROUP = Path("/sys/fs/cgroup/memory.max")


def bound(processes: int = 1) -> int:
    """Give the bytes that the opened parts of one of several processes may take."""
    memory = UNKNOWN
    with suppress(AttributeError, OSError, ValueError):  # not every system has these names
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # a container's; `max` where it has none
        memory = min(memory, int(CGROUP.read_text()))
    return int(memory * SHARE / processes)


def size(model: Model) -> int:
    """Count the bytes of a model's parameters and buffers."""
    tensors = [*model.net.parameters(), *model.net.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class Parts:
    """Parts that were opened; the least recently used are dropped when there are too many."""

    def __init__(self, bytes_: int | None = None) -> None:
        """Keep at most so many bytes of parameters; None: as ``bound`` says."""
        self.bound = bound() if bytes_ is None else bytes_
        self._models: OrderedDict[str, Any] = OrderedDict()

    @property
    def bytes(self) -> int:
        """Count the bytes that are kept."""
        return sum(map(size, self._models.values()))

    def give(self, run: Run, open_: Callable[[], Any]) -> Any:
        """Give a run's model, as a copy of the one that is kept; open it where none is."""
        key = run.weights_key
        if key not in self._models:
            model = open_()
            if size(model) > self.bound or not _movable(model):
                return model
            model.net.to("cpu")
            while self.bytes + size(model) > self.bound:
                self._models.popitem(last=False)
            self._models[key] = model
        self._models.move_to_end(key)
        return self._models[key].copy()


def _movable(model: Model) -> bool:
    """Tell whether a network can leave its device, which one in few bits can't."""
    return all(parameter.is_floating_point() for parameter in model.net.parameters())
