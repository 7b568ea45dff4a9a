"""Intervals and tests by resampling items, seeds and languages.

Scores come from summed statistics, so a resample is a row of weights and all
resamples together are one matrix product. A seed gives the same resamples for
every metric and system of a split, which pairs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from isogloss.core.errors import IsoglossError

Array = np.ndarray
Score = Callable[[Array], Array]
Cells = Mapping[str, Sequence[Array]]
"""Language -> one array of statistics (items, k) for each seed."""

_CHUNK = 4_000_000
"""Weights held at a time."""


@dataclass(frozen=True)
class Comparison:
    """A difference of two scores, first minus second."""

    delta: float
    low: float
    high: float
    p: float
    """Two-sided, for no difference."""


def interval(
    stats: Array, score: Score, *, n: int = 1000, level: float = 0.95, seed: int = 0
) -> tuple[float, float]:
    """Give a percentile bootstrap interval over items (Efron 1979).

    Args:
        stats: Statistics of the items, (items, k).
        score: The metric's score of summed statistics.
        n: Resamples.
        level: Share of resampled scores inside.
        seed: Fixes the resamples.

    Returns:
        Both ends, in the metric's own unit; not numbers where there is no item.
    """
    if not len(stats):
        return float("nan"), float("nan")
    return _ends(_resampled(stats, score, n, seed), level)


def paired(
    stats_a: Array,
    stats_b: Array,
    score: Score,
    *,
    n: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Compare two systems on the same items.

    The interval is a paired bootstrap (Koehn 2004), the p-value an approximate
    randomisation (Riezler & Maxwell 2005): items swap systems at random.

    Raises:
        IsoglossError: the two were not scored on the same items.
    """
    _same(stats_a, stats_b)
    if not len(stats_a):
        return Comparison(*[float("nan")] * 4)
    delta = float(score(stats_a.sum(0)) - score(stats_b.sum(0)))
    deltas = _resampled(stats_a, score, n, seed) - _resampled(stats_b, score, n, seed)
    return Comparison(delta, *_ends(deltas, level), _randomised(stats_a, stats_b, score, n, seed))


