"""The ground that forecasts stand on: scores of one task, weighed.

A Gaussian process over the logits of the scores, around what is expected before any
(``covariance``, ``worth``). Only its variances are fitted: some dozen scores are enough to begin
with, and without any the prior speaks alone. Each language with scores is then left out: means and
trees are averaged in as far as these are missed by less (``average``), and what is not known is
stretched by as much as they still are.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.average import FEWEST, Average, average
from isogloss.relation.transfer.covariance import (
    FEW,
    JITTER,
    Known,
    Mix,
    Points,
    covariance,
    expected,
    fitted,
    noise,
    points,
)
from isogloss.relation.transfer.feature import Ask
from isogloss.relation.transfer.worth import EDGE, Worth, by_target, sources

if TYPE_CHECKING:
    from isogloss.relation.transfer.kinship import Kinship
    from isogloss.relation.transfer.observation import Observation
    from isogloss.relation.transfer.prior import Level

USED = 1000
"""Most scores that a forecast stands on."""
LEAST, PRIOR = 8, 12
"""Degrees of freedom of intervals: where the variances are fitted to fewer languages, and where
they are those of the prior, which are as wide as it is unsure."""
TRUSTED = 3
"""Languages that speak for the fitted variances when languages are left out."""
SAFE = 0.95
"""How sure it is to be that levels of new languages err no more than that: few languages left
out tell little of it."""
STEPS = 200
"""Quantiles that a mean is taken over."""


@dataclass(frozen=True)
class Cell:
    """A score that one would like to know."""

    task: str
    model: str
    mix: Mix
    target: str
    recipe: str = ""


@dataclass(frozen=True)
class Stretch:
    """What standard deviations are multiplied with, as what was left out would have it."""

    known: float = 1.0
    """Of a language with scores."""
    new: float = 1.0
    """Of differences between the cells of a language without."""
    level: float = 1.0
    """Of the level of a language without; no less than that of the differences."""


@dataclass(frozen=True)
class Ground:
    """The scores of one task that forecasts stand on."""

    kin: Kinship
    level: Level
    known: Known
    worth: Worth | None
    """What sources bring; None where no cell has any."""
    spread: Mapping[str, float]
    points: Points
    factor: Any
    weights: Any
    numbers: Mapping[Any, int]
    """Numbers of the tasks, of the groups and of the mixes."""
    langs: int
    """Languages with scores."""
    size: int
    """Scores in all."""
    items: float
    """Test items behind a score; infinite where not known."""
    stretch: Stretch
    average: Average | None
    """None where there are too few languages to weigh it."""

    def expect(self, cells: Sequence[Cell]) -> tuple[Any, Any]:
        """Give mean and covariance of the cells' logits, noise of testing left out."""
        import numpy as np

        asked = self._asked(cells)
        told, doubt = self._told(cells)
        mean = expected(asked, self.kin, self.level) + told
        covered = self._cover(asked) + np.diag(doubt)
        if not self.size:
            return mean, covered
        across = covariance(asked, self.points, self.spread, self.kin, self.level)
        mean += across @ self.weights
        if self.average is not None:
            mean = self.average.of(asked, mean, np.isin(asked.lang, self.points.lang))
        return mean, covered

    def cover(self, cells: Sequence[Cell]) -> Any:
        """Give the covariance alone, as if all that can be known of the sources were."""
        return self._cover(self._asked(cells))

    def scores(self, mean: Any, covered: Any) -> tuple[Any, Any]:
        """Give expected scores and the standard deviations of logits as they will be tested."""
        import numpy as np

        middle = np.clip(share(mean), EDGE, 1 - EDGE)
        variance = np.maximum(np.diag(covered), 0) + self.noise(middle, self.items)
        return expectation(mean, np.sqrt(variance), self.degrees), np.sqrt(variance)

    def middle(self, cells: Sequence[Cell]) -> Any:
        """Give the cells' expected scores alone."""
        import numpy as np

        found = [
            self.scores(*self.expect(cells[at : at + MANY]))[0] for at in range(0, len(cells), MANY)
        ]
        return np.concatenate(found) if found else np.zeros(0)

    def noise(self, scores: Any, items: Any) -> Any:
        """Give the variance of logits over seeds and test items, larger close to 0 and 1."""
        return noise(scores, items, self.spread["noise"])

    @property
    def degrees(self) -> int:
        """Degrees of freedom of intervals, which are wider for few languages."""
        return max(LEAST, self.langs) if self.langs >= FEW else PRIOR

    def _asked(self, cells: Sequence[Cell]) -> Points:
        return points(cells, self.kin, dict(self.numbers), self.known)

    def _cover(self, asked: Points) -> Any:
        import numpy as np
        from scipy.linalg import cho_solve

        own = covariance(asked, asked, self.spread, self.kin, self.level)
        if not self.size:
            return own
        across = covariance(asked, self.points, self.spread, self.kin, self.level)
        covered = own - across @ cho_solve(self.factor, across.T)
        old = np.isin(asked.lang, self.points.lang)
        wide = np.where(old, self.stretch.known, self.stretch.new)
        more = self.stretch.level**2 - self.stretch.new**2
        found = covered * np.outer(wide, wide)
        for lang in np.unique(asked.lang[~old]):
            block = np.ix_(asked.lang == lang, asked.lang == lang)
            found[block] += more * covered[block].mean()
        return found

    def _told(self, cells: Sequence[Cell]) -> tuple[Any, Any]:
        """Give what the cells' sources bring, and how unsure that is."""
        import numpy as np

        told, doubt = np.zeros(len(cells)), np.zeros(len(cells))
        if self.worth is None:
            return told, doubt
        for target, rows in by_target(cells).items():
            mine = {at: {_code(k): v for k, v in sources(cells[at]).items()} for at in rows}
            langs = list(dict.fromkeys(lang for each in mine.values() for lang in each))
            found = self.worth.of(_code(target), langs)
            for at, each in mine.items():
                shares = np.array([each.get(lang, 0.0) for lang in langs])
                told[at], doubt[at] = shares**2 @ found.value, shares**2 @ found.doubt
        return told, doubt


