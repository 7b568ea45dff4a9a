"""Which runs would help most: the few scores that leave the least unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.relation.transfer.ground import Cell, Ground, share


@dataclass(frozen=True)
class Design:
    """Runs to do next, and what they would leave unknown."""

    cells: tuple[Cell, ...]
    """In the order in which they help."""
    left: float
    """What is left of the standard deviation of what is asked for, on average."""


def design(
    base: Ground,
    asked: Sequence[Cell],
    pool: Sequence[Cell],
    number: int,
    *,
    weights: Any = None,
    contrast: bool = False,
) -> Design:
    """Choose runs one by one, each the one that leaves the least variance.

    Args:
        base: what is known.
        asked: cells whose scores matter.
        pool: cells that can be run.
        number: runs, at most.
        weights: how much each of the asked matters; None: all alike.
        contrast: only differences between the asked matter, not how high they are together.
    """
    import numpy as np

    if not asked or not pool:
        return Design((), 1.0)
    cells = list(dict.fromkeys([*asked, *pool]))
    cover = base.cover(cells)
    row = {cell: at for at, cell in enumerate(cells)}
    mine, open_ = [row[cell] for cell in asked], [row[cell] for cell in dict.fromkeys(pool)]
    each = np.full(len(mine), 1 / len(mine)) if weights is None else np.asarray(weights)
    less = np.eye(len(mine)) - each if contrast else np.eye(len(mine))
    noise = base.noise(share(np.zeros(1)), base.items)[0]

    def unknown() -> float:
        return float(each @ np.diag(less @ cover[np.ix_(mine, mine)] @ less.T))

    before, taken = unknown(), list[int]()
    while len(taken) < min(number, len(open_)):
        told = each @ (less @ cover[np.ix_(mine, open_)]) ** 2
        told = told / (np.diag(cover)[open_] + noise)
        told[[open_.index(one) for one in taken]] = -1.0
        best = open_[int(told.argmax())]
        cover = cover - np.outer(cover[best], cover[best]) / (cover[best, best] + noise)
        taken.append(best)
    left = (max(unknown(), 0.0) / before) ** 0.5 if before > 0 else 1.0
    return Design(tuple(cells[at] for at in taken), left)
