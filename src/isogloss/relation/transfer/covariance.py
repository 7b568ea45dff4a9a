"""What scores of one task have in common: what forecasts expect, and their covariance.

The logit of a score is a sum of

- the level of its kind of task, and of the task itself;
- the level of its language, alike in languages that are alike (see ``kinship``);
- what examples of the language itself bring, as the logarithm of their number, with a slope
  that is in part common and in part the language's own, and with some freedom to bend;
- what examples of other languages bring, each counted by its likeness to the target;
- the number of sources, the size of the whole mix, and the mix itself, which moves all its
  targets together;
- each source by itself, alike in sources that are alike, and each source for each target;
- the model and the recipe, whether the model saw the language and its script in pre-training,
  how finely its tokenizer splits the language, and noise.

The variances of some of these parts are fitted to the marginal likelihood under a prior.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError

if TYPE_CHECKING:
    from isogloss.relation.transfer.kinship import Kinship
    from isogloss.relation.transfer.prior import Level

PRIOR = {
    "level": 0.6, "own": 0.4, "bend": 0.2, "support": 0.4, "helped": 0.2, "volume": 0.4,
    "mix": 0.1, "source": 0.45, "pair": 0.5, "noise": 0.1,
}  # fmt: skip
"""Median standard deviation of each part, in logits."""
LOOSE = 0.5
"""Standard deviation of the logarithms of those."""
RISE, SLOPE = 0.5, 0.5
"""What a unit of the language's own examples brings in logits, and its standard deviation."""
BEND = 0.3
"""Standard deviation of how all languages' gains from their own examples leave the logarithm."""
BREADTH, BROAD = 0.3, 0.2
"""What a source more, on a scale of logarithms, brings, and its standard deviation."""
STRANGER, STRANGE, ALONE = -0.9, 0.4, 0.4
"""What it costs that the model never saw the language, and standard deviations: of that cost,
and of each such language from it."""
ALIEN, SCRIPT = -0.5, 0.5
"""What it costs that the model saw no language in its script, and its standard deviation."""
SPLIT, CUT = -0.5, 0.5
"""What it costs that the tokenizer makes twice as many tokens of a word as elsewhere."""
PIVOT, WEALTH = 0.1, 0.1
"""What nearness to the pivot and the amount of text bring, in their standard deviations."""
KEPT, AKIN = 0.9, 0.6
"""Share of all this that another model or recipe, and another task of the kind, has in common."""
SHARED = 0.5
"""Share of a source's worth that it has in common with sources alike; likewise for targets."""
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
class Known:
    """What is known of models and texts beside the cells."""

    seen: Mapping[str, Collection[str] | None]
    """Model -> languages that it saw; for others their name or card tells."""
    split: Mapping[str, float]
    """Language -> how much more finely the tokenizer splits it than others, in doublings."""


@dataclass(frozen=True)
class Points:
    """Cells as numbers, one entry a cell."""

    lang: Any
    """Row of the target in the kinship."""
    task: Any
    group: Any
    """Number of task, model and recipe."""
    mix: Any
    own: Any
    support: Any
    volume: Any
    breadth: Any
    """Logarithm of the number of sources, equally large ones that would be as varied."""
    strange: Any
    """Chance that the model did not see the target."""
    alien: Any
    split: Any
    shares: Any
    """(cells, languages): the examples of the mix without the target, as shares of them all."""

    def __getitem__(self, rows: Any) -> Points:
        return Points(**{name: value[rows] for name, value in vars(self).items()})


NOTHING = Known({}, {})


def points(
    cells: Sequence[Any], kin: Kinship, numbers: dict[Any, int], known: Known = NOTHING
) -> Points:
    """Turn cells or observations into numbers; new tasks, groups and mixes get new numbers."""
    import numpy as np

    row = {lang: index for index, lang in enumerate(kin.langs)}
    near = kin.alike**HELP - np.eye(len(row))
    made: dict[Mix, Any] = {}
    models: dict[str, tuple[Any, Any]] = {}
    found, shares = [], []
    for cell in cells:
        if cell.mix not in made:
            made[cell.mix] = _mixed(cell.mix, row)
        if cell.model not in models:
            models[cell.model] = _strange(cell.model, kin.langs, known)
        counts, (strange, alien) = made[cell.mix], models[cell.model]
        lang = row[_code(cell.target)]
        group = (cell.task, cell.model, bare(cell.recipe))
        others = counts * (np.arange(len(counts)) != lang)
        shares.append(others / max(others.sum(), 1))
        found.append(
            (
                lang,
                numbers.setdefault(cell.task, len(numbers)),
                numbers.setdefault(group, len(numbers)),
                numbers.setdefault((*group, cell.mix), len(numbers)),
                np.log1p(counts[lang]) / UNIT,
                np.log1p(near[lang] @ counts) / UNIT - 0.7,
                np.log1p(counts.sum()) / UNIT - 0.9,
                -np.log((shares[-1] ** 2).sum() or 1.0),
                strange[lang],
                alien[lang],
                known.split.get(kin.langs[lang], 0.0),
            )
        )
    table = dict(zip(COLUMNS, np.array(found).reshape(-1, len(COLUMNS)).T, strict=True))
    table["lang"] = table["lang"].astype(int)
    return Points(**table, shares=np.array(shares).reshape(-1, len(row)))


