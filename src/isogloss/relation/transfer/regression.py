"""Foretell transfer from features of language pairs, and find the few that do it.

A language left out is left out as a source as well as a target.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.matrix import RESAMPLES, Grid, Transfers, verdict

Array = Any
KNOWN = 0.8
"""Share of the pairs of which a feature has to be known to be selected."""
FLAT = 1e-9
"""Range of scores that stand still: no law can be told from another."""
GAIN = 0.01
"""Share by which a further feature has to lessen the error."""


@dataclass(frozen=True)
class Forward:
    """Features taken one by one until the error on languages left out stops falling."""

    chosen: tuple[str, ...]
    errors: tuple[float, ...]
    """Mean absolute error on the language left out, without any feature and after each."""
    nested: float
    """The same where the selection, too, has not seen the language."""
    coefficients: Mapping[str, float]
    """Standardised, of the chosen ones together."""
    pairs: int
    langs: int
    left_out: tuple[str, ...]
    """Features that are constant, or known of too few pairs."""


def forward(table: Transfers) -> Forward:
    """Take features greedily while the error on a language left out falls.

    Raises:
        IsoglossError: too few languages, or no feature that is known well enough.
    """
    import numpy as np

    grid = Grid.of(table)
    known = {name: grid.at(name) for name in grid.features}
    usable = [
        name for name, x in known.items() if np.isfinite(x).mean() >= KNOWN and np.nanstd(x) > 1e-12
    ]
    if not usable:
        raise IsoglossError(
            f"{table.name}: no feature varies and is known of most pairs",
            "add features, or languages that typology covers",
        )
    whole = np.stack([known[name] for name in usable], axis=1)
    kept = np.isfinite(whole).all(axis=1)
    x, y = whole[kept], grid.y[kept]
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    folds = _Folds(x, y, grid.source[kept], grid.target[kept])
    chosen, errors = _steps(folds, None)
    nested = [folds.error([*_steps(folds, lang)[0]], lang) for lang in folds.langs]
    weights = folds.solve(chosen, ()) if chosen else np.zeros(1)
    scale = y.std() or 1.0
    return Forward(
        chosen=tuple(usable[i] for i in chosen),
        errors=tuple(errors),
        nested=float(np.mean(nested)),
        coefficients={
            usable[i]: float(w / scale) for i, w in zip(chosen, weights[1:], strict=True)
        },
        pairs=int(kept.sum()),
        langs=len(folds.langs),
        left_out=tuple(name for name in known if name not in usable),
    )


def _steps(folds: _Folds, without: int | None) -> tuple[list[int], list[float]]:
    """Select, with one language unseen altogether."""
    chosen: list[int] = []
    errors = [folds.mean([], without)]
    while len(chosen) < folds.width:
        left = [i for i in range(folds.width) if i not in chosen]
        error, best = min((folds.mean([*chosen, i], without), i) for i in left)
        if error >= errors[-1] * (1 - GAIN):
            break
        chosen.append(best)
        errors.append(error)
    return chosen, errors


class _Folds:
    """Least squares with languages left out, from sums of squares kept by language."""

    def __init__(self, x: Array, y: Array, source: Array, target: Array) -> None:
        import numpy as np

        self.x, self.y, self.source, self.target = x, y, source, target
        self.width = x.shape[1]
        self.langs = [int(lang) for lang in np.unique(target)]
        self.whole = np.column_stack([np.ones(len(y)), x, y])
        self.sums: dict[tuple[int, ...], Array] = {}

    def gram(self, without: tuple[int, ...]) -> Array:
        if without not in self.sums:
            import numpy as np

            kept = ~np.isin(self.source, without) & ~np.isin(self.target, without)
            rows = self.whole[kept]
            self.sums[without] = rows.T @ rows
        return self.sums[without]

    def solve(self, features: Sequence[int], without: tuple[int, ...]) -> Array:
        """Give intercept and coefficients."""
        import numpy as np

        gram = self.gram(tuple(sorted(without)))
        places = [0, *(i + 1 for i in features)]
        return np.linalg.lstsq(gram[np.ix_(places, places)], gram[places, -1], rcond=None)[0]

    def error(self, features: Sequence[int], lang: int, without: int | None = None) -> float:
        """Give the mean absolute error on one language as a target, unseen in both places."""
        import numpy as np

        gone = (lang,) if without is None else (lang, without)
        rows = self.target == lang
        if without is not None:
            rows &= self.source != without
        if not rows.any():
            return math.nan
        weights = self.solve(features, gone)
        made = weights[0] + self.x[rows][:, list(features)] @ weights[1:]
        return float(np.abs(made - self.y[rows]).mean())

    def mean(self, features: Sequence[int], without: int | None) -> float:
        import numpy as np

        errors = [self.error(features, lang, without) for lang in self.langs if lang != without]
        return float(np.nanmean(errors))


@dataclass(frozen=True)
class Growth:
    """How scores grow with the number of labelled examples of the target."""

    slope: float
    """What each tenfold of the examples adds."""
    low: float
    high: float
    """95 %, over languages."""
    logarithm: float
    line: float
    """Share of a language's variance that each law leaves unexplained, the mean over languages;
    both have as many parameters."""
    better: float
    """How much less the logarithm's is."""
    better_low: float
    better_high: float
    langs: int
    shots: tuple[int, ...]

    @property
    def verdict(self) -> str:
        """Say whether the logarithm fits better than the straight line."""
        return verdict(self.better_low, self.better_high)


