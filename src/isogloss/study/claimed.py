"""The runs that a study's claims are about whatever rate is chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from isogloss.claim.grammar import Statement, read

if TYPE_CHECKING:
    from isogloss.study.plan import Job


def claimed(claims: Iterable[Mapping[str, Any]], cells: Iterable[Job]) -> frozenset[str]:
    """List the runs at a rate that some claim names, or asks the whole grid of."""
    cells, said = list(cells), [read(claim) for claim in claims]
    grids: dict[str, set[float]] = defaultdict(set)
    for cell in cells:
        grids[cell.run.settings].add(cell.run.fit.lr)
    return frozenset(
        cell.run.id
        for cell in cells
        if any(_names(claim, cell, grids[cell.run.settings]) for claim in said)
    )


def _names(claim: Statement, cell: Job, grid: set[float]) -> bool:
    """Say whether a claim is about a cell at its very rate, and not at a chosen one."""
    places = [name for name in ("where", "more_than") if name in claim.parts] or [""]
    ends = {"lowest": min(grid), "highest": max(grid)}
    for name in claim.parts.keys() - set(places):
        for place in places:
            one = claim.part(name, place)
            rate = ends.get(one.lr, one.lr) if isinstance(one.lr, str) else one.lr
            if (
                one.recipe in (None, cell.label)
                and one.model in (None, cell.run.model)
                and one.task in (None, cell.run.task)
                and one.sources in ((), cell.run.sources)
                and (rate == cell.run.fit.lr or claim.kind == "inner_optimum")
            ):
                return True
    return False
