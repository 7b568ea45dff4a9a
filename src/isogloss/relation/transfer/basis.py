"""Features of pairs as columns that a linear model can use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isogloss.relation.transfer.pairs import Pairs, standardise

OTHERS = "other targets"
"""What a source did for other targets; stands beside the features' names in reasons."""
SKEW = 2.0
"""A positive feature that is more skewed than this, as sizes are, counts by its logarithm."""
BANDWIDTHS = (None, 0.5, 0.15)
"""How near other targets must be to count; None takes all alike."""
SHRINK = 0.3
"""Pseudo-targets, as near as the nearest three, that know nothing of a source."""


@dataclass(frozen=True)
class Basis:
    """How each feature is scaled, learned from the training pairs."""

    floors: Any
    """What is added before the logarithm is taken; NaN where none is."""
    means: Any
    spreads: Any
    """0 for a feature that never varies; it is left out."""

    @classmethod
    def fit(cls, values: Any) -> Basis:
        """Learn scales from (pairs, features)."""
        import numpy as np

        floors = np.array([_floor(column) for column in values.T])
        logs = _logs(values, floors)
        known = ~np.isnan(logs)
        count = np.maximum(known.sum(0), 1)
        means = np.where(known, logs, 0).sum(0) / count
        spreads = np.sqrt(np.where(known, (logs - means) ** 2, 0).sum(0) / count)
        return cls(floors, means, np.where(spreads > 1e-9, spreads, 0.0))

    def scaled(self, values: Any) -> Any:
        """Give features in standard deviations; NaN stays."""
        import numpy as np

        wide = np.where(self.spreads > 0, self.spreads, np.inf)
        return (_logs(values, self.floors) - self.means) / wide

    def columns(self, pairs: Pairs) -> tuple[Any, Any]:
        """Give columns, centred by group, and the feature that each belongs to.

        A feature has its value, its value within the group, and how near it is to the
        group's highest and lowest: the nearest source is more than a little nearer. An
        unknown value stands at the mean of what is known, with a column that says so.
        """
        import numpy as np

        scaled = self.scaled(pairs.values)
        missing = np.isnan(scaled)
        filled = np.where(missing, 0.0, scaled)
        width = scaled.shape[1]
        within, high, low = (np.zeros_like(filled) for _ in range(3))
        for places in pairs.members.values():
            for column in range(width):
                known = places[~missing[places, column]]
                if len(known) > 1 and np.ptp(filled[known, column]) > 1e-9:
                    _within(filled[known, column], known, column, (within, high, low))
        blocks = np.concatenate([filled, within, high, low, missing * 1.0], axis=1)
        for places in pairs.members.values():
            blocks[places] -= blocks[places].mean(0)
        return blocks, np.tile(np.arange(width), 5)

    def profile(self, pairs: Pairs) -> tuple[Any, list[str], list[str]]:
        """Describe each group by its features to each source: (groups, sources, features)."""
        import numpy as np

        scaled = self.scaled(pairs.values)
        within = np.full_like(scaled, np.nan)
        for places in pairs.members.values():
            for column in range(scaled.shape[1]):
                known = places[~np.isnan(scaled[places, column])]
                if len(known) > 1:
                    within[known, column] = standardise(scaled[known, column])
        groups, sources = list(pairs.members), sorted(set(pairs.sources))
        found = np.full((len(groups), len(sources), 2 * scaled.shape[1]), np.nan)
        row = {group: place for place, group in enumerate(groups)}
        line = {source: place for place, source in enumerate(sources)}
        at = [row[g] for g in pairs.groups], [line[s] for s in pairs.sources]
        found[at] = np.concatenate([scaled, within], axis=1)
        return found, groups, sources


