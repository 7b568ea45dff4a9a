"""Few-shot ladders: does the score grow with the logarithm of the shots?

A ladder is a recipe at several numbers of shots. Its law is
``s(k) = a + b log(k + c)``, by language and over all of them with one b.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from isogloss.analysis.system import System
from isogloss.core.errors import IsoglossError
from isogloss.core.metric import Metric
from isogloss.core.recipe import Recipe, parse
from isogloss.plugin import name_of
from isogloss.store import Store

RUNGS = 3
"""Numbers of shots that a law needs at least."""
RESAMPLES = 1000
OFFSETS = (-2.0, 2.0, 81)
"""Powers of ten between which c is looked for, and in how many steps."""


@dataclass(frozen=True)
class Law:
    """The law of one language, or of all with one slope."""

    lang: str
    """Empty for all languages."""
    points: tuple[tuple[int, float], ...]
    """(shots, mean score over draws and seeds), rising."""
    a: float
    b: float
    """What the score gains each time that k + c grows e-fold."""
    c: float
    r2: float | None
    """Share of the variance explained, within languages; None where the score stands still."""
    error: float | None
    """Mean absolute error on what was left out of the fit: a rung; for all languages a
    language, foretold from its lowest rung."""
    low: float | None = None
    high: float | None = None
    """95 % interval of b over items, draws, seeds and, for all, languages."""

    def at(self, k: float) -> float:
        """Give the score that the law has for k shots."""
        return self.a + self.b * math.log(k + self.c)


@dataclass(frozen=True)
class Ladder:
    """One recipe at several numbers of shots, at one learning rate."""

    task: str
    model: str
    sources: tuple[str, ...]
    recipe: str
    """Without the numbers of shots and of the draw."""
    lr: float
    draws: tuple[int, ...]
    seeds: tuple[int, ...]
    laws: tuple[Law, ...]
    """By language."""
    pooled: Law


Runs = Mapping[int, Sequence[Sequence[str]]]
"""Shots -> run ids by draw and seed."""


def ladders(
    store: Store, found: Sequence[System], metric: Metric, *, c: float | None = 1.0
) -> list[Ladder]:
    """Find the ladders among systems, and fit their laws.

    Args:
        store: has the item statistics, for the intervals.
        found: systems of one task; they differ in `k` and `draw` of `shots` alone.
            The recipe without shots is the rung of 0, where none has that number.
        metric: what grows.
        c: the offset; None looks for the best one over all languages.
    """
    groups: dict[tuple[Any, str, str], dict[tuple[int, int], System]] = defaultdict(dict)
    plain: dict[tuple[Any, str], System] = {}
    for system in found:
        setting = (system.optimizer, system.lr, system.step)
        place = (system.task, system.model, system.sources, setting)
        step = rung(system.recipe)
        if step is None:
            plain.setdefault((place, system.recipe), system)
        else:
            recipe, without, k, draw = step
            groups[place, recipe, without].setdefault((k, draw), system)
    made = []
    for (place, recipe, without), rungs in groups.items():
        zero = plain.get((place, without))
        if zero is not None and not any(k == 0 for k, _ in rungs):
            rungs[0, 0] = zero
        ladder = _ladder(store, recipe, rungs, metric, c)
        made += [ladder] if ladder else []
    return made


def rung(recipe: str) -> tuple[str, str, int, int] | None:
    """Give a recipe without numbers, the same without shots, the shots and the draw."""
    if "shots" not in recipe:
        return None
    try:
        methods = parse(recipe).methods
    except IsoglossError:  # a plug-in that is not loaded
        return None
    shots: list[Any] = [m for m in methods if name_of(type(m)) == "shots"]
    if len(shots) != 1:
        return None
    bare = {name: type(shots[0]).__dataclass_fields__[name].default for name in ("k", "draw")}
    whole = (replace(m, **bare) if m is shots[0] else m for m in methods)
    rest = (m for m in methods if m is not shots[0])
    return str(Recipe(tuple(whole))), str(Recipe(tuple(rest))), shots[0].k, shots[0].draw


def _ladder(
    store: Store,
    recipe: str,
    rungs: Mapping[tuple[int, int], System],
    metric: Metric,
    c: float | None,
) -> Ladder | None:
    shots = sorted({k for k, _ in rungs})
    above = [{draw for k, draw in rungs if k == shot} for shot in shots if shot]
    draws = sorted(set.intersection(*above)) if above else []
    if len(shots) < RUNGS or not draws:
        return None
    zero = next((system for (k, _), system in sorted(rungs.items()) if not k), None)
    grid = {k: [rungs[k, d] if k else zero for d in draws] for k in shots}
    every = [system for row in grid.values() for system in row if system is not None]
    seeds = sorted(set.intersection(*(set(system.seeds) for system in every)))
    first = every[-1]
    langs = [lang for lang in first.langs if lang not in first.sources]
    scores = {lang: _points(grid, lang, metric, seeds) for lang in langs}
    scores = {lang: points for lang, points in scores.items() if len(points) >= RUNGS}
    if not scores or not seeds:
        return None
    c = _offset(scores) if c is None else c
    runs = {
        k: [[s.runs[s.seeds.index(seed)] for seed in seeds] for s in row if s is not None]
        for k, row in grid.items()
    }
    drawn = _drawn(store, runs, scores, metric, c)
    laws = tuple(_ends(_law(lang, points, c), drawn) for lang, points in scores.items())
    return Ladder(
        task=first.task,
        model=first.model,
        sources=first.sources,
        recipe=recipe,
        lr=first.lr,
        draws=tuple(draws),
        seeds=tuple(seeds),
        laws=laws,
        pooled=_ends(pooled(scores, c), drawn),
    )


def _points(
    grid: Mapping[int, Sequence[System | None]], lang: str, metric: Metric, seeds: Sequence[int]
) -> dict[int, float]:
    """Average over draws and seeds, where all of them have a score."""
    found = {}
    for k, row in grid.items():
        scores = [system.score(lang, metric.name) if system else None for system in row]
        values = [
            score.values[system.seeds.index(seed)]
            for score, system in zip(scores, row, strict=True)
            if score and system and len(score.values) == len(system.seeds)
            for seed in seeds
        ]
        if len(values) == len(row) * len(seeds):
            found[k] = sum(values) / len(values)
    return found


def _line(points: Mapping[int, float], c: float) -> tuple[float, float, float]:
    """Give intercept, slope and squared error of least squares over log(k + c)."""
    xs, ys = [math.log(k + c) for k in points], list(points.values())
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    b = sum(w * value for w, value in zip(_slope(xs), ys, strict=True))
    residue = sum((value - y - b * (at - x)) ** 2 for at, value in zip(xs, ys, strict=True))
    return y - b * x, b, residue


def _slope(xs: Sequence[float]) -> list[float]:
    """Give the weights under which scores sum up to their slope."""
    mean = sum(xs) / len(xs)
    square = sum((x - mean) ** 2 for x in xs)
    return [(x - mean) / square for x in xs]


def _explained(points: Sequence[Mapping[int, float]], residue: float) -> float | None:
    whole = sum((y - sum(p.values()) / len(p)) ** 2 for p in points for y in p.values())
    return 1 - residue / whole if whole > 1e-12 else None


def _law(lang: str, points: Mapping[int, float], c: float) -> Law:
    a, b, residue = _line(points, c)
    missed = []
    if len(points) > RUNGS:
        for k, value in points.items():
            left_a, left_b, _ = _line({j: v for j, v in points.items() if j != k}, c)
            missed.append(abs(left_a + left_b * math.log(k + c) - value))
    error = sum(missed) / len(missed) if missed else None
    return Law(lang, tuple(points.items()), a, b, c, _explained([points], residue), error)


def pooled(scores: Mapping[str, Mapping[int, float]], c: float = 1.0) -> Law:
    """Fit one slope, and an intercept for each language: language -> shots -> score."""
    b = _common(list(scores.values()), c)
    residue, missed = 0.0, []
    for lang, points in scores.items():
        xs, ys = [math.log(k + c) for k in points], list(points.values())
        x, y = sum(xs) / len(xs), sum(ys) / len(ys)
        residue += sum((v - y - b * (at - x)) ** 2 for at, v in zip(xs, ys, strict=True))
        others = [other for name, other in scores.items() if name != lang]
        if others:
            left = _common(others, c)
            pairs = list(zip(xs, ys, strict=True))[1:]
            missed += [abs(ys[0] + left * (at - xs[0]) - value) for at, value in pairs]
    shared = set.intersection(*(set(points) for points in scores.values()))
    means = {k: sum(p[k] for p in scores.values()) / len(scores) for k in sorted(shared)}
    logs = [sum(math.log(k + c) for k in p) / len(p) for p in scores.values()]
    values = [sum(p.values()) / len(p) for p in scores.values()]
    a = (sum(values) - b * sum(logs)) / len(scores)
    error = sum(missed) / len(missed) if missed else None
    explained = _explained(list(scores.values()), residue)
    return Law("", tuple(means.items()), a, b, c, explained, error)


def _common(points: Sequence[Mapping[int, float]], c: float) -> float:
    """Give the slope that languages share; those with more spread in shots weigh more."""
    spreads = [_spread([math.log(k + c) for k in each]) for each in points]
    slopes = [_line(each, c)[1] for each in points]
    return sum(s * b for s, b in zip(spreads, slopes, strict=True)) / sum(spreads)


def _spread(xs: Sequence[float]) -> float:
    mean = sum(xs) / len(xs)
    return sum((x - mean) ** 2 for x in xs)


def _offset(scores: Mapping[str, Mapping[int, float]]) -> float:
    """Look for the offset under which all languages' laws fit best."""
    low, high, steps = OFFSETS
    tried = [10 ** (low + (high - low) * step / (steps - 1)) for step in range(steps)]
    return min(tried, key=lambda c: sum(_line(points, c)[2] for points in scores.values()))


