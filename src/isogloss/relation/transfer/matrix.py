"""Scores by source and target, and by the number of sources."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.observation import Observation

Pair = tuple[str, str]
"""(source, target)."""
Array = Any
FEWEST = 5
"""Languages that a test needs: with 4 there are 24 orders of them at most."""
RESAMPLES = 1000


@dataclass(frozen=True)
class Transfers:
    """Scores of language pairs on one task, and what is known of the pairs."""

    name: str
    scores: Mapping[Pair, float]
    features: Mapping[str, Mapping[Pair, float]]
    """Feature -> pair -> value; NaN or no entry where it is not known."""

    @property
    def langs(self) -> tuple[str, ...]:
        """List all languages, sources and targets."""
        return tuple(sorted({lang for pair in self.scores for lang in pair}))

    @property
    def targets(self) -> tuple[str, ...]:
        """List the target languages."""
        return tuple(sorted({target for _, target in self.scores}))


def tabulate(
    name: str,
    scores: Mapping[Pair, float],
    features: Callable[[str, str], Mapping[str, float]],
) -> Transfers:
    """Put features beside scores; missing cells and a language with itself are left out."""
    kept = {
        pair: score for pair, score in scores.items() if pair[0] != pair[1] and math.isfinite(score)
    }
    found: dict[str, dict[Pair, float]] = {}
    for pair in kept:
        for feature, value in features(*pair).items():
            found.setdefault(feature, {})[pair] = value
    return Transfers(name, kept, found)


@dataclass(frozen=True)
class Gain:
    """How much is gained by one kind of sources over another."""

    value: float
    low: float
    high: float
    """95 %, over target languages and groups of sources."""
    targets: int
    groups: int
    """Groups of sources behind it, over all targets."""

    @property
    def verdict(self) -> str:
        """Say supported, refuted or undecided, as it is where targets are few."""
        return verdict(self.low, self.high) if self.targets >= FEWEST else "undecided"


@dataclass(frozen=True)
class Count:
    """The score from one number of sources, on languages that are not among them."""

    number: int
    score: Gain
    over: Gain | None
    """What it adds to a single source; None for one."""


def verdict(low: float, high: float) -> str:
    """Read an interval of something that was claimed to be above nothing."""
    return "supported" if low > 0 else "refuted" if high < 0 else "undecided"


def single(found: Iterable[Observation]) -> dict[Pair, float]:
    """Give the mean score over seeds of every source and target, from one source alone."""
    scores: dict[Pair, list[float]] = defaultdict(list)
    for one in found:
        if len(one.mix) == 1:
            scores[one.mix[0][0], one.target].append(one.score)
    return {pair: sum(values) / len(values) for pair, values in scores.items()}


def by_number(found: Iterable[Observation], *, seed: int = 0) -> list[Count]:
    """Average by number of sources, first over groups of them, then over targets.

    Targets are the languages that no group of some size has: each is unseen by
    at least one group of every size that counts.

    Raises:
        IsoglossError: only one number of sources was tried.
    """
    import numpy as np

    cells: dict[int, dict[str, dict[tuple[str, ...], list[float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for one in found:
        sources = tuple(sorted(lang for lang, _ in one.mix))
        if one.target not in sources:
            cells[len(sources)][one.target][sources].append(one.score)
    if len(cells) < 2:
        raise IsoglossError(
            "one number of sources alone tells nothing of how many to take",
            'list groups of several sizes: sources = [["de"], ["fr"], ["de", "fr"]]',
        )
    targets = sorted(set.intersection(*(set(row) for row in cells.values())))
    if not targets:
        raise IsoglossError(
            "no target is unseen by groups of every size", "score languages outside the groups"
        )
    rng = np.random.default_rng([seed, 3])
    drawn = rng.multinomial(len(targets), [1 / len(targets)] * len(targets), size=RESAMPLES)
    means: dict[int, tuple[Array, Array, int]] = {}
    for number, row in sorted(cells.items()):
        values = [np.array([np.mean(s) for s in row[lang].values()]) for lang in targets]
        again = np.stack([_resampled(rng, each) for each in values], axis=1)
        means[number] = np.array([v.mean() for v in values]), again, sum(map(len, values))
    least = min(means)
    counts = []
    for number, (real, again, groups) in means.items():
        score = _gain(real, again, drawn, groups)
        over = None
        if number != least:
            first, first_again, _ = means[least]
            over = _gain(real - first, again - first_again, drawn, groups)
        counts.append(Count(number, score, over))
    return counts


def contrast(
    scores: Mapping[Pair, float], near: Callable[[str, str], bool | None], *, seed: int = 0
) -> Gain:
    """Compare near with far sources of the same targets.

    Args:
        near: (source, target) -> whether it is near; None where that is not known.

    Raises:
        IsoglossError: no target has sources of both kinds.
    """
    import numpy as np

    groups: dict[str, dict[bool, list[float]]] = defaultdict(lambda: {True: [], False: []})
    for (source, target), score in scores.items():
        kind = near(source, target) if source != target else None
        if kind is not None:
            groups[target][kind].append(score)
    both = [groups[lang] for lang in sorted(groups) if groups[lang][True] and groups[lang][False]]
    if not both:
        raise IsoglossError(
            "no target has both near and far sources", "score more sources for each target"
        )
    rng = np.random.default_rng([seed, 4])
    drawn = rng.multinomial(len(both), [1 / len(both)] * len(both), size=RESAMPLES)
    sides = [[np.array(each[kind]) for each in both] for kind in (True, False)]
    real = [np.array([v.mean() for v in side]) for side in sides]
    again = [np.stack([_resampled(rng, v) for v in side], axis=1) for side in sides]
    count = sum(len(v) for side in sides for v in side)
    return _gain(real[0] - real[1], again[0] - again[1], drawn, count)


def _resampled(rng: Any, values: Array) -> Array:
    """Give the means of resampled values: (resamples,)."""
    shares = rng.multinomial(len(values), [1 / len(values)] * len(values), size=RESAMPLES)
    return shares @ values / len(values)


def _gain(real: Array, again: Array, drawn: Array, groups: int) -> Gain:
    import numpy as np

    low, high = np.quantile((again * drawn).sum(1) / drawn.sum(1), (0.025, 0.975))
    return Gain(float(real.mean()), float(low), float(high), len(real), groups)


@dataclass(frozen=True)
class Grid:
    """A table as arrays: languages are numbers."""

    langs: tuple[str, ...]
    source: Array
    target: Array
    y: Array
    features: Mapping[str, Array]
    """Feature -> (languages, languages), NaN where not known."""
    classes: tuple[Array, ...]
    """Languages that may stand for each other: both sides, sources only, targets only."""

    @classmethod
    def of(cls, table: Transfers) -> Grid:
        import numpy as np

        langs = table.langs
        if len(langs) < FEWEST:
            raise IsoglossError(
                f"{table.name}: {len(langs)} languages are too few to tell features apart",
                f"score at least {FEWEST} languages as sources and targets",
            )
        if not table.features:
            raise IsoglossError(f"{table.name}: no features to correlate", "give some of each pair")
        place = {lang: number for number, lang in enumerate(langs)}
        source = np.array([place[one] for one, _ in table.scores])
        target = np.array([place[other] for _, other in table.scores])
        grids = {}
        for name, values in table.features.items():
            grid = np.full((len(langs), len(langs)), np.nan)
            for one, other in table.scores:
                grid[place[one], place[other]] = values.get((one, other), math.nan)
            grids[name] = grid
        first, second = set(source.tolist()), set(target.tolist())
        groups = (first & second, first - second, second - first)
        classes = tuple(np.array(sorted(group)) for group in groups if group)
        y = np.array(list(table.scores.values()), dtype=float)
        return cls(langs, source, target, y, grids, classes)

    def at(self, name: str, order: Array | None = None) -> Array:
        """Read a feature at every pair; with orders, as if languages were others."""
        if name not in self.features:
            raise IsoglossError(
                f"no feature '{name}' in this table", f"it has {', '.join(self.features)}"
            )
        if order is None:
            return self.features[name][self.source, self.target]
        return self.features[name][order[..., self.source], order[..., self.target]]

    def shuffled(self, rng: Any) -> Array:
        import numpy as np

        order = np.arange(len(self.langs))
        for group in self.classes:
            order[group] = rng.permutation(group)
        return order

    def weights(self, rng: Any) -> Array:
        """Draw languages: how often each pair is in each resample."""
        import numpy as np

        counts = np.zeros((RESAMPLES, len(self.langs)))
        for group in self.classes:
            shares = [1 / len(group)] * len(group)
            counts[:, group] = rng.multinomial(len(group), shares, size=RESAMPLES)
        return counts[:, self.source] * counts[:, self.target]


def related(source: str, target: str) -> bool | None:
    """Tell whether two languages have a known ancestor in common; None where not known."""
    from isogloss.relation.typology import distance

    found = distance("genetic", source, target)
    return None if found is None else found < 1