@dataclass(frozen=True)
class Others:
    """What each source did for other targets, the nearer ones counting more."""

    basis: Basis
    profile: Any
    groups: list[str]
    targets: list[str]
    sources: list[str]
    scores: Any
    """(groups, sources), NaN where not known."""
    unit: float
    """Median distance between training groups."""
    weights: Any
    """One a group."""

    @classmethod
    def fit(cls, basis: Basis, pairs: Pairs, scores: Any) -> Others:
        """Lay out the scores of training pairs, standardised by group."""
        import numpy as np

        profile, groups, sources = basis.profile(pairs)
        table = np.full(profile.shape[:2], np.nan)
        row = {group: place for place, group in enumerate(groups)}
        column = {source: place for place, source in enumerate(sources)}
        table[[row[g] for g in pairs.groups], [column[s] for s in pairs.sources]] = scores
        targets = [pairs.targets[places[0]] for places in pairs.members.values()]
        apart = _apart(profile, profile)
        known = apart[(apart > 0) & ~np.isnan(apart)]
        unit = float(np.median(known)) if len(known) else 1.0
        weights = np.array([pairs.weights[places].mean() for places in pairs.members.values()])
        return cls(basis, profile, groups, targets, sources, table, unit, weights)

    def columns(self, pairs: Pairs) -> Any:
        """Give one column a bandwidth; a pair's own target never counts."""
        import numpy as np

        place = {source: column for column, source in enumerate(self.sources)}
        profile, groups, sources = self.basis.profile(pairs)
        shared = [source for source in sources if source in place]
        mine = profile[:, [sources.index(source) for source in shared]]
        theirs = self.profile[:, [place[source] for source in shared]]
        apart = _apart(mine, theirs) / self.unit
        own = [pairs.targets[places[0]] for places in pairs.members.values()]
        allowed = np.array([[a != b for b in self.targets] for a in own])
        known = ~np.isnan(self.scores)
        filled = np.where(known, self.scores, 0.0)
        row = {group: at for at, group in enumerate(groups)}
        rows = np.array([row[group] for group in pairs.groups])
        columns = np.array([place.get(source, -1) for source in pairs.sources])
        found = np.zeros((len(pairs), len(BANDWIDTHS)))
        for number, width in enumerate(BANDWIDTHS):
            near = (
                np.ones_like(apart)
                if width is None
                else np.exp(-np.nan_to_num(apart, nan=9) / width)
            )
            near = near * allowed * self.weights
            floor = SHRINK * np.sort(near, axis=1)[:, -3:].mean(axis=1, keepdims=True) + 1e-12
            table = (near @ filled) / (near @ known + floor)
            found[:, number] = np.where(columns >= 0, table[rows, columns], 0.0)
        return found


def _within(values: Any, rows: Any, column: int, into: tuple[Any, Any, Any]) -> None:
    """Fill in where a group's values stand in the group."""
    from scipy.stats import rankdata

    ranks = rankdata(values)
    within, high, low = into
    within[rows, column] = standardise(values)
    high[rows, column] = (len(values) - ranks + 1) ** -0.5
    low[rows, column] = ranks**-0.5


def _apart(mine: Any, theirs: Any) -> Any:
    """Give mean squared differences over what is known of both; NaN where nothing is."""
    import numpy as np

    one, other = (profile.reshape(len(profile), -1) for profile in (mine, theirs))
    known, also = (~np.isnan(one)).astype(float), (~np.isnan(other)).astype(float)
    one, other = np.nan_to_num(one), np.nan_to_num(other)
    count = known @ also.T
    total = (one**2) @ also.T + known @ (other**2).T - 2 * one @ other.T
    return np.where(count > 0, np.maximum(total, 0) / np.maximum(count, 1), np.nan)


def _floor(column: Any) -> float:
    """Give what makes a skewed positive feature fit for a logarithm, NaN for others."""
    import numpy as np

    known = column[~np.isnan(column)]
    if len(known) < 3 or known.min() < 0 or known.max() <= 0 or known.std() < 1e-12:
        return float("nan")
    skew = (((known - known.mean()) / known.std()) ** 3).mean()
    return float(known[known > 0].min()) if skew > SKEW else float("nan")


def _logs(values: Any, floors: Any) -> Any:
    import numpy as np

    plain = np.isnan(floors)
    with np.errstate(invalid="ignore", divide="ignore"):
        logs = np.log(np.maximum(values, 0) + np.where(plain, 1.0, floors))
    return np.where(plain, values, logs)
