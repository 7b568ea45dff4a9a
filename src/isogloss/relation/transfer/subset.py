"""Choose several source languages at once, for the best average or the best worst case."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.relation.transfer.rank import Ranking

Pair = tuple[str, str]
"""(source, target)."""
Gain = Callable[[tuple[str, ...], str], float]
"""(sources, target) -> what the target gets from all of them together."""
Over = Literal["mean", "worst"]
DRAWS = 500
"""Chances in which forecasts err."""
MOST = 5_000
"""Subsets that are all looked at; above it, sources are taken one by one."""


@dataclass(frozen=True)
class Subset:
    """Sources chosen together."""

    sources: tuple[str, ...]
    """In the order in which they were taken, or as the candidates stand."""
    value: float
    """What was made as large as can be: the mean or the worst over targets."""
    by_target: Mapping[str, float]
    cost: float
    exhaustive: bool
    """Whether every subset was looked at, so that none is better."""


def best_of(scores: Mapping[Pair, float]) -> Gain:
    """Give a target the best of its sources: for a choice of one of several models."""
    return lambda sources, target: max(_known(scores, one, target) for one in sources)


def mean_of(scores: Mapping[Pair, float]) -> Gain:
    """Give a target the mean of its sources: for one model on an even mix of them."""
    return lambda sources, target: (
        sum(_known(scores, one, target) for one in sources) / len(sources)
    )


def coverage(similarity: Mapping[Pair, float]) -> Gain:
    """Give the chance that some source covers a target, each by its similarity from 0 to 1.

    A second source like the first adds less than one of another kind.

    Raises:
        IsoglossError: a similarity outside of 0 to 1.
    """
    if wrong := {pair: value for pair, value in similarity.items() if not 0 <= value <= 1}:
        (one, other), value = next(iter(wrong.items()))
        raise IsoglossError(
            f"the similarity of '{one}' and '{other}' is {value:g}", "scale them to 0 to 1"
        )

    def gain(sources: tuple[str, ...], target: str) -> float:
        return 1 - math.prod(1 - _known(similarity, one, target) for one in sources)

    return gain


def expected_best(scores: Mapping[Pair, float], errors: Mapping[Pair, float]) -> Gain:
    """Give a target what the best of its sources is expected to reach.

    Forecasts err independently, so that a second source nearly as good is worth
    something: it may turn out to be the better one.

    Args:
        scores: expected ones.
        errors: their standard deviations.
    """
    from functools import cache

    import numpy as np

    @cache
    def drawn(source: str, target: str) -> Any:
        rng = np.random.default_rng([*source.encode(), 0, *target.encode()])
        score = _known(scores, source, target)
        return score + _known(errors, source, target) * rng.standard_normal(DRAWS)

    def gain(sources: tuple[str, ...], target: str) -> float:
        return float(np.max([drawn(one, target) for one in sources], axis=0).mean())

    return gain


def together(rankings: Sequence[Ranking], size: int, *, over: Over = "mean") -> Subset:
    """Choose sources that serve several targets, by their rankings.

    Raises:
        IsoglossError: no candidate is left that is none of the targets.
    """
    targets = [one.target for one in rankings]
    lists = [{source.lang: source for source in one.sources} for one in rankings]
    shared = [lang for lang in lists[0] if all(lang in one for one in lists)]
    left = [lang for lang in shared if lang not in targets]
    cells = [(lang, one) for lang in left for one in zip(targets, lists, strict=True)]
    scores = {(lang, target): one[lang].score for lang, (target, one) in cells}
    errors = {(lang, target): one[lang].error for lang, (target, one) in cells}
    return choose(expected_best(scores, errors), left, targets, size, over=over)


def observed(scores: Mapping[tuple[frozenset[str], str], float], otherwise: Gain) -> Gain:
    """Give what was measured where it was, and what is foretold elsewhere.

    Args:
        scores: (sources, target) -> the score of a model trained on all of them.
        otherwise: what is foretold of the other groups.
    """

    def gain(sources: tuple[str, ...], target: str) -> float:
        found = scores.get((frozenset(sources), target))
        return otherwise(sources, target) if found is None else found

    return gain


def choose(
    gain: Gain,
    candidates: Sequence[str],
    targets: Sequence[str],
    size: int,
    *,
    over: Over = "mean",
    costs: Mapping[str, float] | None = None,
    budget: float | None = None,
    exhaustive: bool | None = None,
) -> Subset:
    """Choose at most so many sources within a budget.

    Taking one by one adds the source with the largest gain, or the largest for each
    unit of cost, and is compared with the best single source. Of equal
    subsets the one with the better mean over targets is taken, then the cheaper
    and the earlier.

    Args:
        gain: what a target gets from a group of sources.
        candidates: languages to choose from.
        targets: languages to serve.
        size: sources, at most.
        over: what counts: the mean over targets, or the worst of them.
        costs: what each candidate costs; 1 where none are given.
        budget: what the chosen may cost together; None leaves it open.
        exhaustive: look at every subset; None does where there are few.

    Raises:
        IsoglossError: nothing to choose from, or nothing that the budget allows.
    """
    _check(candidates, targets, size, costs)
    paid = {lang: 1.0 if costs is None else costs[lang] for lang in candidates}
    limit = math.inf if budget is None else budget
    allowed = [lang for lang in candidates if paid[lang] <= limit]
    if not allowed:
        raise IsoglossError(
            f"the budget of {limit:g} allows no source",
            f"the cheapest costs {min(paid.values()):g}",
        )
    size = min(size, len(allowed))
    every = sum(math.comb(len(allowed), k) for k in range(1, size + 1))
    whole = every <= MOST if exhaustive is None else exhaustive

    def rank(sources: tuple[str, ...]) -> tuple[float, float, float]:
        found = [gain(sources, target) for target in targets]
        mean = sum(found) / len(found)
        return (min(found) if over == "worst" else mean), mean, -_cost(sources, paid)

    groups = _all(allowed, size, paid, limit) if whole else _grown(allowed, size, paid, limit, rank)
    best = max(groups, key=rank)
    by_target = {target: gain(best, target) for target in targets}
    return Subset(best, rank(best)[0], by_target, _cost(best, paid), whole)


def _all(
    allowed: Sequence[str], size: int, paid: Mapping[str, float], limit: float
) -> Iterable[tuple[str, ...]]:
    return (
        group
        for k in range(1, size + 1)
        for group in combinations(allowed, k)
        if _cost(group, paid) <= limit
    )


def _grown(
    allowed: Sequence[str],
    size: int,
    paid: Mapping[str, float],
    limit: float,
    rank: Callable[[tuple[str, ...]], tuple[float, float, float]],
) -> list[tuple[str, ...]]:
    """Give the best single source, and every stage of taking one by one.

    Sources are taken by their gain, and once more by their gain for each unit of cost.
    """
    alone = {lang: rank((lang,)) for lang in allowed}
    first = max(allowed, key=alone.__getitem__)
    found: list[tuple[str, ...]] = [(first,)]
    for units in (dict.fromkeys(allowed, 1.0), dict(paid)):
        before = min(alone.values())
        chosen: tuple[str, ...] = ()
        while len(chosen) < size:
            made = {
                lang: rank((*chosen, lang))
                for lang in allowed
                if lang not in chosen and _cost((*chosen, lang), paid) <= limit
            }
            if not made:
                break
            worth = {
                lang: tuple((made[lang][i] - before[i]) / units[lang] for i in (0, 1))
                for lang in made
            }
            best = max(made, key=worth.__getitem__)
            chosen, before = (*chosen, best), made[best]
            found.append(chosen)
    return found


def _cost(sources: Iterable[str], paid: Mapping[str, float]) -> float:
    return sum(paid[lang] for lang in sources)


def _known(scores: Mapping[Pair, float], source: str, target: str) -> float:
    value = scores.get((source, target), math.nan)
    if math.isnan(value):
        raise IsoglossError(
            f"nothing is known of '{source}' for '{target}'",
            "leave out the candidate or the target, or rank them first",
        )
    return value


def _check(
    candidates: Sequence[str],
    targets: Sequence[str],
    size: int,
    costs: Mapping[str, float] | None,
) -> None:
    if not candidates or not targets:
        raise IsoglossError(
            f"no {'target' if candidates else 'candidate'} languages", "name at least one"
        )
    if size < 1:
        raise IsoglossError(f"{size} sources are none", "choose at least 1")
    if len(set(candidates)) < len(candidates):
        twice = next(lang for lang in candidates if list(candidates).count(lang) > 1)
        raise IsoglossError(f"candidate '{twice}' is there twice", "leave one out")
    if costs is not None:
        for lang in candidates:
            if costs.get(lang, 0.0) <= 0:
                raise IsoglossError(
                    f"'{lang}' costs {costs.get(lang, 0.0):g}", "give a cost above 0"
                )
