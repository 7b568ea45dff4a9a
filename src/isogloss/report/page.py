"""The report as one HTML page that needs nothing else."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from isogloss.analysis.format import spell
from isogloss.analysis.system import metric as find_metric
from isogloss.report import flow, ladder, picture, plain, plot
from isogloss.report.md import taken
from isogloss.report.model import Cell, Matrix, Report, Section

FULL = 0.9
"""Coverage below which a correct-language rate is marked with it."""
HERE = Path(__file__).parent


def page(report: Report) -> str:
    """Draw the page; every text in it is escaped."""
    return _environment().get_template("page.html").render(report=report, style=_style())


def _style() -> str:
    return "".join((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "plot.css"))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_tamed,
    )
    for name in (
        "number",
        "signed",
        "interval",
        "count",
        "duration",
        "chance",
        "some",
        "ties",
        "search",
    ):
        environment.filters[name] = getattr(plain, name)
    environment.filters["words"] = spell
    environment.globals.update(
        strip=picture.strip,
        ruler=picture.ruler,
        curve=picture.curve,
        mark=picture.mark,
        heat=heat,
        flow=flow.picture,
        rungs_title=ladder.title,
        rungs_note=ladder.note,
        rungs_table=ladder.table,
        rungs_picture=lambda rungs, section: plot.draw(
            ladder.figure(rungs, section.metric, section.scale)
        ),
        draw=plot.draw,
        untouched=untouched,
        items=items,
        taken=taken,
        seeds=seeds,
        tip=tip,
        part=part,
        partly=partly,
        higher=lambda name: find_metric(name).higher,
    )
    return environment


def _tamed(value: Any) -> Any:
    """Tame every text that a template writes; what is marked up was tamed before."""
    return plain.tame(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def heat(cell: Cell | None, scale: float) -> int:
    """Give a cell's shade, 0 to 100."""
    return 0 if cell is None else round(100 * min(1.0, max(0.0, cell.value / scale)))


def untouched(section: Section) -> float | None:
    """Find what the untouched model has on average, where only one was scored."""
    found = [
        summary.mean.value
        for column, summary in zip(section.columns, section.summaries, strict=True)
        if column.recipe.startswith("untouched") and summary.mean is not None
    ]
    return found[0] if len(found) == 1 else None


def items(section: Section) -> str:
    """Say how many test items the languages have."""
    counts = [cell.n for line in section.matrix.lines for cell in line.cells if cell is not None]
    low, high = (min(counts), max(counts)) if counts else (0, 0)
    return f"{low}" if low == high else f"{low} to {high}"


def seeds(section: Section) -> str:
    """Name the seeds."""
    found = sorted({seed for column in section.columns for seed in column.seeds})
    return ", ".join(map(str, found))


def tip(cell: Cell | None, scale: float) -> str:
    """Say everything about a cell, for those who point at it."""
    if cell is None:
        return "no score"
    parts = [f"{cell.value:.4g}"]
    if cell.low is not None and cell.high is not None:
        parts.append(f"95 % interval {plain.interval(cell.low, cell.high, scale)}")
    if len(cell.seeds) > 1:
        parts.append("seeds " + ", ".join(plain.number(value, scale) for value in cell.seeds))
    if cell.fidelity is not None:
        own = f" (references {cell.own:.2f})" if cell.own is not None else ""
        parts.append(f"correct-language rate {cell.fidelity:.2f}{own}")
    if cell.coverage is not None and cell.coverage < FULL:
        share = f"{100 * cell.coverage:.0f} %"
        parts.append(f"the rate is over the {share} of outputs whose language could be told")
    return "; ".join(parts)


def part(cell: Cell) -> str:
    """Say of which share of the outputs a correct-language rate is, and how sure of it."""
    found = []
    if cell.coverage is not None and cell.coverage < FULL:
        found.append(f"of {100 * cell.coverage:.0f} %")
    if cell.sibling is not None and cell.sibling > 1.0 - FULL:
        found.append(f"{100 * cell.sibling:.0f} % or sibling")
    return ", ".join(found)


def partly(matrix: Matrix) -> bool:
    """Tell whether a correct-language rate in the table leaves much open."""
    return any(part(cell) for line in matrix.lines for cell in line.cells if cell is not None)
