"""Every committed finding is what its evidence says, to the byte."""

from __future__ import annotations

from pathlib import Path

from isogloss.analysis.archive import FILE, Packed
from page import finding

FOLDER = Path(__file__).parents[1] / "docs" / "findings"


def test_findings() -> None:
    for page in sorted(FOLDER.glob("*.md")):
        found = finding.pages(Packed(page.with_suffix("") / FILE), page.stem)
        for name, text in found.items():
            assert (FOLDER / name).read_text("utf-8") == text, f"{name} is not what its rows say"
        pictures = {
            path.relative_to(FOLDER).as_posix() for path in FOLDER.glob(f"{page.stem}/*.svg")
        }
        assert pictures == set(found) - {page.name}


def test_runs_of_the_first_format_are_read() -> None:
    for page in FOLDER.glob("*.md"):
        for run in Packed(page.with_suffix("") / FILE).runs().values():
            assert all(run.digests["examples", lang] for lang in run.sources)