MANY = 400
"""Cells that are forecast at once."""


def ground(
    observations: Sequence[Observation],
    cells: Sequence[Cell] = (),
    *,
    kind: str | None = None,
    scored: Sequence[Observation] | None = None,
    ask: Ask | None = None,
    seen: Mapping[str, Collection[str] | None] | None = None,
    worth: Worth | None = None,
    about: str = "",
) -> Ground:
    """Fit the variances to a task's scores, and weigh the scores for forecasts.

    Args:
        observations: scores of any tasks, which tell sources apart.
        cells: what will be asked for, all of one task and model.
        kind: of the task; None finds it by the task's name.
        scored: scores that tell how high they are; None: those of the cells' task.
        ask: what is known beside the languages; None: what the model saw.
        seen: model -> languages that it saw, where its name does not tell.
        worth: what sources bring, where that is known already.
        about: the target whose scores are kept, where there are too many to keep all.
    """
    from isogloss.relation.transfer.kind import kind_of
    from isogloss.relation.transfer.kinship import kinship
    from isogloss.relation.transfer.prior import prior

    task = cells[0].task if cells else (observations[0].task if observations else "")
    if scored is None:
        scored = [one for one in observations if one.task == task]
    scored = [one for one in scored if not math.isnan(one.score)]
    _check(scored)
    kind = kind_of(task) if kind is None else kind
    if worth is None and any(map(sources, cells)):
        alone = any(len(sources(one)) == 1 for one in cells)
        worth = Worth.fit(observations, kind, ask or _asked_of(cells[0].model, seen), alone=alone)
    every: list[Any] = [*scored, *cells]
    langs = {_code(lang) for one in every for lang in (one.target, *dict(one.mix))}
    known = Known(seen or {}, ask.split() if ask else {})
    kept = _drawn(scored, about)
    return _ground(kept, kinship(sorted(langs)), prior(kind).level, known, worth)


def _asked_of(model: str, seen: Mapping[str, Collection[str] | None] | None) -> Ask:
    from isogloss.language import backbone_language

    saw = seen[model] if seen and model in seen else backbone_language.seen(model)
    return Ask({}, None if saw is None else frozenset(saw), None)


