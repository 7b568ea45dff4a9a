"""Tables for a paper, with the methods paragraph and the bibliography."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping

from isogloss.analysis.format import sentence, spell
from isogloss.analysis.paper import bibliography
from isogloss.core.formula import guard
from isogloss.report import plain
from isogloss.report.bibtex import Reference, bibtex, keyed, read
from isogloss.report.md import languages, safe
from isogloss.report.model import Cell, Column, Report, Section
from isogloss.report.tex import escape

WIDE = 8
"""Languages from which a table takes the whole page's width."""


def latex(report: Report) -> str:
    """Typeset with booktabs: a line a system, at the rate taken, and a column a language.

    Works are cited by the keys of ``bibtex``. Bold is the best trained system where
    it differs from the next one on the same items; a star stands where one differs
    from the baseline.
    """
    keys = keyed(report.bibliography)
    parts = [
        "% needs \\usepackage{booktabs}; the works cited: "
        "isogloss report OUT --table bibtex > isogloss.bib"
    ]
    for section in report.sections:
        parts += [_latex_table(section, keys), escape(section.methods), ""]
    return "\n".join(parts) + "\n"


def markdown(report: Report) -> str:
    """Typeset in markdown."""
    parts = []
    for section in report.sections:
        parts += [f"**{safe(section.title)}**", ""]
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
    "bibtex": bibtex,
    "csv": comma_separated,
    "markdown": markdown,
}


def _latex_table(section: Section, keys: Mapping[Reference, str]) -> str:
    matrix = section.matrix
    langs = [line.lang + (" (source)" if line.source else "") for line in matrix.lines]
    head = ["System", "Rate", *map(escape, langs), f"Mean of {len(matrix.shared)}"]
    shown = [number for number, column in enumerate(section.columns) if column.chosen]
    body: list[str] = []
    for before, number in zip((None, *shown), shown, strict=False):
        kinds = {section.columns[each].kind for each in (before, number) if each is not None}
        body += [r"\midrule"] * (len(kinds) > 1)
        body.append(_latex_row(number, section, keys))
    wide = "*" if len(matrix.lines) >= WIDE else ""
    lines = [
        rf"\begin{{table{wide}}}",
        r"\centering\footnotesize\setlength{\tabcolsep}{2.5pt}" if wide else r"\centering\small",
        rf"\begin{{tabular}}{{ll{'r' * (len(langs) + 1)}}}",
        r"\toprule",
        " & ".join(head) + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
        rf"\caption{{{_caption(section, keys)}}}",
        rf"\label{{tab:{section.anchor}}}",
        rf"\end{{table{wide}}}",
        "",
    ]
    return "\n".join(lines)


def _caption(section: Section, keys: Mapping[Reference, str]) -> str:
    metric = spell(section.metric) + _cited(bibliography((), (), [section.metric]), keys)
    on = f" on {escape(section.backbone)}" if section.backbone else ""
    task = escape(spell(section.task)) + _cited(bibliography([section.task], (), ()), keys)
    parts = [f"{sentence(metric)}: {task}{on}."]
    if any(summary.mean and summary.mean.low is not None for summary in section.summaries):
        parts.append(r"Of means, the 95\,\% interval over items and seeds stands in brackets.")
    if section.fidelity:
        parts.append("In small print: the correct-language rate.")
    if section.baseline:
        parts.append(
            rf"$^{{*}}$: differs from {escape(section.baseline)} on the same items "
            "($p<0.05$, Holm)."
        )
    if any(leader is not None for leader in section.leaders):
        parts.append("Bold: best, and differs from the next best on the same items ($p<0.05$).")
    return " ".join(parts)


def _latex_row(number: int, section: Section, keys: Mapping[Reference, str]) -> str:
    column, summary = section.columns[number], section.summaries[number]
    cells = [*(line.cells[number] for line in section.matrix.lines), section.matrix.means[number]]
    texts = [
        _latex_cell(cell, section, bold=leader == number)
        for cell, leader in zip(cells, section.leaders, strict=True)
    ]
    mean = summary.mean
    if summary.delta is not None and summary.sure:
        texts[-1] += "$^{*}$"
    if mean is not None and mean.low is not None:
        texts[-1] += (
            rf" {{\scriptsize [{escape(plain.interval(mean.low, mean.high, section.scale))}]}}"
        )
    name = escape(column.name) + _cited(bibliography((), [column.recipe], ()), keys)
    return " & ".join([name, _rate(column), *texts]) + r" \\"


def _latex_cell(cell: Cell | None, section: Section, *, bold: bool) -> str:
    text = escape(plain.number(cell.value if cell else None, section.scale))
    text = rf"\textbf{{{text}}}" if bold else text
    if cell is not None and cell.fidelity is not None:
        text += rf" {{\scriptsize {cell.fidelity:.2f}}}"
    return text


def _cited(texts: Iterable[str], keys: Mapping[Reference, str]) -> str:
    """Cite works, where the report lists them."""
    found = [keys[work] for text in texts for work in read(text) if work in keys]
    return rf"~\cite{{{','.join(dict.fromkeys(found))}}}" if found else ""


def _rate(column: Column) -> str:
    found = re.fullmatch(r"(.+)e(-?\d+)", column.rate)
    return rf"${found[1]}\cdot10^{{{found[2]}}}$" if found else escape(column.rate) or "--"


def _about(section: Section, column: Column) -> tuple[object, ...]:
    seeds = " ".join(map(str, column.seeds))
    system = (column.model, column.name, column.recipe, column.rate, column.chosen)
    return (section.task, section.metric, *system, " ".join(column.needs), seeds)


def _numbers(cell: Cell | None) -> tuple[object, ...]:
    if cell is None:
        return ("",) * 5
    return cell.value, cell.low, cell.high, cell.n, cell.fidelity
