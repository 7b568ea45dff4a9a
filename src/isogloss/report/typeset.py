"""Tables for a paper, with the methods paragraph and the bibliography."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping

from isogloss.analysis.wording import spell
from isogloss.core.formula import guard
from isogloss.report import plain
from isogloss.report.model import Cell, Column, Report, Section
from isogloss.report.words import languages, safe

_LATEX = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}


def latex(report: Report) -> str:
    """Typeset with booktabs; the best trained system of a language is bold."""
    parts = ["% needs \\usepackage{booktabs}"]
    for section in report.sections:
        parts += [_latex_table(section), _tex(section.methods), ""]
    if report.bibliography:
        keys = [(f"isogloss{number}", text) for number, text in enumerate(report.bibliography, 1)]
        entries = "\n".join(f"\\bibitem{{{key}}} {_tex(text)}" for key, text in keys)
        parts.append(f"\\begin{{thebibliography}}{{9}}\n{entries}\n\\end{{thebibliography}}")
    return "\n".join(parts) + "\n"


def markdown(report: Report) -> str:
    """Typeset in markdown."""
    parts = []
    for section in report.sections:
        parts += [*languages(section.matrix, section.columns), "", safe(section.methods), ""]
    parts += [f"- {safe(text)}" for text in report.bibliography]
    return "\n".join(parts) + "\n"


def comma_separated(report: Report) -> str:
    """Give one line for each language and column, with the numbers in full."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    system = ("task", "metric", "model", "system", "recipe", "lr", "chosen", "needs", "seeds")
    writer.writerow((*system, "language", "value", "low", "high", "n", "correct_language"))
    for section in report.sections:
        for number, column in enumerate(section.columns):
            for line in section.matrix.lines:
                cell = line.cells[number]
                row = (*_about(section, column), line.lang, *_numbers(cell))
                writer.writerow(map(guard, row))
    return file.getvalue()


FORMS: Mapping[str, Callable[[Report], str]] = {
    "latex": latex,
    "csv": comma_separated,
    "markdown": markdown,
}


def _latex_table(section: Section) -> str:
    columns, matrix = section.columns, section.matrix
    names = " & ".join(_tex(column.name) for column in columns)
    rates = " & ".join(_rate(column) for column in columns)
    sources = [line for line in matrix.lines if line.source]
    targets = [line for line in matrix.lines if not line.source]
    rows = [
        *(_latex_row(f"{line.name} (source)", line.cells, section) for line in sources),
        r"\midrule",
        *(_latex_row(line.name, line.cells, section) for line in targets),
        r"\midrule",
        _latex_row(f"Mean of {len(matrix.shared)}", matrix.means, section),
    ]
    body = "\n".join(rows)
    fidelity = ", with the correct-language rate in small print" if section.fidelity else ""
    caption = f"{spell(section.metric)} on {spell(section.task)}{fidelity}."
    return (
        "\\begin{table}\n\\centering\n"
        f"\\begin{{tabular}}{{l{'r' * len(columns)}}}\n\\toprule\n"
        f" & {names} \\\\\n & {rates} \\\\\n\\midrule\n{body}\n\\bottomrule\n"
        f"\\end{{tabular}}\n\\caption{{{_tex(caption.capitalize())}}}\n\\end{{table}}\n"
    )


def _latex_row(name: str, cells: tuple[Cell | None, ...], section: Section) -> str:
    known = [
        cell.value
        for cell, column in zip(cells, section.columns, strict=True)
        if cell is not None and column.kind != "reference"
    ]
    best = (max(known) if section.higher else min(known)) if known else None
    texts = []
    for cell, column in zip(cells, section.columns, strict=True):
        text = plain.number(cell.value if cell else None, section.scale).replace("–", "--")
        if cell is not None and cell.value == best and column.kind != "reference":
            text = rf"\textbf{{{text}}}"
        if cell is not None and cell.fidelity is not None:
            text += rf" {{\scriptsize {cell.fidelity:.2f}}}"
        texts.append(text)
    return f"{_tex(name)} & {' & '.join(texts)} \\\\"


def _rate(column: Column) -> str:
    found = re.fullmatch(r"(.+)e(-?\d+)", column.rate)
    return rf"${found[1]}\cdot10^{{{found[2]}}}$" if found else _tex(column.rate)


def _about(section: Section, column: Column) -> tuple[object, ...]:
    seeds = " ".join(map(str, column.seeds))
    system = (column.model, column.name, column.recipe, column.rate, column.chosen)
    return (section.task, section.metric, *system, " ".join(column.needs), seeds)


def _numbers(cell: Cell | None) -> tuple[object, ...]:
    if cell is None:
        return ("",) * 5
    return cell.value, cell.low, cell.high, cell.n, cell.fidelity


def _tex(text: str) -> str:
    return "".join(_LATEX.get(char, char) for char in plain.tame(text))
