"""What each source language brings a target, out of runs on any mix of languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import log1p, nan
from typing import Any

from isogloss.relation.transfer.covariance import ASSUMED
from isogloss.relation.transfer.observation import Observation
from isogloss.relation.transfer.pairs import Pair

PENALTIES = (0.1, 1.0, 10.0)
"""Pseudo-runs that pull each source's gain to zero."""
ENOUGH = 3
"""Runs without the target, per source, from which on no others are used."""

Describe = Callable[[str, str], Mapping[str, float]]
"""(source, target) -> features."""


def gains(
    observations: Iterable[Observation], describe: Describe, *, weight: float = 1.0
) -> list[Pair]:
    """Give one pair for each target and source that it was trained with.

    A target's scores are taken as a sum over the sources in the mix, each counting with the
    logarithm of its examples, and fitted by a ridge; with one source a run it is their mean.
    What examples of the target itself bring is fitted beside it and left out.
    """
    groups: dict[tuple[str, str], list[Observation]] = {}
    for one in observations:
        groups.setdefault((group_of(one), one.target), []).append(one)
    found = []
    for (name, target), runs in groups.items():
        for source, size, score in _scores(target, runs):
            known = dict(describe(source, target)) | {"source_size": float(size) or nan}
            found.append(Pair(name, target, source, known, score, weight))
    return found


def group_of(one: Observation) -> str:
    """Name what a score is compared within: the same task, model, recipe and target."""
    return "/".join(filter(None, (one.task, one.model, one.recipe, one.target)))


def _scores(target: str, runs: list[Observation]) -> list[tuple[str, int, float]]:
    """Give (source, its mean number of examples, score with it alone)."""
    runs = without(target, runs)
    langs = sorted({lang for one in runs for lang, _ in one.mix})
    sources = [lang for lang in langs if lang != target]
    sizes = {
        lang: [size for one in runs for code, size in one.mix if code == lang] for lang in langs
    }
    if all(len(one.mix) == 1 for one in runs):
        by_source = {lang: [one.score for one in runs if one.mix[0][0] == lang] for lang in sources}
        return [(lang, _mean(sizes[lang]), sum(s) / len(s)) for lang, s in by_source.items()]
    level, gain = ridge(langs, runs)
    most = max(size for found in sizes.values() for size in found) or ASSUMED
    return [
        (lang, size, level + gain[lang] * log1p(size or ASSUMED) / log1p(most))
        for lang in sources
        if (size := _mean(sizes[lang])) is not None
    ]


def without(target: str, runs: list[Observation]) -> list[Observation]:
    """Keep the runs that saw no example of the target, where they are enough to fit to."""
    left = [one for one in runs if all(lang != target for lang, _ in one.mix)]
    langs = {lang for one in left for lang, _ in one.mix}
    single = all(len(one.mix) == 1 for one in left)
    return left if left and (single or len(left) >= ENOUGH * len(langs)) else runs


def ridge(langs: list[str], runs: list[Observation]) -> tuple[float, dict[str, float]]:
    """Fit the level without any source and what each one adds, with the penalty that predicts
    left-out runs best."""
    import numpy as np

    mixes = [dict(one.mix) for one in runs]
    most = max(size for mix in mixes for size in mix.values()) or ASSUMED
    amount = np.array(
        [
            [log1p(mix[lang] or ASSUMED) / log1p(most) if lang in mix else 0.0 for lang in langs]
            for mix in mixes
        ]
    )
    scores = np.array([one.score for one in runs])
    middle, mean = amount.mean(0), scores.mean()
    best: tuple[float, Any] = (np.inf, None)
    for penalty in PENALTIES:
        inverse = np.linalg.inv(
            (amount - middle).T @ (amount - middle) + penalty * np.eye(len(langs))
        )
        gain = inverse @ (amount - middle).T @ (scores - mean)
        leverage = np.einsum("ij,jk,ik->i", amount - middle, inverse, amount - middle)
        left = (scores - mean - (amount - middle) @ gain) / np.maximum(1 - leverage, 0.05)
        if (error := float((left**2).mean())) < best[0]:
            best = error, gain
    gain = best[1]
    return float(mean - middle @ gain), dict(zip(langs, map(float, gain), strict=True))


def _mean(sizes: list[int]) -> int:
    return round(sum(sizes) / len(sizes))
