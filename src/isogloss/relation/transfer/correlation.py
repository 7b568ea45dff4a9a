"""How features of language pairs go with transfer, tested over languages.

Pairs of languages are no independent samples, as each language is in many of
them. So a correlation is tested by giving the languages each other's features
(Mantel's test): rows and columns move together, all features at once, and the
smallest p-value by chance of any feature corrects for how many there are
(Westfall and Young's step). Intervals are over languages too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.matrix import RESAMPLES, Grid, Transfers, verdict

Array = Any
MEASURES = ("pearson", "spearman", "within")
"""The last is Pearson's with each target's mean taken out: what tells its sources apart."""
PERMUTATIONS = 2000
CHUNK = 100
"""Permutations at once."""


@dataclass(frozen=True)
class Correlation:
    """How one feature goes with the scores, by one measure."""

    feature: str
    measure: str
    value: float | None
    """None where the feature, or the score, is the same everywhere or unknown."""
    low: float | None
    high: float | None
    """95 %, over languages."""
    p: float | None
    """By permutation of the languages, two-sided."""
    corrected: float | None
    """The same for all features of the table together."""
    pairs: int
    langs: int


def correlations(
    table: Transfers,
    *,
    measures: Sequence[str] = MEASURES,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> list[Correlation]:
    """Correlate every feature with the scores.

    Raises:
        IsoglossError: too few languages for a test, or no features.
    """
    import numpy as np

    grid = Grid.of(table)
    rng = np.random.default_rng([seed, 1])
    orders = np.stack([grid.shuffled(rng) for _ in range(permutations)])
    weights = grid.weights(np.random.default_rng([seed, 2]))
    found: list[Correlation] = []
    for measure in measures:
        told = {name: _Told.of(grid, name, measure) for name in grid.features}
        real = {name: one.real() for name, one in told.items()}
        drawn = {name: one.permuted(orders) for name, one in told.items() if _is(real[name])}
        chances = {name: _chances(np.abs(values)) for name, values in drawn.items()}
        least = np.min([np.ones(permutations), *chances.values()], axis=0)
        for name, one in told.items():
            value = real[name]
            if not _is(value):
                found.append(
                    Correlation(name, measure, None, None, None, None, None, one.pairs, one.langs)
                )
                continue
            low, high = one.ends(weights)
            p = _tail(np.abs(drawn[name]), abs(value))
            corrected = _tail(-least, -p)
            found.append(
                Correlation(name, measure, value, low, high, p, corrected, one.pairs, one.langs)
            )
    return found


@dataclass(frozen=True)
class Difference:
    """Whether one group of features does better than another."""

    value: float
    low: float
    high: float
    """95 %, over languages, the same in all tables."""
    by_table: Mapping[str, float]
    langs: int

    @property
    def verdict(self) -> str:
        """Say supported, refuted or undecided."""
        return verdict(self.low, self.high)


def compare(
    tables: Sequence[Transfers],
    first: Sequence[str],
    second: Sequence[str],
    *,
    signs: Mapping[str, int] | None = None,
    measure: str = "within",
    seed: int = 0,
) -> Difference:
    """Compare two groups of features by their mean correlation, over resampled languages.

    Args:
        tables: each counts as much; a feature that a table lacks is left out there.
        signs: -1 for features of which less goes with more, such as distances; a
            correlation of the wrong sign counts against its group.

    Raises:
        IsoglossError: a table has no feature of a group that can be correlated.
    """
    import numpy as np

    langs = sorted({lang for table in tables for lang in table.langs})
    rng = np.random.default_rng([seed, 2])
    counts = rng.multinomial(len(langs), [1 / len(langs)] * len(langs), size=RESAMPLES)
    real, drawn = {}, []
    for table in tables:
        grid = Grid.of(table)
        own = counts[:, [langs.index(lang) for lang in grid.langs]]
        weights = (own[:, grid.source] * own[:, grid.target]).astype(float)
        sides = [
            _side(table, grid, group, signs or {}, measure, weights) for group in (first, second)
        ]
        real[table.name] = sides[0][0] - sides[1][0]
        drawn.append(sides[0][1] - sides[1][1])
    # a resample of few languages may leave a table nothing that varies
    stacked = np.ma.masked_invalid(np.stack(drawn)).mean(axis=0).compressed()
    low, high = np.quantile(stacked, (0.025, 0.975))
    return Difference(
        float(np.mean(list(real.values()))), float(low), float(high), real, len(langs)
    )


def _side(
    table: Transfers,
    grid: Grid,
    group: Sequence[str],
    signs: Mapping[str, int],
    measure: str,
    weights: Array,
) -> tuple[float, Array]:
    """Give the mean correlation of a group, and the same in every resample."""
    import numpy as np

    told = {name: _Told.of(grid, name, measure) for name in group if name in grid.features}
    real = {name: signs.get(name, 1) * one.real() for name, one in told.items()}
    kept = [name for name, value in real.items() if math.isfinite(value)]
    if not kept:
        raise IsoglossError(
            f"{table.name}: {', '.join(group) or 'no feature'} can't be correlated",
            "give a feature that varies and is known",
        )
    drawn = [signs.get(name, 1) * told[name].resampled(weights) for name in kept]
    return float(np.mean([real[name] for name in kept])), np.mean(drawn, axis=0)


def missed(
    tables: Sequence[Transfers],
    first: Sequence[str],
    second: Sequence[str],
    *,
    signs: Mapping[str, int] | None = None,
    take: int = 3,
    seed: int = 0,
) -> tuple[float, float, Difference]:
    """Compare two groups of features by the sources that they would choose.

    Each feature takes some sources for every target; what it misses is 0 where these
    are the best ones and 1 where they are no better than the average source.

    Returns:
        What the groups miss, and how much less the first misses.

    Raises:
        IsoglossError: no target has more sources than are taken, with all features known.
    """
    import numpy as np

    found: dict[str, list[tuple[str, float, float]]] = {}
    for table in tables:
        for target in table.targets:
            shares = _shares(table, target, (first, second), signs or {}, take)
            if all(math.isfinite(share) for share in shares):
                found.setdefault(target, []).append((table.name, shares[0], shares[1]))
    if not found:
        raise IsoglossError(
            f"no target has more than {take} sources whose features are known",
            "score more sources, or take fewer",
        )
    every = [one for rows in found.values() for one in rows]
    sums = np.array([[len(rows), sum(b - a for _, a, b in rows)] for rows in found.values()])
    rng = np.random.default_rng([seed, 5])
    drawn = rng.multinomial(len(sums), [1 / len(sums)] * len(sums), size=RESAMPLES) @ sums
    low, high = np.quantile(drawn[:, 1] / drawn[:, 0], (0.025, 0.975))
    by_table = {
        name: float(np.mean([b - a for table, a, b in every if table == name]))
        for name in dict.fromkeys(name for name, _, _ in every)
    }
    value = float(np.mean([b - a for _, a, b in every]))
    difference = Difference(value, float(low), float(high), by_table, len(found))
    return (
        float(np.mean([a for _, a, _ in every])),
        float(np.mean([b for *_, b in every])),
        difference,
    )


def _shares(
    table: Transfers,
    target: str,
    groups: Sequence[Sequence[str]],
    signs: Mapping[str, int],
    take: int,
) -> list[float]:
    """Give what each group misses on one target, NaN where that is not known."""
    names = [name for group in groups for name in group if name in table.features]
    own = {
        pair: score
        for pair, score in table.scores.items()
        if pair[1] == target
        and all(math.isfinite(table.features[name].get(pair, math.nan)) for name in names)
    }
    scores = sorted(own.values(), reverse=True)
    if len(scores) <= take:
        return [math.nan] * len(groups)
    best, average = sum(scores[:take]) / take, sum(scores) / len(scores)
    found = []
    for group in groups:
        shares = []
        for name in names:
            if name not in group:
                continue
            values, sign = table.features[name], signs.get(name, 1)
            order = sorted(own, key=lambda pair: (-sign * values[pair], pair))
            mean = sum(own[pair] for pair in order[:take]) / take
            shares.append((best - mean) / (best - average) if best > average else math.nan)
        found.append(sum(shares) / len(shares) if shares else math.nan)
    return found


@dataclass(frozen=True)
class _Told:
    """A feature and the scores, as one measure sees them."""

    grid: Grid
    values: Array
    """(languages, languages), ranks for Spearman."""
    y: Array
    within: bool
    known: Array

    @classmethod
    def of(cls, grid: Grid, name: str, measure: str) -> _Told:
        import numpy as np

        values, y = grid.features.get(name), grid.y
        known = np.isfinite(grid.at(name))
        assert values is not None
        if measure == "spearman":
            from scipy.stats import rankdata

            ranked = np.full(values.shape, np.nan)
            at = (grid.source[known], grid.target[known])
            ranked[at] = rankdata(values[at])
            y = np.full(len(y), np.nan)
            y[known] = rankdata(grid.y[known])
            y = np.where(known, y, np.nanmean(y) if known.any() else 0.0)
            values = ranked
        return cls(grid, values, y, measure == "within", known)

    @property
    def pairs(self) -> int:
        return int(self.known.sum())

    @property
    def langs(self) -> int:
        grid = self.grid
        return len({*grid.source[self.known].tolist(), *grid.target[self.known].tolist()})

    def real(self) -> float:
        return float(self.correlate(self.values[self.grid.source, self.grid.target], 1.0))

    def permuted(self, orders: Array) -> Array:
        import numpy as np

        source, target = self.grid.source, self.grid.target
        parts = [orders[i : i + CHUNK] for i in range(0, len(orders), CHUNK)]
        return np.concatenate(
            [self.correlate(self.values[part[:, source], part[:, target]], 1.0) for part in parts]
        )

    def resampled(self, weights: Array) -> Array:
        import numpy as np

        x = self.values[self.grid.source, self.grid.target]
        parts = [weights[i : i + CHUNK] for i in range(0, len(weights), CHUNK)]
        return np.concatenate([self.correlate(x, part) for part in parts])

    def ends(self, weights: Array) -> tuple[float, float]:
        import numpy as np

        low, high = np.nanquantile(self.resampled(weights), (0.025, 0.975))
        return float(low), float(high)

    def correlate(self, x: Array, weights: Array | float) -> Array:
        """Give the weighted correlation along the last axis; NaN where nothing varies."""
        import numpy as np

        shape = np.broadcast_shapes(np.shape(x), np.shape(weights))
        w = np.broadcast_to(np.isfinite(x) * weights, shape)
        a = self.centred(np.broadcast_to(np.nan_to_num(x), shape), w)
        b = self.centred(np.broadcast_to(self.y, shape), w)
        square = (w * a * a).sum(-1) * (w * b * b).sum(-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(square > 1e-18, (w * a * b).sum(-1) / np.sqrt(square), np.nan)

    def centred(self, x: Array, w: Array) -> Array:
        import numpy as np

        if not self.within:
            whole = w.sum(-1, keepdims=True)
            return x - (w * x).sum(-1, keepdims=True) / np.where(whole > 0, whole, 1)
        member = np.eye(len(self.grid.langs))[self.grid.target]
        whole = w @ member
        means = (w * x) @ member / np.where(whole > 0, whole, 1)
        return x - means[..., self.grid.target]


def _is(value: float) -> bool:
    return math.isfinite(value)


def _chances(drawn: Array) -> Array:
    """Give each permutation the p-value that it would have among the others."""
    import numpy as np

    known = np.nan_to_num(drawn)
    above = len(known) - np.searchsorted(np.sort(known), known - 1e-12)
    return above / len(known)


def _tail(drawn: Iterable[float], value: float) -> float:
    """Give a permutation's p-value, the observed order counted in."""
    import numpy as np

    known = np.nan_to_num(np.asarray(drawn))
    return float((1 + (known >= value - 1e-12).sum()) / (1 + len(known)))
