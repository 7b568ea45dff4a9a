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

from isogloss.relation.transfer.covariance import RISE
from isogloss.relation.transfer.tree import Trees, grow

if TYPE_CHECKING:
    from isogloss.relation.transfer.covariance import Points
    from isogloss.relation.transfer.kinship import Kinship

PULL = 3
"""Languages, or mixes, that speak for the process alone."""
FEWEST = 5
"""Languages, or mixes, from which on they are left out to learn the weights."""
FOLDS = 3
PROCESS = (1.0, 0.0, 0.0)
"""Weights of the process, of means and of trees where nothing was left out."""
TINY = 1e-12
BLOCKS = ("task", "group", "mix", "lang")
"""What means are taken over, each of what those before it leave."""
ROUNDS = 8
"""How often they are taken in turn."""
STEADY = 0.25
"""How much examples of the language itself must vary to move what a unit of them brings."""


@dataclass(frozen=True)
class Plain:
    """Means and trees, fitted to logits of scores."""

    kin: Kinship
    middle: float
    rise: float
    """What a unit of the language's own examples brings."""
    effects: Mapping[str, Any]
    """Block -> what each of its numbers adds; 0 for new ones."""
    trees: Trees

    def of(self, asked: Points) -> Any:
        """Say what the means and what the trees expect: (2, cells)."""
        import numpy as np

        parts = {name: _of(self.effects[name], getattr(asked, name)) for name in BLOCKS}
        shared = self.middle + self.rise * asked.own + parts["task"] + parts["group"]
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
        logits: of the scores.
        slopes: what a unit of a logit is in score.
        errors: `lang` and `mix` -> what the process misses of each score with that left out.

    Returns:
        The average, and what it misses, as `errors`, with weights that the others would give.
    """
    import numpy as np

    weights, missed = {}, {}
    for name, error in errors.items():
        blocks = getattr(asked, name)
        numbers = np.unique(blocks)
        if len(numbers) < FEWEST:
            weights[name], missed[name] = PROCESS, error
            continue
        members = np.vstack([error, np.zeros((2, len(error)))])
        for fold in range(FOLDS):
            out = np.isin(blocks, numbers[fold::FOLDS])
            members[1:, out] = logits[out] - fit(asked[~out], kin, logits[~out]).of(asked[out])
        weights[name], missed[name] = stack(members, slopes, blocks)
    return Average(fit(asked, kin, logits), weights["mix"], weights["lang"]), missed


def fit(asked: Points, kin: Kinship, logits: Any) -> Plain:
    """Fit means, each as if one more score had been usual, and trees to what tasks leave."""
    import numpy as np

    rows = {name: getattr(asked, name).astype(int) for name in BLOCKS}
    effects: dict[str, Any] = {name: np.zeros(row.max() + 1) for name, row in rows.items()}
    own, rise = asked.own - asked.own.mean(), RISE
    left = logits - logits.mean() - rise * own
    for _ in range(ROUNDS):
        for name, row in rows.items():
            left = left + effects[name][row]
            effects[name] = np.bincount(row, left) / (np.bincount(row) + 1)
            left = left - effects[name][row]
        left = left + rise * own
        rise = float((own @ left + RISE * STEADY) / (own @ own + STEADY))
        left = left - rise * own
    wanted = left + effects["mix"][rows["mix"]] + effects["lang"][rows["lang"]]
    trees = grow(_described(asked, kin), wanted, np.ones(len(wanted)))
    return Plain(kin, float(logits.mean() - rise * asked.own.mean()), rise, effects, trees)


def stack(errors: Any, slopes: Any, blocks: Any) -> tuple[Any, Any]:
    """Find the weights, of at least 0 and 1 in all, that miss blocks by least on average.

    Args:
        errors: (members, scores), the process first.
        slopes: what a unit of each error counts.
        blocks: the number of each score's block; all blocks count alike.

    Returns:
        The weights, and the errors that are left where each block is weighed by the others.
    """
    import numpy as np

    rows = [np.flatnonzero(blocks == block) for block in np.unique(blocks)]
    scaled = errors * slopes
    squares = np.array([scaled[:, row] @ scaled[:, row].T / len(row) for row in rows])
    left = np.zeros(errors.shape[1])
    for row, own in zip(rows, squares, strict=True):
        left[row] = _least((squares.sum(0) - own) / (len(rows) - 1), len(rows) - 1) @ errors[:, row]
    return _least(squares.mean(0), len(rows)), left


def _least(squares: Any, number: int) -> Any:
    """Minimise a square form, pulled to the process alone."""
    import numpy as np
    from scipy.optimize import nnls

    size = len(squares)
    pull = np.trace(squares) / size * PULL / number + TINY
    sure = 1e3 * np.sqrt(size * pull * number)
    values, vectors = np.linalg.eigh(squares)
    root = np.sqrt(np.maximum(values, 0))[:, None] * vectors.T
    table = np.vstack([root, np.sqrt(pull) * np.eye(size), np.full((1, size), sure)])
    weights, _ = nnls(table, np.r_[np.zeros(size), np.sqrt(pull) * np.array(PROCESS), sure])
    return weights / weights.sum()


def _of(effects: Any, numbers: Any) -> Any:
    """Look effects up, 0 for numbers that are not among them."""
    import numpy as np

    row = numbers.astype(int)
    return np.where(row < len(effects), effects[np.minimum(row, len(effects) - 1)], 0.0)


def _described(asked: Points, kin: Kinship) -> Any:
    """Give what trees are grown on: (cells, features).

    The language's own examples are none of it: they have a slope, and trees would make steps.
    """
    import numpy as np

    of_mix = (asked.support, asked.volume, asked.breadth)
    of_target = (asked.strange, asked.alien, asked.split)
    return np.column_stack([*of_mix, *of_target, kin.wealth[asked.lang], kin.pivot[asked.lang]])