def hierarchical(
    a: Cells,
    b: Cells | None,
    score: Score,
    *,
    families: Mapping[str, str] | None = None,
    n: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Compare two systems over languages and seeds; or take one by itself.

    The score is the mean over languages of the mean over seeds. A resample
    draws seeds, the same in all languages, and items, the same in all languages
    and seeds (languages with different numbers of items draw their own); so it
    speaks of these languages. With `families` it draws families of languages
    as well and speaks of languages in general. Seeds are paired where both
    systems have as many; else each system draws its own.

    Args:
        a: Language -> one (items, k) array a seed.
        b: The same for the other system; None compares with nothing: `delta` is
            the score itself and `p` is not a number.
        score: The metric's score of summed statistics.
        families: Language -> family; None keeps the languages fixed.
        n: Resamples.
        level: Share of resampled values inside the interval.
        seed: Fixes the resamples.

    Returns:
        The difference; its p-value is twice the smaller tail of the bootstrap.
        Few seeds make the interval too narrow: with three, by about a fifth.

    Raises:
        IsoglossError: the systems differ in languages or items.
    """
    whole, _ = over_languages(a, b, score, families=families, n=n, level=level, seed=seed)
    return whole


def over_languages(
    a: Cells,
    b: Cells | None,
    score: Score,
    *,
    families: Mapping[str, str] | None = None,
    n: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[Comparison, dict[str, Comparison]]:
    """Compare as ``hierarchical``, and in each language by itself with the same resamples."""
    langs = sorted(a)
    _check(a, b)
    rng = np.random.default_rng([seed, 1])
    shares = _language_shares(langs, families, n, rng)
    seeds = _multinomial(rng, len(a[langs[0]]), n)
    sides = [(_means(a, score, langs), _draws(a, score, seeds, langs, seed))]
    if b is not None:
        if len(b[langs[0]]) != len(a[langs[0]]):
            seeds = _multinomial(rng, len(b[langs[0]]), n)
        sides.append((_means(b, score, langs), _draws(b, score, seeds, langs, seed)))
    whole = _compared([(m.mean(), (shares * drawn).sum(1)) for m, drawn in sides], level)
    single = {
        lang: _compared([(m[place], drawn[:, place]) for m, drawn in sides], level)
        for place, lang in enumerate(langs)
    }
    return whole, single


def _compared(sides: Sequence[tuple[float, Array]], level: float) -> Comparison:
    """Take the second's score and resamples from the first's, where there is a second."""
    (score, drawn), *others = sides
    if not others:
        return Comparison(float(score), *_ends(drawn, level), float("nan"))
    ((other, again),) = others
    deltas = drawn - again
    return Comparison(float(score - other), *_ends(deltas, level), _tail(deltas))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979), in the order given."""
    count = len(p_values)
    order = sorted(range(count), key=lambda i: p_values[i])
    corrected, highest = [0.0] * count, 0.0
    for rank, place in enumerate(order):
        highest = max(highest, min(1.0, (count - rank) * p_values[place]))
        corrected[place] = highest
    return corrected


def _multinomial(rng: np.random.Generator, size: int, n: int) -> Array:
    """Draw how often each of `size` things is in each of `n` resamples."""
    return rng.multinomial(size, np.full(size, 1 / size), size=n).astype(float)


def _weights(size: int, n: int, seed: int) -> Iterator[Array]:
    """Draw item weights in chunks; the chunks' size changes no weight."""
    step = max(1, _CHUNK // size)
    if n <= step:
        yield _few_weights(size, n, seed)
        return
    rng = np.random.default_rng([seed, 0])
    for start in range(0, n, step):
        yield _multinomial(rng, size, min(step, n - start))


@lru_cache(maxsize=4)
def _few_weights(size: int, n: int, seed: int) -> Array:
    """Draw and remember: a table resamples the same number of items many times."""
    return _multinomial(np.random.default_rng([seed, 0]), size, n)


def _resampled(stats: Array, score: Score, n: int, seed: int) -> Array:
    """Score every resample of items: (items, ..., k) to (n, ...)."""
    flat = stats.reshape(len(stats), -1)
    chunks = [
        score((weights @ flat).reshape(-1, *stats.shape[1:]))
        for weights in _weights(len(stats), n, seed)
    ]
    return np.concatenate(chunks)


def _randomised(a: Array, b: Array, score: Score, n: int, seed: int) -> float:
    """Give the share of random swaps that differ at least as much."""
    rng = np.random.default_rng([seed, 2])
    total_a, total_b, swap = a.sum(0), b.sum(0), b - a
    observed = abs(score(total_a) - score(total_b))
    if np.isnan(observed):
        return float("nan")
    hits, step = 0, max(1, _CHUNK // len(a))
    for start in range(0, n, step):
        moved = rng.integers(0, 2, size=(min(step, n - start), len(a))).astype(float) @ swap
        deltas = np.abs(score(total_a + moved) - score(total_b - moved))
        hits += int((deltas >= observed - 1e-9).sum())
    return (hits + 1) / (n + 1)


def _draws(cells: Cells, score: Score, seeds: Array, langs: Sequence[str], seed: int) -> Array:
    """Give each language's score in each resample, the mean over seeds: (n, langs)."""
    means = np.zeros((len(seeds), len(langs)))
    for place, lang in enumerate(langs):
        stacked = np.stack(cells[lang], axis=1)
        scores = _resampled(stacked, score, len(seeds), seed)
        means[:, place] = (seeds * scores).sum(1) / seeds.sum(1)
    return means


def _language_shares(
    langs: Sequence[str], families: Mapping[str, str] | None, n: int, rng: np.random.Generator
) -> Array:
    """Weigh languages in each resample; families are drawn with their languages."""
    if families is None:
        return np.full((n, len(langs)), 1 / len(langs))
    names = sorted({families.get(lang, lang) for lang in langs})
    drawn = _multinomial(rng, len(names), n)
    weights = drawn[:, [names.index(families.get(lang, lang)) for lang in langs]]
    shares: Array = weights / weights.sum(1, keepdims=True)
    return shares


def _means(cells: Cells, score: Score, langs: Sequence[str]) -> Array:
    """Give each language's score, the mean over seeds: (langs,)."""
    totals = np.array([[stats.sum(0) for stats in cells[lang]] for lang in langs])
    means: Array = score(totals).mean(axis=1)
    return means


def _ends(values: Array, level: float) -> tuple[float, float]:
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _tail(deltas: Array) -> float:
    deltas = deltas[~np.isnan(deltas)]
    smaller = min((deltas <= 0).sum(), (deltas >= 0).sum())
    return float(min(1.0, 2 * (smaller + 1) / (len(deltas) + 1)))


def _same(a: Array, b: Array) -> None:
    if a.shape != b.shape:
        raise IsoglossError(
            f"{a.shape[0]} and {b.shape[0]} items, with {a.shape[1]} and {b.shape[1]} statistics",
            "compare systems on the same items with the same metric",
        )


def _check(a: Cells, b: Cells | None) -> None:
    """Insist on the same languages, seeds in all of them, and items."""
    if not a or (b is not None and set(a) != set(b)):
        raise IsoglossError(
            "the systems differ in languages, or have none",
            "compare them on the languages that both have",
        )
    for cells in (a, b) if b is not None else (a,):
        if len({len(seeds) for seeds in cells.values()}) != 1 or not all(cells.values()):
            raise IsoglossError(
                "the languages differ in seeds, or have none",
                "give the same seeds for every language",
            )
        for lang, arrays in cells.items():
            for array in arrays:
                _same(array, a[lang][0])
                if not len(array):
                    raise IsoglossError(f"no items for '{lang}'", "leave the language out")
