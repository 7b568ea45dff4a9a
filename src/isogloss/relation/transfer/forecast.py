"""Expect the score of a model that was not trained yet, on a language not tested yet."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.relation.transfer.covariance import FEW
from isogloss.relation.transfer.ground import MANY, USED, Cell, Ground, ground, logit, share
from isogloss.relation.transfer.worth import EDGE

if TYPE_CHECKING:
    from isogloss.relation.transfer.observation import Observation
    from isogloss.relation.transfer.worth import Worth

__all__ = ["Cell", "Forecast", "Ground", "forecast", "ground", "logit", "outlook", "share"]


@dataclass(frozen=True)
class Forecast:
    """What to expect of a cell."""

    cell: Cell
    score: float
    """The mean of what is expected, so that sums of scores are scores of sums."""
    low: float
    high: float
    """95 % interval."""
    logit: float
    deviation: float
    """Standard deviation of the logit."""
    degrees: int
    """Degrees of freedom of its t distribution."""
    notes: tuple[str, ...] = ()
    """What the forecast had to do without."""

    def beats(self, score: float) -> float:
        """Give the probability that the cell scores above another score."""
        from scipy.stats import t

        bar = min(max(score, EDGE), 1 - EDGE)
        return float(t.sf((math.log(bar / (1 - bar)) - self.logit) / self.deviation, self.degrees))


def forecast(
    observations: Sequence[Observation],
    cells: Sequence[Cell],
    *,
    seen: Mapping[str, Collection[str] | None] | None = None,
    worths: dict[tuple[str, str], Worth] | None = None,
) -> list[Forecast]:
    """Expect the score of each cell, with a 95 % interval.

    Args:
        observations: scores of any tasks; those of a cell's own task tell how high scores are,
            all of them tell sources apart.
        cells: what is asked for.
        seen: model -> languages that it saw, where its name does not tell.
        worths: what sources bring by task and model; what is learned is put here.

    Raises:
        IsoglossError: a score that is no share, an unknown language, or one twice in a mix.
    """
    found: dict[Cell, Forecast] = {}
    worths = {} if worths is None else worths
    for task, model in dict.fromkeys((cell.task, cell.model) for cell in cells):
        asked = [c for c in dict.fromkeys(cells) if (c.task, c.model) == (task, model)]
        large = sum(one.task == task for one in observations) > USED
        for target in dict.fromkeys(cell.target for cell in asked) if large else ("",):
            # each on scores of its own, where there are too many for all
            those = [cell for cell in asked if target in ("", cell.target)]
            worth = worths.get((task, model))
            base = ground(observations, those, seen=seen, worth=worth, about=target)
            if base.worth is not None:
                worths[task, model] = base.worth
            for start in range(0, len(those), MANY):
                found |= {one.cell: one for one in outlook(base, those[start : start + MANY])}
    return [found[cell] for cell in cells]


def outlook(base: Ground, cells: Sequence[Cell]) -> list[Forecast]:
    """Forecast cells on one ground."""
    import numpy as np
    from scipy.stats import t

    mean, covered = base.expect(cells)
    score, sigma = base.scores(mean, covered)
    far = t.ppf(0.975, base.degrees) * sigma
    low, high = share(mean - far), share(mean + far)
    low, high = np.where(low < EDGE, 0, low), np.where(high > 1 - EDGE, 1, high)
    numbers = (score, low, high, mean, sigma)
    return [
        Forecast(
            cell,
            score=float(score),
            low=float(low),
            high=float(high),
            logit=float(middle),
            deviation=float(deviation),
            degrees=base.degrees,
            notes=tuple(_notes(base, cell)),
        )
        for cell, score, low, high, middle, deviation in zip(cells, *numbers, strict=True)
    ]


def _notes(base: Ground, cell: Cell) -> Iterable[str]:
    """Say what the forecast had to do without."""
    from isogloss.language.registry import canonical

    if not base.size:
        tables = ", ".join(base.level.tables)
        told = f", and the level of {tables} (SumEval 2022)" if tables else " alone"
        yield f"no scores of {cell.task}: from the prior{told}"
    elif base.langs < FEW:
        some = "language" if base.langs == 1 else "languages"
        yield f"scores on {base.langs} {some} only: mostly from the prior"
    target = canonical(cell.target)
    if target in base.kin.gaps:
        yield f"{target}: not known are {', '.join(base.kin.gaps[target])}"