def _drawn(
    store: Store, runs: Runs, scores: Mapping[str, Mapping[int, float]], metric: Metric, c: float
) -> dict[str, Any]:
    """Resample slopes: language -> (resamples,), and the pooled ones under no name.

    A resample draws items (the same in all languages with as many), draws of
    shots and seeds (the same in all languages and rungs), and languages.
    """
    import numpy as np

    rng = np.random.default_rng([0, 5])
    first = next(iter(runs.values()))
    draws, seeds = (_shares(rng, size) for size in (len(first), len(first[0])))
    found: dict[str, Any] = {}
    for lang, points in scores.items():
        read = [_stats(store, runs[k], lang, metric) for k in points]
        if not all(read):
            return {}
        stats = np.array(read)  # rungs, draws, seeds, items, statistics
        items = _shares(np.random.default_rng([0, stats.shape[3]]), stats.shape[3])
        by_run = np.stack(
            [
                metric.score(items @ one) * np.ones(RESAMPLES)
                for one in stats.reshape(-1, *stats.shape[3:])
            ]
        ).reshape(*stats.shape[:3], RESAMPLES)
        rungs = np.einsum("kdsn,nd,ns->nk", by_run, draws, seeds)
        found[lang] = rungs @ np.array(_slope([math.log(k + c) for k in points]))
    spreads = np.array([_spread([math.log(k + c) for k in points]) for points in scores.values()])
    weights = _shares(rng, len(scores)) * spreads
    found[""] = (np.stack(list(found.values()), axis=1) * weights).sum(1) / weights.sum(1)
    return found


def _shares(rng: Any, size: int) -> Any:
    """Draw how often each of some things is in each resample, as shares: (resamples, size)."""
    return rng.multinomial(size, [1 / size] * size, size=RESAMPLES) / size


def _stats(store: Store, runs: Sequence[Sequence[str]], lang: str, metric: Metric) -> list[Any]:
    """Read item statistics by draw and seed; empty where one has none."""
    found = [[store.stats(run, lang, metric.name) for run in row] for row in runs]
    return found if all(all(row) for row in found) else []


def _ends(law: Law, drawn: Mapping[str, Any]) -> Law:
    if law.lang not in drawn:
        return law
    import numpy as np

    low, high = np.quantile(drawn[law.lang], (0.025, 0.975))
    return replace(law, low=float(low), high=float(high))
