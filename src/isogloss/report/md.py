"""The report in markdown, for terminals, issues and notes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from isogloss.analysis.format import spell
from isogloss.report import ladder, plain
from isogloss.report.model import Cell, Column, Curve, Item, Matrix, Report, Section

ITEMS = 1
"""Items shown of each language."""


def markdown(report: Report) -> str:
    """Write the whole report in markdown."""
    lines = ["# isogloss report", "", *claims(report)]
    for section in report.sections:
        lines += [*_section(section), ""]
    if report.errors:
        lines += ["## Runs that failed", ""]
        lines += [f"- `{run}`: {safe(str(e.get('error', '')))}" for run, e in report.errors.items()]
        lines += [""]
    if report.bibliography:
        lines += ["## Sources to cite", ""]
        lines += [f"- {safe(text)}" for text in report.bibliography] + [""]
    lines.append(f"Written by isogloss {report.version} on {report.created}.")
    return "\n".join(lines) + "\n"


def claims(report: Report) -> list[str]:
    """Write the claims with their verdicts."""
    if not report.claims:
        return []
    body = [
        [
            safe(one.says) + (f" ({safe(one.cite)})" if one.cite else ""),
            f"**{one.verdict}** {safe(one.where)}".strip(),
            safe(f"{one.numbers} (for {one.scope})" if one.scope else one.numbers),
        ]
        for one in report.claims
    ]
    return ["## Claims", "", *grid(["claim", "verdict", "what was found"], body, text=True), ""]


def grid(head: Sequence[str], body: Sequence[Sequence[str]], *, text: bool = False) -> list[str]:
    """Write a table; all columns are text, or the first is and the others are numbers."""
    marks = ["---", *["---" if text else "---:"] * (len(head) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (head, marks, *body)]


def title(column: Column) -> str:
    """Name a column with its rate."""
    name = safe(column.name)
    star = " ★" if column.chosen and column.kind == "trained" else ""
    return f"{name} {column.rate}{star}".strip()


def languages(matrix: Matrix, columns: Sequence[Column]) -> list[str]:
    """Write languages x columns, with the correct-language rate in brackets."""
    head = ["language", *map(title, columns)]
    body = [
        [safe(line.name) + (" (source)" if line.source else ""), *_cells(line.cells, matrix)]
        for line in matrix.lines
    ]
    sources = sum(1 for line in matrix.lines if line.source)
    mean = [f"**mean of {len(matrix.shared)}**", *_cells(matrix.means, matrix)]
    return grid(head, [*body[:sources], mean, *body[sources:]])


def _section(section: Section) -> Iterator[str]:
    scale = section.scale
    yield f"## {safe(section.title)}"
    yield ""
    yield from (f"- {safe(text)}" for text in section.findings)
    yield ""
    for alarm in section.alarms:
        sign = "**Warning.** " if alarm.grave else "Note. "
        about = safe(plain.about(alarm))
        yield f"> {sign}{safe(alarm.said)}{': ' if about else '.'}{about}  "
    yield from ("", "### Systems", "")
    yield from grid(*_systems(section))
    yield from ("", f"★ rate taken by {safe(taken(section))}. Means are over the languages that")
    yield "all share. Tied: worst and best target mean of the rates that it can't tell apart."
    yield ""
    yield from ("### Languages", "")
    yield from languages(section.matrix, section.columns)
    if section.fidelity:
        yield from ("", "In brackets: share of outputs in the language asked for; ✗ where it is")
        yield "below half of the references' own."
    for curve in section.curves:
        yield from _curve(curve, scale)
    for rungs in section.ladders:
        yield from ("", f"### Shots: {safe(ladder.title(rungs))}", "")
        yield from grid(*ladder.table(rungs, scale))
        yield from ("", safe(ladder.note(rungs)))
    if section.rates:
        yield from ("", "### Shares that should be small", "")
        yield from grid(
            ["share", "references", *map(title, section.columns)],
            [
                [rate.words, plain.number(rate.own), *map(plain.number, rate.values)]
                for rate in section.rates
            ],
        )
    if section.examples:
        yield from ("", "### Outputs")
        for group in section.examples:
            for item in group.items[:ITEMS]:
                yield from ("", f"**{safe(group.name)}**", "")
                yield from _item(item, section)
    yield from ("", "### How it was done", "", safe(section.methods))


def _curve(curve: Curve, scale: float) -> Iterator[str]:
    by = f" with {curve.optimizer}" if curve.optimizer else ""
    yield from ("", f"### Learning rates of {safe(curve.name)}{by}", "")
    yield from grid(
        ["rate", "source dev", "targets", "correct language"],
        [
            [
                point.rate
                + (" ★" if point.rate == curve.chosen else " tied" if point.tied else ""),
                plain.number(point.dev, scale),
                plain.number(point.target, scale),
                plain.number(point.fidelity),
            ]
            for point in curve.points
        ],
    )
    yield from ("", safe(curve.why) + ".")


def _systems(section: Section) -> tuple[list[str], list[list[str]]]:
    scale = section.scale
    head = ["system", "targets", "95 %", "tied", "difference", "correct language", "source", "gap"]
    body = []
    for column, s in zip(section.columns, section.summaries, strict=True):
        low, high = (s.mean.low, s.mean.high) if s.mean else (None, None)
        delta = ""
        if s.delta:
            ends = plain.interval(s.delta[1], s.delta[2], scale)
            delta = f"{plain.signed(s.delta[0], scale)} ({ends}, {plain.chance(s.delta[3])})"
        body.append(
            [
                title(column),
                plain.number(s.mean.value if s.mean else None, scale),
                plain.interval(low, high, scale),
                plain.ties(s.tied, scale),
                delta,
                plain.number(s.fidelity),
                plain.number(s.source, scale),
                plain.number(s.gap, scale),
                ", ".join(f"{safe(lang)} {plain.number(value, scale)}" for lang, value in s.worst),
                ", ".join(map(spell, column.needs)),
                plain.count(column.trained),
                plain.duration(column.seconds),
                str(len(column.seeds)),
                plain.search(column.search),
            ]
        )
    return [*head, "lowest", "needs", "trained", "time", "seeds", "search"], body


def taken(section: Section) -> str:
    """Say by what policy rates were taken."""
    return spell(section.policy) + (", an upper bound and no result" if section.bound else "")


def _cells(cells: Sequence[Cell | None], matrix: Matrix) -> list[str]:
    found = []
    for cell in cells:
        text = plain.number(cell.value if cell else None, matrix.scale)
        if cell is not None and cell.fidelity is not None:
            text += f" ({'✗ ' if cell.collapsed else ''}{cell.fidelity:.2f})"
        found.append(text)
    return found


def _item(item: Item, section: Section) -> Iterator[str]:
    yield f"- input: {safe(item.input)}"
    yield f"- reference: {safe(item.gold)}"
    for output in item.outputs:
        column = section.columns[output.column]
        marks = [*(["✓"] if output.right else []), *output.flags]
        if output.wrong_language:
            marks.append(f"✗ {output.wrong_language}")
        told = f" ({', '.join(marks)})" if marks else ""
        yield f"- {title(column)}: {safe(output.text) or '(empty)'}{told}"


def safe(text: str) -> str:
    """Keep untrusted text from being read as markup."""
    text = html.escape(plain.tame(text), quote=False)
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", text)
