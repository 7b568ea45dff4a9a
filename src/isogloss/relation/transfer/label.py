"""Which language to label next, how many examples, and whether translating is the better buy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from isogloss.core.errors import IsoglossError
from isogloss.relation.transfer.covariance import ASSUMED
from isogloss.relation.transfer.ground import Cell, Ground, draw, logit, share
from isogloss.relation.transfer.worth import EDGE

Aim = Literal["mean", "worst"]
CHUNKS = 8
"""Parts in which a budget is handed out."""
RUNGS = (10, 30, 100, 300, 1000, 3000, 10000)
"""Numbers of labelled examples that a curve is drawn at."""
TRANSLATED = 0.5
"""What a translated example is worth of a labelled one, where no such run tells."""
DOUBT = 0.2
"""Standard deviation, in logits, of what is said of translation without such a run."""
DRAWS = 1000


@dataclass(frozen=True)
class Estimate:
    """What is expected of a number, with its 95 % interval; sums of them add up."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Option:
    """Labelled examples of one language, and what they bring to the aim."""

    lang: str
    examples: int
    gain: Estimate


@dataclass(frozen=True)
class Advice:
    """How to spend a number of labels."""

    aim: Aim
    now: Estimate
    """The aim without more labels."""
    then: Estimate
    gain: Estimate
    labels: tuple[tuple[str, int], ...]
    """(language, examples) in the order in which to label; empty where nothing helps."""
    options: tuple[Option, ...]
    """The whole budget spent on one language, the best first."""


def advise(
    base: Ground, cell: Cell, targets: Sequence[str], *, budget: int, aim: Aim = "mean"
) -> Advice:
    """Hand out a budget of labels where it is expected to bring the most.

    Args:
        base: what is known of the task.
        cell: the setting that labels would be added to; its target does not matter.
        targets: languages whose scores count, and that can be labelled.
        budget: labelled examples in all.
        aim: the targets' mean score, or that of the worst of them.
    """
    if budget < 1:
        raise IsoglossError(f"a budget of {budget} examples", "give 1 or more")
    rows = [replace(cell, target=lang) for lang in targets]
    alone = {lang: [add(row, lang, budget) for row in rows] for lang in targets}
    options = []
    for lang, then in alone.items():
        _, _, gain = _aims(base, rows, then, aim)
        options.append(Option(lang, budget, gain))
    options.sort(key=lambda option: -option.gain.value)
    labels = _share_out(base, rows, budget, aim)
    best = rows
    for lang, count in labels:
        best = [add(row, lang, count) for row in best]
    before, after, gain = _aims(base, rows, best, aim)
    return Advice(aim, before, after, gain, labels, tuple(options))


def add(cell: Cell, lang: str, count: int) -> Cell:
    """Put labelled examples of a language into a cell's mix."""
    mix = dict(cell.mix)
    have = (mix[lang] or ASSUMED) if lang in mix else 0
    return replace(cell, mix=tuple({**mix, lang: have + count}.items()))


def _share_out(
    base: Ground, rows: Sequence[Cell], budget: int, aim: Aim
) -> tuple[tuple[str, int], ...]:
    """Give one part after the other to the language with which the aim gets best."""
    import numpy as np

    parts = min(CHUNKS, budget)
    sizes = [budget // parts + (part < budget % parts) for part in range(parts)]
    langs = [row.target for row in rows]
    given: dict[str, int] = {}
    for size in sizes:
        tried = [[add(row, lang, size) for row in rows] for lang in langs]
        scores = base.middle([cell for then in (rows, *tried) for cell in then])
        table = scores.reshape(-1, len(rows))
        aims = table.mean(1) if aim == "mean" else table.min(1) + 1e-3 * table.mean(1)
        best = int(np.argmax(aims[1:]))
        if aims[1 + best] <= aims[0]:
            break
        rows = tried[best]
        given[langs[best]] = given.get(langs[best], 0) + size
    return tuple(given.items())


def _aims(
    base: Ground, now: Sequence[Cell], then: Sequence[Cell], aim: Aim
) -> tuple[Estimate, Estimate, Estimate]:
    """Draw both settings together: the aim now, then, and the gain."""
    drawn = _drawn(base, [*now, *then]).reshape(DRAWS, 2, len(now))
    aims = drawn.mean(2) if aim == "mean" else drawn.min(2)
    return _estimate(aims[:, 0]), _estimate(aims[:, 1]), _estimate(aims[:, 1] - aims[:, 0])


def _drawn(base: Ground, cells: Sequence[Cell]) -> Any:
    """Draw the cells' scores together, around what is expected of each: (draws, cells)."""
    import numpy as np

    mean, covered = base.expect(cells)
    drawn = share(draw(mean, covered, base.degrees, DRAWS))
    wanted = base.scores(mean, covered)[0]
    # chance moves the means of draws: put them where the forecasts are
    return np.clip(drawn + (wanted - drawn.mean(0)), EDGE, 1 - EDGE)


def _estimate(drawn: Any) -> Estimate:
    import numpy as np

    low, high = np.quantile(drawn, (0.025, 0.975))
    return Estimate(float(drawn.mean()), float(low), float(high))


@dataclass(frozen=True)
class Rung:
    """A number of labelled examples, or a translation, with its price and score."""

    examples: int
    price: float
    score: Estimate
    beats: float | None = None
    """Probability that it is better than translation; None where that is not asked."""


@dataclass(frozen=True)
class Curve:
    """What labelled examples of a language bring, against translating the training set."""

    lang: str
    rungs: tuple[Rung, ...]
    translation: Rung | None
    equal: Rung | None
    """As many labels as the translation's price buys."""
    told: bool
    """Whether runs on translated data were there to tell; else it is a guess."""


def curve(
    base: Ground,
    cell: Cell,
    *,
    price_label: float = 0.0,
    price_word: float = 0.0,
    words: int = 0,
    examples: int = 0,
    translated: Cell | None = None,
) -> Curve:
    """Draw the curve of labelled examples for a cell's target.

    Args:
        base: what is known of the task.
        cell: the setting without labels.
        price_label: of one labelled example.
        price_word: of one translated word.
        words: words of the training set; 0 leaves translation out.
        examples: examples of the training set.
        translated: the cell of a recipe that trains on translated data, where runs of such
            a recipe are known.
    """
    import numpy as np

    for name, value in (("label", price_label), ("word", price_word)):
        if value < 0:
            raise IsoglossError(f"a price of {value:g} a {name}", "give 0 or more")
    price = price_word * words
    same = int(price / price_label) if words and price_label else 0
    worth = max(round(TRANSLATED * examples), 1)
    counts = [0, *RUNGS, same, worth]
    cells = [add(cell, cell.target, count) if count else cell for count in counts]
    drawn = _drawn(base, [*cells, *([translated] if translated else [])])
    order = sorted(range(len(counts)), key=counts.__getitem__)
    drawn[:, order] = np.maximum.accumulate(drawn[:, order], axis=1)  # labels never harm
    other = drawn[:, -1]
    if not translated:
        other = share(logit(other) + DOUBT * np.random.default_rng(1).standard_normal(DRAWS))
    made = [
        Rung(
            count,
            count * price_label,
            _estimate(drawn[:, column]),
            float((drawn[:, column] > other).mean()) if words else None,
        )
        for column, count in enumerate(counts[:-1])
    ]
    translation = Rung(examples, price, _estimate(other)) if words else None
    equal = made[-1] if words and price_label else None
    return Curve(cell.target, tuple(made[:-1]), translation, equal, translated is not None)
