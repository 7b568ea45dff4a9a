"""Few-shot ladders in a report: a picture and a table of their laws."""

from __future__ import annotations

import math
from collections.abc import Sequence

from isogloss.analysis.fidelity import lang_name
from isogloss.analysis.format import short_model, spell, spell_rate
from isogloss.analysis.ladder import Ladder, Law
from isogloss.report import plain
from isogloss.report.figure import Figure, Mark, Panel, Series, wrapped

HEAD = ("language", "with fewest", "with most", "gain per tenfold", "95 %", "R²", "error left out")


def title(ladder: Ladder) -> str:
    """Name a ladder by its recipe, backbone and rate."""
    recipe = ladder.recipe.replace("shots()", "shots")
    return f"{recipe} on {short_model(ladder.model)}, lr {spell_rate(ladder.lr)}"


def note(ladder: Ladder) -> str:
    """Say what the laws are, and what the intervals are over."""
    draws, seeds = len(ladder.draws), len(ladder.seeds)
    over = [
        "items",
        *(["draws"] if draws > 1 else []),
        *(["seeds"] if seeds > 1 else []),
    ]
    alone = "" if draws > 1 else " One draw: the interval leaves out the luck of the draw."
    return (
        f"Score = a + b log(shots + {ladder.pooled.c:.3g}), {draws} draw{'s' * (draws > 1)}, "
        f"{seeds} seed{'s' * (seeds > 1)}. Intervals are over {', '.join(over)}, and for all "
        f"languages over languages.{alone}"
    )


def figure(ladder: Ladder, metric: str, scale: float) -> Figure:
    """Draw score against shots by language, with the law."""
    panels = [_panel(law, metric, scale) for law in (ladder.pooled, *ladder.laws)]
    shots = sorted({k for law in ladder.laws for k, _ in law.points})
    return Figure(
        name="ladder",
        title=f"{spell(metric)} against labelled examples of the target",
        note=note(ladder),
        panels=wrapped(panels),
        x="labelled examples of the target language",
        log=True,
        ticks=tuple((k + ladder.pooled.c, str(k)) for k in shots),
    )


def table(ladder: Ladder, scale: float) -> tuple[Sequence[str], list[list[str]]]:
    """Give head and body of the table of laws."""
    return HEAD, [cells(law, scale) for law in (ladder.pooled, *ladder.laws)]


def _panel(law: Law, metric: str, scale: float) -> Panel:
    places = [(k + law.c, k) for k, _ in (law.points[0], law.points[-1])] if law.points else []
    return Panel(
        title=_name(law),
        y="" if law.lang else spell(metric),
        top=scale,
        series=(
            Series("law", "k1", tuple(Mark(x, law.at(k)) for x, k in places)),
            Series("measured", "k0", tuple(Mark(k + law.c, v) for k, v in law.points), False),
        ),
    )


def cells(law: Law, scale: float) -> list[str]:
    """Give a law's line of the table."""
    ends = [value for _, value in (law.points[:1] + law.points[-1:])]
    first, last = ends if ends else (None, None)
    tenfold = math.log(10)
    low, high = (None if end is None else end * tenfold for end in (law.low, law.high))
    return [
        _name(law),
        plain.number(first, scale),
        plain.number(last, scale),
        plain.signed(law.b * tenfold, scale),
        plain.interval(low, high, scale),
        plain.number(law.r2),
        plain.number(law.error, scale),
    ]


def _name(law: Law) -> str:
    return lang_name(law.lang) if law.lang else "all languages"
