"""Paired tests between systems, from the item statistics that runs keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from isogloss.analysis.system import System
from isogloss.core.metric import Metric
from isogloss.store import Store

Cells = dict[str, list[Any]]
RESAMPLES = 1000


@dataclass(frozen=True)
class Difference:
    """A system's score minus another's, on the same items."""

    system: System
    baseline: System
    langs: tuple[str, ...]
    delta: float
    low: float
    high: float
    """95 %, over items and seeds, for these languages."""
    p: float
    """Two-sided, corrected for the number of tests in the table (Holm)."""
    by_lang: tuple[tuple[str, float, float, float], ...] = ()
    """(language, difference, low, high)."""

    @property
    def sure(self) -> bool:
        """Tell whether the interval leaves zero out and the corrected p is small."""
        return self.p < 0.05 and not self.low <= 0 <= self.high


def differences(
    store: Store, found: Sequence[System], baseline: System, langs: Sequence[str], metric: Metric
) -> list[Difference]:
    """Test every system against one baseline; those without statistics are left out."""
    from isogloss.metrics.bootstrap import holm

    base = _cells(store, baseline, langs, metric)
    tested = [
        difference
        for system in found
        if system is not baseline
        and (difference := _difference(store, system, baseline, base, metric)) is not None
    ]
    corrected = holm([difference.p for difference in tested])
    return [replace(one, p=p) for one, p in zip(tested, corrected, strict=True)]


def leader(
    store: Store, found: Sequence[System], langs: Sequence[str], metric: Metric
) -> System | None:
    """Find the best system over some languages, if it differs from the next on the same items."""
    sign = 1 if metric.higher else -1
    means = [(system, system.mean(langs, metric.name)) for system in found]
    known = [(sign * mean, system) for system, mean in means if langs and mean is not None]
    if len(known) < 2:
        return None
    (_, first), (_, second), *_ = sorted(known, key=lambda pair: -pair[0])
    tested = differences(store, [first], second, langs, metric)
    return first if tested and tested[0].sure else None


def mean_interval(
    store: Store, system: System, langs: Sequence[str], metric: Metric
) -> tuple[float | None, float | None]:
    """Give the 95 % interval of a mean over languages, or nothing without statistics."""
    from isogloss.core.errors import IsoglossError
    from isogloss.metrics.bootstrap import hierarchical

    cells = _cells(store, system, langs, metric)
    if not langs or len(cells) < len(langs):
        return None, None
    try:
        found = hierarchical(cells, None, metric.score, n=RESAMPLES)
    except IsoglossError:
        return None, None
    return found.low, found.high


def _difference(
    store: Store, system: System, baseline: System, base: Cells, metric: Metric
) -> Difference | None:
    from isogloss.core.errors import IsoglossError
    from isogloss.metrics.bootstrap import over_languages

    cells = _cells(store, system, list(base), metric)
    for lang in list(cells):
        if store.items(system.runs[0], lang) != store.items(baseline.runs[0], lang):
            del cells[lang]  # another version of the data
    if not cells:
        return None
    other = {lang: base[lang] for lang in cells}
    try:
        whole, single = over_languages(cells, other, metric.score, n=RESAMPLES)
    except IsoglossError:  # other seeds in some language
        return None
    by_lang = tuple(
        (lang, single[lang].delta, single[lang].low, single[lang].high) for lang in cells
    )
    langs = tuple(cells)
    return Difference(system, baseline, langs, whole.delta, whole.low, whole.high, whole.p, by_lang)


def _cells(store: Store, system: System, langs: Sequence[str], metric: Metric) -> Cells:
    """Read statistics: language -> one array a seed, where every seed has them."""
    import numpy as np

    cells = {}
    for lang in langs:
        stats = [store.stats(run, lang, metric.name) for run in system.runs]
        if stats and all(stats):
            cells[lang] = [np.array(one, dtype=float) for one in stats]
    return cells