def _ground(
    scored: Sequence[Observation], kin: Kinship, level: Level, known: Known, worth: Worth | None
) -> Ground:
    import numpy as np
    from scipy.linalg import cho_factor, cho_solve

    numbers: dict[Any, int] = {}
    asked = points(scored, kin, numbers, known)
    shares = np.clip([one.score for one in scored], EDGE, 1 - EDGE)
    told = worth.left_out(scored) if worth is not None else np.zeros(len(scored))
    logits = logit(shares) - expected(asked, kin, level) - told
    items = np.array([one.n or np.inf for one in scored])
    spread = fitted(asked, logits, shares, items, kin, level)
    factor, weights, stretch, blend = None, logits, Stretch(), None
    count = len(set(asked.lang.tolist()))
    if scored:
        own = covariance(asked, asked, spread, kin, level)
        own += np.diag(noise(shares, items, spread["noise"]) + JITTER)
        factor = cho_factor(own, lower=True)
        weights = cho_solve(factor, logits)
    if count >= FEW:
        inverse = cho_solve(factor, np.eye(len(logits)))
        left = {name: leave_out(inverse, weights, getattr(asked, name)) for name in ("lang", "mix")}
        errors = {name: each.error for name, each in left.items()}
        if count >= FEWEST:
            blend, errors = average(asked, kin, logit(shares), shares * (1 - shares), errors)
        stretch = missed(left, errors)
    usual = float(np.median(items)) if len(items) else math.inf
    return Ground(
        kin, level, known, worth, spread, asked, factor, weights, numbers, count, len(scored),
        usual, stretch, blend,
    )  # fmt: skip


@dataclass(frozen=True)
class Left:
    """Scores as the process expects them without their block, a language or a mix."""

    blocks: tuple[tuple[Any, Any], ...]
    """(rows, covariance of what is missed of them), one a block."""
    error: Any
    """What is missed of each score."""


def leave_out(inverse: Any, weights: Any, blocks: Any) -> Left:
    """Leave out one block after the other.

    Args:
        inverse: of the covariance of all scores.
        weights: its product with what was not expected of the scores.
        blocks: the number of each score's block.
    """
    import numpy as np

    found, error = [], np.zeros(len(weights))
    for block in np.unique(blocks):
        rows = np.flatnonzero(blocks == block)
        cover = np.linalg.inv(inverse[np.ix_(rows, rows)])
        error[rows] = cover @ weights[rows]
        found.append((rows, cover))
    return Left(tuple(found), error)


def missed(left: Mapping[str, Left], errors: Mapping[str, Any]) -> Stretch:
    """Compare what is missed of mixes, and of languages, with what the process is unsure of.

    Squared errors in standard deviations are averaged over mixes or languages, as if some more
    had been missed by just one.

    Args:
        left: `lang` and `mix` -> the scores without it.
        errors: the same -> what is missed of each score.
    """
    import numpy as np
    from scipy.stats import chi2

    error = errors["mix"]
    mixes = [np.mean(error[rows] ** 2 / np.diag(cover)) for rows, cover in left["mix"].blocks]
    langs, levels = [], []
    for rows, cover in left["lang"].blocks:
        error = errors["lang"][rows]
        levels.append(error.mean() ** 2 / cover.mean())
        if len(rows) > 1:
            less = np.eye(len(rows)) - 1 / len(rows)
            langs.append(np.mean((less @ error) ** 2) / np.mean(np.diag(less @ cover @ less)))
    known, new, level = (
        float((TRUSTED + sum(each)) / (TRUSTED + len(each))) for each in (mixes, langs, levels)
    )
    number = TRUSTED + len(levels)
    level *= number / chi2.ppf(1 - SAFE, number)
    return Stretch(known**0.5, new**0.5, max(level, new) ** 0.5)


def draw(mean: Any, covered: Any, degrees: int, number: int) -> Any:
    """Draw logits together from a t distribution: (draws, cells)."""
    import numpy as np

    values, vectors = np.linalg.eigh((covered + covered.T) / 2)
    rng = np.random.default_rng(0)
    normal = rng.standard_normal((number, len(mean)))
    scale = np.sqrt(degrees / rng.chisquare(degrees, number))[:, None]
    return mean + scale * (normal @ (vectors * np.sqrt(np.maximum(values, 0))).T)


def expectation(mean: Any, sigma: Any, degrees: int) -> Any:
    """Give the mean of scores whose logits follow a t distribution."""
    import numpy as np
    from scipy.stats import t

    steps = t.ppf((np.arange(STEPS) + 0.5) / STEPS, degrees)
    return share(np.asarray(mean)[..., None] + np.asarray(sigma)[..., None] * steps).mean(-1)


def logit(scores: Any) -> Any:
    """Turn scores into logits."""
    import numpy as np

    return np.log(scores / (1 - scores))


def share(logits: Any) -> Any:
    """Turn logits back into scores."""
    import numpy as np

    return 1 / (1 + np.exp(-logits))


def _check(known: Sequence[Observation]) -> None:
    for one in known:
        if not 0 <= one.score <= 1:
            raise IsoglossError(
                f"a score of {one.task} on {one.target} is {one.score:g}",
                "scores are shares from 0 to 1; divide percentages by 100",
            )


def _code(lang: str) -> str:
    from isogloss.language.registry import canonical

    return canonical(lang)


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
