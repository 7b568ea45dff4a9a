"""Every committed finding says the figures and verdicts that its evidence gives."""

from __future__ import annotations

import re
from pathlib import Path

from isogloss.analysis.archive import FILE, Packed
from page import finding

FOLDER = Path(__file__).parents[1] / "docs" / "findings"
FIGURE = re.compile(r"[-−+]?\d*\.?\d+(?:e-?\d+)?|supported|refuted|undecided|not tested")
SHOWN = re.compile(r"<text[^>]*>([^<]*)</text>")


def figures(text: str) -> list[str]:
    """List the numbers and verdicts of a page, or of the texts in a picture."""
    shown = SHOWN.findall(text) if text.lstrip().startswith("<svg") else [text]
    return [figure for part in shown for figure in FIGURE.findall(part)]


def test_findings() -> None:
    for page in sorted(FOLDER.glob("*.md")):
        found = finding.pages(Packed(page.with_suffix("") / FILE), page.stem)
        for name, text in found.items():
            there = figures((FOLDER / name).read_text("utf-8"))
            assert there == figures(text), f"{name} is not what its rows say"
            assert there or name.endswith(".svg"), f"{name} has no figures"
        pictures = {
            path.relative_to(FOLDER).as_posix() for path in FOLDER.glob(f"{page.stem}/*.svg")
        }
        assert pictures == set(found) - {page.name}


def test_runs_of_the_first_format_are_read() -> None:
    for page in FOLDER.glob("*.md"):
        for run in Packed(page.with_suffix("") / FILE).runs().values():
            assert all(run.digests["examples", lang] for lang in run.sources)
