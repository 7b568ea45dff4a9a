"""Boosted symmetric trees: small, quick to fit, and each prediction a sum over features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BINS = 32
TREES = 100
DEPTH = 4
RATE = 0.1
PENALTY = 5.0
"""Pseudo-pairs in each leaf that pull it to zero."""
COLUMNS = 0.6
"""Share of the features that a tree may use."""
ROWS = 0.8
"""Share of the pairs that a tree is fitted on."""


@dataclass(frozen=True)
class Trees:
    """A sum of trees, each of which asks the same questions on all of its branches."""

    cuts: tuple[Any, ...]
    """Per feature, the borders of its bins; a missing value has a bin of its own, the first."""
    asked: Any
    """(trees, depth, 2): feature and last bin of the lower side."""
    leaves: tuple[Any, ...]
    """Per depth, (trees, 2 ** depth): the mean answer after so many questions."""

    def parts(self, values: Any) -> Any:
        """Give each feature's share in the prediction: (pairs, features)."""
        import numpy as np

        bins = _binned(values, self.cuts)
        found = np.zeros(values.shape)
        for number, asked in enumerate(self.asked):
            leaf = np.zeros(len(values), dtype=int)
            before = self.leaves[0][number][leaf]
            for depth, (column, last) in enumerate(asked, 1):
                leaf = leaf * 2 + (bins[:, column] > last)
                after = self.leaves[depth][number][leaf]
                found[:, column] += after - before
                before = after
        return found


def grow(values: Any, wanted: Any, weights: Any, seed: int = 0) -> Trees:
    """Fit trees to wanted answers by least squares, each to what the ones before left."""
    import numpy as np

    draw = np.random.default_rng(seed)
    cuts = tuple(_borders(column) for column in values.T)
    bins = _binned(values, cuts)
    rows, width = bins.shape
    fitted = np.zeros(rows)
    questions, leaves = [], []
    for _ in range(TREES):
        kept = np.flatnonzero(draw.random(rows) < ROWS)
        used = np.sort(draw.choice(width, max(1, round(COLUMNS * width)), replace=False))
        left = (wanted - fitted) * weights
        asked, means = _tree(bins, left, weights, kept, used)
        leaf = np.zeros(rows, dtype=int)
        for column, last in asked:
            leaf = leaf * 2 + (bins[:, column] > last)
        fitted += means[-1][leaf]
        questions.append(asked)
        leaves.append(means)
    return Trees(cuts, np.array(questions), tuple(map(np.array, zip(*leaves, strict=True))))


def _tree(
    bins: Any, left: Any, weights: Any, kept: Any, used: Any
) -> tuple[list[tuple[int, int]], list[Any]]:
    """Ask the question that explains most over all branches, level by level."""
    import numpy as np

    mine = bins[np.ix_(kept, used)]
    size = BINS + 1
    flat = (mine + np.arange(len(used)) * size).ravel()
    sums, counts = np.repeat(left[kept], len(used)), np.repeat(weights[kept], len(used))
    leaf = np.zeros(len(kept), dtype=int)
    asked: list[tuple[int, int]] = []
    means = [_means(leaf, left[kept], weights[kept], 1)]
    for depth in range(DEPTH):
        branches = 1 << depth
        index = np.repeat(leaf * (len(used) * size), len(used)) + flat
        shape = (branches, len(used), size)
        total = branches * len(used) * size
        low = np.bincount(index, sums, total).reshape(shape).cumsum(2)
        some = np.bincount(index, counts, total).reshape(shape).cumsum(2)
        high, more = low[:, :, -1:] - low, some[:, :, -1:] - some
        gain = (low**2 / (some + PENALTY) + high**2 / (more + PENALTY)).sum(0)[:, :-1]
        column, last = np.unravel_index(gain.argmax(), gain.shape)
        asked.append((int(used[column]), int(last)))
        leaf = leaf * 2 + (mine[:, column] > last)
        means.append(_means(leaf, left[kept], weights[kept], branches * 2))
    return asked, means


def _means(leaf: Any, left: Any, weights: Any, branches: int) -> Any:
    import numpy as np

    found = np.bincount(leaf, left, branches) / (np.bincount(leaf, weights, branches) + PENALTY)
    return RATE * found


def _borders(column: Any) -> Any:
    import numpy as np

    known = column[~np.isnan(column)]
    inner = np.linspace(0, 1, BINS)[1:-1]
    return np.unique(np.quantile(known, inner)) if len(known) else np.zeros(0)


def _binned(values: Any, cuts: tuple[Any, ...]) -> Any:
    import numpy as np

    columns = [
        np.where(np.isnan(column), 0, 1 + np.searchsorted(borders, np.nan_to_num(column)))
        for column, borders in zip(values.T, cuts, strict=True)
    ]
    return np.stack(columns, axis=1)
