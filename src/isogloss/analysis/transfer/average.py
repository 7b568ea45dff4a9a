"""Means and trees beside the process: what each says of a task's scores is averaged.

The process (``ground``) says what it was made to say; plain means over mixes and languages, and
trees over what is known of a target, miss some tables by less. The three are weighed as they
would have missed the languages left out least, and mixes for languages with scores (stacking,
Breiman 1996), so that each comes in where it is better.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.analysis.transfer.tree import Trees, grow

if TYPE_CHECKING:
    from isogloss.analysis.transfer.covariance import Points
    from isogloss.analysis.transfer.kinship import Kinship

SHARES = (0.5, 0.25, 0.25)
"""Weights of process, means and trees before anything was left out."""
PULL = 3
"""Languages, or mixes, that speak for these weights."""
FEWEST = 5
"""Languages, or mixes, from which on they are left out to learn the weights."""
FOLDS = 3
BLOCKS = ("task", "group", "mix", "lang")
"""What means are taken over, each of what those before it leave."""
ROUNDS = 5
"""How often they are taken in turn."""


@dataclass(frozen=True)
class Plain:
    """Means and trees, fitted to logits less what was expected of them."""

    kin: Kinship
    middle: float
    effects: Mapping[str, Any]
    """Block -> what each of its numbers adds; 0 for new ones."""
    trees: Trees

    def of(self, asked: Points) -> Any:
        """Say what the means and what the trees expect: (2, cells)."""
        import numpy as np

        parts = {name: _of(self.effects[name], getattr(asked, name)) for name in BLOCKS}
        shared = self.middle + parts["task"] + parts["group"]
        grown = self.trees.parts(_described(asked, self.kin)).sum(1)
        return np.array([shared + parts["mix"] + parts["lang"], shared + grown])


@dataclass(frozen=True)
class Average:
    """Means, trees, and the weights of process, means and trees."""

    plain: Plain
    known: Any
    """For a language with scores."""
    new: Any
    """For one without."""

    def of(self, asked: Points, process: Any, old: Any) -> Any:
        """Average what the process expects of cells with what means and trees do.

        Args:
            asked: the cells.
            process: what it expects of each.
            old: whether the cell's language has scores.
        """
        import numpy as np

        weights = np.where(old[:, None], self.known, self.new)
        return (weights.T * np.vstack([process, self.plain.of(asked)])).sum(0)


def average(
    asked: Points, kin: Kinship, logits: Any, slopes: Any, errors: Mapping[str, Any]
) -> tuple[Average, dict[str, Any]]:
    """Fit means and trees, and weigh them by what leaving out shows.

    Args:
        asked: the scores' cells.
        kin: the languages.
        logits: of the scores, less what was expected of them.
        slopes: what a unit of a logit is in score.
        errors: `lang` and `mix` -> what the process misses of each score with that left out.

    Returns:
        The average, and what it misses, as `errors`.
    """
    import numpy as np

    weights, missed = {}, {}
    for name, error in errors.items():
        blocks = getattr(asked, name)
        numbers = np.unique(blocks)
        weights[name] = np.array([1.0, 0.0, 0.0])
        members = np.vstack([error, np.zeros((2, len(error)))])
        if len(numbers) >= FEWEST:
            for fold in range(FOLDS):
                out = np.isin(blocks, numbers[fold::FOLDS])
                told = fit(asked[~out], kin, logits[~out]).of(asked[out])
                members[1:, out] = logits[out] - told
            weights[name] = stack(members * slopes, blocks)
        missed[name] = weights[name] @ members
    return Average(fit(asked, kin, logits), weights["mix"], weights["lang"]), missed


def fit(asked: Points, kin: Kinship, logits: Any) -> Plain:
    """Fit means, each as if one more score had been 0, and trees to what tasks leave."""
    import numpy as np

    middle = float(logits.mean())
    rows = {name: getattr(asked, name).astype(int) for name in BLOCKS}
    effects: dict[str, Any] = {name: np.zeros(rows[name].max() + 1) for name in BLOCKS}
    left = logits - middle
    for _ in range(ROUNDS):
        for name, row in rows.items():
            left = left + effects[name][row]
            effects[name] = np.bincount(row, left) / (np.bincount(row) + 1)
            left = left - effects[name][row]
    wanted = logits - middle - effects["task"][rows["task"]] - effects["group"][rows["group"]]
    trees = grow(_described(asked, kin), wanted, np.ones(len(wanted)))
    return Plain(kin, middle, effects, trees)


def stack(errors: Any, blocks: Any) -> Any:
    """Find the weights, of at least 0 and 1 in all, that miss blocks by least on average.

    Args:
        errors: (members, scores).
        blocks: the number of each score's block; all blocks count alike.
    """
    import numpy as np
    from scipy.optimize import nnls

    _, block, counts = np.unique(blocks, return_inverse=True, return_counts=True)
    squares = (errors / counts[block]) @ errors.T / len(counts)
    pull = np.trace(squares) / len(squares) * PULL / len(counts) + 1e-12
    sure = 1e3 * np.sqrt(np.trace(squares) + pull)
    values, vectors = np.linalg.eigh(squares)
    root = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
    size = len(squares)
    table = np.vstack([root, np.sqrt(pull) * np.eye(size), np.full((1, size), sure)])
    weights, _ = nnls(table, np.r_[np.zeros(size), np.sqrt(pull) * np.array(SHARES), sure])
    return weights / weights.sum()


def _of(effects: Any, numbers: Any) -> Any:
    """Look effects up, 0 for numbers that are not among them."""
    import numpy as np

    row = numbers.astype(int)
    return np.where(row < len(effects), effects[np.minimum(row, len(effects) - 1)], 0.0)


def _described(asked: Points, kin: Kinship) -> Any:
    """Give what trees are grown on: (cells, features)."""
    import numpy as np

    known = (asked.own, asked.support, asked.volume, asked.breadth)
    of_target = (asked.strange, asked.alien, asked.split)
    return np.column_stack([*known, *of_target, kin.wealth[asked.lang], kin.pivot[asked.lang]])
