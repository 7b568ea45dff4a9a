"""Rank sources for a target from a plain table of pairs: half linear, half trees.

Four ridges, a listwise model and four sets of boosted trees are fitted to what is known of
other targets. Each is a sum over features, so their mean is one too: the reasons. How much
the trees count, what a step of the mean is worth in score and how far off it is are learned
by leaving languages out of the training pairs, as targets and as sources.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.basis import OTHERS, Basis, Others
from isogloss.relation.transfer.pairs import Pairs, centre
from isogloss.relation.transfer.tree import Trees, grow

RIDGE = 100.0
"""Pseudo-pairs that pull each weight of a ridge to zero."""
LISTWISE = 5.0
"""Penalty on the weights of the listwise model."""
FORESTS = 2
"""Sets of trees of each kind, each on other draws."""
FOLDS = 3
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""How much the trees may count."""
FEWEST = 5
"""Targets from which on languages are left out to learn how good the fit is."""
PLACES = 3
"""How many of the first places decide between shares."""


@dataclass(frozen=True)
class Trust:
    """What leaving out languages has taught."""

    trees: float = 0.5
    """Share of the trees in the mean."""
    slope: float = 0.5
    """Standard deviations of score for one of the mean."""
    error: float = 1.0
    """Standard deviation of what is left, in those of the score within a group."""
    groups: int = 0
    """Groups that were left out in turn; 0 where there were too few."""


@dataclass(frozen=True)
class Ranked:
    """What is expected of the pairs of a table, in standard deviations of the group."""

    value: Any
    parts: Any
    """(pairs, reasons): they add up to ``value``."""
    reasons: tuple[str, ...]
    error: Any
    """Standard deviation; wider where features are missing."""


@dataclass(frozen=True)
class Ranker:
    """Nine small models of the same pairs, and how far to trust them."""

    names: tuple[str, ...]
    basis: Basis
    others: Others
    linear: tuple[tuple[Any, bool], ...]
    """(weights, whether the columns of other targets are among them)."""
    listwise: Any
    trees: tuple[Trees, ...]
    trust: Trust = field(default_factory=Trust)
    left: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """(group, source) -> what was expected of a training pair when its target was left out, as
    a source too; empty where that was not learned."""

    @classmethod
    def fit(
        cls,
        pairs: Pairs,
        *,
        beside: Pairs | None = None,
        trust: Trust | None = None,
        shares: Sequence[float] = SHARES,
    ) -> Ranker:
        """Fit to all pairs that have a score.

        Args:
            beside: pairs that are learned from too, and never left out.
            trust: what is known already of how good the fit is; otherwise it is learned.
            shares: how much the trees may count, of which one is chosen.

        Raises:
            IsoglossError: no pair has a score.
        """
        import numpy as np

        if np.isnan(pairs.scores).all():
            raise IsoglossError(
                f"none of {len(pairs)} pairs of languages has a score", "give some that have"
            )
        pairs = _ordered(pairs.take(~np.isnan(pairs.scores)))
        whole = pairs if beside is None else pairs.and_(beside)
        trees = any(shares) if trust is None else trust.trees > 0
        fitted = _fit(whole, trees)
        if trust is not None:
            return replace(fitted, trust=trust)
        trust, left = _learn(pairs, beside, shares)
        keys = zip(pairs.groups, pairs.sources, strict=True)
        found = {} if left is None else dict(zip(keys, map(float, left), strict=True))
        return replace(fitted, trust=trust, left=found)

    def rank(self, pairs: Pairs) -> Ranked:
        """Say what is expected of each pair, compared with the others of its group."""
        import numpy as np

        linear, trees = self.halves(pairs)
        share = self.trust.trees
        parts = (
            linear * (1 - share) + (trees * share if trees is not None else 0)
        ) * self.trust.slope
        missing = np.isnan(self.basis.scaled(pairs.values)) & (self.basis.spreads > 0)
        unsure = (missing * self._weights() ** 2).sum(1)
        error = np.sqrt(self.trust.error**2 + unsure * self.trust.slope**2)
        return Ranked(parts.sum(1), parts, (*self.names, OTHERS), error)

    def halves(self, pairs: Pairs) -> tuple[Any, Any]:
        """Give the parts of the linear models and of the trees, each on a common scale."""
        import numpy as np

        columns, owner = self.basis.columns(pairs)
        others = _centred(pairs, self.others.columns(pairs))
        owner = np.r_[owner, [len(self.names)] * others.shape[1]]
        both = np.concatenate([columns, others], axis=1)
        ridges = [
            _scaled(pairs, _owned(both[:, : len(w)] * w, owner[: len(w)], len(self.names)))
            for w, _ in self.linear
        ]
        lists = _owned(both * self.listwise, owner, len(self.names))
        linear = _scaled(pairs, _scaled(pairs, sum(ridges)) + _scaled(pairs, lists))
        if not self.trees:
            return linear, None
        seen = np.concatenate([pairs.values, self.others.columns(pairs)], axis=1)
        grown = []
        for trees in self.trees:
            parts = trees.parts(seen)
            width = len(self.names)
            parts = np.c_[parts[:, :width], parts[:, width:].sum(1)]
            grown.append(_scaled(pairs, _centred(pairs, parts)))
        return linear, _scaled(pairs, sum(grown))

    def _weights(self) -> Any:
        """Give what a standard deviation of each feature moves the ridges' mean by."""
        import numpy as np

        width = len(self.names)
        found = [weights[:width] + weights[width : 2 * width] for weights, _ in self.linear]
        return np.mean(found, axis=0)


