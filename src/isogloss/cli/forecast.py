"""``isogloss forecast``: what a study would bring, and which labels to buy."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from isogloss.cli import option

if TYPE_CHECKING:
    from isogloss.advise.forecast import Expected, Prospect
    from isogloss.relation.transfer.design import Design
    from isogloss.relation.transfer.forecast import Cell
    from isogloss.relation.transfer.label import Advice, Curve, Estimate, Rung

WIDTH = 30
"""Characters of a curve's bar."""


@click.command()
@option.study
@option.data
@option.out
@click.option(
    "--aim", type=click.Choice(["mean", "worst"]), default="mean", show_default=True,
    help="What labels should raise: the targets' mean score or the worst one.",
)  # fmt: skip
@click.option(
    "--budget", type=click.IntRange(min=1), default=100, show_default=True,
    help="Labelled examples that could be bought.",
)  # fmt: skip
@click.option(
    "--chance", type=option.Number(0, 1, max_open=True), default=0.05, show_default=True,
    help="A cell that beats the best score so far less probably is not worth running.",
)  # fmt: skip
@click.option("--lang", default="", help="Language of the labelling curve.")
@click.option("--price-label", type=option.Number(min=0), default=0.0, help="Of one example.")
@click.option("--price-word", type=option.Number(min=0), default=0.0, help="Of a translation.")
@click.option(
    "--words", type=click.IntRange(min=0), default=0,
    help="Words of the training set; else they are counted.",
)  # fmt: skip
@click.option("--json", "json_", is_flag=True, help="Print JSON instead of tables.")
def command(
    study: Path,
    data: Path | None,
    out: Path,
    aim: Any,
    budget: int,
    chance: float,
    lang: str,
    price_label: float,
    price_word: float,
    words: int,
    json_: bool,
) -> None:
    """Forecast a study's scores, and which language to label next.

    It learns from the scores in the results folder. Intervals are 95 %.
    """
    from isogloss.advise.forecast import Prices, forecast, to_json

    found = forecast(
        study,
        out,
        data=data,
        aim=aim,
        budget=budget,
        chance=chance,
        lang=lang,
        prices=Prices(price_label, price_word, words),
    )
    if json_:
        click.echo(json.dumps(to_json(found), ensure_ascii=False))
        return
    for prospect in found:
        for line in lines(prospect, chance):
            click.echo(line)


def lines(prospect: Prospect, chance: float) -> Iterator[str]:
    """Write one task's prospect."""
    count = len(prospect.cells)
    yield (
        f"{prospect.task}: {prospect.scores} scores on {prospect.langs} languages, "
        f"{count} cells to go"
    )
    yield from (f"  {note}" for note in prospect.notes)
    if prospect.cells:
        yield ""
        yield from _grid([_HEAD, *(_row(cell) for cell in prospect.cells)])
        leave = sum(not cell.worth for cell in prospect.cells)
        if leave:
            yield f"not worth running: {leave}, with a chance under {chance:g} to beat the best"
    if prospect.runs and prospect.runs.cells:
        yield from _first(prospect.runs)
    for note in dict.fromkeys(n for cell in prospect.cells for n in cell.forecast.notes):
        yield f"note: {note}"
    if prospect.advice and prospect.setting:
        setting, sources = prospect.setting, "+".join(lang for lang, _ in prospect.setting.mix)
        yield ""
        yield f"labels would be added to {setting.recipe or 'plain finetuning'} of {setting.model}"
        yield f"from {sources}, which is expected to do best"
        yield from _advice(prospect.advice)
    if prospect.curve:
        yield ""
        yield from _curve(prospect.curve)
    yield ""


def _first(runs: Design) -> Iterator[str]:
    """Name the cells that tell most of the others."""
    named = [f"{_from(cell)} to {cell.target}{_with(cell)}" for cell in runs.cells]
    yield f"run first: {', '.join(named)}"
    yield f"  they leave {runs.left:.0%} of the errors of all that is to go"


def _with(cell: Cell) -> str:
    return f" ({cell.recipe})" if cell.recipe else ""


def _from(cell: Cell) -> str:
    return "+".join(lang for lang, n in cell.mix if not (n and lang == cell.target))


_HEAD = ("recipe", "model", "sources", "target", "expected", "interval", "best", "chance", "")


def _row(cell: Expected) -> tuple[str, ...]:
    one = cell.forecast
    return (
        cell.label,
        one.cell.model,
        _from(one.cell),
        one.cell.target,
        _number(one.score),
        f"{_number(one.low)} to {_number(one.high)}",
        "" if cell.best is None else _number(cell.best),
        "" if cell.chance is None else f"{cell.chance:.0%}",
        "" if cell.worth else "leave out",
    )


def _advice(advice: Advice) -> Iterator[str]:
    what = "mean score" if advice.aim == "mean" else "worst score"
    if not advice.labels:
        yield f"label next: nothing is expected to raise the {what}, now {_estimate(advice.now)}"
        return
    bought = ", ".join(f"{count} of {lang}" for lang, count in advice.labels)
    yield f"label next: {bought}"
    yield f"  {what}: now {_estimate(advice.now)}, then {_estimate(advice.then)}"
    yield f"  gain: {_estimate(advice.gain)}"
    options = advice.options[:5]
    yield f"all {options[0].examples} on one language:"
    yield from _grid([("  " + one.lang, _estimate(one.gain, signed=True)) for one in options])


def _curve(curve: Curve) -> Iterator[str]:
    yield f"is labelling worth it? {curve.lang}"
    rungs = [*curve.rungs, *([curve.equal] if curve.equal else [])]
    rows: list[Sequence[str]] = [("examples", "price", "expected", "", "beats translation")]
    rows += [_rung(rung) for rung in sorted(rungs, key=lambda rung: rung.examples)]
    if curve.translation:
        rows.append(("translated", *_rung(curve.translation)[1:]))
    yield from _grid(rows)
    if curve.translation and not curve.told:
        yield "no runs on translated data: a translated example counts as half a labelled one"
    if curve.equal and curve.equal.beats is not None:
        better = "labelling" if curve.equal.beats >= 0.5 else "translating"
        yield (
            f"for the price of the translation, {curve.equal.examples} labels: {better} is the "
            f"better buy, with a probability of {max(curve.equal.beats, 1 - curve.equal.beats):.0%}"
        )


def _rung(rung: Rung) -> tuple[str, ...]:
    score = rung.score
    bar = [" "] * WIDTH
    ends = [min(int(x * WIDTH), WIDTH - 1) for x in (score.low, score.high, score.value)]
    for place in range(ends[0], ends[1] + 1):
        bar[place] = "-"
    bar[ends[2]] = "o"
    beats = "" if rung.beats is None else f"{rung.beats:.0%}"
    return (str(rung.examples), f"{rung.price:g}", _estimate(score), "".join(bar), beats)


def _estimate(one: Estimate, *, signed: bool = False) -> str:
    sign = "+" if signed else ""
    return f"{one.value:{sign}.3f} [{one.low:{sign}.3f}, {one.high:{sign}.3f}]"


def _number(value: float) -> str:
    return f"{value:.3f}"


def _grid(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Align columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{x:<{w}}" for x, w in zip(row, widths, strict=True)).rstrip()