def growth(ladders: Sequence[Mapping[str, Mapping[int, float]]], *, seed: int = 0) -> Growth:
    """Fit the logarithm of the shots, and a straight line to compare with.

    Args:
        ladders: tables of language -> shots -> score.

    Raises:
        IsoglossError: no language has three numbers of shots.
    """
    import numpy as np

    from isogloss.analysis.ladder import RUNGS, pooled

    found: dict[str, list[tuple[float, float, float]]] = {}
    for ladder in ladders:
        for lang, points in ladder.items():
            if len(points) < RUNGS:
                continue
            shots, scores = (
                np.array(list(each), dtype=float) for each in zip(*points.items(), strict=True)
            )
            if np.ptp(scores) < FLAT:
                continue
            slope = pooled({lang: points}).b * math.log(10)
            fits = (_unexplained(np.log1p(shots), scores), _unexplained(shots, scores))
            found.setdefault(lang, []).append((slope, *fits))
    if not found:
        raise IsoglossError(
            f"a law needs {RUNGS} numbers of shots, and scores that differ; no language has them",
            "train with more numbers of examples of the target",
        )
    sums = np.array([[len(rows), *np.sum(rows, axis=0)] for rows in found.values()])
    rng = np.random.default_rng([seed, 6])
    drawn = rng.multinomial(len(sums), [1 / len(sums)] * len(sums), size=RESAMPLES) @ sums
    slopes = np.quantile(drawn[:, 1] / drawn[:, 0], (0.025, 0.975))
    better = np.quantile((drawn[:, 3] - drawn[:, 2]) / drawn[:, 0], (0.025, 0.975))
    whole = sums.sum(axis=0)
    slope, logarithm, line = (float(value / whole[0]) for value in whole[1:])
    return Growth(
        slope=slope,
        low=float(slopes[0]),
        high=float(slopes[1]),
        logarithm=logarithm,
        line=line,
        better=line - logarithm,
        better_low=float(better[0]),
        better_high=float(better[1]),
        langs=len(found),
        shots=tuple(
            sorted({k for ladder in ladders for points in ladder.values() for k in points})
        ),
    )


def _unexplained(x: Array, y: Array) -> float:
    """Give the share of the variance that the best line leaves."""
    import numpy as np

    design = np.stack([np.ones_like(x), x], axis=1)
    weights = np.linalg.lstsq(design, y, rcond=None)[0]
    return float(((y - design @ weights) ** 2).sum() / ((y - y.mean()) ** 2).sum())
