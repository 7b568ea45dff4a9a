"""The report in a few lines, for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from isogloss.analysis.format import spell
from isogloss.language.clip import clip
from isogloss.report import plain
from isogloss.report.model import Cell, Report, Section

WIDTH = 100
MOST = 10
"""Systems whose scores by language fit beside each other."""
NAME = 24
"""Letters of a cell that are shown."""


def summary(report: Report) -> str:
    """Give findings, systems and languages of each task, as plain text."""
    parts = ["\n".join(_section(section)) for section in report.sections]
    if report.claims:
        parts.append("\n".join(claims(report)))
    if report.errors:
        count = len(report.errors)
        parts.append(f"{count} run{'s' if count > 1 else ''} failed; the report says why")
    return "\n\n".join(parts)


def claims(report: Report) -> Iterator[str]:
    """Give each claim with its verdict and figures."""
    for one in report.claims:
        text = f"{one}: {one.says}. {one.numbers}"
        yield from _wrapped(text)


def _section(section: Section) -> Iterator[str]:
    yield section.title
    yield ""
    for text in section.findings:
        yield from _wrapped(text)
    yield ""
    yield from _grid(*_systems(section))
    yield ""
    if len(section.columns) > MOST:
        count = len(section.columns)
        yield f"{count} systems are too many for a table by language: the page has one"
        return
    told = ", and in brackets the share in the right language" if section.fidelity else ""
    yield f"{spell(section.metric)} by language{told}"
    yield from _grid(*_languages(section))


def _systems(section: Section) -> tuple[list[str], list[list[str]]]:
    scale = section.scale
    judged = ["right language"] if section.fidelity else []
    head = ["system", "lr", "targets", "95 %", *judged, "source", "gap", "trained", "time"]
    body = []
    for column, s in zip(section.columns, section.summaries, strict=True):
        low, high = (s.mean.low, s.mean.high) if s.mean else (None, None)
        star = "*" if column.chosen and column.kind == "trained" else ""
        body.append(
            [
                column.name,
                column.rate + star,
                plain.number(s.mean.value if s.mean else None, scale),
                plain.interval(low, high, scale),
                *([plain.number(s.fidelity)] if section.fidelity else []),
                plain.number(s.source, scale),
                plain.number(s.gap, scale),
                plain.count(column.trained),
                plain.duration(column.seconds),
            ]
        )
    return head, body


def _languages(section: Section) -> tuple[list[str], list[list[str]]]:
    matrix = section.matrix
    head = ["", *(f"{column.name} {column.rate}".strip() for column in section.columns)]
    lines = [(line.name, line.cells) for line in matrix.lines if line.source]
    if matrix.shared:
        lines.append((f"mean of {len(matrix.shared)}", matrix.means))
    lines += [(line.name, line.cells) for line in matrix.lines if not line.source]
    return head, [[name, *(_number(cell, matrix.scale) for cell in cells)] for name, cells in lines]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        plain.tame(text), WIDTH, initial_indent="- ", subsequent_indent="  ",
        break_long_words=False,
    )  # fmt: skip


def _number(cell: Cell | None, scale: float) -> str:
    text = plain.number(cell.value if cell else None, scale)
    return text if cell is None or cell.fidelity is None else f"{text} ({cell.fidelity:.2f})"


def _grid(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    """Align columns, the first to the left and the others to the right."""
    table = [[clip(plain.tame(cell), NAME) for cell in line] for line in (head, *body)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        yield "  ".join([line[0].ljust(widths[0]), *cells]).rstrip()