COLUMNS = (
    "lang", "task", "group", "mix", "own", "support", "volume", "breadth", "strange", "alien",
    "split",
)  # fmt: skip
"""What ``points`` gives a number of each cell for."""


def expected(asked: Points, kin: Kinship, level: Level) -> Any:
    """Give the logits that are expected before any score is known."""
    return (
        level.mean
        + PIVOT * kin.pivot[asked.lang]
        + WEALTH * kin.wealth[asked.lang]
        + RISE * asked.own
        + BREADTH * asked.breadth
        + STRANGER * asked.strange
        + ALIEN * asked.alien
        + SPLIT * asked.split
    )


def covariance(
    a: Points, b: Points, spread: Mapping[str, float], kin: Kinship, level: Level
) -> Any:
    """Give the covariance of cells' logits, without noise."""
    fixed, parts = _parts(a, b, kin, level)
    return fixed + sum(spread[name] ** 2 * part for name, part in parts.items())


def _parts(a: Points, b: Points, kin: Kinship, level: Level) -> tuple[Any, dict[str, Any]]:
    """Give the covariance that is fixed, and what the variances to be fitted multiply."""
    import numpy as np

    kept = np.where(a.group[:, None] == b.group[None], 1.0, KEPT)
    kept = np.where(a.task[:, None] == b.task[None], kept, AKIN)
    langs = kin.level[np.ix_(a.lang, b.lang)] * kept
    own = np.outer(a.own, b.own)
    bent = np.exp(-0.5 * ((a.own[:, None] - b.own[None]) / 0.2) ** 2)
    support = np.outer(a.support, b.support)
    apart = (a.volume[:, None] - b.volume[None]) * UNIT
    same = a.lang[:, None] == b.lang[None]
    fixed = level.error**2 + SLOPE**2 * own + BEND**2 * bent
    fixed += np.outer(a.strange, b.strange) * (STRANGE**2 + ALONE**2 * same)
    fixed += SCRIPT**2 * np.outer(a.alien, b.alien) + CUT**2 * np.outer(a.split, b.split)
    fixed += BROAD**2 * np.outer(a.breadth, b.breadth)
    alike = SHARED * kin.alike + (1 - SHARED) * np.eye(len(kin.alike))
    sources = (a.shares @ alike @ b.shares.T) * kept
    return fixed * kept, {
        "level": langs,
        "own": own * langs,
        "bend": bent * langs,
        "support": support * kept,
        "helped": support * langs,
        "volume": np.exp(-0.5 * apart**2) * kept,
        "mix": (a.mix[:, None] == b.mix[None]).astype(float),
        "source": sources,
        "pair": sources * alike[np.ix_(a.lang, b.lang)],
    }


def noise(scores: Any, items: Any, spread: float) -> Any:
    """Give the variance of logits that seeds and test items make, larger close to 0 and 1."""
    return (spread**2 / 4 + 1 / items) / (scores * (1 - scores))


def fitted(
    asked: Points, logits: Any, scores: Any, items: Any, kin: Kinship, level: Level
) -> dict[str, float]:
    """Find the likeliest variances; those of the prior where there are few scores.

    Args:
        asked: the cells.
        logits: of their scores, less what is expected before any score is known.
        scores: between 0 and 1, both excluded.
        items: test items behind each score; infinite where not known.
        kin: the languages.
        level: of the kind of task.
    """
    import numpy as np
    from scipy.optimize import minimize

    if len(logits) < FEW:
        return dict(PRIOR)
    rows = np.arange(min(len(logits), FITTED))
    asked, logits = asked[rows], logits[rows]
    fixed, parts = _parts(asked, asked, kin, level)
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


def _mixed(mix: Mix, row: Mapping[str, int]) -> Any:
    """Count examples by row of the kinship."""
    import numpy as np

    counts = np.zeros(len(row))
    for lang, size in mix:
        if counts[row[_code(lang)]]:
            raise IsoglossError(f"'{lang}' is twice in a mix of languages", "name it once")
        if size < 0:
            raise IsoglossError(f"{size} examples of '{lang}' in a mix", "give 0 or more")
        counts[row[_code(lang)]] = size or ASSUMED
    return counts


def _strange(model: str, langs: Sequence[str], known: Known) -> tuple[Any, Any]:
    """Say how likely a model did not see each language, and mark scripts that it did not see.

    Of an unknown model the chance is the share of well-known ones that did not.
    """
    import numpy as np

    from isogloss.language.backbone_language import seen, unseen
    from isogloss.language.registry import find_language

    saw = known.seen[model] if model in known.seen else seen(model)
    if saw is None:
        return np.array([unseen(lang) for lang in langs]), np.zeros(len(langs))
    scripts = {find_language(lang).script for lang in saw}
    strange = np.array([float(lang not in saw) for lang in langs])
    return strange, np.array([float(find_language(lang).script not in scripts) for lang in langs])


@cache
def bare(recipe: str) -> str:
    """Leave out of a recipe the number of labelled examples, which stands in the mix."""
    from isogloss.analysis.ladder import rung

    found = rung(recipe)
    return found[1] if found else recipe


def _code(lang: str) -> str:
    from isogloss.language.registry import canonical

    return canonical(lang)
