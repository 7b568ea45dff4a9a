"""Languages x columns, ready to be drawn."""

from __future__ import annotations

from collections.abc import Sequence

from isogloss.analysis.alarm import COVERAGE, FIDELITY, SIBLING, collapsed, fell
from isogloss.analysis.compare import mean_interval
from isogloss.analysis.fidelity import family, lang_name
from isogloss.analysis.system import System, metric
from isogloss.analysis.table import Table
from isogloss.report.model import Cell, Line, Matrix
from isogloss.store import Store


def matrix(table: Table, means: Sequence[Cell | None]) -> Matrix:
    """Lay out one metric: sources first, then targets from best to worst."""
    about = metric(table.metric)
    order = sorted(table.langs, key=lambda lang: _level(table, lang), reverse=about.higher)
    left_out = tuple(lang for lang in table.langs if lang not in table.shared)
    return Matrix(
        metric=table.metric,
        scale=about.scale,
        higher=about.higher,
        lines=tuple(_line(table, lang) for lang in (*table.sources, *order)),
        means=tuple(means),
        own=_own_mean(table),
        shared=table.shared,
        left_out=left_out,
    )


def mean_cells(table: Table, store: Store | None = None) -> tuple[Cell | None, ...]:
    """Give each system's mean over the shared languages; intervals need the store."""
    return tuple(_mean(table, system, store) for system in table.systems)


def _mean(table: Table, system: System, store: Store | None) -> Cell | None:
    value = table.mean(system)
    if value is None or not table.shared:
        return None
    low, high = None, None
    if store is not None:
        low, high = mean_interval(store, system, table.shared, metric(table.metric))
    scores = [table.score(system, lang) for lang in table.shared]
    seeds = zip(*(score.values for score in scores if score is not None), strict=False)
    fidelity = system.mean(table.shared, FIDELITY)
    own = system.mean(table.shared, FIDELITY, condition="reference")
    return Cell(
        value=value,
        low=low,
        high=high,
        n=len(table.shared),
        seeds=tuple(sum(values) / len(values) for values in seeds),
        fidelity=fidelity if table.metric != FIDELITY else None,
        own=own,
        coverage=system.mean(table.shared, COVERAGE),
        sibling=system.mean(table.shared, SIBLING),
        collapsed=fidelity is not None and fell(fidelity, own),
    )


def _line(table: Table, lang: str) -> Line:
    own = (s.value(lang, table.metric, condition="reference") for s in table.systems)
    return Line(
        lang=lang,
        name=lang_name(lang),
        family=family(lang),
        source=lang in table.sources,
        own=next((value for value in own if value is not None), None),
        cells=tuple(_cell(table, system, lang) for system in table.systems),
    )


def _cell(table: Table, system: System, lang: str) -> Cell | None:
    score = table.score(system, lang)
    if score is None or score.value is None:
        return None
    return Cell(
        value=score.value,
        low=score.low,
        high=score.high,
        n=score.n,
        seeds=score.values,
        fidelity=system.value(lang, FIDELITY) if table.metric != FIDELITY else None,
        own=system.value(lang, FIDELITY, condition="reference"),
        coverage=system.value(lang, COVERAGE),
        sibling=system.value(lang, SIBLING),
        collapsed=collapsed(system, lang),
    )


def _own_mean(table: Table) -> float | None:
    for system in table.systems:
        value = system.mean(table.shared, table.metric, condition="reference")
        if value is not None and table.shared:
            return value
    return None


def _level(table: Table, lang: str) -> float:
    """Give a language's mean over what was trained."""
    values = [
        score.value
        for system in table.systems
        if not system.reference
        and (score := table.score(system, lang)) is not None
        and score.value is not None
    ]
    return sum(values) / len(values) if values else float("-inf")
