"""Expect the score of a model that was not trained yet, on a language not tested yet.

A Gaussian process over the logits of one task's scores, with the covariance of ``covariance``.
Only its variances are fitted: some dozen scores are enough to begin with, and without any the
prior speaks alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.analysis.transfer.covariance import (
    FEW,
    JITTER,
    MEAN,
    RISE,
    Mix,
    Points,
    covariance,
    fitted,
    noise,
    points,
)
from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.analysis.transfer.kinship import Kinship
    from isogloss.analysis.transfer.observation import Observation

EDGE = 0.005
"""How close to 0 and 1 scores are still told apart."""
USED = 1000
"""Most scores that a forecast stands on."""


@dataclass(frozen=True)
class Cell:
    """A score that one would like to know."""

    task: str
    model: str
    mix: Mix
    target: str
    recipe: str = ""


@dataclass(frozen=True)
class Forecast:
    """What to expect of a cell."""

    cell: Cell
    score: float
    low: float
    high: float
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


@dataclass(frozen=True)
class Ground:
    """The scores of one task that forecasts stand on."""

    kin: Kinship
    spread: Mapping[str, float]
    points: Points
    factor: Any
    weights: Any
    numbers: Mapping[Any, int]
    """Numbers of the groups and of the mixes."""
    langs: int
    """Languages with scores."""
    size: int
    """Scores in all."""
    items: float
    """Test items behind a score; infinite where not known."""

    def expect(self, cells: Sequence[Cell]) -> tuple[Any, Any]:
        """Give mean and covariance of the cells' logits, noise of testing left out."""
        from scipy.linalg import cho_solve

        asked = points(cells, self.kin, dict(self.numbers))
        across = covariance(asked, self.points, self.spread, self.kin)
        prior = covariance(asked, asked, self.spread, self.kin)
        mean = MEAN + RISE * asked.own + across @ self.weights
        if not self.size:
            return mean, prior
        return mean, prior - across @ cho_solve(self.factor, across.T)

    def middle(self, cells: Sequence[Cell]) -> Any:
        """Give the cells' expected scores alone."""
        asked = points(cells, self.kin, dict(self.numbers))
        across = covariance(asked, self.points, self.spread, self.kin)
        return share(MEAN + RISE * asked.own + across @ self.weights)

    def noise(self, scores: Any, items: Any) -> Any:
        """Give the variance of logits over seeds and test items, larger close to 0 and 1."""
        return noise(scores, items, self.spread["noise"])

    @property
    def degrees(self) -> int:
        """Degrees of freedom of intervals, which are wider for few languages."""
        return max(self.langs - 1, FEW)


def forecast(observations: Sequence[Observation], cells: Sequence[Cell]) -> list[Forecast]:
    """Expect the score of each cell, with an interval that holds it nine times in ten.

    Raises:
        IsoglossError: a score that is no share, an unknown language, or one twice in a mix.
    """
    tasks = dict.fromkeys(cell.task for cell in cells)
    found: dict[Cell, Forecast] = {}
    for task in tasks:
        known = [one for one in observations if one.task == task]
        asked = [cell for cell in dict.fromkeys(cells) if cell.task == task]
        langs = {lang for cell in asked for lang in (cell.target, *dict(cell.mix))}
        targets = dict.fromkeys(cell.target for cell in asked) if len(known) > USED else ("",)
        for target in targets:  # each on scores of its own, where there are too many for all
            base = ground(known, langs, about=target)
            those = [cell for cell in asked if target in ("", cell.target)]
            for start in range(0, len(those), 400):
                found |= {one.cell: one for one in _forecast(base, those[start : start + 400])}
    return [found[cell] for cell in cells]


def _forecast(base: Ground, cells: Sequence[Cell]) -> list[Forecast]:
    import numpy as np
    from scipy.stats import t

    mean, covered = base.expect(cells)
    score = share(np.clip(mean, *logit(np.array([EDGE, 1 - EDGE]))))
    sigma = np.sqrt(np.maximum(np.diag(covered), 0) + base.noise(score, base.items))
    far = t.ppf(0.95, base.degrees) * sigma
    low, high = share(mean - far), share(mean + far)
    low, high = np.where(low < EDGE, 0, low), np.where(high > 1 - EDGE, 1, high)
    numbers = (share(mean), low, high, mean, sigma)
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
    from isogloss.data.language import canonical

    if not base.size:
        yield f"no scores of {cell.task}: from the prior alone"
    elif base.langs < FEW:
        some = "language" if base.langs == 1 else "languages"
        yield f"scores on {base.langs} {some} only: mostly from the prior"
    target = canonical(cell.target)
    if target in base.kin.gaps:
        yield f"{target}: not known are {', '.join(base.kin.gaps[target])}"


def ground(
    observations: Sequence[Observation], langs: Iterable[str] = (), *, about: str = ""
) -> Ground:
    """Fit the variances to one task's scores, and weigh the scores for forecasts.

    Args:
        observations: of one task; those without a score are left out.
        langs: languages that forecasts will ask for, besides those of the observations.
        about: the target whose scores are kept, where there are too many to keep all.
    """
    import numpy as np
    from scipy.linalg import cho_factor, cho_solve

    from isogloss.analysis.transfer.kinship import kinship
    from isogloss.data.language import canonical

    known = [one for one in observations if not math.isnan(one.score)]
    for one in known:
        if not 0 <= one.score <= 1:
            raise IsoglossError(
                f"a score of {one.task} on {one.target} is {one.score:g}",
                "scores are shares from 0 to 1; divide percentages by 100",
            )
    every = [lang for one in known for lang in (one.target, *dict(one.mix))]
    kin = kinship(sorted({canonical(lang) for lang in (*every, *langs)}))
    numbers: dict[Any, int] = {}
    known = _drawn(known, about)
    asked = points(known, kin, numbers)
    shares = np.clip([one.score for one in known], EDGE, 1 - EDGE)
    logits = logit(shares) - MEAN - RISE * asked.own
    items = np.array([one.n or np.inf for one in known])
    spread = fitted(asked, logits, shares, items, kin)
    factor, weights = None, logits
    if known:
        own = covariance(asked, asked, spread, kin)
        factor = cho_factor(
            own + np.diag(noise(shares, items, spread["noise"]) + JITTER), lower=True
        )
        weights = cho_solve(factor, logits)
    count = len({canonical(one.target) for one in known})
    usual = float(np.median(items)) if known else math.inf
    return Ground(kin, spread, asked, factor, weights, numbers, count, len(known), usual)


def logit(scores: Any) -> Any:
    """Turn scores into logits."""
    import numpy as np

    return np.log(scores / (1 - scores))


def share(logits: Any) -> Any:
    """Turn logits back into scores."""
    import numpy as np

    return 1 / (1 + np.exp(-logits))


def _drawn(known: Sequence[Observation], about: str) -> list[Observation]:
    """Order by mixes at random, whole mixes together, and keep no more than can be used."""
    import numpy as np

    mixes = list(dict.fromkeys(one.mix for one in known))
    order = np.random.default_rng(0).permutation(len(mixes))
    place = {mix: int(order[index]) for index, mix in enumerate(mixes)}
    drawn = sorted(known, key=lambda one: place[one.mix])
    if len(drawn) <= USED or not about:
        return drawn[:USED]
    first, later = drawn[: USED // 2], drawn[USED // 2 :]
    later.sort(key=lambda one: one.target != about)
    return first + later[: USED - len(first)]
