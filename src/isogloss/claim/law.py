"""How a score grows with the number of labelled examples: two laws, and how they fit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from isogloss.analysis.ladder import rung
from isogloss.claim.effect import Of
from isogloss.core.errors import IsoglossError

Array = Any
Rung = tuple[int, int]
"""(labelled examples per language, draw of them)."""


def rungs(recipes: Collection[str], base: str) -> dict[Rung, str]:
    """Find the recipes that add shots to another, that one itself as zero shots.

    Raises:
        IsoglossError: the shots differ in more than their number and draw.
    """
    found: dict[Rung, str] = {(0, 0): base} if base in recipes else {}
    forms = set()
    for recipe in sorted(recipes):
        step = rung(recipe)
        if step is not None and step[1] == base:
            forms.add(step[0])
            found[step[2], step[3]] = recipe
    if len(forms) > 1:
        raise IsoglossError(f"the shots differ in more than k and draw: {', '.join(sorted(forms))}")
    return found


def laws(ladder: Sequence[Rung]) -> list[tuple[Of, tuple[Of, ...]]]:
    """Give what is taken from the scores of a ladder's rungs: fit and slope.

    Draws of examples are averaged; beside each function stand those that leave
    out one draw.

    Returns:
        How much larger the linear law's leave-one-out error is than the
        logarithmic law's, and what a factor of e in (1 + shots) adds.
    """
    draws = sorted({draw for k, draw in ladder if k})
    found = []
    for take in (_better, _slope):
        less = [_of(ladder, take, draw) for draw in draws] if len(draws) > 1 else []
        found.append((_of(ladder, take), tuple(less)))
    return found


def _of(ladder: Sequence[Rung], take: Any, without: int | None = None) -> Of:
    import numpy as np

    shots = sorted({k for k, _ in ladder})
    kept = [[k == n and (not k or draw != without) for k, draw in ladder] for n in shots]
    weights = np.array(kept, dtype=float)
    empty = weights.sum(1) == 0
    if empty.any():  # only that draw has so many shots: it stays
        weights[empty] = [[k == n for k, _ in ladder] for n in np.array(shots)[empty]]
    weights /= weights.sum(1, keepdims=True)
    return partial(_taken, weights=weights, shots=np.array(shots, dtype=float), take=take)


def _taken(scores: Array, weights: Array, shots: Array, take: Any) -> Array:
    return take(scores @ weights.T, shots)


def _better(scores: Array, shots: Array) -> Array:
    import numpy as np

    return _error(scores, shots) - _error(scores, np.log1p(shots))


def _slope(scores: Array, shots: Array) -> Array:
    import numpy as np

    x = np.log1p(shots) - np.log1p(shots).mean()
    return scores @ x / (x @ x)


def _error(scores: Array, x: Array) -> Array:
    """Give the root mean square of a line's leave-one-out errors: (..., rungs) to (...,)."""
    import numpy as np

    design = np.stack([np.ones_like(x), x], axis=1)
    hat = design @ np.linalg.pinv(design)
    left = (scores - scores @ hat.T) / (1 - np.diag(hat))
    return np.sqrt((left**2).mean(axis=-1))
