"""What scores of one task have in common: the covariance behind forecasts.

The logit of a score is a sum of

- the level of its language, alike in languages that are alike (see ``kinship``);
- what examples of the language itself bring, as the logarithm of their number, with a slope
  that is in part common and in part the language's own, and with some freedom to bend;
- what examples of other languages bring, each counted by its likeness to the target;
- the size of the whole mix, and the mix itself, which moves all its targets together;
- the model and the recipe, whether the model saw the language in pre-training, and noise.

The variances of these parts are fitted to the marginal likelihood under a prior.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.analysis.transfer.kinship import Kinship

PRIOR = {
    "level": 0.5, "own": 0.4, "bend": 0.2, "support": 0.4, "helped": 0.2, "volume": 0.4,
    "mix": 0.1, "noise": 0.1,
}  # fmt: skip
"""Median standard deviation of each part, in logits."""
LOOSE = 0.5
"""Standard deviation of the logarithms of those."""
MEAN, ANYWHERE = 1.0, 2.0
"""Logit that scores are expected around before any is known, and its standard deviation."""
RISE, SLOPE = 0.5, 0.5
"""What a unit of the language's own examples brings in logits, and its standard deviation."""
BEND = 0.3
"""Standard deviation of how all languages' gains from their own examples leave the logarithm."""
STRANGER = 0.7
"""Standard deviation of what it costs that the model never saw the language."""
KEPT = 0.9
"""Share of all this that another model or recipe has in common."""
UNIT = 10.0
"""Logarithm of a number of examples that counts as one."""
HELP = 4
"""Power of the likeness by which an example of another language counts."""
ASSUMED = 1000
"""Examples of a source whose number is not known."""
FITTED = 240
"""Most scores that the variances are fitted on."""
JITTER = 1e-5
"""Added to variances, so that equal cells don't make them singular."""
FEW = 3
"""Languages with scores, below which a forecast says that it is mostly prior."""

Mix = tuple[tuple[str, int], ...]
"""(language, examples) trained on; 0 examples where their number is not known."""


@dataclass(frozen=True)
class Points:
    """Cells as numbers, one entry a cell."""

    lang: Any
    """Row of the target in the kinship."""
    group: Any
    """Number of model and recipe."""
    mix: Any
    own: Any
    support: Any
    volume: Any
    strange: Any

    def __getitem__(self, rows: Any) -> Points:
        return Points(**{name: value[rows] for name, value in vars(self).items()})


def points(cells: Sequence[Any], kin: Kinship, numbers: dict[Any, int]) -> Points:
    """Turn cells or observations into numbers; new groups and mixes get new numbers."""
    import numpy as np

    row = {lang: index for index, lang in enumerate(kin.langs)}
    near = kin.alike**HELP - np.eye(len(row))
    made: dict[tuple[str, Mix], tuple[Any, ...]] = {}
    found = []
    for cell in cells:
        if (cell.model, cell.mix) not in made:
            made[cell.model, cell.mix] = (*_mixed(cell.mix, row), _strange(cell.model, kin.langs))
        counts, strange = made[cell.model, cell.mix]
        lang = row[_code(cell.target)]
        group = (cell.model, bare(cell.recipe))
        found.append(
            (
                lang,
                numbers.setdefault(group, len(numbers)),
                numbers.setdefault((*group, cell.mix), len(numbers)),
                counts[lang],
                near[lang] @ counts,
                counts.sum(),
                strange[lang],
            )
        )
    table = np.array(found).reshape(-1, 7).T
    return Points(
        lang=table[0].astype(int),
        group=table[1],
        mix=table[2],
        own=np.log1p(table[3]) / UNIT,
        support=np.log1p(table[4]) / UNIT - 0.7,
        volume=np.log1p(table[5]) / UNIT - 0.9,
        strange=table[6],
    )


def covariance(a: Points, b: Points, spread: Mapping[str, float], kin: Kinship) -> Any:
    """Give the covariance of cells' logits, without noise."""
    fixed, parts = _parts(a, b, kin)
    return fixed + sum(spread[name] ** 2 * part for name, part in parts.items())


