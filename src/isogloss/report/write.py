"""Write a report: as a page, as markdown, as JSON, and as a table for a paper."""

from __future__ import annotations

import json
from pathlib import Path

from isogloss.core.errors import unknown
from isogloss.report.md import markdown
from isogloss.report.model import Report
from isogloss.report.page import page
from isogloss.report.typeset import FORMS
from isogloss.store.disk import replace_file


def write(report: Report, folder: Path | str) -> list[Path]:
    """Write ``report.html``, ``report.md`` and ``report.json``."""
    folder = Path(folder)
    return [
        write_html(report, folder / "report.html"),
        write_markdown(report, folder / "report.md"),
        write_json(report, folder / "report.json"),
    ]


def write_html(report: Report, path: Path | str) -> Path:
    """Write one self-contained page."""
    replace_file(Path(path), page(report).encode())
    return Path(path)


def write_markdown(report: Report, path: Path | str) -> Path:
    """Write the same in markdown."""
    replace_file(Path(path), markdown(report).encode())
    return Path(path)


def write_json(report: Report, path: Path | str) -> Path:
    """Write the same as plain values."""
    text = json.dumps(report, default=vars, ensure_ascii=False, indent=1)
    replace_file(Path(path), text.encode())
    return Path(path)


def table(report: Report, form: str) -> str:
    """Typeset the tables for a paper, with a methods paragraph and a bibliography.

    Args:
        form: latex; bibtex, the works that it cites; markdown; or csv, the numbers alone.
    """
    if form not in FORMS:
        raise unknown("form of table", form, FORMS)
    return FORMS[form](report)
