"""Scores of pairs of languages as a plain table, and scores made comparable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

COLUMNS = ("groups", "targets", "sources", "values", "scores", "weights")
"""What a table has a value of for every row."""


class Pair(NamedTuple):
    """A source language for a target, what is known of the two, and how it scored."""

    group: str
    """What is ranked together: a target, or a task and a target."""
    target: str
    source: str
    features: Mapping[str, float]
    """Any names; NaN or absent where not known."""
    score: float = float("nan")
    weight: float = 1.0


@dataclass(frozen=True)
class Pairs:
    """A table of pairs, column by column."""

    groups: Any
    targets: Any
    sources: Any
    names: tuple[str, ...]
    """The features' names, in the order of the columns of ``values``."""
    values: Any
    """(pairs, features); NaN where not known."""
    scores: Any
    """NaN where not known; higher is better."""
    weights: Any

    @classmethod
    def of(cls, pairs: Iterable[Pair], names: tuple[str, ...] | None = None) -> Pairs:
        """Lay out pairs as columns; without names, take all that any pair has."""
        import numpy as np

        rows = list(pairs)
        if names is None:
            names = tuple(dict.fromkeys(name for row in rows for name in row.features))
        known = [[row.features.get(name, np.nan) for name in names] for row in rows]
        return cls(
            np.array([row.group for row in rows], dtype=object),
            np.array([row.target for row in rows], dtype=object),
            np.array([row.source for row in rows], dtype=object),
            names,
            np.array(known, dtype=float).reshape(len(rows), len(names)),
            np.array([row.score for row in rows], dtype=float),
            np.array([row.weight for row in rows], dtype=float),
        )

    def __len__(self) -> int:
        return len(self.scores)

    def and_(self, other: Pairs) -> Pairs:
        """Put the rows of another table with the same features below."""
        import numpy as np

        both: dict[str, Any] = {
            name: np.concatenate([getattr(self, name), getattr(other, name)]) for name in COLUMNS
        }
        return replace(self, **both)

    def take(self, index: Any) -> Pairs:
        """Keep some of the rows, by a mask or by their places."""
        return replace(self, **{name: getattr(self, name)[index] for name in COLUMNS})

    @cached_property
    def members(self) -> dict[str, Any]:
        """Give the places of each group's rows."""
        import numpy as np

        found: dict[str, list[int]] = {}
        for place, group in enumerate(self.groups):
            found.setdefault(group, []).append(place)
        return {group: np.array(places) for group, places in found.items()}

    def by_group(self, change: Any, values: Any) -> Any:
        """Apply a function to each group's values."""
        import numpy as np

        found = np.empty_like(values, dtype=float)
        for places in self.members.values():
            found[places] = change(values[places])
        return found

    @property
    def standard(self) -> Any:
        """Give scores in standard deviations from the group's mean."""
        return self.by_group(standardise, self.scores)

    @property
    def normal(self) -> Any:
        """Give the normal scores of the ranks within the group: outliers count less."""
        from scipy.special import ndtri
        from scipy.stats import rankdata

        return self.by_group(lambda v: ndtri((rankdata(v) - 0.5) / len(v)), self.scores)

    @property
    def share(self) -> Any:
        """Give weights that halve with each place in the group and add up to one."""
        from scipy.stats import rankdata

        def halve(scores: Any) -> Any:
            weights = 0.5 ** rankdata(-scores)
            return weights / weights.sum()

        return self.by_group(halve, self.scores)


def centre(values: Any) -> Any:
    """Subtract the mean of each column."""
    return values - values.mean(axis=0)


def standardise(values: Any) -> Any:
    """Centre and divide by the standard deviation; equal values become zeros."""
    spread = values.std()
    return centre(values) / spread if spread > 1e-12 else values * 0.0