def _fit(pairs: Pairs, trees: bool) -> Ranker:
    """Fit all members without learning how far to trust them."""
    import numpy as np

    basis = Basis.fit(pairs.values)
    standard, normal, share = pairs.standard, pairs.normal, pairs.share
    others = Others.fit(basis, pairs, standard)
    columns, _ = basis.columns(pairs)
    results = others.columns(pairs)
    both = np.concatenate([columns, _centred(pairs, results)], axis=1)
    linear = tuple(
        (_ridge(table, wanted, pairs.weights), table is both)
        for wanted in (standard, normal)
        for table in (columns, both)
    )
    seen = np.concatenate([pairs.values, results], axis=1)
    grown: tuple[Trees, ...] = ()
    if trees:
        wanted = (normal, share * 10)
        grown = tuple(
            grow(seen, each, pairs.weights, seed) for each in wanted for seed in range(FORESTS)
        )
    listwise = _listwise(both, pairs, share)
    return Ranker(pairs.names, basis, others, linear, listwise, grown)


def _learn(pairs: Pairs, beside: Pairs | None, shares: Sequence[float]) -> tuple[Trust, Any]:
    """Leave languages out, as targets and as sources, and see what would have helped."""
    import numpy as np

    targets = sorted(set(pairs.targets))
    if len(targets) < FEWEST:
        return Trust(), None
    linear, trees = np.zeros(len(pairs)), np.zeros(len(pairs))
    for fold in range(FOLDS):
        left = set(targets[fold::FOLDS])
        asked = np.array([target in left for target in pairs.targets])
        kept = ~asked & np.array([source not in left for source in pairs.sources])
        if not kept.any():
            return Trust(), None
        train = pairs.take(kept) if beside is None else pairs.take(kept).and_(beside)
        one, other = _fit(train, any(shares)).halves(pairs.take(asked))
        linear[asked] = one.sum(1)
        if other is not None:
            trees[asked] = other.sum(1)
    share = _share({s: _gain(pairs, (1 - s) * linear + s * trees) for s in shares})
    value = (1 - share) * linear + share * trees
    wanted = pairs.standard
    slope = float(max(0.0, (value * wanted).sum() / max((value**2).sum(), 1e-9)))
    error = float(np.sqrt(np.mean((wanted - slope * value) ** 2)))
    return Trust(share, slope, error, len(pairs.members)), slope * value


def _share(gains: dict[float, Any]) -> float:
    """Take the most even share of those within one standard error of the best."""
    import numpy as np

    best = max(gains.values(), key=np.mean)
    lost = {share: best - gain for share, gain in gains.items()}
    tied = [s for s, d in lost.items() if d.mean() <= d.std(ddof=1) / len(d) ** 0.5 + 1e-12]
    return min(tied, key=lambda s: abs(s - 0.5))


def _gain(pairs: Pairs, value: Any) -> Any:
    """Give each group's discounted gain of the first places, of the largest that there is."""
    import numpy as np

    found = []
    share = pairs.share
    for places in pairs.members.values():
        discount = 1 / np.log2(np.arange(2, min(PLACES, len(places)) + 2))
        first = np.argsort(-value[places], kind="stable")[:PLACES]
        best = np.sort(share[places])[::-1][:PLACES]
        found.append((share[places][first] * discount).sum() / (best * discount).sum())
    return np.array(found)


def _ordered(pairs: Pairs) -> Pairs:
    """Put the rows of a group beside each other, groups in order of their first row."""
    import numpy as np

    return pairs.take(np.concatenate([np.zeros(0, int), *pairs.members.values()]))


def _ridge(columns: Any, wanted: Any, weights: Any) -> Any:
    import numpy as np

    weighted = columns * weights[:, None]
    penalty = RIDGE * np.eye(columns.shape[1])
    return np.linalg.solve(columns.T @ weighted + penalty, weighted.T @ wanted)


def _listwise(columns: Any, pairs: Pairs, share: Any) -> Any:
    """Fit the probability of being best to shares that halve with each place."""
    import numpy as np
    from scipy.optimize import minimize

    sizes = [len(places) for places in pairs.members.values()]
    starts = np.cumsum([0, *sizes[:-1]])
    weights = np.repeat(np.add.reduceat(pairs.weights, starts) / sizes, sizes)

    def loss(beta: Any) -> tuple[float, Any]:
        value = columns @ beta
        value = value - np.repeat(np.maximum.reduceat(value, starts), sizes)
        odds = np.exp(value)
        total = np.repeat(np.add.reduceat(odds, starts), sizes)
        lost = -(weights * share * (value - np.log(total))).sum()
        slope = columns.T @ (weights * (odds / total - share))
        return lost + LISTWISE / 2 * (beta @ beta), slope + LISTWISE * beta

    start = np.zeros(columns.shape[1])
    return minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100}).x


def _owned(parts: Any, owner: Any, width: int) -> Any:
    """Add up the columns that belong to one feature."""
    import numpy as np

    found = np.zeros((len(parts), width + 1))
    np.add.at(found.T, owner, parts.T)
    return found


def _centred(pairs: Pairs, values: Any) -> Any:
    values = values.copy()
    for places in pairs.members.values():
        values[places] = centre(values[places])
    return values


def _scaled(pairs: Pairs, parts: Any) -> Any:
    """Bring the sum of parts to one standard deviation in each group."""
    parts = parts.copy()
    for places in pairs.members.values():
        spread = parts[places].sum(1).std()
        parts[places] *= 1 / spread if spread > 1e-9 else 0.0
    return parts