def _parts(a: Points, b: Points, kin: Kinship) -> tuple[Any, dict[str, Any]]:
    """Give the covariance that is fixed, and what the variances to be fitted multiply."""
    import numpy as np

    kept = np.where(a.group[:, None] == b.group[None], 1.0, KEPT)
    level = kin.level[np.ix_(a.lang, b.lang)] * kept
    own = np.outer(a.own, b.own)
    bent = np.exp(-0.5 * ((a.own[:, None] - b.own[None]) / 0.2) ** 2)
    support = np.outer(a.support, b.support)
    apart = (a.volume[:, None] - b.volume[None]) * UNIT
    fixed = ANYWHERE**2 + SLOPE**2 * own + BEND**2 * bent
    fixed += STRANGER**2 * np.outer(a.strange, b.strange)
    return fixed * kept, {
        "level": level,
        "own": own * level,
        "bend": bent * level,
        "support": support * kept,
        "helped": support * level,
        "volume": np.exp(-0.5 * apart**2) * kept,
        "mix": (a.mix[:, None] == b.mix[None]).astype(float),
    }


def noise(scores: Any, items: Any, spread: float) -> Any:
    """Give the variance of logits that seeds and test items make, larger close to 0 and 1."""
    return (spread**2 / 4 + 1 / items) / (scores * (1 - scores))


def fitted(asked: Points, logits: Any, scores: Any, items: Any, kin: Kinship) -> dict[str, float]:
    """Find the likeliest variances; those of the prior where there are few scores.

    Args:
        asked: the cells.
        logits: of their scores, less what is expected before any score is known.
        scores: between 0 and 1, both excluded.
        items: test items behind each score; infinite where not known.
        kin: the languages.
    """
    import numpy as np
    from scipy.optimize import minimize

    if len(logits) < FEW:
        return dict(PRIOR)
    rows = np.arange(min(len(logits), FITTED))
    asked, logits = asked[rows], logits[rows]
    fixed, parts = _parts(asked, asked, kin)
    parts["noise"] = np.diag(noise(scores[rows], np.inf, 1.0))
    stack = np.array([parts[name] for name in PRIOR])
    fixed = fixed + np.diag(noise(scores[rows], items[rows], 0.0) + JITTER)
    center = np.log(list(PRIOR.values()))

    def cost(logs: Any) -> tuple[float, Any]:
        """Give the negative log posterior of the standard deviations, and its gradient."""
        scale = np.exp(2 * logs)
        own = fixed + np.tensordot(scale, stack, 1)
        inverse = np.linalg.inv(own)
        weights = inverse @ logits
        far = (logs - center) / LOOSE
        value = 0.5 * (logits @ weights + np.linalg.slogdet(own)[1] + far @ far)
        slope = np.einsum("kij,ij->k", stack, inverse - np.outer(weights, weights))
        return float(value), scale * slope + far / LOOSE

    bounds = [(low, low + 6) for low in center - 3]
    best = minimize(cost, center, jac=True, method="L-BFGS-B", bounds=bounds)
    return dict(zip(PRIOR, map(float, np.exp(best.x)), strict=True))


def _mixed(mix: Mix, row: Mapping[str, int]) -> tuple[Any]:
    """Count examples by row of the kinship."""
    import numpy as np

    counts = np.zeros(len(row))
    for lang, size in mix:
        if counts[row[_code(lang)]]:
            raise IsoglossError(f"'{lang}' is twice in a mix of languages", "name it once")
        if size < 0:
            raise IsoglossError(f"{size} examples of '{lang}' in a mix", "give 0 or more")
        counts[row[_code(lang)]] = size or ASSUMED
    return (counts,)


def _strange(model: str, langs: Sequence[str]) -> Any:
    """Mark the languages that a model did not see in pre-training, none where not known."""
    import numpy as np

    from isogloss.data.pretrained import seen

    saw = seen(model)
    return np.array([float(saw is not None and lang not in saw) for lang in langs])


@cache
def bare(recipe: str) -> str:
    """Leave out of a recipe the number of labelled examples, which stands in the mix."""
    from isogloss.analysis.ladder import rung

    found = rung(recipe)
    return found[1] if found else recipe


def _code(lang: str) -> str:
    from isogloss.data.language import canonical

    return canonical(lang)
