"""The second phase of a study: more seeds at the rates that matter."""

from __future__ import annotations

from collections import defaultdict

from isogloss.analysis.select import choose_all
from isogloss.analysis.system import systems
from isogloss.store import Store
from isogloss.study.plan import Job, Plan
from isogloss.study.study import Study


def confirming(study: Study, plan: Plan, store: Store) -> tuple[Job, ...]:
    """List the runs of the confirming seeds at each chosen rate, its neighbours, and claimed ones.

    A search that has runs left to do is not chosen from yet.
    """
    if not plan.later:
        return ()
    done, errors = store.done(), store.errors()
    tried: dict[str, set[float]] = defaultdict(set)
    unfinished = set()
    for cell in plan.cells:
        run = cell.run
        tried[run.settings].add(run.fit.lr)
        if run.id not in errors and not done.get(run.id, set()).issuperset(cell.pairs):
            unfinished.add(run.settings)
    searches = {cell.run.cell: cell.run.settings for cell in plan.cells}
    ids = {cell.run.id for cell in plan.cells}
    found = systems(row for row in store.rows() if row.run in ids)
    chosen = {
        searches[choice.system.cell]: choice.system.lr
        for choice in choose_all(found, study.selection)
    }
    near = {
        (search, rate)
        for search, lr in chosen.items()
        if search not in unfinished
        for rate in _neighbours(lr, tried[search])
    }
    return tuple(
        cell
        for cell in plan.later
        if (cell.run.settings, cell.run.fit.lr) in near or cell.run.id in plan.claimed
    )


def _neighbours(lr: float, rates: set[float]) -> list[float]:
    """Give a rate with the next smaller and the next larger one of its grid."""
    grid = sorted(rates)
    place = grid.index(lr)
    return grid[max(0, place - 1) : place + 2]
